/* SPDX-License-Identifier: Apache-2.0
 *
 * speaker.h - a client made by hand that signs for itself, by the test provider: so it can say what no
 * client of ours says
 */
#ifndef TESTS_CONFORMANCE_RPC_SPEAKER_H
#define TESTS_CONFORMANCE_RPC_SPEAKER_H

#include "probe_secure.h"
#include "raw.h"

#define ADA 0u /* the security contexts of a connection */
#define EVE 1u

struct speaker {
    struct raw r;
    struct auth_context *auth[2]; /* by id */
    uint8_t level[2];
};

struct wire_auth speaker_leg(uint8_t level, uint32_t id, const char *token);

/* The first leg of a context, by bind or alter_context; the last one. */
void speaker_begin(struct speaker *s, uint8_t type, uint8_t level, uint32_t id);
void speaker_finish(struct speaker *s, uint32_t id, const char *password);

/* A new connection: its context begun, complete, and a second one complete beside it. */
void speaker_pending(struct speaker *s, uint16_t port, uint8_t level);
void speaker_authentic(struct speaker *s, uint16_t port, uint8_t level);
void speaker_both_authentic(struct speaker *s, uint16_t port, uint8_t level, uint8_t level_of_eve);

/* A fragment of a request, signed by a context; the trailer claims `level`. */
void speaker_request(struct speaker *s, uint8_t flags, uint32_t call_id, uint32_t id, uint8_t level,
                     uint16_t opnum, const void *stub, size_t size);

void speaker_leave(struct speaker *s);
/* The last words, and the end of the connection. */
void speaker_refused(struct speaker *s, uint32_t fault, bool dne);
/* A reply. */
void speaker_answered(struct speaker *s);

#endif
