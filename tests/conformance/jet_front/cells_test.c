/* SPDX-License-Identifier: Apache-2.0
 *
 * cells_test.c - the tables of ese-sessions 3, 4, 5, 6, 8, 9 and 10, cell by cell: a state in the row, a
 * call in the column, its result in the cell. On a folder.
 */
#include "fixture.h"

#include <holdfast/log_ese.h>

#include <stdio.h>

#define C            ((uintptr_t)0xC0FFEE)
#define D            ((uintptr_t)0xDECADE)
#define NA           1 /* no such cell; it would change the state, or wait */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define STOPPED  JET_errClientRequestToStopJetService
#define BROKEN   JET_errInstanceUnavailable
#define FULL     JET_errInstanceUnavailableDueToFatalLogDiskFull
#define ENDING   JET_errTermInProgress
#define RESTORES JET_errRestoreInProgress
#define STARTS   JET_errInitInProgress
#define NOT_INIT JET_errNotInitialized
#define RUNS     JET_errAlreadyInitialized
#define INVALID  JET_errInvalidParameter
#define BUSY     JET_errSessionSharingViolation
#define NO_TXN   JET_errNotInTransaction
#define NOT_MINE JET_errSessionContextNotSetByThisThread
#define SET      JET_errSessionContextAlreadySet
#define IN_USE   JET_errSessionInUse
#define DEEP     JET_errTransTooDeep
#define GONE     JET_errInvalidSesid
#define ACTIVE   JET_errTooManyActiveUsers
#define DIRTY    JET_errDirtyShutdown
#define NO_BITS  JET_errInvalidGrbit
#define ABSENT   JET_errFeatureNotAvailable
#define READS    JET_errTransReadOnly

static unsigned wrong;

static void cell(const char *row, const char *column, JET_ERR got, JET_ERR want)
{
    if (got == want)
        return;
    print_error("%s, %s: %d, not %d\n", row, column, got, want);
    wrong++;
}

/* ---- 10: instances, and 3: the order in which states are looked at ---- */

static JET_ERR set_parameter(const struct fx *x, uintptr_t id)
{
    JET_INSTANCE instance = x->instance;

    return JetSetSystemParameterA(&instance, JET_sesidNil, (unsigned long)id, 64, NULL);
}

static JET_ERR begin_session(const struct fx *x, uintptr_t arg)
{
    JET_SESID session = JET_sesidNil;
    JET_ERR err = JetBeginSessionA(x->instance, &session, NULL, NULL);

    (void)arg;
    return err ? err : JetEndSession(session, 0);
}

static JET_ERR misc_info(const struct fx *x, uintptr_t arg)
{
    JET_SIGNATURE signature;

    (void)arg;
    return JetGetInstanceMiscInfo(x->instance, &signature, sizeof signature,
                                  JET_InstanceMiscInfoLogSignature);
}

static JET_ERR stop2(const struct fx *x, uintptr_t grbit)
{
    return JetStopServiceInstance2(x->instance, (JET_GRBIT)grbit);
}

static JET_ERR backup(const struct fx *x, uintptr_t grbit)
{
    return JetBackupInstanceA(x->instance, "nowhere", (JET_GRBIT)grbit, NULL);
}

static JET_ERR restore(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetRestoreInstanceA(x->instance, "nowhere", NULL, NULL);
}

static JET_ERR begin_and_undo(const struct fx *x, uintptr_t arg)
{
    JET_ERR err = do_begin(x, arg);

    return err ? err : do_rollback(x, 0);
}

static JET_ERR session_info(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetGetSessionInfo(x->session, NULL, 0, 0);
}

static JET_ERR version(const struct fx *x, uintptr_t arg)
{
    unsigned long number = 0;

    (void)arg;
    return JetGetVersion(x->session, &number);
}

static JET_ERR detach(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetDetachDatabaseA(x->session, "none");
}

static JET_ERR close_table(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetCloseTable(x->session, x->table);
}

static JET_ERR close_database(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetCloseDatabase(x->session, x->db, 0);
}

/* What a state says to calls of one kind. */
enum kind {
    FIXED, /* parameters, by the instance's handle */
    AT_RUNTIME,
    BEGIN,     /* JetBeginSession */
    BY_HANDLE, /* others by its handle */
    PAUSE,     /* JetStopServiceInstance2 */
    RESTORE,
    SESSION, /* calls by a session that JetStopService refuses */
    LEFT,    /* and those that it leaves (8) */
    INIT,
    TERM,
    KINDS
};

