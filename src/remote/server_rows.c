/* SPDX-License-Identifier: Apache-2.0
 *
 * server_rows.c - rows of clients: read, written, loaded
 */
#include "remote/server.h"

#include <string.h>

#define ASK_DIRECT   65536u      /* octets of a buffer that is made before the size is known */
#define ASK_TOGETHER (16u << 20) /* ... of all buffers of a call */
#define ASK_SMALL    256u        /* of each, when they would be more */

/* ---- updates ---- */

static void take_sets(JET_SETCOLUMN *to, const JET_RPC_SET *from, uint32_t count,
                      struct serve_call *call)
{
    for (uint32_t i = 0; i < count; i++) {
        const JET_RPC_SET *s = &from[i];
        bool sized = !s->data.data && s->grbit & JET_bitSetSizeLV;

        to[i] = (JET_SETCOLUMN){.columnid = s->columnid,
                                .pvData = s->data.data,
                                .cbData = sized ? s->size : s->data.size,
                                .grbit = s->grbit,
                                .ibLongValue = s->offset,
                                .itagSequence = s->itag};
        serve_wrote(call, s->data.size);
    }
}

/* Prepares, unless it is done, and sets. `ret_errs` may be NULL. */
static JET_ERR prepare_and_set(struct serve_call *call, uint32_t prep, uint32_t count,
                               const JET_RPC_SET *sets, int32_t *ret_errs, bool *ret_prepared)
{
    JET_SETCOLUMN few[16], *columns = few;
    JET_ERR err = JET_errSuccess;

    if (count > sizeof few / sizeof few[0])
        columns = mem_alloc(count * sizeof *columns);
    if (!columns || (count > 0 && !sets))
        err = columns ? JET_errInvalidParameter : JET_errOutOfMemory;
    if (!err && prep != JET_RPC_PREPARED)
        err = JetPrepareUpdate(call->sesid, call->tableid, prep);
    *ret_prepared = !err && prep != JET_RPC_PREPARED;
    if (!err && count > 0) {
        take_sets(columns, sets, count, call);
        err = JetSetColumns(call->sesid, call->tableid, columns, count);
        for (uint32_t i = 0; i < count && ret_errs; i++)
            ret_errs[i] = columns[i].err;
    }
    if (columns != few)
        mem_free(columns);
    return err;
}

int32_t JetRpcPrepare(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t prep)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_Prepare, session, table, ahead);

    if (!err)
        err = serve_may_also(&call, prep < 32 ? 1u << prep : ~0u);
    if (!err)
        err = JetPrepareUpdate(call.sesid, call.tableid, prep);
    return serve_leave(&call, err);
}

int32_t JetRpcSetColumns(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t prep,
                         uint32_t count, const JET_RPC_SET sets[], int32_t errs[],
                         boolean *prepared)
{
    struct serve_call call;
    bool done = false;
    JET_ERR err = serve_enter_table(&call, SERVE_SetColumns, session, table, ahead);

    if (!err)
        err = prepare_and_set(&call, prep, count, sets, errs, &done);
    *prepared = done;
    return serve_leave(&call, err);
}

int32_t JetRpcUpdate(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t prep,
                     const JET_RPC_SETS *sets, uint32_t grbit, uint32_t max, boolean *prepared,
                     JET_RPC_KEY *bookmark, uint32_t *whole)
{
    struct serve_call call;
    uint8_t buffer[JET_WIRE_KEY];
    unsigned long size = 0;
    bool done = false;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_Update, session, table, ahead);

    if (max > sizeof buffer)
        max = sizeof buffer;
    if (!err)
        err = prepare_and_set(&call, prep, sets->count, sets->sets, NULL, &done);
    *prepared = done;
    if (call.session && err >= 0) {
        err = JetUpdate2(call.sesid, call.tableid, max ? buffer : NULL, max, &size, grbit);
        if (err >= 0 && max > 0)
            (void)serve_key(buffer, (uint32_t)(size < max ? size : max), bookmark);
    }
    *whole = (uint32_t)size;
    return serve_leave(&call, err);
}

int32_t JetRpcDelete(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_Delete, session, table, ahead);

    if (!err)
        err = JetDelete(call.sesid, call.tableid);
    return serve_leave(&call, err);
}

