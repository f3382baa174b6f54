/* SPDX-License-Identifier: Apache-2.0
 *
 * settle_test.c - the failure table, row by row, as the specification's tables state it
 *
 * What the rows do to real handles over a real connection is tests/conformance; here only the
 * decision is compared with an independent transcription: one line per rule.
 */
#include "rpc/server/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *rule;
    bool arrived, left;
    enum settle_outcome outcome;
    enum settle_action action;
} rules[] = {
    {"F1", false, false, SETTLE_RAISED, SETTLE_NOTHING},
    {"F1", false, true, SETTLE_RAISED, SETTLE_FORGET},
    {"F2a", true, false, SETTLE_RAISED, SETTLE_CLOSE},
    {"F2b", true, true, SETTLE_RAISED, SETTLE_STORE},
    {"F2c", true, true, SETTLE_RAISED, SETTLE_STORE},
    {"F3", true, false, SETTLE_AFTER, SETTLE_CLOSE},
    {"F4", false, true, SETTLE_AFTER, SETTLE_RUN_DOWN},
    {"F5", true, true, SETTLE_AFTER, SETTLE_STORE},
    {"F6", false, false, SETTLE_BEFORE, SETTLE_NOTHING},
    {"F7", true, false, SETTLE_BEFORE, SETTLE_CLOSE},
    {"F8", false, true, SETTLE_BEFORE, SETTLE_RUN_DOWN},
    {"F9", true, true, SETTLE_BEFORE, SETTLE_STORE},
    {"F10", false, false, SETTLE_BEFORE, SETTLE_NOTHING},
    {"F11", false, true, SETTLE_BEFORE, SETTLE_RUN_DOWN},
    {"X1", false, false, SETTLE_AFTER, SETTLE_NOTHING},
    {"X2", false, false, SETTLE_AFTER, SETTLE_NOTHING},
    {"X3", false, true, SETTLE_AFTER, SETTLE_RUN_DOWN},
    {"X4", false, true, SETTLE_RAISED, SETTLE_FORGET},
    {"X5", true, true, SETTLE_SENT, SETTLE_STORE},
    {"X6", true, true, SETTLE_RAISED, SETTLE_STORE},
    {"X6", true, true, SETTLE_BEFORE, SETTLE_STORE},
    {"X6", true, true, SETTLE_AFTER, SETTLE_STORE},
    {"X8", true, true, SETTLE_UNREAD, SETTLE_UNTOUCHED},
    {"X8", true, false, SETTLE_UNREAD, SETTLE_UNTOUCHED},
};

static bool names(const char *list, const char *rule)
{
    size_t n = strlen(rule);

    for (const char *p = list; (p = strstr(p, rule)) != NULL; p += n) {
        if ((p == list || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
            return true;
    }
    return false;
}

static void every_rule_has_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct settle_row *row =
            settle_rule(rules[i].arrived, rules[i].left, rules[i].outcome);

        if (row->action != rules[i].action || !names(row->rules, rules[i].rule))
            fail_msg("%s: action %d under \"%s\"", rules[i].rule, (int)row->action, row->rules);
    }
}

static void every_combination_has_a_row(void **state)
{
    (void)state;
    for (int arrived = 0; arrived < 2; arrived++) {
        for (int left = 0; left < 2; left++) {
            for (int o = 0; o < SETTLE_OUTCOMES; o++)
                assert_non_null(settle_rule(arrived, left, (enum settle_outcome)o)->rules);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_has_its_row),
        cmocka_unit_test(every_combination_has_a_row),
    };

    return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
