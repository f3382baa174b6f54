/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl.c - tables, columns and indexes that come, go and change names; what is told of them; sessions
 */
#include "kit.h"

/* ---- schema ---- */

struct list {
    JET_TABLEID table;
    JET_COLUMNID key, data;
};

/* A table "key", "data", with a row (1, 2); committed and opened as others open it. */
static void list_make(struct list *l)
{
    begin();
    l->table = table_new();
    l->key = column_new(l->table, "key", JET_coltypLong, 0);
    l->data = column_new(l->table, "data", JET_coltypLong, 0);
    INDEX_NEW(l->table, "p", "+key", JET_bitIndexPrimary);
    INDEX_NEW(l->table, "by_data", "+data", 0);
    prepare(l->table, JET_prepInsert);
    set_long(l->table, l->key, 1);
    set_long(l->table, l->data, 2);
    update(l->table);
    commit();
    OK(JetCloseTable(kit.session, l->table));
    OK(JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &l->table));
    OK(JetMove(kit.session, l->table, (long)JET_MoveFirst, 0));
}

static JET_ERR column_there(JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    return JetGetTableColumnInfoA(kit.session, table, name, &def, sizeof def, JET_ColInfo);
}

static void a_table_is_deleted(const void *arg)
{
    struct list l;
    JET_TABLEID table = 0;

    (void)arg;
    list_make(&l);
    OK(JetCloseTable(kit.session, l.table));
    OK(JetDeleteTableA(kit.session, kit.db, kit.table));
    GIVES(JET_errObjectNotFound, JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &table));
    OK(JetCreateTableA(kit.session, kit.db, kit.table, 0, 100, &table)); /* the name is free */
}

static void a_column_is_deleted(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    (void)column_new(l.table, "spare", JET_coltypLong, 0);
    OK(column_there(l.table, "spare"));
    OK(JetDeleteColumnA(kit.session, l.table, "spare"));
    GIVES(JET_errColumnNotFound, column_there(l.table, "spare"));
    (void)column_new(l.table, "again", JET_coltypText, 0);
    OK(JetDeleteColumn2A(kit.session, l.table, "again", 0));
    GIVES(JET_errColumnNotFound, column_there(l.table, "again"));
}

static void an_indexed_column_stays(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    GIVES(JET_errColumnInUse, JetDeleteColumnA(kit.session, l.table, "data"));
    OK(JetDeleteIndexA(kit.session, l.table, "by_data"));
    OK(JetDeleteColumnA(kit.session, l.table, "data"));
}

static void an_index_is_deleted(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetDeleteIndexA(kit.session, l.table, "by_data"));
    GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(kit.session, l.table, "by_data"));
    GIVES(JET_errIndexNotFound, JetDeleteIndexA(kit.session, l.table, "by_data"));
}

static void the_primary_index_stays(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    GIVES(JET_errIndexMustStay, JetDeleteIndexA(kit.session, l.table, "p"));
}

static void an_index_over_rows(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    INDEX_NEW(l.table, "later", "-data\0+key", 0);
    ROWS_ARE(l.table, "later", l.key, 1);
}

static void indexes_at_once(const void *arg)
{
    struct list l;
    JET_INDEXCREATE_A both[] = {{.cbStruct = sizeof *both,
                                 .szIndexName = "one",
                                 .szKey = "+data\0",
                                 .cbKey = 7,
                                 .ulDensity = 100},
                                {.cbStruct = sizeof *both,
                                 .szIndexName = "two",
                                 .szKey = "-data\0",
                                 .cbKey = 7,
                                 .ulDensity = 100}};

    (void)arg;
    list_make(&l);
    OK(JetCreateIndex2A(kit.session, l.table, both, 2));
    ROWS_ARE(l.table, "one", l.key, 1);
    ROWS_ARE(l.table, "two", l.key, 1);
}

