/* SPDX-License-Identifier: Apache-2.0
 *
 * crash_kit.c - what the crash campaigns share
 */
#include "crash_kit.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TELL_NS UINT64_C(30000000000)

void crash_begin(struct crash *c, int argc, char **argv, unsigned long cycles, const char *shows)
{
    const char *tmp = getenv("TMPDIR");

    *c = (struct crash){.shows = shows, .cycles = cycles, .start_ns = clock_now_ns()};
    c->seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
    if (argc > 1)
        c->cycles = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        c->seed = strtoull(argv[2], NULL, 10);
    c->chance = c->seed;
    c->told_ns = c->start_ns;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)printf("1..1\n# seed %" PRIu64 ", %lu cycles\n", c->seed, c->cycles);
    (void)snprintf(c->folder, sizeof c->folder, "%s/hf-crash-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(c->folder) == NULL)
        crash_fail(c, "no folder below TMPDIR", errno);
}

uint64_t crash_random(struct crash *c, uint64_t below) /* splitmix64 */
{
    uint64_t z = c->chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static void tell(const struct crash *c)
{
    (void)printf("# %lu of %lu cycles, %" PRIu64 " kills, %" PRIu64
                 " commits acknowledged, %" PRIu64 " lazy ones lost, %" PRIu64 " s\n",
                 c->done, c->cycles, c->kills, c->commits, c->lost,
                 (clock_now_ns() - c->start_ns) / 1000000000);
}

void crash_progress(struct crash *c)
{
    c->done++;
    if (clock_now_ns() - c->told_ns < TELL_NS)
        return;
    c->told_ns = clock_now_ns();
    tell(c);
}

void crash_fail(struct crash *c, const char *why, long long number)
{
    tell(c);
    (void)printf("# what is left of it: %s\n", c->folder);
    (void)printf("not ok 1 - %s: %s %lld (seed %" PRIu64 ")\n", c->shows, why, number, c->seed);
    exit(1);
}

int crash_end(struct crash *c)
{
    char command[220];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", c->folder);
    if (system(command) != 0)
        crash_fail(c, "folder not removed", errno);
    tell(c);
    if (c->commits == 0)
        crash_fail(c, "nothing was committed", 0);
    (void)printf("ok 1 - %s\n", c->shows);
    return 0;
}

pid_t crash_start(struct crash *c, void (*run)(int out, void *ctx), void *ctx, int *ret_in)
{
    int ends[2];
    pid_t pid;

    (void)fflush(stdout);
    if (pipe(ends) != 0)
        crash_fail(c, "pipe", errno);
    pid = fork();
    if (pid < 0)
        crash_fail(c, "fork", errno);
    if (pid == 0) {
        (void)close(ends[0]);
        run(ends[1], ctx);
        _exit(127);
    }
    (void)close(ends[1]);
    *ret_in = ends[0];
    return pid;
}

void crash_kill(struct crash *c, pid_t pid)
{
    int status = 0;

    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        crash_fail(c, "the child ended by itself, status", status);
    c->kills++;
}

enum crash_heard crash_hear(int in, uint64_t until_ns, void *message, size_t size)
{
    for (;;) {
        struct pollfd p = {.fd = in, .events = POLLIN};
        struct timespec left = {0};
        uint64_t now = clock_now_ns();
        ssize_t n;
        int ready;

        if (until_ns != 0) {
            if (now >= until_ns)
                return CRASH_TIME;
            left.tv_sec = (time_t)((until_ns - now) / 1000000000);
            left.tv_nsec = (long)((until_ns - now) % 1000000000);
        }
        ready = ppoll(&p, 1, until_ns != 0 ? &left : NULL, NULL);
        if (ready < 0 && errno != EINTR)
            return CRASH_PIPE_END;
        if (ready <= 0)
            continue;
        n = read(in, message, size); /* a pipe gives short messages whole */
        return n == (ssize_t)size ? CRASH_MESSAGE : CRASH_PIPE_END;
    }
}
