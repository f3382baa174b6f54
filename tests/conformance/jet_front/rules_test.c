/* SPDX-License-Identifier: Apache-2.0
 *
 * rules_test.c - the tables of ese-sessions 3 to 11, row by row
 */
#include "fixture.h"

#define C ((uintptr_t)0xC0FFEE)

#define STOPPED JET_errClientRequestToStopJetService
#define SHARING JET_errSessionSharingViolation
/* ---- 3: the order of the checks ---- */

static void order_of_states(void **state)
{
    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    start(T2, do_hold, &fx, 0);
    held();
    assert_jet(do_move(&fx, 0), SHARING);
    fx_engine.break_it();
    assert_jet(do_move(&fx, 0), JET_errInstanceUnavailable); /* -1090 before -1910 */
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(do_move(&fx, 0), STOPPED); /* -1329 before -1090 */
    start(T3, do_term, &fx, JET_bitTermAbrupt);
    /* Step 1 is before all: the only instance is terminating. */
    assert_jet(until_not(do_move, &fx, 0, STOPPED), JET_errTermInProgress);
    let_go();
    (void)finish(T2);
    assert_jet(finish(T3), JET_errSuccess);
}

/* Allowed after stop of service, refused when terminating. */
static JET_ERR do_parameter(const struct fx *x, uintptr_t depth)
{
    JET_INSTANCE instance = x->instance;

    return JetSetSystemParameterA(&instance, JET_sesidNil, JET_paramCheckpointDepthMax, depth,
                                  NULL);
}

static void terminating_beside_another(void **state)
{
    struct fx other = {.instance = 0};

    (void)state;
    fx_create(&other, "other");
    fx_start(&other);
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    start(T2, do_hold, &fx, 0);
    held();
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    start(T3, do_term, &fx, JET_bitTermAbrupt);
    assert_jet(until_not(do_parameter, &fx, 1 << 20, JET_errSuccess), JET_errTermInProgress);
    assert_jet(do_move(&fx, 0), STOPPED); /* another one runs: the marks' order */
    assert_jet(do_end(&fx, 0), JET_errTermInProgress);
    assert_jet(do_begin(&other, 0), JET_errSuccess);
    assert_jet(do_rollback(&other, 0), JET_errSuccess);
    let_go();
    (void)finish(T2);
    assert_jet(finish(T3), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errNotInitialized);
    assert_jet(JetTerm(other.instance), JET_errSuccess);
}

static void handles(void **state)
{
    struct fx other;
    JET_TABLEID closed = fx.table;

    (void)state;
    fx_second(&fx, &other);
    assert_jet(JetMove(0, fx.table, 0, 0), JET_errInvalidSesid);
    assert_jet(JetMove(JET_sesidNil, fx.table, 0, 0), JET_errInvalidSesid);
    assert_jet(JetMove(fx.table, fx.table, 0, 0), JET_errInvalidSesid); /* of another kind */
    assert_jet(JetMove(fx.session, 0, 0, 0), JET_errInvalidTableId);
    assert_jet(JetMove(fx.session, JET_tableidNil, 0, 0), JET_errInvalidTableId);
    assert_jet(JetMove(fx.session, fx.session, 0, 0), JET_errInvalidTableId);
    assert_jet(JetMove(fx.session, other.table, 0, 0), JET_errSesidTableIdMismatch);
    assert_jet(JetCloseTable(fx.session, fx.table), JET_errSuccess);
    assert_jet(JetMove(fx.session, closed, 0, 0), JET_errInvalidTableId);
    assert_jet(JetCloseTable(fx.session, closed), JET_errInvalidTableId);
    for (uintptr_t i = 0; i < 4096; i++) { /* invented ones */
        JET_SESID made_up = i * 0x9E3779B97F4A7C15u;

        if (made_up != fx.session && made_up != other.session)
            assert_jet(JetBeginTransaction(made_up), JET_errInvalidSesid);
        assert_jet(JetMove(fx.session, made_up, 0, 0), JET_errInvalidTableId);
    }
    assert_jet(do_end(&other, 0), JET_errSuccess);
    assert_jet(JetMove(other.session, other.table, 0, 0), JET_errInvalidSesid);
    assert_jet(JetMove(fx.session, other.table, 0, 0), JET_errInvalidTableId);
}

