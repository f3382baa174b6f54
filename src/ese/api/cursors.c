/* SPDX-License-Identifier: Apache-2.0
 *
 * cursors.c - handles of cursors: made, closed
 *
 * A place is taken before the provider opens anything, so that a limit that is reached leaves
 * nothing behind; with the provider's cursor it gets its handle.
 */
#include "ese/api/lifecycle.h"

/* Counts one more; false when there are `most` already. */
static bool count_up(atomic_uint *count, uint64_t most)
{
    if (atomic_fetch_add(count, 1) < most)
        return true;
    atomic_fetch_sub(count, 1);
    return false;
}

static void count_down(struct jet_instance *instance, JET_DBID dbid)
{
    atomic_fetch_sub(&instance->cursor_count, 1);
    if (dbid == 0)
        atomic_fetch_sub(&instance->temp_count, 1);
}

static JET_ERR count(struct jet_instance *instance, JET_DBID dbid)
{
    const struct jet_params *params = &instance->params;

    if (!count_up(&instance->cursor_count, jet_params_number(params, JET_paramMaxCursors)))
        return JET_errOutOfCursors;
    if (dbid != 0 ||
        count_up(&instance->temp_count, jet_params_number(params, JET_paramMaxTemporaryTables)))
        return JET_errSuccess;
    atomic_fetch_sub(&instance->cursor_count, 1);
    return JET_errTooManySorts;
}

/* The place of a cursor on `take_table`. */
static JET_ERR take(const struct jet_call *call, struct jet_opened *take_table,
                    struct jet_cursor **ret_cursor)
{
    JET_DBID dbid = take_table->dbid;
    struct jet_slot *slot = NULL;
    struct jet_cursor *c = NULL;
    JET_ERR err = count(call->instance, dbid);

    if (!err) {
        slot = jet_slot_take(&jet_cursors);
        err = slot ? JET_errSuccess : JET_errOutOfMemory;
        if (err)
            count_down(call->instance, dbid);
    }
    if (err) {
        jet_opened_release(call->instance, take_table);
        return err;
    }
    c = (struct jet_cursor *)(void *)slot;
    c->table = take_table;
    c->dbid = dbid;
    c->storage = JET_LSNil;
    *ret_cursor = c;
    return JET_errSuccess;
}

JET_ERR jet_cursor_take(const struct jet_call *call, JET_DBID dbid, const char *name,
                        struct jet_cursor **ret_cursor)
{
    struct jet_opened *table = NULL;
    JET_ERR err = jet_opened_take(call->instance, dbid, name, &table);

    return err ? err : take(call, table, ret_cursor);
}

JET_ERR jet_cursor_take_like(const struct jet_call *call, const struct jet_cursor *other,
                             struct jet_cursor **ret_cursor)
{
    jet_opened_hold(call->instance, other->table);
    return take(call, other->table, ret_cursor);
}

JET_ERR jet_cursor_give(const struct jet_call *call, struct jet_cursor *take_cursor, JET_ERR err,
                        struct ese_cursor *take_engine, JET_GRBIT grbit, JET_TABLEID *ret_tableid)
{
    struct jet_cursor *c = take_cursor;
    struct jet_session *s = call->session;

    if (err < JET_errSuccess || !take_engine) {
        count_down(call->instance, c->dbid);
        jet_opened_release(call->instance, c->table);
        jet_slot_free(&jet_cursors, &c->slot);
        return err;
    }
    atomic_store(&c->owner, jet_slot_handle(&jet_sessions, &s->slot));
    c->level = s->level;
    c->grbit = grbit;
    c->engine = take_engine;
    list_append(&s->cursors, &c->link);
    *ret_tableid = jet_slot_publish(&jet_cursors, &c->slot);
    return err;
}

bool jet_cursor_close(struct jet_session *session, struct jet_cursor *cursor, uint32_t mine,
                      bool provider_gone)
{
    struct jet_instance *instance = atomic_load(&session->instance);

    if (!jet_slot_retire(&cursor->slot, mine))
        return false;
    if (!provider_gone) {
        jet_storage_free(instance, cursor->storage, JET_cbtypFreeCursorLS);
        instance->provider->close_cursor(session->engine, cursor->engine);
    }
    list_remove(&cursor->link);
    count_down(instance, cursor->dbid);
    jet_opened_release(instance, cursor->table);
    cursor->engine = NULL;
    jet_slot_free(&jet_cursors, &cursor->slot);
    return true;
}
