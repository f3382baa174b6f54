/* SPDX-License-Identifier: Apache-2.0
 *
 * call_test.c - calls against a server of raw PDUs: negotiation, fragments, faults, hostile replies
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rpc/client/connection.h"
#include "rpc/client/fake_server.h"
#include "rpc/client/tuning.h"

static struct fake server;

static int start(void **state)
{
    (void)state;
    atomic_store(&rpc_client_tuning.linger_ms, 0);
    fake_start(&server, false);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    fake_stop(&server);
    return 0;
}

/* A binding handle whose connections no other test or round has used. */
static RPC_BINDING_HANDLE bind_alone(void)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    assert_int_equal(RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    return b;
}

static void echo_sizes(bool local, bool object)
{
    static const uint32_t sizes[] = {0,     1,     7,     8,     700,    776,    800,
                                     5000,  5799,  5800,  5801,  5808,   5816,   5817,
                                     11632, 11640, 20000, 65536, 100000, 300000, 1000003};
    uint8_t *data = malloc(1000003), *back = malloc(1000003);
    RPC_BINDING_HANDLE b;
    UUID id;

    if (local) {
        fake_stop(&server);
        fake_start(&server, true);
    }
    b = fake_bind(&server);
    if (object) {
        assert_int_equal(UuidCreate(&id), RPC_S_OK);
        assert_int_equal(RpcBindingSetObject(b, &id), RPC_S_OK);
    }
    assert_true(data != NULL && back != NULL);
    for (uint32_t i = 0; i < 1000003; i++)
        data[i] = (uint8_t)(i * 31 + i / 253);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(back, 0, sizes[i]);
        assert_int_equal(fake_echo(&fake_interface, b, data, sizes[i], back), RPC_S_OK);
        assert_memory_equal(data, back, sizes[i]);
    }
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
    free(data);
    free(back);
}

static void fragments_both_ways(void **state)
{
    (void)state;
    echo_sizes(false, false);
}

static void fragments_both_ways_with_object(void **state)
{
    (void)state;
    echo_sizes(false, true);
}

static void fragments_both_ways_ncalrpc(void **state)
{
    (void)state;
    echo_sizes(true, false);
}

/* Arguments in thousands of small pieces: more than one vector holds. */
static void request_of_many_pieces(void **state)
{
    enum { PIECES = 3000, PIECE = 4096 };
    struct rpc_client_call c;
    RPC_BINDING_HANDLE b = fake_bind(&server);
    uint8_t *piece = malloc(PIECE);
    uint32_t good = 0;

    (void)state;
    assert_non_null(piece);
    memset(piece, 0x5A, PIECE);
    rpc_client_begin(&c, &fake_interface, 0, 0);
    rpc_client_bind(&c, b);
    assert_true(rpc_client_start(&c));
    for (int i = 0; i < PIECES / 10; i++) {
        ndr_put_small(&c.out, 1);
        ndr_put_array(&c.out, piece, PIECE, 1);
    }
    assert_true(rpc_client_exchange(&c));
    for (int i = 0; i < PIECES / 10; i++) {
        const uint8_t *p;

        good += ndr_get_small(&c.in) == 1;
        p = ndr_in_take(&c.in, 1, PIECE);
        good += p != NULL && memcmp(p, piece, PIECE) == 0;
    }
    rpc_client_end(&c, NULL, NULL);
    assert_int_equal(good, PIECES / 10 * 2);
    (void)RpcBindingFree(&b);
    free(piece);
}

static void reply_in_small_fragments(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    server.reply_part = 8;
    assert_int_equal(fake_call_big(b, 4001), RPC_S_OK);
    server.reply_part = 1;
    assert_int_equal(fake_call_big(b, 100), RPC_S_OK);
    server.reply_part = 0;
    assert_int_equal(fake_call_big(b, 3000000), RPC_S_OK);
    (void)RpcBindingFree(&b);
}

static void reply_of_a_big_endian_server(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct rpc_client_call c;
    uint32_t value = 0;

    (void)state;
    server.big_endian = true;
    rpc_client_begin(&c, &fake_interface, 0, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_long(&c.out, 0x01020304);
        if (rpc_client_exchange(&c))
            value = ndr_get_long(&c.in);
    }
    rpc_client_end(&c, NULL, NULL);
    assert_int_equal(value, 0x04030201); /* the octets came back as they went */
    (void)RpcBindingFree(&b);
}

