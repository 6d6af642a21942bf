/* The firmware as a library on a desktop computer, for its unit tests: time and bytes come from the test. */
#include "device.h"
#include "board.h"
#include "frame.h"
#include "../plant/plant.h"

const char board_name[12] = "host";

static uint32_t now_ms;
static uint8_t sent[65536];
static uint32_t sent_length;

void board_init(void) {}
void board_feed_dog(void) {}
uint32_t board_ms(void) { return now_ms; }
bool board_read(uint8_t *byte) { (void)byte; return false; }

void board_write(const uint8_t *data, uint8_t length)
{
    if (sent_length + length > sizeof sent)
        return;
    for (uint8_t i = 0; i < length; i++)
        sent[sent_length++] = data[i];
}

/* --- what the tests call ------------------------------------------------------------------------------------------ */

void host_boot(uint32_t at_ms)
{
    now_ms = at_ms;
    sent_length = 0;
    plant_init();
    device_boot();
}

void host_receive(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        device_byte(data[i], now_ms);
}

void host_pass_1ms(void)
{
    now_ms++;
    plant_step_1ms();
    device_time(now_ms);
}

/* Passes time without the firmware's looking, as when its loop is late. */
void host_skip_1ms(void)
{
    now_ms++;
    plant_step_1ms();
}

uint32_t host_take_sent(uint8_t *data)
{
    uint32_t length = sent_length;
    for (uint32_t i = 0; i < length; i++)
        data[i] = sent[i];
    sent_length = 0;
    return length;
}

uint16_t host_crc16(const uint8_t *data, uint8_t length) { return crc16(data, length); }
