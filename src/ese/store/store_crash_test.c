/* SPDX-License-Identifier: Apache-2.0
 *
 * store_crash_test.c - what a store holds after its process was killed
 *
 *     store_crash_test [CYCLES [SEED]]        100 cycles; the seed is printed
 *
 * Each cycle forks a child that opens the store, compares it with what was acknowledged before,
 * and works with several threads until SIGKILL meets it, at any moment from the open on. The
 * parent never opens the store: it only receives acknowledgements through a pipe.
 *
 * Thread w commits transaction n = 1, 2, ... Each writes its counter and ROWS rows, and erases those
 * of transaction n - KEPT, so that the whole set of rows follows from the counter. Some commits are
 * lazy, the others durable and then acknowledged with all that had returned before they began.
 * Checked after each kill: no acknowledged commit is missing (T5), none is there in part, unpublished
 * bulk values and dropped trees are gone once the drops have been drained, logs do not pile up.
 */
#include "ese/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    THREADS = 4,
    ROWS = 3,
    KEPT = 20,
    ROW_TREE = 1,
    BULK_TREE = 2,
    FIRST_TREE = 1000, /* whole trees that come and go */
    CHUNKS = 60,       /* more than one batch of a bulk value */
    CHUNK = 20000,
    EVERY = 300, /* transactions between two of those */
};

/* What the parent knows; a child inherits a copy. */
static uint64_t acknowledged[THREADS];
static char path[220];
static struct store *store;
static int pipe_out;

struct report {
    uint64_t done[THREADS];
};

/* A thread's counter row: all that there is to know about its rows. */
struct counter {
    uint64_t n;
    uint64_t bulk; /* the published bulk value's id; 0: none */
    uint64_t tree; /* the tree in use; 0: none */
};

struct worker {
    unsigned number;
    struct counter counter;
};

static atomic_uint_fast64_t done[THREADS];

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

static void write_rows(struct store_txn *t, struct worker *w)
{
    struct counter *c = &w->counter;
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
    must(store_put(t, ROW_TREE, row_key(&k, 'c', w->number, 0, 0), slice(c, sizeof *c),
                   STORE_UPSERT),
         "count");
}

static void acknowledge(const struct report *r)
{
    if (write(pipe_out, r, sizeof *r) != (ssize_t)sizeof *r)
        _exit(1);
}

static void *worker(void *arg)
{
    struct worker *w = arg;

    for (;;) {
        struct store_txn *t = NULL;
        struct report before;
        bool durable;

        w->counter.n++;
        durable = w->counter.n % 3 != 0;
        must(store_begin(store, 0, &t), "begin");
        write_rows(t, w);
        if (w->counter.n % EVERY == w->number)
            change_bulk(t, w);
        if (w->counter.n % EVERY == w->number + 4)
            change_tree(t, w);
        if (w->counter.bulk != 0 || w->counter.tree != 0) { /* the counter as it is now */
            struct row_key k;

            must(store_put(t, ROW_TREE, row_key(&k, 'c', w->number, 0, 0),
                           slice(&w->counter, sizeof w->counter), STORE_UPSERT),
                 "count");
        }
        for (unsigned i = 0; i < THREADS; i++)
            before.done[i] = atomic_load(&done[i]);
        must(store_commit(t, durable ? STORE_DURABLE : STORE_LAZY, NULL), "commit");
        atomic_store(&done[w->number], w->counter.n);
        before.done[w->number] = w->counter.n;
        if (durable)
            acknowledge(&before);
    }
    return NULL;
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
static void check_drops(struct store_txn *t, const struct worker *workers)
{
    uint64_t bulks = 0;

    for (unsigned w = 0; w < THREADS; w++) {
        const struct counter *c = &workers[w].counter;

        bulks += c->bulk != 0;
        for (uint64_t n = c->n > 2 * EVERY ? c->n - 2 * EVERY : 0; n < c->n + EVERY; n++) {
            uint64_t tree = FIRST_TREE + (n << 8 | w);

            if (n % EVERY != w + 4)
                continue;

            if (count_keys(t, tree) != (tree == c->tree ? CHUNKS : 0))
                fail("tree is not as it should be", w, n);
        }
    }
    if (count_keys(t, BULK_TREE) != bulks * CHUNKS)
        fail("bulk values are not as they should be", 0, 0);
}

/* Logs of earlier lives must not pile up: every open would read them again. */
static void check_logs(void)
{
    char folder[240];
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

static void open_and_check(struct worker *workers)
{
    struct store_txn *t = NULL;

    must(store_open(&store_rocks, path, &(struct store_options){.create = true}, &store), "open");
    check_logs();
    must(store_begin(store, STORE_TXN_READ_ONLY, &t), "begin");
    for (unsigned w = 0; w < THREADS; w++) {
        workers[w] = (struct worker){.number = w, .counter = read_counter(t, w)};
        if (workers[w].counter.n < acknowledged[w])
            fail("an acknowledged commit is missing", w, acknowledged[w]);
        check_rows(t, w, workers[w].counter.n);
        atomic_store(&done[w], workers[w].counter.n);
    }
    store_abort(t);
    must(store_drain(store), "drain");
    must(store_begin(store, STORE_TXN_READ_ONLY, &t), "begin");
    check_drops(t, workers);
    store_abort(t);
}

static _Noreturn void child(bool only_check)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];

    open_and_check(workers);
    if (only_check) {
        must(store_close(store), "close");
        must(store_destroy(&store_rocks, path, &(struct store_options){0}), "destroy");
        _exit(0);
    }
    acknowledge(&(struct report){{0}}); /* at work from here */
    for (unsigned w = 0; w < THREADS; w++)
        if (pthread_create(&threads[w], NULL, worker, &workers[w]) != 0)
            _exit(1);
    (void)pthread_join(threads[0], NULL);
    _exit(1);
}

