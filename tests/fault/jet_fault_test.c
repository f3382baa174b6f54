/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_fault_test.c - files that fail under a running instance: the documented errors, nothing damaged
 *
 * After a write of the log has failed nobody knows what is in it: the instance becomes unavailable
 * (ese-sessions 10), JetTerm ends it, and the next JetInit finds every commit that was acknowledged.
 */
#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <esent.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define GIVES(want, call) gives(want, call, #call, __LINE__)
#define OK(call)          GIVES(JET_errSuccess, call)
#define ROWS              20 /* acknowledged before the fault */
#define SMALL_DISK        "size=42m"
/* What the next JetInit needs while it recovers: the log, as much in tables, and two logs that are laid
 * out in advance, 70 MiB each. */
#define LARGE_DISK "size=400m"

static char folder[200], database[220];
static bool has_mounts; /* of our own */
static JET_INSTANCE instance;
static JET_SESID session;
static JET_TABLEID table;
static JET_COLUMNID key, value;

static void gives(JET_ERR want, JET_ERR got, const char *call, int line)
{
    if (want == got)
        return;
    print_error("%s gave %d, not %d\n", call, got, want);
    _fail(__FILE__, line);
}

/* ---- an instance with one table ---- */

static void prepare(void)
{
    char path[210];

    (void)snprintf(path, sizeof path, "%s/", folder);
    instance = 0;
    OK(JetCreateInstanceA(&instance, "fault"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, path));
}

static void open_table(void)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    JET_DBID db = 0;

    OK(JetBeginSessionA(instance, &session, "", ""));
    OK(JetAttachDatabaseA(session, database, 0));
    OK(JetOpenDatabaseA(session, database, "", &db, 0));
    OK(JetOpenTableA(session, db, "t", NULL, 0, 0, &table));
    OK(JetGetTableColumnInfoA(session, table, "key", &def, sizeof def, JET_ColInfo));
    key = def.columnid;
    OK(JetGetTableColumnInfoA(session, table, "value", &def, sizeof def, JET_ColInfo));
    value = def.columnid;
}

static void start(void)
{
    prepare();
    OK(JetInit(&instance));
    open_table();
}

static void make(void)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_DBID db = 0;

    prepare();
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, "", ""));
    OK(JetCreateDatabaseA(session, database, "", &db, 0));
    OK(JetCreateTableA(session, db, "t", 0, 100, &table));
    OK(JetAddColumnA(session, table, "key", &def, NULL, 0, &key));
    def.coltyp = JET_coltypLongBinary;
    OK(JetAddColumnA(session, table, "value", &def, NULL, 0, &value));
    OK(JetCreateIndexA(session, table, "p", JET_bitIndexPrimary, "+key\0", 6, 100));
    OK(JetCreateIndexA(session, table, "v", 0, "+value\0", 8, 100));
}

/* One durable row; the first error of its calls. Rolled back when that is possible. */
static JET_ERR insert(int32_t n, size_t size)
{
    static char bytes[60000];
    JET_ERR err = JetBeginTransaction(session);

    memset(bytes, (char)n, sizeof bytes);
    if (err < 0)
        return err;
    err = JetPrepareUpdate(session, table, JET_prepInsert);
    if (err >= 0)
        err = JetSetColumn(session, table, key, &n, sizeof n, 0, NULL);
    if (err >= 0)
        err = JetSetColumn(session, table, value, bytes, (unsigned long)size, 0, NULL);
    if (err >= 0)
        err = JetUpdate(session, table, NULL, 0, NULL);
    if (err >= 0)
        err = JetCommitTransaction(session, 0);
    else
        (void)JetRollback(session, 0);
    return err;
}

/* Rows 0, 1 ... as many as there are without a gap, by both indexes. */
static int32_t count_rows(void)
{
    unsigned long by_value = 0;
    int32_t n = 0;
    JET_ERR err;

    OK(JetSetCurrentIndexA(session, table, NULL));
    for (err = JetMove(session, table, JET_MoveFirst, 0); err >= 0;
         err = JetMove(session, table, JET_MoveNext, 0)) {
        int32_t found = -1;

        OK(JetRetrieveColumn(session, table, key, &found, sizeof found, NULL, 0, NULL));
        assert_int_equal(found, n);
        n++;
    }
    GIVES(JET_errNoCurrentRecord, err);
    if (n > 0) {
        OK(JetSetCurrentIndexA(session, table, "v"));
        OK(JetMove(session, table, JET_MoveFirst, 0));
        OK(JetIndexRecordCount(session, table, &by_value, 0));
    }
    assert_int_equal(by_value, n);
    OK(JetSetCurrentIndexA(session, table, NULL));
    return n;
}

