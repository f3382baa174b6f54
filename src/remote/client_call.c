/* SPDX-License-Identifier: Apache-2.0
 *
 * client_call.c - the way of a call to the server, and what happens when it fails (N1)
 */
#include "remote/client.h"

#include <holdfast/client.h>

#include "base/log.h"

static atomic_uint_fast64_t calls;

uint64_t holdfast_remote_calls(void)
{
    return atomic_load(&calls);
}

/* ---- losing ---- */

static void destroy(void **handle)
{
    if (*handle)
        (void)RpcSmDestroyClientContext(handle);
}

/* The lock is held, the session in no call. */
static void destroy_session(struct ese_session *s)
{
    LIST_FOR_EACH (it, &s->cursors)
        destroy(&LIST_ENTRY(it, struct ese_cursor, link)->handle);
    destroy(&s->handle);
}

static void destroy_unused(struct ese_instance *i)
{
    LIST_FOR_EACH (it, &i->sessions) {
        struct ese_session *s = LIST_ENTRY(it, struct ese_session, link);

        if (!s->busy)
            destroy_session(s);
    }
    if (!i->backup_busy)
        destroy(&i->backup);
    if (i->users == 0)
        destroy(&i->handle);
}

static JET_ERR lose(struct ese_instance *i, RPC_STATUS status, JET_ERR err)
{
    bool first = false;

    pthread_mutex_lock(&i->lock);
    first = !i->lost;
    i->lost = true;
    if (first && i->handle)
        (void)holdfast_rpc_sever(i->handle);
    destroy_unused(i);
    pthread_mutex_unlock(&i->lock);
    if (first) {
        log_line(LOG_LEVEL_ERROR, "the server is lost address=%s status=%d error=%d",
                 i->host->address, (int)status, err);
        i->host->unavailable(i->host, err);
    }
    return err;
}

JET_ERR remote_lose(struct ese_instance *instance, RPC_STATUS status)
{
    return lose(instance, status, JET_errInstanceUnavailable);
}

/* The last words of a call: a failure below JET, or a server that has become unavailable itself. */
static JET_ERR judge(struct ese_instance *i, JET_ERR err, RPC_STATUS status)
{
    if (status != RPC_S_OK)
        return lose(i, status, JET_errInstanceUnavailable);
    if (err == JET_errInstanceUnavailable || err == JET_errInstanceUnavailableDueToFatalLogDiskFull)
        return lose(i, status, err);
    return err;
}

/* ---- in and out ---- */

bool remote_enter(struct ese_session *session)
{
    struct ese_instance *i = session->instance;
    bool lost = false;

    pthread_mutex_lock(&i->lock);
    lost = i->lost;
    session->busy = !lost;
    pthread_mutex_unlock(&i->lock);
    if (!lost)
        atomic_fetch_add(&calls, 1);
    return !lost;
}

JET_ERR remote_leave(struct ese_session *session, JET_ERR err, RPC_STATUS status)
{
    struct ese_instance *i = session->instance;

    pthread_mutex_lock(&i->lock);
    session->busy = false;
    if (i->lost)
        destroy_unused(i);
    pthread_mutex_unlock(&i->lock);
    return judge(i, err, status);
}

bool remote_enter_instance(struct ese_instance *instance)
{
    bool lost = false;

    pthread_mutex_lock(&instance->lock);
    lost = instance->lost;
    instance->users += !lost;
    pthread_mutex_unlock(&instance->lock);
    if (!lost)
        atomic_fetch_add(&calls, 1);
    return !lost;
}

JET_ERR remote_leave_instance(struct ese_instance *instance, JET_ERR err, RPC_STATUS status)
{
    pthread_mutex_lock(&instance->lock);
    instance->users--;
    if (instance->lost)
        destroy_unused(instance);
    pthread_mutex_unlock(&instance->lock);
    return judge(instance, err, status);
}

bool remote_enter_backup(struct ese_instance *instance)
{
    bool lost = false;

    pthread_mutex_lock(&instance->lock);
    lost = instance->lost;
    instance->backup_busy = !lost;
    pthread_mutex_unlock(&instance->lock);
    if (!lost)
        atomic_fetch_add(&calls, 1);
    return !lost;
}

JET_ERR remote_leave_backup(struct ese_instance *instance, JET_ERR err, RPC_STATUS status)
{
    pthread_mutex_lock(&instance->lock);
    instance->backup_busy = false;
    if (instance->lost)
        destroy_unused(instance);
    pthread_mutex_unlock(&instance->lock);
    return judge(instance, err, status);
}