static void a_table_is_renamed(const void *arg)
{
    char name[JET_cbNameMost + 1];
    JET_TABLEID table = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetCloseTable(kit.session, l.table));
    snprintf(name, sizeof name, "new_%.30s", kit.table);
    OK(JetRenameTableA(kit.session, kit.db, kit.table, name));
    GIVES(JET_errObjectNotFound, JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &table));
    OK(JetOpenTableA(kit.session, kit.db, name, NULL, 0, 0, &table));
    ROWS_ARE(table, NULL, l.key, 1);
}

static void a_column_is_renamed(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetRenameColumnA(kit.session, l.table, "data", "other", 0));
    GIVES(JET_errColumnNotFound, column_there(l.table, "data"));
    assert_int_equal(column_id(l.table, "other"), l.data);
    OK(JetMove(kit.session, l.table, (long)JET_MoveFirst, 0));
    assert_int_equal(get_long(l.table, l.data), 2);
}

static void a_default_is_changed(const void *arg)
{
    int32_t first = 5, second = 6;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_COLUMNID id = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetAddColumnA(kit.session, l.table, "given", &def, &first, sizeof first, &id));
    OK(JetCloseTable(kit.session, l.table));
    OK(JetSetColumnDefaultValueA(kit.session, kit.db, kit.table, "given", &second, sizeof second,
                                 0));
    OK(JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &l.table));
    begin();
    prepare(l.table, JET_prepInsert);
    set_long(l.table, l.key, 9);
    update_and_go(l.table);
    assert_int_equal(get_long(l.table, id), 6);
    commit();
}

static void a_schema_is_rolled_back(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    begin();
    (void)column_new(l.table, "spare", JET_coltypLong, 0);
    INDEX_NEW(l.table, "later", "-data", 0);
    OK(JetRollback(kit.session, 0));
    GIVES(JET_errColumnNotFound, column_there(l.table, "spare"));
    GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(kit.session, l.table, "later"));
}

static void truncation_may_be_refused(const void *arg)
{
    static char big[600];
    JET_TABLEID table = 0;
    JET_COLUMNID id = 0;

    (void)arg;
    begin();
    table = table_new();
    id = column_new(table, "long", JET_coltypLongBinary, 0);
    INDEX_NEW(table, "whole", "+long", JET_bitIndexDisallowTruncation);
    prepare(table, JET_prepInsert);
    set(table, id, big, sizeof big);
    GIVES(JET_errKeyTruncated, JetUpdate(kit.session, table, NULL, 0, NULL));
    set(table, id, big, 10);
    update(table);
    commit();
}

static void names_have_no_case(const void *arg)
{
    JET_TABLEID table = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    kit.table[0] = 'T';
    OK(JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &table));
    OK(column_there(table, "DATA"));
    GIVES(JET_errTableDuplicate, JetCreateTableA(kit.session, kit.db, kit.table, 0, 100, &l.table));
}

/* 64 octets are a name, 65 are not; nor are others. */
static void names_are_checked(const void *arg)
{
    static const char *const bad[] = {"", " a", "a!", "a.b", "[a", "a]", "a\x01"};
    char name[66];
    JET_TABLEID table = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_COLUMNID id = 0;

    (void)arg;
    table = table_new();
    for (size_t i = 0; i < COUNT(bad); i++)
        GIVES(JET_errInvalidName, JetAddColumnA(kit.session, table, bad[i], &def, NULL, 0, &id));
    memset(name, 'n', sizeof name);
    name[64] = '\0';
    OK(JetAddColumnA(kit.session, table, name, &def, NULL, 0, &id));
    name[64] = 'n';
    name[65] = '\0';
    GIVES(JET_errInvalidName, JetAddColumnA(kit.session, table, name, &def, NULL, 0, &id));
}

