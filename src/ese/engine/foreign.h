/* SPDX-License-Identifier: Apache-2.0
 *
 * foreign.h - databases that Windows has made: .edb files, read where they lie
 *
 * Such a database has a store of its own, which is the file and never changes (edb/as_store.h), and
 * one transaction in it for all. Its tables are what the file's catalog says; they have one version.
 * Everything that reads goes the engine's ordinary ways, but for
 *     F1  names and schemas, which come from the file's catalog as edb.h has read it;
 *     F2  long values, whose chunks may be compressed and of any length;
 *     F3  keys of Unicode text, which only Windows' own tables can make: no search key with such a
 *         segment (JET_errUnicodeNormalizationNotSupported), and a row's entry in such an index is
 *         found by looking through the index;
 *     F4  escrow deltas, of which a file has none pending.
 */
#ifndef HF_ESE_ENGINE_FOREIGN_H
#define HF_ESE_ENGINE_FOREIGN_H

#include "ese/engine/cursor.h"

struct edb_file;

/* The Windows database of an attached path. */
struct eng_foreign {
    struct edb_file *file; /* the store's; its tables are read only through the functions below */
    struct store *store;
    struct store_txn *txn;
};

/* Opens the file. `dirty`: also one that was not shut down cleanly, as far as it goes.
 * JET_errDatabaseDirtyShutdown, JET_errInvalidDatabaseVersion, JET_errDatabaseCorrupted ... */
JET_ERR eng_foreign_open(const char *path, bool dirty, struct eng_foreign **ret_foreign);
void eng_foreign_close(struct eng_foreign *take_foreign); /* accepts NULL */
uint32_t eng_foreign_page_size(const struct eng_foreign *foreign);
void eng_foreign_info(const struct eng_foreign *foreign, struct ese_database_info *ret_info);
/* Of any such file, attached or not, whatever its state. */
JET_ERR eng_foreign_file_info(const char *path, struct ese_database_info *ret_info);

/* F1 */
JET_ERR eng_foreign_find(const struct eng_foreign *foreign, const char *name, uint32_t *ret_objid);
/* The name of table `i`, NULL behind the last; in the order of numbers. */
const char *eng_foreign_name(const struct eng_foreign *foreign, size_t i, bool *ret_system);
JET_ERR eng_foreign_schema(const struct eng_table *table, struct eng_schema **ret_schema);

/* F2: as eng_lv_size and eng_lv_read. */
JET_ERR eng_foreign_lv_size(struct eng_step *step, const struct eng_table *table,
                            const struct eng_lid *lid, uint32_t *ret_size);
JET_ERR eng_foreign_lv_read(struct eng_step *step, const struct eng_table *table,
                            const struct eng_lid *lid, uint32_t offset, void *out, size_t room,
                            size_t *ret_size);
/* The tree of the table's long values; 0: it has none. */
uint64_t eng_foreign_lv_tree(const struct eng_table *table);

static inline bool eng_table_is_foreign(const struct eng_table *table)
{
    return table->database != NULL && table->database->foreign != NULL;
}

#endif
