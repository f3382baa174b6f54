/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.h - what a backup that is read file by file looks like
 *
 * The program is shown each database as it is, a file that names it, and the store as log
 * files BASEnnnnn.log, numbered on from one backup to the next. A log file is a page of text
 *     Holdfast backup file 1
 *     store ID
 *     generation N
 *     size S
 *     name NAME           in the store; "manifest" in the last one
 * that is filled with zeros, S octets, and zeros up to a whole page. The manifest is that of
 * set.h; a PART is the generation of the log file that has the file.
 */
#ifndef HF_ESE_BACKUP_STREAM_H
#define HF_ESE_BACKUP_STREAM_H

#include "ese/backup/set.h"

#define STREAM_PAGE     4096
#define STREAM_MANIFEST "manifest"
#define STREAM_GEN_MAX  0xfffff /* what five digits hold */

struct stream_header {
    uint8_t store[16];
    uint32_t generation;
    uint64_t size;
    char name[PATH_MAX];
};

void stream_header_print(const struct stream_header *header, char out[STREAM_PAGE]);
bool stream_header_parse(const char page[STREAM_PAGE], struct stream_header *ret_header);
/* "BASEnnnnn.log", and below FOLDER; false: too long. */
bool stream_name(const char *base, uint32_t generation, char out[PATH_MAX]);
bool stream_path(const char *folder, const char *base, uint32_t generation, char out[PATH_MAX]);

#endif
