/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_print.h - what `holdfast edb` prints, in three formats
 *
 * text is for people, json for programs. truth is for comparison: rows as the canonical lines of
 * the ground truth, raw stored bytes in hexadecimal.
 */
#ifndef HF_TOOL_EDB_PRINT_H
#define HF_TOOL_EDB_PRINT_H

#include "ese/edb/edb.h"

#include <stdio.h>

enum edb_print_format { EDB_PRINT_TEXT, EDB_PRINT_JSON, EDB_PRINT_TRUTH };

void edb_print_header(FILE *out, enum edb_print_format format, const struct edb_file *f);

/* One table: its place in the catalog, its columns and indexes, and with `rows` its rows. A row
 * that cannot be read ends the table; the reason is in the file's error. */
EDB_CHECK enum edb_status edb_print_table(FILE *out, enum edb_print_format format,
                                          struct edb_file *f, const struct edb_table *t, bool rows);

/* --- single values (edb_value.c) --- */

void edb_print_hex(FILE *out, const struct ese_bytes *b);

/* A name of the catalog, quoted, with what is not printable escaped as JSON does. */
void edb_print_name(FILE *out, const char *name);

/* A value as JSON: a number, true or false, a quoted string, or quoted hexadecimal for binary. */
void edb_print_value(FILE *out, const struct ese_column *column, const struct ese_bytes *value);

#endif
