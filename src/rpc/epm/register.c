/* SPDX-License-Identifier: Apache-2.0
 *
 * register.c - a server's entries in the endpoint map of its host
 *
 * Owns:     the process's lease, a context handle of the mapper, made with the first entry. When the
 *           process ends, however it does, the mapper runs it down and the entries are gone.
 * Lock:     `lock`, held during the calls: entries are made one after the other.
 */
#include <pthread.h>
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/handle.h"
#include "rpc/core/text.h"
#include "rpc/epm/mapper.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ept_lease_h lease;

/* ---- What is entered -------------------------------------------------------------------------- */

struct entries {
    ept_entry *at;
    uint32_t count;
};

static void entries_free(struct entries *e)
{
    for (uint32_t i = 0; i < e->count; i++)
        mem_free(e->at[i].tower);
    mem_free(e->at);
}

static RPC_STATUS add_entry(struct entries *e, const struct wire_tower *t, const UUID *object,
                            const char *annotation)
{
    ept_entry *to = &e->at[e->count];

    to->tower = epm_tower_make(t);
    if (to->tower == NULL)
        return RPC_S_OUT_OF_MEMORY;
    if (object != NULL)
        memcpy(&to->object, object, sizeof to->object);
    if (annotation != NULL)
        (void)strncpy(to->annotation, annotation, sizeof to->annotation - 1);
    e->count++;
    return RPC_S_OK;
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
static RPC_STATUS make_entries(const RPC_SYNTAX_IDENTIFIER *id, const RPC_BINDING_VECTOR *bindings,
                               const UUID_VECTOR *objects, const char *annotation,
                               struct entries *ret)
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
            status =
                add_entry(ret, &t, objects != NULL && objects->Count > 0 ? objects->Uuid[j] : NULL,
                          annotation);
    }
    return status;
}

/* ---- The mapper ------------------------------------------------------------------------------- */

enum action { ENTER, ENTER_REPLACING, TAKE_BACK };

/* One call of the mapper. The lease is made when there is none. Under the lock. */
static RPC_STATUS act(enum action action, struct entries *e)
{
    volatile RPC_STATUS status = RPC_S_OK;
    RPC_BINDING_HANDLE mapper = NULL;

    RpcTryExcept
    {
        if (lease == NULL) {
            status = epm_mapper_binding(RPC_TRANSPORT_LOCAL, "", &mapper);
            if (status == RPC_S_OK)
                status = (RPC_STATUS)c_ept_local_open(mapper, &lease);
        }
        if (status == RPC_S_OK && action == TAKE_BACK)
            status = (RPC_STATUS)c_ept_local_delete(lease, e->count, e->at);
        else if (status == RPC_S_OK)
            status =
                (RPC_STATUS)c_ept_local_insert(lease, e->count, e->at, action == ENTER_REPLACING);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (mapper != NULL)
        (void)RpcBindingFree(&mapper);
    return status;
}

/* A lease of a mapper that has gone is laid down, and another one taken. */
static RPC_STATUS act_twice(enum action action, struct entries *e)
{
    RPC_STATUS status;
    bool had;

    (void)pthread_mutex_lock(&lock);
    had = lease != NULL;
    status = act(action, e);
    if (had && (status == RPC_X_SS_CONTEXT_MISMATCH || status == RPC_S_SERVER_UNAVAILABLE ||
                status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE)) {
        (void)RpcSmDestroyClientContext((void **)&lease);
        lease = NULL;
        status = act(action, e);
    }
    (void)pthread_mutex_unlock(&lock);
    return status;
}

static RPC_STATUS run(enum action action, RPC_IF_HANDLE interface,
                      const RPC_BINDING_VECTOR *bindings, const UUID_VECTOR *objects,
                      const char *annotation)
{
    const struct rpc_interface *i = interface;
    struct entries e = {0};
    RPC_STATUS status;

    if (interface == NULL)
        return RPC_S_UNKNOWN_IF;
    if (i->stub_version != NDR_STUB_VERSION)
        return RPC_X_WRONG_STUB_VERSION;
    if (bindings == NULL || bindings->Count == 0)
        return RPC_S_NO_BINDINGS;
    if (annotation != NULL && strlen(annotation) >= EPT_ANNOTATION)
        return RPC_S_STRING_TOO_LONG;
    status = make_entries(&i->id, bindings, objects, annotation, &e);
    if (status == RPC_S_OK && e.count == 0)
        status = RPC_S_NO_BINDINGS;
    if (status == RPC_S_OK)
        status = act_twice(action, &e);
    entries_free(&e);
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
