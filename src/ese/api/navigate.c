/* SPDX-License-Identifier: Apache-2.0
 *
 * navigate.c - cursors: opening, moving, seeking, keys, bookmarks
 */
#include "ese/api/databases.h"
#include "ese/api/lifecycle.h"
#include "ese/api/results.h"
#include "ese/api/text.h"

#define LENT 256 /* octets of arena on the stack */

/* ---- opening and closing ---- */

static JET_ERR open_table(JET_SESID sesid, JET_DBID dbid, struct jet_string name, JET_GRBIT grbit,
                          JET_TABLEID *ret_tableid)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL;
    struct ese_cursor *engine = NULL;
    struct jet_cursor *place = NULL;
    JET_ERR err = jet_enter(&call, CALL_OPEN_TABLE, sesid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = ret_tableid ? jet_name(&arena, name, &name8) : JET_errInvalidParameter;
    if (!err)
        err = jet_allowed(&call, grbit);
    if (!err && (((grbit & JET_bitTablePermitDDL) && !(grbit & JET_bitTableDenyRead)) ||
                 ((grbit & JET_bitTableReadOnly) && (grbit & JET_bitTableUpdatable))))
        err = JET_errInvalidGrbit;
    if (!err)
        err = jet_check_database(call.session, dbid);
    if (!err)
        err = jet_cursor_take(&call, dbid, name8, &place);
    if (!err) {
        err = call.provider->open_table(call.session->engine, dbid, name8, grbit, &engine);
        err = jet_cursor_give(&call, place, err, engine, grbit, ret_tableid);
    }
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetOpenTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR name,
                              const void *parameters, unsigned long size, JET_GRBIT grbit,
                              JET_TABLEID *tableid)
{
    (void)parameters;
    (void)size;
    return open_table(sesid, dbid, jet_narrow(name), grbit, tableid);
}

JET_ERR JET_API JetOpenTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR name,
                              const void *parameters, unsigned long size, JET_GRBIT grbit,
                              JET_TABLEID *tableid)
{
    (void)parameters;
    (void)size;
    return open_table(sesid, dbid, jet_wide(name), grbit, tableid);
}

/* Within the program's own function a cursor that the outer call uses stays. */
JET_ERR JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_CLOSE_TABLE, sesid, tableid);

    if (err)
        return err;
    if (!jet_cursor_close(call.session, call.cursor, 1, false))
        return jet_leave(&call, JET_errInvalidOperation);
    call.cursor = NULL;
    return jet_leave(&call, JET_errSuccess);
}

JET_ERR JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID *ret_tableid,
                             JET_GRBIT grbit)
{
    struct jet_call call;
    struct ese_cursor *engine = NULL;
    struct jet_cursor *place = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_DUP_CURSOR, sesid, tableid);

    if (err)
        return err;
    err = ret_tableid ? jet_allowed(&call, grbit) : JET_errInvalidParameter;
    if (!err)
        err = jet_cursor_take_like(&call, call.cursor, &place);
    if (!err) {
        err = call.provider->dup_cursor(call.session->engine, call.cursor->engine, &engine);
        err = jet_cursor_give(&call, place, err, engine, call.cursor->grbit, ret_tableid);
    }
    return jet_leave(&call, err);
}

/* ---- moving ---- */

JET_ERR JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, long rows, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_MOVE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err) /* the low 32 bits: JET_MoveFirst is 0x80000000 */
        err = call.provider->move(call.session->engine, call.cursor->engine,
                                  (int32_t)(uint32_t)rows, grbit);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    const JET_GRBIT relations =
        JET_bitSeekEQ | JET_bitSeekLT | JET_bitSeekLE | JET_bitSeekGE | JET_bitSeekGT;
    struct jet_call call;
    JET_GRBIT relation = grbit & relations;
    JET_ERR err = jet_enter_cursor(&call, CALL_SEEK, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && (relation == 0 || relation & (relation - 1) ||
                 (grbit & ~relation && relation != JET_bitSeekEQ)))
        err = JET_errInvalidGrbit;
    if (!err)
        err = call.provider->seek(call.session->engine, call.cursor->engine, grbit);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void *data,
                           unsigned long size, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_MAKE_KEY, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && size > 0 && !data)
        err = JET_errInvalidParameter;
    if (!err)
        err = call.provider->make_key(call.session->engine, call.cursor->engine, data,
                                      jet_size(size), grbit);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_SET_RANGE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err)
        err = call.provider->set_range(call.session->engine, call.cursor->engine, grbit);
    return jet_leave(&call, err);
}

/* ---- the current index ---- */

