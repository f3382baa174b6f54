/* SPDX-License-Identifier: Apache-2.0
 *
 * ours_server.c - the work on context handles
 *
 *     ours_server PROTSEQ ENDPOINT      prints its string binding
 */
#include "bench_idl.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object {
    atomic_uint_least64_t used;
};

int32_t BenchOpen(handle_t binding, BENCH_OBJECT *object)
{
    (void)binding;
    *object = calloc(1, sizeof(struct object));
    return *object == NULL;
}

int32_t BenchUse(BENCH_OBJECT object)
{
    ((struct object *)object)->used++;
    return 0;
}

int32_t BenchUseShared(BENCH_OBJECT object)
{
    return BenchUse(object);
}

int32_t BenchEcho(BENCH_OBJECT object, int32_t size, unsigned char data[], unsigned char back[])
{
    ((struct object *)object)->used++;
    memcpy(back, data, (size_t)size);
    return 0;
}

int32_t BenchClose(BENCH_OBJECT *object)
{
    free(*object);
    *object = NULL;
    return 0;
}

void BENCH_OBJECT_rundown(BENCH_OBJECT object)
{
    free(object);
}

int main(int argc, char **argv)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    RPC_CSTR text = NULL;
    RPC_STATUS s;

    if (argc != 3)
        return 2;
    s = RpcServerUseProtseqEpA((RPC_CSTR)argv[1], 4096, (RPC_CSTR)argv[2], NULL);
    if (s == RPC_S_OK)
        s = RpcServerRegisterIf2(bench_v1_0_s_ifspec, NULL, NULL, 0, RPC_C_LISTEN_MAX_CALLS_DEFAULT,
                                 (unsigned)-1, NULL);
    if (s == RPC_S_OK)
        s = RpcServerInqBindings(&bindings);
    if (s == RPC_S_OK)
        s = RpcBindingToStringBindingA(bindings->BindingH[0], &text);
    if (s == RPC_S_OK)
        s = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, TRUE);
    if (s == RPC_S_OK) { /* who reads it calls at once */
        printf("%s\n", text);
        fflush(stdout);
        s = RpcMgmtWaitServerListen();
    }
    fprintf(stderr, "ours_server: status %d\n", (int)s);
    return 1;
}
