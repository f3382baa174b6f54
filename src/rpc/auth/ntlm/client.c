/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - the client's legs of NTLM
 *
 * The response is of version 2, always; the older ones' part stays empty where the server gives a
 * time, as Windows does. The MIC is sent with every response that answers one. Spec: MS-NLMP 3.1.5.
 */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/mem.h"
#include "rpc/auth/ntlm/session.h"

#define RESPONSE_MAX 2048 /* of the response's pairs and fixed part */

static enum auth_progress negotiate(struct ntlm_session *s, struct ntlm_out *out)
{
    const struct ntlm_negotiate m = {.flags = NTLM_USUAL_FLAGS | ntlm_level_flags(s->base.level)};

    ntlm_put_negotiate(out, &m);
    if (out->failed)
        return AUTH_BROKEN;
    return ntlm_keep(s, out->octets, out->size) ? AUTH_MORE : AUTH_NO_MEMORY;
}

/* Windows' time: units of 100 ns since 1601. */
static void now(uint8_t ret[8])
{
    struct timespec t;
    uint64_t units;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    units = ((uint64_t)t.tv_sec + UINT64_C(11644473600)) * 10000000u + (uint64_t)t.tv_nsec / 100;
    for (int i = 0; i < 8; i++)
        ret[i] = (uint8_t)(units >> 8 * i);
}

/* The server's pairs, but for those that are a client's to say (CVE-2019-1166). */
static void put_pairs(struct ntlm_out *o, struct ntlm_text info)
{
    struct ntlm_text value;
    unsigned id;

    while (ntlm_av_next(&info, &id, &value))
        if (id != NTLM_AV_FLAGS && id != NTLM_AV_TARGET)
            ntlm_put_av(o, id, value.octets, value.size);
}

/* What the response says beside its proof (MS-NLMP 2.2.2.7). */
static bool put_response(struct ntlm_out *o, const struct ntlm_challenge *c,
                         struct ntlm_text target, const uint8_t ours[8])
{
    static const uint8_t begin[8] = {1, 1}, zeros[4];
    static const uint8_t with_mic[4] = {NTLM_AV_FLAG_MIC};
    struct ntlm_text stamp;
    uint8_t time[8];

    now(time);
    if (ntlm_av_find(c->info, NTLM_AV_TIMESTAMP, &stamp) && stamp.size == sizeof time)
        memcpy(time, stamp.octets, sizeof time);
    ntlm_put(o, begin, sizeof begin);
    ntlm_put(o, time, sizeof time);
    ntlm_put(o, ours, 8);
    ntlm_put(o, zeros, sizeof zeros);
    put_pairs(o, c->info);
    ntlm_put_av(o, NTLM_AV_FLAGS, with_mic, sizeof with_mic);
    ntlm_put_av(o, NTLM_AV_TARGET, target.octets, target.size);
    ntlm_put_av(o, NTLM_AV_END, NULL, 0);
    ntlm_put(o, zeros, sizeof zeros);
    return !o->failed;
}

/* Names and password as they go over the wire. */
struct names {
    struct ntlm_text user, domain, password, target;
    uint8_t *owned[4];
};

static void names_free(struct names *n)
{
    if (n->owned[2] != NULL)
        explicit_bzero(n->owned[2], n->password.size);
    for (int i = 0; i < 4; i++)
        mem_free(n->owned[i]);
}

static bool names_make(const struct auth_client *c, struct names *n)
{
    return ntlm_text_make(c->user, &n->user, &n->owned[0]) &&
           ntlm_text_make(c->domain, &n->domain, &n->owned[1]) &&
           ntlm_text_make(c->password, &n->password, &n->owned[2]) &&
           ntlm_text_make(c->target, &n->target, &n->owned[3]);
}

/* Writes the last message and begins the session by `base_key`. */
static enum auth_progress finish(struct ntlm_session *s, struct ntlm_authenticate *m,
                                 const uint8_t base_key[NTLM_KEY], bool with_mic,
                                 struct ntlm_out *out)
{
    uint8_t wrapped[NTLM_KEY], check[NTLM_KEY];

