/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.h - what the cases share: calls, bindings, the witness, waiting, threads, client processes
 *
 * A case runs in a process of its own (run.h), which is the client; the first expectation that does not
 * hold is written to standard output and ends it. So nothing here cleans up after a failure, and
 * whatever a case leaves behind ends with its process.
 */
#ifndef HF_CONFORMANCE_KIT_H
#define HF_CONFORMANCE_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <rpcasync.h>

#include "conformance.h"
#include "conformance/attempt.h"
#include "conformance/proxy.h"

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH
#define IN_NULL  RPC_X_SS_IN_NULL_CONTEXT
#define BAD_TAG  RPC_X_INVALID_TAG
#define LOST     RPC_S_CALL_FAILED

/* ---- Expecting -------------------------------------------------------------------------------- */

void failed(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
/* Ends the case: here it cannot be provoked. */
void cannot(const char *why) __attribute__((noreturn));
#define CASE_CANNOT 77 /* the exit status of such a case */
void expect_equal(const char *file, int line, const char *what, int64_t is, int64_t wanted);

#define EQ(is, wanted) \
    expect_equal(__FILE__, __LINE__, #is, (int64_t)(intptr_t)(is), (int64_t)(intptr_t)(wanted))
#define TRUE_THAT(condition) \
    ((condition) ? (void)0 : failed(__FILE__, __LINE__, "not so: %s", #condition))

#define FAILS(call, status) expect_equal(__FILE__, __LINE__, "status of " #call, TRY(call), status)
#define OK(call)            FAILS(call, RPC_S_OK)

/* ---- The server under test -------------------------------------------------------------------- */

/* Set once by the process that runs a case, from its command line. */
struct kit {
    const char *address; /* string binding */
    char host[256];      /* its parts: of TCP */
    int port;            /* 0: a unix socket */
    char path[108];
    const char *other;   /* the same server over the other transport; "": unknown */
    unsigned patience_s; /* no condition is waited for longer */
};
extern struct kit kit;

/* Once a process. False: no string binding that the suite can put its proxy in front of. */
bool kit_init(const char *address, const char *other, unsigned patience_s);
void kit_witness(void); /* begins a case */

/* A binding on which a call was made and whose association ends with its last reference. */
handle_t bind_direct(void);
handle_t bind_through(struct proxy *p);
handle_t bind_fresh(struct proxy *p); /* no call yet; NULL: direct */
struct proxy *proxy_here(void);       /* in front of the server, over its transport */
struct proxy *proxy_there(void);      /* ... over the other one; NULL: unknown */
void unbind(handle_t *b);

THING thing_open(handle_t b, int value);
int thing_read(THING h); /* its data; ends the case if the call fails */
void thing_close(THING *h);
void thing_drop(THING *h); /* RpcSmDestroyClientContext; must be a handle */

/* The oldest handle of an association, of the name LAST: it is run down last when the association
 * ends, so whoever has seen that has seen all. */
#define LAST 250000
/* Lets go of it and of the binding, which must be the last references, and waits for the end. */
void end_with(THING *last, handle_t *b);

/* ---- The witness ------------------------------------------------------------------------------ */

counts_t counts(void);
int calls_made(void);
int opened(int value);
int closed(int value);
int run_down(int value);
int rundown_value(int n); /* of the n-th run-down; LAST does not count */
int rundown_type(int n);

void gate_shut(void);
void gate_open(void);
void rundowns_raise(void);

/* ---- Waiting ---------------------------------------------------------------------------------- */

bool wait_true(bool (*condition)(const void *), const void *argument);
void wait_run_downs(int n); /* LAST among them */
void wait_at_gate(int n);
void wait_inside(int n);
void wait_open(struct proxy *p, unsigned n); /* connections */
/* The case is over when no routine runs and every context has ended but those the runtime has to
 * forget. */
void forgets(int n); /* adds to them */
void kit_end(void);

/* ---- Threads and processes -------------------------------------------------------------------- */

struct job {
    int32_t (*use)(THING, int32_t);
    THING h;
    int32_t act, result;
};
struct thread *job_start(struct job *j); /* its status is that of the call */

/* Another process that is a client of the server, and what it does there. */
struct client_role {
    const char *name;
    int (*run)(const char *argument);
};
extern const struct client_role client_roles[]; /* ends with a NULL name */
pid_t client_start(const char *role, const char *argument);
void client_kill(pid_t pid);
int client_wait(pid_t pid); /* its exit status, or -signal */

#endif
