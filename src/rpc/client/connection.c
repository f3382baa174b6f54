/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c - one stream to a server: buffer, presentations, negotiation
 *
 * What a server sends is checked before it is used: type, call id, flags, lengths, result count. A
 * violation breaks the connection and gives RPC_S_PROTOCOL_ERROR (M46).
 * Spec: rpc-wire 1 to 6
 */
#include "rpc/client/connection.h"

#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/client/orphan.h"
#include "rpc/client/security.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/core/status.h"

#define PRESENTATIONS_FIRST 4
#define OFFERS_MAX          3
/* What is asked for at a bind. Several security contexts on one connection are not: a connection of ours serves one
 * identity (security.h). */
#define FEATURES_OURS WIRE_FEATURE_KEEP_ON_ORPHAN
/* Everyone can receive fragments of this size (C706); a server that offers less is not sane. */
#define FRAGMENT_FLOOR 1432

RPC_STATUS rpc_conn_adopt(int take_fd, struct rpc_conn **ret)
{
    struct rpc_conn *conn = mem_alloc(sizeof *conn);
    struct rpc_presentation *presentations = mem_alloc(PRESENTATIONS_FIRST * sizeof *presentations);

    if (conn == NULL || presentations == NULL) {
        mem_free(presentations);
        mem_free(conn);
        rpc_fd_close(take_fd);
        return RPC_S_OUT_OF_MEMORY;
    }
    conn->fd = take_fd;
    conn->watched = RPC_C_BINDING_INFINITE_TIMEOUT;
    conn->fragment_max = RPC_LIMIT_FRAGMENT_MIN;
    conn->presentations = presentations;
    conn->presentation_room = PRESENTATIONS_FIRST;
    list_init(&conn->link);
    list_init(&conn->member);
    rpc_count(&rpc_client_counters.connections);
    *ret = conn;
    return RPC_S_OK;
}

RPC_STATUS rpc_conn_open(enum rpc_transport transport, const char *address, const char *endpoint,
                         uint64_t deadline, struct rpc_conn **ret)
{
    int fd = -1;
    RPC_STATUS status = rpc_stream_connect(transport, address, endpoint, deadline, &fd);

    return status == RPC_S_OK ? rpc_conn_adopt(fd, ret) : status;
}

void rpc_conn_close(struct rpc_conn *take_conn)
{
    if (take_conn == NULL)
        return;
    rpc_fd_close(take_conn->fd);
    rpc_security_end(take_conn->security);
    rpc_uncount(&rpc_client_counters.connections);
    mem_free(take_conn->presentations);
    mem_free(take_conn);
}

const struct rpc_presentation *rpc_conn_presentation(const struct rpc_conn *conn,
                                                     const struct rpc_interface *interface)
{
    for (unsigned i = 0; i < conn->presentation_count; i++)
        if (wire_syntax_equal(&conn->presentations[i].interface, &interface->id))
            return &conn->presentations[i];
    return NULL;
}

uint32_t rpc_conn_call_id(struct rpc_conn *conn)
{
    uint32_t id = ++conn->last_call_id;

    if (id >= RPC_LIMIT_CALL_ID - 1)
        conn->retiring = true;
    return id;
}

/* ---- Receiving -------------------------------------------------------------------------------- */

static RPC_STATUS fail(struct rpc_conn *conn, RPC_STATUS status)
{
    conn->broken = true;
    return status;
}

