/* SPDX-License-Identifier: Apache-2.0
 *
 * provider.h - what the JET front asks of an engine
 *
 * The wall between src/ese/api, which exports the Jet functions, and whatever does the work: the
 * engine in this process, the client of a server, a shared engine. A provider is one constant
 * `struct ese_provider`. Those in libraries of their own export
 *
 *     const struct ese_provider *ese_provider_get(unsigned version);
 *
 * which gives NULL when it does not speak version ESE_PROVIDER_VERSION.
 *
 * What the front has done before it calls
 *   P1  Handles are resolved: a provider sees its own pointers only, alive, and a cursor with the
 *       session it belongs to. Database numbers are ones that the session has open.
 *   P2  The gate has decided: stop of service, states, threads, contexts, levels, "not in a
 *       transaction" and "only in a transaction" (where it depends on nothing but the level), and
 *       updates in a read-only transaction. A provider looks at no thread and at no context.
 *   P3  Arguments are well-formed: pointers that must be there are, grbits have no unknown bits,
 *       structures are of a known size, the numbered variants of a function are folded into one.
 *       Rules about the *meaning* of arguments (column types, key segments, names in use, lengths
 *       against the schema, combinations in an index) are the provider's.
 *   P4  Strings are UTF-8. Names of tables, columns and indexes have passed ESE's rule for names
 *       (1 to 64 octets); comparing them without regard to ASCII case is the provider's. Text
 *       *values* of columns are octets as the program gave them.
 *
 * Threads
 *   P5  For one session and its cursors there is one call at a time; different sessions call at
 *       once. Calls of one session may come from different threads; the front orders them.
 *   P6  init, term, backup and restore of one instance never overlap one another or, but for backup,
 *       any other call of it. stop_backup comes from any thread while backup runs.
 *   P7  While a provider calls the program (`struct ese_progress`, JET_PFNREALLOC) it holds no lock:
 *       the same thread may come back for the same session before that returns.
 *
 * Results
 *   P8  Each function gives a JET_ERR as the Jet function is documented to: 0, a warning, an error.
 *       On an error nothing has changed and `ret_` results are untouched, unless it says otherwise.
 *   P9  What cannot be gone on from (a log that cannot be written, a rollback that failed, a lost
 *       server) is reported once through host->unavailable before the call returns its error. From
 *       then on the front answers for the instance; the provider sees end_session and term only.
 *   P10 An optional function may be NULL: the front answers JET_errFeatureNotAvailable.
 *
 * Memory: what goes in is lent for the call. What comes out goes into the caller's buffers or arena.
 * The objects behind the three opaque types belong to the provider between the function that gives
 * them and the one that takes them back; `term` takes everything of its instance.
 *
 * Levels: begin opens a level, commit and rollback close some; the front counts them and so does the
 * provider. Level 0 is "no transaction": each reading or writing call then is a transaction of its
 * own, with a snapshot of its own.
 *
 * The copy buffer of a prepared update is the provider's, on the program's side of any network:
 * set_columns finds every error that does not depend on other rows at once and without a round trip;
 * update is one round trip at most, prepare one more where it must lock the row or draw an
 * autoincrement number. The same holds for keys being made. Rows read ahead are the provider's, too.
 */
#ifndef HF_ESE_PROVIDER_H
#define HF_ESE_PROVIDER_H

#include <esent.h>
#include <holdfast/check_ese.h>
#include <holdfast/count_ese.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define ESE_PROVIDER_VERSION 4

struct ese_instance; /* the provider's; a running instance */
struct ese_session;
struct ese_cursor;

/* What the front lends to an instance from init to the end of term. Callable from any thread. */
struct ese_host {
    const char *name;    /* of the instance */
    const char *address; /* JET_paramSystemPath, or HOLDFAST_ADDRESS in its place */

    /* The instance's system parameters as they are now. Fixed ones do not change while it runs.
     * Text stays valid until term, or until a run-time parameter is set again. Structures come as
     * numbers: JET_paramUnicodeIndexDefault is its lcid << 32 | its map flags, 0 when none is set. */
    uint64_t (*number)(const struct ese_host *host, unsigned long paramid);
    const char *(*text)(const struct ese_host *host, unsigned long paramid);

