/* SPDX-License-Identifier: Apache-2.0
 *
 * attach_test.c - real Windows databases attached for reading (decision 8): every index walked,
 * sought and limited through the JET API, and every update refused
 */
#include "corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_ROOM     2048
#define ENTRIES_MOST 4000 /* of one index that are looked at one by one */

#define GIVES(want, call) gives(want, call, #call, __LINE__)
#define OK(call)          GIVES(JET_errSuccess, call)

static struct corpus corpus;

static void gives(JET_ERR want, JET_ERR got, const char *call, int line)
{
    if (want == got)
        return;
    print_error("%s gave %d, not %d\n", call, got, want);
    _fail(__FILE__, line);
}

struct fixture {
    char folder[64], path[400];
    JET_INSTANCE instance;
    JET_SESID session;
    JET_DBID db;
};

/* ---- an instance with the file attached ---- */

static void unpack(struct corpus_file *c, const char *path)
{
    FILE *f = fopen(path, "wb");

    (void)corpus_open(&corpus, c);
    assert_non_null(f);
    assert_int_equal(fwrite(c->data, 1, c->size, f), c->size);
    assert_int_equal(fclose(f), 0);
    corpus_close(c);
}

static void start(struct fixture *f, struct corpus_file *c)
{
    char system[80];

    snprintf(f->folder, sizeof f->folder, "%s/hf-edb-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/%s", f->folder, c->name);
    unpack(c, f->path);
    snprintf(system, sizeof system, "%s/", f->folder);
    f->instance = 0;
    OK(JetCreateInstanceA(&f->instance, f->folder));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramSystemPath, 0, system));
    OK(JetSetSystemParameterA(&f->instance, 0, JET_paramLogFilePath, 0, system));
    OK(JetInit(&f->instance));
    OK(JetBeginSessionA(f->instance, &f->session, "", ""));
    OK(JetAttachDatabaseA(f->session, f->path, JET_bitDbReadOnly | JET_bitDbRecoveryOff));
    OK(JetOpenDatabaseA(f->session, f->path, "", &f->db, JET_bitDbReadOnly));
}

static void stop(struct fixture *f)
{
    char command[128];

    OK(JetCloseDatabase(f->session, f->db, 0));
    OK(JetDetachDatabaseA(f->session, f->path));
    OK(JetTerm(f->instance));
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
}

/* ---- what is in it ---- */

typedef char name_t[65];

static name_t *tables_of(const struct fixture *f, size_t *ret_count)
{
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    name_t *names;

    OK(JetGetObjectInfoA(f->session, f->db, JET_objtypTable, NULL, NULL, &list, sizeof list,
                         JET_ObjInfoListNoStats));
    names = calloc(list.cRecord, sizeof *names);
    assert_non_null(names);
    for (size_t i = 0; i < list.cRecord; i++) {
        unsigned long size = 0;

        OK(JetMove(f->session, list.tableid, i == 0 ? JET_MoveFirst : JET_MoveNext, 0));
        OK(JetRetrieveColumn(f->session, list.tableid, list.columnidobjectname, names[i],
                             sizeof names[i] - 1, &size, 0, NULL));
    }
    OK(JetCloseTable(f->session, list.tableid));
    *ret_count = list.cRecord;
    return names;
}

struct index {
    name_t name;
    JET_GRBIT grbit;
    JET_COLUMNID first; /* column */
    unsigned long coltyp;
    unsigned short code_page;
    unsigned segments;
};

static struct index *indexes_of(const struct fixture *f, JET_TABLEID table, size_t *ret_count)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    struct index *out;
    size_t n = 0;

    OK(JetGetTableIndexInfoA(f->session, table, NULL, &list, sizeof list, JET_IdxInfoList));
    out = calloc(list.cRecord + 1, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < list.cRecord; i++) {
        struct index x = {.segments = 0};
        uint32_t segment = 0, count = 0;
        unsigned long size = 0;
        const struct {
            JET_COLUMNID id;
            void *to;
            unsigned long size;
        } wanted[] = {
            {list.columnidindexname, x.name, sizeof x.name - 1},
            {list.columnidgrbitIndex, &x.grbit, 4},
            {list.columnidiColumn, &segment, 4},
            {list.columnidcColumn, &count, 4},
            {list.columnidcolumnid, &x.first, 4},
            {list.columnidcoltyp, &x.coltyp, 4},
            {list.columnidCp, &x.code_page, 2},
        };

        OK(JetMove(f->session, list.tableid, i == 0 ? JET_MoveFirst : JET_MoveNext, 0));
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
            OK(JetRetrieveColumn(f->session, list.tableid, wanted[k].id, wanted[k].to,
                                 wanted[k].size, &size, 0, NULL));
        x.segments = count;
        if (segment == 0)
            out[n++] = x;
    }
    OK(JetCloseTable(f->session, list.tableid));
    *ret_count = n;
    return out;
}

