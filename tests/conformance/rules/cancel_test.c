/* SPDX-License-Identifier: Apache-2.0
 *
 * cancel_test.c - cancelling the call of another thread, and how long the client waits then
 */
#include "kit.h"

#include <pthread.h>
#include <time.h>

#include "rpc/client/tuning.h"

/* A thread in a call. */
struct victim {
    handle_t binding;
    THING handle;
    int32_t act;
    const int32_t *timeout; /* its RpcMgmtSetCancelTimeout */
    _Atomic(pthread_t) self;
    volatile int32_t result;
};

static RPC_STATUS uses(void *argument)
{
    struct victim *v = argument;

    v->self = pthread_self();
    if (v->timeout != NULL)
        assert_int_equal(RpcMgmtSetCancelTimeout(*v->timeout), RPC_S_OK);
    return TRY(v->result = Use(v->handle, v->act));
}

static struct thread *start(struct victim *v)
{
    struct thread *t = thread_start(uses, v);

    wait_count(&board->inside, 1);
    return t;
}

static void cancel(const struct victim *v)
{
    assert_int_equal(RpcCancelThread((void *)v->self), RPC_S_OK);
}

/* What the server makes of it is the call's result, and the connection is as good as before. */
static void the_routine_is_told(void **state)
{
    handle_t b = bind_direct();
    struct victim v = {.handle = thing_open(b, 7), .act = ACT_CANCEL};
    unsigned long binds = rpc_client_counters.binds;
    struct thread *t = start(&v);

    (void)state;
    cancel(&v);
    assert_int_equal(thread_join(t), RPC_S_OK);
    assert_int_equal(v.result, 7);
    v.act |= ACT_RAISE;
    t = start(&v);
    cancel(&v);
    cancel(&v); /* twice is once */
    assert_int_equal(thread_join(t), RAISED);
    assert_int_equal(rpc_client_counters.binds, binds);
    thing_close(&v.handle);
    unbind(&b);
}

/* The routine does not look: the client waits, unless it has said for how long. The server goes on. */
static void given_up(const int32_t *own, const int32_t *others)
{
    handle_t b = bind_direct();
    struct victim v = {.handle = thing_open(b, 1), .act = ACT_GATE, .timeout = own};
    struct thread *t;

    GATE_SHUT();
    t = start(&v);
    if (others != NULL)
        assert_int_equal(RpcCancelThreadEx((void *)v.self, *others), RPC_S_OK);
    else
        cancel(&v);
    assert_int_equal(thread_join(t), RPC_S_CALL_CANCELLED);
    assert_int_equal(atomic_load(&board->inside), 1);
    GATE_OPEN();
    assert_int_equal(thing_read(v.handle), 1); /* its only connection is kept for the late reply */
    assert_int_equal(atomic_load(&board->run_down), 0);
    thing_close(&v.handle);
    unbind(&b);
}

static void given_up_at_once(void **state)
{
    static const int32_t at_once = 0;

    (void)state;
    given_up(&at_once, NULL);
}

static void given_up_by_who_cancels(void **state)
{
    static const int32_t at_once = 0, never = RPC_C_CANCEL_INFINITE_TIMEOUT;

    (void)state;
    given_up(&never, &at_once);
}

static void given_up_after_a_while(void **state)
{
    static const int32_t a_second = 1;

    (void)state;
    given_up(&a_second, NULL);
}

/* Another connection keeps the handles. */
static void handles_outlive_an_abandoned_call(void **state)
{
    static const int32_t at_once = 0;
    handle_t b = bind_direct();
    struct victim v = {.handle = thing_open(b, 1), .act = ACT_GATE, .timeout = &at_once};
    struct victim other = {.handle = thing_open(b, 2), .act = ACT_GATE};
    struct thread *t, *u;

    (void)state;
    GATE_SHUT();
    u = thread_start(uses, &other);
    wait_count(&board->inside, 1);
    t = thread_start(uses, &v);
    wait_count(&board->inside, 2);
    cancel(&v);
    assert_int_equal(thread_join(t), RPC_S_CALL_CANCELLED);
    GATE_OPEN();
    assert_int_equal(thread_join(u), RPC_S_OK);
    assert_int_equal(thing_read(v.handle), 1);
    assert_int_equal(board->run_down, 0);
    thing_close(&v.handle);
    thing_close(&other.handle);
    unbind(&b);
}

