#include "device.h"

#include "board.h"
#include "frame.h"
#include "messages.h"
#include "speed_loop.h"

#define OVER_CURRENT_MS 50
#define HOTTEST_TENTHS_C 850
#define NEARLY_FULL_POWER 900
#define RUNAWAY_MS 100
#define ESTOP_RELEASE_MS 50

static struct {
    struct frame_decoder decoder;
    uint8_t sequence;       /* of the next frame we send */
    uint8_t last_sequence;  /* of the last speeds that were taken */
    bool has_last;
    bool greeted, armed, driven, watchdog_tripped, estop;
    uint32_t fed_ms, validity_began_ms, estop_seen_ms, loop_ms, looped_ms, report_ms;
    uint16_t valid_ms;
    uint16_t faults;
    int32_t wanted[BOARD_MOTORS];
    struct speed_loop loops[BOARD_MOTORS];
    int32_t ticks[BOARD_MOTORS], ticks_before[BOARD_MOTORS];
    uint16_t heavy_ms[BOARD_MOTORS], stuck_ms[BOARD_MOTORS], astray_ms[BOARD_MOTORS];
    int32_t slowest_astray[BOARD_MOTORS];
    int32_t parameters[PARAMETERS];
} device;

struct range {
    int32_t lowest, highest, at_boot;
};

static const struct range ranges[PARAMETERS] = {
    [WATCHDOG_MS] = {20, 200, 200},
    [TELEMETRY_PERIOD_MS] = {10, 1000, 20},
    [ACCELERATION] = {1, 10000000, 20000},
    [FEED_FORWARD] = {0, 100000000, 10923},
    [PROPORTIONAL] = {0, 100000000, 6554},
    [INTEGRAL] = {0, 100000000, 65536},
    [CURRENT_LIMIT_MA] = {100, 30000, 12000},
    [STALL_MS] = {0, 10000, 1000},
    [LOWEST_VOLTAGE_MV] = {0, 60000, 0},
    [MOTOR_REVERSED] = {0, 15, 0},
    [ENCODER_REVERSED] = {0, 15, 0},
};

/* --- stopping ---------------------------------------------------------------------------------------------------- */

static void halt(void)
{
    device.driven = false;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        board_brake(motor);
        device.wanted[motor] = 0;
        speed_loop_reset(&device.loops[motor]);
        device.stuck_ms[motor] = 0;
    }
}

static void disarm(void)
{
    halt();
    device.armed = false;
}

static void fail(uint16_t fault)
{
    device.faults |= fault;
    disarm();
}

/* --- bytes ------------------------------------------------------------------------------------------------------- */

static uint8_t *put16(uint8_t *at, uint16_t value)
{
    *at++ = (uint8_t)value;
    *at++ = (uint8_t)(value >> 8);
    return at;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] | ((uint16_t)at[1] << 8));
}

static int32_t get32(const uint8_t *at)
{
    return (int32_t)(get16(at) | ((uint32_t)get16(at + 2) << 16));
}

static void send(struct frame *frame)
{
    uint8_t wire[FRAME_WIRE];
    frame->sequence = device.sequence++;
    board_write(wire, frame_encode(frame, wire));
}

static void send_done(const struct frame *command)
{
    struct frame reply = {.kind = DONE, .length = 2, .body = {command->kind, command->sequence}};
    send(&reply);
}

static void send_refused(const struct frame *command, uint8_t reason)
{
    struct frame reply = {.kind = REFUSED, .length = 3, .body = {command->kind, command->sequence, reason}};
    send(&reply);
}

static void send_welcome(void)
{
    struct frame reply = {.kind = WELCOME,
                          .body = {PROTOCOL_VERSION, BOARD_MOTORS, FIRMWARE_MAJOR, FIRMWARE_MINOR, FIRMWARE_PATCH}};
    uint8_t *at = reply.body + 5;
    for (uint8_t i = 0; i < sizeof board_name; i++)
        *at++ = (uint8_t)board_name[i];
    board_serial_number(at);
    reply.length = 5 + sizeof board_name + 8;
    send(&reply);
}

