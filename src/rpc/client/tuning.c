/* SPDX-License-Identifier: Apache-2.0
 *
 * tuning.c - the client's times and counts
 *
 * Source: MS-RPCE 3.3.2.2 and the idle clean-up of the Win32 documentation; the scan period, the
 * connection count that turns it on, how long an idle connection is trusted and how often the endpoint
 * mapper is looked after are our choice.
 */
#include "rpc/client/tuning.h"

struct rpc_client_tuning rpc_client_tuning = {
    .linger_ms = 20000,
    .idle_scan_ms = 10000,
    .idle_limit_ms = 10000,
    .idle_limit_crowded_ms = 5000,
    .crowded_connections = 500,
    .auto_idle_above = 3,
    .com_timeout_unit_s = 120,
    .bind_timeout_ms = 15 * 60 * 1000,
    .trusted_us = 1000,
    .entered_look_ms = 15000,
    .entered_call_ms = 30000,
};

struct rpc_client_counters rpc_client_counters;
