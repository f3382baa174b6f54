/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.h - what a power cut leaves of a folder, told from the record of what was done in it
 *
 * The model is what POSIX promises, and the order of names, which journals give and RocksDB needs:
 *   D1  A file's octets and size are on the device when a sync of the file that began after they were
 *       written has ended. Before that each sector may be there or not, in any order; a size may be
 *       there without what was written, which then reads as zeros.
 *       RocksDB asks for more where it notes which files it has: MANIFEST-*, which only grows, has to
 *       keep a beginning of what was written, as file systems give that show no size before the data
 *       (ext4 by default, XFS, btrfs); with a hole in its end RocksDB refuses to open.
 *   D2  A name (made, renamed, linked, removed) is on the device when a sync of its folder that began
 *       after it has ended: not by the sync of the file it names. Before that the changes may be there
 *       from the first up to some one, a rename's two names together.
 *   D3  A sync that has not ended promises nothing.
 */
#ifndef HF_TESTS_CRASH_DISK_H
#define HF_TESTS_CRASH_DISK_H

#include "crash_kit.h"

#include "../fault/fault.h"

struct disk;

/* A disk with what is in the folder `base` now, all of it durable. */
struct disk *disk_new(struct crash *c, const char *base);
/* Reads the record (fault.h) of what was done in that folder since. */
void disk_read(struct disk *d, const char *trace);
void disk_free(struct disk *take_disk);

/* Entries of the record; and the kind of one. */
size_t disk_length(const struct disk *d);
enum trace_kind disk_kind(const struct disk *d, size_t entry);

/* Goes on until `cut` entries have happened, never back; `told` hears of each TRACE_TELL among them. */
void disk_go(struct disk *d, size_t cut, void (*told)(void *ctx, const void *data, size_t size),
             void *ctx);

/* How kind the cut is to what was not synced. */
enum disk_cut { DISK_LOSE_ALL, DISK_KEEP_ALL, DISK_PREFIX, DISK_SECTORS, DISK_MIXED, DISK_CUTS };

/* Lays what is left into `folder`, which must not exist. */
void disk_leave(struct disk *d, enum disk_cut how, const char *folder);

#endif
