/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_folder.c - what a store is on disk: folders, the files that mark them, who has them
 *
 * A store is a folder: HOLDFAST-STORE (a line that names the format, and from the first open on a
 * second one, which says that there is a content to be lost; its lock makes us the only one), db/
 * (RocksDB's files), backup/ (while a backup is taken), restoring/ and restored/ (rocks_replace.c).
 * When the log is elsewhere, both the store and the log's folder have a file HOLDFAST-LOG with the same
 * random name, and that of the log's folder is locked, too: so a log is replayed into the store that
 * wrote it only, and a store is never opened without its log.
 *
 * Durability: what is made here is on the device, with its entries, before RocksDB begins.
 */
#include "ese/store/rocks_internal.h"

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER_TEXT "holdfast store, rocksdb, format 1\n"
#define MARKER_MADE "made\n"
#define MARKER_SIZE 64
#define LOG_MARKER  "HOLDFAST-LOG"
#define LOG_TEXT    "holdfast log, rocksdb, name "
#define LOG_SIZE    ROCKS_LOG_NAME_SIZE

_Static_assert(ROCKS_LOG_NAME_SIZE == sizeof LOG_TEXT + 33, "32 digits, a line's end, NUL");

enum store_status rocks_errno(int e)
{
    switch (e) {
    case ENOENT:
    case ENOTDIR: return STORE_MISSING;
    case ENOMEM: return STORE_NO_MEMORY;
    case ENOSPC:
    case EDQUOT: return STORE_NO_SPACE;
    case EWOULDBLOCK: return STORE_IN_USE;
    default: return STORE_IO;
    }
}

char *rocks_path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = mem_alloc(size);

    if (path != NULL)
        (void)snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static bool is_empty_folder(const char *path)
{
    return rmdir(path) == 0 && mkdir(path, 0700) == 0;
}

bool rocks_exists(const char *folder, const char *name)
{
    char *path = rocks_path_in(folder, name);
    struct stat st;
    bool there = path != NULL && lstat(path, &st) == 0;

    mem_free(path);
    return there;
}

static enum store_status sync_folder(const char *path)
{
    return files_sync_folder(path) ? STORE_OK : rocks_errno(errno);
}

static enum store_status sync_folder_above(const char *path)
{
    char *copy = mem_strdup(path);
    enum store_status status = copy ? sync_folder(dirname(copy)) : STORE_NO_MEMORY;

    mem_free(copy);
    return status;
}

/* Writes the whole of a marker that is locked, and makes it and the folder's entry durable. */
static enum store_status write_marker(int fd, const char *text, const char *folder)
{
    enum store_status status;

    if (pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text) || fsync(fd) != 0)
        return rocks_errno(errno);
    status = sync_folder(folder);
    return status ? status : sync_folder_above(folder);
}

/* What a marker says; "" when its maker died on the way. */
static enum store_status read_marker(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);

    if (n < 0)
        return STORE_IO;
    text[n] = '\0';
    return STORE_OK;
}

/* ---- the store's folder ---- */

enum store_status rocks_make_db_folder(const char *folder)
{
    char *db = rocks_path_in(folder, "db");
    enum store_status status = STORE_OK;

    if (db == NULL)
        return STORE_NO_MEMORY;
    if (!rocks_exists(db, "CURRENT")) {
        if (mkdir(db, 0700) != 0 && errno != EEXIST)
            status = rocks_errno(errno);
        else
            status = sync_folder(folder);
    }
    mem_free(db);
    return status;
}

enum store_status rocks_take_marker(const char *folder, bool create, int *ret_fd)
{
    char text[MARKER_SIZE] = "";
    char *path = rocks_path_in(folder, ROCKS_MARKER);
    enum store_status status = STORE_OK;
    int fd = -1;

    if (path == NULL)
        return STORE_NO_MEMORY;
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        struct stat st;
        bool there = lstat(folder, &st) == 0;

        if (there && !(create && S_ISDIR(st.st_mode) && is_empty_folder(folder)))
            status = STORE_FOREIGN;
        else if (!create)
            status = STORE_MISSING;
        else if (!there && mkdir(folder, 0700) != 0)
            status = rocks_errno(errno);
        if (status)
            goto out;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (fd < 0) {
        status = errno == ENOTDIR ? STORE_FOREIGN : rocks_errno(errno);
        goto out;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        status = rocks_errno(errno);
        goto out;
    }
    status = read_marker(fd, text, sizeof text);
    if (status == STORE_OK && text[0] == '\0')
        status = create ? write_marker(fd, MARKER_TEXT, folder) : STORE_MISSING;
    else if (status == STORE_OK && strncmp(text, MARKER_TEXT, strlen(MARKER_TEXT)) != 0)
        status = STORE_FOREIGN;
out:
    mem_free(path);
    if (status && fd >= 0)
        (void)close(fd);
    else
        *ret_fd = fd;
    return status;
}

