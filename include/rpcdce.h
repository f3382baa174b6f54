/* SPDX-License-Identifier: Apache-2.0
 *
 * rpcdce.h - bindings, servers, management, UUIDs
 *
 * Included by <rpc.h>, whose head states limits, conventions and an example. Sections: types;
 * strings; UUIDs; client's binding handles; time limits; server's endpoints; registration;
 * listening; the call being served; authentication; management; endpoint mapper.
 *
 * Errors that any function may return are not repeated at each: RPC_S_OUT_OF_MEMORY (14), and, where
 * a binding handle is taken, RPC_S_INVALID_BINDING (1702) for NULL or what is no handle, and
 * RPC_S_WRONG_KIND_OF_BINDING (1701) for a server's handle where a client's is meant or vice versa.
 */
#ifndef HOLDFAST_RPCDCE_H
#define HOLDFAST_RPCDCE_H

#include <holdfast/types.h>
#include <rpcdcep.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef RPCRTAPI
#define RPCRTAPI __attribute__((visibility("default")))
#endif

#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif

#ifdef UNICODE
#define HOLDFAST_AW(name) name##W
#else
#define HOLDFAST_AW(name) name##A
#endif

/* ---- Types ------------------------------------------------------------------------------------ */

typedef void *I_RPC_HANDLE;
typedef unsigned char *RPC_CSTR; /* UTF-8, NUL-terminated */
typedef uint16_t *RPC_WSTR;      /* UTF-16 units, NUL-terminated */

#ifndef HOLDFAST_NO_WINDOWS_NAMES
typedef uintptr_t ULONG_PTR;
typedef intptr_t LONG_PTR;
#endif

#define rpc_binding_handle_t RPC_BINDING_HANDLE
#define rpc_binding_vector_t RPC_BINDING_VECTOR
#define uuid_vector_t        UUID_VECTOR

typedef struct _RPC_BINDING_VECTOR {
    uint32_t Count;
    RPC_BINDING_HANDLE BindingH[1]; /* Count of them; an entry may be NULL */
} RPC_BINDING_VECTOR;

typedef struct _UUID_VECTOR {
    uint32_t Count;
    UUID *Uuid[1];
} UUID_VECTOR;

typedef struct _RPC_IF_ID {
    UUID Uuid;
    unsigned short VersMajor;
    unsigned short VersMinor;
} RPC_IF_ID;

typedef struct _RPC_IF_ID_VECTOR {
    uint32_t Count;
    RPC_IF_ID *IfId[1];
} RPC_IF_ID_VECTOR;

typedef struct _RPC_PROTSEQ_VECTORA {
    unsigned int Count;
    unsigned char *Protseq[1];
} RPC_PROTSEQ_VECTORA;

typedef struct _RPC_PROTSEQ_VECTORW {
    unsigned int Count;
    uint16_t *Protseq[1];
} RPC_PROTSEQ_VECTORW;
#define RPC_PROTSEQ_VECTOR HOLDFAST_AW(RPC_PROTSEQ_VECTOR)

/* Counters of RpcMgmtInqStats, by index. */
typedef struct _RPC_STATS_VECTOR {
    unsigned int Count;
    uint32_t Stats[1];
} RPC_STATS_VECTOR;
#define RPC_C_STATS_CALLS_IN  0
#define RPC_C_STATS_CALLS_OUT 1
#define RPC_C_STATS_PKTS_IN   2
#define RPC_C_STATS_PKTS_OUT  3

/* For the ...Ex functions that open endpoints: Length is sizeof(RPC_POLICY); the flags choose port
 * ranges and network cards on Windows and have no effect here. */
typedef struct _RPC_POLICY {
    unsigned int Length;
    uint32_t EndpointFlags;
    uint32_t NICFlags;
} RPC_POLICY, *PRPC_POLICY;
#define RPC_C_BIND_TO_ALL_NICS  1
#define RPC_C_USE_INTERNET_PORT 0x1
#define RPC_C_USE_INTRANET_PORT 0x2
#define RPC_C_DONT_FAIL         0x4

/* A manager's entry point vector: the structure that the IDL compiler declares as NAME_epv_t. */
#define RPC_MGR_EPV void

/* Answers the type UUID of an object UUID (RpcObjectSetInqFn). */
typedef void __RPC_USER RPC_OBJECT_INQ_FN(UUID *ObjectUuid, UUID *TypeUuid, RPC_STATUS *Status);

/* Security callback of a registration: RPC_S_OK admits the client; `Context` is its binding handle.
 * Anything else makes the client's call fail with RPC_S_ACCESS_DENIED (5). */
typedef RPC_STATUS RPC_ENTRY RPC_IF_CALLBACK_FN(RPC_IF_HANDLE InterfaceUuid, void *Context);

/* ---- Strings ---------------------------------------------------------------------------------- */

/* Joins the parts of a string binding, `object@protseq:address[endpoint,options]`. A NULL or empty
 * part is left out; of the characters @ : [ ] , \ those that would end a part are escaped with a
 * backslash. *StringBinding is to be freed with RpcStringFree; StringBinding NULL only checks.
 * Errors: RPC_S_INVALID_STRING_UUID, RPC_S_INVALID_STRING_BINDING (protocol sequence missing, result
 * too long or not UTF-8/UTF-16). Source: RpcStringBindingCompose. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringBindingComposeA(RPC_CSTR ObjUuid, RPC_CSTR Protseq,
                                                       RPC_CSTR NetworkAddr, RPC_CSTR Endpoint,
                                                       RPC_CSTR Options, RPC_CSTR *StringBinding);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringBindingComposeW(RPC_WSTR ObjUuid, RPC_WSTR Protseq,
                                                       RPC_WSTR NetworkAddr, RPC_WSTR Endpoint,
                                                       RPC_WSTR Options, RPC_WSTR *StringBinding);
#define RpcStringBindingCompose HOLDFAST_AW(RpcStringBindingCompose)

/* Takes a string binding apart. Each result that is not NULL gets a string of its own, empty for a
 * part that is absent, to be freed with RpcStringFree. Endpoint accepts `[endpoint=NAME]` too. On
 * failure nothing is left to free.
 * Errors: RPC_S_INVALID_STRING_BINDING, RPC_S_INVALID_STRING_UUID. Source: RpcStringBindingParse. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringBindingParseA(RPC_CSTR StringBinding, RPC_CSTR *ObjUuid,
                                                     RPC_CSTR *Protseq, RPC_CSTR *NetworkAddr,
                                                     RPC_CSTR *Endpoint, RPC_CSTR *NetworkOptions);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringBindingParseW(RPC_WSTR StringBinding, RPC_WSTR *ObjUuid,
                                                     RPC_WSTR *Protseq, RPC_WSTR *NetworkAddr,
                                                     RPC_WSTR *Endpoint, RPC_WSTR *NetworkOptions);
#define RpcStringBindingParse HOLDFAST_AW(RpcStringBindingParse)

/* Frees a string that the runtime handed out and sets the variable to NULL; does nothing for a NULL
 * variable. Source: RpcStringFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringFreeA(RPC_CSTR *String);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcStringFreeW(RPC_WSTR *String);
#define RpcStringFree HOLDFAST_AW(RpcStringFree)

/* Writes the English text of a status to ErrorText, which has room for DCE_C_ERROR_STRING_LEN
 * characters (with the terminator). A code without a text of its own gets one that says so.
 * Errors: RPC_S_INVALID_ARG for NULL. Source: DceErrorInqText. */
