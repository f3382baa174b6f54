/* SPDX-License-Identifier: Apache-2.0
 *
 * victim.c - a client that is made to die, and one that looks what is left of it
 *
 *     victim DATABASE setup             creates the database with ROWS rows
 *     victim DATABASE move              stays inside JetMove
 *     victim DATABASE commit FROM       commits transactions of 5 rows one after the other: `try N` is
 *                                       printed before the commit of transaction N, `done N` after it
 *     victim DATABASE update FROM       inserts rows of one transaction, without an end
 *     victim DATABASE idle FROM         inserts one row and waits
 *     victim DATABASE calls FROM        one of each kind of call in turn, without an end
 *     victim DATABASE pair FROM         two sessions in two threads, each in calls without an end; prints
 *                                       `hung ERROR ERROR` when both have failed
 *     victim DATABASE forgets FROM      answers lines with the error of what they name, in a session with a
 *                                       sister: begin, insert, fill (inserts until one fails), commit,
 *                                       rollback, first, sister (her JetMove), end, anew (another session)
 *     victim DATABASE look              answers lines: `range LO HI` the ids there are, `take ID` inserts
 *                                       and deletes it, `lock ID` locks it exclusively for a moment
 *
 * The address is HOLDFAST_ADDRESS. `ready` is printed when there is something to lose. Errors end the
 * program; a commit's error is printed with its id: `lost INSTANCE NUMBER ERROR`.
 */
#include <esent.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS     20000
#define A_COMMIT 5

static JET_INSTANCE instance = JET_instanceNil;
static JET_SESID session;
static JET_DBID db;
static JET_TABLEID table;
static JET_COLUMNID id, text;

static void must(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    printf("error %d %s\n", err, what);
    fflush(stdout);
    /* an instance whose server is lost ends cleanly nevertheless, and starts anew */
    if (err == JET_errInstanceUnavailable && session) {
        JET_ERR later = JetMove(session, table, JET_MoveFirst, 0), end = JetTerm(instance);

        printf("later %d term %d\n", later, end);
    }
    exit(3);
}

static JET_COLUMNID column(const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    must(JetGetTableColumnInfoA(session, table, name, &def, sizeof def, JET_ColInfo), "column");
    return def.columnid;
}

static void connect_to(const char *database)
{
    must(JetCreateInstanceA(&instance, "victim"), "JetCreateInstance");
    must(JetInit(&instance), "JetInit");
    must(JetBeginSessionA(instance, &session, NULL, NULL), "JetBeginSession");
    must(JetAttachDatabaseA(session, database, 0), "JetAttachDatabase");
    must(JetOpenDatabaseA(session, database, NULL, &db, 0), "JetOpenDatabase");
    must(JetOpenTableA(session, db, "rows", NULL, 0, 0, &table), "JetOpenTable");
    id = column("id");
    text = column("text");
}

static JET_ERR insert(int32_t number)
{
    JET_ERR err = JetPrepareUpdate(session, table, JET_prepInsert);

    if (err >= 0)
        err = JetSetColumn(session, table, id, &number, sizeof number, 0, NULL);
    if (err >= 0)
        err = JetSetColumn(session, table, text, "some text", 9, 0, NULL);
    return err < 0 ? err : JetUpdate(session, table, NULL, 0, NULL);
}

static JET_ERR seek(int32_t number, JET_GRBIT how)
{
    JET_ERR err = JetMakeKey(session, table, &number, sizeof number, JET_bitNewKey);

    return err < 0 ? err : JetSeek(session, table, how);
}

static void ready(void)
{
    puts("ready");
    fflush(stdout);
}

/* ---- modes ---- */

static void setup(const char *database)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};

    must(JetCreateInstanceA(&instance, "victim"), "JetCreateInstance");
    must(JetInit(&instance), "JetInit");
    must(JetBeginSessionA(instance, &session, NULL, NULL), "JetBeginSession");
    must(JetCreateDatabaseA(session, database, NULL, &db, 0), "JetCreateDatabase");
    must(JetCreateTableA(session, db, "rows", 0, 100, &table), "JetCreateTable");
    must(JetAddColumnA(session, table, "id", &def, NULL, 0, &id), "JetAddColumn");
    def.coltyp = JET_coltypText;
    must(JetAddColumnA(session, table, "text", &def, NULL, 0, &text), "JetAddColumn");
    must(JetCreateIndexA(session, table, "primary", JET_bitIndexPrimary, "+id\0", 5, 100), "index");
    must(JetBeginTransaction(session), "begin");
    for (int32_t i = 0; i < ROWS; i++)
        must(insert(i), "insert");
    must(JetCommitTransaction(session, 0), "commit");
    must(JetTerm(instance), "JetTerm");
}

