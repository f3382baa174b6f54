/* SPDX-License-Identifier: Apache-2.0
 *
 * check_number.c - has every number that is in use been drawn?
 *
 * The store keeps the first number of each kind that nobody was given (number.c). Were it not above
 * all that are there, one would be given twice: an object, a row, a long value in another's place.
 */
#include "ese/engine/check.h"

#include "ese/format/bytes.h"

#include <string.h>

void eng_check_met(struct eng_checking *c, enum eng_most kind, uint64_t number)
{
    if (c->most[kind] < number)
        c->most[kind] = number;
}

void eng_check_row_numbers(struct eng_checking *c, const struct eng_view *row,
                           struct store_slice bookmark)
{
    const struct eng_column *column = c->schema->autoincrement;
    uint8_t bytes[8] = {0};
    struct eng_value v = {0};
    struct eng_cell cell;

    if (c->schema->primary == NULL && bookmark.size == 4)
        eng_check_met(c, ENG_MOST_ROW, ese_get_be32(bookmark.data));
    if (column == NULL || eng_view_cell(row, column, false, &cell) ||
        cell.presence != ESE_PRESENT || eng_cell_value(&cell, 0, &v) || v.size > sizeof bytes)
        return; /* what is wrong with it is told of elsewhere */
    memcpy(bytes, v.data, v.size);
    eng_check_met(c, ENG_MOST_AUTOINCREMENT, ese_get_u64(bytes));
}

static JET_ERR check_number(struct eng_checking *c, enum eng_most kind, const char *what,
                            const struct eng_number *number)
{
    uint64_t next = 0;
    enum store_status s = eng_number_stored(c->step->txn, number, &next);

    if (s == STORE_CORRUPT) {
        eng_check_fault(c, "the next %s is no number", what);
        return JET_errSuccess;
    }
    if (!s && c->most[kind] >= next)
        eng_check_fault(c, "%s=%llu is there, but the next to be given is %llu", what,
                        (unsigned long long)c->most[kind], (unsigned long long)next);
    return eng_error(s);
}

JET_ERR eng_check_numbers(struct eng_checking *c)
{
    JET_ERR err;

    if (c->table == NULL) {
        err = check_number(c, ENG_MOST_OBJECT, "object", &c->database->objids);
        c->most[ENG_MOST_OBJECT] = c->database->number;
        return err ? err
                   : check_number(c, ENG_MOST_OBJECT, "database",
                                  &c->database->instance->database_number);
    }
    err = check_number(c, ENG_MOST_AUTOINCREMENT, "autoincrement", &c->table->autoincrement);
    if (!err)
        err = check_number(c, ENG_MOST_ROW, "row", &c->table->rows);
    if (!err)
        err = check_number(c, ENG_MOST_VALUE, "long_value", &c->table->long_values);
    return err ? err : check_number(c, ENG_MOST_DELTA, "delta", &c->table->escrow);
}
