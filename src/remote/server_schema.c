/* SPDX-License-Identifier: Apache-2.0
 *
 * server_schema.c - tables, columns and indexes: made, changed, described
 */
#include "remote/server.h"

#include "base/utf16.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(JET_INDEXCREATE2_A) == sizeof(JET_INDEXCREATE3_A),
              "the two forms differ in what one pointer points to");

/* ---- wire to JET structures ---- */

JET_ERR serve_make_columns(struct arena *arena, const JET_RPC_COLUMN *columns, unsigned count,
                           JET_COLUMNCREATE_A **ret_columns)
{
    JET_COLUMNCREATE_A *made = arena_alloc(arena, (count + 1u) * sizeof *made);

    if (!made)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < count; i++) {
        const JET_RPC_COLUMN *c = &columns[i];

        if (!c->name)
            return JET_errInvalidParameter;
        made[i] = (JET_COLUMNCREATE_A){.cbStruct = sizeof made[i],
                                       .szColumnName = c->name,
                                       .coltyp = c->coltyp,
                                       .cbMax = c->max_size,
                                       .grbit = c->grbit,
                                       .pvDefault = c->default_value.data,
                                       .cbDefault = c->default_value.size,
                                       .cp = c->codepage};
    }
    *ret_columns = made;
    return JET_errSuccess;
}

/* "+name\0-name\0\0" */
static char *key_text(struct arena *arena, const JET_RPC_INDEX *x, unsigned long *ret_size)
{
    size_t size = 1;
    char *key = NULL, *p = NULL;

    for (unsigned i = 0; i < x->segment_count; i++) {
        if (!x->segments[i].column)
            return NULL;
        size += strlen(x->segments[i].column) + 2;
    }
    p = key = arena_alloc(arena, size + 1);
    if (!key)
        return NULL;
    for (unsigned i = 0; i < x->segment_count; i++) {
        size_t n = strlen(x->segments[i].column);

        *p++ = x->segments[i].grbit & 1 ? '-' : '+';
        memcpy(p, x->segments[i].column, n + 1);
        p += n + 1;
    }
    *ret_size = size;
    return key;
}

static JET_CONDITIONALCOLUMN_A *conditions(struct arena *arena, const JET_RPC_INDEX *x)
{
    JET_CONDITIONALCOLUMN_A *made = arena_alloc(arena, (x->condition_count + 1u) * sizeof *made);

    for (unsigned i = 0; made && i < x->condition_count; i++)
        made[i] = (JET_CONDITIONALCOLUMN_A){.cbStruct = sizeof made[i],
                                            .szColumnName = x->conditions[i].column,
                                            .grbit = x->conditions[i].grbit};
    return made;
}

/* A locale by name; its flags go along without one, too. */
static JET_ERR make_locale(struct arena *arena, const JET_RPC_INDEX *x, JET_INDEXCREATE3_A *made)
{
    JET_UNICODEINDEX2 *u = NULL;
    uint16_t *wide = NULL;
    size_t size = 0;

    if (!x->locale && x->map_flags == 0)
        return JET_errSuccess;
    u = arena_alloc(arena, sizeof *u);
    if (!u)
        return JET_errOutOfMemory;
    u->dwMapFlags = x->map_flags;
    made->pidxunicode = u;
    if (!x->locale)
        return JET_errSuccess;
    wide = utf16_from_utf8(x->locale);
    if (!wide)
        return JET_errInvalidParameter;
    size = (utf16_length(wide) + 1) * sizeof *wide;
    u->szLocaleName = arena_alloc(arena, size);
    if (u->szLocaleName)
        memcpy(u->szLocaleName, wide, size);
    mem_free(wide);
    return u->szLocaleName ? JET_errSuccess : JET_errOutOfMemory;
}

