/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoint.c - listening sockets and what becomes of an accepted connection
 *
 * All listening sockets lie in the first set; new connections go to the sets in turn. Descriptors
 * are close-on-exec, streams carry TCP_NODELAY and keep-alives (rpc-associations 6.1: also
 * TCP_USER_TIMEOUT, since Linux sends no keep-alives while data is unacknowledged).
 */
#include "rpc/net/net_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/core/fork.h"

static bool is_mapped_ipv4(const struct net_peer *peer)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(peer->address, mapped, sizeof mapped) == 0;
}

void net_peer_address(const struct net_peer *peer, char to[NET_PEER_ADDRESS])
{
    to[0] = '\0';
    if (peer->family == NET_UNIX)
        return;
    if (is_mapped_ipv4(peer))
        (void)inet_ntop(AF_INET, peer->address + 12, to, NET_PEER_ADDRESS);
    else
        (void)inet_ntop(AF_INET6, peer->address, to, NET_PEER_ADDRESS);
}

void net_peer_text(const struct net_peer *peer, char to[NET_PEER_TEXT])
{
    char address[NET_PEER_ADDRESS];

    net_peer_address(peer, address);
    if (peer->family == NET_UNIX)
        (void)snprintf(to, NET_PEER_TEXT, "uid %u, pid %d", (unsigned)peer->uid, (int)peer->pid);
    else
        (void)snprintf(to, NET_PEER_TEXT, is_mapped_ipv4(peer) ? "%s:%u" : "[%s]:%u", address,
                       peer->port);
}

bool net_peer_is_loopback(const struct net_peer *peer)
{
    static const uint8_t loop6[16] = {[15] = 1};

    if (peer->family == NET_UNIX)
        return false;
    if (is_mapped_ipv4(peer))
        return peer->address[12] == 127;
    return memcmp(peer->address, loop6, sizeof loop6) == 0;
}

enum net_family net_endpoint_family(const struct net_endpoint *e)
{
    return e->family;
}

uint16_t net_endpoint_port(const struct net_endpoint *e)
{
    return e->port;
}

const char *net_endpoint_address(const struct net_endpoint *e)
{
    return e->address;
}

const char *net_endpoint_path(const struct net_endpoint *e)
{
    return e->path;
}

void net_endpoint_free(struct net_endpoint *e)
{
    if (e->path != NULL)
        (void)unlink(e->path);
    rpc_fd_close(e->fd);
    mem_free(e->path);
    mem_free(e);
}

/* ---- Accepting -------------------------------------------------------------------------------- */

static void set_tcp_options(struct net *n, int fd)
{
    int on = 1, idle = (int)n->config.keepalive_s, interval = 1, count = 3;
    unsigned timeout_ms = (n->config.keepalive_s + 3) * 1000;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

static void peer_of_tcp(const struct sockaddr_storage *from, struct net_peer *peer)
{
    const struct sockaddr_in *in = (const void *)from;
    const struct sockaddr_in6 *in6 = (const void *)from;

    if (from->ss_family == AF_INET) {
        memset(peer->address + 10, 0xff, 2);
        memcpy(peer->address + 12, &in->sin_addr, 4);
        peer->port = ntohs(in->sin_port);
    } else {
        memcpy(peer->address, &in6->sin6_addr, 16);
        peer->port = ntohs(in6->sin6_port);
    }
}

static void peer_of_unix(int fd, struct net_peer *peer)
{
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t size = sizeof who;

    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
    peer->uid = who.uid;
    peer->pid = who.pid;
}

/* Out of descriptors: a connection that is never accepted would wake us for ever. */
static void refuse_one(struct net *n, int listener)
{
    int fd;

    rpc_fd_close(n->reserve_fd);
    fd = rpc_fd_accept(listener, NULL, NULL, 0);
    rpc_fd_close(fd);
    n->reserve_fd = rpc_fd_make(net_make_reserve, NULL);
}

/* Takes ownership of `fd`. */
static void conn_opened(struct net *n, const struct net_endpoint *e, int fd,
                        const struct net_peer *peer)
{
    struct net_set *s = &n->sets[atomic_fetch_add(&n->next_set, 1) % n->set_count];
    struct net_conn *c = net_conn_create(n, s, fd);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    bool room;

    if (c == NULL) {
        rpc_fd_close(fd);
        return;
    }
    pthread_mutex_lock(&n->lock);
    room = n->connections_live < limit_of(LIMIT_CONNECTIONS);
    if (room) {
        n->connections_live++;
        n->connections_opened++;
        list_append(&n->conns, &c->link);
    }
    pthread_mutex_unlock(&n->lock);
    if (room)
        c->user = n->handler->opened(c, peer, e);
    else
        limit_reached(LIMIT_CONNECTIONS);
    if (c->user != NULL && epoll_ctl(s->epfd, EPOLL_CTL_ADD, fd, &event) == 0)
        return; /* from here on the set's owner may already be reading */
    if (c->user != NULL)
        n->handler->closed(c->user);
    net_conn_pays(c);
    pthread_mutex_lock(&n->lock);
    if (room) {
        list_remove(&c->link);
        n->connections_live--;
    }
    pthread_mutex_unlock(&n->lock);
    rpc_fd_close(fd);
    c->fd = -1;
    net_conn_unref(c);
}

void net_endpoint_event(struct net_worker *w, struct net_endpoint *e)
{
    struct net *n = w->net;

    for (int i = 0; i < NET_BATCH; i++) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        struct net_peer peer = {.family = e->family};
        int fd = rpc_fd_accept(e->fd, (struct sockaddr *)&from, &size, 0);

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                refuse_one(n, e->fd);
            else if (errno == ECONNABORTED || errno == EINTR)
                continue;
            return;
        }
        if (e->family == NET_TCP) {
            set_tcp_options(n, fd);
            peer_of_tcp(&from, &peer);
        } else {
            peer_of_unix(fd, &peer);
        }
        conn_opened(n, e, fd, &peer);
    }
}

