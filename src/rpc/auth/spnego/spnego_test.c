/* SPDX-License-Identifier: Apache-2.0
 *
 * spnego_test.c - SPNEGO: DER, both sides with NTLM inside, a server that takes another mechanism
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/auth/spnego/message.h"
#include "rpc/auth/spnego/spnego.h"

static char accounts[64];

static int begin_all(void **state)
{
    static const char text[] = "ada:a4f49c406510bdcab6824ee7c30fd852\n"; /* Password */
    int fd;

    (void)state;
    (void)snprintf(accounts, sizeof accounts, "/tmp/holdfast-accounts-XXXXXX");
    fd = mkstemp(accounts);
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    assert_int_equal(auth_server_enable(AUTH_TYPE_NTLM, NULL, accounts), 0);
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    auth_server_clear();
    return unlink(accounts);
}

/* ---- DER -------------------------------------------------------------------------------------- */

static void lengths(void **state)
{
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535};
    static uint8_t content[65536], octets[65600];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct der_out o = {.octets = octets, .room = sizeof octets, .at = sizeof octets};
        struct der from, got, whole;

        der_prepend(&o, content, sizes[i]);
        der_wrap(&o, DER_OCTETS, sizeof octets);
        assert_false(o.failed);
        from = (struct der){octets + o.at, sizeof octets - o.at};
        assert_false(der_take(&from, DER_OID, &got, NULL));
        assert_true(der_take(&from, DER_OCTETS, &got, &whole));
        assert_int_equal(got.size, sizes[i]);
        assert_int_equal(from.size, 0);
        for (size_t cut = 0; cut < whole.size && cut < 300; cut++) { /* cut short: no element */
            from = (struct der){whole.octets, cut};
            assert_false(der_take(&from, DER_OCTETS, &got, NULL));
        }
    }
}

static void what_is_no_der(void **state)
{
    static const struct {
        uint8_t octets[8];
        size_t size;
    } bad[] = {{{0x04, 0x80, 0, 0}, 4},          /* indefinite */
               {{0x04, 0x84, 0, 0, 0, 1, 9}, 7}, /* more than we take */
               {{0x04, 0xff, 1}, 3},
               {{0x04, 2, 1}, 3}}; /* reserved; cut */

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct der from = {bad[i].octets, bad[i].size}, got;

        assert_false(der_take(&from, 0x04, &got, NULL));
        assert_false(der_skip(&from));
    }
}

/* ---- Both sides ------------------------------------------------------------------------------- */

struct pair {
    struct auth_context *client, *server;
    uint8_t octets[2][RPC_LIMIT_AUTH_TOKEN];
    struct auth_token token[2];
};

static void begin(struct pair *p, const char *password, uint8_t level)
{
    struct auth_client like = {.type = AUTH_TYPE_SPNEGO,
                               .level = level,
                               .has_identity = true,
                               .user = (char *)(uintptr_t) "ada",
                               .password = (char *)(uintptr_t)password};
    struct auth_server with = {0};
    struct auth_client *c = auth_client_new(&like);
    RPC_STATUS status = 0;

    for (int i = 0; i < 2; i++)
        p->token[i] = (struct auth_token){.octets = p->octets[i], .room = sizeof p->octets[i]};
    p->client = auth_spnego()->client(c, &status);
    p->server = auth_spnego()->server(&with, level, &status);
    assert_true(p->client != NULL && p->server != NULL);
    auth_client_unref(c);
}

static void finish(struct pair *p)
{
    auth_spnego()->end(p->client);
    auth_spnego()->end(p->server);
}

/* All legs until both are done or one refuses. */
static enum auth_progress run(struct pair *p)
{
    enum auth_progress client = AUTH_MORE, server = AUTH_MORE;

    p->token[1].size = 0;
    for (int leg = 0; leg < 6; leg++) {
        client = auth_spnego()->step(p->client, p->octets[1], p->token[1].size, &p->token[0]);
        if (client == AUTH_DONE)
            return server == AUTH_DONE ? AUTH_DONE : AUTH_BROKEN;
        if (client != AUTH_MORE)
            return client;
        server = auth_spnego()->step(p->server, p->octets[0], p->token[0].size, &p->token[1]);
        if (server != AUTH_MORE && server != AUTH_DONE)
            return server;
    }
    return AUTH_BROKEN;
}

