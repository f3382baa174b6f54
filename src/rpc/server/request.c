/* SPDX-License-Identifier: Apache-2.0
 *
 * request.c - request fragments to calls; cancelling them
 *
 * A connection assembles at most one request at a time, also a multiplexed one (rpc-wire 3). What may
 * be said about a request is said at its first fragment (M44); what still arrives of one that was
 * answered with a fault is ignored (M42). "orphaned" needs no memory: the last fragment may still
 * complete the call, and another first one is a violation anyhow (rpc-wire 4).
 */
#include "rpc/server/conn.h"

#include <string.h>

#include "base/limits.h"
#include "rpc/core/status.h"
#include "rpc/server/call.h"
#include "rpc/server/security.h"

#define LATE_PIECES 150 /* M42 */

/* A fragment being judged. */
struct fragment {
    struct rpc_conn *conn;
    struct net_buffer *buffer;
    uint8_t *pdu;
    const struct wire_header *h;
    struct wire_request r;
    struct security_context *security;
};

static bool is_first(const struct fragment *f)
{
    return (f->h->flags & WIRE_FIRST_FRAG) != 0;
}

static bool is_last(const struct fragment *f)
{
    return (f->h->flags & WIRE_LAST_FRAG) != 0;
}

/* Protocol error on the call of this fragment. */
static void violate(const struct fragment *f, uint16_t context_id, uint32_t fault, bool dne)
{
    conn_violation(f->conn, f->h->call_id, context_id, fault, dne);
}

/* ... or, on a connection without multiplexing, on the call in assembly (M17, M18). */
static void violate_assembly(const struct fragment *f)
{
    const struct rpc_call *a = f->conn->assembling;

    if (f->conn->multiplexed)
        violate(f, 0, NCA_S_PROTO_ERROR, false);
    else
        conn_violation(f->conn, a->call_id, a->context_id, NCA_S_PROTO_ERROR, false);
}

/* ---- Whole requests --------------------------------------------------------------------------- */

/* Enters the interface of a context for a call; after a new registration that one. False: there is
 * none. */
static bool enter_interface(struct rpc_conn *c, struct presentation *p, struct rpc_call *call)
{
    while (!registry_enter(p->registration, &call->user)) {
        struct rpc_registration *r = registry_find(&p->abstract);

        if (r == NULL)
            return false;
        if (!conn_replace(c, p, r)) {
            registry_unref(r);
            return false;
        }
    }
    call->registration = p->registration;
    return true;
}

/* Enters the call in the list of those that can be cancelled. False if there are too many. */
static bool link_call(struct rpc_conn *c, struct rpc_call *call)
{
    bool room;

    lock_take(&c->lock);
    room = c->call_count < RPC_LIMIT_CALLS_PER_CONN;
    if (room) {
        list_append(&c->calls, &call->link);
        call->in_list = true;
        c->call_count++;
    }
    lock_give(&c->lock);
    return room;
}

/* Ends a call that is not to run although its interface has been entered. */
static void decline_entered(struct rpc_conn *c, struct rpc_call *call, uint32_t fault)
{
    conn_decline(c, call->call_id, call->context_id, fault);
    registry_leave(call->registration, call->user);
    call_free(call);
}

/* A whole request on a connection with security contexts: its verification trailer tells the truth,
 * and what the callback said of another context's calls does not count. */
static bool authentic(struct rpc_call *call, struct presentation *p)
{
    if (p->asked_for != call->security) {
        p->asked_for = call->security;
        p->admitted = false;
    }
    return call->security == NULL || security_verify_trailer(call, p);
}

static void request_whole(struct rpc_conn *c, struct rpc_call *call)
{
    struct presentation *p = conn_context(c, call->context_id);

    if (p == NULL || !enter_interface(c, p, call)) {
        conn_decline(c, call->call_id, 0, NCA_S_UNK_IF);
        call_free(call);
        return;
    }
    call->ndr64 = p->ndr64;
    if (call->opnum >= call->registration->method_count) { /* registered anew meanwhile */
        decline_entered(c, call, NCA_S_OP_RNG_ERROR);
        return;
    }
    call->method = &call->registration->interface->methods[call->opnum];
    if (c->security != NULL && !authentic(call, p)) {
        decline_entered(c, call, RPC_S_ACCESS_DENIED);
        return;
    }
    if (!link_call(c, call)) {
        decline_entered(c, call, NCA_S_SERVER_TOO_BUSY);
        return;
    }
    call_dispatch(call, &p->admitted);
}

/* ---- Requests that are not whole yet ---------------------------------------------------------- */

static atomic_size_t held; /* octets of all connections (LIMIT_PARTIAL) */

