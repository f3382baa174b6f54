/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test.c - the contract of store.h: transactions, conflicts, levels, cursors
 */
#include "ese/store/store_test_kit.h"

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

/* T2 for keys that the loser's snapshot does not have: come since, or come and gone. */
static void unseen_keys_conflict_as_well(void **state)
{
    struct store_txn *t = begin(0);
    static const enum store_lock modes[] = {STORE_SHARED, STORE_EXCLUSIVE};

    (void)state;
    put_now("come", "1");
    put_now("gone", "1");
    erase_now("gone");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(store_lock(t, 1, S("come"), modes[i], NULL), STORE_CONFLICT);
        assert_int_equal(store_lock(t, 1, S("gone"), modes[i], NULL), STORE_CONFLICT);
    }
    assert_int_equal(store_erase(t, 1, S("come"), STORE_ERASE_ANY), STORE_CONFLICT);
    assert_int_equal(put(t, "gone", "2", STORE_UPSERT), STORE_CONFLICT);
    assert_int_equal(put(t, "gone", "2", STORE_INSERT), STORE_CONFLICT);
    assert_int_equal(put(t, "other", "2", STORE_INSERT), STORE_OK); /* T3 */
    put_now("come", "2");                                           /* nothing of it is locked */
    put_now("gone", "2");
    (void)commit(t);
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
    unsigned depth = 0;
    struct store_txn *t = begin(0);
    struct store_cursor *c = NULL;

    (void)state;
    seed = 20240229;
    memset(model, 0, sizeof model);
    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    for (int step = 0; step < 4000; step++) {
        unsigned what = roll(10), key = roll(KEYS);
        char k[2] = {(char)('a' + key), 0}, v[2] = {(char)('A' + roll(26)), 0};

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

int main(void)
{
    struct CMUnitTest tests[] = {
        STORE_TEST(a_transaction_sees_its_snapshot_and_its_own_writes),
        STORE_TEST(abort_undoes_everything_and_frees_the_locks),
        STORE_TEST(marks_grow_and_reading_leaves_none),
        STORE_TEST(put_modes_ask_for_what_they_say),
        STORE_TEST(read_only_transactions_refuse_to_write),
        STORE_TEST(the_first_updater_wins_at_once),
        STORE_TEST(an_insert_tells_existing_from_conflicting),
        STORE_TEST(a_level_rolled_back_takes_its_erasures_with_it),
        STORE_TEST(a_failed_insert_leaves_the_row_free),
        STORE_TEST(row_locks_share_and_exclude),
        STORE_TEST(unseen_keys_conflict_as_well),
        STORE_TEST(levels_nest_release_and_roll_back),
        STORE_TEST(commit_takes_open_levels_along),
        STORE_TEST(a_rolled_back_level_keeps_earlier_locks),
        STORE_TEST(random_levels_agree_with_a_model),
        STORE_TEST(cursors_seek_committed_rows),
        STORE_TEST(cursors_seek_own_rows),
        STORE_TEST(cursors_seek_rows_of_both_kinds),
        STORE_TEST(a_cursor_keeps_its_key_across_everything),
        STORE_TEST(one_cursor_serves_two_transactions),
        STORE_TEST(keys_compare_as_unsigned_bytes_prefix_first),
    };

    return STORE_TESTS_RUN("store", tests);
}
