/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - ordered trees of byte keys and byte values under snapshot transactions
 *
 * The wall between the engine and whatever keeps its bytes. A store holds trees; a tree is a number
 * and an ordered set of keys (compared as unsigned bytes, a prefix before what extends it), each
 * with a value. What the bytes mean is the engine's business.
 *
 *     struct store *s;  struct store_txn *t;  uint64_t mark;
 *
 *     if (store_open(&store_rocks, "edb.store", &(struct store_options){.create = true}, &s))
 *         return ...;
 *     if (!store_begin(s, 0, &t)) {
 *         status = store_put(t, 7, KEY("k"), VALUE("v"), STORE_INSERT);
 *         if (status)
 *             store_abort(t);
 *         else
 *             status = store_commit(t, STORE_DURABLE, &mark);
 *     }
 *     store_close(s);
 *
 * Transactions
 *   T1  A transaction sees what was committed before its store_begin, and its own writes. Nothing
 *       that others do changes what it sees; readers never wait and never make anyone wait.
 *   T2  Whoever updates or locks a row first wins, at once: nothing here waits for another
 *       transaction. The loser gets STORE_CONFLICT, also when the winner has committed since the
 *       loser's store_begin.
 *   T3  A call that fails leaves its transaction as it was and usable, except where it says more.
 *   T4  Levels are savepoints of the one snapshot. Rolling a level back undoes its writes, bulk
 *       values and drops; row locks first taken in it may be given up, earlier ones never.
 *   T5  Commits become visible whole and in one order. After a crash the store holds a prefix of
 *       that order, with every commit whose mark was hardened: never a part of a transaction.
 *   T6  Memory that an open transaction holds is counted (txn_max): writes and locks beyond it give
 *       STORE_TXN_FULL. Long values go through bulk values, which are not counted.
 *
 * Threads: a store may be used by any number of threads at once. A transaction with its levels,
 * bulk values and the cursors last used with it, and a cursor, belong to one call at a time; they
 * may pass from thread to thread between calls (the caller orders those with a lock of its own).
 *
 * Memory: keys and values that go in are copied before the call returns. Those that come out
 * say at their function how long they live.
 *
 * Every function may give STORE_NO_MEMORY, STORE_IO, STORE_CORRUPT; those that write STORE_NO_SPACE
 * and STORE_FAILED; these are not repeated below. What a caller must not do (a null handle, tree 0,
 * a level too many, an empty key) is asserted, not answered.
 */
#ifndef HF_ESE_STORE_H
#define HF_ESE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of every store; what a key or value may be in this one is in store_limits. */
#define STORE_LEVELS_MAX 16                  /* open levels of one transaction */
#define STORE_TREE_MAX   UINT64_MAX          /* trees are 1 .. STORE_TREE_MAX - 1 */
#define STORE_TXN_MAX    ((size_t)256 << 20) /* txn_max when the options give none */
#define STORE_CACHE_SIZE ((size_t)64 << 20)  /* cache_size when the options give none */
#define STORE_BUFFER     ((size_t)64 << 20)  /* write_buffer when the options give none */

/* What a call came to. The engine maps these to JET errors in one place. */
enum store_status {
    STORE_OK = 0,
    STORE_NOT_FOUND,   /* no such key, or no key in that direction */
    STORE_EXISTS,      /* insert: the key is there, for us or since our snapshot (JET: -1605) */
    STORE_CONFLICT,    /* T2: another transaction was first (-1102) */
    STORE_TXN_FULL,    /* T6: the transaction's counted limit (-1069) */
    STORE_TOO_BIG,     /* key or value longer than store_limits allows */
    STORE_READ_ONLY,   /* a write in a read-only transaction (-1110) */
    STORE_IN_USE,      /* open: another process, or this one, has it open */
    STORE_MISSING,     /* open without create: there is no store at that path */
    STORE_FOREIGN,     /* open: something else is there, or a store of a newer format */
    STORE_LOG_IN_USE,  /* open: another store that is open has this log_path (-1084) */
    STORE_LOG_FOREIGN, /* open: the log at log_path is another store's (-530) */
    STORE_LOG_MISSING, /* open: this store's log is not where log_path says (-528) */
    STORE_NO_MEMORY,   /* (-1011) */
    STORE_NO_SPACE,    /* the device is full (-1808); every write until the next open says so */
    STORE_IO,          /* a system call failed (-1022); the log hook has its text */
    STORE_CORRUPT,     /* what was read cannot be what was written (-1018 class) */
    STORE_FAILED,      /* a write failed earlier: nothing is written until the next open */
    STORE_UNSUPPORTED, /* this engine has no such operation */
};

#define STORE_CHECKED __attribute__((warn_unused_result))

/* Bytes lent for the time of a call, or lent to the caller. */
struct store_slice {
    const void *data;
    size_t size;
};

