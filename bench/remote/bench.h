/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - a contender: an engine of bench/ese, reached as it may be, and two works more
 */
#ifndef HF_BENCH_REMOTE_BENCH_H
#define HF_BENCH_REMOTE_BENCH_H

#include "../ese/bench.h"

struct contender {
    const struct engine *engine;
    /* Adds rows, in a transaction of its own, by the means that it has for many at once. */
    void (*bulk)(const struct row *rows, int count, enum mode mode);
    /* Every row, in the order of the primary key. */
    void (*walk)(void (*each)(const struct row *r));
    void (*settle)(void); /* whatever it does after much has been loaded; not timed */
};

extern const struct contender contender_holdfast, contender_postgresql;

#endif
