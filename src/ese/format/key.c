/* SPDX-License-Identifier: Apache-2.0
 *
 * key.c - normalised keys (spec 9)
 *
 * A key is its segments, one behind the other. Each starts with a byte that tells NULL, empty and
 * present apart; the value follows in a form that memcmp orders. In a descending segment all bits
 * are inverted, the first byte's too.
 *
 * Invariants:
 *     K1  a key is never longer than the index's key_most, but for the one byte of a limit.
 *     K2  once a segment did not fit, no later one adds a byte; whether it is NULL still counts.
 *     K3  a segment cut by var_segment_max is not truncated in the sense of K2.
 */
#include "ese/format/key.h"

#include "ese/format/bytes.h"

#include <string.h>

#define PREFIX_NULL        0x00
#define PREFIX_EMPTY       0x40
#define PREFIX_VALUE       0x7f
#define PREFIX_NULL_HIGH   0xc0
#define LIMIT_FILL         0xff
#define CHUNK              8u /* bytes of a binary value between two counts */
#define CHUNK_STORED       9u
#define CHUNK_MORE         9 /* count: another chunk follows */
#define TEXT_END           0x00
#define SORT_KEY_LEVEL_END 0x01 /* behind the weights of the characters themselves */
#define FIXED_MAX          16

/* A segment in the making: bytes at `out`, of which it may use `room`. */
struct segment {
    uint8_t *out;
    size_t room;    /* left in the key */
    size_t var_max; /* of text and binary; above room when the index sets none */
    size_t size;
    size_t value_end; /* of a binary value: where its last byte ends, 0 unknown */
    bool truncated;   /* for want of room in the key */
};

static void put_big_endian(uint8_t *out, const uint8_t *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = value[size - 1 - i];
}

static void put_guid(uint8_t *out, const uint8_t *value, bool dotnet)
{
    static const uint8_t orders[2][16] = {
        {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3},
        {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15},
    };

    for (size_t i = 0; i < 16; i++)
        out[i] = value[orders[dotnet][i]];
}

/* Values of fixed size; ret has room for FIXED_MAX. */
static void normalise_fixed(uint8_t coltyp, bool dotnet, const uint8_t *value, uint8_t *out)
{
    size_t size = ese_coltyp_size(coltyp);

    put_big_endian(out, value, size);
    switch (coltyp) {
    case ESE_COLTYP_BIT: out[0] = value[0] ? 0xff : 0x00; break;
    case ESE_COLTYP_SHORT:
    case ESE_COLTYP_LONG:
    case ESE_COLTYP_CURRENCY:
    case ESE_COLTYP_LONG_LONG: out[0] ^= 0x80; break;
    case ESE_COLTYP_IEEE_SINGLE:
    case ESE_COLTYP_IEEE_DOUBLE:
    case ESE_COLTYP_DATE_TIME:
        if (out[0] & 0x80) {
            for (size_t i = 0; i < size; i++)
                out[i] = (uint8_t)~out[i];
        } else {
            out[0] |= 0x80;
        }
        break;
    case ESE_COLTYP_GUID: put_guid(out, value, dotnet); break;
    default: break; /* unsigned: big endian is the order */
    }
}

static enum ese_format_status add_fixed(struct segment *s, const struct ese_index *index,
                                        uint8_t coltyp, const struct ese_bytes *value)
{
    uint8_t bytes[1 + FIXED_MAX] = {PREFIX_VALUE};
    size_t size = ese_coltyp_size(coltyp);

    if (size == 0 || value->size != size)
        return ESE_FORMAT_BAD_VALUE;
    normalise_fixed(coltyp, (index->flags & ESE_INDEX_DOTNET_GUID) != 0, value->data, bytes + 1);
    s->size = 1 + size;
    if (s->size > s->room) {
        s->size = s->room;
        s->truncated = true;
    }
    memcpy(s->out, bytes, s->size);
    return ESE_FORMAT_OK;
}

