/* SPDX-License-Identifier: Apache-2.0
 *
 * thread_pool.c - one client's calls, each served by another thread of a pool
 *
 *     thread-pool FOLDER [--contexts]
 *
 * A server whose objects are called by whichever thread is free (COM's free-threaded objects, RPC
 * servers, web frameworks) has a transaction that begins on one thread and goes on on others. JET
 * ties a transaction to the thread that began it: without contexts the first update on another
 * thread fails with JET_errSessionSharingViolation (-1910), and so does the commit. With contexts,
 * each thread takes the session up with the client's own value at the start of a call and lays it
 * down at its end; then the transaction belongs to the value, not to a thread.
 */
#include <esent.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the client holds between its calls. */
struct client {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID column;
};

typedef JET_ERR client_call(struct client *c, int32_t argument);

static JET_ERR begin(struct client *c, int32_t unused)
{
    (void)unused;
    return JetBeginTransaction(c->session);
}

static JET_ERR insert(struct client *c, int32_t value)
{
    JET_ERR err = JetPrepareUpdate(c->session, c->table, JET_prepInsert);

    if (err >= JET_errSuccess)
        err = JetSetColumn(c->session, c->table, c->column, &value, sizeof value, 0, NULL);
    if (err >= JET_errSuccess)
        err = JetUpdate(c->session, c->table, NULL, 0, NULL);
    if (err < JET_errSuccess)
        (void)JetPrepareUpdate(c->session, c->table, JET_prepCancel);
    return err;
}

static JET_ERR commit(struct client *c, int32_t unused)
{
    (void)unused;
    return JetCommitTransaction(c->session, 0);
}

static JET_ERR roll_back(struct client *c, int32_t unused)
{
    (void)unused;
    return JetRollback(c->session, 0);
}

/* ---- the pool: a call is given to the next thread, and waited for ---- */

#define WORKERS 3

static struct worker {
    pthread_t thread;
    sem_t called, done;
    client_call *call; /* NULL: end */
    struct client *client;
    int32_t argument;
    JET_ERR err;
} workers[WORKERS];

static bool contexts;

static void *serve(void *self)
{
    struct worker *w = self;

    for (;;) {
        while (sem_wait(&w->called) != 0)
            continue;
        if (w->call == NULL)
            return NULL;
        /* The whole of what a thread pool has to do: */
        w->err = contexts ? JetSetSessionContext(w->client->session, (JET_API_PTR)w->client)
                          : JET_errSuccess;
        if (w->err >= JET_errSuccess) {
            w->err = w->call(w->client, w->argument);
            if (contexts)
                (void)JetResetSessionContext(w->client->session);
        }
        (void)sem_post(&w->done);
    }
}

static JET_ERR dispatch(unsigned thread, struct client *c, client_call *call, int32_t argument,
                        const char *name)
{
    struct worker *w = &workers[thread % WORKERS];

    w->client = c;
    w->call = call;
    w->argument = argument;
    (void)sem_post(&w->called);
    while (sem_wait(&w->done) != 0)
        continue;
    (void)printf("thread %u: %-9s %d\n", thread % WORKERS + 1, name, w->err);
    return w->err;
}

static void start_workers(void)
{
    for (int i = 0; i < WORKERS; i++)
        if (sem_init(&workers[i].called, 0, 0) != 0 || sem_init(&workers[i].done, 0, 0) != 0 ||
            pthread_create(&workers[i].thread, NULL, serve, &workers[i]) != 0) {
            (void)fputs("thread-pool: cannot start a thread\n", stderr);
            exit(1);
        }
}

static void end_workers(void)
{
    for (int i = 0; i < WORKERS; i++) {
        workers[i].call = NULL;
        (void)sem_post(&workers[i].called);
        (void)pthread_join(workers[i].thread, NULL);
    }
}

/* ---- the client: begin, two rows, commit ---- */

static JET_ERR use(struct client *c)
{
    JET_ERR err = dispatch(0, c, begin, 0, "begin");

    if (err >= JET_errSuccess)
        err = dispatch(1, c, insert, 1, "insert 1");
    if (err >= JET_errSuccess)
        err = dispatch(2, c, insert, 2, "insert 2");
    if (err >= JET_errSuccess)
        return dispatch(4, c, commit, 0, "commit");
    (void)dispatch(2, c, roll_back, 0, "rollback"); /* refused as well */
    (void)dispatch(0, c, roll_back, 0, "rollback"); /* the thread that began may */
    return err;
}

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "thread-pool: %s: JET error %d\n", what, err);
    exit(1);
}

int main(int argc, char **argv)
{
    JET_INSTANCE instance = JET_instanceNil;
    JET_DBID database = JET_dbidNil;
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition, .coltyp = JET_coltypLong};
    struct client c = {.session = JET_sesidNil};
    unsigned long rows = 0;
    char path[4096];
    JET_ERR err = JET_errSuccess;

    contexts = argc > 2 && strcmp(argv[2], "--contexts") == 0;
    if (argc < 2 || argc != 2 + contexts) {
        (void)fputs("usage: thread-pool FOLDER [--contexts]\n", stderr);
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/pool.db", argv[1]);
    check(JetCreateInstance(&instance, "thread-pool"), "JetCreateInstance");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, argv[1]),
          "JetSetSystemParameter");
    check(JetInit(&instance), "JetInit");
    check(JetBeginSession(instance, &c.session, NULL, NULL), "JetBeginSession");
    check(JetCreateDatabase(c.session, path, NULL, &database, JET_bitDbOverwriteExisting),
          "JetCreateDatabase");
    check(JetCreateTable(c.session, database, "t", 1, 80, &c.table), "JetCreateTable");
    check(JetAddColumn(c.session, c.table, "n", &definition, NULL, 0, &c.column), "JetAddColumn");

    start_workers();
    err = use(&c);
    end_workers();

    if (JetMove(c.session, c.table, JET_MoveFirst, 0) >= JET_errSuccess)
        check(JetIndexRecordCount(c.session, c.table, &rows, 0), "JetIndexRecordCount");
    check(JetTerm(instance), "JetTerm");
    (void)printf("%s contexts: %d, %lu rows\n", contexts ? "with" : "without", err, rows);
    return 0;
}
