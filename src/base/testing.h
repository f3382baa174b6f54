/* SPDX-License-Identifier: Apache-2.0
 *
 * testing.h - what unit tests of formats share: octets written as hexadecimal text
 */
#ifndef HF_BASE_TESTING_H
#define HF_BASE_TESTING_H

#include <stddef.h>
#include <stdint.h>

static inline int testing_hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octets of lower-case hexadecimal text; everything else in it is skipped. `to` holds `room`
 * octets; what is beyond is not stored, but counted. */
static inline size_t testing_hex(const char *text, uint8_t *to, size_t room)
{
    size_t n = 0;
    int high = -1;

    for (; *text != '\0'; text++) {
        int digit = testing_hex_digit(*text);

        if (digit < 0)
            continue;
        if (high < 0) {
            high = digit;
            continue;
        }
        if (n < room)
            to[n] = (uint8_t)(high << 4 | digit);
        n++;
        high = -1;
    }
    return n;
}

#endif
