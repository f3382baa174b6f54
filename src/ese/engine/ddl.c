/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl.c - tables and columns: made, changed, deleted (indexes: ddl_index.c)
 *
 * Every change is one step: catalog rows, the table's new version (schema.h) and, where the cursor
 * goes on, its new schema.
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define OBJIDS_OF_TABLE 3 /* records, long values, escrow deltas */

/* ---- names ---- */

static enum store_status put_name(struct eng_step *step, const struct eng_database *db,
                                  const char *name, uint32_t objid)
{
    uint8_t key[ESE_NAME_MAX + 2], bytes[4];
    size_t size = eng_name_key(name, key);

    ese_put_u32(bytes, objid);
    return store_put(step->txn, eng_tree(db->number, ENG_OBJID_NAMES), eng_slice(key, size),
                     eng_slice(bytes, sizeof bytes), STORE_INSERT);
}

static JET_ERR erase_name(struct eng_step *step, const struct eng_database *db, const char *name)
{
    uint8_t key[ESE_NAME_MAX + 2];
    size_t size = eng_name_key(name, key);

    return eng_error(store_erase(step->txn, eng_tree(db->number, ENG_OBJID_NAMES),
                                 eng_slice(key, size), STORE_ERASE_PRESENT));
}

/* ---- JetCreateTable and its kin ---- */

/* A table being made. */
struct making {
    struct eng_step *step;
    struct eng_database *db;
    struct ese_table_def *def;
    struct eng_table *table;
    struct eng_schema *schema;
    const struct ese_cursor *template; /* NULL: none */
    struct arena arena;
};

static uint32_t table_flags(const struct making *m)
{
    JET_GRBIT grbit = m->def->grbit;
    uint32_t flags = m->template != NULL ? (uint32_t)ESE_TABLE_DERIVED : 0;

    if (grbit & JET_bitTableCreateTemplateTable)
        flags |= (uint32_t)ESE_TABLE_TEMPLATE | (uint32_t)ESE_TABLE_FIXED_DDL;
    if (grbit & JET_bitTableCreateFixedDDL)
        flags |= (uint32_t)ESE_TABLE_FIXED_DDL;
    return flags;
}

static uint32_t table_density(const struct making *m)
{
    if (m->def->density != 0)
        return m->def->density;
    return m->template != NULL ? m->template->schema->density : 80;
}

static JET_ERR put_table_rows(struct making *m)
{
    uint8_t separate[4];
    struct eng_catalog_row row = {
        .objid = m->table->objid,
        .type = ENG_CATALOG_TABLE,
        .id = m->table->objid,
        .coltyp_or_root = m->table->objid,
        .space = table_density(m),
        .flags = table_flags(m),
        .pages_or_locale = m->def->pages,
        .root = true,
        .lv_chunk = m->def->lv_chunk_max,
        .name = m->def->name,
        .template_table = m->template != NULL ? m->template->schema->name : NULL,
    };
    struct eng_catalog_row lv = {
        .objid = m->table->objid,
        .type = ENG_CATALOG_LONG_VALUE,
        .id = m->table->objid + 1,
        .coltyp_or_root = m->table->objid + 1,
        .space = 100,
        .name = "LV",
    };
    JET_ERR err;

    ese_put_u32(separate, m->def->separate_lv);
    if (m->def->separate_lv != 0)
        row.separate_lv = (struct ese_bytes){separate, sizeof separate};
    err = eng_catalog_put(m->step->txn, m->db, &row, STORE_INSERT);
    return err ? err : eng_catalog_put(m->step->txn, m->db, &lv, STORE_INSERT);
}

static JET_ERR put_columns(struct making *m)
{
    struct eng_layout layout = {.fixed_end = ESE_RECORD_HEADER};
    uint32_t most = eng_record_max(m->db->page_size, ESE_KEY_MOST_DEFAULT);
    JET_ERR err = JET_errSuccess;

    if (m->template != NULL)
        eng_layout_of(m->template->schema, &layout);
    for (unsigned i = 0; i < m->def->column_count && !err; i++) {
        struct ese_column_def *def = &m->def->columns[i];
        struct eng_catalog_row row;

        err = eng_define_column(&layout, def, &row);
        if (!err && layout.fixed_end > most)
            err = JET_errRecordTooBig;
        row.objid = m->table->objid;
        if (!err)
            err = eng_catalog_put(m->step->txn, m->db, &row, STORE_INSERT);
        def->err = err;
        if (!err) {
            def->id = row.id;
            m->def->created++;
        }
    }
    return err;
}

