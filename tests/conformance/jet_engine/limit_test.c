/* SPDX-License-Identifier: Apache-2.0
 *
 * limit_test.c - what parameters bound: their errors, that nothing is left behind, and that work
 * goes on (ese-api 6); commits that are durable in time
 */
#include "fixture.h"

#include <holdfast/count_ese.h>

#include <stdlib.h>
#include <time.h>

enum { CURSORS = 6, TABLES = 3, SORTS = 2, VERSION_PAGES = 32 };

static void set_defaults(unsigned long cursors, unsigned long tables, unsigned long sorts,
                         unsigned long pages)
{
    OK(JetSetSystemParameterA(NULL, 0, JET_paramMaxCursors, cursors, NULL));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramMaxOpenTables, tables, NULL));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramMaxTemporaryTables, sorts, NULL));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramMaxVerPages, pages, NULL));
}

/* What is set before the instance is made holds for it. */
static int up(void **state)
{
    int failed;

    set_defaults(CURSORS, TABLES, SORTS, VERSION_PAGES);
    failed = fixture_up(state);
    set_defaults(1024, 300, 20, 64);
    return failed;
}

static void sessions(void **state)
{
    struct fixture *f = *state;
    JET_SESID all[100];
    unsigned count = 0;
    JET_ERR err = JET_errSuccess;

    while (count < 100) {
        err = JetBeginSessionA(f->instance, &all[count], "", "");
        if (err)
            break;
        count++;
    }
    GIVES(JET_errOutOfSessions, err);
    assert_int_equal(count, 63); /* 64 by the fixture, which has one */
    GIVES(JET_errOutOfSessions, JetDupSession(f->session, &all[count]));
    OK(JetEndSession(all[--count], 0));
    OK(JetDupSession(f->session, &all[count++]));
    while (count > 0)
        OK(JetEndSession(all[--count], 0));
}

static JET_ERR open_table(const struct fixture *f, const char *name, JET_TABLEID *ret)
{
    return JetOpenTableA(f->session, f->db, name, NULL, 0, 0, ret);
}

static void cursors(void **state)
{
    const JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = JET_coltypLong};
    struct fixture *f = *state;
    JET_TABLEID all[CURSORS], more = 0;
    JET_COLUMNID id = 0;

    OK(JetCreateTableA(f->session, f->db, "one", 0, 80, &all[0]));
    for (int i = 1; i < CURSORS; i++)
        OK(i % 2 ? open_table(f, "one", &all[i]) : JetDupCursor(f->session, all[0], &all[i], 0));
    GIVES(JET_errOutOfCursors, open_table(f, "one", &more));
    GIVES(JET_errOutOfCursors, JetDupCursor(f->session, all[0], &more, 0));
    GIVES(JET_errOutOfCursors, JetOpenTempTable(f->session, &column, 1, 0, &more, &id));
    GIVES(JET_errOutOfCursors, JetCreateTableA(f->session, f->db, "two", 0, 80, &more));
    GIVES(JET_errNoCurrentRecord, JetMove(f->session, all[0], JET_MoveFirst, 0));
    OK(JetCloseTable(f->session, all[CURSORS - 1]));
    GIVES(JET_errObjectNotFound, open_table(f, "two", &more)); /* it was not made */
    OK(JetCreateTableA(f->session, f->db, "two", 0, 80, &more));
    GIVES(JET_errOutOfCursors, open_table(f, "one", &more));
}

static void tables(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID all[TABLES], again = 0, more = 0;
    char name[] = "t0";

    for (int i = 0; i < TABLES; i++) {
        name[1] = (char)('0' + i);
        OK(JetCreateTableA(f->session, f->db, name, 0, 80, &all[i]));
    }
    GIVES(JET_errTooManyOpenTables, JetCreateTableA(f->session, f->db, "more", 0, 80, &more));
    OK(open_table(f, "T1", &again)); /* open already */
    OK(JetCloseTable(f->session, all[1]));
    GIVES(JET_errTooManyOpenTables, JetCreateTableA(f->session, f->db, "more", 0, 80, &more));
    OK(JetCloseTable(f->session, again));
    OK(JetCreateTableA(f->session, f->db, "more", 0, 80, &more));
    GIVES(JET_errTooManyOpenTables, open_table(f, "t1", &again));
    OK(JetRollback(f->session, 0)); /* it closes all of them */
    OK(JetBeginTransaction(f->session));
    OK(JetCreateTableA(f->session, f->db, "t1", 0, 80, &again));
}

