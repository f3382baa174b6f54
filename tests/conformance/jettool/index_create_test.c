/* SPDX-License-Identifier: Apache-2.0
 *
 * index_create_test.c - JET_IdxInfoCreateIndex, 2 and 3: what they give creates the same index
 */
#include <esent.h>

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/index-create-XXXXXX";
static JET_INSTANCE instance = JET_instanceNil;
static JET_SESID session;
static JET_DBID database;

#define OK(call) assert_true((call) >= JET_errSuccess)

static JET_CONDITIONALCOLUMN_A conditions[] = {
    {.cbStruct = sizeof *conditions, .szColumnName = "a", .grbit = JET_bitIndexColumnMustBeNonNull},
    {.cbStruct = sizeof *conditions, .szColumnName = "c", .grbit = JET_bitIndexColumnMustBeNull},
};
static JET_TUPLELIMITS limits = {4, 20, 1000, 2, 1};
static JET_UNICODEINDEX turkish = {0x041f, 0x30001};

static JET_INDEXCREATE_A originals[] = {
    {.szIndexName = "primary", .szKey = "+a\0", .cbKey = 4, .grbit = JET_bitIndexPrimary},
    {.szIndexName = "two",
     .szKey = "-b\0+a\0",
     .cbKey = 7,
     .grbit = JET_bitIndexUnique | JET_bitIndexIgnoreFirstNull},
    {.szIndexName = "conditional",
     .szKey = "+c\0",
     .cbKey = 4,
     .rgconditionalcolumn = conditions,
     .cConditionalColumn = 2},
    {.szIndexName = "long keys",
     .szKey = "+d\0",
     .cbKey = 4,
     .grbit = JET_bitIndexKeyMost,
     .cbKeyMost = 700},
    {.szIndexName = "turkish",
     .szKey = "+b\0",
     .cbKey = 4,
     .grbit = JET_bitIndexUnicode,
     .pidxunicode = &turkish},
    {.szIndexName = "tuples",
     .szKey = "+b\0",
     .cbKey = 4,
     .grbit = JET_bitIndexTuples | JET_bitIndexTupleLimits,
     .ptuplelimits = &limits},
};

#define INDEXES (sizeof originals / sizeof *originals)

/* A table with the columns and no index. */
static JET_TABLEID make_table(const char *name)
{
    static const JET_COLTYP types[] = {JET_coltypLong, JET_coltypText, JET_coltypText,
                                       JET_coltypLongText};
    JET_TABLEID table = JET_tableidNil;

    OK(JetCreateTableA(session, database, name, 1, 80, &table));
    for (int i = 0; i < 4; i++) {
        JET_COLUMNDEF def = {
            .cbStruct = sizeof def, .coltyp = types[i], .cp = i == 2 ? 1252 : 1200};
        char column[2] = {(char)('a' + i), '\0'};

        OK(JetAddColumnA(session, table, column, &def, NULL, 0, NULL));
    }
    return table;
}

