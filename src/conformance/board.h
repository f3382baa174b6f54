/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h - what the routines of conformance.idl have seen, and what they are told to do
 *
 * They write down here what they did, so that rules are judged by the routines' own count and not by the
 * runtime's. Every context is made with a value, which is its name here. `holdfast conformance` asks
 * for it over the interface conformance_witness; the tests of this tree that look into the runtime, too,
 * share it with their server as memory.
 */
#ifndef HF_CONFORMANCE_BOARD_H
#define HF_CONFORMANCE_BOARD_H

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
    atomic_uint generation; /* only events of contexts made since WitnessBegin count */
    atomic_uint log_count;  /* values run down, in order */
    atomic_int log[BOARD_LOG];
    atomic_int type_log[BOARD_LOG]; /* by which type's routine: 'T', 'O', 'L', 'G' */

    /* What is asked of the routines. */
    atomic_int shut;          /* the gate */
    atomic_int raise_rundown; /* run-downs raise after their work */
    atomic_int next_value;    /* of a storm's contexts */

    /* What the server of rules_test says of itself after the command "counts". */
    atomic_ulong contexts, associations, parked, rundown_exceptions, handles_dropped, not_ended;
    atomic_ulong rundowns_settle, rundowns_death, rundowns_unregister, calls_running;
    atomic_uint life_steps; /* a bit each that has been taken (context_life.h) */
    atomic_int port;
    char path[108];
};

extern struct board *board;

struct board *board_create(int *ret_fd); /* as memory that other processes can attach */
struct board *board_attach(int fd);
void board_begin(void); /* WitnessBegin: before any other thread uses it, or while none opens */

/* What a context is. One that was ended is kept for long, so that whoever still uses it is counted
 * (`spoilt`) instead of meeting other memory. All are chained, so that those which a rule says the
 * runtime forgets (F1) are no leak of the program. */
struct thing {
    uint32_t magic;
    uint32_t generation;
    int32_t value;
    int32_t data;
    struct thing *next, **at;
};

struct thing *thing_make(int32_t value);
void thing_end(struct thing *t); /* by a close */
void thing_rundown(struct thing *t, int type);
int32_t thing_data(const struct thing *t); /* -1: null; -2: it is no more */
void gate_pass(void);

#endif
