/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.c - one version of a table's definition: made from catalog rows, looked up by others
 *
 * Columns lie by id. Ids of a kind (fixed, variable, tagged) are given without gaps and deleted
 * columns keep their rows, so a column's place follows from its id.
 */
#include "ese/engine/foreign.h"

#include "ese/format/bytes.h"
#include "ese/format/longvalue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct row_list {
    struct eng_catalog_row *rows;
    size_t count, room;
};

struct eng_schema *eng_schema_new(void)
{
    struct eng_schema *s = mem_alloc(sizeof *s);

    if (s == NULL)
        return NULL;
    atomic_init(&s->refs, 1);
    arena_init(&s->arena, NULL, 0);
    return s;
}

struct eng_schema *eng_schema_ref(struct eng_schema *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void eng_schema_unref(struct eng_schema *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    for (unsigned i = 0; i < s->index_count; i++)
        eng_collation_close(s->indexes[i].collation);
    arena_fini(&s->arena);
    mem_free(s);
}

/* ---- look-ups ---- */

static struct eng_column *column_at(const struct eng_schema *s, JET_COLUMNID id)
{
    unsigned at;

    if (id < ESE_COLUMN_FIXED_MIN || id > ESE_COLUMN_TAGGED_MAX)
        return NULL;
    if (id <= ESE_COLUMN_FIXED_MAX)
        at = id - ESE_COLUMN_FIXED_MIN < s->fixed_count ? id - ESE_COLUMN_FIXED_MIN
                                                        : s->column_count;
    else if (id <= ESE_COLUMN_VARIABLE_MAX)
        at = id - ESE_COLUMN_VARIABLE_MIN < s->variable_count
                 ? s->fixed_count + id - ESE_COLUMN_VARIABLE_MIN
                 : s->column_count;
    else
        at = s->fixed_count + s->variable_count + id - ESE_COLUMN_TAGGED_MIN;
    return at < s->column_count && s->columns[at].c.id == id ? &s->columns[at] : NULL;
}

struct eng_column *eng_column_by_id(const struct eng_schema *s, JET_COLUMNID id)
{
    struct eng_column *c = column_at(s, id);

    return c != NULL && c->c.coltyp != ESE_COLTYP_NIL ? c : NULL;
}

struct eng_column *eng_column_by_name(const struct eng_schema *s, const char *name)
{
    unsigned low = 0, high = s->live_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = strcasecmp(name, s->by_name[middle]->c.name);

        if (order == 0)
            return s->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

struct eng_index *eng_index_by_name(const struct eng_schema *s, const char *name)
{
    for (unsigned i = 0; i < s->index_count; i++)
        if (strcasecmp(s->indexes[i].x.name, name) == 0)
            return &s->indexes[i];
    return NULL;
}

uint16_t eng_fixed_end(const struct eng_schema *s, unsigned last_fixed)
{
    const struct eng_column *c;

    if (last_fixed == 0 || last_fixed > s->fixed_count)
        return ESE_RECORD_HEADER;
    c = &s->columns[last_fixed - 1];
    return (uint16_t)(c->c.record_offset + c->c.size_max);
}

/* ese-api 5: what is left of a page beside its header, two tags and the largest key. */
uint32_t eng_record_max(uint32_t page_size, uint32_t primary_key_most)
{
    uint32_t node = page_size - (page_size <= 8192 ? 40 : 80) - 8;
    uint32_t key = primary_key_most + 2 > 255 ? primary_key_most + 2 : 255;

    return page_size <= 8192 ? node - 2 - key : node - 4 - primary_key_most;
}

/* ---- finishing ---- */

static int by_column_id(const void *a, const void *b)
{
    const struct eng_column *x = a, *y = b;

    return (int)x->c.id - (int)y->c.id;
}

static int by_column_name(const void *a, const void *b)
{
    struct eng_column *const *x = a, *const *y = b;

    return strcasecmp((*x)->c.name, (*y)->c.name);
}

static JET_ERR finish_columns(struct eng_schema *s)
{
    if (s->column_count > 0)
        qsort(s->columns, s->column_count, sizeof *s->columns, by_column_id);
    s->by_name = arena_alloc(&s->arena, (s->column_count + 1) * sizeof(struct eng_column *));
    if (s->by_name == NULL)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < s->column_count; i++) {
        struct eng_column *c = &s->columns[i];

        s->fixed_count += ese_column_is_fixed(c->c.id);
        s->variable_count += ese_column_is_variable(c->c.id);
        s->tagged_count += c->c.id >= ESE_COLUMN_TAGGED_MIN;
        if (c->c.coltyp == ESE_COLTYP_NIL)
            continue;
        s->by_name[s->live_count++] = c;
        if (c->c.flags & ESE_FIELD_AUTOINCREMENT)
            s->autoincrement = c;
        if (c->c.flags & ESE_FIELD_VERSION)
            s->version_column = c;
        s->not_null |= (c->c.flags & ESE_FIELD_NOT_NULL) != 0;
        s->escrow |= (c->c.flags & ESE_FIELD_ESCROW_UPDATE) != 0;
    }
    for (unsigned i = 0; i < s->column_count; i++)
        if (column_at(s, s->columns[i].c.id) != &s->columns[i])
            return JET_errCatalogCorrupted;
    if (s->live_count > 0)
        qsort(s->by_name, s->live_count, sizeof(struct eng_column *), by_column_name);
    return JET_errSuccess;
}

static void finish_tuples(struct eng_index *x)
{
    const uint8_t *p = x->x.tuple_limits.data;

    if (x->x.tuple_limits.size < 12)
        return;
    x->tuples = true;
    x->tuple_min = ese_get_u32(p);
    x->tuple_max = ese_get_u32(p + 4);
    x->tuple_to = ese_get_u32(p + 8);
    x->tuple_increment = x->x.tuple_limits.size >= 20 ? ese_get_u32(p + 12) : 1;
    x->tuple_start = x->x.tuple_limits.size >= 20 ? ese_get_u32(p + 16) : 0;
}

/* Opens the collation of an index with Unicode text, and looks whether its keys are of the same. */
static JET_ERR finish_collation(struct eng_index *x)
{
    uint8_t id[ENG_SORT_ID];
    JET_ERR err;

    for (unsigned i = 0; i < x->x.segment_count; i++)
        x->unicode |= ese_coltyp_is_text(x->columns[i]->c.coltyp) &&
                      x->columns[i]->c.code_page == ESE_CODE_PAGE_UNICODE;
    if (!x->unicode || x->foreign)
        return JET_errSuccess;
    err = eng_collation_open(&x->x, &x->collation);
    if (err)
        return err;
    x->collator = (struct ese_collator){.sort_key = eng_collation_key, .self = x->collation};
    eng_collation_id(x->collation, id);
    x->stale = x->x.sort_id.size != 0 &&
               (x->x.sort_id.size != sizeof id || memcmp(x->x.sort_id.data, id, sizeof id) != 0);
    return JET_errSuccess;
}

static JET_ERR finish_index(struct eng_schema *s, struct eng_index *x)
{
    x->primary = (x->x.flags & ESE_INDEX_PRIMARY) != 0;
    x->unique = (x->x.flags & ESE_INDEX_UNIQUE) != 0;
    x->multi = -1;
    for (unsigned i = 0; i < x->x.segment_count; i++) {
        x->columns[i] = eng_column_by_id(s, x->x.segments[i].column_id);
        if (x->columns[i] == NULL)
            return JET_errCatalogCorrupted;
        if (x->multi < 0 && (x->columns[i]->c.flags & ESE_FIELD_MULTI_VALUED))
            x->multi = (int)i;
    }
    for (unsigned i = 0; i < x->x.condition_count; i++) {
        x->conditions[i] = eng_column_by_id(s, x->x.conditions[i].column_id);
        if (x->conditions[i] == NULL)
            return JET_errCatalogCorrupted;
    }
    if (x->primary)
        s->primary = x;
    finish_tuples(x);
    return finish_collation(x);
}

JET_ERR eng_schema_finish(struct eng_schema *s, uint32_t page_size)
{
    JET_ERR err = finish_columns(s);

    for (unsigned i = 0; i < s->index_count && !err; i++)
        err = finish_index(s, &s->indexes[i]);
    if (s->lv_chunk == 0)
        s->lv_chunk = ese_lv_chunk_size(page_size);
    s->record_max = eng_record_max(page_size, s->primary != NULL ? s->primary->x.key_most : 0);
    return err;
}

/* ---- from the catalog ---- */

static JET_ERR collect_row(void *ctx, const struct eng_catalog_row *row)
{
    struct row_list *list = ctx;

    if (list->count == list->room) {
        size_t room = list->room * 2 + 16;
        struct eng_catalog_row *grown = mem_grow(list->rows, room * sizeof *grown);

        if (grown == NULL)
            return JET_errOutOfMemory;
        list->rows = grown;
        list->room = room;
    }
    list->rows[list->count++] = *row;
    return JET_errSuccess;
}

static void take_column(struct eng_schema *s, const struct eng_catalog_row *row, bool inherited)
{
    struct eng_column *c = &s->columns[s->column_count++];

    c->order = s->column_count;
    c->inherited = inherited;
    c->c = (struct ese_column){
        .name = row->name,
        .id = (uint16_t)row->id,
        .coltyp = (uint8_t)row->coltyp_or_root,
        .code_page = (uint16_t)row->pages_or_locale,
        .record_offset = row->record_offset,
        .size_max = row->space,
        .flags = row->flags,
        .has_default = row->default_value.data != NULL,
        .value_default = row->default_value,
    };
}

static JET_ERR take_index(struct eng_schema *s, const struct eng_table *table,
                          const struct eng_catalog_row *row)
{
    struct eng_index *x = &s->indexes[s->index_count++];

    x->x = (struct ese_index){
        .name = row->name,
        .objid = row->id,
        .flags = row->flags,
        .key_most = row->key_most,
        .var_segment_max = row->var_seg_mac.size == 2 ? ese_get_u16(row->var_seg_mac.data) : 0,
        .lcid = row->pages_or_locale,
        .lcmap_flags = row->lcmap_flags,
        .locale_name = row->locale,
        .sort_version = row->version,
        .sort_id = row->sort_id,
        .tuple_limits = row->tuple_limits,
    };
    x->density = row->space;
    x->tree =
        row->flags & ESE_INDEX_PRIMARY ? table->tree : eng_tree(table->database->number, row->id);
    if (ese_index_segments_decode(&row->key_ids, true, x->x.segments, &x->x.segment_count) ||
        ese_index_segments_decode(&row->conditions, true, x->x.conditions, &x->x.condition_count) ||
        x->x.segment_count == 0 || x->x.key_most == 0 || x->x.key_most > ESE_KEY_MOST_MAX)
        return JET_errCatalogCorrupted;
    return JET_errSuccess;
}

/* Of a derived table the template's columns come first: `inherited` rows of the list. */
static JET_ERR take_rows(struct eng_schema *s, const struct eng_table *table,
                         const struct row_list *list, size_t inherited)
{
    JET_ERR err = JET_errSuccess;

    s->columns = arena_alloc(&s->arena, (list->count + 1) * sizeof *s->columns);
    s->indexes = arena_alloc(&s->arena, (list->count + 1) * sizeof *s->indexes);
    if (s->columns == NULL || s->indexes == NULL)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < inherited; i++)
        if (list->rows[i].type == ENG_CATALOG_COLUMN)
            take_column(s, &list->rows[i], true);
    for (size_t i = inherited; i < list->count && !err; i++) {
        const struct eng_catalog_row *row = &list->rows[i];

        if (row->type == ENG_CATALOG_TABLE) {
            s->name = row->name;
            s->template_table = row->template_table;
            s->flags = row->flags;
            s->density = row->space;
            s->pages = row->pages_or_locale;
            s->lv_chunk = row->lv_chunk;
            s->separate_lv = row->separate_lv.size == 4 ? ese_get_u32(row->separate_lv.data) : 0;
        } else if (row->type == ENG_CATALOG_COLUMN) {
            take_column(s, row, false);
        } else if (row->type == ENG_CATALOG_INDEX) {
            err = take_index(s, table, row);
        }
    }
    return s->name == NULL && !err ? JET_errCatalogCorrupted : err;
}

