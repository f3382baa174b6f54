/* SPDX-License-Identifier: Apache-2.0
 *
 * wide_key_test.c - keys of more than 255 octets: order, seeks, ranges, truncation (ese-api 3)
 *
 * The rows' values begin alike for longer than a key of the default size reaches; a number follows.
 */
#include "fixture.h"

#define ALIKE     800u
#define VALUE     (ALIKE + 4)
#define KEY_VALUE 910u  /* of VALUE octets: a prefix, and nine for each eight begun */
#define WIDEST    1000u /* of pages of 4 KiB */
#define ROWS      20

struct table {
    JET_SESID session;
    JET_TABLEID id;
    JET_COLUMNID number, data;
};

static JET_ERR index_try(const struct table *t, const char *name, const char *key,
                         unsigned long key_size, JET_GRBIT grbit, unsigned long most,
                         unsigned long var_seg_mac)
{
    char name_copy[32], key_copy[64];
    JET_INDEXCREATE_A def = {.cbStruct = sizeof def,
                             .szIndexName = name_copy,
                             .szKey = key_copy,
                             .cbKey = key_size,
                             .grbit = grbit | (most != 0 ? JET_bitIndexKeyMost : 0),
                             .cbVarSegMac = var_seg_mac,
                             .ulDensity = 100,
                             .cbKeyMost = most};

    snprintf(name_copy, sizeof name_copy, "%s", name);
    memcpy(key_copy, key, key_size);
    return JetCreateIndex2A(t->session, t->id, &def, 1);
}

#define INDEX(t, name, key, grbit, most, mac) \
    index_try(t, name, key "\0", sizeof key "\0", grbit, most, mac)

static void table_make(const struct fixture *f, struct table *t)
{
    t->session = f->session;
    OK(JetCreateTableA(f->session, f->db, "wide", 0, 100, &t->id));
    t->number = add(f->session, t->id, "number", JET_coltypLong, 0, NULL, 0);
    t->data = add(f->session, t->id, "data", JET_coltypLongBinary, 0, NULL, 0);
}

static const unsigned char *value_of(int32_t number)
{
    static unsigned char value[VALUE];

    memset(value, 'x', ALIKE);
    for (unsigned i = 0; i < 4; i++)
        value[ALIKE + i] = (unsigned char)((uint32_t)number >> (24 - 8 * i));
    return value;
}

static JET_ERR put(const struct table *t, int32_t number, unsigned long size)
{
    JET_ERR err;

    OK(JetPrepareUpdate(t->session, t->id, JET_prepInsert));
    OK(JetSetColumn(t->session, t->id, t->number, &number, sizeof number, 0, NULL));
    OK(JetSetColumn(t->session, t->id, t->data, value_of(number), size, 0, NULL));
    err = JetUpdate(t->session, t->id, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(t->session, t->id, JET_prepCancel));
    return err;
}

/* Even numbers below 2 * ROWS, not in their order. */
static void fill(const struct table *t)
{
    for (int32_t i = 0; i < ROWS; i++)
        OK(put(t, i * 7 % ROWS * 2, VALUE));
}

static void at(const struct table *t, int32_t want)
{
    int32_t got = -1;

    OK(JetRetrieveColumn(t->session, t->id, t->number, &got, sizeof got, NULL, 0, NULL));
    assert_int_equal(got, want);
}

static void key(const struct table *t, int32_t number)
{
    OK(JetMakeKey(t->session, t->id, value_of(number), VALUE, JET_bitNewKey));
}

static void seek(const struct table *t, int32_t number, JET_GRBIT how, JET_ERR want, int32_t row)
{
    key(t, number);
    GIVES(want, JetSeek(t->session, t->id, how));
    if (want >= 0)
        at(t, row);
}

