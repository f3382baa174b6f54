/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts_server.c - the routines of contexts.idl: each does what `act` says
 */
#include "contexts_server.h"

#include <stdlib.h>
#include <string.h>

#include "probe.h"

struct witness witness;

void witness_reset(void)
{
    memset(&witness, 0, sizeof witness);
}

static struct thing *make(int value)
{
    struct thing *t = calloc(1, sizeof *t);

    t->value = value;
    atomic_fetch_add(&witness.made, 1);
    return t;
}

static void destroy(struct thing *t)
{
    atomic_fetch_add(&witness.destroyed, 1);
    free(t);
}

/* Carries out `act` on a handle; raises last, as a routine does that fails after its work. */
static void do_act(int act, int value, void **h)
{
    struct thing *t = *h, *born = NULL;

    if (act & ACT_SLEEP) {
        probe_enter();
        probe_leave();
    }
    if ((act & ACT_CHANGE) && t != NULL)
        t->value = value;
    if (act & ACT_SET) {
        if (t != NULL)
            destroy(t);
        *h = born = make(value);
    }
    if ((act & ACT_NULL) && t != NULL) {
        destroy(t);
        *h = NULL;
    }
    if (act & ACT_RAISE) {
        if (born != NULL && t == NULL) /* F1: what it made is its own to clean up */
            destroy(born);
        RpcRaiseException(4711);
    }
}

static void fill_bad(int act, int32_t *tag, bad_t *bad)
{
    memset(bad, 0, sizeof *bad);
    *tag = act & ACT_BAD ? 77 : 0; /* no arm for 77 */
}

void Open(handle_t client, int32_t act, int32_t value, THING *h)
{
    (void)client;
    do_act(act, value, h);
}

void Use(THING h, int32_t act, int32_t *value)
{
    do_act(act & (ACT_SLEEP | ACT_RAISE), 0, &h);
    *value = ((struct thing *)h)->value;
}

void Change(THING *h, int32_t act, int32_t value)
{
    do_act(act, value, h);
}

void BadBefore(int32_t act, int32_t value, int32_t *tag, bad_t *bad, THING *h)
{
    fill_bad(act, tag, bad);
    do_act(act, value, h);
}

void BadAfter(int32_t act, int32_t value, THING *h, int32_t *tag, bad_t *bad)
{
    fill_bad(act, tag, bad);
    do_act(act, value, h);
}

THING Return(handle_t client, int32_t act, int32_t value)
{
    void *h = NULL;

    (void)client;
    do_act(act, value, &h);
    return h;
}

THING ReturnBad(handle_t client, int32_t act, int32_t value, int32_t *tag, bad_t *bad)
{
    void *h = NULL;

    (void)client;
    fill_bad(act, tag, bad);
    do_act(act, value, &h);
    return h;
}

void Two(THING a, THING b, int32_t act, int32_t *value)
{
    int inside = atomic_fetch_add(&witness.two_inside, 1) + 1,
        most = atomic_load(&witness.two_most);

    while (inside > most && !atomic_compare_exchange_weak(&witness.two_most, &most, inside))
        ;
    do_act(act & ACT_SLEEP, 0, &a);
    *value = ((struct thing *)a)->value * 1000 + ((struct thing *)b)->value;
    atomic_fetch_sub(&witness.two_inside, 1);
}

void OpenThree(handle_t client, int32_t act, THING *a, THING *b, int32_t *tag, bad_t *bad, THING *c)
{
    (void)client;
    fill_bad(act, tag, bad);
    *a = make(1);
    *b = make(2);
    *c = make(3);
}

void OpenOther(handle_t client, int32_t value, OTHER *h)
{
    (void)client;
    *h = make(value);
}

void UseOther(OTHER h, int32_t *value)
{
    *value = ((struct thing *)h)->value;
}

void OpenAnonymous(handle_t client, int32_t act, int32_t value, int32_t *tag, bad_t *bad, void **h)
{
    (void)client;
    fill_bad(act, tag, bad);
    witness.anonymous.value = value;
    *h = &witness.anonymous;
}

void Shared(THING h, int32_t act, int32_t *status)
{
    probe_enter();
    *status = 0;
    if (act & ACT_CHANGE) {
        *status = RpcSsContextLockExclusive(NULL, h);
        if (atomic_fetch_add(&witness.alone, 1) != 0)
            atomic_fetch_add(&witness.not_alone, 1);
        atomic_fetch_sub(&witness.alone, 1);
        if (RpcSsContextLockShared(NULL, h) != RPC_S_OK)
            *status = -1;
    }
    probe_leave();
}

void UseAnonymous(void *h, int32_t *value)
{
    *value = ((struct thing *)h)->value;
}

static void run_down(struct thing *t)
{
    int n = atomic_fetch_add(&witness.logged, 1), value = t->value;

    if (n < WITNESS_LOG)
        witness.log[n] = value;
    destroy(t);
    atomic_fetch_add(&witness.run_down, 1);
    if (value < 0)
        RpcRaiseException(4712);
}

void __RPC_USER THING_rundown(THING h)
{
    run_down(h);
}

void __RPC_USER OTHER_rundown(OTHER h)
{
    run_down(h);
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}
