/* SPDX-License-Identifier: Apache-2.0
 *
 * protect_test.c - what a protected connection says in its verification trailers, and which faults and
 * byte orders it believes
 *
 * A socket pair stands for the connection; the test is both the client and, with the test provider's
 * other half, the server. rpc-wire 7.1; MS-RPCE 2.2.2.13
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc.h>

#include "base/mem.h"
#include "base/testing.h"
#include "rpc/auth/test_provider.h"
#include "rpc/client/exchange.h"
#include "rpc/client/security.h"
#include "rpc/core/status.h"

#define WAIT_MS 20000
#define TOKEN   16

static const struct rpc_interface books = {
    .id = {{1, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, {1, 0}}};
static const struct rpc_interface seats = {
    .id = {{2, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, {1, 0}}};

static struct rpc_conn *conn;
static struct auth_context *server;
static int peer;

/* ---- The server's half ------------------------------------------------------------------------ */

static void say(const void *octets, size_t size)
{
    assert_int_equal(send(peer, octets, size, MSG_NOSIGNAL), size);
}

/* The answer to an offer, said before it is asked. */
static void say_accepted(enum wire_type type, uint8_t flags, uint8_t results)
{
    const struct wire_header h = {
        .type = (uint8_t)type, .flags = WIRE_WHOLE | flags, .call_id = conn->last_call_id + 1};
    const struct wire_bind_ack ack = {
        .max_xmit = 5840, .max_recv = 5840, .group_id = 1, .result_count = results};
    const struct wire_result result[] = {{.syntax = wire_ndr20},
                                         {.result = WIRE_PROVIDER_REJECTION}};
    const struct wire_auth leg = {.type = AUTH_TYPE_TEST,
                                  .level = server->level,
                                  .context_id = RPC_SECURITY_ID,
                                  .token = (const uint8_t *)"C",
                                  .token_length = 1};
    uint8_t pdu[256];
    size_t size = wire_put_bind_ack(pdu, sizeof pdu, &h, &ack, result);

    if (type == WIRE_BIND_ACK)
        size = wire_append_auth(pdu, sizeof pdu, size, &leg);
    say(pdu, size);
}

/* Takes what has come, whatever it is. */
static void forget(void)
{
    uint8_t octets[4096];

    while (recv(peer, octets, sizeof octets, MSG_DONTWAIT) > 0)
        ;
}

/* A client and a server that have agreed on a level, and on header signing if so wanted. */
static void agree(uint8_t level, bool signs_headers)
{
    const struct auth_client wish = {.type = AUTH_TYPE_TEST,
                                     .level = level,
                                     .user = (char *)(uintptr_t) "ada",
                                     .password = (char *)(uintptr_t) "right"};
    struct auth_client *client = auth_client_new(&wish);
    struct rpc_negotiation n;
    RPC_STATUS status;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    peer = pair[1];
    server = auth_test_provider.server(NULL, level, &status);
    server->header_signing = signs_headers;
    assert_int_equal(rpc_conn_adopt(pair[0], &conn), RPC_S_OK);
    assert_int_equal(rpc_security_begin(conn, client), RPC_S_OK);
    auth_client_unref(client);
    say_accepted(WIRE_BIND_ACK, signs_headers ? WIRE_HEADER_SIGN : 0, 2);
    n = rpc_conn_negotiate(conn, WIRE_BIND, &books, 0, 0);
    assert_int_equal(n.result, RPC_NEGOTIATED);
    forget();
}

static void part(void)
{
    rpc_conn_close(conn);
    auth_test_provider.end(server);
    (void)close(peer);
}

/* ---- Verification trailers -------------------------------------------------------------------- */

#define BOOKS   "01000000 1111 2222 0102030405060708 01000000"
#define SEATS   "02000000 1111 2222 0102030405060708 01000000"
#define NDR20   "045d888aeb1cc9119fe808002b104860 02000000"
#define HELLO   "68656c6c6f"
#define TRAILER "000000 8ae3137102f43671" /* behind five octets */

