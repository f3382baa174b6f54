/* SPDX-License-Identifier: Apache-2.0
 *
 * catalog.c - the tables, columns and indexes of a database, from MSysObjects
 *
 * The catalog is a table itself, whose place and columns are known beforehand. Its rows come by
 * table, then by type, then by id, so that one pass builds everything: a table's own row first,
 * then its columns, its indexes and its long value tree. If that pass fails, it is made again on
 * the shadow copy.
 *
 * The rows that describe MSysObjects itself hold no true offsets of fixed columns; those known
 * beforehand are used instead.
 */
#include "ese/edb/edb_internal.h"

#include "base/log.h"
#include "ese/edb/table.h"
#include "ese/format/bytes.h"

#include <stdlib.h>
#include <string.h>

enum catalog_column {
    CAT_OBJID_TABLE = 1,
    CAT_TYPE = 2,
    CAT_ID = 3,
    CAT_COLTYP_OR_PAGE = 4,
    CAT_SPACE_USAGE = 5,
    CAT_FLAGS = 6,
    CAT_PAGES_OR_LOCALE = 7,
    CAT_ROOT_FLAG = 8,
    CAT_RECORD_OFFSET = 9,
    CAT_LCMAP_FLAGS = 10,
    CAT_KEY_MOST = 11,
    CAT_LV_CHUNK_MAX = 12,
    CAT_FIXED_COUNT = 13,
    CAT_NAME = 128,
    CAT_TEMPLATE_TABLE = 130,
    CAT_DEFAULT_VALUE = 131,
    CAT_KEY_FIELD_IDS = 132,
    CAT_VAR_SEGMENT_MAC = 133,
    CAT_CONDITIONAL_COLUMNS = 134,
    CAT_TUPLE_LIMITS = 135,
    CAT_VERSION = 136,
    CAT_SORT_ID = 137,
    CAT_LOCALE_NAME = 261,
};

enum catalog_type { TYPE_TABLE = 1, TYPE_COLUMN = 2, TYPE_INDEX = 3, TYPE_LONG_VALUE = 4 };

/* Where the catalog's own fixed columns lie, by column id. */
static const struct {
    uint16_t offset;
    uint16_t size;
} fixed_places[CAT_FIXED_COUNT + 1] = {
    [1] = {4, 4},   [2] = {8, 2},   [3] = {10, 4},  [4] = {14, 4}, [5] = {18, 4},
    [6] = {22, 4},  [7] = {26, 4},  [8] = {30, 1},  [9] = {31, 2}, [10] = {33, 4},
    [11] = {37, 2}, [12] = {39, 4}, [13] = {43, 8},
};

/* A pass over the catalog. */
struct load {
    struct edb_file *f;
    struct edb_cursor cursor;
    struct ese_record row;
    struct edb_table *table; /* the one whose rows come now */
    size_t column_room, index_room;
};

static enum edb_status bad_row(struct load *l, const char *what)
{
    return edb_fail(l->f, EDB_CORRUPT, l->cursor.levels[l->cursor.depth - 1].page.number,
                    "a row of the catalog: %s", what);
}

/* The bytes of a catalog column; none when it is NULL or absent. */
static enum edb_status get_bytes(struct load *l, uint16_t id, struct ese_bytes *ret_bytes)
{
    struct ese_column c = {.id = id};
    struct ese_field field;

    if (id <= CAT_FIXED_COUNT) {
        c.record_offset = fixed_places[id].offset;
        c.size_max = fixed_places[id].size;
    }
    *ret_bytes = (struct ese_bytes){NULL, 0};
    if (ese_record_field(&l->row, &c, &field) != ESE_FORMAT_OK)
        return bad_row(l, "a column leads out of it");
    if (field.presence == ESE_PRESENT && field.count == 1 &&
        !(field.flags & (ESE_TAGGED_SEPARATED | ESE_TAGGED_COMPRESSED)))
        *ret_bytes = field.stored;
    return EDB_OK;
}

