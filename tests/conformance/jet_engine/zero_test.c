/* SPDX-License-Identifier: Apache-2.0
 *
 * zero_test.c - rows that are deleted when their count comes to zero (ese-api 2: DeleteOnZero,
 * Finalize)
 */
#include "fixture.h"

#include <pthread.h>
#include <stdlib.h>

struct refs {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID key, count;
};

/* Rows 1 to `rows`, each with a count of `count`; nobody is in a transaction afterwards. */
static void refs_make(const struct fixture *f, struct refs *r, JET_GRBIT grbit, int32_t rows,
                      int32_t count)
{
    const int32_t zero = 0;

    r->session = f->session;
    OK(JetCreateTableA(f->session, f->db, "refs", 0, 80, &r->table));
    r->key = add(f->session, r->table, "key", JET_coltypLong, 0, NULL, 0);
    r->count = add(f->session, r->table, "count", JET_coltypLong, JET_bitColumnEscrowUpdate | grbit,
                   &zero, 4);
    index_make(f->session, r->table, "p", "+key\0", 6, JET_bitIndexPrimary);
    index_make(f->session, r->table, "down", "-key\0", 6, 0);
    for (int32_t i = 1; i <= rows; i++) {
        OK(JetPrepareUpdate(f->session, r->table, JET_prepInsert));
        OK(JetSetColumn(f->session, r->table, r->key, &i, 4, 0, NULL));
        OK(JetSetColumn(f->session, r->table, r->count, &count, 4, 0, NULL));
        OK(JetUpdate(f->session, r->table, NULL, 0, NULL));
    }
    OK(JetCloseTable(f->session, r->table));
    OK(JetCommitTransaction(f->session, 0));
    OK(JetOpenTableA(f->session, f->db, "refs", NULL, 0, 0, &r->table));
}

static void refs_open(const struct other *o, const struct refs *like, struct refs *r)
{
    *r = *like;
    r->session = o->session;
    OK(JetOpenTableA(o->session, o->db, "refs", NULL, 0, 0, &r->table));
}

static JET_ERR find(const struct refs *r, int32_t key)
{
    key_long(r->session, r->table, key, JET_bitNewKey);
    return JetSeek(r->session, r->table, JET_bitSeekEQ);
}

static JET_ERR change(const struct refs *r, int32_t key, int32_t delta)
{
    OK(find(r, key));
    return JetEscrowUpdate(r->session, r->table, r->count, &delta, 4, NULL, 0, NULL, 0);
}

static void counted_down_rows_go(void **state, JET_GRBIT grbit)
{
    struct fixture *f = *state;
    struct refs r;

    refs_make(f, &r, grbit, 3, 2);
    OK(JetBeginTransaction(f->session));
    OK(change(&r, 1, -1));
    OK(change(&r, 2, -2));
    OK(change(&r, 3, -2));
    OK(change(&r, 3, +1)); /* not zero at the end */
    OK(find(&r, 2));       /* as long as the transaction lasts */
    OK(JetCommitTransaction(f->session, 0));
    OK(find(&r, 1));
    GIVES(JET_errRecordNotFound, find(&r, 2));
    OK(find(&r, 3));
    OK(JetBeginTransaction(f->session));
    OK(change(&r, 1, -1));
    OK(JetRollback(f->session, 0)); /* it stays */
    OK(find(&r, 1));
    OK(JetBeginTransaction(f->session));
    OK(JetBeginTransaction(f->session));
    OK(change(&r, 1, -1));
    OK(JetCommitTransaction(f->session, 0));
    OK(find(&r, 1));
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errRecordNotFound, find(&r, 1));
}

static void delete_on_zero(void **state)
{
    counted_down_rows_go(state, JET_bitColumnDeleteOnZero);
}

static void finalize(void **state)
{
    counted_down_rows_go(state, JET_bitColumnFinalize);
}

static void a_plain_count_stays(void **state)
{
    struct fixture *f = *state;
    struct refs r;

    refs_make(f, &r, 0, 1, 1);
    OK(JetBeginTransaction(f->session));
    OK(change(&r, 1, -1));
    OK(JetCommitTransaction(f->session, 0));
    OK(find(&r, 1));
}

