/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server of this process: its engine, endpoints and listening
 *
 * Owns:       the engine (made with the first endpoint, kept until the process ends), the state of
 *             listening.
 * States:     idle -RpcServerListen-> listening -stop-> stopping -last call left-> idle
 * Lock:       `lock` for the engine's making, endpoints and waiters; a call takes none, it looks at
 *             `listening` after it has entered server_gate, and stopping looks at the gate after it
 *             has cleared `listening`.
 */
#include "rpc/server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rpc/auth/auth.h"
#include "rpc/core/endpoint.h"
#include "rpc/core/fork.h"
#include "rpc/core/handle.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/registry.h"

#define ENDPOINTS_MAX 256
#define BACKLOG_MIN   128 /* MaxCalls of 10 is from another time */

struct rpc_gate server_gate = {
    .max = GATE_NO_LIMIT,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .queue = {&server_gate.queue, &server_gate.queue},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic(struct net *) engine;
static struct net_config engine_config;
static struct net_endpoint *endpoints[ENDPOINTS_MAX];
static unsigned endpoint_count;
static atomic_bool listening;
static bool listen_begun; /* from RpcServerListen until someone has waited for its end */
static bool waited_for;
static const struct rpc_interface *offered[8];
static unsigned offered_count;

struct net *server_net(void)
{
    return atomic_load_explicit(&engine, memory_order_acquire);
}

void server_submit(struct net_job *job)
{
    net_submit(server_net(), job);
}

bool server_listens(void)
{
    return atomic_load(&listening);
}

void server_call_left(void)
{
    if (atomic_load(&listening))
        return;
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void server_configure(const struct net_config *config)
{
    engine_config = *config;
}

void server_offer(RPC_IF_HANDLE interface)
{
    if (offered_count < sizeof offered / sizeof *offered)
        offered[offered_count++] = interface;
}

/* ---- Endpoints -------------------------------------------------------------------------------- */

/* Under the lock. */
static RPC_STATUS start_engine(void)
{
    struct net *n = server_net();

    if (rpc_runtime_is_closed())
        return RPC_S_OUT_OF_RESOURCES;
    if (n != NULL)
        return RPC_S_OK;
    n = net_create(&conn_handler, &engine_config);
    if (n == NULL)
        return errno == EAGAIN ? RPC_S_OUT_OF_THREADS : RPC_S_OUT_OF_RESOURCES;
    atomic_store_explicit(&engine, n, memory_order_release);
    for (unsigned i = 0; i < offered_count; i++) {
        RPC_STATUS status = registry_add_internal(offered[i]);

        if (status != RPC_S_OK)
            return status;
    }
    return RPC_S_OK;
}

static RPC_STATUS status_of_errno(int error)
{
    switch (error) {
    case EADDRINUSE: return RPC_S_DUPLICATE_ENDPOINT;
    case ENAMETOOLONG: return RPC_S_INVALID_ENDPOINT_FORMAT;
    case ENOMEM: return RPC_S_OUT_OF_MEMORY;
    default: return RPC_S_CANT_CREATE_ENDPOINT;
    }
}

/* A name that no other server of this user has: dynamic endpoints of ncalrpc. */
static void dynamic_name(char *to, size_t room)
{
    static atomic_uint count;

    (void)snprintf(to, room, "dynamic-%d-%u", (int)getpid(), atomic_fetch_add(&count, 1));
}

/* `endpoint` NULL: one of the system's choice. Under the lock. */
static RPC_STATUS open_endpoint(enum rpc_transport transport, const char *endpoint, int backlog)
{
    struct net_endpoint *e;
    struct sockaddr_un at;
    char address[RPC_ENDPOINT_ADDRESS] = "";
    uint16_t port = 0;
    char name[64];
    RPC_STATUS status;

    if (endpoint_count == ENDPOINTS_MAX)
        return RPC_S_OUT_OF_RESOURCES;
    errno = 0;
    if (transport == RPC_TRANSPORT_TCP) {
        status = endpoint == NULL ? RPC_S_OK : rpc_endpoint_listen(endpoint, address, &port);
        if (status != RPC_S_OK)
            return status;
        e = net_listen_tcp(server_net(), address[0] == '\0' ? NULL : address, port, backlog);
    } else {
        if (endpoint == NULL) {
            dynamic_name(name, sizeof name);
            endpoint = name;
        }
        status = rpc_endpoint_local(endpoint, true, &at);
        if (status != RPC_S_OK)
            return status;
        e = net_listen_unix(server_net(), at.sun_path, backlog);
    }
    if (e == NULL)
        return status_of_errno(errno);
    endpoints[endpoint_count++] = e;
    return RPC_S_OK;
}

static RPC_STATUS use_protseq(const char *protseq, unsigned max_calls, const char *endpoint,
                              const void *descriptor)
{
    enum rpc_transport transport;
    RPC_STATUS status = rpc_protseq_find(protseq, &transport);

    if (status == RPC_S_OK && descriptor != NULL)
        status = RPC_S_INVALID_SECURITY_DESC;
    if (status == RPC_S_OK && endpoint != NULL && transport == RPC_TRANSPORT_LOCAL)
        status = rpc_endpoint_check(transport, endpoint);
    if (status != RPC_S_OK)
        return status;
    if (max_calls < BACKLOG_MIN)
        max_calls = BACKLOG_MIN;
    if (max_calls > 4096)
        max_calls = 4096;
    pthread_mutex_lock(&lock);
    status = start_engine();
    if (status == RPC_S_OK)
        status = open_endpoint(transport, endpoint, (int)max_calls);
    pthread_mutex_unlock(&lock);
    return status;
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                          void *SecurityDescriptor)
{
    return use_protseq((const char *)Protseq, MaxCalls, NULL, SecurityDescriptor);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqExA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                            void *SecurityDescriptor, PRPC_POLICY Policy)
{
    (void)Policy;
    return use_protseq((const char *)Protseq, MaxCalls, NULL, SecurityDescriptor);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                            RPC_CSTR Endpoint, void *SecurityDescriptor)
{
    if (Endpoint == NULL)
        return RPC_S_INVALID_ENDPOINT_FORMAT;
    return use_protseq((const char *)Protseq, MaxCalls, (const char *)Endpoint, SecurityDescriptor);
}

RPC_STATUS RPC_ENTRY RpcServerUseProtseqEpExA(RPC_CSTR Protseq, unsigned int MaxCalls,
                                              RPC_CSTR Endpoint, void *SecurityDescriptor,
                                              PRPC_POLICY Policy)
{
    (void)Policy;
    return RpcServerUseProtseqEpA(Protseq, MaxCalls, Endpoint, SecurityDescriptor);
}

RPC_STATUS RPC_ENTRY RpcServerUseAllProtseqs(unsigned int MaxCalls, void *SecurityDescriptor)
{
    for (unsigned i = 0; i < RPC_TRANSPORTS; i++) {
        RPC_STATUS status = use_protseq(rpc_protseq_names[i], MaxCalls, NULL, SecurityDescriptor);

        if (status != RPC_S_OK)
            return status;
    }
    return RPC_S_OK;
}

RPC_STATUS server_describe_endpoint(const struct net_endpoint *e, RPC_BINDING_HANDLE *ret)
{
    struct rpc_string_binding parts = {0};
    char host[256] = "", port[8];
    RPC_STATUS status;

    if (net_endpoint_family(e) == NET_TCP) {
        (void)snprintf(host, sizeof host, "%s", net_endpoint_address(e));
        if (host[0] == '\0' && gethostname(host, sizeof host - 1) != 0)
            strcpy(host, "localhost");
        (void)snprintf(port, sizeof port, "%u", net_endpoint_port(e));
        parts.protseq = mem_strdup(rpc_protseq_names[RPC_TRANSPORT_TCP]);
        parts.address = mem_strdup(host);
        parts.endpoint = mem_strdup(port);
    } else {
        parts.protseq = mem_strdup(rpc_protseq_names[RPC_TRANSPORT_LOCAL]);
        parts.endpoint = mem_strdup(net_endpoint_path(e));
    }
    status = parts.protseq == NULL || parts.endpoint == NULL
                 ? RPC_S_OUT_OF_MEMORY
                 : rpc_handle_make_endpoint(&parts, ret);
    rpc_string_binding_clear(&parts);
    return status;
}

RPC_STATUS RPC_ENTRY RpcServerInqBindings(RPC_BINDING_VECTOR **BindingVector)
{
    RPC_BINDING_VECTOR *v = NULL;
    RPC_STATUS status = RPC_S_OK;

    if (BindingVector == NULL)
        return RPC_S_INVALID_ARG;
    pthread_mutex_lock(&lock);
    if (endpoint_count == 0) {
        status = RPC_S_NO_BINDINGS;
        goto out;
    }
    v = mem_alloc(sizeof *v + endpoint_count * sizeof v->BindingH[0]);
    if (v == NULL)
        status = RPC_S_OUT_OF_MEMORY;
    for (unsigned i = 0; status == RPC_S_OK && i < endpoint_count; i++) {
        status = server_describe_endpoint(endpoints[i], &v->BindingH[i]);
        v->Count += status == RPC_S_OK;
    }
out:
    pthread_mutex_unlock(&lock);
    if (status == RPC_S_OK)
        *BindingVector = v;
    else if (v != NULL)
        (void)RpcBindingVectorFree(&v);
    return status;
}

/* ---- Listening -------------------------------------------------------------------------------- */

/* Waits for the stop and the end of all calls. Under the lock. */
static void wait_for_end(void)
{
    waited_for = true;
    while (atomic_load(&listening) || gate_count(&server_gate) > 0 ||
           atomic_load(&server_gate.waiting) > 0)
        pthread_cond_wait(&changed, &lock);
    waited_for = false;
    listen_begun = false;
}

RPC_STATUS RPC_ENTRY RpcServerListen(unsigned int MinimumCallThreads, unsigned int MaxCalls,
                                     unsigned int DontWait)
{
    RPC_STATUS status = RPC_S_OK;

    if (MaxCalls == 0 || MaxCalls < MinimumCallThreads)
        return RPC_S_MAX_CALLS_TOO_SMALL;
    if (MaxCalls > GATE_NO_LIMIT || MaxCalls == RPC_C_LISTEN_MAX_CALLS_DEFAULT)
        MaxCalls = GATE_NO_LIMIT;
    pthread_mutex_lock(&lock);
    if (endpoint_count == 0) {
        status = RPC_S_NO_PROTSEQS_REGISTERED;
    } else if (listen_begun && (atomic_load(&listening) || waited_for)) {
        status = RPC_S_ALREADY_LISTENING;
    } else {
        listen_begun = true;
        atomic_store(&server_gate.max, MaxCalls);
        atomic_store(&listening, true);
        if (DontWait == 0)
            wait_for_end();
    }
    pthread_mutex_unlock(&lock);
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtWaitServerListen(void)
{
    RPC_STATUS status = RPC_S_OK;

    pthread_mutex_lock(&lock);
    if (!listen_begun)
        status = RPC_S_NOT_LISTENING;
    else if (waited_for)
        status = RPC_S_ALREADY_LISTENING;
    else
        wait_for_end();
    pthread_mutex_unlock(&lock);
    return status;
}

/* Stops this server; calls in the queue are refused one by one as they are admitted. */
RPC_STATUS server_stop_listening(void)
{
    struct gate_ticket *t;
    RPC_STATUS status = RPC_S_OK;

    pthread_mutex_lock(&lock);
    if (!atomic_load(&listening))
        status = RPC_S_NOT_LISTENING;
    atomic_store(&listening, false);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    atomic_store(&server_gate.max, GATE_NO_LIMIT);
    while ((t = gate_next(&server_gate)) != NULL)
        t->admitted(t);
    return status;
}

RPC_STATUS RPC_ENTRY RpcMgmtSetServerStackSize(uint32_t ThreadStackSize)
{
    pthread_mutex_lock(&lock);
    engine_config.stack_size = ThreadStackSize;
    pthread_mutex_unlock(&lock);
    return RPC_S_OK;
}

/* ---- The end, for tests ----------------------------------------------------------------------- */

void server_shutdown(void)
{
    struct net *n;

    atomic_store(&listening, false);
    n = server_net();
    net_destroy(n); /* conn_closed of every connection, so also its association */
    pthread_mutex_lock(&lock);
    atomic_store(&engine, NULL);
    endpoint_count = 0;
    listen_begun = false;
    engine_config = (struct net_config){0};
    pthread_mutex_unlock(&lock);
    registry_clear();
    auth_server_clear();
    context_bind_principals(false);
    call_forget_pool();
}
