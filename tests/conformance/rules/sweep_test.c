/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep_test.c - every allocation fails once: of the server, of the client, in every kind of call
 *
 * A scene is a client's life with an association of its own. It is played with the N-th allocation of
 * one side failing, for N = 1, 2, ... until the side needs fewer. Each call may succeed, fail as it is
 * meant to, or say that there is no memory; when the server has none for an answer it hangs up. After
 * every life nothing is left on either side, by the runtime's count and by the routines', and a client
 * that comes then is served.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rpc/client/tuning.h"

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH
#define MANY     5
#define TEXT     20000 /* several fragments */

static bool is_lack(RPC_STATUS status)
{
    return status == RPC_S_OUT_OF_MEMORY || status == RPC_S_SERVER_OUT_OF_MEMORY ||
           status == RPC_S_OUT_OF_RESOURCES;
}

static bool is_loss(RPC_STATUS status)
{
    return status == RPC_S_SERVER_UNAVAILABLE || status == RPC_S_CALL_FAILED ||
           status == RPC_S_CALL_FAILED_DNE;
}

/* What the present side may say besides. */
static bool server_fails, lost;

static void judge(const char *call, RPC_STATUS status, RPC_STATUS meant)
{
    bool good = status == meant || status == RPC_S_OK || is_lack(status);

    if (server_fails && status == RPC_S_SERVER_TOO_BUSY) /* a bind that it had no memory for */
        good = true;
    if (server_fails && is_loss(status))
        good = lost = true;
    if (lost && status == MISMATCH) /* the association went with its connection */
        good = true;
    if (!good)
        fail_msg("%s: status %d", call, (int)status);
}

#define MAY(call)            judge(#call, TRY(call), RPC_S_OK)
#define MAY_FAIL(call, with) judge(#call, TRY(call), with)

static void end(THING *h)
{
    if (*h == NULL)
        return;
    MAY(Change(h, ACT_NULL, 0));
    if (*h != NULL)
        assert_int_equal(RpcSmDestroyClientContext(h), RPC_S_OK);
}

/* ---- Scenes ----------------------------------------------------------------------------------- */

static void plain_life(handle_t b)
{
    THING h = NULL;

    MAY(Null(b));
    MAY(Open(b, ACT_SET, 1, &h));
    if (h != NULL) {
        MAY(Use(h, 0));
        MAY(Change(&h, ACT_SWAP, 2));
        MAY_FAIL(Use(h, ACT_RAISE), RAISED);
        MAY(UseShared(h, ACT_UPGRADE));
    }
    end(&h);
}

/* Marshalling fails before and behind a handle that is born: it is run down. */
static void failing_calls(handle_t b)
{
    THING h = NULL;
    int32_t tag;
    bad_t bad;

    MAY_FAIL(OpenAfter(b, ACT_SET | ACT_BAD, 1, &h, &tag, &bad), RPC_X_INVALID_TAG);
    assert_null(h);
    MAY_FAIL(OpenBefore(b, ACT_SET | ACT_BAD, 2, &tag, &bad, &h), RPC_X_INVALID_TAG);
    assert_null(h);
}

static void arrays(handle_t b)
{
    THING h[MANY] = {NULL};

    MAY(OpenMany(b, MANY, ACT_SET, 1, h));
    if (h[0] != NULL)
        MAY(UseMany(h, MANY));
    for (int i = 0; i < MANY; i++)
        end(&h[i]);
}

static void long_requests(handle_t b)
{
    static char text[TEXT];
    THING h = NULL;

    memset(text, 'x', sizeof text - 1);
    MAY(Open(b, ACT_SET, 1, &h));
    if (h != NULL)
        MAY(Text(h, 1, text));
    end(&h);
}

/* Everything is left as it is: the association dies. */
static void death(handle_t b)
{
    THING h[3] = {NULL};

    for (int i = 0; i < 3; i++)
        MAY(Open(b, ACT_SET, i + 1, &h[i]));
    for (int i = 0; i < 3; i++)
        if (h[i] != NULL)
            assert_int_equal(RpcSmDestroyClientContext(&h[i]), RPC_S_OK);
}

