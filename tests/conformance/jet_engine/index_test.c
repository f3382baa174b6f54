/* SPDX-License-Identifier: Apache-2.0
 *
 * index_test.c - indexes: order, NULL, conditions, several values, pieces, text (ese-api 3)
 */
#include "fixture.h"

#include <pthread.h>

struct table {
    JET_SESID session;
    JET_TABLEID id;
    JET_COLUMNID key, a, b, multi, text, ascii;
};

static void table_make(const struct fixture *f, struct table *t)
{
    JET_COLUMNDEF ascii = {.cbStruct = sizeof ascii, .coltyp = JET_coltypText, .cp = 1252};

    t->session = f->session;
    OK(JetCreateTableA(f->session, f->db, "t", 0, 100, &t->id));
    t->key = add(f->session, t->id, "key", JET_coltypLong, 0, NULL, 0);
    t->a = add(f->session, t->id, "a", JET_coltypLong, 0, NULL, 0);
    t->b = add(f->session, t->id, "b", JET_coltypLong, 0, NULL, 0);
    t->multi = add(f->session, t->id, "m", JET_coltypLong,
                   JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
    t->text = add(f->session, t->id, "text", JET_coltypLongText, 0, NULL, 0);
    OK(JetAddColumnA(f->session, t->id, "ascii", &ascii, NULL, 0, &t->ascii));
    index_make(f->session, t->id, "p", "+key\0", 6, JET_bitIndexPrimary);
}

static void set_long(const struct table *t, JET_COLUMNID id, int32_t v, unsigned long itag)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};

    OK(JetSetColumn(t->session, t->id, id, &v, 4, 0, &info));
}

#define NONE INT32_MIN

static JET_ERR put(const struct table *t, int32_t key, int32_t a, int32_t b)
{
    JET_ERR err;

    OK(JetPrepareUpdate(t->session, t->id, JET_prepInsert));
    set_long(t, t->key, key, 1);
    if (a != NONE)
        set_long(t, t->a, a, 1);
    if (b != NONE)
        set_long(t, t->b, b, 1);
    err = JetUpdate(t->session, t->id, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(t->session, t->id, JET_prepCancel));
    return err;
}

/* The keys of the rows in the order of the index, and backwards. */
static void order_is(const struct table *t, const char *index, const int32_t *keys, unsigned count)
{
    int32_t v = 0;

    OK(JetSetCurrentIndexA(t->session, t->id, index));
    for (unsigned i = 0; i < count; i++) {
        OK(JetMove(t->session, t->id, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        OK(JetRetrieveColumn(t->session, t->id, t->key, &v, 4, NULL, 0, NULL));
        if (v != keys[i])
            fail_msg("index %s: row %d at place %u, not %d", index, v, i, keys[i]);
    }
    GIVES(JET_errNoCurrentRecord,
          JetMove(t->session, t->id, count == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
    for (unsigned i = count; i > 0; i--) {
        OK(JetMove(t->session, t->id, JET_MovePrevious, 0));
        OK(JetRetrieveColumn(t->session, t->id, t->key, &v, 4, NULL, 0, NULL));
        assert_int_equal(v, keys[i - 1]);
    }
}

#define ORDER(t, index, ...)                                 \
    do {                                                     \
        static const int32_t keys_[] = {0, __VA_ARGS__};     \
        order_is(t, index, keys_ + 1, sizeof keys_ / 4 - 1); \
    } while (0)

static void columns_order_rows(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "ab", "+a\0+b\0", 7, 0);
    OK(put(&t, 1, 1, 1));
    OK(put(&t, 2, 1, NONE));
    OK(put(&t, 3, -1, 5));
    OK(put(&t, 4, NONE, 1));
    OK(put(&t, 5, NONE, NONE));
    /* over rows that are there */
    index_make(t.session, t.id, "down", "-a\0+b\0", 7, 0);
    index_make(t.session, t.id, "high", "+a\0-b\0", 7, JET_bitIndexSortNullsHigh);
    ORDER(&t, "ab", 5, 4, 3, 2, 1);
    ORDER(&t, "down", 2, 1, 3, 5, 4);
    ORDER(&t, "high", 3, 2, 1, 5, 4);
}

static void null_rules_choose_rows(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "all", "+a\0+b\0", 7, 0);
    index_make(t.session, t.id, "null", "+a\0+b\0", 7, JET_bitIndexIgnoreNull);
    index_make(t.session, t.id, "any", "+a\0+b\0", 7, JET_bitIndexIgnoreAnyNull);
    index_make(t.session, t.id, "first", "+a\0+b\0", 7, JET_bitIndexIgnoreFirstNull);
    OK(put(&t, 1, 1, 1));
    OK(put(&t, 2, 1, NONE));
    OK(put(&t, 3, NONE, 1));
    OK(put(&t, 4, NONE, NONE));
    ORDER(&t, "all", 4, 3, 2, 1);
    ORDER(&t, "null", 3, 2, 1);
    ORDER(&t, "any", 1);
    ORDER(&t, "first", 2, 1);
    OK(JetSetCurrentIndexA(t.session, t.id, NULL));
    key_long(t.session, t.id, 3, JET_bitNewKey);
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ));
    GIVES(JET_errNoCurrentRecord, JetSetCurrentIndex2A(t.session, t.id, "any", JET_bitNoMove));
    OK(JetPrepareUpdate(t.session, t.id, JET_prepReplace));
    set_long(&t, t.a, 7, 1); /* in it now */
    OK(JetUpdate(t.session, t.id, NULL, 0, NULL));
    ORDER(&t, "any", 1, 3);
    GIVES(JET_errNullKeyDisallowed,
          JetCreateIndexA(t.session, t.id, "never", JET_bitIndexDisallowNull, "+a\0", 4, 100));
    GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(t.session, t.id, "never"));
    index_make(t.session, t.id, "never", "+key\0", 6, JET_bitIndexDisallowNull);
    GIVES(JET_errInvalidGrbit,
          JetCreateIndexA(t.session, t.id, "x", JET_bitIndexDisallowNull | JET_bitIndexIgnoreNull,
                          "+a\0", 4, 100));
}

