/* SPDX-License-Identifier: Apache-2.0
 *
 * cases_lives.c - how associations begin, are joined and end: run-down (W), pools (A), joining (J)
 */
#include "conformance/cases.h"
#include "conformance/kit.h"

#include <string.h>
#include <unistd.h>

/* ---- Clients that die ------------------------------------------------------------------------- */

/* Opens handles 1 to 3; then leaves them, or waits for its end in a call on the first. */
static int holds_three(const char *argument)
{
    handle_t b = bind_direct();
    THING h[3];

    for (int i = 0; i < 3; i++)
        h[i] = thing_open(b, i + 1);
    if (strcmp(argument, "exit") == 0)
        return (int)RpcBindingFree(&b); /* the handles are left as they are */
    (void)TRY(Use(h[0], ACT_GATE));
    return 2;
}

/* On conformance_guest, which can be asked when all its calls have returned. */
static int dies_closing(const char *argument)
{
    handle_t b = bind_direct();
    GUEST h = NULL;

    (void)argument;
    OK(GuestOpen(b, ACT_SET, 1, &h));
    (void)TRY(GuestClose(&h, ACT_GATE));
    return 2;
}

static int dies_opening(const char *argument)
{
    handle_t b = bind_direct();
    GUEST h = NULL;

    (void)argument;
    (void)TRY(GuestOpen(b, ACT_SET | ACT_GATE, 1, &h));
    return 2;
}

const struct client_role client_roles[] = {
    {"holds_three", holds_three},
    {"dies_closing", dies_closing},
    {"dies_opening", dies_opening},
    {NULL, NULL},
};

static void w1_client_exits(const void *row)
{
    (void)row;
    EQ(client_wait(client_start("holds_three", "exit")), 0);
    wait_run_downs(3);
    for (int i = 1; i <= 3; i++)
        EQ(run_down(i), 1);
}

static void w2_newest_first(const void *row)
{
    handle_t b = bind_direct();
    THING h[20];

    (void)row;
    for (int i = 0; i < 20; i++)
        h[i] = thing_open(b, i + 1);
    for (int i = 0; i < 20; i++)
        thing_drop(&h[i]);
    unbind(&b);
    wait_run_downs(20);
    for (int i = 0; i < 20; i++)
        EQ(rundown_value(i), 20 - i);
}

/* Those that no call uses go at once; the one in use waits for its call. */
static void w3_killed_in_a_call(const void *row)
{
    pid_t pid;

    (void)row;
    gate_shut();
    pid = client_start("holds_three", "");
    wait_at_gate(1);
    client_kill(pid);
    wait_run_downs(2);
    EQ(run_down(1), 0);
    EQ(run_down(2) + run_down(3), 2);
    gate_open();
    wait_run_downs(3);
    EQ(run_down(1), 1);
}

