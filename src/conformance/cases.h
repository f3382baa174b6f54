/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.h - the cases: each provokes one rule (or several that cannot be told apart) and judges it
 *
 * A case returns when all held (kit.h). The rules are named and told in rules.c.
 */
#ifndef HF_CONFORMANCE_CASES_H
#define HF_CONFORMANCE_CASES_H

#include <stddef.h>

enum case_where {
    ON_TCP = 1,
    ON_UNIX = 2,
    ON_BOTH = ON_TCP | ON_UNIX,
    ON_NONE = 4, /* needs no server: the compiler's */
};

struct conformance_case {
    const char *rules; /* their numbers, blanks between */
    const char *what;
    void (*run)(const void *row);
    const void *row;
    enum case_where where;
};

/* Hand every case of a file to `add`. */
typedef void case_add(struct conformance_case c);
void cases_of_failures(case_add *add);  /* F, X: rows of one call */
void cases_of_losses(case_add *add);    /* X7 to X16, P: what is no single call */
void cases_of_handles(case_add *add);   /* B, C, D, S: binding, closing, types */
void cases_of_locks(case_add *add);     /* L */
void cases_of_arrays(case_add *add);    /* D11, X12 */
void cases_of_lives(case_add *add);     /* W, A, J: associations and their end */
void cases_of_guests(case_add *add);    /* U: unregistering */
void cases_of_retries(case_add *add);   /* R */
void cases_of_declaring(case_add *add); /* D: what the compiler refuses */

/* All of them, in order. */
const struct conformance_case *case_at(size_t i); /* NULL: there are not so many */

#endif
