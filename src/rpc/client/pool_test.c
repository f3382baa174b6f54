/* SPDX-License-Identifier: Apache-2.0
 *
 * pool_test.c - associations and their connections: reuse, retry (R1 to R8), linger, idle clean-up
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <holdfast/client.h>

#include "rpc/client/fake_server.h"
#include "rpc/client/tuning.h"

static struct fake server;

static void tune(void)
{
    atomic_store(&rpc_client_tuning.linger_ms, 20000);
    atomic_store(&rpc_client_tuning.idle_scan_ms, 10); /* once it is on, it stays on */
    atomic_store(&rpc_client_tuning.idle_limit_ms, 10000);
    atomic_store(&rpc_client_tuning.idle_limit_crowded_ms, 5000);
    atomic_store(&rpc_client_tuning.crowded_connections, 500);
    atomic_store(&rpc_client_tuning.bind_timeout_ms, 900000);
    atomic_store(&rpc_client_tuning.auto_idle_above, 1000000);
    atomic_store(&rpc_client_tuning.trusted_us, 1000);
    atomic_store(&rpc_client_tuning.com_timeout_unit_s, 120);
    atomic_store(&rpc_client_tuning.fresh_connections, 0);
}

static int start(void **state)
{
    (void)state;
    tune();
    fake_start(&server, false);
    return 0;
}

static int start_local(void **state)
{
    (void)state;
    tune();
    fake_start(&server, true);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(&server);
    return 0;
}

static unsigned long count(atomic_ulong *counter)
{
    return atomic_load(counter);
}

static RPC_STATUS echo(RPC_BINDING_HANDLE b)
{
    char back[4] = "";

    return fake_echo(&fake_interface, b, "abc", 4, back);
}

/* Waits until a counter of the client has a value. */
static void wait_count(atomic_ulong *counter, unsigned long value)
{
    const struct timespec step = {0, 1000000};

    for (int i = 0; i < 20000 && count(counter) != value; i++)
        (void)nanosleep(&step, NULL);
    assert_int_equal(count(counter), value);
}

/* Ends a binding and its association at once. */
static void done(RPC_BINDING_HANDLE *b)
{
    (void)RpcBindingSetOption(*b, RPC_C_OPT_DONT_LINGER, 1);
    assert_int_equal(RpcBindingFree(b), RPC_S_OK);
}

static void A2_N_sequential_calls_one_connection(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), second = fake_bind(&server);

    (void)state;
    for (int i = 0; i < 50; i++)
        assert_int_equal(echo(i % 2 == 0 ? b : second), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    done(&b);
    done(&second);
    fake_wait(&server, &server.live, 0);
}

/* ---- Concurrency ------------------------------------------------------------------------------ */

enum { THREADS = 8 };

static void *wait_call(void *binding)
{
    return (void *)(intptr_t)fake_call_wait(binding);
}

static void A2_N_concurrent_threads_N_connections(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t thread[THREADS];
    void *result;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, wait_call, b), 0);
    fake_wait(&server, &server.waiting, THREADS);
    assert_int_equal(fake_read(&server, &server.live), THREADS);
    fake_open_gate(&server);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_null(result);
    }
    /* One group: every bind but the first carried the id of the first. */
    assert_int_equal(server.next_group, 0x1001);
    assert_int_equal(fake_read(&server, &server.binds), THREADS);
    done(&b);
    fake_wait(&server, &server.live, 0);
}

static void *many_calls(void *binding)
{
    for (int i = 0; i < 300; i++) {
        void *h = NULL;

        if (echo(binding) != RPC_S_OK || fake_call_open(binding, &h) != RPC_S_OK ||
            fake_call_use(h) != RPC_S_OK || fake_call_close(&h) != RPC_S_OK)
            return (void *)1;
    }
    return NULL;
}

static void threads_share_a_binding(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t thread[THREADS];
    void *result;

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many_calls, b), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_null(result);
    }
    assert_in_range(fake_read(&server, &server.accepted), 1, THREADS);
    assert_int_equal(fake_tokens(&server), 0);
    done(&b);
}

/* Leaves `n` free connections in the pool. */
static void open_connections(RPC_BINDING_HANDLE b, int n)
{
    pthread_t thread[THREADS];

    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, wait_call, b), 0);
    fake_wait(&server, &server.waiting, (unsigned)n);
    fake_open_gate(&server);
    for (int i = 0; i < n; i++)
        (void)pthread_join(thread[i], NULL);
}

/* ---- Linger ----------------------------------------------------------------------------------- */

