/* SPDX-License-Identifier: Apache-2.0
 *
 * features_test.c - bind-time features: what a bind asks for, what answers do, and calls given up on
 * connections that are kept
 *
 * MS-RPCE 3.3.1.5.3, 3.3.1.5.10; rpc-wire 5, rpc-associations 6.2
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

#include <holdfast/client.h>

#include "base/testing.h"
#include "rpc/client/fake_server.h"
#include "rpc/client/tuning.h"

static struct fake server;

static int start(void **state)
{
    (void)state;
    atomic_store(&rpc_client_tuning.linger_ms, 0);
    atomic_store(&rpc_client_tuning.trusted_us, 0); /* whatever ended is seen */
    fake_start(&server, false);
    server.features = WIRE_FEATURE_SECURITY_MULTIPLEXING | WIRE_FEATURE_KEEP_ON_ORPHAN;
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

static void limit(RPC_BINDING_HANDLE b, unsigned ms)
{
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, ms), RPC_S_OK);
}

/* ---- What is asked ---------------------------------------------------------------------------- */

#define FAKE_LE  "01000000 1111 2222 0102030405060708 01000000"
#define NDR20_LE "045d888aeb1cc9119fe808002b104860 02000000"
#define NDR64_LE "33057171babe37498319b5dbef9ccc36 01000000"
#define FEATURES "2c1cb76c12984045 0200000000000000 01000000"

struct seen {
    uint8_t pdu[256];
    size_t size;
};

static bool look(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct seen *s = conn->argument;

    if (h->type == WIRE_BIND && h->frag_length <= sizeof s->pdu) {
        memcpy(s->pdu, pdu, h->frag_length);
        s->size = h->frag_length;
    }
    return false;
}

static void expect_bind(const struct rpc_interface *interface, const char *hex)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct seen seen = {.size = 0};
    uint8_t wanted[256];
    char back[4];

    fake_set_hook(&server, look, &seen);
    assert_int_equal(fake_echo(interface, b, "abc", 4, back), RPC_S_OK);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(testing_hex(hex, wanted, sizeof wanted), seen.size);
    assert_memory_equal(seen.pdu, wanted, seen.size);
    (void)RpcBindingFree(&b);
}

/* Golden octets: the features stand behind the syntaxes, with the interface repeated, in one bind. */
static void bind_offers_syntaxes_and_features(void **state)
{
    struct rpc_interface wide = fake_interface;

    (void)state;
    wide.flags |= RPC_INTERFACE_NDR64;
    expect_bind(&fake_interface, "05 00 0b 03 10000000 7400 0000 01000000"
                                 "d016 d016 00000000 02 000000"
                                 "0000 01 00" FAKE_LE NDR20_LE "0100 01 00" FAKE_LE FEATURES);
    fake_restart(&server);
    expect_bind(&wide, "05 00 0b 03 10000000 a000 0000 01000000"
                       "d016 d016 00000000 03 000000"
                       "0000 01 00" FAKE_LE NDR20_LE "0100 01 00" FAKE_LE NDR64_LE
                       "0200 01 00" FAKE_LE FEATURES);
    assert_int_equal(fake_read(&server, &server.alters), 0);
}

/* ---- What is answered ------------------------------------------------------------------------- */

struct answer {
    uint8_t results; /* how many; 1: nothing is said about the features */
    struct wire_result result;
    RPC_STATUS status;
    bool kept; /* the connection of a call given up */
};

static bool answer_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    const struct answer *a = conn->argument;
    const struct wire_header r = {
        .type = WIRE_BIND_ACK, .flags = WIRE_WHOLE, .call_id = h->call_id};
    const struct wire_bind_ack ack = {
        .max_xmit = 5840, .max_recv = 5840, .group_id = 77, .result_count = a->results};
    const struct wire_result results[3] = {{.syntax = wire_ndr20}, a->result, a->result};
    uint8_t out[256];

    (void)pdu;
    if (h->type == WIRE_BIND)
        fake_send(conn, out, wire_put_bind_ack(out, sizeof out, &r, &ack, results));
    return h->type == WIRE_BIND;
}

