/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - one table of eight typed columns with a primary key and two secondary indexes
 *
 * Every engine does the same work: whole rows in and out, both indexes kept, transactions of a
 * stated size. A function that fails ends the program.
 */
#ifndef HF_BENCH_ESE_BENCH_H
#define HF_BENCH_ESE_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_SIZE 16 /* octets of text, all used */
#define CITY_SIZE 8
#define NOTE_SIZE 64

struct row {
    int32_t id; /* primary key */
    int64_t serial;
    double score;
    double changed; /* a date */
    uint8_t active;
    char name[NAME_SIZE]; /* secondary index */
    char city[CITY_SIZE]; /* secondary index, about a hundred rows each */
    uint8_t note[NOTE_SIZE];
};

/* Of a transaction: a lazy commit may be lost in a crash, a durable one not, nor any before it. */
enum mode { READ, LAZY, DURABLE };

struct engine {
    const char *name;
    void (*open)(const char *folder);
    void (*close)(void);
    void (*begin)(enum mode mode);
    void (*commit)(void);
    void (*insert)(const struct row *r);
    void (*read)(int32_t id, struct row *ret_row);
    /* Another score and name: one secondary index changes. */
    void (*update)(int32_t id, double score, const char name[NAME_SIZE]);
    /* Every row of a city, by the index, whole. */
    void (*scan)(const char city[CITY_SIZE], void (*each)(const struct row *r));
};

extern const struct engine engine_holdfast, engine_sqlite, engine_bdb, engine_rocksdb;

_Noreturn void die(const char *engine, const char *what, const char *why);

#endif
