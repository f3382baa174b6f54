/* SPDX-License-Identifier: Apache-2.0
 *
 * wire_test.c - PDUs against octets written by hand: both ways, every truncation, every refusal
 */
#include "rpc/wire/wire.h"

#include "base/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ROOM = 512 };

/* ---- One PDU of each type ---------------------------------------------------------------------- */

#define NDR20_LE    "045d888aeb1cc9119fe808002b104860 02000000"
#define NDR64_LE    "33057171babe37498319b5dbef9ccc36 01000000"
#define ZERO_SYNTAX "00000000000000000000000000000000 00000000"
/* 12345678-9abc-def0-0102-030405060708, version 3.4 */
#define IFACE_LE "78563412bc9af0de0102030405060708 03000400"
#define IFACE_BE "123456789abcdef00102030405060708 00040003"
#define NDR20_BE "8a885d041ceb11c99fe808002b104860 00000002"
#define FEATURES "2c1cb76c12984045 0300000000000000 01000000"

static const RPC_SYNTAX_IDENTIFIER iface = {{0x12345678, 0x9abc, 0xdef0, {1, 2, 3, 4, 5, 6, 7, 8}},
                                            {3, 4}};
static const UUID object = {
    0x0a0b0c0d, 0x0e0f, 0x1011, {0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19}};

/* clang-format off */
static const char bind_hex[] =
    "05 00 0b 07 10000000 8800 0000 05000000"    /* header: 136 octets, call 5 */
    "d016 d016 efbeadde 02 000000"               /* 5840, 5840, group, two elements */
    "0100 02 00" IFACE_LE NDR20_LE NDR64_LE
    "0200 01 00" IFACE_LE FEATURES;
static const char bind_auth_hex[] =
    "05 00 0b 03 10000000 5400 0400 06000000"
    "d016 d016 00000000 01 000000"
    "0000 01 00" IFACE_LE NDR20_LE
    "0a 06 00 00 09000000 746f6b65";
static const char bind_be_hex[] =
    "05 00 0b 03 00000000 0048 0000 00000005"
    "16d0 16d0 deadbeef 01 ffffff"
    "0001 01 ff" IFACE_BE NDR20_BE;
static const char ack_hex[] =
    "05 00 0c 13 10000000 5400 0000 05000000"
    "d016 d016 efbeadde 0400 31333500 0000"      /* "135" */
    "02 000000"
    "0000 0000" NDR20_LE
    "0200 0100" ZERO_SYNTAX;
static const char resp_hex[] =
    "05 00 0f 03 10000000 3800 0000 07000000"
    "d016 d016 efbeadde 0000 0000"
    "01 000000"
    "0000 0000" NDR20_LE;
static const char nak_hex[] =
    "05 00 0d 03 10000000 1800 0000 05000000"
    "0400 01 05 00 000000";
static const char request_hex[] =
    "05 00 00 03 10000000 1e00 0000 08000000"
    "06000000 0300 0400 aabbccddeeff";
static const char request_object_hex[] =
    "05 00 00 83 10000000 4200 0600 08000000"
    "06000000 0300 0400 0d0c0b0a 0f0e 1110 1213141516171819"
    "aabbccddeeff0000 0000 0000"                 /* six octets of stub, six of padding */
    "0a 05 06 00 01000000 010203040506";
static const char response_hex[] =
    "05 00 02 02 10000000 1c00 0000 08000000"
    "04000000 0300 01 00 01020304";
static const char fault_hex[] =
    "05 00 03 23 10000000 2000 0000 08000000"
    "20000000 0300 02 00 1a00001c 00000000";
static const char auth3_hex[] =
    "05 00 10 03 10000000 2000 0400 09000000"
    "00000000 0a 05 00 00 02000000 01020304";
static const char cancel_hex[] = "05 00 12 03 10000000 1000 0000 0a000000";
static const char orphaned_hex[] = "05 00 13 03 10000000 1000 0000 0a000000";
static const char shutdown_hex[] = "05 00 11 03 10000000 1000 0000 00000000";
/* clang-format on */

