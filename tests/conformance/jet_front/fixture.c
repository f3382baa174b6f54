/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.c - an instance, a session and a table to try the JET rules on, and threads to try them from
 */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct fx fx;
struct worker *T2, *T3;

/* ---- threads that do one thing after the other ---- */

struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    fx_op *op;
    const struct fx *x;
    uintptr_t arg;
    JET_ERR result;
    bool done, quit;
};

static void *work(void *arg)
{
    struct worker *w = arg;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->op && !w->quit)
            pthread_cond_wait(&w->changed, &w->lock);
        if (!w->op)
            break;
        pthread_mutex_unlock(&w->lock);
        w->result = w->op(w->x, w->arg);
        pthread_mutex_lock(&w->lock);
        w->op = NULL;
        w->done = true;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static struct worker *new_worker(void)
{
    struct worker *w = calloc(1, sizeof *w);

    assert_non_null(w);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
    return w;
}

static void end_worker(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void start(struct worker *w, fx_op *op, const struct fx *x, uintptr_t arg)
{
    pthread_mutex_lock(&w->lock);
    w->x = x;
    w->arg = arg;
    w->done = false;
    w->op = op;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

JET_ERR finish(struct worker *w)
{
    JET_ERR err = JET_errSuccess;

    pthread_mutex_lock(&w->lock);
    while (!w->done)
        pthread_cond_wait(&w->changed, &w->lock);
    err = w->result;
    pthread_mutex_unlock(&w->lock);
    return err;
}

JET_ERR on(struct worker *w, fx_op *op, const struct fx *x, uintptr_t arg)
{
    start(w, op, x, arg);
    return finish(w);
}

/* ---- opening and ending ---- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static char folders[64][64]; /* of the running test */
static unsigned folder_count;

static void make_folder(struct fx *x)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(x->folder, sizeof x->folder, "%s/jet-front-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(x->folder));
    assert_true(folder_count < sizeof folders / sizeof folders[0]);
    memcpy(folders[folder_count++], x->folder, sizeof x->folder);
    if (getenv("HOLDFAST_ADDRESS")) /* of a server: a name in place of a path */
        (void)snprintf(x->database, sizeof x->database, "%s", strrchr(x->folder, '/') + 1);
    else
        (void)snprintf(x->database, sizeof x->database, "%s/test.edb", x->folder);
}

void fx_create(struct fx *x, const char *name)
{
    char folder[80];

    if (!*x->folder)
        make_folder(x);
    (void)snprintf(folder, sizeof folder, "%s/", x->folder);
    x->instance = JET_instanceNil;
    assert_jet(JetCreateInstanceA(&x->instance, name), JET_errSuccess);
    assert_jet(JetSetSystemParameterA(&x->instance, JET_sesidNil, JET_paramSystemPath, 0, folder),
               JET_errSuccess);
    assert_jet(JetSetSystemParameterA(&x->instance, JET_sesidNil, JET_paramLogFilePath, 0, folder),
               JET_errSuccess);
    assert_jet(JetSetSystemParameterA(&x->instance, JET_sesidNil, JET_paramMaxSessions, 64, NULL),
               JET_errSuccess);
}

static void create_table(struct fx *x)
{
    static char id_name[] = "id", text_name[] = "text", index_name[] = "primary";
    static char table_name[] = "rows", key[] = "+id\0";
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof columns[0], .szColumnName = id_name, .coltyp = JET_coltypLong},
        {.cbStruct = sizeof columns[0],
         .szColumnName = text_name,
         .coltyp = JET_coltypLongText,
         .cp = 1252},
    };
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = index_name,
                               .szKey = key,
                               .cbKey = sizeof key,
                               .grbit = JET_bitIndexPrimary | JET_bitIndexUnique};
    JET_TABLECREATE2_A table = {.cbStruct = sizeof table,
                                .szTableName = table_name,
                                .rgcolumncreate = columns,
                                .cColumns = 2,
                                .rgindexcreate = &index,
                                .cIndexes = 1};

    assert_jet(JetCreateTableColumnIndex2A(x->session, x->db, &table), JET_errSuccess);
    assert_int_equal(table.cCreated, 4);
    x->id = columns[0].columnid;
    x->text = columns[1].columnid;
    assert_jet(JetCloseTable(x->session, table.tableid), JET_errSuccess);
    assert_jet(JetOpenTableA(x->session, x->db, "rows", NULL, 0, 0, &x->table), JET_errSuccess);
}

void fx_start(struct fx *x)
{
    assert_jet(JetInit(&x->instance), JET_errSuccess);
    assert_jet(JetBeginSessionA(x->instance, &x->session, NULL, NULL), JET_errSuccess);
    assert_jet(JetCreateDatabaseA(x->session, x->database, NULL, &x->db, 0), JET_errSuccess);
    create_table(x);
}

