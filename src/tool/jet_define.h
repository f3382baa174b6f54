/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_define.h - words of a line, and definitions of tables and indexes in them
 *
 *     create table people (id long autoincrement, name text(80) not null, born datetime,
 *                          notes longtext, tags longtext multi,
 *                          primary index by_id (id), unique index by_name (name, -born))
 *
 * A column is NAME TYPE and any of: (SIZE), not null, autoincrement, version, escrow, multi, fixed,
 * variable, tagged, compressed, ascii, default VALUE. An index is [primary] [unique] index NAME
 * (COLUMN, -COLUMN ...) and any of: no null, ignore null, ignore any null, ignore first null,
 * nulls high, cross, nested, no truncation, key SIZE, when COLUMN [not] null. Text is Unicode unless `ascii` is said. Words
 * in quotes are never keywords.
 */
#ifndef HF_TOOL_JET_DEFINE_H
#define HF_TOOL_JET_DEFINE_H

#include "tool/jet.h"

struct arena;

struct tool_word {
    const char *text; /* ends with NUL; may hold others */
    size_t size;
    bool quoted;
};

/* Words to be read in order; the one after the last is empty and unquoted. */
struct tool_words {
    struct tool_word *list;
    size_t count, at;
};

enum tool_words_result { TOOL_WORDS_OK, TOOL_WORDS_INCOMPLETE, TOOL_WORDS_BAD };

/* Splits at white space; ( ) , = are words; "..." and '...' are one word, with \n, \t, \\, \",
 * \', \xHH and \uHHHH in "...". # begins a comment. INCOMPLETE: a quote or parenthesis is open. */
TOOL_CHECK enum tool_words_result tool_words_split(struct arena *arena, const char *line,
                                                   struct tool_words *ret_words,
                                                   struct tool_failure *f);

const struct tool_word *tool_word_peek(const struct tool_words *w);
const struct tool_word *tool_word_take(struct tool_words *w);
bool tool_word_accept(struct tool_words *w, const char *keyword); /* takes it when it is next */
TOOL_CHECK bool tool_word_expect(struct tool_words *w, const char *keyword, struct tool_failure *f);
TOOL_CHECK bool tool_word_name(struct tool_words *w, const char *what,
                               char ret_name[TOOL_NAME_MAX + 1], struct tool_failure *f);
TOOL_CHECK bool tool_word_number(struct tool_words *w, const char *what, uint32_t *ret_number,
                                 struct tool_failure *f);

/* The elements up to `)` or the end of the words. */
TOOL_CHECK bool tool_define_table(struct tool_words *w, struct tool_table *t,
                                  struct tool_failure *f);
/* One index of table `t`, from its first keyword on, added to t->indexes. */
TOOL_CHECK bool tool_define_index(struct tool_words *w, struct tool_table *t,
                                  struct tool_failure *f);
bool tool_word_begins_index(const struct tool_words *w);

/* The same language out: one element a line, `lead` before each. */
void tool_define_print(FILE *out, const struct tool_table *t, const char *lead);
const char *tool_type_name(JET_COLTYP type);

#endif
