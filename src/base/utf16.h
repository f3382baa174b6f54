/* SPDX-License-Identifier: Apache-2.0
 *
 * utf16.h - UTF-8 to UTF-16 and back
 *
 * The W functions of both APIs take 16-bit units in the machine's order; everything inside works
 * on UTF-8. Malformed input is refused, never replaced. Results come from mem_alloc.
 */
#ifndef HF_BASE_UTF16_H
#define HF_BASE_UTF16_H

#include <stddef.h>
#include <stdint.h>

/* Converts the NUL-terminated `s`; NULL when `s` is NULL, malformed, or there is no memory. */
char *utf16_to_utf8(const uint16_t *s);
uint16_t *utf16_from_utf8(const char *s);

size_t utf16_length(const uint16_t *s); /* units before the terminator */

#endif