#define DCE_C_ERROR_STRING_LEN 256
RPCRTAPI RPC_STATUS RPC_ENTRY DceErrorInqTextA(RPC_STATUS RpcStatus, RPC_CSTR ErrorText);
RPCRTAPI RPC_STATUS RPC_ENTRY DceErrorInqTextW(RPC_STATUS RpcStatus, RPC_WSTR ErrorText);
#define DceErrorInqText HOLDFAST_AW(DceErrorInqText)

/* RPC_S_OK for a protocol sequence that this library offers (ncacn_ip_tcp, ncalrpc);
 * RPC_S_PROTSEQ_NOT_SUPPORTED for another known one, RPC_S_INVALID_RPC_PROTSEQ for anything else.
 * Source: RpcNetworkIsProtseqValid. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcNetworkIsProtseqValidA(RPC_CSTR Protseq);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcNetworkIsProtseqValidW(RPC_WSTR Protseq);
#define RpcNetworkIsProtseqValid HOLDFAST_AW(RpcNetworkIsProtseqValid)

/* The protocol sequences this library offers; *ProtseqVector is freed with RpcProtseqVectorFree,
 * which sets the variable to NULL. Source: RpcNetworkInqProtseqs, RpcProtseqVectorFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcNetworkInqProtseqsA(RPC_PROTSEQ_VECTORA **ProtseqVector);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcNetworkInqProtseqsW(RPC_PROTSEQ_VECTORW **ProtseqVector);
#define RpcNetworkInqProtseqs HOLDFAST_AW(RpcNetworkInqProtseqs)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcProtseqVectorFreeA(RPC_PROTSEQ_VECTORA **ProtseqVector);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcProtseqVectorFreeW(RPC_PROTSEQ_VECTORW **ProtseqVector);
#define RpcProtseqVectorFree HOLDFAST_AW(RpcProtseqVectorFree)

/* ---- UUIDs ------------------------------------------------------------------------------------ */

/* A UUID of 122 random bits (version 4), unique everywhere. Error: RPC_S_OUT_OF_RESOURCES when the
 * system's generator gives nothing. Source: UuidCreate. */
RPCRTAPI RPC_STATUS RPC_ENTRY UuidCreate(UUID *Uuid);

/* A UUID of time, sequence and node (version 1), whose values ascend within the process. The node is
 * random, not the network card's address, so RPC_S_UUID_LOCAL_ONLY (1824) is returned and the UUID is
 * good. Source: UuidCreateSequential. */
RPCRTAPI RPC_STATUS RPC_ENTRY UuidCreateSequential(UUID *Uuid);

/* All zeros. Source: UuidCreateNil. */
RPCRTAPI RPC_STATUS RPC_ENTRY UuidCreateNil(UUID *NilUuid);

/* 36 characters, 8-4-4-4-12 hexadecimal digits, to be freed with RpcStringFree; written in lower
 * case, read in either, without braces. NULL text gives the nil UUID.
 * Error: RPC_S_INVALID_STRING_UUID. Source: UuidToString, UuidFromString. */
RPCRTAPI RPC_STATUS RPC_ENTRY UuidToStringA(UUID *Uuid, RPC_CSTR *StringUuid);
RPCRTAPI RPC_STATUS RPC_ENTRY UuidToStringW(UUID *Uuid, RPC_WSTR *StringUuid);
#define UuidToString HOLDFAST_AW(UuidToString)
RPCRTAPI RPC_STATUS RPC_ENTRY UuidFromStringA(RPC_CSTR StringUuid, UUID *Uuid);
RPCRTAPI RPC_STATUS RPC_ENTRY UuidFromStringW(RPC_WSTR StringUuid, UUID *Uuid);
#define UuidFromString HOLDFAST_AW(UuidFromString)

/* -1, 0 or 1 by the order of the fields as numbers; nonzero if equal; a 16-bit hash; nonzero if nil.
 * NULL counts as the nil UUID. *Status is always RPC_S_OK.
 * Source: UuidCompare, UuidEqual, UuidHash, UuidIsNil. */
RPCRTAPI signed int RPC_ENTRY UuidCompare(UUID *Uuid1, UUID *Uuid2, RPC_STATUS *Status);
RPCRTAPI int RPC_ENTRY UuidEqual(UUID *Uuid1, UUID *Uuid2, RPC_STATUS *Status);
RPCRTAPI unsigned short RPC_ENTRY UuidHash(UUID *Uuid, RPC_STATUS *Status);
RPCRTAPI int RPC_ENTRY UuidIsNil(UUID *Uuid, RPC_STATUS *Status);

/* ---- Client: binding handles ------------------------------------------------------------------ */

