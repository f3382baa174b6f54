/* SPDX-License-Identifier: Apache-2.0
 *
 * context_lock.c - who may use a handle when: locks, waiting, upgrades
 *
 * Owns:        struct context_hold of every call that uses or awaits a handle.
 * Lock:        the table's, for everything.
 *
 * A call's stage:
 *
 *     IDLE -context_acquire-> HELD                         everything was free
 *     IDLE -context_acquire-> PARKED -grant-> HELD         resumed, status 0
 *                             PARKED -context_refuse_waiters-> IDLE   resumed, status MISMATCH
 *                             PARKED -context_abandon-> IDLE          not resumed
 *
 *   L1  a call takes its locks in the order of the entries' serial numbers, whatever the order of
 *       its parameters: no two parked calls wait for each other.
 *   L2  first come, first served: with someone waiting nobody overtakes, not even a reader.
 *   L3  a parked call is its record: no thread waits. Only a routine that asks for an upgrade keeps
 *       its thread.
 *   L4  the user context is read when the last lock is granted, not before.
 *   L5  an upgrade waits at the head of the queue as a reader; a second one gives its own reader lock
 *       up first and is told so (1120).
 *   L6  an upgrade steps out of the order of L1: a routine that upgrades one handle while its call
 *       holds another exclusively can wait for a call that waits for that other one. Programs
 *       upgrade the only handle of a call, or take it exclusively from the start.
 */
#include "rpc/server/context_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rpc/server/registry.h"

static atomic_bool dont_serialize;

void context_dont_serialize(void)
{
    atomic_store(&dont_serialize, true);
}

void context_after_init(struct context_after *a)
{
    list_init(&a->ready);
    a->run_down = NULL;
}

void context_after_resume(struct context_after *a)
{
    while (!list_is_empty(&a->ready)) {
        struct context_call *c = LIST_ENTRY(a->ready.next, struct context_call, ready);

        list_remove(&c->ready);
        c->resume(c);
    }
}

void context_after_finish(struct context_after *a)
{
    context_after_resume(a);
    rundown_list(a->run_down);
}

/* ---- Granting --------------------------------------------------------------------------------- */

static bool is_free_for(const struct rpc_context *e, const struct context_hold *h)
{
    uint32_t holders = e->lock & LOCK_HOLDERS;

    if (h->upgrades)
        return holders == 1;
    return h->exclusive ? holders == 0 : (e->lock & LOCK_EXCLUSIVE) == 0;
}

static void take(struct rpc_context *e, struct context_hold *h)
{
    if (!h->upgrades)
        e->lock++;
    if (h->exclusive)
        e->lock |= LOCK_EXCLUSIVE;
    h->held = true;
    h->upgrades = false;
}

static void queue_append(struct rpc_context *e, struct context_hold *h)
{
    list_init(&h->wait);
    if (e->first == NULL)
        e->first = h;
    else
        list_append(&e->first->wait, &h->wait);
}

static void queue_prepend(struct rpc_context *e, struct context_hold *h)
{
    queue_append(e, h);
    e->first = h; /* circular: the one before the first is the last */
}

static void queue_remove(struct rpc_context *e, struct context_hold *h)
{
    if (e->first == h)
        e->first =
            list_is_empty(&h->wait) ? NULL : LIST_ENTRY(h->wait.next, struct context_hold, wait);
    list_remove(&h->wait);
}

/* Every lock is held: the slots learn their values. (L4) */
static void fill_slots(struct context_call *c)
{
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        if (s->entry != NULL)
            *s->value = s->arrived = s->entry->user;
    }
    c->stage = CONTEXT_HELD;
    c->status = 0;
}

/* Goes on taking locks at c->wanted. False when the call has to wait, or a handle is gone: then
 * c->status is set. (L1, L2) */
static bool take_rest(struct context_call *c)
{
    for (; c->wanted < c->hold_count; c->wanted++) {
        struct context_hold *h = &c->holds[c->wanted];
        struct rpc_context *e = h->entry;

        if (e->first != NULL || !is_free_for(e, h)) {
            queue_append(e, h);
            c->stage = CONTEXT_PARKED;
            return false;
        }
        take(e, h);
    }
    fill_slots(c);
    return true;
}

static void resume_later(struct context_call *c, struct context_after *a)
{
    list_append(&a->ready, &c->ready);
}

/* Lets in who can come in now. */
static void grant(struct rpc_context *e, struct context_after *a)
{
    while (e->first != NULL && is_free_for(e, e->first)) {
        struct context_hold *h = e->first;

        queue_remove(e, h);
        take(e, h);
        if (h->thread != NULL) {
            pthread_cond_signal(h->thread);
            continue;
        }
        h->call->wanted++;
        if (take_rest(h->call))
            resume_later(h->call, a);
    }
}

