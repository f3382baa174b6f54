/* SPDX-License-Identifier: Apache-2.0
 *
 * context.c - a call's handles from unmarshalling to settling
 *
 * What stubs call (rpc_context_get, _new, _put), and carrying out the settle table. Two moments:
 *
 *   context_enter    all is marshalled, nothing has left. For handles that arrived the rows of SENT
 *                    and AFTER agree (X5 = X6, F3 = closed), so they are settled here already and
 *                    their locks go; born ones are entered, locked by this call, so that a request
 *                    that overtakes this thread waits instead of failing.
 *   context_settle   the outcome is known. Born handles are unlocked, or removed and run down; and if
 *                    the call never came to context_enter, all of it happens here.
 *
 * Born handles are run down in the reverse order of their parameters, with no lock held.
 */
#include "rpc/server/context_internal.h"

#include <string.h>

#include <holdfast/context.h>

#include "base/limits.h"
#include "rpc/server/call.h"
#include "rpc/server/registry.h"

/* ---- What stubs call -------------------------------------------------------------------------- */

void rpc_context_get(struct rpc_call *call, struct ndr_in *in, struct rpc_context_slot *slot,
                     void **value, const struct rpc_context_type *type, uint32_t flags)
{
    static const uint8_t nil[16];
    uint32_t attributes = ndr_get_long(in);
    uint32_t low = ndr_get_long(in);
    uint16_t middle[2] = {ndr_get_short(in), ndr_get_short(in)};
    const uint8_t *rest = ndr_in_take(in, 1, 8);

    *slot = (struct rpc_context_slot){.value = value, .type = type, .flags = flags};
    *value = NULL;
    if (rest == NULL)
        return;
    memcpy(slot->token, &attributes, 4);
    memcpy(slot->token + 4, &low, 4);
    memcpy(slot->token + 8, middle, 4);
    memcpy(slot->token + 12, rest, 8);
    slot->token_is_null = memcmp(slot->token + 4, nil, sizeof nil) == 0;
    if (attributes != 0) { /* rpc-contexts 3: never ours */
        ndr_in_fail(in, RPC_X_SS_CONTEXT_MISMATCH);
        return;
    }
    context_call_add(&call->contexts, slot);
}

void rpc_context_new(struct rpc_call *call, struct rpc_context_slot *slot, void **value,
                     const struct rpc_context_type *type, uint32_t flags)
{
    *slot =
        (struct rpc_context_slot){.value = value, .type = type, .flags = flags, .token_is_null = 1};
    *value = NULL;
    context_call_add(&call->contexts, slot);
}

static bool arrived_open(const struct rpc_context_slot *s)
{
    return (s->flags & RPC_CONTEXT_IN) != 0 && !s->token_is_null;
}

void rpc_context_put(struct rpc_call *call, struct ndr_out *out, struct rpc_context_slot *slot)
{
    void *user = *slot->value;
    uint64_t token[2] = {0, 0};
    uint32_t low;
    uint16_t middle[2];
    uint8_t *rest;

    if (out->status != 0)
        return;
    if (user != NULL && !arrived_open(slot)) {
        RPC_STATUS status = context_make(&call->contexts, slot, user);

        if (status != 0) {
            ndr_out_fail(out, status);
            return;
        }
    }
    if (user != NULL && slot->entry != NULL)
        memcpy(token, slot->entry->token, sizeof token);
    memcpy(&low, token, 4);
    memcpy(middle, (uint8_t *)token + 4, 4);
    ndr_put_long(out, 0);
    ndr_put_long(out, low);
    ndr_put_short(out, middle[0]);
    ndr_put_short(out, middle[1]);
    rest = ndr_out_room(out, 1, 8);
    if (rest != NULL)
        memcpy(rest, token + 1, 8);
    slot->produced = out->status == 0;
}

struct rpc_context_slot *rpc_context_get_array(struct rpc_call *call, struct ndr_in *in,
                                               uint32_t count, void ***ret_values,
                                               const struct rpc_context_type *type, uint32_t flags)
{
    struct rpc_context_slot *slots = NULL;

    *ret_values = NULL;
    if (ndr_get_fits(in, count, 20)) {
        *ret_values = ndr_alloc(in, count, sizeof **ret_values);
        slots = ndr_alloc(in, count, sizeof *slots);
    }
    for (uint32_t i = 0; i < count && in->status == 0; i++)
        rpc_context_get(call, in, &slots[i], &(*ret_values)[i], type, flags);
    return in->status == 0 ? slots : NULL;
}

