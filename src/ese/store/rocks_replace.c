/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_replace.c - another store in the place of one, all or nothing
 *
 * The new store grows in restoring/, a folder in that of the old one, under the old one's lock. When
 * it is whole and on the device the folder is renamed to restored/: that decides. What follows is
 * done once more from its beginning whenever it was interrupted, as long as there is a restored/:
 *
 *     HOLDFAST-LOG is the new one's      when its log is to lie elsewhere
 *     its log files are copied there     in place of what is there
 *     db/ is removed, restored/db is renamed to db/
 *     the log files in db/ are removed   when they were copied
 *     restored/ is removed
 */
#include "ese/store/rocks_internal.h"

#include "base/files.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNDECIDED "restoring"
#define DECIDED   "restored"

struct rocks_replace {
    struct store_replace base;
    char *path;
    char *log_path; /* NULL: its log lies in it */
    char log_name[ROCKS_LOG_NAME_SIZE];
    int fd;    /* of the marker, locked */
    bool anew; /* there is no old store */
};

/* ---- completing ---- */

static enum store_status remove_tree(const char *folder, const char *name)
{
    char *path = rocks_path_in(folder, name);
    enum store_status status = path == NULL              ? STORE_NO_MEMORY
                               : files_remove_tree(path) ? STORE_OK
                                                         : rocks_errno(errno);

    mem_free(path);
    return status;
}

static enum store_status rename_in(const char *folder, const char *from_name, const char *to_name)
{
    char *from = rocks_path_in(folder, from_name), *to = rocks_path_in(folder, to_name);
    enum store_status status = from && to ? STORE_OK : STORE_NO_MEMORY;

    if (status == STORE_OK && (rename(from, to) != 0 || !files_sync_folder(folder)))
        status = rocks_errno(errno);
    mem_free(from);
    mem_free(to);
    return status;
}

struct copying {
    const char *from, *to; /* folders */
};

static enum store_status copy_log(void *ctx, int folder_fd, const char *name)
{
    const struct copying *c = ctx;
    char *from = rocks_path_in(c->from, name), *to = rocks_path_in(c->to, name);
    enum store_status status = STORE_OK;

    (void)folder_fd;
    if (from == NULL || to == NULL)
        status = STORE_NO_MEMORY;
    else if (!files_copy(from, to))
        status = rocks_errno(errno);
    mem_free(from);
    mem_free(to);
    return status;
}

/* The log of the store that is `decided` comes to lie in its own folder. */
static enum store_status lay_log(const char *path, const char *decided, const char *log_path)
{
    char name[ROCKS_LOG_NAME_SIZE];
    char *db = rocks_path_in(decided, "db");
    struct copying copying = {db, log_path};
    int log_fd = -1;
    enum store_status status = db ? rocks_read_log_name(decided, name) : STORE_NO_MEMORY;

    if (status == STORE_OK)
        status = rocks_write_log_name(path, name);
    if (status == STORE_OK)
        status = rocks_take_log_anew(path, log_path, &log_fd);
    if (status == STORE_OK)
        status = rocks_remove_logs(log_path); /* one that stayed would be replayed */
    if (status == STORE_OK)
        status = rocks_each_log(db, copy_log, &copying);
    if (status == STORE_OK)
        status = rocks_sync_logs(log_path);
    if (log_fd >= 0)
        (void)close(log_fd);
    mem_free(db);
    return status;
}

/* Whose log is to lie elsewhere is opened with its path, and whose is not without. */
static enum store_status check_log_path(const char *path, const char *decided, const char *log_path)
{
    char name[ROCKS_LOG_NAME_SIZE];
    enum store_status status = rocks_read_log_name(decided, name);

    if (status == STORE_OK && (name[0] != '\0') != (log_path != NULL))
        status = rocks_complain(path, log_path, STORE_LOG_MISSING);
    return status;
}

static enum store_status lay_files(const char *path, const char *decided, const char *log_path)
{
    enum store_status status = check_log_path(path, decided, log_path);