static void alter_context_for_a_second_interface(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    char back[4];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), RPC_S_OK);
        assert_int_equal(fake_echo(&fake_second_interface, b, "def", 4, back), RPC_S_OK);
        assert_string_equal(back, "def");
    }
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    assert_int_equal(fake_read(&server, &server.binds), 1);
    assert_int_equal(fake_read(&server, &server.alters), 1);
    (void)RpcBindingFree(&b);
}

static void unknown_interface_leaves_the_connection(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    char back[4];

    (void)state;
    assert_int_equal(fake_echo(&fake_unknown_interface, b, "abc", 4, back), RPC_S_UNKNOWN_IF);
    assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), RPC_S_OK);
    assert_int_equal(fake_echo(&fake_unknown_interface, b, "abc", 4, back), RPC_S_UNKNOWN_IF);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    (void)RpcBindingFree(&b);
}

static void faults_map_to_statuses(void **state)
{
    static const struct {
        uint32_t fault;
        RPC_STATUS status;
    } rows[] = {{0x1C00001A, 6},         {0x1C010003, 1717}, {0x1C010002, 1745}, {5, 5},
                {0x6F7, 1783},           {0x1C00001B, 1130}, {0xC0000005, 1728}, {0x1C010014, 1723},
                {0x20000001, 0x20000001}};
    RPC_BINDING_HANDLE b = fake_bind(&server);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(fake_call_fault(b, rows[i].fault, NULL, NULL), rows[i].status);
    assert_int_equal(fake_read(&server, &server.accepted), 1);
    (void)RpcBindingFree(&b);
}

static void status_variables_take_their_class_only(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server), nobody = NULL;
    error_status_t comm = 99, fault = 99;

    (void)state;
    assert_int_equal(fake_call_fault(b, 5, &comm, &fault), RPC_S_OK);
    assert_int_equal(comm, 0);
    assert_int_equal(fault, 5);
    assert_int_equal(fake_call_fault(b, 5, &comm, NULL), 5);
    assert_int_equal(fake_call_fault(b, 5, &comm, &comm), RPC_S_OK);
    assert_int_equal(comm, 5);
    assert_int_equal(fake_call_fault(NULL, 5, &comm, &fault), RPC_S_OK);
    assert_int_equal(comm, RPC_S_INVALID_BINDING);
    assert_int_equal(fake_call_fault(NULL, 5, NULL, &fault), RPC_S_INVALID_BINDING);
    assert_int_equal(
        RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t) "ncalrpc:[/nonexistent/x]", &nobody),
        RPC_S_OK);
    assert_int_equal(fake_call_fault(nobody, 5, &comm, &fault), RPC_S_OK);
    assert_int_equal(comm, RPC_S_SERVER_UNAVAILABLE);
    (void)RpcBindingFree(&nobody);
    (void)RpcBindingFree(&b);
}

static void caller_errors_send_nothing_and_are_raised(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct rpc_client_call c;
    error_status_t comm = 7, fault = 7;
    volatile RPC_STATUS raised = 0;

    (void)state;
    rpc_client_begin(&c, &fake_interface, 0, 0);
    rpc_client_bind(&c, b);
    assert_true(rpc_client_start(&c));
    ndr_put_ref(&c.out, NULL);
    assert_false(rpc_client_exchange(&c));
    RpcTryExcept
    {
        rpc_client_end(&c, &comm, &fault);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    assert_int_equal(raised, RPC_X_NULL_REF_POINTER);
    assert_int_equal(comm, 0);
    assert_int_equal(fake_read(&server, &server.requests), 0);
    (void)RpcBindingFree(&b);
}

static void stubs_of_another_version_are_refused(void **state)
{
    struct rpc_interface other = fake_interface;
    RPC_BINDING_HANDLE b = fake_bind(&server);
    RPC_IF_ID id;
    char back[4];

    (void)state;
    other.stub_version = NDR_STUB_VERSION + 1;
    assert_int_equal(fake_echo(&other, b, "abc", 4, back), RPC_X_WRONG_STUB_VERSION);
    assert_int_equal(RpcIfInqId(&other, &id), RPC_X_WRONG_STUB_VERSION);
    assert_int_equal(RpcIfInqId(&fake_interface, &id), RPC_S_OK);
    assert_int_equal(id.Uuid.Data1, 1);
    (void)RpcBindingFree(&b);
}

/* ---- bind_nak and other answers to bind ------------------------------------------------------- */

static bool nak_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct wire_header r = {.type = WIRE_BIND_NAK, .flags = WIRE_WHOLE, .call_id = h->call_id};
    uint8_t out[WIRE_BIND_NAK_SIZE];

    (void)pdu;
    wire_put_bind_nak(out, &r, *(uint16_t *)conn->argument);
    fake_send(conn, out, sizeof out);
    fake_end(conn, false);
    return true;
}

