/* SPDX-License-Identifier: Apache-2.0
 *
 * context_ward.c - the locks of a table of handles: the whole of it, or the part where one handle is
 *
 * Owns:        the wards of a table, from its second handle to its end.
 * Lock order:  the table's, then the wards', ascending; whoever has one ward takes nothing else.
 *
 *   W1  a bucket belongs to the ward of its number's low bits, and an entry in it, or taken out of it,
 *       to the ward of its token.
 *   W2  a call with one handle that is free, and that gives it back without ending it while nobody
 *       waits for it, needs the handle's ward alone: calls of other handles go on beside it.
 *   W3  all else takes the table's lock and all wards: buckets grow, entries come and go, queues and
 *       `waiting` change under the whole alone.
 *   W4  the wards are made under the table's lock, taken; a table with one handle has none, and its
 *       lock is the handle's.
 */
#include "rpc/server/context_internal.h"

#include "base/lock.h"
#include "base/mem.h"

struct context_ward {
    struct lock lock;
    char apart[64 - sizeof(struct lock) % 64];
};

static struct context_ward *wards_of(const struct context_table *t)
{
    return atomic_load_explicit(&t->wards, memory_order_acquire);
}

/* Both under the table's lock. */
static void take_wards(struct context_table *t)
{
    struct context_ward *w = wards_of(t);

    for (unsigned i = 0; w != NULL && i < CONTEXT_WARDS; i++)
        lock_take(&w[i].lock);
}

static void give_wards(struct context_table *t)
{
    struct context_ward *w = wards_of(t);

    for (unsigned i = CONTEXT_WARDS; w != NULL && i > 0; i--)
        lock_give(&w[i - 1].lock);
}

void context_table_lock(struct context_table *t)
{
    pthread_mutex_lock(&t->lock);
    take_wards(t);
}

void context_table_unlock(struct context_table *t)
{
    give_wards(t);
    pthread_mutex_unlock(&t->lock);
}

void context_table_wait(struct context_table *t, pthread_cond_t *changed)
{
    give_wards(t);
    pthread_cond_wait(changed, &t->lock);
    take_wards(t);
}

struct context_ward *context_ward_lock(struct context_table *t, const uint64_t token[2])
{
    struct context_ward *w = wards_of(t);

    if (w == NULL) {
        pthread_mutex_lock(&t->lock);
        w = wards_of(t);
        if (w == NULL) /* W4 */
            return NULL;
        pthread_mutex_unlock(&t->lock);
    }
    w += token[1] % CONTEXT_WARDS;
    lock_take(&w->lock);
    return w;
}

void context_ward_unlock(struct context_table *t, struct context_ward *w)
{
    if (w != NULL)
        lock_give(&w->lock);
    else
        pthread_mutex_unlock(&t->lock);
}

void context_wards_make(struct context_table *t)
{
    struct context_ward *w = mem_alloc(CONTEXT_WARDS * sizeof *w);

    if (w == NULL) /* the table's lock does */
        return;
    for (unsigned i = 0; i < CONTEXT_WARDS; i++) {
        lock_init(&w[i].lock);
        lock_take(&w[i].lock); /* W4 */
    }
    atomic_store_explicit(&t->wards, w, memory_order_release);
}

void context_wards_free(struct context_table *t)
{
    struct context_ward *w = wards_of(t);

    for (unsigned i = 0; w != NULL && i < CONTEXT_WARDS; i++)
        lock_fini(&w[i].lock);
    mem_free(w);
}
