/* SPDX-License-Identifier: Apache-2.0
 *
 * handles_test.c - what binds a call, closing that fails, aliases, strictness, serialisation
 */
#include "kit.h"

#include <unistd.h>

#include "base/mem.h"
#include "rpc/client/tuning.h"
#include "rpc/wire/wire.h"

const struct client_role client_roles[] = {{NULL, NULL}};

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH
#define IN_NULL  RPC_X_SS_IN_NULL_CONTEXT
#define LOST     RPC_S_CALL_FAILED

/* ---- 2.1: what binds -------------------------------------------------------------------------- */

/* Rule 1: the leftmost explicit handle binds, whatever its kind; rule 4: one that is null cannot, the
 * next does. */
static void b1_leftmost_handle_binds(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), other = bind_through(p);
    THING first = thing_open(b, 1), second = thing_open(b, 2), none = NULL;
    volatile int32_t seen = 0;

    (void)state;
    OK(seen = Leftmost(5, &first, b, second));
    assert_int_equal(seen, 1007);
    OK(seen = Leftmost(5, &none, b, second)); /* b binds */
    assert_int_equal(seen, -1000 + 7);
    assert_null(none);
    FAILS(Leftmost(5, &first, other, second), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Leftmost(5, &none, other, second), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Leftmost(5, &first, b, NULL), IN_NULL);
    thing_close(&first);
    thing_close(&second);
    unbind(&b);
    unbind(&other);
    client_forget();
    proxy_free(p);
}

/* Rule 4: nothing is sent. */
static void b4_null_handles_cannot_bind(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;
    unsigned calls;
    unsigned long binds;

    (void)state;
    OK(Null(b));
    calls = board->calls;
    binds = rpc_client_counters.binds + rpc_client_counters.connects;
    FAILS(Use(NULL, 0), IN_NULL);
    FAILS(UseByReference(&h, 0), IN_NULL);
    FAILS(OnlyNull(&h), IN_NULL);
    FAILS(Two(NULL, NULL, 0), IN_NULL);
    FAILS(Use((THING)&calls, 0), MISMATCH); /* section 4: no live object */
    assert_int_equal(board->calls, calls);
    assert_int_equal(rpc_client_counters.binds + rpc_client_counters.connects, binds);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* D9: all handles of a call lead to one association. */
static void d9_handles_of_two_servers(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), c = bind_through(p);
    THING one = thing_open(b, 1), two = thing_open(b, 2), far = thing_open(c, 3);
    volatile int32_t seen = 0;
    unsigned calls = board->calls;

    (void)state;
    FAILS(Two(one, far, 0), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Two(far, one, 0), RPC_X_SS_HANDLES_MISMATCH);
    assert_int_equal(board->calls, calls);
    OK(seen = Two(one, two, 0));
    assert_int_equal(seen, 1002);
    OK(seen = Two(one, one, 0)); /* the same twice in one call does not wait for itself (5.1) */
    assert_int_equal(seen, 1001);
    thing_close(&one);
    thing_close(&two);
    thing_close(&far);
    unbind(&b);
    unbind(&c);
    client_forget();
    proxy_free(p);
}

/* Section 1: the handle outlives its opener's binding; rule 6: it has a copy of its own. */
static void b6_a_handle_has_its_own_binding(void **state)
{
    handle_t b = bind_direct(), of_context = NULL, of_other = NULL;
    THING h, other;
    unsigned timeout = 0;

    (void)state;
    assert_int_equal(RpcMgmtSetComTimeout(b, 2), RPC_S_OK);
    h = thing_open(b, 1);
    assert_int_equal(RpcMgmtSetComTimeout(b, 7), RPC_S_OK);
    other = thing_open(b, 2);
    assert_int_equal(RpcSsGetContextBinding(h, &of_context), RPC_S_OK);
    assert_int_equal(RpcSsGetContextBinding(other, &of_other), RPC_S_OK);
    assert_int_equal(RpcMgmtInqComTimeout(of_context, &timeout), RPC_S_OK);
    assert_int_equal(timeout, 2);
    assert_int_equal(RpcMgmtSetComTimeout(of_context, 9), RPC_S_OK);
    assert_int_equal(RpcMgmtInqComTimeout(of_other, &timeout), RPC_S_OK);
    assert_int_equal(timeout, 7);
    unbind(&b);
    assert_int_equal(thing_read(h), 1);
    assert_int_equal(RpcSsGetContextBinding(&timeout, &of_context), MISMATCH);
    thing_close(&h);
    thing_close(&other);
}

