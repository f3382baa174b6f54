/* SPDX-License-Identifier: Apache-2.0
 *
 * rundown.c - calling run-down routines
 *
 * Newest first among those of one occasion; never under a lock; a routine that raises is counted and
 * the rest goes on (X16); an anonymous handle has no routine and is dropped (X15).
 */
#include "rpc/server/context_internal.h"

#include "base/log.h"
#include "rpc/core/mutant.h"
#include "rpc/server/guard.h"
#include "rpc/server/registry.h"

struct routine {
    void (*run)(void *user);
    void *user;
};

static void call_routine(void *argument)
{
    struct routine *r = argument;

    r->run(r->user);
}

void rundown_one(const struct rpc_context_type *type, void *user, enum rundown_cause cause)
{
    struct routine r = {.run = type->rundown, .user = user};
    RPC_STATUS raised;

    if (r.run == NULL) { /* X15 */
        STATS_ADD(handles_dropped);
        return;
    }
    if (mutant_is("run-down:%d=none", cause))
        return;
    if (mutant_is("run-down:%d=twice", cause))
        (void)guard_run(NULL, call_routine, &r);
    raised = guard_run(NULL, call_routine, &r);
    if (raised != 0) { /* X16 */
        STATS_ADD(rundown_exceptions);
        log_line(LOG_LEVEL_WARNING, "run-down routine raised type=%s status=%d", type->name,
                 (int)raised);
    }
    switch (cause) {
    case RUNDOWN_DEATH: STATS_ADD(rundowns_death); break;
    case RUNDOWN_SETTLE: STATS_ADD(rundowns_settle); break;
    default: STATS_ADD(rundowns_unregister); break;
    }
}

/* Merges two lists that are sorted newest first. */
static struct rpc_context *merge(struct rpc_context *a, struct rpc_context *b)
{
    struct rpc_context *first = NULL, **tail = &first;

    while (a != NULL && b != NULL) {
        struct rpc_context **newer =
            (a->serial > b->serial) != mutant_is("run-down:oldest-first") ? &a : &b;

        *tail = *newer;
        tail = &(*newer)->chain;
        *newer = *tail;
    }
    *tail = a != NULL ? a : b;
    return first;
}

/* Sorts newest first, bottom up: run i has 2^i elements. */
static struct rpc_context *sort(struct rpc_context *list)
{
    struct rpc_context *runs[40] = {NULL}, *sorted = NULL;

    while (list != NULL) {
        struct rpc_context *one = list;
        unsigned i = 0;

        list = one->chain;
        one->chain = NULL;
        for (; runs[i] != NULL; i++) {
            one = merge(runs[i], one);
            runs[i] = NULL;
        }
        runs[i] = one;
    }
    for (unsigned i = 0; i < sizeof runs / sizeof *runs; i++)
        sorted = merge(sorted, runs[i]);
    return sorted;
}

void rundown_list(struct rpc_context *list)
{
    if (list == NULL) /* after nearly every call */
        return;
    list = sort(list);
    while (list != NULL) {
        struct rpc_context *e = list;

        list = e->chain;
        rundown_one(e->type, e->user, e->lock & LOCK_DEATH ? RUNDOWN_DEATH : RUNDOWN_UNREGISTER);
        registry_release(e->registration); /* T3 */
        context_free(e, LIFE_ON_RAN);
    }
}
