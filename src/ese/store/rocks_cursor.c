/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_cursor.c - cursors that outlive RocksDB's iterators
 *
 * A cursor keeps its own key. Its iterator is a means that may be taken away at any time:
 *
 *   none -> plain    seek or step in a transaction without writes   [ready]
 *   none -> merged   the same in one with writes: files and write batch together   [ready]
 *   plain -> none    its transaction has written since, or ended, or another one asks
 *   merged -> none   its transaction rolled a level back or ended, or another one asks
 *   plain -> parked  its transaction ended and had written nothing   [rocks_cursors_park]
 *   parked -> plain  a transaction asks whose snapshot is the same: nothing was committed between
 *   parked -> none   any other transaction asks, or one commits   [rocks_cursors_sweep]
 *
 * Parking is for programs that never begin a transaction: every step of theirs has one of its own,
 * and making an iterator takes longer than anything else in it. A parked iterator holds files and
 * memory of its time, therefore the sweep.
 *
 * Invariants: C1 the iterator stands on `key` iff `standing` and the transaction's generation is
 *             still the one noted: after a write in it nothing may be read from a merged iterator
 *             before it has sought again. C2 an iterator is on its transaction's list of cursors or,
 *             parked, on the store's, whose lock then protects it.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

struct rocks_cursor {
    struct store_cursor base;
    struct rocks_txn *txn; /* whose iterator it is; NULL when there is none */
    struct list link;      /* C2 */
    rocksdb_iterator_t *it;
    rocksdb_readoptions_t *read;
    bool merged, standing;
    bool parked;         /* as its user knows; the iterator may have been swept meanwhile */
    uint64_t sequence;   /* what a parked iterator sees */
    uint64_t generation; /* C1 */
    char low[ROCKS_TREE_SIZE], high[ROCKS_TREE_SIZE]; /* bounds of the tree; `read` points here */
    char *key;                                        /* as on disk, tree included */
    size_t key_size, key_room;
    struct store_slice value;
};

static struct rocks_cursor *cursor_of(struct store_cursor *cursor)
{
    return (struct rocks_cursor *)(void *)cursor;
}

enum store_status rocks_cursor_open(struct store *store, uint64_t tree,
                                    struct store_cursor **ret_cursor)
{
    struct rocks_cursor *c = mem_alloc(sizeof *c);

    (void)store;
    if (c == NULL)
        return STORE_NO_MEMORY;
    list_init(&c->link);
    rocks_put_u64(c->low, tree);
    rocks_put_u64(c->high, tree + 1);
    c->read = rocksdb_readoptions_create();
    /* Without the bounds, a step off the tree's end would walk over what was erased next door. */
    rocksdb_readoptions_set_iterate_lower_bound(c->read, c->low, sizeof c->low);
    rocksdb_readoptions_set_iterate_upper_bound(c->read, c->high, sizeof c->high);
    *ret_cursor = &c->base;
    return STORE_OK;
}

static void detach(struct rocks_cursor *c)
{
    if (c->it != NULL)
        rocksdb_iter_destroy(c->it);
    c->it = NULL;
    c->txn = NULL;
    c->standing = false;
    list_remove(&c->link);
}

void rocks_cursors_detach(struct rocks_txn *t)
{
    LIST_FOR_EACH_SAFE (it, &t->cursors)
        detach(LIST_ENTRY(it, struct rocks_cursor, link));
}

/* ---- parking ---- */

