/* SPDX-License-Identifier: Apache-2.0
 *
 * context_table.c - tokens to entries, and the end of whole tables
 *
 * Owns:       struct rpc_context while it is in a table.
 * Lifetime:   from context_make to the moment when it is out of the table and no call holds it;
 *             then it is freed, or first run down.
 *
 *   T1  an entry leaves a table once, by context_remove, and never comes back.
 *   T2  its run-down is called by whoever made it DUE: by taking it off the table with no holder
 *       left, or as the last holder of one that was DOOMED, or because its call failed. Nothing leads
 *       to DUE twice (context_life.def), so it is called exactly once.
 *   T3  a run-down routine that is due holds its registration, so that RpcServerUnregisterIfEx does
 *       not return while the routine's code is needed.
 */
#include "rpc/server/context_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rpc/server/registry.h"

#define BUCKETS_MIN      8u
#define BUCKETS_OF_WARDS (2 * CONTEXT_WARDS)

static atomic_uint_fast64_t last_serial = 1;
static atomic_uint_fast64_t live;

uint64_t context_count(void)
{
    return atomic_load(&live);
}

uint32_t context_table_count(struct context_table *t)
{
    uint32_t n;

    pthread_mutex_lock(&t->lock); /* without the wards: W3 */
    n = t->count;
    pthread_mutex_unlock(&t->lock);
    return n;
}

bool context_table_init(struct context_table *t)
{
    *t = (struct context_table){.bucket_mask = BUCKETS_MIN - 1};
    t->buckets = mem_alloc(BUCKETS_MIN * sizeof *t->buckets);
    if (t->buckets == NULL)
        return false;
    list_init(&t->waiting);
    pthread_mutex_init(&t->lock, NULL);
    return true;
}

void context_table_fini(struct context_table *t)
{
    mem_free(t->buckets);
    context_wards_free(t);
    pthread_mutex_destroy(&t->lock);
}

static struct rpc_context **bucket_of(struct context_table *t, const uint64_t token[2])
{
    return &t->buckets[token[1] & t->bucket_mask]; /* tokens are random */
}

struct rpc_context *context_find(struct context_table *t, const uint64_t token[2])
{
    struct rpc_context *e = *bucket_of(t, token);

    while (e != NULL && (e->token[0] != token[0] || e->token[1] != token[1]))
        e = e->chain;
    return e;
}

/* Without memory the chains get longer, no more. */
static void grow(struct context_table *t, uint32_t to)
{
    uint32_t old = t->bucket_mask + 1;
    struct rpc_context **wider = mem_alloc((size_t)to * sizeof *wider), **narrow = t->buckets;

    if (wider == NULL)
        return;
    t->buckets = wider;
    t->bucket_mask = to - 1;
    for (uint32_t i = 0; i < old; i++) {
        while (narrow[i] != NULL) {
            struct rpc_context *e = narrow[i], **at = bucket_of(t, e->token);

            narrow[i] = e->chain;
            e->chain = *at;
            *at = e;
        }
    }
    mem_free(narrow);
}

void context_insert(struct context_table *t, struct rpc_context *e)
{
    struct rpc_context **to;

    if (t->count > t->bucket_mask)
        grow(t, 2 * (t->bucket_mask + 1));
    if (t->count == 1 && t->bucket_mask < CONTEXT_WARDS)
        grow(t, BUCKETS_OF_WARDS);
    if (t->count > 0 && t->bucket_mask >= CONTEXT_WARDS && atomic_load(&t->wards) == NULL)
        context_wards_make(t); /* W1 */
    to = bucket_of(t, e->token);
    e->chain = *to;
    *to = e;
    t->count++;
    atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
}

void context_remove(struct context_table *t, struct rpc_context *e, enum life_event why,
                    struct context_after *a)
{
    struct rpc_context **at = bucket_of(t, e->token);

    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    e->chain = NULL;
    t->count--;
    context_step(e, why);
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    context_refuse_waiters(e, a);
}

/* ---- Entries ---------------------------------------------------------------------------------- */

/* 16 random octets as a version 4 UUID. A thread asks the system for many at a time. */
static bool random_token(uint64_t token[2])
{
    static __thread struct {
        uint64_t pool[32][2];
        unsigned left;
    } r __attribute__((tls_model("initial-exec")));
    uint8_t *octets = (uint8_t *)token;

    if (r.left == 0) {
        size_t got = 0;

        while (got < sizeof r.pool) {
            ssize_t n = getrandom((uint8_t *)r.pool + got, sizeof r.pool - got, 0);

            if (n < 0 && errno != EINTR)
                return false;
            got += n > 0 ? (size_t)n : 0;
        }
        r.left = sizeof r.pool / sizeof r.pool[0];
    }
    r.left--;
    memcpy(token, r.pool[r.left], sizeof r.pool[0]);
    memset(r.pool[r.left], 0, sizeof r.pool[0]);      /* a token is in one place only */
    octets[7] = (uint8_t)((octets[7] & 0x0f) | 0x40); /* time_hi_and_version, host form LE */
    octets[8] = (uint8_t)((octets[8] & 0x3f) | 0x80);
    return true;
}

