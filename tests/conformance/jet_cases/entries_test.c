/* SPDX-License-Identifier: Apache-2.0
 *
 * entries_test.c - what every function says before it looks at anything else (esent.h: "Entry")
 *
 * entries.def has a call of each exported function that takes a handle. All of them meet each wrong
 * handle and each state: a handle that was never given, one that is closed, another session's; a
 * session in which another thread is; an instance that was stopped. A case prints every function
 * that answers otherwise.
 */
#include "kit.h"

#include <pthread.h>
#include <semaphore.h>

static uint64_t room[512]; /* whatever a call may point to: nothing of it is looked at */
static void *const x = room;

/* ---- the calls ---- */

enum kind { KIND_SESSION, KIND_CURSOR, KIND_INSTANCE };

#define SESSION(function, ...)  CALL(function, KIND_SESSION, __VA_ARGS__)
#define CURSOR(function, ...)   CALL(function, KIND_CURSOR, __VA_ARGS__)
#define INSTANCE(function, ...) CALL(function, KIND_INSTANCE, __VA_ARGS__)

#define CALL(function, kind, ...)                                               \
    static JET_ERR enter_##function(JET_INSTANCE i, JET_SESID s, JET_TABLEID t) \
    {                                                                           \
        (void)i;                                                                \
        (void)s;                                                                \
        (void)t;                                                                \
        return __VA_ARGS__;                                                     \
    }
#include "entries.def"
#undef CALL

static const struct entry {
    const char *name;
    enum kind kind;
    JET_ERR (*call)(JET_INSTANCE i, JET_SESID s, JET_TABLEID t);
} entries[] = {
#define CALL(function, kind, ...) {#function, kind, enter_##function},
#include "entries.def"
#undef CALL
};

#define ABSENT(function, ...)                                                    \
    static JET_ERR absent_##function(JET_INSTANCE i, JET_SESID s, JET_TABLEID t) \
    {                                                                            \
        (void)i;                                                                 \
        (void)s;                                                                 \
        (void)t;                                                                 \
        return __VA_ARGS__;                                                      \
    }
#include "absent.def"
#undef ABSENT

static const struct entry absents[] = {
#define ABSENT(function, ...) {#function, KIND_SESSION, absent_##function},
#include "absent.def"
#undef ABSENT
};

