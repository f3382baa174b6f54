/* SPDX-License-Identifier: Apache-2.0
 *
 * whoami_client.c - a client that authenticates, and checks that data goes through
 *
 * usage: whoami-client BINDING SERVICE LEVEL USER PASSWORD [TARGET [mutual]]
 *
 * Compiled for Windows as well, see portable_test.py.
 *
 * USER - stands for whoever the process is. Prints "NAME LEVEL SERVICE", or the status of the failure.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rpc.h>

#include "whoami.h"

#define OCTETS 100003

void *midl_user_allocate(size_t size)
{
    return malloc(size);
}

void midl_user_free(void *p)
{
    free(p);
}

static RPC_STATUS ask(void)
{
    static unsigned char data[OCTETS], back[OCTETS];
    char name[256] = "";
    int32_t level = 0, service = 0;
    volatile RPC_STATUS status = RPC_S_OK;
    int32_t good = 0;

    for (int32_t i = 0; i < OCTETS; i++)
        data[i] = (unsigned char)(i * 31 + i / 255);
    RpcTryExcept
    {
        status = (RPC_STATUS)Who(&level, &service, sizeof name, name);
        Turn(0x5A, OCTETS, data, back);
        for (int32_t i = 0; i < OCTETS; i++)
            good += (data[i] ^ 0x5A) == back[i];
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status == RPC_S_OK && good != OCTETS)
        status = RPC_X_BAD_STUB_DATA;
    if (status == RPC_S_OK)
        printf("%s %d %d\n", name, (int)level, (int)service);
    return status;
}

int main(int argc, char **argv)
{
    SEC_WINNT_AUTH_IDENTITY_A who = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    RPC_SECURITY_QOS qos = {.Version = RPC_C_SECURITY_QOS_VERSION};
    RPC_BINDING_HANDLE h = NULL;
    RPC_STATUS status;

    if (argc < 6)
        return 2;
    who.User = (unsigned char *)argv[4];
    who.UserLength = (uint32_t)strlen(argv[4]);
    who.Password = (unsigned char *)argv[5];
    who.PasswordLength = (uint32_t)strlen(argv[5]);
    if (argc > 7)
        qos.Capabilities = RPC_C_QOS_CAPABILITIES_MUTUAL_AUTH;
    status = RpcBindingFromStringBindingA((RPC_CSTR)argv[1], &h);
    if (status == RPC_S_OK)
        status = RpcBindingSetAuthInfoExA(h, argc > 6 ? (RPC_CSTR)argv[6] : NULL,
                                          (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[2]),
                                          strcmp(argv[4], "-") == 0 ? NULL : (void *)&who, 0, &qos);
    whoami_server = h;
    if (status == RPC_S_OK)
        status = ask();
    if (status != RPC_S_OK)
        printf("status %d\n", (int)status);
    (void)RpcBindingFree(&h);
    return status != RPC_S_OK;
}