static void send_parameter(uint8_t parameter, int32_t value)
{
    struct frame reply = {.kind = PARAMETER, .length = 5, .body = {parameter}};
    put32(reply.body + 1, (uint32_t)value);
    send(&reply);
}

static uint8_t flags(void)
{
    return (uint8_t)((device.greeted ? GREETED : 0) | (device.armed ? ARMED : 0) | (device.estop ? ESTOP : 0) |
                     (device.watchdog_tripped ? WATCHDOG_TRIPPED : 0));
}

static void send_report(uint32_t now_ms)
{
    struct frame report = {.kind = TELEMETRY};
    uint8_t *at = put32(report.body, now_ms);
    *at++ = flags();
    at = put16(at, device.faults);
    *at++ = device.last_sequence;
    at = put16(at, device.decoder.bad_frames);
    at = put16(at, board_voltage_mv());
    at = put16(at, (uint16_t)board_temperature_tenths_c());
    *at++ = BOARD_MOTORS;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        at = put32(at, (uint32_t)device.ticks[motor]);
        at = put32(at, (uint32_t)device.loops[motor].measured);
        at = put16(at, (uint16_t)board_current_ma(motor));
    }
    report.length = (uint8_t)(at - report.body);
    send(&report);
}

/* --- commands: each returns 0, or the reason why not -------------------------------------------------------------- */

static uint8_t greet(const struct frame *command)
{
    disarm();
    device.greeted = command->body[0] == PROTOCOL_VERSION;
    device.has_last = false;
    send_welcome();
    return 0;
}

static uint8_t arm(const struct frame *command, uint32_t now_ms)
{
    uint16_t watchdog_ms = get16(command->body);
    if (watchdog_ms < ranges[WATCHDOG_MS].lowest || watchdog_ms > ranges[WATCHDOG_MS].highest)
        return BAD_VALUE;
    if (device.estop)
        return ESTOP_PRESSED;
    disarm();
    device.parameters[WATCHDOG_MS] = watchdog_ms;
    device.faults = 0;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        device.heavy_ms[motor] = 0;
    device.watchdog_tripped = false;
    device.fed_ms = now_ms;
    device.armed = true;
    send_done(command);
    return 0;
}

static uint8_t set_speeds(const struct frame *command, uint32_t now_ms)
{
    uint16_t valid_ms = get16(command->body);
    if (!device.armed)
        return NOT_ARMED;
    if (valid_ms < 1 || valid_ms > device.parameters[WATCHDOG_MS])
        return BAD_VALUE;
    if (device.has_last && command->sequence == device.last_sequence)
        return 0; /* a frame that came twice must not feed the watchdog */
    device.last_sequence = command->sequence;
    device.has_last = true;
    device.watchdog_tripped = false;
    device.fed_ms = device.validity_began_ms = now_ms;
    device.valid_ms = valid_ms;
    bool moves = false;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        device.wanted[motor] = get32(command->body + 2 + 4 * motor);
        moves = moves || device.wanted[motor] != 0;
    }
    device.driven = moves;
    if (!moves)
        halt();
    return 0;
}

static uint8_t stop(const struct frame *command)
{
    disarm();
    send_done(command);
    return 0;
}

static uint8_t get_parameter(const struct frame *command)
{
    uint8_t parameter = command->body[0];
    if (parameter == 0 || parameter >= PARAMETERS)
        return UNKNOWN;
    send_parameter(parameter, device.parameters[parameter]);
    return 0;
}

static uint8_t set_parameter(const struct frame *command)
{
    uint8_t parameter = command->body[0];
    int32_t value = get32(command->body + 1);
    if (parameter >= FIRST_PLANT_PARAMETER) {
        if (!board_set_plant(parameter, value))
            return UNKNOWN;
        send_parameter(parameter, value);
        return 0;
    }
    if (parameter == 0 || parameter >= PARAMETERS)
        return UNKNOWN;
    if (value < ranges[parameter].lowest || value > ranges[parameter].highest)
        return BAD_VALUE;
    device.parameters[parameter] = value;
    send_parameter(parameter, value);
    return 0;
}

