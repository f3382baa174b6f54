/* SPDX-License-Identifier: Apache-2.0
 *
 * bind.c - bind and alter_context: associations, presentation contexts, features
 *
 * Rules of rpc-wire 3 (sizes), 5 (presentation contexts), 6 (group id), 8 (M1-M10, M24-M29).
 */
#include "rpc/server/conn.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/core/status.h"
#include "rpc/server/security.h"

#define ELEMENTS_MAX  255
#define FEATURES_OURS (WIRE_FEATURE_SECURITY_MULTIPLEXING | WIRE_FEATURE_KEEP_ON_ORPHAN)

/* One exchange being judged. */
struct exchange {
    struct rpc_conn *conn;
    bool is_bind;
    bool violated;                    /* M10 */
    bool accepted_one;                /* known or new: at most one each bind or alter_context */
    const struct wire_bind *elements; /* those that have not been judged */
    struct wire_result results[ELEMENTS_MAX];
};

/* ---- Presentation contexts -------------------------------------------------------------------- */

/* What an element's transfer syntaxes offer. */
struct offer {
    bool ndr20, ndr64;
};

static struct offer offered(const struct wire_element *e)
{
    struct offer o = {false, false};

    for (unsigned i = 0; i < e->syntax_count; i++) {
        RPC_SYNTAX_IDENTIFIER s;

        wire_element_syntax(e, i, &s);
        o.ndr20 |= wire_syntax_equal(&s, &wire_ndr20);
        o.ndr64 |= wire_syntax_equal(&s, &wire_ndr64);
    }
    return o;
}

static void reject(struct wire_result *r, enum wire_reject_reason reason)
{
    *r = (struct wire_result){.result = WIRE_PROVIDER_REJECTION, .reason = (uint16_t)reason};
}

static void accept_context(struct exchange *x, bool ndr64, struct wire_result *r)
{
    x->accepted_one = true;
    *r = (struct wire_result){.result = WIRE_ACCEPTANCE, .syntax = ndr64 ? wire_ndr64 : wire_ndr20};
}

/* Does an element still to come propose NDR64 for the same interface, by a new id? */
static bool proposed_later(const struct exchange *x, const RPC_SYNTAX_IDENTIFIER *abstract)
{
    struct wire_bind left = *x->elements;
    struct wire_element e;

    while (wire_next_element(&left, &e))
        if (wire_syntax_equal(&e.abstract, abstract) && offered(&e).ndr64 &&
            conn_context(x->conn, e.id) == NULL)
            return true;
    return false;
}

/* Enters a context in order of its id; false without memory. */
static bool context_insert_sorted(struct rpc_conn *c, const struct presentation *p)
{
    unsigned at = c->context_count;

    if (c->context_count == c->context_room) {
        unsigned room = c->context_room == 0 ? 2 : c->context_room * 2;
        struct presentation *wider = mem_grow(c->contexts, room * sizeof *wider);

        if (wider == NULL)
            return false;
        c->contexts = wider;
        c->context_room = room;
    }
    while (at > 0 && c->contexts[at - 1].id > p->id)
        at--;
    memmove(&c->contexts[at + 1], &c->contexts[at], (c->context_count - at) * sizeof *p);
    c->contexts[at] = *p;
    c->context_count++;
    return true;
}

/* An id that is in use on the connection. The list is judged as a new one's would be: what comes out
 * has to be what was negotiated (M10). */
static void judge_known(struct exchange *x, const struct wire_element *e,
                        const struct presentation *p, struct wire_result *r)
{
    struct offer o = offered(e);
    bool negotiated = p->ndr64 ? o.ndr64 : o.ndr20, other = p->ndr64 ? o.ndr20 : o.ndr64;
    bool preferred = p->ndr64 || !o.ndr64 || !p->registration->ndr64;

    if (!wire_syntax_equal(&p->abstract, &e->abstract))
        x->violated = true;
    else if ((!negotiated && other) || (negotiated && !preferred))
        x->violated = true;
    else if (x->accepted_one || !negotiated)
        reject(r, WIRE_TRANSFER_SYNTAXES_NOT_SUPPORTED);
    else
        accept_context(x, p->ndr64, r);
}

/* The preferred syntax if it is proposed, here or by an element to come; else the other one that is
 * understood (rpc-wire 5). */