static bool hold(struct rpc_conn *c, size_t size)
{
    if (atomic_fetch_add(&held, size) + size > limit_of(LIMIT_PARTIAL)) {
        atomic_fetch_sub(&held, size);
        limit_reached(LIMIT_PARTIAL);
        return false;
    }
    c->held += size;
    return true;
}

struct rpc_call *request_take(struct rpc_conn *c)
{
    struct rpc_call *call = c->assembling;

    atomic_fetch_sub(&held, c->held);
    c->held = 0;
    c->assembling = NULL;
    conn_settle_debt(c);
    return call;
}

/* ---- First fragments -------------------------------------------------------------------------- */

/* Is a call with this id, or without multiplexing any call, still unanswered? */
static bool is_busy(struct rpc_conn *c, uint32_t call_id)
{
    bool busy = false;

    if (atomic_load(&c->call_count) == 0) /* only this thread adds */
        return false;
    lock_take(&c->lock);
    if (!c->multiplexed)
        busy = !list_is_empty(&c->calls);
    LIST_FOR_EACH (it, &c->calls)
        busy |= LIST_ENTRY(it, struct rpc_call, link)->call_id == call_id; /* M43 */
    lock_give(&c->lock);
    return busy;
}

/* M16, M17, M19, M43; false when the connection ends. */
static bool first_is_welcome(const struct fragment *f)
{
    struct rpc_conn *c = f->conn;

    if (c->assembling != NULL) {
        if (c->assembling->call_id == f->h->call_id) /* M16 */
            violate(f, c->assembling->context_id, NCA_S_PROTO_ERROR, false);
        else
            violate_assembly(f); /* M17 */
        return false;
    }
    if (f->h->flags & WIRE_PENDING_CANCEL) { /* M19 */
        violate(f, 0, RPC_S_NO_CALL_ACTIVE, true);
        return false;
    }
    if (f->h->call_id > RPC_LIMIT_CALL_ID || is_busy(c, f->h->call_id)) {
        violate(f, 0, NCA_S_PROTO_ERROR, false);
        return false;
    }
    return true;
}

/* Interface and operation of the call are known, else M11 or M12; NDR64 is little-endian (rpc-wire
 * 10), else M39. */
static const struct rpc_registration *known_operation(const struct fragment *f)
{
    const struct presentation *p = conn_context(f->conn, f->r.context_id);

    if (p == NULL) {
        conn_decline(f->conn, f->h->call_id, 0, NCA_S_UNK_IF);
        return NULL;
    }
    if (f->r.opnum >= p->registration->method_count) {
        conn_decline(f->conn, f->h->call_id, f->r.context_id, NCA_S_OP_RNG_ERROR);
        return NULL;
    }
    if (p->ndr64 && (f->h->drep[0] & 0xf0) == 0) {
        conn_decline(f->conn, f->h->call_id, f->r.context_id, RPC_X_BAD_STUB_DATA);
        return NULL;
    }
    return p->registration;
}

static void first_fragment(const struct fragment *f)
{
    struct rpc_conn *c = f->conn;
    const struct rpc_registration *r;
    struct rpc_call *call;
    bool stored;

    if (!first_is_welcome(f))
        return;
    if (f->h->call_id > c->highest_call_id)
        c->highest_call_id = f->h->call_id;
    r = known_operation(f);
    if (r == NULL)
        return;
    if (f->r.stub_length > r->max_size ||
        (!is_last(f) && f->r.alloc_hint > r->max_size)) { /* M20 */
        violate(f, f->r.context_id, RPC_S_ACCESS_DENIED, false);
        return;
    }
    call = call_create(c, f->h, &f->r);
    if (call == NULL) {
        conn_decline(c, f->h->call_id, f->r.context_id, NCA_S_FAULT_REMOTE_NO_MEMORY);
        return;
    }
    if (f->security != NULL) {
        call->security = f->security;
        call->contexts.who = f->security->identity;
    }
    if (is_last(f)) {
        stored = call_borrow(call, f->buffer, f->pdu + f->r.stub_offset, f->r.stub_length);
    } else if (!hold(c, f->r.stub_length)) {
        conn_decline(c, f->h->call_id, f->r.context_id, NCA_S_SERVER_TOO_BUSY);
        call_free(call);
        return;
    } else {
        c->assembling = call;
        conn_settle_debt(c);
        stored = call_append(call, f->pdu + f->r.stub_offset, f->r.stub_length, f->r.alloc_hint);
        if (!stored)
            (void)request_take(c);
    }
    if (!stored) {
        conn_decline(c, f->h->call_id, f->r.context_id, NCA_S_FAULT_REMOTE_NO_MEMORY);
        call_free(call);
    } else if (is_last(f)) {
        request_whole(c, call);
    }
}

/* ---- Continuations ---------------------------------------------------------------------------- */

