/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.c - see fixture.h
 */
#include "fixture.h"

#include <holdfast/check_ese.h>

#include <stdlib.h>
#include <unistd.h>

void gives(JET_ERR want, JET_ERR got, const char *call, const char *file, int line)
{
    if (want == got)
        return;
    print_error("%s gave %d, not %d\n", call, got, want);
    _fail(file, line);
}

bool fixture_at_address(void)
{
    return getenv("HOLDFAST_ADDRESS") != NULL;
}

void fixture_go_local(bool local)
{
    static char *address;

    if (local && fixture_at_address()) {
        address = strdup(getenv("HOLDFAST_ADDRESS"));
        assert_non_null(address);
        assert_int_equal(unsetenv("HOLDFAST_ADDRESS"), 0);
    } else if (!local && address != NULL) {
        assert_int_equal(setenv("HOLDFAST_ADDRESS", address, 1), 0);
        free(address);
        address = NULL;
    }
}

static const char *database_of(const struct fixture *f)
{
    static char path[96];

    if (fixture_at_address())
        return strrchr(f->folder, '/') + 1;
    snprintf(path, sizeof path, "%s/test.edb", f->folder);
    return path;
}

void fixture_start(struct fixture *f, bool create)
{
    char path[80];

    snprintf(path, sizeof path, "%s/", f->folder);
    f->instance = 0;
    if (getenv("JET_TEST_PAGE") != NULL) /* of the process: before its first instance */
        (void)JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize,
                                     (JET_API_PTR)atoi(getenv("JET_TEST_PAGE")), NULL);
    OK(JetCreateInstanceA(&f->instance, f->folder));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramLogFilePath, 0, path));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramTempPath, 0, path));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramMaxSessions, 64, NULL));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramCommitDefault, JET_bitCommitLazyFlush,
                              NULL));
    OK(JetInit(&f->instance));
    OK(JetBeginSessionA(f->instance, &f->session, "", ""));
    snprintf(f->database, sizeof f->database, "%s", database_of(f));
    if (create) {
        OK(JetCreateDatabaseA(f->session, f->database, "", &f->db, 0));
    } else {
        OK(JetAttachDatabaseA(f->session, f->database, 0));
        OK(JetOpenDatabaseA(f->session, f->database, "", &f->db, 0));
    }
}

void fixture_stop(struct fixture *f, JET_GRBIT grbit)
{
    JET_ERR err = JetTerm2(f->instance, grbit);

    GIVES(grbit & JET_bitTermDirty ? JET_errDirtyShutdown : JET_errSuccess, err);
}

void fixture_remove(struct fixture *f)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
}

static void make_folder(struct fixture *f)
{
    snprintf(f->folder, sizeof f->folder, "%s/hf-jet-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->folder));
}

int fixture_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    make_folder(f);
    fixture_start(f, true);
    OK(JetBeginTransaction(f->session));
    *state = f;
    return 0;
}

static void print_fault(void *context, const char *text)
{
    (void)context;
    print_error("%s\n", text);
}

/* A server's address cannot be looked below. */
void fixture_check(const struct fixture *f)
{
    HOLDFAST_ESE_CHECK check = {.fault = print_fault};
    JET_ERR err = holdfast_ese_check(f->session, f->db, &check);

    if (err == JET_errFeatureNotAvailable && fixture_at_address())
        return;
    OK(err);
    assert_int_equal(check.faults, 0);
}

unsigned long fixture_resident(void)
{
    unsigned long all = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &pages), 2);
    fclose(file);
    return pages * (unsigned long)sysconf(_SC_PAGESIZE);
}

int fixture_down(void **state)
{
    struct fixture *f = *state;
    JET_ERR err = JetRollback(f->session, JET_bitRollbackAll);

    if (err != JET_errNotInTransaction)
        OK(err);
    fixture_check(f);
    fixture_stop(f, JET_bitTermComplete);
    fixture_remove(f);
    free(f);
    return 0;
}

