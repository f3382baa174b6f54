/* SPDX-License-Identifier: Apache-2.0
 *
 * cancel.c - cancelling the call of another thread
 *
 * Owns:       struct caller of every thread that has called; it lies in the thread's own memory.
 * Lifetime:   in the list from a thread's first call to its end.
 * Locks:      the pool's -> `callers_lock` (the list) -> a caller's own. Nothing blocks under them: a
 *             cancel is sent only if the kernel takes it at once.
 *
 * A thread that waits for a reply sits in recv and is not woken: co_cancel goes out beside it, and it
 * waits for what the server makes of that. When the cancel timeout is over, or the server takes nothing
 * any more, the call is abandoned. Where the server keeps connections whose call was given up, the thread
 * is interrupted and does the rest itself, as at the end of its call timeout (orphan.h). Else "orphaned"
 * goes out and the connection is shut down, which ends recv. The server goes on with the call and
 * finds nobody to answer.
 *
 * Source: RpcCancelThread, RpcCancelThreadEx, RpcMgmtSetCancelTimeout; rpc-associations 6.3
 */
#include "rpc/client/cancel.h"

#include <pthread.h>
#include <sys/socket.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/lock.h"
#include "rpc/client/association.h"
#include "rpc/client/housekeeper.h"
#include "rpc/client/orphan.h"
#include "rpc/core/fork.h"

struct caller {
    struct list link;
    bool entered; /* in the list; the thread's own */
    pthread_t thread;
    atomic_bool calling;   /* written by the thread alone */
    atomic_bool asked;     /* to cancel; under the lock */
    struct lock lock;      /* of all below */
    struct rpc_conn *conn; /* waits for a reply on it, or NULL */
    uint32_t call_id;
    int32_t timeout_s; /* of RpcMgmtSetCancelTimeout, when `timeout_set`, else without limit */
    bool timeout_set;
    bool limited, abandoned;
    uint64_t give_up; /* when, if `limited` */
    struct rpc_interrupt interrupt;
};

static pthread_mutex_t callers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list callers = {&callers, &callers};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_ends;
static bool has_key;
static __thread struct caller self __attribute__((tls_model("initial-exec")));

/* ---- Threads ---------------------------------------------------------------------------------- */

static void forget_thread(void *argument)
{
    struct caller *c = argument;

    if (rpc_runtime_is_closed()) /* a child of fork, where the lock may be another thread's */
        return;
    (void)pthread_mutex_lock(&callers_lock);
    list_remove(&c->link);
    c->entered = false;
    (void)pthread_mutex_unlock(&callers_lock);
    lock_fini(&c->lock);
    rpc_interrupt_fini(&c->interrupt);
}

static void make_key(void)
{
    has_key = pthread_key_create(&thread_ends, forget_thread) == 0;
}

/* This thread; NULL when it cannot be entered: then nobody can cancel it. */
static struct caller *enter(void)
{
    (void)pthread_once(&once, make_key);
    if (!has_key || pthread_setspecific(thread_ends, &self) != 0)
        return NULL;
    self.thread = pthread_self();
    lock_init(&self.lock);
    rpc_interrupt_init(&self.interrupt);
    (void)pthread_mutex_lock(&callers_lock);
    list_init(&self.link);
    list_append(&callers, &self.link);
    self.entered = true;
    (void)pthread_mutex_unlock(&callers_lock);
    return &self;
}

static struct caller *known(void)
{
    return self.entered ? &self : NULL;
}

/* ---- Out of band of a waiting call; its lock is held ------------------------------------------- */

