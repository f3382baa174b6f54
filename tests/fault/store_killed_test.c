/* SPDX-License-Identifier: Apache-2.0
 *
 * store_killed_test.c - killed while it writes, and killed again while it recovers
 *
 * The first kill leaves rows in tables and in logs, and a log of which the first record is torn. The second
 * comes at one of the calls that recovery makes, each in its turn. Then the store opens and has all its
 * rows.
 * Killed processes are this program again, since RocksDB's threads do not live on in a forked one.
 */
#include "ese/store/store_test_kit.h"
#include "killed.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

enum { ROW = 1000, ROWS = 60 };

static const struct store_options small = {.create = true, .write_buffer = 32 << 10};

static bool add_row(int n)
{
    static const char row[ROW];
    char text[20];
    struct store_txn *t = NULL;

    return store_begin(store, 0, &t) == STORE_OK &&
           store_put(t, 1, row_key(text, n), (struct store_slice){row, ROW}, STORE_INSERT) ==
               STORE_OK &&
           store_commit(t, STORE_DURABLE, NULL) == STORE_OK;
}

/* ---- in a process of its own ---- */

/* The newest log; returns how many there are. */
static int logs(char newest[300])
{
    char db[240], each[300];
    int n = 0;
    DIR *dir;

    newest[0] = '\0';
    (void)snprintf(db, sizeof db, "%s/db", path);
    dir = opendir(db);
    if (dir == NULL)
        return 0;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        (void)snprintf(each, sizeof each, "%s/%.40s", db, e->d_name);
        if (strstr(each, ".log") == NULL)
            continue;
        n++;
        if (strcmp(each, newest) > 0)
            memcpy(newest, each, sizeof each);
    }
    (void)closedir(dir);
    return n;
}

/* Tears the first record of a log, as does a process that is killed while it writes it, when all others are
 * in tables. Returns the number of rows that are whole, 0 when it went wrong. */
static int write_and_tear(void)
{
    char before[300], now[300];
    int rows = 0;

    if (store_open(engine, path, &small, &store) != STORE_OK || logs(before) == 0)
        return 0;
    for (; add_row(rows) && logs(now) > 0; rows++) {
        if (rows >= ROWS && strcmp(now, before) != 0)
            break;
        memcpy(before, now, sizeof now);
    }
    while (logs(now) > 1)
        (void)usleep(1000);
    return truncate(now, ROW / 2) == 0 ? rows : 0;
}

static int recover_up_to(enum fault_op op, unsigned nth)
{
    fault_arm(op, "/", nth, 1, FAULT_KILL);
    return store_open(engine, path, &small, &store) != STORE_OK;
}

/* True for such a process, which has ended then. */
static bool run_role(int argc, char **argv)
{
    if (argc != 4)
        return false;
    engine = store_test_engine.ops;
    (void)snprintf(path, sizeof path, "%s", argv[1]);
    _exit(atoi(argv[2]) == FAULT_NONE
              ? write_and_tear()
              : recover_up_to((enum fault_op)atoi(argv[2]), (unsigned)atoi(argv[3])));
}

/* ---- the test ---- */

static int count_rows(void)
{
    struct store_txn *t = begin(0);
    struct store_cursor *c = NULL;
    enum store_status status;
    int n = 0;

    assert_int_equal(store_cursor_open(store, 1, &c), STORE_OK);
    for (status = store_cursor_seek(c, t, STORE_FIRST, S("")); status == STORE_OK;
         status = store_cursor_step(c, t, STORE_NEXT))
        n++;
    assert_int_equal(status, STORE_NOT_FOUND);
    store_cursor_close(c);
    store_abort(t);
    return n;
}

/* False when recovery ended before it met that call. */
static bool killed_twice(enum fault_op op, unsigned nth)
{
    int status, rows;

    close_store();
    assert_int_equal(store_destroy(engine, path, &small), STORE_OK);
    status = run_again(path, FAULT_NONE, 0);
    assert_true(WIFEXITED(status));
    rows = WEXITSTATUS(status);
    assert_in_range(rows, ROWS, 2 * ROWS); /* 127: no such program */
    status = run_again(path, op, nth);
    open_store(&small);
    assert_int_equal(count_rows(), rows);
    assert_true(add_row(rows));
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return true;
    }
    assert_int_equal(status, 0);
    return false;
}

static void sweep(enum fault_op op)
{
    unsigned nth = 1;

    while (killed_twice(op, nth))
        nth++;
    print_message("# call %d: killed at %u places\n", (int)op, nth - 1);
    assert_true(nth > 1);
}

static void at_any_write(void **state)
{
    (void)state;
    sweep(FAULT_WRITE);
}

static void at_any_sync(void **state)
{
    (void)state;
    sweep(FAULT_SYNC);
}

static void at_any_name(void **state)
{
    (void)state;
    sweep(FAULT_CREATE);
    sweep(FAULT_RENAME);
    sweep(FAULT_UNLINK);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        STORE_TEST(at_any_write),
        STORE_TEST(at_any_sync),
        STORE_TEST(at_any_name),
    };

    return run_role(argc, argv) ? 0 : STORE_TESTS_RUN("store killed twice", tests);
}
