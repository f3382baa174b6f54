/* SPDX-License-Identifier: Apache-2.0
 *
 * entered_test.c - a server stays in the endpoint map when its mapper is restarted
 *
 * The server is this process; the mapper is a child on a socket of its own, killed and started again.
 */
#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rpc.h>

#include "base/clock.h"
#include "base/log.h"
#include "rpc/client/tuning.h"
#include "rpc/epm/serve.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CS(text)    ((RPC_CSTR)(uintptr_t)(text))
#define PATIENCE_S  60
#define LOOK_MS     10
#define NO_LOOKS_MS 100000000ul
#define SOON_MS     3000 /* enough for any call of a mapper that runs */

static struct rpc_interface stays = {
    .id = {{0x4d5e6f70, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, {1, 0}},
    .stub_version = NDR_STUB_VERSION,
    .name = "stays",
};
static struct rpc_interface goes = {
    .id = {{0x4d5e6f71, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, {1, 0}},
    .stub_version = NDR_STUB_VERSION,
    .name = "goes",
};

static char folder[] = "/tmp/holdfast-entered-XXXXXX";
static char place[64];
static const char *self;
static pid_t mapper = -1;
static RPC_BINDING_VECTOR where = {1, {NULL}};
static atomic_uint losses, returns;

static void listen_to_log(int level, const char *line)
{
    (void)level;
    if (strstr(line, "the endpoint mapper has lost") != NULL)
        atomic_fetch_add(&losses, 1);
    if (strstr(line, "the endpoint mapper is back") != NULL)
        atomic_fetch_add(&returns, 1);
}

#define WAIT_UNTIL(condition)                                              \
    do {                                                                   \
        uint64_t until = clock_now_ns() + PATIENCE_S * CLOCK_SECOND;       \
                                                                           \
        while (!(condition) && clock_now_ns() < until)                     \
            (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); \
        assert_true(condition);                                            \
    } while (0)

/* ---- Threads ---------------------------------------------------------------------------------- */

static unsigned idle; /* threads while nothing is entered */

static unsigned threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned n = 0;

    assert_non_null(tasks);
    while (readdir(tasks) != NULL)
        n++;
    (void)closedir(tasks);
    return n;
}

/* ---- The mapper ------------------------------------------------------------------------------- */

static int be_mapper(const char *socket, const char *fd)
{
    char good = RpcServerUseProtseqEpA(CS("ncalrpc"), 10, CS(socket), NULL) == RPC_S_OK &&
                        epm_serve() == RPC_S_OK
                    ? 'y'
                    : 'n';

    if (write(atoi(fd), &good, 1) != 1)
        return 1;
    for (;;)
        (void)pause();
}

static void start_mapper(void)
{
    char fd[16], good = 0;
    int tell[2];

    assert_int_equal(pipe(tell), 0);
    (void)snprintf(fd, sizeof fd, "%d", tell[1]);
    mapper = fork();
    assert_true(mapper >= 0);
    if (mapper == 0) {
        (void)execl(self, self, place, fd, (char *)NULL);
        _exit(127);
    }
    (void)close(tell[1]);
    assert_int_equal(read(tell[0], &good, 1), 1);
    assert_int_equal(good, 'y');
    (void)close(tell[0]);
}

static void kill_mapper(void)
{
    assert_int_equal(kill(mapper, SIGKILL), 0);
    assert_int_equal(waitpid(mapper, NULL, 0), mapper);
    mapper = -1;
}

/* ---- The server ------------------------------------------------------------------------------- */

static void enter(struct rpc_interface *i)
{
    assert_int_equal(RpcEpRegisterA(i, &where, NULL, CS("test")), RPC_S_OK);
}

/* What ept_map says of it. */
static RPC_STATUS map(struct rpc_interface *i)
{
    RPC_BINDING_HANDLE b = NULL;
    RPC_STATUS status;

    assert_int_equal(RpcBindingFromStringBindingA(CS("ncalrpc:"), &b), RPC_S_OK);
    status = RpcEpResolveBinding(b, i);
    (void)RpcBindingFree(&b);
    return status;
}

/* How often it is in the map. */
static unsigned entries(struct rpc_interface *i)
{
    RPC_IF_ID id = {i->id.SyntaxGUID, 1, 0}, of;
    RPC_EP_INQ_HANDLE q = NULL;
    unsigned n = 0;

    assert_int_equal(
        RpcMgmtEpEltInqBegin(NULL, RPC_C_EP_MATCH_BY_IF, &id, RPC_C_VERS_EXACT, NULL, &q),
        RPC_S_OK);
    while (RpcMgmtEpEltInqNextA(q, &of, NULL, NULL, NULL) == RPC_S_OK)
        n++;
    assert_int_equal(RpcMgmtEpEltInqDone(&q), RPC_S_OK);
    return n;
}

static int make_server(void **state)
{
    (void)state;
    atomic_store(&rpc_client_tuning.entered_look_ms, LOOK_MS);
    atomic_store(&losses, 0);
    atomic_store(&returns, 0);
    start_mapper();
    return 0;
}

static int end_server(void **state)
{
    (void)state;
    (void)RpcEpUnregister(&stays, &where, NULL);
    (void)RpcEpUnregister(&goes, &where, NULL);
    WAIT_UNTIL(threads() == idle);
    kill_mapper();
    return 0;
}

/* ---- Tests ------------------------------------------------------------------------------------ */

static void comes_back_without_a_call(void **state)
{
    (void)state;
    enter(&stays);
    enter(&goes);
    assert_int_equal(map(&stays), RPC_S_OK);
    assert_int_equal(map(&goes), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&goes, &where, NULL), RPC_S_OK);
    kill_mapper();
    start_mapper();
    WAIT_UNTIL(map(&stays) == RPC_S_OK);
    assert_int_equal(map(&goes), EPT_S_NOT_REGISTERED);
    WAIT_UNTIL(atomic_load(&returns) == 1);
    assert_int_equal(atomic_load(&losses), 1);
}

