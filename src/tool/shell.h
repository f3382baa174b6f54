/* SPDX-License-Identifier: Apache-2.0
 *
 * shell.h - the state of `holdfast shell` and its commands
 */
#ifndef HF_TOOL_SHELL_H
#define HF_TOOL_SHELL_H

#include "tool/jet_define.h"
#include "tool/jet_print.h"

struct shell {
    struct tool_store store;
    JET_DBID dbid; /* JET_dbidNil: none is open */
    char database[NAME_MAX + 1];
    JET_TABLEID cursor;            /* JET_tableidNil: none is open */
    int cursor_level;              /* of the transaction that it was opened in */
    struct tool_table table;       /* of the cursor */
    char index[TOOL_NAME_MAX + 1]; /* current; "" the primary one */
    int level;                     /* of the transaction */
    bool json, timing, quit;
};

/* Reads its arguments from the words after its name. */
typedef bool shell_run(struct shell *s, struct tool_words *w, struct tool_failure *f);

enum shell_need { SHELL_NOTHING, SHELL_DATABASE, SHELL_TABLE };

struct shell_command {
    const char *name;
    shell_run *run;
    enum shell_need need;
    const char *arguments, *help;
};

extern const struct shell_command shell_schema_commands[], shell_row_commands[]; /* end: no name */

TOOL_CHECK bool shell_open_database(struct shell *s, const char *name, struct tool_failure *f);
void shell_close_cursor(struct shell *s);

/* ---- shell_print.c ---- */

/* The current row, or `count` rows from it on, leaving the cursor behind the last one printed. */
TOOL_CHECK bool shell_print_row(struct shell *s, struct tool_failure *f);
TOOL_CHECK bool shell_print_rows(struct shell *s, uint32_t count, struct tool_failure *f);
/* A list of names under a heading. */
void shell_print_names(struct shell *s, const char *heading, char *const *names, size_t count);

#endif
