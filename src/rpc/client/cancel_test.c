/* SPDX-License-Identifier: Apache-2.0
 *
 * cancel_test.c - a cancel at each place of a call's way, step by step
 *
 * The test is the thread in a call and the one that cancels it; a socket pair stands for the
 * connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc.h>

#include "base/clock.h"
#include "rpc/client/association.h"
#include "rpc/client/cancel.h"

#define HOUR 3600

static struct rpc_conn conn;
static int peer;

static int connect_pair(void **state)
{
    int pair[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    conn = (struct rpc_conn){.fd = pair[0]};
    peer = pair[1];
    rpc_cancel_begin();
    return 0;
}

static int end_pair(void **state)
{
    (void)state;
    rpc_cancel_end();
    (void)close(conn.fd);
    (void)close(peer);
    return 0;
}

static void cancel(int32_t seconds)
{
    assert_int_equal(RpcCancelThreadEx((void *)pthread_self(), seconds), RPC_S_OK);
}

/* What the server gets next; 0: nothing more will come, -1: nothing is there. */
static int heard(void)
{
    uint8_t pdu[WIRE_HEADER_SIZE];
    ssize_t n = recv(peer, pdu, sizeof pdu, MSG_DONTWAIT);

    if (n <= 0)
        return (int)n;
    assert_int_equal(n, sizeof pdu);
    assert_int_equal(pdu[12], 7);
    return pdu[2];
}

static void assert_abandoned(void)
{
    assert_true(rpc_cancel_deaf());
    assert_int_equal(heard(), WIRE_CO_CANCEL);
    assert_int_equal(heard(), WIRE_ORPHANED);
    assert_int_equal(heard(), 0);
}

/* Where the server keeps connections whose call was given up, the receiver gives up and says so itself. */
static void kept(void **state)
{
    uint8_t octet;
    size_t got;

    (void)state;
    conn.features = WIRE_FEATURE_KEEP_ON_ORPHAN;
    for (int round = 0; round < 2; round++) {
        rpc_cancel_begin();
        rpc_cancel_listen(&conn, 7);
        assert_non_null(conn.interrupt);
        cancel(0);
        assert_int_equal(rpc_stream_receive(conn.fd, &octet, 1, 0, conn.interrupt, &got),
                         RPC_IO_TIMED_OUT);
        assert_true(rpc_cancel_deaf());
        rpc_cancel_end();
        assert_null(conn.interrupt);
        assert_int_equal(heard(), WIRE_CO_CANCEL);
        assert_int_equal(heard(), -1);
    }
    rpc_cancel_begin();
    rpc_cancel_listen(&conn, 7);
    assert_int_equal(send(peer, "", 1, 0), 1); /* what was asked of the calls before is over */
    assert_int_equal(rpc_stream_receive(conn.fd, &octet, 1, 0, conn.interrupt, &got), RPC_IO_DONE);
    assert_false(rpc_cancel_deaf());
}

/* At each of the places where a receiver can be. */
static void *interrupted(void *argument)
{
    uint8_t octet;
    size_t got;

    rpc_stream_interruptible(conn.fd);
    assert_int_equal(rpc_stream_receive(conn.fd, &octet, 1, 0, argument, &got), RPC_IO_TIMED_OUT);
    return NULL;
}

static void interrupted_while_it_waits(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        struct rpc_interrupt i;
        pthread_t thread;

        rpc_interrupt_init(&i);
        assert_int_equal(pthread_create(&thread, NULL, interrupted, &i), 0);
        while (waits && atomic_load(&i.event) < 0)
            (void)sched_yield();
        rpc_interrupt(&i);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(!waits || atomic_load(&i.event) >= 0);
        rpc_interrupt_fini(&i);
    }
}

static void told_and_waited_for(void **state)
{
    (void)state;
    rpc_cancel_listen(&conn, 7);
    cancel(RPC_C_CANCEL_INFINITE_TIMEOUT);
    assert_int_equal(rpc_cancel_expire(clock_now_ns()), 0);
    assert_false(rpc_cancel_deaf());
    assert_int_equal(heard(), WIRE_CO_CANCEL);
    assert_int_equal(heard(), -1);
}

static void over_while_it_waits(void **state)
{
    uint64_t when;

    (void)state;
    rpc_cancel_listen(&conn, 7);
    cancel(HOUR);
    when = rpc_cancel_expire(clock_now_ns());
    assert_true(when > clock_now_ns());
    assert_int_equal(rpc_cancel_expire(when), 0);
    assert_abandoned();
}

/* The time is over, and the request is still leaving: the call does not wait for its reply then. */
static void over_while_the_request_leaves(void **state)
{
    (void)state;
    cancel(0);
    assert_true(rpc_cancel_asked());
    assert_int_equal(rpc_cancel_expire(clock_now_ns()), 0);
    rpc_cancel_listen(&conn, 7);
    assert_abandoned();
}

static void nothing_is_taken(void **state)
{
    static const uint8_t much[65536];

    (void)state;
    while (send(conn.fd, much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    assert_true(errno == EAGAIN || errno == EWOULDBLOCK);
    rpc_cancel_listen(&conn, 7);
    cancel(RPC_C_CANCEL_INFINITE_TIMEOUT);
    assert_true(rpc_cancel_deaf());
}

static void the_next_call_is_another(void **state)
{
    (void)state;
    cancel(0);
    rpc_cancel_end();
    cancel(0); /* there is none */
    rpc_cancel_begin();
    assert_false(rpc_cancel_asked());
    rpc_cancel_listen(&conn, 7);
    assert_int_equal(rpc_cancel_expire(clock_now_ns()), 0);
    assert_false(rpc_cancel_deaf());
    assert_int_equal(heard(), -1);
}

#define STEP(f) cmocka_unit_test_setup_teardown(f, connect_pair, end_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STEP(told_and_waited_for),           STEP(over_while_it_waits),
        STEP(over_while_the_request_leaves), STEP(nothing_is_taken),
        STEP(the_next_call_is_another),      STEP(kept),
        STEP(interrupted_while_it_waits),
    };

    return cmocka_run_group_tests_name("client/cancel", tests, NULL, NULL);
}
