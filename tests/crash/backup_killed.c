/* SPDX-License-Identifier: Apache-2.0
 *
 * backup_killed.c - backups and restores killed at their calls, or given an error there, one after the other
 *
 *     KEEPER=PROGRAM backup_killed STRIDE SCENARIO...     every which call; 1: at each
 */
#include "keeper.h"

#include "../fault/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
    enum fault_op op;
    bool each; /* whatever the stride: there are few, and they decide */
} calls[] = {
    {FAULT_WRITE, false}, {FAULT_SYNC, false},   {FAULT_CREATE, false},
    {FAULT_RENAME, true}, {FAULT_UNLINK, false},
};

static char folder[200], run[220];
static const char *scenario;
static unsigned stride, cut_short, found[KEEPER_NEW + 1];

static bool shell(const char *command)
{
    char line[700];

    (void)snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    if (system(line) == 0)
        return true;
    (void)printf("# failed: %s\n", line);
    return false;
}

static bool step_ends(const char *step, const char *const *more, int want)
{
    int status = keeper_run(step, scenario, run, more);

    if (WIFEXITED(status) && WEXITSTATUS(status) == want)
        return true;
    (void)printf("# %s %s: status %x\n", scenario, step, (unsigned)status);
    return false;
}

static bool judged(bool done)
{
    const char *const more[] = {done ? "1" : "0", NULL};
    int status = keeper_run("judge", scenario, run, more);

    if (!WIFEXITED(status) || WEXITSTATUS(status) > KEEPER_NEW) {
        (void)printf("# %s judge %s: status %x\n", scenario, more[0], (unsigned)status);
        return false;
    }
    found[WEXITSTATUS(status)]++;
    return true;
}

/* Every fourth time the act is done once more before somebody looks. */
static bool followed(bool done)
{
    if (cut_short % 4 != 3)
        return judged(done);
    return step_ends("again", NULL, KEEPER_DONE) && judged(true);
}

/* *ret_met: the act came to that call. */
static bool acted(enum fault_op op, unsigned nth, int error, bool *ret_met)
{
    char texts[3][12];
    const char *const more[] = {texts[0], texts[1], texts[2], NULL};
    int status, end;

    (void)snprintf(texts[0], sizeof texts[0], "%d", (int)op);
    (void)snprintf(texts[1], sizeof texts[1], "%u", nth);
    (void)snprintf(texts[2], sizeof texts[2], "%d", error);
    if (!shell("rm -rf run && cp -a saved run"))
        return false;
    status = keeper_run("act", scenario, run, more);
    end = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *ret_met = error == FAULT_KILL ? WIFSIGNALED(status) : end == KEEPER_REFUSED;
    if (*ret_met ? followed(false) : end == KEEPER_DONE && judged(true))
        return true;
    (void)printf("# %s: call %d, number %u, error %d: status %x\n", scenario, (int)op, nth, error,
                 (unsigned)status);
    return false;
}

/* A call that has failed need not make the act fail: RocksDB tries some again. So errors go on as far as the
 * kills did. */
static bool swept(size_t call)
{
    unsigned step = calls[call].each ? 1 : stride, nth = 1;
    bool met = true;

    for (; acted(calls[call].op, nth, FAULT_KILL, &met) && met; nth += step)
        cut_short++;
    if (met)
        return false;
    for (unsigned i = 1; i < nth; i += step) {
        if (!acted(calls[call].op, i, EIO, &met))
            return false;
        cut_short += met;
    }
    return true;
}

static bool passes(void)
{
    bool ok = shell("rm -rf run saved && mkdir run") && step_ends("prepare", NULL, KEEPER_DONE) &&
              shell("mv run saved");

    cut_short = 0;
    memset(found, 0, sizeof found);
    for (size_t i = 0; ok && i < sizeof calls / sizeof *calls; i++)
        ok = swept(i);
    (void)printf(
        "# %s: cut short %u times; found then: the old content %u times, the new one %u, none %u\n",
        scenario, cut_short, found[KEEPER_OLD], found[KEEPER_NEW], found[KEEPER_NOTHING]);
    return ok && cut_short > 0;
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    bool all = true;

    if (argc < 3 || (stride = (unsigned)strtoul(argv[1], NULL, 10)) == 0)
        return 2;
    (void)snprintf(folder, sizeof folder, "%s/hf-keeper-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        return 2;
    (void)snprintf(run, sizeof run, "%s/run", folder);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)printf("1..%d\n", argc - 2);
    for (int i = 2; i < argc; i++) {
        bool ok;

        scenario = argv[i];
        ok = passes();
        all = all && ok;
        (void)printf("%s %d - %s: the old content or the new one, whole\n", ok ? "ok" : "not ok",
                     i - 1, scenario);
    }
    return shell("rm -rf '../'\"$(basename \"$PWD\")\"") && all ? 0 : 1;
}