static void wide_and_narrow_are_one(const void *arg)
{
    JET_TABLEID table = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_COLUMNID id = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetAddColumnW(kit.session, l.table, u"wide", &def, NULL, 0, &id));
    assert_int_equal(column_id(l.table, "wide"), id);
    OK(JetCreateIndexW(kit.session, l.table, u"by_wide", 0, u"+wide\0", 14, 100));
    OK(JetSetCurrentIndexA(kit.session, l.table, "by_wide"));
    (void)table;
}

static const struct a_case schema[] = {
    {"delete a table", "a deleted table is gone and its name free", a_table_is_deleted},
    {"delete a column", "a deleted column is gone", a_column_is_deleted},
    {"delete an indexed column", "a column stays while an index has it", an_indexed_column_stays},
    {"delete an index", "a deleted index is gone", an_index_is_deleted},
    {"delete the primary index", "the primary index stays", the_primary_index_stays},
    {"create an index", "a new index has the rows that are there", an_index_over_rows},
    {"create indexes", "several are created at once", indexes_at_once},
    {"rename a table", "a table keeps its rows under another name", a_table_is_renamed},
    {"rename a column", "a column keeps its number and values", a_column_is_renamed},
    {"change a default", "new rows have the new default", a_default_is_changed},
    {"roll back", "a rollback takes columns and indexes back", a_schema_is_rolled_back},
    {"truncation", "DisallowTruncation refuses keys that are cut", truncation_may_be_refused},
    {"case of names", "names are the same in any case", names_have_no_case},
    {"names", "names have up to 64 octets, and not all characters", names_are_checked},
    {"A and W", "wide and narrow names are the same names", wide_and_narrow_are_one},
};

void add_schema(void)
{
    kit_add_all("schema", schema, COUNT(schema));
}

/* ---- what is told ---- */

static void objects_are_listed(const void *arg)
{
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    char name[JET_cbNameMost + 1];
    bool found = false;
    struct list l;
    JET_ERR err = JET_errSuccess;

    (void)arg;
    list_make(&l);
    OK(JetGetObjectInfoA(kit.session, kit.db, JET_objtypTable, NULL, NULL, &list, sizeof list,
                         JET_ObjInfoListNoStats));
    err = JetMove(kit.session, list.tableid, (long)JET_MoveFirst, 0);
    for (; !err; err = JetMove(kit.session, list.tableid, JET_MoveNext, 0)) {
        unsigned long size = 0;

        OK(JetRetrieveColumn(kit.session, list.tableid, list.columnidobjectname, name,
                             sizeof name - 1, &size, 0, NULL));
        name[size] = '\0';
        found |= !strcmp(name, kit.table);
    }
    GIVES(JET_errNoCurrentRecord, err);
    assert_true(found);
    OK(JetCloseTable(kit.session, list.tableid));
}

static void an_object_is_told(const void *arg)
{
    JET_OBJECTINFO info = {.cbStruct = sizeof info};
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetObjectInfoA(kit.session, kit.db, JET_objtypTable, NULL, kit.table, &info, sizeof info,
                         JET_ObjInfoNoStats));
    assert_int_equal(info.objtyp, JET_objtypTable);
    OK(JetGetTableInfoA(kit.session, l.table, &info, sizeof info, JET_TblInfo));
    assert_int_equal(info.objtyp, JET_objtypTable);
}

static void a_table_tells_its_name(const void *arg)
{
    char name[JET_cbNameMost + 1] = "";
    JET_DBID db = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetTableInfoA(kit.session, l.table, name, sizeof name, JET_TblInfoName));
    assert_string_equal(name, kit.table);
    OK(JetGetTableInfoA(kit.session, l.table, &db, sizeof db, JET_TblInfoDbid));
    assert_int_equal(db, kit.db);
}

