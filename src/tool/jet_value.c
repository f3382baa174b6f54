/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_value.c - values of columns as text, and text as values
 */
#include "tool/jet_value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_hex(FILE *out, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        (void)fprintf(out, "%02x", ((const unsigned char *)data)[i]);
}

/* ---- characters out ---- */

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdfff;
}

static void put_char(FILE *out, enum tool_style style, uint32_t c)
{
    static const char escaped[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
    const char *at = c != 0 && c < 0x80 ? strchr(escaped, (int)c) : NULL;
    char octets[4];

    if (style == TOOL_STYLE_CSV) {
        if (c == '"')
            (void)fputc('"', out);
    } else if (at != NULL && !(style == TOOL_STYLE_TABLE && c == '"')) {
        (void)fprintf(out, "\\%c", letters[at - escaped]);
        return;
    } else if (c < 0x20 || is_surrogate(c) || (style == TOOL_STYLE_TABLE && c == 0x7f)) {
        (void)fprintf(out, "\\u%04x", c);
        return;
    }
    (void)fwrite(octets, 1, tool_utf8_put(c, octets), out);
}

void tool_json_string(FILE *out, const char *text, size_t size)
{
    (void)fputc('"', out);
    while (size > 0) {
        uint32_t c = 0xfffd;
        size_t n = tool_utf8_get(text, size, &c);

        put_char(out, TOOL_STYLE_JSON, c);
        n = n > 0 ? n : 1;
        text += n;
        size -= n;
    }
    (void)fputc('"', out);
}

/* One unit of UTF-16: a pair becomes one character, a half without its fellow stays itself. */
static void put_unit(struct tool_writer *w, uint32_t unit)
{
    bool low = unit >= 0xdc00 && unit <= 0xdfff;

    if (w->high != 0 && low) {
        put_char(w->out, w->style,
                 0x10000 + ((uint32_t)(w->high - 0xd800) << 10) + (unit - 0xdc00));
        w->high = 0;
        return;
    }
    if (w->high != 0)
        put_char(w->out, w->style, w->high);
    w->high = 0;
    if (unit >= 0xd800 && unit <= 0xdbff)
        w->high = (uint16_t)unit;
    else
        put_char(w->out, w->style, unit);
}

static void put_text(struct tool_writer *w, const unsigned char *data, size_t size)
{
    if (w->column->code_page != TOOL_CODE_PAGE_UTF) {
        for (size_t i = 0; i < size; i++)
            put_char(w->out, w->style, tool_1252_char(data[i]));
        return;
    }
    for (size_t i = 0; i < size; i++) {
        w->carry[w->carry_size++] = data[i];
        if (w->carry_size == 2) {
            w->carry_size = 0;
            put_unit(w, w->carry[0] | (uint32_t)w->carry[1] << 8);
        }
    }
}

/* ---- binary out ---- */

static void put_base64_group(struct tool_writer *w)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;

    for (unsigned i = 0; i < 3; i++)
        bits = bits << 8 | (i < w->carry_size ? w->carry[i] : 0);
    for (unsigned i = 0; i < 4; i++)
        (void)fputc(i <= w->carry_size ? digits[bits >> (18 - 6 * i) & 63] : '=', w->out);
    w->carry_size = 0;
}

static void put_base64(struct tool_writer *w, const unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        w->carry[w->carry_size++] = data[i];
        if (w->carry_size == 3)
            put_base64_group(w);
    }
}

/* ---- numbers out ---- */

static void put_quoted(struct tool_writer *w, const char *text)
{
    (void)fprintf(w->out, w->style == TOOL_STYLE_JSON ? "\"%s\"" : "%s", text);
}

static void put_float(struct tool_writer *w, double value, int digits, const void *data,
                      size_t size)
{
    char text[40] = "bits:";

    if (isfinite(value)) {
        (void)fprintf(w->out, "%.*g", digits, value);
        return;
    }
    for (size_t i = 0; i < size; i++)
        (void)snprintf(text + 5 + 2 * i, 3, "%02x", ((const unsigned char *)data)[i]);
    put_quoted(w, text);
}

static void put_date(struct tool_writer *w, double value, const void *data)
{
    char text[TOOL_DATE_SIZE];

    if (tool_date_print(value, text))
        put_quoted(w, text);
    else
        put_float(w, value, 17, data, sizeof value);
}

static void put_guid(struct tool_writer *w, const unsigned char *g)
{
    char text[37];

    (void)snprintf(text, sizeof text,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3],
                   g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13],
                   g[14], g[15]);
    put_quoted(w, text);
}

