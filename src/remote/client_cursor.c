/* SPDX-License-Identifier: Apache-2.0
 *
 * client_cursor.c - cursors of a remote program: opened, their schema and index, places, closed
 */
#include "remote/client.h"

#include <string.h>
#include <strings.h>

/* ---- objects ---- */

JET_ERR remote_cursor_new(struct ese_session *session, struct ese_cursor **ret_cursor)
{
    struct ese_cursor *c = mem_alloc(sizeof *c);

    if (!c)
        return JET_errOutOfMemory;
    c->session = session;
    c->ahead.window = 1;
    arena_init(&c->arena, NULL, 0);
    pthread_mutex_lock(&session->instance->lock);
    list_append(&session->cursors, &c->link);
    pthread_mutex_unlock(&session->instance->lock);
    *ret_cursor = c;
    return JET_errSuccess;
}

void remote_cursor_free(struct ese_cursor *take_cursor)
{
    struct ese_cursor *c = take_cursor;
    struct ese_instance *i = c->session->instance;

    remote_copy_end(c);
    remote_search_clear(c);
    remote_ahead_drop(c);
    arena_fini(&c->arena);
    pthread_mutex_lock(&i->lock);
    if (c->handle)
        (void)RpcSmDestroyClientContext(&c->handle);
    list_remove(&c->link);
    pthread_mutex_unlock(&i->lock);
    mem_free(c);
}

/* What a call that opens has given: the cursor, or nothing. */
static JET_ERR opened(struct ese_cursor *cursor, JET_ERR err, struct ese_cursor **ret_cursor)
{
    if (err < 0 || !cursor->handle) {
        remote_cursor_free(cursor);
        return err < 0 ? err : JET_errInstanceUnavailable;
    }
    *ret_cursor = cursor;
    return err;
}

JET_ERR remote_open_table(struct ese_session *session, JET_DBID dbid, const char *name,
                          JET_GRBIT grbit, struct ese_cursor **ret_cursor)
{
    struct ese_cursor *c = NULL;
    JET_ERR err = remote_cursor_new(session, &c);

    if (err)
        return err;
    c->grbit = grbit;
    c->index_level = session->level;
    REMOTE(session, err,
           JetRpcOpenTable(session->handle, dbid, name, grbit, &c->writable, &c->handle));
    return opened(c, err, ret_cursor);
}

JET_ERR remote_dup_cursor(struct ese_session *session, struct ese_cursor *cursor,
                          struct ese_cursor **ret_cursor)
{
    struct ese_cursor *c = NULL;
    JET_ERR err = remote_cursor_new(session, &c);

    if (err)
        return err;
    c->grbit = cursor->grbit;
    c->temp = cursor->temp;
    c->index_level = session->level;
    REMOTE(session, err,
           JetRpcDupCursor(session->handle, cursor->handle, &c->writable, &c->handle));
    return opened(c, err, ret_cursor);
}

void remote_close_cursor(struct ese_session *session, struct ese_cursor *take_cursor)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err, JetRpcCloseTable(session->handle, &take_cursor->handle));
    (void)err;
    remote_cursor_free(take_cursor);
}

JET_ERR remote_open_temp_table(struct ese_session *session, const JET_COLUMNDEF *columns,
                               unsigned count, const struct ese_collation *collation,
                               JET_GRBIT grbit, uint32_t key_most, uint32_t var_seg_mac,
                               struct ese_cursor **ret_cursor, JET_COLUMNID *ret_ids)
{
    JET_RPC_COLUMN *wire = mem_alloc((count + 1u) * sizeof *wire);
    JET_RPC_INDEX x = {.key_most = key_most,
                       .var_seg_mac = var_seg_mac,
                       .locale = remote_text(collation->locale),
                       .lcid = collation->lcid,
                       .map_flags = collation->map_flags};
    struct ese_cursor *c = NULL;
    JET_ERR err = wire ? remote_cursor_new(session, &c) : JET_errOutOfMemory;

    if (err)
        goto out;
    c->temp = true;
    for (unsigned i = 0; i < count; i++)
        wire[i] = (JET_RPC_COLUMN){.coltyp = columns[i].coltyp,
                                   .codepage = columns[i].cp,
                                   .max_size = (uint32_t)columns[i].cbMax,
                                   .grbit = columns[i].grbit};
    REMOTE(session, err,
           JetRpcOpenTempTable(session->handle, count, wire, &x, grbit, ret_ids, &c->handle));
    err = opened(c, err, ret_cursor);
out:
    mem_free(wire);
    return err;
}

/* ---- schema ---- */

void remote_forget_schema(struct ese_cursor *cursor)
{
    arena_fini(&cursor->arena);
    arena_init(&cursor->arena, NULL, 0);
    memset(&cursor->info, 0, sizeof cursor->info);
    cursor->described = false;
}