static void move_for_ever(void)
{
    must(JetBeginTransaction(session), "begin");
    must(JetMove(session, table, JET_MoveFirst, 0), "first");
    ready();
    for (;;) {
        must(JetMove(session, table, ROWS / 2, 0), "move");
        must(JetMove(session, table, -(ROWS / 2), 0), "move");
    }
}

static void commit_for_ever(int32_t from)
{
    ready();
    for (int32_t n = 0;; n++) {
        JET_COMMIT_ID commit;
        JET_ERR err = JET_errSuccess;

        memset(&commit, 0, sizeof commit);
        must(JetBeginTransaction(session), "begin");
        for (int32_t i = 0; i < A_COMMIT; i++)
            must(insert(from + n * A_COMMIT + i), "insert");
        printf("try %d\n", n);
        fflush(stdout);
        err = JetCommitTransaction2(session, 0, 0, &commit);
        if (err < 0)
            printf("lost %lu %lld %d\n", commit.signLog.ulRandom, (long long)commit.commitId, err);
        must(err, "commit");
        printf("done %d\n", n);
        fflush(stdout);
    }
}

static void update_for_ever(int32_t from)
{
    must(JetBeginTransaction(session), "begin");
    must(insert(from), "insert");
    ready();
    for (int32_t i = 1;; i++)
        must(insert(from + i), "insert");
}

static void wait_for_ever(int32_t from)
{
    must(JetBeginTransaction(session), "begin");
    must(insert(from), "insert");
    must(seek(0, JET_bitSeekEQ), "seek");
    must(JetGetLock(session, table, JET_bitWriteLock), "lock");
    ready();
    for (;;)
        pause();
}

/* One of each kind of call; every tenth round is committed. */
static void call_for_ever(int32_t from)
{
    unsigned char buffer[256];
    unsigned long size = 0;
    JET_TABLEID copy = 0;

    ready();
    for (int32_t n = 0;; n++) {
        must(JetBeginTransaction(session), "begin");
        must(JetDupCursor(session, table, &copy, 0), "dup");
        must(insert(from + n), "insert");
        must(seek(from + n, JET_bitSeekEQ), "seek");
        must(JetRetrieveColumn(session, table, text, buffer, sizeof buffer, &size, 0, NULL), "get");
        must(JetPrepareUpdate(session, table, JET_prepReplace), "prepare");
        must(JetSetColumn(session, table, text, "other", 5, 0, NULL), "set");
        must(JetUpdate(session, table, NULL, 0, NULL), "update");
        must(JetGetBookmark(session, table, buffer, sizeof buffer, &size), "bookmark");
        must(JetGotoBookmark(session, table, buffer, size), "goto");
        must(JetMove(session, table, JET_MovePrevious, 0), "move");
        must(JetIndexRecordCount(session, table, &size, 5), "count");
        must(JetCloseTable(session, copy), "close");
        must(JetRollback(session, 0), "rollback");
    }
}

static pthread_barrier_t both_are_open;

/* One of two threads, with a session of its own; gives the error of the call that has failed. */
static void *seek_for_ever(void *unused)
{
    JET_SESID own = 0;
    JET_DBID own_db = 0;
    JET_TABLEID rows = 0;
    JET_ERR err = JET_errSuccess;

    (void)unused;
    must(JetBeginSessionA(instance, &own, NULL, NULL), "JetBeginSession");
    must(JetOpenDatabaseA(own, "lost.edb", NULL, &own_db, 0), "JetOpenDatabase");
    must(JetOpenTableA(own, own_db, "rows", NULL, 0, 0, &rows), "JetOpenTable");
    (void)pthread_barrier_wait(&both_are_open);
    while (err >= 0)
        err = JetMove(own, rows, JET_MoveLast, 0);
    return (void *)(intptr_t)err;
}

static void pair(void)
{
    pthread_t threads[2];
    void *errs[2];

    pthread_barrier_init(&both_are_open, NULL, 2);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, seek_for_ever, NULL))
            exit(4);
    ready();
    for (int i = 0; i < 2; i++)
        if (pthread_join(threads[i], &errs[i]))
            exit(4);
    printf("hung %d %d\n", (int)(intptr_t)errs[0], (int)(intptr_t)errs[1]);
    fflush(stdout);
    must(JetTerm(instance), "JetTerm");
}

/* ---- forgetting ---- */

