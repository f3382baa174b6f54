/* SPDX-License-Identifier: Apache-2.0
 *
 * store_crash.c - what a store holds after its process was killed
 *
 *     store_crash [CYCLES [SEED]]
 *
 * Each cycle forks a child that opens the store, compares it with what was reported before
 * (store_work.h), and works with several threads until SIGKILL meets it, at any moment from the open
 * on: one in four dies in its open or soon after. The parent never opens the store: it only receives
 * reports through a pipe. Every second child has a small write buffer, so that files are written and
 * merged while it works.
 */
#include "crash_kit.h"
#include "store_work.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL_BUFFER ((size_t)512 << 10)
#define WORK_NS      90000000
#define OPEN_NS      40000000

static char path[220];
static struct work_known known; /* a child inherits a copy */

static void child(int out, void *small)
{
    work_open(path, small ? SMALL_BUFFER : 0, &known);
    work_go_on(out);
}

static void last_child(int out, void *ctx)
{
    (void)out;
    (void)ctx;
    work_open(path, 0, &known);
    work_close(path, true);
    _exit(0);
}

/* Takes reports up until `until_ns`, or the pipe's end; at most `most`. */
static void listen(struct crash *c, int in, uint64_t until_ns, uint64_t most)
{
    struct work_report r;

    while (most-- > 0 && crash_hear(in, until_ns, &r, sizeof r) == CRASH_MESSAGE) {
        c->commits += r.kind != WORK_FOUND;
        c->lost += work_learn(&known, &r);
    }
}

static void cycle(struct crash *c)
{
    bool at_work = crash_random(c, 4) != 0, small = crash_random(c, 2) != 0;
    uint64_t life_ns = 1 + crash_random(c, at_work ? WORK_NS : OPEN_NS);
    int in = -1;
    pid_t pid = crash_start(c, child, small ? &known : NULL, &in);

    if (at_work)
        listen(c, in, 0, 1);
    listen(c, in, clock_now_ns() + life_ns, UINT64_MAX);
    crash_kill(c, pid);
    listen(c, in, 0, UINT64_MAX);
    (void)close(in);
}

int main(int argc, char **argv)
{
    struct crash c;
    int in = -1, status = 0;
    pid_t pid;

    crash_begin(&c, argc, argv, 100, "nothing acknowledged is lost");
    (void)snprintf(path, sizeof path, "%s/s", c.folder);
    while (c.done < c.cycles) {
        cycle(&c);
        crash_progress(&c);
    }
    pid = crash_start(&c, last_child, NULL, &in);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        crash_fail(&c, "the last comparison, status", status);
    return crash_end(&c);
}
