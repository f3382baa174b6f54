/* SPDX-License-Identifier: Apache-2.0
 *
 * store_life_test.c - the contract of store.h: limits, opening, drops, bulk values, backup, threads
 */
#include "ese/store/store_test_kit.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

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

static void mapped_files_hold_the_same(void **state)
{
    (void)state;
    put_now("k", "1");
    close_store();
    open_store(&(struct store_options){.map_files = true});
    assert_string_equal(seen_now("k"), "1");
    put_now("k", "2");
    close_store();
    open_store(&(struct store_options){0});
    assert_string_equal(seen_now("k"), "2");
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

/* A log folder serves one store: sharing, exchanging and leaving it out are errors that harm none. */
static void a_log_belongs_to_one_store(void **state)
{
    char log_path[230], other_log[230], other_path[230], command[800];
    struct store_options o = {.create = true, .log_path = log_path};
    struct store_options moved = {.log_path = other_log};
    struct store *other = NULL;

    (void)state;
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    (void)snprintf(other_log, sizeof other_log, "%s/log2", folder);
    (void)snprintf(other_path, sizeof other_path, "%s/s2", folder);
    close_store();
    assert_int_equal(store_open(engine, path, &o, &store), STORE_LOG_MISSING); /* it lies within */
    assert_int_equal(store_destroy(engine, path, &(struct store_options){0}), STORE_OK);
    open_store(&o);
    put_now("k", "1");
    assert_int_equal(store_open(engine, other_path, &o, &other), STORE_LOG_IN_USE);
    close_store();
    assert_int_equal(store_open(engine, other_path, &o, &other), STORE_LOG_FOREIGN);
    assert_int_equal(store_open(engine, path, &(struct store_options){0}, &other),
                     STORE_LOG_MISSING);
    assert_int_equal(store_open(engine, path, &moved, &other), STORE_LOG_MISSING);
    assert_int_equal(store_destroy(engine, path, &moved), STORE_LOG_MISSING);
    assert_int_equal(store_open(engine, other_path,
                                &(struct store_options){.create = true, .log_path = other_log},
                                &other),
                     STORE_OK);
    assert_int_equal(store_close(other), STORE_OK);
    assert_int_equal(store_open(engine, path, &moved, &other), STORE_LOG_FOREIGN);
    assert_int_equal(store_destroy(engine, path, &moved), STORE_LOG_FOREIGN);
    assert_int_equal(store_destroy(engine, other_path, &moved), STORE_OK);
    (void)snprintf(command, sizeof command, "mv '%s' '%s'", log_path, other_log);
    assert_int_equal(system(command), 0);
    open_store(&moved); /* the folder itself may move */
    assert_string_equal(seen_now("k"), "1");
    close_store();
    assert_int_equal(store_destroy(engine, path, &moved), STORE_OK);
    (void)snprintf(command, sizeof command, "test ! -e '%s' && test ! -e '%s' && test ! -e '%s'",
                   log_path, other_log, other_path);
    assert_int_equal(system(command), 0);
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
    for (size_t i = 0; i < store_backup_files(backup); i++) {
        FILE *f;
        uint64_t total = 0;
        char part[1000];
        size_t got = 0;

        assert_int_equal(store_backup_file(backup, i, &name, &size), STORE_OK);
        (void)snprintf(file, sizeof file, "%s/%s", to, name);
        f = fopen(file, "wb");
        assert_non_null(f);
        do {
            assert_int_equal(store_backup_read(backup, total, part, sizeof part, &got), STORE_OK);
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

/* Lays a backup of the open store out for a replacement of it, and closes it. */
static struct store_replace *begin_replacing(const struct store_options *o)
{
    struct store_backup *backup = NULL;
    struct store_replace *replace = NULL;
    char copy[300], command[700];

    (void)snprintf(copy, sizeof copy, "%s/copy", folder);
    assert_int_equal(store_backup_open(store, &backup), STORE_OK);
    copy_backup(backup, copy);
    store_backup_close(backup);
    put_now("k", "after");
    assert_int_equal(store_replace_begin(engine, path, o, &replace), STORE_IN_USE);
    close_store();
    assert_int_equal(store_replace_begin(engine, path, o, &replace), STORE_OK);
    assert_int_equal(store_open(engine, path, &(struct store_options){0}, &store), STORE_IN_USE);
    (void)snprintf(command, sizeof command, "mv '%s'/* '%s'/ && rmdir '%s'", copy,
                   store_replace_folder(replace), copy);
    assert_int_equal(system(command), 0);
    return replace;
}

static void a_store_takes_the_place_of_another(void **state)
{
    const struct store_options o = {0};
    struct store_replace *replace = NULL;

    (void)state;
    put_now("k", "before");
    assert_int_equal(store_replace_end(begin_replacing(&o), false), STORE_OK);
    open_store(&o);
    assert_string_equal(seen_now("k"), "after");
    put_now("k", "before");
    replace = begin_replacing(&o);
    assert_int_equal(store_open(engine, store_replace_folder(replace), &o, &store), STORE_OK);
    assert_string_equal(seen_now("k"), "before");
    put_now("l", "meanwhile");
    close_store();
    assert_int_equal(store_replace_end(replace, true), STORE_OK);
    open_store(&o);
    assert_string_equal(seen_now("k"), "before");
    assert_string_equal(seen_now("l"), "meanwhile");
    close_store();
    assert_int_equal(store_replace_begin(engine, path, &o, &replace), STORE_OK);
    assert_int_equal(store_replace_end(replace, true), STORE_MISSING); /* nothing was laid there */
    open_store(&o);
    assert_string_equal(seen_now("k"), "before");
}

/* Its log lies in itself until then; what stands in its way is seen before anything is done. */
static void with_its_log_elsewhere(void **state)
{
    char log_path[230], command[600];
    const struct store_options within = {0}, elsewhere = {.create = true, .log_path = log_path};
    struct store_replace *replace = NULL;

    (void)state;
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    put_now("k", "before");
    close_store();
    (void)snprintf(command, sizeof command, "mkdir '%s' && touch '%s/000001.log'", log_path,
                   log_path);
    assert_int_equal(system(command), 0);
    assert_int_equal(store_replace_begin(engine, path, &elsewhere, &replace), STORE_LOG_FOREIGN);
    (void)snprintf(command, sizeof command, "rm -r '%s'", log_path);
    assert_int_equal(system(command), 0);
    open_store(&within);
    assert_int_equal(store_replace_end(begin_replacing(&elsewhere), true), STORE_OK);
    assert_int_equal(store_open(engine, path, &within, &store), STORE_LOG_MISSING);
    open_store(&elsewhere);
    assert_string_equal(seen_now("k"), "before");
    put_now("k", "later");
    assert_int_equal(store_replace_end(begin_replacing(&elsewhere), true), STORE_OK);
    assert_int_equal(store_replace_begin(engine, path, &within, &replace), STORE_LOG_MISSING);
    open_store(&elsewhere);
    assert_string_equal(seen_now("k"), "later");
    close_store();
    assert_int_equal(store_destroy(engine, path, &elsewhere), STORE_OK);
    open_store(&(struct store_options){.create = true});
}

static void in_the_place_of_none(void **state)
{
    const struct store_options o = {0};
    struct store_replace *replace = NULL;
    char command[600];

    (void)state;
    close_store();
    assert_int_equal(store_destroy(engine, path, &o), STORE_OK);
    assert_int_equal(store_replace_begin(engine, path, &o, &replace), STORE_OK);
    assert_int_equal(store_replace_end(replace, false), STORE_OK);
    (void)snprintf(command, sizeof command, "test ! -e '%s'", path);
    assert_int_equal(system(command), 0);
    open_store(&(struct store_options){.create = true});
}

static void what_lacks_its_files_is_not_empty(void **state)
{
    const struct store_options o = {.create = true};
    char command[600];

    (void)state;
    put_now("k", "1");
    close_store();
    (void)snprintf(command, sizeof command, "mv '%s/db/CURRENT' '%s/aside'", path, folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(store_open(engine, path, &o, &store), STORE_CORRUPT);
    (void)snprintf(command, sizeof command, "mv '%s/aside' '%s/db/CURRENT'", folder, path);
    assert_int_equal(system(command), 0);
    open_store(&o);
    assert_string_equal(seen_now("k"), "1");
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
    struct CMUnitTest tests[] = {
        STORE_TEST(limits_are_errors_that_leave_the_transaction_usable),
        STORE_TEST(a_store_is_found_again),
        STORE_TEST(what_is_not_a_store_is_not_touched),
        STORE_TEST(an_ephemeral_store_leaves_nothing),
        STORE_TEST(mapped_files_hold_the_same),
        STORE_TEST(the_log_may_live_elsewhere),
        STORE_TEST(a_log_belongs_to_one_store),
        STORE_TEST(a_dropped_tree_goes_when_its_drop_commits),
        STORE_TEST(a_drop_waits_for_an_open_row_lock),
        STORE_TEST(bulk_values_pass_by_the_limit_and_are_published),
        STORE_TEST(unpublished_bulk_values_go),
        STORE_TEST(a_backup_is_a_store),
        STORE_TEST(a_store_takes_the_place_of_another),
        STORE_TEST(with_its_log_elsewhere),
        STORE_TEST(in_the_place_of_none),
        STORE_TEST(what_lacks_its_files_is_not_empty),
        STORE_TEST(no_update_is_lost_between_threads),
        STORE_TEST(there_are_no_false_conflicts),
        STORE_TEST(a_transaction_passes_from_thread_to_thread),
        STORE_TEST(every_allocation_may_fail),
        STORE_TEST(every_allocation_of_open_may_fail),
    };

    return STORE_TESTS_RUN("store life", tests);
}
