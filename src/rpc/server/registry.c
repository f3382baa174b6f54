/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.c - registering and unregistering interfaces
 *
 * Owns:       struct rpc_registration; those that are registered are in one list.
 * Lifetime:   references.
 * Lock:       `lock` for the list; a call takes none.
 *
 *   R1  who enters counts himself in, then looks whether it is removed; who waits looks at the count
 *       after it was: so a removed interface admits no call, and from 0 the count rises no more (but
 *       for the moment of one who steps back).
 *   R2  registry_hold serves run-downs, whose routines lie in the same module: it may follow 0, so
 *       RpcServerUnregisterIfEx waits again after it has ended the handles.
 *   R3  a removed registration stays known while anybody refers to it, so that waiting for an
 *       interface means all registrations it ever had.
 */
#include "rpc/server/registry.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/server/assoc.h"
#include "rpc/server/call.h"
#include "rpc/server/guard.h"
#include "rpc/server/object.h"
#include "rpc/wire/wire.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;
static struct list registrations = {&registrations, &registrations};
static struct list removed = {&removed, &removed}; /* R3 */
static const UUID nil;

/* ---- References and users --------------------------------------------------------------------- */

struct rpc_registration *registry_ref(struct rpc_registration *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void registry_unref(struct rpc_registration *r)
{
    if (r == NULL || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    gate_fini(&r->gate);
    mem_free(r);
}

/* Somebody may wait for what has just been left. */
static void tell_left(void)
{
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&drained);
    pthread_mutex_unlock(&lock);
}

bool registry_enter(struct rpc_registration *r, unsigned *ret_user)
{
    *ret_user = shard_of_thread();
    atomic_fetch_add(&r->users[*ret_user].n, 1);
    if (!atomic_load(&r->removed)) /* R1 */
        return true;
    registry_leave(r, *ret_user);
    return false;
}

void registry_leave(struct rpc_registration *r, unsigned user)
{
    atomic_fetch_sub(&r->users[user].n, 1);
    if (atomic_load(&r->removed))
        tell_left();
}

void registry_hold(struct rpc_registration *r)
{
    atomic_fetch_add(&r->due, 1); /* R2 */
}

void registry_release(struct rpc_registration *r)
{
    atomic_fetch_sub(&r->due, 1);
    if (atomic_load(&r->removed))
        tell_left();
}

static bool is_in_use(const struct rpc_registration *r)
{
    return shards_sum(r->users) > 0 || atomic_load(&r->due) > 0;
}

/* Waits until no routine of the interface runs or is due. */
static void wait_drained(const struct rpc_interface *interface)
{
    struct list *it;

    pthread_mutex_lock(&lock);
    for (it = removed.next; it != &removed;) {
        const struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);

        if (r->interface == interface && is_in_use(r)) {
            pthread_cond_wait(&drained, &lock);
            it = removed.next;
        } else {
            it = it->next;
        }
    }
    pthread_mutex_unlock(&lock);
}

/* ---- Finding ---------------------------------------------------------------------------------- */

/* Under the lock. */
static struct rpc_registration *find_interface(const struct rpc_interface *interface)
{
    LIST_FOR_EACH (it, &registrations) {
        struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);

        if (wire_syntax_equal(&r->interface->id, &interface->id))
            return r;
    }
    return NULL;
}

struct rpc_registration *registry_find(const RPC_SYNTAX_IDENTIFIER *id)
{
    struct rpc_registration *found = NULL;

    pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &registrations) {
        struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);
        const RPC_SYNTAX_IDENTIFIER *ours = &r->interface->id;

        if (wire_uuid_equal(&ours->SyntaxGUID, &id->SyntaxGUID) &&
            ours->SyntaxVersion.MajorVersion == id->SyntaxVersion.MajorVersion &&
            ours->SyntaxVersion.MinorVersion >= id->SyntaxVersion.MinorVersion) {
            found = registry_ref(r);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static unsigned manager_index(const struct rpc_registration *r, const UUID *type)
{
    unsigned i = 0;

    while (i < r->manager_count && !wire_uuid_equal(&r->managers[i].type, type))
        i++;
    return i;
}

const void *registry_epv(struct rpc_registration *r, const UUID *object)
{
    UUID type = nil;
    unsigned i;

    if (object != NULL)
        object_type(object, &type);
    i = manager_index(r, &type);
    return i < r->manager_count ? r->managers[i].epv : NULL;
}

void registry_list(void (*each)(void *argument, const RPC_SYNTAX_IDENTIFIER *id), void *argument)
{
    pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &registrations) {
        const struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);

        if (!r->internal)
            each(argument, &r->interface->id);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- Registering ------------------------------------------------------------------------------ */

/* A registration with room for one more manager than `like` has, whose managers it takes over but
 * for the one at `without` (manager_count: all). */
static struct rpc_registration *registration_new(const struct rpc_interface *interface,
                                                 const struct rpc_registration *like,
                                                 unsigned without)
{
    unsigned count = like != NULL ? like->manager_count : 0;
    struct rpc_registration *r = mem_alloc(sizeof *r + (count + 1) * sizeof r->managers[0]);

    if (r == NULL)
        return NULL;
    atomic_init(&r->refs, 1);
    r->interface = interface;
    r->method_count = interface->method_count;
    r->ndr64 = (interface->flags & RPC_INTERFACE_NDR64) != 0;
    for (unsigned i = 0; i < count; i++) {
        if (i != without)
            r->managers[r->manager_count++] = like->managers[i];
    }
    return r;
}

/* Forgets removed registrations that nobody refers to. Under the lock. */
static void sweep_removed(void)
{
    LIST_FOR_EACH_SAFE (it, &removed) {
        struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);

        if (atomic_load(&r->refs) == 1) {
            list_remove(&r->link);
            registry_unref(r);
        }
    }
}

