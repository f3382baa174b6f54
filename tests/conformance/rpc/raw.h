/* SPDX-License-Identifier: Apache-2.0
 *
 * raw.h - a client made by hand: sends PDUs, octet by octet if need be, and reads what comes back
 *
 * Blocking sockets with a generous time limit; a test fails when an answer does not come.
 */
#ifndef TESTS_CONFORMANCE_RPC_RAW_H
#define TESTS_CONFORMANCE_RPC_RAW_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpc/wire/wire.h"

#define RAW_WAIT_MS 20000

struct raw {
    int fd;
    uint32_t call_id; /* of the last request */
    uint32_t group_id;
    uint16_t fragment;
    size_t have;
    uint8_t in[65536 + 16];
};

struct raw_reply {
    struct wire_header h;
    const uint8_t *pdu; /* in raw.in until the next raw_receive */
    size_t size;
    uint32_t fault; /* of a fault; else 0 */
    uint16_t context_id;
    const uint8_t *stub; /* of a response */
    size_t stub_size;
};

void raw_connect(struct raw *r, uint16_t port); /* 127.0.0.1 */
void raw_connect_unix(struct raw *r, const char *path);
void raw_close(struct raw *r);
void raw_reset(struct raw *r); /* closes with RST */

void raw_send(struct raw *r, const void *octets, size_t size);

/* The next PDU; false at the end of the stream. Fails the test when nothing comes. */
bool raw_receive(struct raw *r, struct raw_reply *ret);
/* True if the server has closed the connection, after at most the time limit. */
bool raw_is_closed(struct raw *r);

/* Binds context `id` to an interface; group_id 0: a new association. Asserts a bind_ack with an
 * accepted first element. `flags` as WIRE_CONC_MPX. */
void raw_bind(struct raw *r, const RPC_SYNTAX_IDENTIFIER *interface, uint32_t group_id,
              uint8_t flags);
/* The same without looking at the answer. */
void raw_send_bind(struct raw *r, uint8_t type, uint8_t flags, uint32_t group_id, uint16_t xmit,
                   const struct wire_offer *offers, uint8_t count);

/* A bind, alter_context or auth3 that carries a leg of an authentication; the first two offer context 0. */
void raw_send_leg(struct raw *r, uint8_t type, const RPC_SYNTAX_IDENTIFIER *interface,
                  const struct wire_auth *auth);

/* One request in one fragment; returns its call id. */
uint32_t raw_request(struct raw *r, uint16_t opnum, const void *stub, size_t size);
/* One fragment with everything given. */
void raw_fragment(struct raw *r, uint8_t flags, uint32_t call_id, uint16_t context_id,
                  uint16_t opnum, uint32_t alloc_hint, const void *stub, size_t size);
/* ... of a type that is a header only. */
void raw_control(struct raw *r, uint8_t type, uint32_t call_id);

/* Request and answer: 0 and the stub data, reassembled in `stub` (room for *size), or the fault. */
uint32_t raw_call(struct raw *r, uint16_t opnum, const void *in, size_t in_size, void *stub,
                  size_t *size);
/* The answer of the request made last. */
uint32_t raw_answer(struct raw *r, void *stub, size_t *size);

#endif
