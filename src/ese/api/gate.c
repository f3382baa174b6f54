/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.c - who may call what, when: the rules of sessions, threads and contexts
 *
 * Inside an instance or a session is whoever is counted in its slot's word.
 *
 *   G1  At most one call is inside a session, but for calls that the same thread makes from the
 *       program's own function within it.
 *   G2  Whoever sets MARK_TERMINATING sees every call that is inside, or that call sees the mark: a
 *       call counts itself first and looks second, JetTerm marks first and counts second.
 *   G3  Setting and resetting a context disturbs nobody who is, or comes, inside: the owner of a
 *       session never gets -1910 because others try to take it up.
 *   G4  A call that is refused has changed nothing and disturbed nobody.
 */
#include "ese/api/gate.h"

#include "base/log.h"

#include <string.h>

/* 3, steps 2 to 4: what each mark says, in this order. */
static const struct {
    unsigned marks;
    JET_ERR err;
} judgements[] = {
    {MARK_STOPPED, JET_errClientRequestToStopJetService},
    {MARK_UNAVAILABLE | MARK_LOG_FULL, JET_errInstanceUnavailableDueToFatalLogDiskFull},
    {MARK_UNAVAILABLE, JET_errInstanceUnavailable},
    {MARK_TERMINATING, JET_errTermInProgress},
};

JET_ERR jet_judge_marks(unsigned marks, bool exempt_from_stop)
{
    if (exempt_from_stop)
        marks &= ~(unsigned)MARK_STOPPED;
    for (size_t i = 0; i < sizeof judgements / sizeof judgements[0]; i++)
        if ((marks & judgements[i].marks) == judgements[i].marks)
            return judgements[i].err;
    return JET_errSuccess;
}

/* ---- callbacks ---- */

static _Thread_local struct jet_callback *callbacks; /* of this thread, innermost first */

void jet_callback_begin(struct jet_callback *callback, const struct jet_call *call)
{
    callback->session = call->session;
    callback->instance = call->instance;
    callback->outer = callbacks;
    callbacks = callback;
}

void jet_callback_end(struct jet_callback *callback)
{
    callbacks = callback->outer;
}

bool jet_in_callback_of_session(const struct jet_session *session)
{
    for (const struct jet_callback *c = callbacks; c; c = c->outer)
        if (c->session == session)
            return true;
    return false;
}

bool jet_in_callback_of_instance(const struct jet_instance *instance)
{
    for (const struct jet_callback *c = callbacks; c; c = c->outer)
        if (c->instance == instance)
            return true;
    return false;
}

/* ---- sessions ---- */

/* 12.16 and 12.17: a session that JetTerm has ended is remembered until its slot is used again. */
static JET_ERR judge_ended(struct jet_session *session, JET_SESID sesid)
{
    JET_ERR err = JET_errInvalidSesid;

    jet_lock();
    if (jet_slot_find(&jet_sessions, sesid) == &session->slot &&
        atomic_load(&session->end) == END_BY_TERM && session->life_name) {
        err = JET_errNotInitialized;
        LIST_FOR_EACH (it, &jet_process.instances) {
            struct jet_instance *i = LIST_ENTRY(it, struct jet_instance, link);

            if (atomic_load(&i->life) == LIFE_RESTORING && !strcmp(i->name, session->life_name))
                err = JET_errRestoreInProgress;
        }
    }
    jet_unlock();
    return err;
}

/* 3, steps 1 to 4: by what the process and the instance are at. */
static JET_ERR judge_states(const struct jet_instance *instance, unsigned rules)
{
    if (atomic_load(&jet_process.up) == 0)
        return atomic_load(&jet_process.initialised) == 0 ? JET_errNotInitialized
                                                          : JET_errTermInProgress;
    return jet_judge_marks(atomic_load(&instance->marks), rules & RULE_AFTER_STOP);
}

static void wake_terminator(struct jet_instance *instance)
{
    if (!(atomic_load(&instance->marks) & MARK_TERMINATING))
        return;
    jet_lock();
    pthread_cond_broadcast(&jet_process.changed);
    jet_unlock();
}

