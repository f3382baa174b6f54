/* SPDX-License-Identifier: Apache-2.0
 *
 * server_ahead.c - rows for a client: the current one, and those that follow (N7)
 *
 * The cursor ends on the last row read. It must not be run off a range, since that ends the range: with
 * one in the direction of reading, the entries up to its end are counted first, and `last` says that they
 * were all. Where the range lies in
 * the other direction, or there is none, running off changes nothing but the place; `ended` says so.
 */
#include "remote/server.h"

#include <string.h>

struct reading {
    struct serve_call *call;
    const JET_RPC_WANT *want;
    JET_RPC_ROWS *rows;
    JET_RETRIEVECOLUMN columns[JET_WIRE_WANTED];
    uint8_t *buffer; /* value_max octets for each column */
    size_t room;     /* of rows->data */
};

static JET_ERR prepare(struct reading *r, uint32_t rows)
{
    const JET_RPC_WANT *w = r->want;
    size_t cells = (size_t)rows * w->count;

    if (w->count == 0)
        return JET_errSuccess;
    if (cells > JET_WIRE_CELLS || !w->columnids)
        return JET_errInvalidParameter;
    r->rows->errs = serve_result(cells * sizeof *r->rows->errs);
    r->rows->sizes = serve_result(cells * sizeof *r->rows->sizes);
    r->buffer = mem_alloc((size_t)w->count * (w->value_max + 1u));
    return r->rows->errs && r->rows->sizes && r->buffer ? JET_errSuccess : JET_errOutOfMemory;
}

static JET_ERR append(struct reading *r, const void *data, uint32_t size)
{
    JET_RPC_BYTES *all = &r->rows->data;

    if (all->size + size > r->room) {
        size_t room = (r->room + size) * 2 < 4096 ? 4096 : (r->room + size) * 2;
        void *grown = room <= JET_WIRE_VALUE * 2ul ? mem_grow(all->data, room) : NULL;

        if (!grown)
            return JET_errOutOfMemory;
        all->data = grown;
        r->room = room;
    }
    if (size > 0)
        memcpy(all->data + all->size, data, size);
    all->size += size;
    return JET_errSuccess;
}

/* The current row. A value that cannot be had is marked with its error and costs nobody else's. */
static JET_ERR read_row(struct reading *r)
{
    const JET_RPC_WANT *w = r->want;
    JET_ERR err = JET_errSuccess;

    if (w->count == 0)
        return JET_errSuccess;
    for (uint32_t i = 0; i < w->count; i++)
        r->columns[i] = (JET_RETRIEVECOLUMN){.columnid = w->columnids[i],
                                             .pvData = r->buffer + (size_t)i * (w->value_max + 1u),
                                             .cbData = w->value_max,
                                             .itagSequence = 1};
    err = JetRetrieveColumns(r->call->sesid, r->call->tableid, r->columns, w->count);
    for (uint32_t i = 0; i < w->count; i++) {
        const JET_RETRIEVECOLUMN *c = &r->columns[i];
        uint32_t cell = r->rows->cells + i, size = 0;

        if (c->err >= 0 && c->err != JET_wrnColumnNull)
            size = (uint32_t)(c->cbActual < w->value_max ? c->cbActual : w->value_max);
        /* a call that gave up left columns without a word */
        r->rows->errs[cell] = err < 0 && c->err >= 0 ? JET_wrnBufferTruncated : c->err;
        r->rows->sizes[cell] = size;
        if (append(r, c->pvData, size))
            return JET_errOutOfMemory;
    }
    r->rows->cells += w->count;
    return JET_errSuccess;
}

/* How many rows there may be at most without running off a range; `ret_last`: the range has no more. */
static uint32_t bound(struct serve_call *call, uint32_t rows, int direction, bool *ret_last)
{
    enum serve_range against = direction > 0 ? RANGE_UPPER : RANGE_LOWER;
    unsigned long count = 0;

    if (rows <= 1 || call->table->filtered)
        return rows ? 1 : 0;
    if (call->table->range != against)
        return rows;
    if (JetIndexRecordCount(call->sesid, call->tableid, &count, rows) < 0 || count == 0)
        return 1;
    /* a lower range that has ended meanwhile is counted forwards */
    *ret_last = against == RANGE_UPPER && count < rows;
    return count < rows ? (uint32_t)count : rows;
}

static JET_ERR read_on(struct reading *r, uint32_t rows, int direction)
{
    JET_ERR err = JET_errSuccess;

    while (!err && r->rows->rows < rows) {
        if (r->rows->rows > 0) {
            if (r->rows->data.size >= r->want->octets)
                return JET_errSuccess;
            err = JetMove(r->call->sesid, r->call->tableid, direction, 0);
            if (err == JET_errNoCurrentRecord) {
                r->rows->ended = 1;
                return JET_errSuccess;
            }
        }
        if (!err)
            err = read_row(r);
        if (!err)
            r->rows->rows++;
    }
    return err;
}

JET_ERR serve_read_rows(struct serve_call *call, const JET_RPC_WANT *want, int direction,
                        JET_RPC_ROWS *rows)
{
    struct reading r = {.call = call, .want = want, .rows = rows};
    bool last = false;
    uint32_t count = direction ? bound(call, want->rows, direction, &last) : want->rows > 0;
    JET_ERR err = count > 0 ? prepare(&r, count) : JET_errSuccess;

    if (!err && count > 0)
        err = read_on(&r, count, direction);
    rows->last = !err && last && rows->rows == count;
    mem_free(r.buffer);
    return err;
}
