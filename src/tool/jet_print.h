/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_print.h - rows as they are printed: all columns read in one call, long values in pieces
 */
#ifndef HF_TOOL_JET_PRINT_H
#define HF_TOOL_JET_PRINT_H

#include "tool/jet_value.h"

struct tool_reader {
    JET_SESID session;
    JET_TABLEID cursor;
    const struct tool_table *table;
    JET_RETRIEVECOLUMN *columns; /* one a column of the table, its first value */
    char *buffer;
};

TOOL_CHECK bool tool_reader_init(struct tool_reader *r, JET_SESID session, JET_TABLEID cursor,
                                 const struct tool_table *t, struct tool_failure *f);
void tool_reader_fini(struct tool_reader *r);

/* Reads the current row. */
TOOL_CHECK bool tool_reader_read(struct tool_reader *r, struct tool_failure *f);
bool tool_reader_is_null(const struct tool_reader *r, unsigned column);
/* Whether the column has a second value. */
bool tool_reader_has_more(struct tool_reader *r, unsigned column);
/* Writes the first value of a column that is not NULL. */
TOOL_CHECK bool tool_reader_write(struct tool_reader *r, unsigned column, struct tool_writer *w,
                                  struct tool_failure *f);
/* Writes further values; *ret_null when there are fewer. */
TOOL_CHECK bool tool_reader_write_more(struct tool_reader *r, unsigned column, unsigned number,
                                       struct tool_writer *w, bool *ret_null,
                                       struct tool_failure *f);

/* The row as one JSON object. A tagged column without value and default is left out. */
TOOL_CHECK bool tool_reader_json(struct tool_reader *r, FILE *out, enum tool_binary binary,
                                 struct tool_failure *f);

#endif
