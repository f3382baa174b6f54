/* SPDX-License-Identifier: Apache-2.0
 *
 * txn.c - sessions, their transactions, and the work of one call
 *
 * The session's transaction is a store transaction from its outermost begin to its end; inner levels
 * are store levels. What sessions keep in memory (cursors, prepared updates, changes of schemas)
 * carries the level it was made in and follows the levels as they close.
 */
#include "ese/engine/foreign.h"

#include <string.h>

#define TEMP_WRITES_MAX 1000       /* of one transaction in the temporary store */
#define TEMP_OCTETS_MAX (2u << 20) /* of long values in it */
#define FOREIGN_VIEW    UINT64_MAX

JET_ERR eng_begin_session(struct ese_instance *instance, struct ese_session **ret_session)
{
    struct ese_session *session = mem_alloc(sizeof *session);

    if (session == NULL)
        return JET_errOutOfMemory;
    session->instance = instance;
    list_init(&session->cursors);
    list_init(&session->changed);
    list_init(&session->zeros);
    pthread_mutex_lock(&instance->lock);
    list_append(&instance->sessions, &session->link);
    pthread_mutex_unlock(&instance->lock);
    *ret_session = session;
    return JET_errSuccess;
}

void eng_end_session(struct ese_session *take_session)
{
    struct ese_session *session = take_session;
    struct ese_instance *instance = session->instance;

    eng_zero_forget(session);
    if (session->level > 0) /* only when the instance ends */
        (void)eng_rollback(session, session->level);
    LIST_FOR_EACH_SAFE (it, &session->cursors)
        eng_close_cursor(session, LIST_ENTRY(it, struct ese_cursor, of_session));
    store_abort(session->temp_txn);
    pthread_mutex_lock(&instance->lock);
    list_remove(&session->link);
    pthread_mutex_unlock(&instance->lock);
    mem_free(session->gates);
    mem_free(session);
}

/* ---- transactions ---- */

static JET_ERR open_txn(struct ese_session *session, bool read_only)
{
    struct ese_instance *instance = session->instance;
    enum store_status s;

    session->epoch = atomic_load(&instance->epoch); /* S2: before the snapshot */
    s = store_begin(instance->store, read_only ? STORE_TXN_READ_ONLY : 0, &session->txn);
    session->view = atomic_fetch_add(&instance->view, 1) + 1;
    return eng_error(s);
}

JET_ERR eng_begin(struct ese_session *session, JET_GRBIT grbit, int64_t trxid)
{
    JET_ERR err;

    (void)trxid; /* for traces, of which there are none */
    if (session->level > 0) {
        store_level(session->txn);
        session->level++;
        return JET_errSuccess;
    }
    session->read_only = (grbit & JET_bitTransactionReadOnly) != 0;
    err = open_txn(session, session->read_only);
    if (err)
        return err;
    session->must_roll_back = false;
    session->level = 1;
    return JET_errSuccess;
}

enum gates_end { GATES_COMMITTED, GATES_RELEASED, GATES_UNDONE };

static void release_gates(struct ese_session *session, unsigned level, enum gates_end how)
{
    while (session->gate_count > 0 && session->gates[session->gate_count - 1].level > level) {
        struct eng_gate *g = &session->gates[session->gate_count - 1];

        if (how == GATES_RELEASED && level > 0) {
            for (size_t i = 0; i < session->gate_count; i++)
                if (session->gates[i].level > level)
                    session->gates[i].level = level;
            return;
        }
        eng_gate_leave(session, g->table, how != GATES_UNDONE);
        session->gate_count--;
    }
}

static void cursors_committed(struct ese_session *session, unsigned level)
{
    LIST_FOR_EACH (it, &session->cursors)
        eng_cursor_committed(LIST_ENTRY(it, struct ese_cursor, of_session), level);
}

static void cursors_rolled_back(struct ese_session *session, unsigned level)
{
    LIST_FOR_EACH (it, &session->cursors)
        eng_cursor_rolled_back(LIST_ENTRY(it, struct ese_cursor, of_session), level);
}

static void fill_commit_id(const struct ese_session *session, uint64_t mark, JET_COMMIT_ID *ret_id)
{
    if (ret_id == NULL)
        return;
    memset(ret_id, 0, sizeof *ret_id);
    memcpy(&ret_id->signLog.ulRandom, session->instance->id, sizeof ret_id->signLog.ulRandom);
    ret_id->commitId = (int64_t)mark;
}

static void note_mark(struct ese_session *session, uint64_t mark)
{
    struct ese_instance *instance = session->instance;
    uint64_t seen = atomic_load(&instance->mark);

    if (mark == 0)
        return;
    session->mark = mark;
    while (seen < mark && !atomic_compare_exchange_weak(&instance->mark, &seen, mark))
        ;
}

