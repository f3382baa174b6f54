/* SPDX-License-Identifier: Apache-2.0
 *
 * association.c - the connections of this process to one server endpoint
 *
 * Spec: rpc-associations 1 to 5
 */
#include "rpc/client/association.h"

#include <string.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rpc/client/housekeeper.h"
#include "rpc/client/orphan.h"
#include "rpc/client/security.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/core/status.h"

#define MS UINT64_C(1000000)

pthread_mutex_t rpc_pool_lock = PTHREAD_MUTEX_INITIALIZER;
struct list rpc_pool = {&rpc_pool, &rpc_pool};

/* ---- Life ------------------------------------------------------------------------------------- */

static struct rpc_assoc *make(enum rpc_transport transport, const char *address,
                              const char *endpoint, bool unique)
{
    struct rpc_assoc *a = mem_alloc(sizeof *a);

    if (a == NULL)
        return NULL;
    list_init(&a->link);
    list_init(&a->idle);
    list_init(&a->members);
    a->transport = transport;
    a->unique = unique;
    a->address = mem_strdup(address);
    a->endpoint = mem_strdup(endpoint);
    a->places = mem_alloc_aligned(64, RPC_ASSOC_PLACES * sizeof *a->places);
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->first_bound, NULL);
    atomic_init(&a->refs, 1);
    rpc_count(&rpc_client_counters.associations);
    if (a->address == NULL || a->endpoint == NULL || a->places == NULL) {
        rpc_assoc_free(a);
        return NULL;
    }
    return a;
}

void rpc_assoc_close_all(struct list *dead)
{
    LIST_FOR_EACH_SAFE (it, dead) {
        list_remove(it);
        rpc_conn_close(LIST_ENTRY(it, struct rpc_conn, link));
    }
}

/* ---- Free connections ------------------------------------------------------------------------- */

/* The calling thread's place. */
static struct rpc_place *my_place(struct rpc_assoc *a)
{
    return &a->places[shard_of_thread()];
}

/* Under the lock. The one used last goes first; nearly always this one. */
static void enlist(struct rpc_assoc *a, struct rpc_conn *conn)
{
    struct list *at = a->idle.next;

    while (at != &a->idle && LIST_ENTRY(at, struct rpc_conn, link)->last_used > conn->last_used)
        at = at->next;
    list_insert_before(at, &conn->link);
}

/* Under the lock: what lies in places goes to the list. */
static void collect(struct rpc_assoc *a)
{
    for (unsigned i = 0; i < RPC_ASSOC_PLACES; i++) {
        struct rpc_conn *conn = atomic_exchange(&a->places[i].conn, NULL);

        if (conn != NULL)
            enlist(a, conn);
    }
}

/* False if the association is defunct: then the connection is still the caller's. */
static bool make_free(struct rpc_assoc *a, struct rpc_conn *conn)
{
    _Atomic(struct rpc_conn *) *place = &my_place(a)->conn;
    struct rpc_conn *none = NULL;
    bool defunct;

    if (conn->orphan == 0 && atomic_compare_exchange_strong(place, &none, conn)) {
        /* whoever severs says so before he looks into the places */
        return !atomic_load(&a->defunct) || !atomic_compare_exchange_strong(place, &conn, NULL);
    }
    (void)pthread_mutex_lock(&a->lock);
    defunct = atomic_load(&a->defunct);
    if (!defunct)
        enlist(a, conn);
    (void)pthread_mutex_unlock(&a->lock);
    return !defunct;
}

/* Under the lock: a connection of the list is to be closed. */
static void forsake(struct rpc_assoc *a, struct rpc_conn *conn, struct list *dead)
{
    list_remove(&conn->member);
    list_remove(&conn->link);
    list_append(dead, &conn->link);
    a->open--;
}

/* Under the lock: late replies that have come meanwhile free their connections. */
static void settle_orphans(struct rpc_assoc *a, struct list *dead)
{
    LIST_FOR_EACH_SAFE (it, &a->idle) {
        struct rpc_conn *conn = LIST_ENTRY(it, struct rpc_conn, link);

        if (conn->orphan != 0 && rpc_orphan_settle(conn) == RPC_ORPHAN_LOST)
            forsake(a, conn, dead);
    }
}

