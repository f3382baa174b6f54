/* SPDX-License-Identifier: Apache-2.0
 *
 * mutant.h - faults made to order, to see that the tests of the rules notice
 *
 * A build with -Dmutants=true has one fault, which HOLDFAST_MUTANT names (tools/mutants lists them);
 * in any other build the condition is the constant false, and nothing of it is in the program.
 */
#ifndef HF_RPC_CORE_MUTANT_H
#define HF_RPC_CORE_MUTANT_H

#include <stdbool.h>

#ifdef HF_MUTANTS

/* Has this process the fault of that name? */
bool mutant_is(const char *format, ...) __attribute__((format(printf, 1, 2)));

#else

#define mutant_is(...) false

#endif

#endif
