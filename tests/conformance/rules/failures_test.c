/* SPDX-License-Identifier: Apache-2.0
 *
 * failures_test.c - the failure tables of context handles, row by row (rpc-contexts 7)
 *
 * Each row is provoked at its real failure point and judged at four places: what the routines saw,
 * what the server still has, the client's variable, and the client's next call.
 */
#include "kit.h"

#include <stdio.h>

#include "rpc/wire/wire.h"

const struct client_role client_roles[] = {{NULL, NULL}};

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH
#define IN_NULL  RPC_X_SS_IN_NULL_CONTEXT
#define BAD_TAG  RPC_X_INVALID_TAG
#define LOST     RPC_S_CALL_FAILED

/* Values: what arrives is made with 1, what the routine makes or changes with 2. */
enum shape {
    CHANGE,      /* [in,out] only */
    BEFORE,      /* [in,out] behind an output that can fail: point B */
    AFTER,       /* [in,out] before it: point A */
    OPEN_BEFORE, /* [out], B */
    OPEN_AFTER,  /* [out], A */
    RETURN,      /* return value */
    RETURN_BAD,  /* return value, B */
};

static const struct row {
    const char *name;
    enum shape shape;
    bool arrives;
    int32_t act;
    RPC_STATUS status;                               /* of the call */
    unsigned opened2, closed1, run_down1, run_down2; /* by the routines' count */
    unsigned left;                                   /* at the server */
    RPC_STATUS next;
    int32_t seen; /* by the next call, if it works */
    bool lost;    /* A by sending: the connection is cut while the routine is inside */
} rows[] = {
    /* clang-format off */
    {"F1 null in, cleaned up, raised",       CHANGE, false, ACT_RAISE, RAISED, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F1 null in, opened, raised",           BEFORE, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F1 [out], opened, raised",             OPEN_AFTER, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F1 [out], built and gave up, raised",  OPEN_AFTER, false, ACT_MESS | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F2a closed, raised",                   CHANGE, true, ACT_NULL | ACT_RAISE, RAISED, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F2b left as is, raised",               CHANGE, true, ACT_RAISE, RAISED, 0,0,0,0, 1, 0, 1, false},
    {"F2c changed data, raised",             CHANGE, true, ACT_CHANGE | ACT_RAISE, RAISED, 0,0,0,0, 1, 0, 2, false},
    {"F3 closed, failed after marshalling",  AFTER, true, ACT_NULL | ACT_BAD, BAD_TAG, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F3 closed, failed to send",            AFTER, true, ACT_NULL, LOST, 0,1,0,0, 0, MISMATCH, 0, true},
    {"F4 null in, opened, failed after",     AFTER, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F4 [out], opened, failed after",       OPEN_AFTER, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F4 [out], opened, failed to send",     OPEN_AFTER, false, ACT_SET, LOST, 1,0,0,1, 0, IN_NULL, 0, true},
    {"F5 unchanged, failed after",           AFTER, true, ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 1, false},
    {"F5 data changed, failed after",        AFTER, true, ACT_CHANGE | ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 2, false},
    {"F5 data changed, failed to send",      AFTER, true, ACT_CHANGE, LOST, 0,0,0,0, 1, 0, 2, true},
    {"F6 null in, left null, failed before", BEFORE, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F7 closed, failed before",             BEFORE, true, ACT_NULL | ACT_BAD, BAD_TAG, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F8 null in, opened, failed before",    BEFORE, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F8 [out], opened, failed before",      OPEN_BEFORE, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F9 unchanged, failed before",          BEFORE, true, ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 1, false},
    {"F9 data changed, failed before",       BEFORE, true, ACT_CHANGE | ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 2, false},
    {"F10 returned null, failed before",     RETURN_BAD, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F11 returned a handle, failed before", RETURN_BAD, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"X1 null in, left null, failed after",  AFTER, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"X2 returned null, failed to send",     RETURN, false, 0, LOST, 0,0,0,0, 0, IN_NULL, 0, true},
    {"X3 returned a handle, failed to send", RETURN, false, ACT_SET, LOST, 1,0,0,1, 0, IN_NULL, 0, true},
    {"X4 return value, raised",              RETURN, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"X5 another pointer, success",          CHANGE, true, ACT_SWAP, 0, 1,1,0,0, 1, 0, 2, false},
    {"X6 another pointer, raised",           CHANGE, true, ACT_SWAP | ACT_RAISE, RAISED, 1,1,0,0, 1, 0, 2, false},
    {"X6 another pointer, failed before",    BEFORE, true, ACT_SWAP | ACT_BAD, BAD_TAG, 1,1,0,0, 1, 0, 2, false},
    {"X6 another pointer, failed after",     AFTER, true, ACT_SWAP | ACT_BAD, BAD_TAG, 1,1,0,0, 1, 0, 2, false},
    {"X6 another pointer, failed to send",   AFTER, true, ACT_SWAP, LOST, 1,1,0,0, 1, 0, 2, true},
    {"C9 close succeeded, not set null",     CHANGE, true, ACT_CHANGE, 0, 0,0,0,0, 1, 0, 2, false},
    /* clang-format on */
};

static void perform(handle_t b, enum shape shape, int32_t act, THING *h)
{
    int32_t tag = 0;
    bad_t bad;

    switch (shape) {
    case CHANGE:
        if (*h == NULL)
            ChangeAt(b, h, act, 2);
        else
            Change(h, act, 2);
        break;
    case BEFORE: Before(b, act, 2, &tag, &bad, h); break;
    case AFTER: After(b, act, 2, h, &tag, &bad); break;
    case OPEN_BEFORE: OpenBefore(b, act, 2, &tag, &bad, h); break;
    case OPEN_AFTER: OpenAfter(b, act, 2, h, &tag, &bad); break;
    case RETURN: *h = Return(b, act, 2); break;
    case RETURN_BAD: *h = ReturnBad(b, act, 2, &tag, &bad); break;
    }
}

struct call {
    handle_t b;
    const struct row *row;
    THING *h;
};

static RPC_STATUS perform_in_thread(void *argument)
{
    struct call *c = argument;

    return TRY(perform(c->b, c->row->shape, c->row->act | ACT_GATE, c->h));
}

/* The call's connection ends while the routine is inside; another one keeps the association. */
static RPC_STATUS perform_and_cut(struct proxy *p, handle_t b, const struct row *row, THING *h)
{
    struct call c = {b, row, h};
    struct thread *t;

    GATE_SHUT();
    t = thread_start(perform_in_thread, &c);
    wait_count(&board->at_gate, 1);
    OK(Null(b));
    assert_int_equal(proxy_open(p), 2);
    proxy_cut_one(p, 0, true);
    GATE_OPEN();
    wait_count(&board->inside, 0);
    return thread_join(t);
}

/* The runtime settles after the client may have its answer: what is counted is awaited. */
static void judge(const struct row *row)
{
    wait_count(&board->run_down, row->run_down1 + row->run_down2);
    wait_server_contexts(row->left);
    assert_int_equal(opened(2), row->opened2);
    assert_int_equal(closed(1), row->closed1);
    assert_int_equal(run_down(1), row->run_down1);
    assert_int_equal(run_down(2), row->run_down2);
}

static void failure_row(void **state)
{
    const struct row *row = *state;
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL, before;
    volatile int32_t seen = 0;

    OK(Null(b));
    if (row->arrives)
        h = thing_open(b, 1);
    before = h;
    if (row->lost)
        assert_int_equal(perform_and_cut(p, b, row, &h), row->status);
    else
        FAILS(perform(b, row->shape, row->act, &h), row->status);
    assert_ptr_equal(h, before);
    judge(row);
    FAILS(seen = Use(h, 0), row->next);
    assert_int_equal(seen, row->next == 0 ? row->seen : 0);
    if (row->left > 0)
        thing_close(&h);
    else if (h != NULL)
        assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK); /* C8 */
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* ---- Rows that are no single call ------------------------------------------------------------- */

/* X7: what an [in] handle's routine frees, the runtime cannot know. */
static void x7_in_handle_stays_whatever_the_routine_did(void **state)
{
    handle_t b = bind_direct();
    THING h = thing_open(b, 1);

    (void)state;
    OK(UseByReference(&h, ACT_NULL)); /* sets its own copy of the variable to NULL */
    assert_non_null(h);
    assert_int_equal(thing_read(h), 1);
    FAILS(UseByReference(&h, ACT_NULL | ACT_RAISE), RAISED);
    assert_int_equal(thing_read(h), 1);
    assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
    unbind(&b);
    client_forget();
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(1), 1);
}

/* X8: the second parameter cannot be unmarshalled; the routine never runs. */
static void x8_unmarshalling_fails_behind_a_handle(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    unsigned calls;

    (void)state;
    calls = board->calls;
    /* the request's stub: 20 octets of handle, then the number, whose third octet is turned */
    proxy_arm(p,
              (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_ALTER, 24 + 20 + 2, 1, NULL});
    FAILS(Text(h, 3, "x"), RPC_X_INVALID_BOUND);
    assert_int_equal(board->calls, calls);
    /* more of the string is said to follow than there is */
    proxy_arm(p,
              (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_ALTER, 24 + 32 + 2, 1, NULL});
    FAILS(Text(h, 3, "x"), RPC_X_BAD_STUB_DATA);
    assert_int_equal(board->calls, calls);
    assert_int_equal(thing_read(h), 1); /* unlocked, untouched */
    thing_close(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* X9: a token that the association has not issued. One bit is turned at each of its octets. */
static void x9_forged_tokens(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    unsigned calls = board->calls;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        proxy_arm(p,
                  (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_ALTER, 24 + i, 4, NULL});
        FAILS(Use(h, 0), MISMATCH);
    }
    assert_int_equal(board->calls, calls);
    assert_int_equal(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* X9: a token is worth nothing in another association, even of the same process. */
static void x9_stolen_token(void **state)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    handle_t b = bind_through(p), c = bind_through(q);
    THING mine = thing_open(b, 1), other = thing_open(c, 2);
    uint8_t token[20];
    unsigned calls = board->calls;

    (void)state;
    proxy_arm(p, (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_READ, 24, 0, token});
    assert_int_equal(thing_read(mine), 1);
    proxy_arm(q, (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_WRITE, 24, 0, token});
    FAILS(Use(other, 0), MISMATCH);
    assert_int_equal(board->calls, calls + 1);
    assert_int_equal(thing_read(other), 2);
    thing_close(&mine);
    thing_close(&other);
    unbind(&b);
    unbind(&c);
    client_forget();
    proxy_free(p);
    proxy_free(q);
}

/* X10: nil for an [in] handle; the client's own check is passed over by the wire. */
static void x10_nil_for_an_in_handle(void **state)
{
    static uint8_t nil[20];
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    unsigned calls = board->calls;

    (void)state;
    proxy_arm(p, (struct proxy_order){TO_SERVER, WIRE_REQUEST, 0, PROXY_WRITE, 24, 0, nil});
    FAILS(Use(h, 0), IN_NULL);
    assert_int_equal(board->calls, calls);
    assert_int_equal(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* X11: every handle of a call by its own row: closed before the failing output (F3), born before it
 * (F4), kept behind it (F9), born behind it (F8). */
static void x11_each_handle_by_its_own_row(void **state)
{
    handle_t b = bind_direct();
    THING closes = thing_open(b, 1), opens = NULL, keeps = thing_open(b, 2), old = closes;
    OTHER late = NULL;
    int32_t tag;
    bad_t bad;

    (void)state;
    FAILS(Mixed(b, ACT_BAD, &closes, &opens, 10, &tag, &bad, &keeps, &late), BAD_TAG);
    wait_count(&board->run_down, 2);
    assert_ptr_equal(closes, old);
    assert_null(opens);
    assert_null(late);
    assert_int_equal(closed(1), 1);
    assert_int_equal(run_down(11), 1);
    assert_int_equal(run_down(13), 1);
    assert_int_equal(board->log[0], 13); /* the reverse order of their parameters */
    assert_int_equal(board->log[1], 11);
    assert_int_equal(board->type_log[0], 'O');
    FAILS(Use(closes, 0), MISMATCH);
    assert_int_equal(thing_read(keeps), 12);
    (void)RpcSmDestroyClientContext(&closes);
    thing_close(&keeps);
    unbind(&b);
}

/* X11: four born, in and out and mixed, are run down in the reverse order of their parameters. */
static void x11_born_ones_are_run_down_backwards(void **state)
{
    handle_t b = bind_direct();
    THING closes = NULL, opens = NULL, keeps = NULL;
    OTHER late = NULL;
    int32_t tag;
    bad_t bad;

    (void)state;
    FAILS(Mixed(b, ACT_BAD, &closes, &opens, 10, &tag, &bad, &keeps, &late), BAD_TAG);
    wait_count(&board->run_down, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(board->log[i], 13 - i);
    assert_true(closes == NULL && opens == NULL && keeps == NULL && late == NULL);
    unbind(&b);
}

/* X11, E: applies to all. */
static void x11_raising_applies_to_all(void **state)
{
    handle_t b = bind_direct();
    THING first = thing_open(b, 1), second = NULL, third = NULL;

    (void)state;
    FAILS(Pair(b, &first, ACT_NULL, &second, ACT_SET, 20, ACT_RAISE), RAISED);
    assert_non_null(first);
    assert_null(second);
    FAILS(Use(first, 0), MISMATCH);
    wait_server_contexts(0);
    assert_int_equal(board->run_down, 0);
    assert_int_equal(opened(21), 1); /* the routine's to clean up, as it chose to raise */
    OK(Pair(b, &second, ACT_SET, &third, ACT_SET, 30, 0));
    assert_int_equal(thing_read(second) + thing_read(third), 61);
    thing_close(&second);
    thing_close(&third);
    (void)RpcSmDestroyClientContext(&first);
    unbind(&b);
}

/* X15, D2: an anonymous handle has nothing to call; it is dropped, the rest is as with others. */
static void x15_anonymous_handles(void **state)
{
    handle_t b = bind_direct();
    void *h = NULL, *again = NULL;
    int32_t tag;
    bad_t bad;
    unsigned long dropped;
    volatile int32_t seen = 0;

    (void)state;
    (void)server_contexts();
    dropped = board->handles_dropped;
    FAILS(OpenAnonymous(b, ACT_SET | ACT_BAD, 1, &tag, &bad, &h), BAD_TAG);
    assert_null(h);
    OK(OpenAnonymous(b, ACT_SET, 2, &tag, &bad, &h));
    OK(seen = UseAnonymous(h));
    assert_int_equal(seen, 2);
    OK(again = ReturnAnonymous(b, 3));
    OK(seen = UseAnonymous(again));
    assert_int_equal(seen, 3);
    assert_int_equal(server_contexts(), 2);
    (void)RpcSmDestroyClientContext(&h);
    (void)RpcSmDestroyClientContext(&again);
    unbind(&b);
    client_forget();
    wait_server_contexts(0);
    assert_int_equal(board->handles_dropped, dropped + 3);
    assert_int_equal(board->run_down, 0);
}

/* X16: a run-down that raises is counted, and the others are performed. */
static void x16_rundown_raises(void **state)
{
    handle_t b = bind_direct();
    THING h[3];
    unsigned long raised;

    (void)state;
    (void)server_contexts();
    raised = board->rundown_exceptions;
    for (int i = 0; i < 3; i++)
        h[i] = thing_open(b, i + 1);
    atomic_store(&board->raise_rundown, 1);
    for (int i = 0; i < 3; i++)
        (void)RpcSmDestroyClientContext(&h[i]);
    unbind(&b);
    client_forget();
    server_idle();
    assert_int_equal(board->run_down, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_down(i + 1), 1);
        assert_int_equal(board->log[i], 3 - i); /* newest first */
    }
    assert_int_equal(board->rundown_exceptions, raised + 3);
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

    GATE_SHUT();
    t = thread_start(use_at_gate, h);
    wait_count(&board->at_gate, 1);
    assert_int_equal(proxy_open(p), 1);
    return t;
}

/* P1: the reply was handed to TCP, another connection lives: an orphan until the association ends. */
static void p1_lost_reply_of_an_open(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING keeps = thing_open(b, 1), h = NULL;
    struct thread *t = occupy(p, keeps);

    (void)state;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_CUT, 0, 0, NULL});
    FAILS(Open(b, ACT_SET, 2, &h), LOST);
    assert_null(h);
    GATE_OPEN();
    assert_int_equal(thread_join(t), RPC_S_OK);
    assert_int_equal(server_contexts(), 2);
    assert_int_equal(thing_read(keeps), 1);
    assert_int_equal(board->run_down, 0);
    thing_close(&keeps);
    assert_int_equal(server_contexts(), 1); /* the orphan */
    unbind(&b);
    client_forget();
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(2), 1);
    proxy_free(p);
}

/* P2: so with a close: the next use is a mismatch, then destroy. */
static void p2_lost_reply_of_a_close(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING keeps = thing_open(b, 1), h = thing_open(b, 2);
    struct thread *t = occupy(p, keeps);

    (void)state;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_CUT, 0, 0, NULL});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    assert_non_null(h);
    assert_int_equal(closed(2), 1);
    GATE_OPEN();
    assert_int_equal(thread_join(t), RPC_S_OK);
    FAILS(Use(h, 0), MISMATCH);
    FAILS(Change(&h, ACT_NULL, 0), MISMATCH); /* C8 */
    assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
    assert_null(h);
    assert_int_equal(closed(2), 1);
    assert_int_equal(run_down(2), 0);
    thing_close(&keeps);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* P3: it was the last connection: run down, or closed already. */
static void p3_lost_reply_on_the_last_connection(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;

    (void)state;
    OK(Null(b));
    proxy_arm(p, (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_CUT, 0, 0, NULL});
    FAILS(Open(b, ACT_SET, 1, &h), LOST);
    assert_null(h);
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(1), 1);
    h = thing_open(b, 2);
    proxy_arm(p, (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_CUT, 0, 0, NULL});
    FAILS(Change(&h, ACT_NULL, 0), LOST);
    assert_non_null(h);
    wait_server_contexts(0);
    assert_int_equal(closed(2), 1);
    assert_int_equal(run_down(2), 0);
    FAILS(Use(h, 0), MISMATCH); /* R8 */
    (void)RpcSmDestroyClientContext(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* P4: the client cannot take the reply. The wire turns the token of an [in,out] handle: 1777. */
static void p4_damaged_handle(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), old = h;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        proxy_arm(p,
                  (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_ALTER, 24 + i, 1, NULL});
        FAILS(Change(&h, ACT_CHANGE, (int)i), RPC_X_SS_CONTEXT_DAMAGED);
        assert_ptr_equal(h, old);
        assert_int_equal(thing_read(h), (int)i);
    }
    thing_close(&h);
    unbind(&b);
    client_forget();
    proxy_free(p);
}

/* P4, section 4: the first handle of a reply is fine, the second is not: neither changes. */
static void p4_all_handles_or_none(void **state)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING first = thing_open(b, 1), second = thing_open(b, 2), third = NULL, a = first, c = second;

    (void)state;
    proxy_arm(p,
              (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_ALTER, 24 + 20 + 5, 1, NULL});
    FAILS(Pair(b, &first, ACT_NULL, &second, 0, 5, 0), RPC_X_SS_CONTEXT_DAMAGED);
    assert_ptr_equal(first, a);
    assert_ptr_equal(second, c);
    FAILS(Use(first, 0), MISMATCH); /* the server has closed it */
    assert_int_equal(thing_read(second), 2);
    (void)RpcSmDestroyClientContext(&first);
    first = NULL;
    /* born first, then one that is damaged: no object, an orphan */
    proxy_arm(p,
              (struct proxy_order){TO_CLIENT, WIRE_RESPONSE, 0, PROXY_ALTER, 24 + 20 + 5, 1, NULL});
    FAILS(Pair(b, &third, ACT_SET, &second, 0, 7, 0), RPC_X_SS_CONTEXT_DAMAGED);
    assert_null(third);
    assert_int_equal(server_contexts(), 2);
    thing_close(&second);
    unbind(&b);
    client_forget();
    wait_count(&board->run_down, 1);
    assert_int_equal(run_down(7), 1);
    proxy_free(p);
}

