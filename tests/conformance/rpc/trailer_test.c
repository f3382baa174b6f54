/* SPDX-License-Identifier: Apache-2.0
 *
 * trailer_test.c - security trailers at places where they cannot be (M28, M29), and verification
 * trailers that do not tell the truth (rpc-wire 7.1)
 */
#include <string.h>

#include "probe.h"
#include "speaker.h"

#include "rpc/core/status.h"

#include <cmocka.h>

static uint16_t port;

static int serve(void **state)
{
    (void)state;
    port = probe_serve_secure(&auth_test_provider);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop_secure();
    return 0;
}

/* ---- Security trailers ------------------------------------------------------------------------ */

/* The last leg or a request of ada's, its trailer `shift` octets behind its body, claiming `pad`. */
static void send_shifted(struct speaker *s, uint8_t type, uint8_t shift, uint8_t pad)
{
    enum { CONTEXT = 7 };
    uint8_t pdu[256] = {0};
    struct wire_header h = {.type = type, .flags = WIRE_WHOLE, .call_id = 9};
    struct wire_auth leg = speaker_leg(5, ADA, "Rright");
    size_t size = 0;

    leg.pad_length = pad;
    if (type == WIRE_BIND || type == WIRE_ALTER_CONTEXT) {
        const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
        const struct wire_offer offer = {0, 1, &probe_interface.id, &wire_ndr20};

        size = wire_put_bind(pdu, sizeof pdu, &h, &b, &offer, 1);
    } else if (type == WIRE_AUTH3) {
        wire_put_auth3(pdu, &h);
        size = WIRE_AUTH3_SIZE;
    } else {
        size = wire_put_request(pdu, &h, &(struct wire_request){.context_id = CONTEXT});
    }
    size += shift;
    wire_put_trailer(pdu + size, &leg);
    size += WIRE_TRAILER_SIZE;
    memcpy(pdu + size, leg.token, leg.token_length);
    size += leg.token_length;
    h.frag_length = (uint16_t)size;
    h.auth_length = (uint16_t)leg.token_length;
    wire_put_header(pdu, &h);
    raw_send(&s->r, pdu, size);
}

/* A leg or request that ends the connection with a fault, of the context that is named. */
static void expect_end(uint8_t type, uint8_t shift, uint8_t pad, uint32_t fault, bool dne,
                       uint16_t context_id)
{
    struct raw_reply reply;
    struct speaker s;

    if (type == WIRE_REQUEST)
        speaker_authentic(&s, port, 5);
    else
        speaker_pending(&s, port, 5);
    send_shifted(&s, type, shift, pad);
    assert_true(raw_receive(&s.r, &reply));
    assert_int_equal(reply.h.type, WIRE_FAULT);
    assert_int_equal(reply.fault, fault);
    assert_int_equal((reply.h.flags & WIRE_DID_NOT_EXECUTE) != 0, dne);
    assert_int_equal(reply.context_id, context_id);
    assert_int_equal(reply.h.call_id, 9);
    assert_true(raw_is_closed(&s.r));
    speaker_leave(&s);
}

static void expect_nak(uint8_t shift, uint8_t pad, uint16_t reason)
{
    struct speaker s = {0};
    struct raw_reply reply;
    uint16_t got;

    raw_connect(&s.r, port);
    send_shifted(&s, WIRE_BIND, shift, pad);
    assert_true(raw_receive(&s.r, &reply));
    assert_int_equal(reply.h.type, WIRE_BIND_NAK);
    assert_int_equal(wire_get_bind_nak(reply.pdu, reply.size, &reply.h, &got), WIRE_OK);
    assert_int_equal(got, reason);
    assert_true(raw_is_closed(&s.r));
    speaker_leave(&s);
}

