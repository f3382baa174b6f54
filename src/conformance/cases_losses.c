/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_losses.c - failures that are no row of one call: X7 to X16, and what the server cannot see (P)
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

/* X7: what an [in] handle's routine frees, the runtime cannot know. */
static void x7_in_handle_stays_whatever_the_routine_did(const void *row)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);

    (void)row;
    OK(UseByReference(&h, ACT_NULL)); /* sets its own copy of the variable to NULL */
    TRUE_THAT(h != NULL);
    EQ(thing_read(h), 1);
    FAILS(UseByReference(&h, ACT_NULL | ACT_RAISE), RAISED);
    EQ(thing_read(h), 1);
    EQ(RpcSmDestroyClientContext(&h), RPC_S_OK);
    unbind(&b);
    wait_run_downs(1);
    EQ(run_down(1), 1);
}

/* X8: the second parameter cannot be unmarshalled; the routine never runs. */
static void x8_unmarshalling_fails_behind_a_handle(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    int calls;

    (void)row;
    calls = calls_made();
    /* the request's stub: 20 octets of handle, then the number, whose third octet is turned */
    proxy_arm(
        p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER, 24 + 20 + 2, 1, NULL, 0});
    FAILS(Text(h, 3, "x"), RPC_X_INVALID_BOUND);
    EQ(calls_made(), calls);
    /* more of the string is said to follow than there is */
    proxy_arm(
        p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER, 24 + 32 + 2, 1, NULL, 0});
    FAILS(Text(h, 3, "x"), RPC_X_BAD_STUB_DATA);
    EQ(calls_made(), calls);
    EQ(thing_read(h), 1); /* unlocked, untouched */
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* X8, null and open handles that come back, in front of what cannot be unmarshalled: nothing becomes of
 * them, nothing is called. */
static void x8_handles_that_would_come_back(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING last = thing_open(b, LAST), first = thing_open(b, 1), second = NULL, third = NULL;
    int calls = calls_made();

    (void)row;
    FAILS(Unread(b, &first, &second, &third, 10), RPC_X_INVALID_BOUND);
    FAILS(Unread(b, &second, &first, &third, 10), RPC_X_INVALID_BOUND);
    EQ(calls_made(), calls);
    EQ(counts().run_down, 0);
    EQ(counts().spoilt, 0);
    EQ(thing_read(first), 1);
    thing_close(&first);
    end_with(&last, &b);
    EQ(counts().run_down, 1);
    proxy_free(p);
}

/* X9: a token that the association has not issued. One bit is turned at each of its octets. */
static void x9_forged_tokens(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    int calls = calls_made();

    (void)row;
    for (size_t i = 0; i < 20; i++) {
        proxy_arm(p,
                  (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER, 24 + i, 4, NULL, 0});
        FAILS(Use(h, 0), MISMATCH);
    }
    EQ(calls_made(), calls);
    EQ(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* X9: a token is worth nothing in another association, even of the same process. */
static void x9_stolen_token(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    handle_t b = bind_through(p), c = bind_through(q);
    THING mine = thing_open(b, 1), other = thing_open(c, 2);
    uint8_t token[20];
    int calls = calls_made();

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_READ, 24, 0, token, 20});
    EQ(thing_read(mine), 1);
    proxy_arm(q, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_WRITE, 24, 0, token, 20});
    FAILS(Use(other, 0), MISMATCH);
    EQ(calls_made(), calls + 1); /* the good one */
    EQ(thing_read(other), 2);
    thing_close(&mine);
    thing_close(&other);
    unbind(&b);
    unbind(&c);
    proxy_free(p);
    proxy_free(q);
}

/* X9: a good handle beside a forged one is left alone, locked and unlocked again. */
static void x9_good_beside_forged(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING first = thing_open(b, 1), second = thing_open(b, 2);
    int calls = calls_made();

    (void)row;
    for (size_t i = 0; i < 2; i++) {
        proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_ALTER,
                                          PDU_STUB + 24 * i + 7, 4, NULL, 0});
        FAILS(Pair(b, &first, ACT_NULL, &second, ACT_NULL, 5, 0), MISMATCH);
    }
    EQ(calls_made(), calls);
    EQ(thing_read(first), 1);
    EQ(thing_read(second), 2);
    thing_close(&first);
    thing_close(&second);
    unbind(&b);
    proxy_free(p);
}

