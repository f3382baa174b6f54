/* SPDX-License-Identifier: Apache-2.0
 *
 * conn.c - one stream: whole frames in, outputs out, an orderly end
 *
 * Owns:       struct net_conn, its buffer, its unsent outputs.
 * Lifetime:   references: one of the engine until the descriptor is closed, others as taken.
 * States:     OPEN -net_conn_finish-> FINISHING -conn_retire-> DRAINING -conn_close-> GONE
 *             OPEN ----EOF, error----------------------------------conn_close-------> GONE
 *             `closed` is called once: on the way into DRAINING, or into GONE from OPEN.
 *
 *   C1  input and state belong to the owner of the set, or to the connection's own worker (alone.c);
 *       the descriptor and the outputs to out_lock.
 *   C2  the descriptor is used under out_lock or by whoever owns the input, and closed by the set's
 *       owner under out_lock: nobody uses a number that may have become another stream's.
 *   C3  an idle connection has no buffer: what is left of a frame lies in a stash of its size. One that
 *       is deaf keeps its buffer, with whole frames in it: they are handed out when it hears again.
 *   C4  before the handler is called the frame is consumed, and a connection with more octets is
 *       entered in set.pending, so that a new owner of the set goes on where this one stopped: epoll
 *       knows nothing of what has been read already.
 *   C5  after a refused peer was answered, its octets are read and thrown away for a moment: closing
 *       with unread input would make TCP reset the stream and lose the answer.
 */
#include "rpc/net/net_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rpc/core/fork.h"

/* ---- Buffers ---------------------------------------------------------------------------------- */

