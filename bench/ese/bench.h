/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - one table of eight typed columns and a long one, a primary key, two secondary indexes
 *
 * Every engine does the same work: whole rows in and out, both indexes kept, transactions of a
 * stated size. A function that fails ends the program. The thread that opens an engine has a session
 * of it; other threads join and leave. begin to commit are those of the calling thread's session.
 */
#ifndef HF_BENCH_ESE_BENCH_H
#define HF_BENCH_ESE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_SIZE 16 /* octets of text, all used */
#define CITY_SIZE 8
#define NOTE_SIZE 64
#define TEXT_MOST \
    2000 /* one row in TEXT_RARE has a long text of that size, the others a short one */
#define TEXT_LESS 100
#define TEXT_RARE 20

struct row {
    int32_t id; /* primary key */
    int64_t serial;
    double score;
    double changed; /* a date */
    uint8_t active;
    char name[NAME_SIZE]; /* secondary index */
    char city[CITY_SIZE]; /* secondary index, about a hundred rows each */
    uint8_t note[NOTE_SIZE];
    uint32_t text_size;
    uint8_t text[TEXT_MOST]; /* the long column */
};

/* A row as it lies in memory, without what its text does not use. */
static inline size_t row_size(const struct row *r)
{
    return offsetof(struct row, text) + r->text_size;
}

/* Of a transaction: a lazy commit may be lost in a crash, a durable one not, nor any before it. */
enum mode { READ, LAZY, DURABLE };

struct engine {
    const char *name;
    void (*open)(const char *folder);
    void (*close)(void);
    void (*begin)(enum mode mode);
    /* False: lost to another session; the transaction is gone and has to be done again. */
    bool (*commit)(void);
    void (*insert)(const struct row *r);
    void (*read)(int32_t id, struct row *ret_row);
    /* Another score and name: one secondary index changes. False as in commit. */
    bool (*update)(int32_t id, double score, const char name[NAME_SIZE]);
    /* Every row of a city, by the index, whole. */
    void (*scan)(const char city[CITY_SIZE], void (*each)(const struct row *r));
    void (*join)(void);
    void (*leave)(void);
    /* Takes its session up and lays it down as a server's thread does; NULL: has no such thing. */
    void (*attach)(void);
};

extern const struct engine engine_holdfast, engine_sqlite, engine_bdb, engine_lmdb, engine_rocksdb;

_Noreturn void die(const char *engine, const char *what, const char *why);

#endif
