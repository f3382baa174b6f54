/* SPDX-License-Identifier: Apache-2.0
 *
 * life_test.c - locks, waiting, run-down, associations, unregistering (rpc-contexts 5, 9, 10;
 * rpc-associations 7)
 */
#include "raw.h"
#include "probe.h"
#include "contexts_server.h"

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/server/assoc.h"
#include "rpc/server/context.h"
#include "rpc/server/server.h"
#include "rpc/server/stats.h"

#define MM        0x1C00001Au
#define UNKIF     0x1C010003u
#define INTERFACE ((RPC_IF_HANDLE)(uintptr_t)&probe_interface)
#define STRICT    ((RPC_IF_HANDLE)(uintptr_t)&probe_strict)

enum { OPEN = 0, USE = 1, TWO = 7, SHARED = 12 }; /* of contexts.idl */

static uint16_t port;
static const struct rpc_interface *contexts;

static int serve(void **state)
{
    (void)state;
    witness_reset();
    contexts = contexts_v1_0_s_ifspec;
    port = probe_serve();
    assert_int_equal(RpcServerRegisterIf(contexts_v1_0_s_ifspec, NULL, NULL), RPC_S_OK);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop();
    assert_int_equal(atomic_load(&probe_counts.opened),
                     atomic_load(&probe_counts.closed) + atomic_load(&probe_counts.run_down));
    assert_int_equal(atomic_load(&witness.made), atomic_load(&witness.destroyed));
    return 0;
}

static void bound(struct raw *r, const struct rpc_interface *interface, uint32_t group)
{
    raw_connect(r, port);
    raw_bind(r, &interface->id, group, 0);
}

static void open_probe(struct raw *r, int value, uint8_t *handle)
{
    assert_int_equal(raw_call(r, PROBE_OPEN, &value, 4, handle, &(size_t){20}), 0);
}

static uint32_t use_probe(struct raw *r, const uint8_t *handle)
{
    return raw_call(r, PROBE_USE, handle, 20, (uint8_t[8]){0}, &(size_t){8});
}

static void open_thing(struct raw *r, int value, uint8_t *handle)
{
    const int32_t in[2] = {ACT_SET, value};

    assert_int_equal(raw_call(r, OPEN, in, 8, handle, &(size_t){20}), 0);
}

struct wanted_stat {
    atomic_uint_fast64_t *counter;
    uint64_t n;
};

static int stat_reached(void *argument)
{
    const struct wanted_stat *w = argument;

    return atomic_load(w->counter) >= w->n;
}

static void wait_stat(atomic_uint_fast64_t *counter, uint64_t n)
{
    struct wanted_stat w = {counter, n};

    probe_until(stat_reached, &w, "a counter");
}

static int no_association(void *argument)
{
    (void)argument;
    return assoc_count() == 0;
}

/* ---- Locks (rpc-contexts 5.1) ----------------------------------------------------------------- */

#define THREADS 12

static void exclusive_calls_are_one_at_a_time(void **state)
{
    uint64_t parked = STATS_GET(calls_parked);
    struct net_counters before, now;
    struct raw r[THREADS];
    uint8_t handle[20];

    (void)state;
    bound(&r[0], &probe_interface, 0);
    open_probe(&r[0], 1, handle);
    for (int i = 1; i < THREADS; i++)
        bound(&r[i], &probe_interface, r[0].group_id);
    probe_counts.most_inside = 0;
    probe_shut();
    (void)raw_request(&r[0], PROBE_USE, handle, 20);
    probe_wait_inside(1);
    net_inq_counters(server_net(), &before);
    for (int i = 1; i < THREADS; i++)
        (void)raw_request(&r[i], PROBE_USE, handle, 20);
    wait_stat(&rpc_stats.calls_parked, parked + THREADS - 1);
    net_inq_counters(server_net(), &now);
    assert_true(now.workers <= before.workers + 2); /* those that wait hold no thread */
    probe_open();
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(raw_answer(&r[i], (uint8_t[8]){0}, &(size_t){8}), 0);
        raw_close(&r[i]);
    }
    assert_int_equal(atomic_load(&probe_counts.most_inside), 1);
}

