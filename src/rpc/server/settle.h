/* SPDX-License-Identifier: Apache-2.0
 *
 * settle.h - what becomes of the context changes of a server call (the failure table)
 *
 * Every handle of a call is judged by itself (X11) when the call's outcome is known:
 *
 *   arrived   did the client's handle come in open, or was it null, [out] or a return value?
 *   left      is the routine's value null or set now?
 *   outcome   how the call went, as seen from this handle's place in the reply
 *
 * settle_rule looks the three up in one table, whose rows carry the rule numbers of the
 * specification's failure tables. Nothing else in the runtime decides what a failure does to a
 * handle; context.c carries the action out.
 */
#ifndef HF_RPC_SERVER_SETTLE_H
#define HF_RPC_SERVER_SETTLE_H

#include <stdbool.h>

/* How the call went for one handle. */
enum settle_outcome {
    SETTLE_SENT,   /* everything marshalled, the reply handed to the transport */
    SETTLE_RAISED, /* E: the routine raised, or an asynchronous call was aborted */
    SETTLE_BEFORE, /* B: marshalling failed before this handle's octets were produced */
    SETTLE_AFTER,  /* A: failed after they were produced: later parameter, protection, sending */
    SETTLE_UNREAD, /* U: the request could not be unmarshalled; the routine never ran */
    SETTLE_OUTCOMES
};

enum settle_action {
    SETTLE_NOTHING,   /* there is no entry, none comes to be */
    SETTLE_OPEN,      /* the handle born in the call becomes usable */
    SETTLE_FORGET,    /* what the routine made is its own business; no entry, no run-down */
    SETTLE_RUN_DOWN,  /* the born handle's entry goes, its run-down routine is called once */
    SETTLE_CLOSE,     /* the entry goes; the routine closed it, so no run-down */
    SETTLE_STORE,     /* the entry stays and holds the routine's present value */
    SETTLE_UNTOUCHED, /* the entry stays as it was */
};

struct settle_row {
    enum settle_action action;
    const char *rules; /* numbers of the specification, for people and for tests */
};

/* Never fails: every combination has exactly one row. */
const struct settle_row *settle_rule(bool arrived_open, bool left_open,
                                     enum settle_outcome outcome);

#endif
