/* SPDX-License-Identifier: Apache-2.0
 *
 * capnp_client.cpp - client of capnp_server; each thread has its own event loop and connection
 */
#include "bench.h"
#include "peer.capnp.h"

#include <capnp/ez-rpc.h>

struct Connection {
    capnp::EzRpcClient rpc;
    Bench::Client bench;
    uint8_t object[20];

    Connection(const char *address, capnp::ReaderOptions options)
        : rpc(kj::str("127.0.0.1:", address), 0, options), bench(rpc.getMain<Bench>()), object()
    {
    }
    capnp::Data::Reader handle()
    {
        return capnp::Data::Reader(object, sizeof object);
    }
};

static Connection *of(void *p)
{
    return static_cast<Connection *>(p);
}

static int capnp_connect(const char *address, void **connection)
{
    capnp::ReaderOptions options;

    options.traversalLimitInWords = UINT64_MAX;
    *connection = new Connection(address, options);
    return 0;
}

static int capnp_open(void *p)
{
    auto answer = of(p)->bench.openRequest().send().wait(of(p)->rpc.getWaitScope());

    memcpy(of(p)->object, answer.getObject().begin(), 20);
    return answer.getObject().size() != 20;
}

static int capnp_use(void *p)
{
    auto request = of(p)->bench.touchRequest();

    request.setObject(of(p)->handle());
    return request.send().wait(of(p)->rpc.getWaitScope()).getResult();
}

static int capnp_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    auto request = of(p)->bench.echoRequest();

    request.setObject(of(p)->handle());
    request.setData(capnp::Data::Reader(data, size));
    auto answer = request.send().wait(of(p)->rpc.getWaitScope());
    if (answer.getData().size() != size)
        return 1;
    memcpy(back, answer.getData().begin(), size);
    return 0;
}

static int capnp_close(void *p)
{
    auto request = of(p)->bench.closeRequest();

    request.setObject(of(p)->handle());
    return request.send().wait(of(p)->rpc.getWaitScope()).getResult();
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {capnp_connect, capnp_open, capnp_use, capnp_echo,
                                           capnp_close};

    return bench_main(argc, argv, &peer);
}
