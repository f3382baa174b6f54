/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_server.c - for tests: a server made of threads and raw PDUs, and client stubs for it
 */
#include "rpc/client/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <holdfast/context.h>

#define FRAGMENT 5840

/* ---- PDUs ------------------------------------------------------------------------------------- */

static bool receive_all(int fd, uint8_t *to, size_t size)
{
    while (size > 0) {
        ssize_t n = recv(fd, to, size, 0);

        if (n <= 0 && !(n < 0 && errno == EINTR))
            return false;
        if (n > 0) {
            to += n;
            size -= (size_t)n;
        }
    }
    return true;
}

void fake_send(struct fake_conn *conn, const void *octets, size_t size)
{
    const uint8_t *p = octets;

    while (size > 0) {
        ssize_t n = send(conn->fd, p, size, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        p += n;
        size -= (size_t)n;
    }
}

void fake_end(struct fake_conn *conn, bool reset)
{
    struct linger now = {1, 0};

    if (reset)
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)shutdown(conn->fd, reset ? SHUT_RD : SHUT_RDWR);
}

/* Turns a little-endian response of ours into a big-endian one; stub data is the caller's. */
static void turn(uint8_t *pdu, size_t body)
{
    static const uint8_t fields[] = {8, 2, 10, 2, 12, 4, 16, 4, 20, 2};

    (void)body;
    pdu[4] = 0;
    for (size_t i = 0; i < sizeof fields; i += 2) {
        uint8_t *p = pdu + fields[i], n = fields[i + 1];

        for (uint8_t k = 0; k < n / 2; k++) {
            uint8_t t = p[k];

            p[k] = p[n - 1 - k];
            p[n - 1 - k] = t;
        }
    }
}

void fake_reply(struct fake_conn *conn, const struct wire_header *h, const void *stub, size_t size)
{
    struct fake *f = conn->server;
    size_t part = f->reply_part == 0 ? FRAGMENT - WIRE_REQUEST_SIZE : f->reply_part;
    size_t done = 0;

    do {
        size_t n = size - done < part ? size - done : part;
        struct wire_header r = {.type = WIRE_RESPONSE,
                                .flags = (uint8_t)((done == 0 ? WIRE_FIRST_FRAG : 0) |
                                                   (done + n == size ? WIRE_LAST_FRAG : 0)),
                                .frag_length = (uint16_t)(WIRE_REQUEST_SIZE + n),
                                .call_id = h->call_id};
        struct wire_response body = {.alloc_hint = (uint32_t)(size - done)};
        uint8_t pdu[FRAGMENT];

        (void)wire_put_response(pdu, &r, &body);
        memcpy(pdu + WIRE_REQUEST_SIZE, (const uint8_t *)stub + done, n);
        if (f->big_endian)
            turn(pdu, n);
        fake_send(conn, pdu, WIRE_REQUEST_SIZE + n);
        done += n;
    } while (done < size);
}

void fake_fault(struct fake_conn *conn, const struct wire_header *h, uint32_t status)
{
    uint8_t pdu[WIRE_FAULT_SIZE];
    struct wire_header r = {.type = WIRE_FAULT, .flags = WIRE_WHOLE, .call_id = h->call_id};
    struct wire_fault fault = {.status = status};

    wire_put_fault(pdu, &r, &fault);
    fake_send(conn, pdu, sizeof pdu);
}

/* ---- Groups and tokens; the lock is held ------------------------------------------------------ */

static bool group_lives(const struct fake *f, uint32_t group)
{
    for (unsigned i = 0; i < f->accepted; i++)
        if (f->conns[i].alive && f->conns[i].group == group)
            return true;
    return false;
}

static void end_group(struct fake *f, uint32_t group)
{
    for (unsigned i = 0; group != 0 && i < FAKE_TOKENS; i++) {
        if (f->tokens[i].group == group) {
            f->tokens[i].group = 0;
            f->run_down++;
        }
    }
}

static int find_token(const struct fake *f, uint32_t group, const uint8_t *token)
{
    for (int i = 0; i < FAKE_TOKENS; i++)
        if (f->tokens[i].group == group && memcmp(f->tokens[i].token, token, 20) == 0)
            return i;
    return -1;
}

