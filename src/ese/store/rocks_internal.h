/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_internal.h - what the files of the RocksDB engine share
 *
 *   rocks.c         open and close, options, the mapping of errors, commit order and hardening
 *   rocks_folder.c  what a store is on disk, and who has it
 *   rocks_logs.c    log files as a crash leaves them
 *   rocks_txn.c     transactions, levels, rows
 *   rocks_cursor.c  cursors
 *   rocks_notes.c   notes of drops and bulk values, the thread that removes what they name
 *   rocks_bulk.c    bulk values
 *   rocks_gaps.c    stretches of erased rows that seeks need not walk again
 *   rocks_erased.c  which rows open transactions have erased
 *   rocks_rows.c    rows as they were last committed, found by their keys
 *   rocks_backup.c  backup
 *   rocks_shim.cc   what the C API lacks
 *
 * A key on disk is the tree's number, 8 octets big-endian, and the key. Tree 0 is our own:
 *   'D' number  a drop: the keys under this prefix are to be removed   -> tree, prefix
 *   'B' number  a bulk value was begun                                 -> tree, prefix
 *   'P' number  ... and published (written by its transaction)         -> nothing
 *   'O' 0       written at an open that follows a crash                -> nothing
 * 'B' is logged before or with the first key of its value, 'P' commits with the update that refers
 * to it. A 'B' without its 'P' at open is a value that nobody can reach: it becomes a 'D'.
 *
 * Lock order: notes.lock, then erased stripe, then nothing; sync_lock, pool_lock and park_lock
 * are taken alone.
 */
#ifndef HF_ESE_STORE_ROCKS_INTERNAL_H
#define HF_ESE_STORE_ROCKS_INTERNAL_H

#include "ese/store/store_engine.h"

#include "base/list.h"

#include <pthread.h>
#include <rocksdb/c.h>

#define ROCKS_MARKER     "HOLDFAST-STORE" /* the file that makes a folder a store */
#define ROCKS_BACKUP     "backup"         /* the folder of a backup that is being taken */
#define ROCKS_TREE_SIZE  ((size_t)8)
#define ROCKS_KEY_MAX    ((size_t)8192)
#define ROCKS_VALUE_MAX  ((size_t)64 << 20)
#define ROCKS_BATCH_SIZE ((size_t)1 << 20) /* of bulk values and removals, octets */
#define ROCKS_BATCH_KEYS 4096              /* of removals */
#define ROCKS_NOTE_SIZE  (ROCKS_TREE_SIZE + 1 + 8)
#define ROCKS_NO_POINT   UINT32_MAX

enum rocks_note {
    ROCKS_NOTE_BULK = 'B',
    ROCKS_NOTE_DROP = 'D',
    ROCKS_NOTE_OPENED = 'O',
    ROCKS_NOTE_PUBLISHED = 'P',
};

/* A key as it is on disk. */
struct rocks_key {
    size_t size;
    char data[ROCKS_TREE_SIZE + ROCKS_KEY_MAX];
};

struct rocks_txn;

#define ROCKS_ERASED_STRIPES 64

struct rocks_erased_entry {
    uint64_t hash;
    const struct rocks_txn *by; /* NULL: free */
};

struct rocks_erased {
    struct rocks_erased_stripe {
        pthread_mutex_t lock;
        struct rocks_erased_entry *entries; /* open addressing */
        size_t room, used;
    } stripe[ROCKS_ERASED_STRIPES];
};

#define ROCKS_GAP_SLOTS 64 /* one bit each of rocks_txn.put_slots */

struct rocks_gaps {
    atomic_uint_fast64_t noted; /* numbers the gaps */
    struct rocks_gap_slot {
        pthread_mutex_t lock;
        atomic_bool present; /* low != NULL, to look at without the lock */
        uint64_t tree, since, number;
        char *low, *high; /* [low, high), as on disk; one piece of memory */
        size_t low_size, high_size;
        unsigned committing;  /* commits with puts under way */
        uint64_t last_commit; /* no later than this one ended the last of them */
    } slot[ROCKS_GAP_SLOTS];
};

#define ROCKS_ROW_SHARDS 1024
#define ROCKS_WROTE_BITS 64

struct rocks_row;

