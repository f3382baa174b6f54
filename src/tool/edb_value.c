/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_value.c - values of columns as text
 */
#include "tool/edb_print.h"

#include "ese/format/bytes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What Windows code page 1252 has at 0x80 to 0x9f; 0 where it has nothing. */
static const uint16_t cp1252_high[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

void edb_print_hex(FILE *out, const struct ese_bytes *b)
{
    static const char digits[] = "0123456789abcdef";
    char chunk[512];
    size_t n = 0;

    for (size_t i = 0; i < b->size; i++) {
        chunk[n++] = digits[b->data[i] >> 4];
        chunk[n++] = digits[b->data[i] & 15];
        if (n == sizeof chunk) {
            (void)fwrite(chunk, 1, n, out);
            n = 0;
        }
    }
    (void)fwrite(chunk, 1, n, out);
}

/* One UTF-16 unit inside quotes. */
static void print_unit(FILE *out, uint16_t u)
{
    if (u == '"' || u == '\\')
        (void)fprintf(out, "\\%c", u);
    else if (u >= 0x20 && u < 0x7f)
        (void)fputc(u, out);
    else
        (void)fprintf(out, "\\u%04x", u);
}

static void print_ascii(FILE *out, const uint8_t *p, size_t size)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        bool high = p[i] >= 0x80 && p[i] < 0xa0;

        print_unit(out, high && cp1252_high[p[i] - 0x80] != 0 ? cp1252_high[p[i] - 0x80] : p[i]);
    }
    (void)fputc('"', out);
}

void edb_print_name(FILE *out, const char *name)
{
    print_ascii(out, (const uint8_t *)name, strlen(name));
}

/* An odd last byte is no character and is left out. */
static void print_utf16(FILE *out, const struct ese_bytes *b)
{
    (void)fputc('"', out);
    for (size_t i = 0; i + 1 < b->size; i += 2)
        print_unit(out, ese_get_u16(b->data + i));
    (void)fputc('"', out);
}

static void print_quoted_hex(FILE *out, const struct ese_bytes *b)
{
    (void)fputc('"', out);
    edb_print_hex(out, b);
    (void)fputc('"', out);
}

static void print_real(FILE *out, double v, int digits)
{
    if (isfinite(v))
        (void)fprintf(out, "%.*g", digits, v);
    else
        (void)fputs(isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\"", out);
}

static void print_guid(FILE *out, const uint8_t *p)
{
    (void)fprintf(out, "\"%08" PRIx32 "-%04x-%04x-%02x%02x-", ese_get_u32(p), ese_get_u16(p + 4),
                  ese_get_u16(p + 6), p[8], p[9]);
    for (int i = 10; i < 16; i++)
        (void)fprintf(out, "%02x", p[i]);
    (void)fputc('"', out);
}

/* A DateTime is a number of days in the books and a FILETIME in many a file: its bytes are shown. */
static void print_fixed(FILE *out, uint8_t coltyp, const struct ese_bytes *b)
{
    const uint8_t *p = b->data;
    uint32_t u32;
    uint64_t u64;
    float single;
    double real;

    switch (coltyp) {
    case ESE_COLTYP_BIT: (void)fputs(p[0] ? "true" : "false", out); break;
    case ESE_COLTYP_UNSIGNED_BYTE: (void)fprintf(out, "%u", p[0]); break;
    case ESE_COLTYP_SHORT: (void)fprintf(out, "%d", (int16_t)ese_get_u16(p)); break;
    case ESE_COLTYP_UNSIGNED_SHORT: (void)fprintf(out, "%u", ese_get_u16(p)); break;
    case ESE_COLTYP_LONG: (void)fprintf(out, "%" PRId32, (int32_t)ese_get_u32(p)); break;
    case ESE_COLTYP_UNSIGNED_LONG: (void)fprintf(out, "%" PRIu32, ese_get_u32(p)); break;
    case ESE_COLTYP_CURRENCY:
    case ESE_COLTYP_LONG_LONG: (void)fprintf(out, "%" PRId64, (int64_t)ese_get_u64(p)); break;
    case ESE_COLTYP_UNSIGNED_LONG_LONG: (void)fprintf(out, "%" PRIu64, ese_get_u64(p)); break;
    case ESE_COLTYP_IEEE_SINGLE:
        u32 = ese_get_u32(p);
        memcpy(&single, &u32, sizeof single);
        print_real(out, single, 9);
        break;
    case ESE_COLTYP_IEEE_DOUBLE:
        u64 = ese_get_u64(p);
        memcpy(&real, &u64, sizeof real);
        print_real(out, real, 17);
        break;
    case ESE_COLTYP_GUID: print_guid(out, p); break;
    default: print_quoted_hex(out, b); break;
    }
}

void edb_print_value(FILE *out, const struct ese_column *column, const struct ese_bytes *value)
{
    size_t size = ese_coltyp_size(column->coltyp);

    if (ese_coltyp_is_text(column->coltyp)) {
        if (column->code_page == ESE_CODE_PAGE_UNICODE)
            print_utf16(out, value);
        else
            print_ascii(out, value->data, value->size);
    } else if (size != 0 && value->size == size) {
        print_fixed(out, column->coltyp, value);
    } else {
        print_quoted_hex(out, value);
    }
}
