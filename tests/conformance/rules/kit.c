/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.c - what the tests of the rules share
 */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rpc/client/tuning.h"

struct server server;
bool server_is_quiet;
enum transport transport;
struct parameter over_tcp = {TCP, NULL}, over_unix = {UNIX, NULL};

static int board_fd = -1;

/* ---- The server ------------------------------------------------------------------------------- */

/* It lies beside the test. */
void beside(const char *name, char *ret_path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", ret_path, size - 1);
    char *slash;

    assert_true(n > 0);
    ret_path[n] = '\0';
    slash = strrchr(ret_path, '/');
    (void)snprintf(slash + 1, size - (size_t)(slash + 1 - ret_path), "%s", name);
}

static void spawn(const char *option, const char *value)
{
    char fd[16], program[512];
    int in[2], out[2];

    beside("rules-server", program, sizeof program);

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        fail();
    (void)snprintf(fd, sizeof fd, "%d", board_fd);
    server.pid = fork();
    if (server.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        if (server_is_quiet)
            dup2(open("/dev/null", O_WRONLY), 2);
        execl(program, "rules-server", fd, option, value, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server.to = in[1];
    server.from = out[0];
}

void server_start(const char *option, const char *value)
{
    if (board == NULL)
        board_create(&board_fd);
    if (board->path[0] == '\0')
        (void)snprintf(board->path, sizeof board->path, "/tmp/holdfast-rules-%d.sock",
                       (int)getpid());
    spawn(option, value);
    assert_int_equal(server_answer(), 0);
}

void server_send(const char *command, const char *interface, unsigned number)
{
    char line[512];
    int n = snprintf(line, sizeof line, "%s %s %u\n", command, interface, number);

    assert_int_equal(write(server.to, line, (size_t)n), n);
}

RPC_STATUS server_answer(void)
{
    char line[32] = "";
    size_t n = 0;

    while (n < sizeof line - 1 && read(server.from, line + n, 1) == 1 && line[n] != '\n')
        n++;
    if (line[n] != '\n')
        fail_msg("the server does not answer");
    return atoi(line);
}

RPC_STATUS server_do(const char *command, const char *interface, unsigned number)
{
    server_send(command, interface, number);
    return server_answer();
}

/* Waits for the server to end by itself: with its control pipe open nothing else makes it. */
int server_wait(void)
{
    int status = -1;

    while (waitpid(server.pid, &status, 0) < 0 && errno == EINTR)
        ;
    server.pid = 0;
    close(server.to);
    close(server.from);
    return status;
}

int server_reap(void)
{
    int status = -1;

    close(server.to);
    close(server.from);
    while (waitpid(server.pid, &status, 0) < 0 && errno == EINTR)
        ;
    server.pid = 0;
    return status;
}

void server_kill(void)
{
    kill(server.pid, SIGKILL);
    (void)server_reap();
}

void server_stop(void)
{
    int status;

    assert_int_equal(server_do("shutdown", "", 0), 0);
    status = server_reap();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(board->contexts, 0);
    assert_int_equal(board->associations, 0);
    assert_int_equal(board->spoilt, 0);
}

/* Routines of clients that died may run on; they would count themselves in the next test. */
static bool nothing_left(void *unused)
{
    (void)unused;
    return server_do("counts", "", 0) == 0 && board->contexts == 0 && board->not_ended == 0 &&
           board->associations == 0 && board->inside == 0;
}

void server_idle(void)
{
    if (!wait_true(nothing_left, NULL))
        fail_msg("%lu handles, %lu associations and %u calls are left at the server",
                 (unsigned long)board->contexts, (unsigned long)board->associations, board->inside);
    assert_int_equal(board->spoilt, 0);
}

int fixture_serve(void **state)
{
    const struct parameter *p = *state;

    transport = p->over;
    *state = (void *)(uintptr_t)p->row;
    rpc_client_tuning.linger_ms = 10;
    if (board != NULL)
        memset((void *)board, 0, offsetof(struct board, contexts));
    if (server.pid == 0)
        server_start(NULL, NULL);
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    GATE_OPEN();
    client_forget();
    if (server.pid != 0)
        server_idle();
    assert_int_equal(rpc_client_counters.contexts, 0);
    assert_int_equal(rpc_client_counters.bindings, 0);
    return 0;
}

int group_stop(void **state)
{
    (void)state;
    if (server.pid != 0)
        server_stop();
    if (board != NULL)
        (void)unlink(board->path); /* a server that was killed has left it */
    return 0;
}

/* ---- The client ------------------------------------------------------------------------------- */

static handle_t bind_to(int port, const char *path)
{
    char text[256];
    handle_t b = NULL;

    if (port != 0)
        (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%d]", port);
    else
        (void)snprintf(text, sizeof text, "ncalrpc:[%s]", path);
    assert_int_equal(RpcBindingFromStringBindingA((RPC_CSTR)text, &b), RPC_S_OK);
    return b;
}

handle_t bind_direct(void)
{
    return bind_to(transport == TCP ? board->port : 0, board->path);
}

handle_t bind_through(struct proxy *p)
{
    return bind_to(proxy_port(p), proxy_path(p));
}

struct proxy *proxy_here(void)
{
    return proxy_create(NULL, transport == TCP ? board->port : 0,
                        transport == TCP ? NULL : board->path);
}

void unbind(handle_t *b)
{
    assert_int_equal(RpcBindingFree(b), RPC_S_OK);
}

static bool no_associations(void *unused)
{
    (void)unused;
    return rpc_client_counters.associations == 0;
}

void client_forget(void)
{
    if (!wait_true(no_associations, NULL))
        fail_msg("%lu associations are left", (unsigned long)rpc_client_counters.associations);
}

THING thing_open(handle_t b, int value)
{
    THING h = NULL;

    OK(Open(b, ACT_SET, value, &h));
    assert_non_null(h);
    return h;
}

int thing_read(THING h)
{
    volatile int value = 0;

    OK(value = Use(h, 0));
    return value;
}

void thing_close(THING *h)
{
    OK(Change(h, ACT_NULL, 0));
    assert_null(*h);
}

/* ---- Waiting ---------------------------------------------------------------------------------- */

bool wait_true(bool (*condition)(void *), void *argument)
{
    for (int i = 0; i < 20000; i++) {
        struct timespec t = {0, 1000000};

        if (condition(argument))
            return true;
        nanosleep(&t, NULL);
    }
    return condition(argument);
}

struct wanted {
    atomic_uint *counter;
    unsigned n;
};

static bool reached(void *argument)
{
    const struct wanted *w = argument;

    return atomic_load(w->counter) == w->n;
}

void wait_count(atomic_uint *counter, unsigned n)
{
    struct wanted w = {counter, n};

    if (!wait_true(reached, &w))
        fail_msg("a count is %u, not %u", atomic_load(counter), n);
}

unsigned long server_contexts(void)
{
    assert_int_equal(server_do("counts", "", 0), 0);
    return board->contexts;
}

static bool contexts_are(void *n)
{
    return server_contexts() == *(unsigned *)n;
}

void wait_server_contexts(unsigned n)
{
    if (!wait_true(contexts_are, &n))
        fail_msg("%lu contexts, not %u", (unsigned long)board->contexts, n);
}

unsigned long server_parked(void)
{
    assert_int_equal(server_do("counts", "", 0), 0);
    return board->parked;
}

static bool parked_are(void *n)
{
    return server_parked() == *(unsigned long *)n;
}

void wait_server_parked(unsigned long n)
{
    if (!wait_true(parked_are, &n))
        fail_msg("%lu calls parked, not %lu", (unsigned long)board->parked, n);
}

unsigned opened(int value)
{
    return atomic_load(&board->opened_of[value]);
}

unsigned closed(int value)
{
    return atomic_load(&board->closed_of[value]);
}

unsigned run_down(int value)
{
    return atomic_load(&board->run_down_of[value]);
}

/* ---- Client processes ------------------------------------------------------------------------- */

pid_t client_start(const char *what, const char *argument)
{
    char fd[16], over[16];
    pid_t pid;

    (void)snprintf(fd, sizeof fd, "%d", board_fd);
    (void)snprintf(over, sizeof over, "%d", (int)transport);
    pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "rules-client", fd, over, what, argument, (char *)NULL);
        _exit(127);
    }
    return pid;
}

int client_main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[0], "rules-client") != 0)
        return -1;
    board_attach(atoi(argv[1]));
    transport = (enum transport)atoi(argv[2]);
    for (const struct client_role *r = client_roles; r->name != NULL; r++)
        if (strcmp(r->name, argv[3]) == 0)
            return r->run(argc > 4 ? argv[4] : "");
    return 126;
}

void client_wait(pid_t pid, int status)
{
    int got = -1;

    while (waitpid(pid, &got, 0) < 0 && errno == EINTR)
        ;
    assert_int_equal(got, status);
}
