/* SPDX-License-Identifier: Apache-2.0
 *
 * kerberos.h - the Kerberos provider: MIT's GSSAPI, DCE style (MS-KILE, RFC 4121)
 */
#ifndef HF_RPC_AUTH_KERBEROS_KERBEROS_H
#define HF_RPC_AUTH_KERBEROS_KERBEROS_H

#include "rpc/auth/auth.h"

/* NULL where the GSSAPI library is not installed. */
const struct auth_provider *auth_kerberos(void);

#endif
