/* SPDX-License-Identifier: Apache-2.0
 *
 * server_cursor.c - cursors of clients: opened, moved, closed
 */
#include "remote/server.h"

#include "base/utf16.h"

#include <stdio.h>
#include <string.h>

/* ---- handles ---- */

JET_ERR serve_table_new(struct serve_call *call, JET_TABLEID tableid, JET_RPC_TABLE *ret_table)
{
    struct serve_table *t = mem_alloc(sizeof *t);

    if (!t) {
        (void)JetCloseTable(call->sesid, tableid);
        return JET_errOutOfMemory;
    }
    atomic_fetch_add(&call->session->refs, 1);
    t->session = call->session;
    t->tableid = tableid;
    t->right = call->right;
    (void)snprintf(t->database, sizeof t->database, "%s", call->database);
    atomic_fetch_add(&serve.tables, 1);
    atomic_fetch_add(&call->session->tables, 1);
    *ret_table = t;
    return JET_errSuccess;
}

/* An insert that draws no number, and is none. */
bool serve_table_writable(const struct serve_call *call, JET_TABLEID tableid)
{
    return call->right >= SERVE_RIGHT_WRITE &&
           JetPrepareUpdate(call->sesid, tableid, JET_prepInsertMustSetAutoIncrement) >= 0 &&
           JetPrepareUpdate(call->sesid, tableid, JET_prepCancel) >= 0;
}

static void free_table(struct serve_table *t)
{
    atomic_fetch_sub(&serve.tables, 1);
    atomic_fetch_sub(&t->session->tables, 1);
    serve_session_unref(t->session);
    mem_free(t);
}

/* A session that has ended, or rolled back to before it was opened, has closed the cursor itself. */
void JET_RPC_TABLE_rundown(JET_RPC_TABLE table)
{
    struct serve_table *t = table;

    pthread_mutex_lock(&t->session->lock);
    if (!t->session->ended)
        (void)JetCloseTable(t->session->sesid, t->tableid);
    pthread_mutex_unlock(&t->session->lock);
    free_table(t);
}

int32_t JetRpcCloseTable(JET_RPC_SESSION session, JET_RPC_TABLE *table)
{
    struct serve_table *t = *table;
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_CloseTable, session, t, 0);

    if (!err)
        (void)JetCloseTable(call.sesid, call.tableid);
    err = serve_leave(&call, err);
    if (err && err != JET_errInvalidSesid) /* a session that has ended has closed it (N4) */
        return err;
    free_table(t);
    *table = NULL;
    return err;
}

int32_t JetRpcOpenTable(JET_RPC_SESSION session, uint32_t dbid, const char *name, uint32_t grbit,
                        boolean *writable, JET_RPC_TABLE *table)
{
    struct serve_call call;
    JET_TABLEID tableid = JET_tableidNil;
    JET_ERR err = serve_enter(&call, SERVE_OpenTable, session), made = JET_errSuccess;

    if (!err)
        err = serve_check_database(&call, dbid, grbit);
    if (call.read_only)
        grbit = (grbit & ~JET_bitTableUpdatable) | JET_bitTableReadOnly;
    if (!err)
        err = JetOpenTableA(call.sesid, dbid, name, NULL, 0, grbit, &tableid);
    if (call.session && err >= 0) {
        *writable = serve_table_writable(&call, tableid);
        made = serve_table_new(&call, tableid, table);
    }
    return serve_leave(&call, made ? made : err);
}

int32_t JetRpcDupCursor(JET_RPC_SESSION session, JET_RPC_TABLE table, boolean *writable,
                        JET_RPC_TABLE *copy)
{
    struct serve_call call;
    JET_TABLEID tableid = JET_tableidNil;
    JET_ERR err = serve_enter_table(&call, SERVE_DupCursor, session, table, 0);

    if (!err)
        err = JetDupCursor(call.sesid, call.tableid, &tableid, 0);
    if (!err) {
        *writable = serve_table_writable(&call, tableid);
        err = serve_table_new(&call, tableid, copy);
    }
    return serve_leave(&call, err);
}

/* ---- temporary tables ---- */

