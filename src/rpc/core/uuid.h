/* SPDX-License-Identifier: Apache-2.0
 *
 * uuid.h - UUIDs
 */
#ifndef HF_RPC_CORE_UUID_H
#define HF_RPC_CORE_UUID_H

#include <stdbool.h>

#include <holdfast/call.h>

#define RPC_UUID_TEXT 37 /* characters of its text, with the terminator */

/* Exactly 8-4-4-4-12 hexadecimal digits; *ret is not touched otherwise. */
bool rpc_uuid_parse(const char *text, UUID *ret);
void rpc_uuid_print(const UUID *uuid, char text[RPC_UUID_TEXT]);

bool rpc_uuid_is_nil(const UUID *uuid);

/* A random version-4 UUID; false when the system gives no random octets. */
bool rpc_uuid_random(UUID *ret);

#endif
