/* SPDX-License-Identifier: Apache-2.0
 *
 * limits_test.c - what a server does at each of its limits (docs/limits.md)
 *
 * The limits are lowered for this process, so that each can be reached. At each of them somebody is
 * turned away as the table says, it is counted, and the server goes on serving others.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "probe.h"
#include "raw.h"

#include <cmocka.h>

#define BUSY 0x1C010014u

enum { CONNECTIONS = 8, ASSOCIATIONS = 4, CONTEXTS = 3, PARTIAL = 20000, HANDLES = 3, ALL = 5 };

static uint16_t port;

static int serve(void **state)
{
    (void)state;
    port = probe_serve();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop();
    return 0;
}

static void good_call(struct raw *r)
{
    size_t none = 0;

    assert_int_equal(raw_call(r, PROBE_NULL, NULL, 0, NULL, &none), 0);
}

static void bound(struct raw *r, uint32_t group)
{
    raw_connect(r, port);
    raw_bind(r, &probe_interface.id, group, 0);
}

static void connections(void **state)
{
    static struct raw r[CONNECTIONS], extra;
    uint64_t before = limit_times(LIMIT_CONNECTIONS);

    (void)state;
    bound(&r[0], 0);
    for (int i = 1; i < CONNECTIONS; i++)
        bound(&r[i], r[0].group_id);
    raw_connect(&extra, port);
    assert_true(raw_is_closed(&extra));
    raw_close(&extra);
    assert_int_equal(limit_times(LIMIT_CONNECTIONS), before + 1);
    for (int i = 0; i < CONNECTIONS; i++) {
        good_call(&r[i]);
        raw_close(&r[i]);
    }
}

static void associations(void **state)
{
    static struct raw r[ASSOCIATIONS], extra;
    const struct wire_offer offer = {0, 1, &probe_interface.id, &wire_ndr20};
    uint64_t before = limit_times(LIMIT_ASSOCIATIONS);
    struct raw_reply reply;
    uint16_t reason = 0;

    (void)state;
    for (int i = 0; i < ASSOCIATIONS; i++)
        bound(&r[i], 0);
    raw_connect(&extra, port);
    raw_send_bind(&extra, WIRE_BIND, 0, 0, 5840, &offer, 1);
    assert_true(raw_receive(&extra, &reply));
    assert_int_equal(wire_get_bind_nak(reply.pdu, reply.size, &reply.h, &reason), WIRE_OK);
    assert_int_equal(reason, WIRE_NAK_LOCAL_LIMIT);
    assert_true(raw_is_closed(&extra));
    raw_close(&extra);
    assert_int_equal(limit_times(LIMIT_ASSOCIATIONS), before + 1);
    bound(&extra, r[1].group_id); /* to one that is there: welcome */
    good_call(&extra);
    raw_close(&extra);
    for (int i = 0; i < ASSOCIATIONS; i++)
        raw_close(&r[i]);
}

static void presentation_contexts(void **state)
{
    uint64_t before = limit_times(LIMIT_CONTEXTS);
    struct raw_reply reply;
    struct wire_bind_ack ack;
    struct wire_result result;
    struct raw r;

    (void)state;
    bound(&r, 0); /* context 0 */
    for (uint16_t id = 1; id <= CONTEXTS; id++) {
        const struct wire_offer offer = {id, 1, &probe_interface.id, &wire_ndr20};

        raw_send_bind(&r, WIRE_ALTER_CONTEXT, 0, 0, 5840, &offer, 1);
        assert_true(raw_receive(&r, &reply));
        assert_int_equal(wire_get_bind_ack(reply.pdu, reply.size, &reply.h, &ack), WIRE_OK);
        assert_true(wire_next_result(&ack, &result));
        if (id < CONTEXTS) {
            assert_int_equal(result.result, WIRE_ACCEPTANCE);
        } else {
            assert_int_equal(result.result, WIRE_PROVIDER_REJECTION);
            assert_int_equal(result.reason, WIRE_LOCAL_LIMIT_EXCEEDED);
        }
    }
    assert_int_equal(limit_times(LIMIT_CONTEXTS), before + 1);
    good_call(&r);
    raw_close(&r);
}

