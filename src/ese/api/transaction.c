/* SPDX-License-Identifier: Apache-2.0
 *
 * transaction.c - levels of a session's transaction (ese-sessions 4 and 11)
 *
 * The order of checks is that of section 4, which differs from call to call. A refused call has
 * changed nothing: JetRollback looks whose transaction it is before it closes cursors.
 */
#include "ese/api/lifecycle.h"

#define STAND_ALONE (JET_bitWaitLastLevel0Commit | JET_bitWaitAllLevel0Commit | JET_bitForceNewLog)

/* 4: on the way from 0 to 1 the transaction gets its owner, for good. No check is made. */
static void set_owner(struct jet_session *s)
{
    s->owner = atomic_load(&s->context);
    s->by_context = s->owner != 0;
    if (!s->by_context)
        s->owner = jet_thread();
}

static JET_ERR begin(struct jet_call *call, int64_t trxid, JET_GRBIT grbit)
{
    struct jet_session *s = call->session;
    JET_ERR err = JET_errSuccess;

    if (s->level >= JET_LEVELS_MAX)
        return JET_errTransTooDeep;
    if (s->rollback_error)
        return JET_errRollbackError;
    err = jet_check_owner(s);
    if (err)
        return err;
    grbit = s->level == 0 ? grbit & JET_bitTransactionReadOnly : 0;
    err = call->provider->begin(s->engine, grbit, trxid);
    if (err < JET_errSuccess)
        return err;
    if (s->level == 0) {
        set_owner(s);
        s->read_only = grbit & JET_bitTransactionReadOnly;
    }
    s->level++;
    return err;
}

JET_ERR JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_BEGIN, sesid);

    return err ? err : jet_leave(&call, begin(&call, trxid, grbit));
}

JET_ERR JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit)
{
    return JetBeginTransaction3(sesid, 0, grbit);
}

JET_ERR JET_API JetBeginTransaction(JET_SESID sesid)
{
    return JetBeginTransaction3(sesid, 0, 0);
}

/* Levels are gone: cursors that were opened in them belong to what is left. */
static void enter_level(struct jet_session *s, unsigned level)
{
    s->level = level;
    LIST_FOR_EACH (it, &s->cursors) {
        struct jet_cursor *c = LIST_ENTRY(it, struct jet_cursor, link);

        if (c->level > level)
            c->level = level;
    }
    if (level == 0)
        s->read_only = s->must_roll_back = false;
}

static JET_ERR commit(struct jet_call *call, JET_GRBIT grbit, unsigned long lazy_ms,
                      JET_COMMIT_ID *ret_id)
{
    struct jet_session *s = call->session;
    JET_ERR err = jet_allowed(call, grbit);

    if (err)
        return err;
    if (grbit & STAND_ALONE) {
        if (grbit & (grbit - 1))
            return JET_errInvalidGrbit;
        return call->provider->harden(s->engine, grbit);
    }
    if (s->level == 0)
        return JET_errNotInTransaction;
    if (s->must_roll_back)
        return JET_errMustRollback;
    if (grbit == 0)
        grbit = s->commit_default & JET_bitCommitLazyFlush;
    if (lazy_ms > 0 && !(grbit & JET_bitCommitLazyFlush))
        return JET_errInvalidParameter;
    err = jet_check_owner(s);
    if (err)
        return err;
    if (lazy_ms > UINT32_MAX)
        lazy_ms = UINT32_MAX;
    err = call->provider->commit(s->engine, grbit, (uint32_t)lazy_ms, ret_id);
    if (err >= JET_errSuccess)
        enter_level(s, s->level - 1);
    return err;
}

JET_ERR JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit, unsigned long lazy_ms,
                                      JET_COMMIT_ID *ret_id)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_COMMIT, sesid);

    return err ? err : jet_leave(&call, commit(&call, grbit, lazy_ms, ret_id));
}

JET_ERR JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit)
{
    return JetCommitTransaction2(sesid, grbit, 0, NULL);
}

static void close_cursors_above(struct jet_session *s, unsigned level)
{
    LIST_FOR_EACH_SAFE (it, &s->cursors) {
        struct jet_cursor *c = LIST_ENTRY(it, struct jet_cursor, link);

        if (c->level > level)
            (void)jet_cursor_close(s, c, 0, false);
    }
}

static JET_ERR rollback(struct jet_call *call, JET_GRBIT grbit)
{
    struct jet_session *s = call->session;
    unsigned level = 0;
    JET_ERR err = jet_allowed(call, grbit);

    if (err)
        return err;
    if (s->level == 0)
        return JET_errNotInTransaction;
    err = jet_check_owner(s);
    if (err)
        return err;
    if (s->rollback_error)
        return s->rollback_error;
    level = grbit & JET_bitRollbackAll ? 0 : s->level - 1;
    close_cursors_above(s, level);
    err = call->provider->rollback(s->engine, s->level - level);
    if (err < JET_errSuccess) {
        s->rollback_error = err; /* sticky: of this session nothing but its end is asked any more */
        return err;
    }
    enter_level(s, level);
    s->must_roll_back = false;
    return err;
}

JET_ERR JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_ROLLBACK, sesid);

    return err ? err : jet_leave(&call, rollback(&call, grbit));
}

JET_ERR JET_API JetPrepareToCommitTransaction(JET_SESID sesid, const void *data, unsigned long size,
                                              JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_PREPARE_COMMIT, sesid);

    (void)data;
    (void)size;
    (void)grbit;
    return err ? err : jet_leave(&call, JET_errFeatureNotAvailable);
}
