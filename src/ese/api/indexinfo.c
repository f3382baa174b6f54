/* SPDX-License-Identifier: Apache-2.0
 *
 * indexinfo.c - JetGetTableIndexInfo, JetGetIndexInfo
 */
#include "ese/api/indexcreate.h"
#include "ese/api/lists.h"
#include "ese/api/results.h"
#include "ese/api/tableinfo.h"

#include <strings.h>

enum {
    COL_NAME,
    COL_GRBIT,
    COL_KEYS,
    COL_ENTRIES,
    COL_PAGES,
    COL_SEGMENTS,
    COL_SEGMENT,
    COL_ID,
    COL_TYPE,
    COL_COUNTRY,
    COL_LANGID,
    COL_CP,
    COL_COLLATE,
    COL_COLUMN_GRBIT,
    COL_COLUMN,
    COL_MAP_FLAGS,
    COL_COUNT
};

static const JET_COLUMNDEF list_columns[COL_COUNT] = {
    [COL_NAME] = {.coltyp = JET_coltypText, .grbit = JET_bitColumnTTKey},
    [COL_GRBIT] = {.coltyp = JET_coltypLong},
    [COL_KEYS] = {.coltyp = JET_coltypLong},
    [COL_ENTRIES] = {.coltyp = JET_coltypLong},
    [COL_PAGES] = {.coltyp = JET_coltypLong},
    [COL_SEGMENTS] = {.coltyp = JET_coltypLong},
    [COL_SEGMENT] = {.coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey},
    [COL_ID] = {.coltyp = JET_coltypLong},
    [COL_TYPE] = {.coltyp = JET_coltypLong},
    [COL_COUNTRY] = {.coltyp = JET_coltypShort},
    [COL_LANGID] = {.coltyp = JET_coltypShort},
    [COL_CP] = {.coltyp = JET_coltypShort},
    [COL_COLLATE] = {.coltyp = JET_coltypShort},
    [COL_COLUMN_GRBIT] = {.coltyp = JET_coltypLong},
    [COL_COLUMN] = {.coltyp = JET_coltypText},
    [COL_MAP_FLAGS] = {.coltyp = JET_coltypLong},
};

static JET_ERR add_segment(struct jet_list *list, const struct ese_index_info *index,
                           unsigned segment)
{
    const struct ese_column_def *column = &index->columns[segment]->def;
    JET_ERR err = jet_list_text(list, COL_NAME, index->def.name);

    jet_list_number(list, COL_GRBIT, index->def.grbit);
    jet_list_number(list, COL_KEYS, index->keys);
    jet_list_number(list, COL_ENTRIES, index->entries);
    jet_list_number(list, COL_PAGES, index->pages);
    jet_list_number(list, COL_SEGMENTS, index->def.segment_count);
    jet_list_number(list, COL_SEGMENT, segment);
    jet_list_number(list, COL_ID, column->id);
    jet_list_number(list, COL_TYPE, column->coltyp);
    jet_list_number(list, COL_COUNTRY, 0);
    jet_list_number(list, COL_LANGID, index->def.collation.lcid & 0xffff);
    jet_list_number(list, COL_CP, column->codepage);
    jet_list_number(list, COL_COLLATE, 0);
    jet_list_number(list, COL_COLUMN_GRBIT,
                    index->def.segments[segment].descending ? JET_bitKeyDescending
                                                            : JET_bitKeyAscending);
    jet_list_number(list, COL_MAP_FLAGS, index->def.collation.map_flags);
    if (!err)
        err = jet_list_text(list, COL_COLUMN, column->name);
    return err ? err : jet_list_row(list);
}

/* Of one index, or of all. */
static JET_ERR put_list(struct jet_call *call, const struct ese_table_info *table,
                        const struct ese_index_info *only, bool wide, void *result,
                        unsigned long max)
{
    struct jet_list list;
    JET_INDEXLIST out = {.cbStruct = sizeof out};
    JET_ERR err = JET_errSuccess;

    if (!result)
        return JET_errInvalidParameter;
    if (max < sizeof out)
        return JET_errInvalidBufferSize;
    err = jet_list_open(&list, call, wide, list_columns, COL_COUNT);
    for (unsigned i = 0; i < table->index_count && !err; i++)
        for (unsigned s = 0; s < table->indexes[i].def.segment_count && !err; s++)
            if (!only || only == &table->indexes[i])
                err = add_segment(&list, &table->indexes[i], s);
    err = jet_list_close(&list, err, &out.tableid);
    if (err)
        return err;
    out.cRecord = list.row_count;
    out.columnidindexname = list.ids[COL_NAME];
    out.columnidgrbitIndex = list.ids[COL_GRBIT];
    out.columnidcKey = list.ids[COL_KEYS];
    out.columnidcEntry = list.ids[COL_ENTRIES];
    out.columnidcPage = list.ids[COL_PAGES];
    out.columnidcColumn = list.ids[COL_SEGMENTS];
    out.columnidiColumn = list.ids[COL_SEGMENT];
    out.columnidcolumnid = list.ids[COL_ID];
    out.columnidcoltyp = list.ids[COL_TYPE];
    out.columnidCountry = list.ids[COL_COUNTRY];
    out.columnidLangid = list.ids[COL_LANGID];
    out.columnidCp = list.ids[COL_CP];
    out.columnidCollate = list.ids[COL_COLLATE];
    out.columnidgrbitColumn = list.ids[COL_COLUMN_GRBIT];
    out.columnidcolumnname = list.ids[COL_COLUMN];
    out.columnidLCMapFlags = list.ids[COL_MAP_FLAGS];
    return jet_put_struct(result, max, &out, sizeof out);
}