struct auth_identity *context_owner(const struct rpc_context *e)
{
    return (e->lock & LOCK_OWNED) != 0 ? ((const struct rpc_context_owned *)e)->owner : NULL;
}

struct rpc_context *context_new_entry(struct rpc_registration *r, struct auth_identity *owner)
{
    struct rpc_context *e = mem_alloc(owner != NULL ? sizeof(struct rpc_context_owned) : sizeof *e);

    if (e == NULL)
        return NULL;
    if (!random_token(e->token)) {
        mem_free(e);
        return NULL;
    }
    if (owner != NULL) {
        e->lock |= LOCK_OWNED;
        ((struct rpc_context_owned *)e)->owner = auth_identity_ref(owner);
    }
    context_step(e, LIFE_ON_MAKE);
    e->registration = registry_ref(r);
    e->serial = atomic_fetch_add_explicit(&last_serial, 1, memory_order_relaxed);
    e->opened_s = (uint32_t)(clock_now_ns() / CLOCK_SECOND);
    return e;
}

void context_free(struct rpc_context *e, enum life_event why)
{
    context_step(e, why);
    auth_identity_unref(context_owner(e));
    registry_unref(e->registration);
    mem_free(e);
}

/* ---- Whole tables ----------------------------------------------------------------------------- */

void context_doom(struct context_table *t, struct rpc_context *e, enum life_event why,
                  struct context_after *a)
{
    context_remove(t, e, why, a);
    registry_hold(e->registration); /* T3 */
    if (why == LIFE_ON_DEATH)
        e->lock |= LOCK_DEATH;
    context_unlocked(e, a);
}

void context_table_close(struct context_table *t)
{
    struct context_after a;

    context_after_init(&a);
    context_table_lock(t);
    t->dead = true;
    for (uint32_t i = 0; i <= t->bucket_mask; i++) {
        while (t->buckets[i] != NULL)
            context_doom(t, t->buckets[i], LIFE_ON_DEATH, &a);
    }
    context_table_unlock(t);
    context_after_finish(&a);
}

/* Ends one handle of an interface that is being unregistered with 0. */
static void drop(struct context_table *t, struct rpc_context *e, struct context_after *a)
{
    context_remove(t, e, LIFE_ON_DROP, a);
    STATS_ADD(handles_dropped);
    context_unlocked(e, a);
}

void context_table_purge(struct context_table *t, const struct rpc_interface *interface,
                         bool run_down)
{
    struct context_after a;

    context_after_init(&a);
    context_table_lock(t);
    for (uint32_t i = 0; i <= t->bucket_mask; i++) {
        struct rpc_context *e = t->buckets[i], *next;

        for (; e != NULL; e = next) {
            next = e->chain;
            if (e->registration->interface != interface)
                continue;
            if (run_down)
                context_doom(t, e, LIFE_ON_UNREGISTER, &a);
            else
                drop(t, e, &a);
        }
    }
    context_table_unlock(t);
    context_after_finish(&a);
}

unsigned context_table_list(struct context_table *t, uint64_t after, struct context_info *ret,
                            unsigned room)
{
    uint32_t now_s = (uint32_t)(clock_now_ns() / CLOCK_SECOND);
    unsigned n = 0;

    context_table_lock(t);
    for (uint32_t i = 0; i <= t->bucket_mask; i++) {
        for (const struct rpc_context *e = t->buckets[i]; e != NULL; e = e->chain) {
            unsigned at = n;

            if (e->serial <= after || (n == room && e->serial > ret[n - 1].serial))
                continue;
            while (at > 0 && ret[at - 1].serial > e->serial)
                at--;
            if (n == room)
                n--;
            memmove(&ret[at + 1], &ret[at], (n - at) * sizeof *ret);
            n++;
            ret[at] = (struct context_info){
                .serial = e->serial,
                .type = e->type->name,
                .interface = e->registration->interface->name,
                .age_s = now_s - e->opened_s,
                .calls_inside = e->lock & LOCK_HOLDERS,
                .exclusive = (e->lock & LOCK_EXCLUSIVE) != 0,
            };
            if (e->first != NULL) {
                ret[at].calls_waiting = 1;
                LIST_FOR_EACH (it, &e->first->wait)
                    ret[at].calls_waiting++;
            }
        }
    }
    context_table_unlock(t);
    return n;
}
