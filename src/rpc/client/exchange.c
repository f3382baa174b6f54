/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.c - a request out, a reply in
 *
 * A small request lies in one piece with room for its header before it: one send. A larger one goes
 * out in batches of fragments, headers and parts of segments gathered in one vector. A reply of one
 * fragment is read where it was received; of several, it is assembled in one block that grows
 * geometrically and is as long as what has arrived, whatever the server announces.
 * Spec: rpc-wire 3, 4; rpc-associations 5 (R2, R4, R5, R7), 6.2
 */
#include "rpc/client/exchange.h"

#include <string.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rpc/client/orphan.h"
#include "rpc/client/security.h"
#include "rpc/core/assembly.h"
#include "rpc/core/status.h"

#define BATCH_FRAGMENTS 16
#define BATCH_PIECES    64
#define ASSEMBLY_FIRST  ((size_t)65536) /* least room of an assembled reply */

/* ---- Sending ---------------------------------------------------------------------------------- */

/* Where the next octet of the stub data is. */
struct cursor {
    const struct ndr_segment *segment;
    size_t offset; /* in it */
    size_t done;   /* octets before it */
};

static size_t put_header(uint8_t *to, const struct rpc_request *r, size_t done, size_t part)
{
    size_t header = r->object == NULL ? WIRE_REQUEST_SIZE : WIRE_REQUEST_OBJECT_SIZE;
    struct wire_header h = {.type = WIRE_REQUEST,
                            .flags = (uint8_t)((done == 0 ? WIRE_FIRST_FRAG : 0) |
                                               (done + part == r->size ? WIRE_LAST_FRAG : 0)),
                            .frag_length = (uint16_t)(header + part),
                            .call_id = r->call_id};
    struct wire_request q = {.alloc_hint = (uint32_t)(r->size - done),
                             .context_id = r->presentation,
                             .opnum = r->opnum,
                             .has_object = r->object != NULL};

    if (r->object != NULL)
        q.object = *r->object;
    return wire_put_request(to, &h, &q);
}

/* Adds `part` octets to the vector; false when it is full. */
static bool gather(struct cursor *at, size_t part, struct iovec *iov, size_t *count)
{
    struct cursor c = *at;
    size_t n = *count;

    while (part > 0) {
        size_t piece = c.segment->size - c.offset;

        if (n == BATCH_PIECES)
            return false;
        if (piece > part)
            piece = part;
        iov[n++] = (struct iovec){(void *)(uintptr_t)(c.segment->data + c.offset), piece};
        c.offset += piece;
        c.done += piece;
        part -= piece;
        if (c.offset == c.segment->size) {
            c.segment = c.segment->next;
            c.offset = 0;
        }
    }
    *at = c;
    *count = n;
    return true;
}

/* Sends one batch of fragments and advances the cursor. */
static enum rpc_io send_batch(struct rpc_conn *conn, const struct rpc_request *r, struct cursor *at,
                              uint64_t deadline, size_t *ret_sent)
{
    uint8_t headers[BATCH_FRAGMENTS][WIRE_REQUEST_OBJECT_SIZE];
    struct iovec iov[BATCH_PIECES];
    size_t header = r->object == NULL ? WIRE_REQUEST_SIZE : WIRE_REQUEST_OBJECT_SIZE;
    size_t room = (conn->fragment_max - header) & ~(size_t)7;
    size_t count = 0;

    *ret_sent = 0;
    for (unsigned i = 0; i < BATCH_FRAGMENTS; i++) {
        size_t left = r->size - at->done, part = left < room ? left : room;
        size_t done = at->done, before = count;

        if (count == BATCH_PIECES)
            break;
        iov[count] = (struct iovec){headers[i], header};
        count++;
        if (!gather(at, part, iov, &count)) {
            count = before;
            if (before != 0)
                break;
            part = 0; /* more pieces than a vector holds: cut the fragment short */
            for (const struct ndr_segment *s = at->segment; s != NULL && count < BATCH_PIECES - 1;
                 s = s->next, count++)
                part += s->size - (s == at->segment ? at->offset : 0);
            part &= ~(size_t)7;
            count = 1;
            if (part == 0 || !gather(at, part, iov, &count))
                return RPC_IO_LOST;
        }
        (void)put_header(headers[i], r, done, part);
        if (at->done == r->size)
            break;
    }
    return rpc_stream_send(conn->fd, iov, count, deadline, ret_sent);
}

static enum rpc_sent sent_result(struct rpc_conn *conn, enum rpc_io io, bool fragment_out)
{
    if (io == RPC_IO_DONE)
        return RPC_SENT;
    conn->broken = true;
    if (io == RPC_IO_TIMED_OUT)
        return RPC_SENT_TOO_LATE;
    return fragment_out ? RPC_SENT_PARTLY : RPC_SENT_NOTHING;
}

enum rpc_sent rpc_exchange_send(struct rpc_conn *conn, const struct rpc_request *request,
                                uint64_t deadline)
{
    size_t header = request->object == NULL ? WIRE_REQUEST_SIZE : WIRE_REQUEST_OBJECT_SIZE;
    size_t room = (conn->fragment_max - header) & ~(size_t)7;
    size_t first = header + (request->size < room ? request->size : room);
    struct cursor at = {.segment = request->segments};
    size_t total = 0, sent;
    enum rpc_io io;

    if (rpc_security_protects(conn))
        return rpc_security_send(conn, request, deadline);
    if (request->lead != NULL && request->size <= room) {
        uint8_t *pdu = request->lead + WIRE_REQUEST_OBJECT_SIZE - header;
        struct iovec iov = {pdu, first};

        (void)put_header(pdu, request, 0, request->size);
        return sent_result(conn, rpc_stream_send(conn->fd, &iov, 1, deadline, &sent), false);
    }
    do {
        io = send_batch(conn, request, &at, deadline, &sent);
        total += sent;
    } while (io == RPC_IO_DONE && at.done < request->size);
    return sent_result(conn, io, total >= first);
}

