/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the public face of the log hook
 */
#include <holdfast/log.h>

#include "base/log.h"

_Static_assert((int)HOLDFAST_LOG_ERROR == (int)LOG_LEVEL_ERROR, "levels are the same");

void holdfast_rpc_set_log(HOLDFAST_LOG_HOOK *hook)
{
    log_set_hook(hook);
}
