/* SPDX-License-Identifier: Apache-2.0
 *
 * core_test.c - UUIDs, string bindings, endpoints, texts, vectors, fork
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/endpoint.h"
#include "rpc/core/fork.h"
#include "rpc/core/handle.h"
#include "rpc/core/string_binding.h"
#include "rpc/core/uuid.h"

#define S(text) ((RPC_CSTR)(uintptr_t)(text))

static void uuid_text_round_trip(void **state)
{
    static const char text[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    static const char *const bad[] = {"",
                                      "6ba7b810",
                                      "6ba7b810-9dad-11d1-80b4-00c04fd430c",
                                      "6ba7b810-9dad-11d1-80b4-00c04fd430c8a",
                                      "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
                                      "6ba7b810-9dad-11d1-80b400-c04fd430c8-",
                                      "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
                                      " 6ba7b81-9dad-11d1-80b4-00c04fd430c8"};
    UUID u, v;
    RPC_CSTR out = NULL;
    RPC_WSTR wide = NULL;
    RPC_STATUS status;

    (void)state;
    assert_int_equal(UuidFromStringA(S(text), &u), RPC_S_OK);
    assert_int_equal(u.Data1, 0x6ba7b810);
    assert_int_equal(u.Data4[7], 0xc8);
    assert_int_equal(UuidToStringA(&u, &out), RPC_S_OK);
    assert_string_equal((char *)out, text);
    assert_int_equal(RpcStringFreeA(&out), RPC_S_OK);
    assert_null(out);
    assert_int_equal(UuidToStringW(&u, &wide), RPC_S_OK);
    assert_int_equal(UuidFromStringW(wide, &v), RPC_S_OK);
    assert_true(UuidEqual(&u, &v, &status));
    (void)RpcStringFreeW(&wide);
    assert_int_equal(UuidFromStringA(S("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"), &v), RPC_S_OK);
    assert_true(UuidEqual(&u, &v, &status));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(UuidFromStringA(S(bad[i]), &v), RPC_S_INVALID_STRING_UUID);
    assert_int_equal(UuidFromStringA(NULL, &v), RPC_S_OK);
    assert_true(UuidIsNil(&v, &status));
}

static void uuid_create_and_order(void **state)
{
    UUID a, b, c, d;
    RPC_STATUS status = 1;

    (void)state;
    assert_int_equal(UuidCreate(&a), RPC_S_OK);
    assert_int_equal(UuidCreate(&b), RPC_S_OK);
    assert_int_equal(a.Data3 >> 12, 4);
    assert_int_equal(a.Data4[0] >> 6, 2);
    assert_false(UuidEqual(&a, &b, &status));
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(UuidCompare(&a, &b, &status), -UuidCompare(&b, &a, &status));
    assert_int_equal(UuidCompare(NULL, &a, &status), -1);
    assert_int_equal(UuidHash(&a, &status), UuidHash(&a, &status));
    assert_int_equal(UuidHash(NULL, &status), 0);
    assert_int_equal(UuidCreateSequential(&c), RPC_S_UUID_LOCAL_ONLY);
    assert_int_equal(UuidCreateSequential(&d), RPC_S_UUID_LOCAL_ONLY);
    assert_int_equal(c.Data3 >> 12, 1);
    assert_int_equal(c.Data4[2] & 1, 1);
    assert_memory_equal(c.Data4, d.Data4, 8);
    assert_true((uint64_t)c.Data2 << 32 < (uint64_t)d.Data2 << 32 || c.Data1 < d.Data1);
}

struct binding_case {
    const char *text;
    RPC_STATUS status;
    const char *part[5]; /* NULL: empty */
};

