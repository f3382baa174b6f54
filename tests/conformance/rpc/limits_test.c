/* SPDX-License-Identifier: Apache-2.0
 *
 * limits_test.c - what a server does at each of its limits (docs/limits.md)
 *
 * The limits are lowered for this process, so that each can be reached. At each of them somebody is
 * turned away as the table says, it is counted and logged, and the server goes on serving others. A limit that
 * no test has reached fails its part.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "probe.h"
#include "probe_secure.h"
#include "raw.h"
#include "rpc/core/status.h"
#include "rpc/server/server.h"

#include <cmocka.h>

#define BUSY 0x1C010014u

enum { CONNECTIONS = 8, ASSOCIATIONS = 4, CONTEXTS = 3, HANDLES = 3, ALL = 5, QUEUED = 2 };

/* Which part shows a limit, and what it is lowered to there. */
static const struct {
    const char *part, *value;
} lowered[LIMIT_COUNT] = {
    [LIMIT_CONNECTIONS] = {"numbers", "8"},    [LIMIT_ASSOCIATIONS] = {"numbers", "4"},
    [LIMIT_CONTEXTS] = {"numbers", "3"},       [LIMIT_PARTIAL] = {"numbers", "20000"},
    [LIMIT_HANDLES] = {"numbers", "3"},        [LIMIT_HANDLES_ALL] = {"numbers", "5"},
    [LIMIT_CALL_MEMORY] = {"calls", "100000"}, [LIMIT_QUEUED_CALLS] = {"calls", "2"},
    [LIMIT_WORKERS] = {"workers", "1"},        [LIMIT_BIND_MS] = {"time", "3000"},
    [LIMIT_REQUEST_MS] = {"time", "3000"},     [LIMIT_REPLY_MS] = {"time", "3000"},
    [LIMIT_UNSENT] = {"replies", "1000000"},
};

/* ---- What is counted, and what is said -------------------------------------------------------- */

static atomic_uint said[LIMIT_COUNT]; /* lines of the log */

static void listen_to(int level, const char *line)
{
    const char *name = strstr(line, "limit=");

    for (int i = 0; i < LIMIT_COUNT && name != NULL && level == LOG_LEVEL_WARNING; i++)
        if (strncmp(name + 6, limit_name((enum limit)i), strlen(limit_name((enum limit)i))) == 0 &&
            name[6 + strlen(limit_name((enum limit)i))] == ' ')
            atomic_fetch_add(&said[i], 1);
}

/* Each power of two times is a line, which comes behind the count. */
static int all_is_said(void *argument)
{
    enum limit limit = *(const enum limit *)argument;
    unsigned lines = 0;

    for (uint64_t times = limit_times(limit); times > 0; times >>= 1)
        lines++;
    return atomic_load(&said[limit]) == lines;
}

/* The limit has turned away somebody `n` times since. */
static void was_reached(enum limit limit, uint64_t before, uint64_t n)
{
    assert_int_equal(limit_times(limit), before + n);
    probe_until(all_is_said, &limit, "a line of the log");
}

static const char *part;

/* The last test of each part. */
static void every_limit_is_reached(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_COUNT; i++) {
        if (lowered[i].part == NULL)
            fail_msg("no test for %s", limit_name((enum limit)i));
        if (strcmp(lowered[i].part, part) == 0 && limit_times((enum limit)i) == 0)
            fail_msg("%s was not reached", limit_name((enum limit)i));
    }
}

/* ---- Large replies ---------------------------------------------------------------------------- */

enum { PIECE = 5800, PIECES = 400 }; /* more than a unix socket keeps, by more than LIMIT_UNSENT */

/* Asks for an echo that is large. */
static void ask_for_much(struct raw *r)
{
    static uint8_t stub[PIECE];
    uint32_t count = PIECE * PIECES - sizeof count;

    memcpy(stub, &count, sizeof count); /* in front of the first; of the others it is text */
    raw_connect_unix(r, probe_path);
    raw_bind(r, &probe_interface.id, 0, 0);
    r->call_id = 2;
    for (int i = 0; i < PIECES; i++)
        raw_fragment(
            r, (uint8_t)((i == 0 ? WIRE_FIRST_FRAG : 0) | (i == PIECES - 1 ? WIRE_LAST_FRAG : 0)),
            2, 0, PROBE_ECHO, 0, stub, sizeof stub);
}

