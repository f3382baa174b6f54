/* SPDX-License-Identifier: Apache-2.0
 *
 * trips_test.c - what costs a round trip and what does not (N5, N7, N8), names (N10), commits (N2)
 *
 * Counts are the provider's own: every stub it runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS              1000
#define OK(call)          assert_int_equal(call, JET_errSuccess)
#define GIVES(want, call) assert_int_equal(call, want)

static JET_INSTANCE instance;
static JET_SESID session;
static JET_DBID db;
static JET_TABLEID table;
static JET_COLUMNID id, text;
static uint64_t (*calls)(void);

/* How many round trips a piece of program takes. */
#define TRIPS(count, program)                       \
    do {                                            \
        uint64_t before_ = calls();                 \
                                                    \
        program;                                    \
        assert_int_equal(calls() - before_, count); \
    } while (0)

static int set_up(void **unused)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    void *library = NULL, *symbol = NULL;

    (void)unused;
    instance = JET_instanceNil;
    OK(JetCreateInstanceA(&instance, "trips"));
    OK(JetInit(&instance));
    library = dlopen("libholdfast-ese-remote.so", RTLD_NOW | RTLD_NOLOAD);
    assert_non_null(library);
    symbol = dlsym(library, "holdfast_remote_calls");
    assert_non_null(symbol);
    memcpy(&calls, &symbol, sizeof calls);
    dlclose(library);
    OK(JetBeginSessionA(instance, &session, NULL, NULL));
    OK(JetCreateDatabaseA(session, "trips", NULL, &db, JET_bitDbOverwriteExisting));
    OK(JetCreateTableA(session, db, "rows", 0, 100, &table));
    OK(JetAddColumnA(session, table, "id", &def, NULL, 0, &id));
    def.coltyp = JET_coltypText;
    def.cp = 1252;
    OK(JetAddColumnA(session, table, "text", &def, NULL, 0, &text));
    OK(JetCreateIndexA(session, table, "primary", JET_bitIndexPrimary, "+id\0", 5, 100));
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    (void)JetRollback(session, JET_bitRollbackAll);
    OK(JetEndSession(session, 0));
    OK(JetTerm(instance));
    return 0;
}

static void set(int32_t number)
{
    char value[16];

    (void)snprintf(value, sizeof value, "%d", number);
    OK(JetSetColumn(session, table, id, &number, sizeof number, 0, NULL));
    OK(JetSetColumn(session, table, text, value, strlen(value), 0, NULL));
}

static void insert(int32_t number)
{
    OK(JetPrepareUpdate(session, table, JET_prepInsert));
    set(number);
    OK(JetUpdate(session, table, NULL, 0, NULL));
}

static void fill(void)
{
    OK(JetBeginTransaction(session));
    for (int32_t i = 0; i < ROWS; i++)
        insert(i);
    OK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
}

static int32_t number_here(void)
{
    int32_t number = -1;

    OK(JetRetrieveColumn(session, table, id, &number, sizeof number, NULL, 0, NULL));
    return number;
}

static void N8_an_update_is_one_round_trip(void **unused)
{
    (void)unused;
    insert(1);
    OK(JetBeginTransaction(session));
    for (int32_t i = 2; i < 100; i++) {
        TRIPS(0, OK(JetPrepareUpdate(session, table, JET_prepInsert)));
        TRIPS(0, set(i));
        TRIPS(1, OK(JetUpdate(session, table, NULL, 0, NULL)));
    }
    OK(JetMove(session, table, JET_MoveFirst, 0));
    TRIPS(1, OK(JetPrepareUpdate(session, table, JET_prepReplace))); /* its lock */
    TRIPS(0, OK(JetSetColumn(session, table, text, "x", 1, 0, NULL)));
    TRIPS(1, OK(JetUpdate(session, table, NULL, 0, NULL)));
    OK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
}

static void N8_the_first_insert_costs_no_more(void **unused)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_TABLEID fresh = 0, copy = 0;
    int32_t number = 5;

    (void)unused;
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &fresh));
    TRIPS(1, OK(JetGetTableColumnInfoA(session, fresh, "id", &def, sizeof def, JET_ColInfo)));
    TRIPS(0, OK(JetPrepareUpdate(session, fresh, JET_prepInsert)));
    TRIPS(0, OK(JetSetColumn(session, fresh, id, &number, sizeof number, 0, NULL)));
    TRIPS(1, OK(JetUpdate(session, fresh, NULL, 0, NULL)));
    OK(JetDupCursor(session, fresh, &copy, 0));
    number = 6;
    TRIPS(1, OK(JetPrepareUpdate(session, copy, JET_prepInsert))); /* what the table looks like */
    TRIPS(0, OK(JetSetColumn(session, copy, id, &number, sizeof number, 0, NULL)));
    TRIPS(1, OK(JetUpdate(session, copy, NULL, 0, NULL)));
    OK(JetCloseTable(session, copy));
    OK(JetOpenTableA(session, db, "rows", NULL, 0, JET_bitTableReadOnly, &copy));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(session, copy, JET_prepInsert));
    OK(JetCloseTable(session, copy));
}

