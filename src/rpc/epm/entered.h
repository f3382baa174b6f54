/* SPDX-License-Identifier: Apache-2.0
 *
 * entered.h - what this process has entered in the endpoint map of its host, and keeps entered
 *
 * A mapper that was restarted knows of nobody. So while anything is entered a thread asks the mapper
 * every rpc_client_tuning.entered_look_ms whether the process's lease is still good, and enters
 * everything again where it is not. A mapper that is away costs one attempt to connect each time; its
 * loss and its return are logged once each. Without the thread (none could be made) the next call of
 * these routines does it.
 */
#ifndef HF_RPC_EPM_ENTERED_H
#define HF_RPC_EPM_ENTERED_H

#include <rpc.h>

#include "rpc/epm/record.h"

/* Enters records, at most EPT_LOCAL_MAX, all or none; with `replace` those of this process are gone
 * that they stand for. */
RPC_STATUS epm_enter(const struct epm_record *records, unsigned count, bool replace);

/* Takes them back. Whatever comes of it, they do not come back with a mapper. */
RPC_STATUS epm_take_back(const struct epm_record *records, unsigned count);

#endif
