/* SPDX-License-Identifier: Apache-2.0
 *
 * utf16.c - UTF-8 to UTF-16 and back (RFC 3629, RFC 2781)
 */
#include "base/utf16.h"

#include "base/mem.h"

#include <string.h>

size_t utf16_length(const uint16_t *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}

/* Takes one code point from *s and moves past it; -1 when malformed. */
static int32_t take_utf16(const uint16_t **s)
{
    uint32_t c = *(*s)++;

    if (c < 0xd800 || c > 0xdfff)
        return (int32_t)c;
    if (c > 0xdbff || **s < 0xdc00 || **s > 0xdfff)
        return -1;
    return (int32_t)(0x10000 + ((c - 0xd800) << 10) + (uint32_t)(*(*s)++ - 0xdc00));
}

static int32_t take_utf8(const uint8_t **s)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = *(*s)++;
    int octets = c < 0x80             ? 1
                 : (c & 0xe0) == 0xc0 ? 2
                 : (c & 0xf0) == 0xe0 ? 3
                 : (c & 0xf8) == 0xf0 ? 4
                                      : 0;

    if (octets == 0)
        return -1;
    if (octets == 1)
        return (int32_t)c;
    c &= 0x7fu >> octets;
    for (int i = 1; i < octets; i++) {
        if ((**s & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (*(*s)++ & 0x3fu);
    }
    if (c < least[octets] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return -1;
    return (int32_t)c;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

char *utf16_to_utf8(const uint16_t *s)
{
    char *out;
    size_t n = 0;

    if (s == NULL)
        return NULL;
    out = mem_alloc(3 * utf16_length(s) + 1);
    if (out == NULL)
        return NULL;
    while (*s != 0) {
        int32_t c = take_utf16(&s);

        if (c < 0) {
            mem_free(out);
            return NULL;
        }
        n += put_utf8(out + n, (uint32_t)c);
    }
    return out;
}

uint16_t *utf16_from_utf8(const char *s)
{
    const uint8_t *p = (const uint8_t *)s;
    uint16_t *out;
    size_t n = 0;

    if (s == NULL)
        return NULL;
    out = mem_alloc((strlen(s) + 1) * sizeof *out);
    if (out == NULL)
        return NULL;
    while (*p != 0) {
        int32_t c = take_utf8(&p);

        if (c < 0) {
            mem_free(out);
            return NULL;
        }
        if (c < 0x10000) {
            out[n++] = (uint16_t)c;
        } else {
            out[n++] = (uint16_t)(0xd800 + ((uint32_t)(c - 0x10000) >> 10));
            out[n++] = (uint16_t)(0xdc00 + ((uint32_t)(c - 0x10000) & 0x3ff));
        }
    }
    return out;
}
