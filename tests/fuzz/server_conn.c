/* SPDX-License-Identifier: Apache-2.0
 *
 * server_conn.c - fuzz target: what clients may do to a server, PDU by PDU
 *
 * The input is a list of steps (steps.h). A step is of one of four clients: it binds, alters,
 * authenticates, sends a fragment, cancels, says anything, stops reading, goes and comes back; any PDU may
 * have some octets bent. Or the server takes an interface back and offers it anew. Requests are of small
 * interfaces with context handles. A routine that waits plays the next steps itself, so that calls overlap in
 * one thread, in the same order every time (stage.h).
 *
 * Whatever the server sends must be well-formed. Afterwards nothing is left of the clients, and a client
 * that behaves is served.
 */
#include <stdlib.h>
#include <string.h>

#include <rpc.h>

#include "stage.h"
#include "steps.h"
#include "base/mem.h"
#include "rpc/auth/test_provider.h"
#include "rpc/server/assoc.h"
#include "rpc/server/call.h"
#include "rpc/server/server.h"
#include "rpc/wire/wire.h"

#define CLIENTS 4
#define HANDLES 4
#define DEEPEST 6 /* routines that wait at a time */

#define GUARDED_OCTETS 200 /* a request to the guarded interface has no more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const size_t steps_begin = 0;

static struct steps input;
static unsigned depth;

static void play(void);

/* A routine takes long. */
static void wait_here(void)
{
    if (depth == DEEPEST)
        return;
    depth++;
    stage_adopt();
    play();
    stage_adopt();
    depth--;
}

/* ---- The interface ---------------------------------------------------------------------------- */

enum op { OPEN, USE, CLOSE, ECHO, RAISE, WAIT, SHARED, ABSENT, BOTH, FILL, OPS };

struct record {
    void *h, *other;
    struct rpc_context_slot slot, second;
    int32_t value;
    uint32_t count;
    uint8_t *bytes;
};

static unsigned living; /* what handles stand for */

static void rundown(void *user)
{
    mem_free(user);
    living--;
}

static const struct rpc_context_type thing = {"THING", rundown};

static void get_value(struct rpc_call *call, struct ndr_in *in, void *record)
{
    (void)call;
    ((struct record *)record)->value = (int32_t)ndr_get_long(in);
}

static void get_open(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    get_value(call, in, r);
    rpc_context_new(call, &r->slot, &r->h, &thing, RPC_CONTEXT_OUT);
}

static void get_use(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->slot, &r->h, &thing, RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE);
    get_value(call, in, r);
}

static void get_shared(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->slot, &r->h, &thing,
                    RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE | RPC_CONTEXT_NOSERIALIZE);
    get_value(call, in, r);
}

static void get_both(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->second, &r->other, &thing, RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE);
    get_use(call, in, r);
}

static void get_close(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->slot, &r->h, &thing, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    get_value(call, in, r);
}

static void get_bytes(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    (void)call;
    r->count = ndr_get_count(in);
    if (ndr_get_fits(in, r->count, 1))
        r->bytes = ndr_get_view(in, r->count, 1);
}

/* 1: raises with it; 2: the results cannot be marshalled; else it waits. */
enum { RAISES = 1, SPOILS = 2 };

