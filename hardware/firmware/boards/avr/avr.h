/* What the AVR boards share. */
#ifndef AVR_H
#define AVR_H

#include <stdint.h>

void uart_init(void);

/* The converter looks at one channel after the other, each about every three milliseconds. */
void adc_init(uint8_t channels);
void adc_next(void);
uint16_t adc_value(uint8_t channel);

/* Quadrature: the new state of both lines, A in bit 1 and B in bit 0. Called from interrupts. */
void encoder_edge(uint8_t motor, uint8_t state);
int32_t encoder_ticks(uint8_t motor);

#endif