static void shared_request(struct raw *r, const uint8_t *handle, int act)
{
    uint8_t in[24];

    memcpy(in, handle, 20);
    memcpy(in + 20, &act, 4);
    (void)raw_request(r, SHARED, in, sizeof in);
}

static int32_t shared_answer(struct raw *r)
{
    int32_t status = -2;

    assert_int_equal(raw_answer(r, &status, &(size_t){4}), 0);
    return status;
}

static void shared_calls_overlap_and_one_upgrade_wins(void **state)
{
    struct raw r[THREADS];
    uint8_t handle[20];

    (void)state;
    bound(&r[0], contexts, 0);
    open_thing(&r[0], 1, handle);
    for (int i = 1; i < THREADS; i++)
        bound(&r[i], contexts, r[0].group_id);
    probe_shut();
    for (int i = 0; i < THREADS; i++)
        shared_request(&r[i], handle, 0);
    probe_wait_inside(THREADS); /* all at once */
    probe_open();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(shared_answer(&r[i]), 0);
    for (int round = 0; round < 50; round++) { /* two upgrade: exactly one is told 1120 */
        int told = 0;

        probe_shut();
        shared_request(&r[0], handle, ACT_CHANGE);
        shared_request(&r[1], handle, ACT_CHANGE);
        probe_wait_inside(2);
        probe_open();
        for (int i = 0; i < 2; i++) {
            int32_t status = shared_answer(&r[i]);

            assert_true(status == 0 || status == 1120);
            told += status == 1120;
        }
        assert_true(told <= 1); /* 0 when one was through before the other asked */
    }
    for (int round = 0; round < 20; round++) { /* many */
        for (int i = 0; i < THREADS; i++)
            shared_request(&r[i], handle, i % 2 ? ACT_CHANGE : 0);
        for (int i = 0; i < THREADS; i++)
            assert_true(shared_answer(&r[i]) >= 0);
    }
    assert_int_equal(atomic_load(&witness.not_alone), 0);
    for (int i = 0; i < THREADS; i++)
        raw_close(&r[i]);
}

struct crosser {
    pthread_t thread;
    struct raw r;
    uint8_t in[44];
    int rounds;
};

static void *cross(void *argument)
{
    struct crosser *c = argument;

    for (int i = 0; i < c->rounds; i++) {
        if (raw_call(&c->r, TWO, c->in, sizeof c->in, (uint8_t[8]){0}, &(size_t){8}) != 0)
            return argument;
    }
    return NULL;
}

static void two_handles_in_opposite_order(void **state)
{
    enum { N = 4 };
    static struct crosser c[N];
    uint8_t a[20], b[20];

    (void)state;
    bound(&c[0].r, contexts, 0);
    open_thing(&c[0].r, 1, a);
    open_thing(&c[0].r, 2, b);
    for (int i = 0; i < N; i++) {
        if (i > 0)
            bound(&c[i].r, contexts, c[0].r.group_id);
        c[i].rounds = 300;
        memset(c[i].in, 0, sizeof c[i].in);
        memcpy(c[i].in, i % 2 ? a : b, 20);
        memcpy(c[i].in + 20, i % 2 ? b : a, 20);
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&c[i].thread, NULL, cross, &c[i]), 0);
    for (int i = 0; i < N; i++) {
        void *failed;

        pthread_join(c[i].thread, &failed);
        assert_null(failed);
        raw_close(&c[i].r);
    }
    assert_int_equal(atomic_load(&witness.two_most), 1);
}