struct rocks_rows {
    size_t budget; /* octets of a shard */
    struct rocks_row_shard {
        pthread_mutex_t lock;
        unsigned committing;  /* commits with writes into it under way, counted by keys */
        uint64_t last_commit; /* no later than this one ended the last of them */
        struct rocks_row **buckets;
        size_t room, used, bytes, hand; /* buckets, rows, octets, where eviction goes on */
    } shard[ROCKS_ROW_SHARDS];
};

/* What a transaction has written, for rocks_rows.c. */
struct rocks_wrote {
    uint64_t bits[ROCKS_WROTE_BITS]; /* by hash: a clear bit was not written */
    struct rocks_wrote_key {
        uint64_t hash;
        struct rocks_row *row; /* what its commit puts in; NULL: nothing */
    } * keys;
    size_t count, room, bytes;
    bool any, too_many; /* too many to remember: its commit empties everything */
};

struct rocks {
    struct store base;
    char *path, *log_folder;
    int marker_fd; /* holds the lock that makes us the only one */
    int log_fd;    /* likewise, for a log elsewhere; or -1 */
    bool ephemeral;
    rocksdb_transactiondb_t *db;
    rocksdb_cache_t *cache;
    rocksdb_writeoptions_t *write; /* not synchronous: hardening is a step of its own */
    rocksdb_readoptions_t *latest; /* without a snapshot */
    rocksdb_transaction_options_t *txn_options;

    atomic_uint flushes; /* that RocksDB's threads told of: orders them before what frees */
    atomic_int failed;   /* what writes give since one has failed; STORE_OK: none has */
    atomic_uint_fast64_t committed; /* last mark given */
    pthread_mutex_t sync_lock;
    pthread_cond_t sync_done;
    bool syncing;      /* a thread is writing the log out; sync_lock */
    uint64_t hardened; /* sync_lock */

    pthread_mutex_t pool_lock;
    struct rocks_txn *pool; /* ended transactions with their read options */
    unsigned pooled;

    pthread_mutex_t park_lock;
    struct list park; /* cursors with iterators of ended transactions */
    atomic_uint parked;

    struct rocks_erased erased;
    struct rocks_gaps gaps;
    struct rocks_rows rows;

    struct {
        pthread_mutex_t lock;
        pthread_cond_t wake, idle;
        pthread_t thread;
        bool started, stop, work, broken;
        atomic_uint_fast64_t next; /* number of the next note */
    } notes;

    atomic_bool backing_up;
};

struct rocks_txn {
    struct store_txn base;
    rocksdb_transaction_t *txn;     /* NULL when read-only */
    rocksdb_writebatch_wi_t *batch; /* the transaction's own; a shell, NULL until it is needed */
    const rocksdb_snapshot_t *snapshot;
    uint64_t sequence;           /* the snapshot's */
    rocksdb_readoptions_t *read; /* at our snapshot */
    bool written;                /* reads have to look at our own writes too */
    uint64_t generation;         /* counts own writes: positions of cursors go stale */
    struct list cursors;         /* whose iterators belong to this transaction */
    struct list bulks;           /* struct rocks_bulk.link */
    uint32_t points;             /* savepoints set in RocksDB */
    struct {
        uint32_t point; /* savepoints below the level's; ROCKS_NO_POINT: clean */
        uint32_t drops;
        size_t erased, wrote;
    } at[STORE_LEVELS_MAX];
    uint32_t drops;
    uint64_t put_slots, first_put; /* for rocks_gaps.c */
    uint64_t *erased;              /* hashes of rows we erased, oldest first */
    size_t erased_count, erased_room;
    struct rocks_wrote wrote;
    struct rocks_txn *next_pooled;
};

struct rocks_bulk {
    struct store_bulk base;
    struct list link;
    uint64_t number;
    unsigned depth; /* levels open when it was opened, or since released into */
    bool open, noted;
    rocksdb_writebatch_t *batch;
    size_t batch_size;
    size_t prefix_size;
    char prefix[]; /* as on disk, tree included */
};

static inline struct rocks *rocks_of(struct store *store)
{
    return (struct rocks *)(void *)store;
}

static inline struct rocks_txn *rocks_txn_of(struct store_txn *txn)
{
    return (struct rocks_txn *)(void *)txn;
}

