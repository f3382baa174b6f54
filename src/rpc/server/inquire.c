/* SPDX-License-Identifier: Apache-2.0
 *
 * inquire.c - what a routine may ask and do about the call it serves
 */
#include <stdio.h>
#include <string.h>

#include <rpc.h>

#include "rpc/core/endpoint.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/guard.h"

#define LEVEL_NONE    1u
#define LEVEL_PRIVACY 6u
#define SERVICE_NONE  0u
#define SERVICE_NTLM  10u

static struct rpc_call *call_of_handle(struct rpc_handle *h)
{
    return LIST_ENTRY(h, struct rpc_call, binding);
}

struct rpc_call *call_of_binding(RPC_BINDING_HANDLE binding, RPC_STATUS *ret_status)
{
    struct rpc_call *c = NULL;

    if (binding == NULL) {
        c = guard_current();
        *ret_status = c != NULL ? RPC_S_OK : RPC_S_NO_CALL_ACTIVE;
    } else {
        *ret_status = rpc_handle_check(binding, RPC_HANDLE_CALL);
        if (*ret_status == RPC_S_OK)
            c = call_of_handle(binding);
    }
    return c;
}

/* ---- The handle ------------------------------------------------------------------------------- */

static RPC_STATUS describe_call(struct rpc_handle *handle, struct rpc_string_binding *ret)
{
    const struct rpc_call *c = call_of_handle(handle);
    bool tcp = c->conn->peer.family == NET_TCP;
    char address[NET_PEER_ADDRESS];
    RPC_CSTR object = NULL;
    RPC_STATUS status = RPC_S_OK;

    net_peer_address(&c->conn->peer, address);
    ret->protseq = mem_strdup(rpc_protseq_names[tcp ? RPC_TRANSPORT_TCP : RPC_TRANSPORT_LOCAL]);
    ret->address = mem_strdup(address);
    if (c->has_object)
        status = UuidToStringA((UUID *)(uintptr_t)&c->object, &object);
    ret->object = (char *)object;
    if (ret->protseq == NULL || ret->address == NULL)
        status = RPC_S_OUT_OF_MEMORY;
    return status;
}

static void object_of_call(struct rpc_handle *handle, UUID *ret)
{
    *ret = call_of_handle(handle)->object;
}

const struct rpc_handle_ops call_handle_ops = {.describe = describe_call, .object = object_of_call};

