/* SPDX-License-Identifier: Apache-2.0
 *
 * client_fragments.c - fuzz target: a reply in fragments is what they say together, or is refused
 *
 * The input is an octet, the level of authentication and whether headers are signed, and a list of steps (steps.h), each of which says
 * what a PDU of the server is like; one of kind NEXT_CALL ends what is sent for a call. With one of kind GIVE_UP
 * among them the client has given the call up, and its reply comes late, in two parts with that step between. A
 * model of rpc-wire 3 and M46, and of what may be thrown away, goes along: the client must accept just what it
 * accepts, with the same octets. (client_reply.c is for octets of any kind.)
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc.h>

#include "steps.h"
#include "base/mem.h"
#include "rpc/auth/test_provider.h"
#include "rpc/client/exchange.h"
#include "rpc/client/orphan.h"
#include "rpc/client/security.h"

const size_t steps_begin = 1; /* the level */

#define OCTETS_MAX   ((size_t)65536) /* of a call; fits the socket's buffer */
#define FRAGMENT_MAX 5000            /* octets of stub data */
#define TOKEN        16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The server, and what must come of it ----------------------------------------------------- */

enum outcome { MORE, WHOLE, FAULT, REFUSED };

static struct {
    uint8_t octets[OCTETS_MAX]; /* to be sent */
    size_t size;
    uint8_t stub[OCTETS_MAX]; /* what the client must have in the end */
    size_t stub_size;
    enum outcome outcome;
    bool begun, swap;
    bool given_up;
    unsigned lacks;       /* what the connection lacks to be kept for the late reply */
    size_t part;          /* octets of the late reply's first part */
    enum rpc_orphan late; /* what comes of it ... */
    size_t late_size;     /* ... with so many octets */
    unsigned pdus;
    uint8_t level; /* 0: unauthenticated */
    bool signs_headers;
    struct auth_context *auth;
} server;

static void turn(uint8_t *p, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t t = p[i];

        p[i] = p[size - 1 - i];
        p[size - 1 - i] = t;
    }
}

/* Makes the integers of a response big-endian. */
static void turn_all(uint8_t *pdu, size_t trailer)
{
    pdu[4] = 0;
    turn(pdu + 8, 2);
    turn(pdu + 10, 2);
    turn(pdu + 12, 4);
    turn(pdu + 16, 4); /* alloc_hint */
    turn(pdu + 20, 2);
    if (trailer != 0)
        turn(pdu + trailer + 4, 4);
}

/* How a fragment is protected. */
enum protection { AS_AGREED, BARE, BENT, UNASKED };

static void expect(const struct wire_header *h, const uint8_t *stub, size_t size, bool swap,
                   bool authentic)
{
    bool first = (h->flags & WIRE_FIRST_FRAG) != 0, last = (h->flags & WIRE_LAST_FRAG) != 0;

    if (server.outcome != MORE)
        return;
    if (first == server.begun || (server.begun && swap != server.swap) || (!last && size == 0) ||
        !authentic) {
        server.outcome = REFUSED;
        return;
    }
    server.begun = true;
    server.swap = swap;
    memcpy(server.stub + server.stub_size, stub, size);
    server.stub_size += size;
    if (last)
        server.outcome = WHOLE;
}

/* The PDU that was added, as part of a late reply. */
static void expect_late(const struct wire_header *h, uint32_t call_id, bool authentic)
{
    server.pdus++;
    if (server.late != RPC_ORPHAN_WAITS)
        return;
    server.late_size = server.size;
    if (h->call_id != call_id || (h->type != WIRE_RESPONSE && h->type != WIRE_FAULT) || !authentic)
        server.late = RPC_ORPHAN_LOST;
    else if (h->flags & WIRE_LAST_FRAG)
        server.late = RPC_ORPHAN_OVER;
}

