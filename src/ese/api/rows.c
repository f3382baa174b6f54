/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.c - the copy buffer, columns, locks
 */
#include "ese/api/gate.h"
#include "ese/api/results.h"

#include "base/mem.h"

/* ---- updates ---- */

/* 4: copying a row begins a nested transaction, which is checked for its owner. */
static const struct {
    unsigned long prep;
    enum jet_call_id id;
} preparations[] = {
    {JET_prepInsert, CALL_PREPARE},
    {JET_prepInsertMustSetAutoIncrement, CALL_PREPARE},
    {JET_prepReplace, CALL_PREPARE},
    {JET_prepReplaceNoLock, CALL_PREPARE},
    {JET_prepCancel, CALL_RETRIEVE},   /* anybody may give up */
    {JET_prepReadOnlyCopy, CALL_LOCK}, /* reads; in a transaction only */
    {JET_prepInsertCopy, CALL_PREPARE_COPY},
    {JET_prepInsertCopyDeleteOriginal, CALL_PREPARE_COPY},
    {JET_prepInsertCopyReplaceOriginal, CALL_PREPARE_COPY},
};

JET_ERR JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, unsigned long prep)
{
    const size_t count = sizeof preparations / sizeof preparations[0];
    struct jet_call call;
    size_t row = 0;
    JET_ERR err = JET_errSuccess;

    while (row < count && preparations[row].prep != prep)
        row++;
    err =
        jet_enter_cursor(&call, row < count ? preparations[row].id : CALL_PREPARE, sesid, tableid);
    if (err)
        return err;
    err = row < count ? jet_allowed(&call, 0) : JET_errInvalidParameter;
    if (!err)
        err = call.provider->prepare(call.session->engine, call.cursor->engine, (unsigned)prep);
    return jet_leave(&call, err);
}

/* What is wrong with a structure is said after what is wrong with the handles. */
static JET_ERR bad_structure(enum jet_call_id id, JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, id, sesid, tableid);

    return err ? err : jet_leave(&call, JET_errInvalidParameter);
}

static bool is_long(JET_COLTYP type)
{
    return type == JET_coltypLongBinary || type == JET_coltypLongText;
}

/* 4: setting a long column begins a nested transaction; whose it is matters to those only. */
static JET_ERR check_long_columns(struct jet_call *call, const JET_SETCOLUMN *columns,
                                  unsigned long count)
{
    JET_ERR err = jet_check_owner(call->session);

    if (!err)
        return JET_errSuccess;
    for (unsigned long i = 0; i < count; i++)
        if (is_long(call->provider->column_type(call->cursor->engine, columns[i].columnid)))
            return err;
    return JET_errSuccess;
}

static JET_ERR set_columns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN *columns,
                           unsigned long count)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_SET_COLUMN, sesid, tableid);

    if (err)
        return err;
    if ((count > 0 && !columns) || count > JET_ccolMost)
        err = JET_errInvalidParameter;
    for (unsigned long i = 0; i < count && !err; i++)
        if (columns[i].cbData > 0 && !columns[i].pvData && !(columns[i].grbit & JET_bitSetSizeLV))
            err = JET_errInvalidParameter;
    if (!err)
        err = jet_allowed(&call, 0);
    if (!err)
        err = check_long_columns(&call, columns, count);
    if (!err)
        err = call.provider->set_columns(call.session->engine, call.cursor->engine, columns,
                                         (unsigned)count);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN *columns,
                              unsigned long count)
{
    return set_columns(sesid, tableid, columns, count);
}

JET_ERR JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID id,
                             const void *data, unsigned long size, JET_GRBIT grbit,
                             JET_SETINFO *info)
{
    JET_SETCOLUMN column = {.columnid = id,
                            .pvData = data,
                            .cbData = size,
                            .grbit = grbit,
                            .ibLongValue = info ? info->ibLongValue : 0,
                            .itagSequence = info ? info->itagSequence : 1};

    if (info && info->cbStruct != sizeof *info)
        return bad_structure(CALL_SET_COLUMN, sesid, tableid);
    return set_columns(sesid, tableid, &column, 1);
}

JET_ERR JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void *bookmark, unsigned long max,
                           unsigned long *ret_size, const JET_GRBIT grbit)
{
    struct jet_call call;
    uint32_t size = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_UPDATE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && max > 0 && !bookmark)
        max = 0; /* the size goes without a buffer in many programs */
    if (!err)
        err = call.provider->update(call.session->engine, call.cursor->engine, bookmark,
                                    bookmark ? jet_size(max) : 0, &size, grbit);
    if (err >= JET_errSuccess && ret_size)
        *ret_size = size;
    return jet_leave(&call, err);
}

JET_ERR JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void *bookmark, unsigned long max,
                          unsigned long *ret_size)
{
    return JetUpdate2(sesid, tableid, bookmark, max, ret_size, 0);
}

JET_ERR JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_DELETE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, 0);
    if (!err)
        err = call.provider->delete_row(call.session->engine, call.cursor->engine);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID id, void *delta,
                                unsigned long size, void *old, unsigned long old_max,
                                unsigned long *ret_old_size, JET_GRBIT grbit)
{
    struct jet_call call;
    uint32_t old_size = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_ESCROW, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && (!delta || (old_max > 0 && !old)))
        err = JET_errInvalidParameter;
    if (!err)
        err = call.provider->escrow(call.session->engine, call.cursor->engine, id, delta,
                                    jet_size(size), old, jet_size(old_max), &old_size, grbit);
    if (err >= JET_errSuccess && ret_old_size)
        *ret_old_size = old_size;
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_LOCK, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err && grbit != JET_bitReadLock && grbit != JET_bitWriteLock)
        err = JET_errInvalidGrbit;
    if (!err && grbit == JET_bitWriteLock && call.session->read_only)
        err = JET_errTransReadOnly;
    if (!err)
        err = call.provider->lock(call.session->engine, call.cursor->engine, grbit);
    return jet_leave(&call, err);
}

