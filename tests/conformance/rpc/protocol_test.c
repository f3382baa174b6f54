/* SPDX-License-Identifier: Apache-2.0
 *
 * protocol_test.c - what the server answers to each kind of PDU (rpc-wire 3-6, rows M1-M44)
 *
 * After a row that leaves the connection open a good call must still work; after one that closes it
 * the stream must end. No row may leave anything behind: every test ends with an empty server.
 */
#include <holdfast/log.h>

#include "raw.h"
#include "probe.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PROTO  0x1C01000Bu
#define UNKIF  0x1C010003u
#define OPRNG  0x1C010002u
#define ACCESS 5u

static void connect_bound(struct raw *r, uint8_t flags)
{
    raw_connect(r, probe_port);
    raw_bind(r, &probe_interface.id, 0, flags);
}

/* The connection still serves. */
static void still_good(struct raw *r)
{
    size_t none = 0;

    assert_int_equal(raw_call(r, PROBE_NULL, NULL, 0, NULL, &none), 0);
    raw_close(r);
}

static void expect_fault(struct raw *r, uint32_t fault, bool dne, uint16_t context_id,
                         uint32_t call_id)
{
    struct raw_reply reply;

    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, WIRE_FAULT);
    assert_int_equal(reply.fault, fault);
    assert_int_equal((reply.h.flags & WIRE_DID_NOT_EXECUTE) != 0, dne);
    assert_int_equal(reply.h.flags & WIRE_WHOLE, WIRE_WHOLE);
    assert_int_equal(reply.context_id, context_id);
    assert_int_equal(reply.h.call_id, call_id);
}

static void expect_closed(struct raw *r)
{
    assert_true(raw_is_closed(r));
    raw_close(r);
}

static void expect_nak(struct raw *r, uint16_t reason)
{
    struct raw_reply reply;
    uint16_t got = 0xffff;

    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, WIRE_BIND_NAK);
    assert_int_equal(wire_get_bind_nak(reply.pdu, reply.size, &reply.h, &got), WIRE_OK);
    assert_int_equal(got, reason);
    expect_closed(r);
}

/* A bind of one element as octets, to be spoiled. */
static size_t good_bind(uint8_t *pdu, size_t room, uint8_t flags)
{
    const struct wire_header h = {.type = WIRE_BIND, .flags = flags, .call_id = 1};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    const struct wire_offer offer = {
        .id = 0, .syntax_count = 1, .abstract = &probe_interface.id, .syntaxes = &wire_ndr20};

    return wire_put_bind(pdu, room, &h, &b, &offer, 1);
}

/* ---- bind ------------------------------------------------------------------------------------- */

static void M1_bind_flags(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags += 5) {
        struct raw r;
        struct raw_reply reply;
        uint8_t pdu[256];
        size_t size = good_bind(pdu, sizeof pdu, (uint8_t)flags);

        raw_connect(&r, probe_port);
        raw_send(&r, pdu, size);
        assert_true(raw_receive(&r, &reply));
        assert_int_equal(reply.h.type, WIRE_BIND_ACK);
        assert_int_equal(reply.h.flags, WIRE_WHOLE | (flags & (WIRE_CONC_MPX | WIRE_HEADER_SIGN)));
        raw_close(&r);
    }
}

static void M2_M5_bind_without_elements_or_syntaxes(void **state)
{
    struct raw r;
    uint8_t pdu[256];
    size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);

    (void)state;
    pdu[24] = 0; /* M2 */
    raw_connect(&r, probe_port);
    raw_send(&r, pdu, size);
    expect_nak(&r, WIRE_NAK_NOT_SPECIFIED);
    pdu[24] = 1;
    pdu[30] = 0; /* M5 */
    raw_connect(&r, probe_port);
    raw_send(&r, pdu, size);
    expect_nak(&r, WIRE_NAK_NOT_SPECIFIED);
}

