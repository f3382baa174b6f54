/* SPDX-License-Identifier: Apache-2.0
 *
 * key.h - normalised keys: values as bytes that memcmp puts in order
 *
 *     uint8_t bytes[ESE_KEY_BUFFER];
 *     struct ese_key k;
 *     bool indexed;
 *
 *     ese_key_start(&k, index, collator, bytes);
 *     for (each column of the index)
 *         if (ese_key_add(&k, column, is_null ? NULL : &value))
 *             ... refuse the row ...
 *     if (ese_key_finish(&k, &indexed) == ESE_FORMAT_OK && indexed)
 *         ... enter bytes, k.size into the index ...
 *
 * A search key is made by the same calls, the last one with a limit. Values are plain bytes:
 * assembled and decompressed. Of a long value, as much as ese_key_source_max says is enough.
 *
 * Unicode text needs a collation, which the caller supplies; this room has none of its own.
 */
#ifndef HF_ESE_FORMAT_KEY_H
#define HF_ESE_FORMAT_KEY_H

#include "ese/format/format.h"

#define ESE_KEY_BUFFER (ESE_KEY_MOST_MAX + 1) /* a search key may be one byte longer */

struct ese_collator {
    /* Writes the sort key of UTF-16LE text under the index's locale, version and flags, at most
     * `room` bytes of it; *ret_truncated tells whether it is longer. */
    enum ese_format_status (*sort_key)(void *self, const struct ese_index *index,
                                       const uint8_t *text, size_t size, uint8_t *out, size_t room,
                                       size_t *ret_size, bool *ret_truncated);
    void *self;
};

struct ese_key {
    const struct ese_index *index;
    const struct ese_collator *collator; /* may be NULL: Unicode text is then unsupported */
    uint8_t *bytes;
    size_t size;
    uint8_t segment_count; /* made so far */
    bool truncated;        /* the key space is used up; further segments add nothing */
    bool limited;          /* a limit closed the key */
    bool first_null, some_null, all_null;
};

/* What may follow the last segment of a search key: the grbits of JetMakeKey. */
enum ese_key_limit {
    ESE_KEY_EXACT,
    ESE_KEY_STRING,        /* StrLimit: above all keys that begin with this one */
    ESE_KEY_SUBSTRING,     /* SubStrLimit: above all texts that begin with this one */
    ESE_KEY_FULL_START,    /* FullColumnStartLimit */
    ESE_KEY_FULL_END,      /* FullColumnEndLimit: above all with these columns */
    ESE_KEY_PARTIAL_START, /* PartialColumnStartLimit: below all that begin with this value */
    ESE_KEY_PARTIAL_END,   /* PartialColumnEndLimit: above all that begin with this value */
};

void ese_key_start(struct ese_key *k, const struct ese_index *index,
                   const struct ese_collator *collator, uint8_t bytes[ESE_KEY_BUFFER]);

/* Adds the next segment of the index. A NULL `value` is NULL; one of no bytes is an empty text or
 * binary. ESE_FORMAT_TRUNCATED when the index disallows truncation, ESE_FORMAT_BAD_VALUE when the
 * value has not the size of its type or the key has all its segments. */
ESE_FORMAT_CHECK enum ese_format_status ese_key_add(struct ese_key *k,
                                                    const struct ese_column *column,
                                                    const struct ese_bytes *value);

/* The same for a search key, which is never refused for its length. Partial limits are for text
 * and for binary columns that are not fixed. */
ESE_FORMAT_CHECK enum ese_format_status ese_key_add_search(struct ese_key *k,
                                                           const struct ese_column *column,
                                                           const struct ese_bytes *value,
                                                           enum ese_key_limit limit);

/* Applies the index's rules about NULL: whether the row has an entry under this key at all. */
ESE_FORMAT_CHECK enum ese_format_status ese_key_finish(const struct ese_key *k, bool *ret_indexed);

/* How many bytes of a text or binary value can matter to a key of this index. An index whose text
 * is Unicode and whose keys may be longer than 255 may need more, since a sort key can be shorter
 * than its text; the caller then doubles until the key is full or the value ends. */
size_t ese_key_source_max(const struct ese_index *index);

#endif
