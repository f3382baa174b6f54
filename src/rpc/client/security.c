/* SPDX-License-Identifier: Apache-2.0
 *
 * security.c - the security context of a client's connection: legs, requests, replies
 *
 * What is sent is built and protected in memory of its own, a fragment at a time, so the arguments
 * stay as they are; all the same a call at privacy level is not repeated (R3).
 * Spec: rpc-wire 7, 7.1
 */
#include "rpc/client/security.h"

#include <string.h>

#include <rpc.h>

#include "base/log.h"
#include "base/mem.h"
#include "rpc/core/status.h"
#include "rpc/ndr/pieces.h"

RPC_STATUS rpc_security_begin(struct rpc_conn *conn, const struct auth_client *client)
{
    const struct auth_provider *p;
    struct rpc_security *s;
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    if (client == NULL)
        return RPC_S_OK;
    p = auth_provider_find(client->type);
    if (p == NULL)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    s = mem_alloc(sizeof *s);
    if (s == NULL)
        return RPC_S_OUT_OF_MEMORY;
    s->client = auth_client_ref((struct auth_client *)(uintptr_t)client);
    s->token = mem_alloc(RPC_LIMIT_AUTH_TOKEN);
    if (s->token != NULL)
        s->auth = p->client(client, &status);
    if (s->auth == NULL) {
        rpc_security_end(s);
        return status;
    }
    conn->security = s;
    return RPC_S_OK;
}

void rpc_security_settle(struct rpc_security *s)
{
    mem_free(s->token);
    s->token = NULL;
}

void rpc_security_end(struct rpc_security *take_s)
{
    if (take_s == NULL)
        return;
    if (take_s->auth != NULL)
        take_s->auth->provider->end(take_s->auth);
    auth_client_unref(take_s->client);
    rpc_security_settle(take_s);
    mem_free(take_s);
}

bool rpc_security_suits(const struct rpc_conn *conn, const struct auth_client *client)
{
    return auth_client_equal(conn->security != NULL ? conn->security->client : NULL, client);
}

bool rpc_security_protects(const struct rpc_conn *conn)
{
    return conn->security != NULL && auth_protects(conn->security->client->level);
}

/* ---- Legs ------------------------------------------------------------------------------------- */

enum rpc_leg rpc_security_step(struct rpc_conn *conn, const struct wire_auth *from_server,
                               struct wire_auth *ret, RPC_STATUS *ret_status)
{
    struct rpc_security *s = conn->security;
    struct auth_token out = {.octets = s->token, .room = RPC_LIMIT_AUTH_TOKEN};
    bool none = from_server == NULL || !from_server->present;
    enum auth_progress progress;

    if (s->done || (from_server != NULL && none)) { /* asked, and not answered */
        *ret_status = RPC_S_SEC_PKG_ERROR;
        return RPC_LEG_FAILED;
    }
    progress = s->auth->provider->step(s->auth, none ? NULL : from_server->token,
                                       none ? 0 : from_server->token_length, &out);
    *ret = (struct wire_auth){.present = out.size > 0,
                              .type = s->client->type,
                              .level = s->client->level,
                              .context_id = RPC_SECURITY_ID,
                              .token = s->token,
                              .token_length = out.size};
    switch (progress) {
    case AUTH_DONE:
        s->done = true;
        if (out.size == 0)
            return RPC_LEG_DONE;
        return s->auth->provider->odd_legs ? RPC_LEG_LAST : RPC_LEG_ANSWER;
    case AUTH_MORE: return RPC_LEG_ANSWER;
    case AUTH_REFUSED: *ret_status = RPC_S_ACCESS_DENIED; break;
    case AUTH_WEAK:
    case AUTH_BROKEN: *ret_status = RPC_S_SEC_PKG_ERROR; break;
    case AUTH_NO_MEMORY: *ret_status = RPC_S_OUT_OF_MEMORY; break;
    }
    return RPC_LEG_FAILED;
}

/* ---- The verification trailer ----------------------------------------------------------------- */

#define VERIFY_MAX (3 + WIRE_VERIFICATION_MAX) /* with padding */

/* The request's presentation, the first time that one of its requests leaves; else NULL. */
static const struct rpc_presentation *first_shown(struct rpc_conn *conn, uint16_t id)
{
    for (unsigned i = 0; i < conn->presentation_count; i++) {
        struct rpc_presentation *p = &conn->presentations[i];

        if (p->id == id && !p->shown) {
            p->shown = true;
            return p;
        }
    }
    return NULL;
}

/* What goes behind the stub data: once a connection that headers can be signed, once a presentation
 * which interface it is, and with each request its header where that is not signed. Returns the octets written. */
static size_t put_verification(struct rpc_conn *conn, const struct rpc_request *r,
                               uint8_t to[VERIFY_MAX])
{
    const struct rpc_presentation *shown = first_shown(conn, r->presentation);
    struct rpc_security *s = conn->security;
    struct wire_verification v = {
        .has_bitmask = !s->mask_sent,
        .bitmask = WIRE_VERIFY_HEADER_SIGNING,
        .has_presentation = shown != NULL,
        .has_header = !s->auth->header_signing,
        .header = {WIRE_REQUEST, {WIRE_DREP}, r->call_id, r->presentation, r->opnum},
    };
    size_t pad = -r->size & 3;

    if (!v.has_bitmask && !v.has_presentation && !v.has_header)
        return 0;
    s->mask_sent = true;
    if (shown != NULL) {
        v.interface = shown->interface;
        v.transfer = shown->ndr64 ? wire_ndr64 : wire_ndr20;
    }
    memset(to, 0, pad);
    return pad + wire_put_verification(to + pad, &v);
}

/* ---- Requests --------------------------------------------------------------------------------- */

