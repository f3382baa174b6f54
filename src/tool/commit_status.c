/* SPDX-License-Identifier: Apache-2.0
 *
 * commit_status.c - holdfast commit-status: what became of a commit whose reply was lost
 */
#include "tool/command.h"

#include "remote/ask/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: holdfast commit-status ADDRESS INSTANCE NUMBER\n"
    "\n"
    "Asks a server what became of a commit. INSTANCE and NUMBER are signLog.ulRandom and commitId "
    "of\n"
    "the JET_COMMIT_ID that JetCommitTransaction2 gave. Prints `committed`, `not committed`, or\n"
    "`unknown`: the server has never heard of it, or has forgotten it.\n";

static bool read_number(const char *text, uint64_t *ret)
{
    char *end = NULL;

    *ret = strtoull(text, &end, 0);
    return end != text && *end == '\0';
}

int commit_status_command(int argc, char **argv)
{
    static const char *const words[] = {"unknown", "committed", "not committed"};
    struct ask_failure failure = {0};
    uint64_t instance = 0, number = 0;
    unsigned outcome = 0;

    if (argc == 2 && !strcmp(argv[1], "--help")) {
        (void)fputs(usage, stdout);
        return TOOL_OK;
    }
    if (argc != 4 || !read_number(argv[2], &instance) || !read_number(argv[3], &number)) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    if (!ask_commit_status(argv[1], instance, number, &outcome, &failure)) {
        (void)fprintf(stderr,
                      "holdfast commit-status: %s: the server cannot be asked: status %d, "
                      "error %d\n",
                      argv[1], (int)failure.status, ask_error(&failure));
        return TOOL_FAILED;
    }
    (void)puts(words[outcome < 3 ? outcome : 0]);
    return TOOL_OK;
}
