/* SPDX-License-Identifier: Apache-2.0
 *
 * security_test.c - authenticated calls, both ends ours, with the test provider (rpc-wire 7; design
 * decision 5; rpc-associations 2; F and X rows of a failed wrap)
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <holdfast/log.h>
#include <holdfast/security.h>

#include "conformance/proxy.h"
#include "probe.h"
#include "base/limits.h"
#include "base/mem.h"
#include "probe_client.h"
#include "raw.h"
#include "probe_secure.h"
#include "rpc/client/tuning.h"
#include "rpc/core/status.h"
#include "rpc/server/assoc.h"
#include "rpc/server/stats.h"

static uint16_t port;

static int serve(const struct auth_provider *p)
{
    memset(&auth_test_failures, 0, sizeof auth_test_failures);
    atomic_store(&rpc_client_tuning.linger_ms, 0);
    port = probe_serve_secure(p);
    return 0;
}

static int serve_odd(void **state)
{
    (void)state;
    return serve(&auth_test_provider);
}

static int serve_even(void **state)
{
    (void)state;
    return serve(&auth_test_provider_even);
}

static int stop(void **state)
{
    (void)state;
    probe_stop_secure();
    return 0;
}

static RPC_BINDING_HANDLE as(const char *user, uint32_t level)
{
    RPC_BINDING_HANDLE b = probe_bind(port);

    assert_int_equal(probe_auth(b, AUTH_TYPE_TEST, level, user, "right"), RPC_S_OK);
    return b;
}

static void let_go(RPC_BINDING_HANDLE b)
{
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
}

/* ---- Data goes through ------------------------------------------------------------------------ */

static void echo_at_every_level(void **state)
{
    static const uint32_t sizes[] = {0, 1, 15, 16, 700, 5700, 5780, 5800, 6000, 20000, 300001};
    uint8_t *data = malloc(300001), *back = malloc(300001);

    (void)state;
    assert_true(data != NULL && back != NULL);
    for (uint32_t i = 0; i < 300001; i++)
        data[i] = (uint8_t)(i * 29 + i / 251);
    for (uint32_t level = 0; level <= 6; level++) {
        RPC_BINDING_HANDLE b = as("ada", level);
        unsigned before = atomic_load(&auth_test_unwraps);

        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            memset(back, 0, sizes[i]);
            assert_int_equal(probe_echo(b, data, sizes[i], back), RPC_S_OK);
            assert_memory_equal(data, back, sizes[i]);
        }
        /* Both sides check every fragment, at the levels that protect. */
        if (level >= 3)
            assert_true(atomic_load(&auth_test_unwraps) - before > 2 * 300001 / 5840);
        else
            assert_int_equal(atomic_load(&auth_test_unwraps), before);
        let_go(b);
    }
    assert_int_equal(STATS_GET(signatures_refused), 0);
    free(data);
    free(back);
}

static void local_transport(void **state)
{
    RPC_BINDING_HANDLE b = probe_bind_local(probe_path);
    uint8_t back[5];

    (void)state;
    assert_int_equal(probe_auth(b, AUTH_TYPE_TEST, 6, "ada", "right"), RPC_S_OK);
    assert_int_equal(probe_echo(b, (const uint8_t *)"hello", 5, back), RPC_S_OK);
    assert_memory_equal(back, "hello", 5);
    let_go(b);
}

/* ---- Who is refused --------------------------------------------------------------------------- */

static void wrong_password(void **state)
{
    uint64_t before = STATS_GET(authentications_failed);

    (void)state;
    for (uint32_t level = 2; level <= 6; level++) {
        RPC_BINDING_HANDLE b = probe_bind(port);

        assert_int_equal(probe_auth(b, AUTH_TYPE_TEST, level, "ada", "wrong"), RPC_S_OK);
        assert_int_equal(probe_null(b), RPC_S_ACCESS_DENIED);
        assert_int_equal(probe_null(b), RPC_S_ACCESS_DENIED);
        let_go(b);
    }
    assert_int_equal(STATS_GET(authentications_failed) - before, 10);
}

