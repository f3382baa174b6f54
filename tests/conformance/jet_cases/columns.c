/* SPDX-License-Identifier: Apache-2.0
 *
 * columns.c - values of every type, and long values in parts (ese-api 2 and 4)
 */
#include "kit.h"

/* ---- types ---- */

struct type {
    const char *name;
    JET_COLTYP coltyp;
    unsigned long size; /* 0: any */
    JET_COLUMNID from, to;
};

static const struct type types[] = {
    {"Bit", JET_coltypBit, 1, 1, 127},
    {"UnsignedByte", JET_coltypUnsignedByte, 1, 1, 127},
    {"Short", JET_coltypShort, 2, 1, 127},
    {"Long", JET_coltypLong, 4, 1, 127},
    {"Currency", JET_coltypCurrency, 8, 1, 127},
    {"IEEESingle", JET_coltypIEEESingle, 4, 1, 127},
    {"IEEEDouble", JET_coltypIEEEDouble, 8, 1, 127},
    {"DateTime", JET_coltypDateTime, 8, 1, 127},
    {"Binary", JET_coltypBinary, 0, 128, 255},
    {"Text", JET_coltypText, 0, 128, 255},
    {"LongBinary", JET_coltypLongBinary, 0, 256, 65263},
    {"LongText", JET_coltypLongText, 0, 256, 65263},
    {"UnsignedLong", JET_coltypUnsignedLong, 4, 1, 127},
    {"LongLong", JET_coltypLongLong, 8, 1, 127},
    {"GUID", JET_coltypGUID, 16, 1, 127},
    {"UnsignedShort", JET_coltypUnsignedShort, 2, 1, 127},
    {"UnsignedLongLong", JET_coltypUnsignedLongLong, 8, 1, 127},
};

static uint8_t sample[256];

struct typed {
    JET_TABLEID table;
    JET_COLUMNID id;
    unsigned long size;
};

static void typed_make(struct typed *t, const struct type *type, JET_GRBIT grbit)
{
    for (size_t i = 0; i < sizeof sample; i++)
        sample[i] = (uint8_t)(i * 7 + 3);
    if (type->coltyp == JET_coltypBit)
        sample[0] = 0xff;
    t->size = type->size > 0 ? type->size : 20;
    begin();
    t->table = table_new();
    t->id = column_new(t->table, "value", type->coltyp, grbit);
}

static void is_value(const struct typed *t, JET_GRBIT grbit, const void *want, unsigned long size)
{
    uint8_t got[256];
    unsigned long actual = 0;

    OK(JetRetrieveColumn(kit.session, t->table, t->id, got, sizeof got, &actual, grbit, NULL));
    assert_int_equal(actual, size);
    assert_memory_equal(got, want, size);
}

static void is_null(const struct typed *t)
{
    unsigned long actual = 9;
    uint8_t got = 0;

    GIVES(JET_wrnColumnNull,
          JetRetrieveColumn(kit.session, t->table, t->id, &got, 1, &actual, 0, NULL));
    assert_int_equal(actual, 0);
}

static void value_comes_back(const void *arg)
{
    struct typed t;

    typed_make(&t, arg, 0);
    prepare(t.table, JET_prepInsert);
    set(t.table, t.id, sample, t.size);
    is_value(&t, JET_bitRetrieveCopy, sample, t.size);
    update_and_go(t.table);
    is_value(&t, 0, sample, t.size);
    commit();
}

static void value_is_null(const void *arg)
{
    struct typed t;

    typed_make(&t, arg, 0);
    prepare(t.table, JET_prepInsert);
    update_and_go(t.table);
    is_null(&t);
    prepare(t.table, JET_prepReplace);
    set(t.table, t.id, sample, t.size);
    update(t.table);
    is_value(&t, 0, sample, t.size);
    prepare(t.table, JET_prepReplace);
    set(t.table, t.id, NULL, 0);
    update(t.table);
    is_null(&t);
    commit();
}

