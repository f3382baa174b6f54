/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmt_client.c - RpcMgmt* about this server (NULL) or the one that a binding handle leads to
 *
 * A failed call gives its status: these functions return codes, they do not raise.
 */
#include <string.h>

#include <rpc.h>

#include "mgmt.h"
#include "rpc/mgmt/mgmt_internal.h"
#include "rpc/server/server.h"

#define STATS_ROOM 50

RPC_STATUS RPC_ENTRY RpcMgmtIsServerListening(RPC_BINDING_HANDLE Binding)
{
    volatile RPC_STATUS status = RPC_S_OK;
    error_status_t answer = 0;

    if (Binding == NULL)
        return server_listens() ? RPC_S_OK : RPC_S_NOT_LISTENING;
    RpcTryExcept
    {
        uint32_t listens = c_mgmt_is_server_listening(Binding, &answer);

        status = (RPC_STATUS)answer;
        if (answer == RPC_S_OK && listens == 0)
            status = RPC_S_NOT_LISTENING;
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtStopServerListening(RPC_BINDING_HANDLE Binding)
{
    volatile RPC_STATUS status = RPC_S_OK;

    if (Binding == NULL)
        return server_stop_listening();
    RpcTryExcept
    {
        status = (RPC_STATUS)c_mgmt_stop_server_listening(Binding);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtInqStats(RPC_BINDING_HANDLE Binding, RPC_STATS_VECTOR **Statistics)
{
    volatile RPC_STATUS status = RPC_S_OK;
    uint32_t stats[STATS_ROOM] = {0}, count = STATS_ROOM;
    error_status_t answer = 0;

    if (Statistics == NULL)
        return RPC_S_INVALID_ARG;
    if (Binding == NULL)
        return mgmt_local_stats(Statistics);
    RpcTryExcept
    {
        c_mgmt_inq_stats(Binding, &count, stats, &answer);
        status = (RPC_STATUS)answer;
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status == RPC_S_OK)
        status = mgmt_stats_vector(stats, count, Statistics);
    return status;
}

/* Copies what the stub made; an element that a server left out is nil. */
static RPC_STATUS copy_ids(const mgmt_if_ids *from, RPC_IF_ID_VECTOR **ret)
{
    RPC_IF_ID_VECTOR *v = NULL;
    RPC_STATUS status = mgmt_id_vector(from->count, &v);

    for (uint32_t i = 0; status == RPC_S_OK && i < from->count; i++) {
        if (from->ids[i] == NULL)
            continue;
        memcpy(&v->IfId[i]->Uuid, &from->ids[i]->uuid, sizeof v->IfId[i]->Uuid);
        v->IfId[i]->VersMajor = from->ids[i]->major;
        v->IfId[i]->VersMinor = from->ids[i]->minor;
    }
    if (status == RPC_S_OK)
        *ret = v;
    return status;
}

static void free_ids(mgmt_if_ids *ids)
{
    for (uint32_t i = 0; ids != NULL && i < ids->count; i++)
        mgmt_free(ids->ids[i]);
    mgmt_free(ids);
}

RPC_STATUS RPC_ENTRY RpcMgmtInqIfIds(RPC_BINDING_HANDLE Binding, RPC_IF_ID_VECTOR **IfIdVector)
{
    volatile RPC_STATUS status = RPC_S_OK;
    mgmt_if_ids *ids = NULL;

    if (IfIdVector == NULL)
        return RPC_S_INVALID_ARG;
    if (Binding == NULL)
        return mgmt_local_ids(IfIdVector);
    RpcTryExcept
    {
        status = (RPC_STATUS)c_mgmt_inq_if_ids(Binding, &ids);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status == RPC_S_OK)
        status = ids != NULL ? copy_ids(ids, IfIdVector) : RPC_S_NO_INTERFACES;
    free_ids(ids);
    return status;
}
