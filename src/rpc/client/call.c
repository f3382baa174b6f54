/* SPDX-License-Identifier: Apache-2.0
 *
 * call.c - a client's call, from the stub's first line to its last
 *
 * States:   begun -> bound (a handle named) -> started (holds a connection) -> exchanged (reply to be
 *           read) -> ended. A failure on the way sets the call's status; later steps then do nothing,
 *           and rpc_client_end raises.
 * Memory:   a small call lives in the stub's frame: state in private_, arguments in `room`, its arena
 *           lent the end of `room`; the reply is read in the connection's buffer.
 * Spec:     rpc-associations 2, 5 (R1, R2, R4 to R8); rpc-contexts 2.1, 4; rpc-api 8.3
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rpc/client/call_state.h"
#include "rpc/client/cancel.h"
#include "rpc/client/context.h"
#include "rpc/client/exchange.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/core/uuid.h"
#include "rpc/ndr/ndr_memory.h"

#define ARENA_ROOM 192 /* of the frame's room: segment nodes and small copies */

static bool fail(struct rpc_client_call *c, RPC_STATUS status, enum rpc_blame blame)
{
    if (c->status == RPC_S_OK) {
        c->status = status;
        c->from_fault = blame == RPC_BLAME_FAULT;
        rpc_call_state(c)->blame = blame;
    }
    return false;
}

void rpc_client_begin(struct rpc_client_call *c, const struct rpc_interface *interface,
                      uint32_t opnum, uint32_t flags)
{
    struct rpc_call_state *state = rpc_call_state(c);

    *state = (struct rpc_call_state){.staged_tail = &state->staged};
    c->status = RPC_S_OK;
    c->from_fault = 0;
    c->interface = interface;
    c->opnum = opnum;
    c->flags = flags;
    c->runtime = NULL;
    arena_init(&state->arena, c->room + RPC_CLIENT_ROOM - ARENA_ROOM, ARENA_ROOM);
    ndr_memory_init(&c->memory, &state->arena, interface->allocate, interface->release);
    ndr_in_init(&c->in, NULL, 0, false, false, &c->memory);
    ndr_out_init(&c->out, c->room, RPC_CLIENT_ROOM - ARENA_ROOM, WIRE_REQUEST_OBJECT_SIZE, false,
                 &c->memory);
    if (interface->stub_version != NDR_STUB_VERSION)
        (void)fail(c, RPC_X_WRONG_STUB_VERSION, RPC_BLAME_CALLER);
}

/* ---- Binding ---------------------------------------------------------------------------------- */

void rpc_client_bind(struct rpc_client_call *c, RPC_BINDING_HANDLE binding)
{
    struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_binding *b;
    RPC_STATUS status = rpc_binding_of(binding, &b);

    if (c->status != RPC_S_OK)
        return;
    if (status != RPC_S_OK) {
        (void)fail(c, status, RPC_BLAME_COMM);
        return;
    }
    if ((state->binding != NULL && !rpc_bindings_agree(state->binding, b)) ||
        (state->by_context && !rpc_binding_leads_to(b, state->assoc))) {
        (void)fail(c, RPC_X_SS_HANDLES_MISMATCH, RPC_BLAME_CALLER);
        return;
    }
    if (state->binding == NULL && !state->by_context) {
        state->binding = b;
        state->options = rpc_call_options_copy(&b->options);
    }
}

/* The association of a context handle becomes the call's, or has to be it already. */
static RPC_STATUS bind_view(struct rpc_call_state *state, struct rpc_handle_view *view)
{
    if (state->by_context)
        return state->assoc == view->assoc ? RPC_S_OK : RPC_X_SS_HANDLES_MISMATCH;
    if (state->binding != NULL && !rpc_binding_leads_to(state->binding, view->assoc))
        return RPC_X_SS_HANDLES_MISMATCH;
    if (state->binding == NULL) {
        state->options = view->options; /* the view's references are the call's */
        view->options.auth = NULL;
    }
    state->assoc = view->assoc;
    view->assoc = NULL;
    state->by_context = true;
    return RPC_S_OK;
}

void rpc_client_bind_context(struct rpc_client_call *c, void *handle, uint32_t flags)
{
    struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_handle_view view;
    RPC_STATUS status;

    if (c->status != RPC_S_OK)
        return;
    if (handle == NULL) {
        state->null_context = true;
        if ((flags & RPC_CONTEXT_OUT) == 0)
            (void)fail(c, RPC_X_SS_IN_NULL_CONTEXT, RPC_BLAME_CALLER);
        return;
    }
    if (rpc_runtime_is_closed()) {
        (void)fail(c, RPC_S_SERVER_UNAVAILABLE, RPC_BLAME_COMM);
        return;
    }
    if (!rpc_handle_look(handle, true, &view)) {
        (void)fail(c, RPC_X_SS_CONTEXT_MISMATCH, RPC_BLAME_CALLER);
        return;
    }
    status = atomic_load(&view.assoc->defunct) ? RPC_X_SS_CONTEXT_MISMATCH /* its server is gone */
                                               : bind_view(state, &view);
    rpc_assoc_unref(view.assoc);
    auth_client_unref(view.options.auth);
    state->named = handle;
    memcpy(state->token, view.token, RPC_TOKEN_SIZE);
    if (status != RPC_S_OK)
        (void)fail(c, status, RPC_BLAME_CALLER);
}

