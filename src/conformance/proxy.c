/* SPDX-License-Identifier: Apache-2.0
 *
 * proxy.c - a wire between client and server that can be damaged
 *
 * Per connection two threads pump one direction each. Lock: proxy.lock for everything that is not a
 * pump's own.
 */
#include "conformance/proxy.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS 512

const char *proxy_folder = "/tmp";

struct link {
    struct proxy *p;
    int fd[2]; /* [TO_SERVER] leads to the server, [TO_CLIENT] to the client */
    pthread_t pump[2];
    bool open;
    unsigned running;
};

struct proxy {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t acceptor;
    int listener, port, target;
    char host[256], path[108], target_path[108];
    char from[64]; /* "": any */
    uid_t as;      /* 0: as the process */
    struct proxy_order order;
    bool armed, done, holding, refuse;
    struct link links[CONNECTIONS];
    unsigned count;
    unsigned seen[2][32]; /* PDUs by type */
};

static bool read_all(int fd, uint8_t *to, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, to, n);

        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const uint8_t *from, size_t n)
{
    while (n > 0) {
        ssize_t put = send(fd, from, n, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        from += put;
        n -= (size_t)put;
    }
    return true;
}

/* The lock is held. */
static void end_link(struct link *l, bool reset)
{
    struct linger abort_it = {1, 0};

    if (!l->open)
        return;
    l->open = false;
    for (int i = 0; i < 2; i++) {
        if (reset) /* both ends see a reset once the descriptor is closed */
            (void)setsockopt(l->fd[i], SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
        (void)shutdown(l->fd[i], reset ? SHUT_RD : SHUT_RDWR);
    }
}

/* What happens to this PDU; the lock is held. True: it matched the order. */
static bool matches(struct proxy *p, enum proxy_direction d, const uint8_t *pdu)
{
    if (!p->armed || p->order.direction != d || p->order.type != pdu[2])
        return false;
    if (p->order.skip > 0) {
        p->order.skip--;
        return false;
    }
    p->armed = false;
    return true;
}

static void tell(struct proxy *p)
{
    p->done = true;
    pthread_cond_broadcast(&p->changed);
}

/* Makes a fault of a PDU, in place; returns its size. */
static size_t put_fault(uint8_t *pdu, uint32_t status)
{
    static const uint8_t start[12] = {5, 0, PDU_FAULT, 3, 0x10, 0, 0, 0, 32}; /* then the call id */

    memcpy(pdu, start, sizeof start);
    memset(pdu + 16, 0, 16);
    pdu[16] = 32; /* alloc_hint */
    for (unsigned i = 0; i < 4; i++)
        pdu[24 + i] = (uint8_t)(status >> (8 * i));
    return 32;
}

/* Carries the order out; returns false when the link is over. */
static bool obey(struct link *l, enum proxy_direction d, uint8_t *pdu, size_t size)
{
    struct proxy *p = l->p;
    struct proxy_order o = p->order;
    bool good = true;

    switch (o.action) {
    case PROXY_SWALLOW: break;
    case PROXY_CUT: end_link(l, false); break;
    case PROXY_RESET: end_link(l, true); break;
    case PROXY_CUT_AT:
        (void)write_all(l->fd[d], pdu, o.at < size ? o.at : size);
        end_link(l, false);
        break;
    case PROXY_AFTER:
        (void)write_all(l->fd[d], pdu, size);
        end_link(l, false);
        break;
    case PROXY_ALTER:
        if (o.at < size)
            pdu[o.at] ^= o.with;
        good = write_all(l->fd[d], pdu, size);
        break;
    case PROXY_READ:
        if (o.at + o.size <= size)
            memcpy(o.octets, pdu + o.at, o.size);
        good = write_all(l->fd[d], pdu, size);
        break;
    case PROXY_WRITE:
        if (o.at + o.size <= size)
            memcpy(pdu + o.at, o.octets, o.size);
        good = write_all(l->fd[d], pdu, size);
        break;
    case PROXY_FAULT: good = write_all(l->fd[d], pdu, put_fault(pdu, o.status)); break;
    case PROXY_NOTE: good = write_all(l->fd[d], pdu, size); break;
    case PROXY_HOLD:
        p->holding = true;
        tell(p);
        while (p->holding)
            pthread_cond_wait(&p->changed, &p->lock);
        good = write_all(l->fd[d], pdu, size);
        break;
    }
    tell(p);
    return good && l->open;
}

struct pump {
    struct link *link;
    enum proxy_direction direction;
};

static void *pump(void *argument)
{
    struct pump *mine = argument;
    struct link *l = mine->link;
    enum proxy_direction d = mine->direction;
    struct proxy *p = l->p;
    static __thread uint8_t pdu[65536];
    bool good = true;

    free(mine);
    while (good) {
        size_t size;

        if (!read_all(l->fd[!d], pdu, 16))
            break;
        size = pdu[8] | (size_t)pdu[9] << 8;
        if (size < 16 || !read_all(l->fd[!d], pdu + 16, size - 16))
            break;
        pthread_mutex_lock(&p->lock);
        p->seen[d][pdu[2] % 32]++;
        if (matches(p, d, pdu)) {
            good = obey(l, d, pdu, size);
            pthread_mutex_unlock(&p->lock);
        } else {
            pthread_mutex_unlock(&p->lock);
            good = write_all(l->fd[d], pdu, size);
        }
    }
    pthread_mutex_lock(&p->lock);
    end_link(l, false);
    if (--l->running == 0) {
        close(l->fd[0]);
        close(l->fd[1]);
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Of this thread alone: the library's function would do it for all. */
static void become(uid_t uid)
{
    if (syscall(SYS_setresuid, -1, uid, -1) != 0)
        abort();
}

static int reach_unix(const struct proxy *p)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", p->target_path);
    if (p->as != 0)
        become(p->as);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&un, sizeof un) != 0) {
        close(fd);
        fd = -1;
    }
    if (p->as != 0)
        become(0);
    return fd;
}

static int reach_tcp(const struct proxy *p)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *there = NULL;
    struct sockaddr_in from = {.sin_family = AF_INET};
    char port[16];
    int fd, on = 1;
    bool good;

    (void)snprintf(port, sizeof port, "%d", p->target);
    if (getaddrinfo(p->host, port, &hints, &there) != 0)
        return -1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    good = fd >= 0;
    if (good && p->from[0] != '\0')
        good = inet_pton(AF_INET, p->from, &from.sin_addr) == 1 &&
               bind(fd, (struct sockaddr *)&from, sizeof from) == 0;
    good = good && connect(fd, there->ai_addr, there->ai_addrlen) == 0;
    freeaddrinfo(there);
    if (good) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The lock is held. */
static void start_link(struct proxy *p, int client)
{
    int server = p->refuse || p->count == CONNECTIONS ? -1
                 : p->target                          ? reach_tcp(p)
                                                      : reach_unix(p);
    int on = 1;
    struct link *l;

    if (server < 0) {
        close(client);
        return;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    l = &p->links[p->count++];
    l->p = p;
    l->fd[TO_SERVER] = server;
    l->fd[TO_CLIENT] = client;
    l->open = true;
    l->running = 2;
    for (int d = 0; d < 2; d++) {
        struct pump *mine = malloc(sizeof *mine);

        *mine = (struct pump){l, (enum proxy_direction)d};
        if (pthread_create(&l->pump[d], NULL, pump, mine) != 0)
            abort();
    }
}

static void *acceptor(void *argument)
{
    struct proxy *p = argument;

    for (;;) {
        int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

        if (client < 0)
            return NULL;
        pthread_mutex_lock(&p->lock);
        start_link(p, client);
        pthread_mutex_unlock(&p->lock);
    }
}

struct proxy *proxy_create(const char *host, int port, const char *path)
{
    static unsigned serial;
    struct proxy *p = calloc(1, sizeof *p);
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t size = sizeof in;
    int r;

    if (p == NULL)
        abort();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->target = port;
    (void)snprintf(p->host, sizeof p->host, "%s", host != NULL ? host : "127.0.0.1");
    (void)snprintf(p->path, sizeof p->path, "%.60s/holdfast-proxy-%d-%u.sock", proxy_folder,
                   (int)getpid(), serial++);
    (void)unlink(p->path); /* a killed process of this number has left it */
    if (path != NULL)
        (void)snprintf(p->target_path, sizeof p->target_path, "%s", path);
    p->listener = socket(port ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", p->path);
    /* What a client sends and nobody reads soon makes it wait. */
    (void)setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &(int){65536}, sizeof(int));
    r = port ? bind(p->listener, (struct sockaddr *)&in, sizeof in)
             : bind(p->listener, (struct sockaddr *)&un, sizeof un);
    if (r != 0 || listen(p->listener, 128) != 0)
        abort();
    if (port) {
        (void)getsockname(p->listener, (struct sockaddr *)&in, &size);
        p->port = ntohs(in.sin_port);
    }
    if (pthread_create(&p->acceptor, NULL, acceptor, p) != 0)
        abort();
    return p;
}

void proxy_free(struct proxy *take_p)
{
    struct proxy *p = take_p;

    (void)shutdown(p->listener, SHUT_RDWR);
    pthread_join(p->acceptor, NULL);
    close(p->listener);
    proxy_release(p);
    proxy_cut_all(p);
    for (unsigned i = 0; i < p->count; i++) {
        pthread_join(p->links[i].pump[0], NULL);
        pthread_join(p->links[i].pump[1], NULL);
    }
    if (!p->port)
        (void)unlink(p->path);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p);
}

int proxy_port(const struct proxy *p)
{
    return p->port;
}

const char *proxy_path(const struct proxy *p)
{
    return p->path;
}

void proxy_arm(struct proxy *p, struct proxy_order order)
{
    pthread_mutex_lock(&p->lock);
    p->order = order;
    p->armed = true;
    p->done = false;
    pthread_mutex_unlock(&p->lock);
}

void proxy_wait_done(struct proxy *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->done)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void proxy_release(struct proxy *p)
{
    pthread_mutex_lock(&p->lock);
    p->holding = false;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void proxy_cut_all(struct proxy *p)
{
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->count; i++)
        end_link(&p->links[i], false);
    pthread_mutex_unlock(&p->lock);
}

void proxy_cut_one(struct proxy *p, unsigned n, bool reset)
{
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->count; i++) {
        struct link *l = &p->links[i];

        if (!l->open || n-- != 0)
            continue;
        end_link(l, reset);
        while (l->running > 0)
            pthread_cond_wait(&p->changed, &p->lock);
        break;
    }
    pthread_mutex_unlock(&p->lock);
}

