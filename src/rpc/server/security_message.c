/* SPDX-License-Identifier: Apache-2.0
 *
 * security_message.c - fragments of authenticated calls: checked when they arrive, protected when
 * they leave
 *
 * Faults leave unprotected: raw_protocol, which is written against Windows, wants them without a trailer. They
 * say nothing that an eavesdropper does not see.
 *
 *   S1  a request fragment is checked before anything else is made of it, also one that is going to
 *       be refused or ignored: signatures are numbered, and each has to be counted.
 *   S2  protecting and sending is one step under the lock, so that numbers leave in their order.
 *   S3  on a connection whose bind has begun a context a request without trailer is one of level NONE (M33), unless
 *       a context of level CONNECT stands for it: else somebody on the way could take a trailer off and change the
 *       rest. After a bind without one it is nobody's, whatever contexts have come since, as raw_protocol
 *       wants it.
 *
 * Rules: M31-M34, M36; rpc-wire 7, 7.1.
 */
#include <string.h>

#include <rpc.h>

#include "base/limits.h"
#include "base/log.h"
#include "rpc/core/status.h"
#include "rpc/ndr/pieces.h"
#include "rpc/server/call.h"
#include "rpc/server/security.h"

/* ---- Requests --------------------------------------------------------------------------------- */

static bool refuse(struct rpc_conn *c, const struct wire_header *h, uint16_t context_id,
                   uint32_t fault, bool did_not_execute)
{
    conn_violation(c, h->call_id, context_id, fault, did_not_execute);
    return false;
}

/* The context of a fragment; NULL: it is unauthenticated, or names none that is there. */
static struct security_context *context_of(struct security *s, const struct wire_auth *a)
{
    if (s == NULL)
        return NULL;
    if (!a->present)
        return s->implicit;
    s->implicit = NULL;
    s->explicit_connect |= a->level == AUTH_LEVEL_CONNECT;
    return security_find(s, a->context_id);
}

/* The trailer's words are those of the context. */
static bool agrees(const struct security_context *x, const struct wire_auth *a)
{
    return !a->present || (a->type == x->type && a->level == x->level && a->context_id == x->id);
}

static bool unwrap(struct security_context *x, uint8_t *pdu, const struct wire_request *r)
{
    const struct auth_message m = {
        .octets = pdu,
        .size = r->auth.offset + WIRE_TRAILER_SIZE,
        .body_at = r->stub_offset,
        .body_size = r->auth.offset - r->stub_offset,
        .header_signing = x->auth->header_signing,
    };

    return x->auth->provider->unwrap(x->auth, &m, r->auth.token, r->auth.token_length);
}

bool security_request(struct rpc_conn *c, uint8_t *pdu, const struct wire_header *h,
                      const struct wire_request *r, const struct rpc_call *of_call,
                      struct security_context **ret_context)
{
    struct security_context *x =
        of_call != NULL ? of_call->security : context_of(c->security, &r->auth);
    bool first = of_call == NULL;
    uint16_t context_id = first ? r->context_id : of_call->context_id;

    *ret_context = x;
    if (x == NULL && !r->auth.present && c->began_bare)
        return true;
    if (x == NULL && first && !r->auth.present && security_is_pending(c->security)) /* M31 */
        return refuse(c, h, 0, NCA_S_PROTO_ERROR, true);
    if (x == NULL) /* M32, a context that nobody has made, or M33: none where there are contexts */
        return refuse(c, h, context_id, RPC_S_ACCESS_DENIED, false);
    if (x->state == SECURITY_PENDING) /* M31 */
        return refuse(c, h, 0, NCA_S_PROTO_ERROR, true);
    if (x->state == SECURITY_FAILED) /* M30, M36 */
        return refuse(c, h, context_id, RPC_S_ACCESS_DENIED, false);
    if (first && !agrees(x, &r->auth)) { /* M33; continuations are the first one's (rpc-wire 3) */
        x->state = SECURITY_FAILED;
        return refuse(c, h, context_id, RPC_S_ACCESS_DENIED, false);
    }
    if (!auth_protects(x->level)) /* a trailer may be there; it shows nothing */
        return true;
    if (!r->auth.present) /* M34 */
        return refuse(c, h, context_id, NCA_S_PROTO_ERROR, false);
    if (!unwrap(x, pdu, r)) { /* M34 */
        STATS_ADD(signatures_refused);
        return refuse(c, h, context_id, RPC_S_SEC_PKG_ERROR, false);
    }
    return true;
}

