/* SPDX-License-Identifier: Apache-2.0
 *
 * call.c - a call's way through admission, unmarshalling, locks, routine and marshalling
 *
 * Owns:        struct rpc_call. Threads keep a few for the next calls.
 * The way:     call_dispatch -> call_admitted -> run -> (parked) -> execute -> call_reply | call_fault
 *              -> call_done
 * Invariants:  K1  what is needed after the routine lies in the call, not on the stack.
 *              K2  `release` is called once for every call that was unmarshalled, after its answer
 *                  has been sent.
 *              K3  a call leaves its connection's list before its answer leaves, so that the client
 *                  may use the id again, or without multiplexing send the next request.
 */
#include "rpc/server/call.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "rpc/core/assembly.h"
#include "rpc/core/status.h"
#include "rpc/server/conn.h"
#include "rpc/server/guard.h"
#include "rpc/server/security.h"
#include "rpc/server/server.h"

/* ---- Coming and going ------------------------------------------------------------------------- */

#define POOL       4
#define BODY_FIRST ((size_t)16384) /* least room of an assembled request */

static __thread struct {
    struct rpc_call *calls[POOL];
    unsigned count;
} pool __attribute__((tls_model("initial-exec")));

void call_forget_pool(void)
{
    while (pool.count > 0)
        mem_free(pool.calls[--pool.count]);
}

static struct rpc_call *from_pool(void)
{
    struct rpc_call *c;

    if (pool.count == 0)
        return mem_alloc(sizeof *c);
    c = pool.calls[--pool.count];
    memset(c, 0, offsetof(struct rpc_call, room)); /* the rooms need no clearing */
    return c;
}

static void to_pool(struct rpc_call *c)
{
    if (pool.count < POOL && net_is_worker())
        pool.calls[pool.count++] = c;
    else
        mem_free(c);
}

static void call_resumed(struct context_call *contexts);

struct rpc_call *call_create(struct rpc_conn *conn, const struct wire_header *h,
                             const struct wire_request *r)
{
    struct rpc_call *c = from_pool();

    if (c == NULL)
        return NULL;
    c->binding = (struct rpc_handle){RPC_HANDLE_MAGIC, RPC_HANDLE_CALL, &call_handle_ops};
    c->conn = conn_ref(conn);
    c->call_id = h->call_id;
    c->swap = h->swap;
    memcpy(c->drep, h->drep, sizeof c->drep);
    c->context_id = r->context_id;
    c->opnum = r->opnum;
    c->has_object = r->has_object;
    c->object = r->object;
    list_init(&c->link);
    list_init(&c->job.link);
    list_init(&c->ticket.link);
    list_init(&c->output.link);
    arena_init(&c->arena, c->room, sizeof c->room);
    context_call_init(&c->contexts, &conn->assoc->contexts, NULL, call_resumed);
    return c;
}

bool call_borrow(struct rpc_call *c, struct net_buffer *b, uint8_t *stub, size_t size)
{
    c->stub = stub;
    c->stub_size = size;
    if (((uintptr_t)stub & 7) == 0) {
        c->buffer = net_buffer_ref(b);
        return true;
    }
    c->stub = arena_alloc(&c->arena, size);
    if (c->stub == NULL)
        return false;
    memcpy(c->stub, stub, size);
    return true;
}

bool call_append(struct rpc_call *c, const uint8_t *stub, size_t size, size_t hint)
{
    size_t room = assembly_room(c->body_room, c->stub_size + size, hint, BODY_FIRST);

    if (room != c->body_room) {
        uint8_t *wider = mem_grow(c->body, room);

        if (wider == NULL)
            return false;
        c->body = wider;
        c->body_room = room;
    }
    if (size > 0) /* a fragment may be empty */
        memcpy(c->body + c->stub_size, stub, size);
    c->stub_size += size;
    c->stub = c->body;
    return true;
}

void call_done(struct rpc_call *c)
{
    struct rpc_registration *r = c->registration;
    struct rpc_gate *gate = c->gate;

    if (c->unmarshalled && c->method->release != NULL) /* K2 */
        c->method->release(c, c->record);
    if (!c->answered)
        conn_call_leaves(c->conn, c);
    if (c->entered) {
        gate_leave(gate, &c->ticket);
        if (gate == &server_gate)
            server_call_left();
    }
    if (r != NULL)
        registry_leave(r, c->user);
    call_free(c);
}

void call_free(struct rpc_call *c)
{
    c->binding.magic = 0;
    arena_fini(&c->arena);
    mem_free(c->body);
    net_buffer_unref(c->buffer);
    conn_unref(c->conn);
    to_pool(c);
}

