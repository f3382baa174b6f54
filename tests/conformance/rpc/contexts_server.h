/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts_server.h - what the routines of contexts.idl saw
 */
#ifndef TESTS_CONFORMANCE_RPC_CONTEXTS_SERVER_H
#define TESTS_CONFORMANCE_RPC_CONTEXTS_SERVER_H

#include <stdatomic.h>

#include "contexts.h"

struct thing {
    int value;
};

#define WITNESS_LOG 4096

/* The routines' own count: what the runtime says about itself is no proof. */
struct witness {
    atomic_int made, destroyed, logged, run_down, two_inside, two_most, alone, not_alone;
    int log[WITNESS_LOG]; /* values that were run down, in order */
    struct thing anonymous;
};
extern struct witness witness;
void witness_reset(void);

#endif
