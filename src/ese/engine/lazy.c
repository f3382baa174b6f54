/* SPDX-License-Identifier: Apache-2.0
 *
 * lazy.c - lazy commits that are to be durable within a time (JetCommitTransaction2)
 *
 * Owns:     a thread of the instance, begun with the first such commit, ended by eng_lazy_end.
 * It waits until the earliest of the times it was given and writes the log out then, which makes
 * all commits before durable: so one time is all that is kept. A commit that is durable anyhow
 * meanwhile costs a look at the log, no more.
 * Lock:     lazy.lock, of its own; nothing else is taken under it.
 */
#include "ese/engine/engine.h"

#include "base/clock.h"

#include <time.h>

static struct timespec later(uint32_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static bool before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* The lock is held, but for the time of writing. */
static void harden(struct ese_instance *instance)
{
    struct eng_lazy *lazy = &instance->lazy;
    enum store_status s;

    lazy->due = false;
    pthread_mutex_unlock(&lazy->lock);
    s = store_harden(instance->store, atomic_load(&instance->mark));
    if (s)
        eng_instance_failed(instance, s);
    pthread_mutex_lock(&lazy->lock);
}

static void *run(void *ctx)
{
    struct ese_instance *instance = ctx;
    struct eng_lazy *lazy = &instance->lazy;

    pthread_mutex_lock(&lazy->lock);
    while (!lazy->end) {
        struct timespec at = lazy->at;

        if (!lazy->due)
            pthread_cond_wait(&lazy->changed, &lazy->lock);
        else if (pthread_cond_timedwait(&lazy->changed, &lazy->lock, &at) != 0 && lazy->due)
            harden(instance);
    }
    pthread_mutex_unlock(&lazy->lock);
    return NULL;
}

void eng_lazy_init(struct ese_instance *instance)
{
    pthread_mutex_init(&instance->lazy.lock, NULL);
    clock_cond_init(&instance->lazy.changed);
}

JET_ERR eng_lazy_within(struct ese_instance *instance, uint32_t ms)
{
    struct eng_lazy *lazy = &instance->lazy;
    struct timespec at = later(ms);
    enum store_status s = STORE_OK;

    pthread_mutex_lock(&lazy->lock);
    if (!lazy->running && !lazy->end)
        lazy->running = pthread_create(&lazy->thread, NULL, run, instance) == 0;
    if (!lazy->due || before(&at, &lazy->at)) {
        lazy->at = at;
        lazy->due = true;
        pthread_cond_signal(&lazy->changed);
    }
    if (!lazy->running) /* no thread can be had: sooner does, too */
        s = store_harden(instance->store, atomic_load(&instance->mark));
    pthread_mutex_unlock(&lazy->lock);
    if (s)
        eng_instance_failed(instance, s);
    return s ? JET_errLogWriteFail : JET_errSuccess;
}

void eng_lazy_end(struct ese_instance *instance)
{
    struct eng_lazy *lazy = &instance->lazy;
    bool running;

    pthread_mutex_lock(&lazy->lock);
    lazy->end = true;
    running = lazy->running;
    lazy->running = false;
    pthread_cond_signal(&lazy->changed);
    pthread_mutex_unlock(&lazy->lock);
    if (running)
        pthread_join(lazy->thread, NULL);
}

void eng_lazy_fini(struct ese_instance *instance)
{
    pthread_cond_destroy(&instance->lazy.changed);
    pthread_mutex_destroy(&instance->lazy.lock);
}
