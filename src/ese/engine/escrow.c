/* SPDX-License-Identifier: Apache-2.0
 *
 * escrow.c - JetEscrowUpdate: numbers that many transactions add to at once
 *
 * An escrow update writes no row. It leaves a delta of its own in the table's escrow tree, so two
 * transactions never write the same key, and holds the row's lock shared, so nobody replaces or
 * deletes the row meanwhile. The column's value is what the record says plus all deltas:
 *     bookmark, column (u16 big endian), number (u64 big endian) -> i64 delta
 * Whoever has the row's lock exclusively settles: a replace folds the deltas into the record, a
 * delete erases them. Deltas committed since the snapshot are a write conflict then, as a change of
 * the row would be. One transaction's updates of one column of one row share a delta.
 *
 * Escrow updates go together, and so do read locks, but not one with the other, though both lock the
 * row shared. Each of the two has a key of its own beside the row's deltas, which is never written:
 * whoever comes locks its own kind's key shared, and tries whether it could have the other's alone. Only
 * one tries at a time (escrow_lock), so that two of a kind are never in each other's way there.
 *     bookmark, 0xffff, 'E' or 'R'
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <string.h>

#define DELTA_KEY_MAX (ENG_BOOKMARK_MAX + 10)
#define MARK_COLUMN   0xffff
#define MARK_ESCROW   'E'
#define MARK_READ     'R'

int64_t eng_escrow_get(const struct eng_column *column, const uint8_t *data)
{
    return column->c.size_max == 4 ? (int32_t)ese_get_u32(data) : (int64_t)ese_get_u64(data);
}

void eng_escrow_put(const struct eng_column *column, int64_t v, uint8_t *out)
{
    if (column->c.size_max == 4)
        ese_put_u32(out, (uint32_t)v);
    else
        ese_put_u64(out, (uint64_t)v);
}

static uint64_t delta_tree(const struct eng_table *table)
{
    return table->tree + 2;
}

/* The prefix of the deltas of one column of one row; of all columns with id 0. */
static size_t delta_prefix(const void *bookmark, size_t size, uint16_t id,
                           uint8_t out[DELTA_KEY_MAX])
{
    memcpy(out, bookmark, size);
    if (id == 0)
        return size;
    out[size] = (uint8_t)(id >> 8);
    out[size + 1] = (uint8_t)id;
    return size + 2;
}