/* Makes a binding handle from a string binding. Without an endpoint it is partially bound: the first
 * call takes the interface's [endpoint], or else asks the server's endpoint mapper. Nothing is sent or
 * looked up here. Free it with RpcBindingFree.
 * Errors: RPC_S_INVALID_STRING_BINDING, RPC_S_PROTSEQ_NOT_SUPPORTED, RPC_S_INVALID_RPC_PROTSEQ,
 * RPC_S_INVALID_ENDPOINT_FORMAT, RPC_S_INVALID_NET_ADDR (ncalrpc with an address that is not this
 * machine), RPC_S_INVALID_STRING_UUID, RPC_S_INVALID_NETWORK_OPTIONS.
 * Source: RpcBindingFromStringBinding. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingA(RPC_CSTR StringBinding,
                                                           RPC_BINDING_HANDLE *Binding);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingW(RPC_WSTR StringBinding,
                                                           RPC_BINDING_HANDLE *Binding);
#define RpcBindingFromStringBinding HOLDFAST_AW(RpcBindingFromStringBinding)

/* The string binding of a client's or server's handle; free it with RpcStringFree. For the handle of
 * a call being served it names the client, without endpoint. Source: RpcBindingToStringBinding. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingToStringBindingA(RPC_BINDING_HANDLE Binding,
                                                         RPC_CSTR *StringBinding);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingToStringBindingW(RPC_BINDING_HANDLE Binding,
                                                         RPC_WSTR *StringBinding);
#define RpcBindingToStringBinding HOLDFAST_AW(RpcBindingToStringBinding)

/* Ends a binding handle and sets the variable to NULL. Connections stay as long as other binding
 * handles or open context handles of this process use the same server, and 20 seconds longer; see
 * RPC_C_OPT_DONT_LINGER. Not while a call runs on the handle. Of a server's handles only those of
 * RpcBindingServerFromClient and RpcServerInqBindings are freed so. Source: RpcBindingFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingFree(RPC_BINDING_HANDLE *Binding);

/* A second, independent handle to the same server: parts, object, options and authentication as they
 * are now. Source: RpcBindingCopy. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingCopy(RPC_BINDING_HANDLE SourceBinding,
                                             RPC_BINDING_HANDLE *DestinationBinding);

/* Forgets the endpoint, keeps the rest: the next call looks for one again. Use it when a server has
 * come back on another port. Not while calls run on the handle. Source: RpcBindingReset. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingReset(RPC_BINDING_HANDLE Binding);

/* The object UUID that calls carry; the server chooses a manager by its type. NULL or nil: none.
 * InqObject also answers for the handle of a call being served. Source: RpcBindingSetObject,
 * RpcBindingInqObject. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid);

/* Options of a client's binding handle.
 *   NONCAUSAL       accepted; calls here are never held back for causal order.
 *   UNIQUE_BINDING  nonzero, before the first call: the handle has connections of its own, shared
 *                   with no other binding handle.
 *   CALL_TIMEOUT    milliseconds without a packet from the server after which a call fails with
 *                   RPC_S_CALL_CANCELLED (1818); the server may still execute it. 0: none. Not on
 *                   ncalrpc. The connection is kept for the late reply if the server has agreed to that
 *                   (bind-time features), else closed, which may cost the context handles if there is
 *                   no other.
 *   DONT_LINGER     nonzero: when the last handle to this server is gone its connections are closed at
 *                   once, not 20 seconds later. Holds for all handles of this process to the server;
 *                   needs a handle on which a call was made, else RPC_S_WRONG_KIND_OF_BINDING.
 * Other options: RPC_S_CANNOT_SUPPORT (1764). Source: RpcBindingSetOption, "Binding option
 * constants". */
#define RPC_C_OPT_BINDING_NONCAUSAL 9
#define RPC_C_OPT_SECURITY_CALLBACK 10
#define RPC_C_OPT_UNIQUE_BINDING    11
#define RPC_C_OPT_CALL_TIMEOUT      12
#define RPC_C_OPT_DONT_LINGER       13
#define RPC_C_OPT_MAX_OPTIONS       17
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetOption(RPC_BINDING_HANDLE hBinding, uint32_t option,
                                                  uintptr_t optionValue);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqOption(RPC_BINDING_HANDLE hBinding, uint32_t option,
                                                  uintptr_t *pOptionValue);

/* Frees a vector and every handle in it, and sets the variable to NULL. Source:
 * RpcBindingVectorFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingVectorFree(RPC_BINDING_VECTOR **BindingVector);

/* Finds the endpoint of a partially bound handle now instead of at the first call; nothing happens
 * for a handle that has one. Errors: EPT_S_NOT_REGISTERED (1753), or why the endpoint mapper could not
 * be asked: RPC_S_SERVER_UNAVAILABLE (1722) and others. Source: RpcEpResolveBinding. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpResolveBinding(RPC_BINDING_HANDLE Binding, RPC_IF_HANDLE IfSpec);

/* UUID and version of an interface. Error: RPC_S_UNKNOWN_IF for NULL. Source: RpcIfInqId. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcIfInqId(RPC_IF_HANDLE RpcIfHandle, RPC_IF_ID *RpcIfId);

/* ---- Time limits ------------------------------------------------------------------------------ */

/* How soon a server that has vanished is noticed while a call waits: 0 (after 120 seconds) to 9
 * (after 1200), in steps of 120; then one keep-alive a second, and after three without answer the
 * call fails with RPC_S_CALL_FAILED. 10: never. A server that answers keep-alives may take as long as
 * it likes. Also bounds connecting: the shorter of this and 15 minutes. No effect on ncalrpc, where
 * the death of a server is noticed at once. Default 5.
 * Error: RPC_S_INVALID_TIMEOUT. Source: RpcMgmtSetComTimeout, RpcMgmtInqComTimeout. */
#define RPC_C_BINDING_INFINITE_TIMEOUT 10
#define RPC_C_BINDING_MIN_TIMEOUT      0
#define RPC_C_BINDING_DEFAULT_TIMEOUT  5
#define RPC_C_BINDING_MAX_TIMEOUT      9
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtSetComTimeout(RPC_BINDING_HANDLE Binding,
                                                   unsigned int Timeout);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtInqComTimeout(RPC_BINDING_HANDLE Binding,
                                                   unsigned int *Timeout);

/* Cancels the call that another thread is waiting in, of which Thread is the pthread_t as a pointer
 * ((void *)pthread_self()); a thread that is in no call is left alone. The server is told, and its
 * routine may ask (RpcTestCancel); what it answers then is the call's result. A call that has not been
 * sent yet fails with RPC_S_CALL_CANCELLED (1818), as does one that is not answered within the timeout,
 * in seconds: that of RpcMgmtSetCancelTimeout in the thread that calls, or of RpcCancelThreadEx. Its
 * connection is closed then, unless the server keeps it until the reply has come late, while the
 * server goes on with the call. They do not wait, and return RPC_S_OK. The timeout is RPC_C_CANCEL_INFINITE_TIMEOUT unless set; with 0 the call ends at once.
 * Other than Microsoft's they work on ncalrpc, too.
 * Error: RPC_S_INVALID_ARG for another negative timeout. Any thread. Source: RpcCancelThread,
 * RpcCancelThreadEx, RpcMgmtSetCancelTimeout. */
#define RPC_C_CANCEL_INFINITE_TIMEOUT (-1)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcCancelThread(void *Thread);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcCancelThreadEx(void *Thread, int32_t Timeout);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtSetCancelTimeout(int32_t Timeout);

