/* SPDX-License-Identifier: Apache-2.0
 *
 * capnp_server.cpp - the work on Cap'n Proto's RPC: one event loop
 */
#include "objects.h"
#include "peer.capnp.h"

#include <capnp/ez-rpc.h>

#include <cstdio>

static const uint8_t *bytes(capnp::Data::Reader d)
{
    static const uint8_t none[20] = {0};

    return d.size() == 20 ? d.begin() : none;
}

class Service final : public Bench::Server {
    kj::Promise<void> open(OpenContext context) override
    {
        objects_open(context.getResults().initObject(20).begin());
        return kj::READY_NOW;
    }
    kj::Promise<void> touch(TouchContext context) override
    {
        context.getResults().setResult(objects_use(bytes(context.getParams().getObject())));
        return kj::READY_NOW;
    }
    kj::Promise<void> echo(EchoContext context) override
    {
        auto in = context.getParams();

        if (objects_use(bytes(in.getObject())) == 0)
            context.getResults().setData(in.getData());
        return kj::READY_NOW;
    }
    kj::Promise<void> close(CloseContext context) override
    {
        context.getResults().setResult(objects_close(bytes(context.getParams().getObject())));
        return kj::READY_NOW;
    }
};

int main()
{
    capnp::ReaderOptions options;

    options.traversalLimitInWords = UINT64_MAX;
    capnp::EzRpcServer server(kj::heap<Service>(), "127.0.0.1:0", 0, options);
    auto &scope = server.getWaitScope();

    printf("%u\n", server.getPort().wait(scope));
    fflush(stdout);
    kj::NEVER_DONE.wait(scope);
}
