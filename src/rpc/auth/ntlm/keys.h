/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - NTLM's keys and what is done with them: responses, signing, sealing
 *
 * Version 2 with extended session security and keys of 128 bits alone. The primitives are nettle's.
 * Pure: no state but what is passed. Spec: MS-NLMP 3.3.2, 3.4.
 */
#ifndef HF_RPC_AUTH_NTLM_KEYS_H
#define HF_RPC_AUTH_NTLM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nettle/arcfour.h>

#define NTLM_KEY 16

/* Names as they are hashed: UTF-16, little-endian, without terminator. */
struct ntlm_text {
    const uint8_t *octets;
    size_t size;
};

/* The hash of a password, which stands for it. */
void ntlm_hash(struct ntlm_text password, uint8_t ret[NTLM_KEY]);

/* The key of all responses (NTOWFv2). False without memory. */
bool ntlm_response_key(const uint8_t hash[NTLM_KEY], struct ntlm_text user, struct ntlm_text domain,
                       uint8_t ret[NTLM_KEY]);

/* HMAC-MD5 over two pieces: NTProofStr, LMv2, session base key and MIC are all of this form. */
void ntlm_mac2(const uint8_t key[NTLM_KEY], const void *a, size_t a_size, const void *b,
               size_t b_size, uint8_t ret[NTLM_KEY]);

/* RC4 of a key by a key: both directions. */
void ntlm_wrap_key(const uint8_t by[NTLM_KEY], const uint8_t key[NTLM_KEY], uint8_t ret[NTLM_KEY]);

/* One direction of a session. */
struct ntlm_stream {
    uint8_t sign_key[NTLM_KEY], seal_key[NTLM_KEY];
    struct arcfour_ctx cipher;
    uint32_t sequence;
    bool encrypts_mac; /* keys were exchanged */
};

#define NTLM_SIGNATURE 16

void ntlm_stream_init(struct ntlm_stream *s, const uint8_t session_key[NTLM_KEY], bool to_server,
                      bool key_exchange);
/* The cipher begins again, the numbers go on (MS-SPNG 3.3.5.1). */
void ntlm_stream_restart(struct ntlm_stream *s);

/* Signs `message`; encrypts `body`, which may lie inside it, if it is not NULL. */
void ntlm_seal(struct ntlm_stream *s, const uint8_t *message, size_t size, uint8_t *body,
               size_t body_size, uint8_t signature[NTLM_SIGNATURE]);
/* The reverse; false for a signature that is not the expected one. */
bool ntlm_unseal(struct ntlm_stream *s, const uint8_t *message, size_t size, uint8_t *body,
                 size_t body_size, const uint8_t signature[NTLM_SIGNATURE]);

#endif