/* Octets of requests that are not whole, of several clients together. */
static void partial_requests(void **state)
{
    static const uint8_t stub[5000];
    uint64_t before = limit_times(LIMIT_PARTIAL);
    struct raw r[4], extra;
    struct raw_reply reply;

    (void)state;
    for (int i = 0; i < 4; i++) {
        bound(&r[i], 0);
        raw_fragment(&r[i], WIRE_FIRST_FRAG, 2, 0, PROBE_ECHO, 0, stub, sizeof stub);
        raw_control(&r[i], WIRE_CO_CANCEL, 99); /* nothing comes of it ... */
    }
    bound(&extra, r[0].group_id);
    /* four times 5000 are held at the latest when these answers have come */
    for (int i = 0; i < 4; i++) {
        const struct wire_offer offer = {1, 1, &probe_interface.id, &wire_ndr20};

        r[i].call_id = 50;
        raw_send_bind(&r[i], WIRE_ALTER_CONTEXT, 0, 0, 5840, &offer, 1);
        assert_true(raw_receive(&r[i], &reply));
        assert_int_equal(reply.h.type, WIRE_ALTER_CONTEXT_RESP);
    }
    raw_fragment(&extra, WIRE_FIRST_FRAG, 7, 0, PROBE_ECHO, 0, stub, 100);
    assert_true(raw_receive(&extra, &reply));
    assert_int_equal(reply.fault, BUSY);
    raw_fragment(&extra, WIRE_LAST_FRAG, 7, 0, PROBE_ECHO, 0, stub, 100); /* M42 */
    extra.call_id = 7;
    good_call(&extra);
    raw_fragment(&r[0], 0, 2, 0, PROBE_ECHO, 0, stub, 100); /* one fragment more is too many */
    assert_true(raw_receive(&r[0], &reply));
    assert_int_equal(reply.fault, BUSY);
    assert_int_equal(limit_times(LIMIT_PARTIAL), before + 2);
    raw_fragment(&extra, WIRE_FIRST_FRAG, 100, 0, PROBE_NULL, 0, stub,
                 100); /* there is room again */
    raw_fragment(&extra, WIRE_LAST_FRAG, 100, 0, PROBE_NULL, 0, stub, 100);
    assert_true(raw_receive(&extra, &reply));
    assert_int_equal(reply.h.type, WIRE_RESPONSE);
    for (int i = 0; i < 4; i++)
        raw_close(&r[i]);
    raw_close(&extra);
}

/* A client that connects and says nothing, one that begins a bind, one that begins a request's PDU, one
 * that begins a request: each is dropped. One that has said all it owes stays. */
static void slow_clients(void **state)
{
    static const uint8_t stub[64];
    static const uint8_t begun[] = {5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xd0};
    uint64_t binds = limit_times(LIMIT_BIND_MS), requests = limit_times(LIMIT_REQUEST_MS);
    struct raw silent, half_bind, half_pdu, half_request, idle;

    (void)state;
    raw_connect(&silent, port);
    raw_connect(&half_bind, port);
    raw_send(&half_bind, begun, sizeof begun);
    bound(&idle, 0);
    bound(&half_pdu, 0);
    raw_send(&half_pdu, begun, 12);
    bound(&half_request, 0);
    raw_fragment(&half_request, WIRE_FIRST_FRAG, 2, 0, PROBE_ECHO, 0, stub, sizeof stub);
    assert_true(raw_is_closed(&silent));
    assert_true(raw_is_closed(&half_bind));
    assert_true(raw_is_closed(&half_pdu));
    assert_true(raw_is_closed(&half_request));
    assert_int_equal(limit_times(LIMIT_BIND_MS) + limit_times(LIMIT_REQUEST_MS),
                     binds + requests + 4);
    good_call(&idle);
    raw_close(&silent);
    raw_close(&half_bind);
    raw_close(&half_pdu);
    raw_close(&half_request);
    raw_close(&idle);
}