/* A locale by number: for the older form of the structure, alike but for this member. */
static JET_ERR make_lcid(struct arena *arena, const JET_RPC_INDEX *x, JET_INDEXCREATE3_A *made)
{
    JET_INDEXCREATE2_A *old = (void *)made;

    if (!(x->grbit & JET_bitIndexUnicode)) {
        old->lcid = x->lcid;
        return JET_errSuccess;
    }
    old->pidxunicode = arena_alloc(arena, sizeof *old->pidxunicode);
    if (!old->pidxunicode)
        return JET_errOutOfMemory;
    *old->pidxunicode = (JET_UNICODEINDEX){x->lcid, x->map_flags};
    return JET_errSuccess;
}

static JET_ERR make_limits(struct arena *arena, const JET_RPC_INDEX *x, JET_INDEXCREATE3_A *made)
{
    JET_TUPLELIMITS *t = NULL;

    made->cbKeyMost = x->key_most;
    if (!(x->grbit & JET_bitIndexTupleLimits)) {
        made->cbVarSegMac = x->var_seg_mac;
        return JET_errSuccess;
    }
    t = arena_alloc(arena, sizeof *t);
    if (!t)
        return JET_errOutOfMemory;
    *t = (JET_TUPLELIMITS){x->tuple[0], x->tuple[1], x->tuple[2], x->tuple[3], x->tuple[4]};
    made->ptuplelimits = t;
    return JET_errSuccess;
}

static JET_ERR make_index(struct arena *arena, const JET_RPC_INDEX *x, bool by_lcid,
                          JET_INDEXCREATE3_A *made)
{
    JET_ERR err = JET_errSuccess;

    if (!x->name || (x->segment_count > 0 && !x->segments) ||
        (x->condition_count > 0 && !x->conditions))
        return JET_errInvalidParameter;
    made->cbStruct = sizeof *made;
    made->szIndexName = x->name;
    made->szKey = key_text(arena, x, &made->cbKey);
    made->rgconditionalcolumn = conditions(arena, x);
    if (!made->szKey || !made->rgconditionalcolumn)
        return JET_errOutOfMemory;
    made->cConditionalColumn = x->condition_count;
    made->grbit = x->grbit;
    made->ulDensity = x->density;
    err = make_limits(arena, x, made);
    if (err)
        return err;
    return by_lcid ? make_lcid(arena, x, made) : make_locale(arena, x, made);
}

bool serve_by_lcid(const JET_RPC_INDEXES *indexes)
{
    for (unsigned i = 0; i < indexes->count; i++)
        if (indexes->indexes[i].lcid != 0)
            return true;
    return false;
}

JET_ERR serve_make_indexes(struct arena *arena, const JET_RPC_INDEXES *indexes,
                           JET_INDEXCREATE3_A **ret_indexes)
{
    JET_INDEXCREATE3_A *made = arena_alloc(arena, (indexes->count + 1u) * sizeof *made);
    JET_ERR err = made ? JET_errSuccess : JET_errOutOfMemory;

    for (unsigned i = 0; i < indexes->count && !err; i++)
        err = make_index(arena, &indexes->indexes[i], serve_by_lcid(indexes), &made[i]);
    *ret_indexes = made;
    return err;
}

/* ---- making tables ---- */

static JET_ERR tell(const JET_TABLECREATE5_A *t, JET_RPC_MADE *made)
{
    made->created = (uint32_t)t->cCreated;
    made->ids = serve_result((t->cColumns + 1) * sizeof *made->ids);
    made->column_errs = serve_result((t->cColumns + 1) * sizeof *made->column_errs);
    made->index_errs = serve_result((t->cIndexes + 1) * sizeof *made->index_errs);
    if (!made->ids || !made->column_errs || !made->index_errs)
        return JET_errOutOfMemory;
    made->column_count = (uint32_t)t->cColumns;
    made->index_count = (uint32_t)t->cIndexes;
    for (unsigned i = 0; i < made->column_count; i++) {
        made->ids[i] = t->rgcolumncreate[i].columnid;
        made->column_errs[i] = t->rgcolumncreate[i].err;
    }
    for (unsigned i = 0; i < made->index_count; i++)
        made->index_errs[i] = t->rgindexcreate[i].err;
    return JET_errSuccess;
}