/* Two columns of one name lie beside each other in the order of names. */
static JET_ERR check_column_names(struct making *m)
{
    const struct eng_schema *s = m->schema;

    for (unsigned i = 1; i < s->live_count; i++)
        if (strcasecmp(s->by_name[i - 1]->c.name, s->by_name[i]->c.name) == 0) {
            for (unsigned n = 0; n < m->def->column_count; n++)
                if (strcasecmp(m->def->columns[n].name, s->by_name[i]->c.name) == 0)
                    m->def->columns[n].err = JET_errColumnDuplicate;
            return JET_errColumnDuplicate;
        }
    return JET_errSuccess;
}

static JET_ERR check_index_name(const struct making *m, unsigned at)
{
    const struct ese_index_def *defs = m->def->indexes;

    if (eng_index_by_name(m->schema, defs[at].name) != NULL) /* the template's */
        return JET_errIndexDuplicate;
    if ((defs[at].grbit & JET_bitIndexPrimary) && m->schema->primary != NULL)
        return JET_errIndexHasPrimary;
    for (unsigned i = 0; i < at; i++) {
        if (strcasecmp(defs[i].name, defs[at].name) == 0)
            return JET_errIndexDuplicate;
        if ((defs[i].grbit & JET_bitIndexPrimary) && (defs[at].grbit & JET_bitIndexPrimary))
            return JET_errIndexHasPrimary;
    }
    return JET_errSuccess;
}

static JET_ERR put_indexes(struct making *m)
{
    const struct ese_host *host = m->table->instance->host;
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < m->def->index_count && !err; i++) {
        struct ese_index_def *def = &m->def->indexes[i];
        struct eng_catalog_row row;
        uint64_t id = 0;

        err = check_index_name(m, i);
        if (!err)
            err = eng_number_draw(m->table->instance, &m->db->objids, ENG_OBJID_FIRST, 1, &id);
        if (!err)
            err = eng_define_index(m->schema, host, m->db->page_size, def, (uint32_t)id, &m->arena,
                                   &row);
        if (!err && (m->def->grbit & JET_bitTableCreateTemplateTable))
            row.flags |= ESE_INDEX_TEMPLATE;
        if (!err) {
            row.objid = m->table->objid;
            err = eng_catalog_put(m->step->txn, m->db, &row, STORE_INSERT);
        }
        def->err = err;
        m->def->created += err == JET_errSuccess;
    }
    return err;
}

static JET_ERR reload(struct making *m)
{
    uint32_t version = 0;
    JET_ERR err = eng_version_read(m->step->txn, m->table, &version);

    eng_schema_unref(m->schema);
    m->schema = NULL;
    return err ? err : eng_schema_load(m->step->txn, m->table, version, &m->schema);
}

static JET_ERR make_table(struct making *m)
{
    uint64_t objid = 0;
    enum store_status s;
    JET_ERR err =
        eng_number_draw(m->db->instance, &m->db->objids, ENG_OBJID_FIRST, OBJIDS_OF_TABLE, &objid);

    if (err)
        return err;
    if (objid > INT32_MAX)
        return JET_errOutOfObjectIDs;
    s = put_name(m->step, m->db, m->def->name, (uint32_t)objid);
    if (s)
        return s == STORE_EXISTS ? JET_errTableDuplicate : eng_error(s);
    err = eng_table_ref(m->db, (uint32_t)objid, &m->table);
    if (!err)
        err = eng_table_change(m->step, m->table, ENG_CHANGE_CREATE);
    if (!err)
        err = put_table_rows(m);
    if (err)
        return err;
    m->def->created = 1;
    err = put_columns(m);
    if (!err && m->template != NULL)
        err = eng_template_indexes(m->step, m->table, m->template, &m->arena);
    if (!err)
        err = reload(m);
    if (!err)
        err = check_column_names(m);
    if (!err && m->def->index_count > 0) {
        err = put_indexes(m);
        if (!err)
            err = reload(m);
    }
    return err;
}

