/* SPDX-License-Identifier: Apache-2.0
 *
 * alone.c - a worker for one busy connection
 *
 * A client that makes one call after the other is served best by a thread that waits in recv: no
 * epoll between two calls. So the owner of a set in which only one connection has had something to
 * say for some turns passes the set on and stays with that connection: a set of one. It gives it
 * back when nothing has come for NET_ALONE_MS, when the connection ends, or when too much is unsent;
 * the monitor takes it back when a routine is long, since only the set's owner sees what the
 * connection says meanwhile.
 *
 *     CONN_SET -net_go_alone-> CONN_ALONE -go_home, net_end_alone-> CONN_BACK -conn_back-> CONN_SET
 *
 *   A1  the connection stays in its set's epoll, which reports nothing of it but that it takes more
 *       output. The way back is an event, too: EPOLLOUT is asked for, and comes at once.
 *   A2  the set's owner alone closes a connection: events of it may be on their way to him. Whoever
 *       finds its end elsewhere says `ending` and gives it back.
 *   A3  whoever gave a connection back touches it no more.
 *   A4  these workers are no more than a quarter of all, so that long routines find spares.
 */
#include "rpc/net/net_internal.h"

#include <sys/time.h>

#include "base/list.h"

/* Under net.lock. */
static struct net_set *free_set(struct net *n)
{
    if (n->alone_count >= NET_ALONE_MAX || n->alone_count >= n->config.workers_max / 4) /* A4 */
        return NULL;
    for (struct net_set *s = n->alone;; s++) {
        if (s->only == NULL)
            return s;
    }
}

bool net_go_alone(struct net_worker *w, struct net_conn *c)
{
    static const struct timeval patience = {0, NET_ALONE_MS * 1000};
    struct net *n = w->net;
    struct net_set *s;
    bool done = false;

    if (c->state != CONN_OPEN || c->deaf || c->reader != CONN_SET ||
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return false;
    pthread_mutex_lock(&n->lock);
    s = free_set(n);
    if (s != NULL) {
        net_conn_read_by(c, CONN_ALONE); /* before another owner sees its events */
        done = net_give_away(n, w->set);
        if (done) {
            s->only = c;
            n->alone_count++;
            w->set = s;
        } else {
            net_conn_read_by(c, CONN_SET);
        }
    }
    pthread_mutex_unlock(&n->lock);
    return done;
}

/* Under net.lock. */
static struct net_conn *vacate(struct net *n, struct net_set *s)
{
    struct net_conn *c = s->only;

    s->only = NULL;
    n->alone_count--;
    return c;
}

static void go_home(struct net_worker *w, bool ending)
{
    struct net *n = w->net;
    struct net_conn *c;

    pthread_mutex_lock(&n->lock);
    c = vacate(n, w->set);
    w->set = NULL;
    pthread_mutex_unlock(&n->lock);
    c->ending = ending;
    net_conn_read_by(c, CONN_BACK); /* A3 */
}

void net_serve_alone(struct net_worker *w)
{
    struct net_conn *c = w->set->only;
    enum net_input r = INPUT_TURN;

    while (r == INPUT_TURN && !c->deaf && !atomic_load(&w->net->stopping)) {
        r = net_conn_serve(w, c);
        if (r == INPUT_LOST)
            return;
    }
    net_run_jobs(w);
    if (w->set != NULL)
        go_home(w, r == INPUT_END);
}

bool net_end_alone(struct net *n, struct net_set *s, uint_fast64_t turn)
{
    struct net_conn *c = NULL;

    pthread_mutex_lock(&n->lock);
    if (s->only != NULL && atomic_compare_exchange_strong(&s->turn, &turn, turn + 1)) {
        c = vacate(n, s);
        n->adoptions++;
    }
    pthread_mutex_unlock(&n->lock);
    if (c != NULL)
        net_conn_read_by(c, CONN_BACK); /* A3 */
    return c != NULL;
}
