/* SPDX-License-Identifier: Apache-2.0
 *
 * enumerate.c - JetEnumerateColumns: all values of a row at once, in memory of the program's
 *
 * Values are collected first and handed over when the call's transaction is over, because the
 * program's allocator may call back (P7).
 */
#include "ese/engine/cursor.h"

#include <string.h>

/* What is found, in the arena. */
struct found_value {
    uint32_t itag;
    JET_ERR err;
    struct ese_bytes bytes;
    size_t size;
};

struct found_column {
    JET_COLUMNID id;
    JET_ERR err;
    struct found_value *values;
    uint32_t count;
};

struct enumerating {
    struct ese_cursor *cursor;
    struct eng_step *step;
    struct eng_view view;
    struct arena arena;
    uint32_t value_max;
    JET_GRBIT grbit;
    struct found_column *columns;
    size_t count, room;
};

/* What is not there: explicitly, or, where defaults are not wanted, because it was never set. */
static JET_ERR missing(const struct enumerating *e, const struct eng_cell *cell)
{
    return (e->grbit & JET_bitEnumerateIgnoreDefault) && cell->presence == ESE_ABSENT
               ? JET_wrnColumnDefault
               : JET_wrnColumnNull;
}

/* The cap is for long values only. */
static JET_ERR take_value(struct enumerating *e, const struct eng_cell *cell, uint32_t i,
                          bool is_long, struct found_value *out)
{
    size_t most = is_long ? e->value_max : SIZE_MAX;
    struct eng_value value;
    JET_ERR err;

    out->itag = i + 1;
    if (i >= cell->count || cell->presence != ESE_PRESENT) {
        out->err = missing(e, cell);
        return JET_errSuccess;
    }
    if (e->grbit & JET_bitEnumeratePresenceOnly) {
        out->err = JET_wrnColumnPresent;
        return JET_errSuccess;
    }
    err = eng_cell_value(cell, i, &value);
    if (err)
        return err;
    if ((e->grbit & JET_bitEnumerateInRecordOnly) && value.kind == ENG_VALUE_SEPARATED) {
        out->err = JET_wrnColumnNotInRecord;
        return JET_errSuccess;
    }
    err = eng_value_read(e->step, e->cursor->table, &value, 0, NULL, 0, &out->size);
    if (!err)
        err = eng_value_bytes(e->step, e->cursor->table, &value, most, &e->arena, &out->bytes);
    if (!err && out->bytes.size < out->size)
        out->err = JET_wrnColumnTruncated;
    return err;
}

static struct found_column *add_column(struct enumerating *e, JET_COLUMNID id)
{
    if (e->count == e->room) {
        size_t room = e->room * 2 + 16;
        struct found_column *grown = arena_alloc(&e->arena, room * sizeof *grown);

        if (grown == NULL)
            return NULL;
        if (e->count > 0)
            memcpy(grown, e->columns, e->count * sizeof *grown);
        e->columns = grown;
        e->room = room;
    }
    e->columns[e->count] = (struct found_column){.id = id};
    return &e->columns[e->count++];
}

/* The values that are asked for; all when no tags are given. */
static JET_ERR take_values(struct enumerating *e, const struct eng_cell *cell, bool is_long,
                           const JET_ENUMCOLUMNID *wanted, struct found_column *out)
{
    bool listed = wanted != NULL && wanted->ctagSequence > 0;
    uint32_t count = listed ? (uint32_t)wanted->ctagSequence : cell->count;
    JET_ERR err = JET_errSuccess;

    out->values = arena_alloc(&e->arena, (count + 1) * sizeof *out->values);
    if (out->values == NULL)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && !err; i++) {
        uint32_t itag = listed ? (uint32_t)wanted->rgtagSequence[i] : i + 1;
        struct found_value *value = &out->values[out->count++];

        *value = (struct found_value){.err = itag == 0 ? JET_wrnColumnSkipped : JET_errSuccess};
        if (itag > 0)
            err = take_value(e, cell, itag - 1, is_long, value);
    }
    return err;
}

static JET_ERR take_column(struct enumerating *e, const struct eng_column *column,
                           const JET_ENUMCOLUMNID *wanted)
{
    bool defaults = !(e->grbit & JET_bitEnumerateIgnoreDefault);
    bool listed = wanted != NULL && wanted->ctagSequence > 0;
    struct found_column *out;
    struct eng_cell cell;
    JET_ERR err = eng_view_cell(&e->view, column, defaults, &cell);

    if (err)
        return err;
    if (cell.presence != ESE_PRESENT && wanted == NULL)
        return JET_errSuccess;
    out = add_column(e, column->c.id);
    if (out == NULL)
        return JET_errOutOfMemory;
    if (cell.presence != ESE_PRESENT && !listed) {
        out->err = missing(e, &cell);
        return JET_errSuccess;
    }
    if ((e->grbit & JET_bitEnumeratePresenceOnly) && !listed) {
        out->err = JET_wrnColumnPresent;
        return JET_errSuccess;
    }
    return take_values(e, &cell, ese_coltyp_is_long(column->c.coltyp), wanted, out);
}

