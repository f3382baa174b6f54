/* SPDX-License-Identifier: Apache-2.0
 *
 * attached_dump.c - all of an attached Windows database through the JET API, as `edb dump --format
 * truth --rows` has it, for truth.py
 *
 *     attached_dump [--allow-dirty] FOLDER FILE
 *
 * FOLDER holds the instance. What goes wrong is told as "CALL gave ERROR", exit status 1.
 */
#include <esent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_OCTETS 65
#define VALUE_ROOM      ((size_t)1 << 20)

static int failed(const char *call, JET_ERR err)
{
    fprintf(stderr, "%s gave %d\n", call, err);
    exit(1);
}

/* Warnings are told of, too, but for those named here. */
static JET_ERR check(const char *call, JET_ERR err)
{
    if (err != JET_errSuccess && err != JET_wrnColumnNull && err != JET_wrnFileOpenReadOnly &&
        err != JET_errNoCurrentRecord)
        failed(call, err);
    return err;
}

#define DO(call) check(#call, call)

struct dump {
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID db;
    uint8_t *value;
};

struct listed {
    JET_COLUMNID id;
    unsigned long coltyp;
    char name[NAME_MAX_OCTETS];
};

struct table {
    char name[NAME_MAX_OCTETS];
};

static void get(const struct dump *d, JET_TABLEID table, JET_COLUMNID id, void *out, size_t size)
{
    unsigned long got = 0;

    memset(out, 0, size);
    DO(JetRetrieveColumn(d->session, table, id, out, size, &got, 0, NULL));
}

static int by_id(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static struct listed *columns_of(const struct dump *d, JET_TABLEID table, size_t *ret_count)
{
    JET_COLUMNLIST list = {.cbStruct = sizeof list};
    struct listed *out;
    size_t n = 0;

    DO(JetGetTableColumnInfoA(d->session, table, NULL, &list, sizeof list, JET_ColInfoList));
    out = calloc(list.cRecord + 1, sizeof *out);
    if (out == NULL)
        failed("calloc", JET_errOutOfMemory);
    for (JET_ERR err = DO(JetMove(d->session, list.tableid, JET_MoveFirst, 0));
         err == JET_errSuccess && n < list.cRecord;
         err = DO(JetMove(d->session, list.tableid, JET_MoveNext, 0)), n++) {
        get(d, list.tableid, list.columnidcolumnid, &out[n].id, sizeof out[n].id);
        get(d, list.tableid, list.columnidcoltyp, &out[n].coltyp, sizeof(uint32_t));
        get(d, list.tableid, list.columnidcolumnname, out[n].name, sizeof out[n].name - 1);
    }
    DO(JetCloseTable(d->session, list.tableid));
    qsort(out, n, sizeof *out, by_id);
    *ret_count = n;
    return out;
}

static void put_hex(const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        putchar(digits[data[i] >> 4]);
        putchar(digits[data[i] & 15]);
    }
}

/* Value `itag`, in pieces when it is long. */
static JET_ERR put_value(const struct dump *d, JET_TABLEID table, JET_COLUMNID id,
                         unsigned long itag)
{
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    unsigned long size = 0;
    JET_ERR err;

    do {
        err = JetRetrieveColumn(d->session, table, id, d->value, VALUE_ROOM, &size, 0, &info);
        if (err == JET_wrnColumnNull)
            return err;
        if (err != JET_errSuccess && err != JET_wrnBufferTruncated)
            failed("JetRetrieveColumn", err);
        if (info.ibLongValue == 0)
            fputs(itag == 1 ? "=" : ",=", stdout);
        put_hex(d->value, size < VALUE_ROOM ? size : VALUE_ROOM);
        info.ibLongValue += VALUE_ROOM;
    } while (err == JET_wrnBufferTruncated);
    return JET_errSuccess;
}

