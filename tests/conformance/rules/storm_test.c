/* SPDX-License-Identifier: Apache-2.0
 *
 * storm_test.c - thousands of clients open, use, raise, close, and die, against one server
 *
 * A death is the end of a client's association that has opened handles and leaves them. Each is counted
 * by its kind, and no kind is counted that did not happen:
 *
 *     killed    with its process, which got SIGKILL or SIGTERM at a random moment. Processes are forks
 *               of one that never called anything; each has several associations, one of them with a
 *               connection a thread and handles that its threads share
 *     cut       its connection was shut down under it, in the middle of anything
 *     reset     its connection ended by a reset (TCP), between calls
 *     left      its connection ended in order, its handles open
 *
 * Meanwhile the test shuts the routines' gate now and then, so that clients die with calls inside, and
 * unregisters an interface with its handles (RpcServerUnregisterIfEx).
 *
 * In the end the server's own count and that of the routines have to be at zero, for every context by
 * its name. RULES_STORM is the number of deaths over each transport; the seed is printed, RULES_SEED
 * sets it.
 */
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rpc/client/binding.h"
#include "rpc/client/tuning.h"
#include "rpc/server/context_life.h"

#define MISMATCH      RPC_X_SS_CONTEXT_MISMATCH
#define PROCESSES     6 /* alive at once */
#define LONERS        4 /* threads with one association after the other */
#define FRIENDS       2 /* threads that share an association and its handles */
#define HANDLES       6
#define NAMES_A_WAVE  200000 /* contexts have names, of which there is a number */
#define DEATHS_A_WAVE 50000

/* Counts that survive who makes them. */
struct tally {
    atomic_ulong processes, killed, cut, reset, left;
    atomic_uint alive[PROCESSES]; /* associations with handles */
    atomic_uint faulty; /* processes that ended by themselves: a sanitizer, an assertion */
};

static struct tally *tally;
static pid_t storm_pid;

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void pause_up_to(uint32_t *x,
                        unsigned ns) /* not to wait for anything: to strike at random */
{
    struct timespec t = {0, (long)(next_random(x) % ns)};

    nanosleep(&t, NULL);
}

/* False when the names of this wave are used up. */
static bool fresh_value(int32_t *ret)
{
    *ret = atomic_fetch_add(&board->next_value, 1);
    return *ret < BOARD_VALUES;
}

/* ---- A client that has an association to itself ----------------------------------------------- */

/* One step of a life; what its call came to. */
static RPC_STATUS random_step(handle_t b, THING *h, uint32_t r)
{
    int32_t gate = r & 512 ? ACT_GATE : 0, tag, value = 0;
    bad_t bad;

    if (*h == NULL && r % 8 < 5 && !fresh_value(&value))
        return RPC_S_OK;
    if (*h == NULL) {
        switch (r % 8) {
        case 0:
        case 1: return TRY(Open(b, ACT_SET | gate, value, h));
        case 2: /* marshalling fails behind it (F4) */
            return TRY(OpenAfter(b, ACT_SET | ACT_BAD, value, h, &tag, &bad));
        case 3: /* ... or before it (F8) */
            return TRY(OpenBefore(b, ACT_SET | ACT_BAD, value, &tag, &bad, h));
        case 4: return TRY(PlainOpen(b, value, h)); /* of an interface that comes and goes */
        default: return RPC_S_OK;
        }
    }
    switch (r % 4) {
    case 0:
        return fresh_value(&value) ? TRY(Change(h, ACT_SWAP | (r & 256 ? ACT_RAISE : 0), value))
                                   : RPC_S_OK;
    case 1: return TRY(UseShared(*h, r & 256 ? ACT_UPGRADE : 0));
    case 2: return TRY(Change(h, ACT_NULL | gate, 0));
    default: return TRY(Use(*h, gate | (r & 256 ? ACT_RAISE : 0)));
    }
}

/* The statuses of a connection that was lost. */
static bool is_loss(RPC_STATUS status)
{
    return status == RPC_S_SERVER_UNAVAILABLE || status == RPC_S_CALL_FAILED ||
           status == RPC_S_CALL_FAILED_DNE;
}

/* Its connection, between two calls, will end with a reset. */
static void make_abortive(handle_t b)
{
    struct rpc_assoc *a = ((struct rpc_binding *)b)->assoc;
    struct linger none = {1, 0};

    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    LIST_FOR_EACH (it, &a->idle)
        (void)setsockopt(LIST_ENTRY(it, struct rpc_conn, link)->fd, SOL_SOCKET, SO_LINGER, &none,
                         sizeof none);
    pthread_mutex_unlock(&a->lock);
}

