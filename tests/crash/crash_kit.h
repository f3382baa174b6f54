/* SPDX-License-Identifier: Apache-2.0
 *
 * crash_kit.h - what the crash campaigns share: arguments, chance, the pipe, progress, totals
 *
 *     PROGRAM [CYCLES [SEED]]
 *
 * A campaign is one test case. Its seed is printed and can be given; the same seed chooses the same
 * work and the same spans of life, though not where in the work a kill falls.
 */
#ifndef HF_TESTS_CRASH_KIT_H
#define HF_TESTS_CRASH_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crash {
    const char *shows; /* the case's name */
    unsigned long cycles, done;
    uint64_t seed;
    char folder[200]; /* ours, below TMPDIR; removed when all was well */
    uint64_t kills, commits, lost;
    uint64_t chance, start_ns, told_ns;
};

/* Reads the arguments, prints plan and seed, makes the folder; ends the program when it cannot. */
void crash_begin(struct crash *c, int argc, char **argv, unsigned long cycles, const char *shows);

/* A number below `below`. */
uint64_t crash_random(struct crash *c, uint64_t below);

/* One more cycle is done: a line every half a minute. */
void crash_progress(struct crash *c);

/* The case has failed: says why and which seed, and ends the program; the folder stays. */
_Noreturn void crash_fail(struct crash *c, const char *why, long long number);

/* All cycles are done: prints the totals, removes the folder; the program's exit status. */
int crash_end(struct crash *c);

/* Starts a child with the writing end of a pipe: `run(out, ctx)` in it, which must not return. */
pid_t crash_start(struct crash *c, void (*run)(int out, void *ctx), void *ctx, int *ret_in);

/* Kills the child and waits for its end; fails the case when it had ended by itself. */
void crash_kill(struct crash *c, pid_t pid);

/* Reads one whole message until `until_ns` (clock_now_ns; 0: for ever). */
enum crash_heard { CRASH_MESSAGE, CRASH_TIME, CRASH_PIPE_END };
enum crash_heard crash_hear(int in, uint64_t until_ns, void *message, size_t size);

#endif
