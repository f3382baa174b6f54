/* SPDX-License-Identifier: Apache-2.0
 *
 * client_reply.c - fuzz target: what a hostile server may send to a client
 *
 * The input is the server's half of a conversation: the answer to a bind, the answer to an
 * alter_context, then replies to two calls, over a socket pair. A reply that is accepted lies in
 * memory of ours, aligned as the unmarshalling wants it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rpc.h>

#include "base/mem.h"
#include "rpc/client/exchange.h"

#define INPUT_MAX ((size_t)65536) /* fits the socket's buffer, so that one thread can play both */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rpc_interface interfaces[2] = {
    {.stub_version = NDR_STUB_VERSION, .id = {{1, 2, 3, {4}}, {1, 0}}},
    {.stub_version = NDR_STUB_VERSION, .id = {{5, 6, 7, {8}}, {1, 0}}},
};

static void require(bool good)
{
    if (!good)
        abort();
}

static void check_reply(const struct rpc_reply *r, RPC_STATUS status, const struct rpc_conn *conn)
{
    const volatile uint8_t *p = r->stub;

    require(status != RPC_S_OK || (r->stub != NULL && ((uintptr_t)r->stub & 7) == 0));
    require(status == RPC_S_OK || (r->stub == NULL && r->owned == NULL));
    require(status == RPC_S_OK || r->is_fault || conn->broken);
    for (size_t i = 0; i < r->size; i++)
        (void)p[i];
}

static void converse(struct rpc_conn *conn)
{
    for (unsigned i = 0; i < 2 && !conn->broken; i++) {
        struct rpc_negotiation n =
            rpc_conn_negotiate(conn, i == 0 ? WIRE_BIND : WIRE_ALTER_CONTEXT, &interfaces[i], 0, 0);

        require((n.result == RPC_NEGOTIATED) ==
                (rpc_conn_presentation(conn, &interfaces[i]) != NULL));
        require(conn->broken == (n.result != RPC_NEGOTIATED && n.result != RPC_REJECTED));
        require(n.result == RPC_NEGOTIATED || n.status != RPC_S_OK);
    }
    for (unsigned i = 0; i < 2 && !conn->broken; i++) {
        struct rpc_reply reply;
        RPC_STATUS status = rpc_exchange_receive(conn, rpc_conn_call_id(conn), 0, &reply);

        check_reply(&reply, status, conn);
        mem_free(reply.owned);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_conn *conn = NULL;
    int pair[2];

    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 0;
    if (write(pair[1], data, size) == (ssize_t)size && shutdown(pair[1], SHUT_WR) == 0 &&
        rpc_conn_adopt(pair[0], &conn) == RPC_S_OK)
        converse(conn);
    rpc_conn_close(conn);
    (void)close(pair[1]);
    return 0;
}
