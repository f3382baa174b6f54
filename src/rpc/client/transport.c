/* SPDX-License-Identifier: Apache-2.0
 *
 * transport.c - a client's byte streams
 *
 * TCP without delay (a call is one write). While anything is outstanding the kernel looks after the
 * peer: keep-alives when all is acknowledged, TCP_USER_TIMEOUT when something is not, since Linux
 * sends no keep-alives then.
 */
#include "rpc/client/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <rpc.h>

#include "base/clock.h"
#include "rpc/client/resolve.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"

#define INTERRUPT_LOOK_US    100000 /* a receiver looks once, and waits for both from then on */
#define KEEPALIVE_INTERVAL_S 1
#define KEEPALIVE_COUNT      3
#define KEEPALIVE_TOTAL_S    3 /* count times interval */

static void set_int(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* Waits for `events`, or for `other` to be readable (-1: none); false when the deadline has passed. */
static bool wait_for_either(int fd, short events, int other, uint64_t deadline)
{
    struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = other, .events = POLLIN}};

    for (;;) {
        uint64_t now = deadline == 0 ? 0 : clock_now_ns();
        int ms = -1, n;

        if (deadline != 0) {
            uint64_t left = deadline > now ? (deadline - now + 999999) / 1000000 : 0;

            ms = left > 1000000 ? 1000000 : (int)left;
        }
        n = poll(p, 2, ms);
        if (n > 0)
            return true;
        if (n == 0 && deadline <= clock_now_ns())
            return false;
        if (n < 0 && errno != EINTR)
            return true; /* the transfer itself says what is wrong */
    }
}

static bool wait_for(int fd, short events, uint64_t deadline)
{
    return wait_for_either(fd, events, -1, deadline);
}

/* One address; the socket is blocking afterwards. */
static int connect_to(const struct sockaddr *address, socklen_t length, uint64_t deadline)
{
    int fd = rpc_fd_socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int error = 0, flags;
    socklen_t size = sizeof error;

    if (fd < 0)
        return -1;
    if (connect(fd, address, length) != 0) {
        error = errno;
        if (error == EINPROGRESS || error == EINTR) {
            if (!wait_for(fd, POLLOUT, deadline))
                error = ETIMEDOUT;
            else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
                error = errno;
        }
    }
    flags = fcntl(fd, F_GETFL);
    if (error != 0 || flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) {
        rpc_fd_close(fd);
        errno = error == 0 ? EIO : error;
        return -1;
    }
    return fd;
}

static RPC_STATUS status_of_errno(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
               ? RPC_S_OUT_OF_RESOURCES
               : RPC_S_SERVER_UNAVAILABLE;
}

static RPC_STATUS connect_tcp(const char *address, const char *endpoint, uint64_t deadline,
                              int *ret_fd)
{
    struct addrinfo *found = NULL;
    RPC_STATUS status = rpc_resolve(address, endpoint, deadline, &found);

    if (status != RPC_S_OK)
        return status;
    status = RPC_S_SERVER_UNAVAILABLE;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        int fd = connect_to(a->ai_addr, a->ai_addrlen, deadline);

        if (fd >= 0) {
            set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
            *ret_fd = fd;
            status = RPC_S_OK;
            break;
        }
        status = status_of_errno();
    }
    freeaddrinfo(found);
    return status;
}

/* A unix listener with a full backlog answers EAGAIN at once; it is asked again until the deadline. */
static RPC_STATUS connect_local(const char *endpoint, uint64_t deadline, int *ret_fd)
{
    struct sockaddr_un address;
    RPC_STATUS status = rpc_endpoint_local(endpoint, false, &address);
    int fd;

    if (status != RPC_S_OK)
        return status;
    for (;;) {
        fd = connect_to((const struct sockaddr *)&address, sizeof address, deadline);
        if (fd >= 0 || errno != EAGAIN || (deadline != 0 && clock_now_ns() >= deadline))
            break;
        (void)poll(NULL, 0, 2);
    }
    if (fd < 0)
        return status_of_errno();
    *ret_fd = fd;
    return RPC_S_OK;
}

RPC_STATUS rpc_stream_connect(enum rpc_transport transport, const char *address,
                              const char *endpoint, uint64_t deadline, int *ret_fd)
{
    rpc_count(&rpc_client_counters.connects);
    if (transport == RPC_TRANSPORT_LOCAL)
        return connect_local(endpoint, deadline, ret_fd);
    return connect_tcp(address[0] == '\0' ? NULL : address, endpoint, deadline, ret_fd);
}

