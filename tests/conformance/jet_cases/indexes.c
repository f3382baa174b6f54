/* SPDX-License-Identifier: Apache-2.0
 *
 * indexes.c - conditional indexes, indexes over several values, the order of each type (ese-api 3)
 */
#include "kit.h"

/* ---- conditions ---- */

/* An index whose rows must have some of the columns c1 to c3 and must not have others. */
struct condition {
    const char *name, *holds;
    unsigned with, without; /* bits: 1 c1, 2 c2, 4 c3 */
};

static const struct condition conditions[] = {
    {"with 1", "rows that have c1", 1, 0},
    {"with 2", "rows that have c2", 2, 0},
    {"with 3", "rows that have the later column", 4, 0},
    {"with 1 and 2", "rows that have both", 3, 0},
    {"with 1 and 3", "rows that have an old and a later column", 5, 0},
    {"with 2 and 3", "rows that have the other old and the later one", 6, 0},
    {"with all", "rows that have all three", 7, 0},
    {"without 1", "rows that do not have c1", 0, 1},
    {"without 2", "rows that do not have c2", 0, 2},
    {"without 3", "rows that do not have the later column", 0, 4},
    {"without 1 and 2", "rows that have neither", 0, 3},
    {"without 1 and 3", "rows without an old and the later one", 0, 5},
    {"without 2 and 3", "rows without the other old and the later one", 0, 6},
    {"without all", "rows that have none", 0, 7},
    {"with 1, without 2", "rows that have one and not the other", 1, 2},
    {"with 2, without 1", "rows that have the other and not the one", 2, 1},
    {"with 1, without 3", "rows that have c1 and not the later one", 1, 4},
    {"with 2, without 3", "rows that have c2 and not the later one", 2, 4},
    {"with 3, without 1", "rows that have the later one and not c1", 4, 1},
    {"with 3, without 2", "rows that have the later one and not c2", 4, 2},
    {"with 1 and 2, without 3", "rows of the two old ones only", 3, 4},
    {"with 1 and 3, without 2", "rows of one old and the later one only", 5, 2},
    {"with 2 and 3, without 1", "rows of the other and the later one only", 6, 1},
    {"with 1, without 2 and 3", "rows of c1 only", 1, 6},
    {"with 2, without 1 and 3", "rows of c2 only", 2, 5},
    {"with 3, without 1 and 2", "rows of the later column only", 4, 3},
};

struct conditional {
    JET_TABLEID table;
    JET_COLUMNID key, c[3];
};

static void row_with(const struct conditional *t, int32_t key, unsigned has)
{
    for (int i = 0; i < 3; i++)
        if (t->c[i] != 0)
            set(t->table, t->c[i], has >> i & 1 ? "\1" : NULL, has >> i & 1 ? 1 : 0);
    set_long(t->table, t->key, key);
}

static void make_conditional_index(const struct conditional *t, const struct condition *c)
{
    static char names[3][3] = {"c1", "c2", "c3"};
    JET_CONDITIONALCOLUMN_A columns[3];
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = "conditional",
                               .szKey = "+key\0",
                               .cbKey = 6,
                               .ulDensity = 100,
                               .rgconditionalcolumn = columns};

    for (unsigned i = 0; i < 3; i++) {
        unsigned bit = 1u << i;

        if ((c->with | c->without) & bit)
            columns[index.cConditionalColumn++] =
                (JET_CONDITIONALCOLUMN_A){.cbStruct = sizeof *columns,
                                          .szColumnName = names[i],
                                          .grbit = c->with & bit ? JET_bitIndexColumnMustBeNonNull
                                                                 : JET_bitIndexColumnMustBeNull};
    }
    OK(JetCreateIndex2A(kit.session, t->table, &index, 1));
}

