/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h - rows of a file as `holdfast load` reads them
 *
 * A reader turns the file into records; a record is values for columns, in the file's order. A
 * record that makes no sense is told by its reason and skipped, so that the next one can be read.
 */
#ifndef HF_TOOL_LOAD_H
#define HF_TOOL_LOAD_H

#include "tool/jet_value.h"

#define LOAD_RECORD_MAX ((size_t)512 << 20) /* octets of one record */

enum load_kind { LOAD_NULL, LOAD_TEXT, LOAD_HEX, LOAD_BASE64 };

struct load_value {
    const struct tool_column *column;
    enum load_kind kind;
    size_t at, size; /* in the record's text */
};

struct load_record {
    unsigned long line; /* that it begins in */
    struct tool_text text;
    struct load_value *values;
    size_t count, room;
};

enum load_result { LOAD_ROW, LOAD_BAD, LOAD_END, LOAD_FAILED };

struct load_source {
    FILE *in;
    const char *name;
    unsigned long line; /* the next one to be read, from 1 */
    const struct tool_table *table;

    /* CSV */
    char separator;
    const struct tool_column **fields; /* of each field; NULL: skipped */
    size_t field_count;
    struct tool_text field;

    /* JSON lines */
    struct tool_text json;
};

void load_record_clear(struct load_record *r);
void load_record_fini(struct load_record *r);
/* Adds a value whose text begins at `at` and reaches to the end of the record's text. */
TOOL_CHECK bool load_record_add(struct load_record *r, const struct tool_column *c,
                                enum load_kind kind, size_t at);

/* What the fields of a CSV file are: `names` separated by commas, or its first line, or (neither)
 * the columns in the table's order. An empty name skips a field. */
TOOL_CHECK bool load_csv_begin(struct load_source *s, const char *names, bool header,
                               struct tool_failure *f);
enum load_result load_csv_read(struct load_source *s, struct load_record *r,
                               struct tool_failure *f);
enum load_result load_json_read(struct load_source *s, struct load_record *r,
                                struct tool_failure *f);

#endif
