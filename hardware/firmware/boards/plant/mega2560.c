/* A Mega 2560 in an emulator: its own UART and timer 1, and simulated motors. */
#include <avr/interrupt.h>
#include <avr/io.h>

#include "../avr/avr.h"
#include "board.h"
#include "plant.h"

const char board_name[12] = "mega2560-sim";

void board_init(void)
{
    plant_init();
    TCCR1A = 0;
    TCCR1B = _BV(CS11) | _BV(CS10); /* a count every 4 us */
    uart_init();
    sei();
}

/* QEMU starts an overflowing timer anew when it comes round to it, not when it was due, and a clock that only looks at
 * differences would leap by a quarter of a second. So the counter is taken back before it overflows. */
uint32_t board_ms(void)
{
    static uint32_t now_ms;
    const uint16_t per_ms = F_CPU / 64 / 1000;
    static uint16_t counted;
    while ((uint16_t)(TCNT1 - counted) >= per_ms) {
        counted += per_ms;
        now_ms++;
        plant_step_1ms();
    }
    if (counted >= 10 * per_ms) {
        TCNT1 -= counted;
        counted = 0;
    }
    return now_ms;
}

void board_feed_dog(void) {}
