/* SPDX-License-Identifier: Apache-2.0
 *
 * compress.c - 7-bit text and XPRESS (plain LZ77)
 *
 * 7-bit: header (bits 0-2: valid bits of the last byte, less one), then characters of seven bits,
 * least significant bit first.
 *
 * XPRESS: header, u16 plain size, then 32-bit words of flags (most significant first, one a step),
 * each before the steps that it describes: 0 a literal byte, 1 a match of u16
 * (distance - 1) << 3 | length. A length of 7 or more goes on in half a byte, which two matches
 * share, then in a byte, then in a u16 and u32 that hold it whole; 3 is added to all.
 */
#include "ese/format/compress.h"

#include "ese/format/bytes.h"

#include <string.h>

#define HEADER_SIZE      1u
#define XPRESS_HEADER    3u
#define XPRESS_MATCH_MIN 3u
#define XPRESS_DISTANCE  8192u
#define XPRESS_SHORT     7u
#define XPRESS_NIBBLE    15u
#define XPRESS_BYTE      255u
#define XPRESS_HASH_BITS 12

struct reader {
    const uint8_t *data;
    size_t size, pos;
    bool short_read;
};

static uint32_t take(struct reader *r, unsigned octets)
{
    uint32_t v = 0;

    if (r->short_read || octets > r->size - r->pos) {
        r->short_read = true;
        return 0;
    }
    for (unsigned i = 0; i < octets; i++)
        v |= (uint32_t)r->data[r->pos++] << (8 * i);
    return v;
}

static enum ese_format_status size_of_7bit(const uint8_t *data, size_t size, size_t *ret_chars)
{
    if (size < HEADER_SIZE + 1)
        return ESE_FORMAT_CORRUPT;
    *ret_chars = ((size - 2) * 8 + (data[0] & 7u) + 1) / 7;
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_decompressed_size(const void *data, size_t size, size_t *ret_size)
{
    const uint8_t *p = data;
    enum ese_format_status s;

    if (size == 0)
        return ESE_FORMAT_CORRUPT;
    switch (p[0] >> 3) {
    case ESE_COMPRESS_7BIT_ASCII: return size_of_7bit(p, size, ret_size);
    case ESE_COMPRESS_7BIT_UTF16:
        s = size_of_7bit(p, size, ret_size);
        if (s == ESE_FORMAT_OK)
            *ret_size *= 2;
        return s;
    case ESE_COMPRESS_XPRESS:
        if (size < XPRESS_HEADER)
            return ESE_FORMAT_CORRUPT;
        *ret_size = ese_get_u16(p + 1);
        return ESE_FORMAT_OK;
    default: return ESE_FORMAT_UNSUPPORTED;
    }
}

static void unpack_7bit(const uint8_t *in, uint8_t *out, size_t chars, unsigned width)
{
    uint32_t bits = 0, held = 0;

    for (size_t i = 0; i < chars; i++) {
        while (held < 7) {
            bits |= (uint32_t)*in++ << held;
            held += 8;
        }
        *out++ = bits & 0x7f;
        if (width == 2)
            *out++ = 0;
        bits >>= 7;
        held -= 7;
    }
}

/* The length of a match whose first word has been taken; `nibble` is the shared half byte. */
static size_t take_length(struct reader *r, uint32_t word, const uint8_t **nibble)
{
    uint32_t n = word & XPRESS_SHORT;

    if (n < XPRESS_SHORT)
        return n + XPRESS_MATCH_MIN;
    if (*nibble == NULL) {
        *nibble = r->data + r->pos;
        n = take(r, 1) & XPRESS_NIBBLE;
    } else {
        n = **nibble >> 4;
        *nibble = NULL;
    }
    if (n < XPRESS_NIBBLE)
        return (size_t)n + XPRESS_SHORT + XPRESS_MATCH_MIN;
    n = take(r, 1);
    if (n < XPRESS_BYTE)
        return (size_t)n + XPRESS_NIBBLE + XPRESS_SHORT + XPRESS_MATCH_MIN;
    n = take(r, 2);
    if (n == 0)
        n = take(r, 4);
    if (n < XPRESS_NIBBLE + XPRESS_SHORT)
        r->short_read = true; /* a length that the shorter forms would hold */
    return (size_t)n + XPRESS_MATCH_MIN;
}

static enum ese_format_status unpack_xpress(struct reader *r, uint8_t *out, size_t size)
{
    const uint8_t *nibble = NULL;
    uint32_t flags = 0, left = 0;
    size_t n = 0;

