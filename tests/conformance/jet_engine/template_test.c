/* SPDX-License-Identifier: Apache-2.0
 *
 * template_test.c - template tables and those derived from them; tables whose definition is fixed;
 * what a program stores with tables and cursors
 */
#include "fixture.h"

#include <stdlib.h>

/* Long id (primary), Long value (indexed, default 7), Text name (variable), a tagged Long. */
static JET_ERR make_template(const struct fixture *f, const char *name, const char *base,
                             JET_GRBIT grbit, JET_TABLEID *ret_table)
{
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof *columns,
         .szColumnName = "id",
         .coltyp = JET_coltypLong,
         .grbit = JET_bitColumnAutoincrement},
        {.cbStruct = sizeof *columns,
         .szColumnName = "value",
         .coltyp = JET_coltypLong,
         .pvDefault = "\7\0\0\0",
         .cbDefault = 4},
        {.cbStruct = sizeof *columns, .szColumnName = "name", .coltyp = JET_coltypText, .cp = 1200},
        {.cbStruct = sizeof *columns,
         .szColumnName = "tag",
         .coltyp = JET_coltypLong,
         .grbit = JET_bitColumnTagged},
    };
    JET_INDEXCREATE_A indexes[] = {
        {.cbStruct = sizeof *indexes,
         .szIndexName = "by_id",
         .szKey = "+id\0",
         .cbKey = 5,
         .grbit = JET_bitIndexPrimary,
         .ulDensity = 80},
        {.cbStruct = sizeof *indexes,
         .szIndexName = "by_value",
         .szKey = "+value\0",
         .cbKey = 8,
         .ulDensity = 80},
        {.cbStruct = sizeof *indexes,
         .szIndexName = "by_name",
         .szKey = "+name\0",
         .cbKey = 7,
         .ulDensity = 80},
    };
    JET_TABLECREATE2_A table = {.cbStruct = sizeof table,
                                .szTableName = (char *)(uintptr_t)name,
                                .szTemplateTableName = (char *)(uintptr_t)base,
                                .ulDensity = 70,
                                .rgcolumncreate = columns,
                                .cColumns = 4,
                                .rgindexcreate = indexes,
                                .cIndexes = 3,
                                .grbit = grbit};
    JET_ERR err = JetCreateTableColumnIndex2A(f->session, f->db, &table);

    *ret_table = table.tableid;
    return err;
}

/* A table of one more column, Long own, with an index of it and of a column of the template. */
static JET_ERR derive(const struct fixture *f, const char *name, const char *base,
                      const char *column, const char *index, JET_GRBIT grbit, JET_TABLEID *ret)
{
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof *columns,
         .szColumnName = (char *)(uintptr_t)column,
         .coltyp = JET_coltypLong},
        {.cbStruct = sizeof *columns,
         .szColumnName = "own_tag",
         .coltyp = JET_coltypLong,
         .grbit = JET_bitColumnTagged},
    };
    JET_INDEXCREATE_A indexes[] = {
        {.cbStruct = sizeof *indexes,
         .szIndexName = (char *)(uintptr_t)index,
         .szKey = "+own_tag\0-value\0",
         .cbKey = 17,
         .ulDensity = 80},
    };
    JET_TABLECREATE2_A table = {.cbStruct = sizeof table,
                                .szTableName = (char *)(uintptr_t)name,
                                .szTemplateTableName = (char *)(uintptr_t)base,
                                .rgcolumncreate = columns,
                                .cColumns = 2,
                                .rgindexcreate = indexes,
                                .cIndexes = 1,
                                .grbit = grbit};
    JET_ERR err = JetCreateTableColumnIndex2A(f->session, f->db, &table);

    *ret = table.tableid;
    return err;
}

