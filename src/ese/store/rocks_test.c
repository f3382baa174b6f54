/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_test.c - seeks that note and use gaps (rocks_gaps.c) see what others see
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/store_test_kit.h"

#include <sched.h>
#include <stdatomic.h>

enum { KEYS = 24, TXNS = 4, BEFORE = -1, AFTER = KEYS };

struct actor {
    struct store_txn *txn;
    struct store_cursor *cursor;
    char view[KEYS]; /* what its transaction sees: a value or 0 */
    bool dirty[KEYS];
    int at; /* where its cursor stands: a key, BEFORE or AFTER */
};

static struct actor actors[TXNS];
static char committed[KEYS];

static struct store_slice key_of(int k)
{
    static char text[2];

    text[0] = (char)('a' + k);
    return slice_of(text, 1);
}

static void start(struct actor *a)
{
    a->txn = begin(roll(4) == 0 ? STORE_TXN_READ_ONLY : 0);
    memcpy(a->view, committed, KEYS);
    memset(a->dirty, 0, sizeof a->dirty);
}

static void finish(struct actor *a)
{
    if (roll(4) == 0) {
        store_abort(a->txn);
    } else {
        (void)commit(a->txn);
        for (int k = 0; k < KEYS; k++)
            if (a->dirty[k])
                committed[k] = a->view[k];
    }
    start(a);
}

static void change(struct actor *a)
{
    /* mostly a queue: erase the lowest, put near the top; now and then anywhere */
    bool erase = roll(2) == 0;
    int k = (int)roll(KEYS);
    char v[2] = {(char)('A' + roll(26)), 0};
    enum store_status status;

    if (roll(4) != 0)
        for (k = erase ? 0 : KEYS - 1; erase && k < KEYS - 1 && a->view[k] == 0;)
            k++;
    status = erase ? store_erase(a->txn, 1, key_of(k), STORE_ERASE_ANY)
                   : store_put(a->txn, 1, key_of(k), slice_of(v, 1), STORE_UPSERT);
    if (status != STORE_OK) {
        assert_true(status == STORE_CONFLICT || status == STORE_READ_ONLY);
        return;
    }
    a->view[k] = erase ? 0 : v[0];
    a->dirty[k] = true;
}

static int walk(const struct actor *a, int from, int by)
{
    int k = from;

    while (k > BEFORE && k < AFTER && a->view[k] == 0)
        k += by;
    return k < BEFORE ? BEFORE : k;
}

static void compare_cursor(struct actor *a, enum store_status status, int expected)
{
    if (expected == BEFORE || expected == AFTER) {
        assert_int_equal(status, STORE_NOT_FOUND);
    } else {
        assert_int_equal(status, STORE_OK);
        assert_int_equal(*(const char *)store_cursor_key(a->cursor).data, 'a' + expected);
        assert_int_equal(*(const char *)store_cursor_value(a->cursor).data, a->view[expected]);
    }
    a->at = expected;
}

static void seek(struct actor *a)
{
    static const struct {
        enum store_seek how;
        int skip, by;
    } kinds[] = {{STORE_GE, 0, 1}, {STORE_GT, 1, 1}, {STORE_LE, 0, -1}, {STORE_LT, -1, -1}};
    unsigned kind = roll(7);
    int k = (int)roll(KEYS), expected;
    enum store_status status;

    if (kind < 4) {
        status = store_cursor_seek(a->cursor, a->txn, kinds[kind].how, key_of(k));
        compare_cursor(a, status, walk(a, k + kinds[kind].skip, kinds[kind].by));
    } else if (kind == 4) {
        status = store_cursor_seek(a->cursor, a->txn, STORE_FIRST, key_of(0));
        expected = walk(a, 0, 1);
        compare_cursor(a, status, expected == AFTER ? BEFORE : expected);
    } else if (kind == 5) {
        status = store_cursor_seek(a->cursor, a->txn, STORE_LAST, key_of(0));
        expected = walk(a, KEYS - 1, -1);
        compare_cursor(a, status, expected == BEFORE ? AFTER : expected);
    } else {
        status = store_cursor_seek(a->cursor, a->txn, STORE_EQ, key_of(k));
        assert_int_equal(status, a->view[k] ? STORE_OK : STORE_NOT_FOUND);
        a->at = k;
    }
}

