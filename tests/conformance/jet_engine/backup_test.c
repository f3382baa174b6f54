/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_test.c - a backup beside writers, and back (ese-api 1)
 *
 * At a server's address the backup is written here, too, and restored here: what it has is looked at in
 * a folder of its own, while the server goes on.
 */
#include "fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned begun, moved, completed, failed, last_done;
static JET_ERR answer;

static JET_ERR JET_API hear(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    const JET_SNPROG *p = data;

    (void)session;
    assert_true(snp == JET_snpBackup || snp == JET_snpRestore);
    assert_true(p->cunitDone <= p->cunitTotal);
    if (snt == JET_sntBegin)
        last_done = 0;
    assert_true(p->cunitDone >= last_done);
    assert_int_equal(begun, snt == JET_sntBegin ? 0 : 1);
    assert_int_equal(completed + failed, 0);
    assert_true(snt != JET_sntComplete || p->cunitDone == p->cunitTotal);
    last_done = (unsigned)p->cunitDone;
    begun += snt == JET_sntBegin;
    moved += snt == JET_sntProgress;
    completed += snt == JET_sntComplete;
    failed += snt == JET_sntFail;
    return snt == JET_sntProgress ? answer : JET_errSuccess;
}

static void hear_anew(JET_ERR answer_to_progress)
{
    answer = answer_to_progress;
    begun = moved = completed = failed = last_done = 0;
}

static void shell(const struct fixture *f, const char *command)
{
    char line[600];

    (void)snprintf(line, sizeof line, "cd '%s' && %s", f->folder, command);
    assert_int_equal(system(line), 0);
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

/* `rows` of them are in the backup in `folder`. */
static void has_rows(const struct fixture *f, const char *folder, unsigned long rows)
{
    struct fixture here;
    struct numbers n;

    fixture_restored(f, folder, &here);
    numbers_open(here.session, here.db, &n);
    numbers_count_is(&n, rows);
    numbers_fill(&n, (int32_t)rows, (int32_t)rows + 10); /* and goes on */
    fixture_come_back(&here);
}

static void restore_of(struct fixture *f, const char *folder, JET_ERR want)
{
    fixture_go_local(true);
    instance_made(f);
    GIVES(want, JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    OK(JetTerm(f->instance));
    fixture_go_local(false);
}

static void what_was_committed_comes_back(void **state)
{
    struct fixture *f = *state;
    char folder[96];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 500);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBeginTransaction(f->session));
    numbers_fill(&n, 500, 600); /* open while it is taken */
    hear_anew(JET_errSuccess);
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, hear));
    assert_int_equal(begun, 1);
    assert_int_equal(completed, 1);
    assert_int_equal(failed, 0);
    assert_true(moved > 0);
    has_rows(f, folder, 500);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL)); /* takes its place */
    OK(MOVE(&n, JET_MoveFirst));
    for (unsigned i = 0; i < 300; i++) {
        OK(JetDelete(n.session, n.table));
        OK(MOVE(&n, JET_MoveNext));
    }
    has_rows(f, folder, 600);
}

static void it_comes_back_in_its_place(void **state)
{
    struct fixture *f = *state;
    char folder[96], moved_to[96], path[128];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 600);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    OK(MOVE(&n, JET_MoveFirst));
    OK(JetDelete(n.session, n.table));
    fixture_stop(f, JET_bitTermComplete);
    instance_made(f);
    hear_anew(JET_errSuccess);
    OK(JetRestoreInstanceA(f->instance, folder, NULL, hear));
    assert_int_equal(begun + completed, 2);
    assert_true(moved > 0);
    OK(JetTerm(f->instance));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 600);
    numbers_fill(&n, 600, 610); /* and goes on */
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
    numbers_count_is(&n, 600);
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
    numbers_fill(&n, 0, 300);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    numbers_fill(&n, 300, 400);
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
    numbers_count_is(&n, 300);
    OK(JetBeginTransaction(f->session));
    numbers_fill(&n, 300, 450);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    numbers_fill(&n, 450, 500);
    GIVES(JET_errDirtyShutdown, JetTerm2(f->instance, JET_bitTermDirty));

    instance_with_log(f, "logs/"); /* what has it there */
    OK(JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    instance_begun(f);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 450);
    OK(JetTerm(f->instance));

    instance_with_log(f, "others/"); /* what has it elsewhere stays as it is */
    GIVES(JET_errMissingLogFile, JetRestoreInstanceA(f->instance, folder, NULL, NULL));
    OK(JetTerm(f->instance));
    instance_with_log(f, "logs/");
    instance_begun(f);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 450);
}