/* False if the stream ends before all of it has come. */
static bool take_all(struct raw *r)
{
    struct raw_reply reply;

    do {
        if (!raw_receive(r, &reply))
            return false;
        assert_int_equal(reply.h.type, WIRE_RESPONSE);
    } while ((reply.h.flags & WIRE_LAST_FRAG) == 0);
    return true;
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

static void good_call(struct raw *r)
{
    size_t none = 0;

    assert_int_equal(raw_call(r, PROBE_NULL, NULL, 0, NULL, &none), 0);
}

static void bound(struct raw *r, uint32_t group)
{
    raw_connect(r, probe_port);
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
    raw_connect(&extra, probe_port);
    assert_true(raw_is_closed(&extra));
    raw_close(&extra);
    was_reached(LIMIT_CONNECTIONS, before, 1);
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
    raw_connect(&extra, probe_port);
    raw_send_bind(&extra, WIRE_BIND, 0, 0, 5840, &offer, 1);
    assert_true(raw_receive(&extra, &reply));
    assert_int_equal(wire_get_bind_nak(reply.pdu, reply.size, &reply.h, &reason), WIRE_OK);
    assert_int_equal(reason, WIRE_NAK_LOCAL_LIMIT);
    assert_true(raw_is_closed(&extra));
    raw_close(&extra);
    was_reached(LIMIT_ASSOCIATIONS, before, 1);
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
    was_reached(LIMIT_CONTEXTS, before, 1);
    good_call(&r);
    raw_close(&r);
}

/* Octets of requests that are not whole, of several clients together. */
static void untaken_replies(void **state)
{
    static struct raw takes_nothing, other;
    uint64_t before = limit_times(LIMIT_UNSENT);

    (void)state;
    ask_for_much(&takes_nothing);
    do { /* until that reply is on its way */
        bool whole;

        ask_for_much(&other);
        whole = take_all(&other);
        assert_int_equal(whole, limit_times(LIMIT_UNSENT) == before);
        raw_close(&other);
    } while (limit_times(LIMIT_UNSENT) == before);
    was_reached(LIMIT_UNSENT, before, 1);
    assert_true(take_all(&takes_nothing));
    good_call(&takes_nothing);
    ask_for_much(&other); /* there is room again */
    assert_true(take_all(&other));
    raw_close(&other);
    raw_close(&takes_nothing);
}

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
    was_reached(LIMIT_PARTIAL, before, 2);
    raw_fragment(&extra, WIRE_FIRST_FRAG, 100, 0, PROBE_NULL, 0, stub,
                 100); /* there is room again */
    raw_fragment(&extra, WIRE_LAST_FRAG, 100, 0, PROBE_NULL, 0, stub, 100);
    assert_true(raw_receive(&extra, &reply));
    assert_int_equal(reply.h.type, WIRE_RESPONSE);
    for (int i = 0; i < 4; i++)
        raw_close(&r[i]);
    raw_close(&extra);
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
    was_reached(LIMIT_HANDLES, one, 1);
    was_reached(LIMIT_HANDLES_ALL, all, 1);
    good_call(&a);
    raw_close(&a);
    raw_close(&b);
}

/* ---- Calls ------------------------------------------------------------------------------------ */

static void call_memory(void **state)
{
    uint64_t before = limit_times(LIMIT_CALL_MEMORY);
    uint32_t wanted = 90000;
    size_t none = 0;
    struct raw r;

    (void)state;
    bound(&r, 0);
    assert_int_equal(raw_call(&r, PROBE_WANT, &wanted, 4, NULL, &none), 0);
    was_reached(LIMIT_CALL_MEMORY, before, 0);
    for (uint64_t n = 1; n <= 5; n++) {
        wanted = 100001;
        assert_int_equal(raw_call(&r, PROBE_WANT, &wanted, 4, NULL, &none),
                         NCA_S_FAULT_REMOTE_NO_MEMORY);
        was_reached(LIMIT_CALL_MEMORY, before, n);
    }
    good_call(&r);
    raw_close(&r);
}

static int all_wait(void *argument)
{
    (void)argument;
    return atomic_load(&server_gate.waiting) == QUEUED;
}

/* One call runs, QUEUED wait; one more is too many. */
static void queued_calls(void **state)
{
    static const uint8_t null_handle[20];
    static struct raw r[1 + QUEUED], extra;
    uint64_t before = limit_times(LIMIT_QUEUED_CALLS);
    uint8_t back[20];

    (void)state;
    probe_shut();
    bound(&extra, 0);
    for (int i = 0; i < 1 + QUEUED; i++) {
        bound(&r[i], extra.group_id);
        raw_request(&r[i], PROBE_CLOSE, null_handle, sizeof null_handle);
        probe_wait_inside(1);
    }
    probe_until(all_wait, NULL, "calls in the queue");
    for (uint64_t n = 1; n <= 3; n++) {
        size_t none = 0;

        assert_int_equal(raw_call(&extra, PROBE_NULL, NULL, 0, NULL, &none), BUSY);
        was_reached(LIMIT_QUEUED_CALLS, before, n);
    }
    probe_open();
    for (int i = 0; i < 1 + QUEUED; i++) {
        size_t size = sizeof back;

        assert_int_equal(raw_answer(&r[i], back, &size), 0);
        raw_close(&r[i]);
    }
    assert_int_equal(atomic_load(&probe_counts.most_inside), 1);
    good_call(&extra);
    raw_close(&extra);
}

