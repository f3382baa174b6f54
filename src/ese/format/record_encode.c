/* SPDX-License-Identifier: Apache-2.0
 *
 * record_encode.c - writing a record in the one form that the engine itself would choose
 *
 * Canonical means: fixed columns that are NULL hold a filler; bits of the NULL bitmap beyond the
 * last column are set; no gaps; two short values of one tagged column in the two-value form, more
 * (or any of a long type) in the multi-value form; on small pages no extended-info byte where it
 * would be zero.
 */
#include "ese/format/record.h"

#include "ese/format/bytes.h"
#include "ese/format/record_internal.h"

#include <string.h>

#define FIXED_FILLER '*'

struct writer {
    uint8_t *out;
    size_t room, size;
    bool overflow;
};

static uint8_t *reserve(struct writer *w, size_t n)
{
    uint8_t *p = w->out + w->size;

    if (w->overflow || n > w->room - w->size) {
        w->overflow = true;
        return NULL;
    }
    w->size += n;
    return p;
}

static void put(struct writer *w, const void *data, size_t n)
{
    uint8_t *p = reserve(w, n);

    if (p != NULL && n > 0)
        memcpy(p, data, n);
}

static size_t count_fixed(const struct ese_record_input *in)
{
    size_t n = 0;

    while (n < in->field_count && in->fields[n].id <= ESE_COLUMN_FIXED_MAX)
        n++;
    return n;
}

static size_t count_up_to_variable(const struct ese_record_input *in, size_t n)
{
    while (n < in->field_count && in->fields[n].id <= ESE_COLUMN_VARIABLE_MAX)
        n++;
    return n;
}

static enum ese_format_status write_fixed(struct writer *w, const struct ese_record_input *in,
                                          size_t count)
{
    uint32_t bitmap_size = record_bitmap_size(in->last_fixed);
    uint32_t end = in->fixed_end + bitmap_size;
    uint8_t *p, *bitmap;

    if (in->last_fixed > ESE_COLUMN_FIXED_MAX || in->last_variable < ESE_COLUMN_FIXED_MAX ||
        in->fixed_end < ESE_RECORD_HEADER || end > RECORD_SIZE_MAX)
        return ESE_FORMAT_BAD_VALUE;
    p = reserve(w, end);
    if (p == NULL)
        return ESE_FORMAT_NO_ROOM;
    memset(p, FIXED_FILLER, in->fixed_end);
    p[0] = in->last_fixed;
    p[1] = in->last_variable;
    ese_put_u16(p + 2, (uint16_t)end);
    bitmap = p + in->fixed_end;
    memset(bitmap, 0xff, bitmap_size);
    for (size_t i = 0; i < count; i++) {
        const struct ese_field_input *f = &in->fields[i];
        uint32_t bit = f->id - 1u;

        if (f->id == 0 || f->id > in->last_fixed || f->value_count > 1 ||
            (i > 0 && f->id <= f[-1].id))
            return ESE_FORMAT_BAD_VALUE;
        if (f->value_count == 0)
            continue;
        if (f->record_offset < ESE_RECORD_HEADER || f->record_offset > in->fixed_end ||
            f->values->size > (uint32_t)in->fixed_end - f->record_offset)
            return ESE_FORMAT_BAD_VALUE;
        memcpy(p + f->record_offset, f->values->data, f->values->size);
        bitmap[bit / 8] &= (uint8_t) ~(1u << bit % 8);
    }
    return ESE_FORMAT_OK;
}

static enum ese_format_status write_variable(struct writer *w, const struct ese_record_input *in,
                                             const struct ese_field_input *fields, size_t count)
{
    uint32_t columns = (uint32_t)in->last_variable - ESE_COLUMN_FIXED_MAX;
    uint8_t *offsets = reserve(w, 2 * (size_t)columns);
    uint32_t end = 0;
    size_t next = 0;

    if (offsets == NULL)
        return ESE_FORMAT_NO_ROOM;
    for (uint32_t c = 0; c < columns; c++) {
        const struct ese_field_input *f = &fields[next];
        bool given = next < count && f->id == c + ESE_COLUMN_VARIABLE_MIN;

        if (given && f->value_count > 1)
            return ESE_FORMAT_BAD_VALUE;
        if (given && f->value_count == 1) {
            put(w, f->values->data, f->values->size);
            end += f->values->size;
        }
        if (w->overflow || end > RECORD_SIZE_MAX)
            return ESE_FORMAT_NO_ROOM;
        ese_put_u16(offsets + 2 * c,
                    (uint16_t)(end | (given && f->value_count == 1 ? 0 : RECORD_VARIABLE_NULL)));
        next += given;
    }
    return next == count ? ESE_FORMAT_OK : ESE_FORMAT_BAD_VALUE; /* out of order or beyond last */
}

