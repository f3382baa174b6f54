/* SPDX-License-Identifier: Apache-2.0
 *
 * zero.c - rows that are deleted when a count in them comes to zero (JET_bitColumnDeleteOnZero,
 * and JET_bitColumnFinalize, which is the same)
 *
 * A transaction remembers the rows in which it has changed such a column. When it has ended, be it
 * undone, each is looked at in a transaction of its own: nobody else may still be adding to the row,
 * and what all have added must make zero. Then it is deleted.
 *     Z1  Of all who have added to a row, the last to end sees what the others have done, so that
 *         it finds the zero if there is one. For that no two look at the same time: `zero_lock`.
 *     Z2  It is no part of the transaction: a crash between the two leaves the row, as does a lock
 *         that somebody else has on it, until the count is changed again.
 */
#include "ese/engine/cursor.h"

#include <string.h>

#define ZERO_FLAGS (ESE_FIELD_FINALIZE | ESE_FIELD_DELETE_ON_ZERO)

/* A row of a table. */
struct zero {
    struct list link;
    struct eng_table *table;
    size_t size;
    uint8_t bookmark[];
};

bool eng_zero_matters(const struct eng_column *column)
{
    return (column->c.flags & ZERO_FLAGS) != 0;
}

JET_ERR eng_zero_note(struct ese_session *session, struct eng_table *table, const void *bookmark,
                      size_t size)
{
    struct zero *z = NULL;

    if (!list_is_empty(&session->zeros)) {
        z = LIST_ENTRY(session->zeros.prev, struct zero, link);
        if (z->table == table && z->size == size && memcmp(z->bookmark, bookmark, size) == 0)
            return JET_errSuccess;
    }
    z = mem_alloc(sizeof *z + size);
    if (z == NULL)
        return JET_errOutOfMemory;
    z->table = table;
    z->size = size;
    memcpy(z->bookmark, bookmark, size);
    eng_table_hold(table);
    list_append(&session->zeros, &z->link);
    return JET_errSuccess;
}

static void forget(struct zero *take_zero)
{
    list_remove(&take_zero->link);
    eng_table_unref(take_zero->table);
    mem_free(take_zero);
}

void eng_zero_forget(struct ese_session *session)
{
    LIST_FOR_EACH_SAFE (it, &session->zeros)
        forget(LIST_ENTRY(it, struct zero, link));
}

static JET_ERR open_row(struct ese_session *session, const struct zero *z,
                        struct ese_cursor **ret_cursor)
{
    struct eng_schema *schema = NULL;
    struct eng_step step;
    JET_ERR err = eng_step_begin(session, z->table->database, ENG_READ, &step);

    if (err)
        return err;
    err = eng_schema_seen(&step, z->table, &schema);
    if (!err)
        err = eng_cursor_new(session, z->table, schema, 0, ret_cursor);
    err = eng_step_end(&step, err);
    eng_schema_unref(schema);
    return err ? err : eng_goto_bookmark(session, *ret_cursor, z->bookmark, (uint32_t)z->size);
}

/* Is one of the row's counts zero, with all that has been added to it? */
static JET_ERR is_zero(struct ese_session *session, struct ese_cursor *cursor, bool *ret_zero)
{
    JET_ERR err = JET_errSuccess;

    *ret_zero = false;
    for (unsigned i = 0; i < cursor->schema->live_count && !*ret_zero && !err; i++) {
        const struct eng_column *column = cursor->schema->by_name[i];
        uint8_t data[8] = {0};
        JET_RETRIEVECOLUMN want = {
            .columnid = column->c.id, .pvData = data, .cbData = sizeof data, .itagSequence = 1};

        if (!eng_zero_matters(column))
            continue;
        err = eng_retrieve_columns(session, cursor, &want, 1);
        *ret_zero = !err && eng_escrow_get(column, data) == 0;
    }
    return err;
}

/* Looking comes before locking: most counts are not zero. Once the row is locked nothing can have
 * been added that was not seen. */
static JET_ERR delete_if_zero(struct ese_session *session, const struct zero *z)
{
    struct ese_cursor *cursor = NULL;
    bool zero = false;
    JET_ERR err = eng_begin(session, 0, 0);

    if (err)
        return err;
    err = open_row(session, z, &cursor);
    if (!err)
        err = is_zero(session, cursor, &zero);
    if (!err && zero)
        err = eng_lock(session, cursor, JET_bitWriteLock);
    if (!err && zero)
        err = eng_delete_row(session, cursor);
    if (cursor != NULL)
        eng_close_cursor(session, cursor);
    if (!err && zero)
        return eng_commit(session, JET_bitCommitLazyFlush, 0, NULL);
    (void)eng_rollback(session, 1);
    return err;
}

void eng_zero_settle(struct ese_session *session)
{
    struct ese_instance *instance = session->instance;
    struct list zeros;

    if (list_is_empty(&session->zeros))
        return;
    list_init(&zeros); /* what it does itself ends transactions, too */
    LIST_FOR_EACH_SAFE (it, &session->zeros) {
        list_remove(it);
        list_append(&zeros, it);
    }
    pthread_mutex_lock(&instance->zero_lock); /* Z1 */
    LIST_FOR_EACH_SAFE (it, &zeros) {
        struct zero *z = LIST_ENTRY(it, struct zero, link);

        (void)delete_if_zero(session, z); /* Z2 */
        forget(z);
    }
    pthread_mutex_unlock(&instance->zero_lock);
}
