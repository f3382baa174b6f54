/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - the client's side of every peer: the same work, the same clock
 *
 * Each peer implements struct bench_peer; bench_main drives it:
 *
 *     CLIENT ADDRESS WORK [SIZE] [--threads N] [--seconds S | --calls N]
 *
 * WORK is null (one call on an object named by a 20-octet handle), echo (the same with SIZE octets
 * there and back), or cycle (open, one call, close: three calls, counted as one). Each thread has a
 * connection of its own. Prints one JSON object: calls, seconds, p50 and p99 in microseconds.
 *
 * C11 and C++17 alike, since the peers are both.
 */
#ifndef BENCH_RPC_BENCH_H
#define BENCH_RPC_BENCH_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All return 0 on success; anything else ends the run with exit status 1. */
struct bench_peer {
    int (*connect)(const char *address, void **connection);
    int (*open)(void *connection); /* the connection remembers the handle */
    int (*use)(void *connection);
    int (*echo)(void *connection, const uint8_t *data, uint32_t size, uint8_t *back);
    int (*close)(void *connection);
};

#ifdef __cplusplus
}
#endif

enum bench_work { BENCH_NULL, BENCH_ECHO, BENCH_CYCLE };

#define BENCH_SAMPLES 200000

struct bench_thread {
    pthread_t id;
    const struct bench_peer *peer;
    const char *address;
    enum bench_work work;
    uint32_t size;
    double seconds;
    uint64_t limit; /* calls; 0: seconds count */
    pthread_barrier_t *start;
    uint64_t calls, ns;
    uint32_t *samples; /* ns; BENCH_SAMPLES of them at most */
    size_t sample_count;
    int failed;
};

static inline uint64_t bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int bench_once(struct bench_thread *t, void *c, const uint8_t *data, uint8_t *back)
{
    switch (t->work) {
    case BENCH_NULL: return t->peer->use(c);
    case BENCH_ECHO: return t->peer->echo(c, data, t->size, back);
    default: return t->peer->open(c) || t->peer->use(c) || t->peer->close(c);
    }
}

static inline void *bench_run(void *arg)
{
    struct bench_thread *t = (struct bench_thread *)arg;
    uint8_t *data = (uint8_t *)calloc(1, (size_t)t->size + 1);
    uint8_t *back = (uint8_t *)calloc(1, (size_t)t->size + 1);
    void *c = NULL;
    uint64_t begin, now, end;

    for (uint32_t i = 0; i < t->size; i++)
        data[i] = (uint8_t)(i * 31 + 7);
    t->failed = t->peer->connect(t->address, &c);
    if (!t->failed && t->work != BENCH_CYCLE)
        t->failed = t->peer->open(c);
    for (int i = 0; i < 50 && !t->failed; i++) /* warm */
        t->failed = bench_once(t, c, data, back);
    if (!t->failed && t->work == BENCH_ECHO && memcmp(data, back, t->size) != 0)
        t->failed = 1;
    pthread_barrier_wait(t->start);
    begin = now = bench_now();
    end = begin + (uint64_t)(t->seconds * 1e9);
    while (!t->failed && (t->limit != 0 ? t->calls < t->limit : now < end)) {
        uint64_t before = now;

        t->failed = bench_once(t, c, data, back);
        now = bench_now();
        t->calls++;
        if (t->sample_count < BENCH_SAMPLES)
            t->samples[t->sample_count++] = (uint32_t)(now - before);
    }
    t->ns = now - begin;
    if (!t->failed && t->work != BENCH_CYCLE)
        t->failed = t->peer->close(c);
    free(data);
    free(back);
    return NULL;
}

static inline int bench_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static inline int bench_report(struct bench_thread *threads, int n)
{
    uint32_t *all = (uint32_t *)malloc(sizeof *all * BENCH_SAMPLES * (size_t)n);
    size_t count = 0;
    uint64_t calls = 0;
    double rate = 0, seconds = 0;

    for (int i = 0; i < n; i++) {
        if (threads[i].failed || threads[i].calls == 0) {
            fprintf(stderr, "bench: a call failed\n");
            return 1;
        }
        memcpy(all + count, threads[i].samples, threads[i].sample_count * sizeof *all);
        count += threads[i].sample_count;
        calls += threads[i].calls;
        rate += (double)threads[i].calls * 1e9 / (double)threads[i].ns;
        seconds += (double)threads[i].ns / 1e9 / n;
    }
    qsort(all, count, sizeof *all, bench_compare);
    printf("{\"calls\": %llu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_us\": %.2f, "
           "\"p99_us\": %.2f}\n",
           (unsigned long long)calls, seconds, rate, all[count / 2] / 1e3,
           all[count * 99 / 100] / 1e3);
    free(all);
    return 0;
}

static inline int bench_main(int argc, char **argv, const struct bench_peer *peer)
{
    struct bench_thread *threads;
    pthread_barrier_t start;
    struct bench_thread model;
    int n = 1;

    memset(&model, 0, sizeof model);
    model.peer = peer;
    model.seconds = 1;
    model.start = &start;
    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS null|echo|cycle [SIZE] [--threads N] [--seconds S]\n",
                argv[0]);
        return 2;
    }
    model.address = argv[1];
    model.work = strcmp(argv[2], "null") == 0   ? BENCH_NULL
                 : strcmp(argv[2], "echo") == 0 ? BENCH_ECHO
                                                : BENCH_CYCLE;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            n = atoi(argv[++i]);
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            model.seconds = atof(argv[++i]);
        else if (strcmp(argv[i], "--calls") == 0 && i + 1 < argc)
            model.limit = (uint64_t)atoll(argv[++i]);
        else
            model.size = (uint32_t)atol(argv[i]);
    }
    threads = (struct bench_thread *)calloc((size_t)n, sizeof *threads);
    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        threads[i] = model;
        threads[i].samples = (uint32_t *)malloc(sizeof(uint32_t) * BENCH_SAMPLES);
        if (pthread_create(&threads[i].id, NULL, bench_run, &threads[i]) != 0)
            return 1;
    }
    for (int i = 0; i < n; i++)
        pthread_join(threads[i].id, NULL);
    return bench_report(threads, n);
}

#endif