static JET_ERR check_table_def(const struct ese_table_def *def)
{
    if ((def->grbit & JET_bitTableCreateTemplateTable) && def->template_table != NULL)
        return JET_errCannotNestDDL;
    if (def->grbit & JET_bitTableCreateNoFixedVarColumnsInDerivedTables)
        return JET_errInvalidGrbit;
    if (def->density != 0 && (def->density < 20 || def->density > 100))
        return JET_errDensityInvalid;
    return JET_errSuccess;
}

/* Until it is closed the cursor may add to what is fixed afterwards, but to no template. */
static JET_GRBIT first_grbit(const struct ese_table_def *def)
{
    const JET_GRBIT alone = JET_bitTableDenyRead;

    return def->grbit & JET_bitTableCreateTemplateTable ? alone : alone | JET_bitTablePermitDDL;
}

static JET_ERR create_table(struct ese_session *session, struct making *m,
                            struct ese_cursor **ret_cursor)
{
    struct ese_cursor *cursor = NULL;
    struct eng_step step;
    JET_ERR err = eng_step_begin(session, m->db, ENG_WRITE, &step);

    if (err)
        return err;
    m->step = &step;
    arena_init(&m->arena, NULL, 0);
    err = make_table(m);
    if (!err)
        err = eng_cursor_new(session, m->table, m->schema, first_grbit(m->def), &cursor);
    arena_fini(&m->arena);
    err = eng_step_end(&step, err);
    if (err < 0 && cursor != NULL)
        eng_close_cursor(session, cursor);
    else if (err >= 0)
        *ret_cursor = cursor;
    if (cursor != NULL && err >= 0)
        cursor->seen_changes = session->changes;
    eng_schema_unref(m->schema);
    if (m->table != NULL)
        eng_table_unref(m->table);
    return err;
}

JET_ERR eng_create_table(struct ese_session *session, JET_DBID dbid, struct ese_table_def *def,
                         struct ese_cursor **ret_cursor)
{
    struct making m = {.db = eng_database_of(session->instance, dbid), .def = def};
    struct ese_cursor *template = NULL;
    JET_ERR err = m.db == NULL ? JET_errInvalidDatabaseId : check_table_def(def);

    def->created = 0;
    if (!err && m.db->read_only)
        err = JET_errDatabaseFileReadOnly;
    if (!err && def->template_table != NULL)
        err = eng_template_open(session, dbid, def->template_table, &template);
    m.template = template;
    if (!err)
        err = create_table(session, &m, ret_cursor);
    if (template != NULL)
        eng_close_cursor(session, template);
    return err;
}

/* ---- deleting and renaming tables ---- */

/* Nobody may have the table open, nor another session be deleting it; instance.lock is held. */
static JET_ERR check_alone(const struct eng_table *table, const struct ese_session *session)
{
    if (table->delete_by != NULL)
        return JET_errTableLocked;
    LIST_FOR_EACH (it, &table->cursors) {
        const struct ese_cursor *c = LIST_ENTRY(it, struct ese_cursor, of_table);

        if (c->session != session && (c->grbit & JET_bitTableDenyRead))
            return JET_errTableLocked;
    }
    return list_is_empty(&table->cursors) ? JET_errSuccess : JET_errTableInUse;
}

/* Finds the table and takes it for this session. */
static JET_ERR claim(struct eng_step *step, struct eng_database *db, const char *name, bool deletes,
                     struct eng_table **ret_table)
{
    struct ese_instance *instance = db->instance;
    uint32_t objid = 0;
    JET_ERR err = eng_name_find(step->txn, db, name, &objid);

    if (!err)
        err = eng_table_ref(db, objid, ret_table);
    if (err)
        return err;
    pthread_mutex_lock(&instance->lock);
    err = check_alone(*ret_table, step->session);
    if (!err && deletes)
        (*ret_table)->delete_by = step->session;
    pthread_mutex_unlock(&instance->lock);
    return err;
}

struct dropping {
    struct eng_step *step;
    const struct eng_table *table;
};

