/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the rules, in the numbering of docs/conformance.md
 */
#ifndef HF_CONFORMANCE_RULES_H
#define HF_CONFORMANCE_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct rule {
    const char *id;
    const char *text;   /* what must hold */
    const char *reason; /* why no case provokes it; NULL if one does */
};

extern const struct rule rules[]; /* in the order of their printing */
extern const size_t rule_count;

/* Is `id` one of the blank-separated numbers? */
bool rules_include(const char *list, const char *id);

#endif
