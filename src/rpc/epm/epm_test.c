/* SPDX-License-Identifier: Apache-2.0
 *
 * epm_test.c - the endpoint map through the public API: entering, asking, walking, dying
 *
 * The mapper is this process's server on a port and a socket of its own; servers that die are children.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rpc.h>

#include "base/mem.h"
#include "epm.h"
#include "rpc/epm/map.h"
#include "rpc/epm/serve.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CS(text) ((RPC_CSTR)(uintptr_t)(text))

/* An interface to enter; nothing is called through it but what a test registers. */
static struct rpc_interface thing = {
    .id = {{0x4d5e6f70, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, {3, 5}},
    .stub_version = NDR_STUB_VERSION,
    .name = "thing",
};

static char folder[] = "/tmp/holdfast-epm-XXXXXX";
static char mapper_tcp[64];

static RPC_BINDING_VECTOR *vector_of(unsigned count, const char *const *texts)
{
    RPC_BINDING_VECTOR *v = mem_alloc(sizeof *v + count * sizeof v->BindingH[0]);

    assert_non_null(v);
    v->Count = count;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(RpcBindingFromStringBindingA(CS(texts[i]), &v->BindingH[i]), RPC_S_OK);
    return v;
}

static void enter(const char *binding, bool replace, const char *annotation)
{
    RPC_BINDING_VECTOR *v = vector_of(1, &binding);

    assert_int_equal(replace ? RpcEpRegisterA(&thing, v, NULL, CS(annotation))
                             : RpcEpRegisterNoReplaceA(&thing, v, NULL, CS(annotation)),
                     RPC_S_OK);
    (void)RpcBindingVectorFree(&v);
}

static RPC_STATUS take_back(const char *binding)
{
    RPC_BINDING_VECTOR *v = vector_of(1, &binding);
    RPC_STATUS status = RpcEpUnregister(&thing, v, NULL);

    (void)RpcBindingVectorFree(&v);
    return status;
}

/* What a partially bound handle becomes. */
static RPC_STATUS resolve(const char *partial, char *ret, size_t room)
{
    RPC_BINDING_HANDLE b = NULL;
    RPC_CSTR text = NULL;
    RPC_STATUS status;

    assert_int_equal(RpcBindingFromStringBindingA(CS(partial), &b), RPC_S_OK);
    status = RpcEpResolveBinding(b, &thing);
    if (status == RPC_S_OK) {
        assert_int_equal(RpcBindingToStringBindingA(b, &text), RPC_S_OK);
        (void)snprintf(ret, room, "%s", (char *)text);
        (void)RpcStringFreeA(&text);
    }
    (void)RpcBindingFree(&b);
    return status;
}

/* ---- Tests ------------------------------------------------------------------------------------ */

static void entered_endpoints_are_found(void **state)
{
    char found[128] = "";

    (void)state;
    assert_int_equal(resolve("ncacn_ip_tcp:127.0.0.1", found, sizeof found), EPT_S_NOT_REGISTERED);
    enter("ncacn_ip_tcp:127.0.0.1[40001]", true, "things");
    enter("ncalrpc:[/run/things]", true, "things");
    assert_int_equal(epm_count(), 2);
    assert_int_equal(resolve("ncacn_ip_tcp:127.0.0.1", found, sizeof found), RPC_S_OK);
    assert_string_equal(found, "ncacn_ip_tcp:127.0.0.1[40001]");
    assert_int_equal(resolve("ncalrpc:", found, sizeof found), RPC_S_OK);
    assert_string_equal(found, "ncalrpc:[/run/things]");
    thing.id.SyntaxVersion.MinorVersion = 6; /* more than the server has */
    assert_int_equal(resolve("ncalrpc:", found, sizeof found), EPT_S_NOT_REGISTERED);
    thing.id.SyntaxVersion.MinorVersion = 4;
    assert_int_equal(resolve("ncalrpc:", found, sizeof found), RPC_S_OK);
    thing.id.SyntaxVersion.MinorVersion = 5;
    assert_int_equal(take_back("ncalrpc:[/run/things]"), RPC_S_OK);
    assert_int_equal(take_back("ncalrpc:[/run/things]"), EPT_S_NOT_REGISTERED);
    assert_int_equal(take_back("ncacn_ip_tcp:127.0.0.1[40001]"), RPC_S_OK);
    assert_int_equal(epm_count(), 0);
}

static void replacing_and_not(void **state)
{
    char found[128];

    (void)state;
    enter("ncacn_ip_tcp:127.0.0.1[40001]", true, "");
    enter("ncacn_ip_tcp:127.0.0.1[40002]", true, "");
    assert_int_equal(epm_count(), 1);
    assert_int_equal(resolve("ncacn_ip_tcp:127.0.0.1", found, sizeof found), RPC_S_OK);
    assert_string_equal(found, "ncacn_ip_tcp:127.0.0.1[40002]");
    enter("ncacn_ip_tcp:127.0.0.1[40003]", false, "");
    enter("ncacn_ip_tcp:127.0.0.1[40003]", false, ""); /* the same is one */
    assert_int_equal(epm_count(), 2);
    assert_int_equal(take_back("ncacn_ip_tcp:127.0.0.1[40002]"), RPC_S_OK);
    assert_int_equal(take_back("ncacn_ip_tcp:127.0.0.1[40003]"), RPC_S_OK);
}

static void wrong_arguments(void **state)
{
    const char *texts[] = {"ncacn_ip_tcp:127.0.0.1"};
    RPC_BINDING_VECTOR *v = vector_of(1, texts);
    char longest[EPT_ANNOTATION + 1];
    RPC_EP_INQ_HANDLE q = NULL;

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(RpcEpRegisterA(NULL, v, NULL, NULL), RPC_S_UNKNOWN_IF);
    assert_int_equal(RpcEpRegisterA(&thing, NULL, NULL, NULL), RPC_S_NO_BINDINGS);
    assert_int_equal(RpcEpRegisterA(&thing, v, NULL, NULL), RPC_S_INVALID_BINDING);
    assert_int_equal(RpcEpRegisterA(&thing, v, NULL, CS(longest)), RPC_S_STRING_TOO_LONG);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, 4, NULL, 0, NULL, &q), RPC_S_INVALID_ARG);
    assert_int_equal(RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_IF,
                                          &(RPC_IF_ID){thing.id.SyntaxGUID, 3, 5}, 9, NULL, &q),
                     RPC_S_INVALID_VERS_OPTION);
    assert_int_equal(RpcMgmtEpEltInqDone(&q), RPC_S_INVALID_ARG);
    (void)RpcBindingVectorFree(&v);
}

