/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper_kit.c - an instance with two databases whose rows say which content they are of
 */
#include "keeper_kit.h"

#include <holdfast/check_ese.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 40, DATABASES = 2, PATH_SIZE = 400, PATHS = 4 };

const char *keeper_folder;
JET_INSTANCE keeper_instance;
JET_SESID keeper_session;

void keeper_broken(const char *what, long long number)
{
    (void)fprintf(stderr, "# keeper: %s %lld\n", what, number);
    _exit(KEEPER_BROKEN);
}

void keeper_must(JET_ERR err, const char *call, int line)
{
    if (err == JET_errSuccess)
        return;
    (void)fprintf(stderr, "# keeper: line %d: %s\n", line, call);
    keeper_broken("gave", err);
}

const char *keeper_path(const char *name)
{
    static char paths[PATHS][PATH_SIZE];
    static unsigned next;
    char *path = paths[next++ % PATHS];

    (void)snprintf(path, PATH_SIZE, "%s/%s", keeper_folder, name);
    return path;
}

void keeper_shell(const char *command)
{
    char line[1000];

    (void)snprintf(line, sizeof line, "cd '%s' && %s", keeper_folder, command);
    if (system(line) != 0)
        keeper_broken(command, 0);
}

/* ---- an instance ---- */

JET_ERR keeper_create(const char *system, const char *log)
{
    JET_ERR err = JetCreateInstanceA(&keeper_instance, "keeper");

    if (!err)
        err = JetSetSystemParameterA(&keeper_instance, 0, JET_paramSystemPath, 0,
                                     keeper_path(system));
    if (!err)
        err =
            JetSetSystemParameterA(&keeper_instance, 0, JET_paramLogFilePath, 0, keeper_path(log));
    return err;
}

void keeper_start(const char *system, const char *log)
{
    MUST(keeper_create(system, log));
    MUST(JetInit(&keeper_instance));
    MUST(JetBeginSessionA(keeper_instance, &keeper_session, "", ""));
}

void keeper_term(void)
{
    MUST(JetTerm(keeper_instance));
}

/* ---- its databases ---- */

static const char *database(const char *where, int n)
{
    char name[PATH_SIZE / 2];

    (void)snprintf(name, sizeof name, "%s/%c.edb", where, 'a' + n);
    return keeper_path(name);
}

static void open_table(const char *path, JET_TABLEID *table, JET_COLUMNID *content)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_DBID db = 0;

    MUST(JetOpenDatabaseA(keeper_session, path, "", &db, 0));
    MUST(JetOpenTableA(keeper_session, db, "t", NULL, 0, 0, table));
    MUST(JetGetTableColumnInfoA(keeper_session, *table, "content", &def, sizeof def, JET_ColInfo));
    *content = def.columnid;
}

static void make_one(const char *path)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_COLUMNID column = 0;
    JET_TABLEID table = 0;
    JET_DBID db = 0;

    MUST(JetCreateDatabaseA(keeper_session, path, "", &db, 0));
    MUST(JetCreateTableA(keeper_session, db, "t", 0, 100, &table));
    MUST(JetAddColumnA(keeper_session, table, "content", &def, NULL, 0, &column));
    MUST(JetCreateIndexA(keeper_session, table, "i", 0, "+content\0", 10, 100));
    MUST(JetCloseTable(keeper_session, table));
}

void keeper_make(const char *where)
{
    for (int n = 0; n < DATABASES; n++)
        make_one(database(where, n));
}

void keeper_write(const char *where, enum keeper_end content)
{
    const int32_t value = content;

    MUST(JetBeginTransaction(keeper_session));
    for (int n = 0; n < DATABASES; n++) {
        JET_TABLEID table = 0;
        JET_COLUMNID column = 0;

        open_table(database(where, n), &table, &column);
        while (JetMove(keeper_session, table, JET_MoveFirst, 0) == JET_errSuccess)
            MUST(JetDelete(keeper_session, table));
        for (int i = 0; i < ROWS; i++) {
            MUST(JetPrepareUpdate(keeper_session, table, JET_prepInsert));
            MUST(JetSetColumn(keeper_session, table, column, &value, sizeof value, 0, NULL));
            MUST(JetUpdate(keeper_session, table, NULL, 0, NULL));
        }
        MUST(JetCloseTable(keeper_session, table));
    }
    MUST(JetCommitTransaction(keeper_session, 0));
}

void keeper_attach(const char *where)
{
    for (int n = 0; n < DATABASES; n++)
        MUST(JetAttachDatabaseA(keeper_session, database(where, n), 0));
}

/* What all rows say, by records and by index. */
static enum keeper_end read_one(const char *path)
{
    HOLDFAST_ESE_CHECK check = {0};
    JET_TABLEID table = 0;
    JET_COLUMNID column = 0;
    JET_DBID db = 0;
    int32_t content = 0, each = 0;
    int rows = 0;
    JET_ERR err = JetAttachDatabaseA(keeper_session, path, 0);

    if (err == JET_errFileNotFound || err == JET_errAttachedDatabaseMismatch)
        return KEEPER_NOTHING;
    MUST(err);
    open_table(path, &table, &column);
    for (err = JetMove(keeper_session, table, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(keeper_session, table, JET_MoveNext, 0)) {
        MUST(JetRetrieveColumn(keeper_session, table, column, &each, sizeof each, NULL, 0, NULL));
        if (rows++ > 0 && each != content)
            keeper_broken("two contents in one table", each);
        content = each;
    }
    if (rows != ROWS)
        keeper_broken("rows in a table", rows);
    MUST(JetOpenDatabaseA(keeper_session, path, "", &db, 0));
    MUST(holdfast_ese_check(keeper_session, db, &check));
    if (check.faults != 0)
        keeper_broken("faults in a database", (long long)check.faults);
    return (enum keeper_end)content;
}

enum keeper_end keeper_read(const char *where)
{
    enum keeper_end content = read_one(database(where, 0));

    for (int n = 1; n < DATABASES; n++)
        if (read_one(database(where, n)) != content)
            keeper_broken("another content than the first database's", content);
    return content;
}
