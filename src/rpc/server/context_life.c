/* SPDX-License-Identifier: Apache-2.0
 *
 * context_life.c - the table of context_life.def, and the check of every step against it
 */
#include "rpc/server/context_life.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

/* ---- The table -------------------------------------------------------------------------------- */

#define STATE(name)
#define EVENT(name)

/* What is not in the table leads to NONE, where nothing leads. */
#define STEP(from, event, to) [LIFE_##from][LIFE_ON_##event] = LIFE_##to,
static const uint8_t table[LIFE_STATES][LIFE_EVENTS] = {
#include "rpc/server/context_life.def"
};
#undef STEP

/* ---- Steps taken, for tests ------------------------------------------------------------------- */

struct row {
    const char *from_name, *event_name, *to_name;
    enum life_state from;
    enum life_event event;
};

#define STEP(from, event, to) {#from, #event, #to, LIFE_##from, LIFE_ON_##event},
static const struct row rows[] = {
#include "rpc/server/context_life.def"
};
#undef STEP

static atomic_uint taken[LIFE_STATES]; /* a bit an event */

bool life_step_at(unsigned i, struct life_step *ret)
{
    const struct row *r = &rows[i];

    if (i >= sizeof rows / sizeof *rows)
        return false;
    *ret = (struct life_step){
        .from = r->from_name,
        .event = r->event_name,
        .to = r->to_name,
        .taken = (atomic_load_explicit(&taken[r->from], memory_order_relaxed) >> r->event & 1) != 0,
    };
    return true;
}

static void note(enum life_state from, enum life_event event)
{
#ifndef NDEBUG
    unsigned bit = 1u << event;

    if ((atomic_load_explicit(&taken[from], memory_order_relaxed) & bit) == 0)
        (void)atomic_fetch_or_explicit(&taken[from], bit, memory_order_relaxed);
#else
    (void)from;
    (void)event;
#endif
}

enum life_state life_next(enum life_state from, enum life_event event)
{
    enum life_state to = (enum life_state)table[from][event];

    assert(to != LIFE_NONE); /* no such step */
    note(from, event);
    return to;
}