static void A3_last_reference_lingers_and_revives(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    unsigned long revivals = count(&rpc_client_counters.revivals);

    (void)state;
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    assert_null(b);
    assert_int_equal(fake_read(&server, &server.live), 1);
    b = fake_bind(&server);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    assert_int_equal(count(&rpc_client_counters.revivals), revivals + 1);
    done(&b);
}

static void A3_linger_ends(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    atomic_store(&rpc_client_tuning.linger_ms, 30);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    fake_wait(&server, &server.live, 0);
    wait_count(&rpc_client_counters.connections, 0);
    wait_count(&rpc_client_counters.associations, 0);
}

static void A3_dont_linger(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), second = fake_bind(&server);
    uintptr_t value = 9;

    (void)state;
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1),
                     RPC_S_WRONG_KIND_OF_BINDING); /* no call yet */
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(echo(second), RPC_S_OK);
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_OK);
    assert_int_equal(RpcBindingInqOption(second, RPC_C_OPT_DONT_LINGER, &value), RPC_S_OK);
    assert_int_equal(value, 1); /* the association's */
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.live), 1);
    assert_int_equal(RpcBindingFree(&second), RPC_S_OK);
    assert_int_equal(count(&rpc_client_counters.connections), 0);
    fake_wait(&server, &server.live, 0);
}

static void A3_context_handle_holds_the_association(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    done(&b);
    assert_int_equal(fake_call_use(h), RPC_S_OK); /* D: outlives the binding handle */
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    assert_int_equal(fake_tokens(&server), 1);
    RpcSsDestroyClientContext(&h); /* C4: the last reference */
    assert_null(h);
    fake_wait(&server, &server.run_down, 1);
    assert_int_equal(fake_tokens(&server), 0);
}

static void unique_binding_shares_nothing(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), alone = fake_bind(&server), copy = NULL;

    (void)state;
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(RpcBindingSetOption(alone, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    assert_int_equal(echo(alone), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    assert_int_equal(fake_read(&server, &server.last_asked), 0);
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1),
                     RPC_S_WRONG_KIND_OF_BINDING); /* shares already */
    assert_int_equal(RpcBindingCopy(alone, &copy), RPC_S_OK);
    assert_int_equal(echo(copy), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 3);
    assert_int_equal(RpcBindingFree(&alone), RPC_S_OK);
    assert_int_equal(RpcBindingFree(&copy), RPC_S_OK);
    fake_wait(&server, &server.live, 1); /* nobody could revive them */
    done(&b);
    fake_wait(&server, &server.live, 0);
    alone = fake_bind(&server);
    assert_int_equal(RpcBindingSetOption(alone, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    assert_int_equal(echo(alone), RPC_S_OK);
    b = fake_bind(&server);
    assert_int_equal(echo(b), RPC_S_OK); /* does not find it, either */
    assert_int_equal(fake_read(&server, &server.live), 2);
    assert_int_equal(RpcBindingFree(&alone), RPC_S_OK);
    done(&b);
}

/* ---- Retry ------------------------------------------------------------------------------------ */

static void R1_stale_pooled_connections_are_passed_over(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t thread[3];

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, wait_call, b), 0);
    fake_wait(&server, &server.waiting, 3);
    fake_open_gate(&server);
    for (int i = 0; i < 3; i++)
        (void)pthread_join(thread[i], NULL);
    fake_restart(&server);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 4);
    assert_int_equal(fake_read(&server, &server.last_asked), 0); /* A4: a new group */
    done(&b);
}

static bool reset_at_alter(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    (void)pdu;
    if (h->type != WIRE_ALTER_CONTEXT)
        return false;
    fake_end(conn, true);
    return true;
}

static void R1_reset_at_alter_context_binds_on_another_connection(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    char back[4];

    (void)state;
    fake_set_hook(&server, reset_at_alter, NULL);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_echo(&fake_second_interface, b, "abc", 4, back), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 3);
    /* It has learned: both interfaces keep a connection of their own. */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(echo(b), RPC_S_OK);
        assert_int_equal(fake_echo(&fake_second_interface, b, "abc", 4, back), RPC_S_OK);
    }
    assert_int_equal(fake_read(&server, &server.accepted), 3);
    fake_set_hook(&server, NULL, NULL);
    done(&b);
}