/* X10: nil for an [in] handle; the client's own check is passed over by the wire. */
static void x10_nil_for_an_in_handle(const void *row)
{
    static uint8_t nil[20];
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    int calls = calls_made();

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_WRITE, 24, 0, nil, 20});
    FAILS(Use(h, 0), IN_NULL);
    EQ(calls_made(), calls);
    EQ(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* X11: every handle of a call by its own row: closed before the failing output (F3), born before it
 * (F4), kept behind it (F9), born behind it (F8). */
static void x11_each_handle_by_its_own_row(const void *row)
{
    handle_t b = bind_direct();
    THING closes = thing_open(b, 1), opens = NULL, keeps = thing_open(b, 2), old = closes;
    OTHER late = NULL;
    int32_t tag;
    bad_t bad;

    (void)row;
    FAILS(Mixed(b, ACT_BAD, &closes, &opens, 10, &tag, &bad, &keeps, &late), BAD_TAG);
    wait_run_downs(2);
    EQ(closes, old);
    TRUE_THAT(opens == NULL);
    TRUE_THAT(late == NULL);
    EQ(closed(1), 1);
    EQ(run_down(11), 1);
    EQ(run_down(13), 1);
    EQ(rundown_value(0), 13); /* the reverse order of their parameters */
    EQ(rundown_value(1), 11);
    EQ(rundown_type(0), 'O');
    FAILS(Use(closes, 0), MISMATCH);
    EQ(thing_read(keeps), 12);
    thing_drop(&closes);
    thing_close(&keeps);
    unbind(&b);
}

/* X11: four born, in and out and mixed, are run down in the reverse order of their parameters. */
static void x11_born_ones_are_run_down_backwards(const void *row)
{
    handle_t b = bind_direct();
    THING closes = NULL, opens = NULL, keeps = NULL;
    OTHER late = NULL;
    int32_t tag;
    bad_t bad;

    (void)row;
    FAILS(Mixed(b, ACT_BAD, &closes, &opens, 10, &tag, &bad, &keeps, &late), BAD_TAG);
    wait_run_downs(4);
    for (int i = 0; i < 4; i++)
        EQ(rundown_value(i), 13 - i);
    TRUE_THAT(closes == NULL && opens == NULL && keeps == NULL && late == NULL);
    unbind(&b);
}

/* X11, E: applies to all. */
static void x11_raising_applies_to_all(const void *row)
{
    handle_t b = bind_direct();
    THING last = thing_open(b, LAST), first = thing_open(b, 1), second = NULL, third = NULL;

    (void)row;
    FAILS(Pair(b, &first, ACT_NULL, &second, ACT_SET, 20, ACT_RAISE), RAISED);
    TRUE_THAT(first != NULL);
    TRUE_THAT(second == NULL);
    FAILS(Use(first, 0), MISMATCH);
    EQ(counts().run_down, 0);
    EQ(opened(21), 1); /* the routine's to clean up, as it chose to raise */
    OK(Pair(b, &second, ACT_SET, &third, ACT_SET, 30, 0));
    EQ(thing_read(second) + thing_read(third), 61);
    thing_close(&second);
    thing_close(&third);
    thing_drop(&first);
    end_with(&last, &b);
    EQ(counts().run_down, 1);
    forgets(1);
}

/* X15, D2: an anonymous handle has nothing to call; it is dropped, the rest is as with others. */
static void x15_anonymous_handles(const void *row)
{
    handle_t b = bind_direct();
    THING last = thing_open(b, LAST);
    void *h = NULL, *again = NULL;
    int32_t tag;
    bad_t bad;
    volatile int32_t seen = 0;

    (void)row;
    FAILS(OpenAnonymous(b, ACT_SET | ACT_BAD, 1, &tag, &bad, &h), BAD_TAG);
    TRUE_THAT(h == NULL);
    OK(OpenAnonymous(b, ACT_SET, 2, &tag, &bad, &h));
    OK(seen = UseAnonymous(h));
    EQ(seen, 2);
    OK(again = ReturnAnonymous(b, 3));
    OK(seen = UseAnonymous(again));
    EQ(seen, 3);
    thing_drop(&h);
    thing_drop(&again);
    end_with(&last, &b);
    EQ(counts().run_down, 1); /* LAST alone */
    forgets(3);
}

/* X16: of run-downs that raise, all are performed, newest first; and the server goes on. */
static void x16_rundown_raises(const void *row)
{
    handle_t b = bind_direct();
    THING h[3];

    (void)row;
    for (int i = 0; i < 3; i++)
        h[i] = thing_open(b, i + 1);
    rundowns_raise();
    for (int i = 0; i < 3; i++)
        thing_drop(&h[i]);
    unbind(&b);
    wait_run_downs(3);
    for (int i = 0; i < 3; i++) {
        EQ(run_down(i + 1), 1);
        EQ(rundown_value(i), 3 - i);
    }
}

/* X16 within a call: the client gets the call's own status, not the run-down's. */
static void x16_rundown_of_a_failed_call_raises(const void *row)
{
    handle_t b = bind_direct();
    THING h = NULL, other = NULL;
    int32_t tag;
    bad_t bad;

    (void)row;
    rundowns_raise();
    FAILS(OpenAfter(b, ACT_SET | ACT_BAD, 1, &h, &tag, &bad), BAD_TAG);
    wait_run_downs(1);
    EQ(run_down(1), 1);
    other = thing_open(b, 2);
    thing_close(&other);
    unbind(&b);
}

/* ---- What the server cannot see --------------------------------------------------------------- */

static RPC_STATUS use_at_gate(void *h)
{
    return TRY(Use(h, ACT_GATE));
}

/* Occupies one connection through the proxy, so that the next call needs another. */
static struct thread *occupy(struct proxy *p, THING h)
{
    struct thread *t;

    gate_shut();
    t = thread_start(use_at_gate, h);
    wait_at_gate(1);
    EQ(proxy_open(p), 1);
    return t;
}

/* P1: the reply was handed to TCP, another connection lives: an orphan until the association ends. */
static void p1_lost_reply_of_an_open(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING keeps = thing_open(b, 1), h = NULL;
    struct thread *t = occupy(p, keeps);

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_CUT, 0, 0, NULL, 0});
    FAILS(Open(b, ACT_SET, 2, &h), LOST);
    TRUE_THAT(h == NULL);
    gate_open();
    EQ(thread_join(t), RPC_S_OK);
    EQ(opened(2), 1); /* the orphan */
    EQ(thing_read(keeps), 1);
    EQ(counts().run_down, 0);
    thing_close(&keeps);
    unbind(&b);
    wait_run_downs(1);
    EQ(run_down(2), 1);
    proxy_free(p);
}