/* A value of a type of one size, all of it there. */
static void put_fixed(struct tool_writer *w, const void *data)
{
    union {
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
        float f32;
        double f64;
        unsigned char guid[16];
    } v;

    memcpy(&v, data, tool_type_size(w->column->type));
    switch (w->column->type) {
    case JET_coltypBit: (void)fputs(v.u8 != 0 ? "true" : "false", w->out); return;
    case JET_coltypUnsignedByte: (void)fprintf(w->out, "%u", v.u8); return;
    case JET_coltypShort: (void)fprintf(w->out, "%d", v.i16); return;
    case JET_coltypUnsignedShort: (void)fprintf(w->out, "%u", v.u16); return;
    case JET_coltypLong: (void)fprintf(w->out, "%" PRId32, v.i32); return;
    case JET_coltypUnsignedLong: (void)fprintf(w->out, "%" PRIu32, v.u32); return;
    case JET_coltypCurrency:
    case JET_coltypLongLong: (void)fprintf(w->out, "%" PRId64, v.i64); return;
    case JET_coltypUnsignedLongLong: (void)fprintf(w->out, "%" PRIu64, v.u64); return;
    case JET_coltypIEEESingle: put_float(w, v.f32, 9, &v, sizeof v.f32); return;
    case JET_coltypIEEEDouble: put_float(w, v.f64, 17, &v, sizeof v.f64); return;
    case JET_coltypDateTime: put_date(w, v.f64, &v); return;
    default: put_guid(w, v.guid); return;
    }
}

/* ---- a value in pieces ---- */

static bool is_raw(const struct tool_writer *w, size_t total)
{
    JET_COLTYP type = w->column->type;

    if (tool_type_is_text(type))
        return w->column->code_page == TOOL_CODE_PAGE_UTF && total % 2 != 0;
    return !tool_type_is_binary(type) && total != tool_type_size(type);
}

static void writer_begin(struct tool_writer *w, size_t total)
{
    w->raw = is_raw(w, total);
    w->carry_size = 0;
    w->high = 0;
    if (w->raw) {
        w->unsayable = w->style == TOOL_STYLE_CSV;
        (void)fputs(w->style == TOOL_STYLE_JSON ? "{\"hex\": \"" : "", w->out);
    } else if (w->style == TOOL_STYLE_JSON ? tool_type_size(w->column->type) == 0
                                           : w->style == TOOL_STYLE_CSV &&
                                                 (tool_type_is_text(w->column->type) || total == 0))
        (void)fputc('"', w->out);
}

static void writer_end(struct tool_writer *w, size_t total)
{
    if (w->high != 0)
        put_char(w->out, w->style, w->high);
    if (w->carry_size > 0)
        put_base64_group(w);
    if (w->raw)
        (void)fputs(w->style == TOOL_STYLE_JSON ? "\"}" : "", w->out);
    else if (w->style == TOOL_STYLE_JSON
                 ? tool_type_size(w->column->type) == 0
                 : w->style == TOOL_STYLE_CSV && (tool_type_is_text(w->column->type) || total == 0))
        (void)fputc('"', w->out);
    w->done = 0;
}

void tool_writer_piece(void *self, const void *data, size_t size, size_t total)
{
    struct tool_writer *w = self;

    if (w->done == 0)
        writer_begin(w, total);
    w->done += size;
    if (w->raw)
        put_hex(w->out, data, size);
    else if (tool_type_is_text(w->column->type))
        put_text(w, data, size);
    else if (!tool_type_is_binary(w->column->type))
        put_fixed(w, data);
    else if (w->binary == TOOL_BASE64)
        put_base64(w, data, size);
    else
        put_hex(w->out, data, size);
    if (w->done == total)
        writer_end(w, total);
}

/* ---- text in ---- */

static bool not_one(const struct tool_column *c, const char *what, const char *text, size_t size,
                    struct tool_failure *f)
{
    return tool_fail(f, "the column %s takes %s, not \"%.*s\"%s", c->name, what,
                     (int)(size < 60 ? size : 60), text, size > 60 ? "..." : "");
}

static bool parse_text(const struct tool_column *c, const char *text, size_t size,
                       struct tool_text *out, struct tool_failure *f)
{
    for (size_t at = 0; at < size;) {
        uint32_t ch = 0;
        size_t n = tool_utf8_get(text + at, size - at, &ch);
        unsigned char units[4] = {0};
        unsigned count = 1;

        if (n == 0)
            return tool_fail(f, "the column %s: octet %zu of the text is not UTF-8", c->name, at);
        at += n;
        if (c->code_page != TOOL_CODE_PAGE_UTF) {
            if (!tool_1252_octet(ch, &units[0]))
                return tool_fail(f, "the column %s has code page 1252, which lacks U+%04X", c->name,
                                 ch);
        } else {
            uint32_t low = ch >= 0x10000 ? 0xdc00 + ((ch - 0x10000) & 0x3ff) : 0;
            uint32_t high = ch >= 0x10000 ? 0xd800 + ((ch - 0x10000) >> 10) : ch;

            units[0] = (unsigned char)high;
            units[1] = (unsigned char)(high >> 8);
            units[2] = (unsigned char)low;
            units[3] = (unsigned char)(low >> 8);
            count = low != 0 ? 4 : 2;
        }
        tool_text_add(out, units, count);
    }
    return true;
}

static bool parse_guid(const char *text, unsigned char out[16])
{
    static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    unsigned n = 0;

    if (strlen(text) != 36)
        return false;
    for (const char *p = text; *p != '\0'; n++) {
        unsigned octet = 0;

        if (p - text == 8 || p - text == 13 || p - text == 18 || p - text == 23)
            if (*p++ != '-')
                return false;
        if (strspn(p, "0123456789abcdefABCDEF") < 2 || sscanf(p, "%2x", &octet) != 1)
            return false;
        out[order[n]] = (unsigned char)octet;
        p += 2;
    }
    return true;
}

