/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - the server of this process: endpoints, listening, and its end
 */
#ifndef HF_RPC_SERVER_SERVER_H
#define HF_RPC_SERVER_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rpc.h>

#include "rpc/net/net.h"
#include "rpc/server/gate.h"

/* Calls of interfaces without RPC_IF_AUTOLISTEN: MaxCalls of RpcServerListen. */
extern struct rpc_gate server_gate;

/* An interface of the runtime itself, for every engine that is made from now on. At most 8. */
void server_offer(RPC_IF_HANDLE interface);

/* True while such calls are accepted. */
bool server_listens(void);

/* A call has left server_gate, which may be what RpcMgmtWaitServerListen waits for. */
void server_call_left(void);

/* RpcMgmtStopServerListening of this server. */
RPC_STATUS server_stop_listening(void);

void server_submit(struct net_job *job);

/* The running engine, or NULL. */
struct net *server_net(void);

/* The binding of an endpoint: TCP with the address it listens on, or this host's name. */
RPC_STATUS server_describe_endpoint(const struct net_endpoint *e, RPC_BINDING_HANDLE *ret);

/* For tests, before the first endpoint: how the engine is made. */
void server_configure(const struct net_config *config);

/* For tests: ends everything - endpoints, connections (their handles are run down), workers,
 * registrations - and leaves the process as if no server had been. Not from a routine. */
void server_shutdown(void);

#endif
