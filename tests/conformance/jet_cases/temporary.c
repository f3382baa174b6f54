/* SPDX-License-Identifier: Apache-2.0
 *
 * temporary.c - temporary tables: scratch tables that are walked and changed, and sorts (ese-api 1, 4)
 */
#include "kit.h"

static const struct script walking[] = {
    {"first", "rows are in the order of the key", "2 3 1", "first=1 next=2 next=3", 1},
    {"last", "the last row has the greatest key", "2 3 1", "last=3 prev=2", 1},
    {"before the first", "previous of the first row stands before it", "1 2",
     "first prev!NoCurrentRecord=none next=1", 1},
    {"after the last", "next of the last row stands behind it", "1 2",
     "last next!NoCurrentRecord=none prev=2", 1},
    {"by several", "moves by several rows pass rows", "1 2 3 4", "first move:3=4 move:-2=2", 1},
    {"too far", "and end beyond the last", "1 2", "first move:5!NoCurrentRecord=none prev=2", 1},
    {"empty", "an empty one has no row", "", "first!NoCurrentRecord last!NoCurrentRecord", 1},
    {"below", "an exclusive upper limit", "1 2 3", "first below:3 next=2 next!NoCurrentRecord", 1},
    {"up to", "an inclusive upper limit", "1 2 3", "first upto:2 next=2 next!NoCurrentRecord", 1},
    {"above", "an exclusive lower limit", "1 2 3", "last above:1 prev=2 prev!NoCurrentRecord", 1},
    {"down to", "an inclusive lower limit", "1 2 3", "last downto:2 prev=2 prev!NoCurrentRecord",
     1},
    {"remove a range", "a removed range is over", "1 2 3", "first upto:2 unrange move:2=3", 1},
    {"replace", "rows are replaced", "1 2", "eq:1 replace:7,8=1 is:d1,7", 1},
    {"delete", "and deleted", "1 2", "eq:1 delete=gone next=2 first=2", 1},
    {"insert later", "and inserted between others", "1 3", "first insert:2,2,2 next=2", 1},
    {"duplicate", "a key is unique in a scratch table", "1", "insert:1,2,2!KeyDuplicate", 1},
    {"bookmark", "bookmarks lead back", "1 2 3", "eq:2 mark:A last go:A=2", 1},
    {"count", "rows are counted", "1 2 3", "first count:0,3=1", 1},
    {"copied cursor", "a second cursor walks by itself", "1 2 3",
     "last dup 3.first=1 3.next=2 look=3", 1},
    {"closing", "it goes with its cursor", "1", "close first!InvalidTableId", 1},
    {"a commit", "a commit leaves it", "1 2", "insert:3,3,3 commit eq:3=3", 1},
    {"copy and delete", "a row is given another key", "1 2",
     "eq:1 prepare:copydelete set:key,9 update last=9 first=2", 1},
    {"cancel", "an insert is given up", "1", "prepare:insert set:key,5 prepare:cancel last=1", 1},
};

/* ---- sorts of text ---- */

struct sort {
    JET_TABLEID table;
    JET_COLUMNID ids[3];
};

static void sort_open(struct sort *s, const JET_COLUMNDEF *columns, unsigned long count,
                      JET_GRBIT grbit)
{
    OK(JetOpenTempTable(kit.session, columns, count, grbit, &s->table, s->ids));
}

static void sort_insert(struct sort *s, const void *a, size_t a_size, const void *b, size_t b_size)
{
    prepare(s->table, JET_prepInsert);
    set(s->table, s->ids[0], a, a_size);
    if (b_size > 0)
        set(s->table, s->ids[1], b, b_size);
    update(s->table);
}

/* The rows' first column, as one string; each is one letter. */
static void sort_gives(struct sort *s, const char *want)
{
    char got[64] = "";
    size_t count = 0;
    JET_ERR err = JetMove(kit.session, s->table, (long)JET_MoveFirst, 0);

    while (!err && count < sizeof got - 1) {
        char value[2] = ""; /* a letter, perhaps of two octets */

        OK(JetRetrieveColumn(kit.session, s->table, s->ids[0], value, sizeof value, NULL, 0, NULL));
        got[count++] = value[0];
        err = JetMove(kit.session, s->table, JET_MoveNext, 0);
    }
    GIVES(JET_errNoCurrentRecord, err);
    assert_string_equal(got, want);
}

static const JET_COLUMNDEF binary_key = {
    .cbStruct = sizeof binary_key, .coltyp = JET_coltypBinary, .grbit = JET_bitColumnTTKey};

