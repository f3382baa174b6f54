/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.c - a small interface with stubs written by hand, for tests of the protocol
 */
#include "probe.h"

#include <pthread.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "rpc/server/assoc.h"
#include "rpc/server/server.h"

struct probe_counts probe_counts;
atomic_int probe_rundown_log[PROBE_LOG];
char probe_path[108];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int shut;

struct probe {
    int value;
};
static _Atomic(struct probe *) newest;

/* ---- The routines ----------------------------------------------------------------------------- */

void probe_shut(void)
{
    pthread_mutex_lock(&lock);
    shut = 1;
    pthread_mutex_unlock(&lock);
}

void probe_open(void)
{
    pthread_mutex_lock(&lock);
    shut = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void probe_enter(void)
{
    int now = atomic_fetch_add(&probe_counts.inside, 1) + 1;
    int most = atomic_load(&probe_counts.most_inside);

    while (now > most && !atomic_compare_exchange_weak(&probe_counts.most_inside, &most, now))
        ;
    atomic_fetch_add(&probe_counts.calls, 1);
    pthread_mutex_lock(&lock);
    while (shut)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

void probe_leave(void)
{
    atomic_fetch_sub(&probe_counts.inside, 1);
}

void probe_until(int (*condition)(void *argument), void *argument, const char *what)
{
    for (int i = 0; i < 40000 && !condition(argument); i++) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
    if (!condition(argument))
        fail_msg("%s did not come true", what);
}

struct wanted {
    atomic_int *counter;
    int n;
};

static int reached(void *argument)
{
    const struct wanted *w = argument;

    return atomic_load(w->counter) == w->n;
}

void probe_wait(atomic_int *counter, int n)
{
    struct wanted w = {counter, n};

    probe_until(reached, &w, "a count");
}

void probe_wait_inside(int n)
{
    probe_wait(&probe_counts.inside, n);
}

void probe_reset(void)
{
    memset(&probe_counts, 0, sizeof probe_counts);
}

typedef void open_routine(int value, void **h);
typedef int use_routine(struct probe *h);
typedef void close_routine(void **h);
typedef void null_routine(void);
typedef void raise_routine(int code);
typedef int cancelled_routine(void);

static void do_open(int value, void **h)
{
    struct probe *p = mem_alloc(sizeof *p);

    atomic_fetch_add(&probe_counts.calls, 1);
    if (p == NULL)
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    p->value = value;
    atomic_fetch_add(&probe_counts.opened, 1);
    atomic_store(&newest, p);
    *h = p;
}

void probe_free_newest(void)
{
    mem_free(atomic_exchange(&newest, NULL));
    atomic_fetch_add(&probe_counts.closed, 1);
}

static int do_use(struct probe *h)
{
    int value;

    probe_enter();
    value = h->value;
    probe_leave();
    return value;
}

static void do_close(void **h)
{
    probe_enter();
    if (*h != NULL) /* null comes through: [in, out] */
        atomic_fetch_add(&probe_counts.closed, 1);
    mem_free(*h);
    *h = NULL;
    probe_leave();
}

static void do_null(void)
{
}

static void do_raise(int code)
{
    RpcRaiseException(code);
}

/* True while the client of this thread's call neither cancels nor goes. */
static int is_wanted(void)
{
    RPC_CALL_ATTRIBUTES_V2_A a = {.Version = 2};

    assert_int_equal(RpcServerInqCallAttributesA(NULL, &a), RPC_S_OK);
    return a.CallStatus == RPC_CALL_STATUS_IN_PROGRESS;
}

static int do_cancelled(void)
{
    probe_enter();
    while (is_wanted()) {
        struct timespec t = {0, 500000};

        nanosleep(&t, NULL);
    }
    probe_leave();
    return RpcTestCancel() == RPC_S_OK;
}

static void rundown(void *user)
{
    struct probe *p = user;
    int n = atomic_fetch_add(&probe_counts.logged, 1);

    atomic_store(&probe_rundown_log[n % PROBE_LOG], p->value);
    mem_free(p);
    atomic_fetch_add(&probe_counts.run_down, 1);
}

/* ---- The stubs -------------------------------------------------------------------------------- */

static const struct rpc_context_type probe_type = {"PROBE", rundown};

struct record {
    void *h;
    struct rpc_context_slot slot;
    int32_t value;
    uint32_t count;
    uint8_t *bytes;
};

struct epv {
    open_routine *open;
    use_routine *use;
    close_routine *close;
    null_routine *null;
    null_routine *echo;
    raise_routine *raise;
    cancelled_routine *cancelled;
    null_routine *absent;
    null_routine *want;
};

static void open_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    r->value = (int32_t)ndr_get_long(in);
    rpc_context_new(call, &r->slot, &r->h, &probe_type, RPC_CONTEXT_OUT);
}

static void open_invoke(struct rpc_call *call, const void *epv, void *record)
{
    struct record *r = record;

    (void)call;
    ((const struct epv *)epv)->open(r->value, &r->h);
}

static void put_handle(struct rpc_call *call, struct ndr_out *out, void *record)
{
    rpc_context_put(call, out, &((struct record *)record)->slot);
}

static void use_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->slot, &r->h, &probe_type, RPC_CONTEXT_IN | RPC_CONTEXT_BY_VALUE);
}

