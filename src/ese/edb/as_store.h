/* SPDX-License-Identifier: Apache-2.0
 *
 * as_store.h - a Windows .edb file as a store that cannot be written
 *
 * Its trees are the file's objects by their number: a table's rows, a secondary index, a table's
 * long values. Keys and values are those of store.h for the same things:
 *     rows, long values, unique indexes    key            -> data
 *     other indexes                        key, bookmark  -> u16 length of the key
 * An object that the file does not have is an empty tree. Nothing ever changes, so transactions are
 * alike and cost nothing. Calls come from any thread; they share the file one at a time.
 */
#ifndef HF_ESE_EDB_AS_STORE_H
#define HF_ESE_EDB_AS_STORE_H

#include "ese/edb/edb.h"
#include "ese/store/store.h"

/* The store owns the file from then on, whatever the result; store_close closes it. STORE_NO_MEMORY.
 * The file's tables and header may be read while the store is open; its other functions may not be
 * called. */
STORE_CHECKED enum store_status edb_store_new(struct edb_file *take_file, struct store **ret_store);

#endif
