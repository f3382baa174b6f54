/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmt_test.c - RpcMgmt* about this server and over the wire (rpc-associations 10), listening and its
 * end (section 9), registration and its flags (rpc-api 2.2, 4)
 */
#include "raw.h"
#include "probe.h"

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

#define INTERFACE ((RPC_IF_HANDLE)(uintptr_t)&probe_interface)

static int stop(void **state)
{
    (void)RpcMgmtSetAuthorizationFn(NULL);
    return probe_teardown(state);
}

static RPC_BINDING_HANDLE binding(void)
{
    RPC_BINDING_HANDLE b = NULL;
    char text[64];

    (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%u]", probe_port);
    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)text, &b), RPC_S_OK);
    return b;
}

static int allow_all(RPC_BINDING_HANDLE client, uint32_t operation, RPC_STATUS *status)
{
    (void)operation;
    *status = RPC_S_OK;
    return client != NULL;
}

static int refuse_all(RPC_BINDING_HANDLE client, uint32_t operation, RPC_STATUS *status)
{
    (void)client;
    (void)operation;
    *status = 4711;
    return 0;
}

static void questions_local_and_remote(void **state)
{
    RPC_BINDING_HANDLE b = binding(), both[] = {NULL, b};

    (void)state;
    for (int i = 0; i < 2; i++) {
        RPC_IF_ID_VECTOR *ids = NULL;
        RPC_STATS_VECTOR *stats = NULL;

        assert_int_equal(RpcMgmtIsServerListening(both[i]), RPC_S_OK);
        assert_int_equal(RpcMgmtInqIfIds(both[i], &ids), RPC_S_OK);
        assert_int_equal(ids->Count, 1);
        assert_memory_equal(&ids->IfId[0]->Uuid, &probe_interface.id.SyntaxGUID, sizeof(UUID));
        assert_int_equal(ids->IfId[0]->VersMinor, 2);
        assert_int_equal(RpcIfIdVectorFree(&ids), RPC_S_OK);
        assert_int_equal(RpcMgmtInqStats(both[i], &stats), RPC_S_OK);
        assert_int_equal(stats->Count, 4);
        if (i == 1)
            assert_true(stats->Stats[RPC_C_STATS_CALLS_IN] >= 2);
        assert_int_equal(RpcMgmtStatsVectorFree(&stats), RPC_S_OK);
    }
    assert_int_equal(RpcMgmtStopServerListening(b), RPC_S_ACCESS_DENIED);
    assert_int_equal(RpcMgmtSetAuthorizationFn(refuse_all), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(b), 4711);
    assert_int_equal(RpcMgmtSetAuthorizationFn(allow_all), RPC_S_OK);
    assert_int_equal(RpcMgmtStopServerListening(b), RPC_S_OK);
    assert_int_equal(RpcMgmtIsServerListening(b), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcMgmtStopServerListening(b), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
}

static void *wait_for_end(void *argument)
{
    *(RPC_STATUS *)argument = RpcMgmtWaitServerListen();
    return NULL;
}

static void stopping_lets_running_calls_finish(void **state)
{
    uint8_t handle[20], out[64];
    int32_t value = 5;
    RPC_STATUS status = -1;
    pthread_t waiter;
    struct raw r, other;

    (void)state;
    raw_connect(&r, probe_port);
    raw_bind(&r, &probe_interface.id, 0, 0);
    assert_int_equal(raw_call(&r, PROBE_OPEN, &value, 4, handle, &(size_t){20}), 0);
    probe_shut();
    (void)raw_request(&r, PROBE_USE, handle, 20);
    probe_wait_inside(1);
    assert_int_equal(pthread_create(&waiter, NULL, wait_for_end, &status), 0);
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    raw_connect(&other, probe_port);
    raw_bind(&other, &probe_interface.id, 0, 0); /* connections are still taken */
    assert_int_equal(raw_call(&other, PROBE_NULL, NULL, 0, NULL, &(size_t){0}), 0x1C010014);
    probe_open();
    assert_int_equal(raw_answer(&r, out, &(size_t){64}), 0);
    pthread_join(waiter, NULL);
    assert_int_equal(status, RPC_S_OK);
    assert_int_equal(RpcMgmtWaitServerListen(), RPC_S_NOT_LISTENING);
    assert_int_equal(RpcServerListen(1, 10, 1), RPC_S_OK); /* handles and connections have stayed */
    assert_int_equal(raw_call(&r, PROBE_USE, handle, 20, out, &(size_t){64}), 0);
    raw_close(&r);
    raw_close(&other);
}

static void listen_checks_its_arguments(void **state)
{
    (void)state;
    assert_int_equal(RpcServerListen(1, 0, 1), RPC_S_MAX_CALLS_TOO_SMALL);
    assert_int_equal(RpcServerListen(5, 4, 1), RPC_S_MAX_CALLS_TOO_SMALL);
    assert_int_equal(RpcServerListen(1, 10, 1), RPC_S_ALREADY_LISTENING);
}

static void max_calls_queues(void **state)
{
    enum { N = 12 };
    struct raw r[N];
    uint8_t out[20];
    int32_t value = 1;

    (void)state;
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    assert_int_equal(RpcMgmtWaitServerListen(), RPC_S_OK);
    assert_int_equal(RpcServerListen(1, 3, 1), RPC_S_OK);
    for (int i = 0; i < N; i++) {
        uint8_t handle[20];

        raw_connect(&r[i], probe_port);
        raw_bind(&r[i], &probe_interface.id, 0, 0);
        assert_int_equal(raw_call(&r[i], PROBE_OPEN, &value, 4, handle, &(size_t){20}), 0);
        memcpy(r[i].in + 1024, handle, 20);
    }
    probe_reset();
    probe_shut();
    for (int i = 0; i < N; i++)
        (void)raw_request(&r[i], PROBE_USE, r[i].in + 1024, 20);
    probe_wait_inside(3);
    raw_reset(&r[N - 1]); /* one of those that wait goes */
    probe_open();
    for (int i = 0; i < N - 1; i++) {
        assert_int_equal(raw_answer(&r[i], out, &(size_t){20}), 0);
        raw_close(&r[i]);
    }
    assert_int_equal(atomic_load(&probe_counts.most_inside), 3);
}

static RPC_STATUS say_no(RPC_IF_HANDLE interface, void *client)
{
    assert_ptr_equal(interface, INTERFACE);
    assert_non_null(client);
    return 1;
}

static atomic_int asked;

static RPC_STATUS say_yes(RPC_IF_HANDLE interface, void *client)
{
    (void)interface;
    (void)client;
    atomic_fetch_add(&asked, 1);
    return RPC_S_OK;
}

static uint32_t null_by(bool local)
{
    struct raw r;
    uint32_t fault = 0;

    if (local)
        raw_connect_unix(&r, probe_path);
    else
        raw_connect(&r, probe_port);
    raw_bind(&r, &probe_interface.id, 0, 0);
    for (int i = 0; i < 3 && fault == 0; i++)
        fault = raw_call(&r, PROBE_NULL, NULL, 0, NULL, &(size_t){0});
    raw_close(&r);
    return fault;
}

static void registration_flags(void **state)
{
    const struct {
        unsigned flags;
        RPC_IF_CALLBACK_FN *callback;
        uint32_t tcp, local;
        int asked;
    } cases[] = {
        {0, NULL, 0, 0, 0},
        {RPC_IF_ALLOW_LOCAL_ONLY, NULL, 5, 0, 0},
        {RPC_IF_ALLOW_SECURE_ONLY, NULL, 5, 0, 0},
        {0, say_yes, 5, 0, 1}, /* unauthenticated: refused before the callback */
        {RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, say_yes, 0, 0, 2},
        {RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH | RPC_IF_SEC_NO_CACHE, say_yes, 0, 0, 6},
        {RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH, say_no, 5, 5, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(RpcServerUnregisterIf(INTERFACE, NULL, 1), RPC_S_OK);
        assert_int_equal(
            RpcServerRegisterIfEx(INTERFACE, NULL, NULL, cases[i].flags, 10, cases[i].callback),
            RPC_S_OK);
        atomic_store(&asked, 0);
        assert_int_equal(null_by(false), cases[i].tcp);
        assert_int_equal(null_by(true), cases[i].local);
        assert_int_equal(atomic_load(&asked), cases[i].asked);
    }
}

extern RPC_IF_HANDLE diag_v1_0_s_ifspec; /* which takes the interface into this program */

/* The answer to a question for counters, asked from a socket of that user. */
static uint32_t counters_for(uid_t uid, bool local)
{
    static uint8_t stub[65536];
    size_t size = sizeof stub;
    uint32_t status;
    struct raw r;

    (void)setfsuid(uid); /* of this thread alone */
    if (local)
        raw_connect_unix(&r, probe_path);
    else
        raw_connect(&r, probe_port);
    (void)setfsuid(geteuid());
    raw_bind(&r, &((const struct rpc_interface *)diag_v1_0_s_ifspec)->id, 0, 0);
    assert_int_equal(raw_call(&r, 0, NULL, 0, stub, &size), 0);
    raw_close(&r);
    memcpy(&status, stub + size - sizeof status, sizeof status);
    assert_int_equal(size > 8, status == RPC_S_OK); /* else nothing but a NULL before it */
    return status;
}

static void who_may_look(void **state)
{
    (void)state;
    assert_int_equal(counters_for(geteuid(), false), RPC_S_OK);
    assert_int_equal(counters_for(geteuid(), true), RPC_S_OK);
    if (geteuid() == 0) /* nobody else can make a socket that is another's */
        assert_int_equal(counters_for(65534, false), RPC_S_ACCESS_DENIED);
}

static void registration_errors(void **state)
{
    struct rpc_interface wrong = probe_interface;
    UUID type = {1, 2, 3, {4}};

    (void)state;
    wrong.stub_version++;
    assert_int_equal(RpcServerRegisterIf(&wrong, NULL, NULL), RPC_X_WRONG_STUB_VERSION);
    assert_int_equal(RpcServerRegisterIf(NULL, NULL, NULL), RPC_S_UNKNOWN_IF);
    assert_int_equal(RpcServerRegisterIf(INTERFACE, NULL, NULL), RPC_S_TYPE_ALREADY_REGISTERED);
    assert_int_equal(RpcServerRegisterIf3(INTERFACE, &type, NULL, 0, 1, 100, NULL, &type),
                     RPC_S_CANNOT_SUPPORT);
    assert_int_equal(RpcServerRegisterIf(INTERFACE, &type, NULL), RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, &type, 0), RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, &type, 0), RPC_S_UNKNOWN_MGR_TYPE);
    assert_int_equal(null_by(false), 0);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, NULL, 0), RPC_S_OK);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, NULL, 0), RPC_S_UNKNOWN_IF);
}