    /* Service has been stopped: a long loop gives up with JET_errClientRequestToStopJetService. */
    bool (*stopping)(const struct ese_host *host);

    /* P9: `err` is JET_errInstanceUnavailable or ...UnavailableDueToFatalLogDiskFull. */
    void (*unavailable)(struct ese_host *host, JET_ERR err);

    /* What the program's hook is told (base/log.h), for a provider that is a library of its own. */
    void (*log)(int level, const char *line);
};

/* Progress of a long call. A result < 0 asks the call to end with that error. */
struct ese_progress {
    JET_ERR (*report)(void *ctx, JET_SNP snp, JET_SNT snt, uint32_t done, uint32_t total);
    void *ctx;
};

/* ---- schema ---- */

struct ese_column_def {
    const char *name;
    JET_COLTYP coltyp;
    uint32_t max_size; /* 0: the type's own */
    JET_GRBIT grbit;
    uint16_t codepage; /* of text: 0, 1252 or 1200 */
    const void *default_data;
    uint32_t default_size; /* 0: no default */
    JET_COLUMNID id;       /* out: set when the column is made */
    JET_ERR err;           /* out: what became of it */
};

struct ese_key_segment {
    const char *column;
    bool descending;
};

struct ese_condition {
    const char *column;
    JET_GRBIT grbit; /* JET_bitIndexColumnMustBeNull or ...MustBeNonNull */
};

/* How text sorts in an index. */
struct ese_collation {
    const char *locale; /* NULL: by lcid */
    uint32_t lcid;      /* 0: the default, when there is no locale either */
    uint32_t map_flags; /* 0: the default */
};

struct ese_tuple_limits {
    uint32_t length_min, length_max, to_index_max, increment, start;
};

struct ese_index_def {
    const char *name;
    const struct ese_key_segment *segments;
    unsigned segment_count;
    const struct ese_condition *conditions;
    unsigned condition_count;
    JET_GRBIT grbit;
    uint32_t density;
    uint32_t key_most;    /* 0: JET_cbKeyMost */
    uint32_t var_seg_mac; /* 0: key_most */
    struct ese_collation collation;
    struct ese_tuple_limits tuple; /* with JET_bitIndexTuples; 0 values: the parameters' */
    JET_ERR err;                   /* out: what became of it */
};

struct ese_table_def {
    const char *name;
    const char *template_table; /* NULL: none */
    uint32_t pages, density;    /* hints; density 0 or 20..100 */
    JET_GRBIT grbit;
    struct ese_column_def *columns;
    unsigned column_count;
    struct ese_index_def *indexes;
    unsigned index_count;
    uint32_t separate_lv;  /* 0: the default threshold of separation */
    uint32_t lv_chunk_max; /* 0: the default */
    unsigned created;      /* out: table, columns and indexes made before an error, or all */
};

/* What a table looks like, in memory of the caller's arena. */
struct ese_index_info {
    struct ese_index_def def; /* grbit, limits and collation as they came out; err unused */
    uint64_t id;              /* never used again for another index of the database */
    const struct ese_column_info *const *columns; /* of each segment */
    uint32_t entries, keys, pages;                /* statistics; 0 when unknown */
};

struct ese_column_info {
    struct ese_column_def def; /* with id */
    uint32_t order;            /* place in the table's definition, from 1 */
    bool derived;              /* of the template table */
};

struct ese_table_info {
    const char *name;
    const char *template_table; /* NULL: none */
    JET_GRBIT grbit;            /* JET_bitObject... */
    uint32_t records, pages;    /* statistics; 0 when unknown */
    uint32_t density;
    uint64_t owned_pages, available_pages;
    struct ese_column_info *columns; /* by id */
    unsigned column_count;
    struct ese_index_info *indexes; /* the primary one first when there is one */
    unsigned index_count;
};

/* ---- databases ---- */

struct ese_database_info {
    const char *path;         /* as attached; "" in file_info */
    uint32_t version, update; /* of the format */
    uint32_t page_size;
    uint64_t pages, owned_pages, available_pages;
    uint32_t state; /* JET_dbstate... */
    uint32_t lcid;
    bool attached;    /* file_info: some instance has it */
    bool is_database; /* file_info: false for another kind of file */
};

/* ---- backup file by file ---- */

struct ese_stream; /* the provider's */

