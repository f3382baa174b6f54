/* SPDX-License-Identifier: Apache-2.0
 *
 * stream_test.c - a backup that the program reads file by file, and back (ese-api 1)
 *
 * A server's is read here, too, and restored here.
 */
#include "stream_client.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[96], again[96];

static int up(void **state)
{
    int rc = fixture_up(state);
    struct fixture *f = *state;

    if (rc)
        return rc;
    snprintf(folder, sizeof folder, "%s/streamed", f->folder);
    snprintf(again, sizeof again, "%s/again", f->folder);
    return mkdir(folder, 0700) == 0 && mkdir(again, 0700) == 0 ? 0 : -1;
}

/* A table with as many rows, committed. */
static void have(struct fixture *f, struct numbers *n, int32_t rows)
{
    numbers_make(f, n);
    numbers_fill(n, 0, rows);
    OK(JetCommitTransaction(f->session, 0));
}

static JET_ERR restore(const char *system, JET_LOGINFO_A *info, JET_RSTMAP_A *map, long count,
                       JET_PFNSTATUS status)
{
    char path[128];
    JET_ERR err;

    snprintf(path, sizeof path, "%s/", system);
    fixture_go_local(true);
    err = JetExternalRestore2A(path, path, map, count, folder, info, NULL, NULL, NULL, status);
    fixture_go_local(false);
    return err;
}

/* The database at `path` of the instance in `system` has that many rows. */
static void rows_are(char *system, const char *path, unsigned long want)
{
    struct fixture f = {.instance = 0};
    struct numbers n;
    char system_path[128];

    fixture_go_local(true);
    snprintf(system_path, sizeof system_path, "%s/", system);
    snprintf(f.database, sizeof f.database, "%.95s", path);
    OK(JetCreateInstanceA(&f.instance, "restored"));
    OK(JetSetSystemParameterA(&f.instance, 0, JET_paramSystemPath, 0, system_path));
    OK(JetSetSystemParameterA(&f.instance, 0, JET_paramLogFilePath, 0, system_path));
    OK(JetInit(&f.instance));
    OK(JetBeginSessionA(f.instance, &f.session, "", ""));
    OK(JetAttachDatabaseA(f.session, path, 0));
    OK(JetOpenDatabaseA(f.session, path, "", &f.db, 0));
    numbers_open(f.session, f.db, &n);
    numbers_count_is(&n, want);
    fixture_check(&f);
    OK(JetTerm(f.instance));
    fixture_go_local(false);
}

static unsigned begun, completed, failed;

static JET_ERR JET_API hear(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    const JET_SNPROG *p = data;

    (void)session;
    assert_int_equal(snp, JET_snpRestore);
    assert_true(p->cunitDone <= p->cunitTotal);
    begun += snt == JET_sntBegin;
    completed += snt == JET_sntComplete;
    failed += snt == JET_sntFail;
    return JET_errSuccess;
}

/* Restored in a folder of its own, beside the instance that it is of, it has that many rows. */
static void has_rows(const struct fixture *f, const JET_LOGINFO_A *of, const char *name,
                     unsigned long want)
{
    JET_LOGINFO_A info = *of;
    char moved[160], to[96], former_path[96];
    JET_RSTMAP_A map = {former_path, moved};

    snprintf(to, sizeof to, "%.64s/%s", f->folder, name);
    assert_int_equal(mkdir(to, 0700), 0);
    snprintf(former_path, sizeof former_path, "%s", f->database);
    snprintf(moved, sizeof moved, "%s/%.60s", folder, fixture_file_name(f->database));
    begun = completed = failed = 0;
    OK(restore(to, &info, &map, 1, hear));
    assert_int_equal(begun + completed, 2);
    assert_int_equal(failed, 0);
    rows_are(to, moved, want);
}

static void what_was_read_comes_back(void **state)
{
    struct fixture *f = *state;
    JET_LOGINFO_A info;
    struct numbers n;

    have(f, &n, 300);
    OK(stream_backup(f->instance, 0, true, folder, &info));
    assert_string_equal(info.szBaseName, "edb");
    assert_true(info.ulGenHigh > info.ulGenLow + 2);
    numbers_fill(&n, 300, 400);
    has_rows(f, &info, "restored", 300);
}