struct store; /* an open store */
struct store_txn;
struct store_cursor;
struct store_bulk;
struct store_backup;
struct store_replace;

/* A value that came out: valid until store_value_release, also beyond the end of its transaction,
 * not beyond store_close. Zeroed is empty and releasable; releasing twice is harmless. */
struct store_value {
    const void *data;
    size_t size;
    void *pin; /* the engine's; NULL when there is nothing to release */
    void (*unpin)(void *pin);
};

struct store_options {
    bool create;          /* make it when it is missing, parent folder excepted */
    bool ephemeral;       /* no log: emptied at open, gone at store_close; marks mean nothing */
    const char *log_path; /* folder of the log, of this store alone; NULL: in the store. The same
                             at every open, or the folder has been moved there */
    size_t cache_size;    /* octets of file contents kept in memory, and as many of rows; 0:
                             STORE_CACHE_SIZE */
    size_t txn_max;       /* T6; 0: STORE_TXN_MAX */
    size_t write_buffer;  /* octets of commits kept in memory beside the log; 0: STORE_BUFFER */
    bool map_files;       /* read through mappings instead of a cache: point reads are half as
                             fast again, but a device that fails to read ends the process */
};

struct store_limits {
    size_t key_max;
    size_t value_max; /* of one key; longer things are cut by the engine */
    size_t txn_max;
};

/* What has happened since open; for metrics and tests. */
struct store_counters {
    uint64_t transactions;    /* open now */
    uint64_t row_locks;       /* held now; counted one by one */
    uint64_t commits;         /* with something written */
    uint64_t conflicts;       /* STORE_CONFLICT and STORE_EXISTS given */
    uint64_t false_conflicts; /* the engine's own, retried inside */
    uint64_t log_syncs;
    uint64_t drops_pending; /* drops committed whose keys are still being removed */
    uint64_t bulk_removed;  /* unpublished bulk values removed, by rollback and at open */
};

enum store_begin_flags { STORE_TXN_READ_ONLY = 1 << 0 };
enum store_level_end { STORE_RELEASE, STORE_ROLL_BACK };
enum store_durability { STORE_LAZY, STORE_DURABLE };
enum store_lock { STORE_SHARED, STORE_EXCLUSIVE };
enum store_put_mode { STORE_INSERT, STORE_REPLACE, STORE_UPSERT, STORE_GUARDED };
enum store_erase_mode { STORE_ERASE_PRESENT, STORE_ERASE_ANY, STORE_ERASE_GUARDED };
enum store_seek { STORE_EQ, STORE_GE, STORE_GT, STORE_LE, STORE_LT, STORE_FIRST, STORE_LAST };
enum store_step { STORE_NEXT, STORE_PREVIOUS };

struct store_ops; /* an engine; store_engine.h is for those who write one */

extern const struct store_ops store_rocks; /* embedded: a folder, one process at a time */

/* ---- open and close ---- */

/* Opens the store at `path` (the engine's own kind of address), recovers it, removes unpublished
 * bulk values and takes up unfinished drops in the background. A replacement that was decided is
 * completed first, one that was not is removed. STORE_CORRUPT also when there was a store and its
 * files are gone: what lacks its content is never taken for an empty one.
 * STORE_IN_USE, STORE_MISSING, STORE_FOREIGN, STORE_LOG_IN_USE, STORE_LOG_FOREIGN,
 * STORE_LOG_MISSING. */
STORE_CHECKED enum store_status store_open(const struct store_ops *engine, const char *path,
                                           const struct store_options *options,
                                           struct store **ret_store);

/* Hardens what was committed, stops background work (unfinished drops go on at the next open) and
 * frees the store, whatever it returns. Every transaction, cursor, bulk value and backup must have
 * ended before, every value been released. NULL is accepted. */
enum store_status store_close(struct store *take_store);

/* Removes the closed store at `path` with everything in it, its log included. Fails as an open would
 * (then nothing was touched). */
STORE_CHECKED enum store_status store_destroy(const struct store_ops *engine, const char *path,
                                              const struct store_options *options);

void store_get_limits(const struct store *store, struct store_limits *ret_limits);
void store_get_counters(struct store *store, struct store_counters *ret_counters);

/* A constant name for logs and tests: "conflict" for STORE_CONFLICT. */
const char *store_status_name(enum store_status status);

/* ---- transactions ---- */

STORE_CHECKED enum store_status store_begin(struct store *store, unsigned flags,
                                            struct store_txn **ret_txn);

/* Opens a level; costs nothing until it is written in. */
void store_level(struct store_txn *txn);

/* Ends the innermost level. STORE_RELEASE cannot fail. When STORE_ROLL_BACK fails the transaction
 * can only be aborted. */
enum store_status store_level_end(struct store_txn *txn, enum store_level_end how);