/* ---- every index ---- */

struct entry {
    unsigned long key_size, bookmark_size;
    uint8_t key[KEY_ROOM], bookmark[KEY_ROOM];
};

static struct entry *current(const struct fixture *f, JET_TABLEID table)
{
    struct entry *e = calloc(1, sizeof *e);

    assert_non_null(e);
    OK(JetRetrieveKey(f->session, table, e->key, sizeof e->key, &e->key_size, 0));
    OK(JetGetBookmark(f->session, table, e->bookmark, sizeof e->bookmark, &e->bookmark_size));
    return e;
}

static int compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_keys(const struct entry *a, const struct entry *b)
{
    return compare(a->key, a->key_size, b->key, b->key_size);
}

static bool same(const struct entry *a, const struct entry *b)
{
    return compare_keys(a, b) == 0 &&
           compare(a->bookmark, a->bookmark_size, b->bookmark, b->bookmark_size) == 0;
}

static void is_at(const struct fixture *f, JET_TABLEID table, const struct entry *want)
{
    struct entry *here = current(f, table);

    assert_true(same(here, want));
    free(here);
}

static void use_key(const struct fixture *f, JET_TABLEID table, const struct entry *e)
{
    OK(JetMakeKey(f->session, table, e->key, e->key_size, JET_bitNormalizedKey));
}

/* Entry i, reached by its key: exactly, and from both sides. `before` and `after` are the nearest
 * entries with other keys, -1 for none; `same` those with the same. */
static void seeks(const struct fixture *f, JET_TABLEID table, struct entry **all, size_t count,
                  size_t i)
{
    size_t first = i, last = i;
    unsigned long found = 0;

    while (first > 0 && compare_keys(all[first - 1], all[i]) == 0)
        first--;
    while (last + 1 < count && compare_keys(all[last + 1], all[i]) == 0)
        last++;
    use_key(f, table, all[i]);
    GIVES(first == last ? JET_wrnUniqueKey : JET_errSuccess,
          JetSeek(f->session, table, JET_bitSeekEQ | JET_bitCheckUniqueness));
    is_at(f, table, all[first]);
    use_key(f, table, all[i]);
    if (last + 1 < count) {
        OK(JetSeek(f->session, table, JET_bitSeekGT));
        is_at(f, table, all[last + 1]);
    } else {
        GIVES(JET_errRecordNotFound, JetSeek(f->session, table, JET_bitSeekGT));
    }
    use_key(f, table, all[i]);
    if (first > 0) {
        OK(JetSeek(f->session, table, JET_bitSeekLT));
        is_at(f, table, all[first - 1]);
    } else {
        GIVES(JET_errRecordNotFound, JetSeek(f->session, table, JET_bitSeekLT));
    }
    use_key(f, table, all[i]);
    OK(JetSeek(f->session, table, JET_bitSeekEQ | JET_bitSetIndexRange));
    OK(JetIndexRecordCount(f->session, table, &found, 0));
    assert_int_equal(found, last - first + 1);
}

/* Going to a row's bookmark stands on an entry of that row in this index. */
static void goes_to(const struct fixture *f, JET_TABLEID table, struct entry *e)
{
    struct entry *here;

    OK(JetGotoBookmark(f->session, table, e->bookmark, e->bookmark_size));
    here = current(f, table);
    assert_int_equal(compare(here->bookmark, here->bookmark_size, e->bookmark, e->bookmark_size),
                     0);
    free(here);
}

static size_t walk(const struct fixture *f, JET_TABLEID table, struct entry **all)
{
    size_t n = 0;
    unsigned long counted = 0;
    JET_ERR err = JetMove(f->session, table, JET_MoveFirst, 0);

    if (err == JET_errNoCurrentRecord)
        return 0;
    OK(err);
    OK(JetIndexRecordCount(f->session, table, &counted, ENTRIES_MOST));
    for (; n < ENTRIES_MOST && err == JET_errSuccess; n++) {
        all[n] = current(f, table);
        if (n > 0)
            assert_true(compare_keys(all[n - 1], all[n]) <= 0);
        err = JetMove(f->session, table, JET_MoveNext, 0);
    }
    assert_int_equal(n, counted);
    if (err == JET_errNoCurrentRecord) { /* the whole index: back from its end */
        for (size_t i = n; i > 0; i--) {
            OK(JetMove(f->session, table, JET_MovePrevious, 0));
            is_at(f, table, all[i - 1]);
        }
        GIVES(JET_errNoCurrentRecord, JetMove(f->session, table, JET_MovePrevious, 0));
        OK(JetMove(f->session, table, JET_MoveLast, 0));
        is_at(f, table, all[n - 1]);
    } else {
        OK(err);
    }
    return n;
}

