/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.h - one call of a generated stub, and what a hostile peer makes of it
 *
 * A scenario is a call with its expected octets in NDR 2.0 and, for some, NDR64. Every scenario is
 * also run with its request and its reply cut off at every octet, which has to fail, with random
 * bits turned, and with the N-th allocation failing, which may do either: the program must neither
 * crash nor leak, and its memory must be what it was before a call that failed.
 */
#ifndef HF_TESTS_IDL_SCENARIO_H
#define HF_TESTS_IDL_SCENARIO_H

#include "loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Octets are in the order of the declaration; | only helps the eye. NULL: not compared. */
struct scenario {
    const char *name;
    void (*run)(void); /* makes the call, looks at what came, gives it back */
    const char *request, *reply;
    const char *request64, *reply64;
    const char *big; /* the same request of a big-endian sender, NDR 2.0 */
    size_t gap64;    /* octets at the end of request64 that a peer may leave out */
};

struct scenario_set {
    const struct scenario *scenarios;
    size_t count;
    RPC_IF_HANDLE *server;
};

extern bool scenario_hostile; /* values are not looked at */

#define SCENARIO_CHECK(x)                          \
    do {                                           \
        if (!scenario_hostile && loop.status == 0) \
            assert_true(x);                        \
    } while (0)

void scenario_reset(const struct rpc_interface *server, bool ndr64);

/* Tests over the struct scenario_set that is the group's state. */
void scenario_golden(void **state);
void scenario_golden_ndr64(void **state);
void scenario_big_endian(void **state);
void scenario_truncated(void **state);
void scenario_flipped(void **state);
void scenario_no_memory(void **state);

#define SCENARIO_TESTS                                                               \
    cmocka_unit_test(scenario_golden), cmocka_unit_test(scenario_golden_ndr64),      \
        cmocka_unit_test(scenario_big_endian), cmocka_unit_test(scenario_truncated), \
        cmocka_unit_test(scenario_flipped), cmocka_unit_test(scenario_no_memory)

#endif
