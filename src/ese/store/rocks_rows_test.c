/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_rows_test.c - rows read from memory (rocks_rows.c) are those that RocksDB would give
 *
 * Interleaved transactions are compared with a model; between threads it is the sums of pairs of rows
 * that may not change, and what one has seen that may not come back older.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/store_test_kit.h"

#include <sched.h>
#include <stdatomic.h>

enum { KEYS = 12, TXNS = 5, LEVELS = 3, STEPS = 30000, VALUE = 24 };

struct actor {
    struct store_txn *txn;
    bool read_only;
    unsigned depth;
    unsigned view[LEVELS + 1][KEYS]; /* what it sees at each level: a value's number or 0 */
    bool dirty[LEVELS + 1][KEYS];
};

static struct actor actors[TXNS];
static unsigned committed[KEYS], last_value;

static struct store_slice key_of(unsigned k)
{
    static char text[8];

    (void)snprintf(text, sizeof text, "key%u", k);
    return S(text);
}

static struct store_slice value_of(unsigned number, char text[VALUE + 1])
{
    (void)snprintf(text, VALUE + 1, "%0*u", VALUE, number);
    return slice_of(text, VALUE);
}

static void start(struct actor *a)
{
    a->read_only = roll(3) == 0;
    a->txn = begin(a->read_only ? STORE_TXN_READ_ONLY : 0);
    a->depth = 0;
    memcpy(a->view[0], committed, sizeof committed);
    memset(a->dirty[0], 0, sizeof a->dirty[0]);
}

static void finish(struct actor *a)
{
    if (roll(3) == 0) {
        store_abort(a->txn);
    } else {
        (void)commit(a->txn);
        for (unsigned k = 0; k < KEYS; k++)
            if (a->dirty[a->depth][k])
                committed[k] = a->view[a->depth][k];
    }
    start(a);
}

static void look(struct actor *a)
{
    struct store_value v = {0};
    char text[VALUE + 1];
    unsigned k = roll(KEYS), expected = a->view[a->depth][k];
    enum store_status status = store_get(a->txn, 1, key_of(k), &v);

    assert_int_equal(status, expected ? STORE_OK : STORE_NOT_FOUND);
    if (expected) {
        assert_int_equal(v.size, VALUE);
        assert_memory_equal(v.data, value_of(expected, text).data, VALUE);
    }
    store_value_release(&v);
}

/* By every kind of write; guarded ones only with the row's lock. */
static void change(struct actor *a)
{
    unsigned k = roll(KEYS), number = roll(3) == 0 ? 0 : ++last_value;
    bool guarded = roll(2) == 0;
    struct store_slice key = key_of(k);
    struct store_value was = {0};
    char text[VALUE + 1];
    enum store_status status = STORE_OK;

    if (a->read_only)
        return;
    if (guarded) {
        status = store_lock(a->txn, 1, key, STORE_EXCLUSIVE, &was);
        if (status == STORE_CONFLICT)
            return;
        assert_int_equal(status, a->view[a->depth][k] ? STORE_OK : STORE_NOT_FOUND);
        store_value_release(&was);
    }
    status = number == 0
                 ? store_erase(a->txn, 1, key, guarded ? STORE_ERASE_GUARDED : STORE_ERASE_ANY)
                 : store_put(a->txn, 1, key, value_of(number, text),
                             guarded ? STORE_GUARDED : STORE_UPSERT);
    if (status == STORE_CONFLICT && !guarded)
        return;
    assert_int_equal(status, STORE_OK);
    a->view[a->depth][k] = number;
    a->dirty[a->depth][k] = true;
}

static void change_level(struct actor *a)
{
    if (a->depth < LEVELS && roll(2) == 0) {
        store_level(a->txn);
        memcpy(a->view[a->depth + 1], a->view[a->depth], sizeof a->view[0]);
        memcpy(a->dirty[a->depth + 1], a->dirty[a->depth], sizeof a->dirty[0]);
        a->depth++;
    } else if (a->depth > 0) {
        bool keep = roll(2) == 0;

        assert_int_equal(store_level_end(a->txn, keep ? STORE_RELEASE : STORE_ROLL_BACK), STORE_OK);
        a->depth--;
        if (keep) {
            memcpy(a->view[a->depth], a->view[a->depth + 1], sizeof a->view[0]);
            memcpy(a->dirty[a->depth], a->dirty[a->depth + 1], sizeof a->dirty[0]);
        }
    }
}

