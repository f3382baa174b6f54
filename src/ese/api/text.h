/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - strings of A and W functions to UTF-8 and back
 *
 * Each exported pair calls one function with `struct jet_string`s; that function turns them into
 * UTF-8 in an arena of its own, after the gate. A strings are UTF-8 as they are.
 */
#ifndef HF_ESE_API_TEXT_H
#define HF_ESE_API_TEXT_H

#include "base/mem.h"
#include "ese/api/api.h"

struct jet_string {
    const void *p; /* NULL: none given */
    bool wide;     /* 16-bit units */
};

static inline struct jet_string jet_narrow(JET_PCSTR s)
{
    return (struct jet_string){s, false};
}

static inline struct jet_string jet_wide(JET_PCWSTR s)
{
    return (struct jet_string){s, true};
}

/* NULL stays NULL. JET_errUnicodeTranslationFail (malformed), JET_errOutOfMemory. */
JET_ERR jet_utf8(struct arena *arena, struct jet_string s, const char **ret);

/* As jet_utf8, for what must be given: JET_errInvalidParameter. */
JET_ERR jet_utf8_needed(struct arena *arena, struct jet_string s, const char **ret);

/* A name of a table, column or index (provider.h P4): JET_errInvalidName. */
JET_ERR jet_name(struct arena *arena, struct jet_string s, const char **ret);

/* Writes with terminator into `size` octets; JET_wrnBufferTruncated when it does not fit whole.
 * `*ret_size` (may be NULL): octets with terminator that the whole text takes. */
JET_ERR jet_text_out(const char *utf8, bool wide, void *buffer, unsigned long size,
                     unsigned long *ret_size);

#endif
