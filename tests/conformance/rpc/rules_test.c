/* SPDX-License-Identifier: Apache-2.0
 *
 * rules_test.c - the failure tables F1-F11 and X1-X16, each row provoked at its real failure point
 *
 * Every row: bring a handle in (or none), let the routine do something, make the call fail at the
 * point the row names, then look three ways: the fault, what the routines counted, and what the next
 * use of the handle gives (rpc-contexts 7 and 12).
 */
#include "raw.h"
#include "probe.h"
#include "contexts_server.h"

#include <cmocka.h>
#include <string.h>

#include "rpc/server/assoc.h"
#include "rpc/server/context.h"
#include "rpc/server/server.h"
#include "rpc/server/stats.h"

#define MM  0x1C00001Au
#define TAG 0x1C000006u
#define ANY 0xffffffffu

enum op {
    OPEN,
    USE,
    CHANGE,
    BAD_BEFORE,
    BAD_AFTER,
    RETURN,
    RETURN_BAD,
    TWO,
    OPEN_THREE,
    OPEN_OTHER,
    USE_OTHER,
    OPEN_ANONYMOUS,
    SHARED,
    USE_ANONYMOUS
};

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
    assert_int_equal(atomic_load(&witness.made), atomic_load(&witness.destroyed));
    return 0;
}

static void bound(struct raw *r, uint32_t group)
{
    raw_connect(r, port);
    raw_bind(r, &contexts->id, group, 0);
}

/* ---- Calls ------------------------------------------------------------------------------------ */

struct stub {
    uint8_t octets[128];
    size_t size;
};

static void put_long(struct stub *s, int32_t v)
{
    memcpy(s->octets + s->size, &v, 4);
    s->size += 4;
}

static void put_handle(struct stub *s, const uint8_t *handle)
{
    memcpy(s->octets + s->size, handle, 20);
    s->size += 20;
}

/* The request of an operation on one handle, in its parameters' order. */
static struct stub request_of(enum op op, const uint8_t *handle, int act, int value)
{
    struct stub s = {.size = 0};

    if (op == USE || op == CHANGE || op == SHARED)
        put_handle(&s, handle);
    put_long(&s, act);
    if (op != USE && op != SHARED)
        put_long(&s, value);
    if (op == BAD_BEFORE || op == BAD_AFTER)
        put_handle(&s, handle);
    return s;
}

/* Where the handle lies in a good reply. */
static void take_handle(enum op op, const uint8_t *reply, size_t size, uint8_t *handle)
{
    bool first = op == OPEN || op == CHANGE || op == BAD_AFTER;

    assert_true(size >= 20);
    memcpy(handle, first ? reply : reply + size - 20, 20);
}

static uint32_t call(struct raw *r, enum op op, uint8_t *handle, int act, int value)
{
    struct stub s = request_of(op, handle, act, value);
    uint8_t reply[128];
    size_t size = sizeof reply;
    uint32_t fault = raw_call(r, (uint16_t)op, s.octets, s.size, reply, &size);

    if (fault == 0 && op != USE && op != SHARED)
        take_handle(op, reply, size, handle);
    return fault;
}

static uint32_t use(struct raw *r, const uint8_t *handle, int *ret_value)
{
    struct stub s = request_of(USE, handle, 0, 0);
    uint8_t reply[16];
    size_t size = sizeof reply;
    uint32_t fault = raw_call(r, USE, s.octets, s.size, reply, &size);
    int32_t value = 0;

    if (fault == 0)
        memcpy(&value, reply, 4);
    *ret_value = value;
    return fault;
}

static void open_thing(struct raw *r, int value, uint8_t *handle)
{
    memset(handle, 0, 20);
    assert_int_equal(call(r, OPEN, handle, ACT_SET, value), 0);
}

/* ---- The rows --------------------------------------------------------------------------------- */

enum point { GOOD, E, B, A, A_SEND };

