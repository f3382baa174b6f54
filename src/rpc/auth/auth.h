/* SPDX-License-Identifier: Apache-2.0
 *
 * auth.h - authentication of connections: the interface between the runtime and its providers
 *
 * A provider is a table. It knows tokens and messages in memory, no sockets, no PDUs: the two ends
 * carry its tokens in bind, bind_ack, alter_context and auth3, and hand it each fragment to protect
 * or to check.
 *
 *     client  begin -> step(nothing) -> token1 ........ step(token2) -> [token3] -> DONE
 *     server  begin -> step(token1)  -> token2 ........ step(token3) -> [token4] -> DONE
 *     then    wrap what is sent, unwrap what arrives, in the order of the wire
 *
 * Threads: a context's wrap may run beside its unwrap, never two of the same. Contexts are small
 * states of one connection; what outlives it is a struct auth_identity.
 *
 * Spec: rpc-wire 7, MS-RPCE 2.2.1.1.7, 2.2.2.11, 3.3.1.5.2.
 */
#ifndef HF_RPC_AUTH_AUTH_H
#define HF_RPC_AUTH_AUTH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <holdfast/types.h>

enum auth_type {
    AUTH_TYPE_NONE = 0,
    AUTH_TYPE_SPNEGO = 9,
    AUTH_TYPE_NTLM = 10,
    AUTH_TYPE_KERBEROS = 16,
};

enum auth_level {
    AUTH_LEVEL_NONE = 1,
    AUTH_LEVEL_CONNECT = 2,
    AUTH_LEVEL_CALL = 3, /* taken for PACKET */
    AUTH_LEVEL_PACKET = 4,
    AUTH_LEVEL_INTEGRITY = 5,
    AUTH_LEVEL_PRIVACY = 6,
};

/* True if fragments carry a signature at this level; PACKET protects as INTEGRITY does. */
static inline bool auth_protects(uint8_t level)
{
    return level >= AUTH_LEVEL_CALL;
}

/* ---- Who somebody is -------------------------------------------------------------------------- */

/* What an authentication has shown. Immutable; outlives its connection in context handles. */
struct auth_identity {
    atomic_uint refs;
    uint8_t type, level;
    bool anonymous;   /* a null session: nobody has shown who he is */
    char principal[]; /* UTF-8: DOMAIN\user or user@REALM; empty for an anonymous one */
};

struct auth_identity *auth_identity_new(uint8_t type, uint8_t level, const char *principal);
struct auth_identity *auth_identity_ref(struct auth_identity *i); /* accepts NULL */
void auth_identity_unref(struct auth_identity *take_i);           /* accepts NULL */

/* Design decision 5: may `who` use what `owner` has made? The same principal, at no lower level. NULL
 * stands for the unauthenticated. */
bool auth_identity_may(const struct auth_identity *who, const struct auth_identity *owner);

/* ---- What the two sides begin with ------------------------------------------------------------ */

/* A client's wish: what RpcBindingSetAuthInfo was given. Immutable; strings are UTF-8, NULL: none. */
struct auth_client {
    atomic_uint refs;
    uint8_t type, level; /* level 2, 4, 5 or 6 */
    bool mutual;         /* the server has to show who it is */
    bool has_identity;   /* a user was named; else whoever the process is */
    uint32_t impersonation, capabilities, tracking, authz;
    char *target; /* the server's principal */
    char *user, *domain, *password;
    void *handle; /* the program's own identity, to be given back */
};

/* Copies the strings of `like` (its type, level and so on too). NULL without memory. */
struct auth_client *auth_client_new(const struct auth_client *like);
struct auth_client *auth_client_ref(struct auth_client *c); /* accepts NULL */
void auth_client_unref(struct auth_client *take_c);         /* accepts NULL */
/* May calls of the one use connections of the other? NULL: unauthenticated. */
bool auth_client_equal(const struct auth_client *a, const struct auth_client *b);

