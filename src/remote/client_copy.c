/* SPDX-License-Identifier: Apache-2.0
 *
 * client_copy.c - the copy buffer on the program's side (N8)
 *
 * States
 *     NONE    -> LOCAL   [an insert without a number to draw; a replace that locks nothing, of a row
 *                         that is known to be there]
 *             -> SERVER  [any other prepare: asked of the server]
 *     LOCAL   -> SERVER  [something has to be decided there, or JetUpdate has failed]
 *     any     -> NONE    [JetUpdate, cancel, a move, a rollback]
 *
 *   C1  Values whose setting cannot fail wait in `sets`, in both states, and travel with JetUpdate.
 *   C2  While a cursor of the session has an update prepared nobody reads ahead, so that JetUpdate
 *       finds every cursor settled and is one round trip.
 *   C3  A replace begins as the row is when it is prepared. LOCAL ones are of a transaction, whose
 *       snapshot holds still; before its own session may change the row the server is told
 *       (remote_settle).
 */
#include "remote/client.h"

#include <string.h>

/* ---- what waits ---- */

static void clear_sets(struct remote_copy *c)
{
    for (uint32_t i = 0; i < c->sets.count; i++)
        mem_free(c->sets.sets[i].data.data);
    mem_free(c->sets.sets);
    c->sets = (JET_RPC_SETS){0};
    c->room = c->octets = 0;
}

static JET_ERR add_set(struct remote_copy *c, const JET_SETCOLUMN *in)
{
    JET_RPC_SET *s = NULL;
    void *data = NULL;

    if (c->sets.count == c->room) {
        uint32_t room = c->room ? c->room * 2 : 8;
        JET_RPC_SET *grown = mem_grow(c->sets.sets, room * sizeof *grown);

        if (!grown)
            return JET_errOutOfMemory;
        c->sets.sets = grown;
        c->room = room;
    }
    if (in->cbData > 0) {
        data = mem_alloc(in->cbData);
        if (!data)
            return JET_errOutOfMemory;
        memcpy(data, in->pvData, in->cbData);
    }
    s = &c->sets.sets[c->sets.count++];
    *s = (JET_RPC_SET){.columnid = in->columnid,
                       .itag = (uint32_t)in->itagSequence,
                       .grbit = in->grbit,
                       .offset = (uint32_t)in->ibLongValue,
                       .size = (uint32_t)in->cbData,
                       .data = {(uint32_t)in->cbData, data}};
    c->octets += (uint32_t)in->cbData;
    return JET_errSuccess;
}

/* ---- states ---- */

static void enter(struct ese_cursor *cursor, enum remote_copy_state state)
{
    struct remote_copy *c = &cursor->copy;

    if ((c->state == COPY_NONE) != (state == COPY_NONE))
        cursor->session->prepared += state == COPY_NONE ? -1u : 1u;
    if (c->state == COPY_NONE)
        c->level = cursor->session->level;
    c->state = state;
}

void remote_copy_end(struct ese_cursor *cursor)
{
    if (cursor->copy.state == COPY_NONE)
        return;
    clear_sets(&cursor->copy);
    enter(cursor, COPY_NONE);
}

/* Which prepare travels with what waits. */
static uint32_t prep_of(const struct remote_copy *c)
{
    return c->state == COPY_LOCAL ? c->prep : JET_RPC_PREPARED;
}

/* Sends `count` sets; `errs` has room for them. */
static JET_ERR send_sets(struct ese_cursor *cursor, uint32_t count, const JET_RPC_SET *sets,
                         int32_t *errs)
{
    uint32_t prep = prep_of(&cursor->copy);
    boolean prepared = 0;
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcSetColumns(cursor->session->handle, cursor->handle, remote_offset(cursor), prep,
                               count, sets, errs, &prepared));
    if (prepared)
        enter(cursor, COPY_SERVER);
    return err;
}

JET_ERR remote_copy_flush(struct ese_cursor *cursor)
{
    static const JET_RPC_SET none; /* an array has a place even if it is empty */
    struct remote_copy *c = &cursor->copy;
    int32_t *errs = NULL;
    JET_ERR err = JET_errSuccess;

    if (c->state == COPY_NONE || (c->state == COPY_SERVER && c->sets.count == 0))
        return JET_errSuccess;
    errs = mem_alloc((c->sets.count + 1u) * sizeof *errs);
    if (!errs)
        return JET_errOutOfMemory;
    err = send_sets(cursor, c->sets.count, c->sets.sets ? c->sets.sets : &none, errs);
    mem_free(errs);
    if (c->state == COPY_SERVER)
        clear_sets(c);
    return err < 0 ? err : JET_errSuccess;
}