/* ---- The verification trailer ----------------------------------------------------------------- */

/* What the client has said of its request, where nobody could change it, is what was received. */
static bool is_verified(const struct rpc_call *call, const struct presentation *p,
                        const struct wire_verification *v)
{
    if (v->has_bitmask && (v->bitmask & WIRE_VERIFY_HEADER_SIGNING) && !call->conn->signs_headers)
        return false;
    if (v->has_presentation &&
        !(wire_syntax_equal(&v->interface, &p->abstract) &&
          wire_syntax_equal(&v->transfer, p->ndr64 ? &wire_ndr64 : &wire_ndr20)))
        return false;
    return !v->has_header ||
           (v->header.type == WIRE_REQUEST && v->header.call_id == call->call_id &&
            memcmp(v->header.drep, call->drep, sizeof call->drep) == 0 &&
            v->header.context_id == call->context_id && v->header.opnum == call->opnum);
}

bool security_verify_trailer(struct rpc_call *call, const struct presentation *p)
{
    size_t at = wire_find_verification(call->stub, call->stub_size);
    struct wire_verification v;

    if (at == call->stub_size)
        return true;
    if (!wire_get_verification(call->stub + at, call->stub_size - at, &v) ||
        !is_verified(call, p, &v))
        return false;
    call->stub_size = at;
    return true;
}

/* ---- Replies ---------------------------------------------------------------------------------- */

/* How a reply is cut. */
struct plan {
    size_t room;      /* stub octets in a fragment that is not the last */
    size_t fragments; /* at least one */
    size_t octets;    /* all of them together */
};

static size_t fragment_size(const struct security_context *x, size_t stub)
{
    size_t body = stub + wire_auth_pad(stub);

    return WIRE_REQUEST_SIZE + body + WIRE_TRAILER_SIZE +
           x->auth->provider->signature_size(x->auth, body);
}

static struct plan plan_reply(const struct security_context *x, uint16_t fragment, size_t size)
{
    struct plan p = {.fragments = 1};
    size_t token = x->auth->provider->signature_size(x->auth, fragment);

    p.room = (fragment - WIRE_REQUEST_SIZE - WIRE_TRAILER_SIZE - token) & ~(size_t)15;
    if (size > p.room)
        p.fragments = (size + p.room - 1) / p.room;
    p.octets = (p.fragments - 1) * fragment_size(x, p.room) +
               fragment_size(x, size - (p.fragments - 1) * p.room);
    return p;
}

/* Writes one fragment in clear; returns its size. */
static size_t put_fragment(const struct rpc_call *c, const struct security_context *x, uint8_t *to,
                           struct ndr_pieces *from, size_t left, size_t stub, uint8_t flags)
{
    uint8_t pad = wire_auth_pad(stub);
    size_t total = fragment_size(x, stub), trailer = WIRE_REQUEST_SIZE + stub + pad;
    const struct wire_header h = {
        .type = WIRE_RESPONSE,
        .flags = flags,
        .frag_length = (uint16_t)total,
        .auth_length = (uint16_t)(total - trailer - WIRE_TRAILER_SIZE),
        .call_id = c->call_id,
    };
    const struct wire_response r = {.alloc_hint = (uint32_t)left,
                                    .context_id = c->context_id & 0xff}; /* as reply.c */
    const struct wire_auth a = {
        .type = x->type, .level = x->level, .pad_length = pad, .context_id = x->id};

    (void)wire_put_response(to, &h, &r);
    (void)ndr_pieces_copy(from, to + WIRE_REQUEST_SIZE, stub);
    memset(to + WIRE_REQUEST_SIZE + stub, 0, pad);
    wire_put_trailer(to + trailer, &a);
    return total;
}

