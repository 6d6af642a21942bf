#include "plant.h"

#include "board.h"

#define FASTEST_TICKS_S 6000 /* at full power */
#define SPEED_FOR_POWER ((int32_t)FASTEST_TICKS_S * 256 / FULL_POWER)
#define TIME_CONSTANT_MS 40
#define BRAKE_TIME_CONSTANT_MS 15
#define FULL_CURRENT_MA 8000 /* at full power and standing still */

static struct {
    int32_t power; /* wide, because QEMU 7.2 hangs in how 16 by 32 bits are multiplied (Makefile) */
    bool braked;
    int32_t speed; /* ticks/s times 256 */
    int32_t part;  /* of a tick, in 1/256000 */
    int32_t ticks;
} wheels[BOARD_MOTORS];

static bool estop;
static uint8_t held;          /* by a person, a bit for each wheel */
static int16_t held_speed;    /* ticks/s */
static uint16_t acceleration; /* the most that a heavy robot's wheels reach, in ticks/s2; 0: no limit */
static uint16_t voltage_mv;

void plant_init(void)
{
    estop = false;
    held = 0;
    held_speed = 0;
    acceleration = 0;
    voltage_mv = 24600;
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        wheels[motor].speed = wheels[motor].part = wheels[motor].ticks = 0;
        board_brake(motor);
    }
}

static int32_t limited(int32_t change)
{
    int32_t most = (int32_t)acceleration * 256 / 1000;
    return acceleration == 0 ? change : change > most ? most : change < -most ? -most : change;
}

void plant_step_1ms(void)
{
    for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++) {
        int32_t aim = wheels[motor].braked ? 0 : wheels[motor].power * SPEED_FOR_POWER;
        int32_t change = (aim - wheels[motor].speed) / (wheels[motor].braked ? BRAKE_TIME_CONSTANT_MS : TIME_CONSTANT_MS);
        if (change == 0 && aim == 0)
            wheels[motor].speed = 0;
        wheels[motor].speed = held >> motor & 1 ? held_speed * 256L : wheels[motor].speed + limited(change);
        wheels[motor].part += wheels[motor].speed;
        int32_t whole = wheels[motor].part / 256000;
        wheels[motor].part -= whole * 256000;
        wheels[motor].ticks = (int32_t)((uint32_t)wheels[motor].ticks + (uint32_t)whole);
    }
}

int32_t board_ticks(uint8_t motor) { return wheels[motor].ticks; }

void board_drive(uint8_t motor, int16_t power)
{
    wheels[motor].power = power;
    wheels[motor].braked = false;
}

void board_brake(uint8_t motor) { wheels[motor].braked = true; }

int16_t board_current_ma(uint8_t motor)
{
    if (wheels[motor].braked)
        return 0;
    int32_t lag = wheels[motor].power * SPEED_FOR_POWER - wheels[motor].speed;
    return (int16_t)(lag / 256 * FULL_CURRENT_MA / FASTEST_TICKS_S);
}

uint16_t board_voltage_mv(void) { return voltage_mv; }
int16_t board_temperature_tenths_c(void) { return 310; }
bool board_estop(void) { return estop; }

void board_serial_number(uint8_t serial[8])
{
    for (uint8_t i = 0; i < 8; i++)
        serial[i] = (uint8_t)(0xC0 + i);
}

bool board_set_plant(uint8_t parameter, int32_t value)
{
    switch (parameter) {
    case PLANT_ESTOP: estop = value != 0; return true;
    case PLANT_HELD: held = (uint8_t)value; return true;
    case PLANT_HELD_SPEED: held_speed = (int16_t)value; return true;
    case PLANT_ACCELERATION: acceleration = (uint16_t)value; return true;
    case PLANT_VOLTAGE_MV: voltage_mv = (uint16_t)value; return true;
    case PLANT_COUNTERS: /* to see them wrap */
        for (uint8_t motor = 0; motor < BOARD_MOTORS; motor++)
            wheels[motor].ticks = value;
        return true;
    default: return false;
    }
}
