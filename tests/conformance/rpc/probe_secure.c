/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_secure.c - the test's server with authentication, by a test provider
 */
#include "probe_secure.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

#include "probe.h"

uint16_t probe_serve_secure(const struct auth_provider *p)
{
    uint16_t port;

    auth_provider_add(p);
    port = probe_serve();
    assert_int_equal(
        RpcServerRegisterAuthInfoA((RPC_CSTR) "probe/server", AUTH_TYPE_TEST, NULL, NULL),
        RPC_S_OK);
    return port;
}

static int no_contexts(void *argument)
{
    (void)argument;
    return atomic_load(&auth_test_contexts) == 0;
}

void probe_stop_secure(void)
{
    probe_stop();
    probe_until(no_contexts, NULL, "the end of all security contexts");
    auth_provider_add(NULL);
}
