/* SPDX-License-Identifier: Apache-2.0
 *
 * association.h - the connections of this process to one server endpoint
 *
 * Owns:        its pool of free connections; a connection in use belongs to the call, and is known so
 *              that it can be ended from outside (rpc_assoc_sever).
 * Key:         {protocol sequence, address, endpoint}; a `unique` association is found by nobody.
 * References:  one per binding handle that has been resolved to it, one per open context handle, one
 *              per running call.
 * States:      live -> lingering (last reference gone; rpc_assoc_unref) -> live again (rpc_assoc_join)
 *                                                                       -> gone (housekeeper)
 *              live -> defunct (its group is dead at the server, or it was severed; found by nobody any more) -> gone
 *              with its last reference
 * Connections: a free one lies in the place of the thread that used it last, where that thread finds it
 *              without a lock, or in the list; whoever finds neither looks into all places.
 * Invariants:  A1 references go from 0 to 1 and from 1 to 0 under the pool's lock only.
 *              A2 the first bind of a group is made by one thread at a time; others wait for its id.
 *              A3 with context handles open the last connection is never closed for idleness; the
 *                 decision is taken under the association's lock, as is the count of handles.
 *              A4 without connections, made or being made, and context handles the group id is forgotten: the server's
 *                 association ended with the last connection.
 * Locks:       a binding's lock -> pool -> association -> fork's. Nothing blocks under any of them.
 */
#ifndef HF_RPC_CLIENT_ASSOCIATION_H
#define HF_RPC_CLIENT_ASSOCIATION_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/shards.h"
#include "rpc/client/connection.h"

struct auth_client;

/* Threads share the places by number; each in a cache line of its own. */
#define RPC_ASSOC_PLACES SHARD_COUNT

struct rpc_place {
    _Atomic(struct rpc_conn *) conn; /* free, or NULL; taken and given by exchange */
} __attribute__((aligned(64)));

struct rpc_assoc {
    struct list link; /* of all associations; the pool's lock */
    enum rpc_transport transport;
    char *address, *endpoint; /* address "" for none; immutable */
    bool unique;
    atomic_uint refs;        /* A1 */
    uint64_t linger_until;   /* pool's lock; 0: does not linger */
    atomic_bool defunct;     /* never reset */
    atomic_bool dont_linger; /* RPC_C_OPT_DONT_LINGER */
    atomic_bool called;      /* a call found a connection */
    pthread_mutex_t lock;    /* of all below */
    pthread_cond_t first_bound;
    struct list idle;    /* free connections that lie in no place, the one used last first */
    struct list members; /* all connections, also those that calls have or that are being bound */
    unsigned open;       /* connections, free and in use */
    unsigned opening;    /* connections being made */
    unsigned contexts;
    uint32_t group_id; /* 0: not known */
    bool binding_first;
    bool no_alter;            /* this server ends connections at alter_context */
    bool can_alter;           /* it has answered one */
    struct rpc_place *places; /* RPC_ASSOC_PLACES */
};

/* Finds or makes the association of an endpoint; *ret_assoc gets a reference. A lingering one is
 * revived. RPC_S_OUT_OF_MEMORY. */
RPC_STATUS rpc_assoc_join(enum rpc_transport transport, const char *address, const char *endpoint,
                          bool unique, struct rpc_assoc **ret_assoc);
struct rpc_assoc *rpc_assoc_ref(struct rpc_assoc *a); /* by a holder of one */
void rpc_assoc_unref(struct rpc_assoc *take_a);       /* accepts NULL; never fails */

/* Not a status that a program sees: the group is dead, the association is defunct now. */
#define RPC_ASSOC_DEFUNCT (-1)

/* Takes a connection of the identity `auth` (NULL: unauthenticated) on which `interface` is
 * negotiated, from the pool or new (rpc-associations 2, 5: R1). Gives it back with rpc_assoc_release. RPC_ASSOC_DEFUNCT as said, else a status for the
 * program; nothing has been executed. */
RPC_STATUS rpc_assoc_acquire(struct rpc_assoc *a, const struct rpc_interface *interface,
                             unsigned com_timeout, const struct auth_client *auth,
                             struct rpc_conn **ret_conn);
void rpc_assoc_release(struct rpc_assoc *a, struct rpc_conn *take_conn);

/* Ends all connections, those in use by shutting them down, and makes the association defunct. */
void rpc_assoc_sever(struct rpc_assoc *a);

/* A context handle of this association came to be, or is gone. */
void rpc_assoc_context_opened(struct rpc_assoc *a);
void rpc_assoc_context_closed(struct rpc_assoc *a);

/* ---- For the housekeeper ---------------------------------------------------------------------- */

extern pthread_mutex_t rpc_pool_lock;
extern struct list rpc_pool; /* all associations */

/* Moves what is idle since before `limit` to `dead`; returns how many. The pool's lock is held. */
unsigned rpc_assoc_collect_idle(struct rpc_assoc *a, uint64_t limit, struct list *dead);

/* Closes connections collected in a list. */
void rpc_assoc_close_all(struct list *dead);

/* Frees an association that is on no list and has no references. */
void rpc_assoc_free(struct rpc_assoc *take_a);

#endif
