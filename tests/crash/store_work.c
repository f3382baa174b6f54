/* SPDX-License-Identifier: Apache-2.0
 *
 * store_work.c - what the store's crash tests commit, and how it is compared
 */
#include "store_work.h"

#include "ese/store/store.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    ROWS = 3,
    KEPT = 20,
    ROW_TREE = 1,
    BULK_TREE = 2,
    FIRST_TREE = 1000, /* whole trees that come and go */
    CHUNKS = 60,       /* more than one batch of a bulk value */
    CHUNK = 20000,
    EVERY = 300, /* transactions between two of those */
    BULK_AT = 40,
    TREE_AT = 80,
};

static struct store *store;
static int report_to;

/* A thread's counter row: all that there is to know about its rows. */
struct counter {
    uint64_t n;
    uint64_t bulk;               /* the published bulk value's id; 0: none */
    uint64_t tree;               /* the tree in use; 0: none */
    uint64_t seen[WORK_THREADS]; /* commits of the threads that had returned before this one */
};

struct worker {
    unsigned number;
    struct counter counter;
};

static struct worker workers[WORK_THREADS];
static atomic_uint_fast64_t done[WORK_THREADS];

static _Noreturn void fail(const char *what, unsigned w, uint64_t n)
{
    (void)printf("# %s: thread %u transaction %" PRIu64 "\n", what, w, n);
    (void)fflush(stdout);
    _exit(1);
}

static void must(enum store_status status, const char *what)
{
    if (status == STORE_OK)
        return;
    (void)printf("# %s: %s\n", what, store_status_name(status));
    (void)fflush(stdout);
    _exit(1);
}

static struct store_slice slice(const void *data, size_t size)
{
    return (struct store_slice){data, size};
}

struct row_key {
    uint8_t kind; /* 'c' counter, 'r' row */
    uint8_t thread;
    uint8_t row;
    uint8_t n[8];
};

static struct store_slice row_key(struct row_key *k, char kind, unsigned w, uint64_t n, int row)
{
    *k = (struct row_key){.kind = (uint8_t)kind, .thread = (uint8_t)w, .row = (uint8_t)row};
    n = __builtin_bswap64(n);
    memcpy(k->n, &n, sizeof n);
    return slice(k, sizeof *k);
}

/* ---- work ---- */

static void fill_bulk(struct store_txn *t, uint64_t tree, uint64_t prefix, size_t prefix_size)
{
    static const char chunk[CHUNK];
    struct store_bulk *bulk = NULL;
    uint64_t key[2] = {prefix, 0};

    must(store_bulk_open(t, tree, slice(key, prefix_size), &bulk), "bulk open");
    for (uint64_t i = 0; i < CHUNKS; i++) {
        key[1] = __builtin_bswap64(i);
        must(store_bulk_put(bulk, slice(key, sizeof key), slice(chunk, sizeof chunk)), "bulk put");
    }
    must(store_bulk_close(bulk), "bulk close");
}

/* Replaces the bulk value: half of the tries are rolled back before one is kept. */
static void change_bulk(struct store_txn *t, struct worker *w)
{
    uint64_t id = w->counter.n << 8 | w->number;

    store_level(t);
    fill_bulk(t, BULK_TREE, id | 0x80, sizeof id);
    must(store_level_end(t, STORE_ROLL_BACK), "roll back");
    if (w->counter.bulk != 0)
        must(store_drop(t, BULK_TREE, slice(&w->counter.bulk, sizeof id)), "drop");
    fill_bulk(t, BULK_TREE, id, sizeof id);
    w->counter.bulk = id;
}

static void change_tree(struct store_txn *t, struct worker *w)
{
    uint64_t tree = FIRST_TREE + (w->counter.n << 8 | w->number);

    if (w->counter.tree != 0)
        must(store_drop(t, w->counter.tree, slice("", 0)), "drop tree");
    fill_bulk(t, tree, 0, 0);
    w->counter.tree = tree;
}