static unsigned walk(RPC_BINDING_HANDLE mapper, uint32_t type, RPC_IF_ID *id, uint32_t version,
                     UUID *object)
{
    RPC_EP_INQ_HANDLE q = NULL;
    unsigned n = 0;
    RPC_STATUS status;

    assert_int_equal(RpcMgmtEpEltInqBegin(mapper, type, id, version, object, &q), RPC_S_OK);
    for (;; n++) {
        RPC_BINDING_HANDLE b = NULL;
        RPC_CSTR annotation = NULL;
        RPC_IF_ID got;
        UUID of;

        status = RpcMgmtEpEltInqNextA(q, &got, &b, &of, &annotation);
        if (status != RPC_S_OK)
            break;
        assert_memory_equal(&got.Uuid, &thing.id.SyntaxGUID, sizeof got.Uuid);
        assert_string_equal((char *)annotation, "many");
        assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
        (void)RpcStringFreeA(&annotation);
    }
    assert_int_equal(status, RPC_X_NO_MORE_ENTRIES);
    assert_int_equal(RpcMgmtEpEltInqDone(&q), RPC_S_OK);
    return n;
}

/* More than a page, with objects, by every question. */
static void walks(void **state)
{
    UUID one = {1, 0, 0, {0}}, two = {2, 0, 0, {0}};
    UUID_VECTOR *objects = mem_alloc(sizeof *objects + sizeof(UUID *));
    RPC_IF_ID id = {thing.id.SyntaxGUID, 3, 5};
    RPC_BINDING_HANDLE mapper = NULL;
    char texts[100][40];
    const char *pointers[100];
    RPC_BINDING_VECTOR *v;

    (void)state;
    assert_non_null(objects);
    objects->Count = 2;
    objects->Uuid[0] = &one;
    objects->Uuid[1] = &two;
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "ncacn_ip_tcp:127.0.0.1[%u]", 41000 + i);
        pointers[i] = texts[i];
    }
    v = vector_of(100, pointers);
    assert_int_equal(RpcEpRegisterNoReplaceA(&thing, v, objects, CS("many")), RPC_S_OK);
    assert_int_equal(epm_count(), 200);
    assert_int_equal(RpcBindingFromStringBindingA(CS(mapper_tcp), &mapper), RPC_S_OK);
    assert_int_equal(walk(NULL, RPC_C_EP_ALL_ELTS, NULL, 0, NULL), 200);
    assert_int_equal(walk(mapper, RPC_C_EP_ALL_ELTS, NULL, 0, NULL), 200);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_OBJ, NULL, 0, &two), 100);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_BOTH, &id, RPC_C_VERS_EXACT, &one), 100);
    id.VersMinor = 6;
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_COMPATIBLE, NULL), 0);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_EXACT, NULL), 0);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_UPTO, NULL), 200);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_MAJOR_ONLY, NULL), 200);
    id.VersMajor = 4;
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_MAJOR_ONLY, NULL), 0);
    assert_int_equal(walk(mapper, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_ALL, NULL), 200);
    id = (RPC_IF_ID){thing.id.SyntaxGUID, 3, 5};
    assert_int_equal(RpcMgmtEpUnregister(mapper, &id, v->BindingH[7], &one), RPC_S_CANNOT_SUPPORT);
    assert_int_equal(RpcMgmtEpUnregister(NULL, &id, v->BindingH[7], &one), RPC_S_OK);
    assert_int_equal(RpcMgmtEpUnregister(NULL, &id, v->BindingH[7], &one), EPT_S_NOT_REGISTERED);
    assert_int_equal(epm_count(), 199);
    for (unsigned i = 0; i < 100; i++) {
        RPC_BINDING_VECTOR single = {1, {v->BindingH[i]}};

        (void)RpcEpUnregister(&thing, &single, objects);
    }
    assert_int_equal(epm_count(), 0);
    (void)RpcBindingFree(&mapper);
    (void)RpcBindingVectorFree(&v);
    mem_free(objects);
}

