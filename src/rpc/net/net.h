/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - listening endpoints, streams, and the workers that serve them
 *
 * An engine (struct net) owns sets of connections. A set is an epoll instance and is owned by at
 * most one worker at a time; its owner reads whole frames and hands each to the handler, which runs
 * on that worker to the end, reply included (design decision 4). A handler that calls out into code
 * of a program brackets it with net_block_begin and net_block_end: when the code takes longer than
 * some hundred microseconds, another worker adopts the set, and the first one finds out when it
 * returns. What belongs to a connection's input is touched by the owner of its set alone. A connection
 * that is busy while the rest of its set is not gets a worker of its own for a while (alone.c), and
 * many that are better served by a single worker get that (gather.c).
 *
 * After fork the child's copy of every descriptor is closed (core/fork.h).
 *
 * Threads: a handler's functions are called on workers. net_conn_send, net_conn_abort, net_submit
 * and the references may be used from any thread.
 */
#ifndef HF_RPC_NET_NET_H
#define HF_RPC_NET_NET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/limits.h"
#include "base/list.h"

struct net;
struct net_conn;
struct net_worker;
struct net_endpoint;

enum net_family { NET_TCP, NET_UNIX };

/* Who is at the other end of a connection. */
struct net_peer {
    enum net_family family;
    uint8_t address[16]; /* TCP: IPv6, or IPv4 mapped */
    uint16_t port;
    uid_t uid; /* unix sockets */
    pid_t pid;
};

/* The address of a TCP peer, IPv4 without its mapping; empty for a unix socket. */
#define NET_PEER_ADDRESS 46 /* INET6_ADDRSTRLEN */
void net_peer_address(const struct net_peer *peer, char to[NET_PEER_ADDRESS]);

/* "127.0.0.1:4747", "[::1]:4747", or "uid 1000, pid 42". */
#define NET_PEER_TEXT 64
void net_peer_text(const struct net_peer *peer, char to[NET_PEER_TEXT]);

bool net_peer_is_loopback(const struct net_peer *peer);

/* Octets read from a stream. The connection holds one reference while unread octets are in it, each
 * call whose request lies in it another. */
struct net_buffer {
    atomic_uint refs;
    uint32_t start, end; /* octets not yet handed out; the set's owner alone */
    uint32_t capacity;
    struct net_buffer *next;
    uint8_t octets[] __attribute__((aligned(16)));
};

struct net_buffer *net_buffer_ref(struct net_buffer *b);
void net_buffer_unref(struct net_buffer *b); /* accepts NULL */

/* Something to send. `iov` and what it points to stay until the end; `iov` is changed meanwhile. */
struct net_output {
    struct list link;
    struct iovec *iov;
    size_t count;
    /* Called once, and only if net_conn_send returned NET_QUEUED. */
    void (*done)(struct net_output *o, bool sent);
};

enum net_sent {
    NET_SENT,   /* the transport has all of it */
    NET_QUEUED, /* the rest goes when the peer takes it; `done` tells */
    NET_FAILED, /* the connection is gone; nothing more will come of it */
};

/* Work for any worker, at once. */
struct net_job {
    struct list link;
    void (*run)(struct net_job *job);
};

struct net_handler {
    /* Size of the frame that starts here, 0 if that takes more octets to tell, SIZE_MAX if this is
     * no frame (the connection is dropped). At most NET_FRAME_MAX. */
    size_t (*frame)(const uint8_t *octets, size_t have);
    /* A connection was accepted. Returns the handler's object for it, NULL to refuse it. */
    void *(*opened)(struct net_conn *conn, const struct net_peer *peer,
                    const struct net_endpoint *endpoint);
    /* A whole frame; the octets may be changed, and kept by a reference on the buffer. */
    void (*frame_in)(void *user, struct net_buffer *b, uint8_t *octets, size_t size);
    /* The connection is of no more use (EOF, error, net_conn_finish). Called exactly once for each
     * one that was opened, after its last frame; nothing of the engine is held meanwhile. */
    void (*closed)(void *user);
    /* A worker's thread ends: what the handler keeps for the thread can go. May be NULL. */
    void (*worker_leaves)(void);
};

