/* SPDX-License-Identifier: Apache-2.0
 *
 * endpoints.c - holdfast endpoints: what a host's endpoint mapper knows
 *
 * Asks by the map's own interface, so that endpoints of protocol sequences that this library lacks are
 * shown, too. Texts come from elsewhere: control characters do not reach the terminal.
 */
#include "tool/command.h"

#include <rpc.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epm.h"
#include "rpc/epm/serve.h"
#include "rpc/wire/tower.h"
#include "tool/contexts.h"

static const char usage[] =
    "usage: holdfast endpoints [HOST | STRING-BINDING] [--json]\n"
    "Lists the interfaces that the endpoint mapper of HOST knows, and where each is served. "
    "Without\n"
    "HOST it is this host's, by its local endpoint. A STRING-BINDING names another mapper:\n"
    "ncacn_ip_tcp:HOST[PORT].\n";

#define PAGE 100u

struct line {
    char interface[64], annotation[EPT_ANNOTATION], binding[640], object[40];
};

struct lines {
    struct line *at;
    size_t count, room;
};

/* ---- One entry -------------------------------------------------------------------------------- */

/* Copies text from elsewhere. */
static void plain(char *to, size_t room, const char *from)
{
    size_t n = 0;

    for (; from[n] != '\0' && n + 1 < room; n++)
        to[n] = (unsigned char)from[n] < 0x20 || from[n] == 0x7f ? '?' : from[n];
    to[n] = '\0';
}

static void print_uuid(const UUID *u, char *to, size_t room)
{
    RPC_CSTR text = NULL;

    if (UuidToStringA((UUID *)(uintptr_t)u, &text) == RPC_S_OK)
        (void)snprintf(to, room, "%s", (const char *)text);
    (void)RpcStringFreeA(&text);
}

static void describe(const struct wire_tower *t, struct line *l)
{
    const char *protseq = wire_tower_protseq(t);
    char uuid[40] = "", address[INET_ADDRSTRLEN] = "", host[256], endpoint[256];
    static const uint8_t none[4];

    print_uuid(&t->interface.SyntaxGUID, uuid, sizeof uuid);
    (void)snprintf(l->interface, sizeof l->interface, "%s v%u.%u", uuid,
                   t->interface.SyntaxVersion.MajorVersion,
                   t->interface.SyntaxVersion.MinorVersion);
    plain(host, sizeof host, t->host);
    plain(endpoint, sizeof endpoint, t->endpoint);
    if (memcmp(t->address, none, sizeof none) != 0)
        (void)inet_ntop(AF_INET, t->address, address, sizeof address);
    if (protseq == NULL)
        (void)snprintf(l->binding, sizeof l->binding, "protocol 0x%02x over 0x%02x", t->protocol,
                       t->transport);
    else if (endpoint[0] == '\0')
        (void)snprintf(l->binding, sizeof l->binding, "%s:%s[%u]", protseq, address, t->port);
    else
        (void)snprintf(l->binding, sizeof l->binding, "%s:%s[%s]", protseq, host, endpoint);
}

static bool add(struct lines *all, const ept_entry *e)
{
    struct wire_tower t;
    struct line *l;
    UUID object;
    RPC_STATUS s;

    if (e->tower == NULL || !wire_get_tower(e->tower->octets, e->tower->length, &t))
        return true; /* none that could be shown */
    if (all->count == all->room) {
        size_t room = all->room == 0 ? PAGE : all->room * 2;
        struct line *wider = realloc(all->at, room * sizeof *wider);

        if (wider == NULL)
            return false;
        all->at = wider;
        all->room = room;
    }
    l = &all->at[all->count++];
    memset(l, 0, sizeof *l);
    describe(&t, l);
    plain(l->annotation, sizeof l->annotation, e->annotation);
    memcpy(&object, &e->object, sizeof object);
    if (UuidIsNil(&object, &s) == 0)
        print_uuid(&object, l->object, sizeof l->object);
    return true;
}

/* ---- All of them ------------------------------------------------------------------------------ */

/* A mapper that never ends its walk is left after this many. */
#define LINES_MAX 1000000u