/* `gives`: where nothing stands in its way. Calls that change something then come last. */
static const struct {
    const char *name;
    enum kind kind;
    fx_op *op;
    uintptr_t arg;
    JET_ERR gives;
} calls[] = {
    {"JetSetSystemParameter of a fixed one", FIXED, set_parameter, JET_paramMaxSessions, 0},
    {"JetSetSystemParameter at run time", AT_RUNTIME, set_parameter, JET_paramCheckpointDepthMax,
     0},
    {"JetBeginSession", BEGIN, begin_session, 0, 0},
    {"JetGetInstanceMiscInfo", BY_HANDLE, misc_info, 0, 0},
    {"JetBackupInstance", BY_HANDLE, backup, 0x40000000, JET_errInvalidGrbit},
    {"JetStopServiceInstance2", PAUSE, stop2, JET_bitStopServiceQuiesceCaches, 0},
    {"JetRestoreInstance", RESTORE, restore, 0, 0},
    {"JetGetVersion", SESSION, version, 0, 0},
    {"JetMove", SESSION, do_move, 0, 0},
    {"JetBeginTransaction", SESSION, begin_and_undo, 0, 0},
    {"JetCommitTransaction", SESSION, do_commit, 0, JET_errNotInTransaction},
    {"JetSetSessionContext of 0", SESSION, do_set, 0, JET_errInvalidParameter},
    {"JetRollback", LEFT, do_rollback, 0, JET_errNotInTransaction},
    {"JetResetSessionContext", LEFT, do_reset, 0, JET_errSessionContextNotSetByThisThread},
    {"JetGetSessionInfo", LEFT, session_info, 0, JET_errFeatureNotAvailable},
    {"JetDetachDatabase", LEFT, detach, 0, JET_errDatabaseNotFound},
    {"JetCloseTable", LEFT, close_table, 0, 0},
    {"JetCloseDatabase", LEFT, close_database, 0, 0},
    {"JetEndSession", LEFT, do_end, 0, 0},
    {"JetInit", INIT, do_init, 0, 0},
    {"JetTerm", TERM, do_term, JET_bitTermAbrupt, 0},
};

/* ---- bringing an instance into a state, and letting it go ---- */

static void create(void)
{
    assert_jet(JetTerm(fx.instance), 0);
    fx_create(&fx, "test");
}

static void nothing(void)
{
}

static void stop_it(void)
{
    assert_jet(JetStopServiceInstance(fx.instance), 0);
}

static void break_it(void)
{
    fx_engine.break_it();
}

static void fill_it(void)
{
    fx_engine.fill_its_disk();
}

static void break_and_stop(void)
{
    break_it();
    stop_it();
}

static void fill_and_stop(void)
{
    fill_it();
    stop_it();
}

/* JetTerm waits for a call that is held in the program's own function. */
static void terminate(void)
{
    start(T2, do_hold, &fx, 0);
    held();
    start(T3, do_term, &fx, JET_bitTermAbrupt);
    assert_jet(until_not(set_parameter, &fx, JET_paramCheckpointDepthMax, 0), ENDING);
}

static void let_it_end(void)
{
    let_go();
    (void)finish(T2);
    assert_jet(finish(T3), 0);
}

static void stop_and_terminate(void)
{
    start(T2, do_hold, &fx, 0);
    held();
    stop_it();
    start(T3, do_term, &fx, JET_bitTermAbrupt);
    assert_jet(until_not(set_parameter, &fx, JET_paramCheckpointDepthMax, 0), ENDING);
}

static struct fx beside;

static void start_another(void)
{
    memset(&beside, 0, sizeof beside);
    fx_create(&beside, "beside");
    fx_start(&beside);
}

static void terminate_beside_another(void)
{
    start_another();
    terminate();
}

static void stop_and_terminate_beside_another(void)
{
    start_another();
    stop_and_terminate();
}

static void let_both_end(void)
{
    let_it_end();
    assert_jet(JetTerm(beside.instance), 0);
}

/* fx is an instance that restores itself, with a session of its life before. */
static void begin_restoring(void)
{
    assert_jet(do_backup(&fx, 0), 0);
    assert_jet(JetTerm(fx.instance), 0);
    fx_create(&fx, "test");
    start_another(); /* so that not "nothing is initialised" is the answer */
    start(T2, do_restore, &fx, 1);
    held();
}

