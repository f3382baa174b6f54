/* SPDX-License-Identifier: Apache-2.0
 *
 * results.h - numbers and structures into a caller's buffer
 */
#ifndef HF_ESE_API_RESULTS_H
#define HF_ESE_API_RESULTS_H

#include "ese/api/api.h"

#include <string.h>

/* Information functions give numbers as Microsoft's `unsigned long`; both widths are taken. */
static inline JET_ERR jet_put_number(void *result, unsigned long max, uint64_t value)
{
    uint32_t narrow = (uint32_t)value;
    unsigned long wide = value;

    if (!result)
        return JET_errInvalidParameter;
    if (max == sizeof narrow)
        memcpy(result, &narrow, sizeof narrow);
    else if (max == sizeof wide)
        memcpy(result, &wide, sizeof wide);
    else
        return JET_errInvalidBufferSize;
    return JET_errSuccess;
}

static inline JET_ERR jet_put_struct(void *result, unsigned long max, const void *from, size_t size)
{
    if (!result)
        return JET_errInvalidParameter;
    if (max < size)
        return JET_errInvalidBufferSize;
    memcpy(result, from, size);
    return JET_errSuccess;
}

/* Sizes are 32 bits behind the wall. */
static inline uint32_t jet_size(unsigned long n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

#endif