/* Rows that were there before the column and the index, rows changed and rows inserted after. */
static void play_condition(const void *arg)
{
    const struct condition *c = arg;
    struct conditional t = {0};
    int32_t want[24];
    size_t count = 0;

    begin();
    t.table = table_new();
    t.key = column_new(t.table, "key", JET_coltypLong, 0);
    INDEX_NEW(t.table, "p", "+key", JET_bitIndexPrimary);
    t.c[0] = column_new(t.table, "c1", JET_coltypBit, 0);
    t.c[1] = column_new(t.table, "c2", JET_coltypBit, 0);
    for (unsigned has = 0; has < 4; has++) {
        prepare(t.table, JET_prepInsert);
        row_with(&t, 10 + (int32_t)has, has);
        update(t.table);
    }
    commit();
    t.c[2] = column_new(t.table, "c3", JET_coltypBit, 0);
    make_conditional_index(&t, c);
    begin();
    for (int32_t has = 0; has < 8; has++) {
        prepare(t.table, JET_prepInsert);
        row_with(&t, 20 + has, (unsigned)has);
        update(t.table);
    }
    OK(JetMove(kit.session, t.table, (long)JET_MoveFirst, 0)); /* 10 gets c3 */
    prepare(t.table, JET_prepReplace);
    row_with(&t, 10, 4);
    update(t.table);
    commit();
    for (int32_t key = 10; key < 28; key++) {
        unsigned has = key == 10 ? 4 : (unsigned)key % 10;

        if ((key < 14 || key >= 20) && (has & c->with) == c->with && !(has & c->without))
            want[count++] = key;
    }
    rows_are(t.table, "conditional", t.key, want, count);
}

void add_conditions(void)
{
    for (size_t i = 0; i < COUNT(conditions); i++)
        kit_add("conditional indexes", conditions[i].name, conditions[i].holds, play_condition,
                &conditions[i]);
}

/* ---- several values ---- */

struct tags {
    JET_TABLEID table;
    JET_COLUMNID key, values;
};

static void tags_make(struct tags *t, JET_GRBIT grbit)
{
    begin();
    t->table = table_new();
    t->key = column_new(t->table, "key", JET_coltypLong, 0);
    t->values = column_new(t->table, "values", JET_coltypLongText,
                           JET_bitColumnTagged | JET_bitColumnMultiValued);
    INDEX_NEW(t->table, "p", "+key", JET_bitIndexPrimary);
    INDEX_NEW(t->table, "v", "+values", grbit);
    commit();
}

static void tags_fill(const struct tags *t, int32_t key, const char *letters)
{
    set_long(t->table, t->key, key);
    for (const char *c = letters; *c; c++) {
        uint16_t unit = (uint8_t)*c;

        set_value(t->table, t->values, 0, &unit, sizeof unit);
    }
}

/* Each letter is a value. */
static void tags_insert(const struct tags *t, int32_t key, const char *letters)
{
    begin();
    prepare(t->table, JET_prepInsert);
    tags_fill(t, key, letters);
    update_and_go(t->table);
    commit();
}

static JET_ERR tags_seek(const struct tags *t, char letter)
{
    uint16_t unit = (uint8_t)letter;

    OK(JetMakeKey(kit.session, t->table, &unit, sizeof unit, JET_bitNewKey));
    return JetSeek(kit.session, t->table, JET_bitSeekEQ);
}

static void each_value_is_an_entry(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "ac");
    tags_insert(&t, 2, "b");
    ROWS_ARE(t.table, "v", t.key, 1, 2, 1);
}

static void equal_values_are_one_entry(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "aa");
    ROWS_ARE(t.table, "v", t.key, 1);
}

static void no_value_is_null(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "a");
    tags_insert(&t, 2, "");
    ROWS_ARE(t.table, "v", t.key, 2, 1);
}

static void null_is_left_out(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, JET_bitIndexIgnoreNull);
    tags_insert(&t, 1, "a");
    tags_insert(&t, 2, "");
    ROWS_ARE(t.table, "v", t.key, 1);
}

