/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_erased.c - which rows open transactions have erased
 *
 * RocksDB tells that another transaction holds a row, not what it did to it; an insert has to know
 * (store_put: STORE_EXISTS or STORE_CONFLICT). So every erase leaves the hash of its key here until
 * its transaction ends or rolls it back.
 *
 * Owns:       the entries. Striped by hash; a stripe's lock protects its table.
 * Invariants: E1 an entry is there before RocksDB is asked to delete, and goes after the row's lock
 *             does. E2 a table is at most half full, so that every probe ends.
 */
#include "ese/store/rocks_internal.h"

#include "base/mem.h"

#define FIRST_ROOM 16

enum store_status rocks_erased_init(struct rocks_erased *e)
{
    for (size_t i = 0; i < ROCKS_ERASED_STRIPES; i++)
        if (pthread_mutex_init(&e->stripe[i].lock, NULL) != 0)
            return STORE_NO_MEMORY;
    return STORE_OK;
}

void rocks_erased_fini(struct rocks_erased *e)
{
    for (size_t i = 0; i < ROCKS_ERASED_STRIPES; i++) {
        (void)pthread_mutex_destroy(&e->stripe[i].lock);
        mem_free(e->stripe[i].entries);
    }
}

/* A mix of 8 octets a step; two keys of one hash only make an insert report the other refusal. */
uint64_t rocks_hash(const char *data, size_t size)
{
    uint64_t h = size * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = 0;

    for (; i + 8 <= size; i += 8)
        h = (h ^ rocks_get_u64(data + i)) * UINT64_C(0xff51afd7ed558ccd), h ^= h >> 32;
    for (; i < size; i++)
        h = (h ^ (unsigned char)data[i]) * UINT64_C(0xc4ceb9fe1a85ec53), h ^= h >> 29;
    return h;
}

uint64_t rocks_erased_hash(const struct rocks_key *key)
{
    return rocks_hash(key->data, key->size);
}

static struct rocks_erased_stripe *stripe_of(struct rocks_erased *e, uint64_t hash)
{
    return &e->stripe[hash % ROCKS_ERASED_STRIPES];
}

static size_t home_of(const struct rocks_erased_stripe *s, uint64_t hash)
{
    return (size_t)(hash / ROCKS_ERASED_STRIPES) & (s->room - 1);
}

static void place(struct rocks_erased_stripe *s, struct rocks_erased_entry entry)
{
    size_t i = home_of(s, entry.hash);

    while (s->entries[i].by != NULL)
        i = (i + 1) & (s->room - 1);
    s->entries[i] = entry;
}

static enum store_status make_room(struct rocks_erased_stripe *s) /* E2 */
{
    struct rocks_erased_stripe bigger = {.room = s->room ? 2 * s->room : FIRST_ROOM};

    if (s->used < s->room / 2)
        return STORE_OK;
    bigger.entries = mem_alloc(bigger.room * sizeof *bigger.entries);
    if (bigger.entries == NULL)
        return STORE_NO_MEMORY;
    for (size_t i = 0; i < s->room; i++)
        if (s->entries[i].by != NULL)
            place(&bigger, s->entries[i]);
    mem_free(s->entries);
    s->entries = bigger.entries;
    s->room = bigger.room;
    return STORE_OK;
}

enum store_status rocks_erased_add(struct rocks_erased *e, uint64_t hash,
                                   const struct rocks_txn *by)
{
    struct rocks_erased_stripe *s = stripe_of(e, hash);
    enum store_status status;

    (void)pthread_mutex_lock(&s->lock);
    status = make_room(s);
    if (status == STORE_OK) {
        place(s, (struct rocks_erased_entry){.hash = hash, .by = by});
        s->used++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

/* Takes out entry `hole` and closes the gap: later entries of the run move up if they may. */
static void take_out(struct rocks_erased_stripe *s, size_t hole)
{
    size_t mask = s->room - 1;

    for (size_t i = (hole + 1) & mask; s->entries[i].by != NULL; i = (i + 1) & mask) {
        size_t home = home_of(s, s->entries[i].hash);

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            s->entries[hole] = s->entries[i];
            hole = i;
        }
    }
    s->entries[hole] = (struct rocks_erased_entry){0};
    s->used--;
}

void rocks_erased_remove(struct rocks_erased *e, uint64_t hash, const struct rocks_txn *by)
{
    struct rocks_erased_stripe *s = stripe_of(e, hash);

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = home_of(s, hash); s->entries[i].by != NULL; i = (i + 1) & (s->room - 1))
        if (s->entries[i].hash == hash && s->entries[i].by == by) {
            take_out(s, i);
            break;
        }
    (void)pthread_mutex_unlock(&s->lock);
}

bool rocks_erased_by_other(struct rocks_erased *e, uint64_t hash, const struct rocks_txn *than)
{
    struct rocks_erased_stripe *s = stripe_of(e, hash);
    bool found = false;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = s->room ? home_of(s, hash) : 0; s->room && s->entries[i].by != NULL;
         i = (i + 1) & (s->room - 1))
        if (s->entries[i].hash == hash && s->entries[i].by != than) {
            found = true;
            break;
        }
    (void)pthread_mutex_unlock(&s->lock);
    return found;
}