static void waiter_whose_connection_dies_is_given_up(void **state)
{
    uint64_t abandoned = STATS_GET(calls_abandoned), parked = STATS_GET(calls_parked);
    struct raw r, dying, waiting;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    bound(&dying, &probe_interface, r.group_id);
    bound(&waiting, &probe_interface, r.group_id);
    open_probe(&r, 1, handle);
    probe_counts.calls = 0;
    probe_shut();
    (void)raw_request(&r, PROBE_USE, handle, 20);
    probe_wait_inside(1);
    (void)raw_request(&dying, PROBE_USE, handle, 20);
    wait_stat(&rpc_stats.calls_parked, parked + 1);
    (void)raw_request(&waiting, PROBE_USE, handle, 20);
    wait_stat(&rpc_stats.calls_parked, parked + 2);
    raw_reset(&dying);
    wait_stat(&rpc_stats.calls_abandoned, abandoned + 1);
    probe_open();
    assert_int_equal(raw_answer(&r, (uint8_t[8]){0}, &(size_t){8}), 0);
    assert_int_equal(raw_answer(&waiting, (uint8_t[8]){0}, &(size_t){8}), 0);
    assert_int_equal(atomic_load(&probe_counts.calls), 2); /* the dead one's routine never ran */
    raw_close(&r);
    raw_close(&waiting);
}

static void waiters_of_a_closed_handle_are_refused(void **state)
{
    uint64_t parked = STATS_GET(calls_parked);
    struct raw r, waiting;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    bound(&waiting, &probe_interface, r.group_id);
    open_probe(&r, 1, handle);
    probe_shut();
    (void)raw_request(&r, PROBE_CLOSE, handle, 20);
    probe_wait_inside(1);
    (void)raw_request(&waiting, PROBE_USE, handle, 20);
    wait_stat(&rpc_stats.calls_parked, parked + 1);
    probe_open();
    assert_int_equal(raw_answer(&r, (uint8_t[20]){0}, &(size_t){20}), 0);
    assert_int_equal(raw_answer(&waiting, (uint8_t[8]){0}, &(size_t){8}), MM);
    raw_close(&r);
    raw_close(&waiting);
}

/* ---- Run-down (rpc-contexts 9) ---------------------------------------------------------------- */

static void run_down_newest_first_after_the_last_connection(void **state)
{
    struct raw r, second;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    bound(&second, &probe_interface, r.group_id);
    for (int i = 0; i < 100; i++)
        open_probe(i % 2 ? &r : &second, i, handle);
    raw_close(&r);
    assert_int_equal(use_probe(&second, handle), 0); /* not the last one */
    assert_int_equal(atomic_load(&probe_counts.run_down), 0);
    raw_reset(&second);
    probe_wait(&probe_counts.run_down, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(atomic_load(&probe_rundown_log[i]), 99 - i);
}

static void run_down_waits_for_the_call_inside(void **state)
{
    struct raw r;
    uint8_t busy[20], idle[20];

    (void)state;
    for (int orderly = 0; orderly < 2; orderly++) {
        probe_reset();
        bound(&r, &probe_interface, 0);
        open_probe(&r, 7, busy);
        open_probe(&r, 8, idle);
        probe_shut();
        (void)raw_request(&r, PROBE_USE, busy, 20);
        probe_wait_inside(1);
        if (orderly)
            raw_close(&r);
        else
            raw_reset(&r);
        probe_wait(&probe_counts.run_down, 1); /* the idle one at once */
        assert_int_equal(atomic_load(&probe_rundown_log[0]), 8);
        assert_int_equal(assoc_count(), 0); /* the id is dead already */
        probe_open();
        probe_wait(&probe_counts.run_down, 2);
        assert_int_equal(atomic_load(&probe_rundown_log[1]), 7);
    }
}

static void no_run_down_when_the_call_inside_closes(void **state)
{
    struct raw r;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    open_probe(&r, 7, handle);
    probe_shut();
    (void)raw_request(&r, PROBE_CLOSE, handle, 20);
    probe_wait_inside(1);
    raw_reset(&r);
    probe_until(no_association, NULL, "the association's death");
    probe_open();
    probe_wait(&probe_counts.closed, 1);
    server_shutdown(); /* all calls are over */
    assert_int_equal(atomic_load(&probe_counts.run_down), 0);
    port = probe_serve();
}

static void many_connections_leave_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct raw r;
        uint8_t handle[20];

        bound(&r, &probe_interface, 0);
        if (i % 3 != 0)
            open_probe(&r, i, handle);
        if (i % 2)
            raw_reset(&r);
        else
            raw_close(&r);
    }
    probe_wait(&probe_counts.run_down, atomic_load(&probe_counts.opened));
    probe_until(no_association, NULL, "the end of all associations");
    assert_int_equal(context_count(), 0);
}

