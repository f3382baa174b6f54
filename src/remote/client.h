/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - the remote provider's objects and the way of its calls
 *
 * Owns:       an instance its handle, that of its backup and the list of sessions; a session its handle and its cursors; a
 *             cursor its handle, what it has read ahead, its copy buffer and the key being made.
 * Calls:      REMOTE runs one stub. The front lets one call at a time into a session; a session that is
 *             in a call is `busy`.
 * Lost (N1):  the first call that fails below JET marks the instance lost, ends all connections of its
 *             association, so that calls of other threads fail at once and the server runs everything
 *             down, and tells the host. Handles of sessions that are not busy are destroyed then, those
 *             of busy ones when their call returns. Nothing is sent any more.
 * Lock:       the instance's: `lost`, `busy`, `users`, lists of handles. Not held during a call.
 */
#ifndef HF_REMOTE_CLIENT_H
#define HF_REMOTE_CLIENT_H

#include "jet.h"

#include "ese/provider.h"

#include "base/list.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>

#define AHEAD_COLUMNS 64   /* columns that are read with rows */
#define AHEAD_VALUE   1024 /* octets of a value that is */
#define AHEAD_ROWS    512  /* rows at a time at most */
#define AHEAD_RANGE   16   /* ... with a seek that sets a range */
#define AHEAD_GROWTH  4
#define AHEAD_OCTETS  (1u << 18)
#define COPY_OCTETS   (1u << 20) /* what waits for JetUpdate; beyond, values travel by themselves */
#define COPY_VALUE    (1u << 16) /* of one value */

struct ese_instance {
    struct ese_host *host;
    JET_RPC_OPENED opened;
    atomic_int_fast64_t commits; /* numbers drawn */
    pthread_mutex_t lock;
    JET_RPC_INSTANCE handle;
    struct list sessions;
    JET_RPC_BACKUP backup; /* one at a time: of client_stream.c */
    bool backup_busy;
    atomic_bool stop_backup;
    unsigned users; /* calls on `handle` itself */
    bool lost;
};

struct ese_session {
    struct ese_instance *instance;
    struct list link;
    JET_RPC_SESSION handle;
    bool busy;
    struct list cursors;
    unsigned level;
    unsigned prepared; /* cursors with a prepared update */
    bool ddl;          /* this transaction has changed tables */
};

/* Rows read with one call; the program stands on `here`, the server's cursor on `server`. */
struct remote_ahead {
    int direction;
    uint32_t count, here, server; /* count 0: nothing; here == count: off the end */
    bool ended;                   /* nothing follows the last one */
    bool last;        /* it is the last of its range, which ends with a step beyond it */
    uint32_t window;  /* how many to ask for the next time */
    uint32_t columns; /* of each row */
    JET_RPC_ROWS rows;
    uint32_t *offsets; /* of each cell in rows.data */
    JET_COLUMNID wanted[AHEAD_COLUMNS];
    uint32_t wanted_count;
};

enum remote_copy_state { COPY_NONE, COPY_LOCAL, COPY_SERVER };

/* The copy buffer. LOCAL: an update that the server has not heard of yet. */
struct remote_copy {
    enum remote_copy_state state;
    unsigned prep; /* LOCAL: JET_prepInsert or JET_prepReplaceNoLock */
    unsigned level;
    JET_RPC_SETS sets; /* not sent yet; each with memory of its own */
    uint32_t room;
    uint32_t octets;
};

struct ese_cursor {
    struct ese_session *session;
    struct list link;
    JET_RPC_TABLE handle;
    JET_GRBIT grbit;
    bool temp;
    boolean writable;   /* preparing an insert, or a replace without a lock, does not fail */
    struct arena arena; /* of `info` */
    bool described;
    struct ese_table_info info;
    char index[JET_WIRE_NAME]; /* "": the primary */
    unsigned index_level;
    JET_RPC_SEARCH key; /* segments not sent yet */
    struct remote_ahead ahead;
    struct remote_copy copy;
};

