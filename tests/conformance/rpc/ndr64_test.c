/* SPDX-License-Identifier: Apache-2.0
 *
 * ndr64_test.c - NDR64 and NDR 2.0 on one interface: who proposes what, and what is spoken then
 *
 * rpc-wire 5 (presentation contexts) and 10. Client and server stubs are one compilation with
 * `--protocol all`; a server of NDR 2.0 alone is the same table without the flag.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "raw.h"

#include "ndr64.h"
#include "rpc/client/tuning.h"
#include "rpc/server/call.h"

#include <cmocka.h>

#define PROTO 0x1C01000Bu

static uint16_t port;
static struct rpc_interface plain; /* the server's table without the flag */

/* ---- The server ------------------------------------------------------------------------------- */

int32_t s_Turn(handle_t b, mixed *m, intptr_t add, int32_t *syntax)
{
    RPC_STATUS status;
    const struct rpc_call *call = call_of_binding(b, &status);
    int32_t sum = 0;

    *syntax = call->ndr64 ? 64 : 20;
    for (mixed *p = m; p != NULL; p = p->next) {
        for (int32_t i = 0; i < p->n / 2; i++) {
            int16_t t = p->values[i];

            p->values[i] = p->values[p->n - 1 - i];
            p->values[p->n - 1 - i] = t;
        }
        if (p->k == LARGE)
            p->e.h += add;
        else
            p->e.s = (int16_t)(p->e.s + add);
        p->g[1].b ^= 0xff;
        sum += p->n;
    }
    return sum;
}

int32_t s_Open(handle_t b, int32_t value, WIDE_H *h)
{
    (void)b;
    *h = malloc(sizeof value);
    assert_non_null(*h);
    memcpy(*h, &value, sizeof value);
    return value;
}

int32_t s_Close(WIDE_H *h)
{
    int32_t value;

    memcpy(&value, *h, sizeof value);
    free(*h);
    *h = NULL;
    return value;
}

void __RPC_USER WIDE_H_rundown(WIDE_H h)
{
    free(h);
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *p)
{
    free(p);
}

static int serve(void **state)
{
    (void)state;
    port = probe_serve();
    return RpcServerRegisterIf(wide_v1_2_s_ifspec, NULL, NULL);
}

static int serve_plain(void **state)
{
    (void)state;
    port = probe_serve();
    plain = *(const struct rpc_interface *)wide_v1_2_s_ifspec;
    plain.flags &= ~(uint32_t)RPC_INTERFACE_NDR64;
    return RpcServerRegisterIf(&plain, NULL, NULL);
}

static int stop(void **state)
{
    (void)state;
    probe_stop();
    return 0;
}

/* ---- Calls ------------------------------------------------------------------------------------ */

static void call_and_expect(int32_t wanted)
{
    int16_t odd[] = {1, 2, 3}, many[] = {10, 20};
    uint16_t name[] = {'n', 0x20ac, 0};
    mixed second = {.k = SMALL, .e.s = 7, .n = 2, .values = many};
    mixed first = {.k = LARGE,
                   .e.h = 1LL << 40,
                   .g = {{-1, 2}, {3, 4}},
                   .next = &second,
                   .name = name,
                   .n = 3,
                   .values = odd};
    RPC_BINDING_HANDLE b = NULL;
    volatile int32_t syntax = 0;
    char text[64];
    volatile WIDE_H h = NULL;

    (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%u]", port);
    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)text, &b), RPC_S_OK);
    RpcTryExcept
    {
        assert_int_equal(Turn(b, &first, 5, (int32_t *)(uintptr_t)&syntax), 5);
        assert_int_equal(Open(b, 42, (WIDE_H *)(uintptr_t)&h), 42);
        assert_non_null(h);
        assert_int_equal(Close((WIDE_H *)(uintptr_t)&h), 42);
    }
    RpcExcept(1)
    {
        fail_msg("RPC error %d", RpcExceptionCode());
    }
    RpcEndExcept
    assert_int_equal(syntax, wanted);
    assert_true(first.e.h == (1LL << 40) + 5 && second.e.s == 12);
    assert_int_equal(first.g[1].b, 0xfb);
    assert_int_equal(first.g[0].a, -1);
    assert_int_equal(first.values[0], 3);
    assert_int_equal(second.values[1], 10);
    assert_int_equal(first.name[1], 0x20ac);
    assert_null(h);
    if (first.values != odd)
        free(first.values);
    if (second.values != many)
        free(second.values);
    if (first.name != name)
        free(first.name);
    (void)RpcBindingFree(&b);
}

/* ... at the cost of no round trip. */
static void both_ends_prefer_ndr64(void **state)
{
    unsigned long binds = atomic_load(&rpc_client_counters.binds);
    unsigned long alters = atomic_load(&rpc_client_counters.alters);

    (void)state;
    call_and_expect(64);
    assert_int_equal(atomic_load(&rpc_client_counters.binds), binds + 1);
    assert_int_equal(atomic_load(&rpc_client_counters.alters), alters);
}

static void ndr20_with_a_server_that_has_no_other(void **state)
{
    (void)state;
    call_and_expect(20);
}

/* ---- Negotiation ------------------------------------------------------------------------------ */

/* Results, 0xRRrr; of an accepted element the low octet is 64 or 20. */
static void offer(struct raw *r, uint8_t type, const struct wire_offer *offers, uint8_t count,
                  const uint16_t *wanted)
{
    struct raw_reply reply;
    struct wire_bind_ack ack;
    struct wire_result result;

    raw_send_bind(r, type, 0, 0, 5840, offers, count);
    assert_true(raw_receive(r, &reply));
    assert_int_equal(wire_get_bind_ack(reply.pdu, reply.size, &reply.h, &ack), WIRE_OK);
    assert_int_equal(ack.result_count, count);
    for (unsigned i = 0; wire_next_result(&ack, &result); i++) {
        uint16_t got = (uint16_t)(result.result << 8 | result.reason);

        if (got == 0)
            got = wire_syntax_equal(&result.syntax, &wire_ndr64) ? 64 : 20;
        assert_int_equal(got, wanted[i]);
    }
}

