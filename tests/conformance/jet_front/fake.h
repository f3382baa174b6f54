/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.h - a provider for tests: one table in memory, and every way to fail on demand
 */
#ifndef HF_TESTS_FAKE_H
#define HF_TESTS_FAKE_H

#include "ese/provider.h"

#include <stdatomic.h>

extern const struct ese_provider fake_provider;

/* What the next call of a kind answers; 0: it works. Reset by fake_reset. */
struct fake_plan {
    _Atomic JET_ERR init, term, begin_session, begin, commit, rollback, update, backup, restore;
};
extern struct fake_plan fake_plan;

/* What has been asked. */
struct fake_counts {
    atomic_int sessions, cursors, levels; /* open now */
    atomic_int terms, dirty_terms, overlaps;
};
extern struct fake_counts fake_counts;

void fake_reset(void); /* plan, counts, rows and databases */

/* Reports the running instance as unavailable, with JET_errInstanceUnavailable or ...LogDiskFull. */
void fake_break(JET_ERR err);

#endif