/* ---- calls (client_call.c) ---- */

bool remote_enter(struct ese_session *session);
JET_ERR remote_leave(struct ese_session *session, JET_ERR err, RPC_STATUS status);
bool remote_enter_instance(struct ese_instance *instance);
JET_ERR remote_leave_instance(struct ese_instance *instance, JET_ERR err, RPC_STATUS status);
bool remote_enter_backup(struct ese_instance *instance);
JET_ERR remote_leave_backup(struct ese_instance *instance, JET_ERR err, RPC_STATUS status);

/* Makes the instance unavailable: a server that says what cannot be is a lost one. */
JET_ERR remote_lose(struct ese_instance *instance, RPC_STATUS status);

/* How many calls this process has made. */
__attribute__((visibility("default"))) uint64_t holdfast_remote_calls(void);

#define REMOTE_WITHIN(enter, leave, object, err, call)      \
    do {                                                    \
        volatile RPC_STATUS status_ = RPC_S_OK;             \
        volatile JET_ERR err_ = JET_errInstanceUnavailable; \
                                                            \
        if (enter(object)) {                                \
            RpcTryExcept                                    \
            {                                               \
                err_ = (call);                              \
            }                                               \
            RpcExcept(1)                                    \
            {                                               \
                status_ = RpcExceptionCode();               \
            }                                               \
            RpcEndExcept                                    \
            err_ = leave(object, err_, status_);            \
        }                                                   \
        (err) = err_;                                       \
    } while (0)

/* Runs a stub for a session, for the instance or its backup; `err` is what it gives, or -1090. */
#define REMOTE(session, err, call) REMOTE_WITHIN(remote_enter, remote_leave, session, err, call)
#define REMOTE_OF_INSTANCE(instance, err, call) \
    REMOTE_WITHIN(remote_enter_instance, remote_leave_instance, instance, err, call)
#define REMOTE_OF_BACKUP(instance, err, call) \
    REMOTE_WITHIN(remote_enter_backup, remote_leave_backup, instance, err, call)

/* Runs a stub that carries the cursor's place: the server stands there afterwards. */
#define REMOTE_AT(cursor, err, call)                   \
    do {                                               \
        REMOTE((cursor)->session, err, call);          \
        (cursor)->ahead.server = (cursor)->ahead.here; \
    } while (0)

/* ---- cursors (client_cursor.c) ---- */

JET_ERR remote_cursor_new(struct ese_session *session, struct ese_cursor **ret_cursor);
void remote_cursor_free(struct ese_cursor *take_cursor);

/* What the table looks like; asked for once. */
JET_ERR remote_describe(struct ese_cursor *cursor);
void remote_forget_schema(struct ese_cursor *cursor);
void remote_keep_schema(struct ese_cursor *cursor,
                        const JET_RPC_TABLE_DEF *def); /* seen by the way */
const struct ese_column_info *remote_column(struct ese_cursor *cursor, JET_COLUMNID id);
const struct ese_index_info *remote_index(
    struct ese_cursor *cursor); /* the current; NULL: unknown */

/* What a program says is a value of a column. One of a wrong size for its type is refused by its size
 * alone and may not be there: zeros go in its place. */
const void *remote_lend(uint32_t fixed, const void *data, uint32_t *size);
uint32_t remote_fixed_size(JET_COLTYP type); /* 0: of any size */

/* Levels have closed. */
void remote_cursor_committed(struct ese_cursor *cursor, unsigned level);
void remote_cursor_rolled_back(struct ese_cursor *cursor, unsigned level);

/* Fits what came whole into a buffer of the program: `short_err` when it does not. */
JET_ERR remote_give(const JET_RPC_KEY *from, void *buffer, uint32_t capacity, uint32_t *ret_size,
                    JET_ERR short_err);
void remote_key_free(JET_RPC_KEY *key);

