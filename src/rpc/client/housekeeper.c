/* SPDX-License-Identifier: Apache-2.0
 *
 * housekeeper.c - the end of lingering associations, idle connections, and calls cancelled long ago
 *
 * Invariants:  H1 what is to be closed is taken off the lists under the locks and closed after them.
 *              H2 an idle connection is closed oldest use first, so the one used last survives where
 *                 one has to (A3).
 * Spec:        rpc-associations 3, 4
 */
#include "rpc/client/housekeeper.h"

#include <pthread.h>
#include <time.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/thread.h"
#include "rpc/client/association.h"
#include "rpc/client/cancel.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"

#define STACK_SIZE ((size_t)256 * 1024)
#define MS         UINT64_C(1000000)

/* All guarded by the pool's lock. */
static pthread_cond_t wake;
static bool running, scanning;
static uint64_t next_scan;

/* Moves associations whose time is over to `ended`; returns the next time one's will be, or 0. */
static uint64_t end_lingering(uint64_t now, struct list *ended)
{
    uint64_t next = 0;

    LIST_FOR_EACH_SAFE (it, &rpc_pool) {
        struct rpc_assoc *a = LIST_ENTRY(it, struct rpc_assoc, link);

        if (a->linger_until == 0)
            continue;
        if (a->linger_until <= now) {
            list_remove(&a->link);
            list_append(ended, &a->link);
        } else if (next == 0 || a->linger_until < next) {
            next = a->linger_until;
        }
    }
    return next;
}

static void scan_idle(uint64_t now, struct list *dead)
{
    bool crowded = atomic_load(&rpc_client_counters.connections) >
                   atomic_load(&rpc_client_tuning.crowded_connections);
    uint64_t limit = MS * (crowded ? atomic_load(&rpc_client_tuning.idle_limit_crowded_ms)
                                   : atomic_load(&rpc_client_tuning.idle_limit_ms));

    LIST_FOR_EACH (it, &rpc_pool)
        (void)rpc_assoc_collect_idle(LIST_ENTRY(it, struct rpc_assoc, link),
                                     now > limit ? now - limit : 0, dead);
    next_scan = now + MS * atomic_load(&rpc_client_tuning.idle_scan_ms);
}

static void end_associations(struct list *ended)
{
    LIST_FOR_EACH_SAFE (it, ended) {
        list_remove(it);
        rpc_assoc_free(LIST_ENTRY(it, struct rpc_assoc, link));
    }
}

static void wait_until(uint64_t when)
{
    struct timespec t = {(time_t)(when / CLOCK_SECOND), (long)(when % CLOCK_SECOND)};

    if (when == 0)
        (void)pthread_cond_wait(&wake, &rpc_pool_lock);
    else
        (void)pthread_cond_timedwait(&wake, &rpc_pool_lock, &t);
}

static void *keep_house(void *unused)
{
    (void)unused;
    (void)pthread_mutex_lock(&rpc_pool_lock);
    for (;;) {
        struct list ended, dead;
        uint64_t now = clock_now_ns(), next, cancels;

        list_init(&ended);
        list_init(&dead);
        next = end_lingering(now, &ended);
        if (scanning && next_scan <= now)
            scan_idle(now, &dead);
        if (!list_is_empty(&ended) || !list_is_empty(&dead)) {
            (void)pthread_mutex_unlock(&rpc_pool_lock); /* H1 */
            rpc_assoc_close_all(&dead);
            end_associations(&ended);
            (void)pthread_mutex_lock(&rpc_pool_lock);
            continue;
        }
        if (scanning && (next == 0 || next_scan < next))
            next = next_scan;
        cancels = rpc_cancel_expire(now);
        if (cancels != 0 && (next == 0 || cancels < next))
            next = cancels;
        wait_until(next);
    }
    return NULL;
}

bool rpc_housekeeper_start(void)
{
    rpc_runtime_is_used();
    if (!running) {
        clock_cond_init(&wake);
        running = thread_spawn(NULL, STACK_SIZE, keep_house, NULL);
    }
    return running;
}

bool rpc_housekeeper_runs(void)
{
    return running;
}

void rpc_housekeeper_wake(void)
{
    if (running)
        (void)pthread_cond_signal(&wake);
}

bool rpc_housekeeper_scan_idle(void)
{
    bool good;

    if (rpc_runtime_is_closed())
        return false;
    (void)pthread_mutex_lock(&rpc_pool_lock);
    good = rpc_housekeeper_start();
    if (good && !scanning) {
        scanning = true;
        next_scan = clock_now_ns() + MS * atomic_load(&rpc_client_tuning.idle_scan_ms);
        rpc_housekeeper_wake();
    }
    (void)pthread_mutex_unlock(&rpc_pool_lock);
    return good;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcMgmtEnableIdleCleanup(void)
{
    return rpc_housekeeper_scan_idle() ? RPC_S_OK : RPC_S_OUT_OF_THREADS;
}
