/* SPDX-License-Identifier: Apache-2.0
 *
 * currency_test.c - where a cursor stands (ese-api 3 and 8)
 *
 * What is expected here is what Windows' engine does, as ManagedEsent's public tests of currency
 * record it.
 */
#include "fixture.h"

/* Rows of `count` keys, data1 = 10 key, data2 = 100 key. */
static void fill(const struct numbers *n, const int32_t *keys, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        numbers_insert(n, keys[i], 10 * keys[i], 100 * keys[i]);
}

static void is_key(const struct numbers *n, int32_t key)
{
    numbers_are(n, key, 10 * key, 100 * key);
}

static void moves_on_the_primary_index(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill(&n, (int32_t[]){2, 1, 3}, 3);
    OK(MOVE(&n, JET_MoveFirst));
    is_key(&n, 1);
    OK(MOVE(&n, JET_MoveNext));
    is_key(&n, 2);
    OK(MOVE(&n, JET_MoveLast));
    is_key(&n, 3);
    OK(MOVE(&n, -2));
    is_key(&n, 1);
    OK(MOVE(&n, 0));
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MovePrevious));
    numbers_err(&n, JET_errNoCurrentRecord);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, 0));
    OK(MOVE(&n, JET_MoveNext));
    is_key(&n, 1);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, 5));
    OK(MOVE(&n, JET_MovePrevious));
    is_key(&n, 3);
}

static void moves_on_a_secondary_index(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    numbers_insert(&n, 1, 10, 0);
    numbers_insert(&n, 2, 10, 0);
    numbers_insert(&n, -3, 30, 0);
    OK(JetSetCurrentIndexA(n.session, n.table, "withprimary"));
    OK(MOVE(&n, JET_MoveFirst));
    numbers_are(&n, 2, 10, 0); /* +data1 -key */
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 1, 10, 0);
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, -3, 30, 0);
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 1, 10, 0);
}

/* Result and row (0: none) of each seek for keys 0..4 among {1, 3}. */
static void seeks_on_the_primary_index(void **state)
{
    static const struct {
        JET_GRBIT grbit;
        JET_ERR err[5];
        int32_t row[5];
    } cases[] = {
        {JET_bitSeekEQ, {-1601, 0, -1601, 0, -1601}, {0, 1, 0, 3, 0}},
        {JET_bitSeekLT, {-1601, -1601, 0, 0, 0}, {0, 0, 1, 1, 3}},
        {JET_bitSeekLE, {-1601, 0, 1039, 0, 1039}, {0, 1, 1, 3, 3}},
        {JET_bitSeekGT, {0, 0, 0, -1601, -1601}, {1, 3, 3, 0, 0}},
        {JET_bitSeekGE, {1039, 0, 1039, 0, -1601}, {1, 1, 3, 3, 0}},
    };
    struct numbers n;

    numbers_make(*state, &n);
    for (size_t c = 0; c < 5; c++)
        GIVES(JET_errRecordNotFound, numbers_seek(&n, 1, cases[c].grbit));
    fill(&n, (int32_t[]){1, 3}, 2);
    for (size_t c = 0; c < 5; c++)
        for (int32_t key = 0; key < 5; key++) {
            GIVES(cases[c].err[key], numbers_seek(&n, key, cases[c].grbit));
            if (cases[c].row[key] != 0)
                is_key(&n, cases[c].row[key]);
            else
                numbers_err(&n, JET_errNoCurrentRecord);
        }
}

static void fill_plain(const struct numbers *n)
{
    numbers_insert(n, 5, 20, 200);
    numbers_insert(n, 2, 20, 200);
    numbers_insert(n, 3, 30, 200);
    numbers_insert(n, 1, 10, 100);
    numbers_insert(n, 4, 20, 201);
}