static void lonely_life(unsigned process, uint32_t *x)
{
    bool resets = transport == TCP && next_random(x) % 2 == 0;
    RPC_STATUS status = RPC_S_OK;
    unsigned steps = next_random(x) % 16;
    handle_t b = bind_direct();
    THING h[HANDLES] = {NULL};
    int32_t value = 0;

    (void)RpcBindingSetOption(b, RPC_C_OPT_UNIQUE_BINDING, 1);
    if (!fresh_value(&value) || TRY(Open(b, ACT_SET, value, &h[0])) != RPC_S_OK) {
        unbind(&b);
        return;
    }
    atomic_fetch_add(&tally->alive[process], 1);
    for (unsigned i = 0; i < steps && status != MISMATCH && !is_loss(status); i++) {
        uint32_t r = next_random(x);

        status = random_step(b, &h[1 + r / 1024 % (HANDLES - 1)], r);
    }
    if (resets)
        make_abortive(b);
    atomic_fetch_sub(&tally->alive[process], 1);
    for (unsigned i = 0; i < HANDLES; i++)
        if (h[i] != NULL)
            (void)RpcSmDestroyClientContext(&h[i]);
    unbind(&b);
    if (is_loss(status))
        atomic_fetch_add(&tally->cut, 1);
    else if (status != MISMATCH) /* may be either: not counted */
        atomic_fetch_add(resets ? &tally->reset : &tally->left, 1);
}

/* Clients live until they are killed, or the storm itself is no more. */
static bool is_wanted(void)
{
    return getppid() == storm_pid;
}

struct thread_of {
    unsigned process;
    uint32_t seed;
    handle_t shared;
    _Atomic(THING) *handles;
};

static RPC_STATUS loner(void *argument)
{
    struct thread_of *t = argument;

    while (is_wanted())
        lonely_life(t->process, &t->seed);
    return RPC_S_OK;
}

/* ---- Threads that share an association and its handles ---------------------------------------- */

static void friendly_step(struct thread_of *t)
{
    uint32_t r = next_random(&t->seed);
    _Atomic(THING) *slot = &t->handles[r / 1024 % HANDLES];
    THING h = NULL;
    int32_t value = 0;

    switch (r % 4) {
    case 0:
        if (fresh_value(&value))
            (void)TRY(Open(t->shared, ACT_SET, value, &h));
        h = atomic_exchange(slot, h);
        break;
    case 1: h = atomic_exchange(slot, NULL); break;
    case 2:
    case 3:
        h = atomic_load(slot); /* another may close it meanwhile: then it is no handle any more */
        if (h != NULL)
            (void)TRY(UseShared(h, r & 256 ? ACT_UPGRADE : 0));
        return;
    }
    if (h != NULL && TRY(Change(&h, ACT_NULL, 0)) != RPC_S_OK)
        (void)RpcSmDestroyClientContext(&h);
}

static RPC_STATUS one_of_friends(void *argument)
{
    struct thread_of *t = argument;

    while (is_wanted())
        friendly_step(t);
    return RPC_S_OK;
}

/* ---- A process -------------------------------------------------------------------------------- */

/* Shuts down whatever socket of the process it meets. Raw: others open and close meanwhile. */
static void cut_at_random(uint32_t *x)
{
    while (is_wanted()) {
        pause_up_to(x, 200000);
        (void)syscall(SYS_shutdown, (int)(3 + next_random(x) % 16), SHUT_RDWR);
    }
}

static void client_process(unsigned process, uint32_t seed)
{
    struct thread_of threads[LONERS + FRIENDS];
    _Atomic(THING) handles[HANDLES] = {NULL};
    uint32_t cuts = seed * 31 | 1;
    handle_t shared = bind_direct();
    int32_t value = 0;
    THING first = NULL;

    if (fresh_value(&value) && TRY(Open(shared, ACT_SET, value, &first)) == RPC_S_OK)
        atomic_fetch_add(&tally->alive[process], 1);
    for (unsigned i = 0; i < LONERS + FRIENDS; i++) {
        threads[i] = (struct thread_of){process, (seed * (2 * i + 3)) | 1, shared, handles};
        (void)thread_start(i < LONERS ? loner : one_of_friends, &threads[i]);
    }
    cut_at_random(&cuts);
    _exit(0);
}

static unsigned long deaths(void)
{
    return tally->killed + tally->cut + tally->reset + tally->left;
}

static bool is_over(unsigned long wanted)
{
    return deaths() >= wanted || atomic_load(&board->next_value) >= NAMES_A_WAVE;
}

static void bury(unsigned process, pid_t pid)
{
    int status = 0;

    (void)waitpid(pid, &status, 0);
    if (!WIFSIGNALED(status) || (WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM))
        atomic_fetch_add(&tally->faulty, 1);
    atomic_fetch_add(&tally->killed, atomic_exchange(&tally->alive[process], 0));
    atomic_fetch_add(&tally->processes, 1);
}

/* A process that has never called anything forks clients and kills them, until so many have died. */
static int storm(const char *argument)
{
    pid_t alive[PROCESSES] = {0};
    unsigned long wanted = 0;
    unsigned seed = 0;
    int fd = -1, over = 0;
    uint32_t x;

    if (sscanf(argument, "%lu %u %d %d", &wanted, &seed, &over, &fd) != 4)
        return 1;
    transport = over == TCP ? TCP : UNIX;
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (tally == MAP_FAILED)
        return 2;
    storm_pid = getpid();
    x = seed | 1;
    for (unsigned i = 0; !is_over(wanted); i = (i + 1) % PROCESSES) {
        uint32_t mine = next_random(&x);

        pause_up_to(&x, 8000000);
        if (alive[i] != 0) {
            kill(alive[i], mine % 4 == 0 ? SIGTERM : SIGKILL);
            bury(i, alive[i]);
        }
        alive[i] = fork();
        if (alive[i] == 0)
            client_process(i, mine);
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (alive[i] != 0) {
            kill(alive[i], SIGKILL);
            bury(i, alive[i]);
        }
    }
    return 0;
}