static void bind_nak_maps_to_statuses(void **state)
{
    static const struct {
        uint16_t reason;
        RPC_STATUS status;
    } rows[] = {{0, 1727}, {1, 1723}, {2, 1723}, {4, 1728}, {8, 1747}, {9, 5}};
    char back[4];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RPC_BINDING_HANDLE b = bind_alone();
        uint16_t reason = rows[i].reason;

        fake_set_hook(&server, nak_hook, &reason);
        assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), rows[i].status);
        (void)RpcBindingFree(&b);
        fake_set_hook(&server, NULL, NULL);
    }
}

/* An acknowledgement that is well-formed but wrong. */
struct wrong_ack {
    uint32_t call_id; /* added to the right one */
    uint16_t size;    /* fragment size offered */
    uint8_t results;
    struct wire_result result;
};

static bool wrong_ack_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    const struct wrong_ack *w = conn->argument;
    struct wire_header r = {
        .type = WIRE_BIND_ACK, .flags = WIRE_WHOLE, .call_id = h->call_id + w->call_id};
    struct wire_bind_ack ack = {
        .max_xmit = w->size, .max_recv = w->size, .group_id = 77, .result_count = w->results};
    struct wire_result results[3] = {w->result, w->result, w->result};
    uint8_t out[256];

    (void)pdu;
    if (h->type == WIRE_BIND)
        fake_send(conn, out, wire_put_bind_ack(out, sizeof out, &r, &ack, results));
    return h->type == WIRE_BIND;
}

