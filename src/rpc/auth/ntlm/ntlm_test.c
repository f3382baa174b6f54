/* SPDX-License-Identifier: Apache-2.0
 *
 * ntlm_test.c - NTLM: the published vectors, both sides against each other, what is refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rpcnterr.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/auth/ntlm/ntlm.h"
#include "rpc/auth/ntlm/session.h"

/* ---- MS-NLMP 4.2.4 ---------------------------------------------------------------------------- */

static size_t unhex(const char *text, uint8_t *to)
{
    size_t n = strlen(text) / 2;

    for (size_t i = 0; i < n; i++) {
        unsigned v;

        assert_int_equal(sscanf(text + 2 * i, "%2x", &v), 1);
        to[i] = (uint8_t)v;
    }
    return n;
}

static void expect(const uint8_t *got, const char *wanted)
{
    uint8_t octets[256];
    size_t n = unhex(wanted, octets);

    assert_memory_equal(got, octets, n);
}

static void vectors(void **state)
{
    uint8_t hash[16], key[16], proof[16], base[16], session[16], wrapped[16], lm[16];
    uint8_t challenge[8], temp[128], ours[8], body[32], signature[16];
    struct ntlm_text user, domain, password;
    uint8_t *owned[3];
    struct ntlm_stream client, server;
    size_t n;

    (void)state;
    assert_true(ntlm_text_make("User", &user, &owned[0]));
    assert_true(ntlm_text_make("Domain", &domain, &owned[1]));
    assert_true(ntlm_text_make("Password", &password, &owned[2]));
    ntlm_hash(password, hash);
    expect(hash, "a4f49c406510bdcab6824ee7c30fd852");
    assert_true(ntlm_response_key(hash, user, domain, key));
    expect(key, "0c868a403bfd7a93a3001ef22ef02e3f");
    (void)unhex("0123456789abcdef", challenge);
    memset(ours, 0xaa, sizeof ours);
    n = unhex("01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
              "02000c0044006f006d00610069006e0001000c00530065007200760065007200"
              "0000000000000000",
              temp);
    ntlm_mac2(key, challenge, 8, temp, n, proof);
    expect(proof, "68cd0ab851e51c96aabc927bebef6a1c");
    ntlm_mac2(key, challenge, 8, ours, 8, lm);
    expect(lm, "86c35097ac9cec102554764a57cccc19");
    ntlm_mac2(key, proof, 16, NULL, 0, base);
    expect(base, "8de40ccadbc14a82f15cb0ad0de95ca3");
    memset(session, 0x55, sizeof session);
    ntlm_wrap_key(base, session, wrapped);
    expect(wrapped, "c5dad2544fc9799094ce1ce90bc9d03e");
    ntlm_stream_init(&client, session, true, true);
    ntlm_stream_init(&server, session, true, true);
    expect(client.sign_key, "4788dc861b4782f35d43fd98fe1a2d39");
    expect(client.seal_key, "59f600973cc4960a25480a7c196e4c58");
    n = unhex("50006c00610069006e007400650078007400", body);
    ntlm_seal(&client, body, n, body, n, signature);
    expect(body, "54e50165bf1936dc996020c1811b0f06fb5f");
    expect(signature, "010000007fb38ec5c55d497600000000");
    assert_true(ntlm_unseal(&server, body, n, body, n, signature));
    expect(body, "50006c00610069006e007400650078007400");
    for (int i = 0; i < 3; i++)
        mem_free(owned[i]);
}

/* ---- Both sides ------------------------------------------------------------------------------- */

static char accounts[64];

static int make_accounts(void **state)
{
    int fd;
    /* ada: Password; DOM\eve: "" ; a comment, a line too long, one that is none */
    static const char text[] = "# accounts\n"
                               "ada:a4f49c406510bdcab6824ee7c30fd852\n"
                               "nonsense\n"
                               "DOM\\eve:a4f49c406510bdcab6824ee7c30fd852\r\n"
                               "J\xc3\xbcrgen:a4f49c406510bdcab6824ee7c30fd852\n";

    (void)state;
    (void)snprintf(accounts, sizeof accounts, "/tmp/holdfast-accounts-XXXXXX");
    fd = mkstemp(accounts);
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    return 0;
}

