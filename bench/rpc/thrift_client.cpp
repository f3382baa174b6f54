/* SPDX-License-Identifier: Apache-2.0
 *
 * thrift_client.cpp - client of thrift_server
 */
#include "Bench.h"
#include "bench.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

using namespace apache::thrift;

struct Connection {
    std::shared_ptr<BenchClient> client;
    std::string object, data, back;
};

static Connection *of(void *p)
{
    return static_cast<Connection *>(p);
}

static int thrift_connect(const char *address, void **connection)
{
    auto socket = std::make_shared<transport::TSocket>("127.0.0.1", atoi(address));
    auto buffered = std::make_shared<transport::TBufferedTransport>(socket);
    auto c = new Connection;

    socket->setNoDelay(true);
    buffered->open();
    c->client =
        std::make_shared<BenchClient>(std::make_shared<protocol::TBinaryProtocol>(buffered));
    *connection = c;
    return 0;
}

static int thrift_open(void *p)
{
    of(p)->client->open(of(p)->object);
    return of(p)->object.size() != 20;
}

static int thrift_use(void *p)
{
    return of(p)->client->touch(of(p)->object);
}

static int thrift_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    Connection *c = of(p);

    c->data.assign(reinterpret_cast<const char *>(data), size);
    c->client->echo(c->back, c->object, c->data);
    memcpy(back, c->back.data(), c->back.size());
    return c->back.size() != size;
}

static int thrift_close(void *p)
{
    return of(p)->client->close(of(p)->object);
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {thrift_connect, thrift_open, thrift_use, thrift_echo,
                                           thrift_close};

    return bench_main(argc, argv, &peer);
}