/* ---- the key being made (client_key.c) ---- */

void remote_search_clear(struct ese_cursor *cursor);

/* ---- reading ahead (client_ahead.c) ---- */

/* How many entries the program's cursor is before the server's. */
int32_t remote_offset(const struct ese_cursor *cursor);

/* What to ask for with a row: itself, and `rows` - 1 after it. */
JET_RPC_WANT remote_want(struct ese_cursor *cursor, uint32_t rows);

/* Takes what came; the program stands on the first of it. Nothing is kept outside a transaction. */
JET_ERR remote_ahead_take(struct ese_cursor *cursor, int direction, JET_RPC_ROWS *take_rows);
void remote_ahead_drop(struct ese_cursor *cursor);
void remote_rows_free(JET_RPC_ROWS *rows);

/* True if `column` could be answered from the current row. */
bool remote_ahead_retrieve(const struct ese_cursor *cursor, JET_RETRIEVECOLUMN *column);
void remote_ahead_learn(struct ese_cursor *cursor, JET_COLUMNID id);

/* Before anything that may change what was read: the server's cursors catch up with the program's and
 * all that was read is dropped; `except` carries its place itself and is dropped by remote_changed. */
JET_ERR remote_settle(struct ese_session *session, const struct ese_cursor *except);
void remote_changed(struct ese_session *session);

/* ---- the copy buffer (client_copy.c) ---- */

void remote_copy_end(struct ese_cursor *cursor); /* it is gone, at the server, too */

/* What waits goes to the server, before something is read there. */
JET_ERR remote_copy_flush(struct ese_cursor *cursor);

/* ---- wire and provider structures (client_wire.c) ---- */

JET_ERR remote_put_index(struct arena *arena, const struct ese_host *host,
                         const struct ese_index_def *def, JET_RPC_INDEX *to);
void remote_put_column(const struct ese_column_def *def, JET_RPC_COLUMN *to);
JET_ERR remote_get_table(struct arena *arena, const JET_RPC_TABLE_DEF *def,
                         struct ese_table_info *to);
void remote_table_def_free(JET_RPC_TABLE_DEF *def);
void remote_made_free(JET_RPC_MADE *made);

/* A column of a condition or of a key: JET_errInvalidParameter when it is too long for one. */
JET_ERR remote_put_condition(const JET_INDEX_COLUMN *column, JET_RPC_CONDITION *to);

/* Names, when the call that asked for them gave no error `err`, into memory of the caller's. */
JET_ERR remote_get_names(struct arena *arena, JET_ERR err, JET_RPC_NAMES *take_names,
                         const char *const **ret_names, size_t *ret_count);

static inline char *remote_text(const char *s)
{
    return (char *)(uintptr_t)s; /* stubs do not write to what goes in */
}

/* ---- the provider's functions, by file ---- */

JET_ERR remote_init(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret_instance);
JET_ERR remote_term(struct ese_instance *take_instance, bool dirty);
JET_ERR remote_begin_session(struct ese_instance *instance, struct ese_session **ret_session);
void remote_end_session(struct ese_session *take_session);
JET_ERR remote_begin(struct ese_session *session, JET_GRBIT grbit, int64_t trxid);
JET_ERR remote_commit(struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms,
                      JET_COMMIT_ID *ret_id);
JET_ERR remote_rollback(struct ese_session *session, unsigned levels);
JET_ERR remote_harden(struct ese_session *session, JET_GRBIT grbit);

JET_ERR remote_create_database(struct ese_session *session, const char *path, uint32_t max_pages,
                               JET_GRBIT grbit, JET_DBID *ret_dbid);
JET_ERR remote_attach_database(struct ese_session *session, const char *path, uint32_t max_pages,
                               JET_GRBIT grbit);
JET_ERR remote_detach_database(struct ese_session *session, const char *path);
JET_ERR remote_open_database(struct ese_session *session, const char *path, JET_GRBIT grbit,
                             JET_DBID *ret_dbid);