static void open_thing(struct rpc_call *call, const void *epv, void *record)
{
    struct record *r = record;

    (void)call, (void)epv;
    if (r->value == 4) /* none */
        return;
    r->h = mem_alloc(1);
    if (r->h == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    living++;
    if (r->value == RAISES) { /* the program's own to clear up */
        mem_free(r->h);
        r->h = NULL;
        living--;
        RpcRaiseException(4711);
    }
    if (r->value > 4)
        wait_here();
}

/* Nobody has run down what a routine uses. */
static void look_at(const struct record *r)
{
    require(r->h != NULL && *(volatile uint8_t *)r->h == 0);
    require(r->other == NULL || *(volatile uint8_t *)r->other == 0);
}

static void use_thing(struct rpc_call *call, const void *epv, void *record)
{
    struct record *r = record;

    (void)call, (void)epv;
    look_at(r);
    if (r->value > 2)
        wait_here();
    look_at(r);
    if (r->value == RAISES)
        RpcRaiseException(4711);
    r->value = RpcTestCancel() == RPC_S_OK;
}

static void close_thing(struct rpc_call *call, const void *epv, void *record)
{
    struct record *r = record;

    (void)call, (void)epv;
    if (r->value > 2)
        wait_here();
    if (r->value == RAISES)
        RpcRaiseException(4711);
    if (r->h != NULL) {
        mem_free(r->h);
        living--;
    }
    r->h = NULL;
}

static void nothing(struct rpc_call *call, const void *epv, void *record)
{
    (void)call, (void)epv, (void)record;
}

static void raise_value(struct rpc_call *call, const void *epv, void *record)
{
    (void)call, (void)epv;
    RpcRaiseException(((struct record *)record)->value);
}

static void wait_value(struct rpc_call *call, const void *epv, void *record)
{
    (void)call, (void)epv;
    wait_here();
    ((struct record *)record)->value = RpcTestCancel() == RPC_S_OK;
}

static void put_value(struct rpc_call *call, struct ndr_out *out, void *record)
{
    (void)call;
    ndr_put_long(out, (uint32_t)((struct record *)record)->value);
}

static void put_handle(struct rpc_call *call, struct ndr_out *out, void *record)
{
    struct record *r = record;

    rpc_context_put(call, out, &r->slot);
    if (r->value == SPOILS)
        RpcRaiseException(RPC_X_BAD_STUB_DATA);
}

static void put_bytes(struct rpc_call *call, struct ndr_out *out, void *record)
{
    struct record *r = record;

    (void)call;
    ndr_put_count(out, r->count);
    ndr_put_array(out, r->bytes, r->count, 1);
}

/* More than a fragment. */
static void put_fill(struct rpc_call *call, struct ndr_out *out, void *record)
{
    static uint8_t octets[255 * 64];
    uint32_t count = (uint32_t)((const struct record *)record)->value & 255;

    (void)call;
    ndr_put_count(out, count * 64);
    ndr_put_array(out, octets, count * 64, 1);
}

static void put_nothing(struct rpc_call *call, struct ndr_out *out, void *record)
{
    (void)call, (void)out, (void)record;
}

#define METHOD(name, get, run, put)                               \
    {                                                             \
        name, sizeof(struct record), 0, get, run, put, NULL, 0, 0 \
    }

static const struct rpc_method methods[OPS] = {
    METHOD("Open", get_open, open_thing, put_handle),
    METHOD("Use", get_use, use_thing, put_value),
    METHOD("Close", get_close, close_thing, put_handle),
    METHOD("Echo", get_bytes, nothing, put_bytes),
    METHOD("Raise", get_value, raise_value, put_nothing),
    METHOD("Wait", get_value, wait_value, put_value),
    METHOD("Shared", get_shared, use_thing, put_value),
    METHOD("Absent", get_value, nothing, put_nothing),
    METHOD("Both", get_both, use_thing, put_value),
    METHOD("Fill", get_value, nothing, put_fill),
};

static void present(void)
{
}

static void (*const epv[OPS])(void) = {present, present, present, present, present,
                                       present, present, NULL,    present, present};

enum { LOOSE, STRICT, GUARDED, INTERFACES };

static const struct rpc_interface interfaces[INTERFACES] = {
    {.stub_version = NDR_STUB_VERSION,
     .flags = RPC_INTERFACE_NDR64,
     .name = "loose",
     .id = {{1, 2, 3, {4}}, {1, 2}},
     .method_count = OPS,
     .methods = methods,
     .default_epv = epv},
    {.stub_version = NDR_STUB_VERSION,
     .flags = RPC_INTERFACE_STRICT,
     .name = "strict",
     .id = {{5, 6, 7, {8}}, {1, 0}},
     .method_count = OPS,
     .methods = methods,
     .default_epv = epv},
    {.stub_version = NDR_STUB_VERSION,
     .name = "guarded",
     .id = {{9, 10, 11, {12}}, {1, 0}},
     .method_count = OPS,
     .methods = methods,
     .default_epv = epv},
};

/* Who may call the guarded one. It takes its time. */
static RPC_STATUS RPC_ENTRY ask(RPC_IF_HANDLE interface, void *binding)
{
    RPC_AUTHZ_HANDLE name = NULL;
    RPC_STATUS status = RpcBindingInqAuthClientA(binding, &name, NULL, NULL, NULL, NULL);

    (void)interface;
    wait_here();
    return status == RPC_S_OK && strcmp(name, "ada") == 0 ? RPC_S_OK : RPC_S_ACCESS_DENIED;
}

static RPC_STATUS offer(unsigned which)
{
    RPC_IF_HANDLE handle = (RPC_IF_HANDLE)(uintptr_t)&interfaces[which];

    if (which != GUARDED)
        return RpcServerRegisterIf(handle, NULL, NULL);
    return RpcServerRegisterIf2(handle, NULL, NULL, 0, RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                GUARDED_OCTETS, ask);
}

/* ---- The clients ------------------------------------------------------------------------------ */

static struct client {
    struct net_conn *net;
    struct auth_context *auth[2]; /* to sign with, by id */
    uint8_t level[2];
    uint32_t group, call_id;
    unsigned responses;
} clients[CLIENTS];

static uint8_t handles[HANDLES][20];
static unsigned handle_count;

static void hear_one(struct client *c, const uint8_t *pdu, const struct wire_header *h)
{
    struct wire_bind_ack ack;
    struct wire_result result;
    struct wire_response response;
    struct wire_fault fault;
    uint16_t reason;

    switch (h->type) {
    case WIRE_BIND_ACK:
    case WIRE_ALTER_CONTEXT_RESP:
        require(wire_get_bind_ack(pdu, h->frag_length, h, &ack) == WIRE_OK);
        while (wire_next_result(&ack, &result))
            require(result.result <= WIRE_NEGOTIATE_ACK);
        c->group = ack.group_id;
        break;
    case WIRE_BIND_NAK:
        require(wire_get_bind_nak(pdu, h->frag_length, h, &reason) == WIRE_OK);
        break;
    case WIRE_FAULT:
        require(wire_get_fault(pdu, h->frag_length, h, &fault) == WIRE_OK && fault.status != 0);
        break;
    default:
        require(h->type == WIRE_RESPONSE);
        require(wire_get_response(pdu, h->frag_length, h, &response) == WIRE_OK);
        c->responses++;
        if (response.stub_length == 20 && !response.auth.present)
            memcpy(handles[handle_count++ % HANDLES], pdu + response.stub_offset, 20);
    }
}

static void hear(void *argument, const uint8_t *octets, size_t size)
{
    while (size > 0) {
        struct wire_header h;

        require(wire_get_header(octets, size, &h) == WIRE_OK && h.frag_length <= size);
        hear_one(argument, octets, &h);
        octets += h.frag_length;
        size -= h.frag_length;
    }
}

static void leave(struct client *c)
{
    if (c->net != NULL)
        stage_close(c->net);
    for (unsigned i = 0; i < 2; i++)
        if (c->auth[i] != NULL)
            auth_test_provider.end(c->auth[i]);
    *c = (struct client){0};
}

static bool is_there(struct client *c)
{
    static const struct net_peer peers[CLIENTS] = {
        {.family = NET_TCP, .address = {[10] = 0xff, 0xff, 127, 0, 0, 1}},
        {.family = NET_TCP, .address = {[10] = 0xff, 0xff, 127, 0, 0, 1}},
        {.family = NET_TCP, .address = {[10] = 0xff, 0xff, 192, 0, 2, 1}},
        {.family = NET_UNIX, .uid = 1000, .pid = 42}};

    if (c->net == NULL)
        c->net = stage_open(&peers[c - clients], hear, c);
    return c->net != NULL;
}

/* The PDU as it is, or with some octets bent. */
static void say(struct client *c, struct steps *s, uint8_t *pdu, size_t size)
{
    for (unsigned n = steps_octet(s) & 3; n > 0 && size > 0; n--) {
        size_t at = steps_octet(s);

        pdu[at % size] = (uint8_t)steps_octet(s);
    }
    if (is_there(c))
        stage_input(c->net, pdu, size);
}

static uint32_t call_id(struct client *c, unsigned choice)
{
    if (choice == 0)
        return ++c->call_id;
    return choice == 255 ? 0x80000000u : choice;
}

/* ---- bind, alter_context, auth3 --------------------------------------------------------------- */

static const char *const tokens[4] = {"Hada", "Rright", "Rwrong", ""};

/* Behind a PDU of a leg; the signing of later requests goes by it. */
static size_t add_leg(struct client *c, struct steps *s, uint8_t *pdu, size_t room, size_t size)
{
    unsigned choice = steps_octet(s), level = steps_octet(s) & 7;
    const char *token = tokens[choice >> 1 & 3];
    struct wire_auth a = {.type = choice & 0x40 ? AUTH_TYPE_NTLM : AUTH_TYPE_TEST,
                          .level = (uint8_t)level,
                          .context_id = choice & 1,
                          .token = (const uint8_t *)token,
                          .token_length = strlen(token)};

    if (choice >> 1 == 4) { /* begins it at the client, too */
        const struct auth_client with = {.type = AUTH_TYPE_TEST, .level = (uint8_t)level};
        struct auth_context **x = &c->auth[choice & 1];
        RPC_STATUS status;

        if (*x != NULL)
            auth_test_provider.end(*x);
        *x = auth_test_provider.client(&with, &status);
        c->level[choice & 1] = (uint8_t)level;
    }
    return choice & 0x80 ? size : wire_append_auth(pdu, room, size, &a);
}

static void bind_or_alter(struct client *c, struct steps *s, uint8_t type)
{
    static const RPC_SYNTAX_IDENTIFIER unknown = {{9}, {1, 0}};
    const RPC_SYNTAX_IDENTIFIER features = wire_features_syntax(3);
    const RPC_SYNTAX_IDENTIFIER *const abstracts[4] = {&interfaces[0].id, &interfaces[1].id,
                                                       &unknown, &interfaces[2].id};
    const RPC_SYNTAX_IDENTIFIER syntaxes[4] = {wire_ndr20, wire_ndr64, features, unknown};
    struct wire_header h = {.type = type, .flags = (uint8_t)(WIRE_WHOLE ^ steps_octet(s))};
    struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    struct wire_offer offers[3];
    unsigned group = steps_octet(s), count = 1 + steps_octet(s) % 3, auth;
    uint8_t pdu[1024];
    size_t size;

    h.call_id = ++c->call_id;
    if (group != 0)
        b.group_id = group <= CLIENTS ? clients[group - 1].group : group;
    for (unsigned i = 0; i < count; i++) {
        unsigned choice = steps_octet(s);

        offers[i] = (struct wire_offer){.id = (uint16_t)(choice >> 4),
                                        .syntax_count = 1,
                                        .abstract = abstracts[choice & 3],
                                        .syntaxes = &syntaxes[choice >> 2 & 3]};
    }
    auth = steps_octet(s);
    size = wire_put_bind(pdu, sizeof pdu, &h, &b, offers, (uint8_t)count);
    if (auth != 0)
        size = add_leg(c, s, pdu, sizeof pdu, size);
    say(c, s, pdu, size);
}

static void auth3(struct client *c, struct steps *s)
{
    const struct wire_header h = {
        .type = WIRE_AUTH3, .flags = WIRE_WHOLE, .call_id = call_id(c, steps_octet(s))};
    uint8_t pdu[256];

    wire_put_auth3(pdu, &h);
    say(c, s, pdu, add_leg(c, s, pdu, sizeof pdu, WIRE_AUTH3_SIZE));
}

/* ---- Requests --------------------------------------------------------------------------------- */

/* The stub data of an operation. */
static size_t put_stub(struct steps *s, unsigned opnum, uint8_t *to)
{
    unsigned choice = steps_octet(s), value = steps_octet(s);
    size_t size = 4;

    memset(to, 0, 4 + 4 * 255);
    if (opnum == BOTH) {
        memcpy(to, handles[choice >> 2 & 3], 20);
        choice &= 3;
        to += 20;
        size += 20;
    }
    if (opnum == ECHO) {
        to[0] = (uint8_t)choice;
        to[1] = (uint8_t)(value & 3);
        return 4 + (choice | (value & 3) << 8);
    }
    if (opnum == USE || opnum == CLOSE || opnum == SHARED || opnum == BOTH) {
        if (choice < HANDLES)
            memcpy(to, handles[choice], 20);
        else
            memset(to, choice == 255 ? 0 : (int)choice, 20);
        to += 20;
        size += 20;
    }
    to[0] = (uint8_t)value;
    return size;
}

static uint8_t *put_le(uint8_t *to, uint32_t v, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(v >> 8 * i);
    return to + size;
}

/* Which commands a verification trailer has; the last is marked so unless END_LESS. */
enum { BITMASK = 1, PCONTEXT = 2, HEADER2 = 4, UNKNOWN = 8, SECOND = 16, END_LESS = 32, BENT = 64 };

/* Puts one behind the stub data; the new size. */
static size_t put_verification(struct steps *s, uint8_t *stub, size_t size,
                               const struct wire_header *h, const struct wire_request *q)
{
    static const uint8_t signature[8] = {0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};
    static const uint8_t sizes[] = {4, 40, 16, 4};
    unsigned what = steps_octet(s), last = what & 15;
    uint8_t *start = stub + ((size + 3) & ~(size_t)3), *to = start + sizeof signature;

    memset(stub + size, 0, 3 + 8 + 4 * 4 + 4 + 40 + 16 + 4);
    memcpy(start, signature, sizeof signature);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t *body = to + 4;

        if ((what & 1u << i) == 0)
            continue;
        (void)put_le(to, i < 3 ? i + 1 : 9, 2);
        if (last >> i == 1 && (what & END_LESS) == 0)
            to[1] |= 0x40;
        (void)put_le(to + 2, sizes[i], 2);
        to = body + sizes[i];
        switch (1u << i) {
        case BITMASK: (void)put_le(body, 1, 4); break;
        case PCONTEXT: /* as in our memory: we are little-endian */
            memcpy(body, &interfaces[what & SECOND ? 1 : 0].id, 20);
            memcpy(body + 20, &wire_ndr20, 20);
            break;
        case HEADER2:
            body[4] = 0x10; /* drep */
            (void)put_le(put_le(put_le(body + 8, h->call_id, 4), q->context_id, 2), q->opnum, 2);
            break;
        default: break;
        }
    }
    if (what & BENT) {
        size_t at = steps_octet(s) % (size_t)(to - start);

        start[at] = (uint8_t)steps_octet(s);
    }
    return (size_t)(to - stub);
}