/* The only connection of an association with context handles is not put at risk. */
static void R1_alter_context_does_not_endanger_context_handles(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;
    char back[4];

    (void)state;
    fake_set_hook(&server, reset_at_alter, NULL);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_int_equal(fake_echo(&fake_second_interface, b, "abc", 4, back), RPC_S_OK);
    assert_int_equal(fake_call_use(h), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.run_down), 0);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    fake_set_hook(&server, NULL, NULL);
    done(&b);
}

struct drop_request {
    unsigned drops; /* how many requests are still to be dropped */
    bool partly;    /* after part of a reply */
};

static bool drop_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct drop_request *d = conn->argument;

    (void)pdu;
    if (h->type != WIRE_REQUEST || d->drops == 0)
        return false;
    d->drops--;
    if (d->partly) {
        struct wire_header r = {.type = WIRE_RESPONSE,
                                .flags = WIRE_FIRST_FRAG,
                                .frag_length = WIRE_REQUEST_SIZE + 8,
                                .call_id = h->call_id};
        struct wire_response body = {0};
        uint8_t out[WIRE_REQUEST_SIZE + 8] = {0};

        (void)wire_put_response(out, &r, &body);
        fake_send(conn, out, sizeof out);
    }
    fake_end(conn, false);
    return true;
}

/* A unix socket tells at once that nobody will read: the send fails before an octet is taken. */
static void R2_send_fails_before_a_fragment_is_out(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    unsigned long retries;
    void *h = NULL;

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 1000000000);
    assert_int_equal(echo(b), RPC_S_OK);
    fake_restart(&server);
    retries = count(&rpc_client_counters.retries);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(count(&rpc_client_counters.retries), retries + 1);
    assert_int_equal(fake_read(&server, &server.requests), 2);
    /* A context handle's call may not move to another association (R8). */
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    fake_restart(&server);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    RpcSsDestroyClientContext(&h);
    done(&b);
}

/* The server shuts its ear before it acknowledges: every send fails, but only one is repeated. */
static bool deaf_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    (void)pdu;
    if (h->type == WIRE_BIND)
        (void)shutdown(conn->fd, SHUT_RD);
    return false;
}

static void R2_is_tried_once(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    fake_set_hook(&server, deaf_hook, NULL);
    assert_int_equal(echo(b), RPC_S_SERVER_UNAVAILABLE);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    done(&b);
}

/* The idle scan closes oldest use first, so the connection used last is the one that is kept. */
static void A4_the_connection_used_last_survives(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;
    unsigned survivor = 0;

    (void)state;
    atomic_store(&rpc_client_tuning.idle_limit_ms, 100000);
    open_connections(b, 4);
    (void)usleep(2000);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    (void)pthread_mutex_lock(&server.lock);
    for (unsigned i = 0; i < server.accepted; i++)
        if (server.conns[i].calls == 2)
            survivor = i;
    (void)pthread_mutex_unlock(&server.lock);
    atomic_store(&rpc_client_tuning.idle_limit_ms, 30);
    assert_int_equal(RpcMgmtEnableIdleCleanup(), RPC_S_OK);
    fake_wait(&server, &server.live, 1);
    (void)pthread_mutex_lock(&server.lock);
    assert_true(server.conns[survivor].alive);
    (void)pthread_mutex_unlock(&server.lock);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    done(&b);
}

static void R5_request_sent_and_connection_lost_is_not_repeated(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct drop_request d = {.drops = 1};

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 1000000000);
    assert_int_equal(echo(b), RPC_S_OK);
    fake_set_hook(&server, drop_hook, &d);
    assert_int_equal(echo(b), RPC_S_CALL_FAILED);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_read(&server, &server.requests), 1);
    assert_int_equal(echo(b), RPC_S_OK);
    done(&b);
}

static void R7_reply_partly_received_is_not_repeated(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct drop_request d = {.drops = 1, .partly = true};

    (void)state;
    fake_set_hook(&server, drop_hook, &d);
    assert_int_equal(echo(b), RPC_S_CALL_FAILED);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_read(&server, &server.requests), 0);
    done(&b);
}

/* The first fragment of a long request ends the connection, with or without a fault that says why. */
static bool refuse_first(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    (void)pdu;
    if (h->type != WIRE_REQUEST)
        return false;
    if (conn->argument != NULL)
        fake_fault(conn, h, 5);
    fake_end(conn, conn->argument == NULL);
    return true;
}