static void temporary_tables(void **state)
{
    const JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = JET_coltypLong};
    struct fixture *f = *state;
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    JET_TABLEID all[SORTS], more = 0;
    JET_COLUMNID id = 0;

    for (int i = 0; i < SORTS; i++)
        OK(JetOpenTempTable(f->session, &column, 1, 0, &all[i], &id));
    GIVES(JET_errTooManySorts, JetOpenTempTable(f->session, &column, 1, 0, &more, &id));
    GIVES(JET_errTooManySorts, JetGetObjectInfoA(f->session, f->db, JET_objtypTable, NULL, NULL,
                                                 &list, sizeof list, JET_ObjInfoListNoStats));
    OK(JetCloseTable(f->session, all[0]));
    OK(JetOpenTempTable(f->session, &column, 1, 0, &more, &id));
}

/* 32 pages of 8 KiB: a transaction that changes more than that. A server has its own bound. */
static void versions(void **state)
{
    struct fixture *f = *state;
    JET_ERR err = JET_errSuccess;
    int32_t key = 0;
    struct numbers n;

    numbers_make(f, &n);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction(f->session));
    while (!err && key < 5000)
        err = numbers_try_insert(&n, key++, 1, 1);
    if (getenv("HOLDFAST_ADDRESS") != NULL) {
        OK(err);
    } else {
        GIVES(JET_errVersionStoreOutOfMemory, err);
        assert_in_range(key, 100, 4000);
    }
    OK(JetRollback(f->session, 0));
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 1, 1, 1);
    OK(JetCommitTransaction(f->session, 0));
}

static uint64_t syncs(const struct fixture *f)
{
    HOLDFAST_ESE_COUNTERS c = {0};

    OK(holdfast_ese_count(f->instance, &c));
    return c.log_syncs;
}

/* JetCommitTransaction2: a lazy commit is written out in time though nobody asks. */
static void lazy_commits_are_durable_in_time(void **state)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    struct fixture *f = *state;
    HOLDFAST_ESE_COUNTERS c = {0};
    JET_COMMIT_ID id = {0};
    uint64_t before;
    struct numbers n;

    numbers_make(f, &n);
    OK(JetCommitTransaction(f->session, 0));
    if (holdfast_ese_count(f->instance, &c) == JET_errFeatureNotAvailable)
        return; /* a server's counts are its own */
    OK(JetCommitTransaction2(f->session, JET_bitWaitAllLevel0Commit, 0, NULL));
    before = syncs(f);
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 1, 1, 1);
    OK(JetCommitTransaction2(f->session, JET_bitCommitLazyFlush, 0, &id));
    assert_true(syncs(f) == before); /* no time was given */
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 2, 1, 1);
    OK(JetCommitTransaction2(f->session, JET_bitCommitLazyFlush, 3600000, &id));
    OK(JetBeginTransaction(f->session));
    numbers_insert(&n, 3, 1, 1);
    OK(JetCommitTransaction2(f->session, JET_bitCommitLazyFlush, 20, &id)); /* sooner */
    for (int i = 0; i < 12000 && syncs(f) == before; i++) /* a minute, on a machine that hangs */
        (void)nanosleep(&moment, NULL);
    assert_true(syncs(f) > before);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sessions),         CASE(cursors),  CASE(tables),
        CASE(temporary_tables), CASE(versions), CASE(lazy_commits_are_durable_in_time),
    };

    return cmocka_run_group_tests_name("jet_limit", tests, NULL, NULL);
}
