/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_txn.c - transactions, levels and rows on RocksDB
 *
 * Owns:       struct rocks_txn; ended ones are pooled with their read options.
 * Invariants: R1 a level gets a RocksDB savepoint with its first write, shared by the clean levels
 *             around it (same history). R2 RocksDB's savepoints are a stack of `points`; that of an
 *             open level is number at[].point, and the topmost is always that of the innermost
 *             level written in. R3 iterators that look into the write batch are gone before the
 *             batch is rolled back or ends.
 * Keys that a transaction has not written are read past the write batch, with RocksDB's own pinned
 * slices, and from rocks_rows.c when they are there.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/mem.h"

#include <string.h>

#define POOL_MAX 64

uint64_t rocks_row_locks(struct store *store)
{
    return rocks_shim_locks(rocks_of(store)->db);
}

/* ---- begin and end ---- */

static struct rocks_txn *from_pool(struct rocks *r)
{
    struct rocks_txn *t;

    (void)pthread_mutex_lock(&r->pool_lock);
    t = r->pool;
    if (t != NULL) {
        r->pool = t->next_pooled;
        r->pooled--;
    }
    (void)pthread_mutex_unlock(&r->pool_lock);
    if (t != NULL)
        return t;
    t = mem_alloc(sizeof *t);
    if (t != NULL)
        t->read = rocksdb_readoptions_create();
    return t;
}

void rocks_txn_free(struct rocks_txn *take_t)
{
    if (take_t == NULL)
        return;
    rocksdb_readoptions_destroy(take_t->read);
    mem_free(take_t->erased);
    mem_free(take_t->wrote.keys);
    mem_free(take_t);
}

static void to_pool(struct rocks *r, struct rocks_txn *take_t)
{
    (void)pthread_mutex_lock(&r->pool_lock);
    if (r->pooled < POOL_MAX) {
        take_t->next_pooled = r->pool;
        r->pool = take_t;
        r->pooled++;
        take_t = NULL;
    }
    (void)pthread_mutex_unlock(&r->pool_lock);
    rocks_txn_free(take_t);
}

enum store_status rocks_begin(struct store *store, unsigned flags, struct store_txn **ret_txn)
{
    struct rocks *r = rocks_of(store);
    struct rocks_txn *t = from_pool(r);

    if (t == NULL)
        return STORE_NO_MEMORY;
    list_init(&t->cursors);
    list_init(&t->bulks);
    t->written = false;
    t->points = t->drops = 0;
    t->generation = t->put_slots = 0;
    if (flags & STORE_TXN_READ_ONLY) {
        t->snapshot = rocksdb_transactiondb_create_snapshot(r->db);
    } else { /* RocksDB checks writes against the snapshot of its own transaction only */
        t->txn = rocksdb_transaction_begin(r->db, r->write, r->txn_options, NULL);
        t->snapshot = rocksdb_transaction_get_snapshot(t->txn);
    }
    t->sequence = rocks_shim_sequence(t->snapshot);
    rocksdb_readoptions_set_snapshot(t->read, t->snapshot);
    *ret_txn = &t->base;
    return STORE_OK;
}

static void forget_erased(struct rocks_txn *t, size_t down_to)
{
    struct rocks *r = rocks_of(t->base.store);

    while (t->erased_count > down_to)
        rocks_erased_remove(&r->erased, t->erased[--t->erased_count], t);
}

static void end(struct rocks_txn *take_t)
{
    struct rocks *r = rocks_of(take_t->base.store);

    if (take_t->written)
        rocks_cursors_detach(take_t); /* R3 */
    else
        rocks_cursors_park(take_t);
    rocks_rows_end(take_t);
    if (take_t->txn != NULL) {
        rocksdb_free(take_t->batch); /* shells: the transaction owns what is in them */
        rocksdb_free((void *)(uintptr_t)take_t->snapshot);
        rocksdb_transaction_destroy(take_t->txn);
    } else {
        rocksdb_transactiondb_release_snapshot(r->db, take_t->snapshot);
    }
    take_t->txn = NULL;
    take_t->batch = NULL;
    take_t->snapshot = NULL;
    rocksdb_readoptions_set_snapshot(take_t->read, NULL);
    forget_erased(take_t, 0); /* E1 */
    to_pool(r, take_t);
}

