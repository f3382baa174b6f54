/* SPDX-License-Identifier: Apache-2.0
 *
 * hardening_test.c - classes of faults that other implementations had, each by the number under which
 * it became known (docs/conformance.md, "Hardening", names those that other tests show)
 *
 * The client is made by hand and signs for itself, so that it can say what no client of ours says. A
 * request that is refused has not reached its routine.
 */
#include <string.h>

#include "probe.h"
#include "raw.h"

#include "hardening.h"
#include "probe_client.h"
#include "speaker.h"
#include "rpc/core/status.h"

#include <cmocka.h>

static uint16_t port;
static atomic_int taken;

/* ---- The server ------------------------------------------------------------------------------- */

int32_t s_Take(handle_t b, int32_t n, int32_t *values)
{
    int32_t sum = 0;

    (void)b;
    for (int32_t i = 0; i < n; i++)
        sum += values[i];
    atomic_fetch_add(&taken, 1);
    return sum;
}

int32_t s_Given(handle_t b, int32_t *n, int32_t *values)
{
    return s_Take(b, n != NULL ? *n : 0, values);
}

void s_Count(handle_t b, int32_t answer, int32_t *count)
{
    (void)b;
    *count = answer;
}

void s_Made(handle_t b, int32_t answer, bounded *made)
{
    (void)b;
    made->count = answer;
}

static int serve(void **state)
{
    (void)state;
    atomic_store(&taken, 0);
    port = probe_serve_secure(&auth_test_provider);
    return (int)RpcServerRegisterIf(hardening_v1_0_s_ifspec, NULL, NULL);
}

static int stop(void **state)
{
    (void)state;
    probe_stop_secure();
    assert_int_equal(atomic_load(&probe_counts.opened), 0); /* nothing that was refused has run */
    return 0;
}

/* ---- The client ------------------------------------------------------------------------------- */

/* A fragment of Open, eight octets, signed by a context; the trailer claims `level`. */
static void signed_fragment(struct speaker *s, uint8_t flags, uint32_t call_id, uint32_t id,
                            uint8_t level)
{
    static const uint8_t stub[8];

    speaker_request(s, flags, call_id, id, level, PROBE_OPEN, stub, sizeof stub);
}

/* ---- CVE-2012-1182, CVE-2013-4408: lengths inside the stub data -------------------------------- */

/* The length that is allocated and the one that is read are the same, whoever says which. */
static void CVE_2012_1182_two_lengths_of_one_array(void **state)
{
    static const struct {
        uint32_t n, before, sent; /* n, the count before the values, values that are there */
        uint32_t fault;
    } cases[] = {
        {4, 4, 4, 0},       {2, 4, 4, 0x6F7},     {4, 2, 4, 0x6F7},
        {4, 4, 2, 0x6F7},   {4, 0, 0, 0x6F7},     {0x40000001, 0x40000001, 4, 0x6F7},
        {4, ~0u, 4, 0x6F7}, {~0u, ~0u, 4, 0x6F7}, {0x80000000, 0x80000000, 4, 0x6F7},
    };
    struct raw r;

    (void)state;
    raw_connect(&r, port);
    raw_bind(&r, &((const struct rpc_interface *)hardening_v1_0_s_ifspec)->id, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t stub[2 + 4] = {cases[i].n, cases[i].before, 1, 2, 3, 4};
        uint8_t out[8];

        assert_int_equal(
            raw_call(&r, 0, stub, (2 + cases[i].sent) * sizeof stub[0], out, &(size_t){sizeof out}),
            cases[i].fault);
    }
    assert_int_equal(atomic_load(&taken), 1);
    raw_close(&r);
}

