/* SPDX-License-Identifier: Apache-2.0
 *
 * spnego.h - the provider that negotiates which other one is used (RFC 4178, MS-SPNG)
 */
#ifndef HF_RPC_AUTH_SPNEGO_SPNEGO_H
#define HF_RPC_AUTH_SPNEGO_SPNEGO_H

#include "rpc/auth/auth.h"

const struct auth_provider *auth_spnego(void);

#endif
