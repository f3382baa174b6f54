/* SPDX-License-Identifier: Apache-2.0
 *
 * tower.h - towers as the map's interface carries them, for the server and its clients
 */
#ifndef HF_RPC_EPM_TOWER_H
#define HF_RPC_EPM_TOWER_H

#include "epm.h"
#include "rpc/wire/tower.h"

/* To be freed with mem_free; NULL without memory. */
ept_tower *epm_tower_make(const struct wire_tower *t);

#endif