void context_refuse_waiters(struct rpc_context *e, struct context_after *a)
{
    struct list threads; /* routines that upgrade hold the entry or held it: they get their lock */
    struct context_hold *h;

    list_init(&threads);
    while ((h = e->first) != NULL) {
        queue_remove(e, h);
        if (h->thread != NULL) {
            list_append(&threads, &h->wait);
            continue;
        }
        h->call->stage = CONTEXT_IDLE;
        h->call->status = RPC_X_SS_CONTEXT_MISMATCH;
        resume_later(h->call, a);
    }
    while (!list_is_empty(&threads)) {
        h = LIST_ENTRY(threads.next, struct context_hold, wait);
        list_remove(&h->wait);
        queue_append(e, h);
    }
}

/* ---- Releasing -------------------------------------------------------------------------------- */

void context_unlocked(struct rpc_context *e, struct context_after *a)
{
    if (e->first != NULL) {
        grant(e, a);
        return;
    }
    if ((e->lock & LOCK_HOLDERS) != 0 || (e->lock & LOCK_GONE) == 0)
        return;
    if (e->lock & LOCK_DOOMED) {
        e->chain = a->run_down;
        a->run_down = e;
    } else {
        context_free(e);
    }
}

void context_release(struct context_table *t, struct context_hold *h, struct context_after *a)
{
    (void)t;
    if (!h->held)
        return;
    h->held = false;
    h->entry->lock--;
    h->entry->lock &= ~(uint32_t)LOCK_EXCLUSIVE;
    context_unlocked(h->entry, a);
}

void context_release_all(struct context_call *c, struct context_after *a)
{
    for (unsigned i = 0; i < c->hold_count; i++)
        context_release(c->table, &c->holds[i], a);
    c->hold_count = 0;
    c->stage = CONTEXT_IDLE;
}

/* ---- Acquiring -------------------------------------------------------------------------------- */

void context_call_init(struct context_call *c, struct context_table *t,
                       struct rpc_registration *registration, void (*resume)(struct context_call *))
{
    *c = (struct context_call){.table = t, .registration = registration, .resume = resume};
    c->tail = &c->slots;
    list_init(&c->ready);
}

void context_call_add(struct context_call *c, struct rpc_context_slot *slot)
{
    slot->next = NULL;
    *c->tail = slot;
    c->tail = &slot->next;
    c->slot_count++;
}

/* The strictness table of rpc-contexts 5.3: may a handle be used through this slot? */
static bool may_use(const struct rpc_context *e, const struct context_call *c,
                    const struct rpc_context_slot *s)
{
    const unsigned strict = RPC_INTERFACE_STRICT | RPC_INTERFACE_TYPE_STRICT;
    const struct rpc_interface *made = e->registration->interface;
    const struct rpc_interface *used = c->registration->interface;

    if (made != used)
        return ((made->flags | used->flags) & strict) == 0;
    return (used->flags & RPC_INTERFACE_TYPE_STRICT) == 0 || e->type == s->type;
}

/* Section 5.1: the mode in which a slot uses its handle. */
static bool is_exclusive(const struct rpc_context_slot *s)
{
    if (s->flags & RPC_CONTEXT_NOSERIALIZE)
        return false;
    return (s->flags & RPC_CONTEXT_SERIALIZE) != 0 || !atomic_load(&dont_serialize);
}

static bool arrives_open(const struct rpc_context_slot *s)
{
    return (s->flags & RPC_CONTEXT_IN) != 0 && !s->token_is_null;
}

/* Tokens to entries, one hold a slot. 0 or a status. */
static RPC_STATUS resolve(struct context_call *c)
{
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        uint64_t token[2];

        if (!arrives_open(s))
            continue;
        memcpy(token, s->token + 4, sizeof token);
        s->entry = context_find(c->table, token);
        if (s->entry == NULL || !may_use(s->entry, c, s)) { /* X9 */
            s->entry = NULL;
            return RPC_X_SS_CONTEXT_MISMATCH;
        }
        c->holds[c->hold_count++] =
            (struct context_hold){.entry = s->entry, .call = c, .exclusive = is_exclusive(s)};
    }
    return 0;
}

static int by_serial(const void *a, const void *b)
{
    const struct context_hold *x = a, *y = b;

    return (x->entry->serial > y->entry->serial) - (x->entry->serial < y->entry->serial);
}

/* Canonical order, one hold an entry, the strongest mode of several. (L1) */
static void order_holds(struct context_call *c)
{
    unsigned n = 0;

    if (c->hold_count < 2)
        return;
    qsort(c->holds, c->hold_count, sizeof *c->holds, by_serial);
    for (unsigned i = 1; i < c->hold_count; i++) {
        if (c->holds[i].entry == c->holds[n].entry)
            c->holds[n].exclusive |= c->holds[i].exclusive;
        else
            c->holds[++n] = c->holds[i];
    }
    c->hold_count = n + 1;
}

static void unresolve(struct context_call *c)
{
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next)
        s->entry = NULL;
    c->hold_count = 0;
}