/* True if the kernel took it. */
static bool tell(const struct caller *c, enum wire_type type)
{
    const struct wire_header h = {.type = type, .flags = WIRE_WHOLE, .call_id = c->call_id};
    uint8_t pdu[WIRE_HEADER_SIZE];

    wire_put_control(pdu, &h);
    return send(c->conn->fd, pdu, sizeof pdu, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof pdu;
}

/* A request that is still leaving cannot be; its limit stays, for rpc_cancel_listen to see. */
static void abandon(struct caller *c, bool keep)
{
    if (c->conn == NULL || c->abandoned)
        return;
    c->limited = false;
    c->abandoned = true;
    if (keep && c->conn->interrupt != NULL) {
        rpc_interrupt(c->conn->interrupt);
        return;
    }
    (void)tell(c, WIRE_ORPHANED);
    rpc_stream_shut(c->conn->fd);
}

/* A part of a PDU must not stay: then nothing more can be said on that connection. */
static void cancel(struct caller *c)
{
    if (!tell(c, WIRE_CO_CANCEL))
        abandon(c, false);
    else if (c->limited && c->give_up <= clock_now_ns())
        abandon(c, true);
}

uint64_t rpc_cancel_expire(uint64_t now)
{
    uint64_t next = 0;

    (void)pthread_mutex_lock(&callers_lock);
    LIST_FOR_EACH (it, &callers) {
        struct caller *c = LIST_ENTRY(it, struct caller, link);

        lock_take(&c->lock);
        if (c->limited && c->give_up <= now)
            abandon(c, true);
        else if (c->limited && (next == 0 || c->give_up < next))
            next = c->give_up;
        lock_give(&c->lock);
    }
    (void)pthread_mutex_unlock(&callers_lock);
    return next;
}

/* ---- A call's way ----------------------------------------------------------------------------- */

static void reset(struct caller *c)
{
    lock_take(&c->lock);
    c->conn = NULL;
    c->limited = c->abandoned = false;
    rpc_interrupt_reset(&c->interrupt);
    atomic_store(&c->asked, false);
    lock_give(&c->lock);
}

void rpc_cancel_begin(void)
{
    struct caller *c = known();

    if (c == NULL)
        c = enter();
    if (c == NULL)
        return;
    if (atomic_load_explicit(&c->asked, memory_order_relaxed)) /* at the end of the call before */
        reset(c);
    atomic_store_explicit(&c->calling, true, memory_order_release);
}

bool rpc_cancel_asked(void)
{
    const struct caller *c = known();

    return c != NULL && atomic_load_explicit(&c->asked, memory_order_relaxed);
}

void rpc_cancel_listen(struct rpc_conn *conn, uint32_t call_id)
{
    struct caller *c = known();

    if (c == NULL)
        return;
    lock_take(&c->lock);
    c->conn = conn;
    c->call_id = call_id;
    conn->interrupt = rpc_orphan_can_be_kept(conn) ? &c->interrupt : NULL;
    if (atomic_load_explicit(&c->asked, memory_order_relaxed)) /* while the request was leaving */
        cancel(c);
    lock_give(&c->lock);
}

bool rpc_cancel_deaf(void)
{
    struct caller *c = known();
    bool abandoned;

    if (c == NULL)
        return false;
    lock_take(&c->lock);
    if (c->conn != NULL)
        c->conn->interrupt = NULL;
    c->conn = NULL;
    abandoned = c->abandoned;
    lock_give(&c->lock);
    return abandoned;
}

void rpc_cancel_end(void)
{
    struct caller *c = known();

    if (c == NULL)
        return;
    atomic_store_explicit(&c->calling, false, memory_order_release);
    if (atomic_load_explicit(&c->asked, memory_order_relaxed))
        reset(c);
}

/* ---- API -------------------------------------------------------------------------------------- */

/* Under callers_lock. */
static struct caller *find(pthread_t thread)
{
    LIST_FOR_EACH (it, &callers) {
        struct caller *c = LIST_ENTRY(it, struct caller, link);

        if (pthread_equal(c->thread, thread))
            return c;
    }
    return NULL;
}

/* The call of a thread, if it has one, gets so many seconds more; NULL: as the thread has said. */
static void cancel_call_of(struct caller *c, const int32_t *timeout, bool can_wait)
{
    int32_t seconds = timeout != NULL ? *timeout : RPC_C_CANCEL_INFINITE_TIMEOUT;

    lock_take(&c->lock);
    if (timeout == NULL && c->timeout_set)
        seconds = c->timeout_s;
    if (atomic_load(&c->calling) && !c->abandoned) {
        atomic_store(&c->asked, true);
        c->limited = seconds != RPC_C_CANCEL_INFINITE_TIMEOUT;
        c->give_up = clock_now_ns() + (can_wait ? (uint64_t)(uint32_t)seconds * CLOCK_SECOND : 0);
        if (c->conn != NULL)
            cancel(c);
    }
    lock_give(&c->lock);
}

static RPC_STATUS cancel_thread(void *thread, const int32_t *timeout)
{
    struct caller *c;
    bool can_wait;

    if (rpc_runtime_is_closed())
        return RPC_S_OK;
    (void)pthread_mutex_lock(&rpc_pool_lock);
    can_wait = rpc_housekeeper_start();
    (void)pthread_mutex_lock(&callers_lock);
    c = find((pthread_t)thread);
    if (c != NULL)
        cancel_call_of(c, timeout, can_wait);
    (void)pthread_mutex_unlock(&callers_lock);
    rpc_housekeeper_wake();
    (void)pthread_mutex_unlock(&rpc_pool_lock);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcCancelThread(void *Thread)
{
    return cancel_thread(Thread, NULL);
}

RPC_STATUS RPC_ENTRY RpcCancelThreadEx(void *Thread, int32_t Timeout)
{
    if (Timeout < RPC_C_CANCEL_INFINITE_TIMEOUT)
        return RPC_S_INVALID_ARG;
    return cancel_thread(Thread, &Timeout);
}

RPC_STATUS RPC_ENTRY RpcMgmtSetCancelTimeout(int32_t Timeout)
{
    struct caller *c = known();

    if (Timeout < RPC_C_CANCEL_INFINITE_TIMEOUT)
        return RPC_S_INVALID_ARG;
    if (rpc_runtime_is_closed())
        return RPC_S_OK;
    if (c == NULL)
        c = enter();
    if (c == NULL)
        return RPC_S_OUT_OF_MEMORY;
    lock_take(&c->lock);
    c->timeout_set = true;
    c->timeout_s = Timeout;
    lock_give(&c->lock);
    return RPC_S_OK;
}
