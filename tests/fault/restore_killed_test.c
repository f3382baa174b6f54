/* SPDX-License-Identifier: Apache-2.0
 *
 * restore_killed_test.c - JetRestoreInstance, killed at its calls: the old content or the new
 *
 * Two databases hold rows that all say which content they are of: NEW in the backup, OLD in what is
 * there when it is restored. Whatever call the restore is killed at, the next JetInit finds one of
 * the two, whole and in both databases, and a restore after it succeeds.
 * The process that is killed is this program again: RocksDB's threads do not live on in a forked one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "killed.h"

#include <esent.h>
#include <holdfast/check_ese.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIVES(want, call) gives(want, call, #call, __LINE__)
#define OK(call)          GIVES(JET_errSuccess, call)

enum { NEW = 1, OLD = 2, ROWS = 40, DATABASES = 2 };

static char folder[200];
static const char *log_name; /* "" : with the rest */
static JET_INSTANCE instance;
static JET_SESID session;

static void gives(JET_ERR want, JET_ERR got, const char *call, int line)
{
    if (want == got)
        return;
    print_error("%s gave %d, not %d\n", call, got, want);
    _fail(__FILE__, line);
}

static void shell(const char *command)
{
    char line[1000];

    (void)snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    assert_int_equal(system(line), 0);
}

static const char *in_folder(const char *name)
{
    static char path[300];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *database(int n)
{
    return in_folder(n == 0 ? "work/a.edb" : "work/b.edb");
}

/* ---- an instance in work/ ---- */

static JET_ERR prepare(void)
{
    JET_ERR err = JetCreateInstanceA(&instance, "killed");

    if (!err)
        err = JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, in_folder("work/"));
    if (!err)
        err = JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, in_folder(log_name));
    return err ? err : JetSetSystemParameterA(&instance, 0, JET_paramCreatePathIfNotExist, 1, NULL);
}

static void start(void)
{
    OK(prepare());
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, "", ""));
}

static void open_table(int n, JET_TABLEID *table, JET_COLUMNID *content)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_DBID db = 0;

    OK(JetOpenDatabaseA(session, database(n), "", &db, 0));
    OK(JetOpenTableA(session, db, "t", NULL, 0, 0, table));
    OK(JetGetTableColumnInfoA(session, *table, "content", &def, sizeof def, JET_ColInfo));
    *content = def.columnid;
}

static void make_database(int n)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_COLUMNID column = 0;
    JET_TABLEID table = 0;
    JET_DBID db = 0;

    OK(JetCreateDatabaseA(session, database(n), "", &db, 0));
    OK(JetCreateTableA(session, db, "t", 0, 100, &table));
    OK(JetAddColumnA(session, table, "content", &def, NULL, 0, &column));
    OK(JetCreateIndexA(session, table, "i", 0, "+content\0", 10, 100));
    OK(JetCloseTable(session, table));
}

/* In the place of all rows that are there. */
static void write_content(int32_t content)
{
    OK(JetBeginTransaction(session));
    for (int n = 0; n < DATABASES; n++) {
        JET_TABLEID table = 0;
        JET_COLUMNID column = 0;

        open_table(n, &table, &column);
        while (JetMove(session, table, JET_MoveFirst, 0) == JET_errSuccess)
            OK(JetDelete(session, table));
        for (int i = 0; i < ROWS; i++) {
            OK(JetPrepareUpdate(session, table, JET_prepInsert));
            OK(JetSetColumn(session, table, column, &content, sizeof content, 0, NULL));
            OK(JetUpdate(session, table, NULL, 0, NULL));
        }
        OK(JetCloseTable(session, table));
    }
    OK(JetCommitTransaction(session, 0));
}

