/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.h - a small interface with stubs written by hand, for tests of the protocol
 *
 *     0 Open([in] long value, [out] PROBE *h)
 *     1 Use([in] PROBE h, [out] long *value)       after waiting at the gate, if that is shut
 *     2 Close([in, out] PROBE *h)
 *     3 Null()
 *     4 Echo([in] conformant bytes, [out] the same)
 *     5 Raise([in] long code)
 *     6 Cancelled([out] long *yes)                 waits until it is cancelled or the client gone
 *     7 a procedure without a routine
 *     8 Want([in] long octets)                     of memory for its arguments
 *
 * Every routine counts itself, so that a test can compare what the routines saw with what the runtime
 * counts.
 */
#ifndef TESTS_CONFORMANCE_RPC_PROBE_H
#define TESTS_CONFORMANCE_RPC_PROBE_H

#include <stdatomic.h>
#include <stdint.h>

#include <rpc.h>

extern const struct rpc_interface probe_interface;
extern const struct rpc_interface probe_strict; /* the same routines, another UUID, strict */

enum probe_op {
    PROBE_OPEN,
    PROBE_USE,
    PROBE_CLOSE,
    PROBE_NULL,
    PROBE_ECHO,
    PROBE_RAISE,
    PROBE_CANCELLED,
    PROBE_ABSENT,
    PROBE_WANT,
    PROBE_OPS
};

struct probe_counts {
    atomic_int opened, closed, logged, run_down, inside, most_inside, calls;
};
extern struct probe_counts probe_counts;
void probe_reset(void);
void probe_free_newest(void); /* what a program does with a context that was dropped (Ex with 0) */

/* Run-downs in order: the values of the handles. */
#define PROBE_LOG 4096
extern atomic_int probe_rundown_log[PROBE_LOG];

/* A gate that routines wait at while it is shut. */
void probe_shut(void);
void probe_open(void);
/* What routines do around their work: they count themselves, and wait while the gate is shut. */
void probe_enter(void);
void probe_leave(void);
/* Waits until `n` routines are inside. */
void probe_wait_inside(int n);
/* Waits until `*counter` is `n`; fails the test after a generous time. */
void probe_wait(atomic_int *counter, int n);
/* ... until `condition(argument)`. */
void probe_until(int (*condition)(void *argument), void *argument, const char *what);

/* The test's server on 127.0.0.1 and a unix socket; returns the port. */
uint16_t probe_serve(void);
uint16_t probe_serve_at_most(unsigned calls); /* MaxCalls */
extern char probe_path[108];
void probe_stop(void); /* server_shutdown; asserts that no handle and no association is left */

/* Both as a test's setup and teardown. */
extern uint16_t probe_port;
int probe_setup(void **state);
int probe_teardown(void **state);

#endif
