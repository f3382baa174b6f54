/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl_index.c - indexes of tables that are there: made over their rows, deleted
 *
 * Both close the table's gate (schema.h): nobody who does not know of the change writes rows.
 */
#include "ese/engine/cursor.h"

static JET_ERR check_new_index(struct ese_cursor *cursor, struct eng_step *step,
                               const struct ese_index_def *def)
{
    bool empty = true;
    JET_ERR err;

    if (eng_index_by_name(cursor->schema, def->name) != NULL)
        return JET_errIndexDuplicate;
    if (!(def->grbit & JET_bitIndexPrimary))
        return JET_errSuccess;
    if (cursor->schema->primary != NULL)
        return JET_errIndexHasPrimary;
    err = eng_table_is_empty(cursor, step, &empty);
    return !err && !empty ? JET_errTableNotEmpty : err;
}

static JET_ERR create_index(struct ese_cursor *cursor, struct eng_step *step,
                            struct ese_index_def *def)
{
    struct eng_table *table = cursor->table;
    struct eng_database *db = table->database;
    struct eng_schema *schema = NULL;
    struct eng_catalog_row row;
    struct arena arena;
    uint64_t id = 0;
    uint32_t version = 0;
    JET_ERR err = check_new_index(cursor, step, def);

    if (err)
        return err;
    arena_init(&arena, NULL, 0);
    err = eng_number_draw(table->instance, &db->objids, ENG_OBJID_FIRST, 1, &id);
    if (!err)
        err = eng_define_index(cursor->schema, table->instance->host, db->page_size, def,
                               (uint32_t)id, &arena, &row);
    if (!err)
        err = eng_gate_close(step, table);
    if (!err)
        err = eng_table_change(step, table, ENG_CHANGE_ALTER);
    if (!err) {
        row.objid = table->objid;
        err = eng_catalog_put(step->txn, db, &row, STORE_INSERT);
    }
    if (!err)
        err = eng_version_read(step->txn, table, &version);
    if (!err)
        err = eng_schema_load(step->txn, table, version, &schema);
    if (!err && !(def->grbit & JET_bitIndexPrimary))
        err = eng_index_build(step, table, schema, eng_index_by_name(schema, def->name));
    if (!err)
        eng_cursor_adopt(cursor, eng_schema_ref(schema));
    eng_schema_unref(schema);
    arena_fini(&arena);
    return err;
}

JET_ERR eng_create_indexes(struct ese_session *session, struct ese_cursor *cursor,
                           struct ese_index_def *defs, unsigned count)
{
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, &step);

    (void)session;
    if (err)
        return err;
    for (unsigned i = 0; i < count && !err; i++)
        defs[i].err = err = create_index(cursor, &step, &defs[i]);
    return eng_step_end(&step, err);
}

JET_ERR eng_delete_index(struct ese_session *session, struct ese_cursor *cursor, const char *name)
{
    struct eng_table *table = cursor->table;
    const struct eng_index *x;
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, &step);

    (void)session;
    if (err)
        return err;
    x = eng_index_by_name(cursor->schema, name);
    if (x == NULL)
        err = JET_errIndexNotFound;
    else if (x->primary)
        err = JET_errIndexMustStay;
    else if (x == cursor->index)
        err = JET_errIndexInUse;
    if (!err)
        err = eng_gate_close(&step, table);
    if (!err)
        err = eng_table_change(&step, table, ENG_CHANGE_ALTER);
    if (!err)
        err = eng_catalog_erase(step.txn, table->database, table->objid, ENG_CATALOG_INDEX,
                                x->x.objid);
    if (!err)
        err = eng_error(store_drop(step.txn, x->tree, eng_slice(NULL, 0)));
    return eng_step_end(&step, err);
}
