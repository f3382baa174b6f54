/* SPDX-License-Identifier: Apache-2.0
 *
 * data_test.c - values in and out: column types, NULL, defaults, several values, the copy buffer
 * (ese-api 2, 4, 8)
 */
#include "fixture.h"

#include <stdlib.h>

struct row {
    JET_SESID session;
    JET_TABLEID table;
};

static struct row table_make(const struct fixture *f, const char *name)
{
    struct row r = {.session = f->session};

    OK(JetCreateTableA(f->session, f->db, name, 0, 100, &r.table));
    return r;
}

static JET_ERR set(const struct row *r, JET_COLUMNID id, const void *data, unsigned long size,
                   JET_GRBIT grbit, unsigned long itag)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};

    return JetSetColumn(r->session, r->table, id, data, size, grbit, &info);
}

static JET_ERR get(const struct row *r, JET_COLUMNID id, void *data, unsigned long room,
                   unsigned long *ret_size, JET_GRBIT grbit, unsigned long itag)
{
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};

    return JetRetrieveColumn(r->session, r->table, id, data, room, ret_size, grbit, &info);
}

static void is_value(const struct row *r, JET_COLUMNID id, unsigned long itag, const void *data,
                     unsigned long size)
{
    unsigned char have[300];
    unsigned long n = 0;

    OK(get(r, id, have, sizeof have, &n, 0, itag));
    assert_int_equal(n, size);
    assert_memory_equal(have, data, size);
}

static void is_null(const struct row *r, JET_COLUMNID id, unsigned long itag)
{
    unsigned char have[8];
    unsigned long n = 99;

    GIVES(JET_wrnColumnNull, get(r, id, have, sizeof have, &n, 0, itag));
    assert_int_equal(n, 0);
}

/* Carries the update out and goes to its row. */
static void finish(const struct row *r)
{
    unsigned char b[JET_cbBookmarkMost];
    unsigned long size = 0;

    OK(JetUpdate(r->session, r->table, b, sizeof b, &size));
    OK(JetGotoBookmark(r->session, r->table, b, size));
}

static void all_types_come_back(void **state)
{
    static const struct {
        JET_COLTYP type;
        unsigned long size;
        unsigned char value[16];
    } types[] = {
        {JET_coltypBit, 1, {0xff}},
        {JET_coltypUnsignedByte, 1, {200}},
        {JET_coltypShort, 2, {0xfe, 0xff}},
        {JET_coltypLong, 4, {1, 2, 3, 0x84}},
        {JET_coltypCurrency, 8, {1, 2, 3, 4, 5, 6, 7, 8}},
        {JET_coltypIEEESingle, 4, {0, 0, 0x80, 0x3f}},
        {JET_coltypIEEEDouble, 8, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f}},
        {JET_coltypDateTime, 8, {9, 9, 9, 9, 9, 9, 9, 9}},
        {JET_coltypBinary, 3, {0, 1, 0}},
        {JET_coltypText, 4, {'a', 0, 'b', 0}},
        {JET_coltypLongBinary, 5, {5, 4, 3, 2, 1}},
        {JET_coltypLongText, 2, {'x', 0}},
        {JET_coltypUnsignedLong, 4, {1, 2, 3, 0xff}},
        {JET_coltypLongLong, 8, {8, 7, 6, 5, 4, 3, 2, 1}},
        {JET_coltypGUID, 16, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
        {JET_coltypUnsignedShort, 2, {0xff, 0xff}},
        {JET_coltypUnsignedLongLong, 8, {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}},
    };
    enum { TYPES = sizeof types / sizeof *types };
    JET_COLUMNID plain[TYPES], tagged[TYPES];
    struct row r = table_make(*state, "types");
    char name[16];

    for (size_t i = 0; i < TYPES; i++) {
        snprintf(name, sizeof name, "p%zu", i);
        plain[i] = add(r.session, r.table, name, types[i].type, 0, NULL, 0);
        snprintf(name, sizeof name, "t%zu", i);
        tagged[i] = add(r.session, r.table, name, types[i].type,
                        JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
        assert_true(tagged[i] >= 256);
    }
    assert_int_equal(plain[0], 1);
    assert_int_equal(plain[8], 128);
    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    for (size_t i = 0; i < TYPES; i++) {
        OK(set(&r, plain[i], types[i].value, types[i].size, 0, 1));
        OK(set(&r, tagged[i], types[i].value, types[i].size, 0, 1));
        OK(set(&r, tagged[i], types[i].value, types[i].size, 0, 2));
        if (types[i].type != JET_coltypBinary && types[i].type != JET_coltypText &&
            types[i].type != JET_coltypLongBinary && types[i].type != JET_coltypLongText)
            GIVES(JET_errInvalidBufferSize,
                  set(&r, plain[i], types[i].value, types[i].size - 1 + 16, 0, 1));
    }
    finish(&r);
    for (size_t i = 0; i < TYPES; i++) {
        is_value(&r, plain[i], 1, types[i].value, types[i].size);
        is_value(&r, tagged[i], 1, types[i].value, types[i].size);
        is_value(&r, tagged[i], 2, types[i].value, types[i].size);
        is_null(&r, tagged[i], 3);
    }
    OK(JetPrepareUpdate(r.session, r.table, JET_prepReplace));
    for (size_t i = 0; i < TYPES; i++) {
        OK(set(&r, plain[i], NULL, 0, 0, 1));
        OK(set(&r, tagged[i], NULL, 0, 0, 1));
    }
    finish(&r);
    for (size_t i = 0; i < TYPES; i++) {
        is_null(&r, plain[i], 1);
        is_value(&r, tagged[i], 1, types[i].value, types[i].size);
        is_null(&r, tagged[i], 2);
    }
}

static void a_bit_is_all_ones(void **state)
{
    struct row r = table_make(*state, "bits");
    JET_COLUMNID id = add(r.session, r.table, "b", JET_coltypBit, 0, NULL, 0);

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, id, "\x02", 1, 0, 1));
    finish(&r);
    is_value(&r, id, 1, "\xff", 1);
}