static int32_t text_of(JET_TABLEID t)
{
    char value[16] = "";

    OK(JetRetrieveColumn(session, t, text, value, sizeof value - 1, NULL, 0, NULL));
    return (int32_t)strtol(value, NULL, 10);
}

static void find(JET_TABLEID t, int32_t number)
{
    OK(JetMakeKey(session, t, &number, sizeof number, JET_bitNewKey));
    OK(JetSeek(session, t, JET_bitSeekEQ));
}

static void N8_a_replace_without_a_lock_is_one_round_trip(void **unused)
{
    JET_TABLEID other = 0;
    char value[16] = "";

    (void)unused;
    fill();
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &other));
    OK(JetBeginTransaction(session));
    for (int32_t i = 0; i < 20; i++) {
        find(table, i);
        TRIPS(0, OK(JetPrepareUpdate(session, table, JET_prepReplaceNoLock)));
        TRIPS(0, OK(JetSetColumn(session, table, text, "77", 2, 0, NULL)));
        TRIPS(1, OK(JetUpdate(session, table, NULL, 0, NULL)));
        assert_int_equal(text_of(table), 77);
    }
    /* it begins as the row was when it was prepared, whatever its session does meanwhile */
    find(table, 30);
    find(other, 30);
    OK(JetPrepareUpdate(session, other, JET_prepReplace));
    OK(JetSetColumn(session, other, text, "5", 1, 0, NULL));
    OK(JetPrepareUpdate(session, table, JET_prepReplaceNoLock));
    OK(JetUpdate(session, other, NULL, 0, NULL));
    OK(JetRetrieveColumn(session, table, text, value, sizeof value, NULL, JET_bitRetrieveCopy,
                         NULL));
    assert_string_equal(value, "30");
    assert_int_equal(text_of(table), 5);
    OK(JetPrepareUpdate(session, table, JET_prepCancel));
    OK(JetRollback(session, 0));
}

static void N8_an_update_finds_other_cursors_settled(void **unused)
{
    JET_TABLEID reader = 0;
    int32_t number = 0;

    (void)unused;
    fill();
    OK(JetBeginTransaction(session));
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &reader));
    OK(JetMove(session, reader, JET_MoveFirst, 0));
    for (int i = 0; i < 100; i++) {
        OK(JetRetrieveColumn(session, reader, id, &number, sizeof number, NULL, 0, NULL));
        assert_int_equal(number, i);
        OK(JetMove(session, reader, JET_MoveNext, 0));
    }
    OK(JetPrepareUpdate(session, table, JET_prepInsert));
    set(ROWS + 1);
    OK(JetMove(session, reader, JET_MoveNext, 0));
    TRIPS(1, OK(JetUpdate(session, table, NULL, 0, NULL)));
    OK(JetRetrieveColumn(session, reader, id, &number, sizeof number, NULL, 0, NULL));
    assert_int_equal(number, 101);
    OK(JetRollback(session, 0));
}

static void N7_a_scan_in_a_transaction_reads_ahead(void **unused)
{
    uint64_t before;
    int32_t rows = 0;

    (void)unused;
    fill();
    OK(JetBeginTransaction(session));
    OK(JetMove(session, table, JET_MoveFirst, 0));
    (void)number_here();
    before = calls();
    do
        assert_int_equal(number_here(), rows++);
    while (JetMove(session, table, JET_MoveNext, 0) == JET_errSuccess);
    assert_int_equal(rows, ROWS);
    assert_true(calls() - before <= 15);
    OK(JetCommitTransaction(session, 0));
}