/* Signs what lies in the PDU and puts the trailer behind it. */
static size_t sign(struct client *c, unsigned choice, uint8_t *pdu, struct wire_header *h,
                   const struct wire_request *q, size_t body_at, size_t stub)
{
    enum { TOKEN = 16 };
    unsigned id = choice & 1;
    uint8_t pad = wire_auth_pad(stub);
    struct wire_auth a = {.type = AUTH_TYPE_TEST,
                          .level = (uint8_t)(c->level[id] ^ (choice >> 4)),
                          .pad_length = pad,
                          .context_id = choice & 8 ? 1 - id : id};
    struct auth_message m = {.octets = pdu,
                             .size = body_at + stub + pad + WIRE_TRAILER_SIZE,
                             .body_at = body_at,
                             .body_size = stub + pad,
                             .header_signing = (choice & 4) != 0};

    h->auth_length = TOKEN;
    h->frag_length = (uint16_t)(m.size + TOKEN);
    (void)wire_put_request(pdu, h, q);
    memset(pdu + body_at + stub, 0, pad);
    wire_put_trailer(pdu + body_at + stub + pad, &a);
    memset(pdu + m.size, 0, TOKEN);
    if (c->auth[id] != NULL)
        (void)auth_test_provider.wrap(c->auth[id], &m, pdu + m.size, TOKEN);
    return m.size + TOKEN;
}