/* A fixed column of the catalog as a number; 0 when NULL. */
static enum edb_status get_number(struct load *l, uint16_t id, uint32_t *ret_number)
{
    struct ese_bytes b;
    enum edb_status s = get_bytes(l, id, &b);

    *ret_number = b.size == 4 ? ese_get_u32(b.data) : b.size == 2 ? ese_get_u16(b.data) : 0;
    return s;
}

static enum edb_status keep_bytes(struct load *l, uint16_t id, struct ese_bytes *ret_kept)
{
    struct ese_bytes b;
    enum edb_status s = get_bytes(l, id, &b);
    uint8_t *copy;

    *ret_kept = (struct ese_bytes){NULL, 0};
    if (s != EDB_OK || b.data == NULL)
        return s;
    copy = arena_alloc(&l->f->arena, b.size + 1); /* the last stays 0: a name is a C string */
    if (copy == NULL)
        return edb_fail_memory(l->f);
    memcpy(copy, b.data, b.size);
    *ret_kept = (struct ese_bytes){copy, b.size};
    return EDB_OK;
}

/* NULL when the row has no such name. */
static enum edb_status keep_name(struct load *l, uint16_t id, const char **ret_name)
{
    struct ese_bytes b;
    enum edb_status s = keep_bytes(l, id, &b);

    *ret_name = (const char *)b.data;
    if (s == EDB_OK && b.data != NULL && memchr(b.data, 0, b.size) != NULL)
        return bad_row(l, "a name holds a NUL");
    return s;
}

static enum edb_status grow(struct edb_file *f, void **array, size_t count, size_t *room,
                            size_t size)
{
    size_t more = *room == 0 ? 8 : 2 * *room;
    void *p;

    if (count < *room)
        return EDB_OK;
    p = mem_grow(*array, more * size);
    if (p == NULL)
        return edb_fail_memory(f);
    *array = p;
    *room = more;
    return EDB_OK;
}

/* Runs `get` for each row of a list of { column, where }, until one fails. */
struct wanted {
    uint16_t column;
    uint32_t *number;
};

static enum edb_status get_numbers(struct load *l, const struct wanted *wanted, size_t count)
{
    enum edb_status s = EDB_OK;

    for (size_t i = 0; i < count && s == EDB_OK; i++)
        s = get_number(l, wanted[i].column, wanted[i].number);
    return s;
}

static enum edb_status add_table(struct load *l, uint32_t objid)
{
    struct edb_file *f = l->f;
    struct edb_table t = {.objid = objid};
    const struct wanted numbers[] = {
        {CAT_COLTYP_OR_PAGE, &t.root},
        {CAT_FLAGS, &t.flags},
        {CAT_SPACE_USAGE, &t.density},
        {CAT_PAGES_OR_LOCALE, &t.initial_pages},
    };
    void *tables = f->tables;
    enum edb_status s = keep_name(l, CAT_NAME, &t.name);

    if (s == EDB_OK)
        s = keep_name(l, CAT_TEMPLATE_TABLE, &t.template_name);
    if (s == EDB_OK)
        s = get_numbers(l, numbers, sizeof numbers / sizeof *numbers);
    if (s == EDB_OK && (t.name == NULL || t.root == 0))
        s = bad_row(l, "a table without name or root");
    if (s == EDB_OK)
        s = grow(f, &tables, f->table_count, &f->table_room, sizeof t);
    if (s != EDB_OK)
        return s;
    f->tables = tables;
    l->table = &f->tables[f->table_count++];
    *l->table = t;
    l->column_room = l->index_room = 0;
    return EDB_OK;
}

static bool describes_catalog(const struct edb_table *t)
{
    return t->objid == EDB_CATALOG_OBJID || t->objid == EDB_SHADOW_OBJID;
}

