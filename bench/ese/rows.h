/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.h - the rows that every contender gets, and the sum of what it gives back
 */
#ifndef HF_BENCH_ESE_ROWS_H
#define HF_BENCH_ESE_ROWS_H

#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int32_t rows;
static _Thread_local uint64_t sum, seed;
static _Thread_local unsigned long scanned;

static inline double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline uint64_t next(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 20;
}

static inline uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

static inline void make_city(uint64_t n, char city[CITY_SIZE])
{
    char text[CITY_SIZE + 1];

    (void)snprintf(text, sizeof text, "CITY%04u",
                   (unsigned)(n % ((uint64_t)rows / 100 + 1) % 10000));
    memcpy(city, text, CITY_SIZE);
}

static inline void make_name(uint64_t n, char name[NAME_SIZE])
{
    char text[NAME_SIZE + 1];

    (void)snprintf(text, sizeof text, "%016llX", (unsigned long long)mix(n));
    memcpy(name, text, NAME_SIZE);
}

static inline void make_row(int32_t id, struct row *r)
{
    uint64_t h = mix((uint64_t)id + 1);

    memset(r, 0, offsetof(struct row, text));
    r->id = id;
    r->serial = (int64_t)h;
    r->score = (double)(h % 100000) / 7;
    r->changed = 40000 + (double)(h % 5000) / 16;
    r->active = h % 3 == 0;
    make_name((uint64_t)id, r->name);
    make_city(h, r->city);
    for (int i = 0; i < NOTE_SIZE; i++)
        r->note[i] = (uint8_t)(h >> i % 50);
    r->text_size = h % TEXT_RARE == 1 ? TEXT_MOST : TEXT_LESS;
    memset(r->text, (int)(h >> 32 & 0x7f), r->text_size);
}

/* The order of rows with equal keys is each engine's own, so the sum does not depend on it. */
static inline void add_row(const struct row *r)
{
    uint64_t score = 0;

    memcpy(&score, &r->score, sizeof score);
    sum +=
        mix((uint64_t)r->id ^ (uint64_t)r->serial ^ score ^ r->active ^ (uint64_t)r->name[3] << 8 ^
            (uint64_t)r->city[7] << 16 ^ (uint64_t)r->note[63] << 24 ^ (uint64_t)r->changed << 32 ^
            (uint64_t)r->text[r->text_size - 1] << 40 ^ (uint64_t)r->text_size << 48);
    scanned++;
}

static inline void told(const char *work, unsigned long operations, double start)
{
    (void)printf("%s %lu %.6f %016llx\n", work, operations, now() - start, (unsigned long long)sum);
    sum = 0;
    seed = 42;
}

#endif
