/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - one engine, all works, in one new folder
 *
 *     ese_bench ENGINE FOLDER ROWS COMMITS
 *
 * Prints a line a work: its name, how many operations, seconds, and a sum over what was read, which
 * must be the same for every engine. Where several sessions work at once each has rows of its own,
 * so that they read the same in every order.
 */
#include "rows.h"

#include <pthread.h>
#include <stdlib.h>

#define LOAD_BATCH    1000
#define WRITE_BATCH   100
#define READ_BATCH    1000
#define SCANS         300
#define SESSIONS_MOST 16
#define SESSIONS_READ 8
#define ATTACHES      1000000

static const struct engine *const engines[] = {&engine_holdfast, &engine_sqlite, &engine_bdb,
                                               &engine_lmdb, &engine_rocksdb};
static const struct engine *engine;

_Noreturn void die(const char *name, const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", name, what, why);
    exit(1);
}

/* ---- several sessions ---- */

/* What one session of several does; they begin together. */
struct share {
    void (*work)(const struct share *s);
    int32_t count;           /* operations of this session */
    int32_t first, sessions; /* rows of its own: first, first + sessions, ... */
    pthread_barrier_t *ready;
    uint64_t ret_sum;
};

static void *run_share(void *arg)
{
    struct share *s = arg;
    struct row r;

    engine->join();
    engine->begin(READ); /* what a session does once is not measured */
    engine->read(s->first, &r);
    (void)engine->commit();
    seed = 42 + (uint64_t)s->first;
    (void)pthread_barrier_wait(s->ready);
    s->work(s);
    s->ret_sum = sum;
    (void)pthread_barrier_wait(s->ready);
    engine->leave();
    return NULL;
}

static void together(const char *name, int sessions, int32_t count,
                     void (*work)(const struct share *s))
{
    struct share shares[SESSIONS_MOST];
    pthread_t threads[SESSIONS_MOST];
    pthread_barrier_t ready;
    double start = 0;

    (void)pthread_barrier_init(&ready, NULL, (unsigned)sessions + 1);
    for (int i = 0; i < sessions; i++) {
        shares[i] = (struct share){work, count, i, sessions, &ready, 0};
        if (pthread_create(&threads[i], NULL, run_share, &shares[i]) != 0)
            die(engine->name, name, "no thread");
    }
    (void)pthread_barrier_wait(&ready);
    start = now();
    (void)pthread_barrier_wait(&ready);
    for (int i = 0; i < sessions; i++)
        sum += shares[i].ret_sum;
    told(name, (unsigned long)count * (unsigned)sessions, start);
    for (int i = 0; i < sessions; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_barrier_destroy(&ready);
}

static int32_t own_row(const struct share *s)
{
    return (int32_t)(next() % ((uint64_t)rows / (uint64_t)s->sessions)) * s->sessions + s->first;
}

/* ---- writing ---- */

static void insert_rows(const char *work, int32_t first, int32_t count, int32_t batch, int32_t step)
{
    double start = now();
    struct row r;

    for (int32_t i = 0; i < count; i++) {
        if (i % batch == 0)
            engine->begin(i + batch >= count ? DURABLE : LAZY);
        make_row(first + (int32_t)((int64_t)i * step % count), &r);
        engine->insert(&r);
        if (i % batch == batch - 1 || i == count - 1)
            (void)engine->commit();
    }
    told(work, (unsigned long)count, start);
}

/* One transaction; done again when another session was first, which takes its time. */
static void update_row(int32_t id, double score, const char name[NAME_SIZE], enum mode mode)
{
    do
        engine->begin(mode);
    while (!engine->update(id, score, name) || !engine->commit());
}

static void update_rows(int32_t count)
{
    double start = now();
    char name[NAME_SIZE];

    for (int32_t i = 0; i < count; i++) {
        if (i % WRITE_BATCH == 0)
            engine->begin(i + WRITE_BATCH >= count ? DURABLE : LAZY);
        make_name((uint64_t)rows + next(), name);
        (void)engine->update((int32_t)(next() % (uint64_t)rows), i + .5, name);
        if (i % WRITE_BATCH == WRITE_BATCH - 1 || i == count - 1)
            (void)engine->commit();
    }
    told("update", (unsigned long)count, start);
}

static void commit_rows(const struct share *s)
{
    char name[NAME_SIZE];

    for (int32_t i = 0; i < s->count; i++) {
        make_name((uint64_t)rows + next(), name);
        update_row(own_row(s), i + .5, name, DURABLE);
    }
}

/* ---- reading ---- */

static void read_rows(const struct share *s)
{
    struct row r;

    for (int32_t i = 0; i < s->count; i++) {
        if (i % READ_BATCH == 0)
            engine->begin(READ);
        engine->read(own_row(s), &r);
        add_row(&r);
        if (i % READ_BATCH == READ_BATCH - 1 || i == s->count - 1)
            (void)engine->commit();
    }
}

static void read_alone(void)
{
    const struct share all = {.count = rows, .sessions = 1};
    double start = now();

    read_rows(&all);
    told("read", (unsigned long)rows, start);
}

static void scan_cities(void)
{
    double start = now();
    char city[CITY_SIZE];

    scanned = 0;
    engine->begin(READ);
    for (int i = 0; i < SCANS; i++) {
        make_city(next(), city);
        engine->scan(city, add_row);
    }
    (void)engine->commit();
    told("scan", scanned, start);
}

/* ---- both ---- */

static void mix_rows(const struct share *s)
{
    char name[NAME_SIZE];
    struct row r;

    for (int32_t i = 0; i < s->count; i++) {
        if (next() % 10 == 0) {
            make_name((uint64_t)rows + next(), name);
            update_row(own_row(s), i + .5, name, LAZY);
            continue;
        }
        engine->begin(READ);
        engine->read(own_row(s), &r);
        (void)engine->commit();
        add_row(&r);
    }
}

static void attach(void)
{
    double start = now();

    for (int i = 0; i < ATTACHES; i++)
        engine->attach();
    told("attach", ATTACHES, start);
}

int main(int argc, char **argv)
{
    int32_t commits = argc == 5 ? atoi(argv[4]) : 0;

    for (size_t i = 0; argc == 5 && i < sizeof engines / sizeof *engines; i++)
        if (strcmp(engines[i]->name, argv[1]) == 0)
            engine = engines[i];
    rows = engine != NULL ? atoi(argv[3]) : 0;
    if (rows < 1000 || commits < SESSIONS_MOST) {
        (void)fputs("usage: ese_bench holdfast|sqlite|bdb|lmdb|rocksdb FOLDER ROWS COMMITS\n",
                    stderr);
        return 2;
    }
    seed = 42;
    engine->open(argv[2]);
    insert_rows("load", 0, rows, LOAD_BATCH, 1);
    insert_rows("insert", rows, rows / 5, WRITE_BATCH, 7919); /* in no order: 7919 is prime */
    read_alone();
    scan_cities();
    update_rows(rows / 5);
    together("read8", SESSIONS_READ, rows / SESSIONS_READ, read_rows);
    together("commit", 1, commits, commit_rows);
    together("commit16", SESSIONS_MOST, commits / 4, commit_rows);
    together("mixed", SESSIONS_READ, rows / 4 / SESSIONS_READ, mix_rows);
    if (engine->attach != NULL)
        attach();
    engine->close();
    return 0;
}