static enum edb_status add_column(struct load *l)
{
    struct ese_column c = {0};
    uint32_t id = 0, coltyp = 0, size = 0, code_page = 0, offset = 0;
    const struct wanted numbers[] = {
        {CAT_ID, &id},         {CAT_COLTYP_OR_PAGE, &coltyp},     {CAT_SPACE_USAGE, &size},
        {CAT_FLAGS, &c.flags}, {CAT_PAGES_OR_LOCALE, &code_page}, {CAT_RECORD_OFFSET, &offset},
    };
    void *columns = l->table->columns;
    enum edb_status s = get_numbers(l, numbers, sizeof numbers / sizeof *numbers);

    if (s == EDB_OK && (id == 0 || id > ESE_COLUMN_TAGGED_MAX))
        s = bad_row(l, "a column with a number that no column has");
    if (s != EDB_OK || coltyp == ESE_COLTYP_NIL) /* a deleted column's row keeps its number taken */
        return s;
    c.id = (uint16_t)id;
    c.coltyp = coltyp < ESE_COLTYP_COUNT ? (uint8_t)coltyp : UINT8_MAX;
    c.size_max = size;
    c.code_page = (uint16_t)code_page;
    c.record_offset = (uint16_t)offset;
    if (describes_catalog(l->table) && id <= CAT_FIXED_COUNT)
        c.record_offset = fixed_places[id].offset;
    s = keep_name(l, CAT_NAME, &c.name);
    if (s == EDB_OK && c.name == NULL)
        s = bad_row(l, "a column without a name");
    if (s == EDB_OK && (c.flags & ESE_FIELD_DEFAULT)) {
        s = keep_bytes(l, CAT_DEFAULT_VALUE, &c.value_default);
        c.has_default = c.value_default.data != NULL;
    }
    if (s == EDB_OK)
        s = grow(l->f, &columns, l->table->column_count, &l->column_room, sizeof c);
    if (s != EDB_OK)
        return s;
    l->table->columns = columns;
    l->table->columns[l->table->column_count++] = c;
    return EDB_OK;
}

static enum edb_status get_segments(struct load *l, uint16_t id, bool extended,
                                    struct ese_index_segment *ret_segments, uint8_t *ret_count)
{
    struct ese_bytes b;
    enum edb_status s = get_bytes(l, id, &b);

    if (s != EDB_OK)
        return s;
    if (ese_index_segments_decode(&b, extended, ret_segments, ret_count) != ESE_FORMAT_OK)
        return bad_row(l, "a list of key columns that is none");
    return EDB_OK;
}

static enum edb_status get_index_bytes(struct load *l, struct ese_index *d)
{
    const struct {
        uint16_t column;
        struct ese_bytes *bytes;
    } wanted[] = {
        {CAT_LOCALE_NAME, &d->locale_name},
        {CAT_VERSION, &d->sort_version},
        {CAT_SORT_ID, &d->sort_id},
        {CAT_TUPLE_LIMITS, &d->tuple_limits},
    };
    bool extended = (d->flags & ESE_INDEX_EXTENDED_COLUMNS) != 0;
    struct ese_bytes var_segment;
    enum edb_status s = keep_name(l, CAT_NAME, &d->name);

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && s == EDB_OK; i++)
        s = keep_bytes(l, wanted[i].column, wanted[i].bytes);
    if (s == EDB_OK)
        s = get_bytes(l, CAT_VAR_SEGMENT_MAC, &var_segment);
    if (s == EDB_OK && var_segment.size >= 2)
        d->var_segment_max = ese_get_u16(var_segment.data);
    if (s == EDB_OK)
        s = get_segments(l, CAT_KEY_FIELD_IDS, extended, d->segments, &d->segment_count);
    if (s == EDB_OK)
        s = get_segments(l, CAT_CONDITIONAL_COLUMNS, extended, d->conditions, &d->condition_count);
    if (s == EDB_OK && d->name == NULL)
        s = bad_row(l, "an index without a name");
    return s;
}

