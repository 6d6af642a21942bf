/* Frames: COBS between zero bytes, CRC-16/CCITT-FALSE, low byte first. See PROTOCOL.md. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_CONTENT 64              /* type, sequence, body, CRC */
#define FRAME_BODY (FRAME_CONTENT - 4)
#define FRAME_WIRE (FRAME_CONTENT + 2) /* with COBS's extra byte and the closing zero */

struct frame {
    uint8_t kind;
    uint8_t sequence;
    uint8_t length; /* of the body */
    uint8_t body[FRAME_BODY];
};

struct frame_decoder {
    uint8_t block[FRAME_CONTENT + 1];
    uint8_t length;
    bool overflowed;
    uint16_t bad_frames; /* stays at its highest value */
};

uint16_t crc16(const uint8_t *data, uint8_t length);

/* Writes at most FRAME_WIRE bytes to `wire`; returns how many. */
uint8_t frame_encode(const struct frame *frame, uint8_t *wire);

void frame_decoder_reset(struct frame_decoder *decoder);

/* Takes one byte; true when it completed a good frame, which is then in `frame`. */
bool frame_decode(struct frame_decoder *decoder, uint8_t byte, struct frame *frame);

#endif
