/* SPDX-License-Identifier: Apache-2.0
 *
 * context.c - a client's context handles: the set of live ones, marshalling, commit
 *
 * The set is a hash table with chains through the handles, so that entering and removing one never
 * needs memory: growing a table is tried and may fail.
 * Spec: rpc-contexts 3, 4, 8 (C1 to C8)
 */
#include "rpc/client/context.h"

#include <string.h>

#include <holdfast/client.h>

#include "base/lock.h"
#include "base/mem.h"
#include "rpc/client/call_state.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/core/mutant.h"

#define SHARDS        64 /* a power of two */
#define BUCKETS_FIRST 8

struct rpc_client_handle {
    struct rpc_client_handle *next; /* in its bucket */
    struct rpc_binding binding;     /* its own copy (rpc-contexts 2.1.6) */
    uint8_t token[RPC_TOKEN_SIZE];
};

static struct shard {
    struct lock lock;
    struct rpc_client_handle **buckets; /* of mem_alloc, or first */
    size_t bucket_count, count;         /* a power of two; 0: not used yet */
    struct rpc_client_handle *first[BUCKETS_FIRST];
} __attribute__((aligned(64))) shards[SHARDS] = {
    [0 ... SHARDS - 1] = {.lock = LOCK_FREE},
};

/* ---- The set ---------------------------------------------------------------------------------- */

