/* SPDX-License-Identifier: Apache-2.0
 *
 * front_test.c - what the front does beside the session rules: parameters, texts, structures,
 * listings, want of memory
 */
#include "fixture.h"

#include "base/mem.h"
#include "ese/api/errors.h"
#include "fake.h"

#include <sched.h>
#include <stdio.h>

#define SET(instance, id, number, text) \
    JetSetSystemParameterA(instance, JET_sesidNil, id, number, text)
#define GET(instance, id, number, text, size) \
    JetGetSystemParameterA(instance, JET_sesidNil, id, number, text, size)

/* ---- 6 of ese-api: parameters ---- */

static void parameter_defaults(void **state)
{
    static const struct {
        unsigned long id;
        JET_API_PTR value;
    } rows[] = {
        {JET_paramMaxOpenTables, 300},
        {JET_paramMaxCursors, 1024},
        {JET_paramMaxVerPages, 64},
        {JET_paramMaxTemporaryTables, 20},
        {JET_paramLogFileSize, 5120},
        {JET_paramLogBuffers, 126},
        {JET_paramCommitDefault, 0},
        {JET_paramCircularLog, 0},
        {JET_paramDbExtensionSize, 256},
        {JET_paramCheckpointDepthMax, 20971520},
        {JET_paramEnableIndexChecking, 1},
        {JET_paramCacheSizeMin, 1},
        {JET_paramDatabasePageSize, 4096},
        {JET_paramCreatePathIfNotExist, 0},
        {JET_paramOneDatabasePerSession, 0},
        {JET_paramMaxInstances, 16},
        {JET_paramIndexTuplesLengthMin, 3},
        {JET_paramIndexTuplesLengthMax, 10},
        {JET_paramIndexTuplesToIndexMax, 32767},
        {JET_paramIndexTupleIncrement, 1},
        {JET_paramIndexTupleStart, 0},
        {JET_paramMaxTransactionSize, 100},
        {JET_paramMinDataForXpress, 1024},
        {JET_paramKeyMost, 1000},
        {JET_paramLVChunkSizeMost, 4014},
        {JET_paramRecordSizeMost, 3789},
    };
    static const struct {
        unsigned long id;
        const char *value;
    } texts[] = {
        {JET_paramTempPath, "tmp.edb"}, {JET_paramBaseName, "edb"}, {JET_paramRecovery, "on"}};
    JET_API_PTR value = 0;
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_jet(GET(fx.instance, rows[i].id, &value, NULL, 0), JET_errSuccess);
        assert_int_equal(value, rows[i].value);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_jet(GET(fx.instance, texts[i].id, NULL, text, sizeof text), JET_errSuccess);
        assert_string_equal(text, texts[i].value);
    }
    assert_jet(GET(fx.instance, JET_paramMaxSessions, &value, NULL, 0), JET_errSuccess);
    assert_int_equal(value, 64); /* as the fixture has set it */
    assert_jet(GET(JET_instanceNil, JET_paramMaxSessions, &value, NULL, 0), JET_errSuccess);
    assert_int_equal(value, 16); /* the default of others is untouched */
}

static void parameter_errors(void **state)
{
    struct fx x = {.instance = 0};
    JET_API_PTR value = 0;
    char text[4];

    (void)state;
    fx_create(&x, "parameters");
    assert_jet(SET(&x.instance, 9999, 1, NULL), JET_errInvalidParameter);
    assert_jet(GET(x.instance, 9999, &value, NULL, 0), JET_errInvalidParameter);
    assert_jet(SET(&x.instance, JET_paramKeyMost, 255, NULL), JET_errInvalidParameter);
    assert_jet(SET(&x.instance, JET_paramMaxSessions, 30001, NULL), JET_errInvalidParameter);
    assert_jet(SET(&x.instance, JET_paramLogFileSize, 63, NULL), JET_errInvalidParameter);
    assert_jet(SET(&x.instance, JET_paramBaseName, 0, "four"), JET_errInvalidParameter);
    assert_jet(SET(&x.instance, JET_paramSystemPath, 0, "\xff/"), JET_errUnicodeTranslationFail);
    assert_jet(GET(x.instance, JET_paramBaseName, NULL, text, sizeof text), JET_errSuccess);
    assert_jet(GET(x.instance, JET_paramBaseName, NULL, text, 3), JET_wrnBufferTruncated);
    assert_string_equal(text, "ed");
    assert_jet(GET(x.instance, JET_paramBaseName, NULL, NULL, 0), JET_errInvalidParameter);
    assert_jet(GET(x.instance, JET_paramMaxSessions, NULL, NULL, 0), JET_errInvalidParameter);
    assert_jet(JetTerm(x.instance), JET_errSuccess);
}

