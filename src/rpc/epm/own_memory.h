/* SPDX-License-Identifier: Apache-2.0
 *
 * own_memory.h - memory for the stubs of the endpoint map, in place of the program's
 *
 * Included before generated code.
 */
#ifndef HF_RPC_EPM_OWN_MEMORY_H
#define HF_RPC_EPM_OWN_MEMORY_H

#define midl_user_allocate mem_alloc
#define midl_user_free     mem_free

#endif
