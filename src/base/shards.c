/* SPDX-License-Identifier: Apache-2.0
 *
 * shards.c - threads get their places in turn
 */
#include "base/shards.h"

__thread unsigned shard_plus_one;

unsigned shard_choose(void)
{
    static atomic_uint threads;

    shard_plus_one = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % SHARD_COUNT + 1;
    return shard_plus_one;
}
