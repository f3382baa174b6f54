/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - holdfast serve: a folder of databases for programs elsewhere
 *
 * The main thread waits for a signal; everything else happens in the runtime's workers. The engine
 * starts first: who has it has the folder, so that a socket left by a server that was killed can be
 * replaced.
 */
#include "tool/addresses.h"
#include "tool/command.h"
#include "tool/serve_config.h"

#include <holdfast/log_ese.h>
#include <holdfast/security.h>

#include "base/log.h"

#include <rpc.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: holdfast serve FOLDER [--listen ADDRESS:PORT] [--config FILE] [--show-config]\n"
    "\n"
    "Serves the databases of FOLDER to programs that use its address in place of a folder. The\n"
    "addresses are printed, one a line: first the unix socket FOLDER/holdfast.sock, which this "
    "user\n"
    "alone can reach. SIGTERM and SIGINT end the server.\n"
    "\n"
    "  --listen ADDRESS:PORT  a TCP endpoint, too; ADDRESS is one of this machine's loopback\n"
    "                         addresses; port 0 is a free one\n"
    "  --config FILE          settings; see holdfast-serve(1)\n"
    "  --show-config          print all settings as they are and end\n";

struct request {
    const char *folder, *listen, *config;
    bool show;
    struct serve_settings settings;
};

/* ---- logging ---- */

static void log_line_to_stderr(int level, const char *line)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    size_t said = strcspn(line, "="); /* "what happened key=value ..." */
    struct timespec now;
    struct tm t;
    char text[32];

    if (level < LOG_LEVEL_INFO)
        return;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &t);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t);
    if (line[said] != '\0')
        while (said > 0 && line[said - 1] != ' ')
            said--;
    if (line[said] == '\0')
        (void)fprintf(stderr, "time=%s.%03ldZ level=%s msg=\"%s\"\n", text, now.tv_nsec / 1000000,
                      names[level], line);
    else
        (void)fprintf(stderr, "time=%s.%03ldZ level=%s msg=\"%.*s\" %s\n", text,
                      now.tv_nsec / 1000000, names[level], said > 0 ? (int)said - 1 : 0, line,
                      line + said);
}

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "holdfast serve: %s: %s\n", what, why);
    return TOOL_FAILED;
}

/* ---- the command line ---- */

static int read_options(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"show-config", no_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    char reason[512];
    int option = 0;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'l': r->listen = optarg; break;
        case 'c': r->config = optarg; break;
        case 's': r->show = true; break;
        case 'h': (void)fputs(usage, stdout); exit(TOOL_OK);
        default: (void)fputs(usage, stderr); return TOOL_USAGE;
        }
    if (optind + 1 != argc && !(r->show && optind == argc)) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    r->folder = argv[optind];
    serve_settings_default(&r->settings);
    if (r->config && !serve_settings_read(&r->settings, r->config, reason, sizeof reason)) {
        (void)fprintf(stderr, "holdfast serve: %s\n", reason);
        return TOOL_USAGE;
    }
    if (!r->listen && r->settings.listen[0])
        r->listen = r->settings.listen;
    return TOOL_OK;
}

/* ---- endpoints ---- */

