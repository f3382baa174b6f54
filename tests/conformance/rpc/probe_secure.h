/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_secure.h - the test's server with authentication, by a test provider
 */
#ifndef TESTS_CONFORMANCE_RPC_PROBE_SECURE_H
#define TESTS_CONFORMANCE_RPC_PROBE_SECURE_H

#include <stdint.h>

#include "rpc/auth/test_provider.h"

/* probe_serve, with a mechanism. */
uint16_t probe_serve_secure(const struct auth_provider *p);
/* probe_stop; asserts that no security context is left, of either side. */
void probe_stop_secure(void);

#endif
