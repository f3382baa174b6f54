/* SPDX-License-Identifier: Apache-2.0
 *
 * server_database.c - databases of the folder: attached per client instance (N10)
 *
 * Owns:  one record for each database that a client has attached, one attachment for each instance
 *        that has it, one count for each session that has it open.
 * Lock:  one for all, taken inside a session; the house's session is used under it alone.
 *   D1   A database is attached in the engine while any instance has it, and detached with the last.
 *   D2   What a client detaches, closes or leaves behind touches its own attachments only.
 *   D3   Who attaches for reading does so for himself: the engine attaches for writing, whoever is first.
 */
#include "remote/server.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

struct serve_database {
    struct list link;
    unsigned attached; /* instances that have it */
    char name[JET_WIRE_NAME];
    char path[];
};

struct serve_attachment {
    struct list link;
    struct serve_database *database;
    unsigned opens;         /* in all sessions of the instance */
    bool read_only;         /* D3 */
    enum serve_right right; /* of its client */
};

struct serve_open {
    struct list link;
    struct serve_attachment *attachment;
    JET_DBID dbid;
    unsigned count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list databases = {&databases, &databases};

/* ---- names ---- */

static struct serve_database *find_database(const char *name)
{
    LIST_FOR_EACH (it, &databases) {
        struct serve_database *d = LIST_ENTRY(it, struct serve_database, link);

        if (!strcmp(d->name, name))
            return d;
    }
    return NULL;
}

static struct serve_attachment *find_attachment(struct serve_instance *i, const char *name)
{
    LIST_FOR_EACH (it, &i->attachments) {
        struct serve_attachment *a = LIST_ENTRY(it, struct serve_attachment, link);

        if (!strcmp(a->database->name, name))
            return a;
    }
    return NULL;
}

/* The record of a database, made when there is none; `attached` is not counted yet. */
static struct serve_database *need_database(const char *name)
{
    struct serve_database *d = find_database(name);
    size_t size = strlen(serve.folder) + 1 + strlen(name) + 1;

    if (d)
        return d;
    d = mem_alloc(sizeof *d + size);
    if (!d)
        return NULL;
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    (void)snprintf(d->path, size, "%s/%s", serve.folder, name);
    list_append(&databases, &d->link);
    return d;
}

static void drop_if_unused(struct serve_database *d)
{
    if (d && d->attached == 0) {
        list_remove(&d->link);
        mem_free(d);
    }
}

/* ---- opening ---- */

static struct serve_open *find_open(struct serve_session *s, JET_DBID dbid)
{
    LIST_FOR_EACH (it, &s->opens) {
        struct serve_open *o = LIST_ENTRY(it, struct serve_open, link);

        if (o->dbid == dbid)
            return o;
    }
    return NULL;
}

JET_ERR serve_check_database(struct serve_call *call, JET_DBID dbid, uint32_t flags)
{
    const struct serve_open *o = find_open(call->session, dbid);
    JET_ERR err = JET_errInvalidDatabaseId;

    if (o) {
        err = serve_may(call, o->attachment->database->name, o->attachment->right, flags);
        call->read_only = o->attachment->read_only;
    }
    return !err && call->read_only && serve_op_changes(call->op) ? JET_errDatabaseFileReadOnly
                                                                 : err;
}

/* The same of a database by its name, for a client that may not have it yet. */
static JET_ERR check_named(struct serve_call *call, const char *name, JET_GRBIT grbit)
{
    const struct serve_caller *who = &call->session->instance->caller;

    if (!serve_good_name(name))
        return JET_errInvalidPath;
    return serve_may(call, name, serve_right_on(who, name), grbit);
}

/* Counts an open that the engine has granted; `spare` becomes its record or is freed. */
static void count_open(struct serve_session *s, struct serve_attachment *a, JET_DBID dbid,
                       struct serve_open *take_spare)
{
    struct serve_open *o = find_open(s, dbid);