static void fixed_text_and_binary_are_padded(void **state)
{
    struct row r = table_make(*state, "padded");
    JET_COLUMNDEF def = {.cbStruct = sizeof def,
                         .coltyp = JET_coltypText,
                         .cp = 1252,
                         .cbMax = 4,
                         .grbit = JET_bitColumnFixed};
    JET_COLUMNID text = 0, binary = 0;

    OK(JetAddColumnA(r.session, r.table, "t", &def, NULL, 0, &text));
    def.coltyp = JET_coltypBinary;
    def.cp = 0;
    OK(JetAddColumnA(r.session, r.table, "b", &def, NULL, 0, &binary));
    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, text, "ab", 2, 0, 1));
    OK(set(&r, binary, "ab", 2, 0, 1));
    GIVES(JET_errColumnTooBig, set(&r, text, "abcde", 5, 0, 1));
    finish(&r);
    is_value(&r, text, 1, "ab  ", 4);
    is_value(&r, binary, 1, "ab\0", 4);
}

static void null_and_empty_differ(void **state)
{
    struct row r = table_make(*state, "empty");
    JET_COLUMNID text = add(r.session, r.table, "t", JET_coltypText, 0, NULL, 0);
    JET_COLUMNID big = add(r.session, r.table, "l", JET_coltypLongText, 0, NULL, 0);
    JET_COLUMNID must = add(r.session, r.table, "n", JET_coltypLong, JET_bitColumnNotNULL, NULL, 0);

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, text, NULL, 0, JET_bitSetZeroLength, 1));
    OK(set(&r, big, NULL, 0, JET_bitSetZeroLength, 1));
    GIVES(JET_errNullInvalid, set(&r, must, NULL, 0, 0, 1));
    GIVES(JET_errNullInvalid, JetUpdate(r.session, r.table, NULL, 0, NULL));
    OK(set(&r, must, "\1\0\0\0", 4, 0, 1)); /* it is still prepared */
    finish(&r);
    is_value(&r, text, 1, "", 0);
    is_value(&r, big, 1, "", 0);
}