/* Seeks on an index with equal keys: (10,100) 1, (20,200) 2 5, (20,201) 4, (30,200) 3. */
static void seeks_on_a_secondary_index(void **state)
{
    static const struct {
        JET_GRBIT grbit;
        int32_t data1, data2;
        JET_ERR err;
        int32_t key;
    } cases[] = {
        {JET_bitSeekEQ, 20, 200, 0, 2},     {JET_bitSeekEQ, 20, 100, -1601, 0},
        {JET_bitSeekLT, 10, 100, -1601, 0}, {JET_bitSeekLT, 20, 200, 0, 1},
        {JET_bitSeekLT, 20, 201, 0, 5},     {JET_bitSeekLT, 20, 300, 0, 4},
        {JET_bitSeekLT, 40, 100, 0, 3},     {JET_bitSeekLE, 9, 100, -1601, 0},
        {JET_bitSeekLE, 20, 100, 1039, 1},  {JET_bitSeekLE, 20, 200, 0, 2},
        {JET_bitSeekLE, 20, 300, 1039, 4},  {JET_bitSeekGT, 9, 100, 0, 1},
        {JET_bitSeekGT, 20, 100, 0, 2},     {JET_bitSeekGT, 20, 200, 0, 4},
        {JET_bitSeekGT, 40, 100, -1601, 0}, {JET_bitSeekGE, 9, 100, 1039, 1},
        {JET_bitSeekGE, 20, 100, 1039, 2},  {JET_bitSeekGE, 20, 200, 0, 2},
        {JET_bitSeekGE, 20, 300, 1039, 3},  {JET_bitSeekGE, 40, 100, -1601, 0},
    };
    struct numbers n;

    numbers_make(*state, &n);
    fill_plain(&n);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t key = 0;

        GIVES(cases[i].err, numbers_seek_plain(&n, cases[i].data1, cases[i].data2, cases[i].grbit));
        if (cases[i].key == 0) {
            numbers_err(&n, JET_errNoCurrentRecord);
            continue;
        }
        OK(JetRetrieveColumn(n.session, n.table, n.key, &key, sizeof key, NULL, 0, NULL));
        assert_int_equal(key, cases[i].key);
    }
}

static void a_failed_seek_stands_between(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill(&n, (int32_t[]){1, 3}, 2);
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 2, JET_bitSeekEQ));
    OK(MOVE(&n, JET_MoveNext));
    is_key(&n, 3);
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 2, JET_bitSeekEQ));
    OK(MOVE(&n, JET_MovePrevious));
    is_key(&n, 1);
}

static void seek_sets_a_range(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill_plain(&n);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    OK(numbers_seek_plain(&n, 20, 200, JET_bitSeekEQ | JET_bitSetIndexRange));
    numbers_are(&n, 2, 20, 200);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 5, 20, 200);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    numbers_err(&n, JET_errNoCurrentRecord);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    OK(MOVE(&n,
            JET_MovePrevious)); /* beyond the range is beyond the index, and the range is gone */
    numbers_are(&n, 3, 30, 200);
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 4, 20, 201);
}

static void unique_keys_are_told(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill_plain(&n);
    GIVES(JET_wrnUniqueKey, numbers_seek(&n, 1, JET_bitSeekEQ | JET_bitCheckUniqueness));
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    OK(numbers_seek_plain(&n, 20, 200, JET_bitSeekEQ | JET_bitCheckUniqueness));
    GIVES(JET_wrnUniqueKey,
          numbers_seek_plain(&n, 30, 200, JET_bitSeekEQ | JET_bitCheckUniqueness));
    numbers_are(&n, 3, 30, 200);
}

static void an_empty_table_has_no_places(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    for (unsigned pass = 0; pass < 2; pass++) {
        GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveFirst));
        GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveLast));
        GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MovePrevious));
        GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
        key_long(n.session, n.table, 1, JET_bitNewKey);
        GIVES(JET_errNoCurrentRecord, JetSetIndexRange(n.session, n.table, 0));
        OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    }
}