static void leave_session(const struct jet_call *call, struct jet_session *session)
{
    jet_slot_leave(&session->slot, call->def->rules & RULE_BRIEF);
    wake_terminator(call->instance);
}

/* 3, steps 6 and 7. */
static JET_ERR step_inside(struct jet_call *call, struct jet_session *session, JET_SESID sesid)
{
    uint32_t others = jet_in_callback_of_session(session) ? UINT32_MAX : 0;

    switch (jet_slot_enter(&session->slot, sesid, others, call->def->rules & RULE_BRIEF)) {
    case JET_SLOT_GONE: return judge_ended(session, sesid);
    case JET_SLOT_BUSY:
        log_line(LOG_LEVEL_WARNING, "session is in use by another thread call=%s", call->def->name);
        return JET_errSessionSharingViolation;
    case JET_SLOT_IN: break;
    }
    call->instance = atomic_load(&session->instance);
    if (atomic_load(&call->instance->marks) & MARK_TERMINATING) {
        leave_session(call, session);
        return JET_errTermInProgress;
    }
    if (others && call->def->rules & RULE_NO_CALLBACK) {
        leave_session(call, session);
        return JET_errInvalidOperation;
    }
    call->session = session;
    call->provider = call->instance->provider;
    return JET_errSuccess;
}

static JET_ERR find_session(JET_SESID sesid, struct jet_session **ret_session)
{
    struct jet_slot *slot = jet_slot_find(&jet_sessions, sesid);
    struct jet_session *session = (struct jet_session *)(void *)slot;

    if (!slot)
        return JET_errInvalidSesid;
    if (!jet_slot_is(slot, sesid))
        return judge_ended(session, sesid);
    *ret_session = session;
    return JET_errSuccess;
}

static JET_ERR enter_found(struct jet_call *call, struct jet_session *session, JET_SESID sesid)
{
    JET_ERR err = judge_states(atomic_load(&session->instance), call->def->rules);

    return err ? err : step_inside(call, session, sesid);
}

JET_ERR jet_enter(struct jet_call *call, enum jet_call_id id, JET_SESID sesid)
{
    struct jet_session *session = NULL;
    JET_ERR err = JET_errSuccess;

    *call = (struct jet_call){.def = &jet_calls[id]};
    err = find_session(sesid, &session);
    return err ? err : enter_found(call, session, sesid);
}

/* -1310 and -1114 come before everything but -1104. */
static JET_ERR find_cursor(JET_SESID sesid, JET_TABLEID tableid, struct jet_cursor **ret_cursor)
{
    struct jet_slot *slot = jet_slot_find(&jet_cursors, tableid);
    struct jet_cursor *cursor = (struct jet_cursor *)(void *)slot;

    if (!slot || !jet_slot_is(slot, tableid))
        return JET_errInvalidTableId;
    if (atomic_load(&cursor->owner) != sesid)
        return JET_errSesidTableIdMismatch;
    *ret_cursor = cursor;
    return JET_errSuccess;
}

JET_ERR jet_enter_cursor(struct jet_call *call, enum jet_call_id id, JET_SESID sesid,
                         JET_TABLEID tableid)
{
    struct jet_session *session = NULL;
    struct jet_cursor *cursor = NULL;
    JET_ERR err = JET_errSuccess;

    *call = (struct jet_call){.def = &jet_calls[id]};
    err = find_session(sesid, &session);
    if (err)
        return err;
    err = find_cursor(sesid, tableid, &cursor);
    if (err)
        return err;
    err = enter_found(call, session, sesid);
    if (err)
        return err;
    /* Its session's last call may have closed it between the look and the entry. */
    if (jet_slot_enter(&cursor->slot, tableid, UINT32_MAX, false) != JET_SLOT_IN) {
        leave_session(call, session);
        return JET_errInvalidTableId;
    }
    call->cursor = cursor;
    return JET_errSuccess;
}

JET_ERR jet_cursor_of(const struct jet_call *call, JET_TABLEID tableid, struct jet_cursor **ret)
{
    return find_cursor(jet_slot_handle(&jet_sessions, &call->session->slot), tableid, ret);
}