static void it_comes_back_in_its_place(void **state)
{
    struct fixture *f = *state;
    JET_LOGINFO_A info;
    struct numbers n;

    have(f, &n, 300);
    OK(stream_backup(f->instance, 0, true, folder, &info));
    assert_int_equal(info.ulGenLow, 1);
    numbers_fill(&n, 300, 400);
    GIVES(JET_errSystemPathInUse, restore(f->folder, &info, NULL, 0, NULL));
    fixture_stop(f, JET_bitTermComplete);
    OK(restore(f->folder, &info, NULL, 0, NULL));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 300);
    numbers_fill(&n, 300, 310);
}

/* As strings one after the other have it. */
static bool is_listed(const WCHAR *list, const char *name)
{
    for (const WCHAR *p = list; *p != 0; p++) {
        const char *c = name;

        for (; *p != 0 && *p == (unsigned char)*c; p++)
            c++;
        if (*p == 0 && *c == '\0')
            return true;
        while (*p != 0)
            p++;
    }
    return false;
}

/* UTF-16, step by step, with the smallest buffers that will do. */
static void wide_characters_do(void **state)
{
    struct fixture *f = *state;
    static WCHAR list[4096], base[200];
    JET_LOGINFO_W info = {.cbSize = sizeof info};
    unsigned long size = 0, low = 1, high = 1, got = 0, part = 0;
    JET_HANDLE file = 0;
    struct numbers n;

    have(f, &n, 10);
    OK(JetBeginExternalBackupInstance(f->instance, 0));
    OK(JetGetAttachInfoInstanceW(f->instance, NULL, 0, &size));
    if (!fixture_at_address()) /* a server has others, and its own */
        assert_int_equal(size, (strlen(f->database) + 2) * sizeof(WCHAR));
    OK(JetGetAttachInfoInstanceW(f->instance, base, 4, &part)); /* as much as fits, and no word */
    assert_int_equal(part, size);
    assert_true(base[0] != 0 && base[1] != 0);
    assert_int_equal(base[2], 0);
    OK(JetGetAttachInfoInstanceW(f->instance, list, sizeof list, &size));
    assert_int_equal(list[size / sizeof(WCHAR) - 2], 0);
    assert_int_equal(list[size / sizeof(WCHAR) - 1], 0);
    assert_true(is_listed(list, f->database));
    OK(JetOpenFileInstanceW(f->instance, list, &file, &low, &high));
    assert_true(low == 4096 && high == 0);
    OK(JetReadFileInstance(f->instance, file, stream_buffer, 3 * 4096, &got));
    assert_int_equal(got, 4096);
    OK(JetReadFileInstance(f->instance, file, stream_buffer, 4096, &got));
    assert_int_equal(got, 0);
    OK(JetCloseFileInstance(f->instance, file));
    OK(JetGetLogInfoInstance2W(f->instance, list, sizeof list, &size, &info));
    assert_true(info.szBaseName[0] == 'e' && info.szBaseName[3] == 0);
    OK(JetGetLogInfoInstanceW(f->instance, list, sizeof list, &size));
    OK(JetGetTruncateLogInfoInstanceW(f->instance, list, sizeof list, &size));
    assert_int_equal(size, sizeof(WCHAR));
    assert_int_equal(list[0], 0);
    OK(JetGetTruncateLogInfoInstanceA(f->instance, NULL, 0, &size));
    assert_int_equal(size, 1);
    OK(JetEndExternalBackupInstance(f->instance));
}

