/* SPDX-License-Identifier: Apache-2.0
 *
 * shards.h - counts that every call changes, without a cache line that all processors fight for
 *
 * A count is spread over places; each thread changes the one of its number. Whoever takes off what he
 * added does so at the same place: then no place is ever below its share, and a sum that is read
 * while others change it may be too high for a moment, never too low for what was there all the time.
 */
#ifndef HF_BASE_SHARDS_H
#define HF_BASE_SHARDS_H

#include <stdatomic.h>

#define SHARD_COUNT 32u

struct shard_count {
    atomic_long n;
    char apart[64 - sizeof(atomic_long)];
};

extern __thread unsigned shard_plus_one __attribute__((tls_model("initial-exec")));

unsigned shard_choose(void); /* at a thread's first question */

/* The calling thread's place. */
static inline unsigned shard_of_thread(void)
{
    return (shard_plus_one != 0 ? shard_plus_one : shard_choose()) - 1;
}

static inline long shards_sum(const struct shard_count shards[SHARD_COUNT])
{
    long sum = 0;

    for (unsigned i = 0; i < SHARD_COUNT; i++)
        sum += atomic_load(&shards[i].n);
    return sum;
}

#endif
