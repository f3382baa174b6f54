/* SPDX-License-Identifier: Apache-2.0
 *
 * orphan.c - a connection whose call was given up before its reply came
 */
#include "rpc/client/orphan.h"

#include <sys/socket.h>

#include <rpc.h>

#include "rpc/client/security.h"

#define LONG_AGO 1 /* a deadline: what is not there is not waited for */
/* Fragments that are thrown away at a time: it is done under the association's lock. */
#define AT_A_TIME 64

bool rpc_orphan_keep(struct rpc_conn *conn, uint32_t call_id)
{
    const struct wire_header h = {.type = WIRE_ORPHANED, .flags = WIRE_WHOLE, .call_id = call_id};
    uint8_t pdu[WIRE_HEADER_SIZE];

    if (!rpc_orphan_can_be_kept(conn))
        return false;
    wire_put_control(pdu, &h);
    if (send(conn->fd, pdu, sizeof pdu, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof pdu)
        return false;
    conn->orphan = call_id;
    conn->broken = false;
    return true;
}

/* True if the PDU belongs to the late reply. Signatures are numbered, so each is looked at. */
static bool is_part(struct rpc_conn *conn, const struct wire_header *h, size_t at)
{
    struct wire_response r;
    struct wire_fault f;

    if (h->call_id != conn->orphan)
        return false;
    if (h->type == WIRE_FAULT) {
        conn->doubtful = true;
        return wire_get_fault(conn->buffer + at, h->frag_length, h, &f) == WIRE_OK &&
               (!f.auth.present || rpc_security_check(conn, h, at, WIRE_FAULT_SIZE, &f.auth));
    }
    return h->type == WIRE_RESPONSE &&
           wire_get_response(conn->buffer + at, h->frag_length, h, &r) == WIRE_OK &&
           rpc_security_check(conn, h, at, r.stub_offset, &r.auth);
}

enum rpc_orphan rpc_orphan_settle(struct rpc_conn *conn)
{
    for (int i = 0; i < AT_A_TIME; i++) {
        struct wire_header h;
        size_t at;
        RPC_STATUS status = rpc_conn_receive(conn, LONG_AGO, &h, &at);

        if (status == RPC_S_CALL_CANCELLED) {
            conn->broken = false;
            return RPC_ORPHAN_WAITS;
        }
        /* behind its end, too, nothing was asked for */
        if (status != RPC_S_OK || !is_part(conn, &h, at) ||
            ((h.flags & WIRE_LAST_FRAG) && conn->begin != conn->end)) {
            conn->broken = true;
            return RPC_ORPHAN_LOST;
        }
        if (h.flags & WIRE_LAST_FRAG) {
            conn->orphan = 0;
            return RPC_ORPHAN_OVER;
        }
    }
    return RPC_ORPHAN_WAITS;
}
