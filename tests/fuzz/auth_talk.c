/* SPDX-License-Identifier: Apache-2.0
 *
 * auth_talk.c - for the fuzz target auth_token: both ends of a mechanism, and who bends what they say
 *
 *     octet 0     bits 0-1 mechanism, bits 2-3 level, then bits as below
 *     octet 1     the n-th allocation fails; 0: none
 *     rest        what is bent, three octets each: which token (0 to 7) or message (8 to 11), with bit 7 256
 *                 octets further on; where; by what
 *
 * Whom nobody disturbs come to an end, and are believed each message. What was bent never is.
 */
#include "auth_talk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rpcnterr.h>

#include "base/limits.h"
#include "base/mem.h"
#include "rpc/auth/auth.h"
#include "require.h"
#include "stage_gss.h"

#define LEGS     8 /* of both sides; no mechanism has more */
#define MESSAGES 4
#define HEADER   24
#define BODY     64
#define TRAILER  8

/* Octet 0. */
enum { SIGNS_HEADERS = 0x10, WRONG_PASSWORD = 0x20, NO_USER = 0x40, NO_KERBEROS = 0x80 };

static const uint8_t *bends;
static size_t bend_count;

/* Bends what the input says of `which`; true if it says anything. What lies in the gap stays as it is. */
static bool bend(unsigned which, uint8_t *octets, size_t size, size_t gap_at, size_t gap)
{
    bool changed = false;

    for (size_t i = 0; i < bend_count && size > gap; i++) {
        const uint8_t *b = bends + 3 * i;
        size_t at = (b[1] + (b[0] & 0x80 ? 256u : 0u)) % (size - gap);

        if ((b[0] & 15) != which)
            continue;
        octets[at < gap_at ? at : at + gap] ^= b[2];
        changed = true;
    }
    return changed;
}

/* ---- The two ends ----------------------------------------------------------------------------- */

static bool disturbed; /* somebody was refused an allocation, or a token was bent */

