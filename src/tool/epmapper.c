/* SPDX-License-Identifier: Apache-2.0
 *
 * epmapper.c - holdfast epmapper: the endpoint map of this host
 *
 * Answers "where is interface X" on TCP port 135 and on a local socket. The socket is this user's (and
 * root's) alone: whoever can reach it can enter endpoints. What a server has entered goes with it.
 */
#include "tool/addresses.h"
#include "tool/command.h"

#include <rpc.h>

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "rpc/epm/serve.h"

static const char usage[] =
    "usage: holdfast epmapper [--listen ENDPOINT] [--socket NAME]\n"
    "\n"
    "Runs the endpoint mapper of this host: servers enter their endpoints (RpcEpRegister), "
    "clients\n"
    "without endpoint ask for them. Prints its addresses, one a line; SIGTERM and SIGINT end it.\n"
    "\n"
    "  --listen ENDPOINT  TCP port, or ADDRESS:PORT; unless given 135 on every address, which "
    "needs\n"
    "                     the right to open low ports; \"none\" for no TCP\n"
    "  --socket NAME      local endpoint, a name or a path; unless given \"epmapper\"\n";

static int complain(const char *what, RPC_STATUS status)
{
    unsigned char text[DCE_C_ERROR_STRING_LEN] = "";

    (void)DceErrorInqTextA(status, text);
    (void)fprintf(stderr, "holdfast epmapper: %s: %s\n", what, (const char *)text);
    return TOOL_FAILED;
}

static int open_endpoint(const char *protseq, const char *endpoint)
{
    mode_t old = umask(0177); /* a socket of ours alone, from its first moment */
    RPC_STATUS status =
        RpcServerUseProtseqEpA((RPC_CSTR)(uintptr_t)protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                               (RPC_CSTR)(uintptr_t)endpoint, NULL);

    (void)umask(old);
    return status == RPC_S_OK ? TOOL_OK : complain(endpoint, status);
}

static int serve(const char *listen, const char *socket, const sigset_t *ends)
{
    int status = open_endpoint("ncalrpc", socket), signal_number;
    RPC_STATUS s;

    if (status == TOOL_OK && listen[0] != '\0')
        status = open_endpoint("ncacn_ip_tcp", listen);
    if (status != TOOL_OK)
        return status;
    s = epm_serve();
    if (s == RPC_S_OK)
        s = RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1);
    if (s != RPC_S_OK)
        return complain(socket, s);
    print_addresses();
    while (sigwait(ends, &signal_number) != 0)
        ;
    (void)RpcMgmtStopServerListening(NULL);
    (void)RpcMgmtWaitServerListen();
    return TOOL_OK;
}

int epmapper_command(int argc, char **argv)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"socket", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *listen = "135", *socket = "epmapper";
    sigset_t ends;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'l': listen = optarg; break;
        case 's': socket = optarg; break;
        case 'h': (void)fputs(usage, stdout); return TOOL_OK;
        default: (void)fputs(usage, stderr); return TOOL_USAGE;
        }
    if (optind != argc) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    if (strcmp(listen, "none") == 0)
        listen = "";
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    return serve(listen, socket, &ends);
}