static void acknowledgements_are_checked(void **state)
{
    const struct {
        struct wrong_ack ack;
        RPC_STATUS status;
    } rows[] = {
        {{0, 5840, 1, {0, 0, wire_ndr20}}, RPC_S_OK},
        {{0, 1432, 1, {0, 0, wire_ndr20}}, RPC_S_OK},
        {{0, 65535, 1, {0, 0, wire_ndr20}}, RPC_S_OK},
        {{0, 1431, 1, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR},
        {{0, 0, 1, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR},
        {{1, 5840, 1, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR},
        {{0, 5840, 0, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR},
        {{0, 5840, 2, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR}, /* features are no syntax */
        {{0, 5840, 3, {0, 0, wire_ndr20}}, RPC_S_PROTOCOL_ERROR},
        {{0, 5840, 2, {2, 1, {{0}, {0}}}}, RPC_S_UNKNOWN_IF},
        {{0, 5840, 1, {0, 0, wire_ndr64}}, RPC_S_PROTOCOL_ERROR},
        {{0, 5840, 1, {2, 1, {{0}, {0}}}}, RPC_S_UNKNOWN_IF},
        {{0, 5840, 1, {2, 2, {{0}, {0}}}}, RPC_S_UNSUPPORTED_TRANS_SYN},
        {{0, 5840, 1, {1, 0, {{0}, {0}}}}, RPC_S_CALL_FAILED_DNE},
    };
    char data[20000] = "", back[20000];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RPC_BINDING_HANDLE b = bind_alone();
        struct wrong_ack w = rows[i].ack;

        fake_set_hook(&server, wrong_ack_hook, &w);
        assert_int_equal(fake_echo(&fake_interface, b, data, sizeof data, back), rows[i].status);
        fake_set_hook(&server, NULL, NULL);
        (void)RpcBindingFree(&b);
    }
}

/* ---- Hostile replies -------------------------------------------------------------------------- */

/* What the server sends instead of a good answer: the answer with one octet changed, or cut. */
struct mangle {
    uint8_t type;  /* to requests of this type */
    size_t at;     /* octet that is changed, or length to which it is cut */
    uint8_t flip;  /* bits to change; 0: cut */
    size_t length; /* of the good answer, as the hook has seen it */
};

static bool mangle_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct mangle *m = conn->argument;
    uint8_t out[128];
    size_t size;

    (void)pdu;
    if (h->type != m->type)
        return false;
    if (h->type == WIRE_REQUEST) {
        struct wire_header r = {.type = WIRE_RESPONSE,
                                .flags = WIRE_WHOLE,
                                .frag_length = WIRE_REQUEST_SIZE + 8,
                                .call_id = h->call_id};
        struct wire_response body = {.alloc_hint = 8};

        size = wire_put_response(out, &r, &body);
        memcpy(out + size, "mangled", 8);
        size += 8;
    } else {
        struct wire_header r = {.type =
                                    h->type == WIRE_BIND ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP,
                                .flags = WIRE_WHOLE,
                                .call_id = h->call_id};
        struct wire_bind_ack ack = {
            .max_xmit = 5840, .max_recv = 5840, .group_id = 77, .result_count = 1};
        struct wire_result result = {.syntax = wire_ndr20};

        size = wire_put_bind_ack(out, sizeof out, &r, &ack, &result);
    }
    m->length = size;
    if (m->flip != 0 && m->at < size)
        out[m->at] ^= m->flip;
    else if (m->flip == 0 && m->at < size)
        size = m->at;
    fake_send(conn, out, size);
    fake_end(conn, false); /* so that a longer frag_length does not wait forever */
    return true;
}

/* Every octet of a server's answer, changed in several ways, and every length to which it may be cut:
 * the call ends, with success or with a status that says something. */
static void mangle_all(uint8_t type)
{
    static const uint8_t flips[] = {0, 0x01, 0x02, 0x10, 0x80, 0xFF};
    struct mangle m = {.type = type, .length = 1};

    for (size_t f = 0; f < sizeof flips; f++) {
        for (m.at = 0, m.length = 1; m.at < m.length; m.at++) {
            RPC_BINDING_HANDLE b;
            char back[8];
            RPC_STATUS status;

            if (fake_read(&server, &server.accepted) > FAKE_CONNECTIONS - 4) {
                fake_stop(&server);
                fake_start(&server, false);
            }
            b = bind_alone();
            if (type == WIRE_ALTER_CONTEXT)
                assert_int_equal(fake_echo(&fake_second_interface, b, "1234567", 8, back), 0);
            m.flip = flips[f];
            fake_set_hook(&server, mangle_hook, &m);
            status = fake_echo(&fake_interface, b, "mangled", 8, back);
            assert_true(status == RPC_S_OK || (status >= 1700 && status < 1900) || status == 5 ||
                        status == 6 || status == 14 ||
                        (type == WIRE_REQUEST && m.at == 2)); /* a fault of any code */
            fake_set_hook(&server, NULL, NULL);
            (void)RpcBindingFree(&b);
        }
    }
}

static void M46_mangled_response(void **state)
{
    (void)state;
    mangle_all(WIRE_REQUEST);
}

static void M46_mangled_bind_ack(void **state)
{
    (void)state;
    mangle_all(WIRE_BIND);
}

static void M46_mangled_alter_context_resp(void **state)
{
    (void)state;
    mangle_all(WIRE_ALTER_CONTEXT);
}

struct violation {
    uint8_t flags[3]; /* of up to three fragments; 0 ends */
    uint32_t call_id; /* added to the right one */
    uint16_t size;    /* stub octets of each */
    uint8_t type;
};

static bool violation_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    const struct violation *v = conn->argument;

    (void)pdu;
    if (h->type != WIRE_REQUEST)
        return false;
    for (int i = 0; i < 3 && v->flags[i] != 0; i++) {
        uint8_t out[8192] = {0};
        struct wire_header r = {.type = v->type,
                                .flags = v->flags[i] & 0x7f,
                                .frag_length = (uint16_t)(WIRE_REQUEST_SIZE + v->size),
                                .call_id = h->call_id + v->call_id};
        struct wire_response body = {0};

        (void)wire_put_response(out, &r, &body);
        out[2] = v->type;
        fake_send(conn, out, WIRE_REQUEST_SIZE + v->size);
    }
    return true;
}

/* Fragments in a wrong order, of a wrong call, too long, empty, or of the wrong type: 1728, and the
 * connection is not used again. (0x80 stands for no flag at all) */
static void M46_protocol_violations_in_replies(void **state)
{
    static const struct violation rows[] = {
        {{0x80}, 0, 8, WIRE_RESPONSE},
        {{0x02}, 0, 8, WIRE_RESPONSE},
        {{0x01, 0x01}, 0, 8, WIRE_RESPONSE},
        {{0x01, 0x03}, 0, 8, WIRE_RESPONSE},
        {{0x01, 0x80, 0x03}, 0, 8, WIRE_RESPONSE},
        {{0x01}, 0, 0, WIRE_RESPONSE},
        {{0x03}, 1, 8, WIRE_RESPONSE},
        {{0x03}, 0x80000000u, 8, WIRE_RESPONSE},
        {{0x03}, 0, 5824, WIRE_RESPONSE},
        {{0x03}, 0, 8, WIRE_REQUEST},
        {{0x03}, 0, 8, WIRE_BIND_ACK},
        {{0x03}, 0, 8, WIRE_ORPHANED},
        {{0x01}, 0, 8, WIRE_FAULT},
        {{0x03}, 0, 8, 99},
    };
    char back[8];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct violation v = rows[i];
        unsigned before = fake_read(&server, &server.accepted);
        RPC_BINDING_HANDLE b = bind_alone();

        fake_set_hook(&server, violation_hook, &v);
        assert_int_equal(fake_echo(&fake_interface, b, "1234567", 8, back), RPC_S_PROTOCOL_ERROR);
        fake_set_hook(&server, NULL, NULL);
        assert_int_equal(fake_echo(&fake_interface, b, "1234567", 8, back), RPC_S_OK);
        assert_int_equal(fake_read(&server, &server.accepted), before + 2);
        (void)RpcBindingFree(&b);
    }
}

/* Sends two fragments of which the second is in the other byte order, or a whole reply with more
 * octets behind it. */
static bool odd_reply_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    bool behind = conn->argument != NULL;
    struct wire_header r = {.type = WIRE_RESPONSE,
                            .flags = behind ? WIRE_WHOLE : WIRE_FIRST_FRAG,
                            .frag_length = WIRE_REQUEST_SIZE + 8,
                            .call_id = h->call_id};
    struct wire_response body = {0};
    uint8_t out[2 * (WIRE_REQUEST_SIZE + 8)] = {0}, *second = out + sizeof out / 2;

    (void)pdu;
    if (h->type != WIRE_REQUEST)
        return false;
    (void)wire_put_response(out, &r, &body);
    memcpy(out + WIRE_REQUEST_SIZE, "1234567", 8);
    r.flags = WIRE_LAST_FRAG;
    (void)wire_put_response(second, &r, &body);
    second[4] = 0;
    second[8] = 0;
    second[9] = WIRE_REQUEST_SIZE + 8;
    for (int i = 0; i < 4; i++)
        second[12 + i] = out[15 - i];
    fake_send(conn, out, sizeof out);
    return true;
}

