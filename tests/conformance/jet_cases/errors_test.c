/* SPDX-License-Identifier: Apache-2.0
 *
 * errors_test.c - provokes the errors of errors.def and pages.def, row by row
 */
#include "kit.h"

/* ---- what a row's call may use ---- */

static JET_SESID S;
static JET_DBID DB;
static JET_TABLEID T;
static JET_COLUMNID key, d1, d2, txt, bin, tags, count_id, sum_id;
static JET_INSTANCE instance, spare;
static JET_INSTANCE nobody = 12345; /* never given */
static const char *kit_name, *kit_folder, *kit_database, *table_name;
static char new_database[128], long_path[4096]; /* the latter as long as a path may not be */

/* ... and put its results into */
static JET_TABLEID table;
static JET_SESID session;
static JET_DBID db;
static JET_COLUMNID id;
static JET_API_PTR number;
static JET_ENUMCOLUMN *columns;
static unsigned long size;
static char text[4096], more[4096];

static int32_t one = 1;
static JET_SETINFO second = {.cbStruct = sizeof second, .itagSequence = 2};
static JET_SETINFO far = {.cbStruct = sizeof far, .ibLongValue = 100, .itagSequence = 1};
static JET_INDEXID no_index = {.cbStruct = sizeof no_index};
static JET_COLUMNDEF def;
static const JET_COLUMNDEF long_column = {.cbStruct = sizeof long_column, .coltyp = JET_coltypLong};
static const JET_COLUMNDEF bad_column = {.cbStruct = sizeof bad_column, .coltyp = 99};
static const JET_COLUMNDEF counter_column = {.cbStruct = sizeof counter_column,
                                             .coltyp = JET_coltypLong,
                                             .grbit = JET_bitColumnAutoincrement};
static const JET_COLUMNDEF tagged_not_null = {.cbStruct = sizeof tagged_not_null,
                                              .coltyp = JET_coltypLong,
                                              .grbit = JET_bitColumnTagged | JET_bitColumnNotNULL};

static const JET_COLUMNDEF binary_column = {.cbStruct = sizeof binary_column,
                                            .coltyp = JET_coltypBinary};
static const JET_COLUMNDEF escrow_column = {
    .cbStruct = sizeof escrow_column, .coltyp = JET_coltypLong, .grbit = JET_bitColumnEscrowUpdate};
static const JET_COLUMNDEF fixed_column = {
    .cbStruct = sizeof fixed_column, .coltyp = JET_coltypLong, .grbit = JET_bitColumnFixed};
static const JET_COLUMNDEF text_key = {
    .cbStruct = sizeof text_key, .coltyp = JET_coltypText, .cp = 1200, .grbit = JET_bitColumnTTKey};
static const JET_COLUMNDEF odd_text = {
    .cbStruct = sizeof odd_text, .coltyp = JET_coltypText, .cp = 437};

static void *grow(void *context, void *p, unsigned long n)
{
    (void)context;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, n);
}

static void *grow_nothing(void *context, void *p, unsigned long n)
{
    (void)context;
    (void)n;
    free(p);
    return NULL;
}

static JET_ERR set_twice(JET_GRBIT grbit)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};

    OK(JetSetColumn(S, T, tags, u"a", 2, 0, &info));
    return JetSetColumn(S, T, tags, u"a", 2, grbit, &info);
}

static JET_ERR add_column(JET_COLTYP coltyp, JET_GRBIT grbit, unsigned short code_page)
{
    JET_COLUMNDEF wanted = {
        .cbStruct = sizeof wanted, .coltyp = coltyp, .grbit = grbit, .cp = code_page};

    return JetAddColumnA(S, T, "new", &wanted, NULL, 0, &id);
}

/* As many of fixed width as are more than a record has room for. */
static JET_ERR add_wide_columns(void)
{
    JET_COLUMNDEF wide = {.cbStruct = sizeof wide,
                          .coltyp = JET_coltypBinary,
                          .cbMax = 255,
                          .grbit = JET_bitColumnFixed};
    JET_ERR err = JET_errSuccess;
    char name[12];

    for (int i = 0; i < 100 && !err; i++) {
        snprintf(name, sizeof name, "wide%d", i);
        err = JetAddColumnA(S, T, name, &wide, NULL, 0, &id);
    }
    return err;
}

