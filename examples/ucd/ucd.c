/* SPDX-License-Identifier: Apache-2.0
 *
 * ucd.c - the Unicode Character Database in a JET table
 *
 *     ucd ADDRESS load FILE         loads UnicodeData.txt
 *     ucd ADDRESS code HEX          the character with this code point
 *     ucd ADDRESS name NAME         characters with this name
 *     ucd ADDRESS names PREFIX      characters whose names begin so, in the order of names
 *     ucd ADDRESS range HEX HEX     characters between two code points
 *     ucd ADDRESS count CATEGORY    how many characters are of a category
 *     ucd ADDRESS upper             characters that have an upper case form
 *
 * ADDRESS is a folder, or what JET_paramSystemPath takes beside. Characters are printed as
 * "code;name;category", as in the file.
 */
#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIELDS      15 /* of a line of UnicodeData.txt */
#define BATCH       1000
#define NAME_OCTETS 255

/* The columns, and the field of the file that each one has. */
enum {
    CODE,
    NAME,
    CATEGORY,
    COMBINING,
    BIDI,
    DECOMPOSITION,
    NUMERIC,
    MIRRORED,
    UPPER,
    LOWER,
    COLUMNS
};

static JET_COLUMNCREATE columns[COLUMNS] = {
    [CODE] = {.szColumnName = "code", .coltyp = JET_coltypLong, .grbit = JET_bitColumnNotNULL},
    [NAME] = {.szColumnName = "name", .coltyp = JET_coltypText, .cp = 1252},
    [CATEGORY] = {.szColumnName = "category", .coltyp = JET_coltypText, .cbMax = 2, .cp = 1252},
    [COMBINING] = {.szColumnName = "combining", .coltyp = JET_coltypUnsignedByte},
    [BIDI] = {.szColumnName = "bidi", .coltyp = JET_coltypText, .cbMax = 3, .cp = 1252},
    [DECOMPOSITION] = {.szColumnName = "decomposition", .coltyp = JET_coltypLongText, .cp = 1252},
    [NUMERIC] = {.szColumnName = "numeric", .coltyp = JET_coltypIEEEDouble},
    [MIRRORED] = {.szColumnName = "mirrored", .coltyp = JET_coltypBit},
    [UPPER] = {.szColumnName = "upper", .coltyp = JET_coltypLong},
    [LOWER] = {.szColumnName = "lower", .coltyp = JET_coltypLong},
};

static const int field_of[COLUMNS] = {0, 1, 2, 3, 4, 5, 8, 9, 12, 13};

#define KEY(text) .szKey = text, .cbKey = sizeof(text)

static JET_INDEXCREATE indexes[] = {
    {.cbStruct = sizeof(JET_INDEXCREATE),
     .szIndexName = "by_code",
     KEY("+code\0"),
     .grbit = JET_bitIndexPrimary,
     .ulDensity = 100},
    {.cbStruct = sizeof(JET_INDEXCREATE),
     .szIndexName = "by_name",
     KEY("+name\0"),
     .ulDensity = 80},
    {.cbStruct = sizeof(JET_INDEXCREATE),
     .szIndexName = "by_category",
     KEY("+category\0+code\0"),
     .ulDensity = 80},
    {.cbStruct = sizeof(JET_INDEXCREATE),
     .szIndexName = "by_upper",
     KEY("+upper\0"),
     .grbit = JET_bitIndexIgnoreNull,
     .ulDensity = 80},
};

static JET_SESID session = JET_sesidNil;
static JET_TABLEID table = JET_tableidNil;

static JET_ERR check(JET_ERR err, const char *what)
{
    if (err >= JET_errSuccess)
        return err;
    (void)fprintf(stderr, "ucd: %s: JET error %d\n", what, err);
    exit(1);
}

/* ---- loading ---- */

static void create(JET_DBID database)
{
    JET_TABLECREATE2 t = {.cbStruct = sizeof t,
                          .szTableName = "characters",
                          .ulPages = 16,
                          .ulDensity = 80,
                          .rgcolumncreate = columns,
                          .cColumns = COLUMNS,
                          .rgindexcreate = indexes,
                          .cIndexes = sizeof indexes / sizeof *indexes};

    for (int i = 0; i < COLUMNS; i++)
        columns[i].cbStruct = sizeof *columns;
    check(JetCreateTableColumnIndex2(session, database, &t), "creating the table");
    table = t.tableid;
}

