/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_test.c - tables and columns as rows are: in transactions, under locks (ese-api 1, 7);
 * databases; temporary tables
 */
#include "fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void tables_come_and_go(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID t = 0, u = 0;
    JET_OBJECTLIST list = {.cbStruct = sizeof list};

    OK(JetCreateTableA(f->session, f->db, "One", 0, 100, &t));
    GIVES(JET_errTableDuplicate, JetCreateTableA(f->session, f->db, "ONE", 0, 100, &u));
    GIVES(JET_errTableInUse, JetDeleteTableA(f->session, f->db, "One"));
    OK(JetCloseTable(f->session, t));
    OK(JetRenameTableA(f->session, f->db, "one", "Two"));
    GIVES(JET_errObjectNotFound, JetOpenTableA(f->session, f->db, "One", NULL, 0, 0, &t));
    OK(JetOpenTableA(f->session, f->db, "two", NULL, 0, 0, &t));
    OK(JetCloseTable(f->session, t));
    OK(JetGetObjectInfoA(f->session, f->db, JET_objtypTable, NULL, NULL, &list, sizeof list,
                         JET_ObjInfoListNoStats));
    assert_int_equal(list.cRecord, 1);
    OK(JetCloseTable(f->session, list.tableid));
    OK(JetDeleteTableA(f->session, f->db, "Two"));
    GIVES(JET_errObjectNotFound, JetOpenTableA(f->session, f->db, "Two", NULL, 0, 0, &t));
    GIVES(JET_errObjectNotFound, JetDeleteTableA(f->session, f->db, "Two"));
    OK(JetCreateTableA(f->session, f->db, "Two", 0, 100, &t)); /* another */
}

static void rollback_takes_schemas_back(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID t = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    struct numbers n;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction(f->session));
    OK(JetCreateTableA(f->session, f->db, "gone", 0, 100, &t));
    add(f->session, n.table, "extra", JET_coltypLong, 0, NULL, 0);
    index_make(f->session, n.table, "extra", "+extra\0", 8, 0);
    OK(JetSetCurrentIndexA(f->session, n.table, "extra"));
    numbers_insert(&n, 2, 20, 200);
    OK(JetRollback(f->session, 0));
    GIVES(JET_errObjectNotFound, JetOpenTableA(f->session, f->db, "gone", NULL, 0, 0, &t));
    GIVES(JET_errColumnNotFound,
          JetGetTableColumnInfoA(f->session, n.table, "extra", &def, sizeof def, JET_ColInfo));
    GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(f->session, n.table, "extra"));
    numbers_insert(&n, 2, 20, 200);
    OK(JetBeginTransaction(f->session));
    OK(JetCloseTable(f->session, n.table));
    OK(JetDeleteTableA(f->session, f->db, "numbers"));
    OK(JetRollback(f->session, 0));
    numbers_open(f->session, f->db, &n);
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, 2, 20, 200);
}

