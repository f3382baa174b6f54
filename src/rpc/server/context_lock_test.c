/* SPDX-License-Identifier: Apache-2.0
 *
 * context_lock_test.c - locks of several handles in one call: upgrades that step out of order (L6)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include <holdfast/context.h>

#include "base/mem.h"
#include "rpc/server/context.h"
#include "rpc/server/registry.h"

#define HANDLES 3
#define SHARED  (RPC_CONTEXT_IN | RPC_CONTEXT_OUT | RPC_CONTEXT_NOSERIALIZE)
#define ALONE   (RPC_CONTEXT_IN | RPC_CONTEXT_OUT | RPC_CONTEXT_SERIALIZE)
#define WITHOUT 0u

static const struct rpc_interface interface = {.name = "locks"};
static struct rpc_registration registration;
static struct context_table table;
static uint64_t tokens[HANDLES][2];
static int things[HANDLES]; /* what the handles stand for */
static atomic_int run_downs;

static void rundown(void *user)
{
    (void)user;
    atomic_fetch_add(&run_downs, 1);
}

static const struct rpc_context_type type = {"thing", rundown};

/* A call with up to HANDLES handles. */
struct call {
    struct context_call contexts;
    struct rpc_context_slot slots[HANDLES];
    void *values[HANDLES];
    struct arena arena;
    sem_t resumed;
};

static void resume(struct context_call *c)
{
    (void)sem_post(&((struct call *)c)->resumed);
}

static struct call *call_new(void)
{
    struct call *c = calloc(1, sizeof *c);

    context_call_init(&c->contexts, &table, &registration, resume);
    arena_init(&c->arena, NULL, 0);
    (void)sem_init(&c->resumed, 0, 0);
    return c;
}

/* modes[i]: how the call takes handle i, or WITHOUT. */
static enum context_answer acquire(struct call *c, const uint32_t modes[HANDLES])
{
    for (int i = 0; i < HANDLES; i++) {
        if (modes[i] == WITHOUT)
            continue;
        c->slots[i] =
            (struct rpc_context_slot){.value = &c->values[i], .type = &type, .flags = modes[i]};
        memcpy(c->slots[i].token + 4, tokens[i], sizeof tokens[i]);
        context_call_add(&c->contexts, &c->slots[i]);
    }
    return context_acquire(&c->contexts, &c->arena);
}

static struct call *begin(enum context_answer answer, uint32_t a, uint32_t b, uint32_t c)
{
    struct call *call = call_new();
    const uint32_t modes[HANDLES] = {a, b, c};

    assert_int_equal(acquire(call, modes), answer);
    return call;
}

static void end(struct call *take_c)
{
    context_enter(&take_c->contexts);
    context_settle(&take_c->contexts, CONTEXT_SENT);
    arena_fini(&take_c->arena);
    (void)sem_destroy(&take_c->resumed);
    free(take_c);
}

static void await(struct call *c, RPC_STATUS status)
{
    while (sem_wait(&c->resumed) != 0)
        ;
    assert_int_equal(c->contexts.status, status);
}

static bool is_resumed(struct call *c)
{
    int n = 0;

    (void)sem_getvalue(&c->resumed, &n);
    return n > 0;
}

static RPC_STATUS upgrade(struct call *c, int i)
{
    return context_lock_exclusive(&c->contexts, &c->values[i]);
}

/* An upgrade in a thread of its own. */
struct upgrade {
    pthread_t thread;
    struct call *call;
    int handle;
    RPC_STATUS status;
};

static void *do_upgrade(void *argument)
{
    struct upgrade *u = argument;

    u->status = upgrade(u->call, u->handle);
    return NULL;
}

/* Returns when it waits. */
static void upgrade_start(struct upgrade *u, struct call *c, int i)
{
    bool waits = false;

    *u = (struct upgrade){.call = c, .handle = i};
    assert_int_equal(pthread_create(&u->thread, NULL, do_upgrade, u), 0);
    while (!waits) {
        pthread_mutex_lock(&table.lock);
        waits = c->contexts.upgrade != NULL;
        pthread_mutex_unlock(&table.lock);
        (void)sched_yield();
    }
}

static void upgrade_join(struct upgrade *u, RPC_STATUS status)
{
    assert_int_equal(pthread_join(u->thread, NULL), 0);
    assert_int_equal(u->status, status);
}

/* ---- A table with three handles --------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    registration = (struct rpc_registration){.interface = &interface};
    atomic_init(&registration.refs, 1);
    atomic_store(&run_downs, 0);
    assert_true(context_table_init(&table));
    for (int i = 0; i < HANDLES; i++) {
        struct call *c = call_new();

        c->slots[0] = (struct rpc_context_slot){
            .value = &c->values[0], .type = &type, .flags = RPC_CONTEXT_OUT, .token_is_null = 1};
        context_call_add(&c->contexts, &c->slots[0]);
        c->values[0] = &things[i];
        assert_int_equal(context_make(&c->contexts, &c->slots[0], &things[i]), 0);
        memcpy(tokens[i], c->slots[0].entry, sizeof tokens[i]); /* begins with it */
        end(c);
    }
    assert_int_equal(context_table_count(&table), HANDLES);
    return 0;
}

