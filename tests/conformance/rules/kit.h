/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.h - what the tests of the rules share: the server's process, bindings, calls, waiting
 *
 * The client is the test itself; the server is another process.
 */
#ifndef TESTS_CONFORMANCE_RULES_KIT_H
#define TESTS_CONFORMANCE_RULES_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include <rpcasync.h>

#include "conformance.h"
#include "conformance/attempt.h"
#include "conformance/board.h"
#include "conformance/proxy.h"

/* ---- The server ------------------------------------------------------------------------------- */

struct server {
    pid_t pid;
    int to, from; /* its standard input and output */
};

extern struct server server; /* the one of the running test */

void beside(const char *name, char *ret_path, size_t size); /* a file in this program's folder */

void server_start(const char *option, const char *value); /* options of rules-server, or NULL */
RPC_STATUS server_do(const char *command, const char *interface, unsigned number);
void server_send(const char *command, const char *interface, unsigned number); /* does not wait */
RPC_STATUS server_answer(void);
void server_kill(void);
/* Its status of waitpid, after its control pipe has been closed; or when it has ended by itself. */
int server_reap(void);
int server_wait(void);
extern bool server_is_quiet; /* the next server's complaints go nowhere: it is meant to die */
/* Ends it; no handle and no association may be left, and nothing may have been met twice. */
void server_stop(void);
void server_idle(void); /* waits until it has no handle, no association and no call */

/* cmocka fixtures. A test's state says over what it calls, and its row of a table if it has one.
 * A server goes on from test to test unless one ends it; after each nothing may be left in it. */
enum transport { TCP, UNIX };
extern enum transport transport;
struct parameter {
    enum transport over;
    const void *row;
};
int fixture_serve(void **state);
int fixture_stop(void **state);
int group_stop(void **state);

extern struct parameter over_tcp, over_unix; /* no row */

/* clang-format off */
#define OVER_TCP(f)  {#f " (tcp)", f, fixture_serve, fixture_stop, &over_tcp}
#define OVER_UNIX(f) {#f " (unix)", f, fixture_serve, fixture_stop, &over_unix}
/* clang-format on */
#define OVER_BOTH(f) OVER_TCP(f), OVER_UNIX(f)

/* ---- The client ------------------------------------------------------------------------------- */

handle_t bind_direct(void);
handle_t bind_through(struct proxy *p);
struct proxy *proxy_here(void); /* in front of the server, over the test's transport */
void unbind(handle_t *b);

/* No association lingers, no connection is left. */
void client_forget(void);

#define OK(call)            assert_int_equal(TRY(call), RPC_S_OK)
#define FAILS(call, status) assert_int_equal(TRY(call), status)

THING thing_open(handle_t b, int value);
int thing_read(THING h); /* its data; fails the test if the call does */
void thing_close(THING *h);

/* ---- Waiting ---------------------------------------------------------------------------------- */

bool wait_true(bool (*condition)(void *), void *argument); /* false after a generous time */
void wait_count(atomic_uint *counter, unsigned n);
void wait_server_contexts(unsigned n);
void wait_server_parked(unsigned long n); /* calls parked since it started */
unsigned long server_parked(void);
unsigned long server_contexts(void);

#define GATE_SHUT() atomic_store(&board->shut, 1)
#define GATE_OPEN() atomic_store(&board->shut, 0)

unsigned opened(int value);
unsigned closed(int value);
unsigned run_down(int value);

/* This program again, as a client process: main runs `client_main` when called so. */
pid_t client_start(const char *what, const char *argument); /* its status: what `run` returned */
int client_main(int argc, char **argv);                     /* -1: is no client */
void client_wait(pid_t pid, int status);                    /* of waitpid */

/* Each program has a table of what its clients do; ends with a NULL name. */
struct client_role {
    const char *name;
    int (*run)(const char *argument);
};
extern const struct client_role client_roles[];

#endif
