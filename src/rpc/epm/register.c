/* SPDX-License-Identifier: Apache-2.0
 *
 * register.c - a server's entries in the endpoint map of its host, as programs make them
 */
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/handle.h"
#include "rpc/core/text.h"
#include "rpc/epm/entered.h"
#include "rpc/epm/mapper.h"

/* ---- What is entered -------------------------------------------------------------------------- */

struct records {
    struct epm_record *at;
    unsigned count;
};

static void add_record(struct records *to, const struct wire_tower *t, const UUID *object,
                       const char *annotation)
{
    struct epm_record *r = &to->at[to->count++];

    r->tower = *t;
    if (object != NULL)
        r->object = *object;
    if (annotation != NULL)
        (void)strncpy(r->annotation, annotation, sizeof r->annotation - 1);
}

static RPC_STATUS tower_of_binding(RPC_BINDING_HANDLE binding, const RPC_SYNTAX_IDENTIFIER *id,
                                   struct wire_tower *ret)
{
    struct rpc_string_binding parts = {0};
    struct rpc_handle *handle = binding;
    RPC_STATUS status = rpc_handle_check(binding, RPC_HANDLE_ENDPOINT | RPC_HANDLE_CLIENT);

    if (status == RPC_S_OK)
        status = handle->ops->describe(handle, &parts);
    if (status == RPC_S_OK && parts.endpoint == NULL)
        status = RPC_S_INVALID_BINDING;
    if (status == RPC_S_OK)
        status = epm_tower_of(&parts, id, ret);
    rpc_string_binding_clear(&parts);
    return status;
}

/* Every binding with every object. */
static RPC_STATUS make_records(const RPC_SYNTAX_IDENTIFIER *id, const RPC_BINDING_VECTOR *bindings,
                               const UUID_VECTOR *objects, const char *annotation,
                               struct records *ret)
{
    uint32_t per_binding = objects != NULL && objects->Count > 0 ? objects->Count : 1;
    RPC_STATUS status = RPC_S_OK;

    if (bindings->Count > EPT_LOCAL_MAX || per_binding > EPT_LOCAL_MAX ||
        bindings->Count * per_binding > EPT_LOCAL_MAX)
        return EPT_S_CANT_CREATE;
    ret->at = mem_alloc(bindings->Count * per_binding * sizeof *ret->at);
    if (ret->at == NULL)
        return RPC_S_OUT_OF_MEMORY;
    for (uint32_t i = 0; status == RPC_S_OK && i < bindings->Count; i++) {
        struct wire_tower t;

        if (bindings->BindingH[i] == NULL)
            continue;
        status = tower_of_binding(bindings->BindingH[i], id, &t);
        for (uint32_t j = 0; status == RPC_S_OK && j < per_binding; j++)
            add_record(ret, &t, objects != NULL && objects->Count > 0 ? objects->Uuid[j] : NULL,
                       annotation);
    }
    return status;
}

enum action { ENTER, ENTER_REPLACING, TAKE_BACK };

static RPC_STATUS run(enum action action, RPC_IF_HANDLE interface,
                      const RPC_BINDING_VECTOR *bindings, const UUID_VECTOR *objects,
                      const char *annotation)
{
    const struct rpc_interface *i = interface;
    struct records r = {0};
    RPC_STATUS status;

    if (interface == NULL)
        return RPC_S_UNKNOWN_IF;
    if (i->stub_version != NDR_STUB_VERSION)
        return RPC_X_WRONG_STUB_VERSION;
    if (bindings == NULL || bindings->Count == 0)
        return RPC_S_NO_BINDINGS;
    if (annotation != NULL && strlen(annotation) >= EPT_ANNOTATION)
        return RPC_S_STRING_TOO_LONG;
    status = make_records(&i->id, bindings, objects, annotation, &r);
    if (status == RPC_S_OK && r.count == 0)
        status = RPC_S_NO_BINDINGS;
    if (status == RPC_S_OK)
        status = action == TAKE_BACK ? epm_take_back(r.at, r.count)
                                     : epm_enter(r.at, r.count, action == ENTER_REPLACING);
    mem_free(r.at);
    return status;
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcEpRegisterA(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                    UUID_VECTOR *UuidVector, RPC_CSTR Annotation)
{
    return run(ENTER_REPLACING, IfSpec, BindingVector, UuidVector, (const char *)Annotation);
}

RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceA(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_CSTR Annotation)
{
    return run(ENTER, IfSpec, BindingVector, UuidVector, (const char *)Annotation);
}

static RPC_STATUS run_wide(enum action action, RPC_IF_HANDLE interface,
                           const RPC_BINDING_VECTOR *bindings, const UUID_VECTOR *objects,
                           const uint16_t *annotation)
{
    char *text = NULL;
    RPC_STATUS status = RPC_S_OK;

    if (annotation != NULL)
        status = rpc_text_narrow(annotation, &text, RPC_S_INVALID_ARG);
    if (status == RPC_S_OK)
        status = run(action, interface, bindings, objects, text);
    mem_free(text);
    return status;
}

RPC_STATUS RPC_ENTRY RpcEpRegisterW(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                    UUID_VECTOR *UuidVector, RPC_WSTR Annotation)
{
    return run_wide(ENTER_REPLACING, IfSpec, BindingVector, UuidVector, Annotation);
}

RPC_STATUS RPC_ENTRY RpcEpRegisterNoReplaceW(RPC_IF_HANDLE IfSpec,
                                             RPC_BINDING_VECTOR *BindingVector,
                                             UUID_VECTOR *UuidVector, RPC_WSTR Annotation)
{
    return run_wide(ENTER, IfSpec, BindingVector, UuidVector, Annotation);
}

RPC_STATUS RPC_ENTRY RpcEpUnregister(RPC_IF_HANDLE IfSpec, RPC_BINDING_VECTOR *BindingVector,
                                     UUID_VECTOR *UuidVector)
{
    return run(TAKE_BACK, IfSpec, BindingVector, UuidVector, NULL);
}
