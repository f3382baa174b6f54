/* SPDX-License-Identifier: Apache-2.0
 *
 * store_fault_test.c - files that fail: what a store answers and what is found afterwards
 */
#include "fault.h"

#include "ese/store/store_test_kit.h"

#include <errno.h>
#include <fcntl.h>

static void put_durably(const char *k)
{
    struct store_txn *t = begin(0);

    assert_int_equal(put(t, k, "v", STORE_INSERT), STORE_OK);
    assert_int_equal(store_commit(t, STORE_DURABLE, NULL), STORE_OK);
}

/* After the fault: no more writing, reading goes on, and the next open is whole again. */
static void check_failed_store(const char *maybe, enum store_status refused,
                               enum store_status closing)
{
    struct store_txn *t;
    uint64_t mark = UINT64_MAX;
    char there[8];

    assert_true(fault_hits() > 0);
    fault_disarm(); /* a device that recovers does not make the log whole */
    t = begin(0);
    ASSERT_SEES(t, "before", "v");
    assert_int_equal(put(t, "after", "v", STORE_INSERT), refused);
    assert_int_equal(store_erase(t, 1, S("before"), STORE_ERASE_ANY), refused);
    assert_int_equal(store_lock(t, 1, S("before"), STORE_SHARED, NULL), refused);
    assert_int_equal(store_commit(t, STORE_DURABLE, &mark), STORE_OK); /* it has written nothing */
    assert_int_equal(mark, 0);
    assert_int_equal(store_close(store), closing);
    open_store(&(struct store_options){0});
    assert_string_equal(seen_now("before"), "v");
    assert_string_equal(seen_now("after"), "");
    t = begin(0); /* the one that met the fault is there whole or not at all */
    (void)snprintf(there, sizeof there, "%s", seen_in(t, 1, maybe));
    assert_string_equal(seen_in(t, 2, maybe), there);
    (void)commit(t);
    put_durably("again");
}

/* `closing` tells whether a commit was made that could not be hardened. */
static void meet_fault(enum fault_op what, int error, enum store_status expected,
                       enum store_status closing)
{
    enum store_status refused = expected == STORE_NO_SPACE ? STORE_NO_SPACE : STORE_FAILED;
    struct store_txn *t, *open_one;

    put_durably("before");
    open_one = begin(0);
    assert_int_equal(put(open_one, "open", "v", STORE_INSERT), STORE_OK);
    t = begin(0);
    assert_int_equal(put(t, "maybe", "v", STORE_INSERT), STORE_OK);
    assert_int_equal(store_put(t, 2, S("maybe"), S("v"), STORE_INSERT), STORE_OK);
    fault_arm(what, ".log", 1, 0, error);
    assert_int_equal(store_commit(t, STORE_DURABLE, NULL), expected);
    assert_int_equal(store_commit(open_one, STORE_LAZY, NULL), refused);
    check_failed_store("maybe", refused, closing);
}

static void a_failing_sync_stops_writing(void **state)
{
    (void)state;
    meet_fault(FAULT_SYNC, EIO, STORE_IO, STORE_FAILED);
}

static void a_full_device_stops_writing(void **state)
{
    (void)state;
    meet_fault(FAULT_WRITE, ENOSPC, STORE_NO_SPACE, STORE_OK);
}

/* Before the decision nothing has changed; after it the next open completes what was begun. */
static void a_store_is_replaced_or_not(void **state)
{
    char log[240], command[600];
    const struct store_options elsewhere = {.log_path = log}, within = {0};
    struct store_replace *replace = NULL;

    (void)state;
    (void)snprintf(log, sizeof log, "%s/log", folder);
    for (int decided = 0; decided < 2; decided++) {
        put_durably(decided ? "second" : "first");
        close_store();
        assert_int_equal(store_replace_begin(engine, path, &elsewhere, &replace), STORE_OK);
        (void)snprintf(command, sizeof command, "cp -r '%s/db' '%s/HOLDFAST-STORE' '%s'", path,
                       path, store_replace_folder(replace));
        assert_int_equal(system(command), 0);
        if (decided)
            fault_arm(FAULT_WRITE, "/log/0", 1, 0, ENOSPC);
        else
            fault_arm(FAULT_RENAME, "/restored", 1, 1, ENOSPC);
        assert_int_equal(store_replace_end(replace, true), STORE_NO_SPACE);
        assert_true(fault_hits() > 0);
        fault_disarm();
        store = NULL;
        assert_int_equal(store_open(engine, path, decided ? &within : &elsewhere, &store),
                         STORE_LOG_MISSING);
        open_store(decided ? &elsewhere : &within);
        assert_string_equal(seen_now("first"), "v");
        assert_string_equal(seen_now("second"), decided ? "v" : "");
    }
    close_store();
    assert_int_equal(store_destroy(engine, path, &elsewhere), STORE_OK);
    assert_int_not_equal(access(log, F_OK), 0);
    open_store(&(struct store_options){.create = true});
}

/* ---- any call, any time ---- */

enum { ROW = 1000, ROWS_MAX = 300, CHUNKS = 70, CHUNK = 20000 };

