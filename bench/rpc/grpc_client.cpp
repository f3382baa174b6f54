/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_client.cpp - client of grpc_server; a channel of its own for each connection
 */
#include "bench.h"
#include "peer.grpc.pb.h"

#include <grpcpp/grpcpp.h>

struct Connection {
    std::unique_ptr<peer::Bench::Stub> stub;
    peer::Handle object;
};

static Connection *of(void *p)
{
    return static_cast<Connection *>(p);
}

static int grpc_connect(const char *address, void **connection)
{
    grpc::ChannelArguments arguments;
    auto c = new Connection;

    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    c->stub = peer::Bench::NewStub(grpc::CreateCustomChannel(
        std::string("127.0.0.1:") + address, grpc::InsecureChannelCredentials(), arguments));
    *connection = c;
    return 0;
}

static int grpc_open(void *p)
{
    grpc::ClientContext context;

    return !of(p)->stub->Open(&context, peer::Nothing(), &of(p)->object).ok();
}

static int grpc_use(void *p)
{
    grpc::ClientContext context;
    peer::Result result;

    return !of(p)->stub->Use(&context, of(p)->object, &result).ok() || result.result() != 0;
}

static int grpc_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    grpc::ClientContext context;
    peer::Data in, out;

    in.set_object(of(p)->object.object());
    in.set_data(data, size);
    if (!of(p)->stub->Echo(&context, in, &out).ok() || out.data().size() != size)
        return 1;
    memcpy(back, out.data().data(), size);
    return 0;
}

static int grpc_close(void *p)
{
    grpc::ClientContext context;
    peer::Result result;

    return !of(p)->stub->Close(&context, of(p)->object, &result).ok() || result.result() != 0;
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {grpc_connect, grpc_open, grpc_use, grpc_echo,
                                           grpc_close};

    return bench_main(argc, argv, &peer);
}