static void calls_out_of_turn(void **state)
{
    struct fixture *f = *state;
    JET_INSTANCE i = f->instance;
    JET_HANDLE file = 0, none = 0;
    unsigned long got = 0;
    static char logs[65536];
    char *b = stream_buffer;
    struct numbers n;

    have(f, &n, 10);
    /* there is none */
    GIVES(JET_errNoBackup, JetGetAttachInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errNoBackup, JetOpenFileInstanceA(i, f->database, &file, NULL, NULL));
    GIVES(JET_errNoBackup, JetReadFileInstance(i, file, b, 65536, &got));
    GIVES(JET_errNoBackup, JetCloseFileInstance(i, file));
    GIVES(JET_errNoBackup, JetGetLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errNoBackup, JetGetTruncateLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errNoBackup, JetTruncateLogInstance(i));
    GIVES(JET_errNoBackup, JetEndExternalBackupInstance(i));
    GIVES(JET_errNoBackup, JetStopBackupInstance(i));
    GIVES(JET_errInvalidGrbit, JetBeginExternalBackupInstance(i, JET_bitBackupAtomic));
    GIVES(JET_errMissingFullBackup, JetBeginExternalBackupInstance(i, JET_bitBackupIncremental));
    /* one at a time, of either kind */
    OK(JetBeginExternalBackupInstance(i, 0));
    GIVES(JET_errBackupInProgress, JetBeginExternalBackupInstance(i, 0));
    GIVES(JET_errBackupInProgress, JetBackupInstanceA(i, again, 0, NULL));
    /* databases */
    GIVES(JET_errInvalidBackupSequence, JetTruncateLogInstance(i));
    GIVES(JET_errInvalidBackupSequence, JetGetTruncateLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errDatabaseNotFound, JetOpenFileInstanceA(i, "/etc/passwd", &file, NULL, NULL));
    GIVES(JET_errInvalidParameter, JetOpenFileInstanceA(i, "", &file, NULL, NULL));
    GIVES(JET_errInvalidParameter, JetOpenFileInstanceA(i, NULL, &file, NULL, NULL));
    GIVES(JET_errInvalidParameter, JetOpenFileInstanceA(i, f->database, NULL, NULL, NULL));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, 1, b, 65536, &got));
    GIVES(JET_errInvalidParameter, JetCloseFileInstance(i, 1));
    OK(JetOpenFileInstanceA(i, f->database, &file, NULL, NULL));
    GIVES(JET_errOutOfMemory, JetOpenFileInstanceA(i, f->database, &none, NULL, NULL));
    GIVES(JET_errInvalidBackupSequence, JetGetLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file + 1, b, 65536, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file, NULL, 65536, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file, b, 65535, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file, b, 2 * 4096, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file, b, 0, &got));
    OK(JetReadFileInstance(i, file, b, 3 * 4096, NULL));
    OK(JetCloseFileInstance(i, file));
    /* log files */
    GIVES(JET_errInvalidParameter,
          JetGetLogInfoInstance2A(i, logs, sizeof logs, &got, &(JET_LOGINFO_A){.cbSize = 1}));
    OK(JetGetLogInfoInstanceA(i, logs, sizeof logs, &got));
    assert_true(got < sizeof logs);
    GIVES(JET_errInvalidBackupSequence, JetOpenFileInstanceA(i, f->database, &file, NULL, NULL));
    GIVES(JET_errLogFileNotCopied, JetTruncateLogInstance(i));
    OK(JetOpenFileInstanceA(i, logs, &file, NULL, NULL));
    GIVES(JET_errInvalidBackupSequence, JetTruncateLogInstance(i));
    GIVES(JET_errInvalidBackupSequence, JetGetTruncateLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errInvalidBackupSequence, JetGetLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errInvalidParameter, JetReadFileInstance(i, file, b, 4096, &got));
    OK(JetReadFileInstance(i, file, b, 2 * 4096, &got));
    OK(JetCloseFileInstance(i, file));
    GIVES(JET_errInvalidParameter, JetCloseFileInstance(i, file));
    GIVES(JET_errLogFileNotCopied, JetTruncateLogInstance(i));
    /* ends */
    GIVES(JET_errInvalidGrbit, JetEndExternalBackupInstance2(i, 0x4000));
    GIVES(JET_errInvalidParameter, JetEndExternalBackupInstance2(i, 0));
    GIVES(JET_errInvalidParameter,
          JetEndExternalBackupInstance2(i, JET_bitBackupEndNormal | JET_bitBackupEndAbort));
    OK(JetEndExternalBackupInstance2(i, JET_bitBackupEndAbort));
    GIVES(JET_errNoBackup, JetEndExternalBackupInstance(i));
    OK(JetBeginExternalBackupInstance(i, 0));
    GIVES(JET_errBackupAbortByCaller, JetEndExternalBackupInstance(i)); /* before the log files */
    GIVES(JET_errNoBackup, JetEndExternalBackupInstance(i));
    OK(JetBeginExternalBackupInstance(i, 0)); /* what fails among log files ends the backup */
    OK(JetGetLogInfoInstanceA(i, logs, sizeof logs, &got));
    GIVES(JET_errMissingFileToBackup, JetOpenFileInstanceA(i, "/etc/passwd", &file, NULL, NULL));
    GIVES(JET_errNoBackup, JetEndExternalBackupInstance(i));
    OK(JetBackupInstanceA(i, again, 0, NULL));
}