static void ranges_end_where_they_say(void **state)
{
    static const struct {
        JET_GRBIT grbit;
        int32_t limit, start, rows[3]; /* rows met, 0 ends */
        int32_t beyond;                /* the end of the index on that side */
    } cases[] = {
        {0, 1, 3, {2, 0}, 1},
        {JET_bitRangeInclusive, 1, 3, {2, 1, 0}, 1},
        {JET_bitRangeUpperLimit, 4, 2, {3, 0}, 4},
        {JET_bitRangeUpperLimit | JET_bitRangeInclusive, 4, 2, {3, 4, 0}, 4},
        {JET_bitRangeInclusive, 2, 3, {2, 0}, 1},
    };
    struct numbers n;

    numbers_make(*state, &n);
    fill(&n, (int32_t[]){1, 2, 3, 4}, 4);
    GIVES(JET_errKeyNotMade, JetSetIndexRange(n.session, n.table, 0));
    GIVES(JET_errInvalidOperation, JetSetIndexRange(n.session, n.table, JET_bitRangeRemove));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int step = cases[i].grbit & JET_bitRangeUpperLimit ? JET_MoveNext : JET_MovePrevious;

        OK(numbers_seek(&n, cases[i].start, JET_bitSeekEQ));
        key_long(n.session, n.table, cases[i].limit, JET_bitNewKey);
        OK(JetSetIndexRange(n.session, n.table, cases[i].grbit));
        is_key(&n, cases[i].start);
        for (size_t r = 0; cases[i].rows[r] != 0; r++) {
            OK(MOVE(&n, step));
            is_key(&n, cases[i].rows[r]);
        }
        GIVES(JET_errNoCurrentRecord, MOVE(&n, step));
        numbers_err(&n, JET_errNoCurrentRecord);
        OK(MOVE(&n, -step));
        is_key(&n, cases[i].beyond);
    }
    /* removed, and tested only */
    for (unsigned pass = 0; pass < 2; pass++) {
        OK(numbers_seek(&n, 2, JET_bitSeekEQ));
        key_long(n.session, n.table, 2, JET_bitNewKey);
        OK(JetSetIndexRange(n.session, n.table,
                            JET_bitRangeInclusive | JET_bitRangeUpperLimit |
                                (pass ? JET_bitRangeInstantDuration : 0)));
        if (pass == 0)
            OK(JetSetIndexRange(n.session, n.table, JET_bitRangeRemove));
        OK(MOVE(&n, JET_MoveNext));
        is_key(&n, 3);
    }
}

static void key_ne_passes_equal_keys(void **state)
{
    static const int32_t rows[][3] = {{3, 30, 300}, {6, 20, 200}, {2, 10, 100},
                                      {4, 20, 200}, {1, 20, 200}, {5, 30, 300}};
    struct numbers n;

    numbers_make(*state, &n);
    for (size_t i = 0; i < 6; i++)
        numbers_insert(&n, rows[i][0], rows[i][1], rows[i][2]);
    numbers_are(&n, 1, 20, 200); /* a cursor that never moved stands on the first row */
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    numbers_are(&n, 2, 10, 100);
    OK(JetMove(n.session, n.table, JET_MoveNext, JET_bitMoveKeyNE));
    numbers_are(&n, 1, 20, 200);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 4, 20, 200);
    OK(JetMove(n.session, n.table, JET_MoveNext, JET_bitMoveKeyNE));
    numbers_are(&n, 3, 30, 300);
    for (unsigned i = 0; i < 2; i++) {
        GIVES(JET_errNoCurrentRecord, JetMove(n.session, n.table, JET_MoveNext, JET_bitMoveKeyNE));
        numbers_err(&n, JET_errNoCurrentRecord);
    }
    OK(JetMove(n.session, n.table, JET_MovePrevious, JET_bitMoveKeyNE));
    numbers_are(&n, 5, 30, 300);
    OK(MOVE(&n, JET_MovePrevious));
    OK(JetMove(n.session, n.table, JET_MovePrevious, JET_bitMoveKeyNE));
    numbers_are(&n, 6, 20, 200);
    OK(JetMove(n.session, n.table, JET_MovePrevious, JET_bitMoveKeyNE));
    numbers_are(&n, 2, 10, 100);
    GIVES(JET_errNoCurrentRecord, JetMove(n.session, n.table, JET_MovePrevious, JET_bitMoveKeyNE));
    OK(JetMove(n.session, n.table, JET_MoveNext, JET_bitMoveKeyNE));
    numbers_are(&n, 2, 10, 100);
}

static void insert_leaves_the_cursor(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill(&n, (int32_t[]){3, 1, 2}, 3);
    is_key(&n, 1);
    numbers_insert(&n, 0, 0, 0);
    is_key(&n, 1);
}

/* Deletes the row under the cursor and brings it back. */
static void delete_leaves_a_ghost_on(struct numbers *n, int32_t key, int32_t data1, int32_t data2)
{
    OK(JetDelete(n->session, n->table));
    numbers_err(n, JET_errRecordDeleted);
    GIVES(JET_errRecordDeleted, MOVE(n, 0));
    numbers_insert(n, key, data1, data2);
    numbers_are(n, key, data1, data2);
}