static void concurrency(void **state)
{
    static fx_op *const ops[] = {do_begin,  do_commit,   do_rollback, do_end,  do_move,
                                 do_insert, do_retrieve, do_set,      do_reset};

    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    start(T2, do_hold, &fx, 0);
    held();
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        assert_jet(ops[i](&fx, C), SHARING);
    let_go();
    assert_jet(finish(T2), JET_errSuccess); /* the winner is not disturbed */
    assert_jet(do_move(&fx, 0), JET_errSuccess);
}

/* ---- callbacks ---- */

static JET_ERR in_callback[6];

static void *grow_and_come_back(void *ctx, void *p, unsigned long size)
{
    unsigned char bookmark[JET_cbBookmarkMost];

    (void)ctx;
    in_callback[0] = JetGetBookmark(fx.session, fx.table, bookmark, sizeof bookmark, NULL);
    in_callback[1] = do_end(&fx, 0);
    in_callback[2] = JetCloseTable(fx.session, fx.table);
    in_callback[3] = do_rollback(&fx, 0);
    in_callback[4] = do_term(&fx, 0);
    in_callback[5] = on(T2, do_move, &fx, 0);
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

static void callbacks(void **state)
{
    unsigned long count = 0;
    JET_ENUMCOLUMN *columns = NULL;

    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_move(&fx, 0), JET_errSuccess);
    assert_jet(JetEnumerateColumns(fx.session, fx.table, 0, NULL, &count, &columns,
                                   grow_and_come_back, NULL, 0, JET_bitEnumeratePresenceOnly),
               JET_errSuccess);
    free_columns(columns, count);
    assert_jet(in_callback[0], JET_errSuccess);          /* the same thread may come back */
    assert_jet(in_callback[1], JET_errInvalidOperation); /* but not pull out what is in use */
    assert_jet(in_callback[2], JET_errInvalidOperation);
    assert_jet(in_callback[3], JET_errInvalidOperation);
    assert_jet(in_callback[4], JET_errInvalidOperation);
    assert_jet(in_callback[5], SHARING); /* another thread may not */
    assert_jet(do_move(&fx, 0), JET_errSuccess);
}

/* ---- 4: which calls look whose transaction it is ---- */

static void owner_table(void **state)
{
    static const struct {
        fx_op *op;
        uintptr_t arg;
        JET_ERR wanted;
    } rows[] = {
        {do_begin, 0, SHARING},
        {do_commit, 0, SHARING},
        {do_rollback, 0, SHARING},
        {do_insert, 7, SHARING},
        {do_replace, 1, SHARING},
        {do_delete, 0, SHARING},
        {do_escrow, 0, SHARING},
        {do_copy, JET_prepInsertCopy, SHARING},
        {do_copy, JET_prepInsertCopyDeleteOriginal, SHARING},
        {do_copy, JET_prepInsertCopyReplaceOriginal, SHARING},
        {do_create_table, 0, SHARING},
        {do_move, 0, JET_errSuccess},
        {do_retrieve, 0, JET_errSuccess},
        {do_open_close, 0, JET_errSuccess},
        {do_copy, JET_prepInsert, JET_errSuccess},
        {do_copy, JET_prepReplace, JET_errSuccess},
    };

    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_move(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_jet(on(T2, rows[i].op, &fx, rows[i].arg), rows[i].wanted);
    assert_jet(JetPrepareUpdate(fx.session, fx.table, JET_prepReplace), JET_errSuccess);
    assert_jet(on(T2, do_set_short, &fx, 1), JET_errSuccess);
    assert_jet(on(T2, do_set_long, &fx, 0), SHARING);
    assert_jet(do_set_long(&fx, 0), JET_errSuccess);
    assert_jet(JetPrepareUpdate(fx.session, fx.table, JET_prepCancel), JET_errSuccess);
    assert_int_equal(level_of(&fx), 1);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_insert, &fx, 2), JET_errSuccess); /* level 0: anybody */
    assert_int_equal(rows_seen(&fx), 2);
}