static const struct binding_case binding_cases[] = {
    {"ncacn_ip_tcp:host[135]", 0, {NULL, "ncacn_ip_tcp", "host", "135", NULL}},
    {"ncacn_ip_tcp:", 0, {NULL, "ncacn_ip_tcp", NULL, NULL, NULL}},
    {"ncacn_ip_tcp:[]", 0, {NULL, "ncacn_ip_tcp", NULL, NULL, NULL}},
    {"ncacn_ip_tcp:fe80::1[5]", 0, {NULL, "ncacn_ip_tcp", "fe80::1", "5", NULL}},
    {"ncalrpc:[name]", 0, {NULL, "ncalrpc", NULL, "name", NULL}},
    {"ncalrpc:[endpoint=/a/b]", 0, {NULL, "ncalrpc", NULL, "/a/b", NULL}},
    {"ncalrpc:[x,a=b,c=d]", 0, {NULL, "ncalrpc", NULL, "x", "a=b,c=d"}},
    {"ncalrpc:[a=b]", 0, {NULL, "ncalrpc", NULL, NULL, "a=b"}},
    {"ncalrpc:[,a=b]", 0, {NULL, "ncalrpc", NULL, NULL, "a=b"}},
    {"ncalrpc:[a=b,endpoint=y]", 0, {NULL, "ncalrpc", NULL, "y", "a=b"}},
    {"p:a\\[b[\\\\pipe\\\\x\\=]", 0, {NULL, "p", "a[b", "\\pipe\\x=", NULL}},
    {"6ba7b810-9dad-11d1-80b4-00c04fd430c8@p:h[e]",
     0,
     {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "p", "h", "e", NULL}},
    {"", 1700, {0}},
    {"ncacn_ip_tcp", 1700, {0}},
    {":host", 1700, {0}},
    {"p:h[", 1700, {0}},
    {"p:h[e", 1700, {0}},
    {"p:h[e]x", 1700, {0}},
    {"p:h\\", 1700, {0}},
    {"p:[endpoint=a,endpoint=b]", 1700, {0}},
    {"@p:h", 1705, {0}},
    {"xyz@p:h", 1705, {0}},
    {"6ba7b810-9dad-11d1-80b4-00c04fd430c8@", 1700, {0}},
};

static void string_binding_parse_and_compose(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof binding_cases / sizeof binding_cases[0]; i++) {
        const struct binding_case *c = &binding_cases[i];
        RPC_CSTR part[5] = {0}, text = NULL, again[5] = {0};

        assert_int_equal(
            RpcStringBindingParseA(S(c->text), &part[0], &part[1], &part[2], &part[3], &part[4]),
            c->status);
        if (c->status != 0) {
            for (size_t k = 0; k < 5; k++)
                assert_null(part[k]);
            continue;
        }
        for (size_t k = 0; k < 5; k++)
            assert_string_equal((char *)part[k], c->part[k] == NULL ? "" : c->part[k]);
        assert_int_equal(
            RpcStringBindingComposeA(part[0], part[1], part[2], part[3], part[4], &text), RPC_S_OK);
        assert_int_equal(
            RpcStringBindingParseA(text, &again[0], &again[1], &again[2], &again[3], &again[4]),
            RPC_S_OK);
        for (size_t k = 0; k < 5; k++) {
            assert_string_equal((char *)part[k], (char *)again[k]);
            (void)RpcStringFreeA(&part[k]);
            (void)RpcStringFreeA(&again[k]);
        }
        (void)RpcStringFreeA(&text);
    }
}

static void string_binding_wide(void **state)
{
    static uint16_t text[] = {'n', 'c', 'a', 'l', 'r', 'p', 'c', ':', '[', 0x00e9, ']', 0};
    static uint16_t broken[] = {'p', ':', 0xd800, 0};
    RPC_WSTR endpoint = NULL, protseq = NULL, whole = NULL;

    (void)state;
    assert_int_equal(RpcStringBindingParseW(text, NULL, &protseq, NULL, &endpoint, NULL), RPC_S_OK);
    assert_int_equal(endpoint[0], 0x00e9);
    assert_int_equal(RpcStringBindingComposeW(NULL, protseq, NULL, endpoint, NULL, &whole),
                     RPC_S_OK);
    assert_memory_equal(whole, text, sizeof text);
    (void)RpcStringFreeW(&endpoint);
    (void)RpcStringFreeW(&protseq);
    (void)RpcStringFreeW(&whole);
    assert_int_equal(RpcStringBindingParseW(broken, NULL, NULL, NULL, NULL, NULL), 1700);
}

static void string_binding_limits(void **state)
{
    char *text = malloc(6000);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', 6000);
    memcpy(text, "p:", 2);
    text[RPC_LIMIT_STRING_BINDING] = '\0';
    assert_int_equal(RpcStringBindingParseA(S(text), NULL, NULL, NULL, NULL, NULL), RPC_S_OK);
    text[RPC_LIMIT_STRING_BINDING] = 'a';
    text[RPC_LIMIT_STRING_BINDING + 1] = '\0';
    assert_int_equal(RpcStringBindingParseA(S(text), NULL, NULL, NULL, NULL, NULL), 1700);
    assert_int_equal(RpcStringBindingComposeA(NULL, S("p"), S(text), NULL, NULL, NULL), 1700);
    assert_int_equal(RpcStringBindingComposeA(NULL, NULL, S("h"), NULL, NULL, NULL), 1700);
    assert_int_equal(RpcStringBindingComposeA(S("x"), S("p"), NULL, NULL, NULL, NULL), 1705);
    free(text);
}

