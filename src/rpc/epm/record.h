/* SPDX-License-Identifier: Apache-2.0
 *
 * record.h - what an entry of an endpoint map says, for the mapper and for those who enter
 */
#ifndef HF_RPC_EPM_RECORD_H
#define HF_RPC_EPM_RECORD_H

#include <string.h>

#include "rpc/wire/tower.h"

#define EPM_ANNOTATION 64 /* octets, with the terminator */

struct epm_record {
    UUID object; /* nil: any */
    struct wire_tower tower;
    char annotation[EPM_ANNOTATION];
};

typedef bool epm_alike(const struct epm_record *a, const struct epm_record *b);

/* The same object, interface and way: what RpcEpRegister replaces. */
static inline bool epm_stands_for(const struct epm_record *a, const struct epm_record *b)
{
    return wire_uuid_equal(&a->object, &b->object) &&
           wire_syntax_equal(&a->tower.interface, &b->tower.interface) &&
           wire_tower_same_way(&a->tower, &b->tower);
}

/* And the same endpoint: two such are one entry. */
static inline bool epm_same_endpoint(const struct epm_record *a, const struct epm_record *b)
{
    return epm_stands_for(a, b) && a->tower.port == b->tower.port &&
           strcmp(a->tower.endpoint, b->tower.endpoint) == 0;
}

#endif
