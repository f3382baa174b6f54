/* SPDX-License-Identifier: Apache-2.0
 *
 * addresses.c - where a serving command is to be found
 */
#include "tool/addresses.h"

#include <stdio.h>

#include <rpc.h>

void print_addresses(void)
{
    RPC_BINDING_VECTOR *bindings = NULL;

    if (RpcServerInqBindings(&bindings) != RPC_S_OK)
        return;
    for (uint32_t i = 0; i < bindings->Count; i++) {
        RPC_CSTR text = NULL;

        if (RpcBindingToStringBindingA(bindings->BindingH[i], &text) == RPC_S_OK)
            (void)printf("%s\n", (const char *)text);
        (void)RpcStringFreeA(&text);
    }
    (void)fflush(stdout);
    (void)RpcBindingVectorFree(&bindings);
}