static const struct integer_type {
    JET_COLTYP type;
    int64_t min;
    uint64_t max;
    const char *what;
} integer_types[] = {
    {JET_coltypUnsignedByte, 0, UINT8_MAX, "an integer from 0 to 255"},
    {JET_coltypShort, INT16_MIN, INT16_MAX, "an integer of 16 bits"},
    {JET_coltypUnsignedShort, 0, UINT16_MAX, "an integer from 0 to 65535"},
    {JET_coltypLong, INT32_MIN, INT32_MAX, "an integer of 32 bits"},
    {JET_coltypUnsignedLong, 0, UINT32_MAX, "an unsigned integer of 32 bits"},
    {JET_coltypCurrency, INT64_MIN, INT64_MAX, "an integer of 64 bits"},
    {JET_coltypLongLong, INT64_MIN, INT64_MAX, "an integer of 64 bits"},
    {JET_coltypUnsignedLongLong, 0, UINT64_MAX, "an unsigned integer of 64 bits"},
};

static bool parse_integer(const struct integer_type *t, const char *text, struct tool_text *out)
{
    bool negative = *text == '-';
    const char *digits = text + (negative || *text == '+');
    char *end = NULL;
    uint64_t value = 0, least = t->min < 0 ? (uint64_t) - (t->min + 1) + 1 : 0;

    if (strchr("0123456789", *digits) == NULL || *digits == '\0')
        return false;
    errno = 0;
    value = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
    if (errno != 0 || *end != '\0' || value > (negative ? least : t->max))
        return false;
    value = negative ? 0 - value : value;
    tool_text_add(out, &value, tool_type_size(t->type)); /* little-endian, as all of ESE */
    return true;
}

static bool parse_float(const struct tool_column *c, const char *text, struct tool_text *out)
{
    char *end = NULL;
    double value = 0;
    float narrow = 0;

    if (strncmp(text, "bits:", 5) == 0)
        return strlen(text) - 5 == 2 * tool_type_size(c->type) &&
               tool_hex_parse(text + 5, strlen(text) - 5, out);
    if (c->type == JET_coltypDateTime && tool_date_parse(text, &value)) {
        tool_text_add(out, &value, sizeof value);
        return true;
    }
    if (*text == '\0')
        return false;
    if (c->type == JET_coltypIEEESingle) {
        narrow = strtof(text, &end);
        tool_text_add(out, &narrow, sizeof narrow);
    } else {
        value = strtod(text, &end);
        tool_text_add(out, &value, sizeof value);
    }
    return *end == '\0';
}

static bool parse_bit(const char *text, struct tool_text *out)
{
    bool one = strcmp(text, "1") == 0 || strcmp(text, "true") == 0;

    tool_text_add(out, one ? "\xff" : "\0", 1);
    return one || strcmp(text, "0") == 0 || strcmp(text, "false") == 0;
}

/* Types of one size: their text is short and without NUL. */
static bool parse_fixed(const struct tool_column *c, const char *text, size_t size,
                        struct tool_text *out, struct tool_failure *f)
{
    const char *what = "a number";
    unsigned char guid[16];
    char copy[512];
    bool ok = false;

    if (size >= sizeof copy || memchr(text, '\0', size) != NULL)
        return not_one(c, "a number, a date or a GUID", text, size, f);
    memcpy(copy, text, size);
    copy[size] = '\0';
    for (size_t i = 0; i < sizeof integer_types / sizeof *integer_types; i++) {
        if (integer_types[i].type == c->type)
            return parse_integer(&integer_types[i], copy, out) ||
                   not_one(c, integer_types[i].what, text, size, f);
    }
    if (c->type == JET_coltypBit) {
        what = "true or false";
        ok = parse_bit(copy, out);
    } else if (c->type == JET_coltypGUID) {
        what = "a GUID";
        ok = parse_guid(copy, guid);
        tool_text_add(out, guid, ok ? sizeof guid : 0);
    } else {
        what = c->type == JET_coltypDateTime ? "a date such as 2024-05-01T12:30:00" : what;
        ok = parse_float(c, copy, out);
    }
    return ok || not_one(c, what, text, size, f);
}

bool tool_value_parse(const struct tool_column *c, enum tool_binary binary, const char *text,
                      size_t size, struct tool_text *out, struct tool_failure *f)
{
    bool ok = false;

    if (tool_type_is_text(c->type))
        ok = parse_text(c, text, size, out, f);
    else if (!tool_type_is_binary(c->type))
        ok = parse_fixed(c, text, size, out, f);
    else if (binary == TOOL_BASE64)
        ok = tool_base64_parse(text, size, out) || not_one(c, "base64", text, size, f);
    else
        ok = tool_hex_parse(text, size, out) || not_one(c, "hexadecimal", text, size, f);
    if (ok && out->failed)
        return tool_fail(f, "out of memory reading the column %s", c->name);
    return ok;
}
