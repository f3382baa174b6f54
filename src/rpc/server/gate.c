/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.c - counting calls in, queueing those too many
 *
 *   G1  where there is a limit, no more are inside; where there is none, which is the rule, calls
 *       of different threads change no common cache line.
 *   G2  whoever queues looks at `inside` again after `waiting` was raised, whoever leaves looks at
 *       `waiting` after `inside` was lowered: so a free place and a waiting call find each other.
 */
#include "rpc/server/gate.h"

#include <stddef.h>

#include "base/limits.h"

void gate_init(struct rpc_gate *g, unsigned max)
{
    for (unsigned i = 0; i < SHARD_COUNT; i++)
        atomic_init(&g->unlimited[i].n, 0);
    atomic_init(&g->inside, 0);
    atomic_init(&g->waiting, 0);
    atomic_init(&g->max, max);
    pthread_mutex_init(&g->lock, NULL);
    list_init(&g->queue);
}

void gate_fini(struct rpc_gate *g)
{
    pthread_mutex_destroy(&g->lock);
}

unsigned gate_count(const struct rpc_gate *g)
{
    return atomic_load(&g->inside) + (unsigned)shards_sum(g->unlimited);
}

static bool step_in(struct rpc_gate *g)
{
    unsigned others = (unsigned)shards_sum(g->unlimited); /* from before there was a limit */
    unsigned n = atomic_load(&g->inside);

    do {
        if (n + others >= atomic_load_explicit(&g->max, memory_order_relaxed))
            return false;
    } while (!atomic_compare_exchange_weak(&g->inside, &n, n + 1));
    return true;
}

struct gate_ticket *gate_next(struct rpc_gate *g)
{
    struct gate_ticket *t = NULL;

    pthread_mutex_lock(&g->lock);
    if (!list_is_empty(&g->queue) && step_in(g)) {
        t = LIST_ENTRY(g->queue.next, struct gate_ticket, link);
        list_remove(&t->link);
        atomic_fetch_sub(&g->waiting, 1);
    }
    pthread_mutex_unlock(&g->lock);
    return t;
}

enum gate_answer gate_enter(struct rpc_gate *g, struct gate_ticket *t)
{
    bool full;

    if (atomic_load_explicit(&g->max, memory_order_relaxed) == GATE_NO_LIMIT) {
        t->place = shard_of_thread() + 1;
        atomic_fetch_add(&g->unlimited[t->place - 1].n, 1);
        return GATE_INSIDE;
    }
    t->place = 0;
    if (step_in(g))
        return GATE_INSIDE;
    pthread_mutex_lock(&g->lock);
    full = atomic_load(&g->waiting) >= limit_of(LIMIT_QUEUED_CALLS);
    if (!full) {
        list_append(&g->queue, &t->link);
        atomic_fetch_add(&g->waiting, 1);
    }
    pthread_mutex_unlock(&g->lock);
    if (full) {
        limit_reached(LIMIT_QUEUED_CALLS);
        return GATE_FULL;
    }
    while ((t = gate_next(g)) != NULL) /* G2 */
        t->admitted(t);
    return GATE_QUEUED;
}

void gate_leave(struct rpc_gate *g, const struct gate_ticket *t)
{
    struct gate_ticket *next;

    if (t->place != 0)
        atomic_fetch_sub(&g->unlimited[t->place - 1].n, 1);
    else
        atomic_fetch_sub(&g->inside, 1);
    while (atomic_load(&g->waiting) > 0 && (next = gate_next(g)) != NULL)
        next->admitted(next);
}

bool gate_abandon(struct rpc_gate *g, struct gate_ticket *t)
{
    bool waited;

    pthread_mutex_lock(&g->lock);
    waited = !list_is_empty(&t->link);
    if (waited) {
        list_remove(&t->link);
        atomic_fetch_sub(&g->waiting, 1);
    }
    pthread_mutex_unlock(&g->lock);
    return waited;
}
