/* SPDX-License-Identifier: Apache-2.0
 *
 * raw.c - a client made by hand
 */
#include "raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

static void start(struct raw *r, int fd)
{
    r->fd = fd;
    r->call_id = 0;
    r->group_id = 0;
    r->fragment = 5840;
    r->have = 0;
}

void raw_connect(struct raw *r, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_return_code(connect(fd, (struct sockaddr *)&to, sizeof to), errno);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    start(r, fd);
}

void raw_connect_unix(struct raw *r, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && strlen(path) < sizeof to.sun_path);
    strcpy(to.sun_path, path);
    assert_return_code(connect(fd, (struct sockaddr *)&to, sizeof to), errno);
    start(r, fd);
}

void raw_close(struct raw *r)
{
    close(r->fd);
    r->fd = -1;
}

void raw_reset(struct raw *r)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    raw_close(r);
}

void raw_send(struct raw *r, const void *octets, size_t size)
{
    const uint8_t *p = octets;

    while (size > 0) {
        ssize_t n = send(r->fd, p, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) /* the server has closed: what it said before is what counts */
            return;
        p += n;
        size -= (size_t)n;
    }
}

/* Reads until `want` octets are there; false at the end of the stream. */
static bool fill(struct raw *r, size_t want)
{
    while (r->have < want) {
        struct pollfd p = {.fd = r->fd, .events = POLLIN};
        ssize_t n;

        if (poll(&p, 1, RAW_WAIT_MS) != 1)
            fail_msg("no answer within %d ms", RAW_WAIT_MS);
        n = recv(r->fd, r->in + r->have, want - r->have, 0);
        if (n <= 0)
            return false;
        r->have += (size_t)n;
    }
    return true;
}

bool raw_receive(struct raw *r, struct raw_reply *ret)
{
    r->have = 0;
    *ret = (struct raw_reply){0};
    if (!fill(r, WIRE_HEADER_SIZE))
        return false;
    assert_int_equal(wire_get_header(r->in, r->have, &ret->h), WIRE_OK);
    if (!fill(r, ret->h.frag_length))
        return false;
    ret->pdu = r->in;
    ret->size = r->have;
    if (ret->h.type == WIRE_FAULT) {
        struct wire_fault f;

        assert_int_equal(wire_get_fault(ret->pdu, ret->size, &ret->h, &f), WIRE_OK);
        ret->fault = f.status;
        ret->context_id = f.context_id;
        assert_true(f.status != 0 && f.alloc_hint != 0 && ret->size == WIRE_FAULT_SIZE);
    } else if (ret->h.type == WIRE_RESPONSE) {
        struct wire_response s;

        assert_int_equal(wire_get_response(ret->pdu, ret->size, &ret->h, &s), WIRE_OK);
        ret->context_id = s.context_id;
        ret->stub = ret->pdu + s.stub_offset;
        ret->stub_size = s.stub_length;
    }
    return true;
}

bool raw_is_closed(struct raw *r)
{
    struct raw_reply reply;

    return !raw_receive(r, &reply);
}

void raw_send_bind(struct raw *r, uint8_t type, uint8_t flags, uint32_t group_id, uint16_t xmit,
                   const struct wire_offer *offers, uint8_t count)
{
    const struct wire_header h = {
        .type = type, .flags = WIRE_WHOLE | flags, .call_id = ++r->call_id};
    const struct wire_bind b = {.max_xmit = xmit, .max_recv = xmit, .group_id = group_id};
    uint8_t pdu[65536];
    size_t size = wire_put_bind(pdu, sizeof pdu, &h, &b, offers, count);

    assert_true(size > 0);
    raw_send(r, pdu, size);
}

void raw_bind(struct raw *r, const RPC_SYNTAX_IDENTIFIER *interface, uint32_t group_id,
              uint8_t flags)
{
    const struct wire_offer offer = {
        .id = 0, .syntax_count = 1, .abstract = interface, .syntaxes = &wire_ndr20};
    struct raw_reply reply;
    struct wire_bind_ack ack;
    struct wire_result result;

    raw_send_bind(r, WIRE_BIND, flags, group_id, 5840, &offer, 1);
    assert_true(raw_receive(r, &reply));
    assert_int_equal(reply.h.type, WIRE_BIND_ACK);
    assert_int_equal(wire_get_bind_ack(reply.pdu, reply.size, &reply.h, &ack), WIRE_OK);
    assert_true(wire_next_result(&ack, &result));
    assert_int_equal(result.result, WIRE_ACCEPTANCE);
    r->group_id = ack.group_id;
    r->fragment = ack.max_recv;
}

