/* SPDX-License-Identifier: Apache-2.0
 *
 * store_engine.h - what one who writes a store engine fills in
 *
 * store.c checks what every engine would have to check alike (limits, read-only, levels, the
 * counted size of a transaction) and then calls the engine through `struct store_ops`. An engine
 * embeds the structures below as the first member of its own. Contracts: store.h; here stands only
 * what store.c has settled before the call.
 */
#ifndef HF_ESE_STORE_ENGINE_H
#define HF_ESE_STORE_ENGINE_H

#include "ese/store/store.h"

#include <stdatomic.h>

/* Our own invariants, kept in release builds. */
#define STORE_ASSERT(x) ((x) ? (void)0 : store_assert_failed(#x, __FILE__, __LINE__))
_Noreturn void store_assert_failed(const char *what, const char *file, int line);

/* What a written or locked row is reckoned to hold beside its bytes, and a level that was written
 * in (T6). RocksDB's memory per row, measured: lock 360, put 450, put below a level 590, erase 510;
 * the commit holds it all a second time for a moment. */
#define STORE_ROW_OVERHEAD   ((size_t)512)
#define STORE_LEVEL_OVERHEAD ((size_t)256)

struct store {
    const struct store_ops *ops;
    struct store_limits limits;
    struct {
        atomic_uint_fast64_t transactions, commits, conflicts, false_conflicts, log_syncs,
            drops_pending, bulk_removed;
    } count;
};

struct store_txn {
    struct store *store;
    unsigned flags;
    unsigned depth;                   /* open levels */
    size_t used;                      /* T6 */
    size_t used_at[STORE_LEVELS_MAX]; /* `used` when each level was opened */
};

enum store_place { STORE_UNSET, STORE_BEFORE_ALL, STORE_AT_KEY, STORE_AFTER_ALL };

struct store_cursor {
    struct store *store;
    uint64_t tree;
    enum store_place place;
};

struct store_bulk {
    struct store_txn *txn;
    uint64_t tree;
    size_t prefix_size; /* a copy of the prefix is the engine's */
};

struct store_backup {
    struct store *store;
    size_t files;
};

struct store_replace {
    const struct store_ops *ops;
    char *folder; /* the engine's */
};

/* Functions return as the ones of store.h with their name. Engines set what store.c does not: the
 * store's `limits` (txn_max from the options, defaulted) and all members beyond the base. */
struct store_ops {
    const char *name;
    enum store_status (*open)(const char *path, const struct store_options *options,
                              struct store **ret_store);
    enum store_status (*close)(struct store *take_store);
    enum store_status (*destroy)(const char *path, const struct store_options *options);

    enum store_status (*begin)(struct store *store, unsigned flags, struct store_txn **ret_txn);
    void (*level)(struct store_txn *txn);         /* depth counts the new one already */
    void (*level_release)(struct store_txn *txn); /* depth still counts it */
    enum store_status (*level_roll_back)(struct store_txn *txn); /* likewise */
    enum store_status (*commit)(struct store_txn *take_txn, enum store_durability how,
                                uint64_t *ret_mark);
    enum store_status (*harden)(struct store *store, uint64_t mark);
    void (*abort)(struct store_txn *take_txn);

    enum store_status (*get)(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             struct store_value *ret_value);
    enum store_status (*lock)(struct store_txn *txn, uint64_t tree, struct store_slice key,
                              enum store_lock mode, struct store_value *ret_value);
    enum store_status (*put)(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             struct store_slice value, enum store_put_mode mode);
    enum store_status (*erase)(struct store_txn *txn, uint64_t tree, struct store_slice key,
                               enum store_erase_mode mode);
    enum store_status (*drop)(struct store_txn *txn, uint64_t tree, struct store_slice prefix);
    enum store_status (*drain)(struct store *store);
    uint64_t (*row_locks)(struct store *store); /* held now */

    enum store_status (*cursor_open)(struct store *store, uint64_t tree,
                                     struct store_cursor **ret_cursor);
    void (*cursor_close)(struct store_cursor *take_cursor);
    enum store_status (*cursor_seek)(struct store_cursor *cursor, struct store_txn *txn,
                                     enum store_seek how, struct store_slice key);
    enum store_status (*cursor_step)(struct store_cursor *cursor, struct store_txn *txn,
                                     enum store_step where);
    struct store_slice (*cursor_key)(const struct store_cursor *cursor);
    struct store_slice (*cursor_value)(const struct store_cursor *cursor);

    enum store_status (*bulk_open)(struct store_txn *txn, uint64_t tree, struct store_slice prefix,
                                   struct store_bulk **ret_bulk);
    enum store_status (*bulk_put)(struct store_bulk *bulk, struct store_slice key,
                                  struct store_slice value);
    enum store_status (*bulk_close)(struct store_bulk *take_bulk);

    enum store_status (*backup_open)(struct store *store, struct store_backup **ret_backup);
    enum store_status (*backup_file)(struct store_backup *backup, size_t i, const char **ret_name,
                                     uint64_t *ret_size);
    enum store_status (*backup_read)(struct store_backup *backup, uint64_t offset, void *buffer,
                                     size_t size, size_t *ret_got);
    void (*backup_close)(struct store_backup *take_backup);

    /* Both may be NULL. */
    enum store_status (*replace_begin)(const char *path, const struct store_options *options,
                                       struct store_replace **ret_replace);
    enum store_status (*replace_end)(struct store_replace *take_replace, bool commit);
};

#endif