/* A change is there for others when it has committed, for cursors that are open, too. */
static void others_see_changes_after_commit(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    struct numbers n, m;
    struct other o;
    JET_COLUMNID extra;
    int32_t v = 0;

    numbers_make(f, &n);
    numbers_insert(&n, 1, 10, 100);
    numbers_share(f, &n, &o, &m);
    OK(JetBeginTransaction(o.session));
    OK(JetBeginTransaction(f->session));
    extra = add(f->session, n.table, "extra", JET_coltypLong, 0, "\7\0\0\0", 4);
    OK(JetRetrieveColumn(f->session, n.table, extra, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 7);
    GIVES(JET_errColumnNotFound,
          JetRetrieveColumn(o.session, m.table, extra, &v, 4, NULL, 0, NULL));
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errColumnNotFound,
          JetRetrieveColumn(o.session, m.table, extra, &v, 4, NULL, 0, NULL));
    OK(JetCommitTransaction(o.session, 0));
    OK(JetBeginTransaction(o.session));
    OK(JetRetrieveColumn(o.session, m.table, extra, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 7);
    OK(JetCommitTransaction(o.session, 0));
    OK(JetRenameColumnA(f->session, n.table, "extra", "other", 0));
    OK(JetGetTableColumnInfoA(o.session, m.table, "other", &def, sizeof def, JET_ColInfo));
    OK(JetDeleteColumnA(f->session, n.table, "other"));
    GIVES(JET_errColumnNotFound,
          JetRetrieveColumn(o.session, m.table, extra, &v, 4, NULL, 0, NULL));
    assert_int_not_equal(add(f->session, n.table, "new", JET_coltypLong, 0, NULL, 0), extra);
    other_down(&o);
}

static void changes_conflict(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    struct numbers n, m;
    struct other o;
    JET_TABLEID t = 0;

    numbers_make(f, &n);
    numbers_share(f, &n, &o, &m);
    /* two definitions of one table */
    OK(JetBeginTransaction(f->session));
    OK(JetBeginTransaction(o.session));
    add(f->session, n.table, "x", JET_coltypLong, 0, NULL, 0);
    GIVES(JET_errWriteConflict, JetAddColumnA(o.session, m.table, "y", &def, NULL, 0, NULL));
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errWriteConflict, JetAddColumnA(o.session, m.table, "y", &def, NULL, 0, NULL));
    OK(JetRollback(o.session, 0));
    /* an index and a writer, both ways */
    OK(JetBeginTransaction(f->session));
    OK(JetBeginTransaction(o.session));
    numbers_insert(&m, 1, 1, 1);
    GIVES(JET_errWriteConflict, JetCreateIndexA(f->session, n.table, "i", 0, "+data2\0", 8, 100));
    OK(JetRollback(o.session, 0));
    OK(JetBeginTransaction(o.session));
    index_make(f->session, n.table, "i", "+data2\0", 8, 0);
    GIVES(JET_errWriteConflict, numbers_try_insert(&m, 1, 1, 1));
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errWriteConflict, numbers_try_insert(&m, 1, 1, 1)); /* it does not know of it */
    OK(JetRollback(o.session, 0));
    numbers_insert(&m, 1, 1, 1);
    OK(JetSetCurrentIndexA(f->session, n.table, "i"));
    OK(MOVE(&n, JET_MoveFirst));
    /* one name, two tables */
    OK(JetBeginTransaction(f->session));
    OK(JetBeginTransaction(o.session));
    OK(JetCreateTableA(f->session, f->db, "name", 0, 100, &t));
    GIVES(JET_errWriteConflict, JetCreateTableA(o.session, o.db, "name", 0, 100, &t));
    other_down(&o);
}

static void tables_are_shared_as_asked(void **state)
{
    struct fixture *f = *state;
    struct other o;
    struct numbers n;
    JET_TABLEID t = 0, u = 0;

    numbers_make(f, &n);
    OK(JetCommitTransaction(f->session, 0));
    other_up(f, &o);
    GIVES(JET_errTableLocked, JetOpenTableA(o.session, o.db, "numbers", NULL, 0, 0, &t));
    OK(JetCloseTable(f->session, n.table));
    OK(JetOpenTableA(f->session, f->db, "numbers", NULL, 0, JET_bitTableDenyWrite, &u));
    GIVES(JET_errTableLocked, JetOpenTableA(o.session, o.db, "numbers", NULL, 0, 0, &t));
    OK(JetOpenTableA(o.session, o.db, "numbers", NULL, 0, JET_bitTableReadOnly, &t));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(o.session, t, JET_prepInsert));
    OK(JetCloseTable(f->session, u));
    GIVES(JET_errTableInUse,
          JetOpenTableA(f->session, f->db, "numbers", NULL, 0, JET_bitTableDenyRead, &u));
    other_down(&o);
}

