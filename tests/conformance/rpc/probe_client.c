/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_client.c - a client of the probe interface, in the server's own process
 */
#include "probe_client.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "probe.h"

static void *allocate(size_t size)
{
    return mem_alloc(size);
}

/* The client's view of the interface. */
static const struct rpc_interface interface = {
    .stub_version = NDR_STUB_VERSION,
    .name = "probe",
    .id = {{0x7a9ddb10, 0x1c9b, 0x4d0f, {0x9e, 0x1b, 0x40, 0x1f, 0x2a, 0x6d, 0x51, 0x01}}, {1, 2}},
    .method_count = PROBE_OPS,
    .allocate = allocate,
    .release = mem_free,
};

static RPC_BINDING_HANDLE from_text(const char *text)
{
    RPC_BINDING_HANDLE b = NULL;

    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)text, &b), RPC_S_OK);
    return b;
}

RPC_BINDING_HANDLE probe_bind(uint16_t port)
{
    char text[64];

    (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%u]", port);
    return from_text(text);
}

RPC_BINDING_HANDLE probe_bind_local(const char *path)
{
    char text[160];

    (void)snprintf(text, sizeof text, "ncalrpc:[%s]", path);
    return from_text(text);
}

RPC_STATUS probe_auth(RPC_BINDING_HANDLE b, uint32_t service, uint32_t level, const char *user,
                      const char *password)
{
    SEC_WINNT_AUTH_IDENTITY_A who = {
        .User = (unsigned char *)(uintptr_t)user,
        .UserLength = (uint32_t)strlen(user),
        .Password = (unsigned char *)(uintptr_t)password,
        .PasswordLength = (uint32_t)strlen(password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };

    return RpcBindingSetAuthInfoA(b, NULL, level, service, &who, 0);
}

/* Ends the call with its status as a value. */
static RPC_STATUS end(struct rpc_client_call *c)
{
    error_status_t comm = 0, fault = 0;
    volatile RPC_STATUS status = 0;

    RpcTryExcept
    {
        rpc_client_end(c, &comm, &fault);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status != 0 ? status : comm != 0 ? (RPC_STATUS)comm : (RPC_STATUS)fault;
}

RPC_STATUS probe_null(RPC_BINDING_HANDLE b)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &interface, PROBE_NULL, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c))
        (void)rpc_client_exchange(&c);
    return end(&c);
}

RPC_STATUS probe_echo(RPC_BINDING_HANDLE b, const uint8_t *data, uint32_t size, uint8_t *ret)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &interface, PROBE_ECHO, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_count(&c.out, size);
        ndr_put_array(&c.out, data, size, 1);
        if (rpc_client_exchange(&c)) {
            ndr_in_check(&c.in, ndr_get_count(&c.in) == size);
            ndr_get_array(&c.in, ret, size, 1);
            ndr_in_check(&c.in, c.in.pos == c.in.end || c.in.status != 0);
        }
    }
    return end(&c);
}

RPC_STATUS probe_call_open(RPC_BINDING_HANDLE b, int32_t value, void **h)
{
    struct rpc_client_call c;
    struct rpc_client_context staged;

    rpc_client_begin(&c, &interface, PROBE_OPEN, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_long(&c.out, (uint32_t)value);
        if (rpc_client_exchange(&c))
            rpc_client_get_context(&c, &staged, h, RPC_CONTEXT_OUT);
    }
    return end(&c);
}

RPC_STATUS probe_call_use(RPC_BINDING_HANDLE b, void *h, int32_t *value)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &interface, PROBE_USE, 0);
    if (b != NULL)
        rpc_client_bind(&c, b);
    rpc_client_bind_context(&c, h, RPC_CONTEXT_IN);
    if (rpc_client_start(&c)) {
        rpc_client_put_context(&c, h, RPC_CONTEXT_IN);
        if (rpc_client_exchange(&c))
            *value = (int32_t)ndr_get_long(&c.in);
    }
    return end(&c);
}

RPC_STATUS probe_call_close(RPC_BINDING_HANDLE b, void **h)
{
    struct rpc_client_call c;
    struct rpc_client_context staged;

    rpc_client_begin(&c, &interface, PROBE_CLOSE, 0);
    if (b != NULL)
        rpc_client_bind(&c, b);
    rpc_client_bind_context(&c, *h, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    if (rpc_client_start(&c)) {
        rpc_client_put_context(&c, *h, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
        if (rpc_client_exchange(&c))
            rpc_client_get_context(&c, &staged, h, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    }
    return end(&c);
}