/* ---- Listening -------------------------------------------------------------------------------- */

/* Takes ownership of `fd` and `path`. */
static struct net_endpoint *endpoint_add(struct net *n, enum net_family family, int fd,
                                         uint16_t port, char *path)
{
    struct net_endpoint *e = mem_alloc(sizeof *e);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = e};
    int error;

    if (e == NULL) {
        rpc_fd_close(fd);
        mem_free(path);
        errno = ENOMEM;
        return NULL;
    }
    *e = (struct net_endpoint){
        .kind = NET_KIND_ENDPOINT, .family = family, .fd = fd, .port = port, .path = path};
    pthread_mutex_lock(&n->lock);
    list_append(&n->endpoints, &e->link);
    pthread_mutex_unlock(&n->lock);
    if (epoll_ctl(n->sets[0].epfd, EPOLL_CTL_ADD, fd, &event) == 0)
        return e;
    error = errno;
    pthread_mutex_lock(&n->lock);
    list_remove(&e->link);
    pthread_mutex_unlock(&n->lock);
    net_endpoint_free(e);
    errno = error;
    return NULL;
}

static int close_with(int fd, int error)
{
    rpc_fd_close(fd);
    errno = error;
    return -1;
}

static int bind_tcp(const struct sockaddr *to, socklen_t size, int backlog)
{
    int fd = rpc_fd_socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, off = 0;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (to->sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, to, size) != 0 || listen(fd, backlog) != 0)
        return close_with(fd, errno);
    return fd;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    struct net_peer self = {.port = 0};

    if (getsockname(fd, (struct sockaddr *)&at, &size) == 0)
        peer_of_tcp(&at, &self);
    return self.port;
}

struct net_endpoint *net_listen_tcp(struct net *n, const char *address, uint16_t port, int backlog)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct net_endpoint *e;
    int fd = -1;

    if (address == NULL || inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
        fd = bind_tcp((struct sockaddr *)&in6, sizeof in6, backlog);
    if (address == NULL && fd < 0 && errno == EAFNOSUPPORT) /* a machine without IPv6 */
        fd = bind_tcp((struct sockaddr *)&in, sizeof in, backlog);
    if (address != NULL && inet_pton(AF_INET, address, &in.sin_addr) == 1)
        fd = bind_tcp((struct sockaddr *)&in, sizeof in, backlog);
    if (fd < 0)
        return NULL;
    e = endpoint_add(n, NET_TCP, fd, bound_port(fd), NULL);
    if (e != NULL && address != NULL)
        (void)snprintf(e->address, sizeof e->address, "%s", address);
    return e;
}

/* True if a server answers at the socket; false if its file is stale or absent. */
static bool answers(const struct sockaddr_un *at)
{
    int fd = rpc_fd_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bool yes;

    if (fd < 0)
        return true;
    yes = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 ||
          (errno != ECONNREFUSED && errno != ENOENT);
    rpc_fd_close(fd);
    return yes;
}

struct net_endpoint *net_listen_unix(struct net *n, const char *path, int backlog)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat file;
    char *copy;
    int fd, error;

    if (strlen(path) >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    strcpy(at.sun_path, path);
    if (lstat(path, &file) == 0 && S_ISSOCK(file.st_mode) && !answers(&at))
        (void)unlink(path);
    fd = rpc_fd_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return NULL;
    copy = mem_strdup(path);
    error = copy == NULL ? ENOMEM : 0;
    if (error == 0 && bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
        error = errno;
    if (error == 0 && listen(fd, backlog) != 0) {
        error = errno;
        (void)unlink(path);
    }
    if (error != 0) {
        mem_free(copy);
        (void)close_with(fd, error);
        return NULL;
    }
    return endpoint_add(n, NET_UNIX, fd, 0, copy);
}