static uint64_t hash(const void *handle)
{
    uint64_t x = (uint64_t)(uintptr_t)handle;

    x ^= x >> 31;
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

static struct shard *lock_shard(const void *handle)
{
    struct shard *s = &shards[hash(handle) & (SHARDS - 1)];

    lock_take(&s->lock);
    if (s->bucket_count == 0) {
        s->buckets = s->first;
        s->bucket_count = BUCKETS_FIRST;
    }
    return s;
}

static void unlock_shard(struct shard *s)
{
    lock_give(&s->lock);
}

static struct rpc_client_handle **bucket(struct shard *s, const void *handle)
{
    return &s->buckets[hash(handle) / SHARDS & (s->bucket_count - 1)];
}

/* Where the live handle at this address is linked, or the end of its chain. */
static struct rpc_client_handle **find(struct shard *s, const void *handle)
{
    struct rpc_client_handle **at = bucket(s, handle);

    while (*at != NULL && (const void *)*at != handle)
        at = &(*at)->next;
    return at;
}

/* Doubles the buckets if there is memory; else chains just get longer. */
static void grow(struct shard *s)
{
    struct rpc_client_handle **old = s->buckets;
    size_t n = s->bucket_count;
    struct rpc_client_handle **more = mem_alloc(n * 2 * sizeof *more);

    if (more == NULL)
        return;
    s->buckets = more;
    s->bucket_count = n * 2;
    for (size_t i = 0; i < n; i++) {
        while (old[i] != NULL) {
            struct rpc_client_handle *h = old[i], **at;

            old[i] = h->next;
            at = bucket(s, h);
            h->next = *at;
            *at = h;
        }
    }
    if (old != s->first)
        mem_free(old);
}

static void enter(struct rpc_client_handle *h)
{
    struct shard *s = lock_shard(h);
    struct rpc_client_handle **at;

    if (++s->count > 2 * s->bucket_count)
        grow(s);
    at = bucket(s, h);
    h->next = *at;
    *at = h;
    unlock_shard(s);
}

/* Takes a live handle out of the set; NULL if it is none. */
static struct rpc_client_handle *take_out(const void *handle)
{
    struct shard *s = lock_shard(handle);
    struct rpc_client_handle **at = find(s, handle), *h = *at;

    if (h != NULL) {
        *at = h->next;
        s->count--;
    }
    unlock_shard(s);
    return h;
}

bool rpc_handle_look(const void *handle, bool with_reference, struct rpc_handle_view *ret)
{
    struct shard *s = lock_shard(handle);
    const struct rpc_client_handle *h = *find(s, handle);

    if (h != NULL) {
        memcpy(ret->token, h->token, RPC_TOKEN_SIZE);
        ret->options = h->binding.options;
        ret->assoc = h->binding.assoc;
        if (with_reference) {
            (void)rpc_assoc_ref(ret->assoc);
            (void)auth_client_ref(ret->options.auth);
        }
    }
    unlock_shard(s);
    return h != NULL;
}

/* ---- Handles coming and going ----------------------------------------------------------------- */

static struct rpc_client_handle *make(const struct rpc_client_call *c,
                                      const uint8_t token[RPC_TOKEN_SIZE])
{
    const struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_client_handle *h = mem_alloc(sizeof *h);

    if (h == NULL)
        return NULL;
    memcpy(h->token, token, RPC_TOKEN_SIZE);
    rpc_binding_init_context(&h->binding, state->assoc, &state->options);
    return h;
}

static void end_handle(struct rpc_client_handle *take_h)
{
    rpc_binding_fini_context(&take_h->binding);
    mem_free(take_h);
}

/* Ends a live handle; false if it was none. */
static bool destroy(const void *handle)
{
    struct rpc_client_handle *h = take_out(handle);

    if (h == NULL)
        return false;
    rpc_assoc_context_closed(h->binding.assoc);
    rpc_uncount(&rpc_client_counters.contexts);
    end_handle(h);
    return true;
}

/* What the 20 octets of a reply mean for one handle of the program. */
enum change {
    CHANGE_NONE,
    CHANGE_OPEN,  /* `made` becomes live and is stored */
    CHANGE_CLOSE, /* the old one ends, NULL is stored */
    CHANGE_CLEAR, /* NULL is stored: an [out] handle that stayed closed */
};

static void settle(struct rpc_client_context *s, struct rpc_assoc *assoc)
{
    switch ((enum change)s->change) {
    case CHANGE_OPEN:
        enter(s->made);
        rpc_assoc_context_opened(assoc);
        rpc_count(&rpc_client_counters.contexts);
        *s->handle = s->made;
        break;
    case CHANGE_CLOSE:
        (void)destroy(*s->handle);
        *s->handle = NULL;
        break;
    case CHANGE_CLEAR: *s->handle = NULL; break;
    case CHANGE_NONE: break;
    }
}

void rpc_handles_settle(struct rpc_client_context *staged, struct rpc_assoc *assoc, bool commit)
{
    for (struct rpc_client_context *s = staged; s != NULL; s = s->next) {
        if (commit != mutant_is("commit:%d:%d", commit, s->change))
            settle(s, assoc);
        else if (s->made != NULL)
            end_handle(s->made);
    }
}

/* ---- Stubs ------------------------------------------------------------------------------------ */

/* A token in its normal form: integers little-endian, whatever the server's order. */
static void normalise(uint8_t to[RPC_TOKEN_SIZE], const uint8_t *from, bool swap)
{
    static const uint8_t swapped[10] = {3, 2, 1, 0, 7, 6, 5, 4, 9, 8};

    memcpy(to, from, RPC_TOKEN_SIZE);
    if (!swap)
        return;
    for (size_t i = 0; i < sizeof swapped; i++)
        to[i] = from[swapped[i]];
    to[10] = from[11];
    to[11] = from[10];
}

/* The test is on the UUID only. */
static bool is_null_token(const uint8_t token[RPC_TOKEN_SIZE])
{
    static const uint8_t none[RPC_TOKEN_SIZE];

    return memcmp(token + 4, none, 16) == 0;
}

void rpc_client_put_context(struct rpc_client_call *c, void *handle, uint32_t flags)
{
    const struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_handle_view view = {0};
    const uint8_t *token = view.token;
    uint8_t *p;

    if (handle == NULL && (flags & RPC_CONTEXT_OUT) == 0) {
        ndr_out_fail(&c->out, RPC_X_SS_IN_NULL_CONTEXT);
        return;
    }
    if (handle != NULL && handle == state->named) {
        token = state->token;
    } else if (handle != NULL && !rpc_handle_look(handle, false, &view)) {
        ndr_out_fail(&c->out, RPC_X_SS_CONTEXT_MISMATCH);
        return;
    }
    p = ndr_out_room(&c->out, 4, RPC_TOKEN_SIZE);
    if (p != NULL)
        memcpy(p, token, RPC_TOKEN_SIZE);
}

void rpc_client_get_context(struct rpc_client_call *c, struct rpc_client_context *staged,
                            void **handle, uint32_t flags)
{
    struct rpc_call_state *state = rpc_call_state(c);
    const uint8_t *octets = ndr_in_take(&c->in, 4, RPC_TOKEN_SIZE);
    void *old = (flags & RPC_CONTEXT_IN) != 0 ? *handle : NULL;
    struct rpc_handle_view view;
    uint8_t token[RPC_TOKEN_SIZE];

    if (octets == NULL)
        return;
    *staged = (struct rpc_client_context){.handle = handle};
    normalise(token, octets, c->in.swap);
    if (old != NULL && !rpc_handle_look(old, false, &view)) {
        ndr_in_fail(&c->in, RPC_X_SS_CONTEXT_MISMATCH);
        return;
    }
    if (is_null_token(token)) {
        staged->change = old != NULL ? CHANGE_CLOSE : CHANGE_CLEAR;
    } else if (old == NULL) {
        staged->made = make(c, token);
        staged->change = CHANGE_OPEN;
        if (staged->made == NULL) {
            ndr_in_fail(&c->in, RPC_S_OUT_OF_MEMORY); /* P4 */
            return;
        }
    } else if (memcmp(view.token, token, RPC_TOKEN_SIZE) != 0 && !mutant_is("commit:damaged")) {
        ndr_in_fail(&c->in, RPC_X_SS_CONTEXT_DAMAGED);
        return;
    }
    *state->staged_tail = staged;
    state->staged_tail = &staged->next;
}

void rpc_client_put_contexts(struct rpc_client_call *c, void *const *handles, uint32_t count,
                             uint32_t flags)
{
    for (uint32_t i = 0; i < count && c->out.status == 0; i++)
        rpc_client_put_context(c, handles[i], flags);
}

void rpc_client_get_contexts(struct rpc_client_call *c, void **handles, uint32_t count,
                             uint32_t flags)
{
    struct rpc_client_context *staged = NULL;

    if (ndr_get_fits(&c->in, count, RPC_TOKEN_SIZE))
        staged = ndr_alloc(&c->in, count, sizeof *staged);
    for (uint32_t i = 0; i < count && c->in.status == 0; i++)
        rpc_client_get_context(c, &staged[i], &handles[i], flags);
}

/* ---- API -------------------------------------------------------------------------------------- */

RPC_STATUS RPC_ENTRY RpcSmDestroyClientContext(void **ContextHandle)
{
    void *handle;

    if (ContextHandle == NULL)
        return RPC_X_SS_CONTEXT_MISMATCH;
    handle = *ContextHandle;
    *ContextHandle = NULL; /* C7 */
    if (rpc_runtime_is_closed())
        return RPC_S_OK;
    return handle != NULL && destroy(handle) ? RPC_S_OK : RPC_X_SS_CONTEXT_MISMATCH;
}

void RPC_ENTRY RpcSsDestroyClientContext(void **ContextHandle)
{
    RPC_STATUS status = RpcSmDestroyClientContext(ContextHandle);

    if (status != RPC_S_OK)
        RpcRaiseException(status);
}

RPC_STATUS RPC_ENTRY holdfast_rpc_sever(void *ContextHandle)
{
    struct rpc_handle_view view;

    if (rpc_runtime_is_closed() || !rpc_handle_look(ContextHandle, true, &view))
        return RPC_X_SS_CONTEXT_MISMATCH;
    rpc_assoc_sever(view.assoc);
    rpc_assoc_unref(view.assoc);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcSsGetContextBinding(void *ContextHandle, RPC_BINDING_HANDLE *Binding)
{
    struct shard *s;
    struct rpc_client_handle *h;

    if (Binding == NULL)
        return RPC_S_INVALID_ARG;
    if (rpc_runtime_is_closed())
        return RPC_X_SS_CONTEXT_MISMATCH;
    s = lock_shard(ContextHandle);
    h = *find(s, ContextHandle);
    unlock_shard(s);
    if (h == NULL)
        return RPC_X_SS_CONTEXT_MISMATCH;
    *Binding = &h->binding;
    return RPC_S_OK;
}