static void step(struct actor *a)
{
    bool up = roll(2) == 0;
    enum store_status status =
        store_cursor_step(a->cursor, a->txn, up ? STORE_NEXT : STORE_PREVIOUS);
    int from = a->at + (up ? 1 : -1);

    if (a->at == (up ? AFTER : BEFORE))
        from = a->at;
    compare_cursor(a, status, walk(a, from, up ? 1 : -1));
}

static void interleaved_cursors_agree_with_a_model(void **state)
{
    (void)state;
    rocks_long_ns = 0;
    memset(committed, 0, sizeof committed);
    for (int i = 0; i < TXNS; i++) {
        assert_int_equal(store_cursor_open(store, 1, &actors[i].cursor), STORE_OK);
        start(&actors[i]);
        assert_int_equal(store_cursor_seek(actors[i].cursor, actors[i].txn, STORE_FIRST, key_of(0)),
                         STORE_NOT_FOUND);
        actors[i].at = BEFORE;
    }
    for (int n = 0; n < 60000; n++) {
        struct actor *a = &actors[roll(TXNS)];
        unsigned what = roll(12);

        if (what < 4)
            change(a);
        else if (what < 7)
            seek(a);
        else if (what < 10)
            step(a);
        else
            finish(a);
    }
    for (int i = 0; i < TXNS; i++) {
        store_abort(actors[i].txn);
        store_cursor_close(actors[i].cursor);
    }
    rocks_long_ns = 20000;
}

/* ---- a queue between threads: a gap that hid a row would lose a message ---- */

enum { PRODUCERS = 2, CONSUMERS = 2, MESSAGES = 1500 };

static atomic_int produced, consumed;

static bool try_one(struct store_cursor *cursor, const struct store_slice *message)
{
    struct store_txn *t = NULL;
    enum store_status status = store_begin(store, 0, &t);

    if (status)
        return false;
    if (message != NULL)
        status = store_put(t, 1, *message, slice_of("m", 1), STORE_INSERT);
    else
        status = store_cursor_seek(cursor, t, STORE_FIRST, slice_of("", 0));
    if (status == STORE_OK && message == NULL)
        status = store_erase(t, 1, store_cursor_key(cursor), STORE_ERASE_PRESENT);
    if (status == STORE_OK)
        return store_commit(t, STORE_LAZY, NULL) == STORE_OK;
    store_abort(t);
    return false;
}

static void *produce(void *arg)
{
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint32_t key[2] = {__builtin_bswap32(i), (uint32_t)(uintptr_t)arg};
        struct store_slice message = slice_of(key, sizeof key);

        if (!try_one(NULL, &message))
            return "produce";
        atomic_fetch_add(&produced, 1);
    }
    return NULL;
}

static void *consume(void *arg)
{
    struct store_cursor *cursor = NULL;
    int misses = 0;

    (void)arg;
    if (store_cursor_open(store, 1, &cursor))
        return "cursor";
    while (atomic_load(&consumed) < PRODUCERS * MESSAGES && misses < 5000) {
        bool all = atomic_load(&produced) == PRODUCERS * MESSAGES;

        if (try_one(cursor, NULL)) {
            atomic_fetch_add(&consumed, 1);
            misses = 0;
        } else {
            misses += all; /* nothing there although something must be, or lost a race */
            (void)sched_yield();
        }
    }
    store_cursor_close(cursor);
    return NULL;
}

static void a_queue_between_threads_loses_nothing(void **state)
{
    pthread_t threads[PRODUCERS + CONSUMERS];

    (void)state;
    rocks_long_ns = 0;
    atomic_store(&produced, 0);
    atomic_store(&consumed, 0);
    for (uintptr_t i = 0; i < PRODUCERS + CONSUMERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, (void *)i), 0);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++) {
        void *failed = NULL;

        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    rocks_long_ns = 20000;
    assert_int_equal(atomic_load(&consumed), PRODUCERS * MESSAGES);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(interleaved_cursors_agree_with_a_model, seeded, tear_down),
        cmocka_unit_test_setup_teardown(a_queue_between_threads_loses_nothing, set_up, tear_down),
    };

    return STORE_TESTS_RUN("rocks", tests);
}