/* Over TCP nobody can enter anything: neither as Windows did nor in our way. */
static void entering_is_local(void **state)
{
    static const uint16_t refused[] = {0, 1, 5, 6};

    (void)state;
    for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++) {
        RPC_BINDING_HANDLE b = NULL;
        volatile RPC_STATUS status = RPC_S_OK;

        assert_int_equal(RpcBindingFromStringBindingA(CS(mapper_tcp), &b), RPC_S_OK);
        RpcTryExcept
        {
            switch (refused[i]) {
            case 0: c_ept_insert(b); break;
            case 1: c_ept_delete(b); break;
            case 5: c_ept_inq_object(b); break;
            default: c_ept_mgmt_delete(b); break;
            }
        }
        RpcExcept(1)
        {
            status = RpcExceptionCode();
        }
        RpcEndExcept
        assert_int_equal(status, EPT_S_CANT_PERFORM_OP);
        status = RPC_S_OK;
        RpcTryExcept
        {
            ept_lease_h lease = NULL;

            (void)c_ept_local_open(b, &lease);
        }
        RpcExcept(1)
        {
            status = RpcExceptionCode();
        }
        RpcEndExcept
        assert_int_equal(status, RPC_S_ACCESS_DENIED);
        (void)RpcBindingFree(&b);
    }
}