/* ---- JetPrepareUpdate ---- */

static JET_ERR cancel(struct ese_cursor *cursor)
{
    JET_ERR err = JET_errSuccess;

    if (cursor->copy.state == COPY_NONE)
        return JET_errUpdateNotPrepared;
    if (cursor->copy.state == COPY_SERVER)
        REMOTE_AT(cursor, err,
                  JetRpcPrepare(cursor->session->handle, cursor->handle, remote_offset(cursor),
                                JET_prepCancel));
    if (err >= 0)
        remote_copy_end(cursor);
    return err;
}

/* An insert into a table that numbers its rows draws its number at once, where the table is. */
static bool draws_number(struct ese_cursor *cursor)
{
    for (unsigned i = 0; i < cursor->info.column_count; i++)
        if (cursor->info.columns[i].def.grbit & JET_bitColumnAutoincrement)
            return true;
    return false;
}

/* The current row has come from the snapshot of the transaction. */
static bool row_is_there(const struct ese_cursor *cursor)
{
    const struct remote_ahead *a = &cursor->ahead;

    return cursor->session->level > 0 && a->here < a->count;
}

static bool may_wait(struct ese_cursor *cursor, unsigned prep)
{
    if (!cursor->writable || cursor->temp)
        return false;
    if (prep == JET_prepReplaceNoLock)
        return row_is_there(cursor);
    return prep == JET_prepInsert && remote_describe(cursor) == JET_errSuccess &&
           !draws_number(cursor);
}

JET_ERR remote_prepare(struct ese_session *session, struct ese_cursor *cursor, unsigned prep)
{
    JET_ERR err = JET_errSuccess;

    if (prep == JET_prepCancel)
        return cancel(cursor);
    if (cursor->copy.state != COPY_NONE)
        return JET_errAlreadyPrepared;
    err = remote_settle(session, cursor); /* C2 */
    if (err < 0)
        return err;
    if (may_wait(cursor, prep)) {
        cursor->copy.prep = prep;
        enter(cursor, COPY_LOCAL);
        return JET_errSuccess;
    }
    REMOTE_AT(cursor, err,
              JetRpcPrepare(session->handle, cursor->handle, remote_offset(cursor), prep));
    if (err >= 0)
        enter(cursor, COPY_SERVER);
    return err;
}

/* ---- JetSetColumns ---- */

uint32_t remote_fixed_size(JET_COLTYP type)
{
    switch (type) {
    case JET_coltypBit:
    case JET_coltypUnsignedByte: return 1;
    case JET_coltypShort:
    case JET_coltypUnsignedShort: return 2;
    case JET_coltypLong:
    case JET_coltypUnsignedLong:
    case JET_coltypIEEESingle: return 4;
    case JET_coltypCurrency:
    case JET_coltypLongLong:
    case JET_coltypUnsignedLongLong:
    case JET_coltypIEEEDouble:
    case JET_coltypDateTime: return 8;
    case JET_coltypGUID: return 16;
    default: return 0;
    }
}

const void *remote_lend(uint32_t fixed, const void *data, uint32_t *size)
{
    static const uint8_t zeros[64];

    if (fixed == 0 || *size == 0 || *size == fixed)
        return data;
    *size = *size < sizeof zeros ? *size : sizeof zeros;
    return zeros;
}

static bool size_is_sure(const struct ese_column_def *d, const JET_SETCOLUMN *in)
{
    uint32_t fixed = remote_fixed_size(d->coltyp);

    if (fixed > 0)
        return in->cbData == fixed;
    if (d->coltyp == JET_coltypText || d->coltyp == JET_coltypBinary)
        return in->cbData <= (d->max_size > 0 ? d->max_size : JET_cbColumnMost);
    if (d->coltyp == JET_coltypLongText || d->coltyp == JET_coltypLongBinary)
        return in->cbData <= COPY_VALUE && (d->max_size == 0 || in->cbData <= d->max_size);
    return false;
}

/* C1: a first value, whole, of a column that takes any value of its size. */
static bool cannot_fail(struct ese_cursor *cursor, const JET_SETCOLUMN *in)
{
    const JET_GRBIT own = JET_bitColumnAutoincrement | JET_bitColumnVersion |
                          JET_bitColumnEscrowUpdate | JET_bitColumnFinalize;
    const struct ese_column_info *c = NULL;

    if (in->grbit || in->ibLongValue || in->itagSequence != 1)
        return false;
    c = remote_column(cursor, in->columnid);
    if (!c || c->def.grbit & own)
        return false;
    if (in->cbData == 0)
        return !(c->def.grbit & JET_bitColumnNotNULL) && remote_fixed_size(c->def.coltyp) > 0;
    return size_is_sure(&c->def, in);
}

