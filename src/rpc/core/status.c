/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - looking status.def up
 */
#include "rpc/core/status.h"

#include <stddef.h>

#include <rpcnterr.h>

/* The table states each number itself, so that it can be read alone; here it meets the header. */
#define STATUS(name, code, text) _Static_assert((name) == (code), #name);
#include "rpc/core/status.def"

static const struct {
    uint32_t code;
    const char *name, *text;
} statuses[] = {
#define STATUS(name, code, text) {code, #name, text},
#include "rpc/core/status.def"
};

static const struct {
    uint32_t fault, status;
    int inverse;
} faults[] = {
#define FAULT(name, code, client, inverse) {code, client, inverse},
#include "rpc/core/status.def"
};

static const struct {
    uint32_t status, fault;
} further_inverses[] = {
#define SENT_AS(status, fault) {status, fault},
#include "rpc/core/status.def"
};

static const struct {
    uint32_t code, instead;
} never_sent[] = {
#define NEVER_SENT(code, instead) {code, instead},
#include "rpc/core/status.def"
};

static const struct {
    uint16_t reason;
    RPC_STATUS status;
} naks[] = {
#define NAK(reason, client) {reason, client},
#include "rpc/core/status.def"
};

static const uint32_t denying[] = {
#define DENIES(status) status,
#include "rpc/core/status.def"
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

RPC_STATUS rpc_status_from_fault(uint32_t fault)
{
    for (size_t i = 0; i < COUNT(faults); i++) {
        if (faults[i].fault == fault)
            return (RPC_STATUS)faults[i].status;
    }
    for (size_t i = 0; i < COUNT(never_sent); i++) {
        if (never_sent[i].code == fault)
            return RPC_S_PROTOCOL_ERROR;
    }
    return (RPC_STATUS)fault;
}

bool rpc_status_denies_execution(RPC_STATUS status)
{
    for (size_t i = 0; i < COUNT(denying); i++) {
        if (denying[i] == (uint32_t)status)
            return true;
    }
    return false;
}

uint32_t rpc_fault_from_status(RPC_STATUS status)
{
    uint32_t code = (uint32_t)status;

    for (size_t i = 0; i < COUNT(faults); i++) {
        if (faults[i].inverse && faults[i].status == code)
            return faults[i].fault;
    }
    for (size_t i = 0; i < COUNT(further_inverses); i++) {
        if (further_inverses[i].status == code)
            return further_inverses[i].fault;
    }
    for (size_t i = 0; i < COUNT(never_sent); i++) {
        if (never_sent[i].code == code)
            return never_sent[i].instead;
    }
    return code;
}

RPC_STATUS rpc_status_from_nak(uint16_t reason)
{
    for (size_t i = 0; i < COUNT(naks); i++) {
        if (naks[i].reason == reason)
            return naks[i].status;
    }
    return RPC_S_CALL_FAILED_DNE;
}

RPC_STATUS rpc_status_from_result(uint16_t result, uint16_t reason)
{
    if (result == 0)
        return RPC_S_OK;
    if (result == 2 && reason == 1)
        return RPC_S_UNKNOWN_IF;
    if (result == 2 && reason == 2)
        return RPC_S_UNSUPPORTED_TRANS_SYN;
    return RPC_S_CALL_FAILED_DNE;
}

const char *rpc_status_text(RPC_STATUS status)
{
    for (size_t i = 0; i < COUNT(statuses); i++) {
        if (statuses[i].code == (uint32_t)status)
            return statuses[i].text;
    }
    return NULL;
}

const char *rpc_status_name(RPC_STATUS status)
{
    for (size_t i = 0; i < COUNT(statuses); i++) {
        if (statuses[i].code == (uint32_t)status)
            return statuses[i].name;
    }
    return NULL;
}