static void an_incremental_one_adds_to_the_last(void **state)
{
    struct fixture *f = *state;
    JET_LOGINFO_A full, info, high;
    unsigned long got = 0;
    struct numbers n;

    have(f, &n, 100);
    OK(stream_backup(f->instance, 0, true, folder, &full));
    numbers_fill(&n, 100, 200);
    OK(stream_backup(f->instance, JET_bitBackupIncremental, true, folder, &info));
    assert_int_equal(info.ulGenLow, full.ulGenHigh + 1);
    numbers_fill(&n, 200, 300);
    /* without truncating: the next one repeats it */
    OK(stream_backup(f->instance, JET_bitBackupIncremental, false, folder, &high));
    assert_int_equal(high.ulGenLow, info.ulGenHigh + 1);
    numbers_fill(&n, 300, 400);
    OK(stream_backup(f->instance, JET_bitBackupIncremental, true, folder, &high));
    assert_int_equal(high.ulGenLow, info.ulGenHigh + 1);
    OK(JetBeginExternalBackupInstance(f->instance, JET_bitBackupIncremental));
    GIVES(JET_errInvalidBackupSequence, JetGetAttachInfoInstanceA(f->instance, NULL, 0, &got));
    GIVES(JET_errInvalidBackupSequence,
          JetOpenFileInstanceA(f->instance, f->database, &(JET_HANDLE){0}, NULL, NULL));
    OK(JetEndExternalBackupInstance2(f->instance, JET_bitBackupEndAbort));
    high.ulGenLow = full.ulGenLow;
    has_rows(f, &high, "all", 400);
    has_rows(f, &full, "full", 100); /* each of them, any time */
}

static void a_restored_store_adds_to_the_last(void **state)
{
    struct fixture *f = *state;
    JET_LOGINFO_A full, high;
    struct numbers n;

    have(f, &n, 100);
    OK(stream_backup(f->instance, 0, true, folder, &full));
    numbers_fill(&n, 100, 400);
    OK(stream_backup(f->instance, JET_bitBackupIncremental, true, folder, &high));
    numbers_fill(&n, 400, 450);
    fixture_stop(f, JET_bitTermComplete);
    GIVES(JET_errStartingRestoreLogTooHigh, restore(f->folder, &high, NULL, 0, NULL));
    high.ulGenLow = full.ulGenLow;
    high.ulGenHigh--;
    GIVES(JET_errEndingRestoreLogTooLow, restore(f->folder, &high, NULL, 0, NULL));
    high.ulGenHigh++;
    OK(restore(f->folder, &high, NULL, 0, NULL));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 400);
    fixture_stop(f, JET_bitTermComplete);
    OK(restore(f->folder, &full, NULL, 0, NULL));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 100);
}

static void one_that_is_stopped_can_only_end(void **state)
{
    struct fixture *f = *state;
    JET_INSTANCE i = f->instance;
    JET_HANDLE file = 0;
    unsigned long got = 0;
    struct numbers n;

    have(f, &n, 10);
    OK(JetBeginExternalBackupInstance(i, 0));
    OK(JetOpenFileInstanceA(i, f->database, &file, NULL, NULL));
    OK(JetStopBackupInstance(i));
    GIVES(JET_errBackupAbortByServer, JetReadFileInstance(i, file, stream_buffer, 65536, &got));
    GIVES(JET_errBackupAbortByServer, JetGetAttachInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errBackupAbortByServer, JetGetLogInfoInstanceA(i, NULL, 0, &got));
    GIVES(JET_errBackupAbortByServer, JetTruncateLogInstance(i));
    GIVES(JET_errBackupAbortByServer, JetOpenFileInstanceA(i, f->database, &file, NULL, NULL));
    OK(JetCloseFileInstance(i, file));
    GIVES(JET_errBackupAbortByServer, JetEndExternalBackupInstance(i));
    GIVES(JET_errNoBackup, JetEndExternalBackupInstance(i));
    OK(JetBeginExternalBackupInstance(i, 0)); /* another is not */
    OK(JetGetAttachInfoInstanceA(i, NULL, 0, &got));
    OK(JetEndExternalBackupInstance2(i, JET_bitBackupEndAbort));
}

