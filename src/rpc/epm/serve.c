/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - the routines of the endpoint map (rpc-wire 11)
 *
 * Everybody may ask; entering needs the mapper's local socket, where its own user and root are let in
 * (RPC_IF_ALLOW_LOCAL_ONLY, and the socket's mode). A walk and a lease are context handles: when a
 * client dies, the runtime runs them down and its entries are gone.
 */
#include "rpc/epm/serve.h"

#include <string.h>

#include "base/mem.h"
#include "epm.h"
#include "rpc/epm/map.h"
#include "rpc/epm/tower.h"

#define REMOTE_MAX 256 /* walks are small: as many calls at a time as MaxCalls of the interface */

/* Where a client's walk over the map has got to. */
struct ept_walk {
    uint64_t after;
};

/* ---- Conversions ------------------------------------------------------------------------------ */

static UUID uuid_of(const ept_uuid *from)
{
    UUID u;

    _Static_assert(sizeof u == sizeof *from, "ept_uuid is laid out as a UUID");
    memcpy(&u, from, sizeof u);
    return u;
}

static ept_uuid ept_of(const UUID *from)
{
    ept_uuid u;

    memcpy(&u, from, sizeof u);
    return u;
}

/* ---- Walks ------------------------------------------------------------------------------------ */

void ept_walk_h_rundown(ept_walk_h walk)
{
    mem_free(walk);
}

/* Answers a question from where the walk is; the walk ends with the last answer, as on Windows. If it
 * is `patient` a full answer does not end it: rpcclient, which wants one at a time, begins again until it
 * is told that there are no more. NULL without memory. */
static struct epm_record *ask(const struct epm_question *q, ept_walk_h *walk, uint32_t max,
                              bool patient, uint32_t *ret_count)
{
    uint64_t after = *walk != NULL ? (*walk)->after : 0;
    struct epm_record *found = mem_alloc((max + 1) * sizeof *found);
    bool more = false;

    *ret_count = 0;
    if (found == NULL)
        return NULL;
    *ret_count = epm_find(q, &after, found, max, &more);
    if (!more && !(patient && *ret_count > 0 && *ret_count == max)) {
        mem_free(*walk);
        *walk = NULL;
        return found;
    }
    if (*walk == NULL)
        *walk = mem_alloc(sizeof **walk);
    if (*walk != NULL) {
        (*walk)->after = after;
        return found;
    }
    mem_free(found);
    *ret_count = 0;
    return NULL;
}

static error_status_t status_of(const struct epm_record *found, uint32_t count)
{
    if (found == NULL)
        return EPM_WIRE_NO_MEMORY;
    return count > 0 ? RPC_S_OK : EPM_WIRE_NOT_REGISTERED;
}

void s_ept_lookup(handle_t b, uint32_t inquiry, ept_uuid *object, ept_if_id *interface_id,
                  uint32_t vers_option, ept_walk_h *walk, uint32_t max, uint32_t *count,
                  ept_entry entries[], error_status_t *status)
{
    struct epm_question q = {.inquiry =
                                 inquiry <= EPM_BY_BOTH ? (enum epm_inquiry)inquiry : EPM_ALL,
                             .version = (enum epm_version)vers_option};
    struct epm_record *found;

    (void)b;
    if (object != NULL)
        q.object = uuid_of(object);
    if (interface_id != NULL)
        q.interface = (RPC_SYNTAX_IDENTIFIER){uuid_of(&interface_id->uuid),
                                              {interface_id->major, interface_id->minor}};
    found = ask(&q, walk, max, true, count);
    *status = status_of(found, *count);
    for (uint32_t i = 0; i < *count; i++) {
        entries[i].object = ept_of(&found[i].object);
        entries[i].tower = epm_tower_make(&found[i].tower);
        memcpy(entries[i].annotation, found[i].annotation, sizeof entries[i].annotation);
    }
    mem_free(found);
}

void s_ept_map(handle_t b, ept_uuid *object, ept_tower *tower, ept_walk_h *walk, uint32_t max,
               uint32_t *count, ept_tower_ptr towers[], error_status_t *status)
{
    struct epm_question q = {.inquiry = EPM_BY_BOTH, .version = EPM_VERSION_COMPATIBLE};
    struct epm_record *found;
    struct wire_tower asked;

    (void)b;
    *count = 0;
    if (tower == NULL || !wire_get_tower(tower->octets, tower->length, &asked)) {
        *status = EPM_WIRE_NOT_REGISTERED;
        return;
    }
    if (object != NULL)
        q.object = uuid_of(object);
    q.interface = asked.interface;
    q.way = &asked;
    found = ask(&q, walk, max, false, count);
    *status = status_of(found, *count);
    for (uint32_t i = 0; i < *count; i++)
        towers[i] = epm_tower_make(&found[i].tower);
    mem_free(found);
}

void s_ept_lookup_handle_free(handle_t b, ept_walk_h *walk, error_status_t *status)
{
    (void)b;
    mem_free(*walk);
    *walk = NULL;
    *status = RPC_S_OK;
}

/* ---- What Windows does not offer either ------------------------------------------------------- */

void s_ept_insert(handle_t b)
{
    (void)b;
    RpcRaiseException(EPT_S_CANT_PERFORM_OP);
}

void s_ept_delete(handle_t b)
{
    s_ept_insert(b);
}

void s_ept_inq_object(handle_t b)
{
    s_ept_insert(b);
}

void s_ept_mgmt_delete(handle_t b)
{
    s_ept_insert(b);
}

/* ---- Leases ----------------------------------------------------------------------------------- */

struct ept_lease; /* a struct epm_lease */

void ept_lease_h_rundown(ept_lease_h lease)
{
    epm_lease_close((struct epm_lease *)lease);
}

error_status_t s_ept_local_open(handle_t b, ept_lease_h *lease)
{
    (void)b;
    *lease = (ept_lease_h)epm_lease_open();
    return *lease != NULL ? RPC_S_OK : RPC_S_OUT_OF_RESOURCES;
}

error_status_t s_ept_local_close(ept_lease_h *lease)
{
    epm_lease_close((struct epm_lease *)*lease);
    *lease = NULL;
    return RPC_S_OK;
}

/* EPT_S_INVALID_ENTRY for towers that we could not give to others. */
static RPC_STATUS read_entry(const ept_entry *from, struct epm_record *ret)
{
    uint8_t octets[WIRE_TOWER_SIZE];

    *ret = (struct epm_record){.object = uuid_of(&from->object)};
    if (from->tower == NULL ||
        !wire_get_tower(from->tower->octets, from->tower->length, &ret->tower) ||
        wire_put_tower(octets, sizeof octets, &ret->tower) == 0 ||
        (ret->tower.port == 0 && ret->tower.endpoint[0] == '\0'))
        return EPT_S_INVALID_ENTRY;
    memcpy(ret->annotation, from->annotation, sizeof ret->annotation);
    ret->annotation[sizeof ret->annotation - 1] = '\0';
    return RPC_S_OK;
}

/* NULL with a status. */
static struct epm_record *read_entries(const ept_entry *from, uint32_t count, RPC_STATUS *ret)
{
    struct epm_record *records = mem_alloc(count * sizeof *records);

    *ret = records != NULL ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
    for (uint32_t i = 0; *ret == RPC_S_OK && i < count; i++)
        *ret = read_entry(&from[i], &records[i]);
    if (*ret == RPC_S_OK)
        return records;
    mem_free(records);
    return NULL;
}

error_status_t s_ept_local_insert(ept_lease_h lease, uint32_t count, ept_entry entries[],
                                  int32_t replace)
{
    RPC_STATUS status;
    struct epm_record *records = read_entries(entries, count, &status);

    if (records != NULL)
        status = epm_insert((struct epm_lease *)lease, records, count, replace != 0);
    mem_free(records);
    return (error_status_t)status;
}

error_status_t s_ept_local_delete(ept_lease_h lease, uint32_t count, ept_entry entries[])
{
    RPC_STATUS status;
    struct epm_record *records = read_entries(entries, count, &status);

    for (uint32_t i = 0; records != NULL && i < count; i++) {
        RPC_STATUS one = epm_delete((struct epm_lease *)lease, &records[i]);

        if (status == RPC_S_OK)
            status = one;
    }
    mem_free(records);
    return (error_status_t)status;
}

error_status_t s_ept_local_evict(handle_t b, ept_entry *entry)
{
    struct epm_record record;
    RPC_STATUS status = read_entry(entry, &record);

    (void)b;
    return (error_status_t)(status == RPC_S_OK ? epm_delete(NULL, &record) : status);
}

error_status_t s_ept_local_keep(ept_lease_h lease)
{
    (void)lease;
    return RPC_S_OK;
}

RPC_STATUS epm_serve(void)
{
    RPC_STATUS status =
        RpcServerRegisterIfEx(ept_v3_0_s_ifspec, NULL, NULL, RPC_IF_AUTOLISTEN, REMOTE_MAX, NULL);

    if (status == RPC_S_OK)
        status =
            RpcServerRegisterIfEx(ept_local_v1_0_s_ifspec, NULL, NULL,
                                  RPC_IF_AUTOLISTEN | RPC_IF_ALLOW_LOCAL_ONLY, REMOTE_MAX, NULL);
    return status;
}