/* ---- Joining (rpc-associations 7.1) ----------------------------------------------------------- */

static void refused_to_join(struct raw *r, uint32_t group)
{
    const struct wire_offer offer = {0, 1, &probe_interface.id, &wire_ndr20};
    struct raw_reply reply;

    raw_send_bind(r, WIRE_BIND, 0, group, 5840, &offer, 1);
    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, WIRE_BIND_NAK);
    assert_true(raw_is_closed(r));
    raw_close(r);
}

static void joining(void **state)
{
    struct raw r, other;
    uint32_t group;

    (void)state;
    bound(&r, &probe_interface, 0);
    group = r.group_id;
    assert_int_not_equal(group, 0);
    raw_connect_unix(&other, probe_path); /* another transport */
    refused_to_join(&other, group);
    bound(&other, &probe_interface, group);
    assert_int_equal(other.group_id, group);
    raw_close(&r);
    raw_connect(&r, port);
    raw_bind(&r, &probe_interface.id, group, 0); /* one connection is left: alive */
    raw_close(&other);
    raw_close(&r);
    probe_until(no_association, NULL, "the association's death");
    raw_connect(&r, port);
    refused_to_join(&r, group); /* dead */
    raw_connect_unix(&r, probe_path);
    raw_bind(&r, &probe_interface.id, 0, 0);
    raw_connect_unix(&other, probe_path);
    raw_bind(&other, &probe_interface.id, r.group_id, 0); /* the same uid */
    raw_close(&r);
    raw_close(&other);
}

/* ---- Strictness (rpc-contexts 5.3) ------------------------------------------------------------ */

static void strictness(void **state)
{
    const struct wire_offer second = {1, 1, &probe_strict.id, &wire_ndr20};
    uint8_t loose[20], strict[20], out[20];
    struct raw_reply reply;
    int32_t value = 3;
    struct raw r;

    (void)state;
    assert_int_equal(RpcServerRegisterIf(STRICT, NULL, NULL), RPC_S_OK);
    bound(&r, &probe_interface, 0);
    raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 0, 5840, &second, 1);
    assert_true(raw_receive(&r, &reply));
    open_probe(&r, 1, loose);
    raw_fragment(&r, WIRE_WHOLE, ++r.call_id, 1, PROBE_OPEN, 4, &value, 4);
    assert_int_equal(raw_answer(&r, strict, &(size_t){20}), 0);
    assert_int_equal(use_probe(&r, strict), MM); /* strict used on an interface that is not */
    raw_fragment(&r, WIRE_WHOLE, ++r.call_id, 1, PROBE_USE, 20, loose, 20);
    assert_int_equal(raw_answer(&r, out, &(size_t){20}), MM); /* and the other way round */
    raw_fragment(&r, WIRE_WHOLE, ++r.call_id, 1, PROBE_USE, 20, strict, 20);
    assert_int_equal(raw_answer(&r, out, &(size_t){20}), 0);
    assert_int_equal(use_probe(&r, loose), 0);
    raw_close(&r);
}

/* ---- Unregistering (rpc-contexts 10) ---------------------------------------------------------- */

struct unregister {
    pthread_t thread;
    bool ex;
    int flag;
    RPC_STATUS status;
    atomic_int over;
};

static void *unregister(void *argument)
{
    struct unregister *u = argument;

    u->status = u->ex ? RpcServerUnregisterIfEx(INTERFACE, NULL, u->flag)
                      : RpcServerUnregisterIf(INTERFACE, NULL, (unsigned)u->flag);
    atomic_store(&u->over, 1);
    return NULL;
}

