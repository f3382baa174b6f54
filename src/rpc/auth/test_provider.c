/* SPDX-License-Identifier: Apache-2.0
 *
 * test_provider.c - for tests: a provider that does little, and fails when it is told to
 *
 * Legs:  client "H" user       server "C"       client "R" password       [server "O"]
 * Signature, 16 octets: sequence number, direction, header signing, level, 1; then a checksum.
 */
#include "rpc/auth/test_provider.h"

#include <string.h>

#include <rpcnterr.h>

#include "base/mem.h"

struct auth_test_failures auth_test_failures;
atomic_uint auth_test_wraps, auth_test_unwraps, auth_test_contexts;

#define SIGNATURE 16

struct test_context {
    struct auth_context base;
    unsigned leg;
    uint32_t sent, received;
    char user[64], password[64];
};

/* True if this call is the one that is to fail. */
static bool due(atomic_uint *counter)
{
    unsigned n = atomic_load(counter);

    while (n > 0)
        if (atomic_compare_exchange_weak(counter, &n, n - 1))
            return n == 1;
    return false;
}

static struct test_context *context_new(const struct auth_provider *p, uint8_t level, bool server)
{
    struct test_context *c = mem_alloc(sizeof *c);

    if (c == NULL)
        return NULL;
    c->base = (struct auth_context){.provider = p, .level = level, .server = server};
    atomic_fetch_add(&auth_test_contexts, 1);
    return c;
}

static struct auth_context *client_of(const struct auth_provider *p, const struct auth_client *with,
                                      RPC_STATUS *ret_status)
{
    struct test_context *c = context_new(p, with->level, false);

    if (c == NULL) {
        *ret_status = RPC_S_OUT_OF_MEMORY;
        return NULL;
    }
    if (with->user != NULL)
        (void)strncpy(c->user, with->user, sizeof c->user - 1);
    if (with->password != NULL)
        (void)strncpy(c->password, with->password, sizeof c->password - 1);
    return &c->base;
}

static struct auth_context *server_of(const struct auth_provider *p, uint8_t level,
                                      RPC_STATUS *ret_status)
{
    struct test_context *c = context_new(p, level, true);

    if (c == NULL) {
        *ret_status = RPC_S_OUT_OF_MEMORY;
        return NULL;
    }
    return &c->base;
}

static struct auth_context *client(const struct auth_client *with, RPC_STATUS *ret_status)
{
    return client_of(&auth_test_provider, with, ret_status);
}

static struct auth_context *server(const struct auth_server *with, uint8_t level,
                                   RPC_STATUS *ret_status)
{
    (void)with;
    return server_of(&auth_test_provider, level, ret_status);
}

static struct auth_context *client_even(const struct auth_client *with, RPC_STATUS *ret_status)
{
    return client_of(&auth_test_provider_even, with, ret_status);
}

static struct auth_context *server_even(const struct auth_server *with, uint8_t level,
                                        RPC_STATUS *ret_status)
{
    (void)with;
    return server_of(&auth_test_provider_even, level, ret_status);
}

static void put(struct auth_token *out, char kind, const char *text)
{
    size_t n = strlen(text);

    out->octets[0] = (uint8_t)kind;
    memcpy(out->octets + 1, text, n);
    out->size = n + 1;
}

/* The text behind the letter, if the token is one of this kind. */
static bool take(const uint8_t *token, size_t size, char kind, char to[64])
{
    if (size < 1 || size > 63 || token[0] != (uint8_t)kind)
        return false;
    memcpy(to, token + 1, size - 1);
    to[size - 1] = '\0';
    return true;
}

static enum auth_progress client_step(struct test_context *c, const uint8_t *token, size_t size,
                                      struct auth_token *out)
{
    char none[64];

    switch (c->leg++) {
    case 0: put(out, 'H', c->user); return AUTH_MORE;
    case 1:
        if (!take(token, size, 'C', none))
            return AUTH_BROKEN;
        put(out, 'R', c->password);
        return c->base.provider->odd_legs ? AUTH_DONE : AUTH_MORE;
    case 2: return take(token, size, 'O', none) ? AUTH_DONE : AUTH_BROKEN;
    default: return AUTH_BROKEN;
    }
}