static void defaults_show_and_are_overridden(void **state)
{
    struct row r = table_make(*state, "defaults");
    JET_COLUMNID first = add(r.session, r.table, "first", JET_coltypLong, 0, NULL, 0);
    JET_COLUMNID fixed, variable, tagged;

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, first, "\1\0\0\0", 4, 0, 1));
    finish(&r);
    fixed = add(r.session, r.table, "f", JET_coltypLong, 0, "\7\0\0\0", 4);
    variable = add(r.session, r.table, "v", JET_coltypBinary, 0, "var", 3);
    tagged = add(r.session, r.table, "t", JET_coltypLongBinary, 0, "tag", 3);
    is_value(&r, fixed, 1, "\7\0\0\0", 4); /* an old row shows a default added later */
    is_value(&r, variable, 1, "var", 3);
    is_value(&r, tagged, 1, "tag", 3);
    GIVES(JET_wrnColumnNull, get(&r, tagged, NULL, 0, NULL, JET_bitRetrieveIgnoreDefault, 1));
    OK(JetPrepareUpdate(r.session, r.table, JET_prepReplace));
    OK(set(&r, tagged, NULL, 0, 0, 1));
    OK(set(&r, variable, NULL, 0, 0, 1));
    finish(&r);
    is_value(&r, fixed, 1, "\7\0\0\0", 4);
    is_null(&r, variable, 1);
    is_null(&r, tagged, 1);
    OK(JetPrepareUpdate(r.session, r.table, JET_prepReplace));
    OK(set(&r, tagged, NULL, 0, JET_bitSetRevertToDefaultValue, 1));
    finish(&r);
    is_value(&r, tagged, 1, "tag", 3);
}

static void values_are_numbered_from_one(void **state)
{
    struct row r = table_make(*state, "multi");
    JET_COLUMNID id = add(r.session, r.table, "m", JET_coltypLongBinary,
                          JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
    JET_COLUMNID one = add(r.session, r.table, "s", JET_coltypBinary, JET_bitColumnTagged, NULL, 0);
    JET_RETRIEVECOLUMN count = {.columnid = id, .itagSequence = 0};

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, id, "a", 1, 0, 0));
    OK(set(&r, id, "b", 1, 0, 0));
    OK(set(&r, id, "c", 1, 0, 9)); /* beyond the last: one more */
    OK(set(&r, id, "B", 1, 0, 2));
    GIVES(JET_errMultiValuedDuplicate, set(&r, id, "a", 1, JET_bitSetUniqueMultiValues, 0));
    GIVES(JET_errBadItagSequence, set(&r, one, "a", 1, 0, 2));
    finish(&r);
    is_value(&r, id, 1, "a", 1);
    is_value(&r, id, 2, "B", 1);
    is_value(&r, id, 3, "c", 1);
    OK(JetRetrieveColumns(r.session, r.table, &count, 1));
    assert_int_equal(count.itagSequence, 3);
    OK(JetPrepareUpdate(r.session, r.table, JET_prepReplace));
    OK(set(&r, id, NULL, 0, 0, 1)); /* the others move down */
    finish(&r);
    is_value(&r, id, 1, "B", 1);
    is_value(&r, id, 2, "c", 1);
    is_null(&r, id, 3);
}