/* ---- Receiving -------------------------------------------------------------------------------- */

/* A reply being put together. */
struct assembly {
    uint8_t *data;
    size_t size, room;
};

static bool append(struct assembly *a, const uint8_t *part, size_t size, size_t hint)
{
    size_t room = 0;

    if (size > RPC_LIMIT_RESPONSE - a->size)
        return false;
    room = assembly_room(a->room, a->size + size, hint, ASSEMBLY_FIRST);
    if (room != a->room) {
        uint8_t *more = mem_grow(a->data, room);

        if (more == NULL)
            return false;
        a->data = more;
        a->room = room;
    }
    memcpy(a->data + a->size, part, size);
    a->size += size;
    return true;
}

static RPC_STATUS fail(struct rpc_conn *conn, RPC_STATUS status)
{
    conn->broken = true;
    return status;
}

/* A fault ends the call; the connection stays, unless the server closes it behind the fault. */
static RPC_STATUS take_fault(struct rpc_conn *conn, const struct wire_header *h, size_t at,
                             struct rpc_reply *ret)
{
    struct wire_fault fault;

    if (wire_get_fault(conn->buffer + at, h->frag_length, h, &fault) != WIRE_OK ||
        (fault.auth.present && conn->security == NULL) || (h->flags & WIRE_LAST_FRAG) == 0)
        return fail(conn, RPC_S_PROTOCOL_ERROR);
    if (fault.auth.present && !rpc_security_check(conn, h, at, WIRE_FAULT_SIZE, &fault.auth))
        return fail(conn, RPC_S_SEC_PKG_ERROR);
    conn->doubtful = true;
    if (fault.status == NCA_S_PROTO_ERROR || rpc_security_is_over(conn, fault.status))
        conn->retiring = true;
    ret->is_fault = true;
    return rpc_security_fault(conn, &fault);
}

/* One fragment of a response; *ret_last when it is the last. */
static RPC_STATUS take_response(struct rpc_conn *conn, const struct wire_header *h, size_t at,
                                struct assembly *a, struct rpc_reply *ret, bool *ret_last)
{
    const uint8_t *pdu = conn->buffer + at;
    bool first = (h->flags & WIRE_FIRST_FRAG) != 0, last = (h->flags & WIRE_LAST_FRAG) != 0;
    bool begun = a->data != NULL;
    struct wire_response r;

    if (wire_get_response(pdu, h->frag_length, h, &r) != WIRE_OK || first == begun ||
        (begun && h->swap != ret->swap) || (!last && r.stub_length == 0))
        return fail(conn, RPC_S_PROTOCOL_ERROR);
    if ((r.auth.present || conn->security != NULL) &&
        !rpc_security_check(conn, h, at, r.stub_offset, &r.auth))
        return fail(conn, conn->security != NULL ? RPC_S_SEC_PKG_ERROR : RPC_S_PROTOCOL_ERROR);
    ret->swap = h->swap;
    *ret_last = last;
    if (first && last && at == 0) { /* read in place: the buffer is ours until the call ends */
        ret->stub = pdu + r.stub_offset;
        ret->size = r.stub_length;
        return RPC_S_OK;
    }
    if (!append(a, pdu + r.stub_offset, r.stub_length, r.alloc_hint))
        return fail(conn, RPC_S_OUT_OF_MEMORY);
    ret->stub = a->data;
    ret->size = a->size;
    return RPC_S_OK;
}

RPC_STATUS rpc_exchange_receive(struct rpc_conn *conn, uint32_t call_id, uint32_t timeout_ms,
                                struct rpc_reply *ret)
{
    struct assembly a = {0};
    bool left_whole = !conn->broken, last = false, kept;
    RPC_STATUS status;

    *ret = (struct rpc_reply){0};
    do {
        uint64_t deadline = timeout_ms == 0 ? 0 : clock_now_ns() + (uint64_t)timeout_ms * 1000000u;
        struct wire_header h;
        size_t at;

        status = rpc_conn_receive(conn, deadline, &h, &at);
        if (status != RPC_S_OK)
            break;
        if (h.type == WIRE_SHUTDOWN) {
            conn->retiring = true;
            continue;
        }
        /* M46. Wine's server answers every call with id 1, which no request of ours has. */
        if (h.call_id != call_id && h.call_id != 1)
            status = fail(conn, RPC_S_PROTOCOL_ERROR);
        else if (h.type == WIRE_FAULT)
            status = take_fault(conn, &h, at, ret);
        else if (h.type == WIRE_RESPONSE)
            status = take_response(conn, &h, at, &a, ret, &last);
        else
            status = fail(conn, RPC_S_PROTOCOL_ERROR);
    } while (status == RPC_S_OK && !last);
    kept = status == RPC_S_CALL_CANCELLED && left_whole && rpc_orphan_keep(conn, call_id);
    if (conn->begin != conn->end && !kept) /* nothing was asked for: not to be used again */
        conn->retiring = true;
    if (status != RPC_S_OK) {
        mem_free(a.data);
        ret->stub = NULL;
        ret->size = 0;
    } else {
        ret->owned = a.data;
    }
    return status;
}
