/* SPDX-License-Identifier: Apache-2.0
 *
 * prepare.c - JetPrepareUpdate: the copy buffer opens; locks on rows
 */
#include "ese/engine/foreign.h"

#include "ese/format/bytes.h"

#include <string.h>

/* What each kind of update begins with. */
static const struct prep_rule {
    bool known;
    bool from_row;  /* starts as the current row */
    bool locks;     /* and locks it, in a transaction */
    bool own;       /* long values are copied */
    bool increment; /* draws an autoincrement number */
    bool writes;
} prep_rules[] = {
    [JET_prepInsert] = {.known = true, .increment = true, .writes = true},
    [JET_prepInsertMustSetAutoIncrement] = {.known = true, .writes = true},
    [JET_prepReplace] = {.known = true, .from_row = true, .locks = true, .writes = true},
    [JET_prepReplaceNoLock] = {.known = true, .from_row = true, .writes = true},
    [JET_prepInsertCopy] =
        {.known = true, .from_row = true, .own = true, .increment = true, .writes = true},
    [JET_prepInsertCopyDeleteOriginal] = {.known = true,
                                          .from_row = true,
                                          .locks = true,
                                          .own = true,
                                          .increment = true,
                                          .writes = true},
    [JET_prepInsertCopyReplaceOriginal] =
        {.known = true, .from_row = true, .locks = true, .own = true, .writes = true},
    [JET_prepReadOnlyCopy] = {.known = true, .from_row = true},
};

static JET_ERR put_number(struct eng_copy *c, const struct eng_column *column, uint64_t value)
{
    struct eng_field *f = eng_copy_field(c, column->c.id);
    struct eng_draft *d;
    uint8_t bytes[8];

    if (f == NULL)
        return JET_errOutOfMemory;
    ese_put_u64(bytes, value);
    f->changed = true;
    d = f->count > 0 ? &f->values[0] : eng_field_append(f);
    return d == NULL ? JET_errOutOfMemory
                     : eng_draft_assign(d, bytes, ese_coltyp_size(column->c.coltyp));
}

static JET_ERR draw_increment(struct ese_cursor *cursor, struct eng_copy *c)
{
    const struct eng_column *column = cursor->schema->autoincrement;
    uint64_t number = 0;
    JET_ERR err;

    if (column == NULL)
        return JET_errSuccess;
    err = eng_number_draw(cursor->session->instance, &cursor->table->autoincrement, 1, 1, &number);
    if (!err && column->c.size_max == 4 && number > INT32_MAX)
        err = JET_errOutOfAutoincrementValues;
    return err ? err : put_number(c, column, number);
}

/* An inserted row has the defaults of fixed and variable columns in it; tagged ones show theirs. */
static JET_ERR fill_defaults(const struct eng_schema *s, struct eng_copy *c)
{
    JET_ERR err = JET_errSuccess;

    for (unsigned i = 0; i < s->fixed_count + s->variable_count && !err; i++) {
        const struct ese_column *column = &s->columns[i].c;
        struct eng_field *f;
        struct eng_draft *d;

        if (!column->has_default || column->coltyp == ESE_COLTYP_NIL)
            continue;
        f = eng_copy_field(c, column->id);
        d = f == NULL ? NULL : eng_field_append(f);
        err = d == NULL
                  ? JET_errOutOfMemory
                  : eng_draft_assign(d, column->value_default.data, column->value_default.size);
    }
    if (!err && s->version_column != NULL)
        err = put_number(c, s->version_column, 0);
    return err;
}

/* Locks the current row, when a transaction is there to hold the lock, and reads it. */
static JET_ERR take_row(struct ese_cursor *cursor, struct eng_step *step, bool locks,
                        struct eng_copy *c, struct store_value *ret_row)
{
    struct store_slice key;
    enum store_status s;
    JET_ERR err = eng_cursor_on_entry(cursor, step);

    if (err)
        return err;
    key = eng_slice(cursor->bookmark, cursor->bookmark_size);
    if (locks && !step->temp && step->session->level > 0) {
        s = store_lock(step->txn, cursor->table->tree, key, STORE_EXCLUSIVE, ret_row);
        c->locked = s == STORE_OK;
        c->view = step->view;
        if (c->locked && cursor->schema->escrow)
            err = eng_escrow_check(step, cursor->table, key.data, key.size);
    } else {
        s = store_get(step->txn, cursor->table->tree, key, ret_row);
    }
    if (s == STORE_NOT_FOUND)
        return JET_errRecordDeleted;
    if (s || err)
        return s ? eng_error(s) : err;
    memcpy(c->bookmark, cursor->bookmark, cursor->bookmark_size);
    c->bookmark_size = cursor->bookmark_size;
    return JET_errSuccess;
}

