/* SPDX-License-Identifier: Apache-2.0
 *
 * client_instance.c - instances, sessions and transactions of a remote program
 *
 * Each instance has an association of its own, so that losing it ends no other's sessions, and closing
 * its last handle closes the connections at once.
 */
#include "remote/client.h"

#include "remote/credentials.h"

#include <holdfast/client.h>

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- reaching the server ---- */

/* Milliseconds without an answer after which a call counts as lost; 0: none (N4). */
static uintptr_t call_timeout(void)
{
    const char *text = getenv("HOLDFAST_CALL_TIMEOUT");
    char *end = NULL;
    unsigned long ms = text ? strtoul(text, &end, 10) : 0;

    return text && end != text && *end == '\0' && ms <= UINT32_MAX ? ms : 0;
}

static JET_ERR bind_to(const char *address, RPC_BINDING_HANDLE *ret_binding)
{
    uintptr_t timeout = call_timeout();
    RPC_STATUS s = RpcBindingFromStringBindingA((RPC_CSTR)remote_text(address), ret_binding);

    if (s == RPC_S_OK)
        s = RpcBindingSetOption(*ret_binding, RPC_C_OPT_UNIQUE_BINDING, 1);
    if (s == RPC_S_OK && timeout > 0)
        (void)RpcBindingSetOption(*ret_binding, HOLDFAST_C_OPT_CALL_TIMEOUT, timeout);
    if (s != RPC_S_OK) {
        log_line(LOG_LEVEL_ERROR, "no address of a server address=%s status=%d", address, (int)s);
        return JET_errInvalidPath;
    }
    return remote_credentials(*ret_binding, address) == RPC_S_OK ? JET_errSuccess
                                                                 : JET_errAccessDenied;
}

/* What the server calls us: the program and its process. */
static void own_name(char name[64])
{
    (void)snprintf(name, 64, "%.48s[%ld]", program_invocation_short_name, (long)getpid());
}

static JET_ERR open_instance(struct ese_instance *i, RPC_BINDING_HANDLE binding)
{
    volatile RPC_STATUS status = RPC_S_OK;
    JET_ERR err = JET_errSuccess;
    char name[64];

    own_name(name);
    RpcTryExcept
    {
        err = JetRpcOpen(binding, JET_WIRE_VERSION, name, &i->opened, &i->handle);
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status == RPC_S_OK)
        return err;
    if (remote_is_refusal(status, i->host->address))
        return JET_errAccessDenied;
    log_line(LOG_LEVEL_ERROR, "the server cannot be reached address=%s status=%d", i->host->address,
             (int)status);
    return JET_errInstanceUnavailable;
}

JET_ERR remote_init(struct ese_host *host, JET_GRBIT grbit, struct ese_instance **ret_instance)
{
    struct ese_instance *i = mem_alloc(sizeof *i);
    RPC_BINDING_HANDLE binding = NULL;
    JET_ERR err = JET_errSuccess;

    (void)grbit;
    if (!i)
        return JET_errOutOfMemory;
    i->host = host;
    pthread_mutex_init(&i->lock, NULL);
    list_init(&i->sessions);
    log_set_hook(host->log);
    err = bind_to(host->address, &binding);
    if (!err)
        err = open_instance(i, binding);
    if (binding)
        (void)RpcBindingFree(&binding); /* the handle keeps the association */
    if (err < 0) {
        pthread_mutex_destroy(&i->lock);
        mem_free(i);
        return err;
    }
    *ret_instance = i;
    return err;
}

static void free_session(struct ese_session *s)
{
    LIST_FOR_EACH_SAFE (it, &s->cursors)
        remote_cursor_free(LIST_ENTRY(it, struct ese_cursor, link));
    pthread_mutex_lock(&s->instance->lock);
    if (s->handle)
        (void)RpcSmDestroyClientContext(&s->handle);
    list_remove(&s->link);
    pthread_mutex_unlock(&s->instance->lock);
    mem_free(s);
}

/* Sessions first, so that nothing of them is left when this returns. */
JET_ERR remote_term(struct ese_instance *take_instance, bool dirty)
{
    struct ese_instance *i = take_instance;
    JET_ERR err = JET_errSuccess;

    (void)dirty;
    LIST_FOR_EACH_SAFE (it, &i->sessions)
        remote_end_session(LIST_ENTRY(it, struct ese_session, link));
    REMOTE_OF_INSTANCE(i, err, JetRpcClose(&i->handle));
    if (i->handle)
        (void)RpcSmDestroyClientContext(&i->handle);
    pthread_mutex_destroy(&i->lock);
    mem_free(i);
    return err == JET_errInstanceUnavailable ? JET_errSuccess : err;
}

/* ---- sessions ---- */

JET_ERR remote_begin_session(struct ese_instance *instance, struct ese_session **ret_session)
{
    struct ese_session *s = mem_alloc(sizeof *s);
    JET_ERR err = JET_errSuccess;

    if (!s)
        return JET_errOutOfMemory;
    s->instance = instance;
    list_init(&s->cursors);
    REMOTE_OF_INSTANCE(instance, err, JetRpcBeginSession(instance->handle, &s->handle));
    if (err < 0) {
        if (s->handle)
            (void)RpcSmDestroyClientContext(&s->handle);
        mem_free(s);
        return err;
    }
    pthread_mutex_lock(&instance->lock);
    list_append(&instance->sessions, &s->link);
    pthread_mutex_unlock(&instance->lock);
    *ret_session = s;
    return err;
}

void remote_end_session(struct ese_session *take_session)
{
    struct ese_session *s = take_session;
    JET_ERR err = JET_errSuccess;

    REMOTE(s, err, JetRpcEndSession(&s->handle));
    (void)err;
    free_session(s);
}