static void let_it_restore(void)
{
    let_go();
    assert_jet(finish(T2), 0);
    assert_jet(JetTerm(fx.instance), 0);
    assert_jet(JetTerm(beside.instance), 0);
}

/* The line that says why an instance cannot begin is told while it begins. */
static sem_t told, may_go;

static void hold_line(int level, const char *line)
{
    (void)level;
    if (strstr(line, "no folder for the instance") == NULL)
        return;
    sem_post(&told);
    while (sem_wait(&may_go))
        ;
}

static void begin_to_start(void)
{
    create();
    assert_jet(JetSetSystemParameterA(&fx.instance, 0, JET_paramSystemPath, 0, "/nonexistent/x/"),
               0);
    sem_init(&told, 0, 0);
    sem_init(&may_go, 0, 0);
    holdfast_ese_set_log(hold_line);
    start(T2, do_init, &fx, 0);
    while (sem_wait(&told))
        ;
    start(T3, do_init, &fx, 0); /* waits for the first, and finds nothing */
}

static void let_it_start(void)
{
    sem_post(&may_go);
    assert_jet(finish(T2), JET_errInvalidSystemPath);
    assert_jet(finish(T3), INVALID);
    holdfast_ese_set_log(NULL);
    sem_destroy(&told);
    sem_destroy(&may_go);
}

static void end_beside_another(void)
{
    start_another();
    assert_jet(JetTerm(fx.instance), 0);
}

static void end_the_other(void)
{
    assert_jet(JetTerm(beside.instance), 0);
}

/* clang-format off */
static const struct {
    const char *name;
    void (*up)(void), (*down)(void);
    JET_ERR err[KINDS]; /* 0: what the call gives of itself */
} states[] = {
    /*  FIXED     AT_RUNTIME BEGIN     BY_HANDLE PAUSE     RESTORE   SESSION   LEFT      INIT   TERM */
    {"created", create, nothing,
       {0,        0,         NOT_INIT, NOT_INIT, NOT_INIT, NA,       NA,       NA,       NA,    0}},
    {"initialising", begin_to_start, let_it_start,
       {STARTS,   STARTS,    NOT_INIT, NOT_INIT, NOT_INIT, STARTS,   NA,       NA,       NA,    NOT_INIT}},
    {"running", nothing, nothing,
       {RUNS,     0,         0,        0,        0,        RUNS,     0,        0,        RUNS,  0}},
    {"stopped", stop_it, nothing,
       {RUNS,     0,         STOPPED,  STOPPED,  0,        RUNS,     STOPPED,  0,        RUNS,  0}},
    {"unavailable", break_it, nothing,
       {RUNS,     0,         BROKEN,   BROKEN,   0,        RUNS,     BROKEN,   BROKEN,   RUNS,  0}},
    {"unavailable for a full device", fill_it, nothing,
       {RUNS,     0,         FULL,     FULL,     0,        RUNS,     FULL,     FULL,     RUNS,  0}},
    {"unavailable and stopped", break_and_stop, nothing,
       {RUNS,     0,         STOPPED,  STOPPED,  0,        RUNS,     STOPPED,  BROKEN,   RUNS,  0}},
    {"unavailable for a full device, and stopped", fill_and_stop, nothing,
       {RUNS,     0,         STOPPED,  STOPPED,  0,        RUNS,     STOPPED,  FULL,     RUNS,  0}},
    {"terminating", terminate, let_it_end,
       {ENDING,   ENDING,    ENDING,   ENDING,   ENDING,   RUNS,     ENDING,   ENDING,   RUNS,  ENDING}},
    {"terminating beside another", terminate_beside_another, let_both_end,
       {ENDING,   ENDING,    ENDING,   ENDING,   ENDING,   RUNS,     ENDING,   ENDING,   RUNS,  ENDING}},
    {"stopped and terminating", stop_and_terminate, let_it_end, /* sessions: 3, step 1 */
       {ENDING,   ENDING,    STOPPED,  STOPPED,  ENDING,   RUNS,     ENDING,   ENDING,   RUNS,  ENDING}},
    {"stopped and terminating beside another", stop_and_terminate_beside_another, let_both_end,
       {ENDING,   ENDING,    STOPPED,  STOPPED,  ENDING,   RUNS,     STOPPED,  ENDING,   RUNS,  ENDING}},
    {"restoring", begin_restoring, let_it_restore,
       {RESTORES, RESTORES,  RESTORES, RESTORES, RESTORES, RESTORES, RESTORES, RESTORES, RUNS,  RESTORES}},
    {"ended", end_beside_another, end_the_other,
       {INVALID,  INVALID,   INVALID,  INVALID,  INVALID,  INVALID,  NOT_INIT, NOT_INIT, INVALID, INVALID}},
};
/* clang-format on */

