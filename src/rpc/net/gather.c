/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.c - one worker for many small requests, or a worker for every set
 *
 * Clients that wait for one answer each are served best by many workers that read again after each
 * answer; one that has many requests on their way is served best by a single worker, which finds a
 * batch of them whenever it looks, while further ones would take the processor from it and from the
 * client. What reads after answers find tells the two apart, but not whether a single worker
 * suffices. So the monitor tries: it gathers all connections in the first set, compares how many
 * frames a second were served before and then, and keeps what was better by a tenth.
 *
 *     SPREAD  every connection in its own set    \  changed for a trial, which is ended after two
 *     GATHERED  all in the first                 /  windows, and kept or taken back
 *
 *   G1  a connection is moved by the owner of the set in which it is, when it has something to say:
 *       nothing of it lies elsewhere then, and the next owner finds it by his epoll.
 *   G2  a long routine ends gathering at once; so does a load whose reads after answers find something,
 *       which is why every NET_AGAIN_SELDOM-th answer is still followed by one.
 *   G3  trials that were in vain get rarer.
 */
#include "rpc/net/net_internal.h"

#include <sys/epoll.h>

#include "base/clock.h"

#define TRIES_MAX_NS 4000000000u /* between trials */

static bool is_gathered(const struct net *n)
{
    return atomic_load_explicit(&n->gathered, memory_order_relaxed);
}

/* ---- Connections ------------------------------------------------------------------------------ */

bool net_conn_move(struct net_worker *w, struct net_conn *c)
{
    struct net *n = w->net;
    struct net_set *from = c->set, *to = is_gathered(n) ? &n->sets[0] : c->home;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    bool moved = false;

    if (from == to || c->state != CONN_OPEN || atomic_load(&c->reader) != CONN_SET)
        return false;
    (void)net_conn_ref(c);
    lock_take(&c->out_lock);
    if (!c->deaf && !c->watch_out) {
        c->set = to; /* its owner waits for the lock, if for anything */
        moved = epoll_ctl(to->epfd, EPOLL_CTL_ADD, c->fd, &e) == 0;
        if (moved)
            (void)epoll_ctl(from->epfd, EPOLL_CTL_DEL, c->fd, NULL);
        else
            c->set = from;
    }
    lock_give(&c->out_lock);
    net_conn_unref(c);
    if (moved)
        net_count(&from->count.moved);
    return moved;
}

bool net_reads_again(struct net_worker *w)
{
    return !is_gathered(w->net) || ++w->unread % NET_AGAIN_SELDOM == 0;
}

/* ---- The monitor ------------------------------------------------------------------------------ */

static void add(struct net_tally *sum, const struct net_set *sets, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sum->frames += atomic_load_explicit(&sets[i].count.frames, memory_order_relaxed);
        sum->again += atomic_load_explicit(&sets[i].count.again, memory_order_relaxed);
        sum->found += atomic_load_explicit(&sets[i].count.found, memory_order_relaxed);
        sum->moved += atomic_load_explicit(&sets[i].count.moved, memory_order_relaxed);
    }
}

struct net_tally net_tally(const struct net *n)
{
    struct net_tally sum = {0};

    add(&sum, n->sets, n->set_count);
    add(&sum, n->alone, NET_ALONE_MAX);
    return sum;
}

static void change(struct net *n, bool gathered, enum net_trial trial)
{
    n->gather.trial = trial;
    atomic_store(&n->gathered, gathered);
}

/* What is now stays for a time. */
static void keep(struct net *n, bool gathered, uint64_t patience)
{
    struct net_gather *g = &n->gather;

    change(n, gathered, TRIAL_NONE);
    g->patience = patience < TRIES_MAX_NS ? patience : TRIES_MAX_NS;
    g->next = g->begun + g->patience;
}

/* A window with no trial, or the one after which there shall be one. */
static void consider(struct net *n, uint64_t rate, bool finds)
{
    struct net_gather *g = &n->gather;
    bool gathered = is_gathered(n);

    g->rate = g->rate == 0 ? rate : (3 * g->rate + rate) / 4;
    if (finds && gathered)
        keep(n, false, 2 * g->patience); /* G2 */
    else if (!finds && g->begun >= g->next)
        change(n, !gathered, TRIAL_BEGUN);
}

static void judge(struct net *n, uint64_t rate)
{
    struct net_gather *g = &n->gather;
    bool gathered = is_gathered(n);

    if (rate > g->rate + g->rate / 10) {
        g->rate = rate;
        keep(n, gathered, (gathered ? 100 : 2) * (uint64_t)n->config.window_us * 1000);
    } else {
        keep(n, !gathered, 2 * g->patience); /* G3 */
    }
}

void net_gather(struct net *n, bool long_routine)
{
    struct net_gather *g = &n->gather;
    uint64_t window = (uint64_t)n->config.window_us * 1000, now, ns;
    struct net_tally seen, *was = &g->seen;
    uint64_t frames, again, found;

    if (n->set_count < 2)
        return;
    if (long_routine && (is_gathered(n) || g->trial != TRIAL_NONE))
        keep(n, false, 2 * g->patience); /* G2 */
    now = clock_now_ns();
    ns = now - g->begun;
    if (ns < window)
        return;
    seen = net_tally(n);
    frames = seen.frames - was->frames;
    again = seen.again - was->again;
    found = seen.found - was->found;
    g->seen = seen;
    g->begun = now;
    if (ns > 4 * window || frames < n->config.window_frames) { /* nobody is in a hurry */
        if (g->trial != TRIAL_NONE)
            keep(n, !is_gathered(n), g->patience);
        g->rate = 0;
        return;
    }
    switch (g->trial) {
    case TRIAL_NONE: consider(n, frames * CLOCK_SECOND / ns, 4 * found > again); break;
    case TRIAL_BEGUN: g->trial = TRIAL_MEASURED; break; /* connections have been on the move */
    case TRIAL_MEASURED: judge(n, frames * CLOCK_SECOND / ns); break;
    }
}
