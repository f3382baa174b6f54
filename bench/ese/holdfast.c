/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfast.c - the work by JET
 */
#include "bench.h"

#include <esent.h>
#include <stdio.h>
#include <string.h>

enum { ID, SERIAL, SCORE, CHANGED, ACTIVE, NAME, CITY, NOTE, TEXT, COLUMNS };

static JET_COLUMNCREATE columns[COLUMNS] = {
    {.szColumnName = "id", .coltyp = JET_coltypLong},
    {.szColumnName = "serial", .coltyp = JET_coltypLongLong},
    {.szColumnName = "score", .coltyp = JET_coltypIEEEDouble},
    {.szColumnName = "changed", .coltyp = JET_coltypDateTime},
    {.szColumnName = "active", .coltyp = JET_coltypBit},
    {.szColumnName = "name", .coltyp = JET_coltypText, .cp = 1252},
    {.szColumnName = "city", .coltyp = JET_coltypText, .cp = 1252},
    {.szColumnName = "note", .coltyp = JET_coltypBinary},
    {.szColumnName = "text", .coltyp = JET_coltypLongBinary},
};
static JET_INSTANCE instance = JET_instanceNil;
static char path[4096];
static _Thread_local JET_SESID session = JET_sesidNil;
static _Thread_local JET_DBID database = JET_dbidNil;
static _Thread_local JET_TABLEID table, by_city;
static _Thread_local enum mode mode;

static JET_ERR check(JET_ERR err, const char *what)
{
    char number[16];

    if (err >= JET_errSuccess)
        return err;
    (void)snprintf(number, sizeof number, "%d", err);
    die("holdfast", what, number);
}

static void open_tables(void)
{
    check(JetOpenTable(session, database, "t", NULL, 0, 0, &table), "open");
    check(JetOpenTable(session, database, "t", NULL, 0, 0, &by_city), "open");
    check(JetSetCurrentIndex(session, by_city, "by_city"), "index");
}

static void jet_open(const char *folder)
{
    static JET_INDEXCREATE indexes[] = {
        {.szIndexName = "by_id", .szKey = "+id\0", .cbKey = 5, .grbit = JET_bitIndexPrimary},
        {.szIndexName = "by_name", .szKey = "+name\0", .cbKey = 7},
        {.szIndexName = "by_city", .szKey = "+city\0", .cbKey = 7},
    };
    JET_TABLECREATE2 t = {.cbStruct = sizeof t,
                          .szTableName = "t",
                          .ulPages = 1,
                          .ulDensity = 80,
                          .rgcolumncreate = columns,
                          .cColumns = COLUMNS,
                          .rgindexcreate = indexes,
                          .cIndexes = 3};

    for (int i = 0; i < COLUMNS; i++)
        columns[i].cbStruct = sizeof *columns;
    for (int i = 0; i < 3; i++) {
        indexes[i].cbStruct = sizeof *indexes;
        indexes[i].ulDensity = 80;
    }
    if (strchr(folder, '[') != NULL) /* the address of a server: a name in place of a path */
        (void)snprintf(path, sizeof path, "bench.db");
    else
        (void)snprintf(path, sizeof path, "%s/bench.db", folder);
    check(JetCreateInstance(&instance, "bench"), "instance");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, folder), "path");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramMaxSessions, 64, NULL),
          "sessions");
    check(JetInit(&instance), "init");
    check(JetBeginSession(instance, &session, NULL, NULL), "session");
    check(JetCreateDatabase(session, path, NULL, &database, 0), "database");
    check(JetCreateTableColumnIndex2(session, database, &t), "table");
    check(JetCloseTable(session, t.tableid), "close");
    open_tables();
}

static void jet_join(void)
{
    check(JetBeginSession(instance, &session, NULL, NULL), "session");
    check(JetOpenDatabase(session, path, NULL, &database, 0), "database");
    open_tables();
}

static void jet_leave(void)
{
    check(JetEndSession(session, 0), "end");
}

static void jet_attach(void)
{
    check(JetSetSessionContext(session, 1), "attach");
    check(JetResetSessionContext(session), "detach");
}

static void jet_close(void)
{
    check(JetTerm(instance), "term");
}

static void jet_begin(enum mode wanted)
{
    mode = wanted;
    check(JetBeginTransaction2(session, mode == READ ? JET_bitTransactionReadOnly : 0), "begin");
}