static JET_ERR insert_next(int32_t *next)
{
    JET_ERR err = insert((*next)++);

    if (err < 0)
        (void)JetPrepareUpdate(session, table, JET_prepCancel);
    return err;
}

static JET_ERR fill(int32_t *next)
{
    JET_ERR err = JET_errSuccess;

    while (err >= 0)
        err = insert_next(next);
    return err;
}

static JET_ERR obey(const char *word, int32_t *next, JET_SESID sister, JET_TABLEID hers)
{
    JET_SESID anew = JET_sesidNil;

    if (!strcmp(word, "begin"))
        return JetBeginTransaction(session);
    if (!strcmp(word, "insert"))
        return insert_next(next);
    if (!strcmp(word, "fill"))
        return fill(next);
    if (!strcmp(word, "commit"))
        return JetCommitTransaction(session, 0);
    if (!strcmp(word, "rollback"))
        return JetRollback(session, 0);
    if (!strcmp(word, "first"))
        return JetMove(session, table, JET_MoveFirst, 0);
    if (!strcmp(word, "sister"))
        return JetMove(sister, hers, JET_MoveFirst, 0);
    if (!strcmp(word, "end"))
        return JetEndSession(session, 0);
    return JetBeginSessionA(instance, &anew, NULL, NULL);
}

static void forget(int32_t next)
{
    char line[128];
    JET_SESID sister = JET_sesidNil;
    JET_DBID her_db = 0;
    JET_TABLEID hers = 0;

    must(JetBeginSessionA(instance, &sister, NULL, NULL), "JetBeginSession");
    must(JetOpenDatabaseA(sister, "lost.edb", NULL, &her_db, 0), "JetOpenDatabase");
    must(JetOpenTableA(sister, her_db, "rows", NULL, 0, 0, &hers), "JetOpenTable");
    ready();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        printf("%d\n", obey(line, &next, sister, hers));
        fflush(stdout);
    }
    must(JetTerm(instance), "JetTerm");
}

/* ---- looking ---- */

static void range(int32_t low, int32_t high)
{
    int32_t number = 0;

    must(JetBeginTransaction2(session, JET_bitTransactionReadOnly), "begin");
    for (JET_ERR err = seek(low, JET_bitSeekGE); err >= 0; err = JetMove(session, table, 1, 0)) {
        must(JetRetrieveColumn(session, table, id, &number, sizeof number, NULL, 0, NULL), "get");
        if (number >= high)
            break;
        printf("%d ", number);
    }
    must(JetCommitTransaction(session, 0), "commit");
    printf(".\n");
}

static void take(int32_t number)
{
    JET_ERR err = insert(number);

    if (err >= 0)
        err = seek(number, JET_bitSeekEQ);
    if (err >= 0)
        err = JetDelete(session, table);
    else
        (void)JetPrepareUpdate(session, table, JET_prepCancel);
    printf("%d\n", err);
}

static void lock(int32_t number)
{
    JET_ERR err = JetBeginTransaction(session);

    if (err >= 0)
        err = seek(number, JET_bitSeekEQ);
    if (err >= 0)
        err = JetGetLock(session, table, JET_bitWriteLock);
    must(JetRollback(session, 0), "rollback");
    printf("%d\n", err);
}

static void look(void)
{
    char line[128];
    int low = 0, high = 0;

    ready();
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "range %d %d", &low, &high) == 2)
            range(low, high);
        else if (sscanf(line, "take %d", &low) == 1)
            take(low);
        else if (sscanf(line, "lock %d", &low) == 1)
            lock(low);
        fflush(stdout);
    }
    must(JetTerm(instance), "JetTerm");
}

int main(int argc, char **argv)
{
    int32_t from = argc > 3 ? (int32_t)strtol(argv[3], NULL, 10) : 0;

    if (argc < 3)
        return 2;
    if (!strcmp(argv[2], "setup")) {
        setup(argv[1]);
        return 0;
    }
    connect_to(argv[1]);
    if (!strcmp(argv[2], "move"))
        move_for_ever();
    else if (!strcmp(argv[2], "commit"))
        commit_for_ever(from);
    else if (!strcmp(argv[2], "update"))
        update_for_ever(from);
    else if (!strcmp(argv[2], "idle"))
        wait_for_ever(from);
    else if (!strcmp(argv[2], "calls"))
        call_for_ever(from);
    else if (!strcmp(argv[2], "pair"))
        pair();
    else if (!strcmp(argv[2], "forgets"))
        forget(from);
    else
        look();
    return 0;
}
