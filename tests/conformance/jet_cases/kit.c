/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.c - see kit.h
 */
#include "kit.h"

#include <holdfast/check_ese.h>

#include <unistd.h>

#define CASES_MAX 2048

struct kit kit;

static struct {
    char *area, *name, *holds;
    case_run *run;
    const void *arg;
} cases[CASES_MAX];
static size_t case_count;

void gives(JET_ERR want, JET_ERR got, const char *call, const char *file, int line)
{
    if (want == got)
        return;
    print_error("%s gave %d, not %d\n", call, got, want);
    _fail(file, line);
}

bool kit_at_address(void)
{
    return getenv("HOLDFAST_ADDRESS") != NULL;
}

/* ---- the catalogue ---- */

void kit_add(const char *area, const char *name, const char *holds, case_run *run, const void *arg)
{
    if (case_count == CASES_MAX)
        abort();
    cases[case_count].area = strdup(area);
    cases[case_count].name = strdup(name);
    cases[case_count].holds = strdup(holds);
    cases[case_count].run = run;
    cases[case_count].arg = arg;
    case_count++;
}

static void run_plain(const void *arg)
{
    ((const struct a_case *)arg)->run(NULL);
}

void kit_add_all(const char *area, const struct a_case *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kit_add(area, all[i].name, all[i].holds, run_plain, &all[i]);
}

void kit_add_scripts(const char *area, const struct script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kit_add(area, scripts[i].name, scripts[i].holds, play, &scripts[i]);
}

static void print_catalogue(void)
{
    printf("| Area | Case | What must hold |\n|---|---|---|\n");
    for (size_t i = 0; i < case_count; i++)
        printf("| %s | %s | %s |\n", cases[i].area, cases[i].name, cases[i].holds);
}

/* ---- before and after ---- */

static int start(void **state)
{
    char path[80];

    (void)state;
    snprintf(kit.folder, sizeof kit.folder, "%s/hf-cases-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(kit.folder));
    snprintf(path, sizeof path, "%s/", kit.folder);
    OK(JetCreateInstanceA(&kit.instance, kit.folder));
    OK(JetSetSystemParameterA(&kit.instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&kit.instance, 0, JET_paramLogFilePath, 0, path));
    OK(JetSetSystemParameterA(&kit.instance, 0, JET_paramTempPath, 0, path));
    OK(JetSetSystemParameterA(&kit.instance, 0, JET_paramCommitDefault, JET_bitCommitLazyFlush,
                              NULL));
    OK(JetInit(&kit.instance));
    OK(JetBeginSessionA(kit.instance, &kit.session, NULL, NULL));
    if (kit_at_address())
        snprintf(kit.database, sizeof kit.database, "%s", strrchr(kit.folder, '/') + 1);
    else
        snprintf(kit.database, sizeof kit.database, "%s/cases.edb", kit.folder);
    OK(JetCreateDatabaseA(kit.session, kit.database, NULL, &kit.db, 0));
    OK(JetEndSession(kit.session, 0));
    return 0;
}

static void print_fault(void *context, const char *text)
{
    (void)context;
    print_error("%s\n", text);
}

/* All that the cases left agrees with itself. A server's address cannot be looked below. */
static void check_database(void)
{
    HOLDFAST_ESE_CHECK check = {.fault = print_fault};
    JET_ERR err = holdfast_ese_check(kit.session, kit.db, &check);

    if (err == JET_errFeatureNotAvailable && kit_at_address())
        return;
    OK(err);
    assert_int_equal(check.faults, 0);
}

static void whole_database_agrees(void **state)
{
    (void)state;
    check_database();
}

static int end(void **state)
{
    char command[96];

    (void)state;
    OK(JetTerm2(kit.instance, JET_bitTermComplete));
    snprintf(command, sizeof command, "rm -rf '%s'", kit.folder);
    return system(command);
}

static struct other others[4];
static size_t other_count;

static int case_begin(void **state)
{
    static unsigned number;

    (void)state;
    other_count = 0;
    snprintf(kit.table, sizeof kit.table, "t%u", ++number);
    OK(JetBeginSessionA(kit.instance, &kit.session, NULL, NULL));
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(kit.session, kit.database, 0));
    OK(JetOpenDatabaseA(kit.session, kit.database, NULL, &kit.db, 0));
    return 0;
}

static int case_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < other_count; i++)
        OK(JetEndSession(others[i].session, 0));
    OK(JetEndSession(kit.session, 0));
    return 0;
}

