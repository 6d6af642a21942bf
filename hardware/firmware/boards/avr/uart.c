/* UART 0 of an AVR with interrupts and ring buffers: 115200 baud, 8N1. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "avr.h"
#include "board.h"

#ifdef USART0_RX_vect /* the ATmega2560 numbers its ports, the ATmega328P has one */
#define RX_VECTOR USART0_RX_vect
#define EMPTY_VECTOR USART0_UDRE_vect
#else
#define RX_VECTOR USART_RX_vect
#define EMPTY_VECTOR USART_UDRE_vect
#endif

#define RX_SIZE 128 /* powers of two */
#define TX_SIZE 256

static volatile uint8_t rx[RX_SIZE], rx_head, rx_tail;
static volatile uint8_t tx[TX_SIZE], tx_head, tx_tail;

ISR(RX_VECTOR)
{
    uint8_t byte = UDR0;
    uint8_t next = (uint8_t)((rx_head + 1) % RX_SIZE);
    if (next != rx_tail) { /* else the byte is lost, and the frame's CRC says so */
        rx[rx_head] = byte;
        rx_head = next;
    }
}

ISR(EMPTY_VECTOR)
{
    if (tx_head == tx_tail) {
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
        return;
    }
    UDR0 = tx[tx_tail];
    tx_tail = (uint8_t)(tx_tail + 1);
}

void uart_init(void)
{
    UCSR0A = _BV(U2X0);
    UBRR0 = (uint16_t)((F_CPU + 4UL * 115200) / (8UL * 115200) - 1);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

bool board_read(uint8_t *byte)
{
    if (rx_head == rx_tail)
        return false;
    *byte = rx[rx_tail];
    rx_tail = (uint8_t)((rx_tail + 1) % RX_SIZE);
    return true;
}

void board_write(const uint8_t *data, uint8_t length)
{
    uint8_t used = (uint8_t)(tx_head - tx_tail);
    if (length >= TX_SIZE - used)
        return;
    for (uint8_t i = 0; i < length; i++) {
        tx[tx_head] = data[i];
        tx_head = (uint8_t)(tx_head + 1);
    }
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    UCSR0B |= _BV(UDRIE0);
}
