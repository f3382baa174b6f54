/* SPDX-License-Identifier: Apache-2.0
 *
 * routines.c - the routines of conformance.idl: each does to its handles what `act` says
 *
 * Nothing but the public API, so that a server of any make can be given the same. Each is named
 * serve_..., since the client's stubs are in the same program.
 */
#include <stdbool.h>
#include <time.h>

#include <rpcasync.h>

#include "conformance.h"
#include "conformance/board.h"

static void await_cancel(void)
{
    while (RpcTestCancel() == RPC_S_CALL_IN_PROGRESS) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
}

static void enter(int32_t act)
{
    unsigned now = atomic_fetch_add(&board->inside, 1) + 1;
    unsigned most = atomic_load(&board->most_inside);

    while (now > most && !atomic_compare_exchange_weak(&board->most_inside, &most, now))
        ;
    atomic_fetch_add(&board->calls, 1);
    if (act & ACT_GATE)
        gate_pass();
    if (act & ACT_CANCEL)
        await_cancel();
}

static void leave(int32_t act)
{
    if (act & ACT_HOLD)
        gate_pass();
    atomic_fetch_sub(&board->inside, 1);
    if (act & ACT_RAISE)
        RpcRaiseException(RAISED);
}

/* Does to one handle what is asked. */
static void deal(void **h, int32_t act, int32_t value)
{
    struct thing *t = *h;

    if (act & ACT_CHANGE && thing_data(t) >= 0)
        t->data = value;
    if (act & ACT_NULL) {
        if (t != NULL)
            thing_end(t);
        *h = NULL;
    } else if (act & ACT_SET && t == NULL) {
        *h = thing_make(value);
    } else if (act & ACT_SWAP && t != NULL) {
        struct thing *other = thing_make(value);

        thing_end(t);
        *h = other;
    }
}

static void spoil(int32_t act, int32_t *tag, bad_t *bad)
{
    *tag = act & ACT_BAD ? 99 : 1;
    bad->number = 7;
}

/* ---- conformance ------------------------------------------------------------------------------------ */

void serve_Null(handle_t b)
{
    (void)b;
}

void serve_Open(handle_t b, int32_t act, int32_t value, THING *h)
{
    (void)b;
    enter(act);
    if (act & ACT_MESS) /* what a routine builds and does not store is its own business */
        thing_end(thing_make(value));
    deal(h, act, value);
    leave(act);
}

int32_t serve_Use(THING h, int32_t act)
{
    int32_t seen, status = 0;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, h);
    if (act & ACT_DOWNGRADE)
        status = RpcSsContextLockShared(NULL, h);
    seen = thing_data(h);
    leave(act);
    return act & (ACT_UPGRADE | ACT_DOWNGRADE) ? status : seen;
}

int32_t serve_UseByReference(THING *h, int32_t act)
{
    int32_t seen, status = 0;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, h);
    seen = thing_data(*h);
    if (act & ACT_NULL)
        *h = NULL; /* makes no return trip (D7) */
    leave(act);
    return act & ACT_UPGRADE ? status : seen;
}

void serve_Change(THING *h, int32_t act, int32_t value)
{
    enter(act);
    deal(h, act, value);
    leave(act);
}

void serve_ChangeAt(handle_t b, THING *h, int32_t act, int32_t value)
{
    (void)b;
    serve_Change(h, act, value);
}

void serve_Before(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, THING *h)
{
    (void)b;
    spoil(act, tag, bad);
    serve_Change(h, act, value);
}

void serve_After(handle_t b, int32_t act, int32_t value, THING *h, int32_t *tag, bad_t *bad)
{
    serve_Before(b, act, value, tag, bad, h);
}

void serve_OpenBefore(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, THING *h)
{
    spoil(act, tag, bad);
    serve_Open(b, act, value, h);
}

void serve_OpenAfter(handle_t b, int32_t act, int32_t value, THING *h, int32_t *tag, bad_t *bad)
{
    serve_OpenBefore(b, act, value, tag, bad, h);
}

THING serve_Return(handle_t b, int32_t act, int32_t value)
{
    THING h = NULL;

    serve_Open(b, act, value, &h);
    return h;
}

THING serve_ReturnBad(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad)
{
    spoil(act, tag, bad);
    return serve_Return(b, act, value);
}

int32_t serve_Two(THING a, THING b, int32_t act)
{
    int32_t seen;

    enter(act);
    seen = thing_data(a) * 1000 + thing_data(b);
    leave(act);
    return seen;
}

void serve_Pair(handle_t b, THING *first, int32_t act_first, THING *second, int32_t act_second,
                int32_t value, int32_t act)
{
    (void)b;
    enter(act);
    deal(first, act_first, value);
    deal(second, act_second, value + 1);
    leave(act);
}