static int remove_accounts(void **state)
{
    (void)state;
    return unlink(accounts);
}

struct pair {
    struct auth_context *client, *server;
    uint8_t octets[2][RPC_LIMIT_AUTH_TOKEN];
    struct auth_token token[2];
};

static void begin(struct pair *p, const char *user, const char *domain, const char *password,
                  uint8_t level)
{
    struct auth_client like = {.type = AUTH_TYPE_NTLM,
                               .level = level,
                               .has_identity = true,
                               .user = (char *)(uintptr_t)user,
                               .domain = (char *)(uintptr_t)domain,
                               .password = (char *)(uintptr_t)password};
    struct auth_server with = {.argument = accounts};
    struct auth_client *c = auth_client_new(&like);
    RPC_STATUS status = 0;

    for (int i = 0; i < 2; i++)
        p->token[i] = (struct auth_token){.octets = p->octets[i], .room = sizeof p->octets[i]};
    p->client = auth_ntlm()->client(c, &status);
    p->server = auth_ntlm()->server(&with, level, &status);
    assert_true(p->client != NULL && p->server != NULL);
    auth_client_unref(c);
}

static void finish(struct pair *p)
{
    auth_ntlm()->end(p->client);
    auth_ntlm()->end(p->server);
}

/* All legs; what the server says. */
static enum auth_progress run(struct pair *p)
{
    assert_int_equal(auth_ntlm()->step(p->client, NULL, 0, &p->token[0]), AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p->server, p->octets[0], p->token[0].size, &p->token[1]),
                     AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p->client, p->octets[1], p->token[1].size, &p->token[0]),
                     AUTH_DONE);
    return auth_ntlm()->step(p->server, p->octets[0], p->token[0].size, &p->token[1]);
}

static void talk(struct auth_context *from, struct auth_context *to, bool headers)
{
    for (uint8_t round = 0; round < 5; round++) {
        uint8_t pdu[24 + 48 + 8], signature[16], whole[sizeof pdu];
        const struct auth_message m = {pdu, sizeof pdu, 24, 48, headers};

        memset(pdu, round, sizeof pdu);
        memcpy(whole, pdu, sizeof pdu);
        assert_true(auth_ntlm()->wrap(from, &m, signature, 16));
        if (from->level == AUTH_LEVEL_PRIVACY)
            assert_memory_not_equal(pdu + 24, whole + 24, 48);
        else
            assert_memory_equal(pdu, whole, sizeof pdu);
        assert_true(auth_ntlm()->unwrap(to, &m, signature, 16));
        assert_memory_equal(pdu, whole, sizeof pdu);
    }
}

static void both_sides(void **state)
{
    static const struct {
        const char *user, *domain, *principal;
    } good[] = {{"ada", "", "ada"},
                {"ADA", "ANYWHERE", "ada"},
                {"eve", "dom", "DOM\\eve"},
                {"J\xc3\xbcrgen", "", "J\xc3\xbcrgen"}};

    (void)state;
    for (uint8_t level = 2; level <= 6; level++) {
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
            struct pair p;

            begin(&p, good[i].user, good[i].domain, "Password", level);
            assert_int_equal(run(&p), AUTH_DONE);
            assert_string_equal(auth_ntlm()->principal(p.server), good[i].principal);
            talk(p.client, p.server, (level & 1) != 0);
            talk(p.server, p.client, (level & 1) != 0);
            finish(&p);
        }
    }
}

static void null_session(void **state)
{
    struct pair p;

    (void)state;
    begin(&p, "", "", "", AUTH_LEVEL_PRIVACY);
    assert_int_equal(run(&p), AUTH_DONE);
    assert_string_equal(auth_ntlm()->principal(p.server), "");
    talk(p.client, p.server, true);
    finish(&p);
}

