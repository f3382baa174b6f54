/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server's life: the engine under it, its limits, its end
 */
#include "remote/server.h"

#include "remote/outcomes.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct serve_state serve = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_t watcher;
static bool watching;
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_end = PTHREAD_COND_INITIALIZER;
static bool watch_ends;

void serve_config_default(struct serve_config *config)
{
    *config = (struct serve_config){.sessions_max = 4096,
                                    .cursors_max = 65536,
                                    .outcomes_max = 65536,
                                    .outcomes_s = 86400,
                                    .stop_grace_ms = 500};
}

/* ---- watching limits (N4) ---- */

/* A session with a call inside is looked at the next time, and by its own next call. */
static void look_at(struct serve_session *s)
{
    if (pthread_mutex_trylock(&s->lock))
        return;
    serve_limit(s);
    pthread_mutex_unlock(&s->lock);
}

/* All sessions, each with a reference of ours; NULL when there is no memory or none. */
static struct serve_session **all_sessions(size_t *ret_count)
{
    struct serve_session **all = NULL;
    size_t n = 0, count = 0;

    pthread_mutex_lock(&serve.lock);
    LIST_FOR_EACH (it, &serve.sessions)
        n++;
    all = n > 0 ? mem_alloc(n * sizeof(struct serve_session *)) : NULL;
    if (all)
        LIST_FOR_EACH (it, &serve.sessions) {
            struct serve_session *s = LIST_ENTRY(it, struct serve_session, link);
            unsigned refs = atomic_load(&s->refs);

            while (refs > 0 && !atomic_compare_exchange_weak(&s->refs, &refs, refs + 1))
                ;
            if (refs > 0)
                all[count++] = s;
        }
    pthread_mutex_unlock(&serve.lock);
    *ret_count = count;
    return all;
}

static void for_all_sessions(void (*what)(struct serve_session *))
{
    size_t count = 0;
    struct serve_session **all = all_sessions(&count);

    for (size_t i = 0; i < count; i++) {
        what(all[i]);
        serve_session_unref(all[i]);
    }
    mem_free(all);
}

static void *watch(void *unused)
{
    struct timespec until;

    (void)unused;
    pthread_mutex_lock(&watch_lock);
    while (!watch_ends) {
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        (void)pthread_cond_timedwait(&watch_end, &watch_lock, &until);
        pthread_mutex_unlock(&watch_lock);
        for_all_sessions(look_at);
        serve_backup_limit();
        serve_outcomes_prune();
        pthread_mutex_lock(&watch_lock);
    }
    pthread_mutex_unlock(&watch_lock);
    return NULL;
}

static JET_ERR start_watching(void)
{
    watch_ends = false;
    if (pthread_create(&watcher, NULL, watch, NULL))
        return JET_errOutOfThreads;
    watching = true;
    return JET_errSuccess;
}

static void stop_watching(void)
{
    if (!watching)
        return;
    pthread_mutex_lock(&watch_lock);
    watch_ends = true;
    pthread_cond_signal(&watch_end);
    pthread_mutex_unlock(&watch_lock);
    (void)pthread_join(watcher, NULL);
    watching = false;
}

/* ---- start ---- */

static JET_ERR set_number(unsigned long id, JET_API_PTR value)
{
    JET_ERR err = JetSetSystemParameterA(&serve.instance, JET_sesidNil, id, value, NULL);

    if (err < 0)
        log_line(LOG_LEVEL_ERROR, "the engine refuses a parameter id=%lu value=%lu error=%d", id,
                 (unsigned long)value, err);
    return err;
}

static JET_ERR configure(void)
{
    const struct serve_config *c = &serve.config;
    JET_ERR err =
        JetSetSystemParameterA(&serve.instance, JET_sesidNil, JET_paramSystemPath, 0, serve.folder);

    if (err >= 0)
        err = JetSetSystemParameterA(&serve.instance, JET_sesidNil, JET_paramLogFilePath, 0,
                                     serve.folder);
    if (err >= 0)
        err = set_number(JET_paramMaxSessions, c->sessions_max + 2u); /* and the house's */
    if (err >= 0) /* each session may have one for outcomes, the house two */
        err = set_number(JET_paramMaxCursors, c->cursors_max + c->sessions_max + 2u);
    if (err >= 0)
        err = set_number(JET_paramMaxOpenTables, c->cursors_max + 2u);
    if (err >= 0)
        err = set_number(JET_paramMaxTemporaryTables, c->cursors_max);
    if (err >= 0 && c->cache_mib > 0) {
        JET_API_PTR page = 0;

        err = JetGetSystemParameterA(serve.instance, JET_sesidNil, JET_paramDatabasePageSize, &page,
                                     NULL, 0);
        if (err >= 0 && page > 0)
            err = set_number(JET_paramCacheSizeMax, ((JET_API_PTR)c->cache_mib << 20) / page);
    }
    return err;
}