enum ese_stream_end {
    ESE_STREAM_ABANDONED,
    ESE_STREAM_DONE,      /* the program has what it wanted */
    ESE_STREAM_TRUNCATED, /* ... and the next incremental one adds to this */
};

/* A database that was brought to another place. */
struct ese_moved {
    const char *from, *to;
};

/* What is to be restored: log files in a folder, as stream_logs named them. */
struct ese_streamed {
    const char *folder, *base;
    uint32_t first, last; /* generations */
    const struct ese_moved *moved;
    size_t moved_count; /* 0: each database to where it was */
};

/* ---- the provider ---- */

struct ese_provider {
    unsigned version; /* ESE_PROVIDER_VERSION */
    const char *name; /* "embedded"; for logs */

    /* -- instances -- */

    /* Starts: opens and recovers the store, or reaches the server. `host` is lent until term.
     * Grbits are those of JetInit2. JET_errSystemPathInUse (another process, or instance, has it),
     * JET_errInvalidSystemPath, JET_errInvalidLogDirectory and errors of the store. */
    JET_ERR (*init)(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret_instance);

    /* Ends, whatever it returns, rolls open transactions back and frees the instance with its
     * sessions and cursors. `dirty`: as a crash would, for recovery by the next init. */
    JET_ERR (*term)(struct ese_instance *take_instance, bool dirty);

    /* A run-time parameter has another value now. Optional. */
    void (*param_changed)(struct ese_instance *instance, unsigned long paramid);

    /* What the instance's stores hold, at any time between init and term, from any thread. Optional. */
    void (*count_store)(struct ese_instance *instance, HOLDFAST_ESE_COUNTERS *ret_counters);

    /* -- sessions and transactions -- */

    JET_ERR (*begin_session)(struct ese_instance *instance, struct ese_session **ret_session);

    /* At level 0, without cursors and databases: the front has closed them. Cannot fail. */
    void (*end_session)(struct ese_session *take_session);

    /* Opens a level (the front allows 7). grbit: 0 or JET_bitTransactionReadOnly, which the front
     * gives on the outermost only. The outermost takes the snapshot, at once or at first use. */
    JET_ERR (*begin)(struct ese_session *session, JET_GRBIT grbit, int64_t trxid);

    /* Closes the innermost level; JET_paramCommitDefault, of the session, is in grbit already. The
     * outermost publishes: durable, or with JET_bitCommitLazyFlush
     * soon, within `lazy_ms` when that is not 0. `ret_id` may be NULL; otherwise it is given before
     * anything can be lost, also on errors (jet-remote N2). On an error the level is still open,
     * but for P9. JET_errMustRollback: this level can only be rolled back. */
    JET_ERR(*commit)
    (struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms, JET_COMMIT_ID *ret_id);

    /* Closes the innermost `levels` levels and undoes them: rows, schema, prepared updates made in
     * them; cursors that moved in them stand before the first row, a secondary index chosen in them
     * is the primary again. Cursors opened in them are gone already: the front has closed them. An
     * error is P9; of this session the front then asks nothing but end_session. */
    JET_ERR (*rollback)(struct ese_session *session, unsigned levels);

    /* Waits until earlier lazy commits are durable: JET_bitWaitLastLevel0Commit (of this session),
     * JET_bitWaitAllLevel0Commit, or JET_bitForceNewLog (all of them). At any level. */
    JET_ERR (*harden)(struct ese_session *session, JET_GRBIT grbit);

    /* -- databases (never in a transaction but for open and close) -- */

    /* `path` is what the program gave. Created, attached and open in the session. grbit as
     * JetCreateDatabase; max_pages 0: no bound. */
    JET_ERR(*create_database)
    (struct ese_session *session, const char *path, uint32_t max_pages, JET_GRBIT grbit,
     JET_DBID *ret_dbid);
    JET_ERR(*attach_database)
    (struct ese_session *session, const char *path, uint32_t max_pages, JET_GRBIT grbit);
    /* NULL: all that nobody has open. JET_errDatabaseInUse, JET_errDatabaseNotFound. */
    JET_ERR (*detach_database)(struct ese_session *session, const char *path);
    /* Counted: each open has its close. The number is the same for all sessions, 1 and up. */
    JET_ERR(*open_database)
    (struct ese_session *session, const char *path, JET_GRBIT grbit, JET_DBID *ret_dbid);
    void (*close_database)(struct ese_session *session, JET_DBID dbid);
    JET_ERR(*database_info)
    (struct ese_session *session, JET_DBID dbid, struct arena *arena,
     struct ese_database_info *ret_info);
    /* Compares the database with itself. Optional. */
    JET_ERR(*check_database)
    (struct ese_session *session, JET_DBID dbid, HOLDFAST_ESE_CHECK *check);
    /* A database file, attached or not, without any instance. Optional. */
    JET_ERR (*file_info)(const char *path, struct ese_database_info *ret_info);