static void columns_are_listed(const void *arg)
{
    JET_COLUMNLIST list = {.cbStruct = sizeof list};
    unsigned count = 0;
    struct list l;
    JET_ERR err = JET_errSuccess;

    (void)arg;
    list_make(&l);
    OK(JetGetTableColumnInfoA(kit.session, l.table, NULL, &list, sizeof list, JET_ColInfoList));
    assert_int_equal(list.cRecord, 2);
    err = JetMove(kit.session, list.tableid, (long)JET_MoveFirst, 0);
    for (; !err; err = JetMove(kit.session, list.tableid, JET_MoveNext, 0)) {
        assert_int_equal(get_long(list.tableid, list.columnidcoltyp), JET_coltypLong);
        count++;
    }
    assert_int_equal(count, 2);
    OK(JetCloseTable(kit.session, list.tableid));
}

static void a_column_is_told_by_table_name(const void *arg)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetColumnInfoA(kit.session, kit.db, kit.table, "data", &def, sizeof def, JET_ColInfo));
    assert_int_equal(def.columnid, l.data);
    assert_int_equal(def.coltyp, JET_coltypLong);
}

static void a_column_tells_its_base(const void *arg)
{
    JET_COLUMNBASE_A base = {.cbStruct = sizeof base};
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetTableColumnInfoA(kit.session, l.table, "data", &base, sizeof base, JET_ColInfoBase));
    assert_int_equal(base.columnid, l.data);
    assert_string_equal(base.szBaseTableName, kit.table);
    assert_string_equal(base.szBaseColumnName, "data");
}

static void indexes_are_listed(const void *arg)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    struct list l;
    unsigned segments = 0;
    JET_ERR err = JET_errSuccess;

    (void)arg;
    list_make(&l);
    INDEX_NEW(l.table, "two", "+data\0-key", 0);
    OK(JetGetTableIndexInfoA(kit.session, l.table, NULL, &list, sizeof list, JET_IdxInfoList));
    err = JetMove(kit.session, list.tableid, (long)JET_MoveFirst, 0);
    for (; !err; err = JetMove(kit.session, list.tableid, JET_MoveNext, 0))
        segments++;
    assert_int_equal(segments, 4); /* a row for each column of each index */
    assert_int_equal(list.cRecord, 4);
    OK(JetCloseTable(kit.session, list.tableid));
}

static void one_index_is_listed(const void *arg)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    struct list l;

    (void)arg;
    list_make(&l);
    INDEX_NEW(l.table, "two", "+data\0-key", 0);
    OK(JetGetTableIndexInfoA(kit.session, l.table, "two", &list, sizeof list, JET_IdxInfo));
    assert_int_equal(list.cRecord, 2);
    OK(JetMove(kit.session, list.tableid, (long)JET_MoveFirst, 0));
    assert_int_equal(get_long(list.tableid, list.columnidcColumn), 2);
    assert_int_equal(get_long(list.tableid, list.columnidiColumn), 0);
    OK(JetMove(kit.session, list.tableid, JET_MoveNext, 0));
    assert_int_equal(get_long(list.tableid, list.columnidiColumn), 1);
    assert_int_equal(get_long(list.tableid, list.columnidgrbitColumn), JET_bitKeyDescending);
    OK(JetCloseTable(kit.session, list.tableid));
}

static void facts_of_an_index(const void *arg)
{
    unsigned long count = 0;
    uint16_t lcid = 0, most = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetTableIndexInfoA(kit.session, l.table, "by_data", &count, sizeof count,
                             JET_IdxInfoCount));
    assert_int_equal(count, 2);
    OK(JetGetTableIndexInfoA(kit.session, l.table, "by_data", &most, sizeof most,
                             JET_IdxInfoKeyMost));
    assert_int_equal(most, 255);
    OK(JetGetIndexInfoA(kit.session, kit.db, kit.table, "by_data", &lcid, sizeof lcid,
                        JET_IdxInfoLCID));
    assert_int_equal(lcid, 1033);
}