static void refusals_by_the_mechanism(void **state)
{
    RPC_BINDING_HANDLE b = as("ada", 5);

    (void)state;
    atomic_store(&auth_test_failures.server_step, 1); /* bind_nak 9 */
    assert_int_equal(probe_null(b), RPC_S_ACCESS_DENIED);
    atomic_store(&auth_test_failures.client_step, 2); /* the server's token is not believed */
    assert_int_equal(probe_null(b), RPC_S_ACCESS_DENIED);
    assert_int_equal(probe_null(b), RPC_S_OK);
    let_go(b);
}

static void server_without_mechanism(void **state)
{
    RPC_BINDING_HANDLE b = as("ada", 5);

    (void)state;
    auth_server_clear();
    assert_int_equal(probe_null(b), RPC_S_UNKNOWN_AUTHN_SERVICE); /* bind_nak 8 */
    let_go(b);
}

/* ---- Signatures that fail --------------------------------------------------------------------- */

static void failing_wraps_and_unwraps(void **state)
{
    /* Connections of their own: some are closed behind a fault, when is not for us to say. */
    RPC_BINDING_HANDLE b = as("ada", 6), at_server = as("bob", 6), at_client = as("eve", 6),
                       late = as("joe", 6), middle = as("sue", 6);
    uint8_t data[20000] = {1}, back[20000];

    (void)state;
    assert_int_equal(probe_null(b), RPC_S_OK);
    atomic_store(&auth_test_failures.server_wrap, 1); /* nothing has left: the connection stays */
    assert_int_equal(probe_null(b), RPC_S_SEC_PKG_ERROR);
    assert_int_equal(probe_null(b), RPC_S_OK);
    atomic_store(&auth_test_failures.server_unwrap, 1); /* M34 */
    assert_int_equal(probe_null(at_server), RPC_S_SEC_PKG_ERROR);
    atomic_store(&auth_test_failures.client_unwrap, 1);
    assert_int_equal(probe_null(at_client), RPC_S_SEC_PKG_ERROR);
    atomic_store(&auth_test_failures.server_wrap, 2); /* numbers are lost: the connection goes */
    assert_int_equal(probe_echo(late, data, sizeof data, back), RPC_S_CALL_FAILED);
    atomic_store(&auth_test_failures.client_wrap, 1);
    assert_int_equal(probe_null(middle), RPC_S_SEC_PKG_ERROR);
    atomic_store(&auth_test_failures.client_wrap, 3); /* in the middle of a request */
    assert_int_equal(probe_echo(middle, data, sizeof data, back), RPC_S_SEC_PKG_ERROR);
    assert_int_equal(probe_null(middle), RPC_S_OK);
    assert_int_equal(probe_null(b), RPC_S_OK);
    let_go(b);
    let_go(at_server);
    let_go(at_client);
    let_go(late);
    let_go(middle);
}