    while (n < size) {
        if (left == 0) {
            flags = take(r, 4);
            left = 32;
        }
        left--;
        if (!(flags >> left & 1)) {
            out[n++] = (uint8_t)take(r, 1);
        } else {
            uint32_t word = take(r, 2);
            size_t distance = (word >> 3) + 1, length = take_length(r, word, &nibble);

            if (r->short_read || distance > n || length > size - n)
                return ESE_FORMAT_CORRUPT;
            for (size_t i = 0; i < length; i++, n++) /* may overlap itself */
                out[n] = out[n - distance];
        }
        if (r->short_read)
            return ESE_FORMAT_CORRUPT;
    }
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_decompress(const void *data, size_t size, void *out, size_t room,
                                      size_t *ret_size)
{
    const uint8_t *p = data;
    struct reader r = {.data = p, .size = size, .pos = XPRESS_HEADER};
    size_t plain = 0;
    enum ese_format_status s = ese_decompressed_size(data, size, &plain);

    if (s != ESE_FORMAT_OK)
        return s;
    if (plain > room)
        return ESE_FORMAT_NO_ROOM;
    switch (p[0] >> 3) {
    case ESE_COMPRESS_7BIT_ASCII: unpack_7bit(p + 1, out, plain, 1); break;
    case ESE_COMPRESS_7BIT_UTF16: unpack_7bit(p + 1, out, plain / 2, 2); break;
    default: s = unpack_xpress(&r, out, plain); break;
    }
    if (s == ESE_FORMAT_OK)
        *ret_size = plain;
    return s;
}

static enum ese_format_status pack_7bit(const uint8_t *in, size_t size, unsigned width,
                                        uint8_t *out, size_t room, size_t *ret_size)
{
    size_t chars = size / width;
    size_t packed = HEADER_SIZE + (chars * 7 + 7) / 8;
    uint32_t bits = 0, held = 0;
    uint8_t *p = out + HEADER_SIZE;
    unsigned scheme = width == 2 ? ESE_COMPRESS_7BIT_UTF16 : ESE_COMPRESS_7BIT_ASCII;

    if (size == 0 || size % width != 0)
        return ESE_FORMAT_BAD_VALUE;
    if (packed > room)
        return ESE_FORMAT_NO_ROOM;
    for (size_t i = 0; i < chars; i++) {
        if (in[i * width] > 0x7f || (width == 2 && in[i * width + 1] != 0))
            return ESE_FORMAT_BAD_VALUE;
        bits |= (uint32_t)in[i * width] << held;
        held += 7;
        if (held >= 8) {
            *p++ = (uint8_t)bits;
            bits >>= 8;
            held -= 8;
        }
    }
    if (held > 0)
        *p = (uint8_t)bits;
    out[0] = (uint8_t)(scheme << 3 | ((chars * 7 + 7) & 7));
    *ret_size = packed;
    return ESE_FORMAT_OK;
}

struct packer {
    uint8_t *out;
    size_t room, size;
    size_t flags_at, nibble_at; /* 0: none open */
    uint32_t flags, steps;      /* steps described by the open word of flags */
    bool overflow;
};

static void emit(struct packer *k, uint32_t v, unsigned octets)
{
    if (k->overflow || octets > k->room - k->size) {
        k->overflow = true;
        return;
    }
    for (unsigned i = 0; i < octets; i++)
        k->out[k->size++] = (uint8_t)(v >> (8 * i));
}

/* Says what the next step is; closes the word of flags when it is full. */
static void emit_flag(struct packer *k, bool match)
{
    if (k->steps == 0) {
        k->flags_at = k->size;
        k->flags = 0;
        emit(k, 0, 4);
    }
    k->flags = k->flags << 1 | match;
    if (++k->steps == 32) {
        if (!k->overflow)
            ese_put_u32(k->out + k->flags_at, k->flags);
        k->steps = 0;
    }
}

/* Unused flags of the last word are set, as MS-XCA asks. */
static void close_flags(struct packer *k)
{
    uint32_t unused = 32 - k->steps;

    if (k->steps == 0 || k->overflow)
        return;
    ese_put_u32(k->out + k->flags_at, k->flags << unused | ((1u << unused) - 1));
}

static void emit_match(struct packer *k, size_t distance, size_t length)
{
    size_t n = length - XPRESS_MATCH_MIN, rest;

    emit_flag(k, true);
    emit(k, (uint32_t)((distance - 1) << 3 | (n < XPRESS_SHORT ? n : XPRESS_SHORT)), 2);
    if (n < XPRESS_SHORT)
        return;
    rest = n - XPRESS_SHORT < XPRESS_NIBBLE ? n - XPRESS_SHORT : XPRESS_NIBBLE;
    if (k->nibble_at == 0) {
        k->nibble_at = k->size;
        emit(k, (uint32_t)rest, 1);
    } else {
        if (!k->overflow)
            k->out[k->nibble_at] |= (uint8_t)(rest << 4);
        k->nibble_at = 0;
    }
    if (rest < XPRESS_NIBBLE)
        return;
    rest = n - XPRESS_SHORT - XPRESS_NIBBLE;
    if (rest < XPRESS_BYTE) {
        emit(k, (uint32_t)rest, 1);
    } else {
        emit(k, XPRESS_BYTE, 1);
        emit(k, (uint32_t)n, 2); /* plain data is at most 65535 bytes, so this holds it */
    }
}

static size_t match_length(const uint8_t *a, const uint8_t *b, const uint8_t *end)
{
    size_t n = 0;

    while (b + n < end && a[n] == b[n])
        n++;
    return n;
}

static enum ese_format_status pack_xpress(const uint8_t *in, size_t size, uint8_t *out, size_t room,
                                          size_t *ret_size)
{
    uint16_t last[1 << XPRESS_HASH_BITS] = {0}; /* position + 1 of a like triple; 0 none */
    struct packer k = {.out = out, .room = room, .size = XPRESS_HEADER};
    size_t i = 0;

    if (size == 0 || size > ESE_COMPRESS_XPRESS_MAX)
        return ESE_FORMAT_BAD_VALUE;
    if (room < XPRESS_HEADER)
        return ESE_FORMAT_NO_ROOM;
    out[0] = ESE_COMPRESS_XPRESS << 3;
    ese_put_u16(out + 1, (uint16_t)size);
    while (i < size && !k.overflow) {
        size_t length = 0, from = 0;

        if (size - i >= XPRESS_MATCH_MIN) {
            uint32_t triple = in[i] | (uint32_t)in[i + 1] << 8 | (uint32_t)in[i + 2] << 16;
            uint32_t slot = triple * 2654435761u >> (32 - XPRESS_HASH_BITS);

            from = last[slot];
            last[slot] = (uint16_t)(i + 1);
            if (from != 0 && i - (from - 1) <= XPRESS_DISTANCE)
                length = match_length(in + from - 1, in + i, in + size);
        }
        if (length >= XPRESS_MATCH_MIN) {
            emit_match(&k, i - (from - 1), length);
            i += length;
        } else {
            emit_flag(&k, false);
            emit(&k, in[i++], 1);
        }
    }
    close_flags(&k);
    if (k.overflow)
        return ESE_FORMAT_NO_ROOM;
    *ret_size = k.size;
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_compress(enum ese_compress_scheme scheme, const void *data, size_t size,
                                    void *out, size_t room, size_t *ret_size)
{
    switch (scheme) {
    case ESE_COMPRESS_7BIT_ASCII: return pack_7bit(data, size, 1, out, room, ret_size);
    case ESE_COMPRESS_7BIT_UTF16: return pack_7bit(data, size, 2, out, room, ret_size);
    case ESE_COMPRESS_XPRESS: return pack_xpress(data, size, out, room, ret_size);
    default: return ESE_FORMAT_UNSUPPORTED;
    }
}
