/* SPDX-License-Identifier: Apache-2.0
 *
 * ours_client.c - client of ours_server; threads share one association, as programs do
 *
 * With --shared as the last argument they share one handle, too, and use it in shared mode.
 */
#include "bench.h"
#include "bench_idl.h"

#include <stdbool.h>

struct connection {
    RPC_BINDING_HANDLE binding;
    BENCH_OBJECT object;
};

/* The handle of all threads, with --shared; run down when the program ends. */
static bool is_shared;
static BENCH_OBJECT shared;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* while it is opened */

static int open_shared(RPC_BINDING_HANDLE binding)
{
    int status = 0;

    (void)pthread_mutex_lock(&lock);
    if (shared == NULL)
        status = BenchOpen(binding, &shared);
    (void)pthread_mutex_unlock(&lock);
    return status;
}

static int ours_connect(const char *address, void **connection)
{
    struct connection *c = calloc(1, sizeof *c);

    *connection = c;
    return c == NULL || RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)address, &c->binding);
}

static int ours_open(void *p)
{
    struct connection *c = p;

    return is_shared ? open_shared(c->binding) : BenchOpen(c->binding, &c->object);
}

static int ours_use(void *p)
{
    struct connection *c = p;

    return is_shared ? BenchUseShared(shared) : BenchUse(c->object);
}

static int ours_echo(void *p, const uint8_t *data, uint32_t size, uint8_t *back)
{
    struct connection *c = p;

    return BenchEcho(c->object, (int32_t)size, (unsigned char *)(uintptr_t)data, back);
}

static int ours_close(void *p)
{
    struct connection *c = p;

    return is_shared ? 0 : BenchClose(&c->object);
}

int main(int argc, char **argv)
{
    static const struct bench_peer peer = {ours_connect, ours_open, ours_use, ours_echo,
                                           ours_close};

    is_shared = strcmp(argv[argc - 1], "--shared") == 0;
    return bench_main(argc - is_shared, argv, &peer);
}
