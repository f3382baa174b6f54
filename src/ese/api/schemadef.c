/* SPDX-License-Identifier: Apache-2.0
 *
 * schemadef.c - Microsoft's structures for creating tables, columns and indexes, read and answered
 *
 * The numbered structures differ by members that were added; A and W differ in the units of their
 * strings alone. So one reader serves all: the common beginning is laid out alike (asserted below),
 * the rest is found by offsets.
 */
#include "ese/api/schemadef.h"

#include "ese/api/results.h"

#include <assert.h>

#define SAME_PLACE(member)                                                                       \
    static_assert(offsetof(JET_INDEXCREATE_A, member) == offsetof(JET_INDEXCREATE3_A, member) && \
                      offsetof(JET_INDEXCREATE2_A, member) ==                                    \
                          offsetof(JET_INDEXCREATE3_A, member),                                  \
                  "the forms of an index structure begin alike")
SAME_PLACE(szIndexName);
SAME_PLACE(szKey);
SAME_PLACE(cbKey);
SAME_PLACE(grbit);
SAME_PLACE(ulDensity);
SAME_PLACE(pidxunicode);
SAME_PLACE(cbVarSegMac);
SAME_PLACE(rgconditionalcolumn);
SAME_PLACE(cConditionalColumn);
SAME_PLACE(err);
SAME_PLACE(cbKeyMost);

static const size_t index_sizes[] = {
    [INDEX_LCID] = sizeof(JET_INDEXCREATE_A),
    [INDEX_HINTS] = sizeof(JET_INDEXCREATE2_A),
    [INDEX_LOCALE] = sizeof(JET_INDEXCREATE3_A),
};

/* Where the later members of each form of a table structure are; 0: it has none. */
static const struct table_form {
    enum jet_index_form index_form;
    size_t size, grbit, separate_lv, lv_chunk, tableid, created;
} table_forms[] = {
    [1] = {INDEX_LCID, sizeof(JET_TABLECREATE_A), offsetof(JET_TABLECREATE_A, grbit), 0, 0,
           offsetof(JET_TABLECREATE_A, tableid), offsetof(JET_TABLECREATE_A, cCreated)},
    [2] = {INDEX_LCID, sizeof(JET_TABLECREATE2_A), offsetof(JET_TABLECREATE2_A, grbit), 0, 0,
           offsetof(JET_TABLECREATE2_A, tableid), offsetof(JET_TABLECREATE2_A, cCreated)},
    [3] = {INDEX_HINTS, sizeof(JET_TABLECREATE3_A), offsetof(JET_TABLECREATE3_A, grbit),
           offsetof(JET_TABLECREATE3_A, cbSeparateLV), 0, offsetof(JET_TABLECREATE3_A, tableid),
           offsetof(JET_TABLECREATE3_A, cCreated)},
    [4] = {INDEX_LOCALE, sizeof(JET_TABLECREATE4_A), offsetof(JET_TABLECREATE4_A, grbit),
           offsetof(JET_TABLECREATE4_A, cbSeparateLV), 0, offsetof(JET_TABLECREATE4_A, tableid),
           offsetof(JET_TABLECREATE4_A, cCreated)},
    [5] = {INDEX_LOCALE, sizeof(JET_TABLECREATE5_A), offsetof(JET_TABLECREATE5_A, grbit),
           offsetof(JET_TABLECREATE5_A, cbSeparateLV), offsetof(JET_TABLECREATE5_A, cbLVChunkMax),
           offsetof(JET_TABLECREATE5_A, tableid), offsetof(JET_TABLECREATE5_A, cCreated)},
};

static JET_ERR read_density(unsigned long density, uint32_t *ret)
{
    if (density != 0 && (density < 20 || density > 100))
        return JET_errDensityInvalid;
    *ret = (uint32_t)density;
    return JET_errSuccess;
}

