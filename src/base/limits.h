/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.h - every maximum of the RPC runtime and of the compiler, named in one place
 *
 * A limit exists so that a hostile peer or file meets a clear error instead of our memory. The
 * settable ones are the rows of LIMITS: each can be lowered, never raised, by an environment variable
 * that is read once, when the limit is first asked for. docs/limits.md is the reader's table.
 */
#ifndef HF_BASE_LIMITS_H
#define HF_BASE_LIMITS_H

#include <stdint.h>

/* Wire (rpc-wire 3): the transport's fragment bounds, and the totals. */
#define RPC_LIMIT_FRAGMENT_TCP    5840     /* largest request or response fragment, octets */
#define RPC_LIMIT_FRAGMENT_MIN    2048     /* floor of the negotiation */
#define RPC_LIMIT_BIND_PDU        65535    /* largest bind or alter_context */
#define RPC_LIMIT_REQUEST_DEFAULT 0x400000 /* MaxRpcSize when a registration states none */
#define RPC_LIMIT_RESPONSE        0x7fffffff
#define RPC_LIMIT_CALL_ID         0x7fffffff

/* Octets of UTF-8 in a string binding, and in each of its parts. */
#define RPC_LIMIT_STRING_BINDING 4095

/* What one connection may hold. */
#define RPC_LIMIT_PRES_CONTEXTS  4000 /* presentation contexts of a client */
#define RPC_LIMIT_CALLS_PER_CONN 1024 /* dispatched and unfinished, multiplexed connection */

/* What an endpoint map may hold. */
#define EPM_LIMIT_ENTRIES 65536 /* in all */
#define EPM_LIMIT_LEASE   4096  /* of one server process */
#define EPM_LIMIT_LEASES  8192  /* server processes */

/* Authentication. */
#define RPC_LIMIT_SECURITY_CONTEXTS 2049  /* of one connection (M45: the 2050th is refused) */
#define RPC_LIMIT_PENDING_CONTEXTS  64    /* ... not complete, or refused */
#define RPC_LIMIT_AUTH_TOKEN        32768 /* made by us; one that arrives is bounded by its PDU */
#define RPC_LIMIT_NTLM_TOKEN        2888  /* larger ones are refused (M30) */

/* Unmarshalling. */
#define NDR_LIMIT_DEPTH    1024 /* nesting of pointers in one argument */
#define NDR_LIMIT_ELEMENTS 0x7fffffff

/* Settable: X(name, value unless lowered, environment variable). */
#define LIMITS(X)                                                                                  \
    /* octets that one call's arguments may ask for, beside the request itself */                  \
    X(LIMIT_CALL_MEMORY, 256u << 20, "HOLDFAST_LIMIT_CALL_MEMORY")                                 \
    X(LIMIT_CONNECTIONS, 65536u, "HOLDFAST_LIMIT_CONNECTIONS")    /* of one server process */      \
    X(LIMIT_ASSOCIATIONS, 65536u, "HOLDFAST_LIMIT_ASSOCIATIONS")  /* of one server process */      \
    X(LIMIT_HANDLES, 4194304u, "HOLDFAST_LIMIT_HANDLES")          /* open handles of one client */ \
    X(LIMIT_HANDLES_ALL, 33554432u, "HOLDFAST_LIMIT_HANDLES_ALL") /* ... of all */                 \
    X(LIMIT_CONTEXTS, 4000u, "HOLDFAST_LIMIT_CONTEXTS") /* presentation contexts, a connection */  \
    /* octets of requests whose last fragment has not come, of all connections */                  \
    X(LIMIT_PARTIAL, 1u << 30, "HOLDFAST_LIMIT_PARTIAL")                                           \
    /* milliseconds that a client may take for its bind; for a PDU or request once begun */        \
    X(LIMIT_BIND_MS, 30000u, "HOLDFAST_LIMIT_BIND_MS")                                             \
    X(LIMIT_REQUEST_MS, 300000u, "HOLDFAST_LIMIT_REQUEST_MS")                                      \
    /* octets of replies that clients do not take, of all connections */                           \
    X(LIMIT_UNSENT, 1u << 30, "HOLDFAST_LIMIT_UNSENT")                                             \
    /* milliseconds that a client may take for a reply, or for its next 65536 octets */            \
    X(LIMIT_REPLY_MS, 300000u, "HOLDFAST_LIMIT_REPLY_MS")                                          \
    X(LIMIT_QUEUED_CALLS, 65536u, "HOLDFAST_LIMIT_QUEUED_CALLS") /* waiting for MaxCalls */        \
    X(LIMIT_WORKERS, 1024u, "HOLDFAST_LIMIT_WORKERS")            /* threads that run calls */

enum limit {
#define LIMIT_NAME(name, value, variable) name,
    LIMITS(LIMIT_NAME)
#undef LIMIT_NAME
        LIMIT_COUNT
};

/* The limit in force. Any thread. */
uint32_t limit_of(enum limit limit);

/* Somebody was turned away by a limit: counts it, and says so in the log at the 1st, 2nd, 4th, 8th ...
 * time, so that whoever provokes it cannot fill the log. */
void limit_reached(enum limit limit);
uint64_t limit_times(enum limit limit);
/* The environment's name for it. */
const char *limit_name(enum limit limit);

/* The compiler. */
#define IDL_LIMIT_SOURCE  (16u << 20) /* octets of preprocessed source */
#define IDL_LIMIT_NESTING 256         /* of declarators, types and expressions */

#endif
