/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server's legs of NTLM
 *
 * Spec: MS-NLMP 3.2.5. Accounts are the file's (accounts.h); there is no domain controller to ask.
 */
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <nettle/memops.h>

#include "base/mem.h"
#include "rpc/auth/ntlm/session.h"

#define COMPUTER_NAME 15 /* characters of a NetBIOS name */
#define INFO_MAX      512
#define RESPONSE_MIN  44 /* proof and fixed part of a response of version 2 */

/* ---- CHALLENGE -------------------------------------------------------------------------------- */

/* This machine's name as UTF-16, in capitals and short (`netbios`) or as it is; its octets. */
static size_t host_name(bool netbios, uint8_t to[2 * 64])
{
    char name[64] = "";
    size_t n = 0;

    (void)gethostname(name, sizeof name - 1);
    for (; name[n] != '\0' && !(netbios && (n == COMPUTER_NAME || name[n] == '.')); n++) {
        char c = name[n];

        if (netbios && c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        to[2 * n] = (uint8_t)(c & 0x7f);
        to[2 * n + 1] = 0;
    }
    return 2 * n;
}

static void put_time(struct ntlm_out *o)
{
    struct timespec t;
    uint64_t units;
    uint8_t octets[8];

    (void)clock_gettime(CLOCK_REALTIME, &t);
    units = ((uint64_t)t.tv_sec + UINT64_C(11644473600)) * 10000000u + (uint64_t)t.tv_nsec / 100;
    for (int i = 0; i < 8; i++)
        octets[i] = (uint8_t)(units >> 8 * i);
    ntlm_put_av(o, NTLM_AV_TIMESTAMP, octets, sizeof octets);
}

static enum auth_progress challenge(struct ntlm_session *s, const uint8_t *token, size_t size,
                                    struct ntlm_out *out)
{
    uint8_t pairs[INFO_MAX], name[128], dns[128];
    size_t name_size = host_name(true, name), dns_size = host_name(false, dns);
    struct ntlm_out info = {.octets = pairs, .room = sizeof pairs};
    struct ntlm_challenge m = {.target = {name, name_size}};
    struct ntlm_negotiate n;

    if (!ntlm_get_negotiate(token, size, &n))
        return AUTH_BROKEN;
    if ((n.flags & NTLM_NEEDED_FLAGS) != NTLM_NEEDED_FLAGS)
        return AUTH_REFUSED;
    if (getrandom(s->challenge, sizeof s->challenge, 0) != (ssize_t)sizeof s->challenge)
        return AUTH_NO_MEMORY;
    s->flags = n.flags & (NTLM_USUAL_FLAGS | NTLM_SIGN | NTLM_SEAL);
    ntlm_put_av(&info, NTLM_AV_DOMAIN, name, name_size);
    ntlm_put_av(&info, NTLM_AV_COMPUTER, name, name_size);
    ntlm_put_av(&info, NTLM_AV_DNS_DOMAIN, dns, dns_size);
    ntlm_put_av(&info, NTLM_AV_DNS_COMPUTER, dns, dns_size);
    put_time(&info);
    ntlm_put_av(&info, NTLM_AV_END, NULL, 0);
    m.info = (struct ntlm_text){pairs, info.size};
    m.flags = s->flags | NTLM_TARGET_INFO | NTLM_TARGET_SERVER;
    memcpy(m.challenge, s->challenge, sizeof m.challenge);
    ntlm_put_challenge(out, &m);
    if (info.failed || out->failed)
        return AUTH_BROKEN;
    return ntlm_keep(s, token, size) && ntlm_keep(s, out->octets, out->size) ? AUTH_MORE
                                                                             : AUTH_NO_MEMORY;
}

/* ---- AUTHENTICATE ----------------------------------------------------------------------------- */

/* The session key, sent encrypted by the base key or equal to it. */
static bool take_key(struct ntlm_session *s, const struct ntlm_authenticate *m,
                     const uint8_t base[NTLM_KEY])
{
    if ((s->flags & NTLM_KEY_EXCHANGE) == 0) {
        memcpy(s->key, base, NTLM_KEY);
        return true;
    }
    if (m->session_key.size != NTLM_KEY)
        return false;
    ntlm_wrap_key(base, m->session_key.octets, s->key);
    return true;
}

static enum auth_progress accept_anonymous(struct ntlm_session *s,
                                           const struct ntlm_authenticate *m)
{
    static const uint8_t zero[NTLM_KEY];

    s->principal[0] = '\0';
    return take_key(s, m, zero) ? AUTH_DONE : AUTH_BROKEN;
}

/* Is the response that of the account? Then its base key. */
static bool proves(const struct ntlm_session *s, const struct ntlm_authenticate *m,
                   const struct ntlm_account *account, uint8_t ret_base[NTLM_KEY])
{
    uint8_t key[NTLM_KEY], proof[NTLM_KEY];
    bool good;

    if (!ntlm_response_key(account->hash, m->user, m->domain, key))
        return false;
    ntlm_mac2(key, s->challenge, sizeof s->challenge, m->nt.octets + NTLM_KEY,
              m->nt.size - NTLM_KEY, proof);
    good = memeql_sec(proof, m->nt.octets, NTLM_KEY) == 1;
    ntlm_mac2(key, proof, NTLM_KEY, NULL, 0, ret_base);
    explicit_bzero(key, sizeof key);
    return good;
}

/* True if the response says that a MIC was sent, at any place: somebody may have put flags of his own
 * before the client's (CVE-2019-1166). */
static bool promises_mic(const struct ntlm_authenticate *m)
{
    struct ntlm_text pairs = {m->nt.octets + RESPONSE_MIN, m->nt.size - RESPONSE_MIN}, value;
    bool promised = false;
    unsigned id;

    while (ntlm_av_next(&pairs, &id, &value))
        promised |=
            id == NTLM_AV_FLAGS && value.size == 4 && (value.octets[0] & NTLM_AV_FLAG_MIC) != 0;
    return promised;
}

static bool mic_is_good(const struct ntlm_session *s, const struct ntlm_authenticate *m,
                        const uint8_t *token, size_t size)
{
    uint8_t check[NTLM_KEY];

    return m->mic != NULL && ntlm_mic(s, token, size, check) &&
           memeql_sec(check, m->mic, NTLM_KEY) == 1;
}

static enum auth_progress accept_user(struct ntlm_session *s, const struct ntlm_authenticate *m,
                                      const uint8_t *token, size_t size)
{
    char user[NTLM_ACCOUNT_NAME], domain[NTLM_ACCOUNT_NAME];
    struct ntlm_account account = {0};
    uint8_t base[NTLM_KEY] = {0};
    bool known, good;

    if (m->nt.size < RESPONSE_MIN || m->nt.octets[16] != 1) /* not of version 2 */
        return AUTH_REFUSED;
    if (!ntlm_text_take(m->user, user, sizeof user) ||
        !ntlm_text_take(m->domain, domain, sizeof domain))
        return AUTH_REFUSED;
    known = ntlm_account_find(s->accounts, domain, user, &account) == NTLM_FOUND;
    good = proves(s, m, &account, base) && known; /* the unknown take as long as the wrong */
    good = good && take_key(s, m, base) && (!promises_mic(m) || mic_is_good(s, m, token, size));
    if (good)
        memcpy(s->principal, account.name, sizeof s->principal);
    explicit_bzero(&account, sizeof account);
    explicit_bzero(base, sizeof base);
    return good ? AUTH_DONE : AUTH_REFUSED;
}

/* The client has the last word on flags. A null session may lack all that its keys would need: then,
 * and where the client did not agree to sign, who it is is shown and no message of it can be. At
 * privacy level Windows refuses such a client at once (rpc-wire 8, raw_protocol). */
static enum auth_progress judge_flags(struct ntlm_session *s, uint32_t offered, bool anonymous)
{
    uint32_t least = anonymous ? NTLM_UNICODE : NTLM_NEEDED_FLAGS;
    uint32_t needed = NTLM_NEEDED_FLAGS | ntlm_level_flags(s->base.level);

    if ((offered & least) != least)
        return AUTH_REFUSED;
    s->flags &= offered;
    s->mute = auth_protects(s->base.level) && (s->flags & needed) != needed;
    return s->mute && s->base.level == AUTH_LEVEL_PRIVACY ? AUTH_WEAK : AUTH_DONE;
}

static enum auth_progress judge(struct ntlm_session *s, const uint8_t *token, size_t size)
{
    struct ntlm_authenticate m;
    enum auth_progress progress;
    bool anonymous;

    if (!ntlm_get_authenticate(token, size, &m))
        return AUTH_BROKEN;
    anonymous = m.user.size == 0 && m.nt.size == 0 && m.lm.size <= 1;
    progress = judge_flags(s, m.flags, anonymous);
    if (progress != AUTH_DONE)
        return progress;
    if (anonymous)
        progress = accept_anonymous(s, &m);
    else
        progress = accept_user(s, &m, token, size);
    if (progress == AUTH_DONE)
        ntlm_begin_session(s);
    return progress;
}

enum auth_progress ntlm_server_step(struct ntlm_session *s, const uint8_t *token, size_t size,
                                    struct ntlm_out *out)
{
    switch (s->leg) {
    case 0: return challenge(s, token, size, out);
    case 1: return judge(s, token, size);
    default: return AUTH_BROKEN;
    }
}
