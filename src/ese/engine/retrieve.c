/* SPDX-License-Identifier: Apache-2.0
 *
 * retrieve.c - JetRetrieveColumn(s): values out of the row, the copy buffer or the index entry
 */
#include "ese/engine/cursor.h"

#include <string.h>

/* One call, one snapshot. */
struct retrieving {
    struct ese_cursor *cursor;
    struct eng_step *step;
    struct eng_view row, copy;
    bool row_open;
};

static JET_ERR open_row(struct retrieving *r)
{
    JET_ERR err;

    if (r->row_open)
        return JET_errSuccess;
    err = eng_cursor_row_view(r->cursor, r->step, &r->row);
    r->row_open = err == JET_errSuccess;
    return err;
}

static JET_ERR choose_view(struct retrieving *r, JET_GRBIT grbit, const struct eng_view **ret_view)
{
    JET_ERR err = JET_errSuccess;

    if ((grbit & JET_bitRetrieveCopy) && r->cursor->copy != NULL) {
        eng_view_copy(&r->copy, r->cursor->schema, r->cursor->copy);
        *ret_view = &r->copy;
    } else {
        err = open_row(r);
        *ret_view = &r->row;
    }
    return err;
}

/* What escrow updates have added since the record was written. */
static JET_ERR add_escrow(struct retrieving *r, const struct eng_column *column,
                          struct eng_value *value, uint8_t sum[8])
{
    int64_t pending = 0, now;
    JET_ERR err;

    if (value->size != column->c.size_max)
        return JET_errSuccess;
    err = eng_escrow_sum(r->step, r->cursor->table, column, r->cursor->bookmark,
                         r->cursor->bookmark_size, &pending);
    now = eng_escrow_get(column, value->data);
    eng_escrow_put(column, (int64_t)((uint64_t)now + (uint64_t)pending), sum);
    value->data = sum;
    return err;
}

/* The key of the row that the current index entry is; NULL data: the row gives it no more. */
static JET_ERR find_key(struct retrieving *r, struct arena *arena, struct eng_key *ret_key)
{
    struct ese_cursor *c = r->cursor;
    struct eng_keys keys = {.arena = arena};
    JET_ERR err = open_row(r);

    *ret_key = (struct eng_key){.itag = 1};
    if (!err)
        err = eng_row_keys(r->step, c->table, c->index, &r->row, &keys);
    for (size_t i = 0; i < keys.count && !err; i++)
        if (keys.keys[i].size == c->key_size &&
            memcmp(keys.keys[i].data, c->entry, c->key_size) == 0)
            *ret_key = keys.keys[i];
    return err;
}

/* Which value of the first multi-valued column has made the current index entry. */
static JET_ERR find_itag(struct retrieving *r, uint32_t *ret_itag)
{
    struct ese_cursor *c = r->cursor;
    struct eng_key key = {.itag = 1};
    struct arena arena;
    JET_ERR err;

    *ret_itag = 1;
    if (c->index == NULL || (c->index->multi < 0 && !c->index->tuples))
        return JET_errSuccess;
    if (c->itag != 0) {
        *ret_itag = c->itag;
        return JET_errSuccess;
    }
    arena_init(&arena, NULL, 0);
    err = find_key(r, &arena, &key);
    if (key.data != NULL)
        c->itag = key.itag;
    *ret_itag = key.itag;
    arena_fini(&arena);
    return err;
}

static bool is_multi_segment(const struct eng_index *x, const struct eng_column *column)
{
    for (unsigned i = 0; i < x->x.segment_count; i++)
        if (x->columns[i] == column)
            return (column->c.flags & ESE_FIELD_MULTI_VALUED) != 0;
    return false;
}

/* ---- walking the tagged columns: column id 0 ---- */

/* The n-th value of all tagged ones, counted from 1. */
static JET_ERR find_tagged(struct retrieving *r, const struct eng_view *view, uint32_t n,
                           JET_RETRIEVECOLUMN *out, const struct eng_column **ret_column,
                           uint32_t *ret_itag)
{
    const struct eng_schema *s = r->cursor->schema;
    unsigned first = s->fixed_count + s->variable_count;
    uint32_t seen = 0;

    for (unsigned i = first; i < s->column_count; i++) {
        const struct eng_column *c = &s->columns[i];
        struct eng_cell cell;
        JET_ERR err;

        if (c->c.coltyp == ESE_COLTYP_NIL)
            continue;
        err = eng_view_cell(view, c, false, &cell);
        if (err)
            return err;
        if (cell.presence == ESE_PRESENT && n > 0 && n <= seen + cell.count) {
            out->columnidNextTagged = c->c.id;
            *ret_column = c;
            *ret_itag = n - seen;
            return JET_errSuccess;
        }
        seen += cell.presence == ESE_PRESENT ? cell.count : 0;
    }
    out->columnidNextTagged = 0;
    if (n == 0)
        out->itagSequence = seen;
    return JET_wrnColumnNull;
}

/* ---- one column ---- */

