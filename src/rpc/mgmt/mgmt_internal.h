/* SPDX-License-Identifier: Apache-2.0
 *
 * mgmt_internal.h - what the two sides of management share
 */
#ifndef HF_RPC_MGMT_MGMT_INTERNAL_H
#define HF_RPC_MGMT_MGMT_INTERNAL_H

#include <rpc.h>

/* Memory of the runtime's own stubs. */
void *mgmt_allocate(size_t size);
void mgmt_free(void *memory);

/* This server's; the vectors are the program's to free. */
RPC_STATUS mgmt_local_stats(RPC_STATS_VECTOR **ret);
RPC_STATUS mgmt_local_ids(RPC_IF_ID_VECTOR **ret);

/* A vector of `count` numbers; one of `count` ids to be filled. */
RPC_STATUS mgmt_stats_vector(const uint32_t *from, uint32_t count, RPC_STATS_VECTOR **ret);
RPC_STATUS mgmt_id_vector(uint32_t count, RPC_IF_ID_VECTOR **ret);

#endif
