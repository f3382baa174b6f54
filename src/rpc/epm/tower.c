/* SPDX-License-Identifier: Apache-2.0
 *
 * tower.c - towers as the map's interface carries them
 */
#include "rpc/epm/tower.h"

#include <string.h>

#include "base/mem.h"

ept_tower *epm_tower_make(const struct wire_tower *t)
{
    uint8_t octets[WIRE_TOWER_SIZE];
    size_t size = wire_put_tower(octets, sizeof octets, t);
    ept_tower *made = mem_alloc(sizeof *made + size);

    if (made != NULL) {
        made->length = (uint32_t)size;
        memcpy(made->octets, octets, size);
    }
    return made;
}
