/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test_kit.h - what the parts of the store's contract test share
 *
 * Each test starts with an empty store and a folder of its own below TMPDIR, and is run against the
 * engine that is linked (store_test_engine.h). Included by one file a program.
 */
#ifndef HF_ESE_STORE_TEST_KIT_H
#define HF_ESE_STORE_TEST_KIT_H

#include "ese/store/store_test_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const struct store_ops *engine;
static char folder[200], path[220];
static struct store *store;
static unsigned seed __attribute__((unused)); /* of roll */

static inline struct store_slice slice_of(const void *data, size_t size)
{
    return (struct store_slice){data, size};
}

static inline struct store_slice S(const char *s) {
    return (struct store_slice){s, strlen(s)};
}

static inline void
open_store(const struct store_options *o)
{
    assert_int_equal(store_open(engine, path, o, &store), STORE_OK);
}

static inline void close_store(void)
{
    assert_int_equal(store_close(store), STORE_OK);
    store = NULL;
}

/* The n-th of keys in the order of their numbers. */
static inline struct store_slice row_key(char text[20], int n)
{
    (void)snprintf(text, 20, "%06d", n);
    return S(text);
}

static inline int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/store-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    store_test_engine.path(folder, path, sizeof path);
    open_store(&(struct store_options){.create = true, .txn_max = 1 << 20});
    return 0;
}

/* As set_up, for a test that draws: what it draws is told, and STORE_SEED has it drawn again. */
static inline int seeded(void **state)
{
    const char *given = getenv("STORE_SEED");

    seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
    print_message("# STORE_SEED=%u\n", seed);
    return set_up(state);
}

static inline unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static inline int tear_down(void **state)
{
    struct store_counters c = {0};

    (void)state;
    if (store != NULL)
        store_get_counters(store, &c);
    if (c.transactions > 0) /* the test failed half-way: its folder stays */
        return -1;
    (void)store_close(store);
    store = NULL;
    if (store_destroy(engine, path, &(struct store_options){0}) == STORE_IN_USE)
        return -1;
    return rmdir(folder);
}

static inline struct store_txn *begin(unsigned flags)
{
    struct store_txn *t = NULL;

    assert_int_equal(store_begin(store, flags, &t), STORE_OK);
    return t;
}

static inline uint64_t commit(struct store_txn *t)
{
    uint64_t mark = 0;

    assert_int_equal(store_commit(t, STORE_LAZY, &mark), STORE_OK);
    return mark;
}

static inline enum store_status put(struct store_txn *t, const char *k, const char *v,
                                    enum store_put_mode mode)
{
    return store_put(t, 1, S(k), S(v), mode);
}

/* Commits one row by a transaction of its own. */
static inline void put_now(const char *k, const char *v)
{
    struct store_txn *t = begin(0);

    assert_int_equal(put(t, k, v, STORE_UPSERT), STORE_OK);
    (void)commit(t);
}

static inline void erase_now(const char *k)
{
    struct store_txn *t = begin(0);

    assert_int_equal(store_erase(t, 1, S(k), STORE_ERASE_PRESENT), STORE_OK);
    (void)commit(t);
}

/* What `t` sees under `k`: the value, or "" for nothing (rows of tests are never empty). */
static inline const char *seen_in(struct store_txn *t, uint64_t tree, const char *k)
{
    static char text[100];
    struct store_value v = {0};
    enum store_status status = store_get(t, tree, S(k), &v);

    text[0] = 0;
    if (status == STORE_OK) {
        assert_true(v.size < sizeof text);
        memcpy(text, v.data, v.size);
        text[v.size] = 0;
    } else {
        assert_int_equal(status, STORE_NOT_FOUND);
    }
    store_value_release(&v);
    store_value_release(&v);
    return text;
}

#define ASSERT_SEES(t, k, v) assert_string_equal(seen_in(t, 1, k), v)

static inline const char *seen_now(const char *k)
{
    struct store_txn *t = begin(STORE_TXN_READ_ONLY);
    const char *v = seen_in(t, 1, k);

    (void)commit(t);
    return v;
}

static inline struct store_counters counters(void)
{
    struct store_counters c;

    store_get_counters(store, &c);
    return c;
}

/* Why the engine cannot pass the test, or NULL. */
static inline const char *lacking(const char *test)
{
    const struct store_test_lack *lack = store_test_engine.lacks;

    while (lack->test != NULL && strcmp(lack->test, test) != 0)
        lack++;
    return lack->why;
}

/* In the place of a test that the engine cannot pass. */
static inline void left_out(void **state)
{
    (void)state;
}

/* Runs the tests of one program; they find the engine in `engine`. */
static inline int run_all(const char *name, struct CMUnitTest *tests, size_t count)
{
    static char skips[40][300]; /* names that TAP takes for a skip with its reason */
    const char *why = store_test_engine.start();
    int failed;

    if (why != NULL) {
        printf("1..0 # SKIP %s\n", why);
        return 0;
    }
    engine = store_test_engine.ops;
    for (size_t i = 0; i < count; i++) {
        why = lacking(tests[i].name);
        if (why != NULL) {
            assert_true(i < sizeof skips / sizeof *skips);
            (void)snprintf(skips[i], sizeof skips[i], "%s # SKIP %s", tests[i].name, why);
            tests[i] = (struct CMUnitTest){skips[i], left_out, NULL, NULL, NULL};
        }
    }
    failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    store_test_engine.stop();
    return failed;
}

#define STORE_TEST(name)             cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define STORE_TESTS_RUN(name, tests) run_all(name, tests, sizeof(tests) / sizeof *(tests))

#endif
