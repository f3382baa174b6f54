/* SPDX-License-Identifier: Apache-2.0
 *
 * call_state.h - what the runtime keeps in a stub's frame for one call
 */
#ifndef HF_RPC_CLIENT_CALL_STATE_H
#define HF_RPC_CLIENT_CALL_STATE_H

#include <holdfast/context.h>

#include "base/mem.h"
#include "rpc/client/context.h"

/* Whom a failure is blamed on: decides whether a status variable of the stub takes it. */
enum rpc_blame {
    RPC_BLAME_COMM,   /* binding, sending, receiving: comm_status */
    RPC_BLAME_FAULT,  /* arrived in a fault: fault_status */
    RPC_BLAME_CALLER, /* the caller's own arguments, or what came back: always raised */
};

struct rpc_call_state {
    struct rpc_binding *binding; /* the explicit handle that binds, or NULL */
    struct rpc_assoc *assoc;     /* with a reference; by a context handle or by `binding` */
    struct rpc_conn *conn;       /* ours from rpc_client_start to rpc_client_end */
    struct rpc_call_options options;
    uint8_t *reply;                /* a reply of several fragments */
    const void *named;             /* the context handle named last, and its token; or NULL */
    uint8_t token[RPC_TOKEN_SIZE]; /* of `named` */
    struct rpc_client_context *staged, **staged_tail;
    struct arena arena;
    enum rpc_blame blame;
    bool by_context;   /* a context handle has fixed the association (R8) */
    bool null_context; /* a NULL handle was named that could not bind */
    bool resent;       /* R2 has been used */
};

_Static_assert(sizeof(struct rpc_call_state) <= sizeof(((struct rpc_client_call *)0)->private_),
               "the stub's frame has room for the runtime's state");

static inline struct rpc_call_state *rpc_call_state(const struct rpc_client_call *c)
{
    return (struct rpc_call_state *)(uintptr_t)c->private_;
}

#endif
