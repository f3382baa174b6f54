/* SPDX-License-Identifier: Apache-2.0
 *
 * client_rows.c - rows of a remote program: read, deleted, locked
 */
#include "remote/client.h"

#include <string.h>

/* ---- changes without a copy buffer ---- */

JET_ERR remote_delete_row(struct ese_session *session, struct ese_cursor *cursor)
{
    JET_ERR err = remote_settle(session, cursor);

    if (err < 0)
        return err;
    REMOTE_AT(cursor, err, JetRpcDelete(session->handle, cursor->handle, remote_offset(cursor)));
    if (err != JET_errAlreadyPrepared)
        remote_copy_end(cursor);
    remote_changed(session);
    return err;
}

JET_ERR remote_escrow(struct ese_session *session, struct ese_cursor *cursor, JET_COLUMNID id,
                      const void *delta, uint32_t size, void *buffer, uint32_t capacity,
                      uint32_t *ret_size, JET_GRBIT grbit)
{
    const void *lent = remote_lend(remote_fixed_size(remote_column_type(cursor, id)), delta, &size);
    JET_RPC_KEY in = {size, (unsigned char *)(uintptr_t)lent}, old = {0};
    uint32_t whole = 0;
    JET_ERR err = remote_settle(session, cursor);

    if (err >= 0 && size > JET_WIRE_KEY)
        err = JET_errInvalidBufferSize;
    if (err >= 0)
        err = remote_copy_flush(cursor); /* the server refuses where an update is prepared */
    if (err < 0)
        return err;
    REMOTE_AT(cursor, err,
              JetRpcEscrow(session->handle, cursor->handle, remote_offset(cursor), id, &in,
                           capacity, grbit, &old, &whole));
    if (err >= 0) {
        if (old.size > 0 && old.size <= capacity)
            memcpy(buffer, old.data, old.size);
        *ret_size = whole;
    }
    remote_changed(session);
    midl_user_free(old.data);
    return err;
}

JET_ERR remote_lock(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcLock(session->handle, cursor->handle, remote_offset(cursor), grbit));
    return err;
}

/* ---- reading ---- */

/* The answer to one question into the program's structure and buffer. */
static bool take_answer(struct ese_cursor *cursor, const JET_RPC_GOT *got, JET_RETRIEVECOLUMN *c)
{
    bool plain = !c->grbit && c->ibLongValue == 0 && c->itagSequence == 1;

    if (got->data.size > c->cbData || (got->data.size > 0 && !got->data.data))
        return false;
    if (got->data.size > 0)
        memcpy(c->pvData, got->data.data, got->data.size);
    c->err = got->err;
    if (got->err < 0)
        return true;
    c->cbActual = got->whole;
    c->itagSequence = got->itag;
    c->columnidNextTagged = got->next;
    if (plain && got->whole <= AHEAD_VALUE)
        remote_ahead_learn(cursor, c->columnid);
    return true;
}

/* A value beyond what one call carries comes in pieces. */
static JET_ERR retrieve_more(struct ese_cursor *cursor, JET_RETRIEVECOLUMN *c)
{
    for (uint32_t have = JET_WIRE_VALUE; have < c->cbData;) {
        uint32_t left = (uint32_t)c->cbData - have;
        JET_RPC_ASK ask = {.columnid = c->columnid,
                           .itag = (uint32_t)c->itagSequence,
                           .grbit = c->grbit,
                           .offset = (uint32_t)c->ibLongValue + have,
                           .max = left < JET_WIRE_VALUE ? left : JET_WIRE_VALUE};
        JET_RPC_GOT got = {0};
        uint32_t size = 0;
        JET_ERR err = JET_errSuccess;

        REMOTE_AT(cursor, err,
                  JetRpcRetrieve(cursor->session->handle, cursor->handle, remote_offset(cursor), 1,
                                 &ask, &got));
        size = err >= 0 && got.data.size <= ask.max ? got.data.size : 0;
        if (size > 0)
            memcpy((uint8_t *)c->pvData + have, got.data.data, size);
        midl_user_free(got.data.data);
        if (err < 0)
            return err;
        c->err = err;
        have += size;
        if (size < ask.max)
            break;
    }
    return c->err;
}