/* One field as the octets of its column; an empty one stays NULL. */
static void set_field(int column, const char *text)
{
    int32_t number = (int32_t)strtol(text, NULL, column == COMBINING ? 10 : 16);
    char *slash = NULL;
    double numeric = strtod(text, &slash);
    unsigned char bit = *text == 'Y';
    const void *data = text;
    size_t size = strlen(text);

    if (size == 0)
        return;
    if (slash != NULL && *slash == '/')
        numeric /= strtod(slash + 1, NULL);
    switch (columns[column].coltyp) {
    case JET_coltypLong:
        data = &number;
        size = sizeof number;
        break;
    case JET_coltypUnsignedByte:
        data = &number;
        size = 1;
        break;
    case JET_coltypIEEEDouble:
        data = &numeric;
        size = sizeof numeric;
        break;
    case JET_coltypBit:
        data = &bit;
        size = 1;
        break;
    default: break;
    }
    check(JetSetColumn(session, table, columns[column].columnid, data, size, 0, NULL),
          "setting a column");
}

static void insert(char *line)
{
    char *fields[FIELDS] = {NULL};

    for (int i = 0; i < FIELDS && line != NULL; i++)
        fields[i] = strsep(&line, ";\n");
    check(JetPrepareUpdate(session, table, JET_prepInsert), "preparing a row");
    for (int i = 0; i < COLUMNS; i++)
        if (fields[field_of[i]] != NULL)
            set_field(i, fields[field_of[i]]);
    check(JetUpdate(session, table, NULL, 0, NULL), "inserting a row");
}

static int load(JET_DBID database, const char *name)
{
    FILE *in = fopen(name, "re");
    char line[4096];
    unsigned long rows = 0;

    if (in == NULL) {
        perror(name);
        return 1;
    }
    create(database);
    check(JetBeginTransaction(session), "beginning");
    while (fgets(line, sizeof line, in) != NULL) {
        insert(line);
        if (++rows % BATCH == 0) {
            check(JetCommitTransaction(session, JET_bitCommitLazyFlush), "committing");
            check(JetBeginTransaction(session), "beginning");
        }
    }
    check(JetCommitTransaction(session, 0), "committing"); /* durable, and all before with it */
    (void)fclose(in);
    (void)printf("%lu\n", rows);
    return 0;
}

/* ---- asking ---- */

static void find_columns(void)
{
    for (int i = 0; i < COLUMNS; i++) {
        JET_COLUMNDEF d = {.cbStruct = sizeof d};

        check(JetGetTableColumnInfo(session, table, columns[i].szColumnName, &d, sizeof d,
                                    JET_ColInfo),
              columns[i].szColumnName);
        columns[i].columnid = d.columnid;
    }
}

static void print_row(void)
{
    int32_t code = 0;
    char name[NAME_OCTETS + 1] = "", category[3] = "";
    JET_RETRIEVECOLUMN wanted[] = {
        {.columnid = columns[CODE].columnid, .pvData = &code, .cbData = sizeof code},
        {.columnid = columns[NAME].columnid, .pvData = name, .cbData = NAME_OCTETS},
        {.columnid = columns[CATEGORY].columnid, .pvData = category, .cbData = 2},
    };

    for (int i = 0; i < 3; i++)
        wanted[i].itagSequence = 1;
    check(JetRetrieveColumns(session, table, wanted, 3), "reading a row");
    (void)printf("%04X;%s;%s\n", (unsigned)code, name, category);
}

static void print_range(void)
{
    JET_ERR err = JET_errSuccess;

    while (err >= JET_errSuccess) {
        print_row();
        err = JetMove(session, table, JET_MoveNext, 0);
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "moving");
}

/* Goes to the first row of a range, or says that there is none. Keys that begin with `from` start
 * it, those that begin with `to` end it. */