/* ---- The steps -------------------------------------------------------------------------------- */

/* Fails a call whose outcome for its handles is `end`. */
static void fail(struct rpc_call *c, RPC_STATUS status, enum context_end end)
{
    context_settle(&c->contexts, end);
    call_fault(c, rpc_fault_from_status(status), false);
}

static void refuse(struct rpc_call *c, uint32_t fault)
{
    call_fault(c, fault, true);
}

/* The routine, then its results. */
static void work(void *argument)
{
    struct rpc_call *c = argument;

    c->method->invoke(c, c->epv, c->record);
    c->returned = true;
    ndr_out_init(&c->out, c->reply, sizeof c->reply, WIRE_REQUEST_SIZE, c->ndr64, &c->memory);
    c->method->marshal(c, &c->out, c->record);
}

/* The locks are held: routine, marshalling, answer. */
static void execute(struct rpc_call *c)
{
    RPC_STATUS status = guard_run(c, work, c);

    if (!c->returned) { /* E */
        fail(c, status, CONTEXT_RAISED);
        return;
    }
    if (status == 0)
        status = ndr_out_finish(&c->out);
    if (status != 0) { /* B, A */
        fail(c, status, CONTEXT_UNMARSHALLED);
        return;
    }
    call_reply(c);
}

static void log_unread(const struct rpc_call *c)
{
    static struct log_ration ration = LOG_RATION_INIT;
    char peer[NET_PEER_TEXT];
    uint64_t unlogged;

    if (!log_may(&ration, &unlogged))
        return;
    net_peer_text(&c->conn->peer, peer);
    log_line(LOG_LEVEL_WARNING,
             "a request could not be unmarshalled peer=\"%s\" call=%u interface=%s method=%s "
             "octets=%zu status=%d unlogged=%" PRIu64,
             peer, c->call_id, c->registration->interface->name, c->method->name, c->stub_size,
             (int)c->in.status, unlogged);
}

/* Unmarshals and asks for the locks. */
static void run(struct rpc_call *c)
{
    const struct rpc_interface *interface = c->registration->interface;

    ndr_memory_init(&c->memory, &c->arena, interface->allocate, interface->release);
    ndr_in_init(&c->in, c->stub, c->stub_size, c->swap, c->ndr64, &c->memory);
    c->record = arena_alloc(&c->arena, c->method->record_size);
    if (c->record == NULL) {
        fail(c, RPC_S_OUT_OF_MEMORY, CONTEXT_UNREAD);
        return;
    }
    c->method->unmarshal(c, &c->in, c->record);
    if (c->in.status != 0) { /* U, M39 */
        log_unread(c);
        ndr_memory_discard_nodes(&c->memory);
        fail(c, c->in.status, CONTEXT_UNREAD);
        return;
    }
    ndr_memory_forget_nodes(&c->memory);
    c->unmarshalled = true;
    switch (context_acquire(&c->contexts, &c->arena)) {
    case CONTEXT_READY: execute(c); break;
    case CONTEXT_WAITS: break; /* its record waits, no thread */
    case CONTEXT_REFUSED: fail(c, c->contexts.status, CONTEXT_UNREAD); break; /* M40 */
    }
}

static bool client_is_gone(struct rpc_call *c)
{
    bool gone;

    lock_take(&c->conn->lock);
    gone = c->conn->dead;
    lock_give(&c->conn->lock);
    return gone;
}

/* ---- Waiting and going on --------------------------------------------------------------------- */

static void resumed_job(struct net_job *job)
{
    struct rpc_call *c = LIST_ENTRY(job, struct rpc_call, job);

    if (client_is_gone(c))
        call_abandoned(c);
    else if (c->contexts.status != 0)
        fail(c, c->contexts.status, CONTEXT_UNREAD);
    else
        execute(c);
}

static void call_resumed(struct context_call *contexts)
{
    struct rpc_call *c = LIST_ENTRY(contexts, struct rpc_call, contexts);

    c->job.run = resumed_job;
    server_submit(&c->job);
}

static void admitted_job(struct net_job *job)
{
    struct rpc_call *c = LIST_ENTRY(job, struct rpc_call, job);

    if (client_is_gone(c))
        call_abandoned(c);
    else if (c->gate == &server_gate && !server_listens())
        refuse(c, NCA_S_SERVER_TOO_BUSY);
    else
        run(c);
}