/* Every answer that is one lets the call go on at once: one connection, one bind, no alter_context. */
static void old_and_odd_peers(void **state)
{
    static const struct answer answers[] = {
        {2, {WIRE_NEGOTIATE_ACK, 2, {{0}, {0}}}, RPC_S_OK, true},
        {2, {WIRE_NEGOTIATE_ACK, 0xffff, {{0}, {0}}}, RPC_S_OK, true},
        {2, {WIRE_NEGOTIATE_ACK, 1, {{0}, {0}}}, RPC_S_OK, false},
        {2, {WIRE_NEGOTIATE_ACK, 0, {{0}, {0}}}, RPC_S_OK, false},
        {2, {WIRE_PROVIDER_REJECTION, 2, {{0}, {0}}}, RPC_S_OK, false},
        {2, {WIRE_PROVIDER_REJECTION, 1, {{0}, {0}}}, RPC_S_OK, false},
        {2, {WIRE_USER_REJECTION, 0, {{0}, {0}}}, RPC_S_OK, false},
        {1, {0}, RPC_S_OK, false},
        {2, {WIRE_ACCEPTANCE, 0, {{0}, {0}}}, RPC_S_PROTOCOL_ERROR, false},
        {3, {WIRE_NEGOTIATE_ACK, 2, {{0}, {0}}}, RPC_S_PROTOCOL_ERROR, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        unsigned accepted = fake_read(&server, &server.accepted);
        struct answer a = answers[i];
        RPC_BINDING_HANDLE b = fake_bind(&server);

        assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
        fake_set_hook(&server, answer_hook, &a);
        assert_int_equal(echo(b), a.status);
        fake_set_hook(&server, NULL, NULL);
        assert_int_equal(fake_read(&server, &server.accepted), accepted + 1);
        assert_int_equal(fake_read(&server, &server.alters), 0);
        if (a.status == RPC_S_OK) {
            limit(b, 50);
            assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
            fake_open_gate(&server);
            if (!a.kept)
                fake_wait(&server, &server.live, 0);
            assert_int_equal(fake_read(&server, &server.live), a.kept);
        }
        (void)RpcBindingFree(&b);
        fake_wait(&server, &server.live, 0);
        server.gate = false; /* nobody is there */
    }
}

/* ---- Calls given up --------------------------------------------------------------------------- */

/* The association of the only connection lives on, and with it the handles. */
static void handles_survive_a_call_timeout(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *handle = NULL;

    (void)state;
    assert_int_equal(fake_call_open(b, &handle), RPC_S_OK);
    limit(b, 50);
    assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
    assert_int_equal(fake_call_use(handle), RPC_S_OK); /* on another connection */
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    assert_int_equal(fake_read(&server, &server.live), 2);
    assert_int_equal(fake_read(&server, &server.run_down), 0);
    fake_open_gate(&server);
    assert_int_equal(fake_call_close(&handle), RPC_S_OK);
    (void)RpcBindingFree(&b);
}

struct victim {
    RPC_BINDING_HANDLE binding;
    _Atomic(pthread_t) self;
    RPC_STATUS status;
};

static void *waits(void *argument)
{
    struct victim *v = argument;

    v->self = pthread_self();
    v->status = fake_call_wait(v->binding);
    return NULL;
}

/* The same where another thread cancels the call, and gives it no time. */
static void handles_survive_a_cancelled_call(void **state)
{
    struct victim v = {.binding = fake_bind(&server)};
    void *handle = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(fake_call_open(v.binding, &handle), RPC_S_OK);
    assert_int_equal(pthread_create(&thread, NULL, waits, &v), 0);
    fake_wait(&server, &server.waiting, 1);
    assert_int_equal(RpcCancelThreadEx((void *)v.self, 0), RPC_S_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(v.status, RPC_S_CALL_CANCELLED);
    assert_int_equal(fake_call_use(handle), RPC_S_OK); /* on another connection */
    assert_int_equal(fake_read(&server, &server.live), 2);
    assert_int_equal(fake_read(&server, &server.run_down), 0);
    fake_open_gate(&server);
    assert_int_equal(fake_call_close(&handle), RPC_S_OK);
    (void)RpcBindingFree(&v.binding);
}

static void handles_end_with_a_connection_that_is_not_kept(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *handle = NULL;

    (void)state;
    server.features = 0;
    assert_int_equal(fake_call_open(b, &handle), RPC_S_OK);
    limit(b, 50);
    assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
    fake_open_gate(&server);
    fake_wait(&server, &server.live, 0);
    assert_int_equal(fake_call_use(handle), RPC_X_SS_CONTEXT_MISMATCH);
    RpcSsDestroyClientContext(&handle);
    (void)RpcBindingFree(&b);
}

struct late {
    unsigned parts; /* fragments of the reply, of 4000 octets each */
    uint8_t flip;   /* the type of the last is changed by that */
    uint32_t other; /* added to its call id */
};

/* Answers `wait` on the first connection behind the gate, in fragments. Other connections are given up
 * by the client after a call, so that each call looks for the first one. */
static bool late_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    const struct late *l = conn->argument;
    struct fake *f = conn->server;

    if (h->type != WIRE_REQUEST)
        return false;
    if (conn->number != 0) {
        uint8_t out[WIRE_HEADER_SIZE];

        wire_put_control(out, &(struct wire_header){.type = WIRE_SHUTDOWN, .flags = WIRE_WHOLE});
        fake_send(conn, out, sizeof out);
        return false;
    }
    if (pdu[22] != 6)
        return false;
    (void)pthread_mutex_lock(&f->lock);
    while (!f->gate && !f->stopping)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    (void)pthread_mutex_unlock(&f->lock);
    for (unsigned i = 0; i < l->parts; i++) {
        bool last = i + 1 == l->parts;
        uint8_t out[WIRE_REQUEST_SIZE + 4000] = {0};
        const struct wire_header r = {
            .type = (uint8_t)(WIRE_RESPONSE ^ (last ? l->flip : 0)),
            .flags = (uint8_t)((i == 0 ? WIRE_FIRST_FRAG : 0) | (last ? WIRE_LAST_FRAG : 0)),
            .frag_length = sizeof out,
            .call_id = h->call_id + (last ? l->other : 0)};

        (void)wire_put_response(out, &r, &(struct wire_response){0});
        fake_send(conn, out, sizeof out);
    }
    return true;
}

/* A call of the first connection is given up; its late reply is as `l` says. Calls go on until that
 * connection has answered one of them, or is gone. */
static void give_up(struct late *l, unsigned *ret_answered, bool *ret_alive)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    fake_set_hook(&server, late_hook, l);
    limit(b, 50);
    assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
    limit(b, 0);
    fake_open_gate(&server);
    *ret_answered = 0;
    *ret_alive = true;
    for (unsigned ms = 1; ms < FAKE_CONNECTIONS - 1 && *ret_answered == 0 && *ret_alive; ms++) {
        const struct timespec pause = {0, ms * 1000000L};

        assert_int_equal(echo(b), RPC_S_OK);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&server.lock);
        *ret_answered = server.conns[0].calls;
        *ret_alive = server.conns[0].alive;
        (void)pthread_mutex_unlock(&server.lock);
    }
    (void)RpcBindingFree(&b);
    fake_set_hook(&server, NULL, NULL);
    fake_stop(&server);
    (void)start(NULL);
}

