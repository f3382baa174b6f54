/* SPDX-License-Identifier: Apache-2.0
 *
 * conn.c - a connection from accept to its end: which PDU is welcome when
 *
 * Owns:       struct rpc_conn, its presentation contexts, the call being assembled.
 * Lifetime:   references of the engine (until conn_closed) and of calls.
 * States:     fresh -bind-> bound -conn_closed-> dead          any other first PDU refuses the bind
 *
 * Input is handled by the owner of the connection's set, one PDU after the other. M numbers are those
 * of rpc-wire 8.
 */
#include "rpc/server/conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "rpc/core/status.h"
#include "rpc/server/call.h"
#include "rpc/server/security.h"

struct rpc_conn *conn_ref(struct rpc_conn *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

struct former {
    struct former *next;
    struct rpc_registration *registration;
};

static void forget_former(struct rpc_conn *c)
{
    while (c->former != NULL) {
        struct former *f = c->former;

        c->former = f->next;
        registry_unref(f->registration);
        mem_free(f);
    }
}

bool conn_replace(struct rpc_conn *c, struct presentation *p, struct rpc_registration *take_r)
{
    struct former *f = mem_alloc(sizeof *f);

    if (f == NULL)
        return false;
    if (atomic_load_explicit(&c->refs, memory_order_acquire) ==
        2) /* the engine's, and this call's */
        forget_former(c);
    *f = (struct former){c->former, p->registration};
    c->former = f;
    p->registration = take_r;
    p->admitted = false;
    return true;
}

void conn_unref(struct rpc_conn *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < c->context_count; i++)
        registry_unref(c->contexts[i].registration);
    mem_free(c->contexts);
    forget_former(c);
    security_free(c->security);
    assoc_unref(c->assoc);
    net_conn_unref(c->net);
    lock_fini(&c->lock);
    mem_free(c);
}

struct presentation *conn_context(struct rpc_conn *c, uint16_t id)
{
    unsigned from = 0, to = c->context_count;