static int up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/hf-fault-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(database, sizeof database, "%s/fault.edb", folder);
    return 0;
}

static int down(void **state)
{
    char command[220];

    (void)state;
    fault_disarm();
    (void)umount(folder); /* where the test has mounted something */
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ---- the log ---- */

/* Unavailable: every call says so, but those that end it. */
static void check_unavailable(JET_ERR why)
{
    JET_SESID other = 0;

    GIVES(why, JetBeginTransaction(session));
    GIVES(why, JetMove(session, table, JET_MoveFirst, 0));
    GIVES(why, JetSetSessionContext(session, 1));
    GIVES(why, JetBeginSessionA(instance, &other, "", ""));
    GIVES(why, JetEndSession(session, 0));
    OK(JetTerm(instance));
}

/* A commit meets the fault and gives `met`; from then on all is `after`. */
static void log_fault(enum fault_op op, int error, JET_ERR met, JET_ERR after)
{
    int32_t found;

    make();
    for (int32_t n = 0; n < ROWS; n++)
        OK(insert(n, 100));
    fault_arm(op, ".log", 1, 0, error);
    GIVES(met, insert(ROWS, 100));
    assert_true(fault_hits() > 0);
    check_unavailable(after);
    fault_disarm();
    start();
    found = count_rows();
    assert_in_range(found, ROWS, ROWS + 1); /* the one that failed may be there, whole */
    OK(insert(found, 100));
    assert_int_equal(count_rows(), found + 1);
    OK(JetTerm(instance));
}

static void a_log_that_cannot_be_written(void **state)
{
    (void)state;
    log_fault(FAULT_WRITE, EIO, JET_errLogWriteFail, JET_errInstanceUnavailable);
}

static void a_log_that_cannot_be_synced(void **state)
{
    (void)state;
    log_fault(FAULT_SYNC, EIO, JET_errLogWriteFail, JET_errInstanceUnavailable);
}

static void a_log_without_room(void **state)
{
    (void)state;
    log_fault(FAULT_WRITE, ENOSPC, JET_errLogDiskFull,
              JET_errInstanceUnavailableDueToFatalLogDiskFull);
}

/* ---- reading ---- */

static JET_ERR look_up(int32_t n)
{
    char bytes[30000];
    unsigned long size = 0;
    JET_ERR err;

    OK(JetMakeKey(session, table, &n, sizeof n, JET_bitNewKey));
    err = JetSeek(session, table, JET_bitSeekEQ);
    return err < 0 ? err
                   : JetRetrieveColumn(session, table, value, bytes, sizeof bytes, &size, 0, NULL);
}

static void a_failing_read_is_not_fatal(void **state)
{
    (void)state;
    make();
    for (int32_t n = 0; n < ROWS; n++)
        OK(insert(n, 30000));
    OK(JetTerm(instance));
    start(); /* writes what the log held to a table file */
    fault_arm(FAULT_READ, ".sst", 1, 0, EIO);
    for (int32_t n = 0; n < ROWS; n++) {
        JET_ERR err = look_up(n);

        if (err < 0)
            GIVES(JET_errDiskIO, err);
    }
    assert_true(fault_hits() > 0);
    fault_disarm();
    assert_int_equal(count_rows(), ROWS);
    OK(insert(ROWS, 100));
    OK(JetTerm(instance));
}

#define MANY  400 /* rows of 1000 octets, some to a block */
#define AHEAD 10  /* of which so many are read ahead at either end */

/* From `first` on in steps of `step`; the keys are made without reading. */
static void preread(int32_t first, int32_t step)
{
    static unsigned char room[AHEAD][JET_cbKeyMost];
    const void *keys[AHEAD];
    unsigned long sizes[AHEAD];
    long done = 0;

    for (int i = 0; i < AHEAD; i++) {
        int32_t n = first + i * step;

        OK(JetMakeKey(session, table, &n, sizeof n, JET_bitNewKey));
        OK(JetRetrieveKey(session, table, room[i], sizeof room[i], &sizes[i], JET_bitRetrieveCopy));
        keys[i] = room[i];
    }
    OK(JetPrereadKeys(session, table, keys, sizes, AHEAD, &done,
                      step > 0 ? JET_bitPrereadForward : JET_bitPrereadBackward));
    assert_int_equal(done, AHEAD);
}

/* Where no read works any more what was read ahead is there all the same, and other rows are not. */
static void what_was_preread_is_not_read_again(void **state)
{
    unsigned failed = 0;

    (void)state;
    make();
    for (int32_t n = 0; n < MANY; n++)
        OK(insert(n, 1000));
    OK(JetTerm(instance));
    start();
    preread(0, 1);
    preread(MANY - 1, -1);
    fault_arm(FAULT_READ, ".sst", 1, 0, EIO);
    for (int32_t n = 0; n < AHEAD; n++) {
        OK(look_up(n));
        OK(look_up(MANY - 1 - n));
    }
    assert_int_equal(fault_hits(), 0);
    for (int32_t n = MANY / 2; n < MANY / 2 + AHEAD; n++)
        failed += look_up(n) == JET_errDiskIO;
    assert_true(failed > 0);
    fault_disarm();
    OK(JetTerm(instance));
}

/* ---- JetInit ---- */

static void init_fault(enum fault_op op, const char *pattern, int error, JET_ERR want)
{
    fault_arm(op, pattern, 1, 0, error);
    prepare();
    GIVES(want, JetInit(&instance));
    assert_true(fault_hits() > 0);
    fault_disarm();
    start();
    assert_int_equal(count_rows(), ROWS);
    OK(JetTerm(instance));
}

static void an_init_that_fails_harms_nothing(void **state)
{
    (void)state;
    make();
    for (int32_t n = 0; n < ROWS; n++)
        OK(insert(n, 100));
    OK(JetTerm(instance));
    init_fault(FAULT_CREATE, "MANIFEST", EIO, JET_errDiskIO);
    init_fault(FAULT_CREATE, "MANIFEST", ENOSPC, JET_errDiskFull);
    init_fault(FAULT_WRITE, "MANIFEST", ENOSPC, JET_errDiskFull);
    init_fault(FAULT_SYNC, "MANIFEST", EIO, JET_errDiskIO);
    init_fault(FAULT_RENAME, "CURRENT", EIO, JET_errDiskIO);
    init_fault(FAULT_WRITE, ".sst", ENOSPC, JET_errDiskFull);
    init_fault(FAULT_SYNC, ".sst", EIO, JET_errDiskIO);
}

/* ---- a device that is full ---- */

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* As the one user of a namespace one may mount, whoever one is elsewhere. */
static bool own_users(void)
{
    char uid[40], gid[40];

    (void)snprintf(uid, sizeof uid, "0 %u 1", (unsigned)getuid());
    (void)snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getgid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_text("/proc/self/uid_map", uid) &&
           write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/gid_map", gid);
}

/* File systems that only this process sees; false, with errno, where that is not allowed. */
static bool own_mounts(void)
{
    return (unshare(CLONE_NEWNS) == 0 || own_users()) &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void mount_small(const char *options)
{
    assert_int_equal(mount("hf-fault", folder, "tmpfs", 0, options), 0);
}

static void grow(void)
{
    assert_int_equal(mount("hf-fault", folder, "tmpfs", MS_REMOUNT, LARGE_DISK), 0);
}

static void a_full_device_and_room_again(void **state)
{
    int32_t n = 0, found;
    JET_ERR err = JET_errSuccess;

    (void)state;
    if (!has_mounts)
        skip(); /* the system lets us mount nothing: the test's name says why */
    mount_small(SMALL_DISK);
    make();
    while (err >= 0 && n < 10000) {
        err = insert(n, 50000);
        n += err >= 0;
    }
    assert_true(n > 0);
    if (err != JET_errDiskFull)
        GIVES(JET_errLogDiskFull, err);
    check_unavailable(JET_errInstanceUnavailableDueToFatalLogDiskFull);
    grow();
    start();
    found = count_rows();
    assert_in_range(found, n, n + 1);
    OK(insert(found, 50000));
    assert_int_equal(count_rows(), found + 1);
    OK(JetTerm(instance));
}

/* Of a device that has no room: the folder of an instance that is made, the instance, a database; and
 * all of them come to be when there is some. */
static void nothing_begins_on_a_full_device(void **state)
{
    char inner[210], path[240];
    JET_DBID db = 0;

    (void)state;
    if (!has_mounts)
        skip();                 /* the system lets us mount nothing: the test's name says why */
    mount_small("nr_inodes=1"); /* the root is the one */
    (void)snprintf(inner, sizeof inner, "%s/inner/", folder);
    instance = 0;
    OK(JetCreateInstanceA(&instance, "fault"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, inner));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, inner));
    GIVES(JET_errDiskFull, JetInit(&instance));
    prepare();
    GIVES(JET_errDiskFull, JetInit(&instance));
    assert_int_equal(mount("hf-fault", folder, "tmpfs", MS_REMOUNT, "nr_inodes=1000"), 0);
    prepare();
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, "", ""));
    fault_arm(FAULT_CREATE, "fault.edb", 1, 0, ENOSPC);
    GIVES(JET_errDiskFull, JetCreateDatabaseA(session, database, "", &db, 0));
    fault_arm(FAULT_WRITE, "fault.edb", 1, 0, ENOSPC);
    GIVES(JET_errDiskFull, JetCreateDatabaseA(session, database, "", &db, 0));
    fault_arm(FAULT_SYNC, "fault.edb", 1, 0, EIO);
    GIVES(JET_errDiskIO, JetCreateDatabaseA(session, database, "", &db, 0));
    fault_arm(FAULT_RENAME, "fault.edb", 1, 0, EDQUOT);
    GIVES(JET_errDiskFull, JetCreateDatabaseA(session, database, "", &db, 0));
    fault_arm(FAULT_CREATE, "fault.edb", 1, 0, EACCES);
    GIVES(JET_errFileAccessDenied, JetCreateDatabaseA(session, database, "", &db, 0));
    fault_disarm();
    (void)snprintf(path, sizeof path, "%s.new", database);
    assert_int_not_equal(access(path, F_OK), 0); /* nothing half is left */
    OK(JetCreateDatabaseA(session, database, "", &db, 0));
    OK(JetTerm(instance));
}