static void M46_byte_order_may_not_change_within_a_reply(void **state)
{
    RPC_BINDING_HANDLE b = bind_alone();
    char back[16];

    (void)state;
    fake_set_hook(&server, odd_reply_hook, NULL);
    assert_int_equal(fake_echo(&fake_interface, b, "0123456789abcde", 16, back),
                     RPC_S_PROTOCOL_ERROR);
    fake_set_hook(&server, NULL, NULL);
    (void)RpcBindingFree(&b);
}

static void M46_octets_behind_a_reply_end_the_connection(void **state)
{
    RPC_BINDING_HANDLE b = bind_alone();
    char back[8];

    (void)state;
    fake_set_hook(&server, odd_reply_hook, &server);
    assert_int_equal(fake_echo(&fake_interface, b, "1234567", 8, back), RPC_S_OK);
    fake_set_hook(&server, NULL, NULL);
    fake_wait(&server, &server.live, 0);
    (void)RpcBindingFree(&b);
}

static bool fault_and_end_hook(struct fake_conn *conn, const struct wire_header *h,
                               const uint8_t *pdu)
{
    (void)pdu;
    if (h->type != WIRE_REQUEST)
        return false;
    fake_fault(conn, h, 5);
    fake_end(conn, false);
    return true;
}

/* A server may close behind a fault: the connection is looked at, however young. */
static void connection_closed_behind_a_fault_is_not_used_again(void **state)
{
    RPC_BINDING_HANDLE b = bind_alone();
    char back[8];

    (void)state;
    atomic_store(&rpc_client_tuning.trusted_us, 1000000000);
    fake_set_hook(&server, fault_and_end_hook, NULL);
    assert_int_equal(fake_echo(&fake_interface, b, "1234567", 8, back), 5);
    fake_set_hook(&server, NULL, NULL);
    fake_wait(&server, &server.live, 0);
    assert_int_equal(fake_echo(&fake_interface, b, "1234567", 8, back), RPC_S_OK);
    atomic_store(&rpc_client_tuning.trusted_us, 1000);
    (void)RpcBindingFree(&b);
}