void remote_close_database(struct ese_session *session, JET_DBID dbid);
JET_ERR remote_database_info(struct ese_session *session, JET_DBID dbid, struct arena *arena,
                             struct ese_database_info *ret_info);

JET_ERR remote_create_table(struct ese_session *session, JET_DBID dbid, struct ese_table_def *def,
                            struct ese_cursor **ret_cursor);
JET_ERR remote_delete_table(struct ese_session *session, JET_DBID dbid, const char *name);
JET_ERR remote_rename_table(struct ese_session *session, JET_DBID dbid, const char *name,
                            const char *new_name);
JET_ERR remote_add_column(struct ese_session *session, struct ese_cursor *cursor,
                          struct ese_column_def *def);
JET_ERR remote_delete_column(struct ese_session *session, struct ese_cursor *cursor,
                             const char *name, JET_GRBIT grbit);
JET_ERR remote_rename_column(struct ese_session *session, struct ese_cursor *cursor,
                             const char *name, const char *new_name);
JET_ERR remote_set_default(struct ese_session *session, JET_DBID dbid, const char *table,
                           const char *column, const void *data, uint32_t size);
JET_ERR remote_create_indexes(struct ese_session *session, struct ese_cursor *cursor,
                              struct ese_index_def *defs, unsigned count);
JET_ERR remote_delete_index(struct ese_session *session, struct ese_cursor *cursor,
                            const char *name);
JET_ERR remote_list_tables(struct ese_session *session, JET_DBID dbid, bool system,
                           struct arena *arena, const char *const **ret_names, size_t *ret_count);
JET_ERR remote_describe_table(struct ese_session *session, JET_DBID dbid, const char *name,
                              struct arena *arena, struct ese_table_info *ret_info);
JET_ERR remote_describe_cursor(struct ese_session *session, struct ese_cursor *cursor,
                               struct arena *arena, struct ese_table_info *ret_info);

JET_ERR remote_open_table(struct ese_session *session, JET_DBID dbid, const char *name,
                          JET_GRBIT grbit, struct ese_cursor **ret_cursor);
JET_ERR remote_dup_cursor(struct ese_session *session, struct ese_cursor *cursor,
                          struct ese_cursor **ret_cursor);
void remote_close_cursor(struct ese_session *session, struct ese_cursor *take_cursor);
JET_ERR remote_open_temp_table(struct ese_session *session, const JET_COLUMNDEF *columns,
                               unsigned count, const struct ese_collation *collation,
                               JET_GRBIT grbit, uint32_t key_most, uint32_t var_seg_mac,
                               struct ese_cursor **ret_cursor, JET_COLUMNID *ret_ids);
JET_COLTYP remote_column_type(struct ese_cursor *cursor, JET_COLUMNID id);

JET_ERR remote_move(struct ese_session *session, struct ese_cursor *cursor, int32_t rows,
                    JET_GRBIT grbit);
JET_ERR remote_set_index(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                         JET_GRBIT grbit, uint32_t itag);
const char *remote_current_index(struct ese_cursor *cursor);
JET_ERR remote_make_key(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                        uint32_t size, JET_GRBIT grbit);
JET_ERR remote_seek(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR remote_set_range(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR remote_get_bookmark(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                            uint32_t capacity, uint32_t *ret_size);
JET_ERR remote_goto_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                             const void *data, uint32_t size);
JET_ERR remote_get_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                      void *key, uint32_t key_capacity, uint32_t *ret_key_size,
                                      void *bookmark, uint32_t bookmark_capacity,
                                      uint32_t *ret_bookmark_size);
JET_ERR remote_goto_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                       const void *key, uint32_t key_size, const void *bookmark,
                                       uint32_t bookmark_size, JET_GRBIT grbit);