static bool named(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

/* Every function of the kind but those left out gives `want` (or `or_else`). */
static void all_give(enum kind kind, const char *const *but, JET_INSTANCE i, JET_SESID s,
                     JET_TABLEID t, JET_ERR want, JET_ERR or_else)
{
    unsigned wrong = 0, asked = 0;

    for (size_t n = 0; n < COUNT(entries); n++) {
        JET_ERR err = JET_errSuccess;

        if (entries[n].kind != kind || named(entries[n].name, but))
            continue;
        asked++;
        err = entries[n].call(i, s, t);
        if (err != want && err != or_else) {
            print_error("%s gave %d, not %d\n", entries[n].name, err, want);
            wrong++;
        }
    }
    assert_true(asked > 20);
    assert_int_equal(wrong, 0);
}

static const char *const none[] = {NULL};

/* ---- handles ---- */

static void bad_session(JET_SESID s)
{
    JET_TABLEID t = 0;

    begin();
    t = table_new();
    all_give(KIND_SESSION, none, kit.instance, s, t, JET_errInvalidSesid, JET_errInvalidSesid);
    all_give(KIND_CURSOR, none, kit.instance, s, t, JET_errInvalidSesid, JET_errInvalidSesid);
    commit();
}

static void session_0(const void *arg)
{
    (void)arg;
    bad_session(0);
}

static void session_nil(const void *arg)
{
    (void)arg;
    bad_session(JET_sesidNil);
}

static void session_invented(const void *arg)
{
    (void)arg;
    bad_session(0x123456789);
}

static void session_ended(const void *arg)
{
    JET_SESID s = 0;

    (void)arg;
    OK(JetBeginSessionA(kit.instance, &s, NULL, NULL));
    OK(JetEndSession(s, 0));
    bad_session(s);
}

static void bad_cursor(JET_TABLEID t, JET_ERR want)
{
    all_give(KIND_CURSOR, none, kit.instance, kit.session, t, want, want);
}

static void cursor_0(const void *arg)
{
    (void)arg;
    bad_cursor(0, JET_errInvalidTableId);
}

static void cursor_nil(const void *arg)
{
    (void)arg;
    bad_cursor(JET_tableidNil, JET_errInvalidTableId);
}

static void cursor_invented(const void *arg)
{
    (void)arg;
    bad_cursor(0x123456789, JET_errInvalidTableId);
}

static void cursor_that_is_a_session(const void *arg)
{
    (void)arg;
    bad_cursor((JET_TABLEID)kit.session, JET_errInvalidTableId);
}

static void cursor_closed(const void *arg)
{
    JET_TABLEID t = table_new();

    (void)arg;
    OK(JetCloseTable(kit.session, t));
    bad_cursor(t, JET_errInvalidTableId);
}

static void cursor_of_another(const void *arg)
{
    JET_TABLEID t = 0;
    struct other o;

    (void)arg;
    other_begin(&o);
    OK(JetCreateTableA(o.session, o.db, kit.table, 0, 100, &t));
    bad_cursor(t, JET_errSesidTableIdMismatch);
}

static void instance_invented(const void *arg)
{
    (void)arg;
    all_give(KIND_INSTANCE, none, 0x123456789, kit.session, 0, JET_errInvalidInstance,
             JET_errInvalidParameter);
}

/* ---- another thread inside ---- */

static sem_t inside, out;

static void *hold(void *context, void *p, unsigned long size)
{
    (void)context;
    if (p == NULL && sem_post(&inside) == 0)
        (void)sem_wait(&out);
    free(p);
    return size > 0 ? NULL : NULL; /* no memory: the call fails and is over */
}

struct holder {
    JET_TABLEID table;
    JET_ERR err;
};

static void *stay_inside(void *arg)
{
    struct holder *h = arg;
    JET_ENUMCOLUMN *columns = NULL;
    unsigned long count = 0;

    h->err =
        JetEnumerateColumns(kit.session, h->table, 0, NULL, &count, &columns, hold, NULL, 0, 0);
    return NULL;
}

static void thread_inside(const void *arg)
{
    struct holder h = {0};
    JET_COLUMNID id = 0;
    pthread_t thread;

    (void)arg;
    h.table = table_new();
    id = column_new(h.table, "key", JET_coltypLong, 0);
    prepare(h.table, JET_prepInsert);
    set_long(h.table, id, 1);
    update(h.table);
    OK(JetMove(kit.session, h.table, (long)JET_MoveFirst, 0));
    assert_int_equal(sem_init(&inside, 0, 0) | sem_init(&out, 0, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, stay_inside, &h), 0);
    assert_int_equal(sem_wait(&inside), 0);
    all_give(KIND_SESSION, none, kit.instance, kit.session, 0, JET_errSessionSharingViolation,
             JET_errSessionSharingViolation);
    all_give(KIND_CURSOR, none, kit.instance, kit.session, h.table, JET_errSessionSharingViolation,
             JET_errSessionSharingViolation);
    assert_int_equal(sem_post(&out), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(h.err, JET_errOutOfMemory);
}

/* ---- a stopped instance: an instance of its own ---- */

/* ese-sessions 8 */
static const char *const after_stop[] = {"JetRollback",
                                         "JetCloseTable",
                                         "JetEndSession",
                                         "JetCloseDatabase",
                                         "JetDetachDatabaseA",
                                         "JetDetachDatabaseW",
                                         "JetDetachDatabase2A",
                                         "JetDetachDatabase2W",
                                         "JetGetSessionInfo",
                                         "JetResetSessionContext",
                                         NULL};

static const char *const of_the_life[] = {"JetInit",
                                          "JetInit2",
                                          "JetInit3A",
                                          "JetInit3W",
                                          "JetInit4A",
                                          "JetInit4W",
                                          "JetTerm",
                                          "JetTerm2",
                                          "JetStopServiceInstance",
                                          "JetStopServiceInstance2",
                                          "JetRestoreInstanceA",
                                          "JetRestoreInstanceW",
                                          "JetStopBackupInstance",
                                          NULL};

static void stopped(const void *arg)
{
    char path[128], name[160];
    JET_INSTANCE i = 0;
    JET_SESID s = 0;
    JET_DBID db = 0;
    JET_TABLEID t = 0;

    (void)arg;
    snprintf(path, sizeof path, "%s-stopped/", kit.folder);
    snprintf(name, sizeof name, kit_at_address() ? "stopped.edb" : "%sstopped.edb", path);
    OK(JetCreateInstanceA(&i, "stopped"));
    OK(JetSetSystemParameterA(&i, 0, JET_paramCreatePathIfNotExist, 1, NULL));
    OK(JetSetSystemParameterA(&i, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&i, 0, JET_paramLogFilePath, 0, path));
    OK(JetInit(&i));
    OK(JetBeginSessionA(i, &s, NULL, NULL));
    OK(JetCreateDatabaseA(s, name, NULL, &db, 0));
    OK(JetCreateTableA(s, db, "t", 0, 100, &t));
    OK(JetStopServiceInstance(i));
    all_give(KIND_SESSION, after_stop, i, s, t, JET_errClientRequestToStopJetService,
             JET_errClientRequestToStopJetService);
    all_give(KIND_CURSOR, after_stop, i, s, t, JET_errClientRequestToStopJetService,
             JET_errClientRequestToStopJetService);
    all_give(KIND_INSTANCE, of_the_life, i, s, t, JET_errClientRequestToStopJetService,
             JET_errClientRequestToStopJetService);
    OK(JetCloseTable(s, t));
    OK(JetEndSession(s, 0));
    OK(JetTerm(i));
    snprintf(name, sizeof name, "rm -rf '%s'", path);
    assert_int_equal(system(name), 0);
}

/* ---- functions that no engine here has ---- */

static void absent(const void *arg)
{
    JET_TABLEID t = 0;
    unsigned wrong = 0;

    (void)arg;
    begin();
    t = table_new();
    for (size_t n = 0; n < COUNT(absents); n++) {
        JET_ERR err = absents[n].call(kit.instance, kit.session, t);

        if (err != JET_errFeatureNotAvailable) {
            print_error("%s gave %d\n", absents[n].name, err);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    commit();
}

static const struct a_case all[] = {
    {"session 0", "0 is no session", session_0},
    {"session nil", "JET_sesidNil is no session", session_nil},
    {"an invented session", "a number that was never given is no session", session_invented},
    {"an ended session", "nor is one that has ended", session_ended},
    {"cursor 0", "0 is no cursor", cursor_0},
    {"cursor nil", "JET_tableidNil is no cursor", cursor_nil},
    {"an invented cursor", "a number that was never given is no cursor", cursor_invented},
    {"a session for a cursor", "another kind of handle is no cursor", cursor_that_is_a_session},
    {"a closed cursor", "nor is one that was closed", cursor_closed},
    {"another session's cursor", "a cursor is of its session", cursor_of_another},
    {"an invented instance", "a number that was never given is no instance", instance_invented},
    {"a thread inside", "a second thread in a session is refused", thread_inside},
    {"absent", "functions that no engine here has say so", absent},
    {"stopped", "after JetStopServiceInstance only what cleans up works", stopped},
};

int main(int argc, char **argv)
{
    kit_add_all("entry", all, COUNT(all));
    return kit_run("jet-entries", argc, argv);
}
