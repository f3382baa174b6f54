/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h - a library that stands between a program and its files
 *
 * Linked before libc, or named in LD_PRELOAD, it sees the calls that change files. It can
 *   - make some of them fail (fault_arm), for tests of errors;
 *   - make all reads of a store's tables (.sst), but those by which it merges them, fail while the file
 *     FAULT_READ_WHILE is there;
 *   - record all below one folder, in the order in which they took effect, for those who want to
 *     know what a power cut would have left (tests/crash/disk.h). Told by the environment:
 *         FAULT_TRACE=FILE    where the record goes
 *         FAULT_ROOT=FOLDER   what is recorded; absolute
 *     What the program writes to its standard output is part of the record, too.
 * A writable shared mapping below the root ends the program: its writes could not be seen.
 */
#ifndef HF_TESTS_FAULT_H
#define HF_TESTS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* ---- failing ---- */

#define FAULT_KILL (-1) /* as an error: the process is killed there, before the call takes effect */

enum fault_op {
    FAULT_NONE,
    FAULT_WRITE,    /* write, pwrite; a full device takes half of the first one */
    FAULT_SYNC,     /* fsync, fdatasync */
    FAULT_CREATE,   /* open that makes or truncates a file; mkdir */
    FAULT_RENAME,   /* its new name decides */
    FAULT_UNLINK,   /* and rmdir */
    FAULT_ALLOCATE, /* fallocate, ftruncate */
    FAULT_READ,     /* pread, by the thread that armed it */
};

/* From the `nth` (1: the next) call of this kind on, on a path that contains `pattern`, `times` of
 * them (0: all) fail with `error`. One rule at a time; a new one takes the old one's place. */
void fault_arm(enum fault_op op, const char *pattern, unsigned nth, unsigned times, int error);
void fault_disarm(void);
unsigned fault_hits(void); /* calls that failed since fault_arm */

/* ---- the record ---- */

enum trace_kind {
    TRACE_OPEN = 1,   /* `file` is a number for `text`, a path below the root; "" the root itself */
    TRACE_CREATE,     /* likewise, and there was none */
    TRACE_WRITE,      /* `offset`, the octets */
    TRACE_SIZE,       /* the file has size `offset` now */
    TRACE_SYNC_BEGIN, /* of file or folder; `offset` numbers it */
    TRACE_SYNC_END,   /* ... and has succeeded */
    TRACE_RENAME,     /* two paths, each with its NUL */
    TRACE_LINK,       /* likewise */
    TRACE_UNLINK,     /* path */
    TRACE_MKDIR,      /* path */
    TRACE_RMDIR,      /* path */
    TRACE_TELL,       /* octets written to standard output */
};

/* Followed by `size` octets; the record ends with the last whole one. */
struct trace_record {
    uint32_t kind;
    uint32_t size;
    uint64_t file;
    uint64_t offset;
};

#endif