static void the_wrong(void **state)
{
    static const char *const wrong[][3] = {{"ada", "", "password"}, {"ada", "", ""},
                                           {"bob", "", "Password"}, {"eve", "OTHER", "Password"},
                                           {"eve", "", "Password"}, {"nonsense", "", "Password"}};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct pair p;

        begin(&p, wrong[i][0], wrong[i][1], wrong[i][2], AUTH_LEVEL_INTEGRITY);
        assert_int_equal(run(&p), AUTH_REFUSED);
        finish(&p);
    }
}

/* Every octet of the last message counts: those of the MIC cover the rest. */
static void changed_messages(void **state)
{
    struct pair p;

    (void)state;
    for (size_t at = 12; at < 400; at += 7) {
        enum auth_progress progress;

        begin(&p, "ada", "D", "Password", AUTH_LEVEL_INTEGRITY);
        assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
        assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                         AUTH_MORE);
        assert_int_equal(auth_ntlm()->step(p.client, p.octets[1], p.token[1].size, &p.token[0]),
                         AUTH_DONE);
        if (at < p.token[0].size) {
            p.octets[0][at] ^= 0x10;
            progress = auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]);
            assert_true(progress == AUTH_REFUSED || progress == AUTH_BROKEN);
        }
        finish(&p);
    }
}

static void forged_messages(void **state)
{
    uint8_t pdu[80] = {1}, signature[16];
    const struct auth_message m = {pdu, sizeof pdu, 24, 48, true};
    struct pair p;

    (void)state;
    begin(&p, "ada", "", "Password", AUTH_LEVEL_INTEGRITY);
    assert_int_equal(run(&p), AUTH_DONE);
    assert_true(auth_ntlm()->wrap(p.client, &m, signature, 16));
    pdu[3] ^= 1; /* in the header, which is signed */
    assert_false(auth_ntlm()->unwrap(p.server, &m, signature, 16));
    finish(&p);
    begin(&p, "ada", "", "Password", AUTH_LEVEL_INTEGRITY);
    assert_int_equal(run(&p), AUTH_DONE);
    assert_true(auth_ntlm()->wrap(p.client, &m, signature, 16));
    assert_true(auth_ntlm()->unwrap(p.server, &m, signature, 16));
    assert_false(auth_ntlm()->unwrap(p.server, &m, signature, 16)); /* once more */
    finish(&p);
}

/* A client or server that offers less than the level needs. */
static void weaker_flags(void **state)
{
    struct pair p;

    (void)state;
    begin(&p, "ada", "", "Password", AUTH_LEVEL_PRIVACY);
    assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    p.octets[0][12] &= (uint8_t)~NTLM_SEAL;
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p.client, p.octets[1], p.token[1].size, &p.token[0]),
                     AUTH_REFUSED); /* a client of ours does not go on */
    finish(&p);
    begin(&p, "ada", "", "Password", AUTH_LEVEL_PRIVACY);
    assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    p.octets[0][13] &= (uint8_t) ~(NTLM_NTLM >> 8);
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_REFUSED);
    finish(&p);
    begin(&p, "ada", "", "Password", AUTH_LEVEL_PRIVACY);
    assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_MORE);
    p.octets[1][22] &= (uint8_t) ~(NTLM_EXTENDED >> 16);
    assert_int_equal(auth_ntlm()->step(p.client, p.octets[1], p.token[1].size, &p.token[0]),
                     AUTH_REFUSED);
    finish(&p);
}

/* A client that authenticates at one level, at a server that was told of a higher one. */
static void begin_weak(struct pair *p, const char *user, uint8_t asked, uint8_t told)
{
    const struct auth_server with = {.argument = accounts};
    RPC_STATUS status = 0;

    begin(p, user, "", *user == '\0' ? "" : "Password", asked);
    auth_ntlm()->end(p->server);
    p->server = auth_ntlm()->server(&with, told, &status);
    assert_non_null(p->server);
}