static JET_ERR index_of_tuples(unsigned long least, unsigned long most, unsigned long var_seg_mac)
{
    JET_TUPLELIMITS limits = {.chLengthMin = least, .chLengthMax = most, .chToIndexMax = 1000};
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = "new",
                               .szKey = "+txt\0",
                               .cbKey = 6,
                               .grbit = JET_bitIndexTuples | JET_bitIndexTupleLimits,
                               .ptuplelimits = &limits};

    if (var_seg_mac > 0) {
        index.grbit = JET_bitIndexTuples;
        index.cbVarSegMac = var_seg_mac;
    }
    return JetCreateIndex2A(S, T, &index, 1);
}

static JET_ERR index_of_language(unsigned long lcid)
{
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = "new",
                               .szKey = "+tags\0",
                               .cbKey = 7,
                               .lcid = lcid};

    return JetCreateIndex2A(S, T, &index, 1);
}

static JET_ERR retrieve_one(JET_COLUMNID column, unsigned long itag, JET_GRBIT grbit)
{
    JET_RETRIEVECOLUMN one_of_them = {
        .columnid = column, .pvData = text, .cbData = 4, .itagSequence = itag, .grbit = grbit};

    return JetRetrieveColumns(S, T, &one_of_them, 1);
}

static JET_ERR set_one(JET_COLUMNID column, unsigned long octets, JET_GRBIT grbit)
{
    JET_SETCOLUMN one_of_them = {.columnid = column,
                                 .pvData = octets ? text : NULL,
                                 .cbData = octets,
                                 .itagSequence = 1,
                                 .grbit = grbit};

    return JetSetColumns(S, T, &one_of_them, 1);
}

static JET_ERR preread_long_key(void)
{
    const void *keys[] = {more};
    unsigned long sizes[] = {2000};
    long count = 0;

    return JetPrereadKeys(S, T, keys, sizes, 1, &count, JET_bitPrereadForward);
}

static JET_ERR create_with(JET_GRBIT grbit)
{
    JET_TABLECREATE2_A create = {.cbStruct = sizeof create, .szTableName = "with", .grbit = grbit};

    return JetCreateTableColumnIndex2A(S, DB, &create);
}

static JET_ERR init_ended(void)
{
    JET_INSTANCE ended = 0;

    OK(JetCreateInstanceA(&ended, "ended"));
    OK(JetTerm(ended));
    return JetInit(&ended);
}

/* An instance that fails to begin is gone. */
static JET_ERR init_at(const char *path)
{
    JET_INSTANCE fresh = 0;

    OK(JetCreateInstanceA(&fresh, "at"));
    OK(JetSetSystemParameterA(&fresh, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&fresh, 0, JET_paramLogFilePath, 0, path));
    return JetInit(&fresh);
}

