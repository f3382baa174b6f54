/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_handles.c - what binds a call, client objects, closing that fails, types, strictness
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

/* ---- 2.1: what binds -------------------------------------------------------------------------- */

/* Rule 1: the leftmost explicit handle binds, whatever its kind; rule 4: one that is null cannot, the
 * next does. */
static void b1_leftmost_handle_binds(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), other = bind_through(p);
    THING first = thing_open(b, 1), second = thing_open(b, 2), none = NULL;
    volatile int32_t seen = 0;

    (void)row;
    OK(seen = Leftmost(5, &first, b, second));
    EQ(seen, 1007);
    OK(seen = Leftmost(5, &none, b, second)); /* b binds */
    EQ(seen, -1000 + 7);
    TRUE_THAT(none == NULL);
    FAILS(Leftmost(5, &first, other, second), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Leftmost(5, &none, other, second), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Leftmost(5, &first, b, NULL), IN_NULL);
    thing_close(&first);
    thing_close(&second);
    unbind(&b);
    unbind(&other);
    proxy_free(p);
}

/* Rule 4: nothing is sent. */
static void b4_null_handles_cannot_bind(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;
    unsigned passed = proxy_passed(p);

    (void)row;
    FAILS(Use(NULL, 0), IN_NULL);
    FAILS(UseByReference(&h, 0), IN_NULL);
    FAILS(OnlyNull(&h), IN_NULL);
    FAILS(Two(NULL, NULL, 0), IN_NULL);
    FAILS(Use((THING)&passed, 0), MISMATCH); /* section 4: no live object */
    EQ(proxy_passed(p), passed);
    unbind(&b);
    proxy_free(p);
}

/* D9: all handles of a call lead to one association. */
static void d9_handles_of_two_servers(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_direct(), c = bind_through(p);
    THING one = thing_open(b, 1), two = thing_open(b, 2), far = thing_open(c, 3);
    volatile int32_t seen = 0;
    int calls = calls_made();

    (void)row;
    FAILS(Two(one, far, 0), RPC_X_SS_HANDLES_MISMATCH);
    FAILS(Two(far, one, 0), RPC_X_SS_HANDLES_MISMATCH);
    EQ(calls_made(), calls);
    OK(seen = Two(one, two, 0));
    EQ(seen, 1002);
    OK(seen = Two(one, one, 0)); /* the same twice in one call does not wait for itself (5.1) */
    EQ(seen, 1001);
    thing_close(&one);
    thing_close(&two);
    thing_close(&far);
    unbind(&b);
    unbind(&c);
    proxy_free(p);
}

/* Section 1: the handle outlives its opener's binding; rule 6: it has a copy of its own. */
static void b6_a_handle_has_its_own_binding(const void *row)
{
    handle_t b = bind_direct(), of_context = NULL, of_other = NULL;
    THING h, other;
    unsigned timeout = 0;

    (void)row;
    EQ(RpcMgmtSetComTimeout(b, 2), RPC_S_OK);
    h = thing_open(b, 1);
    EQ(RpcMgmtSetComTimeout(b, 7), RPC_S_OK);
    other = thing_open(b, 2);
    EQ(RpcSsGetContextBinding(h, &of_context), RPC_S_OK);
    EQ(RpcSsGetContextBinding(other, &of_other), RPC_S_OK);
    EQ(RpcMgmtInqComTimeout(of_context, &timeout), RPC_S_OK);
    EQ(timeout, 2);
    EQ(RpcMgmtSetComTimeout(of_context, 9), RPC_S_OK);
    EQ(RpcMgmtInqComTimeout(of_other, &timeout), RPC_S_OK);
    EQ(timeout, 7);
    unbind(&b);
    EQ(thing_read(h), 1);
    EQ(RpcSsGetContextBinding(&timeout, &of_context), MISMATCH);
    thing_close(&h);
    thing_close(&other);
}

/* Any connection of an association may carry any of its handles: opened on one that is gone, used on
 * another. */
static void handles_belong_to_no_connection(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), keeps = thing_open(b, 2);
    struct job job = {Use, keeps, ACT_GATE, 0};
    struct thread *t;

    (void)row;
    gate_shut();
    t = job_start(&job); /* occupies the first connection */
    wait_at_gate(1);
    OK(Null(b)); /* makes the second */
    EQ(proxy_open(p), 2);
    proxy_cut_one(p, 0, false);
    gate_open();
    EQ(thread_join(t), LOST);
    EQ(thing_read(h), 1);
    EQ(thing_read(keeps), 2);
    EQ(counts().run_down, 0);
    thing_close(&keeps);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* ---- 8: closing fails ------------------------------------------------------------------------- */