static enum auth_progress server_step(struct test_context *c, const uint8_t *token, size_t size,
                                      struct auth_token *out)
{
    switch (c->leg++) {
    case 0:
        if (!take(token, size, 'H', c->user))
            return AUTH_BROKEN;
        put(out, 'C', "");
        return AUTH_MORE;
    case 1:
        if (!take(token, size, 'R', c->password))
            return AUTH_BROKEN;
        if (strcmp(c->password, "wrong") == 0)
            return AUTH_REFUSED;
        if (!c->base.provider->odd_legs)
            put(out, 'O', "");
        return AUTH_DONE;
    default: return AUTH_BROKEN;
    }
}

static enum auth_progress step(struct auth_context *base, const uint8_t *token, size_t size,
                               struct auth_token *out)
{
    struct test_context *c = (struct test_context *)base;

    out->size = 0;
    if (due(base->server ? &auth_test_failures.server_step : &auth_test_failures.client_step))
        return AUTH_REFUSED;
    return base->server ? server_step(c, token, size, out) : client_step(c, token, size, out);
}

static void end(struct auth_context *take_c)
{
    atomic_fetch_sub(&auth_test_contexts, 1);
    mem_free(take_c);
}

static const char *principal(const struct auth_context *base)
{
    return ((const struct test_context *)base)->user;
}

static size_t signature_size(const struct auth_context *c, size_t body_size)
{
    (void)c;
    (void)body_size;
    return SIGNATURE;
}

static void sign(const struct test_context *c, const struct auth_message *m, uint32_t sequence,
                 bool to_server, uint8_t token[SIGNATURE])
{
    const uint8_t *from = m->header_signing ? m->octets : m->octets + m->body_at;
    size_t size = m->header_signing ? m->size : m->body_size;
    uint64_t sum = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ from[i]) * UINT64_C(1099511628211);
    memcpy(token, &sequence, 4);
    token[4] = to_server;
    token[5] = m->header_signing;
    token[6] = c->base.level;
    token[7] = 1;
    memcpy(token + 8, &sum, 8);
}

static void crypt(const struct test_context *c, const struct auth_message *m, uint32_t sequence)
{
    if (c->base.level != AUTH_LEVEL_PRIVACY)
        return;
    for (size_t i = 0; i < m->body_size; i++)
        m->octets[m->body_at + i] ^= (uint8_t)(0x5A + sequence + i);
}

static bool wrap(struct auth_context *base, const struct auth_message *m, uint8_t *token,
                 size_t token_size)
{
    struct test_context *c = (struct test_context *)base;

    atomic_fetch_add(&auth_test_wraps, 1);
    if (due(base->server ? &auth_test_failures.server_wrap : &auth_test_failures.client_wrap) ||
        token_size != SIGNATURE)
        return false;
    sign(c, m, c->sent, !base->server, token);
    crypt(c, m, c->sent++);
    return true;
}

static bool unwrap(struct auth_context *base, const struct auth_message *m, const uint8_t *token,
                   size_t token_size)
{
    struct test_context *c = (struct test_context *)base;
    uint8_t expected[SIGNATURE];

    atomic_fetch_add(&auth_test_unwraps, 1);
    if (due(base->server ? &auth_test_failures.server_unwrap : &auth_test_failures.client_unwrap))
        return false;
    crypt(c, m, c->received);
    sign(c, m, c->received++, base->server, expected);
    return token_size == SIGNATURE && memcmp(token, expected, SIGNATURE) == 0;
}

const struct auth_provider auth_test_provider = {
    .type = AUTH_TYPE_TEST,
    .name = "test",
    .odd_legs = true,
    .client = client,
    .server = server,
    .step = step,
    .end = end,
    .principal = principal,
    .signature_size = signature_size,
    .wrap = wrap,
    .unwrap = unwrap,
};

const struct auth_provider auth_test_provider_even = {
    .type = AUTH_TYPE_TEST,
    .name = "test, even",
    .client = client_even,
    .server = server_even,
    .step = step,
    .end = end,
    .principal = principal,
    .signature_size = signature_size,
    .wrap = wrap,
    .unwrap = unwrap,
};
