/* SPDX-License-Identifier: Apache-2.0
 *
 * wide.c - UTF-16 forms of the server's functions
 */
#include <rpc.h>

#include "base/mem.h"
#include "rpc/core/text.h"

RPC_STATUS RPC_ENTRY RpcServerUseProtseqExW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                            void *SecurityDescriptor, PRPC_POLICY Policy)
{
    char *protseq = NULL;
    RPC_STATUS status = rpc_text_narrow(Protseq, &protseq, RPC_S_INVALID_RPC_PROTSEQ);

    if (status == RPC_S_OK)
        status = RpcServerUseProtseqExA((RPC_CSTR)protseq, MaxCalls, SecurityDescriptor, Policy);
    mem_free(protseq);
    return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                          void *SecurityDescriptor)
{
    return RpcServerUseProtseqExW(Protseq, MaxCalls, SecurityDescriptor, NULL);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                              RPC_WSTR Endpoint, void *SecurityDescriptor,
                                              PRPC_POLICY Policy)
{
    char *protseq = NULL, *endpoint = NULL;
    RPC_STATUS status = rpc_text_narrow(Protseq, &protseq, RPC_S_INVALID_RPC_PROTSEQ);

    if (status == RPC_S_OK)
        status = rpc_text_narrow(Endpoint, &endpoint, RPC_S_INVALID_ENDPOINT_FORMAT);
    if (status == RPC_S_OK)
        status = RpcServerUseProtseqEpExA((RPC_CSTR)protseq, MaxCalls, (RPC_CSTR)endpoint,
                                          SecurityDescriptor, Policy);
    mem_free(endpoint);
    mem_free(protseq);
    return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpW(RPC_WSTR Protseq, unsigned int MaxCalls,
                                            RPC_WSTR Endpoint, void *SecurityDescriptor)
{
    return RpcServerUseProtseqEpExW(Protseq, MaxCalls, Endpoint, SecurityDescriptor, NULL);
}
