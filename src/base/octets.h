/* SPDX-License-Identifier: Apache-2.0
 *
 * octets.h - the order of octet strings: as unsigned octets, a prefix before what extends it
 */
#ifndef HF_BASE_OCTETS_H
#define HF_BASE_OCTETS_H

#include <stddef.h>
#include <string.h>

static inline int octets_compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    size_t shorter = a_size < b_size ? a_size : b_size;
    int order = shorter > 0 ? memcmp(a, b, shorter) : 0;

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

#endif
