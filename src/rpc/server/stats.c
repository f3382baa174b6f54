/* SPDX-License-Identifier: Apache-2.0
 *
 * stats.c - counters
 */
#include "rpc/server/stats.h"

#include "base/shards.h"

struct rpc_stats rpc_stats;

static struct {
    atomic_uint_fast64_t of[STATS_FAST];
    char apart[64 - STATS_FAST * sizeof(atomic_uint_fast64_t)];
} shards[SHARD_COUNT];

void stats_count(enum stats_fast what, uint64_t n)
{
    atomic_fetch_add_explicit(&shards[shard_of_thread()].of[what], n, memory_order_relaxed);
}

uint64_t stats_total(enum stats_fast what)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SHARD_COUNT; i++)
        sum += atomic_load_explicit(&shards[i].of[what], memory_order_relaxed);
    return sum;
}
