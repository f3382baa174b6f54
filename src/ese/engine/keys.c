/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - the keys of a row (ese-formats 9, ese-api 3)
 *
 * A row stands in an index under one key for each combination of values that the index asks for:
 *     plain         the first value of every column
 *     multi-valued  each value of the first multi-valued column, with the first of the others
 *     cross product each combination of values
 *     nested table  the i-th values together
 *     tuples        each piece of each value of the first column
 * Conditions and the rules about NULL may leave it out. Each key stands once.
 */
#include "ese/engine/cursor.h"

#include "base/octets.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_MAX     65536 /* of one row in one index */
#define SOURCE_TIMES 8     /* octets of text that one octet of a Unicode key may stand for */

/* A row being keyed under one index. */
struct keying {
    struct eng_step *step;
    const struct eng_table *table;
    const struct eng_index *index;
    const struct eng_view *row;
    struct eng_keys *keys;
    struct eng_cell cells[ESE_INDEX_SEGMENTS_MAX];
    uint32_t at[ESE_INDEX_SEGMENTS_MAX]; /* which value, from 0 */
    const struct ese_bytes *piece;       /* of the first column, for tuples */
    uint32_t piece_at;                   /* in its value */
};

static size_t source_max(const struct eng_index *x)
{
    return x->x.key_most == ESE_KEY_MOST_DEFAULT ? ese_key_source_max(&x->x) + 1
                                                 : (size_t)x->x.key_most * SOURCE_TIMES;
}

static JET_ERR open_cells(struct keying *k)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < k->index->x.segment_count && !err; i++) {
        k->at[i] = 0;
        err = eng_view_cell(k->row, k->index->columns[i], true, &k->cells[i]);
    }
    return err;
}

static JET_ERR key_error(enum ese_format_status f)
{
    return f == ESE_FORMAT_BAD_VALUE ? JET_errInvalidBufferSize : eng_format_error(f);
}

/* The key of the values that `at` names. */
static JET_ERR make_key(struct keying *k, uint8_t out[ESE_KEY_BUFFER], size_t *ret_size,
                        bool *ret_indexed)
{
    const struct eng_index *x = k->index;
    enum ese_format_status f = ESE_FORMAT_OK;
    struct ese_key key;
    JET_ERR err = JET_errSuccess;

    ese_key_start(&key, &x->x, x->collation != NULL ? &x->collator : NULL, out);
    for (unsigned i = 0; i < x->x.segment_count && f == ESE_FORMAT_OK && !err; i++) {
        bool null = k->at[i] >= k->cells[i].count || k->cells[i].presence != ESE_PRESENT;
        struct eng_value value;
        struct ese_bytes bytes;

        if (i == 0 && k->piece != NULL) {
            f = ese_key_add(&key, &x->columns[i]->c, k->piece);
            continue;
        }
        if (!null) {
            err = eng_cell_value(&k->cells[i], k->at[i], &value);
            if (!err)
                err = eng_value_bytes(k->step, k->table, &value, source_max(x), k->keys->arena,
                                      &bytes);
        }
        if (!err)
            f = ese_key_add(&key, &x->columns[i]->c, null ? NULL : &bytes);
    }
    if (!err && f == ESE_FORMAT_OK)
        f = ese_key_finish(&key, ret_indexed);
    *ret_size = key.size;
    return err ? err : key_error(f);
}

static JET_ERR add_key(struct keying *k, uint32_t itag)
{
    struct eng_keys *keys = k->keys;
    uint8_t bytes[ESE_KEY_BUFFER], *copy;
    bool indexed = false;
    size_t size = 0;
    JET_ERR err = make_key(k, bytes, &size, &indexed);

    if (err || !indexed)
        return err;
    if (keys->count == keys->room) {
        size_t room = keys->room * 2 + 4;
        struct eng_key *grown = arena_alloc(keys->arena, room * sizeof *grown);

        if (grown == NULL || keys->count >= KEYS_MAX)
            return grown == NULL ? JET_errOutOfMemory : JET_errTooManyKeys;
        if (keys->count > 0)
            memcpy(grown, keys->keys, keys->count * sizeof *grown);
        keys->keys = grown;
        keys->room = room;
    }
    copy = arena_alloc(keys->arena, size + 1);
    if (copy == NULL)
        return JET_errOutOfMemory;
    memcpy(copy, bytes, size);
    keys->keys[keys->count++] =
        (struct eng_key){.data = copy,
                         .size = size,
                         .itag = itag,
                         .piece_at = k->piece_at,
                         .piece_size = k->piece ? (uint32_t)k->piece->size : 0};
    return JET_errSuccess;
}

/* ---- which values ---- */

static bool is_multi(const struct keying *k, unsigned i)
{
    return (k->index->columns[i]->c.flags & ESE_FIELD_MULTI_VALUED) != 0;
}

static JET_ERR add_multi(struct keying *k)
{
    unsigned first = (unsigned)k->index->multi;
    JET_ERR err;

    do
        err = add_key(k, k->at[first] + 1);
    while (!err && ++k->at[first] < k->cells[first].count);
    return err;
}

/* The last segment's values run fastest. */
static JET_ERR add_product(struct keying *k)
{
    unsigned i;
    JET_ERR err = JET_errSuccess;

    do {
        err = add_key(k, k->at[k->index->multi] + 1);
        for (i = k->index->x.segment_count; i > 0; i--) {
            if (is_multi(k, i - 1) && ++k->at[i - 1] < k->cells[i - 1].count)
                break;
            k->at[i - 1] = 0;
        }
    } while (!err && i > 0);
    return err;
}