static void order_in_commit(void **state)
{
    (void)state;
    assert_jet(do_commit(&fx, 0x80), JET_errInvalidGrbit); /* before -1054 */
    assert_jet(do_commit(&fx, JET_bitForceNewLog | JET_bitCommitLazyFlush), JET_errInvalidGrbit);
    assert_jet(do_commit(&fx, 0), JET_errNotInTransaction);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetCommitTransaction2(fx.session, 0, 100, NULL), JET_errInvalidParameter);
    assert_jet(on(T2, do_commit, &fx, JET_bitWaitAllLevel0Commit), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, JET_bitForceNewLog), JET_errSuccess);
    assert_jet(JetCommitTransaction2(fx.session, JET_bitCommitLazyFlush, 100, NULL),
               JET_errSuccess);
}

static void order_in_rollback(void **state)
{
    struct fx other;
    JET_TABLEID inner = JET_tableidNil;

    (void)state;
    fx_second(&fx, &other);
    assert_jet(do_rollback(&fx, 2), JET_errInvalidGrbit);
    assert_jet(do_rollback(&fx, 0), JET_errNotInTransaction);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetOpenTableA(fx.session, fx.db, "rows", NULL, 0, 0, &inner), JET_errSuccess);
    assert_jet(on(T2, do_rollback, &fx, 0), SHARING);
    assert_jet(JetMove(fx.session, inner, 0, 0), JET_errNoCurrentRecord); /* it is still there */
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(JetMove(fx.session, inner, 0, 0), JET_errInvalidTableId); /* 11: closed */
}

static void cursors_and_levels(void **state)
{
    JET_TABLEID inner = JET_tableidNil;

    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetOpenTableA(fx.session, fx.db, "rows", NULL, 0, 0, &inner), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess); /* the cursor is level 1's now */
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(JetMove(fx.session, inner, JET_MoveFirst, 0), JET_errNoCurrentRecord);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(JetMove(fx.session, inner, JET_MoveFirst, 0), JET_errInvalidTableId);
}

/* ---- 5 and 6: contexts before and after the transaction ---- */

static void context_set_by_another(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_set, &fx, C), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), SHARING);
    assert_jet(on(T2, do_insert, &fx, 1), SHARING);
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
}

static void context_takes_effect_from_the_next(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess); /* of the context now */
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), SHARING);
    assert_jet(on(T2, do_set, &fx, C), JET_errSuccess);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess); /* of the thread again */
    assert_jet(on(T2, do_commit, &fx, 0), SHARING);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
}

static void two_levels_moved(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_begin, &fx, 0), SHARING); /* unowned */
    assert_jet(on(T2, do_set, &fx, C), JET_errSuccess);
    assert_jet(on(T2, do_begin, &fx, 0), JET_errSuccess);
    assert_jet(on(T2, do_reset, &fx, 0), JET_errSuccess);
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
}

/* ---- 7 ---- */

