/* What the firmware needs of a board. Each folder in boards/ fills it in; nothing else knows pins or registers. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#ifndef BOARD_MOTORS
#define BOARD_MOTORS 2
#endif

#define NOT_MEASURED INT16_MIN
#define FULL_POWER 1000 /* per mille */

extern const char board_name[12]; /* zero-padded */

/* Motors braked, inputs readable, serial port at 115200 baud, hardware watchdog started. */
void board_init(void);

/* Milliseconds since boot; called often. */
uint32_t board_ms(void);

/* Starts the hardware watchdog's time anew: called only by a main loop that goes round. */
void board_feed_dog(void);

bool board_read(uint8_t *byte);

/* All or nothing: a frame for which there is no room is dropped. Never waits. */
void board_write(const uint8_t *data, uint8_t length);

int32_t board_ticks(uint8_t motor); /* wraps */
void board_drive(uint8_t motor, int16_t power); /* -FULL_POWER..FULL_POWER */
void board_brake(uint8_t motor);

int16_t board_current_ma(uint8_t motor);   /* NOT_MEASURED where it is not */
uint16_t board_voltage_mv(void);           /* 0 where it is not measured */
int16_t board_temperature_tenths_c(void);  /* NOT_MEASURED where it is not */
bool board_estop(void);                    /* true when pressed, or when its wire is broken */
void board_serial_number(uint8_t serial[8]); /* zeros where there is none */

/* Parameters of a simulated plant, from 192 up; a real board refuses them all. */
bool board_set_plant(uint8_t parameter, int32_t value);

#endif