static const uint8_t *new_token(struct fake *f, uint32_t group)
{
    for (int i = 0; i < FAKE_TOKENS; i++) {
        if (f->tokens[i].group == 0) {
            uint32_t n = ++f->next_token;

            f->tokens[i].group = group;
            memset(f->tokens[i].token, 0, 4);
            memset(f->tokens[i].token + 4, 0xA5, 16);
            memcpy(f->tokens[i].token + 4, &n, 4);
            return f->tokens[i].token;
        }
    }
    abort();
}

unsigned fake_tokens(struct fake *f)
{
    unsigned n = 0;

    (void)pthread_mutex_lock(&f->lock);
    for (int i = 0; i < FAKE_TOKENS; i++)
        n += f->tokens[i].group != 0;
    (void)pthread_mutex_unlock(&f->lock);
    return n;
}

/* ---- What a good server does ------------------------------------------------------------------ */

/* The results of a bind or alter_context: the first element is the interface in NDR 2.0, which is all
 * that is spoken here. */
static uint8_t judge(const struct fake *f, struct wire_bind *bind, struct wire_result results[4])
{
    struct wire_element e;
    uint8_t n;

    for (n = 0; n < 4 && wire_next_element(bind, &e); n++) {
        RPC_SYNTAX_IDENTIFIER syntax;
        uint8_t bits;

        wire_element_syntax(&e, 0, &syntax);
        if (f->features != 0 && wire_syntax_features(&syntax, &bits))
            results[n] =
                (struct wire_result){.result = WIRE_NEGOTIATE_ACK, .reason = bits & f->features};
        else if (wire_syntax_equal(&e.abstract, &fake_unknown_interface.id))
            results[n] = (struct wire_result){.result = WIRE_PROVIDER_REJECTION,
                                              .reason = WIRE_ABSTRACT_SYNTAX_NOT_SUPPORTED};
        else if (!wire_syntax_equal(&syntax, &wire_ndr20))
            results[n] = (struct wire_result){.result = WIRE_PROVIDER_REJECTION,
                                              .reason = WIRE_TRANSFER_SYNTAXES_NOT_SUPPORTED};
        else
            results[n] = (struct wire_result){.syntax = wire_ndr20};
    }
    return n;
}

static void answer_offer(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu)
{
    struct fake *f = conn->server;
    struct wire_header r = {.flags = WIRE_WHOLE, .call_id = h->call_id};
    struct wire_bind_ack ack = {.max_xmit = FRAGMENT, .max_recv = FRAGMENT};
    struct wire_result results[4];
    struct wire_bind bind;
    uint8_t out[256];

    if (wire_get_bind(pdu, h->frag_length, h, &bind) != WIRE_OK)
        abort();
    ack.result_count = judge(f, &bind, results);
    (void)pthread_mutex_lock(&f->lock);
    if (h->type == WIRE_BIND) {
        f->binds++;
        f->last_asked = bind.group_id;
        if (bind.group_id != 0 && !group_lives(f, bind.group_id)) {
            (void)pthread_mutex_unlock(&f->lock);
            r.type = WIRE_BIND_NAK;
            wire_put_bind_nak(out, &r, WIRE_NAK_NOT_SPECIFIED);
            fake_send(conn, out, WIRE_BIND_NAK_SIZE);
            fake_end(conn, false);
            return;
        }
        conn->group = bind.group_id != 0 ? bind.group_id : ++f->next_group;
    } else {
        f->alters++;
    }
    ack.group_id = conn->group;
    (void)pthread_mutex_unlock(&f->lock);
    r.type = h->type == WIRE_BIND ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP;
    fake_send(conn, out, wire_put_bind_ack(out, sizeof out, &r, &ack, results));
}

static void wait_at_gate(struct fake *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->waiting++;
    (void)pthread_cond_broadcast(&f->changed);
    while (!f->gate && !f->stopping)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    f->waiting--;
    (void)pthread_mutex_unlock(&f->lock);
}

static void answer_big(struct fake_conn *conn, const struct wire_header *h, const uint8_t *stub)
{
    uint32_t n;
    uint8_t *p;

    memcpy(&n, stub, sizeof n);
    p = malloc(n + 1);
    if (p == NULL)
        abort();
    for (uint32_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i * 7 + i / 251);
    fake_reply(conn, h, p, n);
    free(p);
}

