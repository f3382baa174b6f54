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
#include <sys/types.h>

#define SERVE_CLIENT    256
#define SERVE_PRINCIPAL 320

/* The routines, numbered as on the wire. */
enum serve_op {
#define OP(routine, name, right) SERVE_##routine,
#include "remote/server_ops.def"
};

/* Who calls. */
struct serve_caller {
    bool known;                 /* has shown who it is */
    bool local;                 /* by a unix socket, */
    uid_t uid;                  /* as this user, */
    bool own;                   /* who is the server's own, or root */
    unsigned level;             /* of protection: RPC_C_AUTHN_LEVEL */
    char name[SERVE_PRINCIPAL]; /* as lists have it */
    char address[64];
};

struct serve_instance {
    atomic_uint refs;
    atomic_uint live; /* its own handle and sessions that have not ended */
    uint64_t mark;    /* names its commits */
    uint64_t since_ns;
    struct list attachments; /* struct serve_attachment; the databases' lock */
    struct list live_link;   /* both: the outcomes' lock */
    int64_t highest;         /* number of a commit */
    char client[SERVE_CLIENT];
    struct serve_caller caller; /* who has opened it, and alone may use it */
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
    uint64_t all_octets;         /* and in all of them; the session's lock */
    atomic_uint_fast64_t used_ns, transaction_ns;
    _Atomic(const char *) last_call;
    atomic_uint threads[JET_WIRE_THREADS]; /* that took it up */
    pthread_mutex_t lock;
    /* below: the session's lock */
    JET_SESID sesid;
    struct list opens;    /* struct serve_open */
    unsigned voided;      /* levels that a limit has rolled back, and the client has not */
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
    enum serve_right right; /* on its database */
    char database[JET_WIRE_NAME];
};

struct serve_address {
    char *endpoint;
    unsigned level;
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
    atomic_uint_fast64_t instances, session_count, tables, transactions, backups;
    atomic_uint_fast64_t instances_opened, sessions_begun, run_down, faults, loaded;
    atomic_uint_fast64_t limits[SERVE_LIMIT_COUNT];
    bool limited; /* there are limits of sessions and transactions */
    atomic_uint_fast64_t refused;
    struct serve_address *addresses; /* the addresses' lock (server_access.c) */
    size_t address_count;
} serve;

/* ---- inside a session ---- */

struct serve_call {
    struct serve_session *session; /* NULL: not inside */
    JET_SESID sesid;
    struct serve_table *table;
    JET_TABLEID tableid;
    enum serve_op op;
    bool checked;           /* the caller's right */
    enum serve_right right; /* on the database that the call works on; its name: */
    const char *database;
    bool read_only; /* its client has attached it for reading */
};

/* Takes the session up: JET_errInvalidSesid for one that a limit has ended, JET_errRollbackRequired for
 * one whose transaction a limit has rolled back (N4). A routine that needs a right on a database asks serve_may before it does
 * anything; for one with a cursor serve_enter_table has asked already. On an error serve_leave still has to be called. */
JET_ERR serve_enter(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session);

/* The same with a cursor of the session, moved by `ahead` entries first. */
JET_ERR serve_enter_table(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session,
                          JET_RPC_TABLE table, int32_t ahead);

/* The same for a call that changes a database. */
JET_ERR serve_enter_writing(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session);
JET_ERR serve_enter_table_writing(struct serve_call *call, enum serve_op op,
                                  JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead);

/* JET_errAccessDenied unless the caller has on a database what the routine needs, with these options. */
JET_ERR serve_may(struct serve_call *call, const char *database, enum serve_right has,
                  uint32_t flags);
/* The same of the database that was asked about before, for options that are known later. */
JET_ERR serve_may_also(struct serve_call *call, uint32_t flags);

/* Lays it down; gives `err` back. */
JET_ERR serve_leave(struct serve_call *call, JET_ERR err);

/* Octets that a call has written. */
void serve_wrote(struct serve_call *call, uint64_t octets);

/* ---- who may what (server_access.c) ---- */

const char *serve_op_name(enum serve_op op);
bool serve_op_needs(enum serve_op op);   /* a right */
bool serve_op_changes(enum serve_op op); /* and another one than to read */

void serve_identify(handle_t binding, struct serve_caller *ret_who);
void serve_show(const struct serve_caller *who, char to[SERVE_PRINCIPAL]); /* for log lines */
enum serve_right serve_right_on(const struct serve_caller *who, const char *database);

/* JET_errAccessDenied, counted and logged, when the routine needs more with these options than the
 * caller has. */
JET_ERR serve_check(const struct serve_caller *who, enum serve_op op, uint32_t flags,
                    const char *database, enum serve_right has);
JET_ERR serve_check_server(handle_t binding, enum serve_op op);

/* The security callback of the interface: RPC_S_OK or RPC_S_ACCESS_DENIED, counted and logged. */
RPC_STATUS RPC_ENTRY serve_admit(RPC_IF_HANDLE interface, void *binding);
void serve_addresses_clear(void);

/* ---- objects ---- */

struct serve_instance *serve_instance_ref(struct serve_instance *instance);
void serve_instance_unref(struct serve_instance *take_instance);
void serve_session_unref(struct serve_session *take_session);

/* Ends the session with one JetEndSession; the lock is held. */
void serve_session_end(struct serve_session *session, const char *why);

/* Ends the session, or rolls its transaction back, if it exceeds a limit; its lock is held. */
void serve_limit(struct serve_session *session);
bool serve_limited(const struct serve_config *config); /* it has limits */

/* A handle for a cursor that the call has opened, or closed again when there is no memory. */
JET_ERR serve_table_new(struct serve_call *call, JET_TABLEID tableid, JET_RPC_TABLE *ret_table);

/* Preparing an insert with a cursor just opened does not fail. */
bool serve_table_writable(const struct serve_call *call, JET_TABLEID tableid);

/* ---- backup (server_backup.c) ---- */

/* The instance's client is gone: a call that runs for its backup need not come to its end. */
void serve_backup_interrupt(const struct serve_instance *instance);
/* Ends one that nobody has used for as long as a session may be idle (N4). */
void serve_backup_limit(void);
/* Ends the one there is; nobody begins one any more (serve.stopping). */
void serve_backup_stop(void);

/* ---- databases (server_database.c) ---- */

/* JET_errInvalidDatabaseId unless the session's client has opened it: the session may have more open.
 * Then serve_may. */
JET_ERR serve_check_database(struct serve_call *call, JET_DBID dbid, uint32_t flags);

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

/* One column of a condition, or of a key. */
static inline JET_INDEX_COLUMN serve_index_column(const JET_RPC_CONDITION *c)
{
    return (JET_INDEX_COLUMN){.columnid = c->columnid,
                              .relop = (JET_RELOP)c->relop,
                              .pv = c->data.data,
                              .cb = c->data.size,
                              .grbit = c->grbit};
}

/* Memory of results: freed by the stub. NULL when there is none. */
static inline void *serve_result(size_t size)
{
    return midl_user_allocate(size);
}

JET_ERR serve_text(const char *s, JET_RPC_TEXT *ret);
JET_ERR serve_bytes(const void *data, uint32_t size, JET_RPC_BYTES *ret);
JET_ERR serve_key(const void *data, uint32_t size, JET_RPC_KEY *ret);

#endif
