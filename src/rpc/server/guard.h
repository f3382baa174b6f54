/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.h - running code of a program on a thread of the runtime
 *
 * Manager routines, run-down routines and callbacks may raise, may take long, and may ask which call
 * they serve. All of them run through guard_run.
 */
#ifndef HF_RPC_SERVER_GUARD_H
#define HF_RPC_SERVER_GUARD_H

#include <stdbool.h>

#include <holdfast/call.h>

struct rpc_registration;

/* Runs `run(argument)` as part of `call` (NULL: of no call, as run-down routines run). Returns 0, or
 * the code that was raised, RPC_S_CALL_FAILED for a raised 0. No lock may be held. A worker may have
 * lost its set afterwards. */
RPC_STATUS guard_run(struct rpc_call *call, void (*run)(void *argument), void *argument);

/* The call that this thread serves, or NULL. */
struct rpc_call *guard_current(void);

/* True if code that runs on this thread, at any depth, belongs to a call for which `is` holds. */
bool guard_inside(bool (*is)(const struct rpc_call *call, const void *argument),
                  const void *argument);

#endif