void rpc_stream_watch(int fd, unsigned com_timeout)
{
    unsigned long idle = (com_timeout + 1) * atomic_load(&rpc_client_tuning.com_timeout_unit_s);

    if (com_timeout >= RPC_C_BINDING_INFINITE_TIMEOUT) {
        set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
        set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
        return;
    }
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)idle);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(idle + KEEPALIVE_TOTAL_S) * 1000);
}

/* Takes `sent` octets off the front of iov. */
static void advance(struct iovec **iov, size_t *count, size_t sent)
{
    while (*count > 0 && sent >= (*iov)->iov_len) {
        sent -= (*iov)->iov_len;
        (*iov)++;
        (*count)--;
    }
    if (*count > 0) {
        (*iov)->iov_base = (char *)(*iov)->iov_base + sent;
        (*iov)->iov_len -= sent;
    }
}

enum rpc_io rpc_stream_send(int fd, struct iovec *iov, size_t count, uint64_t deadline,
                            size_t *ret_sent)
{
    int flags = MSG_NOSIGNAL | (deadline == 0 ? 0 : MSG_DONTWAIT);

    *ret_sent = 0;
    while (count > 0) {
        struct msghdr m = {.msg_iov = iov, .msg_iovlen = count};
        ssize_t n =
            count == 1 ? send(fd, iov->iov_base, iov->iov_len, flags) : sendmsg(fd, &m, flags);

        if (n >= 0) {
            *ret_sent += (size_t)n;
            advance(&iov, &count, (size_t)n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for(fd, POLLOUT, deadline))
                return RPC_IO_TIMED_OUT;
        } else if (errno != EINTR) {
            return RPC_IO_LOST;
        }
    }
    return RPC_IO_DONE;
}

/* ---- Interrupting a receiver ------------------------------------------------------------------ */

void rpc_stream_interruptible(int fd)
{
    const struct timeval look = {.tv_usec = INTERRUPT_LOOK_US};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
}

static int make_event(void *unused)
{
    (void)unused;
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void rpc_interrupt_init(struct rpc_interrupt *i)
{
    atomic_init(&i->asked, false);
    atomic_init(&i->event, -1);
}

/* `asked` is written before `event` is read here, and read after `event` is written by the receiver. */
void rpc_interrupt(struct rpc_interrupt *i)
{
    int event;

    atomic_store(&i->asked, true);
    event = atomic_load(&i->event);
    if (event >= 0)
        (void)eventfd_write(event, 1);
}

void rpc_interrupt_reset(struct rpc_interrupt *i)
{
    int event = atomic_load(&i->event);
    eventfd_t count;

    if (event >= 0)
        (void)eventfd_read(event, &count);
    atomic_store(&i->asked, false);
}

void rpc_interrupt_fini(struct rpc_interrupt *i)
{
    rpc_fd_close(atomic_exchange(&i->event, -1));
}

/* The descriptor to wait for beside the stream; -1: there is none. */
static int event_of(struct rpc_interrupt *i)
{
    if (i == NULL)
        return -1;
    if (atomic_load(&i->event) < 0)
        atomic_store(&i->event, rpc_fd_make(make_event, NULL));
    return atomic_load(&i->event);
}

/* ---- Receiving -------------------------------------------------------------------------------- */

enum rpc_io rpc_stream_receive(int fd, void *to, size_t room, uint64_t deadline,
                               struct rpc_interrupt *interrupt, size_t *ret_received)
{
    bool polls = deadline != 0;

    *ret_received = 0;
    for (;;) {
        int event = polls ? event_of(interrupt) : -1;
        ssize_t n;

        if (interrupt != NULL && atomic_load(&interrupt->asked))
            return RPC_IO_TIMED_OUT;
        if (polls && !wait_for_either(fd, POLLIN, event, deadline))
            return RPC_IO_TIMED_OUT;
        n = recv(fd, to, room, polls ? MSG_DONTWAIT : 0);
        if (n > 0) {
            *ret_received = (size_t)n;
            return RPC_IO_DONE;
        }
        if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
            return RPC_IO_LOST;
        polls = deadline != 0 || (errno != EINTR && event_of(interrupt) >= 0);
    }
}

void rpc_stream_shut(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
}

bool rpc_stream_is_stale(int fd)
{
    char octet;
    ssize_t n;

    do {
        n = recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}
