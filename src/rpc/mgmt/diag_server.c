/* SPDX-License-Identifier: Apache-2.0
 *
 * diag_server.c - a running server's account of itself: counters, associations, handles
 *
 * For clients that could look into the process anyway: those of the same user or root on this host, by
 * unix socket or TCP. Everyone else gets RPC_S_ACCESS_DENIED. A page is bounded; no token is ever shown.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "diag.h"
#include "rpc/mgmt/mgmt_internal.h"
#include "rpc/server/assoc.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/server.h"
#include "rpc/server/stats.h"

static bool may_look(handle_t b)
{
    RPC_STATUS status;
    const struct rpc_call *c = call_of_binding(b, &status);
    uid_t uid;

    if (c == NULL)
        return false;
    uid = c->conn->peer.uid;
    if (c->conn->peer.family != NET_UNIX &&
        !(net_peer_is_loopback(&c->conn->peer) && net_conn_owner(c->conn->net, &uid)))
        return false;
    return uid == geteuid() || uid == 0;
}

/* A copy that the stub will free. */
static char *text(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = mgmt_allocate(n);

    if (copy != NULL)
        memcpy(copy, s, n);
    return copy;
}

/* ---- Counters --------------------------------------------------------------------------------- */

#define COUNTERS_ROOM 64

static void add(diag_counters *page, const char *name, uint64_t value)
{
    if (page->count == COUNTERS_ROOM)
        return;
    page->at[page->count].name = text(name);
    page->at[page->count].value = (int64_t)value;
    page->count++;
}

error_status_t s_diag_list_counters(handle_t b, diag_counters **ret)
{
    struct net_counters n = {0};
    diag_counters *page;

    *ret = NULL;
    if (!may_look(b))
        return RPC_S_ACCESS_DENIED;
    page = mgmt_allocate(sizeof *page + COUNTERS_ROOM * sizeof page->at[0]);
    if (page == NULL)
        return RPC_S_OUT_OF_MEMORY;
    net_inq_counters(server_net(), &n);
    add(page, "handles_live", context_count());
    add(page, "associations_live", assoc_count());
    add(page, "connections_live", n.connections_live);
    add(page, "connections_opened", n.connections_opened);
    add(page, "calls_in", stats_total(STATS_CALLS_IN));
    add(page, "packets_in", n.frames_in);
    add(page, "packets_out", stats_total(STATS_PACKETS_OUT));
    add(page, "workers", n.workers);
    add(page, "workers_spare", n.spares);
    add(page, "sets_adopted", n.adoptions);
    add(page, "calls_resumed", n.jobs);
#define ADD(name) add(page, #name, STATS_GET(name));
    STATS_COUNTERS(ADD)
#undef ADD
    for (unsigned i = 0; i < LIMIT_COUNT; i++) /* how often each turned somebody away */
        add(page, limit_name((enum limit)i), limit_times((enum limit)i));
    *ret = page;
    return RPC_S_OK;
}

/* ---- Associations ----------------------------------------------------------------------------- */

static char *peer_text(const struct net_peer *p)
{
    char who[NET_PEER_TEXT];

    if (p->family == NET_UNIX)
        net_peer_text(p, who);
    else
        net_peer_address(p, who); /* an association has connections from several ports */
    return text(who);
}

error_status_t s_diag_list_assocs(handle_t b, uint32_t after, diag_assocs **ret)
{
    uint64_t now = clock_now_ns();
    diag_assocs *page;
    struct rpc_assoc *a;

    *ret = NULL;
    if (!may_look(b))
        return RPC_S_ACCESS_DENIED;
    page = mgmt_allocate(sizeof *page + DIAG_PAGE * sizeof page->at[0]);
    if (page == NULL)
        return RPC_S_OUT_OF_MEMORY;
    while (page->count < DIAG_PAGE && (a = assoc_after(after)) != NULL) {
        diag_assoc *to = &page->at[page->count++];

        after = to->id = a->number;
        to->connections = assoc_connections(a);
        to->handles = context_table_count(&a->contexts);
        to->age_s = (uint32_t)((now - a->created_ns) / CLOCK_SECOND);
        to->peer = peer_text(&a->peer);
        assoc_unref(a);
    }
    *ret = page;
    return RPC_S_OK;
}

/* ---- Handles ---------------------------------------------------------------------------------- */

error_status_t s_diag_list_handles(handle_t b, uint32_t assoc, int64_t after, diag_handles **ret)
{
    struct context_info *infos;
    struct rpc_assoc *a;
    diag_handles *page;

    *ret = NULL;
    if (!may_look(b))
        return RPC_S_ACCESS_DENIED;
    page = mgmt_allocate(sizeof *page + DIAG_PAGE * sizeof page->at[0]);
    infos = mem_alloc(DIAG_PAGE * sizeof *infos);
    a = assoc != 0 ? assoc_after(assoc - 1) : NULL;
    if (page != NULL && infos != NULL && a != NULL && a->number == assoc)
        page->count = context_table_list(&a->contexts, (uint64_t)after, infos, DIAG_PAGE);
    for (uint32_t i = 0; page != NULL && i < page->count; i++) {
        page->at[i] = (diag_handle){
            .serial = (int64_t)infos[i].serial,
            .age_s = infos[i].age_s,
            .calls_inside = infos[i].calls_inside,
            .calls_waiting = infos[i].calls_waiting,
            .exclusive = infos[i].exclusive,
            .type = text(infos[i].type),
            .interface_name = text(infos[i].interface),
        };
    }
    assoc_unref(a);
    mem_free(infos);
    *ret = page;
    return page != NULL && infos != NULL ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

__attribute__((constructor)) static void offer(void)
{
    server_offer(diag_v1_0_s_ifspec);
}
