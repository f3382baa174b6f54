/* SPDX-License-Identifier: Apache-2.0
 *
 * context.h - the server's context handles: table, locks, parking, settling, run-down
 *
 * A call goes through these steps, the last of which ends all the others:
 *
 *     context_call_add   for each slot that `unmarshal` meets
 *     context_acquire    resolves and locks; a call that has to wait is resumed by its `resume`
 *     context_make       while marshalling, for each handle that was born
 *     context_enter      everything is marshalled, nothing has left yet
 *     context_settle     the outcome is known
 *
 * A call that fails on the way skips to context_settle.
 */
#ifndef HF_RPC_SERVER_CONTEXT_H
#define HF_RPC_SERVER_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rpc.h>

#include "base/list.h"
#include "rpc/server/settle.h"
#include "rpc/server/stats.h"

struct arena;
struct auth_identity;
struct rpc_registration;
struct context_call;
struct context_ward;

/* The handles of one association. */
struct context_table {
    pthread_mutex_t
        lock; /* with all wards: protects all of this, entries, and who waits for them */
    _Atomic(struct context_ward *) wards; /* NULL: none yet (context_ward.c) */
    struct rpc_context **buckets;
    uint32_t bucket_mask;
    uint32_t count;
    struct list waiting; /* context_call.waits: calls that hold one handle and wait for another */
    bool dead;           /* the association is: no handle comes in any more but to be run down */
};

/* One lock of a call on one handle, or its wish for it. */
struct context_hold {
    struct list wait; /* the entry's queue, while waiting */
    struct rpc_context *entry;
    struct context_call *call;
    pthread_cond_t *thread; /* a routine's thread waits (RpcSsContextLock...), not a parked call */
    bool exclusive, held, upgrades;
};

enum context_stage {
    CONTEXT_IDLE,
    CONTEXT_PARKED, /* waits for the hold at `wanted` */
    CONTEXT_HELD,
};

/* The context handles of one call. */
struct context_call {
    struct context_table *table;
    struct rpc_registration *registration;
    struct auth_identity *who;              /* as long as the call; NULL: unauthenticated */
    void (*resume)(struct context_call *c); /* not under a lock; c->status says how it went */
    struct rpc_context_slot *slots, **tail;
    unsigned slot_count, hold_count, wanted;
    struct context_hold *holds; /* distinct entries in canonical order */
    struct context_hold few[2];
    struct list ready;                  /* while its resumption is on the way */
    struct list waits;                  /* the table's calls that hold and wait */
    const struct context_hold *upgrade; /* what the routine's thread waits for, or NULL */
    _Atomic(enum context_stage) stage; /* written under the lock once the call is known to others */
    RPC_STATUS status;
};

enum context_answer { CONTEXT_READY, CONTEXT_WAITS, CONTEXT_REFUSED };

bool context_table_init(struct context_table *t);
void context_table_fini(struct context_table *t); /* no entries are left */

/* The association has died: runs down what is free now; the rest follows when it is released. */
void context_table_close(struct context_table *t);

/* Ends the handles of an interface (RpcServerUnregisterIfEx): runs them down or drops them. */
void context_table_purge(struct context_table *t, const struct rpc_interface *interface,
                         bool run_down);

void context_call_init(struct context_call *c, struct context_table *t,
                       struct rpc_registration *registration,
                       void (*resume)(struct context_call *));
void context_call_add(struct context_call *c, struct rpc_context_slot *slot);

/* CONTEXT_READY: the routine may run; every slot's value is set. CONTEXT_WAITS: `resume` comes, once,
 * perhaps already; do not touch the call. CONTEXT_REFUSED: c->status. */
enum context_answer context_acquire(struct context_call *c, struct arena *arena);

/* What a critical section leaves to be done without its lock. */
struct context_after {
    struct list ready;            /* context_call.ready: to be resumed */
    struct rpc_context *run_down; /* by chain; in no table any more, registration held */
};
void context_after_init(struct context_after *a);
void context_after_resume(struct context_after *a); /* resumes calls that waited */
void context_after_finish(struct context_after *a); /* ... and runs down: code of programs */

/* The connection is gone. True if the call was parked: it is the caller's again and will not be
 * resumed. Else somebody else goes on with it. `a` is to be finished by the caller. */
bool context_abandon(struct context_call *c, struct context_after *a);

/* Makes the entry of a handle that is born, with a token nobody can guess. 0 or a status. */
RPC_STATUS context_make(struct context_call *c, struct rpc_context_slot *slot, void *user);

/* Enters born handles, locked by this call; removes closed ones; stores changed values; releases
 * every lock on handles that arrived. */
void context_enter(struct context_call *c);

/* How a call ended, for all its handles; the handles' places make outcomes of it. */
enum context_end {
    CONTEXT_SENT,
    CONTEXT_UNSENT,       /* after context_enter */
    CONTEXT_UNMARSHALLED, /* marshalling failed; `produced` says where */
    CONTEXT_RAISED,
    CONTEXT_UNREAD,
};

/* Carries out the settle table, once a call. Runs run-down routines: no lock may be held. */
void context_settle(struct context_call *c, enum context_end end);

/* RpcSsContextLockExclusive and ...Shared for a call whose routine runs. */
RPC_STATUS context_lock_exclusive(struct context_call *c, const void *user);
RPC_STATUS context_lock_shared(struct context_call *c, const void *user);

void context_dont_serialize(void); /* for good */

/* Design decision 5: from now on (or not any more) a handle can be used by the principal that opened
 * it alone, at no lower level of protection; others find no such handle. */
void context_bind_principals(bool yes);

/* For those who watch. */
struct context_info {
    uint64_t serial;
    const char *type;
    const char *interface;
    uint32_t age_s;
    uint32_t calls_inside, calls_waiting;
    bool exclusive;
};

/* Up to `room` handles with a serial number above `after`, in that order. */
unsigned context_table_list(struct context_table *t, uint64_t after, struct context_info *ret,
                            unsigned room);
uint32_t context_table_count(struct context_table *t);
uint64_t context_count(void); /* open in all tables */

#endif