/* The last of several who count down, however they end; who has an older snapshot sees the row. */
static void the_last_one_deletes(void **state)
{
    struct fixture *f = *state;
    struct refs r, s, t;
    struct other o, p;

    refs_make(f, &r, JET_bitColumnDeleteOnZero, 3, 2);
    other_up(f, &o);
    other_up(f, &p);
    refs_open(&o, &r, &s);
    refs_open(&p, &r, &t);
    OK(JetBeginTransaction(p.session));
    OK(find(&t, 1)); /* its snapshot */
    OK(JetBeginTransaction(r.session));
    OK(JetBeginTransaction(o.session));
    OK(change(&r, 1, -1));
    OK(change(&s, 1, -1)); /* neither sees zero */
    OK(change(&r, 2, -2));
    OK(change(&s, 2, +5));
    OK(change(&r, 3, -2));
    OK(change(&s, 3, -2));
    OK(JetCommitTransaction(r.session, 0));
    OK(find(&r, 1));
    OK(find(&r, 2)); /* somebody is still at it */
    OK(JetRollback(o.session, 0));
    OK(find(&r, 1));
    GIVES(JET_errRecordNotFound, find(&r, 2));
    GIVES(JET_errRecordNotFound, find(&r, 3));
    OK(JetBeginTransaction(o.session));
    OK(change(&s, 1, -1));
    OK(JetCommitTransaction(o.session, 0));
    GIVES(JET_errRecordNotFound, find(&r, 1));
    for (int32_t i = 1; i <= 3; i++)
        OK(find(&t, i));
    OK(JetCommitTransaction(p.session, 0));
    GIVES(JET_errRecordNotFound, find(&t, 1));
    other_down(&p);
    other_down(&o);
}

enum { THREADS = 4, ROWS = 40 };

struct worker {
    const struct fixture *fixture;
    const struct refs *like;
    JET_ERR err;
};

/* Takes one off every row, each in a transaction. */
static void *count_down(void *ctx)
{
    struct worker *w = ctx;
    struct other o = {0};
    struct refs r = *w->like;
    int32_t minus = -1;
    JET_ERR err = JetBeginSessionA(w->fixture->instance, &o.session, "", "");

    if (!err)
        err = JetOpenDatabaseA(o.session, w->fixture->database, "", &o.db, 0);
    if (!err)
        err = JetOpenTableA(o.session, o.db, "refs", NULL, 0, 0, &r.table);
    for (int32_t i = 1; i <= ROWS && !err; i++) {
        err = JetBeginTransaction(o.session);
        if (!err)
            err = JetMakeKey(o.session, r.table, &i, 4, JET_bitNewKey);
        if (!err)
            err = JetSeek(o.session, r.table, JET_bitSeekEQ);
        if (!err)
            err = JetEscrowUpdate(o.session, r.table, r.count, &minus, 4, NULL, 0, NULL, 0);
        if (!err) {
            err = JetCommitTransaction(o.session, 0);
        } else {
            (void)JetRollback(o.session, 0);
            if (err == JET_errWriteConflict) { /* somebody looks whether it is zero */
                err = JET_errSuccess;
                i--;
            }
        }
    }
    w->err = err ? err : JetEndSession(o.session, 0);
    return NULL;
}

/* Whoever ends last finds the zero. */
static void at_once(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    struct refs r;

    refs_make(f, &r, JET_bitColumnDeleteOnZero, ROWS, THREADS);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.fixture = f, .like = &r};
        assert_int_equal(pthread_create(&threads[i], NULL, count_down, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].err, 0);
    GIVES(JET_errNoCurrentRecord, JetMove(f->session, r.table, JET_MoveFirst, 0));
}

static void columns_are_checked(void **state)
{
    static const struct {
        JET_GRBIT grbit;
        JET_ERR err;
    } cases[] = {
        {JET_bitColumnDeleteOnZero, JET_errInvalidGrbit},
        {JET_bitColumnFinalize, JET_errInvalidGrbit},
        {JET_bitColumnEscrowUpdate | JET_bitColumnFinalize | JET_bitColumnDeleteOnZero,
         JET_errInvalidGrbit},
        {JET_bitColumnEscrowUpdate | JET_bitColumnDeleteOnZero, JET_errSuccess},
    };
    struct fixture *f = *state;
    JET_TABLEID t = 0;

    OK(JetCreateTableA(f->session, f->db, "t", 0, 80, &t));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JET_COLUMNDEF def = {
            .cbStruct = sizeof def, .coltyp = JET_coltypLong, .grbit = cases[i].grbit};

        GIVES(cases[i].err, JetAddColumnA(f->session, t, "c", &def, "\0\0\0\0", 4, NULL));
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(delete_on_zero),       CASE(finalize), CASE(a_plain_count_stays),
        CASE(the_last_one_deletes), CASE(at_once),  CASE(columns_are_checked),
    };

    return cmocka_run_group_tests_name("jet_zero", tests, NULL, NULL);
}