struct rpc_context_slot *rpc_context_new_array(struct rpc_call *call, struct ndr_in *in,
                                               uint32_t count, void ***ret_values,
                                               const struct rpc_context_type *type, uint32_t flags)
{
    struct rpc_context_slot *slots = ndr_alloc(in, count, sizeof *slots);

    *ret_values = ndr_alloc(in, count, sizeof **ret_values);
    for (uint32_t i = 0; i < count && in->status == 0; i++)
        rpc_context_new(call, &slots[i], &(*ret_values)[i], type, flags);
    return in->status == 0 ? slots : NULL;
}

void rpc_context_put_array(struct rpc_call *call, struct ndr_out *out,
                           struct rpc_context_slot *slots, uint32_t count)
{
    for (uint32_t i = 0; i < count && out->status == 0; i++)
        rpc_context_put(call, out, &slots[i]);
}

/* ---- Coming to be ----------------------------------------------------------------------------- */

RPC_STATUS context_make(struct context_call *c, struct rpc_context_slot *slot, void *user)
{
    struct rpc_context *e;
    bool full = context_table_count(c->table) >= limit_of(LIMIT_HANDLES);

    if (full || context_count() >= limit_of(LIMIT_HANDLES_ALL)) {
        limit_reached(full ? LIMIT_HANDLES : LIMIT_HANDLES_ALL);
        return RPC_S_OUT_OF_RESOURCES;
    }
    e = context_new_entry(c->registration, c->who);
    if (e == NULL)
        return RPC_S_OUT_OF_MEMORY;
    e->type = slot->type;
    e->user = user;
    slot->entry = e;
    return 0;
}

/* ---- Settling --------------------------------------------------------------------------------- */

static enum settle_outcome outcome_of(const struct rpc_context_slot *s, enum context_end end)
{
    switch (end) {
    case CONTEXT_SENT: return SETTLE_SENT;
    case CONTEXT_UNSENT: return SETTLE_AFTER;
    case CONTEXT_UNMARSHALLED: return s->produced ? SETTLE_AFTER : SETTLE_BEFORE;
    case CONTEXT_RAISED: return SETTLE_RAISED;
    case CONTEXT_UNREAD: break;
    }
    return SETTLE_UNREAD;
}

static enum settle_action action_of(const struct rpc_context_slot *s, enum context_end end)
{
    return settle_rule(arrived_open(s), *s->value != NULL, outcome_of(s, end))->action;
}

/* The routine's value of a handle goes back to the runtime; [in] alone does not (X7). */
static bool comes_back(const struct rpc_context_slot *s)
{
    return (s->flags & (RPC_CONTEXT_OUT | RPC_CONTEXT_RETURN)) != 0;
}

/* The routine closed it: so nobody will run it down, also if its association died meanwhile. */
static void close_entry(struct context_table *t, struct rpc_context *e, struct context_after *a)
{
    enum life_state was = context_state(e);

    if (context_is_in_table(e))
        context_remove(t, e, LIFE_ON_CLOSE, a);
    else
        context_step(e, LIFE_ON_CLOSE);
    if (was == LIFE_DOOMED)
        registry_release(e->registration); /* never the last: this call holds it too */
    if (was != LIFE_CLOSED)
        STATS_ADD(handles_closed);
}

/* Handles that arrived; under the lock. */
static void settle_arrived(struct context_call *c, enum context_end end, struct context_after *a)
{
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        if (!arrived_open(s) || !comes_back(s) || s->entry == NULL)
            continue;
        switch (action_of(s, end)) {
        case SETTLE_CLOSE: close_entry(c->table, s->entry, a); break;
        case SETTLE_STORE: s->entry->user = *s->value; break;
        default: break; /* UNTOUCHED */
        }
    }
}

/* The common case: one handle arrived, and is still open. False: it is not that. */
static bool enter_at_once(struct context_call *c)
{
    const struct rpc_context_slot *s = c->slots;

    if (c->slot_count != 1 || c->hold_count != 1)
        return false;
    if (!comes_back(s))
        return context_release_at_once(c, NULL);
    return action_of(s, CONTEXT_SENT) == SETTLE_STORE && context_release_at_once(c, s->value);
}