static int start(void **state)
{
    char path[100];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/x.db", folder);
    OK(JetCreateInstanceA(&instance, "index-create"));
    OK(JetSetSystemParameterA(&instance, JET_sesidNil, JET_paramSystemPath, 0, folder));
    OK(JetInit(&instance));
    OK(JetBeginSessionA(instance, &session, NULL, NULL));
    OK(JetCreateDatabaseA(session, path, NULL, &database, 0));
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int stop(void **state)
{
    (void)state;
    OK(JetTerm(instance));
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const unsigned long levels[] = {JET_IdxInfoCreateIndex, JET_IdxInfoCreateIndex2,
                                       JET_IdxInfoCreateIndex3};

/* The structure of an index, by one of the six ways. */
static JET_ERR get(JET_TABLEID table, const char *name, bool wide, int level, void *room,
                   unsigned long size)
{
    WCHAR wide_name[JET_cbNameMost + 1] = {0};

    if (!wide)
        return JetGetTableIndexInfoA(session, table, name, room, size, levels[level]);
    for (size_t i = 0; name[i] != '\0'; i++)
        wide_name[i] = (WCHAR)name[i];
    return JetGetTableIndexInfoW(session, table, wide_name, room, size, levels[level]);
}

static JET_ERR create(JET_TABLEID table, bool wide, int level, void *index)
{
    switch (level) {
    case 0:
        return wide ? JetCreateIndex2W(session, table, index, 1)
                    : JetCreateIndex2A(session, table, index, 1);
    case 1:
        return wide ? JetCreateIndex3W(session, table, index, 1)
                    : JetCreateIndex3A(session, table, index, 1);
    default:
        return wide ? JetCreateIndex4W(session, table, index, 1)
                    : JetCreateIndex4A(session, table, index, 1);
    }
}

/* Two structures of level 3 say the same. */
static void same(const JET_INDEXCREATE3_A *a, const JET_INDEXCREATE3_A *b)
{
    assert_string_equal(a->szIndexName, b->szIndexName);
    assert_int_equal(a->cbKey, b->cbKey);
    assert_memory_equal(a->szKey, b->szKey, a->cbKey);
    assert_int_equal(a->grbit, b->grbit);
    assert_int_equal(a->ulDensity, b->ulDensity);
    assert_int_equal(a->cbKeyMost, b->cbKeyMost);
    assert_int_equal(a->pidxunicode->dwMapFlags, b->pidxunicode->dwMapFlags);
    for (size_t i = 0; i == 0 || a->pidxunicode->szLocaleName[i - 1] != 0; i++)
        assert_int_equal(a->pidxunicode->szLocaleName[i], b->pidxunicode->szLocaleName[i]);
    assert_int_equal(a->cConditionalColumn, b->cConditionalColumn);
    for (unsigned long i = 0; i < a->cConditionalColumn; i++) {
        assert_string_equal(a->rgconditionalcolumn[i].szColumnName,
                            b->rgconditionalcolumn[i].szColumnName);
        assert_int_equal(a->rgconditionalcolumn[i].grbit, b->rgconditionalcolumn[i].grbit);
    }
    if (a->grbit & JET_bitIndexTuples)
        assert_memory_equal(a->ptuplelimits, b->ptuplelimits, sizeof limits);
    else
        assert_int_equal(a->cbVarSegMac, b->cbVarSegMac);
}

union room {
    JET_INDEXCREATE3_A index;
    char octets[4096];
};

static void test_creates_again(void **state)
{
    JET_TABLEID table = make_table("original");
    union room first, again, given;

    (void)state;
    for (size_t i = 0; i < INDEXES; i++) {
        originals[i].cbStruct = sizeof *originals;
        originals[i].ulDensity = 90;
        OK(JetCreateIndex2A(session, table, &originals[i], 1));
    }
    for (int way = 0; way < 6; way++) {
        char name[] = "copy0";
        JET_TABLEID copy = JET_tableidNil;

        name[4] = (char)('0' + way);
        copy = make_table(name);
        for (size_t i = 0; i < INDEXES; i++) {
            OK(get(table, originals[i].szIndexName, way % 2, way / 2, &given, sizeof given));
            OK(create(copy, way % 2, way / 2, &given));
            OK(get(table, originals[i].szIndexName, false, 2, &first, sizeof first));
            OK(get(copy, originals[i].szIndexName, false, 2, &again, sizeof again));
            same(&first.index, &again.index);
        }
        OK(JetCloseTable(session, copy));
    }
    OK(JetCloseTable(session, table));
}

static void test_tells_what_was_given(void **state)
{
    JET_TABLEID table = JET_tableidNil;
    union room r;

    (void)state;
    OK(JetOpenTableA(session, database, "original", NULL, 0, 0, &table));
    OK(get(table, "conditional", false, 2, &r, sizeof r));
    assert_int_equal(r.index.cConditionalColumn, 2);
    assert_string_equal(r.index.rgconditionalcolumn[1].szColumnName, "c");
    assert_int_equal(r.index.rgconditionalcolumn[1].grbit, JET_bitIndexColumnMustBeNull);
    OK(get(table, "two", false, 2, &r, sizeof r));
    assert_int_equal(r.index.cbKey, 7);
    assert_memory_equal(r.index.szKey, "-b\0+a\0", 7);
    OK(get(table, "long keys", false, 2, &r, sizeof r));
    assert_int_equal(r.index.cbKeyMost, 700);
    OK(get(table, "tuples", false, 2, &r, sizeof r));
    assert_memory_equal(r.index.ptuplelimits, &limits, sizeof limits);
    OK(JetCloseTable(session, table));
}

static void test_any_size_of_buffer(void **state)
{
    JET_TABLEID table = JET_tableidNil;

    (void)state;
    OK(JetOpenTableA(session, database, "original", NULL, 0, 0, &table));
    for (int way = 0; way < 6; way++) {
        size_t least = way / 2 == 0 ? sizeof(JET_INDEXCREATE_A) : sizeof(JET_INDEXCREATE3_A);
        JET_ERR err = JET_errBufferTooSmall;

        for (size_t size = 0; size < 1024; size++) {
            char *room = malloc(size + 1); /* its end is watched by the sanitizer */

            assert_non_null(room);
            err = get(table, "conditional", way % 2, way / 2, room, size);
            free(room);
            if (err == JET_errSuccess)
                break;
            assert_int_equal(err, size < least ? JET_errInvalidBufferSize : JET_errBufferTooSmall);
        }
        assert_int_equal(err, JET_errSuccess);
    }
    OK(JetCloseTable(session, table));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creates_again),
        cmocka_unit_test(test_tells_what_was_given),
        cmocka_unit_test(test_any_size_of_buffer),
    };

    return cmocka_run_group_tests_name("index-create", tests, start, stop);
}
