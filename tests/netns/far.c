/* SPDX-License-Identifier: Apache-2.0
 *
 * far.c - server and client for two machines between which the link is pulled
 *
 * usage: far server ADDRESS | far client BINDING
 *
 * Each does what standard input says and answers with a line; netns_test.py knows what. Times are
 * seconds here: the server looks after a silent client after 1, the client after 2.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "conformance/attempt.h"
#include "conformance/board.h"
#include "rpc/client/tuning.h"
#include "rpc/net/net.h"
#include "rpc/server/assoc.h"
#include "rpc/server/server.h"

static void must(RPC_STATUS status, const char *what)
{
    if (status == RPC_S_OK)
        return;
    printf("%s: %d\n", what, (int)status);
    exit(1);
}

/* ---- The server ------------------------------------------------------------------------------- */

static void print_binding(void)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    RPC_CSTR text = NULL;

    must(RpcServerInqBindings(&bindings), "RpcServerInqBindings");
    must(RpcBindingToStringBindingA(bindings->BindingH[0], &text), "RpcBindingToStringBinding");
    printf("%s\n", (const char *)text);
    (void)RpcStringFreeA(&text);
    (void)RpcBindingVectorFree(&bindings);
}

static void serve(const char *address)
{
    const struct net_config config = {.keepalive_s = 1};
    char endpoint[80], line[80];
    int fd;

    (void)board_create(&fd);
    board_begin();
    (void)snprintf(endpoint, sizeof endpoint, "%s:0", address);
    server_configure(&config);
    must(RpcServerUseProtseqEpA((RPC_CSTR) "ncacn_ip_tcp", 10, (RPC_CSTR)endpoint, NULL),
         "RpcServerUseProtseqEp");
    must(RpcServerRegisterIf(conformance_v1_0_s_ifspec, NULL, NULL), "RpcServerRegisterIf");
    must(RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1), "RpcServerListen");
    print_binding();
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "shut\n") == 0)
            atomic_store(&board->shut, 1);
        if (strcmp(line, "open\n") == 0)
            atomic_store(&board->shut, 0);
        printf("handles=%lu associations=%u inside=%u opened=%u closed=%u run_down=%u\n",
               (unsigned long)context_count(), assoc_count(), atomic_load(&board->inside),
               atomic_load(&board->opened), atomic_load(&board->closed),
               atomic_load(&board->run_down));
    }
}

/* ---- The client ------------------------------------------------------------------------------- */

static handle_t binding;
static THING handles[10];

/* A call that waits at the server's gate. */
static void *hang(void *argument)
{
    return (void *)(intptr_t)TRY(Use(*(THING *)argument, ACT_GATE));
}

static int32_t run(const char *command, unsigned n)
{
    static pthread_t threads[10];
    void *status = NULL;

    if (strcmp(command, "open") == 0)
        return TRY(Open(binding, ACT_SET, (int32_t)n, &handles[n]));
    if (strcmp(command, "use") == 0)
        return TRY(Use(handles[n], 0));
    if (strcmp(command, "null") == 0)
        return TRY(Null(binding));
    if (strcmp(command, "forget") == 0)
        return RpcSmDestroyClientContext(&handles[n]);
    if (strcmp(command, "hang") == 0)
        return pthread_create(&threads[n], NULL, hang, &handles[n]);
    if (strcmp(command, "join") == 0)
        return pthread_join(threads[n], &status) == 0 ? (int32_t)(intptr_t)status : -1;
    return -1;
}

static void call(const char *text)
{
    char command[16], line[80];
    unsigned n;

    rpc_client_tuning.com_timeout_unit_s = 1;
    must(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)text, &binding), "binding");
    must(RpcMgmtSetComTimeout(binding, 1), "RpcMgmtSetComTimeout");
    while (fgets(line, sizeof line, stdin) != NULL)
        if (sscanf(line, "%15s %u", command, &n) == 2 && n < 10)
            printf("%d\n", (int)run(command, n));
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "server") == 0)
        serve(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "client") == 0)
        call(argv[2]);
    else
        return 2;
    return 0;
}