/* P2: so with a close: the next use is a mismatch, then destroy. */
static void p2_lost_reply_of_a_close(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING keeps = thing_open(b, 1), h = thing_open(b, 2);
    struct thread *t = occupy(p, keeps);

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_CUT, 0, 0, NULL, 0});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    TRUE_THAT(h != NULL);
    EQ(closed(2), 1);
    gate_open();
    EQ(thread_join(t), RPC_S_OK);
    FAILS(Use(h, 0), MISMATCH);
    FAILS(Change(&h, ACT_NULL, 0), MISMATCH); /* C8 */
    EQ(RpcSmDestroyClientContext(&h), RPC_S_OK);
    TRUE_THAT(h == NULL);
    EQ(closed(2), 1);
    EQ(run_down(2), 0);
    thing_close(&keeps);
    unbind(&b);
    proxy_free(p);
}

/* P3: it was the last connection: run down, or closed already. */
static void p3_lost_reply_on_the_last_connection(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;

    (void)row;
    OK(Null(b));
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_CUT, 0, 0, NULL, 0});
    FAILS(Open(b, ACT_SET, 1, &h), LOST);
    TRUE_THAT(h == NULL);
    wait_run_downs(1);
    EQ(run_down(1), 1);
    h = thing_open(b, 2);
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_CUT, 0, 0, NULL, 0});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    TRUE_THAT(h != NULL);
    EQ(closed(2), 1);
    FAILS(Use(h, 0), MISMATCH); /* R8 */
    EQ(run_down(2), 0);
    thing_drop(&h);
    unbind(&b);
    proxy_free(p);
}