static void use_invoke(struct rpc_call *call, const void *epv, void *record)
{
    struct record *r = record;

    (void)call;
    r->value = ((const struct epv *)epv)->use(r->h);
}

static void put_value(struct rpc_call *call, struct ndr_out *out, void *record)
{
    (void)call;
    ndr_put_long(out, (uint32_t)((struct record *)record)->value);
}

static void close_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    rpc_context_get(call, in, &r->slot, &r->h, &probe_type, RPC_CONTEXT_IN | RPC_CONTEXT_OUT);
}

static void close_invoke(struct rpc_call *call, const void *epv, void *record)
{
    (void)call;
    ((const struct epv *)epv)->close(&((struct record *)record)->h);
}

static void nothing_in(struct rpc_call *call, struct ndr_in *in, void *record)
{
    (void)call, (void)in, (void)record;
}

static void nothing_out(struct rpc_call *call, struct ndr_out *out, void *record)
{
    (void)call, (void)out, (void)record;
}

static void null_invoke(struct rpc_call *call, const void *epv, void *record)
{
    (void)call, (void)record;
    ((const struct epv *)epv)->null();
}

static void echo_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    (void)call;
    r->count = ndr_get_count(in);
    if (ndr_get_fits(in, r->count, 1))
        r->bytes = ndr_get_view(in, r->count, 1);
}

static void echo_invoke(struct rpc_call *call, const void *epv, void *record)
{
    (void)record, (void)call;
    ((const struct epv *)epv)->echo();
}

static void echo_marshal(struct rpc_call *call, struct ndr_out *out, void *record)
{
    struct record *r = record;

    (void)call;
    ndr_put_count(out, r->count);
    ndr_put_array(out, r->bytes, r->count, 1);
}

static void value_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    (void)call;
    ((struct record *)record)->value = (int32_t)ndr_get_long(in);
}

static void want_unmarshal(struct rpc_call *call, struct ndr_in *in, void *record)
{
    struct record *r = record;

    (void)call;
    r->count = ndr_get_long(in);
    r->bytes = ndr_alloc(in, r->count, 1);
}

static void raise_invoke(struct rpc_call *call, const void *epv, void *record)
{
    (void)call;
    ((const struct epv *)epv)->raise(((struct record *)record)->value);
}

static void cancelled_invoke(struct rpc_call *call, const void *epv, void *record)
{
    (void)call;
    ((struct record *)record)->value = ((const struct epv *)epv)->cancelled();
}

#define METHOD(name, unmarshal, invoke, marshal)                               \
    {                                                                          \
        name, sizeof(struct record), 0, unmarshal, invoke, marshal, NULL, 0, 0 \
    }