/* Stub data and what goes behind it, read in order. */
struct source {
    struct ndr_pieces stub;
    const uint8_t *tail;
};

static void copy_out(struct source *from, uint8_t *to, size_t size)
{
    size_t done = ndr_pieces_copy(&from->stub, to, size);

    memcpy(to + done, from->tail, size - done);
    from->tail += size - done;
}

/* Builds and protects one fragment; its size, or 0. */
static size_t put_fragment(struct rpc_conn *conn, const struct rpc_request *r, uint8_t *pdu,
                           struct source *from, size_t done, size_t part, size_t whole)
{
    const struct rpc_security *s = conn->security;
    size_t header = r->object == NULL ? WIRE_REQUEST_SIZE : WIRE_REQUEST_OBJECT_SIZE;
    uint8_t pad = wire_auth_pad(part);
    size_t token = s->auth->provider->signature_size(s->auth, part + pad);
    const struct auth_message m = {.octets = pdu,
                                   .size = header + part + pad + WIRE_TRAILER_SIZE,
                                   .body_at = header,
                                   .body_size = part + pad,
                                   .header_signing = s->auth->header_signing};
    const struct wire_header h = {.type = WIRE_REQUEST,
                                  .flags = (uint8_t)((done == 0 ? WIRE_FIRST_FRAG : 0) |
                                                     (done + part == whole ? WIRE_LAST_FRAG : 0)),
                                  .frag_length = (uint16_t)(m.size + token),
                                  .auth_length = (uint16_t)token,
                                  .call_id = r->call_id};
    const struct wire_auth a = {.type = s->client->type,
                                .level = s->client->level,
                                .pad_length = pad,
                                .context_id = RPC_SECURITY_ID};
    struct wire_request q = {.alloc_hint = (uint32_t)(whole - done),
                             .context_id = r->presentation,
                             .opnum = r->opnum,
                             .has_object = r->object != NULL};

    if (r->object != NULL)
        q.object = *r->object;
    (void)wire_put_request(pdu, &h, &q);
    copy_out(from, pdu + header, part);
    memset(pdu + header + part, 0, pad);
    wire_put_trailer(pdu + m.size - WIRE_TRAILER_SIZE, &a);
    return s->auth->provider->wrap(s->auth, &m, pdu + m.size, token) ? m.size + token : 0;
}

enum rpc_sent rpc_security_send(struct rpc_conn *conn, const struct rpc_request *r,
                                uint64_t deadline)
{
    const struct rpc_security *s = conn->security;
    size_t header = r->object == NULL ? WIRE_REQUEST_SIZE : WIRE_REQUEST_OBJECT_SIZE;
    size_t token = s->auth->provider->signature_size(s->auth, conn->fragment_max);
    size_t room = (conn->fragment_max - header - WIRE_TRAILER_SIZE - token) & ~(size_t)15;
    uint8_t pdu[RPC_LIMIT_FRAGMENT_TCP], tail[VERIFY_MAX];
    size_t whole = r->size + put_verification(conn, r, tail), done = 0;
    struct source from = {.stub = {.segment = r->segments}, .tail = tail};

    do {
        size_t part = whole - done < room ? whole - done : room;
        size_t size = put_fragment(conn, r, pdu, &from, done, part, whole), sent;
        struct iovec iov = {pdu, size};
        enum rpc_io io;

        if (size == 0) {
            conn->broken = true;
            return RPC_SENT_UNPROTECTED;
        }
        io = rpc_stream_send(conn->fd, &iov, 1, deadline, &sent);
        if (io != RPC_IO_DONE) {
            conn->broken = true;
            if (io == RPC_IO_TIMED_OUT)
                return RPC_SENT_TOO_LATE;
            return done > 0 ? RPC_SENT_PARTLY : RPC_SENT_NOTHING;
        }
        done += part;
    } while (done < whole);
    return RPC_SENT;
}

/* ---- Replies ---------------------------------------------------------------------------------- */

bool rpc_security_is_over(const struct rpc_conn *conn, uint32_t fault)
{
    return conn->security != NULL && fault == RPC_S_ACCESS_DENIED && !conn->security->accepted;
}

bool rpc_security_check(struct rpc_conn *conn, const struct wire_header *h, size_t at,
                        size_t body_at, const struct wire_auth *auth)
{
    struct rpc_security *s = conn->security;
    const struct auth_message m = {.octets = conn->buffer + at,
                                   .size = auth->offset + WIRE_TRAILER_SIZE,
                                   .body_at = body_at,
                                   .body_size = auth->offset - body_at,
                                   .header_signing = s != NULL && s->auth->header_signing};

    if (s == NULL)
        return !auth->present; /* nobody has asked for it */
    if (h->type == WIRE_RESPONSE)
        s->accepted = true;
    if (!auth_protects(s->client->level))
        return true;
    return auth->present && auth->type == s->client->type && auth->level == s->client->level &&
           (m.header_signing || !h->swap) &&
           s->auth->provider->unwrap(s->auth, &m, auth->token, auth->token_length);
}

/* A fault whose trailer was checked says what the server has said if its header was signed, too. */
static bool is_proved(const struct rpc_conn *conn, const struct wire_fault *f)
{
    return !rpc_security_protects(conn) ||
           (f->auth.present && conn->security->auth->header_signing);
}

RPC_STATUS rpc_security_fault(const struct rpc_conn *conn, const struct wire_fault *f)
{
    RPC_STATUS status = rpc_status_from_fault(f->status);

    if (is_proved(conn, f) || !rpc_status_denies_execution(status))
        return status;
    log_line(LOG_LEVEL_WARNING,
             "a fault that is not signed says that nothing was executed status=%d, taken for %d",
             status, RPC_S_CALL_FAILED);
    return RPC_S_CALL_FAILED;
}
