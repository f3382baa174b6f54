/* SPDX-License-Identifier: Apache-2.0
 *
 * foreign.c - databases that Windows has made: opening them, their tables as schemas (F1)
 */
#include "ese/engine/foreign.h"

#include "base/log.h"
#include "ese/edb/as_store.h"
#include "ese/edb/edb.h"
#include "ese/format/longvalue.h"

#include <string.h>

/* ---- opening and closing ---- */

static JET_ERR error_of(enum edb_status status)
{
    switch (status) {
    case EDB_OK: return JET_errSuccess;
    case EDB_IO: return JET_errDiskIO;
    case EDB_NO_MEMORY: return JET_errOutOfMemory;
    case EDB_DIRTY: return JET_errDatabaseDirtyShutdown;
    case EDB_UNSUPPORTED: return JET_errInvalidDatabaseVersion;
    default: return JET_errDatabaseCorrupted;
    }
}

static JET_ERR open_file(const char *path, unsigned options, struct edb_file **ret_file)
{
    struct edb_error error;
    enum edb_status status = edb_open(path, options, ret_file, &error);

    if (status != EDB_OK)
        log_line(LOG_LEVEL_ERROR, "a Windows database is not read: %s", error.text);
    return error_of(status);
}

JET_ERR eng_foreign_open(const char *path, bool dirty, struct eng_foreign **ret_foreign)
{
    struct eng_foreign *f = mem_alloc(sizeof *f);
    JET_ERR err =
        f == NULL ? JET_errOutOfMemory : open_file(path, dirty ? EDB_ALLOW_DIRTY : 0, &f->file);

    if (!err)
        err = eng_error(edb_store_new(f->file, &f->store));
    if (!err)
        err = eng_error(store_begin(f->store, STORE_TXN_READ_ONLY, &f->txn));
    if (err) {
        eng_foreign_close(f);
        return err;
    }
    *ret_foreign = f;
    return JET_errSuccess;
}

void eng_foreign_close(struct eng_foreign *take_foreign)
{
    if (take_foreign == NULL)
        return;
    store_abort(take_foreign->txn);
    (void)store_close(take_foreign->store);
    mem_free(take_foreign);
}

/* ---- facts ---- */

uint32_t eng_foreign_page_size(const struct eng_foreign *foreign)
{
    return edb_file_header(foreign->file)->page_size;
}

static void describe(const struct edb_file *file, struct ese_database_info *ret_info)
{
    const struct edb_header *h = edb_file_header(file);
    uint64_t pages = (uint64_t)edb_file_page_count(file) + 2; /* with the two of the header */

    *ret_info = (struct ese_database_info){
        .path = "",
        .version = h->version,
        .update = h->update_major,
        .page_size = h->page_size,
        .pages = pages,
        .owned_pages = pages,
        .state = h->state,
        .lcid = 1033,
        .is_database = true,
    };
}

void eng_foreign_info(const struct eng_foreign *foreign, struct ese_database_info *ret_info)
{
    describe(foreign->file, ret_info);
}

JET_ERR eng_foreign_file_info(const char *path, struct ese_database_info *ret_info)
{
    struct edb_file *file = NULL;
    JET_ERR err = open_file(path, EDB_HEADER_ONLY, &file);

    if (err)
        return err;
    describe(file, ret_info);
    edb_close(file);
    return JET_errSuccess;
}

/* ---- names ---- */

JET_ERR eng_foreign_find(const struct eng_foreign *foreign, const char *name, uint32_t *ret_objid)
{
    const struct edb_table *t = edb_table_find(foreign->file, name);

    if (t == NULL)
        return JET_errObjectNotFound;
    *ret_objid = t->objid;
    return JET_errSuccess;
}

const char *eng_foreign_name(const struct eng_foreign *foreign, size_t i, bool *ret_system)
{
    size_t count;
    const struct edb_table *tables = edb_tables(foreign->file, &count);

    if (i >= count)
        return NULL;
    *ret_system = (tables[i].flags & (uint32_t)ESE_TABLE_SYSTEM) != 0;
    return tables[i].name;
}

