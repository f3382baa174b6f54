/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.h - a copy of a store in a folder, whichever side of a network the store is on
 */
#ifndef HF_ESE_BACKUP_FOLDER_H
#define HF_ESE_BACKUP_FOLDER_H

#include "ese/backup/set.h"

/* Where a backup's files come from. They are a store at one moment, which `open` chooses. */
struct backup_source {
    void *ctx;
    /* The store's id and its databases go into `set`. On an error it is not open. */
    JET_ERR (*open)(void *ctx, struct backup_set *set);
    void (*close)(void *ctx);
    size_t (*count)(void *ctx);
    JET_ERR (*file)(void *ctx, size_t i, const char **ret_name, uint64_t *ret_size);
    /* The backup_sum of a file, where it is known without reading; or NULL. */
    uint64_t (*sum)(void *ctx, size_t i);
    /* Nothing got: its end. JET_errBackupAbortByServer: it is to stop. */
    JET_ERR(*read)
    (void *ctx, size_t i, uint64_t offset, void *buffer, size_t size, size_t *ret_got);
};

/* JetBackupInstance. */
JET_ERR backup_to_folder(const struct backup_source *from, const char *folder, JET_GRBIT grbit,
                         const struct ese_progress *progress);

#endif