static void copies_have_their_rules(void **state)
{
    struct numbers n;
    int32_t v = 0;

    numbers_make(*state, &n);
    GIVES(JET_errUpdateNotPrepared, JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    GIVES(JET_errUpdateNotPrepared, JetUpdate(n.session, n.table, NULL, 0, NULL));
    GIVES(JET_errUpdateNotPrepared, JetPrepareUpdate(n.session, n.table, JET_prepCancel));
    GIVES(JET_errNoCurrentRecord, JetPrepareUpdate(n.session, n.table, JET_prepReplace));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepInsert));
    GIVES(JET_errAlreadyPrepared, JetPrepareUpdate(n.session, n.table, JET_prepInsert));
    OK(JetRetrieveColumn(n.session, n.table, n.increment, &v, 4, NULL, JET_bitRetrieveCopy, NULL));
    assert_int_equal(v, 1);
    GIVES(JET_errInvalidColumnType, JetSetColumn(n.session, n.table, n.increment, &v, 4, 0, NULL));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepCancel));
    numbers_insert(&n, 10, 100, 1000);
    OK(numbers_seek(&n, 10, JET_bitSeekEQ));
    /* a move cancels */
    OK(JetPrepareUpdate(n.session, n.table, JET_prepReplace));
    OK(MOVE(&n, JET_MoveFirst));
    GIVES(JET_errUpdateNotPrepared, JetUpdate(n.session, n.table, NULL, 0, NULL));
    /* the primary key is not replaced */
    OK(JetPrepareUpdate(n.session, n.table, JET_prepReplace));
    v = 11;
    OK(JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    GIVES(JET_errRecordPrimaryChanged, JetUpdate(n.session, n.table, NULL, 0, NULL));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepCancel));
    /* a copy under the same key */
    OK(JetPrepareUpdate(n.session, n.table, JET_prepInsertCopy));
    GIVES(JET_errKeyDuplicate, JetUpdate(n.session, n.table, NULL, 0, NULL));
    v = 20;
    OK(JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    OK(JetUpdate(n.session, n.table, NULL, 0, NULL));
    OK(numbers_seek(&n, 20, JET_bitSeekEQ));
    numbers_are(&n, 20, 100, 1000);
    OK(JetRetrieveColumn(n.session, n.table, n.increment, &v, 4, NULL, 0, NULL));
    assert_int_equal(v, 3);
    /* a row moves to another key, and may stay at its own */
    OK(JetPrepareUpdate(n.session, n.table, JET_prepInsertCopyDeleteOriginal));
    GIVES(JET_errAlreadyPrepared, JetDelete(n.session, n.table));
    OK(JetUpdate(n.session, n.table, NULL, 0, NULL));
    OK(numbers_seek(&n, 20, JET_bitSeekEQ));
    OK(JetPrepareUpdate(n.session, n.table, JET_prepInsertCopyDeleteOriginal));
    v = 30;
    OK(JetSetColumn(n.session, n.table, n.key, &v, 4, 0, NULL));
    OK(JetUpdate(n.session, n.table, NULL, 0, NULL));
    numbers_err(&n, JET_errRecordDeleted);
    OK(numbers_seek(&n, 30, JET_bitSeekEQ));
    numbers_are(&n, 30, 100, 1000);
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 20, JET_bitSeekEQ));
}

static void versions_count_replaces(void **state)
{
    struct row r = table_make(*state, "versions");
    JET_COLUMNID id = add(r.session, r.table, "v", JET_coltypLong, JET_bitColumnVersion, NULL, 0);
    JET_COLUMNID x = add(r.session, r.table, "x", JET_coltypLong, 0, NULL, 0);

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    finish(&r);
    is_value(&r, id, 1, "\0\0\0\0", 4);
    for (unsigned i = 0; i < 3; i++) {
        OK(JetPrepareUpdate(r.session, r.table, JET_prepReplace));
        GIVES(JET_errInvalidColumnType, set(&r, id, "\1\1\1\1", 4, 0, 1));
        OK(set(&r, x, "\1\1\1\1", 4, 0, 1));
        finish(&r);
    }
    is_value(&r, id, 1, "\3\0\0\0", 4);
}

static void rows_without_a_key_keep_their_order(void **state)
{
    struct row r = table_make(*state, "heap");
    JET_COLUMNID id = add(r.session, r.table, "x", JET_coltypLong, 0, NULL, 0);
    unsigned char b[JET_cbBookmarkMost];
    unsigned long size = 0;
    int32_t v = 0;

    for (int32_t i = 9; i > 0; i--) {
        OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
        OK(set(&r, id, &i, 4, 0, 1));
        OK(JetUpdate(r.session, r.table, b, sizeof b, &size));
        assert_int_equal(size, 4);
    }
    OK(JetMove(r.session, r.table, JET_MoveFirst, 0));
    for (int32_t i = 9; i > 0; i--) {
        OK(get(&r, id, &v, 4, NULL, 0, 1));
        assert_int_equal(v, i);
        if (i > 1)
            OK(JetMove(r.session, r.table, JET_MoveNext, 0));
    }
    GIVES(JET_errNoCurrentRecord, JetMove(r.session, r.table, JET_MoveNext, 0));
    GIVES(JET_errNoCurrentIndex, JetMakeKey(r.session, r.table, &v, 4, JET_bitNewKey));
}

