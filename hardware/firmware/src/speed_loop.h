/* One wheel's speed: an acceleration limit, then feed-forward and a PI loop, in fixed point. */
#ifndef SPEED_LOOP_H
#define SPEED_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_HZ 100
#define LOOP_MS (1000 / LOOP_HZ)

/* Speeds are ticks/s times 256; gains are per mille of full power per tick/s times 65536 (PROTOCOL.md). */
struct speed_gains {
    int32_t acceleration; /* ticks/s2 */
    int32_t feed_forward;
    int32_t proportional;
    int32_t integral;
};

struct speed_loop {
    int32_t target;   /* after the acceleration limit */
    int32_t measured; /* low-passed over four periods */
    int32_t integral; /* per mille times 65536 */
    int16_t power;    /* what was last put out, per mille */
};

void speed_loop_reset(struct speed_loop *loop);

/* The encoder moved by `ticks` in the last `elapsed_ms`: a period, or more where the program came late. */
void speed_loop_measure(struct speed_loop *loop, int32_t ticks, uint16_t elapsed_ms);

/* One period later: the power that brings the wheel to `wanted`; false means brake, because it stands as wanted. */
bool speed_loop_step(struct speed_loop *loop, const struct speed_gains *gains, int32_t wanted);

#endif
