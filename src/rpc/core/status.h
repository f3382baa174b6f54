/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - status codes, and what they are on the wire
 *
 * All functions read constant tables (status.def), may be called from anywhere and never fail.
 */
#ifndef HF_RPC_CORE_STATUS_H
#define HF_RPC_CORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include <holdfast/types.h>

/* Fault codes of the wire (C706 appendix N, MS-RPCE 3.1.1.5.5). */
enum rpc_fault_code {
#define FAULT(name, code, client, inverse) name = code,
#include "rpc/core/status.def"
};

/* What a client reports for the status of a fault; unknown codes are the program's own and stay. A
 * code that must not be sent is a protocol error. Never RPC_S_OK. */
RPC_STATUS rpc_status_from_fault(uint32_t fault);

/* True for a client's status of a fault that says that the call was not executed: a program may take it for
 * permission to repeat it, or to try another. */
bool rpc_status_denies_execution(RPC_STATUS status);

/* What a server sends for the status of a call that failed. Never 0. */
uint32_t rpc_fault_from_status(RPC_STATUS status);

/* What a client reports for a bind_nak, and for one result of a bind_ack (RPC_S_OK: accepted). */
RPC_STATUS rpc_status_from_nak(uint16_t reason);
RPC_STATUS rpc_status_from_result(uint16_t result, uint16_t reason);

/* One sentence, and the name in rpcnterr.h; NULL for codes that are not the runtime's. */
const char *rpc_status_text(RPC_STATUS status);
const char *rpc_status_name(RPC_STATUS status);

#endif
