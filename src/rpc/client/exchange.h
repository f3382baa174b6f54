/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.h - a request out, a reply in
 */
#ifndef HF_RPC_CLIENT_EXCHANGE_H
#define HF_RPC_CLIENT_EXCHANGE_H

#include <holdfast/ndr.h>

#include "rpc/client/connection.h"

struct rpc_request {
    uint32_t call_id;
    uint16_t presentation;
    uint16_t opnum;
    const UUID *object;                 /* NULL: none */
    const struct ndr_segment *segments; /* the stub data, finished */
    size_t size;                        /* its octets */
    uint8_t *lead;                      /* 40 octets directly before segments->data, or NULL */
};

enum rpc_sent {
    RPC_SENT,             /* the kernel has all of it */
    RPC_SENT_NOTHING,     /* no whole fragment can have reached the server: may be repeated (R2) */
    RPC_SENT_PARTLY,      /* a fragment may have, the last has not (R4) */
    RPC_SENT_TOO_LATE,    /* the deadline has passed */
    RPC_SENT_UNPROTECTED, /* the security package has failed; the last fragment did not leave */
};

/* Sends a request in as many fragments as it needs. All but RPC_SENT breaks the connection. */
enum rpc_sent rpc_exchange_send(struct rpc_conn *conn, const struct rpc_request *request,
                                uint64_t deadline);

struct rpc_reply {
    const uint8_t *stub; /* at a multiple of 8; in the connection's buffer or at `owned` */
    size_t size;
    bool swap;
    bool is_fault;  /* the status came in a fault */
    uint8_t *owned; /* to be freed with mem_free; NULL for a reply of one fragment */
};

/* Receives the reply to call `call_id`. The call timeout, 0 for none, starts again with every
 * packet. A status without is_fault breaks the connection: RPC_S_CALL_FAILED when it was lost (R5,
 * R7), RPC_S_CALL_CANCELLED unless it could be kept for the late reply (orphan.h), RPC_S_PROTOCOL_ERROR,
 * RPC_S_OUT_OF_MEMORY. */
RPC_STATUS rpc_exchange_receive(struct rpc_conn *conn, uint32_t call_id, uint32_t timeout_ms,
                                struct rpc_reply *ret);

#endif
