/* SPDX-License-Identifier: Apache-2.0
 *
 * two_interfaces.c - calls two interfaces over one association: the second by alter_context
 */
#include "remote_file.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    RPC_BINDING_HANDLE binding = NULL;
    REMOTE_FILE file = NULL;
    volatile int good = 0;

    if (argc != 2 || RpcBindingFromStringBindingA((RPC_CSTR)argv[1], &binding) != RPC_S_OK)
        return 2;
    RpcTryExcept
    {
        /* in this order: with a handle open no connection is risked for a second interface */
        good = RpcMgmtIsServerListening(binding) == RPC_S_OK &&
               RemoteOpen(binding, "Blocks.txt", &file) == 0 && RemoteClose(&file) == 0;
    }
    RpcExcept(1)
    {
        fprintf(stderr, "two-interfaces: RPC error %d\n", (int)RpcExceptionCode());
    }
    RpcEndExcept
    RpcBindingFree(&binding);
    return !good;
}