/* The same where the length is behind a pointer that may be NULL. */
static void CVE_2012_1182_length_behind_a_pointer(void **state)
{
    static const struct {
        uint32_t words, stub[6], fault; /* [id, n or nothing,] count before the values, values */
    } cases[] = {
        {5, {0x20000, 2, 2, 40, 2}, 0},
        {3, {0x20000, 0, 0}, 0},
        {2, {0, 0}, 0},
        {4, {0, 2, 40, 2}, 0x6F7}, /* values without a number */
        {2, {0, ~0u}, 0x6F7},
        {5, {0x20000, 2, 3, 40, 2}, 0x6F7},
        {5, {0x20000, 3, 2, 40, 2}, 0x6F7},
        {4, {0x20000, 2, 2, 40}, 0x6F7},
        {5, {0x20000, ~0u, ~0u, 40, 2}, 0x6F7},
        {5, {0x20000, 0x40000001, 0x40000001, 40, 2}, 0x6F7},
        {5, {0x20000, 0x80000000, 0x80000000, 40, 2}, 0x6F7},
        {1, {0x20000}, 0x6F7},
    };
    struct raw r;

    (void)state;
    raw_connect(&r, port);
    raw_bind(&r, &((const struct rpc_interface *)hardening_v1_0_s_ifspec)->id, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[8];
        size_t size = sizeof out;

        assert_int_equal(
            raw_call(&r, 3, cases[i].stub, cases[i].words * sizeof(uint32_t), out, &size),
            cases[i].fault);
        if (i == 0)
            assert_true(size == 4 && out[0] == 42);
    }
    assert_int_equal(atomic_load(&taken), 3);
    raw_close(&r);
}

