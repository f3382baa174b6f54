/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test.c - the contract of store.h, run against every engine in `engines`
 *
 * Each test starts with an empty store in a folder of its own below TMPDIR.
 */
#include "ese/store/store.h"

#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const struct store_ops *const engines[] = {&store_rocks};

static const struct store_ops *engine;
static char folder[200], path[220];
static struct store *store;

static struct store_slice S(const char *s) {
    return (struct store_slice){s, strlen(s)};
}

static void
open_store(const struct store_options *o)
{
    assert_int_equal(store_open(engine, path, o, &store), STORE_OK);
}

static void close_store(void)
{
    assert_int_equal(store_close(store), STORE_OK);
    store = NULL;
}

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/store-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/s", folder);
    open_store(&(struct store_options){.create = true, .txn_max = 1 << 20});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)store_close(store);
    store = NULL;
    if (store_destroy(engine, path, &(struct store_options){0}) == STORE_IN_USE)
        return -1;
    return rmdir(folder);
}

static struct store_txn *begin(unsigned flags)
{
    struct store_txn *t = NULL;

    assert_int_equal(store_begin(store, flags, &t), STORE_OK);
    return t;
}

static uint64_t commit(struct store_txn *t)
{
    uint64_t mark = 0;

    assert_int_equal(store_commit(t, STORE_LAZY, &mark), STORE_OK);
    return mark;
}

static enum store_status put(struct store_txn *t, const char *k, const char *v,
                             enum store_put_mode mode)
{
    return store_put(t, 1, S(k), S(v), mode);
}

/* Commits one row by a transaction of its own. */
static void put_now(const char *k, const char *v)
{
    struct store_txn *t = begin(0);

    assert_int_equal(put(t, k, v, STORE_UPSERT), STORE_OK);
    (void)commit(t);
}

static void erase_now(const char *k)
{
    struct store_txn *t = begin(0);

    assert_int_equal(store_erase(t, 1, S(k), STORE_ERASE_PRESENT), STORE_OK);
    (void)commit(t);
}

/* What `t` sees under `k`: the value, or "" for nothing (rows of tests are never empty). */
static const char *seen_in(struct store_txn *t, uint64_t tree, const char *k)
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

static const char *seen_now(const char *k)
{
    struct store_txn *t = begin(STORE_TXN_READ_ONLY);
    const char *v = seen_in(t, 1, k);

    (void)commit(t);
    return v;
}

static struct store_counters counters(void)
{
    struct store_counters c;

    store_get_counters(store, &c);
    return c;
}

/* ---- transactions ---- */

static void a_transaction_sees_its_snapshot_and_its_own_writes(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(STORE_TXN_READ_ONLY);
    put_now("k", "2");
    put_now("new", "n");
    ASSERT_SEES(a, "k", "1");
    ASSERT_SEES(b, "k", "1");
    ASSERT_SEES(a, "new", "");
    assert_int_equal(put(a, "mine", "m", STORE_INSERT), STORE_OK);
    ASSERT_SEES(a, "mine", "m");
    ASSERT_SEES(a, "k", "1"); /* also now that it has written */
    ASSERT_SEES(b, "mine", "");
    (void)commit(a);
    ASSERT_SEES(b, "mine", "");
    (void)commit(b);
    assert_string_equal(seen_now("mine"), "m");
    assert_string_equal(seen_now("k"), "2");
}

