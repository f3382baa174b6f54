/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_value.h - values of columns as text, and text as values
 *
 * Written and read again, a value is the same octets. How each type is written:
 *     integers, floats    decimal; a float that is no number as bits:HEX of its octets
 *     Bit                 true, false (also read: 1, 0)
 *     DateTime            2024-05-01T12:30:00.000 (UTC or what the program means by it); a value
 *                         that this would round is the plain number of days since 1899-12-30
 *     GUID                00112233-4455-6677-8899-aabbccddeeff
 *     text                UTF-8; an unpaired surrogate is \ud83e in JSON, its three octets in CSV
 *     binary              hexadecimal or base64
 * In JSON, octets that suit no rule (UTF-16 of an odd size) are {"hex": "..."}.
 */
#ifndef HF_TOOL_JET_VALUE_H
#define HF_TOOL_JET_VALUE_H

#include "tool/jet.h"

enum tool_style {
    TOOL_STYLE_JSON,
    TOOL_STYLE_CSV,   /* text quoted, all else bare */
    TOOL_STYLE_TABLE, /* for people: control characters escaped */
};

enum tool_binary { TOOL_HEX, TOOL_BASE64 };

/* Writes one value that comes in pieces. Set the first four, the rest 0. */
struct tool_writer {
    FILE *out;
    enum tool_style style;
    enum tool_binary binary;
    const struct tool_column *column;
    bool unsayable; /* CSV has no way to say this value; something else was written */
    size_t done;
    bool raw;
    unsigned carry_size;
    unsigned char carry[3]; /* octets that wait for their fellows */
    uint16_t high;          /* the first half of a surrogate pair */
};

tool_piece tool_writer_piece; /* self: struct tool_writer */

void tool_json_string(FILE *out, const char *text, size_t size);

/* Text as the octets of a value of column `c`, added to `out`. */
TOOL_CHECK bool tool_value_parse(const struct tool_column *c, enum tool_binary binary,
                                 const char *text, size_t size, struct tool_text *out,
                                 struct tool_failure *f);
TOOL_CHECK bool tool_hex_parse(const char *text, size_t size, struct tool_text *out);
TOOL_CHECK bool tool_base64_parse(const char *text, size_t size, struct tool_text *out);

/* One character of UTF-8, surrogates allowed; 0 octets used when malformed. */
size_t tool_utf8_get(const char *text, size_t size, uint32_t *ret_char);
size_t tool_utf8_put(uint32_t c, char out[4]);

/* Code page 1252, octets without a character standing for themselves. */
uint32_t tool_1252_char(unsigned char octet);
bool tool_1252_octet(uint32_t c, unsigned char *ret_octet);

/* Days since 1899-12-30 as text; false when text would round it. */
#define TOOL_DATE_SIZE 32
bool tool_date_print(double days, char out[TOOL_DATE_SIZE]);
bool tool_date_parse(const char *text, double *ret_days);

#endif
