/* SPDX-License-Identifier: Apache-2.0
 *
 * lists.c - listings: temporary tables that information functions fill for the program
 */
#include "ese/api/lists.h"

#include "ese/api/lifecycle.h"
#include "ese/api/text.h"

#include "base/utf16.h"

#include <string.h>

#define CODEPAGE_UTF16 1200
#define CODEPAGE_ANSI  1252

JET_ERR jet_list_open(struct jet_list *list, struct jet_call *call, bool wide,
                      const JET_COLUMNDEF *columns, unsigned count)
{
    JET_COLUMNDEF defs[JET_LIST_COLUMNS_MAX];
    struct ese_collation collation = {0};

    memset(list, 0, sizeof *list);
    list->call = call;
    list->wide = wide;
    list->columns = columns;
    list->column_count = count;
    memcpy(defs, columns, count * sizeof *defs);
    for (unsigned i = 0; i < count; i++) {
        defs[i].cbStruct = sizeof *defs;
        if (defs[i].coltyp == JET_coltypText)
            defs[i].cp = wide ? CODEPAGE_UTF16 : CODEPAGE_ANSI;
    }
    return call->provider->open_temp_table(call->session->engine, defs, count, &collation,
                                           JET_bitTTScrollable | JET_bitTTIndexed, 0, 0,
                                           &list->engine, list->ids);
}

void jet_list_octets(struct jet_list *list, unsigned column, const void *data, uint32_t size)
{
    list->values[column].pvData = data;
    list->values[column].cbData = size;
}

/* Short columns take the lower half: this machine, like ESE's formats, is little-endian. */
void jet_list_number(struct jet_list *list, unsigned column, uint32_t value)
{
    list->numbers[column] = value;
    jet_list_octets(list, column, &list->numbers[column],
                    list->columns[column].coltyp == JET_coltypShort ? 2 : 4);
}

JET_ERR jet_list_text(struct jet_list *list, unsigned column, const char *utf8)
{
    if (!list->wide) {
        jet_list_octets(list, column, utf8, (uint32_t)strlen(utf8));
        return JET_errSuccess;
    }
    list->texts[column] = utf16_from_utf8(utf8);
    if (!list->texts[column])
        return JET_errOutOfMemory;
    jet_list_octets(list, column, list->texts[column],
                    (uint32_t)utf16_length(list->texts[column]) * 2);
    return JET_errSuccess;
}

static void clear_row(struct jet_list *list)
{
    for (unsigned i = 0; i < list->column_count; i++) {
        mem_free(list->texts[i]);
        list->texts[i] = NULL;
    }
    memset(list->values, 0, sizeof list->values);
}

JET_ERR jet_list_row(struct jet_list *list)
{
    const struct ese_provider *p = list->call->provider;
    struct ese_session *s = list->call->session->engine;
    JET_SETCOLUMN values[JET_LIST_COLUMNS_MAX];
    uint32_t size = 0;
    unsigned count = 0;
    JET_ERR err = p->prepare(s, list->engine, JET_prepInsert);

    for (unsigned i = 0; i < list->column_count; i++) {
        if (!list->values[i].pvData)
            continue;
        values[count] = list->values[i];
        values[count].columnid = list->ids[i];
        values[count].itagSequence = 1;
        if (values[count].cbData == 0)
            values[count].grbit = JET_bitSetZeroLength;
        count++;
    }
    if (err >= JET_errSuccess)
        err = p->set_columns(s, list->engine, values, count);
    if (err >= JET_errSuccess)
        err = p->update(s, list->engine, NULL, 0, &size, 0);
    clear_row(list);
    if (err < JET_errSuccess)
        return err;
    list->row_count++;
    return JET_errSuccess;
}

JET_ERR jet_list_close(struct jet_list *list, JET_ERR err, JET_TABLEID *ret_tableid)
{
    const struct ese_provider *p = list->call->provider;
    struct ese_session *s = list->call->session->engine;
    struct jet_cursor *place = NULL;

    clear_row(list);
    if (!list->engine)
        return err;
    if (!err) {
        err = p->move(s, list->engine, INT32_MIN, 0);
        if (err == JET_errNoCurrentRecord && list->row_count == 0)
            err = JET_errSuccess;
    }
    if (err >= JET_errSuccess)
        err = jet_cursor_take(list->call, 0, "", &place);
    if (err < JET_errSuccess) {
        p->close_cursor(s, list->engine);
        return err;
    }
    return jet_cursor_give(list->call, place, err, list->engine, 0, ret_tableid);
}
