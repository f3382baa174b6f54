/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.c - cursors: opening and closing, the schema they see, the row they stand on
 */
#include "ese/engine/foreign.h"

#include <string.h>

JET_ERR eng_give(const void *data, size_t size, void *buffer, uint32_t capacity, uint32_t *ret_size,
                 JET_ERR when_short)
{
    size_t n = size < capacity ? size : capacity;

    if (n > 0)
        memcpy(buffer, data, n);
    *ret_size = (uint32_t)size;
    return size <= capacity ? JET_errSuccess : when_short;
}

/* ---- opening and closing ---- */

/* What the cursors on the table leave to this one; instance.lock is held. What others have shut out
 * is -1302; what this one would shut out, and somebody does, -1304. One's own cursors are in nobody's
 * way, but that only one of all may keep writers out. */
static JET_ERR check_sharing(const struct eng_table *table, const struct ese_session *session,
                             JET_GRBIT grbit)
{
    bool writes = !(grbit & JET_bitTableReadOnly), locked = false, in_use = false;

    if (table->deleted)
        return JET_errObjectNotFound;
    if (table->delete_by != NULL)
        return table->delete_by == session ? JET_errObjectNotFound : JET_errTableLocked;
    LIST_FOR_EACH (it, &table->cursors) {
        const struct ese_cursor *other = LIST_ENTRY(it, struct ese_cursor, of_table);

        in_use |= (grbit & JET_bitTableDenyWrite) && (other->grbit & JET_bitTableDenyWrite);
        if (other->session == session)
            continue;
        locked |= (other->grbit & JET_bitTableDenyRead) ||
                  ((other->grbit & JET_bitTableDenyWrite) && writes);
        in_use |= (grbit & JET_bitTableDenyRead) ||
                  ((grbit & JET_bitTableDenyWrite) && !(other->grbit & JET_bitTableReadOnly));
    }
    return locked ? JET_errTableLocked : in_use ? JET_errTableInUse : JET_errSuccess;
}

JET_ERR eng_cursor_new(struct ese_session *session, struct eng_table *table,
                       struct eng_schema *schema, JET_GRBIT grbit, struct ese_cursor **ret_cursor)
{
    struct ese_instance *instance = session->instance;
    struct ese_cursor *c = mem_alloc(sizeof *c);
    JET_ERR err;

    if (c == NULL)
        return JET_errOutOfMemory;
    c->session = session;
    c->table = table;
    c->grbit = grbit;
    c->place = ENG_FIRST_LATER;
    c->place_level = session->level;
    pthread_mutex_lock(&instance->lock);
    err = check_sharing(table, session, grbit);
    if (!err) {
        table->refs++;
        list_append(&table->cursors, &c->of_table);
    }
    pthread_mutex_unlock(&instance->lock);
    if (err) {
        mem_free(c);
        return err;
    }
    c->schema = eng_schema_ref(schema);
    c->seen_changes = session->changes;
    c->seen_view = session->view;
    c->seen_epoch = session->epoch;
    list_append(&session->cursors, &c->of_session);
    *ret_cursor = c;
    return JET_errSuccess;
}

void eng_close_cursor(struct ese_session *session, struct ese_cursor *take_cursor)
{
    struct ese_cursor *c = take_cursor;
    struct ese_instance *instance = session->instance;
    struct eng_table *table = c->table;

    eng_copy_cancel(c);
    eng_filter_free(c->filter);
    eng_cursor_forget_row(c);
    eng_cursor_forget_scan(c);
    list_remove(&c->of_session);
    pthread_mutex_lock(&instance->lock);
    list_remove(&c->of_table);
    pthread_mutex_unlock(&instance->lock);
    eng_schema_unref(c->schema);
    mem_free(c);
    if (eng_table_is_temp(table))
        eng_temp_publish(session); /* before its trees are dropped */
    eng_table_unref(table);
}

JET_ERR eng_open_table(struct ese_session *session, JET_DBID dbid, const char *name,
                       JET_GRBIT grbit, struct ese_cursor **ret_cursor)
{
    struct eng_database *db = eng_database_of(session->instance, dbid);
    struct eng_schema *schema = NULL;
    struct eng_table *table = NULL;
    struct eng_step step;
    JET_ERR err;

    if (db == NULL)
        return JET_errInvalidDatabaseId;
    if (db->read_only)
        grbit |= JET_bitTableReadOnly;
    err = eng_step_begin(session, db, ENG_READ, &step);
    if (err)
        return err;
    err = eng_table_seen(&step, db, name, &table, &schema);
    if (!err)
        err = eng_cursor_new(session, table, schema, grbit, ret_cursor);
    err = eng_step_end(&step, err);
    eng_schema_unref(schema);
    if (table != NULL)
        eng_table_unref(table);
    return err;
}