/* ---- a log folder ---- */

static JET_ERR init_with_log(const char *system, const char *log)
{
    JET_ERR err;

    instance = 0;
    OK(JetCreateInstanceA(&instance, system));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, system));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, log));
    err = JetInit(&instance);
    return err;
}

static void a_log_folder_serves_one_store(void **state)
{
    char a[210], b[210], log[210];
    JET_INSTANCE first;

    (void)state;
    (void)snprintf(a, sizeof a, "%s/a/", folder);
    (void)snprintf(b, sizeof b, "%s/b/", folder);
    (void)snprintf(log, sizeof log, "%s/log/", folder);
    OK(init_with_log(a, log));
    first = instance;
    GIVES(JET_errLogFilePathInUse, init_with_log(b, log));
    OK(JetTerm(first));
    GIVES(JET_errBadLogSignature, init_with_log(b, log));
    GIVES(JET_errMissingLogFile, init_with_log(a, a));
    OK(init_with_log(a, log));
    OK(JetTerm(instance));
}

int main(void)
{
    char full[120] = "a_full_device_and_room_again", none[120] = "nothing_begins_on_a_full_device";
    struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written, up, down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_synced, up, down),
        cmocka_unit_test_setup_teardown(a_log_without_room, up, down),
        cmocka_unit_test_setup_teardown(a_failing_read_is_not_fatal, up, down),
        cmocka_unit_test_setup_teardown(what_was_preread_is_not_read_again, up, down),
        cmocka_unit_test_setup_teardown(an_init_that_fails_harms_nothing, up, down),
        cmocka_unit_test_setup_teardown(a_log_folder_serves_one_store, up, down),
        {full, a_full_device_and_room_again, up, down, NULL},
        {none, nothing_begins_on_a_full_device, up, down, NULL},
    };

    has_mounts = own_mounts();
    if (!has_mounts) { /* why they are skipped */
        (void)snprintf(full + strlen(full), sizeof full - strlen(full), ": no mounts, %s",
                       strerror(errno));
        (void)snprintf(none + strlen(none), sizeof none - strlen(none), ": no mounts, %s",
                       strerror(errno));
    }
    return cmocka_run_group_tests_name("jet faults", tests, NULL, NULL);
}