static void unique_is_checked_at_the_update(void **state)
{
    struct table t;

    table_make(*state, &t);
    OK(put(&t, 1, 5, 1));
    OK(put(&t, 2, 5, 2));
    GIVES(JET_errKeyDuplicate,
          JetCreateIndexA(t.session, t.id, "a", JET_bitIndexUnique, "+a\0", 4, 100));
    index_make(t.session, t.id, "b", "+b\0", 4, JET_bitIndexUnique);
    GIVES(JET_errKeyDuplicate, put(&t, 3, 7, 2));
    OK(put(&t, 3, 7, 3));
    OK(JetSetCurrentIndexA(t.session, t.id, "b"));
    key_long(t.session, t.id, 2, JET_bitNewKey);
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ));
    OK(JetDelete(t.session, t.id));
    OK(put(&t, 4, 7, 2)); /* free again */
    ORDER(&t, "b", 1, 4, 3);
}

static void conditions_choose_rows(void **state)
{
    JET_CONDITIONALCOLUMN_A null = {sizeof null, (char *)(uintptr_t) "b",
                                    JET_bitIndexColumnMustBeNull};
    JET_CONDITIONALCOLUMN_A there = {sizeof there, (char *)(uintptr_t) "b",
                                     JET_bitIndexColumnMustBeNonNull};
    JET_INDEXCREATE_A indexes[2] = {
        {.cbStruct = sizeof indexes[0],
         .szIndexName = (char *)(uintptr_t) "null",
         .szKey = (char *)(uintptr_t) "+a\0",
         .cbKey = 4,
         .rgconditionalcolumn = &null,
         .cConditionalColumn = 1},
        {.cbStruct = sizeof indexes[0],
         .szIndexName = (char *)(uintptr_t) "there",
         .szKey = (char *)(uintptr_t) "+a\0",
         .cbKey = 4,
         .rgconditionalcolumn = &there,
         .cConditionalColumn = 1},
    };
    struct table t;

    table_make(*state, &t);
    OK(JetCreateIndex2A(t.session, t.id, indexes, 2));
    OK(put(&t, 1, 1, NONE));
    OK(put(&t, 2, 2, 2));
    ORDER(&t, "null", 1);
    ORDER(&t, "there", 2);
    OK(JetPrepareUpdate(t.session, t.id, JET_prepReplace));
    OK(JetSetColumn(t.session, t.id, t.b, NULL, 0, 0, NULL));
    OK(JetUpdate(t.session, t.id, NULL, 0, NULL));
    ORDER(&t, "null", 1, 2);
    ORDER(&t, "there", );
}

static void each_value_has_an_entry(void **state)
{
    JET_RETRIEVECOLUMN got = {.itagSequence = 1};
    struct table t;
    int32_t v = 0;

    table_make(*state, &t);
    index_make(t.session, t.id, "m", "+m\0", 4, 0);
    for (int32_t key = 1; key <= 2; key++) {
        OK(JetPrepareUpdate(t.session, t.id, JET_prepInsert));
        set_long(&t, t.key, key, 1);
        for (int32_t i = 0; i < 3; i++)
            set_long(&t, t.multi, 10 * i + key, 0);
        set_long(&t, t.multi, key, 0); /* the first once more */
        OK(JetUpdate(t.session, t.id, NULL, 0, NULL));
    }
    ORDER(&t, "m", 1, 2, 1, 2, 1, 2);
    key_long(t.session, t.id, 21, JET_bitNewKey);
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ));
    got.columnid = t.multi;
    got.pvData = &v;
    got.cbData = 4;
    got.grbit = JET_bitRetrieveFromIndex | JET_bitRetrieveTag;
    OK(JetRetrieveColumns(t.session, t.id, &got, 1));
    assert_int_equal(v, 21);
    assert_int_equal(got.itagSequence, 3);
    OK(JetSetCurrentIndexA(t.session, t.id, NULL));
    OK(JetMove(t.session, t.id, JET_MoveFirst, 0));
    OK(JetSetCurrentIndex3A(t.session, t.id, "m", JET_bitNoMove, 2));
    OK(JetMove(t.session, t.id, JET_MoveNext, 0));
    OK(JetRetrieveColumn(t.session, t.id, t.key, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 2); /* 11, then 12 */
    OK(JetSetCurrentIndexA(t.session, t.id, "m"));
    key_long(t.session, t.id, 1, JET_bitNewKey);
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ));
    OK(JetPrepareUpdate(t.session, t.id, JET_prepReplace));
    OK(JetSetColumn(t.session, t.id, t.multi, NULL, 0, 0,
                    &(JET_SETINFO){.cbStruct = sizeof(JET_SETINFO), .itagSequence = 2}));
    OK(JetUpdate(t.session, t.id, NULL, 0, NULL)); /* 1, 21, 1 */
    ORDER(&t, "m", 1, 2, 2, 1, 2);
}

