/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_mgmt_client.c - generated stub code, compiled with the runtime's own memory
 */
#include "rpc/mgmt/own_memory.h"

#include "mgmt_c.c"