static void M3_M24_M25_M28_bind_with_trailer(void **state)
{
    static const struct {
        uint8_t type, level, shift;
        uint16_t auth_length, reason;
    } cases[] = {
        {9, 6, 0, 60000, WIRE_NAK_PROTOCOL},    /* M3 */
        {1, 2, 0, 8, WIRE_NAK_AUTH_TYPE},       /* M24 */
        {77, 6, 0, 8, WIRE_NAK_AUTH_TYPE},      /* M24 */
        {9, 0, 0, 8, WIRE_NAK_NOT_SPECIFIED},   /* M25 */
        {9, 1, 0, 8, WIRE_NAK_NOT_SPECIFIED},   /* M25 */
        {9, 7, 0, 8, WIRE_NAK_NOT_SPECIFIED},   /* M25 */
        {9, 255, 0, 8, WIRE_NAK_NOT_SPECIFIED}, /* M25 */
        {9, 6, 1, 8, WIRE_NAK_NOT_SPECIFIED},   /* M28 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct raw r;
        uint8_t pdu[256] = {0};
        size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE) + cases[i].shift;

        pdu[size] = cases[i].type;
        pdu[size + 1] = cases[i].level;
        size += 16;
        pdu[8] = (uint8_t)size;
        pdu[10] = (uint8_t)cases[i].auth_length;
        pdu[11] = (uint8_t)(cases[i].auth_length >> 8);
        raw_connect(&r, probe_port);
        raw_send(&r, pdu, size);
        expect_nak(&r, cases[i].reason);
    }
}

static void M4_second_bind(void **state)
{
    struct raw r;
    uint8_t pdu[256];
    size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);

    (void)state;
    connect_bound(&r, 0);
    raw_send(&r, pdu, size);
    expect_nak(&r, WIRE_NAK_NOT_SPECIFIED);
}

static void M6_unknown_group(void **state)
{
    struct raw r;
    uint8_t pdu[256];
    size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);

    (void)state;
    memset(pdu + 20, 0xee, 4);
    raw_connect(&r, probe_port);
    raw_send(&r, pdu, size);
    expect_nak(&r, WIRE_NAK_NOT_SPECIFIED);
}

static void M7_M8_first_pdu(void **state)
{
    static const struct {
        uint8_t at, value;
    } spoils[] = {{0, 4}, {1, 1}, {4, 0x20}, {4, 0x11}, {5, 1}, {2, WIRE_REQUEST}, {2, 99}};

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        struct raw r;
        uint8_t pdu[256];
        size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);

        pdu[spoils[i].at] = spoils[i].value;
        raw_connect(&r, probe_port);
        raw_send(&r, pdu, size);
        expect_nak(&r, WIRE_NAK_PROTOCOL);
    }
}

static void M9_M10_alter(void **state)
{
    const struct wire_offer other = {
        .id = 0, .syntax_count = 1, .abstract = &probe_strict.id, .syntaxes = &wire_ndr20};
    const struct wire_offer ndr64 = {
        .id = 0, .syntax_count = 1, .abstract = &probe_interface.id, .syntaxes = &wire_ndr64};
    struct raw r;
    uint8_t pdu[256];
    size_t size;

    (void)state;
    connect_bound(&r, 0);
    raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 0, 5840, &other, 1); /* M10: other abstract syntax */
    expect_fault(&r, PROTO, true, 0, r.call_id);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 0, 5840, &ndr64, 1); /* M10: other transfer syntax */
    expect_fault(&r, PROTO, true, 0, r.call_id);
    expect_closed(&r);
    for (int spoiled = 24; spoiled <= 30; spoiled += 6) { /* M9 */
        size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);
        pdu[2] = WIRE_ALTER_CONTEXT;
        pdu[spoiled] = 0;
        connect_bound(&r, 0);
        raw_send(&r, pdu, size);
        expect_fault(&r, PROTO, true, 0, 1);
        expect_closed(&r);
    }
}

/* ---- Presentation contexts (rpc-wire 5) ------------------------------------------------------- */

static void expect_results(struct raw *r, uint8_t type, const uint16_t *wanted, unsigned count)
{
    struct raw_reply reply;
    struct wire_bind_ack ack;
    struct wire_result result;

    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, type);
    assert_int_equal(wire_get_bind_ack(reply.pdu, reply.size, &reply.h, &ack), WIRE_OK);
    assert_int_equal(ack.result_count, count);
    for (unsigned i = 0; wire_next_result(&ack, &result); i++)
        assert_int_equal(result.result << 8 | result.reason, wanted[i]);
    if (type == WIRE_ALTER_CONTEXT_RESP)
        assert_int_equal(ack.address_length, 0);
    r->group_id = ack.group_id;
}