static void call_admitted(struct gate_ticket *t)
{
    struct rpc_call *c = LIST_ENTRY(t, struct rpc_call, ticket);

    c->entered = true;
    atomic_store(&c->place, CALL_LOOSE);
    c->job.run = admitted_job;
    server_submit(&c->job);
}

bool call_abandon(struct rpc_call *c, struct context_after *a)
{
    if (atomic_load(&c->place) == CALL_QUEUED)
        return gate_abandon(c->gate, &c->ticket);
    return context_abandon(&c->contexts, a);
}

void call_abandoned(struct rpc_call *c)
{
    context_settle(&c->contexts, CONTEXT_UNREAD);
    call_done(c);
}

/* ---- Admission -------------------------------------------------------------------------------- */

struct question {
    struct rpc_call *call;
    RPC_STATUS answer;
};

static void ask_callback(void *argument)
{
    struct question *q = argument;
    const struct rpc_registration *r = q->call->registration;

    q->answer = r->callback((RPC_IF_HANDLE)(uintptr_t)r->interface, &q->call->binding);
}

/* The flags of rpc-api 4. A client of a unix socket is known by its uid and counts as authenticated;
 * an anonymous session does not. */
static bool may_call(struct rpc_call *c, bool *admitted)
{
    const struct rpc_registration *r = c->registration;
    bool local = c->conn->peer.family == NET_UNIX, known = security_is_known(c);
    struct question q = {.call = c, .answer = RPC_S_ACCESS_DENIED};

    if ((!local && (r->flags & RPC_IF_ALLOW_LOCAL_ONLY) != 0) ||
        (!known && (r->flags & RPC_IF_ALLOW_SECURE_ONLY) != 0))
        return false;
    if (r->callback == NULL || (*admitted && (r->flags & RPC_IF_SEC_NO_CACHE) == 0))
        return true;
    if (!known && (r->flags & RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH) == 0)
        return false;
    if (guard_run(c, ask_callback, &q) != 0 || q.answer != RPC_S_OK)
        return false;
    if (net_owns_set()) /* else the connection's input is another worker's now */
        *admitted = true;
    return true;
}

/* Counted, and logged as limits are: the first, the second, the fourth and so on. */
static void note_denied(const struct rpc_call *c)
{
    uint64_t n = STATS_ADD(calls_denied) + 1;
    char peer[NET_PEER_TEXT];

    if ((n & (n - 1)) != 0)
        return;
    net_peer_text(&c->conn->peer, peer);
    log_line(LOG_LEVEL_WARNING,
             "a call was denied by its interface peer=\"%s\" principal=\"%s\" interface=%s "
             "method=%s times=%" PRIu64,
             peer, c->security != NULL ? c->security->identity->principal : "",
             c->registration->interface->name, c->method->name, n);
}

void call_dispatch(struct rpc_call *c, bool *admitted)
{
    const struct rpc_registration *r = c->registration;

    c->contexts.registration = c->registration;
    stats_count(STATS_CALLS_IN, 1);
    c->epv = registry_epv(c->registration, c->has_object ? &c->object : NULL);
    if (c->epv == NULL) {
        refuse(c, NCA_S_UNSUPPORTED_TYPE);
        return;
    }
    if (((void *const *)c->epv)[c->opnum] == NULL) {
        refuse(c, NCA_S_OP_RNG_ERROR);
        return;
    }
    if ((r->flags | (unsigned)(r->callback != NULL)) != 0 && !may_call(c, admitted)) {
        note_denied(c);
        refuse(c, RPC_S_ACCESS_DENIED);
        return;
    }
    c->gate = (r->flags & RPC_IF_AUTOLISTEN) != 0 ? &c->registration->gate : &server_gate;
    c->ticket.admitted = call_admitted;
    atomic_store_explicit(&c->place, CALL_QUEUED, memory_order_release);
    switch (gate_enter(c->gate, &c->ticket)) {
    case GATE_QUEUED: return;
    case GATE_FULL: refuse(c, NCA_S_SERVER_TOO_BUSY); return;
    case GATE_INSIDE: break;
    }
    c->entered = true;
    atomic_store_explicit(&c->place, CALL_LOOSE, memory_order_release);
    if (c->gate == &server_gate && !server_listens())
        refuse(c, NCA_S_SERVER_TOO_BUSY);
    else
        run(c);
}

/* ---- What stubs call -------------------------------------------------------------------------- */

RPC_BINDING_HANDLE rpc_call_binding(struct rpc_call *call)
{
    return &call->binding;
}

void rpc_call_free(struct rpc_call *call, void *node)
{
    if (node != NULL)
        call->registration->interface->release(node);
}
