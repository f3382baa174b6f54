/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the log hook, and what it is spared
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"

static _Atomic(log_hook *) hook_in_use;

void log_set_hook(log_hook *hook)
{
    atomic_store(&hook_in_use, hook);
}

void log_line(enum log_level level, const char *format, ...)
{
    log_hook *hook = atomic_load_explicit(&hook_in_use, memory_order_relaxed);
    char line[512];
    va_list ap;

    if (hook == NULL)
        return;
    va_start(ap, format);
    (void)vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    hook(level, line);
}

bool log_may(struct log_ration *r, uint64_t *ret_unlogged)
{
    uint64_t now = clock_now_ns() / CLOCK_SECOND;
    bool may;

    if (atomic_load_explicit(&hook_in_use, memory_order_relaxed) == NULL)
        return false;
    (void)pthread_mutex_lock(&r->lock);
    if (now != r->second) {
        r->second = now;
        r->lines = 0;
    }
    may = r->lines++ < LOG_A_SECOND;
    *ret_unlogged = r->unlogged;
    r->unlogged = may ? 0 : r->unlogged + 1;
    (void)pthread_mutex_unlock(&r->lock);
    return may;
}