static void sort_octets(JET_GRBIT column, JET_GRBIT table, const char *rows, const char *want)
{
    JET_COLUMNDEF def = binary_key;
    struct sort s;

    def.grbit |= column;
    sort_open(&s, &def, 1, table);
    for (const char *c = rows; *c; c++)
        sort_insert(&s, c, 1, NULL, 0);
    sort_gives(&s, want);
    OK(JetCloseTable(kit.session, s.table));
}

static void sorts(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTScrollable, "gbaxc", "abcgx");
}

static void sorts_descending(const void *arg)
{
    (void)arg;
    sort_octets(JET_bitColumnTTDescending, JET_bitTTScrollable, "gbaxc", "xgcba");
}

static void sorts_unique(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTScrollable | JET_bitTTUnique, "abacab", "abc");
}

static void sorts_with_duplicates(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTScrollable, "abacab", "aaabbc");
}

static void sorts_forward(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTForwardOnly, "gbaxc", "abcgx");
}

static void sorts_indexed(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTIndexed, "gbaxc", "abcgx");
}

static void sorts_materialized(const void *arg)
{
    (void)arg;
    sort_octets(0, JET_bitTTForceMaterialization, "gbaxc", "abcgx");
}

static void sort_text(const char *want, JET_GRBIT flags)
{
    static const char rows[] = "gaAxbX";
    JET_COLUMNDEF def = {
        .cbStruct = sizeof def, .coltyp = JET_coltypText, .cp = 1200, .grbit = JET_bitColumnTTKey};
    JET_UNICODEINDEX unicode = {.lcid = 1033, .dwMapFlags = flags};
    struct sort s;

    OK(JetOpenTempTable3(kit.session, &def, 1, &unicode, JET_bitTTScrollable, &s.table, s.ids));
    for (const char *c = rows; *c; c++) {
        uint16_t unit = (uint8_t)*c;

        sort_insert(&s, &unit, sizeof unit, NULL, 0);
    }
    sort_gives(&s, want);
    OK(JetCloseTable(kit.session, s.table));
}

static void sorts_text_by_case(const void *arg)
{
    (void)arg;
    sort_text("aAbgxX", 0x400);
}

/* LCMAP_SORTKEY | NORM_IGNORECASE: rows that are equal stay as they came */
static void sorts_text_without_case(const void *arg)
{
    (void)arg;
    sort_text("aAbgxX", 0x401);
}

static void sorts_by_second_column(const void *arg)
{
    JET_COLUMNDEF columns[] = {binary_key, binary_key};
    struct sort s;

    (void)arg;
    columns[1].grbit |= JET_bitColumnTTDescending;
    sort_open(&s, columns, 2, JET_bitTTScrollable);
    sort_insert(&s, "b", 1, "1", 1);
    sort_insert(&s, "a", 1, "1", 1);
    sort_insert(&s, "a", 1, "2", 1);
    OK(JetMove(kit.session, s.table, (long)JET_MoveFirst, 0));
    for (const char *c = "211"; *c; c++) {
        char got = 0;

        OK(JetRetrieveColumn(kit.session, s.table, s.ids[1], &got, 1, NULL, 0, NULL));
        assert_int_equal(got, *c);
        if (c[1])
            OK(JetMove(kit.session, s.table, JET_MoveNext, 0));
    }
}

static void sort_nulls(JET_GRBIT grbit, const char *want)
{
    struct sort s;

    sort_open(&s, &binary_key, 1, JET_bitTTIndexed | JET_bitTTScrollable | grbit);
    sort_insert(&s, "b", 1, NULL, 0);
    prepare(s.table, JET_prepInsert);
    update(s.table);
    sort_insert(&s, "a", 1, NULL, 0);
    OK(JetMove(kit.session, s.table, (long)JET_MoveFirst, 0));
    for (const char *c = want; *c; c++) {
        char got = '0';
        JET_ERR err = JetRetrieveColumn(kit.session, s.table, s.ids[0], &got, 1, NULL, 0, NULL);

        assert_int_equal(err, *c == '0' ? JET_wrnColumnNull : JET_errSuccess);
        assert_int_equal(got, *c);
        if (c[1])
            OK(JetMove(kit.session, s.table, JET_MoveNext, 0));
    }
}

static void sorts_null_first(const void *arg)
{
    (void)arg;
    sort_nulls(0, "0ab");
}

