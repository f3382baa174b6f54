/* SPDX-License-Identifier: Apache-2.0
 *
 * aside.c - hints, filters, local storage and the like: what goes on beside the rows
 */
#include "ese/api/gate.h"
#include "ese/api/results.h"

#include "base/mem.h"

#include <string.h>

#ifndef HF_VERSION_NUMBER
#error "the build defines HF_VERSION_NUMBER"
#endif

/* ---- hints: taken note of by being well-formed ---- */

static JET_ERR hint(JET_SESID sesid, JET_TABLEID tableid, enum jet_call_id id, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, id, sesid, tableid);

    if (err)
        return err;
    return jet_leave(&call, jet_allowed(&call, grbit));
}

JET_ERR JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    return hint(sesid, tableid, CALL_HINT, grbit);
}

JET_ERR JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    return hint(sesid, tableid, CALL_HINT, grbit);
}

JET_ERR JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid)
{
    return hint(sesid, tableid, CALL_CURSOR_INFO, 0);
}

/* ---- conditions on moving ---- */

JET_ERR JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid,
                                   JET_INDEX_COLUMN *conditions, unsigned long count,
                                   JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_FILTER, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && ((count > 0 && !conditions) || count > JET_ccolMost))
        err = JET_errInvalidParameter;
    if (!err && !call.provider->set_filter)
        err = count > 0 ? JET_errFilteredMoveNotSupported : JET_errSuccess;
    else if (!err)
        err = call.provider->set_filter(call.session->engine, call.cursor->engine, conditions,
                                        (unsigned)count);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void *result,
                                 unsigned long max, unsigned long level)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_CURSOR_INFO, sesid, tableid);

    if (err)
        return err;
    err = result || max != 0 || level != 0
              ? JET_errInvalidParameter
              : call.provider->check_row(call.session->engine, call.cursor->engine);
    return jet_leave(&call, err);
}

/* ---- local storage ---- */

static JET_ERR enter_storage(struct jet_call *call, JET_SESID sesid, JET_TABLEID tableid,
                             JET_GRBIT grbit)
{
    JET_ERR err = jet_enter_cursor(call, CALL_LOCAL_STORAGE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(call, grbit);
    if (!err && (grbit & JET_bitLSTable) && (grbit & JET_bitLSCursor))
        err = JET_errInvalidGrbit;
    return err ? jet_leave(call, err) : JET_errSuccess;
}

/* A table's is shared by its cursors: opened.lock. */
static JET_LS *storage_of(const struct jet_call *call, JET_GRBIT grbit)
{
    return grbit & JET_bitLSTable ? &call->cursor->table->storage : &call->cursor->storage;
}

JET_ERR JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS storage, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_LS wanted = grbit & JET_bitLSReset ? JET_LSNil : storage, *place = NULL;
    JET_ERR err = enter_storage(&call, sesid, tableid, grbit);

    if (err)
        return err;
    if (!jet_params_number(&call.instance->params, JET_paramRuntimeCallback))
        return jet_leave(&call, JET_errLSCallbackNotSpecified);
    place = storage_of(&call, grbit);
    pthread_mutex_lock(&call.instance->opened.lock);
    if (*place == JET_LSNil || wanted == JET_LSNil)
        *place = wanted;
    else
        err = JET_errLSAlreadySet;
    pthread_mutex_unlock(&call.instance->opened.lock);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS *ret_storage, JET_GRBIT grbit)
{
    bool reset = grbit & JET_bitLSReset;
    struct jet_call call;
    JET_LS *place = NULL;
    JET_ERR err = enter_storage(&call, sesid, tableid, grbit);

    if (err)
        return err;
    if (!ret_storage)
        return jet_leave(&call, JET_errInvalidParameter);
    place = storage_of(&call, grbit);
    pthread_mutex_lock(&call.instance->opened.lock);
    *ret_storage = *place;
    if (reset)
        *place = JET_LSNil;
    pthread_mutex_unlock(&call.instance->opened.lock);
    return jet_leave(&call, *ret_storage == JET_LSNil && !reset ? JET_errLSNotSet : err);
}

/* ---- of the library and its instances ---- */

JET_ERR JET_API JetGetVersion(JET_SESID sesid, unsigned long *ret_version)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_VERSION, sesid);

    if (err)
        return err;
    if (!ret_version)
        return jet_leave(&call, JET_errInvalidParameter);
    *ret_version = HF_VERSION_NUMBER;
    return jet_leave(&call, JET_errSuccess);
}

JET_ERR JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_IDLE, sesid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    return jet_leave(&call, err ? err : JET_wrnNoIdleActivity);
}

JET_ERR JET_API JetGetThreadStats(void *result, unsigned long max)
{
    static const struct JET_THREADSTATS3 nothing;
    static const size_t sizes[] = {sizeof(struct JET_THREADSTATS), sizeof(struct JET_THREADSTATS2),
                                   sizeof(struct JET_THREADSTATS3)};

    if (!result)
        return JET_errInvalidParameter;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (max == sizes[i]) {
            memcpy(result, &nothing, max);
            memcpy(result, &max, sizeof max);
            return JET_errSuccess;
        }
    return JET_errInvalidBufferSize;
}

JET_ERR JET_API JetGetInstanceMiscInfo(JET_INSTANCE handle, void *result, unsigned long max,
                                       unsigned long level)
{
    struct jet_call call;
    JET_SIGNATURE signature;
    JET_ERR err = jet_enter_instance(&call, CALL_INSTANCE_INFO, handle);

    if (err)
        return err;
    memset(&signature, 0, sizeof signature);
    if (level == JET_InstanceMiscInfoLogSignature)
        err = jet_put_struct(result, max, &signature, sizeof signature);
    else
        err = JET_errInvalidParameter;
    return jet_leave(&call, err);
}

JET_ERR JET_API JetFreeBuffer(char *buffer)
{
    mem_free(buffer);
    return JET_errSuccess;
}