static JET_ERR take_all(struct enumerating *e)
{
    const struct eng_schema *s = e->cursor->schema;
    unsigned first = e->grbit & JET_bitEnumerateTaggedOnly ? s->fixed_count + s->variable_count : 0;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = first; i < s->column_count && !err; i++)
        if (s->columns[i].c.coltyp != ESE_COLTYP_NIL)
            err = take_column(e, &s->columns[i], NULL);
    return err;
}

static JET_ERR take_wanted(struct enumerating *e, const JET_ENUMCOLUMNID *wanted, unsigned count)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < count && !err; i++) {
        const struct eng_column *c = eng_column_by_id(e->cursor->schema, wanted[i].columnid);
        struct found_column *out;

        if (c != NULL) {
            err = take_column(e, c, &wanted[i]);
            continue;
        }
        if (wanted[i].columnid == 0) { /* a place that the program leaves out */
            out = add_column(e, 0);
            if (out == NULL)
                return JET_errOutOfMemory;
            out->err = JET_wrnColumnSkipped;
            continue;
        }
        err = JET_errColumnNotFound;
    }
    return err;
}

static JET_ERR collect(struct enumerating *e, const JET_ENUMCOLUMNID *wanted, unsigned count)
{
    struct ese_cursor *c = e->cursor;
    struct store_slice record;
    JET_ERR err = JET_errSuccess;

    if ((e->grbit & JET_bitEnumerateCopy) && c->copy != NULL) {
        eng_view_copy(&e->view, c->schema, c->copy);
    } else {
        err = eng_cursor_row(c, e->step, &record);
        if (!err)
            err = eng_view_open(&e->view, c->schema, c->table->form, record);
    }
    if (err)
        return err;
    return wanted == NULL || count == 0 ? take_all(e) : take_wanted(e, wanted, count);
}

/* ---- handing over ---- */

struct handing {
    JET_PFNREALLOC grow;
    void *ctx;
    JET_GRBIT grbit;
};

static JET_ERR give_bytes(const struct handing *h, const struct found_value *v, void **ret_data,
                          unsigned long *ret_size)
{
    *ret_size = v->err == JET_wrnColumnPresent ? 0 : v->bytes.size;
    *ret_data = NULL;
    if (v->bytes.data == NULL)
        return JET_errSuccess;
    *ret_data = h->grow(h->ctx, NULL, v->bytes.size > 0 ? v->bytes.size : 1);
    if (*ret_data == NULL)
        return JET_errOutOfMemory;
    memcpy(*ret_data, v->bytes.data, v->bytes.size);
    return JET_errSuccess;
}

static JET_ERR give_column(const struct handing *h, const struct found_column *from,
                           JET_ENUMCOLUMN *to)
{
    bool single = (h->grbit & JET_bitEnumerateCompressOutput) && from->count == 1 &&
                  from->values[0].err == JET_errSuccess && from->values[0].itag == 1;
    JET_ERR err = JET_errSuccess;

    *to = (JET_ENUMCOLUMN){.columnid = from->id, .err = from->err};
    if (from->count == 0)
        return JET_errSuccess;
    if (single) {
        to->err = JET_wrnColumnSingleValue;
        return give_bytes(h, &from->values[0], &to->pvData, &to->cbData);
    }
    to->rgEnumColumnValue = h->grow(h->ctx, NULL, from->count * sizeof *to->rgEnumColumnValue);
    if (to->rgEnumColumnValue == NULL)
        return JET_errOutOfMemory;
    memset(to->rgEnumColumnValue, 0, from->count * sizeof *to->rgEnumColumnValue);
    to->cEnumColumnValue = from->count;
    for (uint32_t i = 0; i < from->count && !err; i++) {
        JET_ENUMCOLUMNVALUE *v = &to->rgEnumColumnValue[i];

        v->itagSequence = from->values[i].itag;
        v->err = from->values[i].err;
        err = give_bytes(h, &from->values[i], &v->pvData, &v->cbData);
    }
    return err;
}

static JET_ERR give_all(const struct handing *h, const struct enumerating *e,
                        unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns)
{
    JET_ENUMCOLUMN *out = NULL;
    JET_ERR err = JET_errSuccess, warning = JET_errSuccess;

    if (e->count > 0) {
        out = h->grow(h->ctx, NULL, e->count * sizeof *out);
        if (out == NULL)
            return JET_errOutOfMemory;
        memset(out, 0, e->count * sizeof *out);
    }
    *ret_columns = out;
    *ret_count = e->count;
    for (size_t i = 0; i < e->count && !err; i++) {
        err = give_column(h, &e->columns[i], &out[i]);
        for (uint32_t v = 0; v < e->columns[i].count; v++)
            if (e->columns[i].values[v].err == JET_wrnColumnTruncated)
                warning = JET_wrnColumnTruncated;
    }
    return err ? err : warning;
}