static uint32_t send_request(const struct rpc_interface *interface, uint16_t opnum)
{
    const struct ndr_segment hello = {.data = (uint8_t *)(uintptr_t) "hello", .size = 5};
    const struct rpc_request r = {.call_id = rpc_conn_call_id(conn),
                                  .presentation = rpc_conn_presentation(conn, interface)->id,
                                  .opnum = opnum,
                                  .segments = &hello,
                                  .size = 5};

    assert_int_equal(rpc_exchange_send(conn, &r, 0), RPC_SENT);
    return r.call_id;
}

/* Sends a request; its stub data, checked and decrypted, has to be that. */
static void expect_stub(const struct rpc_interface *interface, uint16_t opnum, const char *hex)
{
    uint8_t pdu[1024], wanted[256];
    struct auth_message m;
    struct wire_request r;
    struct wire_header h;
    size_t size;

    (void)send_request(interface, opnum);
    size = (size_t)recv(peer, pdu, sizeof pdu, 0);
    assert_int_equal(wire_get_header(pdu, size, &h), WIRE_OK);
    assert_int_equal(h.frag_length, size);
    assert_int_equal(wire_get_request(pdu, size, &h, &r), WIRE_OK);
    m = (struct auth_message){.octets = pdu,
                              .size = r.auth.offset + WIRE_TRAILER_SIZE,
                              .body_at = r.stub_offset,
                              .body_size = r.auth.offset - r.stub_offset,
                              .header_signing = server->header_signing};
    assert_true(server->provider->unwrap(server, &m, r.auth.token, r.auth.token_length));
    assert_int_equal(testing_hex(hex, wanted, sizeof wanted), r.stub_length);
    assert_memory_equal(pdu + r.stub_offset, wanted, r.stub_length);
}

static void add_seats(void)
{
    struct rpc_negotiation n;

    say_accepted(WIRE_ALTER_CONTEXT_RESP, 0, 1);
    n = rpc_conn_negotiate(conn, WIRE_ALTER_CONTEXT, &seats, 0, 0);
    assert_int_equal(n.result, RPC_NEGOTIATED);
    forget();
}

/* With signed headers: bitmask1 once, pcontext at each presentation's first request. */
static void trailers_with_header_signing(void **state)
{
    (void)state;
    for (uint8_t level = AUTH_LEVEL_PACKET; level <= AUTH_LEVEL_PRIVACY; level++) {
        agree(level, true);
        expect_stub(&books, 7,
                    HELLO TRAILER "0100 0400 01000000"
                                  "0240 2800" BOOKS NDR20);
        expect_stub(&books, 8, HELLO);
        add_seats();
        expect_stub(&seats, 9, HELLO TRAILER "0240 2800" SEATS NDR20);
        expect_stub(&seats, 9, HELLO);
        expect_stub(&books, 9, HELLO);
        part();
    }
}

/* Without: header2 as well, with every request. Presentations are 0 and, the features being 1, 2. */
static void trailers_without_header_signing(void **state)
{
    (void)state;
    for (uint8_t level = AUTH_LEVEL_PACKET; level <= AUTH_LEVEL_PRIVACY; level++) {
        agree(level, false);
        expect_stub(&books, 7,
                    HELLO TRAILER "0100 0400 01000000"
                                  "0200 2800" BOOKS NDR20
                                  "0340 1000 00000000 10000000 03000000 0000 0700");
        expect_stub(&books, 8, HELLO TRAILER "0340 1000 00000000 10000000 04000000 0000 0800");
        add_seats();
        expect_stub(&seats, 0x0102,
                    HELLO TRAILER "0200 2800" SEATS NDR20
                                  "0340 1000 00000000 10000000 06000000 0200 0201");
        expect_stub(&seats, 9, HELLO TRAILER "0340 1000 00000000 10000000 07000000 0200 0900");
        part();
    }
}

