/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - the server of the endpoint map, for the program that is a host's mapper
 */
#ifndef HF_RPC_EPM_SERVE_H
#define HF_RPC_EPM_SERVE_H

#include <rpc.h>

/* Registers the interfaces of the map with this process's server, callable at once; endpoints are the
 * program's to open. */
RPC_STATUS epm_serve(void);

/* Status codes of the map as they go over the wire; what RpcEp* make of them is said there. */
enum epm_wire_status {
    EPM_WIRE_NOT_REGISTERED = 0x16c9a0d6,
    EPM_WIRE_NO_MEMORY = 0x16c9a012,
};

#endif
