/* SPDX-License-Identifier: Apache-2.0
 *
 * mapper.c - reaching an endpoint mapper, towers from and to string bindings
 */
#include "rpc/epm/mapper.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rpc/epm/serve.h"

static const char *setting(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}

RPC_STATUS epm_mapper_binding(enum rpc_transport transport, const char *address,
                              RPC_BINDING_HANDLE *ret)
{
    bool tcp = transport == RPC_TRANSPORT_TCP;
    const char *endpoint =
        tcp ? setting("HOLDFAST_EPMAPPER", "135") : setting("HOLDFAST_EPMAPPER_SOCKET", "epmapper");
    struct rpc_string_binding parts = {
        .protseq = (char *)(uintptr_t)rpc_protseq_names[transport],
        .address = (char *)(uintptr_t)(tcp ? address : ""),
        .endpoint = (char *)(uintptr_t)endpoint,
    };
    char *text = NULL;
    RPC_STATUS status = rpc_string_binding_compose(&parts, &text);

    if (status == RPC_S_OK)
        status = RpcBindingFromStringBindingA((RPC_CSTR)text, ret);
    mem_free(text);
    return status;
}

RPC_STATUS epm_tower_of(const struct rpc_string_binding *parts, const RPC_SYNTAX_IDENTIFIER *id,
                        struct wire_tower *ret)
{
    enum rpc_transport transport = RPC_TRANSPORT_TCP;
    RPC_STATUS status = rpc_protseq_find(parts->protseq, &transport);
    bool tcp = transport == RPC_TRANSPORT_TCP;

    *ret = (struct wire_tower){
        .interface = *id,
        .transfer = wire_ndr20,
        .protocol = tcp ? WIRE_FLOOR_NCACN : WIRE_FLOOR_NCALRPC,
        .transport = tcp ? WIRE_FLOOR_TCP : WIRE_FLOOR_LOCAL_NAME,
    };
    if (status != RPC_S_OK || parts->endpoint == NULL)
        return status;
    if (tcp) {
        ret->port = (uint16_t)strtoul(parts->endpoint, NULL, 10);
        if (parts->address != NULL)
            (void)inet_pton(AF_INET, parts->address, ret->address); /* else none: a name, IPv6 */
        return RPC_S_OK;
    }
    if (strlen(parts->endpoint) >= sizeof ret->endpoint)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    memcpy(ret->endpoint, parts->endpoint, strlen(parts->endpoint));
    return RPC_S_OK;
}

RPC_STATUS epm_parts_of(const struct wire_tower *t, const UUID *object, const char *host,
                        struct rpc_string_binding *ret)
{
    const char *protseq = wire_tower_protseq(t);
    enum rpc_transport transport = RPC_TRANSPORT_TCP;
    char address[INET_ADDRSTRLEN], port[8];
    struct rpc_string_binding parts = {.protseq = (char *)(uintptr_t)protseq};
    static const uint8_t none[4];
    RPC_CSTR text = NULL;
    RPC_STATUS status;

    if (protseq == NULL || rpc_protseq_find(protseq, &transport) != RPC_S_OK)
        return RPC_S_PROTSEQ_NOT_SUPPORTED;
    if (transport == RPC_TRANSPORT_TCP) {
        (void)inet_ntop(AF_INET, t->address, address, sizeof address);
        (void)snprintf(port, sizeof port, "%u", t->port);
        parts.address =
            memcmp(t->address, none, sizeof none) != 0 ? address : (char *)(uintptr_t)host;
        parts.endpoint = port;
    } else {
        parts.endpoint = (char *)(uintptr_t)t->endpoint;
    }
    if (UuidIsNil((UUID *)(uintptr_t)object, &status) == 0) {
        status = UuidToStringA((UUID *)(uintptr_t)object, &text);
        if (status != RPC_S_OK)
            return status;
        parts.object = (char *)text;
    }
    status = rpc_string_binding_copy(ret, &parts);
    (void)RpcStringFreeA(&text);
    return status;
}

RPC_STATUS epm_status(error_status_t wire)
{
    switch (wire) {
    case EPM_WIRE_NOT_REGISTERED: return EPT_S_NOT_REGISTERED;
    case EPM_WIRE_NO_MEMORY: return RPC_S_OUT_OF_MEMORY;
    default: return (RPC_STATUS)wire;
    }
}
