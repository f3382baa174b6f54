/* SPDX-License-Identifier: Apache-2.0
 *
 * raw.h - messages of the raw peers: shaped like the PDUs of a call, read and written by hand
 *
 * A request is 24 octets of header, 20 of handle, then the data; a reply 24 octets, 4 of result,
 * then the data. Header: version 5.0, type, flags, drep, size (in place of alloc_hint, so that a
 * message may be of any size), call id.
 */
#ifndef BENCH_RPC_RAW_H
#define BENCH_RPC_RAW_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RAW_HEADER = 24, RAW_REQUEST = 44, RAW_REPLY = 28, RAW_MAX = 64 << 20 };
enum { RAW_OPEN = 0, RAW_USE = 1, RAW_ECHO = 2, RAW_CLOSE = 3 };

static inline uint32_t raw_get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static inline void raw_put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline void raw_put_header(uint8_t *p, uint8_t type, uint16_t op, uint32_t size, uint32_t id)
{
    static const uint8_t drep[4] = {0x10, 0, 0, 0};

    p[0] = 5;
    p[1] = 0;
    p[2] = type;
    p[3] = 3;
    memcpy(p + 4, drep, 4);
    memset(p + 8, 0, 4);
    raw_put32(p + 12, id);
    raw_put32(p + 16, size);
    p[20] = p[21] = 0;
    memcpy(p + 22, &op, 2);
}

static inline int raw_write(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

/* "unix:PATH" or a port on loopback. */
static inline int raw_socket(const char *address, int serve)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr *sa = (struct sockaddr *)&in;
    socklen_t length = sizeof in;
    int one = 1, fd;

    if (strncmp(address, "unix:", 5) == 0) {
        snprintf(un.sun_path, sizeof un.sun_path, "%s", address + 5);
        sa = (struct sockaddr *)&un;
        length = sizeof un;
    } else {
        in.sin_port = htons((uint16_t)atoi(address));
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || (serve ? bind(fd, sa, length) || listen(fd, 4096) : connect(fd, sa, length))) {
        perror(address);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

#endif
