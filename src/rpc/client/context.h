/* SPDX-License-Identifier: Apache-2.0
 *
 * context.h - a client's context handles
 *
 * What the program holds is the address of a struct rpc_client_handle. Programs pass stale and wrong
 * values, so an address is looked up in a set of all live ones before anything behind it is read.
 *
 * Lifetime:  made while a reply is unmarshalled, live from the commit of that call (rpc_client_end)
 *            until the commit of a call that closes it or RpcSsDestroyClientContext.
 * Locks:     the set is in shards, each with a lock of its own, innermost but for the atomics of an
 *            association's references. A call takes from a handle what it needs (its token, options,
 *            a reference on its association) under that lock and never looks back.
 */
#ifndef HF_RPC_CLIENT_CONTEXT_H
#define HF_RPC_CLIENT_CONTEXT_H

#include <holdfast/context.h>

#include "rpc/client/binding.h"

#define RPC_TOKEN_SIZE 20

struct rpc_client_handle;

/* What a call needs of a handle. */
struct rpc_handle_view {
    uint8_t token[RPC_TOKEN_SIZE];   /* attributes and UUID, integers little-endian */
    struct rpc_assoc *assoc;         /* with a reference for the caller, if he asked for one */
    struct rpc_call_options options; /* its identity with a reference, too */
};

/* False if `handle` is no live context handle. */
bool rpc_handle_look(const void *handle, bool with_reference, struct rpc_handle_view *ret);

/* Ends what a call has staged: enters, ends and stores if `commit`, else frees what was made. */
void rpc_handles_settle(struct rpc_client_context *staged, struct rpc_assoc *assoc, bool commit);

#endif