/* P4: the client cannot take the reply. The wire turns the token of an [in,out] handle: 1777. */
static void p4_damaged_handle(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), old = h;

    (void)row;
    for (size_t i = 0; i < 20; i++) {
        proxy_arm(
            p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_ALTER, 24 + i, 1, NULL, 0});
        FAILS(Change(&h, ACT_CHANGE, (int)i), RPC_X_SS_CONTEXT_DAMAGED);
        EQ(h, old);
        EQ(thing_read(h), (int)i);
    }
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* P4, section 4: the first handle of a reply is fine, the second is not: neither changes. */
static void p4_all_handles_or_none(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING first = thing_open(b, 1), second = thing_open(b, 2), third = NULL, a = first, c = second;

    (void)row;
    proxy_arm(
        p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_ALTER, 24 + 20 + 5, 1, NULL, 0});
    FAILS(Pair(b, &first, ACT_NULL, &second, 0, 5, 0), RPC_X_SS_CONTEXT_DAMAGED);
    EQ(first, a);
    EQ(second, c);
    FAILS(Use(first, 0), MISMATCH); /* the server has closed it */
    EQ(thing_read(second), 2);
    thing_drop(&first);
    first = NULL;
    /* born first, then one that is damaged: no object, an orphan */
    proxy_arm(
        p, (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_ALTER, 24 + 20 + 5, 1, NULL, 0});
    FAILS(Pair(b, &third, ACT_SET, &second, 0, 7, 0), RPC_X_SS_CONTEXT_DAMAGED);
    TRUE_THAT(third == NULL);
    EQ(counts().run_down, 0);
    thing_close(&second);
    unbind(&b);
    wait_run_downs(1);
    EQ(run_down(7), 1);
    proxy_free(p);
}

/* P5: the client gives up, the server goes on. Whether the connection ends with the call or is kept,
 * what the call has opened goes with the association. */
static void p5_call_timeout(const void *row)
{
    handle_t b = bind_direct();
    THING h = NULL;

    (void)row;
    OK(Null(b));
    gate_shut();
    EQ(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    FAILS(Open(b, ACT_SET | ACT_GATE, 2, &h), RPC_S_CALL_CANCELLED);
    TRUE_THAT(h == NULL);
    EQ(opened(2), 0);
    EQ(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 0), RPC_S_OK);
    gate_open();
    OK(Null(b));
    unbind(&b);
    wait_run_downs(1); /* it has executed all the same */
    EQ(opened(2), 1);
    EQ(run_down(2), 1);
}

void cases_of_losses(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"X7 D5 D7", "[in] handle: the routine's own variable set null, returned and raised",
         x7_in_handle_stays_whatever_the_routine_did, NULL, ON_BOTH},
        {"X8", "garbage behind a good handle", x8_unmarshalling_fails_behind_a_handle, NULL,
         ON_BOTH},
        {"X8", "garbage behind handles that would come back", x8_handles_that_would_come_back, NULL,
         ON_BOTH},
        {"X9", "each octet of a token forged", x9_forged_tokens, NULL, ON_BOTH},
        {"X9", "a token of another association", x9_stolen_token, NULL, ON_BOTH},
        {"X9", "a good handle beside a forged one", x9_good_beside_forged, NULL, ON_BOTH},
        {"X10", "nil on the wire where a handle must be", x10_nil_for_an_in_handle, NULL, ON_BOTH},
        {"X11", "closed, born, kept, born late in one failing call", x11_each_handle_by_its_own_row,
         NULL, ON_BOTH},
        {"X11", "four born, run down backwards", x11_born_ones_are_run_down_backwards, NULL,
         ON_BOTH},
        {"X11", "closed and born in a call that raises", x11_raising_applies_to_all, NULL, ON_BOTH},
        {"X15 D2", "anonymous handles", x15_anonymous_handles, NULL, ON_BOTH},
        {"X16", "three run-downs that raise", x16_rundown_raises, NULL, ON_BOTH},
        {"X16", "the run-down of a failed call raises", x16_rundown_of_a_failed_call_raises, NULL,
         ON_BOTH},
        {"P1", "reply of an open lost, the association lives", p1_lost_reply_of_an_open, NULL,
         ON_BOTH},
        {"P2 C8", "reply of a close lost, the association lives", p2_lost_reply_of_a_close, NULL,
         ON_BOTH},
        {"P3", "replies lost with the last connection", p3_lost_reply_on_the_last_connection, NULL,
         ON_BOTH},
        {"P4", "each octet of a returned token changed", p4_damaged_handle, NULL, ON_BOTH},
        {"P4 T", "one of two handles of a reply damaged", p4_all_handles_or_none, NULL, ON_BOTH},
        {"P5", "the client gives up, the server opens", p5_call_timeout, NULL, ON_TCP},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