static void connection_retires_before_its_call_ids_run_out(void **state)
{
    struct rpc_conn conn = {.last_call_id = RPC_LIMIT_CALL_ID - 3};

    (void)state;
    assert_int_equal(rpc_conn_call_id(&conn), RPC_LIMIT_CALL_ID - 2);
    assert_false(conn.retiring);
    assert_int_equal(rpc_conn_call_id(&conn), RPC_LIMIT_CALL_ID - 1);
    assert_true(conn.retiring);
}

/* What was allocated for the program while a reply was read is given back when reading fails. */
static void nodes_of_a_failed_reply_are_released(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    struct rpc_client_call c;
    volatile RPC_STATUS raised = 0;

    (void)state;
    rpc_client_begin(&c, &fake_interface, 0, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c) && rpc_client_exchange(&c)) {
        assert_non_null(ndr_alloc_user(&c.in, 10, 10));
        assert_non_null(ndr_alloc_user(&c.in, 1, 1));
        (void)ndr_get_long(&c.in); /* there is nothing */
    }
    RpcTryExcept
    {
        rpc_client_end(&c, NULL, NULL);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    assert_int_equal(raised, RPC_X_BAD_STUB_DATA); /* the leak sanitizer sees the rest */
    (void)RpcBindingFree(&b);
}

static bool shutdown_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct wire_header r = {
        .type = WIRE_SHUTDOWN, .flags = WIRE_WHOLE, .frag_length = 16, .call_id = 0};
    uint8_t out[16];

    (void)pdu;
    wire_put_control(out, &r);
    if (h->type == WIRE_REQUEST)
        fake_send(conn, out, sizeof out);
    return false;
}

static void shutdown_ends_the_connection_after_the_call(void **state)
{
    RPC_BINDING_HANDLE b = fake_bind(&server);
    char back[4];

    (void)state;
    fake_set_hook(&server, shutdown_hook, NULL);
    assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), RPC_S_OK);
    fake_set_hook(&server, NULL, NULL);
    fake_wait(&server, &server.live, 0);
    assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), RPC_S_OK);
    assert_int_equal(fake_read(&server, &server.accepted), 2);
    (void)RpcBindingFree(&b);
}

/* Every allocation of a first call fails once: a clear status, nothing leaks, the next call works. */
static void out_of_memory_at_every_allocation(void **state)
{
    char back[6000];
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    (void)state;
    for (uint64_t n = 1; status != RPC_S_OK; n++) {
        RPC_BINDING_HANDLE b = NULL;

        assert_true(n < 60);
        (void)mem_fail_at(n, 0);
        status = RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)server.binding, &b);
        if (status == RPC_S_OK)
            status = fake_echo(&fake_interface, b, back, sizeof back, back);
        (void)mem_fail_at(0, 0);
        assert_true(status == RPC_S_OK || status == RPC_S_OUT_OF_MEMORY ||
                    status == RPC_S_OUT_OF_RESOURCES);
        if (b != NULL) {
            assert_int_equal(fake_echo(&fake_interface, b, "abc", 4, back), RPC_S_OK);
            assert_int_equal(RpcBindingFree(&b), RPC_S_OK);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(fragments_both_ways),
        TEST(fragments_both_ways_with_object),
        TEST(fragments_both_ways_ncalrpc),
        TEST(request_of_many_pieces),
        TEST(reply_in_small_fragments),
        TEST(reply_of_a_big_endian_server),
        TEST(alter_context_for_a_second_interface),
        TEST(unknown_interface_leaves_the_connection),
        TEST(faults_map_to_statuses),
        TEST(status_variables_take_their_class_only),
        TEST(caller_errors_send_nothing_and_are_raised),
        TEST(stubs_of_another_version_are_refused),
        TEST(bind_nak_maps_to_statuses),
        TEST(acknowledgements_are_checked),
        TEST(M46_mangled_response),
        TEST(M46_mangled_bind_ack),
        TEST(M46_mangled_alter_context_resp),
        TEST(M46_protocol_violations_in_replies),
        TEST(M46_byte_order_may_not_change_within_a_reply),
        TEST(M46_octets_behind_a_reply_end_the_connection),
        TEST(connection_closed_behind_a_fault_is_not_used_again),
        TEST(connection_retires_before_its_call_ids_run_out),
        TEST(nodes_of_a_failed_reply_are_released),
        TEST(shutdown_ends_the_connection_after_the_call),
        TEST(out_of_memory_at_every_allocation),
    };

    return cmocka_run_group_tests_name("rpc/client/call", tests, NULL, NULL);
}
