/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts_jet.c - JET sessions of a running server: whose, since when, in which transaction; its counters
 */
#include "tool/contexts.h"

#include "remote/ask/ask.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

struct listing {
    bool json, any;
};

static void print_json(struct listing *l, const struct ask_session *s)
{
    (void)printf("%s\n    {\"session\": %" PRIu64 ", \"client\": ", l->any ? "," : "", s->serial);
    contexts_print_string(s->client);
    (void)printf(", \"age_s\": %u, \"idle_s\": %u, \"level\": %u, \"transaction_s\": %u, "
                 "\"octets\": %" PRIu64 ", \"tables\": %u, \"inside\": %s, \"last_call\": ",
                 s->age_s, s->idle_s, s->level, s->transaction_s, s->octets, s->tables,
                 s->inside ? "true" : "false");
    contexts_print_string(s->last_call);
    (void)printf(", \"threads\": [");
    for (unsigned i = 0; i < s->thread_count; i++)
        (void)printf("%s%u", i == 0 ? "" : ", ", s->threads[i]);
    (void)printf("]}");
}

static void print_session(void *ctx, const struct ask_session *s)
{
    struct listing *l = ctx;

    if (l->json)
        print_json(l, s);
    else {
        if (!l->any)
            (void)printf("    session  client                          age     idle  level  "
                         "transaction      octets  tables  last call\n");
        (void)printf("%11" PRIu64 "  ", s->serial);
        contexts_print_string(s->client);
        (void)printf("%*s%6us  %6us  %5u  %10us  %10" PRIu64 "  %6u  ", 1, "", s->age_s, s->idle_s,
                     s->level, s->transaction_s, s->octets, s->tables);
        contexts_print_string(s->last_call);
        (void)printf("%s\n", s->inside ? " (inside)" : "");
    }
    l->any = true;
}

void contexts_show_sessions(const char *address, bool json)
{
    struct listing l = {.json = json};
    struct ask_failure failure;

    if (json)
        (void)printf("  \"sessions\": [");
    if (!ask_sessions(address, print_session, &l, &failure) && /* a server without JET has none */
        ask_error(&failure) == JET_errAccessDenied)
        (void)fprintf(stderr, "holdfast contexts: sessions are shown to those who may manage all "
                              "databases, and on the unix socket to the server's user\n");
    if (json)
        (void)printf("\n  ],\n");
    else if (l.any)
        (void)printf("\n");
}

static void print_counter(void *ctx, const char *name, int64_t value)
{
    const struct listing *l = ctx;

    if (l->json) {
        (void)printf(",\n    ");
        contexts_print_string(name);
        (void)printf(": %" PRId64, value);
    } else {
        (void)printf("  ");
        for (int i = 0; i < 24; i++) /* what servers send is not trusted to be text */
            (void)putchar(*name == '\0'                   ? ' '
                          : isgraph((unsigned char)*name) ? *name++
                                                          : (name++, '?'));
        (void)printf(" %12" PRId64 "\n", value);
    }
}

void contexts_show_store(const char *address, bool json)
{
    struct listing l = {.json = json};
    struct ask_failure failure;

    (void)ask_counters(address, print_counter, &l, &failure);
}
