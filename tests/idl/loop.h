/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.h - a runtime for stubs in one process: what a client stub sends, a server stub gets
 *
 * It stands in for everything that call.h and context.h promise to stubs and has no network, no
 * threads and no exceptions. A test sees the octets of both ways and may change them on the way.
 * Failures are not raised but left in `loop.status`.
 */
#ifndef HF_TESTS_IDL_LOOP_H
#define HF_TESTS_IDL_LOOP_H

#include <rpc.h>
#include <rpcndr.h>

#define LOOP_OCTETS 65536

struct loop {
    const struct rpc_interface *server;
    bool ndr64;
    bool swap;                            /* requests are of a big-endian sender */
    void (*request_hook)(struct loop *l); /* may change the request before the server sees it */
    void (*reply_hook)(struct loop *l);
    void *arg;

    RPC_STATUS status; /* of the call that ended last */
    bool server_ran;   /* the routine was called */
    uint8_t request[LOOP_OCTETS], reply[LOOP_OCTETS];
    size_t request_size, reply_size;
    uint32_t opnum;
    unsigned bindings;      /* rpc_client_bind seen in the last call */
    unsigned live;          /* nodes of midl_user_allocate that were not given back */
    unsigned rundowns;      /* made by tests' run-down routines */
    unsigned context_flags; /* of the last rpc_context_get or rpc_context_new */
    const struct rpc_context_type *context_type;
};

extern struct loop loop;

/* Answers a request made by the test itself; the reply is in loop.reply. */
RPC_STATUS loop_serve(struct loop *l, uint32_t opnum, const uint8_t *request, size_t size);

/* Octets as hexadecimal digits, blanks between groups do not count; false if they differ. */
bool loop_is(const uint8_t *octets, size_t size, const char *hex);
size_t loop_parse(const char *hex, uint8_t *ret_octets);

/* Gives back all that is left of midl_user_allocate. */
void loop_nodes_clear(void);

/* A context handle of the client side, as a program would hold it; frees what is left of all. */
void loop_contexts_clear(void);
unsigned loop_contexts_open(void);

#endif