/* The whole reply in clear, one fragment behind the other. */
static void put_reply(const struct rpc_call *c, const struct security_context *x,
                      const struct plan *p, uint8_t *to)
{
    size_t size = ndr_out_size(&c->out);
    struct ndr_pieces from = {.segment = c->out.first};

    for (size_t left = size, i = 0; i < p->fragments; i++) {
        size_t stub = left < p->room ? left : p->room;
        uint8_t flags = (uint8_t)((i == 0 ? WIRE_FIRST_FRAG : 0) |
                                  (i + 1 == p->fragments ? WIRE_LAST_FRAG : 0));

        to += put_fragment(c, x, to, &from, left, stub, flags);
        left -= stub;
    }
}

/* Protects the fragments that lie at `octets`. Returns how many were. */
static size_t wrap_reply(struct security_context *x, uint8_t *octets, const struct plan *p)
{
    for (size_t i = 0; i < p->fragments; i++) {
        size_t total = octets[8] | (size_t)octets[9] << 8;
        size_t token = octets[10] | (size_t)octets[11] << 8;
        const struct auth_message m = {
            .octets = octets,
            .size = total - token,
            .body_at = WIRE_REQUEST_SIZE,
            .body_size = total - token - WIRE_TRAILER_SIZE - WIRE_REQUEST_SIZE,
            .header_signing = x->auth->header_signing,
        };

        if (!x->auth->provider->wrap(x->auth, &m, octets + m.size, token))
            return i;
        octets += total;
    }
    return p->fragments;
}

static void settle(struct rpc_call *c, bool good)
{
    context_settle(&c->contexts, good ? CONTEXT_SENT : CONTEXT_UNSENT);
    call_done(c);
}

static void output_done(struct net_output *o, bool good)
{
    settle(LIST_ENTRY(o, struct rpc_call, output), good);
}

/* Nothing of the reply can leave: the failure comes after the results (A). The numbers of fragments
 * that were protected for nothing are lost, and with them the connection. */
static void wrap_failed(struct rpc_call *c, size_t lost)
{
    log_line(LOG_LEVEL_WARNING, "a reply could not be protected call=%u mechanism=%s", c->call_id,
             c->security->auth->provider->name);
    context_settle(&c->contexts, CONTEXT_UNSENT);
    if (lost > 0)
        net_conn_abort(c->conn->net);
    call_fault(c, RPC_S_SEC_PKG_ERROR, false);
}

bool security_reply(struct rpc_call *c)
{
    struct security_context *x = c->security;
    struct plan p;
    uint8_t *octets;
    size_t wrapped;
    enum net_sent how = NET_FAILED;

    if (!auth_protects(x->level))
        return false;
    p = plan_reply(x, c->conn->fragment, ndr_out_size(&c->out));
    octets = arena_alloc(&c->arena, p.octets);
    if (octets == NULL) {
        context_settle(&c->contexts, CONTEXT_UNMARSHALLED);
        call_fault(c, rpc_fault_from_status(RPC_S_OUT_OF_MEMORY), false);
        return true;
    }
    put_reply(c, x, &p, octets);
    c->vectors[0] = (struct iovec){octets, p.octets};
    c->output.iov = c->vectors;
    c->output.count = 1;
    c->output.done = output_done;
    stats_count(STATS_PACKETS_OUT, p.fragments);
    context_enter(&c->contexts);
    pthread_mutex_lock(&c->conn->security->lock); /* S2 */
    wrapped = wrap_reply(x, octets, &p);
    if (wrapped == p.fragments) {
        conn_call_leaves(c->conn, c);
        how = net_conn_send(c->conn->net, &c->output);
    }
    pthread_mutex_unlock(&c->conn->security->lock);
    if (wrapped != p.fragments)
        wrap_failed(c, wrapped);
    else if (how != NET_QUEUED)
        settle(c, how == NET_SENT);
    return true;
}
