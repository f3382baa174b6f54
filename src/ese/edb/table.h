/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - bringing the tables of a freshly read catalog into order
 */
#ifndef HF_ESE_EDB_TABLE_H
#define HF_ESE_EDB_TABLE_H

#include "ese/edb/edb_internal.h"

/* Sorts tables and columns, and gives derived tables the columns of their templates. */
EDB_CHECK enum edb_status edb_tables_finish(struct edb_file *f);

#endif
