/* SPDX-License-Identifier: Apache-2.0
 *
 * string_binding.h - string bindings: text <-> parts
 *
 *     [object@]protseq:[address][\[[endpoint][,options]\]]
 *
 * A backslash takes the character after it literally. In brackets, items are separated by commas;
 * `endpoint=NAME` anywhere, or a first item without `=`, is the endpoint, the others are options.
 * The object is a UUID; an absent part is NULL. Options are kept as one text, with their
 * commas and escapes.
 */
#ifndef HF_RPC_CORE_STRING_BINDING_H
#define HF_RPC_CORE_STRING_BINDING_H

#include <holdfast/types.h>

#include "base/limits.h"

struct rpc_string_binding {
    char *object, *protseq, *address, *endpoint, *options; /* of mem_alloc */
};

/* RPC_S_INVALID_STRING_BINDING, RPC_S_INVALID_STRING_UUID, RPC_S_OUT_OF_MEMORY; *ret is then clear.
 * Total on any NUL-terminated text. */
RPC_STATUS rpc_string_binding_parse(const char *text, struct rpc_string_binding *ret);

/* What parsing turns back into the same parts. */
RPC_STATUS rpc_string_binding_compose(const struct rpc_string_binding *b, char **ret_text);

void rpc_string_binding_clear(struct rpc_string_binding *b);

/* Copies; *to is clear after failure (RPC_S_OUT_OF_MEMORY). */
RPC_STATUS rpc_string_binding_copy(struct rpc_string_binding *to,
                                   const struct rpc_string_binding *from);

#endif
