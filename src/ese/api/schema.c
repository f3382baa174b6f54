/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.c - creating and changing tables, columns and indexes
 *
 * The numbered functions of one subject meet in one function of this file.
 */
#include "ese/api/databases.h"
#include "ese/api/lifecycle.h"
#include "ese/api/results.h"
#include "ese/api/schemadef.h"

#define LENT 1024 /* octets of arena on the stack */

/* ---- tables ---- */

static JET_ERR create(struct jet_call *call, JET_DBID dbid, struct ese_table_def *def,
                      JET_TABLEID *ret_tableid)
{
    struct ese_cursor *engine = NULL;
    struct jet_cursor *place = NULL;
    JET_ERR err = jet_allowed(call, def->grbit);

    if (!err)
        err = jet_check_database(call->session, dbid);
    if (!err)
        err = jet_cursor_take(call, dbid, def->name, &place);
    if (err)
        return err;
    err = call->provider->create_table(call->session->engine, dbid, def, &engine);
    return jet_cursor_give(call, place, err, engine, JET_bitTableDenyRead | JET_bitTablePermitDDL,
                           ret_tableid);
}

static JET_ERR create_table(JET_SESID sesid, JET_DBID dbid, struct jet_string name,
                            unsigned long pages, unsigned long density, JET_TABLEID *ret_tableid)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    struct ese_table_def def = {.pages = jet_size(pages)};
    JET_ERR err = jet_enter(&call, CALL_CREATE_TABLE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = ret_tableid ? jet_name(&arena, name, &def.name) : JET_errInvalidParameter;
    if (!err && density != 0 && (density < 20 || density > 100))
        err = JET_errDensityInvalid;
    def.density = jet_size(density);
    if (!err)
        err = create(&call, dbid, &def, ret_tableid);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetCreateTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR name, unsigned long pages,
                                unsigned long density, JET_TABLEID *tableid)
{
    return create_table(sesid, dbid, jet_narrow(name), pages, density, tableid);
}

JET_ERR JET_API JetCreateTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR name,
                                unsigned long pages, unsigned long density, JET_TABLEID *tableid)
{
    return create_table(sesid, dbid, jet_wide(name), pages, density, tableid);
}

static JET_ERR create_whole(JET_SESID sesid, JET_DBID dbid, void *table, unsigned form, bool wide)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    struct ese_table_def def = {0};
    JET_TABLEID tableid = JET_tableidNil;
    JET_ERR err = jet_enter(&call, CALL_CREATE_TABLE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_read_table(&arena, table, form, wide, &def);
    if (!err) {
        err = create(&call, dbid, &def, &tableid);
        jet_answer_table(table, form, &def, tableid);
    }
    arena_fini(&arena);
    return jet_leave(&call, err);
}

#define CREATE_WHOLE(name, structure, form)                                       \
    JET_ERR JET_API name##A(JET_SESID sesid, JET_DBID dbid, structure##_A *table) \
    {                                                                             \
        return create_whole(sesid, dbid, table, form, false);                     \
    }                                                                             \
    JET_ERR JET_API name##W(JET_SESID sesid, JET_DBID dbid, structure##_W *table) \
    {                                                                             \
        return create_whole(sesid, dbid, table, form, true);                      \
    }

CREATE_WHOLE(JetCreateTableColumnIndex, JET_TABLECREATE, 1)
CREATE_WHOLE(JetCreateTableColumnIndex2, JET_TABLECREATE2, 2)
CREATE_WHOLE(JetCreateTableColumnIndex3, JET_TABLECREATE3, 3)
CREATE_WHOLE(JetCreateTableColumnIndex4, JET_TABLECREATE4, 4)
CREATE_WHOLE(JetCreateTableColumnIndex5, JET_TABLECREATE5, 5)

static JET_ERR delete_table(JET_SESID sesid, JET_DBID dbid, struct jet_string name)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL;
    JET_ERR err = jet_enter(&call, CALL_DELETE_TABLE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, name, &name8);
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err)
        err = jet_check_database(call.session, dbid);
    if (!err)
        err = call.provider->delete_table(call.session->engine, dbid, name8);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetDeleteTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR name)
{
    return delete_table(sesid, dbid, jet_narrow(name));
}