/* Each state in an instance of its own. */
static void anew(void)
{
    (void)JetTerm2(fx.instance, JET_bitTermDirty);
    memset(&fx, 0, sizeof fx);
    fx_create(&fx, "test");
    fx_start(&fx);
    assert_jet(do_insert(&fx, 1), 0);
}

static void of_instances(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t row = 0; row < COUNT(states); row++) {
        anew();
        states[row].up();
        for (size_t i = 0; i < COUNT(calls); i++) {
            JET_ERR want = states[row].err[calls[i].kind];

            if (want != NA)
                cell(states[row].name, calls[i].name, calls[i].op(&fx, calls[i].arg),
                     want != 0 ? want : calls[i].gives);
        }
        states[row].down();
    }
    assert_int_equal(wrong, 0);
}

/* ---- 8: forms of stopping ---- */

enum stopping { RUNNING, BY_CALL, BY_GRBIT, STOPPINGS };

static const char *const stoppings[STOPPINGS] = {
    [RUNNING] = "running",
    [BY_CALL] = "after JetStopServiceInstance",
    [BY_GRBIT] = "after JetStopServiceInstance2 of all",
};

/* `want`: what the form gives in each; none but "all" changes whether sessions are served. */
static const struct {
    const char *name;
    JET_GRBIT grbit;
    JET_ERR want[STOPPINGS];
} forms[] = {
    {"a pause of tasks", JET_bitStopServiceBackgroundUserTasks, {0, 0, 0}},
    {"a pause of caches", JET_bitStopServiceQuiesceCaches, {0, 0, 0}},
    {"of both", JET_bitStopServiceBackgroundUserTasks | JET_bitStopServiceQuiesceCaches, {0, 0, 0}},
    {"resuming", JET_bitStopServiceResume, {0, 0, STOPPED}},
    {"resuming tasks", JET_bitStopServiceResume | JET_bitStopServiceBackgroundUserTasks, {0, 0, 0}},
    {"resuming caches", JET_bitStopServiceResume | JET_bitStopServiceQuiesceCaches, {0, 0, 0}},
    {"resuming both",
     JET_bitStopServiceResume | JET_bitStopServiceBackgroundUserTasks |
         JET_bitStopServiceQuiesceCaches,
     {0, 0, 0}},
    {"emitting the log", JET_bitStopServiceStopAndEmitLog, {ABSENT, ABSENT, ABSENT}},
    {"emitting the log, and more",
     JET_bitStopServiceStopAndEmitLog | JET_bitStopServiceQuiesceCaches,
     {NO_BITS, NO_BITS, NO_BITS}},
    {"resuming the log",
     JET_bitStopServiceStopAndEmitLog | JET_bitStopServiceResume,
     {NO_BITS, NO_BITS, NO_BITS}},
    {"1, which is reserved", 1, {NO_BITS, NO_BITS, NO_BITS}},
    {"unknown bits", 0x10, {NO_BITS, NO_BITS, NO_BITS}},
};

static void of_stopping(void **state)
{
    (void)state;
    wrong = 0;
    for (int row = 0; row < STOPPINGS; row++) {
        anew();
        if (row == BY_CALL)
            stop_it();
        if (row == BY_GRBIT)
            assert_jet(stop2(&fx, JET_bitStopServiceAll), 0);
        for (size_t i = 0; i < COUNT(forms); i++) {
            cell(stoppings[row], forms[i].name, stop2(&fx, forms[i].grbit), forms[i].want[row]);
            cell(stoppings[row], "JetMove then", do_move(&fx, 0), row == RUNNING ? 0 : STOPPED);
        }
        cell(stoppings[row], "all", stop2(&fx, JET_bitStopServiceAll), 0);
        cell(stoppings[row], "JetStopServiceInstance", JetStopServiceInstance(fx.instance), 0);
        cell(stoppings[row], "JetMove after all", do_move(&fx, 0), STOPPED);
    }
    assert_int_equal(wrong, 0);
}

/* ---- 9: modes of JetTerm ---- */

static void has_update(void)
{
    assert_jet(JetPrepareUpdate(fx.session, fx.table, JET_prepInsert), 0);
}

static void has_context(void)
{
    assert_jet(on(T2, do_set, &fx, C), 0);
}