/* The store has ended the transaction, and what became of it only the next open can tell: P9. */
static JET_ERR commit_failed(struct ese_session *session, enum store_status s)
{
    eng_instance_failed(session->instance, s);
    if (s == STORE_NO_SPACE)
        return JET_errLogDiskFull;
    return s == STORE_NO_MEMORY ? JET_errOutOfMemory : JET_errLogWriteFail;
}

static enum store_durability durability(const struct ese_session *session, JET_GRBIT grbit)
{
    const struct ese_host *host = session->instance->host;

    grbit |= (JET_GRBIT)host->number(host, JET_paramCommitDefault);
    return grbit & JET_bitCommitLazyFlush ? STORE_LAZY : STORE_DURABLE;
}

static JET_ERR commit_outermost(struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms,
                                JET_COMMIT_ID *ret_id)
{
    enum store_durability durable = durability(session, grbit);
    uint64_t mark = 0;
    enum store_status s;

    if (session->must_roll_back)
        return JET_errMustRollback;
    if (session->read_only) {
        store_abort(session->txn);
        s = STORE_OK;
    } else {
        s = store_commit(session->txn, durable, &mark);
    }
    session->txn = NULL;
    session->level = 0;
    note_mark(session, mark);
    fill_commit_id(session, mark, ret_id);
    release_gates(session, 0, GATES_COMMITTED);
    if (s) { /* nothing of it is visible; the store has ended it */
        session->writes++;
        session->changes++;
        eng_changes_end(session, 0, false);
        cursors_rolled_back(session, 0);
        return commit_failed(session, s);
    }
    eng_changes_end(session, 0, true);
    cursors_committed(session, 0);
    if (lazy_ms > 0 && durable == STORE_LAZY && mark != 0)
        return eng_lazy_within(session->instance, lazy_ms);
    return JET_errSuccess;
}

JET_ERR eng_commit(struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms,
                   JET_COMMIT_ID *ret_id)
{
    JET_ERR err = JET_errSuccess;

    eng_cursors_settle(session);
    if (session->level == 1) {
        err = commit_outermost(session, grbit, lazy_ms, ret_id);
        if (!err)
            eng_zero_settle(session);
        return err;
    }
    (void)store_level_end(session->txn, STORE_RELEASE); /* cannot fail */
    session->level--;
    session->writes++; /* rows lent by scans end with the level */
    release_gates(session, session->level, GATES_RELEASED);
    eng_changes_release(session, session->level);
    cursors_committed(session, session->level);
    fill_commit_id(session, session->mark, ret_id);
    return JET_errSuccess;
}

JET_ERR eng_rollback(struct ese_session *session, unsigned levels)
{
    enum store_status s = STORE_OK;
    unsigned level = session->level > levels ? session->level - levels : 0;

    cursors_rolled_back(session, level); /* long values being written end before their level */
    if (level == 0) {
        store_abort(session->txn);
        session->txn = NULL;
        session->must_roll_back = false;
    } else {
        for (unsigned i = session->level; i > level && s == STORE_OK; i--)
            s = store_level_end(session->txn, STORE_ROLL_BACK);
        session->must_roll_back |= s != STORE_OK;
    }
    session->level = level;
    session->writes++;
    session->changes++;
    release_gates(session, level, GATES_UNDONE);
    eng_changes_end(session, level, false);
    if (s)
        eng_instance_failed(session->instance, s);
    else if (level == 0)
        eng_zero_settle(session);
    return eng_error(s);
}

JET_ERR eng_harden(struct ese_session *session, JET_GRBIT grbit)
{
    uint64_t mark =
        grbit & JET_bitWaitLastLevel0Commit ? session->mark : atomic_load(&session->instance->mark);
    enum store_status s = store_harden(session->instance->store, mark);

    return s ? commit_failed(session, s) : JET_errSuccess;
}

/* ---- the work of one call ---- */

static JET_ERR begin_temp(struct ese_session *session, struct eng_step *step)
{
    struct store *store = NULL;
    JET_ERR err = eng_instance_temp(session->instance, &store);

    if (err)
        return err;
    if (session->temp_txn == NULL) {
        err = eng_error(store_begin(store, 0, &session->temp_txn));
        session->temp_writes = 0;
        session->temp_octets = 0;
    }
    step->store = store;
    step->txn = session->temp_txn;
    return err;
}