JET_ERR eng_dup_cursor(struct ese_session *session, struct ese_cursor *cursor,
                       struct ese_cursor **ret_cursor)
{
    const JET_GRBIT sharing = JET_bitTableDenyRead | JET_bitTableDenyWrite | JET_bitTablePermitDDL;
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    if (err)
        return err;
    err = eng_cursor_new(session, cursor->table, cursor->schema, cursor->grbit & ~sharing,
                         ret_cursor);
    return eng_step_end(&step, err);
}

JET_COLTYP eng_column_type(struct ese_cursor *cursor, JET_COLUMNID id)
{
    const struct eng_column *c = eng_column_by_id(cursor->schema, id);

    return c != NULL ? c->c.coltyp : JET_coltypNil;
}

const char *eng_current_index(struct ese_cursor *cursor)
{
    const struct eng_index *x = eng_cursor_index(cursor);

    return x != NULL ? x->x.name : "";
}

/* ---- the schema ---- */

static bool schema_may_differ(const struct ese_cursor *c, uint64_t view)
{
    if (eng_table_is_temp(c->table) || eng_table_is_foreign(c->table))
        return false;
    if (c->seen_changes != c->session->changes) /* S1 */
        return true;
    if (c->seen_view == view)
        return false;
    return atomic_load(&c->table->pending) > 0 || /* S2, in this order */
           atomic_load(&c->table->changed) > c->seen_epoch;
}

void eng_cursor_set_index(struct ese_cursor *c, struct eng_index *x)
{
    c->index = x;
    atomic_store(&c->index_objid, x != NULL ? x->x.objid : 0);
}

bool eng_index_in_use(const struct eng_table *table, const struct eng_index *x)
{
    bool found = false;

    pthread_mutex_lock(&table->instance->lock);
    LIST_FOR_EACH (it, &table->cursors)
        found |=
            atomic_load(&LIST_ENTRY(it, struct ese_cursor, of_table)->index_objid) == x->x.objid;
    pthread_mutex_unlock(&table->instance->lock);
    return found;
}

/* Takes a new version up: the current index by its id, or the primary when it has gone. */
void eng_cursor_adopt(struct ese_cursor *c, struct eng_schema *take_new)
{
    struct eng_index *found = NULL;

    for (unsigned i = 0; c->index != NULL && i < take_new->index_count; i++)
        if (take_new->indexes[i].x.objid == c->index->x.objid)
            found = &take_new->indexes[i];
    if (c->index != NULL && found == NULL)
        eng_cursor_set_place(c, ENG_BEFORE_FIRST);
    eng_cursor_set_index(c, found);
    c->key_begun = c->key_made = false;
    eng_schema_unref(c->schema);
    c->schema = take_new;
}

static JET_ERR refresh_schema(struct ese_cursor *c, struct eng_step *step)
{
    struct eng_schema *schema = NULL;
    uint32_t version = 0;
    JET_ERR err = eng_version_read(step->txn, c->table, &version);

    if (err)
        return err;
    if (version != c->schema->version) {
        err = eng_table_schema(step, c->table, version, &schema);
        if (err)
            return err;
        eng_cursor_adopt(c, schema);
    }
    c->seen_changes = c->session->changes;
    c->seen_epoch = c->session->epoch;
    return JET_errSuccess;
}

JET_ERR eng_cursor_step(struct ese_cursor *cursor, enum eng_mode mode, struct eng_step *ret_step)
{
    JET_ERR err = eng_step_begin(cursor->session, cursor->table->database, mode, ret_step);

    if (err)
        return err;
    if (schema_may_differ(cursor, ret_step->view))
        err = refresh_schema(cursor, ret_step);
    if (err)
        return eng_step_end(ret_step, err);
    cursor->seen_view = ret_step->view;
    return JET_errSuccess;
}

JET_ERR eng_cursor_refresh(struct ese_cursor *cursor)
{
    struct eng_step step;
    JET_ERR err;

    if (!schema_may_differ(cursor, cursor->session->level > 0 ? cursor->session->view : 0))
        return JET_errSuccess;
    err = eng_cursor_step(cursor, ENG_READ, &step);
    return err ? err : eng_step_end(&step, JET_errSuccess);
}

JET_ERR eng_cursor_writable(const struct ese_cursor *cursor)
{
    if (cursor->grbit & JET_bitTableReadOnly)
        return JET_errPermissionDenied;
    for (unsigned i = 0; i < cursor->schema->index_count; i++)
        if (cursor->schema->indexes[i].stale)
            return cursor->schema->indexes[i].primary ? JET_errPrimaryIndexCorrupted
                                                      : JET_errSecondaryIndexCorrupted;
    return JET_errSuccess;
}

/* ---- place and row ---- */

