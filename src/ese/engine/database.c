/* SPDX-License-Identifier: Apache-2.0
 *
 * database.c - databases: a file that names one, the row that knows it, attaching and opening
 *
 * JetCreateDatabase leaves one page at the path it is given: text that names store and database. A
 * database is what the file says, wherever the file has been moved to. In the store it has a row:
 *     "D" number (u32 big endian) -> u8 1, u32 page size, path at creation
 * The row comes first, the file after: a crash between leaves a row whose file is missing, which
 * the next creation at that path drops.
 */
#include "ese/engine/database.h"

#include "base/files.h"
#include "base/log.h"
#include "ese/engine/foreign.h"
#include "ese/format/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROW_KEY_SIZE   5
#define ROW_FIXED      5
#define STUB_SIZE      4096
#define STUB_MAGIC     "Holdfast database\n"
#define EDB_MAGIC      0x89abcdefu /* at offset 4 of a Windows database */
#define FORMAT_VERSION 0x620
#define FORMAT_UPDATE  20

/* What a database file says. */
struct stub {
    uint8_t store[16];
    uint32_t number;
    uint32_t page_size;
};

/* ---- the file ---- */

static void stub_print(const struct stub *stub, char out[STUB_SIZE])
{
    char store[33];

    for (unsigned i = 0; i < 16; i++)
        snprintf(store + 2 * i, 3, "%02x", stub->store[i]);
    memset(out, 0, STUB_SIZE);
    snprintf(out, STUB_SIZE, STUB_MAGIC "store %s\ndatabase %u\npage %u\n", store, stub->number,
             stub->page_size);
}

static bool stub_parse(const char *text, struct stub *ret_stub)
{
    unsigned number = 0, page = 0;
    char store[33] = {0};

    if (strncmp(text, STUB_MAGIC, strlen(STUB_MAGIC)) != 0 ||
        sscanf(text + strlen(STUB_MAGIC), "store %32[0-9a-f]\ndatabase %u\npage %u", store, &number,
               &page) != 3 ||
        !backup_store_id_parse(store, ret_stub->store))
        return false;
    ret_stub->number = number;
    ret_stub->page_size = page;
    return true;
}

enum file_kind { FILE_OURS, FILE_WINDOWS, FILE_OTHER };

/* Reads the file at `path`: what kind it is, and what one of ours says. */
static JET_ERR file_read(const char *path, struct stub *ret_stub, enum file_kind *ret_kind)
{
    uint8_t page[STUB_SIZE + 1] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return ese_file_error(errno);
    got = read(fd, page, STUB_SIZE);
    close(fd);
    if (got < 0)
        return JET_errDiskIO;
    *ret_kind = stub_parse((const char *)page, ret_stub)         ? FILE_OURS
                : got >= 8 && ese_get_u32(page + 4) == EDB_MAGIC ? FILE_WINDOWS
                                                                 : FILE_OTHER;
    return JET_errSuccess;
}

static bool sync_folder_of(const char *path)
{
    char *copy = mem_strdup(path);
    int fd = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    mem_free(copy);
    return ok;
}

static JET_ERR write_beside(const char *beside, const char page[STUB_SIZE])
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    JET_ERR err = fd >= 0 && files_write(fd, page, STUB_SIZE) && fsync(fd) == 0
                      ? JET_errSuccess
                      : ese_file_error(errno);

    if (fd >= 0 && close(fd) != 0 && !err)
        err = ese_file_error(errno);
    return err;
}

/* Whole or not at all: written beside it, then renamed. */
static JET_ERR stub_write(const char *path, const struct stub *stub)
{
    size_t size = strlen(path) + sizeof ".new";
    char *beside = mem_alloc(size);
    char page[STUB_SIZE];
    JET_ERR err;

    if (beside == NULL)
        return JET_errOutOfMemory;
    snprintf(beside, size, "%s.new", path);
    stub_print(stub, page);
    err = write_beside(beside, page);
    if (!err && (rename(beside, path) != 0 || !sync_folder_of(path)))
        err = ese_file_error(errno);
    if (err) {
        log_line(LOG_LEVEL_ERROR, "database file not written path=%s result=%d", path, (int)err);
        (void)unlink(beside);
    }
    mem_free(beside);
    return err;
}

