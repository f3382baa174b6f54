/* SPDX-License-Identifier: Apache-2.0
 *
 * reading.c - enumerating columns, escrow columns (ese-api 1, 2 and 4)
 */
#include "kit.h"

/* ---- enumerating ---- */

struct sheet {
    JET_TABLEID table;
    JET_COLUMNID small, number, name, values, given;
    JET_ENUMCOLUMN *columns;
    unsigned long count;
};

static void sheet_make(struct sheet *s)
{
    int32_t nine = 9;
    JET_COLUMNDEF def = {
        .cbStruct = sizeof def, .coltyp = JET_coltypLong, .grbit = JET_bitColumnTagged};

    begin();
    s->table = table_new();
    s->small = column_new(s->table, "small", JET_coltypShort, 0);
    s->number = column_new(s->table, "number", JET_coltypLong, 0);
    s->name = column_new(s->table, "name", JET_coltypText, 0);
    s->values = column_new(s->table, "values", JET_coltypLong,
                           JET_bitColumnTagged | JET_bitColumnMultiValued);
    OK(JetAddColumnA(kit.session, s->table, "given", &def, &nine, sizeof nine, &s->given));
}

static void *grow(void *context, void *p, unsigned long size)
{
    (void)context;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

static JET_ERR sheet_enumerate(struct sheet *s, JET_ENUMCOLUMNID *ids, unsigned long count,
                               unsigned long most, JET_GRBIT grbit)
{
    return JetEnumerateColumns(kit.session, s->table, count, ids, &s->count, &s->columns, grow,
                               NULL, most, grbit);
}

static void sheet_free(struct sheet *s)
{
    for (unsigned long i = 0; i < s->count; i++) {
        JET_ENUMCOLUMN *c = &s->columns[i];

        if (c->err == JET_wrnColumnSingleValue) {
            free(c->pvData);
            continue;
        }
        if (c->err != JET_errSuccess)
            continue;
        for (unsigned long v = 0; v < c->cEnumColumnValue; v++)
            free(c->rgEnumColumnValue[v].pvData);
        free(c->rgEnumColumnValue);
    }
    free(s->columns);
    commit();
}

/* A row with these values; 0 is none. */
static void sheet_row(struct sheet *s, int32_t number, const char *name, int32_t a, int32_t b)
{
    prepare(s->table, JET_prepInsert);
    if (number != 0)
        set_long(s->table, s->number, number);
    if (name != NULL)
        set(s->table, s->name, name, strlen(name));
    if (a != 0)
        set_value(s->table, s->values, 0, &a, sizeof a);
    if (b != 0)
        set_value(s->table, s->values, 0, &b, sizeof b);
    update_and_go(s->table);
}

static void single(const JET_ENUMCOLUMN *c, JET_COLUMNID id, const void *data, size_t size)
{
    assert_int_equal(c->columnid, id);
    assert_int_equal(c->err, JET_wrnColumnSingleValue);
    assert_int_equal(c->cbData, size);
    if (size > 0)
        assert_memory_equal(c->pvData, data, size);
}

static void values_are(const JET_ENUMCOLUMN *c, JET_COLUMNID id, const int32_t *want,
                       unsigned long count)
{
    assert_int_equal(c->columnid, id);
    assert_int_equal(c->err, JET_errSuccess);
    assert_int_equal(c->cEnumColumnValue, count);
    for (unsigned long i = 0; i < count; i++) {
        assert_int_equal(c->rgEnumColumnValue[i].itagSequence, i + 1);
        assert_int_equal(c->rgEnumColumnValue[i].err, JET_errSuccess);
        assert_int_equal(c->rgEnumColumnValue[i].cbData, sizeof *want);
        assert_memory_equal(c->rgEnumColumnValue[i].pvData, &want[i], sizeof *want);
    }
}

static void one_column(const void *arg)
{
    struct sheet s;
    int32_t want = 123;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 123, NULL, 0, 0);
    OK(sheet_enumerate(&s, NULL, 0, 0,
                       JET_bitEnumerateCompressOutput | JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    single(&s.columns[0], s.number, &want, sizeof want);
    sheet_free(&s);
}

static void empty_value(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    prepare(s.table, JET_prepInsert);
    OK(JetSetColumn(kit.session, s.table, s.name, NULL, 0, JET_bitSetZeroLength, NULL));
    update_and_go(s.table);
    OK(sheet_enumerate(&s, NULL, 0, 0,
                       JET_bitEnumerateCompressOutput | JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    single(&s.columns[0], s.name, NULL, 0);
    sheet_free(&s);
}

static void many_values(const void *arg)
{
    struct sheet s;
    int32_t want[] = {123, 456};

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 0, NULL, 123, 456);
    OK(sheet_enumerate(&s, NULL, 0, 0, JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    values_are(&s.columns[0], s.values, want, 2);
    sheet_free(&s);
}

static void all_kinds(const void *arg)
{
    struct sheet s;
    int32_t number = 5, values[] = {6, 7}, nine = 9;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, "name", 6, 7);
    OK(sheet_enumerate(&s, NULL, 0, 0, JET_bitEnumerateCompressOutput));
    assert_int_equal(s.count, 4);
    single(&s.columns[0], s.number, &number, sizeof number);
    single(&s.columns[1], s.name, "name", 4);
    values_are(&s.columns[2], s.values, values, 2);
    single(&s.columns[3], s.given, &nine, sizeof nine);
    sheet_free(&s);
}

static void wanted_columns(const void *arg)
{
    struct sheet s;
    int32_t number = 5;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, "name", 6, 7);
    {
        JET_ENUMCOLUMNID ids[] = {{.columnid = s.number}, {.columnid = s.name}};

        OK(sheet_enumerate(&s, ids, 2, 0, JET_bitEnumerateCompressOutput));
    }
    assert_int_equal(s.count, 2);
    single(&s.columns[0], s.number, &number, sizeof number);
    single(&s.columns[1], s.name, "name", 4);
    sheet_free(&s);
}

static void wanted_values(const void *arg)
{
    struct sheet s;
    unsigned long tags[] = {2, 3};
    int32_t seven = 7;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, "name", 6, 7);
    {
        JET_ENUMCOLUMNID id = {.columnid = s.values, .ctagSequence = 2, .rgtagSequence = tags};

        OK(sheet_enumerate(&s, &id, 1, 0, 0));
    }
    assert_int_equal(s.count, 1);
    assert_int_equal(s.columns[0].cEnumColumnValue, 2);
    assert_int_equal(s.columns[0].rgEnumColumnValue[0].itagSequence, 2);
    assert_memory_equal(s.columns[0].rgEnumColumnValue[0].pvData, &seven, sizeof seven);
    assert_int_equal(s.columns[0].rgEnumColumnValue[1].err, JET_wrnColumnNull);
    sheet_free(&s);
}

static void wanted_null(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 0, 0);
    {
        JET_ENUMCOLUMNID ids[] = {{.columnid = s.name}, {.columnid = s.number}};

        OK(sheet_enumerate(&s, ids, 2, 0, JET_bitEnumerateCompressOutput));
    }
    assert_int_equal(s.count, 2);
    assert_int_equal(s.columns[0].err, JET_wrnColumnNull);
    sheet_free(&s);
}

static void wanted_nothing(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 0, NULL, 0, 0);
    OK(sheet_enumerate(&s, NULL, 0, 0, JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 0);
    sheet_free(&s);
}

static void tagged_only(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, "name", 6, 0);
    OK(sheet_enumerate(&s, NULL, 0, 0,
                       JET_bitEnumerateTaggedOnly | JET_bitEnumerateCompressOutput |
                           JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    assert_int_equal(s.columns[0].columnid, s.values);
    sheet_free(&s);
}

static void presence_only(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 6, 7);
    OK(sheet_enumerate(&s, NULL, 0, 0,
                       JET_bitEnumeratePresenceOnly | JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 2);
    for (unsigned long i = 0; i < s.count; i++) {
        assert_int_equal(s.columns[i].columnid, i == 0 ? s.number : s.values);
        assert_int_equal(s.columns[i].err, JET_wrnColumnPresent);
    }
    sheet_free(&s);
}

static void skipped(const void *arg)
{
    struct sheet s;
    unsigned long tags[] = {0, 1};

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 6, 7);
    {
        JET_ENUMCOLUMNID ids[] = {{0},
                                  {.columnid = s.values, .ctagSequence = 2, .rgtagSequence = tags}};

        OK(sheet_enumerate(&s, ids, 2, 0, 0));
    }
    assert_int_equal(s.columns[0].err, JET_wrnColumnSkipped);
    assert_int_equal(s.columns[1].cEnumColumnValue, 2);
    assert_int_equal(s.columns[1].rgEnumColumnValue[0].err, JET_wrnColumnSkipped);
    assert_int_equal(s.columns[1].rgEnumColumnValue[1].err, JET_errSuccess);
    sheet_free(&s);
}

static void never_set(const void *arg)
{
    struct sheet s;
    unsigned long tag = 1;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 0, 0);
    {
        JET_ENUMCOLUMNID ids[] = {{.columnid = s.given},
                                  {.columnid = s.given, .ctagSequence = 1, .rgtagSequence = &tag}};

        OK(sheet_enumerate(&s, ids, 2, 0, JET_bitEnumerateIgnoreDefault));
    }
    assert_int_equal(s.columns[0].err, JET_wrnColumnDefault);
    assert_int_equal(s.columns[1].err, JET_errSuccess);
    assert_int_equal(s.columns[1].rgEnumColumnValue[0].err, JET_wrnColumnDefault);
    sheet_free(&s);
}

