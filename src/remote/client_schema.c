/* SPDX-License-Identifier: Apache-2.0
 *
 * client_schema.c - tables, columns and indexes of a remote program
 */
#include "remote/client.h"

#include <string.h>

/* ---- tables ---- */

/* What the server says of each, also on errors; false when it speaks of others. */
static bool answer(const JET_RPC_MADE *made, struct ese_table_def *def)
{
    if (made->column_count == 0 && made->index_count == 0)
        return true; /* refused before anything was looked at */
    if (made->column_count != def->column_count || made->index_count != def->index_count ||
        !made->ids || !made->column_errs || !made->index_errs)
        return false;
    def->created = made->created;
    for (unsigned i = 0; i < def->column_count; i++) {
        def->columns[i].id = made->ids[i];
        def->columns[i].err = made->column_errs[i];
    }
    for (unsigned i = 0; i < def->index_count; i++)
        def->indexes[i].err = made->index_errs[i];
    return true;
}

static JET_ERR put_indexes(struct arena *arena, const struct ese_host *host,
                           const struct ese_index_def *defs, unsigned count, JET_RPC_INDEXES *to)
{
    JET_ERR err = count <= JET_WIRE_INDEXES ? JET_errSuccess : JET_errTooManyIndexes;

    to->indexes = arena_alloc(arena, (count + 1u) * sizeof *to->indexes);
    if (!to->indexes)
        return JET_errOutOfMemory;
    to->count = count;
    for (unsigned i = 0; i < count && !err; i++)
        err = remote_put_index(arena, host, &defs[i], &to->indexes[i]);
    return err;
}

static JET_ERR put_table(struct arena *arena, const struct ese_host *host,
                         const struct ese_table_def *def, JET_RPC_TABLE_DEF *to)
{
    *to = (JET_RPC_TABLE_DEF){.name = remote_text(def->name),
                              .template_table = remote_text(def->template_table),
                              .pages = def->pages,
                              .density = def->density,
                              .grbit = def->grbit,
                              .separate_lv = def->separate_lv,
                              .lv_chunk_max = def->lv_chunk_max,
                              .column_count = def->column_count};
    if (def->column_count > JET_WIRE_COLUMNS)
        return JET_errTooManyColumns;
    to->columns = arena_alloc(arena, (def->column_count + 1u) * sizeof *to->columns);
    if (!to->columns)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < def->column_count; i++)
        remote_put_column(&def->columns[i], &to->columns[i]);
    return put_indexes(arena, host, def->indexes, def->index_count, &to->indexes);
}

JET_ERR remote_create_table(struct ese_session *session, JET_DBID dbid, struct ese_table_def *def,
                            struct ese_cursor **ret_cursor)
{
    JET_RPC_TABLE_DEF wire;
    JET_RPC_MADE made = {0};
    struct arena arena;
    struct ese_cursor *c = NULL;
    JET_ERR err = remote_cursor_new(session, &c);

    if (err)
        return err;
    c->index_level = session->level;
    arena_init(&arena, NULL, 0);
    err = put_table(&arena, session->instance->host, def, &wire);
    if (!err)
        err = remote_settle(session, NULL);
    if (!err)
        REMOTE(session, err,
               JetRpcCreateTable(session->handle, dbid, &wire, &made, &c->writable, &c->handle));
    if (!answer(&made, def))
        err = remote_lose(session->instance, RPC_X_BAD_STUB_DATA);
    remote_made_free(&made);
    arena_fini(&arena);
    if (err < 0 || !c->handle) {
        remote_cursor_free(c);
        return err < 0 ? err : JET_errInstanceUnavailable;
    }
    *ret_cursor = c;
    return err;
}

JET_ERR remote_delete_table(struct ese_session *session, JET_DBID dbid, const char *name)
{
    JET_ERR err = remote_settle(session, NULL);

    if (!err)
        REMOTE(session, err, JetRpcDeleteTable(session->handle, dbid, name));
    return err;
}

JET_ERR remote_rename_table(struct ese_session *session, JET_DBID dbid, const char *name,
                            const char *new_name)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcRenameTable(session->handle, dbid, name, new_name));
    return err;
}

/* ---- columns and indexes: every cursor is settled, and asks anew what its table looks like ---- */

static JET_ERR before_change(struct ese_session *session)
{
    session->ddl = session->level > 0;
    LIST_FOR_EACH (it, &session->cursors)
        remote_forget_schema(LIST_ENTRY(it, struct ese_cursor, link));
    return remote_settle(session, NULL);
}

