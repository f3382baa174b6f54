/* SPDX-License-Identifier: Apache-2.0
 *
 * own_memory.h - memory for the stubs of the runtime's own interfaces
 *
 * A stub asks the program for midl_user_allocate; a library cannot. Included before generated code.
 */
#ifndef HF_RPC_MGMT_OWN_MEMORY_H
#define HF_RPC_MGMT_OWN_MEMORY_H

#define midl_user_allocate mgmt_allocate
#define midl_user_free     mgmt_free

#endif
