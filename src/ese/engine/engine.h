/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - the embedded engine: instances, databases, sessions and the work of one call
 *
 * Behind provider.h, on top of store.h. One store an instance; all its databases commit together.
 *
 * Logical objects and their trees (a tree is 32 bits of database number and 32 of object id; neither
 * is ever used again):
 *     tree 1                  the databases of the store: number -> struct kept in database.c
 *     tree 2                  numbers that are drawn: next free database, object, autoincrement ...
 *     database, object 2      catalog: rows as ESE's MSysObjects, by (ObjidTable, Type, Id)
 *     database, object 3      control: versions of schemas, gates of tables (schema.h)
 *     database, object 5      names of tables, in capitals -> object id
 *     database, object n >= 6 a table's records by primary key; n + 1 its long values, n + 2 its
 *                             pending escrow deltas
 *     database, object m      a secondary index: key and bookmark -> length of the key; a unique one:
 *                             key -> bookmark
 * Temporary tables live in a second store without a log, opened with the first of them.
 *
 * Invariants
 *     E1  A call at level 0 is one store transaction; one at a higher level that writes is one
 *         store level, so a call that fails has changed nothing (struct eng_step).
 *     E2  Numbers are drawn outside of transactions: rolling back leaves gaps, never a number twice.
 *     E3  An object in memory never says more than the store: what a transaction may see of schemas
 *         it learns from its own snapshot (schema.h).
 *     E4  A session and its cursors are touched by one call at a time (P5); only what is marked
 *         "lock" is shared between sessions.
 *
 * Lock order: zero_lock, then one of the others: instance.lock, or a number's, which is held while the
 * store is called.
 */
#ifndef HF_ESE_ENGINE_ENGINE_H
#define HF_ESE_ENGINE_ENGINE_H

#include "base/list.h"
#include "base/mem.h"
#include "ese/file_error.h"
#include "ese/format/format.h"
#include "ese/format/record.h"
#include "ese/provider.h"
#include "ese/store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define ENG_TREE_DATABASES 1
#define ENG_TREE_NUMBERS   2
#define ENG_OBJID_CATALOG  2
#define ENG_OBJID_CONTROL  3
#define ENG_OBJID_NAMES    5
#define ENG_OBJID_FIRST    6
#define ENG_DATABASES_MAX  6
#define ENG_DATABASE_HOUSE \
    7 /* of who serves the store, beside the six: named ENG_HOUSE_PREFIX... */
#define ENG_HOUSE_PREFIX "holdfast."
#define ENG_LEVELS_MAX   8

static inline uint64_t eng_tree(uint32_t database, uint32_t objid)
{
    return (uint64_t)database << 32 | objid;
}

static inline struct store_slice eng_slice(const void *data, size_t size)
{
    return (struct store_slice){data, size};
}

/* ---- status.c: what the layers below say, as JET errors; the one place ---- */

JET_ERR eng_error(enum store_status status);
JET_ERR eng_format_error(enum ese_format_status status);

/* ---- number.c: numbers that are drawn once ---- */

enum eng_number_kind {
    ENG_NUMBER_DATABASE = 'D',
    ENG_NUMBER_OBJECT = 'O',
    ENG_NUMBER_AUTOINCREMENT = 'A',
    ENG_NUMBER_LONG_VALUE = 'L',
    ENG_NUMBER_ROW = 'R', /* the hidden key of tables without a primary index */
    ENG_NUMBER_ESCROW = 'E',
};

struct eng_number {
    pthread_mutex_t lock;
    enum eng_number_kind kind;
    uint32_t database, objid;
    bool in_memory; /* of a temporary table: nothing is kept */
    bool loaded;
    uint64_t next, limit; /* limit: reserved in the store up to here */
};

void eng_number_init(struct eng_number *n, enum eng_number_kind kind, uint32_t database,
                     uint32_t objid, bool in_memory);
/* Gives what was reserved and not drawn back, as far as that is possible; `forget`: what the number
 * was for is gone. */
void eng_number_fini(struct ese_instance *instance, struct eng_number *n, bool forget);
/* The first number that, by what the transaction sees, nobody has been given. */
enum store_status eng_number_stored(struct store_txn *txn, const struct eng_number *n,
                                    uint64_t *ret_next);
