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
    uint32_t number;      /* in order of creation: to name it without its id */
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

/* The first living association, referenced, with a number above `after` (0: of all), or NULL: to walk
 * them while they come and go. */
struct rpc_assoc *assoc_after(uint32_t after);

unsigned assoc_count(void);
unsigned assoc_connections(struct rpc_assoc *a);

#endif
