/* SPDX-License-Identifier: Apache-2.0
 *
 * winreg_client.c - stores a value in the registry of a server of Samba and reads it back
 *
 * usage: winreg-client BINDING SERVICE LEVEL USER PASSWORD [TARGET]
 *
 * Prints "SIZE octets" of what came back as it was sent, in many fragments either way, or the status
 * of the failure. Whoever has no account gets no key, so the octets show that the server has
 * authenticated the caller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include <rpc.h>

#include "winreg.h"

#define OCTETS  51200
#define BINARY  3          /* REG_BINARY */
#define MAXIMUM 0x02000000 /* MAXIMUM_ALLOWED */

void *midl_user_allocate(size_t size)
{
    return malloc(size);
}

void midl_user_free(void *p)
{
    free(p);
}

/* With its terminator, as the registry counts it. */
static registry_text text(const char16_t *from)
{
    unsigned short n = 0;

    while (from[n] != 0)
        n++;
    n = (unsigned short)(2 * (n + 1));
    return (registry_text){n, n, (holdfast_wchar *)(uintptr_t)from};
}

/* Stores what `data` holds and reads it into `back`; how many octets of it are the same. */
static uint32_t exchange(registry_key key, unsigned char *data, unsigned char *back)
{
    registry_text name = text(u"octets");
    uint32_t type = 0, size = OCTETS, length = OCTETS, same = 0;
    RPC_STATUS status = (RPC_STATUS)set_value(key, &name, BINARY, data, OCTETS);

    if (status == RPC_S_OK)
        status = (RPC_STATUS)query_value(key, &name, &type, back, &size, &length);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    while (type == BINARY && same < length && same < OCTETS && data[same] == back[same])
        same++;
    return same;
}

static uint32_t visit(handle_t h)
{
    static unsigned char data[OCTETS], back[OCTETS];
    registry_text name = text(u"SOFTWARE\\Samba\\Holdfast"), none = text(u"");
    registry_key root = NULL, key = NULL;
    uint32_t same, action = 0;
    RPC_STATUS status;

    for (uint32_t i = 0; i < OCTETS; i++)
        data[i] = (unsigned char)(i * 31 + i / 255);
    status = (RPC_STATUS)open_local_machine(h, NULL, MAXIMUM, &root);
    if (status == RPC_S_OK)
        status = (RPC_STATUS)create_key(root, &name, &none, 0, MAXIMUM, NULL, &key, &action);
    if (status != RPC_S_OK)
        RpcRaiseException(status);
    same = exchange(key, data, back);
    (void)close_key(&key);
    (void)delete_key(root, &name);
    (void)close_key(&root);
    return key == NULL && root == NULL ? same : 0;
}

int main(int argc, char **argv)
{
    SEC_WINNT_AUTH_IDENTITY_A who = {.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI};
    RPC_BINDING_HANDLE h = NULL;
    volatile RPC_STATUS status;

    if (argc < 6)
        return 2;
    who.User = (unsigned char *)argv[4];
    who.UserLength = (uint32_t)strlen(argv[4]);
    who.Password = (unsigned char *)argv[5];
    who.PasswordLength = (uint32_t)strlen(argv[5]);
    status = RpcBindingFromStringBindingA((RPC_CSTR)argv[1], &h);
    if (status == RPC_S_OK)
        status = RpcBindingSetAuthInfoA(h, argc > 6 ? (RPC_CSTR)argv[6] : NULL,
                                        (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[2]), &who, 0);
    RpcTryExcept
    {
        if (status == RPC_S_OK)
            printf("%u octets\n", visit(h));
    }
    RpcExcept(1)
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    if (status != RPC_S_OK)
        printf("status %d\n", (int)status);
    (void)RpcBindingFree(&h);
    return status != RPC_S_OK;
}
