/* SPDX-License-Identifier: Apache-2.0
 *
 * indexcreate.h - an index as the structure that would create it
 */
#ifndef HF_ESE_API_INDEXCREATE_H
#define HF_ESE_API_INDEXCREATE_H

#include "ese/api/api.h"

/* `level`: JET_IdxInfoCreateIndex, 2 or 3. JET_errInvalidBufferSize when not even the structure
 * fits, JET_errBufferTooSmall when what it points to does not. */
JET_ERR jet_put_index_create(const struct ese_index_def *def, bool wide, unsigned long level,
                             void *result, unsigned long max);

#endif