static void unregistering(handle_t b)
{
    THING h = NULL;
    RPC_STATUS status;

    MAY(PlainOpen(b, 1, &h));
    status = server_do("unregister_ex", "plain", 1);
    assert_true(status == RPC_S_OK || is_lack(status));
    if (h != NULL)
        MAY_FAIL(Use(h, 0), MISMATCH);
    if (status == RPC_S_OK) {
        status = server_do("register", "plain", 0);
        if (is_lack(status)) /* it failed once */
            status = server_do("register", "plain", 0);
        assert_int_equal(status, RPC_S_OK);
    }
    if (h != NULL)
        (void)RpcSmDestroyClientContext(&h);
}

static RPC_STATUS uses(void *h)
{
    return TRY(Use(h, 0));
}

/* Two calls on one handle: one may have to wait. */
static void waiting(handle_t b)
{
    THING h = NULL;
    struct thread *t[2];

    MAY(Open(b, ACT_SET, 1, &h));
    if (h == NULL)
        return;
    for (int i = 0; i < 2; i++)
        t[i] = thread_start(uses, h);
    for (int i = 0; i < 2; i++)
        judge("Use", thread_join(t[i]), RPC_S_OK);
    end(&h);
}

/* ---- The sweep -------------------------------------------------------------------------------- */

struct scene {
    const char *name;
    void (*play)(handle_t b);
    bool of_client; /* makes sense with the client's memory failing */
};

static const struct scene scenes[] = {
    {"plain life", plain_life, true},
    {"failing calls", failing_calls, true},
    {"arrays", arrays, true},
    {"long requests", long_requests, true},
    {"death", death, true},
    {"unregistering", unregistering, false},
    {"calls that wait", waiting, true},
};

static handle_t bind_alone(void)
{
    char text[256];
    handle_t b = NULL;
    RPC_STATUS status;

    if (transport == TCP)
        (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%d]", board->port);
    else
        (void)snprintf(text, sizeof text, "ncalrpc:[%s]", board->path);
    status = RpcBindingFromStringBindingA((RPC_CSTR)text, &b);
    assert_true(status == RPC_S_OK || is_lack(status));
    if (b != NULL)
        assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    return b;
}

static bool is_settled(void *unused)
{
    (void)unused;
    return server_do("counts", "", 0) == RPC_S_OK && board->contexts == 0 &&
           board->associations == 0 && board->inside == 0 &&
           board->opened == board->closed + board->run_down;
}

static void nothing_is_left(void)
{
    handle_t b;

    assert_true(wait_true(is_settled, NULL));
    assert_int_equal(board->spoilt, 0);
    assert_int_equal(rpc_client_counters.contexts, 0);
    assert_int_equal(rpc_client_counters.bindings, 0);
    assert_int_equal(rpc_client_counters.associations, 0);
    assert_int_equal(rpc_client_counters.connections, 0);
    b = bind_alone();
    OK(Null(b));
    unbind(&b);
}

/* True if the n-th allocation was there to fail. */
static bool play(const struct scene *s, uint64_t n)
{
    uint64_t seen;
    handle_t b;

    lost = false;
    if (server_fails)
        (void)server_do("fail", "-", (unsigned)n);
    else
        (void)mem_fail_at(n, 0);
    b = bind_alone();
    if (b != NULL)
        s->play(b);
    seen = server_fails ? (uint64_t)server_do("fail", "-", 0) : mem_fail_at(0, 0);
    if (b != NULL)
        unbind(&b);
    nothing_is_left();
    return seen >= n;
}

static void sweep(bool of_server)
{
    handle_t b = bind_alone();

    server_fails = of_server;
    OK(Null(b)); /* what is allocated once in a process is there */
    unbind(&b);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        uint64_t n = 1;

        if (!of_server && !scenes[i].of_client)
            continue;
        while (n < 1000 && play(&scenes[i], n))
            n++;
        print_message("# %s: %d allocations of the %s failed, one each\n", scenes[i].name,
                      (int)n - 1, of_server ? "server" : "client");
        assert_true(n > 1 && n < 1000);
    }
}

static void every_allocation_of_the_server(void **state)
{
    (void)state;
    sweep(true);
}

static void every_allocation_of_the_client(void **state)
{
    (void)state;
    sweep(false);
}

const struct client_role client_roles[] = {{NULL, NULL}};

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(every_allocation_of_the_server),
        OVER_BOTH(every_allocation_of_the_client),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/sweep", tests, NULL, group_stop);
}
