/* SPDX-License-Identifier: Apache-2.0
 *
 * routines.c - the routines of rules.idl: each does to its handles what `act` says
 */
#include <stdlib.h>

#include <rpcasync.h>

#include "board.h"
#include "rules.h"

static void enter(int32_t act)
{
    unsigned now = atomic_fetch_add(&board->inside, 1) + 1;
    unsigned most = atomic_load(&board->most_inside);

    while (now > most && !atomic_compare_exchange_weak(&board->most_inside, &most, now))
        ;
    atomic_fetch_add(&board->calls, 1);
    if (act & ACT_GATE)
        gate_pass();
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

    if (act & ACT_CHANGE && t != NULL)
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

static int32_t look(const void *h)
{
    return h == NULL ? -1 : ((const struct thing *)h)->data;
}

/* ---- rules ------------------------------------------------------------------------------------ */

void Null(handle_t b)
{
    (void)b;
}

void Open(handle_t b, int32_t act, int32_t value, THING *h)
{
    (void)b;
    enter(act);
    if (act & ACT_MESS) /* what a routine builds and does not store is its own business */
        thing_end(thing_make(value));
    deal(h, act, value);
    leave(act);
}

int32_t Use(THING h, int32_t act)
{
    int32_t seen, status = 0;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, h);
    if (act & ACT_DOWNGRADE)
        status = RpcSsContextLockShared(NULL, h);
    seen = look(h);
    leave(act);
    return act & (ACT_UPGRADE | ACT_DOWNGRADE) ? status : seen;
}

int32_t UseByReference(THING *h, int32_t act)
{
    int32_t seen, status = 0;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, h);
    seen = look(*h);
    if (act & ACT_NULL)
        *h = NULL; /* makes no return trip (D7) */
    leave(act);
    return act & ACT_UPGRADE ? status : seen;
}

void Change(THING *h, int32_t act, int32_t value)
{
    enter(act);
    deal(h, act, value);
    leave(act);
}

void ChangeAt(handle_t b, THING *h, int32_t act, int32_t value)
{
    (void)b;
    Change(h, act, value);
}

void Before(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, THING *h)
{
    (void)b;
    spoil(act, tag, bad);
    Change(h, act, value);
}

void After(handle_t b, int32_t act, int32_t value, THING *h, int32_t *tag, bad_t *bad)
{
    Before(b, act, value, tag, bad, h);
}

void OpenBefore(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, THING *h)
{
    spoil(act, tag, bad);
    Open(b, act, value, h);
}

void OpenAfter(handle_t b, int32_t act, int32_t value, THING *h, int32_t *tag, bad_t *bad)
{
    OpenBefore(b, act, value, tag, bad, h);
}

THING Return(handle_t b, int32_t act, int32_t value)
{
    THING h = NULL;

    Open(b, act, value, &h);
    return h;
}

THING ReturnBad(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad)
{
    spoil(act, tag, bad);
    return Return(b, act, value);
}

int32_t Two(THING a, THING b, int32_t act)
{
    int32_t seen;

    enter(act);
    seen = look(a) * 1000 + look(b);
    leave(act);
    return seen;
}

void Pair(handle_t b, THING *first, int32_t act_first, THING *second, int32_t act_second,
          int32_t value, int32_t act)
{
    (void)b;
    enter(act);
    deal(first, act_first, value);
    deal(second, act_second, value + 1);
    leave(act);
}