/* A fragment: of the operation's stub data all, the beginning or the rest. */
static void request(struct client *c, struct steps *s)
{
    struct wire_header h = {.type = WIRE_REQUEST, .flags = (uint8_t)(WIRE_WHOLE ^ steps_octet(s))};
    unsigned opnum = steps_octet(s), cut, auth;
    struct wire_request q = {.opnum = (uint16_t)(opnum & 15), .object = {.Data1 = 77}};
    uint8_t stub[2048], pdu[2048 + 128];
    size_t from = 0, size, body_at;

    h.call_id = call_id(c, steps_octet(s));
    q.context_id = (uint16_t)steps_octet(s);
    cut = steps_octet(s);
    auth = steps_octet(s);
    size = put_stub(s, q.opnum, stub);
    if (opnum & 0x10)
        size = put_verification(s, stub, size, &h, &q);
    if (cut & 0x80)
        from = (cut & 0x7f) < size ? (cut & 0x7f) : size;
    else if (cut != 0 && cut < size)
        size = cut;
    size -= from;
    q.alloc_hint = opnum & 0x80 ? 0x400001 : (uint32_t)size;
    q.has_object = (h.flags & WIRE_OBJECT_UUID) != 0;
    body_at = q.has_object ? WIRE_REQUEST_OBJECT_SIZE : WIRE_REQUEST_SIZE;
    memcpy(pdu + body_at, stub + from, size);
    if (auth & 2) {
        size = sign(c, auth, pdu, &h, &q, body_at, size);
    } else {
        size += body_at;
        h.frag_length = (uint16_t)size;
        (void)wire_put_request(pdu, &h, &q);
    }
    say(c, s, pdu, size);
}

