/* SPDX-License-Identifier: Apache-2.0
 *
 * database.h - what backup.c asks of instances and databases
 */
#ifndef HF_ESE_ENGINE_DATABASE_H
#define HF_ESE_ENGINE_DATABASE_H

#include "ese/engine/engine.h"

/* An instance with its paths, which does not run. */
JET_ERR eng_instance_prepare(struct ese_host *host, struct ese_instance **ret_instance);
void eng_instance_discard(struct ese_instance *take_instance);
/* Opens the store of a prepared instance, reads its id, closes it. */
JET_ERR eng_instance_identify(struct ese_instance *instance);

/* Leaves the file at `path` that names a database of the instance's store. */
JET_ERR eng_database_name(const struct ese_instance *instance, const char *path, uint32_t number,
                          uint32_t page_size);
/* Octets in the files of a folder and of the folders in it. */
uint64_t eng_store_size(const char *path);

#endif