/* Cuts a wanted size to what the segment may have; false when it had to be cut. K3 */
static bool fit(struct segment *s, size_t want)
{
    bool whole = true;

    s->size = want;
    if (s->size > s->var_max) {
        s->size = s->var_max;
        whole = false;
    }
    if (s->size > s->room) {
        s->size = s->room;
        s->truncated = true;
        whole = false;
    }
    return whole;
}

static void add_fixed_binary(struct segment *s, const struct ese_bytes *value)
{
    (void)fit(s, 1 + value->size);
    s->out[0] = PREFIX_VALUE;
    memcpy(s->out + 1, value->data, s->size - 1);
}

/* Chunks of eight bytes and a count. What is cut off inside a chunk leaves raw bytes, no count. */
static void add_binary(struct segment *s, const struct ese_bytes *value)
{
    size_t chunks = (value->size + CHUNK - 1) / CHUNK, left = value->size;
    bool whole = fit(s, 1 + chunks * CHUNK_STORED);
    uint8_t *p = s->out, *end = s->out + s->size;
    const uint8_t *from = value->data;

    *p++ = PREFIX_VALUE;
    while (p < end) {
        size_t room = (size_t)(end - p);
        size_t want = room < CHUNK ? room : CHUNK;
        size_t n = left < want ? left : want;

        memcpy(p, from, n);
        memset(p + n, 0, want - n);
        if (n == left && (room >= CHUNK_STORED || n < room))
            s->value_end = (size_t)(p + n - s->out);
        p += want;
        if (p < end) /* a whole chunk: its count */
            *p++ = n < CHUNK ? (uint8_t)n : left > CHUNK || !whole ? CHUNK_MORE : CHUNK;
        from += n;
        left -= n;
    }
}

static uint8_t ascii_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Up to the first NUL, in capitals, then a NUL. If that does not fit, no NUL, and the last byte is
 * lowered as if it were a small letter, whatever it is: so it has been, so it stays. */
static void add_ascii(struct segment *s, const struct ese_bytes *value)
{
    size_t room = (s->room < s->var_max ? s->room : s->var_max) - 1;
    size_t length = 0;

    s->out[0] = PREFIX_VALUE;
    while (length < value->size && length < room && value->data[length] != 0) {
        s->out[1 + length] = ascii_upper(value->data[length]);
        length++;
    }
    if (length < room) {
        s->out[1 + length] = TEXT_END;
        s->size = 1 + length + 1;
        return;
    }
    s->size = 1 + room;
    if (room == 0)
        return;
    s->out[room] = (uint8_t)(value->data[room - 1] - 'a' + 'A');
    s->truncated = s->var_max > s->room;
}

static enum ese_format_status add_unicode(struct segment *s, const struct ese_key *k,
                                          const struct ese_bytes *value)
{
    size_t room = (s->room < s->var_max ? s->room : s->var_max) - 1;
    size_t size = value->size, written = 0;
    enum ese_format_status status;
    bool truncated = false;

    if (k->collator == NULL)
        return ESE_FORMAT_UNSUPPORTED;
    if (k->index->key_most == ESE_KEY_MOST_DEFAULT && size > ese_key_source_max(k->index))
        size = ese_key_source_max(k->index);
    s->out[0] = PREFIX_VALUE;
    status = k->collator->sort_key(k->collator->self, k->index, value->data, size & ~(size_t)1,
                                   s->out + 1, room, &written, &truncated);
    if (status != ESE_FORMAT_OK)
        return status;
    if (written > room)
        return ESE_FORMAT_NO_ROOM;
    s->size = 1 + written;
    s->truncated = truncated && s->var_max > s->room;
    return ESE_FORMAT_OK;
}