    if (status == STORE_OK && log_path != NULL)
        status = lay_log(path, decided, log_path);
    if (status == STORE_OK)
        status = remove_tree(path, "db");
    if (status == STORE_OK)
        status = rename_in(path, DECIDED "/db", "db");
    return status == STORE_OK && !files_sync_folder(decided) ? rocks_errno(errno) : status;
}

/* The files are in their place; what was copied to the log's folder goes. */
static enum store_status remove_copied_logs(const char *path)
{
    char name[ROCKS_LOG_NAME_SIZE];
    char *db = rocks_path_in(path, "db");
    enum store_status status = db ? rocks_read_log_name(path, name) : STORE_NO_MEMORY;

    if (status == STORE_OK && name[0] != '\0')
        status = rocks_remove_logs(db);
    mem_free(db);
    return status;
}

static enum store_status complete(const char *path, const char *decided, const char *log_path,
                                  int fd)
{
    enum store_status status = STORE_OK;

    if (rocks_exists(decided, "db"))
        status = lay_files(path, decided, log_path);
    if (status == STORE_OK)
        status = remove_copied_logs(path);
    if (status == STORE_OK)
        status = rocks_set_made(fd, true);
    return status ? status : remove_tree(path, DECIDED);
}

enum store_status rocks_replace_finish(const char *path, const char *log_path, int fd)
{
    char *decided = rocks_path_in(path, DECIDED);
    enum store_status status;

    if (decided == NULL)
        return STORE_NO_MEMORY;
    if (rocks_exists(path, DECIDED))
        status = complete(path, decided, log_path, fd);
    else
        status = remove_tree(path, UNDECIDED);
    mem_free(decided);
    return status;
}

/* ---- from begin to end ---- */

static void replace_free(struct rocks_replace *r)
{
    if (r->fd >= 0)
        (void)close(r->fd);
    mem_free(r->base.folder);
    mem_free(r->path);
    mem_free(r->log_path);
    mem_free(r);
}

static enum store_status prepare(struct rocks_replace *r)
{
    enum store_status status = rocks_take_marker(r->path, true, &r->fd);

    if (status == STORE_OK)
        status = rocks_replace_finish(r->path, r->log_path, r->fd);
    if (status == STORE_OK)
        status = rocks_choose_log_name(r->path, r->log_path, r->log_name);
    r->anew = !rocks_exists(r->path, "db");
    if (status == STORE_OK && mkdir(r->base.folder, 0700) != 0)
        status = rocks_errno(errno);
    return status;
}

enum store_status rocks_replace_begin(const char *path, const struct store_options *options,
                                      struct store_replace **ret_replace)
{
    struct rocks_replace *r = mem_alloc(sizeof *r);
    enum store_status status = STORE_NO_MEMORY;

    if (r == NULL)
        return STORE_NO_MEMORY;
    r->fd = -1;
    r->path = mem_strdup(path);
    r->log_path = mem_strdup(options->log_path);
    r->base.folder = rocks_path_in(path, UNDECIDED);
    if (r->path && r->base.folder && !r->log_path == !options->log_path)
        status = prepare(r);
    if (status) {
        replace_free(r);
        return status;
    }
    *ret_replace = &r->base;
    return STORE_OK;
}

static enum store_status decide(struct rocks_replace *r)
{
    enum store_status status = STORE_OK;

    if (!rocks_exists(r->base.folder, "db/CURRENT"))
        return STORE_MISSING;
    if (r->log_path != NULL)
        status = rocks_write_log_name(r->base.folder, r->log_name);
    if (status == STORE_OK && !files_sync_tree(r->base.folder))
        status = rocks_errno(errno);
    return status ? status : rename_in(r->path, UNDECIDED, DECIDED);
}

enum store_status rocks_replace_end(struct store_replace *take_replace, bool commit)
{
    struct rocks_replace *r = (struct rocks_replace *)(void *)take_replace;
    enum store_status status = commit ? decide(r) : STORE_OK, finished;

    finished = rocks_replace_finish(r->path, r->log_path, r->fd);
    if (r->anew && !rocks_exists(r->path, "db") && !rocks_exists(r->path, DECIDED))
        rocks_remove_marker(r->path);
    replace_free(r);
    return status ? status : finished;
}
