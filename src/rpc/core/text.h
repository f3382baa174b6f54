/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - strings of the API: UTF-16 <-> UTF-8, and their release
 */
#ifndef HF_RPC_CORE_TEXT_H
#define HF_RPC_CORE_TEXT_H

#include <rpc.h>

/* NULL becomes NULL; malformed text fails with `malformed`. Free the result with mem_free, or let
 * the program free it with RpcStringFree. */
RPC_STATUS rpc_text_narrow(const uint16_t *wide, char **ret_text, RPC_STATUS malformed);
RPC_STATUS rpc_text_widen(const char *text, uint16_t **ret_wide, RPC_STATUS malformed);

#endif