void Mixed(handle_t b, int32_t act, THING *closes, THING *opens, int32_t value, int32_t *tag,
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

int32_t Leftmost(int32_t x, THING *first, handle_t b, THING second)
{
    (void)b;
    return look(*first) * 1000 + look(second) + x;
}

void OnlyNull(THING *h)
{
    (void)h;
    enter(0);
    leave(0);
}

int32_t TwoTypes(THING a, OTHER b)
{
    return look(a) * 1000 + look(b);
}

void OpenOther(handle_t b, int32_t value, OTHER *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t UseOther(OTHER h)
{
    return look(h);
}

void CloseOther(OTHER *h)
{
    deal(h, ACT_NULL, 0);
}

void OpenLoose(handle_t b, int32_t value, LOOSE *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t UseLoose(LOOSE h, int32_t act)
{
    return Use(h, act);
}

void CloseLoose(LOOSE *h)
{
    deal(h, ACT_NULL, 0);
}

int32_t UseShared(THING h, int32_t act)
{
    return Use(h, act);
}

int32_t UseSharedFunction(LOOSE h, int32_t act)
{
    return Use(h, act);
}

void OpenAnonymous(handle_t b, int32_t act, int32_t value, int32_t *tag, bad_t *bad, void **h)
{
    OpenBefore(b, act, value, tag, bad, h);
}

int32_t UseAnonymous(void *h)
{
    return look(h);
}

void *ReturnAnonymous(handle_t b, int32_t value)
{
    return Return(b, ACT_SET, value);
}

void OpenMany(handle_t b, int32_t n, int32_t act, int32_t value, THING h[])
{
    (void)b;
    enter(act);
    for (int32_t i = 0; i < n; i++)
        deal(&h[i], act & ACT_SET, value + i);
    leave(act);
}

int32_t UseMany(THING h[], int32_t n)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < n; i++)
        sum += look(h[i]);
    return sum;
}

void ManyBefore(handle_t b, int32_t n, int32_t acts[], int32_t value, int32_t act, int32_t *tag,
                bad_t *bad, THING h[])
{
    (void)b;
    enter(act);
    spoil(act, tag, bad);
    for (int32_t i = 0; i < n; i++)
        deal(&h[i], acts[i], value + i);
    leave(act);
}

void ManyAfter(handle_t b, THING *h, int32_t n, int32_t acts[], int32_t value, int32_t act,
               int32_t *tag, bad_t *bad)
{
    ManyBefore(b, n, acts, value, act, tag, bad, h);
}

void Three(THING h[3], int32_t act, int32_t value)
{
    enter(act);
    for (int32_t i = 0; i < 3; i++)
        deal(&h[i], act, value + i);
    leave(act);
}

int32_t UseThree(THING h[3], int32_t act)
{
    int32_t status = RPC_S_OK, seen;

    enter(act);
    if (act & ACT_UPGRADE)
        status = RpcSsContextLockExclusive(NULL, &h[1]);
    seen = look(h[0]) * 10000 + look(h[1]) * 100 + look(h[2]);
    leave(act);
    return act & ACT_UPGRADE ? status : seen;
}

int32_t Text(THING h, int32_t small_number, const char *text)
{
    enter(0);
    leave(0);
    return look(h) + small_number + (text[0] == 'x');
}

/* ---- The other interfaces --------------------------------------------------------------------- */

void PlainOpen(handle_t b, int32_t value, THING *h)
{
    (void)b;
    *h = thing_make(value);
}

int32_t PlainUse(THING h)
{
    enter(0);
    leave(0);
    return look(h);
}

int32_t PlainUseOther(OTHER h)
{
    return PlainUse(h);
}

int32_t PlainEndsItself(handle_t b)
{
    (void)b;
    return RpcServerUnregisterIfEx(plain_v1_0_s_ifspec, NULL, 1);
}

void StrictOpen(handle_t b, int32_t value, THING *h)
{
    PlainOpen(b, value, h);
}

int32_t StrictUse(THING h)
{
    return PlainUse(h);
}

int32_t StrictUseOther(OTHER h)
{
    return PlainUse(h);
}

void TypedOpen(handle_t b, int32_t value, THING *h)
{
    PlainOpen(b, value, h);
}

int32_t TypedUse(THING h)
{
    return PlainUse(h);
}

int32_t TypedUseOther(OTHER h)
{
    return PlainUse(h);
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

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}