static inline void rocks_put_u64(char *to, uint64_t v)
{
    v = __builtin_bswap64(v);
    __builtin_memcpy(to, &v, sizeof v);
}

static inline uint64_t rocks_get_u64(const char *from)
{
    uint64_t v;

    __builtin_memcpy(&v, from, sizeof v);
    return __builtin_bswap64(v);
}

static inline void rocks_key_make(struct rocks_key *k, uint64_t tree, struct store_slice key)
{
    rocks_put_u64(k->data, tree);
    if (key.size > 0)
        __builtin_memcpy(k->data + ROCKS_TREE_SIZE, key.data, key.size);
    k->size = ROCKS_TREE_SIZE + key.size;
}

/* rocks.c */

/* Maps an error text of RocksDB, which it frees; NULL is STORE_OK. Logs what an operator should
 * see. The one place where those texts are known. */
STORE_CHECKED enum store_status rocks_error(char *take_error, const char *doing);
/* Was this "conflict" only a busy lock stripe? Then frees it, waits a moment and says true. */
bool rocks_should_retry(struct rocks *r, char **error, unsigned *tries);
/* Writes beside transactions, retrying false conflicts; leaves the batch as it is. */
STORE_CHECKED enum store_status rocks_write(struct rocks *r, rocksdb_writebatch_t *batch);
void rocks_value_of(rocksdb_pinnableslice_t *take_slice, struct store_value *ret_value);
/* Reads the committed state of now. */
STORE_CHECKED enum store_status rocks_get_latest(struct rocks *r, const struct rocks_key *key,
                                                 struct store_value *ret_value);
/* Notes that a write has failed, when it has; returns `status`. */
enum store_status rocks_fail(struct rocks *r, enum store_status status);
/* What every write gives since then: STORE_NO_SPACE when that was why, else STORE_FAILED. */
static inline enum store_status rocks_failed(struct rocks *r)
{
    return (enum store_status)atomic_load_explicit(&r->failed, memory_order_relaxed);
}
enum store_status rocks_harden(struct store *store, uint64_t mark);

/* rocks_folder.c */
#define ROCKS_LOG_NAME_SIZE 62 /* of a text that names a log */
enum store_status rocks_errno(int e);
bool rocks_exists(const char *folder, const char *name);
char *rocks_path_in(const char *folder, const char *name); /* the caller's; NULL: no memory */
/* Locks the store's folder; makes it when allowed. */
STORE_CHECKED enum store_status rocks_take_marker(const char *folder, bool create, int *ret_fd);
/* The folder of RocksDB's files, durably there: it comes after the marker, since what has no marker is
 * not touched, and before RocksDB, which calls its absence an error. */
STORE_CHECKED enum store_status rocks_make_db_folder(const char *folder);
/* Makes sure that the log is this store's, and locks it when it is elsewhere (else *ret_fd is -1). */
STORE_CHECKED enum store_status rocks_take_log(const char *folder, const char *log_path,
                                               int *ret_fd);
/* The same for one that has no files yet. */
STORE_CHECKED enum store_status rocks_take_log_anew(const char *folder, const char *log_path,
                                                    int *ret_fd);
/* Tells the operator; returns `status`. */
enum store_status rocks_complain(const char *store, const char *log_path, enum store_status status);
/* What the store says of its log; "": it lies in the store. */
STORE_CHECKED enum store_status rocks_read_log_name(const char *store,
                                                    char name[ROCKS_LOG_NAME_SIZE]);
STORE_CHECKED enum store_status rocks_write_log_name(const char *store,
                                                     const char name[ROCKS_LOG_NAME_SIZE]);
/* What the store that takes this one's place is to say; nothing is written. */
STORE_CHECKED enum store_status rocks_choose_log_name(const char *folder, const char *log_path,
                                                      char name[ROCKS_LOG_NAME_SIZE]);
/* `fd` is the marker's. STORE_CORRUPT: there has been a content, and its files are not there. */
STORE_CHECKED enum store_status rocks_check_made(const char *folder, int fd);
STORE_CHECKED enum store_status rocks_set_made(int fd, bool made);
enum store_status rocks_remove_logs(const char *folder);
void rocks_empty_folder(const char *path);  /* removes all but the markers */
void rocks_remove_backup(const char *path); /* what a backup has left that died */
void rocks_remove_marker(const char *path); /* with what is left of the folder */
enum store_status rocks_destroy(const char *path, const struct store_options *options);