/* A template table stays as it was made (ddl_template.c): its rows are read beside any version. */
static JET_ERR collect_template(struct store_txn *txn, const struct eng_table *table,
                                const char *name, struct arena *arena, struct row_list *list)
{
    uint32_t objid = 0;
    JET_ERR err = strlen(name) > ESE_NAME_MAX ? JET_errCatalogCorrupted
                                              : eng_name_find(txn, table->database, name, &objid);

    if (!err)
        err = eng_catalog_each(txn, table->database, objid, arena, collect_row, list);
    return err == JET_errObjectNotFound ? JET_errCatalogCorrupted : err;
}

/* The rows of the template table, if any, then the table's own. */
struct collecting {
    struct store_txn *txn;
    const struct eng_table *table;
    struct arena *arena;
    struct row_list *list;
    size_t inherited;
};

/* The first row is the table's own, which names the template. */
static JET_ERR collect_own(void *ctx, const struct eng_catalog_row *row)
{
    struct collecting *c = ctx;
    JET_ERR err = JET_errSuccess;

    if (row->type == ENG_CATALOG_TABLE && row->template_table != NULL) {
        err = collect_template(c->txn, c->table, row->template_table, c->arena, c->list);
        c->inherited = c->list->count;
    }
    return err ? err : collect_row(c->list, row);
}

JET_ERR eng_schema_load(struct store_txn *txn, struct eng_table *table, uint32_t version,
                        struct eng_schema **ret_schema)
{
    struct eng_schema *s;
    struct row_list list = {0};
    struct collecting rows = {.txn = txn, .table = table, .list = &list};
    JET_ERR err;

    if (eng_table_is_foreign(table))
        return eng_foreign_schema(table, ret_schema);
    s = eng_schema_new();
    err = s == NULL ? JET_errOutOfMemory : JET_errSuccess;

    if (!err) {
        s->version = version;
        rows.arena = &s->arena;
        err = eng_catalog_each(txn, table->database, table->objid, &s->arena, collect_own, &rows);
    }
    if (!err)
        err = take_rows(s, table, &list, rows.inherited);
    if (!err)
        err = eng_schema_finish(s, table->page_size);
    if (!err)
        atomic_store(&table->lv_chunk, s->lv_chunk);
    mem_free(list.rows);
    if (err) {
        eng_schema_unref(s);
        return err;
    }
    *ret_schema = s;
    return JET_errSuccess;
}
