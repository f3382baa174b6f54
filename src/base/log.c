/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the log hook
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

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