static void a_backup_that_is_stopped_is_none(void **state)
{
    struct fixture *f = *state;
    char folder[96];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 100);
    OK(JetCommitTransaction(f->session, 0));
    GIVES(JET_errNoBackup, JetStopBackupInstance(f->instance));
    hear_anew(JET_errOutOfMemory); /* what the program answers is what it gets */
    GIVES(JET_errOutOfMemory, JetBackupInstanceA(f->instance, folder, 0, hear));
    assert_int_equal(begun, 1);
    assert_int_equal(completed, 0);
    assert_int_equal(failed, 1);
    hear_anew(JET_errSuccess);
    OK(JetBackupInstanceA(f->instance, folder, 0, hear));
    GIVES(JET_errBackupDirectoryNotEmpty, JetBackupInstanceA(f->instance, folder, 0, NULL));
    has_rows(f, folder, 100);
    fixture_stop(f, JET_bitTermComplete);
    restore_of(f, f->folder, JET_errNoBackup);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 100);
}

/* Octets in the files of a folder; a file with two names counts once. */
static long octets(const struct fixture *f, const char *folder)
{
    char command[300];
    long sum = -1;
    FILE *p;

    (void)snprintf(command, sizeof command,
                   "find '%s/%s' -type f -printf '%%s\n' | awk '{s+=$1} END {print s+0}'",
                   f->folder, folder);
    p = popen(command, "r");
    assert_non_null(p);
    assert_int_equal(fscanf(p, "%ld", &sum), 1);
    assert_int_equal(pclose(p), 0);
    return sum;
}

/* As much as no log file can hide. */
static void fill_wide(const struct fixture *f, const char *table_name)
{
    static char data[20000];
    JET_TABLEID table = 0;
    JET_COLUMNID id;

    OK(JetCreateTableA(f->session, f->db, table_name, 0, 100, &table));
    id = add(f->session, table, "c", JET_coltypLongBinary, 0, NULL, 0);
    for (unsigned i = 0; i < 100; i++) {
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (char)(k * i);
        OK(JetPrepareUpdate(f->session, table, JET_prepInsert));
        OK(JetSetColumn(f->session, table, id, data, sizeof data, 0, NULL));
        OK(JetUpdate(f->session, table, NULL, 0, NULL));
    }
    OK(JetCloseTable(f->session, table));
}

enum { INCREMENTS = 7 };

static void an_incremental_backup_adds_what_is_new(void **state)
{
    struct fixture *f = *state;
    char folder[96], aside[96];
    struct numbers n;
    long full, least;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    snprintf(aside, sizeof aside, "%s/aside", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 100);
    OK(JetCommitTransaction(f->session, 0));
    fill_wide(f, "wide");
    GIVES(JET_errMissingFullBackup,
          JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, NULL));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    /* An atomic one in there would be passed over for what is older. */
    GIVES(JET_errBackupDirectoryNotEmpty,
          JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    full = least = octets(f, "backup");
    for (int32_t i = 1; i <= INCREMENTS; i++) {
        long before = octets(f, "backup"), added;

        numbers_fill(&n, 100 * i, 100 * i + 100);
        hear_anew(JET_errSuccess);
        OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, hear));
        assert_int_equal(begun + completed, 2);
        added = octets(f, "backup") - before;
        least = added < least ? added : least;
    }
    /* What is there is not copied again, but when the store has put files together meanwhile. */
    print_message("# full %ld octets, the smallest increment %ld\n", full, least);
    assert_true(full > 1500000 && least < full / 10);
    shell(f, "cp -r backup aside");
    numbers_fill(&n, 800, 850);
    hear_anew(JET_errBackupAbortByServer); /* one that fails leaves what was there */
    GIVES(JET_errBackupAbortByServer,
          JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, hear));
    has_rows(f, folder, 800);
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, NULL));
    has_rows(f, aside, 800);
    has_rows(f, folder, 850);
}

static void a_restored_store_adds_to_the_same_backup(void **state)
{
    struct fixture *f = *state;
    char folder[96];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 100);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    numbers_fill(&n, 100, 200);
    fixture_stop(f, JET_bitTermComplete);
    restore_of(f, folder, JET_errSuccess);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 100);
    numbers_fill(&n, 100, 300);
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, NULL));
    fixture_stop(f, JET_bitTermComplete);
    restore_of(f, folder, JET_errSuccess);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 300);
}