    /* -- schema: transactional; at level 0 a transaction of its own -- */

    /* All or nothing. Outputs in `def` are set on errors, too. The cursor has the table alone. */
    JET_ERR(*create_table)
    (struct ese_session *session, JET_DBID dbid, struct ese_table_def *def,
     struct ese_cursor **ret_cursor);
    JET_ERR (*delete_table)(struct ese_session *session, JET_DBID dbid, const char *name);
    JET_ERR(*rename_table)
    (struct ese_session *session, JET_DBID dbid, const char *name, const char *new_name);
    /* Sets def->id and def->err. */
    JET_ERR(*add_column)
    (struct ese_session *session, struct ese_cursor *cursor, struct ese_column_def *def);
    JET_ERR(*delete_column)
    (struct ese_session *session, struct ese_cursor *cursor, const char *name, JET_GRBIT grbit);
    JET_ERR(*rename_column)
    (struct ese_session *session, struct ese_cursor *cursor, const char *name,
     const char *new_name);
    JET_ERR(*set_default)
    (struct ese_session *session, JET_DBID dbid, const char *table, const char *column,
     const void *data, uint32_t size);
    /* All or nothing. Sets the err of each. */
    JET_ERR(*create_indexes)
    (struct ese_session *session, struct ese_cursor *cursor, struct ese_index_def *defs,
     unsigned count);
    JET_ERR(*delete_index)
    (struct ese_session *session, struct ese_cursor *cursor, const char *name);

    /* Names of the tables, in the order of names; system tables when asked for. */
    JET_ERR(*list_tables)
    (struct ese_session *session, JET_DBID dbid, bool system, struct arena *arena,
     const char *const **ret_names, size_t *ret_count);
    /* JET_errObjectNotFound. Does not care whether others have the table for themselves. */
    JET_ERR(*describe_table)
    (struct ese_session *session, JET_DBID dbid, const char *name, struct arena *arena,
     struct ese_table_info *ret_info);
    JET_ERR(*describe_cursor)
    (struct ese_session *session, struct ese_cursor *cursor, struct arena *arena,
     struct ese_table_info *ret_info);

    /* -- cursors -- */

    /* grbit as JetOpenTable. On the primary index, on the first row when there is one. */
    JET_ERR(*open_table)
    (struct ese_session *session, JET_DBID dbid, const char *name, JET_GRBIT grbit,
     struct ese_cursor **ret_cursor);
    /* Same table, primary index, before the first row. */
    JET_ERR(*dup_cursor)
    (struct ese_session *session, struct ese_cursor *cursor, struct ese_cursor **ret_cursor);
    /* Drops a prepared update; a temporary table goes with its last cursor. Cannot fail. */
    void (*close_cursor)(struct ese_session *session, struct ese_cursor *take_cursor);

    /* JET_coltyp of a column, 0 when there is none. No round trip. */
    JET_COLTYP (*column_type)(struct ese_cursor *cursor, JET_COLUMNID id);