/* M42 */
static bool is_late(const struct fragment *f)
{
    const struct rpc_conn *c = f->conn;

    return f->h->call_id <= c->highest_call_id && c->highest_call_id - f->h->call_id < LATE_PIECES;
}

/* A piece of a request that is not being assembled. */
static void stray_fragment(const struct fragment *f)
{
    struct rpc_conn *c = f->conn;

    if (is_late(f))
        return;
    if (!c->multiplexed) /* M14 */
        violate(f, 0, NCA_S_PROTO_ERROR, false);
    else if (conn_context(c, f->r.context_id) != NULL) /* M15 */
        violate(f, f->r.context_id, NCA_S_PROTO_ERROR, false);
    else
        conn_decline(c, f->h->call_id, 0, NCA_S_UNK_IF);
}

static void next_fragment(const struct fragment *f)
{
    struct rpc_conn *c = f->conn;
    struct rpc_call *call = c->assembling;
    const struct presentation *p = conn_context(c, call->context_id);

    if (memcmp(f->h->drep, call->drep, sizeof call->drep) != 0) { /* M23 */
        violate(f, 0, NCA_S_PROTO_ERROR, true);
        return;
    }
    if (f->r.stub_length > p->registration->max_size - call->stub_size) { /* M20 */
        violate(f, call->context_id, RPC_S_ACCESS_DENIED, false);
        return;
    }
    if (!hold(c, f->r.stub_length)) { /* its other fragments are late ones (M42) */
        conn_decline(c, call->call_id, call->context_id, NCA_S_SERVER_TOO_BUSY);
        call_free(request_take(c));
        return;
    }
    if (!call_append(call, f->pdu + f->r.stub_offset, f->r.stub_length, 0)) { /* likewise */
        conn_decline(c, call->call_id, call->context_id, NCA_S_FAULT_REMOTE_NO_MEMORY);
        call_free(request_take(c));
        return;
    }
    if (!is_last(f))
        return;
    request_whole(c, request_take(c));
}

/* What ends the connection or the call by its place alone is said before its signature is looked at
 * (M14 to M18); false if it has been. Of another security context, M16 is a failed signature. */
static bool is_in_place(const struct fragment *f)
{
    struct rpc_conn *c = f->conn;
    const struct rpc_call *a = c->assembling;

    if (is_first(f)) {
        if (a == NULL)
            return true;
        if (a->call_id == f->h->call_id && a->context_id == f->r.context_id && f->r.auth.present &&
            a->security != security_find(c->security, f->r.auth.context_id))
            violate(f, a->context_id, RPC_S_SEC_PKG_ERROR, false);
        else
            (void)first_is_welcome(f);
        return false;
    }
    if (a != NULL && a->call_id != f->h->call_id) {
        violate_assembly(f);
        return false;
    }
    if (a != NULL || is_late(f) || (c->multiplexed && conn_context(c, f->r.context_id) != NULL))
        return true;
    stray_fragment(f);
    return false;
}

/* The fragment's security context; false when that is all there is to it. */
static bool is_authentic(struct fragment *f)
{
    const struct rpc_call *a = f->conn->assembling;

    return is_in_place(f) &&
           security_request(f->conn, f->pdu, f->h, &f->r, is_first(f) ? NULL : a, &f->security);
}

void request_frame(struct rpc_conn *c, struct net_buffer *b, uint8_t *pdu, size_t size,
                   const struct wire_header *h)
{
    struct fragment f = {.conn = c, .buffer = b, .pdu = pdu, .h = h};
    enum wire_error error;

    if (size > RPC_LIMIT_FRAGMENT_TCP) { /* M13 */
        violate(&f, 0, NCA_S_PROTO_ERROR, false);
        return;
    }
    error = wire_get_request(pdu, size, h, &f.r);
    if (error != WIRE_OK) /* M28 among others */
        violate(&f, f.r.context_id, NCA_S_PROTO_ERROR, false);
    else if ((f.r.auth.present || c->security != NULL) && !is_authentic(&f))
        return;
    else if (is_first(&f))
        first_fragment(&f);
    else if (c->assembling == NULL)
        stray_fragment(&f);
    else if (c->assembling->call_id != h->call_id)
        violate_assembly(&f); /* M18 */
    else
        next_fragment(&f);
}

/* ---- co_cancel -------------------------------------------------------------------------------- */

void cancel_frame(struct rpc_conn *c, const struct wire_header *h)
{
    lock_take(&c->lock);
    LIST_FOR_EACH (it, &c->calls) {
        struct rpc_call *call = LIST_ENTRY(it, struct rpc_call, link);

        if (call->call_id == h->call_id)
            atomic_store(&call->cancelled, true);
    }
    lock_give(&c->lock); /* no such call: silence (M21) */
}