static int serve_one_by_one(void **state)
{
    (void)state;
    probe_port = probe_serve_at_most(1);
    return 0;
}

/* ---- Workers ---------------------------------------------------------------------------------- */

static int no_worker_is_left(void *argument)
{
    return limit_times(LIMIT_WORKERS) > *(const uint64_t *)argument;
}

/* There are as many as processors at least: one call more than those, and none is to be had. They all go on
 * when the routines return. */
static void workers(void **state)
{
    static const uint8_t null_handle[20];
    size_t count = (size_t)sysconf(_SC_NPROCESSORS_ONLN) + 1;
    struct raw *r = calloc(count, sizeof *r), idle;
    uint64_t before = limit_times(LIMIT_WORKERS);
    uint8_t back[20];

    (void)state;
    assert_non_null(r);
    bound(&idle, 0);
    for (size_t i = 0; i < count; i++)
        bound(&r[i], idle.group_id);
    probe_shut();
    for (size_t i = 0; i < count; i++)
        raw_request(&r[i], PROBE_CLOSE, null_handle, sizeof null_handle);
    probe_until(no_worker_is_left, &before, "a call without a worker");
    probe_open();
    for (size_t i = 0; i < count; i++) {
        size_t size = sizeof back;

        assert_int_equal(raw_answer(&r[i], back, &size), 0);
        raw_close(&r[i]);
    }
    was_reached(LIMIT_WORKERS, 0, limit_times(LIMIT_WORKERS));
    assert_true(limit_times(LIMIT_WORKERS) - before <= 2 * count); /* once a routine, not a tick */
    good_call(&idle);
    raw_close(&idle);
    free(r);
}

/* ---- Time ------------------------------------------------------------------------------------- */

static int serve_securely(void **state)
{
    (void)state;
    probe_port = probe_serve_secure(&auth_test_provider);
    return 0;
}

static int stop_securely(void **state)
{
    (void)state;
    probe_stop_secure();
    return 0;
}

/* The first leg of an authentication; the server waits for the next one. */
static void send_first_leg(struct raw *r, uint8_t type, uint32_t id)
{
    const struct wire_auth leg = {.type = AUTH_TYPE_TEST,
                                  .level = AUTH_LEVEL_INTEGRITY,
                                  .context_id = id,
                                  .token = (const uint8_t *)"Hada",
                                  .token_length = 4};
    struct raw_reply reply;

    raw_send_leg(r, type, &probe_interface.id, &leg);
    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, type == WIRE_BIND ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP);
}

static void send_last_leg(struct raw *r, uint32_t id)
{
    const struct wire_auth leg = {.type = AUTH_TYPE_TEST,
                                  .level = AUTH_LEVEL_INTEGRITY,
                                  .context_id = id,
                                  .token = (const uint8_t *)"Rright",
                                  .token_length = 6};

    raw_send_leg(r, WIRE_AUTH3, &probe_interface.id, &leg);
}

/* A client that connects and says nothing, one that begins a bind, one that begins an authentication with its
 * bind or later: each is dropped. Those that have said all they owe stay. */
static void slow_binds(void **state)
{
    static const uint8_t begun[] = {5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xd0};
    static struct raw silent, half_bind, half_auth, half_alter, idle, authentic;
    uint64_t before = limit_times(LIMIT_BIND_MS), frames = limit_times(LIMIT_REQUEST_MS);

    (void)state;
    bound(&idle, 0);
    raw_connect(&authentic, probe_port);
    send_first_leg(&authentic, WIRE_BIND, 0);
    send_last_leg(&authentic, 0);
    raw_connect(&silent, probe_port);
    raw_connect(&half_bind, probe_port);
    raw_send(&half_bind, begun, sizeof begun);
    raw_connect(&half_auth, probe_port);
    send_first_leg(&half_auth, WIRE_BIND, 0);
    bound(&half_alter, 0);
    send_first_leg(&half_alter, WIRE_ALTER_CONTEXT, 1);
    assert_true(raw_is_closed(&silent));
    assert_true(raw_is_closed(&half_bind));
    assert_true(raw_is_closed(&half_auth));
    assert_true(raw_is_closed(&half_alter));
    assert_int_equal(limit_times(LIMIT_BIND_MS) - before + limit_times(LIMIT_REQUEST_MS) - frames,
                     4);
    assert_true(limit_times(LIMIT_BIND_MS) - before >= 3);
    was_reached(LIMIT_BIND_MS, 0, limit_times(LIMIT_BIND_MS));
    good_call(&idle);
    send_first_leg(&authentic, WIRE_ALTER_CONTEXT, 7); /* it is still there */
    raw_close(&silent);
    raw_close(&half_bind);
    raw_close(&half_auth);
    raw_close(&half_alter);
    raw_close(&authentic);
    raw_close(&idle);
}

