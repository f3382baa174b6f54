/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_online_test.c - backups beside writers: what comes back is all databases at one moment
 *
 * Several sessions write, each its own numbered transactions, and each of these the same into two
 * databases: a row with a long value and two indexed columns, the row before the last few deleted, and
 * one more in a total that all share (escrow). A row says of every writer how many transactions of it
 * had been acknowledged before this one began. In what a backup brings back
 *   - all is there that was acknowledged before the backup began;
 *   - with a transaction is all of it, in both databases, and all that it knew of: a prefix of the
 *     order of commits;
 *   - totals, rows, long values and indexes agree, and the engine's own check finds nothing.
 * At a server's address the writers and the backup are the server's; what it brings back is looked at
 * here.
 */
#include "stream_client.h"

#include <holdfast/check_ese.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    WRITERS = 3,
    DATABASES = 2,
    KEPT = 40,     /* rows of a writer */
    MOST = 4000,   /* transactions of a writer */
    AHEAD = 30,    /* that each of them does before, and more of them within, a backup */
    LONGEST = 9000 /* octets of a long value */
};

struct knowledge {
    int32_t of[WRITERS];
};

struct place {
    JET_SESID session;
    JET_TABLEID rows[DATABASES], totals[DATABASES];
    JET_COLUMNID writer, number, known, content, total;
};

static struct fixture *fixture;
static char names[DATABASES][96];
static atomic_int acknowledged[WRITERS];
static atomic_bool stop, failed;

/* Assertions of cmocka are for its own thread only. */
static bool fine(JET_ERR err, const char *what)
{
    if (err >= 0)
        return true;
    print_error("%s: %d\n", what, err);
    atomic_store(&failed, true);
    return false;
}

static struct knowledge known_now(void)
{
    struct knowledge k;

    for (int w = 0; w < WRITERS; w++)
        k.of[w] = atomic_load(&acknowledged[w]);
    return k;
}

/* ---- tables ---- */

static JET_COLUMNID id_of(JET_SESID session, JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    OK(JetGetTableColumnInfoA(session, table, name, &def, sizeof def, JET_ColInfo));
    return def.columnid;
}

static void make_tables(JET_SESID session, JET_DBID db)
{
    JET_TABLEID rows = 0, totals = 0;
    int32_t zero = 0;

    OK(JetCreateTableA(session, db, "rows", 0, 100, &rows));
    (void)add(session, rows, "writer", JET_coltypLong, 0, NULL, 0);
    (void)add(session, rows, "number", JET_coltypLong, 0, NULL, 0);
    (void)add(session, rows, "known", JET_coltypBinary, 0, NULL, 0);
    (void)add(session, rows, "content", JET_coltypLongBinary, 0, NULL, 0);
    index_make(session, rows, "p", "+writer\0+number\0", 17, JET_bitIndexPrimary);
    index_make(session, rows, "back", "-number\0+writer\0", 17, JET_bitIndexUnique);
    index_make(session, rows, "content", "+content\0", 10, 0);
    OK(JetCreateTableA(session, db, "totals", 0, 100, &totals));
    (void)add(session, totals, "total", JET_coltypLong, JET_bitColumnEscrowUpdate, &zero,
              sizeof zero);
    OK(JetPrepareUpdate(session, totals, JET_prepInsert));
    OK(JetUpdate(session, totals, NULL, 0, NULL));
    OK(JetCloseTable(session, rows));
    OK(JetCloseTable(session, totals));
}

static void open_tables(JET_INSTANCE instance, char paths[DATABASES][96], struct place *p)
{
    JET_DBID db = 0;

    OK(JetBeginSessionA(instance, &p->session, "", ""));
    for (int d = 0; d < DATABASES; d++) {
        JET_ERR err = JetAttachDatabaseA(p->session, paths[d], 0);

        assert_true(err == JET_errSuccess || err == JET_wrnDatabaseAttached);
        OK(JetOpenDatabaseA(p->session, paths[d], "", &db, 0));
        OK(JetOpenTableA(p->session, db, "rows", NULL, 0, 0, &p->rows[d]));
        OK(JetOpenTableA(p->session, db, "totals", NULL, 0, 0, &p->totals[d]));
    }
    p->writer = id_of(p->session, p->rows[0], "writer");
    p->number = id_of(p->session, p->rows[0], "number");
    p->known = id_of(p->session, p->rows[0], "known");
    p->content = id_of(p->session, p->rows[0], "content");
    p->total = id_of(p->session, p->totals[0], "total");
}

/* ---- writers ---- */

