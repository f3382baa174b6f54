/* SPDX-License-Identifier: Apache-2.0
 *
 * cursors.c - handles of cursors: made, closed
 */
#include "ese/api/lifecycle.h"

typedef JET_ERR jet_runtime_callback(JET_SESID, JET_DBID, JET_TABLEID, JET_CBTYP, void *, void *,
                                     void *, JET_API_PTR);

static void count_cursor(struct jet_instance *instance, JET_DBID dbid, bool add)
{
    atomic_uint *temp = dbid == 0 ? &instance->temp_count : NULL;

    if (add) {
        atomic_fetch_add(&instance->cursor_count, 1);
        if (temp)
            atomic_fetch_add(temp, 1);
    } else {
        atomic_fetch_sub(&instance->cursor_count, 1);
        if (temp)
            atomic_fetch_sub(temp, 1);
    }
}

JET_ERR jet_cursor_new(const struct jet_call *call, struct ese_cursor *take_engine, JET_DBID dbid,
                       JET_GRBIT grbit, JET_TABLEID *ret_tableid)
{
    const struct jet_params *params = &call->instance->params;
    struct jet_session *s = call->session;
    struct jet_slot *slot = NULL;
    struct jet_cursor *c = NULL;
    JET_ERR err = JET_errOutOfMemory;

    if (atomic_load(&call->instance->cursor_count) >=
        jet_params_number(params, JET_paramMaxCursors))
        err = JET_errOutOfCursors;
    else if (dbid == 0 && atomic_load(&call->instance->temp_count) >=
                              jet_params_number(params, JET_paramMaxTemporaryTables))
        err = JET_errTooManySorts;
    else
        slot = jet_slot_take(&jet_cursors);
    if (!slot) {
        call->provider->close_cursor(s->engine, take_engine);
        return err;
    }
    c = (struct jet_cursor *)(void *)slot;
    atomic_store(&c->owner, jet_slot_handle(&jet_sessions, &s->slot));
    c->level = s->level;
    c->dbid = dbid;
    c->grbit = grbit;
    c->storage = JET_LSNil;
    c->engine = take_engine;
    list_append(&s->cursors, &c->link);
    count_cursor(call->instance, dbid, true);
    *ret_tableid = jet_slot_publish(&jet_cursors, slot);
    return JET_errSuccess;
}

/* What a program has stored with a cursor is given back to it. */
static void free_storage(struct jet_session *s, const struct jet_cursor *c, JET_TABLEID tableid)
{
    struct jet_instance *instance = atomic_load(&s->instance);
    uint64_t callback = jet_params_number(&instance->params, JET_paramRuntimeCallback);

    if (c->storage == JET_LSNil || !callback)
        return;
    (void)((jet_runtime_callback *)(uintptr_t)callback)(atomic_load(&c->owner), c->dbid, tableid,
                                                        JET_cbtypFreeCursorLS, (void *)c->storage,
                                                        NULL, NULL, 0);
}

bool jet_cursor_close(struct jet_session *session, struct jet_cursor *cursor, uint32_t mine,
                      bool provider_gone)
{
    struct jet_instance *instance = atomic_load(&session->instance);
    JET_TABLEID tableid = jet_slot_handle(&jet_cursors, &cursor->slot);

    if (!jet_slot_retire(&cursor->slot, mine))
        return false;
    if (!provider_gone) {
        free_storage(session, cursor, tableid);
        instance->provider->close_cursor(session->engine, cursor->engine);
    }
    list_remove(&cursor->link);
    count_cursor(instance, cursor->dbid, false);
    cursor->engine = NULL;
    jet_slot_free(&jet_cursors, &cursor->slot);
    return true;
}
