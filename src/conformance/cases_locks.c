/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_locks.c - who waits for whom: exclusive and shared calls, upgrades, downgrades (rpc-contexts 5)
 *
 * That a call waits cannot be seen from without; that it has reached the server and its routine has not
 * begun can.
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

/* A call whose request has passed the proxy; other calls that came after it have been answered. */
static struct thread *start_behind(struct proxy *p, handle_t b, struct job *j)
{
    struct thread *t;

    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_NOTE, 0, 0, NULL, 0});
    t = job_start(j);
    proxy_wait_done(p);
    for (int i = 0; i < 10; i++)
        OK(Null(b));
    return t;
}

typedef int32_t using(THING, int32_t);

static int32_t use_changing(THING h, int32_t act)
{
    THING copy = h;

    Change(&copy, act | ACT_CHANGE, 3);
    return 0;
}

/* Two calls on one handle at once: the second does not begin before the first has ended. */
static void take_turns(using *one, using *two)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    struct job jobs[2] = {{one, h, ACT_GATE, 0}, {two, h, ACT_GATE, 0}};
    struct thread *t[2];

    gate_shut();
    t[0] = job_start(&jobs[0]);
    wait_at_gate(1);
    t[1] = start_behind(p, b, &jobs[1]);
    EQ(counts().at_gate, 1);
    gate_open();
    for (int i = 0; i < 2; i++)
        EQ(thread_join(t[i]), RPC_S_OK);
    EQ(counts().most_inside, 1);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* Both are in their routines before either may go on. */
static void run_together(struct job jobs[2])
{
    struct thread *t[2];

    gate_shut();
    for (int i = 0; i < 2; i++)
        t[i] = job_start(&jobs[i]);
    wait_at_gate(2);
    gate_open();
    for (int i = 0; i < 2; i++)
        EQ(thread_join(t[i]), RPC_S_OK);
}

static void overlap(using *one, using *two)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);
    struct job jobs[2] = {{one, h, ACT_GATE, 0}, {two, h, ACT_GATE, 0}};

    run_together(jobs);
    thing_close(&h);
    unbind(&b);
}

struct pair {
    using *one, *two;
};

static const struct pair exclusive = {Use, Use}, parameter = {UseShared, UseShared},
                         type = {UseLoose, UseLoose},
                         serialize = {UseSharedFunction, UseSharedFunction},
                         reader_first = {UseShared, Use}, writer_first = {Use, UseShared},
                         changing = {UseShared, use_changing};

static void l_turns(const void *row)
{
    const struct pair *w = row;

    take_turns(w->one, w->two);
}

static void l_overlap(const void *row)
{
    const struct pair *w = row;

    overlap(w->one, w->two);
}

/* 5.2: of two upgraders one is told that it was without a lock for a while. */
static void l_upgrade_race(const void *row)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);

    (void)row;
    for (int round = 0; round < 10; round++) {
        struct job jobs[2] = {{UseShared, h, ACT_GATE | ACT_UPGRADE, 0},
                              {UseShared, h, ACT_GATE | ACT_UPGRADE, 0}};

        run_together(jobs);
        EQ(jobs[0].result + jobs[1].result, ERROR_MORE_WRITES);
        TRUE_THAT(jobs[0].result == RPC_S_OK || jobs[1].result == RPC_S_OK);
    }
    thing_close(&h);
    unbind(&b);
}