static void put_row(const struct dump *d, JET_TABLEID table, const struct listed *columns,
                    size_t count)
{
    printf("row\t");
    for (size_t i = 0; i < count; i++) {
        unsigned long itag = 1;

        printf("%s%lu:", i > 0 ? "|" : "", (unsigned long)columns[i].id);
        while (put_value(d, table, columns[i].id, itag) == JET_errSuccess)
            itag++;
        if (itag == 1)
            putchar('N');
    }
    putchar('\n');
}

static void put_table(const struct dump *d, const char *name)
{
    JET_TABLEID table;
    struct listed *columns;
    size_t count = 0;

    DO(JetOpenTableA(d->session, d->db, name, NULL, 0, 0, &table));
    columns = columns_of(d, table, &count);
    printf("table\t%s\n", name);
    for (size_t i = 0; i < count; i++)
        printf("column\t%lu\t%lu\t%s\n", (unsigned long)columns[i].id, columns[i].coltyp,
               columns[i].name);
    for (JET_ERR err = DO(JetMove(d->session, table, JET_MoveFirst, 0)); err == JET_errSuccess;
         err = DO(JetMove(d->session, table, JET_MoveNext, 0)))
        put_row(d, table, columns, count);
    DO(JetCloseTable(d->session, table));
    free(columns);
}

static void put_tables(const struct dump *d)
{
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    struct table *tables;
    size_t n = 0;

    DO(JetGetObjectInfoA(d->session, d->db, JET_objtypTable, NULL, NULL, &list, sizeof list,
                         JET_ObjInfoListNoStats));
    tables = calloc(list.cRecord + 1, sizeof *tables);
    if (tables == NULL)
        failed("calloc", JET_errOutOfMemory);
    for (JET_ERR err = DO(JetMove(d->session, list.tableid, JET_MoveFirst, 0));
         err == JET_errSuccess && n < list.cRecord;
         err = DO(JetMove(d->session, list.tableid, JET_MoveNext, 0)), n++)
        get(d, list.tableid, list.columnidobjectname, tables[n].name, sizeof tables[n].name - 1);
    DO(JetCloseTable(d->session, list.tableid));
    for (size_t i = 0; i < n; i++)
        put_table(d, tables[i].name);
    free(tables);
}

static void put_header(const char *path)
{
    JET_DBINFOMISC misc;
    uint64_t octets = 0;

    DO(JetGetDatabaseFileInfoA(path, &misc, sizeof misc, JET_DbInfoMisc));
    DO(JetGetDatabaseFileInfoA(path, &octets, sizeof octets, JET_DbInfoFilesize));
    printf("header\tversion\t%lu\nheader\tupdate\t%lu\nheader\tpage_size\t%lu\nheader\tstate\t%s\n",
           misc.ulVersion, misc.ulUpdate, misc.cbPageSize,
           misc.dbstate == JET_dbstateCleanShutdown ? "clean shutdown" : "dirty shutdown");
    printf("header\toctets\t%llu\n", (unsigned long long)octets);
}

int main(int argc, char **argv)
{
    JET_GRBIT dirty = argc > 3 && strcmp(argv[1], "--allow-dirty") == 0 ? JET_bitDbRecoveryOff : 0;
    const char *folder = argv[argc - 2], *path = argv[argc - 1];
    struct dump d = {.value = malloc(VALUE_ROOM)};

    if (argc < 3 || d.value == NULL)
        return 2;
    DO(JetCreateInstanceA(&d.instance, "attached"));
    DO(JetSetSystemParameterA(&d.instance, 0, JET_paramSystemPath, 0, folder));
    DO(JetSetSystemParameterA(&d.instance, 0, JET_paramLogFilePath, 0, folder));
    DO(JetInit(&d.instance));
    DO(JetBeginSessionA(d.instance, &d.session, "", ""));
    DO(JetAttachDatabaseA(d.session, path, dirty));
    DO(JetOpenDatabaseA(d.session, path, "", &d.db, 0));
    put_header(path);
    put_tables(&d);
    DO(JetCloseDatabase(d.session, d.db, 0));
    DO(JetDetachDatabaseA(d.session, path));
    DO(JetTerm(d.instance));
    free(d.value);
    return 0;
}
