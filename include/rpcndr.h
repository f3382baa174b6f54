/* SPDX-License-Identifier: Apache-2.0
 *
 * rpcndr.h - types of IDL in C, and what generated stubs build on
 *
 * Generated headers include this file; programs include <rpc.h>, which brings it along.
 */
#ifndef HOLDFAST_RPCNDR_H
#define HOLDFAST_RPCNDR_H

#include <holdfast/types.h>
#include <holdfast/ndr.h>
#include <holdfast/call.h>
#include <holdfast/context.h>

#endif
