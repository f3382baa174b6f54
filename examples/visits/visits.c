/* SPDX-License-Identifier: Apache-2.0
 *
 * visits.c - a visitors' book: the same program on a folder and at a server's address
 *
 *     visits PLACE NAME [hesitate]
 *
 * PLACE is a folder, or what `holdfast serve` prints. Each visit is a row with a number of its own; with
 * `hesitate` the program waits for a line before it commits: a moment to kill it.
 */
#include <esent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    fprintf(stderr, "visits: %s: %s (%d)\n", what,
            err == JET_errInstanceUnavailable ? "the server is lost" : "failed", err);
    exit(1);
}

struct book {
    JET_SESID session;
    JET_DBID database;
    JET_TABLEID visits;
    JET_COLUMNID number, name;
};

/* The first visitor finds no book and makes one. */
static void open_book(struct book *b)
{
    JET_COLUMNCREATE columns[] = {
        {.cbStruct = sizeof columns[0],
         .szColumnName = "number",
         .coltyp = JET_coltypLong,
         .grbit = JET_bitColumnAutoincrement},
        {.cbStruct = sizeof columns[0], .szColumnName = "name", .coltyp = JET_coltypText},
    };
    JET_INDEXCREATE indexes[] = {
        {.cbStruct = sizeof indexes[0],
         .szIndexName = "by_number",
         .szKey = "+number\0",
         .cbKey = 9,
         .grbit = JET_bitIndexPrimary,
         .ulDensity = 100},
        {.cbStruct = sizeof indexes[0],
         .szIndexName = "by_name",
         .szKey = "+name\0",
         .cbKey = 7,
         .ulDensity = 100},
    };
    JET_TABLECREATE table = {.cbStruct = sizeof table,
                             .szTableName = "visits",
                             .ulDensity = 100,
                             .rgcolumncreate = columns,
                             .cColumns = 2,
                             .rgindexcreate = indexes,
                             .cIndexes = 2};
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_ERR err = JetAttachDatabase(b->session, "visits.db", 0);

    if (err == JET_errFileNotFound) {
        check(JetCreateDatabase(b->session, "visits.db", NULL, &b->database, 0), "create");
        check(JetCreateTableColumnIndex(b->session, b->database, &table), "create the table");
        check(JetCloseTable(b->session, table.tableid), "close the table");
    } else {
        check(err, "attach");
        check(JetOpenDatabase(b->session, "visits.db", NULL, &b->database, 0), "open");
    }
    check(JetOpenTable(b->session, b->database, "visits", NULL, 0, 0, &b->visits), "open");
    check(JetGetTableColumnInfo(b->session, b->visits, "name", &def, sizeof def, JET_ColInfo),
          "name");
    b->name = def.columnid;
    check(JetGetTableColumnInfo(b->session, b->visits, "number", &def, sizeof def, JET_ColInfo),
          "number");
    b->number = def.columnid;
}

static long sign(const struct book *b, const char *name)
{
    unsigned char bookmark[JET_cbBookmarkMost];
    unsigned long size = 0;
    int number = 0;

    check(JetPrepareUpdate(b->session, b->visits, JET_prepInsert), "sign");
    check(JetSetColumn(b->session, b->visits, b->name, name, strlen(name), 0, NULL), "sign");
    check(JetUpdate(b->session, b->visits, bookmark, sizeof bookmark, &size), "sign");
    check(JetGotoBookmark(b->session, b->visits, bookmark, size), "sign");
    check(
        JetRetrieveColumn(b->session, b->visits, b->number, &number, sizeof number, NULL, 0, NULL),
        "number");
    return number;
}

static unsigned long count(const struct book *b, const char *name)
{
    unsigned long visits = 0;

    check(JetSetCurrentIndex(b->session, b->visits, name ? "by_name" : NULL), "index");
    if (!name) {
        check(JetMove(b->session, b->visits, JET_MoveFirst, 0), "first");
    } else {
        check(JetMakeKey(b->session, b->visits, name, strlen(name), JET_bitNewKey), "key");
        check(JetSeek(b->session, b->visits, JET_bitSeekEQ | JET_bitSetIndexRange), "seek");
    }
    check(JetIndexRecordCount(b->session, b->visits, &visits, 0), "count");
    return visits;
}

int main(int argc, char **argv)
{
    JET_INSTANCE instance = JET_instanceNil;
    struct book b = {0};
    long number = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: visits PLACE NAME [hesitate]\n");
        return 2;
    }
    check(JetCreateInstance(&instance, "visits"), "instance");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, argv[1]), "place");
    check(JetInit(&instance), argv[1]);
    check(JetBeginSession(instance, &b.session, NULL, NULL), "session");
    open_book(&b);
    check(JetBeginTransaction(b.session), "begin");
    number = sign(&b, argv[2]);
    if (argc > 3) {
        printf("visit %ld is written and not committed\n", number);
        fflush(stdout);
        (void)getchar();
    }
    printf("visit %ld: %s, %lu of them %s's\n", number, argv[2], count(&b, argv[2]), argv[2]);
    printf("visits in all: %lu\n", count(&b, NULL));
    check(JetCommitTransaction(b.session, 0), "commit");
    check(JetTerm(instance), "end");
    return 0;
}