static void weaker_clients(void **state)
{
    static const char *const users[] = {"ada", ""};

    (void)state;
    for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
        struct auth_message m = {NULL, 80, 24, 48, true};
        uint8_t pdu[80] = {1}, signature[16];
        struct pair p;

        m.octets = pdu;
        begin_weak(&p, users[i], AUTH_LEVEL_INTEGRITY, AUTH_LEVEL_PRIVACY);
        assert_int_equal(run(&p), AUTH_WEAK);
        finish(&p);
        begin_weak(&p, users[i], AUTH_LEVEL_CONNECT, AUTH_LEVEL_INTEGRITY);
        assert_int_equal(run(&p), AUTH_DONE); /* but nothing of it gets through */
        assert_true(auth_ntlm()->wrap(p.client, &m, signature, 16));
        assert_false(auth_ntlm()->unwrap(p.server, &m, signature, 16));
        assert_false(auth_ntlm()->wrap(p.server, &m, signature, 16));
        finish(&p);
    }
}

/* Puts flags that promise no MIC in front of the challenge's pairs: whoever sits between the two can. */
static void deny_mic(struct pair *p)
{
    static const uint8_t pair[8] = {NTLM_AV_FLAGS, 0, 4, 0};
    uint8_t *m = p->octets[1], *field = m + 40;
    size_t length = (size_t)(field[0] | field[1] << 8), at = (size_t)(field[4] | field[5] << 8);

    assert_int_equal(at + length, p->token[1].size);
    memmove(m + at + sizeof pair, m + at, length);
    memcpy(m + at, pair, sizeof pair);
    length += sizeof pair;
    field[0] = field[2] = (uint8_t)length;
    field[1] = field[3] = (uint8_t)(length >> 8);
    p->token[1].size += sizeof pair;
}

static void CVE_2019_1166_flags_in_the_challenge(void **state)
{
    struct ntlm_authenticate m;
    struct ntlm_text pairs, value;
    unsigned id, flags = 0;
    struct pair p;

    (void)state;
    begin(&p, "ada", "", "Password", AUTH_LEVEL_INTEGRITY);
    assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_MORE);
    deny_mic(&p);
    assert_int_equal(auth_ntlm()->step(p.client, p.octets[1], p.token[1].size, &p.token[0]),
                     AUTH_DONE);
    assert_true(ntlm_get_authenticate(p.octets[0], p.token[0].size, &m));
    pairs = (struct ntlm_text){m.nt.octets + 44, m.nt.size - 44};
    while (ntlm_av_next(&pairs, &id, &value)) {
        if (id != NTLM_AV_FLAGS)
            continue;
        flags++;
        assert_int_equal(value.octets[0], NTLM_AV_FLAG_MIC); /* the client's own */
    }
    assert_int_equal(flags, 1);
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_REFUSED); /* the MIC shows that the challenge was changed */
    finish(&p);
}

