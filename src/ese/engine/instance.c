/* SPDX-License-Identifier: Apache-2.0
 *
 * instance.c - an instance is one open store: finding it, opening it, closing it
 *
 * The store is the folder SYSTEMPATH/BASENAME.store; its log lies in it, or in LOGPATH/BASENAME.log
 * when the log path is another folder. Recovery is the store's and happens at open, so a dirty end
 * differs from a clean one in nothing but that nothing is written at its end.
 */
#include "ese/engine/database.h"

#include "base/clock.h"
#include "base/log.h"
#include "ese/engine/schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_KEY           "S" /* in the tree of databases: the store's id and format */
#define STORE_FORMAT        1
#define STORE_ROW           17
#define VER_PAGES_DEFAULT   64
#define CACHE_PAGES_DEFAULT 2000000000
#define CACHE_LEAST         ((size_t)1 << 20)
#define CACHE_MOST          ((uint64_t)1 << 46)

/* Of temporary tables, beside those of the store: most are small, and what is large is sorted on disk. */
#define TEMP_BUFFER ((size_t)16 << 20)
#define TEMP_CACHE  ((size_t)16 << 20)

static const char *text_param(const struct ese_host *host, unsigned long id, const char *otherwise)
{
    const char *s = host->text(host, id);

    return s != NULL && s[0] != '\0' ? s : otherwise;
}

/* "FOLDER/NAME.EXTENSION" */
static char *path_join(const char *folder, const char *name, const char *extension)
{
    size_t size = strlen(folder) + strlen(name) + strlen(extension) + 3;
    size_t length = strlen(folder);
    char *path = mem_alloc(size);

    if (path != NULL)
        snprintf(path, size, "%s%s%s.%s", folder,
                 length == 0 || folder[length - 1] == '/' ? "" : "/", name, extension);
    return path;
}

/* mkdir -p */
static bool make_folders(const char *path)
{
    char *copy = mem_strdup(path);
    bool ok = copy != NULL;

    for (char *p = copy == NULL ? NULL : copy + 1; ok && p != NULL && *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
            *p = '/';
        }
    if (ok)
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
    mem_free(copy);
    return ok;
}

static JET_ERR check_folder(const struct ese_host *host, const char *path, JET_ERR err)
{
    struct stat st;
    int why;

    errno = ENOTDIR;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return JET_errSuccess;
    why = errno;
    if (why == ENOENT && host->number(host, JET_paramCreatePathIfNotExist)) {
        if (make_folders(path))
            return JET_errSuccess;
        why = errno;
    }
    log_line(LOG_LEVEL_ERROR, "no folder for the instance path=%s error=%d", path, why);
    return why == ENOSPC || why == EDQUOT || why == ENOMEM ? ese_file_error(why) : err;
}

