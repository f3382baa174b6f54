/* SPDX-License-Identifier: Apache-2.0
 *
 * settle.c - the failure table of context handles
 *
 * The one principle behind the rows: when the routine raised, the runtime only brings its entry in
 * line with the routine's value (null: closed); it never runs down, since raising was the routine's
 * choice and cleaning up is its duty. When marshalling or sending failed, the routine had succeeded
 * and cannot know, so what was born in the call is run down as well.
 *
 * Spec: failure-semantics-for-context-handles; F, X, P numbers are those of rpc-contexts 7.
 */
#include "rpc/server/settle.h"

#include "rpc/core/mutant.h"

static const struct settle_row
    table[2][2][SETTLE_OUTCOMES] =
        {
            /* arrived null, [out] or return value */
            [false] =
                {
                    /* left null */
                    [false] =
                        {
                            [SETTLE_SENT] = {SETTLE_NOTHING, "-"},
                            [SETTLE_RAISED] = {SETTLE_NOTHING, "F1 X4"},
                            [SETTLE_BEFORE] = {SETTLE_NOTHING, "F6 F10"},
                            [SETTLE_AFTER] = {SETTLE_NOTHING, "X1 X2"},
                            [SETTLE_UNREAD] = {SETTLE_NOTHING, "X8"},
                        },
                    /* left set: born in this call */
                    [true] =
                        {
                            [SETTLE_SENT] = {SETTLE_OPEN, "-"},
                            [SETTLE_RAISED] = {SETTLE_FORGET, "F1 X4"},
                            [SETTLE_BEFORE] = {SETTLE_RUN_DOWN, "F8 F11"},
                            [SETTLE_AFTER] = {SETTLE_RUN_DOWN, "F4 X3"},
                            [SETTLE_UNREAD] = {SETTLE_FORGET, "X8"},
                        },
                },
            /* arrived open */
            [true] =
                {
                    /* left null: the routine closed it */
                    [false] =
                        {
                            [SETTLE_SENT] = {SETTLE_CLOSE, "-"},
                            [SETTLE_RAISED] = {SETTLE_CLOSE, "F2a"},
                            [SETTLE_BEFORE] = {SETTLE_CLOSE, "F7"},
                            [SETTLE_AFTER] = {SETTLE_CLOSE, "F3"},
                            [SETTLE_UNREAD] = {SETTLE_UNTOUCHED, "X8"},
                        },
                    /* left set: unchanged, or another pointer */
                    [true] =
                        {
                            [SETTLE_SENT] = {SETTLE_STORE, "X5"},
                            [SETTLE_RAISED] = {SETTLE_STORE, "F2b F2c X6"},
                            [SETTLE_BEFORE] = {SETTLE_STORE, "F9 X6"},
                            [SETTLE_AFTER] = {SETTLE_STORE, "F5 X6"},
                            [SETTLE_UNREAD] = {SETTLE_UNTOUCHED, "X8"},
                        },
                },
};

#ifdef HF_MUTANTS

/* The fault settle:ARRIVED,LEFT,OUTCOME=ACTION turns one cell. */
static const struct settle_row *turned(const struct settle_row *row, bool arrived_open,
                                       bool left_open, enum settle_outcome outcome)
{
    static struct settle_row rows[SETTLE_UNTOUCHED + 1];

    for (int action = SETTLE_NOTHING; action <= SETTLE_UNTOUCHED; action++) {
        if (mutant_is("settle:%d,%d,%d=%d", arrived_open, left_open, outcome, action)) {
            rows[action] = (struct settle_row){(enum settle_action)action, row->rules};
            return &rows[action];
        }
    }
    return row;
}

#else

#define turned(row, arrived_open, left_open, outcome) (row)

#endif

const struct settle_row *settle_rule(bool arrived_open, bool left_open, enum settle_outcome outcome)
{
    return turned(&table[arrived_open][left_open][outcome], arrived_open, left_open, outcome);
}
