/* SPDX-License-Identifier: Apache-2.0
 *
 * net_internal.h - what the files of this room share
 *
 * Lock order: net.lock, then a connection's out_lock. Neither is held while the handler is called.
 */
#ifndef HF_RPC_NET_NET_INTERNAL_H
#define HF_RPC_NET_NET_INTERNAL_H

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/lock.h"
#include "rpc/net/net.h"

#define NET_BUFFER_SMALL  8192u   /* holds the largest fragment of a call */
#define NET_BUFFER_WIDE   65536u  /* holds the largest frame; for streams that fill the small one */
#define NET_BATCH         64      /* events taken from epoll at once */
#define NET_TURNS         64      /* frames of one connection before the others get their turn */
#define NET_TICK_NS       200000u /* a routine that is seen by two ticks is long */
#define NET_TICK_MAX_NS   1600000u  /* ticks get rarer while all routines are short */
#define NET_TICK_ALONE_NS 10000000u /* ... and while all are of sets of one */
#define NET_OUT_CALLS     16    /* unsent outputs of a connection beyond which nothing is heard */
#define NET_TAKEN_LEAST   65536 /* octets of an output that a peer has to take in LIMIT_REPLY_MS */
#define NET_ALONE_MAX     64    /* connections with a worker of their own */
#define NET_ALONE_MS      20    /* ... which they lose after this time without input */
#define NET_DEBTS_NS      250000000u /* how often debts are looked at */
#define NET_AGAIN_SELDOM  16 /* of so many answers one is followed by a read while gathered */

/* What an epoll event's data points to starts with its kind. */
enum net_kind { NET_KIND_CONN, NET_KIND_ENDPOINT, NET_KIND_WAKE };

struct net_endpoint {
    enum net_kind kind;
    enum net_family family;
    int fd;
    uint16_t port;
    char address[INET6_ADDRSTRLEN]; /* TCP: empty for every address */
    char *path;
    struct list link; /* net.endpoints */
};

enum conn_state {
    CONN_OPEN,
    CONN_FINISHING, /* net_conn_finish was called; `closed` not yet */
    CONN_DRAINING,  /* `closed` has been called; the peer may still read its answer */
    CONN_GONE
};

/* Who reads a connection. */
enum conn_reader {
    CONN_SET,   /* the owner of its set */
    CONN_ALONE, /* a worker of its own */
    CONN_BACK   /* the owner of its set, who has yet to hear of it */
};

/* Something that a peer owes until `due`, in ns; 0: nothing. Written by the owner of the set, and by
 * the monitor when it calls the debt in. */
struct net_debt {
    atomic_uint_fast64_t due;
    _Atomic(enum limit) limit;
};

struct net_conn {
    enum net_kind kind;
    atomic_uint refs;
    enum conn_state state; /* the set's owner, or its own worker; as are all that say so */
    _Atomic(enum conn_reader) reader; /* changed under out_lock */
    bool ending;                      /* nothing more is to be read: to be closed or retired */
    struct net *net;
    struct net_set *set;  /* changed by its owner, under out_lock */
    struct net_set *home; /* where it is unless connections are gathered */
    void *user;
    struct net_buffer *in; /* unread octets, or NULL; the set's owner */
    uint8_t *stash;        /* start of a frame whose rest has not come, or NULL */
    uint32_t stash_size;
    bool wide;                   /* the last read filled its buffer */
    struct net_debt debt;        /* the handler's */
    struct net_debt frame_debt;  /* a frame that has begun */
    struct net_debt output_debt; /* outputs that it does not take; under out_lock */
    struct list link;            /* net.conns */
    struct list drain;           /* set.draining */
    struct list pending;         /* set.pending */
    uint64_t drain_until;

    struct lock out_lock; /* protects what follows */
    int fd;               /* -1 once closed */
    bool refuse;          /* no more output */
    bool watch_out;       /* EPOLLOUT is asked for */
    atomic_bool deaf;     /* EPOLLIN is not, since too much is unsent; owner reads it bare */
    unsigned queued;
    size_t unsent;   /* octets of them */
    size_t taken;    /* ... that went since the debt began */
    struct list out; /* struct net_output */
};

/* What a set has done so far; its owner counts, others read. */
struct net_count {
    atomic_uint_fast64_t frames; /* handed to the handler */
    atomic_uint_fast64_t again;  /* reads right after an answer */
    atomic_uint_fast64_t found;  /* ... that found something */
    atomic_uint_fast64_t moved;  /* connections, to another set */
};

/* ... and all sets together. */
struct net_tally {
    uint64_t frames, again, found, moved;
};

static inline void net_count(atomic_uint_fast64_t *n)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

/* Whether another way of serving is being tried. */
enum net_trial { TRIAL_NONE, TRIAL_BEGUN, TRIAL_MEASURED };

/* The monitor's alone. */
struct net_gather {
    enum net_trial trial;
    uint64_t begun; /* the window, in ns */
    struct net_tally seen;
    uint64_t rate;           /* frames a second without the trial; 0: unknown */
    uint64_t next, patience; /* when there may be a trial; ns after the last one */
};