/* Calls `each` for every delta under the prefix that the transaction sees. */
static enum store_status each_delta(struct store *store, struct store_txn *txn,
                                    const struct eng_table *table, struct store_slice prefix,
                                    enum store_status (*each)(void *ctx, struct store_slice key,
                                                              int64_t delta),
                                    void *ctx)
{
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(store, delta_tree(table), &scan);

    if (s == STORE_OK)
        s = store_cursor_seek(scan, txn, STORE_GE, prefix);
    while (s == STORE_OK) {
        struct store_slice key = store_cursor_key(scan), value = store_cursor_value(scan);

        if (key.size != prefix.size + (DELTA_KEY_MAX - ENG_BOOKMARK_MAX) &&
            key.size != prefix.size + 8)
            break;
        if (memcmp(key.data, prefix.data, prefix.size) != 0)
            break;
        s = value.size == 8 ? each(ctx, key, (int64_t)ese_get_u64(value.data)) : STORE_CORRUPT;
        if (s == STORE_OK)
            s = store_cursor_step(scan, txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    return s == STORE_NOT_FOUND ? STORE_OK : s;
}

struct sum {
    int64_t total;
    unsigned count;
};

static enum store_status add_delta(void *ctx, struct store_slice key, int64_t delta)
{
    struct sum *sum = ctx;

    (void)key;
    sum->total = (int64_t)((uint64_t)sum->total + (uint64_t)delta);
    sum->count++;
    return STORE_OK;
}

JET_ERR eng_escrow_sum(struct eng_step *step, const struct eng_table *table,
                       const struct eng_column *column, const void *bookmark, size_t size,
                       int64_t *ret_sum)
{
    uint8_t prefix[DELTA_KEY_MAX];
    size_t n = delta_prefix(bookmark, size, column->c.id, prefix);
    struct sum sum = {0};
    enum store_status s = STORE_OK;

    if (!step->foreign) /* F4 */
        s = each_delta(step->store, step->txn, table, eng_slice(prefix, n), add_delta, &sum);
    *ret_sum = sum.total;
    return eng_error(s);
}

/* ---- settling ---- */

struct settling {
    struct eng_step *step;
    const struct eng_table *table;
    const struct eng_schema *schema;
    struct eng_copy *fold;
    size_t bookmark_size;
    enum store_lock mode; /* of lock_delta */
};

static enum store_status fold_delta(struct eng_copy *copy, const struct eng_column *column,
                                    int64_t delta)
{
    struct eng_field *f = eng_copy_field(copy, column->c.id);
    struct eng_draft *d;
    uint8_t bytes[8];
    int64_t now = 0;

    if (f == NULL)
        return STORE_NO_MEMORY;
    d = f->count > 0 ? &f->values[0] : eng_field_append(f);
    if (d == NULL)
        return STORE_NO_MEMORY;
    if (d->size == column->c.size_max)
        now = eng_escrow_get(column, d->data);
    f->changed = true;
    eng_escrow_put(column, (int64_t)((uint64_t)now + (uint64_t)delta), bytes);
    return eng_draft_assign(d, bytes, column->c.size_max) ? STORE_NO_MEMORY : STORE_OK;
}

static enum store_status settle_delta(void *ctx, struct store_slice key, int64_t delta)
{
    struct settling *s = ctx;
    const uint8_t *k = key.data;
    uint16_t id = (uint16_t)(k[s->bookmark_size] << 8 | k[s->bookmark_size + 1]);
    const struct eng_column *column = eng_column_by_id(s->schema, id);
    uint8_t copy[DELTA_KEY_MAX];
    enum store_status status = STORE_OK;

    memcpy(copy, key.data, key.size); /* what the scan lends ends with the next write */
    if (s->fold != NULL && column != NULL)
        status = fold_delta(s->fold, column, delta);
    if (status == STORE_OK)
        status = store_erase(s->step->txn, delta_tree(s->table), eng_slice(copy, key.size),
                             STORE_ERASE_ANY);
    return status;
}

/* Whether a delta is older than our snapshot tells the attempt to lock it. */
static enum store_status lock_delta(void *ctx, struct store_slice key, int64_t delta)
{
    struct settling *s = ctx;
    enum store_status status = store_lock(s->step->txn, delta_tree(s->table), key, s->mode, NULL);

    (void)delta;
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

/* Has anybody committed a delta that our snapshot does not see? */
static JET_ERR check_newer(struct settling *settling, struct store_slice prefix)
{
    struct eng_step *step = settling->step;
    struct store_txn *latest = NULL;
    enum store_status s = store_begin(step->store, STORE_TXN_READ_ONLY, &latest);

    if (s)
        return eng_error(s);
    s = each_delta(step->store, latest, settling->table, prefix, lock_delta, settling);
    store_abort(latest);
    return eng_error(s);
}

JET_ERR eng_escrow_check(struct eng_step *step, const struct eng_table *table, const void *bookmark,
                         size_t size)
{
    struct settling settling = {
        .step = step, .table = table, .bookmark_size = size, .mode = STORE_EXCLUSIVE};

    return check_newer(&settling, eng_slice(bookmark, size));
}

JET_ERR eng_escrow_settle(struct eng_step *step, struct eng_table *table, const void *bookmark,
                          size_t size, const struct eng_schema *schema, struct eng_copy *fold)
{
    struct settling settling = {.step = step,
                                .table = table,
                                .schema = schema,
                                .fold = fold,
                                .bookmark_size = size,
                                .mode = STORE_EXCLUSIVE};
    struct store_slice prefix = eng_slice(bookmark, size);
    JET_ERR err = check_newer(&settling, prefix);

    return err ? err
               : eng_error(
                     each_delta(step->store, step->txn, table, prefix, settle_delta, &settling));
}

/* ---- beside read locks ---- */

static enum store_status lock_mark(struct eng_step *step, const struct eng_table *table,
                                   const void *bookmark, size_t size, char kind,
                                   enum store_lock mode)
{
    uint8_t key[DELTA_KEY_MAX];
    size_t n = delta_prefix(bookmark, size, MARK_COLUMN, key);
    enum store_status s;

    key[n++] = (uint8_t)kind;
    s = store_lock(step->txn, delta_tree(table), eng_slice(key, n), mode, NULL);
    return s == STORE_NOT_FOUND ? STORE_OK : s;
}

/* The attempt is made in a level that is taken back. */
static JET_ERR mark(struct eng_step *step, const struct eng_table *table, const void *bookmark,
                    size_t size, char kind, char other)
{
    pthread_mutex_t *trying = &table->instance->escrow_lock;
    enum store_status s = lock_mark(step, table, bookmark, size, kind, STORE_SHARED), ended;

    if (s)
        return eng_error(s);
    pthread_mutex_lock(trying);
    store_level(step->txn);
    s = lock_mark(step, table, bookmark, size, other, STORE_EXCLUSIVE);
    ended = store_level_end(step->txn, STORE_ROLL_BACK);
    pthread_mutex_unlock(trying);
    return eng_error(s ? s : ended);
}

JET_ERR eng_escrow_read_lock(struct eng_step *step, const struct eng_table *table,
                             const void *bookmark, size_t size)
{
    struct settling settling = {
        .step = step, .table = table, .bookmark_size = size, .mode = STORE_SHARED};
    JET_ERR err = mark(step, table, bookmark, size, MARK_READ, MARK_ESCROW);

    return err ? err : check_newer(&settling, eng_slice(bookmark, size));
}

/* ---- JetEscrowUpdate ---- */

static JET_ERR delta_of(const struct eng_column *column, const void *data, uint32_t size,
                        int64_t *ret_delta)
{
    if (column == NULL)
        return JET_errColumnNotFound;
    if (!(column->c.flags & ESE_FIELD_ESCROW_UPDATE))
        return JET_errInvalidOperation;
    if (size != column->c.size_max)
        return JET_errInvalidBufferSize;
    *ret_delta = eng_escrow_get(column, data);
    return JET_errSuccess;
}

/* Adds to this transaction's own delta. */
static JET_ERR put_delta(struct ese_cursor *cursor, struct eng_step *step,
                         const struct eng_column *column, int64_t delta)
{
    uint8_t key[DELTA_KEY_MAX], bytes[8];
    size_t n = delta_prefix(cursor->bookmark, cursor->bookmark_size, column->c.id, key);
    struct store_value v = {0};
    uint64_t number = 0;
    enum store_status s;
    JET_ERR err = JET_errSuccess;

    if (step->session->escrow_view == step->view && step->session->escrow_table == cursor->table)
        number = step->session->escrow_number;
    else
        err = eng_number_draw(cursor->table->instance, &cursor->table->escrow, 1, 1, &number);
    if (err)
        return err;
    step->session->escrow_view = step->view;
    step->session->escrow_number = number;
    step->session->escrow_table = cursor->table;
    ese_put_be32(key + n, (uint32_t)(number >> 32));
    ese_put_be32(key + n + 4, (uint32_t)number);
    s = store_get(step->txn, delta_tree(cursor->table), eng_slice(key, n + 8), &v);
    if (s == STORE_OK && v.size == 8)
        delta = (int64_t)((uint64_t)delta + ese_get_u64(v.data));
    store_value_release(&v);
    if (s != STORE_OK && s != STORE_NOT_FOUND)
        return eng_error(s);
    ese_put_u64(bytes, (uint64_t)delta);
    return eng_error(store_put(step->txn, delta_tree(cursor->table), eng_slice(key, n + 8),
                               eng_slice(bytes, sizeof bytes), STORE_UPSERT));
}

static JET_ERR escrow(struct ese_cursor *cursor, struct eng_step *step, JET_COLUMNID id,
                      const void *data, uint32_t size, uint8_t out[8], uint32_t *ret_size)
{
    const struct eng_column *column = eng_column_by_id(cursor->schema, id);
    struct store_slice record;
    struct eng_value value = {0};
    struct eng_view view;
    struct eng_cell cell;
    int64_t delta = 0, pending = 0, now = 0;
    enum store_status s;
    JET_ERR err = delta_of(column, data, size, &delta);

    if (!err)
        err = eng_cursor_row(cursor, step, &record);
    if (!err)
        err = eng_view_open(&view, cursor->schema, cursor->table->form, record);
    if (!err)
        err = eng_view_cell(&view, column, true, &cell);
    if (!err && cell.presence == ESE_PRESENT)
        err = eng_cell_value(&cell, 0, &value);
    if (!err && value.size == column->c.size_max)
        now = eng_escrow_get(column, value.data);
    if (!err)
        err = eng_escrow_sum(step, cursor->table, column, cursor->bookmark, cursor->bookmark_size,
                             &pending);
    if (err)
        return err;
    eng_escrow_put(column, (int64_t)((uint64_t)now + (uint64_t)pending), out);
    *ret_size = column->c.size_max;
    s = store_lock(step->txn, cursor->table->tree,
                   eng_slice(cursor->bookmark, cursor->bookmark_size), STORE_SHARED, NULL);
    if (s)
        return s == STORE_NOT_FOUND ? JET_errRecordDeleted : eng_error(s);
    err =
        mark(step, cursor->table, cursor->bookmark, cursor->bookmark_size, MARK_ESCROW, MARK_READ);
    if (!err && eng_zero_matters(column))
        err = eng_zero_note(step->session, cursor->table, cursor->bookmark, cursor->bookmark_size);
    return err ? err : put_delta(cursor, step, column, delta);
}

JET_ERR eng_escrow(struct ese_session *session, struct ese_cursor *cursor, JET_COLUMNID id,
                   const void *delta, uint32_t size, void *buffer, uint32_t capacity,
                   uint32_t *ret_size, JET_GRBIT grbit)
{
    struct eng_step step;
    uint8_t old[8];
    uint32_t n = 0;
    JET_ERR err;

    (void)session;
    (void)grbit; /* JET_bitEscrowNoRollback: taken back all the same */
    if (cursor->copy != NULL)
        return JET_errAlreadyPrepared;
    err = eng_cursor_step(cursor, ENG_WRITE, &step);
    if (err)
        return err;
    err = eng_cursor_writable(cursor);
    if (!err)
        err = eng_gate_enter(&step, cursor->table);
    if (!err)
        err = escrow(cursor, &step, id, delta, size, old, &n);
    if (!err)
        err = eng_give(old, n, buffer, capacity, ret_size,
                       capacity > 0 ? JET_errBufferTooSmall : JET_errSuccess);
    return eng_step_end(&step, err);
}
