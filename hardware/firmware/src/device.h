/* The controller itself: commands in, motors and telemetry out. Knows time only as what it is told. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdint.h>

/* Stopped, disarmed, not greeted. */
void device_boot(void);

/* One byte from the host. */
void device_byte(uint8_t byte, uint32_t now_ms);

/* Called whenever the millisecond has changed. */
void device_time(uint32_t now_ms);

#endif
