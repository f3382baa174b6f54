/* SPDX-License-Identifier: Apache-2.0
 *
 * stub_call.h - for the fuzz target stub_call: calls that client stubs make
 *
 * A call is made, and made again with what the first one left if it was good, so that all of a reply is read. What the stub
 * allocates is given back by whoever runs it.
 */
#ifndef TESTS_FUZZ_STUB_CALL_H
#define TESTS_FUZZ_STUB_CALL_H

#include <rpc.h>

typedef void stub_call(handle_t b);

/* Of all.idl and of more.idl, whose types have the same names. */
enum { STUB_ALL_CALLS = 10, STUB_MORE_CALLS = 8 };
extern stub_call *const stub_all_calls[STUB_ALL_CALLS], *const stub_more_calls[STUB_MORE_CALLS];

#endif
