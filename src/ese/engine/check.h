/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - does a database agree with itself?
 *
 * Reads all of it in one snapshot: every name leads to a table and every catalog row belongs to
 * one; every record decodes and lies under its own primary key; every index entry has its row and
 * every row its entries; every long value is whole and belongs to one record; every pending escrow
 * delta has its row.
 */
#ifndef HF_ESE_ENGINE_CHECK_H
#define HF_ESE_ENGINE_CHECK_H

#include "ese/provider.h"

struct eng_check {
    /* Hears of each fault: "table=t index=i what is wrong". */
    void (*fault)(void *ctx, const char *text);
    void *ctx;
    uint64_t tables, rows, entries, long_values, deltas, faults; /* out */
};

/* At level 0. The result is an error only when something could not be read. */
JET_ERR eng_check_database(struct ese_session *session, JET_DBID dbid, struct eng_check *check);

#endif