static void one_context_a_time(void **state)
{
    const RPC_SYNTAX_IDENTIFIER features = wire_features_syntax(3), unknown = {{9}, {1, 0}};
    const struct wire_offer two[] = {{3, 1, &probe_interface.id, &wire_ndr20},
                                     {4, 1, &probe_interface.id, &wire_ndr20}};
    const struct wire_offer turned[] = {two[1], two[0]};
    const struct wire_offer odd[] = {{7, 1, &unknown, &wire_ndr20},
                                     {8, 1, &probe_interface.id, &unknown},
                                     {9, 1, &probe_interface.id, &features}};
    const struct wire_offer twice[] = {odd[2], odd[2]};
    struct raw r;
    struct raw_reply reply;

    (void)state;
    raw_connect(&r, probe_port);
    raw_send_bind(&r, WIRE_BIND, 0, 0, 5840, two, 2);
    expect_results(&r, WIRE_BIND_ACK, (const uint16_t[]){0, 0x202}, 2);
    raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 12345, 9999, turned, 2);
    expect_results(&r, WIRE_ALTER_CONTEXT_RESP, (const uint16_t[]){0, 0x202}, 2);
    raw_fragment(&r, WIRE_WHOLE, 50, 4, PROBE_NULL, 0, NULL, 0);
    assert_true(raw_receive(&r, &reply) && reply.h.type == WIRE_RESPONSE);
    assert_int_equal(reply.context_id, 4);
    raw_close(&r);
    raw_connect(&r, probe_port); /* all rejected, and still a bind_ack; features granted */
    raw_send_bind(&r, WIRE_BIND, 0, 0, 5840, odd, 3);
    expect_results(&r, WIRE_BIND_ACK, (const uint16_t[]){0x201, 0x202, 0x303}, 3);
    raw_close(&r);
    raw_connect(&r, probe_port);
    raw_send_bind(&r, WIRE_BIND, 0, 0, 5840, twice, 2);
    expect_nak(&r, WIRE_NAK_NOT_SPECIFIED);
}

static void fragment_size_negotiation(void **state)
{
    static const struct {
        uint16_t asked, given;
    } cases[] = {{0, 2048}, {2048, 2048}, {3199, 3192}, {5840, 5840}, {0xffff, 5840}};
    const struct wire_offer offer = {0, 1, &probe_interface.id, &wire_ndr20};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct raw r;
        struct raw_reply reply;
        struct wire_bind_ack ack;

        raw_connect(&r, probe_port);
        raw_send_bind(&r, WIRE_BIND, 0, 0, cases[i].asked, &offer, 1);
        assert_true(raw_receive(&r, &reply));
        assert_int_equal(wire_get_bind_ack(reply.pdu, reply.size, &reply.h, &ack), WIRE_OK);
        assert_int_equal(ack.max_recv, cases[i].given);
        assert_int_equal(ack.max_xmit, cases[i].given);
        raw_close(&r);
    }
}

/* ---- requests --------------------------------------------------------------------------------- */

static void M11_M12_unknown_context_or_operation(void **state)
{
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_WHOLE, 7, 99, PROBE_NULL, 0, NULL, 0); /* M11 */
    expect_fault(&r, UNKIF, true, 0, 7);
    raw_fragment(&r, WIRE_WHOLE, 8, 0, PROBE_OPS, 0, NULL, 0); /* M12 */
    expect_fault(&r, OPRNG, true, 0, 8);
    raw_fragment(&r, WIRE_WHOLE, 9, 0, PROBE_ABSENT, 0, NULL, 0); /* no routine in the vector */
    expect_fault(&r, OPRNG, true, 0, 9);
    r.call_id = 9;
    still_good(&r);
}

static void M13_large_fragment(void **state)
{
    static uint8_t stub[6000];
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    stub[0] = 0; /* an empty array, and much behind it */
    raw_fragment(&r, WIRE_WHOLE, 1, 0, PROBE_ECHO, 0, stub, 5840 - 24);
    assert_int_equal((r.call_id = 1, raw_answer(&r, stub, &(size_t){64})), 0);
    raw_fragment(&r, WIRE_WHOLE, 2, 0, PROBE_ECHO, 0, stub, 5841 - 24);
    expect_fault(&r, PROTO, false, 0, 2);
    expect_closed(&r);
}

static void M14_M15_fragment_without_first(void **state)
{
    struct raw r;

    (void)state;
    for (unsigned flags = 0; flags <= WIRE_LAST_FRAG; flags += WIRE_LAST_FRAG) {
        connect_bound(&r, 0);
        raw_fragment(&r, (uint8_t)flags, 1, 0, PROBE_NULL, 0, NULL, 0); /* M14 */
        expect_fault(&r, PROTO, false, 0, 1);
        expect_closed(&r);
        connect_bound(&r, WIRE_CONC_MPX);
        raw_fragment(&r, (uint8_t)flags, 1, 0, PROBE_NULL, 0, NULL, 0); /* M15 */
        expect_fault(&r, PROTO, false, 0, 1);
        expect_closed(&r);
        connect_bound(&r, WIRE_CONC_MPX);
        raw_fragment(&r, (uint8_t)flags, 1, 99, PROBE_NULL, 0, NULL, 0); /* M15 */
        expect_fault(&r, UNKIF, true, 0, 1);
        still_good(&r);
    }
}

