/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - what a run found, for people, for programs, for test harnesses
 */
#include "conformance/run.h"

#include <string.h>

static const char *const words[] = {"-", "ok", "FAILED", "-"};
static const char *const json_words[] = {"not run", "ok", "failed", "not provoked"};

struct tally {
    unsigned rules_ok, rules_failed, rules_not; /* of rules that have a case or a reason */
    unsigned cases[COLUMNS], failed[COLUMNS];
};

static enum result worse(enum result a, enum result b)
{
    if (a == RESULT_FAILED || b == RESULT_FAILED)
        return RESULT_FAILED;
    if (a == RESULT_OK || b == RESULT_OK)
        return RESULT_OK;
    return a == RESULT_CANNOT || b == RESULT_CANNOT ? RESULT_CANNOT : RESULT_NONE;
}

static enum result overall(const struct run *r, const struct rule *rule)
{
    return worse(run_rule(r, rule, COLUMN_TCP), run_rule(r, rule, COLUMN_UNIX));
}

static struct tally tally_of(const struct run *r)
{
    struct tally t = {0};

    for (size_t i = 0; i < rule_count; i++) {
        switch (overall(r, &rules[i])) {
        case RESULT_OK: t.rules_ok++; break;
        case RESULT_FAILED: t.rules_failed++; break;
        case RESULT_CANNOT: t.rules_not++; break;
        case RESULT_NONE: t.rules_not += rules[i].reason != NULL; break;
        }
    }
    for (size_t i = 0; case_at(i) != NULL; i++) {
        for (enum column c = 0; c < COLUMNS; c++) {
            enum result one = r->outcomes[i].result[c];

            t.cases[c] += one == RESULT_OK || one == RESULT_FAILED;
            t.failed[c] += one == RESULT_FAILED;
        }
    }
    return t;
}

/* ---- For people ------------------------------------------------------------------------------- */

static void print_failures(const struct run *r, const struct rule *rule, FILE *to)
{
    const struct conformance_case *c;

    for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
        for (enum column column = 0; column < COLUMNS; column++) {
            if (r->outcomes[i].result[column] == RESULT_FAILED && rules_include(c->rules, rule->id))
                (void)fprintf(to, "                    %s: %s: %s\n",
                              c->where == ON_NONE ? "compiler" : column_names[column], c->what,
                              r->outcomes[i].why[column]);
        }
    }
}

/* Why a rule has no result, or NULL. */
static const char *reason_of(const struct run *r, const struct rule *rule)
{
    if (rule->reason != NULL)
        return rule->reason;
    for (size_t i = 0; case_at(i) != NULL; i++) {
        for (enum column c = 0; c < COLUMNS; c++)
            if (r->outcomes[i].result[c] == RESULT_CANNOT &&
                rules_include(case_at(i)->rules, rule->id))
                return r->outcomes[i].why[c];
    }
    return NULL;
}

static void print_not_provoked(const struct run *r, FILE *to)
{
    bool first = true;

    for (size_t i = 0; i < rule_count; i++) {
        enum result result = overall(r, &rules[i]);
        const char *reason = reason_of(r, &rules[i]);

        if (result == RESULT_OK || result == RESULT_FAILED || reason == NULL)
            continue;
        if (first)
            (void)fprintf(to, "\nnot provoked\n");
        first = false;
        (void)fprintf(to, "%-5s %s: %s\n", rules[i].id, rules[i].text, reason);
    }
}

static const char *in_column(const struct run *r, const struct rule *rule, enum column c)
{
    return words[run_rule(r, rule, c)];
}

/* The compiler's rules need no server; their result stands in both columns' place. */
static bool is_of_compiler(const struct rule *rule)
{
    const struct conformance_case *c;
    bool any = false;

    for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
        if (!rules_include(c->rules, rule->id))
            continue;
        if (c->where != ON_NONE)
            return false;
        any = true;
    }
    return any;
}

bool report_table(const struct run *r, FILE *to)
{
    struct tally t = tally_of(r);

    for (enum column c = 0; c < COLUMNS; c++)
        if (r->server[c][0] != '\0')
            (void)fprintf(to, "%-6s %s\n", column_names[c], r->server[c]);
    (void)fprintf(to, "\n%-5s %-6s %-6s  %s\n", "rule", column_names[0], column_names[1],
                  "what must hold");
    for (size_t i = 0; i < rule_count; i++) {
        enum result result = overall(r, &rules[i]);

        if (result != RESULT_OK && result != RESULT_FAILED)
            continue;
        (void)fprintf(to, "%-5s %-6s %-6s  %s\n", rules[i].id, in_column(r, &rules[i], COLUMN_TCP),
                      is_of_compiler(&rules[i]) ? "idl" : in_column(r, &rules[i], COLUMN_UNIX),
                      rules[i].text);
        if (result == RESULT_FAILED)
            print_failures(r, &rules[i], to);
    }
    print_not_provoked(r, to);
    (void)fprintf(to, "\n%u rules ok, %u failed, %u not provoked;", t.rules_ok, t.rules_failed,
                  t.rules_not);
    for (enum column c = 0; c < COLUMNS; c++)
        (void)fprintf(to, " %u cases on %s, %u failed%s", t.cases[c], column_names[c], t.failed[c],
                      c + 1 < COLUMNS ? ";" : "\n");
    return t.failed[0] + t.failed[1] == 0;
}

