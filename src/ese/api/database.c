/* SPDX-License-Identifier: Apache-2.0
 *
 * database.c - creating, attaching, opening databases; what they are
 *
 * A session's open databases are counted here; the number that a program holds is valid for the
 * session that has it open.
 */
#include "ese/api/databases.h"

#include "ese/api/lifecycle.h"
#include "ese/api/providers.h"
#include "ese/api/results.h"
#include "ese/api/text.h"

#include <stdlib.h>

static struct jet_open_database *find_open(struct jet_session *s, JET_DBID dbid)
{
    LIST_FOR_EACH (it, &s->databases) {
        struct jet_open_database *d = LIST_ENTRY(it, struct jet_open_database, link);

        if (d->dbid == dbid)
            return d;
    }
    return NULL;
}

JET_ERR jet_check_database(struct jet_session *session, JET_DBID dbid)
{
    return find_open(session, dbid) ? JET_errSuccess : JET_errInvalidDatabaseId;
}

/* Which of the two the provider is asked for. */
enum opening { CREATE, OPEN };

/* The record of the open database is made first: nothing can fail after the provider has opened. */
static JET_ERR open_or_create(struct jet_call *call, enum opening how, const char *path,
                              unsigned long max_pages, JET_GRBIT grbit, JET_DBID *ret_dbid)
{
    struct jet_session *s = call->session;
    struct jet_open_database *fresh = NULL, *known = NULL;
    JET_DBID dbid = JET_dbidNil;
    JET_ERR err = JET_errSuccess;

    if (jet_params_number(&call->instance->params, JET_paramOneDatabasePerSession) &&
        !list_is_empty(&s->databases))
        return JET_errOneDatabasePerSession;
    fresh = mem_alloc(sizeof *fresh);
    if (!fresh)
        return JET_errOutOfMemory;
    if (how == CREATE)
        err = call->provider->create_database(s->engine, path, jet_size(max_pages), grbit, &dbid);
    else
        err = call->provider->open_database(s->engine, path, grbit, &dbid);
    if (err < JET_errSuccess) {
        mem_free(fresh);
        return err;
    }
    known = find_open(s, dbid);
    if (known) {
        known->count++;
        mem_free(fresh);
    } else {
        fresh->dbid = dbid;
        fresh->count = 1;
        list_append(&s->databases, &fresh->link);
    }
    *ret_dbid = dbid;
    return err;
}

