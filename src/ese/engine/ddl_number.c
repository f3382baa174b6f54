/* SPDX-License-Identifier: Apache-2.0
 *
 * ddl_number.c - an autoincrement column comes to a table with rows: each gets its number
 *
 * In the order of the primary index, as ESE does. The gate is closed meanwhile, as for an index, so
 * that no row is written that nobody has numbered.
 */
#include "ese/engine/cursor.h"

#include "ese/format/bytes.h"

#include <string.h>

/* What all rows have in common. */
struct numbering {
    struct eng_step *step;
    struct eng_table *table;
    struct eng_schema *schema; /* with the new column */
    uint8_t *record;           /* room for the largest */
};

static JET_ERR set_number(struct numbering *n, struct eng_copy *copy)
{
    const struct eng_column *column = n->schema->autoincrement;
    struct eng_field *f = eng_copy_field(copy, column->c.id);
    struct eng_draft *d = f == NULL ? NULL : eng_field_append(f);
    uint64_t number = 0;
    uint8_t bytes[8];
    JET_ERR err = eng_number_draw(n->table->instance, &n->table->autoincrement, 1, 1, &number);

    if (!err && column->c.size_max == 4 && number > INT32_MAX)
        err = JET_errOutOfAutoincrementValues;
    if (err || d == NULL)
        return err ? err : JET_errOutOfMemory;
    ese_put_u64(bytes, number);
    f->changed = true;
    return eng_draft_assign(d, bytes, column->c.size_max);
}

static JET_ERR number_row(struct numbering *n, struct store_slice bookmark,
                          struct store_slice record)
{
    struct eng_copy *copy = eng_copy_new(JET_prepReplace);
    size_t size = 0;
    JET_ERR err = copy == NULL ? JET_errOutOfMemory
                               : eng_copy_load(copy, n->step, n->table, n->schema, record, false);

    if (!err)
        err = set_number(n, copy);
    if (!err)
        err = eng_copy_encode(copy, n->step, n->table, n->schema, n->record, n->schema->record_max,
                              &size);
    if (!err)
        err = eng_error(store_put(n->step->txn, n->table->tree, bookmark,
                                  eng_slice(n->record, size), STORE_UPSERT));
    if (copy != NULL)
        eng_copy_free(copy);
    return err;
}

/* What the scan lends ends with the next write, so a row is copied before it is written. */
static JET_ERR number_rows(struct numbering *n)
{
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(n->step->store, n->table->tree, &scan);
    const struct ese_host *host = n->table->instance->host;
    uint8_t *copy = mem_alloc(ENG_BOOKMARK_MAX + n->schema->record_max);
    JET_ERR err = copy == NULL ? JET_errOutOfMemory : JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, n->step->txn, STORE_FIRST, eng_slice(NULL, 0));
    for (unsigned i = 1; s == STORE_OK && !err; i++) {
        struct store_slice k = store_cursor_key(scan), v = store_cursor_value(scan);

        if (k.size > ENG_BOOKMARK_MAX || v.size > n->schema->record_max) {
            err = JET_errReadVerifyFailure;
            break;
        }
        memcpy(copy, k.data, k.size);
        memcpy(copy + ENG_BOOKMARK_MAX, v.data, v.size);
        err = number_row(n, eng_slice(copy, k.size), eng_slice(copy + ENG_BOOKMARK_MAX, v.size));
        if (i % 1024 == 0 && host->stopping(host))
            err = JET_errClientRequestToStopJetService;
        if (!err)
            s = store_cursor_step(scan, n->step->txn, STORE_NEXT);
    }
    mem_free(copy);
    store_cursor_close(scan);
    return err ? err : s == STORE_NOT_FOUND ? JET_errSuccess : eng_error(s);
}

JET_ERR eng_number_rows(struct eng_step *step, struct eng_table *table)
{
    struct numbering n = {.step = step, .table = table};
    JET_ERR err = eng_schema_seen(step, table, &n.schema);

    if (err)
        return err;
    n.record = mem_alloc(n.schema->record_max);
    err = n.record == NULL ? JET_errOutOfMemory : number_rows(&n);
    mem_free(n.record);
    eng_schema_unref(n.schema);
    return err;
}
