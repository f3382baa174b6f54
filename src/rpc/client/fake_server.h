/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_server.h - for tests: a server made of threads and raw PDUs, and client stubs for it
 *
 * It does what a good server does, one thread a connection, except where a test's hook takes a PDU
 * itself. It offers three interfaces, alike but for their UUIDs, with these operations:
 *
 *     0 echo    the request's stub data comes back
 *     1 open    a fresh token                     2 use [in]      3 close [in,out]
 *     4 fault   with the status in the first long
 *     5 big     as many octets as the first long says
 *     6 wait    answered when the test opens the gate
 *     7 keep    [in,out]: the token comes back as it was
 */
#ifndef HF_RPC_CLIENT_FAKE_SERVER_H
#define HF_RPC_CLIENT_FAKE_SERVER_H

#include <pthread.h>

#include <rpc.h>

#include "rpc/wire/wire.h"

#define FAKE_CONNECTIONS 256
#define FAKE_TOKENS      256

struct fake;

struct fake_conn {
    struct fake *server;
    int fd;
    unsigned number; /* 0 for the first that was accepted */
    uint32_t group;
    bool alive;
    unsigned calls;
    void *argument; /* of the hook being run */
    pthread_t thread;
};

/* True if the hook has dealt with the PDU; else the server does. fake_end ends the connection. */
typedef bool fake_hook(struct fake_conn *conn, const struct wire_header *h, const uint8_t *pdu);

struct fake {
    int listener;
    char binding[160]; /* string binding of the endpoint */
    char path[108];    /* of a unix socket, else empty */
    pthread_t acceptor;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    fake_hook *hook;
    void *argument;    /* the hook's */
    size_t reply_part; /* stub octets in one fragment of a reply; 0: as negotiated */
    bool big_endian;   /* replies are sent so */
    uint8_t features;  /* granted if asked for; 0: it has never heard of them */
    bool gate;
    unsigned accepted, live, binds, alters, requests, waiting, run_down, hooking;
    uint32_t last_asked; /* group id of the last bind */
    uint32_t next_group;
    struct fake_conn conns[FAKE_CONNECTIONS];
    struct {
        uint32_t group; /* 0: free */
        uint8_t token[20];
    } tokens[FAKE_TOKENS];
    uint32_t next_token;
    bool stopping;
};

void fake_start(struct fake *f, bool local);
void fake_stop(struct fake *f);

/* As if the server had been restarted: connections are gone, groups and tokens too. Returns when the
 * connections' threads have seen it. */
void fake_restart(struct fake *f);

/* Waits for hooks that are running. */
void fake_set_hook(struct fake *f, fake_hook *hook, void *argument);
void fake_open_gate(struct fake *f);
unsigned fake_tokens(struct fake *f); /* open contexts */

/* Reads a counter under the lock; waits until it has a value, and fails the test after 20 seconds. */
unsigned fake_read(struct fake *f, const unsigned *counter);
void fake_wait(struct fake *f, const unsigned *counter, unsigned value);

/* For hooks. */
void fake_send(struct fake_conn *conn, const void *octets, size_t size);
void fake_end(struct fake_conn *conn, bool reset);
void fake_reply(struct fake_conn *conn, const struct wire_header *h, const void *stub, size_t size);
void fake_fault(struct fake_conn *conn, const struct wire_header *h, uint32_t status);

/* ---- The client's side ------------------------------------------------------------------------ */

extern struct rpc_interface fake_interface, fake_second_interface, fake_unknown_interface;

RPC_BINDING_HANDLE fake_bind(const struct fake *f);

/* Stubs as the compiler makes them, but with the interface and the status as plain values: 0, or
 * what was raised. */
RPC_STATUS fake_echo(const struct rpc_interface *i, RPC_BINDING_HANDLE b, const void *data,
                     uint32_t size, void *ret);
RPC_STATUS fake_call_open(RPC_BINDING_HANDLE b, void **handle);
RPC_STATUS fake_call_use(void *handle);
RPC_STATUS fake_call_close(void **handle);
RPC_STATUS fake_call_keep(RPC_BINDING_HANDLE b, void **handle);
RPC_STATUS fake_call_fault(RPC_BINDING_HANDLE b, uint32_t status, error_status_t *comm,
                           error_status_t *fault);
RPC_STATUS fake_call_big(RPC_BINDING_HANDLE b, uint32_t size);
RPC_STATUS fake_call_wait(RPC_BINDING_HANDLE b);

#endif