static void M28_trailers_that_are_not_aligned(void **state)
{
    (void)state;
    for (uint8_t shift = 1; shift <= 3; shift++) {
        expect_nak(shift, 0, WIRE_NAK_NOT_SPECIFIED);
        expect_end(WIRE_ALTER_CONTEXT, shift, 0, NCA_S_PROTO_ERROR, true, 0);
        expect_end(WIRE_AUTH3, shift, 0, NCA_S_PROTO_ERROR, true, 0);
        expect_end(WIRE_REQUEST, shift, 0, NCA_S_PROTO_ERROR, false, 7);
    }
}

static void M29_padding_beyond_the_room(void **state)
{
    static const uint8_t pads[] = {61, 128, 255}; /* more than all octets of body */

    (void)state;
    for (size_t i = 0; i < sizeof pads; i++) {
        expect_nak(0, pads[i], WIRE_NAK_PROTOCOL);
        expect_end(WIRE_ALTER_CONTEXT, 0, pads[i], NCA_S_PROTO_ERROR, true, 0);
        expect_end(WIRE_REQUEST, 4, pads[i], NCA_S_PROTO_ERROR, false, 7);
        expect_end(WIRE_AUTH3, 0, pads[i], NCA_S_FAULT_REMOTE_NO_MEMORY, true, 0);
    }
    expect_end(WIRE_AUTH3, 0, 1, NCA_S_FAULT_REMOTE_NO_MEMORY, true, 0);
    expect_end(WIRE_REQUEST, 4, 5, NCA_S_PROTO_ERROR, false, 7);
}

/* ---- Verification trailers -------------------------------------------------------------------- */

#define CALL  9u
#define OPNUM PROBE_NULL

/* What ada's next call, without header signing, truly is. */
static struct wire_verification truth(void)
{
    return (struct wire_verification){
        .has_bitmask = true,
        .has_presentation = true,
        .has_header = true,
        .interface = probe_interface.id,
        .transfer = wire_ndr20,
        .header = {WIRE_REQUEST, {WIRE_DREP}, CALL, 0, OPNUM},
    };
}

/* A call with that behind its stub data, at every level that signs: answered, or fault 5 and the
 * connection goes on. */
static void expect(const uint8_t *trailer, size_t size, bool good)
{
    for (uint8_t level = 4; level <= 6; level++) {
        struct raw_reply reply;
        struct speaker s;

        speaker_authentic(&s, port, level);
        speaker_request(&s, WIRE_WHOLE, CALL, ADA, level, OPNUM, trailer, size);
        if (good) {
            speaker_answered(&s);
        } else {
            assert_true(raw_receive(&s.r, &reply));
            assert_int_equal(reply.fault, RPC_S_ACCESS_DENIED);
        }
        speaker_request(&s, WIRE_WHOLE, CALL + 1, ADA, level, OPNUM, NULL, 0);
        speaker_answered(&s);
        speaker_leave(&s);
    }
}

static void expect_of(const struct wire_verification *v, bool good)
{
    uint8_t trailer[WIRE_VERIFICATION_MAX];

    expect(trailer, wire_put_verification(trailer, v), good);
}

static void true_trailers(void **state)
{
    (void)state;
    for (unsigned set = 1; set < 8; set++) {
        struct wire_verification v = truth();

        v.has_bitmask = (set & 1) != 0;
        v.has_presentation = (set & 2) != 0;
        v.has_header = (set & 4) != 0;
        expect_of(&v, true);
    }
}

/* Somebody on the way has changed what is not signed: the request's header, or the bind. */
static void changed_trailers(void **state)
{
    struct wire_verification v = truth();

    (void)state;
    v.bitmask = WIRE_VERIFY_HEADER_SIGNING; /* the bind had that taken away */
    expect_of(&v, false);
    v.bitmask = ~WIRE_VERIFY_HEADER_SIGNING; /* bits of the future */
    expect_of(&v, true);
    v = truth();
    v.interface = probe_strict.id;
    expect_of(&v, false);
    v = truth();
    v.interface.SyntaxVersion.MinorVersion++;
    expect_of(&v, false);
    v = truth();
    v.transfer = wire_ndr64;
    expect_of(&v, false);
    v = truth();
    v.header.opnum = PROBE_ECHO;
    expect_of(&v, false);
    v = truth();
    v.header.call_id++;
    expect_of(&v, false);
    v = truth();
    v.header.context_id++;
    expect_of(&v, false);
    v = truth();
    v.header.type = WIRE_RESPONSE;
    expect_of(&v, false);
    v = truth();
    v.header.drep[0] = 0;
    expect_of(&v, false);
}