static void *grow(void *ctx, void *old, unsigned long size)
{
    (void)ctx;
    if (size > 0)
        return realloc(old, size);
    free(old);
    return NULL;
}

static void columns_are_enumerated(void **state)
{
    struct row r = table_make(*state, "enumerated");
    JET_COLUMNID a = add(r.session, r.table, "a", JET_coltypLong, 0, NULL, 0);
    JET_COLUMNID b = add(r.session, r.table, "b", JET_coltypLong, 0, NULL, 0);
    JET_COLUMNID m = add(r.session, r.table, "m", JET_coltypLongBinary,
                         JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
    JET_ENUMCOLUMNID wanted = {.columnid = b};
    JET_ENUMCOLUMN *columns = NULL;
    unsigned long count = 0;

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, a, "\1\0\0\0", 4, 0, 1));
    OK(set(&r, m, "one", 3, 0, 1));
    OK(set(&r, m, "three", 5, 0, 2));
    finish(&r);
    GIVES(JET_wrnColumnTruncated,
          JetEnumerateColumns(r.session, r.table, 0, NULL, &count, &columns, grow, NULL, 4,
                              JET_bitEnumerateCompressOutput));
    assert_int_equal(count, 2);
    assert_int_equal(columns[0].columnid, a);
    assert_int_equal(columns[0].err, JET_wrnColumnSingleValue);
    assert_int_equal(columns[0].cbData, 4);
    assert_memory_equal(columns[0].pvData, "\1\0\0\0", 4);
    assert_int_equal(columns[1].cEnumColumnValue, 2);
    assert_int_equal(columns[1].rgEnumColumnValue[0].cbData, 3);
    assert_int_equal(columns[1].rgEnumColumnValue[1].err, JET_wrnColumnTruncated);
    assert_memory_equal(columns[1].rgEnumColumnValue[1].pvData, "thre", 4);
    free(columns[0].pvData);
    free(columns[1].rgEnumColumnValue[0].pvData);
    free(columns[1].rgEnumColumnValue[1].pvData);
    free(columns[1].rgEnumColumnValue);
    free(columns);
    OK(JetEnumerateColumns(r.session, r.table, 1, &wanted, &count, &columns, grow, NULL, 100, 0));
    assert_int_equal(count, 1);
    assert_int_equal(columns[0].err, JET_wrnColumnNull);
    free(columns);
}

static void records_have_a_size(void **state)
{
    struct row r = table_make(*state, "sizes");
    JET_COLUMNID a = add(r.session, r.table, "a", JET_coltypLong, 0, NULL, 0);
    JET_COLUMNID l = add(r.session, r.table, "l", JET_coltypLongBinary, 0, NULL, 0);
    JET_RECSIZE2 size = {0};
    char big[5000] = {1};

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, a, "\1\0\0\0", 4, 0, 1));
    OK(set(&r, l, big, sizeof big, 0, 1));
    OK(JetGetRecordSize2(r.session, r.table, &size, JET_bitRecordSizeInCopyBuffer));
    assert_int_equal(size.cNonTaggedColumns, 1);
    assert_int_equal(size.cTaggedColumns, 1);
    finish(&r);
    OK(JetGetRecordSize2(r.session, r.table, &size, 0));
    assert_int_equal(size.cbData, 4);
    assert_int_equal(size.cLongValues, 1);
    assert_int_equal(size.cbLongValueData, 5000);
    OK(JetGetRecordSize2(r.session, r.table, &size, JET_bitRecordSizeRunningTotal));
    assert_int_equal(size.cbData, 8);
    assert_int_equal(size.cLongValues, 2);
    assert_int_equal(size.cbLongValueData, 10000);
    OK(JetGetRecordSize2(r.session, r.table, &size, JET_bitRecordSizeLocal));
    assert_int_equal(size.cbData, 4);
    assert_int_equal(size.cLongValues, 1);
    assert_int_equal(size.cbLongValueData, 0);
    assert_int_equal(size.cbLongValueDataCompressed, 0);
}

