/* SPDX-License-Identifier: Apache-2.0
 *
 * log_ese.h - what libholdfast-ese has to say
 */
#ifndef HOLDFAST_LOG_ESE_H
#define HOLDFAST_LOG_ESE_H

#include <holdfast/log.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sets the function for lines of libholdfast-ese and of the library that it loads for a server's
 * address: why a store could not be opened, what was found damaged. NULL: silence, as at the start.
 * Any thread; best before JetInit. */
NDR_API void holdfast_ese_set_log(HOLDFAST_LOG_HOOK *hook);

#ifdef __cplusplus
}
#endif
#endif