RPC_STATUS rpc_conn_receive(struct rpc_conn *conn, uint64_t deadline, struct wire_header *ret,
                            size_t *ret_at)
{
    if (conn->begin == conn->end)
        conn->begin = conn->end = 0;
    for (;;) {
        size_t have = conn->end - conn->begin, got;
        enum wire_error error = wire_get_header(conn->buffer + conn->begin, have, ret);
        enum rpc_io io;

        if (error != WIRE_OK && error != WIRE_SHORT)
            return fail(conn, RPC_S_PROTOCOL_ERROR);
        if (error == WIRE_OK && ret->frag_length > RPC_LIMIT_FRAGMENT_TCP)
            return fail(conn, RPC_S_PROTOCOL_ERROR);
        if (error == WIRE_OK && ret->frag_length <= have) {
            *ret_at = conn->begin;
            conn->begin += ret->frag_length;
            return RPC_S_OK;
        }
        if (conn->begin != 0) {
            memmove(conn->buffer, conn->buffer + conn->begin, have);
            conn->begin = 0;
            conn->end = have;
        }
        io = rpc_stream_receive(conn->fd, conn->buffer + conn->end, sizeof conn->buffer - conn->end,
                                deadline, conn->interrupt, &got);
        if (io != RPC_IO_DONE)
            return fail(conn, io == RPC_IO_LOST ? RPC_S_CALL_FAILED : RPC_S_CALL_CANCELLED);
        conn->end += got;
    }
}

/* ---- Negotiation ------------------------------------------------------------------------------ */

static bool make_room(struct rpc_conn *conn)
{
    struct rpc_presentation *more;
    unsigned room = conn->presentation_room * 2u;

    if (conn->presentation_count < conn->presentation_room)
        return true;
    if (room > RPC_LIMIT_PRES_CONTEXTS)
        return false;
    more = mem_grow(conn->presentations, room * sizeof *more);
    if (more == NULL)
        return false;
    conn->presentations = more;
    conn->presentation_room = (uint16_t)room;
    return true;
}

static struct rpc_negotiation negotiation_failed(struct rpc_conn *conn, RPC_STATUS status)
{
    conn->broken = true;
    return (struct rpc_negotiation){.result = RPC_NEGOTIATION_FAILED, .status = status};
}

/* A connection that ends before anything was executed. (R1) */
static struct rpc_negotiation negotiation_lost(struct rpc_conn *conn)
{
    conn->broken = true;
    return (struct rpc_negotiation){.result = RPC_LOST, .status = RPC_S_SERVER_UNAVAILABLE};
}

/* The elements of a bind or alter_context: one for each transfer syntax, NDR 2.0 first, and at a bind
 * one that asks for features (rpc-wire 5). */
struct offers {
    struct wire_offer elements[OFFERS_MAX];
    RPC_SYNTAX_IDENTIFIER features;
    uint8_t syntaxes, count;
};

static void add_offer(struct offers *o, const struct rpc_conn *conn,
                      const struct rpc_interface *interface, const RPC_SYNTAX_IDENTIFIER *syntax)
{
    uint16_t id = (uint16_t)(conn->next_presentation + o->count);

    o->elements[o->count++] = (struct wire_offer){id, 1, &interface->id, syntax};
}

static void make_offers(struct offers *o, const struct rpc_conn *conn, enum wire_type type,
                        const struct rpc_interface *interface)
{
    o->count = 0;
    add_offer(o, conn, interface, &wire_ndr20);
    if ((interface->flags & RPC_INTERFACE_NDR64) != 0)
        add_offer(o, conn, interface, &wire_ndr64);
    o->syntaxes = o->count;
    if (type != WIRE_BIND)
        return;
    o->features = wire_features_syntax(FEATURES_OURS);
    add_offer(o, conn, interface, &o->features);
}

/* Sends a finished PDU, with the token of a leg behind it. */
static bool send_with_token(struct rpc_conn *conn, const uint8_t *pdu, size_t size,
                            const struct wire_auth *auth, uint64_t deadline)
{
    size_t room = size + 4 + WIRE_TRAILER_SIZE + auth->token_length, sent;
    uint8_t *whole = mem_alloc(room);
    bool good = whole != NULL;

    if (good) {
        struct iovec iov = {whole, 0};

        memcpy(whole, pdu, size);
        iov.iov_len = wire_append_auth(whole, room, size, auth);
        good =
            iov.iov_len > 0 && rpc_stream_send(conn->fd, &iov, 1, deadline, &sent) == RPC_IO_DONE;
    }
    mem_free(whole);
    return good;
}