/* rpc-contexts 6: null is for [in,out] only. */
static RPC_STATUS check_nulls(const struct context_call *c, unsigned *ret_open)
{
    for (const struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        if ((s->flags & RPC_CONTEXT_IN) == 0)
            continue;
        if (s->token_is_null && (s->flags & RPC_CONTEXT_OUT) == 0) /* X10 */
            return RPC_X_SS_IN_NULL_CONTEXT;
        *ret_open += !s->token_is_null;
    }
    return 0;
}

enum context_answer context_acquire(struct context_call *c, struct arena *arena)
{
    enum context_answer answer;
    unsigned open = 0;

    c->status = check_nulls(c, &open);
    if (c->status != 0)
        return CONTEXT_REFUSED;
    if (open == 0) {
        c->stage = CONTEXT_HELD;
        return CONTEXT_READY;
    }
    c->holds = open <= sizeof c->few / sizeof *c->few ? c->few
                                                      : arena_alloc(arena, open * sizeof *c->holds);
    if (c->holds == NULL) {
        c->status = RPC_S_OUT_OF_MEMORY;
        return CONTEXT_REFUSED;
    }
    pthread_mutex_lock(&c->table->lock);
    c->status = resolve(c);
    if (c->status != 0) {
        unresolve(c);
        answer = CONTEXT_REFUSED;
    } else {
        order_holds(c);
        answer = take_rest(c) ? CONTEXT_READY : CONTEXT_WAITS;
    }
    pthread_mutex_unlock(&c->table->lock);
    if (answer == CONTEXT_WAITS)
        STATS_ADD(calls_parked);
    return answer;
}

bool context_abandon(struct context_call *c, struct context_after *a)
{
    bool parked;

    pthread_mutex_lock(&c->table->lock);
    parked = c->stage == CONTEXT_PARKED;
    if (parked) {
        struct context_hold *h = &c->holds[c->wanted];

        queue_remove(h->entry, h);
        grant(h->entry, a); /* readers may have waited behind a writer */
        context_release_all(c, a);
        unresolve(c);
    }
    pthread_mutex_unlock(&c->table->lock);
    return parked;
}

/* ---- RpcSsContextLockExclusive, RpcSsContextLockShared ---------------------------------------- */

/* The first slot that the routine knows by `user` (rpc-contexts 5.2); NULL if there is none. */
static const struct rpc_context_slot *slot_of(const struct context_call *c, const void *user)
{
    for (const struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        const void *known = s->flags & RPC_CONTEXT_BY_VALUE ? *s->value : (const void *)s->value;

        if (known == user)
            return s;
    }
    return NULL;
}

static struct context_hold *hold_of(struct context_call *c, const struct rpc_context *e)
{
    for (unsigned i = 0; i < c->hold_count; i++) {
        if (c->holds[i].entry == e)
            return &c->holds[i];
    }
    return NULL;
}

static RPC_STATUS find_hold(struct context_call *c, const void *user, struct context_hold **ret)
{
    const struct rpc_context_slot *s = slot_of(c, user);

    *ret = NULL;
    if (s == NULL)
        return RPC_X_SS_CONTEXT_MISMATCH;
    if (s->entry != NULL)
        *ret = hold_of(c, s->entry);
    return 0; /* no hold: nothing arrived, nobody else can know the handle */
}

RPC_STATUS context_lock_exclusive(struct context_call *c, const void *user)
{
    pthread_cond_t granted = PTHREAD_COND_INITIALIZER;
    struct context_after a;
    struct context_hold *h;
    struct rpc_context *e;
    RPC_STATUS status;

    context_after_init(&a);
    pthread_mutex_lock(&c->table->lock);
    status = find_hold(c, user, &h);
    if (h == NULL || h->exclusive)
        goto out;
    e = h->entry;
    h->exclusive = true;
    if ((e->lock & LOCK_HOLDERS) == 1) {
        e->lock |= LOCK_EXCLUSIVE;
        goto out;
    }
    h->held = false;
    h->thread = &granted;
    if (e->first != NULL && e->first->upgrades) { /* L5 */
        status = ERROR_MORE_WRITES;
        e->lock--;
        list_prepend(&e->first->wait, &h->wait); /* second in the queue */
        grant(e, &a);
    } else {
        h->upgrades = true;
        queue_prepend(e, h);
    }
    while (!h->held)
        pthread_cond_wait(&granted, &c->table->lock);
    h->thread = NULL;
out:
    pthread_mutex_unlock(&c->table->lock);
    context_after_finish(&a);
    pthread_cond_destroy(&granted);
    return status;
}

RPC_STATUS context_lock_shared(struct context_call *c, const void *user)
{
    struct context_after a;
    struct context_hold *h;
    RPC_STATUS status;

    context_after_init(&a);
    pthread_mutex_lock(&c->table->lock);
    status = find_hold(c, user, &h);
    if (h != NULL && h->exclusive) {
        h->exclusive = false;
        h->entry->lock &= ~(uint32_t)LOCK_EXCLUSIVE;
        grant(h->entry, &a);
    }
    pthread_mutex_unlock(&c->table->lock);
    context_after_finish(&a);
    return status;
}
