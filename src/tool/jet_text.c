/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_text.c - characters, code pages, dates, hexadecimal and base64
 */
#include "tool/jet_value.h"

#include <math.h>
#include <string.h>

/* ---- characters ---- */

size_t tool_utf8_put(uint32_t c, char out[4])
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(n == 1 ? c : lead[n] | c);
    return n;
}

size_t tool_utf8_get(const char *text, size_t size, uint32_t *ret_char)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    size_t n = 0;
    uint32_t c = 0;

    if (size == 0)
        return 0;
    n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
    if (n == 0 || n > size || p[0] > 0xf4)
        return 0;
    c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((n > 1 && c < least[n]) || c > 0x10ffff)
        return 0;
    *ret_char = c;
    return n;
}

static const uint16_t upper_1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

uint32_t tool_1252_char(unsigned char octet)
{
    return octet >= 0x80 && octet < 0xa0 ? upper_1252[octet - 0x80] : octet;
}

bool tool_1252_octet(uint32_t c, unsigned char *ret_octet)
{
    if (c < 0x80 || (c >= 0xa0 && c <= 0xff)) {
        *ret_octet = (unsigned char)c;
        return true;
    }
    for (unsigned i = 0; i < 32; i++) {
        if (upper_1252[i] == c) {
            *ret_octet = (unsigned char)(0x80 + i);
            return true;
        }
    }
    return false;
}

/* ---- dates ---- */

#define DAYS_TO_EPOCH 25569 /* 1899-12-30 to 1970-01-01 */
#define MS_PER_DAY    86400000

/* The proleptic Gregorian calendar, counted in eras of 400 years from March. */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    int64_t era = 0, yoe = 0, doy = 0;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
    int64_t era = 0, doe = 0, yoe = 0, doy = 0, mp = 0;

    z += 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    *d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *y = yoe + era * 400 + (*m <= 2);
}

bool tool_date_parse(const char *text, double *ret_days)
{
    unsigned y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
    int used = 0;
    int64_t days = 0;
    double fraction = 0;

    if (sscanf(text, "%4u-%2u-%2u%n", &y, &mo, &d, &used) != 3)
        return false;
    text += used;
    if (*text == 'T' || *text == ' ') {
        used = 0;
        if (sscanf(text + 1, "%2u:%2u:%2u%n", &h, &mi, &s, &used) != 3)
            return false;
        text += 1 + used;
        used = 0;
        if (*text == '.' && (sscanf(text + 1, "%3u%n", &ms, &used) != 1 || used != 3))
            return false;
        text += used > 0 ? 1 + used : 0;
    }
    if (*text == 'Z')
        text++;
    if (*text != '\0' || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 59)
        return false;
    days = days_from_civil(y, mo, d) + DAYS_TO_EPOCH;
    fraction = (double)((h * 60 + mi) * 60 + s) * 1000 + ms;
    /* Before 1899-12-30 the time of day still counts upwards, away from the day's number. */
    *ret_days =
        days < 0 ? (double)days - fraction / MS_PER_DAY : (double)days + fraction / MS_PER_DAY;
    return true;
}

bool tool_date_print(double days, char out[TOOL_DATE_SIZE])
{
    double whole = trunc(days), back = 0;
    int64_t ms = 0, y = 0;
    unsigned m = 0, d = 0;

    if (!(days > -657435.0 && days < 2958466.0)) /* the years 100 to 9999 */
        return false;
    ms = llround(fabs(days - whole) * MS_PER_DAY);
    if (ms >= MS_PER_DAY)
        return false;
    civil_from_days((int64_t)whole - DAYS_TO_EPOCH, &y, &m, &d);
    (void)snprintf(out, TOOL_DATE_SIZE, "%04d-%02u-%02uT%02d:%02d:%02d.%03d", (int)y, m, d,
                   (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
                   (int)(ms % 1000));
    return tool_date_parse(out, &back) && memcmp(&back, &days, sizeof back) == 0;
}

/* ---- octets as text ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool tool_hex_parse(const char *text, size_t size, struct tool_text *out)
{
    for (size_t i = 0; i < size; i += 2) {
        int high = hex_digit(text[i]), low = i + 1 < size ? hex_digit(text[i + 1]) : -1;
        char octet = (char)(high * 16 + low);

        if (high < 0 || low < 0)
            return false;
        tool_text_add(out, &octet, 1);
    }
    return true;
}

static int base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

bool tool_base64_parse(const char *text, size_t size, struct tool_text *out)
{
    for (int i = 0; i < 2 && size > 0 && text[size - 1] == '='; i++)
        size--;
    if (size % 4 == 1)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        size_t n = size - i < 4 ? size - i : 4;
        uint32_t bits = 0;

        for (size_t k = 0; k < 4; k++) {
            int digit = k < n ? base64_digit(text[i + k]) : 0;

            if (digit < 0)
                return false;
            bits = bits << 6 | (uint32_t)digit;
        }
        for (size_t k = 0; k < n - 1; k++) {
            char octet = (char)(bits >> (16 - 8 * k));

            tool_text_add(out, &octet, 1);
        }
    }
    return true;
}
