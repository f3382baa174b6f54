/* SPDX-License-Identifier: Apache-2.0
 *
 * context_internal.h - the entry of one handle, and what context*.c share
 *
 * Everything here is called under the whole table's lock unless it says otherwise.
 */
#ifndef HF_RPC_SERVER_CONTEXT_INTERNAL_H
#define HF_RPC_SERVER_CONTEXT_INTERNAL_H

#include <assert.h>

#include "rpc/auth/auth.h"
#include "rpc/server/context.h"
#include "rpc/server/context_life.h"

/* One open handle. Small: a server may hold millions. */
struct rpc_context {
    uint64_t token[2];         /* as 16 octets in host form */
    struct rpc_context *chain; /* bucket; or the list of what is to be run down */
    uint64_t serial;           /* creation order: of run-downs and of locks */
    void *user;
    const struct rpc_context_type *type;
    struct rpc_registration *registration; /* through which it was created; referenced */
    struct context_hold *first;            /* of those who wait, or NULL */
    uint32_t lock;                         /* enum context_lock: who holds it; its state */
    uint32_t opened_s;
};
static_assert(sizeof(struct rpc_context) <= 72, "a handle costs 80 octets of heap and its bucket");

/* One that an authenticated call has opened. */
struct rpc_context_owned {
    struct rpc_context entry;    /* first */
    struct auth_identity *owner; /* referenced */
};

enum context_lock {
    LOCK_HOLDERS = (1 << 26) - 1, /* calls that use the handle */
    LOCK_OWNED = 1 << 26,         /* the entry is a struct rpc_context_owned; never changes */
    LOCK_EXCLUSIVE = 1 << 27,     /* ... one that has it alone */
    LOCK_DEATH = 1 << 28,         /* taken out because its association died, not by Ex */
    LOCK_STATE_SHIFT = 29,        /* enum life_state */
};
static_assert(LIFE_STATES <= 1 << (32 - LOCK_STATE_SHIFT), "a state fits above the other bits");

static inline enum life_state context_state(const struct rpc_context *e)
{
    return (enum life_state)(e->lock >> LOCK_STATE_SHIFT);
}

/* The only way in which a handle's state changes. */
static inline void context_step(struct rpc_context *e, enum life_event event)
{
    uint32_t rest = e->lock & ((1u << LOCK_STATE_SHIFT) - 1);

    e->lock = rest | (uint32_t)life_next(context_state(e), event) << LOCK_STATE_SHIFT;
}

/* A call may find it. */
static inline bool context_is_in_table(const struct rpc_context *e)
{
    return context_state(e) == LIFE_OPEN || context_state(e) == LIFE_BORN;
}

#define CONTEXT_WARDS 16u

/* context_ward.c; without a lock */
void context_table_lock(struct context_table *t); /* the whole of it */
void context_table_unlock(struct context_table *t);
void context_table_wait(struct context_table *t, pthread_cond_t *changed); /* with the whole */
/* ... of one handle's entry, and the way to it; NULL if that is the whole table */
struct context_ward *context_ward_lock(struct context_table *t, const uint64_t token[2]);
void context_ward_unlock(struct context_table *t, struct context_ward *w);
void context_wards_make(struct context_table *t); /* ... with the whole */
void context_wards_free(struct context_table *t);

/* context_table.c */
/* The ward's lock is enough. */
struct rpc_context *context_find(struct context_table *t, const uint64_t token[2]);
void context_insert(struct context_table *t, struct rpc_context *e);
/* Out of the table by an event: no new call finds it, those who wait are refused, holders keep it for
 * now. */
void context_remove(struct context_table *t, struct rpc_context *e, enum life_event why,
                    struct context_after *a);
/* Takes an entry out to be run down: now if it is free, else by its last holder. `why`: DEATH or
 * UNREGISTER. */
void context_doom(struct context_table *t, struct rpc_context *e, enum life_event why,
                  struct context_after *a);
/* `why` ends it. */
void context_free(struct rpc_context *e, enum life_event why);
/* `owner` may be NULL. */
struct rpc_context *context_new_entry(struct rpc_registration *r, struct auth_identity *owner);
struct auth_identity *context_owner(const struct rpc_context *e);

/* context_lock.c */
/* Without a lock: a call whose only handle arrived, and stays, gives it back, with a new value unless
 * `user` is NULL. False: nothing is done, for somebody waits, or the handle is out of the table. */
bool context_release_at_once(struct context_call *c, void *const *user);
void context_release(struct context_table *t, struct context_hold *h, struct context_after *a);
void context_release_all(struct context_call *c, struct context_after *a);
/* A holder let go: lets in who waits, or ends an entry that is out of the table and free. */
void context_unlocked(struct rpc_context *e, struct context_after *a);
void context_refuse_waiters(struct rpc_context *e, struct context_after *a);

/* rundown.c; without the lock */
void rundown_one(const struct rpc_context_type *type, void *user, enum rundown_cause cause);
void rundown_list(struct rpc_context *list);

#endif