/* rocks_logs.c; `folder` is that of RocksDB's log files */
bool rocks_is_log(const char *name);
/* Until one is not STORE_OK, which is given back. */
enum store_status rocks_each_log(const char *folder,
                                 enum store_status (*each)(void *ctx, int folder_fd,
                                                           const char *name),
                                 void *ctx);
unsigned rocks_count_logs(const char *folder);
STORE_CHECKED enum store_status rocks_sync_logs(const char *folder);
/* Takes away what a crash has left behind the last whole commit. Before RocksDB opens them. */
STORE_CHECKED enum store_status rocks_cut_logs(const char *folder);

/* rocks_txn.c */
enum store_status rocks_begin(struct store *store, unsigned flags, struct store_txn **ret_txn);
void rocks_level(struct store_txn *txn);
void rocks_level_release(struct store_txn *txn);
enum store_status rocks_level_roll_back(struct store_txn *txn);
enum store_status rocks_commit(struct store_txn *take_txn, enum store_durability how,
                               uint64_t *ret_mark);
void rocks_abort(struct store_txn *take_txn);
enum store_status rocks_get(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_value *ret_value);
enum store_status rocks_lock(struct store_txn *txn, uint64_t tree, struct store_slice key,
                             enum store_lock mode, struct store_value *ret_value);
enum store_status rocks_put(struct store_txn *txn, uint64_t tree, struct store_slice key,
                            struct store_slice value, enum store_put_mode mode);
enum store_status rocks_erase(struct store_txn *txn, uint64_t tree, struct store_slice key,
                              enum store_erase_mode mode);
/* Puts a row of tree 0, in the transaction. */
STORE_CHECKED enum store_status rocks_txn_put_note(struct rocks_txn *t, enum rocks_note kind,
                                                   uint64_t number, const struct rocks_key *names);
void rocks_txn_free(struct rocks_txn *take_t);

/* rocks_cursor.c */
enum store_status rocks_cursor_open(struct store *store, uint64_t tree,
                                    struct store_cursor **ret_cursor);
void rocks_cursor_close(struct store_cursor *take_cursor);
enum store_status rocks_cursor_seek(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_seek how, struct store_slice key);
enum store_status rocks_cursor_step(struct store_cursor *cursor, struct store_txn *txn,
                                    enum store_step where);
struct store_slice rocks_cursor_key(const struct store_cursor *cursor);
struct store_slice rocks_cursor_value(const struct store_cursor *cursor);
/* The transaction's iterators are about to become invalid: its cursors keep only their keys. */
void rocks_cursors_detach(struct rocks_txn *t);
/* The transaction, which has written nothing, ends: the next one may see the same. */
void rocks_cursors_park(struct rocks_txn *t);
void rocks_cursors_sweep(struct rocks *r); /* something was committed: no next one will */

/* rocks_notes.c */
STORE_CHECKED enum store_status rocks_notes_start(struct rocks *r);
void rocks_notes_stop(struct rocks *r);
void rocks_notes_add(struct rocks *r, uint64_t drops); /* drops are committed: remove */
void rocks_note_key(char key[ROCKS_NOTE_SIZE], enum rocks_note kind, uint64_t number);
enum store_status rocks_drop(struct store_txn *txn, uint64_t tree, struct store_slice prefix);
enum store_status rocks_drain(struct store *store);
uint64_t rocks_row_locks(struct store *store);
/* Makes `k` the smallest key above all that begin with it. */
void rocks_key_after_prefix(struct rocks_key *k);

/* rocks_bulk.c */
enum store_status rocks_bulk_open(struct store_txn *txn, uint64_t tree, struct store_slice prefix,
                                  struct store_bulk **ret_bulk);
enum store_status rocks_bulk_put(struct store_bulk *bulk, struct store_slice key,
                                 struct store_slice value);
enum store_status rocks_bulk_close(struct store_bulk *take_bulk);
bool rocks_bulk_owns(const struct rocks_txn *t, const struct rocks_key *key);
STORE_CHECKED enum store_status rocks_bulk_read(struct rocks_txn *t, const struct rocks_key *key,
                                                struct store_value *ret_value);