static JET_ERR put_id(const struct ese_index_info *index, void *result, unsigned long max)
{
    JET_INDEXID out = {.cbStruct = sizeof out};

    memcpy(out.rgbIndexId, &index->id, sizeof index->id);
    return jet_put_struct(result, max, &out, sizeof out);
}

static JET_ERR put_locale(const struct ese_index_info *index, void *result, unsigned long max)
{
    const char *locale = index->def.collation.locale;

    if (!result)
        return JET_errInvalidParameter;
    return jet_text_out(locale ? locale : "", true, result, max, NULL) ? JET_errBufferTooSmall
                                                                       : JET_errSuccess;
}

/* A number of 16 bits (a language's identifier, not its locale's), or in as many as the program has. */
static JET_ERR put_short(void *result, unsigned long max, uint32_t value)
{
    uint16_t narrow = (uint16_t)value;

    if (max == sizeof narrow)
        return jet_put_struct(result, max, &narrow, sizeof narrow);
    return jet_put_number(result, max, value);
}

/* One fact of one index. */
static JET_ERR put_fact(const struct ese_index_info *index, bool wide, void *result,
                        unsigned long max, unsigned long level)
{
    switch (level) {
    case JET_IdxInfoLCID: return put_short(result, max, index->def.collation.lcid);
    case JET_IdxInfoVarSegMac: return put_short(result, max, index->def.var_seg_mac);
    case JET_IdxInfoKeyMost: return put_short(result, max, index->def.key_most);
    case JET_IdxInfoIndexId: return put_id(index, result, max);
    case JET_IdxInfoLocaleName: return put_locale(index, result, max);
    case JET_IdxInfoSpaceOwned: return jet_put_number(result, max, index->pages);
    case JET_IdxInfoSpaceAvailable: return jet_put_number(result, max, 0);
    case JET_IdxInfoCreateIndex:
    case JET_IdxInfoCreateIndex2:
    case JET_IdxInfoCreateIndex3:
        return jet_put_index_create(&index->def, wide, level, result, max);
    default: return JET_errInvalidParameter;
    }
}

static const struct ese_index_info *find_index(const struct ese_table_info *table, const char *name)
{
    for (unsigned i = 0; i < table->index_count; i++) {
        const struct ese_index_info *index = &table->indexes[i];

        if (name ? !strcasecmp(index->def.name, name) : index->def.grbit & JET_bitIndexPrimary)
            return index;
    }
    return NULL;
}

static JET_ERR answer(struct jet_described *d, const struct jet_asked *asked)
{
    const struct ese_index_info *index = NULL;
    bool wide = asked->name.wide;
    void *result = asked->result;
    unsigned long max = asked->max, level = asked->level;
    const char *name8 = NULL;
    JET_ERR err = jet_utf8(&d->arena, asked->name, &name8);

    if (err)
        return err;
    if (level == JET_IdxInfoCount)
        return jet_put_number(result, max, d->table.index_count);
    if (name8 && !*name8)
        name8 = NULL;
    if (name8 || (level != JET_IdxInfo && level != JET_IdxInfoList)) {
        index = find_index(&d->table, name8);
        if (!index)
            return JET_errIndexNotFound;
    }
    if (level == JET_IdxInfo || level == JET_IdxInfoList)
        return put_list(&d->call, &d->table, index, wide, result, max);
    return put_fact(index, wide, result, max, level);
}

JET_ERR JET_API JetGetTableIndexInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                      void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_narrow(name), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

JET_ERR JET_API JetGetTableIndexInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                      void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_wide(name), result, max, level};

    return jet_tell_of_cursor(sesid, tableid, answer, &asked);
}

JET_ERR JET_API JetGetIndexInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR table, JET_PCSTR name,
                                 void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_narrow(name), result, max, level};

    return jet_tell_of_table(sesid, dbid, jet_narrow(table), answer, &asked);
}

JET_ERR JET_API JetGetIndexInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR table, JET_PCWSTR name,
                                 void *result, unsigned long max, unsigned long level)
{
    struct jet_asked asked = {jet_wide(name), result, max, level};

    return jet_tell_of_table(sesid, dbid, jet_wide(table), answer, &asked);
}