/* An instance whose sessions may have one database open each. */
static JET_ERR open_two_where_one_may_be(void)
{
    char path[128], name[160];
    JET_ERR err = JET_errSuccess;

    snprintf(path, sizeof path, "%s/one/", kit_folder);
    OK(JetCreateInstanceA(&spare, "one"));
    OK(JetSetSystemParameterA(&spare, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetSetSystemParameterA(&spare, 0, JET_paramOneDatabasePerSession, 1, NULL));
    OK(JetSetSystemParameterA(&spare, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&spare, 0, JET_paramLogFilePath, 0, path));
    OK(JetInit(&spare));
    OK(JetBeginSessionA(spare, &session, NULL, NULL));
    for (int i = 0; i < 2 && !err; i++) {
        snprintf(name, sizeof name, "%sdb%d.edb", path, i);
        err = JetCreateDatabaseA(session, name, NULL, &db, 0);
    }
    return err;
}

/* ---- set-ups ---- */

static struct other other;
static JET_TABLEID others_table;
static JET_DBID others_db;
static char extra[6][128]; /* databases that go after the call */
static size_t extra_count;

static void anywhere(void)
{
}

static void at_folder_only(void)
{
}

static void at_address_only(void)
{
}

static void created(void)
{
    OK(JetCreateInstanceA(&spare, "spare"));
}

static void created_at_address(void)
{
    created();
}

static void owned(void)
{
    OK(JetSetSessionContext(S, 5));
}

static void seven_levels(void)
{
    for (int i = 0; i < 7; i++)
        begin();
}

static void fill_row(int32_t n)
{
    prepare(T, JET_prepInsert);
    set_long(T, key, n);
    set_long(T, d1, n);
    set_long(T, d2, 5);
    update(T);
}

static void make_table(void)
{
    int32_t zero = 0;
    JET_COLUMNDEF escrow = {.cbStruct = sizeof escrow,
                            .coltyp = JET_coltypLong,
                            .grbit = JET_bitColumnEscrowUpdate | JET_bitColumnFixed};

    begin();
    T = table_new();
    key = column_new(T, "key", JET_coltypLong, JET_bitColumnNotNULL);
    d1 = column_new(T, "d1", JET_coltypLong, 0);
    d2 = column_new(T, "d2", JET_coltypLong, 0);
    txt = column_new(T, "txt", JET_coltypLongText, 0);
    bin = column_new(T, "bin", JET_coltypBinary, 0);
    tags =
        column_new(T, "tags", JET_coltypLongText, JET_bitColumnTagged | JET_bitColumnMultiValued);
    count_id = column_new(T, "count", JET_coltypLong, JET_bitColumnAutoincrement);
    OK(JetAddColumnA(S, T, "sum", &escrow, &zero, sizeof zero, &sum_id));
    INDEX_NEW(T, "p", "+key", JET_bitIndexPrimary);
    INDEX_NEW(T, "d1", "+d1", JET_bitIndexDisallowNull);
    INDEX_NEW(T, "tags", "+tags", 0);
    for (int32_t n = 1; n <= 3; n++)
        fill_row(n);
    commit();
    OK(JetCloseTable(S, T));
    OK(JetOpenTableA(S, DB, table_name, NULL, 0, 0, &T));
}

static void level_0(void)
{
    make_table();
    OK(JetMove(S, T, (long)JET_MoveFirst, 0));
}

static void on_row(void)
{
    level_0();
    begin();
}

static void at_end(void)
{
    on_row();
    GIVES(JET_errNoCurrentRecord, JetMove(S, T, 9, 0));
}

static void on_deleted(void)
{
    on_row();
    OK(JetDelete(S, T));
}

static void on_entry(void)
{
    on_row();
    OK(JetSetCurrentIndexA(S, T, "d1"));
}

static void on_tuple(void)
{
    on_row();
    prepare(T, JET_prepReplace);
    OK(JetSetColumn(S, T, txt, "abcdef", 6, 0, NULL));
    update(T);
    INDEX_NEW(T, "tuples", "+txt", JET_bitIndexTuples);
    OK(JetSetCurrentIndexA(S, T, "tuples"));
}

static void at_index_end(void)
{
    on_entry();
    GIVES(JET_errNoCurrentRecord, JetMove(S, T, 9, 0));
}

static void key_made(void)
{
    on_row();
    OK(JetMakeKey(S, T, &one, sizeof one, JET_bitNewKey));
}

static void key_made_at_end(void)
{
    int32_t ninety = 90;

    on_row();
    OK(JetMakeKey(S, T, &ninety, sizeof ninety, JET_bitNewKey));
}

static void no_index_at_all(void)
{
    begin();
    T = table_new();
    (void)column_new(T, "key", JET_coltypLong, 0);
}

static void replacing(void)
{
    on_row();
    prepare(T, JET_prepReplace);
}

static void replacing_at_level_0(void)
{
    level_0();
    prepare(T, JET_prepReplace);
}

static void replacing_key(void)
{
    replacing();
    set_long(T, key, 9);
}

static void moving_copy(void)
{
    on_row();
    prepare(T, JET_prepInsertCopyDeleteOriginal);
}

static void inserting(int32_t n)
{
    prepare(T, JET_prepInsert);
    set_long(T, key, n);
    set_long(T, d1, n);
}

static void inserting_same(void)
{
    on_row();
    inserting(1);
}

static void inserting_nothing(void)
{
    on_row();
    prepare(T, JET_prepInsert);
}

static void inserting_null(void)
{
    on_row();
    prepare(T, JET_prepInsert);
    set_long(T, key, 9);
}

static void with_other(void)
{
    other_begin(&other);
    OK(JetOpenTableA(other.session, other.db, table_name, NULL, 0, 0, &others_table));
}

static void inserting_others(void)
{
    int32_t nine = 9;

    on_row();
    with_other();
    OK(JetBeginTransaction(other.session));
    OK(JetPrepareUpdate(other.session, others_table, JET_prepInsert));
    OK(JetSetColumn(other.session, others_table, key, &nine, sizeof nine, 0, NULL));
    OK(JetSetColumn(other.session, others_table, d1, &nine, sizeof nine, 0, NULL));
    OK(JetUpdate(other.session, others_table, NULL, 0, NULL));
    inserting(9);
}

static void changed_by_other(void)
{
    on_row();
    OK(JetMove(S, T, 0, 0));
    with_other();
    OK(JetBeginTransaction(other.session));
    OK(JetMove(other.session, others_table, (long)JET_MoveFirst, 0));
    OK(JetPrepareUpdate(other.session, others_table, JET_prepReplace));
    OK(JetSetColumn(other.session, others_table, d2, &one, sizeof one, 0, NULL));
    OK(JetUpdate(other.session, others_table, NULL, 0, NULL));
}

static void denied(void)
{
    level_0();
    OK(JetCloseTable(S, T));
    other_begin(&other);
    OK(JetOpenTableA(other.session, other.db, table_name, NULL, 0, JET_bitTableDenyRead,
                     &others_table));
}

static void opened_by_other(void)
{
    level_0();
    OK(JetCloseTable(S, T));
    with_other();
}

static void index_of_other(void)
{
    level_0();
    with_other();
    OK(JetSetCurrentIndexA(other.session, others_table, "d1"));
}

static void read_only(void)
{
    level_0();
    OK(JetBeginTransaction2(S, JET_bitTransactionReadOnly));
}

static void read_only_cursor(void)
{
    level_0();
    OK(JetCloseTable(S, T));
    OK(JetOpenTableA(S, DB, table_name, NULL, 0, JET_bitTableReadOnly, &T));
    begin();
}

static void two_tables(void)
{
    on_row();
    OK(JetCloseTable(S, T));
    OK(JetCreateTableA(S, DB, "second", 0, 100, &table));
    OK(JetCloseTable(S, table));
}

static void database_name(unsigned n)
{
    snprintf(new_database, sizeof new_database, "%s.%u", kit_database, n);
}

/* A database that nobody has open; files stay, so each has a name of its own. */
static void one_more_database(void)
{
    static unsigned made;

    database_name(++made);
    OK(JetCreateDatabaseA(S, new_database, NULL, &db, 0));
    OK(JetCloseDatabase(S, db, 0));
}

static void keep_one_more(void)
{
    one_more_database();
    snprintf(extra[extra_count++], sizeof extra[0], "%s", new_database);
}

static void six_databases(void)
{
    while (extra_count < 5)
        keep_one_more();
    database_name(0);
}

static void six_of_seven_databases(void)
{
    char name[128];

    one_more_database();
    OK(JetDetachDatabaseA(S, new_database));
    memcpy(name, new_database, sizeof name);
    six_databases();
    memcpy(new_database, name, sizeof name);
}

static void database_of_other(void)
{
    other_begin(&other);
}

static void database_of_other_alone(void)
{
    keep_one_more();
    other_begin(&other);
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(other.session, new_database, 0));
    OK(JetOpenDatabaseA(other.session, new_database, NULL, &others_db, JET_bitDbExclusive));
}