/* Decodes a PDU of any type, as its reader would. */
static enum wire_error get_any(const uint8_t *pdu, size_t size)
{
    struct wire_header h;
    struct wire_bind bind;
    struct wire_element element;
    struct wire_bind_ack ack;
    struct wire_result result;
    struct wire_request request;
    struct wire_response response;
    struct wire_fault fault;
    struct wire_auth auth;
    RPC_SYNTAX_IDENTIFIER syntax;
    uint16_t reason;
    enum wire_error error = wire_get_header(pdu, size, &h);

    if (error)
        return error;
    switch (h.type) {
    case WIRE_BIND:
    case WIRE_ALTER_CONTEXT:
        error = wire_get_bind(pdu, size, &h, &bind);
        while (wire_next_element(&bind, &element)) {
            for (unsigned i = 0; i < element.syntax_count; i++)
                wire_element_syntax(&element, i, &syntax);
        }
        return error;
    case WIRE_BIND_ACK:
    case WIRE_ALTER_CONTEXT_RESP:
        error = wire_get_bind_ack(pdu, size, &h, &ack);
        while (wire_next_result(&ack, &result))
            ;
        return error;
    case WIRE_BIND_NAK: return wire_get_bind_nak(pdu, size, &h, &reason);
    case WIRE_REQUEST: return wire_get_request(pdu, size, &h, &request);
    case WIRE_RESPONSE: return wire_get_response(pdu, size, &h, &response);
    case WIRE_FAULT: return wire_get_fault(pdu, size, &h, &fault);
    case WIRE_AUTH3: return wire_get_auth3(pdu, size, &h, &auth);
    default: return wire_get_control(pdu, size, &h, &auth);
    }
}

/* The octets of `hex` in memory of exactly their size. */
static uint8_t *pdu_of(const char *hex, size_t *ret_size)
{
    size_t n = testing_hex(hex, NULL, 0);
    uint8_t *p = malloc(n);

    assert_non_null(p);
    assert_int_equal(testing_hex(hex, p, n), n);
    *ret_size = n;
    return p;
}

static uint8_t *pdu_and_header(const char *hex, struct wire_header *ret_h, size_t *ret_size)
{
    uint8_t *p = pdu_of(hex, ret_size);

    assert_int_equal(wire_get_header(p, *ret_size, ret_h), WIRE_OK);
    assert_int_equal(ret_h->frag_length, *ret_size);
    return p;
}

static void assert_octets(const char *hex, const uint8_t *got, size_t size)
{
    uint8_t expected[ROOM];

    assert_int_equal(testing_hex(hex, expected, sizeof expected), size);
    assert_memory_equal(got, expected, size);
}

static void assert_iface(const RPC_SYNTAX_IDENTIFIER *s)
{
    assert_true(wire_syntax_equal(s, &iface));
}

/* ---- Reading ----------------------------------------------------------------------------------- */

static void header_is_read_in_both_orders(void **state)
{
    struct wire_header le, be;
    size_t size;
    uint8_t *p = pdu_and_header(bind_hex, &le, &size);
    uint8_t *q = pdu_and_header(bind_be_hex, &be, &size);

    (void)state;
    assert_true(le.type == WIRE_BIND && le.flags == 7 && le.frag_length == 136);
    assert_true(le.call_id == 5 && le.version == 5 && le.minor == 0 && le.drep[0] == 0x10);
    assert_true(be.type == WIRE_BIND && be.frag_length == 72 && be.call_id == 5);
    assert_true(le.swap != be.swap && be.swap == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__));
    free(p);
    free(q);
}