static void a_bookmark_leads_to_an_entry(const void *arg)
{
    uint8_t key[JET_cbKeyMost], bookmark[JET_cbBookmarkMost];
    unsigned long key_size = 0, size = 0;
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 0, "abc");
    tags_insert(&t, 1, "def");
    tags_insert(&t, 2, "ghi");
    OK(JetSetCurrentIndexA(kit.session, t.table, "v"));
    OK(tags_seek(&t, 'f'));
    OK(JetGetSecondaryIndexBookmark(kit.session, t.table, key, sizeof key, &key_size, bookmark,
                                    sizeof bookmark, &size, 0));
    assert_true(key_size > 0 && size == 5);
    OK(JetMove(kit.session, t.table, (long)JET_MoveFirst, 0));
    OK(JetGotoSecondaryIndexBookmark(kit.session, t.table, key, key_size, bookmark, size, 0));
    assert_int_equal(get_long(t.table, t.key), 1);
    OK(JetMove(kit.session, t.table, JET_MoveNext, 0));
    assert_int_equal(get_long(t.table, t.key), 2);
}

static void no_move_goes_to_the_first_value(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 0, "ax");
    tags_insert(&t, 1, "b");
    OK(JetMove(kit.session, t.table, (long)JET_MoveFirst, 0));
    OK(JetSetCurrentIndex2A(kit.session, t.table, "v", JET_bitNoMove));
    assert_int_equal(get_long(t.table, t.key), 0);
    OK(JetMove(kit.session, t.table, JET_MoveNext, 0));
    assert_int_equal(get_long(t.table, t.key), 1);
}

static void no_move_goes_to_a_value(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 0, "abc");
    tags_insert(&t, 1, "xyz");
    tags_insert(&t, 2, "ijk"); /* the third value is "k", before "x" */
    OK(JetSetCurrentIndex3A(kit.session, t.table, "v", JET_bitNoMove, 3));
    assert_int_equal(get_long(t.table, t.key), 2);
    OK(JetMove(kit.session, t.table, JET_MoveNext, 0));
    assert_int_equal(get_long(t.table, t.key), 1);
}

static void no_move_by_the_index_number(const void *arg)
{
    JET_INDEXID id = {.cbStruct = sizeof id};
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "xyz");
    tags_insert(&t, 2, "ijk");
    OK(JetGetTableIndexInfoA(kit.session, t.table, "v", &id, sizeof id, JET_IdxInfoIndexId));
    OK(JetSetCurrentIndex4A(kit.session, t.table, "v", &id, JET_bitNoMove, 3));
    assert_int_equal(get_long(t.table, t.key), 2);
    OK(JetMove(kit.session, t.table, JET_MoveNext, 0));
    assert_int_equal(get_long(t.table, t.key), 1);
}

static void another_key_is_another_value(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    for (int32_t key = 0; key < 3; key++)
        tags_insert(&t, key, "abc");
    OK(JetSetCurrentIndexA(kit.session, t.table, "v"));
    for (int i = 0; i < 3; i++) {
        OK(i == 0 ? JetMove(kit.session, t.table, (long)JET_MoveFirst, 0)
                  : JetMove(kit.session, t.table, JET_MoveNext, JET_bitMoveKeyNE));
        assert_int_equal(get_long(t.table, t.key), 0);
    }
    GIVES(JET_errNoCurrentRecord, JetMove(kit.session, t.table, JET_MoveNext, JET_bitMoveKeyNE));
}

static void a_value_that_goes(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "abc");
    begin();
    prepare(t.table, JET_prepReplace);
    set_value(t.table, t.values, 2, NULL, 0);
    update(t.table);
    commit();
    ROWS_ARE(t.table, "v", t.key, 1, 1);
    GIVES(JET_errRecordNotFound, tags_seek(&t, 'b'));
    OK(tags_seek(&t, 'c'));
}

static void a_value_that_comes(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "a");
    begin();
    prepare(t.table, JET_prepReplace);
    tags_fill(&t, 1, "z");
    update(t.table);
    commit();
    ROWS_ARE(t.table, "v", t.key, 1, 1);
    OK(tags_seek(&t, 'z'));
}

static void a_value_that_changes(const void *arg)
{
    uint16_t unit = 'q';
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "ab");
    begin();
    prepare(t.table, JET_prepReplace);
    set_value(t.table, t.values, 1, &unit, sizeof unit);
    update(t.table);
    commit();
    OK(JetSetCurrentIndexA(kit.session, t.table, "v"));
    GIVES(JET_errRecordNotFound, tags_seek(&t, 'a'));
    OK(tags_seek(&t, 'q'));
}

