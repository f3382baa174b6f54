/* SPDX-License-Identifier: Apache-2.0
 *
 * update.c - JetUpdate and JetDelete: a row and its index entries change together
 *
 * An update is one store level: row, entries, long values and escrow deltas change, or nothing does
 * and it stays prepared. Order: the row's own lock first, so that two sessions meet there.
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <string.h>

/* One row changing. */
struct change {
    struct ese_cursor *cursor;
    struct eng_step *step;
    struct eng_table *table;
    const struct eng_schema *schema;
    struct eng_copy *copy;
    uint8_t *record;
    size_t record_size, bookmark_size;
    uint8_t bookmark[ENG_BOOKMARK_MAX];
    struct eng_view before, after;
};

/* ---- long values that nothing refers to any more ---- */

static bool refers(const struct ese_record *r, const struct ese_value *lid)
{
    for (uint16_t i = 0; i < r->tagged_count; i++) {
        struct ese_field f;
        struct ese_value v;
        uint16_t id;
        bool derived;

        if (ese_record_tagged_at(r, i, &id, &derived, &f) != ESE_FORMAT_OK)
            continue;
        for (uint32_t n = 0; n < f.count; n++)
            if (ese_field_value(&f, n, &v) == ESE_FORMAT_OK && v.separated && v.size == lid->size &&
                memcmp(v.data, lid->data, v.size) == 0)
                return true;
    }
    return false;
}

/* Deletes the long values of `old` but those that `kept` (may be NULL) has, too. */
static JET_ERR delete_values(struct eng_step *step, const struct eng_table *table,
                             const struct ese_record *old, const struct ese_record *kept)
{
    JET_ERR err = JET_errSuccess;

    for (uint16_t i = 0; i < old->tagged_count && !err; i++) {
        struct ese_field f;
        uint16_t id;
        bool derived;

        err = eng_format_error(ese_record_tagged_at(old, i, &id, &derived, &f));
        for (uint32_t n = 0; n < f.count && !err; n++) {
            struct ese_value v;
            struct eng_lid lid;

            err = eng_format_error(ese_field_value(&f, n, &v));
            if (err || !v.separated || (kept != NULL && refers(kept, &v)))
                continue;
            err = eng_lid_take(v.data, v.size, &lid);
            if (!err)
                err = eng_lv_delete(step, table, &lid);
        }
    }
    return err;
}

/* ---- index entries ---- */

static bool touches(const struct eng_index *x, const struct eng_copy *c)
{
    const struct eng_field *f;

    for (unsigned i = 0; i < x->x.segment_count; i++) {
        f = eng_copy_find(c, x->columns[i]->c.id);
        if (f == NULL ? x->columns[i]->c.id >= ESE_COLUMN_TAGGED_MIN : f->changed)
            return true;
    }
    for (unsigned i = 0; i < x->x.condition_count; i++) {
        f = eng_copy_find(c, x->conditions[i]->c.id);
        if (f == NULL ? x->conditions[i]->c.id >= ESE_COLUMN_TAGGED_MIN : f->changed)
            return true;
    }
    return false;
}

static JET_ERR update_indexes(struct change *ch, bool replacing, const struct eng_view *before,
                              const struct eng_view *after)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < ch->schema->index_count && !err; i++) {
        const struct eng_index *x = &ch->schema->indexes[i];

        if (x->primary || (replacing && !touches(x, ch->copy)))
            continue;
        err = eng_index_update(ch->step, ch->table, x, before, after, ch->bookmark,
                               ch->bookmark_size);
    }
    return err;
}

/* ---- the primary key ---- */

static JET_ERR number_row(struct change *ch, uint8_t *out, size_t width)
{
    uint64_t number = 0;
    JET_ERR err = eng_number_draw(ch->table->instance, &ch->table->rows, 1, 1, &number);

    if (!err && width == 4 && number > UINT32_MAX)
        err = JET_errOutOfSequentialIndexValues;
    if (err)
        return err;
    if (width == 8)
        ese_put_be32(out, (uint32_t)(number >> 32));
    ese_put_be32(out + width - 4, (uint32_t)number);
    return JET_errSuccess;
}

