/* SPDX-License-Identifier: Apache-2.0
 *
 * run.c - cases as processes, and what came of them
 */
#include "conformance/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/kit.h"

#define CASE_SECONDS 60 /* beyond its patience; then it is killed */

const char *const column_names[COLUMNS] = {"tcp", "unix"};

/* The driver's own. */
struct driver {
    const struct run_options *options;
    struct run *run;
    char folder[64]; /* of sockets, "" before it is made */
    char socket[108];
    pid_t server; /* 0: somebody else's, or not running */
};

/* ---- Processes -------------------------------------------------------------------------------- */

/* This program with other arguments, its standard output a pipe. */
static pid_t start(char *const argv[], int *ret_out)
{
    int out[2];
    pid_t pid;

    if (pipe(out) != 0)
        return -1;
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(out[0]);
        (void)close(out[1]);
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    (void)close(out[1]);
    if (pid < 0)
        (void)close(out[0]);
    *ret_out = out[0];
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* All that comes until the end or the deadline; false if that came first. */
static bool read_until_end(int fd, char *to, size_t size, unsigned seconds)
{
    struct timespec now;
    size_t n = 0;
    time_t deadline;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    deadline = now.tv_sec + (time_t)seconds;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char spill[256];
        ssize_t got;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= deadline)
            break;
        if (poll(&p, 1, 1000) <= 0)
            continue;
        got = n < size - 1 ? read(fd, to + n, size - 1 - n) : read(fd, spill, sizeof spill);
        if (got <= 0) {
            to[n] = '\0';
            return true;
        }
        n += n < size - 1 ? (size_t)got : 0;
    }
    to[n] = '\0';
    return false;
}

/* ---- The server ------------------------------------------------------------------------------- */

static void take_address(struct run *r, const char *line)
{
    if (strncmp(line, "ncacn_ip_tcp:", 13) == 0)
        (void)snprintf(r->server[COLUMN_TCP], sizeof r->server[0], "%s", line);
    else if (strncmp(line, "ncalrpc:", 8) == 0)
        (void)snprintf(r->server[COLUMN_UNIX], sizeof r->server[0], "%s", line);
}

static bool start_server(struct driver *d)
{
    char *argv[] = {"holdfast", "conformance", "serve",   "--tcp", "127.0.0.1:0",
                    "--unix",   d->socket,     "--quiet", NULL};
    char line[256];
    int fd = -1;
    bool ready = false;
    FILE *from;

    d->server = start(argv, &fd);
    if (d->server < 0)
        return false;
    from = fdopen(fd, "r");
    while (from != NULL && !ready && fgets(line, sizeof line, from) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        take_address(d->run, line);
        ready = line[0] == '\0';
    }
    if (from != NULL)
        (void)fclose(from);
    return ready;
}

/* How it ended, if it did by itself: 0 if not. */
static int server_has_ended(struct driver *d)
{
    int status;

    if (d->server == 0 || waitpid(d->server, &status, WNOHANG) != d->server)
        return 0;
    d->server = 0;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : 1;
}

static void stop_server(struct driver *d, int signal)
{
    if (d->server > 0) {
        (void)kill(d->server, signal);
        (void)wait_for(d->server);
    }
    d->server = 0;
}

static bool begin(struct driver *d)
{
    const struct run_options *o = d->options;

    if (o->server != NULL) {
        take_address(d->run, o->server);
        if (!kit_init(o->server, "", 1)) {
            (void)fprintf(stderr,
                          "holdfast conformance: %s: a string binding with an endpoint is needed, "
                          "ncacn_ip_tcp:HOST[PORT] or ncalrpc:[/PATH]\n",
                          o->server);
            return false;
        }
    }
    (void)snprintf(d->folder, sizeof d->folder, "/tmp/holdfast-conformance-XXXXXX");
    if (mkdtemp(d->folder) == NULL) {
        (void)fprintf(stderr, "holdfast conformance: %s: %s\n", d->folder, strerror(errno));
        d->folder[0] = '\0';
        return false;
    }
    (void)chmod(d->folder, 0711); /* another user may connect (J6) */
    (void)snprintf(d->socket, sizeof d->socket, "%s/server", d->folder);
    if (o->server == NULL && !start_server(d)) {
        (void)fprintf(stderr, "holdfast conformance: the server did not start\n");
        return false;
    }
    return true;
}

static void end(struct driver *d)
{
    stop_server(d, SIGTERM);
    if (d->folder[0] == '\0')
        return;
    (void)unlink(d->socket);
    (void)rmdir(d->folder);
}

/* ---- Cases ------------------------------------------------------------------------------------ */

static bool is_wanted(const struct run_options *o, const struct conformance_case *c)
{
    char list[512], *at = list, *id;

    if (o->only == NULL)
        return true;
    (void)snprintf(list, sizeof list, "%s", o->only);
    while ((id = strsep(&at, ", ")) != NULL)
        if (*id != '\0' && rules_include(c->rules, id))
            return true;
    return false;
}

