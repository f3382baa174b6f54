/* SPDX-License-Identifier: Apache-2.0
 *
 * store_fault_test.c - a device that fails: what a store answers and what is found afterwards
 *
 * write and fdatasync of the C library are interposed by those below, which fail for the store's
 * log files when told to.
 */
#include "ese/store/store_test_kit.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum fault { NONE, WRITE_NO_SPACE, SYNC_FAILS };

static atomic_int fault;
static atomic_int hits;

__attribute__((visibility("default"))) ssize_t write(int fd, const void *data, size_t size);
__attribute__((visibility("default"))) int fdatasync(int fd);

static bool is_log(int fd)
{
    char link[40], name[500];
    ssize_t n;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, name, sizeof name);
    return n > 4 && memcmp(name + n - 4, ".log", 4) == 0;
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (atomic_load(&fault) == WRITE_NO_SPACE && is_log(fd)) {
        atomic_fetch_add(&hits, 1);
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, fd, data, size);
}

int fdatasync(int fd)
{
    if (atomic_load(&fault) == SYNC_FAILS && is_log(fd)) {
        atomic_fetch_add(&hits, 1);
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static void put_durably(const char *k)
{
    struct store_txn *t = begin(0);

    assert_int_equal(put(t, k, "v", STORE_INSERT), STORE_OK);
    assert_int_equal(store_commit(t, STORE_DURABLE, NULL), STORE_OK);
}

/* After the fault: no more writing, reading goes on, and the next open is whole again. */
static void check_failed_store(const char *maybe, enum store_status closing)
{
    struct store_txn *t;
    uint64_t mark = UINT64_MAX;
    char there[8];

    assert_true(atomic_load(&hits) > 0);
    atomic_store(&fault, NONE); /* a device that recovers does not make the log whole */
    t = begin(0);
    ASSERT_SEES(t, "before", "v");
    assert_int_equal(put(t, "after", "v", STORE_INSERT), STORE_FAILED);
    assert_int_equal(store_erase(t, 1, S("before"), STORE_ERASE_ANY), STORE_FAILED);
    assert_int_equal(store_lock(t, 1, S("before"), STORE_SHARED, NULL), STORE_FAILED);
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
static void meet_fault(enum fault what, enum store_status expected, enum store_status closing)
{
    struct store_txn *t, *open_one;

    put_durably("before");
    open_one = begin(0);
    assert_int_equal(put(open_one, "open", "v", STORE_INSERT), STORE_OK);
    t = begin(0);
    assert_int_equal(put(t, "maybe", "v", STORE_INSERT), STORE_OK);
    assert_int_equal(store_put(t, 2, S("maybe"), S("v"), STORE_INSERT), STORE_OK);
    atomic_store(&hits, 0);
    atomic_store(&fault, what);
    assert_int_equal(store_commit(t, STORE_DURABLE, NULL), expected);
    assert_int_equal(store_commit(open_one, STORE_LAZY, NULL), STORE_FAILED);
    check_failed_store("maybe", closing);
}

static void a_failing_sync_stops_writing(void **state)
{
    (void)state;
    meet_fault(SYNC_FAILS, STORE_IO, STORE_FAILED);
}

static void a_full_device_stops_writing(void **state)
{
    (void)state;
    meet_fault(WRITE_NO_SPACE, STORE_NO_SPACE, STORE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_failing_sync_stops_writing),
        STORE_TEST(a_full_device_stops_writing),
    };
    int failed = 0;

    STORE_TESTS_RUN("store faults", tests, &failed)
    return failed;
}