struct row {
    const char *rule;
    bool arrives; /* a handle with value 10 comes in; else null */
    bool returns; /* the handle is the return value */
    enum point point;
    int act;      /* with value 20 */
    int run_down; /* how often, with value 20 */
    int next;     /* value of the next use; 0: MISMATCH; -1: there is no handle to use */
};

static const struct row rows[] = {
    {"F1", false, false, E, ACT_SET, 0, -1},
    {"F1 (nothing made)", false, false, E, 0, 0, -1},
    {"F2a", true, false, E, ACT_NULL, 0, 0},
    {"F2b", true, false, E, ACT_KEEP, 0, 10},
    {"F2c", true, false, E, ACT_CHANGE, 0, 20},
    {"F3", true, false, A, ACT_NULL, 0, 0},
    {"F3 (send)", true, false, A_SEND, ACT_NULL, 0, 0},
    {"F4", false, false, A, ACT_SET, 1, -1},
    {"F4 (send)", false, false, A_SEND, ACT_SET, 1, -1},
    {"F5", true, false, A, ACT_KEEP, 0, 10},
    {"F5 (data)", true, false, A, ACT_CHANGE, 0, 20},
    {"F5 (send)", true, false, A_SEND, ACT_CHANGE, 0, 20},
    {"F6", false, false, B, 0, 0, -1},
    {"F7", true, false, B, ACT_NULL, 0, 0},
    {"F8", false, false, B, ACT_SET, 1, -1},
    {"F9", true, false, B, ACT_KEEP, 0, 10},
    {"F9 (data)", true, false, B, ACT_CHANGE, 0, 20},
    {"F10", false, true, B, 0, 0, -1},
    {"F11", false, true, B, ACT_SET, 1, -1},
    {"X1", false, false, A, 0, 0, -1},
    {"X1 (send)", false, false, A_SEND, 0, 0, -1},
    {"X2 (send)", false, true, A_SEND, 0, 0, -1},
    {"X3 (send)", false, true, A_SEND, ACT_SET, 1, -1},
    {"X4", false, true, E, ACT_SET, 0, -1},
    {"X5", true, false, GOOD, ACT_SET, 0, 20},
    {"X6 (E)", true, false, E, ACT_SET, 0, 20},
    {"X6 (B)", true, false, B, ACT_SET, 0, 20},
    {"X6 (A)", true, false, A, ACT_SET, 0, 20},
    {"X6 (send)", true, false, A_SEND, ACT_SET, 0, 20},
    {"close", true, false, GOOD, ACT_NULL, 0, 0},
    {"close (failing output follows nothing)", true, false, GOOD, ACT_KEEP, 0, 10},
};

static enum op op_of(const struct row *w)
{
    if (w->returns)
        return w->point == B ? RETURN_BAD : RETURN;
    if (w->point == B)
        return BAD_BEFORE;
    return w->point == A ? BAD_AFTER : CHANGE;
}

static int act_of(const struct row *w)
{
    int act = w->act;

    if (w->point == E)
        act |= ACT_RAISE;
    if (w->point == A || w->point == B)
        act |= ACT_BAD;
    return act;
}

static const uint32_t fault_of[] = {[GOOD] = 0, [E] = 4711, [B] = TAG, [A] = TAG};

static int settled(void *argument)
{
    const uint64_t *want = argument;

    return STATS_GET(handles_opened) - STATS_GET(handles_closed) - STATS_GET(rundowns_settle) -
               STATS_GET(rundowns_death) - STATS_GET(handles_dropped) ==
           *want;
}

static int no_call_runs(void *argument)
{
    (void)argument;
    return gate_count(&server_gate) == 0;
}