/* From now on connections of this process that were idle for 10 seconds are closed, but the last one
 * of a server at which this process has context handles open. Cannot be undone. Turns itself on when
 * there are more than three connections to one server.
 * Errors: RPC_S_OUT_OF_THREADS, RPC_S_OUT_OF_RESOURCES. Source: RpcMgmtEnableIdleCleanup. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEnableIdleCleanup(void);

/* ---- Server: endpoints ------------------------------------------------------------------------ */

/* Opens an endpoint: ...Ep the one named (a TCP port; a name of ncalrpc), the others one that the
 * system chooses, to be read back with RpcServerInqBindings. Every registered interface can be called
 * on every endpoint. MaxCalls is the backlog of connections, RPC_C_PROTSEQ_MAX_REQS_DEFAULT by
 * custom; SecurityDescriptor must be NULL; Policy may be NULL. Connections are accepted at once, calls
 * from RpcServerListen on (or at once on interfaces with RPC_IF_AUTOLISTEN).
 * For ncacn_ip_tcp the endpoint may also be ADDRESS:PORT, which Windows does not have: it listens on
 * that address of the machine only, and port 0 is a free one (`127.0.0.1:0`).
 * ncalrpc is a unix socket NAME in /run/holdfast for root, else in $XDG_RUNTIME_DIR/holdfast, else in
 * /tmp/holdfast-UID; a NAME with a slash is the path itself.
 * Errors: RPC_S_PROTSEQ_NOT_SUPPORTED, RPC_S_INVALID_RPC_PROTSEQ, RPC_S_INVALID_ENDPOINT_FORMAT,
 * RPC_S_DUPLICATE_ENDPOINT (in use), RPC_S_CANT_CREATE_ENDPOINT, RPC_S_INVALID_SECURITY_DESC.
 * Source: RpcServerUseProtseq, RpcServerUseProtseqEp and their Ex forms. */
#define RPC_C_PROTSEQ_MAX_REQS_DEFAULT 10
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                                   void *SecurityDescriptor);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                                   void *SecurityDescriptor);
#define RpcServerUseProtseq HOLDFAST_AW(RpcServerUseProtseq)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqExA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                                     void *SecurityDescriptor, PRPC_POLICY Policy);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqExW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                                     void *SecurityDescriptor, PRPC_POLICY Policy);
#define RpcServerUseProtseqEx HOLDFAST_AW(RpcServerUseProtseqEx)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                                     RPC_CSTR Endpoint, void *SecurityDescriptor);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                                     RPC_WSTR Endpoint, void *SecurityDescriptor);
#define RpcServerUseProtseqEp HOLDFAST_AW(RpcServerUseProtseqEp)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                                       RPC_CSTR Endpoint, void *SecurityDescriptor,
                                                       PRPC_POLICY Policy);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                                       RPC_WSTR Endpoint, void *SecurityDescriptor,
                                                       PRPC_POLICY Policy);
#define RpcServerUseProtseqEpEx HOLDFAST_AW(RpcServerUseProtseqEpEx)

/* An endpoint of the system's choice for every protocol sequence offered. Source:
 * RpcServerUseAllProtseqs. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqs(unsigned int MaxCalls,
                                                      void *SecurityDescriptor);

/* The endpoints of this server as binding handles, for RpcBindingToStringBinding; free the vector
 * with RpcBindingVectorFree. Error: RPC_S_NO_BINDINGS. Source: RpcServerInqBindings. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerInqBindings(RPC_BINDING_VECTOR **BindingVector);

/* ---- Server: registration --------------------------------------------------------------------- */

/* Flags of RpcServerRegisterIfEx and its kin. */
#define RPC_IF_AUTOLISTEN                   0x0001 /* callable from registration on, no Listen */
#define RPC_IF_OLE                          0x0002
#define RPC_IF_ALLOW_UNKNOWN_AUTHORITY      0x0004
#define RPC_IF_ALLOW_SECURE_ONLY            0x0008 /* authenticated calls only */
#define RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH 0x0010 /* callback also decides unauthenticated calls */
#define RPC_IF_ALLOW_LOCAL_ONLY             0x0020 /* calls by ncalrpc only */
#define RPC_IF_SEC_NO_CACHE                 0x0040 /* callback at every call */
#define RPC_IF_SEC_CACHE_PER_PROC           0x0080

/* Makes an interface callable. MgrEpv NULL: the routines named as in the IDL file. MgrTypeUuid NULL
 * or nil: the manager for objects without a type. MaxCalls bounds the calls at a time of an interface
 * with RPC_IF_AUTOLISTEN. MaxRpcSize bounds the octets of a request (-1: no bound but memory).
 * SecurityDescriptor must be NULL (else RPC_S_CANNOT_SUPPORT). An interface with a callback admits
 * authenticated clients only, unless RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH.
 * Errors: RPC_S_TYPE_ALREADY_REGISTERED, RPC_X_WRONG_STUB_VERSION (stubs of another version of the
 * compiler), RPC_S_UNKNOWN_IF for NULL.
 * Source: RpcServerRegisterIf, RpcServerRegisterIfEx, RpcServerRegisterIf2, RpcServerRegisterIf3. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterIf(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                  RPC_MGR_EPV *MgrEpv);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterIfEx(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                    RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                                    unsigned int MaxCalls,
                                                    RPC_IF_CALLBACK_FN *IfCallback);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterIf2(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                   RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                                   unsigned int MaxCalls, unsigned int MaxRpcSize,
                                                   RPC_IF_CALLBACK_FN *IfCallbackFn);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterIf3(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                   RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                                   unsigned int MaxCalls, unsigned int MaxRpcSize,
                                                   RPC_IF_CALLBACK_FN *IfCallback,
                                                   void *SecurityDescriptor);

/* Takes an interface's registration back; new calls fail at the client with RPC_S_UNKNOWN_IF. IfSpec
 * NULL: all but those with RPC_IF_AUTOLISTEN. WaitForCallsToComplete nonzero: returns when no routine
 * of it runs. Open context handles stay; see RpcServerUnregisterIfEx.
 * Errors: RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_MGR_TYPE. Source: RpcServerUnregisterIf. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUnregisterIf(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                    unsigned int WaitForCallsToComplete);

/* As RpcServerUnregisterIf, waits for all calls, and ends the interface's context handles:
 * RundownContextHandles nonzero calls their run-down routines, 0 drops them silently. For interfaces
 * with strict_context_handle. Error: RPC_S_CALL_IN_PROGRESS (1791) when called from a routine of the
 * interface, which would wait for itself. Source: RpcServerUnregisterIfEx. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerUnregisterIfEx(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                                      int RundownContextHandles);

/* Gives a type to an object UUID (TypeUuid NULL or nil: takes it back), and reads it.
 * Errors: RPC_S_INVALID_OBJECT (nil), RPC_S_ALREADY_REGISTERED, RPC_S_OBJECT_NOT_FOUND.
 * Source: RpcObjectSetType, RpcObjectInqType. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcObjectSetType(UUID *ObjUuid, UUID *TypeUuid);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcObjectInqType(UUID *ObjUuid, UUID *TypeUuid);

/* ---- Server: listening ------------------------------------------------------------------------ */

