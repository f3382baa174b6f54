/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - what the server keeps for its clients
 *
 * Objects are the user contexts of context handles. A table holds a reference on its session, a session
 * on its instance, so run-downs may come in any order; the last reference frees.
 *
 * A routine is inside its session from serve_enter to serve_leave: it holds the session's lock, and the
 * session's context is set by its thread. Locks: session -> databases; session -> list of sessions.
 */
#ifndef HF_REMOTE_SERVER_H
#define HF_REMOTE_SERVER_H

#include "jet.h"
#include "remote/serve.h"

#include "base/list.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>

#define SERVE_CLIENT 256

struct serve_instance {
    atomic_uint refs;
    atomic_uint live; /* its own handle and sessions that have not ended */
    uint64_t mark;    /* names its commits */
    uint64_t since_ns;
    struct list attachments; /* struct serve_attachment; the databases' lock */
    struct list live_link;   /* both: the outcomes' lock */
    int64_t highest;         /* number of a commit */
    char client[SERVE_CLIENT];
};

struct serve_session {
    atomic_uint refs;
    struct serve_instance *instance;
    struct list link; /* of the server's list; its lock */
    uint64_t serial, since_ns;
    /* written inside alone, read by those who look */
    atomic_bool ended;
    atomic_uint level, tables;
    atomic_uint_fast64_t octets; /* written in this transaction */
    atomic_uint_fast64_t used_ns, transaction_ns;
    _Atomic(const char *) last_call;
    atomic_uint threads[JET_WIRE_THREADS]; /* that took it up */
    pthread_mutex_t lock;
    /* below: the session's lock */
    JET_SESID sesid;
    struct list opens;    /* struct serve_open */
    bool wrote;           /* in this transaction */
    bool outcomes_open;   /* the database of outcomes */
    JET_TABLEID outcomes; /* the session's own cursor there, or JET_tableidNil */
};

/* What the server believes of a cursor's range: never "none" while there is one. */
enum serve_range { RANGE_NONE, RANGE_UPPER, RANGE_LOWER };

struct serve_table {
    struct serve_session *session;
    JET_TABLEID tableid;
    enum serve_range range;
    bool filtered;
};

extern struct serve_state {
    char *folder;
    struct serve_config config;
    JET_INSTANCE instance;
    JET_SESID house; /* detaches databases; the databases' lock */
    pthread_mutex_t lock;
    struct list sessions; /* in the order of their serial numbers */
    uint64_t serials;
    atomic_bool stopping;
    atomic_uint_fast64_t instances, session_count, tables, transactions;
    atomic_uint_fast64_t instances_opened, sessions_begun, run_down, expired, faults, loaded;
} serve;

/* ---- inside a session ---- */

struct serve_call {
    struct serve_session *session; /* NULL: not inside */
    JET_SESID sesid;
    struct serve_table *table;
    JET_TABLEID tableid;
};

/* Takes the session up. On an error serve_leave still has to be called. Raises
 * RPC_X_SS_CONTEXT_MISMATCH for a session that a limit has ended (N4). */
JET_ERR serve_enter(struct serve_call *call, const char *name, JET_RPC_SESSION session);

/* The same with a cursor of the session, moved by `ahead` entries first. */
JET_ERR serve_enter_table(struct serve_call *call, const char *name, JET_RPC_SESSION session,
                          JET_RPC_TABLE table, int32_t ahead);

/* The same for a call that changes a database. */
JET_ERR serve_enter_writing(struct serve_call *call, const char *name, JET_RPC_SESSION session);
JET_ERR serve_enter_table_writing(struct serve_call *call, const char *name,
                                  JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead);

/* Lays it down; gives `err` back. */
JET_ERR serve_leave(struct serve_call *call, JET_ERR err);

/* Octets that a call has written. */
void serve_wrote(struct serve_call *call, uint64_t octets);

/* ---- objects ---- */

struct serve_instance *serve_instance_ref(struct serve_instance *instance);
void serve_instance_unref(struct serve_instance *take_instance);
void serve_session_unref(struct serve_session *take_session);

/* Ends the session with one JetEndSession; the lock is held. */
void serve_session_end(struct serve_session *session, const char *why);

/* A handle for a cursor that the call has opened, or closed again when there is no memory. */
JET_ERR serve_table_new(struct serve_call *call, JET_TABLEID tableid, JET_RPC_TABLE *ret_table);

/* Preparing an insert with a cursor just opened does not fail. */
bool serve_table_writable(const struct serve_call *call, JET_TABLEID tableid);

/* ---- databases (server_database.c) ---- */

/* JET_errInvalidDatabaseId unless the session's client has opened it: the session may have more open. */
JET_ERR serve_check_database(const struct serve_call *call, JET_DBID dbid);

bool serve_good_name(const char *name); /* of a database on the wire (server_folder.c) */

void serve_opens_clear(struct serve_session *session); /* it has ended; its lock is held */
void serve_attachments_clear(struct serve_instance *instance);

/* ---- schema ---- */

/* Wire to JET structures in an arena. */
JET_ERR serve_make_columns(struct arena *arena, const JET_RPC_COLUMN *columns, unsigned count,
                           JET_COLUMNCREATE_A **ret_columns);
JET_ERR serve_make_indexes(struct arena *arena, const JET_RPC_INDEXES *indexes,
                           JET_INDEXCREATE3_A **ret_indexes);

/* They name locales by number: for the older forms of the structures. */
bool serve_by_lcid(const JET_RPC_INDEXES *indexes);

/* What there is (server_describe.c): under a cursor, by name, all names of tables. */
JET_ERR serve_describe(JET_SESID sesid, JET_TABLEID tableid, JET_RPC_TABLE_DEF *def);
JET_ERR serve_describe_named(JET_SESID sesid, JET_DBID dbid, const char *name,
                             JET_RPC_TABLE_DEF *def);
JET_ERR serve_list_tables(JET_SESID sesid, JET_DBID dbid, JET_RPC_NAMES *names);

/* ---- rows ---- */

/* Reads the current row and, with direction 1 or -1, those after it (server_ahead.c). */
JET_ERR serve_read_rows(struct serve_call *call, const JET_RPC_WANT *want, int direction,
                        JET_RPC_ROWS *rows);

/* Memory of results: freed by the stub. NULL when there is none. */
static inline void *serve_result(size_t size)
{
    return midl_user_allocate(size);
}

JET_ERR serve_text(const char *s, JET_RPC_TEXT *ret);
JET_ERR serve_bytes(const void *data, uint32_t size, JET_RPC_BYTES *ret);
JET_ERR serve_key(const void *data, uint32_t size, JET_RPC_KEY *ret);

#endif