static void delete_stays_on_the_place(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    fill(&n, (int32_t[]){3, 1, 2}, 3);
    OK(numbers_seek(&n, 1, JET_bitSeekEQ));
    delete_leaves_a_ghost_on(&n, 1, 10, 100);
    OK(JetDelete(n.session, n.table));
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MovePrevious));
    numbers_err(&n, JET_errNoCurrentRecord);
    numbers_insert(&n, 1, 10, 100);
    OK(MOVE(&n, JET_MoveNext));
    is_key(&n, 1);
    OK(numbers_seek(&n, 2, JET_bitSeekEQ));
    delete_leaves_a_ghost_on(&n, 2, 20, 200);
    OK(JetDelete(n.session, n.table));
    OK(MOVE(&n, JET_MovePrevious));
    is_key(&n, 1);
    OK(MOVE(&n, JET_MoveNext));
    is_key(&n, 3);
    delete_leaves_a_ghost_on(&n, 3, 30, 300);
    OK(JetDelete(n.session, n.table));
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    OK(MOVE(&n, JET_MovePrevious));
    is_key(&n, 1);
    GIVES(JET_errRecordNotFound, numbers_seek(&n, 2, JET_bitSeekEQ));
}

/* On record 2 of 2, 3, 1, 4 in the order of the index; 2 and 3 have the same key. */
static void stand_on_a_tie(struct numbers *n)
{
    numbers_insert(n, 1, 20, 200);
    numbers_insert(n, 3, 10, 100);
    numbers_insert(n, 2, 10, 100);
    numbers_insert(n, 4, 40, 400);
    OK(numbers_seek_plain(n, 10, 100, JET_bitSeekEQ));
}

static void delete_on_a_secondary_index(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    stand_on_a_tie(&n);
    delete_leaves_a_ghost_on(&n, 2, 10, 100);
    OK(JetDelete(n.session, n.table));
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MovePrevious));
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 3, 10, 100);
    OK(numbers_seek_plain(&n, 20, 200, JET_bitSeekEQ));
    delete_leaves_a_ghost_on(&n, 1, 20, 200);
    OK(JetDelete(n.session, n.table));
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 3, 10, 100);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 4, 40, 400);
}

/* The cursor stays on the record; its place in the index is the old entry. */
static void replace_keeps_the_old_place(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    stand_on_a_tie(&n);
    numbers_replace(&n, -10, -100);
    numbers_are(&n, 2, -10, -100);
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 2, -10, -100);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 3, 10, 100);
    OK(numbers_seek_plain(&n, -10, -100, JET_bitSeekEQ));
    numbers_replace(&n, 30, 300);
    numbers_are(&n, 2, 30, 300);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 3, 10, 100);
    OK(numbers_seek_plain(&n, 20, 200, JET_bitSeekEQ));
    numbers_replace(&n, 40, 400);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 2, 30, 300);
    OK(numbers_seek_plain(&n, 40, 400, JET_bitSeekEQ));
    numbers_are(&n, 1, 40, 400);
    OK(MOVE(&n, JET_MoveNext));
    numbers_replace(&n, 10, 100);
    numbers_are(&n, 4, 10, 100);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 1, 40, 400);
}

