/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.c - one call of a generated stub, and what a hostile peer makes of it
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

bool scenario_hostile;

void scenario_reset(const struct rpc_interface *server, bool ndr64)
{
    unsigned live = loop.live;

    memset(&loop, 0, sizeof loop);
    loop.live = live;
    loop.server = server;
    loop.ndr64 = ndr64;
    scenario_hostile = false;
}

static void golden(const struct scenario_set *set, const struct scenario *s, bool ndr64)
{
    const char *request = ndr64 ? s->request64 : s->request;
    const char *reply = ndr64 ? s->reply64 : s->reply;
    bool same;

    scenario_reset(*set->server, ndr64);
    s->run();
    if (loop.status != 0)
        printf("# %s: status %d\n", s->name, (int)loop.status);
    assert_int_equal(loop.status, 0);
    assert_int_equal(loop.live, 0);
    if (request == NULL)
        return;
    same = loop_is(loop.request, loop.request_size, request);
    same &= loop_is(loop.reply, loop.reply_size, reply);
    if (!same) {
        printf("# %s%s\n", s->name, ndr64 ? ", NDR64" : "");
        fail();
    }
}

void scenario_golden(void **state)
{
    const struct scenario_set *set = *state;
    for (size_t i = 0; i < set->count; i++)
        golden(set, &set->scenarios[i], false);
}

void scenario_golden_ndr64(void **state)
{
    const struct scenario_set *set = *state;
    for (size_t i = 0; i < set->count; i++)
        golden(set, &set->scenarios[i], true);
}

void scenario_big_endian(void **state)
{
    const struct scenario_set *set = *state;
    uint8_t *octets = malloc(LOOP_OCTETS);

    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *s = &set->scenarios[i];
        size_t n;

        if (s->big == NULL)
            continue;
        scenario_reset(*set->server, false);
        s->run(); /* for the method's number */
        n = loop_parse(s->big, octets);
        loop.swap = true;
        assert_int_equal(loop_serve(&loop, loop.opnum, octets, n), 0);
        assert_true(loop_is(loop.reply, loop.reply_size, s->reply));
        assert_int_equal(loop.live, 0);
    }
    free(octets);
}

static size_t cut_at;

static void cut_request(struct loop *l)
{
    if (l->request_size > cut_at)
        l->request_size = cut_at;
}

static void cut_reply(struct loop *l)
{
    if (l->reply_size > cut_at)
        l->reply_size = cut_at;
}

static void truncated(const struct scenario_set *set, const struct scenario *s, bool ndr64)
{
    size_t requests, replies;

    scenario_reset(*set->server, ndr64);
    s->run();
    requests = loop.request_size;
    replies = loop.reply_size;
    for (cut_at = 0; cut_at < requests + replies; cut_at++) {
        size_t at = cut_at;

        scenario_reset(*set->server, ndr64);
        if (at < requests) {
            loop.request_hook = cut_request;
        } else {
            cut_at -= requests;
            loop.reply_hook = cut_reply;
        }
        s->run();
        if (ndr64 && at < requests && at >= requests - s->gap64) {
            assert_int_equal(loop.status, 0);
            cut_at = at;
            continue;
        }
        if (loop.status == 0)
            printf("# %s: octet %zu of %zu + %zu is not missed\n", s->name, at, requests, replies);
        assert_int_not_equal(loop.status, 0);
        assert_int_equal(loop.live, 0);
        cut_at = at;
    }
}

void scenario_truncated(void **state)
{
    const struct scenario_set *set = *state;
    for (size_t i = 0; i < set->count; i++) {
        truncated(set, &set->scenarios[i], false);
        truncated(set, &set->scenarios[i], true);
    }
}

static uint64_t seed;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed % below);
}

static void flip(uint8_t *octets, size_t size)
{
    static const uint8_t interesting[] = {0, 1, 0x7f, 0x80, 0xff};
    uint32_t n = 1 + next_random(3);

    while (size > 0 && n-- > 0) {
        if (next_random(2) == 0)
            octets[next_random((uint32_t)size)] ^= (uint8_t)(1u << next_random(8));
        else
            octets[next_random((uint32_t)size)] = interesting[next_random(sizeof interesting)];
    }
}

static void flip_request(struct loop *l)
{
    flip(l->request, l->request_size);
}

static void flip_reply(struct loop *l)
{
    flip(l->reply, l->reply_size);
}

void scenario_flipped(void **state)
{
    const struct scenario_set *set = *state;
    const char *from = getenv("HOLDFAST_SEED");
    uint64_t start = from == NULL ? 20240607 : strtoull(from, NULL, 10);

    printf("# HOLDFAST_SEED=%llu\n", (unsigned long long)start);
    seed = start;
    for (size_t i = 0; i < set->count; i++) {
        for (unsigned n = 0; n < 600; n++) {
            scenario_reset(*set->server, n % 3 == 2);
            scenario_hostile = true;
            if (n % 2 == 0)
                loop.request_hook = flip_request;
            else
                loop.reply_hook = flip_reply;
            set->scenarios[i].run();
            if (loop.live != 0)
                printf("# %s, round %u: %u nodes left\n", set->scenarios[i].name, n, loop.live);
            assert_int_equal(loop.live, 0);
        }
    }
}

void scenario_no_memory(void **state)
{
    const struct scenario_set *set = *state;
    for (size_t i = 0; i < set->count; i++) {
        for (uint64_t n = 1; n < 200; n++) {
            uint64_t seen;

            scenario_reset(*set->server, n % 2 == 1);
            scenario_hostile = true;
            (void)mem_fail_at(n, 0);
            set->scenarios[i].run();
            seen = mem_fail_at(0, 0);
            assert_int_equal(loop.live, 0);
            if (seen < n)
                break;
        }
    }
}