static void parameter_wide(void **state)
{
    struct fx x = {.instance = 0};
    uint16_t text[16];

    (void)state;
    fx_create(&x, "wide");
    assert_jet(JetSetSystemParameterW(&x.instance, JET_sesidNil, JET_paramEventSource, 0,
                                      u"gr\u00fc\u00df"),
               JET_errSuccess);
    assert_jet(JetGetSystemParameterW(x.instance, JET_sesidNil, JET_paramEventSource, NULL, text,
                                      sizeof text),
               JET_errSuccess);
    assert_memory_equal(text, u"gr\u00fc\u00df", 10);
    assert_jet(JetSetSystemParameterW(&x.instance, JET_sesidNil, JET_paramEventSource, 0,
                                      (const uint16_t[]){0xd800, 0}),
               JET_errUnicodeTranslationFail);
    assert_jet(JetTerm(x.instance), JET_errSuccess);
}

static void parameter_of_index_default(void **state)
{
    struct fx x = {.instance = 0};
    JET_UNICODEINDEX in = {.lcid = 1031, .dwMapFlags = 0x30401}, out = {0};

    (void)state;
    fx_create(&x, "collation");
    assert_jet(SET(&x.instance, JET_paramUnicodeIndexDefault, (JET_API_PTR)&in, NULL),
               JET_errSuccess);
    assert_jet(GET(x.instance, JET_paramUnicodeIndexDefault, NULL, (char *)&out, sizeof out),
               JET_errSuccess);
    assert_int_equal(out.lcid, 1031);
    assert_int_equal(out.dwMapFlags, 0x30401);
    assert_jet(JetTerm(x.instance), JET_errSuccess);
}

static void multi_instance(void **state)
{
    JET_SETSYSPARAM_A params[] = {
        {.paramid = JET_paramMaxSessions, .lParam = 7},
        {.paramid = JET_paramSystemPath, .sz = "./"},
        {.paramid = 9999},
    };
    unsigned long set = 99;
    JET_INSTANCE instance = JET_instanceNil;
    JET_API_PTR value = 0;

    (void)state;
    assert_jet(JetEnableMultiInstanceA(params, 2, &set), JET_errSystemParamsAlreadySet);
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    assert_jet(JetEnableMultiInstanceA(params, 3, &set), JET_errInvalidParameter);
    assert_int_equal(set, 2);
    assert_jet(params[2].err, JET_errInvalidParameter);
    assert_jet(JetEnableMultiInstanceA(params, 2, &set), JET_errSuccess);
    assert_jet(JetInit(NULL), JET_errRunningInMultiInstanceMode);
    assert_jet(JetCreateInstanceA(&instance, NULL), JET_errSuccess);
    assert_jet(GET(instance, JET_paramMaxSessions, &value, NULL, 0), JET_errSuccess);
    assert_int_equal(value, 7);
    assert_jet(JetTerm(instance), JET_errSuccess);
    assert_jet(SET(NULL, JET_paramMaxSessions, 16, NULL), JET_errSuccess);
}

/* ---- results ---- */

static void every_result_has_text(void **state)
{
    char text[256], name[80];
    JET_ERRINFOBASIC_W info;

    (void)state;
    assert_true(jet_error_count > 400);
    for (size_t i = 0; i < jet_error_count; i++) {
        JET_ERR number = jet_errors[i].number;
        JET_API_PTR value = (JET_API_PTR)(uint32_t)number;

        assert_jet(GET(JET_instanceNil, JET_paramErrorToString, &value, text, sizeof text),
                   JET_errSuccess);
        (void)snprintf(name, sizeof name, "%s, ", jet_errors[i].name);
        assert_memory_equal(text, name, strlen(name));
        assert_jet(JetGetErrorInfoW(&number, &info, sizeof info, JET_ErrorInfoSpecificErr, 0),
                   JET_errSuccess);
        assert_int_equal(info.errValue, number);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(jet_errors[j].number, number);
    }
    {
        JET_ERR conflict = JET_errWriteConflict, none = -31999;

        assert_jet(JetGetErrorInfoW(&conflict, &info, sizeof info, JET_ErrorInfoSpecificErr, 0),
                   JET_errSuccess);
        assert_int_equal(info.rgCategoricalHierarchy[0], JET_errcatError);
        assert_jet(JetGetErrorInfoW(&none, &info, sizeof info, JET_ErrorInfoSpecificErr, 0),
                   JET_errInvalidParameter);
        assert_jet(JetGetErrorInfoW(&conflict, &info, 4, JET_ErrorInfoSpecificErr, 0),
                   JET_errInvalidBufferSize);
    }
}

