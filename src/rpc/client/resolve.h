/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.h - names of hosts to addresses, within a time limit
 */
#ifndef HF_RPC_CLIENT_RESOLVE_H
#define HF_RPC_CLIENT_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

#include <rpc.h>

/* The addresses of `address` (NULL: this machine) at the port `endpoint`; free them with freeaddrinfo.
 * A numeric address costs nothing; a name is asked for in a thread of its own, which is left behind
 * when the deadline (of clock_now_ns, 0: none) passes. RPC_S_SERVER_UNAVAILABLE when there is no such
 * host or nobody says so in time, RPC_S_OUT_OF_MEMORY, RPC_S_OUT_OF_THREADS. */
RPC_STATUS rpc_resolve(const char *address, const char *endpoint, uint64_t deadline,
                       struct addrinfo **ret);

#endif