static void interleave(size_t cache_size)
{
    close_store();
    open_store(&(struct store_options){.cache_size = cache_size, .txn_max = 1 << 20});
    memset(committed, 0, sizeof committed);
    for (unsigned i = 0; i < TXNS; i++)
        start(&actors[i]);
    for (unsigned n = 0; n < STEPS; n++) {
        struct actor *a = &actors[roll(TXNS)];

        switch (roll(8)) {
        case 0: finish(a); break;
        case 1: change_level(a); break;
        case 2:
        case 3: change(a); break;
        default: look(a);
        }
    }
    for (unsigned i = 0; i < TXNS; i++)
        store_abort(actors[i].txn);
}

static void transactions_see_what_a_model_says(void **state)
{
    (void)state;
    interleave(1 << 20);
}

/* A shard has room for no row or one, so that each pushes another out. */
static void and_with_hardly_any_memory(void **state)
{
    (void)state;
    interleave(ROCKS_ROW_SHARDS * 150);
}

/* ---- between threads ---- */

enum { PAIRS = 4, MOVES = 1000, WRITERS = 3, READERS = 3 };

static atomic_int writing;

/* Moves one from a row to its partner, so that their sum stays; or loses the race and tries again. */
static bool move(unsigned pair, unsigned by)
{
    struct store_txn *t = begin(0);
    struct store_slice name[2];
    char key[2][8], text[2][VALUE + 1];
    unsigned long number[2];
    enum store_status status = STORE_OK;

    for (unsigned i = 0; i < 2 && status == STORE_OK; i++) {
        struct store_value v = {0};

        (void)snprintf(key[i], sizeof key[i], "%c%u", i ? 'b' : 'a', pair);
        name[i] = S(key[i]);
        status = store_lock(t, 1, name[i], STORE_EXCLUSIVE, &v);
        if (status == STORE_OK)
            number[i] = strtoul(v.data, NULL, 10);
        store_value_release(&v);
    }
    for (unsigned i = 0; i < 2 && status == STORE_OK; i++)
        status = store_put(t, 1, name[i],
                           value_of((unsigned)(i ? number[i] + by : number[i] - by), text[i]),
                           by % 2 ? STORE_GUARDED : STORE_UPSERT);
    if (status != STORE_OK) {
        store_abort(t);
        return false;
    }
    return store_commit(t, STORE_LAZY, NULL) == STORE_OK;
}

static void *write_pairs(void *arg)
{
    unsigned mine = (unsigned)(uintptr_t)arg;

    for (unsigned n = 0; n < MOVES; n++)
        while (!move((n * 7 + mine) % PAIRS, 1 + n % 2))
            (void)sched_yield();
    atomic_fetch_sub(&writing, 1);
    return NULL;
}

static unsigned long number_in(struct store_txn *t, char row, unsigned pair)
{
    struct store_value v = {0};
    unsigned long number = 0;
    char key[8];

    (void)snprintf(key, sizeof key, "%c%u", row, pair);
    if (store_get(t, 1, S(key), &v) == STORE_OK)
        number = strtoul(v.data, NULL, 10);
    store_value_release(&v);
    return number;
}

/* The second rows only grow. Returns what is wrong, or NULL. */
static void *read_pairs(void *arg)
{
    unsigned long last[PAIRS] = {0};

    (void)arg;
    while (atomic_load(&writing) > 0) {
        struct store_txn *t = begin(STORE_TXN_READ_ONLY);
        unsigned long b[PAIRS];
        const char *wrong = NULL;

        for (unsigned p = 0; p < PAIRS; p++) {
            b[p] = number_in(t, 'b', p);
            if (b[p] < last[p])
                wrong = "older than before";
            last[p] = b[p];
        }
        for (unsigned p = 0; p < PAIRS; p++)
            if (number_in(t, 'a', p) + b[p] != 2000000)
                wrong = "half of a commit";
        for (unsigned p = 0; p < PAIRS; p++)
            if (number_in(t, 'b', p) != b[p])
                wrong = "another value in the same transaction";
        store_abort(t);
        if (wrong != NULL)
            return (void *)(uintptr_t)wrong;
    }
    return NULL;
}