    while (from < to) {
        unsigned middle = (from + to) / 2;

        if (c->contexts[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < c->context_count && c->contexts[from].id == id ? &c->contexts[from] : NULL;
}

void conn_call_leaves(struct rpc_conn *c, struct rpc_call *call)
{
    lock_take(&c->lock);
    if (call->in_list) {
        list_remove(&call->link);
        call->in_list = false;
        c->call_count--;
    }
    lock_give(&c->lock);
    call->answered = true;
}

/* ---- Answers that belong to no call ----------------------------------------------------------- */

struct letter {
    struct net_output output;
    struct iovec vector;
    uint8_t octets[];
};

static void letter_done(struct net_output *o, bool sent)
{
    (void)sent;
    mem_free(LIST_ENTRY(o, struct letter, output));
}

void conn_send(struct rpc_conn *c, const uint8_t *pdu, size_t size)
{
    struct letter *l = mem_alloc(sizeof *l + size);

    if (l == NULL) { /* no answer can be given: the connection has to go (rpc-wire 9) */
        net_conn_abort(c->net);
        return;
    }
    memcpy(l->octets, pdu, size);
    l->vector = (struct iovec){l->octets, size};
    l->output = (struct net_output){.iov = &l->vector, .count = 1, .done = letter_done};
    list_init(&l->output.link);
    stats_count(STATS_PACKETS_OUT, 1);
    if (net_conn_send(c->net, &l->output) != NET_QUEUED)
        mem_free(l);
}

static void send_fault(struct rpc_conn *c, uint32_t call_id, uint16_t context_id, uint32_t fault,
                       bool did_not_execute)
{
    const struct wire_header h = {
        .type = WIRE_FAULT,
        .flags = (uint8_t)(WIRE_WHOLE | (did_not_execute ? WIRE_DID_NOT_EXECUTE : 0)),
        .call_id = call_id,
    };
    const struct wire_fault f = {.context_id = context_id, .status = fault};
    uint8_t pdu[WIRE_FAULT_SIZE];

    wire_put_fault(pdu, &h, &f);
    STATS_ADD(faults_sent);
    conn_send(c, pdu, sizeof pdu);
}

/* What, who, and what the client was told; the connection ends with it. */
static void log_refusal(const struct rpc_conn *c, const char *what, uint32_t call_id,
                        uint32_t answer)
{
    static struct log_ration ration = LOG_RATION_INIT;
    char peer[NET_PEER_TEXT];
    uint64_t unlogged;

    if (!log_may(&ration, &unlogged))
        return;
    net_peer_text(&c->peer, peer);
    log_line(LOG_LEVEL_WARNING,
             "%s peer=\"%s\" call=%u answer=0x%x connection=closed unlogged=%" PRIu64, what, peer,
             call_id, answer, unlogged);
}

void conn_settle_debt(struct rpc_conn *c)
{
    if (c->assembling != NULL)
        net_conn_owes(c->net, LIMIT_REQUEST_MS);
    else if (security_is_pending(c->security))
        net_conn_owes(c->net, LIMIT_BIND_MS);
    else
        net_conn_pays(c->net);
}

void conn_violation(struct rpc_conn *c, uint32_t call_id, uint16_t context_id, uint32_t fault,
                    bool did_not_execute)
{
    STATS_ADD(protocol_errors);
    log_refusal(c, "a client broke the protocol", call_id, fault);
    send_fault(c, call_id, context_id, fault, did_not_execute);
    net_conn_finish(c->net);
}

void conn_decline(struct rpc_conn *c, uint32_t call_id, uint16_t context_id, uint32_t fault)
{
    send_fault(c, call_id, context_id, fault, true);
}

void conn_refuse(struct rpc_conn *c, uint32_t call_id, enum wire_nak_reason reason)
{
    const struct wire_header h = {.type = WIRE_BIND_NAK, .flags = WIRE_WHOLE, .call_id = call_id};
    uint8_t pdu[WIRE_BIND_NAK_SIZE];

    STATS_ADD(protocol_errors);
    log_refusal(c, "a bind was refused", call_id, reason);
    wire_put_bind_nak(pdu, &h, (uint16_t)reason);
    conn_send(c, pdu, sizeof pdu);
    net_conn_finish(c->net);
}

/* ---- Frames ----------------------------------------------------------------------------------- */

static size_t conn_frame(const uint8_t *octets, size_t have)
{
    size_t size;

    if (have < WIRE_HEADER_SIZE)
        return 0;
    /* the byte order nibble; what else is in drep is judged with the whole PDU */
    if ((octets[4] & 0xf0) != 0)
        size = (size_t)octets[8] | (size_t)octets[9] << 8;
    else
        size = (size_t)octets[9] | (size_t)octets[8] << 8;
    return size < WIRE_HEADER_SIZE ? SIZE_MAX : size; /* M41 */
}

static void first_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size,
                        const struct wire_header *h, enum wire_error error)
{
    if (h->type != WIRE_BIND || error != WIRE_OK) /* M8, M7 */
        conn_refuse(c, h->call_id, WIRE_NAK_PROTOCOL);
    else
        bind_frame(c, pdu, size, h);
}

static void auth3_frame(struct rpc_conn *c, const uint8_t *pdu, size_t size,
                        const struct wire_header *h)
{
    struct wire_auth auth;
    enum wire_error error = wire_get_auth3(pdu, size, h, &auth);
    bool no_token = error == WIRE_NO_AUTH || error == WIRE_BAD_AUTH_PAD; /* M35, M29 */
    uint32_t fault = no_token ? NCA_S_FAULT_REMOTE_NO_MEMORY : NCA_S_PROTO_ERROR;

    if (error == WIRE_OK)
        fault = security_auth3(c, &auth);
    if (fault != 0)
        conn_violation(c, h->call_id, 0, fault, true);
    conn_settle_debt(c);
}

static void later_frame(struct rpc_conn *c, struct net_buffer *b, uint8_t *pdu, size_t size,
                        const struct wire_header *h)
{
    bool is_of_call =
        h->type == WIRE_REQUEST || h->type == WIRE_CO_CANCEL || h->type == WIRE_ORPHANED;

    if (c->assembling != NULL && h->call_id == c->assembling->call_id && !is_of_call) { /* M23 */
        conn_violation(c, h->call_id, 0, NCA_S_PROTO_ERROR, true);
        return;
    }
    switch (h->type) {
    case WIRE_REQUEST: request_frame(c, b, pdu, size, h); break;
    case WIRE_BIND: conn_refuse(c, h->call_id, WIRE_NAK_NOT_SPECIFIED); break; /* M4 */
    case WIRE_ALTER_CONTEXT: alter_frame(c, pdu, size, h); break;
    case WIRE_AUTH3: auth3_frame(c, pdu, size, h); break;
    case WIRE_CO_CANCEL: cancel_frame(c, h); break;
    case WIRE_ORPHANED: break;                                                 /* M21, rpc-wire 4 */
    default: conn_violation(c, h->call_id, 0, NCA_S_PROTO_ERROR, true); break; /* M22 */
    }
}

static void conn_frame_in(void *user, struct net_buffer *b, uint8_t *octets, size_t size)
{
    struct rpc_conn *c = user;
    struct wire_header h = {0};
    enum wire_error error = wire_get_header(octets, size, &h);

    if (!c->bound)
        first_frame(c, octets, size, &h, error);
    else if (error != WIRE_OK)
        conn_violation(c, h.call_id, 0, NCA_S_PROTO_ERROR, true);
    else
        later_frame(c, b, octets, size, &h);
}

/* ---- Birth and death -------------------------------------------------------------------------- */

static void *conn_opened(struct net_conn *net, const struct net_peer *peer,
                         const struct net_endpoint *endpoint)
{
    struct rpc_conn *c = mem_alloc(sizeof *c);

    if (c == NULL)
        return NULL;
    atomic_init(&c->refs, 1);
    c->net = net_conn_ref(net);
    c->peer = *peer;
    c->endpoint = endpoint;
    lock_init(&c->lock);
    if (peer->family == NET_UNIX)
        (void)snprintf(c->caller_name, sizeof c->caller_name, "uid:%u", (unsigned)peer->uid);
    list_init(&c->calls);
    net_conn_owes(net, LIMIT_BIND_MS);
    return c;
}

/* Calls that wait for something are given up; those that run go on, and find nobody to answer. */
static void abandon_calls(struct rpc_conn *c)
{
    struct context_after a;
    struct list given_up;

    list_init(&given_up);
    context_after_init(&a);
    lock_take(&c->lock);
    c->dead = true;
    LIST_FOR_EACH_SAFE (it, &c->calls) {
        struct rpc_call *call = LIST_ENTRY(it, struct rpc_call, link);

        if (!call_abandon(call, &a))
            continue;
        list_remove(&call->link);
        list_append(&given_up, &call->link);
        call->in_list = false;
        c->call_count--;
    }
    lock_give(&c->lock);
    context_after_finish(&a);
    while (!list_is_empty(&given_up)) {
        struct rpc_call *call = LIST_ENTRY(given_up.next, struct rpc_call, link);

        list_remove(&call->link);
        STATS_ADD(calls_abandoned);
        call_abandoned(call);
    }
}

static void conn_closed(void *user)
{
    struct rpc_conn *c = user;

    if (c->assembling != NULL)
        call_free(request_take(c));
    abandon_calls(c);
    if (c->assoc != NULL)
        assoc_leave(c->assoc);
    conn_unref(c);
}

const struct net_handler conn_handler = {
    .frame = conn_frame,
    .opened = conn_opened,
    .frame_in = conn_frame_in,
    .closed = conn_closed,
    .worker_leaves = call_forget_pool,
};
