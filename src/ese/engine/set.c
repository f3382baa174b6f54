/* SPDX-License-Identifier: Apache-2.0
 *
 * set.c - JetSetColumn(s): values into the copy buffer, checked at once (ese-api 4, 8)
 */
#include "ese/engine/cursor.h"

#include <string.h>

#define WIDE_COPY 8

/* One value being set. */
struct setting {
    struct ese_cursor *cursor;
    struct eng_step *step;
    struct eng_copy *copy;
    const struct eng_column *column;
    const JET_SETCOLUMN *in;
    const void *data;
    uint32_t size;
    bool null;
};

/* Flags that exclude each other, as Microsoft's engine has it. */
static JET_ERR check_flags(JET_GRBIT grbit)
{
    const JET_GRBIT part = JET_bitSetAppendLV | JET_bitSetOverwriteLV | JET_bitSetSizeLV;
    const JET_GRBIT unique = JET_bitSetUniqueMultiValues | JET_bitSetUniqueNormalizedMultiValues;

    if ((grbit & unique) && (grbit & part))
        return JET_errInvalidGrbit;
    if ((grbit & JET_bitSetContiguousLV) && !(grbit & JET_bitSetSeparateLV))
        return JET_errInvalidGrbit;
    return JET_errSuccess;
}

/* Columns whose values are the engine's (ese-api 2). */
static JET_ERR check_kind(const struct setting *s)
{
    uint32_t flags = s->column->c.flags;
    bool insert = s->copy->prep == JET_prepInsert || s->copy->prep == JET_prepInsertCopy ||
                  s->copy->prep == JET_prepInsertCopyDeleteOriginal ||
                  s->copy->prep == JET_prepInsertMustSetAutoIncrement;

    if ((flags & ESE_FIELD_AUTOINCREMENT) && s->copy->prep != JET_prepInsertMustSetAutoIncrement)
        return JET_errInvalidColumnType;
    if ((flags & (ESE_FIELD_VERSION | ESE_FIELD_ESCROW_UPDATE)) && !insert)
        return JET_errInvalidColumnType;
    return JET_errSuccess;
}

static struct eng_field *changed_field(struct setting *s)
{
    struct eng_field *f = eng_copy_field(s->copy, s->column->c.id);

    if (f != NULL)
        f->changed = true;
    return f;
}

/* The values are about to go. */
static void drop_streams(const struct setting *s, const struct eng_field *f)
{
    for (uint32_t i = 0; i < f->count; i++)
        eng_copy_drop_stream(s->cursor, &f->values[i]);
}

static JET_ERR set_null(struct setting *s)
{
    struct eng_field *f;

    if (s->column->c.flags & ESE_FIELD_NOT_NULL)
        return JET_errNullInvalid;
    f = changed_field(s);
    if (f == NULL)
        return JET_errOutOfMemory;
    drop_streams(s, f);
    eng_field_clear(f);
    return JET_errSuccess;
}

/* The only value of a fixed or variable column. */
static JET_ERR set_only(struct setting *s, const void *data, size_t size)
{
    struct eng_field *f = changed_field(s);
    struct eng_draft *d;

    if (f == NULL)
        return JET_errOutOfMemory;
    d = f->count > 0 ? &f->values[0] : eng_field_append(f);
    return d == NULL ? JET_errOutOfMemory : eng_draft_assign(d, data, size);
}

/* Octets as the record has them: 0xff for a bit that is set, text and binary padded. */
static JET_ERR fixed_bytes(const struct setting *s, uint8_t out[ESE_SHORT_VALUE_MAX],
                           size_t *ret_size)
{
    const struct ese_column *c = &s->column->c;
    size_t size = ese_coltyp_size(c->coltyp);

    if (size != 0 && s->size != size)
        return JET_errInvalidBufferSize;
    if (size == 0) {
        size = c->size_max;
        if (s->size > size)
            return JET_errColumnTooBig;
        memset(out, ese_coltyp_is_text(c->coltyp) ? ' ' : 0, size);
    }
    if (s->size > 0)
        memcpy(out, s->data, s->size);
    if (c->coltyp == ESE_COLTYP_BIT)
        out[0] = out[0] != 0 ? 0xff : 0;
    *ret_size = size;
    return JET_errSuccess;
}

static JET_ERR set_fixed(struct setting *s)
{
    uint8_t bytes[ESE_SHORT_VALUE_MAX];
    size_t size = 0;
    JET_ERR err;

    if (s->null)
        return set_null(s);
    err = fixed_bytes(s, bytes, &size);
    if (!err && (s->column->c.flags & ESE_FIELD_AUTOINCREMENT)) {
        uint64_t used = 0;

        memcpy(&used, bytes, size < WIDE_COPY ? size : WIDE_COPY);
        err = eng_number_raise(s->cursor->table->instance, &s->cursor->table->autoincrement, used);
        s->copy->increment_given = true;
    }
    return err ? err : set_only(s, bytes, size);
}