/* Who is a client cannot be told over TCP yet: only this machine is let in. */
static bool is_loopback(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    char host[64];
    struct in_addr v4;
    struct in6_addr v6;

    if (n > 2 && listen[0] == '[' && listen[n - 1] == ']') {
        listen++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof host)
        return false;
    memcpy(host, listen, n);
    host[n] = '\0';
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static int open_endpoint(const char *protseq, const char *endpoint)
{
    mode_t old = umask(0177); /* a socket of ours alone, from its first moment */
    RPC_STATUS s =
        RpcServerUseProtseqEpA((RPC_CSTR)(uintptr_t)protseq, RPC_C_PROTSEQ_MAX_REQS_DEFAULT,
                               (RPC_CSTR)(uintptr_t)endpoint, NULL);
    unsigned char text[DCE_C_ERROR_STRING_LEN] = "";

    (void)umask(old);
    if (s == RPC_S_OK)
        return TOOL_OK;
    (void)DceErrorInqTextA(s, text);
    return complain(endpoint, (const char *)text);
}

static int open_endpoints(const struct request *r)
{
    char socket[4096];
    int status = TOOL_OK;

    if ((size_t)snprintf(socket, sizeof socket, "%s/holdfast.sock", r->folder) >= sizeof socket)
        return complain(r->folder, "this path is too long");
    status = open_endpoint("ncalrpc", socket);
    if (!status && r->listen)
        status = open_endpoint("ncacn_ip_tcp", r->listen);
    return status;
}

/* ---- running ---- */

static int wait_for_end(const sigset_t *ends)
{
    int signal_number = 0;

    while (sigwait(ends, &signal_number) != 0)
        ;
    log_line(LOG_LEVEL_INFO, "the server stops signal=%d", signal_number);
    return TOOL_OK;
}

static void log_counters(void)
{
    struct serve_counters c;

    serve_count(&c);
    log_line(LOG_LEVEL_INFO,
             "the server has ended instances=%llu sessions=%llu run_down=%llu expired=%llu "
             "faults=%llu left_instances=%llu left_sessions=%llu left_tables=%llu",
             (unsigned long long)c.instances_opened, (unsigned long long)c.sessions_begun,
             (unsigned long long)c.sessions_run_down, (unsigned long long)c.sessions_expired,
             (unsigned long long)c.faults, (unsigned long long)c.instances,
             (unsigned long long)c.sessions, (unsigned long long)c.tables);
}

static int run(const struct request *r, const sigset_t *ends)
{
    int status = open_endpoints(r);
    JET_ERR err = JET_errSuccess;

    holdfast_bind_handles_to_principals(1);
    if (!status && RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1) != RPC_S_OK)
        status = complain(r->folder, "the server cannot listen");
    if (!status) {
        log_line(LOG_LEVEL_INFO, "the server is ready folder=%s", r->folder);
        print_addresses();
        status = wait_for_end(ends);
    }
    err = serve_stop();
    (void)RpcMgmtStopServerListening(NULL);
    (void)RpcMgmtWaitServerListen();
    log_counters();
    if (err < 0 && !status)
        status = complain(r->folder, "the engine did not end cleanly; the next start recovers");
    return status;
}

static int start_failed(const char *folder, JET_ERR err)
{
    char text[128];

    (void)snprintf(text, sizeof text, "the engine does not start: error %d%s", err,
                   err == JET_errSystemPathInUse ? ", another process serves this folder" : "");
    return complain(folder, text);
}

int serve_command(int argc, char **argv)
{
    struct request r = {0};
    char *folder = NULL;
    sigset_t ends;
    int status = read_options(argc, argv, &r);
    JET_ERR err = JET_errSuccess;

    if (status)
        return status;
    if (r.show) {
        serve_settings_print(&r.settings, stdout);
        return TOOL_OK;
    }
    if (r.listen && r.listen[0] && !is_loopback(r.listen))
        return complain(r.listen, "clients cannot be authenticated yet, so only a loopback address "
                                  "is served: 127.0.0.1:PORT or [::1]:PORT");
    folder = realpath(r.folder, NULL);
    if (!folder)
        return complain(r.folder, strerror(errno));
    r.folder = folder;
    (void)unsetenv("HOLDFAST_ADDRESS"); /* this is the server */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    log_set_hook(log_line_to_stderr);
    holdfast_rpc_set_log(log_line_to_stderr);
    holdfast_ese_set_log(log_line_to_stderr);
    err = serve_start(folder, &r.settings.config);
    status = err < 0 ? start_failed(folder, err) : run(&r, &ends);
    free(folder);
    return status;
}