static JET_ERR enter_and_open(JET_SESID sesid, enum opening how, struct jet_string path,
                              unsigned long max_pages, JET_DBID *ret_dbid, JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[512];
    const char *path8 = NULL;
    JET_ERR err =
        jet_enter(&call, how == CREATE ? CALL_CREATE_DATABASE : CALL_OPEN_DATABASE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = ret_dbid ? jet_allowed(&call, grbit) : JET_errInvalidParameter;
    if (!err)
        err = jet_utf8_needed(&arena, path, &path8);
    if (!err)
        err = open_or_create(&call, how, path8, max_pages, grbit, ret_dbid);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetCreateDatabaseA(JET_SESID sesid, JET_PCSTR path, JET_PCSTR connect,
                                   JET_DBID *dbid, JET_GRBIT grbit)
{
    (void)connect;
    return enter_and_open(sesid, CREATE, jet_narrow(path), 0, dbid, grbit);
}

JET_ERR JET_API JetCreateDatabaseW(JET_SESID sesid, JET_PCWSTR path, JET_PCWSTR connect,
                                   JET_DBID *dbid, JET_GRBIT grbit)
{
    (void)connect;
    return enter_and_open(sesid, CREATE, jet_wide(path), 0, dbid, grbit);
}

JET_ERR JET_API JetCreateDatabase2A(JET_SESID sesid, JET_PCSTR path, const unsigned long max_pages,
                                    JET_DBID *dbid, JET_GRBIT grbit)
{
    return enter_and_open(sesid, CREATE, jet_narrow(path), max_pages, dbid, grbit);
}

JET_ERR JET_API JetCreateDatabase2W(JET_SESID sesid, JET_PCWSTR path, const unsigned long max_pages,
                                    JET_DBID *dbid, JET_GRBIT grbit)
{
    return enter_and_open(sesid, CREATE, jet_wide(path), max_pages, dbid, grbit);
}

JET_ERR JET_API JetOpenDatabaseA(JET_SESID sesid, JET_PCSTR path, JET_PCSTR connect, JET_DBID *dbid,
                                 JET_GRBIT grbit)
{
    (void)connect;
    return enter_and_open(sesid, OPEN, jet_narrow(path), 0, dbid, grbit);
}

JET_ERR JET_API JetOpenDatabaseW(JET_SESID sesid, JET_PCWSTR path, JET_PCWSTR connect,
                                 JET_DBID *dbid, JET_GRBIT grbit)
{
    (void)connect;
    return enter_and_open(sesid, OPEN, jet_wide(path), 0, dbid, grbit);
}

/* ---- closing ---- */

/* The last close takes the session's cursors in the database along. */
static JET_ERR close_database(struct jet_call *call, JET_DBID dbid)
{
    struct jet_session *s = call->session;
    struct jet_open_database *d = find_open(s, dbid);

    if (!d)
        return JET_errInvalidDatabaseId;
    if (d->count == 1) {
        LIST_FOR_EACH_SAFE (it, &s->cursors) {
            struct jet_cursor *c = LIST_ENTRY(it, struct jet_cursor, link);

            if (c->dbid == dbid)
                (void)jet_cursor_close(s, c, 0, false);
        }
    }
    call->provider->close_database(s->engine, dbid);
    if (--d->count == 0) {
        list_remove(&d->link);
        mem_free(d);
    }
    return JET_errSuccess;
}

JET_ERR JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_CLOSE_DATABASE, sesid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    return jet_leave(&call, err ? err : close_database(&call, dbid));
}

/* ---- attaching ---- */

static JET_ERR attach(JET_SESID sesid, struct jet_string path, unsigned long max_pages,
                      JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[512];
    const char *path8 = NULL;
    JET_ERR err = jet_enter(&call, CALL_ATTACH_DATABASE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_allowed(&call, grbit);
    if (!err)
        err = jet_utf8_needed(&arena, path, &path8);
    if (!err)
        err =
            call.provider->attach_database(call.session->engine, path8, jet_size(max_pages), grbit);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetAttachDatabaseA(JET_SESID sesid, JET_PCSTR path, JET_GRBIT grbit)
{
    return attach(sesid, jet_narrow(path), 0, grbit);
}

JET_ERR JET_API JetAttachDatabaseW(JET_SESID sesid, JET_PCWSTR path, JET_GRBIT grbit)
{
    return attach(sesid, jet_wide(path), 0, grbit);
}

JET_ERR JET_API JetAttachDatabase2A(JET_SESID sesid, JET_PCSTR path, const unsigned long max_pages,
                                    JET_GRBIT grbit)
{
    return attach(sesid, jet_narrow(path), max_pages, grbit);
}

JET_ERR JET_API JetAttachDatabase2W(JET_SESID sesid, JET_PCWSTR path, const unsigned long max_pages,
                                    JET_GRBIT grbit)
{
    return attach(sesid, jet_wide(path), max_pages, grbit);
}

static JET_ERR detach(JET_SESID sesid, struct jet_string path, JET_GRBIT grbit)
{
    struct jet_call call;
    struct arena arena;
    char lent[512];
    const char *path8 = NULL;
    JET_ERR err = jet_enter(&call, CALL_DETACH_DATABASE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_allowed(&call, grbit);
    if (!err && grbit)
        err = JET_errForceDetachNotAllowed;
    if (!err)
        err = jet_utf8(&arena, path, &path8);
    if (!err)
        err = call.provider->detach_database(call.session->engine, path8);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetDetachDatabaseA(JET_SESID sesid, JET_PCSTR path)
{
    return detach(sesid, jet_narrow(path), 0);
}

JET_ERR JET_API JetDetachDatabaseW(JET_SESID sesid, JET_PCWSTR path)
{
    return detach(sesid, jet_wide(path), 0);
}

JET_ERR JET_API JetDetachDatabase2A(JET_SESID sesid, JET_PCSTR path, JET_GRBIT grbit)
{
    return detach(sesid, jet_narrow(path), grbit);
}

JET_ERR JET_API JetDetachDatabase2W(JET_SESID sesid, JET_PCWSTR path, JET_GRBIT grbit)
{
    return detach(sesid, jet_wide(path), grbit);
}

/* ---- facts ---- */

/* JET_DBINFOMISC and its longer kin begin alike; what has no meaning here stays 0. */
static JET_ERR put_misc(const struct ese_database_info *info, void *result, unsigned long max)
{
    static const size_t sizes[] = {sizeof(JET_DBINFOMISC), sizeof(JET_DBINFOMISC2),
                                   sizeof(JET_DBINFOMISC3), sizeof(JET_DBINFOMISC4)};
    JET_DBINFOMISC4 misc;

    memset(&misc, 0, sizeof misc);
    misc.ulVersion = info->version;
    misc.ulUpdate = info->update;
    misc.dbstate = info->state;
    misc.cbPageSize = info->page_size;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (max == sizes[i])
            return jet_put_struct(result, max, &misc, sizes[i]);
    return JET_errInvalidBufferSize;
}

static JET_ERR put_info(const struct ese_database_info *info, bool wide, void *result,
                        unsigned long max, unsigned long level)
{
    switch (level) {
    case JET_DbInfoFilename:
        if (!result)
            return JET_errInvalidParameter;
        return jet_text_out(info->path, wide, result, max, NULL) ? JET_errBufferTooSmall
                                                                 : JET_errSuccess;
    case JET_DbInfoConnect:
        return result ? jet_text_out("", wide, result, max, NULL) : JET_errInvalidParameter;
    case JET_DbInfoCountry: return jet_put_number(result, max, 1);
    case JET_DbInfoLCID: return jet_put_number(result, max, info->lcid);
    case JET_DbInfoCp: return jet_put_number(result, max, 1252);
    case JET_DbInfoCollate: return jet_put_number(result, max, 0);
    case JET_DbInfoOptions: return jet_put_number(result, max, 0);
    case JET_DbInfoTransactions: return jet_put_number(result, max, JET_LEVELS_MAX);
    case JET_DbInfoVersion: return jet_put_number(result, max, info->version);
    case JET_DbInfoFilesize:
    case JET_DbInfoFilesizeOnDisk: return jet_put_number(result, max, info->pages);
    case JET_DbInfoSpaceOwned: return jet_put_number(result, max, info->owned_pages);
    case JET_DbInfoSpaceAvailable: return jet_put_number(result, max, info->available_pages);
    case JET_DbInfoMisc: return put_misc(info, result, max);
    case JET_DbInfoPageSize: return jet_put_number(result, max, info->page_size);
    default: return JET_errInvalidParameter;
    }
}

static JET_ERR database_info(JET_SESID sesid, JET_DBID dbid, bool wide, void *result,
                             unsigned long max, unsigned long level)
{
    struct jet_call call;
    struct arena arena;
    char lent[512];
    struct ese_database_info info = {.path = ""};
    JET_ERR err = jet_enter(&call, CALL_DATABASE_INFO, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_check_database(call.session, dbid);
    if (!err)
        err = call.provider->database_info(call.session->engine, dbid, &arena, &info);
    if (!err)
        err = put_info(&info, wide, result, max, level);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGetDatabaseInfoA(JET_SESID sesid, JET_DBID dbid, void *result, unsigned long max,
                                    unsigned long level)
{
    return database_info(sesid, dbid, false, result, max, level);
}

JET_ERR JET_API JetGetDatabaseInfoW(JET_SESID sesid, JET_DBID dbid, void *result, unsigned long max,
                                    unsigned long level)
{
    return database_info(sesid, dbid, true, result, max, level);
}

/* A file's size is given in octets, and may need 64 bits. */
static JET_ERR put_file_info(const struct ese_database_info *info, bool wide, void *result,
                             unsigned long max, unsigned long level)
{
    switch (level) {
    case JET_DbInfoFilesize:
    case JET_DbInfoFilesizeOnDisk:
        return jet_put_number(result, max, info->pages * info->page_size);
    case JET_DbInfoDBInUse: return jet_put_number(result, max, info->attached);
    case JET_DbInfoFileType:
        return jet_put_number(result, max,
                              info->is_database ? JET_filetypeDatabase : JET_filetypeUnknown);
    case JET_DbInfoMisc:
    case JET_DbInfoPageSize:
        return info->is_database ? put_info(info, wide, result, max, level)
                                 : JET_errDatabaseCorrupted;
    default: return JET_errInvalidParameter;
    }
}

static JET_ERR file_info(struct jet_string path, bool wide, void *result, unsigned long max,
                         unsigned long level)
{
    const struct ese_provider *provider = NULL;
    const char *address = getenv("HOLDFAST_ADDRESS"), *path8 = NULL;
    struct ese_database_info info = {.path = ""};
    struct arena arena;
    char lent[512];
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, lent, sizeof lent);
    err = jet_provider_find(address && *address ? address : ".", &provider);
    if (!err && !provider->file_info)
        err = JET_errFeatureNotAvailable;
    if (!err)
        err = jet_utf8_needed(&arena, path, &path8);
    if (!err)
        err = provider->file_info(path8, &info);
    if (!err)
        err = put_file_info(&info, wide, result, max, level);
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetGetDatabaseFileInfoA(JET_PCSTR path, void *result, unsigned long max,
                                        unsigned long level)
{
    return file_info(jet_narrow(path), false, result, max, level);
}

JET_ERR JET_API JetGetDatabaseFileInfoW(JET_PCWSTR path, void *result, unsigned long max,
                                        unsigned long level)
{
    return file_info(jet_wide(path), true, result, max, level);
}