/* `auth` NULL: without a trailer. */
static bool send_offers(struct rpc_conn *conn, enum wire_type type, const struct wire_offer *offers,
                        uint8_t count, uint32_t group_id, uint32_t call_id,
                        const struct wire_auth *auth, uint64_t deadline)
{
    uint8_t pdu[256];
    struct wire_header h = {.type = (uint8_t)type,
                            .flags = (uint8_t)(WIRE_WHOLE | (auth != NULL ? WIRE_HEADER_SIGN : 0)),
                            .call_id = call_id};
    struct wire_bind b = {.max_xmit = RPC_LIMIT_FRAGMENT_TCP,
                          .max_recv = RPC_LIMIT_FRAGMENT_TCP,
                          .group_id = group_id};
    size_t size = wire_put_bind(pdu, sizeof pdu, &h, &b, offers, count), sent;
    struct iovec iov = {pdu, size};

    if (auth != NULL)
        return send_with_token(conn, pdu, size, auth, deadline);
    return rpc_stream_send(conn->fd, &iov, 1, deadline, &sent) == RPC_IO_DONE;
}

/* The answer to the element that asks for features; a server that does not know them rejects it.
 * False: it took it for an ordinary one. */
static bool take_features(struct rpc_conn *conn, const struct wire_result *result)
{
    if (result->result == WIRE_NEGOTIATE_ACK)
        conn->features = result->reason & FEATURES_OURS;
    if (rpc_orphan_can_be_kept(conn))
        rpc_stream_interruptible(conn->fd);
    return result->result != WIRE_ACCEPTANCE;
}

/* The results of our elements: the accepted one becomes a presentation. RPC_S_OK, why the first was
 * rejected, or RPC_S_PROTOCOL_ERROR for an answer to something else than what was offered. */
static RPC_STATUS take_results(struct rpc_conn *conn, struct wire_bind_ack *ack,
                               const struct offers *offers, const struct rpc_interface *interface)
{
    RPC_STATUS verdict = RPC_S_OK;
    bool accepted = false;
    struct wire_result result;

    for (uint8_t i = 0; wire_next_result(ack, &result); i++) {
        const struct wire_offer *offer = &offers->elements[i];
        RPC_STATUS status = rpc_status_from_result(result.result, result.reason);

        if (i == offers->syntaxes) {
            if (!take_features(conn, &result))
                return RPC_S_PROTOCOL_ERROR;
            continue;
        }
        if (status == RPC_S_OK && (accepted || !wire_syntax_equal(&result.syntax, offer->syntaxes)))
            return RPC_S_PROTOCOL_ERROR;
        if (status == RPC_S_OK) {
            accepted = true;
            conn->presentations[conn->presentation_count++] =
                (struct rpc_presentation){interface->id, offer->id, i != 0};
        } else if (i == 0) {
            verdict = status;
        }
    }
    return accepted ? RPC_S_OK : verdict;
}

/* bind_ack or alter_context_resp to our elements. A server that has never heard of features may leave
 * out their result. */
static struct rpc_negotiation take_answer(struct rpc_conn *conn, const struct wire_header *h,
                                          size_t at, const struct offers *offers,
                                          const struct rpc_interface *interface,
                                          struct wire_auth *ret_auth)
{
    struct wire_bind_ack ack;
    uint16_t size;
    RPC_STATUS status;