JET_ERR remote_retrieve_key(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                            uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR remote_get_position(struct ese_session *session, struct ese_cursor *cursor,
                            uint64_t *ret_before, uint64_t *ret_total);
JET_ERR remote_goto_position(struct ese_session *session, struct ese_cursor *cursor,
                             uint64_t before, uint64_t total);
JET_ERR remote_count(struct ese_session *session, struct ese_cursor *cursor, uint64_t max,
                     uint64_t *ret_count);
JET_ERR remote_check_row(struct ese_session *session, struct ese_cursor *cursor);
JET_ERR remote_set_filter(struct ese_session *session, struct ese_cursor *cursor,
                          const JET_INDEX_COLUMN *conditions, unsigned count);

JET_ERR remote_prepare(struct ese_session *session, struct ese_cursor *cursor, unsigned prep);
JET_ERR remote_set_columns(struct ese_session *session, struct ese_cursor *cursor,
                           JET_SETCOLUMN *columns, unsigned count);
JET_ERR remote_update(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                      uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR remote_delete_row(struct ese_session *session, struct ese_cursor *cursor);
JET_ERR remote_escrow(struct ese_session *session, struct ese_cursor *cursor, JET_COLUMNID id,
                      const void *delta, uint32_t size, void *buffer, uint32_t capacity,
                      uint32_t *ret_size, JET_GRBIT grbit);
JET_ERR remote_lock(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit);
JET_ERR remote_retrieve_columns(struct ese_session *session, struct ese_cursor *cursor,
                                JET_RETRIEVECOLUMN *columns, unsigned count);
JET_ERR remote_enumerate(struct ese_session *session, struct ese_cursor *cursor,
                         const JET_ENUMCOLUMNID *wanted, unsigned wanted_count,
                         unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns,
                         JET_PFNREALLOC grow, void *grow_ctx, uint32_t value_max, JET_GRBIT grbit);
JET_ERR remote_record_size(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit,
                           JET_RECSIZE2 *size);

JET_ERR remote_preread(struct ese_session *session, struct ese_cursor *cursor, const void **keys,
                       const unsigned long *sizes, unsigned count, JET_GRBIT grbit,
                       unsigned *ret_count);
JET_ERR remote_preread_ranges(struct ese_session *session, struct ese_cursor *cursor,
                              const JET_INDEX_RANGE *ranges, uint32_t count,
                              const JET_COLUMNID *ids, uint32_t id_count, JET_GRBIT grbit,
                              uint32_t *ret_count);
JET_ERR remote_preread_tables(struct ese_session *session, JET_DBID dbid, const char *const *names,
                              unsigned count);

JET_ERR remote_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                      const struct ese_progress *progress);
void remote_stop_backup(struct ese_instance *instance);
JET_ERR remote_stream_begin(struct ese_instance *instance, JET_GRBIT grbit,
                            struct ese_stream **ret_stream);
JET_ERR remote_stream_databases(struct ese_stream *stream, struct arena *arena,
                                const char *const **ret_names, size_t *ret_count);
JET_ERR remote_stream_logs(struct ese_stream *stream, struct arena *arena,
                           const char *const **ret_names, size_t *ret_count, uint32_t *ret_first);
JET_ERR remote_stream_open(struct ese_stream *stream, const char *path, bool logs,
                           uint64_t *ret_size);
JET_ERR remote_stream_read(struct ese_stream *stream, uint64_t offset, void *buffer, uint32_t size,
                           uint32_t *ret_got);
void remote_stream_close(struct ese_stream *stream);
/* For client_backup.c: the last generation, which settles what the backup has; and one by its number. */
JET_ERR remote_stream_ask(struct ese_stream *stream, uint32_t *ret_last);
JET_ERR remote_stream_open_log(struct ese_stream *stream, uint32_t generation, uint64_t *ret_size);
JET_ERR remote_stream_copied(const struct ese_stream *stream);
JET_ERR remote_stream_end(struct ese_stream *take_stream, enum ese_stream_end how);

#endif
