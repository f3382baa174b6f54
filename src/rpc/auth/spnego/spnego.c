/* SPDX-License-Identifier: Apache-2.0
 *
 * spnego.c - the provider that negotiates which other one is used
 *
 * The client offers Kerberos, if it can make a ticket for the server, and NTLM, if it has a name and
 * a password; the first of them speaks at once. The server takes the first of the client's list that
 * it is ready for. What was offered is signed by mechListMIC at the end: where NTLM can sign, and always
 * when the one taken was not the first, for then somebody may have struck the better one off the list. A
 * server that has signed and is not done waits for the client to do so, too (RFC 4178 5; Samba's, with Kerberos).
 *
 * Spec: RFC 4178, MS-SPNG 3.1.5, 3.3.5.1.
 */
#include "rpc/auth/spnego/spnego.h"

#include <string.h>

#include <rpcnterr.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/auth/spnego/message.h"

static const uint8_t oid_kerberos[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t oid_windows_kerberos[] = {0x2a, 0x86, 0x48, 0x82, 0xf7,
                                               0x12, 0x01, 0x02, 0x02};
static const uint8_t oid_ntlm[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

/* In the order in which a client offers them. */
static const struct mechanism {
    struct der oid;
    uint8_t type;
} mechanisms[] = {
    {{oid_windows_kerberos, sizeof oid_windows_kerberos}, AUTH_TYPE_KERBEROS},
    {{oid_kerberos, sizeof oid_kerberos}, AUTH_TYPE_KERBEROS},
    {{oid_ntlm, sizeof oid_ntlm}, AUTH_TYPE_NTLM},
};
#define MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])
#define LIST_MAX   512 /* octets of a list of mechanisms */

struct spnego {
    struct auth_context base;
    struct auth_client *client; /* client */
    struct auth_context *inner;
    const struct mechanism *chosen;
    uint8_t list[LIST_MAX]; /* as offered: what is signed */
    size_t list_size;
    unsigned leg;
    bool needs_mic, mic_sent, mic_checked;
    bool inner_done;
    bool named; /* server: the mechanism taken was told */
};

static const struct auth_provider spnego;

/* ---- The mechanism inside --------------------------------------------------------------------- */

static const struct mechanism *mechanism_of(struct der oid)
{
    for (size_t i = 0; i < MECHANISMS; i++)
        if (der_equal(mechanisms[i].oid, oid))
            return &mechanisms[i];
    return NULL;
}

/* Where the list has to be signed, whatever the level. Elsewhere a client asks for what its level needs:
 * Samba's server, at connect level with a mechanism that could sign, answers every call with a fault. */
static uint8_t signing_level(uint8_t level)
{
    return level < AUTH_LEVEL_INTEGRITY ? AUTH_LEVEL_INTEGRITY : level;
}

static void drop_inner(struct spnego *s)
{
    if (s->inner != NULL)
        s->inner->provider->end(s->inner);
    s->inner = NULL;
}

static struct auth_context *begin_client(const struct auth_client *with, uint8_t type,
                                         uint8_t level, RPC_STATUS *ret_status)
{
    const struct auth_provider *p = auth_provider_find(type);
    struct auth_client like = *with, *own;
    struct auth_context *c;

    if (p == NULL) {
        *ret_status = RPC_S_UNKNOWN_AUTHN_SERVICE;
        return NULL;
    }
    like.type = type;
    like.level = level;
    own = auth_client_new(&like);
    if (own == NULL) {
        *ret_status = RPC_S_OUT_OF_MEMORY;
        return NULL;
    }
    c = p->client(own, ret_status);
    auth_client_unref(own);
    return c;
}

static bool begin_server(struct spnego *s, const struct mechanism *m)
{
    const struct auth_provider *p = auth_provider_find(m->type);
    struct auth_server *with = auth_server_find(m->type);
    RPC_STATUS status;

    if (p != NULL && with != NULL)
        s->inner = p->server(with, s->base.level, &status);
    auth_server_unref(with);
    s->chosen = m;
    return s->inner != NULL;
}

/* Hands a token on. `out` is room for its answer. */
static enum auth_progress inner_step(struct spnego *s, struct der token, struct auth_token *out)
{
    enum auth_progress progress = s->inner->provider->step(s->inner, token.octets, token.size, out);

    s->inner_done = progress == AUTH_DONE;
    return progress;
}

/* ---- mechListMIC ------------------------------------------------------------------------------ */

static bool can_mic(const struct spnego *s)
{
    return s->inner->provider->mic != NULL;
}

static bool make_mic(struct spnego *s, struct auth_token *ret)
{
    s->mic_sent = true;
    return can_mic(s) && s->inner->provider->mic(s->inner, s->list, s->list_size, ret);
}

static bool check_mic(struct spnego *s, struct der mic)
{
    s->mic_checked = can_mic(s) && s->inner->provider->check_mic(s->inner, s->list, s->list_size,
                                                                 mic.octets, mic.size);
    return s->mic_checked;
}

/* Everything is said. */
static enum auth_progress complete(struct spnego *s)
{
    if (s->needs_mic && !s->mic_checked)
        return AUTH_REFUSED;
    if (s->mic_checked && s->inner->provider->mic_done != NULL)
        s->inner->provider->mic_done(s->inner);
    return AUTH_DONE;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

/* Moves what was written backwards to the front. */
static bool to_front(struct der_out *o, struct auth_token *out)
{
    if (o->failed)
        return false;
    out->size = o->room - o->at;
    memmove(out->octets, out->octets + o->at, out->size);
    return true;
}

static bool put_response(struct auth_token *out, const struct spnego_response *r)
{
    struct der_out o = {.octets = out->octets, .room = out->room, .at = out->room};

    spnego_put_response(&o, r);
    return to_front(&o, out);
}

static struct der der_of(const struct auth_token *t)
{
    return (struct der){t->octets, t->size};
}

/* ---- The client ------------------------------------------------------------------------------- */

/* Which mechanisms can be offered; the first of them becomes the inner one, with its first token. */
static enum auth_progress begin_inner(struct spnego *s, struct spnego_init *offer,
                                      struct auth_token *token)
{
    RPC_STATUS status;

    for (size_t i = 0; i < MECHANISMS; i++) {
        struct auth_context *c;

        if (s->chosen != NULL && s->chosen->type == mechanisms[i].type) { /* its other name */
            offer->mechanisms[offer->count++] = mechanisms[i].oid;
            continue;
        }
        c = begin_client(s->client, mechanisms[i].type, s->client->level, &status);
        if (c == NULL)
            continue;
        if (s->chosen != NULL) {
            offer->mechanisms[offer->count++] = mechanisms[i].oid;
            c->provider->end(c);
            continue;
        }
        s->inner = c;
        if (inner_step(s, (struct der){0}, token) == AUTH_MORE) {
            s->chosen = &mechanisms[i];
            offer->mechanisms[offer->count++] = mechanisms[i].oid;
        } else {
            drop_inner(s);
        }
    }
    return s->chosen != NULL ? AUTH_MORE : AUTH_REFUSED;
}

static enum auth_progress client_first(struct spnego *s, struct auth_token *token,
                                       struct auth_token *out)
{
    struct der_out list = {.octets = s->list, .room = LIST_MAX, .at = LIST_MAX};
    struct der_out o = {.octets = out->octets, .room = out->room, .at = out->room};
    struct spnego_init offer = {0};
    enum auth_progress progress = begin_inner(s, &offer, token);

    if (progress != AUTH_MORE)
        return progress;
    spnego_put_list(&list, &offer);
    s->list_size = LIST_MAX - list.at;
    memmove(s->list, s->list + list.at, s->list_size);
    offer.token = der_of(token);
    spnego_put_init(&o, &offer);
    return to_front(&o, out) ? AUTH_MORE : AUTH_BROKEN;
}

/* The server has taken another mechanism than the one that spoke: begins again with that. */
static bool change_mechanism(struct spnego *s, const struct mechanism *m)
{
    RPC_STATUS status;

    if (m == NULL)
        return false;
    s->needs_mic = true;
    if (m->type == s->chosen->type) {
        s->needs_mic = false; /* one mechanism with two names */
        return true;
    }
    drop_inner(s);
    s->chosen = m;
    s->inner = begin_client(s->client, m->type, signing_level(s->client->level), &status);
    return s->inner != NULL;
}

static enum auth_progress client_next(struct spnego *s, const uint8_t *octets, size_t size,
                                      struct auth_token *token, struct auth_token *out)
{
    uint8_t mic_octets[AUTH_SIGNATURE_MAX];
    struct auth_token mic = {.octets = mic_octets, .room = sizeof mic_octets};
    struct spnego_response r, reply = {.state = SPNEGO_UNSTATED};
    enum auth_progress progress = AUTH_MORE;

    if (!spnego_get_response(octets, size, &r))
        return AUTH_BROKEN;
    if (r.state == SPNEGO_REJECT)
        return AUTH_REFUSED;
    if (r.mechanism.size > 0 && s->leg == 1 && !der_equal(r.mechanism, s->chosen->oid) &&
        !change_mechanism(s, mechanism_of(r.mechanism)))
        return AUTH_REFUSED;
    s->needs_mic |= r.state == SPNEGO_REQUEST_MIC;
    if (!s->inner_done)
        progress = inner_step(s, r.token, token);
    if (progress != AUTH_MORE && progress != AUTH_DONE)
        return progress;
    if (r.mic.size > 0 && (!s->inner_done || !check_mic(s, r.mic)))
        return AUTH_REFUSED;
    if (r.state == SPNEGO_COMPLETED && s->inner_done && token->size == 0)
        return complete(s);
    if (s->inner_done && !s->mic_sent && can_mic(s) &&
        (s->needs_mic || s->mic_checked || s->chosen->type == AUTH_TYPE_NTLM) &&
        !make_mic(s, &mic) && s->needs_mic)
        return AUTH_REFUSED;
    if (token->size == 0 && mic.size == 0) /* nothing to say, and the server is not done */
        return AUTH_BROKEN;
    reply.token = der_of(token);
    reply.mic = der_of(&mic);
    return put_response(out, &reply) ? AUTH_MORE : AUTH_BROKEN;
}

/* ---- The server ------------------------------------------------------------------------------- */

/* The first of the client's list that this server is ready for. */
static bool choose(struct spnego *s, const struct spnego_init *offer, bool *ret_first)
{
    for (unsigned i = 0; i < offer->count; i++) {
        const struct mechanism *m = mechanism_of(offer->mechanisms[i]);

        if (m != NULL && begin_server(s, m)) {
            *ret_first = i == 0;
            return true;
        }
    }
    return false;
}

/* The answer after the inner mechanism has had its say. */
static enum auth_progress answer(struct spnego *s, struct der mic_in,
                                 const struct auth_token *token, struct auth_token *out)
{
    uint8_t mic_octets[AUTH_SIGNATURE_MAX];
    struct auth_token mic = {.octets = mic_octets, .room = sizeof mic_octets};
    struct spnego_response r = {.state = SPNEGO_INCOMPLETE, .token = der_of(token)};
    bool waits = false;

    if (!s->named)
        r.mechanism = s->chosen->oid;
    if (!s->named && s->needs_mic)
        r.state = SPNEGO_REQUEST_MIC;
    s->named = true;
    if (s->inner_done && mic_in.size > 0 && (!check_mic(s, mic_in) || !make_mic(s, &mic)))
        return AUTH_REFUSED;
    waits = !s->inner_done || (s->needs_mic && !s->mic_checked);
    if (!waits)
        r.state = SPNEGO_COMPLETED;
    r.mic = der_of(&mic);
    if (!put_response(out, &r))
        return AUTH_BROKEN;
    return waits ? AUTH_MORE : complete(s);
}

static enum auth_progress server_first(struct spnego *s, const uint8_t *octets, size_t size,
                                       struct auth_token *token, struct auth_token *out)
{
    struct spnego_init offer;
    enum auth_progress progress;
    bool first = false;

    if (!spnego_get_init(octets, size, &offer) || offer.list.size > LIST_MAX)
        return AUTH_BROKEN;
    if (!choose(s, &offer, &first))
        return AUTH_REFUSED;
    memcpy(s->list, offer.list.octets, offer.list.size);
    s->list_size = offer.list.size;
    s->needs_mic = !first;
    if (first && offer.token.size > 0) {
        progress = inner_step(s, offer.token, token);
        if (progress != AUTH_MORE && progress != AUTH_DONE)
            return progress;
    }
    return answer(s, (struct der){0}, token, out);
}

static enum auth_progress server_next(struct spnego *s, const uint8_t *octets, size_t size,
                                      struct auth_token *token, struct auth_token *out)
{
    struct spnego_response r;
    enum auth_progress progress;

    if (!spnego_get_response(octets, size, &r) || r.state == SPNEGO_REJECT)
        return AUTH_BROKEN;
    if (!s->inner_done) {
        progress = inner_step(s, r.token, token);
        if (progress != AUTH_MORE && progress != AUTH_DONE)
            return progress;
    } else if (r.mic.size == 0) { /* nothing else can be missing */
        return AUTH_REFUSED;
    }
    return answer(s, r.mic, token, out);
}

/* ---- The provider ----------------------------------------------------------------------------- */

static enum auth_progress step(struct auth_context *c, const uint8_t *token, size_t size,
                               struct auth_token *out)
{
    struct spnego *s = (struct spnego *)c;
    struct auth_token inner = {.octets = mem_alloc(RPC_LIMIT_AUTH_TOKEN),
                               .room = RPC_LIMIT_AUTH_TOKEN};
    enum auth_progress progress;

    out->size = 0;
    if (inner.octets == NULL)
        return AUTH_NO_MEMORY;
    if (c->server)
        progress = s->leg == 0 ? server_first(s, token, size, &inner, out)
                               : server_next(s, token, size, &inner, out);
    else
        progress =
            s->leg == 0 ? client_first(s, &inner, out) : client_next(s, token, size, &inner, out);
    s->leg++;
    mem_free(inner.octets);
    return progress;
}

static void end(struct auth_context *take_c)
{
    struct spnego *s = (struct spnego *)take_c;

    drop_inner(s);
    auth_client_unref(s->client);
    mem_free(s);
}

static struct spnego *spnego_new(uint8_t level, bool is_server, RPC_STATUS *ret_status)
{
    struct spnego *s = mem_alloc(sizeof *s);

    if (s == NULL)
        *ret_status = RPC_S_OUT_OF_MEMORY;
    else
        s->base = (struct auth_context){.provider = &spnego, .level = level, .server = is_server};
    return s;
}

/* Some mechanism has to be able to begin. */
static struct auth_context *client(const struct auth_client *with, RPC_STATUS *ret_status)
{
    struct auth_context *some = begin_client(with, AUTH_TYPE_KERBEROS, with->level, ret_status);
    struct spnego *s;

    if (some == NULL)
        some = begin_client(with, AUTH_TYPE_NTLM, with->level, ret_status);
    if (some == NULL)
        return NULL;
    some->provider->end(some);
    s = spnego_new(with->level, false, ret_status);
    if (s == NULL)
        return NULL;
    s->client = auth_client_ref((struct auth_client *)(uintptr_t)with);
    return &s->base;
}

static struct auth_context *server(const struct auth_server *with, uint8_t level,
                                   RPC_STATUS *ret_status)
{
    struct spnego *s = spnego_new(level, true, ret_status);

    (void)with;
    return s != NULL ? &s->base : NULL;
}

static const char *principal(const struct auth_context *c)
{
    const struct spnego *s = (const struct spnego *)c;

    return s->inner->provider->principal(s->inner);
}

static size_t signature_size(const struct auth_context *c, size_t body_size)
{
    const struct spnego *s = (const struct spnego *)c;

    return s->inner->provider->signature_size(s->inner, body_size);
}

static bool wrap(struct auth_context *c, const struct auth_message *m, uint8_t *token,
                 size_t token_size)
{
    struct spnego *s = (struct spnego *)c;

    return s->inner->provider->wrap(s->inner, m, token, token_size);
}

static bool unwrap(struct auth_context *c, const struct auth_message *m, const uint8_t *token,
                   size_t token_size)
{
    struct spnego *s = (struct spnego *)c;

    return s->inner->provider->unwrap(s->inner, m, token, token_size);
}

static const struct auth_provider spnego = {
    .type = AUTH_TYPE_SPNEGO,
    .name = "spnego",
    .client = client,
    .server = server,
    .step = step,
    .end = end,
    .principal = principal,
    .signature_size = signature_size,
    .wrap = wrap,
    .unwrap = unwrap,
};

const struct auth_provider *auth_spnego(void)
{
    return &spnego;
}
