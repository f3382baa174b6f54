/* SPDX-License-Identifier: Apache-2.0
 *
 * hosts.h - making an instance ready to be given to a provider
 */
#ifndef HF_ESE_API_HOSTS_H
#define HF_ESE_API_HOSTS_H

#include "ese/api/state.h"

/* Chooses the provider by address and fills instance->host. The instance is starting or restoring:
 * nobody else touches it. */
JET_ERR jet_host_prepare(struct jet_instance *instance);

#endif