void fx_second(const struct fx *from, struct fx *x)
{
    *x = *from;
    assert_jet(JetBeginSessionA(x->instance, &x->session, NULL, NULL), JET_errSuccess);
    assert_jet(JetOpenDatabaseA(x->session, x->database, NULL, &x->db, 0), JET_errSuccess);
    assert_jet(JetOpenTableA(x->session, x->db, "rows", NULL, 0, 0, &x->table), JET_errSuccess);
}

static sem_t entered, leave;

int fx_setup(void **state)
{
    (void)state;
    memset(&fx, 0, sizeof fx);
    fx_engine.reset();
    sem_init(&entered, 0, 0);
    sem_init(&leave, 0, 0);
    T2 = new_worker();
    T3 = new_worker();
    fx_create(&fx, "test");
    fx_start(&fx);
    return 0;
}

int fx_teardown(void **state)
{
    (void)state;
    let_go(); /* a test that failed may have left somebody inside */
    let_go();
    end_worker(T2);
    end_worker(T3);
    (void)JetTerm2(fx.instance, JET_bitTermDirty); /* many tests have ended it */
    fx_engine.verify();
    sem_destroy(&entered);
    sem_destroy(&leave);
    while (folder_count > 0)
        if (nftw(folders[--folder_count], remove_one, 16, FTW_DEPTH | FTW_PHYS))
            return -1;
    return 0;
}

char fx_filling[] = "a disk that is full on demand", fx_restoring[] = "backup and restore";

static bool can_run(const struct CMUnitTest *test)
{
    if (test->initial_state == fx_filling)
        return fx_engine.can_fill();
    return test->initial_state != fx_restoring || fx_engine.can_restore();
}

int fx_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest chosen[64];
    size_t n = 0;

    assert_true(count <= sizeof chosen / sizeof chosen[0]);
    for (size_t i = 0; i < count; i++)
        if (can_run(&tests[i]))
            chosen[n++] = tests[i];
        else
            printf("# left out: %s (needs %s)\n", tests[i].name,
                   (const char *)tests[i].initial_state);
    (void)fflush(stdout);
    return _cmocka_run_group_tests(name, chosen, n, NULL, NULL);
}

/* ---- things to do ---- */

JET_ERR do_begin(const struct fx *x, uintptr_t grbit)
{
    return JetBeginTransaction2(x->session, (JET_GRBIT)grbit);
}

JET_ERR do_commit(const struct fx *x, uintptr_t grbit)
{
    return JetCommitTransaction(x->session, (JET_GRBIT)grbit);
}

JET_ERR do_rollback(const struct fx *x, uintptr_t grbit)
{
    return JetRollback(x->session, (JET_GRBIT)grbit);
}

JET_ERR do_set(const struct fx *x, uintptr_t context)
{
    return JetSetSessionContext(x->session, context);
}

JET_ERR do_reset(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetResetSessionContext(x->session);
}

JET_ERR do_end(const struct fx *x, uintptr_t grbit)
{
    return JetEndSession(x->session, (JET_GRBIT)grbit);
}

JET_ERR do_move(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetMove(x->session, x->table, JET_MoveFirst, 0);
}

/* Gives the result of JetUpdate; one that failed is dropped. */
static JET_ERR update(const struct fx *x)
{
    JET_ERR err = JetUpdate(x->session, x->table, NULL, 0, NULL);

    if (err < JET_errSuccess)
        (void)JetPrepareUpdate(x->session, x->table, JET_prepCancel);
    return err;
}

JET_ERR do_insert(const struct fx *x, uintptr_t id)
{
    int32_t value = (int32_t)id;
    JET_ERR err = JetPrepareUpdate(x->session, x->table, JET_prepInsert);

    if (err)
        return err;
    err = JetSetColumn(x->session, x->table, x->id, &value, sizeof value, 0, NULL);
    return err ? err : update(x);
}

JET_ERR do_replace(const struct fx *x, uintptr_t id)
{
    int32_t value = (int32_t)id;
    JET_ERR err = JetPrepareUpdate(x->session, x->table, JET_prepReplaceNoLock);

    if (err)
        return err;
    err = JetSetColumn(x->session, x->table, x->id, &value, sizeof value, 0, NULL);
    return err ? err : update(x);
}

JET_ERR do_delete(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetDelete(x->session, x->table);
}

JET_ERR do_set_long(const struct fx *x, uintptr_t arg)
{
    (void)arg;
    return JetSetColumn(x->session, x->table, x->text, "text", 4, 0, NULL);
}

JET_ERR do_set_short(const struct fx *x, uintptr_t id)
{
    int32_t value = (int32_t)id;

    return JetSetColumn(x->session, x->table, x->id, &value, sizeof value, 0, NULL);
}

JET_ERR do_retrieve(const struct fx *x, uintptr_t arg)
{
    int32_t value = 0;

    (void)arg;
    return JetRetrieveColumn(x->session, x->table, x->id, &value, sizeof value, NULL, 0, NULL);
}

JET_ERR do_copy(const struct fx *x, uintptr_t prep)
{
    JET_ERR err = JetPrepareUpdate(x->session, x->table, prep);

    if (!err)
        (void)JetPrepareUpdate(x->session, x->table, JET_prepCancel);
    return err;
}