RPC_STATUS RPC_ENTRY RpcServerInqBindingHandle(RPC_BINDING_HANDLE *Binding)
{
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(NULL, &status);

    if (Binding == NULL)
        return RPC_S_INVALID_ARG;
    if (c != NULL)
        *Binding = &c->binding;
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingServerFromClient(RPC_BINDING_HANDLE ClientBinding,
                                                RPC_BINDING_HANDLE *ServerBinding)
{
    struct rpc_string_binding parts = {0};
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(ClientBinding, &status);
    char *text = NULL;

    if (ServerBinding == NULL)
        return RPC_S_INVALID_ARG;
    if (status == RPC_S_OK)
        status = describe_call(&c->binding, &parts);
    if (status == RPC_S_OK)
        status = rpc_string_binding_compose(&parts, &text);
    if (status == RPC_S_OK)
        status = RpcBindingFromStringBindingA((RPC_CSTR)text, ServerBinding);
    rpc_string_binding_clear(&parts);
    mem_free(text);
    return status;
}

/* ---- Cancelling ------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcServerTestCancel(RPC_BINDING_HANDLE BindingHandle)
{
    RPC_STATUS status;
    const struct rpc_call *c = call_of_binding(BindingHandle, &status);

    if (c == NULL)
        return status;
    return atomic_load(&c->cancelled) ? RPC_S_OK : RPC_S_CALL_IN_PROGRESS;
}

RPC_STATUS RPC_ENTRY RpcTestCancel(void)
{
    return RpcServerTestCancel(NULL);
}

/* ---- Context handles -------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcSsContextLockExclusive(RPC_BINDING_HANDLE ServerBindingHandle,
                                               void *UserContext)
{
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(ServerBindingHandle, &status);

    return c == NULL ? status : context_lock_exclusive(&c->contexts, UserContext);
}

RPC_STATUS RPC_ENTRY RpcSsContextLockShared(RPC_BINDING_HANDLE ServerBindingHandle,
                                            void *UserContext)
{
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(ServerBindingHandle, &status);

    return c == NULL ? status : context_lock_shared(&c->contexts, UserContext);
}

void RPC_ENTRY RpcSsDontSerializeContext(void)
{
    context_dont_serialize();
}

/* ---- Attributes ------------------------------------------------------------------------------- */

/* The forms with narrow and wide names have one layout: no provider gives a name, so only the lengths
 * are written. */
_Static_assert(sizeof(RPC_CALL_ATTRIBUTES_V2_A) == sizeof(RPC_CALL_ATTRIBUTES_V2_W), "");
_Static_assert(offsetof(RPC_CALL_ATTRIBUTES_V2_A, AuthenticationLevel) ==
                   offsetof(RPC_CALL_ATTRIBUTES_V1_A, AuthenticationLevel),
               "V2 begins as V1");

static void fill_v1(const struct rpc_call *c, RPC_CALL_ATTRIBUTES_V1_A *a)
{
    bool local = c->conn->peer.family == NET_UNIX;

    a->ServerPrincipalNameBufferLength = 0;
    a->ClientPrincipalNameBufferLength = 0;
    a->AuthenticationLevel = local ? LEVEL_PRIVACY : LEVEL_NONE; /* rpc-api 6 */
    a->AuthenticationService = local ? SERVICE_NTLM : SERVICE_NONE;
    a->NullSession = 0;
}

static void fill_v2(const struct rpc_call *c, RPC_CALL_ATTRIBUTES_V2_A *a)
{
    bool local = c->conn->peer.family == NET_UNIX, dead;

    lock_take(&c->conn->lock);
    dead = c->conn->dead;
    lock_give(&c->conn->lock);
    a->KernelMode = 0;
    a->ProtocolSequence = local ? RPC_PROTSEQ_LRPC : RPC_PROTSEQ_TCP;
    a->IsClientLocal = local ? rcclLocal : rcclClientUnknownLocality;
    if (a->Flags & RPC_QUERY_CLIENT_PID)
        a->ClientPID = (void *)(uintptr_t)c->conn->peer.pid;
    a->CallStatus = RPC_CALL_STATUS_IN_PROGRESS;
    if (atomic_load(&c->cancelled))
        a->CallStatus = RPC_CALL_STATUS_CANCELLED;
    if (dead)
        a->CallStatus = RPC_CALL_STATUS_DISCONNECTED;
    a->CallType = rctNormal;
    a->OpNum = c->opnum;
    a->InterfaceUuid = c->registration->interface->id.SyntaxGUID;
}

RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesA(RPC_BINDING_HANDLE ClientBinding,
                                                 void *RpcCallAttributes)
{
    RPC_CALL_ATTRIBUTES_V2_A *a = RpcCallAttributes;
    RPC_STATUS status;
    const struct rpc_call *c = call_of_binding(ClientBinding, &status);

    if (a == NULL || a->Version < 1 || a->Version > 2)
        return RPC_S_INVALID_ARG;
    if (c == NULL)
        return status;
    if (a->Flags & (RPC_QUERY_CLIENT_PRINCIPAL_NAME | RPC_QUERY_SERVER_PRINCIPAL_NAME))
        return RPC_S_BINDING_HAS_NO_AUTH;
    fill_v1(c, RpcCallAttributes);
    if (a->Version == 2)
        fill_v2(c, a);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesW(RPC_BINDING_HANDLE ClientBinding,
                                                 void *RpcCallAttributes)
{
    return RpcServerInqCallAttributesA(ClientBinding, RpcCallAttributes);
}
