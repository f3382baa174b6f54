/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - NTLM's three messages: octets <-> structures
 *
 * Pure and total, as the wire's readers are: what is read borrows from the message, lies inside it,
 * and is bounded by RPC_LIMIT_NTLM_TOKEN. Spec: MS-NLMP 2.2.
 */
#ifndef HF_RPC_AUTH_NTLM_MESSAGE_H
#define HF_RPC_AUTH_NTLM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/auth/ntlm/keys.h"

enum ntlm_flags {
    NTLM_UNICODE = 0x1,
    NTLM_REQUEST_TARGET = 0x4,
    NTLM_SIGN = 0x10,
    NTLM_SEAL = 0x20,
    NTLM_NTLM = 0x200,
    NTLM_ANONYMOUS = 0x800,
    NTLM_ALWAYS_SIGN = 0x8000,
    NTLM_TARGET_SERVER = 0x20000,
    NTLM_EXTENDED = 0x80000,
    NTLM_TARGET_INFO = 0x800000,
    NTLM_VERSION = 0x2000000,
    NTLM_128 = 0x20000000,
    NTLM_KEY_EXCHANGE = 0x40000000,
};

/* Pairs of the target information. */
enum ntlm_av {
    NTLM_AV_END = 0,
    NTLM_AV_COMPUTER = 1,
    NTLM_AV_DOMAIN = 2,
    NTLM_AV_DNS_COMPUTER = 3,
    NTLM_AV_DNS_DOMAIN = 4,
    NTLM_AV_FLAGS = 6,
    NTLM_AV_TIMESTAMP = 7,
    NTLM_AV_TARGET = 9,
};
#define NTLM_AV_FLAG_MIC 2

struct ntlm_negotiate {
    uint32_t flags;
};

struct ntlm_challenge {
    uint32_t flags;
    uint8_t challenge[8];
    struct ntlm_text target, info; /* info: pairs, not looked at */
};

struct ntlm_authenticate {
    uint32_t flags;
    struct ntlm_text lm, nt, domain, user, workstation, session_key;
    const uint8_t *mic; /* 16 octets, or NULL when there is no room for it */
};

/* NTLM's type, 1 to 3; 0: no message of it. */
unsigned ntlm_message_type(const uint8_t *m, size_t size);

bool ntlm_get_negotiate(const uint8_t *m, size_t size, struct ntlm_negotiate *ret);
bool ntlm_get_challenge(const uint8_t *m, size_t size, struct ntlm_challenge *ret);
bool ntlm_get_authenticate(const uint8_t *m, size_t size, struct ntlm_authenticate *ret);

/* The pair at the front, which is taken off. False: the end mark, or one that does not fit. */
bool ntlm_av_next(struct ntlm_text *pairs, unsigned *ret_id, struct ntlm_text *ret);
/* The first pair with an id. False: there is none. */
bool ntlm_av_find(struct ntlm_text pairs, unsigned id, struct ntlm_text *ret);

#define NTLM_NEGOTIATE_SIZE    40
#define NTLM_CHALLENGE_SIZE    56 /* up to the payload */
#define NTLM_AUTHENTICATE_MIC  72
#define NTLM_AUTHENTICATE_SIZE 88

/* Octets being written; `failed` once there was no room. */
struct ntlm_out {
    uint8_t *octets;
    size_t room, size;
    bool failed;
};
void ntlm_put(struct ntlm_out *o, const void *data, size_t size);
void ntlm_put_av(struct ntlm_out *o, unsigned id, const void *data, size_t size);

void ntlm_put_negotiate(struct ntlm_out *o, const struct ntlm_negotiate *m);
void ntlm_put_challenge(struct ntlm_out *o, const struct ntlm_challenge *m);
/* The place for a MIC, NTLM_AUTHENTICATE_MIC, holds zeros. */
void ntlm_put_authenticate(struct ntlm_out *o, const struct ntlm_authenticate *m);

#endif