/* The older form, whose indexes name locales by number. */
static JET_ERR create_by_lcid(struct serve_call *call, JET_DBID dbid, JET_TABLECREATE5_A *t)
{
    JET_TABLECREATE3_A old = {.cbStruct = sizeof old,
                              .szTableName = t->szTableName,
                              .szTemplateTableName = t->szTemplateTableName,
                              .ulPages = t->ulPages,
                              .ulDensity = t->ulDensity,
                              .rgcolumncreate = t->rgcolumncreate,
                              .cColumns = t->cColumns,
                              .rgindexcreate = (void *)t->rgindexcreate,
                              .cIndexes = t->cIndexes,
                              .grbit = t->grbit,
                              .cbSeparateLV = t->cbSeparateLV,
                              .tableid = t->tableid};
    JET_ERR err = JetCreateTableColumnIndex3A(call->sesid, dbid, &old);

    t->tableid = old.tableid;
    t->cCreated = old.cCreated;
    return err;
}

static JET_ERR create_table(struct serve_call *call, JET_DBID dbid, const JET_RPC_TABLE_DEF *def,
                            struct arena *arena, JET_RPC_MADE *made, boolean *writable,
                            JET_RPC_TABLE *table)
{
    JET_TABLECREATE5_A t = {.cbStruct = sizeof t,
                            .szTableName = def->name,
                            .szTemplateTableName = def->template_table,
                            .ulPages = def->pages,
                            .ulDensity = def->density,
                            .cColumns = def->column_count,
                            .cIndexes = def->indexes.count,
                            .grbit = def->grbit,
                            .cbSeparateLV = def->separate_lv,
                            .cbLVChunkMax = def->lv_chunk_max,
                            .tableid = JET_tableidNil};
    JET_ERR err = def->name ? JET_errSuccess : JET_errInvalidName, told = JET_errSuccess;

    if (!err)
        err = serve_make_columns(arena, def->columns, def->column_count, &t.rgcolumncreate);
    if (!err)
        err = serve_make_indexes(arena, &def->indexes, &t.rgindexcreate);
    if (err)
        return err;
    err = serve_by_lcid(&def->indexes) ? create_by_lcid(call, dbid, &t)
                                       : JetCreateTableColumnIndex5A(call->sesid, dbid, &t);
    told = tell(&t, made);
    if (err < 0)
        return err;
    if (told) {
        (void)JetCloseTable(call->sesid, t.tableid);
        return told;
    }
    *writable = serve_table_writable(call, t.tableid);
    told = serve_table_new(call, t.tableid, table);
    return told ? told : err;
}

int32_t JetRpcCreateTable(JET_RPC_SESSION session, uint32_t dbid, const JET_RPC_TABLE_DEF *def,
                          JET_RPC_MADE *made, boolean *writable, JET_RPC_TABLE *table)
{
    struct serve_call call;
    struct arena arena;
    JET_ERR err = serve_enter_writing(&call, SERVE_CreateTable, session);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = create_table(&call, dbid, def, &arena, made, writable, table);
    arena_fini(&arena);
    return serve_leave(&call, err);
}

int32_t JetRpcDeleteTable(JET_RPC_SESSION session, uint32_t dbid, const char *name)
{
    struct serve_call call;
    JET_ERR err = serve_enter_writing(&call, SERVE_DeleteTable, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = JetDeleteTableA(call.sesid, dbid, name);
    return serve_leave(&call, err);
}

int32_t JetRpcRenameTable(JET_RPC_SESSION session, uint32_t dbid, const char *name,
                          const char *new_name)
{
    struct serve_call call;
    JET_ERR err = serve_enter_writing(&call, SERVE_RenameTable, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = JetRenameTableA(call.sesid, dbid, name, new_name);
    return serve_leave(&call, err);
}

/* ---- columns ---- */

int32_t JetRpcAddColumn(JET_RPC_SESSION session, JET_RPC_TABLE table, const JET_RPC_COLUMN *column,
                        uint32_t *id)
{
    struct serve_call call;
    JET_COLUMNDEF def = {.cbStruct = sizeof def,
                         .coltyp = column->coltyp,
                         .cp = (unsigned short)column->codepage,
                         .cbMax = column->max_size,
                         .grbit = column->grbit};
    JET_ERR err = serve_enter_table_writing(&call, SERVE_AddColumn, session, table, 0);

    if (!err)
        err = JetAddColumnA(call.sesid, call.tableid, column->name, &def,
                            column->default_value.data, column->default_value.size, id);
    return serve_leave(&call, err);
}

int32_t JetRpcDeleteColumn(JET_RPC_SESSION session, JET_RPC_TABLE table, const char *name,
                           uint32_t grbit)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_DeleteColumn, session, table, 0);

    if (!err)
        err = JetDeleteColumn2A(call.sesid, call.tableid, name, grbit);
    return serve_leave(&call, err);
}