static void value_is_needed(const void *arg)
{
    const struct type *type = arg;
    struct typed t;

    if (type->to > 255) { /* what is tagged may be NULL */
        JET_COLUMNDEF def = {.cbStruct = sizeof def,
                             .coltyp = type->coltyp,
                             .cp = type->coltyp == JET_coltypLongText ? 1200 : 0,
                             .grbit = JET_bitColumnNotNULL};

        GIVES(JET_errTaggedNotNULL,
              JetAddColumnA(kit.session, table_new(), "value", &def, NULL, 0, &t.id));
        return;
    }
    typed_make(&t, type, JET_bitColumnNotNULL);
    prepare(t.table, JET_prepInsert);
    GIVES(JET_errNullInvalid, JetSetColumn(kit.session, t.table, t.id, NULL, 0, 0, NULL));
    GIVES(JET_errNullInvalid, JetUpdate(kit.session, t.table, NULL, 0, NULL));
    set(t.table, t.id, sample, t.size);
    update_and_go(t.table);
    is_value(&t, 0, sample, t.size);
    commit();
}

static void another_size_is_refused(const void *arg)
{
    const struct type *type = arg;
    struct typed t;

    typed_make(&t, type, 0);
    prepare(t.table, JET_prepInsert);
    if (type->size > 0)
        GIVES(JET_errInvalidBufferSize,
              JetSetColumn(kit.session, t.table, t.id, sample, t.size + 1, 0, NULL));
    else if (type->to <= 255)
        GIVES(JET_errColumnTooBig, JetSetColumn(kit.session, t.table, t.id, sample, 256, 0, NULL));
    else
        set(t.table, t.id, sample, 256);
    commit();
}

/* A row with the sample, on which the cursor stands. */
static void sample_make(struct typed *t, const struct type *type)
{
    typed_make(t, type, 0);
    prepare(t->table, JET_prepInsert);
    set(t->table, t->id, sample, t->size);
    update_and_go(t->table);
}

static void value_is_cut(const void *arg)
{
    uint8_t got = 0x55;
    unsigned long actual = 0;
    struct typed t;

    sample_make(&t, arg);
    if (t.size > 1)
        GIVES(JET_wrnBufferTruncated,
              JetRetrieveColumn(kit.session, t.table, t.id, &got, 1, &actual, 0, NULL));
    else
        OK(JetRetrieveColumn(kit.session, t.table, t.id, &got, 1, &actual, 0, NULL));
    assert_int_equal(actual, t.size);
    assert_int_equal(got, sample[0]);
    commit();
}

static void size_is_told(const void *arg)
{
    unsigned long actual = 0;
    struct typed t;

    sample_make(&t, arg);
    GIVES(JET_wrnBufferTruncated,
          JetRetrieveColumn(kit.session, t.table, t.id, NULL, 0, &actual, 0, NULL));
    assert_int_equal(actual, t.size);
    commit();
}

static void default_is_given(const void *arg)
{
    const struct type *type = arg;
    bool text = type->coltyp == JET_coltypText || type->coltyp == JET_coltypLongText;
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = type->coltyp, .cp = text ? 1200 : 0};
    struct typed t;

    typed_make(&t, type, 0);
    prepare(t.table, JET_prepInsert);
    update_and_go(t.table);
    OK(JetAddColumnA(kit.session, t.table, "given", &def, sample, t.size, &t.id));
    is_value(&t, 0, sample, t.size); /* of the row that was there before */
    GIVES(JET_wrnColumnNull, JetRetrieveColumn(kit.session, t.table, t.id, NULL, 0, NULL,
                                               JET_bitRetrieveIgnoreDefault, NULL));
    prepare(t.table, JET_prepInsert);
    is_value(&t, JET_bitRetrieveCopy, sample, t.size);
    update_and_go(t.table);
    is_value(&t, 0, sample, t.size);
    commit();
}

static void many_values(const void *arg)
{
    const struct type *type = arg;
    uint8_t other[16] = {0};
    struct typed t;
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 2};
    uint8_t got[64];
    unsigned long actual = 0;

    typed_make(&t, type, JET_bitColumnTagged | JET_bitColumnMultiValued);
    prepare(t.table, JET_prepInsert);
    set_value(t.table, t.id, 0, sample, t.size);
    set_value(t.table, t.id, 0, other, type->size > 0 ? t.size : 2);
    set_value(t.table, t.id, 0, sample, t.size);
    set_value(t.table, t.id, 1, NULL, 0); /* the others are renumbered */
    update_and_go(t.table);
    assert_in_range(t.id, 256, 65263);
    is_value(&t, 0, other, type->size > 0 ? t.size : 2);
    OK(JetRetrieveColumn(kit.session, t.table, t.id, got, sizeof got, &actual, 0, &info));
    assert_int_equal(actual, t.size);
    assert_memory_equal(got, sample, t.size);
    info.itagSequence = 3;
    GIVES(JET_wrnColumnNull,
          JetRetrieveColumn(kit.session, t.table, t.id, got, sizeof got, &actual, 0, &info));
    commit();
}