/* No call is admitted any more. Under the lock. */
static void take_out(struct rpc_registration *r)
{
    sweep_removed();
    list_remove(&r->link);
    list_append(&removed, &r->link); /* R3 */
    atomic_store(&r->removed, true);
}

static RPC_STATUS check_interface(const struct rpc_interface *interface)
{
    if (interface == NULL)
        return RPC_S_UNKNOWN_IF;
    if (interface->stub_version != NDR_STUB_VERSION)
        return RPC_X_WRONG_STUB_VERSION;
    if (interface->methods == NULL && interface->method_count > 0) /* a client's table */
        return RPC_S_UNKNOWN_IF;
    return RPC_S_OK;
}

struct options {
    unsigned flags, max_calls;
    size_t max_size;
    RPC_IF_CALLBACK_FN *callback;
    bool internal;
};

static RPC_STATUS register_interface(const struct rpc_interface *interface, const UUID *type,
                                     const void *epv, const struct options *o)
{
    struct rpc_registration *old, *r;
    RPC_STATUS status = check_interface(interface);

    if (status != RPC_S_OK)
        return status;
    pthread_mutex_lock(&lock);
    old = find_interface(interface);
    if (old != NULL && manager_index(old, type) < old->manager_count) {
        status = RPC_S_TYPE_ALREADY_REGISTERED;
        goto out;
    }
    r = registration_new(interface, old, old != NULL ? old->manager_count : 0);
    if (r == NULL) {
        status = RPC_S_OUT_OF_MEMORY;
        goto out;
    }
    r->flags = o->flags;
    r->internal = o->internal;
    r->max_size = o->max_size;
    r->callback = o->callback;
    gate_init(&r->gate, o->max_calls);
    r->managers[r->manager_count++] =
        (struct rpc_manager){*type, epv != NULL ? epv : interface->default_epv};
    if (old != NULL)
        take_out(old);
    list_append(&registrations, &r->link);
out:
    pthread_mutex_unlock(&lock);
    return status;
}