static const char *accounts(void)
{
    static const char text[] =
        "# one line is no account, one too long\nada\n"
        "ada:ffffffffffffffffffffffffffffffff:and more than there is room for"
        ":ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ":ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ":ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ":ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n"
        "ada:a4f49c406510bdcab6824ee7c30fd852\n"; /* Password */
    static char path[40];
    int fd;

    if (path[0] != '\0')
        return path;
    fd = memfd_create("accounts", MFD_CLOEXEC);
    require(fd >= 0 && fchmod(fd, 0600) == 0);
    require(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static struct auth_context *client_of(unsigned how, uint8_t type, uint8_t level)
{
    const struct auth_client like = {
        .type = type,
        .level = level,
        .has_identity = (how & NO_USER) == 0,
        .target = (how & 3) == 3 ? NULL : (char *)(uintptr_t) "host/stage",
        .user = (char *)(uintptr_t) "ada",
        .password = (char *)(uintptr_t)(how & WRONG_PASSWORD ? "x" : "Password")};
    struct auth_client *with = auth_client_new(&like);
    struct auth_context *c = NULL;
    RPC_STATUS status;

    if (with != NULL)
        c = auth_provider_find(type)->client(with, &status);
    auth_client_unref(with);
    return c;
}

static struct auth_context *server_of(uint8_t type, uint8_t level)
{
    struct auth_server *with = auth_server_find(type);
    struct auth_context *c = NULL;
    RPC_STATUS status;

    if (with != NULL)
        c = auth_provider_find(type)->server(with, level, &status);
    auth_server_unref(with);
    return c;
}

/* Token after token, in two rooms. True if both ends are content. */
static bool authenticate(struct auth_context *client, struct auth_context *server)
{
    static uint8_t room[2][RPC_LIMIT_AUTH_TOKEN];
    enum auth_progress said[2] = {AUTH_MORE, AUTH_MORE};
    struct auth_token token = {.octets = room[1]};

    for (unsigned i = 0; i < LEGS && (said[0] == AUTH_MORE || said[1] == AUTH_MORE); i++) {
        struct auth_context *c = i % 2 == 0 ? client : server;
        struct auth_token out = {.octets = room[i % 2], .room = RPC_LIMIT_AUTH_TOKEN};

        if (said[i % 2] == AUTH_DONE || (i > 0 && token.size == 0))
            return false; /* one has more to say, and the other hears no more of it */
        said[i % 2] = c->provider->step(c, i == 0 ? NULL : token.octets, token.size, &out);
        if (said[i % 2] != AUTH_MORE && said[i % 2] != AUTH_DONE)
            return false;
        require(out.size <= out.room);
        token = out;
        disturbed |= bend(i, token.octets, token.size, 0, 0);
    }
    return said[0] == AUTH_DONE && said[1] == AUTH_DONE;
}

/* ---- Messages --------------------------------------------------------------------------------- */

/* One message of the client or the server. False: there can be no more. */
static bool pass(unsigned number, struct auth_context *from, struct auth_context *to)
{
    enum { SIZE = HEADER + BODY + TRAILER };
    uint8_t octets[SIZE + AUTH_SIGNATURE_MAX], sent[sizeof octets];
    struct auth_message m = {.octets = octets,
                             .size = SIZE,
                             .body_at = HEADER,
                             .body_size = BODY,
                             .header_signing = from->header_signing};
    size_t token = from->provider->signature_size(from, BODY);
    bool unbent, good;

    for (size_t i = 0; i < SIZE; i++)
        octets[i] = (uint8_t)(i + number);
    if (token == 0 || !from->provider->wrap(from, &m, octets + SIZE, token))
        return false;
    memcpy(sent, octets, SIZE + token);
    if (m.header_signing)
        (void)bend(8 + number, octets, SIZE + token, 0, 0);
    else /* header and trailer are nobody's */
        (void)bend(8 + number, octets + HEADER, BODY + TRAILER + token, BODY, TRAILER);
    unbent = memcmp(sent, octets, SIZE + token) == 0;
    good = to->provider->unwrap(to, &m, octets + SIZE, token);
    require(good ? unbent : !unbent || disturbed);
    for (size_t i = 0; i < BODY && good; i++)
        require(octets[HEADER + i] == (uint8_t)(HEADER + i + number));
    return good;
}

static void talk(struct auth_context *client, struct auth_context *server, unsigned how)
{
    if (!authenticate(client, server)) {
        require(disturbed || (how & (WRONG_PASSWORD | NO_USER)) != 0);
        return;
    }
    require((how & NO_USER) != 0 || strncmp(server->provider->principal(server), "ada", 3) == 0);
    if (!auth_protects(client->level))
        return;
    client->header_signing = server->header_signing = (how & SIGNS_HEADERS) != 0;
    for (unsigned i = 0; i < MESSAGES; i++)
        if (!pass(i, i % 2 == 0 ? client : server, i % 2 == 0 ? server : client))
            return;
}

void auth_talk(const uint8_t *data, size_t size)
{
    static const uint8_t types[] = {AUTH_TYPE_NTLM, AUTH_TYPE_SPNEGO, AUTH_TYPE_KERBEROS,
                                    AUTH_TYPE_SPNEGO};
    static const uint8_t levels[] = {AUTH_LEVEL_PRIVACY, AUTH_LEVEL_INTEGRITY, AUTH_LEVEL_PACKET,
                                     AUTH_LEVEL_CONNECT};
    struct auth_context *client, *server;
    unsigned how;

    if (size < 2)
        return;
    how = data[0];
    bends = data + 2;
    bend_count = (size - 2) / 3;
    require(auth_server_enable(AUTH_TYPE_NTLM, NULL, accounts()) == RPC_S_OK);
    require(auth_server_enable(AUTH_TYPE_SPNEGO, NULL, NULL) == RPC_S_OK);
    if ((how & NO_KERBEROS) == 0)
        require(auth_server_enable(AUTH_TYPE_KERBEROS, NULL, NULL) == RPC_S_OK);
    disturbed = data[1] != 0;
    (void)mem_fail_at(data[1], 0);
    client = client_of(how, types[how & 3], levels[how >> 2 & 3]);
    server = server_of(types[how & 3], levels[how >> 2 & 3]);
    if (client != NULL && server != NULL)
        talk(client, server, how);
    if (client != NULL)
        client->provider->end(client);
    if (server != NULL)
        server->provider->end(server);
    (void)mem_fail_at(0, 0);
    require(stage_gss_left() == 0);
}
