/* SPDX-License-Identifier: Apache-2.0
 *
 * client_reply.c - fuzz target: what a hostile server may send to a client
 *
 * The input is the server's half of a conversation: the answer to a bind, to the legs of an authentication, to
 * an alter_context, then replies to two calls, over a socket pair. Before it may be an octet that says what
 * the client wants; an input that begins as PDUs do wants nothing. A reply that is accepted lies in memory of
 * ours, aligned as the unmarshalling wants it. Whatever it hears, what the client says is well-formed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc.h>

#include "require.h"
#include "base/mem.h"
#include "rpc/auth/test_provider.h"
#include "rpc/client/exchange.h"
#include "rpc/client/security.h"

#define INPUT_MAX ((size_t)65536) /* fits the socket's buffer, so that one thread can play both */
#define STUB_MAX  ((size_t)40000)
#define SAID_MAX  (4 * STUB_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The octet of wishes; no PDU begins with one, as bit 2 is not set. */
enum { LEVEL = 0x03, EVEN_LEGS = 0x08, STUB = 0x30, OBJECT = 0x40, TWO_SYNTAXES = 0x80 };

static const struct rpc_interface interfaces[4] = {
    {.stub_version = NDR_STUB_VERSION, .id = {{1, 2, 3, {4}}, {1, 0}}},
    {.stub_version = NDR_STUB_VERSION, .id = {{5, 6, 7, {8}}, {1, 0}}},
    {.stub_version = NDR_STUB_VERSION,
     .id = {{1, 2, 3, {4}}, {1, 0}},
     .flags = RPC_INTERFACE_NDR64},
    {.stub_version = NDR_STUB_VERSION,
     .id = {{5, 6, 7, {8}}, {1, 0}},
     .flags = RPC_INTERFACE_NDR64},
};

static struct {
    const struct rpc_interface *interfaces; /* two */
    uint8_t level;                          /* 0: unauthenticated */
    size_t stub;                            /* octets of a request */
    const UUID *object;
} wishes;

static uint8_t stub_octet(size_t at)
{
    return (uint8_t)(at * 7 + (at >> 8));
}

/* ---- The client ------------------------------------------------------------------------------- */

static void check_reply(const struct rpc_reply *r, RPC_STATUS status, const struct rpc_conn *conn)
{
    const volatile uint8_t *p = r->stub;

    require(status != RPC_S_OK || (r->stub != NULL && ((uintptr_t)r->stub & 7) == 0));
    require(status == RPC_S_OK || (r->stub == NULL && r->owned == NULL));
    require(status == RPC_S_OK || r->is_fault || conn->broken);
    for (size_t i = 0; i < r->size; i++)
        (void)p[i];
}

static void negotiate(struct rpc_conn *conn, unsigned which)
{
    const struct rpc_interface *interface = &wishes.interfaces[which];
    struct rpc_negotiation n =
        rpc_conn_negotiate(conn, which == 0 ? WIRE_BIND : WIRE_ALTER_CONTEXT, interface, 0, 0);
    bool known = rpc_conn_presentation(conn, interface) != NULL;

    /* what is accepted before a leg fails is of no use */
    require((n.result == RPC_NEGOTIATED) == known || (known && conn->broken));
    require(conn->broken == (n.result != RPC_NEGOTIATED && n.result != RPC_REJECTED));
    require(n.result == RPC_NEGOTIATED || n.status != RPC_S_OK);
}

/* In two pieces, as a marshalled request may be. */
static void send_request(struct rpc_conn *conn, uint32_t call_id)
{
    static uint8_t octets[STUB_MAX];
    const struct rpc_presentation *p = rpc_conn_presentation(conn, &wishes.interfaces[0]);
    size_t half = wishes.stub / 2;
    struct ndr_segment second = {.data = octets + half, .size = wishes.stub - half};
    struct ndr_segment first = {.next = &second, .data = octets, .size = half};
    const struct rpc_request request = {.call_id = call_id,
                                        .presentation = p != NULL ? p->id : 0,
                                        .object = wishes.object,
                                        .segments = half > 0 ? &first : &second,
                                        .size = wishes.stub};

    for (size_t i = 0; i < wishes.stub; i++)
        octets[i] = stub_octet(i);
    require(rpc_exchange_send(conn, &request, 0) == RPC_SENT);
}

static void converse(struct rpc_conn *conn)
{
    for (unsigned i = 0; i < 2 && !conn->broken; i++)
        negotiate(conn, i);
    for (unsigned i = 0; i < 2 && !conn->broken; i++) {
        uint32_t call_id = rpc_conn_call_id(conn);
        struct rpc_reply reply;
        RPC_STATUS status;

        send_request(conn, call_id);
        status = rpc_exchange_receive(conn, call_id, 0, &reply);
        check_reply(&reply, status, conn);
        mem_free(reply.owned);
    }
}

