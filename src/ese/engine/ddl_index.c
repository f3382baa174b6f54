/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl_index.c - indexes of tables that are there: made over their rows, deleted
 *
 * Both close the table's gate (schema.h): nobody who does not know of the change writes rows.
 */
#include "ese/engine/cursor.h"

#include "base/log.h"
#include "ese/format/bytes.h"

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
        err = eng_gate_close(step, table, true);
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

static JET_ERR create_indexes(struct ese_cursor *cursor, struct ese_index_def *defs, unsigned count)
{
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, ENG_DDL_ADD, &step);

    if (err)
        return err;
    for (unsigned i = 0; i < count && !err; i++)
        defs[i].err = err = create_index(cursor, &step, &defs[i]);
    return eng_step_end(&step, err);
}

JET_ERR eng_create_indexes(struct ese_session *session, struct ese_cursor *cursor,
                           struct ese_index_def *defs, unsigned count)
{
    JET_ERR err;

    if (session->level > 0) /* it has its snapshot already */
        return create_indexes(cursor, defs, count);
    eng_gate_hold(cursor->table);
    err = create_indexes(cursor, defs, count);
    eng_gate_let_go(cursor->table);
    return err;
}

static JET_ERR drop_index(struct eng_step *step, struct eng_table *table, const struct eng_index *x)
{
    JET_ERR err = eng_gate_close(step, table, false);

    if (!err)
        err = eng_table_change(step, table, ENG_CHANGE_ALTER);
    if (!err)
        err = eng_catalog_erase(step->txn, table->database, table->objid, ENG_CATALOG_INDEX,
                                x->x.objid);
    return err ? err : eng_error(store_drop(step->txn, x->tree, eng_slice(NULL, 0)));
}

static JET_ERR delete_index(struct ese_cursor *cursor, const char *name)
{
    const struct eng_index *x;
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, ENG_DDL_CHANGE, &step);

    if (err)
        return err;
    x = eng_index_by_name(cursor->schema, name);
    if (x == NULL)
        err = JET_errIndexNotFound;
    else if (x->x.flags & ESE_INDEX_DERIVED)
        err = JET_errFixedInheritedDDL;
    else if (x->primary)
        err = JET_errIndexMustStay;
    else if (eng_index_in_use(cursor->table, x))
        err = JET_errIndexInUse;
    if (!err)
        err = drop_index(&step, cursor->table, x);
    return eng_step_end(&step, err);
}

JET_ERR eng_delete_index(struct ese_session *session, struct ese_cursor *cursor, const char *name)
{
    JET_ERR err;

    if (session->level > 0)
        return delete_index(cursor, name);
    eng_gate_hold(cursor->table);
    err = delete_index(cursor, name);
    eng_gate_let_go(cursor->table);
    return err;
}

/* ---- indexes whose order is another version's ---- */

/* The object numbers of all tables, in memory of the caller's. */
struct objids {
    uint32_t *list;
    size_t count;
};

static JET_ERR list_objids(struct eng_step *step, const struct eng_database *db,
                           struct objids *objids)
{
    struct store_cursor *scan = NULL;
    enum store_status s =
        store_cursor_open(step->store, eng_tree(db->number, ENG_OBJID_NAMES), &scan);
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    while (s == STORE_OK && !err) {
        struct store_slice value = store_cursor_value(scan);
        uint32_t *grown = mem_grow(objids->list, (objids->count + 1) * sizeof *grown);

        err = grown == NULL ? JET_errOutOfMemory : value.size != 4 ? JET_errCatalogCorrupted : 0;
        if (grown != NULL)
            objids->list = grown;
        if (!err)
            objids->list[objids->count++] = ese_get_u32(value.data);
        if (!err)
            s = store_cursor_step(scan, step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static JET_ERR drop_stale(struct eng_step *step, struct eng_database *db, uint32_t objid,
                          bool unicode, unsigned *count)
{
    struct eng_schema *schema = NULL;
    struct eng_table *table = NULL;
    JET_ERR err = eng_table_ref(db, objid, &table);

    if (err)
        return err;
    err = eng_schema_seen(step, table, &schema);
    for (unsigned i = 0; !err && i < schema->index_count; i++) {
        const struct eng_index *x = &schema->indexes[i];

        if (x->primary || !(x->stale || (unicode && x->unicode)))
            continue;
        log_line(LOG_LEVEL_WARNING,
                 "index deleted, its text may be in another order table=%s index=%s", schema->name,
                 x->x.name);
        err = drop_index(step, table, x);
        ++*count;
    }
    eng_schema_unref(schema);
    eng_table_unref(table);
    return err;
}

JET_ERR eng_delete_stale_indexes(struct ese_session *session, struct eng_database *db, bool unicode,
                                 unsigned *ret_count)
{
    struct objids objids = {0};
    struct eng_step step;
    JET_ERR err = eng_step_begin(session, db, ENG_WRITE, &step);

    if (err)
        return err;
    *ret_count = 0;
    err = list_objids(&step, db, &objids);
    for (size_t i = 0; i < objids.count && !err; i++)
        err = drop_stale(&step, db, objids.list[i], unicode, ret_count);
    mem_free(objids.list);
    return eng_step_end(&step, err);
}
