/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_power.c - what power cuts leave of backups and restores
 *
 *     KEEPER=PROGRAM KEEPER_SCENARIOS='NAME ...' backup_power [CUTS [SEED]]
 *
 * Each scenario's act is recorded once, and CUTS moments of it are laid out (disk.h), all moments when CUTS
 * is 0: what is there then is the old content or the new one, and the new one when the act had returned.
 */
#include "disk.h"
#include "keeper.h"

#include "base/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct power {
    struct crash crash;
    char base[240], trace[240];
    const char *scenario;
    bool begun, done;
    unsigned found[KEEPER_NEW + 1];
};

static void must_end(struct power *p, const char *step, const char *const *more, int want)
{
    int status = keeper_run(step, p->scenario, p->base, more);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
        crash_fail(&p->crash, step, status);
}

/* ---- the act, recorded ---- */

static void act(int out, void *ctx)
{
    const struct power *p = ctx;

    (void)setenv("FAULT_TRACE", p->trace, 1);
    (void)setenv("FAULT_ROOT", p->base, 1);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(out);
    keeper_become("act", p->scenario, p->base, NULL);
}

static struct disk *record_act(struct power *p)
{
    struct disk *d;
    char told;
    int in = -1, status = 0;
    pid_t pid;

    (void)files_remove_tree(p->base);
    if (mkdir(p->base, 0700) != 0)
        crash_fail(&p->crash, p->base, 0);
    must_end(p, "prepare", NULL, KEEPER_DONE);
    d = disk_new(&p->crash, p->base);
    (void)unlink(p->trace);
    pid = crash_start(&p->crash, act, p, &in);
    while (crash_hear(in, 0, &told, sizeof told) == CRASH_MESSAGE)
        ;
    (void)close(in);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != KEEPER_DONE)
        crash_fail(&p->crash, "the act has failed, status", status);
    disk_read(d, p->trace);
    return d;
}

/* ---- its cuts ---- */

static void told(void *ctx, const void *data, size_t size)
{
    struct power *p = ctx;
    const char *text = data;

    for (size_t i = 0; i < size; i++) {
        p->begun = p->begun || text[i] == KEEPER_TELLS_BEGIN;
        p->done = p->done || text[i] == KEEPER_TELLS_DONE;
    }
}

/* Lays out what a cut leaves where the program had worked, whose paths are absolute. Every fourth time the
 * act is done once more before somebody looks. */
static void cut_once(struct power *p, struct disk *d, enum disk_cut how)
{
    uint64_t chance = p->crash.chance;
    bool again = crash_random(&p->crash, 4) == 0;
    const char *const more[] = {p->done || again ? "1" : "0", NULL};
    int status;

    (void)files_remove_tree(p->base);
    disk_leave(d, how, p->base);
    if (again)
        must_end(p, "again", NULL, KEEPER_DONE);
    status = keeper_run("judge", p->scenario, p->base, more);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > KEEPER_NEW) {
        (void)files_remove_tree(p->base);
        p->crash.chance = chance;
        (void)crash_random(&p->crash, 4);
        disk_leave(d, how, p->base); /* for people to look at */
        crash_fail(&p->crash, "what a power cut left is not as it must be, status", status);
    }
    p->found[WEXITSTATUS(status)]++;
    crash_progress(&p->crash);
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return x < y ? -1 : x > y;
}

static size_t first_of_act(struct power *p, struct disk *d)
{
    size_t first = 0;

    while (!p->begun && first < disk_length(d))
        disk_go(d, ++first, told, p);
    return first;
}

/* Moments of the act; half of those that are chosen are next to one where something becomes durable or
 * changes its name. */
static size_t *choose(struct power *p, struct disk *d, size_t first, size_t *ret_count)
{
    size_t length = disk_length(d), all = length - first + 1;
    size_t count = p->crash.cycles > 0 ? p->crash.cycles : all;
    size_t *cuts = malloc(count * sizeof *cuts);

    if (cuts == NULL)
        crash_fail(&p->crash, "no memory", 0);
    for (size_t i = 0; i < count; i++) {
        cuts[i] = first + (p->crash.cycles > 0 ? (size_t)crash_random(&p->crash, all) : i);
        while (p->crash.cycles > 0 && i % 2 == 0 && cuts[i] > first &&
               disk_kind(d, cuts[i] - 1) == TRACE_WRITE)
            cuts[i]--;
    }
    qsort(cuts, count, sizeof *cuts, by_size);
    *ret_count = count;
    return cuts;
}

static void cut_often(struct power *p, struct disk *d)
{
    size_t first = first_of_act(p, d), count = 0;
    size_t *cuts = choose(p, d, first, &count);

    for (size_t i = 0; i < count; i++) {
        disk_go(d, cuts[i], told, p);
        cut_once(p, d, (enum disk_cut)crash_random(&p->crash, DISK_CUTS));
    }
    disk_go(d, disk_length(d), told, p); /* nothing that was not synced: it had returned */
    cut_once(p, d, DISK_LOSE_ALL);
    p->crash.commits += p->done;
    (void)printf(
        "# %s: %zu cuts in %zu calls; found: the old content %u times, the new one %u, none %u\n",
        p->scenario, count + 1, disk_length(d) - first, p->found[KEEPER_OLD], p->found[KEEPER_NEW],
        p->found[KEEPER_NOTHING]);
    free(cuts);
}

int main(int argc, char **argv)
{
    char names[400], *rest = NULL;
    struct power p = {.begun = false};
    struct crash *c = &p.crash;

    if (getenv("KEEPER") == NULL || getenv("KEEPER_SCENARIOS") == NULL)
        return 2;
    crash_begin(c, argc, argv, 30,
                "after power cuts a restore, or a backup, is whole or not there");
    (void)snprintf(names, sizeof names, "%s", getenv("KEEPER_SCENARIOS"));
    (void)snprintf(p.base, sizeof p.base, "%s/base", c->folder);
    (void)snprintf(p.trace, sizeof p.trace, "%s/trace", c->folder);
    for (p.scenario = strtok_r(names, " ", &rest); p.scenario != NULL;
         p.scenario = strtok_r(NULL, " ", &rest)) {
        struct disk *d = record_act(&p);

        cut_often(&p, d);
        disk_free(d);
        p.begun = p.done = false;
        memset(p.found, 0, sizeof p.found);
    }
    return crash_end(c);
}
