/* SPDX-License-Identifier: Apache-2.0
 *
 * handle.c - binding handles of any kind: description, release, vectors
 */
#include "rpc/core/handle.h"

#include "base/mem.h"
#include "rpc/core/text.h"

struct endpoint_handle {
    struct rpc_handle handle;
    struct rpc_string_binding parts;
};

RPC_STATUS rpc_handle_check(RPC_BINDING_HANDLE binding, uint32_t kinds)
{
    const struct rpc_handle *h = binding;

    if (h == NULL || ((uintptr_t)h & (_Alignof(struct rpc_handle) - 1)) != 0 ||
        h->magic != RPC_HANDLE_MAGIC)
        return RPC_S_INVALID_BINDING;
    return h->kind & kinds ? RPC_S_OK : RPC_S_WRONG_KIND_OF_BINDING;
}

/* ---- A server's endpoints --------------------------------------------------------------------- */

static struct endpoint_handle *endpoint_of(struct rpc_handle *handle)
{
    return (struct endpoint_handle *)handle;
}

static RPC_STATUS endpoint_describe(struct rpc_handle *handle, struct rpc_string_binding *ret)
{
    return rpc_string_binding_copy(ret, &endpoint_of(handle)->parts);
}

static void endpoint_object(struct rpc_handle *handle, UUID *ret)
{
    (void)handle;
    (void)UuidCreateNil(ret);
}

static void endpoint_free(struct rpc_handle *handle)
{
    rpc_string_binding_clear(&endpoint_of(handle)->parts);
    handle->magic = 0;
    mem_free(handle);
}

static const struct rpc_handle_ops endpoint_ops = {endpoint_describe, endpoint_object,
                                                   endpoint_free};

RPC_STATUS rpc_handle_make_endpoint(const struct rpc_string_binding *parts,
                                    RPC_BINDING_HANDLE *ret_binding)
{
    struct endpoint_handle *e = mem_alloc(sizeof *e);

    if (e == NULL)
        return RPC_S_OUT_OF_MEMORY;
    e->handle = (struct rpc_handle){RPC_HANDLE_MAGIC, RPC_HANDLE_ENDPOINT, &endpoint_ops};
    if (rpc_string_binding_copy(&e->parts, parts) != RPC_S_OK) {
        mem_free(e);
        return RPC_S_OUT_OF_MEMORY;
    }
    *ret_binding = e;
    return RPC_S_OK;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcBindingToStringBindingA(RPC_BINDING_HANDLE Binding, RPC_CSTR *StringBinding)
{
    struct rpc_handle *h = Binding;
    struct rpc_string_binding parts = {0};
    char *text = NULL;
    RPC_STATUS status = rpc_handle_check(Binding, RPC_HANDLE_ANY);

    if (status != RPC_S_OK)
        return status;
    if (StringBinding == NULL)
        return RPC_S_INVALID_ARG;
    status = h->ops->describe(h, &parts);
    if (status == RPC_S_OK)
        status = rpc_string_binding_compose(&parts, &text);
    rpc_string_binding_clear(&parts);
    if (status == RPC_S_OK)
        *StringBinding = (RPC_CSTR)text;
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingToStringBindingW(RPC_BINDING_HANDLE Binding, RPC_WSTR *StringBinding)
{
    RPC_CSTR text = NULL;
    RPC_STATUS status;

    if (StringBinding == NULL)
        return RPC_S_INVALID_ARG;
    status = RpcBindingToStringBindingA(Binding, &text);
    if (status == RPC_S_OK)
        status = rpc_text_widen((const char *)text, StringBinding, RPC_S_INTERNAL_ERROR);
    (void)RpcStringFreeA(&text);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingInqObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
    struct rpc_handle *h = Binding;
    RPC_STATUS status = rpc_handle_check(Binding, RPC_HANDLE_ANY);

    if (status != RPC_S_OK)
        return status;
    if (ObjectUuid == NULL)
        return RPC_S_INVALID_ARG;
    h->ops->object(h, ObjectUuid);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingFree(RPC_BINDING_HANDLE *Binding)
{
    struct rpc_handle *h;
    RPC_STATUS status;

    if (Binding == NULL)
        return RPC_S_INVALID_BINDING;
    h = *Binding;
    status = rpc_handle_check(h, RPC_HANDLE_ANY);
    if (status != RPC_S_OK)
        return status;
    if (h->ops->free == NULL)
        return RPC_S_WRONG_KIND_OF_BINDING;
    h->ops->free(h);
    *Binding = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingVectorFree(RPC_BINDING_VECTOR **BindingVector)
{
    RPC_BINDING_VECTOR *v;

    if (BindingVector == NULL)
        return RPC_S_INVALID_ARG;
    v = *BindingVector;
    for (uint32_t i = 0; v != NULL && i < v->Count; i++)
        if (v->BindingH[i] != NULL)
            (void)RpcBindingFree(&v->BindingH[i]);
    mem_free(v);
    *BindingVector = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcIfIdVectorFree(RPC_IF_ID_VECTOR **IfIdVector)
{
    RPC_IF_ID_VECTOR *v;

    if (IfIdVector == NULL)
        return RPC_S_INVALID_ARG;
    v = *IfIdVector;
    for (uint32_t i = 0; v != NULL && i < v->Count; i++)
        mem_free(v->IfId[i]);
    mem_free(v);
    *IfIdVector = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcMgmtStatsVectorFree(RPC_STATS_VECTOR **StatsVector)
{
    if (StatsVector == NULL)
        return RPC_S_INVALID_ARG;
    mem_free(*StatsVector);
    *StatsVector = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcIfInqId(RPC_IF_HANDLE RpcIfHandle, RPC_IF_ID *RpcIfId)
{
    const struct rpc_interface *i = RpcIfHandle;

    if (i == NULL)
        return RPC_S_UNKNOWN_IF;
    if (RpcIfId == NULL)
        return RPC_S_INVALID_ARG;
    if (i->stub_version != NDR_STUB_VERSION)
        return RPC_X_WRONG_STUB_VERSION;
    RpcIfId->Uuid = i->id.SyntaxGUID;
    RpcIfId->VersMajor = i->id.SyntaxVersion.MajorVersion;
    RpcIfId->VersMinor = i->id.SyntaxVersion.MinorVersion;
    return RPC_S_OK;
}
