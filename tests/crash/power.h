/* SPDX-License-Identifier: Apache-2.0
 *
 * power.h - power cuts: a program works, its files being recorded; what is left at many moments is
 * laid out (disk.h) and must be as the program was told
 *
 *     HF_FAULT=LIBRARY PROGRAM [CUTS [SEED]]
 *
 * One life of the program, killed at a random moment, gives some dozens of cuts: at moments anywhere
 * in its record, half of them around syncs and names. The last of them is what the next life begins
 * with, so recovery is cut, too.
 */
#ifndef HF_TESTS_CRASH_POWER_H
#define HF_TESTS_CRASH_POWER_H

#include "crash_kit.h"

struct power_test {
    const char *shows;
    /* Becomes the program that works in `folder` and writes messages to its standard output. */
    void (*become)(struct crash *c, const char *folder);
    size_t message_size;
    /* What one knows who has heard the messages before the cut. */
    void *known;
    size_t known_size;
    void (*learn)(void *known, const void *message);
    /* In a process of its own: compares `folder` with what is known, ends the process when it is not
     * so; `known` becomes what was found. Counts lazy commits that are lost in c->lost. */
    void (*verify)(struct crash *c, const char *folder, void *known);
};

int power_run(const struct power_test *test, int argc, char **argv);

#endif