/* `count` numbers in a row, the first of which is >= `first`. */
JET_ERR eng_number_draw(struct ese_instance *instance, struct eng_number *n, uint64_t first,
                        uint64_t count, uint64_t *ret_number);
/* Numbers up to `used` are taken, by somebody who chose himself. */
JET_ERR eng_number_raise(struct ese_instance *instance, struct eng_number *n, uint64_t used);

/* ---- instances ---- */

/* When commits that wait for it are to be durable (lazy.c). */
struct eng_lazy {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* by the monotonic clock */
    pthread_t thread;
    bool running, due, end;
    struct timespec at; /* due: by then */
};

struct ese_instance {
    struct ese_host *host;
    struct store *store;
    char *store_path, *log_path;
    pthread_mutex_t lock;
    pthread_cond_t gate_left; /* with lock, by the monotonic clock; table.c */
    struct store *temp;       /* lock; NULL until the first temporary table */
    struct list databases;    /* lock; attached ones */
    struct list sessions;     /* lock */
    struct list temp_tables;  /* lock; struct eng_table.link */
    atomic_uint_fast64_t temp_objid;
    atomic_uint_fast64_t epoch;  /* counts schema changes that have ended (schema.h) */
    atomic_uint_fast64_t view;   /* last view given to a transaction */
    atomic_uint_fast64_t mark;   /* last mark of a commit */
    pthread_mutex_t zero_lock;   /* zero.c; taken first of all */
    pthread_mutex_t escrow_lock; /* escrow.c; taken alone */
    struct eng_lazy lazy;
    atomic_bool unavailable;
    atomic_bool stop_backup;
    struct eng_number database_number;
    uint8_t id[16]; /* of the store; what files that name databases say */
    struct store_options options;
};

/* The store of temporary tables, made when it is not there. */
JET_ERR eng_instance_temp(struct ese_instance *instance, struct store **ret_store);

/* lazy.c: all that is committed is durable within `ms` milliseconds. */
void eng_lazy_init(struct ese_instance *instance);
JET_ERR eng_lazy_within(struct ese_instance *instance, uint32_t ms);
void eng_lazy_end(struct ese_instance *instance); /* before the store is closed */
void eng_lazy_fini(struct ese_instance *instance);

/* P9: tells the host, once. */
void eng_instance_failed(struct ese_instance *instance, enum store_status status);

/* ---- database.c ---- */

struct eng_foreign;

struct eng_database {
    struct ese_instance *instance;
    struct list link;
    uint32_t number; /* in trees */
    JET_DBID dbid;
    char *path;
    uint32_t page_size;
    enum ese_record_form form;
    bool read_only;
    struct eng_foreign *foreign;     /* NULL unless it is a Windows database (foreign.h) */
    unsigned opens;                  /* lock */
    const struct ese_session *alone; /* lock; has it open exclusively */
    struct list tables;              /* lock; struct eng_table.link */
    struct eng_number objids;
};

struct eng_database *eng_database_of(struct ese_instance *instance, JET_DBID dbid);
void eng_databases_free(struct ese_instance *instance);

/* ---- txn.c: sessions, transactions, and the work of one call ---- */

struct eng_table;

/* A change of a table's schema that a transaction has made. */
struct eng_change {
    struct list link;
    struct eng_table *table;
    unsigned level;
    bool deletes;
};

/* A table that a transaction writes in: it holds the table's gate (schema.h). */
struct eng_gate {
    struct eng_table *table;
    unsigned level;
};

struct ese_session {
    struct ese_instance *instance;
    struct list link;    /* instance.sessions; lock */
    struct list cursors; /* struct ese_cursor.of_session */
    unsigned level;
    bool read_only;      /* the transaction is */
    bool must_roll_back; /* the store could not roll a level back */
    struct store_txn *txn;
    uint64_t view;    /* the snapshot: another number for each transaction */
    uint64_t epoch;   /* instance.epoch before the snapshot */
    uint64_t writes;  /* counts own writes and rollbacks: rows read before may be stale */
    uint64_t changes; /* counts own changes of schemas and their rollbacks */
    uint64_t mark;    /* of the last commit */
    uint64_t escrow_view, escrow_number; /* the transaction's own deltas (escrow.c) */
    const struct eng_table *escrow_table;
    struct list changed; /* struct eng_change */
    struct list zeros;   /* rows to look at when the transaction has ended (zero.c) */
    struct eng_gate *gates;
    size_t gate_count, gate_room;
    struct store_txn *temp_txn;
    unsigned temp_writes;
    size_t temp_octets; /* of long values, written in temp_txn */
};

