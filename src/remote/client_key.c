/* SPDX-License-Identifier: Apache-2.0
 *
 * client_key.c - search keys on the program's side, seeking, ranges
 *
 * Segments whose making cannot fail wait and travel with the call that needs the key; a segment that may
 * fail (limits, a wrong size, an index that is not known here) is made at the server at once, along with
 * those before it, and so are all that follow it.
 */
#include "remote/client.h"

#include <string.h>

void remote_search_clear(struct ese_cursor *cursor)
{
    for (uint32_t i = 0; i < cursor->key.count; i++)
        mem_free(cursor->key.segments[i].data.data);
    mem_free(cursor->key.segments);
    cursor->key = (JET_RPC_SEARCH){0};
}

static JET_ERR add_segment(struct ese_cursor *cursor, const void *data, uint32_t size,
                           JET_GRBIT grbit)
{
    JET_RPC_SEARCH *key = &cursor->key;
    JET_RPC_SEGMENT *s = NULL;

    if (!key->segments)
        key->segments = mem_alloc(JET_WIRE_SEGMENTS * sizeof *key->segments);
    if (!key->segments)
        return JET_errOutOfMemory;
    s = &key->segments[key->count];
    *s = (JET_RPC_SEGMENT){.grbit = grbit};
    if (size > 0) {
        s->data.data = mem_alloc(size);
        if (!s->data.data)
            return JET_errOutOfMemory;
        memcpy(s->data.data, data, size);
        s->data.size = size;
    }
    key->count++;
    return JET_errSuccess;
}

static bool cannot_fail(struct ese_cursor *cursor, uint32_t place, uint32_t size, JET_GRBIT grbit)
{
    const struct ese_index_info *x = NULL;
    JET_COLTYP type = JET_coltypNil;
    uint32_t fixed = 0;

    if (grbit != (place == 0 ? JET_bitNewKey : 0) || place >= JET_WIRE_SEGMENTS || cursor->temp)
        return false;
    x = remote_index(cursor);
    if (!x || place >= x->def.segment_count || !x->columns || !x->columns[place])
        return false;
    if (x->def.grbit & JET_bitIndexTuples) /* a key may be too short for any tuple */
        return false;
    type = x->columns[place]->def.coltyp;
    fixed = remote_fixed_size(type);
    return size == 0 || (fixed > 0 ? size == fixed : size <= JET_WIRE_KEY);
}

/* Makes at the server what waits and this. */
static JET_ERR make_there(struct ese_cursor *cursor, const void *data, uint32_t size,
                          JET_GRBIT grbit)
{
    const struct ese_index_info *x = grbit & JET_bitNormalizedKey ? NULL : remote_index(cursor);
    JET_RPC_SEGMENT segments[JET_WIRE_SEGMENTS];
    JET_RPC_SEARCH all = {cursor->key.count, segments};
    JET_ERR err = JET_errSuccess;

    if (size > JET_WIRE_KEY)
        return JET_errInvalidBufferSize;
    if (all.count == JET_WIRE_SEGMENTS)
        return JET_errKeyIsMade;
    if ((grbit & JET_bitNewKey || all.count > 0) && x && x->columns &&
        all.count < x->def.segment_count)
        data = remote_lend(remote_fixed_size(x->columns[all.count]->def.coltyp), data, &size);
    if (all.count > 0)
        memcpy(segments, cursor->key.segments, all.count * sizeof segments[0]);
    segments[all.count++] = (JET_RPC_SEGMENT){grbit, {size, (unsigned char *)(uintptr_t)data}};
    REMOTE(cursor->session, err, JetRpcMakeKey(cursor->session->handle, cursor->handle, &all));
    remote_search_clear(cursor);
    return err;
}

JET_ERR remote_make_key(struct ese_session *session, struct ese_cursor *cursor, const void *data,
                        uint32_t size, JET_GRBIT grbit)
{
    (void)session;
    if (grbit & JET_bitNewKey)
        remote_search_clear(cursor);
    if ((grbit & JET_bitNewKey || cursor->key.count > 0) &&
        cannot_fail(cursor, cursor->key.count, size, grbit))
        return add_segment(cursor, data, size, grbit);
    return make_there(cursor, data, size, grbit);
}

JET_ERR remote_seek(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    JET_RPC_ROWS rows = {0};
    bool ranged =
        grbit & JET_bitSetIndexRange && session->prepared == 0 && cursor->ahead.wanted_count > 0;
    JET_RPC_WANT want = remote_want(cursor, ranged ? AHEAD_RANGE : 1);
    JET_ERR err = JET_errSuccess, taken = JET_errSuccess;

    REMOTE(session, err,
           JetRpcSeek(session->handle, cursor->handle, &cursor->key, grbit, &want, &rows));
    remote_search_clear(cursor);
    if (err < 0 && err != JET_errRecordNotFound) { /* nobody has moved */
        remote_rows_free(&rows);
        return err;
    }
    remote_copy_end(cursor);
    cursor->ahead.window = want.rows > 0 ? want.rows : 1;
    if (err < 0) { /* beside the key */
        remote_rows_free(&rows);
        remote_ahead_drop(cursor);
        return err;
    }
    taken = remote_ahead_take(cursor, ranged ? 1 : 0, &rows);
    return taken ? taken : err;
}

JET_ERR remote_set_range(struct ese_session *session, struct ese_cursor *cursor, JET_GRBIT grbit)
{
    JET_ERR err = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcSetRange(session->handle, cursor->handle, remote_offset(cursor), &cursor->key,
                             grbit));
    remote_search_clear(cursor);
    remote_ahead_drop(cursor);
    return err;
}

JET_ERR remote_retrieve_key(struct ese_session *session, struct ese_cursor *cursor, void *buffer,
                            uint32_t capacity, uint32_t *ret_size, JET_GRBIT grbit)
{
    const JET_RPC_SEARCH none = {0};
    bool copy = grbit & JET_bitRetrieveCopy;
    JET_RPC_KEY key = {0};
    JET_ERR err = JET_errSuccess, given = JET_errSuccess;

    REMOTE_AT(cursor, err,
              JetRpcRetrieveKey(session->handle, cursor->handle, remote_offset(cursor),
                                copy ? &cursor->key : &none, grbit, &key));
    if (copy)
        remote_search_clear(cursor);
    if (err >= 0)
        given = remote_give(&key, buffer, capacity, ret_size, JET_wrnBufferTruncated);
    remote_key_free(&key);
    return given ? given : err;
}
