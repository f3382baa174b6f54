/* SPDX-License-Identifier: Apache-2.0
 *
 * binding.c - a client's binding handles: making, resolving, ending
 *
 * Spec: rpc-associations 3, 5.1, 8
 */
#include "rpc/client/binding.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/core/text.h"
#include "rpc/core/uuid.h"

rpc_endpoint_resolver *rpc_resolver;

static const struct rpc_handle_ops binding_ops, context_ops;

/* ---- Life ------------------------------------------------------------------------------------- */

static struct rpc_binding *make(enum rpc_transport transport, const char *address,
                                const char *endpoint)
{
    struct rpc_binding *b = mem_alloc(sizeof *b);

    if (b == NULL)
        return NULL;
    b->address = mem_strdup(address);
    b->endpoint = mem_strdup(endpoint);
    if (b->address == NULL || (b->endpoint == NULL && endpoint != NULL)) {
        mem_free(b->address);
        mem_free(b->endpoint);
        mem_free(b);
        return NULL;
    }
    b->handle = (struct rpc_handle){RPC_HANDLE_MAGIC, RPC_HANDLE_CLIENT, &binding_ops};
    b->transport = transport;
    b->options.com_timeout = RPC_C_BINDING_DEFAULT_TIMEOUT;
    (void)pthread_mutex_init(&b->lock, NULL);
    rpc_count(&rpc_client_counters.bindings);
    return b;
}

static void binding_free(struct rpc_handle *handle)
{
    struct rpc_binding *b = (struct rpc_binding *)handle;

    handle->magic = 0;
    auth_client_unref(b->options.auth);
    rpc_assoc_unref(b->assoc);
    (void)pthread_mutex_destroy(&b->lock);
    mem_free(b->address);
    mem_free(b->endpoint);
    mem_free(b);
    rpc_uncount(&rpc_client_counters.bindings);
}

void rpc_binding_init_context(struct rpc_binding *b, struct rpc_assoc *assoc,
                              const struct rpc_call_options *options)
{
    b->handle = (struct rpc_handle){RPC_HANDLE_MAGIC, RPC_HANDLE_CLIENT, &context_ops};
    b->transport = assoc->transport;
    b->assoc = rpc_assoc_ref(assoc);
    b->options = rpc_call_options_copy(options);
    b->of_context = true;
    (void)pthread_mutex_init(&b->lock, NULL);
}

void rpc_binding_fini_context(struct rpc_binding *b)
{
    b->handle.magic = 0;
    (void)pthread_mutex_destroy(&b->lock);
    auth_client_unref(b->options.auth);
    rpc_assoc_unref(b->assoc);
}

/* ---- Where it leads --------------------------------------------------------------------------- */

RPC_STATUS rpc_binding_of(RPC_BINDING_HANDLE handle, struct rpc_binding **ret)
{
    RPC_STATUS status = rpc_handle_check(handle, RPC_HANDLE_CLIENT);

    if (status == RPC_S_OK)
        *ret = handle;
    return status;
}

static const char *address_of(const struct rpc_binding *b)
{
    return b->address != NULL ? b->address : b->assoc->address;
}

/* The lock is held, or nobody else uses the binding. NULL: partially bound. */
static const char *endpoint_of(const struct rpc_binding *b)
{
    return b->endpoint == NULL && b->assoc != NULL ? b->assoc->endpoint : b->endpoint;
}

/* The interface's well-known endpoint for a protocol sequence. */
static const char *well_known(const struct rpc_interface *interface, enum rpc_transport transport)
{
    for (uint32_t i = 0; interface != NULL && i < interface->endpoint_count; i++)
        if (strcmp(interface->endpoints[i].protseq, rpc_protseq_names[transport]) == 0)
            return interface->endpoints[i].endpoint;
    return NULL;
}

/* By the interface alone. The lock is held. */
static RPC_STATUS resolve(struct rpc_binding *b, const struct rpc_interface *interface)
{
    const char *endpoint;

    if (endpoint_of(b) != NULL)
        return RPC_S_OK;
    endpoint = well_known(interface, b->transport);
    if (endpoint == NULL)
        return EPT_S_NOT_REGISTERED;
    if (rpc_endpoint_check(b->transport, endpoint) != RPC_S_OK)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    b->endpoint = mem_strdup(endpoint);
    return b->endpoint == NULL ? RPC_S_OUT_OF_MEMORY : RPC_S_OK;
}

/* The lock is held. */
static RPC_STATUS attach(struct rpc_binding *b, const struct rpc_interface *interface)
{
    bool defunct = b->assoc != NULL && atomic_load(&b->assoc->defunct);
    RPC_STATUS status;

    if (defunct && b->of_context) /* handles never migrate to another association */
        return RPC_X_SS_CONTEXT_MISMATCH;
    if (b->assoc != NULL && !defunct)
        return RPC_S_OK;
    status = resolve(b, interface);
    if (status != RPC_S_OK)
        return status;
    rpc_assoc_unref(b->assoc);
    b->assoc = NULL;
    return rpc_assoc_join(b->transport, b->address, b->endpoint, b->unique, &b->assoc);
}

