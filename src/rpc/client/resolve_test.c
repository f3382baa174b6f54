/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve_test.c - host names in time, with a resolver that can be silent
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "rpc/client/resolve.h"
#include "rpc/client/tuning.h"

/* The program's own getaddrinfo takes the place of the library's: names that end in ".silent" are
 * answered when the test says so, ".none" never exist; the rest is the library's. */
static atomic_uint names_asked, silent_begun, silent_ended;
static sem_t speak;

typedef int function(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static bool ends_in(const char *name, const char *end)
{
    size_t n = name == NULL ? 0 : strlen(name);

    return n > strlen(end) && strcmp(name + n - strlen(end), end) == 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
    function *real = (function *)dlsym(RTLD_NEXT, "getaddrinfo");
    int error;

    if ((hints->ai_flags & AI_NUMERICHOST) != 0)
        return real(name, service, hints, ret);
    atomic_fetch_add(&names_asked, 1);
    if (ends_in(name, ".none"))
        return EAI_NONAME;
    if (!ends_in(name, ".silent"))
        return real(name, service, hints, ret);
    atomic_fetch_add(&silent_begun, 1);
    while (sem_wait(&speak) != 0)
        ;
    error = real("127.0.0.1", service, hints, ret);
    atomic_fetch_add(&silent_ended, 1);
    return error;
}

static uint64_t in_ms(unsigned ms)
{
    return clock_now_ns() + (uint64_t)ms * 1000000u;
}

static void numeric_addresses_ask_nobody(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "::1", "192.0.2.7", NULL};

    (void)state;
    atomic_store(&names_asked, 0);
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct addrinfo *found = NULL;

        assert_int_equal(rpc_resolve(addresses[i], "135", 0, &found), RPC_S_OK);
        assert_non_null(found);
        freeaddrinfo(found);
    }
    assert_int_equal(atomic_load(&names_asked), 0);
}

static void names_are_found(void **state)
{
    struct addrinfo *found = NULL;

    (void)state;
    assert_int_equal(rpc_resolve("localhost", "135", in_ms(60000), &found), RPC_S_OK);
    assert_non_null(found);
    freeaddrinfo(found);
    assert_int_equal(rpc_resolve("host.none", "135", in_ms(60000), &found),
                     RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(rpc_resolve("host.none", "135", 0, &found), RPC_S_SERVER_UNAVAILABLE);
}

/* Who asks goes on at the deadline; the thread frees what it finds too late. */
static void a_silent_resolver_is_left_behind(void **state)
{
    struct addrinfo *found = NULL;

    (void)state;
    assert_int_equal(rpc_resolve("host.silent", "135", in_ms(30), &found),
                     RPC_S_SERVER_UNAVAILABLE);
    assert_null(found);
    assert_int_equal(atomic_load(&silent_ended), 0); /* it has not answered yet */
    (void)sem_post(&speak);
    while (atomic_load(&silent_ended) != 1)
        (void)sched_yield();
}

/* Connecting is bounded as a whole. */
static void a_call_is_bounded(void **state)
{
    unsigned long before = atomic_exchange(&rpc_client_tuning.bind_timeout_ms, 30);
    RPC_BINDING_HANDLE b = NULL;

    (void)state;
    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR) "ncacn_ip_tcp:host.silent[135]", &b),
                     RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(b), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    (void)sem_post(&speak);
    while (atomic_load(&silent_ended) != atomic_load(&silent_begun))
        (void)sched_yield();
    atomic_store(&rpc_client_tuning.bind_timeout_ms, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numeric_addresses_ask_nobody),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(a_silent_resolver_is_left_behind),
        cmocka_unit_test(a_call_is_bounded),
    };

    (void)sem_init(&speak, 0, 0);
    return cmocka_run_group_tests_name("client/resolve", tests, NULL, NULL);
}
