/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_epm_server.c - generated stub code, compiled with our own memory
 */
#include "rpc/epm/own_memory.h"

#include "epm_s.c"