static void columns_are_checked(void **state)
{
    struct fixture *f = *state;
    static const struct {
        JET_COLTYP type;
        JET_GRBIT grbit;
        JET_ERR err;
    } cases[] = {
        {0, 0, JET_errInvalidColumnType},
        {JET_coltypSLV, 0, JET_errInvalidColumnType},
        {99, 0, JET_errInvalidColumnType},
        {JET_coltypLong, JET_bitColumnMultiValued, JET_errMultiValuedColumnMustBeTagged},
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnNotNULL, JET_errTaggedNotNULL},
        {JET_coltypText, JET_bitColumnAutoincrement, JET_errInvalidColumnType},
        {JET_coltypLong, JET_bitColumnTagged | JET_bitColumnAutoincrement, JET_errCannotBeTagged},
        {JET_coltypLong, JET_bitColumnAutoincrement, JET_errColumnRedundant},
        {JET_coltypLong, JET_bitColumnCompressed, JET_errColumnCannotBeCompressed},
    };
    struct numbers n;

    numbers_make(f, &n);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JET_COLUMNDEF def = {
            .cbStruct = sizeof def, .coltyp = cases[i].type, .grbit = cases[i].grbit};

        GIVES(cases[i].err, JetAddColumnA(f->session, n.table, "x", &def, NULL, 0, NULL));
    }
    {
        JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypText, .cp = 437};

        GIVES(JET_errInvalidCodePage, JetAddColumnA(f->session, n.table, "x", &def, NULL, 0, NULL));
        def.coltyp = JET_coltypLong;
        GIVES(JET_errColumnDuplicate,
              JetAddColumnA(f->session, n.table, "KEY", &def, NULL, 0, NULL));
    }
}

static void many_columns_find_room(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID t = 0;
    JET_COLUMNID id = 0;
    char name[16];

    OK(JetCreateTableA(f->session, f->db, "wide", 0, 100, &t));
    for (unsigned i = 0; i < 130; i++) { /* what finds no room among the fixed becomes tagged */
        snprintf(name, sizeof name, "c%u", i);
        id = add(f->session, t, name, JET_coltypLong, 0, NULL, 0);
        assert_int_equal(id, i < 127 ? i + 1 : 256 + i - 127);
    }
    OK(JetPrepareUpdate(f->session, t, JET_prepInsert));
    OK(JetSetColumn(f->session, t, id, "\1\2\3\4", 4, 0, NULL));
    OK(JetSetColumn(f->session, t, 127, "\1\2\3\4", 4, 0, NULL));
    OK(JetUpdate(f->session, t, NULL, 0, NULL));
}

static void databases_are_files(void **state)
{
    struct fixture *f = *state;
    char path[128], line[64] = {0};
    JET_DBID db = 0;
    struct stat st;
    FILE *file;

    if (getenv("HOLDFAST_ADDRESS") != NULL) {
        print_message("# left out: the files are the server's\n");
        return;
    }
    OK(JetRollback(f->session, 0));
    snprintf(path, sizeof path, "%s/second.edb", f->folder);
    OK(JetCreateDatabaseA(f->session, path, "", &db, 0));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 4096);
    GIVES(JET_errDatabaseDuplicate, JetCreateDatabaseA(f->session, path, "", &db, 0));
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(f->session, path, 0));
    GIVES(JET_errDatabaseInUse, JetDetachDatabaseA(f->session, path));
    OK(JetCloseDatabase(f->session, db, 0));
    OK(JetDetachDatabaseA(f->session, path));
    GIVES(JET_errDatabaseNotFound, JetOpenDatabaseA(f->session, path, "", &db, 0));
    GIVES(JET_errDatabaseDuplicate, JetCreateDatabaseA(f->session, path, "", &db, 0));
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, "Holdfast database\n");
    OK(JetAttachDatabaseA(f->session, path, 0));
    OK(JetDetachDatabaseA(f->session, path));
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("something else", file);
    fclose(file);
    GIVES(JET_errDatabaseCorrupted, JetAttachDatabaseA(f->session, path, 0));
    OK(JetCreateDatabaseA(f->session, path, "", &db, JET_bitDbOverwriteExisting));
    OK(JetCloseDatabase(f->session, db, 0));
    assert_int_equal(unlink(path), 0);
    GIVES(JET_errFileNotFound, JetAttachDatabaseA(f->session, "/nosuch/x.edb", 0));
}