static enum edb_status add_index(struct load *l)
{
    struct edb_index x = {0};
    uint32_t key_most = 0;
    const struct wanted numbers[] = {
        {CAT_ID, &x.def.objid},
        {CAT_COLTYP_OR_PAGE, &x.root},
        {CAT_SPACE_USAGE, &x.density},
        {CAT_FLAGS, &x.def.flags},
        {CAT_PAGES_OR_LOCALE, &x.def.lcid},
        {CAT_LCMAP_FLAGS, &x.def.lcmap_flags},
        {CAT_KEY_MOST, &key_most},
    };
    void *indexes = l->table->indexes;
    enum edb_status s = get_numbers(l, numbers, sizeof numbers / sizeof *numbers);

    if (s == EDB_OK)
        s = get_index_bytes(l, &x.def);
    if (s == EDB_OK && key_most > ESE_KEY_MOST_MAX)
        s = bad_row(l, "an index with keys larger than any page allows");
    if (s == EDB_OK)
        s = grow(l->f, &indexes, l->table->index_count, &l->index_room, sizeof x);
    if (s != EDB_OK)
        return s;
    x.def.key_most = (uint16_t)(key_most == 0 ? ESE_KEY_MOST_DEFAULT : key_most);
    l->table->indexes = indexes;
    l->table->indexes[l->table->index_count++] = x;
    return EDB_OK;
}

static enum edb_status add_row(struct load *l)
{
    uint32_t objid = 0, type = 0, id = 0;
    const struct wanted numbers[] = {{CAT_OBJID_TABLE, &objid}, {CAT_TYPE, &type}, {CAT_ID, &id}};
    enum edb_status s = get_numbers(l, numbers, sizeof numbers / sizeof *numbers);

    if (s != EDB_OK)
        return s;
    if (type == TYPE_TABLE)
        return add_table(l, objid);
    if (l->table == NULL || l->table->objid != objid)
        return bad_row(l, "part of a table that is not there");
    switch (type) {
    case TYPE_COLUMN: return add_column(l);
    case TYPE_INDEX: return add_index(l);
    case TYPE_LONG_VALUE:
        l->table->lv_objid = id;
        return get_number(l, CAT_COLTYP_OR_PAGE, &l->table->lv_root);
    default: return EDB_OK; /* callbacks are a program's business */
    }
}

static void forget_tables(struct edb_file *f)
{
    for (size_t i = 0; i < f->table_count; i++) {
        mem_free(f->tables[i].columns);
        mem_free(f->tables[i].indexes);
    }
    f->table_count = 0;
}

static enum edb_status load_from(struct edb_file *f, uint32_t root, uint32_t objid)
{
    struct load l = {.f = f};
    enum edb_status s = edb_cursor_init(&l.cursor, f, root, objid, "the catalog");

    if (s != EDB_OK)
        return s;
    while ((s = edb_cursor_next(&l.cursor)) == EDB_OK) {
        const struct ese_bytes *b = &l.cursor.node.data;

        if (ese_record_open(&l.row, b->data, b->size, ese_record_form_of(f->header.page_size)) !=
            ESE_FORMAT_OK)
            s = bad_row(&l, "not a record");
        else
            s = add_row(&l);
        if (s != EDB_OK)
            break;
    }
    edb_cursor_fini(&l.cursor);
    if (s == EDB_END && f->table_count == 0)
        return edb_fail(f, EDB_CORRUPT, root, "an empty catalog");
    if (s == EDB_END)
        s = edb_tables_finish(f);
    if (s != EDB_OK)
        forget_tables(f);
    return s;
}

enum edb_status edb_catalog_load(struct edb_file *f)
{
    enum edb_status s = load_from(f, EDB_CATALOG_ROOT, EDB_CATALOG_OBJID);
    struct edb_error first = f->error;

    if (s != EDB_CORRUPT)
        return s;
    s = load_from(f, EDB_SHADOW_ROOT, EDB_SHADOW_OBJID);
    if (s != EDB_OK) {
        f->error = first;
        return first.status;
    }
    f->shadow_reason = mem_strdup(first.text);
    if (f->shadow_reason == NULL)
        return edb_fail_memory(f);
    log_line(LOG_LEVEL_WARNING, "using the shadow catalog reason=\"%s\"", first.text);
    return EDB_OK;
}
