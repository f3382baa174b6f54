/* SPDX-License-Identifier: Apache-2.0
 *
 * transport.h - a client's byte streams: connect, send, receive, each on the calling thread
 *
 * Deadlines are absolute times of clock_now_ns; 0 means none, and then a transfer that goes through
 * at once costs one system call.
 */
#ifndef HF_RPC_CLIENT_TRANSPORT_H
#define HF_RPC_CLIENT_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "rpc/core/endpoint.h"

enum rpc_io { RPC_IO_DONE, RPC_IO_LOST, RPC_IO_TIMED_OUT };

/* How another thread makes a receiver give up, and leaves the stream as it is. Costs the receiver no
 * system call before it has waited for a while: then it opens `event` and waits for both. */
struct rpc_interrupt {
    atomic_bool asked;
    atomic_int event; /* -1: not open */
};

void rpc_interrupt_init(struct rpc_interrupt *i);
void rpc_interrupt(struct rpc_interrupt *i);       /* by the other thread */
void rpc_interrupt_reset(struct rpc_interrupt *i); /* by the receiver: for the next time */
void rpc_interrupt_fini(struct rpc_interrupt *i);

/* Whoever receives from the stream without deadline can be interrupted from here on. */
void rpc_stream_interruptible(int fd);

/* Connects to an endpoint; tries every address of a name. RPC_S_SERVER_UNAVAILABLE when nobody
 * answers in time or there is no such host, RPC_S_OUT_OF_RESOURCES when there is no descriptor. */
RPC_STATUS rpc_stream_connect(enum rpc_transport transport, const char *address,
                              const char *endpoint, uint64_t deadline, int *ret_fd);

/* How soon a peer that has vanished is noticed (RpcMgmtSetComTimeout); TCP only. */
void rpc_stream_watch(int fd, unsigned com_timeout);

/* Sends all of iov, which it consumes; *ret_sent counts octets taken, also on failure. */
enum rpc_io rpc_stream_send(int fd, struct iovec *iov, size_t count, uint64_t deadline,
                            size_t *ret_sent);

/* At least one octet. RPC_IO_TIMED_OUT also when interrupted; `interrupt` may be NULL. */
enum rpc_io rpc_stream_receive(int fd, void *to, size_t room, uint64_t deadline,
                               struct rpc_interrupt *interrupt, size_t *ret_received);

/* Ends a stream from another thread: whoever sends or receives on it fails. */
void rpc_stream_shut(int fd);

/* True if an idle stream has ended, or has something to say when it should be silent. */
bool rpc_stream_is_stale(int fd);

#endif
