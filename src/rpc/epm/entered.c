/* SPDX-License-Identifier: Apache-2.0
 *
 * entered.c - what this process has entered in the endpoint map of its host, and keeps entered
 *
 * Owns:     the process's lease, a context handle of the mapper, made with the first entry. When the
 *           process ends, however it does, the mapper runs it down and the entries are gone. And the
 *           list of what the lease should have, in the order of entering.
 * Thread:   one, detached, all signals blocked, from the first entry to the last.
 * Lock:     `lock`, for everything here and held during the calls: they are made one after the other.
 */
#include "rpc/epm/entered.h"

#include <errno.h>
#include <pthread.h>

#include <holdfast/client.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "rpc/client/tuning.h"
#include "rpc/core/fork.h"
#include "rpc/epm/mapper.h"
#include "rpc/epm/tower.h"

#define MS UINT64_C(1000000)

enum action { ENTER, ENTER_REPLACING, TAKE_BACK, LOOK };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t emptied; /* made with the first thread */
static ept_lease_h lease;
static bool whole; /* the lease has all that is entered */
static bool away;  /* the mapper; said so */
static bool kept;  /* there is a thread */
static struct epm_record *entered;
static unsigned entered_count;

/* ---- Calls of the mapper ---------------------------------------------------------------------- */

static void entries_free(ept_entry *take_entries, unsigned count)
{
    for (unsigned i = 0; take_entries != NULL && i < count; i++)
        mem_free(take_entries[i].tower);
    mem_free(take_entries);
}

/* NULL without memory. */
static ept_entry *make_entries(const struct epm_record *records, unsigned count)
{
    ept_entry *entries = mem_alloc((count + 1) * sizeof *entries);

    for (unsigned i = 0; entries != NULL && i < count; i++) {
        _Static_assert(sizeof records->annotation == sizeof entries->annotation, "one length");
        memcpy(&entries[i].object, &records[i].object, sizeof entries[i].object);
        memcpy(entries[i].annotation, records[i].annotation, sizeof entries[i].annotation);
        entries[i].tower = epm_tower_make(&records[i].tower);
        if (entries[i].tower == NULL) {
            entries_free(entries, i);
            return NULL;
        }
    }
    return entries;
}

/* A mapper that has stopped must not hold those who enter something; and when its lease is laid down the
 * association ends with it, so that what it has of us is gone before it is entered again. */
static RPC_STATUS limit(RPC_BINDING_HANDLE mapper)
{
    RPC_STATUS status = RpcBindingSetOption(mapper, RPC_C_OPT_UNIQUE_BINDING, 1);

    if (status == RPC_S_OK)
        status = RpcMgmtSetComTimeout(mapper, RPC_C_BINDING_MIN_TIMEOUT);
    if (status == RPC_S_OK)
        status = RpcBindingSetOption(mapper, HOLDFAST_C_OPT_CALL_TIMEOUT,
                                     atomic_load(&rpc_client_tuning.entered_call_ms));
    return status;
}

