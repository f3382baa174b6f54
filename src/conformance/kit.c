/* SPDX-License-Identifier: Apache-2.0
 *
 * kit.c - what the cases share
 */
#include "conformance/kit.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct kit kit;

static handle_t witness; /* an association of its own, so that it keeps none alive */
static int forgotten;

/* ---- Expecting -------------------------------------------------------------------------------- */

void failed(const char *file, int line, const char *format, ...)
{
    const char *name = strrchr(file, '/');
    va_list args;

    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)printf(" (%s:%d)\n", name != NULL ? name + 1 : file, line);
    (void)fflush(stdout);
    _exit(1);
}

void cannot(const char *why)
{
    (void)printf("%s\n", why);
    (void)fflush(stdout);
    _exit(CASE_CANNOT);
}

void expect_equal(const char *file, int line, const char *what, int64_t is, int64_t wanted)
{
    if (is != wanted)
        failed(file, line, "%s: %lld, not %lld", what, (long long)is, (long long)wanted);
}

/* ---- Bindings --------------------------------------------------------------------------------- */

/* The parts of a string binding, as far as a proxy can lead there. */
struct place {
    char host[256], path[108];
    int port; /* 0: a unix socket */
};

static bool parse(const char *address, struct place *ret)
{
    RPC_CSTR protseq = NULL, host = NULL, endpoint = NULL;
    bool good = false;

    *ret = (struct place){.port = 0};
    if (RpcStringBindingParseA((RPC_CSTR)(uintptr_t)address, NULL, &protseq, &host, &endpoint,
                               NULL) != RPC_S_OK)
        return false;
    if (strcmp((char *)protseq, "ncacn_ip_tcp") == 0) {
        ret->port = atoi((char *)endpoint);
        (void)snprintf(ret->host, sizeof ret->host, "%s", *host != 0 ? (char *)host : "127.0.0.1");
        good = ret->port > 0 && ret->port < 65536;
    } else if (strcmp((char *)protseq, "ncalrpc") == 0 && endpoint[0] == '/') {
        (void)snprintf(ret->path, sizeof ret->path, "%s", (char *)endpoint);
        good = strlen((char *)endpoint) < sizeof ret->path;
    }
    (void)RpcStringFreeA(&protseq);
    (void)RpcStringFreeA(&host);
    (void)RpcStringFreeA(&endpoint);
    return good;
}

bool kit_init(const char *address, const char *other, unsigned patience_s)
{
    struct place here;

    kit.address = address;
    kit.other = other;
    kit.patience_s = patience_s;
    if (!parse(address, &here))
        return false;
    kit.port = here.port;
    memcpy(kit.host, here.host, sizeof kit.host);
    memcpy(kit.path, here.path, sizeof kit.path);
    return true;
}

static handle_t binding_of(const char *text)
{
    handle_t b = NULL;

    OK(RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)text, &b));
    TRUE_THAT(b != NULL);
    return b;
}

handle_t bind_fresh(struct proxy *p)
{
    char text[256];

    if (p == NULL)
        return binding_of(kit.address);
    if (proxy_port(p) != 0)
        (void)snprintf(text, sizeof text, "ncacn_ip_tcp:127.0.0.1[%d]", proxy_port(p));
    else
        (void)snprintf(text, sizeof text, "ncalrpc:[%s]", proxy_path(p));
    return binding_of(text);
}

handle_t bind_through(struct proxy *p)
{
    handle_t b = bind_fresh(p);

    OK(Null(b));
    EQ(RpcBindingSetOption(b, RPC_C_OPT_DONT_LINGER, 1), RPC_S_OK);
    return b;
}

handle_t bind_direct(void)
{
    return bind_through(NULL);
}

struct proxy *proxy_here(void)
{
    return proxy_create(kit.host, kit.port, kit.path);
}

struct proxy *proxy_there(void)
{
    struct place there;

    return parse(kit.other, &there) ? proxy_create(there.host, there.port, there.path) : NULL;
}

/* Its association may be another than the one it began with. */
void unbind(handle_t *b)
{
    (void)RpcBindingSetOption(*b, RPC_C_OPT_DONT_LINGER, 1);
    EQ(RpcBindingFree(b), RPC_S_OK);
}

THING thing_open(handle_t b, int value)
{
    THING h = NULL;

    OK(Open(b, ACT_SET, value, &h));
    TRUE_THAT(h != NULL);
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
    TRUE_THAT(*h == NULL);
}

void thing_drop(THING *h)
{
    EQ(RpcSmDestroyClientContext(h), RPC_S_OK);
    TRUE_THAT(*h == NULL);
}

static bool last_is_run_down(const void *unused)
{
    (void)unused;
    return run_down(LAST) == 1;
}

void end_with(THING *last, handle_t *b)
{
    thing_drop(last);
    unbind(b);
    if (!wait_true(last_is_run_down, NULL))
        failed(__FILE__, __LINE__, "the association's end did not run its handles down");
}

