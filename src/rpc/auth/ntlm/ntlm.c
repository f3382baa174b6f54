/* SPDX-License-Identifier: Apache-2.0
 *
 * ntlm.c - the NTLM provider: contexts and messages
 */
#include "rpc/auth/ntlm/ntlm.h"

#include <string.h>

#include <rpcnterr.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf16.h"
#include "rpc/auth/ntlm/session.h"

static const struct auth_provider ntlm;

/* ---- What both sides share -------------------------------------------------------------------- */

uint32_t ntlm_level_flags(uint8_t level)
{
    if (level < AUTH_LEVEL_CALL)
        return 0;
    return level == AUTH_LEVEL_PRIVACY ? NTLM_SIGN | NTLM_SEAL : NTLM_SIGN;
}

bool ntlm_keep(struct ntlm_session *s, const uint8_t *message, size_t size)
{
    uint8_t *both = mem_grow(s->sent, s->sent_size + size);

    if (both == NULL)
        return false;
    memcpy(both + s->sent_size, message, size);
    s->sent = both;
    s->sent_size += size;
    return true;
}

bool ntlm_mic(const struct ntlm_session *s, const uint8_t *last, size_t size, uint8_t ret[NTLM_KEY])
{
    uint8_t *copy = mem_alloc(size);

    if (copy == NULL)
        return false;
    memcpy(copy, last, size);
    memset(copy + NTLM_AUTHENTICATE_MIC, 0, NTLM_KEY);
    ntlm_mac2(s->key, s->sent, s->sent_size, copy, size, ret);
    mem_free(copy);
    return true;
}

void ntlm_begin_session(struct ntlm_session *s)
{
    bool exchanged = (s->flags & NTLM_KEY_EXCHANGE) != 0;

    ntlm_stream_init(&s->out, s->key, !s->base.server, exchanged);
    ntlm_stream_init(&s->in, s->key, s->base.server, exchanged);
    mem_free(s->sent);
    s->sent = NULL;
    s->sent_size = 0;
}

bool ntlm_text_make(const char *text, struct ntlm_text *ret, uint8_t **ret_owned)
{
    uint16_t *wide = utf16_from_utf8(text == NULL ? "" : text);
    size_t n;
    uint8_t *octets;

    if (wide == NULL)
        return false;
    n = utf16_length(wide);
    octets = (uint8_t *)wide;
    for (size_t i = 0; i < n; i++) { /* in place: each unit where it was */
        uint16_t unit = wide[i];

        octets[2 * i] = (uint8_t)unit;
        octets[2 * i + 1] = (uint8_t)(unit >> 8);
    }
    *ret = (struct ntlm_text){octets, 2 * n};
    *ret_owned = octets;
    return true;
}

