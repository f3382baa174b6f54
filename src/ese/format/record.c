/* SPDX-License-Identifier: Apache-2.0
 *
 * record.c - reading a record in place
 *
 *     0  u8   last fixed column        1  u8  last variable column
 *     2  u16  end of the NULL bitmap, from the record's start
 *     4  fixed columns, at the offsets of the catalog
 *        NULL bitmap, one bit a fixed column, set = NULL
 *        u16 a variable column: its end from the end of this array; bit 15 = NULL
 *        variable bytes
 *        tagged area: { u16 column, u16 offset and flags } each, then their bytes
 *
 * Invariants of an open record:
 *     R1  header, bitmap, offset array and tagged area follow each other inside the record.
 *     R2  ends of variable columns do not decrease and stay before the tagged area.
 *     R3  tagged columns have the numbers of such and strictly ascend (derived ones first), their
 *         offsets do not decrease, and one with an extended-info byte has at least that byte.
 */
#include "ese/format/record.h"

#include "ese/format/bytes.h"
#include "ese/format/record_internal.h"

/* R2 */
static enum ese_format_status open_variable(struct ese_record *r)
{
    uint32_t count = r->last_variable >= ESE_COLUMN_VARIABLE_MIN
                         ? (uint32_t)r->last_variable - ESE_COLUMN_VARIABLE_MIN + 1
                         : 0;
    uint32_t end = 0;

    r->variable = r->offsets + 2 * count;
    if (r->variable > r->size)
        return ESE_FORMAT_CORRUPT;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = ese_get_u16(r->data + r->offsets + 2 * i) & RECORD_VARIABLE_MASK;

        if (next < end)
            return ESE_FORMAT_CORRUPT;
        end = next;
    }
    r->tagged = r->variable + end;
    return r->tagged <= r->size ? ESE_FORMAT_OK : ESE_FORMAT_CORRUPT;
}

static const uint8_t *tagged_entry(const struct ese_record *r, uint32_t i)
{
    return r->data + r->tagged + TAGGED_ENTRY * i;
}

static uint32_t tagged_offset(const struct ese_record *r, uint32_t i)
{
    return ese_get_u16(tagged_entry(r, i) + 2) & tagged_rules[r->form].offset_mask;
}

/* Derived columns sort before own ones. */
static uint32_t tagged_rank(uint16_t id, bool derived)
{
    return (derived ? 0 : 0x10000u) | id;
}

static uint32_t tagged_rank_at(const struct ese_record *r, uint32_t i)
{
    const uint8_t *entry = tagged_entry(r, i);

    return tagged_rank(ese_get_u16(entry), (ese_get_u16(entry + 2) & TAGGED_DERIVED) != 0);
}

static uint32_t tagged_end(const struct ese_record *r, uint32_t i)
{
    return i + 1 < r->tagged_count ? tagged_offset(r, i + 1) : r->size - r->tagged;
}

static bool tagged_has_flags_byte(const struct ese_record *r, uint32_t i)
{
    return r->form == ESE_RECORD_LARGE ||
           (ese_get_u16(tagged_entry(r, i) + 2) & TAGGED_SMALL_EXTENDED) != 0;
}

/* R3 */
static enum ese_format_status open_tagged(struct ese_record *r)
{
    uint32_t area = r->size - r->tagged;
    uint32_t first;

    r->tagged_count = 0;
    if (area == 0)
        return ESE_FORMAT_OK;
    if (area < TAGGED_ENTRY)
        return ESE_FORMAT_CORRUPT;
    first = tagged_offset(r, 0);
    if (first == 0 || first % TAGGED_ENTRY != 0 || first > area)
        return ESE_FORMAT_CORRUPT;
    r->tagged_count = (uint16_t)(first / TAGGED_ENTRY);
    for (uint32_t i = 0; i < r->tagged_count; i++) {
        uint32_t start = tagged_offset(r, i), end = tagged_end(r, i);

        if (end < start || end > area || (start == end && tagged_has_flags_byte(r, i)))
            return ESE_FORMAT_CORRUPT;
        if (ese_get_u16(tagged_entry(r, i)) < ESE_COLUMN_TAGGED_MIN)
            return ESE_FORMAT_CORRUPT;
        if (i > 0 && tagged_rank_at(r, i) <= tagged_rank_at(r, i - 1))
            return ESE_FORMAT_CORRUPT;
    }
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_record_open(struct ese_record *ret_record, const void *data, size_t size,
                                       enum ese_record_form form)
{
    struct ese_record r = {.data = data, .form = form};
    enum ese_format_status s;
    uint32_t bitmap_size;