/* Flags that ask about the page of a record. */
static void records_have_no_page(void **state)
{
    struct row r = table_make(*state, "pages");
    JET_COLUMNID a = add(r.session, r.table, "a", JET_coltypLong, 0, NULL, 0);
    uint32_t page = 0;
    JET_RETRIEVECOLUMN columns[] = {
        {.columnid = a, .pvData = &page, .cbData = sizeof page, .itagSequence = 1},
        {.columnid = a,
         .pvData = &page,
         .cbData = sizeof page,
         .itagSequence = 1,
         .grbit = JET_bitRetrieveCopyIntrinsic}};

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, a, "\1\0\0\0", 4, 0, 1));
    finish(&r);
    GIVES(JET_errFeatureNotAvailable, JetRetrieveColumn(r.session, r.table, a, &page, sizeof page,
                                                        NULL, JET_bitRetrievePageNumber, NULL));
    GIVES(JET_errFeatureNotAvailable, JetRetrieveColumns(r.session, r.table, columns, 2));
    GIVES(JET_errInvalidGrbit,
          JetRetrieveColumn(r.session, r.table, a, &page, sizeof page, NULL,
                            JET_bitRetrievePageNumber | JET_bitRetrieveCopy, NULL));
    assert_int_equal(page, 0);
}

static void tagged_columns_are_walked(void **state)
{
    struct row r = table_make(*state, "walked");
    JET_COLUMNID a = add(r.session, r.table, "a", JET_coltypLongBinary,
                         JET_bitColumnTagged | JET_bitColumnMultiValued, NULL, 0);
    JET_COLUMNID b = add(r.session, r.table, "b", JET_coltypLongBinary, 0, NULL, 0);
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 3};
    unsigned long size = 0;
    char have[4];

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    OK(set(&r, a, "1", 1, 0, 0));
    OK(set(&r, a, "2", 1, 0, 0));
    OK(set(&r, b, "3", 1, 0, 1));
    finish(&r);
    OK(JetRetrieveColumn(r.session, r.table, 0, have, sizeof have, &size, 0, &info));
    assert_int_equal(info.columnidNextTagged, b);
    assert_int_equal(have[0], '3');
    info.itagSequence = 4;
    GIVES(JET_wrnColumnNull,
          JetRetrieveColumn(r.session, r.table, 0, have, sizeof have, &size, 0, &info));
}

static void errors_name_the_column(void **state)
{
    struct row r = table_make(*state, "errors");
    JET_COLUMNID id = add(r.session, r.table, "x", JET_coltypLong, 0, NULL, 0);
    JET_SETCOLUMN columns[] = {
        {.columnid = id, .pvData = "\1\0\0\0", .cbData = 4, .itagSequence = 1},
        {.columnid = id, .pvData = "\1\0\0\0", .cbData = 3, .itagSequence = 1},
        {.columnid = id, .pvData = "\1\0\0\0", .cbData = 4, .itagSequence = 1, .err = 77},
    };
    char have[4];

    OK(JetPrepareUpdate(r.session, r.table, JET_prepInsert));
    GIVES(JET_errColumnNotFound, set(&r, 99, "", 0, 0, 1));
    GIVES(JET_errInvalidBufferSize, JetSetColumns(r.session, r.table, columns, 3));
    assert_int_equal(columns[0].err, JET_errSuccess);
    assert_int_equal(columns[1].err, JET_errInvalidBufferSize);
    assert_int_equal(columns[2].err, 77);
    finish(&r);
    GIVES(JET_errColumnNotFound, get(&r, 500, have, 4, NULL, 0, 1));
    GIVES(JET_wrnBufferTruncated, get(&r, id, have, 2, NULL, 0, 1));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(all_types_come_back),
        CASE(a_bit_is_all_ones),
        CASE(fixed_text_and_binary_are_padded),
        CASE(null_and_empty_differ),
        CASE(defaults_show_and_are_overridden),
        CASE(values_are_numbered_from_one),
        CASE(copies_have_their_rules),
        CASE(versions_count_replaces),
        CASE(rows_without_a_key_keep_their_order),
        CASE(columns_are_enumerated),
        CASE(records_have_a_size),
        CASE(records_have_no_page),
        CASE(tagged_columns_are_walked),
        CASE(errors_name_the_column),
    };

    return cmocka_run_group_tests_name("jet_data", tests, NULL, NULL);
}