static int teardown(void **state)
{
    unsigned left = context_table_count(&table);

    (void)state;
    context_table_close(&table);
    assert_int_equal(atomic_load(&run_downs), left);
    assert_true(list_is_empty(&table.waiting));
    assert_int_equal(atomic_load(&registration.refs), 1);
    assert_int_equal(atomic_load(&registration.due), 0);
    context_table_fini(&table);
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------------ */

/* The parked call holds the first handle and waits for the second, which the upgrader holds. */
static void takes_back_what_a_parked_call_reserved(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, ALONE, WITHOUT);
    struct call *two = begin(CONTEXT_WAITS, SHARED, ALONE, WITHOUT);

    (void)state;
    assert_int_equal(upgrade(one, 0), RPC_S_OK); /* it never let go */
    assert_false(is_resumed(two));
    end(one);
    await(two, RPC_S_OK);
    assert_ptr_equal(two->values[0], &things[0]);
    assert_ptr_equal(two->values[1], &things[1]);
    end(two);
}

/* ... and the upgrader closes it. */
static void refuses_the_parked_call_when_the_handle_goes(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, ALONE, WITHOUT);
    struct call *two = begin(CONTEXT_WAITS, SHARED, ALONE, WITHOUT);

    (void)state;
    assert_int_equal(upgrade(one, 0), RPC_S_OK);
    one->values[0] = NULL;
    end(one);
    await(two, RPC_X_SS_CONTEXT_MISMATCH);
    context_settle(&two->contexts, CONTEXT_UNREAD);
    end(two);
    assert_int_equal(context_table_count(&table), HANDLES - 1);
}

/* Nobody waits in the queue of a handle that a parked call has still to reach (L7). */
static void refuses_the_parked_call_when_a_later_handle_goes(void **state)
{
    struct call *one = begin(CONTEXT_READY, ALONE, WITHOUT, WITHOUT);
    struct call *two = begin(CONTEXT_WAITS, ALONE, ALONE, ALONE);
    struct call *closes = begin(CONTEXT_READY, WITHOUT, WITHOUT, ALONE);
    struct call *three = begin(CONTEXT_WAITS, ALONE, WITHOUT, WITHOUT);

    (void)state;
    closes->values[2] = NULL;
    end(closes);
    assert_false(is_resumed(two));
    end(one);
    await(two, RPC_X_SS_CONTEXT_MISMATCH);
    assert_null(two->values[0]); /* it has learnt nothing (L4) */
    context_settle(&two->contexts, CONTEXT_UNREAD);
    end(two);
    await(three, RPC_S_OK); /* what the refused one had got is free again */
    end(three);
    assert_int_equal(context_table_count(&table), HANDLES - 1);
}

/* What the parked call held behind the handle is free for others meanwhile. */
static void gives_back_everything_behind(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, WITHOUT, ALONE);
    struct call *two = begin(CONTEXT_WAITS, SHARED, ALONE, ALONE);
    struct call *three = begin(CONTEXT_WAITS, WITHOUT, ALONE, WITHOUT);

    (void)state;
    assert_int_equal(upgrade(one, 0), RPC_S_OK);
    await(three, RPC_S_OK);
    end(three);
    assert_false(is_resumed(two));
    end(one);
    await(two, RPC_S_OK);
    end(two);
}

/* The association dies while the upgrade has taken the reservation back. */
static void death_amid_an_upgrade(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, ALONE, WITHOUT);
    struct call *two = begin(CONTEXT_WAITS, SHARED, ALONE, WITHOUT);

    (void)state;
    assert_int_equal(upgrade(one, 0), RPC_S_OK);
    context_table_close(&table);
    assert_int_equal(atomic_load(&run_downs), 1); /* the third, which nobody uses */
    await(two, RPC_X_SS_CONTEXT_MISMATCH);
    context_settle(&two->contexts, CONTEXT_UNREAD);
    end(two);
    one->values[1] = NULL; /* closed: no run-down */
    end(one);
    assert_int_equal(atomic_load(&run_downs), 2);
    atomic_store(&run_downs, 0);
}

/* Two routines, each with what the other wants: the second to ask is told so and keeps what it has. */
static void a_circle_of_two_is_refused(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, SHARED, WITHOUT);
    struct call *two = begin(CONTEXT_READY, SHARED, SHARED, WITHOUT);
    struct upgrade u, v;

    (void)state;
    upgrade_start(&u, one, 0);
    assert_int_equal(upgrade(two, 1), ERROR_POSSIBLE_DEADLOCK);
    upgrade_start(&v, two, 0); /* the same handle: no circle (L5) */
    upgrade_join(&u, RPC_S_OK);
    end(one);
    upgrade_join(&v, ERROR_MORE_WRITES);
    end(two);
}