static bool enter_range(const char *index, const void *from, size_t from_size, const void *to,
                        size_t to_size, bool prefix)
{
    JET_GRBIT start = prefix ? JET_bitPartialColumnStartLimit : JET_bitFullColumnStartLimit;
    JET_GRBIT end = prefix ? JET_bitPartialColumnEndLimit : JET_bitFullColumnEndLimit;
    JET_ERR err = JET_errSuccess;

    check(JetSetCurrentIndex(session, table, index), "choosing an index");
    check(JetMakeKey(session, table, from, from_size, JET_bitNewKey | start), "making a key");
    err = JetSeek(session, table, JET_bitSeekGE);
    if (err == JET_errRecordNotFound)
        return false;
    check(err, "seeking");
    check(JetMakeKey(session, table, to, to_size, JET_bitNewKey | end), "making a key");
    err = JetSetIndexRange(session, table, JET_bitRangeInclusive | JET_bitRangeUpperLimit);
    if (err == JET_errNoCurrentRecord)
        return false;
    check(err, "setting a range");
    return true;
}

static int ask(const char *question, char **arguments)
{
    int32_t first = (int32_t)strtol(arguments[0], NULL, 16), last = first;
    size_t size = strlen(arguments[0]);
    unsigned long count = 0;

    if (strcmp(question, "range") == 0)
        last = (int32_t)strtol(arguments[1], NULL, 16);
    if (strcmp(question, "code") == 0 || strcmp(question, "range") == 0) {
        if (enter_range(NULL, &first, sizeof first, &last, sizeof last, false))
            print_range();
    } else if (strcmp(question, "count") == 0) {
        if (enter_range("by_category", arguments[0], size, arguments[0], size, false))
            check(JetIndexRecordCount(session, table, &count, 0), "counting");
        (void)printf("%lu\n", count);
    } else if (enter_range("by_name", arguments[0], size, arguments[0], size,
                           strcmp(question, "names") == 0))
        print_range();
    return 0;
}

/* Characters without an upper case form have no entry in this index. */
static int list_upper(void)
{
    check(JetSetCurrentIndex(session, table, "by_upper"), "choosing an index");
    if (JetMove(session, table, JET_MoveFirst, 0) >= JET_errSuccess)
        print_range();
    return 0;
}

/* ---- the store ---- */

static JET_INSTANCE start(const char *address)
{
    JET_INSTANCE instance = JET_instanceNil;

    check(JetCreateInstance(&instance, "ucd"), "JetCreateInstance");
    check(JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, address), address);
    check(JetInit(&instance), "JetInit");
    check(JetBeginSession(instance, &session, NULL, NULL), "JetBeginSession");
    return instance;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
    } questions[] = {{"load", 1},  {"code", 1},  {"name", 1}, {"names", 1},
                     {"range", 2}, {"count", 1}, {"upper", 0}};
    struct stat st;
    char path[4096];
    JET_INSTANCE instance = JET_instanceNil;
    JET_DBID database = JET_dbidNil;
    bool known = false;
    int outcome = 0;

    for (size_t i = 0; argc >= 3 && i < sizeof questions / sizeof *questions; i++)
        known |= strcmp(argv[2], questions[i].name) == 0 && argc == 3 + questions[i].arguments;
    if (!known) {
        (void)fputs("usage: ucd ADDRESS load FILE | code HEX | name NAME | names PREFIX |\n"
                    "                   range HEX HEX | count CATEGORY | upper\n",
                    stderr);
        return 2;
    }
    /* In a folder a database is a file; a server knows it by its name alone. */
    (void)snprintf(path, sizeof path, "%s%sucd.db", stat(argv[1], &st) == 0 ? argv[1] : "",
                   stat(argv[1], &st) == 0 ? "/" : "");
    instance = start(argv[1]);
    if (strcmp(argv[2], "load") == 0) {
        check(JetCreateDatabase(session, path, NULL, &database, 0), "creating the database");
        outcome = load(database, argv[3]);
    } else {
        check(JetAttachDatabase(session, path, 0), "attaching the database");
        check(JetOpenDatabase(session, path, NULL, &database, 0), "opening the database");
        check(JetOpenTable(session, database, "characters", NULL, 0, 0, &table),
              "opening the table");
        find_columns();
        check(JetBeginTransaction2(session, JET_bitTransactionReadOnly), "beginning");
        outcome = strcmp(argv[2], "upper") == 0 ? list_upper() : ask(argv[2], argv + 3);
        check(JetCommitTransaction(session, 0), "ending the transaction");
    }
    check(JetTerm(instance), "JetTerm");
    return outcome;
}