static void unique_over_values(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, JET_bitIndexUnique);
    tags_insert(&t, 1, "ab");
    begin();
    prepare(t.table, JET_prepInsert);
    tags_fill(&t, 2, "cb");
    GIVES(JET_errKeyDuplicate, JetUpdate(kit.session, t.table, NULL, 0, NULL));
    OK(JetRollback(kit.session, 0));
    ROWS_ARE(t.table, "v", t.key, 1, 1);
}

static void duplicate_values_are_refused(const void *arg)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 0};
    uint16_t unit = 'a';
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    begin();
    prepare(t.table, JET_prepInsert);
    tags_fill(&t, 1, "ab");
    GIVES(JET_errMultiValuedDuplicate, JetSetColumn(kit.session, t.table, t.values, &unit, 2,
                                                    JET_bitSetUniqueMultiValues, &info));
    unit = 'c';
    OK(JetSetColumn(kit.session, t.table, t.values, &unit, 2, JET_bitSetUniqueMultiValues, &info));
    update_and_go(t.table);
    commit();
}

static void a_delete_takes_all_entries(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "abc");
    begin();
    OK(JetDelete(kit.session, t.table));
    commit();
    no_rows(t.table, "v");
}

static void an_index_over_rows(const void *arg)
{
    struct tags t;

    (void)arg;
    tags_make(&t, 0);
    tags_insert(&t, 1, "ac");
    tags_insert(&t, 2, "bd");
    INDEX_NEW(t.table, "later", "-values", 0);
    ROWS_ARE(t.table, "later", t.key, 2, 1, 2, 1);
}

static const struct a_case values[] = {
    {"an entry each", "each value of a row has an entry", each_value_is_an_entry},
    {"equal values", "equal values of one row have one", equal_values_are_one_entry},
    {"no value", "a row without a value is indexed as NULL", no_value_is_null},
    {"IgnoreNull", "or, if NULL is ignored, not at all", null_is_left_out},
    {"bookmark", "an entry's bookmark leads back to that value", a_bookmark_leads_to_an_entry},
    {"NoMove", "NoMove goes to the entry of the first value", no_move_goes_to_the_first_value},
    {"NoMove and a number", "or to that of the value which is named", no_move_goes_to_a_value},
    {"by index id", "an index is also chosen by its id", no_move_by_the_index_number},
    {"another key", "MoveKeyNE goes from value to value", another_key_is_another_value},
    {"a value goes", "a deleted value's entry goes, the others are renumbered", a_value_that_goes},
    {"a value comes", "a new value has an entry", a_value_that_comes},
    {"a value changes", "a changed value's entry moves", a_value_that_changes},
    {"unique", "a unique index lets no value be in two rows", unique_over_values},
    {"UniqueMultiValues", "equal values of one row are refused when asked",
     duplicate_values_are_refused},
    {"delete", "a delete takes all entries along", a_delete_takes_all_entries},
    {"later", "an index over rows that are there has all their values", an_index_over_rows},
};

void add_values(void)
{
    kit_add_all("several values", values, COUNT(values));
}

/* ---- the order of each type ---- */

struct order {
    const char *type;
    JET_COLTYP coltyp;
    unsigned long size;
    const void *values[5]; /* in order */
};

#define V(type, ...)              \
    (const void *)&(const type[]) \
    {                             \
        __VA_ARGS__               \
    }

