/* SPDX-License-Identifier: Apache-2.0
 *
 * context_test.c - a client's context handles: rpc-contexts 2.1, 4, 7.4, 8
 *
 * Names carry the rule: T is a row of the table of section 4, B a rule of 2.1, C one of 8, P one of 7.4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/context.h>

#include "base/mem.h"
#include "rpc/client/fake_server.h"
#include "rpc/client/tuning.h"

static struct fake server, other;

static int start(void **state)
{
    (void)state;
    fake_start(&server, false);
    fake_start(&other, true);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(&server);
    fake_stop(&other);
    return 0;
}

static void done(RPC_BINDING_HANDLE *b)
{
    (void)RpcBindingSetOption(*b, RPC_C_OPT_DONT_LINGER, 1);
    assert_int_equal(RpcBindingFree(b), RPC_S_OK);
}

static RPC_STATUS destroy(void **h)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept
    {
        RpcSsDestroyClientContext(h);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

static void T_open_use_close(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_non_null(h);
    assert_int_equal(fake_call_use(h), RPC_S_OK);
    assert_int_equal(fake_call_keep(NULL, &h), RPC_S_OK); /* both set, equal: nothing */
    assert_int_equal(fake_call_use(h), RPC_S_OK);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    assert_null(h);
    assert_int_equal(fake_tokens(&server), 0);
    assert_int_equal(atomic_load(&rpc_client_counters.contexts), 0);
    done(&b);
}

static void T_in_null_is_refused_before_anything_is_sent(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct rpc_client_call c;
    volatile RPC_STATUS raised = 0;
    void *none = NULL;

    (void)state;
    assert_int_equal(fake_call_use(NULL), RPC_X_SS_IN_NULL_CONTEXT);
    /* [in,out] NULL cannot bind by itself (B4) ... */
    assert_int_equal(fake_call_close(&none), RPC_X_SS_IN_NULL_CONTEXT);
    assert_int_equal(fake_read(&server, &server.accepted), 0);
    /* ... but goes as 20 zero octets where another handle binds, and may stay NULL. */
    assert_int_equal(fake_call_keep(b, &none), RPC_S_OK);
    assert_null(none);
    assert_int_equal(fake_read(&server, &server.requests), 1);
    /* A NULL [in] handle beside a handle_t is refused as well. */
    rpc_client_begin(&c, &fake_interface, 2, 0);
    rpc_client_bind(&c, b);
    rpc_client_bind_context(&c, NULL, RPC_CONTEXT_IN);
    assert_false(rpc_client_start(&c));
    RpcTryExcept
    {
        rpc_client_end(&c, NULL, NULL);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    assert_int_equal(raised, RPC_X_SS_IN_NULL_CONTEXT);
    assert_int_equal(fake_read(&server, &server.requests), 1);
    done(&b);
}

static void T_what_is_no_live_handle_is_a_mismatch(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL, *copy, *junk = (void *)(uintptr_t)0x1234567;
    int on_stack[64] = {0};
    unsigned before;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    copy = h;
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    before = fake_read(&server, &server.requests);
    assert_int_equal(fake_call_use(copy), RPC_X_SS_CONTEXT_MISMATCH); /* freed memory, not read */
    assert_int_equal(fake_call_use(junk), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_call_use(on_stack), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_call_use(b), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_call_close(&copy), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_read(&server, &server.requests), before);
    done(&b);
}

/* ---- What comes back -------------------------------------------------------------------------- */

/* Sends this instead of the reply to every request. */
struct answer {
    uint8_t stub[64];
    size_t size;
};

static bool answer_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    const struct answer *a = conn->argument;

    (void)pdu;
    if (h->type != WIRE_REQUEST)
        return false;
    fake_reply(conn, h, a->stub, a->size);
    return true;
}

static void P4_T_changed_identity_is_damaged(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.stub = {0, 0, 0, 0, 1, 2, 3}, .size = 20};
    void *h = NULL, *before;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    before = h;
    fake_set_hook(&server, answer_hook, &a);
    assert_int_equal(fake_call_keep(NULL, &h), RPC_X_SS_CONTEXT_DAMAGED);
    assert_ptr_equal(h, before);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_call_use(h), RPC_S_OK); /* the old object is kept */
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    done(&b);
}

static void P4_T_truncated_reply_changes_nothing(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.stub = {0, 0, 0, 0, 1}};
    void *h = NULL, *open = NULL, *before;

    (void)state;
    assert_int_equal(fake_call_open(b, &open), RPC_S_OK);
    before = open;
    fake_set_hook(&server, answer_hook, &a);
    for (a.size = 0; a.size < 20; a.size++) {
        assert_int_equal(fake_call_open(b, &h), RPC_X_BAD_STUB_DATA);
        assert_null(h);
        assert_int_equal(fake_call_close(&open), RPC_X_BAD_STUB_DATA);
        assert_ptr_equal(open, before);
    }
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_call_close(&open), RPC_S_OK);
    assert_int_equal(atomic_load(&rpc_client_counters.contexts), 0);
    done(&b);
}