/* ---- Steps ------------------------------------------------------------------------------------ */

static void control(struct client *c, struct steps *s, unsigned pdu_type)
{
    const struct wire_header h = {
        .type = (uint8_t)pdu_type, .flags = WIRE_WHOLE, .call_id = steps_octet(s)};
    uint8_t pdu[WIRE_HEADER_SIZE];

    wire_put_control(pdu, &h);
    say(c, s, pdu, sizeof pdu);
}

/* All that was sent arrives, and is answered. */
static void settle(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (clients[i].net != NULL)
            stage_reads(clients[i].net, true);
    stage_jobs();
}

enum { RENEW_GUARDED = 1, RENEW_HANDLES = 2 };

/* An interface is taken back, perhaps while it is called, and offered anew; or its handles are
 * run down with it, at the end of its calls. */
static void renew(unsigned how)
{
    unsigned which = how & RENEW_GUARDED ? GUARDED : STRICT;
    RPC_IF_HANDLE handle = (RPC_IF_HANDLE)(uintptr_t)&interfaces[which];
    RPC_STATUS status;

    (void)mem_fail_at(0, 0);
    if (depth == 0 && (how & RENEW_HANDLES) != 0) {
        settle();
        status = RpcServerUnregisterIfEx(handle, NULL, 1);
    } else {
        status = RpcServerUnregisterIf(handle, NULL, 0);
    }
    require(status == RPC_S_OK && offer(which) == RPC_S_OK);
}

