/* SPDX-License-Identifier: Apache-2.0
 *
 * handles_test.c - what the suite (src/conformance) cannot show from without: no memory, no
 * serialisation
 */
#include "kit.h"

#include "base/mem.h"
#include "rpc/client/tuning.h"

const struct client_role client_roles[] = {{NULL, NULL}};

#define MISMATCH RPC_X_SS_CONTEXT_MISMATCH

/* C1, C2: from the close on every allocation of this process may fail: the handle can be destroyed. */
static void c2_destroying_needs_no_memory(void **state)
{
    enum { DEEP = 40 };
    handle_t b = bind_direct();
    uint64_t n;

    (void)state;
    for (n = 1; n < DEEP; n++) {
        THING h = thing_open(b, (int)n), old = h;
        RPC_STATUS status;

        (void)mem_fail_at(n, 1);
        status = TRY(Change(&h, ACT_NULL, 0));
        if (status != RPC_S_OK) {
            assert_ptr_equal(h, old);
            assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
        }
        (void)mem_fail_at(0, 0);
        assert_null(h);
        if (status == RPC_S_OK)
            break;
        assert_true(status == RPC_S_OUT_OF_MEMORY || status == RPC_S_OUT_OF_RESOURCES);
    }
    assert_true(n < DEEP);
    /* so also after the connection is gone, when the close has to make one */
    for (n = 1; n < DEEP; n++) {
        THING h = thing_open(b, 100), old = h;
        RPC_STATUS status;

        rpc_client_tuning.fresh_connections = 1;
        OK(Null(b));
        rpc_client_tuning.fresh_connections = 0;
        (void)mem_fail_at(n, 1);
        status = TRY(Change(&h, ACT_NULL, 0));
        assert_ptr_equal(h, old); /* the association ended with its connection */
        assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
        (void)mem_fail_at(0, 0);
        if (status == MISMATCH)
            break;
    }
    assert_true(n < DEEP);
    unbind(&b);
}

struct job {
    int32_t (*use)(THING, int32_t);
    THING h;
    int32_t act, result;
};

static RPC_STATUS do_job(void *argument)
{
    struct job *j = argument;

    return TRY(j->result = j->use(j->h, j->act));
}

/* How many of two calls on one handle are inside at once. */
static unsigned overlap(int32_t (*one)(THING, int32_t), int32_t (*two)(THING, int32_t), THING h)
{
    struct job jobs[2] = {{one, h, ACT_GATE, 0}, {two, h, ACT_GATE, 0}};
    struct thread *t[2];
    unsigned long parked = server_parked();
    unsigned most;

    atomic_store(&board->most_inside, 0);
    GATE_SHUT();
    t[0] = thread_start(do_job, &jobs[0]);
    wait_count(&board->at_gate, 1);
    t[1] = thread_start(do_job, &jobs[1]);
    for (;;) {
        if (server_parked() != parked || atomic_load(&board->at_gate) == 2)
            break;
    }
    GATE_OPEN();
    for (int i = 0; i < 2; i++)
        assert_int_equal(thread_join(t[i]), RPC_S_OK);
    most = atomic_load(&board->most_inside);
    return most;
}

/* RpcSsDontSerializeContext, in a server of its own. */
static void l_modes_of_a_server_that_does_not_serialise(void **state)
{
    handle_t b;
    THING h;

    (void)state;
    server_stop();
    server_start("free", NULL);
    b = bind_direct();
    h = thing_open(b, 1);
    assert_int_equal(overlap(Use, Use, h), 2);
    assert_int_equal(overlap(UseShared, UseLoose, h), 2);
    assert_int_equal(overlap(UseSharedFunction, UseSharedFunction, h),
                     1); /* `serialize` still wins */
    assert_int_equal(overlap(UseSharedFunction, Use, h), 1);
    thing_close(&h);
    unbind(&b);
    client_forget();
    server_stop();
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(c2_destroying_needs_no_memory),
        OVER_TCP(l_modes_of_a_server_that_does_not_serialise),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/handles", tests, NULL, group_stop);
}