/* Every allocation of a parse and a compose fails once; nothing leaks, outputs stay untouched. */
static void string_binding_without_memory(void **state)
{
    static const char text[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8@p:h[e,o=1]";
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    (void)state;
    for (uint64_t n = 1; status != RPC_S_OK; n++) {
        RPC_CSTR part[5] = {0};

        assert_true(n < 50);
        (void)mem_fail_at(n, 0);
        status = RpcStringBindingParseA(S(text), &part[0], &part[1], &part[2], &part[3], &part[4]);
        (void)mem_fail_at(0, 0);
        assert_true(status == RPC_S_OK || status == RPC_S_OUT_OF_MEMORY);
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(part[k] != NULL, status == RPC_S_OK);
            (void)RpcStringFreeA(&part[k]);
        }
    }
}

static void protseqs(void **state)
{
    RPC_PROTSEQ_VECTORA *v = NULL;
    RPC_PROTSEQ_VECTORW *w = NULL;

    (void)state;
    assert_int_equal(RpcNetworkIsProtseqValidA(S("ncacn_ip_tcp")), RPC_S_OK);
    assert_int_equal(RpcNetworkIsProtseqValidA(S("ncacn_np")), RPC_S_PROTSEQ_NOT_SUPPORTED);
    assert_int_equal(RpcNetworkIsProtseqValidA(S("nonsense")), RPC_S_INVALID_RPC_PROTSEQ);
    assert_int_equal(RpcNetworkInqProtseqsA(&v), RPC_S_OK);
    assert_int_equal(v->Count, 2);
    assert_int_equal(RpcProtseqVectorFreeA(&v), RPC_S_OK);
    assert_null(v);
    assert_int_equal(RpcNetworkInqProtseqsW(&w), RPC_S_OK);
    assert_int_equal(w->Protseq[1][0], 'n');
    assert_int_equal(RpcProtseqVectorFreeW(&w), RPC_S_OK);
}

