/* SPDX-License-Identifier: Apache-2.0
 *
 * handles.h - tables of handles: a stale or invented one is found out, never followed
 *
 * A handle is a kind, a generation and a slot's number. Slots are never freed, so that a look-up
 * needs no lock: whoever holds a handle may read the slot's word at any time and learns whether the
 * handle's object is still the one in it.
 *
 * H1  A slot's word is its generation, the marks DEAD and BRIEF, and the number of calls inside.
 * H2  A call gets inside only by a compare-and-swap of a word with its handle's generation, alive.
 * H3  A slot is retired only from a word without other calls inside.
 * H4  A BRIEF call is inside for some instructions and never waits: others wait for it instead of
 *     being refused, so that it disturbs nobody.
 * H5  Generations grow; a retired slot is reused last of all, so its last object is remembered
 *     (the fields that others may read of it are atomic).
 */
#ifndef HF_ESE_API_HANDLES_H
#define HF_ESE_API_HANDLES_H

#include "ese/api/api.h"

#include <pthread.h>
#include <stdatomic.h>

#define JET_WORD_DEAD    0x80000000u
#define JET_WORD_BRIEF   0x40000000u
#define JET_WORD_COUNT   0x3fffffffu
#define JET_CHUNK_SLOTS  64u
#define JET_CHUNKS_MAX   4096u
#define JET_HANDLE_SLOTS (JET_CHUNK_SLOTS * JET_CHUNKS_MAX)

/* The first member of every object that has a handle. */
struct jet_slot {
    _Atomic uint64_t word; /* H1: generation << 32 | DEAD | BRIEF | count */
    uint32_t number;
    struct jet_slot *next_free;
};

struct jet_table {
    uint8_t kind;       /* top octet of its handles: 1 .. 0x7f */
    size_t object_size; /* of the struct that begins with a jet_slot */
    pthread_mutex_t lock;
    _Atomic(char *) chunks[JET_CHUNKS_MAX];
    uint32_t used;                          /* slots ever made */
    struct jet_slot *free_head, *free_tail; /* H5: taken from the head, put at the tail */
};

#define JET_TABLE(kind_, type)                                                          \
    {                                                                                   \
        .kind = (kind_), .object_size = sizeof(type), .lock = PTHREAD_MUTEX_INITIALIZER \
    }

/* Takes a slot with a generation of its own, still dead: nobody can get inside. NULL: no memory, or
 * JET_HANDLE_SLOTS are in use. */
struct jet_slot *jet_slot_take(struct jet_table *table);

/* Makes the object reachable and gives its handle. */
JET_API_PTR jet_slot_publish(const struct jet_table *table, struct jet_slot *slot);
JET_API_PTR jet_slot_handle(const struct jet_table *table, const struct jet_slot *slot);

/* The slot of a handle that was given once and not reused since, alive or dead; NULL otherwise. */
struct jet_slot *jet_slot_find(struct jet_table *table, JET_API_PTR handle);

/* True when the handle was given once, whatever became of its slot. */
bool jet_handle_was_given(struct jet_table *table, JET_API_PTR handle);

static inline uint32_t jet_handle_generation(JET_API_PTR handle)
{
    return (uint32_t)(handle >> 24);
}

static inline bool jet_slot_is(struct jet_slot *slot, JET_API_PTR handle)
{
    uint64_t word = atomic_load(&slot->word);

    return (uint32_t)(word >> 32) == jet_handle_generation(handle) && !(word & JET_WORD_DEAD);
}

enum jet_slot_entry { JET_SLOT_IN, JET_SLOT_BUSY, JET_SLOT_GONE };

/* H2. Goes inside when no more than `others` calls are (UINT32_MAX: any number). H4: leave as it was
 * entered. */
enum jet_slot_entry jet_slot_enter(struct jet_slot *slot, JET_API_PTR handle, uint32_t others,
                                   bool brief);
void jet_slot_leave(struct jet_slot *slot, bool brief);
uint32_t jet_slot_inside(struct jet_slot *slot);

/* H3. Ends the object when exactly `mine` calls are inside, with them; false otherwise. The slot
 * must then be given back by jet_slot_free when the object's parts have been. */
bool jet_slot_retire(struct jet_slot *slot, uint32_t mine);
void jet_slot_free(struct jet_table *table, struct jet_slot *slot);

#endif
