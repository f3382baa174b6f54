/* SPDX-License-Identifier: Apache-2.0
 *
 * assoc.c - birth, joining and death of associations
 *
 * Owns:       struct rpc_assoc; all that live are in one table by id.
 * Lifetime:   references of its connections and calls; alive while `connections` > 0.
 * Lock:       one for the table and all `connections`; nothing is called under it.
 *
 *   A1  an id is found only while its association has a connection: joining and the death of the
 *       last connection meet under one lock, and whoever is first wins (rpc-associations 7).
 *   A2  ids are 32 random bits, nonzero, unlike every living one.
 *   A3  run-down begins after the id is dead, so nobody can reach the handles meanwhile.
 */
#include "rpc/server/assoc.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rpc/core/mutant.h"

#define BUCKETS 4096u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rpc_assoc *buckets[BUCKETS];
static struct list all = {&all, &all};
static unsigned count;
static uint32_t last_number;

struct rpc_assoc *assoc_ref(struct rpc_assoc *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void assoc_unref(struct rpc_assoc *a)
{
    if (a == NULL || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
        return;
    context_table_fini(&a->contexts);
    mem_free(a);
}

/* Under the lock. */
static struct rpc_assoc *find(uint32_t id)
{
    struct rpc_assoc *a = buckets[id % BUCKETS];

    while (a != NULL && a->id != id)
        a = a->chain;
    return a;
}

/* Under the lock; 0 when the system gives no random octets. (A2) */
static uint32_t fresh_id(void)
{
    uint32_t id = 0;

    do {
        ssize_t n = getrandom(&id, sizeof id, 0);

        if (n < 0 && errno != EINTR)
            return 0;
        if (n != (ssize_t)sizeof id)
            id = 0;
    } while (id == 0 || find(id) != NULL);
    return id;
}

struct rpc_assoc *assoc_create(const struct net_peer *peer)
{
    struct rpc_assoc *a;

    if (assoc_count() >= limit_of(LIMIT_ASSOCIATIONS)) {
        limit_reached(LIMIT_ASSOCIATIONS);
        return NULL;
    }
    a = mem_alloc(sizeof *a);
    if (a == NULL)
        return NULL;
    if (!context_table_init(&a->contexts)) {
        mem_free(a);
        return NULL;
    }
    atomic_init(&a->refs, 1);
    a->peer = *peer;
    a->connections = 1;
    a->created_ns = clock_now_ns();
    pthread_mutex_lock(&lock);
    a->id = fresh_id();
    a->number = ++last_number;
    if (a->id != 0) {
        a->chain = buckets[a->id % BUCKETS];
        buckets[a->id % BUCKETS] = a;
        list_append(&all, &a->link);
        count++;
    }
    pthread_mutex_unlock(&lock);
    if (a->id == 0) {
        assoc_unref(a);
        return NULL;
    }
    STATS_ADD(associations_opened);
    return a;
}

static bool same_client(const struct net_peer *a, const struct net_peer *b)
{
    if (a->family != b->family)
        return mutant_is("join:transport");
    if (a->family == NET_UNIX)
        return a->uid == b->uid || mutant_is("join:user");
    return memcmp(a->address, b->address, sizeof a->address) == 0 || mutant_is("join:address");
}

struct rpc_assoc *assoc_join(uint32_t id, const struct net_peer *peer)
{
    struct rpc_assoc *a;

    pthread_mutex_lock(&lock);
    a = find(id);
    if (a == NULL && mutant_is("join:unknown")) {
        pthread_mutex_unlock(&lock);
        return assoc_create(peer);
    }
    if (a != NULL && (!same_client(&a->peer, peer) || mutant_is("join:living")))
        a = NULL;
    if (a != NULL) {
        a->connections++;
        assoc_ref(a);
    }
    pthread_mutex_unlock(&lock);
    if (a == NULL)
        STATS_ADD(joins_refused);
    return a;
}

void assoc_leave(struct rpc_assoc *a)
{
    struct rpc_assoc **at = &buckets[a->id % BUCKETS];
    bool died;

    pthread_mutex_lock(&lock);
    died = --a->connections == 0; /* A1 */
    if (died) {
        while (*at != a)
            at = &(*at)->chain;
        *at = a->chain;
        list_remove(&a->link);
        count--;
    }
    pthread_mutex_unlock(&lock);
    if (died)
        STATS_ADD(associations_closed);
    if ((died && !mutant_is("trigger:none")) || mutant_is("trigger:any"))
        context_table_close(&a->contexts); /* A3 */
}

struct rpc_assoc *assoc_after(uint32_t after)
{
    struct rpc_assoc *next = NULL;

    pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &all) { /* in order of creation */
        struct rpc_assoc *a = LIST_ENTRY(it, struct rpc_assoc, link);

        if (a->number > after) {
            next = assoc_ref(a);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return next;
}

unsigned assoc_count(void)
{
    unsigned n;

    pthread_mutex_lock(&lock);
    n = count;
    pthread_mutex_unlock(&lock);
    return n;
}

unsigned assoc_connections(struct rpc_assoc *a)
{
    unsigned n;

    pthread_mutex_lock(&lock);
    n = a->connections;
    pthread_mutex_unlock(&lock);
    return n;
}