/* What all rows say, by records and by index. */
static int32_t read_content(int n)
{
    HOLDFAST_ESE_CHECK check = {0};
    JET_TABLEID table = 0;
    JET_COLUMNID column = 0;
    JET_DBID db = 0;
    int32_t content = 0, each = 0;
    int rows = 0;

    OK(JetAttachDatabaseA(session, database(n), 0));
    open_table(n, &table, &column);
    for (JET_ERR err = JetMove(session, table, JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(session, table, JET_MoveNext, 0)) {
        OK(JetRetrieveColumn(session, table, column, &each, sizeof each, NULL, 0, NULL));
        assert_true(rows == 0 || each == content);
        content = each;
        rows++;
    }
    assert_int_equal(rows, ROWS);
    OK(JetOpenDatabaseA(session, database(n), "", &db, 0));
    OK(holdfast_ese_check(session, db, &check));
    assert_int_equal(check.faults, 0);
    return content;
}

/* ---- the process that is killed ---- */

static int restore_up_to(enum fault_op op, unsigned nth)
{
    if (prepare() != JET_errSuccess)
        return 1;
    fault_arm(op, "/", nth, 1, FAULT_KILL);
    return JetRestoreInstanceA(instance, in_folder("backup"), NULL, NULL) != JET_errSuccess;
}

/* True for such a process, which has ended then. */
static bool run_role(int argc, char **argv)
{
    if (argc != 5)
        return false;
    (void)snprintf(folder, sizeof folder, "%s", argv[1]);
    log_name = argv[2];
    _exit(restore_up_to((enum fault_op)atoi(argv[3]), (unsigned)atoi(argv[4])));
}

/* ---- the test ---- */

static unsigned stride = 5; /* every which call; 1 when the test is run with "every" */
static unsigned found[OLD + 1];

/* The content that the next instance finds. */
static int32_t look(void)
{
    int32_t content;

    start();
    content = read_content(0);
    assert_int_equal(read_content(1), content);
    assert_true(content == OLD || content == NEW);
    OK(JetTerm(instance));
    shell("test ! -e work/edb.store/restoring && test ! -e work/edb.store/restored");
    return content;
}

/* False when the restore ended before it met that call. */
static bool killed(enum fault_op op, unsigned nth)
{
    int status;

    shell("rm -rf work logs && cp -a saved/. .");
    status = run_again(folder, log_name, op, nth);
    if (!WIFSIGNALED(status)) {
        assert_int_equal(status, 0);
        assert_int_equal(look(), NEW);
        return false;
    }
    assert_int_equal(WTERMSIG(status), SIGKILL);
    found[look()]++;
    return true;
}

static void sweep(enum fault_op op, unsigned step)
{
    unsigned nth = 1, kills = 0;

    for (; killed(op, nth); nth += step)
        kills++;
    print_message("# call %d: killed at %u places\n", (int)op, kills);
    assert_true(kills > 0);
}

static void at_any_call(const char *where_logs_are)
{
    log_name = where_logs_are;
    start();
    make_database(0);
    make_database(1);
    write_content(NEW);
    OK(JetBackupInstanceA(instance, in_folder("backup"), 0, NULL));
    write_content(OLD);
    OK(JetTerm(instance));
    shell("mkdir -p saved logs && cp -a work logs saved/");
    found[OLD] = found[NEW] = 0;
    sweep(FAULT_WRITE, stride);
    sweep(FAULT_SYNC, stride);
    sweep(FAULT_CREATE, stride);
    sweep(FAULT_RENAME, 1);
    sweep(FAULT_UNLINK, stride);
    print_message("# old content %u times, new content %u times\n", found[OLD], found[NEW]);
    assert_true(found[OLD] > 0 && found[NEW] > 0);
}

static void with_its_log_in_the_store(void **state)
{
    (void)state;
    at_any_call("work/");
}

static void with_its_log_elsewhere(void **state)
{
    (void)state;
    at_any_call("logs/");
}

static int up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/hf-restore-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    shell("mkdir work");
    return 0;
}

static int down(void **state)
{
    char command[220];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(with_its_log_in_the_store),
        CASE(with_its_log_elsewhere),
    };

    if (argc == 2)
        stride = 1;
    return run_role(argc, argv) ? 0
                                : cmocka_run_group_tests_name("restore killed", tests, NULL, NULL);
}