static void endpoint_formats(void **state)
{
    static const char *const bad[] = {"", "0", "65536", "-1", "+5", " 5", "5 ", "0x10", "080"};
    static const char *const bad_listen[] = {"0",          ":0",          "host:0",
                                             "127.0.0.1:", "127.0.0.1:x", "1:2:0"};
    char address[RPC_ENDPOINT_ADDRESS];
    uint16_t port;

    (void)state;
    assert_int_equal(rpc_endpoint_check(RPC_TRANSPORT_TCP, "65535"), RPC_S_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(rpc_endpoint_check(RPC_TRANSPORT_TCP, bad[i]), 1706);
    assert_int_equal(rpc_endpoint_listen("135", address, &port), RPC_S_OK);
    assert_string_equal(address, "");
    assert_int_equal(port, 135);
    assert_int_equal(rpc_endpoint_listen("127.0.0.1:0", address, &port), RPC_S_OK);
    assert_string_equal(address, "127.0.0.1");
    assert_int_equal(port, 0);
    assert_int_equal(rpc_endpoint_listen("::1:4747", address, &port), RPC_S_OK);
    assert_string_equal(address, "::1");
    assert_int_equal(port, 4747);
    for (size_t i = 0; i < sizeof bad_listen / sizeof bad_listen[0]; i++)
        assert_int_equal(rpc_endpoint_listen(bad_listen[i], address, &port), 1706);
    assert_int_equal(rpc_endpoint_check(RPC_TRANSPORT_LOCAL, ".."), 1706);
    assert_int_equal(rpc_endpoint_check(RPC_TRANSPORT_LOCAL, "name"), RPC_S_OK);
}

static void endpoint_of_ncalrpc_is_in_a_folder_of_ours(void **state)
{
    struct sockaddr_un a;
    char long_name[200];

    (void)state;
    assert_int_equal(rpc_endpoint_local("/tmp/x.sock", false, &a), RPC_S_OK);
    assert_string_equal(a.sun_path, "/tmp/x.sock");
    if (geteuid() == 0) {
        assert_int_equal(rpc_endpoint_local("name", true, &a), RPC_S_OK);
        assert_string_equal(a.sun_path, "/run/holdfast/name");
    } else {
        char folder[] = "/tmp/holdfast-test-XXXXXX", inner[64];

        assert_non_null(mkdtemp(folder));
        assert_int_equal(setenv("XDG_RUNTIME_DIR", folder, 1), 0);
        assert_int_equal(rpc_endpoint_local("name", false, &a), RPC_S_SERVER_UNAVAILABLE);
        assert_int_equal(rpc_endpoint_local("name", true, &a), RPC_S_OK);
        snprintf(inner, sizeof inner, "%s/holdfast", folder);
        assert_int_equal(chmod(inner, 0777), 0);
        assert_int_equal(rpc_endpoint_local("name", true, &a), RPC_S_CANT_CREATE_ENDPOINT);
        (void)rmdir(inner);
        (void)rmdir(folder);
    }
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(rpc_endpoint_local(long_name, true, &a), RPC_S_INVALID_ENDPOINT_FORMAT);
}

static void texts(void **state)
{
    unsigned char text[DCE_C_ERROR_STRING_LEN];
    uint16_t wide[DCE_C_ERROR_STRING_LEN];

    (void)state;
    assert_int_equal(DceErrorInqTextA(1722, text), RPC_S_OK);
    assert_non_null(strstr((char *)text, "1722"));
    assert_int_equal(DceErrorInqTextW(1722, wide), RPC_S_OK);
    assert_int_equal(wide[0], text[0]);
    assert_int_equal(DceErrorInqTextA(-5, text), RPC_S_OK);
    assert_non_null(strstr((char *)text, "Unknown"));
    assert_int_equal(DceErrorInqTextA(5, NULL), RPC_S_INVALID_ARG);
}

static void endpoint_handles_and_vectors(void **state)
{
    struct rpc_string_binding parts = {.protseq = (char *)(uintptr_t) "ncacn_ip_tcp",
                                       .endpoint = (char *)(uintptr_t) "4747"};
    RPC_BINDING_VECTOR *v = mem_alloc(sizeof *v + sizeof v->BindingH[0]);
    RPC_CSTR text = NULL;
    RPC_BINDING_HANDLE junk = &parts, nothing = NULL;
    UUID object;

    (void)state;
    assert_non_null(v);
    v->Count = 2;
    assert_int_equal(rpc_handle_make_endpoint(&parts, &v->BindingH[0]), RPC_S_OK);
    assert_int_equal(RpcBindingToStringBindingA(v->BindingH[0], &text), RPC_S_OK);
    assert_string_equal((char *)text, "ncacn_ip_tcp:[4747]");
    (void)RpcStringFreeA(&text);
    assert_int_equal(RpcBindingInqObject(v->BindingH[0], &object), RPC_S_OK);
    assert_int_equal(RpcBindingVectorFree(&v), RPC_S_OK);
    assert_null(v);
    assert_int_equal(RpcBindingFree(&junk), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcBindingFree(&nothing), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpUnregister(NULL, NULL, NULL), RPC_S_UNKNOWN_IF);
}

/* A daemon forks first and uses the runtime then. The test is the first of this program. */
static void fork_before_use_closes_nothing(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(!rpc_runtime_is_closed() && rpc_fd_socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int ran_in_child;

static void in_child(void)
{
    ran_in_child = 1;
}

static void fork_closes_the_childs_copy(void **state)
{
    int fd = rpc_fd_socket(AF_UNIX, SOCK_STREAM, 0);
    int status;
    pid_t child;

    (void)state;
    assert_true(fd >= 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    rpc_fork_in_child(in_child);
    child = fork();
    if (child == 0) {
        int good = rpc_runtime_is_closed() && fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
                   ran_in_child && rpc_fd_socket(AF_UNIX, SOCK_STREAM, 0) == -1;
        pid_t grandchild = fork(); /* a closed copy forks as any process does */

        if (grandchild == 0)
            _exit(0);
        good = good && waitpid(grandchild, &status, 0) == grandchild && status == 0;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_false(rpc_runtime_is_closed());
    assert_true(fcntl(fd, F_GETFD) >= 0);
    rpc_fd_close(fd);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    rpc_fd_close(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fork_before_use_closes_nothing),
        cmocka_unit_test(uuid_text_round_trip),
        cmocka_unit_test(uuid_create_and_order),
        cmocka_unit_test(string_binding_parse_and_compose),
        cmocka_unit_test(string_binding_wide),
        cmocka_unit_test(string_binding_limits),
        cmocka_unit_test(string_binding_without_memory),
        cmocka_unit_test(protseqs),
        cmocka_unit_test(endpoint_formats),
        cmocka_unit_test(endpoint_of_ncalrpc_is_in_a_folder_of_ours),
        cmocka_unit_test(texts),
        cmocka_unit_test(endpoint_handles_and_vectors),
        cmocka_unit_test(fork_closes_the_childs_copy),
    };

    return cmocka_run_group_tests_name("rpc/core", tests, NULL, NULL);
}
