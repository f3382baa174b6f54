/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.c - sending what a call came to, and settling it
 *
 * A reply's stub data is not copied: headers and pieces go out in one vector. Everything that can
 * fail for lack of memory happens before the context changes are entered, so that it still counts as
 * a failure of marshalling.
 */
#include "rpc/server/call.h"

#include <string.h>

#include "base/limits.h"
#include "rpc/core/status.h"
#include "rpc/server/conn.h"
#include "rpc/server/security.h"
#include "rpc/server/server.h"

static void put_header(uint8_t *to, const struct rpc_call *c, uint32_t left, uint32_t stub,
                       uint8_t flags)
{
    const struct wire_header h = {
        .type = WIRE_RESPONSE,
        .flags = flags,
        .frag_length = (uint16_t)(WIRE_REQUEST_SIZE + stub),
        .call_id = c->call_id,
    };
    /* as Windows answers: the low octet of the id (rpc-wire 4); a fault has all of it */
    const struct wire_response r = {.alloc_hint = left, .context_id = c->context_id & 0xff};

    (void)wire_put_response(to, &h, &r);
}

/* One fragment. Its header precedes the first piece in memory, if that lies in the reply's room. */
static bool vector_of_one(struct rpc_call *c, uint32_t size)
{
    struct iovec *v = c->vectors;
    size_t pieces = 0;

    put_header(c->reply, c, size, size, WIRE_WHOLE);
    for (const struct ndr_segment *s = c->out.first; s != NULL; s = s->next)
        pieces++;
    if (pieces + 1 > CALL_VECTORS) {
        v = arena_alloc(&c->arena, (pieces + 1) * sizeof *v);
        if (v == NULL)
            return false;
    }
    c->output.iov = v;
    *v = (struct iovec){c->reply, WIRE_REQUEST_SIZE};
    for (const struct ndr_segment *s = c->out.first; s != NULL; s = s->next) {
        if ((uint8_t *)v->iov_base + v->iov_len == s->data)
            v->iov_len += s->size;
        else
            *++v = (struct iovec){(void *)(uintptr_t)s->data, s->size};
    }
    c->output.count = (size_t)(v - c->output.iov) + 1;
    return true;
}

/* Several fragments of `room` octets of stub data each. */
static bool vector_of_many(struct rpc_call *c, uint32_t size, uint32_t room)
{
    size_t fragments = (size + room - 1) / room, pieces = 0;
    const struct ndr_segment *s = c->out.first;
    const uint8_t *data = s->data;
    size_t piece = s->size;
    uint8_t *header;
    struct iovec *v;

    for (const struct ndr_segment *i = s; i != NULL; i = i->next)
        pieces++;
    header = arena_alloc(&c->arena, fragments * WIRE_REQUEST_SIZE);
    v = arena_alloc(&c->arena, (2 * fragments + pieces) * sizeof *v);
    if (header == NULL || v == NULL)
        return false;
    c->output.iov = v;
    for (uint32_t left = size; left > 0;) {
        uint32_t stub = left < room ? left : room;

        put_header(
            header, c, left, stub,
            (uint8_t)((left == size ? WIRE_FIRST_FRAG : 0) | (left == stub ? WIRE_LAST_FRAG : 0)));
        *v++ = (struct iovec){header, WIRE_REQUEST_SIZE};
        header += WIRE_REQUEST_SIZE;
        left -= stub;
        while (stub > 0) {
            size_t n = piece < stub ? piece : stub;

            *v++ = (struct iovec){(void *)(uintptr_t)data, n};
            stub -= (uint32_t)n;
            data += n;
            piece -= n;
            if (piece == 0 && s->next != NULL) {
                s = s->next;
                data = s->data;
                piece = s->size;
            }
        }
    }
    c->output.count = (size_t)(v - c->output.iov);
    stats_count(STATS_PACKETS_OUT, fragments);
    return true;
}

/* The outcome is known. */
static void sent(struct rpc_call *c, bool good)
{
    context_settle(&c->contexts, good ? CONTEXT_SENT : CONTEXT_UNSENT);
    call_done(c);
}

static void output_done(struct net_output *o, bool good)
{
    sent(LIST_ENTRY(o, struct rpc_call, output), good);
}

void call_reply(struct rpc_call *c)
{
    uint32_t size = ndr_out_size(&c->out);
    uint32_t room = (c->conn->fragment - WIRE_REQUEST_SIZE) & ~7u;
    enum net_sent how;

    if (c->security != NULL && security_reply(c))
        return;
    c->output.done = output_done;
    if (size <= room ? !vector_of_one(c, size) : !vector_of_many(c, size, room)) {
        context_settle(&c->contexts, CONTEXT_UNMARSHALLED);
        call_fault(c, rpc_fault_from_status(RPC_S_OUT_OF_MEMORY), false);
        return;
    }
    if (size <= room)
        stats_count(STATS_PACKETS_OUT, 1);
    context_enter(&c->contexts); /* before the first octet leaves */
    conn_call_leaves(c->conn, c);
    how = net_conn_send(c->conn->net, &c->output);
    if (how != NET_QUEUED)
        sent(c, how == NET_SENT);
}

static void fault_done(struct net_output *o, bool good)
{
    (void)good;
    call_done(LIST_ENTRY(o, struct rpc_call, output));
}

void call_fault(struct rpc_call *c, uint32_t fault, bool did_not_execute)
{
    const struct wire_header h = {
        .type = WIRE_FAULT,
        .flags = (uint8_t)(WIRE_WHOLE | (did_not_execute ? WIRE_DID_NOT_EXECUTE : 0)),
        .call_id = c->call_id,
    };
    const struct wire_fault f = {.context_id = c->context_id, .status = fault};

    wire_put_fault(c->reply, &h, &f);
    c->vectors[0] = (struct iovec){c->reply, WIRE_FAULT_SIZE};
    c->output.iov = c->vectors;
    c->output.count = 1;
    c->output.done = fault_done;
    STATS_ADD(faults_sent);
    stats_count(STATS_PACKETS_OUT, 1);
    conn_call_leaves(c->conn, c);
    if (net_conn_send(c->conn->net, &c->output) != NET_QUEUED)
        call_done(c);
}