int32_t JetRpcRenameColumn(JET_RPC_SESSION session, JET_RPC_TABLE table, const char *name,
                           const char *new_name)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_RenameColumn, session, table, 0);

    if (!err)
        err = JetRenameColumnA(call.sesid, call.tableid, name, new_name, 0);
    return serve_leave(&call, err);
}

int32_t JetRpcSetDefault(JET_RPC_SESSION session, uint32_t dbid, const char *table,
                         const char *column, const JET_RPC_BYTES *value)
{
    struct serve_call call;
    JET_ERR err = serve_enter_writing(&call, SERVE_SetDefault, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err =
            JetSetColumnDefaultValueA(call.sesid, dbid, table, column, value->data, value->size, 0);
    return serve_leave(&call, err);
}

/* ---- indexes ---- */

static JET_ERR create_indexes(struct serve_call *call, const JET_RPC_INDEXES *indexes,
                              struct arena *arena, JET_RPC_MADE *made)
{
    JET_TABLECREATE5_A t = {.cIndexes = indexes->count};
    JET_ERR err = serve_make_indexes(arena, indexes, &t.rgindexcreate), told = JET_errSuccess;

    if (err)
        return err;
    if (serve_by_lcid(indexes))
        err = JetCreateIndex3A(call->sesid, call->tableid, (void *)t.rgindexcreate, indexes->count);
    else
        err = JetCreateIndex4A(call->sesid, call->tableid, t.rgindexcreate, indexes->count);
    told = tell(&t, made);
    return err < 0 || !told ? err : told;
}

int32_t JetRpcCreateIndexes(JET_RPC_SESSION session, JET_RPC_TABLE table,
                            const JET_RPC_INDEXES *indexes, JET_RPC_MADE *made)
{
    struct serve_call call;
    struct arena arena;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_CreateIndexes, session, table, 0);

    arena_init(&arena, NULL, 0);
    if (!err)
        err = create_indexes(&call, indexes, &arena, made);
    arena_fini(&arena);
    return serve_leave(&call, err);
}

int32_t JetRpcDeleteIndex(JET_RPC_SESSION session, JET_RPC_TABLE table, const char *name)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_DeleteIndex, session, table, 0);

    if (!err)
        err = JetDeleteIndexA(call.sesid, call.tableid, name);
    return serve_leave(&call, err);
}

/* ---- describing ---- */

int32_t JetRpcDescribeTable(JET_RPC_SESSION session, uint32_t dbid, const char *name,
                            JET_RPC_TABLE_DEF *def)
{
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_DescribeTable, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = serve_describe_named(call.sesid, dbid, name, def);
    return serve_leave(&call, err);
}

int32_t JetRpcDescribeCursor(JET_RPC_SESSION session, JET_RPC_TABLE table, JET_RPC_TABLE_DEF *def)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_DescribeCursor, session, table, 0);

    if (!err)
        err = serve_describe(call.sesid, call.tableid, def);
    return serve_leave(&call, err);
}

int32_t JetRpcListTables(JET_RPC_SESSION session, uint32_t dbid, JET_RPC_NAMES *names)
{
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_ListTables, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = serve_list_tables(call.sesid, dbid, names);
    return serve_leave(&call, err);
}