/* ---- structures ---- */

static void table_structures(void **state)
{
    JET_COLUMNCREATE_W column = {.cbStruct = sizeof column,
                                 .szColumnName = (uint16_t *)(uintptr_t)u"id",
                                 .coltyp = JET_coltypLong};
    JET_UNICODEINDEX2 unicode = {.szLocaleName = (uint16_t *)(uintptr_t)u"de-DE"};
    JET_INDEXCREATE3_W index = {.cbStruct = sizeof index,
                                .szIndexName = (uint16_t *)(uintptr_t)u"by-id",
                                .szKey = (uint16_t *)(uintptr_t)u"+id\0-text\0",
                                .cbKey = 11 * 2,
                                .grbit = JET_bitIndexPrimary,
                                .pidxunicode = &unicode};
    JET_TABLECREATE4_W table = {.cbStruct = sizeof table,
                                .szTableName = (uint16_t *)(uintptr_t)u"made",
                                .rgcolumncreate = &column,
                                .cColumns = 1,
                                .rgindexcreate = &index,
                                .cIndexes = 1};

    (void)state;
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, &table), JET_errSuccess);
    assert_int_equal(table.cCreated, 3);
    assert_int_equal(column.columnid, fx.id);
    assert_jet(JetCloseTable(fx.session, table.tableid), JET_errSuccess);
    index.cbKey = 9 * 2; /* the second NUL is missing */
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, &table), JET_errIndexInvalidDef);
    assert_jet(index.err, JET_errIndexInvalidDef);
    index.cbKey = 11 * 2;
    index.cbStruct--;
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, &table), JET_errInvalidParameter);
    index.cbStruct++;
    table.ulDensity = 10;
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, &table), JET_errDensityInvalid);
    table.ulDensity = 0;
    column.szColumnName = (uint16_t *)(uintptr_t)u"a.b";
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, &table), JET_errInvalidName);
    assert_jet(column.err, JET_errInvalidName);
    assert_jet(JetCreateTableColumnIndex4W(fx.session, fx.db, NULL), JET_errInvalidParameter);
    assert_jet(JetCreateTableColumnIndex4W(fx.session, 99, &table), JET_errInvalidName);
}