static void temporary_tables_sort(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNDEF defs[2] = {
        {.cbStruct = sizeof defs[0], .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey},
        {.cbStruct = sizeof defs[0], .coltyp = JET_coltypLongBinary},
    };
    JET_COLUMNID ids[2];
    JET_TABLEID t = 0;
    int32_t v = 0;

    for (unsigned unique = 0; unique < 2; unique++) {
        unsigned count = 0;

        OK(JetOpenTempTable(f->session, defs, 2,
                            JET_bitTTScrollable | (unique ? JET_bitTTUnique : 0), &t, ids));
        for (int32_t i = 0; i < 3000; i++) {
            v = i * 7919 % 1500;
            OK(JetPrepareUpdate(f->session, t, JET_prepInsert));
            OK(JetSetColumn(f->session, t, ids[0], &v, 4, 0, NULL));
            OK(JetSetColumn(f->session, t, ids[1], "payload", 7, 0, NULL));
            OK(JetUpdate(f->session, t, NULL, 0, NULL));
        }
        for (JET_ERR err = JetMove(f->session, t, JET_MoveFirst, 0); err == 0;
             err = JetMove(f->session, t, JET_MoveNext, 0)) {
            OK(JetRetrieveColumn(f->session, t, ids[0], &v, 4, NULL, 0, NULL));
            assert_int_equal(v, unique ? count : count / 2);
            count++;
        }
        assert_int_equal(count, unique ? 1500 : 3000);
        v = 700;
        OK(JetMakeKey(f->session, t, &v, 4, JET_bitNewKey));
        OK(JetSeek(f->session, t, JET_bitSeekEQ));
        OK(JetDelete(f->session, t));
        OK(JetCloseTable(f->session, t));
    }
}

static void a_table_in_one_call(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof columns[0],
         .szColumnName = (char *)(uintptr_t) "k",
         .coltyp = JET_coltypLong},
        {.cbStruct = sizeof columns[0],
         .szColumnName = (char *)(uintptr_t) "v",
         .coltyp = JET_coltypLongText,
         .cp = 1200},
    };
    JET_INDEXCREATE_A indexes[] = {
        {.cbStruct = sizeof indexes[0],
         .szIndexName = (char *)(uintptr_t) "p",
         .szKey = (char *)(uintptr_t) "+k\0",
         .cbKey = 4,
         .grbit = JET_bitIndexPrimary},
        {.cbStruct = sizeof indexes[0],
         .szIndexName = (char *)(uintptr_t) "v",
         .szKey = (char *)(uintptr_t) "+v\0",
         .cbKey = 4},
    };
    JET_TABLECREATE_A def = {
        .cbStruct = sizeof def,
        .szTableName = (char *)(uintptr_t) "whole",
        .rgcolumncreate = columns,
        .cColumns = 2,
        .rgindexcreate = indexes,
        .cIndexes = 2,
    };

    OK(JetCreateTableColumnIndexA(f->session, f->db, &def));
    assert_int_equal(def.cCreated, 5);
    assert_int_equal(columns[0].columnid, 1);
    assert_int_equal(columns[1].columnid, 256);
    OK(JetCloseTable(f->session, def.tableid));
    def.szTableName = (char *)(uintptr_t) "broken";
    columns[1].szColumnName = (char *)(uintptr_t) "K";
    GIVES(JET_errColumnDuplicate, JetCreateTableColumnIndexA(f->session, f->db, &def));
    columns[1].szColumnName = (char *)(uintptr_t) "w";
    GIVES(JET_errColumnNotFound, JetCreateTableColumnIndexA(f->session, f->db, &def));
    assert_int_equal(indexes[1].err, JET_errColumnNotFound);
    GIVES(JET_errObjectNotFound, JetDeleteTableA(f->session, f->db, "broken"));
}