/* The name of the index that JET_IdxInfoIndexId has named. */
static JET_ERR name_of_id(struct jet_call *call, const JET_INDEXID *id, struct arena *arena,
                          const char **ret_name)
{
    struct ese_table_info info = {0};
    uint64_t wanted = 0;
    JET_ERR err = JET_errSuccess;

    if (id->cbStruct != sizeof *id)
        return JET_errInvalidIndexId;
    memcpy(&wanted, id->rgbIndexId, sizeof wanted);
    err =
        call->provider->describe_cursor(call->session->engine, call->cursor->engine, arena, &info);
    if (err < JET_errSuccess)
        return err;
    for (unsigned i = 0; i < info.index_count; i++)
        if (info.indexes[i].id == wanted) {
            *ret_name = info.indexes[i].def.name;
            return JET_errSuccess;
        }
    return JET_errInvalidIndexId;
}

static JET_ERR set_index(JET_SESID sesid, JET_TABLEID tableid, struct jet_string name,
                         const JET_INDEXID *id, JET_GRBIT grbit, unsigned long itag)
{
    struct jet_call call;
    struct arena arena;
    char lent[LENT];
    const char *name8 = NULL;
    JET_ERR err = jet_enter_cursor(&call, CALL_SET_INDEX, sesid, tableid);

    if (err)
        return err;
    arena_init(&arena, lent, sizeof lent);
    err = jet_allowed(&call, grbit);
    if (!err)
        err = id ? name_of_id(&call, id, &arena, &name8) : jet_utf8(&arena, name, &name8);
    if (!err && name8 && !*name8)
        name8 = NULL;
    if (!err && name8)
        err = jet_name(&arena, jet_narrow(name8), &name8);
    if (!err)
        err = call.provider->set_index(call.session->engine, call.cursor->engine, name8, grbit,
                                       itag ? jet_size(itag) : 1);
    arena_fini(&arena);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetSetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name)
{
    return set_index(sesid, tableid, jet_narrow(name), NULL, 0, 1);
}

JET_ERR JET_API JetSetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name)
{
    return set_index(sesid, tableid, jet_wide(name), NULL, 0, 1);
}

JET_ERR JET_API JetSetCurrentIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                     JET_GRBIT grbit)
{
    return set_index(sesid, tableid, jet_narrow(name), NULL, grbit, 1);
}

JET_ERR JET_API JetSetCurrentIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                     JET_GRBIT grbit)
{
    return set_index(sesid, tableid, jet_wide(name), NULL, grbit, 1);
}

JET_ERR JET_API JetSetCurrentIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                     JET_GRBIT grbit, unsigned long itag)
{
    return set_index(sesid, tableid, jet_narrow(name), NULL, grbit, itag);
}

JET_ERR JET_API JetSetCurrentIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                     JET_GRBIT grbit, unsigned long itag)
{
    return set_index(sesid, tableid, jet_wide(name), NULL, grbit, itag);
}

JET_ERR JET_API JetSetCurrentIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR name,
                                     JET_INDEXID *id, JET_GRBIT grbit, unsigned long itag)
{
    return set_index(sesid, tableid, jet_narrow(name), id, grbit, itag);
}

JET_ERR JET_API JetSetCurrentIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR name,
                                     JET_INDEXID *id, JET_GRBIT grbit, unsigned long itag)
{
    return set_index(sesid, tableid, jet_wide(name), id, grbit, itag);
}

static JET_ERR get_index(JET_SESID sesid, JET_TABLEID tableid, bool wide, void *buffer,
                         unsigned long size)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_GET_INDEX, sesid, tableid);

    if (err)
        return err;
    if (!buffer)
        return jet_leave(&call, JET_errInvalidParameter);
    return jet_leave(&call, jet_text_out(call.provider->current_index(call.cursor->engine), wide,
                                         buffer, size, NULL));
}

JET_ERR JET_API JetGetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PSTR buffer,
                                    unsigned long size)
{
    return get_index(sesid, tableid, false, buffer, size);
}

JET_ERR JET_API JetGetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PWSTR buffer,
                                    unsigned long size)
{
    return get_index(sesid, tableid, true, buffer, size);
}

/* ---- bookmarks and keys ---- */

JET_ERR JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void *buffer,
                               unsigned long max, unsigned long *ret_size)
{
    struct jet_call call;
    uint32_t size = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_GET_BOOKMARK, sesid, tableid);

    if (err)
        return err;
    if (max > 0 && !buffer)
        return jet_leave(&call, JET_errInvalidParameter);
    err = call.provider->get_bookmark(call.session->engine, call.cursor->engine, buffer,
                                      jet_size(max), &size);
    if (ret_size && (err >= JET_errSuccess || err == JET_errBufferTooSmall))
        *ret_size = size;
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void *bookmark,
                                unsigned long size)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_GOTO_BOOKMARK, sesid, tableid);

    if (err)
        return err;
    if (!bookmark || size == 0)
        return jet_leave(&call, JET_errInvalidBookmark);
    return jet_leave(&call, call.provider->goto_bookmark(call.session->engine, call.cursor->engine,
                                                         bookmark, jet_size(size)));
}