static RPC_STATUS count(RPC_BINDING_HANDLE b, int32_t answer, bool in_structure)
{
    volatile RPC_STATUS status = RPC_S_OK;
    bounded made = {0};
    int32_t n = 0;

    RpcTryExcept
    {
        if (in_structure)
            Made(b, answer, &made);
        else
            Count(b, answer, &n);
        assert_int_equal(in_structure ? made.count : n, answer);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

/* A client believes no number of a server that lies out of range. */
static void CVE_2013_4408_replies_out_of_range(void **state)
{
    RPC_BINDING_HANDLE b = probe_bind(port);

    (void)state;
    for (int in_structure = 0; in_structure < 2; in_structure++) {
        assert_int_equal(count(b, 0, in_structure), RPC_S_OK);
        assert_int_equal(count(b, 4, in_structure), RPC_S_OK);
        assert_int_equal(count(b, 5, in_structure), RPC_S_INVALID_BOUND);
        assert_int_equal(count(b, -1, in_structure), RPC_S_INVALID_BOUND);
    }
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
}

/* ---- CVE-2015-5370: what a connection has agreed on ------------------------------------------- */

static void CVE_2015_5370_alter_changes_no_security_context(void **state)
{
    static const struct {
        uint8_t type, level;
        uint32_t fault;
    } cases[] = {{AUTH_TYPE_TEST, 6, RPC_S_ACCESS_DENIED},
                 {AUTH_TYPE_TEST, 2, RPC_S_ACCESS_DENIED},
                 {AUTH_TYPE_NTLM, 5, RPC_S_SEC_PKG_ERROR},
                 {AUTH_TYPE_NONE, 5, RPC_S_ACCESS_DENIED}};
    struct wire_auth again = speaker_leg(5, ADA, "Hada");
    struct speaker s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { /* M37 */
        struct wire_auth leg = speaker_leg(cases[i].level, ADA, "Rright");

        leg.type = cases[i].type;
        speaker_pending(&s, port, 5);
        raw_send_leg(&s.r, WIRE_ALTER_CONTEXT, &probe_interface.id, &leg);
        speaker_refused(&s, cases[i].fault, true);
    }
    speaker_authentic(&s, port, 5); /* M38: who it is does not change either */
    raw_send_leg(&s.r, WIRE_ALTER_CONTEXT, &probe_interface.id, &again);
    speaker_refused(&s, RPC_S_ACCESS_DENIED, true);
}

static void CVE_2015_5370_auth3_changes_no_security_context(void **state)
{
    static const struct {
        uint8_t type, level;
        uint32_t id, fault;
    } cases[] = {{AUTH_TYPE_TEST, 6, ADA, NCA_S_FAULT_REMOTE_NO_MEMORY}, /* M29 */
                 {AUTH_TYPE_TEST, 2, ADA, NCA_S_FAULT_REMOTE_NO_MEMORY},
                 {AUTH_TYPE_NTLM, 5, ADA, NCA_S_FAULT_REMOTE_NO_MEMORY},
                 {AUTH_TYPE_NONE, 5, ADA, NCA_S_FAULT_REMOTE_NO_MEMORY},
                 {AUTH_TYPE_TEST, 5, EVE, NCA_S_PROTO_ERROR}}; /* M35 */
    struct speaker s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire_auth leg = speaker_leg(cases[i].level, cases[i].id, "Rright");

        leg.type = cases[i].type;
        speaker_pending(&s, port, 5);
        raw_send_leg(&s.r, WIRE_AUTH3, &probe_interface.id, &leg);
        speaker_refused(&s, cases[i].fault, true);
    }
    speaker_authentic(&s, port, 5); /* M35: nor when it is complete */
    speaker_finish(&s, ADA, "Rright");
    speaker_refused(&s, NCA_S_PROTO_ERROR, true);
}

static void CVE_2015_5370_request_needs_a_finished_authentication(void **state)
{
    struct speaker s;

    (void)state;
    for (uint8_t level = 2; level <= 6; level++) {
        speaker_pending(&s, port, level); /* M31 */
        signed_fragment(&s, WIRE_WHOLE, 9, ADA, level);
        speaker_refused(&s, NCA_S_PROTO_ERROR, true);
        speaker_pending(&s, port,
                        level); /* an auth3 that fails says so at the next request (M36) */
        speaker_finish(&s, ADA, "Rwrong");
        signed_fragment(&s, WIRE_WHOLE, 9, ADA, level);
        speaker_refused(&s, RPC_S_ACCESS_DENIED, false);
    }
}

static void CVE_2015_5370_request_keeps_to_its_level(void **state)
{
    struct speaker s;

    (void)state;
    for (uint8_t level = 2; level <= 6; level++) {
        for (uint8_t claimed = 0; claimed <= 7; claimed++) {
            if (claimed == level)
                continue;
            speaker_authentic(&s, port, level);
            signed_fragment(&s, WIRE_WHOLE, 9, ADA, claimed); /* M33 */
            speaker_refused(&s, RPC_S_ACCESS_DENIED, false);
        }
    }
}

/* No length of a trailer leads out of its fragment. */
static void CVE_2015_5370_lengths_of_a_trailer(void **state)
{
    static const struct {
        uint16_t auth_length;
        uint8_t pad;
    } cases[] = {{0xffff, 0}, {0xfff8, 0}, {49, 0}, {41, 0}, {25, 0}, {15, 0}, {16, 17}, {16, 255}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t pdu[WIRE_REQUEST_SIZE + 16 + WIRE_TRAILER_SIZE + 16] = {0};
        const struct wire_header h = {.type = WIRE_REQUEST,
                                      .flags = WIRE_WHOLE,
                                      .frag_length = sizeof pdu,
                                      .auth_length = cases[i].auth_length,
                                      .call_id = 9};
        const struct wire_request q = {.opnum = PROBE_OPEN};
        const struct wire_auth a = {
            .type = AUTH_TYPE_TEST, .level = 5, .pad_length = cases[i].pad, .context_id = ADA};
        struct speaker s;

        speaker_authentic(&s, port, 5);
        (void)wire_put_request(pdu, &h, &q);
        wire_put_trailer(pdu + WIRE_REQUEST_SIZE + 16, &a);
        raw_send(&s.r, pdu, sizeof pdu);
        speaker_refused(&s, NCA_S_PROTO_ERROR, false);
    }
}

/* ---- CVE-2021-23192: fragments of another security context ------------------------------------ */

/* Begins a call as ada says; the rest comes from somebody else. */
static void CVE_2021_23192_fragment_with_other_auth_is_refused(void **state)
{
    static const uint8_t rest[8] = {0};
    struct speaker s;

    (void)state;
    for (uint8_t level = 4; level <= 6; level++) {
        speaker_both_authentic(&s, port, level, level); /* signed, by another */
        signed_fragment(&s, WIRE_FIRST_FRAG, 9, ADA, level);
        signed_fragment(&s, WIRE_LAST_FRAG, 9, EVE, level);
        speaker_refused(&s, RPC_S_SEC_PKG_ERROR, false);
        speaker_both_authentic(&s, port, level, 2); /* of a context whose signatures say nothing */
        signed_fragment(&s, WIRE_FIRST_FRAG, 9, ADA, level);
        signed_fragment(&s, WIRE_LAST_FRAG, 9, EVE, 2);
        speaker_refused(&s, RPC_S_SEC_PKG_ERROR, false);
        speaker_authentic(&s, port, level); /* signed by nobody */
        signed_fragment(&s, WIRE_FIRST_FRAG, 9, ADA, level);
        raw_fragment(&s.r, WIRE_LAST_FRAG, 9, 0, PROBE_OPEN, 8, rest, sizeof rest);
        speaker_refused(&s, NCA_S_PROTO_ERROR, false);
    }
}

/* And a call that nobody has signed is not begun where others are signed (M33), nor while somebody is on the way
 * to signing (M31). */
static void CVE_2021_23192_call_without_auth_gains_none(void **state)
{
    static const uint8_t start[8] = {0};
    struct speaker s;

    (void)state;
    for (uint8_t level = 4; level <= 6; level++) {
        speaker_authentic(&s, port, level);
        raw_fragment(&s.r, WIRE_FIRST_FRAG, 9, 0, PROBE_OPEN, 16, start, sizeof start);
        speaker_refused(&s, RPC_S_ACCESS_DENIED, false);
    }
}

/* M33: who takes a trailer off on the way, and changes the rest, has not made an unauthenticated call of it. */
static void M33_request_without_trailer(void **state)
{
    static const uint8_t stub[8] = {0};
    struct speaker s;

    (void)state;
    for (uint8_t level = 4; level <= 6; level++) {
        speaker_authentic(&s, port, level);
        raw_fragment(&s.r, WIRE_WHOLE, 9, 0, PROBE_OPEN, 8, stub, sizeof stub);
        speaker_refused(&s, RPC_S_ACCESS_DENIED, false);
        speaker_pending(&s, port, level); /* M31 */
        raw_fragment(&s.r, WIRE_WHOLE, 9, 0, PROBE_OPEN, 8, stub, sizeof stub);
        speaker_refused(&s, NCA_S_PROTO_ERROR, true);
        speaker_both_authentic(&s, port, level,
                               2); /* one of level CONNECT stands for it (rpc-wire 7) ... */
        raw_fragment(&s.r, WIRE_WHOLE, 9, 0, PROBE_NULL, 0, NULL, 0);
        speaker_answered(&s);
        signed_fragment(&s, WIRE_FIRST_FRAG, 10, ADA,
                        level); /* ... until there are trailers (M34) */
        raw_fragment(&s.r, WIRE_LAST_FRAG, 10, 0, PROBE_OPEN, 8, stub, sizeof stub);
        speaker_refused(&s, NCA_S_PROTO_ERROR, false);
    }
    s = (struct speaker){0}; /* after a bind without, it is nobody's call, as it was before */
    raw_connect(&s.r, port);
    raw_bind(&s.r, &probe_interface.id, 0, WIRE_CONC_MPX);
    speaker_begin(&s, WIRE_ALTER_CONTEXT, 5, ADA);
    speaker_finish(&s, ADA, "Rright");
    raw_fragment(&s.r, WIRE_WHOLE, 9, 0, PROBE_NULL, 0, NULL, 0);
    speaker_answered(&s);
    speaker_leave(&s);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest tests[] = {
        ROW(CVE_2012_1182_two_lengths_of_one_array),
        ROW(CVE_2012_1182_length_behind_a_pointer),
        ROW(CVE_2013_4408_replies_out_of_range),
        ROW(CVE_2015_5370_alter_changes_no_security_context),
        ROW(CVE_2015_5370_auth3_changes_no_security_context),
        ROW(CVE_2015_5370_request_needs_a_finished_authentication),
        ROW(CVE_2015_5370_request_keeps_to_its_level),
        ROW(CVE_2015_5370_lengths_of_a_trailer),
        ROW(CVE_2021_23192_fragment_with_other_auth_is_refused),
        ROW(CVE_2021_23192_call_without_auth_gains_none),
        ROW(M33_request_without_trailer),
    };

    return cmocka_run_group_tests_name("hardening", tests, NULL, NULL);
}