static void sessions(void **state)
{
    JET_SESID many[64], dup = JET_sesidNil;
    unsigned n = 0;
    JET_ERR err = JET_errSuccess;

    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetDupSession(fx.session, &dup), JET_errSuccess);
    assert_jet(JetRollback(dup, 0), JET_errNotInTransaction); /* nothing is copied */
    assert_jet(JetResetSessionContext(dup), JET_errSessionContextNotSetByThisThread);
    assert_jet(JetCloseDatabase(dup, fx.db, 0), JET_errInvalidDatabaseId);
    while (n < 64 && !(err = JetBeginSessionA(fx.instance, &many[n], NULL, NULL)))
        n++;
    assert_jet(err, JET_errOutOfSessions);
    assert_int_equal(n, 62); /* 64 by JET_paramMaxSessions, two are open */
    assert_jet(JetEndSession(many[0], JET_bitForceSessionClosed), JET_errSuccess);
    assert_jet(JetBeginSessionW(fx.instance, &many[0], NULL, NULL), JET_errSuccess);
    assert_jet(do_end(&fx, JET_bitForceSessionClosed), JET_errSessionInUse);
    assert_jet(on(T2, do_end, &fx, 0), JET_errSessionInUse);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
}

/* ---- 8: what still works ---- */

static void stop_service(void **state)
{
    struct fx other;
    JET_TABLEID table = JET_tableidNil;
    JET_API_PTR number = 0;
    JET_SESID session = JET_sesidNil;
    unsigned long version = 0;

    (void)state;
    fx_second(&fx, &other);
    assert_jet(JetOpenTableA(other.session, other.db, "rows", NULL, 0, 0, &table), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetStopServiceInstance2(fx.instance, JET_bitStopServiceAll), JET_errSuccess);
    assert_jet(do_move(&fx, 0), STOPPED);
    assert_jet(do_begin(&fx, 0), STOPPED);
    assert_jet(do_insert(&fx, 1), STOPPED);
    assert_jet(JetGetVersion(fx.session, &version), STOPPED);
    assert_jet(JetBeginSessionA(fx.instance, &session, NULL, NULL), STOPPED);
    assert_jet(JetCloseTable(other.session, table), JET_errSuccess);
    assert_jet(JetGetSessionInfo(fx.session, NULL, 0, 0), JET_errFeatureNotAvailable);
    assert_jet(JetDetachDatabaseA(other.session, "none"), JET_errDatabaseNotFound);
    assert_jet(JetDetachDatabase2A(other.session, "none", JET_bitForceDetach),
               JET_errForceDetachNotAllowed);
    assert_jet(JetCloseDatabase(other.session, other.db, 0), JET_errSuccess);
    assert_jet(
        JetGetSystemParameterA(fx.instance, JET_sesidNil, JET_paramMaxSessions, &number, NULL, 0),
        JET_errSuccess);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(do_end(&other, 0), JET_errSuccess);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
}

static void stop_service_unowned(void **state)
{
    (void)state;
    assert_jet(do_set(&fx, C), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_reset(&fx, 0), JET_errSuccess);
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(do_rollback(&fx, 0), SHARING);
    assert_jet(do_term(&fx, JET_bitTermAbrupt), JET_errTooManyActiveUsers);
    assert_jet(on(T2, do_end, &fx, 0), JET_errSuccess);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
}

static void stop_service_grbits(void **state)
{
    const JET_GRBIT resume = JET_bitStopServiceResume;

    (void)state;
    assert_jet(JetStopServiceInstance2(fx.instance, 1), JET_errInvalidGrbit);
    assert_jet(JetStopServiceInstance2(fx.instance, 0x10), JET_errInvalidGrbit);
    assert_jet(JetStopServiceInstance2(fx.instance, JET_bitStopServiceStopAndEmitLog | 2),
               JET_errInvalidGrbit);
    assert_jet(JetStopServiceInstance2(fx.instance, JET_bitStopServiceBackgroundUserTasks),
               JET_errSuccess);
    assert_jet(JetStopServiceInstance2(fx.instance, resume), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess); /* only "all" shuts the API */
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(JetStopServiceInstance2(fx.instance, JET_bitStopServiceAll), JET_errSuccess);
    assert_jet(JetStopServiceInstance2(fx.instance, resume), STOPPED);
    assert_jet(JetStopServiceInstance2(fx.instance, resume | JET_bitStopServiceQuiesceCaches),
               JET_errSuccess);
    assert_jet(do_begin(&fx, 0), STOPPED); /* shut it stays */
}

