/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - what smbtorture's rpc.echo and Samba's library call, in both transfer syntaxes
 *
 * Prints its address and ends when its input does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rpc.h>

#include "echo.h"

void echo_add_one(handle_t b, uint32_t in, uint32_t *out)
{
    (void)b;
    *out = in + 1;
}

void echo_data(handle_t b, uint32_t n, unsigned char in[], unsigned char out[])
{
    (void)b;
    memcpy(out, in, n);
}

void echo_sink(handle_t b, uint32_t n, unsigned char data[])
{
    (void)b;
    (void)n;
    (void)data;
}

/* The octets that the client computes, too. */
void echo_source(handle_t b, uint32_t n, unsigned char data[])
{
    (void)b;
    for (uint32_t i = 0; i < n; i++)
        data[i] = (unsigned char)i;
}

void echo_string(handle_t b, holdfast_wchar *in, holdfast_wchar **out)
{
    size_t n = 0;

    (void)b;
    while (in[n++] != 0)
        ;
    *out = malloc(n * sizeof *in);
    if (*out != NULL)
        memcpy(*out, in, n * sizeof *in);
}

uint32_t echo_levels(handle_t b, uint16_t level, echo_info *info)
{
    (void)b;
    memset(info, 0, sizeof *info);
    switch (level) {
    case 1: info->one.v = 10; break;
    case 2: info->two.v = 20; break;
    case 3: info->four.v = 30; break;
    case 4: info->eight.v = 40; break;
    case 5: info->mixed = (octet_and_hyper){50, 60}; break;
    case 6: info->small_parts = (octet_and_one){70, {80}}; break;
    case 7: info->nested = (octet_and_eight){90, {100}}; break;
    default: RpcRaiseException(RPC_S_INVALID_TAG);
    }
    return 0;
}

uint32_t echo_sleep(handle_t b, uint32_t seconds)
{
    (void)b;
    (void)sleep(seconds > 5 ? 5 : seconds);
    return seconds;
}

void echo_enums(handle_t b, narrow *n, two_enums *both, enum_choice *choice)
{
    (void)b;
    both->n = NARROW_2;
    both->w = WIDE_2;
    if (*n == NARROW_1)
        choice->n = NARROW_2;
    else
        choice->both = (two_enums){NARROW_2, WIDE_2};
}

/* All zero. */
void echo_surrounding(handle_t b, surrounding *data)
{
    (void)b;
    memset(data->values, 0, data->count * sizeof data->values[0]);
}

uint16_t echo_pointers(handle_t b, uint16_t ***data)
{
    (void)b;
    return *data == NULL || **data == NULL ? 0 : ***data;
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

int main(void)
{
    RPC_BINDING_VECTOR *v = NULL;
    RPC_CSTR text = NULL;
    char octet;

    if (RpcServerUseProtseqEpA((RPC_CSTR)(uintptr_t) "ncacn_ip_tcp", 10,
                               (RPC_CSTR)(uintptr_t) "127.0.0.1:0", NULL) != RPC_S_OK ||
        RpcServerRegisterIf(echo_v1_0_s_ifspec, NULL, NULL) != RPC_S_OK ||
        RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1) != RPC_S_OK ||
        RpcServerInqBindings(&v) != RPC_S_OK ||
        RpcBindingToStringBindingA(v->BindingH[0], &text) != RPC_S_OK)
        return 1;
    (void)printf("%s\n", (const char *)text);
    (void)fflush(stdout);
    (void)RpcStringFreeA(&text);
    (void)RpcBindingVectorFree(&v);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        ;
    return 0;
}