/* 5.2: from exclusive to shared without letting go: readers come in, a writer does not. */
static void l_downgrade(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    struct job first = {Use, h, ACT_DOWNGRADE | ACT_HOLD, 0}, reader = {UseShared, h, ACT_HOLD, 0};
    struct job writer = {use_changing, h, 0, 0};
    struct thread *t[3];

    (void)row;
    gate_shut();
    t[0] = job_start(&first);
    wait_at_gate(1);
    t[1] = job_start(&reader);
    wait_at_gate(2);
    t[2] = start_behind(p, b, &writer);
    EQ(counts().inside, 2);
    gate_open();
    for (int i = 0; i < 3; i++)
        EQ(thread_join(t[i]), RPC_S_OK);
    EQ(first.result, RPC_S_OK);
    EQ(thing_read(h), 3);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
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

static void l_opposite_orders(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING pair[2] = {thing_open(b, 1), thing_open(b, 2)};

    (void)row;
    for (int round = 0; round < 4; round++) {
        struct job jobs[3] = {{forth, pair, ACT_GATE, 0},
                              {round % 2 ? back : forth, pair, 0, 0},
                              {round % 2 ? forth : back, pair, 0, 0}};
        struct thread *t[3];

        gate_shut();
        t[0] = job_start(&jobs[0]);
        wait_at_gate(1);
        for (int i = 1; i < 3; i++)
            t[i] = start_behind(p, b, &jobs[i]);
        gate_open();
        for (int i = 0; i < 3; i++)
            EQ(thread_join(t[i]), RPC_S_OK);
    }
    EQ(counts().most_inside, 1);
    thing_close(&pair[0]);
    thing_close(&pair[1]);
    unbind(&b);
    proxy_free(p);
}

static int32_t use_closing(THING h, int32_t act)
{
    Change(&h, act | ACT_NULL, 0);
    return 0;
}

/* A waiter is woken and refused when the handle is closed before its turn. */
static void l_waiter_of_a_closed_handle(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    struct job closer = {use_closing, h, ACT_GATE, 0}, waiter = {Use, h, 0, 0};
    struct thread *t[2];

    (void)row;
    gate_shut();
    t[0] = job_start(&closer);
    wait_at_gate(1);
    t[1] = start_behind(p, b, &waiter);
    gate_open();
    EQ(thread_join(t[0]), RPC_S_OK);
    EQ(thread_join(t[1]), MISMATCH);
    EQ(closed(1), 1);
    unbind(&b);
    proxy_free(p);
}

static handle_t b_of_pair;

static int32_t close_both(THING h, int32_t act)
{
    THING *pair = h;

    Pair(b_of_pair, &pair[0], act | ACT_NULL, &pair[1], act | ACT_NULL, 5, 0);
    return 0;
}

/* So also who has another handle already: that one is let go as it was (X8). */
static void l_waiter_that_holds_another(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING pair[2] = {thing_open(b, 1), thing_open(b, 2)}, same[2] = {pair[0], pair[1]};
    struct job closer = {use_closing, pair[1], ACT_GATE, 0};
    struct job waiter = {close_both, pair, 0, 0};
    struct thread *t[2];

    (void)row;
    b_of_pair = b;
    gate_shut();
    t[0] = job_start(&closer);
    wait_at_gate(1);
    t[1] = start_behind(p, b, &waiter);
    gate_open();
    EQ(thread_join(t[0]), RPC_S_OK);
    EQ(thread_join(t[1]), MISMATCH);
    TRUE_THAT(pair[0] == same[0] && pair[1] == same[1]);
    EQ(thing_read(pair[0]), 1);
    EQ(closed(1), 0);
    EQ(closed(2), 1);
    thing_close(&pair[0]);
    unbind(&b);
    proxy_free(p);
}

void cases_of_locks(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"L1", "two exclusive calls", l_turns, &exclusive, ON_BOTH},
        {"L1", "a reader, then a writer", l_turns, &reader_first, ON_BOTH},
        {"L1", "a writer, then a reader", l_turns, &writer_first, ON_BOTH},
        {"L1", "a reader, then a call that changes", l_turns, &changing, ON_BOTH},
        {"L2 D12", "noserialize on the parameter", l_overlap, &parameter, ON_BOTH},
        {"L2 D12", "noserialize on the type", l_overlap, &type, ON_BOTH},
        {"L3 D12", "serialize on a parameter of a noserialize type", l_turns, &serialize, ON_BOTH},
        {"L4", "two readers upgrade at once", l_upgrade_race, NULL, ON_BOTH},
        {"L5", "a downgrade between a reader and a writer", l_downgrade, NULL, ON_BOTH},
        {"L6", "two handles in opposite orders", l_opposite_orders, NULL, ON_BOTH},
        {"L7", "a call waits for a handle that is closed", l_waiter_of_a_closed_handle, NULL,
         ON_BOTH},
        {"L7 X8", "... holding another, which it would have closed", l_waiter_that_holds_another,
         NULL, ON_BOTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