static void products_and_nested_values(void **state)
{
    struct table t;
    JET_COLUMNID other;

    table_make(*state, &t);
    other = add(t.session, t.id, "o", JET_coltypLong,
                JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
    index_make(t.session, t.id, "first", "+m\0+o\0", 7, 0);
    index_make(t.session, t.id, "cross", "+m\0+o\0", 7, JET_bitIndexCrossProduct);
    index_make(t.session, t.id, "nested", "+m\0+o\0", 7, JET_bitIndexNestedTable);
    OK(JetPrepareUpdate(t.session, t.id, JET_prepInsert));
    set_long(&t, t.key, 1, 1);
    for (int32_t i = 1; i <= 2; i++) {
        set_long(&t, t.multi, i, 0);
        set_long(&t, other, i, 0);
    }
    OK(JetUpdate(t.session, t.id, NULL, 0, NULL));
    ORDER(&t, "first", 1, 1);
    ORDER(&t, "cross", 1, 1, 1, 1);
    ORDER(&t, "nested", 1, 1);
    key_long(t.session, t.id, 2, JET_bitNewKey);
    key_long(t.session, t.id, 2, 0);
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ));
    OK(JetSetCurrentIndexA(t.session, t.id, "first"));
    key_long(t.session, t.id, 2, JET_bitNewKey);
    key_long(t.session, t.id, 2, 0);
    GIVES(JET_errRecordNotFound, JetSeek(t.session, t.id, JET_bitSeekEQ));
}

static JET_ERR put_text(const struct table *t, int32_t key, const char *text)
{
    WCHAR wide[64];
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++)
        wide[i] = (unsigned char)text[i]; /* Latin-1 */
    OK(JetPrepareUpdate(t->session, t->id, JET_prepInsert));
    set_long(t, t->key, key, 1);
    OK(JetSetColumn(t->session, t->id, t->text, wide, 2 * n, 0, NULL));
    OK(JetSetColumn(t->session, t->id, t->ascii, text, n, 0, NULL));
    return JetUpdate(t->session, t->id, NULL, 0, NULL);
}

static void text_sorts_by_its_language(void **state)
{
    struct table t;
    WCHAR wide[] = {'A', 'P', 'P', 'L', 'E'};

    table_make(*state, &t);
    index_make(t.session, t.id, "text", "+text\0", 7, 0);
    index_make(t.session, t.id, "ascii", "+ascii\0", 8, 0);
    OK(put_text(&t, 1, "zebra"));
    OK(put_text(&t, 2, "apple"));
    OK(put_text(&t, 3,
                "\xe9"
                "clair")); /* after echo, before egg in ASCII it is last */
    OK(put_text(&t, 4, "Echo"));
    OK(put_text(&t, 5, "egg"));
    ORDER(&t, "text", 2, 4, 3, 5, 1);
    ORDER(&t, "ascii", 2, 4, 5, 1, 3);
    OK(JetSetCurrentIndexA(t.session, t.id, "text"));
    OK(JetMakeKey(t.session, t.id, wide, sizeof wide, JET_bitNewKey));
    OK(JetSeek(t.session, t.id, JET_bitSeekEQ)); /* without regard to case */
    OK(JetMakeKey(t.session, t.id, wide, 2, JET_bitNewKey | JET_bitSubStrLimit));
    GIVES(JET_wrnSeekNotEqual, JetSeek(t.session, t.id, JET_bitSeekLE));
    GIVES(JET_errInvalidLanguageId,
          JetCreateIndex2A(t.session, t.id,
                           &(JET_INDEXCREATE_A){.cbStruct = sizeof(JET_INDEXCREATE_A),
                                                .szIndexName = (char *)(uintptr_t) "bad",
                                                .szKey = (char *)(uintptr_t) "+text\0",
                                                .cbKey = 7,
                                                .lcid = 0xfffe},
                           1));
}

/* At the entry of the piece "cat sat", which begins at the fifth character. */
static void tuples_are_retrieved(const struct table *t)
{
    const JET_GRBIT tuple = JET_bitRetrieveFromIndex | JET_bitRetrieveTuple;
    JET_RETINFO from = {.cbStruct = sizeof from, .itagSequence = 1, .ibLongValue = 4};
    unsigned long size = 0;
    char have[20] = "";

    OK(JetMakeKey(t->session, t->id, "cat sat", 7, JET_bitNewKey));
    OK(JetSeek(t->session, t->id, JET_bitSeekEQ));
    GIVES(JET_errIndexTuplesCannotRetrieveFromIndex,
          JetRetrieveColumn(t->session, t->id, t->ascii, have, sizeof have, &size,
                            JET_bitRetrieveFromIndex, NULL));
    OK(JetRetrieveColumn(t->session, t->id, t->ascii, have, sizeof have, &size, tuple, NULL));
    assert_int_equal(size, 7);
    assert_memory_equal(have, "cat sat", 8);
    GIVES(JET_wrnBufferTruncated,
          JetRetrieveColumn(t->session, t->id, t->ascii, have, 3, &size, tuple, NULL));
    assert_int_equal(size, 7);
    OK(JetRetrieveColumn(t->session, t->id, t->ascii, have, sizeof have, &size, tuple, &from));
    assert_int_equal(size, 3);
    assert_memory_equal(have, "sat", 3);
    OK(JetRetrieveColumn(t->session, t->id, t->ascii, have, sizeof have, &size, 0, NULL));
    assert_memory_equal(have, "the cat sat", 11);
}