RPC_STATUS registry_add_internal(const struct rpc_interface *interface)
{
    const struct options o = {.flags = RPC_IF_AUTOLISTEN,
                              .max_calls = GATE_NO_LIMIT,
                              .max_size = 65536,
                              .internal = true};
    RPC_STATUS status = register_interface(interface, &nil, NULL, &o);

    return status == RPC_S_TYPE_ALREADY_REGISTERED ? RPC_S_OK : status;
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIf3(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                          RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                          unsigned int MaxCalls, unsigned int MaxRpcSize,
                                          RPC_IF_CALLBACK_FN *IfCallback, void *SecurityDescriptor)
{
    const struct options o = {
        .flags = Flags,
        .max_calls =
            MaxCalls == 0 || MaxCalls == RPC_C_LISTEN_MAX_CALLS_DEFAULT || MaxCalls > GATE_NO_LIMIT
                ? GATE_NO_LIMIT
                : MaxCalls,
        .max_size = MaxRpcSize == (unsigned)-1 ? (size_t)limit_of(LIMIT_CALL_MEMORY) : MaxRpcSize,
        .callback = IfCallback,
    };

    if (SecurityDescriptor != NULL)
        return RPC_S_CANNOT_SUPPORT;
    return register_interface(IfSpec, MgrTypeUuid != NULL ? MgrTypeUuid : &nil, MgrEpv, &o);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIf2(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                          RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                          unsigned int MaxCalls, unsigned int MaxRpcSize,
                                          RPC_IF_CALLBACK_FN *IfCallbackFn)
{
    return RpcServerRegisterIf3(IfSpec, MgrTypeUuid, MgrEpv, Flags, MaxCalls, MaxRpcSize,
                                IfCallbackFn, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIfEx(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                           RPC_MGR_EPV *MgrEpv, unsigned int Flags,
                                           unsigned int MaxCalls, RPC_IF_CALLBACK_FN *IfCallback)
{
    return RpcServerRegisterIf3(IfSpec, MgrTypeUuid, MgrEpv, Flags, MaxCalls,
                                RPC_LIMIT_REQUEST_DEFAULT, IfCallback, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerRegisterIf(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                         RPC_MGR_EPV *MgrEpv)
{
    return RpcServerRegisterIf3(IfSpec, MgrTypeUuid, MgrEpv, 0, 0, RPC_LIMIT_REQUEST_DEFAULT, NULL,
                                NULL);
}

/* ---- Unregistering ---------------------------------------------------------------------------- */

/* Removes one interface's managers: of `type`, or all (NULL). */
static RPC_STATUS unregister_one(const struct rpc_interface *interface, const UUID *type,
                                 unsigned *ret_flags)
{
    struct rpc_registration *r, *rest = NULL;
    RPC_STATUS status = RPC_S_OK;
    unsigned at;

    pthread_mutex_lock(&lock);
    r = find_interface(interface);
    if (r == NULL || r->internal) {
        status = RPC_S_UNKNOWN_IF;
        goto out;
    }
    at = type != NULL ? manager_index(r, type) : r->manager_count;
    if (type != NULL && at == r->manager_count) {
        status = RPC_S_UNKNOWN_MGR_TYPE;
        goto out;
    }
    if (type != NULL && r->manager_count > 1) {
        rest = registration_new(r->interface, r, at);
        if (rest == NULL) {
            status = RPC_S_OUT_OF_MEMORY;
            goto out;
        }
        rest->flags = r->flags;
        rest->max_size = r->max_size;
        rest->callback = r->callback;
        gate_init(&rest->gate, atomic_load(&r->gate.max));
        list_append(&registrations, &rest->link);
    }
    *ret_flags = r->flags;
    take_out(r);
out:
    pthread_mutex_unlock(&lock);
    return status;
}

/* The next interface that IfSpec NULL removes, or NULL. */
static const struct rpc_interface *next_ordinary(const UUID *type)
{
    const struct rpc_interface *interface = NULL;

    pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &registrations) {
        const struct rpc_registration *r = LIST_ENTRY(it, struct rpc_registration, link);

        if (!r->internal && (r->flags & RPC_IF_AUTOLISTEN) == 0 &&
            (type == NULL || manager_index(r, type) < r->manager_count)) {
            interface = r->interface;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return interface;
}

static bool serves(const struct rpc_call *call, const void *interface)
{
    return call->registration->interface == interface;
}

/* Ends the handles of an interface in all associations. */
static void purge_handles(const struct rpc_interface *interface, bool run_down)
{
    uint32_t after = 0;
    struct rpc_assoc *a;

    while ((a = assoc_after(after)) != NULL) {
        context_table_purge(&a->contexts, interface, run_down);
        after = a->number;
        assoc_unref(a);
    }
}

RPC_STATUS RPC_ENTRY RpcServerUnregisterIf(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                           unsigned int WaitForCallsToComplete)
{
    const struct rpc_interface *interface = IfSpec;
    unsigned flags = 0;
    RPC_STATUS status;
    bool wait;

    if (IfSpec == NULL) {
        while ((interface = next_ordinary(MgrTypeUuid)) != NULL) {
            status = RpcServerUnregisterIf((RPC_IF_HANDLE)(uintptr_t)interface, MgrTypeUuid,
                                           WaitForCallsToComplete);
            if (status != RPC_S_OK)
                return status;
        }
        return RPC_S_OK;
    }
    wait = WaitForCallsToComplete != 0;
    if (wait && guard_inside(serves, interface))
        return RPC_S_CALL_IN_PROGRESS; /* would wait for itself */
    status = unregister_one(interface, MgrTypeUuid, &flags);
    if (status != RPC_S_OK)
        return status;
    wait |= (flags & RPC_IF_AUTOLISTEN) != 0;
    if (wait && !guard_inside(serves, interface))
        wait_drained(interface);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcServerUnregisterIfEx(RPC_IF_HANDLE IfSpec, UUID *MgrTypeUuid,
                                             int RundownContextHandles)
{
    const struct rpc_interface *interface = IfSpec;
    unsigned flags = 0;
    RPC_STATUS status;

    if (IfSpec == NULL) {
        while ((interface = next_ordinary(MgrTypeUuid)) != NULL) {
            status = RpcServerUnregisterIfEx((RPC_IF_HANDLE)(uintptr_t)interface, MgrTypeUuid,
                                             RundownContextHandles);
            if (status != RPC_S_OK)
                return status;
        }
        return RPC_S_OK;
    }
    if (guard_inside(serves, interface))
        return RPC_S_CALL_IN_PROGRESS;
    status = unregister_one(interface, MgrTypeUuid, &flags);
    if (status != RPC_S_OK)
        return status;
    wait_drained(interface);
    purge_handles(interface, RundownContextHandles != 0);
    wait_drained(interface); /* R2 */
    return RPC_S_OK;
}

void registry_clear(void)
{
    pthread_mutex_lock(&lock);
    while (!list_is_empty(&registrations)) {
        struct rpc_registration *r = LIST_ENTRY(registrations.next, struct rpc_registration, link);

        take_out(r);
    }
    sweep_removed();
    pthread_mutex_unlock(&lock);
    object_clear();
}
