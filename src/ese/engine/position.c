/* SPDX-License-Identifier: Apache-2.0
 *
 * position.c - how far through its index a cursor stands, and going as far
 *
 * Entries are counted one by one: exact where ESE estimates, and as slow as a walk.
 */
#include "ese/engine/cursor.h"

#include <string.h>

/* Entries of the current index, and how many of them lie below the cursor's. */
static JET_ERR count_all(struct ese_cursor *c, struct eng_step *step, uint64_t *ret_before,
                         uint64_t *ret_total)
{
    const struct ese_host *host = c->session->instance->host;
    uint64_t tree = c->index != NULL ? c->index->tree : c->table->tree, before = 0, total = 0;
    struct store_cursor *scan = NULL;
    enum store_status s = store_cursor_open(step->store, tree, &scan);
    bool passed = false;
    JET_ERR err = JET_errSuccess;

    if (s == STORE_OK)
        s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    while (s == STORE_OK && !err) {
        struct store_slice entry = store_cursor_key(scan);

        passed = passed || (ret_before != NULL && entry.size == c->entry_size &&
                            memcmp(entry.data, c->entry, entry.size) == 0);
        before += !passed;
        if (++total % 4096 == 0 && host->stopping(host))
            err = JET_errClientRequestToStopJetService;
        else
            s = store_cursor_step(scan, step->txn, STORE_NEXT);
    }
    store_cursor_close(scan);
    if (err || s != STORE_NOT_FOUND)
        return err ? err : eng_error(s);
    if (ret_before != NULL)
        *ret_before = before;
    *ret_total = total;
    return JET_errSuccess;
}

JET_ERR eng_get_position(struct ese_session *session, struct ese_cursor *cursor,
                         uint64_t *ret_before, uint64_t *ret_total)
{
    struct store_slice record;
    struct eng_step step;
    JET_ERR err = eng_cursor_step(cursor, ENG_READ, &step);

    (void)session;
    if (err)
        return err;
    err = eng_cursor_row(cursor, &step, &record); /* a deleted row is nowhere */
    if (!err)
        err = count_all(cursor, &step, ret_before, ret_total);
    return eng_step_end(&step, err);
}

/* To entry number before/total of as many as there are now, from 0. */
static JET_ERR goto_part(struct ese_cursor *c, struct eng_step *step, uint64_t before,
                         uint64_t total)
{
    struct store_cursor *scan = NULL;
    uint64_t count = 0, at;
    enum store_status s;
    JET_ERR err = count_all(c, step, NULL, &count);

    if (!err && count == 0)
        err = JET_errRecordNotFound;
    if (!err)
        err = eng_cursor_scan(c, step, &scan);
    if (err)
        return err;
    at = total == 0 ? 0 : (uint64_t)((unsigned __int128)before * count / total);
    at = at < count ? at : count - 1;
    s = store_cursor_seek(scan, step->txn, STORE_FIRST, eng_slice(NULL, 0));
    for (; at > 0 && s == STORE_OK; at--)
        s = store_cursor_step(scan, step->txn, STORE_NEXT);
    return s == STORE_NOT_FOUND ? JET_errRecordNotFound : eng_cursor_take(c, step, s);
}

JET_ERR eng_goto_position(struct ese_session *session, struct ese_cursor *cursor, uint64_t before,
                          uint64_t total)
{
    struct eng_step step;
    JET_ERR err;

    (void)session;
    eng_copy_cancel(cursor); /* C3 */
    err = eng_cursor_step(cursor, ENG_READ, &step);
    if (err)
        return err;
    cursor->range.active = false; /* C2 */
    return eng_step_end(&step, goto_part(cursor, &step, before, total));
}