void rpc_client_bind_contexts(struct rpc_client_call *c, void *const *handles, uint32_t count,
                              uint32_t flags)
{
    for (uint32_t i = 0; i < count && c->status == RPC_S_OK; i++)
        rpc_client_bind_context(c, handles[i], flags);
}

/* ---- Starting --------------------------------------------------------------------------------- */

/* Takes a connection. A call by binding handle whose association turns out dead gets a fresh one; a
 * call by context handle does not, since nobody else knows the handle (R8). */
static RPC_STATUS connect_call(struct rpc_client_call *c)
{
    struct rpc_call_state *state = rpc_call_state(c);
    RPC_STATUS status = RPC_S_OK;

    for (int fresh = 0; fresh < 2; fresh++) {
        if (state->assoc == NULL)
            status = rpc_binding_attach(state->binding, c->interface, &state->assoc);
        if (status != RPC_S_OK)
            return status;
        status = rpc_assoc_acquire(state->assoc, c->interface, state->options.com_timeout,
                                   state->options.auth, &state->conn);
        if (status != RPC_ASSOC_DEFUNCT)
            return status;
        if (state->by_context)
            return RPC_X_SS_CONTEXT_MISMATCH;
        rpc_count(&rpc_client_counters.retries);
        rpc_assoc_unref(state->assoc);
        state->assoc = NULL;
        status = RPC_S_OK;
    }
    return RPC_S_CALL_FAILED_DNE;
}

bool rpc_client_start(struct rpc_client_call *c)
{
    struct rpc_call_state *state = rpc_call_state(c);
    RPC_STATUS status;

    if (c->status != RPC_S_OK)
        return false;
    if (rpc_runtime_is_closed())
        return fail(c, RPC_S_SERVER_UNAVAILABLE, RPC_BLAME_COMM);
    if (state->binding == NULL && state->assoc == NULL)
        return state->null_context ? fail(c, RPC_X_SS_IN_NULL_CONTEXT, RPC_BLAME_CALLER)
                                   : fail(c, RPC_S_INVALID_BINDING, RPC_BLAME_COMM);
    rpc_cancel_begin();
    status = connect_call(c);
    if (status != RPC_S_OK)
        return fail(c, status, RPC_BLAME_COMM);
    c->out.ndr64 = rpc_conn_presentation(state->conn, c->interface)->ndr64;
    return true;
}

/* ---- Request and reply ------------------------------------------------------------------------ */

/* What the call is bounded by (rpc-associations 6.2), 0: nothing. */
static uint32_t timeout_of(const struct rpc_call_state *state)
{
    return state->assoc->transport == RPC_TRANSPORT_TCP || state->options.call_timeout_local
               ? state->options.call_timeout_ms
               : 0;
}

static uint64_t send_deadline(uint32_t timeout_ms)
{
    return timeout_ms == 0 ? 0 : clock_now_ns() + (uint64_t)timeout_ms * 1000000u;
}

static struct rpc_request describe(struct rpc_client_call *c)
{
    struct rpc_call_state *state = rpc_call_state(c);
    const struct ndr_segment *first = c->out.first;
    bool in_frame =
        first == NULL || (first->next == NULL && first->data == c->room + WIRE_REQUEST_OBJECT_SIZE);

    return (struct rpc_request){
        .call_id = rpc_conn_call_id(state->conn),
        .presentation = rpc_conn_presentation(state->conn, c->interface)->id,
        .opnum = (uint16_t)c->opnum,
        .object = rpc_uuid_is_nil(&state->options.object) ? NULL : &state->options.object,
        .segments = first,
        .size = ndr_out_size(&c->out),
        .lead = in_frame ? c->room : NULL,
    };
}

/* The server may have said why before it stopped listening to a request of many fragments. */
static bool early_fault(struct rpc_client_call *c, uint32_t call_id)
{
    struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_reply reply;
    RPC_STATUS status = rpc_exchange_receive(state->conn, call_id, 1, &reply);

    mem_free(reply.owned);
    if (!reply.is_fault)
        return false;
    (void)fail(c, status, RPC_BLAME_FAULT);
    return true;
}

static bool is_private(const struct rpc_call_state *state)
{
    return state->options.auth != NULL && state->options.auth->level == AUTH_LEVEL_PRIVACY;
}

