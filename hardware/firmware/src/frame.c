#include "frame.h"

static uint16_t crc16_step(uint16_t crc, uint8_t byte)
{
    crc ^= (uint16_t)((uint16_t)byte << 8);
    for (uint8_t bit = 0; bit < 8; bit++)
        crc = (uint16_t)((crc & 0x8000u) ? ((uint32_t)crc << 1) ^ 0x1021u : (uint32_t)crc << 1);
    return crc;
}

uint16_t crc16(const uint8_t *data, uint8_t length)
{
    uint16_t crc = 0xFFFFu;
    for (uint8_t i = 0; i < length; i++)
        crc = crc16_step(crc, data[i]);
    return crc;
}

static uint8_t cobs_encode(const uint8_t *content, uint8_t length, uint8_t *wire)
{
    uint8_t code_at = 0, out = 1;
    for (uint8_t i = 0; i < length; i++) {
        if (content[i] == 0) {
            wire[code_at] = (uint8_t)(out - code_at);
            code_at = out++;
        } else {
            wire[out++] = content[i];
        }
    }
    wire[code_at] = (uint8_t)(out - code_at);
    return out;
}

/* Decodes in place; returns the length of the content, 0 where the block cannot be. */
static uint8_t cobs_decode(uint8_t *block, uint8_t length)
{
    uint8_t in = 0, out = 0;
    while (in < length) {
        uint8_t code = block[in++];
        if (code == 0 || code - 1 > length - in)
            return 0;
        for (uint8_t i = 1; i < code; i++)
            block[out++] = block[in++];
        if (in < length)
            block[out++] = 0;
    }
    return out;
}

uint8_t frame_encode(const struct frame *frame, uint8_t *wire)
{
    uint8_t content[FRAME_CONTENT];
    uint8_t length = 0;
    content[length++] = frame->kind;
    content[length++] = frame->sequence;
    for (uint8_t i = 0; i < frame->length; i++)
        content[length++] = frame->body[i];
    uint16_t crc = crc16(content, length);
    content[length++] = (uint8_t)crc;
    content[length++] = (uint8_t)(crc >> 8);
    uint8_t written = cobs_encode(content, length, wire);
    wire[written++] = 0;
    return written;
}

void frame_decoder_reset(struct frame_decoder *decoder)
{
    decoder->length = 0;
    decoder->overflowed = false;
    decoder->bad_frames = 0;
}

static bool unpack(uint8_t *content, uint8_t length, struct frame *frame)
{
    length = cobs_decode(content, length);
    if (length < 4)
        return false;
    uint16_t crc = (uint16_t)(content[length - 2] | ((uint16_t)content[length - 1] << 8));
    if (crc != crc16(content, (uint8_t)(length - 2)))
        return false;
    frame->kind = content[0];
    frame->sequence = content[1];
    frame->length = (uint8_t)(length - 4);
    for (uint8_t i = 0; i < frame->length; i++)
        frame->body[i] = content[i + 2];
    return true;
}

bool frame_decode(struct frame_decoder *decoder, uint8_t byte, struct frame *frame)
{
    if (byte != 0) {
        if (decoder->length < sizeof decoder->block)
            decoder->block[decoder->length++] = byte;
        else
            decoder->overflowed = true;
        return false;
    }
    bool was_empty = decoder->length == 0;
    bool good = !was_empty && !decoder->overflowed && unpack(decoder->block, decoder->length, frame);
    decoder->length = 0;
    decoder->overflowed = false;
    if (!good && !was_empty && decoder->bad_frames < 0xFFFFu)
        decoder->bad_frames++;
    return good;
}
