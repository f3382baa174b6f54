/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - what a client of libholdfast-rpc can do beyond Microsoft's API
 */
#ifndef HOLDFAST_CLIENT_H
#define HOLDFAST_CLIENT_H

#include <rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An option of RpcBindingSetOption and RpcBindingInqOption: RPC_C_OPT_CALL_TIMEOUT that holds on
 * ncalrpc, too, where Microsoft's has no effect. Milliseconds; 0: none. */
#define HOLDFAST_C_OPT_CALL_TIMEOUT 0x10000

/* Gives a server up that a context handle belongs to: all connections of its association end at once.
 * Calls that run on them, in any thread, fail with RPC_S_CALL_FAILED; the server runs all context
 * handles of the association down. Later calls by these handles fail with RPC_X_SS_CONTEXT_MISMATCH
 * and reach nobody; the handles still have to be given to RpcSmDestroyClientContext. A binding handle
 * that shares the association gets a new one with its next call. RPC_X_SS_CONTEXT_MISMATCH: this is
 * no context handle of a client. Any thread, also while calls run. */
NDR_API RPC_STATUS RPC_ENTRY holdfast_rpc_sever(void *ContextHandle);

#ifdef __cplusplus
}
#endif
#endif
