/* SPDX-License-Identifier: Apache-2.0
 *
 * tableinfo.c - JetGetTableInfo, JetGetObjectInfo, and descriptions for their kin
 */
#include "ese/api/tableinfo.h"

#include "ese/api/databases.h"
#include "ese/api/lists.h"
#include "ese/api/results.h"

#include <string.h>

/* ---- descriptions ---- */

static void begin(struct jet_described *d)
{
    memset(&d->table, 0, sizeof d->table);
    arena_init(&d->arena, d->lent, sizeof d->lent);
}

static JET_ERR answer_and_leave(struct jet_described *d, JET_ERR err, jet_answer *answer,
                                const struct jet_asked *asked)
{
    if (!err)
        err = answer(d, asked);
    arena_fini(&d->arena);
    return jet_leave(&d->call, err);
}

JET_ERR jet_tell_of_cursor(JET_SESID sesid, JET_TABLEID tableid, jet_answer *answer,
                           const struct jet_asked *asked)
{
    struct jet_described d;
    JET_ERR err = jet_enter_cursor(&d.call, CALL_SCHEMA_INFO, sesid, tableid);

    if (err)
        return err;
    begin(&d);
    err = d.call.provider->describe_cursor(d.call.session->engine, d.call.cursor->engine, &d.arena,
                                           &d.table);
    return answer_and_leave(&d, err, answer, asked);
}

JET_ERR jet_tell_of_table(JET_SESID sesid, JET_DBID dbid, struct jet_string table,
                          jet_answer *answer, const struct jet_asked *asked)
{
    const char *name8 = NULL;
    struct jet_described d;
    JET_ERR err = jet_enter(&d.call, CALL_SCHEMA_INFO, sesid);

    if (err)
        return err;
    begin(&d);
    err = jet_check_database(d.call.session, dbid);
    if (!err)
        err = jet_name(&d.arena, table, &name8);
    if (!err)
        err = d.call.provider->describe_table(d.call.session->engine, dbid, name8, &d.arena,
                                              &d.table);
    return answer_and_leave(&d, err, answer, asked);
}

JET_ERR jet_current_index(const struct jet_call *call, const struct jet_cursor *cursor,
                          struct arena *arena, const struct ese_index_info **ret_index)
{
    const char *name = call->provider->current_index(cursor->engine);
    struct ese_table_info table = {0};
    JET_ERR err =
        call->provider->describe_cursor(call->session->engine, cursor->engine, arena, &table);

    *ret_index = NULL;
    for (unsigned i = 0; i < table.index_count && err >= JET_errSuccess; i++)
        if (strcmp(table.indexes[i].def.name, name) == 0)
            *ret_index = &table.indexes[i];
    return err < JET_errSuccess ? err : JET_errSuccess;
}

static JET_ERR put_object(const struct ese_table_info *table, void *result, unsigned long max)
{
    JET_OBJECTINFO out = {.cbStruct = sizeof out,
                          .objtyp = JET_objtypTable,
                          .grbit = JET_bitTableInfoBookmark | JET_bitTableInfoRollback |
                                   JET_bitTableInfoUpdatable,
                          .flags = table->grbit,
                          .cRecord = table->records,
                          .cPage = table->pages};

    return jet_put_struct(result, max, &out, sizeof out);
}

/* ---- of a cursor ---- */

static JET_ERR put_space(const struct ese_table_info *table, void *result, unsigned long max)
{
    uint32_t pages[2] = {(uint32_t)table->owned_pages, (uint32_t)table->available_pages};
    unsigned long wide[2] = {table->owned_pages, table->available_pages};

    if (max == sizeof pages)
        return jet_put_struct(result, max, pages, sizeof pages);
    return jet_put_struct(result, max, wide, sizeof wide);
}

static JET_ERR put_name(const char *name, bool wide, void *result, unsigned long max)
{
    JET_ERR err = result ? jet_text_out(name, wide, result, max, NULL) : JET_errInvalidParameter;

    return err == JET_wrnBufferTruncated ? JET_errBufferTooSmall : err;
}

static JET_ERR answer(struct jet_described *d, const struct jet_asked *asked)
{
    const struct ese_table_info *t = &d->table;
    unsigned long max = asked->max;
    bool wide = asked->name.wide;
    void *result = asked->result;

    switch (asked->level) {
    case JET_TblInfo: return put_object(t, result, max);
    case JET_TblInfoName: return put_name(t->name, wide, result, max);
    case JET_TblInfoDbid: return jet_put_number(result, max, d->call.cursor->dbid);
    case JET_TblInfoSpaceUsage: return put_space(t, result, max);
    case JET_TblInfoSpaceOwned: return jet_put_number(result, max, t->owned_pages);
    case JET_TblInfoSpaceAvailable: return jet_put_number(result, max, t->available_pages);
    case JET_TblInfoTemplateTableName:
        return put_name(t->template_table ? t->template_table : "", wide, result, max);
    default: return JET_errInvalidParameter;
    }
}

JET_ERR JET_API JetGetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, void *result,
                                 unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_narrow(NULL), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

JET_ERR JET_API JetGetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, void *result,
                                 unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_wide(NULL), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

/* ---- of a database's tables ---- */

