/* SPDX-License-Identifier: Apache-2.0
 *
 * store_bench.c - the embedded store beside bare RocksDB and SQLite, doing the same work in one run
 *
 * Rows of 16 + 200 octets in one tree. "bare" is RocksDB's TransactionDB as it comes, without
 * compression and with a cache that holds everything; SQLite has a WITHOUT ROWID table, its log in
 * WAL mode, synchronous=FULL and a cache that holds everything. Every figure is the median of
 * interleaved rounds; ratios are against the store, so more than 1 means "the peer is faster".
 */
#include "ese/store/store.h"

#include "base/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_SQLITE
#include <sqlite3.h>
#endif

enum { KEY = 16, VALUE = 200, TREE = 7, BATCH = 1000, ROUNDS = 3, THREADS_MAX = 16 };

static uint64_t row_count = 1000000;
static double slice_s = 0.5;
static char folder[200];
static char value[VALUE];

static _Noreturn void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "store_bench: %s: %s\n", what, why);
    exit(1);
}

static void check(const char *what, enum store_status status)
{
    if (status)
        die(what, store_status_name(status));
}

static void check_text(const char *what, char *error)
{
    if (error != NULL)
        die(what, error);
}

static void make_key(char key[KEY], uint64_t n)
{
    uint64_t be = __builtin_bswap64(n), mixed = n * UINT64_C(0x9e3779b97f4a7c15);

    memcpy(key, &be, 8);
    memcpy(key + 8, &mixed, 8);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* What is compared. A session is one thread's access; `read`, `scan` and `commit` do one unit of
 * work (one row, the whole tree, one durable row) and return how many rows that was. */
struct subject {
    const char *name;
    void (*open)(void);
    void *(*session)(void);
    void (*session_end)(void *s);
    void (*load)(void *s, uint64_t from, uint64_t count);
    uint64_t (*read)(void *s, uint64_t n);
    uint64_t (*scan)(void *s, bool backward);
    uint64_t (*commit)(void *s, uint64_t n);
    void (*close)(void);
};

/* ---- the store ---- */

static struct store *store;
static bool map_files;

struct store_session {
    struct store_txn *txn;
    struct store_cursor *cursor;
    uint64_t cursor_steps;
};

static struct store_slice slice(const void *p, size_t n)
{
    return (struct store_slice){p, n};
}

static void st_open(void)
{
    char path[240];

    (void)snprintf(path, sizeof path, "%s/store", folder);
    check("open", store_open(&store_rocks, path,
                             &(struct store_options){
                                 .create = true, .cache_size = 1u << 30, .map_files = map_files},
                             &store));
}

static void *st_session(void)
{
    struct store_session *s = calloc(1, sizeof *s);

    check("cursor", store_cursor_open(store, TREE, &s->cursor));
    return s;
}

static void st_session_end(void *arg)
{
    struct store_session *s = arg;

    store_abort(s->txn);
    store_cursor_close(s->cursor);
    free(s);
}

static void st_load(void *arg, uint64_t from, uint64_t count)
{
    struct store_txn *t = NULL;
    char key[KEY];

    (void)arg;
    check("begin", store_begin(store, 0, &t));
    for (uint64_t i = from; i < from + count; i++) {
        make_key(key, i);
        check("put", store_put(t, TREE, slice(key, KEY), slice(value, VALUE), STORE_INSERT));
    }
    check("commit", store_commit(t, STORE_LAZY, NULL));
}

static struct store_txn *st_reading(struct store_session *s)
{
    if (s->txn == NULL)
        check("begin", store_begin(store, STORE_TXN_READ_ONLY, &s->txn));
    return s->txn;
}

static uint64_t st_read(void *arg, uint64_t n)
{
    struct store_value v = {0};
    char key[KEY];

    make_key(key, n);
    check("get", store_get(st_reading(arg), TREE, slice(key, KEY), &v));
    store_value_release(&v);
    return 1;
}

static uint64_t st_read_alone(void *arg, uint64_t n)
{
    struct store_session *s = arg;

    (void)st_read(arg, n);
    store_abort(s->txn);
    s->txn = NULL;
    return 1;
}

/* A step of a cursor that outlives its transactions, as programs do that never begin one. */
static uint64_t st_step_alone(void *arg, uint64_t n)
{
    struct store_session *s = arg;
    struct store_txn *t = st_reading(s);
    char key[KEY];

    make_key(key, n);
    if (s->cursor_steps++ % 1000 == 0)
        check("seek", store_cursor_seek(s->cursor, t, STORE_GE, slice(key, KEY)));
    else
        (void)!store_cursor_step(s->cursor, t, STORE_NEXT);
    store_abort(t);
    s->txn = NULL;
    return 1;
}

static uint64_t st_begin_alone(void *arg, uint64_t n)
{
    struct store_txn *t = NULL;

    (void)arg;
    (void)n;
    check("begin", store_begin(store, 0, &t));
    store_abort(t);
    return 1;
}

static uint64_t st_scan(void *arg, bool backward)
{
    struct store_session *s = arg;
    struct store_txn *t = st_reading(s);
    uint64_t n = 0, sum = 0;

    for (enum store_status e =
             store_cursor_seek(s->cursor, t, backward ? STORE_LAST : STORE_FIRST, slice("", 0));
         e == STORE_OK;
         e = store_cursor_step(s->cursor, t, backward ? STORE_PREVIOUS : STORE_NEXT)) {
        n++;
        sum += *(const unsigned char *)store_cursor_value(s->cursor).data;
    }
    return n + (sum & 0);
}

static uint64_t st_commit(void *arg, uint64_t n)
{
    struct store_txn *t = NULL;
    char key[KEY];

    (void)arg;
    make_key(key, n);
    check("begin", store_begin(store, 0, &t));
    check("put", store_put(t, TREE + 1, slice(key, KEY), slice(value, VALUE), STORE_UPSERT));
    check("commit", store_commit(t, STORE_DURABLE, NULL));
    return 1;
}

static void st_close(void)
{
    check("close", store_close(store));
}

/* ---- bare RocksDB ---- */

static rocksdb_transactiondb_t *bare;
static rocksdb_writeoptions_t *bare_lazy, *bare_durable;
static rocksdb_readoptions_t *bare_read;
static rocksdb_transaction_options_t *bare_txn;

static void ro_open(void)
{
    rocksdb_options_t *o = rocksdb_options_create();
    rocksdb_block_based_table_options_t *t = rocksdb_block_based_options_create();
    rocksdb_transactiondb_options_t *to = rocksdb_transactiondb_options_create();
    char path[240], *error = NULL;

    (void)snprintf(path, sizeof path, "%s/bare", folder);
    rocksdb_options_set_create_if_missing(o, 1);
    rocksdb_options_set_compression(o, rocksdb_no_compression);
    rocksdb_block_based_options_set_block_cache(t, rocksdb_cache_create_lru(1u << 30));
    rocksdb_options_set_block_based_table_factory(o, t);
    bare = rocksdb_transactiondb_open(o, to, path, &error);
    check_text("open", error);
    bare_lazy = rocksdb_writeoptions_create();
    bare_durable = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(bare_durable, 1);
    bare_read = rocksdb_readoptions_create();
    bare_txn = rocksdb_transaction_options_create();
    rocksdb_options_destroy(o);
    rocksdb_transactiondb_options_destroy(to);
}

static void *ro_session(void)
{
    return NULL;
}

static void ro_session_end(void *s)
{
    (void)s;
}

static void ro_load(void *s, uint64_t from, uint64_t count)
{
    rocksdb_transaction_t *t = rocksdb_transaction_begin(bare, bare_lazy, bare_txn, NULL);
    char key[KEY], *error = NULL;

    (void)s;
    for (uint64_t i = from; i < from + count; i++) {
        make_key(key, i);
        rocksdb_transaction_put(t, key, KEY, value, VALUE, &error);
        check_text("put", error);
    }
    rocksdb_transaction_commit(t, &error);
    check_text("commit", error);
    rocksdb_transaction_destroy(t);
}

static uint64_t ro_get(void *s, uint64_t n)
{
    char key[KEY], *error = NULL, *v;
    size_t size;

    (void)s;
    make_key(key, n);
    v = rocksdb_transactiondb_get(bare, bare_read, key, KEY, &size, &error);
    check_text("get", error);
    if (v == NULL)
        die("get", "missing");
    rocksdb_free(v);
    return 1;
}

static uint64_t ro_scan(void *s, bool backward)
{
    rocksdb_iterator_t *it = rocksdb_transactiondb_create_iterator(bare, bare_read);
    uint64_t n = 0, sum = 0;
    size_t size;

    (void)s;
    if (backward)
        rocksdb_iter_seek_to_last(it);
    else
        rocksdb_iter_seek_to_first(it);
    for (; rocksdb_iter_valid(it); n++) {
        sum += *(const unsigned char *)rocksdb_iter_value(it, &size);
        sum += *(const unsigned char *)rocksdb_iter_key(it, &size);
        if (backward)
            rocksdb_iter_prev(it);
        else
            rocksdb_iter_next(it);
    }
    rocksdb_iter_destroy(it);
    return n + (sum & 0);
}

static uint64_t ro_commit(void *s, uint64_t n)
{
    rocksdb_transaction_t *t = rocksdb_transaction_begin(bare, bare_durable, bare_txn, NULL);
    char key[KEY], *error = NULL;

    (void)s;
    make_key(key, n + (UINT64_C(1) << 60));
    rocksdb_transaction_put(t, key, KEY, value, VALUE, &error);
    check_text("put", error);
    rocksdb_transaction_commit(t, &error);
    check_text("commit", error);
    rocksdb_transaction_destroy(t);
    return 1;
}

static void ro_close(void)
{
    rocksdb_transactiondb_close(bare);
}

/* ---- SQLite ---- */

#ifdef HAVE_SQLITE
struct lite_session {
    sqlite3 *db;
    sqlite3_stmt *put, *get, *forward, *backward, *begin, *commit, *add;
};

static void lite(sqlite3 *db, int result)
{
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
        die("sqlite", sqlite3_errmsg(db));
}

static void lite_open(void)
{
}

static void *lite_session(void)
{
    static const char set_up[] =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1000000;"
        "PRAGMA mmap_size=4000000000;"
        "CREATE TABLE IF NOT EXISTS t(k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS u(k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID;";
    static const char *const text[] = {"INSERT INTO t VALUES(?,?)",
                                       "SELECT v FROM t WHERE k=?",
                                       "SELECT k,v FROM t ORDER BY k",
                                       "SELECT k,v FROM t ORDER BY k DESC",
                                       "BEGIN IMMEDIATE",
                                       "COMMIT",
                                       "INSERT OR REPLACE INTO u VALUES(?,?)"};
    struct lite_session *s = calloc(1, sizeof *s);
    sqlite3_stmt **const statement[] = {&s->put,   &s->get,    &s->forward, &s->backward,
                                        &s->begin, &s->commit, &s->add};
    char path[240];

    (void)snprintf(path, sizeof path, "%s/lite", folder);
    lite(NULL, sqlite3_open(path, &s->db));
    (void)sqlite3_busy_timeout(s->db, 10000);
    lite(s->db, sqlite3_exec(s->db, set_up, NULL, NULL, NULL));
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        lite(s->db, sqlite3_prepare_v2(s->db, text[i], -1, statement[i], NULL));
    return s;
}

static void lite_session_end(void *arg)
{
    struct lite_session *s = arg;
    sqlite3_stmt *const all[] = {s->put,   s->get,    s->forward, s->backward,
                                 s->begin, s->commit, s->add};

    (void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        (void)sqlite3_finalize(all[i]);
    (void)sqlite3_close(s->db);
    free(s);
}

static void lite_run(struct lite_session *s, sqlite3_stmt *statement)
{
    lite(s->db, sqlite3_step(statement));
    (void)sqlite3_reset(statement);
}

static void lite_load(void *arg, uint64_t from, uint64_t count)
{
    struct lite_session *s = arg;
    char key[KEY];

    lite_run(s, s->begin);
    for (uint64_t i = from; i < from + count; i++) {
        make_key(key, i);
        (void)sqlite3_bind_blob(s->put, 1, key, KEY, SQLITE_STATIC);
        (void)sqlite3_bind_blob(s->put, 2, value, VALUE, SQLITE_STATIC);
        lite_run(s, s->put);
    }
    lite_run(s, s->commit);
}

static uint64_t lite_read(void *arg, uint64_t n)
{
    struct lite_session *s = arg;
    char key[KEY];

    if (sqlite3_get_autocommit(s->db))
        lite(s->db, sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL));
    make_key(key, n);
    (void)sqlite3_bind_blob(s->get, 1, key, KEY, SQLITE_STATIC);
    if (sqlite3_step(s->get) != SQLITE_ROW || sqlite3_column_bytes(s->get, 0) != VALUE)
        die("sqlite", "missing");
    (void)sqlite3_reset(s->get);
    return 1;
}

static uint64_t lite_scan(void *arg, bool backward)
{
    struct lite_session *s = arg;
    sqlite3_stmt *q = backward ? s->backward : s->forward;
    uint64_t n = 0, sum = 0;

    for (; sqlite3_step(q) == SQLITE_ROW; n++) {
        sum += *(const unsigned char *)sqlite3_column_blob(q, 0);
        sum += *(const unsigned char *)sqlite3_column_blob(q, 1);
    }
    (void)sqlite3_reset(q);
    return n + (sum & 0);
}

static uint64_t lite_commit(void *arg, uint64_t n)
{
    struct lite_session *s = arg;
    char key[KEY];

    make_key(key, n);
    lite_run(s, s->begin);
    (void)sqlite3_bind_blob(s->add, 1, key, KEY, SQLITE_STATIC);
    (void)sqlite3_bind_blob(s->add, 2, value, VALUE, SQLITE_STATIC);
    lite_run(s, s->add);
    lite_run(s, s->commit);
    return 1;
}

static void lite_close(void)
{
}
#endif

static const struct subject subjects[] = {
    {"store", st_open, st_session, st_session_end, st_load, st_read, st_scan, st_commit, st_close},
    {"bare", ro_open, ro_session, ro_session_end, ro_load, ro_get, ro_scan, ro_commit, ro_close},
#ifdef HAVE_SQLITE
    {"sqlite", lite_open, lite_session, lite_session_end, lite_load, lite_read, lite_scan,
     lite_commit, lite_close},
#endif
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* ---- measuring ---- */

enum work { READ, READ_ALONE, STEP_ALONE, BEGIN_ALONE, SCAN, SCAN_BACK, COMMIT };

struct worker {
    const struct subject *subject;
    enum work work;
    unsigned number;
    uint64_t until, done;
};

static atomic_uint_fast64_t fresh = 1;

static void *work(void *arg)
{
    struct worker *w = arg;
    const struct subject *subject = w->subject;
    void *s = subject->session();
    uint64_t seed = 88172645463325252u + w->number * 977;

    while (clock_now_ns() < w->until)
        for (int i = 0; i < (w->work == READ ? 64 : 1); i++)
            switch (w->work) {
            case READ: w->done += subject->read(s, next_random(&seed) % row_count); break;
            case READ_ALONE: w->done += st_read_alone(s, next_random(&seed) % row_count); break;
            case STEP_ALONE: w->done += st_step_alone(s, next_random(&seed) % row_count); break;
            case BEGIN_ALONE: w->done += st_begin_alone(s, 0); break;
            case SCAN: w->done += subject->scan(s, false); break;
            case SCAN_BACK: w->done += subject->scan(s, true); break;
            case COMMIT: w->done += subject->commit(s, atomic_fetch_add(&fresh, 1)); break;
            }
    subject->session_end(s);
    return NULL;
}

static double rate(const struct subject *subject, enum work what, unsigned threads)
{
    struct worker workers[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    uint64_t start = clock_now_ns(), done = 0;

    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){.subject = subject, .work = what, .number = i};
        workers[i].until = start + (uint64_t)(slice_s * 1e9);
        if (pthread_create(&ids[i], NULL, work, &workers[i]) != 0)
            die("thread", "cannot start");
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(ids[i], NULL);
        done += workers[i].done;
    }
    return (double)done / ((double)(clock_now_ns() - start) / 1e9);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_line(const char *what, const double *median)
{
    (void)printf("%-28s", what);
    for (int i = 0; i < SUBJECTS; i++)
        (void)printf(" %12.0f", median[i]);
    for (int i = 1; i < SUBJECTS; i++)
        (void)printf("   %s/store %.2f", subjects[i].name, median[i] / median[0]);
    (void)printf("\n");
    (void)fflush(stdout);
}

static void measure(const char *what, enum work kind, unsigned threads)
{
    double median[SUBJECTS];
    double all[SUBJECTS][ROUNDS];

    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < SUBJECTS; i++)
            all[i][round] = rate(&subjects[i], kind, threads);
    for (int i = 0; i < SUBJECTS; i++) {
        qsort(all[i], ROUNDS, sizeof(double), compare_doubles);
        median[i] = all[i][ROUNDS / 2];
    }
    print_line(what, median);
}

static void measure_load(void)
{
    double rates[SUBJECTS];

    for (int i = 0; i < SUBJECTS; i++) {
        void *s;
        uint64_t start;

        subjects[i].open();
        s = subjects[i].session();
        start = clock_now_ns();
        for (uint64_t n = 0; n < row_count; n += BATCH)
            subjects[i].load(s, n, BATCH);
        rates[i] = (double)row_count / ((double)(clock_now_ns() - start) / 1e9);
        subjects[i].session_end(s);
    }
    print_line("load sorted, rows/s", rates);
}

/* ---- what only the store is asked: the shapes that could hurt ---- */

static double seconds_since(uint64_t start)
{
    return (double)(clock_now_ns() - start) / 1e9;
}

static void measure_levels(uint64_t n)
{
    struct store_txn *t = NULL;
    char key[KEY];
    uint64_t start = clock_now_ns();

    check("begin", store_begin(store, 0, &t));
    store_level(t);
    for (uint64_t i = 0; i < n; i++) {
        make_key(key, i);
        store_level(t);
        check("put", store_put(t, TREE + 2, slice(key, KEY), slice(value, VALUE), STORE_INSERT));
        check("release", store_level_end(t, STORE_RELEASE));
    }
    (void)printf("%" PRIu64 " inserts, a level each:     %.3f s\n", n, seconds_since(start));
    start = clock_now_ns();
    check("roll back", store_level_end(t, STORE_ROLL_BACK));
    (void)printf("roll back of the level around: %.3f s\n", seconds_since(start));
    store_abort(t);
}

/* A queue: takes the first, appends a new last; then how long the first takes to find. */
static void measure_queue(uint64_t n)
{
    struct store_cursor *c = NULL;
    uint64_t start = clock_now_ns(), worst = 0;
    char key[KEY];

    check("cursor", store_cursor_open(store, TREE + 3, &c));
    for (uint64_t i = 0; i < n + 100; i++) {
        struct store_txn *t = NULL;
        uint64_t before, took;

        check("begin", store_begin(store, 0, &t));
        if (i >= 100) {
            struct store_slice first;

            before = clock_now_ns();
            check("first", store_cursor_seek(c, t, STORE_FIRST, slice("", 0)));
            took = clock_now_ns() - before;
            worst = took > worst ? took : worst;
            first = store_cursor_key(c);
            check("erase", store_erase(t, TREE + 3, first, STORE_ERASE_ANY));
        }
        make_key(key, i);
        check("put", store_put(t, TREE + 3, slice(key, KEY), slice(value, VALUE), STORE_UPSERT));
        check("commit", store_commit(t, STORE_LAZY, NULL));
        if (seconds_since(start) > 3) {
            n = i;
            break;
        }
    }
    store_cursor_close(c);
    (void)printf("queue of 100, %" PRIu64 " turns:    %.1f s, %.1f us a turn, worst look for the "
                 "first %.1f ms\n",
                 n, seconds_since(start), seconds_since(start) / (double)n * 1e6,
                 (double)worst / 1e6);
}

static void measure_tombstones(void)
{
    struct store_session *s = st_session();
    struct store_txn *t = NULL;
    uint64_t start = clock_now_ns();
    char key[KEY];

    for (uint64_t i = 0; i + 1 < row_count; i++) {
        if (t == NULL)
            check("begin", store_begin(store, 0, &t));
        make_key(key, i);
        check("erase", store_erase(t, TREE, slice(key, KEY), STORE_ERASE_ANY));
        if (i % BATCH == BATCH - 1 || i + 2 == row_count) {
            check("commit", store_commit(t, STORE_LAZY, NULL));
            t = NULL;
        }
    }
    (void)printf("erase all rows but one:       %.1f s\n", seconds_since(start));
    for (int i = 0; i < 3; i++) {
        start = clock_now_ns();
        (void)st_scan(s, false);
        (void)printf("scan over the erased rows:    %.1f ms\n", seconds_since(start) * 1e3);
    }
    st_session_end(s);
}

static void measure_drop(uint64_t n)
{
    struct store_txn *t = NULL;
    uint64_t start;
    char key[KEY];

    for (uint64_t i = 0; i < n; i += BATCH) {
        check("begin", store_begin(store, 0, &t));
        for (uint64_t j = i; j < i + BATCH; j++) {
            make_key(key, j);
            check("put",
                  store_put(t, TREE + 4, slice(key, KEY), slice(value, VALUE), STORE_UPSERT));
        }
        check("commit", store_commit(t, STORE_LAZY, NULL));
    }
    start = clock_now_ns();
    check("begin", store_begin(store, 0, &t));
    check("drop", store_drop(t, TREE + 4, slice("", 0)));
    check("commit", store_commit(t, STORE_DURABLE, NULL));
    (void)printf("drop of %" PRIu64 " rows: commit     %.4f s", n, seconds_since(start));
    check("drain", store_drain(store));
    (void)printf(", removed after %.2f s\n", seconds_since(start));
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    char command[240];
    int failed;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--quick") == 0) {
            row_count = 100000;
            slice_s = 0.15;
        } else if (strcmp(argv[i], "--mapped") == 0) {
            map_files = true;
        } else {
            (void)fprintf(stderr, "usage: store_bench [--quick] [--mapped]\n");
            return 2;
        }
    (void)snprintf(folder, sizeof folder, "%s/store-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        die(folder, "cannot make the folder");
    memset(value, 'v', sizeof value);
    (void)printf("%-28s", "rows 16 + 200 octets");
    for (int i = 0; i < SUBJECTS; i++)
        (void)printf(" %12s", subjects[i].name);
    (void)printf("\n");
    measure_load();
    measure("hot reads/s, 1 thread", READ, 1);
    measure("hot reads/s, 2 threads", READ, 2);
    (void)printf("%-28s %12.0f\n", "  a transaction each", rate(&subjects[0], READ_ALONE, 1));
    (void)printf("%-28s %12.0f\n", "cursor steps, likewise", rate(&subjects[0], STEP_ALONE, 1));
    (void)printf("%-28s %12.0f\n", "begins to write, alone", rate(&subjects[0], BEGIN_ALONE, 1));
    measure("scan rows/s", SCAN, 1);
    measure("scan backward rows/s", SCAN_BACK, 1);
    measure("durable commits/s, 1", COMMIT, 1);
    measure("durable commits/s, 16", COMMIT, 16);
    measure_levels(row_count / 50);
    measure_queue(row_count / 5);
    measure_drop(row_count / 5);
    measure_tombstones();
    for (int i = 0; i < SUBJECTS; i++)
        subjects[i].close();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    failed = system(command);
    return failed != 0;
}
