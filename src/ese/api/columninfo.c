/* SPDX-License-Identifier: Apache-2.0
 *
 * columninfo.c - JetGetTableColumnInfo, JetGetColumnInfo
 */
#include "ese/api/databases.h"
#include "ese/api/lists.h"
#include "ese/api/results.h"
#include "ese/api/tableinfo.h"

#include <stdlib.h>
#include <strings.h>

#define LEVEL_BITS                                                         \
    (JET_ColInfoGrbitNonDerivedColumnsOnly | JET_ColInfoGrbitMinimalInfo | \
     JET_ColInfoGrbitSortByColumnid)

enum {
    COL_ORDER,
    COL_NAME,
    COL_ID,
    COL_TYPE,
    COL_COUNTRY,
    COL_LANGID,
    COL_CP,
    COL_COLLATE,
    COL_MAX,
    COL_GRBIT,
    COL_DEFAULT,
    COL_BASE_TABLE,
    COL_BASE_COLUMN,
    COL_DEFINITION,
    COL_COUNT
};

static const JET_COLTYP list_types[COL_COUNT] = {
    [COL_ORDER] = JET_coltypLong,
    [COL_NAME] = JET_coltypText,
    [COL_ID] = JET_coltypLong,
    [COL_TYPE] = JET_coltypLong,
    [COL_COUNTRY] = JET_coltypShort,
    [COL_LANGID] = JET_coltypShort,
    [COL_CP] = JET_coltypShort,
    [COL_COLLATE] = JET_coltypShort,
    [COL_MAX] = JET_coltypLong,
    [COL_GRBIT] = JET_coltypLong,
    [COL_DEFAULT] = JET_coltypLongBinary,
    [COL_BASE_TABLE] = JET_coltypText,
    [COL_BASE_COLUMN] = JET_coltypText,
    [COL_DEFINITION] = JET_coltypText,
};

static JET_ERR add_row(struct jet_list *list, const struct ese_table_info *table,
                       const struct ese_column_info *column, bool minimal)
{
    const struct ese_column_def *def = &column->def;
    JET_ERR err = jet_list_text(list, COL_NAME, def->name);

    jet_list_number(list, COL_ID, def->id);
    jet_list_number(list, COL_TYPE, def->coltyp);
    jet_list_number(list, COL_GRBIT, def->grbit);
    if (!minimal) {
        jet_list_number(list, COL_ORDER, column->order);
        jet_list_number(list, COL_COUNTRY, 0);
        jet_list_number(list, COL_LANGID, 0);
        jet_list_number(list, COL_CP, def->codepage);
        jet_list_number(list, COL_COLLATE, 0);
        jet_list_number(list, COL_MAX, def->max_size);
        if (def->default_size > 0)
            jet_list_octets(list, COL_DEFAULT, def->default_data, def->default_size);
        if (!err)
            err = jet_list_text(list, COL_BASE_TABLE,
                                column->derived ? table->template_table : table->name);
        if (!err)
            err = jet_list_text(list, COL_BASE_COLUMN, def->name);
        if (!err)
            err = jet_list_text(list, COL_DEFINITION, def->name);
    }
    return err ? err : jet_list_row(list);
}

static JET_ERR fill(struct jet_list *list, const struct ese_table_info *table, unsigned long level)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < table->column_count && !err; i++)
        if (!(level & JET_ColInfoGrbitNonDerivedColumnsOnly && table->columns[i].derived))
            err = add_row(list, table, &table->columns[i], level & JET_ColInfoGrbitMinimalInfo);
    return err;
}

static JET_ERR put_list(struct jet_call *call, const struct ese_table_info *table, bool wide,
                        bool by_id, unsigned long level, void *result, unsigned long max)
{
    JET_COLUMNDEF columns[COL_COUNT];
    struct jet_list list;
    JET_COLUMNLIST out = {.cbStruct = sizeof out};
    JET_ERR err = JET_errSuccess;

    if (!result)
        return JET_errInvalidParameter;
    if (max < sizeof out)
        return JET_errInvalidBufferSize;
    memset(columns, 0, sizeof columns);
    for (unsigned i = 0; i < COL_COUNT; i++)
        columns[i].coltyp = list_types[i];
    columns[by_id ? COL_ID : COL_NAME].grbit = JET_bitColumnTTKey;
    err = jet_list_open(&list, call, wide, columns, COL_COUNT);
    if (!err)
        err = fill(&list, table, level);
    err = jet_list_close(&list, err, &out.tableid);
    if (err)
        return err;
    out.cRecord = list.row_count;
    out.columnidPresentationOrder = list.ids[COL_ORDER];
    out.columnidcolumnname = list.ids[COL_NAME];
    out.columnidcolumnid = list.ids[COL_ID];
    out.columnidcoltyp = list.ids[COL_TYPE];
    out.columnidCountry = list.ids[COL_COUNTRY];
    out.columnidLangid = list.ids[COL_LANGID];
    out.columnidCp = list.ids[COL_CP];
    out.columnidCollate = list.ids[COL_COLLATE];
    out.columnidcbMax = list.ids[COL_MAX];
    out.columnidgrbit = list.ids[COL_GRBIT];
    out.columnidDefault = list.ids[COL_DEFAULT];
    out.columnidBaseTableName = list.ids[COL_BASE_TABLE];
    out.columnidBaseColumnName = list.ids[COL_BASE_COLUMN];
    out.columnidDefinitionName = list.ids[COL_DEFINITION];
    return jet_put_struct(result, max, &out, sizeof out);
}

