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
};

/* What an information function is asked, and where the answer goes. */
struct jet_asked {
    struct jet_string name; /* of a column or an index; `wide` also without one: texts are UTF-16 */
    void *result;
    unsigned long max; /* octets */
    unsigned long level;
};

typedef JET_ERR jet_answer(struct jet_described *d, const struct jet_asked *asked);

/* Enters, describes the table, has it answered, leaves. */
JET_ERR jet_tell_of_cursor(JET_SESID sesid, JET_TABLEID tableid, jet_answer *answer,
                           const struct jet_asked *asked);
JET_ERR jet_tell_of_table(JET_SESID sesid, JET_DBID dbid, struct jet_string table,
                          jet_answer *answer, const struct jet_asked *asked);

/* The current index of a cursor, in memory of the arena; NULL where the table numbers its rows. */
JET_ERR jet_current_index(const struct jet_call *call, const struct jet_cursor *cursor,
                          struct arena *arena, const struct ese_index_info **ret_index);

#endif
