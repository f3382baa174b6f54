/* SPDX-License-Identifier: Apache-2.0
 *
 * copy.c - the copy buffer: the columns of a row that is being prepared
 *
 * Columns that are not in the buffer have no value of their own: they are absent from the record,
 * too, or show their default. A column set to NULL is in the buffer without values.
 */
#include "ese/engine/cursor.h"

#include <string.h>

struct eng_copy *eng_copy_new(unsigned prep)
{
    struct eng_copy *c = mem_alloc(sizeof *c);

    if (c != NULL)
        c->prep = prep;
    return c;
}

void eng_field_clear(struct eng_field *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        eng_draft_clear(&f->values[i]);
    f->count = 0;
}

void eng_copy_free(struct eng_copy *take_copy)
{
    if (take_copy == NULL)
        return;
    for (size_t i = 0; i < take_copy->field_count; i++) {
        eng_field_clear(&take_copy->fields[i]);
        mem_free(take_copy->fields[i].values);
    }
    mem_free(take_copy->fields);
    mem_free(take_copy->base);
    mem_free(take_copy);
}

void eng_copy_drop_stream(struct ese_cursor *cursor, struct eng_draft *d)
{
    struct ese_session *session = cursor->session;
    struct eng_step step;

    if (d->kind != DRAFT_STREAM)
        return;
    eng_draft_close(d);
    if (!eng_table_is_temp(cursor->table)) {
        if (session->txn != NULL)
            (void)eng_lv_stream_drop(session->txn, cursor->table, &d->lid);
    } else if (eng_step_begin(session, NULL, ENG_READ, &step) == JET_errSuccess) {
        (void)eng_step_end(&step, eng_lv_stream_drop(step.txn, cursor->table, &d->lid));
    }
    eng_draft_clear(d);
}

void eng_copy_cancel(struct ese_cursor *cursor)
{
    struct eng_copy *c = cursor->copy;

    if (c == NULL)
        return;
    for (size_t i = 0; i < c->field_count; i++)
        for (uint32_t v = 0; v < c->fields[i].count; v++)
            eng_copy_drop_stream(cursor, &c->fields[i].values[v]);
    cursor->copy = NULL;
    eng_copy_free(c);
}

/* ---- fields ---- */