static const struct store_options small = {.create = true, .write_buffer = 64 << 10};

static bool add_row(int n)
{
    static const char row[ROW];
    char text[20];
    struct store_txn *t = NULL;
    enum store_status status = store_begin(store, 0, &t);

    if (status)
        return false;
    for (uint64_t tree = 1; tree <= 2 && status == STORE_OK; tree++)
        status = store_put(t, tree, row_key(text, n), (struct store_slice){row, ROW}, STORE_INSERT);
    if (status) {
        store_abort(t);
        return false;
    }
    return store_commit(t, STORE_DURABLE, NULL) == STORE_OK;
}

/* A bulk value that is rolled back: written, dropped and removed in the background. */
static void try_bulk(void)
{
    static const char chunk[CHUNK];
    struct store_bulk *bulk = NULL;
    struct store_txn *t = NULL;
    enum store_status status;
    char text[20];

    if (store_begin(store, 0, &t))
        return;
    status = store_bulk_open(t, 3, S("0"), &bulk);
    for (int i = 0; i < CHUNKS && status == STORE_OK; i++)
        status = store_bulk_put(bulk, row_key(text, i), (struct store_slice){chunk, CHUNK});
    if (bulk != NULL)
        status = store_bulk_close(bulk);
    store_abort(t);
    status = store_drain(store);
    (void)status; /* any may fail */
}

static int count(struct store_txn *t, uint64_t tree)
{
    struct store_cursor *c = NULL;
    enum store_status status;
    int n = 0;

    assert_int_equal(store_cursor_open(store, tree, &c), STORE_OK);
    for (status = store_cursor_seek(c, t, STORE_FIRST, S("")); status == STORE_OK;
         status = store_cursor_step(c, t, STORE_NEXT))
        n++;
    assert_int_equal(status, STORE_NOT_FOUND);
    store_cursor_close(c);
    return n;
}

/* Works until a call fails, or to the end; then all that was acknowledged is there, whole, and work
 * goes on. False when the fault was not met. */
static bool work_with(enum fault_op op, const char *pattern, unsigned nth, int error)
{
    struct store_txn *t;
    bool opened, met;
    char text[20];
    int rows = 0, found;

    close_store();
    assert_int_equal(store_destroy(engine, path, &small), STORE_OK);
    open_store(&small);
    assert_true(add_row(rows++));
    close_store();
    fault_arm(op, pattern, nth, 0, error);
    opened = store_open(engine, path, &small, &store) == STORE_OK;
    for (; opened && rows < ROWS_MAX && add_row(rows); rows++)
        if (rows == ROWS_MAX / 2)
            try_bulk();
    met = fault_hits() > 0;
    fault_disarm();
    if (opened)
        (void)store_close(store);
    store = NULL;
    open_store(&small);
    assert_int_equal(store_drain(store), STORE_OK);
    t = begin(0);
    found = count(t, 1);
    assert_in_range(found, rows, rows + 1);
    assert_int_equal(count(t, 2), found);
    assert_int_equal(count(t, 3), 0);
    assert_int_equal(
        store_put(t, 1, row_key(text, found), (struct store_slice){"", 0}, STORE_INSERT), STORE_OK);
    assert_int_equal(store_commit(t, STORE_DURABLE, NULL), STORE_OK);
    return met;
}

static void sweep(enum fault_op op, const char *pattern, int error)
{
    unsigned nth = 1, met = 0;

    for (; work_with(op, pattern, nth, error); nth += 1 + nth / 2)
        met++;
    print_message("# call %d on '%s' with error %d: %u places, up to call %u\n", (int)op, pattern,
                  error, met, nth);
    assert_true(met > 0);
}

static void any_write_may_fail(void **state)
{
    (void)state;
    sweep(FAULT_WRITE, ".log", EIO);
    sweep(FAULT_WRITE, ".sst", ENOSPC);
    sweep(FAULT_WRITE, "MANIFEST", EIO);
    sweep(FAULT_WRITE, "/", ENOSPC);
}

static void any_sync_may_fail(void **state)
{
    (void)state;
    sweep(FAULT_SYNC, ".log", EIO);
    sweep(FAULT_SYNC, ".sst", EIO);
    sweep(FAULT_SYNC, "MANIFEST", EIO);
    sweep(FAULT_SYNC, "/", EIO);
}

static void any_name_may_fail(void **state)
{
    (void)state;
    sweep(FAULT_CREATE, "/", ENOSPC);
    sweep(FAULT_CREATE, ".log", EIO);
    sweep(FAULT_RENAME, "/", EIO);
    sweep(FAULT_UNLINK, "/", EIO);
    sweep(FAULT_ALLOCATE, "/", ENOSPC);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        STORE_TEST(a_failing_sync_stops_writing),
        STORE_TEST(a_full_device_stops_writing),
        STORE_TEST(a_store_is_replaced_or_not),
        STORE_TEST(any_write_may_fail),
        STORE_TEST(any_sync_may_fail),
        STORE_TEST(any_name_may_fail),
    };

    return STORE_TESTS_RUN("store faults", tests);
}
