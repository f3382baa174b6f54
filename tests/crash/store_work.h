/* SPDX-License-Identifier: Apache-2.0
 *
 * store_work.h - what the store's crash tests commit, and how it is compared
 *
 * Thread w commits transaction n = 1, 2, ... Each writes its counter and some rows, and erases those
 * of a transaction long ago, so that the whole set of rows follows from the counter. Now and then a
 * bulk value or a whole tree is replaced by drop. Some commits are lazy, the others durable; the
 * counter's row also names the transactions of other threads that had returned before.
 *
 * Compared at open: no commit that is known to be durable is missing, none is there in part, none is
 * there without those that came before it (T5), unpublished bulk values and dropped trees are gone
 * once the drops have been drained, logs do not pile up.
 */
#ifndef HF_TESTS_CRASH_STORE_WORK_H
#define HF_TESTS_CRASH_STORE_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORK_THREADS 4

enum work_kind { WORK_FOUND, WORK_LAZY, WORK_DURABLE };

/* Told through a pipe as soon as it is so. */
struct work_report {
    uint32_t kind, thread;
    uint64_t n;                  /* the transaction whose commit has returned */
    uint64_t done[WORK_THREADS]; /* FOUND: counters at open. DURABLE: what had returned before */
};

/* What one who listens knows. */
struct work_known {
    uint64_t durable[WORK_THREADS];
    uint64_t returned[WORK_THREADS];
};

/* Takes a report up; returns how many lazy commits it shows to be lost. */
uint64_t work_learn(struct work_known *known, const struct work_report *report);

/* Opens the store and compares it; on a difference prints it and ends the process with status 1. */
void work_open(const char *path, size_t write_buffer, const struct work_known *known);

/* Makes what was found at the open what is known; returns how many lazy commits are lost. */
uint64_t work_found(struct work_known *known);

/* Goes on with the work in several threads, reporting to `out`, until the process is killed. */
_Noreturn void work_go_on(int out);

/* Closes the store, and removes it. */
void work_close(const char *path, bool destroy);

#endif