/* All sessions read a Windows database in the same transaction. */
static JET_ERR begin_foreign(const struct eng_foreign *foreign, struct eng_step *step)
{
    if (step->mode == ENG_WRITE)
        return JET_errPermissionDenied;
    step->foreign = true;
    step->store = foreign->store;
    step->txn = foreign->txn;
    step->view = FOREIGN_VIEW;
    return JET_errSuccess;
}

JET_ERR eng_step_begin(struct ese_session *session, const struct eng_database *db,
                       enum eng_mode mode, struct eng_step *ret_step)
{
    struct eng_step step = {.session = session, .mode = mode, .temp = db == NULL};
    JET_ERR err = JET_errSuccess;

    if (atomic_load_explicit(&session->instance->unavailable, memory_order_relaxed))
        return JET_errInstanceUnavailable;
    if (step.temp) {
        err = begin_temp(session, &step);
    } else if (db->foreign != NULL) {
        err = begin_foreign(db->foreign, &step);
    } else {
        if (session->level == 0) {
            step.own = true;
            err = open_txn(session, mode == ENG_READ);
        } else if (mode == ENG_WRITE && session->read_only) {
            err = JET_errTransReadOnly;
        }
        step.store = session->instance->store;
        step.txn = session->txn;
        step.view = session->view;
    }
    if (err)
        return err;
    if (mode == ENG_WRITE && !step.own) {
        store_level(step.txn);
        step.levelled = true;
    }
    *ret_step = step;
    return JET_errSuccess;
}

static JET_ERR end_own(struct eng_step *step, JET_ERR err)
{
    struct ese_session *session = step->session;
    uint64_t mark = 0;
    enum store_status s = STORE_OK;

    if (step->mode == ENG_READ || err < 0)
        store_abort(session->txn);
    else
        s = store_commit(session->txn, durability(session, 0), &mark);
    session->txn = NULL;
    note_mark(session, mark);
    release_gates(session, 0, GATES_COMMITTED);
    if (step->mode == ENG_WRITE)
        eng_changes_end(session, 0, s == STORE_OK && err >= 0);
    return s ? commit_failed(session, s) : err;
}

enum store_status eng_temp_publish(struct ese_session *session)
{
    enum store_status s = STORE_OK;

    if (session->temp_txn != NULL)
        s = store_commit(session->temp_txn, STORE_LAZY, NULL);
    session->temp_txn = NULL;
    session->writes++; /* rows lent by scans end with the transaction */
    return s;
}

JET_ERR eng_temp_spill(struct eng_step *step)
{
    enum store_status s;

    if (step->session->temp_octets < TEMP_OCTETS_MAX)
        return JET_errSuccess;
    s = eng_temp_publish(step->session);
    step->txn = NULL;
    return s ? eng_error(s) : begin_temp(step->session, step);
}

/* Temporary tables are not versioned: what a call has done stays, whatever the transaction does. */
static JET_ERR end_temp(struct eng_step *step, JET_ERR err)
{
    struct ese_session *session = step->session;
    enum store_status s = STORE_OK;

    if (step->mode == ENG_WRITE &&
        (++session->temp_writes >= TEMP_WRITES_MAX || session->temp_octets >= TEMP_OCTETS_MAX))
        s = eng_temp_publish(session);
    return err < 0 ? err : s ? eng_error(s) : err;
}

/* A write that the store refuses since one has failed, perhaps its own work in the background, ends
 * the instance as a failed commit does. */
static JET_ERR refused_for_good(struct ese_session *session, JET_ERR err)
{
    if (err == JET_errInstanceUnavailable)
        return commit_failed(session, STORE_FAILED);
    return err == JET_errDiskFull ? commit_failed(session, STORE_NO_SPACE) : err;
}

/* What the step noted lies one level above the session's. */
static void end_inner(struct ese_session *session, bool keep)
{
    release_gates(session, session->level, keep ? GATES_RELEASED : GATES_UNDONE);
    if (list_is_empty(&session->changed))
        return;
    if (keep) {
        eng_changes_release(session, session->level);
    } else {
        session->changes++;
        eng_changes_end(session, session->level, false);
    }
}

JET_ERR eng_step_end(struct eng_step *step, JET_ERR err)
{
    struct ese_session *session = step->session;

    if (step->mode == ENG_WRITE)
        session->writes++;
    if (step->levelled) {
        enum store_status s = store_level_end(step->txn, err < 0 ? STORE_ROLL_BACK : STORE_RELEASE);

        if (s) {
            session->must_roll_back |= !step->temp;
            err = eng_error(s);
        }
        if (!step->temp)
            end_inner(session, err >= 0);
    }
    if (step->temp)
        return end_temp(step, err);
    err = step->own ? end_own(step, err) : err;
    return step->mode == ENG_WRITE ? refused_for_good(session, err) : err;
}
