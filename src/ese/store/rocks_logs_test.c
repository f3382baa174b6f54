/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_logs_test.c - a log with a hole, as a power cut leaves it, ends at the hole (T5)
 *
 * Rows are committed lazily, so that nothing but the order of the log holds them together. The store's
 * folder is copied as a running process has left it, and in the copy's log a page is lost.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/store_test_kit.h"

#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { PAGE = 4096, PAGES = 24, SHORT = 200, LONG = 2 * PAGE };

static char copy[240];

static const char *key_of(int n)
{
    static char text[20];

    (void)snprintf(text, sizeof text, "%06d", n);
    return text;
}

static void commit_row(int n, size_t size)
{
    char row[LONG];
    struct store_txn *t = begin(0);

    assert_in_range(size, 128, LONG); /* sizes that take two octets */
    memset(row, 'r', size);
    assert_int_equal(store_put(t, 1, S(key_of(n)), (struct store_slice){row, size}, STORE_INSERT),
                     STORE_OK);
    (void)commit(t);
}

/* Copies the files of a folder; the path of the log that is among them, if any, to `log`. */
static void copy_files(const char *from, const char *to, char log[600])
{
    DIR *list = opendir(from);

    assert_non_null(list);
    assert_int_equal(mkdir(to, 0700), 0);
    for (const struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        char old[600], new[600];

        if (e->d_type != DT_REG)
            continue;
        (void)snprintf(old, sizeof old, "%s/%s", from, e->d_name);
        (void)snprintf(new, sizeof new, "%s/%s", to, e->d_name);
        assert_true(files_copy(old, new));
        if (rocks_is_log(e->d_name))
            memcpy(log, new, sizeof new);
    }
    (void)closedir(list);
}

static void copy_store(char log[600])
{
    char db[240], db_copy[260];

    (void)snprintf(copy, sizeof copy, "%s/copy", folder);
    (void)snprintf(db, sizeof db, "%s/db", path);
    (void)snprintf(db_copy, sizeof db_copy, "%s/db", copy);
    log[0] = '\0';
    copy_files(path, copy, log);
    copy_files(db, db_copy, log);
    assert_string_not_equal(log, "");
}

/* Where the log ends as far as it has been written. */
static long end_of_log(void)
{
    char log[600], octets[LONG];
    long at = 0, end = 0;
    ssize_t n;
    int fd;

    copy_store(log);
    fd = open(log, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((n = read(fd, octets, sizeof octets)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (octets[i] != 0)
                end = at + i + 1;
        at += n;
    }
    assert_int_equal(close(fd), 0);
    assert_true(files_remove_tree(copy));
    return end;
}

/* Rows whose records fill a page each, behind some that fill the first pages; returns how many those are. */
static int commit_pages(void)
{
    long before, end;
    size_t around;

    commit_row(0, SHORT);
    before = end_of_log();
    commit_row(1, SHORT);
    end = end_of_log();
    around = (size_t)(end - before) - SHORT;
    commit_row(2, (size_t)(PAGE - end % PAGE) + PAGE - around);
    assert_int_equal(end_of_log() % PAGE, 0);
    for (int n = 3; n < PAGES; n++)
        commit_row(n, PAGE - around);
    assert_int_equal(end_of_log() % PAGE, 0);
    return (int)(end_of_log() / PAGE) - (PAGES - 3);
}

static void lose(const char *log, int page, long size)
{
    char nothing[PAGE] = "";
    int fd = open(log, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, nothing, (size_t)size, (off_t)page * PAGE), size);
    assert_int_equal(close(fd), 0);
}

/* The rows of the copy, which must be the first ones. */
static int rows_of_copy(void)
{
    struct store *kept = store;
    int found = 0;

    assert_int_equal(store_open(engine, copy, &(struct store_options){0}, &store), STORE_OK);
    for (int n = 0; n < PAGES; n++) {
        struct store_txn *t = begin(STORE_TXN_READ_ONLY);
        struct store_value v = {0};

        if (store_get(t, 1, S(key_of(n)), &v) == STORE_OK)
            assert_int_equal(found++, n);
        store_value_release(&v);
        (void)commit(t);
    }
    close_store();
    store = kept;
    return found;
}

/* The hole begins where a record does, so that nothing before it looks torn. */
static void a_log_ends_at_its_first_hole(void **state)
{
    int first = commit_pages();

    (void)state;
    for (int n = 3; n < PAGES; n++)
        for (long size = 512; size <= PAGE; size *= 8) {
            char log[600];

            copy_store(log);
            lose(log, first + n - 3, size);
            assert_int_equal(rows_of_copy(), n);
            assert_true(files_remove_tree(copy));
        }
}

static void a_log_without_holes_is_replayed_to_its_end(void **state)
{
    char log[600];

    (void)state;
    (void)commit_pages();
    copy_store(log);
    assert_int_equal(rows_of_copy(), PAGES);
    assert_true(files_remove_tree(copy));
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_log_ends_at_its_first_hole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_without_holes_is_replayed_to_its_end, set_up,
                                        tear_down),
    };

    return STORE_TESTS_RUN("rocks_logs", tests);
}