/* Rows that are there get their numbers in the order of the primary index; an escrow column comes to
 * an empty table only. */
static void added_autoincrement_numbers_the_rows(void **state)
{
    struct fixture *f = *state;
    static unsigned char data[9000], have[9000];
    JET_COLUMNDEF def = {
        .cbStruct = sizeof def, .coltyp = JET_coltypLong, .grbit = JET_bitColumnEscrowUpdate};
    JET_COLUMNID key, value, number, id;
    JET_TABLEID table;
    unsigned long size = 0;
    int32_t zero = 0, got = 0;

    memset(data, 'x', sizeof data);
    OK(JetCreateTableA(f->session, f->db, "numbered", 0, 100, &table));
    key = add(f->session, table, "key", JET_coltypLong, 0, NULL, 0);
    value = add(f->session, table, "value", JET_coltypLongBinary, 0, NULL, 0);
    index_make(f->session, table, "p", "-key\0", 6, JET_bitIndexPrimary);
    for (int32_t i = 1; i <= 20; i++) {
        OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
        OK(JetSetColumn(f->session, table, key, &i, 4, 0, NULL));
        OK(JetSetColumn(f->session, table, value, data, i % 2 ? sizeof data : 5, 0, NULL));
        OK(JetUpdate(f->session, table, NULL, 0, NULL));
    }
    GIVES(JET_errTableNotEmpty,
          JetAddColumnA(f->session, table, "count", &def, &zero, sizeof zero, &id));
    OK(JetBeginTransaction(f->session));
    (void)add(f->session, table, "number", JET_coltypLong, JET_bitColumnAutoincrement, NULL, 0);
    OK(JetRollback(f->session, 0)); /* rows and column are as before */
    GIVES(JET_errColumnNotFound,
          JetGetTableColumnInfoA(f->session, table, "number", &def, sizeof def, JET_ColInfo));
    number = add(f->session, table, "number", JET_coltypLong, JET_bitColumnAutoincrement, NULL, 0);
    for (int32_t i = 20, before = 0; i > 0; i--) {
        OK(JetMove(f->session, table, i == 20 ? JET_MoveFirst : JET_MoveNext, 0));
        OK(JetRetrieveColumn(f->session, table, key, &got, 4, &size, 0, NULL));
        assert_int_equal(got, i);
        OK(JetRetrieveColumn(f->session, table, number, &got, 4, &size, 0, NULL));
        assert_true(before == 0 ? got > 0 : got == before + 1);
        before = got;
        OK(JetRetrieveColumn(f->session, table, value, have, sizeof have, &size, 0, NULL));
        assert_int_equal(size, i % 2 ? sizeof data : 5);
        assert_memory_equal(have, data, size);
    }
    zero = got;
    OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
    OK(JetRetrieveColumn(f->session, table, number, &got, 4, &size, JET_bitRetrieveCopy, NULL));
    assert_true(got > zero);
    OK(JetPrepareUpdate(f->session, table, JET_prepCancel));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(added_autoincrement_numbers_the_rows),
        CASE(tables_come_and_go),
        CASE(rollback_takes_schemas_back),
        CASE(others_see_changes_after_commit),
        CASE(changes_conflict),
        CASE(tables_are_shared_as_asked),
        CASE(columns_are_checked),
        CASE(many_columns_find_room),
        CASE(databases_are_files),
        CASE(temporary_tables_sort),
        CASE(a_table_in_one_call),
    };

    return cmocka_run_group_tests_name("jet_schema", tests, NULL, NULL);
}