void serve_Mixed(handle_t b, int32_t act, THING *closes, THING *opens, int32_t value, int32_t *tag,
                 bad_t *bad, THING *keeps, OTHER *late)
{
    (void)b;
    enter(act);
    spoil(act, tag, bad);
    deal(closes, *closes != NULL ? ACT_NULL : ACT_SET, value);
    deal(opens, ACT_SET, value + 1);
    deal(keeps, *keeps != NULL ? ACT_CHANGE : ACT_SET, value + 2);
    deal(late, ACT_SET, value + 3);
    leave(act);
}

int32_t serve_Leftmost(int32_t x, THING *first, handle_t b, THING second)
{
    (void)b;
    return thing_data(*first) * 1000 + thing_data(second) + x;
}

void serve_OnlyNull(THING *h)
{
    (void)h;
    enter(0);
    leave(0);
}

int32_t serve_TwoTypes(THING a, OTHER b)
{
    return thing_data(a) * 1000 + thing_data(b);
}

void serve_OpenOther(handle_t b, int32_t value, OTHER *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t serve_UseOther(OTHER h)
{
    return thing_data(h);
}

void serve_CloseOther(OTHER *h)
{
    deal(h, ACT_NULL, 0);
}

void serve_OpenLoose(handle_t b, int32_t value, LOOSE *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t serve_UseLoose(LOOSE h, int32_t act)
{
    return serve_Use(h, act);
}

void serve_CloseLoose(LOOSE *h)
{
    deal(h, ACT_NULL, 0);
}

int32_t serve_UseShared(THING h, int32_t act)
{
    return serve_Use(h, act);
}

int32_t serve_UseSharedFunction(LOOSE h, int32_t act)
{
    return serve_Use(h, act);
}

void serve_OpenAnonymous(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, void **h)
{
    serve_OpenBefore(b, act, value, tag, bad, h);
}

int32_t serve_UseAnonymous(void *h)
{
    return thing_data(h);
}

void *serve_ReturnAnonymous(handle_t b, int32_t value)
{
    return serve_Return(b, ACT_SET, value);
}

void serve_OpenMany(handle_t b, int32_t n, int32_t act, int32_t value, THING h[])
{
    (void)b;
    enter(act);
    for (int32_t i = 0; i < n; i++)
        deal(&h[i], act & ACT_SET, value + i);
    leave(act);
}

int32_t serve_UseMany(THING h[], int32_t n)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < n; i++)
        sum += thing_data(h[i]);
    return sum;
}

void serve_ManyBefore(handle_t b, int32_t n, int32_t acts[], int32_t value, int32_t act,
                      int32_t *tag, bad_t *bad, THING h[])
{
    (void)b;
    enter(act);
    spoil(act, tag, bad);
    for (int32_t i = 0; i < n; i++)
        deal(&h[i], acts[i], value + i);
    leave(act);
}

void serve_ManyAfter(handle_t b, THING *h, int32_t n, int32_t acts[], int32_t value, int32_t act,
                     int32_t *tag, bad_t *bad)
{
    serve_ManyBefore(b, n, acts, value, act, tag, bad, h);
}

void serve_Three(THING h[3], int32_t act, int32_t value)
{
    enter(act);
    for (int32_t i = 0; i < 3; i++)
        deal(&h[i], act, value + i);
    leave(act);
}

int32_t serve_UseThree(THING h[3], int32_t act)
{
    int32_t status = RPC_S_OK, seen;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, &h[1]);
    seen = thing_data(h[0]) * 10000 + thing_data(h[1]) * 100 + thing_data(h[2]);
    leave(act);
    return act & ACT_UPGRADE ? status : seen;
}

int32_t serve_Text(THING h, int32_t small_number, const char *text)
{
    enter(0);
    leave(0);
    return thing_data(h) + small_number + (text[0] == 'x');
}

void serve_Unread(handle_t b, THING *first, THING *second, THING *third, int32_t small_number)
{
    (void)b, (void)first, (void)second, (void)third, (void)small_number;
    enter(0);
    leave(0);
}

int32_t serve_Bulk(handle_t b, int32_t n, byte data[])
{
    (void)b;
    enter(0);
    leave(0);
    return n > 0 ? data[n - 1] : -1;
}

/* ---- The other interfaces --------------------------------------------------------------------- */