/* ... and a client that keeps both pairs: the one that promises counts. */
static void CVE_2019_1166_two_flags_in_the_response(void **state)
{
    static const uint8_t none[4], mic[4] = {NTLM_AV_FLAG_MIC}, zeros[16];
    uint8_t response[256] = {0}, key[16], base[16];
    struct ntlm_out rest = {.octets = response + 16, .room = sizeof response - 16};
    struct ntlm_authenticate m = {.flags = NTLM_USUAL_FLAGS | NTLM_SIGN};
    struct ntlm_session *s;
    uint8_t *owned, hash[16];
    struct pair p;

    (void)state;
    begin(&p, "ada", "", "Password", AUTH_LEVEL_INTEGRITY);
    assert_int_equal(auth_ntlm()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_MORE);
    s = (struct ntlm_session *)p.server;
    (void)unhex("a4f49c406510bdcab6824ee7c30fd852", hash);
    assert_true(ntlm_text_make("ada", &m.user, &owned));
    assert_true(ntlm_response_key(hash, m.user, m.domain, key));
    ntlm_put(&rest, (const uint8_t[8]){1, 1}, 8);
    ntlm_put(&rest, zeros, 16);
    ntlm_put(&rest, zeros, 4);
    ntlm_put_av(&rest, NTLM_AV_FLAGS, none, 4);
    ntlm_put_av(&rest, NTLM_AV_FLAGS, mic, 4);
    ntlm_put_av(&rest, NTLM_AV_END, NULL, 0);
    ntlm_put(&rest, zeros, 4);
    ntlm_mac2(key, s->challenge, 8, rest.octets, rest.size, response);
    ntlm_mac2(key, response, 16, NULL, 0, base);
    m.nt = (struct ntlm_text){response, 16 + rest.size};
    m.session_key = (struct ntlm_text){base, 16}; /* whatever: it decrypts to something */
    {
        struct ntlm_out out = {.octets = p.octets[0], .room = sizeof p.octets[0]};

        ntlm_put_authenticate(&out, &m); /* its MIC is zeros */
        assert_int_equal(auth_ntlm()->step(p.server, p.octets[0], out.size, &p.token[1]),
                         AUTH_REFUSED);
    }
    mem_free(owned);
    finish(&p);
}

static void M30_garbage(void **state)
{
    struct pair p;
    uint8_t large[RPC_LIMIT_NTLM_TOKEN + 1] = "NTLMSSP";

    (void)state;
    large[8] = 1;
    begin(&p, "ada", "", "Password", 5);
    assert_int_equal(auth_ntlm()->step(p.server, large, sizeof large, &p.token[1]), AUTH_BROKEN);
    finish(&p);
    begin(&p, "ada", "", "Password", 5);
    assert_int_equal(auth_ntlm()->step(p.server, (const uint8_t *)"x", 1, &p.token[1]),
                     AUTH_BROKEN);
    finish(&p);
}

static void files_others_may_read(void **state)
{
    struct ntlm_account a;

    (void)state;
    assert_int_equal(ntlm_account_find(accounts, "", "ada", &a), NTLM_FOUND);
    assert_int_equal(chmod(accounts, 0640), 0);
    assert_int_equal(ntlm_account_find(accounts, "", "ada", &a), NTLM_NO_FILE);
    assert_int_equal(chmod(accounts, 0602), 0);
    assert_int_equal(ntlm_account_find(accounts, "", "ada", &a), NTLM_NO_FILE);
    assert_int_equal(chmod(accounts, 0600), 0);
    assert_int_equal(ntlm_account_find("/tmp", "", "ada", &a), NTLM_NO_FILE);
    assert_int_equal(ntlm_account_find("/no/such/file", "", "ada", &a), NTLM_NO_FILE);
}

static void who_can_begin(void **state)
{
    struct auth_client like = {.type = AUTH_TYPE_NTLM, .level = 5};
    RPC_STATUS status = 0;

    (void)state;
    assert_null(auth_ntlm()->client(&like, &status));
    assert_int_equal(status, RPC_S_INVALID_AUTH_IDENTITY);
    like.has_identity = like.mutual = true;
    assert_null(auth_ntlm()->client(&like, &status));
    assert_int_equal(status, RPC_S_SEC_PKG_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(both_sides),
        cmocka_unit_test(null_session),
        cmocka_unit_test(the_wrong),
        cmocka_unit_test(forged_messages),
        cmocka_unit_test(changed_messages),
        cmocka_unit_test(weaker_flags),
        cmocka_unit_test(M30_garbage),
        cmocka_unit_test(weaker_clients),
        cmocka_unit_test(CVE_2019_1166_flags_in_the_challenge),
        cmocka_unit_test(CVE_2019_1166_two_flags_in_the_response),
        cmocka_unit_test(who_can_begin),
        cmocka_unit_test(files_others_may_read),
    };

    return cmocka_run_group_tests(tests, make_accounts, remove_accounts);
}
