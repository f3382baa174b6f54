/* SPDX-License-Identifier: Apache-2.0
 *
 * binding_test.c - binding handles: what they are made of, resolve to and refuse; fork
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rpc/client/fake_server.h"
#include "rpc/client/transport.h"
#include "rpc/core/fork.h"

static struct fake server;

static int start(void **state)
{
    (void)state;
    fake_start(&server, false);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(&server);
    return 0;
}

static RPC_STATUS echo(RPC_BINDING_HANDLE b)
{
    char back[4] = "";

    return fake_echo(&fake_interface, b, "abc", 4, back);
}

/* Ends a binding and its association at once. */
static void done(RPC_BINDING_HANDLE *b)
{
    (void)RpcBindingSetOption(*b, RPC_C_OPT_DONT_LINGER, 1);
    assert_int_equal(RpcBindingFree(b), RPC_S_OK);
}

static void com_timeout_is_checked(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    unsigned value = 99;

    (void)state;
    assert_int_equal(RpcMgmtInqComTimeout(b, &value), RPC_S_OK);
    assert_int_equal(value, RPC_C_BINDING_DEFAULT_TIMEOUT);
    assert_int_equal(RpcMgmtSetComTimeout(b, 11), RPC_S_INVALID_TIMEOUT);
    for (unsigned t = 0; t <= RPC_C_BINDING_INFINITE_TIMEOUT; t++) {
        assert_int_equal(RpcMgmtSetComTimeout(b, t), RPC_S_OK);
        assert_int_equal(echo(b), RPC_S_OK);
    }
    assert_int_equal(RpcMgmtSetComTimeout(NULL, 1), RPC_S_INVALID_BINDING);
    done(&b);
}

/* ---- Binding handles -------------------------------------------------------------------------- */

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/* rpc-associations 6.1: (value + 1) * 120 seconds of silence, then three keep-alives; what is sent and
 * not acknowledged counts as well. */
static void com_timeout_sets_what_the_kernel_watches(void **state)
{
    RPC_CSTR port = NULL;
    int fd = -1;

    (void)state;
    assert_int_equal(
        RpcStringBindingParseA((RPC_CSTR)server.binding, NULL, NULL, NULL, &port, NULL), RPC_S_OK);
    assert_int_equal(rpc_stream_connect(RPC_TRANSPORT_TCP, "127.0.0.1", (const char *)port, 0, &fd),
                     RPC_S_OK);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    for (unsigned t = 0; t <= RPC_C_BINDING_MAX_TIMEOUT; t++) {
        rpc_stream_watch(fd, t);
        assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
        assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), (t + 1) * 120);
        assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
        assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
        assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), ((t + 1) * 120 + 3) * 1000);
    }
    rpc_stream_watch(fd, RPC_C_BINDING_INFINITE_TIMEOUT);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    rpc_fd_close(fd);
    (void)RpcStringFreeA(&port);
}

static void binding_strings(void **state)
{
    static const struct {
        const char *text;
        RPC_STATUS status;
    } rows[] = {
        {"ncacn_ip_tcp:host[135]", 0},
        {"ncacn_ip_tcp:host", 0},
        {"6ba7b810-9dad-11d1-80b4-00c04fd430c8@ncacn_ip_tcp:host[135]", 0},
        {"ncacn_ip_tcp:host[0]", RPC_S_INVALID_ENDPOINT_FORMAT},
        {"ncacn_ip_tcp:host[135,a=b]", RPC_S_INVALID_NETWORK_OPTIONS},
        {"ncacn_np:host[\\\\pipe\\\\x]", RPC_S_PROTSEQ_NOT_SUPPORTED},
        {"ncacn_xyz:host[135]", RPC_S_INVALID_RPC_PROTSEQ},
        {"ncalrpc:otherhost.example[x]", RPC_S_INVALID_NET_ADDR},
        {"ncalrpc:[x]", 0},
        {"nonsense", RPC_S_INVALID_STRING_BINDING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RPC_BINDING_HANDLE b = NULL;
        RPC_CSTR text = NULL;

        assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)rows[i].text, &b),
                         rows[i].status);
        if (b == NULL)
            continue;
        assert_int_equal(RpcBindingToStringBindingA(b, &text), RPC_S_OK);
        assert_string_equal((char *)text, rows[i].text);
        (void)RpcStringFreeA(&text);
        assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    }
}