    if (size < ESE_RECORD_HEADER || size > RECORD_SIZE_MAX)
        return ESE_FORMAT_CORRUPT;
    r.size = (uint32_t)size;
    r.last_fixed = r.data[0];
    r.last_variable = r.data[1];
    r.offsets = ese_get_u16(r.data + 2);
    bitmap_size = record_bitmap_size(r.last_fixed);
    if (r.last_fixed > ESE_COLUMN_FIXED_MAX || r.last_variable < ESE_COLUMN_FIXED_MAX ||
        r.offsets < ESE_RECORD_HEADER + bitmap_size || r.offsets > r.size)
        return ESE_FORMAT_CORRUPT; /* R1 */
    r.bitmap = r.offsets - bitmap_size;
    s = open_variable(&r);
    if (s == ESE_FORMAT_OK)
        s = open_tagged(&r);
    if (s == ESE_FORMAT_OK)
        *ret_record = r;
    return s;
}

static void set_single(struct ese_field *f, const uint8_t *data, uint32_t size)
{
    *f = (struct ese_field){.presence = ESE_PRESENT, .count = 1, .stored = {data, size}};
}

static enum ese_format_status fixed_field(const struct ese_record *r,
                                          const struct ese_column *column,
                                          struct ese_field *ret_field)
{
    uint32_t bit = column->id - 1u;
    uint32_t start = column->record_offset, size = column->size_max;

    if (column->id > r->last_fixed)
        return ESE_FORMAT_OK;
    if (r->data[r->bitmap + bit / 8] & 1u << bit % 8) {
        ret_field->presence = ESE_NULL;
        return ESE_FORMAT_OK;
    }
    if (start < ESE_RECORD_HEADER || start > r->bitmap || size > r->bitmap - start)
        return ESE_FORMAT_CORRUPT;
    set_single(ret_field, r->data + start, size);
    return ESE_FORMAT_OK;
}

static void variable_field(const struct ese_record *r, uint16_t id, struct ese_field *ret_field)
{
    uint32_t i = (uint32_t)id - ESE_COLUMN_VARIABLE_MIN;
    const uint8_t *end = r->data + r->offsets + 2 * i;
    uint32_t from = 0;

    if (id > r->last_variable)
        return;
    if (ese_get_u16(end) & RECORD_VARIABLE_NULL) {
        ret_field->presence = ESE_NULL;
        return;
    }
    if (i > 0)
        from = ese_get_u16(end - 2) & RECORD_VARIABLE_MASK;
    set_single(ret_field, r->data + r->variable + from,
               (ese_get_u16(end) & RECORD_VARIABLE_MASK) - from);
}

/* Counts the values of a field whose flags say that there are several. */
static enum ese_format_status count_values(struct ese_field *f)
{
    const struct ese_bytes *b = &f->stored;
    uint32_t first, before = 0;

    if (f->flags & ESE_TAGGED_TWO_VALUES) {
        f->count = 2;
        return b->size > 0 && b->data[0] <= b->size - 1 ? ESE_FORMAT_OK : ESE_FORMAT_CORRUPT;
    }
    if (b->size < 2)
        return ESE_FORMAT_CORRUPT;
    first = ese_get_u16(b->data) & MULTI_OFFSET_MASK;
    if (first == 0 || first % 2 != 0 || first > b->size)
        return ESE_FORMAT_CORRUPT;
    f->count = first / 2;
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t offset = ese_get_u16(b->data + 2 * i) & MULTI_OFFSET_MASK;

