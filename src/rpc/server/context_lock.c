/* SPDX-License-Identifier: Apache-2.0
 *
 * context_lock.c - who may use a handle when: locks, waiting, upgrades
 *
 * Owns:        struct context_hold of every call that uses or awaits a handle.
 * Lock:        the whole table's, or an entry's ward (W2).
 *
 * A call's stage:
 *
 *     IDLE -context_acquire-> HELD                         everything was free
 *     IDLE -context_acquire-> PARKED -grant-> HELD         resumed, status 0
 *                             PARKED -context_refuse_waiters-> IDLE   resumed, status MISMATCH
 *                             PARKED -grant-> IDLE                    likewise (L7)
 *                             PARKED -context_abandon-> IDLE          not resumed
 *                             PARKED -an upgrade-> PARKED at an earlier handle (L6)
 *
 *   L1  a call takes its locks in the order of the entries' serial numbers, whatever the order of
 *       its parameters: no two parked calls wait for each other.
 *   L2  first come, first served: with someone waiting nobody overtakes, not even a reader.
 *   L3  a parked call is its record: no thread waits. Only a routine that asks for an upgrade keeps
 *       its thread.
 *   L4  the user context is read when the last lock is granted, not before.
 *   L5  an upgrade waits at the head of the queue as a reader; a second one gives its own reader lock
 *       up first and is told so (1120).
 *   L6  an upgrade steps out of the order of L1, and yet nobody waits for himself. What a parked call
 *       holds is a reservation, since its routine has not begun: the upgrade takes it back, and the
 *       call waits for that handle anew. What a routine holds that waits for an upgrade itself cannot
 *       be taken: an upgrade that would close a circle of such fails (1131) and changes nothing.
 *   L7  nothing keeps a handle that a parked call has still to reach: it may be closed and gone before
 *       the call gets there, which then is refused like one that waits for it.
 */
#include "rpc/server/context_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rpc/server/registry.h"

static atomic_bool dont_serialize;
static atomic_bool bind_principals;

void context_bind_principals(bool yes)
{
    atomic_store(&bind_principals, yes);
}

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

/* A call that holds something and waits is known to the table. (L6) */
static void begin_waiting(struct context_call *c)
{
    if (c->wanted > 0 || c->upgrade != NULL)
        list_append(&c->table->waiting, &c->waits);
}

static void end_waiting(struct context_call *c)
{
    list_remove(&c->waits);
}

/* Goes on taking locks at c->wanted. False when the call has to wait. (L1, L2) */
static bool take_rest(struct context_call *c)
{
    for (; c->wanted < c->hold_count; c->wanted++) {
        struct context_hold *h = &c->holds[c->wanted];
        struct rpc_context *e = h->entry;

        if (e->first != NULL || !is_free_for(e, h)) {
            queue_append(e, h);
            c->stage = CONTEXT_PARKED;
            begin_waiting(c);
            return false;
        }
        take(e, h);
    }
    fill_slots(c);
    return true;
}

static bool is_ahead(const struct context_call *c, const struct rpc_context *e)
{
    for (unsigned i = c->wanted; i < c->hold_count; i++) {
        if (c->holds[i].entry == e)
            return true;
    }
    return false;
}

/* Are the handles that a call has still to lock what their tokens mean? If not, their entries may not be
 * looked at. (L7) */
static bool rest_is_open(const struct context_call *c)
{
    for (const struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        uint64_t token[2];

        if (s->entry == NULL || !is_ahead(c, s->entry))
            continue;
        memcpy(token, s->token + 4, sizeof token);
        if (context_find(c->table, token) != s->entry)
            return false;
    }
    return true;
}

static void resume_later(struct context_call *c, struct context_after *a)
{
    list_append(&a->ready, &c->ready);
}