static void bind_is_read(void **state)
{
    struct wire_header h;
    struct wire_bind b;
    struct wire_element e;
    RPC_SYNTAX_IDENTIFIER s;
    uint8_t bits;
    size_t size;
    uint8_t *p = pdu_and_header(bind_hex, &h, &size);

    (void)state;
    assert_int_equal(wire_get_bind(p, size, &h, &b), WIRE_OK);
    assert_true(b.max_xmit == 5840 && b.max_recv == 5840 && b.group_id == 0xdeadbeef);
    assert_true(b.element_count == 2 && !b.auth.present);
    assert_true(wire_next_element(&b, &e));
    assert_true(e.id == 1 && e.syntax_count == 2);
    assert_iface(&e.abstract);
    wire_element_syntax(&e, 0, &s);
    assert_true(wire_syntax_equal(&s, &wire_ndr20));
    assert_false(wire_syntax_features(&s, &bits));
    wire_element_syntax(&e, 1, &s);
    assert_true(wire_syntax_equal(&s, &wire_ndr64));
    for (unsigned i = 2; i < 300; i++) { /* there is none, and no harm in asking */
        wire_element_syntax(&e, i, &s);
        assert_true(wire_syntax_equal(&s, &(RPC_SYNTAX_IDENTIFIER){0}));
    }
    assert_true(wire_next_element(&b, &e));
    assert_true(e.id == 2 && e.syntax_count == 1);
    wire_element_syntax(&e, 0, &s);
    assert_true(wire_syntax_features(&s, &bits));
    assert_int_equal(bits, 3);
    assert_false(wire_next_element(&b, &e));
    assert_false(wire_next_element(&b, &e));
    free(p);
}

static void big_endian_bind_is_read(void **state)
{
    struct wire_header h;
    struct wire_bind b;
    struct wire_element e;
    RPC_SYNTAX_IDENTIFIER s;
    size_t size;
    uint8_t *p = pdu_and_header(bind_be_hex, &h, &size);

    (void)state;
    assert_int_equal(wire_get_bind(p, size, &h, &b), WIRE_OK);
    assert_true(b.max_xmit == 5840 && b.group_id == 0xdeadbeef && b.element_count == 1);
    assert_true(wire_next_element(&b, &e) && e.id == 1);
    assert_iface(&e.abstract);
    wire_element_syntax(&e, 0, &s);
    assert_true(wire_syntax_equal(&s, &wire_ndr20));
    free(p);
}

static void trailer_is_read(void **state)
{
    struct wire_header h;
    struct wire_bind b;
    struct wire_auth a;
    struct wire_request r;
    size_t size;
    uint8_t *p = pdu_and_header(bind_auth_hex, &h, &size);

    (void)state;
    assert_int_equal(wire_get_bind(p, size, &h, &b), WIRE_OK);
    assert_true(b.auth.present && b.auth.type == 10 && b.auth.level == 6);
    assert_true(b.auth.pad_length == 0 && b.auth.context_id == 9 && b.auth.offset == 72);
    assert_true(b.auth.token == p + 80 && b.auth.token_length == 4);
    free(p);
    p = pdu_and_header(auth3_hex, &h, &size);
    assert_int_equal(wire_get_auth3(p, size, &h, &a), WIRE_OK);
    assert_true(a.present && a.level == 5 && a.context_id == 2 && a.token == p + 28);
    free(p);
    p = pdu_and_header(request_object_hex, &h, &size);
    assert_int_equal(wire_get_request(p, size, &h, &r), WIRE_OK);
    assert_true(r.has_object && wire_uuid_equal(&r.object, &object));
    assert_true(r.stub_offset == 40 && r.stub_length == 6 && r.auth.pad_length == 6);
    assert_true(r.auth.offset == 52 && r.auth.token_length == 6 && r.auth.token == p + 60);
    free(p);
}

