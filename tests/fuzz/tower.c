/* SPDX-License-Identifier: Apache-2.0
 *
 * tower.c - fuzz target: protocol towers
 *
 * The input is a tower. One that can be read and is of a transport that we write, says the same when
 * it is written and read again.
 */
#include "rpc/wire/tower.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* its end is the end of the memory */
    uint8_t again[WIRE_TOWER_SIZE];
    struct wire_tower t, back;
    size_t n;

    if (exact == NULL)
        return 0;
    if (size > 0)
        memcpy(exact, data, size);
    if (wire_get_tower(exact, size, &t)) {
        n = wire_put_tower(again, sizeof again, &t);
        if (n != 0 && (!wire_get_tower(again, n, &back) || !wire_tower_same_way(&t, &back) ||
                       !wire_syntax_equal(&t.interface, &back.interface) || t.port != back.port ||
                       strcmp(t.endpoint, back.endpoint) != 0))
            abort();
    }
    free(exact);
    return 0;
}
