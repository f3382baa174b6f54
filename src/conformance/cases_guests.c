/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_guests.c - RpcServerUnregisterIf and ...Ex while clients hold handles (rpc-contexts 10)
 *
 * Every case leaves the interface conformance_guest registered, as it found it.
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

#define UNKNOWN RPC_S_UNKNOWN_IF

static handle_t other; /* of another association: what it asks for does not hang on the case's */

static RPC_STATUS guest(int32_t what)
{
    volatile int32_t status = 0;

    OK(status = WitnessGuest(other, what));
    return status;
}

static GUEST guest_open(handle_t b, int value)
{
    GUEST h = NULL;

    OK(GuestOpen(b, ACT_SET, value, &h));
    TRUE_THAT(h != NULL);
    return h;
}

static handle_t begin(void)
{
    other = bind_fresh(NULL);
    EQ(RpcBindingSetOption(other, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    return bind_direct();
}

static void end(handle_t *b)
{
    unbind(b);
    unbind(&other);
}

/* Asks from a thread, since it waits. */
static RPC_STATUS run_down_all(void *unused)
{
    (void)unused;
    return guest(GUEST_UNREGISTER_RUN_DOWN);
}

static RPC_STATUS wait_for_calls(void *unused)
{
    (void)unused;
    return guest(GUEST_UNREGISTER_WAIT);
}

static bool is_unknown(const void *b)
{
    GUEST h = NULL;
    RPC_STATUS status = TRY(GuestOpen((handle_t)(uintptr_t)b, 0, 1, &h)); /* opens nothing */

    return status == UNKNOWN;
}

static void await_unknown(handle_t b)
{
    TRUE_THAT(wait_true(is_unknown, b));
}

static void u1_ex_runs_down(const void *row)
{
    handle_t b = begin();
    GUEST h[3], again;
    THING thing = thing_open(b, 9);

    (void)row;
    for (int i = 0; i < 3; i++)
        h[i] = guest_open(b, i + 1);
    EQ(guest(GUEST_UNREGISTER_RUN_DOWN), RPC_S_OK);
    EQ(counts().run_down, 3); /* done when it returns */
    for (int i = 0; i < 3; i++) {
        EQ(run_down(i + 1), 1);
        EQ(rundown_type(i), 'G');
    }
    FAILS(GuestUse(h[0], 0), UNKNOWN);
    FAILS(GuestOpen(b, ACT_SET, 4, &again), UNKNOWN);
    EQ(thing_read(thing), 9); /* another interface's */
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    FAILS(GuestUse(h[0], 0), MISMATCH);
    FAILS(GuestClose(&h[1], 0), MISMATCH);
    again = guest_open(b, 5);
    OK(GuestUse(again, 0));
    for (int i = 0; i < 3; i++)
        thing_drop(&h[i]);
    OK(GuestClose(&again, 0));
    thing_close(&thing);
    end(&b);
    EQ(counts().run_down, 3);
}

static void u2_ex_drops(const void *row)
{
    handle_t b = begin();
    THING last = thing_open(b, LAST);
    GUEST h = guest_open(b, 1);

    (void)row;
    EQ(guest(GUEST_UNREGISTER_DROP), RPC_S_OK);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    FAILS(GuestUse(h, 0), MISMATCH);
    thing_drop(&h);
    end_with(&last, &b);
    unbind(&other);
    EQ(counts().run_down, 1);
    forgets(1);
}

static RPC_STATUS use_at_gate(void *h)
{
    return TRY(GuestUse(h, ACT_GATE));
}

static void u3_ex_waits(const void *row)
{
    handle_t b = begin();
    GUEST h = guest_open(b, 1), idle = guest_open(b, 2);
    struct thread *call, *ex;

    (void)row;
    gate_shut();
    call = thread_start(use_at_gate, h);
    wait_at_gate(1);
    ex = thread_start(run_down_all, NULL);
    await_unknown(b);
    EQ(run_down(1), 0);
    gate_open();
    EQ(thread_join(call), RPC_S_OK);
    EQ(thread_join(ex), RPC_S_OK);
    EQ(run_down(1), 1);
    EQ(run_down(2), 1);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    thing_drop(&h);
    thing_drop(&idle);
    end(&b);
}

struct opening {
    handle_t b;
    GUEST h;
};

static RPC_STATUS open_at_gate(void *argument)
{
    struct opening *o = argument;

    return TRY(GuestOpen(o->b, ACT_SET | ACT_GATE, 1, &o->h));
}

static void u4_ex_ends_what_running_calls_open(const void *row)
{
    struct opening o = {begin(), NULL};
    struct thread *call, *ex;

    (void)row;
    gate_shut();
    call = thread_start(open_at_gate, &o);
    wait_at_gate(1);
    ex = thread_start(run_down_all, NULL);
    await_unknown(o.b);
    gate_open();
    EQ(thread_join(ex), RPC_S_OK);
    EQ(thread_join(call), RPC_S_OK);
    EQ(run_down(1), 1);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    FAILS(GuestUse(o.h, 0), MISMATCH);
    thing_drop(&o.h);
    end(&o.b);
}

static void u5_unregister_leaves_handles(const void *row)
{
    handle_t b = begin();
    GUEST h = guest_open(b, 1);
    struct thread *call, *unregister;

    (void)row;
    gate_shut();
    call = thread_start(use_at_gate, h);
    wait_at_gate(1);
    EQ(guest(GUEST_UNREGISTER), RPC_S_OK); /* returns at once */
    EQ(counts().at_gate, 1);
    FAILS(GuestOpen(b, ACT_SET, 2, &(GUEST){NULL}), UNKNOWN);
    gate_open();
    EQ(thread_join(call), RPC_S_OK);
    FAILS(GuestUse(h, 0), UNKNOWN);
    EQ(counts().run_down, 0);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    OK(GuestUse(h, 0));
    gate_shut(); /* the other way, waiting */
    call = thread_start(use_at_gate, h);
    wait_at_gate(1);
    unregister = thread_start(wait_for_calls, NULL);
    await_unknown(b);
    EQ(counts().at_gate, 1);
    gate_open();
    EQ(thread_join(unregister), RPC_S_OK);
    EQ(counts().inside, 0);
    EQ(thread_join(call), RPC_S_OK);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    thing_drop(&h);
    end(&b);
    wait_run_downs(1); /* with its association */
}

static void u6_errors(const void *row)
{
    handle_t b = begin();

    (void)row;
    EQ(guest(GUEST_UNREGISTER_TYPE), RPC_S_UNKNOWN_MGR_TYPE);
    EQ(guest(GUEST_UNREGISTER_RUN_DOWN), RPC_S_OK);
    EQ(guest(GUEST_UNREGISTER_RUN_DOWN), UNKNOWN);
    EQ(guest(GUEST_UNREGISTER), UNKNOWN);
    EQ(guest(GUEST_REGISTER), RPC_S_OK);
    end(&b);
}

static void u7_ex_from_inside(const void *row)
{
    handle_t b = begin();
    THING h = NULL;
    volatile int32_t status = 0;

    (void)row;
    OK(PlainOpen(b, 1, &h));
    OK(status = PlainEndsItself(b));
    EQ(status, RPC_S_CALL_IN_PROGRESS);
    OK(PlainUse(h));
    EQ(counts().run_down, 0);
    thing_drop(&h);
    end(&b);
    wait_run_downs(1);
}

void cases_of_guests(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"U1", "Ex with 1, three handles open", u1_ex_runs_down, NULL, ON_BOTH},
        {"U2", "Ex with 0", u2_ex_drops, NULL, ON_BOTH},
        {"U3", "Ex while a call runs", u3_ex_waits, NULL, ON_BOTH},
        {"U4", "Ex while a call opens", u4_ex_ends_what_running_calls_open, NULL, ON_BOTH},
        {"U5", "UnregisterIf, not waiting and waiting", u5_unregister_leaves_handles, NULL,
         ON_BOTH},
        {"U6", "unknown interface, unknown type", u6_errors, NULL, ON_BOTH},
        {"U7", "Ex from a routine of the interface", u7_ex_from_inside, NULL, ON_BOTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