/* Returns whether it is protected as was agreed. */
static bool add_response(struct steps *s, struct wire_header *h)
{
    bool authentic;
    uint8_t *pdu = server.octets + server.size, stub[FRAGMENT_MAX];
    size_t size = steps_octet(s) * 20 + steps_octet(s), trailer = 0, whole;
    unsigned fill = steps_octet(s), hint = steps_octet(s);
    enum protection how = steps_octet(s) & 3;
    bool swap = (steps_octet(s) & 1) != 0,
         trailed = how == UNASKED || (server.level != 0 && how != BARE);
    struct wire_response r = {.alloc_hint = hint == 255 ? 0x7fffffff : hint * 1000};

    if (size > sizeof stub)
        size = sizeof stub;
    for (size_t i = 0; i < size; i++)
        stub[i] = (uint8_t)(fill + i * 7);
    whole = WIRE_REQUEST_SIZE + size;
    memset(pdu, 0, whole + 16 + WIRE_TRAILER_SIZE + TOKEN);
    memcpy(pdu + WIRE_REQUEST_SIZE, stub, size);
    if (trailed) {
        struct wire_auth a = {.type = AUTH_TYPE_TEST,
                              .level = server.level,
                              .pad_length = wire_auth_pad(size),
                              .context_id = RPC_SECURITY_ID};

        trailer = whole + a.pad_length;
        wire_put_trailer(pdu + trailer, &a);
        whole = trailer + WIRE_TRAILER_SIZE + TOKEN;
        h->auth_length = TOKEN;
    }
    h->frag_length = (uint16_t)whole;
    (void)wire_put_response(pdu, h, &r);
    if (swap)
        turn_all(pdu, trailer);
    if (trailed && server.auth != NULL) {
        const struct auth_message m = {.octets = pdu,
                                       .size = trailer + WIRE_TRAILER_SIZE,
                                       .body_at = WIRE_REQUEST_SIZE,
                                       .body_size = trailer - WIRE_REQUEST_SIZE,
                                       .header_signing = server.signs_headers};

        require(auth_test_provider.wrap(server.auth, &m, pdu + m.size, TOKEN));
        pdu[m.size + 8] ^= how == BENT;
    }
    server.size += whole;
    if (server.auth == NULL) /* nobody has asked for a trailer, or nobody looks at it */
        authentic = server.level != 0 || !trailed;
    else
        authentic = trailed && how != BENT && (!swap || server.signs_headers);
    expect(h, stub, size, swap, authentic);
    return authentic;
}

static void add_fault(struct steps *s, const struct wire_header *h)
{
    const struct wire_fault f = {.status = 0x1C010000u | steps_octet(s)};

    wire_put_fault(server.octets + server.size, h, &f);
    server.size += WIRE_FAULT_SIZE;
    if (server.outcome == MORE)
        server.outcome = h->flags & WIRE_LAST_FRAG ? FAULT : REFUSED;
}

static void add_control(struct wire_header *h, uint8_t type)
{
    h->type = type;
    wire_put_control(server.octets + server.size, h);
    server.size += WIRE_HEADER_SIZE;
    if (type != WIRE_SHUTDOWN && server.outcome == MORE)
        server.outcome = REFUSED;
}

enum kind { RESPONSE, FAULTY, SHUTDOWN, OTHER, NEXT_CALL, GIVE_UP = 7 };

enum { NOT_GRANTED = 1, NOT_HEARD = 2 };

static void give_up(struct steps *s)
{
    size_t unsent;

    if (server.given_up)
        return;
    server.given_up = true;
    server.lacks = steps_octet(s) & (NOT_GRANTED | NOT_HEARD);
    unsent = steps_octet(s);
    server.part = unsent < server.size ? server.size - unsent : 0;
}

/* False: that is all for this call. */
static bool add_pdu(struct steps *s, uint32_t call_id)
{
    static const enum wire_type types[] = {WIRE_RESPONSE, WIRE_FAULT};
    unsigned what = steps_octet(s), kind = what & 7, id;
    struct wire_header h = {0};
    bool authentic = true;

    if (kind == GIVE_UP)
        give_up(s);
    if (kind >= NEXT_CALL)
        return kind == GIVE_UP;
    h.flags = (uint8_t)steps_octet(s);
    id = steps_octet(s);
    h.call_id = id == 0 ? call_id : id;
    if (kind <= FAULTY)
        h.type = types[kind];
    if (kind != SHUTDOWN && h.call_id != call_id && h.call_id != 1 && server.outcome == MORE)
        server.outcome = REFUSED;
    switch (kind) {
    case RESPONSE: authentic = add_response(s, &h); break;
    case FAULTY: add_fault(s, &h); break;
    case SHUTDOWN: add_control(&h, WIRE_SHUTDOWN); break;
    default: add_control(&h, WIRE_BIND_ACK); break;
    }
    expect_late(&h, call_id, authentic);
    return true;
}

/* ---- The client ------------------------------------------------------------------------------- */

static void receive(struct rpc_conn *conn, uint32_t call_id)
{
    struct rpc_reply reply;
    RPC_STATUS status = rpc_exchange_receive(conn, call_id, 0, &reply);

    require((status == RPC_S_OK) == (server.outcome == WHOLE));
    require(reply.is_fault == (server.outcome == FAULT));
    require(conn->broken == (server.outcome == MORE || server.outcome == REFUSED));
    if (status == RPC_S_OK) {
        require(((uintptr_t)reply.stub & 7) == 0 && reply.swap == server.swap);
        require(reply.size == server.stub_size && memcmp(reply.stub, server.stub, reply.size) == 0);
    }
    mem_free(reply.owned);
}

/* Throws away what has come of the late reply, if nothing but its first `size` octets have been sent. */
static enum rpc_orphan settle(struct rpc_conn *conn, size_t size)
{
    enum rpc_orphan is = RPC_ORPHAN_WAITS, due = server.late;

