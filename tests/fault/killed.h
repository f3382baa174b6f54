/* SPDX-License-Identifier: Apache-2.0
 *
 * killed.h - a test's own program once more, to be killed at one of its calls
 *
 * Again and not a forked child, since RocksDB's threads do not live on in one. Included by one file a
 * program, behind cmocka.h.
 */
#ifndef HF_TESTS_KILLED_H
#define HF_TESTS_KILLED_H

#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs it with its argument, then the numbers of `op` and `nth`. Gives what waitpid tells of its end. */
static inline int run_again(const char *argument, enum fault_op op, unsigned nth)
{
    char op_text[12], nth_text[12];
    const char *const arguments[] = {"again", argument, op_text, nth_text, NULL};
    int status = -1;
    pid_t pid;

    (void)snprintf(op_text, sizeof op_text, "%d", (int)op);
    (void)snprintf(nth_text, sizeof nth_text, "%u", nth);
    pid = fork();
    if (pid == 0) {
        (void)execv("/proc/self/exe", (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    assert_true(pid > 0);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

#endif