static uint8_t length_of(uint8_t kind)
{
    switch (kind) {
    case SET_SPEEDS: return 2 + 4 * BOARD_MOTORS;
    case ARM: return 2;
    case SET_PARAMETER: return 5;
    default: return 1; /* HELLO, STOP, GET_PARAMETER */
    }
}

static uint8_t carry_out(const struct frame *command, uint32_t now_ms)
{
    if (command->kind < HELLO || command->kind > SET_PARAMETER)
        return UNKNOWN;
    if (command->length != length_of(command->kind))
        return BAD_LENGTH;
    if (!device.greeted && command->kind != HELLO && command->kind != STOP)
        return NOT_GREETED;
    switch (command->kind) {
    case HELLO: return greet(command);
    case SET_SPEEDS: return set_speeds(command, now_ms);
    case ARM: return arm(command, now_ms);
    case STOP: return stop(command);
    case GET_PARAMETER: return get_parameter(command);
    default: return set_parameter(command);
    }
}

void device_byte(uint8_t byte, uint32_t now_ms)
{
    static struct frame command;
    if (!frame_decode(&device.decoder, byte, &command))
        return;
    uint8_t reason = carry_out(&command, now_ms);
    if (reason)
        send_refused(&command, reason);
}

/* --- time -------------------------------------------------------------------------------------------------------- */

static void watch_estop(uint32_t now_ms)
{
    if (board_estop()) {
        if (!device.estop)
            disarm();
        device.estop = true;
        device.estop_seen_ms = now_ms;
    } else if (device.estop && now_ms - device.estop_seen_ms >= ESTOP_RELEASE_MS) {
        device.estop = false;
    }
}

static void watch_commands(uint32_t now_ms)
{
    if (device.armed && now_ms - device.fed_ms >= (uint32_t)device.parameters[WATCHDOG_MS]) {
        device.watchdog_tripped = true;
        device.fed_ms = now_ms - (uint32_t)device.parameters[WATCHDOG_MS]; /* stays tripped when the clock wraps */
        halt();
    }
    if (device.driven && now_ms - device.validity_began_ms >= device.valid_ms)
        halt();
}

static void watch_current(uint8_t motor)
{
    int16_t current_ma = board_current_ma(motor);
    int32_t size_ma = current_ma == NOT_MEASURED ? 0 : current_ma < 0 ? -(int32_t)current_ma : current_ma;
    if (size_ma <= device.parameters[CURRENT_LIMIT_MA])
        device.heavy_ms[motor] = 0;
    else if ((device.heavy_ms[motor] += LOOP_MS) > OVER_CURRENT_MS)
        fail((uint16_t)(OVER_CURRENT << motor));
}

static bool makes_an_effort(uint8_t motor)
{
    int16_t power = device.loops[motor].power;
    return device.driven && (power > NEARLY_FULL_POWER || power < -NEARLY_FULL_POWER);
}

static void watch_encoder(uint8_t motor, int32_t moved)
{
    bool stuck = makes_an_effort(motor) && moved == 0;
    int32_t stall_ms = device.parameters[STALL_MS];
    device.stuck_ms[motor] = stuck ? (uint16_t)(device.stuck_ms[motor] + LOOP_MS) : 0;
    if (stall_ms && device.stuck_ms[motor] >= stall_ms)
        fail((uint16_t)(ENCODER << motor));
}

/* A loop whose encoder or motor is the wrong way round pushes ever harder the wrong way. People who push a robot back
 * seldom do so at half its fastest speed against full power; a wheel that changes direction gets slower meanwhile. */
