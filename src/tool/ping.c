/* SPDX-License-Identifier: Apache-2.0
 *
 * ping.c - holdfast ping: does a server answer, does it listen, how long does that take
 *
 * Asks the management interface that every server has, whatever else it serves. The first call also
 * connects and binds; the ones behind it are the way there and back.
 */
#include "tool/command.h"

#include <rpc.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
    "usage: holdfast ping STRING-BINDING [--count N] [--timeout SECONDS]\n"
    "\n"
    "Asks a server whether it listens: STRING-BINDING is ncacn_ip_tcp:HOST[PORT] or "
    "ncalrpc:[NAME].\n"
    "The first answer includes connecting. Exit status 0 if the last answer was that it listens.\n"
    "\n"
    "  --count N          calls, one a second; unless given 3\n"
    "  --timeout SECONDS  of a call by TCP; unless given 10\n";

struct ping {
    const char *address;
    long count, timeout;
};

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One call, and a line about it. */
static RPC_STATUS ask(RPC_BINDING_HANDLE b, const struct ping *p, long number)
{
    unsigned char text[DCE_C_ERROR_STRING_LEN] = "";
    int64_t begin = now_ns(), took;
    RPC_STATUS status = RpcMgmtIsServerListening(b);

    took = now_ns() - begin;
    if (status == RPC_S_OK)
        (void)printf("%s: call %ld: listening, %.3f ms%s\n", p->address, number, (double)took / 1e6,
                     number == 1 ? " with connecting" : "");
    else if (status == RPC_S_NOT_LISTENING)
        (void)printf("%s: call %ld: answers, but does not listen, %.3f ms\n", p->address, number,
                     (double)took / 1e6);
    else {
        (void)DceErrorInqTextA(status, text);
        (void)printf("%s: call %ld: %s (%d)\n", p->address, number, (const char *)text, status);
    }
    (void)fflush(stdout);
    return status;
}

static int run(const struct ping *p)
{
    unsigned char text[DCE_C_ERROR_STRING_LEN] = "";
    RPC_BINDING_HANDLE b = NULL;
    RPC_STATUS status = RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)p->address, &b);

    if (status != RPC_S_OK) {
        (void)DceErrorInqTextA(status, text);
        (void)fprintf(stderr, "holdfast ping: %s: %s\n", p->address, (const char *)text);
        return TOOL_USAGE;
    }
    (void)RpcBindingSetOption(b, RPC_C_OPT_CALL_TIMEOUT, (uintptr_t)p->timeout * 1000);
    for (long i = 1; i <= p->count; i++) {
        if (i > 1)
            (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
        status = ask(b, p, i);
    }
    (void)RpcBindingFree(&b);
    return status == RPC_S_OK ? TOOL_OK : TOOL_FAILED;
}

static bool number(const char *text, long most, long *ret)
{
    char *end;

    errno = 0;
    *ret = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && end != text && *ret >= 1 && *ret <= most;
}

int ping_command(int argc, char **argv)
{
    static const struct option options[] = {{"count", required_argument, NULL, 'c'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct ping p = {.count = 3, .timeout = 10};
    bool good = true;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'c': good &= number(optarg, 1000000, &p.count); break;
        case 't': good &= number(optarg, 86400, &p.timeout); break;
        case 'h': (void)fputs(usage, stdout); return TOOL_OK;
        default: good = false;
        }
    if (!good || optind + 1 != argc) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    p.address = argv[optind];
    return run(&p);
}