/* Begins to execute calls. MinimumCallThreads is a hint; MaxCalls bounds the calls executed at a time
 * (RPC_C_LISTEN_MAX_CALLS_DEFAULT: no bound). DontWait 0 blocks until RpcMgmtStopServerListening and
 * the end of all calls; nonzero returns at once.
 * Errors: RPC_S_ALREADY_LISTENING, RPC_S_NO_PROTSEQS_REGISTERED, RPC_S_MAX_CALLS_TOO_SMALL.
 * Source: RpcServerListen. */
#define RPC_C_LISTEN_MAX_CALLS_DEFAULT 1234
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerListen(unsigned int MinimumCallThreads,
                                              unsigned int MaxCalls, unsigned int DontWait);

/* Waits until listening has stopped and all calls are done, after RpcServerListen with DontWait.
 * Errors: RPC_S_NOT_LISTENING, RPC_S_ALREADY_LISTENING (another thread waits already).
 * Source: RpcMgmtWaitServerListen. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtWaitServerListen(void);

/* Stops listening: of this server (Binding NULL), or of the one the handle leads to, which by default
 * refuses with RPC_S_ACCESS_DENIED. Calls being executed finish; interfaces with RPC_IF_AUTOLISTEN go
 * on; connections and context handles stay. May be called in a server routine. Error:
 * RPC_S_NOT_LISTENING. Source: RpcMgmtStopServerListening. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtStopServerListening(RPC_BINDING_HANDLE Binding);

/* RPC_S_OK: listens; RPC_S_NOT_LISTENING: does not. Binding NULL: this server.
 * Source: RpcMgmtIsServerListening. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtIsServerListening(RPC_BINDING_HANDLE Binding);

/* Stack of threads that execute calls, in octets; 0: the default. Before listening. Source:
 * RpcMgmtSetServerStackSize. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtSetServerStackSize(uint32_t ThreadStackSize);

/* ---- Server: the call being served ------------------------------------------------------------ */

/* The binding handle of the call that the calling thread executes. Error: RPC_S_NO_CALL_ACTIVE.
 * Source: RpcServerInqBindingHandle. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerInqBindingHandle(RPC_BINDING_HANDLE *Binding);

/* RPC_S_OK if the client has asked to cancel the call, RPC_S_CALL_IN_PROGRESS (1791) if not;
 * RPC_S_NO_CALL_ACTIVE when there is none. BindingHandle NULL and RpcTestCancel: the call of this
 * thread. Source: RpcServerTestCancel, RpcTestCancel. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerTestCancel(RPC_BINDING_HANDLE BindingHandle);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcTestCancel(void);

/* A client's handle, partially bound, to the host the call came from; free it with RpcBindingFree.
 * ClientBinding NULL: the call of this thread. Source: RpcBindingServerFromClient. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingServerFromClient(RPC_BINDING_HANDLE ClientBinding,
                                                         RPC_BINDING_HANDLE *ServerBinding);

/* Lets calls use all context handles in shared mode unless their declaration says
 * context_handle_serialize. For the whole process, for good; before listening.
 * Source: RpcSsDontSerializeContext. */
RPCRTAPI void RPC_ENTRY RpcSsDontSerializeContext(void);

/* ---- Authentication --------------------------------------------------------------------------- */

typedef void *RPC_AUTH_IDENTITY_HANDLE;
typedef void *RPC_AUTHZ_HANDLE;

#define RPC_C_AUTHN_LEVEL_DEFAULT       0
#define RPC_C_AUTHN_LEVEL_NONE          1
#define RPC_C_AUTHN_LEVEL_CONNECT       2
#define RPC_C_AUTHN_LEVEL_CALL          3
#define RPC_C_AUTHN_LEVEL_PKT           4
#define RPC_C_AUTHN_LEVEL_PKT_INTEGRITY 5
#define RPC_C_AUTHN_LEVEL_PKT_PRIVACY   6

#define RPC_C_AUTHN_NONE          0
#define RPC_C_AUTHN_DCE_PRIVATE   1
#define RPC_C_AUTHN_DCE_PUBLIC    2
#define RPC_C_AUTHN_DEC_PUBLIC    4
#define RPC_C_AUTHN_GSS_NEGOTIATE 9
#define RPC_C_AUTHN_WINNT         10
#define RPC_C_AUTHN_GSS_SCHANNEL  14
#define RPC_C_AUTHN_GSS_KERBEROS  16
#define RPC_C_AUTHN_DPA           17
#define RPC_C_AUTHN_MSN           18
#define RPC_C_AUTHN_DIGEST        21
#define RPC_C_AUTHN_MQ            100
#define RPC_C_AUTHN_DEFAULT       0xffffffff

#define RPC_C_AUTHZ_NONE    0
#define RPC_C_AUTHZ_NAME    1
#define RPC_C_AUTHZ_DCE     2
#define RPC_C_AUTHZ_DEFAULT 0xffffffff

/* Who a client is, for RPC_C_AUTHN_WINNT, RPC_C_AUTHN_GSS_NEGOTIATE and RPC_C_AUTHN_GSS_KERBEROS.
 * Lengths are in characters, without a terminator. Flags says whether the strings are UTF-8 or UTF-16,
 * whatever the structure's name is. An empty user and password make an anonymous session. */
#define SEC_WINNT_AUTH_IDENTITY_ANSI    0x1
#define SEC_WINNT_AUTH_IDENTITY_UNICODE 0x2
typedef struct _SEC_WINNT_AUTH_IDENTITY_A {
    unsigned char *User;
    uint32_t UserLength;
    unsigned char *Domain;
    uint32_t DomainLength;
    unsigned char *Password;
    uint32_t PasswordLength;
    uint32_t Flags;
} SEC_WINNT_AUTH_IDENTITY_A, *PSEC_WINNT_AUTH_IDENTITY_A;
typedef struct _SEC_WINNT_AUTH_IDENTITY_W {
    uint16_t *User;
    uint32_t UserLength;
    uint16_t *Domain;
    uint32_t DomainLength;
    uint16_t *Password;
    uint32_t PasswordLength;
    uint32_t Flags;
} SEC_WINNT_AUTH_IDENTITY_W, *PSEC_WINNT_AUTH_IDENTITY_W;
#define SEC_WINNT_AUTH_IDENTITY HOLDFAST_AW(SEC_WINNT_AUTH_IDENTITY_)

