/* SPDX-License-Identifier: Apache-2.0
 *
 * map.c - the endpoint map of a host
 *
 * The rules of matching are those of rpc-associations 8: UUID and major version equal, the server's
 * minor not less, the object equal unless the entry has none.
 */
#include "rpc/epm/map.h"

#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"

struct epm_entry {
    struct list link;     /* of the map */
    struct list of_lease; /* of its lease */
    struct epm_lease *lease;
    uint64_t serial;
    struct epm_record record;
};

struct epm_lease {
    struct list entries;
    unsigned count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list map = {&map, &map};
static unsigned entry_count, lease_count;
static uint64_t last_serial;
static const UUID nil;

/* ---- Matching --------------------------------------------------------------------------------- */

static bool version_matches(enum epm_version option, const RPC_SYNTAX_IDENTIFIER *ours,
                            const RPC_SYNTAX_IDENTIFIER *asked)
{
    uint16_t major = ours->SyntaxVersion.MajorVersion, minor = ours->SyntaxVersion.MinorVersion;
    uint16_t want = asked->SyntaxVersion.MajorVersion, least = asked->SyntaxVersion.MinorVersion;

    switch (option) {
    case EPM_VERSION_COMPATIBLE: return major == want && minor >= least;
    case EPM_VERSION_EXACT: return major == want && minor == least;
    case EPM_VERSION_MAJOR: return major == want;
    case EPM_VERSION_UP_TO: return major < want || (major == want && minor <= least);
    default: return true;
    }
}

static bool answers(const struct epm_record *r, const struct epm_question *q)
{
    if (q->inquiry == EPM_BY_OBJECT || q->inquiry == EPM_BY_BOTH) {
        if (!wire_uuid_equal(&r->object, &q->object) &&
            !(q->way != NULL && wire_uuid_equal(&r->object, &nil)))
            return false;
    }
    if (q->inquiry == EPM_BY_INTERFACE || q->inquiry == EPM_BY_BOTH) {
        if (!wire_uuid_equal(&r->tower.interface.SyntaxGUID, &q->interface.SyntaxGUID) ||
            !version_matches(q->version, &r->tower.interface, &q->interface))
            return false;
    }
    return q->way == NULL || (wire_tower_same_way(&r->tower, q->way) &&
                              wire_syntax_equal(&r->tower.transfer, &q->way->transfer));
}

/* ---- Entries ---------------------------------------------------------------------------------- */

/* Under the lock. */
static void entry_free(struct epm_entry *e)
{
    list_remove(&e->link);
    list_remove(&e->of_lease);
    e->lease->count--;
    entry_count--;
    mem_free(e);
}

static void drop(struct epm_lease *lease, const struct epm_record *r, epm_alike *alike,
                 uint64_t below)
{
    LIST_FOR_EACH_SAFE (it, &lease->entries) {
        struct epm_entry *e = LIST_ENTRY(it, struct epm_entry, of_lease);

        if (e->serial < below && alike(&e->record, r))
            entry_free(e);
    }
}

struct epm_lease *epm_lease_open(void)
{
    struct epm_lease *l = NULL;

    (void)pthread_mutex_lock(&lock);
    if (lease_count < EPM_LIMIT_LEASES)
        l = mem_alloc(sizeof *l);
    if (l != NULL) {
        list_init(&l->entries);
        lease_count++;
    }
    (void)pthread_mutex_unlock(&lock);
    return l;
}

void epm_lease_close(struct epm_lease *take_lease)
{
    (void)pthread_mutex_lock(&lock);
    while (!list_is_empty(&take_lease->entries))
        entry_free(LIST_ENTRY(take_lease->entries.next, struct epm_entry, of_lease));
    lease_count--;
    (void)pthread_mutex_unlock(&lock);
    mem_free(take_lease);
}

/* Makes what is to be entered; NULL without memory. The list's head is the caller's. */
static bool prepare(struct list *to, const struct epm_record *records, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct epm_entry *e = mem_alloc(sizeof *e);

        if (e == NULL)
            return false;
        e->record = records[i];
        list_init(&e->of_lease);
        list_append(to, &e->link);
    }
    return true;
}

RPC_STATUS epm_insert(struct epm_lease *lease, const struct epm_record *records, unsigned count,
                      bool replace)
{
    RPC_STATUS status = RPC_S_OK;
    struct list fresh;
    uint64_t first;

    list_init(&fresh);
    if (!prepare(&fresh, records, count))
        status = RPC_S_OUT_OF_MEMORY;
    (void)pthread_mutex_lock(&lock);
    first = last_serial + 1;
    if (status == RPC_S_OK &&
        (lease->count + count > EPM_LIMIT_LEASE || entry_count + count > EPM_LIMIT_ENTRIES))
        status = EPT_S_CANT_CREATE;
    for (unsigned i = 0; status == RPC_S_OK && i < count; i++) {
        struct epm_entry *e = LIST_ENTRY(fresh.next, struct epm_entry, link);

        drop(lease, &e->record, replace ? epm_stands_for : epm_same_endpoint, first);
        list_remove(&e->link);
        e->lease = lease;
        e->serial = ++last_serial;
        list_append(&map, &e->link);
        list_append(&lease->entries, &e->of_lease);
        lease->count++;
        entry_count++;
    }
    (void)pthread_mutex_unlock(&lock);
    LIST_FOR_EACH_SAFE (it, &fresh)
        mem_free(LIST_ENTRY(it, struct epm_entry, link));
    return status;
}

RPC_STATUS epm_delete(struct epm_lease *lease, const struct epm_record *record)
{
    RPC_STATUS status = EPT_S_NOT_REGISTERED;

    (void)pthread_mutex_lock(&lock);
    LIST_FOR_EACH_SAFE (it, &map) {
        struct epm_entry *e = LIST_ENTRY(it, struct epm_entry, link);

        if ((lease == NULL || e->lease == lease) && epm_same_endpoint(&e->record, record)) {
            entry_free(e);
            status = RPC_S_OK;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return status;
}

unsigned epm_find(const struct epm_question *q, uint64_t *after, struct epm_record *ret,
                  unsigned room, bool *ret_more)
{
    unsigned n = 0;

    *ret_more = false;
    (void)pthread_mutex_lock(&lock);
    LIST_FOR_EACH (it, &map) {
        const struct epm_entry *e = LIST_ENTRY(it, struct epm_entry, link);

        if (e->serial <= *after || !answers(&e->record, q))
            continue;
        if (n == room) {
            *ret_more = true;
            break;
        }
        ret[n++] = e->record;
        *after = e->serial;
    }
    (void)pthread_mutex_unlock(&lock);
    return n;
}

unsigned epm_count(void)
{
    unsigned n;

    (void)pthread_mutex_lock(&lock);
    n = entry_count;
    (void)pthread_mutex_unlock(&lock);
    return n;
}
