/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the holdfast program: a table of subcommands
 */
#include "base/log.h"
#include "tool/command.h"

#include <holdfast/log_ese.h>

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"edb", edb_command, "show and dump Windows .edb files"},
    {"shell", shell_command, "work on JET databases by commands"},
    {"load", load_command, "add rows of a CSV or JSON file to a table"},
    {"dump", dump_command, "write the rows of a table as CSV or JSON"},
    {"check", check_command, "look for faults in JET databases"},
    {"backup", backup_command, "copy all databases of a server or folder"},
    {"restore", restore_command, "bring such a copy back into a folder"},
    {"idl", idl_command, "compile IDL files into C stubs"},
    {"serve", serve_command, "serve a folder of databases to programs elsewhere"},
    {"commit-status", commit_status_command, "ask what became of a commit"},
    {"contexts", contexts_command, "list a server's context handles"},
    {"ping", ping_command, "ask a server whether it listens"},
    {"epmapper", epmapper_command, "run this host's endpoint mapper"},
    {"endpoints", endpoints_command, "list what a host's endpoint mapper knows"},
    {"conformance", conformance_command, "show the rules of context handles, one by one"},
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(FILE *to)
{
    (void)fprintf(to, "usage: holdfast COMMAND [ARGUMENT...]\n"
                      "       holdfast --help | --version\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].help);
    (void)fprintf(to, "\n`holdfast COMMAND --help` tells more.\n");
}

static void log_to_stderr(int level, const char *line)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    if (level >= LOG_LEVEL_WARNING)
        (void)fprintf(stderr, "level=%s msg=\"%s\"\n", names[level], line);
}

int main(int argc, char **argv)
{
    log_set_hook(log_to_stderr);
    holdfast_rpc_set_log(log_to_stderr);
    holdfast_ese_set_log(log_to_stderr);
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return TOOL_OK;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("holdfast %s\n", HOLDFAST_VERSION);
        return TOOL_OK;
    }
    for (size_t i = 0; argc >= 2 && i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (argc >= 2)
        (void)fprintf(stderr, "holdfast: no command \"%s\"\n", argv[1]);
    print_help(stderr);
    return TOOL_USAGE;
}