/* A second line that was cut short by a kill counts as well: it is written when there is a content. */
static enum store_status is_made(int fd, bool *ret_made)
{
    char text[MARKER_SIZE] = "";
    enum store_status status = read_marker(fd, text, sizeof text);

    *ret_made = status == STORE_OK && strlen(text) > strlen(MARKER_TEXT);
    return status;
}

enum store_status rocks_check_made(const char *folder, int fd)
{
    bool made = false;
    enum store_status status = is_made(fd, &made);

    if (status || !made || rocks_exists(folder, "db/CURRENT"))
        return status;
    log_line(LOG_LEVEL_ERROR,
             "store lacks its files path=%s: there was a content and its files are gone; bring "
             "them, or a backup, back",
             folder);
    return STORE_CORRUPT;
}

enum store_status rocks_set_made(int fd, bool made)
{
    const char text[] = MARKER_MADE;
    bool is = false;
    enum store_status status = is_made(fd, &is);

    if (status || is == made)
        return status;
    if (made ? pwrite(fd, text, strlen(text), (off_t)strlen(MARKER_TEXT)) != (ssize_t)strlen(text)
             : ftruncate(fd, (off_t)strlen(MARKER_TEXT)) != 0)
        return rocks_errno(errno);
    return fsync(fd) == 0 ? STORE_OK : rocks_errno(errno);
}

/* ---- a log elsewhere ---- */

struct log {
    const char *store, *folder;
    bool used;            /* RocksDB has been there */
    char ours[LOG_SIZE];  /* what the store says of its log; "": it lies in the store */
    char found[LOG_SIZE]; /* what the log's folder says */
};

enum store_status rocks_complain(const char *store, const char *log_path, enum store_status status)
{
    log_line(LOG_LEVEL_ERROR,
             "store and log do not belong together status=\"%s\" store=%s log=%s: a log's folder "
             "serves one store; name the one that this store was made with",
             store_status_name(status), store, log_path != NULL ? log_path : store);
    return status;
}

static enum store_status complain(const struct log *l, enum store_status status)
{
    return rocks_complain(l->store, l->folder, status);
}

enum store_status rocks_read_log_name(const char *store, char name[ROCKS_LOG_NAME_SIZE])
{
    char *path = rocks_path_in(store, LOG_MARKER);
    enum store_status status = STORE_OK;
    int fd;

    name[0] = '\0';
    if (path == NULL)
        return STORE_NO_MEMORY;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        status = read_marker(fd, name, ROCKS_LOG_NAME_SIZE);
        (void)close(fd);
    } else if (errno != ENOENT) {
        status = rocks_errno(errno);
    }
    mem_free(path);
    return status;
}

enum store_status rocks_write_log_name(const char *store, const char name[ROCKS_LOG_NAME_SIZE])
{
    char *path = rocks_path_in(store, LOG_MARKER);
    enum store_status status = path ? STORE_OK : STORE_NO_MEMORY;
    int fd = -1;

    if (status == STORE_OK)
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (status == STORE_OK)
        status = fd < 0 ? rocks_errno(errno) : write_marker(fd, name, store);
    if (fd >= 0)
        (void)close(fd);
    mem_free(path);
    return status;
}

static enum store_status make_log_name(char name[ROCKS_LOG_NAME_SIZE])
{
    unsigned char random[16];
    size_t n = strlen(strcpy(name, LOG_TEXT));

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return STORE_IO;
    for (size_t i = 0; i < sizeof random; i++)
        n += (size_t)snprintf(name + n, ROCKS_LOG_NAME_SIZE - n, "%02x", random[i]);
    (void)snprintf(name + n, ROCKS_LOG_NAME_SIZE - n, "\n");
    return STORE_OK;
}

/* A new store says which log is its own before there is one. */
static enum store_status name_ours(struct log *l)
{
    enum store_status status = make_log_name(l->ours);

    return status ? status : rocks_write_log_name(l->store, l->ours);
}

/* Store and log folder have been read, the latter is locked: do they belong together? */
static enum store_status match(struct log *l, int fd)
{
    enum store_status status = STORE_OK;

    if (l->ours[0] == '\0') {
        if (l->used)
            return complain(l, STORE_LOG_MISSING);
        if (l->found[0] != '\0' || rocks_count_logs(l->folder) > 0)
            return complain(l, STORE_LOG_FOREIGN);
        status = name_ours(l);
    }
    if (status == STORE_OK && l->found[0] == '\0')
        return l->used ? complain(l, STORE_LOG_MISSING) : write_marker(fd, l->ours, l->folder);
    if (status == STORE_OK && strcmp(l->ours, l->found) != 0)
        status = complain(l, STORE_LOG_FOREIGN);
    return status;
}

static enum store_status take_log_folder(struct log *l, int *ret_fd)
{
    char *path = rocks_path_in(l->folder, LOG_MARKER);
    bool there = rocks_exists(l->folder, LOG_MARKER);
    enum store_status status = STORE_OK;
    int fd = -1;