static void anything(struct client *c, struct steps *s)
{
    if (is_there(c))
        stage_input(c->net, s->at, (size_t)(s->end - s->at));
}

enum kind {
    BIND,
    REQUEST,
    ALTER,
    AUTH3,
    CANCEL,
    ORPHAN,
    OTHER,
    ANYTHING,
    DEAF,
    READS,
    GO,
    HUNGRY,
    BACK,
    RENEW,
    MISHAP
};

/* A call of the server's security package is going to fail; with 0 none. */
static void mishap(unsigned how)
{
    unsigned which = how & 3, n = 1 + (how >> 2 & 7);

    atomic_store(&auth_test_failures.server_wrap, which == 1 ? n : 0);
    atomic_store(&auth_test_failures.server_unwrap, which == 2 ? n : 0);
    atomic_store(&auth_test_failures.server_step, which == 3 ? n : 0);
}

/* False: the routine that waits goes on. */
static bool take_step(struct steps *s)
{
    unsigned what = steps_octet(s);
    struct client *c = &clients[what >> 6];

    switch ((enum kind)(what & 15)) {
    case BIND: bind_or_alter(c, s, WIRE_BIND); break;
    case REQUEST: request(c, s); break;
    case ALTER: bind_or_alter(c, s, WIRE_ALTER_CONTEXT); break;
    case AUTH3: auth3(c, s); break;
    case CANCEL: control(c, s, WIRE_CO_CANCEL); break;
    case ORPHAN: control(c, s, WIRE_ORPHANED); break;
    case OTHER: control(c, s, steps_octet(s)); break;
    case ANYTHING: anything(c, s); break;
    case DEAF:
    case READS:
        if (c->net != NULL)
            stage_reads(c->net, (what & 15) == READS);
        break;
    case GO: leave(c); break;
    case HUNGRY:
        (void)mem_fail_at(1 + steps_octet(s) % 32, 0);
        break; /* of the next allocations one fails */
    case BACK: return false;
    case RENEW: renew(steps_octet(s)); break;
    case MISHAP: mishap(steps_octet(s)); break;
    default: break;
    }
    if ((what & 0x20) == 0) /* else the next step comes before what is due */
        stage_jobs();
    return true;
}

