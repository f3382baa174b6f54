/* SPDX-License-Identifier: Apache-2.0
 *
 * string_binding.c - fuzz target: string bindings
 *
 * The input is a string binding. What can be parsed can be composed, and then parses to the same
 * parts, unless composing finds it too long.
 */
#include "rpc/core/string_binding.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rpc.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
    return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static void compose_again(const struct rpc_string_binding *b)
{
    struct rpc_string_binding again;
    char *text = NULL;
    RPC_STATUS status = rpc_string_binding_compose(b, &text);

    if (status == RPC_S_INVALID_STRING_BINDING) /* the escapes made it too long */
        return;
    if (status != RPC_S_OK || rpc_string_binding_parse(text, &again) != RPC_S_OK ||
        !same(b->object, again.object) || !same(b->protseq, again.protseq) ||
        !same(b->address, again.address) || !same(b->endpoint, again.endpoint) ||
        !same(b->options, again.options))
        abort();
    rpc_string_binding_clear(&again);
    mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct rpc_string_binding b;

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (rpc_string_binding_parse(text, &b) == RPC_S_OK)
        compose_again(&b);
    rpc_string_binding_clear(&b);
    free(text);
    return 0;
}
