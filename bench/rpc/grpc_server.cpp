/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_server.cpp - the work on gRPC C++: the synchronous service, insecure credentials
 */
#include "objects.h"
#include "peer.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <cstdio>

using grpc::ServerContext;
using grpc::Status;

static const uint8_t *bytes(const std::string &s)
{
    static const uint8_t none[20] = {0};

    return s.size() == 20 ? reinterpret_cast<const uint8_t *>(s.data()) : none;
}

class Service final : public peer::Bench::Service {
    Status Open(ServerContext *, const peer::Nothing *, peer::Handle *out) override
    {
        uint8_t handle[20];

        objects_open(handle);
        out->set_object(handle, sizeof handle);
        return Status::OK;
    }
    Status Use(ServerContext *, const peer::Handle *in, peer::Result *out) override
    {
        out->set_result(objects_use(bytes(in->object())));
        return Status::OK;
    }
    Status Echo(ServerContext *, const peer::Data *in, peer::Data *out) override
    {
        if (objects_use(bytes(in->object())) == 0)
            out->set_data(in->data());
        return Status::OK;
    }
    Status Close(ServerContext *, const peer::Handle *in, peer::Result *out) override
    {
        out->set_result(objects_close(bytes(in->object())));
        return Status::OK;
    }
};

int main()
{
    Service service;
    grpc::ServerBuilder builder;
    int port = 0;

    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    printf("%d\n", port);
    fflush(stdout);
    server->Wait();
}