struct net_buffer *net_buffer_ref(struct net_buffer *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void net_buffer_unref(struct net_buffer *b)
{
    if (b != NULL && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        mem_free(b);
}

struct net_buffer *net_buffer_get(struct net_worker *w, bool wide)
{
    struct net_buffer *b = w->cache[wide];
    uint32_t capacity = wide ? NET_BUFFER_WIDE : NET_BUFFER_SMALL;

    if (b != NULL) {
        w->cache[wide] = NULL;
        return b;
    }
    b = mem_alloc(sizeof *b + capacity);
    if (b != NULL) {
        b->capacity = capacity;
        atomic_init(&b->refs, 1);
    }
    return b;
}

/* Gives up the connection's reference; a buffer nobody else uses serves the next one. */
void net_buffer_put(struct net_worker *w, struct net_buffer *b)
{
    bool wide = b->capacity == NET_BUFFER_WIDE;

    if (w == NULL || w->cache[wide] != NULL ||
        atomic_load_explicit(&b->refs, memory_order_acquire) != 1) {
        net_buffer_unref(b);
        return;
    }
    b->start = b->end = 0;
    w->cache[wide] = b;
}

/* ---- Debts ------------------------------------------------------------------------------------ */

static void borrow(struct net_conn *c, struct net_debt *d, enum limit limit)
{
    if (atomic_load_explicit(&d->due, memory_order_relaxed) != 0)
        return;
    d->limit = limit;
    atomic_store(&d->due, clock_now_ns() + (uint64_t)limit_of(limit) * 1000000u);
    if (atomic_fetch_add(&c->net->owing, 1) == 0)
        net_wake_monitor(c->net); /* it sleeps without end while nobody owes */
}

static inline bool settle(struct net_conn *c, struct net_debt *d)
{
    if (atomic_load_explicit(&d->due, memory_order_relaxed) == 0 ||
        atomic_exchange(&d->due, 0) == 0)
        return false;
    atomic_fetch_sub(&c->net->owing, 1);
    return true;
}

void net_conn_owes(struct net_conn *c, enum limit limit)
{
    borrow(c, &c->debt, limit);
}

void net_conn_pays(struct net_conn *c)
{
    (void)settle(c, &c->debt);
}

static void settle_all(struct net_conn *c)
{
    (void)settle(c, &c->debt);
    (void)settle(c, &c->frame_debt);
    (void)settle(c, &c->output_debt);
}

static bool call_in(struct net_conn *c, struct net_debt *d, uint64_t now)
{
    uint64_t due = atomic_load(&d->due);

    if (due == 0 || due > now || !settle(c, d))
        return false;
    settle_all(c); /* whatever else it owes */
    limit_reached(d->limit);
    net_conn_abort(c);
    return true;
}

bool net_conn_overdue(struct net_conn *c, uint64_t now)
{
    return call_in(c, &c->debt, now) || call_in(c, &c->frame_debt, now) ||
           call_in(c, &c->output_debt, now);
}

/* ---- Life ------------------------------------------------------------------------------------- */

struct net_conn *net_conn_create(struct net *n, struct net_set *s, int fd)
{
    struct net_conn *c = mem_alloc(sizeof *c);

    if (c == NULL)
        return NULL;
    c->kind = NET_KIND_CONN;
    atomic_init(&c->refs, 1);
    c->net = n;
    c->set = c->home = s;
    c->fd = fd;
    list_init(&c->link);
    list_init(&c->drain);
    list_init(&c->pending);
    list_init(&c->out);
    lock_init(&c->out_lock);
    return c;
}

struct net_conn *net_conn_ref(struct net_conn *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void net_conn_unref(struct net_conn *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    net_buffer_unref(c->in);
    mem_free(c->stash);
    lock_fini(&c->out_lock);
    mem_free(c);
}

/* Asks epoll for what is wanted now. Under out_lock. */
static void watch(struct net_conn *c)
{
    struct epoll_event e = {.events = EPOLLRDHUP, .data.ptr = c};

    if (!c->deaf)
        e.events |= EPOLLIN;
    if (c->reader == CONN_ALONE) /* its own worker reads, and sees the end; reported once */
        e.events = EPOLLET;
    if (c->watch_out || c->reader == CONN_BACK) /* which is how the set's owner hears of it */
        e.events |= EPOLLOUT;
    (void)epoll_ctl(c->set->epfd, EPOLL_CTL_MOD, c->fd, &e);
}

/* Says who reads from now on. After CONN_BACK the connection is the set's owner's. */
void net_conn_read_by(struct net_conn *c, enum conn_reader reader)
{
    (void)net_conn_ref(c);
    lock_take(&c->out_lock);
    atomic_store(&c->reader, reader);
    watch(c);
    lock_give(&c->out_lock);
    net_conn_unref(c);
}

/* Takes the outputs that will never be sent. Under out_lock. */
static void steal_outputs(struct net_conn *c, struct list *to)
{
    list_init(to);
    while (!list_is_empty(&c->out)) {
        struct list *l = c->out.next;

        list_remove(l);
        list_append(to, l);
    }
    c->queued = 0;
    atomic_fetch_sub(&c->net->unsent, c->unsent);
    c->unsent = 0;
}

static void fail_outputs(struct list *unsent)
{
    while (!list_is_empty(unsent)) {
        struct net_output *o = LIST_ENTRY(unsent->next, struct net_output, link);

        list_remove(&o->link);
        o->done(o, false);
    }
}

static void forget_input(struct net_conn *c)
{
    if (c->in != NULL)
        net_buffer_put(net_current, c->in);
    c->in = NULL;
    mem_free(c->stash);
    c->stash = NULL;
    c->stash_size = 0;
}

/* The end of the stream, whatever its state. The caller owns the set and does not touch `c` again
 * unless he has a reference of his own. */
static void conn_close(struct net_conn *c)
{
    struct net *n = c->net;
    enum conn_state before = c->state;
    struct list unsent;
    void *user = c->user;

    if (before == CONN_GONE)
        return;
    c->state = CONN_GONE;
    settle_all(c);
    list_remove(&c->drain);
    list_remove(&c->pending);
    if (net_current != NULL && net_current->last == c)
        net_current->last = NULL;
    lock_take(&c->out_lock);
    c->refuse = true;
    steal_outputs(c, &unsent);
    (void)settle(c, &c->output_debt); /* of an output since */
    /* explicitly: a child of fork may still have the stream open for a moment */
    (void)epoll_ctl(c->set->epfd, EPOLL_CTL_DEL, c->fd, NULL);
    rpc_fd_close(c->fd);
    c->fd = -1;
    lock_give(&c->out_lock);
    pthread_mutex_lock(&n->lock);
    list_remove(&c->link);
    n->connections_live--;
    pthread_mutex_unlock(&n->lock);
    forget_input(c);
    fail_outputs(&unsent);
    if (before != CONN_DRAINING)
        n->handler->closed(user);
    net_conn_unref(c);
}

void net_conn_drop(struct net_conn *c)
{
    conn_close(c);
}

/* FINISHING -> DRAINING: says FIN once everything is sent. (C5) */
static void conn_retire(struct net_conn *c)
{
    struct net *n = c->net;

    c->state = CONN_DRAINING;
    settle_all(c); /* it has until then */
    c->drain_until = clock_now_ns() + (uint64_t)n->config.drain_ms * 1000000u;
    list_append(&c->set->draining, &c->drain);
    lock_take(&c->out_lock);
    c->refuse = true;
    if (list_is_empty(&c->out))
        (void)shutdown(c->fd, SHUT_WR);
    if (c->deaf) {
        c->deaf = false;
        watch(c);
    }
    lock_give(&c->out_lock);
    list_remove(&c->pending);
    forget_input(c);
    n->handler->closed(c->user); /* last: the set may be another's afterwards */
}

void net_conn_finish(struct net_conn *c)
{
    if (c->state == CONN_OPEN)
        c->state = CONN_FINISHING;
}

void net_conn_abort(struct net_conn *c)
{
    lock_take(&c->out_lock);
    c->refuse = true;
    if (c->fd >= 0)
        (void)shutdown(c->fd, SHUT_RDWR);
    lock_give(&c->out_lock);
}

void net_conn_expire(struct net_worker *w, uint64_t now)
{
    struct net_set *s = w->set;

    while (!list_is_empty(&s->draining)) {
        struct net_conn *c = LIST_ENTRY(s->draining.next, struct net_conn, drain);

        if (c->drain_until > now)
            break;
        conn_close(c); /* `closed` was called before: nothing of the handler's runs here but
                          `done` of outputs */
        if (w->set == NULL)
            break;
    }
}

/* ---- System calls ----------------------------------------------------------------------------- */

/* send and recv of the C library are points of cancellation, which costs two atomic operations each;
 * our workers are never cancelled. Sanitizers have to see the functions. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || !defined(SYS_recvfrom)
#define RAW_RECV(fd, to, size, flags)   recv(fd, to, size, flags)
#define RAW_SEND(fd, from, size, flags) send(fd, from, size, flags)
#else
#define RAW_RECV(fd, to, size, flags)   syscall(SYS_recvfrom, fd, to, size, flags, NULL, NULL)
#define RAW_SEND(fd, from, size, flags) syscall(SYS_sendto, fd, from, size, flags, NULL, 0)
#endif

/* ---- Output ----------------------------------------------------------------------------------- */

/* Sends what the transport takes. 1: all of it, 0: it takes no more, -1: broken. Under out_lock. */
static int push(struct net_conn *c, struct net_output *o, size_t *ret_sent)
{
    *ret_sent = 0;
    while (o->count > 0) {
        struct msghdr m = {.msg_iov = o->iov, .msg_iovlen = o->count > 512 ? 512 : o->count};
        ssize_t n = o->count == 1 ? RAW_SEND(c->fd, o->iov->iov_base, o->iov->iov_len,
                                             MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0) {
            if (errno == EINTR)
                continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
        }
        *ret_sent += (size_t)n;
        while (o->count > 0 && (size_t)n >= o->iov->iov_len) {
            n -= (ssize_t)o->iov->iov_len;
            o->iov++;
            o->count--;
        }
        if (o->count > 0) {
            o->iov->iov_base = (uint8_t *)o->iov->iov_base + n;
            o->iov->iov_len -= (size_t)n;
        }
    }
    return 1;
}

/* Under out_lock: keeps an output until the peer takes it; false where too much is kept already. */
static bool queue_up(struct net_conn *c, struct net_output *o)
{
    size_t size = 0;

    if (atomic_load(&c->net->unsent) >= limit_of(LIMIT_UNSENT)) {
        limit_reached(LIMIT_UNSENT);
        return false;
    }
    for (size_t i = 0; i < o->count; i++)
        size += o->iov[i].iov_len;
    c->unsent += size;
    atomic_fetch_add(&c->net->unsent, size);
    list_append(&c->out, &o->link);
    c->queued++;
    c->watch_out = true;
    c->deaf = c->queued >= NET_OUT_CALLS;
    watch(c);
    borrow(c, &c->output_debt, LIMIT_REPLY_MS);
    return true;
}

/* Under out_lock: the peer has taken so much of what is kept, and so many outputs to their end. */
static void note_taken(struct net_conn *c, size_t octets, unsigned outputs)
{
    c->unsent -= octets;
    atomic_fetch_sub(&c->net->unsent, octets);
    c->queued -= outputs;
    c->taken += octets;
    if (outputs == 0 && c->taken < NET_TAKEN_LEAST)
        return;
    c->taken = 0;
    (void)settle(c, &c->output_debt);
    if (!list_is_empty(&c->out))
        borrow(c, &c->output_debt, LIMIT_REPLY_MS);
}

enum net_sent net_conn_send(struct net_conn *c, struct net_output *o)
{
    enum net_sent sent = NET_FAILED;
    size_t octets;
    int r;

    lock_take(&c->out_lock);
    if (c->refuse || c->fd < 0)
        goto out;
    r = list_is_empty(&c->out) ? push(c, o, &octets) : 0;
    if (r > 0) {
        sent = NET_SENT;
    } else if (r == 0 && queue_up(c, o)) {
        sent = NET_QUEUED;
    } else {
        c->refuse = true;
        (void)shutdown(c->fd, SHUT_RDWR); /* the set's owner sees it and closes */
    }
out:
    lock_give(&c->out_lock);
    return sent;
}

/* The peer takes more: goes on with what is queued. */
static void conn_writable(struct net_conn *c)
{
    struct list finished;
    bool was_deaf;
    int r = 1;

    list_init(&finished);
    lock_take(&c->out_lock);
    was_deaf = c->deaf;
    while (!list_is_empty(&c->out) && r > 0) {
        struct net_output *o = LIST_ENTRY(c->out.next, struct net_output, link);
        size_t octets;

        r = push(c, o, &octets);
        if (r > 0) {
            list_remove(&o->link);
            list_append(&finished, &o->link);
        }
        note_taken(c, octets, r > 0);
    }
    c->watch_out = !list_is_empty(&c->out);
    c->deaf = c->queued >= NET_OUT_CALLS;
    if (was_deaf && !c->deaf && c->reader == CONN_SET && c->state == CONN_OPEN)
        list_append(&c->set->pending, &c->pending); /* C3 */
    if (r < 0) { /* epoll reports the end, and the stream is closed there */
        c->refuse = true;
        (void)shutdown(c->fd, SHUT_RDWR);
        c->watch_out = false;
    } else if (c->reader == CONN_SET && c->state == CONN_DRAINING && !c->watch_out) {
        (void)shutdown(c->fd, SHUT_WR);
    }
    watch(c);
    lock_give(&c->out_lock);
    while (!list_is_empty(&finished)) {
        struct net_output *o = LIST_ENTRY(finished.next, struct net_output, link);

        list_remove(&o->link);
        o->done(o, true);
    }
}

/* ---- Input ------------------------------------------------------------------------------------ */

/* Makes room for reading: at least the rest of the frame that has begun. */
static bool make_room(struct net_worker *w, struct net_conn *c, size_t frame)
{
    struct net_buffer *b = c->in, *fresh;
    uint32_t have = b != NULL ? b->end - b->start : c->stash_size;
    bool wide = c->wide || frame > NET_BUFFER_SMALL;

    if (b != NULL && have == 0 && atomic_load_explicit(&b->refs, memory_order_acquire) == 1 &&
        (!wide || b->capacity == NET_BUFFER_WIDE)) {
        b->start = b->end = 0;
        return true;
    }
    if (b != NULL && have > 0 && b->capacity - b->end >= 1024 && b->capacity - b->start >= frame)
        return true;
    fresh = net_buffer_get(w, wide);
    if (fresh == NULL)
        return false;
    if (have > 0)
        memcpy(fresh->octets, b != NULL ? b->octets + b->start : c->stash, have);
    fresh->end = have;
    if (b != NULL)
        net_buffer_put(w, b);
    mem_free(c->stash);
    c->stash = NULL;
    c->stash_size = 0;
    c->in = fresh;
    return true;
}

/* Nothing to read for now: keeps no buffer (C3). False without memory. */
static bool rest(struct net_worker *w, struct net_conn *c)
{
    struct net_buffer *b = c->in;
    uint32_t have;

    if (b == NULL)
        return true;
    have = b->end - b->start;
    if (have > 0) {
        c->stash = mem_alloc(have);
        if (c->stash == NULL)
            return false;
        memcpy(c->stash, b->octets + b->start, have);
        c->stash_size = have;
        borrow(c, &c->frame_debt, LIMIT_REQUEST_MS);
    }
    net_buffer_put(w, b);
    c->in = NULL;
    return true;
}

/* Hands the handler the next whole frame, if there is one. Returns its size, 0 if there is none
 * (then *ret_wanted says how large it will be, 0 if unknown), or SIZE_MAX for what is no frame. */
static size_t next_frame(struct net_worker *w, struct net_conn *c, size_t *ret_wanted)
{
    struct net_buffer *b = c->in;
    const struct net_handler *h = c->net->handler;
    uint32_t at = b != NULL ? b->start : 0, have = b != NULL ? b->end - at : 0;
    size_t size;

    *ret_wanted = 0;
    if (have == 0)
        return 0;
    size = h->frame(b->octets + at, have);
    if (size == SIZE_MAX || size > NET_FRAME_MAX)
        return SIZE_MAX;
    *ret_wanted = size;
    if (size == 0 || size > have)
        return 0;
    (void)settle(c, &c->frame_debt);
    b->start += (uint32_t)size; /* C4 */
    if (b->start < b->end && c->reader == CONN_SET)
        list_append(&c->set->pending, &c->pending);
    net_count(&w->set->count.frames);
    h->frame_in(c->user, b, b->octets + at, size);
    return size;
}

/* Hands over all whole frames that have been read. */
static enum net_input take_frames(struct net_worker *w, struct net_conn *c, unsigned *turns,
                                  size_t *ret_wanted)
{
    for (;;) {
        size_t size;

        if (c->deaf)
            return INPUT_TURN; /* C3 */
        size = next_frame(w, c, ret_wanted);
        if (size == SIZE_MAX)
            return INPUT_END;
        if (size == 0)
            return INPUT_AGAIN;
        if (w->set == NULL)
            return INPUT_LOST; /* E2 */
        if (c->state != CONN_OPEN)
            return INPUT_END;
        net_run_jobs(w);
        if (w->set == NULL)
            return INPUT_LOST;
        list_remove(&c->pending);
        ++*turns;
    }
}

static enum net_input read_more(struct net_worker *w, struct net_conn *c, size_t wanted)
{
    int flags = c->reader == CONN_ALONE ? 0 : MSG_DONTWAIT;
    struct net_buffer *b;
    uint32_t room;
    ssize_t n;

    if (!make_room(w, c, wanted))
        return INPUT_END;
    b = c->in;
    room = b->capacity - b->end;
    do {
        n = RAW_RECV(c->fd, b->octets + b->end, room, flags);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return INPUT_END;
    if (n < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return INPUT_END;
        return rest(w, c) ? INPUT_LATER : INPUT_END;
    }
    b->end += (uint32_t)n;
    c->wide = (uint32_t)n == room;
    return INPUT_AGAIN;
}

/* Is there a point in reading more after so many frames? epoll reports again what the kernel still
 * has; it costs less than a read in vain. */
static bool reads_on(struct net_worker *w, const struct net_conn *c, unsigned turns)
{
    if (turns >= NET_TURNS || c->deaf)
        return false;
    return turns == 0 || c->wide || c->reader != CONN_SET || c->in->start < c->in->end ||
           net_reads_again(w);
}

enum net_input net_conn_serve(struct net_worker *w, struct net_conn *c)
{
    unsigned turns = 0;
    size_t wanted = 0;
    enum net_input r = INPUT_AGAIN;

    while (r == INPUT_AGAIN) {
        bool answered;

        r = take_frames(w, c, &turns, &wanted);
        if (r != INPUT_AGAIN)
            break;
        if (!reads_on(w, c, turns)) {
            r = rest(w, c) ? INPUT_TURN : INPUT_END;
            break;
        }
        answered = turns > 0 && c->reader == CONN_SET;
        if (answered)
            net_count(&w->set->count.again);
        r = read_more(w, c, wanted);
        if (answered && r == INPUT_AGAIN)
            net_count(&w->set->count.found);
    }
    return r;
}

static void conn_end(struct net_conn *c)
{
    if (c->state == CONN_FINISHING)
        conn_retire(c);
    else
        conn_close(c);
}

static void conn_readable(struct net_worker *w, struct net_conn *c)
{
    list_remove(&c->pending);
    if (net_conn_serve(w, c) == INPUT_END)
        conn_end(c);
}

/* A new owner: goes on with what the former one has left. */
void net_conn_pending(struct net_worker *w)
{
    struct net_set *s = w->set;

    while (w->set != NULL && !list_is_empty(&s->pending)) {
        conn_readable(w, LIST_ENTRY(s->pending.next, struct net_conn, pending));
    }
}

/* DRAINING: reads and forgets. */
static void conn_discard(struct net_conn *c)
{
    uint8_t trash[4096];
    ssize_t n;

    for (int i = 0; i < 16; i++) {
        n = recv(c->fd, trash, sizeof trash, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            conn_close(c);
            return;
        }
    }
}

/* The connection's own worker has given it back, with what it has read and not handed out. */
static void conn_back(struct net_worker *w, struct net_conn *c)
{
    net_conn_read_by(c, CONN_SET);
    if (c->ending)
        conn_end(c);
    else
        conn_readable(w, c);
}

void net_conn_event(struct net_worker *w, struct net_conn *c, uint32_t events)
{
    enum conn_reader reader = atomic_load(&c->reader);

    if (events & EPOLLOUT) {
        conn_writable(c); /* outputs that are done may run code of the handler */
        if (w->set == NULL)
            return;
    }
    if (reader != CONN_SET) {
        if (reader == CONN_BACK)
            conn_back(w, c);
        return;
    }
    if (c->state == CONN_DRAINING) {
        if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            conn_discard(c);
        return;
    }
    if (c->deaf && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
        conn_close(c);
        return;
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        conn_readable(w, c);
}
