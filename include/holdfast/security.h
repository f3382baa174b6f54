/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfast/security.h - security of servers beyond what Windows' interface offers
 *
 * Windows lets any client of an association use the association's context handles, whoever it says
 * it is. A server that keeps what is private to a principal behind a handle can ask for more.
 */
#ifndef HOLDFAST_SECURITY_H
#define HOLDFAST_SECURITY_H

#include <rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Yes nonzero: from now on a context handle of this server can be used only by the principal that
 * opened it, at the same level of protection or a higher one; to anyone else it is a handle that does
 * not exist (fault 0x1C00001A). Unauthenticated clients count as one principal. For the whole process,
 * from any thread, best before listening. `holdfast serve` does it. Source: ours. */
RPCRTAPI void RPC_ENTRY holdfast_bind_handles_to_principals(int Yes);

/* Gives in *Endpoint the string binding of the endpoint that a call has come to, as RpcServerInqBindings
 * lists it: what a server that listens on several addresses may ask of callers can depend on it. It is
 * freed by RpcStringFree. ClientBinding: the call's, NULL for the one this thread runs.
 * Errors: RPC_S_INVALID_ARG, RPC_S_NO_CALL_ACTIVE, RPC_S_INVALID_BINDING, RPC_S_OUT_OF_MEMORY. From any
 * thread. Source: ours. */
RPCRTAPI RPC_STATUS RPC_ENTRY holdfast_inq_call_endpoint(RPC_BINDING_HANDLE ClientBinding,
                                                         RPC_CSTR *Endpoint);

/* The NT hash of a password in UTF-8, which is what a file of NTLM accounts holds (16 octets into Hash).
 * It is as good as the password. Errors: RPC_S_INVALID_ARG for NULL or malformed UTF-8, or without
 * memory. From any thread. Source: ours; NTOWFv1 of MS-NLMP 3.3.1. */
RPCRTAPI RPC_STATUS RPC_ENTRY holdfast_nt_hash(const char *Password, unsigned char Hash[16]);

#ifdef __cplusplus
}
#endif
#endif
