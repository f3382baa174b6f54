/* SPDX-License-Identifier: Apache-2.0
 *
 * security.h - the security contexts of one connection of a client
 *
 * A connection without any has no struct security at all; the rest of the server asks no more than
 * whether the pointer is there. A context is pending until its last leg, then good, or failed for
 * good. It belongs to its connection; calls refer to it as long as they hold the connection.
 *
 * Lock:  the list and the states are the input's alone; `lock` orders what is signed and sent.
 * Spec:  rpc-wire 7, 8 (M24-M38, M45); MS-RPCE 3.3.1.5.2, 3.3.1.5.4.
 */
#ifndef HF_RPC_SERVER_SECURITY_H
#define HF_RPC_SERVER_SECURITY_H

#include <stdbool.h>

#include "rpc/auth/auth.h"
#include "rpc/server/conn.h"
#include "rpc/wire/wire.h"

struct rpc_call;

enum security_state { SECURITY_PENDING, SECURITY_GOOD, SECURITY_FAILED };

struct security_context {
    uint32_t id;
    uint8_t type, level; /* as the client's bind said; CALL stays CALL */
    enum security_state state;
    struct auth_context *auth;
    struct auth_identity *identity; /* once it is good */
};

struct security {
    pthread_mutex_t lock;
    struct security_context **contexts; /* sorted by id */
    unsigned count, room;
    bool signs_headers; /* agreed */
    /* Requests without trailer belong to the context of level CONNECT that was begun last, until one
     * comes with a trailer. */
    struct security_context *implicit;
    bool
        explicit_connect; /* one with a trailer of that level has come: none is implicit any more */
};

void security_free(struct security *take_s); /* accepts NULL */

/* The context with an id, or NULL; `s` may be NULL. */
struct security_context *security_find(const struct security *s, uint32_t id);

/* True while one of them waits for a leg; `s` may be NULL. */
bool security_is_pending(const struct security *s);

/* ---- Legs (security.c) ------------------------------------------------------------------------ */

/* The answer to a leg: what goes behind a bind_ack or alter_context_resp. */
struct security_answer {
    struct wire_auth auth; /* present: token and all; the octets are at `owned` */
    uint8_t *owned;
};
void security_answer_free(struct security_answer *a);

/* The security part of a bind. False: it is to be refused with *ret_reason. */
bool security_bind(struct rpc_conn *c, const struct wire_auth *a, struct security_answer *ret,
                   enum wire_nak_reason *ret_reason);

/* ... of an alter_context, called before its contexts are judged (`early`) and after. 0, or the fault
 * that ends the connection. Without trailer only pending contexts matter. */
uint32_t security_alter_early(struct rpc_conn *c, const struct wire_auth *a);
uint32_t security_alter(struct rpc_conn *c, const struct wire_auth *a, struct security_answer *ret);

/* An auth3. 0, or the fault that ends the connection. */
uint32_t security_auth3(struct rpc_conn *c, const struct wire_auth *a);

/* The client can sign headers, and has been told that we can. */
void security_sign_headers(struct rpc_conn *c);

/* ---- Messages (security_message.c) ------------------------------------------------------------ */

/* A request fragment's trailer: finds its context, checks and decrypts in place. *ret_context is NULL
 * for an unauthenticated request. False: the fault was sent and the connection ends. `of_call`: the
 * call that the fragment continues, or NULL. */
bool security_request(struct rpc_conn *c, uint8_t *pdu, const struct wire_header *h,
                      const struct wire_request *r, const struct rpc_call *of_call,
                      struct security_context **ret_context);

/* Takes the verification trailer off a whole request's stub (rpc-wire 7.1). False: it belies. */
bool security_verify_trailer(struct rpc_call *call, const struct presentation *p);

/* Sends a reply protected, and settles the call. False: this call's replies go plain. */
bool security_reply(struct rpc_call *call);

/* ---- For those who ask (security_inquire.c) --------------------------------------------------- */

struct security_caller {
    uint8_t level, service;
    bool anonymous;
    const char *name; /* as long as the call; empty when anonymous */
};

/* Who calls; false for nobody that is known in any way. */
bool security_caller(struct rpc_call *call, struct security_caller *ret);
/* True if the caller has shown who he is, by an authentication or as a process of this machine. */
bool security_is_known(const struct rpc_call *call);

#endif