JET_ERR jet_check_owner(const struct jet_session *session)
{
    bool mine = false;

    if (session->level == 0)
        return JET_errSuccess;
    if (session->by_context)
        mine = session->owner == atomic_load(&session->context) &&
               atomic_load(&session->ctx_thread) == jet_thread();
    else
        mine = session->owner == jet_thread();
    if (mine)
        return JET_errSuccess;
    log_line(LOG_LEVEL_WARNING, "transaction belongs to another thread or context level=%u",
             session->level);
    return JET_errSessionSharingViolation;
}

JET_ERR jet_allowed(const struct jet_call *call, JET_GRBIT grbit)
{
    const struct jet_call_def *def = call->def;
    const struct jet_session *s = call->session;

    if (!(def->rules & RULE_ANY_GRBIT) && grbit & ~def->grbits)
        return JET_errInvalidGrbit;
    if (!s)
        return JET_errSuccess;
    if (def->rules & RULE_OUTSIDE && s->level > 0)
        return JET_errInTransaction;
    if (def->rules & RULE_INSIDE && s->level == 0)
        return JET_errNotInTransaction;
    if (def->rules & RULE_UPDATES && s->read_only && !(call->cursor && call->cursor->dbid == 0))
        return JET_errTransReadOnly;
    return def->rules & RULE_OWNER ? jet_check_owner(s) : JET_errSuccess;
}

JET_ERR jet_leave(struct jet_call *call, JET_ERR err)
{
    if (err == JET_errMustRollback && call->session && call->session->level > 0)
        call->session->must_roll_back = true;
    if (call->retired)
        return err;
    if (call->cursor)
        jet_slot_leave(&call->cursor->slot, false);
    if (call->session)
        leave_session(call, call->session);
    else {
        jet_slot_leave(&call->instance->slot, false);
        wake_terminator(call->instance);
    }
    return err;
}

/* ---- instances ---- */

JET_ERR jet_instance_find(JET_INSTANCE handle, struct jet_instance **ret_instance)
{
    struct jet_slot *slot = NULL;

    if (handle == 0 || handle == JET_instanceNil) {
        if (jet_process.mode == MODE_NONE)
            return JET_errInvalidParameter;
        if (jet_process.mode != MODE_ONE || list_is_empty(&jet_process.instances))
            return JET_errInvalidInstance;
        *ret_instance = LIST_ENTRY(jet_process.instances.next, struct jet_instance, link);
        return JET_errSuccess;
    }
    slot = jet_slot_find(&jet_instances, handle);
    if (!slot || !jet_slot_is(slot, handle))
        return jet_handle_was_given(&jet_instances, handle) ? JET_errInvalidParameter
                                                            : JET_errInvalidInstance;
    *ret_instance = (struct jet_instance *)(void *)slot;
    return JET_errSuccess;
}

/* 10: the lives in which an instance cannot be called by its handle. */
static const JET_ERR life_errors[] = {
    [LIFE_CREATED] = JET_errNotInitialized,
    [LIFE_INITIALISING] = JET_errNotInitialized,
    [LIFE_RUNNING] = JET_errSuccess,
    [LIFE_RESTORING] = JET_errRestoreInProgress,
};

JET_ERR jet_enter_instance(struct jet_call *call, enum jet_call_id id, JET_INSTANCE handle)
{
    struct jet_instance *instance = NULL;
    JET_ERR err = JET_errSuccess;

    *call = (struct jet_call){.def = &jet_calls[id]};
    jet_lock();
    err = jet_instance_find(handle, &instance);
    if (!err)
        err = life_errors[atomic_load(&instance->life)];
    if (!err)
        err = jet_judge_marks(atomic_load(&instance->marks), call->def->rules & RULE_AFTER_STOP);
    if (!err) {
        /* Under the lock JetTerm cannot begin: the count is taken up by its wait. */
        (void)jet_slot_enter(&instance->slot, jet_slot_handle(&jet_instances, &instance->slot),
                             UINT32_MAX, false);
        call->instance = instance;
        call->provider = instance->provider;
    }
    jet_unlock();
    return err;
}
