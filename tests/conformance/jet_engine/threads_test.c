/* SPDX-License-Identifier: Apache-2.0
 *
 * threads_test.c - sessions of many threads on the same tables, definitions changing beside them
 *
 * Conflicts are expected and retried; what has been committed must add up.
 */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITERS 4
#define ROWS    20
#define ROUNDS  150
#define ADDS    2000 /* escrow updates of each thread, in as many transactions */

struct worker {
    const struct fixture *f;
    unsigned number;
    unsigned long committed, conflicts;
    pthread_t thread;
};

static atomic_uint failures;
static atomic_bool done;

/* Assertions of cmocka are for its own thread only. */
static bool fine(JET_ERR err, const char *what)
{
    if (err >= 0)
        return true;
    if (err != JET_errWriteConflict && err != JET_errKeyDuplicate) {
        print_error("%s: %d\n", what, err);
        atomic_fetch_add(&failures, 1);
    }
    return false;
}

struct place {
    JET_SESID session;
    JET_DBID db;
    JET_TABLEID table;
    JET_COLUMNID key, value, total;
};

static JET_COLUMNID id_of(struct place *p, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    fine(JetGetTableColumnInfoA(p->session, p->table, name, &def, sizeof def, JET_ColInfo),
         "column");
    return def.columnid;
}

static bool place_open(const struct fixture *f, struct place *p)
{
    if (!fine(JetBeginSessionA(f->instance, &p->session, "", ""), "session") ||
        !fine(JetOpenDatabaseA(p->session, f->database, "", &p->db, 0), "database") ||
        !fine(JetOpenTableA(p->session, p->db, "shared", NULL, 0, 0, &p->table), "table"))
        return false;
    p->key = id_of(p, "key");
    p->value = id_of(p, "value");
    p->total = id_of(p, "total");
    return true;
}

/* Adds one to the value of a row under its lock, and to the total of row 0 without one. */
static bool add_one(struct place *p, int32_t key)
{
    int32_t zero = 0, one = 1, value = 0;

    if (!fine(JetMakeKey(p->session, p->table, &key, 4, JET_bitNewKey), "key") ||
        !fine(JetSeek(p->session, p->table, JET_bitSeekEQ), "seek") ||
        !fine(JetPrepareUpdate(p->session, p->table, JET_prepReplace), "prepare"))
        return false;
    fine(JetRetrieveColumn(p->session, p->table, p->value, &value, 4, NULL, JET_bitRetrieveCopy,
                           NULL),
         "retrieve");
    value++;
    fine(JetSetColumn(p->session, p->table, p->value, &value, 4, 0, NULL), "set");
    return fine(JetUpdate(p->session, p->table, NULL, 0, NULL), "update") &&
           fine(JetMakeKey(p->session, p->table, &zero, 4, JET_bitNewKey), "key") &&
           fine(JetSeek(p->session, p->table, JET_bitSeekEQ), "seek") &&
           fine(JetEscrowUpdate(p->session, p->table, p->total, &one, 4, NULL, 0, NULL, 0),
                "escrow");
}

static void *write_rows(void *arg)
{
    struct worker *w = arg;
    struct place p = {0};

    if (!place_open(w->f, &p))
        return NULL;
    for (unsigned i = 0; i < ROUNDS; i++) {
        fine(JetBeginTransaction(p.session), "begin");
        if (add_one(&p, 1 + (int32_t)((i * 7 + w->number * 3) % ROWS))) {
            fine(JetCommitTransaction(p.session, JET_bitCommitLazyFlush), "commit");
            w->committed++;
        } else {
            fine(JetRollback(p.session, 0), "rollback");
            w->conflicts++;
        }
    }
    fine(JetEndSession(p.session, 0), "end");
    return NULL;
}

/* What has come must go: a writer in the way is waited for. */
static void delete_both(struct place *p)
{
    JET_ERR err;

    do {
        err = JetDeleteIndexA(p->session, p->table, "passing");
    } while (err == JET_errWriteConflict);
    if (err != JET_errIndexNotFound)
        fine(err, "delete index");
    do {
        err = JetDeleteColumnA(p->session, p->table, "extra");
    } while (err == JET_errWriteConflict);
    if (err != JET_errColumnNotFound)
        fine(err, "delete column");
}

/* Columns and indexes come and go beside the writers. */
static void *change_definitions(void *arg)
{
    struct worker *w = arg;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    struct place p = {0};

    if (!place_open(w->f, &p))
        return NULL;
    while (!atomic_load(&done)) {
        if (fine(JetAddColumnA(p.session, p.table, "extra", &def, "\1\0\0\0", 4, NULL), "add"))
            w->committed++;
        fine(JetCreateIndexA(p.session, p.table, "passing", 0, "+value\0", 8, 100), "index");
        delete_both(&p);
    }
    fine(JetEndSession(p.session, 0), "end");
    return NULL;
}