static void a_circle_of_three_is_refused(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, SHARED, WITHOUT);
    struct call *two = begin(CONTEXT_READY, WITHOUT, SHARED, SHARED);
    struct call *three = begin(CONTEXT_READY, SHARED, WITHOUT, SHARED);
    struct upgrade u, v;

    (void)state;
    upgrade_start(&u, one, 1); /* waits for two */
    upgrade_start(&v, two, 2); /* waits for three */
    assert_int_equal(upgrade(three, 0), ERROR_POSSIBLE_DEADLOCK);
    end(three);
    upgrade_join(&v, RPC_S_OK);
    end(two);
    upgrade_join(&u, RPC_S_OK);
    end(one);
}

/* The same order for all: they wait for one another, none for himself. */
static void a_chain_is_none(void **state)
{
    struct call *one = begin(CONTEXT_READY, SHARED, SHARED, WITHOUT);
    struct call *two = begin(CONTEXT_READY, WITHOUT, SHARED, SHARED);
    struct call *three = begin(CONTEXT_READY, WITHOUT, WITHOUT, SHARED);
    struct upgrade u, v;

    (void)state;
    upgrade_start(&u, one, 1);
    upgrade_start(&v, two, 2);
    end(three);
    upgrade_join(&v, RPC_S_OK);
    end(two);
    upgrade_join(&u, RPC_S_OK);
    end(one);
}

/* ---- Many threads ----------------------------------------------------------------------------- */

#define THREADS 4
#define ROUNDS  3000

static atomic_int readers[HANDLES], writers[HANDLES];
static atomic_uint counts[3]; /* upgrades that succeeded at once, later, not at all */

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void enter(int i, bool alone)
{
    if (alone)
        assert_int_equal(atomic_fetch_add(&writers[i], 1), 0);
    else
        atomic_fetch_add(&readers[i], 1);
    assert_true(atomic_load(alone ? &readers[i] : &writers[i]) == 0);
}

static void leave(int i, bool alone)
{
    atomic_fetch_sub(alone ? &writers[i] : &readers[i], 1);
}

static void random_call(uint32_t *x)
{
    static const uint32_t ways[] = {WITHOUT, SHARED, SHARED, ALONE};
    struct call *c = call_new();
    uint32_t modes[HANDLES];
    int wish = (int)(next_random(x) % HANDLES);
    bool alone[HANDLES];

    for (int i = 0; i < HANDLES; i++) {
        modes[i] = ways[next_random(x) / 64 % 4];
        alone[i] = modes[i] == ALONE;
    }
    if (acquire(c, modes) == CONTEXT_WAITS)
        await(c, RPC_S_OK);
    for (int i = 0; i < HANDLES; i++)
        if (modes[i] != WITHOUT)
            enter(i, alone[i]);
    if (next_random(x) % 8 == 0)
        (void)sched_yield();
    if (modes[wish] == SHARED) {
        RPC_STATUS status;

        leave(wish, false);
        status = upgrade(c, wish);
        alone[wish] = status != ERROR_POSSIBLE_DEADLOCK;
        atomic_fetch_add(&counts[status == RPC_S_OK ? 0 : alone[wish] ? 1 : 2], 1);
        enter(wish, alone[wish]);
    }
    for (int i = 0; i < HANDLES; i++)
        if (modes[i] != WITHOUT)
            leave(i, alone[i]);
    end(c);
}

static void *many_calls(void *argument)
{
    uint32_t x = *(uint32_t *)argument;

    for (int i = 0; i < ROUNDS; i++)
        random_call(&x);
    return NULL;
}

/* Whatever calls take and upgrade, all come to an end, and nobody is beside who is alone. */
static void random_calls_come_to_an_end(void **state)
{
    pthread_t threads[THREADS];
    uint32_t seeds[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        seeds[i] = 2654435761u * (uint32_t)(i + 1);
        assert_int_equal(pthread_create(&threads[i], NULL, many_calls, &seeds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    print_message("# upgrades: %u at once, %u after another, %u refused\n", counts[0], counts[1],
                  counts[2]);
    assert_int_not_equal(counts[0], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_back_what_a_parked_call_reserved),
        TEST(refuses_the_parked_call_when_the_handle_goes),
        TEST(refuses_the_parked_call_when_a_later_handle_goes),
        TEST(gives_back_everything_behind),
        TEST(death_amid_an_upgrade),
        TEST(a_circle_of_two_is_refused),
        TEST(a_circle_of_three_is_refused),
        TEST(a_chain_is_none),
        TEST(random_calls_come_to_an_end),
    };

    return cmocka_run_group_tests_name("server/context_lock", tests, NULL, NULL);
}