    if (path == NULL)
        return STORE_NO_MEMORY;
    if (l->used && !there)
        status = complain(l, STORE_LOG_MISSING);
    else if (mkdir(l->folder, 0700) != 0 && errno != EEXIST)
        status = rocks_errno(errno);
    if (status == STORE_OK)
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (status == STORE_OK && fd < 0)
        status = rocks_errno(errno);
    if (status == STORE_OK && flock(fd, LOCK_EX | LOCK_NB) != 0)
        status = errno == EWOULDBLOCK ? complain(l, STORE_LOG_IN_USE) : STORE_IO;
    if (status == STORE_OK)
        status = read_marker(fd, l->found, sizeof l->found);
    if (status == STORE_OK)
        status = match(l, fd);
    if (status && status != STORE_LOG_IN_USE && fd >= 0 && !there)
        (void)unlink(path); /* the folder is as we found it */
    mem_free(path);
    if (status && fd >= 0)
        (void)close(fd);
    else
        *ret_fd = fd;
    return status;
}

enum store_status rocks_take_log(const char *folder, const char *log_path, int *ret_fd)
{
    struct log l = {
        .store = folder, .folder = log_path, .used = rocks_exists(folder, "db/CURRENT")};
    enum store_status status = rocks_read_log_name(folder, l.ours);

    *ret_fd = -1;
    if (status)
        return status;
    if (log_path != NULL)
        return take_log_folder(&l, ret_fd);
    return l.ours[0] == '\0' ? STORE_OK : complain(&l, STORE_LOG_MISSING);
}

enum store_status rocks_take_log_anew(const char *folder, const char *log_path, int *ret_fd)
{
    struct log l = {.store = folder, .folder = log_path};
    enum store_status status = rocks_read_log_name(folder, l.ours);

    *ret_fd = -1;
    return status ? status : take_log_folder(&l, ret_fd);
}

enum store_status rocks_choose_log_name(const char *folder, const char *log_path,
                                        char name[ROCKS_LOG_NAME_SIZE])
{
    struct log l = {.store = folder, .folder = log_path};
    int fd = -1;
    enum store_status status = rocks_read_log_name(folder, name);

    if (status)
        return status;
    if (log_path == NULL || name[0] != '\0') {
        status = rocks_take_log(folder, log_path, &fd);
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    if (rocks_exists(log_path, LOG_MARKER) || rocks_count_logs(log_path) > 0)
        return complain(&l, STORE_LOG_FOREIGN);
    return make_log_name(name);
}

/* ---- removing ---- */

static void remove_part(const char *folder, const char *name)
{
    char *part = rocks_path_in(folder, name);

    if (part != NULL)
        (void)files_remove_tree(part);
    mem_free(part);
}

void rocks_remove_backup(const char *path)
{
    remove_part(path, ROCKS_BACKUP);
    remove_part(path, ROCKS_BACKUP ".tmp"); /* RocksDB makes it under this name */
}

void rocks_empty_folder(const char *path)
{
    static const char *const parts[] = {"db", "restoring", "restored"};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        remove_part(path, parts[i]);
    rocks_remove_backup(path);
}

static void remove_file(const char *folder, const char *name)
{
    char *path = rocks_path_in(folder, name);

    if (path != NULL)
        (void)unlink(path);
    mem_free(path);
}

static enum store_status remove_log(void *ctx, int folder_fd, const char *name)
{
    char *path = rocks_path_in(ctx, name);
    enum store_status status = path ? STORE_OK : STORE_NO_MEMORY;

    (void)folder_fd;
    if (path != NULL && unlink(path) != 0 && errno != ENOENT)
        status = rocks_errno(errno);
    mem_free(path);
    return status;
}

enum store_status rocks_remove_logs(const char *folder)
{
    return rocks_each_log(folder, remove_log, (void *)(uintptr_t)folder);
}

void rocks_remove_marker(const char *path)
{
    remove_file(path, LOG_MARKER);
    remove_file(path, ROCKS_MARKER);
    (void)rmdir(path);
}

enum store_status rocks_destroy(const char *path, const struct store_options *options)
{
    int fd = -1, log_fd = -1;
    enum store_status status = rocks_take_marker(path, false, &fd);

    if (status)
        return status;
    status = rocks_replace_finish(path, options->log_path, fd);
    if (status == STORE_OK)
        status = rocks_take_log(path, options->log_path, &log_fd);
    if (status == STORE_OK)
        status = rocks_set_made(fd, false);
    if (status == STORE_OK) {
        rocks_empty_folder(path);
        if (options->log_path != NULL) {
            (void)rocks_remove_logs(options->log_path);
            remove_file(options->log_path, LOG_MARKER);
            (void)rmdir(options->log_path);
        }
        rocks_remove_marker(path);
    }
    if (log_fd >= 0)
        (void)close(log_fd);
    (void)close(fd);
    return status;
}