void rocks_bulks_release(struct rocks_txn *t, unsigned depth);   /* they sink below `depth` */
void rocks_bulks_roll_back(struct rocks_txn *t, unsigned depth); /* of levels `depth` and deeper */
void rocks_bulks_published(struct rocks *r, struct list *bulks); /* after commit; frees them */

/* rocks_gaps.c */
extern uint64_t rocks_long_ns; /* a seek that takes longer is noted; tests set it */
STORE_CHECKED enum store_status rocks_gaps_init(struct rocks_gaps *g);
void rocks_gaps_fini(struct rocks_gaps *g);
void rocks_gaps_put(struct rocks_txn *t, const struct rocks_key *key); /* before it is put */
void rocks_gaps_commit_begin(struct rocks_gaps *g, uint64_t slots, uint64_t first_put);
void rocks_gaps_commit_end(struct rocks *r, uint64_t slots);
/* Does a search upwards or downwards from `at` (with `past`: from beyond it) begin in a gap that
 * this transaction may rely on? Then `at` becomes the end to go on from, *ret_other the other. */
bool rocks_gaps_jump(struct rocks_txn *t, uint64_t tree, struct rocks_key *at, bool up, bool past,
                     struct rocks_key *ret_other);
/* The transaction saw no row from `low` up to but without `high`. */
void rocks_gaps_note(struct rocks_txn *t, uint64_t tree, const struct rocks_key *low,
                     const char *high, size_t high_size);

/* rocks_erased.c */
STORE_CHECKED enum store_status rocks_erased_init(struct rocks_erased *e);
void rocks_erased_fini(struct rocks_erased *e);
uint64_t rocks_hash(const char *data, size_t size);
uint64_t rocks_erased_hash(const struct rocks_key *key);
STORE_CHECKED enum store_status rocks_erased_add(struct rocks_erased *e, uint64_t hash,
                                                 const struct rocks_txn *by);
void rocks_erased_remove(struct rocks_erased *e, uint64_t hash, const struct rocks_txn *by);
bool rocks_erased_by_other(struct rocks_erased *e, uint64_t hash, const struct rocks_txn *than);

/* rocks_rows.c */
STORE_CHECKED enum store_status rocks_rows_init(struct rocks_rows *rows, size_t budget);
void rocks_rows_fini(struct rocks_rows *rows);
/* Hashes are those of rocks_erased_hash. Both are for keys that the transaction has not written. */
bool rocks_rows_get(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                    struct store_value *ret_value);
void rocks_rows_keep(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                     struct store_slice value);
bool rocks_rows_wrote(const struct rocks_txn *t, uint64_t hash); /* perhaps */
/* It has been put, or erased (NULL). */
void rocks_rows_write(struct rocks_txn *t, const struct rocks_key *key, uint64_t hash,
                      const struct store_slice *value);
void rocks_rows_roll_back(struct rocks_txn *t, size_t count); /* all but the first `count` writes */
void rocks_rows_end(struct rocks_txn *t);
void rocks_rows_commit_begin(struct rocks_txn *t);
void rocks_rows_commit_end(struct rocks_txn *t, bool done);
/* Around a write beside transactions. */
void rocks_rows_batch_begin(struct rocks *r, rocksdb_writebatch_t *batch);
void rocks_rows_batch_end(struct rocks *r, rocksdb_writebatch_t *batch);

/* rocks_backup.c */
enum store_status rocks_backup_open(struct store *store, struct store_backup **ret_backup);
enum store_status rocks_backup_file(struct store_backup *backup, size_t i, const char **ret_name,
                                    uint64_t *ret_size);
enum store_status rocks_backup_read(struct store_backup *backup, uint64_t offset, void *buffer,
                                    size_t size, size_t *ret_got);
void rocks_backup_close(struct store_backup *take_backup);

/* rocks_replace.c */
enum store_status rocks_replace_begin(const char *path, const struct store_options *options,
                                      struct store_replace **ret_replace);
enum store_status rocks_replace_end(struct store_replace *take_replace, bool commit);
/* Completes a replacement that was decided, removes one that was not; `fd` is the marker's, locked. */
STORE_CHECKED enum store_status rocks_replace_finish(const char *path, const char *log_path,
                                                     int fd);

#endif