static _Atomic(unsigned) violations, unread;

static void count_lines(int level, const char *line)
{
    if (level != HOLDFAST_LOG_WARNING || strstr(line, "peer=\"127.0.0.1:") == NULL)
        return;
    if (strstr(line, "a client broke the protocol") != NULL && strstr(line, "0x1c01000b") != NULL)
        violations++;
    if (strstr(line, "could not be unmarshalled") != NULL && strstr(line, "status=1783") != NULL &&
        strstr(line, "method=") != NULL)
        unread++;
}

static void log_says_who_broke_what(void **state)
{
    struct raw r;

    (void)state;
    holdfast_rpc_set_log(count_lines);
    connect_bound(&r, 0);
    raw_fragment(&r, 0, 1, 0, PROBE_NULL, 0, NULL, 0); /* M14 */
    expect_fault(&r, PROTO, false, 0, 1);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_WHOLE, 1, 0, PROBE_ECHO, 0, NULL, 0); /* M39 */
    expect_fault(&r, 0x6f7, false, 0, 1);
    r.call_id = 1;
    still_good(&r);
    holdfast_rpc_set_log(NULL);
    assert_int_equal(violations, 1);
    assert_int_equal(unread, 1);
}

static void M16_first_twice(void **state)
{
    static const uint8_t extra[] = {0, WIRE_MAYBE, WIRE_DID_NOT_EXECUTE, WIRE_CONC_MPX, 0x08};
    uint8_t stub[8] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof extra; i++) {
        struct raw r;

        connect_bound(&r, 0);
        raw_fragment(&r, WIRE_FIRST_FRAG, 5, 0, PROBE_ECHO, 16, stub, 8);
        raw_fragment(&r, WIRE_FIRST_FRAG | extra[i], 5, 0, PROBE_ECHO, 16, stub, 8);
        expect_fault(&r, PROTO, false, 0, 5);
        expect_closed(&r);
    }
}

static void M17_M18_two_calls_in_assembly(void **state)
{
    uint8_t stub[8] = {0};
    struct raw r;

    (void)state;
    for (unsigned flags = 0; flags < 2; flags++) { /* M17: FIRST; M18: a continuation */
        uint8_t second = flags == 0 ? WIRE_FIRST_FRAG : 0;

        connect_bound(&r, 0);
        raw_fragment(&r, WIRE_FIRST_FRAG, 50, 0, PROBE_ECHO, 16, stub, 8);
        raw_fragment(&r, second, 51, 0, PROBE_ECHO, 16, stub, 8);
        expect_fault(&r, PROTO, false, 0, 50);
        expect_closed(&r);
        connect_bound(&r, WIRE_CONC_MPX);
        raw_fragment(&r, WIRE_FIRST_FRAG, 50, 0, PROBE_ECHO, 16, stub, 8);
        raw_fragment(&r, second, 51, 0, PROBE_ECHO, 16, stub, 8);
        expect_fault(&r, PROTO, false, 0, 51);
        expect_closed(&r);
    }
}

static void M19_pending_cancel(void **state)
{
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_WHOLE | WIRE_PENDING_CANCEL, 3, 0, PROBE_NULL, 0, NULL, 0);
    expect_fault(&r, 0x6BD, true, 0, 3);
    expect_closed(&r);
}

static void M20_request_limit(void **state)
{
    static uint8_t piece[5808];
    uint8_t stub[8] = {0};
    struct raw r;

    (void)state;
    connect_bound(&r, 0); /* announced in the first of several */
    raw_fragment(&r, WIRE_FIRST_FRAG, 3, 0, PROBE_ECHO, 0x400001, stub, 8);
    expect_fault(&r, ACCESS, false, 0, 3);
    expect_closed(&r);
    connect_bound(&r, 0); /* in a single one it says nothing */
    raw_fragment(&r, WIRE_WHOLE, 3, 0, PROBE_NULL, 0xffffffff, NULL, 0);
    assert_int_equal((r.call_id = 3, raw_answer(&r, NULL, &(size_t){0})), 0);
    for (unsigned i = 0; i <= 0x400000 / sizeof piece; i++) /* in the total */
        raw_fragment(&r, i == 0 ? WIRE_FIRST_FRAG : 0, 4, 0, PROBE_ECHO, 1, piece, sizeof piece);
    expect_fault(&r, ACCESS, false, 0, 4);
    expect_closed(&r);
}

