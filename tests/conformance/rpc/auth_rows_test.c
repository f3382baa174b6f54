/* SPDX-License-Identifier: Apache-2.0
 *
 * auth_rows_test.c - rows of rpc-wire 8 about authentication that need NTLM and SPNEGO themselves, and
 * the one about more security contexts than a connection may have
 */
#include "probe.h"
#include "raw.h"

#include <string.h>

#include "base/limits.h"
#include "rpc/auth/test_provider.h"
#include "rpc/core/status.h"

#include <cmocka.h>

#define TOKEN_MAX (RPC_LIMIT_NTLM_TOKEN + 8)

static uint16_t port;

static int serve(void **state)
{
    static const uint32_t types[] = {AUTH_TYPE_TEST, AUTH_TYPE_NTLM, AUTH_TYPE_SPNEGO};

    (void)state;
    auth_provider_add(&auth_test_provider);
    port = probe_serve();
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        assert_int_equal(RpcServerRegisterAuthInfoA(NULL, types[i], NULL, NULL), RPC_S_OK);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop();
    auth_provider_add(NULL);
    return 0;
}

/* One leg with `size` octets of token, by the PDU of a type. */
static void send_leg(struct raw *r, uint8_t pdu_type, uint8_t type, uint8_t level, uint32_t id,
                     const void *token, size_t size)
{
    const struct wire_header h = {
        .type = pdu_type, .flags = WIRE_WHOLE | WIRE_CONC_MPX, .call_id = ++r->call_id};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    const struct wire_offer offer = {
        .id = 0, .syntax_count = 1, .abstract = &probe_interface.id, .syntaxes = &wire_ndr20};
    const struct wire_auth a = {
        .type = type, .level = level, .context_id = id, .token = token, .token_length = size};
    uint8_t pdu[128 + TOKEN_MAX];
    size_t at = WIRE_AUTH3_SIZE;

    if (pdu_type == WIRE_AUTH3)
        wire_put_auth3(pdu, &h);
    else
        at = wire_put_bind(pdu, sizeof pdu, &h, &b, &offer, 1);
    raw_send(r, pdu, wire_append_auth(pdu, sizeof pdu, at, &a));
}

static void bind_is_refused(uint8_t type, uint8_t level, const void *token, size_t size,
                            uint8_t reason)
{
    struct raw_reply reply;
    struct raw r;

    raw_connect(&r, port);
    send_leg(&r, WIRE_BIND, type, level, 0, token, size);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.h.type, WIRE_BIND_NAK);
    assert_int_equal(reply.pdu[16], reason);
    assert_true(raw_is_closed(&r));
    raw_close(&r);
}

static void answered(struct raw *r, uint8_t type)
{
    struct raw_reply reply;

    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, type);
}

static void faulted(struct raw *r, uint32_t fault, bool dne)
{
    struct raw_reply reply;

    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, WIRE_FAULT);
    assert_int_equal(reply.fault, fault);
    assert_int_equal((reply.h.flags & WIRE_DID_NOT_EXECUTE) != 0, dne);
    assert_true(raw_is_closed(r));
    raw_close(r);
}

static void M26_spnego_at_level_call(void **state)
{
    (void)state;
    bind_is_refused(AUTH_TYPE_SPNEGO, AUTH_LEVEL_CALL, "x", 1, WIRE_NAK_CHECKSUM);
}

static void M27_tokens_that_are_none(void **state)
{
    static const uint8_t types[] = {AUTH_TYPE_NTLM, AUTH_TYPE_SPNEGO};
    static const char *const tokens[] = {"x", "NTLMSSP", "\x60\x82\xff\xff", "\xa1\x02\x30"};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        for (size_t k = 0; k < sizeof tokens / sizeof tokens[0]; k++)
            bind_is_refused(types[i], AUTH_LEVEL_INTEGRITY, tokens[k], strlen(tokens[k]),
                            WIRE_NAK_CHECKSUM);
}

/* The flags that a client has to bring, and as much behind them as is wanted. */
static void negotiate(uint8_t token[TOKEN_MAX])
{
    static const uint8_t start[16] = {'N', 'T', 'L', 'M', 'S',  'S',  'P',  0,
                                      1,   0,   0,   0,   0x15, 0x82, 0x08, 0x60};

    memset(token, 0, TOKEN_MAX);
    memcpy(token, start, sizeof start);
}

static void M30_large_ntlm_tokens(void **state)
{
    uint8_t first[TOKEN_MAX], large[TOKEN_MAX];
    struct raw r;

    (void)state;
    negotiate(first);
    negotiate(large);
    bind_is_refused(AUTH_TYPE_NTLM, 5, large, RPC_LIMIT_NTLM_TOKEN + 1, WIRE_NAK_CHECKSUM);
    large[8] = 3;
    raw_connect(&r, port); /* by alter_context */
    send_leg(&r, WIRE_BIND, AUTH_TYPE_NTLM, 5, 0, first, RPC_LIMIT_NTLM_TOKEN);
    answered(&r, WIRE_BIND_ACK);
    send_leg(&r, WIRE_ALTER_CONTEXT, AUTH_TYPE_NTLM, 5, 0, large, RPC_LIMIT_NTLM_TOKEN + 1);
    faulted(&r, RPC_S_ACCESS_DENIED, true);
    raw_connect(&r, port); /* by auth3: the next request says it */
    send_leg(&r, WIRE_BIND, AUTH_TYPE_NTLM, 2, 0, first, 40);
    answered(&r, WIRE_BIND_ACK);
    send_leg(&r, WIRE_AUTH3, AUTH_TYPE_NTLM, 2, 0, large, RPC_LIMIT_NTLM_TOKEN + 1);
    (void)raw_request(&r, PROBE_OPEN, NULL, 0);
    faulted(&r, RPC_S_ACCESS_DENIED, false);
}

static void M45_contexts_of_a_connection(void **state)
{
    struct raw r;

    (void)state;
    raw_connect(&r, port);
    for (uint32_t id = 0; id < RPC_LIMIT_SECURITY_CONTEXTS; id++) {
        send_leg(&r, id == 0 ? WIRE_BIND : WIRE_ALTER_CONTEXT, AUTH_TYPE_TEST, 5, id, "Hada", 4);
        answered(&r, id == 0 ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP);
        send_leg(&r, WIRE_AUTH3, AUTH_TYPE_TEST, 5, id, "Rright", 6);
    }
    send_leg(&r, WIRE_ALTER_CONTEXT, AUTH_TYPE_TEST, 5, RPC_LIMIT_SECURITY_CONTEXTS, "Hada", 4);
    faulted(&r, NCA_S_PROTO_ERROR, true);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        ROW(M26_spnego_at_level_call),
        ROW(M27_tokens_that_are_none),
        ROW(M30_large_ntlm_tokens),
        ROW(M45_contexts_of_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