static JET_ERR load_row(struct ese_cursor *cursor, struct eng_step *step,
                        const struct prep_rule *rule, struct eng_copy *c)
{
    struct store_value row = {0};
    JET_ERR err = take_row(cursor, step, rule->locks, c, &row);

    if (!err)
        err = eng_copy_load(c, step, cursor->table, cursor->schema, eng_slice(row.data, row.size),
                            rule->own);
    store_value_release(&row);
    return err;
}

static JET_ERR open_copy(struct ese_cursor *cursor, struct eng_step *step, unsigned prep)
{
    const struct prep_rule *rule = &prep_rules[prep];
    struct eng_copy *c = eng_copy_new(prep);
    JET_ERR err = JET_errSuccess;

    if (c == NULL)
        return JET_errOutOfMemory;
    c->level = cursor->session->level;
    if (rule->from_row)
        err = load_row(cursor, step, rule, c);
    else
        err = fill_defaults(cursor->schema, c);
    if (!err && rule->increment)
        err = draw_increment(cursor, c);
    if (err) {
        cursor->copy = c;
        eng_copy_cancel(cursor);
        return err;
    }
    cursor->copy = c;
    return JET_errSuccess;
}

JET_ERR eng_prepare(struct ese_session *session, struct ese_cursor *cursor, unsigned prep)
{
    struct eng_step step;
    JET_ERR err;

    if (prep == JET_prepCancel) {
        if (cursor->copy == NULL)
            return JET_errUpdateNotPrepared;
        eng_copy_cancel(cursor);
        return JET_errSuccess;
    }
    if (prep >= sizeof prep_rules / sizeof *prep_rules || !prep_rules[prep].known)
        return JET_errInvalidParameter;
    if (cursor->copy != NULL)
        return JET_errAlreadyPrepared;
    if (!prep_rules[prep].from_row) { /* nothing in the store is looked at */
        err = eng_cursor_refresh(cursor);
        if (!err)
            err = eng_cursor_writable(cursor);
        return err ? err : open_copy(cursor, NULL, prep);
    }
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    if (prep_rules[prep].writes)
        err = session->read_only && session->level > 0 ? JET_errTransReadOnly
                                                       : eng_cursor_writable(cursor);
    if (!err)
        err = open_copy(cursor, &step, prep);
    return eng_step_end(&step, err);
}

/* ---- JetGetLock ---- */

JET_ERR eng_lock(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    enum store_lock mode = grbit & JET_bitWriteLock ? STORE_EXCLUSIVE : STORE_SHARED;
    struct store_value row = {0};
    struct eng_step step;
    enum store_status s;
    JET_ERR err = eng_cursor_writable(cursor);

    (void)session;
    if (err && mode == STORE_EXCLUSIVE)
        return err;
    err =
        eng_cursor_step(cursor, eng_table_is_foreign(cursor->table) ? ENG_READ : ENG_WRITE, &step);
    if (err)
        return err;
    err = eng_cursor_on_entry(cursor, &step);
    if (!err && !step.temp && !step.foreign) {
        s = store_lock(step.txn, cursor->table->tree,
                       eng_slice(cursor->bookmark, cursor->bookmark_size), mode, &row);
        err = s == STORE_NOT_FOUND ? JET_errRecordDeleted : eng_error(s);
        store_value_release(&row);
        if (!err && cursor->schema->escrow)
            err = (mode == STORE_EXCLUSIVE ? eng_escrow_check : eng_escrow_read_lock)(
                &step, cursor->table, cursor->bookmark, cursor->bookmark_size);
    }
    return eng_step_end(&step, err);
}

/* The lock is tried in a level that is rolled back. */
JET_ERR eng_check_row(struct ese_session *session, struct ese_cursor *cursor)
{
    struct eng_step step;
    enum store_status s = STORE_OK;
    bool probe = session->level > 0 && !session->read_only;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    if (err)
        return err;
    err = eng_cursor_on_entry(cursor, &step);
    if (!err && probe && !step.temp && !step.foreign) {
        store_level(step.txn);
        s = store_lock(step.txn, cursor->table->tree,
                       eng_slice(cursor->bookmark, cursor->bookmark_size), STORE_SHARED, NULL);
        session->writes++;
        err = eng_error(store_level_end(step.txn, STORE_ROLL_BACK));
        session->must_roll_back |= err != JET_errSuccess;
    }
    if (!err && s != STORE_OK && s != STORE_NOT_FOUND)
        err = eng_error(s);
    return eng_step_end(&step, err);
}
