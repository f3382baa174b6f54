/* SPDX-License-Identifier: Apache-2.0
 *
 * thrift_server.cpp - the work on Thrift: a thread per connection, buffered binary protocol
 */
#include "Bench.h"
#include "objects.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>

using namespace apache::thrift;

class Handler : public BenchIf {
    static const uint8_t *bytes(const std::string &s)
    {
        if (s.size() != 20)
            throw TException("no handle");
        return reinterpret_cast<const uint8_t *>(s.data());
    }

  public:
    void open(std::string &back) override
    {
        uint8_t handle[20];

        objects_open(handle);
        back.assign(reinterpret_cast<char *>(handle), sizeof handle);
    }
    int32_t touch(const std::string &object) override
    {
        return objects_use(bytes(object));
    }
    void echo(std::string &back, const std::string &object, const std::string &data) override
    {
        if (objects_use(bytes(object)) == 0)
            back = data;
    }
    int32_t close(const std::string &object) override
    {
        return objects_close(bytes(object));
    }
};

class SayPort : public server::TServerEventHandler {
    std::shared_ptr<transport::TServerSocket> socket;

  public:
    explicit SayPort(std::shared_ptr<transport::TServerSocket> s) : socket(std::move(s))
    {
    }
    void preServe() override
    {
        printf("%d\n", socket->getPort());
        fflush(stdout);
    }
};

int main()
{
    auto socket = std::make_shared<transport::TServerSocket>("127.0.0.1", 0);
    server::TThreadedServer server(
        std::make_shared<BenchProcessor>(std::make_shared<Handler>()), socket,
        std::make_shared<transport::TBufferedTransportFactory>(),
        std::make_shared<protocol::TBinaryProtocolFactory>());

    server.setServerEventHandler(std::make_shared<SayPort>(socket));
    server.serve();
}