JET_ERR JET_API JetDeleteTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR name)
{
    return delete_table(sesid, dbid, jet_wide(name));
}

static JET_ERR rename_table(JET_SESID sesid, JET_DBID dbid, struct jet_string name,
                            struct jet_string new_name)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL, *new8 = NULL;
    JET_ERR err = jet_enter(&call, CALL_RENAME_TABLE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, name, &name8);
    if (!err)
        err = jet_name(&arena, new_name, &new8);
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err)
        err = jet_check_database(call.session, dbid);
    if (!err)
        err = call.provider->rename_table(call.session->engine, dbid, name8, new8);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetRenameTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR name, JET_PCSTR new_name)
{
    return rename_table(sesid, dbid, jet_narrow(name), jet_narrow(new_name));
}

JET_ERR JET_API JetRenameTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR name,
                                JET_PCWSTR new_name)
{
    return rename_table(sesid, dbid, jet_wide(name), jet_wide(new_name));
}

/* ---- columns ---- */

static JET_ERR add_column(JET_SESID sesid, JET_TABLEID tableid, struct jet_string name,
                          const JET_COLUMNDEF *column, const void *value, unsigned long size,
                          JET_COLUMNID *ret_id)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    struct ese_column_def def = {0};
    JET_ERR err = jet_enter_cursor(&call, CALL_ADD_COLUMN, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_read_column(&arena, name, column, value, size, &def);
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err)
        err = call.provider->add_column(call.session->engine, call.cursor->engine, &def);
    if (err >= JET_errSuccess && ret_id)
        *ret_id = def.id;
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetAddColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                              const JET_COLUMNDEF *column, const void *value, unsigned long size,
                              JET_COLUMNID *id)
{
    return add_column(sesid, tableid, jet_narrow(name), column, value, size, id);
}

JET_ERR JET_API JetAddColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                              const JET_COLUMNDEF *column, const void *value, unsigned long size,
                              JET_COLUMNID *id)
{
    return add_column(sesid, tableid, jet_wide(name), column, value, size, id);
}

static JET_ERR delete_column(JET_SESID sesid, JET_TABLEID tableid, struct jet_string name,
                             JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_DELETE_COLUMN, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, name, &name8);
    if (!err)
        err = jet_allowed(&call, grbit);
    if (!err)
        err = call.provider->delete_column(call.session->engine, call.cursor->engine, name8, grbit);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetDeleteColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name)
{
    return delete_column(sesid, tableid, jet_narrow(name), 0);
}

JET_ERR JET_API JetDeleteColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name)
{
    return delete_column(sesid, tableid, jet_wide(name), 0);
}

JET_ERR JET_API JetDeleteColumn2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                  const JET_GRBIT grbit)
{
    return delete_column(sesid, tableid, jet_narrow(name), grbit);
}

JET_ERR JET_API JetDeleteColumn2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                  const JET_GRBIT grbit)
{
    return delete_column(sesid, tableid, jet_wide(name), grbit);
}

static JET_ERR rename_column(JET_SESID sesid, JET_TABLEID tableid, struct jet_string name,
                             struct jet_string new_name, JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL, *new8 = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_RENAME_COLUMN, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, name, &name8);
    if (!err)
        err = jet_name(&arena, new_name, &new8);
    if (!err)
        err = jet_allowed(&call, grbit);
    if (!err)
        err = call.provider->rename_column(call.session->engine, call.cursor->engine, name8, new8);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetRenameColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                 JET_PCSTR new_name, JET_GRBIT grbit)
{
    return rename_column(sesid, tableid, jet_narrow(name), jet_narrow(new_name), grbit);
}

JET_ERR JET_API JetRenameColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                 JET_PCWSTR new_name, JET_GRBIT grbit)
{
    return rename_column(sesid, tableid, jet_wide(name), jet_wide(new_name), grbit);
}

