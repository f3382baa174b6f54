/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_arrays.c - arrays of context handles: every element is a handle of its own (D11, X12)
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

#include <string.h>

static void d11_arrays_in_out_and_both(const void *row)
{
    handle_t b = bind_direct();
    THING h[5] = {NULL};
    int32_t acts[5] = {ACT_CHANGE, ACT_NULL, 0, ACT_SWAP, ACT_NULL}, tag;
    volatile int32_t sum = 0;
    bad_t bad;

    (void)row;
    OK(OpenMany(b, 5, ACT_SET, 10, h));
    OK(sum = UseMany(h, 5));
    EQ(sum, 60);
    OK(ManyBefore(b, 5, acts, 20, 0, &tag, &bad, h));
    TRUE_THAT(h[0] && !h[1] && h[2] && h[3] && !h[4]);
    EQ(thing_read(h[0]), 20);
    EQ(thing_read(h[2]), 12);
    EQ(thing_read(h[3]), 23);
    acts[0] = acts[2] = acts[3] = ACT_NULL;
    acts[1] = acts[4] = ACT_SET;
    OK(ManyAfter(b, h, 5, acts, 30, 0, &tag, &bad));
    TRUE_THAT(!h[0] && h[1] && !h[2] && !h[3] && h[4]);
    EQ(thing_read(h[1]) + thing_read(h[4]), 65);
    thing_close(&h[1]);
    thing_close(&h[4]);
    EQ(counts().closed, counts().opened);
    EQ(counts().run_down, 0);
    unbind(&b);
}

/* An element that is born beside one that stays null. */
static void d11_null_beside_born(const void *row)
{
    handle_t b = bind_direct();
    THING h[3] = {NULL};
    int32_t acts[3] = {0, ACT_SET, 0}, tag;
    bad_t bad;

    (void)row;
    OK(ManyAfter(b, h, 3, acts, 1, 0, &tag, &bad));
    TRUE_THAT(!h[0] && h[1] && !h[2]);
    EQ(thing_read(h[1]), 2);
    EQ(counts().spoilt, 0);
    thing_close(&h[1]);
    unbind(&b);
}

static void d11_arrays_of_fixed_size(const void *row)
{
    handle_t b = bind_direct();
    THING h[3];
    volatile int32_t seen = 0;

    (void)row;
    OK(OpenMany(b, 3, ACT_SET, 1, h));
    OK(seen = UseThree(h, 0));
    EQ(seen, 10203);
    OK(seen = UseThree(h, ACT_UPGRADE)); /* an element is named by its address */
    EQ(seen, RPC_S_OK);
    OK(Three(h, ACT_CHANGE, 4));
    OK(seen = UseThree(h, 0));
    EQ(seen, 40506);
    FAILS(Three(h, ACT_CHANGE | ACT_RAISE, 7), RAISED); /* F2c for each */
    OK(seen = UseThree(h, 0));
    EQ(seen, 70809);
    OK(Three(h, ACT_NULL, 0));
    TRUE_THAT(!h[0] && !h[1] && !h[2]);
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
    wait_run_downs(2); /* born: F8, F4 */
    EQ(rundown_value(0), 13);
    EQ(rundown_value(1), 11);
    TRUE_THAT(memcmp(h, old, sizeof h) == 0);
    EQ(closed(1), 1);
    FAILS(Use(h[0], 0), MISMATCH);
    EQ(thing_read(h[2]), 12);
    EQ(thing_read(h[5]), 15);
    thing_drop(&h[0]);
    thing_close(&h[2]);
    thing_close(&h[5]);
    unbind(&b);
}

static void x12_elements_before_the_failure_point(const void *row)
{
    (void)row;
    rows_by_element(true);
}

static void x12_elements_behind_the_failure_point(const void *row)
{
    (void)row;
    rows_by_element(false);
}