/* Ends the transaction, whatever it returns, with its open levels. On STORE_OK everything is
 * visible to transactions that begin later, and with STORE_DURABLE on the device. `ret_mark` (may
 * be NULL) is what store_harden takes: hardening it hardens this commit and all that it saw; 0 when
 * nothing was written. On failure nothing of it is visible; but when writing the log failed
 * (STORE_IO, STORE_NO_SPACE, STORE_FAILED), it is open whether the next open finds it. */
STORE_CHECKED enum store_status store_commit(struct store_txn *take_txn, enum store_durability how,
                                             uint64_t *ret_mark);

/* Waits until all commits up to `mark` are on the device; several waiting threads share one write.
 * 0 returns at once, UINT64_MAX means all so far. */
STORE_CHECKED enum store_status store_harden(struct store *store, uint64_t mark);

/* Ends the transaction and undoes it; cannot fail. NULL is accepted. */
void store_abort(struct store_txn *take_txn);

/* ---- rows ---- */

/* Reads one key as the transaction sees it (T1). STORE_NOT_FOUND. */
STORE_CHECKED enum store_status store_get(struct store_txn *txn, uint64_t tree,
                                          struct store_slice key, struct store_value *ret_value);

void store_value_release(struct store_value *value);

/* Takes a row lock until the end of the transaction (T4), whether or not the key exists; a shared
 * one is compatible with shared ones only, and one's own can be raised to exclusive when nobody
 * shares it. STORE_CONFLICT as T2. With `ret_value` it reads the row too: STORE_NOT_FOUND then
 * means that the lock *is held* and the key is not there. */
STORE_CHECKED enum store_status store_lock(struct store_txn *txn, uint64_t tree,
                                           struct store_slice key, enum store_lock mode,
                                           struct store_value *ret_value);

/* Writes one key and locks it exclusively.
 *   STORE_INSERT   the key must be new. STORE_EXISTS when it is visible to us, or committed since
 *                  our snapshot and still there; STORE_CONFLICT when another open transaction has
 *                  inserted or erased it, or one has erased it since our snapshot. A failed insert
 *                  leaves no lock on the row it met.
 *   STORE_REPLACE  the key must be visible: STORE_NOT_FOUND otherwise.
 *   STORE_UPSERT   either; cheapest when the caller knows (it holds the lock, or the key is one
 *                  that only it can make).
 *   STORE_GUARDED  as STORE_UPSERT, and nobody else can write the key meanwhile: whoever does holds
 *                  a lock first that this transaction holds, exclusively, since before it looked. May
 *                  take no lock and see no conflict.
 * STORE_CONFLICT (T2), STORE_TXN_FULL, STORE_TOO_BIG, STORE_READ_ONLY. */
STORE_CHECKED enum store_status store_put(struct store_txn *txn, uint64_t tree,
                                          struct store_slice key, struct store_slice value,
                                          enum store_put_mode mode);

/* Removes one key and locks it exclusively. STORE_ERASE_PRESENT gives STORE_NOT_FOUND when it is
 * not visible; STORE_ERASE_ANY does not look; STORE_ERASE_GUARDED as STORE_GUARDED, for a key that
 * nobody inserts with STORE_INSERT. Errors as store_put. */
STORE_CHECKED enum store_status store_erase(struct store_txn *txn, uint64_t tree,
                                            struct store_slice key, enum store_erase_mode mode);

/* Drops every key of `tree` that begins with `prefix` (an empty one: the whole tree). Part of the
 * transaction: it is noted at commit and done afterwards in bounded steps, beside other work and
 * again after a crash. From the commit on nobody may write there again, ever, or rely on what is
 * read there; transactions that began before go on seeing it. Takes no row locks: whoever drops
 * has made sure (by a lock on its catalog row) that nobody else writes there. */
STORE_CHECKED enum store_status store_drop(struct store_txn *txn, uint64_t tree,
                                           struct store_slice prefix);

/* Waits until no drop is pending, for tests and tools. */
STORE_CHECKED enum store_status store_drain(struct store *store);

/* ---- cursors ----
 *
 * A cursor walks one tree. It remembers its key, not a place in a file: it outlives commits,
 * aborts, levels and writes (also of the row it stands on), and each call says in which
 * transaction it looks. */

STORE_CHECKED enum store_status store_cursor_open(struct store *store, uint64_t tree,
                                                  struct store_cursor **ret_cursor);
void store_cursor_close(struct store_cursor *take_cursor); /* accepts NULL */

/* Moves to the key that `how` asks for (`key` is ignored for FIRST and LAST). After STORE_NOT_FOUND
 * the cursor stands where a step would have to start from: for EQ at the key that is not there,
 * for GE, GT and LAST after all keys, for LE, LT and FIRST before all. After any other failure it
 * is unset. */