/* A walk is no lease, and the other way round: types are strict. */
static void handles_have_types(void **state)
{
    volatile RPC_STATUS status = RPC_S_OK;
    RPC_BINDING_HANDLE b = NULL;
    char local[128];
    volatile ept_lease_h lease = NULL;

    (void)state;
    (void)snprintf(local, sizeof local, "ncalrpc:[%s/mapper]", folder);
    assert_int_equal(RpcBindingFromStringBindingA(CS(local), &b), RPC_S_OK);
    RpcTryExcept
    {
        error_status_t answer = 0;
        uint32_t count = 0;
        ept_entry none[1];

        assert_int_equal(c_ept_local_open(b, (ept_lease_h *)(uintptr_t)&lease), RPC_S_OK);
        c_ept_lookup(b, 0, NULL, NULL, 1, (ept_walk_h *)(uintptr_t)&lease, 0, &count, none,
                     &answer);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    assert_int_equal(status, RPC_X_SS_CONTEXT_MISMATCH);
    RpcTryExcept
    {
        assert_int_equal(c_ept_local_close((ept_lease_h *)(uintptr_t)&lease), RPC_S_OK);
    }
    RpcExcept(1)
    {
        fail();
    }
    RpcEndExcept(void)
    RpcBindingFree(&b);
}

/* A server that is killed has no endpoints. */
static void entries_die_with_their_server(void **state)
{
    int tell[2], status;
    const char *self = *state;
    char octet = 0;
    pid_t child;

    assert_int_equal(pipe(tell), 0);
    child = fork();
    if (child == 0) {
        char fd[16];

        (void)close(tell[0]);
        (void)snprintf(fd, sizeof fd, "%d", tell[1]);
        (void)execl(self, self, fd, (char *)NULL);
        _exit(127);
    }
    (void)close(tell[1]);
    assert_int_equal(read(tell[0], &octet, 1), 1);
    assert_int_equal(octet, 'y');
    assert_int_equal(epm_count(), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    for (time_t end = time(NULL) + 60; epm_count() > 0 && time(NULL) < end;)
        (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    assert_int_equal(epm_count(), 0);
    (void)close(tell[0]);
}

/* A call by a partially bound handle asks by itself: here for management, at this very server. */
static void calls_resolve_by_themselves(void **state)
{
    const struct rpc_interface saved = thing;
    RPC_BINDING_HANDLE b = NULL;
    RPC_CSTR text = NULL;

    (void)state;
    assert_int_equal(RpcBindingFromStringBindingA(CS("ncacn_ip_tcp:127.0.0.1"), &b), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(b), EPT_S_NOT_REGISTERED);
    thing.id = (RPC_SYNTAX_IDENTIFIER){
        {0xafa8bd80, 0x7d8a, 0x11c9, {0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89}}, {1, 0}};
    enter(mapper_tcp, true, "");
    assert_int_equal(RpcMgmtIsServerListening(b), RPC_S_NOT_LISTENING); /* an answer */
    assert_int_equal(RpcBindingToStringBindingA(b, &text), RPC_S_OK);
    assert_string_equal((char *)text, mapper_tcp);
    (void)RpcStringFreeA(&text);
    assert_int_equal(take_back(mapper_tcp), RPC_S_OK);
    assert_int_equal(RpcBindingReset(b), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(b), EPT_S_NOT_REGISTERED);
    (void)RpcBindingFree(&b);
    thing = saved;
}

/* ---- Set-up ----------------------------------------------------------------------------------- */

/* The child that enters and waits to be killed. */
static int be_server(const char *fd)
{
    RPC_BINDING_VECTOR v = {1, {NULL}};
    char answer = 'n';

    if (RpcBindingFromStringBindingA(CS("ncacn_ip_tcp:127.0.0.1[40009]"), &v.BindingH[0]) ==
            RPC_S_OK &&
        RpcEpRegisterA(&thing, &v, NULL, NULL) == RPC_S_OK)
        answer = 'y';
    if (write(atoi(fd), &answer, 1) != 1)
        return 1;
    for (;;)
        (void)pause();
}

static int start_mapper(void **state)
{
    char local[64];
    RPC_BINDING_VECTOR *v = NULL;
    RPC_CSTR text = NULL, port = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(local, sizeof local, "%s/mapper", folder);
    assert_int_equal(RpcServerUseProtseqEpA(CS("ncacn_ip_tcp"), 10, CS("127.0.0.1:0"), NULL),
                     RPC_S_OK);
    assert_int_equal(RpcServerUseProtseqEpA(CS("ncalrpc"), 10, CS(local), NULL), RPC_S_OK);
    assert_int_equal(epm_serve(), RPC_S_OK);
    assert_int_equal(RpcServerInqBindings(&v), RPC_S_OK);
    assert_int_equal(RpcBindingToStringBindingA(v->BindingH[0], &text), RPC_S_OK);
    (void)snprintf(mapper_tcp, sizeof mapper_tcp, "%s", (char *)text);
    assert_int_equal(RpcStringBindingParseA(text, NULL, NULL, NULL, &port, NULL), RPC_S_OK);
    assert_int_equal(setenv("HOLDFAST_EPMAPPER", (char *)port, 1), 0);
    assert_int_equal(setenv("HOLDFAST_EPMAPPER_SOCKET", local, 1), 0);
    (void)RpcStringFreeA(&text);
    (void)RpcStringFreeA(&port);
    (void)RpcBindingVectorFree(&v);
    return 0;
}

static int clear_up(void **state)
{
    char local[64];

    (void)state;
    (void)snprintf(local, sizeof local, "%s/mapper", folder);
    (void)unlink(local);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entered_endpoints_are_found),
        cmocka_unit_test(replacing_and_not),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(walks),
        cmocka_unit_test(entering_is_local),
        cmocka_unit_test(handles_have_types),
        cmocka_unit_test(calls_resolve_by_themselves),
        cmocka_unit_test_prestate(entries_die_with_their_server, argv[0]),
    };

    if (argc == 2)
        return be_server(argv[1]);
    return cmocka_run_group_tests(tests, start_mapper, clear_up);
}