static void N7_a_range_comes_with_its_seek(void **unused)
{
    JET_COLUMNID group = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    int32_t key = 3, found = 0, previous = -1;

    (void)unused;
    OK(JetAddColumnA(session, table, "group", &def, NULL, 0, &group));
    OK(JetCreateIndexA(session, table, "bygroup", 0, "+group\0", 8, 100));
    OK(JetBeginTransaction(session));
    for (int32_t i = 0; i < 100; i++) {
        int32_t value = i / 10;

        OK(JetPrepareUpdate(session, table, JET_prepInsert));
        set(i);
        OK(JetSetColumn(session, table, group, &value, sizeof value, 0, NULL));
        OK(JetUpdate(session, table, NULL, 0, NULL));
    }
    OK(JetSetCurrentIndexA(session, table, "bygroup"));
    for (int round = 0; round < 3; round++) {
        uint64_t before = calls();

        OK(JetMakeKey(session, table, &key, sizeof key, JET_bitNewKey));
        OK(JetSeek(session, table, JET_bitSeekEQ | JET_bitSetIndexRange));
        for (found = 0; found == 0 || JetMove(session, table, JET_MoveNext, 0) == JET_errSuccess;
             found++) {
            previous = number_here();
            assert_int_equal(previous, 30 + found);
        }
        assert_int_equal(found, 10);
        if (round > 0) /* the first learns what is looked at */
            assert_int_equal(calls() - before, 1);
    }
    /* beyond its last row the range is no more, and the cursor behind all */
    OK(JetMove(session, table, JET_MovePrevious, 0));
    assert_int_equal(number_here(), 99);
    OK(JetMove(session, table, JET_MovePrevious, 0));
    assert_int_equal(number_here(), 98);
    OK(JetRollback(session, 0));
}

static void N7_outside_a_transaction_every_call_looks(void **unused)
{
    (void)unused;
    fill();
    OK(JetMove(session, table, JET_MoveFirst, 0));
    for (int i = 0; i < 50; i++) {
        TRIPS(1, assert_int_equal(number_here(), i));
        TRIPS(1, OK(JetMove(session, table, JET_MoveNext, 0)));
    }
}

static void N7_another_cursors_update_is_seen_at_once(void **unused)
{
    JET_TABLEID other = 0;
    int32_t key = 7;

    (void)unused;
    fill();
    OK(JetBeginTransaction(session));
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &other));
    OK(JetMove(session, table, JET_MoveFirst, 0));
    for (int i = 0; i < 6; i++) { /* some rows are here already */
        assert_int_equal(number_here(), i);
        OK(JetMove(session, table, JET_MoveNext, 0));
    }
    OK(JetMakeKey(session, other, &key, sizeof key, JET_bitNewKey));
    OK(JetSeek(session, other, JET_bitSeekEQ));
    OK(JetDelete(session, other));
    assert_int_equal(number_here(), 6);
    OK(JetMove(session, table, JET_MoveNext, 0));
    assert_int_equal(number_here(), 8);
    OK(JetRollback(session, 0));
}

static void N5_the_rules_of_threads_cost_nothing(void **unused)
{
    (void)unused;
    TRIPS(0, GIVES(JET_errNotInTransaction, JetCommitTransaction(session, 0)));
    TRIPS(0, GIVES(JET_errInvalidParameter, JetSetSessionContext(session, 0)));
    TRIPS(0, OK(JetSetSessionContext(session, 5)));
    TRIPS(0, GIVES(JET_errSessionContextAlreadySet, JetSetSessionContext(session, 5)));
    TRIPS(0, GIVES(JET_errSessionInUse, JetEndSession(session, 0)));
    TRIPS(0, OK(JetResetSessionContext(session)));
    TRIPS(0, GIVES(JET_errSessionContextNotSetByThisThread, JetResetSessionContext(session)));
}

static void N10_names_are_no_paths(void **unused)
{
    static const char *const bad[] = {
        "/tmp/x", "../x", "a/b",
        "",       "a b",  "a1234567890123456789012345678901234567890123456789012345678901234"};
    static const char *const own[] = {"..", ".", ".hidden", "holdfast.sock", "edb.store"};
    JET_DBID other = 0;

    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        TRIPS(0, GIVES(JET_errInvalidPath, JetCreateDatabaseA(session, bad[i], NULL, &other, 0)));
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        GIVES(JET_errInvalidPath, JetCreateDatabaseA(session, own[i], NULL, &other, 0));
        GIVES(JET_errInvalidPath, JetAttachDatabaseA(session, own[i], 0));
    }
    GIVES(JET_errFileNotFound, JetAttachDatabaseA(session, "nosuch", 0));
    GIVES(JET_errDatabaseNotFound, JetOpenDatabaseA(session, "nosuch", NULL, &other, 0));
}

static void N10_one_clients_detach_touches_no_others(void **unused)
{
    JET_INSTANCE second = JET_instanceNil;
    JET_SESID theirs = 0;
    JET_DBID other = 0;

    (void)unused;
    OK(JetCreateInstanceA(&second, "second"));
    OK(JetInit(&second));
    OK(JetBeginSessionA(second, &theirs, NULL, NULL));
    GIVES(JET_errDatabaseNotFound, JetOpenDatabaseA(theirs, "trips", NULL, &other, 0));
    OK(JetAttachDatabaseA(theirs, "trips", 0));
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(theirs, "trips", 0));
    OK(JetOpenDatabaseA(theirs, "trips", NULL, &other, 0));
    GIVES(JET_errDatabaseInUse, JetDetachDatabaseA(theirs, "trips"));
    OK(JetCloseDatabase(theirs, other, 0));
    OK(JetDetachDatabaseA(theirs, "trips"));
    GIVES(JET_errDatabaseNotFound, JetDetachDatabaseA(theirs, "trips"));
    insert(77);
    OK(JetTerm(second));
    insert(78);
    GIVES(JET_errDatabaseInUse, JetDetachDatabaseA(session, "trips"));
}