/* The key of a one-column index made from the row's value finds an entry with that key; of Unicode
 * text it is refused. */
static void seeks_by_value(const struct fixture *f, JET_TABLEID table, const struct index *x,
                           struct entry *e)
{
    bool text = x->coltyp == JET_coltypText || x->coltyp == JET_coltypLongText;
    uint8_t value[4096];
    unsigned long size = 0;
    struct entry *here;
    JET_ERR err;

    if (x->segments != 1 || (x->grbit & (JET_bitIndexTuples | JET_bitIndexKeyMost)))
        return;
    OK(JetGotoBookmark(f->session, table, e->bookmark, e->bookmark_size));
    err = JetRetrieveColumn(f->session, table, x->first, value, sizeof value, &size, 0, NULL);
    if (err != JET_errSuccess || size == 0)
        return;
    if (text && x->code_page == 1200) {
        GIVES(JET_errUnicodeNormalizationNotSupported,
              JetMakeKey(f->session, table, value, size, JET_bitNewKey));
        OK(JetMakeKey(f->session, table, NULL, 0, JET_bitNewKey)); /* NULL needs no collation */
        return;
    }
    OK(JetMakeKey(f->session, table, value, size, JET_bitNewKey));
    OK(JetSeek(f->session, table, JET_bitSeekEQ));
    here = current(f, table);
    assert_true(here->key_size > 0);
    free(here);
}

static size_t check_index(const struct fixture *f, JET_TABLEID table, const struct index *x,
                          size_t *seeks_made)
{
    struct entry **all = calloc(ENTRIES_MOST, sizeof *all);
    size_t n, step, most;

    assert_non_null(all);
    if (x != NULL)
        OK(JetSetCurrentIndexA(f->session, table, x->name));
    n = walk(f, table, all);
    step = n < 200 ? 1 : n / 50;
    most = n < ENTRIES_MOST ? n : n / 2; /* what lies behind the last is not known then */
    for (size_t i = 0; i < most; i += step, ++*seeks_made) {
        seeks(f, table, all, n, i);
        goes_to(f, table, all[i]);
        if (x != NULL)
            seeks_by_value(f, table, x, all[i]);
    }
    for (size_t i = 0; i < n; i++)
        free(all[i]);
    free(all);
    return n;
}

static void indexes_are_walked_and_sought(void **state)
{
    struct fixture f = {.folder = ""};
    size_t tables = 0, entries = 0, indexes = 0, made = 0;
    name_t *names;

    start(&f, *state);
    names = tables_of(&f, &tables);
    assert_true(tables >= 4);
    for (size_t i = 0; i < tables; i++) {
        JET_TABLEID table;
        struct index *x;
        size_t count = 0;

        OK(JetOpenTableA(f.session, f.db, names[i], NULL, 0, 0, &table));
        x = indexes_of(&f, table, &count);
        entries += check_index(&f, table, NULL, &made);
        for (size_t k = 0; k < count; k++)
            entries += check_index(&f, table, &x[k], &made);
        indexes += count;
        OK(JetCloseTable(f.session, table));
        free(x);
    }
    assert_true(indexes >= 3 && entries > 20 && made > 20);
    print_message("# %zu tables, %zu indexes, %zu entries, %zu sought\n", tables, indexes, entries,
                  made);
    free(names);
    stop(&f);
}

/* ---- nothing is written ---- */