static void auto_listen_needs_no_listening(void **state)
{
    (void)state;
    assert_int_equal(RpcMgmtStopServerListening(NULL), RPC_S_OK);
    assert_int_equal(null_by(false), 0x1C010014);
    assert_int_equal(RpcServerUnregisterIf(INTERFACE, NULL, 1), RPC_S_OK);
    assert_int_equal(RpcServerRegisterIfEx(INTERFACE, NULL, NULL, RPC_IF_AUTOLISTEN, 10, NULL),
                     RPC_S_OK);
    assert_int_equal(null_by(false), 0);
    assert_int_equal(RpcServerUnregisterIf(NULL, NULL, 1),
                     RPC_S_OK); /* not those that auto-listen */
    assert_int_equal(null_by(false), 0);
}

static void object_types_choose_the_manager(void **state)
{
    UUID object = {9, 9, 9, {9}}, type = {8, 8, 8, {8}}, got;
    uint8_t pdu[WIRE_REQUEST_OBJECT_SIZE];
    struct wire_header h = {.type = WIRE_REQUEST,
                            .flags = WIRE_WHOLE,
                            .frag_length = WIRE_REQUEST_OBJECT_SIZE,
                            .call_id = 2};
    struct wire_request q = {.opnum = PROBE_NULL, .has_object = true, .object = object};
    struct raw_reply reply;
    struct raw r;

    (void)state;
    assert_int_equal(RpcObjectInqType(&object, &got), RPC_S_OBJECT_NOT_FOUND);
    assert_int_equal(RpcObjectSetType(&object, &type), RPC_S_OK);
    assert_int_equal(RpcObjectSetType(&object, &type), RPC_S_ALREADY_REGISTERED);
    raw_connect(&r, probe_port);
    raw_bind(&r, &probe_interface.id, 0, 0);
    (void)wire_put_request(pdu, &h, &q);
    raw_send(&r, pdu, sizeof pdu);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.fault, 0x1C010017); /* no manager of that type */
    assert_int_equal(RpcServerRegisterIf(INTERFACE, &type, NULL), RPC_S_OK);
    h.call_id = 3;
    (void)wire_put_request(pdu, &h, &q);
    raw_send(&r, pdu, sizeof pdu);
    assert_true(raw_receive(&r, &reply));
    assert_int_equal(reply.h.type, WIRE_RESPONSE);
    raw_close(&r);
    assert_int_equal(RpcObjectSetType(&object, NULL), RPC_S_OK);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, probe_setup, stop)
    const struct CMUnitTest tests[] = {
        ROW(questions_local_and_remote),
        ROW(stopping_lets_running_calls_finish),
        ROW(listen_checks_its_arguments),
        ROW(max_calls_queues),
        ROW(registration_flags),
        ROW(who_may_look),
        ROW(registration_errors),
        ROW(auto_listen_needs_no_listening),
        ROW(object_types_choose_the_manager),
    };

    return cmocka_run_group_tests_name("mgmt", tests, NULL, NULL);
}
