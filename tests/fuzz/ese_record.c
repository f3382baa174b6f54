/* SPDX-License-Identifier: Apache-2.0
 *
 * ese_record.c - fuzz target: records, compressed values and keys
 *
 * The first byte chooses the form (even: small pages, odd: large), the rest is a record. What can
 * be read must lie inside it, and must be the same after writing and reading again. Every value is
 * also decompressed, compressed, and made into keys.
 */
#include "ese/format/compress.h"
#include "ese/format/key.h"
#include "ese/format/record.h"
#include "require.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 9000
#define VALUES_MAX 33000
#define PLAIN_MAX  (65535u + 80000u)

struct parts {
    struct ese_field_input fields[FIELDS_MAX];
    struct ese_value values[VALUES_MAX];
    size_t field_count, value_count;
};

static void look_at_packed(const struct ese_value *v)
{
    static uint8_t plain[PLAIN_MAX], again[PLAIN_MAX], packed[2 * PLAIN_MAX];
    size_t size = 0, packed_size = 0, again_size = 0;

    if (ese_decompress(v->data, v->size, plain, sizeof plain, &size) != ESE_FORMAT_OK)
        return;
    for (int scheme = ESE_COMPRESS_7BIT_ASCII; scheme <= ESE_COMPRESS_XPRESS; scheme++) {
        if (ese_compress((enum ese_compress_scheme)scheme, plain, size, packed, sizeof packed,
                         &packed_size) != ESE_FORMAT_OK)
            continue;
        require(ese_decompress(packed, packed_size, again, sizeof again, &again_size) ==
                ESE_FORMAT_OK);
        require(again_size == size && memcmp(again, plain, size) == 0);
    }
}

/* A key of one column of each type, in a buffer of just the size that keys may have. */
static void make_keys_of(const struct ese_value *v, uint16_t most, uint8_t *out)
{
    const struct ese_bytes bytes = {v->data, v->size};
    struct ese_index x = {
        .key_most = most, .segment_count = 2, .var_segment_max = (uint16_t)(v->size % 20)};

    x.segments[1].descending = true;
    for (uint8_t coltyp = ESE_COLTYP_BIT; coltyp < ESE_COLTYP_COUNT; coltyp++) {
        const struct ese_column c = {.id = 256, .coltyp = coltyp, .code_page = ESE_CODE_PAGE_ASCII};
        struct ese_key k;

        ese_key_start(&k, &x, NULL, out);
        if (ese_key_add(&k, &c, &bytes) != ESE_FORMAT_OK)
            continue;
        require(k.size >= 1 && k.size <= most);
        require(ese_key_add_search(&k, &c, &bytes, (enum ese_key_limit)(v->size % 7)) !=
                ESE_FORMAT_TRUNCATED);
        require(k.size <= most + 1u);
    }
}

static void make_keys(const struct ese_value *v)
{
    static const uint16_t key_sizes[] = {1, 2, 9, 10, 255, ESE_KEY_MOST_MAX};

    for (unsigned i = 0; i < sizeof key_sizes / sizeof *key_sizes; i++) {
        uint8_t *out = malloc((size_t)key_sizes[i] + 1);

        require(out != NULL);
        make_keys_of(v, key_sizes[i], out);
        free(out);
    }
}

static void add_values(struct parts *p, const struct ese_record *r, struct ese_field_input *in,
                       const struct ese_field *f)
{
    in->value_count = f->count;
    in->values = p->values + p->value_count;
    in->is_long = (f->flags & ESE_TAGGED_LONG_VALUE) != 0;
    in->encrypted = (f->flags & ESE_TAGGED_ENCRYPTED) != 0;
    for (uint32_t i = 0; i < f->count; i++) {
        struct ese_value *v = &p->values[p->value_count++];

        require(p->value_count < VALUES_MAX && ese_field_value(f, i, v) == ESE_FORMAT_OK);
        require(v->data >= r->data && v->size <= r->size && v->data + v->size <= r->data + r->size);
    }
    p->field_count++;
}

/* Columns that nobody defined: two bytes each for the fixed ones. */
static void take_apart(struct parts *p, const struct ese_record *r)
{
    p->field_count = p->value_count = 0;
    for (uint16_t id = ESE_COLUMN_FIXED_MIN; id <= ESE_COLUMN_VARIABLE_MAX; id++) {
        struct ese_column c = {.id = id, .record_offset = (uint16_t)(2 + 2 * id), .size_max = 2};
        struct ese_field f;

        if (ese_record_field(r, &c, &f) != ESE_FORMAT_OK) /* no such bytes: written as NULL */
            f = (struct ese_field){.presence = ESE_NULL};
        if (f.presence == ESE_ABSENT)
            continue;
        p->fields[p->field_count] =
            (struct ese_field_input){.id = id, .record_offset = c.record_offset};
        add_values(p, r, &p->fields[p->field_count], &f);
    }
    for (uint16_t i = 0; i < r->tagged_count; i++) {
        struct ese_field_input *in = &p->fields[p->field_count];
        struct ese_column c = {0};
        struct ese_field f, found;

        if (ese_record_tagged_at(r, i, &c.id, &c.derived, &f) != ESE_FORMAT_OK)
            continue;
        require(ese_record_field(r, &c, &found) == ESE_FORMAT_OK);
        require(found.presence == f.presence && found.stored.data == f.stored.data);
        *in = (struct ese_field_input){.id = c.id, .derived = c.derived};
        add_values(p, r, in, &f);
    }
}

static void compare(const struct parts *a, const struct parts *b)
{
    require(a->field_count == b->field_count && a->value_count == b->value_count);
    for (size_t i = 0; i < a->field_count; i++) {
        const struct ese_field_input *x = &a->fields[i], *y = &b->fields[i];

        require(x->id == y->id && x->derived == y->derived && x->value_count == y->value_count);
    }
    for (size_t i = 0; i < a->value_count; i++) {
        const struct ese_value *x = &a->values[i], *y = &b->values[i];

        require(x->size == y->size && memcmp(x->data, y->data, x->size) == 0);
        require(x->separated == y->separated && x->compressed == y->compressed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct parts first, second;
    static uint8_t out[40000];
    struct ese_record_input in = {.fields = first.fields};
    struct ese_record r;
    enum ese_format_status s;
    size_t written = 0;

    if (size == 0)
        return 0;
    in.form = data[0] & 1 ? ESE_RECORD_LARGE : ESE_RECORD_SMALL;
    if (ese_record_open(&r, data + 1, size - 1, in.form) != ESE_FORMAT_OK)
        return 0;
    take_apart(&first, &r);
    for (size_t i = 0; i < first.value_count && i < 100; i++) {
        look_at_packed(&first.values[i]);
        make_keys(&first.values[i]);
    }
    in.field_count = first.field_count;
    in.last_fixed = r.last_fixed;
    in.last_variable = r.last_variable;
    in.fixed_end = (uint16_t)r.bitmap;
    s = ese_record_encode(&in, out, sizeof out, &written);
    if (s == ESE_FORMAT_NO_ROOM) /* the canonical form can be longer than what was read */
        return 0;
    require(s == ESE_FORMAT_OK);
    require(ese_record_open(&r, out, written, in.form) == ESE_FORMAT_OK);
    take_apart(&second, &r);
    compare(&first, &second);
    return 0;
}
