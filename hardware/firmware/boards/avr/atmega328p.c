/* Arduino Uno or Nano (ATmega328P) with two bridges that have INA, INB, PWM and a current output.
 *
 *   left  motor: PWM 9 (OC1A),  INA 8,  INB 11, current A0, encoder 2 and 3
 *   right motor: PWM 10 (OC1B), INA 12, INB 13, current A1, encoder 4 and 5
 *   battery: A2 behind a divider of 1:6;  emergency stop: A3 through a normally closed contact to ground
 *
 * Timer 2 is the clock, timer 1 makes the 20 kHz PWM, the pin-change interrupt of port D counts the encoders.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <util/atomic.h>

#include "avr.h"
#include "board.h"

const char board_name[12] = "atmega328p";

#define PWM_TOP 400
#define CURRENT_MA_TIMES_16 558 /* for each count: 5 V / 1024 / 0.14 V/A */
#define VOLTAGE_MV_TIMES_16 469 /* for each count: 5 V / 1024 * 6 */
#define ESTOP_PIN _BV(PC3)

static volatile uint16_t *const duty[BOARD_MOTORS] = {&OCR1A, &OCR1B};
static const uint8_t forwards[BOARD_MOTORS] = {_BV(PB0), _BV(PB4)};
static const uint8_t backwards[BOARD_MOTORS] = {_BV(PB3), _BV(PB5)};
static volatile uint32_t elapsed_ms;

ISR(PCINT2_vect)
{
    uint8_t lines = PIND;
    encoder_edge(0, (uint8_t)((lines >> PD2 & 1u) << 1 | (lines >> PD3 & 1u)));
    encoder_edge(1, (uint8_t)((lines >> PD4 & 1u) << 1 | (lines >> PD5 & 1u)));
}

ISR(TIMER2_COMPA_vect) { elapsed_ms++; }

void board_init(void)
{
    MCUSR = 0;
    wdt_enable(WDTO_60MS);
    DDRB |= _BV(PB0) | _BV(PB1) | _BV(PB2) | _BV(PB3) | _BV(PB4) | _BV(PB5);
    PORTC |= ESTOP_PIN; /* pulled up: an open contact or a broken wire reads as pressed */
    PORTD |= _BV(PD2) | _BV(PD3) | _BV(PD4) | _BV(PD5);
    ICR1 = PWM_TOP;
    TCCR1A = _BV(COM1A1) | _BV(COM1B1) | _BV(WGM11);
    TCCR1B = _BV(WGM13) | _BV(CS10); /* phase correct */
    OCR2A = F_CPU / 64 / 1000 - 1;
    TCCR2A = _BV(WGM21);
    TCCR2B = _BV(CS22);
    TIMSK2 = _BV(OCIE2A);
    PCMSK2 = _BV(PCINT18) | _BV(PCINT19) | _BV(PCINT20) | _BV(PCINT21);
    PCICR = _BV(PCIE2);
    adc_init(3);
    uart_init();
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        board_brake(motor);
    sei();
}

uint32_t board_ms(void)
{
    static uint32_t before_ms;
    uint32_t now_ms;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    now_ms = elapsed_ms;
    if (now_ms != before_ms)
        adc_next();
    before_ms = now_ms;
    return now_ms;
}

void board_feed_dog(void) { wdt_reset(); }

int32_t board_ticks(uint8_t motor) { return encoder_ticks(motor); }

void board_drive(uint8_t motor, int16_t power)
{
    uint8_t on = power >= 0 ? forwards[motor] : backwards[motor];
    uint8_t off = power >= 0 ? backwards[motor] : forwards[motor];
    PORTB = (uint8_t)((PORTB & ~off) | on);
    *duty[motor] = (uint16_t)((uint32_t)(power < 0 ? -power : power) * PWM_TOP / FULL_POWER);
}

void board_brake(uint8_t motor)
{
    PORTB &= (uint8_t) ~(forwards[motor] | backwards[motor]); /* both low sides on: the motor is shorted */
    *duty[motor] = PWM_TOP;
}

int16_t board_current_ma(uint8_t motor) { return (int16_t)((int32_t)adc_value(motor) * CURRENT_MA_TIMES_16 / 16); }
uint16_t board_voltage_mv(void) { return (uint16_t)((uint32_t)adc_value(2) * VOLTAGE_MV_TIMES_16 / 16); }
int16_t board_temperature_tenths_c(void) { return NOT_MEASURED; }
bool board_estop(void) { return PINC & ESTOP_PIN; }

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