static void pieces_find_inside(void **state)
{
    struct table t;
    unsigned long count = 0;

    table_make(*state, &t);
    index_make(t.session, t.id, "pieces", "+ascii\0", 8, JET_bitIndexTuples);
    OK(put_text(&t, 1, "the cat sat"));
    OK(put_text(&t, 2, "concatenate"));
    OK(put_text(&t, 3, "dog"));
    OK(JetSetCurrentIndexA(t.session, t.id, "pieces"));
    OK(JetMakeKey(t.session, t.id, "cat", 3, JET_bitNewKey | JET_bitPartialColumnStartLimit));
    GIVES(JET_wrnSeekNotEqual, JetSeek(t.session, t.id, JET_bitSeekGE));
    OK(JetMakeKey(t.session, t.id, "cat", 3, JET_bitNewKey | JET_bitPartialColumnEndLimit));
    OK(JetSetIndexRange(t.session, t.id, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetIndexRecordCount(t.session, t.id, &count, 0));
    assert_int_equal(count, 2);
    tuples_are_retrieved(&t);
    GIVES(JET_errIndexTuplesNonUniqueOnly,
          JetCreateIndexA(t.session, t.id, "x", JET_bitIndexTuples | JET_bitIndexUnique, "+ascii\0",
                          8, 100));
    GIVES(JET_errIndexTuplesTextBinaryColumnsOnly,
          JetCreateIndexA(t.session, t.id, "x", JET_bitIndexTuples, "+a\0", 4, 100));
}

static void wildcards_bound_ranges(void **state)
{
    struct table t;
    unsigned long count = 0;

    table_make(*state, &t);
    index_make(t.session, t.id, "ab", "+a\0+b\0", 7, 0);
    for (int32_t i = 0; i < 30; i++)
        OK(put(&t, i, i / 10, i % 10));
    OK(JetSetCurrentIndexA(t.session, t.id, "ab"));
    key_long(t.session, t.id, 1, JET_bitNewKey | JET_bitFullColumnStartLimit);
    GIVES(JET_wrnSeekNotEqual, JetSeek(t.session, t.id, JET_bitSeekGE));
    key_long(t.session, t.id, 1, JET_bitNewKey | JET_bitFullColumnEndLimit);
    OK(JetSetIndexRange(t.session, t.id, JET_bitRangeUpperLimit));
    OK(JetIndexRecordCount(t.session, t.id, &count, 0));
    assert_int_equal(count, 10);
    OK(JetMove(t.session, t.id, 9, 0));
    GIVES(JET_errNoCurrentRecord, JetMove(t.session, t.id, 1, 0));
}

static void definitions_are_checked(void **state)
{
    static const struct {
        const char *key;
        unsigned long size;
        JET_GRBIT grbit;
        JET_ERR err;
    } cases[] = {
        {"+nosuch\0", 9, 0, JET_errColumnNotFound},
        {"+a\0", 4, JET_bitIndexPrimary, JET_errIndexHasPrimary},
    };
    struct table t;

    table_make(*state, &t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        GIVES(cases[i].err, JetCreateIndexA(t.session, t.id, "x", cases[i].grbit, cases[i].key,
                                            cases[i].size, 100));
    index_make(t.session, t.id, "x", "+a\0", 4, 0);
    GIVES(JET_errIndexDuplicate, JetCreateIndexA(t.session, t.id, "X", 0, "+b\0", 4, 100));
    GIVES(JET_errColumnInUse, JetDeleteColumnA(t.session, t.id, "a"));
    GIVES(JET_errIndexMustStay, JetDeleteIndexA(t.session, t.id, "p"));
    OK(JetDeleteIndexA(t.session, t.id, "x"));
    GIVES(JET_errIndexNotFound, JetDeleteIndexA(t.session, t.id, "x"));
    OK(JetDeleteColumnA(t.session, t.id, "a"));
}

/* Where a cursor stands in its index, exactly, and back again. */
static void positions_are_places(void **state)
{
    struct fixture *f = *state;
    JET_RECPOS at = {.cbStruct = sizeof at};
    struct numbers n;

    numbers_make(f, &n);
    GIVES(JET_errNoCurrentRecord, JetGetRecordPosition(n.session, n.table, &at, sizeof at));
    GIVES(JET_errRecordNotFound, JetGotoPosition(n.session, n.table, &at));
    for (int32_t i = 0; i < 10; i++)
        numbers_insert(&n, i, -i, i / 3);
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < 10; i++) {
            OK(JetMove(n.session, n.table, i == 0 ? JET_MoveFirst : JET_MoveNext, 0));
            OK(JetGetRecordPosition(n.session, n.table, &at, sizeof at));
            assert_int_equal(at.centriesLT, i);
            assert_int_equal(at.centriesTotal, 10);
        }
        for (int32_t i = 9; i >= 0; i--) {
            at.centriesLT = (unsigned long)(pass == 0 ? i : 9 - i);
            OK(JetGotoPosition(n.session, n.table, &at));
            numbers_are(&n, i, -i, i / 3);
        }
        OK(JetSetCurrentIndexA(n.session, n.table, "withprimary")); /* the other way round */
    }
    at = (JET_RECPOS){.cbStruct = sizeof at, .centriesLT = 1, .centriesTotal = 1};
    OK(JetGotoPosition(n.session, n.table, &at)); /* the end is the last entry */
    numbers_are(&n, 0, 0, 0);
    OK(JetDelete(n.session, n.table));
    GIVES(JET_errRecordDeleted, JetGetRecordPosition(n.session, n.table, &at, sizeof at));
    at.centriesLT = 2;
    GIVES(JET_errInvalidParameter, JetGotoPosition(n.session, n.table, &at));
}

