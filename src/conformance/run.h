/* SPDX-License-Identifier: Apache-2.0
 *
 * run.h - a run of the suite: cases as processes, over each transport, and what came of them
 *
 * Three kinds of process, all this program: the driver (conformance_run), which keeps the books; the
 * server, unless one is named; and for each case a client, which may start others that die. A case that
 * crashes or does not end costs itself and nothing else.
 */
#ifndef HF_CONFORMANCE_RUN_H
#define HF_CONFORMANCE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conformance/cases.h"
#include "conformance/rules.h"

enum result {
    RESULT_NONE, /* not asked for, or not of this transport */
    RESULT_OK,
    RESULT_FAILED,
    RESULT_CANNOT, /* here it cannot be provoked */
};

enum column { COLUMN_TCP, COLUMN_UNIX, COLUMNS };
extern const char *const column_names[COLUMNS];

struct outcome {
    enum result result[COLUMNS];
    char why[COLUMNS][240]; /* of what failed or cannot be; one line */
};

struct run_options {
    const char *server; /* a string binding; NULL: a server of its own */
    const char *only;   /* numbers of rules, commas between; NULL: all */
    bool wanted[COLUMNS];
    unsigned patience_s; /* for what has to happen; one that fails takes so long */
    void (*progress)(const struct conformance_case *c, enum column column, enum result result,
                     const char *why); /* or NULL */
};

struct run {
    struct outcome *outcomes;  /* one a case */
    char server[COLUMNS][256]; /* string bindings, "" if there is none */
};

/* 0, or an exit status after a complaint on standard error. */
int conformance_run(const struct run_options *options, struct run *ret);
void run_fini(struct run *r);

/* What the cases of a rule make together: FAILED if any does, OK if one is, else CANNOT or NONE. */
enum result run_rule(const struct run *r, const struct rule *rule, enum column column);

/* The other kinds of process. */
int conformance_case_main(size_t number, const char *address, const char *other,
                          unsigned patience_s, const char *folder);
int conformance_client_main(const char *role, const char *argument, const char *address);

/* report.c; true if nothing failed */
bool report_table(const struct run *r, FILE *to);
bool report_json(const struct run *r, FILE *to);
bool report_tap(const struct run *r, FILE *to);
void report_list(FILE *to); /* the rules, without a run */

#endif
