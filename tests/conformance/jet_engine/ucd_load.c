/* SPDX-License-Identifier: Apache-2.0
 *
 * ucd_load.c - the Unicode Character Database as a table, and questions to it
 *
 *     ucd_load FOLDER UnicodeData.txt
 *
 * Loads the file with typed columns, the primary index on the code point, secondary ones on name,
 * category and class, then prints answers: counts and code points, one a line.
 */
#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS     15
#define BATCH      1000
#define CATEGORIES 30

static JET_SESID session;
static JET_TABLEID table;
static JET_COLUMNID code, name, category, combining, numeric, mirrored, upper;

static void check(JET_ERR err, const char *what)
{
    if (err >= 0)
        return;
    fprintf(stderr, "%s: %d\n", what, err);
    exit(1);
}

#define CHECK(call) check(call, #call)

static JET_COLUMNID column(const char *text, JET_COLTYP type, JET_GRBIT grbit)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = type, .grbit = grbit, .cp = 1252};
    JET_COLUMNID id = 0;

    if (type != JET_coltypText)
        def.cp = 0;
    CHECK(JetAddColumnA(session, table, text, &def, NULL, 0, &id));
    return id;
}

static void make(const char *folder)
{
    char path[300];
    JET_INSTANCE instance = 0;
    JET_DBID db = 0;

    snprintf(path, sizeof path, "%s/", folder);
    CHECK(JetSetSystemParameterA(NULL, 0, JET_paramSystemPath, 0, path));
    CHECK(JetSetSystemParameterA(NULL, 0, JET_paramLogFilePath, 0, path));
    CHECK(JetCreateInstanceA(&instance, "ucd"));
    CHECK(JetInit(&instance));
    CHECK(JetBeginSessionA(instance, &session, "", ""));
    snprintf(path, sizeof path, "%s/ucd.edb", folder);
    CHECK(JetCreateDatabaseA(session, path, "", &db, 0));
    CHECK(JetCreateTableA(session, db, "characters", 0, 100, &table));
    code = column("code", JET_coltypLong, 0);
    name = column("name", JET_coltypText, 0);
    category = column("category", JET_coltypText, 0);
    combining = column("class", JET_coltypUnsignedByte, 0);
    numeric = column("numeric", JET_coltypIEEEDouble, 0);
    mirrored = column("mirrored", JET_coltypBit, 0);
    upper = column("upper", JET_coltypLong, JET_bitColumnTagged);
    CHECK(JetCreateIndexA(session, table, "code", JET_bitIndexPrimary, "+code\0", 7, 100));
    CHECK(JetCreateIndexA(session, table, "category", 0, "+category\0-code\0", 17, 100));
    CHECK(JetCreateIndexA(session, table, "upper", JET_bitIndexIgnoreNull, "+upper\0", 8, 100));
}

static void set(JET_COLUMNID id, const void *data, unsigned long size)
{
    CHECK(JetSetColumn(session, table, id, data, size, 0, NULL));
}

static void insert(char *const fields[FIELDS])
{
    int32_t c = (int32_t)strtol(fields[0], NULL, 16);
    uint8_t k = (uint8_t)atoi(fields[3]), m = fields[9][0] == 'Y';

    CHECK(JetPrepareUpdate(session, table, JET_prepInsert));
    set(code, &c, 4);
    set(name, fields[1], strlen(fields[1]));
    set(category, fields[2], strlen(fields[2]));
    set(combining, &k, 1);
    set(mirrored, &m, 1);
    if (fields[8][0] != '\0') {
        char *slash = strchr(fields[8], '/');
        double v = atof(fields[8]) / (slash != NULL ? atof(slash + 1) : 1);

        set(numeric, &v, 8);
    }
    if (fields[12][0] != '\0') {
        int32_t u = (int32_t)strtol(fields[12], NULL, 16);

        set(upper, &u, 4);
    }
    CHECK(JetUpdate(session, table, NULL, 0, NULL));
}

static unsigned long load(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned long count = 0;
    char line[2000];

    if (file == NULL)
        return 0;
    CHECK(JetBeginTransaction(session));
    while (fgets(line, sizeof line, file) != NULL) {
        char *fields[FIELDS], *rest = line;

        line[strcspn(line, "\n")] = '\0';
        for (unsigned i = 0; i < FIELDS; i++)
            fields[i] = rest != NULL ? strsep(&rest, ";") : line + strlen(line);
        insert(fields);
        if (++count % BATCH == 0) {
            CHECK(JetCommitTransaction(session, JET_bitCommitLazyFlush));
            CHECK(JetBeginTransaction(session));
        }
    }
    CHECK(JetCommitTransaction(session, 0));
    fclose(file);
    /* over rows that are there */
    CHECK(JetCreateIndexA(session, table, "name", 0, "+name\0", 7, 100));
    CHECK(JetCreateIndexA(session, table, "class", 0, "-class\0+code\0", 14, 100));
    return count;
}