/* MaxRpcSize bounds an interface's requests instead, in one fragment or several; announced or not. */
static void M20_MaxRpcSize(void **state)
{
    static uint8_t piece[5808];
    RPC_IF_HANDLE probe = (RPC_IF_HANDLE)(uintptr_t)&probe_interface;
    struct raw r;

    (void)state;
    assert_int_equal(RpcServerUnregisterIf(probe, NULL, 1), RPC_S_OK);
    assert_int_equal(
        RpcServerRegisterIf2(probe, NULL, NULL, 0, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1000, NULL),
        RPC_S_OK);
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_WHOLE, 3, 0, PROBE_NULL, 0, piece, 1000);
    assert_int_equal((r.call_id = 3, raw_answer(&r, NULL, &(size_t){0})), 0);
    raw_fragment(&r, WIRE_WHOLE, 4, 0, PROBE_NULL, 0, piece, 1001);
    expect_fault(&r, ACCESS, false, 0, 4);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 3, 0, PROBE_NULL, 1001, piece, 8);
    expect_fault(&r, ACCESS, false, 0, 3);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 3, 0, PROBE_NULL, 1, piece, 1000);
    raw_fragment(&r, WIRE_LAST_FRAG, 3, 0, PROBE_NULL, 1, piece, 1);
    expect_fault(&r, ACCESS, false, 0, 3);
    expect_closed(&r);
    assert_int_equal(RpcServerUnregisterIf(probe, NULL, 1), RPC_S_OK);
    assert_int_equal(RpcServerRegisterIf2(probe, NULL, NULL, 0, RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                          (unsigned)-1, NULL),
                     RPC_S_OK);
    connect_bound(&r, 0); /* more than is usual */
    for (unsigned i = 0; i <= 0x400000 / sizeof piece; i++)
        raw_fragment(&r, i == 0 ? WIRE_FIRST_FRAG : 0, 4, 0, PROBE_NULL, 1, piece, sizeof piece);
    raw_fragment(&r, WIRE_LAST_FRAG, 4, 0, PROBE_NULL, 1, piece, 8);
    assert_int_equal((r.call_id = 4, raw_answer(&r, NULL, &(size_t){0})), 0);
    raw_close(&r);
}

static void M21_cancel_and_orphan_of_unknown_calls(void **state)
{
    uint8_t stub[8] = {4, 0, 0, 0, 'a', 'b', 'c', 'd'}, out[8];
    size_t size = sizeof out;
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_control(&r, WIRE_CO_CANCEL, 77);
    raw_control(&r, WIRE_ORPHANED, 78);
    raw_fragment(&r, WIRE_FIRST_FRAG, 5, 0, PROBE_ECHO, 8, stub, 4);
    raw_control(&r, WIRE_CO_CANCEL, 5); /* not complete: without effect */
    raw_control(&r, WIRE_ORPHANED, 5);  /* its last fragment still completes it */
    raw_fragment(&r, WIRE_LAST_FRAG, 5, 0, PROBE_ECHO, 4, stub + 4, 4);
    r.call_id = 5;
    assert_int_equal(raw_answer(&r, out, &size), 0);
    assert_memory_equal(out, stub, 8);
    raw_fragment(&r, WIRE_FIRST_FRAG, 6, 0, PROBE_ECHO, 8, stub, 4);
    raw_control(&r, WIRE_ORPHANED, 6);
    raw_fragment(&r, WIRE_WHOLE, 7, 0, PROBE_NULL, 0, NULL, 0); /* orphaned and unfinished */
    expect_fault(&r, PROTO, false, 0, 6);
    expect_closed(&r);
}

static void M22_pdus_of_servers(void **state)
{
    static const uint8_t types[] = {WIRE_BIND_ACK,
                                    WIRE_BIND_NAK,
                                    WIRE_RESPONSE,
                                    WIRE_FAULT,
                                    WIRE_SHUTDOWN,
                                    1,
                                    20,
                                    WIRE_ALTER_CONTEXT_RESP,
                                    255};

    (void)state;
    for (size_t i = 0; i < sizeof types; i++) {
        struct raw r;

        connect_bound(&r, 0);
        raw_control(&r, types[i], 9);
        expect_fault(&r, PROTO, true, 0, 9);
        expect_closed(&r);
    }
}

static void M23_fragments_of_one_call_differ(void **state)
{
    uint8_t pdu[32] = {5, 0, WIRE_REQUEST, WIRE_LAST_FRAG, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 5};
    uint8_t stub[8] = {0};
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 5, 0, PROBE_ECHO, 16, stub, 8);
    raw_send(&r, pdu, sizeof pdu); /* big-endian now */
    expect_fault(&r, PROTO, true, 0, 5);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 5, 0, PROBE_ECHO, 16, stub, 8);
    raw_control(&r, WIRE_RESPONSE, 5);
    expect_fault(&r, PROTO, true, 0, 5);
    expect_closed(&r);
}