void rocks_abort(struct store_txn *take_txn)
{
    struct rocks_txn *t = rocks_txn_of(take_txn);

    rocks_bulks_roll_back(t, 0);
    end(t);
}

enum store_status rocks_commit(struct store_txn *take_txn, enum store_durability how,
                               uint64_t *ret_mark)
{
    struct rocks_txn *t = rocks_txn_of(take_txn);
    struct rocks *r = rocks_of(take_txn->store);
    bool written = t->written;
    uint32_t drops = t->drops;
    enum store_status status = STORE_OK;
    struct list bulks;

    list_init(&bulks);
    if (written) {
        char *error = NULL;

        rocks_cursors_detach(t); /* R3 */
        status = rocks_failed(r);
        if (status == STORE_OK) {
            rocks_gaps_commit_begin(&r->gaps, t->put_slots, t->first_put);
            rocks_rows_commit_begin(t);
            rocksdb_transaction_commit(t->txn, &error);
            rocks_rows_commit_end(t, error == NULL);
            rocks_gaps_commit_end(r, t->put_slots);
            status = rocks_fail(r, rocks_error(error, "commit"));
        }
        if (status) {
            rocks_abort(take_txn);
            return status;
        }
        *ret_mark = atomic_fetch_add(&r->committed, 1) + 1;
        atomic_fetch_add_explicit(&r->base.count.commits, 1, memory_order_relaxed);
        while (!list_is_empty(&t->bulks)) {
            struct list *first = t->bulks.next;

            list_remove(first);
            list_append(&bulks, first);
        }
    }
    end(t);
    if (written)
        rocks_cursors_sweep(r);
    rocks_bulks_published(r, &bulks);
    if (drops > 0)
        rocks_notes_add(r, drops);
    if (written && how == STORE_DURABLE)
        status = rocks_harden(&r->base, *ret_mark);
    return status;
}

/* ---- levels ---- */

void rocks_level(struct store_txn *txn)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    unsigned i = txn->depth - 1;

    t->at[i].point = ROCKS_NO_POINT;
    t->at[i].drops = t->drops;
    t->at[i].erased = t->erased_count;
    t->at[i].wrote = t->wrote.count;
}

/* Before anything is written or locked: the open levels must be able to come back to here. */
static void before_write(struct rocks_txn *t)
{
    bool set = false;

    for (unsigned i = t->base.depth; i > 0 && t->at[i - 1].point == ROCKS_NO_POINT; i--) { /* R1 */
        t->at[i - 1].point = t->points;
        set = true;
    }
    if (set) {
        rocksdb_transaction_set_savepoint(t->txn);
        t->points++;
        t->base.used += STORE_LEVEL_OVERHEAD;
    }
    t->generation++;
}

void rocks_level_release(struct store_txn *txn)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    unsigned i = txn->depth - 1;
    bool shared = i > 0 && t->at[i - 1].point == t->at[i].point;

    if (t->at[i].point != ROCKS_NO_POINT && !shared) { /* R2 */
        rocks_shim_pop_savepoint(t->txn);
        t->points--;
    }
    rocks_bulks_release(t, txn->depth);
}

enum store_status rocks_level_roll_back(struct store_txn *txn)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    unsigned i = txn->depth - 1;
    uint32_t point = t->at[i].point;
    enum store_status status = STORE_OK;

    t->drops = t->at[i].drops;
    if (point != ROCKS_NO_POINT) {
        char *error = NULL;

        STORE_ASSERT(t->points == point + 1); /* R2 */
        rocks_cursors_detach(t);              /* R3 */
        t->generation++;
        rocksdb_transaction_rollback_to_savepoint(t->txn, &error);
        status = rocks_error(error, "roll back to savepoint");
        rocks_rows_roll_back(t, t->at[i].wrote);
        t->points--;
        while (i > 0 && t->at[i - 1].point == point) /* R1: clean again, as we are */
            t->at[--i].point = ROCKS_NO_POINT;
    }
    rocks_bulks_roll_back(t, txn->depth);
    forget_erased(t, t->at[txn->depth - 1].erased);
    return status;
}

