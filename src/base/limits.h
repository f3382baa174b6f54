/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.h - every maximum of the RPC runtime and of the compiler, named in one place
 *
 * A limit exists so that a hostile peer or file meets a clear error instead of our memory. Those
 * marked "settable" can be lowered (never raised past the value here unless it says so) by the
 * environment variable or call named beside them; docs/limits.md is the reader's table of the same.
 */
#ifndef HF_BASE_LIMITS_H
#define HF_BASE_LIMITS_H

/* Wire (rpc-wire 3): the transport's fragment bounds, and the totals. */
#define RPC_LIMIT_FRAGMENT_TCP    5840     /* largest request or response fragment, octets */
#define RPC_LIMIT_FRAGMENT_MIN    2048     /* floor of the negotiation */
#define RPC_LIMIT_BIND_PDU        65535    /* largest bind or alter_context */
#define RPC_LIMIT_REQUEST_DEFAULT 0x400000 /* MaxRpcSize when a registration states none */
#define RPC_LIMIT_RESPONSE        0x7fffffff
#define RPC_LIMIT_CALL_ID         0x7fffffff

/* Octets of UTF-8 in a string binding, and in each of its parts. */
#define RPC_LIMIT_STRING_BINDING 4095

/* What one connection, association or server may hold. */
#define RPC_LIMIT_PRES_CONTEXTS     4000    /* presentation contexts of one connection */
#define RPC_LIMIT_CALLS_PER_CONN    1024    /* dispatched and unfinished, multiplexed connection */
#define RPC_LIMIT_CONNECTIONS       65536   /* of one server process */
#define RPC_LIMIT_HANDLES_PER_ASSOC 4194304 /* open context handles of one client */
#define RPC_LIMIT_QUEUED_CALLS      65536   /* waiting for MaxCalls; beyond: server too busy */

/* Unmarshalling. */
#define NDR_LIMIT_DEPTH       1024 /* nesting of pointers in one argument */
#define NDR_LIMIT_ELEMENTS    0x7fffffff
#define NDR_LIMIT_CALL_MEMORY (256u << 20) /* memory one call's arguments may ask for */

/* Worker threads. */
#define RPC_LIMIT_WORKERS 1024

/* The compiler. */
#define IDL_LIMIT_SOURCE  (16u << 20) /* octets of preprocessed source */
#define IDL_LIMIT_NESTING 256         /* of declarators, types and expressions */

#endif
