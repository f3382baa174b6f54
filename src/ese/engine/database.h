/* SPDX-License-Identifier: Apache-2.0
 *
 * database.h - what backup and restore ask of instances and databases, and they of them
 */
#ifndef HF_ESE_ENGINE_DATABASE_H
#define HF_ESE_ENGINE_DATABASE_H

#include "ese/backup/set.h"
#include "ese/engine/engine.h"

/* An instance with its paths, which does not run. */
JET_ERR eng_instance_prepare(struct ese_host *host, struct ese_instance **ret_instance);
void eng_instance_discard(struct ese_instance *take_instance);
/* Opens the store of a prepared instance, or the one at `path` that has its log in itself, reads its
 * id, calls `visit` and closes it. */
JET_ERR eng_instance_visit(struct ese_instance *instance, const char *path,
                           JET_ERR (*visit)(struct ese_instance *instance, const void *ctx),
                           const void *ctx);

/* Leaves the file at `path` that names a database of the instance's store. */
JET_ERR eng_database_name(const struct ese_instance *instance, const char *path, uint32_t number,
                          uint32_t page_size);
/* The number of the database that the file at `path` names, which is one of that store.
 * JET_errFileNotFound, JET_errDatabaseCorrupted (it names none), JET_errRestoreOfNonBackupDatabase
 * (another store's). */
JET_ERR eng_database_number(const char *path, const uint8_t store[16], uint32_t *ret_number);
/* The instance's store and its databases: those that are attached, and of the others those whose files
 * are where they were created, or in the instance's own folder. */
JET_ERR eng_backup_describe(struct backup_set *set, struct ese_instance *instance);
/* Calls `visit` with every database of the store and the path that it was created at; ends with an error
 * of its. */
JET_ERR eng_database_each(struct ese_instance *instance,
                          JET_ERR (*visit)(void *ctx, uint32_t number, uint32_t page_size,
                                           const char *path),
                          void *ctx);
/* STORE_NOT_FOUND: the store has no database of that number. */
enum store_status eng_database_known(struct store_txn *txn, uint32_t number);

/* Leaves the files that a restore has promised (restore.c). */
JET_ERR eng_restore_names(struct ese_instance *instance);

#endif