const char *fixture_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void instance_in(const char *folder, JET_INSTANCE *ret_instance)
{
    char path[80];

    snprintf(path, sizeof path, "%s/", folder);
    OK(JetCreateInstanceA(ret_instance, "restored"));
    OK(JetSetSystemParameterA(ret_instance, 0, JET_paramSystemPath, 0, path));
    OK(JetSetSystemParameterA(ret_instance, 0, JET_paramLogFilePath, 0, path));
}

void fixture_restored(const struct fixture *f, const char *folder, struct fixture *ret_here)
{
    struct fixture *here = ret_here;

    fixture_go_local(true);
    *here = (struct fixture){.instance = 0};
    make_folder(here);
    snprintf(here->database, sizeof here->database, "%.60s/%.30s", here->folder,
             fixture_file_name(f->database));
    instance_in(here->folder, &here->instance);
    OK(JetRestoreInstanceA(here->instance, folder, here->folder, NULL));
    OK(JetInit(&here->instance));
    OK(JetBeginSessionA(here->instance, &here->session, "", ""));
    OK(JetAttachDatabaseA(here->session, here->database, 0));
    OK(JetOpenDatabaseA(here->session, here->database, "", &here->db, 0));
}

void fixture_come_back(struct fixture *here)
{
    fixture_check(here);
    fixture_stop(here, JET_bitTermComplete);
    fixture_remove(here);
    fixture_go_local(false);
}

void other_up(const struct fixture *f, struct other *o)
{
    OK(JetBeginSessionA(f->instance, &o->session, "", ""));
    OK(JetOpenDatabaseA(o->session, f->database, "", &o->db, 0));
}

void other_down(struct other *o)
{
    JET_ERR err = JetRollback(o->session, JET_bitRollbackAll);

    if (err != JET_errNotInTransaction)
        OK(err);
    OK(JetEndSession(o->session, 0));
}

JET_COLUMNID column(const struct fixture *f, JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    OK(JetGetTableColumnInfoA(f->session, table, name, &def, sizeof def, JET_ColInfo));
    return def.columnid;
}

JET_COLUMNID add(JET_SESID session, JET_TABLEID table, const char *name, JET_COLTYP coltyp,
                 JET_GRBIT grbit, const void *default_data, unsigned long default_size)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = coltyp, .grbit = grbit, .cp = 1200};
    JET_COLUMNID id = 0;

    if (coltyp != JET_coltypText && coltyp != JET_coltypLongText)
        def.cp = 0;
    OK(JetAddColumnA(session, table, name, &def, default_data, default_size, &id));
    return id;
}

void index_make(JET_SESID session, JET_TABLEID table, const char *name, const char *key,
                unsigned long key_size, JET_GRBIT grbit)
{
    OK(JetCreateIndexA(session, table, name, grbit, key, key_size, 100));
}

void numbers_make(const struct fixture *f, struct numbers *n)
{
    n->session = f->session;
    OK(JetCreateTableA(f->session, f->db, "numbers", 0, 100, &n->table));
    n->key = add(f->session, n->table, "key", JET_coltypLong, 0, NULL, 0);
    n->data1 = add(f->session, n->table, "data1", JET_coltypLong, 0, NULL, 0);
    n->data2 = add(f->session, n->table, "data2", JET_coltypLong, 0, NULL, 0);
    n->increment =
        add(f->session, n->table, "increment", JET_coltypLong, JET_bitColumnAutoincrement, NULL, 0);
    index_make(f->session, n->table, "clustered", "+key\0", 6, JET_bitIndexPrimary);
    index_make(f->session, n->table, "withprimary", "+data1\0-key\0", 13, 0);
    index_make(f->session, n->table, "plain", "+data1\0+data2\0", 15, 0);
}

void numbers_open(JET_SESID session, JET_DBID db, struct numbers *n)
{
    struct fixture f = {.session = session};

    n->session = session;
    OK(JetOpenTableA(session, db, "numbers", NULL, 0, 0, &n->table));
    n->key = column(&f, n->table, "key");
    n->data1 = column(&f, n->table, "data1");
    n->data2 = column(&f, n->table, "data2");
    n->increment = column(&f, n->table, "increment");
}