JET_ERR eng_database_number(const char *path, const uint8_t store[16], uint32_t *ret_number)
{
    enum file_kind kind = FILE_OTHER;
    struct stub stub = {0};
    JET_ERR err = file_read(path, &stub, &kind);

    if (err)
        return err;
    if (kind != FILE_OURS)
        return JET_errDatabaseCorrupted;
    *ret_number = stub.number;
    return memcmp(stub.store, store, sizeof stub.store) == 0 ? JET_errSuccess
                                                             : JET_errRestoreOfNonBackupDatabase;
}

JET_ERR eng_database_name(const struct ese_instance *instance, const char *path, uint32_t number,
                          uint32_t page_size)
{
    struct stub stub = {.number = number, .page_size = page_size};

    memcpy(stub.store, instance->id, sizeof stub.store);
    return stub_write(path, &stub);
}

/* ---- paths ---- */

/* One text for one file, there or not: its folder's real path and its name. NULL: no such folder. */
static char *path_canonical(const char *path)
{
    char *folder_copy = mem_strdup(path), *name_copy = mem_strdup(path), *out = NULL;
    char folder[PATH_MAX];

    if (folder_copy != NULL && name_copy != NULL &&
        realpath(dirname(folder_copy), folder) != NULL) {
        const char *name = basename(name_copy);
        size_t size = strlen(folder) + strlen(name) + 2;

        out = mem_alloc(size);
        if (out != NULL)
            snprintf(out, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
    }
    mem_free(folder_copy);
    mem_free(name_copy);
    return out;
}

/* ---- rows ---- */

static void row_key(uint32_t number, uint8_t out[ROW_KEY_SIZE])
{
    out[0] = 'D';
    ese_put_be32(out + 1, number);
}

static enum store_status row_put(struct store_txn *txn, uint32_t number, uint32_t page_size,
                                 const char *path)
{
    uint8_t key[ROW_KEY_SIZE], row[ROW_FIXED + PATH_MAX];
    size_t length = strlen(path) < PATH_MAX ? strlen(path) : PATH_MAX;

    row_key(number, key);
    row[0] = 1;
    ese_put_u32(row + 1, page_size);
    memcpy(row + ROW_FIXED, path, length);
    return store_put(txn, ENG_TREE_DATABASES, eng_slice(key, sizeof key),
                     eng_slice(row, ROW_FIXED + length), STORE_INSERT);
}

/* Drops a database's trees. Each object's number is in the control tree or the catalog; all of them
 * lie below the next free one. */
static enum store_status row_drop(struct ese_instance *instance, struct store_txn *txn,
                                  uint32_t number)
{
    uint8_t key[ROW_KEY_SIZE];
    struct eng_number objids;
    uint64_t next = 0;
    enum store_status s;

    eng_number_init(&objids, ENG_NUMBER_OBJECT, number, 0, false);
    s = eng_number_draw(instance, &objids, ENG_OBJID_FIRST, 1, &next) ? STORE_IO : STORE_OK;
    pthread_mutex_destroy(&objids.lock);
    for (uint64_t objid = 1; objid <= next && s == STORE_OK; objid++)
        s = store_drop(txn, eng_tree(number, (uint32_t)objid), eng_slice(NULL, 0));
    row_key(number, key);
    return s ? s
             : store_erase(txn, ENG_TREE_DATABASES, eng_slice(key, sizeof key), STORE_ERASE_ANY);
}

/* Drops what was created at `path` once and whose file is gone or given up. */
static enum store_status drop_former(struct ese_instance *instance, struct store_txn *txn,
                                     const char *path)
{
    struct store_cursor *cursor = NULL;
    enum store_status s = store_cursor_open(instance->store, ENG_TREE_DATABASES, &cursor);

    if (s)
        return s;
    s = store_cursor_seek(cursor, txn, STORE_GE, eng_slice("D", 1));
    while (s == STORE_OK) {
        struct store_slice key = store_cursor_key(cursor), row = store_cursor_value(cursor);
        const uint8_t *k = key.data, *r = row.data;
        bool same = key.size == ROW_KEY_SIZE && k[0] == 'D' && row.size > ROW_FIXED &&
                    row.size - ROW_FIXED == strlen(path) &&
                    memcmp(r + ROW_FIXED, path, strlen(path)) == 0;

        if (same)
            s = row_drop(instance, txn, ese_get_be32(k + 1));
        if (s == STORE_OK)
            s = store_cursor_step(cursor, txn, STORE_NEXT);
    }
    store_cursor_close(cursor);
    return s == STORE_NOT_FOUND ? STORE_OK : s;
}

static JET_ERR visit_row(const struct store_cursor *cursor,
                         JET_ERR (*visit)(void *ctx, uint32_t number, uint32_t page_size,
                                          const char *path),
                         void *ctx)
{
    struct store_slice key = store_cursor_key(cursor), row = store_cursor_value(cursor);
    const uint8_t *k = key.data, *r = row.data;
    char path[PATH_MAX];

    if (key.size != ROW_KEY_SIZE || row.size <= ROW_FIXED || row.size - ROW_FIXED >= sizeof path)
        return JET_errReadVerifyFailure;
    memcpy(path, r + ROW_FIXED, row.size - ROW_FIXED);
    path[row.size - ROW_FIXED] = '\0';
    return visit(ctx, ese_get_be32(k + 1), ese_get_u32(r + 1), path);
}

static JET_ERR visit_rows(struct store_txn *txn, struct store_cursor *cursor,
                          JET_ERR (*visit)(void *ctx, uint32_t number, uint32_t page_size,
                                           const char *path),
                          void *ctx)
{
    enum store_status s = store_cursor_seek(cursor, txn, STORE_GE, eng_slice("D", 1));
    JET_ERR err = JET_errSuccess;

    while (s == STORE_OK && !err) {
        struct store_slice key = store_cursor_key(cursor);

        if (memcmp(key.data, "D", 1) != 0)
            break;
        err = visit_row(cursor, visit, ctx);
        if (!err)
            s = store_cursor_step(cursor, txn, STORE_NEXT);
    }
    return err || s == STORE_NOT_FOUND ? err : eng_error(s);
}

JET_ERR eng_database_each(struct ese_instance *instance,
                          JET_ERR (*visit)(void *ctx, uint32_t number, uint32_t page_size,
                                           const char *path),
                          void *ctx)
{
    struct store_cursor *cursor = NULL;
    struct store_txn *txn = NULL;
    JET_ERR err = eng_error(store_begin(instance->store, STORE_TXN_READ_ONLY, &txn));

    if (err)
        return err;
    err = eng_error(store_cursor_open(instance->store, ENG_TREE_DATABASES, &cursor));
    if (!err)
        err = visit_rows(txn, cursor, visit, ctx);
    store_cursor_close(cursor);
    store_abort(txn);
    return err;
}

enum store_status eng_database_known(struct store_txn *txn, uint32_t number)
{
    struct store_value v = {0};
    uint8_t key[ROW_KEY_SIZE];
    enum store_status s;

    row_key(number, key);
    s = store_get(txn, ENG_TREE_DATABASES, eng_slice(key, sizeof key), &v);
    store_value_release(&v);
    return s;
}

static JET_ERR row_check(struct ese_instance *instance, const struct stub *stub)
{
    struct store_txn *txn = NULL;
    enum store_status s = store_begin(instance->store, STORE_TXN_READ_ONLY, &txn);

    if (s)
        return eng_error(s);
    s = eng_database_known(txn, stub->number);
    store_abort(txn);
    return s == STORE_NOT_FOUND ? JET_errAttachedDatabaseMismatch : eng_error(s);
}

/* ---- attached databases ---- */

static struct eng_database *find_path(struct ese_instance *instance, const char *path)
{
    LIST_FOR_EACH (it, &instance->databases) {
        struct eng_database *db = LIST_ENTRY(it, struct eng_database, link);

        if (strcmp(db->path, path) == 0)
            return db;
    }
    return NULL;
}

static struct eng_database *find_dbid(struct ese_instance *instance, JET_DBID dbid)
{
    LIST_FOR_EACH (it, &instance->databases) {
        struct eng_database *db = LIST_ENTRY(it, struct eng_database, link);

        if (db->dbid == dbid)
            return db;
    }
    return NULL;
}

struct eng_database *eng_database_of(struct ese_instance *instance, JET_DBID dbid)
{
    struct eng_database *db;

    pthread_mutex_lock(&instance->lock);
    db = find_dbid(instance, dbid);
    pthread_mutex_unlock(&instance->lock);
    return db;
}

static void database_free(struct eng_database *db)
{
    eng_database_forget_tables(db);
    eng_number_fini(db->instance, &db->objids, false);
    eng_foreign_close(db->foreign);
    mem_free(db->path);
    mem_free(db);
}

void eng_databases_free(struct ese_instance *instance)
{
    LIST_FOR_EACH_SAFE (it, &instance->databases) {
        list_remove(it);
        database_free(LIST_ENTRY(it, struct eng_database, link));
    }
}

static bool page_size_is_good(uint32_t size)
{
    return size == 2048 || size == 4096 || size == 8192 || size == 16384 || size == 32768;
}

/* Which numbers a database may have while it is attached. */
static JET_DBID first_dbid(const char *path, JET_DBID *ret_last)
{
    const char *name = strrchr(path, '/');
    bool house =
        strncmp(name != NULL ? name + 1 : path, ENG_HOUSE_PREFIX, sizeof ENG_HOUSE_PREFIX - 1) == 0;

    *ret_last = house ? ENG_DATABASE_HOUSE : ENG_DATABASES_MAX;
    return house ? ENG_DATABASE_HOUSE : 1;
}

/* The number that another database gets; 0: there are as many as there may be. Under the lock. */
static JET_DBID free_dbid(struct ese_instance *instance, const char *path)
{
    JET_DBID last = 0;

    for (JET_DBID id = first_dbid(path, &last); id <= last; id++)
        if (find_dbid(instance, id) == NULL)
            return id;
    return 0;
}

/* Before anything is made of a database that could not be attached. */
static JET_ERR check_room(struct ese_instance *instance, const char *path)
{
    JET_DBID id = 0;

    pthread_mutex_lock(&instance->lock);
    id = free_dbid(instance, path);
    pthread_mutex_unlock(&instance->lock);
    return id != 0 ? JET_errSuccess : JET_errTooManyAttachedDatabases;
}

/* Enters the database as attached. `opens` is 1 for one that is being created. A Windows database
 * has no number: its trees are in a store of its own. */
static JET_ERR attach(struct ese_instance *instance, const char *path, const struct stub *stub,
                      bool read_only, struct eng_foreign *take_foreign, unsigned opens,
                      JET_DBID *ret_dbid)
{
    struct eng_database *db = page_size_is_good(stub->page_size) ? mem_alloc(sizeof *db) : NULL;
    JET_ERR err = JET_errTooManyAttachedDatabases;

    if (db == NULL) {
        eng_foreign_close(take_foreign);
        return page_size_is_good(stub->page_size) ? JET_errOutOfMemory : JET_errPageSizeMismatch;
    }
    db->instance = instance;
    db->number = stub->number;
    db->page_size = stub->page_size;
    db->form = ese_record_form_of(stub->page_size);
    db->read_only = read_only;
    db->foreign = take_foreign;
    db->opens = opens;
    db->path = mem_strdup(path);
    list_init(&db->tables);
    eng_number_init(&db->objids, ENG_NUMBER_OBJECT, db->number, 0, false);
    pthread_mutex_lock(&instance->lock);
    db->dbid = free_dbid(instance, path);
    if (db->dbid != 0 && db->path != NULL) {
        list_append(&instance->databases, &db->link);
        err = JET_errSuccess;
        if (ret_dbid != NULL)
            *ret_dbid = db->dbid;
    }
    pthread_mutex_unlock(&instance->lock);
    if (err)
        database_free(db);
    return err;
}

/* ---- creating ---- */

static JET_ERR create_rows(struct ese_instance *instance, const char *path, uint32_t page_size,
                           uint32_t *ret_number)
{
    struct store_txn *txn = NULL;
    uint64_t number = 0;
    enum store_status s;
    JET_ERR err = eng_number_draw(instance, &instance->database_number, 1, 1, &number);

    if (err)
        return err;
    s = store_begin(instance->store, 0, &txn);
    if (s)
        return eng_error(s);
    s = drop_former(instance, txn, path);
    if (s == STORE_OK)
        s = row_put(txn, (uint32_t)number, page_size, path);
    if (s) {
        store_abort(txn);
        return eng_error(s);
    }
    *ret_number = (uint32_t)number;
    return eng_error(store_commit(txn, STORE_DURABLE, NULL));
}

static JET_ERR check_free(struct ese_instance *instance, const char *path, JET_GRBIT grbit)
{
    struct stat st;
    bool attached;

    pthread_mutex_lock(&instance->lock);
    attached = find_path(instance, path) != NULL;
    pthread_mutex_unlock(&instance->lock);
    if (attached)
        return JET_errDatabaseDuplicate;
    if (stat(path, &st) != 0)
        return JET_errSuccess;
    if (!S_ISREG(st.st_mode))
        return JET_errInvalidPath;
    return grbit & JET_bitDbOverwriteExisting ? JET_errSuccess : JET_errDatabaseDuplicate;
}

JET_ERR eng_create_database(struct ese_session *session, const char *path, uint32_t max_pages,
                            JET_GRBIT grbit, JET_DBID *ret_dbid)
{
    struct ese_instance *instance = session->instance;
    uint64_t page_size = instance->host->number(instance->host, JET_paramDatabasePageSize);
    struct stub stub = {.page_size = (uint32_t)page_size};
    char *full = path_canonical(path);
    JET_ERR err = full == NULL ? JET_errInvalidPath : check_free(instance, full, grbit);

    if (*path == '\0')
        err = JET_errDatabaseInvalidPath;

    (void)max_pages; /* a bound on a file that there is not */
    if (!err && !page_size_is_good(stub.page_size))
        err = JET_errPageSizeMismatch;
    if (!err)
        err = check_room(instance, full);
    if (!err)
        err = create_rows(instance, full, stub.page_size, &stub.number);
    if (!err)
        err = eng_database_name(instance, full, stub.number, stub.page_size);
    if (!err)
        err = attach(instance, full, &stub, false, NULL, 1, ret_dbid);
    mem_free(full);
    return err;
}

/* ---- attaching and opening ---- */

/* Decision 8: a Windows database is read where it lies, and only read. */
static JET_ERR attach_foreign(struct ese_instance *instance, const char *path, JET_GRBIT grbit)
{
    struct eng_foreign *foreign = NULL;
    struct stub stub = {0};
    JET_ERR err = eng_foreign_open(path, (grbit & JET_bitDbRecoveryOff) != 0, &foreign);

    if (err)
        return err;
    stub.page_size = eng_foreign_page_size(foreign);
    log_line(LOG_LEVEL_INFO, "a Windows database is attached for reading path=%s", path);
    return attach(instance, path, &stub, true, foreign, 0, NULL);
}

static JET_ERR attach_ours(struct ese_instance *instance, const char *path, const struct stub *stub,
                           JET_GRBIT grbit)
{
    JET_ERR err;

    if (memcmp(stub->store, instance->id, sizeof stub->store) != 0) {
        log_line(LOG_LEVEL_ERROR,
                 "database of another store; move it with `holdfast edb export` path=%s", path);
        return JET_errAttachedDatabaseMismatch;
    }
    err = row_check(instance, stub);
    return err ? err
               : attach(instance, path, stub, (grbit & JET_bitDbReadOnly) != 0, NULL, 0, NULL);
}

static JET_ERR attach_file(struct ese_instance *instance, const char *path, JET_GRBIT grbit)
{
    enum file_kind kind = FILE_OTHER;
    struct stub stub = {0};
    JET_ERR err = file_read(path, &stub, &kind);

    if (err)
        return err;
    switch (kind) {
    case FILE_OURS: return attach_ours(instance, path, &stub, grbit);
    case FILE_WINDOWS: return attach_foreign(instance, path, grbit);
    case FILE_OTHER: break;
    }
    log_line(LOG_LEVEL_ERROR, "not a database path=%s", path);
    return JET_errDatabaseCorrupted;
}

/* What has been attached is cleared of indexes that could not be used. */
static JET_ERR delete_stale(struct ese_session *session, const char *path, JET_GRBIT grbit)
{
    struct ese_instance *instance = session->instance;
    struct eng_database *db;
    unsigned count = 0;
    JET_ERR err;

    pthread_mutex_lock(&instance->lock);
    db = find_path(instance, path);
    pthread_mutex_unlock(&instance->lock);
    if (db == NULL || db->read_only)
        return JET_errSuccess;
    err =
        eng_delete_stale_indexes(session, db, (grbit & JET_bitDbDeleteUnicodeIndexes) != 0, &count);
    return err ? err : count > 0 ? JET_wrnCorruptIndexDeleted : JET_errSuccess;
}

JET_ERR eng_attach_database(struct ese_session *session, const char *path, uint32_t max_pages,
                            JET_GRBIT grbit)
{
    const JET_GRBIT delete_indexes = JET_bitDbDeleteCorruptIndexes | JET_bitDbDeleteUnicodeIndexes;
    struct ese_instance *instance = session->instance;
    char *full = path_canonical(path);
    bool attached = false;
    JET_ERR err = full == NULL ? JET_errFileNotFound : JET_errSuccess;

    if (*path == '\0')
        err = JET_errDatabaseInvalidPath;
    (void)max_pages;
    if (!err) {
        pthread_mutex_lock(&instance->lock);
        attached = find_path(instance, full) != NULL;
        pthread_mutex_unlock(&instance->lock);
        if (!attached)
            err = attach_file(instance, full, grbit);
    }
    if (!err && !attached && (grbit & delete_indexes))
        err = delete_stale(session, full, grbit);
    mem_free(full);
    return err ? err : attached ? JET_wrnDatabaseAttached : JET_errSuccess;
}

JET_ERR eng_detach_database(struct ese_session *session, const char *path)
{
    struct ese_instance *instance = session->instance;
    char *full = path == NULL ? NULL : path_canonical(path);
    JET_ERR err = path == NULL ? JET_errSuccess : JET_errDatabaseNotFound;
    struct list gone;

    list_init(&gone);
    pthread_mutex_lock(&instance->lock);
    LIST_FOR_EACH_SAFE (it, &instance->databases) {
        struct eng_database *db = LIST_ENTRY(it, struct eng_database, link);

        if (path != NULL && (full == NULL || strcmp(full, db->path) != 0))
            continue;
        err = db->opens > 0 && path != NULL ? JET_errDatabaseInUse : JET_errSuccess;
        if (db->opens > 0)
            continue;
        list_remove(it);
        list_append(&gone, it);
    }
    pthread_mutex_unlock(&instance->lock);
    LIST_FOR_EACH_SAFE (it, &gone) {
        list_remove(it);
        database_free(LIST_ENTRY(it, struct eng_database, link));
    }
    mem_free(full);
    return err;
}

JET_ERR eng_open_database(struct ese_session *session, const char *path, JET_GRBIT grbit,
                          JET_DBID *ret_dbid)
{
    struct ese_instance *instance = session->instance;
    char *full = path_canonical(path);
    struct eng_database *db;
    JET_ERR err = JET_errDatabaseNotFound;

    pthread_mutex_lock(&instance->lock);
    db = full == NULL ? NULL : find_path(instance, full);
    if (db != NULL && db->alone != NULL && db->alone != session) {
        err = JET_errDatabaseLocked;
    } else if (db != NULL && (grbit & JET_bitDbExclusive) && db->opens > 0) {
        err = JET_errDatabaseInUse;
    } else if (db != NULL) {
        db->opens++;
        if (grbit & JET_bitDbExclusive)
            db->alone = session;
        *ret_dbid = db->dbid;
        err = db->read_only && !(grbit & JET_bitDbReadOnly) ? JET_wrnFileOpenReadOnly
                                                            : JET_errSuccess;
    }
    pthread_mutex_unlock(&instance->lock);
    mem_free(full);
    return err;
}

void eng_close_database(struct ese_session *session, JET_DBID dbid)
{
    struct ese_instance *instance = session->instance;
    struct eng_database *db;

    pthread_mutex_lock(&instance->lock);
    db = find_dbid(instance, dbid);
    if (db != NULL && db->opens > 0) {
        db->opens--;
        if (db->alone == session) /* with the first that it closes */
            db->alone = NULL;
    }
    pthread_mutex_unlock(&instance->lock);
}

/* ---- information ---- */

static __thread uint64_t size_so_far; /* nftw has no context */

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    if (type == FTW_F)
        size_so_far += (uint64_t)st->st_size;
    return 0;
}