    a->opens++;
    if (o) {
        o->count++;
        mem_free(take_spare);
        return;
    }
    *take_spare = (struct serve_open){.attachment = a, .dbid = dbid, .count = 1};
    list_append(&s->opens, &take_spare->link);
}

static JET_ERR create(struct serve_call *call, struct serve_database *d, uint32_t max_pages,
                      JET_GRBIT grbit, JET_DBID *ret_dbid)
{
    struct serve_instance *i = call->session->instance;
    struct serve_attachment *a = mem_alloc(sizeof *a);
    struct serve_open *o = mem_alloc(sizeof *o);
    JET_ERR err = JET_errOutOfMemory;

    if (a && o)
        err = JetCreateDatabase2A(call->sesid, d->path, max_pages, ret_dbid, grbit);
    if (err < 0) {
        mem_free(a);
        mem_free(o);
        return err;
    }
    a->database = d;
    a->right = call->right;
    d->attached++;
    list_append(&i->attachments, &a->link);
    count_open(call->session, a, *ret_dbid, o);
    return err;
}

int32_t JetRpcCreateDatabase(JET_RPC_SESSION session, const char *name, uint32_t max_pages,
                             uint32_t grbit, uint32_t *dbid)
{
    struct serve_call call;
    struct serve_database *d = NULL;
    JET_ERR err = serve_enter(&call, SERVE_CreateDatabase, session);

    if (err)
        return serve_leave(&call, err);
    pthread_mutex_lock(&lock);
    err = check_named(&call, name, grbit);
    if (err)
        ;
    else if (!(d = need_database(name)))
        err = JET_errOutOfMemory;
    else if (d->attached > 0)
        err = JET_errDatabaseDuplicate;
    else
        err = create(&call, d, max_pages, grbit, dbid);
    drop_if_unused(d);
    pthread_mutex_unlock(&lock);
    return serve_leave(&call, err);
}

static JET_ERR open_database(struct serve_call *call, const char *name, JET_GRBIT grbit,
                             JET_DBID *ret_dbid)
{
    struct serve_attachment *a = find_attachment(call->session->instance, name);
    struct serve_open *o = NULL;
    JET_ERR err = JET_errSuccess;

    if (!a)
        return JET_errDatabaseNotFound;
    o = mem_alloc(sizeof *o);
    if (!o)
        return JET_errOutOfMemory;
    err = JetOpenDatabaseA(call->sesid, a->database->path, NULL, ret_dbid, grbit);
    if (err < 0)
        mem_free(o);
    else
        count_open(call->session, a, *ret_dbid, o);
    return !err && a->read_only && !(grbit & JET_bitDbReadOnly) ? JET_wrnFileOpenReadOnly : err;
}

int32_t JetRpcOpenDatabase(JET_RPC_SESSION session, const char *name, uint32_t grbit,
                           uint32_t *dbid)
{
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_OpenDatabase, session);

    if (err)
        return serve_leave(&call, err);
    pthread_mutex_lock(&lock);
    err = check_named(&call, name, grbit);
    if (!err)
        err = open_database(&call, name, grbit, dbid);
    pthread_mutex_unlock(&lock);
    return serve_leave(&call, err);
}

int32_t JetRpcCloseDatabase(JET_RPC_SESSION session, uint32_t dbid)
{
    struct serve_call call;
    struct serve_open *o = NULL;
    JET_ERR err = serve_enter(&call, SERVE_CloseDatabase, session);

    if (err)
        return serve_leave(&call, err);
    pthread_mutex_lock(&lock);
    o = find_open(call.session, dbid);
    err = o ? JetCloseDatabase(call.sesid, dbid, 0) : JET_errInvalidDatabaseId;
    if (err >= 0 && o) {
        o->attachment->opens--;
        if (--o->count == 0) {
            list_remove(&o->link);
            mem_free(o);
        }
    }
    pthread_mutex_unlock(&lock);
    return serve_leave(&call, err);
}