static JET_ERR start_engine(void)
{
    JET_ERR err = JetCreateInstanceA(&serve.instance, "holdfast-serve");

    if (err < 0)
        return err;
    err = configure();
    if (err >= 0)
        err = JetInit(&serve.instance);
    if (err >= 0)
        err = JetBeginSessionA(serve.instance, &serve.house, NULL, NULL);
    if (err < 0 && serve.instance != JET_instanceNil)
        (void)JetTerm(serve.instance);
    return err;
}

JET_ERR serve_start(const char *folder, const struct serve_config *config)
{
    JET_ERR err = JET_errSuccess;

    serve.config = *config;
    serve.limited = serve_limited(config);
    serve.instance = JET_instanceNil;
    serve.house = JET_sesidNil;
    list_init(&serve.sessions);
    atomic_store(&serve.stopping, false);
    serve.folder = mem_strdup(folder);
    if (!serve.folder)
        return JET_errOutOfMemory;
    err = start_engine();
    if (err < 0)
        goto out;
    err = serve_outcomes_start();
    if (err >= 0)
        err = start_watching();
    if (err >= 0 && RpcServerRegisterIf2(jet_v1_0_s_ifspec, NULL, NULL,
                                         config->secure_only ? RPC_IF_ALLOW_SECURE_ONLY
                                                             : RPC_IF_ALLOW_CALLBACKS_WITH_NO_AUTH,
                                         RPC_C_LISTEN_MAX_CALLS_DEFAULT, JET_WIRE_REQUEST,
                                         serve_admit) != RPC_S_OK)
        err = JET_errOutOfMemory;
    if (err < 0) {
        stop_watching();
        (void)JetTerm(serve.instance);
    }
out:
    if (err < 0) {
        mem_free(serve.folder);
        serve.folder = NULL;
    }
    return err;
}

/* ---- stop (N6) ---- */

static void end_for_stop(struct serve_session *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended)
        serve_session_end(s, "the server stops");
    pthread_mutex_unlock(&s->lock);
}

/* Clients that call meanwhile hear why; those that have gone are not waited for. */
static void wait_grace(void)
{
    uint64_t until = clock_now_ns() + serve.config.stop_grace_ms * 1000000ull;
    const struct timespec nap = {0, 5000000};

    while (atomic_load(&serve.instances) > 0 && clock_now_ns() < until)
        (void)nanosleep(&nap, NULL);
}

JET_ERR serve_stop(void)
{
    JET_ERR err = JET_errSuccess;

    atomic_store(&serve.stopping, true);
    serve_backup_stop();
    (void)JetStopServiceInstance(serve.instance);
    stop_watching();
    for_all_sessions(end_for_stop);
    wait_grace();
    (void)RpcServerUnregisterIfEx(jet_v1_0_s_ifspec, NULL, 1);
    serve_outcomes_stop();
    (void)JetEndSession(serve.house, 0);
    err = JetTerm(serve.instance);
    serve_addresses_clear();
    mem_free(serve.folder);
    serve.folder = NULL;
    return err;
}

void serve_count(struct serve_counters *counters)
{
    *counters = (struct serve_counters){
        .instances = atomic_load(&serve.instances),
        .sessions = atomic_load(&serve.session_count),
        .tables = atomic_load(&serve.tables),
        .transactions = atomic_load(&serve.transactions),
        .backups = atomic_load(&serve.backups),
        .instances_opened = atomic_load(&serve.instances_opened),
        .sessions_begun = atomic_load(&serve.sessions_begun),
        .sessions_run_down = atomic_load(&serve.run_down),
        .faults = atomic_load(&serve.faults),
        .rows_loaded = atomic_load(&serve.loaded),
        .refused = atomic_load(&serve.refused),
    };
    for (int i = 0; i < SERVE_LIMIT_COUNT; i++) {
        counters->limits[i] = atomic_load(&serve.limits[i]);
        counters->expired += counters->limits[i];
    }
}
