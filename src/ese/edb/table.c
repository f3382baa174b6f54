/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - tables and their columns: order, inheritance from templates, look-up
 */
#include "ese/edb/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Fixed and variable columns by id; then tagged ones, derived before own, by id. */
static uint32_t column_rank(uint16_t id, bool derived)
{
    return id <= ESE_COLUMN_VARIABLE_MAX ? id : (derived ? 0x10000u : 0x20000u) + id;
}

static int compare_columns(const void *a, const void *b)
{
    const struct ese_column *x = a, *y = b;
    uint32_t i = column_rank(x->id, x->derived), j = column_rank(y->id, y->derived);

    return (i > j) - (i < j);
}

static int compare_tables(const void *a, const void *b)
{
    const struct edb_table *x = a, *y = b;

    return (x->objid > y->objid) - (x->objid < y->objid);
}

/* Puts the template's columns in front of the table's own. */
static enum edb_status inherit(struct edb_file *f, struct edb_table *t)
{
    const struct edb_table *base = edb_table_find(f, t->template_name);
    struct ese_column *all;
    size_t count;

    if (base == NULL || base->template_name != NULL || !(base->flags & ESE_TABLE_TEMPLATE))
        return edb_fail(f, EDB_CORRUPT, 0, "table %s derives from %s, which is no template",
                        t->name, t->template_name);
    count = base->column_count + t->column_count;
    all = mem_alloc(count * sizeof *all);
    if (all == NULL)
        return edb_fail_memory(f);
    for (size_t i = 0; i < base->column_count; i++) {
        all[i] = base->columns[i];
        all[i].derived = all[i].id > ESE_COLUMN_VARIABLE_MAX;
    }
    if (t->column_count > 0)
        memcpy(all + base->column_count, t->columns, t->column_count * sizeof *all);
    mem_free(t->columns);
    t->columns = all;
    t->column_count = count;
    return EDB_OK;
}

static enum edb_status sort_columns(struct edb_file *f, struct edb_table *t)
{
    if (t->column_count > 0)
        qsort(t->columns, t->column_count, sizeof *t->columns, compare_columns);
    for (size_t i = 1; i < t->column_count; i++)
        if (compare_columns(&t->columns[i - 1], &t->columns[i]) == 0)
            return edb_fail(f, EDB_CORRUPT, 0, "table %s has two columns numbered %u", t->name,
                            t->columns[i].id);
    return EDB_OK;
}

enum edb_status edb_tables_finish(struct edb_file *f)
{
    enum edb_status s = EDB_OK;

    qsort(f->tables, f->table_count, sizeof *f->tables, compare_tables);
    for (size_t i = 1; i < f->table_count; i++)
        if (f->tables[i - 1].objid == f->tables[i].objid)
            return edb_fail(f, EDB_CORRUPT, 0, "two tables have the number %u", f->tables[i].objid);
    for (size_t i = 0; i < f->table_count && s == EDB_OK; i++)
        if (f->tables[i].template_name != NULL)
            s = inherit(f, &f->tables[i]);
    for (size_t i = 0; i < f->table_count && s == EDB_OK; i++)
        s = sort_columns(f, &f->tables[i]);
    return s;
}

const struct edb_table *edb_tables(const struct edb_file *f, size_t *ret_count)
{
    *ret_count = f->table_count;
    return f->tables;
}

const struct edb_table *edb_table_find(const struct edb_file *f, const char *name)
{
    for (size_t i = 0; i < f->table_count; i++)
        if (strcasecmp(f->tables[i].name, name) == 0)
            return &f->tables[i];
    return NULL;
}

const struct ese_column *edb_column_find(const struct edb_table *t, uint16_t id, bool derived)
{
    const struct ese_column key = {.id = id, .derived = derived};

    if (t->column_count == 0)
        return NULL;
    return bsearch(&key, t->columns, t->column_count, sizeof *t->columns, compare_columns);
}
