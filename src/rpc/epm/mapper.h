/* SPDX-License-Identifier: Apache-2.0
 *
 * mapper.h - a client of endpoint mappers: where they are, and what goes over the wire
 *
 * The mapper of a host is at TCP port 135, or HOLDFAST_EPMAPPER; this host's also at the local
 * endpoint "epmapper", or HOLDFAST_EPMAPPER_SOCKET. Both are read at each use.
 */
#ifndef HF_RPC_EPM_MAPPER_H
#define HF_RPC_EPM_MAPPER_H

#include "epm.h"
#include "rpc/core/endpoint.h"
#include "rpc/core/string_binding.h"
#include "rpc/wire/tower.h"

/* A binding handle to the mapper of a host ("" this one, where local is meant). */
RPC_STATUS epm_mapper_binding(enum rpc_transport transport, const char *address,
                              RPC_BINDING_HANDLE *ret);

/* The tower of an interface at what a string binding says; without endpoint a tower to ask with. */
RPC_STATUS epm_tower_of(const struct rpc_string_binding *parts, const RPC_SYNTAX_IDENTIFIER *id,
                        struct wire_tower *ret);

/* The string binding's parts for a tower; a tower without address takes `host`.
 * RPC_S_PROTSEQ_NOT_SUPPORTED for one that we cannot go. */
RPC_STATUS epm_parts_of(const struct wire_tower *t, const UUID *object, const char *host,
                        struct rpc_string_binding *ret);

/* What the mapper's status means to a program. */
RPC_STATUS epm_status(error_status_t wire);

#endif
