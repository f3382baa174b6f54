/* SPDX-License-Identifier: Apache-2.0
 *
 * stats.c - counters
 */
#include "rpc/server/stats.h"

#define SHARDS 32u

struct rpc_stats rpc_stats;

static struct {
    atomic_uint_fast64_t of[STATS_FAST];
    char apart[64 - STATS_FAST * sizeof(atomic_uint_fast64_t)];
} shards[SHARDS];

static atomic_uint threads;
static __thread unsigned mine __attribute__((tls_model("initial-exec"))); /* shard + 1 */

void stats_count(enum stats_fast what, uint64_t n)
{
    if (mine == 0)
        mine = atomic_fetch_add(&threads, 1) % SHARDS + 1;
    atomic_fetch_add_explicit(&shards[mine - 1].of[what], n, memory_order_relaxed);
}

uint64_t stats_total(enum stats_fast what)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SHARDS; i++)
        sum += atomic_load_explicit(&shards[i].of[what], memory_order_relaxed);
    return sum;
}
