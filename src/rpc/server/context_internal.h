/* SPDX-License-Identifier: Apache-2.0
 *
 * context_internal.h - the entry of one handle, and what context*.c share
 *
 * Everything here is called under the table's lock unless it says otherwise.
 */
#ifndef HF_RPC_SERVER_CONTEXT_INTERNAL_H
#define HF_RPC_SERVER_CONTEXT_INTERNAL_H

#include <assert.h>

#include "rpc/server/context.h"

/* One open handle. Small: a server may hold millions. */
struct rpc_context {
    uint64_t token[2];         /* as 16 octets in host form */
    struct rpc_context *chain; /* bucket; or the list of what is to be run down */
    uint64_t serial;           /* creation order: of run-downs and of locks */
    void *user;
    const struct rpc_context_type *type;
    struct rpc_registration *registration; /* through which it was created; referenced */
    struct context_hold *first;            /* of those who wait, or NULL */
    uint32_t lock;                         /* enum context_lock */
    uint32_t opened_s;
};
static_assert(sizeof(struct rpc_context) <= 72, "a handle costs 80 octets of heap and its bucket");

enum context_lock {
    LOCK_HOLDERS = 0x0fffffff, /* calls that use the handle */
    LOCK_EXCLUSIVE = 1 << 28,  /* ... one that has it alone */
    LOCK_GONE = 1 << 29,       /* not in the table any more; freed by the last holder */
    LOCK_DOOMED = 1 << 30,     /* GONE, and to be run down by the last holder */
    LOCK_DEATH = 1u << 31,     /* DOOMED because the association died, not by Ex */
};

/* context_table.c */
struct rpc_context *context_find(struct context_table *t, const uint64_t token[2]);
void context_insert(struct context_table *t, struct rpc_context *e);
/* Out of the table: no new call finds it, those who wait are refused, holders keep it for now. */
void context_remove(struct context_table *t, struct rpc_context *e, struct context_after *a);
/* Takes an entry out to be run down: now if it is free, else by its last holder. `why`: LOCK_DEATH
 * or 0. */
void context_doom(struct context_table *t, struct rpc_context *e, uint32_t why,
                  struct context_after *a);
void context_free(struct rpc_context *e);
struct rpc_context *context_new_entry(struct rpc_registration *r);

/* context_lock.c */
void context_release(struct context_table *t, struct context_hold *h, struct context_after *a);
void context_release_all(struct context_call *c, struct context_after *a);
/* The last holder let go: wakes those who wait, or ends an entry that is gone. */
void context_unlocked(struct rpc_context *e, struct context_after *a);
void context_refuse_waiters(struct rpc_context *e, struct context_after *a);

/* rundown.c; without the lock */
void rundown_one(const struct rpc_context_type *type, void *user, enum rundown_cause cause);
void rundown_list(struct rpc_context *list);

#endif
