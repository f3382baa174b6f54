/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - JetBackupInstance of a store in this process: what is copied, and its end
 */
#include "ese/backup/folder.h"
#include "ese/engine/database.h"

#include <libgen.h>
#include <string.h>

/* ---- databases ---- */

struct describing {
    struct backup_set *set;
    const struct ese_instance *instance;
};

static JET_ERR add_attached(struct backup_set *set, struct ese_instance *instance)
{
    JET_ERR err = JET_errSuccess;

    pthread_mutex_lock(&instance->lock);
    LIST_FOR_EACH (it, &instance->databases) {
        const struct eng_database *db = LIST_ENTRY(it, struct eng_database, link);

        if (!err && db->foreign == NULL) /* a Windows database is not in the store */
            err = backup_set_add_database(set, db->number, db->page_size, db->path);
    }
    pthread_mutex_unlock(&instance->lock);
    return err;
}

static bool is_described(const struct backup_set *set, uint32_t number)
{
    LIST_FOR_EACH (it, &set->databases)
        if (LIST_ENTRY(it, struct backup_database, link)->number == number)
            return true;
    return false;
}

static bool is_named(const struct describing *d, const char *path, uint32_t number)
{
    uint32_t named = 0;

    return eng_database_number(path, d->instance->id, &named) == JET_errSuccess && named == number;
}

/* The same name in the folder that has the store: it may have been moved as a whole. */
static bool beside_store(const struct describing *d, const char *path, char out[PATH_MAX])
{
    char store[PATH_MAX], name[PATH_MAX];

    snprintf(store, sizeof store, "%s", d->instance->store_path);
    snprintf(name, sizeof name, "%s", path);
    return backup_path(out, dirname(store), basename(name));
}

static JET_ERR add_known(void *ctx, uint32_t number, uint32_t page_size, const char *path)
{
    const struct describing *d = ctx;
    char moved[PATH_MAX];

    if (is_described(d->set, number))
        return JET_errSuccess;
    if (is_named(d, path, number))
        return backup_set_add_database(d->set, number, page_size, path);
    if (beside_store(d, path, moved) && is_named(d, moved, number))
        return backup_set_add_database(d->set, number, page_size, moved);
    return JET_errSuccess;
}

JET_ERR eng_backup_describe(struct backup_set *set, struct ese_instance *instance)
{
    struct describing d = {set, instance};
    JET_ERR err;

    memcpy(set->store, instance->id, sizeof set->store);
    err = add_attached(set, instance);
    return err ? err : eng_database_each(instance, add_known, &d);
}

/* ---- the store as what is copied ---- */

struct own_store {
    struct ese_instance *instance;
    struct store_backup *from;
};

/* The databases are those that there are before the store is copied: none that the copy lacks. */
static JET_ERR open_store(void *ctx, struct backup_set *set)
{
    struct own_store *own = ctx;
    JET_ERR err = eng_backup_describe(set, own->instance);
    enum store_status s;

    if (err)
        return err;
    s = store_backup_open(own->instance->store, &own->from);
    return s == STORE_IN_USE ? JET_errBackupInProgress : eng_error(s);
}

static void close_store(void *ctx)
{
    struct own_store *own = ctx;

    store_backup_close(own->from);
}

static size_t count_files(void *ctx)
{
    const struct own_store *own = ctx;

    return store_backup_files(own->from);
}

static JET_ERR tell_file(void *ctx, size_t i, const char **ret_name, uint64_t *ret_size)
{
    const struct own_store *own = ctx;

    return eng_error(store_backup_file(own->from, i, ret_name, ret_size));
}

static JET_ERR read_file(void *ctx, size_t i, uint64_t offset, void *buffer, size_t size,
                         size_t *ret_got)
{
    const struct own_store *own = ctx;

    (void)i; /* the one that was told of last */
    if (atomic_load(&own->instance->stop_backup))
        return JET_errBackupAbortByServer;
    return eng_error(store_backup_read(own->from, offset, buffer, size, ret_got));
}

JET_ERR eng_backup(struct ese_instance *instance, const char *folder, JET_GRBIT grbit,
                   const struct ese_progress *progress)
{
    struct own_store own = {.instance = instance};
    const struct backup_source from = {.ctx = &own,
                                       .open = open_store,
                                       .close = close_store,
                                       .count = count_files,
                                       .file = tell_file,
                                       .read = read_file};

    atomic_store(&instance->stop_backup, false);
    return backup_to_folder(&from, folder, grbit, progress);
}

void eng_stop_backup(struct ese_instance *instance)
{
    atomic_store(&instance->stop_backup, true);
}
