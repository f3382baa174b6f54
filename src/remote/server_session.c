/* SPDX-License-Identifier: Apache-2.0
 *
 * server_session.c - instances, sessions and transactions of clients; being inside a session
 */
#include "remote/server.h"

#include "remote/outcomes.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- references ---- */

struct serve_instance *serve_instance_ref(struct serve_instance *instance)
{
    atomic_fetch_add(&instance->refs, 1);
    return instance;
}

void serve_instance_unref(struct serve_instance *take_instance)
{
    if (take_instance && atomic_fetch_sub(&take_instance->refs, 1) == 1)
        mem_free(take_instance);
}

/* The instance's handle, or one of its sessions, has ended; with the last of them it is gone, though
 * handles of cursors may still name it. */
static void leave_instance(struct serve_instance *instance)
{
    if (atomic_fetch_sub(&instance->live, 1) > 1)
        return;
    serve_attachments_clear(instance);
    serve_outcomes_close(instance);
    atomic_fetch_sub(&serve.instances, 1);
    log_line(LOG_LEVEL_INFO, "instance is gone client=%s", instance->client);
}

void serve_session_unref(struct serve_session *take_session)
{
    if (!take_session || atomic_fetch_sub(&take_session->refs, 1) > 1)
        return;
    pthread_mutex_lock(&serve.lock);
    list_remove(&take_session->link);
    pthread_mutex_unlock(&serve.lock);
    pthread_mutex_destroy(&take_session->lock);
    serve_instance_unref(take_session->instance);
    mem_free(take_session);
}

void serve_session_end(struct serve_session *session, const char *why)
{
    unsigned level = session->level;
    JET_ERR err = JetEndSession(session->sesid, 0);

    if (err < 0) { /* N2 of the house: a run-down is one JetEndSession */
        atomic_fetch_add(&serve.faults, 1);
        log_line(LOG_LEVEL_ERROR, "a session could not be ended reason=\"%s\" error=%d", why, err);
    }
    session->ended = true;
    session->level = 0;
    if (level > 0)
        atomic_fetch_sub(&serve.transactions, 1);
    atomic_fetch_sub(&serve.session_count, 1);
    serve_opens_clear(session);
    leave_instance(session->instance);
    log_line(LOG_LEVEL_INFO, "session ended client=%s reason=\"%s\" level=%u last=%s",
             session->instance->client, why, level, session->last_call);
}

/* ---- inside a session ---- */

/* Keeps who takes the session up, for those who look; of too many the last place holds the newest. */
static void note_thread(struct serve_session *s)
{
    static __thread unsigned mine;
    unsigned i = 0, known = 0;

    if (mine == 0)
        mine = (unsigned)gettid();
    for (; i < JET_WIRE_THREADS; i++) {
        known = atomic_load_explicit(&s->threads[i], memory_order_relaxed);
        if (known == mine)
            return;
        if (known == 0)
            break;
    }
    atomic_store(&s->threads[i < JET_WIRE_THREADS ? i : JET_WIRE_THREADS - 1], mine);
}

/* What a client may still do when a limit has rolled its transaction back. */
static bool leaves(enum serve_op op)
{
    return op == SERVE_Rollback || op == SERVE_CloseTable || op == SERVE_CloseDatabase;
}

static JET_ERR take_up(struct serve_call *call, struct serve_session *s)
{
    JET_ERR err = JET_errSuccess;

    pthread_mutex_lock(&s->lock);
    serve_limit(s);
    if (s->ended)
        err = atomic_load(&serve.stopping) ? JET_errClientRequestToStopJetService
                                           : JET_errInvalidSesid; /* N4 */
    else if (s->voided > 0 && !leaves(call->op))
        err = JET_errRollbackRequired; /* N4 */
    else
        err = JetSetSessionContext(s->sesid, (JET_API_PTR)s);
    if (err < 0) {
        pthread_mutex_unlock(&s->lock);
        return err;
    }
    call->session = s;
    call->sesid = s->sesid;
    s->last_call = serve_op_name(call->op);
    note_thread(s);
    return JET_errSuccess;
}

