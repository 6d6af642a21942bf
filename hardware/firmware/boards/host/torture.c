/* Feeds the firmware frames and noise in any order for as many rounds as asked, under the compiler's sanitisers, and
 * checks after each what must hold whatever was said. `torture ROUNDS SEED`; ends with 1 and a sentence where it fails. */
#include <stdio.h>
#include <stdlib.h>

#include "board.h"
#include "frame.h"
#include "messages.h"

void host_boot(uint32_t at_ms);
void host_receive(const uint8_t *data, uint32_t length);
void host_pass_1ms(void);
uint32_t host_take_sent(uint8_t *data);

static uint32_t state;

static uint32_t any(uint32_t below) /* xorshift32, Marsaglia 2003 */
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void put(uint8_t *at, uint32_t value)
{
    for (uint8_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void likely_body(struct frame *frame)
{
    static const uint8_t lengths[] = {1, 1, 2 + 4 * BOARD_MOTORS, 2, 1, 1, 5};
    frame->kind = (uint8_t)any(7);
    frame->length = lengths[frame->kind];
    for (uint8_t i = 0; i < frame->length; i++)
        frame->body[i] = (uint8_t)any(256);
    if (frame->kind == HELLO)
        frame->body[0] = PROTOCOL_VERSION;
    if (frame->kind == ARM || frame->kind == SET_SPEEDS)
        frame->body[0] = (uint8_t)(20 + any(180)), frame->body[1] = 0;
    if (frame->kind == SET_PARAMETER)
        frame->body[0] = (uint8_t)(any(2) ? any(PARAMETERS) : FIRST_PLANT_PARAMETER + any(4));
    if (frame->kind == SET_PARAMETER && any(2))
        put(frame->body + 1, any(30000));
}

static void say_something(void)
{
    struct frame frame = {.sequence = (uint8_t)any(256)};
    uint8_t wire[FRAME_WIRE];
    likely_body(&frame);
    if (any(8) == 0) {
        frame.kind = (uint8_t)any(256);
        frame.length = (uint8_t)any(FRAME_BODY + 1);
    }
    uint8_t length = frame_encode(&frame, wire);
    if (any(6) == 0)
        wire[any(length)] ^= (uint8_t)(1u << any(8));
    host_receive(wire, any(20) ? length : any(length));
}

static uint8_t last_flags; /* of the last report */

static void look(const uint8_t *sent, uint32_t length)
{
    static struct frame_decoder decoder;
    struct frame frame;
    for (uint32_t i = 0; i < length; i++) {
        if (!frame_decode(&decoder, sent[i], &frame) || frame.kind != TELEMETRY)
            continue;
        last_flags = frame.body[4];
    }
    if (decoder.bad_frames) {
        printf("the firmware sent a damaged frame\n");
        exit(1);
    }
}

/* Nothing is said for a while: whatever was said before, the wheels have to stand. */
static void fall_silent(void)
{
    static uint8_t sent[65536];
    for (uint32_t ms = 0; ms < 450; ms++)
        host_pass_1ms();
    int32_t before[BOARD_MOTORS];
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        before[motor] = board_ticks(motor);
    for (uint32_t ms = 0; ms < 1100; ms++)
        host_pass_1ms();
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        if (board_ticks(motor) != before[motor]) {
            printf("a wheel turns though nobody commands it\n");
            exit(1);
        }
    }
    look(sent, host_take_sent(sent));
    if ((last_flags & ARMED) && !(last_flags & WATCHDOG_TRIPPED)) {
        printf("the firmware is armed and silent, but its watchdog has not tripped\n");
        exit(1);
    }
}

int main(int count, char **arguments)
{
    static uint8_t sent[65536];
    uint32_t rounds = count > 1 ? (uint32_t)strtoul(arguments[1], 0, 10) : 1000;
    state = count > 2 ? (uint32_t)strtoul(arguments[2], 0, 10) | 1u : 1u;
    for (uint32_t round = 0; round < rounds; round++) {
        if (round % 8 == 0)
            host_boot(any(2) ? 0u - any(5000) : any(100000));
        for (uint32_t words = any(60); words; words--) {
            say_something();
            for (uint32_t ms = any(30); ms; ms--)
                host_pass_1ms();
            look(sent, host_take_sent(sent));
        }
        fall_silent();
    }
    printf("%lu rounds\n", (unsigned long)rounds);
    return 0;
}