    memcpy(s->key, base_key, NTLM_KEY);
    if (s->flags & NTLM_KEY_EXCHANGE) {
        if (getrandom(s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
            return AUTH_NO_MEMORY;
        ntlm_wrap_key(base_key, s->key, wrapped);
        m->session_key = (struct ntlm_text){wrapped, sizeof wrapped};
    }
    m->flags = s->flags;
    ntlm_put_authenticate(out, m);
    if (out->failed)
        return AUTH_BROKEN;
    if (with_mic) {
        if (!ntlm_mic(s, out->octets, out->size, check))
            return AUTH_NO_MEMORY;
        memcpy(out->octets + NTLM_AUTHENTICATE_MIC, check, sizeof check);
    }
    ntlm_begin_session(s);
    return AUTH_DONE;
}

static enum auth_progress respond(struct ntlm_session *s, const struct ntlm_challenge *c,
                                  const struct names *n, struct ntlm_out *out)
{
    uint8_t ours[8], hash[NTLM_KEY], key[NTLM_KEY], base[NTLM_KEY];
    uint8_t response[NTLM_KEY + RESPONSE_MAX], lm[24] = {0};
    struct ntlm_out rest = {.octets = response + NTLM_KEY, .room = RESPONSE_MAX};
    struct ntlm_authenticate m = {.user = n->user, .domain = n->domain, .lm = {lm, sizeof lm}};
    enum auth_progress progress;

    if (getrandom(ours, sizeof ours, 0) != (ssize_t)sizeof ours)
        return AUTH_NO_MEMORY;
    if (!put_response(&rest, c, n->target, ours))
        return AUTH_BROKEN;
    ntlm_hash(n->password, hash);
    if (!ntlm_response_key(hash, n->user, n->domain, key))
        return AUTH_NO_MEMORY;
    ntlm_mac2(key, c->challenge, 8, rest.octets, rest.size, response);
    ntlm_mac2(key, response, NTLM_KEY, NULL, 0, base);
    m.nt = (struct ntlm_text){response, NTLM_KEY + rest.size};
    progress = finish(s, &m, base, true, out);
    explicit_bzero(hash, sizeof hash);
    explicit_bzero(key, sizeof key);
    explicit_bzero(base, sizeof base);
    return progress;
}

/* A null session: its key is known to everybody. */
static enum auth_progress respond_anonymously(struct ntlm_session *s, struct ntlm_out *out)
{
    static const uint8_t zero[NTLM_KEY];
    struct ntlm_authenticate m = {.lm = {zero, 1}};

    s->flags |= NTLM_ANONYMOUS;
    return finish(s, &m, zero, false, out);
}

static enum auth_progress authenticate(struct ntlm_session *s, const uint8_t *token, size_t size,
                                       struct ntlm_out *out)
{
    uint32_t needed = NTLM_NEEDED_FLAGS | ntlm_level_flags(s->base.level);
    const struct auth_client *who = s->client;
    struct ntlm_challenge c;
    struct names n = {0};
    enum auth_progress progress = AUTH_NO_MEMORY;

    if (!ntlm_get_challenge(token, size, &c))
        return AUTH_BROKEN;
    s->flags = c.flags & (NTLM_USUAL_FLAGS | needed);
    if ((s->flags & needed) != needed) /* it would be a weaker session than was asked for */
        return AUTH_REFUSED;
    s->flags |= NTLM_TARGET_INFO;
    if (!ntlm_keep(s, token, size))
        return AUTH_NO_MEMORY;
    if ((who->user == NULL || who->user[0] == '\0') &&
        (who->password == NULL || who->password[0] == '\0'))
        return respond_anonymously(s, out);
    if (names_make(who, &n))
        progress = respond(s, &c, &n, out);
    names_free(&n);
    return progress;
}

enum auth_progress ntlm_client_step(struct ntlm_session *s, const uint8_t *token, size_t size,
                                    struct ntlm_out *out)
{
    switch (s->leg) {
    case 0: return negotiate(s, out);
    case 1: return authenticate(s, token, size, out);
    default: return AUTH_BROKEN;
    }
}
