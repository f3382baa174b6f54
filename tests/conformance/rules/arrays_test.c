/* SPDX-License-Identifier: Apache-2.0
 *
 * arrays_test.c - arrays of context handles: every element is a handle of its own (D11, X12)
 */
#include "kit.h"

#include "rpc/wire/wire.h"

const struct client_role client_roles[] = {{NULL, NULL}};

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH

static void d11_arrays_in_out_and_both(void **state)
{
    handle_t b = bind_direct();
    THING h[5] = {NULL};
    int32_t acts[5] = {ACT_CHANGE, ACT_NULL, 0, ACT_SWAP, ACT_NULL}, tag;
    volatile int32_t sum = 0;
    bad_t bad;

    (void)state;
    OK(OpenMany(b, 5, ACT_SET, 10, h));
    OK(sum = UseMany(h, 5));
    assert_int_equal(sum, 60);
    OK(ManyBefore(b, 5, acts, 20, 0, &tag, &bad, h));
    assert_true(h[0] && !h[1] && h[2] && h[3] && !h[4]);
    assert_int_equal(thing_read(h[0]), 20);
    assert_int_equal(thing_read(h[2]), 12);
    assert_int_equal(thing_read(h[3]), 23);
    acts[0] = acts[2] = acts[3] = ACT_NULL;
    acts[1] = acts[4] = ACT_SET;
    OK(ManyAfter(b, h, 5, acts, 30, 0, &tag, &bad));
    assert_true(!h[0] && h[1] && !h[2] && !h[3] && h[4]);
    assert_int_equal(thing_read(h[1]) + thing_read(h[4]), 65);
    thing_close(&h[1]);
    thing_close(&h[4]);
    assert_int_equal(server_contexts(), 0);
    assert_int_equal(board->run_down, 0);
    unbind(&b);
}

static void d11_arrays_of_fixed_size(void **state)
{
    handle_t b = bind_direct();
    THING h[3];
    volatile int32_t seen = 0;

    (void)state;
    OK(OpenMany(b, 3, ACT_SET, 1, h));
    OK(seen = UseThree(h, 0));
    assert_int_equal(seen, 10203);
    OK(seen = UseThree(h, ACT_UPGRADE)); /* an element is named by its address */
    assert_int_equal(seen, RPC_S_OK);
    OK(Three(h, ACT_CHANGE, 4));
    OK(seen = UseThree(h, 0));
    assert_int_equal(seen, 40506);
    FAILS(Three(h, ACT_CHANGE | ACT_RAISE, 7), RAISED); /* F2c for each */
    OK(seen = UseThree(h, 0));
    assert_int_equal(seen, 70809);
    OK(Three(h, ACT_NULL, 0));
    assert_true(!h[0] && !h[1] && !h[2]);
    unbind(&b);
}

/* The same rows for every element as for a handle alone. `after`: the failing output is behind. */
static void rows_by_element(bool after)
{
    handle_t b = bind_direct();
    THING h[6] = {NULL}, old[6];
    int32_t acts[6] = {ACT_NULL, ACT_SET, ACT_CHANGE, ACT_SET, 0, ACT_SWAP}, tag;
    bad_t bad;

    h[0] = thing_open(b, 1); /* closed:   F7, F3 */
    h[2] = thing_open(b, 2); /* changed:  F9, F5 */
    h[4] = NULL;             /* stays null: F6, X1 */
    h[5] = thing_open(b, 3); /* swapped:  X6 */
    memcpy(old, h, sizeof h);
    if (after)
        FAILS(ManyAfter(b, h, 6, acts, 10, ACT_BAD, &tag, &bad), RPC_X_INVALID_TAG);
    else
        FAILS(ManyBefore(b, 6, acts, 10, ACT_BAD, &tag, &bad, h), RPC_X_INVALID_TAG);
    wait_count(&board->run_down, 2); /* born: F8, F4 */
    assert_int_equal(board->log[0], 13);
    assert_int_equal(board->log[1], 11);
    assert_memory_equal(h, old, sizeof h);
    assert_int_equal(closed(1), 1);
    FAILS(Use(h[0], 0), MISMATCH);
    assert_int_equal(thing_read(h[2]), 12);
    assert_int_equal(thing_read(h[5]), 15);
    assert_int_equal(RpcSmDestroyClientContext(&h[0]), RPC_S_OK);
    thing_close(&h[2]);
    thing_close(&h[5]);
    assert_int_equal(server_contexts(), 0);
    unbind(&b);
}

static void x12_elements_before_the_failure_point(void **state)
{
    (void)state;
    rows_by_element(true);
}

static void x12_elements_behind_the_failure_point(void **state)
{
    (void)state;
    rows_by_element(false);
}