static bool two_value_form(const struct ese_field_input *f)
{
    return f->value_count == 2 && !f->is_long && !f->values[0].separated &&
           !f->values[1].separated && f->values[0].size <= ESE_SHORT_VALUE_MAX &&
           f->values[1].size <= ESE_SHORT_VALUE_MAX;
}

static uint8_t tagged_flags(const struct ese_field_input *f, enum ese_record_form form)
{
    uint8_t flags = 0;

    if (f->value_count == 0)
        return form == ESE_RECORD_SMALL ? 0 : ESE_TAGGED_NULL;
    if (f->is_long)
        flags |= ESE_TAGGED_LONG_VALUE;
    if (f->encrypted)
        flags |= ESE_TAGGED_ENCRYPTED;
    if (f->values[0].compressed)
        flags |= ESE_TAGGED_COMPRESSED;
    if (f->value_count == 1 && f->values[0].separated)
        flags |= ESE_TAGGED_SEPARATED;
    if (f->value_count > 1)
        flags |= ESE_TAGGED_MULTI_VALUES;
    if (two_value_form(f))
        flags |= ESE_TAGGED_TWO_VALUES;
    return flags;
}

static void write_multi_values(struct writer *w, const struct ese_field_input *f)
{
    uint8_t *offsets = reserve(w, 2 * (size_t)f->value_count);
    uint32_t offset = 2 * f->value_count;

    for (uint32_t i = 0; i < f->value_count && !w->overflow; i++) {
        const struct ese_value *v = &f->values[i];

        if (offset > MULTI_OFFSET_MASK) {
            w->overflow = true;
            return;
        }
        ese_put_u16(offsets + 2 * i, (uint16_t)(offset | (v->separated ? MULTI_SEPARATED : 0)));
        put(w, v->data, v->size);
        offset += v->size;
    }
}

static void write_tagged_bytes(struct writer *w, const struct ese_field_input *f)
{
    if (f->value_count == 0)
        return;
    if (f->value_count == 1) {
        put(w, f->values->data, f->values->size);
    } else if (two_value_form(f)) {
        put(w, &(uint8_t){(uint8_t)f->values[0].size}, 1);
        put(w, f->values[0].data, f->values[0].size);
        put(w, f->values[1].data, f->values[1].size);
    } else {
        write_multi_values(w, f);
    }
}

static enum ese_format_status write_tagged(struct writer *w, const struct ese_record_input *in,
                                           const struct ese_field_input *fields, size_t count)
{
    size_t start = w->size;
    uint8_t *entries = reserve(w, TAGGED_ENTRY * count);

    for (size_t i = 0; i < count && !w->overflow; i++) {
        const struct ese_field_input *f = &fields[i];
        uint8_t flags = tagged_flags(f, in->form);
        size_t offset = w->size - start;
        uint16_t bits = f->derived ? TAGGED_DERIVED : 0;

        if (i > 0 &&
            (f->derived > f[-1].derived || (f->derived == f[-1].derived && f->id <= f[-1].id)))
            return ESE_FORMAT_BAD_VALUE;
        if (offset > tagged_rules[in->form].offset_mask)
            return ESE_FORMAT_NO_ROOM;
        if (in->form == ESE_RECORD_LARGE || flags != 0)
            put(w, &flags, 1);
        if (in->form == ESE_RECORD_SMALL && flags != 0)
            bits |= TAGGED_SMALL_EXTENDED;
        if (in->form == ESE_RECORD_SMALL && f->value_count == 0)
            bits |= TAGGED_SMALL_NULL;
        ese_put_u16(entries + TAGGED_ENTRY * i, f->id);
        ese_put_u16(entries + TAGGED_ENTRY * i + 2, (uint16_t)(offset | bits));
        write_tagged_bytes(w, f);
    }
    return w->overflow ? ESE_FORMAT_NO_ROOM : ESE_FORMAT_OK;
}

enum ese_format_status ese_record_encode(const struct ese_record_input *in, uint8_t *out,
                                         size_t room, size_t *ret_size)
{
    struct writer w = {.out = out, .room = room < RECORD_SIZE_MAX ? room : RECORD_SIZE_MAX};
    size_t fixed = count_fixed(in);
    size_t variable = count_up_to_variable(in, fixed);
    enum ese_format_status s = write_fixed(&w, in, fixed);

    if (s == ESE_FORMAT_OK)
        s = write_variable(&w, in, in->fields + fixed, variable - fixed);
    if (s == ESE_FORMAT_OK)
        s = write_tagged(&w, in, in->fields + variable, in->field_count - variable);
    if (s == ESE_FORMAT_OK)
        *ret_size = w.size;
    return s;
}