static void abort_undoes_everything_and_frees_the_locks(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(0);
    assert_int_equal(put(a, "k", "2", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(a, "x", "2", STORE_INSERT), STORE_OK);
    store_abort(a);
    assert_int_equal(put(b, "k", "3", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(b, "x", "3", STORE_INSERT), STORE_OK);
    (void)commit(b);
    assert_string_equal(seen_now("k"), "3");
    store_abort(NULL);
    assert_int_equal(counters().transactions, 0);
}

static void marks_grow_and_reading_leaves_none(void **state)
{
    struct store_txn *t;
    uint64_t first, second, none = 77;

    (void)state;
    t = begin(0);
    assert_int_equal(put(t, "a", "1", STORE_UPSERT), STORE_OK);
    first = commit(t);
    t = begin(0);
    assert_int_equal(put(t, "b", "1", STORE_UPSERT), STORE_OK);
    assert_int_equal(store_commit(t, STORE_DURABLE, &second), STORE_OK);
    assert_true(first > 0 && second > first);
    t = begin(0);
    ASSERT_SEES(t, "a", "1");
    assert_int_equal(store_commit(t, STORE_DURABLE, &none), STORE_OK);
    assert_int_equal(none, 0);
    assert_int_equal(store_harden(store, 0), STORE_OK);
    assert_int_equal(store_harden(store, first), STORE_OK);
    assert_int_equal(store_harden(store, UINT64_MAX), STORE_OK);
    assert_int_equal(counters().commits, 2);
}

static void put_modes_ask_for_what_they_say(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    assert_int_equal(put(t, "k", "1", STORE_REPLACE), STORE_NOT_FOUND);
    assert_int_equal(put(t, "k", "1", STORE_INSERT), STORE_OK);
    assert_int_equal(put(t, "k", "2", STORE_INSERT), STORE_EXISTS);
    ASSERT_SEES(t, "k", "1");
    assert_int_equal(put(t, "k", "3", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(t, "k", "4", STORE_UPSERT), STORE_OK);
    assert_int_equal(store_erase(t, 1, S("none"), STORE_ERASE_PRESENT), STORE_NOT_FOUND);
    assert_int_equal(store_erase(t, 1, S("none"), STORE_ERASE_ANY), STORE_OK);
    assert_int_equal(store_erase(t, 1, S("k"), STORE_ERASE_PRESENT), STORE_OK);
    ASSERT_SEES(t, "k", "");
    assert_int_equal(put(t, "k", "5", STORE_INSERT), STORE_OK);
    assert_int_equal(put(t, "k", "6", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(store_put(t, 1, S("empty"), (struct store_slice){NULL, 0}, STORE_INSERT),
                     STORE_OK);
    assert_int_equal(put(t, "empty", "x", STORE_INSERT), STORE_EXISTS);
    (void)commit(t);
    assert_string_equal(seen_now("k"), "5");
}

static void read_only_transactions_refuse_to_write(void **state)
{
    struct store_txn *t = begin(STORE_TXN_READ_ONLY);
    struct store_bulk *bulk = NULL;

    (void)state;
    assert_int_equal(put(t, "k", "1", STORE_UPSERT), STORE_READ_ONLY);
    assert_int_equal(store_erase(t, 1, S("k"), STORE_ERASE_ANY), STORE_READ_ONLY);
    assert_int_equal(store_lock(t, 1, S("k"), STORE_SHARED, NULL), STORE_READ_ONLY);
    assert_int_equal(store_drop(t, 1, S("")), STORE_READ_ONLY);
    assert_int_equal(store_bulk_open(t, 1, S("b"), &bulk), STORE_READ_ONLY);
    (void)commit(t);
}

/* ---- conflicts ---- */

static void the_first_updater_wins_at_once(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    put_now("other", "1");
    a = begin(0);
    b = begin(0);
    assert_int_equal(put(a, "k", "a", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_CONFLICT);
    assert_int_equal(store_erase(b, 1, S("k"), STORE_ERASE_PRESENT), STORE_CONFLICT);
    assert_int_equal(store_lock(b, 1, S("k"), STORE_SHARED, NULL), STORE_CONFLICT);
    ASSERT_SEES(b, "k", "1");
    assert_int_equal(put(b, "other", "b", STORE_REPLACE), STORE_OK); /* T3 */
    (void)commit(a);
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_CONFLICT); /* since our snapshot */
    assert_int_equal(store_erase(b, 1, S("k"), STORE_ERASE_ANY), STORE_CONFLICT);
    assert_int_equal(store_lock(b, 1, S("k"), STORE_EXCLUSIVE, NULL), STORE_CONFLICT);
    (void)commit(b);
    assert_string_equal(seen_now("k"), "a");
    assert_string_equal(seen_now("other"), "b");
    assert_int_equal(counters().conflicts, 6);
}

static void an_insert_tells_existing_from_conflicting(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("visible", "1");
    put_now("erased-later", "1");
    put_now("erased-open", "1");
    put_now("replaced-open", "1");
    a = begin(0);
    b = begin(0);
    put_now("committed-since", "1");
    erase_now("erased-later");
    assert_int_equal(store_erase(a, 1, S("erased-open"), STORE_ERASE_PRESENT), STORE_OK);
    assert_int_equal(put(a, "replaced-open", "2", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(a, "inserted-open", "2", STORE_INSERT), STORE_OK);

    assert_int_equal(put(b, "visible", "b", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(put(b, "committed-since", "b", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(put(b, "replaced-open", "b", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(put(b, "erased-later", "b", STORE_INSERT), STORE_CONFLICT);
    assert_int_equal(put(b, "erased-open", "b", STORE_INSERT), STORE_CONFLICT);
    assert_int_equal(put(b, "inserted-open", "b", STORE_INSERT), STORE_CONFLICT);

    /* The eraser's own view, and what is left of its mark when it rolls back. */
    assert_int_equal(put(a, "erased-open", "a", STORE_INSERT), STORE_OK);
    assert_int_equal(put(a, "erased-open", "a", STORE_INSERT), STORE_EXISTS);
    store_abort(a);
    assert_int_equal(put(b, "erased-open", "b", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(put(b, "inserted-open", "b", STORE_INSERT), STORE_OK);
    (void)commit(b);
}

static void a_level_rolled_back_takes_its_erasures_with_it(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(0);
    store_level(a);
    assert_int_equal(store_erase(a, 1, S("k"), STORE_ERASE_PRESENT), STORE_OK);
    assert_int_equal(put(b, "k", "b", STORE_INSERT), STORE_CONFLICT);
    assert_int_equal(store_level_end(a, STORE_ROLL_BACK), STORE_OK);
    assert_int_equal(put(b, "k", "b", STORE_INSERT), STORE_EXISTS);
    store_abort(a);
    store_abort(b);
}

static void a_failed_insert_leaves_the_row_free(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(0);
    assert_int_equal(put(a, "k", "a", STORE_INSERT), STORE_EXISTS);
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_OK);
    (void)commit(b);
    store_abort(a);
}

static void row_locks_share_and_exclude(void **state)
{
    struct store_txn *a, *b;
    struct store_value v = {0};

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(0);
    assert_int_equal(store_lock(a, 1, S("k"), STORE_SHARED, &v), STORE_OK);
    assert_int_equal(v.size, 1);
    store_value_release(&v);
    assert_int_equal(store_lock(b, 1, S("k"), STORE_SHARED, NULL), STORE_OK);
    assert_int_equal(store_lock(a, 1, S("k"), STORE_EXCLUSIVE, NULL), STORE_CONFLICT);
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_CONFLICT);
    (void)commit(b);
    assert_int_equal(store_lock(a, 1, S("k"), STORE_EXCLUSIVE, NULL), STORE_OK);
    b = begin(0);
    assert_int_equal(store_lock(b, 1, S("k"), STORE_SHARED, NULL), STORE_CONFLICT);
    assert_int_equal(store_lock(a, 1, S("none"), STORE_EXCLUSIVE, &v), STORE_NOT_FOUND);
    assert_int_equal(put(b, "none", "b", STORE_INSERT), STORE_CONFLICT); /* the lock is held */
    assert_int_equal(store_lock(a, 1, S("none2"), STORE_EXCLUSIVE, NULL), STORE_OK);
    (void)commit(a); /* locked only: the row has not changed */
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(b, "none", "b", STORE_INSERT), STORE_OK);
    (void)commit(b);
}

/* ---- levels ---- */

static void levels_nest_release_and_roll_back(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    assert_int_equal(put(t, "0", "0", STORE_INSERT), STORE_OK);
    store_level(t);
    store_level(t); /* shares the savepoint of the first */
    assert_int_equal(put(t, "2", "2", STORE_INSERT), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    ASSERT_SEES(t, "2", "");
    assert_int_equal(put(t, "1", "1", STORE_INSERT), STORE_OK);
    store_level(t);
    assert_int_equal(put(t, "1", "x", STORE_REPLACE), STORE_OK);
    assert_int_equal(put(t, "released", "r", STORE_INSERT), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_RELEASE), STORE_OK);
    store_level(t);
    assert_int_equal(store_erase(t, 1, S("0"), STORE_ERASE_PRESENT), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_RELEASE), STORE_OK);
    ASSERT_SEES(t, "1", "x");
    ASSERT_SEES(t, "0", "");
    store_level(t);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK); /* clean: undoes nothing */
    ASSERT_SEES(t, "released", "r");
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    ASSERT_SEES(t, "1", "");
    ASSERT_SEES(t, "released", "");
    ASSERT_SEES(t, "0", "0");
    (void)commit(t);
    assert_string_equal(seen_now("0"), "0");
    assert_string_equal(seen_now("1"), "");
}

static void commit_takes_open_levels_along(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    for (int i = 0; i < STORE_LEVELS_MAX; i++) {
        char k[2] = {(char)('a' + i), 0};

        store_level(t);
        assert_int_equal(put(t, k, "v", STORE_INSERT), STORE_OK);
    }
    (void)commit(t);
    assert_string_equal(seen_now("p"), "v");
}

static void a_rolled_back_level_keeps_earlier_locks(void **state)
{
    struct store_txn *a, *b;

    (void)state;
    put_now("k", "1");
    a = begin(0);
    b = begin(0);
    assert_int_equal(store_lock(a, 1, S("k"), STORE_EXCLUSIVE, NULL), STORE_OK);
    store_level(a);
    assert_int_equal(put(a, "k", "2", STORE_REPLACE), STORE_OK);
    assert_int_equal(store_level_end(a, STORE_ROLL_BACK), STORE_OK);
    assert_int_equal(put(b, "k", "b", STORE_REPLACE), STORE_CONFLICT);
    store_abort(a);
    store_abort(b);
}

static void random_levels_agree_with_a_model(void **state)
{
    enum { KEYS = 12, DEPTH = 5 };
    char model[DEPTH + 1][KEYS];
    unsigned seed = 20240229, depth = 0;
    struct store_txn *t = begin(0);
    struct store_cursor *c = NULL;

    (void)state;
    memset(model, 0, sizeof model);
    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    for (int step = 0; step < 4000; step++) {
        unsigned what = (unsigned)rand_r(&seed) % 10;
        int key = rand_r(&seed) % KEYS;
        char k[2] = {(char)('a' + key), 0}, v[2] = {(char)('A' + rand_r(&seed) % 26), 0};

        if (what < 5) {
            assert_int_equal(put(t, k, v, STORE_UPSERT), STORE_OK);
            model[depth][key] = v[0];
        } else if (what < 7) {
            assert_int_equal(store_erase(t, 1, S(k), STORE_ERASE_ANY), STORE_OK);
            model[depth][key] = 0;
        } else if (what == 7 && depth < DEPTH) {
            store_level(t);
            memcpy(model[depth + 1], model[depth], KEYS);
            depth++;
        } else if (what == 8 && depth > 0) {
            assert_int_equal(store_level_end(t, STORE_RELEASE), STORE_OK);
            memcpy(model[depth - 1], model[depth], KEYS);
            depth--;
        } else if (what == 9 && depth > 0) {
            assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
            depth--;
        }
        key = 0; /* the whole tree, by a cursor that lives through all of it */
        for (enum store_status s = store_cursor_seek(c, t, STORE_FIRST, S("")); s == STORE_OK;
             s = store_cursor_step(c, t, STORE_NEXT), key++) {
            while (key < KEYS && model[depth][key] == 0)
                key++;
            assert_true(key < KEYS);
            assert_int_equal(*(const char *)store_cursor_key(c).data, 'a' + key);
            assert_int_equal(*(const char *)store_cursor_value(c).data, model[depth][key]);
        }
        while (key < KEYS)
            assert_int_equal(model[depth][key++], 0);
        if (step % 500 == 499) {
            (void)commit(t);
            memcpy(model[0], model[depth], KEYS);
            depth = 0;
            t = begin(0);
        }
    }
    store_cursor_close(c);
    store_abort(t);
}

/* ---- cursors ---- */

static void assert_at(struct store_cursor *c, const char *k)
{
    struct store_slice key = store_cursor_key(c);

    assert_int_equal(key.size, strlen(k));
    assert_memory_equal(key.data, k, key.size);
}

#define ASSERT_SEEK(c, t, how, k, at)                                   \
    do {                                                                \
        assert_int_equal(store_cursor_seek(c, t, how, S(k)), STORE_OK); \
        assert_at(c, at);                                               \
    } while (0)
#define ASSERT_STEP(c, t, where, at)                                \
    do {                                                            \
        assert_int_equal(store_cursor_step(c, t, where), STORE_OK); \
        assert_at(c, at);                                           \
    } while (0)

static void fill(const char *keys)
{
    for (; *keys; keys++)
        put_now((char[]){*keys, 0}, (char[]){*keys, 0});
}

/* Rows in the trees beside ours, which no cursor of ours may see. */
static void fill_neighbours(struct store_txn *t)
{
    assert_int_equal(store_put(t, 2, S("a"), S("x"), STORE_UPSERT), STORE_OK);
    assert_int_equal(store_put(t, 255, S("a"), S("x"), STORE_UPSERT), STORE_OK);
    assert_int_equal(store_put(t, STORE_TREE_MAX - 1, S("a"), S("x"), STORE_UPSERT), STORE_OK);
}

static void seeks(struct store_txn *t)
{
    struct store_cursor *c = NULL;

    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    ASSERT_SEEK(c, t, STORE_FIRST, "", "b");
    ASSERT_SEEK(c, t, STORE_LAST, "", "f");
    ASSERT_SEEK(c, t, STORE_EQ, "d", "d");
    ASSERT_SEEK(c, t, STORE_GE, "d", "d");
    ASSERT_SEEK(c, t, STORE_GE, "c", "d");
    ASSERT_SEEK(c, t, STORE_GT, "d", "f");
    ASSERT_SEEK(c, t, STORE_LE, "d", "d");
    ASSERT_SEEK(c, t, STORE_LE, "e", "d");
    ASSERT_SEEK(c, t, STORE_LT, "d", "b");
    assert_int_equal(store_cursor_seek(c, t, STORE_GT, S("f")), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "f");
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "f");
    ASSERT_STEP(c, t, STORE_PREVIOUS, "d");
    ASSERT_STEP(c, t, STORE_NEXT, "f");
    assert_int_equal(store_cursor_seek(c, t, STORE_LT, S("b")), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_step(c, t, STORE_PREVIOUS), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_NEXT, "b");
    assert_int_equal(store_cursor_seek(c, t, STORE_EQ, S("c")), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_NEXT, "d");
    assert_int_equal(store_cursor_seek(c, t, STORE_EQ, S("c")), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "b");
    assert_int_equal(store_cursor_seek(c, t, STORE_EQ, S("z")), STORE_NOT_FOUND);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "f");
    store_cursor_close(c);

    assert_int_equal(store_cursor_open(store, 3, &c), STORE_OK); /* an empty tree */
    assert_int_equal(store_cursor_seek(c, t, STORE_FIRST, S("")), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_step(c, t, STORE_PREVIOUS), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_seek(c, t, STORE_LAST, S("")), STORE_NOT_FOUND);
    assert_int_equal(store_cursor_step(c, t, STORE_PREVIOUS), STORE_NOT_FOUND);
    store_cursor_close(c);
    store_cursor_close(NULL);
}

static void cursors_seek_committed_rows(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    fill_neighbours(t);
    (void)commit(t);
    fill("bdf");
    t = begin(STORE_TXN_READ_ONLY);
    seeks(t);
    (void)commit(t);
}

static void cursors_seek_own_rows(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    fill_neighbours(t);
    for (const char *k = "bdf"; *k; k++)
        assert_int_equal(put(t, (char[]){*k, 0}, "v", STORE_INSERT), STORE_OK);
    seeks(t);
    store_abort(t);
}

static void cursors_seek_rows_of_both_kinds(void **state)
{
    struct store_txn *t;

    (void)state;
    fill("acdfz");
    t = begin(0);
    fill_neighbours(t);
    for (const char *k = "acz"; *k; k++)
        assert_int_equal(store_erase(t, 1, S((char[]){*k, 0}), STORE_ERASE_PRESENT), STORE_OK);
    assert_int_equal(put(t, "b", "v", STORE_INSERT), STORE_OK);
    seeks(t);
    store_abort(t);
}

static void a_cursor_keeps_its_key_across_everything(void **state)
{
    struct store_cursor *c = NULL;
    struct store_txn *t;

    (void)state;
    fill("bdfh");
    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    t = begin(0);
    ASSERT_SEEK(c, t, STORE_FIRST, "", "b");
    assert_int_equal(put(t, "c", "new", STORE_INSERT), STORE_OK); /* first write: right ahead */
    ASSERT_STEP(c, t, STORE_NEXT, "c");
    assert_int_equal(put(t, "c", "again, and longer than before", STORE_REPLACE), STORE_OK);
    ASSERT_STEP(c, t, STORE_NEXT, "d"); /* its own row was written under it */
    assert_int_equal(store_erase(t, 1, S("d"), STORE_ERASE_PRESENT), STORE_OK);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "c"); /* its own row is gone */
    ASSERT_STEP(c, t, STORE_NEXT, "f");
    store_level(t);
    assert_int_equal(put(t, "g", "g", STORE_INSERT), STORE_OK);
    ASSERT_STEP(c, t, STORE_NEXT, "g");
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    ASSERT_STEP(c, t, STORE_NEXT, "h"); /* from a row that never was */
    ASSERT_STEP(c, t, STORE_PREVIOUS, "f");
    (void)commit(t);
    t = begin(STORE_TXN_READ_ONLY);
    ASSERT_STEP(c, t, STORE_PREVIOUS, "c");
    store_abort(t);
    erase_now("c");
    t = begin(0);
    ASSERT_STEP(c, t, STORE_NEXT, "f");
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_OK);
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_NOT_FOUND);
    store_abort(t);
    put_now("x", "x");
    t = begin(0);
    assert_int_equal(store_cursor_step(c, t, STORE_NEXT), STORE_NOT_FOUND); /* after all */
    ASSERT_STEP(c, t, STORE_PREVIOUS, "x");
    store_abort(t);
    store_cursor_close(c);
}

static void one_cursor_serves_two_transactions(void **state)
{
    struct store_cursor *c = NULL;
    struct store_txn *a, *b;

    (void)state;
    fill("ac");
    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    a = begin(0);
    put_now("b", "b");
    b = begin(0);
    ASSERT_SEEK(c, a, STORE_FIRST, "", "a");
    ASSERT_STEP(c, b, STORE_NEXT, "b");
    ASSERT_STEP(c, a, STORE_NEXT, "c");
    ASSERT_STEP(c, b, STORE_PREVIOUS, "b");
    (void)commit(a);
    assert_at(c, "b");
    ASSERT_STEP(c, b, STORE_PREVIOUS, "a");
    (void)commit(b);
    store_cursor_close(c);
}

static void keys_compare_as_unsigned_bytes_prefix_first(void **state)
{
    static const char *const sorted[] = {"\1",     "\1\xff", "\x7f",    "\x80",
                                         "\x80\1", "\xff",   "\xff\xff"};
    struct store_cursor *c = NULL;
    struct store_txn *t;

    (void)state;
    for (size_t i = sizeof sorted / sizeof *sorted; i-- > 0;)
        put_now(sorted[i], "v");
    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    t = begin(0);
    assert_int_equal(store_cursor_seek(c, t, STORE_FIRST, S("")), STORE_OK);
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        assert_at(c, sorted[i]);
        assert_int_equal(store_cursor_step(c, t, STORE_NEXT),
                         i + 1 < sizeof sorted / sizeof *sorted ? STORE_OK : STORE_NOT_FOUND);
    }
    store_abort(t);
    store_cursor_close(c);
}

/* ---- limits ---- */

static void limits_are_errors_that_leave_the_transaction_usable(void **state)
{
    struct store_limits limits;
    struct store_txn *t = begin(0);
    char *big;
    enum store_status status = STORE_OK;
    int rows = 0;

    (void)state;
    store_get_limits(store, &limits);
    assert_true(limits.key_max >= 4100); /* ESE: a key and a bookmark of 2,000 each, and more */
    assert_int_equal(limits.txn_max, 1 << 20);
    big = mem_alloc(limits.value_max + 1);
    assert_non_null(big);
    memset(big, 'k', limits.key_max + 1);
    assert_int_equal(
        store_put(t, 1, (struct store_slice){big, limits.key_max + 1}, S("v"), STORE_UPSERT),
        STORE_TOO_BIG);
    assert_int_equal(
        store_put(t, 1, (struct store_slice){big, limits.key_max}, S("v"), STORE_UPSERT), STORE_OK);
    assert_int_equal(
        store_put(t, 1, S("k"), (struct store_slice){big, limits.value_max + 1}, STORE_UPSERT),
        STORE_TOO_BIG);
    for (; status == STORE_OK; rows++) { /* T6 */
        char k[20];

        (void)snprintf(k, sizeof k, "%d", rows);
        status = store_put(t, 1, S(k), (struct store_slice){big, 1000}, STORE_UPSERT);
    }
    assert_int_equal(status, STORE_TXN_FULL);
    assert_in_range(rows, 400, 1100);
    ASSERT_SEES(t, "none", "");
    (void)commit(t);
    t = begin(0);
    store_level(t);
    assert_int_equal(store_put(t, 1, S("a"), (struct store_slice){big, 900000}, STORE_UPSERT),
                     STORE_OK);
    assert_int_equal(store_put(t, 1, S("b"), (struct store_slice){big, 900000}, STORE_UPSERT),
                     STORE_TXN_FULL);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK); /* gives it back */
    assert_int_equal(store_put(t, 1, S("b"), (struct store_slice){big, 900000}, STORE_UPSERT),
                     STORE_OK);
    store_abort(t);
    mem_free(big);
}

/* ---- open and close ---- */

static void a_store_is_found_again(void **state)
{
    struct store *second = NULL;
    struct store_options o = {0};

    (void)state;
    put_now("k", "1");
    assert_int_equal(store_open(engine, path, &o, &second), STORE_IN_USE);
    assert_int_equal(store_destroy(engine, path, &o), STORE_IN_USE);
    close_store();
    open_store(&o);
    assert_string_equal(seen_now("k"), "1");
    close_store();
    assert_int_equal(store_destroy(engine, path, &o), STORE_OK);
    assert_int_equal(store_open(engine, path, &o, &second), STORE_MISSING);
    assert_int_equal(store_destroy(engine, path, &o), STORE_MISSING);
}

static void what_is_not_a_store_is_not_touched(void **state)
{
    struct store *other = NULL;
    struct store_options o = {.create = true};
    char name[300];
    FILE *f;

    (void)state;
    assert_int_equal(store_open(engine, "/dev/null", &o, &other), STORE_FOREIGN);
    (void)snprintf(name, sizeof name, "%s/other", folder);
    assert_int_equal(mkdir(name, 0700), 0);
    (void)snprintf(name, sizeof name, "%s/other/file", folder);
    f = fopen(name, "w");
    assert_non_null(f);
    (void)fclose(f);
    (void)snprintf(name, sizeof name, "%s/other", folder);
    assert_int_equal(store_open(engine, name, &o, &other), STORE_FOREIGN);
    assert_int_equal(store_destroy(engine, name, &o), STORE_FOREIGN);
    (void)snprintf(name, sizeof name, "%s/other/file", folder);
    assert_int_equal(unlink(name), 0);
    (void)snprintf(name, sizeof name, "%s/other", folder);
    assert_int_equal(store_open(engine, name, &o, &other), STORE_OK); /* an empty folder will do */
    assert_int_equal(store_close(other), STORE_OK);
    (void)snprintf(name, sizeof name, "%s/other/HOLDFAST-STORE", folder);
    f = fopen(name, "w");
    assert_non_null(f);
    (void)fputs("holdfast store, rocksdb, format 2\n", f);
    (void)fclose(f);
    (void)snprintf(name, sizeof name, "%s/other", folder);
    assert_int_equal(store_open(engine, name, &o, &other), STORE_FOREIGN);
    (void)snprintf(name, sizeof name, "rm -r '%s/other'", folder);
    assert_int_equal(system(name), 0);
}

static void an_ephemeral_store_leaves_nothing(void **state)
{
    struct stat st;
    struct store_options o = {.create = true, .ephemeral = true};

    (void)state;
    put_now("k", "1");
    close_store();
    open_store(&o);
    assert_string_equal(seen_now("k"), "");
    put_now("k", "2");
    assert_int_equal(store_harden(store, UINT64_MAX), STORE_OK);
    close_store();
    assert_int_equal(stat(path, &st), -1);
}

static void the_log_may_live_elsewhere(void **state)
{
    char log_path[230], command[600];
    struct store_options o = {.create = true, .log_path = log_path};

    (void)state;
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    close_store();
    assert_int_equal(store_destroy(engine, path, &(struct store_options){0}), STORE_OK);
    open_store(&o);
    put_now("k", "1");
    close_store();
    (void)snprintf(command, sizeof command,
                   "ls %s/log/*.log >/dev/null && ! ls %s/db/*.log >/dev/null 2>&1", folder, path);
    assert_int_equal(system(command), 0);
    open_store(&o);
    assert_string_equal(seen_now("k"), "1");
    close_store();
    assert_int_equal(store_destroy(engine, path, &o), STORE_OK);
    (void)rmdir(log_path);
    open_store(&(struct store_options){.create = true});
}

/* ---- drops and bulk values ---- */

static size_t count_rows(uint64_t tree)
{
    struct store_txn *t = begin(STORE_TXN_READ_ONLY);
    struct store_cursor *c = NULL;
    size_t n = 0;

    assert_int_equal(store_cursor_open(store, tree, &c), STORE_OK);
    for (enum store_status s = store_cursor_seek(c, t, STORE_FIRST, S("")); s == STORE_OK;
         s = store_cursor_step(c, t, STORE_NEXT))
        n++;
    store_cursor_close(c);
    (void)commit(t);
    return n;
}

/* `n` rows named by prefix and number. */
static void fill_tree(uint64_t tree, const char *prefix, int n)
{
    struct store_txn *t = begin(0);

    for (int i = 0; i < n; i++) {
        char k[40];

        (void)snprintf(k, sizeof k, "%s%05d", prefix, i);
        assert_int_equal(store_put(t, tree, S(k), S("v"), STORE_INSERT), STORE_OK);
    }
    (void)commit(t);
}

static void a_dropped_tree_goes_when_its_drop_commits(void **state)
{
    struct store_txn *t, *old;

    (void)state;
    fill_tree(4, "", 2000);
    fill_tree(5, "p", 1000);
    fill_tree(5, "q", 1000);
    t = begin(0);
    assert_int_equal(store_drop(t, 4, S("")), STORE_OK);
    store_level(t);
    assert_int_equal(store_drop(t, 5, S("q")), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    store_abort(t);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(count_rows(4), 2000);

    old = begin(0);
    t = begin(0);
    assert_int_equal(store_drop(t, 4, S("")), STORE_OK);
    assert_int_equal(store_drop(t, 5, S("p")), STORE_OK);
    store_level(t);
    assert_int_equal(store_drop(t, 5, S("q")), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    (void)commit(t);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(counters().drops_pending, 0);
    assert_int_equal(count_rows(4), 0);
    assert_int_equal(count_rows(5), 1000);
    assert_string_equal(seen_in(old, 4, "00001"), "v"); /* T1 */
    store_abort(old);
}

static void a_drop_waits_for_an_open_row_lock(void **state)
{
    struct store_txn *t, *old;

    (void)state;
    fill_tree(4, "", 10);
    old = begin(0);
    assert_int_equal(store_lock(old, 4, S("00003"), STORE_SHARED, NULL), STORE_OK);
    t = begin(0);
    assert_int_equal(store_drop(t, 4, S("")), STORE_OK);
    (void)commit(t);
    assert_int_equal(counters().drops_pending, 1);
    store_abort(old);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(count_rows(4), 0);
}

static void put_bulk(struct store_txn *t, uint64_t tree, const char *prefix, int chunks)
{
    static char chunk[4000];
    struct store_bulk *bulk = NULL;

    assert_int_equal(store_bulk_open(t, tree, S(prefix), &bulk), STORE_OK);
    for (int i = 0; i < chunks; i++) {
        char k[40];

        (void)snprintf(k, sizeof k, "%s%05d", prefix, i);
        assert_int_equal(store_bulk_put(bulk, S(k), (struct store_slice){chunk, sizeof chunk}),
                         STORE_OK);
    }
    assert_int_equal(store_bulk_close(bulk), STORE_OK);
}

static void bulk_values_pass_by_the_limit_and_are_published(void **state)
{
    struct store_txn *t = begin(0);
    struct store_value v = {0};

    (void)state;
    put_bulk(t, 6, "lv1-", 2000); /* 8 MB beside a limit of 1 MiB */
    assert_int_equal(put(t, "row", "lv1-", STORE_INSERT), STORE_OK);
    assert_int_equal(store_get(t, 6, S("lv1-01999"), &v), STORE_OK); /* its own, before commit */
    assert_int_equal(v.size, 4000);
    store_value_release(&v);
    assert_int_equal(store_get(t, 6, S("lv1-02000"), &v), STORE_NOT_FOUND);
    (void)commit(t);
    close_store();
    open_store(&(struct store_options){0});
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(count_rows(6), 2000);
    assert_int_equal(counters().bulk_removed, 0);
    t = begin(0); /* published: rows like others */
    assert_int_equal(store_put(t, 6, S("lv1-00000"), S("v"), STORE_REPLACE), STORE_OK);
    (void)commit(t);
}

static void unpublished_bulk_values_go(void **state)
{
    struct store_txn *t = begin(0);

    (void)state;
    put_bulk(t, 6, "kept", 3);
    store_level(t);
    put_bulk(t, 6, "undone", 600);
    store_level(t);
    put_bulk(t, 6, "undone-deeper", 3);
    assert_int_equal(store_level_end(t, STORE_RELEASE), STORE_OK);
    assert_int_equal(store_level_end(t, STORE_ROLL_BACK), STORE_OK);
    store_level(t);
    put_bulk(t, 6, "released", 3);
    assert_int_equal(store_level_end(t, STORE_RELEASE), STORE_OK);
    (void)commit(t);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(count_rows(6), 6);
    assert_int_equal(counters().bulk_removed, 2);
    t = begin(0);
    put_bulk(t, 6, "aborted", 600);
    store_abort(t);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_int_equal(count_rows(6), 6);
}

/* ---- backup ---- */

/* Copies the backup's files below `to` as they are named. */
static void copy_backup(struct store_backup *backup, const char *to)
{
    const char *name = NULL;
    uint64_t size = 0;
    char file[600];

    (void)snprintf(file, sizeof file, "mkdir -p '%s/db'", to);
    assert_int_equal(system(file), 0);
    while (store_backup_next(backup, &name, &size) == STORE_OK) {
        FILE *f;
        uint64_t total = 0;
        char part[1000];
        size_t got = 0;

        (void)snprintf(file, sizeof file, "%s/%s", to, name);
        f = fopen(file, "wb");
        assert_non_null(f);
        do {
            assert_int_equal(store_backup_read(backup, part, sizeof part, &got), STORE_OK);
            assert_int_equal(fwrite(part, 1, got, f), got);
            total += got;
        } while (got > 0);
        assert_int_equal(total, size);
        assert_int_equal(fclose(f), 0);
    }
}

static void a_backup_is_a_store(void **state)
{
    struct store_backup *backup = NULL, *second = NULL;
    char to[300];

    (void)state;
    fill_tree(4, "", 1000);
    put_now("k", "before");
    assert_int_equal(store_backup_open(store, &backup), STORE_OK);
    assert_int_equal(store_backup_open(store, &second), STORE_IN_USE);
    put_now("k", "after");
    (void)snprintf(to, sizeof to, "%s/copy", folder);
    copy_backup(backup, to);
    store_backup_close(backup);
    store_backup_close(NULL);
    close_store();
    assert_int_equal(store_open(engine, to, &(struct store_options){0}, &store), STORE_OK);
    assert_string_equal(seen_now("k"), "before");
    assert_int_equal(count_rows(4), 1000);
    close_store();
    assert_int_equal(store_destroy(engine, to, &(struct store_options){0}), STORE_OK);
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 400 };

static atomic_int wins;

/* Adds one to a counter row, again until it wins: no addition may be lost. */
static void *adder(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS;) {
        struct store_txn *t = NULL;
        struct store_value v = {0};
        enum store_status s;
        uint64_t n = 0;

        if (store_begin(store, 0, &t))
            break;
        s = store_lock(t, 1, S("n"), STORE_EXCLUSIVE, &v);
        if (s == STORE_OK) {
            memcpy(&n, v.data, sizeof n);
            store_value_release(&v);
            n++;
            s = store_put(t, 1, S("n"), (struct store_slice){&n, sizeof n}, STORE_UPSERT);
        }
        if (s == STORE_OK &&
            store_commit(t, i % 50 ? STORE_LAZY : STORE_DURABLE, NULL) == STORE_OK) {
            atomic_fetch_add(&wins, 1);
            i++;
        } else if (s != STORE_OK) {
            store_abort(t);
            if (s != STORE_CONFLICT)
                break;
        }
    }
    return NULL;
}

static void no_update_is_lost_between_threads(void **state)
{
    pthread_t threads[THREADS];
    struct store_txn *t = begin(0);
    struct store_value v = {0};
    uint64_t n = 0;

    (void)state;
    assert_int_equal(store_put(t, 1, S("n"), (struct store_slice){&n, sizeof n}, STORE_INSERT),
                     STORE_OK);
    (void)commit(t);
    atomic_store(&wins, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, adder, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    t = begin(0);
    assert_int_equal(store_get(t, 1, S("n"), &v), STORE_OK);
    memcpy(&n, v.data, sizeof n);
    store_value_release(&v);
    store_abort(t);
    assert_int_equal(atomic_load(&wins), THREADS * ROUNDS);
    assert_int_equal(n, THREADS * ROUNDS);
}

/* Threads with rows of their own must never meet a conflict, however busy the lock table. */
static void *own_rows(void *arg)
{
    uintptr_t me = (uintptr_t)arg;

    for (uint32_t i = 0; i < 100; i++) {
        struct store_txn *t = NULL;

        if (store_begin(store, 0, &t))
            return "begin";
        for (uint32_t j = 0; j < 40; j++) {
            uint32_t key[3] = {(uint32_t)me, i, j};

            if (store_put(t, 1, (struct store_slice){key, sizeof key}, S("v"), STORE_INSERT)) {
                store_abort(t);
                return "insert";
            }
        }
        if (store_commit(t, STORE_LAZY, NULL))
            return "commit";
    }
    return NULL;
}

static void there_are_no_false_conflicts(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, own_rows, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;

        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(count_rows(1), THREADS * 4000);
    assert_int_equal(counters().conflicts, 0);
}

static void *commit_elsewhere(void *arg)
{
    struct store_txn *t = arg;

    if (store_put(t, 1, S("b"), S("2"), STORE_INSERT) || store_level_end(t, STORE_RELEASE) ||
        store_commit(t, STORE_LAZY, NULL))
        return t;
    return NULL;
}

static void a_transaction_passes_from_thread_to_thread(void **state)
{
    struct store_txn *t = begin(0);
    pthread_t thread;
    void *failed = NULL;

    (void)state;
    store_level(t);
    assert_int_equal(put(t, "a", "1", STORE_INSERT), STORE_OK);
    assert_int_equal(pthread_create(&thread, NULL, commit_elsewhere, t), 0);
    (void)pthread_join(thread, &failed);
    assert_null(failed);
    assert_string_equal(seen_now("a"), "1");
    assert_string_equal(seen_now("b"), "2");
}

/* ---- memory ---- */

/* Fails each allocation in turn: every call must answer and leave things as they were. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    put_now("k", "0");
    for (uint64_t n = 1;; n++) {
        struct store_txn *t = NULL;
        struct store_cursor *c = NULL;
        struct store_bulk *b = NULL;
        enum store_status s;

        (void)mem_fail_at(n, 0);
        s = store_begin(store, 0, &t);
        if (s == STORE_OK)
            s = store_cursor_open(store, 1, &c);
        if (s == STORE_OK)
            s = store_erase(t, 1, S("k"), STORE_ERASE_PRESENT);
        if (s == STORE_OK)
            s = store_bulk_open(t, 6, S("x"), &b);
        if (s == STORE_OK)
            s = store_bulk_close(b);
        if (s == STORE_OK)
            s = put(t, "k", "1", STORE_INSERT);
        if (s == STORE_OK)
            s = store_cursor_seek(c, t, STORE_FIRST, S(""));
        store_cursor_close(c);
        store_abort(t);
        if (mem_fail_at(0, 0) < n)
            break;
        assert_int_equal(s, STORE_NO_MEMORY);
        assert_string_equal(seen_now("k"), "0");
    }
}

static void every_allocation_of_open_may_fail(void **state)
{
    enum store_status s = STORE_NO_MEMORY;

    (void)state;
    put_now("k", "1");
    close_store();
    for (uint64_t n = 1; s != STORE_OK; n++) {
        (void)mem_fail_at(n, 0);
        s = store_open(engine, path, &(struct store_options){0}, &store);
        (void)mem_fail_at(0, 0);
        assert_true(s == STORE_OK || s == STORE_NO_MEMORY);
    }
    assert_string_equal(seen_now("k"), "1");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_transaction_sees_its_snapshot_and_its_own_writes),
        T(abort_undoes_everything_and_frees_the_locks),
        T(marks_grow_and_reading_leaves_none),
        T(put_modes_ask_for_what_they_say),
        T(read_only_transactions_refuse_to_write),
        T(the_first_updater_wins_at_once),
        T(an_insert_tells_existing_from_conflicting),
        T(a_level_rolled_back_takes_its_erasures_with_it),
        T(a_failed_insert_leaves_the_row_free),
        T(row_locks_share_and_exclude),
        T(levels_nest_release_and_roll_back),
        T(commit_takes_open_levels_along),
        T(a_rolled_back_level_keeps_earlier_locks),
        T(random_levels_agree_with_a_model),
        T(cursors_seek_committed_rows),
        T(cursors_seek_own_rows),
        T(cursors_seek_rows_of_both_kinds),
        T(a_cursor_keeps_its_key_across_everything),
        T(one_cursor_serves_two_transactions),
        T(keys_compare_as_unsigned_bytes_prefix_first),
        T(limits_are_errors_that_leave_the_transaction_usable),
        T(a_store_is_found_again),
        T(what_is_not_a_store_is_not_touched),
        T(an_ephemeral_store_leaves_nothing),
        T(the_log_may_live_elsewhere),
        T(a_dropped_tree_goes_when_its_drop_commits),
        T(a_drop_waits_for_an_open_row_lock),
        T(bulk_values_pass_by_the_limit_and_are_published),
        T(unpublished_bulk_values_go),
        T(a_backup_is_a_store),
        T(no_update_is_lost_between_threads),
        T(there_are_no_false_conflicts),
        T(a_transaction_passes_from_thread_to_thread),
        T(every_allocation_may_fail),
        T(every_allocation_of_open_may_fail),
    };
    int failed = 0;

    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        engine = engines[i];
        failed += cmocka_run_group_tests_name("store", tests, NULL, NULL);
    }
    return failed;
}
