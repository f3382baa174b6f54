/* SPDX-License-Identifier: Apache-2.0
 *
 * many_client.c - one thread that holds many connections, by hand-made messages
 *
 *     many_client ADDRESS multi N --seconds S      N connections, a call in flight on each
 *     many_client ADDRESS idle N --seconds S       calls on one connection beside N that are silent
 *     many_client ADDRESS handles N --seconds S    calls on one handle beside N that are open
 *     many_client ADDRESS slow N --seconds S       calls beside N that ask and do not read
 *
 * ADDRESS is the port of a raw_server, or a string binding of ours_server: a request has 44 octets
 * and a reply 28 in both, only the headers differ. idle, handles and slow print "ready" when their
 * state is there, and wait for a line, so that the server's memory can be looked at. Prints calls a
 * second and the middle and the 99th of a hundred in microseconds.
 */
#include "bench.h"
#include "raw.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define OPENERS 32 /* connections over which handles are opened */
#define ASKED   200
#define ECHOED  65536u

struct stream {
    int fd;
    size_t have;
    uint64_t sent_ns;
    uint8_t request[RAW_REQUEST], reply[64];
};

static bool ours;
static uint32_t group; /* of the association; ours */

static void put16(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, sizeof v);
}

static bool receive(int fd, uint8_t *to, size_t size)
{
    return recv(fd, to, size, MSG_WAITALL) == (ssize_t)size;
}

static void put_request(uint8_t *p, uint16_t op, uint32_t size)
{
    static const uint8_t head[8] = {5, 0, 0, 3, 0x10, 0, 0, 0};

    if (!ours) {
        raw_put_header(p, 0, op, size, 2);
        return;
    }
    memset(p, 0, RAW_HEADER);
    memcpy(p, head, sizeof head);
    put16(p + 8, (uint16_t)size);
    raw_put32(p + 12, 2);
    raw_put32(p + 16, size - RAW_HEADER);
    put16(p + 22, op);
}

/* Binds to bench 1.0 with NDR 2.0, as a member of the association if there is one. */
static bool bind_ours(int fd)
{
    static const uint8_t ids[] = {0x3e, 0x9d, 0x5b, 0x7c, 0xa4, 0x20, 0x1e, 0x4b, 0x8f, 0x60,
                                  0x6f, 0x0c, 0x0d, 0x8e, 0x1b, 0x2a, 1,    0,    0,    0,
                                  0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8,
                                  0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2,    0,    0,    0};
    uint8_t pdu[72] = {5, 0, 11, 3, 0x10}, answer[512];
    uint16_t size;

    put16(pdu + 8, sizeof pdu);
    raw_put32(pdu + 12, 1);
    put16(pdu + 16, 5840);
    put16(pdu + 18, 5840);
    raw_put32(pdu + 20, group);
    pdu[24] = 1;
    pdu[30] = 1;
    memcpy(pdu + 32, ids, sizeof ids);
    if (raw_write(fd, pdu, sizeof pdu) != 0 || !receive(fd, answer, 24))
        return false;
    memcpy(&size, answer + 8, 2);
    if (answer[2] != 12 || size < 24 || size > sizeof answer ||
        !receive(fd, answer + 24, size - 24))
        return false;
    group = raw_get32(answer + 20);
    return true;
}

static bool stream_open(struct stream *s, const char *address)
{
    s->fd = raw_socket(address, 0);
    return s->fd >= 0 && (!ours || bind_ours(s->fd));
}

/* Opens a handle; the stream's request names it from now on. */
static bool handle_open(struct stream *s)
{
    uint8_t reply[RAW_REPLY + 20];

    memset(s->request, 0, sizeof s->request);
    put_request(s->request, RAW_OPEN, ours ? RAW_HEADER : RAW_REQUEST);
    if (raw_write(s->fd, s->request, ours ? RAW_HEADER : RAW_REQUEST) != 0 ||
        !receive(s->fd, reply, sizeof reply))
        return false;
    put_request(s->request, RAW_USE, RAW_REQUEST);
    memcpy(s->request + RAW_HEADER, reply + (ours ? RAW_HEADER : RAW_REPLY), 20);
    return true;
}

static bool ask(struct stream *s)
{
    s->have = 0;
    s->sent_ns = bench_now();
    return raw_write(s->fd, s->request, sizeof s->request) == 0;
}