static bool choose_syntax(const struct exchange *x, const struct wire_element *e,
                          struct presentation *p)
{
    struct offer o = offered(e);

    if (!p->registration->ndr64)
        return o.ndr20;
    p->ndr64 = o.ndr64;
    return o.ndr64 || (o.ndr20 && !proposed_later(x, &e->abstract));
}

static void judge_new(struct exchange *x, const struct wire_element *e, struct wire_result *r)
{
    struct presentation p = {.id = e->id, .abstract = e->abstract};

    p.registration = registry_find(&e->abstract);
    if (p.registration == NULL)
        reject(r, WIRE_ABSTRACT_SYNTAX_NOT_SUPPORTED);
    else if (x->accepted_one || !choose_syntax(x, e, &p))
        reject(r, WIRE_TRANSFER_SYNTAXES_NOT_SUPPORTED);
    else if (x->conn->context_count >= limit_of(LIMIT_CONTEXTS)) {
        limit_reached(LIMIT_CONTEXTS);
        reject(r, WIRE_LOCAL_LIMIT_EXCEEDED);
    } else if (!context_insert_sorted(x->conn, &p)) {
        reject(r, WIRE_LOCAL_LIMIT_EXCEEDED);
    } else {
        accept_context(x, p.ndr64, r);
        p.registration = NULL; /* the connection's now */
    }
    registry_unref(p.registration);
}

static void judge_elements(struct exchange *x, struct wire_bind *b)
{
    struct wire_element e;

    x->elements = b;
    for (unsigned i = 0; !x->violated && wire_next_element(b, &e); i++) {
        const struct presentation *known = conn_context(x->conn, e.id);
        RPC_SYNTAX_IDENTIFIER first;
        uint8_t bits;

        wire_element_syntax(&e, 0, &first);
        if (x->is_bind && wire_syntax_features(&first, &bits)) {
            x->conn->features = bits & FEATURES_OURS;
            x->results[i] =
                (struct wire_result){.result = WIRE_NEGOTIATE_ACK, .reason = x->conn->features};
        } else if (known != NULL) {
            judge_known(x, &e, known, &x->results[i]);
        } else {
            judge_new(x, &e, &x->results[i]);
        }
    }
}

/* Elements that ask for bind-time features: more than one is an error. */
static unsigned count_features(struct wire_bind b)
{
    struct wire_element e;
    unsigned n = 0;

    while (wire_next_element(&b, &e)) {
        RPC_SYNTAX_IDENTIFIER first;
        uint8_t bits;

        wire_element_syntax(&e, 0, &first);
        n += wire_syntax_features(&first, &bits);
    }
    return n;
}

/* ---- The answer ------------------------------------------------------------------------------- */

/* rpc-wire 3: one number for both directions. */
static uint16_t negotiate_fragment(const struct wire_bind *b)
{
    uint16_t r = b->max_xmit < b->max_recv ? b->max_xmit : b->max_recv;

    if (r < RPC_LIMIT_FRAGMENT_MIN)
        r = RPC_LIMIT_FRAGMENT_MIN;
    if (r > RPC_LIMIT_FRAGMENT_TCP)
        r = RPC_LIMIT_FRAGMENT_TCP;
    return r & 0xfff8;
}

/* The secondary address: port or path of the endpoint. */
static uint16_t second_address(const struct rpc_conn *c, char *to, size_t room)
{
    int n;

    if (net_endpoint_family(c->endpoint) == NET_TCP)
        n = snprintf(to, room, "%u", net_endpoint_port(c->endpoint));
    else
        n = snprintf(to, room, "%s", net_endpoint_path(c->endpoint));
    return (uint16_t)(n + 1);
}

/* An answer with a token is as long as that: from the heap. */
static void send_with_token(struct rpc_conn *c, const uint8_t *pdu, size_t size,
                            const struct wire_auth *auth)
{
    size_t room = size + 4 + WIRE_TRAILER_SIZE + auth->token_length;
    uint8_t *whole = mem_alloc(room);

    if (whole != NULL) {
        memcpy(whole, pdu, size);
        room = wire_append_auth(whole, room, size, auth);
    }
    if (whole == NULL || room == 0)
        net_conn_abort(c->net); /* rpc-wire 9 */
    else
        conn_send(c, whole, room);
    mem_free(whole);
}