void other_begin(struct other *o)
{
    assert_true(other_count < COUNT(others));
    OK(JetBeginSessionA(kit.instance, &o->session, NULL, NULL));
    others[other_count++] = *o;
    OK(JetOpenDatabaseA(o->session, kit.database, NULL, &o->db, 0));
}

static void run_case(void **state)
{
    size_t i = (size_t)(uintptr_t)*state;

    cases[i].run(cases[i].arg);
}

/* ---- tables ---- */

JET_TABLEID table_new(void)
{
    JET_TABLEID table = 0;

    OK(JetCreateTableA(kit.session, kit.db, kit.table, 0, 100, &table));
    return table;
}

JET_COLUMNID column_new(JET_TABLEID table, const char *name, JET_COLTYP type, JET_GRBIT grbit)
{
    bool text = type == JET_coltypText || type == JET_coltypLongText;
    JET_COLUMNDEF def = {
        .cbStruct = sizeof def, .coltyp = type, .grbit = grbit, .cp = text ? 1200 : 0};
    JET_COLUMNID id = 0;

    OK(JetAddColumnA(kit.session, table, name, &def, NULL, 0, &id));
    return id;
}

void index_new(JET_TABLEID table, const char *name, const char *key, unsigned long size,
               JET_GRBIT grbit)
{
    OK(JetCreateIndexA(kit.session, table, name, grbit, key, size, 100));
}

JET_COLUMNID column_id(JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    OK(JetGetTableColumnInfoA(kit.session, table, name, &def, sizeof def, JET_ColInfo));
    return def.columnid;
}

void set(JET_TABLEID table, JET_COLUMNID id, const void *data, size_t size)
{
    OK(JetSetColumn(kit.session, table, id, data, size, 0, NULL));
}

void set_long(JET_TABLEID table, JET_COLUMNID id, int32_t value)
{
    set(table, id, &value, sizeof value);
}

void set_value(JET_TABLEID table, JET_COLUMNID id, unsigned itag, const void *data, size_t size)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};

    OK(JetSetColumn(kit.session, table, id, data, size, 0, &info));
}

int32_t get_long(JET_TABLEID table, JET_COLUMNID id)
{
    int32_t value = 0;

    OK(JetRetrieveColumn(kit.session, table, id, &value, sizeof value, NULL, 0, NULL));
    return value;
}

void prepare(JET_TABLEID table, unsigned long prep)
{
    OK(JetPrepareUpdate(kit.session, table, prep));
}

void update(JET_TABLEID table)
{
    OK(JetUpdate(kit.session, table, NULL, 0, NULL));
}

void update_and_go(JET_TABLEID table)
{
    unsigned char bookmark[JET_cbBookmarkMost];
    unsigned long size = 0;

    OK(JetUpdate(kit.session, table, bookmark, sizeof bookmark, &size));
    OK(JetGotoBookmark(kit.session, table, bookmark, size));
}

void begin(void)
{
    OK(JetBeginTransaction(kit.session));
}

void commit(void)
{
    OK(JetCommitTransaction(kit.session, JET_bitCommitLazyFlush));
}

void rows_are(JET_TABLEID table, const char *index, JET_COLUMNID id, const int32_t *want,
              size_t count)
{
    OK(JetSetCurrentIndexA(kit.session, table, index));
    for (size_t i = 0; i < count; i++) {
        OK(JetMove(kit.session, table, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        if (get_long(table, id) != want[i])
            fail_msg("row %zu of %s is %d, not %d", i, index ? index : "the primary index",
                     get_long(table, id), want[i]);
    }
    GIVES(JET_errNoCurrentRecord,
          JetMove(kit.session, table, count == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
}

void no_rows(JET_TABLEID table, const char *index)
{
    rows_are(table, index, 0, NULL, 0);
}

/* ---- the program ---- */

int kit_run(const char *group, int argc, char **argv)
{
    static struct CMUnitTest tests[CASES_MAX + 1];
    static char names[CASES_MAX][160];
    size_t count = 0;

    if (argc > 1 && !strcmp(argv[1], "--catalogue")) {
        print_catalogue();
        return 0;
    }
    for (size_t i = 0; i < case_count; i++) {
        if (argc > 1 && strcmp(argv[1], cases[i].area) != 0)
            continue;
        snprintf(names[i], sizeof names[i], "%s: %s", cases[i].area, cases[i].name);
        tests[count++] =
            (struct CMUnitTest){names[i], run_case, case_begin, case_end, (void *)(uintptr_t)i};
    }
    tests[count++] = (struct CMUnitTest){"the whole database agrees with itself",
                                         whole_database_agrees, case_begin, case_end, NULL};
    return _cmocka_run_group_tests(group, tests, count, start, end);
}
