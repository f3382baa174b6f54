/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoint.h - protocol sequences, and what an endpoint of each means
 *
 * Both sides ask here, so that a client looks where a server listens.
 *
 *     ncacn_ip_tcp   endpoint: decimal port, 1 to 65535; address: name or number, IPv4 or IPv6
 *                    a server may also say ADDRESS:PORT, to listen there only; port 0: any free one
 *     ncalrpc        endpoint: NAME, a unix stream socket; address: empty
 *                    NAME with a slash: the socket's path itself
 *                    else: FOLDER/NAME, FOLDER being /run/holdfast for root,
 *                    else $XDG_RUNTIME_DIR/holdfast, else /tmp/holdfast-UID
 *
 * The folder must be ours alone (a directory, owned by us, writable by nobody else), or another user
 * could put a server of his in the place of ours.
 */
#ifndef HF_RPC_CORE_ENDPOINT_H
#define HF_RPC_CORE_ENDPOINT_H

#include <stdbool.h>
#include <sys/un.h>

#include <holdfast/types.h>

enum rpc_transport { RPC_TRANSPORT_TCP, RPC_TRANSPORT_LOCAL, RPC_TRANSPORTS };

/* By rpc_transport: the protocol sequence's name. */
extern const char *const rpc_protseq_names[RPC_TRANSPORTS];

/* RPC_S_PROTSEQ_NOT_SUPPORTED for a known protocol sequence that we do not have,
 * RPC_S_INVALID_RPC_PROTSEQ for any other name and for NULL. */
RPC_STATUS rpc_protseq_find(const char *name, enum rpc_transport *ret);

/* RPC_S_INVALID_ENDPOINT_FORMAT unless `endpoint` may be one. */
RPC_STATUS rpc_endpoint_check(enum rpc_transport transport, const char *endpoint);

#define RPC_ENDPOINT_ADDRESS 46 /* INET6_ADDRSTRLEN */

/* Where a server listens on TCP: the address (empty: every one) and the port.
 * RPC_S_INVALID_ENDPOINT_FORMAT. */
RPC_STATUS rpc_endpoint_listen(const char *endpoint, char ret_address[RPC_ENDPOINT_ADDRESS],
                               uint16_t *ret_port);

/* The socket of a checked ncalrpc endpoint. With `create` (a server) the folder is made when missing.
 * RPC_S_INVALID_ENDPOINT_FORMAT: the path is too long; RPC_S_CANT_CREATE_ENDPOINT: the folder cannot
 * be made or is not ours alone; without `create` also RPC_S_SERVER_UNAVAILABLE for these. */
RPC_STATUS rpc_endpoint_local(const char *endpoint, bool create, struct sockaddr_un *ret);

#endif
