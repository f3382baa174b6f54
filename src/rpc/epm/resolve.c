/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.c - the endpoint of a partially bound handle, asked of the server's endpoint mapper
 */
#include "base/mem.h"
#include "rpc/client/binding.h"
#include "rpc/epm/mapper.h"
#include "rpc/epm/tower.h"

#define TOWERS 4u

/* Asks for towers; a walk that is left open is closed. */
static RPC_STATUS ask(RPC_BINDING_HANDLE mapper, const UUID *object, ept_tower *asked,
                      ept_tower_ptr towers[TOWERS])
{
    volatile RPC_STATUS status = RPC_S_OK;
    ept_walk_h walk = NULL;
    error_status_t answer = 0;
    uint32_t count = 0;

    RpcTryExcept
    {
        c_ept_map(mapper, (ept_uuid *)(uintptr_t)object, asked, &walk, TOWERS, &count, towers,
                  &answer);
        status = epm_status(answer);
        if (walk != NULL)
            c_ept_lookup_handle_free(mapper, &walk, &answer);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (walk != NULL)
        (void)RpcSmDestroyClientContext((void **)&walk);
    return status;
}

static RPC_STATUS endpoint_of(ept_tower_ptr const towers[TOWERS], const struct wire_tower *asked,
                              char **ret_endpoint)
{
    static const UUID nil;

    for (unsigned i = 0; i < TOWERS; i++) {
        struct rpc_string_binding parts = {0};
        struct wire_tower t;
        RPC_STATUS status;

        if (towers[i] == NULL || !wire_get_tower(towers[i]->octets, towers[i]->length, &t) ||
            !wire_tower_same_way(&t, asked))
            continue;
        status = epm_parts_of(&t, &nil, "", &parts);
        if (status == RPC_S_OK) {
            *ret_endpoint = parts.endpoint;
            parts.endpoint = NULL;
        }
        rpc_string_binding_clear(&parts);
        return status;
    }
    return EPT_S_NOT_REGISTERED;
}

static RPC_STATUS resolve(enum rpc_transport transport, const char *address,
                          const struct rpc_interface *interface, const UUID *object,
                          unsigned com_timeout, char **ret_endpoint)
{
    struct rpc_string_binding way = {.protseq = (char *)(uintptr_t)rpc_protseq_names[transport]};
    ept_tower_ptr towers[TOWERS] = {NULL};
    RPC_BINDING_HANDLE mapper = NULL;
    ept_tower *asked = NULL;
    struct wire_tower t;
    RPC_STATUS status = epm_tower_of(&way, &interface->id, &t);

    if (status == RPC_S_OK)
        status = epm_mapper_binding(transport, address, &mapper);
    if (status == RPC_S_OK)
        status = RpcMgmtSetComTimeout(mapper, com_timeout);
    if (status == RPC_S_OK) {
        asked = epm_tower_make(&t);
        status = asked != NULL ? ask(mapper, object, asked, towers) : RPC_S_OUT_OF_MEMORY;
    }
    if (status == RPC_S_OK)
        status = endpoint_of(towers, &t, ret_endpoint);
    for (unsigned i = 0; i < TOWERS; i++)
        mem_free(towers[i]);
    mem_free(asked);
    if (mapper != NULL)
        (void)RpcBindingFree(&mapper);
    return status;
}

__attribute__((constructor)) static void offer(void)
{
    rpc_resolver = resolve;
}
