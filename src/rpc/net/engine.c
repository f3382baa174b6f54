/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.c - sets, the workers that own them, and the monitor that passes sets on
 *
 * Owns:       struct net, its sets and workers.
 * Lifetime:   net_create to net_destroy; a worker thread lives from spawn to its own decision to
 *             leave (idle for long, or the engine stops) and is joined by net_destroy or the next
 *             spawn.
 *
 * A set's turn:
 *
 *     even  --net_block_begin-->  odd  --net_block_end-->  even      owner comes back in time
 *                                 odd  --adopt--------->   even      the set has a new owner; the
 *                                                                    old one's exchange fails
 *
 *   E1  a set has at most one owner; all that is "the owner's" is reached through `turn` only.
 *   E2  a worker that finds worker->set NULL after it called the handler touches no set and no
 *       connection's input any more.
 *   E3  the monitor sleeps while nothing is in a routine: a worker that enters one looks at
 *       monitor_asleep after it has changed `turn`, the monitor looks at all turns after it has set
 *       monitor_asleep (both sequentially consistent, so that one of the two sees the other). While
 *       only sets of one are busy, where a long routine delays nobody else, it naps for longer.
 *   E4  jobs: whoever adds one writes to wake_fd unless he is a worker that will look at the queue
 *       himself before he waits; whoever takes one and leaves others wakes the next.
 */
#include "rpc/net/net_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "rpc/core/fork.h"

__thread struct net_worker *net_current __attribute__((tls_model("initial-exec")));

/* ---- The monitor (E3) ------------------------------------------------------------------------- */

/* `ns` 0: for ever. */
static void futex_wait(atomic_int *word, int value, uint64_t ns)
{
    struct timespec t = {0, (long)ns};

    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, ns != 0 ? &t : NULL, NULL, 0);
}

