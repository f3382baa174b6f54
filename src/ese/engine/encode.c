/* SPDX-License-Identifier: Apache-2.0
 *
 * encode.c - the copy buffer as a record; which values go into a tree of their own
 *
 * A value of a long type stays in the record up to INTRINSIC_MAX octets, unless the program wants it
 * separate or in the record. While the record is too large, the largest value that may go goes.
 * Values that were separate before and are unchanged stay so.
 */
#include "ese/engine/cursor.h"

#include "ese/format/compress.h"

#include <string.h>

#define INTRINSIC_MAX 1023 /* ese-api 5 */
#define XPRESS_MIN    1024 /* JET_paramMinDataForXpress */

/* A record in the making. */
struct encoding {
    struct eng_step *step;
    struct eng_table *table;
    const struct eng_schema *schema;
    struct eng_copy *copy;
    struct arena arena;
    struct ese_field_input *inputs;
    size_t count;
    struct ese_record_input record;
};

static bool is_long(const struct eng_column *c)
{
    return ese_coltyp_is_long(c->c.coltyp);
}

static JET_ERR separate(struct encoding *e, struct eng_draft *d, struct ese_value *v)
{
    struct eng_lid *lid = arena_alloc(&e->arena, sizeof *lid);
    JET_ERR err;

    if (lid == NULL)
        return JET_errOutOfMemory;
    err = eng_draft_store(d, e->step, e->table, lid);
    if (!err)
        *v = (struct ese_value){.data = lid->bytes, .size = lid->size, .separated = true};
    return err;
}

/* The first value of a compressed column, when that makes it smaller. */
static void compress(struct encoding *e, const struct eng_column *c, const struct eng_draft *d,
                     struct ese_value *v)
{
    enum ese_compress_scheme scheme =
        d->size >= XPRESS_MIN ? ESE_COMPRESS_XPRESS
        : c->c.coltyp == ESE_COLTYP_LONG_TEXT && c->c.code_page == ESE_CODE_PAGE_UNICODE
            ? ESE_COMPRESS_7BIT_UTF16
            : ESE_COMPRESS_7BIT_ASCII;
    uint8_t *out;
    size_t size = 0;

    if (d->uncompressed || !(d->compress || (c->c.flags & ESE_FIELD_COMPRESSED)) || d->size < 8)
        return;
    out = arena_alloc(&e->arena, d->size);
    if (out != NULL &&
        ese_compress(scheme, d->data, d->size, out, d->size - 1, &size) == ESE_FORMAT_OK)
        *v = (struct ese_value){.data = out, .size = (uint32_t)size, .compressed = true};
}

static JET_ERR add_value(struct encoding *e, const struct eng_column *c, struct eng_draft *d,
                         bool first, struct ese_value *v)
{
    bool apart =
        d->kind != DRAFT_BYTES ||
        (is_long(c) && !d->intrinsic && (d->size > INTRINSIC_MAX || (d->separate && d->size > 0)));

    if (e->schema->separate_lv != 0 && is_long(c) && d->size > e->schema->separate_lv &&
        !d->intrinsic)
        apart = true;
    if (apart)
        return separate(e, d, v);
    *v = (struct ese_value){.data = d->data, .size = d->size};
    if (is_long(c) && first)
        compress(e, c, d, v);
    return JET_errSuccess;
}

static JET_ERR add_field(struct encoding *e, const struct eng_column *c, struct eng_field *f)
{
    struct ese_value *values = arena_alloc(&e->arena, (f->count + 1) * sizeof *values);
    JET_ERR err = JET_errSuccess;

    if (values == NULL)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < f->count && !err; i++)
        err = add_value(e, c, &f->values[i], i == 0, &values[i]);
    e->inputs[e->count++] = (struct ese_field_input){
        .id = c->c.id,
        .is_long = is_long(c),
        .record_offset = c->c.record_offset,
        .value_count = f->count,
        .values = values,
    };
    return err;
}

