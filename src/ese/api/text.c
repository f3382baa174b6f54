/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - strings of A and W functions to UTF-8 and back
 */
#include "ese/api/text.h"

#include "base/utf16.h"

#include <string.h>

#define NAME_MAX_OCTETS 64

/* Well-formed text converts unless there is no memory: the converters tell the two not apart. */
static bool is_utf16(const uint16_t *s)
{
    for (; *s; s++) {
        if (*s < 0xd800 || *s > 0xdfff)
            continue;
        if (*s > 0xdbff || s[1] < 0xdc00 || s[1] > 0xdfff)
            return false;
        s++;
    }
    return true;
}

/* RFC 3629: the first octet says how many follow and what the second may be. */
static bool is_utf8(const unsigned char *s)
{
    static const struct {
        unsigned char first, last, low, high, more;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2},
        {0xe1, 0xec, 0x80, 0xbf, 2}, {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
        {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3},
    };

    while (*s) {
        size_t f = 0;

        while (f < sizeof forms / sizeof forms[0] && (*s < forms[f].first || *s > forms[f].last))
            f++;
        if (f == sizeof forms / sizeof forms[0])
            return false;
        s++;
        if (forms[f].more && (*s < forms[f].low || *s > forms[f].high))
            return false;
        for (unsigned i = 0; i < forms[f].more; i++, s++)
            if ((*s & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static JET_ERR copy(struct arena *arena, const char *s, const char **ret)
{
    size_t size = strlen(s) + 1;
    char *out = arena_alloc(arena, size);

    if (!out)
        return JET_errOutOfMemory;
    memcpy(out, s, size);
    *ret = out;
    return JET_errSuccess;
}

JET_ERR jet_utf8(struct arena *arena, struct jet_string s, const char **ret)
{
    char *utf8 = NULL;
    JET_ERR err = JET_errSuccess;

    if (!s.p) {
        *ret = NULL;
        return JET_errSuccess;
    }
    if (!(s.wide ? is_utf16(s.p) : is_utf8(s.p)))
        return JET_errUnicodeTranslationFail;
    if (!s.wide)
        return copy(arena, s.p, ret);
    utf8 = utf16_to_utf8(s.p);
    if (!utf8)
        return JET_errOutOfMemory;
    err = copy(arena, utf8, ret);
    mem_free(utf8);
    return err;
}

JET_ERR jet_utf8_needed(struct arena *arena, struct jet_string s, const char **ret)
{
    return s.p ? jet_utf8(arena, s, ret) : JET_errInvalidParameter;
}

JET_ERR jet_name(struct arena *arena, struct jet_string s, const char **ret)
{
    const char *name = NULL;
    JET_ERR err = jet_utf8_needed(arena, s, &name);

    if (err)
        return err;
    if (!*name || *name == ' ' || strlen(name) > NAME_MAX_OCTETS)
        return JET_errInvalidName;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || strchr("!.[]", *c))
            return JET_errInvalidName;
    *ret = name;
    return JET_errSuccess;
}

static JET_ERR put(const void *text, size_t length, size_t unit, void *buffer, unsigned long size,
                   unsigned long *ret_size)
{
    size_t units = size / unit, fits = 0;

    if (ret_size)
        *ret_size = (length + 1) * unit;
    if (units > 0) {
        fits = length < units ? length : units - 1;
        memcpy(buffer, text, fits * unit);
        memset((char *)buffer + fits * unit, 0, unit);
    }
    return units > length ? JET_errSuccess : JET_wrnBufferTruncated;
}

JET_ERR jet_text_out(const char *utf8, bool wide, void *buffer, unsigned long size,
                     unsigned long *ret_size)
{
    uint16_t *units = NULL;
    JET_ERR err = JET_errSuccess;

    if (!wide)
        return put(utf8, strlen(utf8), 1, buffer, size, ret_size);
    units = utf16_from_utf8(utf8);
    if (!units)
        return JET_errOutOfMemory;
    err = put(units, utf16_length(units), sizeof *units, buffer, size, ret_size);
    mem_free(units);
    return err;
}
