/* SPDX-License-Identifier: Apache-2.0
 *
 * providers.h - the providers there are, one row each
 */
#ifndef HF_RPC_AUTH_PROVIDERS_H
#define HF_RPC_AUTH_PROVIDERS_H

#include "rpc/auth/auth.h"

struct auth_row {
    uint8_t type;
    const struct auth_provider *(*get)(void); /* may answer NULL: cannot be loaded here */
};

#define AUTH_PROVIDERS 3
extern const struct auth_row auth_providers[AUTH_PROVIDERS];

#endif
