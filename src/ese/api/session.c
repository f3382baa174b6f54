/* SPDX-License-Identifier: Apache-2.0
 *
 * session.c - sessions and session contexts (ese-sessions 5 to 7)
 *
 * A context is set and reset by compare-and-swap, so that it needs nothing but the session itself.
 * While a session ends its context is reserved (JET_CONTEXT_ENDING), which no program can set.
 */
#include "ese/api/lifecycle.h"
#include "ese/api/text.h"

#include <string.h>

/* ---- beginning ---- */

static void reset_members(struct jet_session *s, struct jet_instance *instance)
{
    atomic_store(&s->instance, instance);
    atomic_store(&s->end, END_BY_PROGRAM);
    mem_free(s->life_name);
    s->life_name = NULL;
    s->level = 0;
    s->by_context = s->read_only = s->must_roll_back = false;
    s->owner = 0;
    atomic_store(&s->context, 0);
    atomic_store(&s->ctx_thread, 0);
    s->rollback_error = JET_errSuccess;
    s->commit_default = (JET_GRBIT)jet_params_number(&instance->params, JET_paramCommitDefault);
    memset(&s->operation, 0, sizeof s->operation);
    s->correlation = s->generic_size = 0;
    list_init(&s->databases);
    list_init(&s->cursors);
    s->engine = NULL;
}

/* Takes a place among the instance's sessions; -1101 when there is none. */
static JET_ERR reserve(struct jet_instance *instance, struct jet_session **ret_session)
{
    struct jet_slot *slot = NULL;
    JET_ERR err = JET_errOutOfSessions;

    jet_lock();
    if (instance->session_count < jet_params_number(&instance->params, JET_paramMaxSessions)) {
        slot = jet_slot_take(&jet_sessions);
        err = slot ? JET_errSuccess : JET_errOutOfMemory;
    }
    if (slot) {
        instance->session_count++;
        *ret_session = (struct jet_session *)(void *)slot;
        reset_members(*ret_session, instance);
    }
    jet_unlock();
    return err;
}

static void give_back(struct jet_instance *instance, struct jet_session *session)
{
    jet_lock();
    instance->session_count--;
    jet_slot_free(&jet_sessions, &session->slot);
    jet_unlock();
}

/* The caller is inside the instance, or inside a session of it: it stays. */
static JET_ERR begin_session(struct jet_call *call, JET_SESID *ret_sesid)
{
    struct jet_session *session = NULL;
    JET_ERR err = JET_errSuccess;

    if (!ret_sesid)
        return JET_errInvalidParameter;
    err = reserve(call->instance, &session);
    if (err)
        return err;
    err = call->provider->begin_session(call->instance->engine, &session->engine);
    if (err < JET_errSuccess) {
        give_back(call->instance, session);
        return err;
    }
    jet_lock();
    list_append(&call->instance->sessions, &session->link);
    *ret_sesid = jet_slot_publish(&jet_sessions, &session->slot);
    jet_unlock();
    return err;
}

JET_ERR JET_API JetBeginSessionA(JET_INSTANCE instance, JET_SESID *sesid, JET_PCSTR user,
                                 JET_PCSTR password)
{
    struct jet_call call;
    JET_ERR err = jet_enter_instance(&call, CALL_BEGIN_SESSION, instance);

    (void)user;
    (void)password;
    return err ? err : jet_leave(&call, begin_session(&call, sesid));
}

JET_ERR JET_API JetBeginSessionW(JET_INSTANCE instance, JET_SESID *sesid, JET_PCWSTR user,
                                 JET_PCWSTR password)
{
    (void)user;
    (void)password;
    return JetBeginSessionA(instance, sesid, NULL, NULL);
}

JET_ERR JET_API JetDupSession(JET_SESID sesid, JET_SESID *ret_sesid)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_DUP_SESSION, sesid);

    return err ? err : jet_leave(&call, begin_session(&call, ret_sesid));
}

/* ---- ending ---- */

void jet_session_free(struct jet_session *session)
{
    LIST_FOR_EACH_SAFE (it, &session->databases)
        mem_free(LIST_ENTRY(it, struct jet_open_database, link));
    list_init(&session->databases);
    session->engine = NULL;
    jet_slot_free(&jet_sessions, &session->slot);
}

/* 7, step 2: a transaction of a context may be ended from any thread, one of a thread only there. */
static JET_ERR may_end(const struct jet_session *s)
{
    if (s->level == 0 || s->by_context || s->owner == jet_thread())
        return JET_errSuccess;
    return JET_errSessionSharingViolation;
}

/* 7, step 3: everything but the session itself. */
static JET_ERR wind_up(struct jet_call *call)
{
    struct jet_session *s = call->session;
    JET_ERR err = JET_errSuccess;

    LIST_FOR_EACH_SAFE (it, &s->cursors)
        (void)jet_cursor_close(s, LIST_ENTRY(it, struct jet_cursor, link), 0, false);
    if (s->level > 0 && !s->rollback_error) {
        err = call->provider->rollback(s->engine, s->level);
        if (err < JET_errSuccess) {
            s->rollback_error = err;
            return err;
        }
        s->level = 0;
        s->read_only = s->must_roll_back = false;
    }
    LIST_FOR_EACH_SAFE (it, &s->databases) {
        struct jet_open_database *d = LIST_ENTRY(it, struct jet_open_database, link);

        for (; d->count > 0; d->count--)
            call->provider->close_database(s->engine, d->dbid);
    }
    return JET_errSuccess;
}