JET_ERR serve_enter(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session)
{
    *call = (struct serve_call){.op = op};
    return take_up(call, session);
}

JET_ERR serve_may(struct serve_call *call, const char *database, enum serve_right has,
                  uint32_t flags)
{
    call->checked = true;
    call->right = has;
    call->database = database;
    return serve_may_also(call, flags);
}

JET_ERR serve_may_also(struct serve_call *call, uint32_t flags)
{
    return serve_check(&call->session->instance->caller, call->op, flags, call->database,
                       call->right);
}

/* N7: where the program's cursor stands. Off the ends is a place, too. */
static JET_ERR catch_up(struct serve_call *call, int32_t ahead)
{
    JET_ERR err = ahead ? JetMove(call->sesid, call->tableid, ahead, 0) : JET_errSuccess;

    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

JET_ERR serve_enter_table(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session,
                          JET_RPC_TABLE table, int32_t ahead)
{
    struct serve_table *t = table;
    JET_ERR err = JET_errSuccess;

    *call = (struct serve_call){.op = op};
    if (t->session != session)
        return JET_errSesidTableIdMismatch;
    err = take_up(call, session);
    if (!err)
        err = serve_may(call, t->database, t->right, 0);
    if (err)
        return err;
    call->table = t;
    call->tableid = t->tableid;
    return catch_up(call, ahead);
}

static JET_ERR will_write(struct serve_call *call, JET_ERR err)
{
    if (call->session)
        call->session->wrote = true;
    return err;
}

JET_ERR serve_enter_writing(struct serve_call *call, enum serve_op op, JET_RPC_SESSION session)
{
    return will_write(call, serve_enter(call, op, session));
}

JET_ERR serve_enter_table_writing(struct serve_call *call, enum serve_op op,
                                  JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead)
{
    return will_write(call, serve_enter_table(call, op, session, table, ahead));
}

JET_ERR serve_leave(struct serve_call *call, JET_ERR err)
{
    struct serve_session *s = call->session;
    JET_ERR reset = JET_errSuccess;

    if (!s)
        return err;
    if (err >= 0 && !call->checked && serve_op_needs(call->op)) {
        atomic_fetch_add(&serve.faults, 1);
        log_line(LOG_LEVEL_ERROR, "nobody has asked for the right call=%s", s->last_call);
    }
    reset = JetResetSessionContext(s->sesid);
    if (reset < 0 && reset != JET_errInstanceUnavailable &&
        reset != JET_errInstanceUnavailableDueToFatalLogDiskFull) {
        atomic_fetch_add(&serve.faults, 1);
        log_line(LOG_LEVEL_ERROR, "a session could not be laid down call=%s error=%d", s->last_call,
                 reset);
    }
    s->used_ns = clock_now_ns();
    pthread_mutex_unlock(&s->lock);
    call->session = NULL;
    return err;
}

void serve_wrote(struct serve_call *call, uint64_t octets)
{
    call->session->octets += octets;
    call->session->all_octets += octets;
}

/* ---- results ---- */

JET_ERR serve_text(const char *s, JET_RPC_TEXT *ret)
{
    size_t size = strlen(s) + 1;

    *ret = serve_result(size);
    if (!*ret)
        return JET_errOutOfMemory;
    memcpy(*ret, s, size);
    return JET_errSuccess;
}

static JET_ERR copy(const void *data, uint32_t size, unsigned char **ret)
{
    *ret = size > 0 ? serve_result(size) : NULL;
    if (size > 0 && !*ret)
        return JET_errOutOfMemory;
    if (size > 0)
        memcpy(*ret, data, size);
    return JET_errSuccess;
}

JET_ERR serve_bytes(const void *data, uint32_t size, JET_RPC_BYTES *ret)
{
    JET_ERR err = copy(data, size, &ret->data);

    ret->size = err ? 0 : size;
    return err;
}

JET_ERR serve_key(const void *data, uint32_t size, JET_RPC_KEY *ret)
{
    JET_ERR err = size > JET_WIRE_KEY ? JET_errBufferTooSmall : copy(data, size, &ret->data);

    ret->size = err ? 0 : size;
    return err;
}

/* ---- instances ---- */

/* What a log line may show of a name that a client has given. */
static void copy_name(char to[SERVE_CLIENT], const char *from)
{
    size_t n = 0;

    for (; from[n] && n + 1 < SERVE_CLIENT; n++)
        to[n] = (from[n] > ' ' && from[n] < 0x7f && from[n] != '"') ? from[n] : '_';
    to[n] = '\0';
}

int32_t JetRpcOpen(handle_t binding, uint32_t version, const char *client, JET_RPC_OPENED *opened,
                   JET_RPC_INSTANCE *instance)
{
    struct serve_instance *i = NULL;
    char principal[SERVE_PRINCIPAL];
    JET_API_PTR page = 0;
    JET_ERR err = JET_errSuccess;

    *opened = (JET_RPC_OPENED){.version = JET_WIRE_VERSION};
    if (atomic_load(&serve.stopping))
        return JET_errClientRequestToStopJetService;
    if (version != JET_WIRE_VERSION || strlen(client) >= SERVE_CLIENT)
        return JET_errInvalidParameter;
    i = mem_alloc(sizeof *i);
    if (!i)
        return JET_errOutOfMemory;
    (void)JetGetSystemParameterA(serve.instance, JET_sesidNil, JET_paramDatabasePageSize, &page,
                                 NULL, 0);
    atomic_store(&i->refs, 1);
    atomic_store(&i->live, 1);
    list_init(&i->attachments);
    copy_name(i->client, client);
    serve_identify(binding, &i->caller);
    i->since_ns = clock_now_ns();
    err = serve_outcomes_open(i);
    if (err < 0) {
        mem_free(i);
        return err;
    }
    atomic_fetch_add(&serve.instances, 1);
    atomic_fetch_add(&serve.instances_opened, 1);
    opened->page_size = (uint32_t)page;
    opened->commit_instance = (int64_t)i->mark;
    opened->outcomes_kept = serve.config.outcomes_max;
    opened->outcomes_seconds = serve.config.outcomes_s;
    *instance = i;
    serve_show(&i->caller, principal);
    log_line(LOG_LEVEL_INFO, "instance opened client=%s principal=\"%s\" address=%s level=%u",
             i->client, principal, i->caller.address, i->caller.level);
    return JET_errSuccess;
}

int32_t JetRpcClose(JET_RPC_INSTANCE *instance)
{
    leave_instance(*instance);
    serve_instance_unref(*instance);
    *instance = NULL;
    return JET_errSuccess;
}

void JET_RPC_INSTANCE_rundown(JET_RPC_INSTANCE instance)
{
    serve_backup_interrupt(instance);
    leave_instance(instance);
    serve_instance_unref(instance);
}

int32_t JetRpcCommitStatus(JET_RPC_INSTANCE instance, const JET_RPC_COMMIT_ID *id,
                           uint32_t *outcome)
{
    (void)instance;
    *outcome = serve_outcomes_ask((uint64_t)id->instance, id->number);
    return JET_errSuccess;
}

/* ---- sessions ---- */

int32_t JetRpcBeginSession(JET_RPC_INSTANCE instance, JET_RPC_SESSION *session)
{
    struct serve_session *s = mem_alloc(sizeof *s);
    JET_ERR err = JET_errSuccess;

    if (!s)
        return JET_errOutOfMemory;
    err = JetBeginSessionA(serve.instance, &s->sesid, NULL, NULL);
    if (err < 0) {
        mem_free(s);
        return err;
    }
    atomic_store(&s->refs, 1);
    s->instance = serve_instance_ref(instance);
    atomic_fetch_add(&s->instance->live, 1);
    pthread_mutex_init(&s->lock, NULL);
    list_init(&s->opens);
    s->outcomes = JET_tableidNil;
    s->since_ns = clock_now_ns();
    atomic_store(&s->used_ns, s->since_ns);
    s->last_call = "JetBeginSession";
    pthread_mutex_lock(&serve.lock);
    s->serial = ++serve.serials;
    list_append(&serve.sessions, &s->link);
    pthread_mutex_unlock(&serve.lock);
    atomic_fetch_add(&serve.session_count, 1);
    atomic_fetch_add(&serve.sessions_begun, 1);
    *session = s;
    return err;
}

static void end(struct serve_session *s, const char *why)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended)
        serve_session_end(s, why);
    pthread_mutex_unlock(&s->lock);
    serve_session_unref(s);
}