static bool jet_commit(void)
{
    check(JetCommitTransaction(session, mode == LAZY ? JET_bitCommitLazyFlush : 0), "commit");
    return true;
}

static void jet_insert(const struct row *r)
{
    JET_SETCOLUMN set[COLUMNS] = {
        [ID] = {.pvData = &r->id, .cbData = sizeof r->id},
        [SERIAL] = {.pvData = &r->serial, .cbData = sizeof r->serial},
        [SCORE] = {.pvData = &r->score, .cbData = sizeof r->score},
        [CHANGED] = {.pvData = &r->changed, .cbData = sizeof r->changed},
        [ACTIVE] = {.pvData = &r->active, .cbData = sizeof r->active},
        [NAME] = {.pvData = r->name, .cbData = NAME_SIZE},
        [CITY] = {.pvData = r->city, .cbData = CITY_SIZE},
        [NOTE] = {.pvData = r->note, .cbData = NOTE_SIZE},
        [TEXT] = {.pvData = r->text, .cbData = r->text_size},
    };

    for (int i = 0; i < COLUMNS; i++)
        set[i].columnid = columns[i].columnid;
    check(JetPrepareUpdate(session, table, JET_prepInsert), "prepare");
    check(JetSetColumns(session, table, set, COLUMNS), "set");
    check(JetUpdate(session, table, NULL, 0, NULL), "insert");
}

static void jet_get(JET_TABLEID cursor, struct row *r)
{
    JET_RETRIEVECOLUMN get[COLUMNS] = {
        [ID] = {.pvData = &r->id, .cbData = sizeof r->id},
        [SERIAL] = {.pvData = &r->serial, .cbData = sizeof r->serial},
        [SCORE] = {.pvData = &r->score, .cbData = sizeof r->score},
        [CHANGED] = {.pvData = &r->changed, .cbData = sizeof r->changed},
        [ACTIVE] = {.pvData = &r->active, .cbData = sizeof r->active},
        [NAME] = {.pvData = r->name, .cbData = NAME_SIZE},
        [CITY] = {.pvData = r->city, .cbData = CITY_SIZE},
        [NOTE] = {.pvData = r->note, .cbData = NOTE_SIZE},
        [TEXT] = {.pvData = r->text, .cbData = TEXT_MOST},
    };

    for (int i = 0; i < COLUMNS; i++) {
        get[i].columnid = columns[i].columnid;
        get[i].itagSequence = 1;
    }
    check(JetRetrieveColumns(session, cursor, get, COLUMNS), "get");
    r->active = r->active != 0;
    r->text_size = get[TEXT].cbActual;
}

static void jet_seek(int32_t id)
{
    check(JetMakeKey(session, table, &id, sizeof id, JET_bitNewKey), "key");
    check(JetSeek(session, table, JET_bitSeekEQ), "seek");
}

static void jet_read(int32_t id, struct row *ret_row)
{
    jet_seek(id);
    jet_get(table, ret_row);
}

static bool jet_update(int32_t id, double score, const char name[NAME_SIZE])
{
    JET_SETCOLUMN set[] = {
        {.columnid = columns[SCORE].columnid, .pvData = &score, .cbData = sizeof score},
        {.columnid = columns[NAME].columnid, .pvData = name, .cbData = NAME_SIZE},
    };
    JET_ERR err = JET_errSuccess;

    jet_seek(id);
    err = JetPrepareUpdate(session, table, JET_prepReplace);
    if (err == JET_errWriteConflict) {
        check(JetRollback(session, 0), "roll back");
        return false;
    }
    check(err, "prepare");
    check(JetSetColumns(session, table, set, 2), "set");
    check(JetUpdate(session, table, NULL, 0, NULL), "replace");
    return true;
}

static void jet_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    struct row r;
    JET_ERR err = JET_errSuccess;

    check(JetMakeKey(session, by_city, city, CITY_SIZE, JET_bitNewKey), "key");
    err = JetSeek(session, by_city, JET_bitSeekEQ | JET_bitSetIndexRange);
    if (err == JET_errRecordNotFound)
        return;
    while (err >= JET_errSuccess) {
        jet_get(by_city, &r);
        each(&r);
        err = JetMove(session, by_city, JET_MoveNext, 0);
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "move");
}

const struct engine engine_holdfast = {"holdfast", jet_open,   jet_close, jet_begin,
                                       jet_commit, jet_insert, jet_read,  jet_update,
                                       jet_scan,   jet_join,   jet_leave, jet_attach};
