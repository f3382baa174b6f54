/* SPDX-License-Identifier: Apache-2.0
 *
 * rpcdcep.h - names of Windows that lie below rpcdce.h
 *
 * The message-level interface of Windows (RPC_MESSAGE, I_Rpc...) belongs to stubs interpreted there;
 * stubs here are straight C over <holdfast/call.h>, so nothing of it exists. What remains are the
 * syntax identifier types, which <holdfast/call.h> defines.
 */
#ifndef HOLDFAST_RPCDCEP_H
#define HOLDFAST_RPCDCEP_H

#include <holdfast/call.h>

typedef RPC_SYNTAX_IDENTIFIER *PRPC_SYNTAX_IDENTIFIER;

#endif