/* A parked call, in no queue any more, is told that its handle is gone. */
static void refuse(struct context_call *c, struct context_after *a)
{
    end_waiting(c);
    c->stage = CONTEXT_IDLE;
    c->status = RPC_X_SS_CONTEXT_MISMATCH;
    resume_later(c, a);
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
        end_waiting(h->call);
        h->call->wanted++;
        if (!rest_is_open(h->call))
            refuse(h->call, a);
        else if (take_rest(h->call))
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
        refuse(h->call, a);
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
    if ((e->lock & LOCK_HOLDERS) != 0 || context_is_in_table(e))
        return;
    if (context_state(e) == LIFE_CLOSED) {
        context_free(e, LIFE_ON_LAST);
        return;
    }
    context_step(e, LIFE_ON_LAST);
    e->chain = a->run_down;
    a->run_down = e;
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
    list_init(&c->waits);
}

void context_call_add(struct context_call *c, struct rpc_context_slot *slot)
{
    slot->next = NULL;
    *c->tail = slot;
    c->tail = &slot->next;
    c->slot_count++;
}

/* Design decision 5. */
static bool is_owner(const struct rpc_context *e, const struct context_call *c)
{
    return !atomic_load_explicit(&bind_principals, memory_order_relaxed) ||
           auth_identity_may(c->who, context_owner(e));
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
        if (s->entry == NULL || !may_use(s->entry, c, s) || !is_owner(s->entry, c)) { /* X9 */
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

/* One handle that is free, or none at all. False: the call may have to wait. (W2) */
static bool acquire_at_once(struct context_call *c, enum context_answer *ret)
{
    struct context_ward *ward;
    uint64_t token[2];
    bool done = true;

    if (c->slot_count != 1)
        return false;
    memcpy(token, c->slots->token + 4, sizeof token);
    ward = context_ward_lock(c->table, token);
    c->status = resolve(c);
    *ret = c->status == 0 ? CONTEXT_READY : CONTEXT_REFUSED;
    if (c->status == 0) {
        const struct rpc_context *e = c->holds->entry;

        done = e->first == NULL && is_free_for(e, c->holds) && take_rest(c);
    }
    if (!done || c->status != 0)
        unresolve(c);
    context_ward_unlock(c->table, ward);
    return done;
}

bool context_release_at_once(struct context_call *c, void *const *user)
{
    struct context_hold *h = c->holds;
    struct rpc_context *e = h->entry;
    struct context_ward *ward = context_ward_lock(c->table, e->token);
    bool done = h->held && e->first == NULL && context_is_in_table(e);

    if (done) {
        if (user != NULL)
            e->user = *user;
        e->lock--;
        e->lock &= ~(uint32_t)LOCK_EXCLUSIVE;
        h->held = false;
        c->hold_count = 0;
        c->stage = CONTEXT_IDLE;
    }
    context_ward_unlock(c->table, ward);
    return done;
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
    if (acquire_at_once(c, &answer))
        return answer;
    context_table_lock(c->table);
    c->status = resolve(c);
    if (c->status != 0) {
        unresolve(c);
        answer = CONTEXT_REFUSED;
    } else {
        order_holds(c);
        answer = take_rest(c) ? CONTEXT_READY : CONTEXT_WAITS;
    }
    context_table_unlock(c->table);
    if (answer == CONTEXT_WAITS)
        STATS_ADD(calls_parked);
    return answer;
}

bool context_abandon(struct context_call *c, struct context_after *a)
{
    bool parked;

    context_table_lock(c->table);
    parked = c->stage == CONTEXT_PARKED;
    if (parked) {
        struct context_hold *h = &c->holds[c->wanted];

        queue_remove(h->entry, h);
        end_waiting(c);
        grant(h->entry, a); /* readers may have waited behind a writer */
        context_release_all(c, a);
        unresolve(c);
    }
    context_table_unlock(c->table);
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

/* The place of a lock that a call holds, or hold_count. */
static unsigned held_at(const struct context_call *c, const struct rpc_context *e)
{
    unsigned i = 0;

    while (i < c->hold_count && (c->holds[i].entry != e || !c->holds[i].held))
        i++;
    return i;
}

static bool holds(const struct context_call *c, const struct rpc_context *e)
{
    return held_at(c, e) < c->hold_count;
}

/* A parked call that holds the entry, or NULL. */
static struct context_call *reservation_of(struct context_table *t, const struct rpc_context *e)
{
    LIST_FOR_EACH (it, &t->waiting) {
        struct context_call *c = LIST_ENTRY(it, struct context_call, waits);

        if (c->upgrade == NULL && holds(c, e))
            return c;
    }
    return NULL;
}

/* A parked call gives back the entry and what it took after it, and waits for it anew behind the
 * upgrade that is queued already, unless it is gone. (L6) */
static void take_back(struct context_call *c, struct rpc_context *e, struct context_after *a)
{
    struct context_hold *waits = &c->holds[c->wanted];
    unsigned at = held_at(c, e);

    queue_remove(waits->entry, waits);
    end_waiting(c);
    if (context_is_in_table(e)) {
        queue_append(e, &c->holds[at]);
        while (--c->wanted > at)
            context_release(c->table, &c->holds[c->wanted], a);
        begin_waiting(c);
    } else {
        refuse(c, a);
    }
    context_release(c->table, &c->holds[at], a);
    grant(waits->entry, a);
}

/* Would a routine of `c` that waits for `e` wait for itself? The circle would be of routines that wait
 * for upgrades; there is none yet, so the search ends. (L6) */
static bool closes_circle(const struct context_call *c, const struct rpc_context *e)
{
    LIST_FOR_EACH (it, &c->table->waiting) {
        const struct context_call *other = LIST_ENTRY(it, struct context_call, waits);
        const struct rpc_context *its;

        if (other == c || other->upgrade == NULL || other->upgrade->entry == e || !holds(other, e))
            continue;
        its = other->upgrade->entry;
        if (holds(c, its) || closes_circle(c, its))
            return true;
    }
    return false;
}

/* Queues an upgrade and waits for it. Under the lock, which is given up meanwhile. */
static RPC_STATUS wait_for_upgrade(struct context_call *c, struct context_hold *h)
{
    pthread_cond_t granted = PTHREAD_COND_INITIALIZER;
    struct rpc_context *e = h->entry;
    struct context_call *reserved;
    struct context_after a;
    RPC_STATUS status = RPC_S_OK;

    context_after_init(&a);
    h->exclusive = true;
    h->held = false;
    h->thread = &granted;
    if (e->first != NULL && e->first->upgrades) { /* L5 */
        status = ERROR_MORE_WRITES;
        e->lock--;
        list_prepend(&e->first->wait, &h->wait); /* second in the queue */
    } else {
        h->upgrades = true;
        queue_prepend(e, h);
    }
    c->upgrade = h;
    begin_waiting(c);
    while ((reserved = reservation_of(c->table, e)) != NULL)
        take_back(reserved, e, &a);
    grant(e, &a);
    context_table_unlock(c->table);
    context_after_finish(&a); /* those for whom this routine need not wait */
    context_table_lock(c->table);
    while (!h->held)
        context_table_wait(c->table, &granted);
    end_waiting(c);
    c->upgrade = NULL;
    h->thread = NULL;
    pthread_cond_destroy(&granted);
    return status;
}

RPC_STATUS context_lock_exclusive(struct context_call *c, const void *user)
{
    struct context_hold *h;
    RPC_STATUS status;

    context_table_lock(c->table);
    status = find_hold(c, user, &h);
    if (h == NULL || h->exclusive)
        goto out;
    if ((h->entry->lock & LOCK_HOLDERS) == 1) {
        h->exclusive = true;
        h->entry->lock |= LOCK_EXCLUSIVE;
    } else if (closes_circle(c, h->entry)) {
        status = ERROR_POSSIBLE_DEADLOCK;
    } else {
        status = wait_for_upgrade(c, h);
    }
out:
    context_table_unlock(c->table);
    return status;
}

RPC_STATUS context_lock_shared(struct context_call *c, const void *user)
{
    struct context_after a;
    struct context_hold *h;
    RPC_STATUS status;

    context_after_init(&a);
    context_table_lock(c->table);
    status = find_hold(c, user, &h);
    if (h != NULL && h->exclusive) {
        h->exclusive = false;
        h->entry->lock &= ~(uint32_t)LOCK_EXCLUSIVE;
        grant(h->entry, &a);
    }
    context_table_unlock(c->table);
    context_after_finish(&a);
    return status;
}
