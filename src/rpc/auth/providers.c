/* SPDX-License-Identifier: Apache-2.0
 *
 * providers.c - the providers there are
 */
#include "rpc/auth/providers.h"

#include "rpc/auth/kerberos/kerberos.h"
#include "rpc/auth/ntlm/ntlm.h"
#include "rpc/auth/spnego/spnego.h"

const struct auth_row auth_providers[AUTH_PROVIDERS] = {
    {AUTH_TYPE_KERBEROS, auth_kerberos},
    {AUTH_TYPE_NTLM, auth_ntlm},
    {AUTH_TYPE_SPNEGO, auth_spnego},
};
