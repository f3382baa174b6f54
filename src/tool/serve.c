/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - holdfast serve: a folder of databases for programs elsewhere
 *
 * The main thread waits for signals; everything else happens in the runtime's workers. The engine
 * starts first: who has it has the folder, so that a socket left by a server that was killed can be
 * replaced.
 */
#include "tool/addresses.h"
#include "tool/command.h"
#include "tool/serve_allow.h"
#include "tool/serve_auth.h"
#include "tool/serve_config.h"

#include <holdfast/log_ese.h>
#include <holdfast/security.h>

#include "base/log.h"

#include <rpc.h>

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARENAS_LEAST     2
#define BLOCK_OF_ITS_OWN (128 << 10) /* octets, from which on one is given back alone */

static const char usage[] =
    "usage: holdfast serve FOLDER [--listen ADDRESS:PORT]... [--config FILE] [--show-config]\n"
    "       holdfast serve account [DOMAIN\\]NAME [--file FILE] [--remove]\n"
    "\n"
    "Serves the databases of FOLDER to programs that use its address in place of a folder. The\n"
    "addresses are printed, one a line: first the unix socket FOLDER/holdfast.sock, which this "
    "user\n"
    "alone can reach. SIGTERM and SIGINT end the server, SIGHUP reads the list of who may what "
    "again.\n"
    "\n"
    "  --listen ADDRESS:PORT  a TCP endpoint, too, and another with each; port 0 is a free one.\n"
    "                         Behind a space may stand what callers must have shown: none (on\n"
    "                         loopback addresses alone, where it is what they must), connect,\n"
    "                         packet, integrity, privacy (elsewhere, unless less is said)\n"
    "  --listen '/PATH WHO'   another unix socket, for this user, its group or all of them\n"
    "  --ntlm-accounts FILE   callers may show who they are by NTLM; `holdfast serve account` "
    "makes\n"
    "                         the file\n"
    "  --keytab FILE          callers may show who they are by Kerberos\n"
    "  --allow 'WHO RIGHT DATABASE...'\n"
    "                         who may read, write or manage what; once one is given, nobody else\n"
    "                         may anything\n"
    "  --config FILE          settings; see holdfast-serve(1)\n"
    "  --show-config          print all settings as they are and end\n";

