/* SPDX-License-Identifier: Apache-2.0
 *
 * lives_test.c - how associations and handles end: deaths, restarts, lingering, idleness
 */
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rpc/client/tuning.h"

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH

/* ---- Clients that die ------------------------------------------------------------------------- */

/* Opens handles 1 to 3, says so, and waits for its end. */
static int holds_three(const char *argument)
{
    handle_t b = bind_direct();
    THING h[3] = {NULL};

    for (int i = 0; i < 3; i++)
        if (TRY(Open(b, ACT_SET, i + 1, &h[i])) != RPC_S_OK)
            return 1;
    if (strcmp(argument, "exit") == 0)
        return (int)RpcBindingFree(&b); /* handles are left as they are */
    (void)TRY(Use(h[0], ACT_GATE));
    return 2;
}

static int dies_closing(const char *argument)
{
    handle_t b = bind_direct();
    THING h = NULL;

    (void)argument;
    if (TRY(Open(b, ACT_SET, 1, &h)) != RPC_S_OK)
        return 1;
    (void)TRY(Change(&h, ACT_NULL | ACT_GATE, 0));
    return 2;
}

static int dies_opening(const char *argument)
{
    handle_t b = bind_direct();
    THING h = NULL;

    (void)argument;
    (void)TRY(Open(b, ACT_SET | ACT_GATE, 1, &h));
    return 2;
}

/* The child of a process with handles has none of them, and its end is none of theirs. */
static int forks(const char *argument)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);
    int status = -1;
    pid_t child = fork();

    (void)argument;
    if (child == 0) {
        THING mine = h;
        RPC_STATUS used = TRY(Use(h, 0));

        (void)RpcSmDestroyClientContext(&mine);
        _exit(used == RPC_S_OK ? 1 : 0);
    }
    (void)waitpid(child, &status, 0);
    if (status != 0 || atomic_load(&board->run_down) != 0)
        return 3;
    if (TRY(Use(h, 0)) != RPC_S_OK || TRY(Change(&h, ACT_NULL, 0)) != RPC_S_OK)
        return 4;
    return (int)RpcBindingFree(&b);
}

/* Section 9: once, newest first, however the client went. */
static void rundown_of_a_killed_client(void **state)
{
    pid_t pid;

    (void)state;
    GATE_SHUT();
    pid = client_start("holds_three", "");
    wait_count(&board->at_gate, 1);
    kill(pid, SIGKILL);
    client_wait(pid, SIGKILL);
    /* those that no call uses go at once; the one in use waits for its call */
    wait_count(&board->run_down, 2);
    assert_int_equal(board->log[0], 3);
    assert_int_equal(board->log[1], 2);
    assert_int_equal(run_down(1), 0);
    assert_int_equal(server_contexts(), 0); /* nobody can reach it any more */
    GATE_OPEN();
    wait_count(&board->run_down, 3);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(run_down(i), 1);
}

static void rundown_of_a_client_that_exits(void **state)
{
    (void)state;
    client_wait(client_start("holds_three", "exit"), 0);
    wait_count(&board->run_down, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(board->log[i], 3 - i);
}

static void no_rundown_when_the_last_call_closes(void **state)
{
    pid_t pid;

    (void)state;
    GATE_SHUT();
    pid = client_start("dies_closing", "");
    wait_count(&board->at_gate, 1);
    kill(pid, SIGKILL);
    client_wait(pid, SIGKILL);
    wait_server_contexts(0);
    GATE_OPEN();
    wait_count(&board->closed, 1);
    server_idle();
    assert_int_equal(board->run_down, 0);
}

static bool nobody_there(void *unused)
{
    (void)unused;
    return server_do("counts", "", 0) == 0 && board->associations == 0;
}

static void rundown_of_what_is_opened_after_death(void **state)
{
    pid_t pid;

    (void)state;
    GATE_SHUT();
    pid = client_start("dies_opening", "");
    wait_count(&board->at_gate, 1);
    kill(pid, SIGKILL);
    client_wait(pid, SIGKILL);
    assert_true(wait_true(nobody_there, NULL));
    GATE_OPEN();
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(1), 1);
}

static void fork_rule(void **state)
{
    (void)state;
    client_wait(client_start("forks", ""), 0);
    server_idle();
    assert_int_equal(board->run_down, 0);
    assert_int_equal(closed(1), 1);
}

/* ---- Associations ----------------------------------------------------------------------------- */

struct open_wanted {
    struct proxy *p;
    unsigned n;
};

static bool open_is(void *argument)
{
    const struct open_wanted *w = argument;

    return proxy_open(w->p) == w->n;
}

/* R8, section 2: after a restart handles of the dead association are a mismatch for good, the binding
 * goes on with a new one. */