/* The routine sleeps while its client's connection is reset; the association has another one. */
static void lose_reply(const struct row *w, uint32_t group, const uint8_t *handle)
{
    struct stub s = request_of(op_of(w), handle, act_of(w) | ACT_SLEEP, 20);
    int calls = atomic_load(&probe_counts.calls);
    struct raw r;

    probe_shut();
    bound(&r, group);
    (void)raw_request(&r, (uint16_t)op_of(w), s.octets, s.size);
    probe_wait(&probe_counts.calls, calls + 1);
    raw_reset(&r);
    for (int n = 2; n > 1;) { /* the server has seen the end when one connection is left */
        struct rpc_assoc *a = assoc_after(0);

        n = a != NULL ? (int)assoc_connections(a) : 0;
        assoc_unref(a);
    }
    probe_open();
    probe_until(no_call_runs, NULL, w->rule);
}

static void check_row(const struct row *w)
{
    uint8_t handle[20] = {0};
    int before = atomic_load(&witness.run_down), value;
    bool left = w->next > 0;
    uint64_t want = left;
    struct raw r;

    bound(&r, 0);
    if (w->arrives)
        open_thing(&r, 10, handle);
    if (w->point == A_SEND) {
        lose_reply(w, r.group_id, handle);
    } else {
        uint8_t changed[20];

        memcpy(changed, handle, 20);
        if (call(&r, op_of(w), changed, act_of(w), 20) != fault_of[w->point])
            fail_msg("%s: another fault", w->rule);
        if (w->point == GOOD && w->next == 0)
            assert_memory_equal(changed, ((uint8_t[20]){0}), 20);
    }
    if (atomic_load(&witness.run_down) - before != w->run_down)
        fail_msg("%s: %d run-downs", w->rule, atomic_load(&witness.run_down) - before);
    if (w->run_down > 0 && witness.log[before] != 20)
        fail_msg("%s: run down with %d", w->rule, witness.log[before]);
    if (context_count() != want)
        fail_msg("%s: %d handles are open", w->rule, (int)context_count());
    if (w->next >= 0) {
        uint32_t fault = use(&r, handle, &value);

        if (fault != (left ? 0 : MM) || (left && value != w->next))
            fail_msg("%s: next use gives %#x, %d", w->rule, fault, value);
    }
    raw_close(&r);
    want = 0;
    probe_until(settled, &want, w->rule);
}

static void F1_to_X6_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

/* ---- The other rules -------------------------------------------------------------------------- */

static uint32_t two(struct raw *r, const uint8_t *a, const uint8_t *b, size_t size)
{
    struct stub s = {.size = 0};
    uint8_t reply[16];

    put_handle(&s, a);
    put_handle(&s, b);
    put_long(&s, 0);
    return raw_call(r, TWO, s.octets, size < s.size ? size : s.size, reply, &(size_t){16});
}

static void X8_resolved_handle_of_an_unreadable_request(void **state)
{
    uint8_t a[20];
    struct raw r;
    int value;

    (void)state;
    bound(&r, 0);
    open_thing(&r, 10, a);
    for (size_t n = 0; n < 44; n++)
        assert_int_equal(two(&r, a, a, n), 0x6F7);
    assert_int_equal(use(&r, a, &value), 0);
    assert_int_equal(value, 10);
    assert_int_equal(two(&r, a, a, 44), 0); /* the same handle twice: no waiting for itself */
    raw_close(&r);
}

