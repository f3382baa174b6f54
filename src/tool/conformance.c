/* SPDX-License-Identifier: Apache-2.0
 *
 * conformance.c - holdfast conformance: the rules of context handles, shown one by one
 *
 * Three more command lines are for the suite's own processes (conformance/run.h): serve, which is for
 * people, too; --case and --client.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <holdfast/log.h>

#include "conformance/run.h"
#include "conformance/serve.h"
#include "tool/command.h"

static const char usage[] =
    "usage: holdfast conformance [--server STRING-BINDING] [--only RULE,RULE...] [--tcp] [--unix]\n"
    "                            [--patience SECONDS] [--json | --tap]\n"
    "       holdfast conformance --list\n"
    "       holdfast conformance serve [--tcp [ADDRESS:]PORT] [--unix PATH] [--quiet]\n"
    "Provokes every rule of context handles and associations at its real point of failure, "
    "between\n"
    "processes, through a proxy that damages the wire, and judges by what the routines counted.\n"
    "  --server    judges this server instead of one of its own: any that implements\n"
    "              conformance.idl; ncacn_ip_tcp:HOST[PORT] or ncalrpc:[/PATH]\n"
    "  --only      these rules alone\n"
    "  --tcp, --unix  over this transport alone\n"
    "  --patience  what has to happen is awaited so long, 20 unless said otherwise\n"
    "  --json, --tap  for programs, for test harnesses\n"
    "  --list      every rule and how it is provoked\n"
    "  serve       the server half alone, for a client of your own; --quiet: does not say what\n"
    "              clients do wrong\n";

enum format { TABLE, JSON, TAP };

struct request {
    struct run_options options;
    enum format format;
    bool list;
};

static int misuse(const char *what)
{
    (void)fprintf(stderr, "holdfast conformance: %s\n%s", what, usage);
    return TOOL_USAGE;
}

/* ---- The run ---------------------------------------------------------------------------------- */

static unsigned done;

static void show_progress(const struct conformance_case *c, enum column column, enum result result,
                          const char *why)
{
    (void)result, (void)why;
    (void)fprintf(stderr, "\r%4u  %-4s  %-12.12s", ++done, column_names[column], c->rules);
}

static int run(struct request *q)
{
    struct run r;
    bool watched = isatty(STDERR_FILENO) != 0, good;
    int status;

    if (watched)
        q->options.progress = show_progress;
    status = conformance_run(&q->options, &r);
    if (watched)
        (void)fprintf(stderr, "\r%32s\r", "");
    if (status != 0) {
        run_fini(&r);
        return TOOL_FAILED;
    }
    switch (q->format) {
    case JSON: good = report_json(&r, stdout); break;
    case TAP: good = report_tap(&r, stdout); break;
    default: good = report_table(&r, stdout); break;
    }
    run_fini(&r);
    return good ? TOOL_OK : TOOL_FAILED;
}

static bool knows_rules(const char *only)
{
    char list[512], *at = list, *id;

    (void)snprintf(list, sizeof list, "%s", only);
    while ((id = strsep(&at, ", ")) != NULL) {
        bool known = *id == '\0';

        for (size_t i = 0; i < rule_count; i++)
            known |= strcmp(rules[i].id, id) == 0;
        if (!known) {
            (void)fprintf(stderr, "holdfast conformance: no rule %s\n", id);
            return false;
        }
    }
    return strlen(only) < sizeof list;
}

static int parse(int argc, char **argv, struct request *q)
{
    static const struct option options[] = {
        {"server", required_argument, NULL, 's'},
        {"only", required_argument, NULL, 'o'},
        {"tcp", no_argument, NULL, 't'},
        {"unix", no_argument, NULL, 'u'},
        {"patience", required_argument, NULL, 'p'},
        {"json", no_argument, NULL, 'j'},
        {"tap", no_argument, NULL, 'a'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct run_options *o = &q->options;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 's': o->server = optarg; break;
        case 'o': o->only = optarg; break;
        case 't': o->wanted[COLUMN_TCP] = true; break;
        case 'u': o->wanted[COLUMN_UNIX] = true; break;
        case 'p': o->patience_s = (unsigned)atoi(optarg); break;
        case 'j': q->format = JSON; break;
        case 'a': q->format = TAP; break;
        case 'l': q->list = true; break;
        case 'h': (void)fputs(usage, stdout); exit(TOOL_OK);
        default: (void)fputs(usage, stderr); return TOOL_USAGE;
        }
    }
    if (optind != argc)
        return misuse("too many arguments");
    if (o->only != NULL && !knows_rules(o->only))
        return TOOL_USAGE;
    if (o->patience_s == 0 || o->patience_s > 3600)
        return misuse("--patience takes 1 to 3600 seconds");
    if (!o->wanted[COLUMN_TCP] && !o->wanted[COLUMN_UNIX])
        o->wanted[COLUMN_TCP] = o->wanted[COLUMN_UNIX] = true;
    return TOOL_OK;
}

/* ---- The server half -------------------------------------------------------------------------- */

static int serve(int argc, char **argv)
{
    static const struct option options[] = {
        {"tcp", required_argument, NULL, 't'},
        {"unix", required_argument, NULL, 'u'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *tcp = NULL, *path = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 't': tcp = optarg; break;
        case 'u': path = optarg; break;
        case 'q': holdfast_rpc_set_log(NULL); break;
        case 'h': (void)fputs(usage, stdout); return TOOL_OK;
        default: (void)fputs(usage, stderr); return TOOL_USAGE;
        }
    }
    if (optind != argc)
        return misuse("too many arguments");
    if (tcp == NULL && path == NULL)
        return misuse("serve needs --tcp or --unix");
    return conformance_serve(tcp, path);
}

int conformance_command(int argc, char **argv)
{
    struct request q = {.options = {.patience_s = 20}};
    int status;

    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return serve(argc - 1, argv + 1);
    holdfast_rpc_set_log(NULL); /* what goes wrong from here on is meant to */
    if (argc == 7 && strcmp(argv[1], "--case") == 0)
        return conformance_case_main((size_t)atol(argv[2]), argv[3], argv[4],
                                     (unsigned)atoi(argv[5]), argv[6]);
    if (argc == 5 && strcmp(argv[1], "--client") == 0)
        return conformance_client_main(argv[2], argv[3], argv[4]);
    status = parse(argc, argv, &q);
    if (status != TOOL_OK)
        return status;
    if (q.list) {
        report_list(stdout);
        return TOOL_OK;
    }
    return run(&q);
}
