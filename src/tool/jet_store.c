/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_store.c - opening a store and its databases, and saying why something failed
 */
#include "tool/jet.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STORE_SUFFIX  ".store"
#define SERVER_PREFIX "holdfast."

/* ---- failures ---- */

/* What a person can do; errors that need no advice have no row. */
static const struct {
    JET_ERR err;
    const char *advice;
} advices[] = {
    {JET_errSystemPathInUse, "another process has this store open; end it or use its address"},
    {JET_errInvalidSystemPath, "name a folder that exists and can be written to"},
    {JET_errInvalidPath, "name a folder that exists, or an address such as ncalrpc:[NAME]"},
    {JET_errFileNotFound, "`databases` lists what the folder holds"},
    {JET_errDatabaseNotFound, "`databases` lists what the folder holds"},
    {JET_errDatabaseCorrupted, "this file is no database of this store"},
    {JET_errAttachedDatabaseMismatch, "the file belongs to another store"},
    {JET_errInvalidDatabaseVersion, "a Windows .edb file is read with `holdfast edb dump`"},
    {JET_errObjectNotFound, "`tables` lists the tables of the database"},
    {JET_errColumnNotFound, "`schema TABLE` lists the columns"},
    {JET_errIndexNotFound, "`schema TABLE` lists the indexes"},
    {JET_errTableDuplicate, "choose another name, or delete the table first"},
    {JET_errTableLocked, "another cursor has the table for itself; close it"},
    {JET_errTableInUse, "another cursor has the table open; close it"},
    {JET_errKeyDuplicate, "a row with this key exists; replace it, or change the key"},
    {JET_errNullInvalid, "give the column a value"},
    {JET_errNullKeyDisallowed, "give the columns of the index values"},
    {JET_errWriteConflict, "another transaction has changed the row; roll back and try again"},
    {JET_errRecordPrimaryChanged, "delete the row and insert it under its new key"},
    {JET_errNotInTransaction, "`begin` a transaction first"},
    {JET_errTransTooDeep, "commit or roll back a level"},
    {JET_errTransReadOnly, "begin a transaction that is not read-only"},
    {JET_errNoCurrentRecord, "move to a row first: first, last, seek"},
    {JET_errRecordDeleted, "the row is gone; move to another"},
    {JET_errKeyNotMade, "give the values of the key"},
    {JET_errRecordNotFound, "no row has such a key"},
    {JET_errFeatureNotAvailable, "this build or this address does not offer it"},
    {JET_errAccessDenied, "the server's list (allow) does not give this user the right; or, at the "
                          "start, the server does not know who calls: see HOLDFAST_USER and "
                          "HOLDFAST_SERVER_PRINCIPAL in holdfast-serve(1)"},
    {JET_errBackupInProgress, "somebody else makes one; try again when it is done"},
    {JET_errBackupDirectoryNotEmpty,
     "name a folder that is not there yet, or add with --incremental"},
    {JET_errMissingFullBackup, "the folder has no backup of this store; leave --incremental out"},
    {JET_errNoBackup, "name a folder that `holdfast backup` has filled"},
    {JET_errInstanceUnavailable, "the engine or its server is gone; start again"},
};

static const char *advice_for(JET_ERR err)
{
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].err == err)
            return advices[i].advice;
    return NULL;
}

bool tool_fail(struct tool_failure *f, const char *format, ...)
{
    va_list args;

    f->err = JET_errSuccess;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    return false;
}

bool tool_jet_fail(struct tool_failure *f, JET_ERR err, const char *format, ...)
{
    const char *advice = advice_for(err);
    char name[200] = "", *text = NULL;
    JET_API_PTR number = (JET_API_PTR)(intptr_t)err;
    va_list args;
    size_t n = 0;

    f->err = err;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    n = strlen(f->text);
    if (JetGetSystemParameterA(JET_instanceNil, JET_sesidNil, JET_paramErrorToString, &number, name,
                               sizeof name) < JET_errSuccess)
        (void)snprintf(name, sizeof name, "JET error");
    text = strstr(name, ", ");
    if (text != NULL)
        *text = '\0';
    (void)snprintf(f->text + n, sizeof f->text - n, ": %s (%d)%s%s%s%s", name, err,
                   text != NULL ? ": " : "", text != NULL ? text + 2 : "",
                   advice != NULL ? "; " : "", advice != NULL ? advice : "");
    return false;
}

/* ---- octets that grow ---- */