static void unregister_leaves_handles_alone(void **state)
{
    struct raw r;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    open_probe(&r, 1, handle);
    probe_shut();
    (void)raw_request(&r, PROBE_USE, handle, 20);
    probe_wait_inside(1);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, NULL, 0), RPC_S_OK); /* returns at once */
    probe_open();
    assert_int_equal(raw_answer(&r, (uint8_t[8]){0}, &(size_t){8}), 0); /* the call finishes */
    assert_int_equal(use_probe(&r, handle), UNKIF);
    assert_int_equal(RpcServerRegisterIf(INTERFACE, NULL, NULL), RPC_S_OK);
    assert_int_equal(use_probe(&r, handle), 0); /* registered again: usable again */
    assert_int_equal(atomic_load(&probe_counts.run_down), 0);
    raw_close(&r);
}

static void unregister_waits_for_running_and_parked_calls(void **state)
{
    uint64_t parked = STATS_GET(calls_parked);

    (void)state;
    for (int ex = 0; ex < 2; ex++) {
        struct unregister u = {.ex = ex, .flag = 1};
        struct raw r, waiting, third;
        uint8_t handle[20];

        probe_reset();
        bound(&third, &probe_interface, 0);
        bound(&r, &probe_interface, 0);
        bound(&waiting, &probe_interface, r.group_id);
        open_probe(&r, 1, handle);
        probe_shut();
        (void)raw_request(&r, PROBE_USE, handle, 20);
        probe_wait_inside(1);
        (void)raw_request(&waiting, PROBE_USE, handle, 20);
        wait_stat(&rpc_stats.calls_parked, parked + 1 + (unsigned)ex);
        assert_int_equal(pthread_create(&u.thread, NULL, unregister, &u), 0);
        while (raw_call(&third, PROBE_NULL, NULL, 0, NULL, &(size_t){0}) != UNKIF)
            ; /* new calls are refused soon */
        assert_int_equal(atomic_load(&u.over), 0);
        probe_open();
        assert_int_equal(raw_answer(&r, (uint8_t[8]){0}, &(size_t){8}), 0);
        assert_int_equal(raw_answer(&waiting, (uint8_t[8]){0}, &(size_t){8}), 0);
        pthread_join(u.thread, NULL);
        assert_int_equal(u.status, RPC_S_OK);
        assert_int_equal(RpcServerRegisterIf(INTERFACE, NULL, NULL), RPC_S_OK);
        raw_close(&r);
        raw_close(&waiting);
        raw_close(&third);
        probe_wait(&probe_counts.run_down, 1);
    }
}

static void unregister_ex_ends_handles(void **state)
{
    uint64_t dropped = STATS_GET(handles_dropped);
    struct raw r;
    uint8_t handle[20];

    (void)state;
    bound(&r, &probe_interface, 0);
    for (int i = 0; i < 5; i++)
        open_probe(&r, i, handle);
    assert_int_equal(RpcServerUnregisterIfEx(INTERFACE, NULL, 1), RPC_S_OK);
    assert_int_equal(atomic_load(&probe_counts.run_down), 5); /* done when it returns */
    for (int i = 0; i < 5; i++)
        assert_int_equal(atomic_load(&probe_rundown_log[i]), 4 - i);
    assert_int_equal(use_probe(&r, handle), UNKIF);
    assert_int_equal(RpcServerRegisterIf(INTERFACE, NULL, NULL), RPC_S_OK);
    assert_int_equal(use_probe(&r, handle), MM);
    open_probe(&r, 9, handle);
    assert_int_equal(raw_call(&r, PROBE_CLOSE, handle, 20, (uint8_t[20]){0}, &(size_t){20}), 0);
    open_probe(&r, 10, handle);
    assert_int_equal(RpcServerUnregisterIfEx(INTERFACE, NULL, 0), RPC_S_OK); /* dropped silently */
    assert_int_equal(STATS_GET(handles_dropped), dropped + 1);
    assert_int_equal(atomic_load(&probe_counts.run_down), 5);
    assert_int_equal(context_count(), 0);
    probe_free_newest(); /* what was dropped is the program's to end */
    raw_close(&r);
}

/* ---- Storm ------------------------------------------------------------------------------------ */

struct storm {
    pthread_t thread;
    unsigned seed;
    int rounds;
};

static unsigned roll(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16 & 0x7fff ? (*seed >> 16 & 0x7fff) % sides : 0;
}