static void answers_are_read(void **state)
{
    struct wire_header h;
    struct wire_bind_ack a;
    struct wire_result r;
    uint16_t reason;
    size_t size;
    uint8_t *p = pdu_and_header(ack_hex, &h, &size);

    (void)state;
    assert_int_equal(wire_get_bind_ack(p, size, &h, &a), WIRE_OK);
    assert_true(a.max_xmit == 5840 && a.max_recv == 5840 && a.group_id == 0xdeadbeef);
    assert_int_equal(a.address_length, 4);
    assert_memory_equal(a.address, "135", 4);
    assert_int_equal(a.result_count, 2);
    assert_true(wire_next_result(&a, &r));
    assert_true(r.result == 0 && r.reason == 0 && wire_syntax_equal(&r.syntax, &wire_ndr20));
    assert_true(wire_next_result(&a, &r));
    assert_true(r.result == WIRE_PROVIDER_REJECTION &&
                r.reason == WIRE_ABSTRACT_SYNTAX_NOT_SUPPORTED);
    assert_false(wire_next_result(&a, &r));
    free(p);
    p = pdu_and_header(resp_hex, &h, &size);
    assert_int_equal(wire_get_bind_ack(p, size, &h, &a), WIRE_OK);
    assert_true(a.address == NULL && a.address_length == 0 && a.result_count == 1);
    free(p);
    p = pdu_and_header(nak_hex, &h, &size);
    assert_int_equal(wire_get_bind_nak(p, size, &h, &reason), WIRE_OK);
    assert_int_equal(reason, WIRE_NAK_PROTOCOL);
    free(p);
}

static void calls_are_read(void **state)
{
    struct wire_header h;
    struct wire_request q;
    struct wire_response r;
    struct wire_fault f;
    size_t size;
    uint8_t *p = pdu_and_header(request_hex, &h, &size);

    (void)state;
    assert_int_equal(wire_get_request(p, size, &h, &q), WIRE_OK);
    assert_true(q.alloc_hint == 6 && q.context_id == 3 && q.opnum == 4 && !q.has_object);
    assert_true(q.stub_offset == 24 && q.stub_length == 6 && !q.auth.present);
    free(p);
    p = pdu_and_header(response_hex, &h, &size);
    assert_int_equal(wire_get_response(p, size, &h, &r), WIRE_OK);
    assert_true(r.alloc_hint == 4 && r.context_id == 3 && r.cancel_count == 1);
    assert_true(r.stub_offset == 24 && r.stub_length == 4);
    free(p);
    p = pdu_and_header(fault_hex, &h, &size);
    assert_int_equal(wire_get_fault(p, size, &h, &f), WIRE_OK);
    assert_true(h.flags == (WIRE_WHOLE | WIRE_DID_NOT_EXECUTE));
    assert_true(f.alloc_hint == 32 && f.context_id == 3 && f.cancel_count == 2 && f.flags == 0);
    assert_int_equal(f.status, 0x1c00001a);
    free(p);
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static const struct wire_header bind_header = {.type = WIRE_BIND, .flags = 7, .call_id = 5};

static void bind_is_written(void **state)
{
    RPC_SYNTAX_IDENTIFIER both[] = {wire_ndr20, wire_ndr64};
    RPC_SYNTAX_IDENTIFIER features = wire_features_syntax(3);
    const struct wire_offer offers[] = {{1, 2, &iface, both}, {2, 1, &iface, &features}};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840, .group_id = 0xdeadbeef};
    struct wire_header h = bind_header;
    uint8_t pdu[ROOM];
    size_t size;

    (void)state;
    for (size_t room = 0; room < 136; room++) {
        uint8_t *exact = malloc(room);

        assert_int_equal(wire_put_bind(exact, room, &h, &b, offers, 2), 0);
        free(exact);
    }
    size = wire_put_bind(pdu, 136, &h, &b, offers, 2);
    assert_octets(bind_hex, pdu, size);
    h.flags = 3;
    h.call_id = 6;
    size = wire_put_bind(pdu, ROOM, &h, &(struct wire_bind){.max_xmit = 5840, .max_recv = 5840},
                         &(struct wire_offer){0, 1, &iface, both}, 1);
    assert_int_equal(size, 72);
    assert_int_equal(wire_append_auth(pdu, 83, size,
                                      &(struct wire_auth){.type = 10,
                                                          .level = 6,
                                                          .context_id = 9,
                                                          .token = (const uint8_t *)"toke",
                                                          .token_length = 4}),
                     0);
    size = wire_append_auth(pdu, 84, size,
                            &(struct wire_auth){.type = 10,
                                                .level = 6,
                                                .context_id = 9,
                                                .token = (const uint8_t *)"toke",
                                                .token_length = 4});
    assert_octets(bind_auth_hex, pdu, size);
}