static void T_out_handle_ignores_the_old_value(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.size = 20};
    void *h = (void *)(uintptr_t)0xdead;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK); /* never looked at, never freed */
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    h = (void *)(uintptr_t)0xdead;
    fake_set_hook(&server, answer_hook, &a);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK); /* the server left it closed */
    assert_null(h);
    fake_set_hook(&server, NULL, NULL);
    done(&b);
}

static void T_attributes_are_echoed_and_the_null_test_is_on_the_uuid(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.stub = {7, 0, 0, 0}, .size = 20};
    struct answer set = {.stub = {7, 0, 0, 0, 9}, .size = 20};
    void *h = NULL;

    (void)state;
    fake_set_hook(&server, answer_hook, &a);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK); /* attributes alone do not open it */
    assert_null(h);
    fake_set_hook(&server, answer_hook, &set);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_int_equal(fake_call_keep(NULL, &h), RPC_S_OK);
    set.stub[0] = 8; /* all 20 octets are one token */
    assert_int_equal(fake_call_keep(NULL, &h), RPC_X_SS_CONTEXT_DAMAGED);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(destroy(&h), RPC_S_OK);
    done(&b);
}

/* A big-endian server's token is kept in one form and sent little-endian. */
static bool seen_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    if (h->type == WIRE_REQUEST)
        memcpy(conn->argument, pdu + WIRE_REQUEST_SIZE, 20);
    return false;
}

static void T_token_of_a_big_endian_server_is_normalised(void **state)
{
    static const uint8_t want[20] = {3,  2,  1,  0,  7,  6,  5,  4,  9,  8,
                                     11, 10, 12, 13, 14, 15, 16, 17, 18, 19};
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.size = 20};
    uint8_t sent[20] = {0};
    void *h = NULL;

    (void)state;
    for (uint8_t i = 0; i < 20; i++)
        a.stub[i] = i;
    server.big_endian = true;
    fake_set_hook(&server, answer_hook, &a);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_int_equal(fake_call_keep(NULL, &h), RPC_S_OK); /* the same token, in the same order */
    fake_set_hook(&server, seen_hook, sent);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_memory_equal(sent, want, 20);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(destroy(&h), RPC_S_OK);
    done(&b);
}

/* Two handles in one reply, the second of them bad: neither changes (staged commit). */
static void T_handles_of_one_reply_change_together(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct answer a = {.stub = {0, 0, 0, 0, 1}, .size = 40};
    struct rpc_client_call c;
    struct rpc_client_context first, second;
    void *one = NULL, *two = NULL;
    volatile RPC_STATUS raised = 0;

    (void)state;
    fake_set_hook(&server, answer_hook, &a);
    for (int round = 0; round < 2; round++) {
        a.stub[24] = 2;
        a.size = round == 0 ? 39 : 40;
        rpc_client_begin(&c, &fake_interface, 1, 0);
        rpc_client_bind(&c, b);
        if (rpc_client_start(&c) && rpc_client_exchange(&c)) {
            rpc_client_get_context(&c, &first, &one, RPC_CONTEXT_OUT);
            rpc_client_get_context(&c, &second, &two, RPC_CONTEXT_OUT);
        }
        assert_null(one); /* nothing before the end */
        RpcTryExcept
        {
            rpc_client_end(&c, NULL, NULL);
        }
        RpcExcept(1)
        {
            raised = RpcExceptionCode();
        }
        RpcEndExcept
        if (round == 0) {
            assert_int_equal(raised, RPC_X_BAD_STUB_DATA);
            assert_null(one);
            assert_null(two);
            assert_int_equal(atomic_load(&rpc_client_counters.contexts), 0);
        }
    }
    assert_non_null(one);
    assert_non_null(two);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(destroy(&one), RPC_S_OK);
    assert_int_equal(destroy(&two), RPC_S_OK);
    done(&b);
}

static void T_fault_or_lost_call_touches_no_handle(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL, *before;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    before = h;
    fake_restart(&server);
    assert_int_not_equal(fake_call_close(&h), RPC_S_OK); /* C1 */
    assert_ptr_equal(h, before);
    assert_int_equal(destroy(&h), RPC_S_OK);
    done(&b);
}

/* ---- Several handles in one call -------------------------------------------------------------- */