static void index_keys(void **state)
{
    static const struct {
        const char *key;
        unsigned long size;
        JET_ERR wanted;
    } rows[] = {
        {"+id\0", 5, JET_errSuccess},
        {"id\0", 4, JET_errSuccess},
        {"+id\0-text\0", 11, JET_errSuccess},
        {"+id\0\0\x07\x04", 7, JET_errSuccess}, /* a language behind it */
        {"+id", 4, JET_errIndexInvalidDef},
        {"+id", 3, JET_errIndexInvalidDef},
        {"", 1, JET_errIndexInvalidDef},
        {"+id\0", 0, JET_errInvalidParameter},
        {NULL, 5, JET_errInvalidParameter},
        {"+\0", 3, JET_errInvalidName},
        {"+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0+a\0", 52,
         JET_errIndexInvalidDef},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_jet(JetCreateIndexA(fx.session, fx.table, "name", 0, rows[i].key, rows[i].size, 80),
                   rows[i].wanted);
    assert_jet(JetCreateIndexA(fx.session, fx.table, "!", 0, "+id\0", 5, 80), JET_errInvalidName);
    assert_jet(JetCreateIndexA(fx.session, fx.table, "name", 0, "+id\0", 5, 5),
               JET_errDensityInvalid);
}

/* ---- listings ---- */

static void listings(void **state)
{
    JET_COLUMNLIST columns;
    JET_INDEXLIST indexes;
    JET_OBJECTLIST objects;
    JET_COLUMNDEF def;
    uint32_t count = 0;

    (void)state;
    assert_jet(JetGetTableColumnInfoA(fx.session, fx.table, NULL, &columns, sizeof columns,
                                      JET_ColInfoList),
               JET_errSuccess);
    assert_int_equal(columns.cRecord, 2);
    assert_jet(JetCloseTable(fx.session, columns.tableid), JET_errSuccess);
    assert_jet(JetGetTableColumnInfoW(fx.session, fx.table, u"TEXT", &def, sizeof def, JET_ColInfo),
               JET_errSuccess);
    assert_int_equal(def.columnid, fx.text);
    assert_int_equal(def.coltyp, JET_coltypLongText);
    assert_jet(JetGetTableColumnInfoA(fx.session, fx.table, "none", &def, sizeof def, JET_ColInfo),
               JET_errColumnNotFound);
    assert_jet(JetGetTableColumnInfoA(fx.session, fx.table, "text", &def, 4, JET_ColInfo),
               JET_errInvalidBufferSize);
    assert_jet(JetGetColumnInfoA(fx.session, fx.db, "rows", (char *)&fx.id, &def, sizeof def,
                                 JET_ColInfoByColid),
               JET_errSuccess);
    assert_int_equal(def.coltyp, JET_coltypLong);
    assert_jet(JetGetTableIndexInfoA(fx.session, fx.table, NULL, &indexes, sizeof indexes,
                                     JET_IdxInfoList),
               JET_errSuccess);
    assert_int_equal(indexes.cRecord, 1);
    assert_jet(JetCloseTable(fx.session, indexes.tableid), JET_errSuccess);
    assert_jet(
        JetGetIndexInfoW(fx.session, fx.db, u"rows", NULL, &count, sizeof count, JET_IdxInfoCount),
        JET_errSuccess);
    assert_int_equal(count, 1);
    assert_jet(JetGetObjectInfoA(fx.session, fx.db, JET_objtypTable, NULL, NULL, &objects,
                                 sizeof objects, JET_ObjInfoList),
               JET_errSuccess);
    assert_true(objects.cRecord >= 1);
    assert_jet(JetCloseTable(fx.session, objects.tableid), JET_errSuccess);
    assert_jet(JetGetTableInfoA(fx.session, fx.table, &count, sizeof count, JET_TblInfoDbid),
               JET_errSuccess);
    assert_int_equal(count, fx.db);
    assert_jet(JetGetTableInfoA(fx.session, fx.table, &count, sizeof count, 999),
               JET_errInvalidParameter);
}

/* ---- what is not here, and where it is looked for ---- */

static void absent(void **state)
{
    unsigned long pages = 0;

    (void)state;
    assert_jet(JetGrowDatabase(fx.session, fx.db, 1, &pages), JET_errFeatureNotAvailable);
    assert_jet(JetGrowDatabase(0, fx.db, 1, &pages), JET_errInvalidSesid);
    assert_jet(JetTruncateLogInstance(fx.instance), JET_errFeatureNotAvailable);
    assert_jet(JetTruncateLogInstance(12345), JET_errInvalidInstance);
    assert_jet(JetTruncateLog(), JET_errRunningInMultiInstanceMode);
    assert_jet(JetRestoreA("x", NULL), JET_errFeatureNotAvailable);
    assert_jet(JetPrepareToCommitTransaction(fx.session, NULL, 0, 0), JET_errFeatureNotAvailable);
}

static void addresses(void **state)
{
    static const struct {
        const char *address;
        JET_ERR wanted;
    } rows[] = {
        {"gopher:somewhere", JET_errInvalidPath},
        {"postgresql://nowhere", JET_errFeatureNotAvailable}, /* not installed beside this test */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx x = {.instance = 0};

        fx_create(&x, "address");
        assert_jet(SET(&x.instance, JET_paramSystemPath, 0, rows[i].address), JET_errSuccess);
        assert_jet(JetInit(&x.instance), rows[i].wanted);
        assert_true(x.instance == 0); /* a failed start ends the instance */
    }
    {
        struct fx x = {.instance = 0};

        fx_create(&x, "override");
        assert_int_equal(setenv("HOLDFAST_ADDRESS", "gopher:elsewhere", 1), 0);
        assert_jet(JetInit(&x.instance), JET_errInvalidPath);
        assert_int_equal(unsetenv("HOLDFAST_ADDRESS"), 0);
    }
}

/* ---- failures of the provider ---- */

static void failing_rollback(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    atomic_store(&fake_plan.rollback, JET_errDiskIO);
    assert_jet(do_rollback(&fx, 0), JET_errDiskIO);
    assert_jet(do_rollback(&fx, 0), JET_errDiskIO);             /* the recorded one */
    assert_jet(on(T2, do_begin, &fx, 0), JET_errRollbackError); /* before its thread check */
    assert_jet(do_end(&fx, 0), JET_errSuccess);
    assert_int_equal(fake_counts.sessions, 0);
}

static void must_roll_back(void **state)
{
    (void)state;
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    atomic_store(&fake_plan.update, JET_errMustRollback);
    assert_jet(do_insert(&fx, 1), JET_errMustRollback);
    assert_jet(on(T2, do_commit, &fx, 0), JET_errMustRollback); /* before the thread check */
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    assert_jet(do_commit(&fx, 0), JET_errSuccess);
}

static void failing_init_and_begin(void **state)
{
    struct fx x = {.instance = 0};
    JET_SESID session = JET_sesidNil;

    (void)state;
    fx_create(&x, "failing");
    atomic_store(&fake_plan.init, JET_errDiskIO);
    assert_jet(JetInit(&x.instance), JET_errDiskIO);
    assert_true(x.instance == 0);
    atomic_store(&fake_plan.begin_session, JET_errOutOfMemory);
    assert_jet(JetBeginSessionA(fx.instance, &session, NULL, NULL), JET_errOutOfMemory);
    assert_true(session == JET_sesidNil);
    atomic_store(&fake_plan.begin, JET_errOutOfMemory);
    assert_jet(do_begin(&fx, 0), JET_errOutOfMemory);
    assert_int_equal(level_of(&fx), 0);
    assert_jet(do_begin(&fx, 0), JET_errSuccess);
    atomic_store(&fake_plan.commit, JET_errDiskFull);
    assert_jet(do_commit(&fx, 0), JET_errDiskFull);
    assert_int_equal(level_of(&fx), 1); /* still open */
    assert_jet(do_rollback(&fx, 0), JET_errSuccess);
}

/* ---- 20 cursors, closed in every way, leave nothing ---- */

static void nothing_is_left(void **state)
{
    struct fx other;
    JET_TABLEID table = JET_tableidNil;

    (void)state;
    fx_second(&fx, &other);
    for (int i = 0; i < 20; i++)
        assert_jet(JetDupCursor(other.session, other.table, &table, 0), JET_errSuccess);
    assert_int_equal(fake_counts.cursors, 22);
    assert_jet(JetOpenDatabaseA(other.session, fx.database, NULL, &other.db, 0), JET_errSuccess);
    assert_jet(JetCloseDatabase(other.session, other.db, 0), JET_errSuccess);
    assert_int_equal(fake_counts.cursors, 22); /* opened twice */
    assert_jet(JetCloseDatabase(other.session, other.db, 0), JET_errSuccess);
    assert_int_equal(fake_counts.cursors, 1);
    assert_jet(JetMove(other.session, table, 0, 0), JET_errInvalidTableId);
    assert_jet(JetCloseDatabase(other.session, other.db, 0), JET_errInvalidDatabaseId);
    assert_jet(do_end(&other, 0), JET_errSuccess);
    assert_jet(do_end(&fx, 0), JET_errSuccess);
    assert_int_equal(fake_counts.cursors, 0);
    assert_int_equal(fake_counts.sessions, 0);
}

static void as_many_cursors_as_there_may_be(void **state)
{
    JET_TABLEID table = JET_tableidNil;
    JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = JET_coltypLong};
    JET_COLUMNID id = 0;
    unsigned n = 0;
    JET_ERR err = JET_errSuccess;

    (void)state;
    for (int i = 0; i < 1100; i++)
        assert_jet(do_open_close(&fx, 0), JET_errSuccess);
    while (n < 2000 && !(err = JetDupCursor(fx.session, fx.table, &table, 0)))
        n++;
    assert_jet(err, JET_errOutOfCursors);
    assert_int_equal(n, 1023); /* 1024 by JET_paramMaxCursors, one is open */
    assert_int_equal(fake_counts.cursors, 1024);
    assert_jet(JetCloseDatabase(fx.session, fx.db, 0), JET_errSuccess);
    for (n = 0; !(err = JetOpenTempTable(fx.session, &column, 1, 0, &table, &id)); n++)
        assert_true(n < 100);
    assert_jet(err, JET_errTooManySorts);
    assert_int_equal(n, 20);
}