static void M32_M35_trailers_without_authentication(void **state)
{
    uint8_t stub[24] = {0};
    uint8_t pdu[48];
    const struct wire_header h = {.type = WIRE_REQUEST,
                                  .flags = WIRE_WHOLE,
                                  .frag_length = 48,
                                  .auth_length = 16,
                                  .call_id = 4};
    const struct wire_request q = {.opnum = PROBE_NULL};
    struct raw r;

    (void)state;
    memset(pdu, 0, sizeof pdu);
    (void)wire_put_request(pdu, &h, &q);
    memcpy(pdu + 24, stub, sizeof stub);
    connect_bound(&r, 0);
    raw_send(&r, pdu, sizeof pdu); /* M32 */
    expect_fault(&r, ACCESS, false, 0, 4);
    expect_closed(&r);
    connect_bound(&r, 0);
    raw_control(&r, WIRE_AUTH3, 4); /* M35, without a token */
    expect_fault(&r, 0x1C00001B, true, 0, 4);
    expect_closed(&r);
    pdu[2] = WIRE_AUTH3;
    connect_bound(&r, 0);
    raw_send(&r, pdu, sizeof pdu); /* M35, not expected */
    expect_fault(&r, PROTO, true, 0, 4);
    expect_closed(&r);
}

static void M39_stub_data_cut_at_every_octet(void **state)
{
    uint8_t stub[24] = {16, 0, 0, 0, 1, 2, 3, 4};
    uint8_t handle[20] = {0}, out[64];
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    for (size_t n = 0; n < 20; n++) {
        size_t size = sizeof out;

        assert_int_equal(raw_call(&r, PROBE_ECHO, stub, n, out, &size), 0x6F7);
        assert_int_equal(raw_call(&r, PROBE_USE, handle, n, out, &size), 0x6F7);
    }
    memset(stub, 0xff, 4); /* a hostile count */
    assert_int_equal(raw_call(&r, PROBE_ECHO, stub, 24, out, &(size_t){64}), 0x6F7);
    still_good(&r);
}

static void M41_no_pdu_and_half_a_pdu(void **state)
{
    uint8_t pdu[256];
    size_t size = good_bind(pdu, sizeof pdu, WIRE_WHOLE);
    struct raw r;

    (void)state;
    pdu[8] = 15;
    raw_connect(&r, probe_port);
    raw_send(&r, pdu, size);
    expect_closed(&r);
    for (size_t n = 1; n < size; n += 7) {
        (void)good_bind(pdu, sizeof pdu, WIRE_WHOLE);
        raw_connect(&r, probe_port);
        raw_send(&r, pdu, n);
        (void)shutdown(r.fd, SHUT_WR);
        expect_closed(&r);
    }
    connect_bound(&r, 0); /* octet by octet is no offence */
    (void)good_bind(pdu, sizeof pdu, WIRE_WHOLE);
    raw_close(&r);
    raw_connect(&r, probe_port);
    for (size_t n = 0; n < size; n++)
        raw_send(&r, pdu + n, 1);
    expect_results(&r, WIRE_BIND_ACK, (const uint16_t[]){0}, 1);
    raw_close(&r);
}

static void M42_late_pieces(void **state)
{
    uint8_t stub[8] = {0};
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 1000, 0, PROBE_OPS, 16, stub, 8); /* M44: answered at once */
    expect_fault(&r, OPRNG, true, 0, 1000);
    raw_fragment(&r, 0, 1000, 0, PROBE_OPS, 16, stub, 8);
    raw_fragment(&r, WIRE_LAST_FRAG, 1000, 0, PROBE_OPS, 16, stub, 8);
    raw_fragment(&r, WIRE_LAST_FRAG, 851, 0, PROBE_OPS, 16, stub, 8);
    r.call_id = 1000;
    assert_int_equal(raw_call(&r, PROBE_NULL, NULL, 0, NULL, &(size_t){0}), 0);
    raw_fragment(&r, WIRE_LAST_FRAG, 851, 0, PROBE_NULL, 0, NULL, 0); /* 150 below 1001 */
    expect_fault(&r, PROTO, false, 0, 851);
    expect_closed(&r);
}