/* open, use, close, keep */
static void answer_context(struct fake_conn *conn, const struct wire_header *h, unsigned opnum,
                           const uint8_t *stub)
{
    struct fake *f = conn->server;
    static const uint8_t zero[20];
    uint8_t out[20];
    size_t size = 20;
    int at = 0;

    (void)pthread_mutex_lock(&f->lock);
    if (opnum == 1) {
        memcpy(out, new_token(f, conn->group), 20);
    } else {
        memcpy(out, stub, 20);
        if (!(opnum == 7 && memcmp(out, zero, 20) == 0))
            at = find_token(f, conn->group, stub);
        if (at >= 0 && opnum == 3) {
            f->tokens[at].group = 0;
            memset(out, 0, 20);
        }
        if (opnum == 2) {
            size = 4;
            memset(out, 0, 4);
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    if (at < 0)
        fake_fault(conn, h, 0x1C00001A);
    else
        fake_reply(conn, h, out, size);
}

static void answer_call(struct fake_conn *conn, const struct wire_header *h,
                        const struct wire_request *r, const uint8_t *stub, size_t size)
{
    uint32_t status;

    switch (r->opnum) {
    case 0: fake_reply(conn, h, stub, size); break;
    case 1:
    case 2:
    case 3:
    case 7: answer_context(conn, h, r->opnum, stub); break;
    case 4:
        memcpy(&status, stub, sizeof status);
        fake_fault(conn, h, status);
        break;
    case 5: answer_big(conn, h, stub); break;
    case 6:
        wait_at_gate(conn->server);
        fake_reply(conn, h, "\0\0\0", 4);
        break;
    default: fake_fault(conn, h, 0x1C010002);
    }
}

/* A request, put together from its fragments. */
struct incoming {
    uint8_t *stub;
    size_t size;
    struct wire_request first;
};

static void take_request(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu,
                         struct incoming *in)
{
    struct fake *f = conn->server;
    struct wire_request r;

    if (wire_get_request(pdu, h->frag_length, h, &r) != WIRE_OK)
        abort();
    if ((h->flags & WIRE_FIRST_FRAG) != 0)
        in->first = r;
    in->stub = realloc(in->stub, in->size + r.stub_length + 20);
    if (in->stub == NULL)
        abort();
    memcpy(in->stub + in->size, pdu + r.stub_offset, r.stub_length);
    in->size += r.stub_length;
    if ((h->flags & WIRE_LAST_FRAG) == 0)
        return;
    (void)pthread_mutex_lock(&f->lock);
    f->requests++;
    conn->calls++;
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
    answer_call(conn, h, &in->first, in->stub, in->size);
    free(in->stub);
    *in = (struct incoming){0};
}

/* ---- Threads ---------------------------------------------------------------------------------- */

static void *serve(void *argument)
{
    struct fake_conn *conn = argument;
    struct fake *f = conn->server;
    struct incoming in = {0};
    uint8_t *pdu = malloc(65536);
    struct wire_header h;

    while (pdu != NULL && receive_all(conn->fd, pdu, 16) &&
           wire_get_header(pdu, 16, &h) == WIRE_OK &&
           receive_all(conn->fd, pdu + 16, h.frag_length - 16u)) {
        fake_hook *hook;

        bool handled;

        (void)pthread_mutex_lock(&f->lock);
        hook = f->hook;
        conn->argument = f->argument;
        f->hooking++;
        (void)pthread_mutex_unlock(&f->lock);
        handled = hook != NULL && hook(conn, &h, pdu);
        (void)pthread_mutex_lock(&f->lock);
        f->hooking--;
        (void)pthread_cond_broadcast(&f->changed);
        (void)pthread_mutex_unlock(&f->lock);
        if (handled)
            continue;
        if (h.type == WIRE_BIND || h.type == WIRE_ALTER_CONTEXT)
            answer_offer(conn, &h, pdu);
        else if (h.type == WIRE_REQUEST)
            take_request(conn, &h, pdu, &in);
    }
    free(in.stub);
    free(pdu);
    (void)pthread_mutex_lock(&f->lock);
    conn->alive = false;
    f->live--;
    if (!group_lives(f, conn->group))
        end_group(f, conn->group);
    (void)close(conn->fd);
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct fake *f = argument;

    for (;;) {
        int fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
        struct fake_conn *conn;

        if (fd < 0)
            return NULL;
        (void)pthread_mutex_lock(&f->lock);
        if (f->accepted == FAKE_CONNECTIONS)
            abort();
        conn = &f->conns[f->accepted];
        *conn = (struct fake_conn){.server = f, .fd = fd, .number = f->accepted, .alive = true};
        f->accepted++;
        f->live++;
        if (pthread_create(&conn->thread, NULL, serve, conn) != 0)
            abort();
        (void)pthread_cond_broadcast(&f->changed);
        (void)pthread_mutex_unlock(&f->lock);
    }
}

static void listen_tcp(struct fake *f)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof a;

    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &size), 0);
    snprintf(f->binding, sizeof f->binding, "ncacn_ip_tcp:127.0.0.1[%u]", ntohs(a.sin_port));
}