/* Opens, uses, closes on two connections of one association, and dies somewhere in between. */
static void *rage(void *argument)
{
    struct storm *s = argument;
    struct raw *r = calloc(2, sizeof *r);

    for (int round = 0; round < s->rounds; round++) {
        uint8_t handle[8][20];
        unsigned open = 0, steps = roll(&s->seed, 12);

        bound(&r[0], &probe_interface, 0);
        bound(&r[1], &probe_interface, r[0].group_id);
        while (steps-- > 0) {
            struct raw *c = &r[roll(&s->seed, 2)];
            unsigned what = roll(&s->seed, 3);

            if (what == 0 && open < 8) {
                open_probe(c, round, handle[open++]);
            } else if (what == 1 && open > 0) {
                (void)use_probe(c, handle[roll(&s->seed, open)]);
            } else if (open > 0) {
                (void)raw_call(c, PROBE_CLOSE, handle[--open], 20, (uint8_t[20]){0}, &(size_t){20});
            }
        }
        for (int i = 0; i < 2; i++) { /* the last words may be half a call */
            if (roll(&s->seed, 2) && open > 0)
                (void)raw_request(&r[i], roll(&s->seed, 2) ? PROBE_CLOSE : PROBE_USE,
                                  handle[roll(&s->seed, open)], 20);
            else if (roll(&s->seed, 2))
                (void)raw_request(&r[i], PROBE_OPEN, &round, 4);
            if (roll(&s->seed, 2))
                raw_reset(&r[i]);
            else
                raw_close(&r[i]);
        }
    }
    free(r);
    return NULL;
}

static int everything_ended(void *argument)
{
    (void)argument;
    return assoc_count() == 0 && context_count() == 0 && gate_count(&server_gate) == 0;
}

static void storm_of_dying_clients(void **state)
{
    static struct storm s[6];
    uint64_t opened = STATS_GET(handles_opened), closed = STATS_GET(handles_closed);
    uint64_t down = STATS_GET(rundowns_death) + STATS_GET(rundowns_settle);
    const char *given = getenv("HOLDFAST_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)atoi(given) : 20261120u;

    (void)state;
    print_message("# seed %u\n", seed);
    for (unsigned i = 0; i < sizeof s / sizeof *s; i++) {
        s[i] = (struct storm){.seed = seed + i, .rounds = 120};
        assert_int_equal(pthread_create(&s[i].thread, NULL, rage, &s[i]), 0);
    }
    for (unsigned i = 0; i < sizeof s / sizeof *s; i++)
        pthread_join(s[i].thread, NULL);
    probe_until(everything_ended, NULL, "the end of everything");
    /* the routines' own count, and the runtime's */
    assert_int_equal(atomic_load(&probe_counts.opened),
                     atomic_load(&probe_counts.closed) + atomic_load(&probe_counts.run_down));
    assert_int_equal(STATS_GET(rundowns_death) + STATS_GET(rundowns_settle) - down,
                     STATS_GET(handles_opened) - opened - (STATS_GET(handles_closed) - closed));
    assert_int_equal(STATS_GET(rundowns_death) + STATS_GET(rundowns_settle) - down,
                     (uint64_t)atomic_load(&probe_counts.run_down));
    print_message("# %d opened, %d closed, %d run down\n", atomic_load(&probe_counts.opened),
                  atomic_load(&probe_counts.closed), atomic_load(&probe_counts.run_down));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        ROW(exclusive_calls_are_one_at_a_time),
        ROW(shared_calls_overlap_and_one_upgrade_wins),
        ROW(two_handles_in_opposite_order),
        ROW(waiter_whose_connection_dies_is_given_up),
        ROW(waiters_of_a_closed_handle_are_refused),
        ROW(run_down_newest_first_after_the_last_connection),
        ROW(run_down_waits_for_the_call_inside),
        ROW(no_run_down_when_the_call_inside_closes),
        ROW(many_connections_leave_nothing),
        ROW(joining),
        ROW(strictness),
        ROW(unregister_leaves_handles_alone),
        ROW(unregister_waits_for_running_and_parked_calls),
        ROW(unregister_ex_ends_handles),
        ROW(storm_of_dying_clients),
    };

    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
