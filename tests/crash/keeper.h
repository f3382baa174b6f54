/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper.h - backups and restores that are cut short: steps of a scenario, each in a process of its own
 *
 * Two databases hold rows that all say which content they are of. A scenario is an act that brings one
 * content to the place of another: a restore in an instance, a backup in a folder. Whatever cuts it short,
 * one of the two is found there, whole and in both databases; the new one, when the act had returned.
 * RocksDB's threads do not live on in a forked process, so what is run is the program `keeper`:
 *     keeper prepare SCENARIO FOLDER
 *     keeper act SCENARIO FOLDER [CALL NTH ERROR]   that call of it fails (fault.h)
 *     keeper again SCENARIO FOLDER                  the act, after one that was cut short
 *     keeper judge SCENARIO FOLDER DONE             1: the act had returned
 */
#ifndef HF_TESTS_CRASH_KEEPER_H
#define HF_TESTS_CRASH_KEEPER_H

/* How a step ends. */
enum keeper_end {
    KEEPER_NOTHING, /* judge: a backup that is refused, an instance without the databases */
    KEEPER_OLD,
    KEEPER_NEW,
    KEEPER_DONE = 10, /* prepare, act, again */
    KEEPER_REFUSED,   /* act: an error was returned */
    KEEPER_BROKEN     /* what must not be; standard error says what */
};

/* What an act writes to its standard output when it begins, and when it has returned without an error. */
#define KEEPER_TELLS_BEGIN 'b'
#define KEEPER_TELLS_DONE  'd'

/* For those who run it: the program is what KEEPER names in the environment. `more` are the arguments after
 * the folder, or NULL. Becomes the program; or gives the status that waitpid has for it. */
void keeper_become(const char *step, const char *scenario, const char *folder,
                   const char *const *more);
int keeper_run(const char *step, const char *scenario, const char *folder, const char *const *more);

#endif
