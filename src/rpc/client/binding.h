/* SPDX-License-Identifier: Apache-2.0
 *
 * binding.h - a client's binding handles
 *
 * Lifetime:  RpcBindingFromStringBinding or RpcBindingCopy until RpcBindingFree; the one inside a
 *            context handle lives and dies with that.
 * States:    partially bound (no endpoint) -> bound (endpoint known) -> attached (holds a reference
 *            on an association); RpcBindingReset leads back to the first.
 * Lock:      `lock` guards endpoint and assoc, since several threads may make the first call at once;
 *            two bindings are locked in order of address.
 *            Everything else is the program's to change while no call runs.
 */
#ifndef HF_RPC_CLIENT_BINDING_H
#define HF_RPC_CLIENT_BINDING_H

#include "rpc/auth/auth.h"
#include "rpc/client/association.h"
#include "rpc/core/handle.h"

/* What a call takes along from its binding. */
struct rpc_call_options {
    UUID object; /* nil: none */
    unsigned com_timeout;
    uint32_t call_timeout_ms; /* 0: none */
    bool call_timeout_local;  /* holds on ncalrpc, too */
    struct auth_client *auth; /* referenced; NULL: unauthenticated */
};

static inline struct rpc_call_options rpc_call_options_copy(const struct rpc_call_options *o)
{
    (void)auth_client_ref(o->auth);
    return *o;
}

struct rpc_binding {
    struct rpc_handle handle;
    pthread_mutex_t lock;
    enum rpc_transport transport;
    char *address;  /* "" for none; NULL in a context handle: the association has it */
    char *endpoint; /* NULL: partially bound, or attached without one of its own */
    struct rpc_assoc *assoc;
    struct rpc_call_options options;
    bool unique, noncausal;
    bool of_context; /* inside a context handle: stays with its association */
};

/* The client's binding behind a handle; a status otherwise. */
RPC_STATUS rpc_binding_of(RPC_BINDING_HANDLE handle, struct rpc_binding **ret);

/* The association of a binding, with a reference for the caller; resolves the endpoint by the
 * interface (may be NULL when there is one), or else by the server's endpoint mapper, and attaches
 * the binding. EPT_S_NOT_REGISTERED when no endpoint is known; RPC_X_SS_CONTEXT_MISMATCH for the binding of a context handle whose association
 * is dead. */
RPC_STATUS rpc_binding_attach(struct rpc_binding *b, const struct rpc_interface *interface,
                              struct rpc_assoc **ret_assoc);

/* Asks the server's endpoint mapper for the endpoint of an interface; the text is the caller's. Set
 * before the first call by whoever can, the room epm. */
typedef RPC_STATUS rpc_endpoint_resolver(enum rpc_transport transport, const char *address,
                                         const struct rpc_interface *interface, const UUID *object,
                                         unsigned com_timeout, char **ret_endpoint);
extern rpc_endpoint_resolver *rpc_resolver;

/* True if a call by `b` may go over `a`: the same server as far as is known. */
bool rpc_binding_leads_to(struct rpc_binding *b, const struct rpc_assoc *a);
bool rpc_bindings_agree(struct rpc_binding *a, struct rpc_binding *b);

/* The binding inside a context handle: takes a reference on `assoc`. Ended by _fini. */
void rpc_binding_init_context(struct rpc_binding *b, struct rpc_assoc *assoc,
                              const struct rpc_call_options *options);
void rpc_binding_fini_context(struct rpc_binding *b);

#endif