static const struct ese_column_info *find_column(const struct ese_table_info *table,
                                                 const char *name, const JET_COLUMNID *id)
{
    for (unsigned i = 0; i < table->column_count; i++) {
        const struct ese_column_def *def = &table->columns[i].def;

        if (id ? def->id == *id : !strcasecmp(def->name, name))
            return &table->columns[i];
    }
    return NULL;
}

static JET_ERR put_def(const struct ese_column_info *column, void *result, unsigned long max)
{
    JET_COLUMNDEF out = {.cbStruct = sizeof out,
                         .columnid = column->def.id,
                         .coltyp = column->def.coltyp,
                         .cp = column->def.codepage,
                         .cbMax = column->def.max_size,
                         .grbit = column->def.grbit};

    return jet_put_struct(result, max, &out, sizeof out);
}

static JET_ERR put_base(const struct ese_table_info *table, const struct ese_column_info *column,
                        bool wide, void *result, unsigned long max)
{
    const char *base = column->derived ? table->template_table : table->name;
    JET_COLUMNBASE_W w = {.cbStruct = sizeof w};
    JET_COLUMNBASE_A a = {.cbStruct = sizeof a,
                          .columnid = column->def.id,
                          .coltyp = column->def.coltyp,
                          .cp = column->def.codepage,
                          .cbMax = column->def.max_size,
                          .grbit = column->def.grbit};
    JET_ERR err = JET_errSuccess;

    if (!wide) {
        (void)jet_text_out(base, false, a.szBaseTableName, sizeof a.szBaseTableName, NULL);
        (void)jet_text_out(column->def.name, false, a.szBaseColumnName, sizeof a.szBaseColumnName,
                           NULL);
        return jet_put_struct(result, max, &a, sizeof a);
    }
    w.columnid = a.columnid;
    w.coltyp = a.coltyp;
    w.cp = a.cp;
    w.cbMax = a.cbMax;
    w.grbit = a.grbit;
    err = jet_text_out(base, true, w.szBaseTableName, sizeof w.szBaseTableName, NULL);
    if (err >= JET_errSuccess)
        err = jet_text_out(column->def.name, true, w.szBaseColumnName, sizeof w.szBaseColumnName,
                           NULL);
    return err < JET_errSuccess ? err : jet_put_struct(result, max, &w, sizeof w);
}

/* What the level asks for, once the table is described. */
static JET_ERR answer(struct jet_described *d, const struct jet_asked *asked)
{
    const struct ese_column_info *column = NULL;
    struct jet_string name = asked->name;
    void *result = asked->result;
    unsigned long max = asked->max, level = asked->level, base = level & ~(unsigned long)LEVEL_BITS;
    bool by_id = base == JET_ColInfoByColid || base == JET_ColInfoBaseByColid;
    const char *name8 = NULL;
    JET_ERR err = JET_errSuccess;

    switch (base) {
    case JET_ColInfoList:
    case JET_ColInfoListCompact:
    case JET_ColInfoListSortColumnid:
        return put_list(&d->call, &d->table, name.wide,
                        base == JET_ColInfoListSortColumnid ||
                            level & JET_ColInfoGrbitSortByColumnid,
                        level, result, max);
    case JET_ColInfo:
    case JET_ColInfoBase:
    case JET_ColInfoByColid:
    case JET_ColInfoBaseByColid: break;
    default: return JET_errInvalidParameter;
    }
    if (!name.p)
        return JET_errInvalidParameter;
    if (!by_id)
        err = jet_name(&d->arena, name, &name8);
    if (err)
        return err;
    column = find_column(&d->table, name8, by_id ? name.p : NULL);
    if (!column)
        return JET_errColumnNotFound;
    if (base == JET_ColInfo || base == JET_ColInfoByColid)
        return put_def(column, result, max);
    return put_base(&d->table, column, name.wide, result, max);
}

JET_ERR JET_API JetGetTableColumnInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                       void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_narrow(name), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

JET_ERR JET_API JetGetTableColumnInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                       void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_wide(name), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

JET_ERR JET_API JetGetColumnInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR table, JET_PCSTR name,
                                  void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_narrow(name), result, max, level};

    return jet_tell_of_table(sesid, dbid, jet_narrow(table), answer, &asked);
}

JET_ERR JET_API JetGetColumnInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR table, JET_PCWSTR name,
                                  void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_wide(name), result, max, level};

    return jet_tell_of_table(sesid, dbid, jet_wide(table), answer, &asked);
}
