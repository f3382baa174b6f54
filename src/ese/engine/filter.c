/* SPDX-License-Identifier: Apache-2.0
 *
 * filter.c - conditions on columns that moving passes rows by (JetSetCursorFilter)
 *
 * Values are compared as keys are: by their normalised bytes, NULL first. Only on the primary index.
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <string.h>

struct eng_condition {
    JET_COLUMNID id;
    JET_RELOP relop;
    bool null;
    uint32_t size;
    uint8_t *data;
};

struct eng_filter {
    unsigned count;
    struct arena arena;
    struct eng_condition conditions[];
};

void eng_filter_free(struct eng_filter *take_filter)
{
    if (take_filter == NULL)
        return;
    arena_fini(&take_filter->arena);
    mem_free(take_filter);
}

static bool is_integer(uint8_t t)
{
    return ese_coltyp_size(t) != 0 && ese_coltyp_size(t) <= 8 && t != ESE_COLTYP_IEEE_SINGLE &&
           t != ESE_COLTYP_IEEE_DOUBLE && t != ESE_COLTYP_DATE_TIME;
}

/* What the relation and the column's type allow. */
static JET_ERR check_condition(const struct eng_column *c, const JET_INDEX_COLUMN *in)
{
    size_t size = c == NULL ? 0 : ese_coltyp_size(c->c.coltyp);
    bool bits =
        in->relop == JET_relopBitmaskEqualsZero || in->relop == JET_relopBitmaskNotEqualsZero;
    bool null = in->cb == 0 && !(in->grbit & JET_bitZeroLength);

    if (c == NULL)
        return JET_errColumnNotFound;
    if ((int)in->relop < JET_relopEquals || in->relop > JET_relopBitmaskNotEqualsZero ||
        (in->grbit & ~(JET_GRBIT)JET_bitZeroLength))
        return JET_errInvalidParameter;
    if (ese_coltyp_is_long(c->c.coltyp) ||
        (ese_coltyp_is_text(c->c.coltyp) && c->c.code_page == ESE_CODE_PAGE_UNICODE) ||
        (c->c.flags & (ESE_FIELD_MULTI_VALUED | ESE_FIELD_ESCROW_UPDATE)))
        return JET_errFilteredMoveNotSupported;
    if ((size != 0 && !null && in->cb != size) || in->cb > ESE_SHORT_VALUE_MAX)
        return JET_errInvalidBufferSize;
    if (bits && (!is_integer(c->c.coltyp) || null))
        return JET_errInvalidParameter;
    if (in->relop == JET_relopPrefixEquals && size != 0)
        return JET_errInvalidParameter;
    return JET_errSuccess;
}

JET_ERR eng_set_filter(struct ese_session *session, struct ese_cursor *cursor,
                       const JET_INDEX_COLUMN *conditions, unsigned count)
{
    struct eng_filter *f = NULL;
    JET_ERR err = eng_cursor_refresh(cursor);

    (void)session;
    if (!err && count > 0) {
        f = mem_alloc(sizeof *f + count * sizeof f->conditions[0]);
        if (f == NULL)
            return JET_errOutOfMemory;
        arena_init(&f->arena, NULL, 0);
    }
    for (unsigned i = 0; i < count && !err; i++) {
        const JET_INDEX_COLUMN *in = &conditions[i];
        struct eng_condition *out = &f->conditions[f->count++];

        err = check_condition(eng_column_by_id(cursor->schema, in->columnid), in);
        if (err)
            break;
        out->id = in->columnid;
        out->relop = in->relop;
        out->null = in->cb == 0 && !(in->grbit & JET_bitZeroLength);
        out->size = (uint32_t)in->cb;
        out->data = arena_alloc(&f->arena, in->cb + 1);
        if (out->data == NULL)
            err = JET_errOutOfMemory;
        else if (in->cb > 0)
            memcpy(out->data, in->pv, in->cb);
    }
    if (err) {
        eng_filter_free(f);
        return err;
    }
    eng_filter_free(cursor->filter);
    cursor->filter = f;
    return JET_errSuccess;
}