/* turn: even while the owner polls or works, odd while it is in a routine; +1 by the owner on both
 * ways, or by the monitor's adoption, whichever comes first. A set of one has no epoll. */
struct net_set {
    atomic_uint_fast64_t turn;
    int epfd; /* -1: a set of one */
    struct net *net;
    struct net_conn *only; /* of a set of one that is in use; net.lock */
    struct list draining;
    struct list pending; /* connections with octets that were read and not yet handed out */
    struct net_count count;
    uint64_t seen;  /* the monitor's: turn at the last tick, ... */
    uint64_t stuck; /* ... and the last that no worker was left for */
    char apart[64]; /* sets of two workers share no cache line */
};

struct net_worker {
    struct net *net;
    struct net_set *set; /* NULL: lost or never had; a spare */
    unsigned depth;      /* of net_block_begin */
    uint64_t turn;
    struct net_buffer *cache[2]; /* [wide] */
    const struct net_conn *last; /* the only one that had something in the last turns */
    unsigned last_turns;
    unsigned unread;  /* answers that were followed by no read */
    struct list link; /* net.workers */
    struct list idle; /* net.idle */
    pthread_cond_t wake;
    pthread_t thread;
    bool leaving;
};

struct net {
    const struct net_handler *handler;
    struct net_config config;
    struct net_set *sets;
    unsigned set_count;
    struct net_set alone[NET_ALONE_MAX];
    atomic_uint next_set;
    int wake_fd; /* in every set: jobs are waiting, or the engine stops */
    enum net_kind wake_kind;
    int reserve_fd; /* given up to be able to refuse a connection when descriptors run out */
    atomic_bool stopping;

    atomic_uint job_count;
    atomic_uint owing;         /* debts of all connections */
    atomic_size_t unsent;      /* octets of their outputs */
    atomic_int monitor_asleep; /* futex: enum net_monitor */
    pthread_t monitor;
    struct net_gather gather;
    atomic_bool gathered; /* changed by the monitor */

    pthread_mutex_t lock; /* protects what follows */
    pthread_cond_t changed;
    struct list endpoints, conns, workers, idle, jobs;
    struct list left; /* workers to be joined */
    unsigned worker_count, idle_count, alone_count;
    uint64_t connections_opened, connections_live, adoptions, jobs_run;
};

extern __thread struct net_worker *net_current __attribute__((tls_model("initial-exec")));

/* How deep the monitor sleeps: who has to wake it. */
enum net_monitor {
    NET_MONITOR_AWAKE,
    NET_MONITOR_NAPS,  /* routines of sets of one run: that of another set wakes it */
    NET_MONITOR_SLEEPS /* ... any routine */
};

/* engine.c */
void net_run_jobs(struct net_worker *w); /* looks at job_count first; may lose the set */
/* A spare for the set, or a new worker; false if there may be no more. Under net.lock. */
bool net_give_away(struct net *n, struct net_set *s);

/* alone.c */
bool net_go_alone(struct net_worker *w,
                  struct net_conn *c);      /* the worker's set is another's then */
void net_serve_alone(struct net_worker *w); /* until w->set is NULL */
bool net_end_alone(struct net *n, struct net_set *s, uint_fast64_t turn); /* the monitor's */

/* gather.c */
/* Moves the connection where it belongs now; true if it was elsewhere, and is no longer the worker's.
 * For one that is readable and of which nothing has been read. */
bool net_conn_move(struct net_worker *w, struct net_conn *c);
bool net_reads_again(struct net_worker *w);        /* after an answer */
void net_gather(struct net *n, bool long_routine); /* the monitor's, at every tick */
struct net_tally net_tally(const struct net *n);

int net_make_reserve(void *unused);
void net_wake_monitor(struct net *n);

/* conn.c */
struct net_conn *net_conn_create(struct net *n, struct net_set *s, int fd);
void net_conn_event(struct net_worker *w, struct net_conn *c, uint32_t events);
void net_conn_pending(struct net_worker *w);
void net_conn_expire(struct net_worker *w, uint64_t now);
bool net_conn_overdue(struct net_conn *c, uint64_t now); /* under net.lock; drops it if it is */
void net_conn_drop(struct net_conn *c); /* closes the stream and calls `closed` if still open */
enum net_input { INPUT_LATER, INPUT_TURN, INPUT_AGAIN, INPUT_END, INPUT_LOST };
/* Reads and serves until the stream has nothing more, others shall have their turn, or it ends. */
enum net_input net_conn_serve(struct net_worker *w, struct net_conn *c);
void net_conn_read_by(struct net_conn *c, enum conn_reader reader);
struct net_buffer *net_buffer_get(struct net_worker *w, bool wide);
void net_buffer_put(struct net_worker *w, struct net_buffer *b);

/* endpoint.c */
void net_endpoint_event(struct net_worker *w, struct net_endpoint *e);
void net_endpoint_free(struct net_endpoint *e);

#endif