void report_list(FILE *to)
{
    const struct conformance_case *c;

    for (size_t i = 0; i < rule_count; i++) {
        (void)fprintf(to, "%-5s %s\n", rules[i].id, rules[i].text);
        if (rules[i].reason != NULL)
            (void)fprintf(to, "        not provoked: %s\n", rules[i].reason);
        for (size_t n = 0; (c = case_at(n)) != NULL; n++)
            if (rules_include(c->rules, rules[i].id))
                (void)fprintf(to, "      - %s%s\n", c->what,
                              c->where == ON_TCP    ? " (tcp)"
                              : c->where == ON_UNIX ? " (unix)"
                              : c->where == ON_NONE ? " (compiler)"
                                                    : "");
    }
}

/* ---- For programs ----------------------------------------------------------------------------- */

static void print_string(const char *s, FILE *to)
{
    (void)fputc('"', to);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            (void)fprintf(to, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            (void)fprintf(to, "\\u%04x", c);
        else
            (void)fputc(c, to);
    }
    (void)fputc('"', to);
}

static void print_member(const char *name, const char *value, FILE *to)
{
    (void)fprintf(to, "\"%s\": ", name);
    print_string(value, to);
}

static void json_cases(const struct run *r, const struct rule *rule, FILE *to)
{
    const struct conformance_case *c;
    const char *comma = "";

    for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
        for (enum column column = 0; column < COLUMNS; column++) {
            enum result result = r->outcomes[i].result[column];

            if (result == RESULT_NONE || !rules_include(c->rules, rule->id))
                continue;
            (void)fprintf(to, "%s\n       {", comma);
            print_member("case", c->what, to);
            (void)fprintf(to, ", \"over\": \"%s\", \"result\": \"%s\"",
                          c->where == ON_NONE ? "compiler" : column_names[column],
                          json_words[result]);
            if (result != RESULT_OK) {
                (void)fprintf(to, ", ");
                print_member("why", r->outcomes[i].why[column], to);
            }
            (void)fprintf(to, "}");
            comma = ",";
        }
    }
}

bool report_json(const struct run *r, FILE *to)
{
    struct tally t = tally_of(r);

    (void)fprintf(to, "{\n  ");
    print_member("tcp", r->server[COLUMN_TCP], to);
    (void)fprintf(to, ",\n  ");
    print_member("unix", r->server[COLUMN_UNIX], to);
    (void)fprintf(to, ",\n  \"rules\": [");
    for (size_t i = 0; i < rule_count; i++) {
        const char *reason = reason_of(r, &rules[i]);
        enum result result = overall(r, &rules[i]);

        (void)fprintf(to, "%s\n    {", i > 0 ? "," : "");
        print_member("rule", rules[i].id, to);
        (void)fprintf(to, ", ");
        print_member("text", rules[i].text, to);
        (void)fprintf(to, ", \"result\": \"%s\"",
                      json_words[result == RESULT_NONE && reason != NULL ? RESULT_CANNOT : result]);
        if (reason != NULL) {
            (void)fprintf(to, ", ");
            print_member("reason", reason, to);
        }
        (void)fprintf(to, ", \"cases\": [");
        json_cases(r, &rules[i], to);
        (void)fprintf(to, "]}");
    }
    (void)fprintf(to,
                  "\n  ],\n  \"rules_ok\": %u, \"rules_failed\": %u, \"rules_not_provoked\": %u,\n"
                  "  \"cases\": %u, \"cases_failed\": %u\n}\n",
                  t.rules_ok, t.rules_failed, t.rules_not, t.cases[0] + t.cases[1],
                  t.failed[0] + t.failed[1]);
    return t.failed[0] + t.failed[1] == 0;
}

/* What was provoked, no more: what was not is no case. */
bool report_tap(const struct run *r, FILE *to)
{
    const struct conformance_case *c;
    unsigned n = 0, bad = 0;

    for (enum column column = 0; column < COLUMNS; column++) {
        for (size_t i = 0; (c = case_at(i)) != NULL; i++) {
            enum result result = r->outcomes[i].result[column];

            if (result == RESULT_CANNOT)
                (void)fprintf(to, "# %s %s (%s): %s\n", c->rules, c->what, column_names[column],
                              r->outcomes[i].why[column]);
            if (result != RESULT_OK && result != RESULT_FAILED)
                continue;
            (void)fprintf(to, "%sok %u - %s %s (%s)\n", result == RESULT_OK ? "" : "not ", ++n,
                          c->rules, c->what,
                          c->where == ON_NONE ? "compiler" : column_names[column]);
            bad += result == RESULT_FAILED;
            if (result == RESULT_FAILED)
                (void)fprintf(to, "# %s\n", r->outcomes[i].why[column]);
        }
    }
    (void)fprintf(to, "1..%u\n", n);
    return bad == 0;
}