static void has_transaction(void)
{
    assert_jet(do_begin(&fx, 0), 0);
}

static void only_reads(void)
{
    assert_jet(do_begin(&fx, JET_bitTransactionReadOnly), 0);
}

static void is_unowned(void)
{
    assert_jet(on(T2, do_set, &fx, C), 0);
    assert_jet(on(T2, do_begin, &fx, 0), 0);
    assert_jet(on(T2, do_reset, &fx, 0), 0);
}

static void stops_in_transaction(void)
{
    has_transaction();
    stop_it();
}

static void breaks_in_transaction(void)
{
    has_transaction();
    break_it();
}

static const struct {
    const char *name;
    JET_GRBIT grbit;
} modes[] = {
    {"0", 0},
    {"complete", JET_bitTermComplete},
    {"abrupt", JET_bitTermAbrupt},
    {"stopping backups", JET_bitTermStopBackup},
    {"complete, stopping backups", JET_bitTermComplete | JET_bitTermStopBackup},
    {"dirty", JET_bitTermDirty},
};

/* What the clean modes give; the dirty one always works, and says so by -1116. */
static const struct {
    const char *name;
    void (*up)(void);
    JET_ERR clean;
} occupations[] = {
    {"a session with a table open", nothing, 0},
    {"a prepared update", has_update, 0},
    {"a context of another thread", has_context, 0},
    {"a transaction", has_transaction, ACTIVE},
    {"a read-only transaction", only_reads, ACTIVE},
    {"an unowned transaction", is_unowned, ACTIVE},
    {"a transaction, service stopped", stops_in_transaction, ACTIVE},
    {"a transaction, unavailable", breaks_in_transaction, 0},
};

