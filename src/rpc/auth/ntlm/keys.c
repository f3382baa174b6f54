/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - NTLM's keys and what is done with them
 */
#include "rpc/auth/ntlm/keys.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/memops.h>

#include "base/mem.h"

void ntlm_hash(struct ntlm_text password, uint8_t ret[NTLM_KEY])
{
    struct md4_ctx c;

    md4_init(&c);
    md4_update(&c, password.size, password.octets);
    md4_digest(&c, NTLM_KEY, ret);
    explicit_bzero(&c, sizeof c);
}

/* ---- Capitals --------------------------------------------------------------------------------- */

static locale_t unicode; /* made once; never freed */

static void make_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

/* One UTF-16 unit; surrogates have no capitals here, nor has Windows' table any for them. */
static uint16_t capital(uint16_t unit)
{
    wint_t upper;

    if (unicode == NULL || unit < 0x80)
        return unit >= 'a' && unit <= 'z' ? (uint16_t)(unit - 'a' + 'A') : unit;
    upper = towupper_l(unit, unicode);
    return upper <= 0xffff ? (uint16_t)upper : unit;
}

bool ntlm_response_key(const uint8_t hash[NTLM_KEY], struct ntlm_text user, struct ntlm_text domain,
                       uint8_t ret[NTLM_KEY])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint8_t *upper = mem_alloc(user.size + 1);

    if (upper == NULL)
        return false;
    (void)pthread_once(&once, make_locale);
    for (size_t i = 0; i + 1 < user.size; i += 2) {
        uint16_t unit = capital((uint16_t)(user.octets[i] | user.octets[i + 1] << 8));

        upper[i] = (uint8_t)unit;
        upper[i + 1] = (uint8_t)(unit >> 8);
    }
    ntlm_mac2(hash, upper, user.size & ~(size_t)1, domain.octets, domain.size, ret);
    mem_free(upper);
    return true;
}

/* ---- Keys ------------------------------------------------------------------------------------- */

void ntlm_mac2(const uint8_t key[NTLM_KEY], const void *a, size_t a_size, const void *b,
               size_t b_size, uint8_t ret[NTLM_KEY])
{
    struct hmac_md5_ctx c;

    hmac_md5_set_key(&c, NTLM_KEY, key);
    hmac_md5_update(&c, a_size, a);
    hmac_md5_update(&c, b_size, b);
    hmac_md5_digest(&c, NTLM_KEY, ret);
    explicit_bzero(&c, sizeof c);
}

void ntlm_wrap_key(const uint8_t by[NTLM_KEY], const uint8_t key[NTLM_KEY], uint8_t ret[NTLM_KEY])
{
    struct arcfour_ctx c;

    arcfour_set_key(&c, NTLM_KEY, by);
    arcfour_crypt(&c, NTLM_KEY, ret, key);
    explicit_bzero(&c, sizeof c);
}

/* The magic constants count their terminators. */
static void derive(const uint8_t session_key[NTLM_KEY], const char *magic, uint8_t ret[NTLM_KEY])
{
    struct md5_ctx c;

    md5_init(&c);
    md5_update(&c, NTLM_KEY, session_key);
    md5_update(&c, strlen(magic) + 1, (const uint8_t *)magic);
    md5_digest(&c, NTLM_KEY, ret);
    explicit_bzero(&c, sizeof c);
}

void ntlm_stream_init(struct ntlm_stream *s, const uint8_t session_key[NTLM_KEY], bool to_server,
                      bool key_exchange)
{
    *s = (struct ntlm_stream){.encrypts_mac = key_exchange};
    derive(session_key,
           to_server ? "session key to client-to-server signing key magic constant"
                     : "session key to server-to-client signing key magic constant",
           s->sign_key);
    derive(session_key,
           to_server ? "session key to client-to-server sealing key magic constant"
                     : "session key to server-to-client sealing key magic constant",
           s->seal_key);
    ntlm_stream_restart(s);
}

void ntlm_stream_restart(struct ntlm_stream *s)
{
    arcfour_set_key(&s->cipher, NTLM_KEY, s->seal_key);
}

/* ---- Messages --------------------------------------------------------------------------------- */

static void put_u32(uint8_t to[4], uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> 8 * i);
}

/* The signature of what is in clear now. */
static void sign(struct ntlm_stream *s, const uint8_t *message, size_t size,
                 uint8_t ret[NTLM_SIGNATURE])
{
    uint8_t number[4], mac[NTLM_KEY];

    put_u32(number, s->sequence);
    ntlm_mac2(s->sign_key, number, sizeof number, message, size, mac);
    put_u32(ret, 1); /* version */
    memcpy(ret + 4, mac, 8);
    memcpy(ret + 12, number, 4);
    s->sequence++;
}

/* Its checksum, encrypted after the body. */
static void finish(struct ntlm_stream *s, uint8_t signature[NTLM_SIGNATURE])
{
    if (s->encrypts_mac)
        arcfour_crypt(&s->cipher, 8, signature + 4, signature + 4);
}

void ntlm_seal(struct ntlm_stream *s, const uint8_t *message, size_t size, uint8_t *body,
               size_t body_size, uint8_t signature[NTLM_SIGNATURE])
{
    sign(s, message, size, signature);
    if (body != NULL)
        arcfour_crypt(&s->cipher, body_size, body, body);
    finish(s, signature);
}

bool ntlm_unseal(struct ntlm_stream *s, const uint8_t *message, size_t size, uint8_t *body,
                 size_t body_size, const uint8_t signature[NTLM_SIGNATURE])
{
    uint8_t expected[NTLM_SIGNATURE];

    if (body != NULL)
        arcfour_crypt(&s->cipher, body_size, body, body);
    sign(s, message, size, expected);
    finish(s, expected);
    return memeql_sec(expected, signature, NTLM_SIGNATURE) == 1;
}