static JET_ERR set_variable(struct setting *s)
{
    if (s->null)
        return set_null(s);
    if (s->size > s->column->c.size_max)
        return JET_errColumnTooBig;
    return set_only(s, s->data, s->size);
}

/* ---- tagged columns ---- */

static JET_ERR tagged_null(struct setting *s, uint32_t itag)
{
    struct eng_field *f = eng_copy_find(s->copy, s->column->c.id);

    if (f == NULL && itag <= 1 && s->column->c.has_default)
        return set_null(s); /* explicit, above the default */
    if (f == NULL || itag == 0 || (itag > f->count && itag > 1))
        return JET_errSuccess;
    if (f->count <= 1)
        return set_null(s);
    f->changed = true;
    eng_copy_drop_stream(s->cursor, &f->values[itag - 1]);
    eng_field_remove(f, itag - 1);
    return JET_errSuccess;
}

static uint8_t fold(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static bool same_value(const struct setting *s, const struct eng_draft *d, bool normalized)
{
    const uint8_t *a = s->data, *b = d->data;

    if (d->kind != DRAFT_BYTES || d->size != s->size)
        return false;
    for (uint32_t i = 0; i < s->size; i++)
        if (normalized ? fold(a[i]) != fold(b[i]) : a[i] != b[i])
            return false;
    return true;
}

static JET_ERR check_unique(const struct setting *s, const struct eng_field *f, uint32_t itag)
{
    const JET_GRBIT unique = JET_bitSetUniqueMultiValues | JET_bitSetUniqueNormalizedMultiValues;
    bool normalized = (s->in->grbit & JET_bitSetUniqueNormalizedMultiValues) &&
                      ese_coltyp_is_text(s->column->c.coltyp);

    if (!(s->in->grbit & unique) || f == NULL)
        return JET_errSuccess;
    for (uint32_t i = 0; i < f->count; i++)
        if (i + 1 != itag && same_value(s, &f->values[i], normalized))
            return JET_errMultiValuedDuplicate;
    return JET_errSuccess;
}

static JET_ERR check_tagged_size(struct setting *s, JET_ERR *warning)
{
    const struct ese_column *c = &s->column->c;
    size_t size = ese_coltyp_size(c->coltyp);

    if (size != 0)
        return s->size == size ? JET_errSuccess : JET_errInvalidBufferSize;
    if (!ese_coltyp_is_long(c->coltyp))
        return s->size <= (c->size_max ? c->size_max : ESE_SHORT_VALUE_MAX) ? JET_errSuccess
                                                                            : JET_errColumnTooBig;
    if (c->size_max != 0 && s->size > c->size_max) {
        s->size = c->size_max;
        *warning = JET_wrnColumnMaxTruncated;
    }
    return s->size <= ESE_LONG_VALUE_MAX ? JET_errSuccess : JET_errColumnTooBig;
}

/* Append, overwrite, resize. */
static JET_ERR change_part(struct setting *s, struct eng_draft *d)
{
    struct eng_table *table = s->cursor->table;
    uint32_t at = (uint32_t)s->in->ibLongValue, most = s->column->c.size_max, end;
    bool sized = (s->in->grbit & JET_bitSetSizeLV) != 0;
    JET_ERR err;

    if (s->in->grbit & JET_bitSetAppendLV)
        at = d->size;
    else if (s->in->grbit & JET_bitSetOverwriteLV) {
        if (at > d->size)
            return JET_errColumnNoChunk;
    } else {
        if (most != 0 && s->size > most)
            return JET_errColumnTooBig;
        return eng_draft_resize(d, s->step, table, s->size);
    }
    if (__builtin_add_overflow(at, s->size, &end) || (most != 0 && end > most))
        return JET_errColumnTooBig;
    err = eng_draft_write(d, s->step, table, at, s->data, s->size);
    if (!err && sized && end < d->size)
        err = eng_draft_resize(d, s->step, table, end);
    return err;
}

static void set_hints(struct eng_draft *d, JET_GRBIT grbit)
{
    d->separate |= (grbit & JET_bitSetSeparateLV) != 0;
    d->intrinsic |= (grbit & JET_bitSetIntrinsicLV) != 0;
    d->compress |= (grbit & JET_bitSetCompressed) != 0;
    d->uncompressed |= (grbit & JET_bitSetUncompressed) != 0;
}

/* The whole value; a large one at once goes past the transaction's memory. */
static JET_ERR assign(struct setting *s, struct eng_draft *d)
{
    struct ese_cursor *c = s->cursor;
    uint8_t bit = 0xff;

    eng_copy_drop_stream(c, d);
    if (s->column->c.coltyp == ESE_COLTYP_BIT) {
        bit = *(const uint8_t *)s->data != 0 ? 0xff : 0;
        return eng_draft_assign(d, &bit, 1);
    }
    if (s->size <= ENG_DRAFT_MEMORY)
        return eng_draft_assign(d, s->data, s->size);
    eng_draft_clear(d);
    return eng_draft_write(d, s->step, c->table, 0, s->data, s->size);
}

static JET_ERR set_tagged(struct setting *s)
{
    const JET_GRBIT part = JET_bitSetAppendLV | JET_bitSetOverwriteLV | JET_bitSetSizeLV;
    bool multi = (s->column->c.flags & ESE_FIELD_MULTI_VALUED) != 0;
    uint32_t itag = (uint32_t)s->in->itagSequence;
    bool partial = ese_coltyp_is_long(s->column->c.coltyp) && (s->in->grbit & part);
    JET_ERR warning = JET_errSuccess, err;
    struct eng_field *f;
    struct eng_draft *d;

    if (!multi && itag == 0)
        itag = 1;
    if (!multi && itag > 1)
        return JET_errBadItagSequence;
    if (s->in->grbit & JET_bitSetRevertToDefaultValue) {
        f = eng_copy_find(s->copy, s->column->c.id);
        if (f != NULL) {
            drop_streams(s, f);
            eng_copy_drop_field(s->copy, f);
        }
        return JET_errSuccess;
    }
    if (s->null && !partial)
        return tagged_null(s, itag);
    err = partial ? JET_errSuccess : check_tagged_size(s, &warning);
    if (!err)
        err = check_unique(s, eng_copy_find(s->copy, s->column->c.id), itag);
    if (err)
        return err;
    f = changed_field(s);
    if (f == NULL)
        return JET_errOutOfMemory;
    d = itag >= 1 && itag <= f->count ? &f->values[itag - 1] : eng_field_append(f);
    if (d == NULL)
        return JET_errOutOfMemory;
    set_hints(d, s->in->grbit);
    err = partial ? change_part(s, d) : assign(s, d);
    return err ? err : warning;
}

/* ---- the call ---- */

static JET_ERR set_column(struct ese_cursor *cursor, struct eng_step *step, const JET_SETCOLUMN *in)
{
    bool zero = (in->grbit & JET_bitSetZeroLength) != 0;
    struct setting s = {
        .cursor = cursor,
        .step = step,
        .copy = cursor->copy,
        .column = eng_column_by_id(cursor->schema, in->columnid),
        .in = in,
        .data = in->pvData,
        .size = (uint32_t)in->cbData,
    };
    JET_ERR err = check_flags(in->grbit);

    if (err)
        return err;
    if (in->columnid == 0)
        return JET_errBadColumnId;
    if (s.column == NULL)
        return JET_errColumnNotFound;
    if (in->cbData > ESE_LONG_VALUE_MAX)
        return JET_errColumnTooBig;
    if (s.data == NULL && !(in->grbit & JET_bitSetSizeLV))
        s.size = 0;
    s.null = s.size == 0 && !zero;
    err = check_kind(&s);
    if (err)
        return err;
    if (ese_column_is_fixed(s.column->c.id))
        return set_fixed(&s);
    return ese_column_is_variable(s.column->c.id) ? set_variable(&s) : set_tagged(&s);
}

/* Values in memory need no transaction; parts of stored ones do. */
static bool needs_step(const JET_SETCOLUMN *columns, unsigned count)
{
    const JET_GRBIT part = JET_bitSetAppendLV | JET_bitSetOverwriteLV | JET_bitSetSizeLV;

    for (unsigned i = 0; i < count; i++)
        if ((columns[i].grbit & part) || columns[i].cbData > ENG_DRAFT_MEMORY)
            return true;
    return false;
}

JET_ERR eng_set_columns(struct ese_session *session, struct ese_cursor *cursor,
                        JET_SETCOLUMN *columns, unsigned count)
{
    bool stepped = needs_step(columns, count);
    struct eng_step step = {.session = session, .temp = eng_table_is_temp(cursor->table)};
    JET_ERR err, first = JET_errSuccess;

    if (cursor->copy == NULL || cursor->copy->prep == JET_prepReadOnlyCopy)
        return JET_errUpdateNotPrepared;
    err = stepped ? eng_cursor_step(cursor, ENG_READ, &step) : eng_cursor_refresh(cursor);
    if (err)
        return err;
    for (unsigned i = 0; i < count && err >= 0; i++) {
        err = set_column(cursor, &step, &columns[i]);
        columns[i].err = err;
        if (first == JET_errSuccess)
            first = err;
    }
    err = err < 0 ? err : first;
    return stepped ? eng_step_end(&step, err) : err;
}