static void late_reply_frees_the_connection(void **state)
{
    static const unsigned parts[] = {1, 2, 200};

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct late l = {.parts = parts[i]};
        unsigned answered;
        bool alive;

        give_up(&l, &answered, &alive);
        assert_int_equal(answered, 1);
    }
}

/* What comes instead of the late reply ends that connection and nothing else. */
static void what_is_no_late_reply_ends_the_connection(void **state)
{
    static const struct late lates[] = {{1, WIRE_RESPONSE ^ WIRE_BIND_ACK, 0},
                                        {1, WIRE_RESPONSE ^ WIRE_SHUTDOWN, 0},
                                        {1, 0, 1},
                                        {2, 0, 9}};

    (void)state;
    for (size_t i = 0; i < sizeof lates / sizeof *lates; i++) {
        struct late l = lates[i];
        unsigned answered;
        bool alive;

        give_up(&l, &answered, &alive);
        assert_int_equal(answered, 0);
        assert_false(alive);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(bind_offers_syntaxes_and_features),
        TEST(old_and_odd_peers),
        TEST(handles_survive_a_call_timeout),
        TEST(handles_survive_a_cancelled_call),
        TEST(handles_end_with_a_connection_that_is_not_kept),
        TEST(late_reply_frees_the_connection),
        TEST(what_is_no_late_reply_ends_the_connection),
    };

    return cmocka_run_group_tests_name("rpc/client/features", tests, NULL, NULL);
}
