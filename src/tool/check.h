/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - the state of `holdfast check`
 */
#ifndef HF_TOOL_CHECK_H
#define HF_TOOL_CHECK_H

#include "tool/jet_print.h"

struct check {
    struct tool_store store;
    const char *database;
    JET_DBID dbid;
    bool verbose;
    unsigned long faults, faults_max;
    bool below; /* the engine has looked below the API itself */
    unsigned long tables, rows, indexes, entries, values, long_values, not_compared;
    uint64_t octets; /* of values that are read in pieces */
};

/* Tells a fault, "DATABASE TABLE: ..."; false when there have been too many to go on. */
bool check_fault(struct check *c, const struct tool_table *t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Every entry of a secondary index against its row, and every row against its entries. False: not
 * to be gone on with, the reason is in `f` or told. */
TOOL_CHECK bool check_index(struct check *c, const struct tool_table *t,
                            const struct tool_index *index, struct tool_failure *f);

/* A key or bookmark as text for a message. */
#define CHECK_KEY_TEXT 100
const char *check_key_text(const unsigned char *key, size_t size, char text[CHECK_KEY_TEXT]);

#endif
