/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - strings of A and W functions to UTF-8 and back
 */
#include "ese/api/text.h"

#include "base/utf16.h"

#include <string.h>

#define NAME_MAX_OCTETS 64

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* Malformed text gives NULL from base/utf16.h, as does want of memory: one octet tells them apart. */
static JET_ERR failure(void)
{
    void *probe = mem_alloc(1);

    mem_free(probe);
    return probe ? JET_errUnicodeTranslationFail : JET_errOutOfMemory;
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
    uint16_t *units = NULL;
    char *utf8 = NULL;
    JET_ERR err = JET_errSuccess;

    if (!s.p) {
        *ret = NULL;
        return JET_errSuccess;
    }
    if (s.wide) {
        utf8 = utf16_to_utf8(s.p);
        if (!utf8)
            return failure();
        err = copy(arena, utf8, ret);
        mem_free(utf8);
        return err;
    }
    if (!is_ascii(s.p)) {
        units = utf16_from_utf8(s.p);
        if (!units)
            return failure();
        mem_free(units);
    }
    return copy(arena, s.p, ret);
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
        return failure();
    err = put(units, utf16_length(units), sizeof *units, buffer, size, ret_size);
    mem_free(units);
    return err;
}
