/* SPDX-License-Identifier: Apache-2.0
 *
 * map.h - the endpoint map of a host: entries that hang on leases, and questions to it
 *
 * Owns:        struct epm_entry and struct epm_lease. One list of all entries in the order of their
 *              serial numbers, one list of each lease.
 * Lifetime:    an entry lives until it is taken back, evicted, or its lease ends.
 * Lock:        one for everything; nothing is called under it.
 * Invariants:  I1 serial numbers rise, so a walk that remembers the last one it saw goes on where it
 *                 was whatever came and went meanwhile.  I2 a lease and the map hold bounded numbers.
 */
#ifndef HF_RPC_EPM_MAP_H
#define HF_RPC_EPM_MAP_H

#include <rpc.h>

#include "rpc/epm/record.h"

struct epm_lease;

/* inquiry_type and vers_option of ept_lookup (rpc-wire 11) */
enum epm_inquiry { EPM_ALL = 0, EPM_BY_INTERFACE = 1, EPM_BY_OBJECT = 2, EPM_BY_BOTH = 3 };
enum epm_version {
    EPM_VERSION_ALL = 1,
    EPM_VERSION_COMPATIBLE = 2,
    EPM_VERSION_EXACT = 3,
    EPM_VERSION_MAJOR = 4,
    EPM_VERSION_UP_TO = 5,
};

/* One question; a tower asks for endpoints of its interface that go its way. */
struct epm_question {
    enum epm_inquiry inquiry;
    enum epm_version version;
    UUID object;
    RPC_SYNTAX_IDENTIFIER interface;
    const struct wire_tower *way; /* or NULL: any */
};

struct epm_lease *epm_lease_open(void); /* NULL without memory, or when there are too many */
void epm_lease_close(struct epm_lease *take_lease);

/* Enters all records or none. With `replace`, entries of the lease with the same object, interface
 * and way are gone first. EPT_S_CANT_CREATE beyond a limit, RPC_S_OUT_OF_MEMORY. */
RPC_STATUS epm_insert(struct epm_lease *lease, const struct epm_record *records, unsigned count,
                      bool replace);

/* Takes back those of the lease that say the same but for the annotation; NULL: of any lease.
 * EPT_S_NOT_REGISTERED if there was none. */
RPC_STATUS epm_delete(struct epm_lease *lease, const struct epm_record *record);

/* Copies the next answers, at most `room`, with serial numbers above *after, and moves that on.
 * *ret_more: there are others behind. */
unsigned epm_find(const struct epm_question *q, uint64_t *after, struct epm_record *ret,
                  unsigned room, bool *ret_more);

/* How many entries there are. */
unsigned epm_count(void);

#endif