static JET_ERR add_nested(struct keying *k)
{
    uint32_t most = 1;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < k->index->x.segment_count; i++)
        if (is_multi(k, i) && k->cells[i].count > most)
            most = k->cells[i].count;
    for (uint32_t n = 0; n < most && !err; n++) {
        for (unsigned i = 0; i < k->index->x.segment_count; i++)
            k->at[i] = is_multi(k, i) ? n : 0;
        err = add_key(k, n + 1);
    }
    return err;
}

size_t eng_tuple_unit(const struct eng_index *x)
{
    const struct ese_column *c = &x->columns[0]->c;

    return c->code_page == ESE_CODE_PAGE_UNICODE && ese_coltyp_is_text(c->coltyp) ? 2 : 1;
}

static JET_ERR add_pieces(struct keying *k, const struct ese_bytes *value, uint32_t itag)
{
    const struct eng_index *x = k->index;
    size_t unit = eng_tuple_unit(x), units = value->size / unit;
    size_t from = x->tuple_start, step = x->tuple_increment > 0 ? x->tuple_increment : 1;
    JET_ERR err = JET_errSuccess;

    if (units > x->tuple_to)
        units = x->tuple_to;
    for (; from + x->tuple_min <= units && !err; from += step) {
        size_t n = units - from < x->tuple_max ? units - from : x->tuple_max;
        struct ese_bytes piece = {value->data + from * unit, n * unit};

        k->piece = &piece;
        k->piece_at = (uint32_t)(from * unit);
        err = add_key(k, itag);
        k->piece = NULL;
    }
    return err;
}

static JET_ERR add_tuples(struct keying *k)
{
    size_t most = (size_t)k->index->tuple_to * 2;
    JET_ERR err = JET_errSuccess;

    for (; k->at[0] < k->cells[0].count && !err; k->at[0]++) {
        struct eng_value value;
        struct ese_bytes bytes;

        err = eng_cell_value(&k->cells[0], k->at[0], &value);
        if (!err)
            err = eng_value_bytes(k->step, k->table, &value, most, k->keys->arena, &bytes);
        if (!err)
            err = add_pieces(k, &bytes, k->at[0] + 1);
    }
    return err;
}

/* ---- the row as a whole ---- */

static JET_ERR conditions_hold(const struct keying *k, bool *ret_hold)
{
    struct eng_cell cell;

    *ret_hold = true;
    for (unsigned i = 0; i < k->index->x.condition_count && *ret_hold; i++) {
        JET_ERR err = eng_view_cell(k->row, k->index->conditions[i], true, &cell);

        if (err)
            return err;
        *ret_hold = k->index->x.conditions[i].must_be_null == (cell.presence != ESE_PRESENT);
    }
    return JET_errSuccess;
}

static int by_key(const void *a, const void *b)
{
    const struct eng_key *x = a, *y = b;
    int order = octets_compare(x->data, x->size, y->data, y->size);

    return order != 0 ? order : (x->itag > y->itag) - (x->itag < y->itag);
}

static void each_once(struct eng_keys *keys)
{
    size_t kept = 0;

    if (keys->count < 2)
        return;
    qsort(keys->keys, keys->count, sizeof *keys->keys, by_key);
    for (size_t i = 0; i < keys->count; i++) {
        const struct eng_key *k = &keys->keys[i];

        if (kept > 0 && keys->keys[kept - 1].size == k->size &&
            memcmp(keys->keys[kept - 1].data, k->data, k->size) == 0)
            continue;
        keys->keys[kept++] = *k;
    }
    keys->count = kept;
}

JET_ERR eng_row_keys(struct eng_step *step, const struct eng_table *table,
                     const struct eng_index *index, const struct eng_view *row,
                     struct eng_keys *keys)
{
    struct keying k = {.step = step, .table = table, .index = index, .row = row, .keys = keys};
    bool hold = false;
    JET_ERR err = conditions_hold(&k, &hold);

    if (err || !hold)
        return err;
    err = open_cells(&k);
    if (err)
        return err;
    if (index->tuples)
        err = add_tuples(&k);
    else if (index->multi < 0)
        err = add_key(&k, 1);
    else if (index->x.flags & ESE_INDEX_CROSS_PRODUCT)
        err = add_product(&k);
    else if (index->x.flags & ESE_INDEX_NESTED_TABLE)
        err = add_nested(&k);
    else
        err = add_multi(&k);
    each_once(keys);
    return err;
}

JET_ERR eng_primary_key(struct eng_step *step, const struct eng_table *table,
                        const struct eng_view *row, uint8_t out[ESE_KEY_BUFFER], size_t *ret_size)
{
    uint8_t lent[1024];
    struct arena arena;
    struct eng_keys keys = {.arena = &arena};
    struct keying k = {
        .step = step, .table = table, .index = row->schema->primary, .row = row, .keys = &keys};
    bool indexed = false;
    JET_ERR err;

    arena_init(&arena, lent, sizeof lent);
    err = open_cells(&k);
    if (!err)
        err = make_key(&k, out, ret_size, &indexed);
    arena_fini(&arena);
    return err == JET_errSuccess && !indexed ? JET_errNullKeyDisallowed : err;
}
