/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - the server half of the suite, as a program of its own
 */
#include "conformance/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rpc.h>

#include "conformance.h"
#include "conformance/board.h"

#define REQUEST_OCTETS (64u << 20) /* R4 sends more than sockets keep */

static bool good(RPC_STATUS status, const char *what)
{
    unsigned char text[DCE_C_ERROR_STRING_LEN];

    if (status == RPC_S_OK)
        return true;
    (void)DceErrorInqTextA(status, text);
    (void)fprintf(stderr, "holdfast conformance serve: %s: %s\n", what, (char *)text);
    return false;
}

static bool use(const char *protseq, const char *endpoint)
{
    RPC_CSTR p = (RPC_CSTR)(uintptr_t)protseq, e = (RPC_CSTR)(uintptr_t)endpoint;
    const int max_calls = RPC_C_PROTSEQ_MAX_REQS_DEFAULT;

    if (endpoint == NULL)
        return true;
    return good(strcmp(endpoint, "0") == 0 ? RpcServerUseProtseqA(p, max_calls, NULL)
                                           : RpcServerUseProtseqEpA(p, max_calls, e, NULL),
                protseq);
}

static bool register_all(void)
{
    static RPC_IF_HANDLE *const interfaces[] = {
        &conformance_v1_0_s_ifspec,        &conformance_plain_v1_0_s_ifspec,
        &conformance_strict_v1_0_s_ifspec, &conformance_typed_v1_0_s_ifspec,
        &conformance_guest_v1_0_s_ifspec,  &conformance_witness_v1_0_s_ifspec,
    };

    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        if (!good(RpcServerRegisterIf2(*interfaces[i], NULL, NULL, 0,
                                       RPC_C_LISTEN_MAX_CALLS_DEFAULT, REQUEST_OCTETS, NULL),
                  "an interface"))
            return false;
    return true;
}

/* A line for each endpoint, then an empty one: now it serves. */
static bool tell(void)
{
    RPC_BINDING_VECTOR *bindings = NULL;

    if (!good(RpcServerInqBindings(&bindings), "endpoints"))
        return false;
    for (uint32_t i = 0; i < bindings->Count; i++) {
        RPC_CSTR text = NULL;

        if (RpcBindingToStringBindingA(bindings->BindingH[i], &text) != RPC_S_OK)
            continue;
        (void)printf("%s\n", (char *)text);
        (void)RpcStringFreeA(&text);
    }
    (void)RpcBindingVectorFree(&bindings);
    (void)printf("\n");
    return fflush(stdout) == 0;
}

int conformance_serve(const char *tcp, const char *unix_path)
{
    sigset_t ends;
    int which;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL); /* for the runtime's threads, too */
    board = calloc(1, sizeof *board);
    if (board == NULL)
        return 1;
    if (!use("ncacn_ip_tcp", tcp) || !use("ncalrpc", unix_path) || !register_all() ||
        !good(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1), "listening"))
        return 1;
    if (unix_path != NULL)
        (void)chmod(unix_path, 0777); /* other users may try to join (J6) */
    if (!tell())
        return 1;
    (void)sigwait(&ends, &which);
    atomic_store(&board->shut, 0);
    (void)RpcMgmtStopServerListening(NULL);
    (void)RpcMgmtWaitServerListen();
    if (unix_path != NULL)
        (void)unlink(unix_path);
    (void)fflush(stdout);
    _exit(0); /* routines of clients that died may run on */
}
