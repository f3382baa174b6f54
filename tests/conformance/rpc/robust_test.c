/* SPDX-License-Identifier: Apache-2.0
 *
 * robust_test.c - hostile octets and missing memory: the server goes on, and nothing is left
 */
#include "raw.h"
#include "probe.h"

#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "rpc/server/assoc.h"
#include "rpc/server/context.h"
#include "rpc/server/server.h"

static int stop(void **state)
{
    (void)state;
    (void)mem_fail_at(0, 0);
    probe_stop();
    assert_int_equal(atomic_load(&probe_counts.opened),
                     atomic_load(&probe_counts.closed) + atomic_load(&probe_counts.run_down));
    return 0;
}

static unsigned seed_of_run(void)
{
    const char *given = getenv("HOLDFAST_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)atoi(given) : 20261120u;

    print_message("# seed %u\n", seed);
    return seed;
}

static unsigned roll(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16 & 0x7fff) % sides;
}

/* ---- Octets ----------------------------------------------------------------------------------- */

static size_t add_request(uint8_t *to, uint8_t flags, uint32_t call_id, uint16_t opnum,
                          const uint8_t *stub, size_t size)
{
    const struct wire_header h = {.type = WIRE_REQUEST,
                                  .flags = flags,
                                  .call_id = call_id,
                                  .frag_length = (uint16_t)(WIRE_REQUEST_SIZE + size)};
    const struct wire_request q = {.opnum = opnum, .alloc_hint = (uint32_t)size};

    (void)wire_put_request(to, &h, &q);
    if (size > 0)
        memcpy(to + WIRE_REQUEST_SIZE, stub, size);
    return WIRE_REQUEST_SIZE + size;
}

/* What a client says in a whole life. */
static size_t conversation(uint8_t *to, size_t room)
{
    const struct wire_header h = {
        .type = WIRE_BIND, .flags = WIRE_WHOLE | WIRE_CONC_MPX, .call_id = 1};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    const RPC_SYNTAX_IDENTIFIER features = wire_features_syntax(3);
    const struct wire_offer offers[] = {{0, 1, &probe_interface.id, &wire_ndr20},
                                        {1, 1, &probe_interface.id, &features}};
    const uint8_t echo[24] = {20}, handle[20] = {0}, value[4] = {7};
    size_t size = wire_put_bind(to, room, &h, &b, offers, 2);

    size += add_request(to + size, WIRE_WHOLE, 2, PROBE_OPEN, value, 4);
    size += add_request(to + size, WIRE_FIRST_FRAG, 3, PROBE_ECHO, echo, 8);
    size += add_request(to + size, 0, 3, PROBE_ECHO, echo + 8, 8);
    size += add_request(to + size, WIRE_LAST_FRAG, 3, PROBE_ECHO, echo + 16, 8);
    size += add_request(to + size, WIRE_WHOLE, 4, PROBE_USE, handle, 20);
    size += add_request(to + size, WIRE_WHOLE, 5, PROBE_CLOSE, handle, 20);
    size += add_request(to + size, WIRE_WHOLE, 6, PROBE_OPEN, value, 4);
    return size + add_request(to + size, WIRE_WHOLE, 7, PROBE_NULL, NULL, 0);
}

/* Reads what comes until the server closes. */
static void listen_to_the_end(struct raw *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};

    (void)shutdown(r->fd, SHUT_WR);
    do {
        if (poll(&p, 1, RAW_WAIT_MS) != 1)
            fail_msg("the server does not close");
    } while (recv(r->fd, r->in, sizeof r->in, 0) > 0);
    raw_close(r);
}

static int is_empty(void *argument)
{
    (void)argument;
    return assoc_count() == 0 && context_count() == 0 && gate_count(&server_gate) == 0;
}

static void mutated_conversations(void **state)
{
    static struct raw r;
    uint8_t good[2048], bad[2048];
    size_t size = conversation(good, sizeof good);
    unsigned seed = seed_of_run();

    (void)state;
    for (int i = 0; i < 3000; i++) {
        size_t n = size;

        memcpy(bad, good, size);
        for (unsigned k = roll(&seed, 4); k > 0; k--)
            bad[roll(&seed, (unsigned)size)] = (uint8_t)(roll(&seed, 3) ? roll(&seed, 256) : 0xff);
        if (roll(&seed, 4) == 0)
            n = roll(&seed, (unsigned)size);
        raw_connect(&r, probe_port);
        for (size_t at = 0; at < n;) { /* in pieces of any size */
            size_t piece = roll(&seed, 3) ? n - at : 1 + roll(&seed, 60);

            if (piece > n - at)
                piece = n - at;
            raw_send(&r, bad + at, piece);
            at += piece;
        }
        if (roll(&seed, 8) == 0)
            raw_reset(&r);
        else
            listen_to_the_end(&r);
    }
    probe_until(is_empty, NULL, "an empty server");
    raw_connect(&r, probe_port); /* and it serves as before */
    raw_bind(&r, &probe_interface.id, 0, 0);
    assert_int_equal(raw_call(&r, PROBE_NULL, NULL, 0, NULL, &(size_t){0}), 0);
    raw_close(&r);
}

/* ---- Memory ----------------------------------------------------------------------------------- */

/* One PDU of the answer; false when the server has hung up. */
static bool answered(struct raw *r, struct raw_reply *reply)
{
    return raw_receive(r, reply);
}

/* A client's life in which the n-th allocation of the server fails; true if none was left to fail. */
static bool life_without(uint64_t n)
{
    static struct raw r;
    const struct wire_offer offer = {0, 1, &probe_interface.id, &wire_ndr20};
    const int32_t value = 5;
    static const uint8_t big[8004] = {0x40, 0x1f};
    struct raw_reply reply;
    uint8_t handle[20] = {0};
    bool alive;

    raw_connect(&r, probe_port);
    (void)mem_fail_at(n, 0);
    raw_send_bind(&r, WIRE_BIND, 0, 0, 5840, &offer, 1);
    alive = answered(&r, &reply);
    if (alive) {
        r.call_id = 10;
        (void)raw_request(&r, PROBE_OPEN, &value, 4);
        alive = answered(&r, &reply);
        if (alive && reply.fault == 0 && reply.stub_size == 20)
            memcpy(handle, reply.stub, 20);
        assert_true(!alive || reply.fault == 0 || reply.fault == 0x1C00001B ||
                    reply.fault == 0x1C010003);
    }
    if (alive) {
        (void)raw_request(&r, PROBE_ECHO, big, sizeof big); /* two fragments each way */
        do {
            alive = answered(&r, &reply);
        } while (alive && reply.fault == 0 && (reply.h.flags & WIRE_LAST_FRAG) == 0);
    }
    if (alive && handle[4] != 0) {
        (void)raw_request(&r, PROBE_CLOSE, handle, 20);
        (void)answered(&r, &reply);
    }
    raw_close(&r);
    probe_until(is_empty, NULL, "an empty server");
    return mem_fail_at(0, 0) < n;
}

static void each_allocation_fails_once(void **state)
{
    uint64_t n = 1;

    (void)state;
    while (n < 200 && !life_without(n))
        n++;
    print_message("# %d allocations made to fail\n", (int)n - 1);
    assert_true(n > 5 && n < 200);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, probe_setup, stop)
    const struct CMUnitTest tests[] = {
        ROW(mutated_conversations),
        ROW(each_allocation_fails_once),
    };

    return cmocka_run_group_tests_name("robust", tests, NULL, NULL);
}