/* Returns when the guest's calls have, and what they left is run down. */
static void drain_guest(void)
{
    handle_t b = bind_fresh(NULL);

    EQ(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    EQ(WitnessGuest(b, GUEST_UNREGISTER_RUN_DOWN), RPC_S_OK);
    EQ(WitnessGuest(b, GUEST_REGISTER), RPC_S_OK);
    unbind(&b);
}

static void w4_the_last_call_closes(const void *row)
{
    handle_t b = bind_direct();
    pid_t pid;

    (void)row;
    gate_shut();
    pid = client_start("dies_closing", "");
    wait_at_gate(1);
    client_kill(pid);
    for (int i = 0; i < 10; i++) /* the server has time to notice */
        OK(Null(b));
    gate_open();
    wait_inside(0);
    EQ(closed(1), 1);
    drain_guest();
    EQ(counts().run_down, 0);
    EQ(counts().spoilt, 0);
    unbind(&b);
}

static void w5_opened_after_death(const void *row)
{
    pid_t pid;

    (void)row;
    gate_shut();
    pid = client_start("dies_opening", "");
    wait_at_gate(1);
    client_kill(pid);
    gate_open();
    wait_run_downs(1);
    EQ(opened(1), 1);
    EQ(run_down(1), 1);
}

/* One connection of two goes, orderly and not: nothing ends. */
static void w6_not_the_last_connection(const void *row)
{
    (void)row;
    for (int reset = 0; reset < 2; reset++) {
        struct proxy *p = proxy_here();
        handle_t b = bind_through(p);
        THING h = thing_open(b, 1 + reset), keeps = thing_open(b, 3 + reset);
        struct job job = {Use, keeps, ACT_GATE, 0};
        struct thread *t;

        gate_shut();
        t = job_start(&job);
        wait_at_gate(1);
        OK(Null(b));
        EQ(proxy_open(p), 2);
        proxy_cut_one(p, 0, reset);
        gate_open();
        EQ(thread_join(t), LOST);
        wait_inside(0);
        EQ(thing_read(h), 1 + reset);
        EQ(thing_read(keeps), 3 + reset);
        EQ(counts().run_down, 0);
        thing_close(&h);
        thing_close(&keeps);
        unbind(&b);
        proxy_free(p);
    }
}

/* The last one goes, orderly and not. */
static void w7_the_last_connection(const void *row)
{
    (void)row;
    for (int reset = 0; reset < 2; reset++) {
        struct proxy *p = proxy_here();
        handle_t b = bind_through(p);
        THING h = thing_open(b, 1 + reset);

        proxy_cut_one(p, 0, reset);
        wait_run_downs(1 + reset);
        EQ(run_down(1 + reset), 1);
        thing_drop(&h);
        unbind(&b);
        proxy_free(p);
    }
}

/* ---- Pools of connections --------------------------------------------------------------------- */

static RPC_STATUS null_call(void *b)
{
    return TRY(Null(b));
}

/* Two threads that bind first at once make one association: what one opens the other may use. */
static void a1_one_association(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_fresh(p);
    struct thread *t[4];
    THING h;
    struct job jobs[4];

    (void)row;
    for (int i = 0; i < 4; i++)
        t[i] = thread_start(null_call, b);
    for (int i = 0; i < 4; i++)
        EQ(thread_join(t[i]), RPC_S_OK);
    h = thing_open(b, 1);
    gate_shut();
    for (int i = 0; i < 4; i++) { /* each needs a connection of its own */
        jobs[i] = (struct job){UseShared, h, ACT_GATE, 0};
        t[i] = job_start(&jobs[i]);
    }
    wait_at_gate(4);
    EQ(proxy_open(p), 4);
    gate_open();
    for (int i = 0; i < 4; i++)
        EQ(thread_join(t[i]), RPC_S_OK);
    thing_close(&h);
    unbind(&b);
    proxy_free(p);
}

/* One call after the other: one connection. */
static void a1_reused(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_through(p);

    (void)row;
    for (int i = 0; i < 50; i++)
        OK(Null(b));
    EQ(proxy_made(p), 1);
    unbind(&b);
    proxy_free(p);
}

/* A unique binding has an association of its own, and its handles are no one else's. */
static void a3_unique_binding(const void *row)
{
    handle_t b = bind_direct(), own = bind_fresh(NULL);
    THING h = thing_open(b, 1), mine;

    (void)row;
    EQ(RpcBindingSetOption(own, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    mine = thing_open(own, 2);
    FAILS(Two(h, mine, 0), RPC_X_SS_HANDLES_MISMATCH);
    unbind(&own);
    EQ(thing_read(mine), 2); /* held by its handle */
    thing_drop(&mine);
    wait_run_downs(1);
    EQ(run_down(2), 1);
    EQ(thing_read(h), 1);
    thing_close(&h);
    unbind(&b);
}

/* Without references it lingers and is revived; told not to linger, it ends with the last one. */
static void a5_lingering(const void *row)
{
    struct proxy *p = proxy_here();
    handle_t b = bind_fresh(p);
    THING h = thing_open(b, 1);

    (void)row;
    thing_drop(&h);
    EQ(RpcBindingFree(&b), RPC_S_OK);
    b = bind_fresh(p);
    EQ(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_WRONG_KIND_OF_BINDING);
    OK(Null(b));
    EQ(proxy_made(p), 1);
    EQ(counts().run_down, 0); /* C5 */
    EQ(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_OK);
    EQ(RpcBindingFree(&b), RPC_S_OK);
    wait_run_downs(1);
    EQ(proxy_made(p), 1);
    proxy_free(p);
}

/* ---- Joining (rpc-associations 7.1) ----------------------------------------------------------- */

/* A binding through `p` whose association's group id is learnt on the way. */
static handle_t bind_and_learn(struct proxy *p, uint8_t group[4])
{
    proxy_arm(p,
              (struct proxy_order){TO_CLIENT, PDU_BIND_ACK, 0, PROXY_READ, PDU_GROUP, 0, group, 4});
    return bind_through(p);
}

/* One whose first connection asks to join that group. */
static handle_t bind_joining(struct proxy *p, uint8_t group[4])
{
    handle_t b = bind_fresh(p);

    proxy_arm(p, (struct proxy_order){TO_SERVER, PDU_BIND, 0, PROXY_WRITE, PDU_GROUP, 0, group, 4});
    return b;
}

/* The server refuses the bind; whatever the client tries then is not in the group. */
static void is_refused(struct proxy *p, handle_t *b)
{
    (void)TRY(Null(*b));
    EQ(proxy_seen(p, TO_CLIENT, PDU_BIND_NAK), 1);
    unbind(b);
}

/* J1: a connection that joins carries the handles of the group, and keeps it alive. */
static void j1_joining(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    uint8_t group[4], token[20];
    handle_t b = bind_and_learn(p, group), c = bind_joining(q, group);
    THING h = thing_open(b, 1), other;
    volatile int32_t seen = 0;

    (void)row;
    OK(Null(c));
    EQ(proxy_seen(q, TO_CLIENT, PDU_BIND_NAK), 0);
    other = thing_open(c, 2);
    proxy_arm(p,
              (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_READ, PDU_STUB, 0, token, 20});
    EQ(thing_read(h), 1);
    proxy_arm(q,
              (struct proxy_order){TO_SERVER, PDU_REQUEST, 0, PROXY_WRITE, PDU_STUB, 0, token, 20});
    OK(seen = Use(other, 0));
    EQ(seen, 1);
    proxy_cut_one(p, 0, false);
    thing_drop(&h);
    unbind(&b);
    EQ(thing_read(other), 2);
    EQ(counts().run_down, 0);
    proxy_cut_one(q, 0, false);
    wait_run_downs(2);
    thing_drop(&other);
    unbind(&c);
    proxy_free(p);
    proxy_free(q);
}

static void j2_unknown(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    uint8_t group[4];
    handle_t b = bind_and_learn(p, group), c;

    (void)row;
    group[0] ^= 1;
    c = bind_joining(q, group);
    is_refused(q, &c);
    unbind(&b);
    proxy_free(p);
    proxy_free(q);
}

/* Its last connection is gone. */
static void j3_dead(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    uint8_t group[4];
    handle_t b = bind_and_learn(p, group), c = bind_joining(q, group);
    THING h = thing_open(b, 1);

    (void)row;
    thing_drop(&h);
    unbind(&b);
    wait_run_downs(1);
    is_refused(q, &c);
    proxy_free(p);
    proxy_free(q);
}

/* The same id over the other transport. */
static void j4_other_transport(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_there();
    uint8_t group[4];
    handle_t b, c;

    (void)row;
    if (q == NULL)
        cannot("needs to know the server's other transport");
    b = bind_and_learn(p, group);
    c = bind_joining(q, group);
    is_refused(q, &c);
    unbind(&b);
    proxy_free(p);
    proxy_free(q);
}

/* From another address of the same machine, which the server cannot know to be the same. */
static void j5_other_address(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    uint8_t group[4];
    handle_t b, c;

    (void)row;
    if (strncmp(kit.host, "127.", 4) != 0 && strcmp(kit.host, "localhost") != 0)
        cannot("needs a server on this machine's loopback");
    b = bind_and_learn(p, group);
    proxy_from(q, "127.0.0.2");
    c = bind_joining(q, group);
    is_refused(q, &c);
    unbind(&b);
    proxy_free(p);
    proxy_free(q);
}

static void j6_other_user(const void *row)
{
    struct proxy *p = proxy_here(), *q = proxy_here();
    uint8_t group[4];
    handle_t b, c;

    (void)row;
    if (geteuid() != 0)
        cannot("needs root, to be two users");
    b = bind_and_learn(p, group);
    proxy_as(q, 65534);
    c = bind_fresh(q);
    if (TRY(Null(c)) != RPC_S_OK)
        cannot("needs a socket that another user may connect to");
    unbind(&c);
    proxy_free(q);
    q = proxy_here();
    proxy_as(q, 65534);
    c = bind_joining(q, group);
    is_refused(q, &c);
    unbind(&b);
    proxy_free(p);
    proxy_free(q);
}

void cases_of_lives(case_add *add)
{
    static const struct conformance_case cases[] = {
        {"W1 D1", "a client with three handles exits", w1_client_exits, NULL, ON_BOTH},
        {"W2", "twenty handles of one client", w2_newest_first, NULL, ON_BOTH},
        {"W3", "a client is killed in a call", w3_killed_in_a_call, NULL, ON_BOTH},
        {"W4", "a client is killed in a call that closes", w4_the_last_call_closes, NULL, ON_BOTH},
        {"W5", "a client is killed in a call that opens", w5_opened_after_death, NULL, ON_BOTH},
        {"W6", "one of two connections ended, and reset", w6_not_the_last_connection, NULL,
         ON_BOTH},
        {"W7", "the only connection ended, and reset", w7_the_last_connection, NULL, ON_BOTH},
        {"A1", "four threads bind and call at once", a1_one_association, NULL, ON_BOTH},
        {"A1", "fifty calls", a1_reused, NULL, ON_BOTH},
        {"A3", "a unique binding beside another", a3_unique_binding, NULL, ON_BOTH},
        {"A5", "all references gone, and back in time", a5_lingering, NULL, ON_BOTH},
        {"J1", "a second client process by the wire's eye", j1_joining, NULL, ON_BOTH},
        {"J2", "an id that was never given", j2_unknown, NULL, ON_BOTH},
        {"J3", "an id whose last connection is gone", j3_dead, NULL, ON_BOTH},
        {"J4", "an id of the other transport", j4_other_transport, NULL, ON_BOTH},
        {"J5", "an id of another address", j5_other_address, NULL, ON_TCP},
        {"J6", "an id of another user", j6_other_user, NULL, ON_UNIX},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        add(cases[i]);
}
