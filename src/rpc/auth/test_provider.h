/* SPDX-License-Identifier: Apache-2.0
 *
 * test_provider.h - for tests: a provider that does little, and fails when it is told to
 *
 * Its tokens are texts, its signature a checksum with a sequence number, its encryption an exclusive
 * or: what it shows is that the ends call a provider rightly. Who the client says he is (user) the
 * server believes, unless the password is "wrong". Register it by auth_provider_add.
 */
#ifndef HF_RPC_AUTH_TEST_PROVIDER_H
#define HF_RPC_AUTH_TEST_PROVIDER_H

#include "rpc/auth/auth.h"

#define AUTH_TYPE_TEST 200

extern const struct auth_provider auth_test_provider;      /* three legs: the last in an auth3 */
extern const struct auth_provider auth_test_provider_even; /* four: the last two by alter_context */

/* Counters: the n-th call from now on of that side fails, 0 none. They count down to 0. */
extern struct auth_test_failures {
    atomic_uint client_wrap, client_unwrap, server_wrap, server_unwrap, server_step, client_step;
} auth_test_failures;

/* Calls so far, of both sides. */
extern atomic_uint auth_test_wraps, auth_test_unwraps, auth_test_contexts;

#endif