static void talk(struct auth_context *from, struct auth_context *to)
{
    for (uint8_t round = 0; round < 3; round++) {
        uint8_t pdu[80], signature[16], whole[80];
        const struct auth_message m = {pdu, sizeof pdu, 24, 48, true};

        memset(pdu, round, sizeof pdu);
        memcpy(whole, pdu, sizeof pdu);
        assert_int_equal(from->provider->signature_size(from, 48), 16);
        assert_true(auth_spnego()->wrap(from, &m, signature, 16));
        assert_true(auth_spnego()->unwrap(to, &m, signature, 16));
        assert_memory_equal(pdu, whole, sizeof pdu);
    }
}

static void ntlm_inside(void **state)
{
    (void)state;
    for (uint8_t level = 2; level <= 6; level++) {
        struct pair p;

        begin(&p, "Password", level);
        assert_int_equal(run(&p), AUTH_DONE);
        assert_string_equal(auth_spnego()->principal(p.server), "ada");
        talk(p.client, p.server);
        talk(p.server, p.client);
        finish(&p);
        begin(&p, "wrong", level);
        assert_int_equal(run(&p), AUTH_REFUSED);
        finish(&p);
    }
}

/* A client whose first mechanism this server has never heard of: request-mic, and the second. */
static void another_mechanism(void **state)
{
    static const uint8_t odd[] = {0x2a, 0x03, 0x04};
    struct der_out o;
    struct spnego_init offer;
    struct spnego_response r;
    struct pair p;
    uint8_t octets[4096];

    (void)state;
    begin(&p, "Password", 5);
    assert_int_equal(auth_spnego()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    assert_true(spnego_get_init(p.octets[0], p.token[0].size, &offer));
    assert_true(offer.count >= 1 && offer.token.size > 0);
    memmove(&offer.mechanisms[1], &offer.mechanisms[0], sizeof offer.mechanisms[0]);
    offer.mechanisms[0] = (struct der){odd, sizeof odd};
    offer.count = 2;
    o = (struct der_out){.octets = octets, .room = sizeof octets, .at = sizeof octets};
    spnego_put_init(&o, &offer);
    assert_false(o.failed);
    assert_int_equal(
        auth_spnego()->step(p.server, octets + o.at, sizeof octets - o.at, &p.token[1]), AUTH_MORE);
    assert_true(spnego_get_response(p.octets[1], p.token[1].size, &r));
    assert_int_equal(r.state, SPNEGO_REQUEST_MIC);
    assert_int_equal(r.token.size, 0); /* what was said was not for this mechanism */
    assert_true(r.mechanism.size > 0);
    finish(&p);
}

/* The list was changed on its way: its signature tells. */
static void list_changed(void **state)
{
    struct pair p;
    uint8_t *oid;

    (void)state;
    begin(&p, "Password", 5);
    assert_int_equal(auth_spnego()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
    {
        static const uint8_t odd[] = {0x2a, 0x03, 0x04};
        struct spnego_init offer;
        struct der_out o;
        static uint8_t octets[4096];

        assert_true(spnego_get_init(p.octets[0], p.token[0].size, &offer));
        offer.mechanisms[offer.count++] =
            (struct der){odd, sizeof odd}; /* behind: NTLM stays first */
        o = (struct der_out){.octets = octets, .room = sizeof octets, .at = sizeof octets};
        spnego_put_init(&o, &offer);
        oid = octets + o.at;
        assert_int_equal(auth_spnego()->step(p.server, oid, sizeof octets - o.at, &p.token[1]),
                         AUTH_MORE);
    }
    assert_int_equal(auth_spnego()->step(p.client, p.octets[1], p.token[1].size, &p.token[0]),
                     AUTH_MORE);
    assert_int_equal(auth_spnego()->step(p.server, p.octets[0], p.token[0].size, &p.token[1]),
                     AUTH_REFUSED);
    finish(&p);
}

static void no_tokens(void **state)
{
    static const char *const bad[] = {"", "x", "NTLMSSP", "\x60\x03\x06\x01\x2a"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pair p;

        begin(&p, "Password", 5);
        assert_int_equal(
            auth_spnego()->step(p.server, (const uint8_t *)bad[i], strlen(bad[i]), &p.token[1]),
            AUTH_BROKEN);
        assert_int_equal(auth_spnego()->step(p.client, NULL, 0, &p.token[0]), AUTH_MORE);
        assert_int_equal(
            auth_spnego()->step(p.client, (const uint8_t *)bad[i], strlen(bad[i]), &p.token[0]),
            AUTH_BROKEN);
        finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),      cmocka_unit_test(what_is_no_der),
        cmocka_unit_test(ntlm_inside),  cmocka_unit_test(another_mechanism),
        cmocka_unit_test(list_changed), cmocka_unit_test(no_tokens),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
