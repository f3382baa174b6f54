/* SPDX-License-Identifier: Apache-2.0
 *
 * stage.c - for fuzz targets: the engine of rpc/net without sockets, threads and time
 *
 * It keeps to the promises of net.h: a frame is consumed before it is handled; `closed` is called once,
 * after the outputs that fail with the connection; a refused peer still gets its answer. A frame lies in
 * memory of its own size, and goes when the set is adopted, so that a sanitizer sees who reads beyond it
 * or too late.
 */
#include "stage.h"

#include <stdlib.h>
#include <string.h>

enum state { OPEN, FINISHING, GONE };

struct net_endpoint {
    enum net_family family;
};

struct net_conn {
    unsigned refs;
    struct list link; /* of all */
    void *user;
    stage_sink *sink;
    void *argument;
    enum state state;
    bool refuses, broken, waits;
    struct list out;       /* outputs that wait */
    struct net_buffer *in; /* of the frame being handled */
    uint8_t *octets;       /* that are no frame yet */
    size_t have;
};

struct net {
    struct list conns, jobs;
    unsigned left;
};

static const struct net_handler *handler;
static struct net stage = {.conns = {&stage.conns, &stage.conns},
                           .jobs = {&stage.jobs, &stage.jobs}};
static struct net_endpoint endpoints[2] = {{NET_TCP}, {NET_UNIX}};
static bool owns_set;

/* ---- What the server asks of its engine ------------------------------------------------------- */

struct net *net_create(const struct net_handler *h, const struct net_config *config)
{
    (void)config;
    handler = h;
    return &stage;
}

void net_destroy(struct net *n)
{
    (void)n;
}

struct net_endpoint *net_listen_tcp(struct net *n, const char *address, uint16_t port, int backlog)
{
    (void)n, (void)address, (void)port, (void)backlog;
    return &endpoints[0];
}

struct net_endpoint *net_listen_unix(struct net *n, const char *path, int backlog)
{
    (void)n, (void)path, (void)backlog;
    return &endpoints[1];
}

enum net_family net_endpoint_family(const struct net_endpoint *e)
{
    return e->family;
}

uint16_t net_endpoint_port(const struct net_endpoint *e)
{
    return e->family == NET_TCP ? 5000 : 0;
}

const char *net_endpoint_address(const struct net_endpoint *e)
{
    (void)e;
    return "";
}

const char *net_endpoint_path(const struct net_endpoint *e)
{
    (void)e;
    return "/stage";
}

void net_peer_address(const struct net_peer *peer, char to[NET_PEER_ADDRESS])
{
    strcpy(to, peer->family == NET_TCP ? "192.0.2.1" : "");
}

void net_peer_text(const struct net_peer *peer, char to[NET_PEER_TEXT])
{
    strcpy(to, peer->family == NET_TCP ? "192.0.2.1:4747" : "uid 1000, pid 42");
}

bool net_peer_is_loopback(const struct net_peer *peer)
{
    return peer->family == NET_UNIX;
}