static void of_ending(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t row = 0; row < COUNT(occupations); row++) {
        bool up = false;

        for (size_t i = 0; i < COUNT(modes); i++) {
            JET_ERR want = modes[i].grbit & JET_bitTermDirty ? DIRTY : occupations[row].clean;

            if (!up) { /* where it was refused everything is as it was */
                anew();
                occupations[row].up();
            }
            cell(occupations[row].name, modes[i].name, do_term(&fx, modes[i].grbit), want);
            up = want == ACTIVE;
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- 2 to 7: sessions ---- */

/* The session that the cells are of; T1 makes the calls, T2 is the other thread. */
static struct fx s;

static void idle(void)
{
}

static void context_mine(void)
{
    assert_jet(do_set(&s, C), 0);
}

static void context_others(void)
{
    assert_jet(on(T2, do_set, &s, C), 0);
}

static void mine(void)
{
    assert_jet(do_begin(&s, 0), 0);
}

static void mine_reading(void)
{
    assert_jet(do_begin(&s, JET_bitTransactionReadOnly), 0);
}

static void mine_seven_deep(void)
{
    for (int i = 0; i < 7; i++)
        mine();
}

static void others(void)
{
    assert_jet(on(T2, do_begin, &s, 0), 0);
}

static void by_my_context(void)
{
    context_mine();
    mine();
}

static void by_others_context(void)
{
    context_others();
    others();
}

static void begun_in_others_context(void)
{
    context_others();
    mine();
}

static void unowned(void)
{
    by_others_context();
    assert_jet(on(T2, do_reset, &s, 0), 0);
}

static void unowned_taken_up(void)
{
    unowned();
    context_mine();
}

static void unowned_by_another_value(void)
{
    unowned();
    assert_jet(do_set(&s, D), 0);
}

static void mine_and_others_context(void)
{
    mine();
    context_others();
}

static void others_and_my_context(void)
{
    others();
    context_mine();
}

static void somebody_inside(void)
{
    start(T2, do_hold, &s, 0);
    held();
}

static void ended(void)
{
    assert_jet(do_end(&s, 0), 0);
}

enum doing { NEST, COMMIT, WAIT, ROLL, INSERT, READ, SET_C, SET_0, RESET, END, DOINGS };

static const struct {
    const char *name;
    fx_op *op;
    uintptr_t arg;
} doings[DOINGS] = {
    [NEST] = {"JetBeginTransaction", do_begin, 0},
    [COMMIT] = {"JetCommitTransaction", do_commit, 0},
    [WAIT] = {"JetCommitTransaction, waiting for all", do_commit, JET_bitWaitAllLevel0Commit},
    [ROLL] = {"JetRollback", do_rollback, 0},
    [INSERT] = {"JetUpdate", do_insert, 0},
    [READ] = {"JetMove", do_move, 0},
    [SET_C] = {"JetSetSessionContext", do_set, C},
    [SET_0] = {"JetSetSessionContext of 0", do_set, 0},
    [RESET] = {"JetResetSessionContext", do_reset, 0},
    [END] = {"JetEndSession", do_end, 0},
};

static const struct {
    const char *name;
    void (*up)(void);
    JET_ERR want[DOINGS];
} sessions[] = {
    /*                       begin commit  wait rollback insert read set set 0 reset end */
    {"level 0", idle, {0, NO_TXN, 0, NO_TXN, 0, 0, 0, INVALID, NOT_MINE, 0}},
    {"my context", context_mine, {0, NO_TXN, 0, NO_TXN, 0, 0, SET, INVALID, 0, IN_USE}},
    {"another's context",
     context_others,
     {0, NO_TXN, 0, NO_TXN, 0, 0, SET, INVALID, NOT_MINE, IN_USE}},
    {"my transaction", mine, {0, 0, 0, 0, 0, 0, 0, INVALID, NOT_MINE, 0}},
    {"my transaction, seven deep", mine_seven_deep, {DEEP, 0, 0, 0, 0, 0, 0, INVALID, NOT_MINE, 0}},
    {"my transaction, for reading", mine_reading, {0, 0, 0, 0, READS, 0, 0, INVALID, NOT_MINE, 0}},
    {"another's transaction", others, {BUSY, BUSY, 0, BUSY, BUSY, 0, 0, INVALID, NOT_MINE, BUSY}},
    {"a transaction of my context", by_my_context, {0, 0, 0, 0, 0, 0, SET, INVALID, 0, IN_USE}},
    {"a transaction of another's context",
     by_others_context,
     {BUSY, BUSY, 0, BUSY, BUSY, 0, SET, INVALID, NOT_MINE, IN_USE}},
    {"mine, begun in another's context",
     begun_in_others_context,
     {BUSY, BUSY, 0, BUSY, BUSY, 0, SET, INVALID, NOT_MINE, IN_USE}},
    {"unowned", unowned, {BUSY, BUSY, 0, BUSY, BUSY, 0, 0, INVALID, NOT_MINE, 0}},
    {"unowned, taken up", unowned_taken_up, {0, 0, 0, 0, 0, 0, SET, INVALID, 0, IN_USE}},
    {"unowned, taken up by another value",
     unowned_by_another_value,
     {BUSY, BUSY, 0, BUSY, BUSY, 0, SET, INVALID, 0, IN_USE}},
    {"my transaction, then another's context",
     mine_and_others_context,
     {0, 0, 0, 0, 0, 0, SET, INVALID, NOT_MINE, IN_USE}},
    {"another's transaction, then my context",
     others_and_my_context,
     {BUSY, BUSY, 0, BUSY, BUSY, 0, SET, INVALID, 0, IN_USE}},
    {"another thread inside",
     somebody_inside,
     {BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY}},
    {"ended", ended, {GONE, GONE, GONE, GONE, GONE, GONE, GONE, GONE, GONE, GONE}},
};

/* Whatever is left of it; one of the two threads may. */
static void dispose(void)
{
    (void)do_reset(&s, 0);
    (void)on(T2, do_reset, &s, 0);
    if (do_end(&s, 0) != 0)
        (void)on(T2, do_end, &s, 0);
    assert_jet(do_end(&s, 0), GONE);
}

static void of_sessions(void **state)
{
    (void)state;
    wrong = 0;
    assert_jet(do_insert(&fx, 1), 0);
    for (size_t row = 0; row < COUNT(sessions); row++)
        for (int i = 0; i < DOINGS; i++) {
            uintptr_t id = 2 + row; /* no other row's */

            fx_second(&fx, &s);
            sessions[row].up();
            cell(sessions[row].name, doings[i].name,
                 doings[i].op(&s, i == INSERT ? id : doings[i].arg), sessions[row].want[i]);
            if (sessions[row].up == somebody_inside) {
                let_go();
                assert_jet(finish(T2), 0);
            }
            dispose();
        }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FX_TEST(of_instances, "10, 3, 8: states of an instance and calls"),
        FX_TEST(of_stopping, "8: forms of stopping, one after the other"),
        FX_TEST(of_ending, "9: modes of JetTerm and what sessions are at"),
        FX_TEST(of_sessions, "2 to 7: states of a session and calls"),
    };

    return fx_run("jet-cells", tests, COUNT(tests));
}