static enum ese_format_status add_value(struct segment *s, const struct ese_key *k,
                                        const struct ese_column *column,
                                        const struct ese_bytes *value)
{
    bool text = ese_coltyp_is_text(column->coltyp);

    if (!text && !ese_coltyp_is_binary(column->coltyp))
        return add_fixed(s, k->index, column->coltyp, value);
    if (value->size == 0) {
        s->out[0] = PREFIX_EMPTY;
        s->size = 1;
    } else if (text && column->code_page == ESE_CODE_PAGE_UNICODE) {
        return add_unicode(s, k, value);
    } else if (text) {
        add_ascii(s, value);
    } else if (ese_column_is_fixed(column->id)) {
        add_fixed_binary(s, value);
    } else {
        add_binary(s, value);
    }
    return ESE_FORMAT_OK;
}

/* Makes the next segment behind the key's bytes, without counting it in. */
static enum ese_format_status make_segment(struct ese_key *k, const struct ese_column *column,
                                           const struct ese_bytes *value, struct segment *ret)
{
    const struct ese_index *x = k->index;
    struct segment s = {.out = k->bytes + k->size, .room = x->key_most - k->size};
    enum ese_format_status status = ESE_FORMAT_OK;

    s.var_max = x->var_segment_max == 0 || x->var_segment_max >= x->key_most ? SIZE_MAX
                                                                             : x->var_segment_max;
    if (value == NULL) {
        s.out[0] = x->flags & ESE_INDEX_SORT_NULLS_HIGH ? PREFIX_NULL_HIGH : PREFIX_NULL;
        s.size = 1;
    } else {
        status = add_value(&s, k, column, value);
    }
    if (status == ESE_FORMAT_OK && x->segments[k->segment_count].descending)
        for (size_t i = 0; i < s.size; i++)
            s.out[i] = (uint8_t)~s.out[i];
    *ret = s;
    return status;
}

void ese_key_start(struct ese_key *k, const struct ese_index *index,
                   const struct ese_collator *collator, uint8_t bytes[ESE_KEY_BUFFER])
{
    *k = (struct ese_key){.index = index, .collator = collator, .bytes = bytes, .all_null = true};
}

static bool takes_another(const struct ese_key *k)
{
    return k->segment_count < k->index->segment_count && !k->limited &&
           k->index->key_most <= ESE_KEY_MOST_MAX;
}

static void count_null(struct ese_key *k, bool is_null)
{
    k->first_null |= is_null && k->segment_count == 0;
    k->some_null |= is_null;
    k->all_null &= is_null;
}

enum ese_format_status ese_key_add(struct ese_key *k, const struct ese_column *column,
                                   const struct ese_bytes *value)
{
    bool may_truncate = (k->index->flags & ESE_INDEX_DISALLOW_TRUNCATION) == 0;
    enum ese_format_status status = ESE_FORMAT_OK;
    struct segment s = {0};

    if (!takes_another(k))
        return ESE_FORMAT_BAD_VALUE;
    if (k->truncated || k->size == k->index->key_most) /* K2 */
        s.truncated = true;
    else
        status = make_segment(k, column, value, &s);
    if (status != ESE_FORMAT_OK)
        return status;
    if (s.truncated && !may_truncate)
        return ESE_FORMAT_TRUNCATED;
    count_null(k, value == NULL);
    k->segment_count++;
    k->size += s.size;
    k->truncated |= s.truncated;
    return ESE_FORMAT_OK;
}

/* Fills the key up to one byte more than any real key has. */
static void fill_to_end(struct ese_key *k, struct segment *s)
{
    memset(s->out + s->size, LIMIT_FILL, s->room + 1 - s->size);
    s->size = s->room + 1;
    k->limited = true;
}

/* Where the characters of a text segment end: before its terminator, or before the further levels
 * of a sort key. */
static size_t end_of_text(const struct segment *s, bool unicode, bool descending)
{
    uint8_t invert = descending ? 0xff : 0x00;
    size_t i = 1;

    if (unicode) {
        while (i < s->size && s->out[i] != (SORT_KEY_LEVEL_END ^ invert))
            i++;
        return i;
    }
    return s->out[s->size - 1] == (TEXT_END ^ invert) ? s->size - 1 : s->size;
}