static void insert(const struct fixture *f, JET_TABLEID t, const int32_t *value, int32_t tag,
                   int32_t own)
{
    OK(JetPrepareUpdate(f->session, t, JET_prepInsert));
    if (value != NULL)
        OK(JetSetColumn(f->session, t, column(f, t, "value"), value, 4, 0, NULL));
    OK(JetSetColumn(f->session, t, column(f, t, "name"), "n\0", 2, 0, NULL));
    OK(JetSetColumn(f->session, t, column(f, t, "tag"), &tag, 4, 0, NULL));
    OK(JetSetColumn(f->session, t, column(f, t, "own"), &own, 4, 0, NULL));
    OK(JetSetColumn(f->session, t, column(f, t, "own_tag"), &own, 4, 0, NULL));
    OK(JetUpdate(f->session, t, NULL, 0, NULL));
}

static int32_t get(const struct fixture *f, JET_TABLEID t, const char *name)
{
    int32_t v = 0;

    OK(JetRetrieveColumn(f->session, t, column(f, t, name), &v, 4, NULL, 0, NULL));
    return v;
}

static void row_is(const struct fixture *f, JET_TABLEID t, int32_t id, int32_t value, int32_t own)
{
    assert_int_equal(get(f, t, "id"), id);
    assert_int_equal(get(f, t, "value"), value);
    assert_int_equal(get(f, t, "tag"), own + 1);
    assert_int_equal(get(f, t, "own"), own);
    assert_int_equal(get(f, t, "own_tag"), own);
}

static void derived_tables_have_what_the_template_has(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID base = 0, one = 0, two = 0;
    const int32_t five = 5;
    int32_t key = 20;

    OK(make_template(f, "base", NULL, JET_bitTableCreateTemplateTable, &base));
    OK(JetCloseTable(f->session, base));
    OK(derive(f, "one", "BASE", "own", "by_own", 0, &one));
    OK(derive(f, "two", "base", "own", "by_own", 0, &two));
    insert(f, one, NULL, 11, 10);
    insert(f, one, &five, 21, 20);
    insert(f, two, &five, 31, 30);
    OK(JetMove(f->session, one, JET_MoveFirst, 0));
    row_is(f, one, 1, 7, 10);
    OK(JetSetCurrentIndexA(f->session, one, "by_value"));
    OK(JetMove(f->session, one, JET_MoveFirst, 0));
    row_is(f, one, 2, 5, 20);
    OK(JetSetCurrentIndexA(f->session, one, "by_own"));
    OK(JetMakeKey(f->session, one, &key, 4, JET_bitNewKey));
    OK(JetMakeKey(f->session, one, &five, 4, 0));
    OK(JetSeek(f->session, one, JET_bitSeekEQ));
    row_is(f, one, 2, 5, 20);
    OK(JetSetCurrentIndexA(f->session, two, "by_name"));
    OK(JetMove(f->session, two, JET_MoveFirst, 0));
    row_is(f, two, 1, 5, 30); /* numbers of its own */
    GIVES(JET_errNoCurrentRecord, JetMove(f->session, two, JET_MoveNext, 0));
    /* a column more, in one of them, fixed: behind those of both */
    OK(JetCloseTable(f->session, two));
    OK(JetOpenTableA(f->session, f->db, "two", NULL, 0, 0, &two));
    add(f->session, two, "more", JET_coltypLong, 0, "\3\0\0\0", 4);
    OK(JetMove(f->session, two, JET_MoveFirst, 0));
    row_is(f, two, 1, 5, 30);
    assert_int_equal(get(f, two, "more"), 3);
    OK(JetCommitTransaction(f->session, 0));
    fixture_stop(f, JET_bitTermComplete);
    fixture_start(f, false);
    OK(JetOpenTableA(f->session, f->db, "one", NULL, 0, 0, &one));
    OK(JetMove(f->session, one, JET_MoveFirst, 0));
    row_is(f, one, 1, 7, 10);
    insert(f, one, &five, 41, 40);
    OK(JetMove(f->session, one, JET_MoveLast, 0));
    row_is(f, one, 3, 5, 40);
}