static void trailers_only_where_something_is_signed(void **state)
{
    uint8_t pdu[256];
    size_t size;

    (void)state;
    agree(AUTH_LEVEL_CONNECT, false);
    (void)send_request(&books, 7);
    size = (size_t)recv(peer, pdu, sizeof pdu, 0);
    assert_int_equal(size, WIRE_REQUEST_SIZE + 5);
    part();
}

/* ---- Faults ----------------------------------------------------------------------------------- */

/* A fault, or a response, whose header is `type`'s; signed if `token` is. `flip` spoils the token. */
static size_t put_signed(uint8_t pdu[128], enum wire_type type, uint32_t call_id, uint32_t status,
                         bool has_token, uint8_t flip)
{
    size_t body = type == WIRE_FAULT ? WIRE_FAULT_SIZE : WIRE_REQUEST_SIZE;
    struct wire_header h = {.type = (uint8_t)type, .flags = WIRE_WHOLE, .call_id = call_id};
    const struct wire_auth a = {
        .type = AUTH_TYPE_TEST, .level = server->level, .context_id = RPC_SECURITY_ID};
    struct auth_message m = {.octets = pdu,
                             .size = body + WIRE_TRAILER_SIZE,
                             .body_at = body,
                             .header_signing = server->header_signing};

    h.frag_length = (uint16_t)(has_token ? m.size + TOKEN : body);
    h.auth_length = has_token ? TOKEN : 0;
    if (type == WIRE_FAULT)
        wire_put_fault(pdu, &h, &(struct wire_fault){.status = status});
    else
        (void)wire_put_response(pdu, &h, &(struct wire_response){0});
    wire_put_header(pdu, &h);
    if (!has_token)
        return body;
    wire_put_trailer(pdu + body, &a);
    assert_true(server->provider->wrap(server, &m, pdu + m.size, TOKEN));
    pdu[m.size + 8] ^= flip;
    return m.size + TOKEN;
}

/* What a call comes to when that is its answer. */
static RPC_STATUS outcome(uint32_t fault, bool has_token, uint8_t flip)
{
    uint32_t call_id = send_request(&books, 0);
    struct rpc_reply reply;
    uint8_t pdu[128];
    RPC_STATUS status;

    forget();
    say(pdu, put_signed(pdu, WIRE_FAULT, call_id, fault, has_token, flip));
    status = rpc_exchange_receive(conn, call_id, WAIT_MS, &reply);
    mem_free(reply.owned);
    return status;
}

/* Statuses that would let a program repeat its call, and what is made of them when nobody vouches for
 * them; and others, which end the call and say no more. */
static const struct {
    uint32_t fault;
    RPC_STATUS proved, bare;
} faults[] = {
    {NCA_S_PROTO_ERROR, RPC_S_PROTOCOL_ERROR, RPC_S_CALL_FAILED},
    {NCA_S_UNK_IF, RPC_S_UNKNOWN_IF, RPC_S_CALL_FAILED},
    {NCA_S_OP_RNG_ERROR, RPC_S_PROCNUM_OUT_OF_RANGE, RPC_S_CALL_FAILED},
    {NCA_S_SERVER_TOO_BUSY, RPC_S_SERVER_TOO_BUSY, RPC_S_CALL_FAILED},
    {NCA_S_MANAGER_NOT_ENTERED, RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED},
    {NCA_S_UNSUPPORTED_TYPE, RPC_S_UNSUPPORTED_TYPE, RPC_S_CALL_FAILED},
    {NCA_S_UNSUPPORTED_AUTHN_LEVEL, RPC_S_UNSUPPORTED_AUTHN_LEVEL, RPC_S_CALL_FAILED},
    {NCA_S_WRONG_BOOT_TIME, NCA_S_WRONG_BOOT_TIME, RPC_S_CALL_FAILED},
    {RPC_S_SERVER_UNAVAILABLE, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED},
    {RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED},
    {0xC0000005, RPC_S_PROTOCOL_ERROR, RPC_S_CALL_FAILED}, /* must not be sent */
    {RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED},
    {NCA_S_FAULT_UNSPEC, RPC_S_CALL_FAILED, RPC_S_CALL_FAILED},
    {NCA_S_FAULT_CONTEXT_MISMATCH, RPC_X_SS_CONTEXT_MISMATCH, RPC_X_SS_CONTEXT_MISMATCH},
    {0xE0001234, (RPC_STATUS)0xE0001234, (RPC_STATUS)0xE0001234},
};