static size_t find_place(const struct eng_copy *c, uint16_t id)
{
    size_t low = 0, high = c->field_count;

    if (high > 0 && c->fields[high - 1].id < id)
        return high;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (c->fields[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct eng_field *eng_copy_find(const struct eng_copy *c, uint16_t id)
{
    size_t at = find_place(c, id);

    return at < c->field_count && c->fields[at].id == id ? &c->fields[at] : NULL;
}

struct eng_field *eng_copy_field(struct eng_copy *c, uint16_t id)
{
    size_t at = find_place(c, id);

    if (at < c->field_count && c->fields[at].id == id)
        return &c->fields[at];
    if (c->field_count == c->field_room) {
        size_t room = c->field_room * 2 + 8;
        struct eng_field *grown = mem_grow(c->fields, room * sizeof *grown);

        if (grown == NULL)
            return NULL;
        c->fields = grown;
        c->field_room = room;
    }
    memmove(c->fields + at + 1, c->fields + at, (c->field_count - at) * sizeof *c->fields);
    c->field_count++;
    c->fields[at] = (struct eng_field){.id = id};
    return &c->fields[at];
}

void eng_copy_drop_field(struct eng_copy *c, struct eng_field *f)
{
    size_t at = (size_t)(f - c->fields);

    eng_field_clear(f);
    mem_free(f->values);
    c->field_count--;
    memmove(f, f + 1, (c->field_count - at) * sizeof *f);
}

struct eng_draft *eng_field_append(struct eng_field *f)
{
    if (f->count == f->room) {
        uint32_t room = f->room * 2 + 1;
        struct eng_draft *grown = mem_grow(f->values, room * sizeof *grown);

        if (grown == NULL)
            return NULL;
        f->values = grown;
        f->room = room;
    }
    f->values[f->count] = (struct eng_draft){.kind = DRAFT_BYTES};
    return &f->values[f->count++];
}

void eng_field_remove(struct eng_field *f, uint32_t i)
{
    eng_draft_clear(&f->values[i]);
    f->count--;
    memmove(f->values + i, f->values + i + 1, (f->count - i) * sizeof *f->values);
}

/* ---- filling it from a record ---- */

/* What a load works on. */
struct loading {
    struct eng_copy *copy;
    struct eng_step *step;
    struct eng_table *table;
    bool own;
};

static JET_ERR load_value(struct loading *l, struct eng_field *f, const struct ese_value *v)
{
    struct eng_draft *d = eng_field_append(f);
    struct eng_value value = {
        .kind = v->compressed ? ENG_VALUE_COMPRESSED : ENG_VALUE_PLAIN,
        .data = v->data,
        .size = v->size,
    };
    struct ese_bytes bytes = {v->data, v->size};
    struct arena arena;
    JET_ERR err;

    if (d == NULL)
        return JET_errOutOfMemory;
    if (v->separated) {
        d->kind = DRAFT_STORED;
        d->separate = true;
        err = eng_lid_take(v->data, v->size, &d->lid);
        if (!err)
            err = eng_lv_size(l->step, l->table, &d->lid, &d->size);
        return err || !l->own ? err : eng_draft_own(d, l->step, l->table);
    }
    if (!v->compressed)
        return eng_draft_assign(d, bytes.data, bytes.size);
    arena_init(&arena, NULL, 0);
    err = eng_value_bytes(l->step, l->table, &value, SIZE_MAX, &arena, &bytes);
    if (!err)
        err = eng_draft_assign(d, bytes.data, bytes.size);
    arena_fini(&arena);
    return err;
}

static JET_ERR load_field(struct loading *l, uint16_t id, const struct ese_field *field)
{
    struct eng_field *f;
    JET_ERR err = JET_errSuccess;

    if (field->presence == ESE_ABSENT)
        return JET_errSuccess;
    f = eng_copy_field(l->copy, id);
    if (f == NULL)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < field->count && !err; i++) {
        struct ese_value v;

        err = eng_format_error(ese_field_value(field, i, &v));
        if (!err)
            err = load_value(l, f, &v);
    }
    return err;
}

static JET_ERR load_columns(struct loading *l, const struct ese_record *r,
                            const struct eng_schema *schema)
{
    unsigned count = schema->fixed_count + schema->variable_count;
    struct ese_field field;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < count && !err; i++) {
        const struct ese_column *c = &schema->columns[i].c;

        if (c->coltyp == ESE_COLTYP_NIL)
            continue;
        err = eng_format_error(ese_record_field(r, c, &field));
        if (!err)
            err = load_field(l, c->id, &field);
    }
    for (uint16_t i = 0; i < r->tagged_count && !err; i++) {
        uint16_t id = 0;
        bool derived = false;

        err = eng_format_error(ese_record_tagged_at(r, i, &id, &derived, &field));
        if (!err && eng_column_by_id(schema, id) != NULL)
            err = load_field(l, id, &field);
    }
    return err;
}

JET_ERR eng_copy_load(struct eng_copy *c, struct eng_step *step, struct eng_table *table,
                      const struct eng_schema *schema, struct store_slice record, bool own)
{
    struct loading l = {.copy = c, .step = step, .table = table, .own = own};
    struct ese_record r;

    c->base = mem_alloc(record.size + 1);
    if (c->base == NULL)
        return JET_errOutOfMemory;
    memcpy(c->base, record.data, record.size);
    c->base_size = record.size;
    if (ese_record_open(&r, c->base, c->base_size, table->form) != ESE_FORMAT_OK)
        return JET_errReadVerifyFailure;
    return load_columns(&l, &r, schema);
}