static void R4_non_first_fragment_fails(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    size_t size = 32 << 20;
    uint8_t *data = calloc(1, size);
    RPC_STATUS status;

    (void)state;
    assert_non_null(data);
    assert_int_equal(echo(b), RPC_S_OK);
    fake_set_hook(&server, refuse_first, NULL);
    status = fake_echo(&fake_interface, b, data, (uint32_t)size, data);
    assert_int_equal(status, RPC_S_CALL_FAILED_DNE);
    fake_set_hook(&server, NULL, NULL);
    assert_int_equal(fake_read(&server, &server.requests), 1);
    done(&b);
    free(data);
}

/* A unix socket keeps what was sent to us before the end. */
static void R4_the_fault_behind_a_failed_send_is_reported(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    size_t size = 8 << 20;
    uint8_t *data = calloc(1, size);

    (void)state;
    assert_non_null(data);
    fake_set_hook(&server, refuse_first, &server);
    assert_int_equal(fake_echo(&fake_interface, b, data, (uint32_t)size, data), 5);
    fake_set_hook(&server, NULL, NULL);
    done(&b);
    free(data);
}

static void R6_fault_did_not_execute_is_not_repeated(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    assert_int_equal(fake_call_fault(b, 0x1C010003, NULL, NULL), RPC_S_UNKNOWN_IF);
    assert_int_equal(fake_read(&server, &server.requests), 1);
    done(&b);
}

static void R8_context_handle_of_a_dead_association(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    RPC_BINDING_HANDLE inner = NULL;
    void *h = NULL, *other = NULL;

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 0);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    fake_restart(&server);
    /* The group is refused (bind_nak 0) and nobody else lives: mismatch, again and again. */
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_not_equal(fake_read(&server, &server.last_asked), 0);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(fake_call_close(&h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_non_null(h);
    /* The binding handle gets a fresh association; the old handle does not migrate. */
    assert_int_equal(fake_call_open(b, &other), RPC_S_OK);
    assert_int_equal(fake_call_use(other), RPC_S_OK);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(RpcSsGetContextBinding(h, &inner), RPC_S_OK);
    assert_int_equal(echo(inner), RPC_X_SS_CONTEXT_MISMATCH); /* nor does the binding in it */
    RpcSsDestroyClientContext(&h);                            /* C8 */
    assert_int_equal(fake_call_close(&other), RPC_S_OK);
    done(&b);
    assert_int_equal(count(&rpc_client_counters.associations), 0);
}

static void R8_binding_handle_recovers_while_its_handles_do_not(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 0);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    fake_restart(&server);
    assert_int_equal(echo(b), RPC_S_OK); /* nak, then group 0: does not count as a retry */
    assert_int_equal(fake_read(&server, &server.last_asked), 0);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    RpcSsDestroyClientContext(&h);
    done(&b);
}

static bool nak_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct wire_header r = {.type = WIRE_BIND_NAK, .flags = WIRE_WHOLE, .call_id = h->call_id};
    uint8_t out[WIRE_BIND_NAK_SIZE];

    (void)pdu;
    if (h->type != WIRE_BIND)
        return false;
    wire_put_bind_nak(out, &r, WIRE_NAK_NOT_SPECIFIED);
    fake_send(conn, out, sizeof out);
    fake_end(conn, false);
    return true;
}

static bool other_group_hook(struct fake_conn *conn, const struct wire_header *h,
                             const uint8_t *pdu)
{
    struct wire_header r = {.type = WIRE_BIND_ACK, .flags = WIRE_WHOLE, .call_id = h->call_id};
    struct wire_bind_ack ack = {
        .max_xmit = 5840, .max_recv = 5840, .group_id = 0x9999, .result_count = 1};
    struct wire_result result = {.syntax = wire_ndr20};
    uint8_t out[128];

    (void)pdu;
    if (h->type == WIRE_BIND)
        fake_send(conn, out, wire_put_bind_ack(out, sizeof out, &r, &ack, &result));
    return h->type == WIRE_BIND;
}

/* While another connection lives a refused bind is one call's bad luck, and so is an acknowledgement
 * with another group, in which nobody would know our handles. */
static void R8_association_survives_a_refused_bind(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t thread;
    void *h = NULL, *result;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    assert_int_equal(pthread_create(&thread, NULL, wait_call, b), 0); /* keeps it busy */
    fake_wait(&server, &server.waiting, 1);
    fake_set_hook(&server, nak_hook, NULL);
    assert_int_equal(echo(b), RPC_S_CALL_FAILED_DNE);
    fake_set_hook(&server, other_group_hook, NULL);
    assert_int_equal(echo(b), RPC_S_PROTOCOL_ERROR);
    fake_set_hook(&server, NULL, NULL);
    fake_open_gate(&server);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
    assert_int_equal(fake_call_use(h), RPC_S_OK);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    done(&b);
}

