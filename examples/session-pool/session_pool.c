/* SPDX-License-Identifier: Apache-2.0
 *
 * session_pool.c - many threads share few sessions, by JetSetSessionContext alone
 *
 *     session-pool FOLDER [THREADS [SESSIONS [JOBS]]]
 *
 * A thread that needs a session tries one after the other: the one whose JetSetSessionContext
 * succeeds is its own until JetResetSessionContext. There is no lock, no list of free sessions and
 * no queue. JET_errSessionContextAlreadySet and JET_errSessionSharingViolation both mean "another's".
 *
 * Each job is a transaction that inserts a row. At the end there are as many rows as jobs, and no
 * session ever had two owners: that is counted beside JET, by atomic counters that decide nothing.
 */
#include <esent.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX  64
#define SESSIONS_MAX 15 /* JET_paramMaxSessions is 16, and the main program has one */

struct pooled {
    JET_SESID session;
    JET_TABLEID table; /* the session's own cursor */
    atomic_int owners; /* only looked at, to see that it never passes 1 */
};

static struct pooled pool[SESSIONS_MAX];
static int thread_count = 8, session_count = 3, jobs = 100; /* jobs of each thread */
static JET_COLUMNID column;
static atomic_int taken_by_another, shared;

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "session-pool: %s: JET error %d\n", what, err);
    exit(1);
}

/* A session that no other thread has; tries until there is one. */
static struct pooled *take(JET_API_PTR context)
{
    for (unsigned i = (unsigned)context;; i++) {
        struct pooled *p = &pool[i % (unsigned)session_count];
        JET_ERR err = JetSetSessionContext(p->session, context);

        if (err == JET_errSuccess) {
            if (atomic_fetch_add(&p->owners, 1) != 0)
                atomic_fetch_add(&shared, 1);
            return p;
        }
        if (err != JET_errSessionContextAlreadySet && err != JET_errSessionSharingViolation)
            check(err, "JetSetSessionContext");
        atomic_fetch_add(&taken_by_another, 1);
        (void)sched_yield();
    }
}

static void give_back(struct pooled *p)
{
    JET_ERR err = JET_errSuccess;

    atomic_fetch_sub(&p->owners, 1);
    /* Somebody who tries to take it at this very moment is inside for an instant. */
    do
        err = JetResetSessionContext(p->session);
    while (err == JET_errSessionSharingViolation);
    check(err, "JetResetSessionContext");
}

/* The same holds for the calls of the work itself. */
#define CALL(function, ...)                             \
    do {                                                \
        JET_ERR err_;                                   \
        do                                              \
            err_ = function(__VA_ARGS__);               \
        while (err_ == JET_errSessionSharingViolation); \
        check(err_, #function);                         \
    } while (0)

static void *work(void *argument)
{
    JET_API_PTR context = (JET_API_PTR)argument; /* any value but 0 and -1 */

    for (int32_t job = 0; job < jobs; job++) {
        struct pooled *p = take(context);

        CALL(JetBeginTransaction, p->session);
        CALL(JetPrepareUpdate, p->session, p->table, JET_prepInsert);
        CALL(JetSetColumn, p->session, p->table, column, &job, sizeof job, 0, NULL);
        CALL(JetUpdate, p->session, p->table, NULL, 0, NULL);
        CALL(JetCommitTransaction, p->session, JET_bitCommitLazyFlush);
        give_back(p);
    }
    return NULL;
}

static void open_pool(JET_INSTANCE instance, const char *path)
{
    for (int i = 0; i < session_count; i++) {
        struct pooled *p = &pool[i];
        JET_DBID database = JET_dbidNil;

        check(JetBeginSession(instance, &p->session, NULL, NULL), "JetBeginSession");
        check(JetOpenDatabase(p->session, path, NULL, &database, 0), "JetOpenDatabase");
        check(JetOpenTable(p->session, database, "jobs", NULL, 0, 0, &p->table), "JetOpenTable");
    }
}

static void run_threads(void)
{
    pthread_t threads[THREADS_MAX];

    for (int i = 0; i < thread_count; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)((JET_API_PTR)i + 1)) != 0) {
            (void)fputs("session-pool: cannot start a thread\n", stderr);
            exit(1);
        }
    for (int i = 0; i < thread_count; i++)
        (void)pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    JET_INSTANCE instance = JET_instanceNil;
    JET_SESID session = JET_sesidNil;
    JET_DBID database = JET_dbidNil;
    JET_TABLEID table = JET_tableidNil;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    unsigned long rows = 0;
    char path[4096];
    int wanted = 0;

    thread_count = argc > 2 ? atoi(argv[2]) : thread_count;
    session_count = argc > 3 ? atoi(argv[3]) : session_count;
    jobs = argc > 4 ? atoi(argv[4]) : jobs;
    if (argc < 2 || thread_count < 1 || thread_count > THREADS_MAX || session_count < 1 ||
        session_count > SESSIONS_MAX || jobs < 1) {
        (void)fprintf(stderr, "usage: session-pool FOLDER [THREADS [SESSIONS [JOBS]]]\n");
        return 2;
    }
    wanted = thread_count * jobs;
    (void)snprintf(path, sizeof path, "%s/pool.db", argv[1]);

    check(JetCreateInstance(&instance, "session-pool"), "JetCreateInstance");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, argv[1]),
          "JetSetSystemParameter");
    check(JetInit(&instance), "JetInit");
    check(JetBeginSession(instance, &session, NULL, NULL), "JetBeginSession");
    check(JetCreateDatabase(session, path, NULL, &database, JET_bitDbOverwriteExisting),
          "JetCreateDatabase");
    check(JetCreateTable(session, database, "jobs", 1, 80, &table), "JetCreateTable");
    check(JetAddColumn(session, table, "job", &definition, NULL, 0, &column), "JetAddColumn");
    check(JetCloseTable(session, table), "JetCloseTable");

    open_pool(instance, path);
    run_threads();

    check(JetOpenTable(session, database, "jobs", NULL, 0, 0, &table), "JetOpenTable");
    check(JetMove(session, table, JET_MoveFirst, 0), "JetMove");
    check(JetIndexRecordCount(session, table, &rows, 0), "JetIndexRecordCount");
    check(JetTerm(instance), "JetTerm");
    (void)printf("%d threads, %d sessions, %d jobs: %lu rows; a session was another's %d times, "
                 "had two owners %d times\n",
                 thread_count, session_count, wanted, rows, atomic_load(&taken_by_another),
                 atomic_load(&shared));
    return rows == (unsigned long)wanted && atomic_load(&shared) == 0 ? 0 : 1;
}