static void write_rows(struct store_txn *t, const struct worker *w)
{
    const struct counter *c = &w->counter;
    struct row_key k;

    for (int i = 0; i < ROWS; i++) {
        must(store_put(t, ROW_TREE, row_key(&k, 'r', w->number, c->n, i), slice(&c->n, sizeof c->n),
                       STORE_INSERT),
             "insert");
        if (c->n > KEPT)
            must(store_erase(t, ROW_TREE, row_key(&k, 'r', w->number, c->n - KEPT, i),
                             STORE_ERASE_PRESENT),
                 "erase");
    }
}

static void tell(const struct work_report *r)
{
    if (write(report_to, r, sizeof *r) != (ssize_t)sizeof *r)
        _exit(1);
}

static void put_counter(struct store_txn *t, struct worker *w)
{
    struct row_key k;

    for (unsigned i = 0; i < WORK_THREADS; i++)
        w->counter.seen[i] = atomic_load(&done[i]);
    must(store_put(t, ROW_TREE, row_key(&k, 'c', w->number, 0, 0),
                   slice(&w->counter, sizeof w->counter), STORE_UPSERT),
         "count");
}

static void *work(void *arg)
{
    struct worker *w = arg;

    for (;;) {
        struct work_report report = {.thread = w->number};
        struct store_txn *t = NULL;

        report.n = ++w->counter.n;
        report.kind = report.n % 3 != 0 ? WORK_DURABLE : WORK_LAZY;
        must(store_begin(store, 0, &t), "begin");
        write_rows(t, w);
        if (w->counter.n % EVERY == BULK_AT + w->number)
            change_bulk(t, w);
        if (w->counter.n % EVERY == TREE_AT + w->number)
            change_tree(t, w);
        put_counter(t, w);
        for (unsigned i = 0; i < WORK_THREADS; i++)
            report.done[i] = atomic_load(&done[i]);
        must(store_commit(t, report.kind == WORK_DURABLE ? STORE_DURABLE : STORE_LAZY, NULL),
             "commit");
        atomic_store(&done[w->number], report.n);
        tell(&report);
    }
    return NULL;
}

uint64_t work_learn(struct work_known *known, const struct work_report *report)
{
    uint64_t lost = 0;

    if (report->kind != WORK_FOUND)
        known->returned[report->thread] = report->n;
    if (report->kind == WORK_DURABLE)
        known->durable[report->thread] = report->n;
    for (unsigned w = 0; w < WORK_THREADS && report->kind != WORK_LAZY; w++) {
        if (report->done[w] > known->durable[w])
            known->durable[w] = report->done[w];
        if (report->kind != WORK_FOUND)
            continue;
        if (known->returned[w] > report->done[w])
            lost += known->returned[w] - report->done[w];
        known->returned[w] = report->done[w];
    }
    return lost;
}

/* ---- comparing ---- */

static struct counter read_counter(struct store_txn *t, unsigned w)
{
    struct counter c = {0};
    struct store_value v = {0};
    struct row_key k;
    enum store_status status = store_get(t, ROW_TREE, row_key(&k, 'c', w, 0, 0), &v);

    if (status == STORE_OK && v.size == sizeof c)
        memcpy(&c, v.data, sizeof c);
    else if (status != STORE_NOT_FOUND)
        fail("counter is damaged", w, 0);
    store_value_release(&v);
    return c;
}

static void check_rows(struct store_txn *t, unsigned w, uint64_t n)
{
    uint64_t first = n > KEPT ? n - KEPT + 1 : 1;

    for (uint64_t i = first > 2 ? first - 2 : 1; i <= n + 2; i++)
        for (int row = 0; row < ROWS; row++) {
            struct row_key k;
            struct store_value v = {0};
            enum store_status status = store_get(t, ROW_TREE, row_key(&k, 'r', w, i, row), &v);
            bool expected = i >= first && i <= n;

            if (status != (expected ? STORE_OK : STORE_NOT_FOUND))
                fail(expected ? "row is missing" : "row should not be there", w, i);
            if (expected && (v.size != sizeof i || memcmp(v.data, &i, sizeof i) != 0))
                fail("row is damaged", w, i);
            store_value_release(&v);
        }
}

