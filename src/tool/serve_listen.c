/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_listen.c - where `holdfast serve` listens, and what it asks of those who come there
 *
 * A loopback address serves anybody on this machine unless a level is given; any other address wants
 * privacy unless another level is given, which cannot be none.
 */
#include "tool/serve_listen.h"

#include "remote/levels.h"
#include "remote/serve.h"
#include "tool/command.h"

#include <rpc.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct mode {
    const char *name;
    unsigned bits;
} modes[] = {{"user", 0600}, {"group", 0660}, {"all", 0666}};

#define MODES (sizeof modes / sizeof modes[0])

static bool mode_of(const char *word, unsigned *ret)
{
    for (size_t i = 0; i < MODES; i++)
        if (!strcmp(modes[i].name, word)) {
            *ret = modes[i].bits;
            return true;
        }
    return false;
}

static const char *mode_word(unsigned bits)
{
    for (size_t i = 0; i < MODES; i++)
        if (modes[i].bits == bits)
            return modes[i].name;
    return "";
}

static bool is_loopback(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    char host[64];
    struct in_addr v4;
    struct in6_addr v6;

    if (n > 2 && listen[0] == '[' && listen[n - 1] == ']') {
        listen++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof host)
        return false;
    memcpy(host, listen, n);
    host[n] = '\0';
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

const char *serve_listen_add(struct serve_listens *listens, const char *text)
{
    size_t n = strcspn(text, " \t");
    const char *word = text + n + strspn(text + n, " \t");
    struct serve_listen l = {.local = text[0] == '/', .mode = 0600};

    if (n == 0)
        return NULL;
    if (n >= sizeof l.endpoint)
        return "this address is too long";
    if (listens->count == SERVE_LISTENS)
        return "these are too many addresses";
    memcpy(l.endpoint, text, n);
    l.level =
        l.local || is_loopback(l.endpoint) ? RPC_C_AUTHN_LEVEL_NONE : RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
    if (*word && l.local && !mode_of(word, &l.mode))
        return "behind a path write user, group or all: who can connect";
    if (*word && !l.local && !remote_level_of(word, &l.level))
        return "behind an address write none, connect, packet, integrity or privacy";
    listens->at[listens->count++] = l;
    return NULL;
}

void serve_listen_text(const struct serve_listen *l, char *to, size_t size)
{
    (void)snprintf(to, size, "%s %s", l->endpoint,
                   l->local ? mode_word(l->mode) : remote_level_word(l->level));
}

const char *serve_listen_refused(const struct serve_listen *l, bool can_authenticate)
{
    if (l->local)
        return NULL;
    if (l->level == RPC_C_AUTHN_LEVEL_NONE)
        return is_loopback(l->endpoint)
                   ? NULL
                   : "beyond this machine everybody must show who he is: leave "
                     "out \"none\", or listen on a loopback address";
    return can_authenticate
               ? NULL
               : "callers there must show who they are, and cannot: name a file of accounts "
                 "(ntlm_accounts) or a Kerberos key table (keytab), or listen on a loopback "
                 "address "
                 "or a unix socket; see holdfast-serve(1)";
}

/* Which binding the endpoint just opened has: the last one. */
static RPC_STATUS demand(unsigned level)
{
    RPC_BINDING_VECTOR *all = NULL;
    RPC_CSTR text = NULL;
    RPC_STATUS s = RpcServerInqBindings(&all);

    if (s == RPC_S_OK)
        s = RpcBindingToStringBindingA(all->BindingH[all->Count - 1], &text);
    if (s == RPC_S_OK && !serve_require((const char *)text, level))
        s = RPC_S_OUT_OF_MEMORY;
    (void)RpcStringFreeA(&text);
    if (all)
        (void)RpcBindingVectorFree(&all);
    return s;
}

int serve_listen_open(const struct serve_listen *l)
{
    mode_t old = umask(0777 & ~l->mode); /* a socket has its mode from its first moment */
    RPC_STATUS s = RpcServerUseProtseqEpA(
        (RPC_CSTR)(uintptr_t)(l->local ? "ncalrpc" : "ncacn_ip_tcp"),
        RPC_C_PROTSEQ_MAX_REQS_DEFAULT, (RPC_CSTR)(uintptr_t)l->endpoint, NULL);
    unsigned char text[DCE_C_ERROR_STRING_LEN] = "";

    (void)umask(old);
    if (s == RPC_S_OK)
        s = demand(l->level);
    if (s == RPC_S_OK)
        return TOOL_OK;
    (void)DceErrorInqTextA(s, text);
    (void)fprintf(stderr, "holdfast serve: %s: %s\n", l->endpoint, (const char *)text);
    return TOOL_FAILED;
}