/* By the endpoint mapper, which is a call of its own: the lock is not held. Of two threads that ask
 * at once the first one's answer stands. */
static RPC_STATUS resolve_by_mapper(struct rpc_binding *b, const struct rpc_interface *interface)
{
    char *endpoint = NULL;
    RPC_STATUS status = EPT_S_NOT_REGISTERED;

    if (rpc_resolver != NULL && interface != NULL && !b->of_context)
        status = rpc_resolver(b->transport, b->address, interface, &b->options.object,
                              b->options.com_timeout, &endpoint);
    if (status == RPC_S_OK && rpc_endpoint_check(b->transport, endpoint) != RPC_S_OK)
        status = RPC_S_INVALID_ENDPOINT_FORMAT;
    (void)pthread_mutex_lock(&b->lock);
    if (status == RPC_S_OK && endpoint_of(b) == NULL) {
        b->endpoint = endpoint;
        endpoint = NULL;
    }
    (void)pthread_mutex_unlock(&b->lock);
    mem_free(endpoint);
    return status;
}

RPC_STATUS rpc_binding_attach(struct rpc_binding *b, const struct rpc_interface *interface,
                              struct rpc_assoc **ret_assoc)
{
    RPC_STATUS status;
    bool asked = false;

    for (;;) {
        (void)pthread_mutex_lock(&b->lock);
        status = attach(b, interface);
        if (status == RPC_S_OK)
            *ret_assoc = rpc_assoc_ref(b->assoc);
        (void)pthread_mutex_unlock(&b->lock);
        if (status != EPT_S_NOT_REGISTERED || asked)
            return status;
        asked = true;
        status = resolve_by_mapper(b, interface);
        if (status != RPC_S_OK)
            return status;
    }
}

bool rpc_binding_leads_to(struct rpc_binding *b, const struct rpc_assoc *a)
{
    const char *endpoint;
    bool same;

    (void)pthread_mutex_lock(&b->lock);
    endpoint = endpoint_of(b);
    same = b->transport == a->transport && strcmp(address_of(b), a->address) == 0 &&
           (endpoint == NULL || strcmp(endpoint, a->endpoint) == 0) &&
           (!b->unique || b->assoc == a);
    (void)pthread_mutex_unlock(&b->lock);
    return same;
}

bool rpc_bindings_agree(struct rpc_binding *a, struct rpc_binding *b)
{
    struct rpc_binding *lower = a < b ? a : b, *upper = a < b ? b : a;
    const char *one, *other;
    bool agree;

    if (a == b)
        return true;
    (void)pthread_mutex_lock(&lower->lock);
    (void)pthread_mutex_lock(&upper->lock);
    one = endpoint_of(a);
    other = endpoint_of(b);
    agree = a->transport == b->transport && strcmp(address_of(a), address_of(b)) == 0 &&
            (one == NULL || other == NULL || strcmp(one, other) == 0);
    (void)pthread_mutex_unlock(&upper->lock);
    (void)pthread_mutex_unlock(&lower->lock);
    return agree;
}

/* ---- What every handle can -------------------------------------------------------------------- */

static RPC_STATUS binding_describe(struct rpc_handle *handle, struct rpc_string_binding *ret)
{
    struct rpc_binding *b = (struct rpc_binding *)handle;
    struct rpc_string_binding parts = {.protseq =
                                           (char *)(uintptr_t)rpc_protseq_names[b->transport],
                                       .address = (char *)(uintptr_t)address_of(b)};
    char object[RPC_UUID_TEXT];
    RPC_STATUS status;

    if (!rpc_uuid_is_nil(&b->options.object)) {
        rpc_uuid_print(&b->options.object, object);
        parts.object = object;
    }
    (void)pthread_mutex_lock(&b->lock);
    parts.endpoint = (char *)(uintptr_t)endpoint_of(b);
    status = rpc_string_binding_copy(ret, &parts);
    (void)pthread_mutex_unlock(&b->lock);
    return status;
}

static void binding_object(struct rpc_handle *handle, UUID *ret)
{
    *ret = ((struct rpc_binding *)handle)->options.object;
}

static const struct rpc_handle_ops binding_ops = {binding_describe, binding_object, binding_free};
static const struct rpc_handle_ops context_ops = {binding_describe, binding_object, NULL};

/* ---- API -------------------------------------------------------------------------------------- */

/* ncalrpc reaches this machine only. */
static bool is_this_machine(const char *address)
{
    char name[256];

    return address == NULL || address[0] == '\0' || strcmp(address, "localhost") == 0 ||
           (gethostname(name, sizeof name) == 0 && strncmp(name, address, sizeof name) == 0);
}