void net_wake_monitor(struct net *n)
{
    if (atomic_exchange(&n->monitor_asleep, NET_MONITOR_AWAKE) != NET_MONITOR_AWAKE)
        (void)syscall(SYS_futex, &n->monitor_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void net_block_begin(void)
{
    struct net_worker *w = net_current;

    if (w == NULL || w->depth++ > 0 || w->set == NULL)
        return;
    w->turn = atomic_load_explicit(&w->set->turn, memory_order_relaxed) + 1;
    atomic_store(&w->set->turn, w->turn);
    if (atomic_load(&w->net->monitor_asleep) > (w->set->epfd < 0))
        net_wake_monitor(w->net);
}

void net_block_end(void)
{
    struct net_worker *w = net_current;
    uint_fast64_t turn;

    if (w == NULL || --w->depth > 0 || w->set == NULL)
        return;
    turn = w->turn;
    if (!atomic_compare_exchange_strong(&w->set->turn, &turn, turn + 1))
        w->set = NULL; /* E2 */
}

static struct net_worker *worker_spawn(struct net *n, struct net_set *s);

bool net_give_away(struct net *n, struct net_set *s)
{
    struct net_worker *w;

    if (list_is_empty(&n->idle))
        return n->worker_count < n->config.workers_max && worker_spawn(n, s) != NULL;
    w = LIST_ENTRY(n->idle.next, struct net_worker, idle);
    list_remove(&w->idle);
    n->idle_count--;
    w->set = s;
    pthread_cond_signal(&w->wake);
    return true;
}

static bool adopt(struct net *n, struct net_set *s, uint_fast64_t turn)
{
    uint64_t here = turn;
    bool done = false, room;

    pthread_mutex_lock(&n->lock);
    room = !list_is_empty(&n->idle) || n->worker_count < n->config.workers_max;
    if (room && atomic_compare_exchange_strong(&s->turn, &turn, turn + 1)) {
        while (!net_give_away(n, s) && !atomic_load(&n->stopping)) {
            /* no thread is to be had: one that becomes idle says so */
            pthread_cond_wait(&n->changed, &n->lock);
        }
        n->adoptions++;
        done = true;
    }
    pthread_mutex_unlock(&n->lock);
    if (!room && s->stuck != here) { /* once for each routine that others wait behind */
        s->stuck = here;
        limit_reached(LIMIT_WORKERS);
    }
    return done;
}

enum tick { TICK_QUIET, TICK_ALONE, TICK_SHORT, TICK_WAITING, TICK_ADOPTED };

/* Looks at a set: has it been busy since the last tick, is its routine long? */
static enum tick look_at(struct net *n, struct net_set *s,
                         bool (*take_away)(struct net *, struct net_set *, uint_fast64_t))
{
    uint_fast64_t turn = atomic_load(&s->turn);
    enum tick found = TICK_QUIET;

    if (turn != s->seen)
        found = turn & 1 ? TICK_WAITING : TICK_SHORT;
    else if (turn & 1)
        found = take_away(n, s, turn) ? TICK_ADOPTED : TICK_WAITING;
    s->seen = turn;
    return found;
}

/* Looks at every set once; the most urgent finding. */
static enum tick monitor_tick(struct net *n)
{
    enum tick found = TICK_QUIET, one;

    for (unsigned i = 0; i < n->set_count; i++) {
        one = look_at(n, &n->sets[i], adopt);
        if (one > found)
            found = one;
    }
    for (unsigned i = 0; i < NET_ALONE_MAX; i++) {
        one = look_at(n, &n->alone[i], net_end_alone);
        if (one != TICK_QUIET && found == TICK_QUIET)
            found = TICK_ALONE;
    }
    return found;
}

static bool in_routine(const struct net_set *sets, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (atomic_load(&sets[i].turn) & 1)
            return true;
    }
    return false;
}

/* Drops those who have owed for too long. The list is whole under the lock, and closing a connection
 * takes it off first. */
static void call_debts_in(struct net *n, uint64_t now)
{
    pthread_mutex_lock(&n->lock);
    LIST_FOR_EACH (it, &n->conns)
        (void)net_conn_overdue(LIST_ENTRY(it, struct net_conn, link), now);
    pthread_mutex_unlock(&n->lock);
}

/* Sleeps until a routine begins (E3), at most for `ns` unless that is 0, and not for ever while
 * somebody owes something: whoever is the first to owe wakes it. */
static void monitor_sleep(struct net *n, enum net_monitor how, uint64_t ns)
{
    atomic_store(&n->monitor_asleep, how);
    if (ns == 0 && atomic_load(&n->owing) > 0)
        ns = NET_DEBTS_NS;
    if (!in_routine(n->sets, n->set_count) &&
        (how == NET_MONITOR_NAPS || !in_routine(n->alone, NET_ALONE_MAX)) &&
        !atomic_load(&n->stopping))
        futex_wait(&n->monitor_asleep, how, ns);
    atomic_store(&n->monitor_asleep, NET_MONITOR_AWAKE);
}

static void *monitor_main(void *arg)
{
    struct net *n = arg;
    uint64_t period = NET_TICK_NS, debts_at = 0;
    unsigned quiet = 0;
    enum tick found = TICK_QUIET;

    (void)prctl(PR_SET_NAME, "rpc-monitor");
    (void)prctl(PR_SET_TIMERSLACK, 1000ul);
    while (!atomic_load(&n->stopping)) {
        struct timespec t = {0, (long)period};

        if (found == TICK_ALONE)
            monitor_sleep(n, NET_MONITOR_NAPS, NET_TICK_ALONE_NS);
        else
            (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
        if (atomic_load(&n->owing) > 0 && clock_now_ns() >= debts_at) {
            debts_at = clock_now_ns() + NET_DEBTS_NS;
            call_debts_in(n, clock_now_ns());
        }
        found = monitor_tick(n);
        net_gather(n, found == TICK_ADOPTED);
        quiet = found == TICK_QUIET ? quiet + 1 : 0;
        if (found == TICK_ADOPTED || found == TICK_ALONE)
            period = NET_TICK_NS;
        else if (period < NET_TICK_MAX_NS)
            period += period / 4;
        if (quiet > 8) {
            monitor_sleep(n, NET_MONITOR_SLEEPS, 0);
            period = NET_TICK_NS;
            quiet = 0;
        }
    }
    return NULL;
}

/* ---- Jobs (E4) -------------------------------------------------------------------------------- */

static void wake_owner(struct net *n)
{
    uint64_t one = 1;

    (void)!write(n->wake_fd, &one, sizeof one);
}

void net_submit(struct net *n, struct net_job *job)
{
    struct net_worker *w = net_current;
    bool first;

    pthread_mutex_lock(&n->lock);
    first = list_is_empty(&n->jobs);
    list_append(&n->jobs, &job->link);
    atomic_fetch_add(&n->job_count, 1);
    pthread_mutex_unlock(&n->lock);
    if (!(first && w != NULL && w->net == n && w->depth == 0 && w->set != NULL))
        wake_owner(n);
}

static struct net_job *take_job(struct net *n)
{
    struct net_job *job = NULL;
    bool more = false;

    pthread_mutex_lock(&n->lock);
    if (!list_is_empty(&n->jobs)) {
        job = LIST_ENTRY(n->jobs.next, struct net_job, link);
        list_remove(&job->link);
        n->jobs_run++;
        more = atomic_fetch_sub(&n->job_count, 1) > 1;
    }
    pthread_mutex_unlock(&n->lock);
    if (more)
        wake_owner(n);
    return job;
}

void net_run_jobs(struct net_worker *w)
{
    while (w->set != NULL && atomic_load_explicit(&w->net->job_count, memory_order_relaxed) > 0) {
        struct net_job *job = take_job(w->net);

        if (job == NULL)
            break;
        job->run(job);
    }
}

/* ---- Workers ---------------------------------------------------------------------------------- */

static int poll_timeout(const struct net_set *s)
{
    return list_is_empty(&s->draining) ? -1 : 50;
}

static void set_event(struct net_worker *w, const struct epoll_event *e)
{
    enum net_kind *kind = e->data.ptr;
    uint64_t count;

    switch (*kind) {
    case NET_KIND_CONN:
        if (e->events != EPOLLIN || !net_conn_move(w, (struct net_conn *)(void *)kind))
            net_conn_event(w, (struct net_conn *)(void *)kind, e->events);
        break;
    case NET_KIND_ENDPOINT: net_endpoint_event(w, (struct net_endpoint *)(void *)kind); break;
    case NET_KIND_WAKE:
        if (!atomic_load(&w->net->stopping)) /* else it stays up for the others */
            (void)!read(w->net->wake_fd, &count, sizeof count);
        break;
    }
}

/* True if the event's connection has been the only one to speak for so long that it shall have a
 * worker of its own. */
static bool is_busy_alone(struct net_worker *w, const struct epoll_event *e, int count)
{
    const struct net_conn *c = NULL;

    if (count == 1 && e->events == EPOLLIN && *(const enum net_kind *)e->data.ptr == NET_KIND_CONN)
        c = e->data.ptr;
    if (c == NULL || c != w->last) {
        w->last = c;
        w->last_turns = 0;
        return false;
    }
    if (++w->last_turns < w->net->config.alone_after)
        return false;
    w->last_turns = 0; /* if it cannot be, not at every turn */
    return true;
}

/* Serves the worker's set until it is lost or the engine stops. */
static void serve_set(struct net_worker *w)
{
    struct epoll_event events[NET_BATCH];

    w->last = NULL;

    while (w->set != NULL && !atomic_load_explicit(&w->net->stopping, memory_order_relaxed)) {
        struct net_set *s = w->set;
        int count;

        net_run_jobs(w);
        if (w->set != NULL && !list_is_empty(&s->pending))
            net_conn_pending(w);
        if (w->set == NULL)
            return;
        count = epoll_wait(s->epfd, events, NET_BATCH, poll_timeout(s));
        if (is_busy_alone(w, events, count) && net_go_alone(w, events->data.ptr)) {
            net_serve_alone(w);
            return;
        }
        for (int i = 0; i < count && w->set != NULL; i++)
            set_event(w, &events[i]);
        if (w->set != NULL && !list_is_empty(&s->draining))
            net_conn_expire(w, clock_now_ns());
    }
}

/* Waits as a spare until there is a set; false when the worker shall leave. */
static bool wait_for_set(struct net_worker *w)
{
    struct net *n = w->net;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += n->config.spare_ms / 1000;
    until.tv_nsec += (long)(n->config.spare_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&n->lock);
    list_prepend(&n->idle, &w->idle); /* the one that ran last goes first: the rest can leave */
    n->idle_count++;
    pthread_cond_broadcast(&n->changed);
    while (w->set == NULL && !atomic_load(&n->stopping)) {
        if (pthread_cond_timedwait(&w->wake, &n->lock, &until) == ETIMEDOUT && w->set == NULL)
            break;
    }
    if (w->set == NULL) {
        list_remove(&w->idle);
        n->idle_count--;
    }
    pthread_mutex_unlock(&n->lock);
    return w->set != NULL;
}

/* Joins the workers that have left. Under net.lock. */
static void reap_workers(struct net *n)
{
    while (!list_is_empty(&n->left)) {
        struct net_worker *w = LIST_ENTRY(n->left.next, struct net_worker, link);

        list_remove(&w->link);
        pthread_join(w->thread, NULL); /* it has given up net.lock as its last act */
        pthread_cond_destroy(&w->wake);
        mem_free(w);
    }
}

/* Whoever leaves joins those before: after a burst of long calls one stack is kept, not all. */
static void worker_leave(struct net_worker *w)
{
    struct net *n = w->net;

    if (n->handler->worker_leaves != NULL)
        n->handler->worker_leaves();
    for (int i = 0; i < 2; i++)
        mem_free(w->cache[i]);
    if (atomic_load(&n->stopping)) /* one write wakes one owner */
        wake_owner(n);
    pthread_mutex_lock(&n->lock);
    reap_workers(n);
    list_remove(&w->link);
    list_append(&n->left, &w->link);
    n->worker_count--;
    pthread_cond_broadcast(&n->changed);
    pthread_mutex_unlock(&n->lock);
}

static void *worker_main(void *arg)
{
    struct net_worker *w = arg;

    (void)prctl(PR_SET_NAME, "rpc-worker");
    net_current = w;
    for (;;) {
        if (w->set == NULL && !wait_for_set(w))
            break;
        if (atomic_load(&w->net->stopping))
            break;
        serve_set(w);
    }
    worker_leave(w);
    return NULL;
}

/* Under net.lock. */
static struct net_worker *worker_spawn(struct net *n, struct net_set *s)
{
    struct net_worker *w;

    reap_workers(n);
    w = mem_alloc(sizeof *w);
    if (w == NULL)
        return NULL;
    w->net = n;
    w->set = s;
    list_init(&w->link);
    list_init(&w->idle);
    clock_cond_init(&w->wake);
    list_append(&n->workers, &w->link);
    n->worker_count++;
    if (!thread_spawn(&w->thread, n->config.stack_size, worker_main, w)) {
        list_remove(&w->link);
        n->worker_count--;
        pthread_cond_destroy(&w->wake);
        mem_free(w);
        return NULL;
    }
    return w;
}

/* ---- The engine ------------------------------------------------------------------------------- */

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value != 0 ? value : fallback;
}

static void set_defaults(struct net *n, const struct net_config *config)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    n->config = *config;
    n->config.sets = or_default(config->sets, processors > 0 ? (unsigned)processors : 1);
    n->config.workers_max = or_default(config->workers_max, limit_of(LIMIT_WORKERS));
    if (n->config.workers_max < n->config.sets)
        n->config.workers_max = n->config.sets;
    n->config.keepalive_s = or_default(config->keepalive_s, 720);
    n->config.drain_ms = or_default(config->drain_ms, 1000);
    n->config.spare_ms = or_default(config->spare_ms, 10000);
    n->config.alone_after = or_default(config->alone_after, 32);
    n->config.window_us = or_default(config->window_us, 4000);
    n->config.window_frames = or_default(config->window_frames, 100);
    n->gather.patience = 2 * (uint64_t)n->config.window_us * 1000;
}

