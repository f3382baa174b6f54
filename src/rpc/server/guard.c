/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - exception frame, current call and blocking mark around a program's code
 *
 * Owns: the thread's chain of struct guarded, innermost first; they lie in guard_run's frames.
 */
#include "rpc/server/guard.h"

#include <stddef.h>

#include <rpc.h>

#include "rpc/net/net.h"

struct guarded {
    struct guarded *outer;
    struct rpc_call *call;
};

static __thread struct guarded *innermost __attribute__((tls_model("initial-exec")));

RPC_STATUS guard_run(struct rpc_call *call, void (*run)(void *argument), void *argument)
{
    struct guarded here = {.outer = innermost, .call = call};
    volatile RPC_STATUS raised = 0; /* E8 of except.h */

    innermost = &here;
    net_block_begin();
    RpcTryExcept
    {
        run(argument);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
        if (raised == 0)
            raised = RPC_S_CALL_FAILED;
    }
    RpcEndExcept
    net_block_end();
    innermost = here.outer;
    return raised;
}

struct rpc_call *guard_current(void)
{
    return innermost != NULL ? innermost->call : NULL;
}

bool guard_inside(bool (*is)(const struct rpc_call *call, const void *argument),
                  const void *argument)
{
    for (const struct guarded *g = innermost; g != NULL; g = g->outer) {
        if (g->call != NULL && is(g->call, argument))
            return true;
    }
    return false;
}