/* ---- reading ---- */

/* Two flags ask about the page that a record lies on; a store like ours has none to tell of. */
static JET_ERR check_retrieve(const JET_RETRIEVECOLUMN *column)
{
    JET_GRBIT of_pages = column->grbit & (JET_bitRetrievePageNumber | JET_bitRetrieveCopyIntrinsic);

    if (column->cbData > 0 && !column->pvData)
        return JET_errInvalidParameter;
    if (of_pages)
        return column->grbit == JET_bitRetrievePageNumber ||
                       column->grbit == JET_bitRetrieveCopyIntrinsic
                   ? JET_errFeatureNotAvailable
                   : JET_errInvalidGrbit;
    return JET_errSuccess;
}

static JET_ERR retrieve_columns(JET_SESID sesid, JET_TABLEID tableid, JET_RETRIEVECOLUMN *columns,
                                unsigned long count)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_RETRIEVE, sesid, tableid);

    if (err)
        return err;
    if ((count > 0 && !columns) || count > JET_ccolMost)
        err = JET_errInvalidParameter;
    for (unsigned long i = 0; i < count && !err; i++)
        err = check_retrieve(&columns[i]);
    if (!err)
        err = call.provider->retrieve_columns(call.session->engine, call.cursor->engine, columns,
                                              (unsigned)count);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid,
                                   JET_RETRIEVECOLUMN *columns, unsigned long count)
{
    return retrieve_columns(sesid, tableid, columns, count);
}

JET_ERR JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID id, void *data,
                                  unsigned long size, unsigned long *ret_size, JET_GRBIT grbit,
                                  JET_RETINFO *info)
{
    JET_RETRIEVECOLUMN column = {.columnid = id,
                                 .pvData = data,
                                 .cbData = size,
                                 .grbit = grbit,
                                 .ibLongValue = info ? info->ibLongValue : 0,
                                 .itagSequence = info ? info->itagSequence : 1};
    JET_ERR err = JET_errSuccess;

    if (info && info->cbStruct != sizeof *info)
        return bad_structure(CALL_RETRIEVE, sesid, tableid);
    err = retrieve_columns(sesid, tableid, &column, 1);
    if (err < JET_errSuccess)
        return err;
    if (ret_size)
        *ret_size = column.cbActual;
    if (info)
        info->columnidNextTagged = column.columnidNextTagged;
    return err;
}

/* ---- enumerating ---- */

/* The program's allocator runs within the call: the session may be entered again by its thread. */
struct allocator {
    struct jet_call *call;
    JET_PFNREALLOC function;
    void *ctx;
};

static void *grow(void *ctx, void *p, unsigned long size)
{
    struct allocator *a = ctx;
    struct jet_callback callback;
    void *result = NULL;

    jet_callback_begin(&callback, a->call);
    result = a->function(a->ctx, p, size);
    jet_callback_end(&callback);
    return result;
}

JET_ERR JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, unsigned long wanted,
                                    JET_ENUMCOLUMNID *ids, unsigned long *ret_count,
                                    JET_ENUMCOLUMN **ret_columns, JET_PFNREALLOC function,
                                    void *ctx, unsigned long value_max, JET_GRBIT grbit)
{
    struct jet_call call;
    struct allocator allocator = {&call, function, ctx};
    JET_ERR err = jet_enter_cursor(&call, CALL_ENUMERATE, sesid, tableid);

    if (err)
        return err;
    err = jet_allowed(&call, grbit);
    if (!err &&
        (!ret_count || !ret_columns || !function || (wanted > 0 && !ids) || wanted > JET_ccolMost))
        err = JET_errInvalidParameter;
    if (!err)
        err = call.provider->enumerate(call.session->engine, call.cursor->engine, ids,
                                       (unsigned)wanted, ret_count, ret_columns, grow, &allocator,
                                       jet_size(value_max), grbit);
    return jet_leave(&call, err);
}

/* ---- sizes ---- */

static JET_ERR record_size(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2 *size,
                           JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_RECORD_SIZE, sesid, tableid);

    if (err)
        return err;
    err = size ? jet_allowed(&call, grbit) : JET_errInvalidParameter;
    if (!err && !(grbit & JET_bitRecordSizeRunningTotal))
        memset(size, 0, sizeof *size);
    if (!err)
        err = call.provider->record_size(call.session->engine, call.cursor->engine, grbit, size);
    return jet_leave(&call, err);
}

JET_ERR JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2 *size,
                                  const JET_GRBIT grbit)
{
    return record_size(sesid, tableid, size, grbit);
}

/* JET_RECSIZE is the beginning of JET_RECSIZE2. */
JET_ERR JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE *size,
                                 const JET_GRBIT grbit)
{
    JET_RECSIZE2 whole;
    JET_ERR err = JET_errSuccess;

    if (!size)
        return record_size(sesid, tableid, NULL, grbit);
    memset(&whole, 0, sizeof whole);
    memcpy(&whole, size, sizeof *size);
    err = record_size(sesid, tableid, &whole, grbit);
    if (err >= JET_errSuccess)
        memcpy(size, &whole, sizeof *size);
    return err;
}