static const struct edb_table *table_of(const struct eng_table *table)
{
    size_t count;
    const struct edb_table *tables = edb_tables(table->database->foreign->file, &count);

    for (size_t i = 0; i < count; i++)
        if (tables[i].objid == table->objid)
            return &tables[i];
    return NULL;
}

uint64_t eng_foreign_lv_tree(const struct eng_table *table)
{
    const struct edb_table *t = table_of(table);

    return t == NULL || t->lv_root == 0 ? 0 : t->lv_objid;
}

/* ---- schemas ---- */

/* The ids of a kind come without gaps in a schema: where the file has forgotten a deleted column
 * stands one of no type. Returns how many columns there are with those; `out` may be NULL. */
static unsigned fill_columns(const struct edb_table *t, struct eng_column *out)
{
    uint16_t next = ESE_COLUMN_FIXED_MIN;
    unsigned count = 0, order = 0;

    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        uint16_t first = c->id <= ESE_COLUMN_FIXED_MAX      ? ESE_COLUMN_FIXED_MIN
                         : c->id <= ESE_COLUMN_VARIABLE_MAX ? ESE_COLUMN_VARIABLE_MIN
                                                            : ESE_COLUMN_TAGGED_MIN;

        for (next = next < first ? first : next; next < c->id; next++, count++)
            if (out != NULL)
                out[count].c = (struct ese_column){.name = "", .id = next};
        if (out != NULL)
            out[count] = (struct eng_column){.c = *c, .order = ++order};
        count++;
        next = (uint16_t)(c->id + 1);
    }
    return count;
}

static JET_ERR check_columns(const struct edb_table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];
        size_t size = ese_coltyp_size(c->coltyp);

        if (c->derived) {
            log_line(LOG_LEVEL_ERROR,
                     "tagged columns of a template table are not read table=%s column=%s", t->name,
                     c->name);
            return JET_errFeatureNotAvailable;
        }
        if (c->coltyp >= ESE_COLTYP_COUNT || c->coltyp == ESE_COLTYP_SLV)
            return JET_errInvalidColumnType;
        if (size != 0 && ese_column_is_fixed(c->id) && c->size_max != size)
            return JET_errCatalogCorrupted;
    }
    return JET_errSuccess;
}

static JET_ERR fill_indexes(const struct edb_table *t, struct eng_schema *s)
{
    s->indexes = arena_alloc(&s->arena, (t->index_count + 1) * sizeof *s->indexes);
    if (s->indexes == NULL)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < t->index_count; i++) {
        struct eng_index *x = &s->indexes[s->index_count++];
        bool primary = (t->indexes[i].def.flags & ESE_INDEX_PRIMARY) != 0;

        x->x = t->indexes[i].def;
        x->density = t->indexes[i].density;
        x->tree = primary ? t->objid : x->x.objid;
        x->foreign = true;
        if (x->x.segment_count == 0 || x->tree == 0)
            return JET_errCatalogCorrupted;
    }
    return JET_errSuccess;
}

static JET_ERR fill_schema(const struct edb_table *t, struct eng_schema *s)
{
    JET_ERR err = t->objid == 0 ? JET_errCatalogCorrupted : check_columns(t);

    if (err)
        return err;
    s->version = 1;
    s->name = t->name;
    s->template_table = t->template_name;
    s->flags = t->flags;
    s->density = t->density;
    s->pages = t->initial_pages;
    s->column_count = fill_columns(t, NULL);
    s->columns = arena_alloc(&s->arena, (s->column_count + 1) * sizeof *s->columns);
    if (s->columns == NULL)
        return JET_errOutOfMemory;
    (void)fill_columns(t, s->columns);
    return fill_indexes(t, s);
}

JET_ERR eng_foreign_schema(const struct eng_table *table, struct eng_schema **ret_schema)
{
    const struct edb_table *t = table_of(table);
    struct eng_schema *s = eng_schema_new();
    JET_ERR err = s == NULL ? JET_errOutOfMemory : JET_errSuccess;

    if (!err)
        err = t == NULL ? JET_errObjectNotFound : fill_schema(t, s);
    if (!err)
        err = eng_schema_finish(s, table->page_size);
    if (err) {
        eng_schema_unref(s);
        return err;
    }
    *ret_schema = s;
    return JET_errSuccess;
}