static void negotiation(void **state)
{
    const RPC_SYNTAX_IDENTIFIER *id = &((const struct rpc_interface *)wide_v1_2_s_ifspec)->id;
    const RPC_SYNTAX_IDENTIFIER both[] = {wire_ndr20, wire_ndr64};
    const struct wire_offer a[] = {{0, 1, id, &wire_ndr20}, {1, 1, id, &wire_ndr64}};
    const struct wire_offer turned[] = {a[1], a[0]}, one[] = {{0, 2, id, both}};
    const struct wire_offer of_probe[] = {{5, 1, &probe_interface.id, &wire_ndr64},
                                          {6, 1, &probe_interface.id, &wire_ndr20}};
    const struct wire_offer other = {1, 1, id, &wire_ndr20};
    struct raw_reply reply;
    struct raw r;

    (void)state;
    raw_connect(&r, port); /* one element each: the preferred one, wherever it stands */
    offer(&r, WIRE_BIND, a, 2, (const uint16_t[]){0x202, 64});
    offer(&r, WIRE_ALTER_CONTEXT, &a[0], 1, (const uint16_t[]){20}); /* proposed again: both stay */
    offer(&r, WIRE_ALTER_CONTEXT, &a[1], 1, (const uint16_t[]){64});
    offer(&r, WIRE_ALTER_CONTEXT, of_probe, 2, (const uint16_t[]){0x202, 20});
    raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 0, 5840, &other, 1); /* M10 */
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.fault, PROTO);
    assert_true(raw_is_closed(&r));
    raw_close(&r);
    raw_connect(&r, port);
    offer(&r, WIRE_BIND, turned, 2, (const uint16_t[]){64, 0x202});
    raw_close(&r);
    raw_connect(&r, port);
    offer(&r, WIRE_BIND, one, 1, (const uint16_t[]){64});
    raw_close(&r);
    raw_connect(&r, port);
    offer(&r, WIRE_BIND, a, 1, (const uint16_t[]){20});
    raw_close(&r);
}

static void expect_violation(struct raw *r, const struct wire_offer *again)
{
    struct raw_reply reply;

    raw_send_bind(r, WIRE_ALTER_CONTEXT, 0, 0, 5840, again, 1);
    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.fault, PROTO);
    assert_true(reply.h.flags & WIRE_DID_NOT_EXECUTE);
    assert_int_equal(reply.context_id, 0);
    assert_true(raw_is_closed(r));
    raw_close(r);
}

/* M10: a list is judged as a new context's would be; what comes out has to be what was negotiated. */
static void M10_another_transfer_syntax_for_the_same_context(void **state)
{
    const RPC_SYNTAX_IDENTIFIER *id = &((const struct rpc_interface *)wide_v1_2_s_ifspec)->id;
    const RPC_SYNTAX_IDENTIFIER both[] = {wire_ndr20, wire_ndr64}, unknown = {{9}, {1, 0}};
    const struct wire_offer narrow = {0, 1, id, &wire_ndr20}, wide = {0, 1, id, &wire_ndr64};
    const struct wire_offer any = {0, 2, id, both}, none = {0, 1, id, &unknown};
    const struct wire_offer *pairs[][2] = {{&narrow, &wide}, {&wide, &narrow}, {&narrow, &any}};
    struct raw r;

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        raw_connect(&r, port);
        offer(&r, WIRE_BIND, pairs[i][0], 1, (const uint16_t[]){pairs[i][0] == &wide ? 64 : 20});
        expect_violation(&r, pairs[i][1]);
    }
    raw_connect(&r, port);
    offer(&r, WIRE_BIND, &wide, 1, (const uint16_t[]){64});
    offer(&r, WIRE_ALTER_CONTEXT, &any, 1,
          (const uint16_t[]){64}); /* the preferred one is the same */
    offer(&r, WIRE_ALTER_CONTEXT, &none, 1, (const uint16_t[]){0x202}); /* and stays usable */
    offer(&r, WIRE_ALTER_CONTEXT, &wide, 1, (const uint16_t[]){64});
    raw_close(&r);
}

/* NDR64 has no other byte order. */
static void ndr64_is_little_endian(void **state)
{
    const RPC_SYNTAX_IDENTIFIER *id = &((const struct rpc_interface *)wide_v1_2_s_ifspec)->id;
    const struct wire_offer a = {0, 1, id, &wire_ndr64};
    static const uint8_t big[24] = {5, 0, 0, 3, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 9};
    struct raw_reply reply;
    struct raw r;

    (void)state;
    raw_connect(&r, port);
    offer(&r, WIRE_BIND, &a, 1, (const uint16_t[]){64});
    raw_send(&r, big, sizeof big);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.fault, RPC_X_BAD_STUB_DATA);
    offer(&r, WIRE_ALTER_CONTEXT, &a, 1, (const uint16_t[]){64}); /* the connection stays */
    raw_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_ends_prefer_ndr64, serve, stop),
        cmocka_unit_test_setup_teardown(ndr20_with_a_server_that_has_no_other, serve_plain, stop),
        cmocka_unit_test_setup_teardown(negotiation, serve, stop),
        cmocka_unit_test_setup_teardown(M10_another_transfer_syntax_for_the_same_context, serve,
                                        stop),
        cmocka_unit_test_setup_teardown(ndr64_is_little_endian, serve, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