struct temp {
    JET_COLUMNDEF *columns;
    JET_UNICODEINDEX unicode;
    JET_UNICODEINDEX2 unicode2;
};

static JET_ERR open_temp(JET_SESID sesid, struct temp *t, uint32_t count, const JET_RPC_INDEX *x,
                         JET_GRBIT grbit, uint32_t *ids, JET_TABLEID *ret_tableid)
{
    JET_OPENTEMPORARYTABLE old = {.cbStruct = sizeof old,
                                  .prgcolumndef = t->columns,
                                  .ccolumn = count,
                                  .grbit = grbit,
                                  .prgcolumnid = ids,
                                  .cbKeyMost = x->key_most,
                                  .cbVarSegMac = x->var_seg_mac};
    JET_OPENTEMPORARYTABLE2 by_name = {.cbStruct = sizeof by_name,
                                       .prgcolumndef = t->columns,
                                       .ccolumn = count,
                                       .pidxunicode = &t->unicode2,
                                       .grbit = grbit,
                                       .prgcolumnid = ids,
                                       .cbKeyMost = x->key_most,
                                       .cbVarSegMac = x->var_seg_mac};
    JET_ERR err = JET_errSuccess;

    if (x->locale) {
        t->unicode2.dwMapFlags = x->map_flags;
        t->unicode2.szLocaleName = utf16_from_utf8(x->locale);
        if (!t->unicode2.szLocaleName)
            return JET_errInvalidParameter;
        err = JetOpenTemporaryTable2(sesid, &by_name);
        mem_free(t->unicode2.szLocaleName);
        *ret_tableid = by_name.tableid;
        return err;
    }
    t->unicode = (JET_UNICODEINDEX){x->lcid, x->map_flags};
    if (x->lcid != 0 || x->map_flags != 0)
        old.pidxunicode = &t->unicode;
    err = JetOpenTemporaryTable(sesid, &old);
    *ret_tableid = old.tableid;
    return err;
}

int32_t JetRpcOpenTempTable(JET_RPC_SESSION session, uint32_t count, const JET_RPC_COLUMN columns[],
                            const JET_RPC_INDEX *collation, uint32_t grbit, uint32_t ids[],
                            JET_RPC_TABLE *table)
{
    struct serve_call call;
    struct temp t = {.columns = mem_alloc((count + 1u) * sizeof *t.columns)};
    JET_TABLEID tableid = JET_tableidNil;
    JET_ERR err = serve_enter(&call, SERVE_OpenTempTable, session), made = JET_errSuccess;

    if (!err) /* it is the client's own */
        err = serve_may(&call, "-", SERVE_RIGHT_MANAGE, 0);
    if (!err && !t.columns)
        err = JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && t.columns; i++)
        t.columns[i] = (JET_COLUMNDEF){.cbStruct = sizeof t.columns[i],
                                       .coltyp = columns[i].coltyp,
                                       .cp = (unsigned short)columns[i].codepage,
                                       .cbMax = columns[i].max_size,
                                       .grbit = columns[i].grbit};
    if (!err)
        err = open_temp(call.sesid, &t, count, collation, grbit, ids, &tableid);
    mem_free(t.columns);
    if (call.session && err >= 0)
        made = serve_table_new(&call, tableid, table);
    return serve_leave(&call, made ? made : err);
}

/* ---- moving ---- */

/* What a place reached by other ways than steps means for the range, and the row there. */
static JET_ERR arrived(struct serve_call *call, JET_ERR err, bool ranged, const JET_RPC_WANT *want,
                       JET_RPC_ROWS *rows)
{
    JET_ERR read = JET_errSuccess;

    if (err < 0)
        return err;
    call->table->range = ranged ? RANGE_UPPER : RANGE_NONE;
    read = serve_read_rows(call, want, ranged ? 1 : 0, rows);
    return read < 0 ? read : err;
}

int32_t JetRpcMove(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, int32_t by,
                   uint32_t grbit, const JET_RPC_WANT *want, JET_RPC_ROWS *rows)
{
    struct serve_call call;
    bool end = by == INT32_MIN || by == INT32_MAX;
    JET_ERR err = serve_enter_table(&call, SERVE_Move, session, table, ahead), read = 0;

    if (!err)
        err = JetMove(call.sesid, call.tableid, by, grbit);
    if (call.session && err >= 0) {
        if (end)
            call.table->range = RANGE_NONE;
        read = serve_read_rows(&call, want, (by == 1 || by == -1) && !grbit ? (int)by : 0, rows);
    }
    return serve_leave(&call, read < 0 ? read : err);
}

