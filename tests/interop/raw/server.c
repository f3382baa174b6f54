/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server that Samba's raw_protocol and smbtorture are run against
 *
 *     raw-server ADDRESS ACCOUNTS [KEYTAB]
 *
 * ADDRESS:135 is the endpoint mapper, with management that seems to obey when it is told to stop, as
 * raw_protocol expects; NTLM by the file ACCOUNTS and Kerberos by KEYTAB, both also in SPNEGO. The map
 * leads to netlogon and to the interfaces of handles.c on another port of ADDRESS. Prints "ready", and
 * ends when its input does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rpc.h>

#include "drsuapi.h"
#include "lsarpc.h"
#include "netlogon.h"
#include "rpc/epm/map.h"
#include "rpc/epm/serve.h"
#include "samr.h"

void unused_0(handle_t b)
{
    (void)b;
}

void unused_1(handle_t b)
{
    (void)b;
}

void unused_2(handle_t b)
{
    (void)b;
}

void unused_3(handle_t b)
{
    (void)b;
}

void request_challenge(handle_t b, unsigned char challenge[8], int32_t *status)
{
    (void)b;
    memcpy(challenge, "holdfast", 8);
    *status = 0;
}

void *__RPC_USER midl_user_allocate(size_t size)
{
    (void)size;
    return NULL; /* nothing here needs any */
}

void __RPC_USER midl_user_free(void *memory)
{
    (void)memory;
}

/* Everything is answered; "stop" is answered with success and stops nothing. */
static int manage(RPC_BINDING_HANDLE client, uint32_t operation, RPC_STATUS *status)
{
    (void)client;
    *status = RPC_S_OK;
    return operation != RPC_C_MGMT_STOP_SERVER_LISTEN;
}

static RPC_STATUS open_port(const char *address, unsigned port)
{
    char endpoint[80];

    (void)snprintf(endpoint, sizeof endpoint, "%s:%u", address, port);
    return RpcServerUseProtseqEpA((RPC_CSTR)(uintptr_t) "ncacn_ip_tcp",
                                  RPC_C_PROTSEQ_MAX_REQS_DEFAULT, (RPC_CSTR)endpoint, NULL);
}

/* The port of the second endpoint, as the runtime tells it. */
static unsigned second_port(void)
{
    RPC_BINDING_VECTOR *v = NULL;
    RPC_CSTR text = NULL, endpoint = NULL;
    unsigned port = 0;

    if (RpcServerInqBindings(&v) == RPC_S_OK && v->Count == 2 &&
        RpcBindingToStringBindingA(v->BindingH[1], &text) == RPC_S_OK &&
        RpcStringBindingParseA(text, NULL, NULL, NULL, &endpoint, NULL) == RPC_S_OK)
        (void)sscanf((const char *)endpoint, "%u", &port);
    (void)RpcStringFreeA(&text);
    (void)RpcStringFreeA(&endpoint);
    if (v != NULL)
        (void)RpcBindingVectorFree(&v);
    return port;
}

static RPC_STATUS enter(struct epm_lease *lease, RPC_IF_HANDLE interface, const char *address)
{
    struct epm_record r = {.tower = {.protocol = WIRE_FLOOR_NCACN,
                                     .transport = WIRE_FLOOR_TCP,
                                     .transfer = wire_ndr20,
                                     .port = (uint16_t)second_port()}};
    RPC_IF_ID id;

    if (RpcIfInqId(interface, &id) != RPC_S_OK || inet_pton(AF_INET, address, r.tower.address) != 1)
        return RPC_S_INVALID_ARG;
    r.tower.interface = (RPC_SYNTAX_IDENTIFIER){id.Uuid, {id.VersMajor, id.VersMinor}};
    return epm_insert(lease, &r, 1, false);
}

/* Registers the interfaces and enters them in the map. */
static RPC_STATUS offer(const char *address)
{
    const RPC_IF_HANDLE interfaces[] = {netlogon_v1_0_s_ifspec, lsarpc_v0_0_s_ifspec,
                                        samr_v1_0_s_ifspec, drsuapi_v4_0_s_ifspec};
    struct epm_lease *lease = epm_lease_open();
    RPC_STATUS status = lease != NULL ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;

    for (size_t i = 0; status == RPC_S_OK && i < sizeof interfaces / sizeof interfaces[0]; i++) {
        status = RpcServerRegisterIf(interfaces[i], NULL, NULL);
        if (status == RPC_S_OK)
            status = enter(lease, interfaces[i], address);
    }
    return status;
}

int main(int argc, char **argv)
{
    RPC_STATUS status;
    char octet;

    if (argc < 3)
        return 2;
    status = RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_WINNT, NULL, argv[2]);
    if (status == RPC_S_OK && argc > 3)
        status = RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_GSS_KERBEROS, NULL, argv[3]);
    if (status == RPC_S_OK)
        status = RpcServerRegisterAuthInfoA(NULL, RPC_C_AUTHN_GSS_NEGOTIATE, NULL, NULL);
    if (status == RPC_S_OK)
        status = open_port(argv[1], 135);
    if (status == RPC_S_OK)
        status = open_port(argv[1], 0);
    if (status == RPC_S_OK)
        status = epm_serve();
    if (status == RPC_S_OK)
        status = offer(argv[1]);
    if (status == RPC_S_OK)
        status = RpcMgmtSetAuthorizationFn(manage);
    if (status == RPC_S_OK)
        status = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1);
    if (status != RPC_S_OK) {
        (void)printf("error %d\n", status);
        return 1;
    }
    (void)printf("ready\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        ;
    return 0;
}
