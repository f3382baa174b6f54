/* SPDX-License-Identifier: Apache-2.0
 *
 * raw_client.c - client of raw_server
 */
#include "bench.h"
#include "raw.h"

#include <sys/uio.h>

struct raw {
    int fd;
    uint32_t id;
    uint8_t handle[20];
    uint8_t buffer[8192];
};

static int raw_connect(const char *address, void **connection)
{
    struct raw *r = calloc(1, sizeof *r);

    r->fd = raw_socket(address, 0);
    *connection = r;
    return r->fd < 0;
}

/* One call; the reply's data goes to `back`. */
static int call(struct raw *r, uint16_t op, const uint8_t *data, uint32_t size, uint8_t *back,
                uint32_t back_size)
{
    uint32_t whole = RAW_REPLY + back_size;
    size_t have = 0;
    struct iovec iov[2] = {{r->buffer, RAW_REQUEST}, {(void *)(uintptr_t)data, size}};

    raw_put_header(r->buffer, 0, op, RAW_REQUEST + size, ++r->id);
    memcpy(r->buffer + RAW_HEADER, r->handle, 20);
    while (iov[0].iov_len + iov[1].iov_len > 0) {
        ssize_t n = writev(r->fd, iov, 2);

        if (n <= 0)
            return 1;
        for (int i = 0; i < 2; i++) {
            size_t part = (size_t)n < iov[i].iov_len ? (size_t)n : iov[i].iov_len;

            iov[i].iov_base = (uint8_t *)iov[i].iov_base + part;
            iov[i].iov_len -= part;
            n -= (ssize_t)part;
        }
    }
    while (have < whole) {
        ssize_t n;

        iov[0] = (struct iovec){r->buffer + have, have < RAW_REPLY ? RAW_REPLY - have : 0};
        iov[1] = (struct iovec){back + (have < RAW_REPLY ? 0 : have - RAW_REPLY),
                                back_size - (have < RAW_REPLY ? 0 : have - RAW_REPLY)};
        n = readv(r->fd, iov, 2);
        if (n <= 0)
            return 1;
        have += (size_t)n;
    }
    return raw_get32(r->buffer + 16) != whole || raw_get32(r->buffer + RAW_HEADER) != 0;
}

static int raw_open(void *c)
{
    struct raw *r = c;

    return call(r, RAW_OPEN, NULL, 0, r->handle, 20);
}

static int raw_use(void *c)
{
    return call(c, RAW_USE, NULL, 0, NULL, 0);
}

static int raw_echo(void *c, const uint8_t *data, uint32_t size, uint8_t *back)
{
    return call(c, RAW_ECHO, data, size, back, size);
}

static int raw_close(void *c)
{
    uint8_t ignored[20];

    return call(c, RAW_CLOSE, NULL, 0, ignored, 20);
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {raw_connect, raw_open, raw_use, raw_echo, raw_close};

    return bench_main(argc, argv, &peer);
}
