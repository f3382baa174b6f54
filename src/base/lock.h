/* SPDX-License-Identifier: Apache-2.0
 *
 * lock.h - a small lock for short sections that are entered at every call
 *
 * A word instead of forty octets, two atomic operations instead of two calls. Whoever does not get
 * it at once tries for a moment, then sleeps in the kernel. Not recursive, not fair; nothing slow is
 * done under it. ThreadSanitizer sees a pthread mutex, whose misuse it knows; so does bench/counts,
 * which counts them (HF_LOCK_IS_MUTEX).
 */
#ifndef HF_BASE_LOCK_H
#define HF_BASE_LOCK_H

#include <stdatomic.h>

#if defined(__SANITIZE_THREAD__) || defined(HF_LOCK_IS_MUTEX)
#include <pthread.h>

struct lock {
    pthread_mutex_t mutex;
};

#define LOCK_FREE                 \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    }

static inline void lock_init(struct lock *l)
{
    (void)pthread_mutex_init(&l->mutex, NULL);
}

static inline void lock_fini(struct lock *l)
{
    (void)pthread_mutex_destroy(&l->mutex);
}

static inline void lock_take(struct lock *l)
{
    (void)pthread_mutex_lock(&l->mutex);
}

static inline void lock_give(struct lock *l)
{
    (void)pthread_mutex_unlock(&l->mutex);
}

#else

struct lock {
    atomic_int word; /* 0 free, 1 taken, 2 taken and perhaps awaited */
};

#define LOCK_FREE \
    {             \
        0         \
    }

void lock_wait(struct lock *l);
void lock_wake(struct lock *l);

static inline void lock_init(struct lock *l)
{
    atomic_init(&l->word, 0);
}

static inline void lock_fini(struct lock *l)
{
    (void)l;
}

static inline void lock_take(struct lock *l)
{
    int is_free = 0;

    if (!atomic_compare_exchange_strong_explicit(&l->word, &is_free, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        lock_wait(l);
}

static inline void lock_give(struct lock *l)
{
    if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
        lock_wake(l);
}

#endif

#endif
