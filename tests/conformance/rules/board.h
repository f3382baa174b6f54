/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h - memory that the test shares with its server and its clients
 *
 * The routines of the server write down here what they did, so that a test judges by the routines'
 * own count and not by the runtime's. Every context is made with a value, which is its name here.
 */
#ifndef TESTS_CONFORMANCE_RULES_BOARD_H
#define TESTS_CONFORMANCE_RULES_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

#define BOARD_VALUES 262144
#define BOARD_LOG    4096

struct board {
    /* Events, in all and for each value. */
    atomic_uint opened, closed, run_down, calls, inside, most_inside;
    atomic_uint at_gate; /* routines that wait at the gate: unlike `inside`, none that passes by */
    atomic_uint spoilt;  /* a routine or run-down met a context that is no more, or twice */
    atomic_uchar opened_of[BOARD_VALUES], closed_of[BOARD_VALUES], run_down_of[BOARD_VALUES];
    atomic_uint log_count; /* values run down, in order */
    atomic_int log[BOARD_LOG];
    atomic_int type_log[BOARD_LOG]; /* by which type's routine: 'T', 'O', 'L' */

    /* What the test asks of the routines. */
    atomic_int shut;          /* the gate */
    atomic_int raise_rundown; /* run-downs raise after their work */
    atomic_int next_value;    /* of a storm's contexts */

    /* What the server says of itself after the command "counts". */
    atomic_ulong contexts, associations, parked, rundown_exceptions, handles_dropped;
    atomic_ulong rundowns_settle, rundowns_death, rundowns_unregister, calls_running;
    atomic_int port;
    char path[108];
};

struct board *board_create(int *ret_fd);
struct board *board_attach(int fd);

/* What a context is. All that live are chained, so that those which a rule says the runtime forgets
 * (F1) are no leak of the program. */
struct thing {
    uint32_t magic;
    int32_t value;
    int32_t data;
    struct thing *next, **at;
};

/* For the routines of any server: */
struct thing *thing_make(int32_t value);
void thing_end(struct thing *take_t); /* by a close */
void thing_rundown(struct thing *take_t, int type);
void gate_pass(void);
extern struct board *board;

#endif
