/* Motors, encoders and buttons as numbers, for boards that have none. */
#ifndef PLANT_H
#define PLANT_H

#include <stdbool.h>
#include <stdint.h>

/* Parameters of the plant, set like the firmware's own (PROTOCOL.md). */
enum { PLANT_ESTOP = 192, PLANT_HELD = 193, PLANT_VOLTAGE_MV = 194, PLANT_COUNTERS = 195, PLANT_HELD_SPEED = 196,
       PLANT_ACCELERATION = 197 };

void plant_init(void);
void plant_step_1ms(void);

#endif