void serve_opens_clear(struct serve_session *session)
{
    pthread_mutex_lock(&lock);
    LIST_FOR_EACH_SAFE (it, &session->opens) {
        struct serve_open *o = LIST_ENTRY(it, struct serve_open, link);

        o->attachment->opens -= o->count;
        list_remove(&o->link);
        mem_free(o);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- attaching ---- */

static JET_ERR attach(struct serve_call *call, struct serve_database *d, uint32_t max_pages,
                      JET_GRBIT grbit)
{
    const JET_GRBIT changes = JET_bitDbDeleteCorruptIndexes | JET_bitDbDeleteUnicodeIndexes;
    struct serve_attachment *a = mem_alloc(sizeof *a);
    bool read_only = grbit & JET_bitDbReadOnly;
    JET_ERR err = JET_errSuccess;

    if (!a)
        return JET_errOutOfMemory;
    if (read_only) /* D3 */
        grbit &= ~(JET_bitDbReadOnly | changes);
    if (d->attached == 0)
        err = JetAttachDatabase2A(call->sesid, d->path, max_pages, grbit);
    if (err < 0) {
        mem_free(a);
        return err;
    }
    a->database = d;
    a->right = call->right;
    a->read_only = read_only;
    d->attached++;
    list_append(&call->session->instance->attachments, &a->link);
    return err == JET_wrnDatabaseAttached ? JET_errSuccess : err;
}

int32_t JetRpcAttachDatabase(JET_RPC_SESSION session, const char *name, uint32_t max_pages,
                             uint32_t grbit)
{
    struct serve_call call;
    struct serve_database *d = NULL;
    JET_ERR err = serve_enter(&call, SERVE_AttachDatabase, session);

    if (err)
        return serve_leave(&call, err);
    pthread_mutex_lock(&lock);
    err = check_named(&call, name, grbit);
    if (err)
        ;
    else if (find_attachment(call.session->instance, name))
        err = JET_wrnDatabaseAttached;
    else if (!(d = need_database(name)))
        err = JET_errOutOfMemory;
    else
        err = attach(&call, d, max_pages, grbit);
    drop_if_unused(d);
    pthread_mutex_unlock(&lock);
    return serve_leave(&call, err);
}

/* D1. What the engine refuses stays attached there; the next who attaches it finds it so. */
static void release(struct serve_attachment *take_attachment, JET_SESID sesid)
{
    struct serve_database *d = take_attachment->database;

    list_remove(&take_attachment->link);
    mem_free(take_attachment);
    if (--d->attached > 0)
        return;
    (void)JetDetachDatabaseA(sesid, d->path);
    drop_if_unused(d);
}

void serve_attachments_clear(struct serve_instance *instance)
{
    pthread_mutex_lock(&lock);
    LIST_FOR_EACH_SAFE (it, &instance->attachments)
        release(LIST_ENTRY(it, struct serve_attachment, link), serve.house);
    pthread_mutex_unlock(&lock);
}

static JET_ERR detach(struct serve_call *call, const char *name)
{
    struct serve_instance *i = call->session->instance;
    struct serve_attachment *a = name ? find_attachment(i, name) : NULL;

    if (name) {
        if (!a)
            return serve_good_name(name) ? JET_errDatabaseNotFound : JET_errInvalidPath;
        if (a->opens > 0)
            return JET_errDatabaseInUse;
        release(a, call->sesid);
        return JET_errSuccess;
    }
    LIST_FOR_EACH_SAFE (it, &i->attachments) {
        a = LIST_ENTRY(it, struct serve_attachment, link);
        if (a->opens == 0)
            release(a, call->sesid);
    }
    return JET_errSuccess;
}

int32_t JetRpcDetachDatabase(JET_RPC_SESSION session, const char *name)
{
    struct serve_call call;
    JET_ERR err = serve_enter(&call, SERVE_DetachDatabase, session);

    if (err)
        return serve_leave(&call, err);
    pthread_mutex_lock(&lock);
    err = detach(&call, name);
    pthread_mutex_unlock(&lock);
    return serve_leave(&call, err);
}

/* ---- facts ---- */

static JET_ERR number(struct serve_call *call, JET_DBID dbid, unsigned long level, int64_t *ret)
{
    unsigned long value = 0;
    JET_ERR err = JetGetDatabaseInfoA(call->sesid, dbid, &value, sizeof value, level);

    *ret = (int64_t)value;
    return err;
}

static JET_ERR facts(struct serve_call *call, JET_DBID dbid, JET_RPC_DATABASE_INFO *info)
{
    JET_DBINFOMISC misc;
    int64_t lcid = 0;
    JET_ERR err = JetGetDatabaseInfoA(call->sesid, dbid, &misc, sizeof misc, JET_DbInfoMisc);

    if (err >= 0) {
        info->version = (uint32_t)misc.ulVersion;
        info->update = (uint32_t)misc.ulUpdate;
        info->page_size = (uint32_t)misc.cbPageSize;
        info->state = (uint32_t)misc.dbstate;
        err = number(call, dbid, JET_DbInfoFilesize, &info->pages);
    }
    if (err >= 0)
        err = number(call, dbid, JET_DbInfoSpaceOwned, &info->owned_pages);
    if (err >= 0)
        err = number(call, dbid, JET_DbInfoSpaceAvailable, &info->available_pages);
    if (err >= 0)
        err = number(call, dbid, JET_DbInfoLCID, &lcid);
    info->lcid = (uint32_t)lcid;
    return err;
}

int32_t JetRpcDatabaseInfo(JET_RPC_SESSION session, uint32_t dbid, JET_RPC_DATABASE_INFO *info)
{
    struct serve_call call;
    struct serve_open *o = NULL;
    JET_ERR err = serve_enter(&call, SERVE_DatabaseInfo, session);

    if (!err)
        err = serve_check_database(&call, dbid, 0);
    if (!err)
        err = facts(&call, dbid, info);
    if (call.session && err >= 0) {
        pthread_mutex_lock(&lock);
        o = find_open(call.session, dbid);
        if (o)
            err = serve_text(o->attachment->database->name, &info->name);
        pthread_mutex_unlock(&lock);
    }
    return serve_leave(&call, err);
}
