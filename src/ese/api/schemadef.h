/* SPDX-License-Identifier: Apache-2.0
 *
 * schemadef.h - Microsoft's structures for creating tables, columns and indexes, read and answered
 */
#ifndef HF_ESE_API_SCHEMADEF_H
#define HF_ESE_API_SCHEMADEF_H

#include "ese/api/text.h"

/* Which of the numbered structures a pointer is to. */
enum jet_index_form { INDEX_LCID = 1, INDEX_HINTS = 2, INDEX_LOCALE = 3 };

/* `structs` is an array of JET_INDEXCREATE, 2 or 3 (A or W). The definitions, in the arena, are
 * answered by jet_answer_indexes. */
JET_ERR jet_read_indexes(struct arena *arena, void *structs, unsigned long count,
                         enum jet_index_form form, bool wide, struct ese_index_def **ret_defs);
void jet_answer_indexes(void *structs, unsigned long count, enum jet_index_form form,
                        const struct ese_index_def *defs);

/* `table` is a JET_TABLECREATE, 2 .. 5 by `form` (1 .. 5). */
JET_ERR jet_read_table(struct arena *arena, void *table, unsigned form, bool wide,
                       struct ese_table_def *ret_def);
void jet_answer_table(void *table, unsigned form, const struct ese_table_def *def,
                      JET_TABLEID tableid);

JET_ERR jet_read_column(struct arena *arena, struct jet_string name, const JET_COLUMNDEF *column,
                        const void *default_data, unsigned long default_size,
                        struct ese_column_def *ret_def);

/* "+Name\0-Name\0\0" of `size` octets. */
JET_ERR jet_read_key(struct arena *arena, struct jet_string key, unsigned long size,
                     struct ese_index_def *def);

#endif