static const struct rpc_method methods[] = {
    METHOD("Open", open_unmarshal, open_invoke, put_handle),
    METHOD("Use", use_unmarshal, use_invoke, put_value),
    METHOD("Close", close_unmarshal, close_invoke, put_handle),
    METHOD("Null", nothing_in, null_invoke, nothing_out),
    METHOD("Echo", echo_unmarshal, echo_invoke, echo_marshal),
    METHOD("Raise", value_unmarshal, raise_invoke, nothing_out),
    METHOD("Cancelled", nothing_in, cancelled_invoke, put_value),
    METHOD("Absent", nothing_in, null_invoke, nothing_out),
    METHOD("Want", want_unmarshal, null_invoke, nothing_out),
};

static const struct epv epv = {do_open,  do_use,       do_close, do_null, do_null,
                               do_raise, do_cancelled, NULL,     do_null};

const struct rpc_interface probe_interface = {
    .stub_version = NDR_STUB_VERSION,
    .name = "probe",
    .id = {{0x7a9ddb10, 0x1c9b, 0x4d0f, {0x9e, 0x1b, 0x40, 0x1f, 0x2a, 0x6d, 0x51, 0x01}}, {1, 2}},
    .method_count = PROBE_OPS,
    .methods = methods,
    .default_epv = &epv,
};

const struct rpc_interface probe_strict = {
    .stub_version = NDR_STUB_VERSION,
    .flags = RPC_INTERFACE_STRICT,
    .name = "probe_strict",
    .id = {{0x7a9ddb10, 0x1c9b, 0x4d0f, {0x9e, 0x1b, 0x40, 0x1f, 0x2a, 0x6d, 0x51, 0x02}}, {1, 0}},
    .method_count = PROBE_OPS,
    .methods = methods,
    .default_epv = &epv,
};

/* ---- The server ------------------------------------------------------------------------------- */

uint16_t probe_serve(void)
{
    return probe_serve_at_most(RPC_C_LISTEN_MAX_CALLS_DEFAULT);
}

uint16_t probe_serve_at_most(unsigned calls)
{
    RPC_BINDING_VECTOR *bindings = NULL;
    unsigned port = 0;

    probe_reset();
    (void)snprintf(probe_path, sizeof probe_path, "/tmp/holdfast-test-%d.sock", (int)getpid());
    assert_int_equal(RpcServerUseProtseqA((RPC_CSTR) "ncacn_ip_tcp", 10, NULL), RPC_S_OK);
    assert_int_equal(RpcServerUseProtseqEpA((RPC_CSTR) "ncalrpc", 10, (RPC_CSTR)probe_path, NULL),
                     RPC_S_OK);
    assert_int_equal(RpcServerRegisterIf((RPC_IF_HANDLE)(uintptr_t)&probe_interface, NULL, NULL),
                     RPC_S_OK);
    assert_int_equal(RpcServerListen(1, calls, 1), RPC_S_OK);
    assert_int_equal(RpcServerInqBindings(&bindings), RPC_S_OK);
    for (uint32_t i = 0; i < bindings->Count; i++) {
        RPC_CSTR text = NULL;

        assert_int_equal(RpcBindingToStringBindingA(bindings->BindingH[i], &text), RPC_S_OK);
        if (strncmp((char *)text, "ncacn_ip_tcp:", 13) == 0)
            port = (unsigned)atoi(strchr((char *)text, '[') + 1);
        (void)RpcStringFreeA(&text);
    }
    (void)RpcBindingVectorFree(&bindings);
    assert_true(port != 0);
    return (uint16_t)port;
}

void probe_stop(void)
{
    probe_open();
    server_shutdown();
    assert_int_equal(context_count(), 0);
    assert_int_equal(assoc_count(), 0);
}

uint16_t probe_port;

int probe_setup(void **state)
{
    (void)state;
    probe_port = probe_serve();
    return 0;
}

int probe_teardown(void **state)
{
    (void)state;
    probe_stop();
    return 0;
}