static void bare_faults_deny_nothing(void **state)
{
    (void)state;
    for (uint8_t level = AUTH_LEVEL_CONNECT; level <= AUTH_LEVEL_PRIVACY; level++) {
        if (level == AUTH_LEVEL_CALL)
            continue;
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            agree(level, true);
            assert_int_equal(outcome(faults[i].fault, false, 0),
                             level == AUTH_LEVEL_CONNECT ? faults[i].proved : faults[i].bare);
            assert_false(conn->broken);
            part();
        }
    }
}

static void signed_faults_are_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        agree(AUTH_LEVEL_PRIVACY, true);
        assert_int_equal(outcome(faults[i].fault, true, 0), faults[i].proved);
        assert_int_equal(outcome(faults[i].fault, true, 0), faults[i].proved); /* counted */
        part();
        agree(AUTH_LEVEL_INTEGRITY, false); /* the signature says nothing of the status */
        assert_int_equal(outcome(faults[i].fault, true, 0), faults[i].bare);
        part();
    }
}

static void forged_trailers_of_faults(void **state)
{
    (void)state;
    for (int signs = 0; signs < 2; signs++) {
        agree(AUTH_LEVEL_INTEGRITY, signs);
        assert_int_equal(outcome(NCA_S_UNK_IF, true, 0x01), RPC_S_SEC_PKG_ERROR);
        assert_true(conn->broken);
        part();
    }
}

/* ---- Responses -------------------------------------------------------------------------------- */

/* A signature over the stub data alone says nothing of the byte order in the header. */
static void byte_order_that_is_not_signed(void **state)
{
    uint32_t call_id;
    struct rpc_reply reply;
    uint8_t pdu[128];
    size_t size;

    (void)state;
    agree(AUTH_LEVEL_INTEGRITY, false);
    call_id = send_request(&books, 0);
    size = put_signed(pdu, WIRE_RESPONSE, call_id, 0, true, 0);
    say(pdu, size);
    assert_int_equal(rpc_exchange_receive(conn, call_id, WAIT_MS, &reply), RPC_S_OK);
    call_id = send_request(&books, 0);
    size = put_signed(pdu, WIRE_RESPONSE, call_id, 0, true, 0);
    pdu[4] = 0; /* big-endian, as its numbers are now */
    for (size_t at = 8; at < 12; at += 2) {
        uint8_t low = pdu[at];

        pdu[at] = pdu[at + 1];
        pdu[at + 1] = low;
    }
    for (unsigned i = 0; i < 4; i++)
        pdu[12 + i] = (uint8_t)(call_id >> (24 - 8 * i));
    pdu[WIRE_REQUEST_SIZE + 4] = 0; /* the trailer's context id, 1 */
    pdu[WIRE_REQUEST_SIZE + 7] = RPC_SECURITY_ID;
    say(pdu, size);
    assert_int_equal(rpc_exchange_receive(conn, call_id, WAIT_MS, &reply), RPC_S_SEC_PKG_ERROR);
    part();
}

static int add_provider(void **state)
{
    (void)state;
    auth_provider_add(&auth_test_provider);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trailers_with_header_signing),
        cmocka_unit_test(trailers_without_header_signing),
        cmocka_unit_test(trailers_only_where_something_is_signed),
        cmocka_unit_test(bare_faults_deny_nothing),
        cmocka_unit_test(signed_faults_are_believed),
        cmocka_unit_test(forged_trailers_of_faults),
        cmocka_unit_test(byte_order_that_is_not_signed),
    };

    return cmocka_run_group_tests_name("rpc/client/protect", tests, add_provider, NULL);
}