void remote_keep_schema(struct ese_cursor *cursor, const JET_RPC_TABLE_DEF *def)
{
    if (cursor->described)
        return;
    cursor->described = remote_get_table(&cursor->arena, def, &cursor->info) == JET_errSuccess;
    if (!cursor->described)
        remote_forget_schema(cursor);
}

JET_ERR remote_describe(struct ese_cursor *cursor)
{
    JET_ERR err = JET_errSuccess;

    if (cursor->described)
        return JET_errSuccess;
    err = remote_describe_cursor(cursor->session, cursor, &cursor->arena, &cursor->info);
    if (err < 0) {
        remote_forget_schema(cursor);
        return err;
    }
    cursor->described = true;
    return JET_errSuccess;
}

const struct ese_column_info *remote_column(struct ese_cursor *cursor, JET_COLUMNID id)
{
    unsigned low = 0, high = 0;

    if (remote_describe(cursor) < 0)
        return NULL;
    high = cursor->info.column_count;
    while (low < high) { /* by id */
        unsigned middle = low + (high - low) / 2;

        if (cursor->info.columns[middle].def.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cursor->info.column_count && cursor->info.columns[low].def.id == id
               ? &cursor->info.columns[low]
               : NULL;
}

JET_COLTYP remote_column_type(struct ese_cursor *cursor, JET_COLUMNID id)
{
    const struct ese_column_info *c = remote_column(cursor, id);

    return c ? c->def.coltyp : JET_coltypNil;
}

/* ---- levels ---- */

void remote_cursor_committed(struct ese_cursor *cursor, unsigned level)
{
    if (cursor->index_level > level)
        cursor->index_level = level;
    if (cursor->copy.level > level)
        cursor->copy.level = level;
    if (level == 0)
        remote_ahead_drop(cursor);
}

/* The server has put its cursor where it belongs, and dropped its copy buffer likewise. */
void remote_cursor_rolled_back(struct ese_cursor *cursor, unsigned level)
{
    remote_ahead_drop(cursor);
    if (cursor->session->ddl)
        remote_forget_schema(cursor); /* what was changed in the level is as before */
    if (cursor->copy.level > level)
        remote_copy_end(cursor);
    if (cursor->index_level > level) {
        cursor->index_level = level;
        cursor->index[0] = '\0';
        remote_search_clear(cursor);
    }
}

/* ---- the current index ---- */

static const struct ese_index_info *primary_of(const struct ese_cursor *cursor)
{
    for (unsigned i = 0; i < cursor->info.index_count; i++)
        if (cursor->info.indexes[i].def.grbit & JET_bitIndexPrimary)
            return &cursor->info.indexes[i];
    return NULL;
}

const struct ese_index_info *remote_index(struct ese_cursor *cursor)
{
    if (remote_describe(cursor) < 0)
        return NULL;
    if (!cursor->index[0])
        return primary_of(cursor);
    for (unsigned i = 0; i < cursor->info.index_count; i++)
        if (!strcasecmp(cursor->info.indexes[i].def.name, cursor->index))
            return &cursor->info.indexes[i];
    return NULL;
}

const char *remote_current_index(struct ese_cursor *cursor)
{
    const struct ese_index_info *x = remote_index(cursor);

    return x ? x->def.name : cursor->index;
}

JET_ERR remote_set_index(struct ese_session *session, struct ese_cursor *cursor, const char *name,
                         JET_GRBIT grbit, uint32_t itag)
{
    size_t size = name ? strlen(name) : 0;
    JET_ERR err = JET_errSuccess;

    if (size >= sizeof cursor->index)
        return JET_errIndexNotFound;
    REMOTE_AT(
        cursor, err,
        JetRpcSetIndex(session->handle, cursor->handle, remote_offset(cursor), name, grbit, itag));
    remote_copy_end(cursor);
    remote_ahead_drop(cursor);
    if (err < 0)
        return err;
    memcpy(cursor->index, name ? name : "", size + 1);
    cursor->index_level = session->level;
    remote_search_clear(cursor);
    if (cursor->described && name && !remote_index(cursor))
        remote_forget_schema(cursor); /* made by somebody else meanwhile */
    return err;
}

/* ---- bookmarks ---- */

void remote_key_free(JET_RPC_KEY *key)
{
    midl_user_free(key->data);
    *key = (JET_RPC_KEY){0};
}

JET_ERR remote_give(const JET_RPC_KEY *from, void *buffer, uint32_t capacity, uint32_t *ret_size,
                    JET_ERR short_err)
{
    uint32_t fits = from->size < capacity ? from->size : capacity;

    if (fits > 0)
        memcpy(buffer, from->data, fits);
    *ret_size = from->size;
    return fits < from->size ? short_err : JET_errSuccess;
}

JET_ERR remote_get_bookmark(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                            uint32_t capacity, uint32_t *ret_size)
{
    JET_RPC_KEY key = {0}, bookmark = {0};
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcGetBookmark(session->handle, cursor->handle, remote_offset(cursor), &key,
                                &bookmark, 0));
    if (err >= 0)
        err = remote_give(&bookmark, buffer, capacity, ret_size, JET_errBufferTooSmall);
    remote_key_free(&key);
    remote_key_free(&bookmark);
    return err;
}

JET_ERR remote_get_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                      void *key, uint32_t key_capacity, uint32_t *ret_key_size,
                                      void *bookmark, uint32_t bookmark_capacity,
                                      uint32_t *ret_bookmark_size)
{
    JET_RPC_KEY k = {0}, b = {0};
    JET_ERR err = JET_errSuccess, second = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcGetBookmark(session->handle, cursor->handle, remote_offset(cursor), &k, &b, 1));
    if (err >= 0) {
        err = remote_give(&k, key, key_capacity, ret_key_size, JET_errBufferTooSmall);
        second =
            remote_give(&b, bookmark, bookmark_capacity, ret_bookmark_size, JET_errBufferTooSmall);
    }
    remote_key_free(&k);
    remote_key_free(&b);
    return err ? err : second;
}