    if (wire_get_bind_ack(conn->buffer + at, h->frag_length, h, &ack) != WIRE_OK ||
        (ack.auth.present && conn->security == NULL) ||
        (ack.result_count != offers->count && ack.result_count != offers->syntaxes))
        return negotiation_failed(conn, RPC_S_PROTOCOL_ERROR);
    *ret_auth = ack.auth;
    if (h->type == WIRE_BIND_ACK) {
        size = ack.max_recv < RPC_LIMIT_FRAGMENT_TCP ? ack.max_recv : RPC_LIMIT_FRAGMENT_TCP;
        if (size < FRAGMENT_FLOOR)
            return negotiation_failed(conn, RPC_S_PROTOCOL_ERROR);
        conn->fragment_max = size;
    }
    status = take_results(conn, &ack, offers, interface);
    if (status == RPC_S_PROTOCOL_ERROR)
        return negotiation_failed(conn, status);
    conn->next_presentation = (uint16_t)(conn->next_presentation + offers->count);
    return (struct rpc_negotiation){.result = status == RPC_S_OK ? RPC_NEGOTIATED : RPC_REJECTED,
                                    .status = status,
                                    .group_id = ack.group_id};
}

/* bind_nak, or a fault to an alter_context. */
static struct rpc_negotiation take_refusal(struct rpc_conn *conn, const struct wire_header *h,
                                           size_t at)
{
    const uint8_t *pdu = conn->buffer + at;
    struct rpc_negotiation n = {.result = RPC_NAKED};
    struct wire_fault fault;

    if (h->type == WIRE_BIND_NAK &&
        wire_get_bind_nak(pdu, h->frag_length, h, &n.nak_reason) == WIRE_OK) {
        conn->broken = true; /* the server closes after it */
        n.status = rpc_status_from_nak(n.nak_reason);
        return n;
    }
    if (h->type == WIRE_FAULT && wire_get_fault(pdu, h->frag_length, h, &fault) == WIRE_OK)
        return negotiation_failed(conn, rpc_status_from_fault(fault.status));
    return negotiation_failed(conn, RPC_S_PROTOCOL_ERROR);
}

/* Receives the answer to a call of ours, passing over what a server may say at any time. */
static RPC_STATUS receive_answer(struct rpc_conn *conn, uint32_t call_id, uint64_t deadline,
                                 struct wire_header *h, size_t *at)
{
    RPC_STATUS status;

    do {
        status = rpc_conn_receive(conn, deadline, h, at);
        if (status == RPC_S_OK && h->type == WIRE_SHUTDOWN)
            conn->retiring = true;
    } while (status == RPC_S_OK && h->type == WIRE_SHUTDOWN);
    if (status == RPC_S_OK && (h->call_id != call_id || (h->flags & WIRE_WHOLE) != WIRE_WHOLE))
        status = RPC_S_PROTOCOL_ERROR;
    return status;
}

static struct rpc_negotiation not_received(struct rpc_conn *conn, RPC_STATUS status)
{
    if (status == RPC_S_CALL_FAILED || status == RPC_S_CALL_CANCELLED)
        return negotiation_lost(conn);
    return negotiation_failed(conn, RPC_S_PROTOCOL_ERROR);
}

/* ---- The legs of an authentication ------------------------------------------------------------ */

/* Sends the last token, to which no answer comes. */
static bool send_auth3(struct rpc_conn *conn, const struct wire_auth *auth, uint64_t deadline)
{
    const struct wire_header h = {
        .type = WIRE_AUTH3, .flags = WIRE_WHOLE, .call_id = rpc_conn_call_id(conn)};
    uint8_t pdu[WIRE_AUTH3_SIZE];

    wire_put_auth3(pdu, &h);
    return send_with_token(conn, pdu, sizeof pdu, auth, deadline);
}

/* Repeats the first offer by alter_context for the sake of a token; the answer's is in *ret_auth. */
static struct rpc_negotiation alter_leg(struct rpc_conn *conn, const struct offers *offers,
                                        const struct wire_auth *auth, uint64_t deadline,
                                        struct wire_auth *ret_auth)
{
    uint32_t call_id = rpc_conn_call_id(conn);
    struct wire_bind_ack ack;
    struct wire_header h;
    RPC_STATUS status;
    size_t at;

