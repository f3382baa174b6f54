/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmt_server.c - what a server answers to those who manage it, and the local forms of RpcMgmt*
 *
 * The interface is on every endpoint without being registered by the program. Who may ask what is the
 * authorization function's to say; without one, everything but stopping is allowed
 * (rpc-associations 10).
 */
#include <stdatomic.h>
#include <string.h>

#include <rpc.h>

#include "base/mem.h"
#include "mgmt.h"
#include "rpc/mgmt/mgmt_internal.h"
#include "rpc/server/registry.h"
#include "rpc/server/server.h"
#include "rpc/server/stats.h"

#define STATS 4u

static _Atomic(RPC_MGMT_AUTHORIZATION_FN) authorization;

RPC_STATUS RPC_ENTRY RpcMgmtSetAuthorizationFn(RPC_MGMT_AUTHORIZATION_FN AuthorizationFn)
{
    atomic_store(&authorization, AuthorizationFn);
    return RPC_S_OK;
}

/* RPC_S_OK, or why the client may not. */
static RPC_STATUS allowed(handle_t client, uint32_t operation)
{
    RPC_MGMT_AUTHORIZATION_FN fn = atomic_load(&authorization);
    RPC_STATUS status = RPC_S_ACCESS_DENIED;

    if (fn == NULL)
        return operation == RPC_C_MGMT_STOP_SERVER_LISTEN ? RPC_S_ACCESS_DENIED : RPC_S_OK;
    if (fn(client, operation, &status) != 0)
        return RPC_S_OK;
    return status != RPC_S_OK ? status : RPC_S_ACCESS_DENIED;
}

/* ---- Counters --------------------------------------------------------------------------------- */

static void fill_stats(uint32_t to[STATS])
{
    struct net_counters n = {0};

    if (server_net() != NULL)
        net_inq_counters(server_net(), &n);
    to[RPC_C_STATS_CALLS_IN] = (uint32_t)stats_total(STATS_CALLS_IN);
    to[RPC_C_STATS_CALLS_OUT] = 0;
    to[RPC_C_STATS_PKTS_IN] = (uint32_t)n.frames_in;
    to[RPC_C_STATS_PKTS_OUT] = (uint32_t)stats_total(STATS_PACKETS_OUT);
}

RPC_STATUS mgmt_stats_vector(const uint32_t *from, uint32_t count, RPC_STATS_VECTOR **ret)
{
    RPC_STATS_VECTOR *v = mem_alloc(sizeof *v + count * sizeof v->Stats[0]);

    if (v == NULL)
        return RPC_S_OUT_OF_MEMORY;
    v->Count = count;
    memcpy(v->Stats, from, count * sizeof v->Stats[0]);
    *ret = v;
    return RPC_S_OK;
}

RPC_STATUS mgmt_local_stats(RPC_STATS_VECTOR **ret)
{
    uint32_t stats[STATS];

    fill_stats(stats);
    return mgmt_stats_vector(stats, STATS, ret);
}

/* ---- Interfaces ------------------------------------------------------------------------------- */

struct id_list {
    RPC_IF_ID *ids;
    uint32_t count, room;
    bool failed;
};

static void add_id(void *argument, const RPC_SYNTAX_IDENTIFIER *id)
{
    struct id_list *l = argument;

    if (l->count == l->room && !l->failed) {
        uint32_t room = l->room == 0 ? 8 : l->room * 2;
        RPC_IF_ID *wider = mem_grow(l->ids, room * sizeof *wider);

        l->failed = wider == NULL;
        if (!l->failed) {
            l->ids = wider;
            l->room = room;
        }
    }
    if (!l->failed)
        l->ids[l->count++] = (RPC_IF_ID){id->SyntaxGUID, id->SyntaxVersion.MajorVersion,
                                         id->SyntaxVersion.MinorVersion};
}

static RPC_STATUS list_ids(struct id_list *l)
{
    registry_list(add_id, l);
    if (l->failed)
        return RPC_S_OUT_OF_MEMORY;
    return l->count == 0 ? RPC_S_NO_INTERFACES : RPC_S_OK;
}