static void answers_are_written(void **state)
{
    const struct wire_result results[] = {
        {0, 0, wire_ndr20},
        {WIRE_PROVIDER_REJECTION, WIRE_ABSTRACT_SYNTAX_NOT_SUPPORTED, {{0}, {0}}}};
    struct wire_bind_ack a = {.max_xmit = 5840,
                              .max_recv = 5840,
                              .group_id = 0xdeadbeef,
                              .address = "135",
                              .address_length = 4,
                              .result_count = 2};
    struct wire_header h = {.type = WIRE_BIND_ACK, .flags = 0x13, .call_id = 5};
    uint8_t pdu[ROOM];

    (void)state;
    assert_int_equal(wire_put_bind_ack(pdu, 83, &h, &a, results), 0);
    assert_octets(ack_hex, pdu, wire_put_bind_ack(pdu, 84, &h, &a, results));
    h = (struct wire_header){.type = WIRE_ALTER_CONTEXT_RESP, .flags = 3, .call_id = 7};
    a.address = NULL;
    a.address_length = 0;
    a.result_count = 1;
    assert_octets(resp_hex, pdu, wire_put_bind_ack(pdu, ROOM, &h, &a, results));
    for (uint16_t n = 0; n < 8; n++) { /* addresses of all lengths, padded to 4 */
        struct wire_bind_ack got;
        struct wire_result r;
        size_t size;

        a.address = "1234567";
        a.address_length = n;
        size = wire_put_bind_ack(pdu, ROOM, &h, &a, results);
        assert_int_equal(wire_get_header(pdu, size, &h), WIRE_OK);
        assert_int_equal(wire_get_bind_ack(pdu, size, &h, &got), WIRE_OK);
        assert_true(size % 4 == 0 && got.address_length == n);
        assert_true(n == 0 || memcmp(got.address, "1234567", n) == 0);
        assert_true(wire_next_result(&got, &r) && wire_syntax_equal(&r.syntax, &wire_ndr20));
    }
    h = (struct wire_header){.type = WIRE_BIND_NAK, .flags = 3, .call_id = 5};
    wire_put_bind_nak(pdu, &h, WIRE_NAK_PROTOCOL);
    assert_octets(nak_hex, pdu, WIRE_BIND_NAK_SIZE);
}

static void calls_are_written(void **state)
{
    struct wire_header h = {.type = WIRE_REQUEST, .flags = 0x83, .frag_length = 30, .call_id = 8};
    struct wire_request q = {.alloc_hint = 6, .context_id = 3, .opnum = 4};
    const struct wire_auth a = {.type = 10, .level = 5, .pad_length = 6, .context_id = 1};
    const struct wire_response r = {.alloc_hint = 4, .context_id = 3, .cancel_count = 1};
    const struct wire_fault f = {.context_id = 3, .cancel_count = 2, .status = 0x1c00001a};
    uint8_t pdu[ROOM];

    (void)state;
    assert_int_equal(wire_put_request(pdu, &h, &q), 24);
    memcpy(pdu + 24, "\xaa\xbb\xcc\xdd\xee\xff", 6);
    assert_octets(request_hex, pdu, 30);
    h.frag_length = 66;
    h.auth_length = 6;
    h.flags = 3;
    q.has_object = true;
    q.object = object;
    assert_int_equal(wire_put_request(pdu, &h, &q), 40);
    memcpy(pdu + 40, "\xaa\xbb\xcc\xdd\xee\xff\0\0\0\0\0\0", 12);
    wire_put_trailer(pdu + 52, &a);
    memcpy(pdu + 60, "\1\2\3\4\5\6", 6);
    assert_octets(request_object_hex, pdu, 66);
    h = (struct wire_header){.type = WIRE_RESPONSE, .flags = 2, .frag_length = 28, .call_id = 8};
    assert_int_equal(wire_put_response(pdu, &h, &r), 24);
    memcpy(pdu + 24, "\1\2\3\4", 4);
    assert_octets(response_hex, pdu, 28);
    h = (struct wire_header){.type = WIRE_FAULT, .flags = 0x23, .call_id = 8};
    wire_put_fault(pdu, &h, &f);
    assert_octets(fault_hex, pdu, WIRE_FAULT_SIZE);
    assert_int_equal(wire_auth_pad(0), 0);
    assert_int_equal(wire_auth_pad(1), 15);
    assert_int_equal(wire_auth_pad(15), 1);
    assert_int_equal(wire_auth_pad(16), 0);
}