static void stop_service_resume_without_grbit(void **state)
{
    (void)state;
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(JetStopServiceInstance2(fx.instance, JET_bitStopServiceResume), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), STOPPED);
}

/* ---- 9 ---- */

static void term_modes(void **state)
{
    (void)state;
    assert_jet(do_term(&fx, 0x10), JET_errInvalidGrbit);
    assert_jet(do_begin(&fx, JET_bitTransactionReadOnly), JET_errSuccess);
    assert_jet(do_term(&fx, JET_bitTermAbrupt), JET_errTooManyActiveUsers); /* read-only too */
    assert_jet(do_term(&fx, JET_bitTermDirty), JET_errDirtyShutdown);
    assert_jet(do_rollback(&fx, 0), JET_errNotInitialized);
    assert_jet(JetMove(fx.session, fx.table, 0, 0), JET_errNotInitialized);
    assert_jet(do_term(&fx, 0), JET_errInvalidParameter);    /* gone */
    assert_jet(JetTerm(fx.session), JET_errInvalidInstance); /* never one */
}

static void term_with_backup(void **state)
{
    (void)state;
    start(T2, do_backup, &fx, 1);
    held();
    assert_jet(do_backup(&fx, 0), JET_errBackupInProgress);
    assert_jet(do_term(&fx, JET_bitTermComplete), JET_errBackupInProgress);
    assert_jet(do_move(&fx, 0), JET_errNoCurrentRecord); /* it stays up */
    start(T3, do_term, &fx, JET_bitTermStopBackup);
    assert_jet(until_not(do_move, &fx, 0, JET_errNoCurrentRecord), JET_errTermInProgress);
    let_go();
    assert_jet(finish(T2), JET_errBackupAbortByServer);
    assert_jet(finish(T3), JET_errSuccess);
}

static void term_unavailable(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    fx_engine.break_it();
    assert_jet(do_rollback(&fx, 0), JET_errInstanceUnavailable);
    assert_jet(do_end(&fx, 0), JET_errInstanceUnavailable);
    assert_jet(do_term(&fx, JET_bitTermComplete), JET_errSuccess); /* the dirty way */
}

/* ---- 10: the life of an instance ---- */

static void life_created(void **state)
{
    struct fx x = {.instance = 0};
    JET_INSTANCE same = JET_instanceNil;
    JET_SESID session = JET_sesidNil;

    (void)state;
    fx_create(&x, "created");
    assert_jet(JetCreateInstanceA(&same, "created"), JET_errInstanceNameInUse);
    assert_jet(JetBeginSessionA(x.instance, &session, NULL, NULL), JET_errNotInitialized);
    assert_jet(JetStopServiceInstance(x.instance), JET_errNotInitialized);
    assert_jet(do_backup(&x, 0), JET_errNotInitialized);
    assert_jet(JetTerm(x.instance), JET_errSuccess);
    assert_jet(JetTerm(x.instance), JET_errInvalidParameter);
    assert_jet(JetInit(&x.instance), JET_errInvalidParameter);
}

static void life_running(void **state)
{
    JET_INSTANCE instance = fx.instance;

    (void)state;
    assert_jet(JetInit(&instance), JET_errAlreadyInitialized);
    assert_true(instance == fx.instance); /* untouched */
    assert_jet(JetSetSystemParameterA(&instance, JET_sesidNil, JET_paramMaxSessions, 5, NULL),
               JET_errAlreadyInitialized);
    assert_jet(
        JetSetSystemParameterA(&instance, JET_sesidNil, JET_paramCheckpointDepthMax, 1 << 20, NULL),
        JET_errSuccess);
    assert_jet(JetSetSystemParameterA(NULL, JET_sesidNil, JET_paramDatabasePageSize, 8192, NULL),
               JET_errAlreadyInitialized);
    assert_jet(JetStopServiceInstance(fx.instance), JET_errSuccess);
    assert_jet(JetInit(&instance), JET_errAlreadyInitialized);
    assert_jet(JetStopService(), JET_errRunningInMultiInstanceMode);
    instance = JET_instanceNil;
    assert_jet(JetInit(&instance), JET_errRunningInMultiInstanceMode);
    assert_jet(JetInit(NULL), JET_errRunningInMultiInstanceMode);
}