static void x12_raising_runs_nothing_down(void **state)
{
    handle_t b = bind_direct();
    THING h[4] = {NULL};

    (void)state;
    FAILS(OpenMany(b, 4, ACT_SET | ACT_RAISE, 1, h), RAISED);
    for (int i = 0; i < 4; i++)
        assert_null(h[i]);
    assert_int_equal(server_contexts(), 0);
    assert_int_equal(board->run_down, 0);
    unbind(&b);
}

static void arrays_bind_and_are_checked(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), c = bind_through(p);
    THING h[3] = {NULL}, odd[2];
    unsigned calls = board->calls;

    (void)state;
    OK(OpenMany(b, 2, ACT_SET, 1, h));
    FAILS(UseMany(h, 3), RPC_X_SS_IN_NULL_CONTEXT);
    odd[0] = h[0];
    odd[1] = thing_open(c, 5);
    FAILS(UseMany(odd, 2), RPC_X_SS_HANDLES_MISMATCH);
    odd[0] = (THING)&calls;
    FAILS(UseMany(odd, 2), MISMATCH);
    FAILS(UseMany(NULL, 2), RPC_S_INVALID_BINDING);
    FAILS(UseMany(h, 0), RPC_S_INVALID_BINDING); /* nothing that could bind */
    FAILS(UseMany(h, -1), RPC_S_INVALID_BINDING);
    FAILS(OpenMany(b, -1, ACT_SET, 1, h), RPC_X_INVALID_BOUND);
    OK(OpenMany(b, 0, ACT_SET, 1, h));
    thing_close(&odd[1]);
    thing_close(&h[0]);
    thing_close(&h[1]);
    unbind(&b);
    unbind(&c);
    client_forget();
    proxy_free(p);
}

/* What a hostile peer says of an array is checked before the routine runs, and at the client. */
static void counts_on_the_wire_are_checked(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h[3] = {NULL};
    unsigned calls;

    (void)state;
    OK(OpenMany(b, 3, ACT_SET, 1, h));
    calls = board->calls;
    for (volatile size_t at = 0; at < 4; at++) { /* the count in front of the tokens */
        proxy_arm(p,
                  (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_ALTER, 24 + at, 2, NULL});
        FAILS(UseMany(h, 3), RPC_X_BAD_STUB_DATA);
    }
    proxy_arm(
        p, (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_ALTER, 24 + 4 + 20 + 7, 2, NULL});
    FAILS(UseMany(h, 3), MISMATCH); /* the second token */
    assert_int_equal(board->calls, calls);
    thing_close(&h[0]);
    thing_close(&h[1]);
    thing_close(&h[2]);
    proxy_arm(p, (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_ALTER, 24, 1, NULL});
    FAILS(OpenMany(b, 3, ACT_SET, 4, h), RPC_X_BAD_STUB_DATA);
    assert_true(!h[0] && !h[1] && !h[2]);
    assert_int_equal(server_contexts(), 3); /* P4: orphans */
    unbind(&b);
    client_forget();
    wait_count(&board->run_down, 3);
    proxy_free(p);
}

/* The same handle several times: locked once, and a close of all of them is one close. */
static void the_same_handle_many_times(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1), many[100];
    volatile int32_t sum = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        many[i] = h;
    OK(sum = UseMany(many, 100));
    assert_int_equal(sum, 100);
    thing_close(&h);
    FAILS(UseMany(many, 100), MISMATCH);
    unbind(&b);
}

static void a_thousand_handles(void **state)
{
    enum { N = 1000 };
    handle_t b = bind_direct();
    static THING h[N];
    static int32_t acts[N];
    volatile int32_t sum = 0;
    int32_t tag;
    bad_t bad;

    (void)state;
    OK(OpenMany(b, N, ACT_SET, 0, h));
    OK(sum = UseMany(h, N));
    assert_int_equal(sum, N * (N - 1) / 2);
    for (int i = 0; i < N; i++)
        acts[i] = ACT_NULL;
    OK(ManyAfter(b, h, N, acts, 0, 0, &tag, &bad));
    for (int i = 0; i < N; i++)
        assert_null(h[i]);
    assert_int_equal(server_contexts(), 0);
    unbind(&b);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(d11_arrays_in_out_and_both),
        OVER_BOTH(d11_arrays_of_fixed_size),
        OVER_BOTH(x12_elements_before_the_failure_point),
        OVER_BOTH(x12_elements_behind_the_failure_point),
        OVER_BOTH(x12_raising_runs_nothing_down),
        OVER_BOTH(arrays_bind_and_are_checked),
        OVER_BOTH(counts_on_the_wire_are_checked),
        OVER_BOTH(the_same_handle_many_times),
        OVER_BOTH(a_thousand_handles),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/arrays", tests, NULL, group_stop);
}
