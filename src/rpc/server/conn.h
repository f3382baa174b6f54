/* SPDX-License-Identifier: Apache-2.0
 *
 * conn.h - one connection of a client: its protocol state
 */
#ifndef HF_RPC_SERVER_CONN_H
#define HF_RPC_SERVER_CONN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "base/lock.h"
#include "rpc/net/net.h"
#include "rpc/server/assoc.h"
#include "rpc/server/registry.h"
#include "rpc/wire/wire.h"

struct rpc_call;
struct security;

/* A presentation context: which interface a p_cont_id means. */
struct presentation {
    uint16_t id;
    bool ndr64;
    bool admitted;                         /* the security callback has agreed once, ... */
    const void *asked_for;                 /* ... to calls of this security context */
    struct rpc_registration *registration; /* referenced */
    RPC_SYNTAX_IDENTIFIER abstract;
};

struct rpc_conn {
    atomic_uint refs; /* net's, and one a call */
    struct net_conn *net;
    struct net_peer peer;
    const struct net_endpoint *endpoint;
    char caller_name[24];    /* of a unix socket's client; written once, before its first call */
    struct rpc_assoc *assoc; /* NULL until bound; then until the end */

    /* The set's owner alone. */
    bool bound, multiplexed;
    bool began_bare;    /* the bind had no security trailer */
    bool signs_headers; /* agreed in a bind or alter_context */
    uint16_t fragment;  /* negotiated */
    uint8_t features;
    uint32_t highest_call_id;
    struct presentation *contexts; /* sorted by id */
    unsigned context_count, context_room;
    struct former *former; /* registrations that contexts had and running calls may still have */
    struct rpc_call *assembling;
    struct security *security; /* NULL: no context was begun */
    size_t held;               /* octets of it (LIMIT_PARTIAL) */

    struct lock lock; /* protects what follows; before a context table's */
    bool dead;
    atomic_uint call_count; /* changed under the lock */
    struct list calls;      /* struct rpc_call.link: dispatched and not yet answered */
};

/* The handler of the engine. */
extern const struct net_handler conn_handler;

struct rpc_conn *conn_ref(struct rpc_conn *c);
void conn_unref(struct rpc_conn *c);

/* The call is being answered: its id may be used again, it cannot be cancelled any more. */
void conn_call_leaves(struct rpc_conn *c, struct rpc_call *call);

struct presentation *conn_context(struct rpc_conn *c, uint16_t id);

/* The context gets another registration, with its reference; the former one stays while calls of
 * this connection may run in it. False without memory. For a call that is about to begin. */
bool conn_replace(struct rpc_conn *c, struct presentation *p, struct rpc_registration *take_r);

/* Sends octets that are nobody's else; a copy is made if the peer does not take them at once. */
void conn_send(struct rpc_conn *c, const uint8_t *pdu, size_t size);

/* After what may have changed it: the client owes the rest of a request, the next leg of an authentication, or
 * nothing. One that goes on is due when it was. */
void conn_settle_debt(struct rpc_conn *c);

/* Answers a protocol violation and ends the connection. */
void conn_violation(struct rpc_conn *c, uint32_t call_id, uint16_t context_id, uint32_t fault,
                    bool did_not_execute);
/* Answers a request that was not executed; the connection stays. */
void conn_decline(struct rpc_conn *c, uint32_t call_id, uint16_t context_id, uint32_t fault);
/* Refuses the bind and ends the connection. */
void conn_refuse(struct rpc_conn *c, uint32_t call_id, enum wire_nak_reason reason);

/* bind.c: bind and alter_context. */
void bind_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size, const struct wire_header *h);
void alter_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size, const struct wire_header *h);

/* request.c: request fragments, cancel. */
void request_frame(struct rpc_conn *c, struct net_buffer *b, uint8_t *pdu, size_t size,
                   const struct wire_header *h);
/* The call in assembly is no longer the connection's, whole or not. */
struct rpc_call *request_take(struct rpc_conn *c);
void cancel_frame(struct rpc_conn *c, const struct wire_header *h);

#endif