struct job {
    int32_t (*use)(THING, int32_t);
    THING h;
    int32_t act, result;
};

static RPC_STATUS do_job(void *argument)
{
    struct job *j = argument;

    return TRY(j->result = j->use(j->h, j->act));
}

/* Any connection of an association may carry any of its handles: opened on one that is gone, used on
 * another. */
static void handles_belong_to_no_connection(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), keeps = thing_open(b, 2);
    struct job job = {Use, keeps, ACT_GATE, 0};
    struct thread *t;

    (void)state;
    GATE_SHUT();
    t = thread_start(do_job, &job); /* occupies the first connection */
    wait_count(&board->at_gate, 1);
    OK(Null(b)); /* makes the second */
    assert_int_equal(proxy_open(p), 2);
    proxy_cut_one(p, 0, false);
    GATE_OPEN();
    assert_int_equal(thread_join(t), LOST);
    assert_int_equal(thing_read(h), 1);
    assert_int_equal(thing_read(keeps), 2);
    assert_int_equal(board->run_down, 0);
    thing_close(&keeps);
    thing_close(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* ---- 8: closing fails ------------------------------------------------------------------------- */

/* C1: a close that fails - its request is lost with the connection - leaves the client's handle; C6:
 * each side cleans up by itself. */
static void c1_failed_close(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), old = h;

    (void)state;
    proxy_arm(p, (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_CUT, 0, 0, NULL});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    assert_ptr_equal(h, old);
    wait_count(&board->run_down, 1);
    assert_int_equal(closed(1), 0);
    RpcSsDestroyClientContext(&h);
    assert_null(h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* C2, C3, C5: destroying is local; the server's side goes with the last reference (C4). */
static void c2_destroying_is_local(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), keeps = thing_open(b, 2);
    unsigned calls = board->calls;

    (void)state;
    RpcSsDestroyClientContext(&h);
    assert_null(h);
    assert_int_equal(board->calls, calls);
    assert_int_equal(proxy_open(p), 1);
    assert_int_equal(server_contexts(), 2); /* C5 */
    assert_int_equal(thing_read(keeps), 2);
    unbind(&b);
    assert_int_equal(thing_read(keeps), 2); /* C3: a context handle is a reference */
    assert_int_equal(board->run_down, 0);
    RpcSsDestroyClientContext(&keeps);
    client_forget();
    wait_count(&board->run_down, 2); /* C4 */
    assert_int_equal(board->log[0], 2);
    assert_int_equal(board->log[1], 1);
    proxy_free(p);
}

/* C7 */
static void c7_destroying_what_is_none(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1), stale = h, null = NULL;
    void *wild = &b;

    (void)state;
    thing_close(&h);
    FAILS(RpcSsDestroyClientContext(&stale), MISMATCH);
    assert_null(stale);
    FAILS(RpcSsDestroyClientContext(&null), MISMATCH);
    FAILS(RpcSsDestroyClientContext(&wild), MISMATCH);
    assert_null(wild);
    wild = &b;
    assert_int_equal(RpcSmDestroyClientContext(&wild), MISMATCH);
    assert_null(wild);
    h = thing_open(b, 2);
    assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
    assert_null(h);
    unbind(&b);
}