/* ---- rows ---- */

static enum store_status check_writable(const struct rocks_txn *t)
{
    return rocks_failed(rocks_of(t->base.store));
}

static enum store_status read_row(struct rocks_txn *t, const struct rocks_key *key,
                                  struct store_value *ret_value)
{
    struct rocks *r = rocks_of(t->base.store);
    uint64_t hash = rocks_erased_hash(key);
    bool own = rocks_rows_wrote(t, hash);
    rocksdb_pinnableslice_t *slice;
    char *error = NULL;

    if (!list_is_empty(&t->bulks) && rocks_bulk_owns(t, key))
        return rocks_bulk_read(t, key, ret_value);
    if (!own && rocks_rows_get(t, key, hash, ret_value))
        return STORE_OK;
    slice = own ? rocksdb_transaction_get_pinned(t->txn, t->read, key->data, key->size, &error)
                : rocksdb_transactiondb_get_pinned(r->db, t->read, key->data, key->size, &error);
    if (error != NULL)
        return rocks_error(error, "get");
    if (slice == NULL)
        return STORE_NOT_FOUND;
    rocks_value_of(slice, ret_value);
    if (!own)
        rocks_rows_keep(t, key, hash, (struct store_slice){ret_value->data, ret_value->size});
    return STORE_OK;
}

static enum store_status is_there(struct rocks_txn *t, const struct rocks_key *key)
{
    struct store_value value = {0};
    enum store_status status = read_row(t, key, &value);

    store_value_release(&value);
    return status;
}

enum store_status rocks_get(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_value *ret_value)
{
    struct rocks_key k;

    rocks_key_make(&k, tree, key);
    return read_row(rocks_txn_of(txn), &k, ret_value);
}

enum store_status rocks_lock(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             enum store_lock mode, struct store_value *ret_value)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    enum store_status status = check_writable(t);
    struct rocks_key k;
    char *error = NULL;
    unsigned tries = 0;

    if (status)
        return status;
    rocks_key_make(&k, tree, key);
    before_write(t);
    do
        error = rocks_shim_lock(t->txn, k.data, k.size, mode == STORE_EXCLUSIVE);
    while (rocks_should_retry(rocks_of(txn->store), &error, &tries));
    if (error != NULL)
        return rocks_error(error, "lock");
    return ret_value != NULL ? read_row(t, &k, ret_value) : STORE_OK;
}

/* What is written without a lock goes past the transaction, into its batch. */
static rocksdb_writebatch_wi_t *batch_of(struct rocks_txn *t)
{
    if (t->batch == NULL)
        t->batch = rocksdb_transaction_get_writebatch_wi(t->txn);
    return t->batch;
}

static enum store_status put_row(struct rocks_txn *t, const struct rocks_key *key,
                                 struct store_slice value, bool guarded)
{
    char *error = NULL;
    unsigned tries = 0;

    before_write(t);
    rocks_gaps_put(t, key);
    if (guarded)
        rocksdb_writebatch_wi_put(batch_of(t), key->data, key->size, value.data, value.size);
    else
        do
            rocksdb_transaction_put(t->txn, key->data, key->size, value.data, value.size, &error);
        while (rocks_should_retry(rocks_of(t->base.store), &error, &tries));
    if (error != NULL)
        return rocks_error(error, "put");
    t->written = true;
    rocks_rows_write(t, key, rocks_erased_hash(key), &value);
    return STORE_OK;
}

/* Why an insert may not be: STORE_EXISTS or STORE_CONFLICT by the rule at store_put. */
static enum store_status why_refused(struct rocks_txn *t, const struct rocks_key *key, bool visible)
{
    struct rocks *r = rocks_of(t->base.store);
    struct store_value value = {0};
    enum store_status status;
    rocksdb_pinnableslice_t *before;
    char *error = NULL;

