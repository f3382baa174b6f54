/* SPDX-License-Identifier: Apache-2.0
 *
 * call.h - interface tables and the way of a call (wall between compiler and runtime)
 *
 * The compiler writes one `struct rpc_interface` per interface and side. A server's has a row per
 * method, three functions over one argument record that lives in the call's arena:
 *
 *     unmarshal   request octets -> record; context-handle tokens are only collected
 *     (runtime)   resolves the tokens and takes their locks; a call that has to wait is parked as
 *                 its record, holding no thread
 *     invoke      record -> manager routine
 *     marshal     record -> reply octets; context changes are only staged
 *     (runtime)   enters the changes, sends, settles the call (context.h)
 *     release     gives back what midl_user_allocate gave for the record
 *
 * Nothing that is needed after `invoke` lives on the C stack, so any worker can go on with a call.
 * A record starts zeroed. `unmarshal` also prepares what a routine fills: [out] pointees and arrays
 * come from the arena, and [out] context slots from rpc_context_new.
 *
 * Memory rule (MIDL memory model): pointees of [in]-only parameters lie in the arena or in the
 * request itself; what pointers inside [in,out] and [out] parameters reach comes from
 * midl_user_allocate and is freed by `release` with midl_user_free, after the reply has been sent; a
 * routine may free and replace such nodes. `release` is called exactly once for every record whose
 * `unmarshal` succeeded, whatever happened since; when `unmarshal` fails the runtime itself frees
 * what was allocated and `release` is not called.
 *
 * A client stub is one function:
 *
 *     struct rpc_client_call c;
 *     rpc_client_begin(&c, &interface, OPNUM, flags);
 *     rpc_client_bind(&c, h);                     -- one line per explicit [in] or [in,out] handle,
 *     rpc_client_bind_context(&c, *ctx, flags);   -- left to right; the first that can binds
 *     if (rpc_client_start(&c)) {                 -- a connection, its transfer syntax known
 *         ndr_put_...(&c.out, ...);
 *         if (rpc_client_exchange(&c)) {
 *             ndr_get_...(&c.in, ...);
 *         }
 *     }
 *     rpc_client_end(&c, NULL, NULL);             -- commits context handles; raises on failure
 */
#ifndef HOLDFAST_CALL_H
#define HOLDFAST_CALL_H

#include <holdfast/ndr.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rpc_call;           /* a server's call */
struct rpc_client_runtime; /* what the runtime keeps for a client's call */

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    unsigned char Data4[8];
} GUID;
#endif
#ifndef UUID_DEFINED
#define UUID_DEFINED
typedef GUID UUID;
#endif

typedef struct _RPC_VERSION {
    unsigned short MajorVersion;
    unsigned short MinorVersion;
} RPC_VERSION;

typedef struct _RPC_SYNTAX_IDENTIFIER {
    GUID SyntaxGUID;
    RPC_VERSION SyntaxVersion;
} RPC_SYNTAX_IDENTIFIER;

enum rpc_method_flags {
    RPC_METHOD_IDEMPOTENT = 1 << 0,
    RPC_METHOD_ASYNC = 1 << 1, /* the routine takes a PRPC_ASYNC_STATE first */
};

/* One method of a server's interface table. */
struct rpc_method {
    const char *name;
    uint32_t record_size;
    uint32_t flags; /* enum rpc_method_flags */
    void (*unmarshal)(struct rpc_call *call, struct ndr_in *in, void *record);
    void (*invoke)(struct rpc_call *call, const void *epv, void *record);
    void (*marshal)(struct rpc_call *call, struct ndr_out *out, void *record);
    void (*release)(struct rpc_call *call, void *record); /* NULL: nothing to give back */
    uint32_t result_offset, result_size; /* the return value in the record; size 0: void */
};

/* A well-known endpoint of the IDL's [endpoint] attribute. */
struct rpc_endpoint {
    const char *protseq;
    const char *endpoint;
};

enum rpc_interface_flags {
    RPC_INTERFACE_STRICT = 1 << 0,      /* strict_context_handle */
    RPC_INTERFACE_TYPE_STRICT = 1 << 1, /* type_strict_context_handle */
    RPC_INTERFACE_NDR64 = 1 << 2,       /* NDR64 is offered and preferred beside NDR 2.0 */
};

/* What an RPC_IF_HANDLE points to. Immutable; lives as long as the module that holds the stubs. */
struct rpc_interface {
    uint32_t stub_version; /* NDR_STUB_VERSION */
    uint32_t flags;        /* enum rpc_interface_flags */
    const char *name;
    RPC_SYNTAX_IDENTIFIER id;
    const struct rpc_endpoint *endpoints;
    uint32_t endpoint_count;
    uint32_t method_count;
    const struct rpc_method *methods; /* NULL in a client's table */
    const void *default_epv;          /* one function pointer a method; NULL in a client's table */
    void *(*allocate)(size_t);        /* midl_user_allocate; NULL if no stub of it needs memory */
    void (*release)(void *);
};

/* ---- Server stubs ----------------------------------------------------------------------------- */

/* The binding handle that names the client, for a routine's handle_t parameter. Valid during the
 * call only. */
NDR_API RPC_BINDING_HANDLE rpc_call_binding(struct rpc_call *call);

/* Gives back one node of midl_user_allocate; accepts NULL. For `release` functions. */
NDR_API void rpc_call_free(struct rpc_call *call, void *node);

/* ---- Client stubs ----------------------------------------------------------------------------- */

#define RPC_CLIENT_ROOM 1024

struct rpc_client_call {
    struct ndr_out out;
    struct ndr_in in;
    struct ndr_memory memory;
    RPC_STATUS status;   /* 0, or the first failure of binding, sending, receiving */
    uint32_t from_fault; /* 1: status came in a fault PDU (the class of fault_status) */
    const struct rpc_interface *interface;
    uint32_t opnum;
    uint32_t flags;
    struct rpc_client_runtime *runtime;
    uint64_t private_[32]; /* the runtime's: no allocation for a small call */
    uint8_t room[RPC_CLIENT_ROOM] __attribute__((aligned(16)));
};

/* Starts a call on the caller's stack. Never fails by itself: later steps carry the status. */
NDR_API void rpc_client_begin(struct rpc_client_call *c, const struct rpc_interface *interface,
                              uint32_t opnum, uint32_t flags /* enum rpc_method_flags */);

/* Names an explicit binding handle: the call's binding, or, if there is one already, checked to
 * lead to the same server (RPC_X_SS_HANDLES_MISMATCH, 1778). For implicit handles alike. */
NDR_API void rpc_client_bind(struct rpc_client_call *c, RPC_BINDING_HANDLE binding);

/* Makes the call ready to marshal: resolves the endpoint, takes or opens a connection, negotiates
 * the interface. False when that failed; the status is raised by rpc_client_end. */
NDR_API bool rpc_client_start(struct rpc_client_call *c);

/* Sends what was put, waits, and makes c->in ready. False on any failure, also of marshalling
 * (then nothing has been sent) and when the answer is a fault. */
NDR_API bool rpc_client_exchange(struct rpc_client_call *c);

/* Ends the call: commits staged context handles if everything is good, frees what was allocated if
 * not, gives the connection back. Then a failure is raised as an exception, unless it is of a class
 * for which the stub hands a variable: `comm_status` takes failures of communication, `fault_status`
 * those that arrived in a fault; both are set to 0 on success. Failures of marshalling the caller's
 * own arguments are always raised. */
NDR_API void rpc_client_end(struct rpc_client_call *c, error_status_t *comm_status,
                            error_status_t *fault_status);

#ifdef __cplusplus
}
#endif
#endif
