/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - one engine, all works, in one new folder
 *
 *     ese_bench ENGINE FOLDER ROWS
 *
 * Prints a line a work: its name, how many operations, seconds, and a sum over what was read, which
 * must be the same for every engine.
 */
#include "rows.h"

#include <stdlib.h>

#define LOAD_BATCH   1000
#define UPDATE_BATCH 100
#define READ_BATCH   1000
#define COMMITS      300
#define SCANS        300

static const struct engine *const engines[] = {&engine_holdfast, &engine_sqlite, &engine_bdb,
                                               &engine_rocksdb};
static const struct engine *engine;

_Noreturn void die(const char *name, const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", name, what, why);
    exit(1);
}

static void load(void)
{
    double start = now();
    struct row r;

    for (int32_t id = 0; id < rows; id++) {
        if (id % LOAD_BATCH == 0)
            engine->begin(id + LOAD_BATCH >= rows ? DURABLE : LAZY);
        make_row(id, &r);
        engine->insert(&r);
        if (id % LOAD_BATCH == LOAD_BATCH - 1 || id == rows - 1)
            engine->commit();
    }
    told("load", (unsigned long)rows, start);
}

static void read_points(const char *work)
{
    double start = now();
    struct row r;

    for (int32_t i = 0; i < rows; i++) {
        if (i % READ_BATCH == 0)
            engine->begin(READ);
        engine->read((int32_t)(next() % (uint64_t)rows), &r);
        add_row(&r);
        if (i % READ_BATCH == READ_BATCH - 1 || i == rows - 1)
            engine->commit();
    }
    told(work, (unsigned long)rows, start);
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
    engine->commit();
    told("scan", scanned, start);
}

static void update_rows(const char *work, int32_t count, int32_t batch, bool durable)
{
    double start = now();
    char name[NAME_SIZE];

    for (int32_t i = 0; i < count; i++) {
        int32_t id = (int32_t)(next() % (uint64_t)rows);

        if (i % batch == 0)
            engine->begin(durable || i + batch >= count ? DURABLE : LAZY);
        make_name((uint64_t)rows + next(), name);
        engine->update(id, i + .5, name);
        if (i % batch == batch - 1 || i == count - 1)
            engine->commit();
    }
    told(work, (unsigned long)count, start);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 4 && i < sizeof engines / sizeof *engines; i++)
        if (strcmp(engines[i]->name, argv[1]) == 0)
            engine = engines[i];
    rows = engine != NULL ? atoi(argv[3]) : 0;
    if (rows < 1000) {
        (void)fputs("usage: ese_bench holdfast|sqlite|bdb|rocksdb FOLDER ROWS\n", stderr);
        return 2;
    }
    seed = 42;
    engine->open(argv[2]);
    load();
    read_points("read");
    scan_cities();
    update_rows("update", rows / 5, UPDATE_BATCH, false);
    read_points("reread"); /* tells that the updates came through */
    update_rows("commit", COMMITS, 1, true);
    engine->close();
    return 0;
}