struct net_buffer *net_buffer_ref(struct net_buffer *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

void net_buffer_unref(struct net_buffer *b)
{
    if (b == NULL || atomic_fetch_sub(&b->refs, 1) != 1)
        return;
    stage.left--;
    free(b);
}

struct net_conn *net_conn_ref(struct net_conn *c)
{
    c->refs++;
    return c;
}

void net_conn_unref(struct net_conn *c)
{
    if (--c->refs > 0)
        return;
    list_remove(&c->link);
    stage.left--;
    free(c->octets);
    free(c);
}

void net_conn_owes(struct net_conn *c, enum limit limit)
{
    (void)c, (void)limit;
}

void net_conn_pays(struct net_conn *c)
{
    (void)c;
}

void net_conn_finish(struct net_conn *c)
{
    if (c->state == OPEN)
        c->state = FINISHING;
}

void net_conn_abort(struct net_conn *c)
{
    c->refuses = c->broken = true;
}

static void take(struct net_conn *c, const struct net_output *o)
{
    size_t size = 0;
    uint8_t *all, *to;

    for (size_t i = 0; i < o->count; i++)
        size += o->iov[i].iov_len;
    all = to = malloc(size + 1);
    if (all == NULL)
        abort();
    for (size_t i = 0; i < o->count; to += o->iov[i++].iov_len)
        memcpy(to, o->iov[i].iov_base, o->iov[i].iov_len);
    c->sink(c->argument, all, size);
    free(all);
}

enum net_sent net_conn_send(struct net_conn *c, struct net_output *o)
{
    if (c->refuses)
        return NET_FAILED;
    if (c->waits) {
        list_append(&c->out, &o->link);
        return NET_QUEUED;
    }
    take(c, o);
    return NET_SENT;
}

void net_submit(struct net *n, struct net_job *job)
{
    list_append(&n->jobs, &job->link);
    n->left++;
}

bool net_is_worker(void)
{
    return true;
}

bool net_owns_set(void)
{
    return owns_set;
}

void net_block_begin(void)
{
}

void net_block_end(void)
{
}

void net_inq_counters(struct net *n, struct net_counters *ret)
{
    (void)n;
    *ret = (struct net_counters){.sets = 1, .workers = 1};
}

/* ---- The peers -------------------------------------------------------------------------------- */

/* The outputs that wait leave, or fail. */
static void end_outputs(struct net_conn *c, bool sent)
{
    while (!list_is_empty(&c->out)) {
        struct net_output *o = LIST_ENTRY(c->out.next, struct net_output, link);

        list_remove(&o->link);
        if (sent)
            take(c, o);
        o->done(o, sent);
    }
}

static void forget_input(struct net_conn *c)
{
    struct net_buffer *b = c->in;

    c->in = NULL;
    net_buffer_unref(b);
}

/* Nothing comes any more; what is queued may still leave unless the connection is broken. */
static void end(struct net_conn *c, bool broken)
{
    if (c->state == GONE)
        return;
    c->state = GONE;
    c->refuses = true;
    forget_input(c);
    if (broken)
        end_outputs(c, false);
    handler->closed(c->user);
}

struct net_conn *stage_open(const struct net_peer *peer, stage_sink *sink, void *argument)
{
    struct net_conn *c = calloc(1, sizeof *c);

    if (c == NULL)
        abort();
    c->refs = 1;
    c->sink = sink;
    c->argument = argument;
    list_init(&c->out);
    list_append(&stage.conns, &c->link);
    stage.left++;
    c->user = handler->opened(c, peer, &endpoints[peer->family]);
    if (c->user != NULL)
        return c;
    net_conn_unref(c);
    return NULL;
}

static void handle(struct net_conn *c, size_t size)
{
    struct net_buffer *b = malloc(sizeof *b + size);

    if (b == NULL)
        abort();
    *b = (struct net_buffer){.capacity = (uint32_t)size};
    atomic_init(&b->refs, 1);
    stage.left++;
    memcpy(b->octets, c->octets, size);
    c->have -= size;
    memmove(c->octets, c->octets + size, c->have);
    forget_input(c);
    c->in = b;
    owns_set = true;
    handler->frame_in(c->user, b, b->octets, size);
    owns_set = false;
    if (c->in == b) /* else the set has been adopted meanwhile */
        forget_input(c);
    if (c->state == FINISHING || c->broken)
        end(c, c->broken);
}

void stage_input(struct net_conn *c, const uint8_t *octets, size_t size)
{
    uint8_t *more = realloc(c->octets, c->have + size + 1);

    if (more == NULL)
        abort();
    c->octets = more;
    memcpy(c->octets + c->have, octets, size);
    c->have += size;
    (void)net_conn_ref(c);
    while (c->state == OPEN && !c->broken) {
        size_t frame = c->have == 0 ? 0 : handler->frame(c->octets, c->have);

        if (frame == SIZE_MAX)
            end(c, true);
        else if (frame == 0 || frame > c->have)
            break;
        else
            handle(c, frame);
    }
    net_conn_unref(c);
}

void stage_reads(struct net_conn *c, bool reads)
{
    c->waits = !reads;
    if (reads)
        end_outputs(c, true);
}

void stage_close(struct net_conn *c)
{
    end(c, true);
    end_outputs(c, false);
    net_conn_unref(c);
}

void stage_jobs(void)
{
    while (!list_is_empty(&stage.jobs)) {
        struct net_job *j = LIST_ENTRY(stage.jobs.next, struct net_job, link);

        list_remove(&j->link);
        stage.left--;
        owns_set = false;
        j->run(j);
    }
    LIST_FOR_EACH_SAFE (it, &stage.conns) {
        struct net_conn *c = LIST_ENTRY(it, struct net_conn, link);

        if (c->broken)
            end(c, true);
    }
}

void stage_adopt(void)
{
    owns_set = false;
    LIST_FOR_EACH (it, &stage.conns)
        forget_input(LIST_ENTRY(it, struct net_conn, link));
}

unsigned stage_left(void)
{
    return stage.left;
}
