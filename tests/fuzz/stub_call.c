/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_call.c - fuzz target: generated stubs, of both sides, get octets of any kind
 *
 *     octet 0     bit 0 a big-endian sender, bit 1 NDR64, bit 2 interface, bit 3 a reply and no request,
 *                 bit 4 there are open context handles
 *     octet 1     the method; for a reply, which call of stub_call.h
 *     octet 2     the n-th allocation fails; 0: none
 *     rest        stub data
 *
 * A request goes through the server's stub, the routines of tests/idl, which walk all that they are handed,
 * and back. A reply goes to a client's stub that has made a good request. Nothing may be left of a call but
 * what a client was given.
 */
#include "stub_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "loop.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the server's stubs; the headers of the two cannot be had together. */
extern RPC_IF_HANDLE all_v2_1_s_ifspec, more_v1_0_s_ifspec;

static int here;

static const struct {
    RPC_IF_HANDLE *server;
    stub_call *const *calls;
    unsigned call_count;
} interfaces[2] = {{&all_v2_1_s_ifspec, stub_all_calls, STUB_ALL_CALLS},
                   {&more_v1_0_s_ifspec, stub_more_calls, STUB_MORE_CALLS}};

static struct {
    const uint8_t *octets;
    size_t size;
} reply;

/* The first reply of a call is the input's; later ones are the server's own. */
static void replace(struct loop *l)
{
    memcpy(l->reply, reply.octets, reply.size);
    l->reply_size = reply.size;
    l->reply_hook = NULL;
}

/* The routine that opens handles is the only one of its name. */
static void open_handles(void)
{
    static const uint8_t all[4] = {3};

    for (uint32_t i = 0; i < loop.server->method_count; i++)
        if (strcmp(loop.server->methods[i].name, "Open") == 0)
            require(loop_serve(&loop, i, all, sizeof all) == 0);
}

/* Memory that is asked for has to be filled: a little will do. */
__attribute__((constructor)) static void limit_memory(void)
{
    (void)setenv("HOLDFAST_LIMIT_CALL_MEMORY", "65536", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned which, method;

    if (size < 3 || size - 3 > LOOP_OCTETS)
        return 0;
    which = data[0] >> 2 & 1;
    memset(&loop, 0, offsetof(struct loop, request));
    loop.server = *interfaces[which].server;
    loop.ndr64 = data[0] >> 1 & 1;
    reply.octets = data + 3;
    reply.size = size - 3;
    if (data[0] & 16)
        open_handles();
    (void)mem_fail_at(data[2], 0);
    if (data[0] & 8) {
        loop.reply_hook = replace;
        interfaces[which].calls[data[1] % interfaces[which].call_count]((handle_t)&here);
        loop_nodes_clear();
    } else {
        loop.swap = data[0] & 1;
        method = data[1] % loop.server->method_count;
        (void)loop_serve(&loop, method, reply.octets, reply.size);
    }
    (void)mem_fail_at(0, 0);
    require(loop.live == 0);
    loop_contexts_clear();
    return 0;
}
