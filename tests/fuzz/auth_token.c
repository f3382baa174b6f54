/* SPDX-License-Identifier: Apache-2.0
 *
 * auth_token.c - fuzz target: tokens of NTLM and SPNEGO, account lines, verification trailers
 *
 * The first octet says what the rest is taken for; a token goes to the readers and then to a client
 * and a server that are at the leg where one like it is expected. None may be believed. Or it says how two
 * ends are disturbed that would come to an end (auth_talk.c).
 */
#include <stdlib.h>
#include <string.h>

#include "auth_talk.h"
#include "require.h"
#include "base/mem.h"
#include "rpc/auth/auth.h"
#include "rpc/auth/ntlm/accounts.h"
#include "rpc/auth/ntlm/message.h"
#include "rpc/auth/ntlm/ntlm.h"
#include "rpc/auth/spnego/message.h"
#include "rpc/auth/spnego/spnego.h"
#include "rpc/server/call.h"
#include "rpc/server/conn.h"
#include "rpc/server/security.h"

static uint8_t room[2][65536];

/* What was read lies inside what it was read from. */
static void inside(const uint8_t *p, size_t n, const uint8_t *data, size_t size)
{
    require(n == 0 || (p >= data && n <= size && p + n <= data + size));
}

/* ---- Readers ---------------------------------------------------------------------------------- */

static void read_ntlm(const uint8_t *data, size_t size)
{
    struct ntlm_negotiate n;
    struct ntlm_challenge c;
    struct ntlm_authenticate a;
    struct ntlm_text found;

    (void)ntlm_get_negotiate(data, size, &n);
    if (ntlm_get_challenge(data, size, &c)) {
        inside(c.target.octets, c.target.size, data, size);
        inside(c.info.octets, c.info.size, data, size);
        if (ntlm_av_find(c.info, NTLM_AV_TIMESTAMP, &found))
            inside(found.octets, found.size, c.info.octets, c.info.size);
    }
    if (ntlm_get_authenticate(data, size, &a)) {
        inside(a.lm.octets, a.lm.size, data, size);
        inside(a.nt.octets, a.nt.size, data, size);
        inside(a.user.octets, a.user.size, data, size);
        inside(a.domain.octets, a.domain.size, data, size);
        inside(a.session_key.octets, a.session_key.size, data, size);
        if (a.mic != NULL)
            inside(a.mic, 16, data, size);
    }
}

/* What was read comes out of writing as it was. */
static void read_spnego(const uint8_t *data, size_t size)
{
    struct spnego_init i, i2;
    struct spnego_response r, r2;
    struct der_out o = {.octets = room[0], .room = sizeof room[0], .at = sizeof room[0]};

    if (spnego_get_init(data, size, &i)) {
        inside(i.list.octets, i.list.size, data, size);
        inside(i.token.octets, i.token.size, data, size);
        spnego_put_init(&o, &i);
        require(o.failed || spnego_get_init(room[0] + o.at, sizeof room[0] - o.at, &i2));
        require(o.failed || (i2.count == i.count && der_equal(i.token, i2.token)));
    }
    o = (struct der_out){.octets = room[0], .room = sizeof room[0], .at = sizeof room[0]};
    if (spnego_get_response(data, size, &r)) {
        inside(r.token.octets, r.token.size, data, size);
        inside(r.mic.octets, r.mic.size, data, size);
        spnego_put_response(&o, &r);
        require(o.failed || spnego_get_response(room[0] + o.at, sizeof room[0] - o.at, &r2));
        require(o.failed || (r2.state == r.state && der_equal(r.token, r2.token)));
    }
}

static void read_account(const uint8_t *data, size_t size)
{
    struct ntlm_account a;

    if (ntlm_account_line((const char *)data, size, "", "ada", &a))
        require(strlen(a.name) < sizeof a.name);
}

/* ---- Both sides ------------------------------------------------------------------------------- */

static struct auth_context *client_of(const struct auth_provider *p)
{
    static const struct auth_client like = {.level = AUTH_LEVEL_PRIVACY,
                                            .has_identity = true,
                                            .user = (char *)(uintptr_t) "ada",
                                            .password = (char *)(uintptr_t) "x"};
    struct auth_client with = like, *own;
    struct auth_context *c;
    RPC_STATUS status;

    with.type = p->type;
    own = auth_client_new(&with);
    require(own != NULL);
    c = p->client(own, &status);
    auth_client_unref(own);
    require(c != NULL);
    return c;
}

/* A client that has spoken first gets the data for an answer. */
static void answer_client(const struct auth_provider *p, const uint8_t *data, size_t size)
{
    struct auth_context *c = client_of(p);
    struct auth_token out = {.octets = room[0], .room = sizeof room[0]};

    require(p->step(c, NULL, 0, &out) == AUTH_MORE);
    (void)p->step(c, data, size, &out);
    p->end(c);
}

/* A server gets the data first, or as the last token of a good beginning. */
static void ask_server(const struct auth_provider *p, const uint8_t *data, size_t size, bool last)
{
    static const struct auth_server with = {.argument = (char *)(uintptr_t) "/dev/null"};
    struct auth_context *c = client_of(p), *s;
    struct auth_token out = {.octets = room[0], .room = sizeof room[0]};
    struct auth_token first = {.octets = room[1], .room = sizeof room[1]};
    RPC_STATUS status;

    s = p->server(&with, AUTH_LEVEL_PRIVACY, &status);
    require(s != NULL);
    if (last) {
        require(p->step(c, NULL, 0, &first) == AUTH_MORE);
        require(p->step(s, first.octets, first.size, &out) == AUTH_MORE);
    }
    if (p->step(s, data, size, &out) == AUTH_DONE) /* nobody but an anonymous session */
        require(p->principal(s)[0] == '\0');
    p->end(c);
    p->end(s);
}

/* ---- Verification trailers -------------------------------------------------------------------- */

static void verify(const uint8_t *data, size_t size)
{
    static struct rpc_conn conn;
    static struct rpc_call call;
    static const struct presentation p;
    uint8_t *stub = malloc(size + 1);

    require(stub != NULL);
    memcpy(stub, data, size);
    call.conn = &conn;
    call.stub = stub;
    call.stub_size = size;
    (void)security_verify_trailer(&call, &p);
    require(call.stub_size <= size);
    free(stub);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    require(auth_server_enable(AUTH_TYPE_NTLM, NULL, "/dev/null") == 0);
    switch (data[0] & 7) {
    case 0: read_ntlm(data + 1, size - 1); break;
    case 1: read_spnego(data + 1, size - 1); break;
    case 2: read_account(data + 1, size - 1); break;
    case 3: verify(data + 1, size - 1); break;
    case 4: answer_client((data[0] & 8) ? auth_ntlm() : auth_spnego(), data + 1, size - 1); break;
    case 5:
        ask_server((data[0] & 8) ? auth_ntlm() : auth_spnego(), data + 1, size - 1, false);
        break;
    case 6:
        ask_server((data[0] & 8) ? auth_ntlm() : auth_spnego(), data + 1, size - 1, true);
        break;
    default: auth_talk(data + 1, size - 1); break;
    }
    auth_server_clear();
    return 0;
}