static JET_ERR ask_server(struct ese_cursor *cursor, JET_RETRIEVECOLUMN *columns,
                          const uint32_t *which, uint32_t count)
{
    JET_RPC_ASK *asks = mem_alloc(count * sizeof *asks);
    JET_RPC_GOT *gots = mem_alloc(count * sizeof *gots);
    bool good = true;
    JET_ERR err = asks && gots ? JET_errSuccess : JET_errOutOfMemory;

    for (uint32_t i = 0; i < count && !err; i++) {
        const JET_RETRIEVECOLUMN *c = &columns[which[i]];

        asks[i] =
            (JET_RPC_ASK){.columnid = c->columnid,
                          .itag = (uint32_t)c->itagSequence,
                          .grbit = c->grbit,
                          .offset = (uint32_t)c->ibLongValue,
                          .max = c->cbData < JET_WIRE_VALUE ? (uint32_t)c->cbData : JET_WIRE_VALUE};
    }
    if (!err)
        REMOTE_AT(cursor, err,
                  JetRpcRetrieve(cursor->session->handle, cursor->handle, remote_offset(cursor),
                                 count, asks, gots));
    for (uint32_t i = 0; i < count && gots; i++) {
        JET_RETRIEVECOLUMN *c = &columns[which[i]];

        if (err != JET_errInstanceUnavailable)
            good = take_answer(cursor, &gots[i], c) && good;
        midl_user_free(gots[i].data.data);
        if (good && err >= 0 && c->err == JET_wrnBufferTruncated && c->cbData > JET_WIRE_VALUE &&
            gots[i].data.size == JET_WIRE_VALUE)
            err = retrieve_more(cursor, c);
    }
    mem_free(asks);
    mem_free(gots);
    return good ? err : remote_lose(cursor->session->instance, RPC_X_BAD_STUB_DATA);
}

/* The last error, else the first warning. */
static JET_ERR together(const JET_RETRIEVECOLUMN *columns, unsigned count)
{
    JET_ERR result = JET_errSuccess;

    for (unsigned i = 0; i < count; i++)
        if (columns[i].err < 0 || (result == JET_errSuccess && columns[i].err > 0))
            result = columns[i].err;
    return result;
}

JET_ERR remote_retrieve_columns(struct ese_session *session, struct ese_cursor *cursor,
                                JET_RETRIEVECOLUMN *columns, unsigned count)
{
    uint32_t few[16], *which = few, asked = 0;
    bool copy = false;
    JET_ERR err = JET_errSuccess;

    (void)session;
    if (count > sizeof few / sizeof few[0])
        which = mem_alloc(count * sizeof *which);
    if (!which)
        return JET_errOutOfMemory;
    for (unsigned i = 0; i < count; i++) {
        if (remote_ahead_retrieve(cursor, &columns[i]))
            continue;
        copy |= (columns[i].grbit & JET_bitRetrieveCopy) != 0;
        which[asked++] = i;
    }
    if (copy)
        err = remote_copy_flush(cursor);
    if (!err && asked > 0)
        err = ask_server(cursor, columns, which, asked);
    if (err >= 0 && asked < count)
        err = together(columns, count);
    if (which != few)
        mem_free(which);
    return err;
}

/* ---- enumerating ---- */

struct enumeration {
    JET_PFNREALLOC grow;
    void *ctx;
};

static void *take_memory(const struct enumeration *e, unsigned long size)
{
    return e->grow(e->ctx, NULL, size);
}

static JET_ERR take_data(const struct enumeration *e, const JET_RPC_ENUM_VALUE *from, void **ret)
{
    if (from->data.size == 0)
        return JET_errSuccess;
    if (!from->data.data)
        return JET_errOutOfMemory;
    *ret = take_memory(e, from->data.size);
    if (!*ret)
        return JET_errOutOfMemory;
    memcpy(*ret, from->data.data, from->data.size);
    return JET_errSuccess;
}

static JET_ERR take_column(const struct enumeration *e, const JET_RPC_ENUM_COLUMN *from,
                           JET_ENUMCOLUMN *to)
{
    JET_ERR err = JET_errSuccess;

    to->columnid = from->columnid;
    to->err = from->err;
    if (from->err == JET_wrnColumnSingleValue && from->count == 1 && from->values) {
        to->cbData = from->values[0].size;
        return take_data(e, &from->values[0], &to->pvData);
    }
    if (from->count == 0 || !from->values)
        return JET_errSuccess;
    to->rgEnumColumnValue = take_memory(e, from->count * sizeof *to->rgEnumColumnValue);
    if (!to->rgEnumColumnValue)
        return JET_errOutOfMemory;
    memset(to->rgEnumColumnValue, 0, from->count * sizeof *to->rgEnumColumnValue);
    to->cEnumColumnValue = from->count;
    for (uint32_t v = 0; v < from->count && !err; v++) {
        JET_ENUMCOLUMNVALUE *value = &to->rgEnumColumnValue[v];

        value->itagSequence = from->values[v].itag;
        value->err = from->values[v].err;
        value->cbData = from->values[v].size;
        err = take_data(e, &from->values[v], &value->pvData);
    }
    return err;
}

