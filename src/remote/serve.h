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
#include <stdint.h>

#define SERVE_LIMIT_SESSIONS 65536

struct serve_config {
    uint32_t sessions_max;   /* of all clients together */
    uint32_t cursors_max;    /* likewise */
    uint32_t cache_mib;      /* 0: the engine's own choice */
    uint32_t session_idle_s; /* N4; 0: no limit */
    uint32_t transaction_idle_s;
    uint32_t transaction_age_s;
    uint64_t transaction_octets; /* values written in one transaction */
    uint32_t outcomes_max;       /* N2: how many commits are remembered, */
    uint32_t outcomes_s;         /* and how long */
    uint32_t stop_grace_ms;      /* how long a stopping server still answers (N6) */
};

struct serve_counters {
    uint64_t instances, sessions, tables, transactions; /* now */
    uint64_t instances_opened, sessions_begun;          /* ever */
    uint64_t sessions_run_down, sessions_expired, faults;
    uint64_t rows_loaded;
};

void serve_config_default(struct serve_config *config);

/* Starts the engine in `folder` (which recovers what a crash has left) and registers the interface. */
JET_ERR serve_start(const char *folder, const struct serve_config *config);

/* N6: new calls get JET_errClientRequestToStopJetService, sessions are ended, the interface goes and
 * the engine ends. */
JET_ERR serve_stop(void);

void serve_count(struct serve_counters *counters);

#endif