static void who_is_whose_is_told(void **state)
{
    struct fixture *f = *state;
    JET_TABLEID base = 0, one = 0;
    JET_OBJECTINFO info = {.cbStruct = sizeof info};
    JET_COLUMNBASE_A column_base = {.cbStruct = sizeof column_base};
    JET_COLUMNLIST list = {.cbStruct = sizeof list};
    char name[JET_cbNameMost + 1] = "x";

    OK(make_template(f, "base", NULL, JET_bitTableCreateTemplateTable, &base));
    OK(derive(f, "one", "base", "own", "by_own", 0, &one));
    OK(JetGetTableInfoA(f->session, one, name, sizeof name, JET_TblInfoTemplateTableName));
    assert_string_equal(name, "base");
    OK(JetGetTableInfoA(f->session, base, name, sizeof name, JET_TblInfoTemplateTableName));
    assert_string_equal(name, "");
    OK(JetGetTableInfoA(f->session, base, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.flags & (JET_bitObjectTableTemplate | JET_bitObjectTableFixedDDL |
                                   JET_bitObjectTableDerived),
                     JET_bitObjectTableTemplate | JET_bitObjectTableFixedDDL);
    OK(JetGetTableInfoA(f->session, one, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.flags & (JET_bitObjectTableTemplate | JET_bitObjectTableFixedDDL |
                                   JET_bitObjectTableDerived),
                     JET_bitObjectTableDerived);
    OK(JetGetTableColumnInfoA(f->session, one, "value", &column_base, sizeof column_base,
                              JET_ColInfoBase));
    assert_string_equal(column_base.szBaseTableName, "base");
    OK(JetGetTableColumnInfoA(f->session, one, NULL, &list, sizeof list,
                              JET_ColInfoList | JET_ColInfoGrbitNonDerivedColumnsOnly));
    assert_int_equal(list.cRecord, 2);
    OK(JetCloseTable(f->session, list.tableid));
    OK(JetGetTableColumnInfoA(f->session, one, NULL, &list, sizeof list, JET_ColInfoList));
    assert_int_equal(list.cRecord, 6);
    OK(JetCloseTable(f->session, list.tableid));
}

static void what_is_not_allowed(void **state)
{
    struct fixture *f = *state;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_TABLEID base = 0, one = 0, plain = 0;

    GIVES(JET_errObjectNotFound, derive(f, "one", "base", "own", "by_own", 0, &one));
    OK(JetCreateTableA(f->session, f->db, "plain", 0, 80, &plain));
    GIVES(JET_errDDLNotInheritable, derive(f, "one", "plain", "own", "by_own", 0, &one));
    OK(make_template(f, "base", NULL, JET_bitTableCreateTemplateTable, &base));
    GIVES(JET_errCannotNestDDL,
          make_template(f, "b2", "base", JET_bitTableCreateTemplateTable, &one));
    GIVES(JET_errInvalidGrbit, make_template(f, "b2", NULL,
                                             JET_bitTableCreateTemplateTable |
                                                 JET_bitTableCreateNoFixedVarColumnsInDerivedTables,
                                             &one));
    GIVES(JET_errColumnDuplicate, derive(f, "one", "base", "Value", "by_own", 0, &one));
    GIVES(JET_errIndexDuplicate, derive(f, "one", "base", "own", "By_Value", 0, &one));
    /* the template stays as it is */
    GIVES(JET_errFixedDDL, JetAddColumnA(f->session, base, "x", &def, NULL, 0, NULL));
    GIVES(JET_errFixedDDL, JetCreateIndexA(f->session, base, "x", 0, "+value\0", 8, 80));
    GIVES(JET_errFixedDDL, JetDeleteColumnA(f->session, base, "tag"));
    GIVES(JET_errFixedDDL, JetDeleteIndexA(f->session, base, "by_value"));
    OK(JetCloseTable(f->session, base));
    GIVES(JET_errCannotDeleteTemplateTable, JetDeleteTableA(f->session, f->db, "base"));
    GIVES(JET_errFixedDDL, JetRenameTableA(f->session, f->db, "base", "b2"));
    OK(JetOpenTableA(f->session, f->db, "base", NULL, 0, 0, &base));
    OK(JetCloseTable(f->session, base));
    /* of a derived table what is inherited stays */
    OK(derive(f, "one", "base", "own", "by_own", 0, &one));
    GIVES(JET_errColumnDuplicate, JetAddColumnA(f->session, one, "tag", &def, NULL, 0, NULL));
    GIVES(JET_errFixedInheritedDDL, JetDeleteColumnA(f->session, one, "tag"));
    GIVES(JET_errColumnNotFound,
          JetDeleteColumn2A(f->session, one, "tag", JET_bitDeleteColumnIgnoreTemplateColumns));
    GIVES(JET_errFixedInheritedDDL, JetDeleteIndexA(f->session, one, "by_name"));
    OK(JetDeleteIndexA(f->session, one, "by_own"));
    OK(JetDeleteColumnA(f->session, one, "own_tag"));
    OK(JetCloseTable(f->session, one));
    OK(JetCommitTransaction(f->session, 0));
    OK(JetDeleteTableA(f->session, f->db, "one")); /* and the template does not mind */
    GIVES(JET_errCannotDeleteTemplateTable, JetDeleteTableA(f->session, f->db, "base"));
}

/* JET_bitTablePermitDDL, to which the table must be one's own, and the cursor that made it. */
static void fixed_tables_can_be_added_to(void **state)
{
    const JET_GRBIT permit = JET_bitTablePermitDDL | JET_bitTableDenyRead;
    struct fixture *f = *state;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_TABLEID t = 0;

    OK(make_template(f, "t", NULL, JET_bitTableCreateFixedDDL, &t));
    OK(JetAddColumnA(f->session, t, "new", &def, NULL, 0, NULL));
    OK(JetCloseTable(f->session, t));
    OK(JetOpenTableA(f->session, f->db, "t", NULL, 0, 0, &t));
    GIVES(JET_errFixedDDL, JetAddColumnA(f->session, t, "more", &def, NULL, 0, NULL));
    OK(JetCloseTable(f->session, t));
    GIVES(JET_errFixedDDL, JetRenameTableA(f->session, f->db, "t", "u"));
    GIVES(JET_errInvalidGrbit,
          JetOpenTableA(f->session, f->db, "t", NULL, 0, JET_bitTablePermitDDL, &t));
    OK(JetOpenTableA(f->session, f->db, "t", NULL, 0, permit, &t));
    OK(JetAddColumnA(f->session, t, "more", &def, NULL, 0, NULL));
    OK(JetCreateIndexA(f->session, t, "by_more", 0, "+more\0", 7, 80));
    GIVES(JET_errFixedDDL, JetDeleteColumnA(f->session, t, "new"));
    GIVES(JET_errFixedDDL, JetDeleteIndexA(f->session, t, "by_more"));
}

/* ---- local storage ---- */

static struct {
    JET_CBTYP why;
    void *storage;
    unsigned calls;
} told;

static JET_ERR JET_API on_event(JET_SESID session, JET_DBID db, JET_TABLEID table, JET_CBTYP why,
                                void *arg1, void *arg2, void *context, JET_API_PTR unused)
{
    (void)session;
    (void)db;
    (void)table;
    (void)arg2;
    (void)context;
    (void)unused;
    told.why = why;
    told.storage = arg1;
    told.calls++;
    return JET_errSuccess;
}

static void told_of(JET_CBTYP why, JET_LS storage)
{
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.why, why);
    assert_ptr_equal(told.storage, (void *)storage);
    memset(&told, 0, sizeof told);
}

static void storage_needs_a_callback(void **state)
{
    struct fixture *f = *state;
    struct numbers n;
    JET_LS ls = 0;

    numbers_make(f, &n);
    GIVES(JET_errLSCallbackNotSpecified, JetSetLS(f->session, n.table, 5, 0));
    GIVES(JET_errLSNotSet, JetGetLS(f->session, n.table, &ls, JET_bitLSTable));
    OK(JetGetLS(f->session, n.table, &ls, JET_bitLSReset));
    assert_true(ls == JET_LSNil);
}

/* An instance that has one, which cannot be set while it runs. */
static void start_with_callback(struct fixture *f)
{
    OK(JetRollback(f->session, 0));
    fixture_stop(f, JET_bitTermComplete);
    OK(JetSetSystemParameterA(NULL, 0, JET_paramRuntimeCallback, (JET_API_PTR)on_event, NULL));
    fixture_start(f, false);
    OK(JetSetSystemParameterA(NULL, 0, JET_paramRuntimeCallback, 0, NULL));
    OK(JetBeginTransaction(f->session));
}

static void storage_of_cursors_and_tables(void **state)
{
    struct fixture *f = *state;
    struct numbers n, m;
    struct other o;
    JET_LS ls = 0;

    start_with_callback(f);
    numbers_make(f, &n);
    numbers_share(f, &n, &o, &m);
    GIVES(JET_errInvalidGrbit, JetSetLS(f->session, n.table, 5, JET_bitLSTable | JET_bitLSCursor));
    OK(JetSetLS(f->session, n.table, 5, 0));
    OK(JetSetLS(f->session, n.table, 6, JET_bitLSTable));
    GIVES(JET_errLSAlreadySet, JetSetLS(f->session, n.table, 7, JET_bitLSCursor));
    GIVES(JET_errLSAlreadySet, JetSetLS(o.session, m.table, 7, JET_bitLSTable));
    /* a table's is everybody's, a cursor's is its own */
    GIVES(JET_errLSNotSet, JetGetLS(o.session, m.table, &ls, JET_bitLSCursor));
    OK(JetGetLS(o.session, m.table, &ls, JET_bitLSTable));
    assert_int_equal(ls, 6);
    OK(JetGetLS(f->session, n.table, &ls, 0));
    assert_int_equal(ls, 5);
    /* taken back: nobody is told */
    OK(JetGetLS(f->session, n.table, &ls, JET_bitLSReset));
    assert_int_equal(ls, 5);
    GIVES(JET_errLSNotSet, JetGetLS(f->session, n.table, &ls, 0));
    OK(JetSetLS(f->session, n.table, 8, 0));
    OK(JetSetLS(f->session, n.table, 9, JET_bitLSReset));
    GIVES(JET_errLSNotSet, JetGetLS(f->session, n.table, &ls, 0));
    assert_int_equal(told.calls, 0);
    OK(JetSetLS(f->session, n.table, 10, 0));
    OK(JetCloseTable(f->session, n.table));
    told_of(JET_cbtypFreeCursorLS, 10);
    OK(JetCloseTable(o.session, m.table)); /* the last on the table */
    told_of(JET_cbtypFreeTableLS, 6);
    numbers_open(f->session, f->db, &n);
    GIVES(JET_errLSNotSet, JetGetLS(f->session, n.table, &ls, JET_bitLSTable));
    other_down(&o);
    /* a rollback closes, and JetTerm does */
    OK(JetBeginTransaction(f->session));
    numbers_open(f->session, f->db, &m);
    OK(JetSetLS(f->session, m.table, 11, 0));
    OK(JetRollback(f->session, 0));
    told_of(JET_cbtypFreeCursorLS, 11);
    OK(JetSetLS(f->session, n.table, 12, JET_bitLSTable));
    fixture_stop(f, JET_bitTermComplete);
    told_of(JET_cbtypFreeTableLS, 12);
    fixture_start(f, false);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(derived_tables_have_what_the_template_has),
        CASE(who_is_whose_is_told),
        CASE(what_is_not_allowed),
        CASE(fixed_tables_can_be_added_to),
        CASE(storage_needs_a_callback),
        CASE(storage_of_cursors_and_tables),
    };

    return cmocka_run_group_tests_name("jet_template", tests, NULL, NULL);
}
