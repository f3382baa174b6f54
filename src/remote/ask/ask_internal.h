/* SPDX-License-Identifier: Apache-2.0
 *
 * ask_internal.h - the way of a tool's question
 */
#ifndef HF_REMOTE_ASK_INTERNAL_H
#define HF_REMOTE_ASK_INTERNAL_H

#include "jet.h"
#include "remote/ask/ask.h"

/* Runs a stub; its failure below JET lands in `failure`. */
#define ASK(failure, call)                          \
    do {                                            \
        (failure)->status = RPC_S_OK;               \
        RpcTryExcept                                \
        {                                           \
            (failure)->err = (call);                \
        }                                           \
        RpcExcept(1)                                \
        {                                           \
            (failure)->status = RpcExceptionCode(); \
        }                                           \
        RpcEndExcept                                \
    } while (0)

bool ask_is_good(const struct ask_failure *f);

/* An instance on an association of its own, so that closing it closes the connections. */
bool ask_open_instance(const char *address, JET_RPC_INSTANCE *ret_instance, struct ask_failure *f);
void ask_close_instance(JET_RPC_INSTANCE *instance); /* accepts a null one */

#endif
