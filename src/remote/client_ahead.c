/* SPDX-License-Identifier: Apache-2.0
 *
 * client_ahead.c - rows read ahead, by the exact rules of N7
 *
 *   A1  Rows are kept in a transaction only, and dropped before anything by a cursor of the session that
 *       may change an index, before an inner level begins, and when the outermost ends.
 *   A2  `server` is where the server's cursor stands among them; a call that carries the place makes it
 *       stand `here`.
 *   A3  What a server sends is checked before it is believed; a batch that does not add up loses it.
 *   A4  The window grows while rows are used up in order, and falls to one when rows are dropped unread.
 *       Who seeks and sets a range means to read it.
 *   A5  A step beyond the last row of a range ends the range. The server's cursor takes it with the next
 *       call, so that nobody steps back into a range that is no more.
 */
#include "remote/client.h"

#include <string.h>

int32_t remote_offset(const struct ese_cursor *cursor)
{
    const struct remote_ahead *a = &cursor->ahead;

    return a->count == 0 ? 0 : a->direction * ((int32_t)a->here - (int32_t)a->server);
}

void remote_rows_free(JET_RPC_ROWS *rows)
{
    midl_user_free(rows->errs);
    midl_user_free(rows->sizes);
    midl_user_free(rows->data.data);
    *rows = (JET_RPC_ROWS){0};
}

static void forget(struct remote_ahead *a)
{
    remote_rows_free(&a->rows);
    mem_free(a->offsets);
    a->offsets = NULL;
    a->count = a->here = a->server = a->columns = 0;
    a->ended = a->last = false;
}

void remote_ahead_drop(struct ese_cursor *cursor)
{
    struct remote_ahead *a = &cursor->ahead;

    if (a->count > 1 && a->here + 1 < a->count)
        a->window = 1; /* A4 */
    forget(a);
}

JET_RPC_WANT remote_want(struct ese_cursor *cursor, uint32_t rows)
{
    struct remote_ahead *a = &cursor->ahead;

    if (cursor->session->level == 0) /* A1 */
        return (JET_RPC_WANT){0};
    return (JET_RPC_WANT){.rows = rows,
                          .octets = AHEAD_OCTETS,
                          .value_max = AHEAD_VALUE,
                          .count = a->wanted_count,
                          .columnids = a->wanted};
}

/* A3 */
static bool adds_up(const struct ese_cursor *cursor, const JET_RPC_ROWS *rows)
{
    uint64_t octets = 0;

    if ((uint64_t)rows->rows * cursor->ahead.wanted_count != rows->cells)
        return false;
    if (rows->cells > 0 && (!rows->errs || !rows->sizes))
        return false;
    for (uint32_t i = 0; i < rows->cells; i++)
        octets += rows->sizes[i];
    return octets == rows->data.size && (octets == 0 || rows->data.data);
}

static JET_ERR note_offsets(struct remote_ahead *a)
{
    uint32_t at = 0;

    if (a->rows.cells == 0)
        return JET_errSuccess;
    a->offsets = mem_alloc(a->rows.cells * sizeof *a->offsets);
    if (!a->offsets)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < a->rows.cells; i++) {
        a->offsets[i] = at;
        at += a->rows.sizes[i];
    }
    return JET_errSuccess;
}

JET_ERR remote_ahead_take(struct ese_cursor *cursor, int direction, JET_RPC_ROWS *take_rows)
{
    struct remote_ahead *a = &cursor->ahead;

    forget(a);
    if (!adds_up(cursor, take_rows)) {
        remote_rows_free(take_rows);
        return remote_lose(cursor->session->instance, RPC_X_BAD_STUB_DATA);
    }
    if (take_rows->rows == 0 || cursor->session->level == 0) {
        remote_rows_free(take_rows);
        return JET_errSuccess;
    }
    a->rows = *take_rows;
    a->direction = direction;
    a->count = a->rows.rows;
    a->columns = cursor->ahead.wanted_count;
    a->ended = a->rows.ended && direction != 0;
    a->last = a->rows.last && direction != 0 && !a->ended;
    a->server = a->ended ? a->count : a->count - 1;
    if (note_offsets(a) == JET_errSuccess)
        return JET_errSuccess;
    a->columns = 0; /* the rows are there, their values have to be asked for */
    return JET_errSuccess;
}

/* ---- values ---- */

void remote_ahead_learn(struct ese_cursor *cursor, JET_COLUMNID id)
{
    struct remote_ahead *a = &cursor->ahead;

    for (uint32_t i = 0; i < a->wanted_count; i++)
        if (a->wanted[i] == id)
            return;
    if (a->wanted_count < AHEAD_COLUMNS)
        a->wanted[a->wanted_count++] = id;
}

/* As JetRetrieveColumns answers for a value that is there whole, or null. */
static void answer(JET_RETRIEVECOLUMN *column, JET_ERR err, const uint8_t *data, uint32_t size)
{
    uint32_t fits = column->cbData < size ? (uint32_t)column->cbData : size;

    if (fits > 0)
        memcpy(column->pvData, data, fits);
    column->cbActual = size;
    column->columnidNextTagged = column->columnid;
    column->err = err == JET_errSuccess && fits < size ? JET_wrnBufferTruncated : err;
}