static int make_epoll(void *unused)
{
    (void)unused;
    return epoll_create1(EPOLL_CLOEXEC);
}

static int make_eventfd(void *unused)
{
    (void)unused;
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int net_make_reserve(void *unused)
{
    (void)unused;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool sets_create(struct net *n)
{
    n->sets = mem_alloc(n->config.sets * sizeof *n->sets);
    if (n->sets == NULL)
        return false;
    for (unsigned i = 0; i < n->config.sets; i++) {
        struct net_set *s = &n->sets[i];
        struct epoll_event e = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &n->wake_kind};

        s->net = n;
        list_init(&s->draining);
        list_init(&s->pending);
        s->epfd = rpc_fd_make(make_epoll, NULL);
        if (s->epfd < 0)
            return false;
        n->set_count++;
        if (epoll_ctl(s->epfd, EPOLL_CTL_ADD, n->wake_fd, &e) != 0)
            return false;
    }
    return true;
}

static void net_free(struct net *n)
{
    for (unsigned i = 0; i < n->set_count; i++)
        rpc_fd_close(n->sets[i].epfd);
    mem_free(n->sets);
    rpc_fd_close(n->wake_fd);
    rpc_fd_close(n->reserve_fd);
    pthread_cond_destroy(&n->changed);
    pthread_mutex_destroy(&n->lock);
    mem_free(n);
}

static void stop_threads(struct net *n)
{
    atomic_store(&n->stopping, true);
    wake_owner(n);
    net_wake_monitor(n);
    pthread_join(n->monitor, NULL);
    pthread_mutex_lock(&n->lock);
    for (;;) {
        LIST_FOR_EACH (it, &n->idle)
            pthread_cond_signal(&LIST_ENTRY(it, struct net_worker, idle)->wake);
        if (n->worker_count == 0)
            break;
        pthread_cond_wait(&n->changed, &n->lock);
    }
    reap_workers(n);
    pthread_mutex_unlock(&n->lock);
}

static bool threads_start(struct net *n)
{
    bool good = true;

    if (!thread_spawn(&n->monitor, n->config.stack_size, monitor_main, n))
        return false;
    pthread_mutex_lock(&n->lock);
    for (unsigned i = 0; i < n->set_count && good; i++)
        good = worker_spawn(n, &n->sets[i]) != NULL;
    pthread_mutex_unlock(&n->lock);
    if (!good)
        stop_threads(n);
    return good;
}

struct net *net_create(const struct net_handler *handler, const struct net_config *config)
{
    static const struct net_config defaults;
    struct net *n = mem_alloc(sizeof *n);

    if (n == NULL)
        return NULL;
    n->handler = handler;
    n->wake_kind = NET_KIND_WAKE;
    for (unsigned i = 0; i < NET_ALONE_MAX; i++)
        n->alone[i].epfd = -1;
    set_defaults(n, config != NULL ? config : &defaults);
    pthread_mutex_init(&n->lock, NULL);
    pthread_cond_init(&n->changed, NULL);
    list_init(&n->endpoints);
    list_init(&n->conns);
    list_init(&n->workers);
    list_init(&n->idle);
    list_init(&n->jobs);
    list_init(&n->left);
    n->wake_fd = rpc_fd_make(make_eventfd, NULL);
    n->reserve_fd = rpc_fd_make(net_make_reserve, NULL);
    if (n->wake_fd < 0 || n->reserve_fd < 0 || !sets_create(n) || !threads_start(n)) {
        net_free(n);
        return NULL;
    }
    return n;
}

/* Takes the first connection of the engine, with a reference, or NULL. */
static struct net_conn *first_conn(struct net *n)
{
    struct net_conn *c = NULL;

    pthread_mutex_lock(&n->lock);
    if (!list_is_empty(&n->conns))
        c = net_conn_ref(LIST_ENTRY(n->conns.next, struct net_conn, link));
    pthread_mutex_unlock(&n->lock);
    return c;
}

void net_destroy(struct net *n)
{
    struct net_conn *c;

    if (n == NULL)
        return;
    stop_threads(n);
    while ((c = first_conn(n)) != NULL) { /* no workers: this thread owns all sets */
        net_conn_drop(c);
        net_conn_unref(c);
    }
    for (struct net_job *job = take_job(n); job != NULL; job = take_job(n))
        job->run(job);
    while (!list_is_empty(&n->endpoints)) {
        struct net_endpoint *e = LIST_ENTRY(n->endpoints.next, struct net_endpoint, link);

        list_remove(&e->link);
        net_endpoint_free(e);
    }
    net_free(n);
}

bool net_is_worker(void)
{
    return net_current != NULL;
}

bool net_owns_set(void)
{
    return net_current != NULL && net_current->set != NULL && net_current->depth == 0;
}

void net_inq_counters(struct net *n, struct net_counters *ret)
{
    struct net_tally sum = net_tally(n);

    pthread_mutex_lock(&n->lock);
    *ret = (struct net_counters){
        .sets = n->set_count,
        .workers = n->worker_count,
        .spares = n->idle_count,
        .alone = n->alone_count,
        .connections_opened = n->connections_opened,
        .connections_live = n->connections_live,
        .adoptions = n->adoptions,
        .frames_in = sum.frames,
        .gathered = atomic_load(&n->gathered),
        .moved = sum.moved,
        .jobs = n->jobs_run,
    };
    pthread_mutex_unlock(&n->lock);
}
