/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_verify.h - is a database that was written by jet_crash_writer as it must be?
 */
#ifndef HF_TESTS_CRASH_JET_VERIFY_H
#define HF_TESTS_CRASH_JET_VERIFY_H

#include "crash_kit.h"
#include "jet_model.h"

/* What one who listens knows. */
struct jet_known {
    uint64_t durable[MODEL_WRITERS];
    uint64_t returned[MODEL_WRITERS];
};

void jet_learn(struct jet_known *known, const struct model_ack *ack);

/* Opens the store in `folder` through the engine and compares it with what is known: every durable
 * commit is there, each session's rows and tables are those of a whole number of transactions, never
 * of fewer than at the last call, and the database agrees with itself (check.h). A lazy commit may
 * be missing, from the end only, and is counted. What is found is durable from then on. */
void jet_verify(struct crash *c, const char *folder, struct jet_known *known);

#endif