/* ---- questions ---- */

static int32_t current(void)
{
    int32_t c = -1;

    CHECK(JetRetrieveColumn(session, table, code, &c, 4, NULL, 0, NULL));
    return c;
}

static void use(const char *index)
{
    CHECK(JetSetCurrentIndexA(session, table, index));
}

static bool seek(const void *data, unsigned long size, JET_GRBIT make_grbit, JET_GRBIT grbit)
{
    CHECK(JetMakeKey(session, table, data, size, JET_bitNewKey | make_grbit));
    return JetSeek(session, table, grbit) >= 0;
}

static unsigned long count_range(const void *from, const void *to, unsigned long size,
                                 JET_GRBIT from_grbit, JET_GRBIT to_grbit)
{
    unsigned long count = 0;

    if (!seek(from, size, from_grbit, JET_bitSeekGE))
        return 0;
    CHECK(JetMakeKey(session, table, to, size, JET_bitNewKey | to_grbit));
    if (JetSetIndexRange(session, table, JET_bitRangeUpperLimit | JET_bitRangeInclusive) < 0)
        return 0;
    CHECK(JetIndexRecordCount(session, table, &count, 0));
    return count;
}

static void ask_categories(void)
{
    static const char *const all[CATEGORIES] = {
        "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No",
        "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs", "Xx"};

    use("category");
    for (unsigned i = 0; i < CATEGORIES; i++) {
        unsigned long count =
            count_range(all[i], all[i], 2, JET_bitFullColumnStartLimit, JET_bitFullColumnEndLimit);

        printf("category %s %lu\n", all[i], count);
        if (count > 0) /* -code: the first is the largest */
            printf("last %s %d\n", all[i], current());
    }
}

static void ask_ranges(void)
{
    static const int32_t ranges[][2] = {
        {0, 0x7f}, {0x370, 0x3ff}, {0x4e00, 0x9fff}, {0x1f600, 0x1f64f}, {0x110000, 0x200000}};

    use("code");
    for (unsigned i = 0; i < 5; i++)
        printf("range %d %d %lu\n", ranges[i][0], ranges[i][1],
               count_range(&ranges[i][0], &ranges[i][1], 4, 0, 0));
}

static void ask_names(void)
{
    static const char *const prefixes[] = {"LATIN SMALL LETTER ", "GREEK ", "BRAILLE PATTERN DOTS-",
                                           "ZZZ"};

    use("name");
    for (unsigned i = 0; i < 4; i++)
        printf("names %s %lu\n", prefixes[i],
               count_range(prefixes[i], prefixes[i], strlen(prefixes[i]),
                           JET_bitPartialColumnStartLimit, JET_bitPartialColumnEndLimit));
    if (seek("SNOWMAN", 7, 0, JET_bitSeekEQ))
        printf("named SNOWMAN %d\n", current());
}

static void ask_scans(void)
{
    unsigned long count = 0, mirrored_count = 0;
    long long sum = 0;
    JET_ERR err;

    use("upper");
    for (err = JetMove(session, table, JET_MoveFirst, 0); err >= 0;
         err = JetMove(session, table, JET_MoveNext, 0)) {
        count++;
        sum += current();
    }
    printf("upper %lu %lld\n", count, sum);
    use("class");
    CHECK(JetMove(session, table, JET_MoveFirst, 0));
    printf("class-first %d\n", current());
    use("code");
    for (err = JetMove(session, table, JET_MoveLast, 0); err >= 0;
         err = JetMove(session, table, JET_MovePrevious, 0)) {
        uint8_t m = 0;

        CHECK(JetRetrieveColumn(session, table, mirrored, &m, 1, NULL, 0, NULL));
        mirrored_count += m != 0;
    }
    printf("mirrored %lu\n", mirrored_count);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    make(argv[1]);
    printf("rows %lu\n", load(argv[2]));
    CHECK(JetBeginTransaction2(session, JET_bitTransactionReadOnly));
    ask_categories();
    ask_ranges();
    ask_names();
    ask_scans();
    CHECK(JetCommitTransaction(session, 0));
    return 0;
}
