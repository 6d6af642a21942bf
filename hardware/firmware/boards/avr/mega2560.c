/* Arduino Mega 2560 with two bridges that have INA, INB, PWM and a current output (VNH5019 and its like).
 *
 *   left  motor: PWM 6 (OC4A), INA 22, INB 23, current A0, encoder 21 (INT0) and 20 (INT1)
 *   right motor: PWM 7 (OC4B), INA 24, INB 25, current A1, encoder 19 (INT2) and 18 (INT3)
 *   battery: A2 behind a divider of 1:6;  emergency stop: 49 through a normally closed contact to ground
 *
 * Timer 1 runs freely as the clock, timer 4 makes the 20 kHz PWM.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>

#include "avr.h"
#include "board.h"

const char board_name[12] = "mega2560";

#define PWM_TOP 400
#define CURRENT_MA_TIMES_16 558 /* for each count: 5 V / 1024 / 0.14 V/A */
#define VOLTAGE_MV_TIMES_16 469 /* for each count: 5 V / 1024 * 6 */
#define ESTOP_PIN _BV(PL0)

static volatile uint16_t *const duty[BOARD_MOTORS] = {&OCR4A, &OCR4B};
static const uint8_t forwards[BOARD_MOTORS] = {_BV(PA0), _BV(PA2)};
static const uint8_t backwards[BOARD_MOTORS] = {_BV(PA1), _BV(PA3)};

static uint8_t line(uint8_t pin)
{
    return (PIND >> pin) & 1u;
}

ISR(INT0_vect) { encoder_edge(0, (uint8_t)(line(PD0) << 1 | line(PD1))); }
ISR(INT1_vect, ISR_ALIASOF(INT0_vect));
ISR(INT2_vect) { encoder_edge(1, (uint8_t)(line(PD2) << 1 | line(PD3))); }
ISR(INT3_vect, ISR_ALIASOF(INT2_vect));

void board_init(void)
{
    MCUSR = 0;
    wdt_enable(WDTO_60MS);
    DDRA |= 0x0F;
    DDRH |= _BV(PH3) | _BV(PH4);
    PORTL |= ESTOP_PIN; /* pulled up: an open contact or a broken wire reads as pressed */
    PORTD |= 0x0F;
    ICR4 = PWM_TOP;
    TCCR4A = _BV(COM4A1) | _BV(COM4B1) | _BV(WGM41);
    TCCR4B = _BV(WGM43) | _BV(CS40); /* phase correct */
    TCCR1A = 0;
    TCCR1B = _BV(CS11) | _BV(CS10); /* a count every 4 us */
    EICRA = 0x55; /* INT0 to INT3 on every edge */
    EIMSK = 0x0F;
    adc_init(3);
    uart_init();
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        board_brake(motor);
    sei();
}

uint32_t board_ms(void)
{
    static uint32_t now_ms;
    static uint16_t counted;
    const uint16_t per_ms = F_CPU / 64 / 1000;
    while ((uint16_t)(TCNT1 - counted) >= per_ms) {
        counted += per_ms;
        now_ms++;
        adc_next();
    }
    return now_ms;
}

void board_feed_dog(void) { wdt_reset(); }

int32_t board_ticks(uint8_t motor) { return encoder_ticks(motor); }

void board_drive(uint8_t motor, int16_t power)
{
    uint8_t on = power >= 0 ? forwards[motor] : backwards[motor];
    uint8_t off = power >= 0 ? backwards[motor] : forwards[motor];
    PORTA = (uint8_t)((PORTA & ~off) | on);
    *duty[motor] = (uint16_t)((uint32_t)(power < 0 ? -power : power) * PWM_TOP / FULL_POWER);
}

void board_brake(uint8_t motor)
{
    PORTA &= (uint8_t) ~(forwards[motor] | backwards[motor]); /* both low sides on: the motor is shorted */
    *duty[motor] = PWM_TOP;
}

int16_t board_current_ma(uint8_t motor) { return (int16_t)((int32_t)adc_value(motor) * CURRENT_MA_TIMES_16 / 16); }
uint16_t board_voltage_mv(void) { return (uint16_t)((uint32_t)adc_value(2) * VOLTAGE_MV_TIMES_16 / 16); }
int16_t board_temperature_tenths_c(void) { return NOT_MEASURED; }
bool board_estop(void) { return PINL & ESTOP_PIN; }

void board_serial_number(uint8_t serial[8])
{
    for (uint8_t i = 0; i < 8; i++)
        serial[i] = 0;
}

bool board_set_plant(uint8_t parameter, int32_t value)
{
    (void)parameter;
    (void)value;
    return false;
}
