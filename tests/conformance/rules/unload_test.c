/* SPDX-License-Identifier: Apache-2.0
 *
 * unload_test.c - RpcServerUnregisterIf and Ex, every column of rpc-contexts 10
 *
 * The interface's code is a module of the server; it is unloaded for real, while clients hold handles.
 */
#include "kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "unload.h"

const struct client_role client_roles[] = {{NULL, NULL}};

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH
#define UNKNOWN  RPC_S_UNKNOWN_IF

static char module[512];

static void load(void)
{
    beside("rules-unload-module.so", module, sizeof module);
    assert_int_equal(server_do("load", module, 0), 0);
    assert_int_equal(server_do("register", "unload", 0), 0);
}

static PIECE piece(handle_t b, int value)
{
    PIECE h = NULL;

    OK(PieceOpen(b, value, &h));
    assert_non_null(h);
    return h;
}

static RPC_STATUS use_waiting(void *h)
{
    return TRY(PieceUse(h, 1));
}

/* Ex with nonzero: every handle is run down; then the code may go. */
static void ex_then_unload(void **state)
{
    handle_t b = bind_direct();
    PIECE h[3], again;
    THING other = thing_open(b, 9);
    volatile int32_t seen = 0;

    (void)state;
    load();
    for (int i = 0; i < 3; i++)
        h[i] = piece(b, i + 1);
    assert_int_equal(server_do("unregister_ex", "unload", 1), 0);
    assert_int_equal(board->run_down, 3); /* done when Ex returns */
    for (int i = 0; i < 3; i++)
        assert_int_equal(run_down(i + 1), 1);
    assert_int_equal(server_contexts(), 1); /* other interfaces' are left alone */
    assert_int_equal(server_do("unload", module, 0), 0);
    FAILS(PieceUse(h[0], 0), UNKNOWN); /* on the same connection */
    FAILS(PieceOpen(b, 4, &again), UNKNOWN);
    assert_int_equal(thing_read(other), 9);
    load();
    FAILS(PieceUse(h[0], 0), MISMATCH);
    FAILS(PieceClose(&h[1]), MISMATCH);
    again = piece(b, 5);
    OK(seen = PieceUse(again, 0));
    assert_int_equal(seen, 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(RpcSmDestroyClientContext(&h[i]), RPC_S_OK);
    OK(PieceClose(&again));
    thing_close(&other);
    unbind(&b);
    client_forget();
    server_idle();
    assert_int_equal(board->run_down, 3);
    assert_int_equal(server_do("unregister_ex", "unload", 1), 0);
    assert_int_equal(server_do("unload", module, 0), 0);
}

/* Ex with zero: dropped silently. */
static void ex_drops_silently(void **state)
{
    handle_t b = bind_direct();
    PIECE h;

    (void)state;
    load();
    h = piece(b, 1);
    assert_int_equal(server_do("unregister_ex", "unload", 0), 0);
    assert_int_equal(server_contexts(), 0);
    assert_int_equal(board->run_down, 0);
    assert_int_equal(server_do("unload", module, 0), 0);
    FAILS(PieceUse(h, 0), UNKNOWN);
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
}

/* Ex waits for calls; new ones are refused meanwhile; their handles are run down behind them. */
static void ex_waits_for_calls(void **state)
{
    handle_t b = bind_direct();
    PIECE h, other;
    struct thread *t;

    (void)state;
    load();
    h = piece(b, 1);
    other = piece(b, 2);
    GATE_SHUT();
    t = thread_start(use_waiting, h);
    wait_count(&board->at_gate, 1);
    server_send("unregister_ex", "unload", 1);
    while (TRY(PieceUse(other, 0)) == RPC_S_OK)
        ;
    FAILS(PieceUse(other, 0), UNKNOWN);
    assert_int_equal(run_down(1), 0);
    GATE_OPEN();
    assert_int_equal(thread_join(t), RPC_S_OK);
    assert_int_equal(server_answer(), 0);
    assert_int_equal(run_down(1), 1);
    assert_int_equal(run_down(2), 1);
    assert_int_equal(server_do("unload", module, 0), 0);
    (void)RpcSmDestroyClientContext(&h);
    (void)RpcSmDestroyClientContext(&other);
    unbind(&b);
}

/* Opens until the interface is gone. */
static void open_until_unknown(handle_t b)
{
    PIECE h = NULL;
    RPC_STATUS status;

    while ((status = TRY(PieceOpen(b, 2, &h))) == RPC_S_OK)
        (void)RpcSmDestroyClientContext(&h);
    assert_int_equal(status, UNKNOWN);
}

struct opening {
    handle_t b;
    PIECE h;
};

static RPC_STATUS open_waiting(void *argument)
{
    struct opening *o = argument;

    return TRY(PieceOpen(o->b, 100, &o->h));
}

/* What a call opens that was running when Ex began is ended, too. */
static void ex_ends_what_running_calls_open(void **state)
{
    struct opening o = {bind_direct(), NULL};
    struct thread *t;

    (void)state;
    load();
    GATE_SHUT();
    t = thread_start(open_waiting, &o);
    wait_count(&board->at_gate, 1);
    server_send("unregister_ex", "unload", 1);
    open_until_unknown(o.b);
    GATE_OPEN();
    assert_int_equal(server_answer(), 0);
    assert_int_equal(thread_join(t), RPC_S_OK);
    assert_int_equal(run_down(100), 1);
    assert_int_equal(server_contexts(), 0);
    assert_int_equal(server_do("unload", module, 0), 0);
    (void)RpcSmDestroyClientContext(&o.h);
    unbind(&o.b);
}

/* RpcServerUnregisterIf, not waiting: running calls finish by themselves; handles are left alone, not
 * usable while the interface is gone, usable when it is back. */
static void unregister_leaves_handles(void **state)
{
    handle_t b = bind_direct();
    PIECE h;
    struct thread *t;
    volatile int32_t seen = 0;

    (void)state;
    load();
    h = piece(b, 1);
    GATE_SHUT();
    t = thread_start(use_waiting, h);
    wait_count(&board->at_gate, 1);
    assert_int_equal(server_do("unregister", "unload", 0), 0); /* returns at once */
    assert_int_equal(board->at_gate, 1);
    FAILS(PieceOpen(b, 2, &(PIECE){NULL}), UNKNOWN);
    GATE_OPEN();
    assert_int_equal(thread_join(t), RPC_S_OK);
    FAILS(PieceUse(h, 0), UNKNOWN);
    assert_int_equal(board->run_down, 0);
    assert_int_equal(server_do("register", "unload", 0), 0);
    OK(seen = PieceUse(h, 0));
    assert_int_equal(seen, 1);
    /* waiting */
    GATE_SHUT();
    t = thread_start(use_waiting, h);
    wait_count(&board->at_gate, 1);
    server_send("unregister", "unload", 1);
    open_until_unknown(b);
    assert_int_equal(board->at_gate, 1);
    GATE_OPEN();
    assert_int_equal(server_answer(), 0);
    assert_int_equal(board->at_gate, 0);
    assert_int_equal(thread_join(t), RPC_S_OK);
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
    client_forget();
    server_idle();
    assert_int_equal(run_down(1),
                     1); /* later, with its association: the code has to be there still */
    assert_int_equal(server_do("register", "unload", 0), 0);
    assert_int_equal(server_do("unregister_ex", "unload", 1), 0);
    assert_int_equal(server_do("unload", module, 0), 0);
}

/* Errors of both, and NULL: all interfaces but those that listen by themselves. */
static void unregister_errors_and_null(void **state)
{
    handle_t b = bind_direct();
    THING h;

    (void)state;
    load();
    assert_int_equal(server_do("unregister_type", "unload", 0), RPC_S_UNKNOWN_MGR_TYPE);
    assert_int_equal(server_do("unregister_ex", "unload", 1), 0);
    assert_int_equal(server_do("unregister_ex", "unload", 1), RPC_S_UNKNOWN_IF);
    assert_int_equal(server_do("unregister", "unload", 0), RPC_S_UNKNOWN_IF);
    assert_int_equal(server_do("unload", module, 0), 0);
    assert_int_equal(server_do("unregister_ex", "strict", 1), 0);
    assert_int_equal(server_do("autolisten", "strict", 0), 0);
    assert_int_equal(server_do("unregister", "all", 1), 0);
    FAILS(Open(b, ACT_SET, 1, &h), UNKNOWN);
    FAILS(PlainOpen(b, 1, &h), UNKNOWN);
    OK(StrictOpen(b, 2, &h)); /* still there */
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
    client_forget();
    server_stop(); /* the next test has a fresh one */
}

/* Ex from a routine of the interface would wait for itself; it is told so, and nothing changes. */
static void ex_from_inside(void **state)
{
    handle_t b = bind_direct();
    THING h = NULL;
    volatile int32_t status = 0;

    (void)state;
    OK(PlainOpen(b, 1, &h));
    OK(status = PlainEndsItself(b));
    assert_int_equal(status, RPC_S_CALL_IN_PROGRESS);
    OK(PlainUse(h));
    assert_int_equal(board->run_down, 0);
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
}

/* A server that meets code which is gone. False when something else was mapped in its place, so that it
 * could not be seen. */
static bool ends_without_ex(void)
{
    handle_t b;
    PIECE h;
    RPC_STATUS unloaded;
    int status;

    server_is_quiet = true;
    server_start(NULL, NULL);
    server_is_quiet = false;
    b = bind_direct();
    load();
    h = piece(b, 1);
    assert_int_equal(server_do("unregister", "unload", 1), 0);
    unloaded = server_do("unload", module, 1);
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
    if (unloaded == EBUSY) {
        server_kill();
        client_forget();
        return false;
    }
    assert_int_equal(unloaded, 0);
    client_forget(); /* ... and the run-down is due */
    status = server_wait();
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
    assert_int_equal(board->run_down, 0);
    return true;
}

/* Why Ex exists: the same without it ends in code that is gone. A sanitizer's runtime maps much, wherever
 * there is room. */
static void control_run_without_ex(void **state)
{
    unsigned tries = 1;

    (void)state;
    if (server.pid != 0)
        server_stop();
    while (!ends_without_ex())
        assert_in_range(++tries, 1, 100);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(ex_then_unload),
        OVER_BOTH(ex_drops_silently),
        OVER_BOTH(ex_waits_for_calls),
        OVER_BOTH(ex_ends_what_running_calls_open),
        OVER_BOTH(unregister_leaves_handles),
        OVER_BOTH(ex_from_inside),
        OVER_BOTH(unregister_errors_and_null),
        OVER_BOTH(control_run_without_ex),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/unload", tests, NULL, group_stop);
}
