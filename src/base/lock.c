/* SPDX-License-Identifier: Apache-2.0
 *
 * lock.c - the slow path of lock.h
 */
#include "base/lock.h"

#if !defined(__SANITIZE_THREAD__) && !defined(HF_LOCK_IS_MUTEX)

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 100 /* about as long as the holder needs if he runs */

void lock_wait(struct lock *l)
{
    for (int i = 0; i < TRIES; i++) {
        int is_free = 0;

        if (atomic_load_explicit(&l->word, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong_explicit(&l->word, &is_free, 1, memory_order_acquire,
                                                    memory_order_relaxed))
            return;
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
        (void)syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void lock_wake(struct lock *l)
{
    (void)syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#else

typedef int lock_c_is_empty_here;

#endif