JET_ERR JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *key,
                                             unsigned long key_max, unsigned long *ret_key_size,
                                             void *bookmark, unsigned long bookmark_max,
                                             unsigned long *ret_bookmark_size,
                                             const JET_GRBIT grbit)
{
    struct jet_call call;
    uint32_t key_size = 0, bookmark_size = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_GET_BOOKMARK, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && ((key_max > 0 && !key) || (bookmark_max > 0 && !bookmark)))
        err = JET_errInvalidParameter;
    if (err)
        return jet_leave(&call, err);
    err = call.provider->get_secondary_bookmark(call.session->engine, call.cursor->engine, key,
                                                jet_size(key_max), &key_size, bookmark,
                                                jet_size(bookmark_max), &bookmark_size);
    if (err >= JET_errSuccess || err == JET_errBufferTooSmall) {
        if (ret_key_size)
            *ret_key_size = key_size;
        if (ret_bookmark_size)
            *ret_bookmark_size = bookmark_size;
    }
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *key,
                                              unsigned long key_size, void *bookmark,
                                              unsigned long bookmark_size, const JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_GOTO_SECONDARY, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && (!key || key_size == 0 || (bookmark_size > 0 && !bookmark)))
        err = JET_errInvalidParameter;
    if (!err)
        err = call.provider->goto_secondary_bookmark(call.session->engine, call.cursor->engine, key,
                                                     jet_size(key_size), bookmark,
                                                     jet_size(bookmark_size), grbit);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void *buffer,
                               unsigned long max, unsigned long *ret_size, JET_GRBIT grbit)
{
    struct jet_call call;
    uint32_t size = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_RETRIEVE_KEY, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && max > 0 && !buffer)
        err = JET_errInvalidParameter;
    if (!err)
        err = call.provider->retrieve_key(call.session->engine, call.cursor->engine, buffer,
                                          jet_size(max), &size, grbit);
    if (ret_size && err >= JET_errSuccess)
        *ret_size = size;
    return jet_leave(&call, err);
}

/* ---- places and counts ---- */

JET_ERR JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *place,
                                     unsigned long max)
{
    struct jet_call call;
    uint64_t before = 0, total = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_POSITION, sesid, tableid);

    if (err)
        return err;
    if (!place)
        err = JET_errInvalidParameter;
    else if (max < sizeof *place)
        err = JET_errInvalidBufferSize;
    else if (!call.provider->get_position)
        err = JET_errFeatureNotAvailable;
    else
        err =
            call.provider->get_position(call.session->engine, call.cursor->engine, &before, &total);
    if (!err)
        *place = (JET_RECPOS){.cbStruct = sizeof *place,
                              .centriesLT = before,
                              .centriesInRange = 1,
                              .centriesTotal = total};
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *place)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_POSITION, sesid, tableid);

    if (err)
        return err;
    if (!place || place->cbStruct != sizeof *place || place->centriesLT > place->centriesTotal)
        err = JET_errInvalidParameter;
    else if (!call.provider->goto_position)
        err = JET_errFeatureNotAvailable;
    else
        err = call.provider->goto_position(call.session->engine, call.cursor->engine,
                                           place->centriesLT, place->centriesTotal);
    return jet_leave(&call, err);
}

static JET_ERR count_rows(JET_SESID sesid, JET_TABLEID tableid, uint64_t max, uint64_t *ret_count)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_COUNT, sesid, tableid);

    if (err)
        return err;
    err = call.provider->count(call.session->engine, call.cursor->engine, max ? max : UINT64_MAX,
                               ret_count);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, unsigned long *ret_count,
                                    unsigned long max)
{
    uint64_t count = 0;
    JET_ERR err = count_rows(sesid, tableid, max, &count);

    if (!err && !ret_count)
        err = JET_errInvalidParameter;
    if (!err)
        *ret_count = count;
    return err;
}

JET_ERR JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t *ret_count,
                                     uint64_t max)
{
    uint64_t count = 0;
    JET_ERR err = count_rows(sesid, tableid, max, &count);

    if (!err && !ret_count)
        err = JET_errInvalidParameter;
    if (!err)
        *ret_count = count;
    return err;
}
