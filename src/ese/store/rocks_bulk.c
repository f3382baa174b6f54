/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_bulk.c - bulk values: written beside the transaction, published by its commit
 *
 * Owns:       struct rocks_bulk, on its transaction's list until that ends or rolls it back; the
 *             write batch only while it is open.
 * States:     OPEN -> CLOSED [rocks_bulk_close] -> published, gone [rocks_bulks_published]
 *             OPEN or CLOSED -> a drop, gone [rocks_bulks_roll_back; after a crash recover_notes]
 * Invariants: B1 note 'B' is in the log before or with the first key. B2 note 'P' is a row of the
 *             transaction, so it comes and goes with the update that refers to the value.
 */
#include "ese/store/rocks_internal.h"

#include "base/mem.h"

#include <string.h>

static struct rocks_bulk *bulk_of(struct store_bulk *bulk)
{
    return (struct rocks_bulk *)(void *)bulk;
}

static void bulk_free(struct rocks_bulk *take_b)
{
    if (take_b->batch != NULL)
        rocksdb_writebatch_destroy(take_b->batch);
    list_remove(&take_b->link);
    mem_free(take_b);
}

enum store_status rocks_bulk_open(struct store_txn *txn, uint64_t tree, struct store_slice prefix,
                                  struct store_bulk **ret_bulk)
{
    struct rocks_txn *t = rocks_txn_of(txn);
    struct rocks_bulk *b = mem_alloc(sizeof *b + ROCKS_TREE_SIZE + prefix.size);
    enum store_status status;
    struct rocks_key k;
    char key[ROCKS_NOTE_SIZE];

    if (b == NULL)
        return STORE_NO_MEMORY;
    list_init(&b->link);
    b->number = atomic_fetch_add(&rocks_of(txn->store)->notes.next, 1);
    b->depth = txn->depth;
    rocks_key_make(&k, tree, prefix);
    memcpy(b->prefix, k.data, k.size);
    b->prefix_size = k.size;
    status = rocks_txn_put_note(t, ROCKS_NOTE_PUBLISHED, b->number, NULL); /* B2 */
    if (status) {
        bulk_free(b);
        return status;
    }
    b->batch = rocksdb_writebatch_create();
    rocks_note_key(key, ROCKS_NOTE_BULK, b->number);
    rocksdb_writebatch_put(b->batch, key, sizeof key, b->prefix, b->prefix_size); /* B1 */
    b->open = true;
    list_append(&t->bulks, &b->link);
    *ret_bulk = &b->base;
    return STORE_OK;
}

static enum store_status flush(struct rocks_bulk *b)
{
    struct rocks *r = rocks_of(b->base.txn->store);
    uint64_t slot = UINT64_C(1) << b->base.tree % ROCKS_GAP_SLOTS;
    enum store_status status;

    if (b->batch == NULL || rocksdb_writebatch_count(b->batch) == 0)
        return STORE_OK;
    rocks_gaps_commit_begin(&r->gaps, slot, 0); /* visible at once: removes any gap */
    status = rocks_write(r, b->batch);
    rocks_gaps_commit_end(r, slot);
    if (status == STORE_OK)
        b->noted = true;
    rocksdb_writebatch_clear(b->batch);
    b->batch_size = 0;
    return status;
}

enum store_status rocks_bulk_put(struct store_bulk *bulk, struct store_slice key,
                                 struct store_slice value)
{
    struct rocks_bulk *b = bulk_of(bulk);
    struct rocks_key k;

    rocks_key_make(&k, bulk->tree, key);
    STORE_ASSERT(memcmp(k.data, b->prefix, b->prefix_size) == 0);
    rocksdb_writebatch_put(b->batch, k.data, k.size, value.data, value.size);
    b->batch_size += k.size + value.size;
    return b->batch_size < ROCKS_BATCH_SIZE ? STORE_OK : flush(b);
}

enum store_status rocks_bulk_close(struct store_bulk *take_bulk)
{
    struct rocks_bulk *b = bulk_of(take_bulk);
    enum store_status status = flush(b);

