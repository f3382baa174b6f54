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

#define VERIFY_REACH 1024 /* octets from the end in which it is looked for */

enum verify_command {
    VERIFY_BITMASK = 1,
    VERIFY_PCONTEXT = 2,
    VERIFY_HEADER2 = 3,
    VERIFY_COMMAND = 0x3fff,
    VERIFY_END = 0x4000,
    VERIFY_MUST = 0x8000,
};

static const uint8_t verify_signature[8] = {0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};

/* Where it begins in the stub data, or `size`. */
static size_t verify_find(const uint8_t *stub, size_t size)
{
    size_t lowest = size > VERIFY_REACH ? size - VERIFY_REACH : 0;

    if (size < sizeof verify_signature)
        return size;
    for (size_t at = (size - sizeof verify_signature) & ~(size_t)3;; at -= 4) {
        if (memcmp(stub + at, verify_signature, sizeof verify_signature) == 0)
            return at;
        if (at < lowest + 4)
            return size;
    }
}

static uint32_t get_u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get_u32(const uint8_t *p)
{
    return get_u16(p) | get_u16(p + 2) << 16;
}

static bool same_syntax(const uint8_t *p, const RPC_SYNTAX_IDENTIFIER *s)
{
    return get_u32(p) == s->SyntaxGUID.Data1 && get_u16(p + 4) == s->SyntaxGUID.Data2 &&
           get_u16(p + 6) == s->SyntaxGUID.Data3 && memcmp(p + 8, s->SyntaxGUID.Data4, 8) == 0 &&
           get_u16(p + 16) == s->SyntaxVersion.MajorVersion &&
           get_u16(p + 18) == s->SyntaxVersion.MinorVersion;
}

/* One command's data against what is known of the call; unknown ones agree. */
static bool verify_one(const struct rpc_call *call, const struct presentation *p, uint32_t command,
                       const uint8_t *data, size_t size)
{
    switch (command) {
    case VERIFY_BITMASK: /* bit 0: the client could sign headers; then it has been agreed on */
        return size == 4 && ((get_u32(data) & 1) == 0 || call->conn->signs_headers);
    case VERIFY_PCONTEXT:
        return size == 40 && same_syntax(data, &p->abstract) &&
               same_syntax(data + 20, p->ndr64 ? &wire_ndr64 : &wire_ndr20);
    case VERIFY_HEADER2:
        return size == 16 && data[0] == WIRE_REQUEST && memcmp(data + 4, call->drep, 4) == 0 &&
               get_u32(data + 8) == call->call_id && get_u16(data + 12) == call->context_id &&
               get_u16(data + 14) == call->opnum;
    default: return true;
    }
}

static bool verify_commands(const struct rpc_call *call, const struct presentation *p,
                            const uint8_t *at, size_t left)
{
    unsigned seen = 0;

    for (;;) {
        uint32_t word, command;
        size_t size;

        if (left < 4)
            return false;
        word = get_u16(at);
        size = get_u16(at + 2);
        command = word & VERIFY_COMMAND;
        if (size % 4 != 0 || size > left - 4)
            return false;
        if (command >= VERIFY_BITMASK && command <= VERIFY_HEADER2) {
            if (seen & 1u << command)
                return false;
            seen |= 1u << command;
        } else if (word & VERIFY_MUST) {
            return false;
        }
        if (!verify_one(call, p, command, at + 4, size))
            return false;
        if (word & VERIFY_END)
            return true;
        at += 4 + size;
        left -= 4 + size;
    }
}

bool security_verify_trailer(struct rpc_call *call, const struct presentation *p)
{
    size_t at = verify_find(call->stub, call->stub_size);

    if (at == call->stub_size)
        return true;
    if (!verify_commands(call, p, call->stub + at + sizeof verify_signature,
                         call->stub_size - at - sizeof verify_signature))
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
        size_t total = get_u16(octets + 8), token = get_u16(octets + 10);
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
