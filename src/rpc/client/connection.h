/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.h - one stream to a server, and the calls on it, one at a time
 *
 * Lifetime:  made by rpc_conn_open; belongs to the thread that has taken it from the association's
 *            pool, or to the pool; ended by rpc_conn_close. No lock of its own.
 * States:    fresh -> bound (rpc_conn_negotiate with WIRE_BIND) -> further interfaces by
 *            alter_context; `broken` when nothing more may be sent or read on it, `retiring` when it
 *            must not be used again but its peer has done nothing wrong; `orphan` names a call that was
 *            given up and whose reply is still to come (orphan.h): then it is used for nothing else.
 */
#ifndef HF_RPC_CLIENT_CONNECTION_H
#define HF_RPC_CLIENT_CONNECTION_H

#include <holdfast/call.h>

#include "base/limits.h"
#include "base/list.h"
#include "rpc/client/transport.h"
#include "rpc/wire/wire.h"

/* Room for several fragments, so that a large reply takes fewer reads. */
#define RPC_CONN_BUFFER (4 * RPC_LIMIT_FRAGMENT_TCP)

/* An interface that the server has accepted on a connection. */
struct rpc_presentation {
    RPC_SYNTAX_IDENTIFIER interface;
    uint16_t id;
    bool ndr64;
    bool shown; /* in a verification trailer */
};

struct rpc_security;

struct rpc_conn {
    struct list link;   /* of its association's free ones */
    struct list member; /* ... of all of them */
    int fd;
    struct rpc_security *security; /* NULL: unauthenticated */
    bool broken, retiring;
    bool doubtful;    /* look at the stream before using it again */
    uint8_t features; /* granted, enum wire_features */
    uint32_t orphan;  /* 0: none */
    uint16_t fragment_max;
    uint16_t presentation_count, presentation_room, next_presentation;
    struct rpc_presentation *presentations;
    uint32_t last_call_id;
    unsigned watched;                /* com timeout that the stream is set to */
    struct rpc_interrupt *interrupt; /* of who waits for a reply; NULL: nobody can be interrupted */
    uint64_t last_used;
    size_t begin, end; /* what has been received and not been taken */
    uint8_t buffer[RPC_CONN_BUFFER] __attribute__((aligned(16)));
};

/* Connects. See rpc_stream_connect for failures. */
RPC_STATUS rpc_conn_open(enum rpc_transport transport, const char *address, const char *endpoint,
                         uint64_t deadline, struct rpc_conn **ret);
/* The same over a stream that is there already, which becomes the connection's. */
RPC_STATUS rpc_conn_adopt(int take_fd, struct rpc_conn **ret);
void rpc_conn_close(struct rpc_conn *take_conn); /* accepts NULL */

/* The interface's presentation, or NULL when it is not negotiated on this connection. */
const struct rpc_presentation *rpc_conn_presentation(const struct rpc_conn *conn,
                                                     const struct rpc_interface *interface);

/* The next call id; retires the connection before they run out. */
uint32_t rpc_conn_call_id(struct rpc_conn *conn);

/* Takes one whole PDU: it lies at conn->buffer + *ret_at until the next is taken. Anything but
 * RPC_S_OK breaks the connection: RPC_S_CALL_FAILED (lost), RPC_S_CALL_CANCELLED (deadline),
 * RPC_S_PROTOCOL_ERROR. */
RPC_STATUS rpc_conn_receive(struct rpc_conn *conn, uint64_t deadline, struct wire_header *ret,
                            size_t *ret_at);

/* How negotiating an interface went. */
enum rpc_negotiated {
    RPC_NEGOTIATED, /* the interface can be called */
    RPC_REJECTED,   /* it cannot; the connection is good for others */
    RPC_NAKED,      /* bind_nak: no such group, or refused */
    RPC_LOST,       /* the connection ended: nothing was executed (R1) */
    RPC_NEGOTIATION_FAILED
};

struct rpc_negotiation {
    enum rpc_negotiated result;
    RPC_STATUS status;   /* for all but RPC_NEGOTIATED */
    uint16_t nak_reason; /* RPC_NAKED */
    uint32_t group_id;   /* as the server says */
};

/* bind with `group_id` (0: a new association), or alter_context. Breaks the connection unless the
 * result is RPC_NEGOTIATED or RPC_REJECTED. */
struct rpc_negotiation rpc_conn_negotiate(struct rpc_conn *conn, enum wire_type type,
                                          const struct rpc_interface *interface, uint32_t group_id,
                                          uint64_t deadline);

#endif
