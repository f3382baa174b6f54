/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - memory of what stubs build for either end
 */
#include "base/mem.h"

#include <holdfast/types.h>

void *__RPC_USER midl_user_allocate(size_t size)
{
    return mem_alloc(size > 0 ? size : 1);
}

void __RPC_USER midl_user_free(void *memory)
{
    mem_free(memory);
}