enum eng_mode { ENG_READ, ENG_WRITE };

/* One call's work. E1 */
struct eng_step {
    struct ese_session *session;
    struct store *store;
    struct store_txn *txn;
    enum eng_mode mode;
    bool own, levelled, temp;
    bool foreign; /* in a store that never changes */
    uint64_t view;
};

/* Work in one database, or with NULL in temporary tables. Every successful begin has its end, which
 * gives `err`, or its own when `err` was no error. */
JET_ERR eng_step_begin(struct ese_session *session, const struct eng_database *db,
                       enum eng_mode mode, struct eng_step *ret_step);
JET_ERR eng_step_end(struct eng_step *step, JET_ERR err);
/* Ends the session's transaction in the temporary store. */
enum store_status eng_temp_publish(struct ese_session *session);
/* In a reading step: when much has been written in that transaction, another takes its place. */
JET_ERR eng_temp_spill(struct eng_step *step);

JET_ERR eng_init(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret_instance);
JET_ERR eng_term(struct ese_instance *take_instance, bool dirty);
void eng_count_store(struct ese_instance *instance, HOLDFAST_ESE_COUNTERS *ret_counters);

JET_ERR eng_begin_session(struct ese_instance *instance, struct ese_session **ret_session);
void eng_end_session(struct ese_session *take_session);
JET_ERR eng_begin(struct ese_session *session, JET_GRBIT grbit, int64_t trxid);
JET_ERR eng_commit(struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms,
                   JET_COMMIT_ID *ret_id);
JET_ERR eng_rollback(struct ese_session *session, unsigned levels);
JET_ERR eng_harden(struct ese_session *session, JET_GRBIT grbit);

JET_ERR eng_create_database(struct ese_session *session, const char *path, uint32_t max_pages,
                            JET_GRBIT grbit, JET_DBID *ret_dbid);
JET_ERR eng_attach_database(struct ese_session *session, const char *path, uint32_t max_pages,
                            JET_GRBIT grbit);
JET_ERR eng_detach_database(struct ese_session *session, const char *path);
JET_ERR eng_open_database(struct ese_session *session, const char *path, JET_GRBIT grbit,
                          JET_DBID *ret_dbid);
void eng_close_database(struct ese_session *session, JET_DBID dbid);
JET_ERR eng_database_info(struct ese_session *session, JET_DBID dbid, struct arena *arena,
                          struct ese_database_info *ret_info);
JET_ERR eng_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                   const struct ese_progress *progress);
void eng_stop_backup(struct ese_instance *instance);
JET_ERR eng_restore(struct ese_host *host, const char *source, const char *dest,
                    const struct ese_progress *progress);
JET_ERR eng_stream_begin(struct ese_instance *instance, JET_GRBIT grbit,
                         struct ese_stream **ret_stream);
JET_ERR eng_stream_databases(struct ese_stream *stream, struct arena *arena,
                             const char *const **ret_names, size_t *ret_count);
JET_ERR eng_stream_logs(struct ese_stream *stream, struct arena *arena,
                        const char *const **ret_names, size_t *ret_count, uint32_t *ret_first);
JET_ERR eng_stream_open(struct ese_stream *stream, const char *path, bool logs, uint64_t *ret_size);
JET_ERR eng_stream_read(struct ese_stream *stream, uint64_t offset, void *buffer, uint32_t size,
                        uint32_t *ret_got);
void eng_stream_close(struct ese_stream *stream);
JET_ERR eng_stream_copied(const struct ese_stream *stream);
JET_ERR eng_stream_end(struct ese_stream *take_stream, enum ese_stream_end how);
JET_ERR eng_stream_restore(struct ese_host *host, const struct ese_streamed *what,
                           const struct ese_progress *progress);
JET_ERR eng_file_info(const char *path, struct ese_database_info *ret_info);

#endif
