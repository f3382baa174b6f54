/* SPDX-License-Identifier: Apache-2.0
 *
 * preread.c - JetPrereadKeys, JetPrereadIndexRanges and JetPrereadTables
 */
#include "ese/api/databases.h"
#include "ese/api/tableinfo.h"
#include "ese/api/text.h"

#include "base/octets.h"

#define TABLES_MOST 10

#define NUMBERED_ROW_KEY \
    8 /* octets of the key of a row that a table without primary index numbers */

/* The longest key of the cursor's current index. */
static JET_ERR key_most(const struct jet_call *call, uint32_t *ret_most)
{
    const struct ese_index_info *index = NULL;
    struct arena arena;
    JET_ERR err = JET_errSuccess;

    arena_init(&arena, NULL, 0);
    err = jet_current_index(call, call->cursor, &arena, &index);
    *ret_most = index ? index->def.key_most : NUMBERED_ROW_KEY;
    arena_fini(&arena);
    return err;
}

/* Of a length that keys have, and in the order in which the index is to be read. */
static JET_ERR check_keys(const void **keys, const unsigned long *sizes, long count, uint32_t most,
                          bool backward)
{
    for (long i = 0; i < count; i++) {
        int order = 0;

        if (!keys[i])
            return JET_errInvalidParameter;
        if (sizes[i] == 0 || sizes[i] > most)
            return JET_errInvalidBufferSize;
        if (i == 0)
            continue;
        order = octets_compare(keys[i - 1], sizes[i - 1], keys[i], sizes[i]);
        if (backward ? order < 0 : order > 0)
            return JET_errInvalidParameter;
    }
    return JET_errSuccess;
}

JET_ERR JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void **keys,
                               const unsigned long *sizes, long count, long *ret_count,
                               JET_GRBIT grbit)
{
    struct jet_call call;
    uint32_t most = 0;
    unsigned done = 0;
    JET_ERR err = jet_enter_cursor(&call, CALL_PREREAD, sesid, tableid);

    if (err)
        return err;
    if (ret_count)
        *ret_count = 0;
    if (!keys || !sizes || count <= 0)
        err = JET_errInvalidParameter;
    else if (grbit != JET_bitPrereadForward && grbit != JET_bitPrereadBackward)
        err = JET_errInvalidGrbit;
    if (!err)
        err = key_most(&call, &most);
    if (!err)
        err = check_keys(keys, sizes, count, most, grbit == JET_bitPrereadBackward);
    done = (unsigned)count;
    if (!err && call.provider->preread)
        err = call.provider->preread(call.session->engine, call.cursor->engine, keys, sizes,
                                     (unsigned)count, grbit, &done);
    if (!err && ret_count)
        *ret_count = done;
    return jet_leave(&call, err);
}

static bool are_columns(const JET_INDEX_COLUMN *columns, unsigned long count)
{
    for (unsigned long i = 0; columns && i < count; i++)
        if (columns[i].cb > 0 && !columns[i].pv)
            return false;
    return columns || count == 0;
}

static JET_ERR check_ranges(const struct jet_call *call, const JET_INDEX_RANGE *ranges,
                            unsigned long count, JET_GRBIT grbit)
{
    JET_ERR err = jet_allowed(call, grbit);

    if (!err && !(grbit & (JET_bitPrereadForward | JET_bitPrereadBackward)))
        err = JET_errInvalidGrbit;
    for (unsigned long i = 0; i < count && !err; i++)
        if (!are_columns(ranges[i].rgStartColumns, ranges[i].cStartColumns) ||
            !are_columns(ranges[i].rgEndColumns, ranges[i].cEndColumns))
            err = JET_errInvalidParameter;
    return err;
}

JET_ERR JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid,
                                      const JET_INDEX_RANGE *const ranges,
                                      const unsigned long count, unsigned long *const ret_count,
                                      const JET_COLUMNID *const ids, const unsigned long id_count,
                                      JET_GRBIT grbit)
{
    uint32_t done = (uint32_t)count;
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_PREREAD, sesid, tableid);

    if (err)
        return err;
    if ((count > 0 && !ranges) || (id_count > 0 && !ids) || count > INT32_MAX ||
        id_count > INT32_MAX)
        err = JET_errInvalidParameter;
    if (!err)
        err = check_ranges(&call, ranges, count, grbit);
    if (!err && call.provider->preread_ranges)
        err = call.provider->preread_ranges(call.session->engine, call.cursor->engine, ranges,
                                            (uint32_t)count, ids, (uint32_t)id_count, grbit,
                                            ret_count ? &done : NULL);
    if (!err && ret_count)
        *ret_count = done;
    return jet_leave(&call, err);
}

static JET_ERR preread_tables(const struct jet_call *call, JET_DBID dbid, JET_PCWSTR *names,
                              unsigned count)
{
    const char *names8[TABLES_MOST];
    struct arena arena;
    JET_ERR err = jet_check_database(call->session, dbid);

    arena_init(&arena, NULL, 0);
    for (unsigned i = 0; i < count && !err; i++)
        err = jet_name(&arena, jet_wide(names[i]), &names8[i]);
    if (!err && call->provider->preread_tables)
        err = call->provider->preread_tables(call->session->engine, dbid, names8, count);
    arena_fini(&arena);
    return err;
}

JET_ERR JET_API JetPrereadTablesW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR *names, long count,
                                  JET_GRBIT grbit)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_PREREAD, sesid);

    if (err)
        return err;
    if (grbit)
        err = JET_errInvalidGrbit;
    else if (count < 0 || count > TABLES_MOST || (count > 0 && !names))
        err = JET_errInvalidParameter;
    else
        err = preread_tables(&call, dbid, names, (unsigned)count);
    return jet_leave(&call, err);
}