JET_ERR do_escrow(const struct fx *x, uintptr_t arg)
{
    int32_t delta = 1;

    (void)arg;
    return JetEscrowUpdate(x->session, x->table, x->id, &delta, sizeof delta, NULL, 0, NULL, 0);
}

JET_ERR do_create_table(const struct fx *x, uintptr_t arg)
{
    JET_TABLEID table = JET_tableidNil;

    (void)arg;
    return JetCreateTableA(x->session, x->db, "another", 1, 100, &table);
}

JET_ERR do_open_close(const struct fx *x, uintptr_t arg)
{
    JET_TABLEID table = JET_tableidNil;
    JET_ERR err = JetOpenTableA(x->session, x->db, "rows", NULL, 0, 0, &table);

    (void)arg;
    return err ? err : JetCloseTable(x->session, table);
}

JET_ERR do_term(const struct fx *x, uintptr_t grbit)
{
    return JetTerm2(x->instance, (JET_GRBIT)grbit);
}

JET_ERR do_init(const struct fx *x, uintptr_t arg)
{
    JET_INSTANCE instance = x->instance;

    (void)arg;
    return JetInit(&instance);
}

/* ---- staying inside ---- */

static void stay(void)
{
    sem_post(&entered);
    while (sem_wait(&leave))
        ;
}

void held(void)
{
    while (sem_wait(&entered))
        ;
}

void let_go(void)
{
    sem_post(&leave);
}

static void *grow_slowly(void *ctx, void *p, unsigned long size)
{
    int *calls = ctx;

    if ((*calls)++ == 0)
        stay();
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

void free_columns(JET_ENUMCOLUMN *columns, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        JET_ENUMCOLUMN *c = &columns[i];

        if (c->err == JET_wrnColumnSingleValue) {
            free(c->pvData);
            continue;
        }
        for (unsigned long v = 0; v < c->cEnumColumnValue; v++)
            free(c->rgEnumColumnValue[v].pvData);
        free(c->rgEnumColumnValue);
    }
    free(columns);
}

JET_ERR do_hold(const struct fx *x, uintptr_t arg)
{
    unsigned long count = 0;
    JET_ENUMCOLUMN *columns = NULL;
    int calls = 0;
    JET_ERR err = JetMove(x->session, x->table, JET_MoveFirst, 0);

    (void)arg;
    if (err)
        return err;
    err = JetEnumerateColumns(x->session, x->table, 0, NULL, &count, &columns, grow_slowly, &calls,
                              0x7fffffff, 0);
    if (!err)
        free_columns(columns, count);
    return err;
}

static bool hold_progress;

static JET_ERR progress(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv)
{
    (void)sesid;
    (void)snp;
    (void)pv;
    if (hold_progress && snt == JET_sntBegin)
        stay();
    return JET_errSuccess;
}

/* The one backup of a test. */
static const char *backup_folder(char path[80])
{
    (void)snprintf(path, 80, "%s/backup", fx.folder);
    return path;
}

JET_ERR do_restore(const struct fx *x, uintptr_t hold)
{
    char path[80];

    hold_progress = hold;
    return JetRestoreInstanceA(x->instance, backup_folder(path), NULL, progress);
}

JET_ERR do_backup(const struct fx *x, uintptr_t hold)
{
    char path[80];

    hold_progress = hold;
    return JetBackupInstanceA(x->instance, backup_folder(path), JET_bitBackupAtomic, progress);
}

/* ---- looking ---- */

unsigned rows_seen(const struct fx *x)
{
    unsigned count = 0;
    JET_ERR err = JetMove(x->session, x->table, JET_MoveFirst, 0);

    while (!err) {
        count++;
        err = JetMove(x->session, x->table, JET_MoveNext, 0);
    }
    assert_jet(err, JET_errNoCurrentRecord);
    return count;
}

bool has_row(const struct fx *x, int32_t id)
{
    JET_ERR err = JetMakeKey(x->session, x->table, &id, sizeof id, JET_bitNewKey);

    assert_jet(err, JET_errSuccess);
    err = JetSeek(x->session, x->table, JET_bitSeekEQ);
    assert_true(err == JET_errSuccess || err == JET_errRecordNotFound);
    return err == JET_errSuccess;
}

unsigned level_of(const struct fx *x)
{
    uint32_t level = 99;

    assert_jet(JetGetSessionParameter(x->session, JET_sesparamTransactionLevel, &level,
                                      sizeof level, NULL),
               JET_errSuccess);
    return level;
}

JET_ERR until_not(fx_op *op, const struct fx *x, uintptr_t arg, JET_ERR err)
{
    struct timespec pause = {0, 1000000};
    JET_ERR got = err;

    for (int i = 0; i < 20000 && got == err; i++) {
        got = op(x, arg);
        if (got == err)
            (void)nanosleep(&pause, NULL);
    }
    return got;
}