static void the_current_index_is_told(const void *arg)
{
    char name[JET_cbNameMost + 1] = "", cut[4] = "";
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetCurrentIndexA(kit.session, l.table, name, sizeof name));
    assert_string_equal(name, "p");
    OK(JetSetCurrentIndexA(kit.session, l.table, "by_data"));
    OK(JetGetCurrentIndexA(kit.session, l.table, name, sizeof name));
    assert_string_equal(name, "by_data");
    GIVES(JET_wrnBufferTruncated, JetGetCurrentIndexA(kit.session, l.table, cut, sizeof cut));
}

static void facts_of_a_database(const void *arg)
{
    char name[256] = "";
    unsigned long page = 0;

    (void)arg;
    OK(JetGetDatabaseInfoA(kit.session, kit.db, name, sizeof name, JET_DbInfoFilename));
    assert_non_null(strstr(name, strrchr(kit.folder, '/') + 1));
    OK(JetGetDatabaseInfoA(kit.session, kit.db, &page, sizeof page, JET_DbInfoPageSize));
    assert_int_equal(page, 4096);
}

static void the_version_is_told(const void *arg)
{
    unsigned long version = 0;

    (void)arg;
    OK(JetGetVersion(kit.session, &version));
    assert_true(version > 0);
}

static void sizes_of_a_row(const void *arg)
{
    static char big[20000];
    JET_RECSIZE size = {0};
    JET_COLUMNID id = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetGetRecordSize(kit.session, l.table, &size, 0));
    assert_int_equal(size.cNonTaggedColumns, 2);
    assert_int_equal(size.cLongValues, 0);
    id = column_new(l.table, "big", JET_coltypLongBinary, 0);
    begin();
    OK(JetMove(kit.session, l.table, (long)JET_MoveFirst, 0));
    prepare(l.table, JET_prepReplace);
    set(l.table, id, big, sizeof big);
    update(l.table);
    OK(JetGetRecordSize(kit.session, l.table, &size, 0));
    assert_int_equal(size.cTaggedColumns, 1);
    assert_int_equal(size.cLongValues, 1);
    assert_int_equal(size.cbLongValueData, sizeof big);
    commit();
}

static const struct a_case infos[] = {
    {"objects", "all tables are listed", objects_are_listed},
    {"an object", "a table is told of, by name and by cursor", an_object_is_told},
    {"a table's name", "a cursor tells its table's name and database", a_table_tells_its_name},
    {"columns", "all columns are listed", columns_are_listed},
    {"a column by its table's name", "a column is told without a cursor",
     a_column_is_told_by_table_name},
    {"a column's base", "a column tells its table and name", a_column_tells_its_base},
    {"indexes", "indexes are listed, a row for each column", indexes_are_listed},
    {"an index", "an index is listed alone, its columns in order", one_index_is_listed},
    {"facts of an index", "indexes are counted; key size and locale are told", facts_of_an_index},
    {"the current index", "the current index is told by name", the_current_index_is_told},
    {"a database", "a database's name and page size are told", facts_of_a_database},
    {"version", "the version is not 0", the_version_is_told},
    {"sizes of a row", "columns, values and octets of a row are counted", sizes_of_a_row},
};

void add_infos(void)
{
    kit_add_all("information", infos, COUNT(infos));
}

/* ---- sessions ---- */

static void a_session_is_doubled(const void *arg)
{
    JET_SESID second = 0;

    (void)arg;
    begin();
    OK(JetDupSession(kit.session, &second));
    assert_true(second != kit.session);
    GIVES(JET_errNotInTransaction, JetCommitTransaction(second, 0)); /* nothing is copied */
    OK(JetEndSession(second, 0));
    commit();
}

static void the_end_rolls_back(const void *arg)
{
    struct list l;
    struct other o;
    JET_TABLEID table = 0;
    JET_SESID session = 0;
    JET_DBID db = 0;

    (void)arg;
    list_make(&l);
    OK(JetBeginSessionA(kit.instance, &session, NULL, NULL));
    OK(JetOpenDatabaseA(session, kit.database, NULL, &db, 0));
    OK(JetOpenTableA(session, db, kit.table, NULL, 0, 0, &table));
    OK(JetBeginTransaction(session));
    OK(JetMove(session, table, (long)JET_MoveFirst, 0));
    OK(JetDelete(session, table));
    OK(JetEndSession(session, 0));
    ROWS_ARE(l.table, NULL, l.key, 1);
    (void)o;
}