static void end(struct jet_call *call)
{
    struct jet_session *s = call->session;

    call->provider->end_session(s->engine);
    jet_lock();
    list_remove(&s->link);
    call->instance->session_count--;
    (void)jet_slot_retire(&s->slot, 1); /* G1: this call alone is inside */
    call->retired = true;
    jet_session_free(s);
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
}

JET_ERR JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_call call;
    uintptr_t none = 0;
    JET_ERR err = jet_enter(&call, CALL_END_SESSION, sesid);

    (void)grbit;
    if (err)
        return err;
    if (!atomic_compare_exchange_strong(&call.session->context, &none, JET_CONTEXT_ENDING))
        return jet_leave(&call, JET_errSessionInUse);
    err = may_end(call.session);
    if (!err)
        err = wind_up(&call);
    if (err)
        atomic_store(&call.session->context, 0);
    else
        end(&call);
    return jet_leave(&call, err);
}

/* ---- contexts ---- */

JET_ERR JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR context)
{
    struct jet_call call;
    uintptr_t none = 0;
    JET_ERR err = jet_enter(&call, CALL_SET_CONTEXT, sesid);

    if (err)
        return err;
    if (context == 0 || context == JET_CONTEXT_ENDING)
        return jet_leave(&call, JET_errInvalidParameter);
    if (!atomic_compare_exchange_strong(&call.session->context, &none, context))
        return jet_leave(&call, JET_errSessionContextAlreadySet);
    /* Leaving, a read-modify-write of the slot's word, comes after it for everybody. */
    atomic_store_explicit(&call.session->ctx_thread, jet_thread(), memory_order_release);
    return jet_leave(&call, JET_errSuccess);
}

JET_ERR JET_API JetResetSessionContext(JET_SESID sesid)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_RESET_CONTEXT, sesid);

    if (err)
        return err;
    if (atomic_load(&call.session->context) == 0 ||
        atomic_load(&call.session->ctx_thread) != jet_thread())
        return jet_leave(&call, JET_errSessionContextNotSetByThisThread);
    atomic_store_explicit(&call.session->ctx_thread, 0, memory_order_release);
    atomic_store_explicit(&call.session->context, 0, memory_order_release);
    return jet_leave(&call, JET_errSuccess);
}

/* ---- parameters and facts ---- */

/* Where a parameter is kept, and of what size; NULL: there is none of that number. */
static void *place_of(struct jet_session *s, unsigned long id, uint32_t *ret_size)
{
    switch (id) {
    case JET_sesparamCommitDefault: *ret_size = sizeof s->commit_default; return &s->commit_default;
    case JET_sesparamTransactionLevel: *ret_size = sizeof s->level; return &s->level;
    case JET_sesparamOperationContext: *ret_size = sizeof s->operation; return &s->operation;
    case JET_sesparamCorrelationID: *ret_size = sizeof s->correlation; return &s->correlation;
    case JET_sesparamCommitGenericContext: *ret_size = s->generic_size; return s->generic;
    default: return NULL;
    }
}

static JET_ERR set_session_parameter(struct jet_session *s, unsigned long id, const void *value,
                                     unsigned long size)
{
    uint32_t wanted = 0;
    void *place = place_of(s, id, &wanted);

    if (!place)
        return JET_errInvalidSesparamId;
    if (id == JET_sesparamTransactionLevel)
        return JET_errFeatureNotAvailable;
    if (size > 0 && !value)
        return JET_errInvalidParameter;
    if (id == JET_sesparamCommitGenericContext) {
        if (size > JET_GENERIC_CONTEXT)
            return JET_errInvalidBufferSize;
        s->generic_size = (uint32_t)size;
    } else if (size != wanted) {
        return JET_errInvalidBufferSize;
    }
    if (size > 0)
        memcpy(place, value, size);
    return JET_errSuccess;
}

JET_ERR JET_API JetSetSessionParameter(JET_SESID sesid, unsigned long id, void *value,
                                       unsigned long size)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_SESSION_PARAMETER, sesid);

    return err ? err : jet_leave(&call, set_session_parameter(call.session, id, value, size));
}

static JET_ERR get_session_parameter(struct jet_session *s, unsigned long id, void *value,
                                     unsigned long max, unsigned long *ret_size)
{
    uint32_t size = 0;
    const void *place = place_of(s, id, &size);

    if (!place)
        return JET_errInvalidSesparamId;
    if (!value && max > 0)
        return JET_errInvalidParameter;
    if (ret_size)
        *ret_size = size;
    if (max < size)
        return JET_errInvalidBufferSize;
    if (size > 0)
        memcpy(value, place, size);
    return JET_errSuccess;
}

JET_ERR JET_API JetGetSessionParameter(JET_SESID sesid, unsigned long id, void *value,
                                       unsigned long max, unsigned long *ret_size)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_SESSION_PARAMETER, sesid);

    if (err)
        return err;
    return jet_leave(&call, get_session_parameter(call.session, id, value, max, ret_size));
}

JET_ERR JET_API JetGetSessionInfo(JET_SESID sesid, void *result, const unsigned long max,
                                  const unsigned long level)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_SESSION_INFO, sesid);

    (void)result;
    (void)max;
    (void)level;
    return err ? err : jet_leave(&call, JET_errFeatureNotAvailable);
}