int32_t JetRpcEscrow(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t columnid,
                     const JET_RPC_KEY *delta, uint32_t max, uint32_t grbit, JET_RPC_KEY *old,
                     uint32_t *whole)
{
    struct serve_call call;
    uint8_t buffer[JET_WIRE_KEY];
    unsigned long size = 0;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_Escrow, session, table, ahead);

    if (max > sizeof buffer)
        max = sizeof buffer;
    if (!err)
        err = JetEscrowUpdate(call.sesid, call.tableid, columnid, delta->data, delta->size,
                              max ? buffer : NULL, max, &size, grbit);
    if (err >= 0 && max > 0)
        (void)serve_key(buffer, (uint32_t)(size < max ? size : max), old);
    *whole = (uint32_t)size;
    return serve_leave(&call, err);
}

int32_t JetRpcLock(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t grbit)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_Lock, session, table, ahead);

    if (!err)
        err = JetGetLock(call.sesid, call.tableid, grbit);
    return serve_leave(&call, err);
}

/* ---- reading ---- */

/* Room that is made before sizes are known: what is asked for, unless that is much. */
static uint32_t first_room(uint32_t max, uint64_t together)
{
    if (together > ASK_TOGETHER && max > ASK_SMALL)
        return ASK_SMALL;
    return max < ASK_DIRECT ? max : ASK_DIRECT;
}

static JET_ERR make_room(JET_RETRIEVECOLUMN *c, const JET_RPC_ASK *ask, uint32_t room,
                         JET_RPC_GOT *got)
{
    got->data.data = room > 0 ? serve_result(room) : NULL;
    if (room > 0 && !got->data.data)
        return JET_errOutOfMemory;
    *c = (JET_RETRIEVECOLUMN){.columnid = ask->columnid,
                              .pvData = got->data.data,
                              .cbData = room,
                              .grbit = ask->grbit,
                              .ibLongValue = ask->offset,
                              .itagSequence = ask->itag};
    return JET_errSuccess;
}

static void take_value(const JET_RETRIEVECOLUMN *c, JET_RPC_GOT *got)
{
    bool has = c->err == JET_errSuccess || c->err == JET_wrnBufferTruncated;

    got->err = c->err;
    got->whole = c->err >= 0 ? (uint32_t)c->cbActual : 0;
    got->itag = (uint32_t)c->itagSequence;
    got->next = c->columnidNextTagged;
    got->data.size = has ? (uint32_t)(c->cbActual < c->cbData ? c->cbActual : c->cbData) : 0;
}

/* A value larger than its first room, once more with what it needs. */
static JET_ERR retrieve_rest(struct serve_call *call, const JET_RPC_ASK *ask, JET_RPC_GOT *got)
{
    JET_RETRIEVECOLUMN c;
    uint32_t room = got->whole < ask->max ? got->whole : ask->max;
    JET_ERR err = JET_errSuccess;

    midl_user_free(got->data.data);
    got->data = (JET_RPC_BYTES){0};
    err = make_room(&c, ask, room, got);
    if (err)
        return err;
    err = JetRetrieveColumns(call->sesid, call->tableid, &c, 1);
    take_value(&c, got);
    return err;
}

static bool is_cut(const JET_RPC_ASK *ask, const JET_RPC_GOT *got)
{
    return got->err == JET_wrnBufferTruncated && got->data.size < ask->max &&
           got->data.size < got->whole;
}

/* Errors and warnings as the Jet function orders them: the last error, else the first warning. */
static JET_ERR whole_result(JET_ERR err, uint32_t count, const JET_RPC_GOT *gots)
{
    JET_ERR result = JET_errSuccess;

    if (err < 0)
        return err;
    for (uint32_t i = count; i-- > 0;)
        if (gots[i].err != JET_errSuccess)
            result = gots[i].err;
    return result;
}

static JET_ERR retrieve(struct serve_call *call, uint32_t count, const JET_RPC_ASK *asks,
                        JET_RETRIEVECOLUMN *columns, JET_RPC_GOT *gots)
{
    uint64_t together = 0;
    bool cut = false;
    JET_ERR err = JET_errSuccess, first = JET_errSuccess;

    for (uint32_t i = 0; i < count; i++)
        together += asks[i].max < ASK_DIRECT ? asks[i].max : ASK_DIRECT;
    for (uint32_t i = 0; i < count && !err; i++)
        err = make_room(&columns[i], &asks[i], first_room(asks[i].max, together), &gots[i]);
    if (err)
        return err;
    first = JetRetrieveColumns(call->sesid, call->tableid, columns, count);
    for (uint32_t i = 0; i < count; i++) {
        take_value(&columns[i], &gots[i]);
        cut |= is_cut(&asks[i], &gots[i]);
    }
    if (!cut)
        return first;
    for (uint32_t i = 0; i < count && err >= 0; i++)
        if (is_cut(&asks[i], &gots[i]))
            err = retrieve_rest(call, &asks[i], &gots[i]);
    return whole_result(first < 0 ? first : err, count, gots);
}