static void durable(void)
{
    uint32_t zero = 0;

    on_row();
    OK(JetSetSessionParameter(S, JET_sesparamCommitDefault, &zero, sizeof zero));
}

static void fixed_ddl(void)
{
    JET_COLUMNCREATE_A column = {
        .cbStruct = sizeof column, .szColumnName = "only", .coltyp = JET_coltypLong};
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = "p",
                               .szKey = "+only\0",
                               .cbKey = 7,
                               .grbit = JET_bitIndexPrimary};
    JET_TABLECREATE2_A create = {.cbStruct = sizeof create,
                                 .szTableName = kit.table,
                                 .rgcolumncreate = &column,
                                 .cColumns = 1,
                                 .rgindexcreate = &index,
                                 .cIndexes = 1,
                                 .grbit = JET_bitTableCreateFixedDDL};

    OK(JetCreateTableColumnIndex2A(S, DB, &create));
    OK(JetCloseTable(S, create.tableid)); /* from now on */
    OK(JetOpenTableA(S, DB, table_name, NULL, 0, 0, &T));
}

static void rows_without_key(void)
{
    T = table_new();
    id = column_new(T, "only", JET_coltypLong, 0);
    prepare(T, JET_prepInsert);
    set_long(T, id, 1);
    update(T);
}