/* What a value that the server has to see travels as: lent, not copied. */
static JET_ERR lend_set(struct ese_cursor *cursor, const JET_SETCOLUMN *in, JET_RPC_SET *to)
{
    bool sized = in->grbit & JET_bitSetSizeLV && !in->pvData;
    uint32_t size = (uint32_t)in->cbData;
    const void *data = NULL;

    if (!sized && in->cbData > JET_WIRE_VALUE)
        return JET_errColumnTooBig;
    data =
        remote_lend(remote_fixed_size(remote_column_type(cursor, in->columnid)), in->pvData, &size);
    *to = (JET_RPC_SET){.columnid = in->columnid,
                        .itag = (uint32_t)in->itagSequence,
                        .grbit = in->grbit,
                        .offset = (uint32_t)in->ibLongValue,
                        .size = (uint32_t)in->cbData};
    if (!sized && size > 0)
        to->data = (JET_RPC_BYTES){size, (unsigned char *)(uintptr_t)data};
    return JET_errSuccess;
}

/* All from `first` on, at once; what waits has been sent. */
static JET_ERR set_there(struct ese_cursor *cursor, JET_SETCOLUMN *columns, unsigned count)
{
    JET_RPC_SET *sets = mem_alloc((count + 1u) * sizeof *sets);
    int32_t *errs = mem_alloc((count + 1u) * sizeof *errs);
    JET_ERR err = sets && errs ? JET_errSuccess : JET_errOutOfMemory;

    if (!err && cursor->copy.sets.count > 0)
        err = remote_copy_flush(cursor);
    for (unsigned i = 0; i < count && !err; i++) {
        err = lend_set(cursor, &columns[i], &sets[i]);
        if (err)
            columns[i].err = err;
    }
    if (!err) {
        err = send_sets(cursor, count, sets, errs);
        for (unsigned i = 0; i < count && cursor->copy.state == COPY_SERVER; i++) {
            columns[i].err = errs[i];
            if (errs[i] < 0)
                break; /* those after it were not looked at */
        }
    }
    mem_free(sets);
    mem_free(errs);
    return err;
}

JET_ERR remote_set_columns(struct ese_session *session, struct ese_cursor *cursor,
                           JET_SETCOLUMN *columns, unsigned count)
{
    struct remote_copy *c = &cursor->copy;
    JET_ERR err = JET_errSuccess;
    unsigned i = 0;

    (void)session;
    if (c->state == COPY_NONE)
        return JET_errUpdateNotPrepared;
    for (; i < count && !err; i++) {
        if (c->sets.count >= JET_WIRE_VALUES || c->octets + columns[i].cbData > COPY_OCTETS)
            err = remote_copy_flush(cursor);
        if (err || !cannot_fail(cursor, &columns[i]))
            break;
        err = add_set(c, &columns[i]);
        columns[i].err = err;
    }
    if (err || i == count)
        return err;
    return set_there(cursor, columns + i, count - i);
}

/* ---- JetUpdate ---- */

JET_ERR remote_update(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                      uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    struct remote_copy *c = &cursor->copy;
    JET_RPC_KEY bookmark = {0};
    boolean prepared = 0;
    uint32_t whole = 0;
    JET_ERR err = JET_errSuccess;

    if (c->state == COPY_NONE)
        return JET_errUpdateNotPrepared;
    if (session->prepared > 1)
        err = remote_settle(session, cursor); /* C3 */
    if (err < 0)
        return err;
    REMOTE_AT(cursor, err,
              JetRpcUpdate(session->handle, cursor->handle, remote_offset(cursor), prep_of(c),
                           &c->sets, grbit, capacity, &prepared, &bookmark, &whole));
    if (prepared)
        enter(cursor, COPY_SERVER);
    if (err >= 0) {
        if (bookmark.size > 0 && bookmark.size <= capacity)
            memcpy(buffer, bookmark.data, bookmark.size);
        *ret_size = whole;
        remote_copy_end(cursor);
    } else if (c->state == COPY_SERVER) {
        clear_sets(c);
    }
    remote_changed(session);
    midl_user_free(bookmark.data);
    return err;
}