static void listen_local(struct fake *f)
{
    static unsigned number;
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(f->path, sizeof f->path, "/tmp/holdfast-fake-%d-%u", (int)getpid(), number++);
    memcpy(a.sun_path, f->path, sizeof a.sun_path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&a, sizeof a), 0);
    snprintf(f->binding, sizeof f->binding, "ncalrpc:[%s]", f->path);
}

void fake_start(struct fake *f, bool local)
{
    memset(f, 0, sizeof *f);
    f->next_group = 0x1000;
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->changed, NULL);
    if (local)
        listen_local(f);
    else
        listen_tcp(f);
    assert_int_equal(listen(f->listener, 64), 0);
    assert_int_equal(pthread_create(&f->acceptor, NULL, accept_all, f), 0);
}

void fake_restart(struct fake *f)
{
    (void)pthread_mutex_lock(&f->lock);
    for (unsigned i = 0; i < f->accepted; i++)
        if (f->conns[i].alive)
            (void)shutdown(f->conns[i].fd, SHUT_RDWR);
    while (f->live > 0)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    (void)pthread_mutex_unlock(&f->lock);
}

void fake_stop(struct fake *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->stopping = true;
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
    (void)shutdown(f->listener, SHUT_RDWR);
    if (f->acceptor != 0)
        (void)pthread_join(f->acceptor, NULL);
    fake_restart(f);
    for (unsigned i = 0; i < f->accepted; i++)
        (void)pthread_join(f->conns[i].thread, NULL);
    (void)close(f->listener);
    if (f->path[0] != '\0')
        (void)unlink(f->path);
    (void)pthread_mutex_destroy(&f->lock);
    (void)pthread_cond_destroy(&f->changed);
}

void fake_set_hook(struct fake *f, fake_hook *hook, void *argument)
{
    (void)pthread_mutex_lock(&f->lock);
    while (f->hooking > 0)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    f->hook = hook;
    f->argument = argument;
    (void)pthread_mutex_unlock(&f->lock);
}

void fake_open_gate(struct fake *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->gate = true;
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
}

unsigned fake_read(struct fake *f, const unsigned *counter)
{
    unsigned value;

    (void)pthread_mutex_lock(&f->lock);
    value = *counter;
    (void)pthread_mutex_unlock(&f->lock);
    return value;
}

void fake_wait(struct fake *f, const unsigned *counter, unsigned value)
{
    struct timespec end;
    int error = 0;

    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    (void)pthread_mutex_lock(&f->lock);
    while (*counter != value && error == 0)
        error = pthread_cond_timedwait(&f->changed, &f->lock, &end);
    error = *counter != value;
    (void)pthread_mutex_unlock(&f->lock);
    if (error != 0)
        fail_msg("counter did not become %u within 20 seconds", value);
}

/* ---- The client's side ------------------------------------------------------------------------ */

#define INTERFACE(first, text)                                                                \
    {                                                                                         \
        .stub_version = NDR_STUB_VERSION, .name = text,                                       \
        .id = {{first, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, {1, 0}}, .method_count = 8, \
        .allocate = malloc, .release = free,                                                  \
    }

struct rpc_interface fake_interface = INTERFACE(1, "fake");
struct rpc_interface fake_second_interface = INTERFACE(2, "second");
struct rpc_interface fake_unknown_interface = INTERFACE(3, "unknown");

RPC_BINDING_HANDLE fake_bind(const struct fake *f)
{
    RPC_BINDING_HANDLE b = NULL;

    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)f->binding, &b), RPC_S_OK);
    return b;
}