static void R8_server_gone_is_unavailable(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 0);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    fake_stop(&server);
    assert_int_equal(fake_call_use(h), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(echo(b), RPC_S_SERVER_UNAVAILABLE);
    RpcSsDestroyClientContext(&h);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    fake_start(&server, false);
}

/* ---- Idle clean-up ---------------------------------------------------------------------------- */

static void A4_idle_connections_are_closed_all_without_handles(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    open_connections(b, 4);
    assert_int_equal(fake_read(&server, &server.live), 4);
    atomic_store(&rpc_client_tuning.idle_limit_ms, 30);
    assert_int_equal(RpcMgmtEnableIdleCleanup(), RPC_S_OK);
    fake_wait(&server, &server.live, 0);
    assert_int_equal(echo(b), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.last_asked), 0);
    done(&b);
}

static void A4_keep_one_while_handles_are_open(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    void *h = NULL;

    (void)state;
    atomic_store(&rpc_client_tuning.idle_limit_ms, 30);
    open_connections(b, 4);
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    fake_wait(&server, &server.live, 1);
    (void)usleep(100000); /* several scans later it is still there */
    assert_int_equal(fake_read(&server, &server.live), 1);
    assert_int_equal(fake_read(&server, &server.run_down), 0);
    assert_int_equal(fake_call_close(&h), RPC_S_OK);
    fake_wait(&server, &server.live, 0);
    done(&b);
}

static void A4_many_connections_turn_the_scan_on(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)
        state; /* the scan is on already when this runs after others: what is shown is that it works */
    atomic_store(&rpc_client_tuning.auto_idle_above, 3);
    atomic_store(&rpc_client_tuning.idle_limit_ms, 30);
    open_connections(b, 5);
    fake_wait(&server, &server.live, 0);
    done(&b);
}

/* ---- Time limits ------------------------------------------------------------------------------ */

static void *open_gate_later(void *unused)
{
    fake_wait(&server, &server.waiting, 2); /* one was given up */
    (void)usleep(150000);                   /* three times the limit that must not hold */
    fake_open_gate(&server);
    return unused;
}

static void call_timeout_cancels(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    uintptr_t value = 0;

    (void)state;
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 50), RPC_S_OK);
    assert_int_equal(RpcBindingInqOption(b, RPC_C_OPT_CALL_TIMEOUT, &value), RPC_S_OK);
    assert_int_equal(value, 50);
    assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
    assert_int_equal(echo(b), RPC_S_OK); /* on another connection */
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    fake_open_gate(&server);
    done(&b);
}

static void call_timeout_on_local_only_when_asked(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t opener;

    (void)state;
    assert_int_equal(RpcBindingSetOption(b, HOLDFAST_C_OPT_CALL_TIMEOUT, 50), RPC_S_OK);
    assert_int_equal(fake_call_wait(b), RPC_S_CALL_CANCELLED);
    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, 50), RPC_S_OK);
    assert_int_equal(pthread_create(&opener, NULL, open_gate_later, NULL), 0);
    assert_int_equal(fake_call_wait(b), RPC_S_OK);
    assert_int_equal(pthread_join(opener, NULL), 0);
    done(&b);
}

/* ---- Giving a server up ----------------------------------------------------------------------- */

static void *wait_there(void *binding)
{
    return (void *)(intptr_t)fake_call_wait(binding);
}

/* Calls of other threads end at once, the server runs the handles down, nobody is reached any more. */
static void sever_ends_all(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    pthread_t threads[3];
    void *h = NULL, *same = NULL, *result = NULL;

    (void)state;
    assert_int_equal(fake_call_open(b, &h), RPC_S_OK);
    same = h;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_there, b), 0);
    fake_wait(&server, &server.waiting, 3);
    assert_int_equal(holdfast_rpc_sever(h), RPC_S_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_int_equal((intptr_t)result, RPC_S_CALL_FAILED);
    }
    fake_open_gate(&server);
    fake_wait(&server, &server.live, 0);
    fake_wait(&server, &server.run_down, 1);
    assert_int_equal(fake_call_use(h), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(holdfast_rpc_sever(h), RPC_S_OK); /* once more: nothing is left to end */
    assert_int_equal(RpcSmDestroyClientContext(&h), RPC_S_OK);
    assert_int_equal(holdfast_rpc_sever(same), RPC_X_SS_CONTEXT_MISMATCH);
    assert_int_equal(echo(b), RPC_S_OK); /* a new association */
    done(&b);
}

