/* SPDX-License-Identifier: Apache-2.0
 *
 * transport.h - a client's byte streams: connect, send, receive, each on the calling thread
 *
 * Deadlines are absolute times of clock_now_ns; 0 means none, and then a transfer that goes through
 * at once costs one system call.
 */
#ifndef HF_RPC_CLIENT_TRANSPORT_H
#define HF_RPC_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "rpc/core/endpoint.h"

enum rpc_io { RPC_IO_DONE, RPC_IO_LOST, RPC_IO_TIMED_OUT };

/* Connects to an endpoint; tries every address of a name. RPC_S_SERVER_UNAVAILABLE when nobody
 * answers in time or there is no such host, RPC_S_OUT_OF_RESOURCES when there is no descriptor. */
RPC_STATUS rpc_stream_connect(enum rpc_transport transport, const char *address,
                              const char *endpoint, uint64_t deadline, int *ret_fd);

/* How soon a peer that has vanished is noticed (RpcMgmtSetComTimeout); TCP only. */
void rpc_stream_watch(int fd, unsigned com_timeout);

/* Sends all of iov, which it consumes; *ret_sent counts octets taken, also on failure. */
enum rpc_io rpc_stream_send(int fd, struct iovec *iov, size_t count, uint64_t deadline,
                            size_t *ret_sent);

/* At least one octet. */
enum rpc_io rpc_stream_receive(int fd, void *to, size_t room, uint64_t deadline,
                               size_t *ret_received);

/* Ends a stream from another thread: whoever sends or receives on it fails. */
void rpc_stream_shut(int fd);

/* True if an idle stream has ended, or has something to say when it should be silent. */
bool rpc_stream_is_stale(int fd);

#endif