static RPC_STATUS open_lease(void)
{
    volatile RPC_STATUS status = RPC_S_OK;
    RPC_BINDING_HANDLE mapper = NULL;

    RpcTryExcept
    {
        status = epm_mapper_binding(RPC_TRANSPORT_LOCAL, "", &mapper);
        if (status == RPC_S_OK)
            status = limit(mapper);
        if (status == RPC_S_OK)
            status = (RPC_STATUS)c_ept_local_open(mapper, &lease);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (mapper != NULL)
        (void)RpcBindingFree(&mapper);
    return status;
}

/* One call by the lease. */
static RPC_STATUS call(enum action action, const struct epm_record *records, unsigned count)
{
    volatile RPC_STATUS status = RPC_S_OK;
    ept_entry *entries = make_entries(records, count);

    if (entries == NULL)
        return RPC_S_OUT_OF_MEMORY;
    RpcTryExcept
    {
        switch (action) {
        case LOOK: status = (RPC_STATUS)c_ept_local_keep(lease); break;
        case TAKE_BACK: status = (RPC_STATUS)c_ept_local_delete(lease, count, entries); break;
        case ENTER:
        case ENTER_REPLACING:
            status =
                (RPC_STATUS)c_ept_local_insert(lease, count, entries, action == ENTER_REPLACING);
        }
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    entries_free(entries, count);
    return status;
}

/* ---- The lease -------------------------------------------------------------------------------- */

/* Makes the lease where there is none, and enters in it what it lacks. */
static RPC_STATUS make_whole(void)
{
    RPC_STATUS status = lease == NULL ? open_lease() : RPC_S_OK;

    for (unsigned i = 0; status == RPC_S_OK && !whole && i < entered_count; i += EPT_LOCAL_MAX) {
        unsigned rest = entered_count - i;

        status = call(ENTER, &entered[i], rest < EPT_LOCAL_MAX ? rest : EPT_LOCAL_MAX);
    }
    if (status != RPC_S_OK)
        return status;
    whole = true;
    if (away)
        log_line(LOG_LEVEL_INFO, "the endpoint mapper is back; entered again entries=%u",
                 entered_count);
    away = false;
    return RPC_S_OK;
}

static bool is_loss(RPC_STATUS status)
{
    return status == RPC_X_SS_CONTEXT_MISMATCH || status == RPC_S_SERVER_UNAVAILABLE ||
           status == RPC_S_CALL_FAILED || status == RPC_S_CALL_FAILED_DNE ||
           status == RPC_S_CALL_CANCELLED; /* its time is over */
}

static void lay_down(RPC_STATUS why)
{
    (void)RpcSmDestroyClientContext((void **)&lease);
    lease = NULL;
    whole = false;
    if (!away && entered_count > 0) {
        away = true;
        log_line(LOG_LEVEL_WARNING,
                 "the endpoint mapper has lost what is entered; it is entered again as soon as the "
                 "mapper is there entries=%u status=%d",
                 entered_count, (int)why);
    }
}

/* A lease that is lost is laid down, and another one taken. */
static RPC_STATUS act(enum action action, const struct epm_record *records, unsigned count)
{
    for (;;) {
        bool had = lease != NULL;
        RPC_STATUS status = make_whole();

        if (status == RPC_S_OK)
            status = call(action, records, count);
        if (lease == NULL || !is_loss(status))
            return status;
        lay_down(status);
        if (!had)
            return status;
    }
}

/* ---- The list --------------------------------------------------------------------------------- */

/* Takes those that are alike out of the first `old`; returns how many are left of them. */
static unsigned drop(const struct epm_record *r, epm_alike *alike, unsigned old)
{
    unsigned left = 0, before = entered_count;

    for (unsigned i = 0; i < before; i++) {
        if (i < old && alike(&entered[i], r))
            continue;
        if (left != i)
            entered[left] = entered[i];
        left++;
    }
    entered_count = left;
    return old - (before - left);
}

/* The list has room. As the map does it (epm_insert). */
static void note(const struct epm_record *records, unsigned count, bool replace)
{
    unsigned old = entered_count;

    for (unsigned i = 0; i < count; i++) {
        old = drop(&records[i], replace ? epm_stands_for : epm_same_endpoint, old);
        entered[entered_count++] = records[i];
    }
}

static void forget(const struct epm_record *records, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)drop(&records[i], epm_same_endpoint, entered_count);
    if (entered_count > 0)
        return;
    mem_free(entered);
    entered = NULL;
    away = false;
    if (kept)
        (void)pthread_cond_signal(&emptied);
}

static bool make_room(unsigned count)
{
    struct epm_record *grown = mem_grow(entered, (entered_count + count) * sizeof *grown);

    if (grown != NULL)
        entered = grown;
    return grown != NULL;
}

/* ---- The thread ------------------------------------------------------------------------------- */

static void *keep_entered(void *unused)
{
    (void)unused;
    (void)pthread_mutex_lock(&lock);
    while (entered_count > 0) {
        uint64_t at = clock_now_ns() + MS * atomic_load(&rpc_client_tuning.entered_look_ms);
        struct timespec t = {(time_t)(at / CLOCK_SECOND), (long)(at % CLOCK_SECOND)};

        if (pthread_cond_timedwait(&emptied, &lock, &t) != ETIMEDOUT || entered_count == 0)
            continue;
        (void)act(LOOK, NULL, 0);
        rpc_count(&rpc_client_counters.entered_looks);
    }
    kept = false;
    (void)pthread_mutex_unlock(&lock);
    return NULL;
}

static void start_thread(void)
{
    static bool made;

    rpc_runtime_is_used();
    if (!made)
        clock_cond_init(&emptied);
    made = true;
    kept = thread_spawn(NULL, 0, keep_entered, NULL);
}

/* ---- For register.c --------------------------------------------------------------------------- */

RPC_STATUS epm_enter(const struct epm_record *records, unsigned count, bool replace)
{
    RPC_STATUS status;

    if (rpc_runtime_is_closed())
        return RPC_S_SERVER_UNAVAILABLE;
    (void)pthread_mutex_lock(&lock);
    status = make_room(count) ? act(replace ? ENTER_REPLACING : ENTER, records, count)
                              : RPC_S_OUT_OF_MEMORY;
    if (status == RPC_S_OK)
        note(records, count, replace);
    if (entered_count > 0 && !kept)
        start_thread();
    (void)pthread_mutex_unlock(&lock);
    return status;
}

RPC_STATUS epm_take_back(const struct epm_record *records, unsigned count)
{
    RPC_STATUS status;

    if (rpc_runtime_is_closed())
        return RPC_S_SERVER_UNAVAILABLE;
    (void)pthread_mutex_lock(&lock);
    status = act(TAKE_BACK, records, count);
    forget(records, count);
    (void)pthread_mutex_unlock(&lock);
    return status;
}
