/* SPDX-License-Identifier: Apache-2.0
 *
 * server_describe.c - what tables there are, and what a table looks like
 *
 * Put together from what the JET functions tell: their listings and single facts.
 */
#include "remote/server.h"

#include "base/utf16.h"

#include <string.h>

#define NAME_MAX_OCTETS 256 /* room for a name in a listing */
#define DEFAULT_MAX     4096
#define LOCALE_UNITS    86
#define INDEX_OCTETS    16384 /* an index with 32 names in it, and more */

/* A table under a cursor, or by name. */
struct source {
    JET_SESID sesid;
    JET_TABLEID tableid; /* JET_tableidNil: by name */
    JET_DBID dbid;
    const char *name;
};

static JET_ERR column_info(const struct source *s, void *result, unsigned long max,
                           unsigned long level)
{
    if (s->tableid != JET_tableidNil)
        return JetGetTableColumnInfoA(s->sesid, s->tableid, NULL, result, max, level);
    return JetGetColumnInfoA(s->sesid, s->dbid, s->name, NULL, result, max, level);
}

static JET_ERR index_info(const struct source *s, const char *index, void *result,
                          unsigned long max, unsigned long level)
{
    if (s->tableid != JET_tableidNil)
        return JetGetTableIndexInfoA(s->sesid, s->tableid, index, result, max, level);
    return JetGetIndexInfoA(s->sesid, s->dbid, s->name, index, result, max, level);
}

/* ---- listings ---- */

/* Values of the current row of a listing; what is null is 0 or "". */
static JET_ERR numbers_of_row(JET_SESID sesid, JET_TABLEID list, const JET_COLUMNID *ids,
                              uint32_t *const *to, unsigned count)
{
    JET_RETRIEVECOLUMN columns[16];
    JET_ERR err = JET_errSuccess;

    memset(columns, 0, sizeof columns);
    for (unsigned i = 0; i < count; i++) {
        *to[i] = 0;
        columns[i] = (JET_RETRIEVECOLUMN){
            .columnid = ids[i], .pvData = to[i], .cbData = sizeof *to[i], .itagSequence = 1};
    }
    err = JetRetrieveColumns(sesid, list, columns, count);
    return err < 0 ? err : JET_errSuccess;
}

static JET_ERR text_of_row(JET_SESID sesid, JET_TABLEID list, JET_COLUMNID id,
                           char to[NAME_MAX_OCTETS])
{
    unsigned long size = 0;
    JET_ERR err = JetRetrieveColumn(sesid, list, id, to, NAME_MAX_OCTETS - 1, &size, 0, NULL);

    if (err < 0)
        return err;
    to[err == JET_wrnColumnNull ? 0 : size < NAME_MAX_OCTETS ? size : NAME_MAX_OCTETS - 1] = '\0';
    return JET_errSuccess;
}

/* ---- columns ---- */

static JET_ERR read_default(JET_SESID sesid, const JET_COLUMNLIST *list, JET_RPC_BYTES *ret)
{
    uint8_t buffer[DEFAULT_MAX];
    unsigned long size = 0;
    JET_ERR err = JetRetrieveColumn(sesid, list->tableid, list->columnidDefault, buffer,
                                    sizeof buffer, &size, 0, NULL);

    if (err < 0 || err == JET_wrnColumnNull)
        return err < 0 ? err : JET_errSuccess;
    return serve_bytes(buffer, (uint32_t)(size < sizeof buffer ? size : sizeof buffer), ret);
}

