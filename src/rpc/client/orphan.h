/* SPDX-License-Identifier: Apache-2.0
 *
 * orphan.h - a connection whose call was given up before its reply came
 *
 * Where the server has granted KeepConnectionOnOrphan the connection need not end with the call: it
 * stays in its association, which keeps the context handles alive at the server, and becomes free when
 * the late reply has come and been thrown away. Until then nothing is sent on it: without multiplexing
 * a server refuses a second request while the first runs (rpc-wire 4).
 * Source: MS-RPCE 3.3.1.5.3, 3.3.1.5.10; rpc-associations 6.2
 */
#ifndef HF_RPC_CLIENT_ORPHAN_H
#define HF_RPC_CLIENT_ORPHAN_H

#include "rpc/client/connection.h"

/* The server leaves the connection as it is when a call is given up. */
static inline bool rpc_orphan_can_be_kept(const struct rpc_conn *conn)
{
    return (conn->features & WIRE_FEATURE_KEEP_ON_ORPHAN) != 0;
}

/* Gives up the call `call_id`, whose request has left whole and for whose reply nobody waits any more:
 * says so to the server. False: the connection has to end. */
bool rpc_orphan_keep(struct rpc_conn *conn, uint32_t call_id);

/* Throws away what has come of the late reply; does not wait. */
enum rpc_orphan {
    RPC_ORPHAN_WAITS,
    RPC_ORPHAN_OVER, /* the connection is free */
    RPC_ORPHAN_LOST, /* it has ended, or what came was no such reply */
};
enum rpc_orphan rpc_orphan_settle(struct rpc_conn *conn);

#endif