/* ---- JetTerm against whatever comes ---- */

#define CALLERS 4
#define LIVES   10

static _Atomic int strange;

static void *call_until_the_end(void *arg)
{
    const struct fx *x = arg;

    for (;;) {
        JET_ERR err = do_begin(x, 0);

        if (!err) /* a JetTerm that gives up has refused it meanwhile */
            while ((err = do_rollback(x, 0)) == JET_errTermInProgress)
                sched_yield();
        if (err == JET_errNotInitialized)
            return NULL;
        if (err && err != JET_errTermInProgress)
            strange++;
        sched_yield();
    }
}

static void term_against_calls(void **state)
{
    struct fx x[CALLERS];
    pthread_t threads[CALLERS];
    JET_ERR err = JET_errSuccess;

    (void)state;
    strange = 0;
    assert_jet(JetTerm(fx.instance), JET_errSuccess);
    for (int life = 0; life < LIVES; life++) {
        fx_create(&fx, "test");
        fx_start(&fx);
        for (int i = 0; i < CALLERS; i++) {
            fx_second(&fx, &x[i]);
            assert_int_equal(pthread_create(&threads[i], NULL, call_until_the_end, &x[i]), 0);
        }
        do /* somebody has a transaction open until nobody happens to */
            err = JetTerm(fx.instance);
        while (err == JET_errTooManyActiveUsers && !sched_yield());
        assert_jet(err, JET_errSuccess);
        for (int i = 0; i < CALLERS; i++)
            pthread_join(threads[i], NULL);
    }
    assert_int_equal(strange, 0);
}

