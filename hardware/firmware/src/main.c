#include "board.h"
#include "device.h"

#define MOST_BYTES_AT_ONCE 32 /* so that a host that floods the line cannot keep time from being looked at */

int main(void)
{
    board_init();
    device_boot();
    uint32_t before_ms = board_ms();
    for (;;) {
        uint8_t byte;
        for (uint8_t taken = 0; taken < MOST_BYTES_AT_ONCE && board_read(&byte); taken++)
            device_byte(byte, board_ms());
        uint32_t now_ms = board_ms();
        if (now_ms != before_ms) {
            before_ms = now_ms;
            device_time(now_ms);
            board_feed_dog();
        }
    }
}