void tool_text_add(struct tool_text *t, const void *data, size_t size)
{
    size_t room = t->room > 0 ? t->room : 64;
    char *grown = NULL;

    if (t->failed || size == 0)
        return;
    while (room - t->size < size) {
        if (room > SIZE_MAX / 2) {
            t->failed = true;
            return;
        }
        room *= 2;
    }
    if (room != t->room) {
        grown = mem_grow(t->data, room);
        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->data = grown;
        t->room = room;
    }
    memcpy(t->data + t->size, data, size);
    t->size += size;
}

void tool_text_fini(struct tool_text *t)
{
    mem_free(t->data);
    memset(t, 0, sizeof *t);
}

/* ---- names ---- */

void tool_names_free(char **names, size_t count)
{
    for (size_t i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool tool_names_add(char ***names, size_t *count, const char *name)
{
    char **grown = realloc(*names, (*count + 1) * sizeof **names);

    if (grown == NULL)
        return false;
    *names = grown;
    grown[*count] = strdup(name);
    if (grown[*count] == NULL)
        return false;
    ++*count;
    return true;
}

/* The names in a folder that `wanted` accepts, in order. */
static bool folder_names(const char *folder, bool (*wanted)(const char *folder, const char *name),
                         char ***ret_names, size_t *ret_count, struct tool_failure *f)
{
    DIR *dir = opendir(folder);
    char **names = NULL;
    size_t count = 0;
    struct dirent *entry = NULL;

    if (dir == NULL)
        return tool_fail(f, "cannot read the folder %s: %s", folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        if (!wanted(folder, entry->d_name))
            continue;
        if (!tool_names_add(&names, &count, entry->d_name)) {
            (void)closedir(dir);
            tool_names_free(names, count);
            return tool_fail(f, "out of memory listing the folder %s", folder);
        }
    }
    (void)closedir(dir);
    if (count > 0)
        qsort(names, count, sizeof *names, by_name);
    *ret_names = names;
    *ret_count = count;
    return true;
}

static bool is_store(const char *folder, const char *name)
{
    size_t n = strlen(name), s = strlen(STORE_SUFFIX);
    char path[PATH_MAX];
    struct stat st;

    if (n <= s || strcmp(name + n - s, STORE_SUFFIX) != 0)
        return false;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What a server keeps for itself is no database of people's. */
static bool is_database(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    unsigned long type = JET_filetypeUnknown;

    if (strncmp(name, SERVER_PREFIX, strlen(SERVER_PREFIX)) == 0)
        return false;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           JetGetDatabaseFileInfoA(path, &type, sizeof type, JET_DbInfoFileType) ==
               JET_errSuccess &&
           type == JET_filetypeDatabase;
}

/* ---- the store ---- */

/* An address begins with a scheme: two or more of its letters and a colon. */
static bool is_folder_address(const char *address)
{
    size_t n = strspn(address, "abcdefghijklmnopqrstuvwxyz0123456789_+-");

    return n < 2 || address[n] != ':';
}

/* Which store of the folder is meant. */
static bool find_base_name(const struct tool_place *place, char *ret_base, size_t room,
                           struct tool_failure *f)
{
    char **names = NULL;
    size_t count = 0;
    bool ok = true;

    if (!folder_names(place->address, is_store, &names, &count, f))
        return false;
    (void)snprintf(ret_base, room, "%s", place->base_name != NULL ? place->base_name : "edb");
    if (place->base_name == NULL && count == 1)
        (void)snprintf(ret_base, room, "%.*s", (int)(strlen(names[0]) - strlen(STORE_SUFFIX)),
                       names[0]);
    else if (place->base_name == NULL && count > 1)
        ok = tool_fail(f, "%s holds %zu stores (%s, %s ...): say which with --base NAME",
                       place->address, count, names[0], names[1]);
    if (ok && count == 0 && !place->may_create)
        ok = tool_fail(f,
                       "%s holds no store (a folder NAME%s): is it the JET_paramSystemPath of a "
                       "program? `holdfast shell` creates one",
                       place->address, STORE_SUFFIX);
    tool_names_free(names, count);
    return ok;
}

static bool set_paths(struct tool_store *s, const struct tool_place *place, struct tool_failure *f)
{
    char path[PATH_MAX], base[NAME_MAX + 1];
    JET_ERR err = JET_errSuccess;

    if (!s->is_folder) {
        err = JetSetSystemParameterA(&s->instance, JET_sesidNil, JET_paramSystemPath, 0,
                                     place->address);
        return err == JET_errSuccess ||
               tool_jet_fail(f, err, "setting the address %s", place->address);
    }
    if (!find_base_name(place, base, sizeof base, f))
        return false;
    (void)snprintf(path, sizeof path, "%s/", place->address);
    err = JetSetSystemParameterA(&s->instance, JET_sesidNil, JET_paramSystemPath, 0, path);
    if (err == JET_errSuccess)
        err = JetSetSystemParameterA(&s->instance, JET_sesidNil, JET_paramBaseName, 0, base);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "setting the store %s of %s", base, place->address);
    (void)snprintf(path, sizeof path, "%s/",
                   place->log_folder != NULL ? place->log_folder : place->address);
    err = JetSetSystemParameterA(&s->instance, JET_sesidNil, JET_paramLogFilePath, 0, path);
    return err == JET_errSuccess || tool_jet_fail(f, err, "setting the log's folder %s", path);
}

static bool is_folder_there(const char *folder, struct tool_failure *f)
{
    struct stat st;

    if (stat(folder, &st) != 0)
        return tool_fail(f,
                         "cannot open the store in %s: %s; create the folder first, or check its "
                         "name",
                         folder, strerror(errno));
    return S_ISDIR(st.st_mode) ||
           tool_fail(f, "%s is a file: name the folder that the store lies in", folder);
}

bool tool_store_prepare(struct tool_store *s, const struct tool_place *place,
                        struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    *s = (struct tool_store){.instance = JET_instanceNil, .session = JET_sesidNil};
    s->address = place->address;
    s->is_folder = is_folder_address(place->address);
    if (s->is_folder && !is_folder_there(place->address, f))
        return false;
    err = JetCreateInstanceA(&s->instance, "holdfast");
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "creating an instance");
    if (set_paths(s, place, f))
        return true;
    (void)JetTerm(s->instance);
    s->instance = JET_instanceNil;
    return false;
}

bool tool_store_open(struct tool_store *s, const struct tool_place *place, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    if (!tool_store_prepare(s, place, f))
        return false;
    err = JetInit(&s->instance);
    if (err < JET_errSuccess) {
        s->instance = JET_instanceNil; /* a failed JetInit has freed it */
        (void)tool_jet_fail(f, err, "opening the store in %s", place->address);
        goto failed;
    }
    err = JetBeginSessionA(s->instance, &s->session, NULL, NULL);
    if (err < JET_errSuccess) {
        (void)tool_jet_fail(f, err, "beginning a session in %s", place->address);
        goto failed;
    }
    return true;
failed:
    if (s->instance != JET_instanceNil)
        (void)JetTerm(s->instance);
    s->instance = JET_instanceNil;
    return false;
}

bool tool_store_close(struct tool_store *s, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess, term = JET_errSuccess;

    if (s->session != JET_sesidNil)
        err = JetEndSession(s->session, 0);
    if (s->instance != JET_instanceNil)
        term = JetTerm(s->instance);
    s->session = JET_sesidNil;
    s->instance = JET_instanceNil;
    if (err == JET_errSuccess)
        err = term;
    return err == JET_errSuccess || tool_jet_fail(f, err, "closing the store in %s", s->address);
}

/* ---- databases ---- */

bool tool_database_names(const struct tool_store *s, char ***ret_names, size_t *ret_count,
                         struct tool_failure *f)
{
    if (s->is_folder)
        return folder_names(s->address, is_database, ret_names, ret_count, f);
    return tool_server_names(s->address, ret_names, ret_count, f);
}

bool tool_database_path(const struct tool_store *s, const char *name, char ret_path[PATH_MAX],
                        struct tool_failure *f)
{
    bool as_it_is = !s->is_folder || strchr(name, '/') != NULL;
    int n = as_it_is ? snprintf(ret_path, PATH_MAX, "%s", name)
                     : snprintf(ret_path, PATH_MAX, "%s/%s", s->address, name);

    return (n > 0 && n < PATH_MAX) || tool_fail(f, "the name of the database %s is too long", name);
}

bool tool_database_open(const struct tool_store *s, const char *name, JET_DBID *ret_dbid,
                        struct tool_failure *f)
{
    char path[PATH_MAX];
    JET_ERR err = JET_errSuccess;

    if (!tool_database_path(s, name, path, f))
        return false;
    err = JetAttachDatabaseA(s->session, path, 0);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "attaching the database %s", path);
    err = JetOpenDatabaseA(s->session, path, NULL, ret_dbid, 0);
    return err >= JET_errSuccess || tool_jet_fail(f, err, "opening the database %s", path);
}