/* Sends the request, once more over another connection if none of it can have arrived (R2). */
static bool send_request(struct rpc_client_call *c, uint32_t *ret_call_id)
{
    struct rpc_call_state *state = rpc_call_state(c);
    uint32_t timeout = timeout_of(state);

    for (;;) {
        struct rpc_request request = describe(c);
        RPC_STATUS status;

        *ret_call_id = request.call_id;
        switch (rpc_exchange_send(state->conn, &request, send_deadline(timeout))) {
        case RPC_SENT: return true;
        case RPC_SENT_TOO_LATE: return fail(c, RPC_S_CALL_CANCELLED, RPC_BLAME_COMM);
        case RPC_SENT_PARTLY: /* R4 */
            return !early_fault(c, request.call_id) &&
                   fail(c, RPC_S_CALL_FAILED_DNE, RPC_BLAME_COMM);
        case RPC_SENT_UNPROTECTED: return fail(c, RPC_S_SEC_PKG_ERROR, RPC_BLAME_COMM);
        case RPC_SENT_NOTHING: break;
        }
        if (is_private(state)) /* R3 */
            return fail(c, RPC_S_CALL_FAILED_DNE, RPC_BLAME_COMM);
        if (state->resent)
            return fail(c, RPC_S_SERVER_UNAVAILABLE, RPC_BLAME_COMM);
        state->resent = true;
        rpc_count(&rpc_client_counters.retries);
        rpc_assoc_release(state->assoc, state->conn);
        state->conn = NULL;
        status = connect_call(c);
        if (status != RPC_S_OK)
            return fail(c, status, RPC_BLAME_COMM);
        if (rpc_conn_presentation(state->conn, c->interface)->ndr64 != c->out.ndr64)
            return fail(c, RPC_S_SERVER_UNAVAILABLE, RPC_BLAME_COMM); /* another server by now */
    }
}

bool rpc_client_exchange(struct rpc_client_call *c)
{
    struct rpc_call_state *state = rpc_call_state(c);
    struct rpc_reply reply;
    uint32_t call_id, timeout;
    RPC_STATUS status;

    if (c->status != RPC_S_OK)
        return false;
    status = ndr_out_finish(&c->out);
    if (status != RPC_S_OK)
        return fail(c, status, RPC_BLAME_CALLER);
    if (rpc_cancel_asked())
        return fail(c, RPC_S_CALL_CANCELLED, RPC_BLAME_COMM);
    if (!send_request(c, &call_id))
        return false;
    timeout = timeout_of(state);
    rpc_cancel_listen(state->conn, call_id);
    status = rpc_exchange_receive(state->conn, call_id, timeout, &reply);
    if (rpc_cancel_deaf() && status == RPC_S_CALL_FAILED && !reply.is_fault)
        status = RPC_S_CALL_CANCELLED;
    if (status != RPC_S_OK)
        return fail(c, status, reply.is_fault ? RPC_BLAME_FAULT : RPC_BLAME_COMM);
    state->reply = reply.owned;
    if (c->out.ndr64 && reply.swap) /* NDR64 is little-endian (rpc-wire 10) */
        return fail(c, RPC_X_BAD_STUB_DATA, RPC_BLAME_CALLER);
    ndr_in_init(&c->in, reply.stub, reply.size, reply.swap, c->out.ndr64, &c->memory);
    return true;
}

/* ---- Ending ----------------------------------------------------------------------------------- */

/* Puts a failure where the stub wants it. True if it has to be raised. */
static bool must_raise(RPC_STATUS status, enum rpc_blame blame, error_status_t *comm_status,
                       error_status_t *fault_status)
{
    error_status_t *taker = blame == RPC_BLAME_COMM    ? comm_status
                            : blame == RPC_BLAME_FAULT ? fault_status
                                                       : NULL;

    if (comm_status != NULL)
        *comm_status = RPC_S_OK;
    if (fault_status != NULL)
        *fault_status = RPC_S_OK;
    if (status == RPC_S_OK)
        return false;
    if (taker != NULL)
        *taker = (error_status_t)status;
    return taker == NULL;
}

void rpc_client_end(struct rpc_client_call *c, error_status_t *comm_status,
                    error_status_t *fault_status)
{
    struct rpc_call_state *state = rpc_call_state(c);
    enum rpc_blame blame;
    RPC_STATUS status;

    rpc_cancel_end();
    if (c->in.status != RPC_S_OK)
        (void)fail(c, c->in.status, RPC_BLAME_CALLER);
    status = c->status;
    blame = state->blame;
    rpc_handles_settle(state->staged, state->assoc, status == RPC_S_OK);
    if (status == RPC_S_OK)
        ndr_memory_forget_nodes(&c->memory);
    else
        ndr_memory_discard_nodes(&c->memory);
    arena_fini(&state->arena);
    mem_free(state->reply);
    if (state->conn != NULL)
        rpc_assoc_release(state->assoc, state->conn);
    rpc_assoc_unref(state->assoc);
    auth_client_unref(state->options.auth);
    if (must_raise(status, blame, comm_status, fault_status))
        RpcRaiseException(status);
}
