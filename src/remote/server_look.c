/* SPDX-License-Identifier: Apache-2.0
 *
 * server_look.c - sessions and counters as those who look at the server see them
 *
 * Told to this user and root on the unix socket, to others who may manage all databases. A session that is in a call is shown as
 * it was when the call began.
 */
#include "remote/server.h"

#include <holdfast/count_ese.h>

#include "base/clock.h"

#define PAGE 256

static uint32_t seconds(uint64_t since_ns, uint64_t now_ns)
{
    return now_ns > since_ns ? (uint32_t)((now_ns - since_ns) / CLOCK_SECOND) : 0;
}

/* The list's lock is held, so the session is there; its own members are read as they come. */
static JET_ERR see(struct serve_session *s, uint64_t now, JET_RPC_SEEN *to)
{
    bool inside = pthread_mutex_trylock(&s->lock) != 0;
    JET_ERR err = JET_errSuccess;

    to->serial = (int64_t)s->serial;
    to->inside = inside;
    to->level = atomic_load(&s->level);
    to->tables = atomic_load(&s->tables);
    to->octets = (int64_t)atomic_load(&s->octets);
    to->age_s = seconds(s->since_ns, now);
    to->idle_s = inside ? 0 : seconds(atomic_load(&s->used_ns), now);
    for (unsigned i = 0; i < JET_WIRE_THREADS; i++)
        to->threads[i] = atomic_load(&s->threads[i]);
    to->transaction_s = to->level > 0 ? seconds(atomic_load(&s->transaction_ns), now) : 0;
    err = serve_text(s->instance->client, &to->client);
    if (!err)
        err = serve_text(atomic_load(&s->last_call), &to->last_call);
    if (!inside)
        pthread_mutex_unlock(&s->lock);
    return err;
}

int32_t JetRpcLook(handle_t binding, int64_t after, JET_RPC_SIGHT *sight)
{
    uint64_t now = clock_now_ns();
    JET_ERR err = serve_check_server(binding, SERVE_Look);

    if (err)
        return err;
    sight->sessions = serve_result(PAGE * sizeof *sight->sessions);
    if (!sight->sessions)
        return JET_errOutOfMemory;
    pthread_mutex_lock(&serve.lock);
    LIST_FOR_EACH (it, &serve.sessions) { /* in the order of their numbers */
        struct serve_session *s = LIST_ENTRY(it, struct serve_session, link);

        if (s->serial <= (uint64_t)after || s->ended)
            continue;
        if (err || sight->count == PAGE)
            break;
        err = see(s, now, &sight->sessions[sight->count++]);
    }
    pthread_mutex_unlock(&serve.lock);
    return err;
}

int32_t JetRpcCounters(handle_t binding, JET_RPC_COUNTERS *counters)
{
    struct serve_counters c;
    HOLDFAST_ESE_COUNTERS store = {0};
    JET_ERR err = serve_check_server(binding, SERVE_Counters);

    if (err)
        return err;
    serve_count(&c);
    /* an engine that is ending, or broken, tells nothing more */
    (void)holdfast_ese_count(serve.instance, &store);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"jet_instances", c.instances},
        {"jet_sessions", c.sessions},
        {"jet_tables", c.tables},
        {"jet_transactions", c.transactions},
        {"jet_backups", c.backups},
        {"store_transactions", store.transactions},
        {"store_row_locks", store.row_locks},
        {"jet_instances_opened", c.instances_opened},
        {"jet_sessions_begun", c.sessions_begun},
        {"jet_sessions_run_down", c.sessions_run_down},
        {"limit_session_idle", c.limits[SERVE_SESSION_IDLE]},
        {"limit_session_age", c.limits[SERVE_SESSION_AGE]},
        {"limit_session_octets", c.limits[SERVE_SESSION_OCTETS]},
        {"limit_transaction_idle", c.limits[SERVE_TRANSACTION_IDLE]},
        {"limit_transaction_age", c.limits[SERVE_TRANSACTION_AGE]},
        {"limit_transaction_octets", c.limits[SERVE_TRANSACTION_OCTETS]},
        {"jet_faults", c.faults},
        {"jet_refused", c.refused},
        {"jet_rows_loaded", c.rows_loaded},
        {"store_commits", store.commits},
        {"store_conflicts", store.conflicts},
        {"store_log_syncs", store.log_syncs},
        {"store_drops_pending", store.drops_pending},
    };
    const uint32_t count = sizeof all / sizeof all[0];

    counters->counters = serve_result(count * sizeof *counters->counters);
    if (!counters->counters)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && !err; i++) {
        counters->counters[i].value = (int64_t)all[i].value;
        err = serve_text(all[i].name, &counters->counters[i].name);
        counters->count = i + 1;
    }
    return err;
}
