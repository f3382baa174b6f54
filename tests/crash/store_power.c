/* SPDX-License-Identifier: Apache-2.0
 *
 * store_power.c - what a store holds after power cuts
 *
 *     HF_FAULT=LIBRARY store_power [CUTS [SEED]]
 *     store_power work FOLDER BUFFER        what is recorded; BUFFER: the write buffer's size
 */
#include "power.h"
#include "store_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL_BUFFER "65536" /* files are written and merged all the time */

static const char *program;

static void become(struct crash *c, const char *folder)
{
    execl(program, program, "work", folder, crash_random(c, 3) ? SMALL_BUFFER : "0", (char *)NULL);
}

static void learn(void *known, const void *message)
{
    (void)work_learn(known, message);
}

static void verify(struct crash *c, const char *folder, void *known)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/s", folder);
    work_open(path, strtoul(SMALL_BUFFER, NULL, 10), known);
    c->lost += work_found(known);
    work_close(path, false);
}

static int work(char **argv)
{
    const struct work_known nothing = {0};
    char path[300];

    (void)snprintf(path, sizeof path, "%s/s", argv[2]);
    work_open(path, strtoul(argv[3], NULL, 10), &nothing);
    work_go_on(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
    static struct work_known known;
    static const struct power_test test = {
        .shows = "durable commits survive power cuts, and nothing is there in part",
        .become = become,
        .message_size = sizeof(struct work_report),
        .known = &known,
        .known_size = sizeof known,
        .learn = learn,
        .verify = verify,
    };

    program = argv[0];
    return argc == 4 && strcmp(argv[1], "work") == 0 ? work(argv) : power_run(&test, argc, argv);
}
