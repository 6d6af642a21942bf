#include "avr.h"
#include "board.h"

#include <util/atomic.h>

static volatile int32_t ticks[BOARD_MOTORS];
static uint8_t states[BOARD_MOTORS];

/* From the old state (bits 3, 2) and the new one (bits 1, 0); a jump over one state counts as nothing. */
static const int8_t steps[16] = {0, -1, 1, 0, 1, 0, 0, -1, -1, 0, 0, 1, 0, 1, -1, 0};

void encoder_edge(uint8_t motor, uint8_t state)
{
    ticks[motor] += steps[states[motor] << 2 | state];
    states[motor] = state;
}

int32_t encoder_ticks(uint8_t motor)
{
    int32_t now;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    now = ticks[motor];
    return now;
}
