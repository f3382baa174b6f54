/* SPDX-License-Identifier: Apache-2.0
 *
 * check_ese.h - does a JET database agree with itself?
 */
#ifndef HOLDFAST_CHECK_ESE_H
#define HOLDFAST_CHECK_ESE_H

#include <esent.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    /* Hears of each fault, a line such as "table=t index=i row=7f80000005 key=... has no entry".
     * Called on the caller's thread; may not call Jet functions on the session. NULL: only counts. */
    void (*fault)(void *context, const char *text);
    void *context;
    /* Results: what was looked at, and what is wrong. */
    uint64_t tables, rows, entries, long_values, deltas, faults;
} HOLDFAST_ESE_CHECK;

/* Looks at all of a database in one snapshot, and changes nothing:
 *   - each name leads to a table of that name in the catalog, each row of the catalog belongs to a
 *     table with a name, each definition can be taken up;
 *   - each record can be taken apart, lies under its own primary key, and has values of their
 *     columns' sizes, and none NULL where that is not allowed;
 *   - each row has exactly the entries in each secondary index that its values ask for, and no
 *     entry is there that no row asks for;
 *   - each long value is there whole, chunk behind chunk without gap or excess, belongs to one row,
 *     and says so;
 *   - each pending escrow delta has its row;
 *   - no number that is in use (of tables and indexes, autoincrement columns, rows without a primary
 *     key, long values, deltas) will be given again; a derived table's template is one.
 * Safe beside other sessions at work. A secondary index whose text order is another version's (docs: collations) is passed by.
 *
 * `dbid`: opened by the session. Gives JET_errSuccess also when there are faults, JET_errInvalidParameter
 * without `check`, JET_errFeatureNotAvailable at the address of a server and for a Windows .edb file,
 * errors of the store when something cannot be read at all. One thread at a time, as any call of a
 * session. */
JET_ERR JET_API holdfast_ese_check(JET_SESID sesid, JET_DBID dbid, HOLDFAST_ESE_CHECK *check);

#ifdef __cplusplus
}
#endif
#endif
