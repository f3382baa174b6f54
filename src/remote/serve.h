/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - a server of a folder of databases
 *
 *     serve_start -> RpcServerListen or the like -> serve_stop
 *
 * One server a process. Endpoints are the program's business; this registers the interface `jet`.
 */
#ifndef HF_REMOTE_SERVE_H
#define HF_REMOTE_SERVE_H

#include <esent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVE_LIMIT_SESSIONS 65536

enum serve_right {
    SERVE_RIGHT_NOTHING,
    SERVE_RIGHT_READ,   /* databases as they are */
    SERVE_RIGHT_WRITE,  /* and their rows */
    SERVE_RIGHT_MANAGE, /* and whether and how they are */
    SERVE_RIGHT_SERVER, /* what concerns all clients: no list grants it by this name */
};

/* A line of the list of who may what. */
struct serve_allow {
    const char
        *principal; /* as authentication shows it, uid:N of a unix socket; "*": everybody who has
                            * shown who he is; "anonymous": who has not */
    enum serve_right right;
    const char *database; /* "*": all, and those that are to come */
};

struct serve_config {
    uint32_t sessions_max;   /* of all clients together */
    uint32_t cursors_max;    /* likewise */
    uint32_t cache_mib;      /* 0: the engine's own choice */
    uint32_t session_idle_s; /* N4; 0: no limit */
    uint32_t session_age_s;
    uint64_t session_octets; /* values written in all its transactions */
    uint32_t transaction_idle_s;
    uint32_t transaction_age_s;
    uint64_t transaction_octets;     /* values written in one transaction */
    uint32_t outcomes_max;           /* N2: how many commits are remembered, */
    uint32_t outcomes_s;             /* and how long */
    uint32_t stop_grace_ms;          /* how long a stopping server still answers (N6) */
    const struct serve_allow *allow; /* the caller's until serve_stop or serve_replace_allow */
    size_t allow_count;              /* 0: there is no list, everybody may do everything */
    bool secure_only;                /* no address serves those who have not shown who they are */
};

enum serve_limit {
    SERVE_SESSION_IDLE,
    SERVE_SESSION_AGE,
    SERVE_SESSION_OCTETS,
    SERVE_TRANSACTION_IDLE, /* from here on: of transactions */
    SERVE_TRANSACTION_AGE,
    SERVE_TRANSACTION_OCTETS,
    SERVE_LIMIT_COUNT
};

struct serve_counters {
    uint64_t instances, sessions, tables, transactions, backups; /* now */
    uint64_t instances_opened, sessions_begun;                   /* ever */
    uint64_t sessions_run_down, faults;
    uint64_t limits[SERVE_LIMIT_COUNT]; /* how often each has ended something, */
    uint64_t expired;                   /* and all of them */
    uint64_t rows_loaded;
    uint64_t refused; /* for want of an authentication or a right */
};

void serve_config_default(struct serve_config *config);

/* Starts the engine in `folder` (which recovers what a crash has left) and registers the interface. */
JET_ERR serve_start(const char *folder, const struct serve_config *config);

/* Another list, for whoever asks for a database from now on; what is attached and open stays as it is.
 * Thread-safe. When it returns nobody looks at the list before, which is the caller's again. */
void serve_replace_allow(const struct serve_allow *allow, size_t count);

/* As the list's lines have it. */
const char *serve_right_name(enum serve_right right);

/* True of what can be the name of a database on the wire (N10). */
bool serve_good_name(const char *name);

/* What callers must have shown who come to an endpoint, which is a string binding as
 * RpcServerInqBindings has it: an RPC_C_AUTHN_LEVEL. Of one that was not named it is the highest. Before
 * the server listens. False without memory. */
bool serve_require(const char *endpoint, unsigned level);

/* N6: new calls get JET_errClientRequestToStopJetService, sessions are ended, the interface goes and
 * the engine ends. */
JET_ERR serve_stop(void);

void serve_count(struct serve_counters *counters);

#endif