/* Whoever began has gone, in the middle of a file. */
static void a_program_that_vanishes(void **state)
{
    struct fixture *f = *state;
    static char logs[65536];
    JET_HANDLE file = 0;
    unsigned long got = 0;
    struct numbers n;

    have(f, &n, 10);
    for (unsigned long grbit = JET_bitTermAbrupt; grbit;
         grbit = grbit == JET_bitTermAbrupt ? JET_bitTermStopBackup : 0) {
        OK(JetBeginExternalBackupInstance(f->instance, 0));
        OK(JetGetLogInfoInstanceA(f->instance, logs, sizeof logs, &got));
        OK(JetOpenFileInstanceA(f->instance, logs, &file, NULL, NULL));
        GIVES(JET_errBackupInProgress, JetTerm2(f->instance, JET_bitTermComplete));
        OK(JetReadFileInstance(f->instance, file, stream_buffer, 65536, &got));
        OK(JetTerm2(f->instance, (JET_GRBIT)grbit));
        fixture_start(f, false);
        numbers_open(f->session, f->db, &n);
        numbers_count_is(&n, 10);
    }
    OK(JetBackupInstanceA(f->instance, again, 0, NULL));
}

/* The forms without an instance, and with the names that a default gives. */
static void the_only_instance_needs_no_handle(void **state)
{
    struct fixture *f = *state;
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    static char logs[65536];
    static WCHAR wide[65536];
    unsigned long got = 0;
    char path[128];
    struct numbers n;
    JET_HANDLE file = 0;

    have(f, &n, 30);
    GIVES(JET_errRunningInMultiInstanceMode, JetBeginExternalBackup(0));
    GIVES(JET_errRunningInMultiInstanceMode, JetBackupA(again, 0, NULL));
    GIVES(JET_errRunningInMultiInstanceMode, JetTruncateLog());
    fixture_stop(f, JET_bitTermComplete);
    GIVES(JET_errNotInitialized, JetEndExternalBackup());
    snprintf(path, sizeof path, "%s/", f->folder);
    OK(JetSetSystemParameterA(NULL, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramLogFilePath, 0, path));
    OK(JetInit(NULL));
    OK(JetBeginSessionA(JET_instanceNil, &f->session, "", ""));
    OK(JetAttachDatabaseA(f->session, f->database, 0));
    GIVES(JET_errNoBackup, JetStopBackup());
    OK(JetBeginExternalBackup(0));
    OK(JetGetAttachInfoA(logs, sizeof logs, &got));
    assert_string_equal(logs, f->database);
    OK(JetGetAttachInfoW(wide, sizeof wide, &got));
    OK(JetOpenFileW(wide, &file, NULL, NULL));
    OK(JetReadFile(file, stream_buffer, sizeof stream_buffer, &got));
    OK(JetCloseFile(file));
    OK(JetGetLogInfoW(wide, sizeof wide, &got));
    OK(JetGetLogInfoA(logs, sizeof logs, &got));
    OK(JetOpenFileA(logs, &file, NULL, NULL));
    OK(JetCloseFile(file));
    OK(stream_copy_all(JET_instanceNil, logs, folder));
    OK(JetGetLogInfoInstance2A(JET_instanceNil, NULL, 0, NULL, &info));
    OK(JetTruncateLog());
    OK(JetEndExternalBackup());
    OK(JetBackupA(again, 0, NULL));
    GIVES(JET_errRunningInOneInstanceMode, restore(f->folder, &info, NULL, 0, NULL));
    OK(JetTerm(JET_instanceNil));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramSystemPath, 0, "./"));
    OK(JetSetSystemParameterA(NULL, 0, JET_paramLogFilePath, 0, "./"));
    OK(JetExternalRestoreA(path, path, NULL, 0, folder, (long)info.ulGenLow, (long)info.ulGenHigh,
                           NULL));
    fixture_start(f, false);
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 30);
}

