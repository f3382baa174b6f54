/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what the libraries have to say
 *
 * The libraries never print. They hand lines to a function of the program, if it has set one: what
 * happened, then key=value pairs; never payload, never credentials. A client that breaks the protocol,
 * a request that cannot be unmarshalled, a run-down routine that raises: each is a line.
 */
#ifndef HOLDFAST_LOG_H
#define HOLDFAST_LOG_H

#include <holdfast/ndr.h>

#ifdef __cplusplus
extern "C" {
#endif

enum holdfast_log_level {
    HOLDFAST_LOG_DEBUG,
    HOLDFAST_LOG_INFO,
    HOLDFAST_LOG_WARNING,
    HOLDFAST_LOG_ERROR,
};

/* `level` is one of enum holdfast_log_level. `line` is valid during the call. Called from any thread, several at once; must not call back. */
typedef void HOLDFAST_LOG_HOOK(int level, const char *line);

/* Sets the function for lines of libholdfast-rpc; NULL: silence, as at the start. Any thread; best
 * before the first call of the library. */
NDR_API void holdfast_rpc_set_log(HOLDFAST_LOG_HOOK *hook);

#ifdef __cplusplus
}
#endif
#endif