void proxy_refuse(struct proxy *p, bool refuse)
{
    pthread_mutex_lock(&p->lock);
    p->refuse = refuse;
    pthread_mutex_unlock(&p->lock);
}

void proxy_retarget(struct proxy *p, int port)
{
    pthread_mutex_lock(&p->lock);
    p->target = port;
    pthread_mutex_unlock(&p->lock);
}

void proxy_from(struct proxy *p, const char *ip)
{
    pthread_mutex_lock(&p->lock);
    (void)snprintf(p->from, sizeof p->from, "%s", ip);
    pthread_mutex_unlock(&p->lock);
}

void proxy_as(struct proxy *p, uid_t uid)
{
    pthread_mutex_lock(&p->lock);
    p->as = uid;
    pthread_mutex_unlock(&p->lock);
}

unsigned proxy_passed(struct proxy *p)
{
    unsigned n = 0;

    for (unsigned type = 0; type < 32; type++)
        n += proxy_seen(p, TO_SERVER, (enum pdu)type);
    return n;
}

unsigned proxy_seen(struct proxy *p, enum proxy_direction d, enum pdu type)
{
    unsigned n;

    pthread_mutex_lock(&p->lock);
    n = p->seen[d][type];
    pthread_mutex_unlock(&p->lock);
    return n;
}

unsigned proxy_made(struct proxy *p)
{
    unsigned n;

    pthread_mutex_lock(&p->lock);
    n = p->count;
    pthread_mutex_unlock(&p->lock);
    return n;
}

unsigned proxy_open(struct proxy *p)
{
    unsigned n = 0;

    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->count; i++)
        n += p->links[i].open;
    pthread_mutex_unlock(&p->lock);
    return n;
}