static JET_ERR drop_row(void *ctx, const struct eng_catalog_row *row)
{
    struct dropping *d = ctx;
    uint32_t number = d->table->database->number;
    JET_ERR err =
        eng_catalog_erase(d->step->txn, d->table->database, row->objid, row->type, row->id);

    if (!err && row->type == ENG_CATALOG_INDEX && !(row->flags & ESE_INDEX_PRIMARY))
        err = eng_error(store_drop(d->step->txn, eng_tree(number, row->id), eng_slice(NULL, 0)));
    return err;
}

static JET_ERR drop_table(struct eng_step *step, struct eng_table *table, const char *name)
{
    struct dropping d = {.step = step, .table = table};
    struct arena arena;
    JET_ERR err = eng_table_change(step, table, ENG_CHANGE_DELETE);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = erase_name(step, table->database, name);
    if (!err)
        err = eng_catalog_each(step->txn, table->database, table->objid, &arena, drop_row, &d);
    for (uint64_t i = 0; i < OBJIDS_OF_TABLE && !err; i++)
        err = eng_error(store_drop(step->txn, table->tree + i, eng_slice(NULL, 0)));
    arena_fini(&arena);
    return err;
}

/* What the table's own row says of whether it may be deleted, or renamed. */
static JET_ERR check_flags(struct eng_step *step, const struct eng_table *table, uint32_t flags,
                           JET_ERR when_set)
{
    struct eng_catalog_row row = {0};
    struct arena arena;
    JET_ERR err;

    arena_init(&arena, NULL, 0);
    err = eng_catalog_get(step->txn, table->database, table->objid, ENG_CATALOG_TABLE, table->objid,
                          &arena, &row);
    arena_fini(&arena);
    return !err && (row.flags & flags) ? when_set : err;
}

static JET_ERR begin_on_table(struct ese_session *session, JET_DBID dbid,
                              struct eng_database **ret_db, struct eng_step *ret_step)
{
    *ret_db = eng_database_of(session->instance, dbid);
    if (*ret_db == NULL)
        return JET_errInvalidDatabaseId;
    if ((*ret_db)->read_only)
        return JET_errDatabaseFileReadOnly;
    return eng_step_begin(session, *ret_db, ENG_WRITE, ret_step);
}

JET_ERR eng_delete_table(struct ese_session *session, JET_DBID dbid, const char *name)
{
    struct ese_instance *instance = session->instance;
    struct eng_database *db = NULL;
    struct eng_table *table = NULL;
    struct eng_step step;
    bool noted = false;
    JET_ERR err = begin_on_table(session, dbid, &db, &step);

    if (err)
        return err;
    err = claim(&step, db, name, true, &table);
    if (!err) {
        noted = true;
        err = check_flags(&step, table, ESE_TABLE_TEMPLATE, JET_errCannotDeleteTemplateTable);
    }
    if (!err)
        err = drop_table(&step, table, name);
    err = eng_step_end(&step, err);
    if (err < 0 && noted) { /* also when no change was noted yet */
        pthread_mutex_lock(&instance->lock);
        table->delete_by = NULL;
        pthread_mutex_unlock(&instance->lock);
    }
    if (table != NULL)
        eng_table_unref(table);
    return err;
}

/* Changes a row of the catalog: `edit` gets it and says what it is to be. */
static JET_ERR edit_row(struct eng_step *step, struct eng_table *table, uint16_t type, uint32_t id,
                        void (*edit)(struct eng_catalog_row *row, const void *ctx), const void *ctx)
{
    struct eng_catalog_row row;
    struct arena arena;
    JET_ERR err = eng_table_change(step, table, ENG_CHANGE_ALTER);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = eng_catalog_get(step->txn, table->database, table->objid, type, id, &arena, &row);
    if (!err) {
        edit(&row, ctx);
        err = eng_catalog_put(step->txn, table->database, &row, STORE_REPLACE);
    }
    arena_fini(&arena);
    return err;
}

static void edit_name(struct eng_catalog_row *row, const void *ctx)
{
    row->name = ctx;
}