/* One that asks for much and reads nothing. */
static bool be_slow(struct stream *s)
{
    static uint8_t request[RAW_REQUEST + 4 + 4 + ECHOED];
    uint32_t size = 5840 - 5840 % 8;

    if (!handle_open(s))
        return false;
    memcpy(request, s->request, RAW_REQUEST);
    put_request(request, RAW_ECHO, ours ? size : RAW_REQUEST + ECHOED);
    if (ours) {
        raw_put32(request + RAW_REQUEST, size - RAW_REQUEST - 8);
        raw_put32(request + RAW_REQUEST + 4, size - RAW_REQUEST - 8);
    } else {
        size = RAW_REQUEST + ECHOED;
    }
    for (int i = 0; i < ASKED; i++) {
        if (send(s->fd, request, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
            break; /* nobody reads any more, as it should be */
        if (ours)
            raw_put32(request + 12, (uint32_t)i + 3);
    }
    return true;
}

static int report(uint64_t calls, double seconds, uint32_t *samples, size_t count)
{
    qsort(samples, count, sizeof *samples, bench_compare);
    printf("{\"calls\": %llu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_us\": %.2f, "
           "\"p99_us\": %.2f}\n",
           (unsigned long long)calls, seconds, (double)calls / seconds, samples[count / 2] / 1e3,
           samples[count * 99 / 100] / 1e3);
    return 0;
}

/* All streams always have a call in flight. */
static int serve(struct stream *streams, unsigned n, double seconds)
{
    uint32_t *samples = malloc(BENCH_SAMPLES * sizeof *samples);
    uint64_t begin = bench_now(), end = begin + (uint64_t)(seconds * 1e9), now = begin, calls = 0;
    int set = epoll_create1(EPOLL_CLOEXEC);
    size_t count = 0;

    for (unsigned i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &streams[i]};

        if (epoll_ctl(set, EPOLL_CTL_ADD, streams[i].fd, &e) != 0 || !ask(&streams[i]))
            return 1;
    }
    while (now < end) {
        struct epoll_event events[64];
        int ready = epoll_wait(set, events, 64, 5000);

        if (ready <= 0)
            return 1;
        now = bench_now();
        for (int i = 0; i < ready; i++) {
            struct stream *s = events[i].data.ptr;
            ssize_t got = recv(s->fd, s->reply + s->have, RAW_REPLY - s->have, MSG_DONTWAIT);

            if (got <= 0 || s->reply[2] != 2)
                return 1;
            s->have += (size_t)got;
            if (s->have < RAW_REPLY)
                continue;
            if (raw_get32(s->reply + RAW_HEADER) != 0)
                return 1;
            if (count < BENCH_SAMPLES)
                samples[count++] = (uint32_t)(now - s->sent_ns);
            calls++;
            if (!ask(s))
                return 1;
        }
    }
    return report(calls, (double)(now - begin) / 1e9, samples, count);
}

/* Calls on one stream alone, as a blocking client makes them. */
static int call_alone(struct stream *s, double seconds)
{
    uint32_t *samples = malloc(BENCH_SAMPLES * sizeof *samples);
    uint64_t begin = bench_now(), end = begin + (uint64_t)(seconds * 1e9), now = begin, calls = 0;
    size_t count = 0;

    while (now < end) {
        if (!ask(s) || !receive(s->fd, s->reply, RAW_REPLY) || s->reply[2] != 2)
            return 1;
        now = bench_now();
        if (count < BENCH_SAMPLES)
            samples[count++] = (uint32_t)(now - s->sent_ns);
        calls++;
    }
    return report(calls, (double)(now - begin) / 1e9, samples, count);
}

int main(int argc, char **argv)
{
    struct rlimit files = {1 << 20, 1 << 20};
    double seconds = argc == 6 ? atof(argv[5]) : 1;
    unsigned n = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
    const char *work = argc > 3 ? argv[2] : "";
    bool multi = strcmp(work, "multi") == 0, handles = strcmp(work, "handles") == 0;
    unsigned count = handles ? OPENERS : n;
    struct stream *streams = calloc(count + 1, sizeof *streams);
    char port[16];

    if (argc < 4 || streams == NULL) {
        fprintf(stderr, "usage: many_client ADDRESS multi|idle|handles|slow N --seconds S\n");
        return 2;
    }
    (void)setrlimit(RLIMIT_NOFILE, &files);
    ours = strncmp(argv[1], "ncacn_ip_tcp", 12) == 0;
    snprintf(port, sizeof port, "%d", atoi(ours ? strchr(argv[1], '[') + 1 : argv[1]));
    for (unsigned i = 0; i <= count; i++) {
        if (!stream_open(&streams[i], port))
            return 1;
    }
    if (!handle_open(&streams[count]))
        return 1;
    if (!multi) { /* the state without what is to be counted */
        for (int i = 0; i < 100; i++) {
            if (!ask(&streams[count]) ||
                !receive(streams[count].fd, streams[count].reply, RAW_REPLY))
                return 1;
        }
        printf("empty\n");
        fflush(stdout);
        (void)getchar();
    }
    for (unsigned i = 0; i < n && (multi || handles || strcmp(work, "slow") == 0); i++) {
        if (strcmp(work, "slow") == 0 ? !be_slow(&streams[i]) : !handle_open(&streams[i % count]))
            return 1;
    }
    if (multi)
        return serve(streams, n, seconds);
    printf("ready\n");
    fflush(stdout);
    (void)getchar();
    return call_alone(&streams[count], seconds);
}