static void send_answer(struct exchange *x, const struct wire_header *asked,
                        const struct wire_bind *b, const struct security_answer *security)
{
    struct rpc_conn *c = x->conn;
    uint8_t pdu[64 + 128 + ELEMENTS_MAX * WIRE_RESULT_SIZE];
    char address[128];
    struct wire_header h = {
        .type = x->is_bind ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP,
        .flags = WIRE_WHOLE | (asked->flags & WIRE_HEADER_SIGN), /* M1 */
        .call_id = asked->call_id,
    };
    struct wire_bind_ack ack = {
        .max_xmit = c->fragment,
        .max_recv = c->fragment,
        .group_id = c->assoc->id,
        .result_count = b->element_count,
    };
    size_t size;

    if (c->multiplexed)
        h.flags |= asked->flags & WIRE_CONC_MPX;
    if (x->is_bind) {
        ack.address = address;
        ack.address_length = second_address(c, address, sizeof address);
    }
    size = wire_put_bind_ack(pdu, sizeof pdu, &h, &ack, x->results);
    if (asked->flags & WIRE_HEADER_SIGN)
        security_sign_headers(c);
    if (security->auth.present)
        send_with_token(c, pdu, size, &security->auth);
    else
        conn_send(c, pdu, size);
}

/* ---- bind ------------------------------------------------------------------------------------- */

static enum wire_nak_reason nak_of(enum wire_error error)
{
    switch (error) {
    case WIRE_NO_ELEMENTS:                                /* M2 */
    case WIRE_AUTH_UNALIGNED:                             /* M28 */
    case WIRE_NO_SYNTAXES: return WIRE_NAK_NOT_SPECIFIED; /* M5 */
    default: return WIRE_NAK_PROTOCOL;                    /* M3, M29 */
    }
}

void bind_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size, const struct wire_header *h)
{
    struct exchange x = {.conn = c, .is_bind = true};
    struct wire_bind b;
    enum wire_error error = wire_get_bind(pdu, size, h, &b);
    struct security_answer security = {0};
    enum wire_nak_reason refusal;

    if (error != WIRE_OK) {
        conn_refuse(c, h->call_id, nak_of(error));
        return;
    }
    if (count_features(b) > 1) {
        conn_refuse(c, h->call_id, WIRE_NAK_NOT_SPECIFIED);
        return;
    }
    if (b.auth.present && !security_bind(c, &b.auth, &security, &refusal)) {
        conn_refuse(c, h->call_id, refusal);
        return;
    }
    c->assoc = b.group_id != 0 ? assoc_join(b.group_id, &c->peer) : assoc_create(&c->peer);
    if (c->assoc == NULL) { /* M6 */
        security_answer_free(&security);
        conn_refuse(c, h->call_id, b.group_id != 0 ? WIRE_NAK_NOT_SPECIFIED : WIRE_NAK_LOCAL_LIMIT);
        return;
    }
    c->bound = true;
    c->began_bare = !b.auth.present;
    conn_settle_debt(c);
    c->multiplexed = (h->flags & WIRE_CONC_MPX) != 0;
    c->fragment = negotiate_fragment(&b);
    judge_elements(&x, &b);
    if (x.violated)
        conn_violation(c, h->call_id, 0, NCA_S_PROTO_ERROR, true);
    else
        send_answer(&x, h, &b, &security);
    security_answer_free(&security);
}

/* ---- alter_context ---------------------------------------------------------------------------- */

void alter_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size, const struct wire_header *h)
{
    struct exchange x = {.conn = c};
    struct wire_bind b;
    enum wire_error error = wire_get_bind(pdu, size, h, &b);
    struct security_answer security = {0};
    uint32_t fault = NCA_S_PROTO_ERROR; /* M9, M28, M29 */

    if (error == WIRE_OK)
        fault = security_alter_early(c, &b.auth);
    if (fault == 0) {
        judge_elements(&x, &b);
        fault = x.violated ? NCA_S_PROTO_ERROR : security_alter(c, &b.auth, &security);
    }
    if (fault != 0)
        conn_violation(c, h->call_id, 0, fault, true);
    else
        send_answer(&x, h, &b, &security);
    security_answer_free(&security);
    conn_settle_debt(c);
}
