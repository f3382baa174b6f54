/* SPDX-License-Identifier: Apache-2.0
 *
 * lists.h - listings: temporary tables that information functions fill for the program
 */
#ifndef HF_ESE_API_LISTS_H
#define HF_ESE_API_LISTS_H

#include "ese/api/gate.h"

#define JET_LIST_COLUMNS_MAX 20

struct jet_list {
    struct jet_call *call;
    struct ese_cursor *engine;
    bool wide; /* text is UTF-16, else octets */
    unsigned column_count, row_count;
    const JET_COLUMNDEF *columns;
    JET_COLUMNID ids[JET_LIST_COLUMNS_MAX];
    JET_SETCOLUMN values[JET_LIST_COLUMNS_MAX]; /* of the row being made */
    uint32_t numbers[JET_LIST_COLUMNS_MAX];
    void *texts[JET_LIST_COLUMNS_MAX]; /* ours to free at the end of the row */
};

/* `columns` is lent until the end. Columns with JET_bitColumnTTKey order the rows. */
JET_ERR jet_list_open(struct jet_list *list, struct jet_call *call, bool wide,
                      const JET_COLUMNDEF *columns, unsigned count);

/* Values of the next row, by place; those not set are null. */
void jet_list_number(struct jet_list *list, unsigned column, uint32_t value);
void jet_list_octets(struct jet_list *list, unsigned column, const void *data, uint32_t size);
JET_ERR jet_list_text(struct jet_list *list, unsigned column, const char *utf8);
JET_ERR jet_list_row(struct jet_list *list);

/* Ends: with `err` 0 the table gets a handle and stands on its first row. */
JET_ERR jet_list_close(struct jet_list *list, JET_ERR err, JET_TABLEID *ret_tableid);

#endif