static void the_end_closes_cursors(const void *arg)
{
    JET_TABLEID table = 0;
    JET_SESID session = 0;
    JET_DBID db = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetBeginSessionA(kit.instance, &session, NULL, NULL));
    OK(JetOpenDatabaseA(session, kit.database, NULL, &db, 0));
    OK(JetOpenTableA(session, db, kit.table, NULL, 0, 0, &table));
    OK(JetEndSession(session, 0));
    GIVES(JET_errInvalidTableId, JetMove(kit.session, table, 0, 0));
    OK(JetCloseTable(kit.session, l.table));
    OK(JetDeleteTableA(kit.session, kit.db, kit.table)); /* nobody has it open */
}

static void a_database_closes_cursors(const void *arg)
{
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetCloseDatabase(kit.session, kit.db, 0));
    GIVES(JET_errInvalidTableId, JetMove(kit.session, l.table, 0, 0));
    OK(JetOpenDatabaseA(kit.session, kit.database, NULL, &kit.db, 0));
    OK(JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &l.table));
}

static void opened_twice_is_closed_twice(const void *arg)
{
    JET_DBID db = 0;
    struct list l;

    (void)arg;
    list_make(&l);
    OK(JetOpenDatabaseA(kit.session, kit.database, NULL, &db, 0));
    assert_int_equal(db, kit.db);
    OK(JetCloseDatabase(kit.session, db, 0));
    OK(JetMove(kit.session, l.table, 0, 0));
}

static void attached_twice(const void *arg)
{
    (void)arg;
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(kit.session, kit.database, 0));
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabase2A(kit.session, kit.database, 0, 0));
}

static void durable_commits(const void *arg)
{
    JET_COMMIT_ID id;
    struct list l;

    (void)arg;
    list_make(&l);
    memset(&id, 0, sizeof id);
    begin();
    prepare(l.table, JET_prepReplace);
    set_long(l.table, l.data, 3);
    update(l.table);
    OK(JetCommitTransaction2(kit.session, JET_bitCommitLazyFlush, 1000, &id));
    OK(JetCommitTransaction(kit.session, JET_bitWaitLastLevel0Commit));
    OK(JetCommitTransaction(kit.session, JET_bitWaitAllLevel0Commit));
    assert_int_equal(get_long(l.table, l.data), 3);
}

static void idle(const void *arg)
{
    JET_ERR err = JetIdle(kit.session, 0);

    (void)arg;
    assert_true(err == JET_errSuccess || err == JET_wrnNoIdleActivity);
    err = JetIdle(kit.session, JET_bitIdleCompact);
    assert_true(err == JET_errSuccess || err == JET_wrnNoIdleActivity);
    GIVES(JET_errInvalidGrbit, JetIdle(kit.session, 0x40000000));
}

static const struct a_case sessions[] = {
    {"a second session", "JetDupSession gives a session of its own", a_session_is_doubled},
    {"end in a transaction", "the end of a session rolls back", the_end_rolls_back},
    {"end with cursors", "and closes its cursors", the_end_closes_cursors},
    {"close a database", "so does the end of a database's last open", a_database_closes_cursors},
    {"open twice", "which is as many closes as opens", opened_twice_is_closed_twice},
    {"attach twice", "an attached database says so", attached_twice},
    {"commit with a delay", "a lazy commit is waited for later", durable_commits},
    {"idle", "JetIdle has nothing to do, or does it", idle},
};

void add_sessions(void)
{
    kit_add_all("sessions", sessions, COUNT(sessions));
}