/* Outside a transaction values that may be large are read in one, so that both looks are of one
 * snapshot. A commit keeps the cursor where it is. */
static bool needs_snapshot(const struct serve_call *call, uint32_t count, const JET_RPC_ASK *asks)
{
    if (call->session->level > 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (asks[i].max > ASK_SMALL)
            return asks[i].max > ASK_DIRECT || count > ASK_TOGETHER / ASK_DIRECT;
    return false;
}

int32_t JetRpcRetrieve(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t count,
                       const JET_RPC_ASK asks[], JET_RPC_GOT gots[])
{
    struct serve_call call;
    JET_RETRIEVECOLUMN few[16], *columns = few;
    bool snapshot = false;
    JET_ERR err = serve_enter_table(&call, SERVE_Retrieve, session, table, ahead);

    if (count > sizeof few / sizeof few[0])
        columns = mem_alloc(count * sizeof *columns);
    if (!err && !columns)
        err = JET_errOutOfMemory;
    if (!err && needs_snapshot(&call, count, asks))
        snapshot = JetBeginTransaction2(call.sesid, JET_bitTransactionReadOnly) >= 0;
    if (!err)
        err = retrieve(&call, count, asks, columns, gots);
    if (snapshot && JetCommitTransaction(call.sesid, 0) < 0)
        (void)JetRollback(call.sesid, 0);
    if (columns != few)
        mem_free(columns);
    return serve_leave(&call, err);
}

/* ---- enumerating ---- */

static void *JET_API enumerate_grow(void *ctx, void *p, unsigned long size)
{
    (void)ctx;
    if (size == 0) {
        mem_free(p);
        return NULL;
    }
    return mem_grow(p, size);
}

static void free_enumerated(JET_ENUMCOLUMN *columns, unsigned long count)
{
    for (unsigned long i = 0; i < count && columns; i++) {
        JET_ENUMCOLUMN *c = &columns[i];

        if (c->err == JET_wrnColumnSingleValue) {
            mem_free(c->pvData);
            continue;
        }
        for (unsigned long v = 0; v < c->cEnumColumnValue && c->rgEnumColumnValue; v++)
            mem_free(c->rgEnumColumnValue[v].pvData);
        mem_free(c->rgEnumColumnValue);
    }
    mem_free(columns);
}

static JET_ERR give_value(const void *data, unsigned long size, JET_RPC_ENUM_VALUE *to)
{
    to->size = (uint32_t)size;
    return data ? serve_bytes(data, to->size, &to->data) : JET_errSuccess;
}

static JET_ERR give_column(const JET_ENUMCOLUMN *c, JET_RPC_ENUM_COLUMN *to)
{
    bool single = c->err == JET_wrnColumnSingleValue;
    unsigned long count = single ? 1 : c->rgEnumColumnValue ? c->cEnumColumnValue : 0;
    JET_ERR err = JET_errSuccess;

    to->columnid = c->columnid;
    to->err = c->err;
    to->values = serve_result((count + 1) * sizeof *to->values);
    if (!to->values || count > JET_WIRE_VALUES)
        return JET_errOutOfMemory;
    to->count = (uint32_t)count;
    if (single)
        return give_value(c->pvData, c->cbData, &to->values[0]);
    for (unsigned long v = 0; v < count && !err; v++) {
        const JET_ENUMCOLUMNVALUE *from = &c->rgEnumColumnValue[v];

        to->values[v].itag = (uint32_t)from->itagSequence;
        to->values[v].err = from->err;
        err = give_value(from->pvData, from->cbData, &to->values[v]);
    }
    return err;
}

static JET_ERR give_columns(const JET_ENUMCOLUMN *columns, unsigned long count, JET_RPC_ENUM *found)
{
    JET_ERR err = JET_errSuccess;

    found->columns = serve_result((count + 1) * sizeof *found->columns);
    if (!found->columns)
        return JET_errOutOfMemory;
    for (unsigned long i = 0; i < count && !err; i++) {
        found->count = (uint32_t)i + 1;
        err = give_column(&columns[i], &found->columns[i]);
    }
    return err;
}

/* The columns asked for, with their tags in the units of the API. */
static JET_ERR take_asks(struct arena *arena, uint32_t count, const JET_RPC_ENUM_ASK *asks,
                         JET_ENUMCOLUMNID **ret_ids)
{
    JET_ENUMCOLUMNID *ids = arena_alloc(arena, (count + 1u) * sizeof *ids);

    for (uint32_t i = 0; i < count && ids; i++) {
        ids[i].columnid = asks[i].columnid;
        ids[i].ctagSequence = asks[i].count;
        ids[i].rgtagSequence =
            arena_alloc(arena, (asks[i].count + 1u) * sizeof *ids[i].rgtagSequence);
        if (!ids[i].rgtagSequence || (asks[i].count > 0 && !asks[i].tags))
            return JET_errInvalidParameter;
        for (uint32_t t = 0; t < asks[i].count; t++)
            ids[i].rgtagSequence[t] = asks[i].tags[t];
    }
    *ret_ids = ids;
    return ids ? JET_errSuccess : JET_errOutOfMemory;
}

int32_t JetRpcEnumerate(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t count,
                        const JET_RPC_ENUM_ASK asks[], uint32_t value_max, uint32_t grbit,
                        JET_RPC_ENUM *found)
{
    struct serve_call call;
    struct arena arena;
    JET_ENUMCOLUMNID *ids = NULL;
    JET_ENUMCOLUMN *columns = NULL;
    unsigned long columns_count = 0;
    JET_ERR err = serve_enter_table(&call, SERVE_Enumerate, session, table, ahead), given = 0;

    arena_init(&arena, NULL, 0);
    if (!err)
        err = take_asks(&arena, count, asks, &ids);
    if (!err)
        err = JetEnumerateColumns(call.sesid, call.tableid, count, count ? ids : NULL,
                                  &columns_count, &columns, enumerate_grow, NULL, value_max, grbit);
    if (call.session && err >= 0)
        given = give_columns(columns, columns_count, found);
    free_enumerated(columns, columns_count);
    arena_fini(&arena);
    return serve_leave(&call, given ? given : err);
}

int32_t JetRpcRecordSize(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                         uint32_t grbit, int64_t sizes[11])
{
    struct serve_call call;
    JET_RECSIZE2 size = {0};
    JET_ERR err = serve_enter_table(&call, SERVE_RecordSize, session, table, ahead);

    _Static_assert(sizeof size == 11 * sizeof sizes[0], "eleven numbers");
    if (!err)
        err = JetGetRecordSize2(call.sesid, call.tableid, &size, grbit);
    memcpy(sizes, &size, sizeof size);
    return serve_leave(&call, err);
}

/* ---- bulk loading (N9) ---- */

/* Which of the sets was refused; JET_RPC_ROW when it was none of them. */
static uint32_t refused(const int32_t *errs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (errs[i] < 0)
            return i;
    return JET_RPC_ROW;
}

/* `errs` has room for the row's sets. */
static JET_RPC_LOADED load_row(struct serve_call *call, uint32_t prep, const JET_RPC_SETS *row,
                               int32_t *errs)
{
    JET_RPC_LOADED loaded = {.set = JET_RPC_ROW};
    bool prepared = false;

    memset(errs, 0, row->count * sizeof *errs);
    loaded.err = prepare_and_set(call, prep, row->count, row->sets, errs, &prepared);
    if (loaded.err >= 0)
        loaded.err = JetUpdate2(call->sesid, call->tableid, NULL, 0, NULL, 0);
    else
        loaded.set = refused(errs, row->count);
    if (loaded.err < 0 && prepared)
        (void)JetPrepareUpdate(call->sesid, call->tableid, JET_prepCancel);
    if (loaded.err >= 0)
        atomic_fetch_add(&serve.loaded, 1);
    return loaded;
}

int32_t JetRpcLoad(JET_RPC_SESSION session, JET_RPC_TABLE table, uint32_t prep, uint32_t count,
                   const JET_RPC_SETS rows[], JET_RPC_LOADED loaded[])
{
    struct serve_call call;
    int32_t *errs = NULL;
    uint32_t most = 0;
    JET_ERR err = serve_enter_table_writing(&call, SERVE_Load, session, table, 0);

    for (uint32_t i = 0; i < count; i++)
        most = rows[i].count > most ? rows[i].count : most;
    if (!err && prep != JET_prepInsert && prep != JET_prepInsertMustSetAutoIncrement)
        err = JET_errInvalidParameter;
    if (!err && !(errs = mem_alloc((most + 1u) * sizeof *errs)))
        err = JET_errOutOfMemory;
    for (uint32_t i = 0; i < count; i++)
        loaded[i] =
            err ? (JET_RPC_LOADED){err, JET_RPC_ROW} : load_row(&call, prep, &rows[i], errs);
    mem_free(errs);
    return serve_leave(&call, err);
}