static void play(void)
{
    struct steps s;

    while (steps_next(&input, &s) && take_step(&s))
        ;
}

/* ---- Before and after ------------------------------------------------------------------------- */

static void start(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    auth_provider_add(&auth_test_provider);
    require(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR) "stage", NULL) == RPC_S_OK);
    for (unsigned i = 0; i < INTERFACES; i++)
        require(offer(i) == RPC_S_OK);
    require(RpcServerRegisterAuthInfoA((RPC_CSTR) "stage", AUTH_TYPE_TEST, NULL, NULL) == RPC_S_OK);
    require(RpcServerListen(1, 3, 1) == RPC_S_OK); /* the fourth call at a time waits */
}

static void require_nothing_left(void)
{
    require(stage_left() == 0);
    require(assoc_count() == 0 && context_count() == 0);
    require(gate_count(&server_gate) == 0 && atomic_load(&server_gate.waiting) == 0);
    require(living == 0);
    require(atomic_load(&auth_test_contexts) == 0);
}

static void all_leave(void)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        leave(&clients[i]);
    stage_jobs();
    require_nothing_left();
}

/* Binds, and is answered: a reply that comes is one more than before. */
static void good_call(void)
{
    static const uint8_t steps[] = {1, BIND, 4, REQUEST, 0, ECHO, 0};

    input = (struct steps){steps, steps + sizeof steps};
    play();
    require(clients[0].responses == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    start();
    memset(handles, 0, sizeof handles);
    handle_count = 0;
    input = (struct steps){data, data + size};
    while (input.at < input.end) /* BACK ends nothing out here */
        play();
    (void)mem_fail_at(0, 0);
    mishap(0);
    all_leave();
    good_call();
    all_leave();
    call_forget_pool();
    return 0;
}