JET_ERR remote_add_column(struct ese_session *session, struct ese_cursor *cursor,
                          struct ese_column_def *def)
{
    JET_RPC_COLUMN wire;
    JET_COLUMNID id = 0;
    JET_ERR err = before_change(session);

    if (err < 0)
        return err;
    remote_put_column(def, &wire);
    REMOTE(session, err, JetRpcAddColumn(session->handle, cursor->handle, &wire, &id));
    def->err = err;
    if (err >= 0)
        def->id = id;
    return err;
}

JET_ERR remote_delete_column(struct ese_session *session, struct ese_cursor *cursor,
                             const char *name, JET_GRBIT grbit)
{
    JET_ERR err = before_change(session);

    if (!err)
        REMOTE(session, err, JetRpcDeleteColumn(session->handle, cursor->handle, name, grbit));
    return err;
}

JET_ERR remote_rename_column(struct ese_session *session, struct ese_cursor *cursor,
                             const char *name, const char *new_name)
{
    JET_ERR err = before_change(session);

    if (!err)
        REMOTE(session, err, JetRpcRenameColumn(session->handle, cursor->handle, name, new_name));
    return err;
}

JET_ERR remote_set_default(struct ese_session *session, JET_DBID dbid, const char *table,
                           const char *column, const void *data, uint32_t size)
{
    const JET_RPC_BYTES value = {size, (unsigned char *)(uintptr_t)data};
    JET_ERR err = size <= JET_WIRE_VALUE ? before_change(session) : JET_errDefaultValueTooBig;

    if (!err)
        REMOTE(session, err, JetRpcSetDefault(session->handle, dbid, table, column, &value));
    return err;
}

JET_ERR remote_create_indexes(struct ese_session *session, struct ese_cursor *cursor,
                              struct ese_index_def *defs, unsigned count)
{
    struct ese_table_def all = {.indexes = defs, .index_count = count};
    JET_RPC_INDEXES wire = {0};
    JET_RPC_MADE made = {0};
    struct arena arena;
    JET_ERR err = before_change(session);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = put_indexes(&arena, session->instance->host, defs, count, &wire);
    if (!err)
        REMOTE(session, err, JetRpcCreateIndexes(session->handle, cursor->handle, &wire, &made));
    if (!answer(&made, &all))
        err = remote_lose(session->instance, RPC_X_BAD_STUB_DATA);
    remote_made_free(&made);
    arena_fini(&arena);
    return err;
}

JET_ERR remote_delete_index(struct ese_session *session, struct ese_cursor *cursor,
                            const char *name)
{
    JET_ERR err = before_change(session);

    if (!err)
        REMOTE(session, err, JetRpcDeleteIndex(session->handle, cursor->handle, name));
    return err;
}

/* ---- what there is ---- */

JET_ERR remote_list_tables(struct ese_session *session, JET_DBID dbid, bool system,
                           struct arena *arena, const char *const **ret_names, size_t *ret_count)
{
    JET_RPC_NAMES names = {0};
    JET_ERR err = JET_errSuccess;

    (void)system; /* the front asks for the tables of users */
    REMOTE(session, err, JetRpcListTables(session->handle, dbid, &names));
    return remote_get_names(arena, err, &names, ret_names, ret_count);
}

JET_ERR remote_describe_table(struct ese_session *session, JET_DBID dbid, const char *name,
                              struct arena *arena, struct ese_table_info *ret_info)
{
    JET_RPC_TABLE_DEF def = {0};
    JET_ERR err = JET_errSuccess, got = JET_errSuccess;

    REMOTE(session, err, JetRpcDescribeTable(session->handle, dbid, name, &def));
    if (err >= 0)
        got = remote_get_table(arena, &def, ret_info);
    remote_table_def_free(&def);
    return got ? got : err;
}

JET_ERR remote_describe_cursor(struct ese_session *session, struct ese_cursor *cursor,
                               struct arena *arena, struct ese_table_info *ret_info)
{
    JET_RPC_TABLE_DEF def = {0};
    JET_ERR err = JET_errSuccess, got = JET_errSuccess;

    REMOTE(session, err, JetRpcDescribeCursor(session->handle, cursor->handle, &def));
    if (err >= 0)
        got = remote_get_table(arena, &def, ret_info);
    if (err >= 0 && arena != &cursor->arena)
        remote_keep_schema(cursor, &def);
    remote_table_def_free(&def);
    return got ? got : err;
}
