/* SPDX-License-Identifier: Apache-2.0
 *
 * stats.h - what the server counts
 *
 * Every handle that comes to be is counted once in `handles_opened` and once in one of the others
 * when it ends, so that opened - closed - the run-downs - dropped = the handles that are open or whose
 * run-down routine has not returned yet.
 */
#ifndef HF_RPC_SERVER_STATS_H
#define HF_RPC_SERVER_STATS_H

#include <stdatomic.h>
#include <stdint.h>

/* Why a handle was run down. */
enum rundown_cause {
    RUNDOWN_DEATH,      /* the last connection of its association is gone */
    RUNDOWN_SETTLE,     /* it was born in a call that failed after the routine (F4 F8 F11 X3) */
    RUNDOWN_UNREGISTER, /* RpcServerUnregisterIfEx */
    RUNDOWN_CAUSES
};

#define STATS_COUNTERS(X)                                                        \
    X(handles_opened)                                                            \
    X(handles_closed)  /* by a routine */                                        \
    X(handles_dropped) /* without a run-down routine: anonymous, or Ex with 0 */ \
    X(rundowns_death)                                                            \
    X(rundowns_settle)                                                           \
    X(rundowns_unregister)                                                       \
    X(rundown_exceptions) /* X16 */                                              \
    X(calls_parked)       /* had to wait for a handle */                         \
    X(calls_abandoned)    /* their connection died while they waited */          \
    X(associations_opened)                                                       \
    X(associations_closed)                                                       \
    X(joins_refused)                                                             \
    X(faults_sent)                                                               \
    X(authentications_failed)                                                    \
    X(signatures_refused) /* M34 */                                              \
    X(calls_denied)       /* by the flags or the callback of their interface */  \
    X(protocol_errors)    /* connections closed for a violation */

struct rpc_stats {
#define STATS_FIELD(name) atomic_uint_fast64_t name;
    STATS_COUNTERS(STATS_FIELD)
#undef STATS_FIELD
};

extern struct rpc_stats rpc_stats;

/* Counted at every call, so each thread has a place of its own. */
enum stats_fast { STATS_CALLS_IN, STATS_PACKETS_OUT, STATS_FAST };
void stats_count(enum stats_fast what, uint64_t n);
uint64_t stats_total(enum stats_fast what);

/* What it was before. */
#define STATS_ADD(name) atomic_fetch_add_explicit(&rpc_stats.name, 1, memory_order_relaxed)
#define STATS_GET(name) ((uint64_t)atomic_load_explicit(&rpc_stats.name, memory_order_relaxed))

#endif
