/* SPDX-License-Identifier: Apache-2.0
 *
 * context_life_test.c - the table of a handle's states: one way in, one end, no other steps
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rpc/server/context_life.h"

static void every_state_has_a_way_out_but_the_last(void **state)
{
    struct life_step s;
    bool begins = false, ends = false;

    (void)state;
    for (unsigned i = 0; life_step_at(i, &s); i++) {
        begins |= strcmp(s.from, "NONE") == 0;
        ends |= strcmp(s.to, "ENDED") == 0;
        assert_string_not_equal(s.from, "ENDED");
        assert_string_not_equal(s.to, "NONE");
    }
    assert_true(begins && ends);
}

static void steps_are_known_once_taken(void **state)
{
    struct life_step s;

    (void)state;
    assert_int_equal(life_next(LIFE_BORN, LIFE_ON_DEATH), LIFE_DOOMED);
    for (unsigned i = 0; life_step_at(i, &s); i++)
#ifdef NDEBUG
        assert_false(s.taken);
#else
        assert_int_equal(s.taken, strcmp(s.from, "BORN") == 0 && strcmp(s.event, "DEATH") == 0);
#endif
}

/* In a child: how a step that is not in the table ends it. */
static int status_of(enum life_state from, enum life_event event)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        struct rlimit none = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &none);
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        (void)life_next(from, event);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void another_step_stops_a_build_with_assertions(void **state)
{
    (void)state;
#ifndef NDEBUG
    assert_true(WIFSIGNALED(status_of(LIFE_ENDED, LIFE_ON_RAN)));
    assert_true(WIFSIGNALED(status_of(LIFE_DUE, LIFE_ON_CLOSE)));
#endif
    assert_int_equal(status_of(LIFE_DUE, LIFE_ON_RAN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_a_way_out_but_the_last),
        cmocka_unit_test(steps_are_known_once_taken),
        cmocka_unit_test(another_step_stops_a_build_with_assertions),
    };

    return cmocka_run_group_tests_name("server/context_life", tests, NULL, NULL);
}