static bool silent_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    (void)conn;
    (void)pdu;
    return h->type == WIRE_BIND || h->type == WIRE_ALTER_CONTEXT;
}

/* A server that accepts and says nothing: the bind ends, nothing has been executed. */
static void negotiation_is_bounded_in_time(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    unsigned patient = atomic_load(&rpc_client_tuning.bind_timeout_ms);
    char back[4];

    (void)state;
    atomic_store(&rpc_client_tuning.bind_timeout_ms, 50);
    fake_set_hook(&server, silent_hook, NULL);
    assert_int_equal(echo(b), RPC_S_SERVER_UNAVAILABLE);
    fake_set_hook(&server, NULL, NULL);
    atomic_store(&rpc_client_tuning.bind_timeout_ms, patient);
    assert_int_equal(echo(b), RPC_S_OK);
    atomic_store(&rpc_client_tuning.bind_timeout_ms, 50);
    fake_set_hook(&server, silent_hook, NULL);
    assert_int_equal(fake_echo(&fake_second_interface, b, "abc", 4, back),
                     RPC_S_SERVER_UNAVAILABLE);
    fake_set_hook(&server, NULL, NULL);
    done(&b);
}

/* The shorter limit of a crowded process. */
static void A4_crowded_process_closes_earlier(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    atomic_store(&rpc_client_tuning.idle_limit_ms, 1000000);
    atomic_store(&rpc_client_tuning.idle_limit_crowded_ms, 20);
    atomic_store(&rpc_client_tuning.crowded_connections, 3);
    open_connections(b, 5);
    assert_int_equal(RpcMgmtEnableIdleCleanup(), RPC_S_OK);
    for (int i = 0; i < 1000 && count(&rpc_client_counters.connections) > 3; i++)
        (void)usleep(10000);
    /* One scan took all that were idle for long enough, or stopped when few were left. */
    assert_in_range(count(&rpc_client_counters.connections), 0, 3);
    done(&b);
}

int main(void)
{
#define TEST(name)       cmocka_unit_test_setup_teardown(name, start, stop)
#define TEST_LOCAL(name) cmocka_unit_test_setup_teardown(name, start_local, stop)
    const struct CMUnitTest tests[] = {
        TEST(A2_N_sequential_calls_one_connection),
        TEST_LOCAL(A2_N_sequential_calls_one_connection),
        TEST(A2_N_concurrent_threads_N_connections),
        TEST_LOCAL(A2_N_concurrent_threads_N_connections),
        TEST(threads_share_a_binding),
        TEST(A3_last_reference_lingers_and_revives),
        TEST(A3_linger_ends),
        TEST(A3_dont_linger),
        TEST(A3_context_handle_holds_the_association),
        TEST(unique_binding_shares_nothing),
        TEST(R1_stale_pooled_connections_are_passed_over),
        TEST(R1_reset_at_alter_context_binds_on_another_connection),
        TEST(R1_alter_context_does_not_endanger_context_handles),
        TEST_LOCAL(R2_send_fails_before_a_fragment_is_out),
        TEST_LOCAL(R2_is_tried_once),
        TEST_LOCAL(R4_the_fault_behind_a_failed_send_is_reported),
        TEST(R4_non_first_fragment_fails),
        TEST(R5_request_sent_and_connection_lost_is_not_repeated),
        TEST(R6_fault_did_not_execute_is_not_repeated),
        TEST(R7_reply_partly_received_is_not_repeated),
        TEST(R8_context_handle_of_a_dead_association),
        TEST_LOCAL(R8_context_handle_of_a_dead_association),
        TEST(R8_binding_handle_recovers_while_its_handles_do_not),
        TEST(R8_association_survives_a_refused_bind),
        TEST(R8_server_gone_is_unavailable),
        TEST(call_timeout_cancels),
        TEST_LOCAL(call_timeout_on_local_only_when_asked),
        TEST(sever_ends_all),
        TEST_LOCAL(sever_ends_all),
        TEST(negotiation_is_bounded_in_time),
        TEST(A4_crowded_process_closes_earlier),
        TEST(A4_many_connections_turn_the_scan_on),
        TEST(A4_idle_connections_are_closed_all_without_handles),
        TEST(A4_keep_one_while_handles_are_open),
        TEST(A4_the_connection_used_last_survives),
    };

    return cmocka_run_group_tests_name("rpc/client/pool", tests, NULL, NULL);
}
