/* SPDX-License-Identifier: Apache-2.0
 *
 * ours_client.c - client of ours_server; threads share one association, as programs do
 */
#include "bench.h"
#include "bench_idl.h"

struct connection {
    RPC_BINDING_HANDLE binding;
    BENCH_OBJECT object;
};

static int ours_connect(const char *address, void **connection)
{
    struct connection *c = calloc(1, sizeof *c);

    *connection = c;
    return c == NULL || RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)address, &c->binding);
}

static int ours_open(void *p)
{
    struct connection *c = p;

    return BenchOpen(c->binding, &c->object);
}

static int ours_use(void *p)
{
    struct connection *c = p;

    return BenchUse(c->object);
}

static int ours_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    struct connection *c = p;

    return BenchEcho(c->object, (int32_t)size, (unsigned char *)(uintptr_t)data, back);
}

static int ours_close(void *p)
{
    struct connection *c = p;

    return BenchClose(&c->object);
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {ours_connect, ours_open, ours_use, ours_echo,
                                           ours_close};

    return bench_main(argc, argv, &peer);
}