void serve_PlainOpen(handle_t b, int32_t value, THING *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t serve_PlainUse(THING h)
{
    enter(0);
    leave(0);
    return thing_data(h);
}

int32_t serve_PlainUseOther(OTHER h)
{
    return serve_PlainUse(h);
}

int32_t serve_PlainEndsItself(handle_t b)
{
    (void)b;
    return RpcServerUnregisterIfEx(conformance_plain_v1_0_s_ifspec, NULL, 1);
}

void serve_StrictOpen(handle_t b, int32_t value, THING *h)
{
    serve_PlainOpen(b, value, h);
}

int32_t serve_StrictUse(THING h)
{
    return serve_PlainUse(h);
}

int32_t serve_StrictUseOther(OTHER h)
{
    return serve_PlainUse(h);
}

void serve_TypedOpen(handle_t b, int32_t value, THING *h)
{
    serve_PlainOpen(b, value, h);
}

int32_t serve_TypedUse(THING h)
{
    return serve_PlainUse(h);
}

int32_t serve_TypedUseOther(OTHER h)
{
    return serve_PlainUse(h);
}

void serve_GuestOpen(handle_t b, int32_t act, int32_t value, GUEST *h)
{
    serve_Open(b, act, value, h);
}

int32_t serve_GuestUse(GUEST h, int32_t act)
{
    return serve_Use(h, act);
}

void serve_GuestClose(GUEST *h, int32_t act)
{
    serve_Change(h, act | ACT_NULL, 0);
}

/* ---- The witness ------------------------------------------------------------------------------ */

void serve_WitnessBegin(handle_t b)
{
    (void)b;
    board_begin();
}

void serve_WitnessCounts(handle_t b, counts_t *counts)
{
    (void)b;
    *counts = (counts_t){
        .opened = (int32_t)atomic_load(&board->opened),
        .closed = (int32_t)atomic_load(&board->closed),
        .run_down = (int32_t)atomic_load(&board->run_down),
        .spoilt = (int32_t)atomic_load(&board->spoilt),
        .calls = (int32_t)atomic_load(&board->calls),
        .inside = (int32_t)atomic_load(&board->inside),
        .most_inside = (int32_t)atomic_load(&board->most_inside),
        .at_gate = (int32_t)atomic_load(&board->at_gate),
    };
}

void serve_WitnessOf(handle_t b, int32_t value, int32_t *opened, int32_t *closed, int32_t *run_down)
{
    uint32_t i = (uint32_t)value % BOARD_VALUES;

    (void)b;
    *opened = atomic_load(&board->opened_of[i]);
    *closed = atomic_load(&board->closed_of[i]);
    *run_down = atomic_load(&board->run_down_of[i]);
}

void serve_WitnessRundown(handle_t b, int32_t n, int32_t *value, int32_t *type)
{
    bool there = n >= 0 && n < BOARD_LOG && (unsigned)n < atomic_load(&board->log_count);

    (void)b;
    *value = there ? atomic_load(&board->log[n]) : -1;
    *type = there ? atomic_load(&board->type_log[n]) : -1;
}

void serve_WitnessGate(handle_t b, int32_t shut)
{
    (void)b;
    atomic_store(&board->shut, shut != 0);
}

void serve_WitnessRundownsRaise(handle_t b, int32_t raise)
{
    (void)b;
    atomic_store(&board->raise_rundown, raise != 0);
}

int32_t serve_WitnessGuest(handle_t b, int32_t what)
{
    RPC_IF_HANDLE guest = conformance_guest_v1_0_s_ifspec;
    UUID none = {1, 2, 3, {4}};

    (void)b;
    switch (what) {
    case GUEST_REGISTER: return RpcServerRegisterIf(guest, NULL, NULL);
    case GUEST_UNREGISTER: return RpcServerUnregisterIf(guest, NULL, 0);
    case GUEST_UNREGISTER_WAIT: return RpcServerUnregisterIf(guest, NULL, 1);
    case GUEST_UNREGISTER_RUN_DOWN: return RpcServerUnregisterIfEx(guest, NULL, 1);
    case GUEST_UNREGISTER_DROP: return RpcServerUnregisterIfEx(guest, NULL, 0);
    case GUEST_UNREGISTER_TYPE: return RpcServerUnregisterIf(guest, &none, 0);
    }
    return RPC_S_INVALID_ARG;
}

/* ---- Run-down --------------------------------------------------------------------------------- */

void __RPC_USER THING_rundown(THING h)
{
    thing_rundown(h, 'T');
}

void __RPC_USER OTHER_rundown(OTHER h)
{
    thing_rundown(h, 'O');
}

void __RPC_USER LOOSE_rundown(LOOSE h)
{
    thing_rundown(h, 'L');
}

void __RPC_USER GUEST_rundown(GUEST h)
{
    thing_rundown(h, 'G');
}