/* One that begins a request's PDU, one that begins a request. */
static void slow_requests(void **state)
{
    static const uint8_t stub[64], begun[] = {5, 0, 0, 3, 0x10, 0, 0, 0, 72, 0, 0, 0};
    static struct raw half_pdu, half_request, idle;
    uint64_t before = limit_times(LIMIT_REQUEST_MS);

    (void)state;
    bound(&idle, 0);
    bound(&half_pdu, 0);
    raw_send(&half_pdu, begun, sizeof begun);
    bound(&half_request, 0);
    raw_fragment(&half_request, WIRE_FIRST_FRAG, 2, 0, PROBE_ECHO, 0, stub, sizeof stub);
    assert_true(raw_is_closed(&half_pdu));
    assert_true(raw_is_closed(&half_request));
    was_reached(LIMIT_REQUEST_MS, before, 2);
    good_call(&idle);
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

/* Takes some now and then, until the limit has ended a connection; the longest pause, in ns. */
static uint64_t take_slowly(struct raw *r, uint64_t before, bool *ret_cut)
{
    uint64_t at = clock_now_ns(), longest = 0;
    struct raw_reply reply;

    *ret_cut = false;
    while (limit_times(LIMIT_REPLY_MS) == before && !*ret_cut) {
        for (int i = 0; i < 20 && !*ret_cut; i++)
            *ret_cut = !raw_receive(r, &reply);
        (void)usleep(250000);
        if (clock_now_ns() - at > longest)
            longest = clock_now_ns() - at;
        at = clock_now_ns();
    }
    return longest;
}

/* A reply that is not taken ends its connection; one that is taken slowly does not, if not by a
 * machine that is busy elsewhere for so long. */
static void slow_takers(void **state)
{
    static struct raw takes_nothing, slow;
    bool cut;
    uint64_t longest;

    (void)state;
    do {
        uint64_t before = limit_times(LIMIT_REPLY_MS);

        ask_for_much(&takes_nothing);
        ask_for_much(&slow);
        longest = take_slowly(&slow, before, &cut);
        assert_false(take_all(&takes_nothing));
        cut = cut || !take_all(&slow);
        raw_close(&takes_nothing);
        raw_close(&slow);
    } while (cut && longest > 2 * CLOCK_SECOND);
    assert_false(cut);
    probe_until(all_is_said, &(enum limit){LIMIT_REPLY_MS}, "a line of the log");
}

static uint64_t requests_before;

static int serve_drip(void **state)
{
    requests_before = limit_times(LIMIT_REQUEST_MS);
    *state = &requests_before;
    return probe_setup(NULL);
}

int main(int argc, char **argv)
{
#define LIMIT(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
#define ALL_REACHED cmocka_unit_test(every_limit_is_reached)
    const struct CMUnitTest of_numbers[] = {
        LIMIT(connections), LIMIT(associations),     LIMIT(presentation_contexts),
        LIMIT(handles),     LIMIT(partial_requests), ALL_REACHED,
    };
    const struct CMUnitTest of_calls[] = {
        LIMIT(call_memory),
        cmocka_unit_test_setup_teardown(queued_calls, serve_one_by_one, probe_teardown),
        ALL_REACHED,
    };
    const struct CMUnitTest of_replies[] = {LIMIT(untaken_replies), ALL_REACHED};
    const struct CMUnitTest of_workers[] = {LIMIT(workers), ALL_REACHED};
    const struct CMUnitTest of_time[] = {
        cmocka_unit_test_setup_teardown(slow_binds, serve_securely, stop_securely),
        LIMIT(slow_requests),
        LIMIT(slow_takers),
        cmocka_unit_test_setup_teardown(slow_drip, serve_drip, probe_teardown),
        ALL_REACHED,
    };

    part = argc == 2 ? argv[1] : "numbers";
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (lowered[i].part != NULL && strcmp(lowered[i].part, part) == 0)
            (void)setenv(limit_name((enum limit)i), lowered[i].value, 1);
    log_set_hook(listen_to);
    if (strcmp(part, "calls") == 0)
        return cmocka_run_group_tests(of_calls, NULL, NULL);
    if (strcmp(part, "replies") == 0)
        return cmocka_run_group_tests(of_replies, NULL, NULL);
    if (strcmp(part, "workers") == 0)
        return cmocka_run_group_tests(of_workers, NULL, NULL);
    if (strcmp(part, "time") == 0)
        return cmocka_run_group_tests(of_time, NULL, NULL);
    return cmocka_run_group_tests(of_numbers, NULL, NULL);
}
