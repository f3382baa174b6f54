/* SPDX-License-Identifier: Apache-2.0
 *
 * inquire.c - what a routine may ask and do about the call it serves
 */
#include <stdio.h>
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "base/utf16.h"
#include "rpc/core/endpoint.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/guard.h"
#include "rpc/server/security.h"

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

/* The forms with narrow and wide names have one layout: only the names' characters differ. */
_Static_assert(sizeof(RPC_CALL_ATTRIBUTES_V2_A) == sizeof(RPC_CALL_ATTRIBUTES_V2_W), "");
_Static_assert(offsetof(RPC_CALL_ATTRIBUTES_V2_A, AuthenticationLevel) ==
                   offsetof(RPC_CALL_ATTRIBUTES_V1_A, AuthenticationLevel),
               "V2 begins as V1");

#define MORE_DATA 234 /* ERROR_MORE_DATA: a name's buffer is too small */

/* Puts a name into the program's buffer of *length octets; *length becomes what is needed. */
static RPC_STATUS put_name(const char *name, bool wide, void *to, uint32_t *length)
{
    uint16_t *units = wide ? utf16_from_utf8(name) : NULL;
    size_t size = wide ? 0 : strlen(name) + 1;
    uint32_t room = *length;

    if (wide && units == NULL)
        return RPC_S_OUT_OF_MEMORY;
    if (wide)
        size = (utf16_length(units) + 1) * sizeof *units;
    *length = (uint32_t)size;
    if (to != NULL && size <= room)
        memcpy(to, wide ? (const void *)units : name, size);
    mem_free(units);
    return to != NULL && size <= room ? RPC_S_OK : MORE_DATA;
}

/* The names that were asked for; of the others the lengths become 0. */
static RPC_STATUS fill_names(const struct security_caller *who, bool wide,
                             RPC_CALL_ATTRIBUTES_V1_A *a)
{
    struct auth_server *with = auth_server_find(who->service);
    RPC_STATUS client = RPC_S_OK, server = RPC_S_OK;

    if (a->Flags & RPC_QUERY_SERVER_PRINCIPAL_NAME)
        server = put_name(with != NULL && with->principal != NULL ? with->principal : "", wide,
                          a->ServerPrincipalName, &a->ServerPrincipalNameBufferLength);
    else
        a->ServerPrincipalNameBufferLength = 0;
    if (a->Flags & RPC_QUERY_CLIENT_PRINCIPAL_NAME)
        client =
            put_name(who->name, wide, a->ClientPrincipalName, &a->ClientPrincipalNameBufferLength);
    else
        a->ClientPrincipalNameBufferLength = 0;
    auth_server_unref(with);
    return client != RPC_S_OK ? client : server;
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

static RPC_STATUS inq_attributes(RPC_BINDING_HANDLE binding, bool wide, void *attributes)
{
    const uint32_t names = RPC_QUERY_CLIENT_PRINCIPAL_NAME | RPC_QUERY_SERVER_PRINCIPAL_NAME;
    RPC_CALL_ATTRIBUTES_V1_A *v1 = attributes;
    RPC_CALL_ATTRIBUTES_V2_A *v2 = attributes;
    struct security_caller who;
    RPC_STATUS status;
    struct rpc_call *c = call_of_binding(binding, &status);

    if (v1 == NULL || v1->Version < 1 || v1->Version > 2)
        return RPC_S_INVALID_ARG;
    if (c == NULL)
        return status;
    if (!security_caller(c, &who) && (v1->Flags & names) != 0)
        return RPC_S_BINDING_HAS_NO_AUTH;
    v1->AuthenticationLevel = who.level;
    v1->AuthenticationService = who.service;
    v1->NullSession = who.anonymous;
    if (v1->Version == 2)
        fill_v2(c, v2);
    return fill_names(&who, wide, v1);
}

RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesA(RPC_BINDING_HANDLE ClientBinding,
                                                 void *RpcCallAttributes)
{
    return inq_attributes(ClientBinding, false, RpcCallAttributes);
}

RPC_STATUS RPC_ENTRY RpcServerInqCallAttributesW(RPC_BINDING_HANDLE ClientBinding,
                                                 void *RpcCallAttributes)
{
    return inq_attributes(ClientBinding, true, RpcCallAttributes);
}