/* ---- JetIntersectIndexes ---- */

/* From the first entry >= `from` to the last <= `to`. */
static void range(const struct table *t, JET_TABLEID cursor, const char *index, int32_t from,
                  int32_t to)
{
    OK(JetSetCurrentIndexA(t->session, cursor, index));
    key_long(t->session, cursor, from, JET_bitNewKey);
    assert_true(JetSeek(t->session, cursor, JET_bitSeekGE) >= JET_errSuccess);
    key_long(t->session, cursor, to, JET_bitNewKey);
    OK(JetSetIndexRange(t->session, cursor, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
}

static void common_rows_are(const struct table *t, JET_INDEXRANGE *ranges, unsigned long count,
                            const int32_t *keys, unsigned rows)
{
    JET_RECORDLIST list = {.cbStruct = sizeof list};
    unsigned char bookmark[JET_cbBookmarkMost];
    unsigned long size = 0;
    int32_t key = 0;

    OK(JetIntersectIndexes(t->session, ranges, count, &list, 0));
    assert_int_equal(list.cRecord, rows);
    for (unsigned i = 0; i < rows; i++) {
        OK(JetRetrieveColumn(t->session, list.tableid, list.columnidBookmark, bookmark,
                             sizeof bookmark, &size, 0, NULL));
        OK(JetGotoBookmark(t->session, t->id, bookmark, size));
        OK(JetRetrieveColumn(t->session, t->id, t->key, &key, 4, NULL, 0, NULL));
        assert_int_equal(key, keys[i]);
        GIVES(i + 1 < rows ? JET_errSuccess : JET_errNoCurrentRecord,
              JetMove(t->session, list.tableid, JET_MoveNext, 0));
    }
    OK(JetCloseTable(t->session, list.tableid));
}

static void ranges_have_rows_in_common(void **state)
{
    struct fixture *f = *state;
    struct table t;
    JET_INDEXRANGE r[65];

    table_make(f, &t);
    index_make(f->session, t.id, "a", "+a\0", 4, 0);
    index_make(f->session, t.id, "b", "-b\0", 4, 0);
    index_make(f->session, t.id, "m", "+m\0", 4, 0);
    for (int32_t k = 0; k < 100; k++) {
        OK(JetPrepareUpdate(f->session, t.id, JET_prepInsert));
        set_long(&t, t.key, 99 - k, 1);
        set_long(&t, t.a, k % 10, 1);
        set_long(&t, t.b, k / 10, 1);
        set_long(&t, t.multi, k % 3, 1);
        set_long(&t, t.multi, 50 + k % 2, 2);
        OK(JetUpdate(f->session, t.id, NULL, 0, NULL));
    }
    for (size_t i = 0; i < 65; i++)
        r[i] = (JET_INDEXRANGE){.cbStruct = sizeof *r, .grbit = JET_bitRecordInIndex};
    for (size_t i = 0; i < 3; i++)
        OK(JetDupCursor(f->session, t.id, &r[i].tableid, 0));
    range(&t, r[0].tableid, "a", 4, 5);
    range(&t, r[1].tableid, "b", 3, 2); /* descending */
    common_rows_are(&t, r, 2, (const int32_t[]){64, 65, 74, 75}, 4);
    range(&t, r[0].tableid, "a", 4, 5);
    range(&t, r[1].tableid, "b", 3, 2);
    range(&t, r[2].tableid, "m", 1, 50); /* k % 3 of 1 or 2, or even: once each */
    common_rows_are(&t, r, 3, (const int32_t[]){64, 65, 74, 75}, 4);
    range(&t, r[0].tableid, "a", 4, 5);
    range(&t, r[2].tableid, "m", 51, 51); /* odd */
    r[1] = r[2];
    common_rows_are(&t, r, 2, (const int32_t[]){4, 14, 24, 34, 44, 54, 64, 74, 84, 94}, 10);
    range(&t, r[0].tableid, "a", 4, 4); /* one alone */
    common_rows_are(&t, r, 1, (const int32_t[]){5, 15, 25, 35, 45, 55, 65, 75, 85, 95}, 10);
    range(&t, r[0].tableid, "a", 4, 4);
    range(&t, r[1].tableid, "m", 51, 51); /* nothing in common */
    common_rows_are(&t, r, 2, NULL, 0);
}

static void intersections_are_checked(void **state)
{
    struct fixture *f = *state;
    JET_RECORDLIST list = {.cbStruct = sizeof list};
    struct numbers n;
    struct table t;
    JET_TABLEID other = 0;
    JET_INDEXRANGE r[65];

    table_make(f, &t);
    numbers_make(f, &n);
    index_make(f->session, t.id, "a", "+a\0", 4, 0);
    index_make(f->session, t.id, "b", "+b\0", 4, 0);
    OK(JetDupCursor(f->session, t.id, &other, 0));
    for (size_t i = 0; i < 65; i++)
        r[i] =
            (JET_INDEXRANGE){.cbStruct = sizeof *r, .tableid = t.id, .grbit = JET_bitRecordInIndex};
    r[1].tableid = other;
    OK(put(&t, 1, 1, 1));
#define REFUSED(err, count) GIVES(err, JetIntersectIndexes(f->session, r, count, &list, 0))
    REFUSED(JET_errInvalidParameter, 1); /* the primary */
    OK(JetSetCurrentIndexA(f->session, t.id, "a"));
    REFUSED(JET_errInvalidParameter, 0);
    REFUSED(JET_errInvalidParameter, 65);
    REFUSED(JET_errInvalidParameter, 2);
    OK(JetSetCurrentIndexA(f->session, other, "A"));
    REFUSED(JET_errInvalidParameter, 2); /* the same */
    OK(JetSetCurrentIndexA(f->session, n.table, "plain"));
    r[1].tableid = n.table;
    REFUSED(JET_errInvalidParameter, 2); /* another table's */
    OK(JetSetCurrentIndexA(f->session, other, "b"));
    r[1].tableid = other;
    r[1].grbit = JET_bitRecordNotInIndex;
    REFUSED(JET_errInvalidGrbit, 2);
    r[1].grbit = JET_bitRecordInIndex;
    r[1].cbStruct--;
    REFUSED(JET_errInvalidParameter, 2);
    r[1].cbStruct++;
    r[1].tableid = JET_tableidNil;
    REFUSED(JET_errInvalidTableId, 2);
    r[1].tableid = other;
    list.cbStruct--;
    REFUSED(JET_errInvalidParameter, 2);
    list.cbStruct++;
    GIVES(JET_errInvalidGrbit, JetIntersectIndexes(f->session, r, 2, &list, 1));
    OK(JetIntersectIndexes(f->session, r, 2, &list, 0));
    assert_int_equal(list.cRecord, 1);
}

/* ---- JetPrereadKeys: a hint, whose arguments are looked at ---- */

static void prereads_are_checked(void **state)
{
    static const unsigned char one[] = "\x7f\x80\0\0\1", two[] = "\x7f\x80\0\0\2";
    const void *keys[] = {one, two, two};
    unsigned long sizes[] = {5, 5, 5};
    const JET_GRBIT forward = JET_bitPrereadForward, backward = JET_bitPrereadBackward;
    struct fixture *f = *state;
    struct numbers n;
    long count = 7;

    numbers_make(f, &n);
#define PREREAD(err, count_in, grbit) \
    GIVES(err, JetPrereadKeys(f->session, n.table, keys, sizes, count_in, &count, grbit))
    PREREAD(JET_errSuccess, 3, forward);
    assert_int_equal(count, 3);
    PREREAD(JET_errInvalidParameter, 2, backward); /* out of order */
    assert_int_equal(count, 0);
    PREREAD(JET_errInvalidParameter, 0, forward);
    PREREAD(JET_errInvalidParameter, -1, forward);
    PREREAD(JET_errInvalidGrbit, 1, 0);
    PREREAD(JET_errInvalidGrbit, 1, forward | backward);
    keys[0] = two;
    keys[1] = one;
    PREREAD(JET_errSuccess, 2, backward);
    PREREAD(JET_errInvalidParameter, 2, forward);
    keys[1] = NULL;
    PREREAD(JET_errInvalidParameter, 2, backward);
    keys[1] = one;
    sizes[1] = 0;
    PREREAD(JET_errInvalidBufferSize, 2, backward);
    sizes[1] = 256;
    PREREAD(JET_errInvalidBufferSize, 2, backward);
    GIVES(JET_errInvalidParameter,
          JetPrereadKeys(f->session, n.table, NULL, sizes, 1, NULL, forward));
    GIVES(JET_errInvalidParameter,
          JetPrereadKeys(f->session, n.table, keys, NULL, 1, NULL, forward));
}

static void preread_ranges_are_checked(void **state)
{
    static int32_t one = 1, two = 2, three = 3, four = 4;
    static unsigned char octets[] = "\x7f\x80\0\0\2";
    struct fixture *f = *state;
    struct numbers n;
    JET_INDEX_COLUMN c1 = {.pv = &one, .cb = 4}, c2 = {.pv = &two, .cb = 4},
                     c3 = {.pv = &three, .cb = 4}, c4 = {.pv = &four, .cb = 4};
    JET_INDEX_COLUMN whole = {.pv = octets, .cb = 5}, bad = c1, empty = c1, nothing = c1;
    JET_INDEX_RANGE up[] = {{&c1, 1, &c2, 1}, {&c3, 1, &c4, 1}};
    JET_INDEX_RANGE mixed[] = {{&c3, 1, &c4, 1}, {&c1, 1, &c2, 1}};
    JET_INDEX_RANGE across[] = {{&c1, 1, &c3, 1}, {&c2, 1, &c4, 1}};
    JET_INDEX_RANGE down[] = {{&c4, 1, &c3, 1}, {&c2, 1, &c1, 1}};
    JET_INDEX_RANGE start = {&c2, 1, NULL, 0}, no_start = {NULL, 0, &c2, 1},
                    key = {&whole, 1, NULL, 0};
    JET_INDEX_RANGE bad_relop = {&bad, 1, NULL, 0}, bad_grbit = {&empty, 1, NULL, 0};
    JET_INDEX_RANGE no_data = {&nothing, 1, NULL, 0}, no_columns = {NULL, 1, NULL, 0};
    const JET_GRBIT forward = JET_bitPrereadForward, backward = JET_bitPrereadBackward;
    JET_COLUMNID text = 0, no_column = 500;
    unsigned long count = 7;
    int32_t kept = 3;

    numbers_make(f, &n);
    text = add(f->session, n.table, "text", JET_coltypLongText, 0, NULL, 0);
    numbers_fill(&n, 0, 10);
    bad.relop = JET_relopLessThan;
    empty.grbit = JET_bitZeroLength;
    nothing.pv = NULL;
    key_long(f->session, n.table, kept, JET_bitNewKey); /* which stays */
#define RANGES(err, ranges, count_in, counted, grbit) \
    GIVES(err,                                        \
          JetPrereadIndexRanges(f->session, n.table, ranges, count_in, counted, NULL, 0, grbit))
    RANGES(JET_errSuccess, up, 2, &count, forward);
    assert_int_equal(count, 2);
    RANGES(JET_errSuccess, down, 2, &count, backward);
    assert_int_equal(count, 2);
    RANGES(JET_errSuccess, &start, 1, &count, forward);
    RANGES(JET_errSuccess, &start, 1, &count, backward);
    RANGES(JET_errSuccess, &key, 1, &count, forward | JET_bitPrereadNormalizedKey);
    assert_int_equal(count, 1);
    RANGES(JET_errInvalidParameter, up, 2, &count, backward);
    RANGES(JET_errInvalidParameter, mixed, 2, &count, forward);
    RANGES(JET_errSuccess, mixed, 2, NULL, forward); /* they are put in order */
    RANGES(JET_errInvalidParameter, across, 2, &count, forward);
    RANGES(JET_errInvalidParameter, across, 2, NULL, forward);
    RANGES(JET_errInvalidParameter, &no_start, 1, &count, forward);
    RANGES(JET_errInvalidParameter, &bad_relop, 1, &count, forward);
    RANGES(JET_errInvalidParameter, &bad_grbit, 1, &count, forward);
    RANGES(JET_errInvalidParameter, &no_data, 1, &count, forward);
    RANGES(JET_errInvalidParameter, &no_columns, 1, &count, forward);
    RANGES(JET_errInvalidParameter, NULL, 1, &count, forward);
    RANGES(JET_errInvalidGrbit, up, 2, &count, 0);
    RANGES(JET_errInvalidGrbit, up, 2, &count, forward | 0x100);
    GIVES(JET_errMustBeSeparateLongValue,
          JetPrereadIndexRanges(f->session, n.table, up, 2, &count, &n.data1, 1, forward));
    GIVES(JET_errColumnNotFound,
          JetPrereadIndexRanges(f->session, n.table, up, 2, &count, &no_column, 1, forward));
    OK(JetPrereadIndexRanges(f->session, n.table, up, 2, &count, &text, 1,
                             forward | JET_bitPrereadFirstPage));
    OK(JetSeek(f->session, n.table, JET_bitSeekEQ));
    numbers_are(&n, 3, 0, 3);
    OK(JetSetCurrentIndexA(f->session, n.table, "plain"));
    RANGES(JET_errSuccess, up, 2, &count, forward);
    GIVES(JET_errInvalidPreread,
          JetPrereadIndexRanges(f->session, n.table, up, 2, &count, &text, 1, forward));
}

static void preread_tables_are_checked(void **state)
{
    static WCHAR name[] = {'n', 'u', 'm', 'b', 'e', 'r', 's', 0}, none[] = {'x', 0}, bad[] = {0};
    struct fixture *f = *state;
    JET_PCWSTR names[11];
    struct numbers n;

    numbers_make(f, &n);
    for (unsigned i = 0; i < 11; i++)
        names[i] = i % 2 ? name : none;
    OK(JetPrereadTablesW(f->session, f->db, names, 10, 0));
    OK(JetPrereadTablesW(f->session, f->db, NULL, 0, 0));
    GIVES(JET_errInvalidParameter, JetPrereadTablesW(f->session, f->db, names, 11, 0));
    GIVES(JET_errInvalidParameter, JetPrereadTablesW(f->session, f->db, names, -1, 0));
    GIVES(JET_errInvalidParameter, JetPrereadTablesW(f->session, f->db, NULL, 1, 0));
    GIVES(JET_errInvalidGrbit,
          JetPrereadTablesW(f->session, f->db, names, 1, JET_bitPrereadForward));
    GIVES(JET_errInvalidDatabaseId, JetPrereadTablesW(f->session, f->db + 1, names, 1, 0));
    names[0] = bad;
    GIVES(JET_errInvalidName, JetPrereadTablesW(f->session, f->db, names, 1, 0));
}

/* Keys of rows and of none, on either kind of index; the cursor stays. */
static void prereads_leave_the_cursor(void **state)
{
    static unsigned char last[] = "\x7f\xff\xff\xff\xff";
    unsigned char key[JET_cbKeyMost];
    const void *keys[] = {key, last};
    unsigned long sizes[] = {0, 5};
    struct fixture *f = *state;
    struct numbers n;
    long count = 0;

    numbers_make(f, &n);
    for (int32_t i = 1; i <= 3; i++)
        numbers_insert(&n, i, 10 * i, 100 * i);
    for (int secondary = 0; secondary < 2; secondary++) {
        OK(JetSetCurrentIndexA(f->session, n.table, secondary ? "plain" : NULL));
        OK(MOVE(&n, 1));
        OK(JetRetrieveKey(f->session, n.table, key, sizeof key, &sizes[0], 0));
        OK(JetPrereadKeys(f->session, n.table, keys, sizes, 2, &count, JET_bitPrereadForward));
        assert_int_equal(count, 2);
        numbers_are(&n, 2, 20, 200);
        OK(MOVE(&n, 1));
        numbers_are(&n, 3, 30, 300);
    }
}

/* ---- a new index, however many write ---- */

/* Two writers relieve each other: one commits when the other has written, or has been refused, so
 * that there is never a moment without one. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned entered; /* transactions that have written, or been refused */
    bool stop;
} relay = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false};