static void bookmarks_lead_back(void **state)
{
    unsigned char b[JET_cbBookmarkMost], k[JET_cbKeyMost];
    unsigned long size = 0, key_size = 0;
    struct numbers n;

    numbers_make(*state, &n);
    numbers_insert(&n, 2, 10, 0);
    numbers_insert(&n, 1, 10, 0);
    numbers_insert(&n, -3, 30, 0);
    OK(numbers_seek(&n, 1, JET_bitSeekEQ));
    OK(JetGetBookmark(n.session, n.table, b, sizeof b, &size));
    assert_int_equal(size, 5);
    GIVES(JET_errBufferTooSmall, JetGetBookmark(n.session, n.table, b, 4, &size));
    assert_int_equal(size, 5);
    OK(JetSetCurrentIndexA(n.session, n.table, "withprimary"));
    OK(JetGotoBookmark(n.session, n.table, b, 5));
    numbers_are(&n, 1, 10, 0);
    OK(MOVE(&n, JET_MovePrevious));
    numbers_are(&n, 2, 10, 0);
    OK(JetGetSecondaryIndexBookmark(n.session, n.table, k, sizeof k, &key_size, b, sizeof b, &size,
                                    0));
    assert_int_equal(key_size, 10);
    OK(MOVE(&n, JET_MoveLast));
    OK(JetGotoSecondaryIndexBookmark(n.session, n.table, k, key_size, b, size, 0));
    numbers_are(&n, 2, 10, 0);
    OK(JetDelete(n.session, n.table));
    GIVES(JET_errRecordDeleted, JetGotoBookmark(n.session, n.table, b, size));
    GIVES(JET_errRecordDeleted,
          JetGotoSecondaryIndexBookmark(n.session, n.table, k, key_size, b, size, 0));
    GIVES(JET_errRecordDeleted,
          JetGotoSecondaryIndexBookmark(n.session, n.table, k, key_size, b, size,
                                        JET_bitBookmarkPermitVirtualCurrency));
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 1, 10, 0);
    OK(JetSetCurrentIndexA(n.session, n.table, NULL));
    GIVES(JET_errNoCurrentIndex, JetGetSecondaryIndexBookmark(n.session, n.table, k, sizeof k,
                                                              &key_size, b, sizeof b, &size, 0));
}

static void no_move_keeps_the_record(void **state)
{
    char name[JET_cbNameMost];
    struct numbers n;

    numbers_make(*state, &n);
    fill_plain(&n);
    OK(numbers_seek(&n, 4, JET_bitSeekEQ));
    OK(JetSetCurrentIndex2A(n.session, n.table, "plain", JET_bitNoMove));
    numbers_are(&n, 4, 20, 201);
    OK(JetGetCurrentIndexA(n.session, n.table, name, sizeof name));
    assert_string_equal(name, "plain");
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 3, 30, 200);
    OK(JetSetCurrentIndex2A(n.session, n.table, NULL, JET_bitNoMove));
    numbers_are(&n, 3, 30, 200);
    OK(JetGetCurrentIndexA(n.session, n.table, name, sizeof name));
    assert_string_equal(name, "clustered");
    GIVES(JET_errIndexNotFound, JetSetCurrentIndexA(n.session, n.table, "nosuch"));
}

static void counts_go_to_the_end(void **state)
{
    unsigned long count = 0;
    struct numbers n;

    numbers_make(*state, &n);
    GIVES(JET_errNoCurrentRecord, JetIndexRecordCount(n.session, n.table, &count, 0));
    fill_plain(&n);
    OK(MOVE(&n, JET_MoveFirst));
    OK(JetIndexRecordCount(n.session, n.table, &count, 0));
    assert_int_equal(count, 5);
    OK(JetIndexRecordCount(n.session, n.table, &count, 3));
    assert_int_equal(count, 3);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    OK(numbers_seek_plain(&n, 20, 200, JET_bitSeekEQ | JET_bitSetIndexRange));
    OK(JetIndexRecordCount(n.session, n.table, &count, 0));
    assert_int_equal(count, 2);
    numbers_are(&n, 2, 20, 200);
}

static JET_ERR filter(const struct numbers *n, unsigned count, JET_COLUMNID a, JET_RELOP a_is,
                      int32_t a_value, JET_COLUMNID b, JET_RELOP b_is, int32_t b_value)
{
    JET_INDEX_COLUMN conditions[2] = {
        {.columnid = a, .relop = a_is, .pv = &a_value, .cb = 4},
        {.columnid = b, .relop = b_is, .pv = &b_value, .cb = 4},
    };

    return JetSetCursorFilter(n->session, n->table, conditions, count, 0);
}