struct writer {
    int number;
    struct place place;
    pthread_t thread;
};

static size_t content_of(int32_t writer, int32_t number, char out[LONGEST])
{
    size_t size = 10 + (size_t)(number * 7919 + writer * 131) % (LONGEST - 10);

    for (size_t i = 0; i < size; i++)
        out[i] = (char)((size_t)number * 31 + (size_t)writer + i / 7);
    return size;
}

static bool insert_row(const struct place *p, int d, int32_t writer, int32_t number,
                       const struct knowledge *known)
{
    char content[LONGEST];
    size_t size = content_of(writer, number, content);
    JET_TABLEID t = p->rows[d];

    return fine(JetPrepareUpdate(p->session, t, JET_prepInsert), "prepare") &&
           fine(JetSetColumn(p->session, t, p->writer, &writer, 4, 0, NULL), "writer") &&
           fine(JetSetColumn(p->session, t, p->number, &number, 4, 0, NULL), "number") &&
           fine(JetSetColumn(p->session, t, p->known, known, sizeof *known, 0, NULL), "known") &&
           fine(JetSetColumn(p->session, t, p->content, content, size, 0, NULL), "content") &&
           fine(JetUpdate(p->session, t, NULL, 0, NULL), "update");
}

static bool delete_row(const struct place *p, int d, int32_t writer, int32_t number)
{
    JET_TABLEID t = p->rows[d];

    return number <= 0 || (fine(JetMakeKey(p->session, t, &writer, 4, JET_bitNewKey), "key") &&
                           fine(JetMakeKey(p->session, t, &number, 4, 0), "key") &&
                           fine(JetSeek(p->session, t, JET_bitSeekEQ), "seek") &&
                           fine(JetDelete(p->session, t), "delete"));
}

static bool add_one(const struct place *p, int d)
{
    int32_t one = 1;

    return fine(JetMove(p->session, p->totals[d], JET_MoveFirst, 0), "first") &&
           fine(JetEscrowUpdate(p->session, p->totals[d], p->total, &one, 4, NULL, 0, NULL, 0),
                "escrow");
}

static bool transaction(const struct writer *w, int32_t number)
{
    struct knowledge known = known_now();
    const struct place *p = &w->place;
    bool ok = fine(JetBeginTransaction(p->session), "begin");

    for (int d = 0; d < DATABASES; d++)
        ok = ok && insert_row(p, d, w->number, number, &known) &&
             delete_row(p, d, w->number, number - KEPT) && add_one(p, d);
    if (ok &&
        fine(JetCommitTransaction(p->session, number % 3 ? JET_bitCommitLazyFlush : 0), "commit"))
        return true;
    (void)fine(JetRollback(p->session, JET_bitRollbackAll), "rollback");
    return false;
}

static void *write_on(void *arg)
{
    struct writer *w = arg;

    for (int32_t n = 1; n <= MOST && !atomic_load(&stop) && !atomic_load(&failed);)
        if (transaction(w, n))
            atomic_store(&acknowledged[w->number], n++);
    return NULL;
}

/* Every writer does `more`, or as many as it may. */
static void wait_for(int more)
{
    struct knowledge from = known_now();

    for (int w = 0; w < WRITERS; w++)
        while (!atomic_load(&failed) && atomic_load(&acknowledged[w]) < from.of[w] + more &&
               atomic_load(&acknowledged[w]) < MOST)
            sched_yield();
    assert_false(atomic_load(&failed));
}

/* ---- what came back ---- */

struct seen {
    struct knowledge last, first; /* numbers of rows, by writer */
    int32_t total;
    unsigned rows;
};

static void look_at_row(const struct place *p, int d, struct seen *s, struct knowledge *most)
{
    static char want[LONGEST], content[LONGEST];
    int32_t writer = -1, number = -1;
    struct knowledge known;
    unsigned long size = 0;
    JET_TABLEID t = p->rows[d];

    OK(JetRetrieveColumn(p->session, t, p->writer, &writer, 4, NULL, 0, NULL));
    OK(JetRetrieveColumn(p->session, t, p->number, &number, 4, NULL, 0, NULL));
    OK(JetRetrieveColumn(p->session, t, p->known, &known, sizeof known, NULL, 0, NULL));
    OK(JetRetrieveColumn(p->session, t, p->content, content, sizeof content, &size, 0, NULL));
    assert_in_range(writer, 0, WRITERS - 1);
    if (s->first.of[writer] == 0)
        s->first.of[writer] = number;
    else
        assert_int_equal(number, s->last.of[writer] + 1);
    s->last.of[writer] = number;
    assert_int_equal(size, content_of(writer, number, want));
    assert_memory_equal(content, want, size);
    for (int w = 0; w < WRITERS; w++)
        if (known.of[w] > most->of[w])
            most->of[w] = known.of[w];
    s->rows++;
}

