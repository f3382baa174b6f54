/* SPDX-License-Identifier: Apache-2.0
 *
 * compress.h - compressed LongText and LongBinary values
 *
 * The first byte of a compressed value names the scheme in its upper five bits. Three schemes occur
 * in ordinary files and are read and written: 7-bit text in bytes, 7-bit text in UTF-16, and XPRESS
 * (plain LZ77 of MS-XCA). The others give ESE_FORMAT_UNSUPPORTED.
 */
#ifndef HF_ESE_FORMAT_COMPRESS_H
#define HF_ESE_FORMAT_COMPRESS_H

#include "ese/format/format.h"

enum ese_compress_scheme {
    ESE_COMPRESS_7BIT_ASCII = 1,
    ESE_COMPRESS_7BIT_UTF16 = 2,
    ESE_COMPRESS_XPRESS = 3,
    ESE_COMPRESS_SCRUB = 4,
    ESE_COMPRESS_XPRESS9 = 5,
    ESE_COMPRESS_XPRESS10 = 6,
    ESE_COMPRESS_LZ4 = 7,
};

#define ESE_COMPRESS_XPRESS_MAX 65535 /* plain bytes that one XPRESS value can hold */

/* The number of plain bytes that ese_decompress gives; never more than 65535 + 2 * 8/7 * size. */
ESE_FORMAT_CHECK enum ese_format_status ese_decompressed_size(const void *data, size_t size,
                                                              size_t *ret_size);

ESE_FORMAT_CHECK enum ese_format_status ese_decompress(const void *data, size_t size, void *out,
                                                       size_t room, size_t *ret_size);

/* Writes `data` compressed by `scheme`, one of the three above. ESE_FORMAT_NO_ROOM when the result
 * exceeds `room` (give less than `size` to hear whether it is worth while), ESE_FORMAT_BAD_VALUE
 * when the scheme cannot hold such data. */
ESE_FORMAT_CHECK enum ese_format_status ese_compress(enum ese_compress_scheme scheme,
                                                     const void *data, size_t size, void *out,
                                                     size_t room, size_t *ret_size);

#endif
