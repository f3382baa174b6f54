/* SPDX-License-Identifier: Apache-2.0
 *
 * handle.h - what every binding handle begins with
 *
 * Three kinds of object stand behind an RPC_BINDING_HANDLE: a client's binding (room client), the
 * call being served (room server), and an endpoint of this server, as RpcServerInqBindings lists
 * them. Each begins with a struct rpc_handle, so that functions that take any of them need not know
 * the rooms.
 *
 * A handle is the program's promise that it is alive; the magic number only catches mistakes.
 */
#ifndef HF_RPC_CORE_HANDLE_H
#define HF_RPC_CORE_HANDLE_H

#include <rpc.h>

#include "rpc/core/string_binding.h"

enum rpc_handle_kind {
    RPC_HANDLE_CLIENT = 1 << 0,   /* a client's binding */
    RPC_HANDLE_CALL = 1 << 1,     /* the call being served */
    RPC_HANDLE_ENDPOINT = 1 << 2, /* an endpoint of this server */
    RPC_HANDLE_ANY = RPC_HANDLE_CLIENT | RPC_HANDLE_CALL | RPC_HANDLE_ENDPOINT,
};

#define RPC_HANDLE_MAGIC 0x48464248u /* 0 in an object that has been freed */

struct rpc_handle {
    uint32_t magic;
    uint32_t kind; /* one of enum rpc_handle_kind */
    const struct rpc_handle_ops *ops;
};

struct rpc_handle_ops {
    /* Copies the parts of the string binding; *ret is clear before. */
    RPC_STATUS (*describe)(struct rpc_handle *handle, struct rpc_string_binding *ret);
    /* The object UUID, nil for none. */
    void (*object)(struct rpc_handle *handle, UUID *ret);
    /* RpcBindingFree. NULL: not the program's to free (RPC_S_WRONG_KIND_OF_BINDING). */
    void (*free)(struct rpc_handle *handle);
};

/* RPC_S_OK if `binding` is a handle of one of `kinds`, else RPC_S_INVALID_BINDING or
 * RPC_S_WRONG_KIND_OF_BINDING. */
RPC_STATUS rpc_handle_check(RPC_BINDING_HANDLE binding, uint32_t kinds);

/* A handle for one endpoint of this server, for the program to free. The parts are copied. */
RPC_STATUS rpc_handle_make_endpoint(const struct rpc_string_binding *parts,
                                    RPC_BINDING_HANDLE *ret_binding);

#endif