void rpc_assoc_free(struct rpc_assoc *take_a)
{
    if (take_a->places != NULL)
        collect(take_a);
    mem_free(take_a->places);
    rpc_assoc_close_all(&take_a->idle);
    (void)pthread_mutex_destroy(&take_a->lock);
    (void)pthread_cond_destroy(&take_a->first_bound);
    mem_free(take_a->address);
    mem_free(take_a->endpoint);
    mem_free(take_a);
    rpc_uncount(&rpc_client_counters.associations);
}

static struct rpc_assoc *find(enum rpc_transport transport, const char *address,
                              const char *endpoint)
{
    LIST_FOR_EACH (it, &rpc_pool) {
        struct rpc_assoc *a = LIST_ENTRY(it, struct rpc_assoc, link);

        if (!a->unique && !atomic_load(&a->defunct) && a->transport == transport &&
            strcmp(a->endpoint, endpoint) == 0 && strcmp(a->address, address) == 0)
            return a;
    }
    return NULL;
}

RPC_STATUS rpc_assoc_join(enum rpc_transport transport, const char *address, const char *endpoint,
                          bool unique, struct rpc_assoc **ret_assoc)
{
    struct rpc_assoc *a;

    (void)pthread_mutex_lock(&rpc_pool_lock);
    a = unique ? NULL : find(transport, address, endpoint);
    if (a != NULL) {
        if (a->linger_until != 0)
            rpc_count(&rpc_client_counters.revivals);
        a->linger_until = 0;
        atomic_fetch_add(&a->refs, 1);
    } else {
        a = make(transport, address, endpoint, unique);
        if (a != NULL) {
            list_append(&rpc_pool, &a->link);
            (void)rpc_housekeeper_start();
        }
    }
    (void)pthread_mutex_unlock(&rpc_pool_lock);
    *ret_assoc = a;
    return a == NULL ? RPC_S_OUT_OF_MEMORY : RPC_S_OK;
}

