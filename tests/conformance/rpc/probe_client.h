/* SPDX-License-Identifier: Apache-2.0
 *
 * probe_client.h - a client of the probe interface, in the server's own process
 *
 * Each returns 0 or what was raised.
 */
#ifndef TESTS_CONFORMANCE_RPC_PROBE_CLIENT_H
#define TESTS_CONFORMANCE_RPC_PROBE_CLIENT_H

#include <stdint.h>

#include <rpc.h>

RPC_BINDING_HANDLE probe_bind(uint16_t port); /* 127.0.0.1 */
RPC_BINDING_HANDLE probe_bind_local(const char *path);
/* Sets how the handle authenticates; the status of RpcBindingSetAuthInfo. */
RPC_STATUS probe_auth(RPC_BINDING_HANDLE b, uint32_t service, uint32_t level, const char *user,
                      const char *password);

RPC_STATUS probe_null(RPC_BINDING_HANDLE b);
RPC_STATUS probe_echo(RPC_BINDING_HANDLE b, const uint8_t *data, uint32_t size, uint8_t *ret);
RPC_STATUS probe_call_open(RPC_BINDING_HANDLE b, int32_t value, void **h);
/* `b` may be NULL: then the handle binds. */
RPC_STATUS probe_call_use(RPC_BINDING_HANDLE b, void *h, int32_t *value);
RPC_STATUS probe_call_close(RPC_BINDING_HANDLE b, void **h);

#endif
