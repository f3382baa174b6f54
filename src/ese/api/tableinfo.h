/* SPDX-License-Identifier: Apache-2.0
 *
 * tableinfo.h - entering with a table's description, for information functions
 */
#ifndef HF_ESE_API_TABLEINFO_H
#define HF_ESE_API_TABLEINFO_H

#include "ese/api/gate.h"
#include "ese/api/text.h"

struct jet_described {
    struct jet_call call;
    struct arena arena;
    char lent[2048];
    struct ese_table_info table;
    bool inside; /* jet_described_leave must follow, whatever the result was */
};

JET_ERR jet_describe_cursor(struct jet_described *d, JET_SESID sesid, JET_TABLEID tableid);
JET_ERR jet_describe_table(struct jet_described *d, JET_SESID sesid, JET_DBID dbid,
                           struct jet_string name);
JET_ERR jet_described_leave(struct jet_described *d, JET_ERR err);

/* The current index of a cursor, in memory of the arena; NULL where the table numbers its rows. */
JET_ERR jet_current_index(const struct jet_call *call, const struct jet_cursor *cursor,
                          struct arena *arena, const struct ese_index_info **ret_index);

#endif