static void definition_is_told(const void *arg)
{
    const struct type *type = arg;
    JET_COLUMNDEF def = {.cbStruct = sizeof def};
    struct typed t;

    typed_make(&t, type, 0);
    OK(JetGetTableColumnInfoA(kit.session, t.table, "value", &def, sizeof def, JET_ColInfo));
    assert_int_equal(def.columnid, t.id);
    assert_int_equal(def.coltyp, type->coltyp);
    assert_in_range(t.id, type->from, type->to);
    if (type->size > 0)
        assert_int_equal(def.cbMax, type->size);
    OK(JetGetTableColumnInfoA(kit.session, t.table, (const char *)&t.id, &def, sizeof def,
                              JET_ColInfoByColid));
    assert_int_equal(def.columnid, t.id);
    commit();
}

static const struct {
    const char *name, *holds;
    case_run *run;
} type_cases[] = {
    {"comes back", "a value is read as it was set, in the buffer and in the row", value_comes_back},
    {"NULL", "what is not set is NULL, and can be so again", value_is_null},
    {"NotNULL",
     "a column that must not be NULL is refused without a value; one of a long type cannot be such",
     value_is_needed},
    {"another size", "a size that the type does not have is refused", another_size_is_refused},
    {"cut", "a buffer that is too small gets its part and a warning", value_is_cut},
    {"size", "without a buffer the size is told", size_is_told},
    {"default", "a default shows in rows old and new", default_is_given},
    {"several values", "tagged, it has several values; one that goes renumbers the others",
     many_values},
    {"definition", "its definition is told by name and by number", definition_is_told},
};

void add_types(void)
{
    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t k = 0; k < COUNT(type_cases); k++) {
            char name[64];

            snprintf(name, sizeof name, "%s: %s", types[i].name, type_cases[k].name);
            kit_add("types", name, type_cases[k].holds, type_cases[k].run, &types[i]);
        }
}

/* ---- long values in parts ---- */

#define LONG_MOST 70000

/* What one JetSetColumn makes of a value of `before` octets: `size` octets at `offset`. */
struct part {
    const char *name, *holds;
    JET_GRBIT grbit;
    unsigned long before, offset, size, after;
    JET_ERR err;
};

static const struct part parts[] = {
    {"set anew", "without a flag the value is another", 0, 5000, 0, 100, 100, 0},
    {"append to nothing", "append begins a value", JET_bitSetAppendLV, 0, 0, 3000, 3000, 0},
    {"append to a small one", "append makes it longer", JET_bitSetAppendLV, 10, 0, 20, 30, 0},
    {"append to a large one", "append makes a separated one longer", JET_bitSetAppendLV, 9000, 0,
     9000, 18000, 0},
    {"append nothing", "appending nothing changes nothing", JET_bitSetAppendLV, 100, 0, 0, 100, 0},
    {"overwrite the beginning", "octets from 0 on are replaced, the rest stays",
     JET_bitSetOverwriteLV, 5000, 0, 100, 5000, 0},
    {"overwrite within", "octets in the middle are replaced", JET_bitSetOverwriteLV, 5000, 2000,
     100, 5000, 0},
    {"overwrite the end", "up to the very end", JET_bitSetOverwriteLV, 5000, 4900, 100, 5000, 0},
    {"overwrite beyond the end", "what reaches beyond makes the value longer",
     JET_bitSetOverwriteLV, 5000, 4900, 1000, 5900, 0},
    {"overwrite at the end", "from the end on it is an append", JET_bitSetOverwriteLV, 5000, 5000,
     1000, 6000, 0},
    {"overwrite behind the end", "behind the end there is nothing to overwrite",
     JET_bitSetOverwriteLV, 5000, 5001, 10, 5000, JET_errColumnNoChunk},
    {"overwrite a small one", "a value in the record is overwritten, too", JET_bitSetOverwriteLV,
     50, 10, 10, 50, 0},
    {"overwrite across a border", "parts are written across the borders of chunks",
     JET_bitSetOverwriteLV, 20000, 3900, 9000, 20000, 0},
    {"set the size, longer", "a longer size is filled with zeros", JET_bitSetSizeLV, 5000, 0, 9000,
     9000, 0},
    {"set the size, shorter", "a shorter size cuts", JET_bitSetSizeLV, 9000, 0, 5000, 5000, 0},
    {"set the size, small", "a value in the record is cut, too", JET_bitSetSizeLV, 50, 0, 20, 20,
     0},
    {"set the size of nothing", "a value may begin as a size", JET_bitSetSizeLV, 0, 0, 4000, 4000,
     0},
    {"out of the record", "SeparateLV keeps a small value out of the record", JET_bitSetSeparateLV,
     0, 0, 300, 300, 0},
    {"in the record", "IntrinsicLV keeps it in", JET_bitSetIntrinsicLV, 0, 0, 900, 900, 0},
};