static JET_ERR give_value(struct retrieving *r, const struct eng_column *column,
                          const struct eng_view *view, struct eng_value *value,
                          JET_RETRIEVECOLUMN *out)
{
    uint8_t sum[8];
    size_t size = 0;
    JET_ERR err = JET_errSuccess;

    if ((column->c.flags & ESE_FIELD_ESCROW_UPDATE) && view->copy == NULL)
        err = add_escrow(r, column, value, sum);
    if (!err)
        err = eng_value_read(r->step, r->cursor->table, value, (uint32_t)out->ibLongValue,
                             out->pvData, out->pvData == NULL ? 0 : out->cbData, &size);
    if (err)
        return err;
    out->cbActual = size;
    return size > (out->pvData == NULL ? 0 : out->cbData) ? JET_wrnBufferTruncated : JET_errSuccess;
}

static JET_ERR retrieve_value(struct retrieving *r, const struct eng_view *view,
                              const struct eng_column *column, uint32_t itag,
                              JET_RETRIEVECOLUMN *out)
{
    bool defaults = !(out->grbit & JET_bitRetrieveIgnoreDefault);
    struct eng_value value;
    struct eng_cell cell;
    JET_ERR err = eng_view_cell(view, column, defaults, &cell);

    if (err)
        return err;
    out->cbActual = 0;
    if (itag == 0) {
        out->itagSequence = cell.presence == ESE_PRESENT ? cell.count : 0;
        return JET_errSuccess;
    }
    if (cell.presence != ESE_PRESENT || itag > cell.count)
        return JET_wrnColumnNull;
    err = eng_cell_value(&cell, itag - 1, &value);
    return err ? err : give_value(r, column, view, &value, out);
}

static bool is_tuple_column(const struct eng_index *x, const struct eng_column *column)
{
    return x != NULL && x->tuples && x->columns[0] == column;
}

/* The piece of the value that the current entry of a tuple index is; the rest of it is not in the index. */
static JET_ERR retrieve_tuple(struct retrieving *r, const struct eng_column *column,
                              JET_RETRIEVECOLUMN *out)
{
    JET_RETRIEVECOLUMN part = *out;
    struct eng_key key = {.itag = 1};
    struct arena arena;
    JET_ERR err;

    if (!(out->grbit & JET_bitRetrieveTuple))
        return JET_errIndexTuplesCannotRetrieveFromIndex;
    arena_init(&arena, NULL, 0);
    err = find_key(r, &arena, &key);
    arena_fini(&arena);
    if (err)
        return err;
    if (part.ibLongValue > key.piece_size)
        part.ibLongValue = key.piece_size;
    out->itagSequence = key.itag;
    out->cbActual = key.piece_size - part.ibLongValue;
    if (part.cbData > out->cbActual)
        part.cbData = out->cbActual;
    part.ibLongValue += key.piece_at;
    err = retrieve_value(r, &r->row, column, key.itag, &part);
    if (err != JET_wrnBufferTruncated)
        return err;
    return out->cbData < out->cbActual ? JET_wrnBufferTruncated : JET_errSuccess;
}

static JET_ERR retrieve(struct retrieving *r, JET_RETRIEVECOLUMN *out)
{
    const struct eng_column *column = NULL;
    const struct eng_view *view = NULL;
    const struct eng_index *x = r->cursor->index;
    uint32_t itag = (uint32_t)out->itagSequence;
    JET_ERR err = JET_errSuccess;

    if ((out->grbit & JET_bitRetrieveFromIndex) &&
        (out->grbit & JET_bitRetrieveFromPrimaryBookmark))
        return JET_errInvalidGrbit;
    err = choose_view(r, out->grbit, &view);
    if (err)
        return err;
    if (out->columnid == 0) {
        err = find_tagged(r, view, itag, out, &column, &itag);
        if (err)
            return err;
    } else {
        column = eng_column_by_id(r->cursor->schema, out->columnid);
        out->columnidNextTagged = out->columnid;
    }
    if (column == NULL)
        return out->columnid > ESE_COLUMN_TAGGED_MAX ? JET_errBadColumnId : JET_errColumnNotFound;
    if ((out->grbit & JET_bitRetrieveFromIndex) && view->copy == NULL && is_tuple_column(x, column))
        return retrieve_tuple(r, column, out);
    if ((out->grbit & (JET_bitRetrieveFromIndex | JET_bitRetrieveTag)) && x != NULL &&
        view->copy == NULL && is_multi_segment(x, column)) {
        err = find_itag(r, &itag);
        out->itagSequence = itag;
    }
    return err ? err : retrieve_value(r, view, column, itag, out);
}

JET_ERR eng_retrieve_columns(struct ese_session *session, struct ese_cursor *cursor,
                             JET_RETRIEVECOLUMN *columns, unsigned count)
{
    struct eng_step step;
    struct retrieving r = {.cursor = cursor, .step = &step};
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step), result = JET_errSuccess;

    (void)session;
    if (err)
        return err;
    for (unsigned i = 0; i < count; i++) {
        err = retrieve(&r, &columns[i]);
        columns[i].err = err;
        if (err < 0 || result == JET_errSuccess)
            result = err;
        if (err == JET_errNoCurrentRecord || err == JET_errRecordDeleted)
            break; /* the others fare alike */
    }
    return eng_step_end(&step, result);
}
