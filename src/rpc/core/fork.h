/* SPDX-License-Identifier: Apache-2.0
 *
 * fork.h - descriptors of the runtime, and what fork does to them
 *
 * A child of fork must not keep a connection of its parent alive: a server would see a dead client
 * as living, a client's server would never see the end. So every descriptor of the runtime is
 * close-on-exec and entered in one set, and after fork the child closes all of the set and its copy
 * of the runtime stays closed for good. A process that forks before it has used the runtime (a
 * daemon does) has nothing to lose: its child may use it.
 *
 * Lock: a reader-writer lock, innermost of all; opening and closing a descriptor read-locks it, fork
 * write-locks it, so that no descriptor exists outside the set when the child begins. Nothing blocks
 * under it.
 */
#ifndef HF_RPC_CORE_FORK_H
#define HF_RPC_CORE_FORK_H

#include <stdbool.h>
#include <sys/socket.h>

/* True in a child of fork: there is nothing behind any handle. Test it before taking any lock of the
 * runtime, since another thread may have held that when the child was made. */
bool rpc_runtime_is_closed(void);

/* Notes that there is something that a child of fork cannot take over: a descriptor, a thread. */
void rpc_runtime_is_used(void);

/* As socket() and accept4(), close-on-exec and entered in the set; -1 and errno on failure. */
int rpc_fd_socket(int domain, int type, int protocol);
int rpc_fd_accept(int listener, struct sockaddr *address, socklen_t *length, int flags);

/* Any other descriptor: `make(argument)` opens it, close-on-exec, without blocking. */
int rpc_fd_make(int (*make)(void *argument), void *argument);

/* Closes a descriptor of the set; accepts -1. */
void rpc_fd_close(int fd);

/* Runs in every child of fork after the descriptors are closed; other threads do not exist there and
 * their locks stay as they were. At most 8 of them; for the life of the process. */
void rpc_fork_in_child(void (*handler)(void));

#endif
