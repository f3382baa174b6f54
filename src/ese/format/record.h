/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - records as ESE stores them: reading one in place, and writing one
 *
 * Reading:
 *
 *     struct ese_record r;
 *     struct ese_field f;
 *     struct ese_value v;
 *
 *     if (ese_record_open(&r, data, size, form) || ese_record_field(&r, column, &f))
 *         ... the record is corrupt ...
 *     if (f.presence == ESE_ABSENT)
 *         ... the column's default, or else NULL ...
 *     for (uint32_t i = 0; i < f.count; i++)
 *         if (ese_field_value(&f, i, &v) == ESE_FORMAT_OK)
 *             ... v.data, v.size; v.separated: a long value id; v.compressed: see compress.h ...
 *
 * Everything points into the caller's record, which must outlive it.
 */
#ifndef HF_ESE_FORMAT_RECORD_H
#define HF_ESE_FORMAT_RECORD_H

#include "ese/format/format.h"

/* The page size decides the form of tagged columns: up to 8 KiB small, above it large. */
enum ese_record_form { ESE_RECORD_SMALL, ESE_RECORD_LARGE };

#define ESE_RECORD_HEADER 4 /* where fixed columns begin */

static inline enum ese_record_form ese_record_form_of(uint32_t page_size)
{
    return page_size <= 8192 ? ESE_RECORD_SMALL : ESE_RECORD_LARGE;
}

struct ese_record {
    const uint8_t *data;
    uint32_t size;
    enum ese_record_form form;
    uint8_t last_fixed;    /* 0: none */
    uint8_t last_variable; /* 127: none */
    uint16_t tagged_count;
    uint32_t bitmap;   /* of fixed NULLs; also the end of fixed data */
    uint32_t offsets;  /* of variable columns: u16 each */
    uint32_t variable; /* the bytes of variable columns */
    uint32_t tagged;   /* the tagged area, up to the end of the record */
};

enum ese_presence { ESE_ABSENT, ESE_NULL, ESE_PRESENT };

/* The extended-info byte of a tagged column. */
enum ese_tagged_flags {
    ESE_TAGGED_LONG_VALUE = 0x1,
    ESE_TAGGED_COMPRESSED = 0x2,
    ESE_TAGGED_SEPARATED = 0x4,
    ESE_TAGGED_MULTI_VALUES = 0x8,
    ESE_TAGGED_TWO_VALUES = 0x10,
    ESE_TAGGED_NULL = 0x20,
    ESE_TAGGED_ENCRYPTED = 0x40,
};

struct ese_field {
    enum ese_presence presence;
    uint8_t flags;  /* enum ese_tagged_flags; 0 for fixed and variable columns */
    uint32_t count; /* of values; 0 unless present */
    struct ese_bytes stored;
};

struct ese_value {
    const uint8_t *data;
    uint32_t size;
    bool separated;  /* the bytes are a long value id */
    bool compressed; /* the bytes are a compressed value (never of a separated one) */
};

/* Checks the whole frame of a record: after it, no look-up can leave the record. */
ESE_FORMAT_CHECK enum ese_format_status ese_record_open(struct ese_record *ret_record,
                                                        const void *data, size_t size,
                                                        enum ese_record_form form);

/* What the record holds of `column`: only id, derived, record_offset and size_max are read. */
ESE_FORMAT_CHECK enum ese_format_status ese_record_field(const struct ese_record *r,
                                                         const struct ese_column *column,
                                                         struct ese_field *ret_field);

/* The i-th tagged column of the record in stored order, i < tagged_count. */
ESE_FORMAT_CHECK enum ese_format_status ese_record_tagged_at(const struct ese_record *r, uint16_t i,
                                                             uint16_t *ret_id, bool *ret_derived,
                                                             struct ese_field *ret_field);

/* The i-th value (from 0) of a present field, i < count. */
ESE_FORMAT_CHECK enum ese_format_status ese_field_value(const struct ese_field *f, uint32_t i,
                                                        struct ese_value *ret_value);

/* One column of a record to be written. */
struct ese_field_input {
    uint16_t id;
    bool derived;           /* tagged only */
    bool is_long;           /* tagged: LongText or LongBinary */
    bool encrypted;         /* tagged */
    uint16_t record_offset; /* fixed only */
    uint32_t value_count;   /* 0: NULL; above 1 tagged only */
    const struct ese_value *values;
};

struct ese_record_input {
    enum ese_record_form form;
    uint8_t last_fixed;    /* 0: none; columns up to it that are not given are NULL */
    uint8_t last_variable; /* 127: none; columns up to it that are not given are NULL */
    uint16_t fixed_end;    /* end of fixed column last_fixed, from the record's start; 4 if none */
    const struct ese_field_input *fields; /* by id; tagged ones: derived first, then by id */
    size_t field_count;
};

/* Writes a record in canonical form. ESE_FORMAT_NO_ROOM when it exceeds `room` or what the form
 * can address; ESE_FORMAT_BAD_VALUE when fields are out of order or do not fit their columns. */
ESE_FORMAT_CHECK enum ese_format_status ese_record_encode(const struct ese_record_input *in,
                                                          uint8_t *out, size_t room,
                                                          size_t *ret_size);

#endif
