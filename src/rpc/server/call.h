/* SPDX-License-Identifier: Apache-2.0
 *
 * call.h - one call of a server, from its request's first octet to its end
 *
 * A call is owned by one thing at a time, which alone touches it (but for `cancelled`):
 *
 *     assembling    its connection's input, until the request is whole
 *     queued        a gate (MaxCalls)
 *     parked        the context handle it waits for
 *     running       a worker
 *     sending       the connection's output
 *
 * Whoever finds it ready passes it on; call_done ends it.
 */
#ifndef HF_RPC_SERVER_CALL_H
#define HF_RPC_SERVER_CALL_H

#include "base/mem.h"
#include "rpc/core/handle.h"
#include "rpc/ndr/ndr_memory.h"
#include "rpc/net/net.h"
#include "rpc/server/context.h"
#include "rpc/server/gate.h"
#include "rpc/server/registry.h"
#include "rpc/wire/wire.h"

struct rpc_conn;
struct security_context;

extern const struct rpc_handle_ops call_handle_ops;

#define CALL_ROOM       4096 /* first memory of the arena */
#define CALL_REPLY_ROOM 1024 /* first piece of the reply, header included */
#define CALL_VECTORS    4

enum call_place { CALL_LOOSE, CALL_QUEUED, CALL_PARKED };

struct rpc_call {
    struct context_call contexts;          /* first: call_of_contexts */
    struct rpc_handle binding;             /* what a handle_t of its routine points to */
    struct rpc_conn *conn;                 /* referenced */
    struct rpc_registration *registration; /* entered, as `user` */
    unsigned user;
    struct rpc_gate *gate; /* entered or queued at, or NULL */
    const struct rpc_method *method;
    struct security_context *security; /* NULL: unauthenticated */
    const void *epv;
    void *record;

    uint32_t call_id;
    uint16_t context_id, opnum;
    bool swap, ndr64, has_object;
    bool in_list;      /* of the connection's calls; under its lock */
    bool unmarshalled; /* `release` is due */
    bool returned;     /* the routine has, without raising */
    bool entered;      /* the gate counts it */
    bool answered;     /* it has left the connection's list */
    uint8_t drep[4];   /* of the first fragment */
    UUID object;
    struct net_buffer *buffer; /* in which the stub data lies, or NULL */
    uint8_t *stub;             /* ... there, in the arena, or `body` */
    size_t stub_size;
    uint8_t *body; /* of several fragments; from mem_alloc */
    size_t body_room;

    struct arena arena;
    struct ndr_memory memory;
    struct ndr_in in;
    struct ndr_out out;

    struct list link; /* the connection's calls */
    struct net_job job;
    struct gate_ticket ticket;
    struct net_output output;
    struct iovec vectors[CALL_VECTORS];
    _Atomic(enum call_place) place;
    atomic_bool cancelled;

    uint8_t room[CALL_ROOM] __attribute__((aligned(16)));
    uint8_t reply[CALL_REPLY_ROOM] __attribute__((aligned(16)));
};

/* A call for a request on `conn`; NULL without memory. */
struct rpc_call *call_create(struct rpc_conn *conn, const struct wire_header *h,
                             const struct wire_request *r);

/* Ends a call that never ran. */
void call_free(struct rpc_call *c);

/* Takes the stub data of a request in one fragment, in place if its address allows. False without
 * memory. */
bool call_borrow(struct rpc_call *c, struct net_buffer *b, uint8_t *stub, size_t size);

/* Adds the stub data of a fragment, whose request may be as large as `hint` says. False without memory. */
bool call_append(struct rpc_call *c, const uint8_t *stub, size_t size, size_t hint);

/* The request is whole, its interface entered, and its connection knows it: admits, queues or refuses
 * it, and runs it. `admitted` remembers that the security callback has agreed once; it lies with the
 * connection's input. */
void call_dispatch(struct rpc_call *take_call, bool *admitted);

/* The connection died: a call that waits somewhere is given up. False if it goes on by itself. Under
 * the connection's lock. */
bool call_abandon(struct rpc_call *c, struct context_after *a);
/* ... then, without any lock: ends it. */
void call_abandoned(struct rpc_call *take_call);

/* Ends everything about the call; the outcome is settled. */
void call_done(struct rpc_call *take_call);

/* The call behind a binding handle; NULL stands for the call of this thread. NULL if there is none:
 * then *ret_status says why. */
struct rpc_call *call_of_binding(RPC_BINDING_HANDLE binding, RPC_STATUS *ret_status);

/* What a worker keeps for calls to come. */
void call_forget_pool(void);

/* reply.c: sends a reply or fault; then the call is settled and done. */
void call_reply(struct rpc_call *take_call);
void call_fault(struct rpc_call *take_call, uint32_t fault, bool did_not_execute);

#endif
