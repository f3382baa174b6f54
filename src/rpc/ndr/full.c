/* SPDX-License-Identifier: Apache-2.0
 *
 * full.c - the objects behind the [ptr] pointers of one call
 *
 * Request and response share one table: an object keeps its id, and ids are unique in it. Most calls
 * have no such pointer and no table, many a few, which are searched one by one; beyond FEW there are
 * two hashes, by id and by object.
 *
 * The peer chooses ids, so the hashes are keyed by a number he cannot know: multiply-shift with a
 * random odd factor, for which no choice of keys made beforehand is bad, and chains.
 *
 * Invariants:  T1 no two objects of a table have one id.
 *              T2 the table is taken off the call's budget (N3).
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/mem.h"

#include <sys/random.h>

enum { FEW = 16 };

struct ndr_full_pointers {
    struct ndr_full_object *all;
    size_t count;
    unsigned bits; /* the hashes have 2^bits chains; 0: no hashes */
    uint64_t factor;
    struct ndr_full_object **by_id, **by_object;
};

static size_t hash(const struct ndr_full_pointers *t, uint64_t key)
{
    return (size_t)(key * t->factor >> (64 - t->bits));
}

static size_t hash_id(const struct ndr_full_pointers *t, uint64_t id)
{
    return hash(t, id ^ id >> 32); /* the upper half would reach the upper bits only */
}

static size_t hash_object(const struct ndr_full_pointers *t, const void *at)
{
    return hash(t, (uintptr_t)at >> 2);
}

struct ndr_full_object *ndr_full_by_id(const struct ndr_memory *m, uint64_t id)
{
    const struct ndr_full_pointers *t = m->full;
    struct ndr_full_object *o;

    if (t == NULL)
        return NULL;
    if (t->bits == 0) {
        for (o = t->all; o != NULL && o->id != id; o = o->next)
            ;
    } else {
        for (o = t->by_id[hash_id(t, id)]; o != NULL && o->id != id; o = o->same_id)
            ;
    }
    return o;
}

struct ndr_full_object *ndr_full_by_object(const struct ndr_memory *m, const void *at,
                                           const void *type)
{
    const struct ndr_full_pointers *t = m->full;
    struct ndr_full_object *o;

    if (t == NULL)
        return NULL;
    if (t->bits == 0) {
        for (o = t->all; o != NULL && (o->at != at || o->type != type); o = o->next)
            ;
    } else {
        o = t->by_object[hash_object(t, at)];
        while (o != NULL && (o->at != at || o->type != type))
            o = o->same_at;
    }
    return o;
}

static void *take(struct ndr_memory *m, size_t size)
{
    return ndr_memory_charge(m, size) ? arena_alloc(m->arena, size) : NULL;
}

static void link_object(struct ndr_full_pointers *t, struct ndr_full_object *o)
{
    struct ndr_full_object **head = &t->by_object[hash_object(t, o->at)];

    o->same_at = *head;
    *head = o;
}

static void unlink_object(struct ndr_full_pointers *t, struct ndr_full_object *o)
{
    struct ndr_full_object **p = &t->by_object[hash_object(t, o->at)];

    while (*p != o)
        p = &(*p)->same_at;
    *p = o->same_at;
}

static void link_both(struct ndr_full_pointers *t, struct ndr_full_object *o)
{
    struct ndr_full_object **head = &t->by_id[hash_id(t, o->id)];

    o->same_id = *head;
    *head = o;
    link_object(t, o);
}

/* Makes the hashes, or makes them four times as large; the old ones stay in the arena. */
static bool grow(struct ndr_memory *m, struct ndr_full_pointers *t)
{
    unsigned bits = t->bits == 0 ? 6 : t->bits + 2;
    size_t size = sizeof(struct ndr_full_object *) << bits;
    struct ndr_full_object **by_id = take(m, size);
    struct ndr_full_object **by_object = take(m, size);

    if (by_id == NULL || by_object == NULL)
        return false;
    if (t->bits == 0) {
        if (getrandom(&t->factor, sizeof t->factor, GRND_NONBLOCK) != sizeof t->factor)
            t->factor = (uintptr_t)t * UINT64_C(0x9e3779b97f4a7c15); /* early at boot */
        t->factor |= 1;
    }
    t->bits = bits;
    t->by_id = by_id;
    t->by_object = by_object;
    for (struct ndr_full_object *o = t->all; o != NULL; o = o->next)
        link_both(t, o);
    return true;
}

struct ndr_full_object *ndr_full_add(struct ndr_memory *m, uint64_t id, const void *at,
                                     const void *type, uint32_t count)
{
    struct ndr_full_pointers *t = m->full;
    struct ndr_full_object *o;

    if (t == NULL)
        t = m->full = take(m, sizeof *t);
    if (t == NULL)
        return NULL;
    if (t->count >= (t->bits == 0 ? FEW : (size_t)1 << t->bits) && !grow(m, t))
        return NULL;
    o = take(m, sizeof *o);
    if (o == NULL)
        return NULL;
    *o = (struct ndr_full_object){.id = id, .at = at, .type = type, .count = count};
    o->next = t->all;
    t->all = o;
    t->count++;
    if (t->bits != 0)
        link_both(t, o);
    return o;
}

void ndr_full_move(struct ndr_memory *m, struct ndr_full_object *o, const void *at,
                   const void *type, uint32_t count)
{
    struct ndr_full_pointers *t = m->full;

    if (t->bits != 0)
        unlink_object(t, o);
    o->at = at;
    o->type = type;
    o->count = count;
    if (t->bits != 0)
        link_object(t, o);
}
