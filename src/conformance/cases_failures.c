/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_failures.c - the failure tables of context handles, row by row (rpc-contexts 7)
 *
 * Each row is provoked at its real failure point and judged at three places: what the routines saw, the
 * client's variable, and the client's next call. The oldest handle of the association is run down last,
 * and with it everything that was left has been.
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

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
    const char *rule, *name;
    enum shape shape;
    bool arrives;
    int32_t act;
    RPC_STATUS status;                          /* of the call */
    int opened2, closed1, run_down1, run_down2; /* by the routines' count */
    bool left;                                  /* open at the server */
    RPC_STATUS next;
    int32_t seen; /* by the next call, if it works */
    bool lost;    /* A by sending: the connection is cut while the routine is inside */
} rows[] = {
    /* clang-format off */
    {"F1", "null in, cleaned up, raised", CHANGE, false, ACT_RAISE, RAISED, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F1", "null in, opened, raised", BEFORE, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F1", "[out], opened, raised", OPEN_AFTER, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F1", "[out], built and gave up, raised", OPEN_AFTER, false, ACT_MESS | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"F2a", "closed, raised", CHANGE, true, ACT_NULL | ACT_RAISE, RAISED, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F2b", "left as is, raised", CHANGE, true, ACT_RAISE, RAISED, 0,0,0,0, 1, 0, 1, false},
    {"F2c", "changed data, raised", CHANGE, true, ACT_CHANGE | ACT_RAISE, RAISED, 0,0,0,0, 1, 0, 2, false},
    {"F3", "closed, failed after marshalling", AFTER, true, ACT_NULL | ACT_BAD, BAD_TAG, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F3", "closed, failed to send", AFTER, true, ACT_NULL, LOST, 0,1,0,0, 0, MISMATCH, 0, true},
    {"F4", "null in, opened, failed after", AFTER, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F4", "[out], opened, failed after", OPEN_AFTER, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F4", "[out], opened, failed to send", OPEN_AFTER, false, ACT_SET, LOST, 1,0,0,1, 0, IN_NULL, 0, true},
    {"F5", "unchanged, failed after", AFTER, true, ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 1, false},
    {"F5", "data changed, failed after", AFTER, true, ACT_CHANGE | ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 2, false},
    {"F5", "data changed, failed to send", AFTER, true, ACT_CHANGE, LOST, 0,0,0,0, 1, 0, 2, true},
    {"F6", "null in, left null, failed before", BEFORE, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F7", "closed, failed before", BEFORE, true, ACT_NULL | ACT_BAD, BAD_TAG, 0,1,0,0, 0, MISMATCH, 0, false},
    {"F8", "null in, opened, failed before", BEFORE, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F8", "[out], opened, failed before", OPEN_BEFORE, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"F9", "unchanged, failed before", BEFORE, true, ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 1, false},
    {"F9", "data changed, failed before", BEFORE, true, ACT_CHANGE | ACT_BAD, BAD_TAG, 0,0,0,0, 1, 0, 2, false},
    {"F10", "returned null, failed before", RETURN_BAD, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"F11", "returned a handle, failed before", RETURN_BAD, false, ACT_SET | ACT_BAD, BAD_TAG, 1,0,0,1, 0, IN_NULL, 0, false},
    {"X1", "null in, left null, failed after", AFTER, false, ACT_BAD, BAD_TAG, 0,0,0,0, 0, IN_NULL, 0, false},
    {"X2", "returned null, failed to send", RETURN, false, 0, LOST, 0,0,0,0, 0, IN_NULL, 0, true},
    {"X3", "returned a handle, failed to send", RETURN, false, ACT_SET, LOST, 1,0,0,1, 0, IN_NULL, 0, true},
    {"X4", "return value, raised", RETURN, false, ACT_SET | ACT_RAISE, RAISED, 1,0,0,0, 0, IN_NULL, 0, false},
    {"X5", "another pointer, success", CHANGE, true, ACT_SWAP, 0, 1,1,0,0, 1, 0, 2, false},
    {"X6", "another pointer, raised", CHANGE, true, ACT_SWAP | ACT_RAISE, RAISED, 1,1,0,0, 1, 0, 2, false},
    {"X6", "another pointer, failed before", BEFORE, true, ACT_SWAP | ACT_BAD, BAD_TAG, 1,1,0,0, 1, 0, 2, false},
    {"X6", "another pointer, failed after", AFTER, true, ACT_SWAP | ACT_BAD, BAD_TAG, 1,1,0,0, 1, 0, 2, false},
    {"X6", "another pointer, failed to send", AFTER, true, ACT_SWAP, LOST, 1,1,0,0, 1, 0, 2, true},
    {"C9", "close succeeded, not set null", CHANGE, true, ACT_CHANGE, 0, 0,0,0,0, 1, 0, 2, false},
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

    gate_shut();
    t = thread_start(perform_in_thread, &c);
    wait_at_gate(1);
    OK(Null(b));
    EQ(proxy_open(p), 2);
    proxy_cut_one(p, 0, true);
    gate_open();
    wait_inside(0);
    return thread_join(t);
}

/* The runtime may settle after the client has its answer: what is counted is awaited. */
static void judge(const struct row *row)
{
    wait_run_downs(row->run_down1 + row->run_down2);
    EQ(opened(2), row->opened2);
    EQ(closed(1), row->closed1);
    EQ(run_down(1), row->run_down1);
    EQ(run_down(2), row->run_down2);
}

static void failure_row(const void *argument)
{
    const struct row *row = argument;
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING last = thing_open(b, LAST), h = NULL, before;
    volatile int32_t seen = 0;

    if (row->arrives)
        h = thing_open(b, 1);
    before = h;
    if (row->lost)
        EQ(perform_and_cut(p, b, row, &h), row->status);
    else
        FAILS(perform(b, row->shape, row->act, &h), row->status);
    EQ(h, before);
    judge(row);
    FAILS(seen = Use(h, 0), row->next);
    EQ(seen, row->next == 0 ? row->seen : 0);
    if (row->left)
        thing_close(&h);
    else if (h != NULL) /* C8 */
        thing_drop(&h);
    end_with(&last, &b);
    EQ(counts().run_down, row->run_down1 + row->run_down2 + 1);
    forgets(row->opened2 - row->run_down2 - closed(2)); /* raised: what it built is its own */
    proxy_free(p);
}

void cases_of_failures(case_add *add)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add((struct conformance_case){rows[i].rule, rows[i].name, failure_row, &rows[i], ON_BOTH});
}
