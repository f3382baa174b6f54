/* SPDX-License-Identifier: Apache-2.0
 *
 * auth.h - authentication of connections: the interface between the runtime and its providers
 *
 * The only provider is "none": connections without a security trailer. Clients of unix sockets are
 * known by their uid, which the kernel states.
 */
#ifndef HF_RPC_AUTH_AUTH_H
#define HF_RPC_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "rpc/wire/wire.h"

/* May a bind with this trailer begin an authentication? If not, *ret_reason says why: M25 for a level
 * that is none, M24 for a type without provider. */
static inline bool auth_accepts(uint8_t type, uint8_t level, enum wire_nak_reason *ret_reason)
{
    (void)type;
    *ret_reason = level < 2 || level > 6 ? WIRE_NAK_NOT_SPECIFIED : WIRE_NAK_AUTH_TYPE;
    return false;
}

#endif