STORE_CHECKED enum store_status store_cursor_seek(struct store_cursor *cursor,
                                                  struct store_txn *txn, enum store_seek how,
                                                  struct store_slice key);

/* Moves to the neighbour of the cursor's key, be that key still there or not; from before all keys
 * to the first, from after all to the last. STORE_NOT_FOUND leaves it before or after all. The
 * cursor must have been placed by a seek. */
STORE_CHECKED enum store_status store_cursor_step(struct store_cursor *cursor,
                                                  struct store_txn *txn, enum store_step where);

/* The row found by the last seek or step, which must have returned STORE_OK: lent until the next
 * write, level end or end of that transaction, or the next call on the cursor. */
struct store_slice store_cursor_key(const struct store_cursor *cursor);
struct store_slice store_cursor_value(const struct store_cursor *cursor);

/* ---- bulk values: what is too large for a transaction's memory ----
 *
 * A bulk value is a set of keys of one tree under a prefix that nobody has used or knows of yet
 * (a long value's new id; the whole of a new tree when the prefix is empty). Its keys are written
 * in bounded batches beside the transaction, which publishes them: its commit makes them durable
 * with its own update that refers to them. Rolling back the level it was opened in, abort, or a
 * crash before the commit removes them all. Until then store_get of its transaction finds what was
 * put before store_bulk_close; its cursors do not, and store_put or store_erase of such a key is a
 * STORE_CONFLICT. Transactions that begin meanwhile may meet the keys, but have no way to know of
 * them. */

/* The bulk value belongs to the transaction's innermost level, and with its release to the one
 * below. STORE_TOO_BIG (prefix), STORE_READ_ONLY. */
STORE_CHECKED enum store_status store_bulk_open(struct store_txn *txn, uint64_t tree,
                                                struct store_slice prefix,
                                                struct store_bulk **ret_bulk);

/* Writes one key; `key` is the whole key, beginning with the prefix. Writing it again replaces. */
STORE_CHECKED enum store_status store_bulk_put(struct store_bulk *bulk, struct store_slice key,
                                               struct store_slice value);

/* Ends the writing; frees the handle, whatever it returns. On failure roll the level back. Must
 * come before the end of the level that opened it. */
STORE_CHECKED enum store_status store_bulk_close(struct store_bulk *take_bulk);

/* ---- backup ----
 *
 * A backup is a set of files that, laid into a folder under their names, are a closed store with
 * all commits that returned before store_backup_open. Taking one beside other work is allowed; one
 * at a time (STORE_IN_USE). STORE_UNSUPPORTED where the store has its own means. */

STORE_CHECKED enum store_status store_backup_open(struct store *store,
                                                  struct store_backup **ret_backup);

size_t store_backup_files(const struct store_backup *backup); /* how many */

/* Makes the file `i`, from 0, the current one. `ret_name` is a relative path with '/', lent until the
 * backup is closed. */
STORE_CHECKED enum store_status store_backup_file(struct store_backup *backup, size_t i,
                                                  const char **ret_name, uint64_t *ret_size);

/* Reads from the current file; `ret_got` is 0 at its end. */
STORE_CHECKED enum store_status store_backup_read(struct store_backup *backup, uint64_t offset,
                                                  void *buffer, size_t size, size_t *ret_got);
void store_backup_close(struct store_backup *take_backup); /* accepts NULL */

/* ---- putting another store in the place of one ----
 *
 *     if (store_replace_begin(&store_rocks, path, &options, &r))
 *         return ...;
 *     ...  lay the files of a backup out below store_replace_folder(r)
 *     ...  open that folder as a store with its log in itself, look, change, close
 *     status = store_replace_end(r, true);
 *
 * All or nothing, whenever the process is killed or the power goes: the store at `path` is what it
 * was, or the new one with its log at options->log_path. Whoever opens it next completes or removes
 * what was begun. */

/* Locks the closed store at `path`, or makes room for one. Its log lies at options->log_path, or in
 * itself; then no other log may be at log_path. STORE_IN_USE, STORE_FOREIGN, STORE_LOG_IN_USE,
 * STORE_LOG_FOREIGN, STORE_LOG_MISSING, STORE_UNSUPPORTED. */
STORE_CHECKED enum store_status store_replace_begin(const struct store_ops *engine,
                                                    const char *path,
                                                    const struct store_options *options,
                                                    struct store_replace **ret_replace);

/* An empty folder until something is laid there; valid until the end. */
const char *store_replace_folder(const struct store_replace *replace);

/* Puts the new store in the place of the old one, or leaves that as it was and removes the new one;
 * frees `take_replace`, whatever it returns. STORE_MISSING: what was laid out is no store. On that and
 * on every error before the decision the old store is as it was; later the next open completes it. */
STORE_CHECKED enum store_status store_replace_end(struct store_replace *take_replace, bool commit);

#endif