static JET_ERR set_default(JET_SESID sesid, JET_DBID dbid, struct jet_string table,
                           struct jet_string column, const void *data, unsigned long size,
                           JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *table8 = NULL, *column8 = NULL;
    JET_ERR err = jet_enter(&call, CALL_SET_DEFAULT, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, table, &table8);
    if (!err)
        err = jet_name(&arena, column, &column8);
    if (!err && (size == 0 || !data))
        err = JET_errNullInvalid;
    if (!err)
        err = jet_allowed(&call, grbit);
    if (!err)
        err = jet_check_database(call.session, dbid);
    if (!err)
        err = call.provider->set_default(call.session->engine, dbid, table8, column8, data,
                                         jet_size(size));
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetSetColumnDefaultValueA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR table,
                                          JET_PCSTR column, const void *data,
                                          const unsigned long size, const JET_GRBIT grbit)
{
    return set_default(sesid, dbid, jet_narrow(table), jet_narrow(column), data, size, grbit);
}

JET_ERR JET_API JetSetColumnDefaultValueW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR table,
                                          JET_PCWSTR column, const void *data,
                                          const unsigned long size, const JET_GRBIT grbit)
{
    return set_default(sesid, dbid, jet_wide(table), jet_wide(column), data, size, grbit);
}

/* ---- indexes ---- */

static JET_ERR create_indexes(JET_SESID sesid, JET_TABLEID tableid, void *structs,
                              unsigned long count, enum jet_index_form form, bool wide)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    struct ese_index_def *defs = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_CREATE_INDEX, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = count > 0 ? jet_read_indexes(&arena, structs, count, form, wide, &defs)
                    : JET_errInvalidParameter;
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err) {
        err = call.provider->create_indexes(call.session->engine, call.cursor->engine, defs,
                                            (unsigned)count);
        jet_answer_indexes(structs, count, form, defs);
    }
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetCreateIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                JET_GRBIT grbit, const char *key, unsigned long size,
                                unsigned long density)
{
    JET_INDEXCREATE_A index = {.cbStruct = sizeof index,
                               .szIndexName = (char *)(uintptr_t)name,
                               .szKey = (char *)(uintptr_t)key,
                               .cbKey = size,
                               .grbit = grbit,
                               .ulDensity = density};

    return create_indexes(sesid, tableid, &index, 1, INDEX_LCID, false);
}

JET_ERR JET_API JetCreateIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                JET_GRBIT grbit, const WCHAR *key, unsigned long size,
                                unsigned long density)
{
    JET_INDEXCREATE_W index = {.cbStruct = sizeof index,
                               .szIndexName = (WCHAR *)(uintptr_t)name,
                               .szKey = (WCHAR *)(uintptr_t)key,
                               .cbKey = size,
                               .grbit = grbit,
                               .ulDensity = density};

    return create_indexes(sesid, tableid, &index, 1, INDEX_LCID, true);
}

#define CREATE_INDEXES(name, structure, form)                                             \
    JET_ERR JET_API name##A(JET_SESID sesid, JET_TABLEID tableid, structure##_A *indexes, \
                            unsigned long count)                                          \
    {                                                                                     \
        return create_indexes(sesid, tableid, indexes, count, form, false);               \
    }                                                                                     \
    JET_ERR JET_API name##W(JET_SESID sesid, JET_TABLEID tableid, structure##_W *indexes, \
                            unsigned long count)                                          \
    {                                                                                     \
        return create_indexes(sesid, tableid, indexes, count, form, true);                \
    }

CREATE_INDEXES(JetCreateIndex2, JET_INDEXCREATE, INDEX_LCID)
CREATE_INDEXES(JetCreateIndex3, JET_INDEXCREATE2, INDEX_HINTS)
CREATE_INDEXES(JetCreateIndex4, JET_INDEXCREATE3, INDEX_LOCALE)

static JET_ERR delete_index(JET_SESID sesid, JET_TABLEID tableid, struct jet_string name)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_DELETE_INDEX, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_name(&arena, name, &name8);
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err)
        err = call.provider->delete_index(call.session->engine, call.cursor->engine, name8);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetDeleteIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name)
{
    return delete_index(sesid, tableid, jet_narrow(name));
}

JET_ERR JET_API JetDeleteIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name)
{
    return delete_index(sesid, tableid, jet_wide(name));
}
