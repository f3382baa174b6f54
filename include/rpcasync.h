/* SPDX-License-Identifier: Apache-2.0
 *
 * rpcasync.h - locks of context handles, and attributes of the call being served
 *
 * Included by <rpc.h>. Asynchronous calls, after which Windows names this header, are not offered:
 * the IDL compiler refuses [async].
 */
#ifndef HOLDFAST_RPCASYNC_H
#define HOLDFAST_RPCASYNC_H

#include <rpcdce.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Within a server routine: changes how its call holds a context handle. UserContext is exactly what
 * the routine was given for it (the T of [in] T, the T* of [in] T*). ServerBindingHandle NULL: the
 * call of this thread. On an [out]-only handle both do nothing.
 * Exclusive: RPC_S_OK when the call never let go of the handle; ERROR_MORE_WRITES (1120) when another
 * call was executed in between: the lock is held, but all that was read before must be looked at
 * anew; ERROR_POSSIBLE_DEADLOCK (1131) when the other routine waits for a handle that this call
 * holds: the lock is shared as before, and the routine does best to give up. Shared: from exclusive
 * to shared without a gap.
 * Errors: RPC_S_NO_CALL_ACTIVE, RPC_X_SS_CONTEXT_MISMATCH (no handle of the call has that context),
 * RPC_S_OUT_OF_MEMORY. Source: RpcSsContextLockExclusive, RpcSsContextLockShared. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcSsContextLockExclusive(RPC_BINDING_HANDLE ServerBindingHandle,
                                                        void *UserContext);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcSsContextLockShared(RPC_BINDING_HANDLE ServerBindingHandle,
                                                     void *UserContext);

/* ---- Attributes of a call --------------------------------------------------------------------- */

#define RPC_CALL_ATTRIBUTES_VERSION     1 /* what a program asking for V1 sets in Version */
#define RPC_QUERY_SERVER_PRINCIPAL_NAME 2
#define RPC_QUERY_CLIENT_PRINCIPAL_NAME 4
#define RPC_QUERY_CALL_LOCAL_ADDRESS    8
#define RPC_QUERY_CLIENT_PID            16

#define RPC_CALL_STATUS_IN_PROGRESS  0x01
#define RPC_CALL_STATUS_CANCELLED    0x02
#define RPC_CALL_STATUS_DISCONNECTED 0x03

#define RPC_PROTSEQ_TCP  0x1
#define RPC_PROTSEQ_NMP  0x2
#define RPC_PROTSEQ_LRPC 0x3
#define RPC_PROTSEQ_HTTP 0x4

typedef enum _RpcCallType { rctInvalid, rctNormal, rctTraining, rctGuaranteed } RpcCallType;

typedef enum _RpcCallClientLocality {
    rcclInvalid,
    rcclLocal,
    rcclRemote,
    rcclClientUnknownLocality
} RpcCallClientLocality;

typedef enum _RpcLocalAddressFormat { rlafInvalid, rlafIPv4, rlafIPv6 } RpcLocalAddressFormat;

typedef struct _RPC_CALL_LOCAL_ADDRESS_V1 {
    unsigned int Version;
    void *Buffer; /* 4 or 16 octets in network order */
    uint32_t BufferSize;
    RpcLocalAddressFormat AddressFormat;
} RPC_CALL_LOCAL_ADDRESS_V1, RPC_CALL_LOCAL_ADDRESS;

/* Version and Flags (RPC_QUERY_...) are the program's; name buffers are the program's too, with their
 * lengths in octets, which become the lengths needed, 0 for no name. */
typedef struct tagRPC_CALL_ATTRIBUTES_V1_W {
    unsigned int Version;
    uint32_t Flags;
    uint32_t ServerPrincipalNameBufferLength;
    uint16_t *ServerPrincipalName;
    uint32_t ClientPrincipalNameBufferLength;
    uint16_t *ClientPrincipalName;
    uint32_t AuthenticationLevel;
    uint32_t AuthenticationService;
    int32_t NullSession;
} RPC_CALL_ATTRIBUTES_V1_W;

