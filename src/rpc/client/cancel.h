/* SPDX-License-Identifier: Apache-2.0
 *
 * cancel.h - where a thread is in its call, so that another can cancel it
 *
 * A call passes these in its own thread, at the cost of no system call:
 *
 *     rpc_cancel_begin     the call begins
 *     rpc_cancel_asked     before its request leaves: is it wanted at all?
 *     rpc_cancel_listen    the request has left: another thread may now speak on the connection
 *     rpc_cancel_deaf      the reply is there, or will not come
 *     rpc_cancel_end
 */
#ifndef HF_RPC_CLIENT_CANCEL_H
#define HF_RPC_CLIENT_CANCEL_H

#include "rpc/client/connection.h"

void rpc_cancel_begin(void);
bool rpc_cancel_asked(void);
void rpc_cancel_listen(struct rpc_conn *conn, uint32_t call_id);
bool rpc_cancel_deaf(void); /* true: the call was abandoned */
void rpc_cancel_end(void);

/* For the housekeeper: abandons calls whose time is over; returns when the next one's will be, or 0. */
uint64_t rpc_cancel_expire(uint64_t now);

#endif
