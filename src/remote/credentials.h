/* SPDX-License-Identifier: Apache-2.0
 *
 * credentials.h - who a program is to the server it uses
 *
 * The environment says it, so that a program need not: HOLDFAST_USER, HOLDFAST_PASSWORD_FILE,
 * HOLDFAST_SERVER_PRINCIPAL, HOLDFAST_AUTH, HOLDFAST_AUTH_LEVEL; holdfast-serve(1) describes them. On
 * a unix socket the kernel tells the server who calls, so they do not count there.
 */
#ifndef HF_REMOTE_CREDENTIALS_H
#define HF_REMOTE_CREDENTIALS_H

#include <rpc.h>
#include <stdbool.h>

/* Gives a binding to `address` what the environment names; nothing, when it names nothing. Whatever is
 * wrong with it is logged with what to do, and the result RPC_S_INVALID_AUTH_IDENTITY, or that of
 * RpcBindingSetAuthInfoEx: nobody is let go on as a stranger. */
RPC_STATUS remote_credentials(RPC_BINDING_HANDLE binding, const char *address);

/* True of a status by which a server, or the mechanism, refuses who a program says it is. Logged with
 * what to do. */
bool remote_is_refusal(RPC_STATUS status, const char *address);

#endif