/* ... also when it says a little now and then: what counts is when it began. */
static void slow_drip(void **state)
{
    static const uint8_t stub[8];
    struct raw r;
    int fragments = 0;

    (void)state;
    bound(&r, 0);
    raw_fragment(&r, WIRE_FIRST_FRAG, 2, 0, PROBE_ECHO, 0, stub, sizeof stub);
    while (fragments < 100000 && limit_times(LIMIT_REQUEST_MS) == *(uint64_t *)*state) {
        raw_fragment(&r, 0, 2, 0, PROBE_ECHO, 0, NULL, 0);
        fragments++;
        (void)usleep(5000);
    }
    assert_true(raw_is_closed(&r));
    raw_close(&r);
}

static uint64_t requests_before;

static int serve_drip(void **state)
{
    requests_before = limit_times(LIMIT_REQUEST_MS);
    *state = &requests_before;
    port = probe_serve();
    return 0;
}

static void handles(void **state)
{
    uint64_t one = limit_times(LIMIT_HANDLES), all = limit_times(LIMIT_HANDLES_ALL);
    struct raw a, b;
    uint8_t stub[64];
    uint32_t value = 7;
    int opened = 0;

    (void)state;
    bound(&a, 0);
    bound(&b, 0);
    for (int i = 0; i < HANDLES + 1; i++) {
        size_t size = sizeof stub;
        uint32_t fault = raw_call(&a, PROBE_OPEN, &value, 4, stub, &size);

        assert_int_equal(fault, i < HANDLES ? 0 : RPC_S_OUT_OF_RESOURCES);
        opened += fault == 0;
    }
    for (int i = opened; i < ALL + 1; i++) {
        size_t size = sizeof stub;

        assert_int_equal(raw_call(&b, PROBE_OPEN, &value, 4, stub, &size),
                         i < ALL ? 0 : RPC_S_OUT_OF_RESOURCES);
    }
    assert_int_equal(limit_times(LIMIT_HANDLES), one + 1);
    assert_int_equal(limit_times(LIMIT_HANDLES_ALL), all + 1);
    good_call(&a);
    raw_close(&a);
    raw_close(&b);
}

int main(int argc, char **argv)
{
    static const char *const lowered[][2] = {
        {"HOLDFAST_LIMIT_CONNECTIONS", "8"}, {"HOLDFAST_LIMIT_ASSOCIATIONS", "4"},
        {"HOLDFAST_LIMIT_CONTEXTS", "3"},    {"HOLDFAST_LIMIT_PARTIAL", "20000"},
        {"HOLDFAST_LIMIT_HANDLES", "3"},     {"HOLDFAST_LIMIT_HANDLES_ALL", "5"},
    };
#define LIMIT(name) cmocka_unit_test_setup_teardown(name, serve, stop)
    const struct CMUnitTest of_numbers[] = {
        LIMIT(connections), LIMIT(associations),     LIMIT(presentation_contexts),
        LIMIT(handles),     LIMIT(partial_requests),
    };
    const struct CMUnitTest of_time[] = {
        LIMIT(slow_clients),
        cmocka_unit_test_setup_teardown(slow_drip, serve_drip, stop),
    };

    if (argc == 2 &&
        strcmp(argv[1], "time") == 0) { /* a process of its own: the others may be slow */
        (void)setenv("HOLDFAST_LIMIT_BIND_MS", "3000", 1);
        (void)setenv("HOLDFAST_LIMIT_REQUEST_MS", "3000", 1);
        return cmocka_run_group_tests(of_time, NULL, NULL);
    }
    for (size_t i = 0; i < sizeof lowered / sizeof *lowered; i++)
        (void)setenv(lowered[i][0], lowered[i][1], 1);
    return cmocka_run_group_tests(of_numbers, NULL, NULL);
}