static void small_pdus_are_written(void **state)
{
    struct wire_header h = {.type = WIRE_AUTH3, .flags = 3, .call_id = 9};
    const struct wire_auth a = {.type = 10,
                                .level = 5,
                                .pad_length = 77, /* taken as 0 */
                                .context_id = 2,
                                .token = (const uint8_t *)"\1\2\3\4",
                                .token_length = 4};
    uint8_t pdu[ROOM];

    (void)state;
    wire_put_auth3(pdu, &h);
    assert_octets(auth3_hex, pdu, wire_append_auth(pdu, ROOM, WIRE_AUTH3_SIZE, &a));
    h = (struct wire_header){.type = WIRE_CO_CANCEL, .flags = 3, .call_id = 10};
    wire_put_control(pdu, &h);
    assert_octets(cancel_hex, pdu, WIRE_HEADER_SIZE);
    h.type = WIRE_ORPHANED;
    wire_put_control(pdu, &h);
    assert_octets(orphaned_hex, pdu, WIRE_HEADER_SIZE);
    h = (struct wire_header){.type = WIRE_SHUTDOWN, .flags = 3};
    wire_put_control(pdu, &h);
    assert_octets(shutdown_hex, pdu, WIRE_HEADER_SIZE);
}

/* frag_length has 16 bits: what is longer is refused, not cut. */
static void too_long_is_not_written(void **state)
{
    enum { BIG = 70000, MANY = 200 };
    uint8_t *pdu = malloc(BIG);
    RPC_SYNTAX_IDENTIFIER *syntaxes = calloc(MANY, sizeof *syntaxes);
    struct wire_offer offers[20];
    struct wire_header h = bind_header;
    struct wire_bind b = {0};

    (void)state;
    assert_true(pdu != NULL && syntaxes != NULL);
    for (int i = 0; i < 20; i++)
        offers[i] = (struct wire_offer){0, MANY, &iface, syntaxes};
    assert_true(wire_put_bind(pdu, BIG, &h, &b, offers, 16) > 64000);
    assert_int_equal(wire_put_bind(pdu, BIG, &h, &b, offers, 17), 0);
    assert_int_equal(wire_append_auth(pdu, BIG, 65528, &(struct wire_auth){.token = pdu}), 0);
    assert_int_equal(
        wire_append_auth(pdu, BIG, 100, &(struct wire_auth){.token = pdu, .token_length = 65428}),
        0);
    assert_int_equal(wire_append_auth(pdu, BIG, SIZE_MAX, &(struct wire_auth){.token = pdu}), 0);
    free(pdu);
    free(syntaxes);
}

/* ---- Hostile input ----------------------------------------------------------------------------- */

