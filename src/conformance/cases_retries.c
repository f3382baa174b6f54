/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_retries.c - what a client may do again by itself when the connection fails (rpc-associations 5)
 *
 * Whether a call was made once, twice or never is the routine's count.
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

#include <stdlib.h>
#include <time.h>

/* Ends the only connection, and lets it rest for longer than a client may trust one without a look: a
 * request on one that was in use just now is sent, and lost (R5). */
static void end_and_rest(struct proxy *p, bool reset)
{
    const struct timespec rest = {0, 20000000};

    proxy_cut_one(p, 0, reset);
    (void)nanosleep(&rest, NULL);
}

/* R1: the pooled connection turns out dead while the interface is negotiated: another, and the call. */
static void r1_lost_while_negotiating(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_ALTER_CONTEXT, 0, PROXY_RESET, 0, 0, NULL, 0});
    OK(PlainOpen(b, 1, &h));
    EQ(proxy_made(p), 2);
    EQ(opened(1), 1);
    thing_drop(&h);
    unbind(&b);
    proxy_free(p);
}

/* R2: the pooled connection is dead before the first octet of the request. */
static void r2_dead_before_the_request(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);

    (void)row;
    for (int i = 1; i <= 4; i++) {
        THING h = NULL;

        end_and_rest(p, i % 2);
        OK(Open(b, ACT_SET, i, &h));
        EQ(opened(i), 1);
        EQ(proxy_made(p), 1 + i);
        thing_close(&h);
    }
    unbind(&b);
    proxy_free(p);
}

/* R4: the second fragment of many is not taken: the call has not run, and is not made again. */
static void r4_later_fragment_fails(const void *row)
{
    enum { OCTETS = 32 << 20 }; /* more than sockets keep */
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    byte *data = calloc(1, OCTETS);
    int calls = calls_made();

    (void)row;
    TRUE_THAT(data != NULL);
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 1, PROXY_RESET, 0, 0, NULL, 0});
    FAILS(Bulk(b, OCTETS, data), RPC_S_CALL_FAILED_DNE);
    OK(Null(b));
    EQ(calls_made(), calls);
    free(data);
    unbind(&b);
    proxy_free(p);
}

static bool call_was_made(const void *calls)
{
    return calls_made() > *(const int *)calls;
}

/* R5: the request is gone entirely, then the connection: it may have run, and has. */
static void r5_request_sent_then_lost(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    int calls = calls_made();
    THING h = NULL;

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_AFTER, 0, 0, NULL, 0});
    FAILS(Open(b, ACT_SET, 1, &h), LOST);
    TRUE_THAT(h == NULL);
    TRUE_THAT(wait_true(call_was_made, &calls));
    wait_run_downs(1);
    OK(Null(b));
    EQ(opened(1), 1);
    unbind(&b);
    proxy_free(p);
}

/* R6: a fault that says "did not execute" is the application's, not the network's. */
static void r6_fault_that_says_not_run(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1);
    unsigned requests = proxy_seen(p, TO_SERVER, PDU_REQUEST);

    (void)row;
    proxy_arm(p, (struct proxy_order){TO_CLIENT, PDU_FAULT, 0, PROXY_ALTER, PDU_FLAGS,
                                      PDU_DID_NOT_RUN, NULL, 0});
    FAILS(Text(h, 10, "x"), RPC_X_INVALID_BOUND);
    EQ(proxy_seen(p, TO_SERVER, PDU_REQUEST), requests + 1);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* R7: part of the reply came. */
static void r7_reply_partly_received(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = NULL;
    int calls = calls_made();

    (void)row;
    for (size_t at = 1; at < PDU_STUB + 20; at += 7) {
        proxy_arm(p,
                  (struct proxy_order){TO_CLIENT, PDU_RESPONSE, 0, PROXY_CUT_AT, at, 0, NULL, 0});
        FAILS(Open(b, ACT_SET, 1, &h), LOST);
        TRUE_THAT(h == NULL);
        EQ(calls_made(), ++calls);
        OK(Null(b));
    }
    unbind(&b);
    proxy_free(p);
}

/* R8: the association is gone with its only connection: its handles are a mismatch for good, though the
 * server is there and the binding goes on; with no server it is unavailable. */
static void r8_association_is_gone(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING old = thing_open(b, 1), fresh;

    (void)row;
    end_and_rest(p, false);
    wait_run_downs(1);
    FAILS(Use(old, 0), MISMATCH);
    fresh = thing_open(b, 2);
    EQ(thing_read(fresh), 2);
    FAILS(Use(old, 0), MISMATCH);
    FAILS(Two(old, fresh, 0), MISMATCH);
    thing_drop(&old);
    thing_close(&fresh);
    unbind(&b);
    proxy_free(p);
}

static void r8_no_server(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);
    THING h = thing_open(b, 1), same = h;

    (void)row;
    end_and_rest(p, false);
    proxy_free(p); /* nobody listens any more */
    wait_run_downs(1);
    FAILS(Use(h, 0), RPC_S_SERVER_UNAVAILABLE);
    FAILS(Change(&h, ACT_NULL, 0), RPC_S_SERVER_UNAVAILABLE);
    EQ(h, same);
    thing_drop(&h);
    unbind(&b);
}

void cases_of_retries(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"R1", "reset at alter_context", r1_lost_while_negotiating, NULL, ON_BOTH},
        {"R2", "pooled connection cut and reset before the request", r2_dead_before_the_request,
         NULL, ON_BOTH},
        {"R4", "reset at the second fragment of 32 MiB", r4_later_fragment_fails, NULL, ON_BOTH},
        {"R5", "request passed on, then cut", r5_request_sent_then_lost, NULL, ON_BOTH},
        {"R6", "a fault marked as not executed", r6_fault_that_says_not_run, NULL, ON_BOTH},
        {"R7", "reply cut at seven places", r7_reply_partly_received, NULL, ON_BOTH},
        {"R8", "the only connection cut, the server lives", r8_association_is_gone, NULL, ON_BOTH},
        {"R8 C1", "nobody listens any more", r8_no_server, NULL, ON_BOTH},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
