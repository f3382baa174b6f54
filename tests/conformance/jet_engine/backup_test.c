/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_test.c - a backup beside writers, and back (ese-api 1)
 */
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static unsigned begun, moved, completed;
static JET_ERR answer;

static JET_ERR JET_API hear(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    const JET_SNPROG *p = data;

    (void)session;
    assert_true(snp == JET_snpBackup || snp == JET_snpRestore);
    assert_true(p->cunitDone <= p->cunitTotal);
    begun += snt == JET_sntBegin;
    moved += snt == JET_sntProgress;
    completed += snt == JET_sntComplete;
    return snt == JET_sntProgress ? answer : JET_errSuccess;
}

static void fill(const struct numbers *n, int32_t from, int32_t to)
{
    for (int32_t i = from; i < to; i++)
        numbers_insert(n, i, i / 10, i % 10);
}

static void count_is(const struct numbers *n, unsigned long want)
{
    unsigned long count = 0;

    OK(MOVE(n, JET_MoveFirst));
    OK(JetIndexRecordCount(n->session, n->table, &count, 0));
    assert_int_equal(count, want);
    OK(JetSetCurrentIndexA(n->session, n->table, "plain"));
    OK(MOVE(n, JET_MoveFirst));
    OK(JetIndexRecordCount(n->session, n->table, &count, 0));
    assert_int_equal(count, want);
    OK(JetSetCurrentIndexA(n->session, n->table, NULL));
}

/* An instance in the fixture's folder that has not begun; its log lies below `log`, "" with the rest. */
static void instance_with_log(struct fixture *f, const char *log)
{
    char path[80], log_path[96];

    snprintf(path, sizeof path, "%s/", f->folder);
    snprintf(log_path, sizeof log_path, "%s/%s", f->folder, log);
    f->instance = 0;
    OK(JetCreateInstanceA(&f->instance, "restored"));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramLogFilePath, 0, log_path));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
}

static void instance_made(struct fixture *f)
{
    instance_with_log(f, "");
}

static void instance_begun(struct fixture *f)
{
    OK(JetInit(&f->instance));
    OK(JetBeginSessionA(f->instance, &f->session, "", ""));
    OK(JetAttachDatabaseA(f->session, f->database, 0));
    OK(JetOpenDatabaseA(f->session, f->database, "", &f->db, 0));
}

static void what_was_committed_comes_back(void **state)
{
    struct fixture *f = *state;
    char folder[96], moved_to[96], path[128];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    fill(&n, 0, 500);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction(f->session));
    fill(&n, 500, 600); /* open while it is taken */
    begun = moved = completed = 0;
    OK(JetBackupInstanceA(f->instance, folder, 0, hear));
    assert_int_equal(begun, 1);
    assert_int_equal(completed, 1);
    assert_true(moved > 0);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL)); /* takes the first one's place */
    OK(MOVE(&n, JET_MoveFirst));
    for (unsigned i = 0; i < 300; i++) {
        OK(JetDelete(n.session, n.table));
        OK(MOVE(&n, JET_MoveNext));
    }
    fixture_stop(f, JET_bitTermComplete);
    instance_made(f);
    OK(JetRestoreInstanceA(f->instance, folder, NULL, hear));
    OK(JetTerm(f->instance));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 600);
    fill(&n, 600, 610); /* and goes on */
    fixture_stop(f, JET_bitTermComplete);
    snprintf(moved_to, sizeof moved_to, "%s/elsewhere", f->folder);
    assert_int_equal(mkdir(moved_to, 0777), 0);
    instance_made(f);
    OK(JetRestoreInstanceA(f->instance, folder, moved_to, NULL));
    OK(JetTerm(f->instance));
    snprintf(path, sizeof path, "%s/test.edb", moved_to);
    assert_int_equal(access(path, F_OK), 0);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 600);
}

/* The backup's log comes to lie where the instance has its own, whatever was there before. */
static void a_log_in_a_folder_of_its_own_comes_back(void **state)
{
    struct fixture *f = *state;
    char folder[96], stray[128];
    struct numbers n;
    FILE *file;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    fill(&n, 0, 300);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    fill(&n, 300, 400);
    fixture_stop(f, JET_bitTermComplete);

    instance_with_log(f, "others/"); /* where somebody else's is */
    snprintf(stray, sizeof stray, "%s/others", f->folder);
    assert_int_equal(mkdir(stray, 0700), 0);
    snprintf(stray, sizeof stray, "%s/others/edb.log", f->folder);
    assert_int_equal(mkdir(stray, 0700), 0);
    snprintf(stray, sizeof stray, "%s/others/edb.log/000004.log", f->folder);
    file = fopen(stray, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    GIVES(JET_errBadLogSignature, JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    OK(JetTerm(f->instance));
    assert_int_equal(access(stray, F_OK), 0);

    instance_with_log(f, "logs/"); /* what has its log with itself */
    OK(JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    instance_begun(f);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 300);
    OK(JetBeginTransaction(f->session));
    fill(&n, 300, 450);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    fill(&n, 450, 500);
    GIVES(JET_errDirtyShutdown, JetTerm2(f->instance, JET_bitTermDirty));

    instance_with_log(f, "logs/"); /* what has it there */
    OK(JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    instance_begun(f);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 450);
    OK(JetTerm(f->instance));

    instance_with_log(f, "others/"); /* what has it elsewhere stays as it is */
    GIVES(JET_errMissingLogFile, JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    OK(JetTerm(f->instance));
    instance_with_log(f, "logs/");
    instance_begun(f);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 450);
}

static void a_backup_that_is_stopped_is_none(void **state)
{
    struct fixture *f = *state;
    char folder[96];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    fill(&n, 0, 100);
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errNoBackup, JetStopBackupInstance(f->instance));
    answer = JET_errBackupAbortByServer;
    GIVES(JET_errBackupAbortByServer, JetBackupInstanceA(f->instance, folder, 0, hear));
    answer = JET_errSuccess;
    OK(JetBackupInstanceA(f->instance, folder, 0, hear));
    GIVES(JET_errBackupDirectoryNotEmpty,
          JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    fixture_stop(f, JET_bitTermComplete);
    instance_made(f);
    GIVES(JET_errNoBackup, JetRestoreInstanceA(f->instance, f->folder, NULL, NULL));
    OK(JetTerm(f->instance));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    count_is(&n, 100);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_committed_comes_back),
        CASE(a_log_in_a_folder_of_its_own_comes_back),
        CASE(a_backup_that_is_stopped_is_none),
    };

    return cmocka_run_group_tests_name("jet_backup", tests, NULL, NULL);
}