struct request {
    const char *folder, *config;
    int argc;
    char **argv;
    bool show;
    bool listens; /* the command line says where; the file's do not count */
    struct serve_settings settings;
    char reason[PATH_MAX + 256]; /* what is wrong with a setting, and what to do; "": nothing */
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

/* Options that are settings, too: those of the command line go before those of the file. */
static const struct option options[] = {
    {"listen", required_argument, NULL, 's'}, {"ntlm-accounts", required_argument, NULL, 's'},
    {"keytab", required_argument, NULL, 's'}, {"allow", required_argument, NULL, 's'},
    {"config", required_argument, NULL, 'c'}, {"show-config", no_argument, NULL, 'w'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};

/* The option's name as a file spells it. */
static void setting_name(int index, char to[32])
{
    (void)snprintf(to, 32, "%s", options[index].name);
    for (char *p = to; *p; p++)
        if (*p == '-')
            *p = '_';
}

static int set_option(struct request *r, int index, const char *value)
{
    static const struct serve_listens none;
    char name[32];
    const char *wrong = NULL;

    setting_name(index, name);
    if (!strcmp(name, "listen") && !r->listens) {
        r->settings.listens = none;
        r->listens = true;
    }
    wrong = serve_settings_set(&r->settings, name, value);
    if (!wrong)
        return TOOL_OK;
    (void)snprintf(r->reason, sizeof r->reason, "--%s %s: %s", options[index].name, value, wrong);
    return TOOL_USAGE;
}

/* Twice, since the file comes first wherever it is named. */
static int walk_options(struct request *r, bool for_settings)
{
    int option = 0, index = 0, status = TOOL_OK;

    optind = 1;
    opterr = !for_settings;
    while (!status && (option = getopt_long(r->argc, r->argv, "", options, &index)) != -1)
        switch (option) {
        case 's': status = for_settings ? set_option(r, index, optarg) : TOOL_OK; break;
        case 'c': r->config = optarg; break;
        case 'w': r->show = true; break;
        case 'h': (void)fputs(usage, stdout); exit(TOOL_OK);
        default: status = TOOL_USAGE; break;
        }
    if (!status && optind + 1 != r->argc && !(r->show && optind == r->argc))
        status = TOOL_USAGE;
    if (status && !for_settings)
        (void)fputs(usage, stderr);
    return status;
}

/* The settings of the file and of the command line, or r->reason. */
static int read_settings(struct request *r)
{
    serve_settings_default(&r->settings);
    if (r->config && !serve_settings_read(&r->settings, r->config, r->reason, sizeof r->reason))
        return TOOL_USAGE;
    return walk_options(r, true);
}

static int read_options(struct request *r)
{
    int status = walk_options(r, false);

    if (status)
        return status;
    r->folder = r->argv[optind];
    status = read_settings(r);
    if (status)
        (void)fprintf(stderr, "holdfast serve: %s\n", r->reason);
    return status;
}

/* ---- endpoints ---- */

static int open_endpoints(const struct request *r)
{
    const struct serve_listens *all = &r->settings.listens;
    struct serve_listen own = {.local = true, .mode = 0600, .level = RPC_C_AUTHN_LEVEL_NONE};
    int status = TOOL_OK;

    if ((size_t)snprintf(own.endpoint, sizeof own.endpoint, "%s/holdfast.sock", r->folder) >=
        sizeof own.endpoint)
        return complain(r->folder, "this path is too long");
    status = serve_listen_open(&own);
    for (size_t i = 0; i < all->count && !status; i++)
        status = serve_listen_open(&all->at[i]);
    return status;
}

/* Everything that is asked of callers, before anybody can call. */
static int guard(struct request *r)
{
    struct serve_settings *s = &r->settings;
    char reason[PATH_MAX + 256];
    const char *refused = NULL;

    s->config.secure_only = true;
    for (size_t i = 0; i < s->listens.count; i++) {
        const struct serve_listen *l = &s->listens.at[i];

        refused = serve_listen_refused(l, serve_auth_any(s));
        if (refused)
            return complain(l->endpoint, refused);
        s->config.secure_only &= l->local || l->level > RPC_C_AUTHN_LEVEL_NONE;
    }
    if (!serve_auth_start(s, reason, sizeof reason)) {
        (void)fprintf(stderr, "holdfast serve: %s\n", reason);
        return TOOL_FAILED;
    }
    return TOOL_OK;
}

static void log_guard(const struct serve_settings *s)
{
    char text[512];

    for (size_t i = 0; i < s->listens.count; i++) {
        serve_listen_text(&s->listens.at[i], text, sizeof text);
        log_line(LOG_LEVEL_INFO, "callers are asked who they are address=\"%s\"", text);
    }
    if (s->config.allow_count == 0)
        log_line(s->listens.count == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                 "there is no list of who may what (allow): whoever is let in may do everything");
}

/* ---- running ---- */

/* Reads the settings again; false with again->reason. A list that has become none is refused: it would open
 * the server to everybody, be it only while the file is being written. */
static bool read_again(const struct request *r, struct request *again)
{
    if (!r->config) {
        (void)snprintf(again->reason, sizeof again->reason,
                       "there is no file to read; start the server with --config");
        return false;
    }
    if (read_settings(again))
        return false;
    if (again->settings.config.allow_count > 0 || r->settings.config.allow_count == 0)
        return true;
    (void)snprintf(again->reason, sizeof again->reason,
                   "%s: no allow line is left, and without any everybody may do everything; "
                   "restart the server if that is meant",
                   r->config);
    return false;
}

/* SIGHUP: the list alone is replaced, the other settings stay as they were at the start. */
static void replace_list(struct request *r)
{
    struct request again = {.config = r->config, .argc = r->argc, .argv = r->argv};

    if (read_again(r, &again)) {
        serve_allow_swap(&r->settings, &again.settings);
        serve_replace_allow(r->settings.allow, r->settings.config.allow_count);
        log_line(LOG_LEVEL_INFO, "the list of who may what was read again file=%s entries=%zu",
                 r->config, r->settings.config.allow_count);
    } else {
        log_line(LOG_LEVEL_ERROR, "the list of who may what stays as it was reason=\"%s\"",
                 again.reason);
    }
    serve_settings_free(&again.settings);
}

static int wait_for_end(struct request *r, const sigset_t *signals)
{
    int signal_number = 0;

    do {
        while (sigwait(signals, &signal_number) != 0)
            ;
        if (signal_number == SIGHUP)
            replace_list(r);
    } while (signal_number == SIGHUP);
    log_line(LOG_LEVEL_INFO, "the server stops signal=%d", signal_number);
    return TOOL_OK;
}

static void log_counters(void)
{
    struct serve_counters c;

    serve_count(&c);
    log_line(LOG_LEVEL_INFO,
             "the server has ended instances=%llu sessions=%llu run_down=%llu expired=%llu "
             "refused=%llu faults=%llu left_instances=%llu left_sessions=%llu left_tables=%llu "
             "left_backups=%llu",
             (unsigned long long)c.instances_opened, (unsigned long long)c.sessions_begun,
             (unsigned long long)c.sessions_run_down, (unsigned long long)c.expired,
             (unsigned long long)c.refused, (unsigned long long)c.faults,
             (unsigned long long)c.instances, (unsigned long long)c.sessions,
             (unsigned long long)c.tables, (unsigned long long)c.backups);
}

static int run(struct request *r, const sigset_t *signals)
{
    int status = open_endpoints(r);
    JET_ERR err = JET_errSuccess;

    holdfast_bind_handles_to_principals(1);
    if (!status && RpcServerListen(1, RPC_C_LISTEN_MAX_CALLS_DEFAULT, 1) != RPC_S_OK)
        status = complain(r->folder, "the server cannot listen");
    if (!status) {
        log_line(LOG_LEVEL_INFO, "the server is ready folder=%s", r->folder);
        log_guard(&r->settings);
        print_addresses();
        status = wait_for_end(r, signals);
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

/* What is freed goes back to the system. By glibc's own choice (eight arenas a processor, and larger blocks
 * kept the larger the ones that were freed) twice as much stays in the process as is in use. */
static void bound_memory(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    (void)mallopt(M_ARENA_MAX, processors > ARENAS_LEAST ? (int)processors : ARENAS_LEAST);
    (void)mallopt(M_MMAP_THRESHOLD, BLOCK_OF_ITS_OWN);
}

static int serve_folder(struct request *r)
{
    char *folder = realpath(r->folder, NULL);
    sigset_t signals;
    JET_ERR err = JET_errSuccess;
    int status = TOOL_OK;

    if (!folder)
        return complain(r->folder, strerror(errno));
    r->folder = folder;
    bound_memory();
    (void)unsetenv("HOLDFAST_ADDRESS"); /* this is the server */
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    log_set_hook(log_line_to_stderr);
    holdfast_rpc_set_log(log_line_to_stderr);
    holdfast_ese_set_log(log_line_to_stderr);
    status = guard(r);
    if (!status) {
        err = serve_start(folder, &r->settings.config);
        status = err < 0 ? start_failed(folder, err) : run(r, &signals);
    }
    free(folder);
    return status;
}

int serve_command(int argc, char **argv)
{
    struct request r = {.argc = argc, .argv = argv};
    int status = TOOL_OK;

    if (argc > 2 && !strcmp(argv[1], "account"))
        return serve_account_command(argc - 1, argv + 1);
    status = read_options(&r);
    if (!status && r.show)
        serve_settings_print(&r.settings, stdout);
    else if (!status)
        status = serve_folder(&r);
    serve_settings_free(&r.settings);
    return status;
}
