/* SPDX-License-Identifier: Apache-2.0
 *
 * count_ese.h - what the store of a running instance holds, for those who watch it
 */
#ifndef HOLDFAST_COUNT_ESE_H
#define HOLDFAST_COUNT_ESE_H

#include <esent.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t
        transactions;   /* open now, each with a snapshot: of sessions, and of calls at level 0 */
    uint64_t row_locks; /* held now */
    uint64_t commits;   /* since JetInit, of what was written */
    uint64_t conflicts; /* since JetInit: calls that met another's row */
    uint64_t log_syncs; /* since JetInit */
    uint64_t drops_pending; /* dropped tables and indexes that are still being removed */
} HOLDFAST_ESE_COUNTERS;

/* Counts of the instance's stores, temporary tables included; a moment's look while others work.
 * `instance`: a running one of this process. Gives JET_errSuccess, JET_errFeatureNotAvailable at the
 * address of a server (ask it with `holdfast contexts`), or what every call by an instance gives.
 * Any thread. Row locks are counted one by one: for tests and the curious, not for a busy loop. */
JET_ERR JET_API holdfast_ese_count(JET_INSTANCE instance, HOLDFAST_ESE_COUNTERS *counters);

#ifdef __cplusplus
}
#endif
#endif