static unsigned count_by(const struct place *p, int d, const char *index)
{
    unsigned n = 0;

    OK(JetSetCurrentIndexA(p->session, p->rows[d], index));
    for (JET_ERR err = JetMove(p->session, p->rows[d], JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(p->session, p->rows[d], JET_MoveNext, 0))
        n++;
    OK(JetSetCurrentIndexA(p->session, p->rows[d], NULL));
    return n;
}

static void look_at(const struct place *p, int d, struct seen *s)
{
    struct knowledge most = {{0}};
    int32_t transactions = 0;

    *s = (struct seen){.rows = 0};
    for (JET_ERR err = JetMove(p->session, p->rows[d], JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(p->session, p->rows[d], JET_MoveNext, 0))
        look_at_row(p, d, s, &most);
    OK(JetMove(p->session, p->totals[d], JET_MoveFirst, 0));
    OK(JetRetrieveColumn(p->session, p->totals[d], p->total, &s->total, 4, NULL, 0, NULL));
    for (int w = 0; w < WRITERS; w++) {
        assert_true(s->last.of[w] >= most.of[w]); /* what a transaction knew of is there */
        assert_int_equal(s->first.of[w], s->last.of[w] > KEPT ? s->last.of[w] - KEPT + 1 : 1);
        transactions += s->last.of[w];
    }
    assert_int_equal(s->total, transactions);
    assert_int_equal(count_by(p, d, "back"), s->rows);
    assert_int_equal(count_by(p, d, "content"), s->rows);
}

/* The databases in `folder`, of the instance there. */
static void look_into(const char *folder, const struct knowledge *floor)
{
    JET_INSTANCE instance = 0;
    char paths[DATABASES][96], path[100];
    struct seen seen[DATABASES];
    struct place p;

    snprintf(path, sizeof path, "%.90s/", folder);
    OK(JetCreateInstanceA(&instance, "looked into"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, path));
    OK(JetInit(&instance));
    for (int d = 0; d < DATABASES; d++)
        snprintf(paths[d], sizeof paths[d], "%.60s/%.30s", folder, fixture_file_name(names[d]));
    open_tables(instance, paths, &p);
    for (int d = 0; d < DATABASES; d++) {
        HOLDFAST_ESE_CHECK check = {0};
        JET_DBID db = 0;

        look_at(&p, d, &seen[d]);
        OK(JetOpenDatabaseA(p.session, paths[d], "", &db, 0));
        OK(holdfast_ese_check(p.session, db, &check));
        assert_int_equal(check.faults, 0);
    }
    assert_memory_equal(&seen[0], &seen[1], sizeof seen[0]);
    for (int w = 0; w < WRITERS; w++)
        assert_true(seen[0].last.of[w] >= floor->of[w]);
    print_message("# %u rows, %d transactions\n", seen[0].rows, (int)seen[0].total);
    OK(JetTerm(instance));
}

/* ---- backups ---- */

static struct knowledge floors[3]; /* acknowledged before each backup began */

static JET_ERR JET_API go_on_meanwhile(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    (void)session;
    (void)snp;
    (void)data;
    if (snt == JET_sntBegin)
        wait_for(AHEAD);
    return JET_errSuccess;
}

static const char *below(const char *name)
{
    static char path[96];

    snprintf(path, sizeof path, "%.64s/%s", fixture->folder, name);
    return path;
}

static void begin_backup(int n)
{
    wait_for(AHEAD);
    floors[n] = known_now();
}

/* Of a server's, which keeps them, those of another case are others. */
static void name_database(int d)
{
    if (fixture_at_address())
        snprintf(names[d], sizeof names[d], "%s.%c", fixture_file_name(fixture->folder), 'a' + d);
    else
        snprintf(names[d], sizeof names[d], "%.64s/%c.edb", fixture->folder, 'a' + d);
}

static void writers_up(struct writer writers[WRITERS])
{
    JET_DBID db = 0;

    OK(JetCommitTransaction(fixture->session, 0));
    for (int d = 0; d < DATABASES; d++) {
        name_database(d);
        OK(JetCreateDatabaseA(fixture->session, names[d], "", &db, 0));
        make_tables(fixture->session, db);
    }
    atomic_store(&stop, false);
    atomic_store(&failed, false);
    for (int w = 0; w < WRITERS; w++)
        atomic_store(&acknowledged[w], 0);
    for (int w = 0; w < WRITERS; w++) {
        writers[w].number = w;
        open_tables(fixture->instance, names, &writers[w].place);
    }
    for (int w = 0; w < WRITERS; w++)
        assert_int_equal(pthread_create(&writers[w].thread, NULL, write_on, &writers[w]), 0);
}

static void writers_down(struct writer writers[WRITERS])
{
    atomic_store(&stop, true);
    for (int w = 0; w < WRITERS; w++)
        assert_int_equal(pthread_join(writers[w].thread, NULL), 0);
    assert_false(atomic_load(&failed));
    for (int w = 0; w < WRITERS; w++)
        OK(JetEndSession(writers[w].place.session, 0));
}

static void restore_folder(const char *backup, const char *to)
{
    JET_INSTANCE instance = 0;
    char folder[96], path[100];

    snprintf(folder, sizeof folder, "%s", below(to));
    snprintf(path, sizeof path, "%s/", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    OK(JetCreateInstanceA(&instance, "restored"));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&instance, 0, JET_paramLogFilePath, 0, path));
    OK(JetRestoreInstanceA(instance, below(backup), folder, NULL));
    OK(JetTerm(instance));
}

static void a_backup_beside_writers(void **state)
{
    struct writer writers[WRITERS];
    char first[200];

    fixture = *state;
    writers_up(writers);
    begin_backup(0);
    OK(JetBackupInstanceA(fixture->instance, below("full"), 0, go_on_meanwhile));
    snprintf(first, sizeof first, "cp -r '%s/full' '%s/first'", fixture->folder, fixture->folder);
    assert_int_equal(system(first), 0);
    begin_backup(1);
    OK(JetBackupInstanceA(fixture->instance, below("full"), JET_bitBackupIncremental,
                          go_on_meanwhile));
    begin_backup(2);
    OK(JetBackupInstanceA(fixture->instance, below("atomic"), JET_bitBackupAtomic,
                          go_on_meanwhile));
    writers_down(writers);
    fixture_go_local(true);
    restore_folder("first", "r0");
    look_into(below("r0"), &floors[0]);
    restore_folder("full", "r1");
    look_into(below("r1"), &floors[1]);
    restore_folder("atomic", "r2");
    look_into(below("r2"), &floors[2]);
    fixture_go_local(false);
}

static void restore_streamed(const JET_LOGINFO_A *info, const char *to)
{
    JET_LOGINFO_A range = *info;
    char folder[96], path[100], streamed[96], paths[DATABASES][96];
    JET_RSTMAP_A map[DATABASES];

    snprintf(folder, sizeof folder, "%s", below(to));
    snprintf(path, sizeof path, "%s/", folder);
    snprintf(streamed, sizeof streamed, "%s", below("streamed"));
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int d = 0; d < DATABASES; d++) {
        char command[400];

        snprintf(paths[d], sizeof paths[d], "%.60s/%.30s", folder, fixture_file_name(names[d]));
        snprintf(command, sizeof command, "cp '%s/%s' '%s'", streamed, fixture_file_name(names[d]),
                 paths[d]);
        assert_int_equal(system(command), 0);
        map[d] = (JET_RSTMAP_A){names[d], paths[d]};
    }
    OK(JetExternalRestore2A(path, path, map, DATABASES, streamed, &range, NULL, NULL, NULL, NULL));
}

static void a_stream_beside_writers(void **state)
{
    struct writer writers[WRITERS];
    JET_LOGINFO_A full, added;

    fixture = *state;
    assert_int_equal(mkdir(below("streamed"), 0700), 0);
    writers_up(writers);
    begin_backup(0);
    OK(stream_backup(fixture->instance, 0, true, below("streamed"), &full));
    begin_backup(1);
    OK(stream_backup(fixture->instance, JET_bitBackupIncremental, true, below("streamed"), &added));
    wait_for(AHEAD);
    writers_down(writers);
    fixture_go_local(true);
    restore_streamed(&full, "r0");
    look_into(below("r0"), &floors[0]);
    added.ulGenLow = full.ulGenLow;
    restore_streamed(&added, "r1");
    look_into(below("r1"), &floors[1]);
    fixture_go_local(false);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_backup_beside_writers),
        CASE(a_stream_beside_writers),
    };

    return cmocka_run_group_tests_name("jet_backup_online", tests, NULL, NULL);
}