static void tagged_and_list(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 0, 0);
    {
        JET_ENUMCOLUMNID id = {.columnid = s.number};

        GIVES(JET_errInvalidGrbit, sheet_enumerate(&s, &id, 1, 0, JET_bitEnumerateTaggedOnly));
    }
    commit();
}

static void the_copy(const void *arg)
{
    struct sheet s;
    int32_t want = 8;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 5, NULL, 0, 0);
    prepare(s.table, JET_prepReplace);
    set_long(s.table, s.number, 8);
    OK(sheet_enumerate(&s, NULL, 0, 0,
                       JET_bitEnumerateCopy | JET_bitEnumerateCompressOutput |
                           JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    single(&s.columns[0], s.number, &want, sizeof want);
    sheet_free(&s);
}

static void no_more_than(const void *arg)
{
    struct sheet s;

    (void)arg;
    sheet_make(&s);
    sheet_row(&s, 0, NULL, 0, 0);
    prepare(s.table, JET_prepReplace);
    {
        JET_COLUMNID big = column_new(s.table, "big", JET_coltypLongBinary, 0);
        static uint8_t data[5000];

        set(s.table, big, data, sizeof data);
    }
    update(s.table);
    GIVES(JET_wrnColumnTruncated, sheet_enumerate(&s, NULL, 0, 100, JET_bitEnumerateIgnoreDefault));
    assert_int_equal(s.count, 1);
    assert_int_equal(s.columns[0].cEnumColumnValue, 1);
    assert_int_equal(s.columns[0].rgEnumColumnValue[0].err, JET_wrnColumnTruncated);
    assert_int_equal(s.columns[0].rgEnumColumnValue[0].cbData, 100);
    sheet_free(&s);
}

static void no_row(const void *arg)
{
    struct sheet s = {0};

    (void)arg;
    sheet_make(&s);
    GIVES(JET_errNoCurrentRecord, sheet_enumerate(&s, NULL, 0, 0, 0));
    commit();
}

static const struct a_case enumerating[] = {
    {"one column", "a row with one value gives it, compressed", one_column},
    {"empty value", "a value without octets is one", empty_value},
    {"several values", "a multi-valued column gives its values, numbered from 1", many_values},
    {"all kinds", "fixed, variable and tagged columns in this order, defaults among them",
     all_kinds},
    {"some columns", "a list gives these columns only", wanted_columns},
    {"some values", "a list of value numbers gives these; what is not there is NULL",
     wanted_values},
    {"a column that is NULL", "a wanted column that is NULL says so", wanted_null},
    {"nothing", "a row without values gives no column", wanted_nothing},
    {"tagged only", "TaggedOnly leaves fixed and variable columns out", tagged_only},
    {"presence only", "PresenceOnly names the columns without their values", presence_only},
    {"left out", "column 0 and value 0 of a list are left out", skipped},
    {"never set", "with IgnoreDefault what was never set says default", never_set},
    {"tagged only and a list", "TaggedOnly does not go with a list", tagged_and_list},
    {"the copy", "Copy reads the copy buffer", the_copy},
    {"at most", "values are cut to the size that is asked for", no_more_than},
    {"no row", "without a row there is nothing to enumerate", no_row},
};

void add_enumerating(void)
{
    kit_add_all("enumerate", enumerating, COUNT(enumerating));
}

/* ---- escrow ---- */

struct account {
    JET_TABLEID table;
    JET_COLUMNID balance, other;
};

static void account_make(struct account *a)
{
    int32_t zero = 0;
    JET_COLUMNDEF def = {.cbStruct = sizeof def,
                         .coltyp = JET_coltypLong,
                         .grbit = JET_bitColumnEscrowUpdate | JET_bitColumnFixed};

    begin();
    a->table = table_new();
    OK(JetAddColumnA(kit.session, a->table, "balance", &def, &zero, sizeof zero, &a->balance));
    a->other = column_new(a->table, "other", JET_coltypLong, 0);
    prepare(a->table, JET_prepInsert);
    update(a->table);
    commit();
    OK(JetCloseTable(kit.session, a->table)); /* who makes a table has it alone */
    OK(JetOpenTableA(kit.session, kit.db, kit.table, NULL, 0, 0, &a->table));
}

static JET_ERR add_to(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, int32_t delta,
                      int32_t *ret_old)
{
    return JetEscrowUpdate(session, table, id, &delta, sizeof delta, ret_old,
                           ret_old ? sizeof *ret_old : 0, NULL, 0);
}

static void escrow_old_value(const void *arg)
{
    struct account a;
    int32_t old = -1;

    (void)arg;
    account_make(&a);
    begin();
    OK(add_to(kit.session, a.table, a.balance, 1, &old));
    assert_int_equal(old, 0);
    OK(add_to(kit.session, a.table, a.balance, 5, &old));
    assert_int_equal(old, 1);
    commit();
}

static void escrow_adds(const void *arg)
{
    struct account a;

    (void)arg;
    account_make(&a);
    begin();
    OK(add_to(kit.session, a.table, a.balance, -9, NULL));
    OK(add_to(kit.session, a.table, a.balance, 26, NULL));
    commit();
    assert_int_equal(get_long(a.table, a.balance), 17);
}

static void escrow_rolls_back(const void *arg)
{
    struct account a;

    (void)arg;
    account_make(&a);
    begin();
    OK(add_to(kit.session, a.table, a.balance, 7, NULL));
    OK(JetRollback(kit.session, 0));
    OK(JetMove(kit.session, a.table, (long)JET_MoveFirst, 0));
    assert_int_equal(get_long(a.table, a.balance), 0);
}

/* Both at once; each rolls back or commits. */
static void two_add(bool first_commits, bool second_commits, int32_t want)
{
    struct account a;
    struct other o;
    JET_TABLEID table = 0;

    account_make(&a);
    other_begin(&o);
    OK(JetOpenTableA(o.session, o.db, kit.table, NULL, 0, 0, &table));
    begin();
    OK(JetBeginTransaction(o.session));
    OK(JetMove(o.session, table, (long)JET_MoveFirst, 0));
    OK(add_to(kit.session, a.table, a.balance, 10, NULL));
    OK(add_to(o.session, table, a.balance, 100, NULL));
    OK(first_commits ? JetCommitTransaction(kit.session, 0) : JetRollback(kit.session, 0));
    OK(second_commits ? JetCommitTransaction(o.session, 0) : JetRollback(o.session, 0));
    OK(JetMove(kit.session, a.table, (long)JET_MoveFirst, 0));
    assert_int_equal(get_long(a.table, a.balance), want);
}

static void escrow_of_two(const void *arg)
{
    (void)arg;
    two_add(true, true, 110);
}

static void escrow_first_gives_up(const void *arg)
{
    (void)arg;
    two_add(false, true, 100);
}

static void escrow_second_gives_up(const void *arg)
{
    (void)arg;
    two_add(true, false, 10);
}

/* Another session on the account, in a transaction that began before ours, which begins. */
static JET_TABLEID account_of_two(struct account *a, struct other *o)
{
    JET_TABLEID table = 0;

    account_make(a);
    other_begin(o);
    OK(JetOpenTableA(o->session, o->db, kit.table, NULL, 0, 0, &table));
    OK(JetBeginTransaction(o->session));
    OK(JetMove(o->session, table, (long)JET_MoveFirst, 0));
    begin();
    return table;
}

static void escrow_and_replace(const void *arg)
{
    struct account a;
    struct other o;
    JET_TABLEID table = account_of_two(&a, &o);

    (void)arg;
    OK(add_to(kit.session, a.table, a.balance, 10, NULL));
    GIVES(JET_errWriteConflict, JetPrepareUpdate(o.session, table, JET_prepReplace));
    GIVES(JET_errWriteConflict, JetDelete(o.session, table));
    commit();
}

static void escrow_after_replace(const void *arg)
{
    struct account a;
    struct other o;
    JET_TABLEID table = account_of_two(&a, &o);

    (void)arg;
    prepare(a.table, JET_prepReplace);
    set_long(a.table, a.other, 1);
    update(a.table);
    GIVES(JET_errWriteConflict, add_to(o.session, table, a.balance, 1, NULL));
    commit();
}

static void escrow_at_level_0(const void *arg)
{
    struct account a;

    (void)arg;
    account_make(&a);
    GIVES(JET_errNotInTransaction, add_to(kit.session, a.table, a.balance, 1, NULL));
}

static void escrow_while_prepared(const void *arg)
{
    struct account a;

    (void)arg;
    account_make(&a);
    begin();
    prepare(a.table, JET_prepReplace);
    GIVES(JET_errAlreadyPrepared, add_to(kit.session, a.table, a.balance, 1, NULL));
}

static void escrow_of_another_column(const void *arg)
{
    struct account a;

    (void)arg;
    account_make(&a);
    begin();
    GIVES(JET_errInvalidOperation, add_to(kit.session, a.table, a.other, 1, NULL));
}

static void escrow_of_another_size(const void *arg)
{
    struct account a;
    int16_t delta = 1;

    (void)arg;
    account_make(&a);
    begin();
    GIVES(JET_errInvalidBufferSize,
          JetEscrowUpdate(kit.session, a.table, a.balance, &delta, sizeof delta, NULL, 0, NULL, 0));
}

static void escrow_is_not_set(const void *arg)
{
    struct account a;
    int32_t one = 1;

    (void)arg;
    account_make(&a);
    begin();
    prepare(a.table, JET_prepReplace);
    GIVES(JET_errInvalidColumnType,
          JetSetColumn(kit.session, a.table, a.balance, &one, sizeof one, 0, NULL));
    OK(JetPrepareUpdate(kit.session, a.table, JET_prepCancel));
    prepare(a.table, JET_prepInsert);
    set_long(a.table, a.balance, 1);
    update_and_go(a.table);
    assert_int_equal(get_long(a.table, a.balance), 1);
}

static const struct a_case escrow[] = {
    {"old value", "the value before is given back", escrow_old_value},
    {"sum", "deltas add up", escrow_adds},
    {"rollback", "a rollback takes them back", escrow_rolls_back},
    {"two at once", "two transactions add to one row", escrow_of_two},
    {"the first gives up", "a rollback leaves the other's delta", escrow_first_gives_up},
    {"the second gives up", "whoever it is", escrow_second_gives_up},
    {"beside a replace", "others neither replace nor delete the row meanwhile", escrow_and_replace},
    {"after a replace", "nor is there an escrow update beside a replace", escrow_after_replace},
    {"level 0", "it needs a transaction", escrow_at_level_0},
    {"prepared", "and no prepared update", escrow_while_prepared},
    {"another column", "other columns have none", escrow_of_another_column},
    {"another size", "the delta has the column's size", escrow_of_another_size},
    {"not set", "JetSetColumn sets it in an insert only", escrow_is_not_set},
};

void add_escrow(void)
{
    kit_add_all("escrow", escrow, COUNT(escrow));
}