/* Arrays of a caller's count: bounded before they are multiplied. */
static void *alloc_array(struct arena *arena, unsigned long count, size_t size)
{
    if (count > JET_ccolMost)
        return NULL;
    return arena_alloc(arena, (count ? count : 1) * size);
}

/* ---- keys ---- */

static unsigned unit_at(const struct jet_string *s, size_t i)
{
    return s->wide ? ((const uint16_t *)s->p)[i] : ((const unsigned char *)s->p)[i];
}

static struct jet_string from_unit(const struct jet_string *s, size_t i)
{
    return (struct jet_string){(const char *)s->p + i * (s->wide ? 2 : 1), s->wide};
}

JET_ERR jet_read_key(struct arena *arena, struct jet_string key, unsigned long size,
                     struct ese_index_def *def)
{
    size_t n = size / (key.wide ? 2 : 1), i = 0;
    struct ese_key_segment *segments = NULL;
    JET_ERR err = JET_errSuccess;

    if (!key.p || n == 0)
        return JET_errInvalidParameter;
    segments = arena_alloc(arena, JET_ccolKeyMost * sizeof *segments);
    if (!segments)
        return JET_errOutOfMemory;
    while (i < n && unit_at(&key, i) != 0) {
        struct ese_key_segment *s = NULL;
        size_t end = i;

        while (end < n && unit_at(&key, end) != 0)
            end++;
        if (end == n || def->segment_count == JET_ccolKeyMost)
            return JET_errIndexInvalidDef;
        s = &segments[def->segment_count];
        s->descending = unit_at(&key, i) == '-';
        if (s->descending || unit_at(&key, i) == '+')
            i++;
        err = jet_name(arena, from_unit(&key, i), &s->column);
        if (err)
            return err;
        def->segment_count++;
        i = end + 1;
    }
    if (i >= n || def->segment_count == 0)
        return JET_errIndexInvalidDef;
    def->segments = segments;
    return JET_errSuccess;
}

/* ---- indexes ---- */

static JET_ERR read_conditions(struct arena *arena, const JET_INDEXCREATE3_A *in, bool wide,
                               struct ese_index_def *out)
{
    struct ese_condition *conditions = NULL;
    JET_ERR err = JET_errSuccess;

    if (in->cConditionalColumn == 0)
        return JET_errSuccess;
    if (in->cConditionalColumn > JET_ccolKeyMost || !in->rgconditionalcolumn)
        return JET_errInvalidParameter;
    conditions = arena_alloc(arena, in->cConditionalColumn * sizeof *conditions);
    if (!conditions)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < in->cConditionalColumn && !err; i++) {
        const JET_CONDITIONALCOLUMN_A *c = &in->rgconditionalcolumn[i];

        if (c->cbStruct != sizeof *c)
            return JET_errInvalidParameter;
        if (c->grbit != JET_bitIndexColumnMustBeNull && c->grbit != JET_bitIndexColumnMustBeNonNull)
            return JET_errInvalidGrbit;
        conditions[i].grbit = c->grbit;
        err = jet_name(arena, (struct jet_string){c->szColumnName, wide}, &conditions[i].column);
    }
    out->conditions = conditions;
    out->condition_count = (unsigned)in->cConditionalColumn;
    return err;
}

static JET_ERR read_collation(struct arena *arena, const JET_INDEXCREATE3_A *in,
                              enum jet_index_form form, struct ese_index_def *out)
{
    const JET_INDEXCREATE_A *old = (const void *)in;

    if (form == INDEX_LOCALE) {
        if (!in->pidxunicode)
            return JET_errSuccess;
        out->collation.map_flags = (uint32_t)in->pidxunicode->dwMapFlags;
        return jet_utf8(arena, jet_wide(in->pidxunicode->szLocaleName), &out->collation.locale);
    }
    if (!(in->grbit & JET_bitIndexUnicode)) {
        out->collation.lcid = (uint32_t)old->lcid;
        return JET_errSuccess;
    }
    if (!old->pidxunicode)
        return JET_errInvalidParameter;
    out->collation.lcid = (uint32_t)old->pidxunicode->lcid;
    out->collation.map_flags = (uint32_t)old->pidxunicode->dwMapFlags;
    return JET_errSuccess;
}