static JET_ERR make_bookmark(struct change *ch)
{
    const struct eng_index *x = ch->schema->primary;
    JET_ERR err;

    if (x == NULL) {
        ch->bookmark_size = 4;
        return number_row(ch, ch->bookmark, 4);
    }
    err = eng_primary_key(ch->step, ch->table, &ch->after, ch->bookmark, &ch->bookmark_size);
    if (err || !x->rows_numbered)
        return err;
    err = number_row(ch, ch->bookmark + ch->bookmark_size, 8);
    ch->bookmark_size += 8;
    return err;
}

/* ---- checks ---- */

static JET_ERR check_nulls(const struct change *ch)
{
    const struct eng_schema *s = ch->schema;

    if (s->autoincrement != NULL && ch->copy->prep == JET_prepInsertMustSetAutoIncrement &&
        !ch->copy->increment_given)
        return JET_errAutoIncrementNotSet;
    for (unsigned i = 0; i < s->column_count && s->not_null; i++) {
        const struct ese_column *c = &s->columns[i].c;
        const struct eng_field *f;

        if (!(c->flags & ESE_FIELD_NOT_NULL) || c->coltyp == ESE_COLTYP_NIL)
            continue;
        f = eng_copy_find(ch->copy, c->id);
        if (f == NULL ? !c->has_default : f->count == 0)
            return JET_errNullInvalid;
    }
    return JET_errSuccess;
}

static JET_ERR encode(struct change *ch)
{
    JET_ERR err;

    ch->record = mem_alloc(ch->schema->record_max);
    if (ch->record == NULL)
        return JET_errOutOfMemory;
    err = eng_copy_encode(ch->copy, ch->step, ch->table, ch->schema, ch->record,
                          ch->schema->record_max, &ch->record_size);
    if (!err)
        err = eng_view_open(&ch->after, ch->schema, ch->table->form,
                            eng_slice(ch->record, ch->record_size));
    return err;
}

/* ---- inserting ---- */

static JET_ERR insert_row(struct change *ch)
{
    enum store_status s;
    JET_ERR err = encode(ch);

    if (!err)
        err = make_bookmark(ch);
    if (err)
        return err;
    s = store_put(ch->step->txn, ch->table->tree, eng_slice(ch->bookmark, ch->bookmark_size),
                  eng_slice(ch->record, ch->record_size), STORE_INSERT);
    if (s)
        return eng_error(s);
    return update_indexes(ch, false, NULL, &ch->after);
}

/* ---- replacing ---- */

/* The row must be what the update began with: locked since, or still the same (ese-api 7). */
static JET_ERR lock_original(struct change *ch, struct store_slice key)
{
    const struct eng_copy *c = ch->copy;
    struct store_value row = {0};
    enum store_status s;
    JET_ERR err;

    if (c->locked && c->view == ch->step->view)
        return JET_errSuccess;
    s = store_lock(ch->step->txn, ch->table->tree, key, STORE_EXCLUSIVE, &row);
    err = s == STORE_NOT_FOUND ? JET_errRecordDeleted : eng_error(s);
    if (!err && (row.size != c->base_size || memcmp(row.data, c->base, row.size) != 0))
        err = JET_errWriteConflict;
    store_value_release(&row);
    return err;
}

/* What is the engine's own in a replaced row starts from the original again: an update that failed
 * may be tried anew. */
static JET_ERR reset_field(struct change *ch, const struct eng_column *column, uint32_t add)
{
    struct eng_field *f = eng_copy_field(ch->copy, column->c.id);
    struct eng_draft *d = f == NULL ? NULL : f->count > 0 ? &f->values[0] : eng_field_append(f);
    struct eng_value value = {0};
    struct eng_cell cell;
    uint8_t bytes[8] = {0};
    int64_t now = 0;
    JET_ERR err = d == NULL ? JET_errOutOfMemory : eng_view_cell(&ch->before, column, true, &cell);

    if (!err && cell.presence == ESE_PRESENT)
        err = eng_cell_value(&cell, 0, &value);
    if (err)
        return err;
    f->changed = true;
    if (value.size == column->c.size_max)
        now = eng_escrow_get(column, value.data);
    eng_escrow_put(column, now + add, bytes);
    return eng_draft_assign(d, bytes, column->c.size_max);
}

