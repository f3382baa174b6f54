/* SPDX-License-Identifier: Apache-2.0
 *
 * tirpc_client.c - client of tirpc_server
 */
#include "bench.h"
#include "raw.h"
#include "tirpc.h"

struct connection {
    CLIENT *client;
    handle object;
};

static int tirpc_connect(const char *address, void **connection)
{
    struct connection *c = calloc(1, sizeof *c);
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(address)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct netbuf where = {sizeof in, sizeof in, &in};
    int fd = raw_socket(address, 0);

    c->client = fd < 0 ? NULL : clnt_vc_create(fd, &where, BENCH, BENCH_1, 0, 0);
    *connection = c;
    return c->client == NULL;
}

static int call(struct connection *c, rpcproc_t procedure, xdrproc_t put, void *in, xdrproc_t get,
                void *out)
{
    struct timeval patience = {25, 0};

    return clnt_call(c->client, procedure, put, in, get, out, patience) != RPC_SUCCESS;
}

static int tirpc_open(void *p)
{
    struct connection *c = p;

    return call(c, BENCH_OPEN, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_handle, c->object);
}

static int tirpc_use(void *p)
{
    struct connection *c = p;
    int result = 1;

    return call(c, BENCH_USE, (xdrproc_t)xdr_handle, c->object, (xdrproc_t)xdr_int, &result) ||
           result;
}

static int tirpc_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    struct connection *c = p;
    echo_in in = {.data = {size, (char *)(uintptr_t)data}};
    octets out = {size, (char *)back};

    memcpy(in.object, c->object, sizeof in.object);
    return call(c, BENCH_ECHO, (xdrproc_t)xdr_echo_in, &in, (xdrproc_t)xdr_octets, &out) ||
           out.octets_len != size;
}

static int tirpc_close(void *p)
{
    struct connection *c = p;
    int result = 1;

    return call(c, BENCH_CLOSE, (xdrproc_t)xdr_handle, c->object, (xdrproc_t)xdr_int, &result) ||
           result;
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {tirpc_connect, tirpc_open, tirpc_use, tirpc_echo,
                                           tirpc_close};

    return bench_main(argc, argv, &peer);
}
