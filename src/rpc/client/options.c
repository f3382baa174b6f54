/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - what can be set on a client's binding handle
 *
 * Source: RpcBindingSetOption, "Binding option constants", RpcMgmtSetComTimeout, RpcBindingSetObject,
 * Win32 documentation. Authentication: security_info.c.
 */
#include <holdfast/client.h>

#include "rpc/client/binding.h"

RPC_STATUS RPC_ENTRY RpcBindingSetObject(RPC_BINDING_HANDLE Binding, UUID *ObjectUuid)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(Binding, &b);

    if (status == RPC_S_OK)
        b->options.object = ObjectUuid == NULL ? (UUID){0} : *ObjectUuid;
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtSetComTimeout(RPC_BINDING_HANDLE Binding, unsigned int Timeout)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(Binding, &b);

    if (status != RPC_S_OK)
        return status;
    if (Timeout > RPC_C_BINDING_INFINITE_TIMEOUT)
        return RPC_S_INVALID_TIMEOUT;
    b->options.com_timeout = Timeout;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcMgmtInqComTimeout(RPC_BINDING_HANDLE Binding, unsigned int *Timeout)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(Binding, &b);

    if (status != RPC_S_OK)
        return status;
    if (Timeout == NULL)
        return RPC_S_INVALID_ARG;
    *Timeout = b->options.com_timeout;
    return RPC_S_OK;
}

/* ---- Options ---------------------------------------------------------------------------------- */

/* Only before the first call: later the handle shares connections already. */
static RPC_STATUS set_unique(struct rpc_binding *b, bool value)
{
    RPC_STATUS status = RPC_S_OK;

    (void)pthread_mutex_lock(&b->lock);
    if (b->assoc != NULL)
        status = RPC_S_WRONG_KIND_OF_BINDING;
    else
        b->unique = value;
    (void)pthread_mutex_unlock(&b->lock);
    return status;
}

/* Belongs to the association, so there has to be one. */
static RPC_STATUS set_dont_linger(struct rpc_binding *b, bool value)
{
    RPC_STATUS status = RPC_S_OK;

    (void)pthread_mutex_lock(&b->lock);
    if (b->assoc == NULL || !atomic_load(&b->assoc->called))
        status = RPC_S_WRONG_KIND_OF_BINDING;
    else
        atomic_store(&b->assoc->dont_linger, value);
    (void)pthread_mutex_unlock(&b->lock);
    return status;
}

static bool inq_dont_linger(struct rpc_binding *b)
{
    bool value;

    (void)pthread_mutex_lock(&b->lock);
    value = b->assoc != NULL && atomic_load(&b->assoc->dont_linger);
    (void)pthread_mutex_unlock(&b->lock);
    return value;
}

/* Both 0 and the largest value mean none. */
static void set_timeout(struct rpc_binding *b, uintptr_t ms, bool local)
{
    b->options.call_timeout_ms = ms >= UINT32_MAX ? 0 : (uint32_t)ms;
    b->options.call_timeout_local = local;
}

RPC_STATUS RPC_ENTRY RpcBindingSetOption(RPC_BINDING_HANDLE hBinding, uint32_t option,
                                         uintptr_t optionValue)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(hBinding, &b);

    if (status != RPC_S_OK)
        return status;
    switch (option) {
    case RPC_C_OPT_BINDING_NONCAUSAL: b->noncausal = optionValue != 0; return RPC_S_OK;
    case RPC_C_OPT_UNIQUE_BINDING: return set_unique(b, optionValue != 0);
    case RPC_C_OPT_DONT_LINGER: return set_dont_linger(b, optionValue != 0);
    case RPC_C_OPT_CALL_TIMEOUT: set_timeout(b, optionValue, false); return RPC_S_OK;
    case HOLDFAST_C_OPT_CALL_TIMEOUT: set_timeout(b, optionValue, true); return RPC_S_OK;
    default: return option < RPC_C_OPT_MAX_OPTIONS ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
    }
}

RPC_STATUS RPC_ENTRY RpcBindingInqOption(RPC_BINDING_HANDLE hBinding, uint32_t option,
                                         uintptr_t *pOptionValue)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(hBinding, &b);

    if (status != RPC_S_OK)
        return status;
    if (pOptionValue == NULL)
        return RPC_S_INVALID_ARG;
    switch (option) {
    case RPC_C_OPT_BINDING_NONCAUSAL: *pOptionValue = b->noncausal; return RPC_S_OK;
    case RPC_C_OPT_UNIQUE_BINDING: *pOptionValue = b->unique; return RPC_S_OK;
    case RPC_C_OPT_DONT_LINGER: *pOptionValue = inq_dont_linger(b); return RPC_S_OK;
    case HOLDFAST_C_OPT_CALL_TIMEOUT:
    case RPC_C_OPT_CALL_TIMEOUT: *pOptionValue = b->options.call_timeout_ms; return RPC_S_OK;
    default: return option < RPC_C_OPT_MAX_OPTIONS ? RPC_S_CANNOT_SUPPORT : RPC_S_INVALID_ARG;
    }
}
