/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - `holdfast conformance` and nothing else, on a runtime that can be given a fault
 */
#include <stdlib.h>

#include <rpc.h>

#include "tool/command.h"

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

int main(int argc, char **argv)
{
    return argc > 1 ? conformance_command(argc - 1, argv + 1) : TOOL_USAGE;
}
