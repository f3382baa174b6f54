/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_crash.c - sessions that commit are killed at random moments; what they were told is true
 *
 *     JET_CRASH_WRITER=PROGRAM jet_crash [CYCLES [SEED]]
 *
 * The writer tells each commit through a pipe as soon as it has returned, so what is known here
 * comes from outside the engine. It is killed at work, and one time in four, before anybody else has
 * opened the store, again in its next JetInit or soon after, perhaps more than once. Then all is
 * compared (jet_verify.h).
 */
#include "jet_verify.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORK_NS  UINT64_C(90000000)    /* from the first commit to the kill, at most */
#define START_NS UINT64_C(50000000)    /* from the start of one that is to die early */
#define PATIENCE UINT64_C(60000000000) /* until the first commit */

static struct jet_known known;

static void writer(int out, void *ctx)
{
    struct crash *c = ctx;
    const char *program = getenv("JET_CRASH_WRITER");
    char seed[32];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->seed);
    dup2(out, STDOUT_FILENO);
    close(out);
    execl(program, program, c->folder, seed, (char *)NULL);
}

static enum crash_heard listen(struct crash *c, int in, uint64_t until_ns, uint64_t most)
{
    enum crash_heard heard = CRASH_MESSAGE;
    struct model_ack ack;

    for (; most > 0 && heard == CRASH_MESSAGE; most--) {
        heard = crash_hear(in, until_ns, &ack, sizeof ack);
        if (heard != CRASH_MESSAGE)
            break;
        c->commits++;
        jet_learn(&known, &ack);
    }
    return heard;
}

/* A writer lives for `life_ns` from its start or, at work, from its first commit. */
static void live_and_die(struct crash *c, bool at_work, uint64_t life_ns)
{
    int in = -1;
    pid_t pid = crash_start(c, writer, c, &in);

    if (at_work && listen(c, in, clock_now_ns() + PATIENCE, 1) == CRASH_TIME)
        crash_fail(c, "no commit within seconds", (long long)(PATIENCE / 1000000000));
    (void)listen(c, in, clock_now_ns() + life_ns, UINT64_MAX);
    crash_kill(c, pid);
    (void)listen(c, in, 0, UINT64_MAX); /* what it still said */
    close(in);
}

int main(int argc, char **argv)
{
    struct crash c;

    crash_begin(&c, argc, argv, 100, "acknowledged commits survive kills, whole and consistent");
    if (getenv("JET_CRASH_WRITER") == NULL)
        crash_fail(&c, "set JET_CRASH_WRITER", 0);
    while (c.done < c.cycles) {
        live_and_die(&c, true, crash_random(&c, WORK_NS));
        while (crash_random(&c, 4) == 0)
            live_and_die(&c, false, crash_random(&c, START_NS));
        jet_verify(&c, c.folder, &known);
        crash_progress(&c);
    }
    return crash_end(&c);
}
