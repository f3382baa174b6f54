/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - what the front keeps of instances, sessions and cursors
 *
 * Lifetime: all three live in slots (handles.h), which are never freed. A session belongs to its
 * instance, a cursor to its session; both end with it.
 * Locks:    `jet_process.lock` for lives, modes, lists of sessions and the waits of JetInit and
 *           JetTerm. What a session and its cursors hold is touched only by the one call that is
 *           inside the session (gate.c), or by JetTerm when nobody is or gets inside. Members
 *           marked "atomic" are read from anywhere.
 */
#ifndef HF_ESE_API_STATE_H
#define HF_ESE_API_STATE_H

#include "base/list.h"
#include "ese/api/handles.h"
#include "ese/api/params.h"

#define JET_LEVELS_MAX      7               /* ese-sessions 2 */
#define JET_CONTEXT_ENDING  (~(uintptr_t)0) /* reserves the context while a session ends */
#define JET_GENERIC_CONTEXT 128             /* octets of JET_sesparamCommitGenericContext */

/* ese-sessions 10. */
enum jet_life { LIFE_CREATED, LIFE_INITIALISING, LIFE_RUNNING, LIFE_RESTORING };

/* Marks on a running instance, in the order in which they are looked at (ese-sessions 3). */
enum jet_mark {
    MARK_STOPPED = 1 << 0,     /* JetStopService*: -1329 */
    MARK_UNAVAILABLE = 1 << 1, /* -1090 */
    MARK_LOG_FULL = 1 << 2,    /* with MARK_UNAVAILABLE: -1092 */
    MARK_TERMINATING = 1 << 3, /* -1000 */
};

/* A table that some cursor is open on (opened.c). */
struct jet_opened {
    struct list link;
    JET_DBID dbid;  /* 0: a temporary table */
    unsigned refs;  /* cursors; lock */
    JET_LS storage; /* JetSetLS; lock */
    char name[];
};

#define JET_OPENED_LISTS 64 /* by hash of the name */

/* A backup that the program reads file by file (external.c). Under the process lock, but for what the
 * one call that has `busy` touches. */
struct jet_stream {
    struct ese_stream *engine;         /* NULL: none */
    bool busy;                         /* a call is at it */
    bool stopped;                      /* JetStopBackupInstance: only its end is left */
    bool incremental, logs, truncated; /* what has been asked for */
    bool database;                     /* the open file is one */
    JET_HANDLE open, last_handle;      /* of the open file; 0: none */
    uint64_t offset;                   /* of the next read */
};

struct jet_instance {
    struct jet_slot slot; /* its count: calls inside by the instance's handle */
    atomic_int life;      /* enum jet_life; changed under the process lock */
    atomic_uint marks;    /* enum jet_mark */
    bool implicit;        /* made by JetInit without a handle: the process's only one */
    bool backing_up;      /* JetBackupInstance runs, or `stream` is one; under the process lock */
    struct jet_stream stream;
    unsigned paused; /* grbits of JetStopServiceInstance2 that Resume takes back */
    char *name, *display;
    char *address; /* of host.address */
    struct jet_params params;
    struct ese_host host;
    const struct ese_provider *provider;
    struct ese_instance *engine;
    struct list sessions; /* jet_session.link; under the process lock */
    unsigned session_count;
    atomic_uint cursor_count, temp_count;
    struct {
        pthread_mutex_t lock; /* taken last */
        unsigned count;       /* of tables but temporary ones */
        struct list lists[JET_OPENED_LISTS];
    } opened;
    struct list link; /* in jet_process.instances */
};

/* Why a session is no more, for those who still hold its handle (ese-sessions 12, 16 and 17). */
enum jet_end { END_BY_PROGRAM, END_BY_TERM };

struct jet_open_database {
    JET_DBID dbid;
    unsigned count;
    struct list link;
};

struct jet_session {
    struct jet_slot slot;                    /* its count: `inApi` */
    _Atomic(struct jet_instance *) instance; /* atomic */
    atomic_int end;                          /* enum jet_end; atomic */
    char *_Atomic life_name;                 /* of an instance that was stopped; process lock */
    struct list link;                        /* in jet_instance.sessions */

    unsigned level;
    bool by_context;             /* ese-sessions 4: `useSessionContext` */
    uintptr_t owner;             /* `trxContext`: a thread, or a session context */
    _Atomic uintptr_t context;   /* 0: none */
    _Atomic uint64_t ctx_thread; /* who set it; 0: nobody */
    bool read_only, must_roll_back;
    JET_ERR rollback_error; /* sticky */

    JET_GRBIT commit_default;
    JET_OPERATIONCONTEXT operation;
    uint32_t correlation;
    uint32_t generic_size;
    uint8_t generic[JET_GENERIC_CONTEXT];

    struct list databases; /* jet_open_database */
    struct list cursors;   /* jet_cursor.link */
    struct ese_session *engine;
};

struct jet_cursor {
    struct jet_slot slot;      /* its count: calls that use it now */
    _Atomic JET_API_PTR owner; /* the session's handle; atomic */
    unsigned level;            /* at which it was opened, 0: none */
    JET_DBID dbid;             /* 0: a temporary table */
    JET_GRBIT grbit;           /* it was opened with */
    JET_LS storage;            /* JetSetLS */
    struct jet_opened *table;
    struct list link;
    struct ese_cursor *engine;
};

enum jet_mode { MODE_NONE, MODE_ONE, MODE_MULTI };

struct jet_process {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a life, a mark, or a call has left a terminating instance */
    enum jet_mode mode;
    struct list instances;
    unsigned instance_count;
    atomic_uint initialised; /* running instances */
    atomic_uint up;          /* of these, those that are not terminating */
    struct jet_params defaults;
};

extern struct jet_process jet_process;
extern struct jet_table jet_instances, jet_sessions, jet_cursors;

void jet_lock(void); /* the process lock; makes the defaults at first use */
void jet_unlock(void);

/* The name of the calling thread, never given to another one. */
uint64_t jet_thread(void);

/* jet_params_number, and what the page size settles: JET_paramKeyMost and its kin. */
uint64_t jet_param_value(const struct jet_params *params, unsigned long id);

#endif
