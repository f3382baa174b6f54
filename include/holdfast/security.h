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

#ifdef __cplusplus
}
#endif
#endif
