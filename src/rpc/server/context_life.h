/* SPDX-License-Identifier: Apache-2.0
 *
 * context_life.h - the states of a handle and the steps between them (context_life.def)
 */
#ifndef HF_RPC_SERVER_CONTEXT_LIFE_H
#define HF_RPC_SERVER_CONTEXT_LIFE_H

#include <stdbool.h>

#define STATE(name)
#define EVENT(name)
#define STEP(from, event, to)

#undef STATE
#define STATE(name) LIFE_##name,
enum life_state {
#include "rpc/server/context_life.def"
    LIFE_STATES
};
#undef STATE
#define STATE(name)

#undef EVENT
#define EVENT(name) LIFE_ON_##name,
enum life_event {
#include "rpc/server/context_life.def"
    LIFE_EVENTS
};
#undef STATE
#undef EVENT
#undef STEP

/* Where an event leads. One that the table does not have is a defect: it stops a build with
 * assertions. */
enum life_state life_next(enum life_state from, enum life_event event);

/* For tests: the table's steps, and which of them this process has taken (builds with assertions).
 * False behind the last. */
struct life_step {
    const char *from, *event, *to;
    bool taken;
};
bool life_step_at(unsigned i, struct life_step *ret);

#endif
