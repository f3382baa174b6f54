/* SPDX-License-Identifier: Apache-2.0
 *
 * raw_server.c - the limit: an echo server with nothing between it and the sockets
 *
 *     raw_server thread|epoll|again WORKERS [mock] ADDRESS
 *
 * thread: a blocking thread per connection; epoll: WORKERS threads, each with its own epoll set;
 * again: the same, reading again after each reply before it asks epoll. mock adds what remains when
 * a runtime costs nothing: checks of the header, a look-up of the 20-octet handle in a hash table,
 * a reply that is built, open and close. Prints the port (or address) it listens on.
 */
#include "raw.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/random.h>

struct object {
    struct object *next;
    uint8_t handle[20];
    uint64_t used;
};

struct connection {
    int fd;
    uint8_t *in; /* RAW_REQUEST at least; grows to the largest message */
    size_t have, room;
    struct object *bucket[64]; /* handles of this connection */
};

static bool mock, read_again, one_thread_each;
static int listener;

static struct object **find(struct connection *c, const uint8_t *handle)
{
    struct object **o = &c->bucket[handle[19] & 63];

    while (*o != NULL && memcmp((*o)->handle, handle, 20) != 0)
        o = &(*o)->next;
    return o;
}

static bool header_is_good(const uint8_t *p)
{
    return p[0] == 5 && p[1] == 0 && p[2] == 0 && (p[3] & 3) == 3 && p[4] == 0x10 && p[5] == 0 &&
           raw_get32(p + 16) >= RAW_REQUEST && raw_get32(p + 16) <= RAW_MAX;
}

/* The work of one request of the mock; false: drop the connection. */
static bool serve(struct connection *c, uint8_t *p, uint8_t handle[20])
{
    struct object **o = find(c, p + RAW_HEADER);
    uint16_t op;

    memcpy(&op, p + 22, 2);
    memcpy(handle, p + RAW_HEADER, 20);
    if (op == RAW_OPEN) {
        struct object *made = calloc(1, sizeof *made);

        if (made == NULL || getrandom(made->handle + 4, 16, 0) != 16)
            return false;
        memcpy(handle, made->handle, 20);
        o = find(c, handle);
        *o = made;
        return true;
    }
    if (*o == NULL)
        return false;
    (*o)->used++;
    if (op == RAW_CLOSE) {
        struct object *gone = *o;

        *o = gone->next;
        free(gone);
    }
    return true;
}

/* Answers the whole request at the start of c->in; its data goes back as it came. */
static bool answer(struct connection *c)
{
    uint32_t size = raw_get32(c->in + 16);
    uint8_t handle[20] = {0};
    uint16_t op;
    bool opens;

    if (mock && (!header_is_good(c->in) || !serve(c, c->in, handle)))
        return false;
    memcpy(&op, c->in + 22, 2);
    opens = op == RAW_OPEN || op == RAW_CLOSE;
    /* the reply lies where the request did: 16 octets of it are shorter */
    raw_put_header(c->in + 16, 2, op, size - 16, raw_get32(c->in + 12));
    raw_put32(c->in + 40, 0);
    if (!opens)
        return raw_write(c->fd, c->in + 16, size - 16) == 0;
    raw_put_header(c->in, 2, op, RAW_REPLY + 20, 0);
    raw_put32(c->in + RAW_HEADER, 0);
    memcpy(c->in + RAW_REPLY, handle, 20);
    return raw_write(c->fd, c->in, RAW_REPLY + 20) == 0;
}

/* Reads once and answers what is whole. 1 done, 0 nothing there, -1 the connection is over. */
static int step(struct connection *c, int flags)
{
    ssize_t n = recv(c->fd, c->in + c->have, c->room - c->have, flags);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return -1;
    c->have += (size_t)n;
    if (c->have >= RAW_HEADER) {
        uint32_t size = raw_get32(c->in + 16);

        if (size > RAW_MAX || size < RAW_REQUEST)
            return -1;
        if (size > c->room) {
            c->room = size + 64;
            c->in = realloc(c->in, c->room);
            if (c->in == NULL)
                return -1;
        }
        if (c->have >= size) {
            c->have = 0; /* clients here send one request at a time */
            if (!answer(c))
                return -1;
        }
    }
    return 1;
}

static struct connection *accepted(int fd)
{
    struct connection *c = calloc(1, sizeof *c);
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    c->room = 8192;
    c->in = malloc(c->room);
    return c;
}

static void dropped(struct connection *c)
{
    for (size_t i = 0; i < 64; i++) {
        while (c->bucket[i] != NULL) {
            struct object *o = c->bucket[i];

            c->bucket[i] = o->next;
            free(o);
        }
    }
    close(c->fd);
    free(c->in);
    free(c);
}

static void *connection_thread(void *arg)
{
    struct connection *c = arg;

    while (step(c, 0) >= 0)
        ;
    dropped(c);
    return NULL;
}

static void *epoll_worker(void *arg)
{
    int set = *(int *)arg;
    struct epoll_event events[64];

    for (;;) {
        int n = epoll_wait(set, events, 64, -1);

        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            int more;

            do {
                more = step(c, MSG_DONTWAIT);
            } while (more > 0 && (read_again || c->have > 0));
            if (more < 0)
                dropped(c);
        }
    }
    return NULL;
}

static void say_where(const char *address)
{
    struct sockaddr_in in;
    socklen_t length = sizeof in;

    if (strncmp(address, "unix:", 5) == 0)
        printf("%s\n", address);
    else if (getsockname(listener, (struct sockaddr *)&in, &length) == 0)
        printf("%d\n", ntohs(in.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int workers, sets[64], next = 0;
    pthread_t id;

    if (argc < 4) {
        fprintf(stderr, "usage: raw_server thread|epoll|again WORKERS [mock] ADDRESS\n");
        return 2;
    }
    one_thread_each = strcmp(argv[1], "thread") == 0;
    read_again = strcmp(argv[1], "again") == 0;
    workers = atoi(argv[2]);
    mock = strcmp(argv[3], "mock") == 0;
    listener = raw_socket(argv[argc - 1], 1);
    if (listener < 0 || workers < 1 || workers > 64)
        return 1;
    for (int i = 0; i < workers && !one_thread_each; i++) {
        sets[i] = epoll_create1(EPOLL_CLOEXEC);
        pthread_create(&id, NULL, epoll_worker, &sets[i]);
    }
    say_where(argv[argc - 1]);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        struct connection *c;

        if (fd < 0)
            continue;
        c = accepted(fd);
        if (one_thread_each) {
            pthread_create(&id, NULL, connection_thread, c);
            pthread_detach(id);
        } else {
            struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

            epoll_ctl(sets[next++ % workers], EPOLL_CTL_ADD, fd, &e);
        }
    }
}