static RPC_STATUS bind_all(RPC_BINDING_HANDLE b, void *one, void *two)
{
    struct rpc_client_call c;
    volatile RPC_STATUS raised = 0;

    rpc_client_begin(&c, &fake_interface, 2, 0);
    if (b != NULL)
        rpc_client_bind(&c, b);
    rpc_client_bind_context(&c, one, RPC_CONTEXT_IN);
    if (two != NULL)
        rpc_client_bind_context(&c, two, RPC_CONTEXT_IN);
    if (rpc_client_start(&c)) {
        rpc_client_put_context(&c, one, RPC_CONTEXT_IN);
        (void)rpc_client_exchange(&c);
    }
    RpcTryExcept
    {
        rpc_client_end(&c, NULL, NULL);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    return raised;
}

static void B5_handles_must_lead_to_one_server(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), away = fake_bind(&other), alone = fake_bind(&server);
    void *one = NULL, *two = NULL, *far = NULL, *apart = NULL;

    (void)state;
    assert_int_equal(RpcBindingSetOption(alone, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    assert_int_equal(fake_call_open(b, &one), RPC_S_OK);
    assert_int_equal(fake_call_open(b, &two), RPC_S_OK);
    assert_int_equal(fake_call_open(away, &far), RPC_S_OK);
    assert_int_equal(fake_call_open(alone, &apart), RPC_S_OK);
    assert_int_equal(bind_all(NULL, one, two), RPC_S_OK);
    assert_int_equal(bind_all(NULL, one, one), RPC_S_OK);
    assert_int_equal(bind_all(b, one, two), RPC_S_OK);
    assert_int_equal(bind_all(NULL, one, far), RPC_X_SS_HANDLES_MISMATCH);
    assert_int_equal(bind_all(b, far, NULL), RPC_X_SS_HANDLES_MISMATCH);
    assert_int_equal(bind_all(NULL, one, apart), RPC_X_SS_HANDLES_MISMATCH);
    assert_int_equal(bind_all(alone, one, NULL), RPC_X_SS_HANDLES_MISMATCH);
    assert_int_equal(bind_all(alone, apart, NULL), RPC_S_OK);
    assert_int_equal(fake_call_close(&one), RPC_S_OK);
    assert_int_equal(fake_call_close(&two), RPC_S_OK);
    assert_int_equal(fake_call_close(&far), RPC_S_OK);
    assert_int_equal(fake_call_close(&apart), RPC_S_OK);
    done(&b);
    done(&away);
    done(&alone);
}

static void B6_handle_has_a_binding_of_its_own(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), inner = NULL, copy = NULL;
    void *h = NULL;
    unsigned value = 0;
    RPC_CSTR text = NULL;
    UUID object, seen;

    (void)state;
    assert_int_equal(UuidCreate(&object), RPC_S_OK);
    assert_int_equal(RpcMgmtSetComTimeout(b, 2), RPC_S_OK);
    assert_int_equal(RpcBindingSetObject(b, &object), RPC_S_OK);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_int_equal(RpcMgmtSetComTimeout(b, 7), RPC_S_OK);
    assert_int_equal(RpcSsGetContextBinding(h, &inner), RPC_S_OK);
    assert_int_equal(RpcMgmtInqComTimeout(inner, &value), RPC_S_OK);
    assert_int_equal(value, 2);
    assert_int_equal(RpcBindingInqObject(inner, &seen), RPC_S_OK);
    assert_memory_equal(&seen, &object, sizeof seen);
    assert_int_equal(RpcBindingSetObject(inner, NULL), RPC_S_OK);
    assert_int_equal(RpcBindingToStringBindingA(inner, &text), RPC_S_OK);
    assert_string_equal((char *)text, server.binding);
    (void)RpcStringFreeA(&text);
    assert_int_equal(RpcBindingCopy(inner, &copy), RPC_S_OK);
    assert_int_equal(RpcBindingReset(inner), RPC_S_WRONG_KIND_OF_BINDING);
    assert_int_equal(RpcBindingFree(&inner), RPC_S_WRONG_KIND_OF_BINDING);
    done(&b);
    assert_int_equal(fake_call_use(h), RPC_S_OK);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    assert_int_equal(RpcSsGetContextBinding(h, &inner), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_call_open(copy, &h), RPC_S_OK);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    done(&copy);
}

/* ---- RpcSsDestroyClientContext ---------------------------------------------------------------- */

static void C2_C5_destroy_sends_nothing_and_the_server_keeps_the_context(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;
    unsigned before;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    before = fake_read(&server, &server.requests);
    assert_int_equal(destroy(&h), RPC_S_OK);
    assert_null(h);
    assert_int_equal(fake_read(&server, &server.requests), before);
    assert_int_equal(fake_tokens(&server), 1);
    assert_int_equal(fake_read(&server, &server.live), 1);
    done(&b); /* C4: the last reference */
    fake_wait(&server, &server.run_down, 1);
}

static void C7_destroying_what_is_no_handle(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL, *copy, *junk = (void *)(uintptr_t)0x42;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    copy = h;
    assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
    assert_int_equal(destroy(&copy), RPC_X_SS_CONTEXT_MISMATCH);
    assert_null(copy);
    assert_int_equal(destroy(&copy), RPC_X_SS_CONTEXT_MISMATCH); /* NULL */
    assert_int_equal(RpcSmDestroyClientContext(&junk), RPC_X_SS_CONTEXT_MISMATCH);
    assert_null(junk);
    assert_int_equal(RpcSmDestroyClientContext(NULL), RPC_X_SS_CONTEXT_MISMATCH);
    done(&b);
}

static void C2_destroy_allocates_nothing(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h[200] = {0};

    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_equal(fake_call_open(b, &h[i]), RPC_S_OK);
    (void)mem_fail_at(1, 1);
    for (int i = 0; i < 200; i++)
        assert_int_equal(destroy(&h[i]), RPC_S_OK);
    assert_int_equal(mem_fail_at(0, 0), 0); /* not one was asked for */
    assert_int_equal(atomic_load(&rpc_client_counters.contexts), 0);
    done(&b);
}

/* Every allocation of an open, failing once: the call fails or succeeds, the handle is NULL or good,
 * and destroying works either way. (P4) */
static void P4_open_without_memory(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;
    void *warm = NULL;

    (void)state;
    assert_int_equal(fake_call_open(b, &warm), RPC_S_OK);
    for (uint64_t n = 1; status != RPC_S_OK; n++) {
        void *h = NULL;

        assert_true(n < 20);
        (void)mem_fail_at(n, 0);
        status = fake_call_open(b, &h);
        (void)mem_fail_at(0, 0);
        assert_true(status == RPC_S_OK || status == RPC_S_OUT_OF_MEMORY);
        assert_int_equal(h != NULL, status == RPC_S_OK);
        if (h != NULL)
            assert_int_equal(destroy(&h), RPC_S_OK);
    }
    assert_int_equal(fake_call_close(&warm), RPC_S_OK);
    done(&b);
}

/* A warm call allocates nothing, an open just the handle. */
static void small_calls_allocate_nothing(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;
    char back[700];

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    (void)mem_fail_at(1000000, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(fake_call_use(h), RPC_S_OK);
        assert_int_equal(fake_echo(&fake_interface, b, back, sizeof back, back), RPC_S_OK);
    }
    assert_int_equal(mem_fail_at(0, 0), 0);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    done(&b);
}

enum { MANY = 2000, THREADS = 4 };

static void *open_and_end_many(void *binding)
{
    void **h = calloc(MANY / THREADS, sizeof *h);
    bool good = h != NULL;

    for (int i = 0; good && i < MANY / THREADS / 10; i++)
        good = fake_call_open(binding, &h[i]) == RPC_S_OK;
    for (int i = 0; good && i < MANY / THREADS / 10; i++)
        good = fake_call_use(h[i]) == RPC_S_OK &&
               (i % 2 == 0 ? destroy(&h[i]) : fake_call_close(&h[i])) == RPC_S_OK;
    free(h);
    return good ? NULL : (void *)1;
}

static void many_handles_in_many_threads(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t thread[THREADS];
    void *result;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, open_and_end_many, b), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_null(result);
    }
    assert_int_equal(atomic_load(&rpc_client_counters.contexts), 0);
    done(&b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(T_open_use_close),
        TEST(T_in_null_is_refused_before_anything_is_sent),
        TEST(T_what_is_no_live_handle_is_a_mismatch),
        TEST(P4_T_changed_identity_is_damaged),
        TEST(P4_T_truncated_reply_changes_nothing),
        TEST(T_out_handle_ignores_the_old_value),
        TEST(T_attributes_are_echoed_and_the_null_test_is_on_the_uuid),
        TEST(T_token_of_a_big_endian_server_is_normalised),
        TEST(T_handles_of_one_reply_change_together),
        TEST(T_fault_or_lost_call_touches_no_handle),
        TEST(B5_handles_must_lead_to_one_server),
        TEST(B6_handle_has_a_binding_of_its_own),
        TEST(C2_C5_destroy_sends_nothing_and_the_server_keeps_the_context),
        TEST(C7_destroying_what_is_no_handle),
        TEST(C2_destroy_allocates_nothing),
        TEST(P4_open_without_memory),
        TEST(small_calls_allocate_nothing),
        TEST(many_handles_in_many_threads),
    };

    return cmocka_run_group_tests_name("rpc/client/context", tests, NULL, NULL);
}
