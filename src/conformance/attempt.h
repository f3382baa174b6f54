/* SPDX-License-Identifier: Apache-2.0
 *
 * attempt.h - a call that may raise, and threads that make one
 */
#ifndef HF_CONFORMANCE_ATTEMPT_H
#define HF_CONFORMANCE_ATTEMPT_H

#include <rpc.h>

/* The status of a call: 0, or what it raised. */
#define TRY(call)                        \
    __extension__({                      \
        volatile RPC_STATUS raised = 0;  \
        RpcTryExcept                     \
        {                                \
            (void)(call);                \
        }                                \
        RpcExcept(1)                     \
        {                                \
            raised = RpcExceptionCode(); \
        }                                \
        RpcEndExcept;                    \
        raised;                          \
    })

struct thread;

/* Runs `run` beside its caller; NULL when there is no thread to be had. */
struct thread *thread_start(RPC_STATUS (*run)(void *), void *argument);
/* What `run` returned; RPC_S_OUT_OF_THREADS for a thread that never was. */
RPC_STATUS thread_join(struct thread *take_t);

#endif
