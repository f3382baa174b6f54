/* SPDX-License-Identifier: Apache-2.0
 *
 * tuning.h - times and counts of the client, and counters; both for tests
 *
 * Programs get the defaults. A test may change a field at any time; what runs already may finish by
 * the old value.
 */
#ifndef HF_RPC_CLIENT_TUNING_H
#define HF_RPC_CLIENT_TUNING_H

#include <stdatomic.h>

struct rpc_client_tuning {
    atomic_ulong linger_ms;             /* an association without references lives on so long */
    atomic_ulong idle_scan_ms;          /* period of the idle scan */
    atomic_ulong idle_limit_ms;         /* a connection idle for longer is closed by the scan */
    atomic_ulong idle_limit_crowded_ms; /* the same when there are more than ... */
    atomic_ulong crowded_connections;   /* ... this many in the process */
    atomic_ulong auto_idle_above;       /* more in one association turn the scan on */
    atomic_ulong com_timeout_unit_s;    /* one step of RpcMgmtSetComTimeout */
    atomic_ulong bind_timeout_ms;       /* bounds connecting and negotiating */
    atomic_ulong trusted_us;            /* a connection idle for longer is looked at before use */
    atomic_ulong fresh_connections;     /* 1: no call reuses a connection */
    atomic_ulong entered_look_ms;       /* period in which the endpoint mapper is looked after */
    atomic_ulong entered_call_ms;       /* a mapper that says nothing for so long is lost */
};
extern struct rpc_client_tuning rpc_client_tuning;

/* Objects that exist (first line) and events since the process began. */
struct rpc_client_counters {
    atomic_ulong associations, connections, bindings, contexts;
    atomic_ulong connects, binds, alters, retries, revivals, entered_looks;
};
extern struct rpc_client_counters rpc_client_counters;

static inline void rpc_count(atomic_ulong *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline void rpc_uncount(atomic_ulong *counter)
{
    atomic_fetch_sub_explicit(counter, 1, memory_order_relaxed);
}

#endif