#define NET_FRAME_MAX 65535

struct net_config {
    unsigned sets;          /* 0: one a processor */
    unsigned workers_max;   /* 0: LIMIT_WORKERS */
    unsigned keepalive_s;   /* idle seconds before keep-alives; 0: 720 (rpc-associations 6.1) */
    unsigned drain_ms;      /* how long a refused peer may take to read its answer; 0: 1000 */
    unsigned spare_ms;      /* idle time after which a spare worker goes; 0: 10000 */
    unsigned alone_after;   /* turns of one connection in a row that earn it a worker; 0: 32 */
    unsigned window_us;     /* how long the load is looked at before workers change; 0: 4000 */
    unsigned window_frames; /* ... and the frames below which it is no load; 0: 100 */
    size_t stack_size;      /* of workers; 0: the system's */
};

/* NULL with errno when threads or descriptors cannot be had. */
struct net *net_create(const struct net_handler *handler, const struct net_config *config);

/* Closes endpoints and connections (`closed` is called for each), waits until every worker has left
 * its routine, and frees the engine. Not from a worker. */
void net_destroy(struct net *n);

/* Listening. The result lives until the engine goes; NULL with errno. Port 0: the system chooses;
 * `address` NULL: every address, IPv6 and IPv4. A unix socket's file is removed when the engine
 * goes; one that refuses connections is stale and replaced. */
struct net_endpoint *net_listen_tcp(struct net *n, const char *address, uint16_t port, int backlog);
struct net_endpoint *net_listen_unix(struct net *n, const char *path, int backlog);
enum net_family net_endpoint_family(const struct net_endpoint *e);
uint16_t net_endpoint_port(const struct net_endpoint *e);
const char *net_endpoint_address(const struct net_endpoint *e); /* TCP; empty: every address */
const char *net_endpoint_path(const struct net_endpoint *e);

/* Streams. */
struct net_conn *net_conn_ref(struct net_conn *c);
void net_conn_unref(struct net_conn *c);
enum net_sent net_conn_send(struct net_conn *c, struct net_output *o);
/* For the handler, inside frame_in: no more input is wanted; what is queued for sending still goes,
 * then the stream is closed in an orderly way. Later sends fail. */
void net_conn_finish(struct net_conn *c);
/* Breaks the connection; `closed` follows on a worker. */
void net_conn_abort(struct net_conn *c);

/* The uid of whoever has the socket at the other end of a TCP connection within this host; false if the
 * kernel does not say. Any thread. */
bool net_conn_owner(struct net_conn *c, uid_t *ret_uid);

/* From now on the peer owes something, and is dropped (`closed` follows) when it has not been paid
 * within the milliseconds of a limit: LIMIT_BIND_MS or LIMIT_REQUEST_MS. A debt that is there already
 * stays as old as it is. For the handler, inside opened and frame_in. A frame that has begun is owed
 * without being asked for. */
void net_conn_owes(struct net_conn *c, enum limit limit);
void net_conn_pays(struct net_conn *c);

void net_submit(struct net *n, struct net_job *job);

/* True on a worker's thread. */
bool net_is_worker(void);
/* ... that owns its set: input of the connection being handled may still be touched. */
bool net_owns_set(void);

/* Around code that is not ours. Nestable; on threads that are no workers without effect. */
void net_block_begin(void);
void net_block_end(void);

struct net_counters {
    unsigned sets, workers, spares;
    unsigned alone; /* connections with a worker of their own */
    bool gathered;  /* one worker serves all other connections */
    uint64_t connections_opened, connections_live, adoptions, frames_in, jobs;
    uint64_t moved; /* connections, from one set to another */
};

void net_inq_counters(struct net *n, struct net_counters *ret);

#endif
