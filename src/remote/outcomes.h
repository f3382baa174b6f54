/* SPDX-License-Identifier: Apache-2.0
 *
 * outcomes.h - what became of the commits that clients have named (jet-remote N2)
 *
 * The word on a commit is a row, written in the transaction that it speaks of: it is there if and only
 * if the transaction is, whatever happens to the server. The rows are in a database of the server's own,
 * OUTCOMES_DATABASE in its folder, as many and as long as the settings outcomes_max and outcomes_s say.
 */
#ifndef HF_REMOTE_OUTCOMES_H
#define HF_REMOTE_OUTCOMES_H

#include "remote/server.h"

#define OUTCOMES_DATABASE "holdfast.commits"

enum serve_outcome { OUTCOME_UNKNOWN, OUTCOME_COMMITTED, OUTCOME_NOT_COMMITTED };

/* Opens the database, made when it is not there, and begins a run. The engine has started. */
JET_ERR serve_outcomes_start(void);
void serve_outcomes_stop(void);

/* An instance opens, and gets its mark; it is gone, with its last session. */
JET_ERR serve_outcomes_open(struct serve_instance *instance);
void serve_outcomes_close(struct serve_instance *instance);

/* A commit that is under way, on the stack of the call. */
struct serve_noted {
    struct list link;
    uint64_t place;
    uint8_t bookmark[32];
    unsigned long bookmark_size;
};

/* Before the outermost commit of a transaction that has written: adds the row. On an error the commit
 * must not be made; otherwise serve_outcomes_settle says how it went. */
JET_ERR serve_outcomes_note(struct serve_call *call, int64_t number, struct serve_noted *noted);
void serve_outcomes_settle(struct serve_call *call, struct serve_noted *noted, bool committed);

/* Unknown: of nobody that this server knows, forgotten, or not decided yet. */
enum serve_outcome serve_outcomes_ask(uint64_t mark, int64_t number);

/* Forgets what is too old or too much; now and then, from one thread. */
void serve_outcomes_prune(void);

#endif
