#include "speed_loop.h"

#include "board.h"

#define FULL_INTEGRAL ((int32_t)FULL_POWER * 65536)
#define STANDING (256 * 8)

static int32_t clamp(int64_t value, int32_t limit)
{
    if (value > limit)
        return limit;
    if (value < -(int64_t)limit)
        return -limit;
    return (int32_t)value;
}

void speed_loop_reset(struct speed_loop *loop)
{
    loop->target = 0;
    loop->integral = 0;
    loop->power = 0;
}

void speed_loop_measure(struct speed_loop *loop, int32_t ticks, uint16_t elapsed_ms)
{
    int64_t now = (int64_t)ticks * (256L * 1000) / elapsed_ms;
    loop->measured += clamp((now - loop->measured) / 4, INT32_MAX / 4);
    if (ticks == 0 && loop->measured > -STANDING && loop->measured < STANDING)
        loop->measured = 0;
}

bool speed_loop_step(struct speed_loop *loop, const struct speed_gains *gains, int32_t wanted)
{
    int32_t most = clamp((int64_t)gains->acceleration * 256 / LOOP_HZ, INT32_MAX);
    loop->target += clamp((int64_t)wanted - loop->target, most);
    if (wanted == 0 && loop->target == 0 && loop->measured == 0) {
        speed_loop_reset(loop);
        return false;
    }
    int64_t error = (int64_t)loop->target - loop->measured;
    int64_t direct = ((int64_t)gains->feed_forward * loop->target + (int64_t)gains->proportional * error) / 256;
    int32_t grown = clamp(loop->integral + (int64_t)gains->integral * error / (256 * LOOP_HZ), FULL_INTEGRAL);
    int64_t power = (direct + grown) / 65536;
    bool saturated = power > FULL_POWER || power < -FULL_POWER;
    if (!saturated || (power > 0) != (error > 0)) /* no wind-up against a limit */
        loop->integral = grown;
    loop->power = (int16_t)clamp(power, FULL_POWER);
    return true;
}
