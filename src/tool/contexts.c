/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts.c - holdfast contexts: who holds which context handle at a running server
 *
 * Asks the server's diag interface page by page and prints a table, or JSON. What it shows is true of
 * the moment each page was made; handles come and go meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rpc.h>

#include "diag.h"
#include "tool/command.h"
#include "tool/contexts.h"

void *__RPC_USER midl_user_allocate(size_t size)
{
    return malloc(size);
}

void __RPC_USER midl_user_free(void *memory)
{
    free(memory);
}

static const char usage[] =
    "usage: holdfast contexts ADDRESS [--json]\n"
    "Lists associations, context handles and counters of a running server. ADDRESS is a string\n"
    "binding: ncacn_ip_tcp:127.0.0.1[4747] or ncalrpc:[name]. Servers answer to their own user "
    "and\n"
    "root, on their own host.\n";

/* One way of printing. */
struct printer {
    bool json;
    bool first; /* of the list being printed */
};

void contexts_print_string(const char *s)
{
    (void)putchar('"');
    for (; s != NULL && *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            (void)printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            (void)printf("\\u%04x", c);
        else
            (void)putchar(c);
    }
    (void)putchar('"');
}

/* The same for people: control characters must not reach the terminal. */
static const char *plain(char *s)
{
    for (char *p = s; p != NULL && *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
    return s != NULL ? s : "";
}

static void comma(struct printer *p)
{
    if (!p->first)
        (void)printf(",");
    (void)printf("\n    ");
    p->first = false;
}

static void list_begins(struct printer *p, const char *name, const char *heading)
{
    p->first = true;
    if (p->json)
        (void)printf("  \"%s\": [", name);
    else
        (void)printf("%s\n", heading);
}

static void list_ends(const struct printer *p, bool last)
{
    if (p->json)
        (void)printf("\n  ]%s\n", last ? "" : ",");
    else if (!last)
        (void)printf("\n");
}

/* ---- Handles ---------------------------------------------------------------------------------- */

static void print_handle(struct printer *p, uint32_t assoc, diag_handle *h)
{
    const char *state = h->calls_inside == 0 ? "free" : h->exclusive ? "exclusive" : "shared";

    if (!p->json) {
        (void)printf("%11u  %-24.24s  %-24.24s  %6us  %-9s  %6u  %7u\n", assoc, plain(h->type),
                     plain(h->interface_name), h->age_s, state, h->calls_inside, h->calls_waiting);
        return;
    }
    comma(p);
    (void)printf("{\"association\": %u, \"type\": ", assoc);
    contexts_print_string(h->type);
    (void)printf(", \"interface\": ");
    contexts_print_string(h->interface_name);
    (void)printf(", \"age_s\": %u, \"state\": \"%s\", \"calls_inside\": %u, \"calls_waiting\": %u}",
                 h->age_s, state, h->calls_inside, h->calls_waiting);
}

/* Prints all handles of an association. */
static RPC_STATUS show_handles_of(struct printer *p, RPC_BINDING_HANDLE b, uint32_t assoc)
{
    int64_t after = 0;
    uint32_t count;

    do {
        diag_handles *page = NULL;
        error_status_t status = diag_list_handles(b, assoc, after, &page);

        if (status != RPC_S_OK)
            return (RPC_STATUS)status;
        count = page != NULL ? page->count : 0;
        for (uint32_t i = 0; i < count; i++) {
            print_handle(p, assoc, &page->at[i]);
            after = page->at[i].serial;
            free(page->at[i].type);
            free(page->at[i].interface_name);
        }
        free(page);
    } while (count > 0);
    return RPC_S_OK;
}

/* ---- Associations ----------------------------------------------------------------------------- */

static void print_assoc(struct printer *p, diag_assoc *a)
{
    if (!p->json) {
        (void)printf("%11u  %-40.40s  %6us  %11u  %8u\n", a->id, plain(a->peer), a->age_s,
                     a->connections, a->handles);
        return;
    }
    comma(p);
    (void)printf("{\"association\": %u, \"peer\": ", a->id);
    contexts_print_string(a->peer);
    (void)printf(", \"age_s\": %u, \"connections\": %u, \"handles\": %u}", a->age_s, a->connections,
                 a->handles);
}

/* Walks all associations: prints each (handles false), or its handles. */
static RPC_STATUS walk(struct printer *p, RPC_BINDING_HANDLE b, bool handles)
{
    RPC_STATUS status = RPC_S_OK;
    uint32_t after = 0, count;

    do {
        diag_assocs *page = NULL;

        status = (RPC_STATUS)diag_list_assocs(b, after, &page);
        count = page != NULL ? page->count : 0;
        for (uint32_t i = 0; i < count; i++) {
            after = page->at[i].id;
            if (!handles)
                print_assoc(p, &page->at[i]);
            else if (status == RPC_S_OK && page->at[i].handles > 0)
                status = show_handles_of(p, b, after);
            free(page->at[i].peer);
        }
        free(page);
    } while (count > 0 && status == RPC_S_OK);
    return status;
}

/* Prints and frees the counters. */
static void show_counters(struct printer *p, diag_counters *page, const char *address)
{
    if (p->json)
        (void)printf("  \"counters\": {");
    else
        (void)printf("counters\n");
    p->first = true;
    for (uint32_t i = 0; page != NULL && i < page->count; i++) {
        if (p->json) {
            comma(p);
            contexts_print_string(page->at[i].name);
            (void)printf(": %" PRId64, page->at[i].value);
        } else {
            (void)printf("  %-28.28s %12" PRId64 "\n", plain(page->at[i].name), page->at[i].value);
        }
        free(page->at[i].name);
    }
    free(page);
    contexts_show_store(address, p->json);
    if (p->json)
        (void)printf("\n  }\n");
}

static RPC_STATUS show_all(struct printer *p, RPC_BINDING_HANDLE b, const char *address)
{
    diag_counters *counters = NULL;
    RPC_STATUS status = (RPC_STATUS)diag_list_counters(b, &counters);

    if (status !=
        RPC_S_OK) /* asked for first: nothing is printed of a server that does not answer */
        return status;
    if (p->json)
        (void)printf("{\n");
    list_begins(
        p, "associations",
        "association  peer                                        age  connections   handles");
    status = walk(p, b, false);
    list_ends(p, false);
    if (status != RPC_S_OK)
        return status;
    list_begins(p, "handles",
                "association  type                      interface                     age"
                "  state      inside  waiting");
    status = walk(p, b, true);
    list_ends(p, false);
    contexts_show_sessions(address, p->json);
    show_counters(p, counters, address);
    if (p->json)
        (void)printf("}\n");
    return status;
}

static RPC_STATUS run(struct printer *p, char *address)
{
    RPC_BINDING_HANDLE b = NULL;
    volatile RPC_STATUS status = RpcBindingFromStringBindingA((RPC_CSTR)address, &b);

    if (status != RPC_S_OK)
        return status;
    RpcTryExcept
    {
        status = show_all(p, b, address);
    }
    RpcExcept(RpcExceptionFilter((uint32_t)RpcExceptionCode()))
    {
        status = RpcExceptionCode();
    }
    RpcEndExcept
    RpcBindingFree(&b);
    return status;
}

int contexts_command(int argc, char **argv)
{
    struct printer p = {.json = false};
    char text[DCE_C_ERROR_STRING_LEN], *address = NULL;
    RPC_STATUS status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(usage, stdout);
            return TOOL_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            p.json = true;
        } else if (argv[i][0] != '-' && address == NULL) {
            address = argv[i];
        } else {
            (void)fprintf(stderr, "holdfast contexts: \"%s\" is not understood\n%s", argv[i],
                          usage);
            return TOOL_USAGE;
        }
    }
    if (address == NULL) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    status = run(&p, address);
    if (status == RPC_S_OK)
        return TOOL_OK;
    (void)DceErrorInqTextA(status, (RPC_CSTR)text);
    (void)fprintf(stderr, "holdfast contexts: %s: %s%s\n", address, text,
                  status == RPC_S_ACCESS_DENIED ? "; ask from the server's host, as its user" : "");
    return TOOL_FAILED;
}