        if (offset < before || offset > b->size)
            return ESE_FORMAT_CORRUPT;
        before = offset;
    }
    return ESE_FORMAT_OK;
}

static enum ese_format_status tagged_field(const struct ese_record *r, uint32_t i,
                                           struct ese_field *ret_field)
{
    uint32_t start = tagged_offset(r, i), end = tagged_end(r, i);
    struct ese_field f;

    if (r->form == ESE_RECORD_SMALL &&
        (ese_get_u16(tagged_entry(r, i) + 2) & TAGGED_SMALL_NULL) != 0) {
        *ret_field = (struct ese_field){.presence = ESE_NULL};
        return ESE_FORMAT_OK;
    }
    set_single(&f, r->data + r->tagged + start, end - start);
    if (tagged_has_flags_byte(r, i)) {
        f.flags = *f.stored.data++;
        f.stored.size--;
    }
    if (f.flags & ESE_TAGGED_NULL) {
        f = (struct ese_field){.presence = ESE_NULL, .flags = f.flags};
    } else if (f.flags & (ESE_TAGGED_MULTI_VALUES | ESE_TAGGED_TWO_VALUES)) {
        enum ese_format_status s = count_values(&f);

        if (s != ESE_FORMAT_OK)
            return s;
    }
    *ret_field = f;
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_record_field(const struct ese_record *r, const struct ese_column *column,
                                        struct ese_field *ret_field)
{
    uint32_t rank = tagged_rank(column->id, column->derived);
    uint32_t low = 0, high = r->tagged_count;

    *ret_field = (struct ese_field){.presence = ESE_ABSENT};
    if (column->id == 0)
        return ESE_FORMAT_BAD_VALUE;
    if (ese_column_is_fixed(column->id))
        return fixed_field(r, column, ret_field);
    if (ese_column_is_variable(column->id)) {
        variable_field(r, column->id, ret_field);
        return ESE_FORMAT_OK;
    }
    while (low < high) { /* R3 */
        uint32_t middle = (low + high) / 2, found = tagged_rank_at(r, middle);

        if (found == rank)
            return tagged_field(r, middle, ret_field);
        if (found < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return ESE_FORMAT_OK;
}

enum ese_format_status ese_record_tagged_at(const struct ese_record *r, uint16_t i,
                                            uint16_t *ret_id, bool *ret_derived,
                                            struct ese_field *ret_field)
{
    if (i >= r->tagged_count)
        return ESE_FORMAT_BAD_VALUE;
    *ret_id = ese_get_u16(tagged_entry(r, i));
    *ret_derived = (ese_get_u16(tagged_entry(r, i) + 2) & TAGGED_DERIVED) != 0;
    return tagged_field(r, i, ret_field);
}

enum ese_format_status ese_field_value(const struct ese_field *f, uint32_t i,
                                       struct ese_value *ret_value)
{
    const uint8_t *data = f->stored.data;
    uint32_t size = (uint32_t)f->stored.size;
    bool separated = (f->flags & ESE_TAGGED_SEPARATED) != 0;

    if (i >= f->count)
        return ESE_FORMAT_BAD_VALUE;
    if (f->flags & ESE_TAGGED_TWO_VALUES) {
        uint32_t first = data[0];

        separated = false; /* two-value fields are short */
        size = i == 0 ? first : size - 1 - first;
        data += i == 0 ? 1 : 1 + first;
    } else if (f->flags & ESE_TAGGED_MULTI_VALUES) {
        uint16_t entry = ese_get_u16(data + 2 * i);
        uint32_t start = entry & MULTI_OFFSET_MASK;
        uint32_t end = i + 1 < f->count ? ese_get_u16(data + 2 * i + 2) & MULTI_OFFSET_MASK : size;

        separated = (entry & MULTI_SEPARATED) != 0;
        data += start;
        size = end - start;
    }
    *ret_value = (struct ese_value){
        .data = data,
        .size = size,
        .separated = separated,
        .compressed = i == 0 && !separated && (f->flags & ESE_TAGGED_COMPRESSED) != 0,
    };
    return ESE_FORMAT_OK;
}