/* Every allocation of a whole life fails once: an error, and nothing is left over. */
static void want_of_memory(void **state)
{
    uint64_t n = 1;
    bool failed = true;

    (void)state;
    for (; failed && n < 400; n++) {
        JET_INSTANCE instance = JET_instanceNil;
        JET_SESID session = JET_sesidNil;
        JET_DBID db = JET_dbidNil;
        JET_TABLEID table = JET_tableidNil;
        JET_COLUMNLIST list;
        JET_ERR err = JET_errSuccess;

        (void)mem_fail_at(0, 0);
        (void)mem_fail_at(n, 0);
        err = JetCreateInstanceW(&instance, u"starved");
        if (!err)
            err = JetInit(&instance);
        if (!err)
            err = JetBeginSessionA(instance, &session, NULL, NULL);
        if (!err)
            err = JetCreateDatabaseA(session, "x.edb", NULL, &db, 0);
        if (!err)
            err = JetCreateIndexA(session, JET_tableidNil, "i", 0, "+id\0", 5, 0) ==
                          JET_errInvalidTableId
                      ? JET_errSuccess
                      : JET_errInternalError;
        if (!err)
            err = JetOpenTableW(session, db, u"rows", NULL, 0, 0, &table);
        if (!err)
            err = JetGetTableColumnInfoW(session, table, NULL, &list, sizeof list, JET_ColInfoList);
        failed = mem_fail_at(0, 0) >= n;
        assert_true(!err || err == JET_errOutOfMemory);
        assert_true(failed || !err);
        if (instance != JET_instanceNil && instance != 0)
            assert_jet(JetTerm(instance), JET_errSuccess);
    }
    assert_true(n > 10 && n < 400);
}

#define CASE(f, what)                        \
    {                                        \
        what, f, fx_setup, fx_teardown, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(parameter_defaults, "parameters: defaults"),
        CASE(parameter_errors, "parameters: what is refused"),
        CASE(parameter_wide, "parameters: UTF-16"),
        CASE(parameter_of_index_default, "parameters: the default collation"),
        CASE(multi_instance, "parameters: JetEnableMultiInstance"),
        CASE(every_result_has_text, "results: each has its name, text and category"),
        CASE(table_structures, "structures: a whole table, W, form 4"),
        CASE(index_keys, "structures: keys"),
        CASE(listings, "listings and facts"),
        CASE(absent, "functions that are not available"),
        CASE(addresses, "addresses choose providers"),
        CASE(failing_rollback, "a failed rollback is remembered"),
        CASE(must_roll_back, "a failed update that cannot be undone alone"),
        CASE(failing_init_and_begin, "failures of the provider change nothing"),
        CASE(nothing_is_left, "cursors, databases and sessions leave nothing"),
        CASE(as_many_cursors_as_there_may_be, "cursors and temporary tables are counted"),
        CASE(term_against_calls, "JetTerm against calls of other threads"),
        CASE(want_of_memory, "want of memory, one allocation after the other"),
    };

    return cmocka_run_group_tests_name("jet-front", tests, NULL, NULL);
}