void context_enter(struct context_call *c)
{
    struct context_after a;
    bool born = false;

    if (c->slots == NULL)
        return;
    if (enter_at_once(c)) {
        c->slots = NULL;
        return;
    }
    context_after_init(&a);
    context_table_lock(c->table);
    settle_arrived(c, CONTEXT_SENT, &a);
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        if (arrived_open(s) || s->entry == NULL)
            continue;
        context_step(s->entry, LIFE_ON_ENTER);
        s->entry->lock |= 1 | LOCK_EXCLUSIVE; /* this call's */
        context_insert(c->table, s->entry);
        born = true;
        STATS_ADD(handles_opened);
        if (c->table->dead)
            context_doom(c->table, s->entry, LIFE_ON_DEATH, &a);
    }
    context_release_all(c, &a);
    context_table_unlock(c->table);
    if (!born) /* the outcome changes nothing any more */
        c->slots = NULL;
    context_after_finish(&a);
}

/* A born handle's call has failed: it is the caller's, to be run down. Under the lock. */
static void fail_entry(struct context_call *c, struct rpc_context *e, struct context_after *a)
{
    if (context_state(e) == LIFE_DOOMED) /* its association died: the cause stays the call's */
        registry_release(e->registration);
    if (context_is_in_table(e))
        context_remove(c->table, e, LIFE_ON_FAIL, a);
    else
        context_step(e, LIFE_ON_FAIL);
}

/* ... has succeeded: it is everybody's. */
static void keep_entry(struct rpc_context *e, struct context_after *a)
{
    context_step(e, LIFE_ON_SENT);
    e->lock--;
    e->lock &= ~(uint32_t)LOCK_EXCLUSIVE;
    context_unlocked(e, a);
}

/* Born handles, under the lock. Afterwards slot->produced says whether a run-down is due; what is due
 * is in no table any more. */
static void settle_born(struct context_call *c, enum context_end end, struct context_after *a)
{
    for (struct rpc_context_slot *s = c->slots; s != NULL; s = s->next) {
        enum settle_action action;

        if (arrived_open(s) || !comes_back(s)) {
            s->produced = 0;
            continue;
        }
        action = action_of(s, end);
        s->produced = action == SETTLE_RUN_DOWN;
        if (!s->produced && s->entry != NULL) {
            keep_entry(s->entry, a);
            s->entry = NULL;
        }
        if (!s->produced)
            continue;
        if (s->entry == NULL || context_state(s->entry) == LIFE_MADE)
            STATS_ADD(handles_opened); /* counted now, so that every run-down has its handle */
        if (s->entry != NULL)
            fail_entry(c, s->entry, a);
        else
            (void)life_next(LIFE_NONE, LIFE_ON_FAIL);
    }
}

/* Parameter order backwards. */
static struct rpc_context_slot *reversed(struct rpc_context_slot *s)
{
    struct rpc_context_slot *first = NULL;

    while (s != NULL) {
        struct rpc_context_slot *next = s->next;

        s->next = first;
        first = s;
        s = next;
    }
    return first;
}

/* Ends the entries of born handles that did not come to be, calling the run-downs that are due. */
static void end_born(struct context_call *c)
{
    for (struct rpc_context_slot *s = reversed(c->slots); s != NULL; s = s->next) {
        if (arrived_open(s))
            continue;
        if (s->produced)
            rundown_one(s->type, *s->value, RUNDOWN_SETTLE);
        if (s->entry != NULL)
            context_free(s->entry, LIFE_ON_RAN);
        s->entry = NULL;
    }
    c->slots = NULL;
}

void context_settle(struct context_call *c, enum context_end end)
{
    struct context_after a;

    if (c->slots == NULL)
        return;
    context_after_init(&a);
    context_table_lock(c->table);
    if (end != CONTEXT_SENT && end != CONTEXT_UNSENT)
        settle_arrived(c, end, &a);
    settle_born(c, end, &a);
    context_release_all(c, &a);
    context_table_unlock(c->table);
    context_after_resume(&a); /* who waited need not wait for run-downs */
    end_born(c);
    context_after_finish(&a);
}