static RPC_STATUS null_call(void *argument)
{
    struct victim *v = argument;

    v->self = pthread_self();
    return TRY(Null(v->binding));
}

/* While the connection is being made: the request does not leave, and the connection stays. */
static void a_call_not_sent_yet(void **state)
{
    struct proxy *p = proxy_here();
    struct victim v = {.binding = bind_through(p)};
    struct thread *t;

    (void)state;
    proxy_arm(p, (struct proxy_order){
                     .direction = TO_CLIENT, .type = PDU_BIND_ACK, .action = PROXY_HOLD});
    t = thread_start(null_call, &v);
    proxy_wait_done(p);
    cancel(&v);
    proxy_release(p);
    assert_int_equal(thread_join(t), RPC_S_CALL_CANCELLED);
    assert_int_equal(board->calls, 0);
    OK(Null(v.binding));
    assert_int_equal(proxy_open(p), 1);
    unbind(&v.binding);
    client_forget();
    proxy_free(p);
}

static void a_thread_without_a_call(void **state)
{
    handle_t b = bind_direct();

    (void)state;
    assert_int_equal(RpcCancelThread((void *)pthread_self()), RPC_S_OK);
    OK(Null(b));
    assert_int_equal(RpcCancelThreadEx((void *)pthread_self(), 0), RPC_S_OK);
    OK(Null(b));
    assert_int_equal(RpcCancelThreadEx((void *)pthread_self(), -2), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtSetCancelTimeout(-2), RPC_S_INVALID_ARG);
    unbind(&b);
}

struct busy {
    handle_t binding;
    _Atomic(pthread_t) self;
    atomic_bool begun, over;
    unsigned good, cancelled, other;
};

static RPC_STATUS is_busy(void *argument)
{
    struct busy *v = argument;

    v->self = pthread_self();
    atomic_store(&v->begun, true);
    for (int i = 0; i < 1000; i++) {
        RPC_STATUS status = TRY(Null(v->binding));

        v->good += status == RPC_S_OK;
        v->cancelled += status == RPC_S_CALL_CANCELLED;
        v->other += status != RPC_S_OK && status != RPC_S_CALL_CANCELLED;
    }
    atomic_store(&v->over, true);
    return RPC_S_OK;
}

/* A cancel meets a call anywhere on its way: each is made, or is cancelled. */
static void cancels_at_any_moment(void **state)
{
    struct busy v = {.binding = bind_direct()};
    struct thread *t = thread_start(is_busy, &v);

    (void)state;
    for (unsigned i = 0; !atomic_load(&v.over); i++) {
        struct timespec pause = {0, 20000};

        if (atomic_load(&v.begun))
            (void)RpcCancelThreadEx((void *)v.self, i % 4 == 0 ? 0 : RPC_C_CANCEL_INFINITE_TIMEOUT);
        nanosleep(&pause, NULL); /* not to wait for anything: to strike at random */
    }
    (void)thread_join(t);
    print_message("# %u calls made, %u cancelled\n", v.good, v.cancelled);
    assert_int_equal(v.other, 0);
    OK(Null(v.binding));
    unbind(&v.binding);
}

const struct client_role client_roles[] = {{NULL, NULL}};

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(the_routine_is_told),
        OVER_BOTH(given_up_at_once),
        OVER_BOTH(given_up_by_who_cancels),
        OVER_BOTH(given_up_after_a_while),
        OVER_BOTH(handles_outlive_an_abandoned_call),
        OVER_BOTH(a_call_not_sent_yet),
        OVER_BOTH(a_thread_without_a_call),
        OVER_BOTH(cancels_at_any_moment),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/cancel", tests, NULL, group_stop);
}