static void set_long(const struct numbers *n, JET_COLUMNID id, int32_t value)
{
    OK(JetSetColumn(n->session, n->table, id, &value, sizeof value, 0, NULL));
}

JET_ERR numbers_try_insert(const struct numbers *n, int32_t key, int32_t data1, int32_t data2)
{
    JET_ERR err = JetPrepareUpdate(n->session, n->table, JET_prepInsert);

    if (err)
        return err;
    set_long(n, n->key, key);
    set_long(n, n->data1, data1);
    set_long(n, n->data2, data2);
    err = JetUpdate(n->session, n->table, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(n->session, n->table, JET_prepCancel));
    return err;
}

void numbers_share(const struct fixture *f, struct numbers *n, struct other *o,
                   struct numbers *ret_others)
{
    OK(JetCloseTable(f->session, n->table));
    OK(JetCommitTransaction(f->session, 0));
    numbers_open(f->session, f->db, n);
    other_up(f, o);
    numbers_open(o->session, o->db, ret_others);
}

void numbers_insert(const struct numbers *n, int32_t key, int32_t data1, int32_t data2)
{
    unsigned char bookmark[JET_cbBookmarkMost];
    unsigned long size = 0;

    OK(JetPrepareUpdate(n->session, n->table, JET_prepInsert));
    set_long(n, n->key, key);
    set_long(n, n->data1, data1);
    set_long(n, n->data2, data2);
    OK(JetUpdate(n->session, n->table, bookmark, sizeof bookmark, &size));
    assert_int_equal(size, 5);
}

void numbers_fill(const struct numbers *n, int32_t from, int32_t to)
{
    for (int32_t i = from; i < to; i++)
        numbers_insert(n, i, i / 10, i % 10);
}

void numbers_count_is(const struct numbers *n, unsigned long want)
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

void numbers_replace(const struct numbers *n, int32_t data1, int32_t data2)
{
    OK(JetPrepareUpdate(n->session, n->table, JET_prepReplace));
    set_long(n, n->data1, data1);
    set_long(n, n->data2, data2);
    OK(JetUpdate(n->session, n->table, NULL, 0, NULL));
}

void key_long(JET_SESID session, JET_TABLEID table, int32_t value, JET_GRBIT grbit)
{
    OK(JetMakeKey(session, table, &value, sizeof value, grbit));
}

JET_ERR numbers_seek(const struct numbers *n, int32_t key, JET_GRBIT grbit)
{
    key_long(n->session, n->table, key, JET_bitNewKey);
    return JetSeek(n->session, n->table, grbit);
}

JET_ERR numbers_seek_plain(const struct numbers *n, int32_t data1, int32_t data2, JET_GRBIT grbit)
{
    key_long(n->session, n->table, data1, JET_bitNewKey);
    key_long(n->session, n->table, data2, 0);
    return JetSeek(n->session, n->table, grbit);
}

static JET_ERR get_long(const struct numbers *n, JET_COLUMNID id, int32_t *ret_value)
{
    unsigned long size = 0;

    return JetRetrieveColumn(n->session, n->table, id, ret_value, sizeof *ret_value, &size, 0,
                             NULL);
}

void numbers_are(const struct numbers *n, int32_t key, int32_t data1, int32_t data2)
{
    int32_t k = 0, a = 0, b = 0;

    OK(get_long(n, n->key, &k));
    OK(get_long(n, n->data1, &a));
    OK(get_long(n, n->data2, &b));
    if (k != key || a != data1 || b != data2)
        fail_msg("row (%d, %d, %d), not (%d, %d, %d)", k, a, b, key, data1, data2);
}

void numbers_err(const struct numbers *n, JET_ERR want)
{
    int32_t k = 0;

    GIVES(want, get_long(n, n->key, &k));
}
