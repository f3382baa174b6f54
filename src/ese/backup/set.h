/* SPDX-License-Identifier: Apache-2.0
 *
 * set.h - what a backup consists of
 *
 * A backup is a folder:
 *     store/     the files of the store's backup
 *     store.N/   those that the Nth incremental backup found new or changed
 *     manifest   which of all these files are the store's now, and the databases
 * The manifest is written last, beside and renamed: a folder without one is no backup, and one that
 * is being added to is what it was until then. Its text:
 *     Holdfast backup 2
 *     store ID
 *     database NUMBER PAGESIZE PATH      for each one that a file names
 *     file SIZE SUM PART NAME            SUM as backup_sum has it, PART is N, or 0
 *     parts N                            incremental backups up to now
 *     end
 */
#ifndef HF_ESE_BACKUP_SET_H
#define HF_ESE_BACKUP_SET_H

#include "base/list.h"
#include "ese/provider.h"

#include <limits.h>
#include <stdio.h>

struct backup_database {
    struct list link;
    uint32_t number, page_size;
    char path[];
};

struct backup_file {
    struct list link;
    uint64_t size, sum;
    uint32_t part;
    char name[]; /* in the store */
};

struct backup_set {
    uint8_t store[16];
    struct list databases, files; /* struct backup_database, struct backup_file */
    uint64_t size;                /* octets of all files */
    uint32_t parts;               /* PARTs are at most this */
};

void backup_set_init(struct backup_set *set);
void backup_set_fini(struct backup_set *set);
JET_ERR backup_set_add_database(struct backup_set *set, uint32_t number, uint32_t page_size,
                                const char *path);
/* Moves the set's databases to another list, which backup_databases_free frees. */
void backup_set_take_databases(struct backup_set *set, struct list *ret_databases);
void backup_databases_free(struct list *take_databases);
JET_ERR backup_set_add_file(struct backup_set *set, const char *name, uint64_t size, uint64_t sum,
                            uint32_t part);
const struct backup_file *backup_set_find(const struct backup_set *set, const char *name);

/* JET_errNoBackup: there is no manifest in `folder`. JET_errInvalidBackup: it is none of ours, or not
 * whole. */
JET_ERR backup_set_read(struct backup_set *set, const char *folder);
/* The backup that lies in `folder`: there, in new/ or in old/. */
JET_ERR backup_set_find_in(struct backup_set *set, const char *folder, char ret_where[PATH_MAX]);
JET_ERR backup_set_parse(struct backup_set *set, FILE *file);
/* The manifest's text, in memory that the caller frees (free). */
JET_ERR backup_set_text(const struct backup_set *set, char **ret_text, size_t *ret_size);
/* Puts it into `folder`, in the place of one that is there; after an error that one is still there. Not
 * on the device until the folder is synced. */
JET_ERR backup_set_write(const struct backup_set *set, const char *folder);

/* Where the files of a part lie; false: the path is too long. */
bool backup_set_part(const char *folder, uint32_t part, char out[PATH_MAX]);

/* Of a store: 32 digits. */
bool backup_store_id_parse(const char *hex, uint8_t ret_id[16]);

/* ---- sums: FNV-1a of 64 bits; any one octet that is another makes another sum ---- */

#define BACKUP_SUM_EMPTY 0xcbf29ce484222325u

uint64_t backup_sum(uint64_t sum, const void *data, size_t size);

/* ---- what backup and restore do with paths and progress ---- */

bool backup_path(char out[PATH_MAX], const char *a, const char *b); /* "A/B"; false: too long */
/* Makes the folders above `path`, below `root`. */
bool backup_make_parents(const char *root, const char *path);

struct backup_progress {
    const struct ese_progress *to;
    JET_SNP snp;
    uint64_t done, total;
    bool begun;
};

/* An error that the program gives ends what goes on. */
JET_ERR backup_tell(struct backup_progress *p, JET_SNT snt);
/* The last word, after what came to `err`: complete, or a failure; gives `err` back, or the
 * program's. */
JET_ERR backup_tell_end(struct backup_progress *p, JET_ERR err);

#endif
