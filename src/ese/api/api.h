/* SPDX-License-Identifier: Apache-2.0
 *
 * api.h - esent.h as the files see it that define its functions: visible from outside
 *
 * Everything else of the library is hidden. Every file of this room includes this one first.
 */
#ifndef HF_ESE_API_H
#define HF_ESE_API_H

#pragma GCC visibility push(default)
#include <esent.h>
#include <holdfast/check_ese.h>
#include <holdfast/count_ese.h>
#pragma GCC visibility pop

#include "ese/provider.h"

#endif