static RPC_STATUS from_parts(const struct rpc_string_binding *parts, RPC_BINDING_HANDLE *ret)
{
    const char *address = parts->address == NULL ? "" : parts->address;
    enum rpc_transport transport = RPC_TRANSPORT_TCP;
    RPC_STATUS status = rpc_protseq_find(parts->protseq, &transport);
    UUID object = {0};
    struct rpc_binding *b;

    if (status == RPC_S_OK && parts->object != NULL && !rpc_uuid_parse(parts->object, &object))
        status = RPC_S_INVALID_STRING_UUID;
    if (status == RPC_S_OK && parts->endpoint != NULL)
        status = rpc_endpoint_check(transport, parts->endpoint);
    if (status == RPC_S_OK && parts->options != NULL)
        status = RPC_S_INVALID_NETWORK_OPTIONS;
    if (status == RPC_S_OK && transport == RPC_TRANSPORT_LOCAL && !is_this_machine(address))
        status = RPC_S_INVALID_NET_ADDR;
    if (status != RPC_S_OK)
        return status;
    if (transport == RPC_TRANSPORT_LOCAL)
        address = "";
    b = make(transport, address, parts->endpoint);
    if (b == NULL)
        return RPC_S_OUT_OF_MEMORY;
    b->options.object = object;
    *ret = b;
    return RPC_S_OK;
}

static RPC_STATUS from_text(const char *text, RPC_BINDING_HANDLE *ret)
{
    struct rpc_string_binding parts;
    RPC_STATUS status;

    if (text == NULL)
        return RPC_S_INVALID_STRING_BINDING;
    if (ret == NULL)
        return RPC_S_INVALID_ARG;
    status = rpc_string_binding_parse(text, &parts);
    if (status == RPC_S_OK)
        status = from_parts(&parts, ret);
    rpc_string_binding_clear(&parts);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingA(RPC_CSTR StringBinding,
                                                  RPC_BINDING_HANDLE *Binding)
{
    return from_text((const char *)StringBinding, Binding);
}

RPC_STATUS RPC_ENTRY RpcBindingFromStringBindingW(RPC_WSTR StringBinding,
                                                  RPC_BINDING_HANDLE *Binding)
{
    char *text = NULL;
    RPC_STATUS status = rpc_text_narrow(StringBinding, &text, RPC_S_INVALID_STRING_BINDING);

    if (status == RPC_S_OK)
        status = from_text(text, Binding);
    mem_free(text);
    return status;
}

RPC_STATUS RPC_ENTRY RpcBindingCopy(RPC_BINDING_HANDLE SourceBinding,
                                    RPC_BINDING_HANDLE *DestinationBinding)
{
    struct rpc_binding *from, *b;
    RPC_STATUS status = rpc_binding_of(SourceBinding, &from);

    if (status != RPC_S_OK)
        return status;
    if (DestinationBinding == NULL)
        return RPC_S_INVALID_ARG;
    (void)pthread_mutex_lock(&from->lock);
    b = make(from->transport, address_of(from), endpoint_of(from));
    if (b != NULL) {
        b->options = rpc_call_options_copy(&from->options);
        b->unique = from->unique;
        b->noncausal = from->noncausal;
        if (from->assoc != NULL && !from->unique && !rpc_runtime_is_closed())
            b->assoc = rpc_assoc_ref(from->assoc);
    }
    (void)pthread_mutex_unlock(&from->lock);
    if (b == NULL)
        return RPC_S_OUT_OF_MEMORY;
    *DestinationBinding = b;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcBindingReset(RPC_BINDING_HANDLE Binding)
{
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(Binding, &b);
    struct rpc_assoc *assoc;

    if (status != RPC_S_OK)
        return status;
    if (b->of_context)
        return RPC_S_WRONG_KIND_OF_BINDING;
    (void)pthread_mutex_lock(&b->lock);
    assoc = b->assoc;
    b->assoc = NULL;
    mem_free(b->endpoint);
    b->endpoint = NULL;
    (void)pthread_mutex_unlock(&b->lock);
    rpc_assoc_unref(assoc);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcEpResolveBinding(RPC_BINDING_HANDLE Binding, RPC_IF_HANDLE IfSpec)
{
    const struct rpc_interface *interface = IfSpec;
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(Binding, &b);

    if (status != RPC_S_OK)
        return status;
    if (interface == NULL)
        return RPC_S_UNKNOWN_IF;
    if (interface->stub_version != NDR_STUB_VERSION)
        return RPC_X_WRONG_STUB_VERSION;
    (void)pthread_mutex_lock(&b->lock);
    status = resolve(b, interface);
    (void)pthread_mutex_unlock(&b->lock);
    return status == EPT_S_NOT_REGISTERED ? resolve_by_mapper(b, interface) : status;
}