bool ntlm_text_take(struct ntlm_text text, char *to, size_t room)
{
    size_t n = text.size / 2;
    uint16_t *wide = mem_alloc((n + 1) * sizeof *wide);
    char *narrow;
    bool good;

    if (wide == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        wide[i] = (uint16_t)(text.octets[2 * i] | text.octets[2 * i + 1] << 8);
    narrow = text.size % 2 == 0 && utf16_length(wide) == n ? utf16_to_utf8(wide) : NULL;
    good = narrow != NULL && strlen(narrow) < room;
    if (good)
        memcpy(to, narrow, strlen(narrow) + 1);
    mem_free(narrow);
    mem_free(wide);
    return good;
}

/* ---- Contexts --------------------------------------------------------------------------------- */

static struct ntlm_session *session_new(uint8_t level, bool server)
{
    struct ntlm_session *s = mem_alloc(sizeof *s);

    if (s != NULL)
        s->base = (struct auth_context){.provider = &ntlm, .level = level, .server = server};
    return s;
}

static void session_free(struct ntlm_session *s)
{
    auth_client_unref(s->client);
    mem_free(s->accounts);
    mem_free(s->sent);
    explicit_bzero(s, sizeof *s);
    mem_free(s);
}

static void end(struct auth_context *take_c)
{
    session_free((struct ntlm_session *)take_c);
}

static struct auth_context *client(const struct auth_client *with, RPC_STATUS *ret_status)
{
    struct ntlm_session *s;

    *ret_status = RPC_S_INVALID_AUTH_IDENTITY;
    if (!with->has_identity)
        return NULL;
    *ret_status = RPC_S_SEC_PKG_ERROR;
    if (with->mutual) /* it shows nothing of the server */
        return NULL;
    *ret_status = RPC_S_OUT_OF_MEMORY;
    s = session_new(with->level, false);
    if (s == NULL)
        return NULL;
    s->client = auth_client_ref((struct auth_client *)(uintptr_t)with);
    return &s->base;
}

static struct auth_context *server(const struct auth_server *with, uint8_t level,
                                   RPC_STATUS *ret_status)
{
    struct ntlm_session *s = session_new(level, true);

    *ret_status = RPC_S_OUT_OF_MEMORY;
    if (s == NULL)
        return NULL;
    s->accounts = mem_strdup(with->argument);
    if (with->argument != NULL && s->accounts == NULL) {
        session_free(s);
        return NULL;
    }
    return &s->base;
}

static enum auth_progress step(struct auth_context *c, const uint8_t *token, size_t size,
                               struct auth_token *out)
{
    struct ntlm_session *s = (struct ntlm_session *)c;
    struct ntlm_out o = {.octets = out->octets, .room = out->room};
    enum auth_progress progress =
        c->server ? ntlm_server_step(s, token, size, &o) : ntlm_client_step(s, token, size, &o);

    s->leg++;
    out->size = 0;
    if (o.failed)
        return AUTH_BROKEN;
    if (progress == AUTH_DONE || progress == AUTH_MORE)
        out->size = o.size;
    return progress;
}

static const char *principal(const struct auth_context *c)
{
    return ((const struct ntlm_session *)c)->principal;
}

/* ---- Messages --------------------------------------------------------------------------------- */

/* With extended session security the whole fragment is signed, also where no header signing was
 * agreed on: so do Windows, Samba and impacket. */

static size_t signature_size(const struct auth_context *c, size_t body_size)
{
    (void)c;
    (void)body_size;
    return NTLM_SIGNATURE;
}

static uint8_t *sealed_part(const struct auth_context *c, const struct auth_message *m)
{
    return c->level == AUTH_LEVEL_PRIVACY ? m->octets + m->body_at : NULL;
}

static bool wrap(struct auth_context *c, const struct auth_message *m, uint8_t *token,
                 size_t token_size)
{
    struct ntlm_session *s = (struct ntlm_session *)c;

    if (s->mute || token_size != NTLM_SIGNATURE)
        return false;
    ntlm_seal(&s->out, m->octets, m->size, sealed_part(c, m), m->body_size, token);
    return true;
}

static bool unwrap(struct auth_context *c, const struct auth_message *m, const uint8_t *token,
                   size_t token_size)
{
    struct ntlm_session *s = (struct ntlm_session *)c;

    return !s->mute && token_size == NTLM_SIGNATURE &&
           ntlm_unseal(&s->in, m->octets, m->size, sealed_part(c, m), m->body_size, token);
}

static bool mic(struct auth_context *c, const uint8_t *data, size_t size, struct auth_token *out)
{
    struct ntlm_session *s = (struct ntlm_session *)c;

    if ((s->flags & NTLM_SIGN) == 0 || out->room < NTLM_SIGNATURE)
        return false;
    ntlm_seal(&s->out, data, size, NULL, 0, out->octets);
    out->size = NTLM_SIGNATURE;
    return true;
}

static bool check_mic(struct auth_context *c, const uint8_t *data, size_t size,
                      const uint8_t *token, size_t token_size)
{
    struct ntlm_session *s = (struct ntlm_session *)c;

    return token_size == NTLM_SIGNATURE && ntlm_unseal(&s->in, data, size, NULL, 0, token);
}

static void mic_done(struct auth_context *c)
{
    struct ntlm_session *s = (struct ntlm_session *)c;

    ntlm_stream_restart(&s->out);
    ntlm_stream_restart(&s->in);
}

static const struct auth_provider ntlm = {
    .type = AUTH_TYPE_NTLM,
    .name = "ntlm",
    .odd_legs = true,
    .client = client,
    .server = server,
    .step = step,
    .end = end,
    .principal = principal,
    .signature_size = signature_size,
    .wrap = wrap,
    .unwrap = unwrap,
    .mic = mic,
    .check_mic = check_mic,
    .mic_done = mic_done,
};

const struct auth_provider *auth_ntlm(void)
{
    return &ntlm;
}