static void x12_raising_runs_nothing_down(const void *row)
{
    handle_t b = bind_direct();
    THING last = thing_open(b, LAST), h[4] = {NULL};

    (void)row;
    FAILS(OpenMany(b, 4, ACT_SET | ACT_RAISE, 1, h), RAISED);
    for (int i = 0; i < 4; i++)
        TRUE_THAT(h[i] == NULL);
    EQ(counts().run_down, 0);
    end_with(&last, &b);
    EQ(counts().run_down, 1);
    forgets(4);
}

static void arrays_bind_and_are_checked(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), c = bind_through(p);
    THING h[3] = {NULL}, odd[2];
    int calls = calls_made();

    (void)row;
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
    proxy_free(p);
}

/* What a hostile peer says of an array is checked before the routine runs, and at the client. */
static void counts_on_the_wire_are_checked(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h[3] = {NULL};
    int calls;

    (void)row;
    OK(OpenMany(b, 3, ACT_SET, 1, h));
    calls = calls_made();
    for (volatile size_t at = 0; at < 4; at++) { /* the count in front of the tokens */
        proxy_arm(
            p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER, 24 + at, 2, NULL, 0});
        FAILS(UseMany(h, 3), RPC_X_BAD_STUB_DATA);
    }
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER, 24 + 4 + 20 + 7, 2,
                                      NULL, 0});
    FAILS(UseMany(h, 3), MISMATCH); /* the second token */
    EQ(calls_made(), calls);
    thing_close(&h[0]);
    thing_close(&h[1]);
    thing_close(&h[2]);
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_ALTER, 24, 1, NULL, 0});
    FAILS(OpenMany(b, 3, ACT_SET, 4, h), RPC_X_BAD_STUB_DATA);
    TRUE_THAT(!h[0] && !h[1] && !h[2]);
    EQ(counts().run_down, 0); /* P4: orphans */
    unbind(&b);
    wait_run_downs(3);
    proxy_free(p);
}

/* The same handle several times: locked once, and a close of all of them is one close. */
static void the_same_handle_many_times(const void *row)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1), many[100];
    volatile int32_t sum = 0;

    (void)row;
    for (int i = 0; i < 100; i++)
        many[i] = h;
    OK(sum = UseMany(many, 100));
    EQ(sum, 100);
    thing_close(&h);
    FAILS(UseMany(many, 100), MISMATCH);
    unbind(&b);
}

static void a_thousand_handles(const void *row)
{
    enum { N = 1000 };
    handle_t b = bind_direct();
    static THING h[N];
    static int32_t acts[N];
    volatile int32_t sum = 0;
    int32_t tag;
    bad_t bad;

    (void)row;
    OK(OpenMany(b, N, ACT_SET, 0, h));
    OK(sum = UseMany(h, N));
    EQ(sum, N * (N - 1) / 2);
    for (int i = 0; i < N; i++)
        acts[i] = ACT_NULL;
    OK(ManyAfter(b, h, N, acts, 0, 0, &tag, &bad));
    for (int i = 0; i < N; i++)
        TRUE_THAT(h[i] == NULL);
    EQ(counts().closed, N);
    unbind(&b);
}

void cases_of_arrays(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"D11", "[out], [in] and [in,out] arrays", d11_arrays_in_out_and_both, NULL, ON_BOTH},
        {"D11", "null elements beside one that is born", d11_null_beside_born, NULL, ON_BOTH},
        {"D11", "arrays of fixed size, an element upgraded", d11_arrays_of_fixed_size, NULL,
         ON_BOTH},
        {"D11", "what binds and what may not stand in an array", arrays_bind_and_are_checked, NULL,
         ON_BOTH},
        {"D11", "counts on the wire changed", counts_on_the_wire_are_checked, NULL, ON_BOTH},
        {"D11", "one handle a hundred times", the_same_handle_many_times, NULL, ON_BOTH},
        {"D11", "a thousand handles", a_thousand_handles, NULL, ON_BOTH},
        {"X12", "elements in front of the failing output", x12_elements_before_the_failure_point,
         NULL, ON_BOTH},
        {"X12", "elements behind the failing output", x12_elements_behind_the_failure_point, NULL,
         ON_BOTH},
        {"X12", "elements of a call that raises", x12_raising_runs_nothing_down, NULL, ON_BOTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