static void shell(const struct fixture *f, const char *command)
{
    char line[600];

    (void)snprintf(line, sizeof line, "cd '%s' && %s", f->folder, command);
    assert_int_equal(system(line), 0);
}

static void files_that_do_not_fit(void **state)
{
    static const struct {
        const char *harm;
        JET_ERR want;
    } harms[] = {
        {"rm $(ls streamed/*.log | head -1)", JET_errMissingLogFile},
        {"rm $(ls streamed/*.log | tail -1)", JET_errMissingLogFile},
        {"truncate -s 100 $(ls streamed/*.log | head -1)", JET_errBadLogSignature},
        {"set -- $(ls streamed/*.log); mv $1 x; mv $2 $1; mv x $2", JET_errBadLogSignature},
        {"set -- $(ls streamed/*.log); printf x | dd of=$1 bs=1 seek=4100 conv=notrunc 2>x",
         JET_errReadVerifyFailure},
        {"rm streamed/test.edb", JET_errFileNotFound},
        {"cp /dev/null streamed/test.edb", JET_errDatabaseCorrupted},
        {"cp other.edb streamed/test.edb", JET_errRestoreOfNonBackupDatabase},
    };
    struct fixture *f = *state;
    JET_LOGINFO_A info, wrong;
    char moved[128], former[96];
    JET_RSTMAP_A map = {former, moved};
    JET_DBID db = 0;
    struct numbers n;

    have(f, &n, 20);
    snprintf(former, sizeof former, "%s", f->database);
    snprintf(moved, sizeof moved, "%s/test.edb", folder);
    OK(stream_backup(f->instance, 0, true, folder, &info));
    {
        char other[96];

        snprintf(other, sizeof other, "%s/other.edb", f->folder);
        OK(JetCreateDatabaseA(f->session, other, "", &db, 0));
    }
    numbers_fill(&n, 20, 30);
    fixture_stop(f, JET_bitTermComplete);
    shell(f, "cp -r streamed whole");
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        shell(f, harms[i].harm);
        GIVES(harms[i].want, restore(f->folder, &info, &map, 1, NULL));
        shell(f, "rm -r streamed && cp -r whole streamed");
    }
    wrong = info;
    wrong.cbSize--;
    GIVES(JET_errInvalidParameter, restore(f->folder, &wrong, NULL, 0, NULL));
    GIVES(JET_errInvalidParameter, restore(f->folder, NULL, NULL, 0, NULL));
    wrong = info;
    wrong.ulGenLow = wrong.ulGenHigh + 1;
    GIVES(JET_errInvalidParameter, restore(f->folder, &wrong, NULL, 0, NULL));
    GIVES(JET_errInvalidParameter, restore(f->folder, &info, NULL, 1, NULL));
    GIVES(JET_errInvalidParameter, JetExternalRestore2A(f->folder, f->folder, NULL, 0, folder,
                                                        &info, NULL, f->folder, NULL, NULL));
    GIVES(JET_errBadRestoreTargetInstance,
          JetExternalRestore2A(f->folder, f->folder, NULL, 0, folder, &info, NULL, f->folder,
                               f->folder, NULL));
    fixture_start(f, false); /* nothing was touched */
    numbers_open(f->session, f->db, &n);
    numbers_count_is(&n, 30);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, fixture_down)

/* The first needs a server that has had no backup yet. */
#define ANYWHERE                                                                           \
    CASE(calls_out_of_turn), CASE(what_was_read_comes_back), CASE(wide_characters_do),     \
        CASE(an_incremental_one_adds_to_the_last), CASE(one_that_is_stopped_can_only_end), \
        CASE(a_program_that_vanishes)

int main(void)
{
    const struct CMUnitTest far[] = {ANYWHERE};
    const struct CMUnitTest here[] = {
        ANYWHERE,
        /* a server's folder is not restored from afar (N5) */
        CASE(it_comes_back_in_its_place),
        CASE(a_restored_store_adds_to_the_last),
        CASE(the_only_instance_needs_no_handle),
        CASE(files_that_do_not_fit),
    };

    return fixture_at_address() ? cmocka_run_group_tests_name("jet_stream", far, NULL, NULL)
                                : cmocka_run_group_tests_name("jet_stream", here, NULL, NULL);
}