static void life_restoring(void **state)
{
    struct fx x = {.instance = 0};
    JET_SESID session = JET_sesidNil;

    (void)state;
    assert_jet(do_backup(&fx, 0), JET_errSuccess);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    fx_create(&x, "restoring");
    start(T2, do_restore, &x, 1);
    held();
    assert_jet(do_init(&x, 0), JET_errAlreadyInitialized);
    assert_jet(JetBeginSessionA(x.instance, &session, NULL, NULL), JET_errRestoreInProgress);
    assert_jet(JetSetSystemParameterA(&x.instance, JET_sesidNil, JET_paramMaxSessions, 5, NULL),
               JET_errRestoreInProgress);
    assert_jet(do_term(&x, 0), JET_errRestoreInProgress);
    assert_jet(do_restore(&x, 0), JET_errRestoreInProgress);
    assert_jet(JetStopServiceInstance(x.instance), JET_errRestoreInProgress);
    let_go();
    assert_jet(finish(T2), JET_errSuccess);
    assert_jet(JetTerm(x.instance), JET_errSuccess); /* created again */
}

static void life_of_the_only_one(void **state)
{
    JET_INSTANCE instance = JET_instanceNil, named = JET_instanceNil;
    JET_SESID session = JET_sesidNil;
    char folder[80] = "";

    (void)state;
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    assert_jet(JetTerm(JET_instanceNil), JET_errInvalidParameter); /* there is none */
    assert_jet(JetStopService(), JET_errInvalidParameter);
    strcat(strcat(folder, fx.folder), "/");
    assert_jet(JetSetSystemParameterA(NULL, JET_sesidNil, JET_paramSystemPath, 0, folder),
               JET_errSuccess);
    assert_jet(JetSetSystemParameterA(NULL, JET_sesidNil, JET_paramLogFilePath, 0, folder),
               JET_errSuccess);
    assert_jet(JetInit(&instance), JET_errSuccess);
    assert_true(instance != JET_instanceNil && instance != 0);
    assert_jet(JetInit(NULL), JET_errAlreadyInitialized);
    assert_jet(JetCreateInstanceA(&named, "named"), JET_errRunningInOneInstanceMode);
    assert_jet(JetBeginSessionA(JET_instanceNil, &session, NULL, NULL), JET_errSuccess);
    assert_jet(JetBeginSessionA(0, &session, NULL, NULL), JET_errSuccess);
    assert_jet(JetStopService(), JET_errSuccess);
    assert_jet(JetBeginTransaction(session), STOPPED);
    assert_jet(JetTerm(JET_instanceNil), JET_errSuccess);
    assert_jet(JetSetSystemParameterA(NULL, JET_sesidNil, JET_paramSystemPath, 0, "./"),
               JET_errSuccess);
    assert_jet(JetSetSystemParameterA(NULL, JET_sesidNil, JET_paramLogFilePath, 0, "./"),
               JET_errSuccess);
    assert_jet(JetCreateInstanceA(&named, "named"), JET_errSuccess); /* the mode is free again */
    assert_jet(JetTerm(named), JET_errSuccess);
}

static void life_too_many(void **state)
{
    JET_INSTANCE many[20];
    unsigned n = 0;
    JET_ERR err = JET_errSuccess;

    (void)state;
    while (n < 20 && !(err = JetCreateInstanceA(&many[n], NULL)))
        n++;
    assert_jet(err, JET_errTooManyInstances);
    assert_int_equal(n, 15); /* 16 by JET_paramMaxInstances, one runs */
    while (n > 0)
        assert_jet(JetTerm(many[--n]), JET_errSuccess);
}

/* ---- 11 ---- */