static void limit_text(struct ese_key *k, struct segment *s, const struct ese_column *column,
                       bool descending, bool fill)
{
    if (s->size >= 2)
        s->size = end_of_text(s, column->code_page == ESE_CODE_PAGE_UNICODE, descending);
    if (fill)
        fill_to_end(k, s);
    k->limited = true;
}

/* A binary value goes on being a prefix inside its last chunk only. */
static void limit_binary(struct ese_key *k, struct segment *s, bool fill)
{
    if (s->value_end == 0) {
        if (fill)
            fill_to_end(k, s);
    } else if (fill) {
        s->size++;
        memset(s->out + s->value_end, LIMIT_FILL, s->size - s->value_end);
    } else {
        s->size = s->value_end;
    }
    k->limited = true;
}

static void apply_limit(struct ese_key *k, struct segment *s, const struct ese_column *column,
                        enum ese_key_limit limit)
{
    bool text = ese_coltyp_is_text(column->coltyp);
    bool descending = k->index->segments[k->segment_count].descending;
    bool partial_end = limit == ESE_KEY_PARTIAL_END;

    switch (limit) {
    case ESE_KEY_EXACT: break;
    case ESE_KEY_STRING: limit_binary(k, s, true); break;
    case ESE_KEY_SUBSTRING:
        if (text)
            limit_text(k, s, column, descending, true);
        break;
    case ESE_KEY_FULL_START: k->limited = true; break;
    case ESE_KEY_FULL_END: fill_to_end(k, s); break;
    case ESE_KEY_PARTIAL_START:
    case ESE_KEY_PARTIAL_END:
        if (text)
            limit_text(k, s, column, descending, partial_end);
        else
            limit_binary(k, s, partial_end);
        break;
    }
}

static bool limit_suits(const struct ese_column *column, enum ese_key_limit limit)
{
    if (limit != ESE_KEY_PARTIAL_START && limit != ESE_KEY_PARTIAL_END)
        return true;
    return ese_coltyp_is_text(column->coltyp) ||
           (ese_coltyp_is_binary(column->coltyp) && !ese_column_is_fixed(column->id));
}

enum ese_format_status ese_key_add_search(struct ese_key *k, const struct ese_column *column,
                                          const struct ese_bytes *value, enum ese_key_limit limit)
{
    enum ese_format_status status;
    struct segment s = {0};

    if (!takes_another(k) || !limit_suits(column, limit))
        return ESE_FORMAT_BAD_VALUE;
    if (!k->truncated && k->size < k->index->key_most) { /* K2 */
        status = make_segment(k, column, value, &s);
        if (status != ESE_FORMAT_OK)
            return status;
        apply_limit(k, &s, column, limit); /* K1 */
    }
    count_null(k, value == NULL);
    k->segment_count++;
    k->size += s.size;
    k->truncated |= s.truncated;
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_key_finish(const struct ese_key *k, bool *ret_indexed)
{
    uint32_t flags = k->index->flags;

    if (k->some_null && (flags & ESE_INDEX_NO_NULL_SEGMENT))
        return ESE_FORMAT_NULL_IN_KEY;
    if (k->all_null)
        *ret_indexed = (flags & ESE_INDEX_ALLOW_ALL_NULLS) != 0;
    else if (k->first_null)
        *ret_indexed = (flags & ESE_INDEX_ALLOW_FIRST_NULL) != 0;
    else if (k->some_null)
        *ret_indexed = (flags & ESE_INDEX_ALLOW_SOME_NULLS) != 0;
    else
        *ret_indexed = true;
    return ESE_FORMAT_OK;
}

size_t ese_key_source_max(const struct ese_index *index)
{
    return index->key_most;
}