static RPC_STATUS read_map(RPC_BINDING_HANDLE b, struct lines *all)
{
    ept_walk_h walk = NULL;
    RPC_STATUS status = RPC_S_OK;

    do {
        ept_entry page[PAGE];
        error_status_t answer = 0;
        uint32_t count = 0;

        memset(page, 0, sizeof page);
        ept_lookup(b, 0, NULL, NULL, 1, &walk, PAGE, &count, page, &answer);
        if (answer != RPC_S_OK && answer != EPM_WIRE_NOT_REGISTERED)
            status = (RPC_STATUS)answer;
        for (uint32_t i = 0; i < count && i < PAGE; i++) {
            if (status == RPC_S_OK && !add(all, &page[i]))
                status = RPC_S_OUT_OF_MEMORY;
            free(page[i].tower);
        }
    } while (walk != NULL && status == RPC_S_OK && all->count < LINES_MAX);
    if (walk != NULL)
        (void)RpcSmDestroyClientContext((void **)&walk);
    return status;
}

static RPC_STATUS ask(const char *mapper, struct lines *all)
{
    RPC_BINDING_HANDLE b = NULL;
    volatile RPC_STATUS status = RpcBindingFromStringBindingA((RPC_CSTR)(uintptr_t)mapper, &b);

    if (status != RPC_S_OK)
        return status;
    RpcTryExcept
    {
        status = read_map(b, all);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept(void)
    RpcBindingFree(&b);
    return status;
}

/* ---- Printing --------------------------------------------------------------------------------- */

static int by_interface(const void *a, const void *b)
{
    const struct line *one = a, *other = b;
    int order = strcmp(one->interface, other->interface);

    return order != 0 ? order : strcmp(one->binding, other->binding);
}

static void print_lines(const struct lines *all)
{
    size_t interfaces = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct line *l = &all->at[i];

        if (i == 0 || strcmp(l->interface, l[-1].interface) != 0) {
            (void)printf("%s%s%s\n", l->interface, l->annotation[0] != '\0' ? "  " : "",
                         l->annotation);
            interfaces++;
        }
        (void)printf("    %s%s%s\n", l->binding, l->object[0] != '\0' ? "  object " : "",
                     l->object);
    }
    (void)printf("%zu endpoint%s of %zu interface%s\n", all->count, all->count == 1 ? "" : "s",
                 interfaces, interfaces == 1 ? "" : "s");
}

static void print_json(const struct lines *all)
{
    (void)printf("[");
    for (size_t i = 0; i < all->count; i++) {
        (void)printf("%s\n  {\"interface\": ", i > 0 ? "," : "");
        contexts_print_string(all->at[i].interface);
        (void)printf(", \"binding\": ");
        contexts_print_string(all->at[i].binding);
        (void)printf(", \"object\": ");
        contexts_print_string(all->at[i].object);
        (void)printf(", \"annotation\": ");
        contexts_print_string(all->at[i].annotation);
        (void)printf("}");
    }
    (void)printf("\n]\n");
}

static const char *setting(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}

/* HOST, a string binding, or nothing, as the string binding of a mapper. */
static bool name_mapper(const char *host, char *to, size_t room)
{
    int n;

    if (host == NULL)
        n = snprintf(to, room, "ncalrpc:[%s]", setting("HOLDFAST_EPMAPPER_SOCKET", "epmapper"));
    else if (strncmp(host, "ncacn_", 6) == 0 || strncmp(host, "ncalrpc:", 8) == 0)
        n = snprintf(to, room, "%s", host);
    else
        n = snprintf(to, room, "ncacn_ip_tcp:%s[%s]", host, setting("HOLDFAST_EPMAPPER", "135"));
    return n > 0 && (size_t)n < room;
}

int endpoints_command(int argc, char **argv)
{
    char mapper[1024], text[DCE_C_ERROR_STRING_LEN];
    const char *host = NULL;
    struct lines all = {0};
    bool json = false;
    RPC_STATUS status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return TOOL_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (argv[i][0] != '-' && host == NULL) {
            host = argv[i];
        } else {
            (void)fputs(usage, stderr);
            return TOOL_USAGE;
        }
    }
    status = name_mapper(host, mapper, sizeof mapper) ? ask(mapper, &all) : RPC_S_STRING_TOO_LONG;
    if (status == RPC_S_OK) {
        if (all.count > 0)
            qsort(all.at, all.count, sizeof *all.at, by_interface);
        (json ? print_json : print_lines)(&all);
    } else {
        (void)DceErrorInqTextA(status, (RPC_CSTR)text);
        (void)fprintf(stderr, "holdfast endpoints: %s: %s\n", mapper, text);
    }
    free(all.at);
    return status == RPC_S_OK ? TOOL_OK : TOOL_FAILED;
}