/* The host's paths; the log's stays NULL where it lies in the store. */
static JET_ERR find_paths(struct ese_instance *instance)
{
    const struct ese_host *host = instance->host;
    const char *system = host->address != NULL && host->address[0] != '\0' ? host->address : ".";
    const char *log = text_param(host, JET_paramLogFilePath, system);
    const char *base = text_param(host, JET_paramBaseName, "edb");
    JET_ERR err = check_folder(host, system, JET_errInvalidSystemPath);
    struct stat a, b;

    if (err)
        return err;
    instance->store_path = path_join(system, base, "store");
    if (instance->store_path == NULL)
        return JET_errOutOfMemory;
    err = check_folder(host, log, JET_errInvalidLogDirectory);
    if (err)
        return err;
    if (stat(system, &a) == 0 && stat(log, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return JET_errSuccess;
    instance->log_path = path_join(log, base, "log");
    return instance->log_path != NULL ? JET_errSuccess : JET_errOutOfMemory;
}

/* Reads the store's identity, or gives a new store one. */
static JET_ERR identify(struct ese_instance *instance)
{
    struct store_slice key = eng_slice(STORE_KEY, 1);
    uint8_t row[STORE_ROW] = {STORE_FORMAT};
    struct store_value v = {0};
    struct store_txn *txn = NULL;
    enum store_status s = store_begin(instance->store, 0, &txn);

    if (s)
        return eng_error(s);
    s = store_get(txn, ENG_TREE_DATABASES, key, &v);
    if (s == STORE_OK) {
        const uint8_t *data = v.data;

        if (v.size != STORE_ROW || data[0] != STORE_FORMAT)
            s = STORE_FOREIGN;
        else
            memcpy(instance->id, data + 1, sizeof instance->id);
        store_value_release(&v);
        store_abort(txn);
        return eng_error(s);
    }
    if (s == STORE_NOT_FOUND) {
        if (getrandom(row + 1, sizeof instance->id, 0) != (ssize_t)sizeof instance->id)
            s = STORE_IO;
        else
            s = store_put(txn, ENG_TREE_DATABASES, key, eng_slice(row, sizeof row), STORE_INSERT);
    }
    if (s) {
        store_abort(txn);
        return eng_error(s);
    }
    memcpy(instance->id, row + 1, sizeof instance->id);
    return eng_error(store_commit(txn, STORE_DURABLE, NULL));
}

static void instance_free(struct ese_instance *instance)
{
    eng_lazy_fini(instance);
    pthread_cond_destroy(&instance->gate_left);
    pthread_mutex_destroy(&instance->escrow_lock);
    pthread_mutex_destroy(&instance->zero_lock);
    pthread_mutex_destroy(&instance->lock);
    mem_free(instance->store_path);
    mem_free(instance->log_path);
    mem_free(instance);
}

static struct ese_instance *instance_new(struct ese_host *host)
{
    struct ese_instance *instance = mem_alloc(sizeof *instance);

    if (instance == NULL)
        return NULL;
    instance->host = host;
    eng_lazy_init(instance);
    clock_cond_init(&instance->gate_left);
    pthread_mutex_init(&instance->zero_lock, NULL);
    pthread_mutex_init(&instance->escrow_lock, NULL);
    pthread_mutex_init(&instance->lock, NULL);
    list_init(&instance->databases);
    list_init(&instance->sessions);
    list_init(&instance->temp_tables);
    eng_number_init(&instance->database_number, ENG_NUMBER_DATABASE, 0, 0, false);
    return instance;
}

/* What a transaction may hold in memory: JET_paramMaxVerPages, when a program has set it, in pages of
 * JET_paramVerPageSize; but no more than the store allows. */
static size_t txn_max(const struct ese_host *host)
{
    uint64_t pages = host->number(host, JET_paramMaxVerPages);
    uint64_t size = host->number(host, JET_paramVerPageSize);

    if (pages == 0 || pages == VER_PAGES_DEFAULT || pages * size > STORE_TXN_MAX)
        return STORE_TXN_MAX;
    return (size_t)(pages * size);
}

/* JET_paramCacheSizeMax, when a program has set it, in pages; half of that is for file contents, half
 * for rows. 0: the store's own choice. */
static size_t cache_size(const struct ese_host *host)
{
    uint64_t pages = host->number(host, JET_paramCacheSizeMax);
    uint64_t page = host->number(host, JET_paramDatabasePageSize), half;

    if (pages == 0 || pages == CACHE_PAGES_DEFAULT || page == 0)
        return 0;
    half = pages > CACHE_MOST / page ? CACHE_MOST / 2 : pages * page / 2;
    return half < CACHE_LEAST ? CACHE_LEAST : (size_t)half;
}

JET_ERR eng_instance_prepare(struct ese_host *host, struct ese_instance **ret_instance)
{
    struct ese_instance *instance = instance_new(host);
    JET_ERR err = instance == NULL ? JET_errOutOfMemory : find_paths(instance);

    if (err) {
        if (instance != NULL)
            instance_free(instance);
        return err;
    }
    instance->options = (struct store_options){.create = true,
                                               .log_path = instance->log_path,
                                               .txn_max = txn_max(host),
                                               .cache_size = cache_size(host)};
    *ret_instance = instance;
    return JET_errSuccess;
}

void eng_instance_discard(struct ese_instance *take_instance)
{
    instance_free(take_instance);
}

static JET_ERR open_store(struct ese_instance *instance, const char *path,
                          const struct store_options *options)
{
    enum store_status s = store_open(&store_rocks, path, options, &instance->store);
    JET_ERR err;

    if (s) {
        log_line(LOG_LEVEL_ERROR, "store not opened path=%s status=%s", path, store_status_name(s));
        return eng_error(s);
    }
    err = identify(instance);
    if (err)
        store_close(instance->store);
    return err;
}

JET_ERR eng_instance_visit(struct ese_instance *instance, const char *path,
                           JET_ERR (*visit)(struct ese_instance *instance, const void *ctx),
                           const void *ctx)
{
    const struct store_options inside = {.txn_max = instance->options.txn_max};
    JET_ERR err = open_store(instance, path ? path : instance->store_path,
                             path ? &inside : &instance->options),
            closed;

    if (err)
        return err;
    err = visit(instance, ctx);
    closed = eng_error(store_close(instance->store));
    return err ? err : closed;
}

JET_ERR eng_init(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret_instance)
{
    struct ese_instance *instance = NULL;
    JET_ERR err = eng_instance_prepare(host, &instance);

    (void)grbit; /* about the replay of log files, which the store has no part in */
    if (!err)
        err = open_store(instance, instance->store_path, &instance->options);
    if (err) {
        if (instance != NULL)
            instance_free(instance);
        return err;
    }
    (void)eng_restore_names(instance); /* what cannot be written now is tried again next time */
    *ret_instance = instance;
    return JET_errSuccess;
}

JET_ERR eng_term(struct ese_instance *take_instance, bool dirty)
{
    struct ese_instance *instance = take_instance;
    enum store_status s;

    eng_lazy_end(instance);
    if (dirty)
        atomic_store(&instance->unavailable, true); /* nothing is written from here on */
    LIST_FOR_EACH_SAFE (it, &instance->sessions)
        eng_end_session(LIST_ENTRY(it, struct ese_session, link));
    eng_databases_free(instance);
    eng_number_fini(instance, &instance->database_number, false);
    if (instance->temp != NULL)
        store_close(instance->temp);
    s = store_close(instance->store);
    instance_free(instance);
    return dirty ? JET_errSuccess : eng_error(s);
}

static void add_counts(struct store *store, HOLDFAST_ESE_COUNTERS *c)
{
    struct store_counters s;

    if (store == NULL)
        return;
    store_get_counters(store, &s);
    c->transactions += s.transactions;
    c->row_locks += s.row_locks;
    c->commits += s.commits;
    c->conflicts += s.conflicts;
    c->log_syncs += s.log_syncs;
    c->drops_pending += s.drops_pending;
}

void eng_count_store(struct ese_instance *instance, HOLDFAST_ESE_COUNTERS *ret_counters)
{
    struct store *temp;

    pthread_mutex_lock(&instance->lock);
    temp = instance->temp; /* once made it stays */
    pthread_mutex_unlock(&instance->lock);
    *ret_counters = (HOLDFAST_ESE_COUNTERS){0};
    add_counts(instance->store, ret_counters);
    add_counts(temp, ret_counters);
}

JET_ERR eng_instance_temp(struct ese_instance *instance, struct store **ret_store)
{
    const struct store_options options = {
        .create = true,
        .ephemeral = true,
        .cache_size = TEMP_CACHE,
        .write_buffer = TEMP_BUFFER,
    };
    enum store_status s = STORE_OK;
    char *path;

    pthread_mutex_lock(&instance->lock);
    if (instance->temp == NULL) {
        size_t size = strlen(instance->store_path) + sizeof ".temp";

        path = mem_alloc(size);
        if (path == NULL) {
            s = STORE_NO_MEMORY;
        } else {
            snprintf(path, size, "%s.temp", instance->store_path);
            s = store_open(&store_rocks, path, &options, &instance->temp);
        }
        mem_free(path);
    }
    *ret_store = instance->temp;
    pthread_mutex_unlock(&instance->lock);
    return s == STORE_OK                                 ? JET_errSuccess
           : s == STORE_NO_SPACE || s == STORE_NO_MEMORY ? eng_error(s)
                                                         : JET_errTempFileOpenError;
}

void eng_instance_failed(struct ese_instance *instance, enum store_status status)
{
    bool disk_full = status == STORE_NO_SPACE;

    if (atomic_exchange(&instance->unavailable, true))
        return;
    instance->host->unavailable(instance->host,
                                disk_full ? JET_errInstanceUnavailableDueToFatalLogDiskFull
                                          : JET_errInstanceUnavailable);
}
