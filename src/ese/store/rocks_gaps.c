/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_gaps.c - stretches of a tree where erased rows lie and no others
 *
 * RocksDB walks over every erased row that it has not yet compacted away: the first row of a queue
 * from which 10,000 were taken takes 25 ms to find, and again each time (store_bench). So a seek
 * that took long leaves what it learnt: from `low` up to `high` there is no row. Later seeks into
 * the gap go on at its end.
 *
 * Owns:       one gap a slot; trees share slots by their number. A slot's lock protects it.
 * Invariants: no transaction whose snapshot is `since` or newer, and that has not put into the
 *             slot's trees itself, sees a row in the gap. It holds because
 *             G1 a gap is noted by a transaction that has written nothing (it may have erased what
 *                others still see), with its own snapshot as `since`, when no commit with puts
 *                into the slot is under way or has ended after that snapshot;
 *             G2 a put into the gap removes it;
 *             G3 a commit removes a gap that was noted after its transaction's first put, since G2
 *                could not see it then.
 *             Erasing removes no gap: it makes no row.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/mem.h"

#include <string.h>

uint64_t rocks_long_ns = 20000;

static struct rocks_gap_slot *slot_of(struct rocks_gaps *g, uint64_t tree)
{
    return &g->slot[tree % ROCKS_GAP_SLOTS];
}

static uint64_t bit_of(uint64_t tree)
{
    return UINT64_C(1) << tree % ROCKS_GAP_SLOTS;
}

static int compare(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int c = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return c ? c : (a_size > b_size) - (a_size < b_size);
}

enum store_status rocks_gaps_init(struct rocks_gaps *g)
{
    for (size_t i = 0; i < ROCKS_GAP_SLOTS; i++)
        if (pthread_mutex_init(&g->slot[i].lock, NULL) != 0)
            return STORE_NO_MEMORY;
    return STORE_OK;
}

static void forget(struct rocks_gap_slot *s)
{
    mem_free(s->low);
    s->low = NULL;
    atomic_store(&s->present, false);
}

void rocks_gaps_fini(struct rocks_gaps *g)
{
    for (size_t i = 0; i < ROCKS_GAP_SLOTS; i++) {
        forget(&g->slot[i]);
        (void)pthread_mutex_destroy(&g->slot[i].lock);
    }
}

void rocks_gaps_put(struct rocks_txn *t, const struct rocks_key *key)
{
    struct rocks_gaps *g = &rocks_of(t->base.store)->gaps;
    uint64_t tree = rocks_get_u64(key->data);
    struct rocks_gap_slot *s = slot_of(g, tree);

    if (t->put_slots == 0)
        t->first_put = atomic_load(&g->noted);
    t->put_slots |= bit_of(tree);
    if (!atomic_load(&s->present)) /* one noted from here on is newer than first_put: G3 */
        return;
    (void)pthread_mutex_lock(&s->lock);
    if (s->low != NULL && compare(key->data, key->size, s->low, s->low_size) >= 0 &&
        compare(key->data, key->size, s->high, s->high_size) < 0)
        forget(s); /* G2 */
    (void)pthread_mutex_unlock(&s->lock);
}

void rocks_gaps_commit_begin(struct rocks_gaps *g, uint64_t slots, uint64_t first_put)
{
    for (; slots != 0; slots &= slots - 1) {
        struct rocks_gap_slot *s = &g->slot[__builtin_ctzll(slots)];

        (void)pthread_mutex_lock(&s->lock);
        s->committing++;
        if (s->low != NULL && s->number > first_put)
            forget(s); /* G3 */
        (void)pthread_mutex_unlock(&s->lock);
    }
}

void rocks_gaps_commit_end(struct rocks *r, uint64_t slots)
{
    uint64_t latest = slots ? rocks_shim_latest(r->db) : 0;

    for (; slots != 0; slots &= slots - 1) {
        struct rocks_gap_slot *s = &r->gaps.slot[__builtin_ctzll(slots)];

        (void)pthread_mutex_lock(&s->lock);
        s->committing--;
        if (latest > s->last_commit)
            s->last_commit = latest;
        (void)pthread_mutex_unlock(&s->lock);
    }
}

static bool may_use(const struct rocks_txn *t, uint64_t tree)
{
    return (t->put_slots & bit_of(tree)) == 0;
}

bool rocks_gaps_jump(struct rocks_txn *t, uint64_t tree, struct rocks_key *at, bool up, bool past,
                     struct rocks_key *ret_other)
{
    struct rocks_gap_slot *s = slot_of(&rocks_of(t->base.store)->gaps, tree);
    bool jumped = false;

    if (!atomic_load(&s->present) || !may_use(t, tree))
        return false;
    (void)pthread_mutex_lock(&s->lock);
    if (s->low != NULL && s->tree == tree && rocks_shim_sequence(t->snapshot) >= s->since &&
        compare(at->data, at->size, s->low, s->low_size) >= 0 &&
        compare(at->data, at->size, s->high, s->high_size) < (!up && past)) {
        struct rocks_key *low = up ? ret_other : at, *high = up ? at : ret_other;

        memcpy(low->data, s->low, s->low_size);
        low->size = s->low_size;
        memcpy(high->data, s->high, s->high_size);
        high->size = s->high_size;
        jumped = true;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return jumped;
}

void rocks_gaps_note(struct rocks_txn *t, uint64_t tree, const struct rocks_key *low,
                     const char *high, size_t high_size)
{
    struct rocks_gaps *g = &rocks_of(t->base.store)->gaps;
    struct rocks_gap_slot *s = slot_of(g, tree);
    uint64_t since = rocks_shim_sequence(t->snapshot);
    char *copy;

    if (t->written || compare(low->data, low->size, high, high_size) >= 0) /* G1 */
        return;
    copy = mem_alloc(low->size + high_size);
    if (copy == NULL)
        return;
    memcpy(copy, low->data, low->size);
    memcpy(copy + low->size, high, high_size);
    (void)pthread_mutex_lock(&s->lock);
    if (s->committing == 0 && s->last_commit <= since) { /* G1 */
        mem_free(s->low);
        s->low = copy;
        s->low_size = low->size;
        s->high = copy + low->size;
        s->high_size = high_size;
        s->tree = tree;
        s->since = since;
        atomic_store(&s->present, true);
        s->number = atomic_fetch_add(&g->noted, 1) + 1;
        copy = NULL;
    }
    (void)pthread_mutex_unlock(&s->lock);
    mem_free(copy);
}
