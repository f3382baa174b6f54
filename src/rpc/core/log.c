/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the public face of the log hook
 */
#include <holdfast/log.h>

#include "base/log.h"

#include <stdatomic.h>

_Static_assert((int)HOLDFAST_LOG_ERROR == (int)LOG_LEVEL_ERROR, "levels are the same");

static _Atomic(HOLDFAST_LOG_HOOK *) program;

static void pass_on(enum log_level level, const char *line)
{
    HOLDFAST_LOG_HOOK *hook = atomic_load(&program);

    if (hook != NULL)
        hook((enum holdfast_log_level)level, line);
}

void holdfast_rpc_set_log(HOLDFAST_LOG_HOOK *hook)
{
    atomic_store(&program, hook);
    log_set_hook(hook == NULL ? NULL : pass_on);
}
