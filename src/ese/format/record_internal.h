/* SPDX-License-Identifier: Apache-2.0
 *
 * record_internal.h - the bits of the record form, shared by its reader and its writer
 */
#ifndef HF_ESE_FORMAT_RECORD_INTERNAL_H
#define HF_ESE_FORMAT_RECORD_INTERNAL_H

#include "ese/format/record.h"

#define RECORD_SIZE_MAX      32767
#define RECORD_VARIABLE_MASK 0x7fffu
#define RECORD_VARIABLE_NULL 0x8000u

#define TAGGED_ENTRY          4u
#define TAGGED_DERIVED        0x8000u /* of the offset word, as the others */
#define TAGGED_SMALL_EXTENDED 0x4000u
#define TAGGED_SMALL_NULL     0x2000u

#define MULTI_OFFSET_MASK 0x7fffu
#define MULTI_SEPARATED   0x8000u

static const struct {
    uint16_t offset_mask;
} tagged_rules[] = {
    [ESE_RECORD_SMALL] = {0x1fff},
    [ESE_RECORD_LARGE] = {0x7fff},
};

static inline uint32_t record_bitmap_size(uint8_t last_fixed)
{
    return (last_fixed + 7u) / 8u;
}

#endif