static void endpoints_come_from_the_interface(void **state)
{
    struct rpc_endpoint endpoints[] = {{"ncacn_np", "\\pipe\\x"}, {"ncacn_ip_tcp", NULL}};
    struct rpc_interface known = fake_interface;
    RPC_BINDING_HANDLE b = NULL, copy = NULL;
    RPC_CSTR port = NULL, text = NULL;
    char back[4];

    (void)state;
    assert_int_equal(
        RpcStringBindingParseA((RPC_CSTR)server.binding, NULL, NULL, NULL, &port, NULL), RPC_S_OK);
    endpoints[1].endpoint = (const char *)port;
    known.endpoints = endpoints;
    known.endpoint_count = 2;
    assert_int_equal(
        RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t) "ncacn_ip_tcp:127.0.0.1", &b), RPC_S_OK);
    assert_int_equal(echo(b), EPT_S_NOT_REGISTERED);
    assert_int_equal(RpcEpResolveBinding(b, &fake_interface), EPT_S_NOT_REGISTERED);
    assert_int_equal(fake_echo(&known, b, "abc", 4, back), RPC_S_OK);
    assert_int_equal(RpcBindingToStringBindingA(b, &text), RPC_S_OK);
    assert_string_equal((char *)text, server.binding); /* the details are filled in */
    (void)RpcStringFreeA(&text);
    assert_int_equal(RpcBindingCopy(b, &copy), RPC_S_OK);
    assert_int_equal(echo(copy), RPC_S_OK);
    assert_int_equal(RpcBindingReset(b), RPC_S_OK); /* 5.1 */
    assert_int_equal(echo(b), EPT_S_NOT_REGISTERED);
    assert_int_equal(RpcEpResolveBinding(b, &known), RPC_S_OK);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    done(&copy);
    (void)RpcStringFreeA(&port);
}

static void wrong_handles_and_options(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    uintptr_t value;
    UUID object;

    (void)state;
    assert_int_equal(RpcBindingSetOption(b, 10, 1), RPC_S_CANNOT_SUPPORT);
    assert_int_equal(RpcBindingInqOption(b, 16, &value), RPC_S_CANNOT_SUPPORT);
    assert_int_equal(RpcBindingSetOption(NULL, 9, 1), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingCopy(NULL, &b), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingReset(&server), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingInqObject(b, &object), RPC_S_OK);
    assert_true(UuidIsNil(&object, &(RPC_STATUS){0}));
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 1, RPC_C_AUTHN_NONE, NULL, 0), RPC_S_OK);
    assert_int_equal(RpcBindingSetAuthInfoA(b, NULL, 6, RPC_C_AUTHN_DPA, NULL, 0),
                     RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(RpcBindingInqAuthInfoA(b, NULL, NULL, NULL, NULL, NULL),
                     RPC_S_BINDING_HAS_NO_AUTH);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
}

static void server_names_that_do_not_exist(void **state)
{
    RPC_BINDING_HANDLE b = NULL;

    (void)state;
    assert_int_equal(
        RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t) "ncacn_ip_tcp:256.256.256.256[9]", &b),
        RPC_S_OK);
    assert_int_equal(echo(b), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t) "ncacn_ip_tcp:[1]", &b),
                     RPC_S_OK);
    assert_int_equal(echo(b), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
}

/* ---- fork ------------------------------------------------------------------------------------- */

static void fork_child_has_no_connections(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    child = fork();
    if (child == 0) {
        bool good = echo(b) == RPC_S_SERVER_UNAVAILABLE &&
                    fake_call_use(h) == RPC_S_SERVER_UNAVAILABLE &&
                    RpcSmDestroyClientContext(&h) == RPC_S_OK && RpcBindingFree(&b) == RPC_S_OK;

        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    done(&b);
    fake_wait(&server, &server.live, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(binding_strings),
        TEST(endpoints_come_from_the_interface),
        TEST(wrong_handles_and_options),
        TEST(server_names_that_do_not_exist),
        TEST(fork_child_has_no_connections),
        TEST(com_timeout_is_checked),
        TEST(com_timeout_sets_what_the_kernel_watches),
    };

    return cmocka_run_group_tests_name("rpc/client/binding", tests, NULL, NULL);
}
