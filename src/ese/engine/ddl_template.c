/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl_template.c - tables that begin as another one: what a derived table takes from its template
 *
 * A template table stays as it was made: none of its columns and indexes is changed, it is neither
 * renamed nor deleted. So a derived table names it and reads its columns there (schema.c); its own
 * come behind, by numbers and by places in records. Indexes have rows of their own in the catalog,
 * since each table has its own entries.
 */
#include "ese/engine/cursor.h"

JET_ERR eng_template_open(struct ese_session *session, JET_DBID dbid, const char *name,
                          struct ese_cursor **ret_cursor)
{
    struct ese_cursor *c = NULL;
    JET_ERR err = eng_open_table(session, dbid, name, JET_bitTableReadOnly, &c);

    if (err)
        return err;
    if (!(c->schema->flags & ESE_TABLE_TEMPLATE)) {
        eng_close_cursor(session, c);
        return JET_errDDLNotInheritable;
    }
    *ret_cursor = c;
    return JET_errSuccess;
}

struct inheriting {
    struct eng_step *step;
    struct eng_table *table; /* the derived one */
    const struct eng_schema *template;
    struct arena *arena;
};

/* The copy's entries are of this day's collation, whatever the template's are of. */
static JET_ERR set_sort_id(const struct inheriting *in, struct eng_catalog_row *row)
{
    const struct eng_index *x = eng_index_by_name(in->template, row->name);
    uint8_t *id;

    if (x == NULL || x->collation == NULL)
        return JET_errSuccess;
    id = arena_alloc(in->arena, ENG_SORT_ID);
    if (id == NULL)
        return JET_errOutOfMemory;
    eng_collation_id(x->collation, id);
    row->sort_id = (struct ese_bytes){id, ENG_SORT_ID};
    return JET_errSuccess;
}

static JET_ERR inherit_row(void *ctx, const struct eng_catalog_row *row)
{
    const struct inheriting *in = ctx;
    struct eng_database *db = in->table->database;
    struct eng_catalog_row copy = *row;
    uint64_t id = 0;
    JET_ERR err;

    if (row->type != ENG_CATALOG_INDEX)
        return JET_errSuccess;
    err = eng_number_draw(db->instance, &db->objids, ENG_OBJID_FIRST, 1, &id);
    copy.objid = in->table->objid;
    copy.id = copy.coltyp_or_root = (uint32_t)id;
    copy.flags &= ~(uint32_t)ESE_INDEX_TEMPLATE;
    copy.flags |= ESE_INDEX_DERIVED;
    if (!err)
        err = set_sort_id(in, &copy);
    return err ? err : eng_catalog_put(in->step->txn, db, &copy, STORE_INSERT);
}

JET_ERR eng_template_indexes(struct eng_step *step, struct eng_table *table,
                             const struct ese_cursor *template, struct arena *arena)
{
    struct inheriting in = {
        .step = step, .table = table, .template = template->schema, .arena = arena};

    return eng_catalog_each(step->txn, table->database, template->table->objid, arena, inherit_row,
                            &in);
}