static const struct order orders[] = {
    {"Bit", JET_coltypBit, 1, {"\0", "\377"}},
    {"UnsignedByte", JET_coltypUnsignedByte, 1, {"\0", "\1", "\177", "\200", "\377"}},
    {"Short",
     JET_coltypShort,
     2,
     {V(int16_t, INT16_MIN), V(int16_t, -1), V(int16_t, 0), V(int16_t, 1), V(int16_t, INT16_MAX)}},
    {"Long",
     JET_coltypLong,
     4,
     {V(int32_t, INT32_MIN), V(int32_t, -1), V(int32_t, 0), V(int32_t, 1), V(int32_t, INT32_MAX)}},
    {"Currency",
     JET_coltypCurrency,
     8,
     {V(int64_t, INT64_MIN), V(int64_t, -1), V(int64_t, 0), V(int64_t, 1), V(int64_t, INT64_MAX)}},
    {"IEEESingle",
     JET_coltypIEEESingle,
     4,
     {V(float, -1e30f), V(float, -1.5f), V(float, 0), V(float, 1e-30f), V(float, 1e30f)}},
    {"IEEEDouble",
     JET_coltypIEEEDouble,
     8,
     {V(double, -1e300), V(double, -1.5), V(double, 0), V(double, 1e-300), V(double, 1e300)}},
    {"DateTime",
     JET_coltypDateTime,
     8,
     {V(double, -2), V(double, 0), V(double, 0.5), V(double, 1), V(double, 40000)}},
    {"Binary", JET_coltypBinary, 3, {"\0\0\0", "\0\0\1", "\1\0\0", "\177zz", "\200\0\0"}},
    {"LongBinary", JET_coltypLongBinary, 3, {"\0\0\0", "\0\0\1", "\1\0\0", "\177zz", "\200\0\0"}},
    {"Text", JET_coltypText, 4, {u"1a", u"1b", u"a1", u"b2", u"z9"}},
    {"LongText", JET_coltypLongText, 4, {u"1a", u"1b", u"a1", u"b2", u"z9"}},
    {"UnsignedLong",
     JET_coltypUnsignedLong,
     4,
     {V(uint32_t, 0), V(uint32_t, 1), V(uint32_t, 0x7fffffff), V(uint32_t, 0x80000000),
      V(uint32_t, UINT32_MAX)}},
    {"LongLong",
     JET_coltypLongLong,
     8,
     {V(int64_t, INT64_MIN), V(int64_t, -1), V(int64_t, 0), V(int64_t, 1), V(int64_t, INT64_MAX)}},
    {"UnsignedShort",
     JET_coltypUnsignedShort,
     2,
     {V(uint16_t, 0), V(uint16_t, 1), V(uint16_t, 0x7fff), V(uint16_t, 0x8000),
      V(uint16_t, 0xffff)}},
    {"UnsignedLongLong",
     JET_coltypUnsignedLongLong,
     8,
     {V(uint64_t, 0), V(uint64_t, 1), V(uint64_t, INT64_MAX), V(uint64_t, UINT64_C(1) << 63),
      V(uint64_t, UINT64_MAX)}},
    /* last six octets first, then backwards by fields */
    {"GUID",
     JET_coltypGUID,
     16,
     {V(uint8_t, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      V(uint8_t, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1),
      V(uint8_t, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1),
      V(uint8_t, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2),
      V(uint8_t, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0)}},
};

static size_t values_of(const struct order *o)
{
    size_t count = 0;

    while (count < COUNT(o->values) && o->values[count] != NULL)
        count++;
    return count;
}

struct ordered {
    JET_TABLEID table;
    JET_COLUMNID key, value;
    size_t count;
};

/* Rows 1 to n hold the values in order, row 0 holds NULL; they come in another order. */
static void ordered_make(struct ordered *t, const struct order *o)
{
    t->count = values_of(o);
    begin();
    t->table = table_new();
    t->key = column_new(t->table, "key", JET_coltypLong, 0);
    t->value = column_new(t->table, "value", o->coltyp, 0);
    INDEX_NEW(t->table, "p", "+key", JET_bitIndexPrimary);
    INDEX_NEW(t->table, "up", "+value", 0);
    for (size_t i = 0; i <= t->count; i++) {
        size_t n = (i * 3 + 2) % (t->count + 1);

        if (t->count + 1 == 3)
            n = (i + 1) % 3;
        else if (t->count + 1 == 6)
            n = (i * 5 + 2) % 6;
        prepare(t->table, JET_prepInsert);
        set_long(t->table, t->key, (int32_t)n);
        if (n > 0)
            set(t->table, t->value, o->values[n - 1], o->size);
        update(t->table);
    }
    INDEX_NEW(t->table, "down", "-value", 0);
    INDEX_NEW(t->table, "high", "+value", JET_bitIndexSortNullsHigh);
    commit();
}

static void check_order(const struct ordered *t, const char *index, bool descends, bool null_last)
{
    int32_t want[6];
    size_t n = 0;

    if (!null_last)
        want[n++] = 0;
    for (size_t i = 1; i <= t->count; i++)
        want[n++] = (int32_t)(descends ? t->count + 1 - i : i);
    if (null_last)
        want[n++] = 0;
    rows_are(t->table, index, t->key, want, n);
}

static void order_up(const void *arg)
{
    struct ordered t;

    ordered_make(&t, arg);
    check_order(&t, "up", false, false);
}

static void order_down(const void *arg)
{
    struct ordered t;

    ordered_make(&t, arg);
    check_order(&t, "down", true, true);
}

static void order_nulls_high(const void *arg)
{
    struct ordered t;

    ordered_make(&t, arg);
    check_order(&t, "high", false, true);
}

static void order_found(const void *arg)
{
    const struct order *o = arg;
    struct ordered t;

    ordered_make(&t, o);
    for (int pass = 0; pass < 2; pass++) {
        OK(JetSetCurrentIndexA(kit.session, t.table, pass ? "down" : "up"));
        for (size_t i = 0; i < t.count; i++) {
            OK(JetMakeKey(kit.session, t.table, o->values[i], o->size, JET_bitNewKey));
            OK(JetSeek(kit.session, t.table, JET_bitSeekEQ));
            assert_int_equal(get_long(t.table, t.key), i + 1);
        }
    }
}

static void order_from_index(const void *arg)
{
    const struct order *o = arg;
    bool text = o->coltyp == JET_coltypText || o->coltyp == JET_coltypLongText;
    struct ordered t;

    ordered_make(&t, o);
    OK(JetSetCurrentIndexA(kit.session, t.table, "up"));
    for (size_t i = 0; i < t.count; i++) {
        uint8_t got[16];
        unsigned long size = 0;

        OK(JetMove(kit.session, t.table, JET_MoveNext, 0));
        OK(JetRetrieveColumn(kit.session, t.table, t.value, got, sizeof got, &size,
                             JET_bitRetrieveFromIndex, NULL));
        assert_int_equal(size, o->size);
        if (!text || size == o->size)
            assert_memory_equal(got, o->values[i], size);
    }
}

static void order_temporary(const void *arg)
{
    const struct order *o = arg;
    bool text = o->coltyp == JET_coltypText || o->coltyp == JET_coltypLongText;
    JET_COLUMNDEF def = {.cbStruct = sizeof def,
                         .coltyp = o->coltyp,
                         .cp = text ? 1200 : 0,
                         .grbit = JET_bitColumnTTKey};
    size_t count = values_of(o);
    JET_TABLEID table = 0;
    JET_COLUMNID id = 0;

    begin();
    OK(JetOpenTempTable(kit.session, &def, 1, JET_bitTTScrollable, &table, &id));
    for (size_t i = count; i > 0; i--) {
        prepare(table, JET_prepInsert);
        set(table, id, o->values[i - 1], o->size);
        update(table);
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t got[16];

        OK(JetMove(kit.session, table, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        OK(JetRetrieveColumn(kit.session, table, id, got, sizeof got, NULL, 0, NULL));
        assert_memory_equal(got, o->values[i], o->size);
    }
    commit();
}

static const struct {
    const char *name, *holds;
    case_run *run;
} order_cases[] = {
    {"ascending", "rows are in the order of the values, NULL first", order_up},
    {"descending", "the other way round", order_down},
    {"NULL high", "SortNullsHigh puts NULL last", order_nulls_high},
    {"found", "each value is found by its key, ascending and descending", order_found},
    {"from the index", "RetrieveFromIndex gives the very value", order_from_index},
    {"sorted", "a temporary table sorts it the same way", order_temporary},
};

void add_orders(void)
{
    for (size_t i = 0; i < COUNT(orders); i++)
        for (size_t k = 0; k < COUNT(order_cases); k++) {
            char name[64];

            snprintf(name, sizeof name, "%s: %s", orders[i].type, order_cases[k].name);
            kit_add("orders", name, order_cases[k].holds, order_cases[k].run, &orders[i]);
        }
}