/* The store's files as pages: one store holds all databases of the instance. */
static uint64_t store_pages(const char *store_path, uint32_t page_size)
{
    size_so_far = 0;
    (void)nftw(store_path, add_size, 16, FTW_PHYS);
    return (size_so_far + page_size - 1) / page_size;
}

static void describe(uint32_t page_size, uint64_t pages, struct ese_database_info *ret_info)
{
    *ret_info = (struct ese_database_info){
        .path = "",
        .version = FORMAT_VERSION,
        .update = FORMAT_UPDATE,
        .page_size = page_size,
        .pages = pages,
        .owned_pages = pages,
        .state = JET_dbstateCleanShutdown,
        .lcid = 1033,
        .is_database = true,
    };
}

JET_ERR eng_database_info(struct ese_session *session, JET_DBID dbid, struct arena *arena,
                          struct ese_database_info *ret_info)
{
    struct ese_instance *instance = session->instance;
    struct eng_database *db = eng_database_of(instance, dbid);
    char *path;

    if (db == NULL)
        return JET_errInvalidDatabaseId;
    path = arena_alloc(arena, strlen(db->path) + 1);
    if (path == NULL)
        return JET_errOutOfMemory;
    memcpy(path, db->path, strlen(db->path) + 1);
    if (db->foreign != NULL) {
        eng_foreign_info(db->foreign, ret_info);
        ret_info->path = path;
        ret_info->attached = true;
        return JET_errSuccess;
    }
    describe(db->page_size, store_pages(instance->store_path, db->page_size), ret_info);
    ret_info->path = path;
    ret_info->state = JET_dbstateDirtyShutdown; /* while it is attached */
    ret_info->attached = true;
    return JET_errSuccess;
}

JET_ERR eng_file_info(const char *path, struct ese_database_info *ret_info)
{
    enum file_kind kind = FILE_OTHER;
    struct stub stub = {0};
    JET_ERR err = file_read(path, &stub, &kind);

    if (err)
        return err;
    if (kind == FILE_WINDOWS)
        return eng_foreign_file_info(path, ret_info);
    *ret_info = (struct ese_database_info){.path = ""};
    if (kind == FILE_OURS)
        describe(stub.page_size, 1, ret_info);
    return JET_errSuccess;
}
