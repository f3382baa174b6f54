/* SPDX-License-Identifier: Apache-2.0
 *
 * restore.h - what the forms of restore share
 */
#ifndef HF_ESE_ENGINE_RESTORE_H
#define HF_ESE_ENGINE_RESTORE_H

#include "ese/backup/set.h"
#include "ese/engine/engine.h"

/* A backup with its files opened one by one. */
struct restore_source {
    const struct backup_set *set; /* its databases have the paths that they are to have */
    /* A descriptor that stands where the file's octets begin. */
    JET_ERR (*open)(void *ctx, const struct backup_file *file, int *ret_fd);
    void *ctx;
};

/* Puts it into the place of the store of `host`, which does not run: all or nothing. */
JET_ERR eng_restore_from(struct ese_host *host, const struct restore_source *source,
                         const struct ese_progress *progress);

#endif