static void read_only(void **state)
{
    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_move(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, JET_bitTransactionReadOnly | 0x40), JET_errSuccess); /* masked */
    assert_jet(do_insert(&fx, 2), JET_errTransReadOnly);
    assert_jet(do_delete(&fx, 0), JET_errTransReadOnly);
    assert_jet(do_create_table(&fx, 0), JET_errTransReadOnly);
    assert_jet(JetGetLock(fx.session, fx.table, JET_bitWriteLock), JET_errTransReadOnly);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_insert(&fx, 2), JET_errTransReadOnly); /* the outermost counts */
    assert_jet(do_rollback(&fx, JET_bitRollbackAll), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, JET_bitTransactionReadOnly), JET_errSuccess);
    assert_jet(do_insert(&fx, 2), JET_errSuccess);
    assert_jet(do_rollback(&fx, JET_bitRollbackAll), JET_errSuccess);
}

static void inside_and_outside(void **state)
{
    JET_DBID db = JET_dbidNil;

    (void)state;
    assert_jet(do_insert(&fx, 1), JET_errSuccess);
    assert_jet(do_move(&fx, 0), JET_errSuccess);
    assert_jet(do_escrow(&fx, 0), JET_errNotInTransaction);
    assert_jet(JetGetLock(fx.session, fx.table, JET_bitReadLock), JET_errNotInTransaction);
    assert_jet(do_copy(&fx, JET_prepInsertCopy), JET_errNotInTransaction);
    assert_jet(do_copy(&fx, JET_prepReadOnlyCopy), JET_errNotInTransaction);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(JetCreateDatabaseA(fx.session, "x.edb", NULL, &db, 0), JET_errInTransaction);
    assert_jet(JetAttachDatabaseA(fx.session, "x.edb", 0), JET_errInTransaction);
    assert_jet(JetDetachDatabaseA(fx.session, NULL), JET_errInTransaction);
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
}

#define RULE(f, what) FX_TEST(f, what)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(order_of_states, "3: -1329, -1090, -1000, -1910, and step 1 before all"),
        RULE(terminating_beside_another, "3: terminating while another instance runs"),
        RULE(handles, "3: -1104, -1310, -1114; stale and invented handles"),
        RULE(concurrency, "3.6: two threads at once"),
        RULE(callbacks, "3: coming back from the program's own function"),
        RULE(owner_table, "4: which calls look whose transaction it is"),
        RULE(order_in_commit, "4: the order in commit"),
        RULE(order_in_rollback, "4: the order in rollback"),
        RULE(cursors_and_levels, "11: cursors and the levels they were opened in"),
        RULE(context_set_by_another, "5: set by B after A's begin"),
        RULE(context_takes_effect_from_the_next, "5, 6: a context counts from the next begin"),
        RULE(two_levels_moved, "6: two levels, moved in between"),
        RULE(sessions, "7: begin, dup, end"),
        RULE(stop_service, "8: what is left after stop"),
        RULE(stop_service_unowned, "8: an unowned transaction after stop"),
        RULE(stop_service_grbits, "8: grbits"),
        RULE(stop_service_resume_without_grbit, "8: resume after JetStopServiceInstance"),
        RULE(term_modes, "9: modes of JetTerm"),
        FX_TEST_NEEDS(term_with_backup, "9.3: a running backup", fx_restoring),
        FX_TEST(term_unavailable, "9.4: an unavailable instance"),
        RULE(life_created, "10: created"),
        RULE(life_running, "10: running and stopped"),
        FX_TEST_NEEDS(life_restoring, "10: restoring", fx_restoring),
        RULE(life_of_the_only_one, "10: single-instance mode"),
        RULE(life_too_many, "10: as many instances as there may be"),
        RULE(read_only, "11: read-only transactions"),
        RULE(inside_and_outside, "11: only in a transaction, only outside"),
    };

    return fx_run("jet-rules", tests, sizeof tests / sizeof tests[0]);
}