/* C1: a close that fails - its request is lost with the connection - leaves the client's handle; C6:
 * each side cleans up by itself. */
static void c1_failed_close(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), old = h;

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_CUT, 0, 0, NULL, 0});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    EQ(h, old);
    wait_run_downs(1);
    EQ(closed(1), 0);
    RpcSsDestroyClientContext(&h);
    TRUE_THAT(h == NULL);
    unbind(&b);
    proxy_free(p);
}

/* C2, C3, C5: destroying is local; the server's side goes with the last reference (C4). */
static void c2_destroying_is_local(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), keeps = thing_open(b, 2);
    unsigned passed = proxy_passed(p);

    (void)row;
    RpcSsDestroyClientContext(&h);
    TRUE_THAT(h == NULL);
    EQ(proxy_passed(p), passed);
    EQ(proxy_open(p), 1);
    EQ(thing_read(keeps), 2);
    EQ(run_down(1), 0); /* C5 */
    unbind(&b);
    EQ(thing_read(keeps), 2); /* C3: a context handle is a reference */
    EQ(counts().run_down, 0);
    RpcSsDestroyClientContext(&keeps);
    wait_run_downs(2); /* C4 */
    EQ(rundown_value(0), 2);
    EQ(rundown_value(1), 1);
    proxy_free(p);
}

/* C7 */
static void c7_destroying_what_is_none(const void *row)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1), stale = h, null = NULL;
    void *wild = &b;

    (void)row;
    thing_close(&h);
    FAILS(RpcSsDestroyClientContext(&stale), MISMATCH);
    TRUE_THAT(stale == NULL);
    FAILS(RpcSsDestroyClientContext(&null), MISMATCH);
    FAILS(RpcSsDestroyClientContext(&wild), MISMATCH);
    TRUE_THAT(wild == NULL);
    wild = &b;
    EQ(RpcSmDestroyClientContext(&wild), MISMATCH);
    TRUE_THAT(wild == NULL);
    h = thing_open(b, 2);
    EQ(RpcSmDestroyClientContext(&h), RPC_S_OK);
    TRUE_THAT(h == NULL);
    unbind(&b);
}

/* C9: a close that works but leaves the handle set closes nothing, on neither side. */
static void c9_close_that_sets_nothing(const void *row)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1), old = h;

    (void)row;
    OK(Change(&h, 0, 0));
    EQ(h, old);
    EQ(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
}

/* ---- 4: what a good reply does to the client's variables --------------------------------------- */

static void t_out_only_is_overwritten(const void *row)
{
    handle_t b = bind_direct();
    int here;
    THING h = (THING)&here;

    (void)row;
    OK(Open(b, 0, 1, &h)); /* opens nothing */
    TRUE_THAT(h == NULL);
    h = (THING)&here;
    OK(Open(b, ACT_SET, 1, &h));
    TRUE_THAT(h != NULL && h != (THING)&here);
    thing_close(&h);
    unbind(&b);
}

/* A reply that turns out bad behind an [out] handle that stays null: the variable is not touched. */
static void t_out_only_of_a_bad_reply(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    int here;
    THING h = (THING)&here;
    int32_t tag = 0;
    bad_t bad;

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_ALTER, PDU_STUB + 20, 8,
                                      NULL, 0}); /* the tag: no arm has that */
    TRUE_THAT(TRY(OpenAfter(b, 0, 1, &h, &tag, &bad)) != RPC_S_OK);
    EQ(h, (THING)&here);
    unbind(&b);
    proxy_free(p);
}

static void d_every_direction(const void *row)
{
    handle_t b = bind_direct();
    THING h = NULL, returned = NULL, same;
    volatile int32_t seen = 0;

    (void)row;
    OK(Open(b, ACT_SET, 1, &h)); /* D6 */
    same = h;
    OK(Change(&h, ACT_CHANGE, 2));
    EQ(h, same);
    EQ(thing_read(h), 2); /* D5 */
    OK(seen = UseByReference(&h, 0));
    EQ(seen, 2);
    OK(returned = Return(b, ACT_SET, 3)); /* D8 */
    EQ(thing_read(returned), 3);
    OK(same = Return(b, 0, 3));
    TRUE_THAT(same == NULL);
    OK(ChangeAt(b, &same, ACT_SET, 4)); /* arrives null, opened */
    EQ(thing_read(same), 4);
    thing_close(&h);
    thing_close(&returned);
    thing_close(&same);
    unbind(&b);
}

