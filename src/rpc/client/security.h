/* SPDX-License-Identifier: Apache-2.0
 *
 * security.h - the security context of a client's connection
 *
 * A connection has one or none, for life: bindings of another identity or level use other connections
 * (rpc-associations 2). Made before the bind; its legs are part of the bind.
 */
#ifndef HF_RPC_CLIENT_SECURITY_H
#define HF_RPC_CLIENT_SECURITY_H

#include "rpc/auth/auth.h"
#include "rpc/client/connection.h"
#include "rpc/client/exchange.h"

#define RPC_SECURITY_ID 1 /* auth_context_id: the only one */

struct rpc_security {
    struct auth_client *client; /* referenced */
    struct auth_context *auth;
    bool done;      /* all legs are over */
    bool mask_sent; /* the first verification trailer */
    bool accepted;  /* a call has come through: the server has taken the last leg, too */
    uint8_t *token; /* RPC_LIMIT_AUTH_TOKEN octets, until it is done */
};

/* Gives a fresh connection a security context; `client` NULL: none. RPC_S_OK, or why not. */
RPC_STATUS rpc_security_begin(struct rpc_conn *conn, const struct auth_client *client);
void rpc_security_end(struct rpc_security *take_s); /* accepts NULL */

/* True if calls of `client` may go over the connection. */
bool rpc_security_suits(const struct rpc_conn *conn, const struct auth_client *client);

/* The next leg: hands over the server's token (NULL at the beginning). *ret is what to send; it lies
 * in the context until the next leg. */
enum rpc_leg {
    RPC_LEG_DONE,   /* nothing more to send */
    RPC_LEG_LAST,   /* to be sent, no answer to it comes (auth3) */
    RPC_LEG_ANSWER, /* to be sent, an answer comes */
    RPC_LEG_FAILED,
};
enum rpc_leg rpc_security_step(struct rpc_conn *conn, const struct wire_auth *from_server,
                               struct wire_auth *ret, RPC_STATUS *ret_status);

/* The legs are over, well or not: frees what only they needed. */
void rpc_security_settle(struct rpc_security *s);

/* True if what is sent on this connection has to be protected. */
bool rpc_security_protects(const struct rpc_conn *conn);

/* rpc_exchange_send for such a connection. */
enum rpc_sent rpc_security_send(struct rpc_conn *conn, const struct rpc_request *request,
                                uint64_t deadline);

/* A fault has come: true if the server closes behind it, having refused the last leg (M30). */
bool rpc_security_is_over(const struct rpc_conn *conn, uint32_t fault);

/* Checks and decrypts a response or fault in place; its body begins at `body_at`. False: forged, or a byte
 * order that is not signed and not the usual one: whoever turns it changes the results. */
bool rpc_security_check(struct rpc_conn *conn, const struct wire_header *h, size_t at,
                        size_t body_at, const struct wire_auth *auth);

/* The status of a fault. Where requests and responses are protected a fault need not be (servers send
 * it bare, and clients of another make accept no other), so anybody on the way can say it: then it ends the
 * call, but that nothing was executed is not believed (RPC_S_CALL_FAILED). */
RPC_STATUS rpc_security_fault(const struct rpc_conn *conn, const struct wire_fault *f);

#endif
