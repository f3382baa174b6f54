/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - what holds for every store engine, before the engine is asked
 *
 * Owns: nothing. Checks the caller (asserts), the limits of keys and values, read-only
 * transactions, the number of levels, and keeps the counted size of a transaction (T6).
 */
#include "ese/store/store_engine.h"

#include "base/log.h"

#include <stdlib.h>

void store_assert_failed(const char *what, const char *file, int line)
{
    log_line(LOG_LEVEL_ERROR, "assertion failed what=\"%s\" file=%s line=%d", what, file, line);
    abort();
}

const char *store_status_name(enum store_status status)
{
    static const char *const names[] = {
        [STORE_OK] = "ok",
        [STORE_NOT_FOUND] = "not found",
        [STORE_EXISTS] = "exists",
        [STORE_CONFLICT] = "conflict",
        [STORE_TXN_FULL] = "transaction full",
        [STORE_TOO_BIG] = "too big",
        [STORE_READ_ONLY] = "read only",
        [STORE_IN_USE] = "in use",
        [STORE_MISSING] = "missing",
        [STORE_FOREIGN] = "foreign",
        [STORE_LOG_IN_USE] = "log in use",
        [STORE_LOG_FOREIGN] = "log of another store",
        [STORE_LOG_MISSING] = "log is elsewhere",
        [STORE_NO_MEMORY] = "no memory",
        [STORE_NO_SPACE] = "no space",
        [STORE_IO] = "input or output error",
        [STORE_CORRUPT] = "corrupt",
        [STORE_FAILED] = "failed",
        [STORE_UNSUPPORTED] = "unsupported",
    };

    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

/* ---- open and close ---- */

enum store_status store_open(const struct store_ops *engine, const char *path,
                             const struct store_options *options, struct store **ret_store)
{
    enum store_status status;
    struct store *store = NULL;

    STORE_ASSERT(engine && path && options && ret_store);
    status = engine->open(path, options, &store);
    if (status)
        return status;
    STORE_ASSERT(store->ops == engine);
    *ret_store = store;
    return STORE_OK;
}

enum store_status store_close(struct store *take_store)
{
    if (take_store == NULL)
        return STORE_OK;
    STORE_ASSERT(atomic_load(&take_store->count.transactions) == 0);
    return take_store->ops->close(take_store);
}

enum store_status store_destroy(const struct store_ops *engine, const char *path,
                                const struct store_options *options)
{
    STORE_ASSERT(engine && path && options);
    return engine->destroy(path, options);
}

enum store_status store_replace_begin(const struct store_ops *engine, const char *path,
                                      const struct store_options *options,
                                      struct store_replace **ret_replace)
{
    enum store_status status;

    STORE_ASSERT(engine && path && options && ret_replace);
    if (engine->replace_begin == NULL)
        return STORE_UNSUPPORTED;
    status = engine->replace_begin(path, options, ret_replace);
    if (status == STORE_OK)
        (*ret_replace)->ops = engine;
    return status;
}

const char *store_replace_folder(const struct store_replace *replace)
{
    return replace->folder;
}

enum store_status store_replace_end(struct store_replace *take_replace, bool commit)
{
    STORE_ASSERT(take_replace);
    return take_replace->ops->replace_end(take_replace, commit);
}

void store_get_limits(const struct store *store, struct store_limits *ret_limits)
{
    *ret_limits = store->limits;
}

void store_get_counters(struct store *store, struct store_counters *ret_counters)
{
    *ret_counters = (struct store_counters){
        .transactions = atomic_load(&store->count.transactions),
        .row_locks = store->ops->row_locks(store),
        .commits = atomic_load(&store->count.commits),
        .conflicts = atomic_load(&store->count.conflicts),
        .false_conflicts = atomic_load(&store->count.false_conflicts),
        .log_syncs = atomic_load(&store->count.log_syncs),
        .drops_pending = atomic_load(&store->count.drops_pending),
        .bulk_removed = atomic_load(&store->count.bulk_removed),
    };
}

/* ---- transactions ---- */

enum store_status store_begin(struct store *store, unsigned flags, struct store_txn **ret_txn)
{
    enum store_status status;
    struct store_txn *txn = NULL;

    STORE_ASSERT(store && ret_txn && (flags & ~(unsigned)STORE_TXN_READ_ONLY) == 0);
    status = store->ops->begin(store, flags, &txn);
    if (status)
        return status;
    txn->store = store;
    txn->flags = flags;
    txn->depth = 0;
    txn->used = 0;
    atomic_fetch_add_explicit(&store->count.transactions, 1, memory_order_relaxed);
    *ret_txn = txn;
    return STORE_OK;
}

void store_level(struct store_txn *txn)
{
    STORE_ASSERT(txn && txn->depth < STORE_LEVELS_MAX);
    txn->used_at[txn->depth++] = txn->used;
    txn->store->ops->level(txn);
}

enum store_status store_level_end(struct store_txn *txn, enum store_level_end how)
{
    enum store_status status = STORE_OK;

    STORE_ASSERT(txn && txn->depth > 0);
    if (how == STORE_RELEASE) {
        txn->store->ops->level_release(txn);
        txn->depth--;
        return STORE_OK;
    }
    status = txn->store->ops->level_roll_back(txn);
    txn->used = txn->used_at[--txn->depth];
    return status;
}

enum store_status store_commit(struct store_txn *take_txn, enum store_durability how,
                               uint64_t *ret_mark)
{
    struct store *store;
    enum store_status status;
    uint64_t mark = 0;

    STORE_ASSERT(take_txn);
    store = take_txn->store;
    status = store->ops->commit(take_txn, how, &mark);
    atomic_fetch_sub_explicit(&store->count.transactions, 1, memory_order_relaxed);
    if (status == STORE_OK && ret_mark != NULL)
        *ret_mark = mark;
    return status;
}

enum store_status store_harden(struct store *store, uint64_t mark)
{
    STORE_ASSERT(store);
    return mark == 0 ? STORE_OK : store->ops->harden(store, mark);
}

void store_abort(struct store_txn *take_txn)
{
    struct store *store;

    if (take_txn == NULL)
        return;
    store = take_txn->store;
    store->ops->abort(take_txn);
    atomic_fetch_sub_explicit(&store->count.transactions, 1, memory_order_relaxed);
}

/* ---- rows ---- */

static void assert_key(const struct store_txn *txn, uint64_t tree, struct store_slice key)
{
    STORE_ASSERT(txn && tree > 0 && tree < STORE_TREE_MAX);
    STORE_ASSERT(key.data != NULL && key.size > 0);
}

/* May this transaction hold `size` octets more? Counts them if so (T6). */
static enum store_status charge(struct store_txn *txn, size_t size)
{
    if (txn->flags & STORE_TXN_READ_ONLY)
        return STORE_READ_ONLY;
    if (size > txn->store->limits.txn_max - txn->used)
        return STORE_TXN_FULL;
    txn->used += size;
    return STORE_OK;
}

/* What follows a charged call: gives the charge back when it failed, and counts lost races. */
static enum store_status settle(struct store_txn *txn, size_t size, enum store_status status)
{
    if (status)
        txn->used -= size;
    if (status == STORE_CONFLICT || status == STORE_EXISTS)
        atomic_fetch_add_explicit(&txn->store->count.conflicts, 1, memory_order_relaxed);
    return status;
}

enum store_status store_get(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_value *ret_value)
{
    assert_key(txn, tree, key);
    STORE_ASSERT(ret_value);
    if (key.size > txn->store->limits.key_max)
        return STORE_NOT_FOUND;
    return txn->store->ops->get(txn, tree, key, ret_value);
}

void store_value_release(struct store_value *value)
{
    if (value->pin != NULL)
        value->unpin(value->pin);
    *value = (struct store_value){0};
}

enum store_status store_lock(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             enum store_lock mode, struct store_value *ret_value)
{
    size_t size = key.size + STORE_ROW_OVERHEAD;
    enum store_status status;

    assert_key(txn, tree, key);
    if (key.size > txn->store->limits.key_max)
        return STORE_TOO_BIG;
    status = charge(txn, size);
    if (status)
        return status;
    status = settle(txn, size, txn->store->ops->lock(txn, tree, key, mode, ret_value));
    if (status == STORE_NOT_FOUND)
        txn->used += size; /* the lock is held */
    return status;
}

enum store_status store_put(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_slice value, enum store_put_mode mode)
{
    size_t size = key.size + value.size + STORE_ROW_OVERHEAD;
    enum store_status status;

    assert_key(txn, tree, key);
    STORE_ASSERT(value.data != NULL || value.size == 0);
    if (key.size > txn->store->limits.key_max || value.size > txn->store->limits.value_max)
        return STORE_TOO_BIG;
    status = charge(txn, size);
    if (status)
        return status;
    return settle(txn, size, txn->store->ops->put(txn, tree, key, value, mode));
}

enum store_status store_erase(struct store_txn *txn, uint64_t tree, struct store_slice key,
                              enum store_erase_mode mode)
{
    size_t size = key.size + STORE_ROW_OVERHEAD;
    enum store_status status;

    assert_key(txn, tree, key);
    if (key.size > txn->store->limits.key_max)
        return STORE_TOO_BIG;
    status = charge(txn, size);
    if (status)
        return status;
    return settle(txn, size, txn->store->ops->erase(txn, tree, key, mode));
}

static void assert_prefix(const struct store_txn *txn, uint64_t tree, struct store_slice prefix)
{
    STORE_ASSERT(txn && tree > 0 && tree < STORE_TREE_MAX);
    STORE_ASSERT(prefix.data != NULL || prefix.size == 0);
}

enum store_status store_drop(struct store_txn *txn, uint64_t tree, struct store_slice prefix)
{
    size_t size = prefix.size + STORE_ROW_OVERHEAD;
    enum store_status status;

    assert_prefix(txn, tree, prefix);
    if (prefix.size > txn->store->limits.key_max)
        return STORE_TOO_BIG;
    status = charge(txn, size);
    if (status)
        return status;
    return settle(txn, size, txn->store->ops->drop(txn, tree, prefix));
}

enum store_status store_drain(struct store *store)
{
    STORE_ASSERT(store);
    return store->ops->drain(store);
}

/* ---- cursors ---- */

enum store_status store_cursor_open(struct store *store, uint64_t tree,
                                    struct store_cursor **ret_cursor)
{
    struct store_cursor *cursor = NULL;
    enum store_status status;

    STORE_ASSERT(store && tree > 0 && tree < STORE_TREE_MAX && ret_cursor);
    status = store->ops->cursor_open(store, tree, &cursor);
    if (status)
        return status;
    cursor->store = store;
    cursor->tree = tree;
    cursor->place = STORE_UNSET;
    *ret_cursor = cursor;
    return STORE_OK;
}

void store_cursor_close(struct store_cursor *take_cursor)
{
    if (take_cursor != NULL)
        take_cursor->store->ops->cursor_close(take_cursor);
}

enum store_status store_cursor_seek(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_seek how, struct store_slice key)
{
    STORE_ASSERT(cursor && txn && cursor->store == txn->store);
    if (how != STORE_FIRST && how != STORE_LAST) {
        STORE_ASSERT(key.data != NULL && key.size > 0);
        if (key.size > cursor->store->limits.key_max)
            return STORE_TOO_BIG;
    }
    return cursor->store->ops->cursor_seek(cursor, txn, how, key);
}

enum store_status store_cursor_step(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_step where)
{
    STORE_ASSERT(cursor && txn && cursor->store == txn->store);
    STORE_ASSERT(cursor->place != STORE_UNSET);
    return cursor->store->ops->cursor_step(cursor, txn, where);
}

struct store_slice store_cursor_key(const struct store_cursor *cursor)
{
    STORE_ASSERT(cursor && cursor->place == STORE_AT_KEY);
    return cursor->store->ops->cursor_key(cursor);
}

struct store_slice store_cursor_value(const struct store_cursor *cursor)
{
    STORE_ASSERT(cursor && cursor->place == STORE_AT_KEY);
    return cursor->store->ops->cursor_value(cursor);
}

/* ---- bulk values ---- */

enum store_status store_bulk_open(struct store_txn *txn, uint64_t tree, struct store_slice prefix,
                                  struct store_bulk **ret_bulk)
{
    size_t size = prefix.size + STORE_ROW_OVERHEAD;
    struct store_bulk *bulk = NULL;
    enum store_status status;

    assert_prefix(txn, tree, prefix);
    STORE_ASSERT(ret_bulk);
    if (prefix.size > txn->store->limits.key_max)
        return STORE_TOO_BIG;
    status = charge(txn, size);
    if (status)
        return status;
    status = settle(txn, size, txn->store->ops->bulk_open(txn, tree, prefix, &bulk));
    if (status)
        return status;
    bulk->txn = txn;
    bulk->tree = tree;
    bulk->prefix_size = prefix.size;
    *ret_bulk = bulk;
    return STORE_OK;
}

enum store_status store_bulk_put(struct store_bulk *bulk, struct store_slice key,
                                 struct store_slice value)
{
    STORE_ASSERT(bulk);
    assert_key(bulk->txn, bulk->tree, key);
    STORE_ASSERT(key.size >= bulk->prefix_size && (value.data != NULL || value.size == 0));
    if (key.size > bulk->txn->store->limits.key_max ||
        value.size > bulk->txn->store->limits.value_max)
        return STORE_TOO_BIG;
    return bulk->txn->store->ops->bulk_put(bulk, key, value);
}

enum store_status store_bulk_close(struct store_bulk *take_bulk)
{
    STORE_ASSERT(take_bulk);
    return take_bulk->txn->store->ops->bulk_close(take_bulk);
}

/* ---- backup ---- */

enum store_status store_backup_open(struct store *store, struct store_backup **ret_backup)
{
    struct store_backup *backup = NULL;
    enum store_status status;

    STORE_ASSERT(store && ret_backup);
    status = store->ops->backup_open(store, &backup);
    if (status)
        return status;
    backup->store = store;
    *ret_backup = backup;
    return STORE_OK;
}

size_t store_backup_files(const struct store_backup *backup)
{
    return backup->files;
}

enum store_status store_backup_file(struct store_backup *backup, size_t i, const char **ret_name,
                                    uint64_t *ret_size)
{
    STORE_ASSERT(backup && i < backup->files && ret_name && ret_size);
    return backup->store->ops->backup_file(backup, i, ret_name, ret_size);
}

enum store_status store_backup_read(struct store_backup *backup, uint64_t offset, void *buffer,
                                    size_t size, size_t *ret_got)
{
    STORE_ASSERT(backup && buffer && size > 0 && ret_got);
    return backup->store->ops->backup_read(backup, offset, buffer, size, ret_got);
}

void store_backup_close(struct store_backup *take_backup)
{
    if (take_backup != NULL)
        take_backup->store->ops->backup_close(take_backup);
}
