/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_many_client.cpp - many calls of grpc_server in flight from one client, by callbacks
 *
 *     grpc_many_client ADDRESS multi N --seconds S
 *
 * One channel, as gRPC means it to be; prints what many_client does.
 */
#include "bench.h"
#include "peer.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace
{

std::unique_ptr<peer::Bench::Stub> stub;
peer::Handle object;
uint64_t end_ns;

/* One of the calls that are always in flight. */
struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    peer::Result result;
    std::vector<uint32_t> samples;
    uint64_t sent_ns = 0;
};

std::mutex lock;
std::condition_variable changed;
unsigned running;
bool failed;

void ask(Slot *s);

void answered(Slot *s, const grpc::Status &status)
{
    uint64_t now = bench_now();
    bool good = status.ok() && s->result.result() == 0;

    s->samples.push_back(static_cast<uint32_t>(now - s->sent_ns));
    if (good && now < end_ns) {
        ask(s);
        return;
    }
    std::lock_guard<std::mutex> guard(lock);
    failed |= !good;
    running--;
    changed.notify_all();
}

void ask(Slot *s)
{
    s->context = std::make_unique<grpc::ClientContext>();
    s->sent_ns = bench_now();
    stub->async()->Use(s->context.get(), &object, &s->result,
                       [s](grpc::Status status) { answered(s, status); });
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: grpc_many_client ADDRESS multi N --seconds S\n");
        return 2;
    }
    std::vector<Slot> slots(static_cast<size_t>(atoi(argv[3])));
    std::vector<uint32_t> all;
    grpc::ClientContext context;
    uint64_t begin;
    double seconds;

    stub = peer::Bench::NewStub(grpc::CreateChannel(std::string("127.0.0.1:") + argv[1],
                                                    grpc::InsecureChannelCredentials()));
    if (!stub->Open(&context, peer::Nothing(), &object).ok())
        return 1;
    running = static_cast<unsigned>(slots.size());
    begin = bench_now();
    end_ns = begin + static_cast<uint64_t>(atof(argv[5]) * 1e9);
    for (auto &s : slots)
        ask(&s);
    {
        std::unique_lock<std::mutex> guard(lock);
        changed.wait(guard, [] { return running == 0; });
    }
    seconds = static_cast<double>(bench_now() - begin) / 1e9;
    for (auto &s : slots)
        all.insert(all.end(), s.samples.begin(), s.samples.end());
    if (failed || all.empty())
        return 1;
    qsort(all.data(), all.size(), sizeof all[0], bench_compare);
    printf("{\"calls\": %zu, \"seconds\": %.3f, \"rate\": %.1f, \"p50_us\": %.2f, "
           "\"p99_us\": %.2f}\n",
           all.size(), seconds, static_cast<double>(all.size()) / seconds,
           all[all.size() / 2] / 1e3, all[all.size() * 99 / 100] / 1e3);
    stub.reset();
}