static JET_ERR reset_own_columns(struct change *ch)
{
    JET_ERR err = JET_errSuccess;

    if (ch->schema->version_column != NULL)
        err = reset_field(ch, ch->schema->version_column, 1);
    for (unsigned i = 0; i < ch->schema->fixed_count && ch->schema->escrow && !err; i++)
        if (ch->schema->columns[i].c.coltyp != ESE_COLTYP_NIL &&
            (ch->schema->columns[i].c.flags & ESE_FIELD_ESCROW_UPDATE))
            err = reset_field(ch, &ch->schema->columns[i], 0);
    return err;
}

static JET_ERR same_primary_key(struct change *ch)
{
    const struct eng_index *x = ch->schema->primary;
    uint8_t key[ESE_KEY_BUFFER];
    size_t size = 0, have = ch->bookmark_size;
    JET_ERR err;

    if (x == NULL || !touches(x, ch->copy))
        return JET_errSuccess;
    err = eng_primary_key(ch->step, ch->table, &ch->after, key, &size);
    if (x->rows_numbered)
        have -= 8;
    if (!err && (size != have || memcmp(key, ch->bookmark, size) != 0))
        err = JET_errRecordPrimaryChanged;
    return err;
}

static JET_ERR replace_row(struct change *ch)
{
    struct eng_copy *c = ch->copy;
    struct store_slice key = eng_slice(c->bookmark, c->bookmark_size);
    JET_ERR err = lock_original(ch, key);

    memcpy(ch->bookmark, c->bookmark, c->bookmark_size);
    ch->bookmark_size = c->bookmark_size;
    if (!err)
        err = eng_view_open(&ch->before, ch->schema, ch->table->form,
                            eng_slice(c->base, c->base_size));
    if (!err)
        err = reset_own_columns(ch);
    if (!err && ch->schema->escrow)
        err = eng_escrow_settle(ch->step, ch->table, key.data, key.size, ch->schema, c);
    if (!err)
        err = encode(ch);
    if (!err)
        err = same_primary_key(ch);
    if (!err)
        err = eng_error(store_put(ch->step->txn, ch->table->tree, key,
                                  eng_slice(ch->record, ch->record_size), STORE_GUARDED));
    if (!err)
        err = update_indexes(ch, true, &ch->before, &ch->after);
    if (!err)
        err = delete_values(ch->step, ch->table, &ch->before.record, &ch->after.record);
    return err;
}

/* ---- deleting ---- */

static JET_ERR delete_row(struct change *ch, const void *bookmark, size_t size)
{
    struct store_slice key = eng_slice(bookmark, size);
    struct store_value row = {0};
    enum store_status s = store_lock(ch->step->txn, ch->table->tree, key, STORE_EXCLUSIVE, &row);
    JET_ERR err = s == STORE_NOT_FOUND ? JET_errRecordDeleted : eng_error(s);

    memcpy(ch->bookmark, bookmark, size);
    ch->bookmark_size = size;
    if (!err)
        err =
            eng_view_open(&ch->before, ch->schema, ch->table->form, eng_slice(row.data, row.size));
    if (!err)
        err = eng_error(store_erase(ch->step->txn, ch->table->tree, key, STORE_ERASE_ANY));
    if (!err && ch->schema->escrow)
        err = eng_escrow_settle(ch->step, ch->table, bookmark, size, ch->schema, NULL);
    if (!err)
        err = update_indexes(ch, false, &ch->before, NULL);
    if (!err)
        err = delete_values(ch->step, ch->table, &ch->before.record, NULL);
    store_value_release(&row);
    return err;
}

static JET_ERR begin_change(struct change *ch, struct ese_cursor *cursor, struct eng_step *step)
{
    *ch = (struct change){
        .cursor = cursor,
        .step = step,
        .table = cursor->table,
        .schema = cursor->schema,
        .copy = cursor->copy,
    };
    return eng_gate_enter(step, cursor->table);
}