int32_t JetRpcEndSession(JET_RPC_SESSION *session)
{
    end(*session, "JetEndSession");
    *session = NULL;
    return JET_errSuccess;
}

void JET_RPC_SESSION_rundown(JET_RPC_SESSION session)
{
    atomic_fetch_add(&serve.run_down, 1);
    end(session, "run-down");
}

/* ---- transactions ---- */

int32_t JetRpcBegin(JET_RPC_SESSION session, uint32_t grbit, int64_t trxid)
{
    struct serve_call call;
    struct serve_session *s = session;
    JET_ERR err = serve_enter(&call, SERVE_Begin, session);

    if (!err)
        err = JetBeginTransaction3(call.sesid, trxid, grbit);
    if (call.session && err >= 0 && s->level++ == 0) {
        s->transaction_ns = clock_now_ns();
        s->octets = 0;
        s->wrote = false;
        atomic_fetch_add(&serve.transactions, 1);
    }
    return serve_leave(&call, err);
}

static void left_levels(struct serve_session *s, unsigned levels)
{
    s->level -= levels < s->level ? levels : s->level;
    if (s->level == 0)
        atomic_fetch_sub(&serve.transactions, 1);
}

/* N2: what is asked for, and has written something, has its outcome in the transaction itself. */
static JET_ERR commit(struct serve_call *call, uint32_t grbit, uint32_t lazy_ms, int64_t number)
{
    const struct serve_session *s = call->session;
    bool named = s->level == 1 && s->wrote && number > 0;
    struct serve_noted noted = {0};
    JET_COMMIT_ID own;
    JET_ERR err = named ? serve_outcomes_note(call, number, &noted) : JET_errSuccess;

    if (err < 0)
        return err;
    err = JetCommitTransaction2(call->sesid, grbit, lazy_ms, &own);
    if (named)
        serve_outcomes_settle(call, &noted, err >= 0);
    return err;
}

