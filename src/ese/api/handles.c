/* SPDX-License-Identifier: Apache-2.0
 *
 * handles.c - tables of handles
 *
 * Lock: a table's own, for taking, freeing and making slots; finding and entering take none.
 */
#include "ese/api/handles.h"

#include "base/mem.h"

#include <sched.h>

/* kind:8 generation:32 slot:24 */
JET_API_PTR jet_slot_handle(const struct jet_table *table, const struct jet_slot *slot)
{
    uint64_t word = atomic_load(&slot->word);

    return (JET_API_PTR)table->kind << 56 | (JET_API_PTR)(word >> 32) << 24 | slot->number;
}

static struct jet_slot *slot_at(struct jet_table *table, uint32_t number)
{
    char *chunk = NULL;

    if (number >= JET_HANDLE_SLOTS)
        return NULL;
    chunk = atomic_load(&table->chunks[number / JET_CHUNK_SLOTS]);
    if (!chunk)
        return NULL;
    return (struct jet_slot *)(void *)(chunk + (number % JET_CHUNK_SLOTS) * table->object_size);
}

/* A slot that was never used; its chunk is made when it is the first of it. */
static struct jet_slot *new_slot(struct jet_table *table)
{
    struct jet_slot *slot = NULL;
    char *chunk = NULL;

    if (table->used == JET_HANDLE_SLOTS)
        return NULL;
    if (table->used % JET_CHUNK_SLOTS == 0) {
        chunk = mem_alloc(JET_CHUNK_SLOTS * table->object_size);
        if (!chunk)
            return NULL;
        for (uint32_t i = 0; i < JET_CHUNK_SLOTS; i++) {
            slot = (struct jet_slot *)(void *)(chunk + i * table->object_size);
            slot->number = table->used + i;
            atomic_init(&slot->word, JET_WORD_DEAD);
        }
        atomic_store(&table->chunks[table->used / JET_CHUNK_SLOTS], chunk);
    }
    return slot_at(table, table->used++);
}

struct jet_slot *jet_slot_take(struct jet_table *table)
{
    struct jet_slot *slot = NULL;
    uint64_t generation = 0;

    pthread_mutex_lock(&table->lock);
    /* H5: while the table is young a new slot is taken sooner than one that remembers. */
    if (table->used < JET_CHUNK_SLOTS || !table->free_head)
        slot = new_slot(table);
    if (!slot && table->free_head) {
        slot = table->free_head;
        table->free_head = slot->next_free;
        if (!table->free_head)
            table->free_tail = NULL;
    }
    pthread_mutex_unlock(&table->lock);
    if (!slot)
        return NULL;
    generation = (atomic_load(&slot->word) >> 32) + 1;
    if ((uint32_t)generation == 0)
        generation = 1;
    atomic_store(&slot->word, (uint64_t)(uint32_t)generation << 32 | JET_WORD_DEAD);
    return slot;
}

JET_API_PTR jet_slot_publish(const struct jet_table *table, struct jet_slot *slot)
{
    atomic_fetch_and(&slot->word, ~(uint64_t)JET_WORD_DEAD);
    return jet_slot_handle(table, slot);
}

struct jet_slot *jet_slot_find(struct jet_table *table, JET_API_PTR handle)
{
    struct jet_slot *slot = NULL;

    if (handle >> 56 != table->kind || jet_handle_generation(handle) == 0)
        return NULL;
    slot = slot_at(table, (uint32_t)handle & 0xffffff);
    if (!slot || (uint32_t)(atomic_load(&slot->word) >> 32) != jet_handle_generation(handle))
        return NULL;
    return slot;
}

bool jet_handle_was_given(struct jet_table *table, JET_API_PTR handle)
{
    struct jet_slot *slot = NULL;
    uint32_t generation = jet_handle_generation(handle);

    if (handle >> 56 != table->kind || generation == 0)
        return false;
    slot = slot_at(table, (uint32_t)handle & 0xffffff);
    return slot && generation <= (uint32_t)(atomic_load(&slot->word) >> 32);
}

enum jet_slot_entry jet_slot_enter(struct jet_slot *slot, JET_API_PTR handle, uint32_t others,
                                   bool brief)
{
    uint64_t word = atomic_load(&slot->word), wanted = 0;

    do {
        while (word & JET_WORD_BRIEF) { /* H4 */
            sched_yield();
            word = atomic_load(&slot->word);
        }
        if ((uint32_t)(word >> 32) != jet_handle_generation(handle) || word & JET_WORD_DEAD)
            return JET_SLOT_GONE;
        if ((word & JET_WORD_COUNT) > others || (word & JET_WORD_COUNT) == JET_WORD_COUNT)
            return JET_SLOT_BUSY;
        wanted = (word + 1) | (brief ? JET_WORD_BRIEF : 0);
    } while (!atomic_compare_exchange_weak(&slot->word, &word, wanted));
    return JET_SLOT_IN;
}

void jet_slot_leave(struct jet_slot *slot, bool brief)
{
    atomic_fetch_sub(&slot->word, brief ? JET_WORD_BRIEF + 1u : 1u);
}

uint32_t jet_slot_inside(struct jet_slot *slot)
{
    return (uint32_t)(atomic_load(&slot->word) & JET_WORD_COUNT);
}

bool jet_slot_retire(struct jet_slot *slot, uint32_t mine)
{
    uint64_t word = atomic_load(&slot->word);

    do {
        if ((word & JET_WORD_COUNT) != mine)
            return false;
    } while (!atomic_compare_exchange_weak(&slot->word, &word,
                                           (word & ~(uint64_t)JET_WORD_COUNT) | JET_WORD_DEAD));
    return true;
}

void jet_slot_free(struct jet_table *table, struct jet_slot *slot)
{
    pthread_mutex_lock(&table->lock);
    slot->next_free = NULL;
    if (table->free_tail)
        table->free_tail->next_free = slot;
    else
        table->free_head = slot;
    table->free_tail = slot;
    pthread_mutex_unlock(&table->lock);
}