static JET_ERR go_to(struct ese_cursor *cursor, const JET_RPC_KEY *key, const JET_RPC_KEY *bookmark,
                     bool secondary, JET_GRBIT grbit)
{
    JET_RPC_ROWS rows = {0};
    JET_RPC_WANT want = remote_want(cursor, 1);
    JET_ERR err = JET_errSuccess, taken = JET_errSuccess;

    if (key->size > JET_WIRE_KEY || bookmark->size > JET_WIRE_KEY)
        return JET_errInvalidBookmark;
    REMOTE(cursor->session, err,
           JetRpcGoto(cursor->session->handle, cursor->handle, key, bookmark, secondary, grbit,
                      &want, &rows));
    if (err != JET_errInvalidBookmark)
        remote_copy_end(cursor);
    if (err < 0) { /* nobody has moved */
        remote_rows_free(&rows);
        return err;
    }
    taken = remote_ahead_take(cursor, 0, &rows);
    return taken ? taken : err;
}

JET_ERR remote_goto_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                             const void *data, uint32_t size)
{
    const JET_RPC_KEY none = {0}, bookmark = {size, (unsigned char *)(uintptr_t)data};

    (void)session;
    return go_to(cursor, &none, &bookmark, false, 0);
}

JET_ERR remote_goto_secondary_bookmark(struct ese_session *session, struct ese_cursor *cursor,
                                       const void *key, uint32_t key_size, const void *bookmark,
                                       uint32_t bookmark_size, JET_GRBIT grbit)
{
    const JET_RPC_KEY k = {key_size, (unsigned char *)(uintptr_t)key},
                      b = {bookmark_size, (unsigned char *)(uintptr_t)bookmark};

    (void)session;
    return go_to(cursor, &k, &b, true, grbit);
}

/* ---- places and counts ---- */

JET_ERR remote_get_position(struct ese_session *session, struct ese_cursor *cursor,
                            uint64_t *ret_before, uint64_t *ret_total)
{
    int64_t before = 0, total = 0;
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(
        cursor, err,
        JetRpcGetPosition(session->handle, cursor->handle, remote_offset(cursor), &before, &total));
    if (err >= 0) {
        *ret_before = (uint64_t)before;
        *ret_total = (uint64_t)total;
    }
    return err;
}

JET_ERR remote_goto_position(struct ese_session *session, struct ese_cursor *cursor,
                             uint64_t before, uint64_t total)
{
    JET_ERR err = JET_errSuccess;

    REMOTE(session, err,
           JetRpcGotoPosition(session->handle, cursor->handle, (int64_t)before, (int64_t)total));
    remote_copy_end(cursor);
    remote_ahead_drop(cursor);
    return err;
}

JET_ERR remote_count(struct ese_session *session, struct ese_cursor *cursor, uint64_t max,
                     uint64_t *ret_count)
{
    int64_t count = 0;
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcCount(session->handle, cursor->handle, remote_offset(cursor),
                          max > INT64_MAX ? 0 : (int64_t)max, &count));
    if (err >= 0)
        *ret_count = (uint64_t)count;
    return err;
}

JET_ERR remote_check_row(struct ese_session *session, struct ese_cursor *cursor)
{
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err, JetRpcCheckRow(session->handle, cursor->handle, remote_offset(cursor)));
    return err;
}

JET_ERR remote_set_filter(struct ese_session *session, struct ese_cursor *cursor,
                          const JET_INDEX_COLUMN *conditions, unsigned count)
{
    JET_RPC_CONDITION wire[JET_WIRE_SEGMENTS];
    JET_ERR err = JET_errSuccess;

    if (count > JET_WIRE_SEGMENTS)
        return JET_errInvalidParameter;
    for (unsigned i = 0; i < count && !err; i++)
        err = remote_put_condition(&conditions[i], &wire[i]);
    if (err)
        return err;
    REMOTE_AT(cursor, err,
              JetRpcSetFilter(session->handle, cursor->handle, remote_offset(cursor), count, wire));
    remote_ahead_drop(cursor);
    return err;
}