/* Quality of service of an authentication. MUTUAL_AUTH: the server has to show who it is, which NTLM
 * cannot. IdentityTracking and ImpersonationType are kept and reported; identities here are those
 * given, so static and dynamic tracking are the same. */
typedef struct _RPC_SECURITY_QOS {
    uint32_t Version; /* RPC_C_SECURITY_QOS_VERSION */
    uint32_t Capabilities;
    uint32_t IdentityTracking;
    uint32_t ImpersonationType;
} RPC_SECURITY_QOS, *PRPC_SECURITY_QOS;
#define RPC_C_SECURITY_QOS_VERSION                     1
#define RPC_C_QOS_IDENTITY_STATIC                      0
#define RPC_C_QOS_IDENTITY_DYNAMIC                     1
#define RPC_C_QOS_CAPABILITIES_DEFAULT                 0x0
#define RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH             0x1
#define RPC_C_QOS_CAPABILITIES_MAKE_FULLSIC            0x2
#define RPC_C_QOS_CAPABILITIES_ANY_AUTHORITY           0x4
#define RPC_C_QOS_CAPABILITIES_IGNORE_DELEGATE_FAILURE 0x8
#define RPC_C_QOS_CAPABILITIES_LOCAL_MA_HINT           0x10
#define RPC_C_IMP_LEVEL_DEFAULT                        0
#define RPC_C_IMP_LEVEL_ANONYMOUS                      1
#define RPC_C_IMP_LEVEL_IDENTIFY                       2
#define RPC_C_IMP_LEVEL_IMPERSONATE                    3
#define RPC_C_IMP_LEVEL_DELEGATE                       4

/* How calls on a client's handle authenticate, from the next call on; each identity and level has
 * connections of its own. AuthnSvc: RPC_C_AUTHN_WINNT (NTLM version 2, also DEFAULT),
 * RPC_C_AUTHN_GSS_KERBEROS, RPC_C_AUTHN_GSS_NEGOTIATE (the one of both that serves), or
 * RPC_C_AUTHN_NONE, which takes authentication back, as RPC_C_AUTHN_LEVEL_NONE does. AuthnLevel:
 * CONNECT shows who the client is when a connection is made; PKT and PKT_INTEGRITY sign every
 * packet; PKT_PRIVACY encrypts it, too. DEFAULT means CONNECT, CALL means PKT.
 * AuthIdentity is a SEC_WINNT_AUTH_IDENTITY, which is copied; NULL: whoever this process is, by
 * Kerberos' default credentials; NTLM needs one. ServerPrincName is Kerberos' SERVICE/HOST.
 * SecurityQos may be NULL.
 * Errors: RPC_S_UNKNOWN_AUTHN_SERVICE (1747), RPC_S_UNKNOWN_AUTHN_LEVEL,
 * RPC_S_UNSUPPORTED_AUTHN_LEVEL, RPC_S_UNKNOWN_AUTHZ_SERVICE, RPC_S_INVALID_AUTH_IDENTITY (1749),
 * RPC_S_CANNOT_SUPPORT (QOS that is not offered), RPC_S_SEC_PKG_ERROR (1825: the mechanism cannot
 * begin so). Calls fail with RPC_S_ACCESS_DENIED (5) when the server does not accept the identity.
 * Source: RpcBindingSetAuthInfo, RpcBindingSetAuthInfoEx. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoA(RPC_BINDING_HANDLE Binding,
                                                     RPC_CSTR ServerPrincName, uint32_t AuthnLevel,
                                                     uint32_t AuthnSvc,
                                                     RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                                     uint32_t AuthzSvc);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoW(RPC_BINDING_HANDLE Binding,
                                                     RPC_WSTR ServerPrincName, uint32_t AuthnLevel,
                                                     uint32_t AuthnSvc,
                                                     RPC_AUTH_IDENTITY_HANDLE AuthIdentity,
                                                     uint32_t AuthzSvc);
#define RpcBindingSetAuthInfo HOLDFAST_AW(RpcBindingSetAuthInfo)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExA(
    RPC_BINDING_HANDLE Binding, RPC_CSTR ServerPrincName, uint32_t AuthnLevel, uint32_t AuthnSvc,
    RPC_AUTH_IDENTITY_HANDLE AuthIdentity, uint32_t AuthzSvc, RPC_SECURITY_QOS *SecurityQos);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingSetAuthInfoExW(
    RPC_BINDING_HANDLE Binding, RPC_WSTR ServerPrincName, uint32_t AuthnLevel, uint32_t AuthnSvc,
    RPC_AUTH_IDENTITY_HANDLE AuthIdentity, uint32_t AuthzSvc, RPC_SECURITY_QOS *SecurityQos);
#define RpcBindingSetAuthInfoEx HOLDFAST_AW(RpcBindingSetAuthInfoEx)

/* What RpcBindingSetAuthInfo has set; each result may be NULL. The name is to be freed with
 * RpcStringFree; the identity is the pointer that was given, not a copy. RpcQosVersion is
 * RPC_C_SECURITY_QOS_VERSION. Errors: RPC_S_BINDING_HAS_NO_AUTH (1746), RPC_S_INVALID_ARG.
 * Source: RpcBindingInqAuthInfo, RpcBindingInqAuthInfoEx. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoA(RPC_BINDING_HANDLE Binding,
                                                     RPC_CSTR *ServerPrincName,
                                                     uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                     RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                                     uint32_t *AuthzSvc);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoW(RPC_BINDING_HANDLE Binding,
                                                     RPC_WSTR *ServerPrincName,
                                                     uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                     RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                                     uint32_t *AuthzSvc);
#define RpcBindingInqAuthInfo HOLDFAST_AW(RpcBindingInqAuthInfo)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExA(RPC_BINDING_HANDLE Binding,
                                                       RPC_CSTR *ServerPrincName,
                                                       uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                       RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                                       uint32_t *AuthzSvc, uint32_t RpcQosVersion,
                                                       RPC_SECURITY_QOS *SecurityQOS);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthInfoExW(RPC_BINDING_HANDLE Binding,
                                                       RPC_WSTR *ServerPrincName,
                                                       uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                       RPC_AUTH_IDENTITY_HANDLE *AuthIdentity,
                                                       uint32_t *AuthzSvc, uint32_t RpcQosVersion,
                                                       RPC_SECURITY_QOS *SecurityQOS);
#define RpcBindingInqAuthInfoEx HOLDFAST_AW(RpcBindingInqAuthInfoEx)

/* Makes this server ready for a mechanism; clients that do not authenticate are still served, unless
 * an interface's flags or callback refuse them. ServerPrincName may be NULL. GetKeyFn must be NULL
 * (else RPC_S_CANNOT_SUPPORT). Arg is a path in UTF-8, or NULL for the default:
 *   RPC_C_AUTHN_WINNT          accounts; $HOLDFAST_NTLM_ACCOUNTS, else /etc/holdfast/ntlm-accounts
 *   RPC_C_AUTHN_GSS_KERBEROS   key table; Kerberos' own default
 *   RPC_C_AUTHN_GSS_NEGOTIATE  must be NULL: it offers those of the two that are registered
 * Errors: RPC_S_UNKNOWN_AUTHN_SERVICE. Source: RpcServerRegisterAuthInfo. */
