/* SPDX-License-Identifier: Apache-2.0
 *
 * load_bulk.h - rows of `holdfast load` on their way to a server, by the thousand (jet-remote N9)
 *
 * Rows wait until there are enough for a call, or something else has to happen first. What became of
 * each is told row by row, in the order of the file.
 */
#ifndef HF_TOOL_LOAD_BULK_H
#define HF_TOOL_LOAD_BULK_H

#include "tool/load.h"

struct load_bulk;

/* A row was refused: its line, and why in `f`. False ends the load, with another reason in `f`. */
typedef bool load_refused(void *self, unsigned long line, struct tool_failure *f);

/* A table of a database at a server's address; lent until load_bulk_close. NULL: the reason is in `f`. */
struct load_bulk *load_bulk_open(const char *address, const char *database,
                                 const struct tool_table *table, load_refused *refused, void *self,
                                 struct tool_failure *f);
void load_bulk_close(
    struct load_bulk *take_bulk); /* rolls back what is not committed; accepts NULL */

/* True if a row of so many values and octets can go in a call. */
bool load_bulk_takes(size_t values, size_t octets);

TOOL_CHECK bool load_bulk_begin(struct load_bulk *b, struct tool_failure *f);

/* A row is put together value by value, those of one column in the order of their numbers from 1 (no
 * data is NULL), and is then whole, or is dropped. */
TOOL_CHECK bool load_bulk_value(struct load_bulk *b, const struct tool_column *c, unsigned number,
                                const void *data, size_t size, struct tool_failure *f);
TOOL_CHECK bool load_bulk_row(struct load_bulk *b, unsigned prep, unsigned long line,
                              struct tool_failure *f);
void load_bulk_drop(struct load_bulk *b);

/* Sends what waits. */
TOOL_CHECK bool load_bulk_flush(struct load_bulk *b, struct tool_failure *f);
TOOL_CHECK bool load_bulk_commit(struct load_bulk *b, JET_GRBIT grbit, struct tool_failure *f);

#endif