static JET_ERR read_limits(const JET_INDEXCREATE3_A *in, struct ese_index_def *out)
{
    const JET_TUPLELIMITS *t = in->ptuplelimits;

    if (in->grbit & JET_bitIndexKeyMost)
        out->key_most = jet_size(in->cbKeyMost);
    if (!(in->grbit & JET_bitIndexTupleLimits)) {
        out->var_seg_mac = jet_size(in->cbVarSegMac);
        return JET_errSuccess;
    }
    if (!t)
        return JET_errInvalidParameter;
    out->tuple = (struct ese_tuple_limits){jet_size(t->chLengthMin), jet_size(t->chLengthMax),
                                           jet_size(t->chToIndexMax), jet_size(t->cchIncrement),
                                           jet_size(t->ichStart)};
    return JET_errSuccess;
}

static JET_ERR read_index(struct arena *arena, const void *raw, enum jet_index_form form, bool wide,
                          struct ese_index_def *out)
{
    JET_INDEXCREATE3_A in;
    JET_ERR err = JET_errSuccess;

    memset(&in, 0, sizeof in);
    memcpy(&in, raw, index_sizes[form] < sizeof in ? index_sizes[form] : sizeof in);
    if (in.cbStruct != index_sizes[form])
        return JET_errInvalidParameter;
    out->grbit = in.grbit;
    err = jet_name(arena, (struct jet_string){in.szIndexName, wide}, &out->name);
    if (!err)
        err = jet_read_key(arena, (struct jet_string){in.szKey, wide}, in.cbKey, out);
    if (!err)
        err = read_density(in.ulDensity, &out->density);
    if (!err)
        err = read_conditions(arena, &in, wide, out);
    if (!err)
        err = read_collation(arena, &in, form, out);
    return err ? err : read_limits(&in, out);
}

static void answer_index(void *raw, JET_ERR err)
{
    memcpy((char *)raw + offsetof(JET_INDEXCREATE_A, err), &err, sizeof err);
}

JET_ERR jet_read_indexes(struct arena *arena, void *structs, unsigned long count,
                         enum jet_index_form form, bool wide, struct ese_index_def **ret_defs)
{
    struct ese_index_def *defs = NULL;
    JET_ERR err = JET_errSuccess;

    if (count > 0 && !structs)
        return JET_errInvalidParameter;
    defs = alloc_array(arena, count, sizeof *defs);
    if (!defs)
        return JET_errOutOfMemory;
    for (unsigned long i = 0; i < count; i++) {
        void *raw = (char *)structs + i * index_sizes[form];

        err = read_index(arena, raw, form, wide, &defs[i]);
        if (err) {
            answer_index(raw, err);
            return err;
        }
    }
    *ret_defs = defs;
    return JET_errSuccess;
}

void jet_answer_indexes(void *structs, unsigned long count, enum jet_index_form form,
                        const struct ese_index_def *defs)
{
    for (unsigned long i = 0; i < count; i++)
        answer_index((char *)structs + i * index_sizes[form], defs[i].err);
}

/* ---- columns ---- */

JET_ERR jet_read_column(struct arena *arena, struct jet_string name, const JET_COLUMNDEF *column,
                        const void *default_data, unsigned long default_size,
                        struct ese_column_def *ret_def)
{
    if (!column || column->cbStruct != sizeof *column || (default_size > 0 && !default_data))
        return JET_errInvalidParameter;
    ret_def->coltyp = column->coltyp;
    ret_def->max_size = jet_size(column->cbMax);
    ret_def->grbit = column->grbit;
    ret_def->codepage = column->cp;
    ret_def->default_data = default_data;
    ret_def->default_size = jet_size(default_size);
    return jet_name(arena, name, &ret_def->name);
}