    if (rocks_erased_by_other(&r->erased, rocks_erased_hash(key), t))
        return STORE_CONFLICT;
    status = rocks_get_latest(r, key, &value);
    store_value_release(&value);
    if (status == STORE_OK)
        return STORE_EXISTS;
    if (status != STORE_NOT_FOUND || !visible)
        return status == STORE_NOT_FOUND ? STORE_CONFLICT : status;
    /* Visible to us, not committed now: our own row, or one erased since our snapshot. */
    before = rocksdb_transactiondb_get_pinned(r->db, t->read, key->data, key->size, &error);
    if (error != NULL)
        return rocks_error(error, "get");
    status = before == NULL ? STORE_EXISTS : STORE_CONFLICT;
    rocksdb_pinnableslice_destroy(before);
    return status;
}

enum store_status rocks_put(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_slice value, enum store_put_mode mode)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    enum store_status status = check_writable(t);
    struct rocks_key k;

    if (status)
        return status;
    rocks_key_make(&k, tree, key);
    if (mode == STORE_UPSERT || mode == STORE_GUARDED)
        return put_row(t, &k, value, mode == STORE_GUARDED);
    status = is_there(t, &k);
    if (mode == STORE_REPLACE)
        return status ? status : put_row(t, &k, value, false);
    if (status == STORE_OK)
        return why_refused(t, &k, true);
    if (status != STORE_NOT_FOUND)
        return status;
    status = put_row(t, &k, value, false);
    return status == STORE_CONFLICT ? why_refused(t, &k, false) : status;
}

static enum store_status remember_erased(struct rocks_txn *t, uint64_t hash)
{
    if (t->erased_count == t->erased_room) {
        size_t room = t->erased_room ? 2 * t->erased_room : 16;
        uint64_t *bigger = mem_grow(t->erased, room * sizeof *bigger);

        if (bigger == NULL)
            return STORE_NO_MEMORY;
        t->erased = bigger;
        t->erased_room = room;
    }
    t->erased[t->erased_count] = hash;
    return rocks_erased_add(&rocks_of(t->base.store)->erased, hash, t);
}

enum store_status rocks_erase(struct store_txn *txn, uint64_t tree, struct store_slice key,
                              enum store_erase_mode mode)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    struct rocks *r = rocks_of(txn->store);
    enum store_status status = check_writable(t);
    struct rocks_key k;
    char *error = NULL;
    unsigned tries = 0;
    uint64_t hash;

    if (status)
        return status;
    rocks_key_make(&k, tree, key);
    hash = rocks_erased_hash(&k);
    if (mode == STORE_ERASE_GUARDED) {
        before_write(t);
        rocksdb_writebatch_wi_delete(batch_of(t), k.data, k.size);
        t->written = true;
        rocks_rows_write(t, &k, hash, NULL);
        return STORE_OK;
    }
    if (mode == STORE_ERASE_PRESENT)
        status = is_there(t, &k);
    if (status == STORE_OK)
        status = remember_erased(t, hash); /* E1 */
    if (status)
        return status;
    before_write(t);
    do
        rocksdb_transaction_delete(t->txn, k.data, k.size, &error);
    while (rocks_should_retry(r, &error, &tries));
    if (error != NULL) {
        rocks_erased_remove(&r->erased, t->erased[t->erased_count], t);
        return rocks_error(error, "erase");
    }
    t->erased_count++;
    t->written = true;
    rocks_rows_write(t, &k, hash, NULL);
    return STORE_OK;
}

enum store_status rocks_txn_put_note(struct rocks_txn *t, enum rocks_note kind, uint64_t number,
                                     const struct rocks_key *names)
{
    enum store_status status = check_writable(t);
    struct rocks_key note = {.size = ROCKS_NOTE_SIZE};

    if (status)
        return status;
    rocks_note_key(note.data, kind, number);
    return put_row(t, &note,
                   (struct store_slice){names ? names->data : "", names ? names->size : 0}, false);
}