static void M43_call_ids(void **state)
{
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_WHOLE, 0x80000000u, 0, PROBE_NULL, 0, NULL, 0);
    expect_fault(&r, PROTO, false, 0, 0x80000000u);
    expect_closed(&r);
    connect_bound(&r, WIRE_CONC_MPX);
    probe_reset();
    raw_fragment(&r, WIRE_WHOLE, 5, 0, PROBE_CANCELLED, 0, NULL, 0);
    probe_wait_inside(1);
    raw_fragment(&r, WIRE_WHOLE, 5, 0, PROBE_NULL, 0, NULL, 0); /* alive */
    expect_fault(&r, PROTO, false, 0, 5);
    expect_closed(&r);
    probe_wait_inside(0); /* the routine sees that its client is gone */
}

/* What is wrong with a fragment is said although the call's last one has not come. */
static void M44_errors_in_fragments_before_the_last(void **state)
{
    static uint8_t large[5840];
    uint8_t pdu[32] = {5, 0, WIRE_REQUEST, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 4};
    uint8_t stub[8] = {0};
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 1, 99, PROBE_NULL, 16, stub, 8);
    expect_fault(&r, UNKIF, true, 0, 1);
    raw_fragment(&r, WIRE_FIRST_FRAG, 2, 0, PROBE_OPS, 16, stub, 8);
    expect_fault(&r, OPRNG, true, 0, 2);
    for (uint32_t id = 1; id <= 2; id++) { /* what was on its way is ignored (M42) */
        raw_fragment(&r, 0, id, 0, PROBE_NULL, 8, stub, 8);
        raw_fragment(&r, WIRE_LAST_FRAG, id, 0, PROBE_NULL, 8, stub, 8);
    }
    raw_fragment(&r, WIRE_FIRST_FRAG, 3, 0, PROBE_ECHO, 0x400001, stub, 8);
    expect_fault(&r, ACCESS, false, 0, 3);
    expect_closed(&r);
    for (unsigned i = 0; i < 3; i++) { /* in the middle of a call */
        connect_bound(&r, 0);
        raw_fragment(&r, WIRE_FIRST_FRAG, 4, 0, PROBE_ECHO, 16, stub, 8);
        if (i == 0)
            raw_send(&r, pdu, sizeof pdu); /* big-endian */
        else if (i == 1)
            raw_fragment(&r, 0, 4, 0, PROBE_ECHO, 8, large, sizeof large);
        else
            raw_fragment(&r, 0, 5, 0, PROBE_ECHO, 8, stub, 8); /* of another */
        expect_fault(&r, PROTO, i == 0, 0, 4);
        expect_closed(&r);
    }
}

static void multiplexing_and_cancel(void **state)
{
    uint8_t out[8];
    struct raw_reply reply;
    struct raw r;

    (void)state;
    probe_reset();
    connect_bound(&r, WIRE_CONC_MPX);
    raw_fragment(&r, WIRE_WHOLE, 1, 0, PROBE_CANCELLED, 0, NULL, 0);
    raw_fragment(&r, WIRE_WHOLE, 2, 0, PROBE_CANCELLED, 0, NULL, 0);
    probe_wait_inside(2); /* both run although the first holds a worker */
    r.call_id = 9;
    assert_int_equal(raw_call(&r, PROBE_NULL, NULL, 0, NULL, &(size_t){0}), 0);
    raw_control(&r, WIRE_CO_CANCEL, 2);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.h.call_id, 2);
    memcpy(out, reply.stub, 4);
    assert_int_equal(out[0], 1);
    raw_control(&r, WIRE_CO_CANCEL, 1);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.h.call_id, 1);
    raw_close(&r);
    connect_bound(&r, 0); /* without multiplexing the second is a violation */
    raw_fragment(&r, WIRE_WHOLE, 1, 0, PROBE_CANCELLED, 0, NULL, 0);
    probe_wait_inside(1);
    raw_fragment(&r, WIRE_WHOLE, 2, 0, PROBE_NULL, 0, NULL, 0);
    raw_control(&r, WIRE_CO_CANCEL, 1);
    expect_fault(&r, PROTO, false, 0, 2);
    raw_close(&r);
    probe_wait_inside(0);
}

/* Both requests arrive in one read: who goes on while the first one runs must find the second. */
static void request_read_together_with_a_long_one(void **state)
{
    uint8_t pdus[3 * WIRE_REQUEST_SIZE];
    struct raw_reply reply;
    struct raw r;

    (void)state;
    probe_reset();
    for (unsigned i = 0; i < 3; i++) {
        const struct wire_header h = {.type = WIRE_REQUEST,
                                      .flags = WIRE_WHOLE,
                                      .frag_length = WIRE_REQUEST_SIZE,
                                      .call_id = i + 2};
        const struct wire_request q = {.opnum = i < 2 ? PROBE_CANCELLED : PROBE_NULL};

        (void)wire_put_request(pdus + i * WIRE_REQUEST_SIZE, &h, &q);
    }
    connect_bound(&r, WIRE_CONC_MPX);
    raw_send(&r, pdus, sizeof pdus);
    probe_wait_inside(2);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.h.call_id, 4);
    raw_close(&r);
    probe_wait_inside(0);
}