static JET_ERR read_column(const struct source *s, const JET_COLUMNLIST *list,
                           JET_RPC_TABLE_DEF *def, JET_RPC_COLUMN *c)
{
    const JET_COLUMNID ids[] = {list->columnidPresentationOrder,
                                list->columnidcolumnid,
                                list->columnidcoltyp,
                                list->columnidCp,
                                list->columnidcbMax,
                                list->columnidgrbit};
    uint32_t *const to[] = {&c->order, &c->id, &c->coltyp, &c->codepage, &c->max_size, &c->grbit};
    char text[NAME_MAX_OCTETS];
    JET_ERR err = numbers_of_row(s->sesid, list->tableid, ids, to, 6);

    if (!err)
        err = text_of_row(s->sesid, list->tableid, list->columnidcolumnname, text);
    if (!err)
        err = serve_text(text, &c->name);
    if (!err)
        err = read_default(s->sesid, list, &c->default_value);
    if (!err)
        err = text_of_row(s->sesid, list->tableid, list->columnidBaseTableName, text);
    if (err || !text[0] || !strcmp(text, def->name))
        return err;
    c->derived = 1;
    return def->template_table ? JET_errSuccess : serve_text(text, &def->template_table);
}

static JET_ERR read_columns(const struct source *s, JET_RPC_TABLE_DEF *def)
{
    JET_COLUMNLIST list = {.cbStruct = sizeof list};
    JET_ERR err = column_info(s, &list, sizeof list, JET_ColInfoListSortColumnid);
    uint32_t n = 0;

    if (err < 0)
        return err;
    def->columns = list.cRecord <= JET_WIRE_COLUMNS
                       ? serve_result((list.cRecord + 1) * sizeof *def->columns)
                       : NULL;
    err = def->columns ? JET_errSuccess : JET_errOutOfMemory;
    for (; n < list.cRecord && !err; n++) {
        err = JetMove(s->sesid, list.tableid, n == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0);
        if (err)
            break;
        def->column_count = n + 1;
        err = read_column(s, &list, def, &def->columns[n]);
    }
    (void)JetCloseTable(s->sesid, list.tableid);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

/* ---- indexes ---- */

static JET_ERR read_locale(const struct source *s, JET_RPC_INDEX *x)
{
    uint16_t units[LOCALE_UNITS] = {0};
    char *text = NULL;
    JET_ERR err = index_info(s, x->name, units, sizeof units, JET_IdxInfoLocaleName);

    if (err < 0 || units[0] == 0)
        return err < 0 ? err : JET_errSuccess;
    text = utf16_to_utf8(units);
    err = text ? serve_text(text, &x->locale) : JET_errOutOfMemory;
    mem_free(text);
    return err;
}

/* Conditions and limits of tuples are told by the structure that would create the index alone. */
static JET_ERR read_conditions(const struct source *s, JET_RPC_INDEX *x)
{
    union {
        JET_INDEXCREATE3_A create;
        char room[INDEX_OCTETS];
    } u;
    const JET_TUPLELIMITS *t = NULL;
    JET_ERR err = index_info(s, x->name, &u, sizeof u, JET_IdxInfoCreateIndex3);

    if (err < 0)
        return err;
    x->density = (uint32_t)u.create.ulDensity;
    t = u.create.grbit & JET_bitIndexTupleLimits ? u.create.ptuplelimits : NULL;
    if (t) {
        x->tuple[0] = (uint32_t)t->chLengthMin;
        x->tuple[1] = (uint32_t)t->chLengthMax;
        x->tuple[2] = (uint32_t)t->chToIndexMax;
        x->tuple[3] = (uint32_t)t->cchIncrement;
        x->tuple[4] = (uint32_t)t->ichStart;
    }
    if (u.create.cConditionalColumn == 0)
        return JET_errSuccess;
    x->conditions = serve_result(JET_WIRE_SEGMENTS * sizeof *x->conditions);
    err = x->conditions ? JET_errSuccess : JET_errOutOfMemory;
    for (unsigned i = 0; i < u.create.cConditionalColumn && i < JET_WIRE_SEGMENTS && !err; i++) {
        const JET_CONDITIONALCOLUMN_A *c = &u.create.rgconditionalcolumn[i];

        x->conditions[i].grbit = c->grbit;
        err = serve_text(c->szColumnName, &x->conditions[i].column);
        x->condition_count = i + 1;
    }
    return err;
}

static JET_ERR read_index_facts(const struct source *s, JET_RPC_INDEX *x)
{
    JET_INDEXID id = {.cbStruct = sizeof id};
    JET_ERR err = index_info(s, x->name, &x->lcid, sizeof x->lcid, JET_IdxInfoLCID);

    if (err >= 0)
        err = index_info(s, x->name, &x->var_seg_mac, sizeof x->var_seg_mac, JET_IdxInfoVarSegMac);
    if (err >= 0)
        err = index_info(s, x->name, &x->key_most, sizeof x->key_most, JET_IdxInfoKeyMost);
    if (err >= 0)
        err = index_info(s, x->name, &id, sizeof id, JET_IdxInfoIndexId);
    if (err >= 0)
        memcpy(&x->id, id.rgbIndexId, sizeof x->id);
    if (err >= 0)
        err = read_conditions(s, x);
    return err < 0 ? err : read_locale(s, x);
}

/* One row of the listing: a segment of the last index, or the first of a new one. */
static JET_ERR read_segment(const struct source *s, const JET_INDEXLIST *list,
                            JET_RPC_INDEXES *indexes)
{
    uint32_t grbit = 0, keys = 0, entries = 0, pages = 0, order = 0, flags = 0;
    const JET_COLUMNID ids[] = {list->columnidgrbitIndex,  list->columnidcKey,
                                list->columnidcEntry,      list->columnidcPage,
                                list->columnidgrbitColumn, list->columnidLCMapFlags};
    uint32_t *const to[] = {&grbit, &keys, &entries, &pages, &order, &flags};
    char name[NAME_MAX_OCTETS], column[NAME_MAX_OCTETS];
    JET_RPC_INDEX *x = indexes->count > 0 ? &indexes->indexes[indexes->count - 1] : NULL;
    JET_ERR err = numbers_of_row(s->sesid, list->tableid, ids, to, 6);

    if (!err)
        err = text_of_row(s->sesid, list->tableid, list->columnidindexname, name);
    if (!err)
        err = text_of_row(s->sesid, list->tableid, list->columnidcolumnname, column);
    if (err)
        return err;
    if (!x || strcmp(x->name, name) != 0) {
        x = &indexes->indexes[indexes->count++];
        x->grbit = grbit;
        x->keys = keys;
        x->entries = entries;
        x->pages = pages;
        x->map_flags = flags;
        x->segments = serve_result(JET_WIRE_SEGMENTS * sizeof *x->segments);
        err = x->segments ? serve_text(name, &x->name) : JET_errOutOfMemory;
    }
    if (err || x->segment_count >= JET_WIRE_SEGMENTS)
        return err;
    x->segments[x->segment_count].grbit = order == JET_bitKeyDescending;
    return serve_text(column, &x->segments[x->segment_count++].column);
}

/* The primary one first. */
static void order_indexes(JET_RPC_INDEXES *indexes)
{
    for (uint32_t i = 1; i < indexes->count; i++)
        if (indexes->indexes[i].grbit & JET_bitIndexPrimary) {
            JET_RPC_INDEX primary = indexes->indexes[i];

            memmove(&indexes->indexes[1], &indexes->indexes[0], i * sizeof primary);
            indexes->indexes[0] = primary;
        }
}

static JET_ERR read_indexes(const struct source *s, JET_RPC_INDEXES *indexes)
{
    JET_INDEXLIST list = {.cbStruct = sizeof list};
    unsigned long count = 0;
    JET_ERR err = index_info(s, NULL, &count, sizeof count, JET_IdxInfoCount);

    if (err < 0 || count == 0)
        return err;
    err = index_info(s, NULL, &list, sizeof list, JET_IdxInfoList);
    if (err < 0)
        return err;
    indexes->indexes = count <= JET_WIRE_INDEXES && list.cRecord <= JET_WIRE_INDEXES * 16ul
                           ? serve_result((list.cRecord + 1) * sizeof *indexes->indexes)
                           : NULL;
    err = indexes->indexes ? JET_errSuccess : JET_errOutOfMemory;
    for (unsigned long n = 0; n < list.cRecord && !err; n++) {
        err = JetMove(s->sesid, list.tableid, n == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0);
        if (!err)
            err = read_segment(s, &list, indexes);
    }
    (void)JetCloseTable(s->sesid, list.tableid);
    for (uint32_t i = 0; i < indexes->count && !err; i++)
        err = read_index_facts(s, &indexes->indexes[i]);
    order_indexes(indexes);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

/* ---- tables ---- */

static void take_object(const JET_OBJECTINFO *object, JET_RPC_TABLE_DEF *def)
{
    def->grbit = (uint32_t)object->flags;
    def->records = (uint32_t)object->cRecord;
    def->pages = (uint32_t)object->cPage;
}

static JET_ERR read_parts(const struct source *s, JET_RPC_TABLE_DEF *def)
{
    JET_ERR err = read_columns(s, def);

    return err < 0 ? err : read_indexes(s, &def->indexes);
}

JET_ERR serve_describe(JET_SESID sesid, JET_TABLEID tableid, JET_RPC_TABLE_DEF *def)
{
    const struct source s = {.sesid = sesid, .tableid = tableid};
    JET_OBJECTINFO object = {.cbStruct = sizeof object};
    unsigned long pages[2] = {0, 0};
    char name[NAME_MAX_OCTETS] = "";
    JET_ERR err = JetGetTableInfoA(sesid, tableid, name, sizeof name, JET_TblInfoName);

    if (err >= 0)
        err = serve_text(name, &def->name);
    if (err >= 0)
        err = JetGetTableInfoA(sesid, tableid, &object, sizeof object, JET_TblInfo);
    if (err >= 0)
        err = JetGetTableInfoA(sesid, tableid, pages, sizeof pages, JET_TblInfoSpaceUsage);
    if (err < 0)
        return err;
    take_object(&object, def);
    def->owned_pages = (int64_t)pages[0];
    def->available_pages = (int64_t)pages[1];
    return read_parts(&s, def);
}

JET_ERR serve_describe_named(JET_SESID sesid, JET_DBID dbid, const char *name,
                             JET_RPC_TABLE_DEF *def)
{
    const struct source s = {.sesid = sesid, .tableid = JET_tableidNil, .dbid = dbid, .name = name};
    JET_OBJECTINFO object = {.cbStruct = sizeof object};
    JET_ERR err = JetGetObjectInfoA(sesid, dbid, JET_objtypTable, NULL, name, &object,
                                    sizeof object, JET_ObjInfo);

    if (err >= 0)
        err = serve_text(name, &def->name);
    if (err < 0)
        return err;
    take_object(&object, def);
    return read_parts(&s, def);
}

JET_ERR serve_list_tables(JET_SESID sesid, JET_DBID dbid, JET_RPC_NAMES *names)
{
    JET_OBJECTLIST list = {.cbStruct = sizeof list};
    char name[NAME_MAX_OCTETS];
    JET_ERR err = JetGetObjectInfoA(sesid, dbid, JET_objtypTable, NULL, NULL, &list, sizeof list,
                                    JET_ObjInfoListNoStats);

    if (err < 0)
        return err;
    names->names = list.cRecord <= JET_WIRE_TABLES
                       ? serve_result((list.cRecord + 1) * sizeof *names->names)
                       : NULL;
    err = names->names ? JET_errSuccess : JET_errOutOfMemory;
    for (unsigned long n = 0; n < list.cRecord && !err; n++) {
        err = JetMove(sesid, list.tableid, n == 0 ? (long)JET_MoveFirst : JET_MoveNext, 0);
        if (!err)
            err = text_of_row(sesid, list.tableid, list.columnidobjectname, name);
        if (!err)
            err = serve_text(name, &names->names[n]);
        if (!err)
            names->count = (uint32_t)n + 1;
    }
    (void)JetCloseTable(sesid, list.tableid);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}