typedef struct tagRPC_CALL_ATTRIBUTES_V1_A {
    unsigned int Version;
    uint32_t Flags;
    uint32_t ServerPrincipalNameBufferLength;
    unsigned char *ServerPrincipalName;
    uint32_t ClientPrincipalNameBufferLength;
    unsigned char *ClientPrincipalName;
    uint32_t AuthenticationLevel;
    uint32_t AuthenticationService;
    int32_t NullSession;
} RPC_CALL_ATTRIBUTES_V1_A;

typedef struct tagRPC_CALL_ATTRIBUTES_V2_W {
    unsigned int Version;
    uint32_t Flags;
    uint32_t ServerPrincipalNameBufferLength;
    uint16_t *ServerPrincipalName;
    uint32_t ClientPrincipalNameBufferLength;
    uint16_t *ClientPrincipalName;
    uint32_t AuthenticationLevel;
    uint32_t AuthenticationService;
    int32_t NullSession;
    int32_t KernelMode;
    uint32_t ProtocolSequence; /* RPC_PROTSEQ_... */
    RpcCallClientLocality IsClientLocal;
    void *ClientPID; /* the number as a pointer */
    uint32_t CallStatus;
    RpcCallType CallType;
    RPC_CALL_LOCAL_ADDRESS *CallLocalAddress;
    unsigned short OpNum;
    UUID InterfaceUuid;
} RPC_CALL_ATTRIBUTES_V2_W;

typedef struct tagRPC_CALL_ATTRIBUTES_V2_A {
    unsigned int Version;
    uint32_t Flags;
    uint32_t ServerPrincipalNameBufferLength;
    unsigned char *ServerPrincipalName;
    uint32_t ClientPrincipalNameBufferLength;
    unsigned char *ClientPrincipalName;
    uint32_t AuthenticationLevel;
    uint32_t AuthenticationService;
    int32_t NullSession;
    int32_t KernelMode;
    uint32_t ProtocolSequence;
    RpcCallClientLocality IsClientLocal;
    void *ClientPID;
    uint32_t CallStatus;
    RpcCallType CallType;
    RPC_CALL_LOCAL_ADDRESS *CallLocalAddress;
    unsigned short OpNum;
    UUID InterfaceUuid;
} RPC_CALL_ATTRIBUTES_V2_A;

#ifdef UNICODE
#define RPC_CALL_ATTRIBUTES_V1 RPC_CALL_ATTRIBUTES_V1_W
#define RPC_CALL_ATTRIBUTES_V2 RPC_CALL_ATTRIBUTES_V2_W
#else
#define RPC_CALL_ATTRIBUTES_V1 RPC_CALL_ATTRIBUTES_V1_A
#define RPC_CALL_ATTRIBUTES_V2 RPC_CALL_ATTRIBUTES_V2_A
#endif
#define RPC_CALL_ATTRIBUTES RPC_CALL_ATTRIBUTES_V1

/* Who calls, how, and which operation: fills the structure whose Version (1 or 2) says which it is.
 * ClientBinding NULL: the call of this thread. The client's process id is known on ncalrpc.
 * Errors: RPC_S_INVALID_ARG (version), RPC_S_NO_CALL_ACTIVE, RPC_S_BINDING_HAS_NO_AUTH (a name was
 * asked for and the call is not authenticated), 234 (a name does not fit: its length says what it
 * takes). Source: RpcServerInqCallAttributes. */
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesA(RPC_BINDING_HANDLE ClientBinding,
                                                          void *RpcCallAttributes);
RPCRTAPI RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesW(RPC_BINDING_HANDLE ClientBinding,
                                                          void *RpcCallAttributes);
#define RpcServerInqCallAttributes HOLDFAST_AW(RpcServerInqCallAttributes)

#ifdef __cplusplus
}
#endif
#endif