    if (size < server.late_size)
        due = RPC_ORPHAN_WAITS;
    for (unsigned i = 0; i <= server.pdus && is == RPC_ORPHAN_WAITS; i++)
        is = rpc_orphan_settle(conn); /* a bounded number of fragments at a time */
    /* octets behind it that are seen end the connection */
    require(is == due ||
            (is == RPC_ORPHAN_LOST && due == RPC_ORPHAN_OVER && size > server.late_size));
    require(conn->broken == (is == RPC_ORPHAN_LOST));
    require((conn->orphan == 0) == (is == RPC_ORPHAN_OVER));
    require(is != RPC_ORPHAN_OVER || conn->begin == conn->end);
    return is;
}

/* The server is told which call was given up, and nothing else. */
static void hear_orphaned(int peer, uint32_t call_id)
{
    uint8_t pdu[WIRE_HEADER_SIZE + 1];
    struct wire_header h;

    require(recv(peer, pdu, sizeof pdu, MSG_DONTWAIT) == WIRE_HEADER_SIZE);
    require(wire_get_header(pdu, WIRE_HEADER_SIZE, &h) == WIRE_OK);
    require(h.type == WIRE_ORPHANED && h.call_id == call_id && h.frag_length == WIRE_HEADER_SIZE);
}

/* True if the connection is free again. */
static bool outlive_call(struct rpc_conn *conn, int peer, uint32_t call_id)
{
    enum rpc_orphan is;

    conn->features = server.lacks & NOT_GRANTED ? 0 : WIRE_FEATURE_KEEP_ON_ORPHAN;
    require((server.lacks & NOT_HEARD) == 0 || shutdown(peer, SHUT_RD) == 0);
    require(rpc_orphan_keep(conn, call_id) == (server.lacks == 0));
    if (server.lacks != 0)
        return false;
    hear_orphaned(peer, call_id);
    require(settle(conn, 0) == RPC_ORPHAN_WAITS);
    for (size_t sent = 0, end = server.part;; sent = end, end = server.size) {
        require(send(peer, server.octets + sent, end - sent, MSG_NOSIGNAL) ==
                (ssize_t)(end - sent));
        is = settle(conn, end);
        if (is != RPC_ORPHAN_WAITS || end == server.size)
            break;
    }
    if (is == RPC_ORPHAN_WAITS) {
        require(shutdown(peer, SHUT_WR) == 0);
        require(rpc_orphan_settle(conn) == RPC_ORPHAN_LOST && conn->broken);
    }
    return is == RPC_ORPHAN_OVER && server.size == server.late_size;
}

static bool call(struct rpc_conn *conn, int peer, struct steps *input)
{
    uint32_t call_id = rpc_conn_call_id(conn);
    struct steps s;

    server.size = server.stub_size = server.late_size = 0;
    server.outcome = MORE;
    server.late = RPC_ORPHAN_WAITS;
    server.begun = server.swap = server.given_up = false;
    server.pdus = 0;
    while (server.size + FRAGMENT_MAX + 128 < OCTETS_MAX && steps_next(input, &s) &&
           add_pdu(&s, call_id))
        ;
    if (server.given_up)
        return outlive_call(conn, peer, call_id) && input->at < input->end;
    require(send(peer, server.octets, server.size, MSG_NOSIGNAL) == (ssize_t)server.size);
    if (server.outcome == MORE) /* the client would wait for it */
        require(shutdown(peer, SHUT_WR) == 0);
    receive(conn, call_id);
    return !conn->broken && !conn->retiring && input->at < input->end;
}

static bool authenticate(struct rpc_conn *conn)
{
    const struct auth_client like = {.type = AUTH_TYPE_TEST, .level = server.level};
    struct auth_client *client = auth_client_new(&like);
    bool good = client != NULL && rpc_security_begin(conn, client) == RPC_S_OK;
    RPC_STATUS status;

    auth_client_unref(client);
    if (good)
        conn->security->auth->header_signing = server.signs_headers;
    if (good && auth_protects(server.level))
        server.auth = auth_test_provider.server(NULL, server.level, &status);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t levels[] = {0, 2, 4, 5, 6};
    struct steps input = {data, data + size};
    struct rpc_conn *conn = NULL;
    unsigned how;
    int pair[2];

    auth_provider_add(&auth_test_provider);
    server.auth = NULL;
    how = steps_octet(&input);
    server.level = levels[how % sizeof levels];
    server.signs_headers = (how / sizeof levels & 1) != 0;
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    require(rpc_conn_adopt(pair[0], &conn) == RPC_S_OK);
    if (server.level == 0 || authenticate(conn))
        while (call(conn, pair[1], &input))
            ;
    if (server.auth != NULL)
        auth_test_provider.end(server.auth);
    rpc_conn_close(conn);
    (void)close(pair[1]);
    require(atomic_load(&auth_test_contexts) == 0);
    return 0;
}