void eng_cursor_forget_row(struct ese_cursor *cursor)
{
    store_value_release(&cursor->row);
    cursor->row_known = false;
    cursor->row_in_scan = false;
    cursor->row_opened = false;
}

void eng_cursor_forget_scan(struct ese_cursor *cursor)
{
    eng_cursor_forget_row(cursor);
    store_cursor_close(cursor->scan);
    cursor->scan = NULL;
    cursor->scan_here = false;
}

void eng_cursor_set_place(struct ese_cursor *cursor, enum eng_place place)
{
    eng_cursor_forget_row(cursor);
    cursor->place = place;
    cursor->place_level = cursor->session->level;
    cursor->scan_here = false;
    cursor->itag = 0;
}

JET_ERR eng_cursor_on_entry(struct ese_cursor *cursor, struct eng_step *step)
{
    if (cursor->place == ENG_FIRST_LATER) {
        JET_ERR err = eng_cursor_first(cursor, step);

        if (err == JET_errNoCurrentRecord) /* a row may come yet */
            eng_cursor_set_place(cursor, ENG_FIRST_LATER);
        if (err)
            return err;
    }
    return cursor->place == ENG_ON_ENTRY ? JET_errSuccess : JET_errNoCurrentRecord;
}

JET_ERR eng_cursor_row(struct ese_cursor *cursor, struct eng_step *step,
                       struct store_slice *ret_record)
{
    uint64_t writes = cursor->session->writes;
    enum store_status s;
    JET_ERR err = eng_cursor_on_entry(cursor, step);

    if (err)
        return err;
    if (!cursor->row_known || cursor->row_view != step->view || cursor->row_writes != writes) {
        eng_cursor_forget_row(cursor);
        s = store_get(step->txn, cursor->table->tree,
                      eng_slice(cursor->bookmark, cursor->bookmark_size), &cursor->row);
        if (s == STORE_NOT_FOUND)
            return JET_errRecordDeleted;
        if (s)
            return eng_error(s);
        cursor->row_known = true;
        cursor->row_view = step->view;
        cursor->row_writes = writes;
    }
    *ret_record = cursor->row_in_scan ? store_cursor_value(cursor->scan)
                                      : eng_slice(cursor->row.data, cursor->row.size);
    return JET_errSuccess;
}

JET_ERR eng_cursor_row_view(struct ese_cursor *cursor, struct eng_step *step,
                            struct eng_view *ret_view)
{
    struct store_slice row;
    JET_ERR err = eng_cursor_row(cursor, step, &row);

    if (err)
        return err;
    if (cursor->row_opened && cursor->record.data == row.data && cursor->record.size == row.size) {
        *ret_view = (struct eng_view){.schema = cursor->schema, .record = cursor->record};
        return JET_errSuccess;
    }
    err = eng_view_open(ret_view, cursor->schema, cursor->table->form, row);
    cursor->row_opened = err == JET_errSuccess;
    cursor->record = ret_view->record;
    return err;
}

/* ---- levels: C4 ---- */

void eng_cursors_settle(struct ese_session *session)
{
    LIST_FOR_EACH (it, &session->cursors) {
        struct ese_cursor *c = LIST_ENTRY(it, struct ese_cursor, of_session);
        bool streams = false;

        if (c->copy == NULL || eng_table_is_temp(c->table))
            continue;
        for (size_t f = 0; f < c->copy->field_count; f++)
            for (uint32_t v = 0; v < c->copy->fields[f].count; v++) {
                eng_draft_settle(&c->copy->fields[f].values[v], session->level);
                streams |= c->copy->fields[f].values[v].kind == DRAFT_STREAM;
            }
        if (streams && session->level == 1) /* a long value may not outlive the transaction */
            eng_copy_cancel(c);
    }
}

void eng_cursor_committed(struct ese_cursor *cursor, unsigned level)
{
    if (cursor->place_level > level)
        cursor->place_level = level;
    if (cursor->index_level > level)
        cursor->index_level = level;
    if (cursor->copy != NULL && cursor->copy->level > level)
        cursor->copy->level = level;
}

void eng_cursor_rolled_back(struct ese_cursor *cursor, unsigned level)
{
    eng_cursor_forget_row(cursor);
    if (cursor->copy != NULL && cursor->copy->level > level)
        eng_copy_cancel(cursor);
    if (cursor->index_level > level) {
        eng_cursor_set_index(cursor, NULL);
        cursor->index_level = level;
        cursor->range.active = false;
        cursor->key_begun = cursor->key_made = false;
        eng_cursor_set_place(cursor, ENG_BEFORE_FIRST);
        cursor->place_level = level;
    }
    if (cursor->place_level > level) {
        cursor->range.active = false;
        eng_cursor_set_place(cursor, ENG_BEFORE_FIRST);
        cursor->place_level = level;
    }
}