static void X9_unknown_stolen_and_bent_tokens(void **state)
{
    uint8_t a[20], bent[20];
    struct raw r, other, same;
    int value;

    (void)state;
    bound(&r, 0);
    bound(&other, 0);
    open_thing(&r, 10, a);
    assert_int_equal(a[11] & 0xf0, 0x40); /* a random UUID of version 4, low octets first */
    assert_int_equal(a[12] & 0xc0, 0x80);
    assert_int_equal(use(&other, a, &value), MM); /* another association */
    bound(&same, r.group_id);
    assert_int_equal(use(&same, a, &value), 0); /* another connection of the same */
    for (int bit = 0; bit < 160; bit++) {
        memcpy(bent, a, 20);
        bent[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(use(&r, bent, &value), MM);
    }
    assert_int_equal(two(&r, a, bent, 44), MM); /* a good one beside it is left alone */
    assert_int_equal(use(&r, a, &value), 0);
    raw_close(&r);
    assert_int_equal(use(&same, a, &value), 0); /* and outlives the connection it was opened on */
    raw_close(&same);
    raw_close(&other);
}

static void X10_null_where_a_handle_must_be(void **state)
{
    uint8_t nil[20] = {0}, a[20];
    struct raw r;
    int value;

    (void)state;
    bound(&r, 0);
    open_thing(&r, 10, a);
    assert_int_equal(use(&r, nil, &value), 0x6EF);
    assert_int_equal(two(&r, a, nil, 44), 0x6EF);
    assert_int_equal(two(&r, nil, a, 44), 0x6EF);
    assert_int_equal(use(&r, a, &value), 0);
    raw_close(&r);
}

static void X11_each_handle_by_its_place(void **state)
{
    struct stub s = {.size = 0};
    uint8_t reply[128];
    size_t size = sizeof reply;
    struct raw r;

    (void)state;
    bound(&r, 0);
    put_long(&s, ACT_BAD);
    assert_int_equal(raw_call(&r, OPEN_THREE, s.octets, s.size, reply, &size), TAG);
    assert_int_equal(atomic_load(&witness.run_down), 3); /* F4, F4, F8: the last one first */
    for (int i = 0; i < 3; i++)
        assert_int_equal(witness.log[i], 3 - i);
    s.size = 0;
    put_long(&s, 0);
    size = sizeof reply;
    assert_int_equal(raw_call(&r, OPEN_THREE, s.octets, s.size, reply, &size), 0);
    assert_int_equal(context_count(), 3);
    raw_close(&r);
    probe_wait(&witness.run_down, 6);
    for (int i = 0; i < 3; i++) /* newest first at the association's end, too */
        assert_int_equal(witness.log[3 + i], 3 - i);
}

static void X15_anonymous_handle(void **state)
{
    uint64_t dropped = STATS_GET(handles_dropped);
    uint8_t reply[64], *handle;
    struct stub s = {.size = 0};
    size_t size = sizeof reply;
    struct raw r;
    int value;

    (void)state;
    bound(&r, 0);
    put_long(&s, ACT_BAD);
    put_long(&s, 5);
    assert_int_equal(raw_call(&r, OPEN_ANONYMOUS, s.octets, s.size, reply, &size), TAG);
    assert_int_equal(STATS_GET(handles_dropped), dropped + 1);
    s.size = 0;
    put_long(&s, 0);
    put_long(&s, 6);
    size = sizeof reply;
    assert_int_equal(raw_call(&r, OPEN_ANONYMOUS, s.octets, s.size, reply, &size), 0);
    handle = reply + size - 20;
    size = 8;
    assert_int_equal(raw_call(&r, USE_ANONYMOUS, handle, 20, s.octets, &size), 0);
    memcpy(&value, s.octets, 4);
    assert_int_equal(value, 6);
    raw_close(&r);
}

static void X16_raising_run_down(void **state)
{
    uint64_t raised = STATS_GET(rundown_exceptions);
    struct raw r;

    (void)state;
    bound(&r, 0);
    for (int i = 0; i < 10; i++) {
        uint8_t a[20];

        open_thing(&r, i % 2 ? -1 - i : i, a);
    }
    raw_close(&r);
    probe_wait(&witness.run_down, 10);
    assert_int_equal(context_count(), 0);
    for (int i = 0; i < 10; i++) /* the rest is run down all the same, newest first */
        assert_int_equal(witness.log[i], (9 - i) % 2 ? -1 - (9 - i) : 9 - i);
    probe_stop();
    assert_int_equal(STATS_GET(rundown_exceptions), raised + 5);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        ROW(F1_to_X6_every_row),
        ROW(X8_resolved_handle_of_an_unreadable_request),
        ROW(X9_unknown_stolen_and_bent_tokens),
        ROW(X10_null_where_a_handle_must_be),
        ROW(X11_each_handle_by_its_place),
        ROW(X15_anonymous_handle),
        ROW(X16_raising_run_down),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