int32_t JetRpcSetIndex(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                       const char *name, uint32_t grbit, uint32_t itag)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_SetIndex, session, table, ahead);

    if (!err)
        err = JetSetCurrentIndex3A(call.sesid, call.tableid, name, grbit, itag);
    if (call.session && err >= 0)
        call.table->range = RANGE_NONE;
    return serve_leave(&call, err);
}

/* ---- keys ---- */

static JET_ERR make_key(struct serve_call *call, const JET_RPC_SEARCH *key)
{
    JET_ERR err = JET_errSuccess;

    for (uint32_t i = 0; i < key->count && err >= 0; i++) {
        const JET_RPC_SEGMENT *s = &key->segments[i];

        err = JetMakeKey(call->sesid, call->tableid, s->data.data, s->data.size, s->grbit);
    }
    return err;
}

int32_t JetRpcMakeKey(JET_RPC_SESSION session, JET_RPC_TABLE table, const JET_RPC_SEARCH *key)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_MakeKey, session, table, 0);

    if (!err)
        err = make_key(&call, key);
    return serve_leave(&call, err);
}

int32_t JetRpcSeek(JET_RPC_SESSION session, JET_RPC_TABLE table, const JET_RPC_SEARCH *key,
                   uint32_t grbit, const JET_RPC_WANT *want, JET_RPC_ROWS *rows)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_Seek, session, table, 0);

    if (!err)
        err = make_key(&call, key);
    if (err >= 0 && call.session) {
        err = JetSeek(call.sesid, call.tableid, grbit);
        err = arrived(&call, err, grbit & JET_bitSetIndexRange, want, rows);
    }
    return serve_leave(&call, err);
}

int32_t JetRpcSetRange(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                       const JET_RPC_SEARCH *key, uint32_t grbit)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_SetRange, session, table, ahead);

    if (!err)
        err = make_key(&call, key);
    if (err >= 0 && call.session) {
        err = JetSetIndexRange(call.sesid, call.tableid, grbit);
        if (err >= 0 && grbit & (JET_bitRangeRemove | JET_bitRangeInstantDuration))
            call.table->range = RANGE_NONE;
        else if (err >= 0)
            call.table->range = grbit & JET_bitRangeUpperLimit ? RANGE_UPPER : RANGE_LOWER;
    }
    return serve_leave(&call, err);
}

int32_t JetRpcRetrieveKey(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                          const JET_RPC_SEARCH *search, uint32_t grbit, JET_RPC_KEY *key)
{
    struct serve_call call;
    uint8_t buffer[JET_WIRE_KEY];
    unsigned long size = 0;
    JET_ERR err = serve_enter_table(&call, SERVE_RetrieveKey, session, table, ahead);

    if (!err)
        err = make_key(&call, search);
    if (err >= 0 && call.session)
        err = JetRetrieveKey(call.sesid, call.tableid, buffer, sizeof buffer, &size, grbit);
    if (err >= 0)
        err = serve_key(buffer, (uint32_t)size, key);
    return serve_leave(&call, err);
}

/* ---- bookmarks ---- */

static JET_ERR get_secondary(struct serve_call *call, JET_RPC_KEY *key, JET_RPC_KEY *bookmark)
{
    uint8_t key_buffer[JET_WIRE_KEY], bookmark_buffer[JET_WIRE_KEY];
    unsigned long key_size = 0, bookmark_size = 0;
    JET_ERR err = JetGetSecondaryIndexBookmark(call->sesid, call->tableid, key_buffer,
                                               sizeof key_buffer, &key_size, bookmark_buffer,
                                               sizeof bookmark_buffer, &bookmark_size, 0);

    if (err >= 0)
        err = serve_key(key_buffer, (uint32_t)key_size, key);
    if (err >= 0)
        err = serve_key(bookmark_buffer, (uint32_t)bookmark_size, bookmark);
    return err;
}

