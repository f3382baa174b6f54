/* SPDX-License-Identifier: Apache-2.0
 *
 * session.h - one NTLM context: what both sides keep, and each side's legs
 *
 *     client: NEGOTIATE ->          <- CHALLENGE       AUTHENTICATE ->
 *
 * What a client must bring for this server: Unicode, extended session security, keys of 128 bits, a
 * response of version 2; signing and sealing as far as the level asks for them. The MIC over the
 * three messages is checked when the client's response says that there is one, and always sent. The
 * response holds one pair of flags, the client's own: whoever put another into the challenge could
 * deny the MIC (CVE-2019-1166).
 */
#ifndef HF_RPC_AUTH_NTLM_SESSION_H
#define HF_RPC_AUTH_NTLM_SESSION_H

#include "rpc/auth/auth.h"
#include "rpc/auth/ntlm/accounts.h"
#include "rpc/auth/ntlm/message.h"

struct ntlm_session {
    struct auth_context base;
    unsigned leg;
    uint32_t flags; /* agreed */
    bool mute;      /* server: what was agreed on cannot protect messages: none is let through */
    uint8_t *sent;  /* the first and second message, as they went: for the MIC */
    size_t sent_size;
    uint8_t challenge[8];
    uint8_t key[NTLM_KEY]; /* the exported session key */
    struct ntlm_stream out, in;
    char principal[NTLM_ACCOUNT_NAME]; /* server */
    char *accounts;                    /* server: the file, or NULL */
    struct auth_client *client;        /* client */
};

enum auth_progress ntlm_client_step(struct ntlm_session *s, const uint8_t *token, size_t size,
                                    struct ntlm_out *out);
enum auth_progress ntlm_server_step(struct ntlm_session *s, const uint8_t *token, size_t size,
                                    struct ntlm_out *out);

/* Flags that a level needs beside the usual. */
uint32_t ntlm_level_flags(uint8_t level);
/* Keeps a message for the MIC. */
bool ntlm_keep(struct ntlm_session *s, const uint8_t *message, size_t size);
/* The MIC of the kept messages and `last`, whose own place for it counts as zeros. */
bool ntlm_mic(const struct ntlm_session *s, const uint8_t *last, size_t size,
              uint8_t ret[NTLM_KEY]);
/* The session key is known: both directions begin. */
void ntlm_begin_session(struct ntlm_session *s);

/* UTF-8 as UTF-16, little-endian, from the heap; NULL becomes empty. False without memory or for
 * malformed text. */
bool ntlm_text_make(const char *text, struct ntlm_text *ret, uint8_t **ret_owned);
/* The reverse, into a buffer; false if it does not fit or is malformed. */
bool ntlm_text_take(struct ntlm_text text, char *to, size_t room);

#define NTLM_USUAL_FLAGS                                                                 \
    (NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_EXTENDED | \
     NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCHANGE)
#define NTLM_NEEDED_FLAGS (NTLM_UNICODE | NTLM_NTLM | NTLM_EXTENDED | NTLM_128)

#endif
