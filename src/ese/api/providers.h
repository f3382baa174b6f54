/* SPDX-License-Identifier: Apache-2.0
 *
 * providers.h - which provider serves an address
 */
#ifndef HF_ESE_API_PROVIDERS_H
#define HF_ESE_API_PROVIDERS_H

#include "ese/api/api.h"

/* The provider of a folder, or of SCHEME: ... whose library is loaded and stays. What is wrong is
 * logged. JET_errFeatureNotAvailable (the library is not installed, is of another version, or this
 * build has no embedded engine), JET_errInvalidPath (no such scheme). */
JET_ERR jet_provider_find(const char *address, const struct ese_provider **ret_provider);

/* The provider of a folder from now on; NULL: the embedded engine again. For tests. */
void jet_provider_use(const struct ese_provider *provider);

/* True for a folder of this machine. */
bool jet_address_is_folder(const char *address);

#endif