    /* JET_MoveFirst is INT32_MIN, JET_MoveLast INT32_MAX. Drops a prepared update, as do seek,
     * set_index and the goto functions. */
    JET_ERR(*move)
    (struct ese_session *session, struct ese_cursor *cursor, int32_t rows, JET_GRBIT grbit);
    /* NULL: the primary. itag from 1; grbit 0 or JET_bitNoMove. JET_errIndexNotFound. */
    JET_ERR(*set_index)
    (struct ese_session *session, struct ese_cursor *cursor, const char *name, JET_GRBIT grbit,
     uint32_t itag);
    /* Name of the current index, "" for the primary of a table that defines none; borrowed until
     * the next call on the cursor. No round trip. */
    const char *(*current_index)(struct ese_cursor *cursor);
    JET_ERR(*make_key)
    (struct ese_session *session, struct ese_cursor *cursor, const void *data, uint32_t size,
     JET_GRBIT grbit);
    JET_ERR (*seek)(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
    JET_ERR (*set_range)(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);

    /* Buffers: `capacity` octets at `buffer` (NULL with 0), *ret_size the full length, set with
     * JET_errBufferTooSmall and JET_wrnBufferTruncated, too; `ret_size` is never NULL. */
    JET_ERR(*get_bookmark)
    (struct ese_session *session, struct ese_cursor *cursor, void *buffer, uint32_t capacity,
     uint32_t *ret_size);
    JET_ERR(*goto_bookmark)
    (struct ese_session *session, struct ese_cursor *cursor, const void *data, uint32_t size);
    JET_ERR(*get_secondary_bookmark)
    (struct ese_session *session, struct ese_cursor *cursor, void *key, uint32_t key_capacity,
     uint32_t *ret_key_size, void *bookmark, uint32_t bookmark_capacity,
     uint32_t *ret_bookmark_size);
    JET_ERR(*goto_secondary_bookmark)
    (struct ese_session *session, struct ese_cursor *cursor, const void *key, uint32_t key_size,
     const void *bookmark, uint32_t bookmark_size, JET_GRBIT grbit);
    JET_ERR(*retrieve_key)
    (struct ese_session *session, struct ese_cursor *cursor, void *buffer, uint32_t capacity,
     uint32_t *ret_size, JET_GRBIT grbit);
    /* Near: entries before the current one, and in all. Optional, with goto_position. */
    JET_ERR(*get_position)
    (struct ese_session *session, struct ese_cursor *cursor, uint64_t *ret_before,
     uint64_t *ret_total);
    JET_ERR(*goto_position)
    (struct ese_session *session, struct ese_cursor *cursor, uint64_t before, uint64_t total);
    /* From the current entry to the end of index or range, `max` at most; the cursor stays. */
    JET_ERR(*count)
    (struct ese_session *session, struct ese_cursor *cursor, uint64_t max, uint64_t *ret_count);
    /* JET_errWriteConflict when another session has changed the current row since the snapshot. */
    JET_ERR (*check_row)(struct ese_session *session, struct ese_cursor *cursor);
    /* Conditions for move; count 0 takes them away. Optional. */
    JET_ERR(*set_filter)
    (struct ese_session *session, struct ese_cursor *cursor, const JET_INDEX_COLUMN *conditions,
     unsigned count);

    /* Reads what lies at these normalised keys of the current index, in their order, ahead of its being
     * asked for; of how many it has done so. The cursor stays. grbit: JET_bitPrereadForward or
     * JET_bitPrereadBackward. Optional. */
    JET_ERR(*preread)
    (struct ese_session *session, struct ese_cursor *cursor, const void **keys,
     const unsigned long *sizes, unsigned count, JET_GRBIT grbit, unsigned *ret_count);
    /* Likewise the rows of ranges, and of these the long values of columns. Ranges as the program gave
     * them, with pointers that are there; `ret_count` NULL: it does not ask, and they may be in any
     * order. JET_errInvalidParameter, JET_errInvalidPreread, JET_errMustBeSeparateLongValue. Optional. */
    JET_ERR(*preread_ranges)
    (struct ese_session *session, struct ese_cursor *cursor, const JET_INDEX_RANGE *ranges,
     uint32_t count, const JET_COLUMNID *ids, uint32_t id_count, JET_GRBIT grbit,
     uint32_t *ret_count);
    /* Likewise what opening these tables reads; those that are not there are left out. Optional. */
    JET_ERR(*preread_tables)
    (struct ese_session *session, JET_DBID dbid, const char *const *names, unsigned count);

    /* -- rows -- */

    /* prep: JET_prep..., JET_prepCancel too. JET_errAlreadyPrepared, JET_errUpdateNotPrepared. */
    JET_ERR (*prepare)(struct ese_session *session, struct ese_cursor *cursor, unsigned prep);
    /* Each in turn, its result in its err; ends at the first error and returns it. */
    JET_ERR(*set_columns)
    (struct ese_session *session, struct ese_cursor *cursor, JET_SETCOLUMN *columns,
     unsigned count);
    /* The bookmark of the row goes to the buffer. After an error the update stays prepared. */
    JET_ERR(*update)
    (struct ese_session *session, struct ese_cursor *cursor, void *buffer, uint32_t capacity,
     uint32_t *ret_size, JET_GRBIT grbit);
    JET_ERR (*delete_row)(struct ese_session *session, struct ese_cursor *cursor);
    JET_ERR(*escrow)
    (struct ese_session *session, struct ese_cursor *cursor, JET_COLUMNID id, const void *delta,
     uint32_t size, void *buffer, uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit);
    JET_ERR (*lock)(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
    /* Each into its own buffer, its result in its err; goes on after warnings and returns the last
     * error or the first warning. One snapshot, one round trip. */
    JET_ERR(*retrieve_columns)
    (struct ese_session *session, struct ese_cursor *cursor, JET_RETRIEVECOLUMN *columns,
     unsigned count);
    /* As JetEnumerateColumns; all memory from `grow`, which may call back (P7). */
    JET_ERR(*enumerate)
    (struct ese_session *session, struct ese_cursor *cursor, const JET_ENUMCOLUMNID *wanted,
     unsigned wanted_count, unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns,
     JET_PFNREALLOC grow, void *grow_ctx, uint32_t value_max, JET_GRBIT grbit);
    JET_ERR(*record_size)
    (struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit, JET_RECSIZE2 *size);

    /* -- temporary tables -- */

    /* grbit: JET_bitTT...; columns with JET_bitColumnTTKey are the key; `ret_ids` has `count`
     * places. key_most and var_seg_mac 0: defaults. */
    JET_ERR(*open_temp_table)
    (struct ese_session *session, const JET_COLUMNDEF *columns, unsigned count,
     const struct ese_collation *collation, JET_GRBIT grbit, uint32_t key_most,
     uint32_t var_seg_mac, struct ese_cursor **ret_cursor, JET_COLUMNID *ret_ids);

    /* -- backup: optional, all three -- */

    JET_ERR(*backup)
    (struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
     const struct ese_progress *progress);
    void (*stop_backup)(struct ese_instance *instance); /* backup: JET_errBackupAbortByServer */
    /* `host` as for init, of an instance that does not run; `dest` NULL: where it came from. */
    JET_ERR(*restore)
    (struct ese_host *host, const char *source, const char *dest,
     const struct ese_progress *progress);

    /* -- backup file by file: optional, all of them. One stream at a time, and no `backup` meanwhile;
     * its calls never overlap, and which may follow which the front has judged -- */

    /* grbit: 0 or JET_bitBackupIncremental. JET_errMissingFullBackup, JET_errInvalidBackup. */
    JET_ERR(*stream_begin)
    (struct ese_instance *instance, JET_GRBIT grbit, struct ese_stream **ret_stream);
    JET_ERR(*stream_databases)
    (struct ese_stream *stream, struct arena *arena, const char *const **ret_names,
     size_t *ret_count);
    /* The first call settles what the backup contains. Names are those of generations from
     * `*ret_first` on. */
    JET_ERR(*stream_logs)
    (struct ese_stream *stream, struct arena *arena, const char *const **ret_names,
     size_t *ret_count, uint32_t *ret_first);
    /* One of the log files, or else of the databases; one file at a time. JET_errDatabaseNotFound,
     * JET_errMissingFileToBackup, JET_errInvalidBackupSequence (a database among log files). */
    JET_ERR(*stream_open)
    (struct ese_stream *stream, const char *path, bool logs, uint64_t *ret_size);
    JET_ERR(*stream_read)
    (struct ese_stream *stream, uint64_t offset, void *buffer, uint32_t size, uint32_t *ret_got);
    void (*stream_close)(struct ese_stream *stream);
    /* JET_errLogFileNotCopied: a log file was not read to its end. */
    JET_ERR (*stream_copied)(const struct ese_stream *stream);
    JET_ERR (*stream_end)(struct ese_stream *take_stream, enum ese_stream_end how);
    /* `host` as for restore. */
    JET_ERR(*stream_restore)
    (struct ese_host *host, const struct ese_streamed *what, const struct ese_progress *progress);
};

/* The engine of this process; NULL in a build without it. */
extern const struct ese_provider ese_embedded __attribute__((weak));

#endif