static void raised_codes_travel_mapped(void **state)
{
    static const struct {
        int32_t raised;
        uint32_t fault;
    } cases[] = {
        {4711, 4711}, {6, 0x1C00001A}, {1733, 0x1C000006}, {14, 0x1C00001B}, {0, 0x1C000012}};
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(raw_call(&r, PROBE_RAISE, &cases[i].raised, 4, NULL, &(size_t){0}),
                         cases[i].fault);
    still_good(&r);
}

/* ---- Size ------------------------------------------------------------------------------------- */

static void echo_of(struct raw *r, uint32_t n)
{
    uint8_t *in = malloc(n + 4), *out = malloc(n + 4);
    size_t size = n + 4;

    assert_true(in != NULL && out != NULL);
    memcpy(in, &n, 4);
    for (uint32_t i = 0; i < n; i++)
        in[4 + i] = (uint8_t)(i * 7 + i / 251);
    assert_int_equal(raw_call(r, PROBE_ECHO, in, n + 4, out, &size), 0);
    assert_int_equal(size, n + 4);
    assert_memory_equal(in, out, size);
    free(in);
    free(out);
}

static void fragmentation_both_ways(void **state)
{
    static const uint32_t sizes[] = {0,    1,    5808,  5812,   5813,    5820,        5821,
                                     8192, 8193, 65536, 100001, 1 << 20, 0x400000 - 4};
    struct raw r;

    (void)state;
    connect_bound(&r, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        echo_of(&r, sizes[i]);
    still_good(&r);
    raw_connect_unix(&r, probe_path);
    raw_bind(&r, &probe_interface.id, 0, 0);
    echo_of(&r, 3000000);
    still_good(&r);
}

static void slow_reader_holds_no_worker(void **state)
{
    enum { N = 8, SIZE = 2000000 };
    static struct raw slow[N];
    uint8_t *in = calloc(1, SIZE + 4), *out = calloc(1, SIZE + 4);
    const uint32_t n = SIZE;
    struct raw fast;

    (void)state;
    memcpy(in, &n, 4);
    for (int i = 0; i < N; i++) {
        connect_bound(&slow[i], 0);
        (void)raw_request(&slow[i], PROBE_ECHO, in, SIZE + 4); /* and nobody reads the answer */
    }
    connect_bound(&fast, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(raw_call(&fast, PROBE_NULL, NULL, 0, NULL, &(size_t){0}), 0);
    still_good(&fast);
    for (int i = 0; i < N; i++) {
        size_t size = SIZE + 4;

        if (i % 2 == 0) { /* half of them read after all, the others go */
            assert_int_equal(raw_answer(&slow[i], out, &size), 0);
            assert_int_equal(size, SIZE + 4);
        }
        raw_close(&slow[i]);
    }
    free(in);
    free(out);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
    const struct CMUnitTest tests[] = {
        ROW(M1_bind_flags),
        ROW(M2_M5_bind_without_elements_or_syntaxes),
        ROW(M3_M24_M25_M28_bind_with_trailer),
        ROW(M4_second_bind),
        ROW(M6_unknown_group),
        ROW(M7_M8_first_pdu),
        ROW(M9_M10_alter),
        ROW(one_context_a_time),
        ROW(fragment_size_negotiation),
        ROW(M11_M12_unknown_context_or_operation),
        ROW(M13_large_fragment),
        ROW(M14_M15_fragment_without_first),
        ROW(log_says_who_broke_what),
        ROW(M16_first_twice),
        ROW(M17_M18_two_calls_in_assembly),
        ROW(M19_pending_cancel),
        ROW(M20_request_limit),
        ROW(M20_MaxRpcSize),
        ROW(M21_cancel_and_orphan_of_unknown_calls),
        ROW(M22_pdus_of_servers),
        ROW(M23_fragments_of_one_call_differ),
        ROW(M32_M35_trailers_without_authentication),
        ROW(M39_stub_data_cut_at_every_octet),
        ROW(M41_no_pdu_and_half_a_pdu),
        ROW(M42_late_pieces),
        ROW(M43_call_ids),
        ROW(M44_errors_in_fragments_before_the_last),
        ROW(multiplexing_and_cancel),
        ROW(request_read_together_with_a_long_one),
        ROW(raised_codes_travel_mapped),
        ROW(fragmentation_both_ways),
        ROW(slow_reader_holds_no_worker),
    };

    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
