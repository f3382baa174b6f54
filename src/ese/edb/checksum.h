/* SPDX-License-Identifier: Apache-2.0
 *
 * checksum.h - checksums of pages (spec 4)
 */
#ifndef HF_ESE_EDB_CHECKSUM_H
#define HF_ESE_EDB_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum edb_page_health {
    EDB_PAGE_GOOD,
    EDB_PAGE_MENDED,        /* one bit had flipped; it is right again in memory */
    EDB_PAGE_UNINITIALISED, /* all zero */
    EDB_PAGE_BAD,
};

/* The sum in the first word of a header page, and of data pages of the old form. */
uint32_t edb_checksum_old(const uint8_t *page, size_t size);

/* Verifies a data page, whose own flags say which form its sums have, and mends it if it can.
 * *ret_bit is the bit that was mended, counted from the page's start. */
enum edb_page_health edb_checksum_verify(uint8_t *page, uint32_t size, uint32_t number,
                                         uint32_t *ret_bit);

/* Writes the sums of a finished data page. */
void edb_checksum_seal(uint8_t *page, uint32_t size, uint32_t number);

#endif