/* What is read in one snapshot adds up at any moment. */
static void *read_sums(void *arg)
{
    struct worker *w = arg;
    struct place p = {0};

    if (!place_open(w->f, &p))
        return NULL;
    while (!atomic_load(&done)) {
        int32_t total = 0, sum = 0, value = 0;

        fine(JetBeginTransaction2(p.session, JET_bitTransactionReadOnly), "begin");
        for (JET_ERR err = JetMove(p.session, p.table, JET_MoveFirst, 0); err >= 0;
             err = JetMove(p.session, p.table, JET_MoveNext, 0)) {
            int32_t t = 0;

            fine(JetRetrieveColumn(p.session, p.table, p.value, &value, 4, NULL, 0, NULL), "v");
            fine(JetRetrieveColumn(p.session, p.table, p.total, &t, 4, NULL, 0, NULL), "t");
            sum += value;
            total += t;
        }
        if (sum != total) {
            print_error("values %d, total %d\n", sum, total);
            atomic_fetch_add(&failures, 1);
        }
        fine(JetCommitTransaction(p.session, 0), "commit");
        w->committed++;
    }
    fine(JetEndSession(p.session, 0), "end");
    return NULL;
}

static void make_rows(struct fixture *f)
{
    JET_TABLEID t = 0;
    JET_COLUMNID key;

    OK(JetCreateTableA(f->session, f->db, "shared", 0, 100, &t));
    key = add(f->session, t, "key", JET_coltypLong, 0, NULL, 0);
    add(f->session, t, "value", JET_coltypLong, 0, "\0\0\0\0", 4);
    add(f->session, t, "total", JET_coltypLong, JET_bitColumnEscrowUpdate, "\0\0\0\0", 4);
    index_make(f->session, t, "p", "+key\0", 6, JET_bitIndexPrimary);
    index_make(f->session, t, "value", "+value\0", 8, 0);
    for (int32_t i = 0; i <= ROWS; i++) {
        OK(JetPrepareUpdate(f->session, t, JET_prepInsert));
        OK(JetSetColumn(f->session, t, key, &i, 4, 0, NULL));
        OK(JetUpdate(f->session, t, NULL, 0, NULL));
    }
    OK(JetCloseTable(f->session, t));
    OK(JetCommitTransaction(f->session, 0));
}

static void everything_adds_up(void **state)
{
    struct fixture *f = *state;
    struct worker workers[WRITERS + 2] = {0};
    unsigned long committed = 0;
    struct place p = {0};
    int32_t total = 0, zero = 0;

    make_rows(f);
    for (unsigned i = 0; i < WRITERS + 2; i++) {
        workers[i] = (struct worker){.f = f, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL,
                                        i < WRITERS    ? write_rows
                                        : i == WRITERS ? change_definitions
                                                       : read_sums,
                                        &workers[i]),
                         0);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        pthread_join(workers[i].thread, NULL);
        committed += workers[i].committed;
    }
    atomic_store(&done, true);
    pthread_join(workers[WRITERS].thread, NULL);
    pthread_join(workers[WRITERS + 1].thread, NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_true(committed > 0);
    assert_true(place_open(f, &p));
    OK(JetMakeKey(p.session, p.table, &zero, 4, JET_bitNewKey));
    OK(JetSeek(p.session, p.table, JET_bitSeekEQ));
    OK(JetRetrieveColumn(p.session, p.table, p.total, &total, 4, NULL, 0, NULL));
    assert_int_equal(total, committed);
    print_message("# %lu commits, definitions changed %lu times, %lu sums read\n", committed,
                  workers[WRITERS].committed, workers[WRITERS + 1].committed);
}

static void *write_totals(void *arg)
{
    struct worker *w = arg;
    struct place p = {0};
    int32_t one = 1;

    if (!place_open(w->f, &p))
        return NULL;
    for (unsigned i = 0; i < ADDS; i++) {
        JET_ERR err;

        fine(JetBeginTransaction(p.session), "begin");
        fine(JetMove(p.session, p.table, JET_MoveFirst, 0), "first");
        err = JetEscrowUpdate(p.session, p.table, p.total, &one, 4, NULL, 0, NULL, 0);
        if (fine(err, "escrow"))
            fine(JetCommitTransaction(p.session, JET_bitCommitLazyFlush), "commit");
        else
            fine(JetRollback(p.session, 0), "rollback");
        w->conflicts += err == JET_errWriteConflict;
        w->committed += err >= 0;
    }
    fine(JetEndSession(p.session, 0), "end");
    return NULL;
}

/* However they meet: each adds what it adds, and none is turned away. */
static void escrow_updates_never_conflict(void **state)
{
    struct fixture *f = *state;
    struct worker workers[WRITERS] = {0};
    struct place p = {0};
    int32_t total = 0;

    make_rows(f);
    for (unsigned i = 0; i < WRITERS; i++) {
        workers[i] = (struct worker){.f = f, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, write_totals, &workers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < WRITERS; i++) {
        assert_int_equal(workers[i].conflicts, 0);
        assert_int_equal(workers[i].committed, ADDS);
    }
    assert_int_equal(atomic_load(&failures), 0);
    assert_true(place_open(f, &p));
    OK(JetMove(p.session, p.table, JET_MoveFirst, 0));
    OK(JetRetrieveColumn(p.session, p.table, p.total, &total, 4, NULL, 0, NULL));
    assert_int_equal(total, WRITERS * ADDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_adds_up, fixture_up, fixture_down),
        cmocka_unit_test_setup_teardown(escrow_updates_never_conflict, fixture_up, fixture_down),
    };

    return cmocka_run_group_tests_name("jet_threads", tests, NULL, NULL);
}