typedef void(__RPC_USER *RPC_AUTH_KEY_RETRIEVAL_FN)(void *Arg, RPC_WSTR ServerPrincName,
                                                    uint32_t KeyVer, void **Key,
                                                    RPC_STATUS *Status);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoA(RPC_CSTR ServerPrincName,
                                                         uint32_t AuthnSvc,
                                                         RPC_AUTH_KEY_RETRIEVAL_FN GetKeyFn,
                                                         void *Arg);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerRegisterAuthInfoW(RPC_WSTR ServerPrincName,
                                                         uint32_t AuthnSvc,
                                                         RPC_AUTH_KEY_RETRIEVAL_FN GetKeyFn,
                                                         void *Arg);
#define RpcServerRegisterAuthInfo HOLDFAST_AW(RpcServerRegisterAuthInfo)

/* Who calls, in a server routine. ClientBinding NULL: the call of this thread. Privs is the client's
 * name (DOMAIN\user by NTLM, user@REALM by Kerberos, uid:NUMBER on ncalrpc, empty when anonymous) as
 * a string that belongs to the call, UTF-8 or UTF-16 by the function's form; ServerPrincName, which
 * may be empty, is freed with RpcStringFree. Each result may be NULL; Flags must be 0.
 * Errors: RPC_S_BINDING_HAS_NO_AUTH (1746), RPC_S_NO_CALL_ACTIVE, RPC_S_INVALID_ARG.
 * Source: RpcBindingInqAuthClient, RpcBindingInqAuthClientEx. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientA(RPC_BINDING_HANDLE ClientBinding,
                                                       RPC_AUTHZ_HANDLE *Privs,
                                                       RPC_CSTR *ServerPrincName,
                                                       uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                       uint32_t *AuthzSvc);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientW(RPC_BINDING_HANDLE ClientBinding,
                                                       RPC_AUTHZ_HANDLE *Privs,
                                                       RPC_WSTR *ServerPrincName,
                                                       uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                       uint32_t *AuthzSvc);
#define RpcBindingInqAuthClient HOLDFAST_AW(RpcBindingInqAuthClient)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExA(RPC_BINDING_HANDLE ClientBinding,
                                                         RPC_AUTHZ_HANDLE *Privs,
                                                         RPC_CSTR *ServerPrincName,
                                                         uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                         uint32_t *AuthzSvc, uint32_t Flags);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcBindingInqAuthClientExW(RPC_BINDING_HANDLE ClientBinding,
                                                         RPC_AUTHZ_HANDLE *Privs,
                                                         RPC_WSTR *ServerPrincName,
                                                         uint32_t *AuthnLevel, uint32_t *AuthnSvc,
                                                         uint32_t *AuthzSvc, uint32_t Flags);
#define RpcBindingInqAuthClientEx HOLDFAST_AW(RpcBindingInqAuthClientEx)

/* Taking on the client's identity. A Linux thread cannot become a principal of NTLM or Kerberos, so
 * RpcImpersonateClient gives RPC_S_CANNOT_SUPPORT (1764) for an authenticated call,
 * RPC_S_NO_CONTEXT_AVAILABLE (1765) for another, RPC_S_NO_CALL_ACTIVE without a call. Decide by
 * RpcBindingInqAuthClient instead. RpcRevertToSelf does nothing, with success.
 * Source: RpcImpersonateClient, RpcRevertToSelf, RpcRevertToSelfEx. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcImpersonateClient(RPC_BINDING_HANDLE BindingHandle);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcRevertToSelf(void);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcRevertToSelfEx(RPC_BINDING_HANDLE BindingHandle);

/* ---- Management ------------------------------------------------------------------------------- */

/* Interfaces of a server (Binding NULL: this one), each of which the vector owns; free it with
 * RpcIfIdVectorFree, which sets the variable to NULL. Error: RPC_S_NO_INTERFACES.
 * Source: RpcMgmtInqIfIds, RpcIfIdVectorFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtInqIfIds(RPC_BINDING_HANDLE Binding,
                                              RPC_IF_ID_VECTOR **IfIdVector);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcIfIdVectorFree(RPC_IF_ID_VECTOR **IfIdVector);

/* Calls and packets received and sent by a server (Binding NULL: this one), by RPC_C_STATS_...; free
 * the vector with RpcMgmtStatsVectorFree. Source: RpcMgmtInqStats, RpcMgmtStatsVectorFree. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtInqStats(RPC_BINDING_HANDLE Binding,
                                              RPC_STATS_VECTOR **Statistics);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtStatsVectorFree(RPC_STATS_VECTOR **StatsVector);

/* Decides who may manage this server from outside; NULL restores the default: all operations but
 * stopping it. Returns nonzero to allow; else the client gets *Status.
 * Source: RpcMgmtSetAuthorizationFn. */
#define RPC_C_MGMT_INQ_IF_IDS         0
#define RPC_C_MGMT_INQ_PRINC_NAME     1
#define RPC_C_MGMT_INQ_STATS          2
#define RPC_C_MGMT_IS_SERVER_LISTEN   3
#define RPC_C_MGMT_STOP_SERVER_LISTEN 4
typedef int(__RPC_API *RPC_MGMT_AUTHORIZATION_FN)(RPC_BINDING_HANDLE ClientBinding,
                                                  uint32_t RequestedMgmtOperation,
                                                  RPC_STATUS *Status);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtSetAuthorizationFn(RPC_MGMT_AUTHORIZATION_FN AuthorizationFn);

