#include "avr.h"

#include <avr/io.h>
#include <stdbool.h>

#define CHANNELS 3

static uint16_t values[CHANNELS];
static uint8_t channel, channels;

static void start(void)
{
    ADMUX = (uint8_t)(_BV(REFS0) | channel); /* against the 5 V supply */
    ADCSRA |= _BV(ADSC);
}

void adc_init(uint8_t count)
{
    channels = count;
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); /* 125 kHz */
    start();
}

void adc_next(void)
{
    if (ADCSRA & _BV(ADSC))
        return;
    values[channel] = ADC;
    channel = (uint8_t)((channel + 1) % channels);
    start();
}

uint16_t adc_value(uint8_t which)
{
    return values[which];
}
