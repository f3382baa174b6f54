/* SPDX-License-Identifier: Apache-2.0
 *
 * assoc.h - associations: the connections of one client process, and its context handles
 */
#ifndef HF_RPC_SERVER_ASSOC_H
#define HF_RPC_SERVER_ASSOC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "rpc/net/net.h"
#include "rpc/server/context.h"

struct rpc_assoc {
    uint32_t id; /* the wire's assoc_group_id; nonzero, random */
    atomic_uint refs;
    struct net_peer peer; /* of the connection that created it */
    unsigned connections; /* under the lock of all associations */
    struct rpc_assoc *chain;
    struct list link; /* of all associations */
    uint64_t created_ns;
    struct context_table contexts;
};

/* A new association with one connection, referenced; NULL without memory. */
struct rpc_assoc *assoc_create(const struct net_peer *peer);

/* Adds a connection to the living association `id`, if the peer may: same transport family, same
 * address (TCP) or uid (unix). Referenced; NULL refuses (rpc-associations 7.1). */
struct rpc_assoc *assoc_join(uint32_t id, const struct net_peer *peer);

/* A connection is gone. With the last one the id dies, then every handle is run down, in use or not
 * (those when they are free). Runs code of programs: no lock may be held. */
void assoc_leave(struct rpc_assoc *a);

struct rpc_assoc *assoc_ref(struct rpc_assoc *a);
void assoc_unref(struct rpc_assoc *a); /* accepts NULL */

/* A referenced living association with an id greater than `after` in an order of its own, or NULL:
 * to walk all of them while they come and go. Start with NULL; the reference of `after` is taken. */
struct rpc_assoc *assoc_next(struct rpc_assoc *take_after);

unsigned assoc_count(void);

#endif