enum {
    COL_CONTAINER,
    COL_NAME,
    COL_TYPE,
    COL_CREATED,
    COL_UPDATED,
    COL_GRBIT,
    COL_FLAGS,
    COL_RECORDS,
    COL_PAGES,
    COL_COUNT
};

static const JET_COLUMNDEF list_columns[COL_COUNT] = {
    [COL_CONTAINER] = {.coltyp = JET_coltypText, .grbit = JET_bitColumnTTKey},
    [COL_NAME] = {.coltyp = JET_coltypText, .grbit = JET_bitColumnTTKey},
    [COL_TYPE] = {.coltyp = JET_coltypLong},
    [COL_CREATED] = {.coltyp = JET_coltypDateTime},
    [COL_UPDATED] = {.coltyp = JET_coltypDateTime},
    [COL_GRBIT] = {.coltyp = JET_coltypLong},
    [COL_FLAGS] = {.coltyp = JET_coltypLong},
    [COL_RECORDS] = {.coltyp = JET_coltypLong},
    [COL_PAGES] = {.coltyp = JET_coltypLong},
};

static JET_ERR add_table(struct jet_list *list, JET_DBID dbid, const char *name)
{
    struct jet_call *call = list->call;
    struct ese_table_info table = {0};
    struct arena arena;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, NULL, 0);
    err = call->provider->describe_table(call->session->engine, dbid, name, &arena, &table);
    if (!err)
        err = jet_list_text(list, COL_CONTAINER, "Tables");
    if (!err)
        err = jet_list_text(list, COL_NAME, name);
    jet_list_number(list, COL_TYPE, JET_objtypTable);
    jet_list_number(list, COL_GRBIT,
                    JET_bitTableInfoBookmark | JET_bitTableInfoRollback |
                        JET_bitTableInfoUpdatable);
    jet_list_number(list, COL_FLAGS, table.grbit);
    jet_list_number(list, COL_RECORDS, table.records);
    jet_list_number(list, COL_PAGES, table.pages);
    if (!err)
        err = jet_list_row(list);
    arena_fini(&arena);
    return err;
}

static JET_ERR put_list(struct jet_call *call, JET_DBID dbid, bool wide, struct arena *arena,
                        void *result, unsigned long max)
{
    struct jet_list list;
    JET_OBJECTLIST out = {.cbStruct = sizeof out};
    const char *const *names = NULL;
    size_t count = 0;
    JET_ERR err = JET_errSuccess;

    if (!result)
        return JET_errInvalidParameter;
    if (max < sizeof out)
        return JET_errInvalidBufferSize;
    err = call->provider->list_tables(call->session->engine, dbid, true, arena, &names, &count);
    if (err < JET_errSuccess)
        return err;
    err = jet_list_open(&list, call, wide, list_columns, COL_COUNT);
    for (size_t i = 0; i < count && !err; i++)
        err = add_table(&list, dbid, names[i]);
    err = jet_list_close(&list, err, &out.tableid);
    if (err)
        return err;
    out.cRecord = list.row_count;
    out.columnidcontainername = list.ids[COL_CONTAINER];
    out.columnidobjectname = list.ids[COL_NAME];
    out.columnidobjtyp = list.ids[COL_TYPE];
    out.columniddtCreate = list.ids[COL_CREATED];
    out.columniddtUpdate = list.ids[COL_UPDATED];
    out.columnidgrbit = list.ids[COL_GRBIT];
    out.columnidflags = list.ids[COL_FLAGS];
    out.columnidcRecord = list.ids[COL_RECORDS];
    out.columnidcPage = list.ids[COL_PAGES];
    return jet_put_struct(result, max, &out, sizeof out);
}

static JET_ERR list_objects(JET_SESID sesid, JET_DBID dbid, bool wide, void *result,
                            unsigned long max)
{
    struct jet_call call;
    struct arena arena;
    JET_ERR err = jet_enter(&call, CALL_SCHEMA_INFO, sesid);

    if (err)
        return err;
    arena_init(&arena, NULL, 0);
    err = jet_check_database(call.session, dbid);
    if (!err)
        err = put_list(&call, dbid, wide, &arena, result, max);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

static JET_ERR answer_object(struct jet_described *d, const struct jet_asked *asked)
{
    return put_object(&d->table, asked->result, asked->max);
}

static JET_ERR object_info(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, struct jet_string name,
                           void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {.result = result, .max = max};

    if (type != JET_objtypNil && type != JET_objtypTable)
        return JET_errInvalidParameter;
    if (level == JET_ObjInfoList || level == JET_ObjInfoListNoStats)
        return list_objects(sesid, dbid, name.wide, result, max);
    if (level != JET_ObjInfo && level != JET_ObjInfoNoStats)
        return JET_errInvalidParameter;
    return jet_tell_of_table(sesid, dbid, name, answer_object, &asked);
}

JET_ERR JET_API JetGetObjectInfoA(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type,
                                  JET_PCSTR container, JET_PCSTR name, void *result,
                                  unsigned long max, unsigned long level)
{
    (void)container;
    return object_info(sesid, dbid, type, jet_narrow(name), result, max, level);
}

JET_ERR JET_API JetGetObjectInfoW(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type,
                                  JET_PCWSTR container, JET_PCWSTR name, void *result,
                                  unsigned long max, unsigned long level)
{
    (void)container;
    return object_info(sesid, dbid, type, jet_wide(name), result, max, level);
}