/* ---- Endpoint mapper -------------------------------------------------------------------------- */

/* The endpoint mapper of a host (`holdfast epmapper`, or a Windows host's) answers at TCP port 135 and
 * knows at which endpoints which interfaces are served. HOLDFAST_EPMAPPER in the environment is another
 * port; HOLDFAST_EPMAPPER_SOCKET another local endpoint than "epmapper" (a name, or a socket's path).
 *
 * RpcEpRegister enters every binding of BindingVector (RpcServerInqBindings has them) with every object
 * of UuidVector (NULL: none) in the map of this host; what this process had entered for the same
 * interface, object and protocol sequence is replaced, which the NoReplace form leaves. Annotation is a
 * text for people of at most 63 octets, or NULL. Entries vanish when the process ends, or with
 * RpcEpUnregister, after which they do not come back even if that fails because the mapper is away. After a
 * restart of the mapper the library makes them again by itself: while anything is entered a thread asks the
 * mapper every 15 seconds whether it still knows of it, and the next call of these functions notices, too.
 * What RpcMgmtEpUnregister takes away comes back then, unless its server has ended.
 * The mapper is reached by its local endpoint, open to its own user and root.
 * Errors: RPC_S_NO_BINDINGS, RPC_S_INVALID_BINDING (one without endpoint), RPC_S_STRING_TOO_LONG,
 * RPC_S_SERVER_UNAVAILABLE (no mapper), EPT_S_CANT_CREATE (a limit), EPT_S_NOT_REGISTERED
 * (RpcEpUnregister: no such entry).
 * Source: RpcEpRegister, RpcEpRegisterNoReplace, RpcEpUnregister. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpRegisterA(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_CSTR Annotation);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpRegisterW(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_WSTR Annotation);
#define RpcEpRegister HOLDFAST_AW(RpcEpRegister)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceA(RPC_IF_HANDLE IfSpec,
                                                      RPC_BINDING_VECTOR *BindingVector,
                                                      UUID_VECTOR *UuidVector, RPC_CSTR Annotation);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceW(RPC_IF_HANDLE IfSpec,
                                                      RPC_BINDING_VECTOR *BindingVector,
                                                      UUID_VECTOR *UuidVector, RPC_WSTR Annotation);
#define RpcEpRegisterNoReplace HOLDFAST_AW(RpcEpRegisterNoReplace)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcEpUnregister(RPC_IF_HANDLE IfSpec,
                                              RPC_BINDING_VECTOR *BindingVector,
                                              UUID_VECTOR *UuidVector);

/* Walks over the map of a host: that of EpBinding, or of this one (NULL). InquiryType and VersOption
 * choose; IfId and ObjectUuid are looked at as InquiryType says. RpcMgmtEpEltInqNext gives one element:
 * its interface, a binding handle (free it with RpcBindingFree), its object, its annotation (free it
 * with RpcStringFree); each but IfId may be NULL. Elements of protocol sequences that this library
 * lacks are passed over. RpcMgmtEpEltInqDone ends the walk and sets the variable to NULL.
 * Errors: RPC_S_INVALID_ARG, RPC_S_INVALID_VERS_OPTION; Next: RPC_X_NO_MORE_ENTRIES, or what the call
 * of the mapper gave. One thread at a time.
 * Source: RpcMgmtEpEltInqBegin, RpcMgmtEpEltInqNext, RpcMgmtEpEltInqDone. */
typedef void *RPC_EP_INQ_HANDLE;
#define RPC_C_EP_ALL_ELTS      0
#define RPC_C_EP_MATCH_BY_IF   1
#define RPC_C_EP_MATCH_BY_OBJ  2
#define RPC_C_EP_MATCH_BY_BOTH 3
#define RPC_C_VERS_ALL         1
#define RPC_C_VERS_COMPATIBLE  2
#define RPC_C_VERS_EXACT       3
#define RPC_C_VERS_MAJOR_ONLY  4
#define RPC_C_VERS_UPTO        5
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqBegin(RPC_BINDING_HANDLE EpBinding,
                                                   uint32_t InquiryType, RPC_IF_ID *IfId,
                                                   uint32_t VersOption, UUID *ObjectUuid,
                                                   RPC_EP_INQ_HANDLE *InquiryContext);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextA(RPC_EP_INQ_HANDLE InquiryContext,
                                                   RPC_IF_ID *IfId, RPC_BINDING_HANDLE *Binding,
                                                   UUID *ObjectUuid, RPC_CSTR *Annotation);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqNextW(RPC_EP_INQ_HANDLE InquiryContext,
                                                   RPC_IF_ID *IfId, RPC_BINDING_HANDLE *Binding,
                                                   UUID *ObjectUuid, RPC_WSTR *Annotation);
#define RpcMgmtEpEltInqNext HOLDFAST_AW(RpcMgmtEpEltInqNext)
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEpEltInqDone(RPC_EP_INQ_HANDLE *InquiryContext);

/* Takes an element of whatever server out of this host's map (EpBinding must be NULL, or lead to its
 * local endpoint). ObjectUuid NULL: nil. Errors: RPC_S_CANNOT_SUPPORT (EpBinding of another protocol
 * sequence), RPC_S_INVALID_BINDING, EPT_S_NOT_REGISTERED. Source: RpcMgmtEpUnregister. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcMgmtEpUnregister(RPC_BINDING_HANDLE EpBinding, RPC_IF_ID *IfId,
                                                  RPC_BINDING_HANDLE Binding, UUID *ObjectUuid);

/* ---- Context handles at the client ------------------------------------------------------------ */

/* Forgets a context handle of this process and sets the variable to NULL. Sends nothing: the server
 * keeps its context until all handles of this process to it are gone, then runs it down. For when the
 * server cannot be reached; otherwise call the interface's close routine. Ss raises, Sm returns
 * RPC_X_SS_CONTEXT_MISMATCH (6) for what is no live handle; the variable becomes NULL then too.
 * Source: RpcSsDestroyClientContext, RpcSmDestroyClientContext. */
RPCRTAPI void RPC_ENTRY RpcSsDestroyClientContext(void **ContextHandle);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcSmDestroyClientContext(void **ContextHandle);

/* The binding handle inside a context handle, to set options for its calls. It belongs to the context
 * handle: do not free it. Error: RPC_X_SS_CONTEXT_MISMATCH. Source: RpcSsGetContextBinding. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcSsGetContextBinding(void *ContextHandle,
                                                     RPC_BINDING_HANDLE *Binding);

#ifdef __cplusplus
}
#endif
#endif
