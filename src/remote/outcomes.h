/* SPDX-License-Identifier: Apache-2.0
 *
 * outcomes.h - what became of the commits that clients have named (jet-remote N2)
 *
 * Kept in memory: SERVE_OUTCOMES commits, the oldest forgotten first, each for SERVE_OUTCOME_SECONDS.
 * A number that was never seen of an instance that is gone was not committed: its request can come
 * no more. Of an instance that still lives, or is not known, nothing is said.
 */
#ifndef HF_REMOTE_OUTCOMES_H
#define HF_REMOTE_OUTCOMES_H

#include <stdbool.h>
#include <stdint.h>

#define SERVE_OUTCOMES        65536
#define SERVE_OUTCOME_SECONDS 86400
#define SERVE_MARKS           16384 /* instances remembered */

enum serve_outcome { OUTCOME_UNKNOWN, OUTCOME_COMMITTED, OUTCOME_NOT_COMMITTED };

/* The tables are the process's; every function may be called from any thread. */
void serve_outcomes_begin(uint64_t mark); /* an instance opens */
void serve_outcomes_end(uint64_t mark);   /* its last session is gone */
void serve_outcomes_note(uint64_t mark, uint64_t number, bool committed, uint64_t now_s);
enum serve_outcome serve_outcomes_ask(uint64_t mark, uint64_t number, uint64_t now_s);

#endif