/* ---- transactions ---- */

/* An inner level marks cursors that move in it: what moved before must have moved at the server. */
JET_ERR remote_begin(struct ese_session *session, JET_GRBIT grbit, int64_t trxid)
{
    JET_ERR err = session->level > 0 ? remote_settle(session, NULL) : JET_errSuccess;

    if (err < 0)
        return err;
    REMOTE(session, err, JetRpcBegin(session->handle, grbit, trxid));
    if (err >= 0)
        session->level++;
    return err;
}

/* The signature's random number names the instance; ids are given out before anything is sent. */
static void draw_id(struct ese_instance *i, JET_RPC_COMMIT_ID *id, JET_COMMIT_ID *ret_id)
{
    *id = (JET_RPC_COMMIT_ID){.instance = i->opened.commit_instance};
    if (!ret_id)
        return;
    id->number = atomic_fetch_add(&i->commits, 1) + 1;
    memset(ret_id, 0, sizeof *ret_id);
    ret_id->signLog.ulRandom = (unsigned long)id->instance;
    ret_id->commitId = id->number;
}

JET_ERR remote_commit(struct ese_session *session, JET_GRBIT grbit, uint32_t lazy_ms,
                      JET_COMMIT_ID *ret_id)
{
    JET_RPC_COMMIT_ID id;
    JET_ERR err = JET_errSuccess;

    draw_id(session->instance, &id, ret_id);
    if (session->level == 1)
        err = remote_settle(session, NULL);
    if (err < 0)
        return err;
    REMOTE(session, err, JetRpcCommit(session->handle, grbit, lazy_ms, &id));
    if (err < 0)
        return err;
    session->level--;
    LIST_FOR_EACH (it, &session->cursors)
        remote_cursor_committed(LIST_ENTRY(it, struct ese_cursor, link), session->level);
    session->ddl = session->ddl && session->level > 0;
    return err;
}

JET_ERR remote_rollback(struct ese_session *session, unsigned levels)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcRollback(session->handle, levels));
    if (err < 0)
        return err;
    session->level -= levels < session->level ? levels : session->level;
    LIST_FOR_EACH (it, &session->cursors)
        remote_cursor_rolled_back(LIST_ENTRY(it, struct ese_cursor, link), session->level);
    session->ddl = session->ddl && session->level > 0;
    return err;
}

JET_ERR remote_harden(struct ese_session *session, JET_GRBIT grbit)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcHarden(session->handle, grbit));
    return err;
}

/* ---- databases ---- */

/* N10. What the server refuses it refuses itself; this one costs no round trip. */
static bool good_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return n > 0 && n < JET_WIRE_NAME && name[n] == '\0';
}

JET_ERR remote_create_database(struct ese_session *session, const char *path, uint32_t max_pages,
                               JET_GRBIT grbit, JET_DBID *ret_dbid)
{
    JET_DBID dbid = JET_dbidNil;
    JET_ERR err = JET_errSuccess;

    if (!good_name(path))
        return JET_errInvalidPath;
    REMOTE(session, err, JetRpcCreateDatabase(session->handle, path, max_pages, grbit, &dbid));
    if (err >= 0)
        *ret_dbid = dbid;
    return err;
}

JET_ERR remote_attach_database(struct ese_session *session, const char *path, uint32_t max_pages,
                               JET_GRBIT grbit)
{
    JET_ERR err = JET_errSuccess;

    if (!good_name(path))
        return JET_errInvalidPath;
    REMOTE(session, err, JetRpcAttachDatabase(session->handle, path, max_pages, grbit));
    return err;
}

JET_ERR remote_detach_database(struct ese_session *session, const char *path)
{
    JET_ERR err = JET_errSuccess;

    if (path && !good_name(path))
        return JET_errInvalidPath;
    REMOTE(session, err, JetRpcDetachDatabase(session->handle, path));
    return err;
}

JET_ERR remote_open_database(struct ese_session *session, const char *path, JET_GRBIT grbit,
                             JET_DBID *ret_dbid)
{
    JET_DBID dbid = JET_dbidNil;
    JET_ERR err = JET_errSuccess;

    if (!good_name(path))
        return JET_errInvalidPath;
    REMOTE(session, err, JetRpcOpenDatabase(session->handle, path, grbit, &dbid));
    if (err >= 0)
        *ret_dbid = dbid;
    return err;
}

void remote_close_database(struct ese_session *session, JET_DBID dbid)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcCloseDatabase(session->handle, dbid));
    (void)err;
}

/* The path of a database is its name. */
JET_ERR remote_database_info(struct ese_session *session, JET_DBID dbid, struct arena *arena,
                             struct ese_database_info *ret_info)
{
    JET_RPC_DATABASE_INFO info = {0};
    char *name = NULL;
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcDatabaseInfo(session->handle, dbid, &info));
    if (err < 0)
        goto out;
    *ret_info = (struct ese_database_info){.path = "",
                                           .version = info.version,
                                           .update = info.update,
                                           .page_size = info.page_size,
                                           .pages = (uint64_t)info.pages,
                                           .owned_pages = (uint64_t)info.owned_pages,
                                           .available_pages = (uint64_t)info.available_pages,
                                           .state = info.state,
                                           .lcid = info.lcid,
                                           .attached = true,
                                           .is_database = true};
    if (info.name) {
        name = arena_alloc(arena, strlen(info.name) + 1);
        if (!name)
            err = JET_errOutOfMemory;
        else
            ret_info->path = strcpy(name, info.name);
    }
out:
    midl_user_free(info.name);
    return err;
}