int32_t JetRpcCommit(JET_RPC_SESSION session, uint32_t grbit, uint32_t lazy_ms,
                     const JET_RPC_COMMIT_ID *id)
{
    struct serve_call call;
    struct serve_session *s = session;
    JET_ERR err = serve_enter(&call, SERVE_Commit, session);

    if (!err) {
        err = commit(&call, grbit, lazy_ms, id->number);
        if (err >= 0 && s->level > 0)
            left_levels(s, 1);
    }
    return serve_leave(&call, err);
}

int32_t JetRpcRollback(JET_RPC_SESSION session, uint32_t levels)
{
    struct serve_call call;
    struct serve_session *s = session;
    JET_ERR err = serve_enter(&call, SERVE_Rollback, session);

    if (err == JET_errInvalidSesid) /* N4: the session's end was its transaction's */
        return serve_leave(&call, JET_errSuccess);
    for (; !err && levels > 0 && s->voided > 0; levels--) /* it is done */
        s->voided--;
    for (; !err && levels > 0 && s->level > 0; levels--) {
        err = JetRollback(call.sesid, 0);
        if (err >= 0)
            left_levels(s, 1);
    }
    return serve_leave(&call, err);
}

int32_t JetRpcHarden(JET_RPC_SESSION session, uint32_t grbit)
{
    const JET_GRBIT alone =
        JET_bitWaitLastLevel0Commit | JET_bitWaitAllLevel0Commit | JET_bitForceNewLog;
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_Harden, session);

    if (!err)
        err = grbit & alone && !(grbit & ~alone) ? JetCommitTransaction(call.sesid, grbit)
                                                 : JET_errInvalidGrbit;
    return serve_leave(&call, err);
}
