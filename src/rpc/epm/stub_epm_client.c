/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_epm_client.c - generated stub code, compiled with our own memory
 */
#include "rpc/epm/own_memory.h"

#include "epm_c.c"