struct writer {
    const struct fixture *fixture;
    int32_t first; /* its rows are this one and every second one from it */
    JET_ERR err;
    unsigned rows;
};

/* True when somebody else has come since. */
static bool relieved(unsigned mine)
{
    bool stop;

    pthread_mutex_lock(&relay.lock);
    while (relay.entered == mine && !relay.stop)
        pthread_cond_wait(&relay.moved, &relay.lock);
    stop = relay.stop;
    pthread_mutex_unlock(&relay.lock);
    return !stop;
}

static unsigned enter(void)
{
    unsigned mine;

    pthread_mutex_lock(&relay.lock);
    mine = ++relay.entered;
    pthread_cond_broadcast(&relay.moved);
    pthread_mutex_unlock(&relay.lock);
    return mine;
}

static void *write_on(void *ctx)
{
    struct writer *w = ctx;
    struct other o = {0};
    struct numbers n;
    bool more = true;

    other_up(w->fixture, &o);
    numbers_open(o.session, o.db, &n);
    for (int32_t key = w->first; more && !w->err; key += 2) {
        JET_ERR err = JetBeginTransaction(o.session);

        if (!err)
            err = numbers_try_insert(&n, key, key % 7, -key);
        more = relieved(enter());
        if (err == JET_errSuccess)
            w->rows++;
        else if (err != JET_errWriteConflict) /* the only one that is due */
            w->err = err;
        err = err ? JetRollback(o.session, 0) : JetCommitTransaction(o.session, 0);
        w->err = w->err ? w->err : err;
    }
    other_down(&o);
    return NULL;
}

