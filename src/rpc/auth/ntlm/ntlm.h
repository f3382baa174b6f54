/* SPDX-License-Identifier: Apache-2.0
 *
 * ntlm.h - the NTLM provider (MS-NLMP): version 2, with extended session security
 */
#ifndef HF_RPC_AUTH_NTLM_NTLM_H
#define HF_RPC_AUTH_NTLM_NTLM_H

#include "rpc/auth/auth.h"

const struct auth_provider *auth_ntlm(void);

#endif