/* C1, C2: from the close on every allocation of this process may fail: the handle can be destroyed. */
static void c2_destroying_needs_no_memory(void **state)
{
    enum { DEEP = 40 };
    handle_t b = bind_direct();
    uint64_t n;

    (void)state;
    for (n = 1; n < DEEP; n++) {
        THING h = thing_open(b, (int)n), old = h;
        RPC_STATUS status;

        (void)mem_fail_at(n, 1);
        status = TRY(Change(&h, ACT_NULL, 0));
        if (status != RPC_S_OK) {
            assert_ptr_equal(h, old);
            assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
        }
        (void)mem_fail_at(0, 0);
        assert_null(h);
        if (status == RPC_S_OK)
            break;
        assert_true(status == RPC_S_OUT_OF_MEMORY || status == RPC_S_OUT_OF_RESOURCES);
    }
    assert_true(n < DEEP);
    /* so also after the connection is gone, when the close has to make one */
    for (n = 1; n < DEEP; n++) {
        THING h = thing_open(b, 100), old = h;
        RPC_STATUS status;

        rpc_client_tuning.fresh_connections = 1;
        OK(Null(b));
        rpc_client_tuning.fresh_connections = 0;
        (void)mem_fail_at(n, 1);
        status = TRY(Change(&h, ACT_NULL, 0));
        assert_ptr_equal(h, old); /* the association ended with its connection */
        assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
        (void)mem_fail_at(0, 0);
        if (status == MISMATCH)
            break;
    }
    assert_true(n < DEEP);
    unbind(&b);
}

/* ---- D4, 5.1, 5.3: types ---------------------------------------------------------------------- */

/* D4: an alias has its own run-down, that of the type through which the handle was created. */
static void d4_alias_has_its_own_run_down(void **state)
{
    handle_t b = bind_direct();
    THING thing = thing_open(b, 1);
    LOOSE loose = NULL;
    OTHER other = NULL;
    volatile int32_t seen = 0;

    (void)state;
    OK(OpenLoose(b, 2, &loose));
    OK(OpenOther(b, 3, &other));
    OK(seen = UseLoose(thing, 0)); /* one handle, both types */
    assert_int_equal(seen, 1);
    OK(seen = Use(loose, 0));
    assert_int_equal(seen, 2);
    OK(seen = TwoTypes(thing, other));
    assert_int_equal(seen, 1003);
    (void)RpcSmDestroyClientContext(&thing);
    (void)RpcSmDestroyClientContext(&loose);
    (void)RpcSmDestroyClientContext(&other);
    unbind(&b);
    client_forget();
    wait_count(&board->run_down, 3);
    assert_int_equal(board->type_log[0], 'O');
    assert_int_equal(board->type_log[1], 'L');
    assert_int_equal(board->type_log[2], 'T');
}

typedef void opener(handle_t, int32_t, THING *);
typedef int32_t user(THING);

static int32_t rules_use(THING h)
{
    return Use(h, 0);
}

static void rules_open(handle_t b, int32_t value, THING *h)
{
    Open(b, ACT_SET, value, h);
}

/* 5.3, the whole table: rows are where a handle was created, columns where it is used. */
static void s_strictness(void **state)
{
    static opener *const openers[] = {rules_open, PlainOpen, StrictOpen, TypedOpen};
    static user *const same[] = {rules_use, PlainUse, StrictUse, TypedUse};
    static user *const other[] = {UseOther, PlainUseOther, StrictUseOther, TypedUseOther};
    static const bool fits[4][4] = {
        {true, true, false, false},
        {true, true, false, false},
        {false, false, true, false},
        {false, false, false, true},
    };
    handle_t b = bind_direct();

    (void)state;
    for (volatile int made = 0; made < 4; made++) {
        THING h = NULL;

        OK(openers[made](b, made, &h));
        for (volatile int used = 0; used < 4; used++) {
            unsigned calls = board->calls;
            bool fit = fits[made][used];

            FAILS(same[used](h), fit ? RPC_S_OK : MISMATCH);
            if (!fit) /* before the routine */
                assert_int_equal(board->calls, calls);
            FAILS(other[used](h), fit && used != 3 ? RPC_S_OK : MISMATCH);
        }
        (void)RpcSmDestroyClientContext(&h);
    }
    unbind(&b);
}