void raw_fragment(struct raw *r, uint8_t flags, uint32_t call_id, uint16_t context_id,
                  uint16_t opnum, uint32_t alloc_hint, const void *stub, size_t size)
{
    uint8_t pdu[65536];
    const struct wire_header h = {.type = WIRE_REQUEST,
                                  .flags = flags,
                                  .call_id = call_id,
                                  .frag_length = (uint16_t)(WIRE_REQUEST_SIZE + size)};
    const struct wire_request q = {
        .alloc_hint = alloc_hint, .context_id = context_id, .opnum = opnum};

    (void)wire_put_request(pdu, &h, &q);
    if (size > 0)
        memcpy(pdu + WIRE_REQUEST_SIZE, stub, size);
    raw_send(r, pdu, WIRE_REQUEST_SIZE + size);
}

void raw_control(struct raw *r, uint8_t type, uint32_t call_id)
{
    const struct wire_header h = {.type = type, .flags = WIRE_WHOLE, .call_id = call_id};
    uint8_t pdu[WIRE_HEADER_SIZE];

    wire_put_control(pdu, &h);
    raw_send(r, pdu, sizeof pdu);
}

void raw_send_leg(struct raw *r, uint8_t type, const RPC_SYNTAX_IDENTIFIER *interface,
                  const struct wire_auth *auth)
{
    const struct wire_header h = {
        .type = type, .flags = WIRE_WHOLE | WIRE_CONC_MPX, .call_id = ++r->call_id};
    const struct wire_bind b = {.max_xmit = 5840, .max_recv = 5840};
    const struct wire_offer offer = {
        .id = 0, .syntax_count = 1, .abstract = interface, .syntaxes = &wire_ndr20};
    uint8_t pdu[256];
    size_t size = WIRE_AUTH3_SIZE;

    if (type == WIRE_AUTH3)
        wire_put_auth3(pdu, &h);
    else
        size = wire_put_bind(pdu, sizeof pdu, &h, &b, &offer, 1);
    raw_send(r, pdu, wire_append_auth(pdu, sizeof pdu, size, auth));
}

uint32_t raw_request(struct raw *r, uint16_t opnum, const void *stub, size_t size)
{
    const uint8_t *p = stub;
    size_t room = (r->fragment - WIRE_REQUEST_SIZE) & ~(size_t)7, left = size;

    r->call_id++;
    do {
        size_t n = left < room ? left : room;

        raw_fragment(
            r, (uint8_t)((left == size ? WIRE_FIRST_FRAG : 0) | (left == n ? WIRE_LAST_FRAG : 0)),
            r->call_id, 0, opnum, (uint32_t)left, p, n);
        p += n;
        left -= n;
    } while (left > 0);
    return r->call_id;
}

uint32_t raw_answer(struct raw *r, void *stub, size_t *size)
{
    size_t room = size != NULL ? *size : 0, got = 0;
    struct raw_reply reply;

    do {
        assert_true(raw_receive(r, &reply));
        assert_int_equal(reply.h.call_id, r->call_id);
        if (reply.fault != 0)
            return reply.fault;
        assert_int_equal(reply.h.type, WIRE_RESPONSE);
        assert_true(got + reply.stub_size <= room);
        if (reply.stub_size > 0)
            memcpy((uint8_t *)stub + got, reply.stub, reply.stub_size);
        got += reply.stub_size;
    } while ((reply.h.flags & WIRE_LAST_FRAG) == 0);
    if (size != NULL)
        *size = got;
    return 0;
}

uint32_t raw_call(struct raw *r, uint16_t opnum, const void *in, size_t in_size, void *stub,
                  size_t *size)
{
    (void)raw_request(r, opnum, in, in_size);
    return raw_answer(r, stub, size);
}