/* The reply cannot be signed after the results: F8 for a handle that was born, F7 for one closed. */
static void F8_F7_handles_of_an_unsigned_reply(void **state)
{
    RPC_BINDING_HANDLE b = as("ada", 5), keeper = as("ada", 5);
    void *h = NULL, *other = NULL;
    int32_t value = 0;

    (void)state;
    assert_int_equal(probe_call_open(keeper, 7, &other), RPC_S_OK);
    atomic_store(&auth_test_failures.server_wrap, 1);
    assert_int_equal(probe_call_open(b, 8, &h), RPC_S_SEC_PKG_ERROR);
    assert_null(h);
    probe_wait(&probe_counts.run_down, 1);
    assert_int_equal(atomic_load(&probe_rundown_log[0]), 8);
    assert_int_equal(probe_call_use(NULL, other, &value), RPC_S_OK);
    assert_int_equal(value, 7);
    atomic_store(&auth_test_failures.server_wrap, 1);
    assert_int_equal(probe_call_close(NULL, &other), RPC_S_SEC_PKG_ERROR);
    assert_int_equal(atomic_load(&probe_counts.closed), 1);
    assert_int_equal(probe_call_use(NULL, other, &value), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(atomic_load(&probe_counts.run_down), 1);
    RpcSsDestroyClientContext(&other);
    let_go(b);
    let_go(keeper);
}

/* ---- Identities and connections --------------------------------------------------------------- */

static unsigned connections(void)
{
    struct rpc_assoc *a = assoc_after(0);
    unsigned n = a != NULL ? assoc_connections(a) : 0;

    assoc_unref(a);
    return n;
}

static void a_connection_an_identity(void **state)
{
    RPC_BINDING_HANDLE ada = as("ada", 5), twin = as("ada", 5), louder = as("ada", 6),
                       bob = as("bob", 5), nobody = probe_bind(port), copy = NULL;

    (void)state;
    assert_int_equal(probe_null(ada), RPC_S_OK);
    assert_int_equal(probe_null(twin), RPC_S_OK);
    assert_int_equal(RpcBindingCopy(ada, &copy), RPC_S_OK);
    assert_int_equal(probe_null(copy), RPC_S_OK);
    assert_int_equal(connections(), 1);
    assert_int_equal(probe_null(louder), RPC_S_OK);
    assert_int_equal(probe_null(bob), RPC_S_OK);
    assert_int_equal(probe_null(nobody), RPC_S_OK);
    assert_int_equal(connections(), 4);
    assert_int_equal(assoc_count(), 1); /* one association all the same */
    assert_int_equal(probe_auth(nobody, AUTH_TYPE_TEST, 5, "bob", "right"), RPC_S_OK);
    assert_int_equal(probe_null(nobody), RPC_S_OK);
    assert_int_equal(connections(), 4);
    let_go(ada);
    let_go(twin);
    let_go(louder);
    let_go(bob);
    let_go(nobody);
    let_go(copy);
}

/* R3: a request that was encrypted in place and could not be sent is not tried again; one that was signed
 * alone is (R2). The proxy resets the idle connection; told to trust it, the client finds out by sending. */
static RPC_STATUS call_on_a_dead_connection(uint32_t level, unsigned *ret_requests)
{
    struct proxy *p = proxy_create(NULL, port, NULL);
    RPC_BINDING_HANDLE b = probe_bind((uint16_t)proxy_port(p));
    RPC_STATUS status;

    assert_int_equal(probe_auth(b, AUTH_TYPE_TEST, level, "ada", "right"), RPC_S_OK);
    assert_int_equal(probe_null(b), RPC_S_OK);
    proxy_cut_one(p, 0, true);
    status = probe_null(b);
    assert_int_equal(probe_null(b), RPC_S_OK);
    *ret_requests = proxy_seen(p, TO_SERVER, PDU_REQUEST);
    let_go(b);
    proxy_free(p);
    return status;
}

static void R3_encrypted_and_unsent_is_not_repeated(void **state)
{
    unsigned long trusted = atomic_exchange(&rpc_client_tuning.trusted_us, 1000000000);
    unsigned requests = 0;

    (void)state;
    assert_int_equal(call_on_a_dead_connection(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &requests),
                     RPC_S_OK);
    assert_int_equal(requests, 3);
    assert_int_equal(call_on_a_dead_connection(RPC_C_AUTHN_LEVEL_PKT_PRIVACY, &requests),
                     RPC_S_CALL_FAILED_DNE);
    assert_int_equal(requests, 2); /* the ones before and after */
    atomic_store(&rpc_client_tuning.trusted_us, trusted);
}

/* A call whose answer becomes a fault on the way: executed once, whatever the client makes of it, and
 * what the next one brings is true. */
static RPC_STATUS call_with_a_forged_fault(uint32_t level, uint32_t fault)
{
    struct proxy *p = proxy_create(NULL, port, NULL);
    RPC_BINDING_HANDLE b = probe_bind((uint16_t)proxy_port(p));
    int before = atomic_load(&probe_counts.opened);
    uint8_t back[5] = "";
    RPC_STATUS status;
    void *h = NULL;

    if (level != RPC_C_AUTHN_LEVEL_NONE)
        assert_int_equal(probe_auth(b, AUTH_TYPE_TEST, level, "ada", "right"), RPC_S_OK);
    assert_int_equal(probe_null(b), RPC_S_OK);
    proxy_arm(p, (struct proxy_order){.direction = TO_CLIENT,
                                      .type = PDU_RESPONSE,
                                      .action = PROXY_FAULT,
                                      .status = fault});
    status = probe_call_open(b, 1, &h);
    assert_null(h);
    assert_int_equal(atomic_load(&probe_counts.opened), before + 1);
    if (probe_echo(b, (const uint8_t *)"hello", 5, back) == RPC_S_OK)
        assert_memory_equal(back, "hello", 5);
    let_go(b);
    proxy_free(p);
    return status;
}

/* Somebody on the way ends a call, as he could by cutting the connection; that nothing was executed he
 * cannot say where the call is protected. */
static void faults_of_a_man_in_the_middle(void **state)
{
    static const struct {
        uint32_t fault;
        RPC_STATUS bare, believed;
    } cases[] = {
        {NCA_S_PROTO_ERROR, RPC_S_PROTOCOL_ERROR, RPC_S_CALL_FAILED},
        {NCA_S_UNK_IF, RPC_S_UNKNOWN_IF, RPC_S_CALL_FAILED},
        {NCA_S_OP_RNG_ERROR, RPC_S_PROCNUM_OUT_OF_RANGE, RPC_S_CALL_FAILED},
        {NCA_S_SERVER_TOO_BUSY, RPC_S_SERVER_TOO_BUSY, RPC_S_CALL_FAILED},
        {NCA_S_MANAGER_NOT_ENTERED, RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED},
        {RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED_DNE, RPC_S_CALL_FAILED},
        {RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED, RPC_S_ACCESS_DENIED},
        {0xE0001234, (RPC_STATUS)0xE0001234, (RPC_STATUS)0xE0001234},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint32_t level = 1; level <= 6; level++)
            assert_int_equal(call_with_a_forged_fault(level, cases[i].fault),
                             level < 3 ? cases[i].bare : cases[i].believed);
    }
}

