/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - one contender, all works
 *
 *     remote_bench holdfast|postgresql PLACE ROWS
 *
 * PLACE is a folder, the address of a server, or what libpq connects to. Prints a line a work: its name,
 * how many operations, seconds, and a sum over what was read, the same for every contender.
 */
#include "bench.h"

#include "../ese/rows.h"

#include <stdlib.h>

#define BATCH   1000
#define SINGLES 20000 /* point reads, each a transaction of its own */
#define COMMITS 300
#define SCANS   300

static const struct contender *contender;

_Noreturn void die(const char *name, const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", name, what, why);
    exit(1);
}

static void bulk(void)
{
    struct row *batch = calloc(BATCH, sizeof *batch);
    double start = now();

    for (int32_t id = 0; id < rows; id += BATCH) {
        int count = rows - id < BATCH ? rows - id : BATCH;

        for (int i = 0; i < count; i++)
            make_row(id + i, &batch[i]);
        contender->bulk(batch, count, id + BATCH >= rows ? DURABLE : LAZY);
    }
    told("bulk", (unsigned long)rows, start);
    free(batch);
    contender->settle();
}

/* More rows, one call each. */
static void insert(void)
{
    const int32_t count = rows / 5;
    double start = now();
    struct row r;

    for (int32_t i = 0; i < count; i++) {
        if (i % BATCH == 0)
            contender->engine->begin(i + BATCH >= count ? DURABLE : LAZY);
        make_row(rows + i, &r);
        contender->engine->insert(&r);
        if (i % BATCH == BATCH - 1 || i == count - 1)
            (void)contender->engine->commit();
    }
    told("insert", (unsigned long)count, start);
}

static void read_points(const char *work, int32_t count, int32_t batch)
{
    double start = now();
    struct row r;

    for (int32_t i = 0; i < count; i++) {
        if (i % batch == 0)
            contender->engine->begin(READ);
        contender->engine->read((int32_t)(next() % (uint64_t)rows), &r);
        add_row(&r);
        if (i % batch == batch - 1 || i == count - 1)
            (void)contender->engine->commit();
    }
    told(work, (unsigned long)count, start);
}

static void scan_cities(void)
{
    double start = now();
    char city[CITY_SIZE];

    scanned = 0;
    contender->engine->begin(READ);
    for (int i = 0; i < SCANS; i++) {
        make_city(next(), city);
        contender->engine->scan(city, add_row);
    }
    (void)contender->engine->commit();
    told("range", scanned, start);
}

static void walk(void)
{
    double start = now();

    scanned = 0;
    contender->engine->begin(READ);
    contender->walk(add_row);
    (void)contender->engine->commit();
    told("scan", scanned, start);
}

static void commits(void)
{
    double start = now();
    char name[NAME_SIZE];

    for (int32_t i = 0; i < COMMITS; i++) {
        contender->engine->begin(DURABLE);
        make_name((uint64_t)rows + next(), name);
        (void)contender->engine->update((int32_t)(next() % (uint64_t)rows), i + .5, name);
        (void)contender->engine->commit();
    }
    told("commit", COMMITS, start);
}

int main(int argc, char **argv)
{
    contender = argc == 4 && !strcmp(argv[1], "holdfast")     ? &contender_holdfast
                : argc == 4 && !strcmp(argv[1], "postgresql") ? &contender_postgresql
                                                              : NULL;
    rows = contender ? atoi(argv[3]) : 0;
    if (rows < BATCH) {
        (void)fputs("usage: remote_bench holdfast|postgresql PLACE ROWS\n", stderr);
        return 2;
    }
    seed = 42;
    contender->engine->open(argv[2]);
    bulk();
    insert();
    read_points("point", rows, BATCH);
    read_points("single", SINGLES, 1);
    scan_cities();
    walk();
    commits();
    contender->engine->close();
    return 0;
}