/* The list is entered by one call of the mapper: when one entry is there, all are. */
static void taken_back_while_the_mapper_is_away(void **state)
{
    (void)state;
    enter(&goes);
    enter(&stays);
    kill_mapper();
    WAIT_UNTIL(atomic_load(&losses) == 1);
    assert_int_equal(RpcEpUnregister(&goes, &where, NULL), RPC_S_SERVER_UNAVAILABLE);
    start_mapper();
    WAIT_UNTIL(map(&stays) == RPC_S_OK);
    assert_int_equal(map(&goes), EPT_S_NOT_REGISTERED);
}

static void long_absence_costs_little(void **state)
{
    unsigned long first, last;
    uint64_t begin, took;

    (void)state;
    enter(&stays);
    kill_mapper();
    WAIT_UNTIL(atomic_load(&losses) == 1);
    begin = clock_now_ns();
    first = atomic_load(&rpc_client_counters.entered_looks);
    WAIT_UNTIL(atomic_load(&rpc_client_counters.entered_looks) >= first + 20);
    last = atomic_load(&rpc_client_counters.entered_looks);
    took = clock_now_ns() - begin;
    assert_true(last - first <= took / (LOOK_MS * UINT64_C(1000000)) + 2);
    assert_int_equal(atomic_load(&losses), 1);
    assert_int_equal(atomic_load(&returns), 0);
    start_mapper();
    WAIT_UNTIL(map(&stays) == RPC_S_OK);
    WAIT_UNTIL(atomic_load(&returns) == 1);
    assert_int_equal(atomic_load(&losses), 1);
}

/* It neither answers nor ends: after a while it counts as lost. What it has of us then goes with the connection. */
static void stops_and_goes_on(void **state)
{
    unsigned long usual = atomic_exchange(&rpc_client_tuning.entered_call_ms, SOON_MS);

    (void)state;
    enter(&stays);
    assert_int_equal(kill(mapper, SIGSTOP), 0);
    WAIT_UNTIL(atomic_load(&losses) == 1);
    atomic_store(&rpc_client_tuning.entered_call_ms, usual);
    assert_int_equal(kill(mapper, SIGCONT), 0);
    WAIT_UNTIL(atomic_load(&returns) == 1);
    WAIT_UNTIL(entries(&stays) == 1);
    assert_int_equal(map(&stays), RPC_S_OK);
}

/* Whoever calls before the thread looks enters everything again as well. */
static void the_next_call_finds_out(void **state)
{
    (void)state;
    atomic_store(&rpc_client_tuning.entered_look_ms, NO_LOOKS_MS);
    enter(&stays);
    kill_mapper();
    start_mapper();
    enter(&goes);
    assert_int_equal(map(&stays), RPC_S_OK);
    kill_mapper();
    start_mapper();
    assert_int_equal(RpcEpUnregister(&goes, &where, NULL), RPC_S_OK);
    assert_int_equal(map(&stays), RPC_S_OK);
    assert_int_equal(map(&goes), EPT_S_NOT_REGISTERED);
}

static void the_last_taken_back_ends_the_thread(void **state)
{
    (void)state;
    atomic_store(&rpc_client_tuning.entered_look_ms, NO_LOOKS_MS); /* it is woken, not waited for */
    enter(&stays);
    enter(&goes);
    assert_int_equal(threads(), idle + 1);
    assert_int_equal(RpcEpUnregister(&goes, &where, NULL), RPC_S_OK);
    assert_int_equal(RpcEpUnregister(&stays, &where, NULL), RPC_S_OK);
    WAIT_UNTIL(threads() == idle);
    kill_mapper();
    start_mapper();
    assert_int_equal(map(&stays), EPT_S_NOT_REGISTERED);
    enter(&stays);
    assert_int_equal(threads(), idle + 1);
    assert_int_equal(atomic_load(&returns), 0);
}

static void a_child_of_fork_enters_nothing(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
    enter(&stays);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(RpcEpRegisterA(&goes, &where, NULL, NULL) == RPC_S_SERVER_UNAVAILABLE &&
                      RpcEpUnregister(&stays, &where, NULL) == RPC_S_SERVER_UNAVAILABLE
                  ? 0
                  : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(map(&stays), RPC_S_OK);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(place, sizeof place, "%s/mapper", folder);
    log_set_hook(listen_to_log);
    if (RpcBindingFromStringBindingA(CS("ncalrpc:[/run/things]"), &where.BindingH[0]) != RPC_S_OK)
        return -1;
    if (setenv("HOLDFAST_EPMAPPER_SOCKET", place, 1) != 0)
        return -1;
    start_mapper();
    assert_int_equal(map(&stays), EPT_S_NOT_REGISTERED); /* the client has its threads now */
    idle = threads();
    kill_mapper();
    return 0;
}

static int clear_up(void **state)
{
    (void)state;
    (void)RpcBindingFree(&where.BindingH[0]);
    (void)unlink(place);
    return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_server, end_server)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_back_without_a_call),
        TEST(taken_back_while_the_mapper_is_away),
        TEST(long_absence_costs_little),
        TEST(the_next_call_finds_out),
        TEST(the_last_taken_back_ends_the_thread),
        TEST(a_child_of_fork_enters_nothing),
        TEST(stops_and_goes_on),
    };

    if (argc == 3)
        return be_mapper(argv[1], argv[2]);
    self = argv[0];
    return cmocka_run_group_tests(tests, set_up, clear_up);
}