/* Octets of a golden PDU replaced; the error that has to come, and the rule that wants it. */
static const struct {
    const char *rule;
    const char *pdu;
    unsigned at;
    const char *octets;
    enum wire_error error;
} refusals[] = {
    {"M2", bind_hex, 24, "00", WIRE_NO_ELEMENTS},
    {"M3", bind_hex, 10, "ff00", WIRE_BAD_AUTH_LENGTH},
    {"M3", bind_auth_hex, 10, "ffff", WIRE_BAD_AUTH_LENGTH},
    {"M3", bind_auth_hex, 10, "3100", WIRE_BAD_AUTH_LENGTH}, /* one octet into the fixed part */
    {"M5", bind_hex, 30, "00", WIRE_NO_SYNTAXES},
    {"M7", bind_hex, 0, "04", WIRE_BAD_VERSION},
    {"M7", bind_hex, 1, "01", WIRE_BAD_MINOR},
    {"M7", bind_hex, 4, "11", WIRE_BAD_DREP},   /* EBCDIC */
    {"M7", bind_hex, 4, "20", WIRE_BAD_DREP},   /* integers of no order */
    {"M7", bind_hex, 4, "1001", WIRE_BAD_DREP}, /* VAX floats */
    {"M9", bind_hex, 2, "0e07 10000000 8800 0000 05000000 d016d016efbeadde 00", WIRE_NO_ELEMENTS},
    {"M28", bind_auth_hex, 10, "0300", WIRE_AUTH_UNALIGNED},
    {"M28", request_object_hex, 10, "0500", WIRE_AUTH_UNALIGNED},
    {"M28", auth3_hex, 10, "0300", WIRE_AUTH_UNALIGNED},
    {"M29", bind_auth_hex, 74, "31", WIRE_BAD_AUTH_PAD},
    {"M29", auth3_hex, 22, "01", WIRE_BAD_AUTH_PAD},
    {"M29", request_object_hex, 54, "0d", WIRE_BAD_AUTH_PAD},
    {"M35", auth3_hex, 10, "0000", WIRE_NO_AUTH},
    {"M41", bind_hex, 8, "0f00", WIRE_BAD_FRAG_LENGTH},
    {"M41", cancel_hex, 8, "0000", WIRE_BAD_FRAG_LENGTH},
    {"more elements than octets", bind_hex, 24, "03", WIRE_TRUNCATED},
    {"more syntaxes than octets", bind_hex, 30, "ff", WIRE_TRUNCATED},
    {"fragment longer than what is there", bind_hex, 8, "8900", WIRE_TRUNCATED},
    {"more results than octets", ack_hex, 32, "03", WIRE_TRUNCATED},
    {"address longer than the fragment", ack_hex, 24, "ff7f", WIRE_TRUNCATED},
    {"no room for an object", request_hex, 3, "83", WIRE_TRUNCATED},
    {"a type that nobody sends", cancel_hex, 2, "14", WIRE_BAD_TYPE},
};

static void every_refusal_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        size_t size;
        uint8_t *p = pdu_of(refusals[i].pdu, &size);
        enum wire_error error;

        assert_int_equal(get_any(p, size), WIRE_OK);
        (void)testing_hex(refusals[i].octets, p + refusals[i].at, size - refusals[i].at);
        error = get_any(p, size);
        if (error != refusals[i].error)
            fail_msg("%s, row %zu: %s", refusals[i].rule, i, wire_error_text(error));
        free(p);
    }
}

static void what_is_still_good_is_accepted(void **state)
{
    static const struct {
        const char *pdu;
        unsigned at;
        const char *octets;
    } good[] = {
        {bind_auth_hex, 74, "30"},      /* M29: padding up to where a stub would start */
        {request_object_hex, 54, "0c"}, /* all of the stub is padding */
        {bind_hex, 3, "00"},            /* M1: any flags */
        {bind_hex, 6, "ffff"},          /* reserved octets of drep */
        {bind_hex, 25, "ffffff"},       /* padding */
        {bind_hex, 31, "ff"},
        {request_hex, 16, "ffffffff"}, /* alloc_hint is judged by the server */
        {request_hex, 12, "ffffffff"}, /* and so is call_id */
        {fault_hex, 28, "ffffffff"},
        {nak_hex, 18, "00"}, /* versions are not looked at */
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t size;
        uint8_t *p = pdu_of(good[i].pdu, &size);

        (void)testing_hex(good[i].octets, p + good[i].at, size - good[i].at);
        if (get_any(p, size) != WIRE_OK)
            fail_msg("row %zu", i);
        free(p);
    }
}

