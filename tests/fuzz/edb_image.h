/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_image.h - the inputs of edb_file: databases without their zeros and checksums
 *
 * The first byte chooses the page size (even: 4 KiB, odd: 16 KiB). Then come runs of
 * { u16 offset in units of 16 bytes, u8 length, bytes }; what no run covers is zero. Checksums are
 * not part of an input: they are written when it has been unpacked, so that changes get past them.
 */
#ifndef HF_TESTS_FUZZ_EDB_IMAGE_H
#define HF_TESTS_FUZZ_EDB_IMAGE_H

#define EDB_IMAGE_UNIT   16u
#define EDB_IMAGE_HEADER 3u /* of a run */

#endif
