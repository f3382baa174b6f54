/* SPDX-License-Identifier: Apache-2.0
 *
 * assembly.h - how much room stub data gets whose fragments come one by one
 */
#ifndef HF_RPC_CORE_ASSEMBLY_H
#define HF_RPC_CORE_ASSEMBLY_H

#include <stddef.h>

/* Most that is set aside on the strength of a fragment's alloc_hint: a MiB, and a little for what stands
 * around the data. */
#define ASSEMBLY_HINT ((size_t)1114112)

/* The room for `needed` octets, which a limit has bounded, where there is `room`: what was hinted, `first`
 * at least, then twice as much each time. */
static inline size_t assembly_room(size_t room, size_t needed, size_t hint, size_t first)
{
    if (hint > ASSEMBLY_HINT)
        hint = ASSEMBLY_HINT;
    if (room == 0)
        room = hint > first ? hint : first;
    while (room < needed)
        room *= 2;
    return room;
}

#endif