static void rows_are_found(const struct table *t)
{
    unsigned long rows = 0;

    for (int32_t i = 0; i < ROWS; i++) {
        OK(JetMove(t->session, t->id, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        at(t, 2 * i);
    }
    GIVES(JET_errNoCurrentRecord, JetMove(t->session, t->id, JET_MoveNext, 0));
    seek(t, 8, JET_bitSeekEQ, JET_errSuccess, 8);
    seek(t, 8, JET_bitSeekGE, JET_errSuccess, 8);
    seek(t, 8, JET_bitSeekLE, JET_errSuccess, 8);
    seek(t, 8, JET_bitSeekGT, JET_errSuccess, 10);
    seek(t, 8, JET_bitSeekLT, JET_errSuccess, 6);
    seek(t, 9, JET_bitSeekEQ, JET_errRecordNotFound, 0);
    seek(t, 9, JET_bitSeekGE, JET_wrnSeekNotEqual, 10);
    seek(t, 9, JET_bitSeekLE, JET_wrnSeekNotEqual, 8);
    seek(t, 2 * ROWS, JET_bitSeekGE, JET_errRecordNotFound, 0);
    seek(t, 5, JET_bitSeekGE, JET_wrnSeekNotEqual, 6);
    key(t, 12);
    OK(JetSetIndexRange(t->session, t->id, JET_bitRangeUpperLimit | JET_bitRangeInclusive));
    OK(JetIndexRecordCount(t->session, t->id, &rows, 0));
    assert_int_equal(rows, 4);
    for (int32_t i = 8; i <= 12; i += 2) {
        OK(JetMove(t->session, t->id, JET_MoveNext, 0));
        at(t, i);
    }
    GIVES(JET_errNoCurrentRecord, JetMove(t->session, t->id, JET_MoveNext, 0));
    OK(JetMove(t->session, t->id, JET_MoveLast, 0));
    at(t, 2 * ROWS - 2);
}

/* The key is given whole, and finds its row when it is given back. */
static void key_returns(const struct table *t)
{
    unsigned char made[JET_cbKeyMostMost];
    unsigned long size = 0;

    seek(t, 8, JET_bitSeekEQ, JET_errSuccess, 8);
    GIVES(JET_wrnBufferTruncated, JetRetrieveKey(t->session, t->id, made, JET_cbKeyMost, &size, 0));
    assert_int_equal(size, KEY_VALUE);
    OK(JetRetrieveKey(t->session, t->id, made, sizeof made, &size, 0));
    OK(JetMove(t->session, t->id, JET_MoveFirst, 0));
    OK(JetMakeKey(t->session, t->id, made, size, JET_bitNormalizedKey));
    OK(JetSeek(t->session, t->id, JET_bitSeekEQ));
    at(t, 8);
}

static void rows_have_wide_primary_keys(void **state)
{
    unsigned char mark[JET_cbBookmarkMostMost];
    unsigned long size = 0;
    struct table t;

    table_make(*state, &t);
    OK(INDEX(&t, "p", "+data", JET_bitIndexPrimary, WIDEST, 0));
    fill(&t);
    GIVES(JET_errKeyDuplicate, put(&t, 8, VALUE));
    rows_are_found(&t);
    key_returns(&t);
    OK(JetGetBookmark(t.session, t.id, mark, sizeof mark, &size));
    assert_int_equal(size, KEY_VALUE);
    OK(JetMove(t.session, t.id, JET_MoveFirst, 0));
    OK(JetGotoBookmark(t.session, t.id, mark, size));
    at(&t, 8);
    OK(JetDelete(t.session, t.id));
    seek(&t, 8, JET_bitSeekEQ, JET_errRecordNotFound, 0);
    seek(&t, 8, JET_bitSeekGE, JET_wrnSeekNotEqual, 10);
}

static void entries_have_wide_keys(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "p", "+number\0", 9, JET_bitIndexPrimary);
    OK(INDEX(&t, "wide", "+data", JET_bitIndexUnique, WIDEST, 0));
    fill(&t);
    GIVES(JET_errKeyDuplicate, INDEX(&t, "narrow", "+data", JET_bitIndexUnique, 0, 0));
    OK(JetSetCurrentIndexA(t.session, t.id, "wide"));
    rows_are_found(&t);
    key_returns(&t);
    OK(INDEX(&t, "later", "+data", 0, WIDEST, 0)); /* over rows that are there */
    OK(JetSetCurrentIndexA(t.session, t.id, "later"));
    rows_are_found(&t);
}

/* A value that is longer than the key is cut without a word, unless the index forbids it. */
static void truncation_is_at_the_size_asked_for(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "p", "+number\0", 9, JET_bitIndexPrimary);
    OK(INDEX(&t, "whole", "+data", JET_bitIndexDisallowTruncation, KEY_VALUE - 2 * 9, 0));
    GIVES(JET_errKeyTruncated, put(&t, 2, VALUE));
    OK(put(&t, 4, ALIKE / 2));
    OK(JetDeleteIndexA(t.session, t.id, "whole"));
    OK(INDEX(&t, "whole", "+data", JET_bitIndexDisallowTruncation, KEY_VALUE, 0));
    OK(put(&t, 2, VALUE));
    OK(JetDeleteIndexA(t.session, t.id, "whole"));
    OK(INDEX(&t, "cut", "+data\0-number", JET_bitIndexUnique, 600, 0));
    OK(JetSetCurrentIndexA(t.session, t.id, "cut"));
    key(&t, 2);
    OK(JetSeek(t.session, t.id, JET_bitSeekGE)); /* the key is cut as the entries are */
    GIVES(JET_errKeyDuplicate, put(&t, 6, VALUE));
}

/* A segment that VarSegMac cuts leaves its room to the next (K3). */
static void segments_may_be_cut_earlier(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "p", "-number\0", 9, JET_bitIndexPrimary);
    OK(INDEX(&t, "seg", "+data\0+number", JET_bitIndexUnique | JET_bitIndexDisallowTruncation,
             WIDEST, 400));
    fill(&t);
    OK(JetSetCurrentIndexA(t.session, t.id, "seg"));
    for (int32_t i = 0; i < ROWS; i++) {
        OK(JetMove(t.session, t.id, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        at(&t, 2 * i);
    }
    GIVES(JET_errIndexInvalidDef, INDEX(&t, "x", "+data", 0, 600, 601));
}

static void sizes_have_bounds(void **state)
{
    struct table t;

    table_make(*state, &t);
    index_make(t.session, t.id, "p", "+number\0", 9, JET_bitIndexPrimary);
    GIVES(JET_errInvalidParameter, INDEX(&t, "x", "+data", 0, JET_cbKeyMostMin - 1, 0));
    GIVES(JET_errInvalidParameter, INDEX(&t, "x", "+data", 0, WIDEST + 1, 0));
    OK(INDEX(&t, "least", "+data", 0, JET_cbKeyMostMin, 0));
    OK(INDEX(&t, "most", "+data", 0, WIDEST, 0));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_have_wide_primary_keys),
        CASE(entries_have_wide_keys),
        CASE(truncation_is_at_the_size_asked_for),
        CASE(segments_may_be_cut_earlier),
        CASE(sizes_have_bounds),
    };

    return cmocka_run_group_tests_name("jet_wide_key", tests, NULL, NULL);
}