int32_t JetRpcGetBookmark(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                          JET_RPC_KEY *key, JET_RPC_KEY *bookmark, boolean secondary)
{
    struct serve_call call;
    uint8_t buffer[JET_WIRE_KEY];
    unsigned long size = 0;
    JET_ERR err = serve_enter_table(&call, SERVE_GetBookmark, session, table, ahead);

    if (!err && secondary)
        err = get_secondary(&call, key, bookmark);
    else if (!err) {
        err = JetGetBookmark(call.sesid, call.tableid, buffer, sizeof buffer, &size);
        if (err >= 0)
            err = serve_key(buffer, (uint32_t)size, bookmark);
    }
    return serve_leave(&call, err);
}

int32_t JetRpcGoto(JET_RPC_SESSION session, JET_RPC_TABLE table, const JET_RPC_KEY *key,
                   const JET_RPC_KEY *bookmark, boolean secondary, uint32_t grbit,
                   const JET_RPC_WANT *want, JET_RPC_ROWS *rows)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_Goto, session, table, 0);

    if (!err) {
        err = secondary
                  ? JetGotoSecondaryIndexBookmark(call.sesid, call.tableid, key->data, key->size,
                                                  bookmark->data, bookmark->size, grbit)
                  : JetGotoBookmark(call.sesid, call.tableid, bookmark->data, bookmark->size);
        err = arrived(&call, err, false, want, rows);
    }
    return serve_leave(&call, err);
}

/* ---- places and counts ---- */

int32_t JetRpcGetPosition(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead,
                          int64_t *before, int64_t *total)
{
    struct serve_call call;
    JET_RECPOS place = {.cbStruct = sizeof place};
    JET_ERR err = serve_enter_table(&call, SERVE_GetPosition, session, table, ahead);

    if (!err)
        err = JetGetRecordPosition(call.sesid, call.tableid, &place, sizeof place);
    *before = (int64_t)place.centriesLT;
    *total = (int64_t)place.centriesTotal;
    return serve_leave(&call, err);
}

int32_t JetRpcGotoPosition(JET_RPC_SESSION session, JET_RPC_TABLE table, int64_t before,
                           int64_t total)
{
    struct serve_call call;
    JET_RECPOS place = {.cbStruct = sizeof place,
                        .centriesLT = (unsigned long)before,
                        .centriesTotal = (unsigned long)total};
    JET_ERR err = serve_enter_table(&call, SERVE_GotoPosition, session, table, 0);

    if (!err)
        err = JetGotoPosition(call.sesid, call.tableid, &place);
    return serve_leave(&call, err);
}

int32_t JetRpcCount(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, int64_t max,
                    int64_t *count)
{
    struct serve_call call;
    uint64_t n = 0;
    JET_ERR err = serve_enter_table(&call, SERVE_Count, session, table, ahead);

    if (!err)
        err = JetIndexRecordCount2(call.sesid, call.tableid, &n, max < 0 ? 0 : (uint64_t)max);
    *count = (int64_t)n;
    return serve_leave(&call, err);
}

int32_t JetRpcCheckRow(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead)
{
    struct serve_call call;
    JET_ERR err = serve_enter_table(&call, SERVE_CheckRow, session, table, ahead);

    if (!err)
        err = JetGetCursorInfo(call.sesid, call.tableid, NULL, 0, 0);
    return serve_leave(&call, err);
}

int32_t JetRpcSetFilter(JET_RPC_SESSION session, JET_RPC_TABLE table, int32_t ahead, uint32_t count,
                        const JET_RPC_CONDITION conditions[])
{
    struct serve_call call;
    JET_INDEX_COLUMN columns[JET_WIRE_SEGMENTS];
    JET_ERR err = serve_enter_table(&call, SERVE_SetFilter, session, table, ahead);

    for (uint32_t i = 0; i < count; i++)
        columns[i] = serve_index_column(&conditions[i]);
    if (!err)
        err = JetSetCursorFilter(call.sesid, call.tableid, count ? columns : NULL, count, 0);
    if (!err)
        call.table->filtered = count > 0;
    return serve_leave(&call, err);
}
