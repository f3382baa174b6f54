/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.c - the heap with a failure switch for tests, and arenas
 */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_ALIGN     ((size_t)16)
#define ARENA_CHUNK_MIN ((size_t)4096)
#define ARENA_CHUNK_MAX ((size_t)1 << 20)

struct arena_chunk {
    struct arena_chunk *next;
    size_t pad; /* keeps what follows aligned to 16 octets */
};

/* The switch of mem_fail_at: 0 is off, so that production pays one relaxed load. */
static atomic_uint_fast64_t fail_countdown;
static atomic_uint_fast64_t fail_seen;
static atomic_int fail_forever;

static int allocation_fails(void)
{
    uint_fast64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

    if (left == 0)
        return 0;
    atomic_fetch_add(&fail_seen, 1);
    while (left > 1) {
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1))
            return 0;
        if (left == 0)
            return 0;
    }
    if (!atomic_load(&fail_forever))
        atomic_store(&fail_countdown, 0);
    return 1;
}

uint64_t mem_fail_at(uint64_t n, int forever)
{
    uint64_t seen = atomic_exchange(&fail_seen, 0);

    atomic_store(&fail_forever, forever);
    atomic_store(&fail_countdown, n);
    return seen;
}

void *mem_alloc(size_t size)
{
    if (allocation_fails())
        return NULL;
    return calloc(1, size ? size : 1);
}

void *mem_alloc_aligned(size_t align, size_t size)
{
    size_t room = (size + align - 1) & ~(align - 1);
    void *p = allocation_fails() ? NULL : aligned_alloc(align, room);

    if (p != NULL)
        memset(p, 0, room);
    return p;
}

void *mem_grow(void *take_old, size_t new_size)
{
    if (allocation_fails())
        return NULL;
    return realloc(take_old, new_size ? new_size : 1);
}

char *mem_strdup(const char *s)
{
    size_t n;
    char *copy;

    if (s == NULL)
        return NULL;
    n = strlen(s) + 1;
    copy = mem_alloc(n);
    if (copy != NULL)
        memcpy(copy, s, n);
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

void arena_init(struct arena *a, void *lent, size_t size)
{
    uintptr_t start = ((uintptr_t)lent + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    uintptr_t end = (uintptr_t)lent + size;

    *a = (struct arena){.next_size = ARENA_CHUNK_MIN};
    if (lent != NULL && start < end) {
        a->pos = (uint8_t *)lent + (start - (uintptr_t)lent);
        a->end = (uint8_t *)lent + size;
    }
}

void arena_fini(struct arena *a)
{
    while (a->chunks != NULL) {
        struct arena_chunk *c = a->chunks;

        a->chunks = c->next;
        mem_free(c);
    }
    a->pos = a->end = NULL;
}

static void *alloc_from_new_chunk(struct arena *a, size_t size)
{
    size_t room = a->next_size;
    struct arena_chunk *c;
    uint8_t *p;

    if (size > SIZE_MAX - sizeof *c)
        return NULL;
    if (size > room / 2) /* a chunk of its own; the current one goes on being filled */
        room = size;
    c = mem_alloc(sizeof *c + room);
    if (c == NULL)
        return NULL;
    c->next = a->chunks;
    a->chunks = c;
    p = (uint8_t *)(c + 1);
    if (room != size) {
        a->pos = p + size;
        a->end = p + room;
        if (a->next_size < ARENA_CHUNK_MAX)
            a->next_size *= 2;
    }
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    uint8_t *p = a->pos;

    if (size > SIZE_MAX - ARENA_ALIGN)
        return NULL;
    size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    if (size == 0)
        size = ARENA_ALIGN;
    if (size > (size_t)(a->end - a->pos))
        return alloc_from_new_chunk(a, size);
    a->pos += size;
    memset(p, 0, size); /* lent memory is not zeroed */
    return p;
}