/* A handle's binding keeps the identity; by Windows' rules others may use the handle (decision 5). */
static void handles_and_principals(void **state)
{
    RPC_BINDING_HANDLE ada = as("ada", 5), bob = as("bob", 6), weak = as("ada", 2),
                       strong = as("ada", 6), nobody = probe_bind(port);
    void *h = NULL, *free_for_all = NULL;
    int32_t value = 0;

    (void)state;
    assert_int_equal(probe_call_open(ada, 11, &h), RPC_S_OK);
    assert_int_equal(probe_call_open(nobody, 12, &free_for_all), RPC_S_OK);
    assert_int_equal(probe_call_use(bob, h, &value), RPC_S_OK);
    assert_int_equal(probe_call_use(nobody, h, &value), RPC_S_OK);
    holdfast_bind_handles_to_principals(1);
    assert_int_equal(probe_call_use(ada, h, &value), RPC_S_OK);
    assert_int_equal(probe_call_use(NULL, h, &value), RPC_S_OK);
    assert_int_equal(probe_call_use(strong, h, &value), RPC_S_OK);
    assert_int_equal(probe_call_use(weak, h, &value), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(probe_call_use(bob, h, &value), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(probe_call_use(nobody, h, &value), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(probe_call_close(bob, &h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(probe_call_use(ada, free_for_all, &value), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(probe_call_use(nobody, free_for_all, &value), RPC_S_OK);
    assert_int_equal(probe_call_close(ada, &h), RPC_S_OK);
    assert_int_equal(probe_call_close(nobody, &free_for_all), RPC_S_OK);
    assert_int_equal(atomic_load(&probe_counts.closed), 2);
    let_go(ada);
    let_go(bob);
    let_go(weak);
    let_go(strong);
    let_go(nobody);
}

/* ---- Interfaces that ask who calls ------------------------------------------------------------ */

static atomic_int asked;
static struct seen {
    char name[64], target[64], attribute[64];
    uint32_t level, service;
    RPC_STATUS status, impersonate, revert;
    uint32_t attribute_level;
} seen;

static RPC_STATUS RPC_ENTRY callback(RPC_IF_HANDLE interface, void *context)
{
    RPC_CALL_ATTRIBUTES_V2_A a = {.Version = 2,
                                  .Flags = RPC_QUERY_CLIENT_PRINCIPAL_NAME,
                                  .ClientPrincipalName = (unsigned char *)seen.attribute,
                                  .ClientPrincipalNameBufferLength = sizeof seen.attribute};
    RPC_AUTHZ_HANDLE name = NULL;
    RPC_CSTR target = NULL;

    (void)interface;
    atomic_fetch_add(&asked, 1);
    memset(&seen, 0, sizeof seen);
    seen.status =
        RpcBindingInqAuthClientA(context, &name, &target, &seen.level, &seen.service, NULL);
    seen.impersonate = RpcImpersonateClient(context);
    seen.revert = RpcRevertToSelf() == RPC_S_OK ? RpcRevertToSelfEx(context) : RPC_S_CALL_FAILED;
    if (seen.status != RPC_S_OK)
        return RPC_S_OK;
    (void)snprintf(seen.name, sizeof seen.name, "%s", (const char *)name);
    (void)snprintf(seen.target, sizeof seen.target, "%s", (const char *)target);
    (void)RpcStringFreeA(&target);
    if (RpcServerInqCallAttributesA(context, &a) == RPC_S_OK)
        seen.attribute_level = a.AuthenticationLevel;
    return strcmp(seen.name, "eve") == 0 ? RPC_S_ACCESS_DENIED : RPC_S_OK;
}

static void register_with(unsigned flags, RPC_IF_CALLBACK_FN *fn)
{
    RPC_IF_HANDLE probe = (RPC_IF_HANDLE)(uintptr_t)&probe_interface;

    assert_int_equal(RpcServerUnregisterIf(probe, NULL, 1), RPC_S_OK);
    assert_int_equal(RpcServerRegisterIfEx(probe, NULL, NULL, flags, 0, fn), RPC_S_OK);
    atomic_store(&asked, 0);
}

static void callbacks_see_the_caller(void **state)
{
    RPC_BINDING_HANDLE ada = as("ada", 6), eve = as("eve", 6), nobody = probe_bind(port),
                       null_session = as("", 5), local = probe_bind_local(probe_path);

    (void)state;
    register_with(0, callback);
    assert_int_equal(probe_null(ada), RPC_S_OK);
    assert_int_equal(seen.status, RPC_S_OK);
    assert_string_equal(seen.name, "ada");
    assert_string_equal(seen.attribute, "ada");
    assert_string_equal(seen.target, "probe/server");
    assert_int_equal(seen.level, 6);
    assert_int_equal(seen.attribute_level, 6);
    assert_int_equal(seen.service, AUTH_TYPE_TEST);
    assert_int_equal(seen.impersonate, RPC_S_CANNOT_SUPPORT);
    assert_int_equal(seen.revert, RPC_S_OK); /* nothing to lay down */
    assert_int_equal(RpcImpersonateClient(NULL), RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(RpcRevertToSelf(), RPC_S_NO_CALL_ACTIVE);
    assert_int_equal(probe_null(ada), RPC_S_OK);
    assert_int_equal(atomic_load(&asked), 1); /* asked once a client */
    assert_int_equal(probe_null(eve), RPC_S_ACCESS_DENIED);
    assert_int_equal(probe_null(nobody), RPC_S_ACCESS_DENIED);       /* without being asked */
    assert_int_equal(probe_null(null_session), RPC_S_ACCESS_DENIED); /* likewise */
    assert_int_equal(atomic_load(&asked), 2);
    assert_int_equal(probe_null(local), RPC_S_OK);
    assert_int_equal(strncmp(seen.name, "uid:", 4), 0);
    register_with(RPC_IF_SEC_NO_CACHE | RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, callback);
    assert_int_equal(probe_null(nobody), RPC_S_OK);
    assert_int_equal(seen.status, RPC_S_BINDING_HAS_NO_AUTH);
    assert_int_equal(seen.impersonate, RPC_S_NO_CONTEXT_AVAILABLE);
    assert_int_equal(probe_null(ada), RPC_S_OK);
    assert_int_equal(probe_null(ada), RPC_S_OK);
    assert_int_equal(atomic_load(&asked), 3);
    register_with(RPC_IF_ALLOW_SECURE_ONLY, NULL);
    assert_int_equal(probe_null(nobody), RPC_S_ACCESS_DENIED);
    assert_int_equal(probe_null(null_session), RPC_S_ACCESS_DENIED);
    assert_int_equal(probe_null(eve), RPC_S_OK);
    register_with(RPC_IF_ALLOW_LOCAL_ONLY, NULL);
    assert_int_equal(probe_null(ada), RPC_S_ACCESS_DENIED);
    assert_int_equal(probe_null(local), RPC_S_OK);
    let_go(ada);
    let_go(eve);
    let_go(nobody);
    let_go(null_session);
    let_go(local);
}

static atomic_uint lines;

static void count_denials(int level, const char *line)
{
    if (level == HOLDFAST_LOG_WARNING &&
        strstr(line, "a call was denied by its interface") != NULL &&
        strstr(line, "peer=\"127.0.0.1:") != NULL && strstr(line, "principal=\"eve\"") != NULL &&
        strstr(line, "interface=") != NULL && strstr(line, "method=") != NULL)
        atomic_fetch_add(&lines, 1);
}

/* Each is counted; as with limits, the first, the second, the fourth and so on are told. */
static void denied_calls_are_logged(void **state)
{
    enum { CALLS = 33 };
    uint64_t before = STATS_GET(calls_denied);
    RPC_BINDING_HANDLE eve = as("eve", 6);
    unsigned wanted = 0;

    (void)state;
    for (uint64_t n = before + 1; n <= before + CALLS; n++)
        wanted += (n & (n - 1)) == 0;
    register_with(0, callback);
    atomic_store(&lines, 0);
    holdfast_rpc_set_log(count_denials);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(probe_null(eve), RPC_S_ACCESS_DENIED);
    holdfast_rpc_set_log(NULL);
    assert_int_equal(STATS_GET(calls_denied) - before, CALLS);
    assert_int_equal(atomic_load(&lines), wanted);
    let_go(eve);
}

/* ---- Contexts that are begun and left --------------------------------------------------------- */

/* Offers the interface again with the first token of a context `id`. */
static void begin_context(struct raw *r, uint32_t id)
{
    static const uint8_t token[] = {'H', 'a', 'd', 'a'};
    const struct wire_header h = {
        .type = WIRE_ALTER_CONTEXT, .flags = WIRE_WHOLE, .call_id = ++r->call_id};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    const struct wire_offer offer = {
        .id = 0, .syntax_count = 1, .abstract = &probe_interface.id, .syntaxes = &wire_ndr20};
    const struct wire_auth auth = {.type = AUTH_TYPE_TEST,
                                   .level = 5,
                                   .context_id = id,
                                   .token = token,
                                   .token_length = sizeof token};
    uint8_t pdu[256];
    size_t size = wire_put_bind(pdu, sizeof pdu, &h, &b, &offer, 1);

    raw_send(r, pdu, wire_append_auth(pdu, sizeof pdu, size, &auth));
}

static void unfinished_contexts_are_bounded(void **state)
{
    struct raw_reply reply;
    struct raw r;

    (void)state;
    raw_connect(&r, port);
    raw_bind(&r, &probe_interface.id, 0, 0);
    for (uint32_t id = 0; id < RPC_LIMIT_PENDING_CONTEXTS; id++) {
        begin_context(&r, id);
        assert_true(raw_receive(&r, &reply));
        assert_int_equal(reply.h.type, WIRE_ALTER_CONTEXT_RESP);
    }
    begin_context(&r, RPC_LIMIT_PENDING_CONTEXTS);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.fault, NCA_S_PROTO_ERROR);
    assert_true(raw_is_closed(&r));
    raw_close(&r);
}

/* ---- Memory ----------------------------------------------------------------------------------- */

/* The n-th allocation of a first call fails, at either end, for every n there is. */
static void sweep_memory(uint32_t service)
{
    RPC_STATUS status = RPC_S_OK;
    uint64_t made = 0;

    for (uint64_t n = 1; n < 1000 && (n == 1 || made >= n - 1); n++) {
        RPC_BINDING_HANDLE b = probe_bind(port);

        assert_int_equal(probe_auth(b, service, 5, "", ""), RPC_S_OK);
        assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
        (void)mem_fail_at(n, 0);
        status = probe_null(b);
        made = mem_fail_at(0, 0);
        assert_int_equal(probe_null(b), RPC_S_OK);
        let_go(b);
    }
    assert_int_equal(status, RPC_S_OK); /* the last round had no failure any more */
}

static void no_allocation_is_missed(void **state)
{
    (void)state;
    assert_int_equal(RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_WINNT, NULL, "/dev/null"), 0);
    assert_int_equal(RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_GSS_NEGOTIATE, NULL, NULL), 0);
    sweep_memory(AUTH_TYPE_TEST);
    sweep_memory(RPC_C_AUTHN_WINNT);
    sweep_memory(RPC_C_AUTHN_GSS_NEGOTIATE);
}

/* ---- The client's settings -------------------------------------------------------------------- */

static void setting_and_asking(void **state)
{
    RPC_SECURITY_QOS qos = {.Version = 1,
                            .Capabilities = RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH,
                            .ImpersonationType = RPC_C_IMP_LEVEL_IDENTIFY},
                     got = {0}, bad = {.Version = 7};
    static uint16_t user[] = {'a', 'd', 'a'};
    SEC_WINNT_AUTH_IDENTITY_W who = {
        .User = user, .UserLength = 3, .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    RPC_BINDING_HANDLE b = probe_bind(port);
    RPC_CSTR name = NULL;
    uint32_t level = 0, service = 0, authz = 9;
    void *identity = NULL;

    (void)state;
    assert_int_equal(RpcBindingInqAuthInfoA(b, NULL, NULL, NULL, NULL, NULL),
                     RPC_S_BINDING_HAS_NO_AUTH);
    assert_int_equal(
        RpcBindingSetAuthInfoExA(b, (RPC_CSTR) "host/x", 3, AUTH_TYPE_TEST, &who, 0, &qos),
        RPC_S_OK);
    assert_int_equal(
        RpcBindingInqAuthInfoExA(b, &name, &level, &service, &identity, &authz, 1, &got), RPC_S_OK);
    assert_string_equal((char *)name, "host/x");
    assert_int_equal(level, 4); /* CALL is PKT */
    assert_int_equal(service, AUTH_TYPE_TEST);
    assert_ptr_equal(identity, &who);
    assert_int_equal(got.Capabilities, RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH);
    assert_int_equal(got.ImpersonationType, RPC_C_IMP_LEVEL_IDENTIFY);
    (void)RpcStringFreeA(&name);
    assert_int_equal(probe_null(b), RPC_S_OK);
    assert_int_equal(RpcBindingSetAuthInfoExA(b, NULL, 5, AUTH_TYPE_TEST, &who, 0, &bad),
                     RPC_S_CANNOT_SUPPORT);
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 7, AUTH_TYPE_TEST, &who, 0),
                     RPC_S_UNKNOWN_AUTHN_LEVEL);
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 5, AUTH_TYPE_TEST, &who, 3),
                     RPC_S_UNKNOWN_AUTHZ_SERVICE);
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 5, 99, &who, 0), RPC_S_UNKNOWN_AUTHN_SERVICE);
    who.Flags = 0;
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 5, AUTH_TYPE_TEST, &who, 0),
                     RPC_S_INVALID_AUTH_IDENTITY);
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 1, AUTH_TYPE_TEST, NULL, 0), RPC_S_OK);
    assert_int_equal(RpcBindingInqAuthInfoA(b, NULL, NULL, NULL, NULL, NULL),
                     RPC_S_BINDING_HAS_NO_AUTH);
    assert_int_equal(RpcServerRegisterAuthInfoA(NULL, 99, NULL, NULL), RPC_S_UNKNOWN_AUTHN_SERVICE);
    let_go(b);
}

#define BOTH(test)                                       \
    {#test "_odd_legs", test, serve_odd, stop, NULL},    \
    {                                                    \
#test "_even_legs", test, serve_even, stop, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(echo_at_every_level),
        BOTH(local_transport),
        BOTH(wrong_password),
        BOTH(refusals_by_the_mechanism),
        BOTH(server_without_mechanism),
        BOTH(failing_wraps_and_unwraps),
        BOTH(F8_F7_handles_of_an_unsigned_reply),
        BOTH(a_connection_an_identity),
        BOTH(R3_encrypted_and_unsent_is_not_repeated),
        BOTH(faults_of_a_man_in_the_middle),
        BOTH(handles_and_principals),
        BOTH(callbacks_see_the_caller),
        BOTH(denied_calls_are_logged),
        BOTH(unfinished_contexts_are_bounded),
        BOTH(no_allocation_is_missed),
        BOTH(setting_and_asking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