/* A column that has no value of its own but lies below one that has: its default goes in. */
static JET_ERR add_default(struct encoding *e, const struct eng_column *c)
{
    struct ese_value *v;

    if (!c->c.has_default || c->c.coltyp == ESE_COLTYP_NIL)
        return JET_errSuccess; /* NULL */
    v = arena_alloc(&e->arena, sizeof *v);
    if (v == NULL)
        return JET_errOutOfMemory;
    *v = (struct ese_value){.data = c->c.value_default.data,
                            .size = (uint32_t)c->c.value_default.size};
    e->inputs[e->count++] = (struct ese_field_input){
        .id = c->c.id, .record_offset = c->c.record_offset, .value_count = 1, .values = v};
    return JET_errSuccess;
}

/* Fixed and variable columns, up to the last that the buffer has. */
static JET_ERR add_placed(struct encoding *e, unsigned first, unsigned count, unsigned last_id)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = first; i < first + count && !err; i++) {
        const struct eng_column *c = &e->schema->columns[i];
        struct eng_field *f;

        if (c->c.id > last_id)
            break;
        f = eng_copy_find(e->copy, c->c.id);
        err = f != NULL && c->c.coltyp != ESE_COLTYP_NIL ? add_field(e, c, f) : add_default(e, c);
    }
    return err;
}

static JET_ERR add_all(struct encoding *e)
{
    const struct eng_schema *s = e->schema;
    size_t n = e->copy->field_count, at = 0;
    unsigned last_fixed = 0, last_variable = ESE_COLUMN_FIXED_MAX;
    JET_ERR err;

    for (; at < n && e->copy->fields[at].id < ESE_COLUMN_TAGGED_MIN; at++) {
        uint16_t id = e->copy->fields[at].id;

        if (id <= ESE_COLUMN_FIXED_MAX)
            last_fixed = id;
        else
            last_variable = id;
    }
    e->inputs =
        arena_alloc(&e->arena, (n + s->fixed_count + s->variable_count + 1) * sizeof *e->inputs);
    if (e->inputs == NULL)
        return JET_errOutOfMemory;
    err = add_placed(e, 0, s->fixed_count, last_fixed);
    if (!err)
        err = add_placed(e, s->fixed_count, s->variable_count, last_variable);
    for (; at < n && !err; at++) {
        const struct eng_column *c = eng_column_by_id(s, e->copy->fields[at].id);

        if (c != NULL)
            err = add_field(e, c, &e->copy->fields[at]);
    }
    e->record = (struct ese_record_input){
        .form = e->table->form,
        .last_fixed = (uint8_t)last_fixed,
        .last_variable = (uint8_t)last_variable,
        .fixed_end = eng_fixed_end(s, last_fixed),
        .fields = e->inputs,
        .field_count = e->count,
    };
    return err;
}

/* Makes the record smaller by one value: the largest that is in it and need not be. */
static JET_ERR shrink(struct encoding *e)
{
    struct eng_draft *largest = NULL;
    struct ese_value *place = NULL;

    for (size_t i = 0; i < e->count; i++) {
        const struct ese_field_input *in = &e->inputs[i];
        struct eng_field *f = in->is_long ? eng_copy_find(e->copy, in->id) : NULL;

        for (uint32_t v = 0; f != NULL && v < in->value_count; v++) {
            struct ese_value *value = (struct ese_value *)(uintptr_t)&in->values[v];

            if (value->separated || f->values[v].intrinsic || value->size <= ENG_LID_MAX ||
                (largest != NULL && value->size <= place->size))
                continue;
            largest = &f->values[v];
            place = value;
        }
    }
    return largest == NULL ? JET_errRecordTooBig : separate(e, largest, place);
}

JET_ERR eng_copy_encode(struct eng_copy *c, struct eng_step *step, struct eng_table *table,
                        const struct eng_schema *schema, uint8_t *out, size_t room,
                        size_t *ret_size)
{
    struct encoding e = {.step = step, .table = table, .schema = schema, .copy = c};
    uint8_t lent[4096];
    enum ese_format_status f;
    JET_ERR err;

    if (room > schema->record_max)
        room = schema->record_max;
    arena_init(&e.arena, lent, sizeof lent);
    err = add_all(&e);
    while (!err) {
        f = ese_record_encode(&e.record, out, room, ret_size);
        if (f != ESE_FORMAT_NO_ROOM) {
            err = eng_format_error(f);
            break;
        }
        err = shrink(&e);
    }
    arena_fini(&e.arena);
    return err;
}