void rocks_cursors_park(struct rocks_txn *t)
{
    struct rocks *r = rocks_of(t->base.store);
    uint64_t sequence;

    if (list_is_empty(&t->cursors))
        return;
    sequence = rocks_shim_sequence(t->snapshot);
    (void)pthread_mutex_lock(&r->park_lock);
    LIST_FOR_EACH_SAFE (it, &t->cursors) {
        struct rocks_cursor *c = LIST_ENTRY(it, struct rocks_cursor, link);

        list_remove(&c->link);
        list_append(&r->park, &c->link);
        c->txn = NULL;
        c->parked = true;
        c->sequence = sequence;
        atomic_fetch_add_explicit(&r->parked, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&r->park_lock);
}

/* Takes a cursor off the park; its iterator, if it still has one, is its own again. */
static void unpark(struct rocks_cursor *c)
{
    struct rocks *r = rocks_of(c->base.store);

    if (!c->parked)
        return;
    (void)pthread_mutex_lock(&r->park_lock);
    if (c->it != NULL)
        atomic_fetch_sub_explicit(&r->parked, 1, memory_order_relaxed);
    list_remove(&c->link);
    (void)pthread_mutex_unlock(&r->park_lock);
    c->parked = false;
}

void rocks_cursors_sweep(struct rocks *r)
{
    if (atomic_load_explicit(&r->parked, memory_order_relaxed) == 0)
        return;
    (void)pthread_mutex_lock(&r->park_lock);
    LIST_FOR_EACH_SAFE (it, &r->park) {
        detach(LIST_ENTRY(it, struct rocks_cursor, link));
        atomic_fetch_sub_explicit(&r->parked, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&r->park_lock);
}

void rocks_cursor_close(struct store_cursor *take_cursor)
{
    struct rocks_cursor *c = cursor_of(take_cursor);

    unpark(c);
    detach(c);
    rocksdb_readoptions_destroy(c->read);
    mem_free(c->key);
    mem_free(c);
}

/* ---- positions ---- */

static void make_ready(struct rocks_cursor *c, struct rocks_txn *t)
{
    if (!c->parked && c->it != NULL && c->txn == t && c->merged == t->written)
        return;
    unpark(c);
    if (c->it != NULL && c->txn == NULL && !t->written &&
        rocks_shim_sequence(t->snapshot) == c->sequence) {
        c->generation = t->generation;
    } else {
        detach(c);
        rocksdb_readoptions_set_snapshot(c->read, t->snapshot);
        c->it = t->written
                    ? rocksdb_transaction_create_iterator(t->txn, c->read)
                    : rocksdb_transactiondb_create_iterator(rocks_of(t->base.store)->db, c->read);
        c->merged = t->written;
    }
    c->txn = t;
    list_append(&t->cursors, &c->link);
}

static enum store_status keep_key(struct rocks_cursor *c, const char *key, size_t size)
{
    if (size > c->key_room) {
        size_t room = size < 64 ? 64 : 2 * size;
        char *bigger = mem_grow(c->key, room);

        if (bigger == NULL)
            return STORE_NO_MEMORY;
        c->key = bigger;
        c->key_room = room;
    }
    memmove(c->key, key, size);
    c->key_size = size;
    return STORE_OK;
}

/* Takes over what the iterator found; `beyond` is the place when that is nothing. */
static enum store_status take_found(struct rocks_cursor *c, enum store_place beyond)
{
    enum store_status status;
    char *error = NULL;
    const char *key;
    size_t size;

    c->standing = false;
    if (!rocksdb_iter_valid(c->it)) {
        rocksdb_iter_get_error(c->it, &error);
        status = rocks_error(error, "cursor");
        c->base.place = status ? STORE_UNSET : beyond;
        return status ? status : STORE_NOT_FOUND;
    }
    key = rocksdb_iter_key(c->it, &size);
    if (size <= ROCKS_TREE_SIZE || memcmp(key, c->low, ROCKS_TREE_SIZE) != 0) {
        c->base.place = beyond;
        return STORE_NOT_FOUND;
    }
    status = keep_key(c, key, size);
    c->base.place = status ? STORE_UNSET : STORE_AT_KEY;
    if (status)
        return status;
    c->value.data = rocksdb_iter_value(c->it, &c->value.size);
    c->generation = c->txn->generation;
    c->standing = true;
    return STORE_OK;
}

static bool is_at(const struct rocks_cursor *c, const char *key, size_t size)
{
    size_t found_size;
    const char *found;

    if (!rocksdb_iter_valid(c->it))
        return false;
    found = rocksdb_iter_key(c->it, &found_size);
    return found_size == size && memcmp(found, key, size) == 0;
}

/* The first key at or above (with `past`: above) `key`. */
static enum store_status seek_up(struct rocks_cursor *c, const char *key, size_t size, bool past)
{
    struct rocks_key at, low;
    enum store_status status;
    uint64_t start;
    bool jumped;

    memcpy(at.data, key, size);
    at.size = size;
    jumped = rocks_gaps_jump(c->txn, c->base.tree, &at, true, past, &low);
    start = clock_now_ns();
    rocksdb_iter_seek(c->it, at.data, at.size);
    if (past && is_at(c, key, size))
        rocksdb_iter_next(c->it);
    start = clock_now_ns() - start;
    status = take_found(c, STORE_AFTER_ALL);
    if (start > rocks_long_ns && (status == STORE_OK || status == STORE_NOT_FOUND)) {
        if (!jumped) {
            low = at;
            if (past && low.size < sizeof low.data)
                low.data[low.size++] = 0; /* the key itself may be there */
        }
        if (status == STORE_OK)
            rocks_gaps_note(c->txn, c->base.tree, &low, c->key, c->key_size);
        else
            rocks_gaps_note(c->txn, c->base.tree, &low, c->high, sizeof c->high);
    }
    return status;
}

/* The last key at or below (with `past`: below) `key`. */
static enum store_status seek_down(struct rocks_cursor *c, const char *key, size_t size, bool past)
{
    struct rocks_key at, high;
    enum store_status status;
    uint64_t start;
    bool jumped;

    memcpy(at.data, key, size);
    at.size = size;
    jumped = rocks_gaps_jump(c->txn, c->base.tree, &at, false, past, &high);
    start = clock_now_ns();
    rocksdb_iter_seek_for_prev(c->it, at.data, at.size);
    if (past && is_at(c, key, size))
        rocksdb_iter_prev(c->it);
    start = clock_now_ns() - start;
    status = take_found(c, STORE_BEFORE_ALL);
    if (start > rocks_long_ns && (status == STORE_OK || status == STORE_NOT_FOUND)) {
        struct rocks_key low = {.size = sizeof c->low};

        if (!jumped)
            high = at; /* not in the gap itself, so it may be there */
        memcpy(low.data, c->low, sizeof c->low);
        if (status == STORE_OK && c->key_size < sizeof low.data) {
            memcpy(low.data, c->key, c->key_size);
            low.data[c->key_size] = 0; /* the first that could follow */
            low.size = c->key_size + 1;
        }
        if (status == STORE_NOT_FOUND || low.size > sizeof c->low)
            rocks_gaps_note(c->txn, c->base.tree, &low, high.data, high.size);
    }
    return status;
}

/* Finds the key itself; when it is not there the cursor stands at it all the same. */
static enum store_status seek_equal(struct rocks_cursor *c, const char *key, size_t size)
{
    enum store_status status;

    rocksdb_iter_seek(c->it, key, size);
    if (is_at(c, key, size))
        return take_found(c, STORE_AFTER_ALL);
    status = take_found(c, STORE_AFTER_ALL); /* for its error, if it has one */
    if (status == STORE_OK || status == STORE_NOT_FOUND)
        status = keep_key(c, key, size);
    c->standing = false;
    c->base.place = status ? STORE_UNSET : STORE_AT_KEY;
    return status ? status : STORE_NOT_FOUND;
}

enum store_status rocks_cursor_seek(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_seek how, struct store_slice key)
{
    struct rocks_cursor *c = cursor_of(cursor);
    struct rocks_key k;

    make_ready(c, rocks_txn_of(txn));
    if (how == STORE_FIRST || how == STORE_LAST)
        key.size = 0;
    rocks_key_make(&k, cursor->tree, key);
    switch (how) {
    case STORE_FIRST: {
        enum store_status status = seek_up(c, c->low, sizeof c->low, false);

        if (cursor->place == STORE_AFTER_ALL)
            cursor->place = STORE_BEFORE_ALL;
        return status;
    }
    case STORE_LAST: {
        enum store_status status = seek_down(c, c->high, sizeof c->high, true);

        if (cursor->place == STORE_BEFORE_ALL)
            cursor->place = STORE_AFTER_ALL;
        return status;
    }
    case STORE_GE: return seek_up(c, k.data, k.size, false);
    case STORE_GT: return seek_up(c, k.data, k.size, true);
    case STORE_LE: return seek_down(c, k.data, k.size, false);
    case STORE_LT: return seek_down(c, k.data, k.size, true);
    case STORE_EQ: break;
    }
    return seek_equal(c, k.data, k.size);
}

enum store_status rocks_cursor_step(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_step where)
{
    struct rocks_cursor *c = cursor_of(cursor);
    struct rocks_txn *t = rocks_txn_of(txn);
    bool up = where == STORE_NEXT;

    make_ready(c, t);
    if (cursor->place == (up ? STORE_AFTER_ALL : STORE_BEFORE_ALL))
        return STORE_NOT_FOUND;
    if (cursor->place != STORE_AT_KEY)
        return up ? seek_up(c, c->low, sizeof c->low, false)
                  : seek_down(c, c->high, sizeof c->high, true);
    if (!c->standing || c->generation != t->generation) /* C1 */
        return up ? seek_up(c, c->key, c->key_size, true) : seek_down(c, c->key, c->key_size, true);
    if (up)
        rocksdb_iter_next(c->it);
    else
        rocksdb_iter_prev(c->it);
    return take_found(c, up ? STORE_AFTER_ALL : STORE_BEFORE_ALL);
}

struct store_slice rocks_cursor_key(const struct store_cursor *cursor)
{
    const struct rocks_cursor *c = (const struct rocks_cursor *)(const void *)cursor;

    return (struct store_slice){c->key + ROCKS_TREE_SIZE, c->key_size - ROCKS_TREE_SIZE};
}

struct store_slice rocks_cursor_value(const struct store_cursor *cursor)
{
    const struct rocks_cursor *c = (const struct rocks_cursor *)(const void *)cursor;

    STORE_ASSERT(c->standing);
    return c->value;
}