/* ---- 5.1, 5.2: serialisation ------------------------------------------------------------------ */

static int32_t use_changing(THING h, int32_t act)
{
    THING copy = h;

    Change(&copy, act | ACT_CHANGE, 3);
    return 0;
}

/* How many of two calls on one handle are inside at once. */
static unsigned overlap(int32_t (*one)(THING, int32_t), int32_t (*two)(THING, int32_t), THING h)
{
    struct job jobs[2] = {{one, h, ACT_GATE, 0}, {two, h, ACT_GATE, 0}};
    struct thread *t[2];
    unsigned long parked = server_parked();
    unsigned most;

    atomic_store(&board->most_inside, 0);
    GATE_SHUT();
    t[0] = thread_start(do_job, &jobs[0]);
    wait_count(&board->at_gate, 1);
    t[1] = thread_start(do_job, &jobs[1]);
    for (;;) {
        if (server_parked() != parked || atomic_load(&board->at_gate) == 2)
            break;
    }
    GATE_OPEN();
    for (int i = 0; i < 2; i++)
        assert_int_equal(thread_join(t[i]), RPC_S_OK);
    most = atomic_load(&board->most_inside);
    return most;
}

static void l_modes(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);

    (void)state;
    assert_int_equal(overlap(Use, Use, h), 1);             /* the default */
    assert_int_equal(overlap(UseShared, UseShared, h), 2); /* noserialize: the parameter */
    assert_int_equal(overlap(UseLoose, UseLoose, h), 2);   /* ... the (alias) type */
    assert_int_equal(overlap(UseSharedFunction, UseSharedFunction, h), 1); /* serialize wins */
    assert_int_equal(overlap(UseShared, Use, h), 1);
    assert_int_equal(overlap(Use, UseShared, h), 1);
    assert_int_equal(overlap(UseShared, use_changing, h), 1);
    thing_close(&h);
    unbind(&b);
}

/* RpcSsDontSerializeContext, in a server of its own. */
static void l_modes_of_a_server_that_does_not_serialise(void **state)
{
    handle_t b;
    THING h;

    (void)state;
    server_stop();
    server_start("free", NULL);
    b = bind_direct();
    h = thing_open(b, 1);
    assert_int_equal(overlap(Use, Use, h), 2);
    assert_int_equal(overlap(UseShared, UseLoose, h), 2);
    assert_int_equal(overlap(UseSharedFunction, UseSharedFunction, h),
                     1); /* `serialize` still wins */
    assert_int_equal(overlap(UseSharedFunction, Use, h), 1);
    thing_close(&h);
    unbind(&b);
    client_forget();
    server_stop();
}

/* 5.2: of two upgraders one is told that it was without a lock for a while. */
static void l_upgrade_race(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct job jobs[2] = {{UseShared, h, ACT_GATE | ACT_UPGRADE, 0},
                              {UseShared, h, ACT_GATE | ACT_UPGRADE, 0}};
        struct thread *t[2];

        GATE_SHUT();
        for (int i = 0; i < 2; i++)
            t[i] = thread_start(do_job, &jobs[i]);
        wait_count(&board->at_gate, 2);
        GATE_OPEN();
        for (int i = 0; i < 2; i++)
            assert_int_equal(thread_join(t[i]), RPC_S_OK);
        assert_int_equal(jobs[0].result + jobs[1].result, ERROR_MORE_WRITES);
        assert_true(jobs[0].result == RPC_S_OK || jobs[1].result == RPC_S_OK);
    }
    thing_close(&h);
    unbind(&b);
}