/* Every octet of pcontext and header2 counts, but for what is reserved. */
static void every_octet_counts(void **state)
{
    enum { FIRST = 8 + 4 + 4 + 4, HEADER = FIRST + 40 + 4, END = HEADER + 16 };
    struct wire_verification v = truth();
    uint8_t trailer[WIRE_VERIFICATION_MAX];

    (void)state;
    assert_int_equal(wire_put_verification(trailer, &v), END);
    for (size_t i = FIRST; i < END; i++) {
        bool is_command = i >= HEADER - 4 && i < HEADER;
        bool is_reserved = i > HEADER && i < HEADER + 4;

        if (is_command)
            continue;
        trailer[i] ^= 0x10;
        expect(trailer, END, is_reserved);
        trailer[i] ^= 0x10;
    }
}

#define SIGNATURE 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71
#define BITMASK   4, 0, 0, 0, 0, 0
#define HEADER2   16, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, CALL, 0, 0, 0, 0, 0, OPNUM, 0

static void malformed_trailers(void **state)
{
    static const struct {
        uint8_t octets[64], size;
        bool good;
    } cases[] = {
        {{SIGNATURE, 1, 0x40, BITMASK}, 16, true},
        {{SIGNATURE, 3, 0x40, HEADER2}, 28, true},
        {{SIGNATURE, 3, 0xc0, HEADER2}, 28, true}, /* MUST_PROCESS, and it is */
        {{SIGNATURE, 99, 0, 4, 0, 1, 2, 3, 4, 1, 0x40, BITMASK},
         24,
         true}, /* unknown: passed over */
        {{SIGNATURE, 99, 0x80, 4, 0, 1, 2, 3, 4, 1, 0x40, BITMASK},
         24,
         false}, /* ... if it may be */
        {{SIGNATURE, 99, 0x40, 0, 0}, 12, true},
        {{SIGNATURE, 99, 0xc0, 0, 0}, 12, false},
        {{SIGNATURE}, 8, false},                                         /* no command */
        {{SIGNATURE, 1, 0, BITMASK}, 16, false},                         /* no end */
        {{SIGNATURE, 1, 0x40}, 10, false},                               /* half a command */
        {{SIGNATURE, 1, 0x40, 4, 0, 0, 0}, 14, false},                   /* half its data */
        {{SIGNATURE, 1, 0x40, 0xff, 0xff, 0, 0, 0, 0}, 16, false},       /* its data is nowhere */
        {{SIGNATURE, 1, 0, BITMASK, 1, 0x40, BITMASK}, 24, false},       /* twice */
        {{SIGNATURE, 1, 0x40, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 20, false}, /* of another length */
        {{SIGNATURE, 1, 0x40, 0, 0}, 12, false},
        {{SIGNATURE, 2, 0x40, BITMASK}, 16, false},
        {{SIGNATURE, 3, 0x40, BITMASK}, 16, false},
        {{SIGNATURE, 99, 0x40, 2, 0, 0, 0}, 14, false}, /* no multiple of 4 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].octets, cases[i].size, cases[i].good);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        ROW(M28_trailers_that_are_not_aligned),
        ROW(M29_padding_beyond_the_room),
        ROW(true_trailers),
        ROW(changed_trailers),
        ROW(every_octet_counts),
        ROW(malformed_trailers),
    };

    return cmocka_run_group_tests_name("trailers", tests, NULL, NULL);
}