static void updates_are_refused(void **state)
{
    struct fixture f = {.folder = ""};
    JET_TABLEID table, other;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_DBID db;
    JET_COLUMNID id;

    start(&f, *state);
    OK(JetOpenTableA(f.session, f.db, "MSysObjects", NULL, 0, 0, &table));
    OK(JetBeginTransaction(f.session));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(f.session, table, JET_prepInsert));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(f.session, table, JET_prepReplace));
    GIVES(JET_errPermissionDenied, JetPrepareUpdate(f.session, table, JET_prepInsertCopy));
    GIVES(JET_errPermissionDenied, JetDelete(f.session, table));
    GIVES(JET_errPermissionDenied, JetGetLock(f.session, table, JET_bitWriteLock));
    OK(JetGetLock(f.session, table, JET_bitReadLock));
    OK(JetPrepareUpdate(f.session, table, JET_prepReadOnlyCopy));
    OK(JetPrepareUpdate(f.session, table, JET_prepCancel));
    GIVES(JET_errPermissionDenied, JetAddColumnA(f.session, table, "new", &def, NULL, 0, &id));
    GIVES(JET_errPermissionDenied, JetDeleteColumnA(f.session, table, "Name"));
    GIVES(JET_errPermissionDenied, JetDeleteIndexA(f.session, table, "Name"));
    GIVES(JET_errPermissionDenied, JetCreateIndexA(f.session, table, "x", 0, "+Name\0", 7, 80));
    GIVES(JET_errDatabaseFileReadOnly, JetCreateTableA(f.session, f.db, "t", 0, 80, &other));
    GIVES(JET_errDatabaseFileReadOnly, JetDeleteTableA(f.session, f.db, "MSysObjects"));
    GIVES(JET_errDatabaseFileReadOnly, JetRenameTableA(f.session, f.db, "MSysObjects", "t"));
    OK(JetRollback(f.session, 0));
    GIVES(JET_errDatabaseInUse, JetDetachDatabaseA(f.session, f.path));
    GIVES(JET_wrnDatabaseAttached, JetAttachDatabaseA(f.session, f.path, 0));
    GIVES(JET_wrnFileOpenReadOnly, JetOpenDatabaseA(f.session, f.path, "", &db, 0));
    OK(JetCloseDatabase(f.session, db, 0));
    stop(&f);
}

/* Beside a database of ours, in one transaction: a temporary table, a row, a Windows row. */
static void lives_beside_others(void **state)
{
    struct fixture f = {.folder = ""};
    char path[100], value[256];
    JET_TABLEID ours, theirs;
    unsigned long size = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLongBinary, .columnid = 0};
    JET_COLUMNID id, name;
    JET_DBID db;

    start(&f, *state);
    snprintf(path, sizeof path, "%s/ours.edb", f.folder);
    OK(JetCreateDatabaseA(f.session, path, "", &db, 0));
    OK(JetOpenTableA(f.session, f.db, "MSysObjects", NULL, 0, 0, &theirs));
    OK(JetGetTableColumnInfoA(f.session, theirs, "Name", &def, sizeof def, JET_ColInfo));
    name = def.columnid;
    def = (JET_COLUMNDEF){.cbStruct = sizeof def, .coltyp = JET_coltypLongBinary};
    OK(JetCreateTableA(f.session, db, "copy", 0, 80, &ours));
    OK(JetAddColumnA(f.session, ours, "Name", &def, NULL, 0, &id));
    OK(JetBeginTransaction(f.session));
    OK(JetMove(f.session, theirs, 3, 0));
    OK(JetRetrieveColumn(f.session, theirs, name, value, sizeof value, &size, 0, NULL));
    OK(JetPrepareUpdate(f.session, ours, JET_prepInsert));
    OK(JetSetColumn(f.session, ours, id, value, size, 0, NULL));
    OK(JetUpdate(f.session, ours, NULL, 0, NULL));
    OK(JetRollback(f.session, 0)); /* the Windows cursor moved in it, too */
    GIVES(JET_errNoCurrentRecord,
          JetRetrieveColumn(f.session, theirs, name, value, sizeof value, &size, 0, NULL));
    GIVES(JET_errNoCurrentRecord, JetMove(f.session, ours, JET_MoveFirst, 0));
    OK(JetMove(f.session, theirs, JET_MoveFirst, 0));
    OK(JetCloseTable(f.session, ours));
    OK(JetCloseDatabase(f.session, db, 0));
    stop(&f);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[CORPUS_FILES_MAX + 2];
    static char names[CORPUS_FILES_MAX][200];
    size_t n = 0;

    corpus_find(&corpus, argc, argv);
    if (corpus.count == 0) {
        (void)printf("1..0 # SKIP no database corpus in %s\n", corpus.folder);
        return 0;
    }
    for (; n < corpus.count; n++) {
        (void)snprintf(names[n], sizeof names[n], "%s: indexes_are_walked_and_sought",
                       corpus.files[n].name);
        tests[n] = (struct CMUnitTest){.name = names[n],
                                       .test_func = indexes_are_walked_and_sought,
                                       .initial_state = &corpus.files[n]};
    }
    tests[n++] = (struct CMUnitTest){.name = "updates_are_refused",
                                     .test_func = updates_are_refused,
                                     .initial_state = &corpus.files[0]};
    tests[n++] = (struct CMUnitTest){.name = "lives_beside_others",
                                     .test_func = lives_beside_others,
                                     .initial_state = &corpus.files[0]};
    return _cmocka_run_group_tests("edb-attach", tests, n, NULL, NULL);
}