/* ---- The witness ------------------------------------------------------------------------------ */

void kit_witness(void)
{
    witness = binding_of(kit.address);
    EQ(RpcBindingSetOption(witness, RPC_C_OPT_UNIQUE_BINDING, 1), RPC_S_OK);
    OK(WitnessBegin(witness));
}

counts_t counts(void)
{
    counts_t c = {0};

    OK(WitnessCounts(witness, &c));
    return c;
}

int calls_made(void)
{
    return counts().calls;
}

struct of {
    int32_t opened, closed, run_down;
};

static struct of of(int value)
{
    struct of o = {0};

    OK(WitnessOf(witness, value, &o.opened, &o.closed, &o.run_down));
    return o;
}

int opened(int value)
{
    return of(value).opened;
}

int closed(int value)
{
    return of(value).closed;
}

int run_down(int value)
{
    return of(value).run_down;
}

static void rundown_at(int n, int32_t *ret_value, int32_t *ret_type)
{
    int32_t at = 0;

    do {
        OK(WitnessRundown(witness, at++, ret_value, ret_type));
    } while (*ret_value != -1 && (*ret_value == LAST || n-- > 0));
}

int rundown_value(int n)
{
    int32_t value = 0, type = 0;

    rundown_at(n, &value, &type);
    return value;
}

int rundown_type(int n)
{
    int32_t value = 0, type = 0;

    rundown_at(n, &value, &type);
    return type;
}

void gate_shut(void)
{
    OK(WitnessGate(witness, 1));
}

void gate_open(void)
{
    OK(WitnessGate(witness, 0));
}

void rundowns_raise(void)
{
    OK(WitnessRundownsRaise(witness, 1));
}

/* ---- Waiting ---------------------------------------------------------------------------------- */

bool wait_true(bool (*condition)(const void *), const void *argument)
{
    struct timespec began, now, t = {0, 1000000};

    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    for (;;) {
        if (condition(argument))
            return true;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - began.tv_sec > (time_t)kit.patience_s)
            return false;
        (void)nanosleep(&t, NULL);
    }
}

static bool run_downs_are(const void *n)
{
    return counts().run_down >= *(const int *)n;
}

void wait_run_downs(int n)
{
    (void)wait_true(run_downs_are, &n);
    expect_equal(__FILE__, __LINE__, "run-downs", counts().run_down, n);
}

static bool at_gate_are(const void *n)
{
    return counts().at_gate == *(const int *)n;
}

void wait_at_gate(int n)
{
    if (!wait_true(at_gate_are, &n))
        failed(__FILE__, __LINE__, "%d calls came to the gate, not %d", (int)counts().at_gate, n);
}

static bool inside_are(const void *n)
{
    return counts().inside == *(const int *)n;
}

void wait_inside(int n)
{
    if (!wait_true(inside_are, &n))
        failed(__FILE__, __LINE__, "%d routines run, not %d", (int)counts().inside, n);
}

struct open_wanted {
    struct proxy *p;
    unsigned n;
};

static bool open_are(const void *argument)
{
    const struct open_wanted *w = argument;

    return proxy_open(w->p) == w->n;
}

void wait_open(struct proxy *p, unsigned n)
{
    if (!wait_true(open_are, &(struct open_wanted){p, n}))
        failed(__FILE__, __LINE__, "%u connections are open, not %u", proxy_open(p), n);
}

void forgets(int n)
{
    forgotten += n;
}

static bool all_has_ended(const void *unused)
{
    counts_t c = counts();

    (void)unused;
    return c.inside == 0 && c.opened - c.closed - c.run_down == forgotten;
}

void kit_end(void)
{
    counts_t c;

    if (!wait_true(all_has_ended, NULL)) {
        c = counts();
        failed(__FILE__, __LINE__,
               "at the end %d routines run; %d contexts opened, %d closed, %d run down, %d to be "
               "forgotten",
               (int)c.inside, (int)c.opened, (int)c.closed, (int)c.run_down, forgotten);
    }
    expect_equal(__FILE__, __LINE__, "contexts met after their end", counts().spoilt, 0);
    unbind(&witness);
}

/* ---- Jobs ------------------------------------------------------------------------------------- */

static RPC_STATUS do_job(void *argument)
{
    struct job *j = argument;

    return TRY(j->result = j->use(j->h, j->act));
}

struct thread *job_start(struct job *j)
{
    return thread_start(do_job, j);
}

/* ---- Client processes ------------------------------------------------------------------------- */

pid_t client_start(const char *role, const char *argument)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/proc/self/exe", "holdfast", "conformance", "--client", role, argument, kit.address,
              (char *)NULL);
        _exit(127);
    }
    TRUE_THAT(pid > 0);
    return pid;
}

void client_kill(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    EQ(client_wait(pid), -SIGKILL);
}

int client_wait(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