static void sorts_null_last(const void *arg)
{
    (void)arg;
    sort_nulls(JET_bitTTSortNullsHigh, "ab0");
}

static void carries_long_values(const void *arg)
{
    JET_COLUMNDEF columns[] = {binary_key,
                               {.cbStruct = sizeof *columns, .coltyp = JET_coltypLongBinary}};
    static uint8_t big[30000], back[30000];
    struct sort s;
    unsigned long size = 0;

    (void)arg;
    memset(big, 0x5a, sizeof big);
    begin();
    sort_open(&s, columns, 2, JET_bitTTIndexed | JET_bitTTScrollable);
    sort_insert(&s, "b", 1, big, sizeof big);
    sort_insert(&s, "a", 1, big, 10);
    OK(JetMove(kit.session, s.table, JET_MoveLast, 0));
    OK(JetRetrieveColumn(kit.session, s.table, s.ids[1], back, sizeof back, &size, 0, NULL));
    assert_int_equal(size, sizeof big);
    assert_memory_equal(big, back, sizeof big);
    commit();
}

static void sorts_thousands(const void *arg)
{
    JET_COLUMNDEF column = {
        .cbStruct = sizeof column, .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey};
    struct sort s;
    int32_t last = -1;

    (void)arg;
    sort_open(&s, &column, 1, JET_bitTTScrollable);
    for (uint32_t i = 0; i < 2000; i++) {
        int32_t value = (int32_t)(i * 2654435761u % 1000003u);

        sort_insert(&s, &value, sizeof value, NULL, 0);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        OK(JetMove(kit.session, s.table, i == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0));
        assert_true(get_long(s.table, s.ids[0]) > last);
        last = get_long(s.table, s.ids[0]);
    }
    GIVES(JET_errNoCurrentRecord, JetMove(kit.session, s.table, JET_MoveNext, 0));
}

static void opened_by_structure(const void *arg)
{
    JET_COLUMNDEF column = binary_key;
    JET_COLUMNID id = 0;
    JET_OPENTEMPORARYTABLE open = {.cbStruct = sizeof open,
                                   .prgcolumndef = &column,
                                   .ccolumn = 1,
                                   .grbit = JET_bitTTScrollable,
                                   .prgcolumnid = &id,
                                   .cbKeyMost = 255};
    struct sort s;

    (void)arg;
    OK(JetOpenTemporaryTable(kit.session, &open));
    s = (struct sort){.table = open.tableid, .ids = {id}};
    for (const char *c = "cab"; *c; c++)
        sort_insert(&s, c, 1, NULL, 0);
    sort_gives(&s, "abc");
}

static void opened_with_a_locale(const void *arg)
{
    static WCHAR locale[] = {'p', 't', '-', 'b', 'r', 0};
    JET_UNICODEINDEX2 unicode = {.szLocaleName = locale, .dwMapFlags = 0x400};
    JET_COLUMNDEF column = {
        .cbStruct = sizeof column, .coltyp = JET_coltypGUID, .grbit = JET_bitColumnTTKey};
    JET_COLUMNID id = 0;
    JET_OPENTEMPORARYTABLE2 open = {.cbStruct = sizeof open,
                                    .prgcolumndef = &column,
                                    .ccolumn = 1,
                                    .pidxunicode = &unicode,
                                    .grbit = JET_bitTTScrollable | JET_bitTTDotNetGuid,
                                    .prgcolumnid = &id};
    uint8_t low[16] = {1, 0, 0, 0}, high[16] = {0, 0, 0, 1}, got[16];

    (void)arg;
    OK(JetOpenTemporaryTable2(kit.session, &open));
    prepare(open.tableid, JET_prepInsert);
    set(open.tableid, id, high, sizeof high);
    update(open.tableid);
    prepare(open.tableid, JET_prepInsert);
    set(open.tableid, id, low, sizeof low);
    update(open.tableid);
    OK(JetMove(kit.session, open.tableid, (long)JET_MoveFirst, 0));
    OK(JetRetrieveColumn(kit.session, open.tableid, id, got, sizeof got, NULL, 0, NULL));
    assert_memory_equal(got, low, sizeof low);
}

static void is_of_its_session(const void *arg)
{
    struct other o;
    struct sort s;

    (void)arg;
    other_begin(&o);
    sort_open(&s, &binary_key, 1, JET_bitTTIndexed);
    sort_insert(&s, "a", 1, NULL, 0);
    GIVES(JET_errSesidTableIdMismatch, JetMove(o.session, s.table, (long)JET_MoveFirst, 0));
    sort_gives(&s, "a");
}