/* 5.2: from exclusive to shared without letting go: readers come in, a writer that waited does not. */
static void l_downgrade(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);
    struct job first = {Use, h, ACT_DOWNGRADE | ACT_HOLD, 0}, reader = {UseShared, h, ACT_HOLD, 0};
    struct job writer = {use_changing, h, 0, 0};
    struct thread *t[3];
    unsigned long parked;

    (void)state;
    GATE_SHUT();
    t[0] = thread_start(do_job, &first);
    wait_count(&board->at_gate, 1);
    t[1] = thread_start(do_job, &reader);
    wait_count(&board->at_gate, 2);
    parked = server_parked();
    t[2] = thread_start(do_job, &writer);
    wait_server_parked(parked + 1);
    assert_int_equal(board->at_gate, 2);
    GATE_OPEN();
    for (int i = 0; i < 3; i++)
        assert_int_equal(thread_join(t[i]), RPC_S_OK);
    assert_int_equal(first.result, RPC_S_OK);
    assert_int_equal(thing_read(h), 3);
    thing_close(&h);
    unbind(&b);
}

/* Three calls take two handles in opposite orders: the first has both, then each of the others could
 * get one and wait for the other for ever. */
static int32_t forth(THING h, int32_t act)
{
    THING *pair = h;

    return Two(pair[0], pair[1], act);
}

static int32_t back(THING h, int32_t act)
{
    THING *pair = h;

    return Two(pair[1], pair[0], act);
}

static void l_opposite_orders(void **state)
{
    handle_t b = bind_direct();
    THING pair[2] = {thing_open(b, 1), thing_open(b, 2)};

    (void)state;
    for (int round = 0; round < 4; round++) {
        struct job jobs[3] = {{forth, pair, ACT_GATE, 0},
                              {round % 2 ? back : forth, pair, 0, 0},
                              {round % 2 ? forth : back, pair, 0, 0}};
        unsigned long parked = server_parked();
        struct thread *t[3];

        GATE_SHUT();
        for (unsigned i = 0; i < 3; i++) {
            t[i] = thread_start(do_job, &jobs[i]);
            wait_count(&board->at_gate, 1);
            wait_server_parked(parked + i);
        }
        GATE_OPEN();
        for (int i = 0; i < 3; i++)
            assert_int_equal(thread_join(t[i]), RPC_S_OK);
    }
    assert_int_equal(board->most_inside, 1);
    thing_close(&pair[0]);
    thing_close(&pair[1]);
    unbind(&b);
}

static int32_t use_closing(THING h, int32_t act)
{
    Change(&h, act | ACT_NULL, 0);
    return 0;
}

/* A waiter is woken when the handle is closed before its turn. */
static void l_waiter_is_refused_when_the_handle_is_closed(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);
    struct job closer = {use_closing, h, ACT_GATE, 0}, waiter = {Use, h, 0, 0};
    struct thread *t[2];
    unsigned long parked = server_parked();

    (void)state;
    GATE_SHUT();
    t[0] = thread_start(do_job, &closer);
    wait_count(&board->at_gate, 1);
    t[1] = thread_start(do_job, &waiter);
    wait_server_parked(parked + 1);
    GATE_OPEN();
    assert_int_equal(thread_join(t[0]), RPC_S_OK);
    assert_int_equal(thread_join(t[1]), MISMATCH);
    assert_int_equal(closed(1), 1);
    unbind(&b);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(b1_leftmost_handle_binds),
        OVER_BOTH(b4_null_handles_cannot_bind),
        OVER_BOTH(b6_a_handle_has_its_own_binding),
        OVER_BOTH(d9_handles_of_two_servers),
        OVER_BOTH(handles_belong_to_no_connection),
        OVER_BOTH(c1_failed_close),
        OVER_BOTH(c2_destroying_is_local),
        OVER_BOTH(c2_destroying_needs_no_memory),
        OVER_BOTH(c7_destroying_what_is_none),
        OVER_BOTH(d4_alias_has_its_own_run_down),
        OVER_BOTH(s_strictness),
        OVER_BOTH(l_modes),
        OVER_TCP(l_modes_of_a_server_that_does_not_serialise),
        OVER_BOTH(l_upgrade_race),
        OVER_BOTH(l_downgrade),
        OVER_BOTH(l_opposite_orders),
        OVER_BOTH(l_waiter_is_refused_when_the_handle_is_closed),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/handles", tests, NULL, group_stop);
}