JET_ERR eng_enumerate(struct ese_session *session, struct ese_cursor *cursor,
                      const JET_ENUMCOLUMNID *wanted, unsigned wanted_count,
                      unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns, JET_PFNREALLOC grow,
                      void *grow_ctx, uint32_t value_max, JET_GRBIT grbit)
{
    struct handing h = {.grow = grow, .ctx = grow_ctx, .grbit = grbit};
    struct enumerating e = {.cursor = cursor, .value_max = value_max, .grbit = grbit};
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    if ((grbit & JET_bitEnumerateTaggedOnly) && wanted_count > 0)
        return eng_step_end(&step, JET_errInvalidGrbit); /* a list says what is wanted */
    e.step = &step;
    arena_init(&e.arena, NULL, 0);
    err = collect(&e, wanted, wanted_count);
    for (size_t i = 0; i < e.count && !err; i++) /* records lend only while the step lasts */
        for (uint32_t v = 0; v < e.columns[i].count && !err; v++) {
            struct ese_bytes *b = &e.columns[i].values[v].bytes;
            uint8_t *copy = b->data == NULL ? NULL : arena_alloc(&e.arena, b->size + 1);

            if (b->data != NULL && copy == NULL)
                err = JET_errOutOfMemory;
            else if (b->data != NULL)
                b->data = memcpy(copy, b->data, b->size);
        }
    err = eng_step_end(&step, err);
    if (!err)
        err = give_all(&h, &e, ret_count, ret_columns);
    arena_fini(&e.arena);
    return err;
}

/* ---- JetGetRecordSize ---- */

/* JET_bitRecordSizeLocal: values that lie apart are counted, not measured. */
static JET_ERR count_value(struct enumerating *e, const struct eng_value *value, JET_RECSIZE2 *size)
{
    bool apart = value->kind == ENG_VALUE_SEPARATED || value->kind == ENG_VALUE_DRAFT;
    size_t n = value->size;
    JET_ERR err = JET_errSuccess;

    size->cLongValues += apart;
    if (apart && (e->grbit & JET_bitRecordSizeLocal))
        return JET_errSuccess;
    if (value->kind != ENG_VALUE_PLAIN)
        err = eng_value_read(e->step, e->cursor->table, value, 0, NULL, 0, &n);
    if (err)
        return err;
    if (value->kind == ENG_VALUE_COMPRESSED) {
        size->cCompressedColumns++;
        size->cbDataCompressed += value->size;
    } else if (value->kind == ENG_VALUE_PLAIN) {
        size->cbDataCompressed += n;
    }
    if (apart) {
        size->cbLongValueData += n;
        size->cbLongValueDataCompressed += n;
        size->cbLongValueOverhead += ENG_LID_MAX;
    } else {
        size->cbData += n;
    }
    return JET_errSuccess;
}

static JET_ERR count_column(struct enumerating *e, const struct eng_column *column,
                            JET_RECSIZE2 *size)
{
    bool tagged = column->c.id >= ESE_COLUMN_TAGGED_MIN;
    struct eng_cell cell;
    JET_ERR err = eng_view_cell(&e->view, column, false, &cell);

    if (err || cell.presence != ESE_PRESENT)
        return err;
    size->cNonTaggedColumns += !tagged;
    size->cTaggedColumns += tagged;
    size->cMultiValues += cell.count > 1 ? cell.count - 1 : 0;
    size->cbOverhead += tagged ? 5 : ese_column_is_variable(column->c.id) ? 2 : 0;
    for (uint32_t i = 0; i < cell.count && !err; i++) {
        struct eng_value value;

        err = eng_cell_value(&cell, i, &value);
        if (!err)
            err = count_value(e, &value, size);
    }
    return err;
}

JET_ERR eng_record_size(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit,
                        JET_RECSIZE2 *size)
{
    struct enumerating e = {.cursor = cursor, .grbit = grbit};
    struct store_slice record;
    struct eng_step step;
    JET_ERR err;

    (void)session;
    if ((grbit & JET_bitRecordSizeInCopyBuffer) && cursor->copy == NULL)
        return JET_errUpdateNotPrepared;
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    e.step = &step;
    if (!(grbit & JET_bitRecordSizeRunningTotal))
        memset(size, 0, sizeof *size);
    if (grbit & JET_bitRecordSizeInCopyBuffer) {
        eng_view_copy(&e.view, cursor->schema, cursor->copy);
    } else {
        err = eng_cursor_row(cursor, &step, &record);
        if (!err)
            err = eng_view_open(&e.view, cursor->schema, cursor->table->form, record);
    }
    if (!err)
        size->cbOverhead += ESE_RECORD_HEADER + (cursor->schema->fixed_count + 7) / 8;
    for (unsigned i = 0; i < cursor->schema->column_count && !err; i++)
        if (cursor->schema->columns[i].c.coltyp != ESE_COLTYP_NIL)
            err = count_column(&e, &cursor->schema->columns[i], size);
    return eng_step_end(&step, err);
}