    rocksdb_writebatch_destroy(b->batch);
    b->batch = NULL;
    b->open = false;
    return status;
}

/* ---- reading one's own before it is published ---- */

static struct rocks_bulk *owner(const struct rocks_txn *t, const struct rocks_key *key)
{
    LIST_FOR_EACH (it, &t->bulks) {
        struct rocks_bulk *b = LIST_ENTRY(it, struct rocks_bulk, link);

        if (key->size >= b->prefix_size && memcmp(key->data, b->prefix, b->prefix_size) == 0)
            return b;
    }
    return NULL;
}

bool rocks_bulk_owns(const struct rocks_txn *t, const struct rocks_key *key)
{
    return owner(t, key) != NULL;
}

enum store_status rocks_bulk_read(struct rocks_txn *t, const struct rocks_key *key,
                                  struct store_value *ret_value)
{
    enum store_status status = flush(owner(t, key));

    return status ? status : rocks_get_latest(rocks_of(t->base.store), key, ret_value);
}

/* ---- what becomes of them ---- */

void rocks_bulks_release(struct rocks_txn *t, unsigned depth)
{
    LIST_FOR_EACH (it, &t->bulks) {
        struct rocks_bulk *b = LIST_ENTRY(it, struct rocks_bulk, link);

        if (b->depth >= depth)
            b->depth = depth - 1;
    }
}

/* One that has keys on disk becomes a drop. When that cannot be written, the next open does it. */
static bool give_up(struct rocks *r, struct rocks_bulk *b, rocksdb_writebatch_t *batch)
{
    char key[ROCKS_NOTE_SIZE];

    if (!b->noted)
        return false;
    rocksdb_writebatch_clear(batch);
    rocks_note_key(key, ROCKS_NOTE_BULK, b->number);
    rocksdb_writebatch_delete(batch, key, sizeof key);
    rocks_note_key(key, ROCKS_NOTE_DROP, b->number);
    rocksdb_writebatch_put(batch, key, sizeof key, b->prefix, b->prefix_size);
    return rocks_write(r, batch) == STORE_OK;
}

void rocks_bulks_roll_back(struct rocks_txn *t, unsigned depth)
{
    struct rocks *r = rocks_of(t->base.store);
    rocksdb_writebatch_t *batch = NULL;
    uint64_t drops = 0;

    LIST_FOR_EACH_SAFE (it, &t->bulks) {
        struct rocks_bulk *b = LIST_ENTRY(it, struct rocks_bulk, link);

        if (b->depth < depth)
            continue;
        STORE_ASSERT(!b->open);
        if (batch == NULL)
            batch = rocksdb_writebatch_create();
        if (give_up(r, b, batch))
            drops++;
        bulk_free(b);
    }
    if (batch != NULL)
        rocksdb_writebatch_destroy(batch);
    if (drops > 0) {
        atomic_fetch_add(&r->base.count.bulk_removed, drops);
        rocks_notes_add(r, drops);
    }
}

void rocks_bulks_published(struct rocks *r, struct list *bulks)
{
    rocksdb_writebatch_t *batch;
    enum store_status status;

    if (list_is_empty(bulks))
        return;
    batch = rocksdb_writebatch_create();
    LIST_FOR_EACH_SAFE (it, bulks) {
        struct rocks_bulk *b = LIST_ENTRY(it, struct rocks_bulk, link);
        char key[ROCKS_NOTE_SIZE];

        STORE_ASSERT(!b->open);
        rocks_note_key(key, ROCKS_NOTE_BULK, b->number);
        rocksdb_writebatch_delete(batch, key, sizeof key);
        rocks_note_key(key, ROCKS_NOTE_PUBLISHED, b->number);
        rocksdb_writebatch_delete(batch, key, sizeof key);
        bulk_free(b);
    }
    status = rocks_write(r, batch); /* tidying: a crash before it leaves that to the next open */
    (void)status;
    rocksdb_writebatch_destroy(batch);
}