/* The end of every stub here: what would be raised is returned. */
static RPC_STATUS end(struct rpc_client_call *c)
{
    volatile RPC_STATUS status = RPC_S_OK;

    RpcTryExcept
    {
        rpc_client_end(c, NULL, NULL);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS fake_echo(const struct rpc_interface *i, RPC_BINDING_HANDLE b, const void *data,
                     uint32_t size, void *ret)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, i, 0, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_array(&c.out, data, size, 1);
        if (rpc_client_exchange(&c)) {
            ndr_get_array(&c.in, ret, size, 1);
            ndr_in_check(&c.in, c.in.pos == c.in.end || c.in.status != 0);
        }
    }
    return end(&c);
}

RPC_STATUS fake_call_open(RPC_BINDING_HANDLE b, void **handle)
{
    struct rpc_client_call c;
    struct rpc_client_context staged;

    rpc_client_begin(&c, &fake_interface, 1, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c) && rpc_client_exchange(&c))
        rpc_client_get_context(&c, &staged, handle, RPC_CONTEXT_OUT);
    return end(&c);
}

RPC_STATUS fake_call_use(void *handle)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &fake_interface, 2, 0);
    rpc_client_bind_context(&c, handle, RPC_CONTEXT_IN);
    if (rpc_client_start(&c)) {
        rpc_client_put_context(&c, handle, RPC_CONTEXT_IN);
        if (rpc_client_exchange(&c))
            (void)ndr_get_long(&c.in);
    }
    return end(&c);
}

static RPC_STATUS in_out(unsigned opnum, RPC_BINDING_HANDLE b, void **handle)
{
    struct rpc_client_call c;
    struct rpc_client_context staged;

    rpc_client_begin(&c, &fake_interface, opnum, 0);
    if (b != NULL)
        rpc_client_bind(&c, b);
    rpc_client_bind_context(&c, *handle, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    if (rpc_client_start(&c)) {
        rpc_client_put_context(&c, *handle, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
        if (rpc_client_exchange(&c))
            rpc_client_get_context(&c, &staged, handle, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
    }
    return end(&c);
}

RPC_STATUS fake_call_close(void **handle)
{
    return in_out(3, NULL, handle);
}

RPC_STATUS fake_call_keep(RPC_BINDING_HANDLE b, void **handle)
{
    return in_out(7, b, handle);
}

RPC_STATUS fake_call_fault(RPC_BINDING_HANDLE b, uint32_t status, error_status_t *comm,
                           error_status_t *fault)
{
    struct rpc_client_call c;
    volatile RPC_STATUS raised = RPC_S_OK;

    rpc_client_begin(&c, &fake_interface, 4, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_long(&c.out, status);
        (void)rpc_client_exchange(&c);
    }
    RpcTryExcept
    {
        rpc_client_end(&c, comm, fault);
    }
    RpcExcept(1)
    {
        raised = RpcExceptionCode();
    }
    RpcEndExcept
    return raised;
}

RPC_STATUS fake_call_big(RPC_BINDING_HANDLE b, uint32_t size)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &fake_interface, 5, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c)) {
        ndr_put_long(&c.out, size);
        if (rpc_client_exchange(&c)) {
            const uint8_t *p = ndr_in_take(&c.in, 8, size);

            for (uint32_t i = 0; p != NULL && i < size; i++)
                ndr_in_check(&c.in, p[i] == (uint8_t)(i * 7 + i / 251));
            ndr_in_check(&c.in, p == NULL || ((uintptr_t)p & 7) == 0);
        }
    }
    return end(&c);
}

RPC_STATUS fake_call_wait(RPC_BINDING_HANDLE b)
{
    struct rpc_client_call c;

    rpc_client_begin(&c, &fake_interface, 6, 0);
    rpc_client_bind(&c, b);
    if (rpc_client_start(&c) && rpc_client_exchange(&c))
        (void)ndr_get_long(&c.in);
    return end(&c);
}
