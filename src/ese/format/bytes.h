/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.h - integers in stored bytes, either order, any alignment
 *
 * The caller has checked that the bytes are there.
 */
#ifndef HF_ESE_FORMAT_BYTES_H
#define HF_ESE_FORMAT_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ese_get_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return le16toh(v);
}

static inline uint32_t ese_get_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static inline uint64_t ese_get_u64(const uint8_t *p)
{
    return (uint64_t)ese_get_u32(p) | (uint64_t)ese_get_u32(p + 4) << 32;
}

static inline uint32_t ese_get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void ese_put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void ese_put_u32(uint8_t *p, uint32_t v)
{
    ese_put_u16(p, (uint16_t)v);
    ese_put_u16(p + 2, (uint16_t)(v >> 16));
}

static inline void ese_put_u64(uint8_t *p, uint64_t v)
{
    ese_put_u32(p, (uint32_t)v);
    ese_put_u32(p + 4, (uint32_t)(v >> 32));
}

static inline void ese_put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

#endif