static void full_of_fixed(void)
{
    char name[16];

    begin();
    T = table_new();
    for (int i = 0; i < 127; i++) {
        snprintf(name, sizeof name, "c%d", i);
        (void)column_new(T, name, JET_coltypUnsignedByte, JET_bitColumnFixed);
    }
}

/* What goes beyond the session. */
static void clean_up(void)
{
    JET_INSTANCE ended = spare;
    JET_DBID theirs = others_db;

    spare = 0;
    others_db = 0;
    (void)JetResetSessionContext(S);
    if (ended != 0)
        OK(JetTerm(ended));
    if (theirs != 0)
        OK(JetCloseDatabase(other.session, theirs, 0));
    while (extra_count > 0)
        OK(JetDetachDatabaseA(S, extra[--extra_count]));
}

/* ---- the rows ---- */

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define ELSEWHERE(function, error, program, test)
#define NEVER(function, error, reason)

#define PROVOKED(function, error, set_up, ...)         \
    static JET_ERR JOIN(call_of_line_, __LINE__)(void) \
    {                                                  \
        return __VA_ARGS__;                            \
    }
#include "errors.def"
#undef PROVOKED

#define PROVOKED(function, error, set_up, ...)              \
    static JET_ERR JOIN(call_of_page_line_, __LINE__)(void) \
    {                                                       \
        return __VA_ARGS__;                                 \
    }
#include "pages.def"
#undef PROVOKED

struct row {
    const char *function, *error;
    JET_ERR want;
    void (*set_up)(void);
    JET_ERR (*call)(void);
};

static const struct row rows[] = {
#define PROVOKED(function, error, set_up, ...) \
    {#function, #error, error, set_up, JOIN(call_of_line_, __LINE__)},
#include "errors.def"
#undef PROVOKED
#define PROVOKED(function, error, set_up, ...) \
    {#function, #error, error, set_up, JOIN(call_of_page_line_, __LINE__)},
#include "pages.def"
#undef PROVOKED
};

static void provoke(const void *arg)
{
    const struct row *row = arg;
    JET_ERR err = JET_errSuccess;

    S = kit.session;
    DB = kit.db;
    instance = kit.instance;
    kit_name = kit_folder = kit.folder;
    kit_database = kit.database;
    table_name = kit.table;
    database_name(0);
    memset(long_path, '/', sizeof long_path - 1);
    row->set_up();
    err = row->call();
    clean_up();
    GIVES(row->want, err);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[128];

        if (rows[i].set_up == at_folder_only && kit_at_address())
            continue;
        if (!kit_at_address() &&
            (rows[i].set_up == at_address_only || rows[i].set_up == created_at_address))
            continue;
        snprintf(name, sizeof name, "%s: %s", rows[i].function, rows[i].error);
        kit_add("errors", name, "the call gives the error", provoke, &rows[i]);
    }
    return kit_run("jet-errors", argc, argv);
}