static uint64_t count_keys(struct store_txn *t, uint64_t tree)
{
    struct store_cursor *c = NULL;
    enum store_status status;
    uint64_t n = 0;

    must(store_cursor_open(store, tree, &c), "cursor");
    for (status = store_cursor_seek(c, t, STORE_FIRST, slice("", 0)); status == STORE_OK;
         status = store_cursor_step(c, t, STORE_NEXT))
        n++;
    if (status != STORE_NOT_FOUND)
        must(status, "scan");
    store_cursor_close(c);
    return n;
}

/* After store_drain: what was dropped or never published has left nothing. */
static void check_drops(struct store_txn *t)
{
    uint64_t bulks = 0;

    for (unsigned w = 0; w < WORK_THREADS; w++) {
        const struct counter *c = &workers[w].counter;

        bulks += c->bulk != 0;
        for (uint64_t n = c->n > 2 * EVERY ? c->n - 2 * EVERY : 0; n < c->n + EVERY; n++) {
            uint64_t tree = FIRST_TREE + (n << 8 | w);

            if (n % EVERY != TREE_AT + w)
                continue;

            if (count_keys(t, tree) != (tree == c->tree ? CHUNKS : 0))
                fail("tree is not as it should be", w, n);
        }
    }
    if (count_keys(t, BULK_TREE) != bulks * CHUNKS)
        fail("bulk values are not as they should be", 0, 0);
}

/* Logs of earlier lives must not pile up: every open would read them again. */
static void check_logs(const char *path)
{
    char folder[300];
    DIR *list;
    unsigned logs = 0;

    (void)snprintf(folder, sizeof folder, "%s/db", path);
    list = opendir(folder);
    for (struct dirent *e; list != NULL && (e = readdir(list)) != NULL;)
        logs += strlen(e->d_name) > 4 && strcmp(e->d_name + strlen(e->d_name) - 4, ".log") == 0;
    if (list == NULL || logs == 0 || logs > 8)
        fail("unexpected number of logs", 0, logs);
    (void)closedir(list);
}

static void check_counters(const struct work_known *known)
{
    for (unsigned w = 0; w < WORK_THREADS; w++) {
        const struct counter *c = &workers[w].counter;

        if (c->n < known->durable[w])
            fail("a durable commit is missing", w, known->durable[w]);
        for (unsigned i = 0; i < WORK_THREADS; i++)
            if (workers[i].counter.n < c->seen[i])
                fail("a commit is there and one before it is not", i, c->seen[i]);
    }
}

void work_open(const char *path, size_t write_buffer, const struct work_known *known)
{
    struct store_options options = {.create = true, .write_buffer = write_buffer};
    struct store_txn *t = NULL;

    must(store_open(&store_rocks, path, &options, &store), "open");
    check_logs(path);
    must(store_begin(store, STORE_TXN_READ_ONLY, &t), "begin");
    for (unsigned w = 0; w < WORK_THREADS; w++) {
        workers[w] = (struct worker){.number = w, .counter = read_counter(t, w)};
        check_rows(t, w, workers[w].counter.n);
        atomic_store(&done[w], workers[w].counter.n);
    }
    check_counters(known);
    store_abort(t);
    must(store_drain(store), "drain");
    must(store_begin(store, STORE_TXN_READ_ONLY, &t), "begin");
    check_drops(t);
    store_abort(t);
}

static struct work_report report_found(void)
{
    struct work_report found = {.kind = WORK_FOUND};

    for (unsigned w = 0; w < WORK_THREADS; w++)
        found.done[w] = workers[w].counter.n;
    return found;
}

uint64_t work_found(struct work_known *known)
{
    struct work_report found = report_found();

    return work_learn(known, &found);
}

void work_go_on(int out)
{
    struct work_report found = report_found();
    pthread_t threads[WORK_THREADS];

    report_to = out;
    tell(&found);
    for (unsigned w = 0; w < WORK_THREADS; w++)
        if (pthread_create(&threads[w], NULL, work, &workers[w]) != 0)
            _exit(1);
    (void)pthread_join(threads[0], NULL);
    _exit(1);
}

void work_close(const char *path, bool destroy)
{
    must(store_close(store), "close");
    if (destroy)
        must(store_destroy(&store_rocks, path, &(struct store_options){0}), "destroy");
}
