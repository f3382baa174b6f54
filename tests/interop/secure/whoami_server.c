/* SPDX-License-Identifier: Apache-2.0
 *
 * whoami_server.c - a server that authenticates its clients, for peers we did not write
 *
 * usage: whoami-server ADDRESS:PORT ACCOUNTS [KEYTAB]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/log.h>
#include <rpc.h>

#include "whoami.h"

void *midl_user_allocate(size_t size)
{
    return malloc(size);
}

void midl_user_free(void *p)
{
    free(p);
}

error_status_t Who(int32_t *level, int32_t *service, int32_t size, char name[])
{
    RPC_AUTHZ_HANDLE who = NULL;
    uint32_t l = 0, s = 0;
    RPC_STATUS status;

    memset(name, 0, (size_t)size);
    status = RpcBindingInqAuthClientA(NULL, &who, NULL, &l, &s, NULL);
    *level = (int32_t)l;
    *service = (int32_t)s;
    if (status == RPC_S_OK)
        (void)snprintf(name, (size_t)size, "%s", (const char *)who);
    return (error_status_t)status;
}

void Turn(unsigned char with, int32_t count, unsigned char data[], unsigned char back[])
{
    for (int32_t i = 0; i < count; i++)
        back[i] = data[i] ^ with;
}

static void log_line(int level, const char *line)
{
    fprintf(stderr, "%d %s\n", level, line);
}

static void check(RPC_STATUS status, const char *what)
{
    if (status == RPC_S_OK)
        return;
    fprintf(stderr, "whoami-server: %s: %d\n", what, (int)status);
    exit(1);
}

int main(int argc, char **argv)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    RPC_CSTR text = NULL;

    if (argc < 3)
        return 2;
    holdfast_rpc_set_log(log_line);
    check(RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", 10, (RPC_CSTR)argv[1], NULL), argv[1]);
    check(RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_WINNT, NULL, argv[2]), "NTLM");
    check(RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_GSS_NEGOTIATE, NULL, NULL), "SPNEGO");
    if (argc > 3)
        check(RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_GSS_KERBEROS, NULL, argv[3]),
              "Kerberos");
    check(RpcServerRegisterIf(whoami_v1_0_s_ifspec, NULL, NULL), "whoami");
    check(RpcServerInqBindings(&bindings), "bindings");
    check(RpcBindingToStringBindingA(bindings->BindingH[0], &text), "binding");
    printf("%s\n", (char *)text);
    (void)fflush(stdout);
    (void)RpcStringFreeA(&text);
    (void)RpcBindingVectorFree(&bindings);
    check(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 0), "listen");
    return 0;
}
