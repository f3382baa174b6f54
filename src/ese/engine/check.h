/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - does a database agree with itself?
 *
 * What <holdfast/check_ese.h> promises, and what the files that look for it share.
 */
#ifndef HF_ESE_ENGINE_CHECK_H
#define HF_ESE_ENGINE_CHECK_H

#include "ese/engine/cursor.h"

/* The result is an error only when something could not be read. */
JET_ERR eng_check_database(struct ese_session *session, JET_DBID dbid, HOLDFAST_ESE_CHECK *check);

/* Numbers that are drawn once: what is there must have been drawn. */
enum eng_most {
    ENG_MOST_OBJECT,
    ENG_MOST_AUTOINCREMENT,
    ENG_MOST_ROW,
    ENG_MOST_VALUE,
    ENG_MOST_DELTA,
    ENG_MOST_COUNT
};

/* A table being checked; without one, the catalog. */
struct eng_checking {
    HOLDFAST_ESE_CHECK *check;
    struct eng_step *step;
    struct eng_database *database;
    struct eng_table *table;
    struct eng_schema *schema;
    struct eng_check_index {
        uint64_t expected;         /* entries that the rows ask for */
        uint64_t missing;          /* of those, not there or another row's */
    } * indexes;                   /* by place in the schema */
    uint64_t most[ENG_MOST_COUNT]; /* the largest numbers that were met */
    uint64_t *values; /* ids of long values that rows refer to, in order when all are known */
    size_t value_count, value_room;
};

/* Tells of a fault: "table=t ..." and the rest. */
void eng_check_fault(struct eng_checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Octets as text for a fault. */
#define ENG_CHECK_TEXT 88
const char *eng_check_text(const void *data, size_t size, char text[ENG_CHECK_TEXT]);

typedef JET_ERR (*eng_check_each)(struct eng_checking *c, void *ctx, struct store_slice key,
                                  struct store_slice value);
/* Calls `each` for all keys of a tree. */
JET_ERR eng_check_tree(struct eng_checking *c, uint64_t tree, eng_check_each each, void *ctx);

/* check_value.c: the long values of one row, then what is in their tree beside them. */
JET_ERR eng_check_row_values(struct eng_checking *c, const struct eng_view *row,
                             struct store_slice bookmark);
JET_ERR eng_check_value_tree(struct eng_checking *c);

/* check_number.c: notes a number that was met, or the one that a row has drawn; tells of those that
 * may be drawn again. */
void eng_check_met(struct eng_checking *c, enum eng_most kind, uint64_t number);
void eng_check_row_numbers(struct eng_checking *c, const struct eng_view *row,
                           struct store_slice bookmark);
JET_ERR eng_check_numbers(struct eng_checking *c);

/* check_catalog.c: names, rows of the catalog and versions, each way. */
JET_ERR eng_check_catalog(struct eng_checking *c);

#endif