JET_ERR eng_rename_table(struct ese_session *session, JET_DBID dbid, const char *name,
                         const char *new_name)
{
    struct eng_database *db = NULL;
    struct eng_table *table = NULL;
    struct eng_step step;
    enum store_status s = STORE_OK;
    JET_ERR err = begin_on_table(session, dbid, &db, &step);

    if (err)
        return err;
    err = claim(&step, db, name, false, &table);
    if (!err)
        err = check_flags(&step, table, (uint32_t)ESE_TABLE_FIXED_DDL, JET_errFixedDDL);
    if (!err)
        err = erase_name(&step, db, name);
    if (!err)
        s = put_name(&step, db, new_name, table->objid);
    if (s)
        err = s == STORE_EXISTS ? JET_errTableDuplicate : eng_error(s);
    if (!err)
        err = edit_row(&step, table, ENG_CATALOG_TABLE, table->objid, edit_name, new_name);
    err = eng_step_end(&step, err);
    if (table != NULL)
        eng_table_unref(table);
    return err;
}

/* ---- columns ---- */

static bool is_indexed(const struct eng_schema *s, const struct eng_column *c)
{
    for (unsigned i = 0; i < s->index_count; i++) {
        const struct eng_index *x = &s->indexes[i];

        for (unsigned n = 0; n < x->x.segment_count; n++)
            if (x->columns[n] == c)
                return true;
        for (unsigned n = 0; n < x->x.condition_count; n++)
            if (x->conditions[n] == c)
                return true;
    }
    return false;
}

JET_ERR eng_ddl_begin(struct ese_cursor *cursor, enum eng_ddl kind, struct eng_step *ret_step)
{
    bool permitted = kind == ENG_DDL_ADD && (cursor->grbit & JET_bitTablePermitDDL);
    JET_ERR err;

    if (eng_table_is_temp(cursor->table))
        return JET_errIllegalOperation;
    err = eng_cursor_step(cursor, ENG_WRITE, ret_step);
    if (err)
        return err;
    if (cursor->grbit & JET_bitTableReadOnly)
        err = JET_errPermissionDenied;
    else if ((cursor->schema->flags & (uint32_t)ESE_TABLE_TEMPLATE) ||
             ((cursor->schema->flags & ESE_TABLE_FIXED_DDL) && !permitted))
        err = JET_errFixedDDL;
    return err ? eng_step_end(ret_step, err) : JET_errSuccess;
}

JET_ERR eng_table_is_empty(struct ese_cursor *cursor, struct eng_step *step, bool *ret_empty)
{
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(step->store, cursor->table->tree, &scan);

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    *ret_empty = s == STORE_NOT_FOUND;
    store_cursor_close(scan);
    return s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

static JET_ERR add_column(struct ese_cursor *cursor, struct eng_step *step,
                          struct ese_column_def *def)
{
    const JET_GRBIT own = JET_bitColumnEscrowUpdate | JET_bitColumnAutoincrement;
    struct eng_catalog_row row;
    struct eng_layout layout;
    bool empty = true;
    JET_ERR err;

    if (eng_column_by_name(cursor->schema, def->name) != NULL)
        return JET_errColumnDuplicate;
    eng_layout_of(cursor->schema, &layout);
    err = eng_define_column(&layout, def, &row);
    if (!err && layout.fixed_end > cursor->schema->record_max)
        err = JET_errRecordTooBig;
    if (!err && (def->grbit & own))
        err = eng_table_is_empty(cursor, step, &empty);
    if (!err && !empty && (def->grbit & JET_bitColumnEscrowUpdate))
        err = JET_errTableNotEmpty;
    if (!err && (def->grbit & JET_bitColumnAutoincrement))
        err = eng_gate_close(step, cursor->table, true);
    if (!err)
        err = eng_table_change(step, cursor->table, ENG_CHANGE_ALTER);
    if (err)
        return err;
    row.objid = cursor->table->objid;
    def->id = row.id;
    err = eng_catalog_put(step->txn, cursor->table->database, &row, STORE_INSERT);
    if (!err && !empty && (def->grbit & JET_bitColumnAutoincrement))
        err = eng_number_rows(step, cursor->table);
    return err;
}

JET_ERR eng_add_column(struct ese_session *session, struct ese_cursor *cursor,
                       struct ese_column_def *def)
{
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, ENG_DDL_ADD, &step);

    (void)session;
    if (err)
        return def->err = err;
    err = eng_step_end(&step, add_column(cursor, &step, def));
    if (err >= 0)
        err = eng_cursor_refresh(cursor);
    return def->err = err;
}