static const struct part_column {
    const char *name;
    JET_COLTYP coltyp;
    JET_GRBIT grbit;
} part_columns[] = {
    {"LongBinary", JET_coltypLongBinary, 0},
    {"LongText", JET_coltypLongText, 0},
    {"compressed", JET_coltypLongBinary, JET_bitColumnCompressed},
};

struct part_case {
    const struct part *part;
    const struct part_column *column;
};

static void pattern(uint8_t *out, unsigned long size, unsigned seed)
{
    for (unsigned long i = 0; i < size; i++)
        out[i] = (uint8_t)(i / 64 + seed);
}

/* What must come out, by the plainest means. */
static void expect(const struct part *p, const uint8_t *before, const uint8_t *data, uint8_t *out)
{
    memset(out, 0, LONG_MOST);
    memcpy(out, before, p->before < p->after ? p->before : p->after);
    if (p->err || (p->grbit & JET_bitSetSizeLV))
        return;
    if (p->grbit & JET_bitSetAppendLV)
        memcpy(out + p->before, data, p->size);
    else
        memcpy(out + p->offset, data, p->size);
}

static void play_part(const void *arg)
{
    const struct part_case *c = arg;
    const struct part *p = c->part;
    static uint8_t before[LONG_MOST], data[LONG_MOST], want[LONG_MOST], got[LONG_MOST];
    JET_SETINFO info = {.cbStruct = sizeof info, .ibLongValue = p->offset, .itagSequence = 1};
    JET_TABLEID table = 0;
    JET_COLUMNID id = 0;
    unsigned long size = 0;

    pattern(before, p->before, 1);
    pattern(data, p->size, 101);
    expect(p, before, data, want);
    begin();
    table = table_new();
    id = column_new(table, "value", c->column->coltyp, c->column->grbit);
    prepare(table, JET_prepInsert);
    if (p->before > 0)
        set(table, id, before, p->before);
    update_and_go(table);
    prepare(table, JET_prepReplace);
    GIVES(p->err, JetSetColumn(kit.session, table, id, p->grbit & JET_bitSetSizeLV ? NULL : data,
                               p->size, p->grbit, &info));
    update(table);
    for (int pass = 0; pass < 2; pass++) { /* in the transaction, and after it */
        OK(JetRetrieveColumn(kit.session, table, id, got, sizeof got, &size, 0, NULL));
        assert_int_equal(size, p->after);
        assert_memory_equal(got, want, size);
        if (pass == 0)
            commit();
    }
    {
        JET_RETINFO from = {
            .cbStruct = sizeof from, .ibLongValue = p->after / 2, .itagSequence = 1};

        OK(JetRetrieveColumn(kit.session, table, id, got, sizeof got, &size, 0, &from));
        assert_int_equal(size, p->after - p->after / 2);
        assert_memory_equal(got, want + p->after / 2, size);
    }
}

void add_long_values(void)
{
    static struct part_case all[COUNT(parts) * COUNT(part_columns)];
    size_t n = 0;

    for (size_t i = 0; i < COUNT(part_columns); i++)
        for (size_t k = 0; k < COUNT(parts); k++) {
            char name[80];

            all[n] = (struct part_case){&parts[k], &part_columns[i]};
            snprintf(name, sizeof name, "%s: %s", part_columns[i].name, parts[k].name);
            kit_add("long values", name, parts[k].holds, play_part, &all[n++]);
        }
}