static void survives_a_rollback(const void *arg)
{
    struct sort s;

    (void)arg;
    sort_open(&s, &binary_key, 1, JET_bitTTIndexed);
    sort_insert(&s, "a", 1, NULL, 0);
    begin();
    sort_insert(&s, "b", 1, NULL, 0);
    OK(JetRollback(kit.session, 0));
    OK(JetMove(kit.session, s.table, (long)JET_MoveFirst, 0));
}

static void numbers_of_columns(const void *arg)
{
    JET_COLUMNDEF columns[3] = {binary_key, binary_key, binary_key};
    struct sort s;

    (void)arg;
    columns[1].coltyp = JET_coltypLong;
    columns[1].grbit = 0;
    columns[2].coltyp = JET_coltypLongText;
    columns[2].cp = 1200;
    columns[2].grbit = JET_bitColumnTagged;
    sort_open(&s, columns, 3, JET_bitTTIndexed);
    assert_in_range(s.ids[0], 128, 255);
    assert_in_range(s.ids[1], 1, 127);
    assert_in_range(s.ids[2], 256, 65263);
}

static void columns_at_once(const void *arg)
{
    JET_COLUMNDEF columns[2] = {binary_key, binary_key};
    int32_t number = 17, back = 0;
    char key[8] = "";
    struct sort s;

    (void)arg;
    columns[1].coltyp = JET_coltypLong;
    columns[1].grbit = 0;
    sort_open(&s, columns, 2, JET_bitTTIndexed);
    prepare(s.table, JET_prepInsert);
    {
        JET_SETCOLUMN values[] = {
            {.columnid = s.ids[0], .pvData = "key", .cbData = 3, .itagSequence = 1},
            {.columnid = s.ids[1], .pvData = &number, .cbData = 4, .itagSequence = 1}};

        OK(JetSetColumns(kit.session, s.table, values, 2));
    }
    update(s.table);
    OK(JetMove(kit.session, s.table, (long)JET_MoveFirst, 0));
    {
        JET_RETRIEVECOLUMN values[] = {
            {.columnid = s.ids[0], .pvData = key, .cbData = sizeof key, .itagSequence = 1},
            {.columnid = s.ids[1], .pvData = &back, .cbData = 4, .itagSequence = 1}};

        OK(JetRetrieveColumns(kit.session, s.table, values, 2));
        assert_int_equal(values[0].cbActual, 3);
        assert_int_equal(values[1].cbActual, 4);
    }
    assert_string_equal(key, "key");
    assert_int_equal(back, 17);
}

static const struct a_case sorting[] = {
    {"sort", "rows come in the order of the key, not in that of their arrival", sorts},
    {"descending", "TTDescending turns the order of a column", sorts_descending},
    {"unique", "a unique sort drops rows of a key that is there", sorts_unique},
    {"duplicates", "any other keeps them", sorts_with_duplicates},
    {"forward only", "a forward-only sort gives the rows once, in order", sorts_forward},
    {"indexed", "TTIndexed has the same order", sorts_indexed},
    {"materialized", "so has ForceMaterialization", sorts_materialized},
    {"text by case", "text sorts by the locale, small letters before capitals", sorts_text_by_case},
    {"text without case", "with IGNORECASE case does not order", sorts_text_without_case},
    {"second column", "a second key column orders rows of the same first one",
     sorts_by_second_column},
    {"NULL first", "NULL comes before values", sorts_null_first},
    {"NULL last", "with SortNullsHigh behind them", sorts_null_last},
    {"long values", "long values are carried along", carries_long_values},
    {"thousands", "thousands of rows are sorted", sorts_thousands},
    {"by structure", "JetOpenTemporaryTable opens the same table", opened_by_structure},
    {"by structure, with a locale",
     "JetOpenTemporaryTable2 takes a locale's name; DotNetGuid sorts "
     "GUIDs as .NET does",
     opened_with_a_locale},
    {"its session", "a temporary table is of one session", is_of_its_session},
    {"rollback", "a temporary table survives a rollback", survives_a_rollback},
    {"numbers of columns", "columns are numbered by kind as in any table", numbers_of_columns},
    {"columns at once", "JetSetColumns and JetRetrieveColumns work on it", columns_at_once},
};

void add_temporary(void)
{
    kit_add_scripts("temporary tables", walking, COUNT(walking));
}

void add_sorts(void)
{
    kit_add_all("sorts", sorting, COUNT(sorting));
}