/* ---- the parent ---- */

static void take_report(const struct report *r, uint64_t *received)
{
    for (unsigned w = 0; w < THREADS; w++)
        if (r->done[w] > acknowledged[w])
            acknowledged[w] = r->done[w];
    ++*received;
}

/* Receives until `deadline`, or with 0 until the pipe ends; at most `most` reports. */
static void receive(int fd, uint64_t deadline, uint64_t most, uint64_t *received)
{
    for (uint64_t end = *received + most; *received < end;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct report r;
        uint64_t now = clock_now_ns();
        int wait_ms = -1;

        if (deadline != 0) {
            if (now >= deadline)
                return;
            wait_ms = (int)((deadline - now) / 1000000 + 1);
        }
        if (poll(&p, 1, wait_ms) == 0)
            continue;
        if (read(fd, &r, sizeof r) != (ssize_t)sizeof r)
            return;
        take_report(&r, received);
    }
}

/* Runs one child; kills it after `life_ns`, reckoned from the begin of its work or from its start,
 * unless that is 0. True when it ended as it should. */
static bool run_child(uint64_t life_ns, bool at_work, uint64_t *received)
{
    int ends[2], status = 0;
    pid_t pid;

    if (pipe(ends) != 0)
        return false;
    (void)fflush(stdout);
    pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0) {
        (void)close(ends[0]);
        pipe_out = ends[1];
        child(life_ns == 0);
    }
    (void)close(ends[1]);
    if (life_ns != 0) {
        if (at_work)
            receive(ends[0], 0, 1, received);
        receive(ends[0], clock_now_ns() + life_ns, UINT32_MAX, received);
        (void)kill(pid, SIGKILL);
    }
    receive(ends[0], 0, UINT32_MAX, received);
    (void)close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (life_ns == 0)
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int main(int argc, char **argv)
{
    unsigned long cycles = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    unsigned seed =
        argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : (unsigned)(time(NULL) ^ getpid());
    const char *tmp = getenv("TMPDIR");
    char folder[200];
    uint64_t received = 0;
    unsigned long i;
    bool good = true;

    (void)printf("1..1\n# seed %u, %lu cycles\n", seed, cycles);
    (void)snprintf(folder, sizeof folder, "%s/store-crash-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/s", folder);
    for (i = 0; good && i < cycles; i++) { /* one in four dies in its open or soon after */
        uint64_t life_ns = 1 + (uint64_t)rand_r(&seed) % (i % 4 ? 90000000 : 40000000);

        good = run_child(life_ns, i % 4 != 0, &received);
    }
    if (good)
        good = run_child(0, false, &received);
    (void)printf("# %lu kills, %" PRIu64 " acknowledged commits\n", i, received);
    if (good && received > 0)
        (void)rmdir(folder);
    else
        (void)printf("# the store is kept in %s\n", folder);
    (void)printf("%sok 1 - nothing acknowledged is lost\n", good && received > 0 ? "" : "not ");
    return good && received > 0 ? 0 : 1;
}