JET_ERR eng_delete_row(struct ese_session *session, struct ese_cursor *cursor)
{
    struct eng_step step;
    struct change ch;
    JET_ERR err;

    (void)session;
    if (cursor->copy != NULL && (cursor->copy->prep == JET_prepInsertCopyDeleteOriginal ||
                                 cursor->copy->prep == JET_prepInsertCopyReplaceOriginal))
        return JET_errAlreadyPrepared;
    eng_copy_cancel(cursor);
    err = eng_cursor_step(cursor, ENG_WRITE, &step);
    if (err)
        return err;
    err = eng_cursor_writable(cursor);
    if (!err)
        err = eng_cursor_on_entry(cursor, &step);
    if (!err)
        err = begin_change(&ch, cursor, &step);
    if (!err)
        err = delete_row(&ch, cursor->bookmark, cursor->bookmark_size);
    return eng_step_end(&step, err);
}

/* ---- JetUpdate ---- */

/* A new row in place of the old one, which goes first: the new key may be the same. */
static JET_ERR move_row(struct change *ch)
{
    JET_ERR err = delete_row(ch, ch->copy->bookmark, ch->copy->bookmark_size);

    if (err)
        return err;
    ch->before = (struct eng_view){0};
    return insert_row(ch);
}

static JET_ERR carry_out(struct change *ch)
{
    JET_ERR err;

    switch (ch->copy->prep) {
    case JET_prepReplace:
    case JET_prepReplaceNoLock: return replace_row(ch);
    case JET_prepInsertCopyDeleteOriginal:
    case JET_prepInsertCopyReplaceOriginal: return move_row(ch);
    default:
        err = insert_row(ch);
        if (err == JET_errKeyDuplicate && ch->table->drops_duplicates)
            return JET_errSuccess; /* a sort keeps the first of equal rows */
        return err;
    }
}

/* What a prepared update has streamed ends outside of the update's own level: D1. */
static JET_ERR finish_drafts(struct ese_cursor *cursor)
{
    struct eng_copy *c = cursor->copy;
    struct eng_step step;
    bool any = false;
    JET_ERR err;

    for (size_t i = 0; i < c->field_count && !any; i++)
        for (uint32_t v = 0; v < c->fields[i].count; v++)
            any |= c->fields[i].values[v].kind == DRAFT_STREAM ||
                   c->fields[i].values[v].kind == DRAFT_EDITED;
    if (!any)
        return JET_errSuccess;
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    for (size_t i = 0; i < c->field_count && !err; i++)
        for (uint32_t v = 0; v < c->fields[i].count && !err; v++)
            err = eng_draft_finish(&c->fields[i].values[v], &step, cursor->table);
    return eng_step_end(&step, err);
}

static JET_ERR update(struct ese_cursor *cursor, struct eng_step *step, void *buffer,
                      uint32_t capacity, uint32_t *ret_size)
{
    struct change ch;
    uint32_t size = 0;
    JET_ERR err = begin_change(&ch, cursor, step);

    if (!err)
        err = eng_cursor_writable(cursor);
    if (!err)
        err = check_nulls(&ch);
    if (!err)
        err = carry_out(&ch);
    if (!err && capacity > 0)
        err =
            eng_give(ch.bookmark, ch.bookmark_size, buffer, capacity, &size, JET_errBufferTooSmall);
    if (!err)
        *ret_size = (uint32_t)ch.bookmark_size;
    mem_free(ch.record);
    return err;
}

JET_ERR eng_update(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                   uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    (void)grbit; /* JET_bitUpdateNoVersion: all updates can be undone here */
    if (cursor->copy == NULL || cursor->copy->prep == JET_prepReadOnlyCopy)
        return JET_errUpdateNotPrepared;
    err = finish_drafts(cursor);
    if (err)
        return err;
    err = eng_cursor_step(cursor, ENG_WRITE, &step);
    if (err)
        return err;
    err = eng_step_end(&step, update(cursor, &step, buffer, capacity, ret_size));
    if (err < 0)
        return err;
    eng_copy_free(cursor->copy); /* what it has streamed is the row's now */
    cursor->copy = NULL;
    return err;
}