static void filters_pass_rows_by(void **state)
{
    struct numbers n;

    numbers_make(*state, &n);
    numbers_insert(&n, 1, 15, 0);
    numbers_insert(&n, 3, 11, 0);
    numbers_insert(&n, 5, 10, 0);
    numbers_insert(&n, 9, 260, 0);
    OK(filter(&n, 1, n.key, JET_relopEquals, 3, 0, 0, 0));
    OK(MOVE(&n, JET_MoveFirst));
    numbers_are(&n, 3, 11, 0);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    OK(filter(&n, 1, n.key, JET_relopLessThan, 3, 0, 0, 0));
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, 1, 15, 0);
    OK(filter(&n, 1, n.data1, JET_relopLessThan, 15, 0, 0, 0)); /* as numbers, not as octets */
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 3, 11, 0);
    OK(MOVE(&n, JET_MoveNext));
    numbers_are(&n, 5, 10, 0);
    GIVES(JET_errNoCurrentRecord, MOVE(&n, JET_MoveNext));
    OK(filter(&n, 2, n.key, JET_relopBitmaskEqualsZero, 8, n.data1, JET_relopBitmaskNotEqualsZero,
              1));
    OK(MOVE(&n, JET_MoveLast));
    numbers_are(&n, 3, 11, 0);
    OK(filter(&n, 1, n.data1, JET_relopGreaterThanOrEqual, 15, 0, 0, 0));
    GIVES(JET_wrnSeekNotEqual, numbers_seek(&n, 3, JET_bitSeekGE));
    numbers_are(&n, 9, 260, 0);
    GIVES(JET_wrnSeekNotEqual, numbers_seek(&n, 5, JET_bitSeekLE));
    numbers_are(&n, 1, 15, 0);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    GIVES(JET_errFilteredMoveNotSupported, MOVE(&n, JET_MoveFirst));
    OK(JetSetCursorFilter(n.session, n.table, NULL, 0, 0));
    OK(MOVE(&n, JET_MoveFirst));
    numbers_are(&n, 5, 10, 0);
    GIVES(JET_errColumnNotFound, filter(&n, 1, 99, JET_relopEquals, 1, 0, 0, 0));
}

static void keys_are_made_in_order(void **state)
{
    unsigned char key[JET_cbKeyMost];
    unsigned long size = 0;
    int32_t v = 20;
    struct numbers n;

    numbers_make(*state, &n);
    fill_plain(&n);
    OK(JetSetCurrentIndexA(n.session, n.table, "plain"));
    GIVES(JET_errKeyNotMade, JetMakeKey(n.session, n.table, &v, sizeof v, 0));
    GIVES(JET_errKeyNotMade, JetSeek(n.session, n.table, JET_bitSeekEQ));
    GIVES(JET_errInvalidBufferSize, JetMakeKey(n.session, n.table, &v, 3, JET_bitNewKey));
    key_long(n.session, n.table, 20, JET_bitNewKey);
    key_long(n.session, n.table, 200, 0);
    GIVES(JET_errKeyIsMade, JetMakeKey(n.session, n.table, &v, sizeof v, 0));
    OK(JetRetrieveKey(n.session, n.table, key, sizeof key, &size, JET_bitRetrieveCopy));
    assert_int_equal(size, 10);
    OK(JetSeek(n.session, n.table, JET_bitSeekEQ));
    GIVES(JET_errKeyNotMade, JetMakeKey(n.session, n.table, &v, sizeof v, 0));
    OK(MOVE(&n, JET_MoveLast));
    OK(JetMakeKey(n.session, n.table, key, size, JET_bitNormalizedKey));
    OK(JetSeek(n.session, n.table, JET_bitSeekEQ));
    numbers_are(&n, 2, 20, 200);
    OK(JetRetrieveKey(n.session, n.table, key, sizeof key, &size, 0));
    assert_memory_equal(key, "\x7f\x80\0\0\x14\x7f\x80\0\0\xc8", 10);
    GIVES(JET_wrnBufferTruncated, JetRetrieveKey(n.session, n.table, key, 4, &size, 0));
    assert_int_equal(size, 10);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(moves_on_the_primary_index),   CASE(moves_on_a_secondary_index),
        CASE(seeks_on_the_primary_index),   CASE(seeks_on_a_secondary_index),
        CASE(a_failed_seek_stands_between), CASE(seek_sets_a_range),
        CASE(unique_keys_are_told),         CASE(an_empty_table_has_no_places),
        CASE(ranges_end_where_they_say),    CASE(key_ne_passes_equal_keys),
        CASE(insert_leaves_the_cursor),     CASE(delete_stays_on_the_place),
        CASE(delete_on_a_secondary_index),  CASE(replace_keeps_the_old_place),
        CASE(bookmarks_lead_back),          CASE(no_move_keeps_the_record),
        CASE(counts_go_to_the_end),         CASE(keys_are_made_in_order),
        CASE(filters_pass_rows_by),
    };

    return cmocka_run_group_tests_name("jet_currency", tests, NULL, NULL);
}