/* An answer needs the members before the fault. */
static void what_precedes_the_fault_is_there(void **state)
{
    struct wire_header h;
    struct wire_request r;
    struct wire_bind b;
    size_t size;
    uint8_t *p = pdu_of(request_object_hex, &size);

    (void)state;
    p[10] = 5;
    assert_int_equal(wire_get_header(p, size, &h), WIRE_OK);
    assert_int_equal(wire_get_request(p, size, &h, &r), WIRE_AUTH_UNALIGNED);
    assert_true(r.context_id == 3 && r.opnum == 4 && r.stub_length == 0);
    p[0] = 4;
    assert_int_equal(wire_get_header(p, size, &h), WIRE_BAD_VERSION);
    assert_true(h.call_id == 8 && h.type == WIRE_REQUEST);
    p[8] = p[9] = 0;
    assert_int_equal(wire_get_header(p, size, &h), WIRE_BAD_FRAG_LENGTH);
    assert_int_equal(wire_get_bind(p, size, &h, &b), WIRE_BAD_TYPE);
    h.type = WIRE_BIND;
    assert_int_equal(wire_get_bind(p, size, &h, &b), WIRE_TRUNCATED);
    free(p);
}

static const char *const all[] = {
    bind_hex,  bind_auth_hex, bind_be_hex,        ack_hex,      resp_hex,
    nak_hex,   request_hex,   request_object_hex, response_hex, fault_hex,
    auth3_hex, cancel_hex,    orphaned_hex,       shutdown_hex,
};

/* Every PDU cut at every octet: as it arrives, and with a frag_length that says so. */
static void every_truncation_is_refused_or_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t size;
        uint8_t *p = pdu_of(all[i], &size);

        assert_int_equal(get_any(p, size), WIRE_OK);
        for (size_t n = 0; n < size; n++) {
            uint8_t *cut = malloc(n);

            assert_non_null(cut);
            memcpy(cut, p, n);
            assert_int_equal(get_any(cut, n), n < 16 ? WIRE_SHORT : WIRE_TRUNCATED);
            if (n >= 16) {
                bool little = p[4] == 0x10;

                cut[little ? 8 : 9] = (uint8_t)n;
                cut[little ? 9 : 8] = (uint8_t)(n >> 8);
                (void)get_any(cut, n);
            }
            free(cut);
        }
        free(p);
    }
}

/* Random octets over golden PDUs; what counts is that the sanitizers stay silent, and that what is
 * accepted lies inside. */
static void mutations_do_no_harm(void **state)
{
    uint32_t x = 1;
    unsigned refused = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        size_t size;
        uint8_t *p = pdu_of(all[round % (sizeof all / sizeof *all)], &size);
        struct wire_header h;
        struct wire_request r;

        for (int i = 0; i < 3; i++) {
            x = x * 1664525 + 1013904223;
            p[(x >> 8) % size] = (uint8_t)(x >> 24);
        }
        refused += get_any(p, size) != WIRE_OK;
        if (wire_get_header(p, size, &h) == WIRE_OK &&
            wire_get_request(p, size, &h, &r) == WIRE_OK) {
            assert_true(r.stub_offset + r.stub_length + r.auth.pad_length <= size);
            assert_true(!r.auth.present || r.auth.token + r.auth.token_length <= p + size);
        }
        free(p);
    }
    assert_true(refused > 1000 && refused < 19000);
}

static void errors_have_texts(void **state)
{
    (void)state;
    for (int e = 0; e <= WIRE_ERRORS; e++)
        assert_true(strlen(wire_error_text((enum wire_error)e)) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_read_in_both_orders),
        cmocka_unit_test(bind_is_read),
        cmocka_unit_test(big_endian_bind_is_read),
        cmocka_unit_test(trailer_is_read),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(calls_are_read),
        cmocka_unit_test(bind_is_written),
        cmocka_unit_test(answers_are_written),
        cmocka_unit_test(calls_are_written),
        cmocka_unit_test(small_pdus_are_written),
        cmocka_unit_test(too_long_is_not_written),
        cmocka_unit_test(every_refusal_is_told_apart),
        cmocka_unit_test(what_is_still_good_is_accepted),
        cmocka_unit_test(what_precedes_the_fault_is_there),
        cmocka_unit_test(every_truncation_is_refused_or_whole),
        cmocka_unit_test(mutations_do_no_harm),
        cmocka_unit_test(errors_have_texts),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
