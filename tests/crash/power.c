/* SPDX-License-Identifier: Apache-2.0
 *
 * power.c - power cuts in the work of a program
 */
#include "power.h"

#include "disk.h"

#include "base/clock.h"
#include "base/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CUTS_A_LIFE 25
#define WORK_NS     UINT64_C(250000000)
#define START_NS    UINT64_C(60000000)
#define KNOWN_MAX   512

struct power {
    const struct power_test *test;
    struct crash crash;
    char base[240], image[240], trace[240];
};

/* ---- one life ---- */

static void run(int out, void *ctx)
{
    struct power *p = ctx;

    (void)setenv("FAULT_TRACE", p->trace, 1);
    (void)setenv("FAULT_ROOT", p->base, 1);
    (void)setenv("LD_PRELOAD", getenv("HF_FAULT"), 1);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(out);
    p->test->become(&p->crash, p->base);
}

static void live(struct power *p)
{
    struct crash *c = &p->crash;
    bool at_work = c->kills == 0 || crash_random(c, 4) != 0; /* the first: something is committed */
    uint64_t life_ns = crash_random(c, at_work ? WORK_NS : START_NS);
    char message[KNOWN_MAX];
    int in = -1;
    pid_t pid = crash_start(c, run, p, &in);
    uint64_t until = at_work ? 0 : clock_now_ns() + life_ns;

    while (crash_hear(in, until, message, p->test->message_size) == CRASH_MESSAGE)
        if (until == 0)
            until = clock_now_ns() + life_ns;
    crash_kill(c, pid);
    (void)close(in);
}

/* ---- its cuts ---- */

static void told(void *ctx, const void *data, size_t size)
{
    struct power *p = ctx;

    if (size != p->test->message_size)
        crash_fail(&p->crash, "a message of another size", (long long)size);
    p->test->learn(p->test->known, data);
    p->crash.commits++;
}

static bool is_turning_point(enum trace_kind kind)
{
    return kind != TRACE_WRITE && kind != TRACE_OPEN && kind != TRACE_TELL;
}

/* A moment in the record; every second time near one where something becomes durable or changes its
 * name. */
static size_t choose(struct power *p, const struct disk *d)
{
    size_t cut = (size_t)crash_random(&p->crash, disk_length(d) + 1);

    if (crash_random(&p->crash, 2) == 0)
        return cut;
    while (cut > 0 && !is_turning_point(disk_kind(d, cut - 1)))
        cut--;
    cut += (size_t)crash_random(&p->crash, 3);
    return cut <= disk_length(d) ? cut : disk_length(d);
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return x < y ? -1 : x > y;
}

struct verdict {
    uint64_t lost;
    char known[KNOWN_MAX];
};

static void judge(int out, void *ctx)
{
    struct power *p = ctx;
    struct verdict v = {0};

    p->crash.lost = 0;
    p->test->verify(&p->crash, p->image, p->test->known);
    v.lost = p->crash.lost;
    memcpy(v.known, p->test->known, p->test->known_size);
    _exit(write(out, &v, sizeof v) == (ssize_t)sizeof v ? 0 : 1);
}

/* Lays out what one cut leaves and compares it in a child; what it found there. */
static struct verdict cut_once(struct power *p, struct disk *d, size_t cut, enum disk_cut how)
{
    uint64_t chance = p->crash.chance;
    struct verdict v = {0};
    int in = -1, status = 0;
    enum crash_heard heard;
    pid_t pid;

    disk_go(d, cut, told, p);
    (void)files_remove_tree(p->image);
    disk_leave(d, how, p->image);
    pid = crash_start(&p->crash, judge, p, &in);
    heard = crash_hear(in, 0, &v, sizeof v);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    (void)close(in);
    if (heard != CRASH_MESSAGE || status != 0) {
        (void)files_remove_tree(p->image);
        p->crash.chance = chance;
        disk_leave(d, how, p->image); /* for people to look at, as it was before */
        (void)printf("# %s: cut %zu of kind %d left image\n", p->trace, cut, (int)how);
        crash_fail(&p->crash, "what a power cut left is not as it must be, status", status);
    }
    p->crash.lost += v.lost;
    return v;
}

static void cut_often(struct power *p, struct disk *d)
{
    size_t cuts[CUTS_A_LIFE];
    struct verdict v = {0};

    for (size_t i = 0; i < CUTS_A_LIFE; i++)
        cuts[i] = choose(p, d);
    qsort(cuts, CUTS_A_LIFE, sizeof *cuts, by_size);
    for (size_t i = 0; i < CUTS_A_LIFE; i++) {
        enum disk_cut how = (enum disk_cut)crash_random(&p->crash, DISK_CUTS);

        v = cut_once(p, d, cuts[i], how);
        crash_progress(&p->crash);
    }
    memcpy(p->test->known, v.known, p->test->known_size);
    (void)files_remove_tree(p->base);
    if (rename(p->image, p->base) != 0)
        crash_fail(&p->crash, "rename", errno);
}

int power_run(const struct power_test *test, int argc, char **argv)
{
    struct power p = {.test = test};
    struct crash *c = &p.crash;

    crash_begin(c, argc, argv, 100, test->shows);
    if (getenv("HF_FAULT") == NULL || test->known_size > KNOWN_MAX ||
        test->message_size > KNOWN_MAX)
        crash_fail(c, "set HF_FAULT", 0);
    (void)snprintf(p.base, sizeof p.base, "%s/base", c->folder);
    (void)snprintf(p.image, sizeof p.image, "%s/image", c->folder);
    (void)snprintf(p.trace, sizeof p.trace, "%s/trace", c->folder);
    if (mkdir(p.base, 0700) != 0)
        crash_fail(c, "mkdir", errno);
    while (c->done < c->cycles) {
        struct disk *d = disk_new(c, p.base);

        (void)unlink(p.trace);
        live(&p);
        disk_read(d, p.trace);
        cut_often(&p, d);
        disk_free(d);
    }
    return crash_end(c);
}