/* Its id stays taken and its place in records stays: only the row's type and name go. */
static void edit_deleted(struct eng_catalog_row *row, const void *ctx)
{
    row->name = ctx;
    row->coltyp_or_root = ESE_COLTYP_NIL;
    row->flags = 0;
    row->default_value = (struct ese_bytes){0};
}

JET_ERR eng_delete_column(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                          JET_GRBIT grbit)
{
    const struct eng_column *c;
    struct eng_step step;
    char stub[ESE_NAME_MAX];
    JET_ERR err = eng_ddl_begin(cursor, ENG_DDL_CHANGE, &step);

    (void)session;
    if (err)
        return err;
    c = eng_column_by_name(cursor->schema, name);
    if (c != NULL && c->inherited && !(grbit & JET_bitDeleteColumnIgnoreTemplateColumns)) {
        err = JET_errFixedInheritedDDL;
    } else if (c == NULL || c->inherited) {
        err = JET_errColumnNotFound;
    } else if (is_indexed(cursor->schema, c)) {
        err = JET_errColumnInUse;
    } else {
        snprintf(stub, sizeof stub, "JetStub_%u_%u", cursor->table->objid, c->c.id);
        err = edit_row(&step, cursor->table, ENG_CATALOG_COLUMN, c->c.id, edit_deleted, stub);
    }
    return eng_step_end(&step, err);
}

JET_ERR eng_rename_column(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                          const char *new_name)
{
    const struct eng_column *c, *other;
    struct eng_step step;
    JET_ERR err = eng_ddl_begin(cursor, ENG_DDL_CHANGE, &step);

    (void)session;
    if (err)
        return err;
    c = eng_column_by_name(cursor->schema, name);
    other = eng_column_by_name(cursor->schema, new_name);
    if (c == NULL || c->inherited)
        err = JET_errColumnNotFound;
    else if (other != NULL && other != c)
        err = JET_errColumnDuplicate;
    else
        err = edit_row(&step, cursor->table, ENG_CATALOG_COLUMN, c->c.id, edit_name, new_name);
    return eng_step_end(&step, err);
}

static void edit_default(struct eng_catalog_row *row, const void *ctx)
{
    const struct ese_bytes *value = ctx;

    row->default_value = value->size > 0 ? *value : (struct ese_bytes){0};
    row->flags &= ~(uint32_t)ESE_FIELD_DEFAULT;
    if (value->size > 0)
        row->flags |= ESE_FIELD_DEFAULT;
}

static JET_ERR set_default(struct eng_step *step, struct eng_table *table, const char *column,
                           const struct ese_bytes *value)
{
    struct eng_schema *schema = NULL;
    const struct eng_column *c;
    size_t fixed;
    JET_ERR err = eng_schema_seen(step, table, &schema);

    if (err)
        return err;
    c = eng_column_by_name(schema, column);
    fixed = c == NULL ? 0 : ese_coltyp_size(c->c.coltyp);
    if (c == NULL || c->inherited)
        err = JET_errColumnNotFound;
    else if (schema->flags & ESE_TABLE_FIXED_DDL)
        err = JET_errFixedDDL;
    else if (is_indexed(schema, c)) /* rows that show the default stand in the index under it */
        err = JET_errColumnInUse;
    else if (fixed != 0 && value->size != 0 && value->size != fixed)
        err = JET_errInvalidBufferSize;
    else if (value->size > JET_cbLVDefaultValueMost)
        err = JET_errDefaultValueTooBig;
    else
        err = edit_row(step, table, ENG_CATALOG_COLUMN, c->c.id, edit_default, value);
    eng_schema_unref(schema);
    return err;
}

JET_ERR eng_set_default(struct ese_session *session, JET_DBID dbid, const char *table_name,
                        const char *column, const void *data, uint32_t size)
{
    struct ese_bytes value = {data, size};
    struct eng_database *db = NULL;
    struct eng_table *table = NULL;
    uint32_t objid = 0;
    struct eng_step step;
    JET_ERR err = begin_on_table(session, dbid, &db, &step);

    if (err)
        return err;
    err = eng_name_find(step.txn, db, table_name, &objid);
    if (!err)
        err = eng_table_ref(db, objid, &table);
    if (!err)
        err = set_default(&step, table, column, &value);
    err = eng_step_end(&step, err);
    if (table != NULL)
        eng_table_unref(table);
    return err;
}
