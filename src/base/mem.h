/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.h - the one door to the heap, and arenas
 *
 * Every allocation of the libraries goes through mem_alloc and its kin, so that a test can make
 * the N-th one fail (mem_fail_at) and sweep N over a whole scenario. Memory comes back zeroed.
 *
 * An arena hands out memory that is freed all at once. One arena serves one call: it starts on
 * memory lent by its owner (no heap use for small calls) and grows by chunks.
 */
#ifndef HF_BASE_MEM_H
#define HF_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

void *mem_alloc(size_t size); /* zeroed; NULL when there is none */
void *mem_alloc_aligned(size_t align,
                        size_t size);            /* ... at a multiple of `align`, a power of two */
void *mem_grow(void *take_old, size_t new_size); /* as realloc; the old block stays on failure */
char *mem_strdup(const char *s);                 /* NULL for NULL or when there is no memory */
void mem_free(void *p);                          /* accepts NULL */

/* For tests: the n-th allocation of this process from now on fails (1 = the next), once, or with
 * `forever` that one and all after it. 0 turns it off. Returns how many allocations were seen since
 * the last call. */
uint64_t mem_fail_at(uint64_t n, int forever);

struct arena_chunk;

struct arena {
    uint8_t *pos, *end;
    struct arena_chunk *chunks; /* newest first; ours to free */
    size_t next_size;
};

void arena_init(struct arena *a, void *lent, size_t size); /* lent may be NULL with size 0 */
void arena_fini(struct arena *a);                          /* frees every chunk */

/* Memory of the arena, zeroed, aligned to 16 octets; NULL when there is none. */
void *arena_alloc(struct arena *a, size_t size);

#endif