/* ---- D4, 5.1, 5.3: types ---------------------------------------------------------------------- */

/* D4: an alias has its own run-down, that of the type through which the handle was created. */
static void d4_alias_has_its_own_run_down(const void *row)
{
    handle_t b = bind_direct();
    THING thing = thing_open(b, 1);
    LOOSE loose = NULL;
    OTHER other = NULL;
    volatile int32_t seen = 0;

    (void)row;
    OK(OpenLoose(b, 2, &loose));
    OK(OpenOther(b, 3, &other));
    OK(seen = UseLoose(thing, 0)); /* one handle, both types */
    EQ(seen, 1);
    OK(seen = Use(loose, 0));
    EQ(seen, 2);
    OK(seen = TwoTypes(thing, other));
    EQ(seen, 1003);
    thing_drop(&thing);
    thing_drop(&loose);
    thing_drop(&other);
    unbind(&b);
    wait_run_downs(3);
    EQ(rundown_type(0), 'O');
    EQ(rundown_type(1), 'L');
    EQ(rundown_type(2), 'T');
}

typedef void opener(handle_t, int32_t, THING *);
typedef int32_t user(THING);

static int32_t plainly_use(THING h)
{
    return Use(h, 0);
}

static void plainly_open(handle_t b, int32_t value, THING *h)
{
    Open(b, ACT_SET, value, h);
}

/* 5.3, the whole table: rows are where a handle was created, columns where it is used. */
static void s_strictness(const void *row)
{
    static opener *const openers[] = {plainly_open, PlainOpen, StrictOpen, TypedOpen};
    static user *const same[] = {plainly_use, PlainUse, StrictUse, TypedUse};
    static user *const other[] = {UseOther, PlainUseOther, StrictUseOther, TypedUseOther};
    static const bool fits[4][4] = {
        {true, true, false, false},
        {true, true, false, false},
        {false, false, true, false},
        {false, false, false, true},
    };
    handle_t b = bind_direct();

    (void)row;
    for (volatile int made = 0; made < 4; made++) {
        THING h = NULL;

        OK(openers[made](b, made, &h));
        for (volatile int used = 0; used < 4; used++) {
            int calls = calls_made();
            bool fit = fits[made][used];

            FAILS(same[used](h), fit ? RPC_S_OK : MISMATCH);
            if (!fit) /* before the routine */
                EQ(calls_made(), calls);
            FAILS(other[used](h), fit && used != 3 ? RPC_S_OK : MISMATCH);
        }
        thing_drop(&h);
    }
    unbind(&b);
}

void cases_of_handles(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"B1", "handle_t, a null and two open handles in one call", b1_leftmost_handle_binds, NULL,
         ON_BOTH},
        {"B4", "null and wild handles", b4_null_handles_cannot_bind, NULL, ON_BOTH},
        {"B6", "two handles, three timeouts, the opener freed", b6_a_handle_has_its_own_binding,
         NULL, ON_BOTH},
        {"D6 D8", "every direction a handle can go", d_every_direction, NULL, ON_BOTH},
        {"D9", "handles of two associations", d9_handles_of_two_servers, NULL, ON_BOTH},
        {"D4", "three types, one run-down each", d4_alias_has_its_own_run_down, NULL, ON_BOTH},
        {"T", "a wild value in an [out] variable", t_out_only_is_overwritten, NULL, ON_BOTH},
        {"T", "a wild value, and a bad reply behind it", t_out_only_of_a_bad_reply, NULL, ON_BOTH},
        {"S", "four interfaces, two types: the whole table", s_strictness, NULL, ON_BOTH},
        {"C1 C6", "the request of a close lost with the connection", c1_failed_close, NULL,
         ON_BOTH},
        {"C2 C3 C4 C5", "one of two handles destroyed, then all references", c2_destroying_is_local,
         NULL, ON_BOTH},
        {"C7", "a stale, a null and a wild handle destroyed", c7_destroying_what_is_none, NULL,
         ON_BOTH},
        {"C9", "a close that does not set null", c9_close_that_sets_nothing, NULL, ON_BOTH},
        {"A2", "opened on one connection, used on another", handles_belong_to_no_connection, NULL,
         ON_BOTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