    if (!send_offers(conn, WIRE_ALTER_CONTEXT, offers->elements, 1, 0, call_id, auth, deadline))
        return negotiation_lost(conn);
    status = receive_answer(conn, call_id, deadline, &h, &at);
    if (status != RPC_S_OK)
        return not_received(conn, status);
    if (h.type != WIRE_ALTER_CONTEXT_RESP)
        return take_refusal(conn, &h, at);
    if (wire_get_bind_ack(conn->buffer + at, h.frag_length, &h, &ack) != WIRE_OK)
        return negotiation_failed(conn, RPC_S_PROTOCOL_ERROR);
    *ret_auth = ack.auth;
    return (struct rpc_negotiation){.result = RPC_NEGOTIATED};
}

/* The bind has been answered with `auth`: goes on until the security context is complete. */
static struct rpc_negotiation finish_legs(struct rpc_conn *conn, const struct offers *offers,
                                          struct wire_auth auth, uint64_t deadline)
{
    struct rpc_negotiation n = {.result = RPC_NEGOTIATED};
    struct wire_auth token;
    RPC_STATUS status = RPC_S_OK;

    for (;;) {
        switch (rpc_security_step(conn, &auth, &token, &status)) {
        case RPC_LEG_DONE: return n;
        case RPC_LEG_LAST: return send_auth3(conn, &token, deadline) ? n : negotiation_lost(conn);
        case RPC_LEG_ANSWER: break;
        case RPC_LEG_FAILED: return negotiation_failed(conn, status);
        }
        n = alter_leg(conn, offers, &token, deadline, &auth);
        if (n.result != RPC_NEGOTIATED || conn->security->done)
            return n;
    }
}

/* The first token of a bind. */
static RPC_STATUS first_token(struct rpc_conn *conn, struct wire_auth *ret)
{
    RPC_STATUS status = RPC_S_SEC_PKG_ERROR;

    return rpc_security_step(conn, NULL, ret, &status) == RPC_LEG_FAILED ? status : RPC_S_OK;
}

struct rpc_negotiation rpc_conn_negotiate(struct rpc_conn *conn, enum wire_type type,
                                          const struct rpc_interface *interface, uint32_t group_id,
                                          uint64_t deadline)
{
    uint8_t answer = type == WIRE_BIND ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP;
    bool authenticates = type == WIRE_BIND && conn->security != NULL;
    uint32_t call_id = rpc_conn_call_id(conn);
    struct rpc_negotiation n, legs;
    struct offers offers;
    struct wire_auth auth = {0};
    struct wire_header h;
    size_t at;
    RPC_STATUS status = RPC_S_OK;

    if (!make_room(conn))
        return negotiation_failed(conn, RPC_S_OUT_OF_MEMORY);
    if (authenticates)
        status = first_token(conn, &auth);
    if (status != RPC_S_OK)
        return negotiation_failed(conn, status);
    rpc_count(type == WIRE_BIND ? &rpc_client_counters.binds : &rpc_client_counters.alters);
    make_offers(&offers, conn, type, interface);
    if (!send_offers(conn, type, offers.elements, offers.count, group_id, call_id,
                     authenticates ? &auth : NULL, deadline))
        return negotiation_lost(conn);
    status = receive_answer(conn, call_id, deadline, &h, &at);
    if (status != RPC_S_OK)
        return not_received(conn, status);
    if (h.type != answer)
        return take_refusal(conn, &h, at);
    n = take_answer(conn, &h, at, &offers, interface, &auth);
    if (!authenticates || (n.result != RPC_NEGOTIATED && n.result != RPC_REJECTED))
        return n;
    conn->security->auth->header_signing = (h.flags & WIRE_HEADER_SIGN) != 0;
    legs = finish_legs(conn, &offers, auth, deadline);
    rpc_security_settle(conn->security);
    return legs.result == RPC_NEGOTIATED ? n : legs;
}