static void watch_direction(uint8_t motor)
{
    const struct speed_loop *loop = &device.loops[motor];
    int8_t push = loop->power < 0 ? -1 : 1;
    int32_t astray = -push * loop->measured;
    int32_t feed_forward = device.parameters[FEED_FORWARD];
    int32_t half_of_fastest = feed_forward ? FULL_POWER * 32768 / feed_forward : 0;
    if (!makes_an_effort(motor) || push * loop->target < 0 || astray <= (int64_t)half_of_fastest * 256) {
        device.astray_ms[motor] = 0;
        device.slowest_astray[motor] = INT32_MAX;
    } else if (astray < device.slowest_astray[motor] - device.slowest_astray[motor] / 32) {
        device.astray_ms[motor] = 0;
        device.slowest_astray[motor] = astray;
    } else if ((device.astray_ms[motor] += LOOP_MS) >= RUNAWAY_MS) {
        fail((uint16_t)(ENCODER << motor | RUNAWAY));
    }
}

static void watch_supply(void)
{
    uint16_t voltage_mv = board_voltage_mv();
    if (voltage_mv && voltage_mv < device.parameters[LOWEST_VOLTAGE_MV])
        fail(UNDER_VOLTAGE);
    if (board_temperature_tenths_c() > HOTTEST_TENTHS_C)
        fail(OVER_TEMPERATURE);
}

static int32_t moved_ticks(uint8_t motor)
{
    uint32_t now = (uint32_t)board_ticks(motor);
    int32_t moved = (int32_t)(now - (uint32_t)device.ticks_before[motor]);
    device.ticks_before[motor] = (int32_t)now;
    if (device.parameters[ENCODER_REVERSED] >> motor & 1)
        moved = -moved;
    device.ticks[motor] = (int32_t)((uint32_t)device.ticks[motor] + (uint32_t)moved);
    return moved;
}

static void run_loop(uint8_t motor, uint16_t elapsed_ms)
{
    const struct speed_gains gains = {device.parameters[ACCELERATION], device.parameters[FEED_FORWARD],
                                      device.parameters[PROPORTIONAL], device.parameters[INTEGRAL]};
    int32_t moved = moved_ticks(motor);
    speed_loop_measure(&device.loops[motor], moved, elapsed_ms);
    watch_current(motor);
    watch_encoder(motor, moved);
    watch_direction(motor);
    if (!device.driven || !device.armed)
        return;
    if (!speed_loop_step(&device.loops[motor], &gains, device.wanted[motor]))
        board_brake(motor);
    else if (device.parameters[MOTOR_REVERSED] >> motor & 1)
        board_drive(motor, (int16_t)-device.loops[motor].power);
    else
        board_drive(motor, device.loops[motor].power);
}

static void run_loops(uint32_t now_ms)
{
    if (now_ms - device.loop_ms < LOOP_MS)
        return;
    if (now_ms - device.loop_ms > 2 * LOOP_MS) {
        device.faults |= LOOP_TOO_SLOW;
        device.loop_ms = now_ms;
    } else {
        device.loop_ms += LOOP_MS;
    }
    uint32_t elapsed_ms = now_ms - device.looped_ms;
    device.looped_ms = now_ms;
    watch_supply();
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
        run_loop(motor, (uint16_t)(elapsed_ms > 60000u ? 60000u : elapsed_ms));
}

void device_time(uint32_t now_ms)
{
    watch_estop(now_ms);
    watch_commands(now_ms);
    run_loops(now_ms);
    if (now_ms - device.report_ms >= (uint32_t)device.parameters[TELEMETRY_PERIOD_MS]) {
        device.report_ms = now_ms;
        send_report(now_ms);
    }
}

void device_boot(void)
{
    frame_decoder_reset(&device.decoder);
    for (uint8_t parameter = 0; parameter < PARAMETERS; parameter++)
        device.parameters[parameter] = ranges[parameter].at_boot;
    device.greeted = device.has_last = device.watchdog_tripped = device.estop = false;
    device.sequence = device.last_sequence = 0;
    device.faults = 0;
    device.loop_ms = device.looped_ms = device.report_ms = device.fed_ms = board_ms();
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        device.ticks[motor] = 0;
        device.ticks_before[motor] = board_ticks(motor);
        device.loops[motor].measured = 0;
        device.heavy_ms[motor] = 0;
    }
    disarm();
}
