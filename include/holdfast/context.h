/* SPDX-License-Identifier: Apache-2.0
 *
 * context.h - context handles as stubs see them (wall between compiler and runtime)
 *
 * On the wire a context handle is 20 octets (rpc-contexts 3). A server routine sees its own pointer
 * (the user context), a client program a pointer to an object of the runtime.
 *
 * Server: `unmarshal` collects each incoming handle in a slot (rpc_context_get) and prepares one for
 * each handle the routine may create (rpc_context_new). The runtime resolves all slots of the call
 * and locks them in one canonical order, so that no two calls can wait for each other, and stores
 * the user context where the slot points. `marshal` writes a slot's 20 octets with rpc_context_put,
 * in parameter order, the return value last; the order of those calls is what "before" and "after"
 * mean in the failure table.
 *
 * Client: changes are staged by rpc_client_get_context and committed together by rpc_client_end.
 */
#ifndef HOLDFAST_CONTEXT_H
#define HOLDFAST_CONTEXT_H

#include <holdfast/call.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rpc_context; /* the server's entry of one open handle */

/* One handle type of an interface. Its address is its identity for type_strict_context_handle. */
struct rpc_context_type {
    const char *name;            /* the typedef's name, or "(anonymous)" */
    void (*rundown)(void *user); /* NULL: anonymous handle, dropped silently (D2, X15) */
};

enum rpc_context_flags {
    RPC_CONTEXT_IN = 1 << 0,          /* [in] or [in,out] */
    RPC_CONTEXT_OUT = 1 << 1,         /* [out] or [in,out] */
    RPC_CONTEXT_RETURN = 1 << 2,      /* the return value */
    RPC_CONTEXT_SERIALIZE = 1 << 3,   /* [context_handle_serialize] on type, function, parameter */
    RPC_CONTEXT_NOSERIALIZE = 1 << 4, /* [context_handle_noserialize]; neither: process default */
    RPC_CONTEXT_BY_VALUE = 1 << 5,    /* [in] T h, not [in] T *h: what RpcSsContextLock... names */
};

/* One handle of one server call; lies in the argument record. Fields are the runtime's. */
struct rpc_context_slot {
    struct rpc_context_slot *next; /* parameter order */
    void **value;                  /* where the routine's user context lies */
    const struct rpc_context_type *type;
    struct rpc_context *entry; /* what arrived, locked by this call; or born in it */
    void *arrived;             /* user context as handed to the routine */
    uint32_t flags;            /* enum rpc_context_flags */
    uint8_t produced;          /* its 20 octets were written */
    uint8_t token_is_null;
    uint8_t token[20]; /* as received, in host form */
};

/* unmarshal, [in] and [in,out]: reads 20 octets. */
NDR_API void rpc_context_get(struct rpc_call *call, struct ndr_in *in,
                             struct rpc_context_slot *slot, void **value,
                             const struct rpc_context_type *type, uint32_t flags);

/* unmarshal, [out] and return value: *value becomes NULL, nothing is read. */
NDR_API void rpc_context_new(struct rpc_call *call, struct rpc_context_slot *slot, void **value,
                             const struct rpc_context_type *type, uint32_t flags);

/* marshal, [in,out], [out] and return value: writes 20 octets, stages the change. */
NDR_API void rpc_context_put(struct rpc_call *call, struct ndr_out *out,
                             struct rpc_context_slot *slot);

/* Arrays of handles: every element is a handle of its own, in order (X12). The slots and the array
 * the routine gets, *ret_values, come from the call's arena; NULL after a failure. */
NDR_API struct rpc_context_slot *rpc_context_get_array(struct rpc_call *call, struct ndr_in *in,
                                                       uint32_t count, void ***ret_values,
                                                       const struct rpc_context_type *type,
                                                       uint32_t flags);
NDR_API struct rpc_context_slot *rpc_context_new_array(struct rpc_call *call, struct ndr_in *in,
                                                       uint32_t count, void ***ret_values,
                                                       const struct rpc_context_type *type,
                                                       uint32_t flags);
NDR_API void rpc_context_put_array(struct rpc_call *call, struct ndr_out *out,
                                   struct rpc_context_slot *slots, uint32_t count);

/* One staged change of a client's call; lies in the stub's frame. Fields are the runtime's. */
struct rpc_client_context {
    struct rpc_client_context *next;
    void **handle;
    void *made; /* the object to store on commit, if the handle opens */
    uint32_t change;
};

/* Binding by a context handle (rpc-contexts 2.1): the first that is not NULL binds the call, later
 * ones must be of the same association. A NULL [in] handle fails with RPC_X_SS_IN_NULL_CONTEXT
 * (1775), a value that is no live handle with RPC_X_SS_CONTEXT_MISMATCH (6). */
NDR_API void rpc_client_bind_context(struct rpc_client_call *c, void *handle, uint32_t flags);

/* Puts the 20 octets of a handle ([in] and [in,out]). */
NDR_API void rpc_client_put_context(struct rpc_client_call *c, void *handle, uint32_t flags);

/* Gets 20 octets and stages what they mean for *handle. With RPC_CONTEXT_IN absent the old value of
 * the variable is ignored. */
NDR_API void rpc_client_get_context(struct rpc_client_call *c, struct rpc_client_context *staged,
                                    void **handle, uint32_t flags);

/* The same for every element of an array; `handles` may be NULL with a count of 0. */
NDR_API void rpc_client_bind_contexts(struct rpc_client_call *c, void *const *handles,
                                      uint32_t count, uint32_t flags);
NDR_API void rpc_client_put_contexts(struct rpc_client_call *c, void *const *handles,
                                     uint32_t count, uint32_t flags);
NDR_API void rpc_client_get_contexts(struct rpc_client_call *c, void **handles, uint32_t count,
                                     uint32_t flags);

#ifdef __cplusplus
}
#endif
#endif