/* Sockets of proxies that a case left behind. */
static void sweep(const struct driver *d, pid_t pid)
{
    char path[160];

    for (unsigned i = 0; i < 8; i++) {
        (void)snprintf(path, sizeof path, "%s/holdfast-proxy-%d-%u.sock", d->folder, (int)pid, i);
        (void)unlink(path);
    }
}

static enum result run_case(struct driver *d, size_t number, enum column column, char why[240])
{
    const struct run *r = d->run;
    char text[16], patience[16];
    char *argv[] = {"holdfast",
                    "conformance",
                    "--case",
                    text,
                    (char *)(uintptr_t)r->server[column],
                    (char *)(uintptr_t)r->server[!column],
                    patience,
                    d->folder,
                    NULL};
    int out = -1, status, server_status;
    bool ended;
    pid_t pid;

    (void)snprintf(text, sizeof text, "%zu", number);
    (void)snprintf(patience, sizeof patience, "%u", d->options->patience_s);
    pid = start(argv, &out);
    if (pid < 0) {
        (void)snprintf(why, 240, "no process: %s", strerror(errno));
        return RESULT_FAILED;
    }
    ended = read_until_end(out, why, 240, d->options->patience_s + CASE_SECONDS);
    (void)close(out);
    if (!ended)
        (void)kill(pid, SIGKILL);
    status = wait_for(pid);
    sweep(d, pid);
    why[strcspn(why, "\n")] = '\0';
    server_status = server_has_ended(d);
    if (server_status != 0)
        (void)snprintf(why, 240, "the server ended (%s %d)",
                       server_status < 0 ? "signal" : "status", abs(server_status));
    else if (status == 0)
        return RESULT_OK;
    else if (status == CASE_CANNOT)
        return RESULT_CANNOT;
    else if (!ended)
        (void)snprintf(why, 240, "did not end");
    else if (status < 0)
        (void)snprintf(why, 240, "the client ended by signal %d", -status);
    if (d->options->server == NULL) { /* what it left behind must not spoil the next */
        stop_server(d, SIGKILL);
        (void)unlink(d->socket);
        (void)start_server(d);
    }
    return RESULT_FAILED;
}

static bool has_place(const struct driver *d, const struct conformance_case *c, enum column column)
{
    if (c->where == ON_NONE)
        return column == COLUMN_TCP && d->options->server == NULL;
    return d->options->wanted[column] && d->run->server[column][0] != '\0' &&
           (c->where & (column == COLUMN_TCP ? ON_TCP : ON_UNIX)) != 0;
}

static size_t case_count(void)
{
    size_t n = 0;

    while (case_at(n) != NULL)
        n++;
    return n;
}

int conformance_run(const struct run_options *options, struct run *ret)
{
    struct driver d = {.options = options, .run = ret};
    const struct conformance_case *c;
    int status = 0;

    *ret = (struct run){.outcomes = calloc(case_count(), sizeof *ret->outcomes)};
    if (ret->outcomes == NULL || !begin(&d)) {
        status = 1;
        goto out;
    }
    for (enum column column = 0; column < COLUMNS; column++) {
        for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
            struct outcome *o = &ret->outcomes[i];

            if (!has_place(&d, c, column) || !is_wanted(options, c))
                continue;
            o->result[column] = run_case(&d, i, column, o->why[column]);
            if (options->progress != NULL)
                options->progress(c, column, o->result[column], o->why[column]);
        }
    }
out:
    end(&d);
    return status;
}

void run_fini(struct run *r)
{
    free(r->outcomes);
    r->outcomes = NULL;
}

enum result run_rule(const struct run *r, const struct rule *rule, enum column column)
{
    enum result together = RESULT_NONE;
    const struct conformance_case *c;

    for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
        enum result one = r->outcomes[i].result[column];

        if (one == RESULT_NONE || !rules_include(c->rules, rule->id))
            continue;
        if (one == RESULT_FAILED)
            return one;
        if (together != RESULT_OK)
            together = one;
    }
    return together;
}

/* ---- The other processes ---------------------------------------------------------------------- */

int conformance_case_main(size_t number, const char *address, const char *other,
                          unsigned patience_s, const char *folder)
{
    const struct conformance_case *c = case_at(number);

    if (c == NULL)
        return 2;
    proxy_folder = folder;
    if (c->where != ON_NONE) {
        if (!kit_init(address, other, patience_s))
            return 2;
        kit_witness();
    }
    c->run(c->row);
    if (c->where != ON_NONE)
        kit_end();
    return 0;
}

int conformance_client_main(const char *role, const char *argument, const char *address)
{
    if (!kit_init(address, "", 20))
        return 126;
    for (const struct client_role *r = client_roles; r->name != NULL; r++)
        if (strcmp(r->name, role) == 0)
            return r->run(argument);
    return 126;
}