static void N10_attached_for_reading_by_one(void **unused)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_INSTANCE reader = JET_instanceNil;
    JET_SESID theirs = 0;
    JET_DBID other = 0;
    JET_TABLEID rows = 0, t = 0;
    JET_COLUMNID new = 0;

    (void)unused;
    OK(JetCloseDatabase(session, db, 0));
    OK(JetDetachDatabaseA(session, "trips"));
    OK(JetCreateInstanceA(&reader, "reader"));
    OK(JetInit(&reader));
    OK(JetBeginSessionA(reader, &theirs, NULL, NULL));
    OK(JetAttachDatabaseA(theirs, "trips", JET_bitDbReadOnly)); /* the first */
    OK(JetAttachDatabaseA(session, "trips", 0));
    OK(JetOpenDatabaseA(session, "trips", NULL, &db, 0));
    OK(JetOpenTableA(session, db, "rows", NULL, 0, 0, &table));
    insert(79); /* whoever comes after may write */
    GIVES(JET_wrnFileOpenReadOnly, JetOpenDatabaseA(theirs, "trips", NULL, &other, 0));
    OK(JetOpenDatabaseA(theirs, "trips", NULL, &other, JET_bitDbReadOnly));
    OK(JetOpenTableA(theirs, other, "rows", NULL, 0, JET_bitTableUpdatable, &rows));
    OK(JetMove(theirs, rows, JET_MoveLast, 0));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(theirs, rows, JET_prepInsert));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(theirs, rows, JET_prepReplace));
    GIVES(JET_errPermissionDenied, JetDelete(theirs, rows));
    GIVES(JET_errPermissionDenied, JetAddColumnA(theirs, rows, "new", &def, NULL, 0, &new));
    GIVES(JET_errPermissionDenied, JetDeleteIndexA(theirs, rows, "primary"));
    GIVES(JET_errDatabaseFileReadOnly, JetCreateTableA(theirs, other, "new", 0, 100, &t));
    GIVES(JET_errDatabaseFileReadOnly, JetDeleteTableA(theirs, other, "rows"));
    GIVES(JET_errDatabaseFileReadOnly, JetRenameTableA(theirs, other, "rows", "new"));
    GIVES(JET_errDatabaseFileReadOnly,
          JetSetColumnDefaultValueA(theirs, other, "rows", "text", "x", 1, 0));
    OK(JetTerm(reader));
    insert(80);
}

static void N2_ids_are_given_before_anything_is_sent(void **unused)
{
    JET_COMMIT_ID first, second;

    (void)unused;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    OK(JetBeginTransaction(session));
    insert(5);
    OK(JetCommitTransaction2(session, 0, 0, &first));
    OK(JetBeginTransaction(session));
    OK(JetCommitTransaction2(session, 0, 0, &second));
    assert_int_equal(second.commitId, first.commitId + 1);
    assert_int_equal(second.signLog.ulRandom, first.signLog.ulRandom);
    assert_true(first.signLog.ulRandom != 0);
}

static void N5_restore_is_the_folders(void **unused)
{
    JET_INSTANCE other = JET_instanceNil;

    (void)unused;
    OK(JetCreateInstanceA(&other, "other"));
    GIVES(JET_errFeatureNotAvailable, JetRestoreInstanceA(other, "/tmp/nowhere", NULL, NULL));
    (void)JetTerm(other);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(N8_an_update_is_one_round_trip),
        CASE(N8_the_first_insert_costs_no_more),
        CASE(N8_a_replace_without_a_lock_is_one_round_trip),
        CASE(N8_an_update_finds_other_cursors_settled),
        CASE(N7_a_scan_in_a_transaction_reads_ahead),
        CASE(N7_a_range_comes_with_its_seek),
        CASE(N7_outside_a_transaction_every_call_looks),
        CASE(N7_another_cursors_update_is_seen_at_once),
        CASE(N5_the_rules_of_threads_cost_nothing),
        CASE(N10_names_are_no_paths),
        CASE(N10_one_clients_detach_touches_no_others),
        CASE(N10_attached_for_reading_by_one),
        CASE(N2_ids_are_given_before_anything_is_sent),
        CASE(N5_restore_is_the_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
