/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_logs.c - RocksDB's log files as a crash leaves them
 *
 * A log is blocks of 32 KiB of records: a checksum, a length, a kind, the octets; a commit is one record or
 * the pieces of one. It ends where the last was written: what a kill has torn, and, since a log takes room
 * ahead and pages reach the device in any order, zeros. RocksDB passes over zeros to the next
 * block and would replay later commits over those that are missing (T5). So before it looks at them the
 * logs are cut at their last whole commit, as far as a crash can have torn them: from the newest back to
 * the first that has commits. By S3 those before it are whole; if one is not, it is damaged, and
 * RocksDB is left to judge.
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK  ((size_t)32768)
#define HEADER ((size_t)7)
#define NAME   32

enum kind { WHOLE = 1, FIRST, MIDDLE, LAST }; /* others have a place in logs of other settings */

bool rocks_is_log(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && strcmp(dot, ".log") == 0;
}

enum store_status rocks_each_log(const char *folder,
                                 enum store_status (*each)(void *ctx, int folder_fd,
                                                           const char *name),
                                 void *ctx)
{
    enum store_status status = STORE_OK;
    DIR *list = opendir(folder);

    if (list == NULL)
        return rocks_errno(errno);
    for (struct dirent *e; status == STORE_OK && (e = readdir(list)) != NULL;)
        if (rocks_is_log(e->d_name))
            status = each(ctx, dirfd(list), e->d_name);
    (void)closedir(list);
    return status;
}

static enum store_status count(void *ctx, int folder_fd, const char *name)
{
    (void)folder_fd;
    (void)name;
    ++*(unsigned *)ctx;
    return STORE_OK;
}

unsigned rocks_count_logs(const char *folder)
{
    unsigned logs = 0;

    (void)rocks_each_log(folder, count, &logs);
    return logs;
}

static enum store_status sync_log(void *ctx, int folder_fd, const char *name)
{
    enum store_status status = STORE_OK;
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    (void)ctx;
    if (fd < 0 ? errno != ENOENT : fsync(fd) != 0) /* retired meanwhile: that is fine */
        status = rocks_errno(errno);
    if (fd >= 0)
        (void)close(fd);
    return status;
}

/* What a killed process has written may not be on the device yet. */
enum store_status rocks_sync_logs(const char *folder)
{
    enum store_status status = rocks_each_log(folder, sync_log, NULL);

    if (status == STORE_OK && !files_sync_folder(folder))
        status = rocks_errno(errno);
    return status;
}

/* ---- the end of a log ---- */

struct reader {
    int fd;
    off_t whole;  /* where the last whole commit ends */
    bool inside;  /* the pieces of one are being read */
    bool foreign; /* there are records of a kind that we do not read */
    uint8_t block[BLOCK];
};

/* A record's checksum covers its kind and its octets. */
static bool is_good(const uint8_t *record, size_t length)
{
    uint32_t sum = rocks_shim_crc32c(record + HEADER - 1, length + 1), stored;

    memcpy(&stored, record, sizeof stored);
    return le32toh(stored) == ((sum >> 15) | (sum << 17)) + 0xa282ead8u;
}

/* Reads the block at `at`; true if the next one is to be read. */
static bool read_block(struct reader *r, off_t at, size_t size)
{
    size_t length = 0;

    for (size_t begin = 0; begin + HEADER <= BLOCK; begin += HEADER + length) {
        const uint8_t *record = r->block + begin;
        enum kind kind = WHOLE;

        if (size < begin + HEADER)
            return false;
        length = record[4] | (size_t)record[5] << 8;
        kind = (enum kind)record[6];
        r->foreign = kind > LAST;
        if (kind < WHOLE || kind > LAST || length > size - begin - HEADER ||
            !is_good(record, length) || r->inside != (kind == MIDDLE || kind == LAST))
            return false;
        r->inside = kind == FIRST || kind == MIDDLE;
        if (!r->inside)
            r->whole = at + (off_t)(begin + HEADER + length);
    }
    return true;
}

/* False, with errno, when the file cannot be read. */
static bool find_end(struct reader *r)
{
    ssize_t n = 0;

    for (off_t at = 0;; at += n) {
        n = pread(r->fd, r->block, BLOCK, at);
        if (n < 0)
            return false;
        if (!read_block(r, at, (size_t)n))
            return true;
    }
}

static enum store_status cut(struct reader *r, const char *name)
{
    struct stat st;

    if (!find_end(r) || fstat(r->fd, &st) != 0)
        return rocks_errno(errno);
    if (r->foreign || st.st_size == r->whole)
        return STORE_OK;
    if (ftruncate(r->fd, r->whole) != 0)
        return rocks_errno(errno);
    log_line(LOG_LEVEL_INFO, "a log was cut behind its last commit log=%s at=%jd size=%jd", name,
             (intmax_t)r->whole, (intmax_t)st.st_size);
    return STORE_OK;
}

static enum store_status cut_log(const char *folder, uint64_t number, bool *ret_empty)
{
    char name[NAME];
    struct reader *r = mem_alloc(sizeof *r);
    char *path = NULL;
    enum store_status status = STORE_NO_MEMORY;

    (void)snprintf(name, sizeof name, "%06" PRIu64 ".log", number);
    path = rocks_path_in(folder, name);
    if (r == NULL || path == NULL)
        goto out;
    r->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    status = r->fd < 0 ? rocks_errno(errno) : cut(r, name);
    *ret_empty = r->whole == 0 && !r->foreign;
    if (r->fd >= 0)
        (void)close(r->fd);
out:
    mem_free(path);
    mem_free(r);
    return status;
}

struct newest {
    uint64_t bound, number; /* below the one, the highest that was found; 0: none */
};

static enum store_status find_newest(void *ctx, int folder_fd, const char *name)
{
    struct newest *n = ctx;
    uint64_t number = strtoull(name, NULL, 10);

    (void)folder_fd;
    if (number < n->bound && number > n->number)
        n->number = number;
    return STORE_OK;
}

static uint64_t newest_below(const char *folder, uint64_t bound)
{
    struct newest n = {.bound = bound};

    (void)rocks_each_log(folder, find_newest, &n);
    return n.number;
}

enum store_status rocks_cut_logs(const char *folder)
{
    enum store_status status = STORE_OK;
    bool empty = true;

    for (uint64_t n = newest_below(folder, UINT64_MAX); n > 0 && empty && status == STORE_OK;
         n = newest_below(folder, n))
        status = cut_log(folder, n, &empty);
    return status;
}
