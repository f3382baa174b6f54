/* SPDX-License-Identifier: Apache-2.0
 *
 * temptable.c - temporary tables: five functions that are one
 */
#include "ese/api/lifecycle.h"
#include "ese/api/results.h"
#include "ese/api/text.h"

struct request {
    const JET_COLUMNDEF *columns;
    unsigned long count;
    struct ese_collation collation;
    JET_GRBIT grbit;
    JET_COLUMNID *ret_ids;
    unsigned long key_most, var_seg_mac;
};

static JET_ERR check(const struct request *r)
{
    if (r->count == 0 || !r->columns || !r->ret_ids)
        return JET_errInvalidParameter;
    if (r->count > JET_ccolMost)
        return JET_errTooManyColumns;
    for (unsigned long i = 0; i < r->count; i++)
        if (r->columns[i].cbStruct != sizeof r->columns[i])
            return JET_errInvalidParameter;
    return JET_errSuccess;
}

static JET_ERR open_temp(JET_SESID sesid, const struct request *r, JET_TABLEID *ret_tableid)
{
    struct jet_call call;
    struct ese_cursor *engine = NULL;
    struct jet_cursor *place = NULL;
    JET_ERR err = jet_enter(&call, CALL_TEMP_TABLE, sesid);

    if (err)
        return err;
    err = ret_tableid ? jet_allowed(&call, r->grbit) : JET_errInvalidParameter;
    if (!err)
        err = check(r);
    if (!err)
        err = jet_cursor_take(&call, 0, "", &place);
    if (!err) {
        err = call.provider->open_temp_table(call.session->engine, r->columns, (unsigned)r->count,
                                             &r->collation, r->grbit, jet_size(r->key_most),
                                             jet_size(r->var_seg_mac), &engine, r->ret_ids);
        err = jet_cursor_give(&call, place, err, engine, r->grbit, ret_tableid);
    }
    return jet_leave(&call, err);
}

JET_ERR JET_API JetOpenTempTable2(JET_SESID sesid, const JET_COLUMNDEF *columns,
                                  unsigned long count, unsigned long lcid, JET_GRBIT grbit,
                                  JET_TABLEID *tableid, JET_COLUMNID *ids)
{
    struct request r = {.columns = columns,
                        .count = count,
                        .collation = {.lcid = (uint32_t)lcid},
                        .grbit = grbit,
                        .ret_ids = ids};

    return open_temp(sesid, &r, tableid);
}

JET_ERR JET_API JetOpenTempTable(JET_SESID sesid, const JET_COLUMNDEF *columns, unsigned long count,
                                 JET_GRBIT grbit, JET_TABLEID *tableid, JET_COLUMNID *ids)
{
    return JetOpenTempTable2(sesid, columns, count, 0, grbit, tableid, ids);
}

JET_ERR JET_API JetOpenTempTable3(JET_SESID sesid, const JET_COLUMNDEF *columns,
                                  unsigned long count, JET_UNICODEINDEX *unicode, JET_GRBIT grbit,
                                  JET_TABLEID *tableid, JET_COLUMNID *ids)
{
    struct request r = {.columns = columns, .count = count, .grbit = grbit, .ret_ids = ids};

    if (unicode) {
        r.collation.lcid = (uint32_t)unicode->lcid;
        r.collation.map_flags = (uint32_t)unicode->dwMapFlags;
    }
    return open_temp(sesid, &r, tableid);
}

/* What is wrong with a structure is said after what is wrong with the session. */
static JET_ERR bad_structure(JET_SESID sesid)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_TEMP_TABLE, sesid);

    return err ? err : jet_leave(&call, JET_errInvalidParameter);
}

JET_ERR JET_API JetOpenTemporaryTable(JET_SESID sesid, JET_OPENTEMPORARYTABLE *table)
{
    struct request r = {0};

    if (!table || table->cbStruct != sizeof *table)
        return bad_structure(sesid);
    r = (struct request){.columns = table->prgcolumndef,
                         .count = table->ccolumn,
                         .grbit = table->grbit,
                         .ret_ids = table->prgcolumnid,
                         .key_most = table->cbKeyMost,
                         .var_seg_mac = table->cbVarSegMac};
    if (table->pidxunicode) {
        r.collation.lcid = (uint32_t)table->pidxunicode->lcid;
        r.collation.map_flags = (uint32_t)table->pidxunicode->dwMapFlags;
    }
    return open_temp(sesid, &r, &table->tableid);
}

JET_ERR JET_API JetOpenTemporaryTable2(JET_SESID sesid, JET_OPENTEMPORARYTABLE2 *table)
{
    struct request r = {0};
    struct arena arena;
    char lent[256];
    JET_ERR err = JET_errSuccess;

    if (!table || table->cbStruct != sizeof *table)
        return bad_structure(sesid);
    r = (struct request){.columns = table->prgcolumndef,
                         .count = table->ccolumn,
                         .grbit = table->grbit,
                         .ret_ids = table->prgcolumnid,
                         .key_most = table->cbKeyMost,
                         .var_seg_mac = table->cbVarSegMac};
    arena_init(&arena, lent, sizeof lent);
    if (table->pidxunicode) {
        r.collation.map_flags = (uint32_t)table->pidxunicode->dwMapFlags;
        err = jet_utf8(&arena, jet_wide(table->pidxunicode->szLocaleName), &r.collation.locale);
    }
    if (!err)
        err = open_temp(sesid, &r, &table->tableid);
    arena_fini(&arena);
    return err;
}