static void an_index_comes_about_under_writers(void **state)
{
    struct fixture *f = *state;
    struct writer writers[2] = {{.fixture = f, .first = 1}, {.fixture = f, .first = 2}};
    pthread_t threads[2];
    JET_ERR err = JET_errWriteConflict;
    unsigned long rows = 0;
    struct numbers n;

    numbers_make(f, &n);
    OK(JetCloseTable(f->session, n.table));
    OK(JetCommitTransaction(f->session, 0));
    numbers_open(f->session, f->db, &n);
    relay.entered = 0;
    relay.stop = false;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    pthread_mutex_lock(&relay.lock);
    while (relay.entered < 10)
        pthread_cond_wait(&relay.moved, &relay.lock);
    pthread_mutex_unlock(&relay.lock);
    for (int i = 0; i < 20 && err == JET_errWriteConflict; i++) /* on a machine that stands still */
        err = JetCreateIndexA(f->session, n.table, "new", 0, "+data2\0", 8, 80);
    OK(err);
    for (int i = 0; i < 20 && (i == 0 || err == JET_errWriteConflict); i++)
        err = JetDeleteIndexA(f->session, n.table, "withprimary");
    OK(err);
    pthread_mutex_lock(&relay.lock);
    relay.stop = true;
    pthread_cond_broadcast(&relay.moved);
    pthread_mutex_unlock(&relay.lock);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        OK(writers[i].err);
    }
    OK(JetSetCurrentIndexA(f->session, n.table, "new"));
    OK(MOVE(&n, JET_MoveFirst));
    OK(JetIndexRecordCount(f->session, n.table, &rows, 0));
    assert_int_equal(rows, writers[0].rows + writers[1].rows);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(positions_are_places),       CASE(columns_order_rows),
        CASE(null_rules_choose_rows),     CASE(unique_is_checked_at_the_update),
        CASE(conditions_choose_rows),     CASE(each_value_has_an_entry),
        CASE(products_and_nested_values), CASE(text_sorts_by_its_language),
        CASE(pieces_find_inside),         CASE(wildcards_bound_ranges),
        CASE(definitions_are_checked),    CASE(ranges_have_rows_in_common),
        CASE(intersections_are_checked),  CASE(an_index_comes_about_under_writers),
        CASE(prereads_are_checked),       CASE(preread_ranges_are_checked),
        CASE(preread_tables_are_checked), CASE(prereads_leave_the_cursor),
    };

    return cmocka_run_group_tests_name("jet_index", tests, NULL, NULL);
}