RPC_STATUS mgmt_id_vector(uint32_t count, RPC_IF_ID_VECTOR **ret)
{
    RPC_IF_ID_VECTOR *v = mem_alloc(sizeof *v + count * sizeof v->IfId[0]);

    for (uint32_t i = 0; v != NULL && i < count; i++) {
        v->IfId[i] = mem_alloc(sizeof *v->IfId[i]);
        v->Count = i + 1;
        if (v->IfId[i] == NULL)
            (void)RpcIfIdVectorFree(&v);
    }
    *ret = v;
    return v != NULL ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS mgmt_local_ids(RPC_IF_ID_VECTOR **ret)
{
    struct id_list l = {0};
    RPC_IF_ID_VECTOR *v = NULL;
    RPC_STATUS status = list_ids(&l);

    if (status == RPC_S_OK)
        status = mgmt_id_vector(l.count, &v);
    for (uint32_t i = 0; status == RPC_S_OK && i < l.count; i++)
        *v->IfId[i] = l.ids[i];
    if (status == RPC_S_OK)
        *ret = v;
    mem_free(l.ids);
    return status;
}

/* ---- The routines ----------------------------------------------------------------------------- */

error_status_t s_mgmt_inq_if_ids(handle_t b, mgmt_if_ids **ids)
{
    struct id_list l = {0};
    mgmt_if_ids *v = NULL;
    RPC_STATUS status = allowed(b, RPC_C_MGMT_INQ_IF_IDS);

    *ids = NULL;
    if (status == RPC_S_OK)
        status = list_ids(&l);
    if (status == RPC_S_OK)
        v = mgmt_allocate(sizeof *v + l.count * sizeof v->ids[0]);
    for (uint32_t i = 0; v != NULL && i < l.count; i++) {
        v->ids[i] = mgmt_allocate(sizeof *v->ids[i]);
        v->count = i + 1;
        if (v->ids[i] == NULL)
            break; /* the stub frees what there is */
        memcpy(&v->ids[i]->uuid, &l.ids[i].Uuid, sizeof v->ids[i]->uuid);
        v->ids[i]->major = l.ids[i].VersMajor;
        v->ids[i]->minor = l.ids[i].VersMinor;
    }
    if (status == RPC_S_OK && v == NULL)
        status = RPC_S_OUT_OF_MEMORY;
    mem_free(l.ids);
    *ids = v;
    return (error_status_t)status;
}

void s_mgmt_inq_stats(handle_t b, uint32_t *count, uint32_t stats[], error_status_t *status)
{
    uint32_t now[STATS];

    *status = (error_status_t)allowed(b, RPC_C_MGMT_INQ_STATS);
    if (*status != RPC_S_OK) {
        *count = 0;
        return;
    }
    fill_stats(now);
    if (*count > STATS)
        *count = STATS;
    memcpy(stats, now, *count * sizeof *stats);
}

uint32_t s_mgmt_is_server_listening(handle_t b, error_status_t *status)
{
    *status = (error_status_t)allowed(b, RPC_C_MGMT_IS_SERVER_LISTEN);
    return *status == RPC_S_OK && server_listens();
}

error_status_t s_mgmt_stop_server_listening(handle_t b)
{
    RPC_STATUS status = allowed(b, RPC_C_MGMT_STOP_SERVER_LISTEN);

    if (status == RPC_S_OK)
        status = server_stop_listening();
    return (error_status_t)status;
}

error_status_t s_mgmt_inq_princ_name(handle_t b, uint32_t service, uint32_t size, char name[])
{
    RPC_STATUS status = allowed(b, RPC_C_MGMT_INQ_PRINC_NAME);

    (void)service;
    if (size > 0)
        name[0] = '\0';
    return (error_status_t)(status != RPC_S_OK ? status : RPC_S_UNKNOWN_AUTHN_SERVICE);
}

void *mgmt_allocate(size_t size)
{
    return mem_alloc(size);
}

void mgmt_free(void *memory)
{
    mem_free(memory);
}

__attribute__((constructor)) static void offer(void)
{
    server_offer(mgmt_v1_0_s_ifspec);
}