/* ---- What it has said ------------------------------------------------------------------------- */

/* A fragment of a request; the octets of its call that came before it are `at`. Returns those after it. */
static size_t hear_request(uint8_t *pdu, const struct wire_header *h, struct auth_context *server,
                           size_t at)
{
    struct wire_request r;

    require(wire_get_request(pdu, h->frag_length, h, &r) == WIRE_OK);
    require(((h->flags & WIRE_FIRST_FRAG) != 0) == (at == 0));
    require(r.has_object == (wishes.object != NULL) && r.auth.present == (server != NULL));
    if (server != NULL) {
        const struct auth_message m = {.octets = pdu,
                                       .size = r.auth.offset + WIRE_TRAILER_SIZE,
                                       .body_at = r.stub_offset,
                                       .body_size = r.auth.offset - r.stub_offset,
                                       .header_signing = server->header_signing};

        require(server->provider->unwrap(server, &m, r.auth.token, r.auth.token_length));
    }
    for (size_t i = 0; i < r.stub_length && at + i < wishes.stub; i++)
        require(pdu[r.stub_offset + i] == stub_octet(at + i));
    at += r.stub_length;
    if ((h->flags & WIRE_LAST_FRAG) == 0)
        return at;
    require(at >= wishes.stub); /* a verification trailer may have come behind it */
    return 0;
}

static void hear(int peer, struct auth_context *server)
{
    static uint8_t said[SAID_MAX];
    size_t at = 0, left = 0;
    uint8_t *pdu = said;
    ssize_t more;

    while ((more = recv(peer, said + left, sizeof said - left, MSG_DONTWAIT)) > 0)
        left += (size_t)more;
    require(left < sizeof said);
    while (left > 0) {
        struct wire_header h;
        struct wire_bind b;
        struct wire_auth a;

        require(wire_get_header(pdu, left, &h) == WIRE_OK && h.frag_length <= left);
        if (h.type == WIRE_REQUEST)
            at = hear_request(pdu, &h, server, at);
        else if (h.type == WIRE_AUTH3)
            require(wire_get_auth3(pdu, h.frag_length, &h, &a) == WIRE_OK);
        else
            require(wire_get_bind(pdu, h.frag_length, &h, &b) == WIRE_OK);
        pdu += h.frag_length;
        left -= h.frag_length;
    }
}

/* ---- An input --------------------------------------------------------------------------------- */

static void wish(unsigned octet)
{
    static const uint8_t levels[] = {0, AUTH_LEVEL_CONNECT, AUTH_LEVEL_INTEGRITY,
                                     AUTH_LEVEL_PRIVACY};
    static const size_t stubs[] = {0, 100, 6000, STUB_MAX};
    static const UUID object = {.Data1 = 77};

    auth_provider_add(octet & EVEN_LEGS ? &auth_test_provider_even : &auth_test_provider);
    wishes.interfaces = &interfaces[octet & TWO_SYNTAXES ? 2 : 0];
    wishes.level = levels[octet & LEVEL];
    wishes.stub = stubs[(octet & STUB) >> 4];
    wishes.object = octet & OBJECT ? &object : NULL;
}

static bool authenticate(struct rpc_conn *conn)
{
    const struct auth_client like = {.type = AUTH_TYPE_TEST, .level = wishes.level};
    struct auth_client *client = auth_client_new(&like);
    bool good = client != NULL && rpc_security_begin(conn, client) == RPC_S_OK;

    auth_client_unref(client);
    return good;
}

/* The server's end of the connection's protection; NULL if there is none. */
static struct auth_context *other_end(const struct rpc_conn *conn)
{
    struct auth_context *server;
    RPC_STATUS status;

    if (!rpc_security_protects(conn))
        return NULL;
    server = auth_provider_find(AUTH_TYPE_TEST)->server(NULL, wishes.level, &status);
    require(server != NULL);
    server->header_signing = conn->security->auth->header_signing;
    return server;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool wants = size > 0 && (data[0] & 4) == 0;
    struct auth_context *server = NULL;
    struct rpc_conn *conn = NULL;
    int pair[2];

    wish(wants ? data[0] : 0);
    data += wants;
    size -= wants;
    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 0;
    if (write(pair[1], data, size) == (ssize_t)size && shutdown(pair[1], SHUT_WR) == 0 &&
        rpc_conn_adopt(pair[0], &conn) == RPC_S_OK && (wishes.level == 0 || authenticate(conn))) {
        converse(conn);
        server = other_end(conn);
        hear(pair[1], server);
    }
    if (server != NULL)
        server->provider->end(server);
    rpc_conn_close(conn);
    (void)close(pair[1]);
    require(atomic_load(&auth_test_contexts) == 0);
    return 0;
}