struct rpc_assoc *rpc_assoc_ref(struct rpc_assoc *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

/* The last reference is gone, the pool's lock is held: true if the association ends now. */
static bool ends_now(struct rpc_assoc *a)
{
    bool has_connections;

    (void)pthread_mutex_lock(&a->lock);
    has_connections = a->open != 0;
    (void)pthread_mutex_unlock(&a->lock);
    if (a->unique || atomic_load(&a->defunct) || atomic_load(&a->dont_linger) || !has_connections ||
        !rpc_housekeeper_runs())
        return true;
    a->linger_until = clock_now_ns() + MS * atomic_load(&rpc_client_tuning.linger_ms);
    rpc_housekeeper_wake();
    return false;
}

void rpc_assoc_unref(struct rpc_assoc *take_a)
{
    unsigned refs;
    bool ended = false;

    if (take_a == NULL || rpc_runtime_is_closed())
        return;
    refs = atomic_load_explicit(&take_a->refs, memory_order_relaxed);
    while (refs > 1)
        if (atomic_compare_exchange_weak(&take_a->refs, &refs, refs - 1))
            return;
    (void)pthread_mutex_lock(&rpc_pool_lock); /* A1 */
    if (atomic_fetch_sub(&take_a->refs, 1) == 1)
        ended = ends_now(take_a);
    if (ended)
        list_remove(&take_a->link);
    (void)pthread_mutex_unlock(&rpc_pool_lock);
    if (ended)
        rpc_assoc_free(take_a);
}

/* ---- Context handles and connections coming and going ----------------------------------------- */

/* The lock is held. (A4) */
static void forget_group_if_alone(struct rpc_assoc *a)
{
    if (a->open == 0 && a->opening == 0 && a->contexts == 0)
        a->group_id = 0;
}

void rpc_assoc_context_opened(struct rpc_assoc *a)
{
    (void)pthread_mutex_lock(&a->lock);
    a->contexts++;
    (void)pthread_mutex_unlock(&a->lock);
}

void rpc_assoc_context_closed(struct rpc_assoc *a)
{
    (void)pthread_mutex_lock(&a->lock);
    a->contexts--;
    forget_group_if_alone(a);
    (void)pthread_mutex_unlock(&a->lock);
}

unsigned rpc_assoc_collect_idle(struct rpc_assoc *a, uint64_t limit, struct list *dead)
{
    unsigned n = 0;

    (void)pthread_mutex_lock(&a->lock);
    collect(a);
    settle_orphans(a, dead);
    while (!list_is_empty(&a->idle)) {
        struct rpc_conn *oldest = LIST_ENTRY(a->idle.prev, struct rpc_conn, link);

        if (oldest->last_used >= limit || (a->open == 1 && a->contexts > 0)) /* A3 */
            break;
        forsake(a, oldest, dead);
        n++;
    }
    forget_group_if_alone(a);
    (void)pthread_mutex_unlock(&a->lock);
    return n;
}

static void drop(struct rpc_assoc *a, struct rpc_conn *take_conn)
{
    (void)pthread_mutex_lock(&a->lock);
    list_remove(&take_conn->member);
    a->open--;
    forget_group_if_alone(a);
    (void)pthread_mutex_unlock(&a->lock);
    rpc_conn_close(take_conn);
}

void rpc_assoc_release(struct rpc_assoc *a, struct rpc_conn *take_conn)
{
    if (take_conn->broken || take_conn->retiring ||
        atomic_load_explicit(&rpc_client_tuning.fresh_connections, memory_order_relaxed)) {
        drop(a, take_conn);
        return;
    }
    take_conn->last_used = clock_now_ns();
    if (!make_free(a, take_conn))
        drop(a, take_conn);
}

void rpc_assoc_sever(struct rpc_assoc *a)
{
    struct list dead;

    list_init(&dead);
    (void)pthread_mutex_lock(&a->lock);
    atomic_store(&a->defunct, true);
    collect(a);
    LIST_FOR_EACH_SAFE (it, &a->idle)
        forsake(a, LIST_ENTRY(it, struct rpc_conn, link), &dead);
    LIST_FOR_EACH (it, &a->members) /* those that calls have */
        rpc_stream_shut(LIST_ENTRY(it, struct rpc_conn, member)->fd);
    (void)pthread_mutex_unlock(&a->lock);
    rpc_assoc_close_all(&dead);
}

/* ---- Taking a connection ---------------------------------------------------------------------- */

/* Calls of the identity `auth` may go over the connection. */
static bool suits(const struct rpc_conn *conn, const struct auth_client *auth)
{
    return (conn->security == NULL && auth == NULL) || rpc_security_suits(conn, auth);
}

static bool is_ready(const struct rpc_conn *conn, const struct rpc_interface *interface)
{
    return rpc_conn_presentation(conn, interface) != NULL;
}

/* Under the lock: a connection of the list, first one on which the interface is negotiated. One on which it is not will be
 * asked by alter_context, so not where the server ends connections at that; nor, before it has
 * answered one, at the risk of the last connection while there are context handles: they would be
 * run down. */
static struct rpc_conn *find_free(struct rpc_assoc *a, const struct rpc_interface *interface,
                                  const struct auth_client *auth)
{
    bool may_alter = !a->no_alter && (a->can_alter || a->contexts == 0 || a->open > 1);
    struct rpc_conn *found = NULL;

    LIST_FOR_EACH (it, &a->idle) {
        struct rpc_conn *conn = LIST_ENTRY(it, struct rpc_conn, link);

        if (conn->orphan != 0 || !suits(conn, auth))
            continue;
        if (is_ready(conn, interface)) {
            found = conn;
            break;
        }
        if (found == NULL && may_alter)
            found = conn;
    }
    return found;
}

static struct rpc_conn *take_free(struct rpc_assoc *a, const struct rpc_interface *interface,
                                  const struct auth_client *auth)
{
    struct rpc_conn *found =
        atomic_exchange_explicit(&my_place(a)->conn, NULL, memory_order_acquire);
    struct list dead;

    if (found != NULL && suits(found, auth) && is_ready(found, interface))
        return found;
    list_init(&dead);
    (void)pthread_mutex_lock(&a->lock);
    if (found != NULL)
        enlist(a, found);
    settle_orphans(a, &dead);
    found = find_free(a, interface, auth);
    if (found == NULL || !is_ready(found, interface)) {
        collect(a);
        found = find_free(a, interface, auth);
    }
    if (found != NULL)
        list_remove(&found->link);
    (void)pthread_mutex_unlock(&a->lock);
    rpc_assoc_close_all(&dead);
    return found;
}

/* True if a free connection has ended meanwhile. Asking costs a system call, so one that has just
 * been used is believed, unless something is about to be negotiated or its last reply was a fault,
 * behind which servers may close. */
static bool has_ended(struct rpc_conn *conn, bool ask)
{
    uint64_t idle = clock_now_ns() - conn->last_used;
    uint64_t trusted =
        1000 * atomic_load_explicit(&rpc_client_tuning.trusted_us, memory_order_relaxed);

    if (!ask && !conn->doubtful && idle < trusted)
        return false;
    conn->doubtful = false;
    return rpc_stream_is_stale(conn->fd);
}

static uint64_t bind_deadline(unsigned com_timeout)
{
    uint64_t ms = atomic_load(&rpc_client_tuning.bind_timeout_ms);
    uint64_t com =
        (com_timeout + UINT64_C(1)) * 1000 * atomic_load(&rpc_client_tuning.com_timeout_unit_s);

    if (com_timeout < RPC_C_BINDING_INFINITE_TIMEOUT && com < ms)
        ms = com;
    return clock_now_ns() + ms * MS;
}

static void note_alter(struct rpc_assoc *a, bool answered)
{
    (void)pthread_mutex_lock(&a->lock);
    if (answered)
        a->can_alter = true;
    else
        a->no_alter = true;
    (void)pthread_mutex_unlock(&a->lock);
}

/* Makes a free connection fit for the interface. RPC_S_OK, a status for the program, or 1 in
 * *ret_again: the connection is gone, nothing was executed, another may do (R1). */
static RPC_STATUS prepare(struct rpc_assoc *a, struct rpc_conn *conn,
                          const struct rpc_interface *interface, unsigned com_timeout,
                          bool *ret_again)
{
    bool known = rpc_conn_presentation(conn, interface) != NULL;
    struct rpc_negotiation n;

    *ret_again = has_ended(conn, !known);
    if (*ret_again) {
        drop(a, conn);
        return RPC_S_SERVER_UNAVAILABLE;
    }
    if (known)
        return RPC_S_OK;
    n = rpc_conn_negotiate(conn, WIRE_ALTER_CONTEXT, interface, 0, bind_deadline(com_timeout));
    switch (n.result) {
    case RPC_NEGOTIATED: note_alter(a, true); return RPC_S_OK;
    case RPC_REJECTED:
        note_alter(a, true);
        rpc_assoc_release(a, conn);
        return n.status;
    case RPC_LOST:
        note_alter(a, false); /* it was alive a moment ago */
        *ret_again = true;
        break;
    case RPC_NAKED:
    case RPC_NEGOTIATION_FAILED: break;
    }
    drop(a, conn);
    return n.status;
}

/* The group to bind to. With 0 the caller makes the first bind and says when it is over. (A2) */
static uint32_t begin_bind(struct rpc_assoc *a)
{
    uint32_t id;

    (void)pthread_mutex_lock(&a->lock);
    while (a->group_id == 0 && a->binding_first)
        (void)pthread_cond_wait(&a->first_bound, &a->lock);
    id = a->group_id;
    if (id == 0)
        a->binding_first = true;
    a->opening++;
    (void)pthread_mutex_unlock(&a->lock);
    return id;
}

/* A connection that is about to be bound is known from here on; false if the association was severed
 * meanwhile. */
static bool note_binding(struct rpc_assoc *a, struct rpc_conn *conn)
{
    bool live;

    (void)pthread_mutex_lock(&a->lock);
    live = !atomic_load(&a->defunct);
    if (live)
        list_append(&a->members, &conn->member);
    (void)pthread_mutex_unlock(&a->lock);
    return live;
}

/* The bind with group `asked` is over; `conn`, if any, joins the association, or leaves it when it has
 * not. Returns how many connections it has now. */
static unsigned end_bind(struct rpc_assoc *a, struct rpc_conn *conn, uint32_t asked,
                         uint32_t answered, bool joined)
{
    unsigned open;

    (void)pthread_mutex_lock(&a->lock);
    a->opening--;
    if (joined) {
        a->open++;
        a->group_id = answered;
    } else if (conn != NULL) {
        list_remove(&conn->member);
    }
    if (asked == 0) {
        a->binding_first = false;
        (void)pthread_cond_broadcast(&a->first_bound);
    }
    forget_group_if_alone(a);
    open = a->open;
    (void)pthread_mutex_unlock(&a->lock);
    return open;
}

/* The server does not know the group any more. Unless another connection lives, that is the end of
 * the association; else it is this call's bad luck. */
static RPC_STATUS group_refused(struct rpc_assoc *a, RPC_STATUS status)
{
    struct list dead;
    bool alive;

    list_init(&dead);
    (void)pthread_mutex_lock(&a->lock);
    collect(a);
    settle_orphans(a, &dead);
    LIST_FOR_EACH_SAFE (it, &a->idle) {
        struct rpc_conn *conn = LIST_ENTRY(it, struct rpc_conn, link);

        if (conn->orphan == 0 && rpc_stream_is_stale(conn->fd))
            forsake(a, conn, &dead);
    }
    alive = a->open > 0;
    (void)pthread_mutex_unlock(&a->lock);
    rpc_assoc_close_all(&dead);
    if (alive)
        return status;
    atomic_store(&a->defunct, true);
    return RPC_ASSOC_DEFUNCT;
}

static RPC_STATUS open_new(struct rpc_assoc *a, const struct rpc_interface *interface,
                           unsigned com_timeout, const struct auth_client *auth,
                           struct rpc_conn **ret_conn)
{
    uint32_t asked = begin_bind(a);
    uint64_t deadline = bind_deadline(com_timeout);
    struct rpc_negotiation n = {.result = RPC_LOST};
    struct rpc_conn *conn = NULL;
    bool joined;
    unsigned open;
    RPC_STATUS status = rpc_conn_open(a->transport, a->address, a->endpoint, deadline, &conn);

    if (status == RPC_S_OK && !note_binding(a, conn))
        status = RPC_ASSOC_DEFUNCT;
    if (status == RPC_S_OK)
        status = rpc_security_begin(conn, auth);
    if (status == RPC_S_OK) {
        n = rpc_conn_negotiate(conn, WIRE_BIND, interface, asked, deadline);
        status = n.status;
    }
    joined = n.result == RPC_NEGOTIATED || n.result == RPC_REJECTED;
    if (joined && asked != 0 && n.group_id != asked) { /* it would know none of our handles */
        joined = false;
        n.result = RPC_NEGOTIATION_FAILED;
        status = RPC_S_PROTOCOL_ERROR;
    }
    open = end_bind(a, conn, asked, n.group_id, joined);
    if (open > atomic_load(&rpc_client_tuning.auto_idle_above))
        (void)rpc_housekeeper_scan_idle();
    if (n.result == RPC_NEGOTIATED) {
        *ret_conn = conn;
        return RPC_S_OK;
    }
    if (n.result == RPC_REJECTED)
        rpc_assoc_release(a, conn);
    else
        rpc_conn_close(conn);
    if (n.result == RPC_NAKED && n.nak_reason == WIRE_NAK_NOT_SPECIFIED && asked != 0)
        return group_refused(a, status);
    return status;
}

static void watch(const struct rpc_assoc *a, struct rpc_conn *conn, unsigned com_timeout)
{
    if (a->transport == RPC_TRANSPORT_TCP && conn->watched != com_timeout) {
        rpc_stream_watch(conn->fd, com_timeout);
        conn->watched = com_timeout;
    }
}

RPC_STATUS rpc_assoc_acquire(struct rpc_assoc *a, const struct rpc_interface *interface,
                             unsigned com_timeout, const struct auth_client *auth,
                             struct rpc_conn **ret_conn)
{
    struct rpc_conn *conn = NULL;
    RPC_STATUS status = RPC_S_OK;
    bool again = true;

    if (atomic_load(&a->defunct))
        return RPC_ASSOC_DEFUNCT;
    while (again && (conn = take_free(a, interface, auth)) != NULL) {
        status = prepare(a, conn, interface, com_timeout, &again);
        if (status == RPC_S_OK)
            break;
        if (again)
            rpc_count(&rpc_client_counters.retries);
    }
    if (conn == NULL)
        status = open_new(a, interface, com_timeout, auth, &conn);
    if (status != RPC_S_OK)
        return status;
    watch(a, conn, com_timeout);
    if (!atomic_load_explicit(&a->called, memory_order_relaxed))
        atomic_store(&a->called, true);
    *ret_conn = conn;
    return RPC_S_OK;
}