static void free_found(JET_RPC_ENUM *found)
{
    for (uint32_t i = 0; i < found->count && found->columns; i++) {
        JET_RPC_ENUM_COLUMN *c = &found->columns[i];

        for (uint32_t v = 0; v < c->count && c->values; v++)
            midl_user_free(c->values[v].data.data);
        midl_user_free(c->values);
    }
    midl_user_free(found->columns);
}

static JET_ERR ask_enumeration(struct ese_cursor *cursor, const JET_ENUMCOLUMNID *wanted,
                               unsigned count, uint32_t value_max, JET_GRBIT grbit,
                               JET_RPC_ENUM *found)
{
    struct arena arena;
    JET_RPC_ENUM_ASK *asks = NULL;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, NULL, 0);
    asks = arena_alloc(&arena, (count + 1u) * sizeof *asks);
    for (unsigned i = 0; i < count && asks && !err; i++) {
        unsigned long tags = wanted[i].ctagSequence;

        asks[i].columnid = wanted[i].columnid;
        if (tags > JET_WIRE_VALUES || (tags > 0 && !wanted[i].rgtagSequence)) {
            err = JET_errInvalidParameter;
            break;
        }
        asks[i].count = (uint32_t)tags;
        asks[i].tags = arena_alloc(&arena, (tags + 1) * sizeof *asks[i].tags);
        for (unsigned long t = 0; t < tags && asks[i].tags; t++)
            asks[i].tags[t] = (uint32_t)wanted[i].rgtagSequence[t];
        err = asks[i].tags ? JET_errSuccess : JET_errOutOfMemory;
    }
    if (!asks)
        err = JET_errOutOfMemory;
    if (!err)
        REMOTE_AT(cursor, err,
                  JetRpcEnumerate(cursor->session->handle, cursor->handle, remote_offset(cursor),
                                  count, asks, value_max, grbit, found));
    arena_fini(&arena);
    return err;
}

JET_ERR remote_enumerate(struct ese_session *session, struct ese_cursor *cursor,
                         const JET_ENUMCOLUMNID *wanted, unsigned wanted_count,
                         unsigned long *ret_count, JET_ENUMCOLUMN **ret_columns,
                         JET_PFNREALLOC grow, void *grow_ctx, uint32_t value_max, JET_GRBIT grbit)
{
    const struct enumeration e = {grow, grow_ctx};
    JET_RPC_ENUM found = {0};
    JET_ENUMCOLUMN *columns = NULL;
    JET_ERR err = JET_errSuccess, taken = JET_errSuccess;

    (void)session;
    if (grbit & JET_bitEnumerateCopy)
        err = remote_copy_flush(cursor);
    if (!err)
        err = ask_enumeration(cursor, wanted, wanted_count, value_max, grbit, &found);
    if (err >= 0 && found.count > 0) {
        columns = take_memory(&e, found.count * sizeof *columns);
        taken = columns ? JET_errSuccess : JET_errOutOfMemory;
        if (columns)
            memset(columns, 0, found.count * sizeof *columns);
        for (uint32_t i = 0; i < found.count && !taken; i++)
            taken = take_column(&e, &found.columns[i], &columns[i]);
    }
    if (err >= 0) { /* also on errors: the program frees what it has given */
        *ret_count = columns ? found.count : 0;
        *ret_columns = columns;
    }
    free_found(&found);
    return taken ? taken : err;
}

/* ---- sizes ---- */

JET_ERR remote_record_size(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit,
                           JET_RECSIZE2 *size)
{
    int64_t sizes[sizeof *size / sizeof(int64_t)] = {0};
    uint64_t *total = &size->cbData;
    JET_ERR err = JET_errSuccess;

    if (grbit & JET_bitRecordSizeInCopyBuffer)
        err = remote_copy_flush(cursor);
    if (!err)
        REMOTE_AT(cursor, err,
                  JetRpcRecordSize(session->handle, cursor->handle, remote_offset(cursor),
                                   grbit & ~(JET_GRBIT)JET_bitRecordSizeRunningTotal, sizes));
    if (err < 0)
        return err;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        total[i] += (uint64_t)sizes[i]; /* the front has cleared what is no running total */
    return err;
}