/* A server's readiness: what RpcServerRegisterAuthInfo was given. Immutable. */
struct auth_server {
    atomic_uint refs;
    uint8_t type;
    char *principal; /* or NULL */
    char *argument;  /* the provider's: a file of keys; NULL: its default */
};

/* ---- Providers -------------------------------------------------------------------------------- */

enum auth_progress {
    AUTH_DONE,    /* authentic; a last token may have been made */
    AUTH_MORE,    /* the token is to be sent, one is expected */
    AUTH_REFUSED, /* a well-formed token that proves nothing: wrong password, unknown account */
    AUTH_WEAK,    /* at a server: it proves who it is, but cannot be protected as the level says */
    AUTH_BROKEN,  /* no token of this mechanism at this place */
    AUTH_NO_MEMORY,
};

/* Where a provider writes a token. */
struct auth_token {
    uint8_t *octets;
    size_t room, size;
};

/* A whole fragment but for the token behind it: header, body (stub data and padding), trailer. */
struct auth_message {
    uint8_t *octets;
    size_t size;               /* up to the token */
    size_t body_at, body_size; /* what is encrypted; without header signing also what is signed */
    bool header_signing;
};

struct auth_provider;

struct auth_context {
    const struct auth_provider *provider;
    uint8_t level;
    bool server;
    bool header_signing; /* set by the ends, before the first message */
};

struct auth_provider {
    uint8_t type;
    const char *name;
    bool odd_legs; /* the client's last token has no answer: it goes into an auth3 */

    /* The level is the ends' and already reduced to 2, 4, 5 or 6. NULL with a status. */
    struct auth_context *(*client)(const struct auth_client *with, RPC_STATUS *ret_status);
    struct auth_context *(*server)(const struct auth_server *with, uint8_t level,
                                   RPC_STATUS *ret_status);
    enum auth_progress (*step)(struct auth_context *c, const uint8_t *token, size_t size,
                               struct auth_token *out);
    void (*end)(struct auth_context *take_c);

    /* After AUTH_DONE. The peer's principal at a server, empty for an anonymous one. */
    const char *(*principal)(const struct auth_context *c);
    /* Octets of the token for a message with that much body; at most AUTH_SIGNATURE_MAX. */
    size_t (*signature_size)(const struct auth_context *c, size_t body_size);
    /* Protects a message in place as the level says. False: nothing can be sent. */
    bool (*wrap)(struct auth_context *c, const struct auth_message *m, uint8_t *token,
                 size_t token_size);
    /* Checks it and undoes that. False: forged, or out of order. */
    bool (*unwrap)(struct auth_context *c, const struct auth_message *m, const uint8_t *token,
                   size_t token_size);

    /* For a mechanism inside another (SPNEGO's mechListMIC); NULL if it cannot. `mic_done` says that
     * such signatures were exchanged, before the first message. */
    bool (*mic)(struct auth_context *c, const uint8_t *data, size_t size, struct auth_token *out);
    bool (*check_mic)(struct auth_context *c, const uint8_t *data, size_t size,
                      const uint8_t *token, size_t token_size);
    void (*mic_done)(struct auth_context *c);
};

#define AUTH_SIGNATURE_MAX 256

/* The provider of a type, loading it if need be; NULL when there is none. */
const struct auth_provider *auth_provider_find(uint32_t type);

/* For tests: one more provider, whose table stays; NULL takes it away. Before it is used. */
void auth_provider_add(const struct auth_provider *p);

/* ---- What a server is ready for --------------------------------------------------------------- */

/* Readiness of a type, replacing an earlier one. RPC_S_UNKNOWN_AUTHN_SERVICE, or no memory. */
RPC_STATUS auth_server_enable(uint32_t type, const char *principal, const char *argument);
/* NULL: not ready for this type. */
struct auth_server *auth_server_find(uint8_t type);
void auth_server_unref(struct auth_server *take_s); /* accepts NULL */
/* For tests: ready for nothing. */
void auth_server_clear(void);

#endif
