/* SPDX-License-Identifier: Apache-2.0
 *
 * temp.c - temporary tables: a schema that is nowhere but in memory, rows in the store without a log
 *
 * One cursor has the table, and it goes with its last. Its rows are not versioned: rolling a
 * transaction back does not take them back. Where duplicates are allowed a number ends each key.
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE         16
#define LCID_DEFAULT      1033
#define MAP_FLAGS_DEFAULT 0x00030001u

struct temp_def {
    const JET_COLUMNDEF *columns;
    unsigned count;
    const struct ese_collation *collation;
    JET_GRBIT grbit;
    uint32_t key_most, var_seg_mac;
};

static JET_ERR make_column(struct eng_schema *s, struct eng_layout *layout,
                           const JET_COLUMNDEF *def)
{
    const JET_GRBIT key_bits = JET_bitColumnTTKey | JET_bitColumnTTDescending;
    struct eng_column *c = &s->columns[s->column_count++];
    char *name = arena_alloc(&s->arena, NAME_SIZE);
    struct ese_column_def column = {
        .name = name,
        .coltyp = def->coltyp,
        .max_size = (uint32_t)def->cbMax,
        .grbit = def->grbit & ~key_bits,
        .codepage = def->cp,
    };
    struct eng_catalog_row row;
    JET_ERR err;

    if (name == NULL)
        return JET_errOutOfMemory;
    snprintf(name, NAME_SIZE, "%u", s->column_count);
    err = eng_define_column(layout, &column, &row);
    if (err)
        return err;
    c->order = s->column_count;
    c->c = (struct ese_column){
        .name = name,
        .id = (uint16_t)row.id,
        .coltyp = (uint8_t)row.coltyp_or_root,
        .code_page = (uint16_t)row.pages_or_locale,
        .record_offset = row.record_offset,
        .size_max = row.space,
        .flags = row.flags,
    };
    return JET_errSuccess;
}

static JET_ERR make_locale(struct eng_schema *s, const struct temp_def *def, struct ese_index *x)
{
    const struct ese_collation *c = def->collation;
    uint8_t *wide;
    size_t n;

    x->lcid = c != NULL && c->lcid != 0 ? c->lcid : LCID_DEFAULT;
    x->lcmap_flags = c != NULL && c->map_flags != 0 ? c->map_flags : MAP_FLAGS_DEFAULT;
    if (c == NULL || c->locale == NULL || c->locale[0] == '\0')
        return JET_errSuccess;
    n = strlen(c->locale);
    wide = arena_alloc(&s->arena, 2 * n);
    if (wide == NULL)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < n; i++)
        ese_put_u16(wide + 2 * i, (uint8_t)c->locale[i]);
    x->locale_name = (struct ese_bytes){wide, 2 * n};
    return JET_errSuccess;
}

/* The key columns in the order in which they are given; `ids` tells their numbers. */
static JET_ERR make_key(struct eng_schema *s, const struct temp_def *def,
                        const struct eng_table *table, const JET_COLUMNID *ids)
{
    struct eng_index *x = &s->indexes[0];
    bool numbered = !(def->grbit & JET_bitTTUnique);

    for (unsigned i = 0; i < def->count; i++) {
        if (!(def->columns[i].grbit & JET_bitColumnTTKey))
            continue;
        if (x->x.segment_count == ESE_INDEX_SEGMENTS_MAX)
            return JET_errTooManyKeys;
        x->x.segments[x->x.segment_count].column_id = (uint16_t)ids[i];
        x->x.segments[x->x.segment_count++].descending =
            (def->columns[i].grbit & JET_bitColumnTTDescending) != 0;
    }
    if (x->x.segment_count == 0)
        return JET_errSuccess;
    x->x.name = "TempTableKey";
    x->x.flags = ESE_INDEX_PRIMARY | ESE_INDEX_UNIQUE | ESE_INDEX_ALLOW_ALL_NULLS |
                 ESE_INDEX_ALLOW_FIRST_NULL | ESE_INDEX_ALLOW_SOME_NULLS;
    if (def->grbit & JET_bitTTSortNullsHigh)
        x->x.flags |= ESE_INDEX_SORT_NULLS_HIGH;
    if (def->grbit & JET_bitTTDotNetGuid)
        x->x.flags |= ESE_INDEX_DOTNET_GUID;
    x->x.key_most = def->key_most != 0 && def->key_most <= ESE_KEY_MOST_MAX
                        ? (uint16_t)def->key_most
                        : ESE_KEY_MOST_DEFAULT;
    x->x.var_segment_max = (uint16_t)def->var_seg_mac;
    x->tree = table->tree;
    x->rows_numbered = numbered;
    s->index_count = 1;
    return make_locale(s, def, &x->x);
}

static JET_ERR make_schema(const struct temp_def *def, struct eng_table *table,
                           JET_COLUMNID *ret_ids, struct eng_schema **ret_schema)
{
    struct eng_layout layout = {.fixed_end = ESE_RECORD_HEADER};
    struct eng_schema *s = eng_schema_new();
    JET_ERR err = JET_errSuccess;

    if (s == NULL)
        return JET_errOutOfMemory;
    s->name = "";
    s->columns = arena_alloc(&s->arena, (def->count + 1) * sizeof *s->columns);
    s->indexes = arena_alloc(&s->arena, sizeof *s->indexes);
    if (s->columns == NULL || s->indexes == NULL)
        err = JET_errOutOfMemory;
    for (unsigned i = 0; i < def->count && !err; i++) {
        err = make_column(s, &layout, &def->columns[i]);
        ret_ids[i] = s->columns[i].c.id;
    }
    if (!err)
        err = make_key(s, def, table, ret_ids);
    if (!err)
        err = eng_schema_finish(s, table->page_size);
    if (err) {
        eng_schema_unref(s);
        return err;
    }
    atomic_store(&table->lv_chunk, s->lv_chunk);
    *ret_schema = s;
    return JET_errSuccess;
}

JET_ERR eng_open_temp_table(struct ese_session *session, const JET_COLUMNDEF *columns,
                            unsigned count, const struct ese_collation *collation, JET_GRBIT grbit,
                            uint32_t key_most, uint32_t var_seg_mac, struct ese_cursor **ret_cursor,
                            JET_COLUMNID *ret_ids)
{
    const struct temp_def def = {.columns = columns,
                                 .count = count,
                                 .collation = collation,
                                 .grbit = grbit,
                                 .key_most = key_most,
                                 .var_seg_mac = var_seg_mac};
    const JET_GRBIT scratch = JET_bitTTIndexed | JET_bitTTErrorOnDuplicateInsertion;
    struct eng_schema *schema = NULL;
    struct eng_table *table = NULL;
    struct store *store = NULL;
    JET_ERR err = eng_instance_temp(session->instance, &store);

    if (!err)
        err = eng_table_new_temp(session->instance, &table);
    if (!err)
        err = make_schema(&def, table, ret_ids, &schema);
    if (!err) {
        table->drops_duplicates = (grbit & JET_bitTTUnique) && !(grbit & scratch);
        err = eng_cursor_new(session, table, schema, 0, ret_cursor);
    }
    eng_schema_unref(schema);
    if (table != NULL)
        eng_table_unref(table);
    return err;
}