/* P5: the client gives up, the server goes on; the one connection there was is lost with the call. */
static void p5_call_timeout(void **state)
{
    handle_t b = bind_direct();
    THING h = NULL;

    (void)state;
    OK(Null(b));
    GATE_SHUT();
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 100), RPC_S_OK);
    FAILS(Open(b, ACT_SET | ACT_GATE, 2, &h), RPC_S_CALL_CANCELLED);
    assert_null(h);
    assert_int_equal(board->opened, 0);
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 0), RPC_S_OK);
    GATE_OPEN();
    wait_count(&board->run_down, 1); /* it has executed all the same */
    assert_int_equal(opened(2), 1);
    assert_int_equal(run_down(2), 1);
    OK(Null(b));
    unbind(&b);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest others[] = {
        OVER_BOTH(x7_in_handle_stays_whatever_the_routine_did),
        OVER_BOTH(x8_unmarshalling_fails_behind_a_handle),
        OVER_BOTH(x9_forged_tokens),
        OVER_BOTH(x9_stolen_token),
        OVER_BOTH(x10_nil_for_an_in_handle),
        OVER_BOTH(x11_each_handle_by_its_own_row),
        OVER_BOTH(x11_born_ones_are_run_down_backwards),
        OVER_BOTH(x11_raising_applies_to_all),
        OVER_BOTH(x15_anonymous_handles),
        OVER_BOTH(x16_rundown_raises),
        OVER_BOTH(p1_lost_reply_of_an_open),
        OVER_BOTH(p2_lost_reply_of_a_close),
        OVER_BOTH(p3_lost_reply_on_the_last_connection),
        OVER_BOTH(p4_damaged_handle),
        OVER_BOTH(p4_all_handles_or_none),
        OVER_TCP(p5_call_timeout),
    };
    enum { ROWS = sizeof rows / sizeof *rows, OTHERS = sizeof others / sizeof *others };
    static struct CMUnitTest tests[2 * ROWS + OTHERS];
    static struct parameter parameters[2 * ROWS];
    static char names[2 * ROWS][80];
    int n = client_main(argc, argv);

    if (n >= 0)
        return n;
    for (n = 0; n < 2 * ROWS; n++) {
        parameters[n] = (struct parameter){n % 2 ? UNIX : TCP, &rows[n / 2]};
        (void)snprintf(names[n], sizeof names[n], "%s (%s)", rows[n / 2].name,
                       n % 2 ? "unix" : "tcp");
        tests[n] =
            (struct CMUnitTest){names[n], failure_row, fixture_serve, fixture_stop, &parameters[n]};
    }
    memcpy(tests + n, others, sizeof others);
    return cmocka_run_group_tests_name("rules/failures", tests, NULL, group_stop);
}