/* ---- does a row meet them? ---- */

static JET_ERR make_key(const struct eng_column *c, const struct ese_bytes *value,
                        uint8_t out[ESE_KEY_BUFFER], size_t *ret_size)
{
    const struct ese_index index = {.name = "", .key_most = ESE_KEY_MOST_MAX, .segment_count = 1};
    struct ese_key key;
    enum ese_format_status s;

    ese_key_start(&key, &index, NULL, out);
    s = ese_key_add(&key, &c->c, value);
    *ret_size = key.size;
    return eng_format_error(s);
}

static JET_ERR compare(const struct eng_column *c, const struct ese_bytes *have,
                       const struct eng_condition *condition, int *ret_order)
{
    const struct ese_bytes want = {condition->data, condition->size};
    uint8_t a[ESE_KEY_BUFFER], b[ESE_KEY_BUFFER];
    size_t a_size = 0, b_size = 0;
    JET_ERR err = make_key(c, have, a, &a_size);

    if (!err)
        err = make_key(c, condition->null ? NULL : &want, b, &b_size);
    if (err)
        return err;
    *ret_order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    if (*ret_order == 0)
        *ret_order = (a_size > b_size) - (a_size < b_size);
    return JET_errSuccess;
}

static uint64_t bits_of(const uint8_t *data, size_t size)
{
    uint8_t wide[8] = {0};

    memcpy(wide, data, size < sizeof wide ? size : sizeof wide);
    return ese_get_u64(wide);
}

/* NULL has no bits and no beginning. */
static bool special_holds(const struct eng_condition *c, const struct ese_bytes *have)
{
    uint64_t mask;

    if (have == NULL)
        return false;
    if (c->relop == JET_relopPrefixEquals)
        return have->size >= c->size && memcmp(have->data, c->data, c->size) == 0;
    mask = bits_of(have->data, have->size) & bits_of(c->data, c->size);
    return (mask == 0) == (c->relop == JET_relopBitmaskEqualsZero);
}

static bool order_holds(JET_RELOP relop, int order)
{
    switch (relop) {
    case JET_relopEquals: return order == 0;
    case JET_relopNotEquals: return order != 0;
    case JET_relopLessThanOrEqual: return order <= 0;
    case JET_relopLessThan: return order < 0;
    case JET_relopGreaterThanOrEqual: return order >= 0;
    default: return order > 0;
    }
}

static JET_ERR condition_holds(const struct eng_view *row, const struct eng_condition *condition,
                               bool *ret_holds)
{
    const struct eng_column *c = eng_column_by_id(row->schema, condition->id);
    struct eng_value value = {0};
    struct ese_bytes bytes;
    struct eng_cell cell;
    int order = 0;
    bool null;
    JET_ERR err = c == NULL ? JET_errColumnNotFound : eng_view_cell(row, c, true, &cell);

    if (err)
        return err;
    null = cell.presence != ESE_PRESENT;
    if (!null)
        err = eng_cell_value(&cell, 0, &value);
    if (err)
        return err;
    bytes = (struct ese_bytes){value.data, value.size};
    if (condition->relop == JET_relopPrefixEquals ||
        condition->relop >= JET_relopBitmaskEqualsZero) {
        *ret_holds = special_holds(condition, null ? NULL : &bytes);
        return JET_errSuccess;
    }
    err = compare(c, null ? NULL : &bytes, condition, &order);
    *ret_holds = order_holds(condition->relop, order);
    return err;
}

JET_ERR eng_filter_holds(struct ese_cursor *cursor, struct eng_step *step, bool *ret_holds)
{
    struct eng_view row;
    JET_ERR err = eng_cursor_row_view(cursor, step, &row);

    *ret_holds = true;
    for (unsigned i = 0; i < cursor->filter->count && *ret_holds && !err; i++)
        err = condition_holds(&row, &cursor->filter->conditions[i], ret_holds);
    return err;
}