bool remote_ahead_retrieve(const struct ese_cursor *cursor, JET_RETRIEVECOLUMN *column)
{
    const struct remote_ahead *a = &cursor->ahead;

    if (a->here >= a->count || column->grbit || column->ibLongValue || column->itagSequence != 1)
        return false;
    for (uint32_t i = 0; i < a->columns; i++) {
        uint32_t cell = a->here * a->columns + i;

        if (a->wanted[i] != column->columnid)
            continue;
        if (a->rows.errs[cell] != JET_errSuccess && a->rows.errs[cell] != JET_wrnColumnNull)
            return false;
        answer(column, a->rows.errs[cell], a->rows.data.data + a->offsets[cell],
               a->rows.sizes[cell]);
        return true;
    }
    return false;
}

/* ---- settling ---- */

static JET_ERR catch_up(struct ese_cursor *cursor)
{
    JET_RPC_WANT none = {0};
    JET_RPC_ROWS rows = {0};
    int32_t offset = remote_offset(cursor);
    JET_ERR err = JET_errSuccess;

    if (offset == 0)
        return JET_errSuccess;
    REMOTE_AT(cursor, err,
              JetRpcMove(cursor->session->handle, cursor->handle, offset, 0, 0, &none, &rows));
    remote_rows_free(&rows);
    /* off the ends, or on a row that has gone: it stands where it should */
    return err == JET_errNoCurrentRecord || err == JET_errRecordDeleted ? JET_errSuccess : err;
}

JET_ERR remote_settle(struct ese_session *session, const struct ese_cursor *except)
{
    JET_ERR err = JET_errSuccess;

    LIST_FOR_EACH (it, &session->cursors) {
        struct ese_cursor *c = LIST_ENTRY(it, struct ese_cursor, link);

        if (c != except && c->copy.state == COPY_LOCAL && c->copy.prep == JET_prepReplaceNoLock) {
            err = remote_copy_flush(c); /* C3 */
            if (err < 0)
                return err;
        }
        if (c == except || c->ahead.count == 0)
            continue;
        err = catch_up(c);
        if (err < 0)
            return err;
        remote_ahead_drop(c);
    }
    return JET_errSuccess;
}

void remote_changed(struct ese_session *session)
{
    LIST_FOR_EACH (it, &session->cursors)
        remote_ahead_drop(LIST_ENTRY(it, struct ese_cursor, link));
}

/* ---- moving ---- */

/* Where the program would stand in the batch after `rows` entries; -1: outside of it. */
static int64_t target_of(const struct remote_ahead *a, int32_t rows)
{
    int64_t target = (int64_t)a->here + (int64_t)rows * a->direction;

    if (a->count == 0 || rows == INT32_MIN || rows == INT32_MAX)
        return -1;
    if (a->last && a->here == a->count) /* A5 */
        return -1;
    if (rows == 0)
        return a->here < a->count ? target : -1;
    if (target >= 0 && target < a->count && a->direction != 0)
        return target;
    return (a->ended || a->last) && target == a->count && rows == a->direction ? target : -1;
}

static uint32_t next_window(struct ese_cursor *cursor, int32_t rows, JET_GRBIT grbit)
{
    struct remote_ahead *a = &cursor->ahead;

    if ((rows != 1 && rows != -1) || grbit || cursor->session->prepared > 0) {
        a->window = 1;
        return 1;
    }
    if (a->count > 0 && a->here + 1 >= a->count && (a->direction == rows || a->count == 1))
        a->window =
            a->window * AHEAD_GROWTH < AHEAD_ROWS ? a->window * AHEAD_GROWTH : AHEAD_ROWS; /* A4 */
    return a->window > 0 ? a->window : 1;
}

static JET_ERR move_there(struct ese_cursor *c, int32_t rows, JET_GRBIT grbit)
{
    JET_RPC_ROWS got = {0};
    JET_RPC_WANT want = remote_want(c, next_window(c, rows, grbit));
    JET_ERR err = JET_errSuccess, taken = JET_errSuccess;

    REMOTE_AT(
        c, err,
        JetRpcMove(c->session->handle, c->handle, remote_offset(c), rows, grbit, &want, &got));
    if (err < 0) {
        remote_rows_free(&got);
        forget(&c->ahead);
        return err;
    }
    taken = remote_ahead_take(c, rows == 1 || rows == -1 ? rows : 0, &got);
    return taken ? taken : err;
}

JET_ERR remote_move(struct ese_session *session, struct ese_cursor *cursor, int32_t rows,
                    JET_GRBIT grbit)
{
    struct remote_ahead *a = &cursor->ahead;
    int64_t target = grbit || cursor->copy.state == COPY_SERVER ? -1 : target_of(a, rows);

    (void)session;
    remote_copy_end(cursor); /* the server's own goes with the move */
    if (target < 0)
        return move_there(cursor, rows, grbit);
    a->here = (uint32_t)target;
    return a->here < a->count ? JET_errSuccess : JET_errNoCurrentRecord;
}