static void an_incremental_backup_of_another_store(void **state)
{
    struct fixture *f = *state;
    struct fixture *other = NULL;
    char folder[96];

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupAtomic, NULL));
    OK(JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, NULL));
    fixture_go_local(true);
    assert_int_equal(fixture_up((void **)&other), 0);
    OK(JetCommitTransaction(other->session, 0));
    GIVES(JET_errMissingFullBackup,
          JetBackupInstanceA(other->instance, folder, JET_bitBackupIncremental, NULL));
    assert_int_equal(fixture_down((void **)&other), 0);
    fixture_go_local(false);
}

/* What is there is touched by nothing but a backup that is whole. */
static void an_unfit_backup_changes_nothing(void **state)
{
    static const struct {
        const char *harm;
        JET_ERR want;
    } harms[] = {
        {"rm bad/manifest", JET_errNoBackup},
        {"sed -i '1s/2/9/' bad/manifest", JET_errInvalidBackup},
        {"sed -i '$d' bad/manifest", JET_errInvalidBackup},
        {"sed -i 's|^file .*CURRENT$|file 1 1 0 ../../CURRENT|' bad/manifest",
         JET_errInvalidBackup},
        {"sed -i 's|^store ....|store 0000|' bad/manifest", JET_errInvalidBackup},
        {"sed -i 's|^\\(database [0-9]* [0-9]* \\).*|\\1/nowhere/x.edb|' bad/manifest",
         JET_errInvalidPath},
        {"rm bad/store/db/CURRENT", JET_errInvalidBackup},
        {"truncate -s 1 bad/store/db/CURRENT", JET_errInvalidBackup},
        {"f=$(ls bad/store/db/*.sst | head -1) && printf x | "
         "dd of=$f bs=1 seek=100 conv=notrunc 2>/dev/null",
         JET_errReadVerifyFailure},
        {"sed -i '/CURRENT$/d' bad/manifest", JET_errReadVerifyFailure},
    };
    struct fixture *f = *state;
    char folder[96], bad[96];
    struct numbers n;

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    snprintf(bad, sizeof bad, "%s/bad", f->folder);
    numbers_make(f, &n);
    numbers_fill(&n, 0, 100);
    OK(JetCommitTransaction(f->session, 0));
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    numbers_fill(&n, 100, 200);
    fixture_stop(f, JET_bitTermComplete);
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        shell(f, "rm -rf bad && cp -r backup bad");
        shell(f, harms[i].harm);
        restore_of(f, bad, harms[i].want);
    }
    fixture_go_local(true);
    instance_made(f);
    hear_anew(JET_errOutOfMemory);
    GIVES(JET_errOutOfMemory, JetRestoreInstanceA(f->instance, folder, NULL, hear));
    assert_int_equal(begun + failed, 2);
    OK(JetTerm(f->instance));
    fixture_go_local(false);
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 200);
}

static void circular_logging_has_no_incremental_backup(void **state)
{
    struct fixture *f = *state;
    char folder[96];

    snprintf(folder, sizeof folder, "%s/backup", f->folder);
    OK(JetCommitTransaction(f->session, 0));
    fixture_stop(f, JET_bitTermComplete);
    instance_made(f);
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramCircularLog, 1, NULL));
    instance_begun(f);
    OK(JetBackupInstanceA(f->instance, folder, 0, NULL));
    GIVES(JET_errInvalidBackup,
          JetBackupInstanceA(f->instance, folder, JET_bitBackupIncremental, NULL));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

#define ANYWHERE                                                                 \
    CASE(what_was_committed_comes_back), CASE(a_backup_that_is_stopped_is_none), \
        CASE(an_incremental_backup_adds_what_is_new),                            \
        CASE(an_incremental_backup_of_another_store),                            \
        CASE(circular_logging_has_no_incremental_backup), CASE(an_unfit_backup_changes_nothing)

int main(void)
{
    const struct CMUnitTest far[] = {ANYWHERE};
    const struct CMUnitTest here[] = {
        ANYWHERE,
        /* a server's folder is not restored from afar (N5) */
        CASE(it_comes_back_in_its_place),
        CASE(a_log_in_a_folder_of_its_own_comes_back),
        CASE(a_restored_store_adds_to_the_same_backup),
    };

    return fixture_at_address() ? cmocka_run_group_tests_name("jet_backup", far, NULL, NULL)
                                : cmocka_run_group_tests_name("jet_backup", here, NULL, NULL);
}