static void server_restart(void **state)
{
    struct proxy *p = proxy_create(NULL, board->port, NULL);
    handle_t b = bind_through(p);
    THING old = thing_open(b, 1), fresh;

    (void)state;
    rpc_client_tuning.trusted_us = 0; /* looks before it uses a connection, however recent */
    server_kill();
    assert_true(wait_true(open_is, &(struct open_wanted){p, 0}));
    FAILS(Use(old, 0), RPC_S_SERVER_UNAVAILABLE); /* nobody there: refused at connect */
    server_start(NULL, NULL);
    proxy_retarget(p, board->port);
    FAILS(Use(old, 0), MISMATCH);
    fresh = thing_open(b, 2);
    assert_int_equal(thing_read(fresh), 2);
    FAILS(Use(old, 0), MISMATCH);
    FAILS(Two(old, fresh, 0), MISMATCH);
    assert_int_equal(RpcSmDestroyClientContext(&old), RPC_S_OK);
    thing_close(&fresh);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

static unsigned long server_associations(void)
{
    (void)server_contexts();
    return board->associations;
}

/* Section 3: lingers, is revived, ends; C4 waits for it. */
static void lingering(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);
    unsigned long revivals = rpc_client_counters.revivals;

    (void)state;
    rpc_client_tuning.linger_ms = 20000;
    RpcSsDestroyClientContext(&h);
    unbind(&b);
    assert_int_equal(server_associations(), 1);
    assert_int_equal(board->contexts, 1); /* C5 */
    b = bind_direct();
    OK(Null(b));
    assert_int_equal(rpc_client_counters.revivals, revivals + 1);
    assert_int_equal(server_associations(), 1);
    assert_int_equal(board->run_down, 0);
    /* RPC_C_OPT_DONT_LINGER: at once, for the whole association */
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_OK);
    unbind(&b);
    assert_int_equal(rpc_client_counters.associations, 0);
    wait_count(&board->run_down, 1);
    /* needs a call first */
    b = bind_direct();
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_WRONG_KIND_OF_BINDING);
    unbind(&b);
    rpc_client_tuning.linger_ms = 50; /* ends by itself */
    b = bind_direct();
    h = thing_open(b, 2);
    RpcSsDestroyClientContext(&h);
    unbind(&b);
    wait_count(&board->run_down, 2);
}

/* RPC_C_OPT_UNIQUE_BINDING: an association of its own; its handles are no one else's. */
static void unique_binding(void **state)
{
    handle_t b = bind_direct(), own = bind_direct();
    THING h, mine;

    (void)state;
    assert_int_equal(RpcBindingSetOption(own, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    h = thing_open(b, 1);
    mine = thing_open(own, 2);
    assert_int_equal(server_associations(), 2);
    FAILS(Two(h, mine, 0), RPC_X_SS_HANDLES_MISMATCH);
    unbind(&own);
    assert_int_equal(thing_read(mine), 2); /* held by its handle */
    RpcSsDestroyClientContext(&mine);      /* ... its last reference; it does not linger */
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(2), 1);
    thing_close(&h);
    unbind(&b);
}

static RPC_STATUS use_at_gate(void *h)
{
    return TRY(UseShared(h, ACT_GATE));
}

/* Section 4: starts by itself above a number of connections; with handles one connection stays, without
 * none does. */
static void idle_connections(void **state)
{
    enum { N = 5 };
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    struct thread *t[N];
    unsigned long binds;

    (void)state;
    rpc_client_tuning.idle_scan_ms = 20;
    rpc_client_tuning.idle_limit_ms = 30;
    GATE_SHUT();
    for (int i = 0; i < N; i++)
        t[i] = thread_start(use_at_gate, h);
    wait_count(&board->at_gate, N);
    assert_int_equal(proxy_open(p), N);
    GATE_OPEN();
    for (int i = 0; i < N; i++)
        assert_int_equal(thread_join(t[i]), RPC_S_OK);
    assert_true(wait_true(open_is, &(struct open_wanted){p, 1}));
    assert_int_equal(thing_read(h), 1);
    assert_int_equal(board->run_down, 0);
    thing_close(&h);
    assert_true(wait_true(open_is, &(struct open_wanted){p, 0}));
    binds = rpc_client_counters.binds;
    OK(Null(b)); /* the old group is forgotten: a new one at once */
    assert_int_equal(rpc_client_counters.binds, binds + 1);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* ---- All of them ------------------------------------------------------------------------------ */

const struct client_role client_roles[] = {
    {"holds_three", holds_three},
    {"dies_closing", dies_closing},
    {"dies_opening", dies_opening},
    {"forks", forks},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(rundown_of_a_killed_client),
        OVER_BOTH(rundown_of_a_client_that_exits),
        OVER_BOTH(no_rundown_when_the_last_call_closes),
        OVER_BOTH(rundown_of_what_is_opened_after_death),
        OVER_BOTH(fork_rule),
        OVER_TCP(server_restart),
        OVER_BOTH(lingering),
        OVER_BOTH(unique_binding),
        OVER_BOTH(idle_connections),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/lives", tests, NULL, group_stop);
}