static void threads_see_whole_commits_in_order(void **state)
{
    pthread_t threads[WRITERS + READERS];
    struct store_txn *t = begin(0);
    char text[VALUE + 1], key[8];

    (void)state;
    for (unsigned p = 0; p < PAIRS; p++)
        for (unsigned i = 0; i < 2; i++) {
            (void)snprintf(key, sizeof key, "%c%u", i ? 'b' : 'a', p);
            assert_int_equal(store_put(t, 1, S(key), value_of(1000000, text), STORE_INSERT),
                             STORE_OK);
        }
    (void)commit(t);
    atomic_store(&writing, WRITERS);
    for (uintptr_t i = 0; i < WRITERS + READERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < WRITERS ? write_pairs : read_pairs, (void *)i),
            0);
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        void *wrong = NULL;

        (void)pthread_join(threads[i], &wrong);
        if (wrong != NULL)
            print_message("# %s\n", (const char *)wrong);
        assert_null(wrong);
    }
    t = begin(STORE_TXN_READ_ONLY);
    for (unsigned p = 0; p < PAIRS; p++)
        assert_int_equal(number_in(t, 'a', p) + number_in(t, 'b', p), 2000000);
    store_abort(t);
}

/* ---- limits ---- */

/* More than a transaction remembers: its commit has to make everything be read anew. */
static void a_commit_of_very_many_rows_is_seen(void **state)
{
    enum { MANY = 70000 };
    struct store_txn *t;
    char text[VALUE + 1];
    struct store_value lent = {0};

    (void)state;
    close_store();
    open_store(&(struct store_options){.txn_max = 64 << 20});
    put_now("first", "as it was long before");
    put_now("never", "as it was and stays there");
    assert_string_equal(seen_now("first"), "as it was long before");
    assert_string_equal(seen_now("never"), "as it was and stays there");
    t = begin(STORE_TXN_READ_ONLY);
    assert_int_equal(store_get(t, 1, S("first"), &lent), STORE_OK);
    store_abort(t);
    t = begin(0);
    for (unsigned n = 0; n < MANY; n++) {
        char key[8];

        (void)snprintf(key, sizeof key, "%u", n);
        assert_int_equal(store_put(t, 1, S(key), value_of(n, text), STORE_UPSERT), STORE_OK);
    }
    assert_int_equal(put(t, "first", "as it is now and here", STORE_UPSERT), STORE_OK);
    assert_string_equal(seen_now("first"), "as it was long before");
    (void)commit(t);
    assert_string_equal(seen_now("first"), "as it is now and here");
    assert_string_equal(seen_now("never"), "as it was and stays there");
    assert_string_equal(seen_now("69999"), "000000000000000000069999");
    assert_memory_equal(lent.data, "as it was long before", lent.size); /* what is lent stays */
    store_value_release(&lent);
}

/* Removals and bulk values are written beside transactions. */
static void what_is_dropped_or_streamed_is_not_remembered(void **state)
{
    struct store_bulk *bulk = NULL;
    struct store_txn *t;

    (void)state;
    put_now("drop me", "a value of some length");
    assert_string_equal(seen_now("drop me"), "a value of some length");
    t = begin(0);
    assert_int_equal(store_drop(t, 1, S("drop")), STORE_OK);
    (void)commit(t);
    assert_int_equal(store_drain(store), STORE_OK);
    assert_string_equal(seen_now("drop me"), "");
    t = begin(0);
    assert_int_equal(store_bulk_open(t, 1, S("bulk"), &bulk), STORE_OK);
    assert_int_equal(store_bulk_put(bulk, S("bulk1"), S("written for the first time")), STORE_OK);
    assert_string_equal(seen_in(t, 1, "bulk1"), "written for the first time");
    assert_string_equal(seen_now("bulk1"), "written for the first time"); /* it could not know */
    assert_int_equal(store_bulk_put(bulk, S("bulk1"), S("written for the second time")), STORE_OK);
    assert_int_equal(store_bulk_close(bulk), STORE_OK);
    (void)commit(t);
    assert_string_equal(seen_now("bulk1"), "written for the second time");
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transactions_see_what_a_model_says, seeded, tear_down),
        cmocka_unit_test_setup_teardown(and_with_hardly_any_memory, seeded, tear_down),
        STORE_TEST(threads_see_whole_commits_in_order),
        STORE_TEST(a_commit_of_very_many_rows_is_seen),
        STORE_TEST(what_is_dropped_or_streamed_is_not_remembered),
    };

    return STORE_TESTS_RUN("rocks_rows", tests);
}
