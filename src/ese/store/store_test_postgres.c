/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test_postgres.c - the contract's tests on PostgreSQL
 *
 * A server of the program's own: its data and its unix socket are in a temporary folder, it listens
 * nowhere else, runs as the user `postgres` when we are root (it refuses to be root), and ends with
 * the program, however that ends.
 */
#include "ese/store/postgres_schema.h"
#include "ese/store/store_test_engine.h"

#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char place[200], data[220];
static pid_t server;

/* Starts a program of PostgreSQL's, silent but for errors. */
static pid_t run(const char *name, char *const arguments[])
{
    pid_t us = getpid(), pid = fork();
    struct passwd *user;
    char program[300];

    if (pid != 0)
        return pid;
    user = getpwnam("postgres");
    if (geteuid() == 0 &&
        (user == NULL || setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid)))
        _exit(126);
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT); /* an immediate shutdown */
    (void)snprintf(program, sizeof program, "%s/%s", POSTGRES_BIN, name);
    if (getppid() == us && chdir("/") == 0 && freopen("/dev/null", "w", stdout) != NULL)
        execv(program, arguments);
    _exit(127);
}

static int wait_for(pid_t pid)
{
    int status = -1;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void path_of(const char *folder, char *ret_path, size_t size)
{
    (void)folder; /* one database, whose store each test makes and removes */
    (void)snprintf(ret_path, size, "host=%s user=holdfast dbname=postgres", place);
}

static void remove_place(void)
{
    char command[260];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", place);
    (void)!system(command);
}

static void stop(void)
{
    if (server > 0) {
        (void)kill(server, SIGINT);
        (void)wait_for(server);
    }
    remove_place();
}

/* Waits until the server answers; false when it has ended instead, or after a minute. */
static int answers(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    char address[300];

    path_of("", address, sizeof address);
    for (int tries = 0; tries < 3000; tries++) {
        if (PQping(address) == PQPING_OK)
            return 1;
        if (waitpid(server, NULL, WNOHANG) == server) {
            server = 0;
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}

static void say(int level, const char *line)
{
    (void)level;
    (void)fprintf(stderr, "# %s\n", line);
}

static const char *start(void)
{
    const char *tmp = getenv("TMPDIR");
    struct passwd *user = getpwnam("postgres");
    char *const initdb[] = {"initdb",     "--pgdata", data,        "--username",
                            "holdfast",   "--auth",   "trust",     "--no-locale",
                            "--encoding", "UTF8",     "--no-sync", NULL};
    char *const postgres[] = {"postgres",
                              "-D",
                              data,
                              "-k",
                              place,
                              "-c",
                              "listen_addresses=",
                              "-c",
                              "log_min_messages=panic",
                              "-c",
                              "log_min_error_statement=panic",
                              "-c",
                              "shared_buffers=32MB",
                              NULL};

    log_set_hook(say);
    if (access(POSTGRES_BIN "/postgres", X_OK) != 0)
        return "PostgreSQL's server is not installed";
    (void)snprintf(place, sizeof place, "%s/store-test-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(place) == NULL)
        return "no temporary folder";
    (void)snprintf(data, sizeof data, "%s/data", place);
    if (geteuid() == 0 && (user == NULL || chown(place, user->pw_uid, user->pw_gid))) {
        remove_place();
        return "there is no user `postgres` to run the server";
    }
    if (wait_for(run("initdb", initdb)) != 0) {
        remove_place();
        return NULL; /* opening the first store fails, and tells */
    }
    server = run("postgres", postgres);
    (void)answers();
    return NULL;
}

static const struct store_test_lack lacks[] = {
    {"limits_are_errors_that_leave_the_transaction_usable",
     "a key of PostgreSQL's B-tree ends at 2,680 octets, ESE needs 4,100"},
    {"what_is_not_a_store_is_not_touched", "its path is a server's address, not a folder"},
    {"an_ephemeral_store_leaves_nothing", "left out of the seed: ephemeral stores"},
    {"the_log_may_live_elsewhere", "PostgreSQL places its log itself"},
    {"a_log_belongs_to_one_store", "PostgreSQL places its log itself"},
    {"a_dropped_tree_goes_when_its_drop_commits", "left out of the seed: drops"},
    {"a_drop_waits_for_an_open_row_lock", "left out of the seed: drops"},
    {"bulk_values_pass_by_the_limit_and_are_published", "left out of the seed: bulk values"},
    {"unpublished_bulk_values_go", "left out of the seed: bulk values"},
    {"a_backup_is_a_store", "PostgreSQL has its own backup"},
    {"a_store_takes_the_place_of_another", "PostgreSQL has its own restore"},
    {"with_its_log_elsewhere", "the log is the server's"},
    {"in_the_place_of_none", "PostgreSQL has its own restore"},
    {"what_lacks_its_files_is_not_empty", "its files are the server's"},
    {"every_allocation_may_fail", "left out of the seed: bulk values, of which the case has one"},
    {NULL, NULL},
};

const struct store_test_engine store_test_engine = {&store_postgres, start, stop, path_of, lacks};
