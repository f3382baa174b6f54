/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - the memory of one call
 *
 * Invariants:  Y1 every allocation is taken off the budget first, with what it costs beside the
 *                 octets asked for, so that a million empty objects are not free (N3).
 *              Y2 an object of midl_user_allocate is in the list of nodes as soon as it exists.
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/limits.h"
#include "base/mem.h"

enum {
    STATUS_NO_MEMORY = 14, /* RPC_S_OUT_OF_MEMORY */
    ARENA_COST = 16,       /* what an allocation costs beside its octets, at most */
    USER_COST = 64,
};

struct ndr_node {
    struct ndr_node *next;
    void *object;
};

void ndr_memory_init(struct ndr_memory *m, struct arena *arena, void *(*allocate)(size_t),
                     void (*release)(void *))
{
    *m = (struct ndr_memory){.arena = arena,
                             .allocate = allocate,
                             .release = release,
                             .budget = limit_of(LIMIT_CALL_MEMORY)};
}

void ndr_memory_discard_nodes(struct ndr_memory *m)
{
    while (m->nodes != NULL) {
        struct ndr_node *n = m->nodes;

        m->nodes = n->next;
        m->release(n->object);
    }
}

void ndr_memory_forget_nodes(struct ndr_memory *m)
{
    m->nodes = NULL;
}

bool ndr_memory_charge(struct ndr_memory *m, size_t size)
{
    if (size > m->budget) {
        limit_reached(LIMIT_CALL_MEMORY);
        return false;
    }
    m->budget -= size;
    return true;
}

/* The octets of `count` objects, taken off the budget; 0 after failure. Never 0 otherwise: an
 * allocation of nothing has an address, too. */
static size_t charge_objects(struct ndr_in *in, uint32_t count, size_t size, size_t cost)
{
    size_t octets, all;

    if (in->status != 0)
        return 0;
    if (__builtin_mul_overflow(count, size, &octets) || octets > NDR_LIMIT_ELEMENTS ||
        __builtin_add_overflow(octets, cost, &all) || !ndr_memory_charge(in->memory, all)) {
        ndr_in_fail(in, STATUS_NO_MEMORY);
        return 0;
    }
    return octets == 0 ? 1 : octets;
}

void *ndr_alloc(struct ndr_in *in, uint32_t count, size_t size)
{
    size_t octets = charge_objects(in, count, size, ARENA_COST);
    void *p;

    if (octets == 0)
        return NULL;
    p = arena_alloc(in->memory->arena, octets);
    if (p == NULL)
        ndr_in_fail(in, STATUS_NO_MEMORY);
    return p;
}

void *ndr_alloc_user(struct ndr_in *in, uint32_t count, size_t size)
{
    size_t octets = charge_objects(in, count, size, USER_COST);
    struct ndr_memory *m = in->memory;
    struct ndr_node *node;

    if (octets == 0)
        return NULL;
    node = arena_alloc(m->arena, sizeof *node);
    if (node != NULL && m->allocate != NULL)
        node->object = m->allocate(octets);
    if (node == NULL || node->object == NULL) {
        ndr_in_fail(in, STATUS_NO_MEMORY);
        return NULL;
    }
    memset(node->object, 0, octets);
    node->next = m->nodes; /* Y2 */
    m->nodes = node;
    return node->object;
}