static JET_ERR read_columns(struct arena *arena, JET_COLUMNCREATE_A *in, unsigned long count,
                            bool wide, struct ese_table_def *out)
{
    JET_ERR err = JET_errSuccess;

    if (count > 0 && !in)
        return JET_errInvalidParameter;
    out->columns = alloc_array(arena, count, sizeof *out->columns);
    if (!out->columns)
        return JET_errOutOfMemory;
    for (unsigned long i = 0; i < count; i++) {
        JET_COLUMNDEF def = {.cbStruct = sizeof def,
                             .coltyp = in[i].coltyp,
                             .cp = (unsigned short)in[i].cp,
                             .cbMax = in[i].cbMax,
                             .grbit = in[i].grbit};

        if (in[i].cbStruct != sizeof in[i])
            return JET_errInvalidParameter;
        err = in[i].cp > UINT16_MAX
                  ? JET_errInvalidCodePage
                  : jet_read_column(arena, (struct jet_string){in[i].szColumnName, wide}, &def,
                                    in[i].pvDefault, in[i].cbDefault, &out->columns[i]);
        if (err) {
            in[i].err = err;
            return err;
        }
    }
    out->column_count = (unsigned)count;
    return JET_errSuccess;
}

/* ---- tables ---- */

static unsigned long number_at(const void *raw, size_t offset)
{
    unsigned long n = 0;

    if (offset > 0)
        memcpy(&n, (const char *)raw + offset, sizeof n);
    return n;
}

JET_ERR jet_read_table(struct arena *arena, void *table, unsigned form, bool wide,
                       struct ese_table_def *ret_def)
{
    const struct table_form *f = &table_forms[form];
    JET_TABLECREATE_A in; /* the common beginning */
    JET_ERR err = JET_errSuccess;

    if (!table)
        return JET_errInvalidParameter;
    memset(&in, 0, sizeof in);
    memcpy(&in, table, offsetof(JET_TABLECREATE_A, grbit));
    if (in.cbStruct != f->size)
        return JET_errInvalidParameter;
    memcpy(&ret_def->grbit, (const char *)table + f->grbit, sizeof ret_def->grbit);
    ret_def->pages = jet_size(in.ulPages);
    ret_def->separate_lv = jet_size(number_at(table, f->separate_lv));
    ret_def->lv_chunk_max = jet_size(number_at(table, f->lv_chunk));
    err = jet_name(arena, (struct jet_string){in.szTableName, wide}, &ret_def->name);
    if (!err && in.szTemplateTableName)
        err = jet_name(arena, (struct jet_string){in.szTemplateTableName, wide},
                       &ret_def->template_table);
    if (!err)
        err = read_density(in.ulDensity, &ret_def->density);
    if (!err)
        err = read_columns(arena, in.rgcolumncreate, in.cColumns, wide, ret_def);
    if (!err)
        err = jet_read_indexes(arena, in.rgindexcreate, in.cIndexes, f->index_form, wide,
                               &ret_def->indexes);
    if (!err)
        ret_def->index_count = (unsigned)in.cIndexes;
    return err;
}

void jet_answer_table(void *table, unsigned form, const struct ese_table_def *def,
                      JET_TABLEID tableid)
{
    const struct table_form *f = &table_forms[form];
    JET_TABLECREATE_A in;
    unsigned long created = def->created;

    memcpy(&in, table, offsetof(JET_TABLECREATE_A, grbit));
    for (unsigned i = 0; i < def->column_count; i++) {
        in.rgcolumncreate[i].columnid = def->columns[i].id;
        in.rgcolumncreate[i].err = def->columns[i].err;
    }
    if (def->index_count > 0)
        jet_answer_indexes(in.rgindexcreate, in.cIndexes, f->index_form, def->indexes);
    memcpy((char *)table + f->tableid, &tableid, sizeof tableid);
    memcpy((char *)table + f->created, &created, sizeof created);
}
