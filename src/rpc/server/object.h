/* SPDX-License-Identifier: Apache-2.0
 *
 * object.h - the types that a program gives to object UUIDs (RpcObjectSetType)
 */
#ifndef HF_RPC_SERVER_OBJECT_H
#define HF_RPC_SERVER_OBJECT_H

#include <stdbool.h>

#include <rpc.h>

/* The type of an object; false and unchanged when it has none. */
bool object_type(const UUID *object, UUID *ret_type);

/* For tests: forgets all. */
void object_clear(void);

#endif