const struct client_role client_roles[] = {
    {"storm", storm},
    {NULL, NULL},
};

/* ---- The reckoning ---------------------------------------------------------------------------- */

/* Nothing is open by the server's count and by the routines', for every name. What a client sent before
 * it died may still be on its way to the server. */
static bool is_settled(void *unused)
{
    (void)unused;
    if (server_do("counts", "", 0) != RPC_S_OK || board->contexts != 0 ||
        board->associations != 0 || board->inside != 0 ||
        board->opened != board->closed + board->run_down)
        return false;
    for (unsigned v = 0; v < BOARD_VALUES; v++) {
        uint8_t open = (uint8_t)(opened((int)v) - closed((int)v) - run_down((int)v));

        assert_true(open < 128); /* none ended more often than it began */
        if (open != 0)
            return false;
    }
    return true;
}

static void print_steps(void)
{
    unsigned taken = atomic_load(&board->life_steps), all = 0, n = 0;
    struct life_step s;

    for (; life_step_at(all, &s); all++)
        n += taken >> all & 1;
    printf("# steps of a handle's life that the server took: %u of %u; not:", n, all);
    for (unsigned i = 0; life_step_at(i, &s); i++)
        if ((taken >> i & 1) == 0)
            printf(" %s-%s", s.from, s.event);
    printf("\n");
}

/* Calls are held inside for a while; the interface `plain` goes and comes. */
static void disturb(uint32_t *x)
{
    GATE_SHUT();
    pause_up_to(x, 8000000);
    GATE_OPEN();
    pause_up_to(x, 30000000);
    assert_int_equal(server_do("unregister_ex", "plain", 1), RPC_S_OK);
    assert_int_equal(server_do("register", "plain", 0), RPC_S_OK);
}

static void wave(unsigned long wanted, unsigned seed, int fd)
{
    char argument[64];
    uint32_t x = seed | 1;
    int status = -1;
    pid_t pid;

    atomic_store(&board->next_value, 0);
    (void)snprintf(argument, sizeof argument, "%lu %u %d %d", deaths() + wanted, seed,
                   (int)transport, fd);
    pid = client_start("storm", argument);
    while (waitpid(pid, &status, WNOHANG) == 0)
        disturb(&x);
    assert_int_equal(status, 0);
    if (!wait_true(is_settled, NULL))
        fail_msg("%lu handles, %lu associations at the server; by the routines opened %u, closed "
                 "%u, run down %u",
                 (unsigned long)board->contexts, (unsigned long)board->associations, board->opened,
                 board->closed, board->run_down);
    assert_int_equal(board->spoilt, 0);
    assert_int_equal(atomic_load(&tally->faulty), 0);
    printf("# %lu deaths: %lu killed with %lu processes, %lu cut, %lu reset, %lu left; "
           "contexts opened %u = closed %u + run down %u\n",
           deaths(), (unsigned long)tally->killed, (unsigned long)tally->processes,
           (unsigned long)tally->cut, (unsigned long)tally->reset, (unsigned long)tally->left,
           board->opened, board->closed, board->run_down);
    fflush(stdout);
}

static void storm_leaves_nothing(void **state)
{
    const char *number = getenv("RULES_STORM"), *chosen = getenv("RULES_SEED");
    unsigned long wanted = number != NULL ? strtoul(number, NULL, 10) : 2000;
    unsigned seed = chosen != NULL ? (unsigned)atoi(chosen) : (unsigned)time(NULL);
    uint32_t x = seed | 1;
    int fd = memfd_create("tally", 0);

    (void)state;
    assert_int_equal(ftruncate(fd, sizeof *tally), 0);
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(tally, MAP_FAILED);
    printf("# storm over %s: %lu deaths, seed %u\n", transport == TCP ? "tcp" : "unix", wanted,
           seed);
    while (deaths() < wanted) {
        unsigned long left = wanted - deaths();

        wave(left < DEATHS_A_WAVE ? left : DEATHS_A_WAVE, next_random(&x), fd);
        assert_true(deaths() > wanted - left); /* somebody has lived before */
    }
    assert_true(tally->killed > 0 && tally->cut > 0 && tally->left > 0); /* it was one */
    assert_true(transport != TCP || tally->reset > 0);
    print_steps();
    munmap(tally, sizeof *tally);
    close(fd);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        OVER_BOTH(storm_leaves_nothing),
    };
    int n = client_main(argc, argv);

    return n >= 0 ? n : cmocka_run_group_tests_name("rules/storm", tests, NULL, group_stop);
}
